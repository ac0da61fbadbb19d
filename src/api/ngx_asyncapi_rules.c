
/*
 * Copyright (C) The asyncapi module authors
 *
 * What a value has to be.
 */


#include "ngx_asyncapi_rules.h"


static ngx_asyncapi_rule_e ngx_asyncapi_rules_length(
    const ngx_asyncapi_rules_t *rules, ngx_str_t *text);
static ngx_uint_t ngx_asyncapi_rules_listed(const ngx_asyncapi_rules_t *rules,
    ngx_str_t *text);


ngx_asyncapi_rule_e
ngx_asyncapi_rules_check(const ngx_asyncapi_rules_t *rules,
    ngx_asyncapi_match_t *match, ngx_str_t *text)
{
    ngx_asyncapi_rule_e  rule;

    if (!ngx_asyncapi_scalar_is(rules->type, text)) {
        return NGX_ASYNCAPI_RULE_TYPE;
    }

    if (rules->min.data
        && ngx_asyncapi_number_compare(text, &rules->min) < 0)
    {
        return NGX_ASYNCAPI_RULE_MIN;
    }

    if (rules->max.data
        && ngx_asyncapi_number_compare(text, &rules->max) > 0)
    {
        return NGX_ASYNCAPI_RULE_MAX;
    }

    rule = ngx_asyncapi_rules_length(rules, text);

    if (rule != NGX_ASYNCAPI_RULE_NONE) {
        return rule;
    }

    if (rules->values && !ngx_asyncapi_rules_listed(rules, text)) {
        return NGX_ASYNCAPI_RULE_ENUM;
    }

    if (rules->pattern == NULL) {
        return NGX_ASYNCAPI_RULE_NONE;
    }

    switch (ngx_asyncapi_pattern_find(rules->pattern, match, text)) {

    case NGX_OK:
        return NGX_ASYNCAPI_RULE_NONE;

    case NGX_DECLINED:
        return NGX_ASYNCAPI_RULE_PATTERN;

    case NGX_ABORT:
        return NGX_ASYNCAPI_RULE_WORK;

    default:
        return NGX_ASYNCAPI_RULE_ERROR;
    }
}


/* code points are counted only where bytes do not tell */

static ngx_asyncapi_rule_e
ngx_asyncapi_rules_length(const ngx_asyncapi_rules_t *rules, ngx_str_t *text)
{
    size_t  n;

    if (rules->min_length <= text->len / 4 && text->len <= rules->max_length) {
        return NGX_ASYNCAPI_RULE_NONE;
    }

    n = ngx_asyncapi_text_length(text);

    if (n < rules->min_length) {
        return NGX_ASYNCAPI_RULE_MIN_LENGTH;
    }

    return (n > rules->max_length) ? NGX_ASYNCAPI_RULE_MAX_LENGTH
                                   : NGX_ASYNCAPI_RULE_NONE;
}


static ngx_uint_t
ngx_asyncapi_rules_listed(const ngx_asyncapi_rules_t *rules, ngx_str_t *text)
{
    ngx_str_t   *value;
    ngx_uint_t   i;

    value = rules->values->elts;

    for (i = 0; i < rules->values->nelts; i++) {

        if (ngx_asyncapi_scalar_is_numeric(rules->type)) {

            if (ngx_asyncapi_number_compare(text, &value[i]) == 0) {
                return 1;
            }

        } else if (value[i].len == text->len
                   && ngx_memcmp(value[i].data, text->data, text->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}

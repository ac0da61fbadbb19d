
/*
 * Copyright (C) The asyncapi module authors
 *
 * The options of parameters.
 */


#include "ngx_http_asyncapi_contract.h"


typedef struct {
    ngx_str_t                       name;
    /* NGX_CONF_OK, NGX_CONF_ERROR (no memory), or what it needs */
    char                         *(*set)(ngx_conf_t *cf,
                                      ngx_http_asyncapi_parameter_t *p,
                                      ngx_str_t *value);
} ngx_http_asyncapi_parameter_option_t;


static void ngx_http_asyncapi_parameter_quotes(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *option, ngx_str_t *value);
static char *ngx_http_asyncapi_parameter_required(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *value);
static char *ngx_http_asyncapi_parameter_default(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *value);
static char *ngx_http_asyncapi_parameter_min(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *value);
static char *ngx_http_asyncapi_parameter_max(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *value);
static char *ngx_http_asyncapi_parameter_bound(
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *bound, ngx_str_t *value);
static char *ngx_http_asyncapi_parameter_min_length(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *value);
static char *ngx_http_asyncapi_parameter_max_length(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *value);
static char *ngx_http_asyncapi_parameter_length(
    ngx_http_asyncapi_parameter_t *p, size_t *length, ngx_str_t *value);
static char *ngx_http_asyncapi_parameter_pattern(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *value);
static char *ngx_http_asyncapi_parameter_enum(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *value);
static char *ngx_http_asyncapi_parameter_description(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *value);
static char *ngx_http_asyncapi_parameter_example(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *value);
static char *ngx_http_asyncapi_parameter_listed(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p);
static char *ngx_http_asyncapi_parameter_fits(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, const char *option, ngx_str_t *source,
    ngx_asyncapi_value_t *value);
static ngx_array_t *ngx_http_asyncapi_parameter_list(ngx_pool_t *pool,
    ngx_str_t *value);


static ngx_http_asyncapi_parameter_option_t
    ngx_http_asyncapi_parameter_options[] =
{
    { ngx_string("required"), ngx_http_asyncapi_parameter_required },
    { ngx_string("default"), ngx_http_asyncapi_parameter_default },
    { ngx_string("min"), ngx_http_asyncapi_parameter_min },
    { ngx_string("max"), ngx_http_asyncapi_parameter_max },
    { ngx_string("min_length"), ngx_http_asyncapi_parameter_min_length },
    { ngx_string("max_length"), ngx_http_asyncapi_parameter_max_length },
    { ngx_string("pattern"), ngx_http_asyncapi_parameter_pattern },
    { ngx_string("enum"), ngx_http_asyncapi_parameter_enum },
    { ngx_string("description"), ngx_http_asyncapi_parameter_description },
    { ngx_string("example"), ngx_http_asyncapi_parameter_example },

    { ngx_null_string, NULL }
};


char *
ngx_http_asyncapi_parameter_option(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *word)
{
    char                                  *rv;
    u_char                                *equal;
    ngx_str_t                              name, value;
    ngx_uint_t                             bit;
    ngx_http_asyncapi_parameter_option_t  *option;

    name = *word;
    ngx_str_null(&value);

    equal = ngx_strlchr(word->data, word->data + word->len, '=');

    if (equal) {
        name.len = equal - word->data;
        value.data = equal + 1;
        value.len = word->data + word->len - value.data;
    }

    for (option = ngx_http_asyncapi_parameter_options; option->name.len;
         option++)
    {
        if (option->name.len == name.len
            && ngx_strncmp(option->name.data, name.data, name.len) == 0)
        {
            break;
        }
    }

    if (option->name.len == 0
        || (value.data == NULL) != (option->set
                                    == ngx_http_asyncapi_parameter_required))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is no option of a parameter: write "
                           "required, default=, min=, max=, min_length=, "
                           "max_length=, pattern=, enum=, description= or "
                           "example=", word);
        return NGX_CONF_ERROR;
    }

    bit = 1 << (option - ngx_http_asyncapi_parameter_options);

    rv = (p->given & bit) ? "is duplicate" : option->set(cf, p, &value);

    p->given |= bit;

    if (rv == NGX_CONF_OK) {
        ngx_http_asyncapi_parameter_quotes(cf, p, &name, &value);
    }

    if (rv == NGX_CONF_OK || rv == NGX_CONF_ERROR) {
        return rv;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "option \"%V\" of the parameter \"%V\" %s", word,
                       &p->name, rv);

    return NGX_CONF_ERROR;
}


/* inside of a word nginx leaves quotes as they are */

static void
ngx_http_asyncapi_parameter_quotes(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *option, ngx_str_t *value)
{
    u_char  quote;

    if (value->len < 2) {
        return;
    }

    quote = value->data[0];

    if ((quote == '"' || quote == '\'')
        && value->data[value->len - 1] == quote)
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "the quotes in \"%V=%V\" are part of the value: "
                           "quote the word as a whole, \"%V=...\", if they "
                           "are not meant to be, in the parameter \"%V\"",
                           option, value, option, &p->name);
    }
}


static char *
ngx_http_asyncapi_parameter_required(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *value)
{
    p->required = 1;

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_parameter_default(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *value)
{
    if (p->in == NGX_HTTP_ASYNCAPI_IN_PATH) {
        return "has no use: a path without it does not come here";
    }

    p->fallback_text = *value;

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_parameter_min(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *value)
{
    return ngx_http_asyncapi_parameter_bound(p, &p->rules.min, value);
}


static char *
ngx_http_asyncapi_parameter_max(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *value)
{
    return ngx_http_asyncapi_parameter_bound(p, &p->rules.max, value);
}


static char *
ngx_http_asyncapi_parameter_bound(ngx_http_asyncapi_parameter_t *p,
    ngx_str_t *bound, ngx_str_t *value)
{
    if (!ngx_asyncapi_scalar_is_numeric(p->rules.type)) {
        return "is for the types integer and number: for a string write "
               "min_length= or max_length=";
    }

    *bound = *value;

    if (!ngx_asyncapi_scalar_is(p->rules.type, bound)) {
        return (p->rules.type == NGX_ASYNCAPI_SCALAR_INTEGER)
               ? "needs an integer" : "needs a number";
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_parameter_min_length(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *value)
{
    return ngx_http_asyncapi_parameter_length(p, &p->rules.min_length, value);
}


static char *
ngx_http_asyncapi_parameter_max_length(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *value)
{
    return ngx_http_asyncapi_parameter_length(p, &p->rules.max_length, value);
}


static char *
ngx_http_asyncapi_parameter_length(ngx_http_asyncapi_parameter_t *p,
    size_t *length, ngx_str_t *value)
{
    ngx_int_t  n;

    if (p->rules.type != NGX_ASYNCAPI_SCALAR_STRING) {
        return "is for the type string: for a number write min= or max=";
    }

    n = ngx_atoi(value->data, value->len);

    if (n == NGX_ERROR) {
        return "needs a number of characters";
    }

    *length = n;

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_parameter_pattern(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *value)
{
    ngx_str_t  err;

    if (p->rules.type != NGX_ASYNCAPI_SCALAR_STRING) {
        return "is for the type string";
    }

    p->rules.source = *value;
    p->rules.pattern = ngx_asyncapi_pattern_compile(cf->pool, value, &err);

    if (p->rules.pattern == NULL) {
        if (err.len) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "option \"pattern=%V\" of the parameter \"%V\" "
                               "is no regular expression: %V", value,
                               &p->name, &err);
        }

        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_parameter_enum(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *value)
{
    if (p->rules.type == NGX_ASYNCAPI_SCALAR_BOOLEAN) {
        return "has no use: a boolean is true or false";
    }

    p->rules.values = ngx_http_asyncapi_parameter_list(cf->pool, value);

    return p->rules.values ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_asyncapi_parameter_description(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *value)
{
    p->description = *value;

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_parameter_example(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *value)
{
    p->example = *value;

    return NGX_CONF_OK;
}


char *
ngx_http_asyncapi_parameter_options_check(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p)
{
    char                  *rv;
    ngx_asyncapi_value_t   example;

    rv = NULL;

    if (p->required && p->fallback_text.data) {
        rv = "\"required\" and \"default=\" exclude each other";

    } else if (p->rules.min.data && p->rules.max.data
               && ngx_asyncapi_number_compare(&p->rules.min, &p->rules.max)
                  > 0)
    {
        rv = "\"min=\" is more than \"max=\"";

    } else if (p->rules.min_length > p->rules.max_length) {
        rv = "\"min_length=\" is more than \"max_length=\"";
    }

    if (rv) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%s in the parameter \"%V\"", rv, &p->name);
        return NGX_CONF_ERROR;
    }

    rv = ngx_http_asyncapi_parameter_listed(cf, p);

    if (rv == NGX_CONF_OK) {
        rv = ngx_http_asyncapi_parameter_fits(cf, p, "default",
                                              &p->fallback_text, &p->fallback);
    }

    if (rv == NGX_CONF_OK) {
        rv = ngx_http_asyncapi_parameter_fits(cf, p, "example", &p->example,
                                              &example);
    }

    /* an array that nothing was repeated for is empty */

    if (rv == NGX_CONF_OK && p->array
        && p->fallback.type == NGX_ASYNCAPI_VALUE_NONE)
    {
        p->fallback.type = NGX_ASYNCAPI_VALUE_JSON;
        ngx_str_set(&p->fallback.data, "[]");
    }

    return rv;
}


/* each value of enum= keeps all other rules */

static char *
ngx_http_asyncapi_parameter_listed(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p)
{
    char         *rv;
    ngx_str_t    *value;
    ngx_uint_t    i;
    ngx_array_t  *values;

    values = p->rules.values;

    if (values == NULL) {
        return NGX_CONF_OK;
    }

    p->rules.values = NULL;

    rv = NGX_CONF_OK;
    value = values->elts;

    for (i = 0; rv == NGX_CONF_OK && i < values->nelts; i++) {
        rv = ngx_http_asyncapi_parameter_fits(cf, p, "enum", &value[i], NULL);
    }

    p->rules.values = values;

    return rv;
}


/* value: NULL for one text, else what the option makes */

static char *
ngx_http_asyncapi_parameter_fits(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, const char *option, ngx_str_t *source,
    ngx_asyncapi_value_t *value)
{
    u_char               *broken;
    ngx_str_t            *text, one;
    ngx_uint_t            i;
    ngx_array_t          *texts;
    ngx_asyncapi_rule_e   rule;
    ngx_asyncapi_match_t  match;

    if (source->data == NULL) {
        return NGX_CONF_OK;
    }

    ngx_asyncapi_match_init(&match, cf->temp_pool, source->len);

    one = *source;
    text = &one;
    texts = NULL;

    if (p->array && value) {
        texts = ngx_http_asyncapi_parameter_list(cf->pool, source);
        if (texts == NULL) {
            return NGX_CONF_ERROR;
        }

        text = texts->elts;
    }

    for (i = 0; i < (texts ? texts->nelts : 1); i++) {

        rule = ngx_asyncapi_rules_check(&p->rules, &match, &text[i]);

        if (rule == NGX_ASYNCAPI_RULE_NONE) {
            continue;
        }

        if (rule == NGX_ASYNCAPI_RULE_ERROR) {
            return NGX_CONF_ERROR;
        }

        broken = ngx_http_asyncapi_parameter_broken(cf->pool, p, rule);
        if (broken == NULL) {
            return NGX_CONF_ERROR;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "option \"%s=%V\" of the parameter \"%V\" %s",
                           option, source, &p->name, broken);
        return NGX_CONF_ERROR;
    }

    if (value == NULL) {
        return NGX_CONF_OK;
    }

    if (texts) {
        value->type = NGX_ASYNCAPI_VALUE_JSON;

        return ngx_http_asyncapi_parameter_array(cf->pool, &p->rules, NULL,
                                                 texts, &value->data)
               == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
    }

    value->type = ngx_asyncapi_scalar_is_text(p->rules.type)
                  ? NGX_ASYNCAPI_VALUE_TEXT : NGX_ASYNCAPI_VALUE_JSON;
    value->data = one;

    return NGX_CONF_OK;
}


/* "a|b"; nothing is an empty list */

static ngx_array_t *
ngx_http_asyncapi_parameter_list(ngx_pool_t *pool, ngx_str_t *value)
{
    u_char       *p, *last, *end;
    ngx_str_t    *text;
    ngx_array_t  *list;

    list = ngx_array_create(pool, 4, sizeof(ngx_str_t));

    if (list == NULL || value->len == 0) {
        return list;
    }

    last = value->data + value->len;

    for (p = value->data; /* void */ ; p = end + 1) {

        end = ngx_strlchr(p, last, '|');

        text = ngx_array_push(list);
        if (text == NULL) {
            return NULL;
        }

        text->data = p;
        text->len = (end ? end : last) - p;

        if (end == NULL) {
            return list;
        }
    }
}


u_char *
ngx_http_asyncapi_parameter_broken(ngx_pool_t *pool,
    ngx_http_asyncapi_parameter_t *p, ngx_asyncapi_rule_e rule)
{
    size_t       size;
    u_char      *text, *last;
    ngx_str_t   *value;
    ngx_uint_t   i, n;

    n = p->rules.values ? p->rules.values->nelts : 0;
    value = p->rules.values ? p->rules.values->elts : NULL;

    size = 128 + p->rules.min.len + p->rules.max.len + p->rules.source.len;

    for (i = 0; i < n; i++) {
        size += value[i].len + 2;
    }

    text = ngx_pnalloc(pool, size);
    if (text == NULL) {
        return NULL;
    }

    last = text;

    switch (rule) {

    case NGX_ASYNCAPI_RULE_ENCODING:
        last = ngx_sprintf(last, "has a \"%%\" without two hexadecimal "
                                 "digits behind it");
        break;

    case NGX_ASYNCAPI_RULE_REPEATED:
        last = ngx_sprintf(last, "is given more than once");
        break;

    case NGX_ASYNCAPI_RULE_REQUIRED:
        last = ngx_sprintf(last, "is required");
        break;

    case NGX_ASYNCAPI_RULE_MIN:
        last = ngx_sprintf(last, "is less than %V", &p->rules.min);
        break;

    case NGX_ASYNCAPI_RULE_MAX:
        last = ngx_sprintf(last, "is more than %V", &p->rules.max);
        break;

    case NGX_ASYNCAPI_RULE_MIN_LENGTH:
        last = ngx_sprintf(last, "is shorter than %uz characters",
                           p->rules.min_length);
        break;

    case NGX_ASYNCAPI_RULE_MAX_LENGTH:
        last = ngx_sprintf(last, "is longer than %uz characters",
                           p->rules.max_length);
        break;

    case NGX_ASYNCAPI_RULE_ENUM:
        last = ngx_sprintf(last, "is none of ");

        for (i = 0; i < n; i++) {
            last = ngx_sprintf(last, "%s%V", i ? ", " : "", &value[i]);
        }

        break;

    case NGX_ASYNCAPI_RULE_PATTERN:
        last = ngx_sprintf(last, "does not match %V", &p->rules.source);
        break;

    case NGX_ASYNCAPI_RULE_WORK:
        last = ngx_sprintf(last, "takes too long to match with %V",
                           &p->rules.source);
        break;

    default:
        last = ngx_sprintf(last, "%s",
                           ngx_asyncapi_scalar_messages[p->rules.type]);
        break;
    }

    *last = '\0';

    return text;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * The value of a parameter, from what a request brings for it.
 */


#include "ngx_http_asyncapi_contract.h"


static ngx_int_t ngx_http_asyncapi_parameter_text(
    ngx_http_asyncapi_check_t *check, ngx_http_asyncapi_parameter_t *p,
    ngx_str_t *text, ngx_int_t index);


ngx_int_t
ngx_http_asyncapi_parameter_value(ngx_http_asyncapi_check_t *check,
    ngx_http_asyncapi_parameter_t *p)
{
    ngx_str_t                  *more;
    ngx_uint_t                  i, errors;
    ngx_asyncapi_value_t       *value;
    ngx_http_asyncapi_given_t  *given;

    given = &check->given[p->index];
    value = &check->params[p->slot];
    errors = check->nerrors;

    if (given->count == 0) {
        *value = p->fallback;

        return p->required
               ? ngx_http_asyncapi_check_error(check,
                                   &p->errors[NGX_ASYNCAPI_RULE_REQUIRED], -1)
               : NGX_OK;
    }

    if (given->count > 1 && !p->array) {
        return ngx_http_asyncapi_check_error(check,
                                   &p->errors[NGX_ASYNCAPI_RULE_REPEATED], -1);
    }

    if (ngx_http_asyncapi_parameter_text(check, p, &given->text,
                                         p->array ? 0 : -1)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!p->array) {
        value->type = ngx_asyncapi_scalar_is_text(p->rules.type)
                      ? NGX_ASYNCAPI_VALUE_TEXT : NGX_ASYNCAPI_VALUE_JSON;
        value->data = given->text;

        return NGX_OK;
    }

    more = given->more ? given->more->elts : NULL;

    for (i = 1; i < given->count; i++) {
        if (ngx_http_asyncapi_parameter_text(check, p, &more[i - 1], i)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (check->nerrors != errors) {
        return NGX_OK;
    }

    value->type = NGX_ASYNCAPI_VALUE_JSON;

    return ngx_http_asyncapi_parameter_array(check->request->pool, &p->rules,
                                             &given->text, given->more,
                                             &value->data);
}


static ngx_int_t
ngx_http_asyncapi_parameter_text(ngx_http_asyncapi_check_t *check,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *text, ngx_int_t index)
{
    ngx_asyncapi_rule_e  rule;

    if (check->nerrors == NGX_HTTP_ASYNCAPI_MAX_ERRORS) {
        return NGX_OK;
    }

    rule = (text->data == NULL) ? NGX_ASYNCAPI_RULE_ENCODING
                                : ngx_asyncapi_rules_check(&p->rules,
                                                           &check->match,
                                                           text);

    if (rule == NGX_ASYNCAPI_RULE_NONE) {
        return NGX_OK;
    }

    if (rule == NGX_ASYNCAPI_RULE_ERROR) {
        return NGX_ERROR;
    }

    return ngx_http_asyncapi_check_error(check, &p->errors[rule], index);
}


ngx_int_t
ngx_http_asyncapi_parameter_array(ngx_pool_t *pool,
    const ngx_asyncapi_rules_t *rules, ngx_str_t *first, ngx_array_t *more,
    ngx_str_t *array)
{
    size_t       size;
    u_char      *last;
    ngx_str_t   *text;
    ngx_uint_t   i, n, quoted;

    n = more ? more->nelts : 0;
    quoted = ngx_asyncapi_scalar_is_text(rules->type);
    size = sizeof("[]") - 1;

    for (i = 0; i <= n; i++) {
        text = i ? (ngx_str_t *) more->elts + (i - 1) : first;

        if (text) {
            size += sizeof(",") - 1
                    + (quoted ? sizeof("\"\"") - 1
                                + ngx_asyncapi_json_escape_len(text->data,
                                                               text->len)
                              : text->len);
        }
    }

    array->data = ngx_pnalloc(pool, size);
    if (array->data == NULL) {
        return NGX_ERROR;
    }

    last = array->data;
    *last++ = '[';

    for (i = 0; i <= n; i++) {
        text = i ? (ngx_str_t *) more->elts + (i - 1) : first;

        if (text == NULL) {
            continue;
        }

        if (last > array->data + 1) {
            *last++ = ',';
        }

        if (quoted) {
            *last++ = '"';
            last = ngx_asyncapi_json_escape(last, text->data, text->len);
            *last++ = '"';

        } else {
            last = ngx_cpymem(last, text->data, text->len);
        }
    }

    *last++ = ']';
    array->len = last - array->data;

    return NGX_OK;
}

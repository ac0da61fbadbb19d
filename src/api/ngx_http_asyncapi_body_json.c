
/*
 * Copyright (C) The asyncapi module authors
 *
 * A body of JSON: valid, no object with a name twice, and of its schema.
 */


#include "ngx_http_asyncapi_contract.h"
#include "ngx_asyncapi_json.h"


static ngx_int_t ngx_http_asyncapi_body_schema(
    ngx_http_asyncapi_check_t *check, ngx_str_t *body);
static ngx_int_t ngx_http_asyncapi_body_broken(ngx_pool_t *pool,
    ngx_str_t *body, ngx_asyncapi_json_error_t *err, ngx_str_t *detail);


ngx_int_t
ngx_http_asyncapi_body_json(ngx_http_asyncapi_check_t *check,
    ngx_uint_t *status, ngx_str_t *detail)
{
    ngx_int_t                   rc;
    ngx_str_t                   body, pointer, twice;
    ngx_pool_t                 *pool;
    ngx_asyncapi_value_t       *value;
    ngx_asyncapi_json_error_t   err;

    pool = check->request->pool;
    body = check->body;

    if (ngx_asyncapi_json_validate(&body, &err) != NGX_OK) {
        *status = NGX_HTTP_BAD_REQUEST;

        return ngx_http_asyncapi_body_broken(pool, &body, &err, detail);
    }

    rc = ngx_asyncapi_json_unique(pool, &body, &pointer);

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (rc == NGX_DECLINED) {
        ngx_str_set(&twice, "is there more than once");

        return ngx_http_asyncapi_check_body_error(check, &pointer, &twice);
    }

    if (check->contract->body_schema
        && ngx_http_asyncapi_body_schema(check, &body) != NGX_OK)
    {
        return NGX_ERROR;
    }

    value = &check->params[check->contract->body_slot];

    value->type = NGX_ASYNCAPI_VALUE_JSON;
    value->data = body;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_body_schema(ngx_http_asyncapi_check_t *check,
    ngx_str_t *body)
{
    ngx_int_t                     rc;
    ngx_uint_t                    i;
    ngx_array_t                   errors;
    ngx_asyncapi_schema_error_t  *error;

    if (ngx_array_init(&errors, check->request->pool, 4,
                       sizeof(ngx_asyncapi_schema_error_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_asyncapi_schema_check(check->contract->body_schema->compiled,
                                   check->request->pool, body, &errors,
                                   NGX_HTTP_ASYNCAPI_MAX_ERRORS);

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    error = errors.elts;

    for (i = 0; i < errors.nelts; i++) {
        if (ngx_http_asyncapi_check_body_error(check, &error[i].pointer,
                                               &error[i].detail)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* where people count: lines and characters from 1 */

static ngx_int_t
ngx_http_asyncapi_body_broken(ngx_pool_t *pool, ngx_str_t *body,
    ngx_asyncapi_json_error_t *err, ngx_str_t *detail)
{
    size_t      i, line, column;

    line = 1;
    column = 1;

    for (i = 0; i < err->offset && i < body->len; i++) {

        if (body->data[i] == LF) {
            line++;
            column = 1;

        } else if ((body->data[i] & 0xc0) != 0x80) {
            column++;
        }
    }

    detail->data = ngx_pnalloc(pool, sizeof("The body is no JSON:  (line , "
                                            "column ).")
                                     + ngx_strlen(err->message)
                                     + 2 * NGX_SIZE_T_LEN);
    if (detail->data == NULL) {
        return NGX_ERROR;
    }

    detail->len = ngx_sprintf(detail->data,
                              "The body is no JSON: %s (line %uz, "
                              "column %uz).", err->message, line, column)
                  - detail->data;

    return NGX_DECLINED;
}

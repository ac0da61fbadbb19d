
/*
 * Copyright (C) The asyncapi module authors
 *
 * A body of JSON: valid, no object with a name twice, and of its schema.
 */


#include "ngx_http_asyncapi_contract.h"
#include "ngx_asyncapi_json.h"


static ngx_int_t ngx_http_asyncapi_body_unique(
    ngx_http_asyncapi_body_look_t *look, ngx_pool_t *pool);
static ngx_int_t ngx_http_asyncapi_body_broken(ngx_pool_t *pool,
    ngx_str_t *body, ngx_asyncapi_json_error_t *err, ngx_str_t *detail);


void
ngx_http_asyncapi_body_json(ngx_http_asyncapi_body_look_t *look,
    ngx_pool_t *pool)
{
    ngx_int_t                     rc;
    ngx_asyncapi_json_error_t     err;
    ngx_http_asyncapi_schema_t   *schema;

    if (ngx_asyncapi_json_validate(&look->body, &err) != NGX_OK) {
        look->rc = ngx_http_asyncapi_body_broken(pool, &look->body, &err,
                                                 &look->detail);
        return;
    }

    look->value = look->body;
    look->rc = ngx_http_asyncapi_body_unique(look, pool);

    schema = look->contract->body_schema;

    if (look->rc != NGX_OK || look->errors.nelts || schema == NULL) {
        return;
    }

    if (ngx_array_init(&look->errors, pool, 4,
                       sizeof(ngx_asyncapi_schema_error_t))
        != NGX_OK)
    {
        look->rc = NGX_ERROR;
        return;
    }

    rc = ngx_asyncapi_schema_check(schema->compiled, pool, &look->body,
                                   &look->errors,
                                   NGX_HTTP_ASYNCAPI_MAX_ERRORS);
    if (rc == NGX_ERROR) {
        look->rc = NGX_ERROR;
    }
}


static ngx_int_t
ngx_http_asyncapi_body_unique(ngx_http_asyncapi_body_look_t *look,
    ngx_pool_t *pool)
{
    ngx_int_t                     rc;
    ngx_str_t                     pointer;
    ngx_asyncapi_schema_error_t  *error;

    rc = ngx_asyncapi_json_unique(pool, &look->body, &pointer);

    if (rc != NGX_DECLINED) {
        return rc;
    }

    if (ngx_array_init(&look->errors, pool, 1,
                       sizeof(ngx_asyncapi_schema_error_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    error = ngx_array_push(&look->errors);

    error->pointer = pointer;
    ngx_str_set(&error->detail, "is there more than once");

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

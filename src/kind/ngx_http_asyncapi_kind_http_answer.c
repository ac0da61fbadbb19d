
/*
 * Copyright (C) The asyncapi module authors
 *
 * What an answer means for an http task, whichever form brought it.
 */


#include "ngx_http_asyncapi_kind_http.h"
#include "ngx_http_asyncapi_kind_http_header.h"


/* what of the other side's words goes to the log */
#define NGX_HTTP_ASYNCAPI_HTTP_DETAIL  256


static ngx_uint_t ngx_http_asyncapi_http_in(ngx_array_t *ranges,
    ngx_uint_t status);
static ngx_int_t ngx_http_asyncapi_http_unwanted(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_http_response_t *response,
    ngx_http_asyncapi_result_t *result);
static ngx_int_t ngx_http_asyncapi_http_passed(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_http_response_t *response,
    ngx_http_asyncapi_result_t *result);
static ngx_uint_t ngx_http_asyncapi_http_kept(ngx_str_t *name);


/* what an answer that ends the endpoint does not bring along */

static const char  *ngx_http_asyncapi_http_dropped[] = {
    "Content-Type",          /* answer->content_type */
    "Content-Length",
    "Content-Encoding",
    "Date",
    "Server",
    NULL
};


void
ngx_http_asyncapi_http_answered(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_http_response_t *response)
{
    ngx_int_t                       rc;
    ngx_uint_t                      pass;
    ngx_http_asyncapi_result_t      result;
    ngx_http_asyncapi_http_conf_t  *http;

    http = op->node->conf;

    ngx_memzero(&result, sizeof(ngx_http_asyncapi_result_t));

    result.status = response->status;
    result.headers = response->headers;

    pass = ngx_http_asyncapi_http_in(&http->pass, response->status);
    rc = NGX_OK;

    if (!pass && !ngx_http_asyncapi_http_in(&http->ok, response->status)) {
        rc = ngx_http_asyncapi_http_unwanted(op, response, &result);

    } else if (response->body.len && response->encoded) {
        result.reason = NGX_HTTP_ASYNCAPI_INVALID;
        ngx_str_set(&result.detail, "the answer is compressed: "
                                    "\"accept=gzip\" of the task's URL, "
                                    "\"gunzip on\" in its location, or an "
                                    "upstream that honours Accept-Encoding");

    } else if (pass) {
        rc = ngx_http_asyncapi_http_passed(op, response, &result);

    } else if (response->body.len == 0) {
        result.as = NGX_HTTP_ASYNCAPI_AS_VALUE;
        ngx_str_set(&result.body, "null");

    } else {
        result.as = ngx_http_asyncapi_http_type_json(&response->content_type)
                    ? NGX_HTTP_ASYNCAPI_AS_JSON : NGX_HTTP_ASYNCAPI_AS_TEXT;
        result.body = response->body;
    }

    if (rc != NGX_OK) {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_INVALID,
                                      "no memory for the answer");
        return;
    }

    ngx_http_asyncapi_task_done(op, &result);
}


static ngx_uint_t
ngx_http_asyncapi_http_in(ngx_array_t *ranges, ngx_uint_t status)
{
    ngx_uint_t                       i;
    ngx_http_asyncapi_http_range_t  *range;

    range = ranges->elts;

    for (i = 0; i < ranges->nelts; i++) {
        if (status >= range[i].from && status <= range[i].to) {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_http_asyncapi_http_unwanted(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_http_response_t *response,
    ngx_http_asyncapi_result_t *result)
{
    result->reason = NGX_HTTP_ASYNCAPI_STATUS;

    result->code.data = ngx_pnalloc(op->pool, NGX_INT_T_LEN);
    if (result->code.data == NULL) {
        return NGX_ERROR;
    }

    result->code.len = ngx_sprintf(result->code.data, "%ui", response->status)
                       - result->code.data;

    if (!response->encoded) {
        result->detail.data = response->body.data;
        result->detail.len = ngx_min(response->body.len,
                                     NGX_HTTP_ASYNCAPI_HTTP_DETAIL);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_http_passed(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_http_response_t *response,
    ngx_http_asyncapi_result_t *result)
{
    ngx_uint_t                   i;
    ngx_keyval_t                *header, *kept;
    ngx_http_asyncapi_answer_t  *answer;

    if (ngx_http_asyncapi_http_unwanted(op, response, result) != NGX_OK) {
        return NGX_ERROR;
    }

    answer = ngx_pcalloc(op->pool, sizeof(ngx_http_asyncapi_answer_t));
    if (answer == NULL) {
        return NGX_ERROR;
    }

    answer->status = response->status;
    answer->content_type = response->content_type;
    answer->body = response->body;

    result->answer = answer;

    if (response->headers == NULL) {
        return NGX_OK;
    }

    answer->headers = ngx_array_create(op->pool, response->headers->nelts + 1,
                                       sizeof(ngx_keyval_t));
    if (answer->headers == NULL) {
        return NGX_ERROR;
    }

    header = response->headers->elts;

    for (i = 0; i < response->headers->nelts; i++) {

        if (!ngx_http_asyncapi_http_kept(&header[i].key)) {
            continue;
        }

        kept = ngx_array_push(answer->headers);
        if (kept == NULL) {
            return NGX_ERROR;
        }

        *kept = header[i];
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_asyncapi_http_kept(ngx_str_t *name)
{
    const char  **p;

    for (p = ngx_http_asyncapi_http_dropped; *p; p++) {
        if (ngx_http_asyncapi_http_same(name, *p)) {
            return 0;
        }
    }

    if (name->len >= sizeof("X-Accel-") - 1
        && ngx_strncasecmp(name->data, (u_char *) "X-Accel-",
                           sizeof("X-Accel-") - 1)
           == 0)
    {
        return 0;
    }

    return !ngx_http_asyncapi_http_hop_by_hop(name);
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * From what an operation brought to the value of its task.
 */


#include "ngx_http_asyncapi_offload.h"


/* what of the other side's words goes to the log */
#define NGX_HTTP_ASYNCAPI_LOG_LEN  256


static size_t ngx_http_asyncapi_result_size(ngx_http_asyncapi_node_t *node,
    ngx_http_asyncapi_result_t *result);
static ngx_http_asyncapi_as_e ngx_http_asyncapi_result_is(
    ngx_http_asyncapi_node_t *node, ngx_http_asyncapi_result_t *result);
static ngx_int_t ngx_http_asyncapi_result_json(
    ngx_http_asyncapi_node_t *node, ngx_pool_t *pool,
    ngx_http_asyncapi_result_t *result);
static ngx_int_t ngx_http_asyncapi_result_text(
    ngx_http_asyncapi_node_t *node, ngx_pool_t *pool,
    ngx_http_asyncapi_result_t *result);
static ngx_int_t ngx_http_asyncapi_result_base64(
    ngx_http_asyncapi_node_t *node, ngx_pool_t *pool,
    ngx_http_asyncapi_result_t *result);
static ngx_int_t ngx_http_asyncapi_result_schema(
    ngx_http_asyncapi_node_t *node, ngx_pool_t *pool,
    ngx_http_asyncapi_result_t *result);
static ngx_int_t ngx_http_asyncapi_result_select(
    ngx_http_asyncapi_node_t *node, ngx_pool_t *pool,
    ngx_http_asyncapi_result_t *result);
static void ngx_http_asyncapi_result_invalid(
    ngx_http_asyncapi_result_t *result, const char *detail);


typedef ngx_int_t (*ngx_http_asyncapi_result_pt)(
    ngx_http_asyncapi_node_t *node, ngx_pool_t *pool,
    ngx_http_asyncapi_result_t *result);


/* by ngx_http_asyncapi_as_e; NULL: it is a value already */

static ngx_http_asyncapi_result_pt  ngx_http_asyncapi_result_as[] = {
    NULL,
    ngx_http_asyncapi_result_json,
    ngx_http_asyncapi_result_text,
    ngx_http_asyncapi_result_base64,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL
};


ngx_int_t
ngx_http_asyncapi_result_value(ngx_http_asyncapi_task_t *task,
    ngx_http_asyncapi_result_t *result)
{
    size_t      size;
    ngx_uint_t  thread;

    size = ngx_http_asyncapi_result_size(task->node, result);

    if (size) {
        thread = ngx_http_asyncapi_op_offloads(&task->op, size);

        ngx_log_debug3(NGX_LOG_DEBUG_HTTP, task->op.log, 0,
                       "asyncapi task \"%V\" result of %uz bytes: %s",
                       &task->node->name, size,
                       thread ? "in a thread" : "on the loop");

        if (thread) {
            return ngx_http_asyncapi_offload_result(task, result);
        }
    }

    return ngx_http_asyncapi_result_make(task->node, task->op.pool, result);
}


/* the bytes that have to be gone through to make a value of it */

static size_t
ngx_http_asyncapi_result_size(ngx_http_asyncapi_node_t *node,
    ngx_http_asyncapi_result_t *result)
{
    ngx_http_asyncapi_as_e  as;

    if (result->gather) {
        return result->size;
    }

    if (result->value) {
        return 0;
    }

    as = ngx_http_asyncapi_result_is(node, result);

    if ((ngx_http_asyncapi_result_as[as]
         && !(node->trust && as == NGX_HTTP_ASYNCAPI_AS_JSON))
        || node->schema || node->pick || node->omit)
    {
        return result->body.len;
    }

    return 0;
}


static ngx_http_asyncapi_as_e
ngx_http_asyncapi_result_is(ngx_http_asyncapi_node_t *node,
    ngx_http_asyncapi_result_t *result)
{
    return (result->as != NGX_HTTP_ASYNCAPI_AS_VALUE && node->as) ? node->as
                                                                  : result->as;
}


ngx_int_t
ngx_http_asyncapi_result_make(ngx_http_asyncapi_node_t *node,
    ngx_pool_t *pool, ngx_http_asyncapi_result_t *result)
{
    ngx_http_asyncapi_as_e       as;
    ngx_http_asyncapi_result_pt  convert;

    if (result->gather && result->gather(node, pool, result) != NGX_OK) {
        return NGX_ERROR;
    }

    result->gather = NULL;

    if (result->value || result->reason != NGX_HTTP_ASYNCAPI_OK) {
        return NGX_OK;
    }

    as = ngx_http_asyncapi_result_is(node, result);
    convert = ngx_http_asyncapi_result_as[as];

    if (convert && convert(node, pool, result) != NGX_OK) {
        return NGX_ERROR;
    }

    result->value = 1;

    /* it says what the other side gives, not what is kept of that */

    if (result->reason == NGX_HTTP_ASYNCAPI_OK && node->schema
        && ngx_http_asyncapi_result_schema(node, pool, result) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (result->reason != NGX_HTTP_ASYNCAPI_OK) {
        return NGX_OK;
    }

    return ngx_http_asyncapi_result_select(node, pool, result);
}


static ngx_int_t
ngx_http_asyncapi_result_json(ngx_http_asyncapi_node_t *node,
    ngx_pool_t *pool, ngx_http_asyncapi_result_t *result)
{
    u_char                     *p, *last;
    ngx_asyncapi_json_error_t   err;

    if (node->trust) {
        ngx_asyncapi_json_trim(&result->body);
        return NGX_OK;
    }

    if (ngx_asyncapi_json_validate(&result->body, &err) == NGX_OK) {
        return NGX_OK;
    }

    p = ngx_pnalloc(pool, NGX_HTTP_ASYNCAPI_LOG_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    last = ngx_slprintf(p, p + NGX_HTTP_ASYNCAPI_LOG_LEN,
                        "the result is no valid JSON: %s at byte %uz",
                        err.message, err.offset);

    ngx_http_asyncapi_result_invalid(result, "");

    result->detail.data = p;
    result->detail.len = last - p;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_result_text(ngx_http_asyncapi_node_t *node,
    ngx_pool_t *pool, ngx_http_asyncapi_result_t *result)
{
    ngx_str_t  text;

    text = result->body;

    if (!ngx_asyncapi_json_utf8_valid(text.data, text.len)) {
        ngx_http_asyncapi_result_invalid(result,
                       "the result is no UTF-8 text: as=base64 would take it");
        return NGX_OK;
    }

    return ngx_asyncapi_json_quote(pool, &text, &result->body);
}


static ngx_int_t
ngx_http_asyncapi_result_base64(ngx_http_asyncapi_node_t *node,
    ngx_pool_t *pool, ngx_http_asyncapi_result_t *result)
{
    u_char     *p;
    ngx_str_t   encoded;

    p = ngx_pnalloc(pool,
                    ngx_base64_encoded_length(result->body.len) + 2);
    if (p == NULL) {
        return NGX_ERROR;
    }

    encoded.data = p + 1;

    ngx_encode_base64(&encoded, &result->body);

    p[0] = '"';
    p[encoded.len + 1] = '"';

    result->body.data = p;
    result->body.len = encoded.len + 2;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_result_schema(ngx_http_asyncapi_node_t *node,
    ngx_pool_t *pool, ngx_http_asyncapi_result_t *result)
{
    ngx_int_t  rc;
    ngx_str_t  detail;

    rc = ngx_http_asyncapi_schema_check(node->schema, pool, &result->body,
                                        &detail);

    if (rc == NGX_DECLINED) {
        result->reason = NGX_HTTP_ASYNCAPI_SCHEMA;
        result->detail = detail;

        return NGX_OK;
    }

    return rc;
}


static ngx_int_t
ngx_http_asyncapi_result_select(ngx_http_asyncapi_node_t *node,
    ngx_pool_t *pool, ngx_http_asyncapi_result_t *result)
{
    ngx_str_t  body;

    body = result->body;

    if (node->pick) {
        return ngx_asyncapi_json_pick(pool, &body, node->pick->elts,
                                      node->pick->nelts, &result->body);
    }

    if (node->omit) {
        return ngx_asyncapi_json_omit(pool, &body, node->omit->elts,
                                      node->omit->nelts, &result->body);
    }

    return NGX_OK;
}


static void
ngx_http_asyncapi_result_invalid(ngx_http_asyncapi_result_t *result,
    const char *detail)
{
    result->reason = NGX_HTTP_ASYNCAPI_INVALID;
    result->detail.data = (u_char *) detail;
    result->detail.len = ngx_strlen(detail);
}


void
ngx_http_asyncapi_result_log(ngx_http_asyncapi_task_t *task, ngx_uint_t level,
    ngx_str_t *sequel)
{
    u_char                       detail[NGX_HTTP_ASYNCAPI_LOG_LEN];
    size_t                       i, len;
    ngx_log_t                   *log;
    char                        *action;
    ngx_http_asyncapi_result_t  *result;

    result = &task->op.result;
    log = task->scope->run->request->connection->log;

    /* the other side's words: no line of the log is theirs to make */

    len = ngx_min(result->detail.len, NGX_HTTP_ASYNCAPI_LOG_LEN);

    for (i = 0; i < len; i++) {
        detail[i] = (result->detail.data[i] < 0x20
                     || result->detail.data[i] == 0x7f)
                    ? ' ' : result->detail.data[i];
    }

    /* "while connecting to upstream" is of another subrequest, if of any */

    action = log->action;
    log->action = NULL;

    ngx_log_error(level, log, 0,
                  "asyncapi task \"%V\" failed: %V%s%V%s%*s%V",
                  result->origin,
                  &ngx_http_asyncapi_reason_names[result->reason],
                  result->code.len ? " " : "", &result->code,
                  len ? ", " : "", len, detail, sequel);

    log->action = action;
}

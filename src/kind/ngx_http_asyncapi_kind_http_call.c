
/*
 * Copyright (C) The asyncapi module authors
 *
 * The http kind's URL form: a call of the module's own client.
 */


#include "ngx_http_asyncapi_kind_http_call.h"


#define NGX_HTTP_ASYNCAPI_HTTP_HAS_BODY                                      \
    (NGX_HTTP_POST|NGX_HTTP_PUT|NGX_HTTP_PATCH)


static ngx_int_t ngx_http_asyncapi_http_call_start(
    ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_http_call_cancel(ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_http_call_done(ngx_asyncapi_http_call_t *call);
static ngx_int_t ngx_http_asyncapi_http_call_origin(
    ngx_http_asyncapi_op_t *op);
static ngx_int_t ngx_http_asyncapi_http_call_no_host(
    ngx_http_asyncapi_op_t *op, ngx_str_t *host);
static ngx_int_t ngx_http_asyncapi_http_call_render(
    ngx_http_asyncapi_op_t *op);
static ngx_int_t ngx_http_asyncapi_http_call_group(
    ngx_http_asyncapi_op_t *op);


ngx_http_asyncapi_http_form_t  ngx_http_asyncapi_http_call = {
    ngx_http_asyncapi_http_call_start,
    ngx_http_asyncapi_http_call_cancel
};


/* reasons of the client's errors, by ngx_asyncapi_http_error_e */

static const ngx_http_asyncapi_reason_e  ngx_http_asyncapi_http_reasons[] = {
    NGX_HTTP_ASYNCAPI_OK,
    NGX_HTTP_ASYNCAPI_CONNECT,
    NGX_HTTP_ASYNCAPI_INVALID,
    NGX_HTTP_ASYNCAPI_TOO_LARGE,
    NGX_HTTP_ASYNCAPI_CONNECT
};


static ngx_int_t
ngx_http_asyncapi_http_call_start(ngx_http_asyncapi_op_t *op)
{
    ngx_int_t                            rc;
    ngx_asyncapi_http_call_t            *call;
    ngx_http_asyncapi_http_conf_t       *http;
    ngx_http_asyncapi_http_call_t       *ctx;

    http = op->node->conf;

    ctx = ngx_pcalloc(op->pool, sizeof(ngx_http_asyncapi_http_call_t));
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    op->data = ctx;
    call = &ctx->call;

    call->log = op->log;
    call->pool = op->pool;
    call->request = op->request;
    call->conf = &ngx_http_asyncapi_http_client(op)->http;
    call->max_body = ngx_http_asyncapi_op_max_result(op);
    call->no_body = (http->method == NGX_HTTP_HEAD);
    call->idempotent = (http->method & NGX_HTTP_ASYNCAPI_HTTP_IDEMPOTENT) != 0;
    call->gzip = http->gzip;
    call->headers = op->node->headers || op->node->retry || http->pass.nelts;
    call->handler = ngx_http_asyncapi_http_call_done;
    call->data = op;

    if ((rc = ngx_http_asyncapi_http_call_origin(op)) != NGX_OK
        || (rc = ngx_http_asyncapi_http_call_render(op)) != NGX_OK
        || (rc = ngx_http_asyncapi_http_call_head(op)) != NGX_OK)
    {
        /* declined: the operation has been ended */

        return (rc == NGX_DECLINED) ? NGX_OK : NGX_ERROR;
    }

    if (ngx_http_asyncapi_http_call_group(op) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_asyncapi_http_start(call);

    return NGX_OK;
}


static void
ngx_http_asyncapi_http_call_cancel(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_http_call_t  *ctx;

    ctx = op->data;

    ngx_asyncapi_http_cancel(&ctx->call,
                             op->result.reason == NGX_HTTP_ASYNCAPI_TIMEOUT);
}


static void
ngx_http_asyncapi_http_call_done(ngx_asyncapi_http_call_t *call)
{
    ngx_http_asyncapi_op_t             *op;
    ngx_http_asyncapi_http_response_t   response;

    op = call->data;

    if (call->error) {
        ngx_http_asyncapi_task_failed(op,
                                 ngx_http_asyncapi_http_reasons[call->error],
                                 call->detail);
        return;
    }

    response.status = call->response.status;
    response.content_type = call->response.content_type;
    response.body = call->response.body;
    response.headers = call->response.headers;
    response.encoded = call->response.encoded;

    ngx_http_asyncapi_http_answered(op, &response);
}


static ngx_int_t
ngx_http_asyncapi_http_call_origin(ngx_http_asyncapi_op_t *op)
{
    ngx_int_t                            rc;
    ngx_str_t                            host;
    ngx_http_asyncapi_http_conf_t       *http;
    ngx_http_asyncapi_http_call_t       *ctx;
    ngx_http_asyncapi_client_main_t     *main;
    ngx_http_asyncapi_http_call_conf_t  *conf;

    ctx = op->data;
    http = op->node->conf;
    conf = http->form_conf;

    if (conf->origin) {
        ctx->call.origin = conf->origin;
        ctx->host = conf->origin->host;
        return NGX_OK;
    }

    if (ngx_http_complex_value(op->request, conf->host, &host) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_asyncapi_http_origin_find(op->request, &host, conf->ssl,
                                       &ctx->origin);

    if (rc == NGX_DECLINED) {
        return ngx_http_asyncapi_http_call_no_host(op, &host);
    }

    main = ngx_http_get_module_main_conf(op->request,
                                         ngx_http_asyncapi_client_module);

    ctx->origin.depth = ngx_asyncapi_http_pipeline_depth(main->pipelines,
                                                         &ctx->origin.name);
    ctx->call.origin = &ctx->origin;
    ctx->host = ctx->origin.host;

    return rc;
}


static ngx_int_t
ngx_http_asyncapi_http_call_no_host(ngx_http_asyncapi_op_t *op,
    ngx_str_t *host)
{
    size_t   len;
    u_char  *detail;

    static const char  fmt[] = "\"%V\" can't be a host%Z";

    len = sizeof(fmt) + host->len;

    detail = ngx_pnalloc(op->pool, len);
    if (detail == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_snprintf(detail, len, fmt, host);

    ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_CONNECT,
                                  (char *) detail);

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_asyncapi_http_call_render(ngx_http_asyncapi_op_t *op)
{
    ngx_int_t                            rc;
    ngx_http_asyncapi_http_conf_t       *http;
    ngx_http_asyncapi_http_call_t       *ctx;
    ngx_http_asyncapi_http_call_conf_t  *conf;

    ctx = op->data;
    http = op->node->conf;
    conf = http->form_conf;

    rc = ngx_http_asyncapi_op_render(op, conf->path, &ctx->path);

    if (rc != NGX_OK) {
        return rc;
    }

    if (http->body == NULL) {
        ctx->length = (http->method & NGX_HTTP_ASYNCAPI_HTTP_HAS_BODY) != 0;
        return NGX_OK;
    }

    ctx->length = 1;

    rc = ngx_http_asyncapi_op_render(op, http->body, &ctx->body);

    if (rc != NGX_OK) {
        return rc;
    }

    if (http->type) {
        return ngx_http_asyncapi_op_render(op, http->type, &ctx->type);
    }

    ngx_str_set(&ctx->type, "application/json");

    return NGX_OK;
}


/*
 * Those that may share connections with others of the request.  A second try
 * that is to overtake the first must not stand behind it.
 */

static ngx_int_t
ngx_http_asyncapi_http_call_group(ngx_http_asyncapi_op_t *op)
{
    ngx_asyncapi_http_group_t      *group;
    ngx_http_asyncapi_http_conf_t  *http;
    ngx_http_asyncapi_http_call_t  *ctx;

    ctx = op->data;
    http = op->node->conf;

    if (ctx->call.origin->depth < 2
        || !(http->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))
        || http->body
        || op->node->hedge)
    {
        return NGX_OK;
    }

    group = ngx_http_get_module_ctx(op->request,
                                    ngx_http_asyncapi_client_module);

    if (group == NULL) {
        group = ngx_palloc(op->pool, sizeof(ngx_asyncapi_http_group_t));
        if (group == NULL) {
            return NGX_ERROR;
        }

        ngx_queue_init(&group->conns);

        ngx_http_set_ctx(op->request, group, ngx_http_asyncapi_client_module);
    }

    ctx->call.group = group;

    return NGX_OK;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * The forms of an http task that are subrequests: how one is begun.
 */


#include "ngx_http_asyncapi_kind_http_location.h"


/* what a proxied subrequest takes, its buffer left out */
#define NGX_HTTP_ASYNCAPI_HTTP_POOL  8192


static ngx_int_t ngx_http_asyncapi_http_local_check(ngx_conf_t *cf,
    ngx_str_t uri);
static ngx_int_t ngx_http_asyncapi_http_location_start(
    ngx_http_asyncapi_op_t *op);
static ngx_int_t ngx_http_asyncapi_http_location_allowed(
    ngx_http_asyncapi_op_t *op);
static ngx_int_t ngx_http_asyncapi_http_location_subrequest(
    ngx_http_asyncapi_op_t *op, ngx_http_asyncapi_http_capture_t *capture,
    ngx_http_asyncapi_http_given_t *given);
static ngx_int_t ngx_http_asyncapi_http_location_create(
    ngx_http_asyncapi_op_t *op, ngx_http_asyncapi_http_capture_t *capture,
    ngx_http_asyncapi_http_given_t *given);
static ngx_pool_t *ngx_http_asyncapi_http_location_pool(
    ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_http_location_destroy(void *data);
static void ngx_http_asyncapi_http_local_run(ngx_http_request_t *r);
static void ngx_http_asyncapi_http_block_run(ngx_http_request_t *r);


ngx_http_asyncapi_http_form_t  ngx_http_asyncapi_http_location = {
    ngx_http_asyncapi_http_location_start,
    ngx_http_asyncapi_http_location_cancel
};


char *
ngx_http_asyncapi_http_local_words(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *uri)
{
    ngx_str_t                                text;
    ngx_http_asyncapi_http_conf_t           *http;
    ngx_http_asyncapi_http_location_conf_t  *conf;

    http = node->conf;

    conf = ngx_pcalloc(cf->pool,
                       sizeof(ngx_http_asyncapi_http_location_conf_t));
    if (conf == NULL) {
        return NGX_CONF_ERROR;
    }

    conf->uri = ngx_http_asyncapi_node_template(cf, node, uri,
                                                NGX_ASYNCAPI_PLACE_URL);
    if (conf->uri == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_asyncapi_template_constant(conf->uri, &text)
        && ngx_http_asyncapi_http_local_check(cf, text) != NGX_OK)
    {
        return ngx_http_asyncapi_node_error(cf, node,
                       "\"%V\" can't be the URI of a location: write it "
                       "without \"/../\" and zero bytes", uri);
    }

    http->form = &ngx_http_asyncapi_http_location;
    http->form_conf = conf;

    return NGX_CONF_OK;
}


/* what a request would find out each time; it needs one for its pool and log */

static ngx_int_t
ngx_http_asyncapi_http_local_check(ngx_conf_t *cf, ngx_str_t uri)
{
    ngx_str_t           args;
    ngx_uint_t          flags;
    ngx_connection_t    c;
    ngx_http_request_t  r;

    ngx_memzero(&c, sizeof(ngx_connection_t));
    ngx_memzero(&r, sizeof(ngx_http_request_t));

    c.log = cf->log;
    r.connection = &c;
    r.pool = cf->temp_pool;
    flags = 0;

    return ngx_http_parse_unsafe_uri(&r, &uri, &args, &flags);
}


static ngx_int_t
ngx_http_asyncapi_http_location_start(ngx_http_asyncapi_op_t *op)
{
    ngx_int_t                          rc;
    ngx_http_asyncapi_http_given_t     given;
    ngx_http_asyncapi_http_capture_t  *capture;

    if (ngx_http_asyncapi_http_location_allowed(op) != NGX_OK) {
        return NGX_OK;
    }

    capture = ngx_pcalloc(op->pool, sizeof(ngx_http_asyncapi_http_capture_t));
    if (capture == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_http_asyncapi_http_given(op, capture, &given);

    if (rc == NGX_DECLINED) {
        return NGX_OK;
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_asyncapi_http_location_subrequest(op, capture, &given);
}


/* nginx would refuse too, but not say why to the task */

static ngx_int_t
ngx_http_asyncapi_http_location_allowed(ngx_http_asyncapi_op_t *op)
{
    ngx_http_request_t  *r;

    r = op->request;

    if (r->subrequests <= 1) {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_INVALID,
                                      "endpoints call each other in a cycle");
        return NGX_DECLINED;
    }

    if (r->main->count >= 65535 - 1000) {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_INVALID,
                                      "too many subrequests at a time");
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_http_location_subrequest(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_http_capture_t *capture,
    ngx_http_asyncapi_http_given_t *given)
{
    ngx_http_request_t                      *sr;
    ngx_http_asyncapi_http_conf_t           *http;
    ngx_http_asyncapi_http_output_t         *output;
    ngx_http_asyncapi_http_location_conf_t  *conf;

    http = op->node->conf;
    conf = http->form_conf;

    output = &capture->output;

    output->capture = capture;
    output->post.handler = ngx_http_asyncapi_http_location_done;
    output->post.data = output;

    if (ngx_http_asyncapi_http_location_create(op, capture, given) != NGX_OK) {
        return NGX_ERROR;
    }

    sr = output->request;

    sr->method = http->method;
    sr->method_name = http->method_name;
    sr->headers_in = given->headers_in;
    sr->request_body = &capture->body;
    sr->variables = given->variables;
    sr->discard_body = 0;

    sr->write_event_handler = conf->block ? ngx_http_asyncapi_http_block_run
                                          : ngx_http_asyncapi_http_local_run;

    if (conf->exten.len) {
        sr->exten = conf->exten;
    }

    capture->op = op;
    capture->pool = op->pool;
    capture->active = sr->connection->data;
    capture->max = ngx_http_asyncapi_op_max_result(op);

    capture->event.handler = ngx_http_asyncapi_http_location_event;
    capture->event.data = capture;
    capture->event.log = op->log;

    op->data = capture;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_http_location_create(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_http_capture_t *capture,
    ngx_http_asyncapi_http_given_t *given)
{
    ngx_int_t            rc;
    ngx_uint_t           count;
    ngx_pool_t          *pool, *saved;
    ngx_http_request_t  *r;

    pool = ngx_http_asyncapi_http_location_pool(op);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    r = op->request;
    count = r->main->count;

    /* a subrequest has its parent's pool, and is made in it */

    saved = r->pool;
    r->pool = pool;

    rc = ngx_http_subrequest(r, &given->uri, &given->args,
                             &capture->output.request, &capture->output.post,
                             NGX_HTTP_SUBREQUEST_BACKGROUND);
    r->pool = saved;

    if (rc != NGX_OK) {

        /* it may have been counted, and nothing would ever end it */

        r->main->count = count;
        return NGX_ERROR;
    }

    return NGX_OK;
}


/*
 * Of its own, destroyed with that of the client's request: there the pieces of
 * several subrequests would look for room in many small blocks.
 */

static ngx_pool_t *
ngx_http_asyncapi_http_location_pool(ngx_http_asyncapi_op_t *op)
{
    ngx_pool_t          *pool;
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(op->request->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    pool = ngx_create_pool(NGX_HTTP_ASYNCAPI_HTTP_POOL, op->log);
    if (pool == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_asyncapi_http_location_destroy;
    cln->data = pool;

    return pool;
}


static void
ngx_http_asyncapi_http_location_destroy(void *data)
{
    ngx_destroy_pool(data);
}


static void
ngx_http_asyncapi_http_local_run(ngx_http_request_t *r)
{
    ngx_http_asyncapi_http_output_t  *output;

    output = r->post_subrequest->data;
    output->capture->started = 1;

    ngx_http_handler(r);
}


/* as ngx_http_named_location() */

static void
ngx_http_asyncapi_http_block_run(ngx_http_request_t *r)
{
    ngx_http_core_main_conf_t               *cmcf;
    ngx_http_asyncapi_http_conf_t           *http;
    ngx_http_asyncapi_http_output_t         *output;
    ngx_http_asyncapi_http_location_conf_t  *conf;

    output = r->post_subrequest->data;
    output->capture->started = 1;

    http = output->capture->op->node->conf;
    conf = http->form_conf;

    r->loc_conf = conf->block->loc_conf;
    r->valid_location = 1;

    ngx_http_update_location_config(r);

    ngx_http_asyncapi_http_location_watch(output->capture);

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    r->phase_handler = cmcf->phase_engine.location_rewrite_index;
    r->write_event_handler = ngx_http_core_run_phases;

    ngx_http_core_run_phases(r);
}

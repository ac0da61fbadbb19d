
/*
 * Copyright (C) The asyncapi module authors
 *
 * The filter that captures what a task's subrequest answers, and what becomes
 * of it when the subrequest has ended.
 *
 * It stands behind ssi, sub, gunzip and the like, whose work is in the result,
 * and before postpone, which would keep the output for a turn that never comes.
 */


#include "ngx_http_asyncapi_kind_http_location.h"


static ngx_int_t ngx_http_asyncapi_http_header_filter(ngx_http_request_t *r);
static ngx_uint_t ngx_http_asyncapi_http_saved(ngx_http_request_t *r);
static void ngx_http_asyncapi_http_unbuffer(
    ngx_http_asyncapi_http_output_t *output);
static ngx_int_t ngx_http_asyncapi_http_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);

static ngx_int_t ngx_http_asyncapi_http_retire(ngx_http_request_t *r);
static ngx_int_t ngx_http_asyncapi_http_ended(
    ngx_http_asyncapi_http_capture_t *capture, ngx_int_t rc);

static ngx_int_t ngx_http_asyncapi_http_phase(ngx_http_request_t *r);
static ngx_int_t ngx_http_asyncapi_http_filter_init(ngx_conf_t *cf);


static ngx_http_module_t  ngx_http_asyncapi_filter_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_asyncapi_http_filter_init,    /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_asyncapi_filter_module = {
    NGX_MODULE_V1,
    &ngx_http_asyncapi_filter_module_ctx,  /* module context */
    NULL,                                  /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


static ngx_int_t
ngx_http_asyncapi_http_header_filter(ngx_http_request_t *r)
{
    ngx_http_asyncapi_http_output_t   *output;
    ngx_http_asyncapi_http_capture_t  *capture;

    output = ngx_http_asyncapi_http_output(r);

    if (output == NULL || r->subrequest_in_memory) {
        return ngx_http_next_header_filter(r);
    }

    capture = output->capture;

    r->header_sent = 1;
    r->filter_need_in_memory = 1;

    if (r->method == NGX_HTTP_HEAD) {
        r->header_only = 1;
    }

    /* a filter that gave up would have nginx close the client's connection */

    r->filter_finalize = 0;

    output->upstream = (r->upstream && r->upstream->cleanup);

    if (output->upstream && !ngx_http_asyncapi_http_saved(r)) {
        ngx_http_asyncapi_http_unbuffer(output);
    }

    if (output != &capture->output || capture->op == NULL) {
        return NGX_OK;
    }

    capture->header = 1;

    if (r->headers_out.content_length_n > (off_t) capture->max
        && !r->header_only)
    {
        capture->too_large = 1;
        ngx_post_event(&capture->event, &ngx_posted_events);
    }

    if (ngx_http_asyncapi_http_response(r, &capture->response) != NGX_OK) {
        capture->broken = 1;
    }

    return NGX_OK;
}


/*
 * In a cache or as a file.  nginx decides about a cache only later, in this
 * way.
 */

static ngx_uint_t
ngx_http_asyncapi_http_saved(ngx_http_request_t *r)
{
    ngx_http_upstream_t  *u;

    u = r->upstream;

    if (u->store) {
        return 1;
    }

#if (NGX_HTTP_CACHE)

    if (!u->cacheable) {
        return 0;
    }

    if (r->cached) {
        return 1;
    }

    return ngx_http_test_predicates(r, u->conf->no_cache) == NGX_OK
           && (r->cache->valid_sec
               || ngx_http_file_cache_valid(u->conf->cache_valid,
                                            u->headers_in.status_n));
#else

    return 0;

#endif
}


/*
 * The pipe passes nothing on of a request that is not the active one: it would
 * fill a temporary file or, without one, never come to an end.
 */

static void
ngx_http_asyncapi_http_unbuffer(ngx_http_asyncapi_http_output_t *output)
{
    ngx_http_request_t                *r;
    ngx_http_upstream_t               *u;
    ngx_http_asyncapi_http_capture_t  *capture;

    capture = output->capture;
    r = output->request;
    u = r->upstream;

    u->cacheable = 0;
    u->buffering = 0;

    if (capture->op && !r->header_only
        && ngx_http_asyncapi_http_output_prepare(output) != NGX_OK)
    {
        capture->broken = 1;
    }
}


/* never an error: nginx would take it for one of the client's connection */

static ngx_int_t
ngx_http_asyncapi_http_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_int_t                          rc;
    ngx_chain_t                       *cl;
    ngx_http_asyncapi_http_output_t   *output;
    ngx_http_asyncapi_http_capture_t  *capture;

    output = ngx_http_asyncapi_http_output(r);

    if (output == NULL || r->subrequest_in_memory) {
        return ngx_http_next_body_filter(r, in);
    }

    capture = output->capture;

    for (cl = in; cl; cl = cl->next) {
        if (cl->buf->last_buf || cl->buf->last_in_chain) {
            output->complete = 1;
        }
    }

    if (in && capture->op && !capture->too_large && !r->header_only) {

        rc = ngx_http_asyncapi_http_output_add(output, in);

        if (rc == NGX_DECLINED) {
            capture->too_large = 1;
            ngx_post_event(&capture->event, &ngx_posted_events);

        } else if (rc != NGX_OK) {
            capture->broken = 1;
        }
    }

    for (cl = in; cl; cl = cl->next) {
        cl->buf->pos = cl->buf->last;
        cl->buf->file_pos = cl->buf->file_last;
    }

    return NGX_OK;
}


/* the post-subrequest handler; anything but special() ends the subrequest */

ngx_int_t
ngx_http_asyncapi_http_location_done(ngx_http_request_t *r, void *data,
    ngx_int_t rc)
{
    ngx_http_upstream_t               *u;
    ngx_http_asyncapi_http_output_t   *output;
    ngx_http_asyncapi_http_capture_t  *capture;

    output = data;
    capture = output->capture;

    if (capture->op == NULL) {
        ngx_http_asyncapi_http_inactive(capture);
        return ngx_http_asyncapi_http_retire(r);
    }

    if (ngx_http_asyncapi_http_special(rc) && !capture->header) {

        /* what an upstream said and error_page is to replace is its own */

        u = r->upstream;

        if (u == NULL || u->headers_in.status_n != (ngx_uint_t) rc) {
            capture->made = rc;
        }

        return rc;
    }

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE || rc == NGX_ERROR) {
        r->buffered = 0;
        capture->broken = 1;
        ngx_http_asyncapi_http_children_cancel(capture, 0);

    } else if (r->buffered || r->postponed) {
        capture->ending = 1;
        return rc;
    }

    return ngx_http_asyncapi_http_ended(capture, rc);
}


/* whoever has posted the request will find nothing to do */

static ngx_int_t
ngx_http_asyncapi_http_retire(ngx_http_request_t *r)
{
    r->read_event_handler = ngx_http_request_empty_handler;
    r->write_event_handler = ngx_http_request_empty_handler;

    if (!r->aio) {
        r->buffered = 0;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_http_ended(ngx_http_asyncapi_http_capture_t *capture,
    ngx_int_t rc)
{
    ngx_http_asyncapi_op_t             *op;
    ngx_http_asyncapi_http_response_t  *response;

    op = capture->op;
    response = &capture->response;

    ngx_http_asyncapi_http_location_forget(capture);
    ngx_http_asyncapi_http_inactive(capture);

    (void) ngx_http_asyncapi_http_retire(capture->output.request);

    if (capture->too_large) {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_TOO_LARGE,
                             "the answer is larger than asyncapi_max_result");

    } else if (rc == NGX_HTTP_CLIENT_CLOSED_REQUEST) {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_CANCELLED,
                                      "the client has left");

    } else if (!capture->header) {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_CONNECT,
                                      "the location gave no answer");

    } else if (capture->made == response->status
               && response->status == NGX_HTTP_BAD_GATEWAY)
    {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_CONNECT,
                                      "the upstream gave no answer");

    } else if (capture->made == response->status
               && response->status == NGX_HTTP_GATEWAY_TIME_OUT)
    {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_TIMEOUT,
                                      "the upstream timed out");

    } else if (capture->broken
               || !ngx_http_asyncapi_http_whole(&capture->output))
    {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_CONNECT,
                                      "the answer broke off");

    } else if (ngx_http_asyncapi_http_output_join(&capture->output,
                                                  &response->body)
               != NGX_OK
               || ngx_http_asyncapi_http_response_length(capture) != NGX_OK)
    {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_INVALID,
                                      "no memory for the answer");

    } else {
        ngx_http_asyncapi_http_answered(op, response);
    }

    return NGX_OK;
}


ngx_uint_t
ngx_http_asyncapi_http_whole(ngx_http_asyncapi_http_output_t *output)
{
    ngx_http_request_t   *r;
    ngx_http_upstream_t  *u;

    r = output->request;
    u = r->upstream;

    if (output->complete || r->header_only || !output->upstream) {
        return 1;
    }

#if (NGX_HTTP_CACHE)

    if (r->cached) {
        return 1;
    }

#endif

    /* ssi keeps the mark of the last buffer to itself */

    if (u->buffering && u->pipe) {
        return u->pipe->upstream_done
               || (u->pipe->upstream_eof && u->pipe->length == -1);
    }

    return u->length <= 0;
}


ngx_uint_t
ngx_http_asyncapi_http_special(ngx_int_t rc)
{
    if (ngx_http_asyncapi_http_fatal(rc)) {
        return 0;
    }

    return rc >= NGX_HTTP_SPECIAL_RESPONSE
           || rc == NGX_HTTP_CREATED
           || rc == NGX_HTTP_NO_CONTENT;
}


ngx_uint_t
ngx_http_asyncapi_http_fatal(ngx_int_t rc)
{
    return rc == NGX_ERROR
           || rc == NGX_HTTP_REQUEST_TIME_OUT
           || rc == NGX_HTTP_CLOSE
           || rc == NGX_HTTP_CLIENT_CLOSED_REQUEST;
}


/* where every subrequest but a task's block begins, and all that redirect */

static ngx_int_t
ngx_http_asyncapi_http_phase(ngx_http_request_t *r)
{
    ngx_http_asyncapi_http_output_t   *output;
    ngx_http_asyncapi_http_capture_t  *capture;

    if (r == r->main) {
        return NGX_DECLINED;
    }

    output = ngx_http_asyncapi_http_begun(r);

    if (output == NULL) {
        return NGX_DECLINED;
    }

    capture = output->capture;

    /* made by a handler whose task has been given up */

    if (capture->op == NULL) {
        return (output == &capture->output) ? NGX_DECLINED
                                            : NGX_HTTP_GATEWAY_TIME_OUT;
    }

    if (output == &capture->output) {
        ngx_http_asyncapi_http_location_watch(capture);
    }

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_asyncapi_http_filter_init(ngx_conf_t *cf)
{
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_SERVER_REWRITE_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_asyncapi_http_phase;

    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_asyncapi_http_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_asyncapi_http_body_filter;

    return NGX_OK;
}

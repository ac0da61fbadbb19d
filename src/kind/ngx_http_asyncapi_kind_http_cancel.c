
/*
 * Copyright (C) The asyncapi module authors
 *
 * How a task's subrequest is stopped wherever it is, and the events of its own.
 *
 * What nginx waits for on its behalf is let go at once.  A handler that sleeps
 * in a way of its own can't be stopped: its subrequest is left to itself, and
 * the client's request with it, until the handler ends.
 */


#include "ngx_http_asyncapi_kind_http_location.h"
#include "ngx_http_asyncapi_run.h"


static ngx_int_t ngx_http_asyncapi_http_release(ngx_http_request_t *r);
static ngx_uint_t ngx_http_asyncapi_http_idle(
    ngx_http_asyncapi_http_capture_t *capture, ngx_http_request_t *r);
static void ngx_http_asyncapi_http_rest(ngx_http_request_t *r);
static void ngx_http_asyncapi_http_reap(ngx_http_request_t *r);
static void ngx_http_asyncapi_http_child_cancel(
    ngx_http_asyncapi_http_output_t *child, ngx_uint_t closing);
static void ngx_http_asyncapi_http_delay(
    ngx_http_asyncapi_http_capture_t *capture);


void
ngx_http_asyncapi_http_location_cancel(ngx_http_asyncapi_op_t *op)
{
    ngx_int_t                          rc;
    ngx_uint_t                         idle;
    ngx_http_request_t                *r;
    ngx_http_asyncapi_http_capture_t  *capture;

    capture = op->data;
    r = capture->output.request;

    idle = ngx_http_asyncapi_http_idle(capture, r);

    ngx_http_asyncapi_http_location_forget(capture);

    ngx_http_asyncapi_http_children_cancel(capture, op->closing);

    ngx_http_asyncapi_http_inactive(capture);

    rc = ngx_http_asyncapi_http_release(r);

    if (rc == NGX_AGAIN) {
        r->write_event_handler = ngx_http_asyncapi_http_reap;
        return;
    }

    if (rc == NGX_OK || idle) {
        ngx_http_asyncapi_http_rest(r);

        /* else nginx ends the client's request, and with it all others */

        if (!op->closing && !r->connection->error) {
            ngx_http_finalize_request(r, NGX_OK);
        }

        return;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "asyncapi subrequest is left to itself: \"%V?%V\"",
                   &r->uri, &r->args);
}


/* nobody is interested any more; events won't come */

void
ngx_http_asyncapi_http_location_forget(
    ngx_http_asyncapi_http_capture_t *capture)
{
    capture->op->data = NULL;
    capture->op = NULL;

    if (capture->event.posted) {
        ngx_delete_posted_event(&capture->event);
    }

    if (capture->event.timer_set) {
        ngx_del_timer(&capture->event);
    }
}


/*
 * NGX_OK: nginx was to go on with the request when something happens, which
 * now can't; NGX_AGAIN: it will still happen; NGX_DECLINED: nothing known
 */

static ngx_int_t
ngx_http_asyncapi_http_release(ngx_http_request_t *r)
{
    ngx_int_t             rc;
    ngx_http_upstream_t  *u;

    rc = NGX_DECLINED;
    u = r->upstream;

    if (u && u->cleanup) {

        /* also while it resolves a name; it takes back one count */

        r->main->count++;
        (*u->cleanup)(r);

        rc = NGX_OK;

#if (NGX_HTTP_CACHE)

    } else if (r->cache && r->cache->waiting) {

        /* for another request to fill the cache */

        if (r->cache->wait_event.timer_set) {
            ngx_del_timer(&r->cache->wait_event);
        }

        r->cache->waiting = 0;
        r->main->blocked--;

        rc = NGX_OK;

#endif

    }

    return r->aio ? NGX_AGAIN : rc;
}


/* nothing but us would wake the request */

static ngx_uint_t
ngx_http_asyncapi_http_idle(ngx_http_asyncapi_http_capture_t *capture,
    ngx_http_request_t *r)
{
    /* a delay that nobody has looked at yet */

    if (capture->event.posted && !capture->too_large) {
        ngx_http_asyncapi_http_delay(capture);
    }

    if (!capture->started || capture->ending || capture->delayed) {
        return 1;
    }

    if (ngx_http_get_module_ctx(r, ngx_http_asyncapi_module)) {
        ngx_http_asyncapi_run_abandon(r);
        return 1;
    }

    return 0;
}


/* as it is before it is finalized; whoever has posted it finds no work */

static void
ngx_http_asyncapi_http_rest(ngx_http_request_t *r)
{
    r->read_event_handler = ngx_http_request_empty_handler;
    r->write_event_handler = ngx_http_request_empty_handler;

    r->buffered = 0;
    r->postponed = NULL;
    r->filter_finalize = 0;

    if (r->headers_out.status == 0) {
        r->headers_out.status = NGX_HTTP_CLIENT_CLOSED_REQUEST;
    }
}


/* a thread has done what it was asked to */

static void
ngx_http_asyncapi_http_reap(ngx_http_request_t *r)
{
    if (!r->aio) {
        ngx_http_asyncapi_http_rest(r);
        ngx_http_finalize_request(r, NGX_OK);
    }
}


void
ngx_http_asyncapi_http_children_cancel(
    ngx_http_asyncapi_http_capture_t *capture, ngx_uint_t closing)
{
    ngx_http_asyncapi_http_output_t  *child;

    for (child = capture->children; child; child = child->next) {
        if (!child->done && !child->request->done) {
            ngx_http_asyncapi_http_child_cancel(child, closing);
        }
    }
}


/* whoever made it is told that it timed out, and may go on from there */

static void
ngx_http_asyncapi_http_child_cancel(ngx_http_asyncapi_http_output_t *child,
    ngx_uint_t closing)
{
    ngx_int_t            rc;
    ngx_http_request_t  *r;

    r = child->request;

    if (!child->begun) {

        /* where there was no memory to post it, it never will */

        rc = NGX_OK;

    } else if (ngx_http_get_module_ctx(r, ngx_http_asyncapi_module)) {
        ngx_http_asyncapi_run_abandon(r);
        rc = NGX_OK;

    } else {
        rc = ngx_http_asyncapi_http_release(r);
    }

    if (rc != NGX_OK || closing || r->connection->error) {
        return;
    }

    r->read_event_handler = ngx_http_request_empty_handler;
    r->write_event_handler = ngx_http_request_empty_handler;
    r->buffered = 0;

    ngx_http_finalize_request(r, r->header_sent ? NGX_OK
                                                : NGX_HTTP_GATEWAY_TIME_OUT);
}


void
ngx_http_asyncapi_http_location_watch(
    ngx_http_asyncapi_http_capture_t *capture)
{
    ngx_post_event(&capture->event, &ngx_posted_events);
}


void
ngx_http_asyncapi_http_location_event(ngx_event_t *ev)
{
    ngx_connection_t                  *c;
    ngx_http_request_t                *r;
    ngx_http_asyncapi_op_t            *op;
    ngx_http_asyncapi_http_capture_t  *capture;

    capture = ev->data;
    r = capture->output.request;
    op = capture->op;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    if (capture->too_large) {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_TOO_LARGE,
                             "the answer is larger than asyncapi_max_result");
        ngx_http_asyncapi_http_location_cancel(op);

    } else if (capture->delayed) {
        capture->delayed = 0;
        r->write_event_handler(r);

    } else {
        ngx_http_asyncapi_http_delay(capture);
    }

    ngx_http_run_posted_requests(c);
}


/*
 * limit_req delays a request by a timer on the client's connection.  That is
 * not for one of several to use: the others would delete it, and what wakes is
 * the request that the connection belongs to.  The delay becomes our own.
 */

static void
ngx_http_asyncapi_http_delay(ngx_http_asyncapi_http_capture_t *capture)
{
    ngx_msec_int_t              delay;
    ngx_event_t                *wev;
    ngx_http_request_t         *r;
    ngx_http_phase_handler_t   *ph;
    ngx_http_core_main_conf_t  *cmcf;

    r = capture->output.request;
    wev = r->connection->write;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    ph = &cmcf->phase_engine.handlers[r->phase_handler];

    if (!wev->delayed
        || capture->header
        || ph->checker != ngx_http_core_generic_phase)
    {
        return;
    }

    delay = wev->timer.key - ngx_current_msec;

    wev->delayed = 0;

    if (wev->timer_set) {
        ngx_del_timer(wev);
    }

    /* an answer that is being streamed may be delayed for its rate too */

    if (r->connection->buffered) {
        ngx_post_event(wev, &ngx_posted_events);
    }

    capture->delayed = 1;
    ngx_add_timer(&capture->event, ngx_max(delay, 1));
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * Pipelining: the calls of one request share connections.
 *
 * A shared connection has its calls in the order of their requests, and the
 * first of them receives.  When the connection ends before its time, by a call
 * that is cancelled or by its peer, the others are displaced: each goes on, in
 * the next turn of the loop, over a connection of its own.  That happens to a
 * call once at most, and only to those that may be sent again.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>
#include "ngx_asyncapi_http_call.h"


#define NGX_ASYNCAPI_HTTP_PIPELINE_SEND  16384


static ngx_asyncapi_http_conn_t *ngx_asyncapi_http_pipeline_find(
    ngx_asyncapi_http_call_t *call);
static ngx_asyncapi_http_call_t *ngx_asyncapi_http_pipeline_next(
    ngx_asyncapi_http_call_t *call);
static size_t ngx_asyncapi_http_pipeline_gather(
    ngx_asyncapi_http_conn_t *conn);
static void ngx_asyncapi_http_pipeline_sent(ngx_asyncapi_http_conn_t *conn,
    size_t n);
static void ngx_asyncapi_http_pipeline_close(ngx_asyncapi_http_conn_t *conn);
static void ngx_asyncapi_http_pipeline_displace(
    ngx_asyncapi_http_conn_t *conn, ngx_queue_t *first);
static void ngx_asyncapi_http_pipeline_handler(ngx_event_t *ev);


/* heads that leave together; used by none between two events */
static u_char  ngx_asyncapi_http_pipeline_buffer[
                                             NGX_ASYNCAPI_HTTP_PIPELINE_SEND];

/* calls without a connection, until the event is handled */
static ngx_queue_t  ngx_asyncapi_http_displaced;
static ngx_event_t  ngx_asyncapi_http_displaced_event;


ngx_uint_t
ngx_asyncapi_http_pipeline_depth(ngx_array_t *hosts, ngx_str_t *name)
{
    ngx_uint_t                     i;
    ngx_asyncapi_http_pipeline_t  *host;

    if (hosts == NULL) {
        return 0;
    }

    host = hosts->elts;

    for (i = 0; i < hosts->nelts; i++) {
        if (host[i].host.len == name->len
            && ngx_strncasecmp(host[i].host.data, name->data, name->len) == 0)
        {
            return host[i].depth;
        }
    }

    return 0;
}


ngx_uint_t
ngx_asyncapi_http_pipeline_join(ngx_asyncapi_http_call_t *call)
{
    ngx_connection_t          *c;
    ngx_asyncapi_http_conn_t  *conn;

    if (call->group == NULL || call->upstream->peer.connection) {
        return 0;
    }

    conn = ngx_asyncapi_http_pipeline_find(call);

    if (conn == NULL) {
        return 0;
    }

    c = conn->connection;

    ngx_queue_insert_tail(&conn->calls, &call->queue);
    conn->ncalls++;

    call->conn = conn;
    c->requests++;

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, call->log, 0,
                   "asyncapi http connection is shared, fd:%d calls:%ui",
                   c->fd, conn->ncalls);

    if (!conn->call->connecting) {
        ngx_post_event(c->write, &ngx_posted_events);
    }

    return 1;
}


/* a request has few of them */

static ngx_asyncapi_http_conn_t *
ngx_asyncapi_http_pipeline_find(ngx_asyncapi_http_call_t *call)
{
    ngx_queue_t               *q;
    ngx_asyncapi_http_key_t    key;
    ngx_asyncapi_http_conn_t  *conn;

    ngx_asyncapi_http_key(call, &key);

    for (q = ngx_queue_head(&call->group->conns);
         q != ngx_queue_sentinel(&call->group->conns);
         q = ngx_queue_next(q))
    {
        conn = ngx_queue_data(q, ngx_asyncapi_http_conn_t, queue);

        if (conn->ncalls < call->origin->depth
            && ngx_asyncapi_http_pool_leads(conn, &key))
        {
            return conn;
        }
    }

    return NULL;
}


void
ngx_asyncapi_http_pipeline_open(ngx_asyncapi_http_call_t *call)
{
    ngx_asyncapi_http_conn_t  *conn;

    conn = call->conn;

    if (call->group == NULL || !ngx_asyncapi_http_pool_pipelines(conn)) {
        return;
    }

    ngx_queue_init(&conn->calls);
    ngx_queue_insert_tail(&conn->calls, &call->queue);
    conn->ncalls = 1;
    conn->since = ngx_current_msec;

    conn->group = call->group;
    conn->shared = 1;
    conn->answered = 0;
    conn->held = 0;
    conn->released = 0;
    conn->hold = 0;

    ngx_queue_insert_tail(&conn->group->conns, &conn->queue);
}


/* the call whose answer follows the call's own, if it is on its way */

static ngx_asyncapi_http_call_t *
ngx_asyncapi_http_pipeline_next(ngx_asyncapi_http_call_t *call)
{
    ngx_queue_t               *q;
    ngx_asyncapi_http_conn_t  *conn;
    ngx_asyncapi_http_call_t  *next;

    conn = call->conn;

    if (!conn->shared || conn->ncalls < 2) {
        return NULL;
    }

    q = ngx_queue_next(&call->queue);
    next = ngx_queue_data(q, ngx_asyncapi_http_call_t, queue);

    return (next->sent == next->head.len) ? next : NULL;
}


ngx_uint_t
ngx_asyncapi_http_pipeline_expects(ngx_asyncapi_http_call_t *call)
{
    return ngx_asyncapi_http_pipeline_next(call) != NULL;
}


ngx_int_t
ngx_asyncapi_http_pipeline_send(ngx_asyncapi_http_conn_t *conn)
{
    size_t             size;
    ssize_t            n;
    ngx_connection_t  *c;

    c = conn->connection;

    for ( ;; ) {
        size = ngx_asyncapi_http_pipeline_gather(conn);

        if (size == 0) {
            break;
        }

        n = c->send(c, ngx_asyncapi_http_pipeline_buffer, size);

        if (n == NGX_ERROR) {
            return ngx_asyncapi_http_send_broken(conn, ngx_socket_errno);
        }

        if (n > 0) {
            ngx_asyncapi_http_pipeline_sent(conn, n);
        }

        if (!c->write->ready) {
            break;
        }
    }

    if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
        return ngx_asyncapi_http_broken(conn->call, 0,
                                        "no event could be added");
    }

    return NGX_AGAIN;
}


/* what has not been sent, as far as the buffer goes; returns its size */

static size_t
ngx_asyncapi_http_pipeline_gather(ngx_asyncapi_http_conn_t *conn)
{
    u_char                    *p, *last;
    size_t                     size;
    ngx_queue_t               *q;
    ngx_asyncapi_http_call_t  *call;

    p = ngx_asyncapi_http_pipeline_buffer;
    last = p + NGX_ASYNCAPI_HTTP_PIPELINE_SEND;

    for (q = ngx_queue_head(&conn->calls);
         q != ngx_queue_sentinel(&conn->calls);
         q = ngx_queue_next(q))
    {
        call = ngx_queue_data(q, ngx_asyncapi_http_call_t, queue);

        size = ngx_min(call->head.len - call->sent, (size_t) (last - p));
        p = ngx_cpymem(p, call->head.data + call->sent, size);
    }

    return p - ngx_asyncapi_http_pipeline_buffer;
}


static void
ngx_asyncapi_http_pipeline_sent(ngx_asyncapi_http_conn_t *conn, size_t n)
{
    size_t                     size;
    ngx_queue_t               *q;
    ngx_asyncapi_http_call_t  *call;

    for (q = ngx_queue_head(&conn->calls); n; q = ngx_queue_next(q)) {
        call = ngx_queue_data(q, ngx_asyncapi_http_call_t, queue);

        size = ngx_min(call->head.len - call->sent, n);
        call->sent += size;
        n -= size;
    }
}


ngx_asyncapi_http_conn_t *
ngx_asyncapi_http_pipeline_leave(ngx_asyncapi_http_call_t *call,
    ngx_asyncapi_http_conn_t *conn, ngx_uint_t *keep)
{
    ngx_queue_t  *next;

    next = ngx_queue_next(&call->queue);

    if (conn->call != call) {

        /* an answer that comes all the same must not be another's */

        if (call->sent) {
            ngx_asyncapi_http_pipeline_displace(conn, next);
            ngx_asyncapi_http_pipeline_close(conn);
        }

        ngx_queue_remove(&call->queue);
        conn->ncalls--;

        return NULL;
    }

    ngx_queue_remove(&call->queue);
    conn->ncalls--;

    if (*keep && conn->ncalls) {
        conn->reused = 1;
        conn->answered = 1;
        conn->call = ngx_queue_data(next, ngx_asyncapi_http_call_t, queue);

        if (call->rest_size) {
            ngx_asyncapi_http_receive_rest(conn->call, call->rest,
                                           call->rest_size);
        }

        return NULL;
    }

    ngx_asyncapi_http_pipeline_displace(conn, next);

    if (conn->group == NULL) {
        *keep = 0;

    } else {
        ngx_asyncapi_http_pipeline_close(conn);
    }

    conn->shared = 0;

    return conn;
}


/* no more calls may join it */

static void
ngx_asyncapi_http_pipeline_close(ngx_asyncapi_http_conn_t *conn)
{
    if (conn->group) {
        ngx_queue_remove(&conn->queue);
        conn->group = NULL;
    }
}


/* sends the first call and those behind it elsewhere */

static void
ngx_asyncapi_http_pipeline_displace(ngx_asyncapi_http_conn_t *conn,
    ngx_queue_t *first)
{
    ngx_event_t               *ev;
    ngx_queue_t               *q, *next;
    ngx_asyncapi_http_call_t  *call;

    for (q = first; q != ngx_queue_sentinel(&conn->calls); q = next) {
        next = ngx_queue_next(q);
        call = ngx_queue_data(q, ngx_asyncapi_http_call_t, queue);

        ngx_log_debug1(NGX_LOG_DEBUG_HTTP, call->log, 0,
                       "asyncapi http call is displaced, sent:%uz",
                       call->sent);

        ngx_queue_remove(q);
        conn->ncalls--;

        call->conn = NULL;
        call->group = NULL;
        call->sent = 0;

        if (ngx_asyncapi_http_displaced.next == NULL) {
            ngx_queue_init(&ngx_asyncapi_http_displaced);
        }

        ngx_queue_insert_tail(&ngx_asyncapi_http_displaced, q);
        call->displaced = 1;

        /* whoever cancels or fails a call must see no other end meanwhile */

        ev = &ngx_asyncapi_http_displaced_event;
        ev->handler = ngx_asyncapi_http_pipeline_handler;
        ev->log = ngx_cycle->log;

        ngx_post_event(ev, &ngx_posted_events);
    }
}


static void
ngx_asyncapi_http_pipeline_handler(ngx_event_t *ev)
{
    ngx_queue_t               *q;
    ngx_asyncapi_http_call_t  *call;

    while (!ngx_queue_empty(&ngx_asyncapi_http_displaced)) {
        q = ngx_queue_head(&ngx_asyncapi_http_displaced);
        call = ngx_queue_data(q, ngx_asyncapi_http_call_t, queue);

        ngx_asyncapi_http_pipeline_forget(call);
        ngx_asyncapi_http_begin(call);
    }
}


void
ngx_asyncapi_http_pipeline_forget(ngx_asyncapi_http_call_t *call)
{
    ngx_queue_remove(&call->queue);
    call->displaced = 0;
}

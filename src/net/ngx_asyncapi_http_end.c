
/*
 * Copyright (C) The asyncapi module authors
 *
 * The end of a call: its answer, a failure, or that nobody waits for it.  What
 * fails may go on over another connection.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>
#include "ngx_asyncapi_http_call.h"


static ngx_int_t ngx_asyncapi_http_stale(ngx_asyncapi_http_call_t *call,
    ngx_err_t err);
static ngx_int_t ngx_asyncapi_http_next(ngx_asyncapi_http_call_t *call,
    ngx_str_t *why);
static ngx_int_t ngx_asyncapi_http_release(ngx_asyncapi_http_call_t *call,
    ngx_uint_t state, ngx_uint_t keep);
static ngx_asyncapi_http_conn_t *ngx_asyncapi_http_detach(
    ngx_asyncapi_http_call_t *call, ngx_uint_t *keep);
static void ngx_asyncapi_http_drop(ngx_asyncapi_http_call_t *call);


void
ngx_asyncapi_http_cancel(ngx_asyncapi_http_call_t *call, ngx_uint_t expired)
{
    ngx_uint_t                 state;
    ngx_asyncapi_http_conn_t  *conn;

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, call->log, 0,
                   "asyncapi http call is cancelled, expired:%ui head:%d",
                   expired, call->body_begun);

    conn = call->conn;

    if (expired && conn && conn->shared && conn->answered && !call->received)
    {
        /* maybe it has heard but the first of the requests */

        ngx_asyncapi_http_pool_plain(conn);
    }

    /* as nginx has it: an answer whose head has come in time is no failure */

    state = (expired && !call->body_begun) ? NGX_PEER_FAILED : 0;

    (void) ngx_asyncapi_http_release(call, state, 0);
}


ngx_int_t
ngx_asyncapi_http_done(ngx_asyncapi_http_call_t *call)
{
    ngx_int_t                  rc;
    ngx_asyncapi_http_conn_t  *conn;

    conn = call->conn;

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, call->log, 0,
                   "asyncapi http answer: %ui, %uz bytes, keepalive:%d",
                   call->response.status, call->response.body.len,
                   call->keepalive);

    if (call->sent < call->head.len + call->body.len) {

        /* an early answer: the rest of the request is not wanted */

        call->keepalive = 0;
    }

    if (call->rest_size && !ngx_asyncapi_http_pipeline_expects(call)) {

        /* bytes after the answer: whose they are is not known */

        call->keepalive = 0;
    }

    if (conn->shared && (call->old || (!call->keepalive && !conn->reused))) {
        ngx_asyncapi_http_pool_plain(conn);
        call->keepalive = 0;
    }

#if (NGX_HTTP_SSL)
    if (!conn->shared || conn->ncalls == 1) {
        ngx_asyncapi_http_ssl_answered(call);
    }
#endif

    rc = ngx_asyncapi_http_release(call, 0, call->keepalive);

    call->error = NGX_ASYNCAPI_HTTP_OK;
    call->handler(call);

    return rc;
}


ngx_int_t
ngx_asyncapi_http_broken(ngx_asyncapi_http_call_t *call, ngx_err_t err,
    const char *what)
{
    u_char                    *p, *last, buf[NGX_MAX_ERROR_STR];
    ngx_str_t                  why;
    ngx_asyncapi_http_conn_t  *conn;

    conn = call->conn;

    if (conn && conn->shared && call->sent
        && (conn->answered || !conn->reused))
    {
        ngx_asyncapi_http_pool_plain(conn);
    }

    if (ngx_asyncapi_http_stale(call, err) == NGX_DONE) {
        return NGX_DONE;
    }

    last = buf + sizeof(buf);

#if (NGX_HTTP_SSL)

    if (call->conn && call->conn->failure.len) {
        p = ngx_slprintf(buf, last, "%V", &call->conn->failure);

    } else
#endif
    {
        p = ngx_slprintf(buf, last, "%s", what);

        if (err) {
            p = ngx_log_errno(p, last, err);
        }
    }

    why.data = buf;
    why.len = p - buf;

    if (ngx_asyncapi_http_next(call, &why) == NGX_DONE) {
        return NGX_DONE;
    }

    return ngx_asyncapi_http_fail(call, NGX_ASYNCAPI_HTTP_CONNECT,
                                  NGX_PEER_FAILED, "%V", &why);
}


/*
 * A peer may close an idle connection at the moment it is used again: what was
 * never read, and can be repeated, is sent once more, on a new connection.
 */

static ngx_int_t
ngx_asyncapi_http_stale(ngx_asyncapi_http_call_t *call, ngx_err_t err)
{
    ngx_asyncapi_http_conn_t  *conn;

    conn = call->conn;

    if (conn == NULL
        || !conn->reused
        || call->received
        || (!call->idempotent && call->sent))
    {
        return NGX_DECLINED;
    }

#if (NGX_HTTP_SSL)

    /* of what is said to be not sent, the first records may be */

    if (!call->idempotent && conn->connection->ssl) {
        return NGX_DECLINED;
    }

#endif

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, call->log, err,
                   "asyncapi http connection was stale, fd:%d",
                   conn->connection->fd);

    ngx_asyncapi_http_drop(call);

    call->group = NULL;
    call->start = NULL;
    call->sent = 0;

    (void) ngx_asyncapi_http_connect(call);

    return NGX_DONE;
}


/* no connection could be made: a host may have other addresses */

static ngx_int_t
ngx_asyncapi_http_next(ngx_asyncapi_http_call_t *call, ngx_str_t *why)
{
    ngx_int_t  rc;
    ngx_str_t  name;

    if (call->sent || call->received) {
        return NGX_DECLINED;
    }

    name = *call->upstream->peer.name;

    rc = ngx_asyncapi_http_peer_next(call);

    if (rc == NGX_DECLINED) {
        return NGX_DECLINED;
    }

    ngx_log_error(NGX_LOG_WARN, call->log, 0,
                  "asyncapi http: %V, peer %V, upstream \"%V\"",
                  why, &name, &call->origin->name);

    if (call->conn) {
        ngx_asyncapi_http_drop(call);
    }

    call->connecting = 0;

    if (rc == NGX_BUSY) {
        return NGX_DECLINED;
    }

    ngx_asyncapi_http_begin(call);

    return NGX_DONE;
}


ngx_int_t
ngx_asyncapi_http_fail(ngx_asyncapi_http_call_t *call,
    ngx_asyncapi_http_error_e error, ngx_uint_t state, const char *fmt, ...)
{
    u_char   *p, *last, *detail, buf[NGX_MAX_ERROR_STR];
    va_list   args;

    last = buf + sizeof(buf);

    va_start(args, fmt);
    p = ngx_vslprintf(buf, last, fmt, args);
    va_end(args);

    /* the peer's name is gone once it is freed */

    if (call->upstream) {
        p = ngx_slprintf(p, last, ", peer %V", call->upstream->peer.name);
    }

    p = ngx_slprintf(p, last, ", upstream \"%V\"", &call->origin->name);

    (void) ngx_asyncapi_http_release(call, state, 0);

    detail = ngx_pnalloc(call->pool, p - buf + 1);

    if (detail) {
        *ngx_cpymem(detail, buf, p - buf) = '\0';
        call->detail = (char *) detail;

    } else {
        call->detail = "no memory";
    }

    call->error = error;
    call->handler(call);

    return NGX_DONE;
}


/* returns as ngx_asyncapi_http_done() */

static ngx_int_t
ngx_asyncapi_http_release(ngx_asyncapi_http_call_t *call, ngx_uint_t state,
    ngx_uint_t keep)
{
    ngx_int_t                  rc;
    ngx_connection_t          *borrowed;
    ngx_asyncapi_http_conn_t  *conn;

    if (call->resolving) {
        ngx_resolve_name_done(call->resolving);
        call->resolving = NULL;
    }

    if (call->displaced) {
        ngx_asyncapi_http_pipeline_forget(call);
    }

    if (call->inflate) {
        ngx_asyncapi_http_inflate_end(call);
    }

    rc = NGX_DONE;
    borrowed = NULL;

    if (call->conn) {
        conn = ngx_asyncapi_http_detach(call, &keep);

        if (conn == NULL) {
            rc = NGX_BUSY;

        } else if (conn->peer == NULL) {
            borrowed = ngx_asyncapi_http_pool_return(conn);

        } else if (keep) {
            ngx_asyncapi_http_pool_keep(conn, call->conf, call->idle);

        } else {
            ngx_asyncapi_http_pool_close(conn);
        }
    }

    if (call->upstream) {
        ngx_asyncapi_http_peer_free(call, state, borrowed, keep);
    }

    return rc;
}


/* the connection is not the call's any more; NULL: it is that of others */

static ngx_asyncapi_http_conn_t *
ngx_asyncapi_http_detach(ngx_asyncapi_http_call_t *call, ngx_uint_t *keep)
{
    ngx_asyncapi_http_conn_t  *conn;

    conn = call->conn;

    if (conn->shared) {
        conn = ngx_asyncapi_http_pipeline_leave(call, conn, keep);
    }

    call->conn = NULL;

    return conn;
}


/* closes a connection that is of no use any more */

static void
ngx_asyncapi_http_drop(ngx_asyncapi_http_call_t *call)
{
    ngx_uint_t                 keep;
    ngx_asyncapi_http_conn_t  *conn;

    keep = 0;
    conn = ngx_asyncapi_http_detach(call, &keep);

    if (conn) {
        ngx_asyncapi_http_pool_close(conn);
    }
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * A call: its peer, its connection, its request on the way, its end.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>
#include "ngx_asyncapi_block.h"
#include "ngx_asyncapi_http_call.h"
#include "ngx_asyncapi_http_ssl.h"


static void ngx_asyncapi_http_begin(ngx_asyncapi_http_call_t *call);
static ngx_asyncapi_http_conn_t *ngx_asyncapi_http_reuse(
    ngx_asyncapi_http_call_t *call);
static void ngx_asyncapi_http_key(ngx_asyncapi_http_call_t *call,
    ngx_asyncapi_http_key_t *key);
static ngx_int_t ngx_asyncapi_http_connect(ngx_asyncapi_http_call_t *call);
static void ngx_asyncapi_http_attach(ngx_asyncapi_http_call_t *call,
    ngx_asyncapi_http_conn_t *conn);
static ngx_int_t ngx_asyncapi_http_connected(ngx_asyncapi_http_call_t *call);
static ngx_int_t ngx_asyncapi_http_send(ngx_asyncapi_http_call_t *call);
static ngx_int_t ngx_asyncapi_http_send_broken(ngx_asyncapi_http_call_t *call,
    ngx_err_t err);
static void ngx_asyncapi_http_read_handler(ngx_event_t *rev);
static void ngx_asyncapi_http_write_handler(ngx_event_t *wev);
static ngx_int_t ngx_asyncapi_http_stale(ngx_asyncapi_http_call_t *call,
    ngx_err_t err);
static ngx_int_t ngx_asyncapi_http_next(ngx_asyncapi_http_call_t *call,
    ngx_str_t *why);
static void ngx_asyncapi_http_release(ngx_asyncapi_http_call_t *call,
    ngx_uint_t state, ngx_uint_t keep);


void
ngx_asyncapi_http_start(ngx_asyncapi_http_call_t *call)
{
    ngx_http_upstream_resolved_t  *resolved;

    resolved = call->origin->resolved;

    if (resolved && resolved->sockaddr == NULL) {
        ngx_asyncapi_http_resolve(call);
        return;
    }

    ngx_asyncapi_http_go(call, resolved);
}


void
ngx_asyncapi_http_go(ngx_asyncapi_http_call_t *call,
    ngx_http_upstream_resolved_t *resolved)
{
    ngx_int_t  rc;

    rc = ngx_asyncapi_http_peer_get(call, resolved);

    if (rc == NGX_BUSY) {
        (void) ngx_asyncapi_http_fail(call, NGX_ASYNCAPI_HTTP_CONNECT, 0,
                                      "no live upstreams");
        return;
    }

    if (rc == NGX_ERROR) {
        (void) ngx_asyncapi_http_fail(call, NGX_ASYNCAPI_HTTP_NO_MEMORY, 0,
                                      "no memory for a peer");
        return;
    }

    ngx_asyncapi_http_begin(call);
}


static void
ngx_asyncapi_http_begin(ngx_asyncapi_http_call_t *call)
{
    ngx_asyncapi_http_conn_t  *conn;

    conn = ngx_asyncapi_http_reuse(call);

    if (conn == NULL) {
        (void) ngx_asyncapi_http_connect(call);
        return;
    }

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, call->log, 0,
                   "asyncapi http connection is reused, fd:%d",
                   conn->connection->fd);

    ngx_asyncapi_http_attach(call, conn);

    (void) ngx_asyncapi_http_send(call);
}


void
ngx_asyncapi_http_cancel(ngx_asyncapi_http_call_t *call, ngx_uint_t expired)
{
    ngx_uint_t  state;

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, call->log, 0,
                   "asyncapi http call is cancelled, expired:%ui head:%d",
                   expired, call->body_begun);

    /* as nginx has it: an answer whose head has come in time is no failure */

    state = (expired && !call->body_begun) ? NGX_PEER_FAILED : 0;

    ngx_asyncapi_http_release(call, state, 0);
}


void
ngx_asyncapi_http_exit(void)
{
    ngx_asyncapi_http_pool_exit();
    ngx_asyncapi_http_peer_exit();
    ngx_asyncapi_block_exit();
}


/* nginx's keepalive may have lent a connection, else our pool is asked */

static ngx_asyncapi_http_conn_t *
ngx_asyncapi_http_reuse(ngx_asyncapi_http_call_t *call)
{
    ngx_connection_t          *c;
    ngx_peer_connection_t     *pc;
    ngx_asyncapi_http_key_t    key;
    ngx_asyncapi_http_conn_t  *conn;

    pc = &call->upstream->peer;

    c = pc->connection;
    pc->connection = NULL;

#if (NGX_SSL || NGX_COMPAT)

    /* nginx's keepalive does not tell what is encrypted, and for whom */

    if (c && (c->ssl || call->origin->ssl)) {
        ngx_asyncapi_http_close(c);
        c = NULL;
    }

#endif

    ngx_asyncapi_http_key(call, &key);

    for ( ;; ) {

        if (c) {
            conn = ngx_asyncapi_http_pool_borrow(c);
            c = NULL;

        } else {
            conn = ngx_asyncapi_http_pool_get(&key, call->log);
        }

        if (conn == NULL || call->idempotent) {
            return conn;
        }

        /* this request may not be sent twice: is the peer still there? */

        conn->connection->read->ready = 1;

        if (ngx_asyncapi_http_pool_silent(conn->connection)) {
            return conn;
        }

        ngx_asyncapi_http_pool_close(conn);
    }
}


static void
ngx_asyncapi_http_key(ngx_asyncapi_http_call_t *call,
    ngx_asyncapi_http_key_t *key)
{
    key->sockaddr = call->upstream->peer.sockaddr;
    key->socklen = call->upstream->peer.socklen;
    key->ssl = NULL;
    ngx_str_set(&key->name, "");

#if (NGX_HTTP_SSL)

    if (call->origin->ssl) {
        key->ssl = call->conf->ssl;
        key->name = key->ssl->name.len ? key->ssl->name : call->origin->server;
    }

#endif
}


static ngx_int_t
ngx_asyncapi_http_connect(ngx_asyncapi_http_call_t *call)
{
    ngx_int_t                  rc;
    ngx_err_t                  err;
    ngx_connection_t          *c;
    ngx_asyncapi_http_key_t    key;
    ngx_asyncapi_http_conn_t  *conn;

    ngx_asyncapi_http_key(call, &key);

    rc = ngx_asyncapi_http_pool_connect(&key, call->log, &conn, &err);

    if (rc == NGX_ERROR) {
        return ngx_asyncapi_http_fail(call, NGX_ASYNCAPI_HTTP_CONNECT, 0,
                                      "no connection is free");
    }

    if (rc == NGX_DECLINED) {
        return ngx_asyncapi_http_broken(call, err, "connect() failed");
    }

    ngx_asyncapi_http_attach(call, conn);
    c = conn->connection;

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, call->log, 0,
                   "asyncapi http connect to %V, fd:%d",
                   call->upstream->peer.name, c->fd);

    if (rc == NGX_OK && key.ssl == NULL) {
        return ngx_asyncapi_http_send(call);
    }

    call->connecting = 1;
    ngx_add_timer(c->write, call->conf->connect_timeout);

    return (rc == NGX_OK) ? ngx_asyncapi_http_connected(call) : NGX_AGAIN;
}


static void
ngx_asyncapi_http_attach(ngx_asyncapi_http_call_t *call,
    ngx_asyncapi_http_conn_t *conn)
{
    ngx_connection_t  *c;

    c = conn->connection;

    conn->call = call;
    call->conn = conn;

    c->requests++;
    c->read->handler = ngx_asyncapi_http_read_handler;
    c->write->handler = ngx_asyncapi_http_write_handler;

#if (NGX_HTTP_SSL)

    /* closed in the middle of a call, it is closed without a word */

    if (c->ssl) {
        c->ssl->no_send_shutdown = 1;
    }

#endif
}


/* it is there, or could not be made; "https" comes here once more */

static ngx_int_t
ngx_asyncapi_http_connected(ngx_asyncapi_http_call_t *call)
{
#if (NGX_HTTP_SSL)
    ngx_int_t  rc;

    if (call->origin->ssl) {
        rc = ngx_asyncapi_http_ssl_handshake(call);

        if (rc != NGX_OK) {
            return rc;
        }
    }
#endif

    call->connecting = 0;
    ngx_del_timer(call->conn->connection->write);

    return ngx_asyncapi_http_send(call);
}


static ngx_int_t
ngx_asyncapi_http_send(ngx_asyncapi_http_call_t *call)
{
    size_t             size;
    u_char            *p;
    ssize_t            n;
    ngx_connection_t  *c;

    c = call->conn->connection;

    while (call->sent < call->head.len + call->body.len) {

        if (call->sent < call->head.len) {
            p = call->head.data + call->sent;
            size = call->head.len - call->sent;

        } else {
            p = call->body.data + (call->sent - call->head.len);
            size = call->head.len + call->body.len - call->sent;
        }

        n = c->send(c, p, size);

        if (n == NGX_ERROR) {
            return ngx_asyncapi_http_send_broken(call, ngx_socket_errno);
        }

        if (n > 0) {
            call->sent += n;
        }

        if (!c->write->ready) {
            break;
        }
    }

    if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
        return ngx_asyncapi_http_broken(call, 0, "no event could be added");
    }

    return NGX_AGAIN;
}


/* a peer that has heard enough may have answered before it closed */

static ngx_int_t
ngx_asyncapi_http_send_broken(ngx_asyncapi_http_call_t *call, ngx_err_t err)
{
    ngx_int_t     rc;
    ngx_event_t  *rev;

    if (call->sent) {
        rev = call->conn->connection->read;
        rev->ready = 1;
        rev->available = -1;

        rc = ngx_asyncapi_http_receive(call);

        if (rc == NGX_DONE || rev->posted) {
            return NGX_DONE;
        }
    }

    return ngx_asyncapi_http_broken(call, err,
                                    (call->sent || call->conn->reused)
                                    ? "send() failed" : "connect() failed");
}


static void
ngx_asyncapi_http_write_handler(ngx_event_t *wev)
{
    ngx_connection_t          *c;
    ngx_asyncapi_http_conn_t  *conn;
    ngx_asyncapi_http_call_t  *call;

    c = wev->data;
    conn = c->data;
    call = conn->call;

    if (wev->timedout) {
#if (NGX_HTTP_SSL)
        if (c->ssl) {
            (void) ngx_asyncapi_http_broken(call, NGX_ETIMEDOUT,
                                            "the SSL handshake failed");
            return;
        }
#endif
        (void) ngx_asyncapi_http_broken(call, NGX_ETIMEDOUT,
                                        "connect() failed");
        return;
    }

    if (call->connecting) {
        (void) ngx_asyncapi_http_connected(call);
        return;
    }

    (void) ngx_asyncapi_http_send(call);
}


static void
ngx_asyncapi_http_read_handler(ngx_event_t *rev)
{
    ngx_connection_t          *c;
    ngx_asyncapi_http_conn_t  *conn;
    ngx_asyncapi_http_call_t  *call;

    c = rev->data;
    conn = c->data;
    call = conn->call;

    if (c->close) {
        (void) ngx_asyncapi_http_fail(call, NGX_ASYNCAPI_HTTP_CONNECT, 0,
                                      "the worker process is shutting down");
        return;
    }

    if (call->connecting) {

        /* writing says why, or it is the handshake that goes on */

        ngx_asyncapi_http_write_handler(c->write);
        return;
    }

    (void) ngx_asyncapi_http_receive(call);
}


ngx_int_t
ngx_asyncapi_http_done(ngx_asyncapi_http_call_t *call)
{
    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, call->log, 0,
                   "asyncapi http answer: %ui, %uz bytes, keepalive:%d",
                   call->response.status, call->response.body.len,
                   call->keepalive);

    if (call->sent < call->head.len + call->body.len) {

        /* an early answer: the rest of the request is not wanted */

        call->keepalive = 0;
    }

#if (NGX_HTTP_SSL)
    ngx_asyncapi_http_ssl_answered(call);
#endif

    ngx_asyncapi_http_release(call, 0, call->keepalive);

    call->error = NGX_ASYNCAPI_HTTP_OK;
    call->handler(call);

    return NGX_DONE;
}


ngx_int_t
ngx_asyncapi_http_broken(ngx_asyncapi_http_call_t *call, ngx_err_t err,
    const char *what)
{
    u_char     *p, *last, buf[NGX_MAX_ERROR_STR];
    ngx_str_t   why;

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

    ngx_asyncapi_http_pool_close(conn);

    call->conn = NULL;
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
        ngx_asyncapi_http_pool_close(call->conn);
        call->conn = NULL;
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

    ngx_asyncapi_http_release(call, state, 0);

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


static void
ngx_asyncapi_http_release(ngx_asyncapi_http_call_t *call, ngx_uint_t state,
    ngx_uint_t keep)
{
    ngx_connection_t          *borrowed;
    ngx_asyncapi_http_conn_t  *conn;

    if (call->resolving) {
        ngx_resolve_name_done(call->resolving);
        call->resolving = NULL;
    }

    if (call->inflate) {
        ngx_asyncapi_http_inflate_end(call);
    }

    conn = call->conn;
    call->conn = NULL;

    borrowed = NULL;

    if (conn && conn->peer == NULL) {
        borrowed = ngx_asyncapi_http_pool_return(conn);

    } else if (conn && keep) {
        ngx_asyncapi_http_pool_keep(conn, call->conf, call->idle);

    } else if (conn) {
        ngx_asyncapi_http_pool_close(conn);
    }

    if (call->upstream) {
        ngx_asyncapi_http_peer_free(call, state, borrowed, keep);
    }
}

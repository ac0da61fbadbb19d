
/*
 * Copyright (C) The asyncapi module authors
 *
 * A call: its peer, its connection, its request on the way.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>
#include "ngx_asyncapi_block.h"
#include "ngx_asyncapi_http_call.h"
#include "ngx_asyncapi_http_ssl.h"


static ngx_asyncapi_http_conn_t *ngx_asyncapi_http_reuse(
    ngx_asyncapi_http_call_t *call);
static void ngx_asyncapi_http_attach(ngx_asyncapi_http_call_t *call,
    ngx_asyncapi_http_conn_t *conn);
static ngx_int_t ngx_asyncapi_http_connected(ngx_asyncapi_http_call_t *call);
static ngx_int_t ngx_asyncapi_http_established(
    ngx_asyncapi_http_call_t *call);
static ngx_int_t ngx_asyncapi_http_ready(ngx_asyncapi_http_call_t *call);
static ngx_int_t ngx_asyncapi_http_send(ngx_asyncapi_http_call_t *call);
static void ngx_asyncapi_http_read_handler(ngx_event_t *rev);
static void ngx_asyncapi_http_write_handler(ngx_event_t *wev);


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


void
ngx_asyncapi_http_begin(ngx_asyncapi_http_call_t *call)
{
    ngx_asyncapi_http_conn_t  *conn;

    if (ngx_asyncapi_http_pipeline_join(call)) {
        return;
    }

    conn = ngx_asyncapi_http_reuse(call);

    if (conn == NULL) {
        (void) ngx_asyncapi_http_connect(call);
        return;
    }

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, call->log, 0,
                   "asyncapi http connection is reused, fd:%d",
                   conn->connection->fd);

    ngx_asyncapi_http_attach(call, conn);

    (void) ngx_asyncapi_http_ready(call);
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


void
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


ngx_int_t
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
        return ngx_asyncapi_http_established(call);
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

    if (!conn->reused || conn->peer == NULL) {
        c->write->handler = ngx_asyncapi_http_write_handler;
    }

#if (NGX_HTTP_SSL)

    /* closed in the middle of a call, it is closed without a word */

    if (c->ssl) {
        c->ssl->no_send_shutdown = 1;
    }

#endif

    ngx_asyncapi_http_pipeline_open(call);
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

    return ngx_asyncapi_http_established(call);
}


/*
 * That the connection can be written to would be told with each answer again:
 * it is not asked for any more, until a send takes less than all.
 */

static ngx_int_t
ngx_asyncapi_http_established(ngx_asyncapi_http_call_t *call)
{
    ngx_event_t  *wev;

    wev = call->conn->connection->write;

    if ((ngx_event_flags & NGX_USE_EPOLL_EVENT)
        && wev->active
        && ngx_del_event(wev, NGX_WRITE_EVENT, NGX_CLEAR_EVENT) != NGX_OK)
    {
        return ngx_asyncapi_http_broken(call, 0, "no event could be changed");
    }

    return ngx_asyncapi_http_ready(call);
}


/* the connection can be written to */

static ngx_int_t
ngx_asyncapi_http_ready(ngx_asyncapi_http_call_t *call)
{
    if (!call->conn->shared) {
        call->conn->waiting = 1;

        return ngx_asyncapi_http_send(call);
    }

    /* calls that are started in this turn of the loop are sent together */

    ngx_post_event(call->conn->connection->write, &ngx_posted_events);

    return NGX_AGAIN;
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
            return ngx_asyncapi_http_send_broken(call->conn, ngx_socket_errno);
        }

        if (n == (ssize_t) size) {
            call->sent += size;
            continue;
        }

        if (n > 0) {
            call->sent += n;
        }

        if (!c->write->ready) {
            break;
        }
    }

    if (call->sent == call->head.len + call->body.len
        && (ngx_event_flags & NGX_USE_CLEAR_EVENT))
    {
        return NGX_AGAIN;
    }

    if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
        return ngx_asyncapi_http_broken(call, 0, "no event could be added");
    }

    return NGX_AGAIN;
}


/* a peer that has heard enough may have answered before it closed */

ngx_int_t
ngx_asyncapi_http_send_broken(ngx_asyncapi_http_conn_t *conn, ngx_err_t err)
{
    ngx_int_t     rc;
    ngx_event_t  *rev;

    if (conn->call->sent) {
        rev = conn->connection->read;
        rev->ready = 1;
        rev->available = -1;

        rc = ngx_asyncapi_http_receive(conn);

        if (rc == NGX_DONE || rev->posted) {
            return NGX_DONE;
        }
    }

    return ngx_asyncapi_http_broken(conn->call, err,
                                    (conn->call->sent || conn->reused)
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

    if (call == NULL) {

        /* it is idle */

        return;
    }

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

    if (conn->shared) {
        (void) ngx_asyncapi_http_pipeline_send(conn);
        return;
    }

    (void) ngx_asyncapi_http_send(call);
}


static void
ngx_asyncapi_http_read_handler(ngx_event_t *rev)
{
    ngx_int_t                  rc;
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

    if (!conn->waiting && call->connecting) {

        /* writing says why, or it is the handshake that goes on */

        ngx_asyncapi_http_write_handler(c->write);
        return;
    }

    if (conn->shared && !rev->timedout && ngx_asyncapi_http_hold_first(conn)) {
        return;
    }

    rc = rev->timedout ? ngx_asyncapi_http_hold_over(conn)
                       : ngx_asyncapi_http_receive(conn);

    if (rc == NGX_AGAIN && conn->shared) {
        ngx_asyncapi_http_hold(conn);
    }
}

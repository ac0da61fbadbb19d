
/*
 * Copyright (C) The asyncapi module authors
 *
 * Idle connections are kept per peer address, the last one used is taken
 * first.  There are no timers per connection: one sweep per second closes what
 * has been idle for too long, and it is not armed where nothing is kept.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>
#include "ngx_asyncapi_http_pool.h"


#define NGX_ASYNCAPI_HTTP_POOL_BUCKETS  64
#define NGX_ASYNCAPI_HTTP_POOL_SWEEP    1000


struct ngx_asyncapi_http_peer_s {
    ngx_queue_t               queue;      /* in its bucket */
    ngx_queue_t               idle;       /* ..._conn_t, last used first */
    ngx_uint_t                nidle;
    ngx_uint_t                nconns;     /* idle or not */
    socklen_t                 socklen;
    ngx_sockaddr_t            sockaddr;
};


static ngx_asyncapi_http_peer_t *ngx_asyncapi_http_pool_find(
    struct sockaddr *sockaddr, socklen_t socklen, ngx_queue_t **bucket);
static ngx_asyncapi_http_peer_t *ngx_asyncapi_http_pool_peer(
    struct sockaddr *sockaddr, socklen_t socklen);
static ngx_connection_t *ngx_asyncapi_http_pool_socket(
    struct sockaddr *sockaddr, ngx_log_t *log);
static ngx_int_t ngx_asyncapi_http_pool_events(ngx_connection_t *c);
static ngx_int_t ngx_asyncapi_http_pool_connected(ngx_connection_t *c,
    struct sockaddr *sockaddr, socklen_t socklen, ngx_err_t *err);
static void ngx_asyncapi_http_pool_log(ngx_connection_t *c, ngx_log_t *log);
static ngx_uint_t ngx_asyncapi_http_pool_short(void);
static void ngx_asyncapi_http_pool_idle_handler(ngx_event_t *rev);
static void ngx_asyncapi_http_pool_empty_handler(ngx_event_t *wev);
static void ngx_asyncapi_http_pool_arm(void);
static void ngx_asyncapi_http_pool_sweep_handler(ngx_event_t *ev);
static ngx_uint_t ngx_asyncapi_http_pool_sweep(ngx_uint_t all);
static void ngx_asyncapi_http_pool_trim(ngx_asyncapi_http_peer_t *peer,
    ngx_uint_t all);


static ngx_queue_t  ngx_asyncapi_http_pool[NGX_ASYNCAPI_HTTP_POOL_BUCKETS];
static ngx_event_t  ngx_asyncapi_http_pool_event;


ngx_asyncapi_http_conn_t *
ngx_asyncapi_http_pool_get(struct sockaddr *sockaddr, socklen_t socklen,
    ngx_log_t *log)
{
    ngx_queue_t               *q, *bucket;
    ngx_connection_t          *c;
    ngx_asyncapi_http_peer_t  *peer;
    ngx_asyncapi_http_conn_t  *conn;

    peer = ngx_asyncapi_http_pool_find(sockaddr, socklen, &bucket);

    if (peer == NULL) {
        return NULL;
    }

    while (!ngx_queue_empty(&peer->idle)) {

        q = ngx_queue_head(&peer->idle);
        conn = ngx_queue_data(q, ngx_asyncapi_http_conn_t, queue);
        c = conn->connection;

        /* an event that is not handled yet can only be an end or an excess */

        if (c->read->ready || c->read->posted
            || (ngx_msec_int_t) (ngx_current_msec - conn->expires) >= 0)
        {
            ngx_asyncapi_http_pool_close(conn);
            continue;
        }

        ngx_queue_remove(q);
        peer->nidle--;

        c->idle = 0;
        c->sent = 0;
        ngx_asyncapi_http_pool_log(c, log);

        return conn;
    }

    return NULL;
}


ngx_asyncapi_http_conn_t *
ngx_asyncapi_http_pool_borrow(ngx_connection_t *c)
{
    ngx_asyncapi_http_conn_t  *conn;

    conn = ngx_calloc(sizeof(ngx_asyncapi_http_conn_t), c->log);

    if (conn == NULL) {
        ngx_asyncapi_http_close(c);
        return NULL;
    }

    conn->connection = c;
    conn->reused = 1;
    c->data = conn;

    return conn;
}


ngx_connection_t *
ngx_asyncapi_http_pool_return(ngx_asyncapi_http_conn_t *conn)
{
    ngx_connection_t  *c;

    c = conn->connection;

    ngx_free(conn);

    return c;
}


ngx_int_t
ngx_asyncapi_http_pool_connect(struct sockaddr *sockaddr, socklen_t socklen,
    ngx_log_t *log, ngx_asyncapi_http_conn_t **pconn, ngx_err_t *err)
{
    ngx_int_t                  rc;
    ngx_connection_t          *c;
    ngx_asyncapi_http_peer_t  *peer;
    ngx_asyncapi_http_conn_t  *conn;

    c = ngx_asyncapi_http_pool_socket(sockaddr, log);
    if (c == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_asyncapi_http_pool_connected(c, sockaddr, socklen, err);

    if (rc == NGX_ERROR || rc == NGX_DECLINED) {
        ngx_close_connection(c);
        return rc;
    }

    conn = ngx_calloc(sizeof(ngx_asyncapi_http_conn_t), log);
    peer = ngx_asyncapi_http_pool_peer(sockaddr, socklen);

    if (conn == NULL || peer == NULL) {

        if (conn) {
            ngx_free(conn);
        }

        ngx_close_connection(c);
        return NGX_ERROR;
    }

    peer->nconns++;
    conn->peer = peer;
    conn->connection = c;
    c->data = conn;

    *pconn = conn;

    return rc;
}


static ngx_connection_t *
ngx_asyncapi_http_pool_socket(struct sockaddr *sockaddr, ngx_log_t *log)
{
    ngx_socket_t       s;
    ngx_connection_t  *c;

    if (ngx_cycle->free_connection_n == 0) {
        (void) ngx_asyncapi_http_pool_sweep(1);
    }

    s = ngx_socket(sockaddr->sa_family, SOCK_STREAM, 0);

    if (s == (ngx_socket_t) -1) {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_socket_errno,
                      ngx_socket_n " failed");
        return NULL;
    }

    c = NULL;

    if (ngx_nonblocking(s) == -1) {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_socket_errno,
                      ngx_nonblocking_n " failed");

    } else {
        c = ngx_get_connection(s, log);
    }

    if (c == NULL) {

        if (ngx_close_socket(s) == -1) {
            ngx_log_error(NGX_LOG_ALERT, log, ngx_socket_errno,
                          ngx_close_socket_n " failed");
        }

        return NULL;
    }

    c->type = SOCK_STREAM;
    c->recv = ngx_recv;
    c->send = ngx_send;
    c->recv_chain = ngx_recv_chain;
    c->send_chain = ngx_send_chain;

    /* the call tells what went wrong */

    c->log_error = NGX_ERROR_INFO;

    ngx_asyncapi_http_pool_log(c, log);

    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);
    c->start_time = ngx_current_msec;

    if (sockaddr->sa_family == AF_UNIX) {
        c->tcp_nopush = NGX_TCP_NOPUSH_DISABLED;
        c->tcp_nodelay = NGX_TCP_NODELAY_DISABLED;
    }

    return c;
}


static ngx_int_t
ngx_asyncapi_http_pool_events(ngx_connection_t *c)
{
    ngx_int_t  flags;

    if (ngx_add_conn) {
        return ngx_add_conn(c);
    }

    flags = (ngx_event_flags & NGX_USE_CLEAR_EVENT) ? NGX_CLEAR_EVENT
                                                    : NGX_LEVEL_EVENT;

    if (ngx_add_event(c->read, NGX_READ_EVENT, flags) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_add_event(c->write, NGX_WRITE_EVENT, flags);
}


static ngx_int_t
ngx_asyncapi_http_pool_connected(ngx_connection_t *c,
    struct sockaddr *sockaddr, socklen_t socklen, ngx_err_t *err)
{
    /* the last segment of a large request shall not wait for others' ACK */

    if (c->tcp_nodelay == NGX_TCP_NODELAY_UNSET && ngx_tcp_nodelay(c) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_asyncapi_http_pool_events(c) != NGX_OK) {
        return NGX_ERROR;
    }

    if (connect(c->fd, sockaddr, socklen) != -1) {
        c->write->ready = 1;
        return NGX_OK;
    }

    *err = ngx_socket_errno;

    return (*err == NGX_EINPROGRESS) ? NGX_AGAIN : NGX_DECLINED;
}


void
ngx_asyncapi_http_pool_keep(ngx_asyncapi_http_conn_t *conn,
    ngx_asyncapi_http_conf_t *conf, ngx_uint_t idle)
{
    ngx_msec_t                 time;
    ngx_connection_t          *c;
    ngx_asyncapi_http_peer_t  *peer;

    c = conn->connection;
    peer = conn->peer;

    if (conf->idle == 0
        || ngx_exiting || ngx_terminate
        || ngx_asyncapi_http_pool_short()
        || !ngx_asyncapi_http_pool_silent(c))
    {
        ngx_asyncapi_http_pool_close(conn);
        return;
    }

    time = conf->idle_time;

    if (idle && idle < time / 1000) {
        time = idle * 1000;
    }

    conn->call = NULL;
    conn->reused = 1;
    conn->expires = ngx_current_msec + time;

    c->idle = 1;
    c->read->handler = ngx_asyncapi_http_pool_idle_handler;
    c->write->handler = ngx_asyncapi_http_pool_empty_handler;
    ngx_asyncapi_http_pool_log(c, ngx_cycle->log);

    ngx_queue_insert_head(&peer->idle, &conn->queue);

    if (++peer->nidle > conf->idle) {
        ngx_asyncapi_http_pool_close(ngx_queue_data(ngx_queue_last(&peer->idle),
                                              ngx_asyncapi_http_conn_t, queue));
    }
}


void
ngx_asyncapi_http_pool_close(ngx_asyncapi_http_conn_t *conn)
{
    ngx_connection_t          *c;
    ngx_asyncapi_http_peer_t  *peer;

    c = conn->connection;
    peer = conn->peer;

    if (c->idle) {
        ngx_queue_remove(&conn->queue);
        peer->nidle--;
    }

    if (peer) {
        peer->nconns--;
    }

    ngx_free(conn);

    ngx_asyncapi_http_close(c);
}


void
ngx_asyncapi_http_close(ngx_connection_t *c)
{
    ngx_pool_t  *pool;

    pool = c->pool;

    ngx_close_connection(c);

    if (pool) {
        ngx_destroy_pool(pool);
    }
}


ngx_uint_t
ngx_asyncapi_http_pool_silent(ngx_connection_t *c)
{
    int  n;
    char buf[1];

    if (c->read->eof || c->read->error || c->read->pending_eof || c->close) {
        return 0;
    }

    if (!c->read->ready) {
        return 1;
    }

    n = recv(c->fd, buf, 1, MSG_PEEK);

    if (n == -1 && ngx_socket_errno == NGX_EAGAIN) {
        c->read->ready = 0;
        return ngx_handle_read_event(c->read, 0) == NGX_OK;
    }

    return 0;
}


static ngx_asyncapi_http_peer_t *
ngx_asyncapi_http_pool_find(struct sockaddr *sockaddr, socklen_t socklen,
    ngx_queue_t **bucket)
{
    ngx_uint_t                 hash;
    ngx_queue_t               *q, *list;
    ngx_asyncapi_http_peer_t  *peer;

    hash = ngx_murmur_hash2((u_char *) sockaddr, socklen);
    list = &ngx_asyncapi_http_pool[hash % NGX_ASYNCAPI_HTTP_POOL_BUCKETS];

    if (list->next == NULL) {
        ngx_queue_init(list);
    }

    *bucket = list;

    for (q = ngx_queue_head(list);
         q != ngx_queue_sentinel(list);
         q = ngx_queue_next(q))
    {
        peer = ngx_queue_data(q, ngx_asyncapi_http_peer_t, queue);

        if (peer->socklen == socklen
            && ngx_memcmp(&peer->sockaddr, sockaddr, socklen) == 0)
        {
            return peer;
        }
    }

    return NULL;
}


static ngx_asyncapi_http_peer_t *
ngx_asyncapi_http_pool_peer(struct sockaddr *sockaddr, socklen_t socklen)
{
    ngx_queue_t               *bucket;
    ngx_asyncapi_http_peer_t  *peer;

    peer = ngx_asyncapi_http_pool_find(sockaddr, socklen, &bucket);

    if (peer) {
        return peer;
    }

    peer = ngx_calloc(sizeof(ngx_asyncapi_http_peer_t), ngx_cycle->log);
    if (peer == NULL) {
        return NULL;
    }

    ngx_queue_init(&peer->idle);
    peer->socklen = socklen;
    ngx_memcpy(&peer->sockaddr, sockaddr, socklen);

    ngx_queue_insert_head(bucket, &peer->queue);

    ngx_asyncapi_http_pool_arm();

    return peer;
}


/* nothing of a request may stay in a connection that outlives it */

static void
ngx_asyncapi_http_pool_log(ngx_connection_t *c, ngx_log_t *log)
{
    c->log = log;
    c->read->log = log;
    c->write->log = log;
}


/* what is left of worker_connections is for those who come */

static ngx_uint_t
ngx_asyncapi_http_pool_short(void)
{
    return ngx_cycle->free_connection_n < ngx_cycle->connection_n / 8;
}


static void
ngx_asyncapi_http_pool_idle_handler(ngx_event_t *rev)
{
    ngx_connection_t  *c;

    c = rev->data;

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, c->log, 0,
                   "asyncapi http idle connection event, close:%d", c->close);

    if (!ngx_asyncapi_http_pool_silent(c)) {
        ngx_asyncapi_http_pool_close(c->data);
    }
}


static void
ngx_asyncapi_http_pool_empty_handler(ngx_event_t *wev)
{
    ngx_log_debug0(NGX_LOG_DEBUG_HTTP, wev->log, 0,
                   "asyncapi http idle connection may write");
}


static void
ngx_asyncapi_http_pool_arm(void)
{
    ngx_event_t  *ev;

    static ngx_connection_t  dummy;

    ev = &ngx_asyncapi_http_pool_event;

    if (ev->timer_set) {
        return;
    }

    /* a timer's debug lines look for a descriptor in its data */

    dummy.fd = (ngx_socket_t) -1;

    ev->data = &dummy;
    ev->handler = ngx_asyncapi_http_pool_sweep_handler;
    ev->log = ngx_cycle->log;
    ev->cancelable = 1;

    ngx_add_timer(ev, NGX_ASYNCAPI_HTTP_POOL_SWEEP);
}


static void
ngx_asyncapi_http_pool_sweep_handler(ngx_event_t *ev)
{
    if (ngx_asyncapi_http_pool_sweep(ngx_asyncapi_http_pool_short())) {
        ngx_asyncapi_http_pool_arm();
    }
}


/* idle connections, all or expired ones; returns whether any peer is left */

static ngx_uint_t
ngx_asyncapi_http_pool_sweep(ngx_uint_t all)
{
    ngx_uint_t                 i, left;
    ngx_queue_t               *q, *next, *list;
    ngx_asyncapi_http_peer_t  *peer;

    left = 0;

    for (i = 0; i < NGX_ASYNCAPI_HTTP_POOL_BUCKETS; i++) {

        list = &ngx_asyncapi_http_pool[i];

        if (list->next == NULL) {
            continue;
        }

        for (q = ngx_queue_head(list); q != ngx_queue_sentinel(list); q = next)
        {
            next = ngx_queue_next(q);
            peer = ngx_queue_data(q, ngx_asyncapi_http_peer_t, queue);

            ngx_asyncapi_http_pool_trim(peer, all);

            if (peer->nconns) {
                left = 1;
                continue;
            }

            ngx_queue_remove(q);
            ngx_free(peer);
        }
    }

    return left;
}


static void
ngx_asyncapi_http_pool_trim(ngx_asyncapi_http_peer_t *peer, ngx_uint_t all)
{
    ngx_queue_t               *q, *next;
    ngx_asyncapi_http_conn_t  *conn;

    for (q = ngx_queue_head(&peer->idle);
         q != ngx_queue_sentinel(&peer->idle);
         q = next)
    {
        next = ngx_queue_next(q);
        conn = ngx_queue_data(q, ngx_asyncapi_http_conn_t, queue);

        if (all || (ngx_msec_int_t) (ngx_current_msec - conn->expires) >= 0) {
            ngx_asyncapi_http_pool_close(conn);
        }
    }
}


/* events are no more to be had: the system closes what is still open */

void
ngx_asyncapi_http_pool_exit(void)
{
    ngx_uint_t                 i;
    ngx_queue_t               *q, *list;
    ngx_asyncapi_http_peer_t  *peer;

    for (i = 0; i < NGX_ASYNCAPI_HTTP_POOL_BUCKETS; i++) {

        list = &ngx_asyncapi_http_pool[i];

        while (list->next && !ngx_queue_empty(list)) {
            peer = ngx_queue_data(ngx_queue_head(list),
                                  ngx_asyncapi_http_peer_t, queue);
            ngx_queue_remove(&peer->queue);

            while (!ngx_queue_empty(&peer->idle)) {
                q = ngx_queue_head(&peer->idle);
                ngx_queue_remove(q);

                ngx_free(ngx_queue_data(q, ngx_asyncapi_http_conn_t, queue));
            }

            ngx_free(peer);
        }
    }
}

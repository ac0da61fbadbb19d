
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
#include "ngx_asyncapi_http_call.h"


#define NGX_ASYNCAPI_HTTP_POOL_BUCKETS  64
#define NGX_ASYNCAPI_HTTP_POOL_SWEEP    1000
#define NGX_ASYNCAPI_HTTP_POOL_PLAIN    60


static void ngx_asyncapi_http_pool_prefetch(ngx_queue_t *q);
static ngx_asyncapi_http_peer_t *ngx_asyncapi_http_pool_find(
    ngx_asyncapi_http_key_t *key, ngx_queue_t **bucket);
static ngx_uint_t ngx_asyncapi_http_pool_same(ngx_asyncapi_http_key_t *a,
    ngx_asyncapi_http_key_t *b);
static ngx_asyncapi_http_peer_t *ngx_asyncapi_http_pool_peer(
    ngx_asyncapi_http_key_t *key);
static ngx_uint_t ngx_asyncapi_http_pool_short(void);
static void ngx_asyncapi_http_pool_idle_handler(ngx_event_t *rev);
static void ngx_asyncapi_http_pool_arm(void);
static void ngx_asyncapi_http_pool_sweep_handler(ngx_event_t *ev);
static ngx_uint_t ngx_asyncapi_http_pool_sweep(ngx_uint_t all);
static void ngx_asyncapi_http_pool_trim(ngx_asyncapi_http_peer_t *peer,
    ngx_uint_t all);


static ngx_queue_t  ngx_asyncapi_http_pool[NGX_ASYNCAPI_HTTP_POOL_BUCKETS];
static ngx_event_t  ngx_asyncapi_http_pool_event;


ngx_asyncapi_http_conn_t *
ngx_asyncapi_http_pool_get(ngx_asyncapi_http_key_t *key, ngx_log_t *log)
{
    ngx_queue_t               *q, *bucket;
    ngx_connection_t          *c;
    ngx_asyncapi_http_peer_t  *peer;
    ngx_asyncapi_http_conn_t  *conn;

    peer = ngx_asyncapi_http_pool_find(key, &bucket);

    if (peer == NULL) {
        return NULL;
    }

    while (!ngx_queue_empty(&peer->idle)) {

        q = ngx_queue_head(&peer->idle);
        conn = ngx_queue_data(q, ngx_asyncapi_http_conn_t, queue);
        c = conn->connection;

        /* an event that is not handled yet is mostly an end or an excess */

        if (((c->read->ready || c->read->posted)
             && !ngx_asyncapi_http_pool_silent(c))
            || (ngx_msec_int_t) (ngx_current_msec - conn->expires) >= 0)
        {
            ngx_asyncapi_http_pool_close(conn);
            continue;
        }

        ngx_queue_remove(q);
        peer->nidle--;

        if (peer->nidle) {
            ngx_asyncapi_http_pool_prefetch(ngx_queue_head(&peer->idle));
        }

        c->idle = 0;
        c->sent = 0;
        c->log = log;

        return conn;
    }

    return NULL;
}


/* a call mostly comes with others, which take the connections that follow */

static void
ngx_asyncapi_http_pool_prefetch(ngx_queue_t *q)
{
    ngx_connection_t          *c;
    ngx_asyncapi_http_conn_t  *conn;

    conn = ngx_queue_data(q, ngx_asyncapi_http_conn_t, queue);
    c = conn->connection;

    ngx_asyncapi_http_prefetch(c, sizeof(ngx_connection_t));

    /* c->read is the same, but would have to be waited for */

    ngx_asyncapi_http_prefetch(&ngx_cycle->read_events[c
                                                      - ngx_cycle->connections],
                               sizeof(ngx_event_t));
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
ngx_asyncapi_http_pool_connect(ngx_asyncapi_http_key_t *key, ngx_log_t *log,
    ngx_asyncapi_http_conn_t **pconn, ngx_err_t *err)
{
    ngx_int_t                  rc;
    ngx_connection_t          *c;
    ngx_asyncapi_http_peer_t  *peer;
    ngx_asyncapi_http_conn_t  *conn;

    if (ngx_cycle->free_connection_n == 0) {
        (void) ngx_asyncapi_http_pool_sweep(1);
    }

    c = ngx_asyncapi_http_socket(key->sockaddr, log);
    if (c == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_asyncapi_http_socket_connect(c, key->sockaddr, key->socklen, err);

    if (rc == NGX_ERROR || rc == NGX_DECLINED) {
        ngx_close_connection(c);
        return rc;
    }

    conn = ngx_calloc(sizeof(ngx_asyncapi_http_conn_t), log);
    peer = ngx_asyncapi_http_pool_peer(key);

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
    conn->lowat = 1;
    c->data = conn;

    *pconn = conn;

    return rc;
}


void
ngx_asyncapi_http_pool_keep(ngx_asyncapi_http_conn_t *conn,
    ngx_asyncapi_http_conf_t *conf, ngx_uint_t idle)
{
    ngx_uint_t                 most;
    ngx_msec_t                 time;
    ngx_connection_t          *c;
    ngx_asyncapi_http_peer_t  *peer;

    c = conn->connection;
    peer = conn->peer;

    if (conf->idle == 0
        || ngx_exiting || ngx_terminate
        || ngx_asyncapi_http_pool_short()
        || ngx_asyncapi_http_hold_end(conn) != NGX_OK
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
    c->log = ngx_cycle->log;

    ngx_queue_insert_head(&peer->idle, &conn->queue);

    most = (conf->idle == NGX_ASYNCAPI_HTTP_IDLE_HALF)
           ? ngx_cycle->connection_n / 2 : conf->idle;

    if (++peer->nidle > most) {
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

#if (NGX_HTTP_SSL)
    if (c->ssl) {
        ngx_asyncapi_http_ssl_shutdown(c);
    }
#endif

    pool = c->pool;

    ngx_close_connection(c);

    if (pool) {
        ngx_destroy_pool(pool);
    }
}


ngx_uint_t
ngx_asyncapi_http_pool_leads(ngx_asyncapi_http_conn_t *conn,
    ngx_asyncapi_http_key_t *key)
{
    return ngx_asyncapi_http_pool_same(&conn->peer->key, key);
}


void
ngx_asyncapi_http_pool_plain(ngx_asyncapi_http_conn_t *conn)
{
    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, conn->connection->log, 0,
                   "asyncapi http peer is not pipelined, fd:%d",
                   conn->connection->fd);

    conn->peer->plain = ngx_time() + NGX_ASYNCAPI_HTTP_POOL_PLAIN;
}


ngx_uint_t
ngx_asyncapi_http_pool_pipelines(ngx_asyncapi_http_conn_t *conn)
{
    return conn->peer && conn->peer->plain <= ngx_time();
}


ngx_uint_t
ngx_asyncapi_http_pool_silent(ngx_connection_t *c)
{
    int  n;
    char buf[1];

    if (c->read->eof || c->read->error || c->read->pending_eof || c->close) {
        return 0;
    }

    if (!c->read->ready && !c->read->posted) {
        return 1;
    }

#if (NGX_HTTP_SSL)
    if (c->ssl) {
        return ngx_asyncapi_http_ssl_silent(c);
    }
#endif

    n = recv(c->fd, buf, 1, MSG_PEEK);

    if (n == -1 && ngx_socket_errno == NGX_EAGAIN) {
        c->read->ready = 0;
        return ngx_handle_read_event(c->read, 0) == NGX_OK;
    }

    return 0;
}


static ngx_asyncapi_http_peer_t *
ngx_asyncapi_http_pool_find(ngx_asyncapi_http_key_t *key, ngx_queue_t **bucket)
{
    ngx_uint_t                 hash;
    ngx_queue_t               *q, *list;
    ngx_asyncapi_http_peer_t  *peer;

    hash = ngx_murmur_hash2((u_char *) key->sockaddr, key->socklen);
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

        if (ngx_asyncapi_http_pool_same(&peer->key, key)) {
            return peer;
        }
    }

    return NULL;
}


static ngx_uint_t
ngx_asyncapi_http_pool_same(ngx_asyncapi_http_key_t *a,
    ngx_asyncapi_http_key_t *b)
{
    if (a->ssl != b->ssl
        || a->socklen != b->socklen
        || ngx_memcmp(a->sockaddr, b->sockaddr, a->socklen) != 0)
    {
        return 0;
    }

    return a->ssl == NULL
           || (a->name.len == b->name.len
               && ngx_memcmp(a->name.data, b->name.data, a->name.len) == 0);
}


static ngx_asyncapi_http_peer_t *
ngx_asyncapi_http_pool_peer(ngx_asyncapi_http_key_t *key)
{
    ngx_queue_t               *bucket;
    ngx_asyncapi_http_peer_t  *peer;

    peer = ngx_asyncapi_http_pool_find(key, &bucket);

    if (peer) {
        return peer;
    }

    peer = ngx_calloc(sizeof(ngx_asyncapi_http_peer_t) + key->name.len + 1,
                      ngx_cycle->log);
    if (peer == NULL) {
        return NULL;
    }

    ngx_queue_init(&peer->idle);

    peer->key = *key;
    peer->key.sockaddr = &peer->sockaddr.sockaddr;
    peer->key.name.data = (u_char *) (peer + 1);

    ngx_memcpy(&peer->sockaddr, key->sockaddr, key->socklen);
    (void) ngx_cpymem(peer->key.name.data, key->name.data, key->name.len);

    ngx_queue_insert_head(bucket, &peer->queue);

    ngx_asyncapi_http_pool_arm();

    return peer;
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

            if (peer->nconns || peer->plain > ngx_time()) {
                left = 1;
                continue;
            }

#if (NGX_HTTP_SSL)
            if (ngx_asyncapi_http_ssl_session_kept(peer)) {
                left = 1;
                continue;
            }
#endif

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
    ngx_asyncapi_http_conn_t  *conn;

    for (i = 0; i < NGX_ASYNCAPI_HTTP_POOL_BUCKETS; i++) {

        list = &ngx_asyncapi_http_pool[i];

        while (list->next && !ngx_queue_empty(list)) {
            peer = ngx_queue_data(ngx_queue_head(list),
                                  ngx_asyncapi_http_peer_t, queue);
            ngx_queue_remove(&peer->queue);

            while (!ngx_queue_empty(&peer->idle)) {
                q = ngx_queue_head(&peer->idle);
                conn = ngx_queue_data(q, ngx_asyncapi_http_conn_t, queue);
                ngx_queue_remove(q);

#if (NGX_HTTP_SSL)
                if (conn->connection->ssl) {
                    ngx_asyncapi_http_ssl_free(conn->connection);
                }
#endif

                ngx_free(conn);
            }

#if (NGX_HTTP_SSL)
            ngx_asyncapi_http_ssl_session_drop(peer);
#endif

            ngx_free(peer);
        }
    }
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * The connections of a worker process, for the client's own files only.
 *
 * A connection has one owner: a call, or the pool while it is idle.  Its
 * events are registered once and stay so.  An idle connection refers to no
 * request: its logs are the cycle's.
 */


#ifndef _NGX_ASYNCAPI_HTTP_POOL_H_INCLUDED_
#define _NGX_ASYNCAPI_HTTP_POOL_H_INCLUDED_


#include "ngx_asyncapi_http.h"


typedef struct ngx_asyncapi_http_peer_s  ngx_asyncapi_http_peer_t;


struct ngx_asyncapi_http_conn_s {
    ngx_connection_t          *connection;   /* its data is this */
    ngx_asyncapi_http_peer_t  *peer;         /* NULL: borrowed from nginx's
                                                keepalive */
    ngx_asyncapi_http_call_t  *call;         /* NULL: idle */

    ngx_queue_t                queue;        /* while idle: peer->idle */
    ngx_msec_t                 expires;      /* while idle */

    unsigned                   reused:1;     /* an answer has come on it */
};


/* an idle connection, the one used last; NULL: there is none */
ngx_asyncapi_http_conn_t *ngx_asyncapi_http_pool_get(
    struct sockaddr *sockaddr, socklen_t socklen, ngx_log_t *log);

/* a connection that nginx's keepalive lends; NULL: no memory, c is closed */
ngx_asyncapi_http_conn_t *ngx_asyncapi_http_pool_borrow(ngx_connection_t *c);
/* gives it up: the connection itself is left as it is */
ngx_connection_t *ngx_asyncapi_http_pool_return(
    ngx_asyncapi_http_conn_t *conn);

/*
 * A new connection: NGX_OK: it is there; NGX_AGAIN: the write event will say;
 * NGX_DECLINED: connect() failed, *err is why; NGX_ERROR: this side has no
 * socket, no memory or no free connection (logged).
 */
ngx_int_t ngx_asyncapi_http_pool_connect(struct sockaddr *sockaddr,
    socklen_t socklen, ngx_log_t *log, ngx_asyncapi_http_conn_t **conn,
    ngx_err_t *err);

/*
 * The answer is read to its end: makes the connection idle, or closes it.
 * "idle" is what the peer said of it in seconds, or 0.
 */
void ngx_asyncapi_http_pool_keep(ngx_asyncapi_http_conn_t *conn,
    ngx_asyncapi_http_conf_t *conf, ngx_uint_t idle);
void ngx_asyncapi_http_pool_close(ngx_asyncapi_http_conn_t *conn);

/* forgets the idle connections, whose process ends */
void ngx_asyncapi_http_pool_exit(void);

/* closes a connection that has no ngx_asyncapi_http_conn_t */
void ngx_asyncapi_http_close(ngx_connection_t *c);

/* whether neither bytes nor an end have come to an idle connection */
ngx_uint_t ngx_asyncapi_http_pool_silent(ngx_connection_t *c);


#endif /* _NGX_ASYNCAPI_HTTP_POOL_H_INCLUDED_ */

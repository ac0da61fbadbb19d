
/*
 * Copyright (C) The asyncapi module authors
 *
 * The connections of a worker process, for the client's own files only.
 *
 * A connection has one owner: a call, the calls that share it, or the pool
 * while it is idle.  Its events are registered once and stay so.  An idle
 * connection refers to no request: its logs are the cycle's.
 */


#ifndef _NGX_ASYNCAPI_HTTP_POOL_H_INCLUDED_
#define _NGX_ASYNCAPI_HTTP_POOL_H_INCLUDED_


#include "ngx_asyncapi_http.h"


/* what connections lead to: those to the same can stand in for each other */

typedef struct {
    struct sockaddr           *sockaddr;
    socklen_t                  socklen;
    ngx_asyncapi_http_ssl_t   *ssl;          /* NULL: it is not encrypted */
    ngx_str_t                  name;         /* with ssl: the server's */
} ngx_asyncapi_http_key_t;


typedef struct {
    ngx_queue_t                queue;        /* the pool's */
    ngx_queue_t                idle;         /* ..._conn_t, last used first */
    ngx_uint_t                 nidle;
    ngx_uint_t                 nconns;       /* idle or not */
    time_t                     plain;        /* not pipelined until then */
    size_t                     answer;       /* bytes that a pipelined one has
                                                at least; 0: not known */
    ngx_uint_t                 bursts;       /* of pipelined ones, whose first
                                                was held */
    ngx_uint_t                 parts;        /* they come one by one, as far as
                                                is known */

    ngx_asyncapi_http_key_t    key;          /* its name ends in a NUL */
    ngx_sockaddr_t             sockaddr;

#if (NGX_HTTP_SSL)
    ngx_ssl_session_t         *session;      /* or NULL */
    time_t                     session_expires;
    ngx_queue_t                session_queue;
#endif
} ngx_asyncapi_http_peer_t;


struct ngx_asyncapi_http_conn_s {
    ngx_connection_t          *connection;   /* its data is this */
    ngx_asyncapi_http_peer_t  *peer;         /* NULL: borrowed from nginx's
                                                keepalive */
    ngx_asyncapi_http_call_t  *call;         /* NULL: idle; the one that
                                                receives */

    ngx_queue_t                queue;        /* while idle: peer->idle; with a
                                                group: its conns */
    ngx_msec_t                 expires;      /* while idle */
    int                        lowat;        /* bytes that wake the worker */

#if (NGX_HTTP_SSL)
    ngx_str_t                  failure;      /* what SSL told last, or empty */
#endif

    /* while shared */
    ngx_asyncapi_http_group_t *group;        /* NULL: no more calls may join */
    ngx_queue_t                calls;        /* in the order of requests */
    ngx_uint_t                 ncalls;
    ngx_msec_t                 since;        /* its first call has it */
    ngx_msec_t                 hold;         /* answers are held so long; 0:
                                                not yet known */

    unsigned                   reused:1;     /* an answer has come on it */
    unsigned                   waiting:1;    /* of the call's answer, which is
                                                not shared, nothing has been
                                                received */
    unsigned                   shared:1;
    unsigned                   answered:1;   /* one has come since */
    unsigned                   held:1;       /* whether to hold the first one
                                                has been decided */
    unsigned                   released:1;   /* no answer is held any more */
};


/* an idle connection, the one used last; NULL: there is none */
ngx_asyncapi_http_conn_t *ngx_asyncapi_http_pool_get(
    ngx_asyncapi_http_key_t *key, ngx_log_t *log);

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
ngx_int_t ngx_asyncapi_http_pool_connect(ngx_asyncapi_http_key_t *key,
    ngx_log_t *log, ngx_asyncapi_http_conn_t **conn, ngx_err_t *err);

/*
 * The answer is read to its end: makes the connection idle, or closes it.
 * "idle" is what the peer said of it in seconds, or 0.
 */
void ngx_asyncapi_http_pool_keep(ngx_asyncapi_http_conn_t *conn,
    ngx_asyncapi_http_conf_t *conf, ngx_uint_t idle);
void ngx_asyncapi_http_pool_close(ngx_asyncapi_http_conn_t *conn);

/* forgets the idle connections, whose process ends */
void ngx_asyncapi_http_pool_exit(void);

/* whether it leads there */
ngx_uint_t ngx_asyncapi_http_pool_leads(ngx_asyncapi_http_conn_t *conn,
    ngx_asyncapi_http_key_t *key);

/* the peer is not fit for pipelining, for a while */
void ngx_asyncapi_http_pool_plain(ngx_asyncapi_http_conn_t *conn);
/* 0: it is not, as far as is known, or the connection is borrowed */
ngx_uint_t ngx_asyncapi_http_pool_pipelines(ngx_asyncapi_http_conn_t *conn);

/* closes a connection that has no ngx_asyncapi_http_conn_t */
void ngx_asyncapi_http_close(ngx_connection_t *c);

/* whether neither bytes nor an end have come to an idle connection */
ngx_uint_t ngx_asyncapi_http_pool_silent(ngx_connection_t *c);


#endif /* _NGX_ASYNCAPI_HTTP_POOL_H_INCLUDED_ */

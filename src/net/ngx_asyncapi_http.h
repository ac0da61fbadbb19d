
/*
 * Copyright (C) The asyncapi module authors
 *
 * An HTTP/1.1 client in nginx's event loop.
 *
 * An origin says where calls go.  It is made when the configuration is read;
 * its peers are nginx's own upstreams, so that names of upstream {} blocks and
 * literal hosts go through nginx's balancers alike.  A call is one request and
 * its answer, over a connection of the worker's pool.
 *
 * Thread: the worker's event loop.
 */


#ifndef _NGX_ASYNCAPI_HTTP_H_INCLUDED_
#define _NGX_ASYNCAPI_HTTP_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include "ngx_asyncapi_http_parse.h"


typedef struct ngx_asyncapi_http_conn_s  ngx_asyncapi_http_conn_t;
typedef struct ngx_asyncapi_http_call_s  ngx_asyncapi_http_call_t;
typedef struct ngx_asyncapi_http_inflate_s  ngx_asyncapi_http_inflate_t;
typedef struct ngx_asyncapi_http_ssl_s  ngx_asyncapi_http_ssl_t;


/* what the connections of calls are kept by; read-only */

typedef struct {
    ngx_uint_t                      idle;      /* connections kept per peer;
                                                  0: none; or ..._IDLE_HALF */
    ngx_msec_t                      idle_time; /* kept at most; a shorter
                                                  Keep-Alive is honoured */
    ngx_msec_t                      connect_timeout;  /* and the handshake's */
    ngx_asyncapi_http_ssl_t        *ssl;       /* of calls to "https" */
} ngx_asyncapi_http_conf_t;

/* half of the connections that a worker may have */
#define NGX_ASYNCAPI_HTTP_IDLE_HALF  NGX_CONF_UNSET_UINT


/* where calls go; read-only once made */

typedef struct {
    ngx_str_t                       name;      /* as written, for messages */
    ngx_str_t                       host;      /* the Host header's value */
    ngx_http_upstream_srv_conf_t   *upstream;  /* or, without one, */
    ngx_http_upstream_resolved_t   *resolved;  /* an address; or a name to be
                                                  looked up for each call */
    ngx_uint_t                      depth;     /* of pipelining, if over 1 */

    ngx_uint_t                      ssl;       /* "https" */
    ngx_str_t                       server;    /* the host without port: whose
                                                  certificate it is to be */
} ngx_asyncapi_http_origin_t;


/* so many requests may be on their way to a host over one connection */

typedef struct {
    ngx_str_t                       host;      /* as it stands in URLs */
    ngx_uint_t                      depth;
} ngx_asyncapi_http_pipeline_t;


/* the connections that the calls of one request share */

typedef struct {
    ngx_queue_t                     conns;     /* empty at first */
} ngx_asyncapi_http_group_t;


typedef enum {
    NGX_ASYNCAPI_HTTP_OK = 0,
    NGX_ASYNCAPI_HTTP_CONNECT,      /* no connection, or it broke before the
                                       whole answer was there */
    NGX_ASYNCAPI_HTTP_INVALID,      /* the answer is no HTTP/1.x that can be
                                       understood in one way only */
    NGX_ASYNCAPI_HTTP_TOO_LARGE,
    NGX_ASYNCAPI_HTTP_NO_MEMORY
} ngx_asyncapi_http_error_e;


/* all memory is of the call's pool, and not touched any more */

typedef struct {
    ngx_uint_t                      status;
    ngx_str_t                       content_type;
    ngx_str_t                       body;
    ngx_array_t                    *headers;   /* of ngx_keyval_t: the end to
                                                  end ones, as they came; or
                                                  NULL: they are not wanted */
    ngx_uint_t                      encoded;   /* the body is, by
                                                  Content-Encoding */
} ngx_asyncapi_http_response_t;


/*
 * One call, in the caller's memory, zeroed before it is filled.  From start()
 * until the handler runs or cancel() returns it belongs to the client, and so
 * does what it points to; afterwards the client knows nothing of it.
 */

struct ngx_asyncapi_http_call_s {
    /* the caller's */

    ngx_asyncapi_http_origin_t     *origin;
    ngx_asyncapi_http_conf_t       *conf;
    ngx_http_request_t             *request;   /* for the balancers, which
                                                  allocate from its pool */
    ngx_pool_t                     *pool;
    ngx_log_t                      *log;

    ngx_str_t                       head;      /* the request's bytes; a short
                                                  body may stand behind it */
    ngx_str_t                       body;      /* is sent after the head */
    size_t                          max_body;  /* of the answer: bytes, once
                                                  inflated */
    ngx_asyncapi_http_group_t      *group;     /* of a GET or HEAD that has no
                                                  body, to be pipelined with
                                                  others; or NULL */

    unsigned                        no_body:1;     /* HEAD */
    unsigned                        idempotent:1;  /* may be sent again */
    unsigned                        gzip:1;        /* is inflated */
    unsigned                        headers:1;     /* the answer's are wanted */

    /*
     * Called exactly once, unless the call is cancelled; maybe inside start().
     * It runs in the middle of an event of a connection, so it only records
     * and posts: it must not end the request, nor start or cancel calls.
     */
    void                          (*handler)(ngx_asyncapi_http_call_t *call);
    void                           *data;

    /* what it ended with */

    ngx_asyncapi_http_error_e       error;
    const char                     *detail;    /* why, for the log */
    ngx_asyncapi_http_response_t    response;  /* of a success */

    /* private from here on */

    ngx_resolver_ctx_t             *resolving; /* NULL: no name is looked
                                                  up */
    ngx_http_upstream_t            *upstream;  /* NULL: the peer is freed */
    ngx_asyncapi_http_conn_t       *conn;
    ngx_queue_t                     queue;     /* of a shared connection, or of
                                                  what is displaced */
    size_t                          sent;      /* of head and body together */

    u_char                         *start;     /* bytes that have come: of the
                                                  head, then of the body */
    u_char                         *last;
    u_char                         *end;
    u_char                         *scan;      /* for the head's end */
    u_char                         *rest;      /* bytes behind the answer */
    size_t                          rest_size;
    u_char                         *buf;       /* of a head that came in parts,
                                                  or NULL */
    ngx_uint_t                      interim;   /* 1xx answers seen */

    ngx_asyncapi_http_framing_e     framing;
    off_t                           length;
    uint64_t                        left;      /* of the body: bytes to come,
                                                  or that may come */
    ngx_uint_t                      idle;      /* seconds; 0: not said */
    ngx_asyncapi_http_chunked_t     chunked;
    ngx_asyncapi_http_inflate_t    *inflate;   /* NULL: is taken as it is */

    unsigned                        connecting:1;
    unsigned                        displaced:1;  /* waits for begin() */
    unsigned                        unread:1;     /* of the head: has not been
                                                     looked at */
    unsigned                        received:1;   /* a byte of the answer */
    unsigned                        body_begun:1; /* the head is there */
    unsigned                        placed:1;     /* the body has its place */
    unsigned                        keepalive:1;
    unsigned                        old:1;        /* HTTP/1.0 */
};


/*
 * An origin of "host", "host:port", "[v6]:port" or "unix:/path", with port 80
 * by default, or 443 if ssl is set.  The text must last.  NULL: the error is
 * logged.  A name may not be used before ngx_asyncapi_http_complete().
 */
ngx_asyncapi_http_origin_t *ngx_asyncapi_http_origin_create(ngx_conf_t *cf,
    ngx_str_t *host, ngx_uint_t ssl);

/*
 * Once all of http {} is read and merged: names are those of an upstream {},
 * or looked up for each call where the location has a resolver, or resolved
 * now.  pipelines: of ngx_asyncapi_http_pipeline_t, or NULL.  NGX_OK, or
 * NGX_ERROR (logged).
 */
ngx_int_t ngx_asyncapi_http_complete(ngx_conf_t *cf, ngx_array_t *pipelines);

/* the depth of the host of that name, or 0 */
ngx_uint_t ngx_asyncapi_http_pipeline_depth(ngx_array_t *pipelines,
    ngx_str_t *name);

/*
 * The same as create when a request runs, with the request's memory.  NGX_OK;
 * NGX_DECLINED: it can't be a host; NGX_ERROR: no memory.
 */
ngx_int_t ngx_asyncapi_http_origin_find(ngx_http_request_t *r,
    ngx_str_t *host, ngx_uint_t ssl, ngx_asyncapi_http_origin_t *origin);

/* the call's handler tells how it went */
void ngx_asyncapi_http_start(ngx_asyncapi_http_call_t *call);

/*
 * Closes the call's connection at once; the handler is not called.  expired:
 * it took too long, which the balancer counts as a failure of the peer if that
 * has not even begun to answer.  No-op after the handler.
 */
void ngx_asyncapi_http_cancel(ngx_asyncapi_http_call_t *call,
    ngx_uint_t expired);

/*
 * The worker process ends: frees what is kept for calls to come.  No call may
 * be started after it.
 */
void ngx_asyncapi_http_exit(void);


#endif /* _NGX_ASYNCAPI_HTTP_H_INCLUDED_ */

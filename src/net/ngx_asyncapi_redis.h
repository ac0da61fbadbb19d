
/*
 * Copyright (C) The asyncapi module authors
 *
 * Redis: hiredis's asynchronous client on nginx's events.
 *
 * A server is made when the configuration is read.  Each worker process has
 * one connection to it, of a cluster one to each node, which is opened when the
 * first call comes, and kept; the calls of all requests are pipelined on it,
 * and leave in one write per turn of the event loop.
 *
 * When a connection is lost, what was sent on it fails, and nothing is sent
 * twice.  The next call opens it again.  Once an attempt has failed, calls fail
 * at once for a while, of 50 ms first and up to 2 s, and the first one after
 * it tries again: nobody waits for a server that is known to be down.
 *
 * Thread: the worker's event loop.
 */


#ifndef _NGX_ASYNCAPI_REDIS_H_INCLUDED_
#define _NGX_ASYNCAPI_REDIS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <hiredis/hiredis.h>
#include "ngx_asyncapi_redis_keys.h"
#include "ngx_asyncapi_redis_url.h"


typedef struct ngx_asyncapi_redis_server_s   ngx_asyncapi_redis_server_t;
typedef struct ngx_asyncapi_redis_call_s     ngx_asyncapi_redis_call_t;
typedef struct ngx_asyncapi_redis_conn_s     ngx_asyncapi_redis_conn_t;
typedef struct ngx_asyncapi_redis_pending_s  ngx_asyncapi_redis_pending_t;
typedef struct ngx_asyncapi_redis_cluster_s  ngx_asyncapi_redis_cluster_t;
typedef struct ngx_asyncapi_redis_watcher_s  ngx_asyncapi_redis_watcher_t;


/* how deep arrays may be in each other; hiredis 0.14 takes 7 itself */

#define NGX_ASYNCAPI_REDIS_MAX_DEPTH  128

/*
 * Bounds of one connection: calls that are waiting or sent, with those that
 * were cancelled and whose replies are still to come; and bytes to be sent.
 */

#define NGX_ASYNCAPI_REDIS_MAX_CALLS  65536
#define NGX_ASYNCAPI_REDIS_MAX_OUTPUT (16 * 1024 * 1024)

/*
 * Bytes that a reply may take in memory, if its call does not allow for more:
 * what is larger than a call allows, but not than this, is read and dropped.
 * What is larger still ends the connection.
 */

#define NGX_ASYNCAPI_REDIS_MAX_REPLY  (16 * 1024 * 1024)

#define NGX_ASYNCAPI_REDIS_TIMEOUT    5000


typedef enum {
    NGX_ASYNCAPI_REDIS_OK = 0,
    NGX_ASYNCAPI_REDIS_CONNECT,     /* no connection, or it ended before the
                                       reply was there */
    NGX_ASYNCAPI_REDIS_SILENT,      /* nothing came for the server's timeout */
    NGX_ASYNCAPI_REDIS_LIMIT,       /* too much is waiting already */
    NGX_ASYNCAPI_REDIS_TOO_LARGE,
    NGX_ASYNCAPI_REDIS_INVALID,     /* the reply is not of the protocol */
    NGX_ASYNCAPI_REDIS_NO_MEMORY,
    NGX_ASYNCAPI_REDIS_CROSSSLOT,   /* its keys are not in one slot */
    NGX_ASYNCAPI_REDIS_REFUSED      /* the server does not let keys be
                                       watched */
} ngx_asyncapi_redis_error_e;


/* an address as hiredis wants it */

typedef struct {
    char                            text[NGX_SOCKADDR_STRLEN];
    int                             port;      /* 0: text is not used, it is
                                                  the socket of the host */
} ngx_asyncapi_redis_addr_t;


/* where a connection goes to: a host and its addresses */

typedef struct {
    ngx_asyncapi_redis_host_t       host;
    ngx_asyncapi_redis_addr_t      *addrs;
    ngx_uint_t                      naddrs;    /* 0: is resolved when a
                                                  connection is opened */
} ngx_asyncapi_redis_target_t;


/* what asyncapi_redis says; read-only when requests run, but for the
   worker's */

struct ngx_asyncapi_redis_server_s {
    ngx_str_t                       name;
    ngx_asyncapi_redis_url_t        url;
    ngx_msec_t                      timeout;   /* to connect, and of silence
                                                  while calls wait */
    ngx_uint_t                      protocol;  /* RESP2 or RESP3 */
    void                           *tls;       /* SSL_CTX, or NULL */

    ngx_resolver_t                 *resolver;  /* or NULL */
    ngx_msec_t                      resolver_timeout;

    ngx_asyncapi_redis_target_t    *targets;   /* url.hosts, in their order */

    ngx_asyncapi_redis_conn_t      *conn;      /* the worker's; NULL: none */
    ngx_asyncapi_redis_cluster_t   *cluster;   /* likewise, of CLUSTER */
    ngx_asyncapi_redis_watcher_t   *watcher;   /* likewise, of watches */
};


/*
 * One command and its reply, in the caller's memory, zeroed before it is
 * filled.  From start() until the handler is called or cancel() returns it
 * belongs to the client, and so does what it points to.
 */

struct ngx_asyncapi_redis_call_s {
    /* the caller's */

    ngx_asyncapi_redis_server_t    *server;
    ngx_pool_t                     *pool;
    ngx_str_t                      *argv;      /* the command first */
    ngx_uint_t                      argc;
    const ngx_asyncapi_redis_keys_t *keys;     /* of the command */
    size_t                          max_reply; /* bytes of it in memory */
    ngx_str_t                       command;   /* as it is sent, or empty:
                                                  start() makes it */

    /*
     * Called exactly once, unless the call is cancelled; maybe inside start().
     * It runs in the middle of an event of the connection, so it only records
     * and posts: it must not start or cancel calls.
     */
    void                          (*handler)(ngx_asyncapi_redis_call_t *call);
    void                           *data;

    /* what it ended with, for as long as the handler runs */

    ngx_asyncapi_redis_error_e      error;
    const char                     *detail;    /* why, for the log */
    redisReply                     *reply;     /* of OK, also an error reply */
    size_t                          size;      /* bytes of it in memory */
    ngx_uint_t                      sent;      /* the server may have seen it,
                                                  also where it is cancelled */

    /* private from here on */

    ngx_asyncapi_redis_pending_t   *pending;   /* it is sent */
    ngx_pool_t                    **memory;    /* of the reply */
    ngx_uint_t                     *nwaiting;  /* it is one of, or NULL */
    ngx_queue_t                     queue;     /* of those */

    ngx_uint_t                      slot;      /* SLOTS: none */
    ngx_uint_t                      redirects; /* that were followed */
    unsigned                        asking:1;  /* the next one, by ASK */
};


/*
 * Whether this build can talk to what the URL names.  NGX_OK; NGX_DECLINED:
 * *message says why not and what to write.
 */
ngx_int_t ngx_asyncapi_redis_url_known(ngx_asyncapi_redis_url_t *url,
    const char **message);

/*
 * Once all of http {} is read: addresses, and the context of TLS.  NGX_OK or
 * NGX_ERROR (logged).
 */
ngx_int_t ngx_asyncapi_redis_prepare(ngx_conf_t *cf,
    ngx_asyncapi_redis_server_t *server);

/*
 * The command of these arguments as it is sent, in new memory of the pool with
 * a zero byte behind it, which hiredis reads.  NGX_OK; NGX_ERROR: no memory;
 * NGX_DECLINED: it is longer than may be to be sent.  Thread: any that the pool
 * belongs to.
 */
ngx_int_t ngx_asyncapi_redis_format(ngx_pool_t *pool, ngx_str_t *argv,
    ngx_uint_t argc, ngx_str_t *command);

/* the call's handler tells how it went */
void ngx_asyncapi_redis_start(ngx_asyncapi_redis_call_t *call);

/*
 * The handler is not called any more; a reply that is still to come is read
 * and dropped.  No-op after the handler.
 */
void ngx_asyncapi_redis_cancel(ngx_asyncapi_redis_call_t *call);

/*
 * For the handler: the reply is the caller's, for as long as the pool that is
 * returned, in which it lies.  Any thread may read it and destroy the pool.
 */
ngx_pool_t *ngx_asyncapi_redis_take(ngx_asyncapi_redis_call_t *call);

/* the worker process ends: connections are closed, no handler is called */
void ngx_asyncapi_redis_exit(void);


#endif /* _NGX_ASYNCAPI_REDIS_H_INCLUDED_ */

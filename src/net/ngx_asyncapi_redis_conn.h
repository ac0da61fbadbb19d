
/*
 * Copyright (C) The asyncapi module authors
 *
 * A connection to one Redis process, for the files of the client only.
 *
 * The connection lasts as long as its worker; hiredis's context, the socket
 * and nginx's connection come and go together.  hiredis owns the socket and
 * frees its context by itself, inside whatever function it is called by, and
 * says so by the "cleanup" hook: conn->context is NULL from then on, and is
 * looked at after each call of hiredis.
 */


#ifndef _NGX_ASYNCAPI_REDIS_CONN_H_INCLUDED_
#define _NGX_ASYNCAPI_REDIS_CONN_H_INCLUDED_


#include <ngx_event.h>
#include <hiredis/async.h>
#include "ngx_asyncapi_redis.h"


#define NGX_ASYNCAPI_REDIS_STATES(X)                                         \
    X(IDLE,       "idle")         /* no connection; a call opens one */      \
    X(CONNECTING, "connecting")   /* calls wait in conn->waiting */          \
    X(UP,         "up")           /* calls are sent */                       \
    X(DOWN,       "down")         /* an attempt failed: calls fail until
                                     conn->retry */

typedef enum {
#define X(id, name)  NGX_ASYNCAPI_REDIS_STATE_##id,
    NGX_ASYNCAPI_REDIS_STATES(X)
#undef X
    NGX_ASYNCAPI_REDIS_STATE_N
} ngx_asyncapi_redis_state_e;


/*
 * A command that is sent, outside of any pool: the reply may come after its
 * request is gone.
 */

struct ngx_asyncapi_redis_pending_s {
    ngx_asyncapi_redis_conn_t      *conn;
    ngx_asyncapi_redis_call_t      *call;      /* NULL: cancelled */
    ngx_asyncapi_redis_error_e      error;     /* of its reply alone, or OK */
};


struct ngx_asyncapi_redis_conn_s {
    ngx_queue_t                     queue;     /* of the worker's */
    ngx_asyncapi_redis_server_t    *server;
    ngx_asyncapi_redis_target_t    *target;
    ngx_asyncapi_redis_state_e      state;

    /* finds the target before each attempt, or NULL: it is known */
    void                          (*locate)(ngx_asyncapi_redis_conn_t *conn);
    void                           *locator;
    ngx_asyncapi_redis_cluster_t   *cluster;   /* it is a node of, or NULL */
    ngx_asyncapi_redis_watcher_t   *watcher;   /* it is one of, or NULL */
    ngx_pool_t                     *pool;      /* the locator's, or NULL */

    /*
     * it has ended (detail is empty where it was not needed any more), or can
     * not be made; maybe inside of hiredis; or NULL
     */
    void                          (*lost)(ngx_asyncapi_redis_conn_t *conn);

    redisAsyncContext              *context;   /* NULL: there is none */
    ngx_connection_t               *connection;

    ngx_asyncapi_redis_addr_t      *addrs;     /* that can be connected to */
    ngx_uint_t                      naddrs;
    ngx_uint_t                      addr;      /* the current one */
    ngx_uint_t                      tried;     /* of this attempt */
    ngx_asyncapi_redis_addr_t      *resolved;  /* addrs, of the heap */
    ngx_resolver_ctx_t             *resolving;

    ngx_queue_t                     waiting;   /* calls; CONNECTING */
    ngx_uint_t                      nwaiting;
    ngx_uint_t                      npending;  /* sent, reply not there */
    ngx_uint_t                      nsetup;    /* likewise, of our own */
    size_t                          reply;     /* bytes of the one that is
                                                  being read */
    ngx_pool_t                     *memory;    /* of that one, or of the last
                                                  ones; or NULL */
    u_char                         *bulk;      /* a large string of it, in that
                                                  memory, or NULL */
    u_char                         *bulk_last; /* what of it is there */
    size_t                          bulk_size; /* all of it */

    ngx_event_t                     flush;     /* posted: there is output */
    ngx_event_t                     ended;     /* posted: an attempt is over */
    ngx_event_t                     timer;     /* to connect; of silence */
    ngx_msec_t                      heard;     /* when something came last, or
                                                  began to be waited for */

    ngx_msec_t                      delay;     /* before the next attempt */
    ngx_msec_t                      retry;     /* DOWN: when that may be */

    ngx_asyncapi_redis_error_e      error;     /* of what is lost with it */
    char                            detail[256];

    unsigned                        inside:1;  /* of hiredis */
    unsigned                        dropping:1;  /* as soon as it is not */
    unsigned                        replied:1; /* of a reply some has come */
    unsigned                        closing:1; /* nobody is to be told */
    unsigned                        plain:1;   /* nothing is to be set up */
    unsigned                        listening:1;  /* only messages come */
};


/* ---- conn.c: the states ---- */

/* NULL: no memory; the target must last */
ngx_asyncapi_redis_conn_t *ngx_asyncapi_redis_conn_create(
    ngx_asyncapi_redis_server_t *server, ngx_asyncapi_redis_target_t *target);

/* sends the call, or lets it wait, or ends it */
void ngx_asyncapi_redis_conn_call(ngx_asyncapi_redis_conn_t *conn,
    ngx_asyncapi_redis_call_t *call);

/*
 * Ends an attempt, or what is up, at once or when hiredis returns; what was
 * sent fails with the error.  Of several reasons the first one stands.
 */
void ngx_asyncapi_redis_conn_drop(ngx_asyncapi_redis_conn_t *conn,
    ngx_asyncapi_redis_error_e error, const char *detail);

/* the socket has connected; inside of hiredis */
void ngx_asyncapi_redis_conn_connected(ngx_asyncapi_redis_conn_t *conn);

/* the context goes away, inside of hiredis */
void ngx_asyncapi_redis_conn_gone(ngx_asyncapi_redis_conn_t *conn);

/* hiredis has returned: drops what is to be dropped */
void ngx_asyncapi_redis_conn_settle(ngx_asyncapi_redis_conn_t *conn);

/* the addresses are there, or (naddrs is 0) they are not: detail says why */
void ngx_asyncapi_redis_conn_resolved(ngx_asyncapi_redis_conn_t *conn);

/*
 * Ends a connection for good, and frees it; not inside of hiredis.  Nothing is
 * sent on it or waits for it, or conn->closing is set.
 */
void ngx_asyncapi_redis_conn_free(ngx_asyncapi_redis_conn_t *conn);

/* all that are left; the worker ends */
void ngx_asyncapi_redis_conn_exit(void);


/* ---- setup.c: what is sent before anything else ---- */

/* NGX_OK: conn->nsetup commands are sent; NGX_ERROR: it is to be dropped */
ngx_int_t ngx_asyncapi_redis_setup(ngx_asyncapi_redis_conn_t *conn);

/* all of them have succeeded */
void ngx_asyncapi_redis_conn_up(ngx_asyncapi_redis_conn_t *conn);


/* ---- event.c: hiredis on nginx's events ---- */

/*
 * Opens a context to the address.  NGX_OK: it is connecting; NGX_ERROR:
 * conn->detail says why, and there is no context.
 */
ngx_int_t ngx_asyncapi_redis_open(ngx_asyncapi_redis_conn_t *conn,
    ngx_asyncapi_redis_addr_t *addr);

/* writes the output; there is a context */
void ngx_asyncapi_redis_flush(ngx_asyncapi_redis_conn_t *conn);

/* likewise, of conn->flush */
void ngx_asyncapi_redis_flush_handler(ngx_event_t *ev);

/* frees the context, which calls ngx_asyncapi_redis_conn_gone() */
void ngx_asyncapi_redis_close(ngx_asyncapi_redis_conn_t *conn);

/*
 * Appends a command to the output.  NGX_OK: fn will be called exactly once;
 * NGX_ERROR: it will not.  The context may be gone afterwards.
 */
ngx_int_t ngx_asyncapi_redis_write(ngx_asyncapi_redis_conn_t *conn,
    ngx_str_t *command, redisCallbackFn *fn, void *data);

/* bytes that are still to be sent */
size_t ngx_asyncapi_redis_output(ngx_asyncapi_redis_conn_t *conn);

/* there is output: it is written soon */
void ngx_asyncapi_redis_add_write(void *data);


/* ---- reply.c: what hiredis makes of what it reads ---- */

/* replies of the reader are made here; of a new context */
void ngx_asyncapi_redis_reader(ngx_asyncapi_redis_conn_t *conn,
    redisReader *reader);

/*
 * hiredis has read.  What has come and is no whole element yet it would keep,
 * all of it; returns whether that is more than it may be.
 */
ngx_uint_t ngx_asyncapi_redis_rest(ngx_asyncapi_redis_conn_t *conn);

/* all callbacks of what was read have been called: gives back its memory */
void ngx_asyncapi_redis_replied(ngx_asyncapi_redis_conn_t *conn);

/* the context goes away, and a reply that is not all there with it */
void ngx_asyncapi_redis_forget(ngx_asyncapi_redis_conn_t *conn);


/* ---- listen.c ---- */

/*
 * Sends SUBSCRIBE on a connection that is up and has nothing pending: what
 * comes from now on is the watcher's.  NGX_OK or NGX_ERROR (no memory).
 */
ngx_int_t ngx_asyncapi_redis_listen(ngx_asyncapi_redis_conn_t *conn,
    ngx_str_t *command);

/* messages can be read */
void ngx_asyncapi_redis_messages(ngx_asyncapi_redis_conn_t *conn);


/* ---- resolve.c: addresses ---- */

/* when the configuration is read: NGX_OK, NGX_ERROR (logged) */
ngx_int_t ngx_asyncapi_redis_resolve_conf(ngx_conf_t *cf,
    ngx_asyncapi_redis_server_t *server);

/* the target's: calls ngx_asyncapi_redis_conn_resolved(), maybe at once */
void ngx_asyncapi_redis_resolve(ngx_asyncapi_redis_conn_t *conn);
void ngx_asyncapi_redis_resolve_cancel(ngx_asyncapi_redis_conn_t *conn);
void ngx_asyncapi_redis_resolve_failed(ngx_asyncapi_redis_conn_t *conn,
    const char *detail);


/* ---- sentinel.c ---- */

/*
 * A connection to the master that the server's sentinels name, who are asked
 * before each attempt.  NULL: no memory.
 */
ngx_asyncapi_redis_conn_t *ngx_asyncapi_redis_sentinel(
    ngx_asyncapi_redis_server_t *server);


/* ---- cluster.c ---- */

/* the call goes to the node that has its keys, or ends */
void ngx_asyncapi_redis_cluster_start(ngx_asyncapi_redis_call_t *call);

/*
 * A node's reply to a call, which has left the node.  NGX_OK: it is on its way
 * to another one; NGX_DECLINED: the reply is the caller's.
 */
ngx_int_t ngx_asyncapi_redis_cluster_reply(ngx_asyncapi_redis_conn_t *conn,
    ngx_asyncapi_redis_call_t *call, redisReply *reply);

/* a node can't be reached any more, or still not; maybe inside of hiredis */
void ngx_asyncapi_redis_cluster_lost(ngx_asyncapi_redis_conn_t *conn);

/* the worker ends */
void ngx_asyncapi_redis_cluster_exit(void);


/* ---- watch.c ---- */

/* what a connection that listens has brought, gone afterwards */
void ngx_asyncapi_redis_watch_message(ngx_asyncapi_redis_conn_t *conn,
    redisReply *reply);

/* whether it has watches */
ngx_uint_t ngx_asyncapi_redis_watched(ngx_asyncapi_redis_watcher_t *w);

/* the worker ends */
void ngx_asyncapi_redis_watch_exit(void);


/* ---- tls.c ---- */

/* the context of a server whose URL says so: NGX_OK, NGX_ERROR (logged) */
ngx_int_t ngx_asyncapi_redis_tls_prepare(ngx_conf_t *cf,
    ngx_asyncapi_redis_server_t *server);

/* hiredis's context talks TLS from now on, if it is to: NGX_OK, NGX_ERROR */
ngx_int_t ngx_asyncapi_redis_tls(ngx_asyncapi_redis_conn_t *conn,
    redisContext *context);


/* ---- redis.c ---- */

/* a connection of one's own, to a server that is no cluster; NULL: no memory */
ngx_asyncapi_redis_conn_t *ngx_asyncapi_redis_conn_new(
    ngx_asyncapi_redis_server_t *server);

/* as ngx_asyncapi_redis_start(), on that connection */
void ngx_asyncapi_redis_start_on(ngx_asyncapi_redis_conn_t *conn,
    ngx_asyncapi_redis_call_t *call);

/* ends a call, which has left whatever it was in */
void ngx_asyncapi_redis_call_done(ngx_asyncapi_redis_call_t *call,
    ngx_asyncapi_redis_error_e error, const char *detail);

/* an error reply that begins so */
ngx_uint_t ngx_asyncapi_redis_is_error(redisReply *reply, const char *begin);


#endif /* _NGX_ASYNCAPI_REDIS_CONN_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * Keys that are watched: whoever waits for a change of one is told, and costs
 * nothing until then.
 *
 * Redis itself remembers which keys were read on a connection, and sends what
 * is changed of them to another one, once ("CLIENT TRACKING", since Redis 6).
 * So a worker that watches has two connections to a server, for all keys: one
 * to look on, and one to be told on.  To look is to be told of the next change;
 * there is no moment between the two.  When either is lost, both are made anew,
 * and all keys are to be looked at again.
 *
 * Thread: the worker's event loop.
 */


#ifndef _NGX_ASYNCAPI_REDIS_WATCH_H_INCLUDED_
#define _NGX_ASYNCAPI_REDIS_WATCH_H_INCLUDED_


#include "ngx_asyncapi_redis.h"


typedef struct ngx_asyncapi_redis_watch_s  ngx_asyncapi_redis_watch_t;


/* of a key, in the caller's memory, zeroed before it is filled */

struct ngx_asyncapi_redis_watch_s {
    /* the caller's */

    ngx_asyncapi_redis_server_t    *server;
    ngx_str_t                       key;

    /*
     * The key is to be looked at: it may have changed, or nobody has looked
     * yet.  Or, if there is an error, it is not watched any more; of those that
     * were told once none ends but by REFUSED.  Called by an event of its own,
     * not inside start().
     */
    void                          (*handler)(ngx_asyncapi_redis_watch_t *watch);
    void                           *data;

    /* for as long as the handler runs */

    ngx_asyncapi_redis_error_e      error;
    const char                     *detail;

    /* private from here on */

    ngx_asyncapi_redis_watcher_t   *watcher;   /* NULL: it is not watched */
    ngx_queue_t                     queue;     /* of its bucket */
    ngx_queue_t                     dirty;     /* of those to be told */
    unsigned                        marked:1;  /* it is one of them */
    unsigned                        told:1;    /* once at least */
};


/* NGX_OK, or NGX_ERROR (no memory) */
ngx_int_t ngx_asyncapi_redis_watch_start(ngx_asyncapi_redis_watch_t *watch);

/* no-op if it is not watched */
void ngx_asyncapi_redis_watch_stop(ngx_asyncapi_redis_watch_t *watch);

/*
 * Starts a call that reads the key.  NGX_OK; NGX_DECLINED: it is not started,
 * and the handler will be called again.  A call that fails with CONNECT or
 * SILENT is followed by it, too.
 */
ngx_int_t ngx_asyncapi_redis_watch_look(ngx_asyncapi_redis_watch_t *watch,
    ngx_asyncapi_redis_call_t *call);

/* the handler is to be called again; may be called inside that of a call */
void ngx_asyncapi_redis_watch_again(ngx_asyncapi_redis_watch_t *watch);


#endif /* _NGX_ASYNCAPI_REDIS_WATCH_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * What the files of watches share: the watcher of a server, which lasts as long
 * as its worker.
 */


#ifndef _NGX_ASYNCAPI_REDIS_WATCHER_H_INCLUDED_
#define _NGX_ASYNCAPI_REDIS_WATCHER_H_INCLUDED_


#include "ngx_asyncapi_redis_conn.h"
#include "ngx_asyncapi_redis_watch.h"


#define NGX_ASYNCAPI_REDIS_BUCKETS  4096


#define NGX_ASYNCAPI_REDIS_WATCHER_STATES(X)                                 \
    X(IDLE,   "idle")     /* no connections, and nothing is watched */       \
    X(ID,     "id")       /* the id of the one to be told on is asked for */ \
    X(TRACK,  "track")    /* the other one is told of it */                  \
    X(LISTEN, "listen")   /* it is subscribed to what is changed */          \
    X(UP,     "up")                                                          \
    X(LOST,   "lost")     /* both are to be closed */                        \
    X(DOWN,   "down")     /* an attempt failed: there is another one soon */

typedef enum {
#define X(id, name)  NGX_ASYNCAPI_REDIS_WATCHER_##id,
    NGX_ASYNCAPI_REDIS_WATCHER_STATES(X)
#undef X
    NGX_ASYNCAPI_REDIS_WATCHER_STATE_N
} ngx_asyncapi_redis_watcher_state_e;


struct ngx_asyncapi_redis_watcher_s {
    ngx_queue_t                          queue;    /* of the worker's */
    ngx_asyncapi_redis_server_t         *server;
    ngx_asyncapi_redis_watcher_state_e   state;

    ngx_asyncapi_redis_conn_t           *told;     /* to be told on, or NULL */
    ngx_asyncapi_redis_conn_t           *look;     /* to look on, or NULL */

    ngx_asyncapi_redis_call_t            call;     /* of ID, of TRACK */
    ngx_pool_t                          *pool;     /* its memory, or NULL */

    ngx_event_t                          step;     /* posted: a call has ended,
                                                      or a connection */
    ngx_event_t                          tell;     /* posted: dirty is not
                                                      empty */
    ngx_event_t                          retry;    /* timer; DOWN */
    ngx_msec_t                           pause;
    ngx_msec_t                           since;    /* when it came up */

    ngx_uint_t                           nwatches;
    ngx_queue_t                          dirty;    /* watches to be told */

    ngx_asyncapi_redis_error_e           error;    /* why it is LOST */
    char                                 detail[256];

    ngx_queue_t                          buckets[NGX_ASYNCAPI_REDIS_BUCKETS];
};


/* ---- watcher.c: its connections ---- */

/* of a new one */
void ngx_asyncapi_redis_watcher_init(ngx_asyncapi_redis_watcher_t *w);

/* IDLE: makes the connections */
void ngx_asyncapi_redis_watcher_open(ngx_asyncapi_redis_watcher_t *w);

/* LISTEN: it is subscribed */
void ngx_asyncapi_redis_watcher_up(ngx_asyncapi_redis_watcher_t *w);

/* to be closed, and maybe made anew, by an event of its own */
void ngx_asyncapi_redis_watcher_lost(ngx_asyncapi_redis_watcher_t *w,
    ngx_asyncapi_redis_error_e error, const char *detail, size_t len);

/* not inside of hiredis: all is ended, and it is IDLE */
void ngx_asyncapi_redis_watcher_close(ngx_asyncapi_redis_watcher_t *w);


/* ---- watch.c: who watches ---- */

/* all are to look; or, where it is down, to hear of it if it is news to them */
void ngx_asyncapi_redis_watcher_all(ngx_asyncapi_redis_watcher_t *w);


#endif /* _NGX_ASYNCAPI_REDIS_WATCHER_H_INCLUDED_ */

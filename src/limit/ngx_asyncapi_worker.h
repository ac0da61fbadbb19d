
/*
 * Copyright (C) The asyncapi module authors
 *
 * A worker process as the others see it, in shared memory: whether it is
 * alive, and how to wake it.
 *
 * It is alive as long as it holds a robust mutex, which the system lets go in
 * the moment the process ends, however it ends.  It is woken by a datagram to a
 * socket of its own, whose address others find here: so neither has anything
 * to be inherited, and workers of an old configuration wake those of a new one.
 *
 * Thread: the worker's event loop.  The caller has locked the shared memory
 * where a worker is an argument.
 */


#ifndef _NGX_ASYNCAPI_WORKER_H_INCLUDED_
#define _NGX_ASYNCAPI_WORKER_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <pthread.h>


/* where a worker hears; may be copied */

typedef struct {
    struct sockaddr_un    sockaddr;
    socklen_t             socklen;
} ngx_asyncapi_bell_t;


typedef struct {
    ngx_queue_t           queue;     /* the owner's */
    ngx_queue_t           shares;    /* likewise */
    pthread_mutex_t       alive;
    ngx_asyncapi_bell_t   bell;
    ngx_pid_t             pid;
} ngx_asyncapi_worker_t;


/*
 * This process, in memory that others see: NGX_OK, or NGX_ERROR (logged).
 * release(): it goes; or has gone, which dead() has found.
 */
ngx_int_t ngx_asyncapi_worker_init(ngx_asyncapi_worker_t *worker,
    ngx_log_t *log);
void ngx_asyncapi_worker_release(ngx_asyncapi_worker_t *worker);

/* whether another process has ended: 1, and then it is to be released, or 0 */
ngx_uint_t ngx_asyncapi_worker_dead(ngx_asyncapi_worker_t *worker);

/*
 * This process begins to hear: the handler is called once for any number of
 * rings.  NULL: it can't (logged).  close() before the process ends.
 */
ngx_connection_t *ngx_asyncapi_bell_open(ngx_asyncapi_bell_t *bell,
    void (*handler)(void), ngx_log_t *log);
void ngx_asyncapi_bell_close(ngx_connection_t *c);

/* wakes the process that hears it; never waits */
void ngx_asyncapi_bell_ring(ngx_connection_t *c, ngx_asyncapi_bell_t *bell);


#endif /* _NGX_ASYNCAPI_WORKER_H_INCLUDED_ */

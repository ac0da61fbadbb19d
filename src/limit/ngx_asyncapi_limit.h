
/*
 * Copyright (C) The asyncapi module authors
 *
 * Limits: named semaphores over all workers, in a zone of shared memory.
 *
 * What a worker holds is a lease of its process: when that ends, however it
 * ends, its slots are free again.  That is seen when a slot is wanted and none
 * is free, and by the workers whose waiters wait.  A slot that is given back is
 * granted to the worker whose turn it is, which is woken; in a worker it is
 * first come, first served.  Nothing asks again and again.
 *
 * Thread: the worker's event loop; the configuration's where it is said.
 */


#ifndef _NGX_ASYNCAPI_LIMIT_H_INCLUDED_
#define _NGX_ASYNCAPI_LIMIT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>


typedef struct ngx_asyncapi_limit_s  ngx_asyncapi_limit_t;
typedef struct ngx_asyncapi_slot_s   ngx_asyncapi_slot_t;


/* a limit as it is configured, and what this process has of it */

struct ngx_asyncapi_limit_s {
    ngx_str_t                  name;
    ngx_uint_t                 size;      /* slots */
    ngx_uint_t                 queue;     /* waiters of all workers */
    ngx_msec_t                 wait;      /* of one waiter; 0: without end */

    /* its own */
    ngx_shm_zone_t            *zone;
    ngx_queue_t                link;      /* of this process's limits */
    ngx_queue_t                waiters;   /* ngx_asyncapi_slot_t */
    void                      *shared;    /* in the zone; or NULL */
};


typedef enum {
    NGX_ASYNCAPI_SLOT_FREE = 0,
    NGX_ASYNCAPI_SLOT_WAITING,
    NGX_ASYNCAPI_SLOT_HELD
} ngx_asyncapi_slot_e;


/* one that wants a slot, or has it; zeroed, then the first three set */

struct ngx_asyncapi_slot_s {
    ngx_asyncapi_limit_t      *limit;

    /*
     * A waiter has its slot (granted), or has waited for limit->wait.  It is
     * not to take or give slots: it posts.
     */
    void                     (*handler)(ngx_asyncapi_slot_t *slot,
                                   ngx_uint_t granted);
    void                      *data;

    /* its own */
    ngx_asyncapi_slot_e        state;
    ngx_queue_t                queue;     /* in limit->waiters */
    ngx_event_t                timer;
};


/*
 * The zone that the limits are in, of "size" bytes: at least 8 pages.  limits:
 * of ngx_asyncapi_limit_t *, which are of that zone from now on.  tag: the
 * module's.  When the configuration is read; NULL: logged.
 */
ngx_shm_zone_t *ngx_asyncapi_limit_zone(ngx_conf_t *cf, size_t size,
    ngx_array_t *limits, void *tag);

/* a worker begins, and ends */
void ngx_asyncapi_limit_init_process(ngx_array_t *limits);
void ngx_asyncapi_limit_exit_process(void);

/*
 * NGX_OK: it is held; NGX_AGAIN: the handler will be called, once; NGX_BUSY:
 * none is free, and there are as many waiters as there may be, or, spare, it
 * was not to wait; NGX_ERROR: the zone is full.  give() is to be called for it
 * whatever became of it; it may be called before, and again.
 */
ngx_int_t ngx_asyncapi_slot_take(ngx_asyncapi_slot_t *slot, ngx_uint_t spare);
void ngx_asyncapi_slot_give(ngx_asyncapi_slot_t *slot);


#endif /* _NGX_ASYNCAPI_LIMIT_H_INCLUDED_ */

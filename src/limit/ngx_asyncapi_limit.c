
/*
 * Copyright (C) The asyncapi module authors
 *
 * Limits in shared memory: who takes and gives slots in this process.
 */


#include "ngx_asyncapi_limit.h"
#include "ngx_asyncapi_limit_zone.h"


/* how often waiters look for workers that have been killed */
#define NGX_ASYNCAPI_LIMIT_WATCH  250


static ngx_int_t ngx_asyncapi_limit_attach(ngx_asyncapi_limit_t *limit);
static ngx_int_t ngx_asyncapi_limit_enter(ngx_shm_zone_t *zone);
static ngx_int_t ngx_asyncapi_slot_try(ngx_asyncapi_slot_t *slot,
    ngx_uint_t queue);
static void ngx_asyncapi_slot_wait(ngx_asyncapi_slot_t *slot);
static void ngx_asyncapi_slot_overdue(ngx_event_t *ev);
static void ngx_asyncapi_slot_leave(ngx_asyncapi_slot_t *slot);
static void ngx_asyncapi_limit_grant(void);
static void ngx_asyncapi_limit_woken(void);
static void ngx_asyncapi_limit_granted(ngx_event_t *ev);
static void ngx_asyncapi_limit_claim(ngx_asyncapi_limit_t *limit);
static void ngx_asyncapi_limit_watch(ngx_event_t *ev);
static void ngx_asyncapi_limit_debug(ngx_asyncapi_limit_t *limit,
    const char *what);


/* this process */

typedef struct {
    ngx_asyncapi_limit_zone_t   *zone;     /* NULL: no limit was used yet */
    ngx_asyncapi_worker_t       *worker;   /* in the zone */
    ngx_connection_t            *bell;
    ngx_queue_t                  limits;   /* ngx_asyncapi_limit_t */
    ngx_uint_t                   waiters;  /* of all of them */
    ngx_event_t                  watch;
    ngx_event_t                  granted;  /* posted: by itself, to itself */
} ngx_asyncapi_limit_process_t;


static ngx_asyncapi_limit_process_t  ngx_asyncapi_limit_process;


void
ngx_asyncapi_limit_init_process(ngx_array_t *limits)
{
    ngx_uint_t              i;
    ngx_asyncapi_limit_t  **limit;

    limit = limits->elts;

    /* where it fails it is tried again with the first that takes a slot */

    for (i = 0; i < limits->nelts; i++) {
        (void) ngx_asyncapi_limit_attach(limit[i]);
    }

    /* there may be more slots than under the configuration before */

    if (ngx_asyncapi_limit_process.zone) {
        ngx_asyncapi_limit_grant();
    }
}


void
ngx_asyncapi_limit_exit_process(void)
{
    ngx_queue_t                   *q;
    ngx_asyncapi_limit_t          *limit;
    ngx_asyncapi_limit_process_t  *process;

    process = &ngx_asyncapi_limit_process;

    if (process->zone == NULL) {
        return;
    }

    while (!ngx_queue_empty(&process->limits)) {
        q = ngx_queue_head(&process->limits);
        ngx_queue_remove(q);

        limit = ngx_queue_data(q, ngx_asyncapi_limit_t, link);
        limit->shared = NULL;
    }

    ngx_asyncapi_limit_zone_lock(process->zone);
    ngx_asyncapi_limit_zone_remove(process->zone, process->worker);
    ngx_asyncapi_limit_zone_unlock(process->zone);

    /* what it has held is for others */

    process->worker = NULL;

    ngx_asyncapi_limit_grant();

    ngx_asyncapi_bell_close(process->bell);

    if (process->watch.timer_set) {
        ngx_del_timer(&process->watch);
    }

    if (process->granted.posted) {
        ngx_delete_posted_event(&process->granted);
    }

    process->zone = NULL;
}


static ngx_int_t
ngx_asyncapi_limit_attach(ngx_asyncapi_limit_t *limit)
{
    ngx_asyncapi_limit_process_t  *process;

    process = &ngx_asyncapi_limit_process;

    if (limit->shared) {
        return NGX_OK;
    }

    if (process->zone == NULL
        && ngx_asyncapi_limit_enter(limit->zone) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_asyncapi_limit_zone_lock(process->zone);

    limit->shared = ngx_asyncapi_limit_zone_share(process->zone,
                                                  process->worker,
                                                  &limit->name, limit->size);
    ngx_asyncapi_limit_zone_unlock(process->zone);

    if (limit->shared == NULL) {
        return NGX_ERROR;
    }

    ngx_queue_init(&limit->waiters);
    ngx_queue_insert_tail(&process->limits, &limit->link);

    return NGX_OK;
}


/* makes this process one that the others know of */

static ngx_int_t
ngx_asyncapi_limit_enter(ngx_shm_zone_t *zone)
{
    ngx_log_t                     *log;
    ngx_asyncapi_bell_t            bell;
    ngx_asyncapi_limit_process_t  *process;

    process = &ngx_asyncapi_limit_process;
    log = ngx_cycle->log;

    ngx_memzero(process, sizeof(ngx_asyncapi_limit_process_t));

    ngx_queue_init(&process->limits);

    /* an event's debug lines read its data */

    process->watch.handler = ngx_asyncapi_limit_watch;
    process->watch.data = process;
    process->watch.log = log;
    process->watch.cancelable = 1;

    process->granted.handler = ngx_asyncapi_limit_granted;
    process->granted.data = process;
    process->granted.log = log;

    process->bell = ngx_asyncapi_bell_open(&bell, ngx_asyncapi_limit_woken,
                                           log);
    if (process->bell == NULL) {
        return NGX_ERROR;
    }

    process->zone = ngx_asyncapi_limit_zone_of(zone);

    ngx_asyncapi_limit_zone_lock(process->zone);
    process->worker = ngx_asyncapi_limit_zone_add(process->zone, &bell, log);
    ngx_asyncapi_limit_zone_unlock(process->zone);

    if (process->worker == NULL) {
        ngx_asyncapi_bell_close(process->bell);
        process->zone = NULL;
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_slot_take(ngx_asyncapi_slot_t *slot, ngx_uint_t spare)
{
    ngx_int_t              rc;
    ngx_uint_t             queue;
    ngx_asyncapi_limit_t  *limit;

    limit = slot->limit;

    if (ngx_asyncapi_limit_attach(limit) != NGX_OK) {
        return NGX_ERROR;
    }

    queue = spare ? 0 : limit->queue;

    rc = ngx_asyncapi_slot_try(slot, queue);

    if (rc == NGX_OK) {
        return NGX_OK;
    }

    /* it may be that who holds them is no more */

    if (ngx_asyncapi_limit_zone_bury(ngx_asyncapi_limit_process.zone)) {

        ngx_asyncapi_limit_grant();

        if (rc == NGX_BUSY) {
            rc = ngx_asyncapi_slot_try(slot, queue);
        }
    }

    if (rc == NGX_AGAIN) {
        ngx_asyncapi_slot_wait(slot);
    }

    return rc;
}


static ngx_int_t
ngx_asyncapi_slot_try(ngx_asyncapi_slot_t *slot, ngx_uint_t queue)
{
    ngx_int_t                           rc;
    ngx_asyncapi_limit_t               *limit;
    ngx_asyncapi_limit_zone_t          *zone;
    ngx_asyncapi_limit_zone_share_t    *share;

    limit = slot->limit;
    share = limit->shared;
    zone = ngx_asyncapi_limit_process.zone;

    ngx_asyncapi_limit_zone_lock(zone);

    rc = ngx_asyncapi_semaphore_take(share->semaphore, &share->counts, queue);

    ngx_asyncapi_limit_zone_unlock(zone);

    if (rc == NGX_OK) {
        slot->state = NGX_ASYNCAPI_SLOT_HELD;
    }

    ngx_asyncapi_limit_debug(limit, rc == NGX_OK ? "taken"
                                    : rc == NGX_AGAIN ? "queued" : "refused");
    return rc;
}


static void
ngx_asyncapi_slot_wait(ngx_asyncapi_slot_t *slot)
{
    ngx_asyncapi_limit_t          *limit;
    ngx_asyncapi_limit_process_t  *process;

    process = &ngx_asyncapi_limit_process;
    limit = slot->limit;

    slot->state = NGX_ASYNCAPI_SLOT_WAITING;
    ngx_queue_insert_tail(&limit->waiters, &slot->queue);

    if (limit->wait) {
        slot->timer.handler = ngx_asyncapi_slot_overdue;
        slot->timer.data = slot;
        slot->timer.log = ngx_cycle->log;

        ngx_add_timer(&slot->timer, limit->wait);
    }

    if (process->waiters++ == 0) {
        ngx_add_timer(&process->watch, NGX_ASYNCAPI_LIMIT_WATCH);
    }
}


static void
ngx_asyncapi_slot_overdue(ngx_event_t *ev)
{
    ngx_asyncapi_slot_t  *slot;

    slot = ev->data;

    ngx_asyncapi_slot_give(slot);

    slot->handler(slot, 0);
}


void
ngx_asyncapi_slot_give(ngx_asyncapi_slot_t *slot)
{
    ngx_uint_t                        waiting;
    ngx_asyncapi_slot_e               state;
    ngx_asyncapi_limit_zone_t        *zone;
    ngx_asyncapi_limit_zone_share_t  *share;

    state = slot->state;
    slot->state = NGX_ASYNCAPI_SLOT_FREE;

    if (state == NGX_ASYNCAPI_SLOT_FREE) {
        return;
    }

    if (state == NGX_ASYNCAPI_SLOT_WAITING) {
        ngx_asyncapi_slot_leave(slot);
    }

    share = slot->limit->shared;
    zone = ngx_asyncapi_limit_process.zone;

    /* the worker has ended before its requests, and has given all back */

    if (share == NULL) {
        return;
    }

    ngx_asyncapi_limit_zone_lock(zone);

    if (state == NGX_ASYNCAPI_SLOT_WAITING) {
        ngx_asyncapi_semaphore_quit(share->semaphore, &share->counts);

    } else {
        ngx_asyncapi_semaphore_give(share->semaphore, &share->counts);
    }

    waiting = share->semaphore->waiting;

    ngx_asyncapi_limit_zone_unlock(zone);

    ngx_asyncapi_limit_debug(slot->limit,
                             state == NGX_ASYNCAPI_SLOT_HELD ? "given"
                                                             : "left");
    if (waiting) {
        ngx_asyncapi_limit_grant();
    }
}


static void
ngx_asyncapi_slot_leave(ngx_asyncapi_slot_t *slot)
{
    ngx_queue_remove(&slot->queue);

    if (slot->timer.timer_set) {
        ngx_del_timer(&slot->timer);
    }

    if (--ngx_asyncapi_limit_process.waiters == 0
        && ngx_asyncapi_limit_process.watch.timer_set)
    {
        ngx_del_timer(&ngx_asyncapi_limit_process.watch);
    }
}


/* grants what is free, of all limits, and wakes who is granted something */

static void
ngx_asyncapi_limit_grant(void)
{
    ngx_asyncapi_bell_t            bell;
    ngx_asyncapi_worker_t         *worker;
    ngx_asyncapi_limit_process_t  *process;

    process = &ngx_asyncapi_limit_process;

    for ( ;; ) {
        ngx_asyncapi_limit_zone_lock(process->zone);

        worker = ngx_asyncapi_limit_zone_grant(process->zone);

        if (worker) {
            bell = worker->bell;
        }

        ngx_asyncapi_limit_zone_unlock(process->zone);

        if (worker == NULL) {
            return;
        }

        if (worker == process->worker) {
            ngx_post_event(&process->granted, &ngx_posted_events);

        } else {
            ngx_asyncapi_bell_ring(process->bell, &bell);
        }
    }
}


static void
ngx_asyncapi_limit_granted(ngx_event_t *ev)
{
    ngx_asyncapi_limit_woken();
}


static void
ngx_asyncapi_limit_woken(void)
{
    ngx_queue_t                   *q;
    ngx_asyncapi_limit_process_t  *process;

    process = &ngx_asyncapi_limit_process;

    for (q = ngx_queue_head(&process->limits);
         q != ngx_queue_sentinel(&process->limits);
         q = ngx_queue_next(q))
    {
        ngx_asyncapi_limit_claim(ngx_queue_data(q, ngx_asyncapi_limit_t,
                                                link));
    }
}


static void
ngx_asyncapi_limit_claim(ngx_asyncapi_limit_t *limit)
{
    ngx_uint_t                        n;
    ngx_queue_t                      *q;
    ngx_asyncapi_slot_t              *slot;
    ngx_asyncapi_limit_zone_t        *zone;
    ngx_asyncapi_limit_zone_share_t  *share;

    share = limit->shared;
    zone = ngx_asyncapi_limit_process.zone;

    ngx_asyncapi_limit_zone_lock(zone);
    n = ngx_asyncapi_semaphore_claim(&share->counts);
    ngx_asyncapi_limit_zone_unlock(zone);

    while (n--) {
        q = ngx_queue_head(&limit->waiters);
        slot = ngx_queue_data(q, ngx_asyncapi_slot_t, queue);

        ngx_asyncapi_slot_leave(slot);

        slot->state = NGX_ASYNCAPI_SLOT_HELD;

        ngx_asyncapi_limit_debug(limit, "granted");

        slot->handler(slot, 1);
    }
}


/*
 * Only while there are waiters, which may wait for a worker that was killed:
 * with their slot, before it granted what it had given back, or before it told
 * of what it had granted.
 */

static void
ngx_asyncapi_limit_watch(ngx_event_t *ev)
{
    ngx_asyncapi_limit_process_t  *process;

    process = &ngx_asyncapi_limit_process;

    (void) ngx_asyncapi_limit_zone_bury(process->zone);

    ngx_asyncapi_limit_grant();
    ngx_asyncapi_limit_woken();

    if (process->waiters) {
        ngx_add_timer(&process->watch, NGX_ASYNCAPI_LIMIT_WATCH);
    }
}


static void
ngx_asyncapi_limit_debug(ngx_asyncapi_limit_t *limit, const char *what)
{
#if (NGX_DEBUG)

    ngx_asyncapi_semaphore_t         *sem;
    ngx_asyncapi_limit_zone_share_t  *share;

    share = limit->shared;
    sem = share->semaphore;

    ngx_log_debug5(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                   "asyncapi limit \"%V\" %s: held %ui of %ui, waiting %ui",
                   &limit->name, what, sem->held, sem->size, sem->waiting);
#endif
}

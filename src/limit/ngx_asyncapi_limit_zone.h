
/*
 * Copyright (C) The asyncapi module authors
 *
 * What limits have in shared memory: workers, semaphores, and the share of
 * each worker in each semaphore.  A semaphore is there as long as a worker has
 * a share in it; so what an old configuration has had, and a new one has not,
 * goes with the last of the old workers.
 *
 * All but lock(), bury() and of() is to be called with the zone locked.
 */


#ifndef _NGX_ASYNCAPI_LIMIT_ZONE_H_INCLUDED_
#define _NGX_ASYNCAPI_LIMIT_ZONE_H_INCLUDED_


#include "ngx_asyncapi_semaphore.h"
#include "ngx_asyncapi_worker.h"


typedef struct {
    ngx_slab_pool_t           *slab;
    ngx_queue_t                workers;     /* ngx_asyncapi_worker_t */
    ngx_queue_t                semaphores;  /* by name */
    ngx_msec_t                 buried;      /* when it was last looked who is
                                               dead */
} ngx_asyncapi_limit_zone_t;


typedef struct {
    ngx_asyncapi_share_t       counts;
    ngx_asyncapi_semaphore_t  *semaphore;
    ngx_asyncapi_worker_t     *worker;
    ngx_queue_t                queue;       /* in worker->shares */
} ngx_asyncapi_limit_zone_share_t;


#define ngx_asyncapi_limit_zone_lock(z)    ngx_shmtx_lock(&(z)->slab->mutex)
#define ngx_asyncapi_limit_zone_unlock(z)  ngx_shmtx_unlock(&(z)->slab->mutex)


ngx_asyncapi_limit_zone_t *ngx_asyncapi_limit_zone_of(ngx_shm_zone_t *zone);

/* this process: NULL, no room (logged) */
ngx_asyncapi_worker_t *ngx_asyncapi_limit_zone_add(
    ngx_asyncapi_limit_zone_t *zone, ngx_asyncapi_bell_t *bell,
    ngx_log_t *log);

/* a process, which is to release what it holds, and all its shares */
void ngx_asyncapi_limit_zone_remove(ngx_asyncapi_limit_zone_t *zone,
    ngx_asyncapi_worker_t *worker);

/*
 * The worker's share in the semaphore of that name, which has that many slots
 * from now on.  NULL: no room (logged by the slab allocator).
 */
ngx_asyncapi_limit_zone_share_t *ngx_asyncapi_limit_zone_share(
    ngx_asyncapi_limit_zone_t *zone, ngx_asyncapi_worker_t *worker,
    ngx_str_t *name, ngx_uint_t size);

/* grants one slot of any semaphore: to whom, or NULL */
ngx_asyncapi_worker_t *ngx_asyncapi_limit_zone_grant(
    ngx_asyncapi_limit_zone_t *zone);

/*
 * Removes processes that have ended without doing so.  1: there were some, and
 * their slots are free.  Looks at most ten times a second.
 */
ngx_uint_t ngx_asyncapi_limit_zone_bury(ngx_asyncapi_limit_zone_t *zone);


#endif /* _NGX_ASYNCAPI_LIMIT_ZONE_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * What limits have in shared memory.
 */


#include "ngx_asyncapi_limit.h"
#include "ngx_asyncapi_limit_zone.h"


/* dead processes are looked for no more often, over all workers */
#define NGX_ASYNCAPI_LIMIT_BURY  100


typedef struct {
    ngx_queue_t                queue;       /* in zone->semaphores */
    ngx_asyncapi_semaphore_t   semaphore;
    size_t                     len;
    u_char                     name[1];
} ngx_asyncapi_limit_zone_semaphore_t;


/* of the configuration, for the check of the size */

typedef struct {
    ngx_cycle_t               *cycle;
    ngx_array_t               *limits;      /* ngx_asyncapi_limit_t * */
} ngx_asyncapi_limit_zone_conf_t;


static ngx_int_t ngx_asyncapi_limit_zone_init(ngx_shm_zone_t *shm_zone,
    void *data);
static ngx_int_t ngx_asyncapi_limit_zone_fits(ngx_shm_zone_t *shm_zone,
    ngx_uint_t generations);
static void ngx_asyncapi_limit_zone_unshare(ngx_asyncapi_limit_zone_t *zone,
    ngx_asyncapi_limit_zone_share_t *share);
static ngx_asyncapi_limit_zone_semaphore_t *ngx_asyncapi_limit_zone_semaphore(
    ngx_asyncapi_limit_zone_t *zone, ngx_str_t *name);


ngx_shm_zone_t *
ngx_asyncapi_limit_zone(ngx_conf_t *cf, size_t size, ngx_array_t *limits,
    void *tag)
{
    ngx_uint_t                        i;
    ngx_shm_zone_t                   *shm_zone;
    ngx_asyncapi_limit_t            **limit;
    ngx_asyncapi_limit_zone_conf_t   *conf;

    static ngx_str_t  name = ngx_string("asyncapi");

    conf = ngx_palloc(cf->pool, sizeof(ngx_asyncapi_limit_zone_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->cycle = cf->cycle;
    conf->limits = limits;

    shm_zone = ngx_shared_memory_add(cf, &name, size, tag);
    if (shm_zone == NULL) {
        return NULL;
    }

    shm_zone->init = ngx_asyncapi_limit_zone_init;
    shm_zone->data = conf;

    limit = limits->elts;

    for (i = 0; i < limits->nelts; i++) {
        limit[i]->zone = shm_zone;
    }

    return shm_zone;
}


/* data: that of the configuration before, whose workers still use the zone */

static ngx_int_t
ngx_asyncapi_limit_zone_init(ngx_shm_zone_t *shm_zone, void *data)
{
    u_char                     *ctx;
    ngx_slab_pool_t            *slab;
    ngx_asyncapi_limit_zone_t  *zone;

    static const char  where[] = " in asyncapi_zone";

    slab = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (data || shm_zone->shm.exists) {
        return ngx_asyncapi_limit_zone_fits(shm_zone, 1);
    }

    zone = ngx_slab_alloc(slab, sizeof(ngx_asyncapi_limit_zone_t));
    ctx = ngx_slab_alloc(slab, sizeof(where));

    if (zone == NULL || ctx == NULL) {
        return NGX_ERROR;
    }

    slab->data = zone;

    ngx_memcpy(ctx, where, sizeof(where));
    slab->log_ctx = ctx;

    zone->slab = slab;
    zone->buried = ngx_current_msec;

    ngx_queue_init(&zone->workers);
    ngx_queue_init(&zone->semaphores);

    return ngx_asyncapi_limit_zone_fits(shm_zone, 2);
}


/*
 * Of each limit and worker there is a share; after a reload those of the
 * workers before are there too.  The allocator rounds up to a power of two.
 */

static ngx_int_t
ngx_asyncapi_limit_zone_fits(ngx_shm_zone_t *shm_zone, ngx_uint_t generations)
{
    size_t                           need, left;
    ngx_uint_t                       workers;
    ngx_core_conf_t                 *ccf;
    ngx_slab_pool_t                 *slab;
    ngx_asyncapi_limit_zone_conf_t  *conf;

    conf = shm_zone->data;
    slab = (ngx_slab_pool_t *) shm_zone->shm.addr;

    ccf = (ngx_core_conf_t *) ngx_get_conf(conf->cycle->conf_ctx,
                                           ngx_core_module);

    workers = generations * ngx_max(ccf->worker_processes, 1);

    need = workers * 2 * sizeof(ngx_asyncapi_worker_t)
           + conf->limits->nelts
             * (workers * 2 * sizeof(ngx_asyncapi_limit_zone_share_t)
                + 2 * sizeof(ngx_asyncapi_limit_zone_semaphore_t) + 256);

    left = slab->pfree * ngx_pagesize;

    if (need <= left) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                  "%ui limits and %i workers need more shared memory than "
                  "%uz bytes: write \"asyncapi_zone %uzk;\"",
                  conf->limits->nelts, ccf->worker_processes,
                  shm_zone->shm.size,
                  (shm_zone->shm.size - left + need) / 1024 + 8);

    return NGX_ERROR;
}


ngx_asyncapi_limit_zone_t *
ngx_asyncapi_limit_zone_of(ngx_shm_zone_t *shm_zone)
{
    ngx_slab_pool_t  *slab;

    slab = (ngx_slab_pool_t *) shm_zone->shm.addr;

    return slab->data;
}


ngx_asyncapi_worker_t *
ngx_asyncapi_limit_zone_add(ngx_asyncapi_limit_zone_t *zone,
    ngx_asyncapi_bell_t *bell, ngx_log_t *log)
{
    ngx_asyncapi_worker_t  *worker;

    worker = ngx_slab_calloc_locked(zone->slab,
                                    sizeof(ngx_asyncapi_worker_t));
    if (worker == NULL) {
        return NULL;
    }

    if (ngx_asyncapi_worker_init(worker, log) != NGX_OK) {
        ngx_slab_free_locked(zone->slab, worker);
        return NULL;
    }

    worker->bell = *bell;

    ngx_queue_insert_tail(&zone->workers, &worker->queue);

    return worker;
}


void
ngx_asyncapi_limit_zone_remove(ngx_asyncapi_limit_zone_t *zone,
    ngx_asyncapi_worker_t *worker)
{
    ngx_queue_t                      *q;
    ngx_asyncapi_limit_zone_share_t  *share;

    while (!ngx_queue_empty(&worker->shares)) {
        q = ngx_queue_head(&worker->shares);

        share = ngx_queue_data(q, ngx_asyncapi_limit_zone_share_t, queue);

        ngx_asyncapi_limit_zone_unshare(zone, share);
    }

    ngx_queue_remove(&worker->queue);

    ngx_asyncapi_worker_release(worker);

    ngx_slab_free_locked(zone->slab, worker);
}


ngx_asyncapi_limit_zone_share_t *
ngx_asyncapi_limit_zone_share(ngx_asyncapi_limit_zone_t *zone,
    ngx_asyncapi_worker_t *worker, ngx_str_t *name, ngx_uint_t size)
{
    ngx_asyncapi_limit_zone_share_t      *share;
    ngx_asyncapi_limit_zone_semaphore_t  *named;

    share = ngx_slab_alloc_locked(zone->slab,
                                  sizeof(ngx_asyncapi_limit_zone_share_t));
    if (share == NULL) {
        return NULL;
    }

    named = ngx_asyncapi_limit_zone_semaphore(zone, name);

    if (named == NULL) {
        ngx_slab_free_locked(zone->slab, share);
        return NULL;
    }

    named->semaphore.size = size;

    share->semaphore = &named->semaphore;
    share->worker = worker;

    ngx_asyncapi_semaphore_join(&named->semaphore, &share->counts);
    ngx_queue_insert_tail(&worker->shares, &share->queue);

    return share;
}


/* with the last share its semaphore goes */

static void
ngx_asyncapi_limit_zone_unshare(ngx_asyncapi_limit_zone_t *zone,
    ngx_asyncapi_limit_zone_share_t *share)
{
    ngx_asyncapi_limit_zone_semaphore_t  *named;

    ngx_queue_remove(&share->queue);

    ngx_asyncapi_semaphore_part(share->semaphore, &share->counts);

    if (ngx_queue_empty(&share->semaphore->shares)) {
        named = ngx_queue_data(share->semaphore,
                               ngx_asyncapi_limit_zone_semaphore_t, semaphore);

        ngx_queue_remove(&named->queue);
        ngx_slab_free_locked(zone->slab, named);
    }

    ngx_slab_free_locked(zone->slab, share);
}


/* found by its name, or made */

static ngx_asyncapi_limit_zone_semaphore_t *
ngx_asyncapi_limit_zone_semaphore(ngx_asyncapi_limit_zone_t *zone,
    ngx_str_t *name)
{
    ngx_queue_t                          *q;
    ngx_asyncapi_limit_zone_semaphore_t  *named;

    for (q = ngx_queue_head(&zone->semaphores);
         q != ngx_queue_sentinel(&zone->semaphores);
         q = ngx_queue_next(q))
    {
        named = ngx_queue_data(q, ngx_asyncapi_limit_zone_semaphore_t, queue);

        if (named->len == name->len
            && ngx_memcmp(named->name, name->data, name->len) == 0)
        {
            return named;
        }
    }

    named = ngx_slab_alloc_locked(zone->slab,
                                  sizeof(ngx_asyncapi_limit_zone_semaphore_t)
                                  + name->len);
    if (named == NULL) {
        return NULL;
    }

    ngx_asyncapi_semaphore_init(&named->semaphore);

    named->len = name->len;
    ngx_memcpy(named->name, name->data, name->len);

    ngx_queue_insert_tail(&zone->semaphores, &named->queue);

    return named;
}


ngx_asyncapi_worker_t *
ngx_asyncapi_limit_zone_grant(ngx_asyncapi_limit_zone_t *zone)
{
    ngx_queue_t                          *q;
    ngx_asyncapi_share_t                 *counts;
    ngx_asyncapi_limit_zone_share_t      *share;
    ngx_asyncapi_limit_zone_semaphore_t  *named;

    for (q = ngx_queue_head(&zone->semaphores);
         q != ngx_queue_sentinel(&zone->semaphores);
         q = ngx_queue_next(q))
    {
        named = ngx_queue_data(q, ngx_asyncapi_limit_zone_semaphore_t, queue);

        counts = ngx_asyncapi_semaphore_grant(&named->semaphore);

        if (counts) {
            share = ngx_queue_data(counts, ngx_asyncapi_limit_zone_share_t,
                                   counts);
            return share->worker;
        }
    }

    return NULL;
}


ngx_uint_t
ngx_asyncapi_limit_zone_bury(ngx_asyncapi_limit_zone_t *zone)
{
    ngx_uint_t              found;
    ngx_queue_t            *q, *next;
    ngx_asyncapi_worker_t  *worker;

    found = 0;

    ngx_asyncapi_limit_zone_lock(zone);

    if ((ngx_msec_int_t) (ngx_current_msec - zone->buried)
        < NGX_ASYNCAPI_LIMIT_BURY)
    {
        ngx_asyncapi_limit_zone_unlock(zone);
        return 0;
    }

    zone->buried = ngx_current_msec;

    for (q = ngx_queue_head(&zone->workers);
         q != ngx_queue_sentinel(&zone->workers);
         q = next)
    {
        next = ngx_queue_next(q);
        worker = ngx_queue_data(q, ngx_asyncapi_worker_t, queue);

        if (ngx_asyncapi_worker_dead(worker)) {
            ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                          "asyncapi limits: worker %P has ended without "
                          "giving its slots back: they are free again",
                          worker->pid);

            ngx_asyncapi_limit_zone_remove(zone, worker);
            found = 1;
        }
    }

    ngx_asyncapi_limit_zone_unlock(zone);

    return found;
}

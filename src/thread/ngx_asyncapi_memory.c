
/*
 * Copyright (C) The asyncapi module authors
 *
 * Memory that a request and the jobs done for it share.
 */


#include "ngx_asyncapi_reclaim.h"


#define NGX_ASYNCAPI_MEMORY_POOL  4096

/*
 * So many pools that are not in use any more are kept, the last one is taken
 * first: it is cheaper than to get anew what nearly each request needs.  All
 * of them together have so many blocks at most.  With a pool of one malloc()
 * for each piece they would hide what is used too late.
 */

#if (NGX_DEBUG_PALLOC)
#define NGX_ASYNCAPI_MEMORY_KEPT  0
#else
#define NGX_ASYNCAPI_MEMORY_KEPT  64
#endif

#define NGX_ASYNCAPI_MEMORY_BLOCKS  256


typedef struct {
    ngx_pool_t  *pool;
    ngx_uint_t   blocks;
} ngx_asyncapi_memory_kept_t;


static ngx_pool_t *ngx_asyncapi_memory_pool(ngx_log_t *log);
static void ngx_asyncapi_memory_keep(ngx_pool_t *pool);
static void ngx_asyncapi_memory_cleanup(void *data);
static void ngx_asyncapi_memory_shared(void *data);


static ngx_asyncapi_memory_kept_t
    ngx_asyncapi_memory_kept[NGX_ASYNCAPI_MEMORY_KEPT + 1];
static ngx_uint_t  ngx_asyncapi_memory_npools;
static ngx_uint_t  ngx_asyncapi_memory_nblocks;


ngx_asyncapi_memory_t *
ngx_asyncapi_memory_create(ngx_pool_t *owner, ngx_thread_pool_t *tp)
{
    ngx_pool_t             *pool;
    ngx_pool_cleanup_t     *cln;
    ngx_asyncapi_memory_t  *memory;

    cln = ngx_pool_cleanup_add(owner, 0);
    if (cln == NULL) {
        return NULL;
    }

    pool = ngx_asyncapi_memory_pool(owner->log);
    if (pool == NULL) {
        return NULL;
    }

    memory = ngx_palloc(pool, sizeof(ngx_asyncapi_memory_t));
    if (memory == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    memory->pool = pool;
    memory->holders = 1;
    ngx_str_null(&memory->room);

    cln->handler = ngx_asyncapi_memory_cleanup;
    cln->data = memory;

    ngx_asyncapi_reclaim_threads(tp);

    return memory;
}


static ngx_pool_t *
ngx_asyncapi_memory_pool(ngx_log_t *log)
{
    ngx_asyncapi_memory_kept_t  *kept;

    if (ngx_asyncapi_memory_npools == 0) {
        return ngx_create_pool(NGX_ASYNCAPI_MEMORY_POOL, log);
    }

    kept = &ngx_asyncapi_memory_kept[--ngx_asyncapi_memory_npools];

    ngx_asyncapi_memory_nblocks -= kept->blocks;
    kept->pool->log = log;

    return kept->pool;
}


/* the log of the owner's connection goes with it */

static void
ngx_asyncapi_memory_cleanup(void *data)
{
    ngx_asyncapi_memory_t  *memory = data;

    if (memory->holders > 1) {
        memory->pool->log = ngx_cycle->log;
    }

    ngx_asyncapi_memory_release(memory);
}


void
ngx_asyncapi_memory_hold(ngx_asyncapi_memory_t *memory)
{
    memory->holders++;
}


void
ngx_asyncapi_memory_release(ngx_asyncapi_memory_t *memory)
{
    if (--memory->holders == 0) {
        ngx_asyncapi_memory_keep(memory->pool);
    }
}


ngx_int_t
ngx_asyncapi_memory_share(ngx_asyncapi_memory_t *memory, ngx_pool_t *pool)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_asyncapi_memory_shared;
    cln->data = memory;

    ngx_asyncapi_memory_hold(memory);

    return NGX_OK;
}


static void
ngx_asyncapi_memory_shared(void *data)
{
    ngx_asyncapi_memory_release(data);
}


static void
ngx_asyncapi_memory_keep(ngx_pool_t *pool)
{
    ngx_uint_t                   n;
    ngx_pool_t                  *p;
    ngx_asyncapi_memory_kept_t  *kept;

    /* a pool that is shared with it may be kept, too: that comes first */

    ngx_asyncapi_reclaim_pool(pool);

    n = 0;

    for (p = pool; p; p = p->d.next) {
        n++;
    }

    if (ngx_asyncapi_memory_npools == NGX_ASYNCAPI_MEMORY_KEPT
        || ngx_asyncapi_memory_nblocks + n > NGX_ASYNCAPI_MEMORY_BLOCKS
        || ngx_exiting || ngx_terminate)
    {
        ngx_destroy_pool(pool);
        return;
    }

    ngx_reset_pool(pool);

    pool->log = ngx_cycle->log;

    kept = &ngx_asyncapi_memory_kept[ngx_asyncapi_memory_npools++];

    kept->pool = pool;
    kept->blocks = n;

    ngx_asyncapi_memory_nblocks += n;
}


void
ngx_asyncapi_memory_exit(void)
{
    while (ngx_asyncapi_memory_npools) {
        ngx_destroy_pool(
            ngx_asyncapi_memory_kept[--ngx_asyncapi_memory_npools].pool);
    }

    ngx_asyncapi_memory_nblocks = 0;
}

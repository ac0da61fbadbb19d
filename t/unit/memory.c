
/*
 * Copyright (C) The asyncapi module authors
 *
 * Pools that are kept for later requests: how many, where the keeping of one
 * makes another come free, too.
 */


#include "ngx_asyncapi_unit.h"

/* a pool of one malloc() for each piece is never kept: this file's are */
#undef NGX_DEBUG_PALLOC

#include "ngx_asyncapi_memory.c"


#define KEPT  NGX_ASYNCAPI_MEMORY_KEPT


sig_atomic_t  ngx_terminate;
ngx_uint_t    ngx_exiting;


void
ngx_asyncapi_reclaim_threads(ngx_thread_pool_t *tp)
{
}


/* on the loop, as where there is nothing large */

void
ngx_asyncapi_reclaim_pool(ngx_pool_t *pool)
{
    ngx_pool_cleanup_t  *c;

    for (c = pool->cleanup; c; c = c->next) {
        if (c->handler) {
            c->handler(c->data);
        }
    }

    pool->cleanup = NULL;
}


static ngx_asyncapi_memory_t *
create(ngx_pool_t **owner)
{
    *owner = ngx_create_pool(1024, ngx_cycle->log);

    return ngx_asyncapi_memory_create(*owner, NULL);
}


/* kept is how many there are when the other one comes free */

static void
shared(ngx_uint_t kept)
{
    ngx_uint_t              i;
    ngx_pool_t             *owner[KEPT + 8];
    ngx_asyncapi_memory_t  *memory[KEPT + 8];

    for (i = 0; i < KEPT + 8; i++) {
        memory[i] = create(&owner[i]);
    }

    for (i = 2; i < kept + 2; i++) {
        ngx_destroy_pool(owner[i]);
    }

    is_int(ngx_asyncapi_memory_npools, kept, "%d are kept", (int) kept);

    (void) ngx_asyncapi_memory_share(memory[0], memory[1]->pool);

    ngx_destroy_pool(owner[0]);

    is_int(ngx_asyncapi_memory_npools, kept, "what is shared is in use");

    ngx_destroy_pool(owner[1]);

    is_int(ngx_asyncapi_memory_npools, ngx_min(kept + 2, KEPT),
           "and is kept with what it is shared with, within the bound");

    for (i = kept + 2; i < KEPT + 8; i++) {
        ngx_destroy_pool(owner[i]);
    }

    is_int(ngx_asyncapi_memory_npools, KEPT, "others do not pass it, either");

    ngx_asyncapi_memory_exit();

    is_int(ngx_asyncapi_memory_npools, 0, "none are kept in the end");
    is_int(ngx_asyncapi_memory_nblocks, 0, "nor any of their blocks");
}


int
main(void)
{
    ngx_uint_t    kept;
    ngx_pool_t   *pool;
    ngx_cycle_t   cycle;

    pool = unit_start();

    ngx_memzero(&cycle, sizeof(ngx_cycle_t));

    cycle.log = pool->log;
    ngx_cycle = &cycle;

    for (kept = KEPT - 3; kept <= KEPT; kept++) {
        shared(kept);
    }

    return unit_done();
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * Blocks are of sizes that double.  Once a second those are returned
 * to the system that have not been needed during it: an idle worker has none.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include "ngx_asyncapi_block.h"
#include "ngx_asyncapi_reclaim.h"

#include <sys/mman.h>


/* smaller ones are not worth it, larger ones are rare */

#define NGX_ASYNCAPI_BLOCK_MIN_SHIFT  15       /* 32 KB */
#define NGX_ASYNCAPI_BLOCK_MAX_SHIFT  25       /* 32 MB */
#define NGX_ASYNCAPI_BLOCK_MAP_SHIFT  20       /* 1 MB and more */
#define NGX_ASYNCAPI_BLOCK_SIZES                                             \
    (NGX_ASYNCAPI_BLOCK_MAX_SHIFT - NGX_ASYNCAPI_BLOCK_MIN_SHIFT + 1)

/* what is of a round size itself shall fit, with what is in front of it */

#define NGX_ASYNCAPI_BLOCK_EXTRA      4096

#define ngx_asyncapi_block_bytes(shift)                                      \
    (((size_t) 1 << (shift)) + NGX_ASYNCAPI_BLOCK_EXTRA)

#define NGX_ASYNCAPI_BLOCK_MOVED      (4 * 1024 * 1024)

#define NGX_ASYNCAPI_BLOCK_KEEP       (128 * 1024 * 1024)
#define NGX_ASYNCAPI_BLOCK_SWEEP      1000


/* in front of a block's bytes */

typedef struct ngx_asyncapi_block_s  ngx_asyncapi_block_t;

struct ngx_asyncapi_block_s {
    ngx_asyncapi_block_t  *next;
    ngx_pool_cleanup_t    *cleanup;
    ngx_uint_t             shift;
    ngx_uint_t             fresh;     /* and bytes behind it are aligned */
};


/* the free ones of a size */

typedef struct {
    ngx_asyncapi_block_t  *first;
    ngx_uint_t             n;
    ngx_uint_t             low;       /* least there were since the sweep */
} ngx_asyncapi_block_list_t;


static ngx_uint_t ngx_asyncapi_block_shift(size_t size);
static ngx_asyncapi_block_t *ngx_asyncapi_block_get(ngx_uint_t shift);
static ngx_asyncapi_block_t *ngx_asyncapi_block_new(ngx_uint_t shift);
static void ngx_asyncapi_block_return(ngx_asyncapi_block_t *block);
static void ngx_asyncapi_block_cleanup(void *data);
static void ngx_asyncapi_block_arm(void);
static void ngx_asyncapi_block_sweep(ngx_event_t *ev);
static void ngx_asyncapi_block_trim(void);


static ngx_asyncapi_block_list_t
    ngx_asyncapi_block_lists[NGX_ASYNCAPI_BLOCK_SIZES];

static size_t       ngx_asyncapi_block_kept;
static ngx_event_t  ngx_asyncapi_block_event;


/* 0: such a size is not kept */

static ngx_uint_t
ngx_asyncapi_block_shift(size_t size)
{
    ngx_uint_t  shift;

    size += sizeof(ngx_asyncapi_block_t);

    if (size <= ngx_asyncapi_block_bytes(NGX_ASYNCAPI_BLOCK_MIN_SHIFT - 1)
        || size > ngx_asyncapi_block_bytes(NGX_ASYNCAPI_BLOCK_MAX_SHIFT))
    {
        return 0;
    }

    for (shift = NGX_ASYNCAPI_BLOCK_MIN_SHIFT;
         size > ngx_asyncapi_block_bytes(shift);
         shift++)
    {
        /* void */
    }

    return shift;
}


u_char *
ngx_asyncapi_block_alloc(ngx_pool_t *pool, size_t size)
{
    ngx_uint_t             shift;
    ngx_pool_cleanup_t    *cln;
    ngx_asyncapi_block_t  *block;

    shift = ngx_asyncapi_block_shift(size);

    if (shift == 0) {
        return ngx_pnalloc(pool, size);
    }

    cln = ngx_pool_cleanup_add(pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    block = ngx_asyncapi_block_get(shift);
    if (block == NULL) {
        return NULL;
    }

    cln->handler = ngx_asyncapi_block_cleanup;
    cln->data = block;
    block->cleanup = cln;

    return (u_char *) (block + 1);
}


size_t
ngx_asyncapi_block_grow(size_t size, size_t min)
{
    if (size >= NGX_ASYNCAPI_BLOCK_MOVED) {
        min = (size_t) 1 << NGX_ASYNCAPI_BLOCK_MAX_SHIFT;
    }

    return ngx_max(2 * size, min);
}


ngx_uint_t
ngx_asyncapi_block_fresh(u_char *data, size_t size)
{
    ngx_asyncapi_block_t  *block;

    if (ngx_asyncapi_block_shift(size) == 0) {
        return size > ngx_asyncapi_block_bytes(NGX_ASYNCAPI_BLOCK_MIN_SHIFT);
    }

    block = (ngx_asyncapi_block_t *) data - 1;

    return block->fresh;
}


static ngx_asyncapi_block_t *
ngx_asyncapi_block_get(ngx_uint_t shift)
{
    ngx_asyncapi_block_t       *block;
    ngx_asyncapi_block_list_t  *list;

    list = &ngx_asyncapi_block_lists[shift - NGX_ASYNCAPI_BLOCK_MIN_SHIFT];

    if (list->first == NULL) {
        return ngx_asyncapi_block_new(shift);
    }

    block = list->first;
    list->first = block->next;

    ngx_asyncapi_block_kept -= ngx_asyncapi_block_bytes(shift);

    if (--list->n < list->low) {
        list->low = list->n;
    }

    return block;
}


/* the larger ones would tear the heap */

static ngx_asyncapi_block_t *
ngx_asyncapi_block_new(ngx_uint_t shift)
{
    size_t                 size;
    ngx_asyncapi_block_t  *block;

    size = ngx_asyncapi_block_bytes(shift);

    if (shift >= NGX_ASYNCAPI_BLOCK_MAP_SHIFT) {
        block = mmap(NULL, size, PROT_READ|PROT_WRITE,
                     MAP_PRIVATE|MAP_ANON, -1, 0);

        if (block == MAP_FAILED) {
            ngx_log_error(NGX_LOG_EMERG, ngx_cycle->log, ngx_errno,
                          "mmap(%uz) failed", size);
            return NULL;
        }

    } else {
        block = ngx_alloc(size, ngx_cycle->log);
        if (block == NULL) {
            return NULL;
        }
    }

    block->shift = shift;
    block->fresh = 1;

    return block;
}


static void
ngx_asyncapi_block_return(ngx_asyncapi_block_t *block)
{
    if (block->shift >= NGX_ASYNCAPI_BLOCK_MAP_SHIFT) {
        ngx_asyncapi_reclaim(block, ngx_asyncapi_block_bytes(block->shift));
        return;
    }

    ngx_free(block);
}


void
ngx_asyncapi_block_free(ngx_pool_t *pool, u_char *data, size_t size)
{
    ngx_asyncapi_block_t  *block;

    if (ngx_asyncapi_block_shift(size) == 0) {
        (void) ngx_pfree(pool, data);
        return;
    }

    block = (ngx_asyncapi_block_t *) data - 1;
    block->cleanup->handler = NULL;

    ngx_asyncapi_block_cleanup(block);
}


static void
ngx_asyncapi_block_cleanup(void *data)
{
    ngx_asyncapi_block_t  *block = data;

    ngx_asyncapi_block_list_t  *list;

    if (ngx_asyncapi_block_kept + ngx_asyncapi_block_bytes(block->shift)
        > NGX_ASYNCAPI_BLOCK_KEEP
        || ngx_exiting || ngx_terminate)
    {
        ngx_asyncapi_block_return(block);
        return;
    }

    list = &ngx_asyncapi_block_lists[block->shift
                                     - NGX_ASYNCAPI_BLOCK_MIN_SHIFT];

    block->next = list->first;
    block->fresh = 0;
    list->first = block;
    list->n++;

    ngx_asyncapi_block_kept += ngx_asyncapi_block_bytes(block->shift);

    ngx_asyncapi_block_arm();
}


static void
ngx_asyncapi_block_arm(void)
{
    ngx_event_t  *ev;

    static ngx_connection_t  dummy;

    ev = &ngx_asyncapi_block_event;

    if (ev->timer_set) {
        return;
    }

    /* a timer's debug lines look for a descriptor in its data */

    dummy.fd = (ngx_socket_t) -1;

    ev->data = &dummy;
    ev->handler = ngx_asyncapi_block_sweep;
    ev->log = ngx_cycle->log;
    ev->cancelable = 1;

    ngx_add_timer(ev, NGX_ASYNCAPI_BLOCK_SWEEP);
}


static void
ngx_asyncapi_block_sweep(ngx_event_t *ev)
{
    ngx_asyncapi_block_trim();

    if (ngx_asyncapi_block_kept) {
        ngx_asyncapi_block_arm();
    }
}


/* returns those of each size that have not been needed since the last time */

static void
ngx_asyncapi_block_trim(void)
{
    ngx_uint_t                  i;
    ngx_asyncapi_block_t       *block;
    ngx_asyncapi_block_list_t  *list;

    for (i = 0; i < NGX_ASYNCAPI_BLOCK_SIZES; i++) {
        list = &ngx_asyncapi_block_lists[i];

        for ( /* void */ ; list->low; list->low--) {
            block = list->first;
            list->first = block->next;
            list->n--;

            ngx_asyncapi_block_kept -= ngx_asyncapi_block_bytes(block->shift);

            ngx_asyncapi_block_return(block);
        }

        list->low = list->n;
    }
}


void
ngx_asyncapi_block_exit(void)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_ASYNCAPI_BLOCK_SIZES; i++) {
        ngx_asyncapi_block_lists[i].low = ngx_asyncapi_block_lists[i].n;
    }

    ngx_asyncapi_block_trim();
}

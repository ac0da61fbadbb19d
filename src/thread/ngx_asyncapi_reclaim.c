
/*
 * Copyright (C) The asyncapi module authors
 *
 * Large memory, given back by a thread.
 */


#include "ngx_asyncapi_reclaim.h"

#include <sys/mman.h>

#if (NGX_ASYNCAPI_MALLOC)
#include <malloc.h>
#define ngx_asyncapi_reclaim_size(p)  malloc_usable_size(p)
#else
#define ngx_asyncapi_reclaim_size(p)  0
#endif


/* bytes: less is given back as quickly as a thread is asked to */

#define NGX_ASYNCAPI_RECLAIM_MIN   (1024 * 1024)

/* bytes that may wait, if all threads are busy */

#define NGX_ASYNCAPI_RECLAIM_MAX   (256 * 1024 * 1024)

/* bytes in one step: who maps memory waits for no more than that */

#define NGX_ASYNCAPI_RECLAIM_STEP  (512 * 1024)

/* glibc's heaps: what is larger is mapped; so much that is free they keep */

#define NGX_ASYNCAPI_RECLAIM_MMAP  (32 * 1024 * 1024)
#define NGX_ASYNCAPI_RECLAIM_TRIM  (64 * 1024 * 1024)


/* the memory itself: its first bytes */

typedef struct ngx_asyncapi_reclaim_s  ngx_asyncapi_reclaim_t;

struct ngx_asyncapi_reclaim_s {
    ngx_asyncapi_reclaim_t  *next;
    size_t                   size;
    ngx_uint_t               mapped;   /* it is not of malloc() */
};


/* the job's data: bytes that it has freed */

typedef struct {
    size_t                   freed;
} ngx_asyncapi_reclaim_job_t;


static ngx_uint_t ngx_asyncapi_reclaim_takes(size_t size);
static void ngx_asyncapi_reclaim_add(void *p, size_t size,
    ngx_uint_t mapped);
static void ngx_asyncapi_reclaim_post(void);
static size_t ngx_asyncapi_reclaim_all(void);
static void ngx_asyncapi_reclaim_free(ngx_asyncapi_reclaim_t *piece);
static void ngx_asyncapi_reclaim_run(ngx_asyncapi_job_t *job);
static void ngx_asyncapi_reclaim_done(ngx_asyncapi_job_t *job);


/* atomic: who takes the list has all that is in it */
static ngx_asyncapi_reclaim_t  *ngx_asyncapi_reclaim_list;

static size_t                   ngx_asyncapi_reclaim_waiting;
static ngx_thread_pool_t       *ngx_asyncapi_reclaim_tp;
static ngx_asyncapi_job_t      *ngx_asyncapi_reclaim_job;
static ngx_uint_t               ngx_asyncapi_reclaim_posted;


/*
 * By glibc's defaults what is larger than 128 KB is mapped anew each time, and
 * as much of a heap is given back as soon as it is free at its end: a busy
 * worker would do so with each request, and fault it all in again, which costs
 * far more than the work on it.
 */

void
ngx_asyncapi_reclaim_init(void)
{
#if (NGX_ASYNCAPI_MALLOC && defined M_MMAP_THRESHOLD)

    (void) mallopt(M_MMAP_THRESHOLD, NGX_ASYNCAPI_RECLAIM_MMAP);
    (void) mallopt(M_TRIM_THRESHOLD, NGX_ASYNCAPI_RECLAIM_TRIM);

#endif
}


void
ngx_asyncapi_reclaim_threads(ngx_thread_pool_t *tp)
{
    if (tp) {
        ngx_asyncapi_reclaim_tp = tp;
    }
}


static ngx_uint_t
ngx_asyncapi_reclaim_takes(size_t size)
{
    return size >= NGX_ASYNCAPI_RECLAIM_MIN
           && ngx_asyncapi_reclaim_tp
           && ngx_asyncapi_reclaim_waiting + size <= NGX_ASYNCAPI_RECLAIM_MAX;
}


void
ngx_asyncapi_reclaim(void *p, size_t size)
{
    if (!ngx_asyncapi_reclaim_takes(size)) {
        (void) munmap(p, size);
        return;
    }

    ngx_asyncapi_reclaim_add(p, size, 1);
    ngx_asyncapi_reclaim_post();
}


void
ngx_asyncapi_reclaim_pool(ngx_pool_t *pool)
{
    size_t               size;
    ngx_pool_large_t    *l;
    ngx_pool_cleanup_t  *c;

    for (c = pool->cleanup; c; c = c->next) {
        if (c->handler) {
            c->handler(c->data);
        }
    }

    pool->cleanup = NULL;

    size = 0;

    for (l = pool->large; l; l = l->next) {
        if (l->alloc) {
            size += ngx_asyncapi_reclaim_size(l->alloc);
        }
    }

    if (!ngx_asyncapi_reclaim_takes(size)) {
        return;
    }

    for (l = pool->large; l; l = l->next) {
        if (l->alloc) {
            ngx_asyncapi_reclaim_add(l->alloc,
                                     ngx_asyncapi_reclaim_size(l->alloc), 0);
            l->alloc = NULL;
        }
    }

    ngx_asyncapi_reclaim_post();
}


static void
ngx_asyncapi_reclaim_add(void *p, size_t size, ngx_uint_t mapped)
{
    ngx_asyncapi_reclaim_t *piece = p;

    if (size < sizeof(ngx_asyncapi_reclaim_t)) {
        ngx_free(p);
        return;
    }

    ngx_asyncapi_reclaim_waiting += size;

    piece->size = size;
    piece->mapped = mapped;
    piece->next = __atomic_load_n(&ngx_asyncapi_reclaim_list,
                                  __ATOMIC_RELAXED);

    /* a thread may take what is there, but adds nothing */

    while (!__atomic_compare_exchange_n(&ngx_asyncapi_reclaim_list,
                                        &piece->next, piece, 0,
                                        __ATOMIC_RELEASE, __ATOMIC_RELAXED))
    {
        /* void */
    }
}


static void
ngx_asyncapi_reclaim_post(void)
{
    ngx_asyncapi_job_t  *job;

    if (ngx_asyncapi_reclaim_posted) {
        return;
    }

    job = ngx_asyncapi_reclaim_job;

    if (job == NULL) {
        job = ngx_asyncapi_job_create(sizeof(ngx_asyncapi_reclaim_job_t),
                                      ngx_cycle->log);

        if (job) {
            job->run = ngx_asyncapi_reclaim_run;
            job->done = ngx_asyncapi_reclaim_done;
            job->kept = 1;

            ngx_asyncapi_reclaim_job = job;
        }
    }

    ngx_log_debug1(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                   "asyncapi memory of %uz bytes: given back in a thread",
                   ngx_asyncapi_reclaim_waiting);

    if (job
        && ngx_asyncapi_job_post(job, ngx_asyncapi_reclaim_tp) == NGX_OK)
    {
        ngx_asyncapi_reclaim_posted = 1;
        return;
    }

    ngx_asyncapi_reclaim_waiting -= ngx_asyncapi_reclaim_all();
}


/* in a thread, too; bytes */

static size_t
ngx_asyncapi_reclaim_all(void)
{
    size_t                   freed;
    ngx_asyncapi_reclaim_t  *piece, *next;

    freed = 0;

    piece = __atomic_exchange_n(&ngx_asyncapi_reclaim_list, NULL,
                                __ATOMIC_ACQUIRE);

    for ( /* void */ ; piece; piece = next) {
        next = piece->next;
        freed += piece->size;

        ngx_asyncapi_reclaim_free(piece);
    }

    return freed;
}


/*
 * While the system takes memory back it lets nobody map any, which the loop may
 * be about to do: it is given the pages first, step by step.
 */

static void
ngx_asyncapi_reclaim_free(ngx_asyncapi_reclaim_t *piece)
{
    size_t   size, n;
    u_char  *p;

    if (!piece->mapped) {
        ngx_free(piece);
        return;
    }

    p = (u_char *) piece;

    for (size = piece->size; size; size -= n) {
        n = ngx_min(size, NGX_ASYNCAPI_RECLAIM_STEP);

        (void) munmap(p, n);

        p += n;
    }
}


/* in a thread */

static void
ngx_asyncapi_reclaim_run(ngx_asyncapi_job_t *job)
{
    ngx_asyncapi_reclaim_job_t *data = job->data;

    data->freed = ngx_asyncapi_reclaim_all();
}


static void
ngx_asyncapi_reclaim_done(ngx_asyncapi_job_t *job)
{
    ngx_asyncapi_reclaim_job_t *data = job->data;

    ngx_asyncapi_reclaim_posted = 0;
    ngx_asyncapi_reclaim_waiting -= data->freed;
    data->freed = 0;

    if (ngx_asyncapi_reclaim_waiting) {
        ngx_asyncapi_reclaim_post();
    }
}


void
ngx_asyncapi_reclaim_exit(void)
{
    ngx_asyncapi_reclaim_tp = NULL;
    ngx_asyncapi_reclaim_waiting -= ngx_asyncapi_reclaim_all();

    if (ngx_asyncapi_reclaim_job && !ngx_asyncapi_reclaim_posted) {
        ngx_asyncapi_job_destroy(ngx_asyncapi_reclaim_job);
        ngx_asyncapi_reclaim_job = NULL;
    }
}

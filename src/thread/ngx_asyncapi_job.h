
/*
 * Copyright (C) The asyncapi module authors
 *
 * Jobs: work for a thread of one of nginx's thread pools.
 *
 * A job has a memory pool of its own, in which lie its output and what of its
 * input is copied there before it is posted.  What is large is not copied, but
 * read where it lies, in memory that the job holds.  So it needs nothing of
 * the request that it is done for, which may be gone before it.
 *
 * Thread: all functions but run() are called on the worker's event loop, and
 * ngx_asyncapi_job_unwanted() anywhere.  The pool and what is in it belong to
 * the loop until the job is posted, to the thread while run() is at work, and
 * from done() on to the loop again.
 */


#ifndef _NGX_ASYNCAPI_JOB_H_INCLUDED_
#define _NGX_ASYNCAPI_JOB_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include "ngx_asyncapi_memory.h"


typedef struct ngx_asyncapi_job_s  ngx_asyncapi_job_t;

struct ngx_asyncapi_job_s {
    ngx_pool_t             *pool;
    void                   *data;    /* the owner's, in the pool */
    ngx_asyncapi_memory_t  *memory;  /* that run() reads beside the pool, or
                                        NULL */

    /* in a thread: may use the pool, and nothing else of nginx's */
    void                  (*run)(ngx_asyncapi_job_t *job);

    /*
     * on the loop, once, when run() is through and the job has not been
     * dropped: the job is destroyed behind it, if it is not kept
     */
    void                  (*done)(ngx_asyncapi_job_t *job);
    void                   *owner;   /* of no concern to the thread */

    /* private */
#if (NGX_THREADS)
    ngx_thread_task_t       task;
#endif
    ngx_uint_t              unwanted;
    unsigned                kept:1;
};


/*
 * size is that of data, which is zeroed.  The log is used by the thread, too:
 * one of the cycle's, not of a connection.  NULL: no memory.
 */
ngx_asyncapi_job_t *ngx_asyncapi_job_create(size_t size, ngx_log_t *log);

/* of a job that was not posted */
void ngx_asyncapi_job_destroy(ngx_asyncapi_job_t *job);

/*
 * NGX_OK; NGX_BUSY: the queue of the thread pool is full (nginx has logged it),
 * and the job is still the caller's.
 */
ngx_int_t ngx_asyncapi_job_post(ngx_asyncapi_job_t *job,
    ngx_thread_pool_t *tp);

/*
 * Of a job that was posted: nobody wants it any more.  done() will not be
 * called, run() is told, or not even begun, and the job destroys itself.
 */
void ngx_asyncapi_job_drop(ngx_asyncapi_job_t *job);

/* for run(): 1: it was dropped, or nginx is being stopped */
ngx_uint_t ngx_asyncapi_job_unwanted(ngx_asyncapi_job_t *job);

/*
 * For done(): what is in the job's pool shall live as long as this one.
 * NGX_OK, or NGX_ERROR (no memory).
 */
ngx_int_t ngx_asyncapi_job_keep(ngx_asyncapi_job_t *job, ngx_pool_t *pool);

/* jobs of this process that are posted, and not through */
ngx_uint_t ngx_asyncapi_job_count(void);

/*
 * The worker ends: none is begun any more, and those that run are waited for.
 * nginx does so, too, but not where the queue of the thread pool is full.
 */
void ngx_asyncapi_job_exit(void);


#endif /* _NGX_ASYNCAPI_JOB_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * Jobs on nginx's thread pools, and the end of a worker whose threads are at
 * work.
 */


#include "ngx_asyncapi_reclaim.h"


/* a job with short arguments and a short result takes one allocation */
#define NGX_ASYNCAPI_JOB_POOL  1024

/* how often a worker looks whether it may end, ms */
#define NGX_ASYNCAPI_JOB_LOOK  200


#if (NGX_THREADS)
static void ngx_asyncapi_job_thread(void *data, ngx_log_t *log);
static void ngx_asyncapi_job_over(ngx_event_t *ev);
static void ngx_asyncapi_job_hold(void);
static void ngx_asyncapi_job_look(ngx_event_t *ev);
#endif
static void ngx_asyncapi_job_cleanup(void *data);


static ngx_uint_t  ngx_asyncapi_job_posted;

/* atomic: the worker ends; jobs that threads run or have not come to yet */
static ngx_uint_t  ngx_asyncapi_job_ends;
static ngx_uint_t  ngx_asyncapi_job_open;


ngx_asyncapi_job_t *
ngx_asyncapi_job_create(size_t size, ngx_log_t *log)
{
    ngx_pool_t          *pool;
    ngx_asyncapi_job_t  *job;

    pool = ngx_create_pool(NGX_ASYNCAPI_JOB_POOL, log);
    if (pool == NULL) {
        return NULL;
    }

    job = ngx_pcalloc(pool, sizeof(ngx_asyncapi_job_t) + size);
    if (job == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    job->pool = pool;
    job->data = &job[1];

    return job;
}


void
ngx_asyncapi_job_destroy(ngx_asyncapi_job_t *job)
{
    ngx_pool_t  *pool;

    /* the job is in it */

    pool = job->pool;

    ngx_asyncapi_reclaim_pool(pool);
    ngx_destroy_pool(pool);
}


ngx_uint_t
ngx_asyncapi_job_count(void)
{
    return ngx_asyncapi_job_posted;
}


ngx_int_t
ngx_asyncapi_job_keep(ngx_asyncapi_job_t *job, ngx_pool_t *pool)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_asyncapi_job_cleanup;
    cln->data = job;

    job->kept = 1;

    return NGX_OK;
}


static void
ngx_asyncapi_job_cleanup(void *data)
{
    ngx_asyncapi_job_destroy(data);
}


void
ngx_asyncapi_job_drop(ngx_asyncapi_job_t *job)
{
    job->done = NULL;
    job->owner = NULL;

    __atomic_store_n(&job->unwanted, 1, __ATOMIC_RELAXED);
}


ngx_uint_t
ngx_asyncapi_job_unwanted(ngx_asyncapi_job_t *job)
{
    /* a fast shutdown waits for no result, and for no more than a second */

    return ngx_terminate
           || __atomic_load_n(&ngx_asyncapi_job_ends, __ATOMIC_RELAXED)
           || __atomic_load_n(&job->unwanted, __ATOMIC_RELAXED);
}


#if (NGX_THREADS)

ngx_int_t
ngx_asyncapi_job_post(ngx_asyncapi_job_t *job, ngx_thread_pool_t *tp)
{
    job->task.ctx = job;
    job->task.handler = ngx_asyncapi_job_thread;
    job->task.event.handler = ngx_asyncapi_job_over;
    job->task.event.data = job;

    (void) __atomic_add_fetch(&ngx_asyncapi_job_open, 1, __ATOMIC_RELAXED);

    if (ngx_thread_task_post(tp, &job->task) != NGX_OK) {
        (void) __atomic_sub_fetch(&ngx_asyncapi_job_open, 1, __ATOMIC_RELAXED);
        return NGX_BUSY;
    }

    if (job->memory) {
        ngx_asyncapi_memory_hold(job->memory);
    }

    ngx_asyncapi_job_posted++;
    ngx_asyncapi_job_hold();

    return NGX_OK;
}


static void
ngx_asyncapi_job_thread(void *data, ngx_log_t *log)
{
    ngx_asyncapi_job_t *job = data;

    if (!ngx_asyncapi_job_unwanted(job)) {
        job->run(job);
    }

    (void) __atomic_sub_fetch(&ngx_asyncapi_job_open, 1, __ATOMIC_RELEASE);
}


static void
ngx_asyncapi_job_over(ngx_event_t *ev)
{
    ngx_asyncapi_job_t     *job;
    ngx_asyncapi_memory_t  *memory;

    job = ev->data;
    memory = job->memory;

    ngx_asyncapi_job_posted--;

    if (job->done) {
        job->done(job);
    }

    if (!job->kept) {
        ngx_asyncapi_job_destroy(job);
    }

    /* a job that is kept may go with it */

    if (memory) {
        ngx_asyncapi_memory_release(memory);
    }

    if (ngx_exiting) {
        ngx_asyncapi_job_hold();
    }
}


/*
 * A worker that is to end does so when its last timer is gone, and then waits
 * for its threads in a busy loop.  So that it waits in its event loop instead
 * there is a timer as long as there are jobs; while it is not to end nothing
 * but an expired one is ever touched.
 */

static void
ngx_asyncapi_job_hold(void)
{
    static ngx_event_t       ev;
    static ngx_connection_t  dumb;

    if (ngx_asyncapi_job_posted == 0) {
        if (ev.timer_set) {
            ngx_del_timer(&ev);
        }

        return;
    }

    if (ev.timer_set) {
        return;
    }

    dumb.fd = (ngx_socket_t) -1;

    ev.handler = ngx_asyncapi_job_look;
    ev.data = &dumb;
    ev.log = ngx_cycle->log;

    ngx_add_timer(&ev, NGX_ASYNCAPI_JOB_LOOK);
}


/*
 * A function that heeds nothing would keep its worker for as long as it runs:
 * with worker_shutdown_timeout it does not.  By then nginx has closed all that
 * the worker had, and nothing is left but to leave the thread behind.
 */

static void
ngx_asyncapi_job_look(ngx_event_t *ev)
{
    ngx_core_conf_t    *ccf;
    static ngx_msec_t   since;

    if (!ngx_exiting || ngx_asyncapi_job_posted == 0) {
        ngx_asyncapi_job_hold();
        return;
    }

    if (since == 0) {
        since = ngx_current_msec;
    }

    ccf = (ngx_core_conf_t *) ngx_get_conf(ngx_cycle->conf_ctx,
                                           ngx_core_module);

    if (ccf->shutdown_timeout
        && ngx_current_msec - since > ccf->shutdown_timeout
        && ngx_event_no_timers_left() == NGX_OK)
    {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "asyncapi: %ui functions still run after "
                      "worker_shutdown_timeout, the worker ends without them",
                      ngx_asyncapi_job_posted);

        _exit(0);
    }

    ngx_asyncapi_job_hold();
}


void
ngx_asyncapi_job_exit(void)
{
    __atomic_store_n(&ngx_asyncapi_job_ends, 1, __ATOMIC_RELAXED);

    while (__atomic_load_n(&ngx_asyncapi_job_open, __ATOMIC_ACQUIRE)) {
        ngx_msleep(1);
    }
}

#else

void
ngx_asyncapi_job_exit(void)
{
}


ngx_int_t
ngx_asyncapi_job_post(ngx_asyncapi_job_t *job, ngx_thread_pool_t *tp)
{
    return NGX_BUSY;
}

#endif

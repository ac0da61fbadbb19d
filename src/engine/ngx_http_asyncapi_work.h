
/*
 * Copyright (C) The asyncapi module authors
 *
 * Work on large results: references that are looked up and templates that are
 * rendered in a thread.
 *
 * It is described twice by the same calls: first it is only weighed, by the
 * bytes that have to be gone through; then, if these are too many for the loop,
 * it is collected in a job.  What references are bound to is asked on the loop:
 * results are read where they lie, in the run's memory, and all else is copied.
 *
 * Thread: the worker's event loop, but for what is said to be a thread's.
 */


#ifndef _NGX_HTTP_ASYNCAPI_WORK_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_WORK_H_INCLUDED_


#include "ngx_http_asyncapi_resolve.h"


/* a reference or a template, and once the job is done what it has come to */

typedef struct {
    ngx_asyncapi_ref_t          *ref;        /* or NULL */
    ngx_asyncapi_template_t     *template;   /* or NULL */
    ngx_http_asyncapi_let_t     *let;        /* whose template it is, or NULL */

    ngx_asyncapi_value_t         value;
    const ngx_asyncapi_ref_t    *failed;     /* it can't be rendered: as of */
    const char                  *message;    /* ngx_asyncapi_render_t */

    unsigned                     condition:1;  /* where it does not hold, */
    unsigned                     negate:1;     /* nothing more is done */
} ngx_http_asyncapi_work_item_t;


struct ngx_http_asyncapi_work_s {
    ngx_http_asyncapi_run_t     *run;
    ngx_asyncapi_job_t          *job;        /* NULL: it is weighed */
    size_t                       weight;     /* bytes */

    ngx_array_t                  items;      /* ..._work_item_t */
    ngx_array_t                  values;     /* of references: see work.c */

    /* in the thread, at last, with the pool of the job; or NULL */
    ngx_int_t                  (*then)(ngx_http_asyncapi_work_t *work,
                                   ngx_asyncapi_render_t *render);
    void                        *data;       /* then()'s, in the job's pool */
    ngx_int_t                    rc;         /* NGX_OK, NGX_ERROR */
};


/* whether there may be that much at all: a look at it costs nothing */
#define ngx_http_asyncapi_work_may(run)                                      \
    ((run)->bytes > (run)->conf->offload && (run)->conf->thread_pool)

/* begins a work that is weighed */
void ngx_http_asyncapi_work_init(ngx_http_asyncapi_work_t *work,
    ngx_http_asyncapi_run_t *run);

/*
 * The same work, to be collected, with size bytes of data; it is in its job's
 * pool.  NULL: no memory.
 */
ngx_http_asyncapi_work_t *ngx_http_asyncapi_work_create(
    ngx_http_asyncapi_run_t *run, size_t size);

/* more of it, where the references stand in the scope: NGX_OK, NGX_ERROR */
ngx_int_t ngx_http_asyncapi_work_condition(ngx_http_asyncapi_work_t *work,
    ngx_http_asyncapi_scope_t *scope, ngx_asyncapi_ref_t *ref,
    ngx_uint_t negate);
ngx_int_t ngx_http_asyncapi_work_ref(ngx_http_asyncapi_work_t *work,
    ngx_http_asyncapi_scope_t *scope, ngx_asyncapi_ref_t *ref);
ngx_int_t ngx_http_asyncapi_work_template(ngx_http_asyncapi_work_t *work,
    ngx_http_asyncapi_scope_t *scope, ngx_asyncapi_template_t *tpl);
ngx_int_t ngx_http_asyncapi_work_let(ngx_http_asyncapi_work_t *work,
    ngx_http_asyncapi_let_t *let);

/*
 * The values alone, that then() looks up: of a template that it writes into a
 * chain, where they may be linked, or not; and of a reference, whose value it
 * goes through, or not
 */
ngx_int_t ngx_http_asyncapi_work_values(ngx_http_asyncapi_work_t *work,
    ngx_http_asyncapi_scope_t *scope, ngx_asyncapi_template_t *tpl,
    ngx_uint_t linked);
ngx_int_t ngx_http_asyncapi_work_value(ngx_http_asyncapi_work_t *work,
    ngx_http_asyncapi_scope_t *scope, ngx_asyncapi_ref_t *ref,
    ngx_uint_t walks);

/*
 * Posts the job, whose done() is the caller's.  NGX_OK; NGX_BUSY: the queue of
 * the thread pool is full, and the work is gone.
 */
ngx_int_t ngx_http_asyncapi_work_post(ngx_http_asyncapi_work_t *work,
    void (*done)(ngx_asyncapi_job_t *job), void *owner);

/*
 * For done(): what the work has come to lasts as long as the run's memory, and
 * its lets have their values.  NGX_OK, or NGX_ERROR (no memory).
 */
ngx_int_t ngx_http_asyncapi_work_over(ngx_http_asyncapi_work_t *work);

/* what a reference or template has come to; NULL: it is not in the work */
ngx_http_asyncapi_work_item_t *ngx_http_asyncapi_work_find(
    ngx_http_asyncapi_work_t *work, const void *what);

/* of that, as ngx_asyncapi_template_render(), or of a condition 1 or 0 */
ngx_int_t ngx_http_asyncapi_work_text(ngx_http_asyncapi_work_item_t *item,
    ngx_asyncapi_render_t *render, ngx_str_t *text);
#define ngx_http_asyncapi_work_holds(item)                                   \
    (ngx_asyncapi_value_truthy(&(item)->value) != (item)->negate)


/* details of failures */
extern ngx_str_t  ngx_http_asyncapi_queue_full;
extern ngx_str_t  ngx_http_asyncapi_passed;


#endif /* _NGX_HTTP_ASYNCAPI_WORK_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * What of a task's own a thread does, so that the loop serves others.
 */


#include "ngx_http_asyncapi_offload.h"


/* a job's data */

typedef struct {
    ngx_http_asyncapi_node_t    *node;
    ngx_http_asyncapi_result_t   result;
    ngx_int_t                    rc;
} ngx_http_asyncapi_make_t;


static void ngx_http_asyncapi_offload_make(ngx_asyncapi_job_t *job);
static void ngx_http_asyncapi_offload_made(ngx_asyncapi_job_t *job);
static ngx_int_t ngx_http_asyncapi_offload_refs(ngx_http_asyncapi_task_t *task,
    ngx_http_asyncapi_work_t *work);
static ngx_int_t ngx_http_asyncapi_offload_values(
    ngx_http_asyncapi_task_t *task, ngx_http_asyncapi_work_t *work);
static ngx_int_t ngx_http_asyncapi_offload_prepare(
    ngx_http_asyncapi_work_t *work, ngx_asyncapi_render_t *render);
static ngx_int_t ngx_http_asyncapi_offload_lets(ngx_http_asyncapi_task_t *task,
    ngx_http_asyncapi_work_t *work);
static ngx_int_t ngx_http_asyncapi_offload_post(ngx_http_asyncapi_task_t *task,
    ngx_http_asyncapi_work_t *work);
static void ngx_http_asyncapi_offload_worked(ngx_asyncapi_job_t *job);


ngx_int_t
ngx_http_asyncapi_offload_result(ngx_http_asyncapi_task_t *task,
    ngx_http_asyncapi_result_t *result)
{
    ngx_asyncapi_job_t        *job;
    ngx_http_asyncapi_run_t   *run;
    ngx_http_asyncapi_make_t  *make;

    run = task->scope->run;

    if (run->expired) {
        result->reason = NGX_HTTP_ASYNCAPI_TIMEOUT;
        result->detail.data = (u_char *) run->late->running;
        result->detail.len = ngx_strlen(run->late->running);

        return NGX_OK;
    }

    job = ngx_asyncapi_job_create(sizeof(ngx_http_asyncapi_make_t),
                                  ngx_cycle->log);
    if (job == NULL) {
        return NGX_ERROR;
    }

    make = job->data;

    make->node = task->node;
    make->result = *result;
    make->rc = NGX_ERROR;

    job->memory = run->memory;
    job->run = ngx_http_asyncapi_offload_make;
    job->done = ngx_http_asyncapi_offload_made;
    job->owner = task;

    if (ngx_asyncapi_job_post(job, run->conf->thread_pool) != NGX_OK) {
        ngx_asyncapi_job_destroy(job);

        result->reason = NGX_HTTP_ASYNCAPI_LIMIT;
        result->detail = ngx_http_asyncapi_queue_full;

        return NGX_OK;
    }

    return (ngx_http_asyncapi_task_work(task, job) == NGX_OK) ? NGX_AGAIN
                                                              : NGX_ERROR;
}


/* in a thread */

static void
ngx_http_asyncapi_offload_make(ngx_asyncapi_job_t *job)
{
    ngx_http_asyncapi_make_t  *make;

    make = job->data;

    make->rc = ngx_http_asyncapi_result_make(make->node, job->pool,
                                             &make->result);
}


static void
ngx_http_asyncapi_offload_made(ngx_asyncapi_job_t *job)
{
    ngx_http_asyncapi_run_t   *run;
    ngx_http_asyncapi_make_t  *make;
    ngx_http_asyncapi_task_t  *task;

    make = job->data;
    task = job->owner;
    run = task->scope->run;

    task->job = NULL;

    if (make->rc != NGX_OK
        || ngx_asyncapi_job_keep(job, run->pool) != NGX_OK)
    {
        run->error = 1;
        ngx_http_asyncapi_run_wake(run);
        return;
    }

    ngx_http_asyncapi_task_done(&task->op, &make->result);
}


ngx_int_t
ngx_http_asyncapi_offload_task(ngx_http_asyncapi_task_t *task)
{
    ngx_int_t                     rc;
    ngx_http_asyncapi_run_t      *run;
    ngx_http_asyncapi_work_t     *work, weighed;
    ngx_http_asyncapi_result_t   *result;

    run = task->scope->run;

    ngx_http_asyncapi_work_init(&weighed, run);

    if (ngx_http_asyncapi_offload_refs(task, &weighed) != NGX_OK) {
        return NGX_ERROR;
    }

    if (weighed.weight <= run->conf->offload) {
        return NGX_OK;
    }

    result = &task->op.result;

    if (run->expired) {
        result->reason = NGX_HTTP_ASYNCAPI_TIMEOUT;
        result->origin = &task->node->name;
        result->detail.data = (u_char *) run->late->before;
        result->detail.len = ngx_strlen(run->late->before);
        return NGX_DECLINED;
    }

    work = ngx_http_asyncapi_work_create(run,
                                  ngx_max(sizeof(ngx_http_asyncapi_elements_t),
                                       sizeof(ngx_http_asyncapi_prepared_t)));
    if (work == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_asyncapi_offload_refs(task, work) != NGX_OK) {
        ngx_asyncapi_job_destroy(work->job);
        return NGX_ERROR;
    }

    rc = ngx_http_asyncapi_offload_post(task, work);

    if (rc == NGX_BUSY) {
        result->reason = NGX_HTTP_ASYNCAPI_LIMIT;
        result->origin = &task->node->name;
        result->detail = ngx_http_asyncapi_queue_full;

        return NGX_DECLINED;
    }

    return (rc == NGX_OK) ? NGX_AGAIN : NGX_ERROR;
}


/* all that is looked at when the task begins */

static ngx_int_t
ngx_http_asyncapi_offload_refs(ngx_http_asyncapi_task_t *task,
    ngx_http_asyncapi_work_t *work)
{
    ngx_uint_t                      i;
    ngx_http_asyncapi_node_t       *node;
    ngx_asyncapi_template_t       **tpl;
    ngx_http_asyncapi_elements_t   *elements;

    node = task->node;

    if (ngx_http_asyncapi_task_asks(task)
        && ngx_http_asyncapi_work_condition(work, task->scope,
                                            node->condition, node->negate)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (task->kind == &ngx_http_asyncapi_each) {

        if (work->job) {
            elements = work->data;
            elements->node = node;
            work->then = ngx_http_asyncapi_each_split;
        }

        return ngx_http_asyncapi_work_ref(work, task->scope, node->each);
    }

    if (task->kind != node->kind) {
        return NGX_OK;
    }

    if (node->kind->prepare) {
        return ngx_http_asyncapi_offload_values(task, work);
    }

    tpl = node->templates.elts;

    for (i = 0; i < node->templates.nelts; i++) {
        if (ngx_http_asyncapi_work_template(work, task->scope, tpl[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return ngx_http_asyncapi_offload_lets(task, work);
}


/* all that prepare() looks up */

static ngx_int_t
ngx_http_asyncapi_offload_values(ngx_http_asyncapi_task_t *task,
    ngx_http_asyncapi_work_t *work)
{
    ngx_uint_t                      i;
    ngx_asyncapi_ref_t            **ref;
    ngx_http_asyncapi_node_t       *node;
    ngx_asyncapi_template_t       **tpl;
    ngx_http_asyncapi_prepared_t   *prepared;

    node = task->node;

    if (work->job) {
        prepared = work->data;
        prepared->node = node;
        work->then = ngx_http_asyncapi_offload_prepare;
    }

    tpl = node->templates.elts;

    for (i = 0; i < node->templates.nelts; i++) {
        if (ngx_http_asyncapi_work_values(work, task->scope, tpl[i], 0)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    ref = node->refs.elts;

    for (i = 0; i < node->refs.nelts; i++) {
        if (ngx_http_asyncapi_work_value(work, task->scope, ref[i], 1)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* in a thread */

static ngx_int_t
ngx_http_asyncapi_offload_prepare(ngx_http_asyncapi_work_t *work,
    ngx_asyncapi_render_t *render)
{
    ngx_http_asyncapi_node_t      *node;
    ngx_http_asyncapi_prepared_t  *prepared;

    prepared = work->data;
    node = prepared->node;

    prepared->rc = node->kind->prepare(node, render, &prepared->data);

    if (prepared->rc == NGX_DECLINED) {
        prepared->failed = render->failed;
        prepared->message = render->message;

        return NGX_OK;
    }

    return prepared->rc;
}


static ngx_int_t
ngx_http_asyncapi_offload_lets(ngx_http_asyncapi_task_t *task,
    ngx_http_asyncapi_work_t *work)
{
    ngx_int_t                  rc;
    ngx_uint_t                 i;
    ngx_http_asyncapi_let_t  **let;

    let = task->node->lets.elts;

    for (i = 0; i < task->node->lets.nelts; i++) {

        /* those of its own block are worked out each time */

        rc = let[i]->node
             ? ngx_http_asyncapi_work_template(work, task->scope,
                                               let[i]->template)
             : ngx_http_asyncapi_work_let(work, let[i]);

        if (rc != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_offload_post(ngx_http_asyncapi_task_t *task,
    ngx_http_asyncapi_work_t *work)
{
    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, task->scope->run->request->connection
                   ->log, 0,
                   "asyncapi task \"%V\" refers to %uz bytes: in a thread",
                   &task->node->name, work->weight);

    if (ngx_http_asyncapi_work_post(work, ngx_http_asyncapi_offload_worked,
                                    task)
        != NGX_OK)
    {
        return NGX_BUSY;
    }

    return ngx_http_asyncapi_task_work(task, work->job);
}


static void
ngx_http_asyncapi_offload_worked(ngx_asyncapi_job_t *job)
{
    ngx_http_asyncapi_run_t   *run;
    ngx_http_asyncapi_task_t  *task;
    ngx_http_asyncapi_work_t  *work;

    task = job->owner;
    work = job->data;
    run = task->scope->run;

    if (ngx_http_asyncapi_work_over(work) != NGX_OK) {
        task->job = NULL;
        run->error = 1;
        ngx_http_asyncapi_run_wake(run);
        return;
    }

    task->work = work;

    ngx_http_asyncapi_task_worked(task);
}

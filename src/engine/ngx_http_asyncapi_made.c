
/*
 * Copyright (C) The asyncapi module authors
 *
 * Making what a respond statement says, on the loop or in a thread.
 */


#include "ngx_http_asyncapi_made.h"


/* what has come of it, and what was wrong with it */

typedef struct {
    ngx_http_asyncapi_respond_t  *respond;
    ngx_uint_t                    check;     /* its schema */

    ngx_asyncapi_out_t            out;
    ngx_int_t                     rc;        /* NGX_OK; NGX_DECLINED */
    const ngx_asyncapi_ref_t     *failed;    /* can't be rendered; NULL: it is
                                                not what the schema says, */
    const char                   *message;
    ngx_str_t                     detail;    /* by that */
} ngx_http_asyncapi_made_t;


static ngx_int_t ngx_http_asyncapi_made_refs(ngx_http_asyncapi_run_t *run,
    ngx_http_asyncapi_respond_t *respond, ngx_http_asyncapi_work_t *work);
static ngx_int_t ngx_http_asyncapi_made_post(ngx_http_asyncapi_work_t *work);
static void ngx_http_asyncapi_made_done(ngx_asyncapi_job_t *job);
static ngx_int_t ngx_http_asyncapi_made_write(ngx_http_asyncapi_work_t *work,
    ngx_asyncapi_render_t *render);
static ngx_int_t ngx_http_asyncapi_made_body(ngx_http_asyncapi_made_t *made,
    ngx_asyncapi_render_t *render);
static ngx_int_t ngx_http_asyncapi_made_check(ngx_http_asyncapi_made_t *made,
    ngx_pool_t *pool);


ngx_int_t
ngx_http_asyncapi_made_holds(ngx_http_asyncapi_run_t *run,
    ngx_http_asyncapi_respond_t *respond)
{
    ngx_http_asyncapi_work_t       *work, weighed;
    ngx_http_asyncapi_work_item_t  *item;

    if (run->work) {
        item = ngx_http_asyncapi_work_find(run->work, respond->condition);
        run->work = NULL;

        return ngx_http_asyncapi_work_holds(item);
    }

    ngx_http_asyncapi_work_init(&weighed, run);

    if (ngx_http_asyncapi_work_may(run)
        && ngx_http_asyncapi_work_condition(&weighed, run->root,
                                            respond->condition,
                                            respond->negate)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (weighed.weight <= run->conf->offload) {
        return ngx_http_asyncapi_holds(run->root, respond->condition,
                                       respond->negate);
    }

    work = ngx_http_asyncapi_work_create(run, 0);
    if (work == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_asyncapi_work_condition(work, run->root, respond->condition,
                                         respond->negate)
        != NGX_OK)
    {
        ngx_asyncapi_job_destroy(work->job);
        return NGX_ERROR;
    }

    return ngx_http_asyncapi_made_post(work);
}


ngx_int_t
ngx_http_asyncapi_made_ahead(ngx_http_asyncapi_run_t *run,
    ngx_http_asyncapi_respond_t *respond)
{
    ngx_int_t                  rc;
    ngx_http_asyncapi_made_t  *made;
    ngx_http_asyncapi_work_t  *work, weighed;

    if (run->work || !ngx_http_asyncapi_work_may(run)) {
        return NGX_OK;
    }

    ngx_http_asyncapi_work_init(&weighed, run);

    if (ngx_http_asyncapi_made_refs(run, respond, &weighed) != NGX_OK) {
        return NGX_ERROR;
    }

    if (weighed.weight <= run->conf->offload) {
        return NGX_OK;
    }

    work = ngx_http_asyncapi_work_create(run,
                                         sizeof(ngx_http_asyncapi_made_t));
    if (work == NULL) {
        return NGX_ERROR;
    }

    made = work->data;

    made->respond = respond;
    made->check = run->conf->check_responses;

    work->then = ngx_http_asyncapi_made_write;

    if (ngx_http_asyncapi_made_refs(run, respond, work) != NGX_OK) {
        ngx_asyncapi_job_destroy(work->job);
        return NGX_ERROR;
    }

    rc = ngx_http_asyncapi_made_post(work);

    if (rc == NGX_AGAIN) {

        /* nobody waits for what still runs */

        ngx_http_asyncapi_scope_cancel(run->root, 0);
    }

    return rc;
}


static ngx_int_t
ngx_http_asyncapi_made_refs(ngx_http_asyncapi_run_t *run,
    ngx_http_asyncapi_respond_t *respond, ngx_http_asyncapi_work_t *work)
{
    ngx_uint_t                 i, linked;
    ngx_http_asyncapi_let_t  **let;

    let = run->endpoint->lets.elts;

    for (i = 0; i < run->endpoint->lets.nelts; i++) {
        if (ngx_http_asyncapi_work_let(work, let[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (respond->template == NULL) {
        return NGX_OK;
    }

    /* a schema looks at all that is in the answer */

    linked = !(respond->schema && run->conf->check_responses);

    return ngx_http_asyncapi_work_values(work, run->root, respond->template,
                                         linked);
}


static ngx_int_t
ngx_http_asyncapi_made_post(ngx_http_asyncapi_work_t *work)
{
    ngx_http_asyncapi_run_t  *run;

    run = work->run;

    if (run->expired) {
        ngx_asyncapi_job_destroy(work->job);

        return ngx_http_asyncapi_unmade(run, NGX_HTTP_ASYNCAPI_TIMEOUT,
                                        &ngx_http_asyncapi_passed);
    }

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, run->request->connection->log, 0,
                   "asyncapi response refers to %uz bytes: in a thread",
                   work->weight);

    if (ngx_http_asyncapi_work_post(work, ngx_http_asyncapi_made_done, run)
        != NGX_OK)
    {
        return ngx_http_asyncapi_unmade(run, NGX_HTTP_ASYNCAPI_LIMIT,
                                        &ngx_http_asyncapi_queue_full);
    }

    run->job = work->job;

    return NGX_AGAIN;
}


static void
ngx_http_asyncapi_made_done(ngx_asyncapi_job_t *job)
{
    ngx_http_asyncapi_run_t  *run;

    run = job->owner;
    run->job = NULL;

    if (ngx_http_asyncapi_work_over(job->data) == NGX_OK) {
        run->work = job->data;

    } else {
        run->error = 1;
    }

    ngx_http_asyncapi_run_wake(run);
}


/* in a thread */

static ngx_int_t
ngx_http_asyncapi_made_write(ngx_http_asyncapi_work_t *work,
    ngx_asyncapi_render_t *render)
{
    return ngx_http_asyncapi_made_body(work->data, render);
}


/* the loop or a thread, as what follows; NGX_OK, NGX_ERROR */

static ngx_int_t
ngx_http_asyncapi_made_body(ngx_http_asyncapi_made_t *made,
    ngx_asyncapi_render_t *render)
{
    ngx_http_asyncapi_respond_t  *respond;

    respond = made->respond;

    ngx_asyncapi_out_init(&made->out, render->pool);

    made->rc = NGX_OK;

    if (respond->template) {
        made->rc = ngx_asyncapi_template_write(respond->template, render,
                                               &made->out);
        if (made->rc != NGX_OK) {
            made->failed = render->failed;
            made->message = render->message;

            return (made->rc == NGX_DECLINED) ? NGX_OK : NGX_ERROR;
        }
    }

    if (respond->schema && made->check) {
        return ngx_http_asyncapi_made_check(made, render->pool);
    }

    return NGX_OK;
}


/* a result that is trusted may be no JSON */

static ngx_int_t
ngx_http_asyncapi_made_check(ngx_http_asyncapi_made_t *made, ngx_pool_t *pool)
{
    ngx_str_t                  body;
    ngx_asyncapi_json_error_t  err;

    if (ngx_asyncapi_out_string(&made->out, &body) != NGX_OK) {
        return NGX_ERROR;
    }

    made->failed = NULL;

    if (ngx_asyncapi_json_validate(&body, &err) == NGX_OK) {
        made->rc = ngx_http_asyncapi_schema_check(made->respond->schema, pool,
                                                  &body, &made->detail);

        return (made->rc == NGX_ERROR) ? NGX_ERROR : NGX_OK;
    }

    made->rc = NGX_DECLINED;
    ngx_str_set(&made->detail, "# is no JSON");

    return NGX_OK;
}


ngx_int_t
ngx_http_asyncapi_made(ngx_http_asyncapi_run_t *run,
    ngx_http_asyncapi_respond_t *respond, ngx_asyncapi_out_t *out)
{
    ngx_asyncapi_render_t      render;
    ngx_http_asyncapi_made_t  *made, here;

    if (run->work) {
        made = run->work->data;

    } else {
        made = &here;

        made->respond = respond;
        made->check = run->conf->check_responses;

        ngx_http_asyncapi_render_init(&render, run->root);

        if (ngx_http_asyncapi_made_body(made, &render) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (made->rc == NGX_OK) {
        *out = made->out;
        return NGX_OK;
    }

    if (made->failed) {
        render.failed = made->failed;
        render.message = made->message;

        return ngx_http_asyncapi_unrenderable(run, &render);
    }

    return ngx_http_asyncapi_unmade(run, NGX_HTTP_ASYNCAPI_SCHEMA,
                                    &made->detail);
}


ngx_int_t
ngx_http_asyncapi_unrenderable(ngx_http_asyncapi_run_t *run,
    ngx_asyncapi_render_t *render)
{
    ngx_http_asyncapi_result_t  *result;

    result = ngx_pcalloc(run->pool, sizeof(ngx_http_asyncapi_result_t));
    if (result == NULL) {
        return NGX_ERROR;
    }

    result->reason = NGX_HTTP_ASYNCAPI_INVALID;
    result->origin = (ngx_str_t *) &render->failed->name;
    result->detail.data = (u_char *) render->message;
    result->detail.len = ngx_strlen(render->message);

    ngx_log_error(NGX_LOG_ERR, run->request->connection->log, 0,
                  "asyncapi response failed: the value of \"%V\" %s",
                  &render->failed->source, render->message);

    run->failure = result;

    return NGX_DECLINED;
}


ngx_int_t
ngx_http_asyncapi_unmade(ngx_http_asyncapi_run_t *run,
    ngx_http_asyncapi_reason_e reason, ngx_str_t *detail)
{
    ngx_http_asyncapi_result_t  *result;

    result = ngx_pcalloc(run->pool, sizeof(ngx_http_asyncapi_result_t));
    if (result == NULL) {
        return NGX_ERROR;
    }

    result->reason = reason;
    result->detail = *detail;

    ngx_log_error(NGX_LOG_ERR, run->request->connection->log, 0,
                  "asyncapi response failed: %V, %V",
                  &ngx_http_asyncapi_reason_names[reason], detail);

    run->failure = result;

    return NGX_DECLINED;
}

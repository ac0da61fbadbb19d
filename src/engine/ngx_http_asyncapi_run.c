
/*
 * Copyright (C) The asyncapi module authors
 *
 * A run, from the content handler to its end.
 */


#include "ngx_http_asyncapi_background.h"
#include "ngx_http_asyncapi_made.h"


static ngx_int_t ngx_http_asyncapi_run_captures(ngx_http_asyncapi_run_t *run);
static ngx_int_t ngx_http_asyncapi_run_work(ngx_http_asyncapi_run_t *run);
static void ngx_http_asyncapi_run_wait(ngx_http_asyncapi_run_t *run);
static void ngx_http_asyncapi_run_woken(ngx_event_t *ev);
static void ngx_http_asyncapi_run_deadline(ngx_event_t *ev);
static void ngx_http_asyncapi_run_discard(ngx_http_request_t *r);
static void ngx_http_asyncapi_run_write(ngx_http_request_t *r);
static void ngx_http_asyncapi_run_drop(ngx_http_asyncapi_run_t *run);
static void ngx_http_asyncapi_run_cleanup(void *data);


static const ngx_http_asyncapi_late_t  ngx_http_asyncapi_late = {
    "the endpoint's deadline passed",
    "the endpoint's deadline passed while it waited for a slot of its limit",
    "the endpoint's deadline passed before it was started"
};


ngx_int_t
ngx_http_asyncapi_run_start(ngx_http_request_t *r,
    ngx_http_asyncapi_endpoint_t *ep, ngx_asyncapi_value_t *params,
    ngx_asyncapi_memory_t *memory)
{
    ngx_int_t                 rc;
    ngx_http_cleanup_t       *cln;
    ngx_http_asyncapi_run_t  *run;

    run = ngx_http_asyncapi_run_create(r, ep, memory);
    if (run == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    run->params = params;

    /* of a subrequest nobody sees the headers */

    if (run->conf->server_timing && r == r->main) {
        ngx_http_asyncapi_timing_start(run);
    }

    if (ep->captures && ngx_http_asyncapi_run_captures(run) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    cln = ngx_http_cleanup_add(r, 0);
    if (cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    cln->handler = ngx_http_asyncapi_run_cleanup;
    cln->data = run;

    ngx_http_set_ctx(r, run, ngx_http_asyncapi_module);

    run->root = ngx_http_asyncapi_scope_create(run, NULL, ep->block);
    if (run->root == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_asyncapi_scope_start(run->root, NULL);

    rc = ngx_http_asyncapi_run_work(run);

    if (rc != NGX_AGAIN) {
        return rc;
    }

    ngx_add_timer(&run->deadline, run->timeout);

    r->main->count++;

    ngx_http_asyncapi_run_wait(run);

    /* nginx now takes the rest of a body to itself, as if all was over */

    if (r->discard_body) {
        ngx_http_asyncapi_run_wake(run);
    }

    return NGX_DONE;
}


ngx_http_asyncapi_run_t *
ngx_http_asyncapi_run_create(ngx_http_request_t *r,
    ngx_http_asyncapi_endpoint_t *ep, ngx_asyncapi_memory_t *memory)
{
    ngx_http_asyncapi_run_t       *run;
    ngx_http_asyncapi_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_asyncapi_module);

    if (memory == NULL) {
        memory = ngx_asyncapi_memory_create(r->pool, conf->thread_pool);
        if (memory == NULL) {
            return NULL;
        }
    }

    run = ngx_pcalloc(memory->pool, sizeof(ngx_http_asyncapi_run_t)
                                    + ep->lets.nelts
                                    * sizeof(ngx_http_asyncapi_let_value_t));
    if (run == NULL) {
        return NULL;
    }

    run->request = r;
    run->memory = memory;
    run->pool = memory->pool;
    run->bytes = memory->room.len;
    run->endpoint = ep;
    run->conf = conf;
    run->late = &ngx_http_asyncapi_late;
    run->timeout = (ep->timeout == NGX_CONF_UNSET_MSEC) ? run->conf->timeout
                                                        : ep->timeout;
    run->lets = (ngx_http_asyncapi_let_value_t *) &run[1];

    ngx_queue_init(&run->ready);
    ngx_queue_init(&run->running);
    ngx_queue_init(&run->done);

    run->wake.handler = ngx_http_asyncapi_run_woken;
    run->wake.data = run;
    run->wake.log = r->connection->log;

    run->deadline.handler = ngx_http_asyncapi_run_deadline;
    run->deadline.data = run;
    run->deadline.log = r->connection->log;

    return run;
}


/* a regular expression that is matched later would overwrite them */

static ngx_int_t
ngx_http_asyncapi_run_captures(ngx_http_asyncapi_run_t *run)
{
#if (NGX_PCRE)

    ngx_http_request_t  *r;

    r = run->request;

    if (r->ncaptures == 0) {
        return NGX_OK;
    }

    run->captures = ngx_palloc(run->pool, r->ncaptures * sizeof(int));
    if (run->captures == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(run->captures, r->captures, r->ncaptures * sizeof(int));

    run->ncaptures = r->ncaptures;
    run->captures_data = r->captures_data;

#endif

    return NGX_OK;
}


ngx_msec_int_t
ngx_http_asyncapi_run_left(ngx_http_asyncapi_run_t *run)
{
    /* it is set once there is something to wait for */

    if (!run->deadline.timer_set) {
        return run->timeout;
    }

    return (ngx_msec_int_t) (run->deadline.timer.key - ngx_current_msec);
}


/* NGX_AGAIN, or what the request is to be finalized with */

static ngx_int_t
ngx_http_asyncapi_run_work(ngx_http_asyncapi_run_t *run)
{
    ngx_int_t  rc;

    ngx_http_asyncapi_tasks_work(run);

    if (run->error) {
        ngx_http_asyncapi_run_end(run, 0);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_asyncapi_answer(run);

    if (rc != NGX_AGAIN) {
        ngx_http_asyncapi_run_end(run, 0);
    }

    return rc;
}


/* the client's connection is watched while tasks run */

static void
ngx_http_asyncapi_run_wait(ngx_http_asyncapi_run_t *run)
{
    ngx_event_t                   *rev;
    ngx_http_request_t            *r;
    ngx_http_asyncapi_loc_conf_t  *conf;

    r = run->request;
    rev = r->connection->read;

    r->write_event_handler = ngx_http_asyncapi_run_write;

    if (r->connection->close) {
        return;
    }

    if (r->discard_body) {
        r->read_event_handler = ngx_http_asyncapi_run_discard;
        r->lingering_time = 0;

        if (rev->timer_set) {
            ngx_del_timer(rev);
        }

        return;
    }

    /* it is the main request that its client waits for */

    conf = ngx_http_get_module_loc_conf(r->main, ngx_http_asyncapi_module);

    if (conf->ignore_client_abort) {
        r->read_event_handler = ngx_http_block_reading;
        return;
    }

    r->read_event_handler = ngx_http_test_reading;

    /* it may have left already: no event would tell again */

    if (rev->ready || rev->eof) {
        ngx_post_event(rev, &ngx_posted_events);
        return;
    }

    if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        run->error = 1;
        ngx_http_asyncapi_run_wake(run);
    }
}


void
ngx_http_asyncapi_run_wake(ngx_http_asyncapi_run_t *run)
{
    ngx_post_event(&run->wake, &ngx_posted_events);
}


static void
ngx_http_asyncapi_run_woken(ngx_event_t *ev)
{
    ngx_int_t                 rc;
    ngx_connection_t         *c;
    ngx_http_request_t       *r;
    ngx_http_asyncapi_run_t  *run;

    run = ev->data;
    r = run->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    rc = ngx_http_asyncapi_run_work(run);

    if (rc != NGX_AGAIN) {
        ngx_http_finalize_request(r, rc);

    } else if (r->discard_body) {
        ngx_http_asyncapi_run_wait(run);
    }

    ngx_http_run_posted_requests(c);
}


/*
 * Every task that still runs has now failed, and so has each that would be
 * started: where defaults stand in for all of them, there is an answer.
 */

static void
ngx_http_asyncapi_run_deadline(ngx_event_t *ev)
{
    ngx_queue_t              *q, *next;
    ngx_http_asyncapi_op_t   *op;
    ngx_http_asyncapi_run_t  *run;

    run = ev->data;
    run->expired = 1;

    if (run->job) {
        ngx_http_asyncapi_run_drop(run);

        if (ngx_http_asyncapi_unmade(run, NGX_HTTP_ASYNCAPI_TIMEOUT,
                                     &ngx_http_asyncapi_passed)
            == NGX_ERROR)
        {
            run->error = 1;
        }
    }

    for (q = ngx_queue_head(&run->running);
         q != ngx_queue_sentinel(&run->running);
         q = next)
    {
        next = ngx_queue_next(q);
        op = ngx_queue_data(q, ngx_http_asyncapi_op_t, queue);

        /* what has members ends by them */

        if (op->task->state == NGX_HTTP_ASYNCAPI_TASK_QUEUED) {
            ngx_http_asyncapi_op_abort(op, NGX_HTTP_ASYNCAPI_TIMEOUT,
                                       run->late->queued);

        } else if (op->task->kind->ended == NULL
                   || op->task->state == NGX_HTTP_ASYNCAPI_TASK_WORKING)
        {
            ngx_http_asyncapi_op_abort(op, NGX_HTTP_ASYNCAPI_TIMEOUT,
                                       run->late->running);
        }
    }

    ngx_http_asyncapi_run_wake(run);
}


/* the rest of a body that nobody reads; then the client is watched */

static void
ngx_http_asyncapi_run_discard(ngx_http_request_t *r)
{
    ngx_http_asyncapi_run_t  *run;

    run = ngx_http_get_module_ctx(r, ngx_http_asyncapi_module);

    ngx_http_discarded_request_body_handler(r);

    if (!r->discard_body && !run->over) {
        ngx_http_asyncapi_run_wait(run);
    }
}


/*
 * Nothing is written yet, but a task's subrequest may have set the timer of the
 * client's connection; for the next one it would be a timeout of its own.
 */

static void
ngx_http_asyncapi_run_write(ngx_http_request_t *r)
{
    r->connection->write->timedout = 0;
}


ngx_http_asyncapi_run_t *
ngx_http_asyncapi_run_of(ngx_http_request_t *r)
{
    ngx_http_asyncapi_run_t  *run;

    for ( /* void */ ; r; r = r->parent) {
        run = ngx_http_get_module_ctx(r, ngx_http_asyncapi_module);

        if (run) {
            return run;
        }
    }

    return NULL;
}


void
ngx_http_asyncapi_run_abandon(ngx_http_request_t *r)
{
    ngx_http_asyncapi_run_t  *run;

    run = ngx_http_get_module_ctx(r, ngx_http_asyncapi_module);

    if (run) {
        ngx_http_asyncapi_run_end(run, 0);
    }
}


void
ngx_http_asyncapi_run_end(ngx_http_asyncapi_run_t *run, ngx_uint_t closing)
{
    if (run->over) {
        return;
    }

    run->over = 1;

    if (run->room == NGX_HTTP_ASYNCAPI_ROOM_WAITING) {
        ngx_http_asyncapi_background_leave(run);
    }

    ngx_http_asyncapi_run_drop(run);

    if (run->root) {
        ngx_http_asyncapi_scope_cancel(run->root, closing);
    }

    if (run->deadline.timer_set) {
        ngx_del_timer(&run->deadline);
    }

    if (run->wake.posted) {
        ngx_delete_posted_event(&run->wake);
    }
}


/* what a thread does for the answer is of no use any more */

static void
ngx_http_asyncapi_run_drop(ngx_http_asyncapi_run_t *run)
{
    if (run->job) {
        ngx_asyncapi_job_drop(run->job);
        run->job = NULL;
    }
}


static void
ngx_http_asyncapi_run_cleanup(void *data)
{
    ngx_http_asyncapi_run_end(data, 1);
    ngx_http_asyncapi_background_leave(data);
}

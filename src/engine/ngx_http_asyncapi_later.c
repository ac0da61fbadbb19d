
/*
 * Copyright (C) The asyncapi module authors
 *
 * What an answer has left behind, from there to its end.
 */


#include "ngx_http_asyncapi_detached.h"
#include "ngx_http_asyncapi_keep.h"
#include "ngx_http_asyncapi_later.h"


/* how often is looked whether what goes on by itself has ended, ms */
#define NGX_HTTP_ASYNCAPI_LINGER  500


static ngx_int_t ngx_http_asyncapi_later_init(
    ngx_http_asyncapi_later_t *later, ngx_http_asyncapi_run_t *from);
static void ngx_http_asyncapi_later_woken(ngx_event_t *ev);
static void ngx_http_asyncapi_later_ended(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_task_t *task);
static void ngx_http_asyncapi_later_log(ngx_http_asyncapi_run_t *run,
    ngx_http_asyncapi_node_t *node, const char *why);
static void ngx_http_asyncapi_later_end(ngx_http_asyncapi_later_t *later);
static void ngx_http_asyncapi_later_free(ngx_http_asyncapi_later_t *later);
static void ngx_http_asyncapi_later_linger(ngx_event_t *ev);
static void ngx_http_asyncapi_later_terminated(void *data);


/* all tasks are members of one of this kind, which bears what they come to */

static ngx_http_asyncapi_kind_t  ngx_http_asyncapi_later_kind = {
    ngx_string("background"),
    0,                                     /* as */
    NULL,                                  /* options */

    NULL,                                  /* create */
    NULL,                                  /* words */
    NULL,                                  /* block */
    NULL,                                  /* check */
    NULL,                                  /* complete */
    NULL,                                  /* prepare */

    NULL,                                  /* start */
    NULL,                                  /* cancel */
    ngx_http_asyncapi_later_ended,         /* ended */

    NULL,                                  /* once */
    0,                                     /* spares */
    0,                                     /* words_before */
    0                                      /* tells */
};


/* none of its options is given */

static ngx_http_asyncapi_node_t  ngx_http_asyncapi_later_node;


static const ngx_http_asyncapi_late_t  ngx_http_asyncapi_later_late = {
    "the deadline of the background passed",
    "the deadline of the background passed while it waited for a slot of its "
    "limit",
    "the deadline of the background passed before it was started"
};


ngx_http_asyncapi_later_t *
ngx_http_asyncapi_later_create(ngx_http_asyncapi_run_t *from,
    void (*done)(ngx_http_asyncapi_later_t *later))
{
    ngx_http_request_t         *r;
    ngx_http_asyncapi_run_t    *run;
    ngx_http_asyncapi_later_t  *later;

    r = ngx_http_asyncapi_detached_create(from->request);
    if (r == NULL) {
        return NULL;
    }

    later = ngx_pcalloc(r->pool, sizeof(ngx_http_asyncapi_later_t));
    run = ngx_http_asyncapi_run_create(r, from->endpoint, NULL);

    if (later == NULL || run == NULL) {
        ngx_http_asyncapi_detached_free(r);
        return NULL;
    }

    later->run = run;
    later->done = done;

    if (ngx_http_asyncapi_later_init(later, from) != NGX_OK) {
        ngx_http_asyncapi_detached_free(r);
        return NULL;
    }

    ngx_add_timer(&run->deadline, run->timeout);

    /* what clients have sent meanwhile comes first */

    ngx_post_event(&run->wake, &ngx_posted_next_events);

    return later;
}


static ngx_int_t
ngx_http_asyncapi_later_init(ngx_http_asyncapi_later_t *later,
    ngx_http_asyncapi_run_t *from)
{
    ngx_http_asyncapi_op_t          *op;
    ngx_http_asyncapi_run_t         *run;
    ngx_http_asyncapi_background_t  *background;

    run = later->run;
    background = run->endpoint->background;

    run->later = later;
    run->late = &ngx_http_asyncapi_later_late;
    run->timeout = background->timeout;
    run->wake.handler = ngx_http_asyncapi_later_woken;

    later->left = background->tasks;

    later->linger.handler = ngx_http_asyncapi_later_linger;
    later->linger.data = later;
    later->linger.log = ngx_cycle->log;
    later->linger.cancelable = 1;

    later->cleanup = ngx_http_cleanup_add(run->request, 0);

    if (later->cleanup == NULL
        || ngx_http_asyncapi_keep(run, from) != NGX_OK)
    {
        return NGX_ERROR;
    }

    later->cleanup->handler = ngx_http_asyncapi_later_terminated;
    later->cleanup->data = later;

    later->scope = ngx_http_asyncapi_scope_create(run, run->root,
                                                  background->block);
    if (later->scope == NULL) {
        return NGX_ERROR;
    }

    ngx_http_set_ctx(run->request, run, ngx_http_asyncapi_module);

    later->task.node = &ngx_http_asyncapi_later_node;
    later->task.kind = &ngx_http_asyncapi_later_kind;
    later->task.scope = run->root;

    op = &later->task.op;
    op->task = &later->task;
    op->node = later->task.node;
    op->active = 1;

    ngx_http_asyncapi_scope_start(run->root, op);
    ngx_http_asyncapi_scope_start(later->scope, op);

    return NGX_OK;
}


static void
ngx_http_asyncapi_later_woken(ngx_event_t *ev)
{
    ngx_connection_t           *c;
    ngx_http_request_t         *r;
    ngx_http_asyncapi_run_t    *run;
    ngx_http_asyncapi_later_t  *later;

    run = ev->data;
    later = run->later;
    r = run->request;
    c = r->connection;

    if (later->terminated) {
        ngx_http_asyncapi_later_cut(later, "a handler has ended its request");
        return;
    }

    ngx_http_set_log_request(c->log, r);

    ngx_http_asyncapi_tasks_work(run);

    ngx_http_run_posted_requests(c);

    if (run->error) {
        ngx_http_asyncapi_later_cut(later, "there is no memory");
        return;
    }

    if (later->left == 0) {
        ngx_http_asyncapi_later_end(later);
    }
}


/* each stands for itself, but those that refer to one that has failed */

static void
ngx_http_asyncapi_later_ended(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_task_t *task)
{
    ngx_str_t                    nothing = ngx_null_string;
    ngx_log_t                   *log;
    ngx_http_asyncapi_later_t   *later;
    ngx_http_asyncapi_result_t  *result;

    later = task->scope->run->later;
    later->left--;

    if (task->state != NGX_HTTP_ASYNCAPI_TASK_FAILED) {
        return;
    }

    result = &task->op.result;

    if (task->op.task || result->origin == &task->node->name) {
        ngx_http_asyncapi_result_log(task, NGX_LOG_ERR, &nothing);
        return;
    }

    log = task->scope->run->request->connection->log;

    ngx_log_error(NGX_LOG_ERR, log, 0,
                  "asyncapi task \"%V\" failed: %V, it needs \"%V\", which has "
                  "failed", &task->node->name,
                  &ngx_http_asyncapi_reason_names[result->reason],
                  result->origin);
}


void
ngx_http_asyncapi_later_cut(ngx_http_asyncapi_later_t *later, const char *why)
{
    ngx_uint_t                  i, n;
    ngx_http_asyncapi_task_t   *task;
    ngx_http_asyncapi_scope_t  *scope[2];

    scope[0] = later->run->root;
    scope[1] = later->scope;

    for (i = 0; i < 2; i++) {
        for (n = 0; n < scope[i]->block->nodes.nelts; n++) {
            task = &scope[i]->tasks[n];

            if (task->node->background
                && task->state != NGX_HTTP_ASYNCAPI_TASK_DONE
                && task->state != NGX_HTTP_ASYNCAPI_TASK_FAILED)
            {
                ngx_http_asyncapi_later_log(later->run, task->node, why);
            }
        }
    }

    ngx_http_asyncapi_later_end(later);
}


void
ngx_http_asyncapi_later_lost(ngx_http_asyncapi_run_t *from, const char *why)
{
    ngx_uint_t                   i, n;
    ngx_http_asyncapi_node_t   **node;
    ngx_http_asyncapi_block_t   *block[2];

    block[0] = from->endpoint->block;
    block[1] = from->endpoint->background->block;

    for (i = 0; i < 2; i++) {
        node = block[i]->nodes.elts;

        for (n = 0; n < block[i]->nodes.nelts; n++) {
            if (node[n]->background) {
                ngx_http_asyncapi_later_log(from, node[n], why);
            }
        }
    }
}


static void
ngx_http_asyncapi_later_log(ngx_http_asyncapi_run_t *run,
    ngx_http_asyncapi_node_t *node, const char *why)
{
    char                      *action;
    ngx_log_t                 *log;
    ngx_str_t                 *path;
    ngx_http_request_t        *r;
    ngx_http_core_loc_conf_t  *clcf;

    r = run->request;
    log = r->connection->log;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    path = run->endpoint->path.len ? &run->endpoint->path : &clcf->name;

    ngx_http_set_log_request(log, r);

    action = log->action;
    log->action = NULL;

    ngx_log_error(NGX_LOG_ERR, log, 0,
                  "asyncapi background task \"%V\" of \"%V\" was cut short: %s",
                  &node->name, path, why);

    log->action = action;
}


static void
ngx_http_asyncapi_later_end(ngx_http_asyncapi_later_t *later)
{
    later->task.op.active = 0;
    later->cleanup->handler = NULL;

    ngx_http_asyncapi_scope_cancel(later->scope, later->terminated);
    ngx_http_asyncapi_run_end(later->run, later->terminated);

    later->done(later);

    ngx_http_asyncapi_later_free(later);
}


/*
 * A handler that waits in a way of its own goes on: what it has is given back
 * when it ends.
 */

static void
ngx_http_asyncapi_later_free(ngx_http_asyncapi_later_t *later)
{
    if (later->terminated) {
        ngx_http_asyncapi_detached_free(later->run->request);
        return;
    }

    if (ngx_http_asyncapi_detached_destroy(later->run->request) != NGX_OK) {
        ngx_add_timer(&later->linger, NGX_HTTP_ASYNCAPI_LINGER);
    }
}


static void
ngx_http_asyncapi_later_linger(ngx_event_t *ev)
{
    ngx_http_asyncapi_later_free(ev->data);
}


/* nginx has given the whole request up, and what waits in it with it */

static void
ngx_http_asyncapi_later_terminated(void *data)
{
    ngx_http_asyncapi_later_t *later = data;

    later->terminated = 1;

    ngx_http_asyncapi_run_wake(later->run);
}

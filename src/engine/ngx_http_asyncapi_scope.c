
/*
 * Copyright (C) The asyncapi module authors
 *
 * Making tasks of nodes: those of a block, which begin together, and those
 * that an operation has of its own.
 */


#include "ngx_http_asyncapi_resolve.h"


static void ngx_http_asyncapi_task_waits(ngx_http_asyncapi_task_t *task,
    ngx_http_asyncapi_op_t *owner, ngx_http_asyncapi_waiter_t **waiter);


/* in this run, and not in that of the answer or of the background */

#define ngx_http_asyncapi_task_runs(task)                                    \
    ((task)->node->background == ((task)->scope->run->later != NULL))


ngx_http_asyncapi_scope_t *
ngx_http_asyncapi_scope_create(ngx_http_asyncapi_run_t *run,
    ngx_http_asyncapi_scope_t *parent, ngx_http_asyncapi_block_t *block)
{
    ngx_uint_t                   i, n;
    ngx_http_asyncapi_node_t   **node;
    ngx_http_asyncapi_scope_t   *scope;

    n = block->nodes.nelts;

    scope = ngx_pcalloc(run->pool,
                        sizeof(ngx_http_asyncapi_scope_t)
                        + n * sizeof(ngx_http_asyncapi_task_t)
                        + block->ndeps * sizeof(ngx_http_asyncapi_waiter_t));
    if (scope == NULL) {
        return NULL;
    }

    scope->parent = parent;
    scope->run = run;
    scope->block = block;
    scope->tasks = (ngx_http_asyncapi_task_t *) &scope[1];

    node = block->nodes.elts;

    for (i = 0; i < n; i++) {
        scope->tasks[i].node = node[i];
        scope->tasks[i].scope = scope;
    }

    return scope;
}


void
ngx_http_asyncapi_scope_start(ngx_http_asyncapi_scope_t *scope,
    ngx_http_asyncapi_op_t *owner)
{
    ngx_uint_t                   i, n;
    ngx_http_asyncapi_waiter_t  *waiter;

    n = scope->block->nodes.nelts;
    waiter = (ngx_http_asyncapi_waiter_t *) &scope->tasks[n];

    /* backwards, so that those who wait for a task are in the order written */

    for (i = n; i > 0; i--) {
        ngx_http_asyncapi_task_waits(&scope->tasks[i - 1], owner, &waiter);
    }

    for (i = 0; i < n; i++) {
        if (scope->tasks[i].pending == 0
            && ngx_http_asyncapi_task_runs(&scope->tasks[i]))
        {
            ngx_http_asyncapi_task_ready(&scope->tasks[i]);
        }
    }
}


static void
ngx_http_asyncapi_task_waits(ngx_http_asyncapi_task_t *task,
    ngx_http_asyncapi_op_t *owner, ngx_http_asyncapi_waiter_t **waiter)
{
    ngx_uint_t                 i;
    ngx_http_asyncapi_dep_t   *dep;
    ngx_http_asyncapi_task_t  *other;

    if (!ngx_http_asyncapi_task_runs(task)) {
        return;
    }

    task->kind = task->node->each ? &ngx_http_asyncapi_each
                                  : ngx_http_asyncapi_node_tries(task->node);
    task->owner = owner;

    dep = task->node->deps.elts;

    for (i = 0; i < task->node->deps.nelts; i++) {

        other = ngx_http_asyncapi_scope_task(task->scope, dep[i].up,
                                             dep[i].node->slot);

        /* cancelled, in another run: there is nothing to wait for */

        if (other->state == NGX_HTTP_ASYNCAPI_TASK_DONE
            || other->state == NGX_HTTP_ASYNCAPI_TASK_CANCELLED)
        {
            continue;
        }

        if (other->state == NGX_HTTP_ASYNCAPI_TASK_FAILED) {

            /* in a race: it ends as soon as it begins, for that reason */

            task->op.result = other->op.result;
            continue;
        }

        (*waiter)->task = task;
        (*waiter)->next = other->waiters;
        other->waiters = *waiter;

        (*waiter)++;
        task->pending++;
    }

    if (task->op.result.reason != NGX_HTTP_ASYNCAPI_OK) {
        task->pending = 0;
    }
}


void
ngx_http_asyncapi_task_init(ngx_http_asyncapi_task_t *task,
    ngx_http_asyncapi_op_t *owner, ngx_http_asyncapi_scope_t *scope,
    ngx_http_asyncapi_kind_t *kind)
{
    ngx_event_t          *timer;
    ngx_asyncapi_slot_t  *slot;

    timer = task->timer;
    slot = task->slot;

    ngx_memzero(task, sizeof(ngx_http_asyncapi_task_t));

    task->node = owner->node;
    task->kind = kind;
    task->scope = scope;
    task->owner = owner;
    task->timer = timer;
    task->slot = slot;
}


void
ngx_http_asyncapi_scope_cancel(ngx_http_asyncapi_scope_t *scope,
    ngx_uint_t closing)
{
    ngx_uint_t  i;

    for (i = 0; i < scope->block->nodes.nelts; i++) {
        ngx_http_asyncapi_task_cancel(&scope->tasks[i], closing);
    }
}

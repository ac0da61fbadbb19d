
/*
 * Copyright (C) The asyncapi module authors
 *
 * The deadline that a task has for itself.
 */


#include "ngx_http_asyncapi_run.h"


static ngx_msec_t ngx_http_asyncapi_task_allowed(
    ngx_http_asyncapi_task_t *task);
static void ngx_http_asyncapi_task_timeout(ngx_event_t *ev);


ngx_int_t
ngx_http_asyncapi_task_deadline(ngx_http_asyncapi_task_t *task)
{
    ngx_event_t  *ev;
    ngx_msec_t    timeout;

    timeout = ngx_http_asyncapi_task_allowed(task);
    ev = task->timer;

    if (timeout == 0 || (ev && ev->timer_set)) {
        return NGX_OK;
    }

    if (ev == NULL) {
        ev = ngx_pcalloc(task->op.pool, sizeof(ngx_event_t));
        if (ev == NULL) {
            return NGX_ERROR;
        }

        ev->handler = ngx_http_asyncapi_task_timeout;
        ev->data = task;
        ev->log = task->op.log;

        task->timer = ev;
    }

    ngx_add_timer(ev, timeout);

    return NGX_OK;
}


/* 0: it has none */

static ngx_msec_t
ngx_http_asyncapi_task_allowed(ngx_http_asyncapi_task_t *task)
{
    if (task->try) {
        return task->node->try_timeout;
    }

    return (task->kind == &ngx_http_asyncapi_each) ? 0 : task->node->timeout;
}


static void
ngx_http_asyncapi_task_timeout(ngx_event_t *ev)
{
    ngx_http_asyncapi_task_t  *task;

    task = ev->data;

    ngx_http_asyncapi_op_abort(&task->op, NGX_HTTP_ASYNCAPI_TIMEOUT,
                           task->state == NGX_HTTP_ASYNCAPI_TASK_QUEUED
                           ? "its deadline passed while it waited for a slot "
                             "of its limit"
                           : "its deadline passed");
}

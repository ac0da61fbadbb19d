
/*
 * Copyright (C) The asyncapi module authors
 *
 * retry= and hedge=: a task that runs its node again when it has failed, and a
 * second time beside the first when that one takes long.  The engine treats it
 * as a kind of its own whose members are the tries.
 */


#include "ngx_http_asyncapi_resolve.h"


/* of the wait before a further try, in milliseconds: see docs/reference.md */

#define NGX_HTTP_ASYNCAPI_BACKOFF_MIN   25
#define NGX_HTTP_ASYNCAPI_BACKOFF_BASE  50
#define NGX_HTTP_ASYNCAPI_BACKOFF_MAX   2000


typedef struct {
    ngx_http_asyncapi_task_t     first;
    ngx_http_asyncapi_task_t     hedge;
    ngx_event_t                  timer;    /* until the hedge, or until the
                                              next try */
    ngx_uint_t                   retries;  /* so far */
    ngx_uint_t                   live;     /* tries that have not ended */
} ngx_http_asyncapi_tries_t;


static ngx_int_t ngx_http_asyncapi_tries_start(ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_tries_next(ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_tries_begin(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_task_t *task);
static void ngx_http_asyncapi_tries_hedge(ngx_event_t *ev);
static void ngx_http_asyncapi_tries_waited(ngx_event_t *ev);
static void ngx_http_asyncapi_tries_ended(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_task_t *task);
static ngx_uint_t ngx_http_asyncapi_tries_again(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_task_t *task);
static ngx_uint_t ngx_http_asyncapi_tries_may(ngx_http_asyncapi_node_t *node,
    ngx_http_asyncapi_result_t *result);
static ngx_msec_t ngx_http_asyncapi_tries_backoff(ngx_uint_t retries);
static ngx_msec_t ngx_http_asyncapi_tries_asked(
    ngx_http_asyncapi_result_t *result);
static ngx_msec_int_t ngx_http_asyncapi_tries_left(
    ngx_http_asyncapi_task_t *task);
static void ngx_http_asyncapi_tries_cancel(ngx_http_asyncapi_op_t *op);


ngx_http_asyncapi_kind_t  ngx_http_asyncapi_tries = {
    ngx_string("retry"),
    0,                                     /* as */
    NULL,                                  /* options */

    NULL,                                  /* create */
    NULL,                                  /* words */
    NULL,                                  /* block */
    NULL,                                  /* check */
    NULL,                                  /* complete */
    NULL,                                  /* prepare */

    ngx_http_asyncapi_tries_start,         /* start */
    ngx_http_asyncapi_tries_cancel,        /* cancel */
    ngx_http_asyncapi_tries_ended,         /* ended */

    NULL,                                  /* once */
    1,                                     /* spares */
    0,                                     /* words_before */
    0                                      /* tells */
};


static ngx_int_t
ngx_http_asyncapi_tries_start(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_tries_t  *tries;

    tries = ngx_pcalloc(op->pool, sizeof(ngx_http_asyncapi_tries_t));
    if (tries == NULL) {
        return NGX_ERROR;
    }

    op->data = tries;

    tries->timer.data = op;
    tries->timer.log = op->log;

    ngx_http_asyncapi_tries_next(op);

    return NGX_OK;
}


static void
ngx_http_asyncapi_tries_next(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_tries_t  *tries;

    tries = op->data;

    ngx_http_asyncapi_tries_begin(op, &tries->first);

    if (op->node->hedge) {
        tries->timer.handler = ngx_http_asyncapi_tries_hedge;
        ngx_add_timer(&tries->timer, op->node->hedge);
    }
}


static void
ngx_http_asyncapi_tries_begin(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_task_t *task)
{
    ngx_http_asyncapi_tries_t  *tries;

    tries = op->data;
    tries->live++;

    ngx_http_asyncapi_task_init(task, op, op->task->scope, op->node->kind);

    task->try = 1;
    task->spare = (task == &tries->hedge);

    ngx_http_asyncapi_task_ready(task);
}


static void
ngx_http_asyncapi_tries_hedge(ngx_event_t *ev)
{
    ngx_http_asyncapi_op_t     *op;
    ngx_http_asyncapi_tries_t  *tries;

    op = ev->data;
    tries = op->data;

    ngx_log_error(NGX_LOG_INFO, ev->log, 0,
                  "asyncapi task \"%V\" has no answer after %Mms: "
                  "a second try starts beside the first",
                  &op->node->name, op->node->hedge);

    ngx_http_asyncapi_tries_begin(op, &tries->hedge);
    ngx_http_asyncapi_run_wake(op->task->scope->run);
}


static void
ngx_http_asyncapi_tries_waited(ngx_event_t *ev)
{
    ngx_http_asyncapi_op_t  *op;

    op = ev->data;

    ngx_http_asyncapi_tries_next(op);
    ngx_http_asyncapi_run_wake(op->task->scope->run);
}


static void
ngx_http_asyncapi_tries_ended(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_task_t *task)
{
    ngx_str_t                    sequel;
    ngx_http_asyncapi_tries_t   *tries;
    ngx_http_asyncapi_result_t   result;

    tries = op->data;
    tries->live--;

    if (task->state == NGX_HTTP_ASYNCAPI_TASK_FAILED && tries->live) {

        ngx_str_set(&sequel, "; the other try goes on");
        ngx_http_asyncapi_result_log(task, NGX_LOG_INFO, &sequel);

        return;
    }

    ngx_http_asyncapi_tries_cancel(op);

    if (task->state == NGX_HTTP_ASYNCAPI_TASK_FAILED
        && ngx_http_asyncapi_tries_again(op, task))
    {
        return;
    }

    result = task->op.result;

    if (result.reason == NGX_HTTP_ASYNCAPI_OK) {
        result.as = NGX_HTTP_ASYNCAPI_AS_VALUE;
        result.body = task->value;
    }

    ngx_http_asyncapi_task_done(op, &result);
}


/*
 * Whether there is a further try.  It begins before any deadline passes that
 * holds for it, so that no deadline has to look for an operation that waits.
 */

static ngx_uint_t
ngx_http_asyncapi_tries_again(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_task_t *task)
{
    u_char                      text[sizeof("; retry  of  in ms") - 1
                                     + 3 * NGX_INT_T_LEN];
    ngx_str_t                   sequel;
    ngx_msec_t                  wait, asked;
    ngx_http_asyncapi_tries_t  *tries;

    tries = op->data;

    if (tries->retries == op->node->retry
        || op->task->scope->run->expired
        || !ngx_http_asyncapi_tries_may(op->node, &task->op.result))
    {
        return 0;
    }

    wait = ngx_http_asyncapi_tries_backoff(tries->retries);
    asked = ngx_http_asyncapi_tries_asked(&task->op.result);
    wait = ngx_max(wait, asked);

    if ((ngx_msec_int_t) wait >= ngx_http_asyncapi_tries_left(op->task)) {
        return 0;
    }

    tries->retries++;

    sequel.data = text;
    sequel.len = ngx_sprintf(text, "; retry %ui of %ui in %Mms",
                             tries->retries, op->node->retry, wait)
                 - text;

    ngx_http_asyncapi_result_log(task, NGX_LOG_WARN, &sequel);

    tries->timer.handler = ngx_http_asyncapi_tries_waited;
    ngx_add_timer(&tries->timer, wait);

    return 1;
}


static ngx_uint_t
ngx_http_asyncapi_tries_may(ngx_http_asyncapi_node_t *node,
    ngx_http_asyncapi_result_t *result)
{
    if (result->retryable || node->retry_told) {
        return result->retryable;
    }

    return result->reason == NGX_HTTP_ASYNCAPI_CONNECT
           || result->reason == NGX_HTTP_ASYNCAPI_TIMEOUT
           || (result->reason == NGX_HTTP_ASYNCAPI_STATUS
               && (result->status == NGX_HTTP_BAD_GATEWAY
                   || result->status == NGX_HTTP_SERVICE_UNAVAILABLE
                   || result->status == NGX_HTTP_GATEWAY_TIME_OUT));
}


/* tasks that failed together are not to come back together */

static ngx_msec_t
ngx_http_asyncapi_tries_backoff(ngx_uint_t retries)
{
    ngx_msec_t  most;

    most = NGX_HTTP_ASYNCAPI_BACKOFF_BASE;

    while (retries-- && most < NGX_HTTP_ASYNCAPI_BACKOFF_MAX) {
        most *= 2;
    }

    most = ngx_min(most, NGX_HTTP_ASYNCAPI_BACKOFF_MAX);

    return NGX_HTTP_ASYNCAPI_BACKOFF_MIN
           + ngx_random() % (most - NGX_HTTP_ASYNCAPI_BACKOFF_MIN + 1);
}


/* Retry-After of a 503, where it is in seconds */

static ngx_msec_t
ngx_http_asyncapi_tries_asked(ngx_http_asyncapi_result_t *result)
{
    ngx_int_t      seconds;
    ngx_uint_t     i;
    ngx_keyval_t  *header;

    if (result->status != NGX_HTTP_SERVICE_UNAVAILABLE
        || result->headers == NULL)
    {
        return 0;
    }

    header = result->headers->elts;

    for (i = 0; i < result->headers->nelts; i++) {

        if (header[i].key.len != sizeof("Retry-After") - 1
            || ngx_strncasecmp(header[i].key.data, (u_char *) "Retry-After",
                               sizeof("Retry-After") - 1)
               != 0)
        {
            continue;
        }

        seconds = ngx_atoi(header[i].value.data, header[i].value.len);

        if (seconds == NGX_ERROR) {
            return 0;
        }

        return ngx_min(seconds, NGX_MAX_INT32_VALUE / 1000) * 1000;
    }

    return 0;
}


/* until the first deadline passes: the task's own, a group's, the endpoint's */

static ngx_msec_int_t
ngx_http_asyncapi_tries_left(ngx_http_asyncapi_task_t *task)
{
    ngx_msec_int_t  left, ms;

    left = ngx_http_asyncapi_run_left(task->scope->run);

    for ( ;; ) {
        if (task->timer && task->timer->timer_set) {
            ms = (ngx_msec_int_t) (task->timer->timer.key - ngx_current_msec);
            left = ngx_min(left, ms);
        }

        if (task->owner == NULL) {
            return left;
        }

        task = task->owner->task;
    }
}


static void
ngx_http_asyncapi_tries_cancel(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_tries_t  *tries;

    tries = op->data;

    if (tries == NULL) {
        return;
    }

    if (tries->timer.timer_set) {
        ngx_del_timer(&tries->timer);
    }

    /* of a hedge that never was there is no task */

    if (tries->hedge.owner) {
        ngx_http_asyncapi_task_cancel(&tries->hedge, op->closing);
    }

    ngx_http_asyncapi_task_cancel(&tries->first, op->closing);
}

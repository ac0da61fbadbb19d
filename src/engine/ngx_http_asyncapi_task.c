
/*
 * Copyright (C) The asyncapi module authors
 *
 * The states of a task.
 *
 * A task waits for what it refers to, is started, and ends once.  Whatever
 * ends an operation only records (task_done, op_abort); what follows from it
 * is worked out in ngx_http_asyncapi_tasks_work(), which no kind ever calls.
 */


#include "ngx_http_asyncapi_offload.h"


/* tasks of a run that begin and end before others are served */
#define NGX_HTTP_ASYNCAPI_TURN  64


static void ngx_http_asyncapi_task_state(ngx_http_asyncapi_task_t *task,
    ngx_http_asyncapi_state_e state);
static void ngx_http_asyncapi_tasks_later(ngx_http_asyncapi_run_t *run);
static void ngx_http_asyncapi_task_begin(ngx_http_asyncapi_task_t *task);
static ngx_int_t ngx_http_asyncapi_task_wanted(ngx_http_asyncapi_task_t *task);
static ngx_int_t ngx_http_asyncapi_task_activate(
    ngx_http_asyncapi_task_t *task);
static void ngx_http_asyncapi_task_start(ngx_http_asyncapi_task_t *task);
static void ngx_http_asyncapi_task_admitted(ngx_http_asyncapi_task_t *task);
static void ngx_http_asyncapi_task_launch(ngx_http_asyncapi_task_t *task);
static void ngx_http_asyncapi_task_release(ngx_http_asyncapi_task_t *task);
static void ngx_http_asyncapi_task_drop(ngx_http_asyncapi_task_t *task);
static void ngx_http_asyncapi_op_ended(ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_task_settle(ngx_http_asyncapi_task_t *task);
static void ngx_http_asyncapi_task_stand_in(ngx_http_asyncapi_task_t *task);
static void ngx_http_asyncapi_task_end(ngx_http_asyncapi_task_t *task,
    ngx_http_asyncapi_state_e state);
static void ngx_http_asyncapi_waiters_wake(ngx_http_asyncapi_task_t *task);


static ngx_str_t  ngx_http_asyncapi_null = ngx_string("null");


static const char  *ngx_http_asyncapi_state_names[] = {
#define X(id, name)  name,
    NGX_HTTP_ASYNCAPI_STATES(X)
#undef X
};


/*
 * Where memory runs out in the midst of a change, a task is cancelled in a
 * state whose queue it has left already: leaving it again does no harm.
 */

static ngx_inline void
ngx_http_asyncapi_dequeue(ngx_queue_t *q)
{
    ngx_queue_remove(q);
    ngx_queue_init(q);
}


/* the only function that changes a task's state */

static void
ngx_http_asyncapi_task_state(ngx_http_asyncapi_task_t *task,
    ngx_http_asyncapi_state_e state)
{
    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, task->scope->run->request->connection
                   ->log, 0,
                   "asyncapi task \"%V\" %s -> %s", &task->node->name,
                   ngx_http_asyncapi_state_names[task->state],
                   ngx_http_asyncapi_state_names[state]);

    task->state = state;
}


void
ngx_http_asyncapi_task_ended(ngx_http_asyncapi_task_t *task,
    ngx_http_asyncapi_state_e state)
{
    ngx_http_asyncapi_task_state(task, state);
}


void
ngx_http_asyncapi_task_ready(ngx_http_asyncapi_task_t *task)
{
    ngx_http_asyncapi_task_state(task, NGX_HTTP_ASYNCAPI_TASK_READY);

    ngx_queue_insert_tail(&task->scope->run->ready, &task->op.queue);
}


void
ngx_http_asyncapi_task_admit(ngx_http_asyncapi_task_t *task)
{
    ngx_http_asyncapi_dequeue(&task->op.queue);

    ngx_http_asyncapi_task_ready(task);
    ngx_http_asyncapi_run_wake(task->scope->run);
}


void
ngx_http_asyncapi_tasks_work(ngx_http_asyncapi_run_t *run)
{
    ngx_uint_t               n;
    ngx_queue_t             *q;
    ngx_http_asyncapi_op_t  *op;

    for (n = 0; !run->failure && !run->answer && !run->error; n++) {

        if (n == NGX_HTTP_ASYNCAPI_TURN) {
            ngx_http_asyncapi_tasks_later(run);
            break;
        }

        if (!ngx_queue_empty(&run->done)) {
            q = ngx_queue_head(&run->done);
            op = ngx_queue_data(q, ngx_http_asyncapi_op_t, queue);

            ngx_http_asyncapi_dequeue(q);
            ngx_http_asyncapi_op_ended(op);

            continue;
        }

        if (!ngx_queue_empty(&run->ready)) {
            q = ngx_queue_head(&run->ready);
            ngx_http_asyncapi_dequeue(q);
            ngx_http_asyncapi_task_begin(
                  ngx_queue_data(q, ngx_http_asyncapi_task_t, op.queue));

            continue;
        }

        break;
    }
}


/* what has been woken meanwhile waits for that, too */

static void
ngx_http_asyncapi_tasks_later(ngx_http_asyncapi_run_t *run)
{
    if (ngx_queue_empty(&run->done) && ngx_queue_empty(&run->ready)) {
        return;
    }

    ngx_log_debug0(NGX_LOG_DEBUG_HTTP, run->request->connection->log, 0,
                   "asyncapi tasks go on in the next turn of the loop");

    if (run->wake.posted) {
        ngx_delete_posted_event(&run->wake);
    }

    ngx_post_event(&run->wake, &ngx_posted_next_events);
}


static void
ngx_http_asyncapi_task_begin(ngx_http_asyncapi_task_t *task)
{
    ngx_int_t                 rc;
    ngx_http_asyncapi_run_t  *run;

    run = task->scope->run;

    if (task->op.active) {
        ngx_http_asyncapi_task_admitted(task);
        return;
    }

    if (task->op.result.reason != NGX_HTTP_ASYNCAPI_OK) {
        ngx_http_asyncapi_task_settle(task);
        return;
    }

    if (task->work == NULL && ngx_http_asyncapi_work_may(run)) {
        rc = ngx_http_asyncapi_offload_task(task);

        if (rc == NGX_AGAIN) {
            return;
        }

        if (rc == NGX_DECLINED) {
            ngx_http_asyncapi_task_settle(task);
            return;
        }

    } else {
        rc = NGX_OK;
    }

    if (rc == NGX_OK) {
        rc = ngx_http_asyncapi_task_wanted(task);
    }

    if (rc == NGX_ERROR) {
        run->error = 1;
        return;
    }

    if (rc == 0) {
        ngx_http_asyncapi_task_release(task);

        task->value = task->node->fallback.len ? task->node->fallback
                                               : ngx_http_asyncapi_null;

        ngx_http_asyncapi_task_end(task, NGX_HTTP_ASYNCAPI_TASK_DONE);
        return;
    }

    if (run->expired) {
        task->op.result.reason = NGX_HTTP_ASYNCAPI_TIMEOUT;
        task->op.result.origin = &task->node->name;
        task->op.result.detail.data = (u_char *) run->late->before;
        task->op.result.detail.len = ngx_strlen(run->late->before);

        ngx_http_asyncapi_task_settle(task);
        return;
    }

    ngx_http_asyncapi_task_start(task);
}


/* if=: 1, 0, or NGX_ERROR */

static ngx_int_t
ngx_http_asyncapi_task_wanted(ngx_http_asyncapi_task_t *task)
{
    ngx_http_asyncapi_node_t       *node;
    ngx_http_asyncapi_work_item_t  *item;

    node = task->node;

    if (!ngx_http_asyncapi_task_asks(task)) {
        return 1;
    }

    if (task->work) {
        item = ngx_http_asyncapi_work_find(task->work, node->condition);
        return ngx_http_asyncapi_work_holds(item);
    }

    return ngx_http_asyncapi_holds(task->scope, node->condition, node->negate);
}


ngx_uint_t
ngx_http_asyncapi_task_asks(ngx_http_asyncapi_task_t *task)
{
    ngx_http_asyncapi_node_t  *node;

    node = task->node;

    if (node->condition == NULL || task->try) {
        return 0;
    }

    /* a condition on $item is asked for each element, any other once */

    return !node->each || node->own_item == task->element;
}


/* from now on deadlines end it */

static ngx_int_t
ngx_http_asyncapi_task_activate(ngx_http_asyncapi_task_t *task)
{
    ngx_http_asyncapi_op_t   *op;
    ngx_http_asyncapi_run_t  *run;

    run = task->scope->run;
    op = &task->op;

    op->task = task;
    op->node = task->node;
    op->request = run->request;
    op->pool = run->pool;
    op->log = run->request->connection->log;
    op->active = 1;

    ngx_queue_insert_tail(&run->running, &op->queue);
    ngx_http_asyncapi_timing_begin(task);

    return ngx_http_asyncapi_task_deadline(task);
}


ngx_int_t
ngx_http_asyncapi_task_work(ngx_http_asyncapi_task_t *task,
    ngx_asyncapi_job_t *job)
{
    task->job = job;

    ngx_http_asyncapi_task_state(task, NGX_HTTP_ASYNCAPI_TASK_WORKING);

    return ngx_http_asyncapi_task_activate(task);
}


void
ngx_http_asyncapi_task_worked(ngx_http_asyncapi_task_t *task)
{
    task->job = NULL;
    task->op.active = 0;

    ngx_http_asyncapi_task_admit(task);
}


static void
ngx_http_asyncapi_task_start(ngx_http_asyncapi_task_t *task)
{
    ngx_int_t                 rc;
    ngx_http_asyncapi_run_t  *run;

    run = task->scope->run;

    if (ngx_http_asyncapi_task_activate(task) != NGX_OK) {
        run->error = 1;
        return;
    }

    rc = NGX_OK;

    /* for each element and each try there is a slot, not for all of them */

    if (task->node->limit && task->kind == task->node->kind) {
        rc = ngx_http_asyncapi_task_take(task);
    }

    switch (rc) {

    case NGX_OK:
        ngx_http_asyncapi_task_launch(task);
        break;

    case NGX_AGAIN:
        ngx_http_asyncapi_task_state(task, NGX_HTTP_ASYNCAPI_TASK_QUEUED);
        break;

    case NGX_DECLINED:
        break;

    default: /* NGX_ERROR */
        run->error = 1;
        break;
    }
}


static void
ngx_http_asyncapi_task_admitted(ngx_http_asyncapi_task_t *task)
{
    ngx_http_asyncapi_run_t  *run;

    run = task->scope->run;

    ngx_queue_insert_tail(&run->running, &task->op.queue);

    if (run->expired) {
        ngx_http_asyncapi_task_failed(&task->op, NGX_HTTP_ASYNCAPI_TIMEOUT,
                                      run->late->before);
        return;
    }

    ngx_http_asyncapi_task_launch(task);
}


static void
ngx_http_asyncapi_task_launch(ngx_http_asyncapi_task_t *task)
{
    ngx_http_asyncapi_op_t  *op;

    op = &task->op;

    ngx_http_asyncapi_task_state(task, NGX_HTTP_ASYNCAPI_TASK_RUNNING);

    if (task->kind->start(op) != NGX_OK) {

        /* what has not begun is not to be cancelled */

        op->active = 0;
        ngx_http_asyncapi_dequeue(&op->queue);
        task->scope->run->error = 1;
    }
}


/*
 * The slot is given back when the task's work has ended, and not before it has
 * been cancelled: there is never more work than slots.
 */

static void
ngx_http_asyncapi_task_release(ngx_http_asyncapi_task_t *task)
{
    if (task->timer && task->timer->timer_set) {
        ngx_del_timer(task->timer);
    }

    if (task->slot) {
        ngx_asyncapi_slot_give(task->slot);
    }
}


void
ngx_http_asyncapi_task_done(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_result_t *result)
{
    ngx_http_asyncapi_run_t  *run;

    if (!op->active) {
        return;
    }

    op->active = 0;
    op->result = *result;

    run = op->task->scope->run;

    ngx_http_asyncapi_dequeue(&op->queue);
    ngx_queue_insert_tail(&run->done, &op->queue);

    ngx_http_asyncapi_run_wake(run);
}


void
ngx_http_asyncapi_op_abort(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_reason_e reason, const char *detail)
{
    if (!op->active) {
        return;
    }

    ngx_http_asyncapi_task_failed(op, reason, detail);

    if (op->task->state == NGX_HTTP_ASYNCAPI_TASK_RUNNING) {
        op->task->kind->cancel(op);

    } else {
        ngx_http_asyncapi_task_drop(op->task);
    }
}


/* the thread's work is of no use any more */

static void
ngx_http_asyncapi_task_drop(ngx_http_asyncapi_task_t *task)
{
    if (task->job) {
        ngx_asyncapi_job_drop(task->job);
        task->job = NULL;
    }
}


static void
ngx_http_asyncapi_op_ended(ngx_http_asyncapi_op_t *op)
{
    ngx_int_t                    rc;
    ngx_http_asyncapi_run_t     *run;
    ngx_http_asyncapi_task_t    *task;
    ngx_http_asyncapi_result_t  *result;

    task = op->task;
    run = task->scope->run;
    result = &op->result;

    if (result->reason == NGX_HTTP_ASYNCAPI_OK && !result->answer) {
        rc = ngx_http_asyncapi_result_value(task, result);

        if (rc == NGX_AGAIN) {
            return;
        }

        if (rc != NGX_OK) {
            run->error = 1;
            return;
        }
    }

    ngx_http_asyncapi_task_release(task);

    ngx_http_asyncapi_timing_end(task);

    if (result->answer) {
        run->answer = result->answer;
        ngx_http_asyncapi_task_state(task, NGX_HTTP_ASYNCAPI_TASK_DONE);
        return;
    }

    if (result->reason != NGX_HTTP_ASYNCAPI_OK && result->origin == NULL) {
        result->origin = &task->node->name;
    }

    ngx_http_asyncapi_task_settle(task);
}


/* what the result means for the task: default= stands in for a failure */

static void
ngx_http_asyncapi_task_settle(ngx_http_asyncapi_task_t *task)
{
    ngx_str_t                    nothing = ngx_null_string;
    ngx_http_asyncapi_result_t  *result;

    result = &task->op.result;

    if (result->reason == NGX_HTTP_ASYNCAPI_OK) {
        task->value = result->body;
        task->scope->run->bytes += result->body.len;

        ngx_http_asyncapi_task_end(task, NGX_HTTP_ASYNCAPI_TASK_DONE);
        return;
    }

    /* not yet for one try */

    if (task->node->fallback.len && !task->try) {
        task->value = task->node->fallback;

        ngx_http_asyncapi_task_stand_in(task);
        ngx_http_asyncapi_task_end(task, NGX_HTTP_ASYNCAPI_TASK_DONE);
        return;
    }

    /* what it means for a group, for each= or tries, is theirs to say */

    if (task->owner == NULL) {
        ngx_http_asyncapi_result_log(task, NGX_LOG_ERR, &nothing);
    }

    ngx_http_asyncapi_task_end(task, NGX_HTTP_ASYNCAPI_TASK_FAILED);
}


/* a task is listed and logged once, however many of its elements failed */

static void
ngx_http_asyncapi_task_stand_in(ngx_http_asyncapi_task_t *task)
{
    u_char                         text[NGX_MAX_ERROR_STR];
    ngx_str_t                      sequel;
    ngx_uint_t                     i;
    ngx_http_asyncapi_run_t       *run;
    ngx_http_asyncapi_stood_in_t  *stood_in;

    run = task->scope->run;
    stood_in = run->stood_in.elts;

    for (i = 0; i < run->stood_in.nelts; i++) {
        if (stood_in[i].name == &task->node->name) {
            return;
        }
    }

    if (run->stood_in.elts == NULL
        && ngx_array_init(&run->stood_in, run->pool, 4,
                          sizeof(ngx_http_asyncapi_stood_in_t))
           != NGX_OK)
    {
        run->error = 1;
        return;
    }

    stood_in = ngx_array_push(&run->stood_in);
    if (stood_in == NULL) {
        run->error = 1;
        return;
    }

    stood_in->name = &task->node->name;
    stood_in->reason = task->op.result.reason;

    if (task->op.result.origin == &task->node->name) {
        ngx_str_set(&sequel, "; its default stands in");

    } else {
        sequel.data = text;
        sequel.len = ngx_snprintf(text, NGX_MAX_ERROR_STR,
                                  "; the default of \"%V\" stands in",
                                  &task->node->name)
                     - text;
    }

    ngx_http_asyncapi_result_log(task, NGX_LOG_WARN, &sequel);
}


static void
ngx_http_asyncapi_task_end(ngx_http_asyncapi_task_t *task,
    ngx_http_asyncapi_state_e state)
{
    ngx_http_asyncapi_task_state(task, state);

    if (task->owner) {

        /* what belongs to an operation that has ended is of no interest */

        if (task->owner->active) {
            task->owner->task->kind->ended(task->owner, task);
        }

    } else if (state == NGX_HTTP_ASYNCAPI_TASK_FAILED) {
        task->scope->run->failure = &task->op.result;
        return;
    }

    ngx_http_asyncapi_waiters_wake(task);
}


static void
ngx_http_asyncapi_waiters_wake(ngx_http_asyncapi_task_t *task)
{
    ngx_http_asyncapi_task_t    *other;
    ngx_http_asyncapi_waiter_t  *waiter;

    for (waiter = task->waiters; waiter; waiter = waiter->next) {
        other = waiter->task;

        if (other->state != NGX_HTTP_ASYNCAPI_TASK_WAITING) {
            continue;
        }

        if (task->state == NGX_HTTP_ASYNCAPI_TASK_FAILED) {

            /* in a race: what it would have read will never be there */

            other->op.result = task->op.result;
            ngx_http_asyncapi_task_settle(other);
            continue;
        }

        if (--other->pending == 0) {
            ngx_http_asyncapi_task_ready(other);
        }
    }

    task->waiters = NULL;
}


void
ngx_http_asyncapi_task_cancel(ngx_http_asyncapi_task_t *task,
    ngx_uint_t closing)
{
    ngx_http_asyncapi_op_t  *op;

    op = &task->op;

    switch (task->state) {

    case NGX_HTTP_ASYNCAPI_TASK_WAITING:
        break;

    case NGX_HTTP_ASYNCAPI_TASK_READY:
    case NGX_HTTP_ASYNCAPI_TASK_QUEUED:
        ngx_http_asyncapi_dequeue(&op->queue);
        op->active = 0;
        break;

    case NGX_HTTP_ASYNCAPI_TASK_RUNNING:
        ngx_http_asyncapi_dequeue(&op->queue);

        if (op->active) {
            op->active = 0;
            op->closing = closing;
            task->kind->cancel(op);
        }

        break;

    case NGX_HTTP_ASYNCAPI_TASK_WORKING:
        ngx_http_asyncapi_dequeue(&op->queue);
        op->active = 0;

        ngx_http_asyncapi_task_drop(task);
        break;

    default:
        return;
    }

    ngx_http_asyncapi_task_release(task);
    ngx_http_asyncapi_task_state(task, NGX_HTTP_ASYNCAPI_TASK_CANCELLED);
}

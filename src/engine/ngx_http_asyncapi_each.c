
/*
 * Copyright (C) The asyncapi module authors
 *
 * each=: a task that runs its node once per element of an array.  The engine
 * treats it as a kind of its own whose members are the elements.
 */


#include "ngx_http_asyncapi_offload.h"


/* one element's run; used again for a later element */

typedef struct {
    ngx_queue_t                  queue;    /* in live, or in free */
    ngx_http_asyncapi_scope_t    scope;
    ngx_http_asyncapi_task_t     task;
} ngx_http_asyncapi_element_t;


typedef struct {
    ngx_str_t                   *values;   /* of elements that are done; of
                                              others, the elements */
    ngx_uint_t                   count;
    ngx_uint_t                   started;
    ngx_uint_t                   ended;
    ngx_queue_t                  live;
    ngx_queue_t                  free;
} ngx_http_asyncapi_each_t;


static ngx_int_t ngx_http_asyncapi_each_start(ngx_http_asyncapi_op_t *op);
static ngx_int_t ngx_http_asyncapi_each_elements(
    ngx_http_asyncapi_elements_t *elements, ngx_pool_t *pool,
    ngx_asyncapi_value_t *value);
static ngx_int_t ngx_http_asyncapi_each_next(ngx_http_asyncapi_op_t *op);
static ngx_http_asyncapi_element_t *ngx_http_asyncapi_each_element(
    ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_each_ended(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_task_t *task);
static void ngx_http_asyncapi_each_finish(ngx_http_asyncapi_op_t *op);
static ngx_int_t ngx_http_asyncapi_each_join(ngx_http_asyncapi_node_t *node,
    ngx_pool_t *pool, ngx_http_asyncapi_result_t *result);
static void ngx_http_asyncapi_each_cancel(ngx_http_asyncapi_op_t *op);


ngx_http_asyncapi_kind_t  ngx_http_asyncapi_each = {
    ngx_string("each"),
    0,                                     /* as */
    NULL,                                  /* options */

    NULL,                                  /* create */
    NULL,                                  /* words */
    NULL,                                  /* block */
    NULL,                                  /* check */
    NULL,                                  /* complete */
    NULL,                                  /* prepare */

    ngx_http_asyncapi_each_start,          /* start */
    ngx_http_asyncapi_each_cancel,         /* cancel */
    ngx_http_asyncapi_each_ended,          /* ended */

    NULL,                                  /* once */
    0,                                     /* spares */
    0,                                     /* words_before */
    0                                      /* tells */
};


static ngx_int_t
ngx_http_asyncapi_each_start(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_each_t       *each;
    ngx_asyncapi_value_t            value;
    ngx_asyncapi_render_t           render;
    ngx_http_asyncapi_elements_t   *elements, here;

    if (op->task->work) {
        elements = op->task->work->data;

    } else {
        ngx_memzero(&here, sizeof(ngx_http_asyncapi_elements_t));

        here.node = op->node;
        elements = &here;

        ngx_http_asyncapi_render_init(&render, op->task->scope);

        if (ngx_asyncapi_ref_value(op->node->each, &render, &value) != NGX_OK
            || ngx_http_asyncapi_each_elements(&here, op->pool, &value)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (elements->reason != NGX_HTTP_ASYNCAPI_OK) {
        ngx_http_asyncapi_task_failed(op, elements->reason, elements->detail);
        return NGX_OK;
    }

    each = ngx_pcalloc(op->pool, sizeof(ngx_http_asyncapi_each_t));
    if (each == NULL) {
        return NGX_ERROR;
    }

    op->data = each;

    ngx_queue_init(&each->live);
    ngx_queue_init(&each->free);

    each->values = elements->elements;
    each->count = elements->count;

    return ngx_http_asyncapi_each_next(op);
}


/* in a thread */

ngx_int_t
ngx_http_asyncapi_each_split(ngx_http_asyncapi_work_t *work,
    ngx_asyncapi_render_t *render)
{
    ngx_http_asyncapi_elements_t   *elements;
    ngx_http_asyncapi_work_item_t  *item;

    elements = work->data;
    item = ngx_http_asyncapi_work_find(work, elements->node->each);

    return ngx_http_asyncapi_each_elements(elements, render->pool,
                                           &item->value);
}


static ngx_int_t
ngx_http_asyncapi_each_elements(ngx_http_asyncapi_elements_t *elements,
    ngx_pool_t *pool, ngx_asyncapi_value_t *value)
{
    ngx_str_t                 *element;
    ngx_asyncapi_json_iter_t   it;

    if (value->type == NGX_ASYNCAPI_VALUE_NONE
        || (value->type == NGX_ASYNCAPI_VALUE_JSON
            && ngx_asyncapi_json_type(&value->data)
               == NGX_ASYNCAPI_JSON_NULL))
    {
        return NGX_OK;
    }

    if (value->type != NGX_ASYNCAPI_VALUE_JSON
        || ngx_asyncapi_json_type(&value->data) != NGX_ASYNCAPI_JSON_ARRAY)
    {
        elements->reason = NGX_HTTP_ASYNCAPI_INVALID;
        elements->detail = "what each= refers to is no array";

        return NGX_OK;
    }

    elements->count = ngx_asyncapi_json_count(&value->data);

    if (elements->count > elements->node->max) {
        elements->reason = NGX_HTTP_ASYNCAPI_TOO_LARGE;
        elements->detail = "the array has more elements than max=";

        return NGX_OK;
    }

    element = ngx_palloc(pool, (elements->count + 1) * sizeof(ngx_str_t));
    if (element == NULL) {
        return NGX_ERROR;
    }

    elements->elements = element;

    ngx_asyncapi_json_iterate(&it, &value->data);

    while (ngx_asyncapi_json_next(&it)) {
        *element++ = it.value;
    }

    return NGX_OK;
}


/* starts elements up to concurrency=; all done: ends the task */

static ngx_int_t
ngx_http_asyncapi_each_next(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_each_t     *each;
    ngx_http_asyncapi_element_t  *element;

    each = op->data;

    while (each->started < each->count
           && each->started - each->ended < op->node->concurrency)
    {
        element = ngx_http_asyncapi_each_element(op);
        if (element == NULL) {
            return NGX_ERROR;
        }

        element->scope.item = each->values[each->started];
        element->scope.index = each->started++;

        ngx_http_asyncapi_task_ready(&element->task);
    }

    if (each->ended == each->count) {
        ngx_http_asyncapi_each_finish(op);
    }

    return NGX_OK;
}


static ngx_http_asyncapi_element_t *
ngx_http_asyncapi_each_element(ngx_http_asyncapi_op_t *op)
{
    ngx_queue_t                  *q;
    ngx_http_asyncapi_each_t     *each;
    ngx_http_asyncapi_element_t  *element;

    each = op->data;

    if (ngx_queue_empty(&each->free)) {

        element = ngx_pcalloc(op->pool, sizeof(ngx_http_asyncapi_element_t));
        if (element == NULL) {
            return NULL;
        }

    } else {
        q = ngx_queue_head(&each->free);
        ngx_queue_remove(q);

        element = ngx_queue_data(q, ngx_http_asyncapi_element_t, queue);
    }

    element->scope.parent = op->task->scope;
    element->scope.run = op->task->scope->run;

    ngx_http_asyncapi_task_init(&element->task, op, &element->scope,
                                ngx_http_asyncapi_node_tries(op->node));

    element->task.element = 1;

    ngx_queue_insert_tail(&each->live, &element->queue);

    return element;
}


static void
ngx_http_asyncapi_each_ended(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_task_t *task)
{
    ngx_http_asyncapi_each_t     *each;
    ngx_http_asyncapi_element_t  *element;

    each = op->data;
    element = ngx_queue_data(task, ngx_http_asyncapi_element_t, task);

    ngx_queue_remove(&element->queue);

    if (task->state == NGX_HTTP_ASYNCAPI_TASK_FAILED) {
        ngx_http_asyncapi_each_cancel(op);
        ngx_http_asyncapi_task_done(op, &task->op.result);
        return;
    }

    each->values[element->scope.index] = task->value;
    each->ended++;

    ngx_queue_insert_tail(&each->free, &element->queue);

    if (ngx_http_asyncapi_each_next(op) != NGX_OK) {
        op->task->scope->run->error = 1;
    }
}


static void
ngx_http_asyncapi_each_finish(ngx_http_asyncapi_op_t *op)
{
    ngx_uint_t                   i;
    ngx_http_asyncapi_each_t    *each;
    ngx_http_asyncapi_result_t   result;

    each = op->data;

    ngx_memzero(&result, sizeof(ngx_http_asyncapi_result_t));

    /* the options of the task have been at each of them */

    result.value = 1;
    result.gather = ngx_http_asyncapi_each_join;
    result.data = each;
    result.size = sizeof("[]") - 1;

    for (i = 0; i < each->count; i++) {
        result.size += each->values[i].len + 1;
    }

    ngx_http_asyncapi_task_done(op, &result);
}


/* the loop or a thread */

static ngx_int_t
ngx_http_asyncapi_each_join(ngx_http_asyncapi_node_t *node, ngx_pool_t *pool,
    ngx_http_asyncapi_result_t *result)
{
    u_char                    *p;
    ngx_uint_t                 i;
    ngx_http_asyncapi_each_t  *each;

    each = result->data;

    p = ngx_pnalloc(pool, result->size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    result->body.data = p;

    *p++ = '[';

    for (i = 0; i < each->count; i++) {
        if (i) {
            *p++ = ',';
        }

        p = ngx_cpymem(p, each->values[i].data, each->values[i].len);
    }

    *p++ = ']';

    result->body.len = p - result->body.data;

    return NGX_OK;
}


static void
ngx_http_asyncapi_each_cancel(ngx_http_asyncapi_op_t *op)
{
    ngx_queue_t                  *q;
    ngx_http_asyncapi_each_t     *each;
    ngx_http_asyncapi_element_t  *element;

    each = op->data;

    if (each == NULL) {
        return;
    }

    while (!ngx_queue_empty(&each->live)) {
        q = ngx_queue_head(&each->live);
        ngx_queue_remove(q);

        element = ngx_queue_data(q, ngx_http_asyncapi_element_t, queue);

        ngx_http_asyncapi_task_cancel(&element->task, op->closing);
    }
}

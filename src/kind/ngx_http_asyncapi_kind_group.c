
/*
 * Copyright (C) The asyncapi module authors
 *
 * gather NAME { tasks }: all of them, as an object.
 * race NAME { tasks }: the first success; the others are cancelled.
 */


#include "ngx_http_asyncapi_resolve.h"


typedef struct {
    ngx_http_asyncapi_scope_t  *scope;
    ngx_uint_t                  left;      /* members that have not ended */
} ngx_http_asyncapi_group_t;


static char *ngx_http_asyncapi_group_block(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n);
static ngx_int_t ngx_http_asyncapi_group_start(ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_group_cancel(ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_gather_ended(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_task_t *task);
static ngx_int_t ngx_http_asyncapi_gather_object(
    ngx_http_asyncapi_node_t *node, ngx_pool_t *pool,
    ngx_http_asyncapi_result_t *result);
static void ngx_http_asyncapi_race_ended(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_task_t *task);
static void ngx_http_asyncapi_race_cancel(ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_race_log(ngx_http_asyncapi_op_t *op,
    ngx_uint_t level);
static ngx_uint_t ngx_http_asyncapi_race_level(ngx_http_asyncapi_task_t *task);


ngx_http_asyncapi_kind_t  ngx_http_asyncapi_kind_gather = {
    ngx_string("gather"),
    0,                                     /* as */
    NULL,                                  /* options */

    NULL,                                  /* create */
    NULL,                                  /* words */
    ngx_http_asyncapi_group_block,         /* block */
    NULL,                                  /* check */
    NULL,                                  /* complete */
    NULL,                                  /* prepare */

    ngx_http_asyncapi_group_start,         /* start */
    ngx_http_asyncapi_group_cancel,        /* cancel */
    ngx_http_asyncapi_gather_ended,        /* ended */

    NULL,                                  /* once */
    0,                                     /* spares */
    0,                                     /* words_before */
    0                                      /* tells */
};


ngx_http_asyncapi_kind_t  ngx_http_asyncapi_kind_race = {
    ngx_string("race"),
    0,                                     /* as */
    NULL,                                  /* options */

    NULL,                                  /* create */
    NULL,                                  /* words */
    ngx_http_asyncapi_group_block,         /* block */
    NULL,                                  /* check */
    NULL,                                  /* complete */
    NULL,                                  /* prepare */

    ngx_http_asyncapi_group_start,         /* start */
    ngx_http_asyncapi_race_cancel,         /* cancel */
    ngx_http_asyncapi_race_ended,          /* ended */

    NULL,                                  /* once */
    1,                                     /* spares */
    0,                                     /* words_before */
    0                                      /* tells */
};


static char *
ngx_http_asyncapi_group_block(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *word, ngx_uint_t n)
{
    char                       *rv;
    ngx_uint_t                  depth;
    ngx_http_asyncapi_block_t  *block;

    depth = 1;

    for (block = node->block; block->owner; block = block->outer) {
        depth++;
    }

    if (depth > NGX_HTTP_ASYNCAPI_NESTING) {
        return "groups are nested too deeply";
    }

    node->members = ngx_http_asyncapi_block_create(cf, node->endpoint,
                                                   node->block, node);
    if (node->members == NULL) {
        return NGX_CONF_ERROR;
    }

    rv = ngx_http_asyncapi_statements(cf, node->members);

    if (rv == NGX_CONF_OK && node->members->nodes.nelts == 0) {
        return "has no tasks: write at least one in its block";
    }

    return rv;
}


static ngx_int_t
ngx_http_asyncapi_group_start(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_group_t  *group;

    group = ngx_palloc(op->pool, sizeof(ngx_http_asyncapi_group_t));
    if (group == NULL) {
        return NGX_ERROR;
    }

    group->left = op->node->members->nodes.nelts;
    group->scope = ngx_http_asyncapi_scope_create(op->task->scope->run,
                                                  op->task->scope,
                                                  op->node->members);
    if (group->scope == NULL) {
        return NGX_ERROR;
    }

    op->data = group;

    ngx_http_asyncapi_scope_start(group->scope, op);

    return NGX_OK;
}


static void
ngx_http_asyncapi_group_cancel(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_group_t  *group;

    group = op->data;

    if (group) {
        ngx_http_asyncapi_scope_cancel(group->scope, op->closing);
    }
}


static void
ngx_http_asyncapi_gather_ended(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_task_t *task)
{
    ngx_uint_t                   i;
    ngx_http_asyncapi_group_t   *group;
    ngx_http_asyncapi_result_t   result;

    group = op->data;

    if (task->state == NGX_HTTP_ASYNCAPI_TASK_FAILED) {
        ngx_http_asyncapi_scope_cancel(group->scope, 0);
        ngx_http_asyncapi_task_done(op, &task->op.result);
        return;
    }

    if (--group->left) {
        return;
    }

    ngx_memzero(&result, sizeof(ngx_http_asyncapi_result_t));

    result.as = NGX_HTTP_ASYNCAPI_AS_VALUE;
    result.gather = ngx_http_asyncapi_gather_object;
    result.data = group->scope;

    for (i = 0; i < group->scope->block->nodes.nelts; i++) {
        result.size += group->scope->tasks[i].value.len;
    }

    ngx_http_asyncapi_task_done(op, &result);
}


/*
 * The loop or a thread: of tasks that have all ended, and which the object
 * refers to, nothing changes any more.
 */

static ngx_int_t
ngx_http_asyncapi_gather_object(ngx_http_asyncapi_node_t *node,
    ngx_pool_t *pool, ngx_http_asyncapi_result_t *result)
{
    ngx_asyncapi_render_t  render;

    ngx_http_asyncapi_render_init(&render, result->data);

    render.pool = pool;

    return ngx_asyncapi_template_render(node->members->object, &render,
                                        &result->body);
}


static void
ngx_http_asyncapi_race_ended(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_task_t *task)
{
    ngx_http_asyncapi_group_t   *group;
    ngx_http_asyncapi_result_t   result;

    group = op->data;
    group->left--;

    if (task->state == NGX_HTTP_ASYNCAPI_TASK_FAILED) {

        if (group->left) {
            return;
        }

        ngx_http_asyncapi_race_log(op, ngx_http_asyncapi_race_level(op->task));

        /* the last one's reason, but it is the race that has failed */

        result = task->op.result;
        result.origin = NULL;

        ngx_http_asyncapi_task_done(op, &result);
        return;
    }

    ngx_http_asyncapi_race_log(op, NGX_LOG_INFO);
    ngx_http_asyncapi_scope_cancel(group->scope, 0);

    result = task->op.result;

    /* the options of the winner have been at it, those of the race have not */

    result.reason = NGX_HTTP_ASYNCAPI_OK;
    result.as = NGX_HTTP_ASYNCAPI_AS_VALUE;
    result.value = 0;
    result.body = task->value;

    ngx_http_asyncapi_task_done(op, &result);
}


static void
ngx_http_asyncapi_race_cancel(ngx_http_asyncapi_op_t *op)
{
    if (op->data) {
        ngx_http_asyncapi_race_log(op, NGX_LOG_INFO);
    }

    ngx_http_asyncapi_group_cancel(op);
}


/*
 * What has failed in the race, but for those that would have read a result of
 * another: only now it is known whether it did any harm.
 */

static void
ngx_http_asyncapi_race_log(ngx_http_asyncapi_op_t *op, ngx_uint_t level)
{
    ngx_str_t                   nothing = ngx_null_string;
    ngx_uint_t                  i;
    ngx_http_asyncapi_task_t   *task;
    ngx_http_asyncapi_group_t  *group;

    group = op->data;

    for (i = 0; i < group->scope->block->nodes.nelts; i++) {
        task = &group->scope->tasks[i];

        if (task->state == NGX_HTTP_ASYNCAPI_TASK_FAILED && task->op.task) {
            ngx_http_asyncapi_result_log(task, level, &nothing);
        }
    }
}


/* of a lost race: as of a failure that goes on to where something stands in */

static ngx_uint_t
ngx_http_asyncapi_race_level(ngx_http_asyncapi_task_t *task)
{
    for ( ;; ) {
        if (task->node->fallback.len) {
            return NGX_LOG_WARN;
        }

        if (task->owner == NULL) {
            return NGX_LOG_ERR;
        }

        task = task->owner->task;

        if (task->kind->spares) {
            return NGX_LOG_INFO;
        }
    }
}

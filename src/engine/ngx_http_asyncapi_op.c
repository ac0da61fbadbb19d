
/*
 * Copyright (C) The asyncapi module authors
 *
 * What kinds ask of the engine while an operation runs.
 */


#include "ngx_http_asyncapi_offload.h"


static ngx_int_t ngx_http_asyncapi_op_refused(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_render_t *render);
static ngx_int_t ngx_http_asyncapi_op_text(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_template_t *tpl, ngx_asyncapi_render_t *render,
    ngx_str_t *out);


const ngx_str_t  ngx_http_asyncapi_reason_names[] = {
    ngx_string("ok"),
#define X(id, name, status)  ngx_string(name),
    NGX_HTTP_ASYNCAPI_REASONS(X)
#undef X
};


const ngx_uint_t  ngx_http_asyncapi_reason_status[] = {
    NGX_HTTP_OK,
#define X(id, name, status)  status,
    NGX_HTTP_ASYNCAPI_REASONS(X)
#undef X
};


void
ngx_http_asyncapi_task_failed(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_reason_e reason, const char *detail)
{
    ngx_http_asyncapi_result_t  result;

    ngx_memzero(&result, sizeof(ngx_http_asyncapi_result_t));

    result.reason = reason;
    result.detail.data = (u_char *) detail;
    result.detail.len = ngx_strlen(detail);

    ngx_http_asyncapi_task_done(op, &result);
}


ngx_int_t
ngx_http_asyncapi_op_render(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_template_t *tpl, ngx_str_t *out)
{
    ngx_int_t              rc;
    ngx_asyncapi_render_t  render;

    if (ngx_asyncapi_template_constant(tpl, out)) {
        return NGX_OK;
    }

    rc = ngx_http_asyncapi_op_text(op, tpl, &render, out);

    if (rc == NGX_DECLINED) {
        return ngx_http_asyncapi_op_refused(op, &render);
    }

    return rc;
}


/* a thread may have rendered it before */

static ngx_int_t
ngx_http_asyncapi_op_text(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_template_t *tpl, ngx_asyncapi_render_t *render,
    ngx_str_t *out)
{
    ngx_http_asyncapi_work_item_t  *item;

    ngx_http_asyncapi_render_init(render, op->task->scope);

    item = op->task->work ? ngx_http_asyncapi_work_find(op->task->work, tpl)
                          : NULL;

    return item ? ngx_http_asyncapi_work_text(item, render, out)
                : ngx_asyncapi_template_render(tpl, render, out);
}


ngx_int_t
ngx_http_asyncapi_op_prepared(ngx_http_asyncapi_op_t *op, void **data)
{
    ngx_int_t                      rc;
    ngx_asyncapi_render_t          render;
    ngx_http_asyncapi_prepared_t  *prepared;

    if (op->task->work) {
        prepared = op->task->work->data;

        rc = prepared->rc;
        render.failed = prepared->failed;
        render.message = prepared->message;

        *data = prepared->data;

    } else {
        ngx_http_asyncapi_render_init(&render, op->task->scope);

        rc = op->node->kind->prepare(op->node, &render, data);
    }

    if (rc == NGX_DECLINED) {
        return ngx_http_asyncapi_op_refused(op, &render);
    }

    return rc;
}


/* NGX_DECLINED, or NGX_ERROR */

static ngx_int_t
ngx_http_asyncapi_op_refused(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_render_t *render)
{
    u_char                      *p;
    size_t                       len;
    ngx_http_asyncapi_result_t   result;

    len = sizeof("the value of \"\" ") - 1 + render->failed->source.len
          + ngx_strlen(render->message);

    p = ngx_pnalloc(op->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&result, sizeof(ngx_http_asyncapi_result_t));

    result.reason = NGX_HTTP_ASYNCAPI_INVALID;
    result.detail.data = p;
    result.detail.len = ngx_sprintf(p, "the value of \"%V\" %s",
                                    &render->failed->source, render->message)
                        - p;

    ngx_http_asyncapi_task_done(op, &result);

    return NGX_DECLINED;
}


void **
ngx_http_asyncapi_op_kept(ngx_http_asyncapi_op_t *op)
{
    return op->task->try ? &op->task->owner->kept : &op->kept;
}


size_t
ngx_http_asyncapi_op_max_result(ngx_http_asyncapi_op_t *op)
{
    return op->task->scope->run->conf->max_result;
}


ngx_uint_t
ngx_http_asyncapi_op_offloads(ngx_http_asyncapi_op_t *op, size_t size)
{
    ngx_http_asyncapi_loc_conf_t  *conf;

    conf = op->task->scope->run->conf;

    return size > conf->offload && conf->thread_pool;
}


ngx_array_t *
ngx_http_asyncapi_op_pass_headers(ngx_http_asyncapi_op_t *op)
{
    return op->task->scope->run->conf->pass_headers;
}


ngx_asyncapi_memory_t *
ngx_http_asyncapi_op_memory(ngx_http_asyncapi_op_t *op)
{
    return op->task->scope->run->memory;
}


ngx_thread_pool_t *
ngx_http_asyncapi_op_thread_pool(ngx_http_asyncapi_op_t *op)
{
    return op->task->scope->run->conf->thread_pool;
}


ngx_int_t
ngx_http_asyncapi_op_lets(ngx_http_asyncapi_op_t *op,
    ngx_http_variable_value_t *variables)
{
    ngx_int_t                   rc;
    ngx_str_t                   value;
    ngx_uint_t                  i, n, *index;
    ngx_asyncapi_render_t       render;
    ngx_http_asyncapi_let_t   **let;
    ngx_http_variable_value_t  *v;

    let = op->node->lets.elts;

    for (i = 0; i < op->node->lets.nelts; i++) {

        if (let[i]->node) {
            rc = ngx_http_asyncapi_op_text(op, let[i]->template, &render,
                                           &value);
        } else {
            rc = ngx_http_asyncapi_let_value(op->task->scope->run, let[i],
                                             &render, &value);
        }

        if (rc == NGX_DECLINED) {
            return ngx_http_asyncapi_op_refused(op, &render);
        }

        if (rc != NGX_OK) {
            return NGX_ERROR;
        }

        index = let[i]->indexes.elts;

        for (n = 0; n < let[i]->indexes.nelts; n++) {
            v = &variables[index[n]];

            v->len = value.len;
            v->data = value.data;
            v->valid = 1;
            v->not_found = 0;
            v->no_cacheable = 0;
        }
    }

    return NGX_OK;
}

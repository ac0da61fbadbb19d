
/*
 * Copyright (C) The asyncapi module authors
 *
 * The values of references while a request runs.
 */


#include "ngx_http_asyncapi_keep.h"
#include "ngx_http_asyncapi_resolve.h"


static ngx_int_t ngx_http_asyncapi_resolve(ngx_asyncapi_render_t *render,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value);
static ngx_int_t ngx_http_asyncapi_get_task(ngx_http_asyncapi_scope_t *scope,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value);
static void ngx_http_asyncapi_get_header(ngx_http_asyncapi_task_t *task,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value);
static ngx_int_t ngx_http_asyncapi_get_item(ngx_http_asyncapi_scope_t *scope,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value);
static ngx_int_t ngx_http_asyncapi_get_index(ngx_http_asyncapi_scope_t *scope,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value);
static ngx_int_t ngx_http_asyncapi_get_param(ngx_http_asyncapi_scope_t *scope,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value);
static ngx_int_t ngx_http_asyncapi_get_let(ngx_http_asyncapi_scope_t *scope,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value);
static ngx_int_t ngx_http_asyncapi_get_capture(
    ngx_http_asyncapi_scope_t *scope, const ngx_asyncapi_ref_t *ref,
    ngx_asyncapi_value_t *value);
static ngx_int_t ngx_http_asyncapi_get_variable(
    ngx_http_asyncapi_scope_t *scope, const ngx_asyncapi_ref_t *ref,
    ngx_asyncapi_value_t *value);
static ngx_int_t ngx_http_asyncapi_number(ngx_pool_t *pool, ngx_uint_t n,
    ngx_asyncapi_value_t *value);


ngx_http_asyncapi_binding_t  ngx_http_asyncapi_resolve_task = {
    ngx_http_asyncapi_get_task, 1
};

ngx_http_asyncapi_binding_t  ngx_http_asyncapi_resolve_item = {
    ngx_http_asyncapi_get_item, 1
};

ngx_http_asyncapi_binding_t  ngx_http_asyncapi_resolve_index = {
    ngx_http_asyncapi_get_index, 1
};

ngx_http_asyncapi_binding_t  ngx_http_asyncapi_resolve_param = {
    ngx_http_asyncapi_get_param, 0
};

ngx_http_asyncapi_binding_t  ngx_http_asyncapi_resolve_let = {
    ngx_http_asyncapi_get_let, 1
};

ngx_http_asyncapi_binding_t  ngx_http_asyncapi_resolve_capture = {
    ngx_http_asyncapi_get_capture, 0
};

ngx_http_asyncapi_binding_t  ngx_http_asyncapi_resolve_variable = {
    ngx_http_asyncapi_get_variable, 0
};


void
ngx_http_asyncapi_render_init(ngx_asyncapi_render_t *render,
    ngx_http_asyncapi_scope_t *scope)
{
    render->pool = scope->run->pool;
    render->resolve = ngx_http_asyncapi_resolve;
    render->data = scope;
    render->failed = NULL;
    render->message = NULL;
}


static ngx_int_t
ngx_http_asyncapi_resolve(ngx_asyncapi_render_t *render,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value)
{
    ngx_http_asyncapi_binding_t  *binding;

    binding = ref->binding;

    return binding->get(render->data, ref, value);
}


ngx_http_asyncapi_task_t *
ngx_http_asyncapi_scope_task(ngx_http_asyncapi_scope_t *scope, ngx_uint_t up,
    ngx_uint_t slot)
{
    for ( ;; ) {

        if (scope->block) {
            if (up == 0) {
                return &scope->tasks[slot];
            }

            up--;
        }

        scope = scope->parent;
    }
}


static ngx_int_t
ngx_http_asyncapi_get_task(ngx_http_asyncapi_scope_t *scope,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value)
{
    ngx_http_asyncapi_task_t  *task;

    task = ngx_http_asyncapi_scope_task(scope, ref->up, ref->slot);

    value->type = NGX_ASYNCAPI_VALUE_NONE;

    if (ref->property == NGX_ASYNCAPI_PROPERTY_HEADER) {
        ngx_http_asyncapi_get_header(task, ref, value);
        return NGX_OK;
    }

    if (ref->property == NGX_ASYNCAPI_PROPERTY_STATUS) {

        if (task->op.result.status == 0) {
            return NGX_OK;
        }

        return ngx_http_asyncapi_number(scope->run->pool,
                                        task->op.result.status, value);
    }

    if (task->state == NGX_HTTP_ASYNCAPI_TASK_DONE) {
        value->type = NGX_ASYNCAPI_VALUE_JSON;
        value->data = task->value;
    }

    return NGX_OK;
}


/* the first header of that name, in which "_" stands for "-" too */

static void
ngx_http_asyncapi_get_header(ngx_http_asyncapi_task_t *task,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value)
{
    size_t         n;
    u_char         a, b;
    ngx_uint_t     i;
    ngx_keyval_t  *header;

    if (task->op.result.headers == NULL) {
        return;
    }

    header = task->op.result.headers->elts;

    for (i = 0; i < task->op.result.headers->nelts; i++) {

        if (header[i].key.len != ref->header.len) {
            continue;
        }

        for (n = 0; n < ref->header.len; n++) {
            a = ngx_tolower(ref->header.data[n]);
            b = ngx_tolower(header[i].key.data[n]);

            if (a != b && !(a == '_' && b == '-')) {
                break;
            }
        }

        if (n == ref->header.len) {
            value->type = NGX_ASYNCAPI_VALUE_TEXT;
            value->data = header[i].value;
            return;
        }
    }
}


static ngx_int_t
ngx_http_asyncapi_get_item(ngx_http_asyncapi_scope_t *scope,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value)
{
    while (scope->block) {
        scope = scope->parent;
    }

    value->type = NGX_ASYNCAPI_VALUE_JSON;
    value->data = scope->item;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_get_index(ngx_http_asyncapi_scope_t *scope,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value)
{
    while (scope->block) {
        scope = scope->parent;
    }

    return ngx_http_asyncapi_number(scope->run->pool, scope->index, value);
}


static ngx_int_t
ngx_http_asyncapi_get_param(ngx_http_asyncapi_scope_t *scope,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value)
{
    *value = scope->run->params[ref->slot];

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_get_let(ngx_http_asyncapi_scope_t *scope,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value)
{
    ngx_int_t                  rc;
    ngx_asyncapi_render_t      render;
    ngx_http_asyncapi_let_t  **let;

    let = scope->run->endpoint->lets.elts;

    rc = ngx_http_asyncapi_let_value(scope->run, let[ref->slot], &render,
                                     &value->data);

    /* a value that can't be put in fails the answer: see answer.c */

    value->type = (rc == NGX_OK) ? NGX_ASYNCAPI_VALUE_TEXT
                                 : NGX_ASYNCAPI_VALUE_NONE;

    return (rc == NGX_ERROR) ? NGX_ERROR : NGX_OK;
}


ngx_int_t
ngx_http_asyncapi_let_value(ngx_http_asyncapi_run_t *run,
    ngx_http_asyncapi_let_t *let, ngx_asyncapi_render_t *render,
    ngx_str_t *value)
{
    ngx_int_t                       rc;
    ngx_http_asyncapi_let_value_t  *cached;

    cached = &run->lets[let->slot];

    if (cached->failed) {
        render->failed = cached->failed;
        render->message = cached->message;

        return NGX_DECLINED;
    }

    if (!cached->set) {
        ngx_http_asyncapi_render_init(render, run->root);

        rc = ngx_asyncapi_template_render(let->template, render,
                                          &cached->value);
        if (rc != NGX_OK) {
            return rc;
        }

        cached->set = 1;
    }

    *value = cached->value;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_get_capture(ngx_http_asyncapi_scope_t *scope,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value)
{
    ngx_uint_t                n;
    ngx_http_asyncapi_run_t  *run;

    run = scope->run;
    n = ref->slot * 2;

    if (n + 1 >= run->ncaptures || run->captures[n] < 0) {
        value->type = NGX_ASYNCAPI_VALUE_NONE;
        return NGX_OK;
    }

    value->type = NGX_ASYNCAPI_VALUE_TEXT;
    value->data.data = run->captures_data + run->captures[n];
    value->data.len = run->captures[n + 1] - run->captures[n];

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_get_variable(ngx_http_asyncapi_scope_t *scope,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value)
{
    ngx_http_asyncapi_run_t    *run;
    ngx_http_variable_value_t  *vv;

    run = scope->run;

    vv = run->later ? ngx_http_asyncapi_kept_variable(run, ref->slot)
                    : ngx_http_get_flushed_variable(run->request, ref->slot);

    if (vv == NULL || vv->not_found) {
        value->type = NGX_ASYNCAPI_VALUE_NONE;
        return NGX_OK;
    }

    value->type = NGX_ASYNCAPI_VALUE_TEXT;
    value->data.len = vv->len;
    value->data.data = vv->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_number(ngx_pool_t *pool, ngx_uint_t n,
    ngx_asyncapi_value_t *value)
{
    value->data.data = ngx_pnalloc(pool, NGX_INT_T_LEN);
    if (value->data.data == NULL) {
        return NGX_ERROR;
    }

    value->type = NGX_ASYNCAPI_VALUE_JSON;
    value->data.len = ngx_sprintf(value->data.data, "%ui", n)
                      - value->data.data;

    return NGX_OK;
}


ngx_int_t
ngx_http_asyncapi_holds(ngx_http_asyncapi_scope_t *scope,
    ngx_asyncapi_ref_t *condition, ngx_uint_t negate)
{
    ngx_asyncapi_value_t   value;
    ngx_asyncapi_render_t  render;

    ngx_http_asyncapi_render_init(&render, scope);

    if (ngx_asyncapi_ref_value(condition, &render, &value) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_asyncapi_value_truthy(&value) != negate;
}

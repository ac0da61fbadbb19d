
/*
 * Copyright (C) The asyncapi module authors
 *
 * Keeping what the background refers to, so that nothing of the request but its
 * memory has to stay for it, and that only where it is large.
 */


#include "ngx_http_asyncapi_detached.h"
#include "ngx_http_asyncapi_keep.h"


/* what of it has been kept */

typedef struct {
    ngx_http_asyncapi_run_t   *run;
    ngx_http_asyncapi_run_t   *from;
    size_t                     copied;    /* bytes */
    size_t                     shared;    /* bytes, where they are */
} ngx_http_asyncapi_keep_t;


static ngx_int_t ngx_http_asyncapi_keep_tasks(ngx_http_asyncapi_keep_t *keep);
static ngx_int_t ngx_http_asyncapi_keep_result(ngx_http_asyncapi_keep_t *keep,
    ngx_http_asyncapi_task_t *task, ngx_http_asyncapi_task_t *from);
static ngx_int_t ngx_http_asyncapi_keep_headers(ngx_pool_t *pool,
    ngx_array_t **headers);
static ngx_int_t ngx_http_asyncapi_keep_params(ngx_http_asyncapi_keep_t *keep);
static ngx_int_t ngx_http_asyncapi_keep_lets(ngx_http_asyncapi_keep_t *keep);
static ngx_int_t ngx_http_asyncapi_keep_captures(
    ngx_http_asyncapi_keep_t *keep);
static ngx_int_t ngx_http_asyncapi_keep_variables(
    ngx_http_asyncapi_keep_t *keep);
static ngx_int_t ngx_http_asyncapi_keep_text(ngx_http_asyncapi_keep_t *keep,
    ngx_str_t *text, ngx_uint_t held);


ngx_int_t
ngx_http_asyncapi_keep(ngx_http_asyncapi_run_t *run,
    ngx_http_asyncapi_run_t *from)
{
    ngx_http_asyncapi_keep_t  keep;

    ngx_memzero(&keep, sizeof(ngx_http_asyncapi_keep_t));

    keep.run = run;
    keep.from = from;

    if (ngx_http_asyncapi_keep_tasks(&keep) != NGX_OK
        || ngx_http_asyncapi_keep_params(&keep) != NGX_OK
        || ngx_http_asyncapi_keep_lets(&keep) != NGX_OK
        || ngx_http_asyncapi_keep_captures(&keep) != NGX_OK
        || ngx_http_asyncapi_keep_variables(&keep) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (keep.shared == 0) {
        return NGX_OK;
    }

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, run->request->connection->log, 0,
                   "asyncapi background keeps %uz bytes where they are",
                   keep.shared);

    run->memory->room = from->memory->room;

    return ngx_asyncapi_memory_share(from->memory, run->pool);
}


static ngx_int_t
ngx_http_asyncapi_keep_tasks(ngx_http_asyncapi_keep_t *keep)
{
    ngx_uint_t                 i;
    ngx_http_asyncapi_run_t   *run;
    ngx_http_asyncapi_task_t  *task, *old;

    run = keep->run;

    run->root = ngx_http_asyncapi_scope_create(run, NULL,
                                               run->endpoint->block);
    if (run->root == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < run->endpoint->block->nodes.nelts; i++) {
        task = &run->root->tasks[i];
        old = &keep->from->root->tasks[i];

        if (task->node->background) {
            continue;
        }

        if (old->state != NGX_HTTP_ASYNCAPI_TASK_DONE || !task->node->kept) {
            ngx_http_asyncapi_task_ended(task,
                                         NGX_HTTP_ASYNCAPI_TASK_CANCELLED);
            continue;
        }

        if (ngx_http_asyncapi_keep_result(keep, task, old) != NGX_OK) {
            return NGX_ERROR;
        }

        ngx_http_asyncapi_task_ended(task, NGX_HTTP_ASYNCAPI_TASK_DONE);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_keep_result(ngx_http_asyncapi_keep_t *keep,
    ngx_http_asyncapi_task_t *task, ngx_http_asyncapi_task_t *from)
{
    task->value = from->value;
    task->op.result.status = from->op.result.status;
    task->op.result.headers = from->op.result.headers;

    if (ngx_http_asyncapi_keep_text(keep, &task->value, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_asyncapi_keep_headers(keep->run->pool,
                                          &task->op.result.headers);
}


static ngx_int_t
ngx_http_asyncapi_keep_headers(ngx_pool_t *pool, ngx_array_t **headers)
{
    ngx_uint_t     i, n;
    ngx_keyval_t  *header, *old;

    if (*headers == NULL) {
        return NGX_OK;
    }

    old = (*headers)->elts;
    n = (*headers)->nelts;

    *headers = ngx_array_create(pool, n + 1, sizeof(ngx_keyval_t));
    if (*headers == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        header = ngx_array_push(*headers);
        *header = old[i];

        if (ngx_http_asyncapi_detach(pool, &header->key) != NGX_OK
            || ngx_http_asyncapi_detach(pool, &header->value) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_keep_params(ngx_http_asyncapi_keep_t *keep)
{
    ngx_uint_t                  i, n;
    ngx_http_asyncapi_run_t    *run;
    ngx_http_asyncapi_param_t  *param;

    run = keep->run;

    param = run->endpoint->params.elts;
    n = run->endpoint->params.nelts;

    if (n == 0) {
        return NGX_OK;
    }

    run->params = ngx_pcalloc(run->pool, n * sizeof(ngx_asyncapi_value_t));
    if (run->params == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {

        if (!param[i].kept) {
            continue;
        }

        run->params[i] = keep->from->params[i];

        if (ngx_http_asyncapi_keep_text(keep, &run->params[i].data, 0)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* all of them have been made for the answer */

static ngx_int_t
ngx_http_asyncapi_keep_lets(ngx_http_asyncapi_keep_t *keep)
{
    ngx_uint_t                      i;
    ngx_http_asyncapi_run_t        *run;
    ngx_http_asyncapi_let_value_t  *known;

    run = keep->run;

    for (i = 0; i < run->endpoint->lets.nelts; i++) {
        known = &run->lets[i];
        *known = keep->from->lets[i];

        if (ngx_http_asyncapi_keep_text(keep, &known->value, known->made)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_keep_captures(ngx_http_asyncapi_keep_t *keep)
{
    int                       end;
    ngx_str_t                 text;
    ngx_uint_t                i;
    ngx_http_asyncapi_run_t  *run, *from;

    run = keep->run;
    from = keep->from;

    if (from->ncaptures == 0) {
        return NGX_OK;
    }

    run->ncaptures = from->ncaptures;
    run->captures = ngx_palloc(run->pool, run->ncaptures * sizeof(int));
    if (run->captures == NULL) {
        return NGX_ERROR;
    }

    end = 0;

    for (i = 0; i < run->ncaptures; i++) {
        run->captures[i] = from->captures[i];
        end = ngx_max(end, run->captures[i]);
    }

    text.data = from->captures_data;
    text.len = end;

    if (ngx_http_asyncapi_detach(run->pool, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    run->captures_data = text.data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_keep_variables(ngx_http_asyncapi_keep_t *keep)
{
    ngx_str_t                         text;
    ngx_uint_t                        i, n, *index;
    ngx_http_asyncapi_run_t          *run;
    ngx_http_variable_value_t        *v;

    run = keep->run;

    index = run->endpoint->background->variables.elts;
    n = run->endpoint->background->variables.nelts;

    if (n == 0) {
        return NGX_OK;
    }

    run->variables = ngx_pcalloc(run->pool,
                                 n * sizeof(ngx_http_variable_value_t));
    if (run->variables == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {

        v = ngx_http_get_flushed_variable(keep->from->request, index[i]);

        if (v == NULL || v->not_found) {
            run->variables[i].not_found = 1;
            continue;
        }

        text.data = v->data;
        text.len = v->len;

        if (ngx_http_asyncapi_keep_text(keep, &text, 0) != NGX_OK) {
            return NGX_ERROR;
        }

        run->variables[i].valid = 1;
        run->variables[i].len = text.len;
        run->variables[i].data = text.data;
    }

    return NGX_OK;
}


/* held: it is in the memory of the run that is over, as what is in its room */

static ngx_int_t
ngx_http_asyncapi_keep_text(ngx_http_asyncapi_keep_t *keep, ngx_str_t *text,
    ngx_uint_t held)
{
    ngx_str_t                *room;
    ngx_http_asyncapi_run_t  *run;

    run = keep->run;
    room = &keep->from->memory->room;

    /* as if it were a result */

    run->bytes += text->len;

    if (keep->copied + text->len > run->conf->offload
        && (held || (text->data >= room->data
                     && text->data < room->data + room->len)))
    {
        keep->shared += text->len;
        return NGX_OK;
    }

    keep->copied += text->len;

    return ngx_http_asyncapi_detach(run->pool, text);
}


ngx_http_variable_value_t *
ngx_http_asyncapi_kept_variable(ngx_http_asyncapi_run_t *run, ngx_uint_t index)
{
    ngx_uint_t  i, *kept;

    kept = run->endpoint->background->variables.elts;

    for (i = 0; kept[i] != index; i++) { /* void */ }

    return &run->variables[i];
}

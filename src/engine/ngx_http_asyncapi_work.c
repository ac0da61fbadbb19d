
/*
 * Copyright (C) The asyncapi module authors
 *
 * Work on large results, in a thread.
 */


#include "ngx_http_asyncapi_work.h"


/* what a reference is bound to, its steps not applied */

typedef struct {
    const ngx_asyncapi_ref_t       *ref;
    ngx_asyncapi_value_t            value;
    ngx_http_asyncapi_let_t        *let;     /* an item before gives it, or
                                                NULL */
} ngx_http_asyncapi_work_value_t;


static ngx_http_asyncapi_work_item_t *ngx_http_asyncapi_work_add(
    ngx_http_asyncapi_work_t *work);
static ngx_int_t ngx_http_asyncapi_work_copy(ngx_http_asyncapi_work_t *work,
    ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value);
static void ngx_http_asyncapi_work_run(ngx_asyncapi_job_t *job);
static ngx_int_t ngx_http_asyncapi_work_do(ngx_http_asyncapi_work_item_t *item,
    ngx_asyncapi_render_t *render);
static ngx_int_t ngx_http_asyncapi_work_resolve(ngx_asyncapi_render_t *render,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value);


ngx_str_t  ngx_http_asyncapi_queue_full =
    ngx_string("the queue of the thread pool is full");

ngx_str_t  ngx_http_asyncapi_passed =
    ngx_string("the endpoint's deadline passed");


void
ngx_http_asyncapi_work_init(ngx_http_asyncapi_work_t *work,
    ngx_http_asyncapi_run_t *run)
{
    ngx_memzero(work, sizeof(ngx_http_asyncapi_work_t));

    work->run = run;
}


ngx_http_asyncapi_work_t *
ngx_http_asyncapi_work_create(ngx_http_asyncapi_run_t *run, size_t size)
{
    ngx_asyncapi_job_t        *job;
    ngx_http_asyncapi_work_t  *work;

    job = ngx_asyncapi_job_create(sizeof(ngx_http_asyncapi_work_t) + size,
                                  ngx_cycle->log);
    if (job == NULL) {
        return NULL;
    }

    work = job->data;

    work->run = run;
    work->job = job;
    work->data = &work[1];
    work->rc = NGX_ERROR;

    if (ngx_array_init(&work->items, job->pool, 4,
                       sizeof(ngx_http_asyncapi_work_item_t))
           != NGX_OK
        || ngx_array_init(&work->values, job->pool, 8,
                          sizeof(ngx_http_asyncapi_work_value_t))
           != NGX_OK)
    {
        ngx_asyncapi_job_destroy(job);
        return NULL;
    }

    job->memory = run->memory;
    job->run = ngx_http_asyncapi_work_run;

    return work;
}


static ngx_http_asyncapi_work_item_t *
ngx_http_asyncapi_work_add(ngx_http_asyncapi_work_t *work)
{
    ngx_http_asyncapi_work_item_t  *item;

    item = ngx_array_push(&work->items);

    if (item) {
        ngx_memzero(item, sizeof(ngx_http_asyncapi_work_item_t));
    }

    return item;
}


ngx_int_t
ngx_http_asyncapi_work_condition(ngx_http_asyncapi_work_t *work,
    ngx_http_asyncapi_scope_t *scope, ngx_asyncapi_ref_t *ref,
    ngx_uint_t negate)
{
    ngx_http_asyncapi_work_item_t  *item;

    if (ngx_http_asyncapi_work_value(work, scope, ref, ref->nsteps != 0)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (work->job == NULL) {
        return NGX_OK;
    }

    item = ngx_http_asyncapi_work_add(work);
    if (item == NULL) {
        return NGX_ERROR;
    }

    item->ref = ref;
    item->condition = 1;
    item->negate = negate;

    return NGX_OK;
}


ngx_int_t
ngx_http_asyncapi_work_ref(ngx_http_asyncapi_work_t *work,
    ngx_http_asyncapi_scope_t *scope, ngx_asyncapi_ref_t *ref)
{
    ngx_http_asyncapi_work_item_t  *item;

    if (ngx_http_asyncapi_work_value(work, scope, ref, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    if (work->job == NULL) {
        return NGX_OK;
    }

    item = ngx_http_asyncapi_work_add(work);
    if (item == NULL) {
        return NGX_ERROR;
    }

    item->ref = ref;

    return NGX_OK;
}


ngx_int_t
ngx_http_asyncapi_work_template(ngx_http_asyncapi_work_t *work,
    ngx_http_asyncapi_scope_t *scope, ngx_asyncapi_template_t *tpl)
{
    ngx_http_asyncapi_work_item_t  *item;

    /* those of lets come first */

    if (ngx_http_asyncapi_work_values(work, scope, tpl, 0) != NGX_OK) {
        return NGX_ERROR;
    }

    if (work->job == NULL) {
        return NGX_OK;
    }

    item = ngx_http_asyncapi_work_add(work);
    if (item == NULL) {
        return NGX_ERROR;
    }

    item->template = tpl;

    return NGX_OK;
}


ngx_int_t
ngx_http_asyncapi_work_let(ngx_http_asyncapi_work_t *work,
    ngx_http_asyncapi_let_t *let)
{
    ngx_http_asyncapi_work_item_t  *item;
    ngx_http_asyncapi_let_value_t  *known;

    known = &work->run->lets[let->slot];

    if (known->set || known->failed) {
        return NGX_OK;
    }

    if (work->job && ngx_http_asyncapi_work_find(work, let->template)) {
        return NGX_OK;
    }

    if (ngx_http_asyncapi_work_template(work, work->run->root, let->template)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (work->job) {
        item = ngx_http_asyncapi_work_find(work, let->template);
        item->let = let;
    }

    return NGX_OK;
}


/* what is linked where it lies is not gone through */

ngx_int_t
ngx_http_asyncapi_work_values(ngx_http_asyncapi_work_t *work,
    ngx_http_asyncapi_scope_t *scope, ngx_asyncapi_template_t *tpl,
    ngx_uint_t linked)
{
    ngx_uint_t            i, walks;
    ngx_array_t          *refs;
    ngx_asyncapi_ref_t  **ref;

    refs = ngx_asyncapi_template_refs(tpl);
    ref = refs->elts;

    for (i = 0; i < refs->nelts; i++) {
        walks = !linked || ngx_asyncapi_template_walks(ref[i]);

        if (ngx_http_asyncapi_work_value(work, scope, ref[i], walks)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_asyncapi_work_value(ngx_http_asyncapi_work_t *work,
    ngx_http_asyncapi_scope_t *scope, ngx_asyncapi_ref_t *ref,
    ngx_uint_t walks)
{
    ngx_asyncapi_value_t             value;
    ngx_http_asyncapi_let_t        **let, *given;
    ngx_http_asyncapi_binding_t     *binding;
    ngx_http_asyncapi_let_value_t   *known;
    ngx_http_asyncapi_work_value_t  *slot;

    binding = ref->binding;
    given = NULL;

    value.type = NGX_ASYNCAPI_VALUE_NONE;
    ngx_str_null(&value.data);

    if (binding == &ngx_http_asyncapi_resolve_let) {
        let = work->run->endpoint->lets.elts;
        known = &work->run->lets[ref->slot];

        if (!known->set && !known->failed) {
            given = let[ref->slot];

            if (ngx_http_asyncapi_work_let(work, given) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    if (given == NULL && binding->get(scope, ref, &value) != NGX_OK) {
        return NGX_ERROR;
    }

    if (walks || value.type == NGX_ASYNCAPI_VALUE_TEXT) {
        work->weight += value.data.len;
    }

    if (work->job == NULL) {
        return NGX_OK;
    }

    if (ngx_http_asyncapi_work_copy(work, ref, &value) != NGX_OK) {
        return NGX_ERROR;
    }

    slot = ngx_array_push(&work->values);
    if (slot == NULL) {
        return NGX_ERROR;
    }

    slot->ref = ref;
    slot->value = value;
    slot->let = given;

    return NGX_OK;
}


/* what is the request's own, or nginx's, may go with the request */

static ngx_int_t
ngx_http_asyncapi_work_copy(ngx_http_asyncapi_work_t *work,
    ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value)
{
    u_char                       *p;
    ngx_str_t                    *room;
    ngx_http_asyncapi_binding_t  *binding;

    binding = ref->binding;
    room = &work->run->memory->room;

    if (value->data.len == 0
        || (binding->kept && ref->property != NGX_ASYNCAPI_PROPERTY_HEADER)
        || (value->data.data >= room->data
            && value->data.data < room->data + room->len))
    {
        return NGX_OK;
    }

    p = ngx_pnalloc(work->job->pool, value->data.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, value->data.data, value->data.len);

    value->data.data = p;

    return NGX_OK;
}


ngx_int_t
ngx_http_asyncapi_work_post(ngx_http_asyncapi_work_t *work,
    void (*done)(ngx_asyncapi_job_t *job), void *owner)
{
    work->job->done = done;
    work->job->owner = owner;

    if (ngx_asyncapi_job_post(work->job, work->run->conf->thread_pool)
        == NGX_OK)
    {
        return NGX_OK;
    }

    ngx_asyncapi_job_destroy(work->job);

    return NGX_BUSY;
}


/* in a thread, as the three that follow */

static void
ngx_http_asyncapi_work_run(ngx_asyncapi_job_t *job)
{
    ngx_uint_t                      i;
    ngx_asyncapi_render_t           render;
    ngx_http_asyncapi_work_t       *work;
    ngx_http_asyncapi_work_item_t  *item;

    work = job->data;
    item = work->items.elts;

    render.pool = job->pool;
    render.resolve = ngx_http_asyncapi_work_resolve;
    render.data = work;

    for (i = 0; i < work->items.nelts; i++) {

        if (ngx_asyncapi_job_unwanted(job)
            || ngx_http_asyncapi_work_do(&item[i], &render) != NGX_OK)
        {
            return;
        }

        if (item[i].condition && !ngx_http_asyncapi_work_holds(&item[i])) {
            work->rc = NGX_OK;
            return;
        }
    }

    work->rc = work->then ? work->then(work, &render) : NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_work_do(ngx_http_asyncapi_work_item_t *item,
    ngx_asyncapi_render_t *render)
{
    ngx_int_t  rc;

    if (item->ref) {
        return ngx_asyncapi_ref_value(item->ref, render, &item->value);
    }

    rc = ngx_asyncapi_template_render(item->template, render,
                                      &item->value.data);

    if (rc == NGX_DECLINED) {
        item->failed = render->failed;
        item->message = render->message;

        return NGX_OK;
    }

    item->value.type = NGX_ASYNCAPI_VALUE_TEXT;

    return rc;
}


static ngx_int_t
ngx_http_asyncapi_work_resolve(ngx_asyncapi_render_t *render,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value)
{
    ngx_http_asyncapi_work_t        *work;
    ngx_http_asyncapi_work_item_t   *item;
    ngx_http_asyncapi_work_value_t  *known;

    work = render->data;

    for (known = work->values.elts; known->ref != ref; known++) {
        /* void */
    }

    if (known->let == NULL) {
        *value = known->value;
        return NGX_OK;
    }

    item = ngx_http_asyncapi_work_find(work, known->let->template);
    *value = item->value;

    return NGX_OK;
}


ngx_int_t
ngx_http_asyncapi_work_over(ngx_http_asyncapi_work_t *work)
{
    ngx_uint_t                      i;
    ngx_http_asyncapi_work_item_t  *item;
    ngx_http_asyncapi_let_value_t  *known;

    if (work->rc != NGX_OK
        || ngx_asyncapi_job_keep(work->job, work->run->pool) != NGX_OK)
    {
        return NGX_ERROR;
    }

    item = work->items.elts;

    for (i = 0; i < work->items.nelts; i++) {

        if (item[i].let == NULL) {
            continue;
        }

        known = &work->run->lets[item[i].let->slot];

        known->value = item[i].value.data;
        known->set = (item[i].value.type == NGX_ASYNCAPI_VALUE_TEXT);
        known->made = known->set;
        known->failed = item[i].failed;
        known->message = item[i].message;
    }

    return NGX_OK;
}


ngx_http_asyncapi_work_item_t *
ngx_http_asyncapi_work_find(ngx_http_asyncapi_work_t *work, const void *what)
{
    ngx_uint_t                      i;
    ngx_http_asyncapi_work_item_t  *item;

    item = work->items.elts;

    for (i = 0; i < work->items.nelts; i++) {
        if (item[i].ref == what || item[i].template == what) {
            return &item[i];
        }
    }

    return NULL;
}


ngx_int_t
ngx_http_asyncapi_work_text(ngx_http_asyncapi_work_item_t *item,
    ngx_asyncapi_render_t *render, ngx_str_t *text)
{
    if (item->failed) {
        render->failed = item->failed;
        render->message = item->message;

        return NGX_DECLINED;
    }

    *text = item->value.data;

    return NGX_OK;
}

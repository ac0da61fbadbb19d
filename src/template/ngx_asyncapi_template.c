
/*
 * Copyright (C) The asyncapi module authors
 *
 * Templates: compiling, binding and rendering of any place.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_template_private.h"


/* how much of the source an error shows */

#define NGX_ASYNCAPI_TEMPLATE_NEAR    24

/* what a value is expected to take */

#define NGX_ASYNCAPI_TEMPLATE_JSON    256
#define NGX_ASYNCAPI_TEMPLATE_TEXT    64


static ngx_asyncapi_template_t *ngx_asyncapi_template_create(ngx_pool_t *pool,
    const ngx_str_t *source, ngx_asyncapi_place_e place,
    ngx_asyncapi_compile_t *c, ngx_asyncapi_template_error_t *err);
static ngx_asyncapi_template_t *ngx_asyncapi_template_finish(
    ngx_asyncapi_template_t *tpl, ngx_int_t rc);
static ngx_int_t ngx_asyncapi_template_hole_bound(ngx_asyncapi_template_t *tpl,
    ngx_asyncapi_hole_t *hole, ngx_asyncapi_template_error_t *err);
static ngx_int_t ngx_asyncapi_template_tail(ngx_asyncapi_template_t *tpl,
    ngx_asyncapi_hole_t *hole, ngx_asyncapi_template_error_t *err);


ngx_asyncapi_template_t *
ngx_asyncapi_template_compile(ngx_pool_t *pool, const ngx_str_t *source,
    ngx_asyncapi_place_e place, ngx_asyncapi_template_error_t *err)
{
    ngx_int_t                 rc;
    ngx_asyncapi_compile_t    c;
    ngx_asyncapi_template_t  *tpl;

    tpl = ngx_asyncapi_template_create(pool, source, place, &c, err);
    if (tpl == NULL) {
        return NULL;
    }

    if (place == NGX_ASYNCAPI_PLACE_JSON) {
        rc = ngx_asyncapi_compile_json(&c, &tpl->ops);

    } else {
        rc = ngx_asyncapi_compile_text(&c, place, &tpl->ops);
    }

    return ngx_asyncapi_template_finish(tpl, rc);
}


ngx_asyncapi_template_t *
ngx_asyncapi_template_compile_value(ngx_pool_t *pool, const ngx_str_t *source,
    ngx_asyncapi_template_error_t *err)
{
    ngx_int_t                       rc;
    ngx_asyncapi_compile_t          c;
    ngx_asyncapi_template_t        *tpl;
    ngx_asyncapi_template_error_t   json;

    tpl = ngx_asyncapi_template_create(pool, source, NGX_ASYNCAPI_PLACE_JSON,
                                       &c, err);
    if (tpl == NULL) {
        return NULL;
    }

    tpl->loose = 1;
    c.loose = 1;

    rc = ngx_asyncapi_compile_json(&c, &tpl->ops);

    if (rc == NGX_OK || err->message == NULL) {
        return ngx_asyncapi_template_finish(tpl, rc);
    }

    /* it is no JSON */

    json = *err;

    tpl = ngx_asyncapi_template_create(pool, source, NGX_ASYNCAPI_PLACE_JSON,
                                       &c, err);
    if (tpl == NULL) {
        return NULL;
    }

    rc = ngx_asyncapi_compile_source(&c, &tpl->ops);

    tpl = ngx_asyncapi_template_finish(tpl, rc);

    if (tpl) {
        *err = json;
    }

    return tpl;
}


static ngx_asyncapi_template_t *
ngx_asyncapi_template_create(ngx_pool_t *pool, const ngx_str_t *source,
    ngx_asyncapi_place_e place, ngx_asyncapi_compile_t *c,
    ngx_asyncapi_template_error_t *err)
{
    ngx_asyncapi_template_t  *tpl;

    ngx_memzero(err, sizeof(ngx_asyncapi_template_error_t));

    tpl = ngx_pcalloc(pool, sizeof(ngx_asyncapi_template_t));
    if (tpl == NULL) {
        return NULL;
    }

    tpl->pool = pool;
    tpl->place = place;

    if (ngx_array_init(&tpl->refs, pool, 4, sizeof(ngx_asyncapi_ref_t *))
        != NGX_OK
        || ngx_asyncapi_ops_init(&tpl->ops, pool) != NGX_OK)
    {
        return NULL;
    }

    /* references and literals are parts of the source */

    tpl->source.len = source->len;
    tpl->source.data = ngx_pnalloc(pool, source->len + 1);

    if (tpl->source.data == NULL) {
        return NULL;
    }

    if (source->len) {
        ngx_memcpy(tpl->source.data, source->data, source->len);
    }

    c->pool = pool;
    c->source = tpl->source;
    c->pos = tpl->source.data;
    c->last = tpl->source.data + source->len;
    c->refs = &tpl->refs;
    c->depth = 0;
    c->loose = 0;
    c->err = err;

    return tpl;
}


static ngx_asyncapi_template_t *
ngx_asyncapi_template_finish(ngx_asyncapi_template_t *tpl, ngx_int_t rc)
{
    ngx_str_t  text;

    if (rc != NGX_OK || ngx_asyncapi_ops_end(&tpl->ops) != NGX_OK) {
        return NULL;
    }

    tpl->constant = ngx_asyncapi_ops_constant(&tpl->ops, &text);

    tpl->hint = tpl->source.len + tpl->refs.nelts
                * (tpl->place == NGX_ASYNCAPI_PLACE_JSON
                   ? NGX_ASYNCAPI_TEMPLATE_JSON : NGX_ASYNCAPI_TEMPLATE_TEXT);

    return tpl;
}


ngx_int_t
ngx_asyncapi_compile_error(ngx_asyncapi_compile_t *c, u_char *at,
    const char *message)
{
    size_t  len;

    c->err->message = message;
    c->err->offset = at - c->source.data;

    /* at its end, what it ends with */

    len = (at < c->last) ? (size_t) (c->last - at) : c->source.len;
    len = ngx_min(len, NGX_ASYNCAPI_TEMPLATE_NEAR);

    c->err->near.data = (at < c->last) ? at : c->last - len;
    c->err->near.len = len;

    return NGX_ERROR;
}


ngx_array_t *
ngx_asyncapi_template_refs(ngx_asyncapi_template_t *tpl)
{
    return &tpl->refs;
}


ngx_int_t
ngx_asyncapi_template_bound(ngx_asyncapi_template_t *tpl,
    ngx_asyncapi_template_error_t *err)
{
    ngx_str_t              tail;
    ngx_uint_t             i;
    ngx_asyncapi_ref_t   **refs;
    ngx_asyncapi_hole_t   *hole;

    ngx_memzero(err, sizeof(ngx_asyncapi_template_error_t));

    refs = tpl->refs.elts;

    for (i = 0; i < tpl->refs.nelts; i++) {
        hole = (ngx_asyncapi_hole_t *) refs[i];

        ngx_asyncapi_ref_tail(refs[i], &tail);

        if (tail.len
            && tpl->loose
            && !hole->ref.braced
            && hole->ref.source.len == tpl->source.len)
        {
            /* "$host.name" is no JSON after all, but the text of a string */

            hole->hole = NGX_ASYNCAPI_HOLE_STRING;
            hole->ref.value = 0;

            if (ngx_asyncapi_compile_quotes(tpl->pool, &tpl->ops)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }

        if (ngx_asyncapi_template_hole_bound(tpl, hole, err) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_template_hole_bound(ngx_asyncapi_template_t *tpl,
    ngx_asyncapi_hole_t *hole, ngx_asyncapi_template_error_t *err)
{
    ngx_asyncapi_ref_t  *ref;

    ref = &hole->ref;

    if (ngx_asyncapi_ref_bound(ref, err) != NGX_OK) {
        return NGX_ERROR;
    }

    err->offset = ref->offset;
    err->near = ref->source;

    switch (hole->hole) {

    case NGX_ASYNCAPI_HOLE_MEMBERS:
    case NGX_ASYNCAPI_HOLE_ELEMENTS:

        if (ref->base == NGX_ASYNCAPI_BASE_VARIABLE
            || ref->base == NGX_ASYNCAPI_BASE_STRUCTURE)
        {
            err->message = "can't be spread, an nginx variable is text";
            return NGX_ERROR;
        }

        if (ref->base == NGX_ASYNCAPI_BASE_RESULT
            && ref->property != NGX_ASYNCAPI_PROPERTY_NONE)
        {
            err->message = "can't be spread, it is neither an object nor an "
                           "array";
            return NGX_ERROR;
        }

        break;

    case NGX_ASYNCAPI_HOLE_URL:

        if (tpl->place == NGX_ASYNCAPI_PLACE_URL
            && ref->offset == 0
            && !ngx_asyncapi_url_may_begin(ref))
        {
            err->message = "can't begin a URL: that must begin with \"/\", "
                           "$uri or $request_uri";
            return NGX_ERROR;
        }

        ngx_asyncapi_url_bound(hole, tpl->place);

        break;

    default:
        break;
    }

    return ngx_asyncapi_template_tail(tpl, hole, err);
}


/* text behind the value becomes a literal of the place */

static ngx_int_t
ngx_asyncapi_template_tail(ngx_asyncapi_template_t *tpl,
    ngx_asyncapi_hole_t *hole, ngx_asyncapi_template_error_t *err)
{
    u_char      *at;
    ngx_int_t    rc;
    ngx_str_t    tail;
    const char  *message;

    ngx_asyncapi_ref_tail(&hole->ref, &tail);

    hole->tail = tail;

    if (tail.len == 0) {
        return NGX_OK;
    }

    if (hole->hole == NGX_ASYNCAPI_HOLE_STRING) {
        hole->tail.len = ngx_asyncapi_json_escape_len(tail.data, tail.len);
        hole->tail.data = ngx_pnalloc(tpl->pool, hole->tail.len);

        if (hole->tail.data == NULL) {
            return NGX_ERROR;
        }

        (void) ngx_asyncapi_json_escape(hole->tail.data, tail.data, tail.len);

        return NGX_OK;
    }

    if (tpl->place != NGX_ASYNCAPI_PLACE_URL) {
        return NGX_OK;
    }

    rc = ngx_asyncapi_url_literal(tpl->pool, &tail, &hole->tail, &at,
                                  &message);

    if (rc == NGX_DECLINED) {
        err->message = "has no members, and what follows it can't stand in a "
                       "URL as text";
    }

    return (rc == NGX_OK) ? NGX_OK : NGX_ERROR;
}


ngx_uint_t
ngx_asyncapi_template_walks(const ngx_asyncapi_ref_t *ref)
{
    const ngx_asyncapi_hole_t  *hole;

    hole = (const ngx_asyncapi_hole_t *) ref;

    return ref->nsteps
           || (hole->hole != NGX_ASYNCAPI_HOLE_VALUE
               && hole->hole != NGX_ASYNCAPI_HOLE_ELEMENTS);
}


ngx_uint_t
ngx_asyncapi_template_constant(ngx_asyncapi_template_t *tpl, ngx_str_t *text)
{
    return ngx_asyncapi_ops_constant(&tpl->ops, text);
}


ngx_int_t
ngx_asyncapi_template_write(ngx_asyncapi_template_t *tpl,
    ngx_asyncapi_render_t *render, ngx_asyncapi_out_t *out)
{
    ngx_int_t  rc;
    ngx_str_t  url;

    if (tpl->place == NGX_ASYNCAPI_PLACE_URL && !tpl->constant) {

        /* checked as a whole */

        rc = ngx_asyncapi_url_render(tpl, render, &url);
        if (rc != NGX_OK) {
            return rc;
        }

        return ngx_asyncapi_out_link(out, url.data, url.len);
    }

    if (out->buf == NULL
        && !tpl->constant
        && ngx_asyncapi_out_reserve(out, tpl->hint) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_asyncapi_ops_write(&tpl->ops, render, out);
}


ngx_int_t
ngx_asyncapi_template_render(ngx_asyncapi_template_t *tpl,
    ngx_asyncapi_render_t *render, ngx_str_t *text)
{
    ngx_int_t           rc;
    ngx_asyncapi_out_t  out;

    if (ngx_asyncapi_template_constant(tpl, text)) {
        return NGX_OK;
    }

    if (tpl->place == NGX_ASYNCAPI_PLACE_URL) {
        return ngx_asyncapi_url_render(tpl, render, text);
    }

    ngx_asyncapi_out_init(&out, render->pool);

    rc = ngx_asyncapi_template_write(tpl, render, &out);
    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_asyncapi_out_string(&out, text);
}

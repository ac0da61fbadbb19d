
/*
 * Copyright (C) The asyncapi module authors
 *
 * What the tests of templates share: names with values, and one function for
 * each end a template may come to.
 */


#ifndef _TEMPLATE_H_INCLUDED_
#define _TEMPLATE_H_INCLUDED_


#include "ngx_asyncapi_unit.h"
#include "ngx_asyncapi_template.h"


#define JSON   NGX_ASYNCAPI_PLACE_JSON
#define TEXT   NGX_ASYNCAPI_PLACE_TEXT
#define URL    NGX_ASYNCAPI_PLACE_URL
#define FORM   NGX_ASYNCAPI_PLACE_FORM
#define BYTES  NGX_ASYNCAPI_PLACE_BYTES
#define VALUE  100                      /* compile_value() */


typedef struct {
    const char              *name;
    ngx_asyncapi_base_e      base;
    ngx_asyncapi_value_e     type;
    const char              *value;
    size_t                   len;       /* 0: of a C string */
} var_t;


static ngx_pool_t  *pool;

/* the test's own, the last one has no name */
extern var_t        vars[];


/* memory of exactly that size, so that a read beyond it is noticed */

static ngx_inline ngx_str_t
str_n(const char *text, size_t len)
{
    ngx_str_t  s;

    s.len = len;
    s.data = ngx_pnalloc(pool, len ? len : 1);
    ngx_memcpy(s.data, text, len);

    return s;
}


static ngx_inline ngx_str_t
str(const char *text)
{
    return str_n(text, ngx_strlen(text));
}


/* of one line, and without what TAP reads as a directive */

static ngx_inline char *
title(ngx_str_t source)
{
    u_char  *p, *title;
    size_t   i;

    title = ngx_pnalloc(pool, source.len * 4 + 1);
    p = title;

    for (i = 0; i < source.len; i++) {

        if (source.data[i] < ' ' || source.data[i] >= 0x7f
            || source.data[i] == '#')
        {
            p = ngx_sprintf(p, "\\x%02xd", source.data[i]);

        } else {
            *p++ = source.data[i];
        }
    }

    *p = '\0';

    return (char *) title;
}


static ngx_inline var_t *
find_var(const ngx_str_t *name)
{
    var_t  *v;

    for (v = vars; v->name; v++) {
        if (ngx_strlen(v->name) == name->len
            && ngx_strncmp(v->name, name->data, name->len) == 0)
        {
            break;
        }
    }

    return v;
}


static ngx_inline ngx_int_t
resolve(ngx_asyncapi_render_t *render, const ngx_asyncapi_ref_t *ref,
    ngx_asyncapi_value_t *value)
{
    var_t  *v;

    v = ref->binding;

    if (v->base == NGX_ASYNCAPI_BASE_RESULT
        && ref->property == NGX_ASYNCAPI_PROPERTY_STATUS)
    {
        value->type = NGX_ASYNCAPI_VALUE_JSON;
        value->data = str("404");
        return NGX_OK;
    }

    if (v->base == NGX_ASYNCAPI_BASE_RESULT
        && ref->property == NGX_ASYNCAPI_PROPERTY_HEADER)
    {
        value->type = NGX_ASYNCAPI_VALUE_TEXT;
        value->data = ref->header;
        return NGX_OK;
    }

    value->type = v->type;
    value->data = str_n(v->value, v->len ? v->len : ngx_strlen(v->value));

    return NGX_OK;
}


static ngx_inline ngx_asyncapi_template_t *
compile(ngx_uint_t place, ngx_str_t source, ngx_asyncapi_template_error_t *err)
{
    return (place == VALUE)
           ? ngx_asyncapi_template_compile_value(pool, &source, err)
           : ngx_asyncapi_template_compile(pool, &source, place, err);
}


static ngx_inline void
bind_vars(ngx_asyncapi_template_t *tpl)
{
    var_t                *v;
    ngx_uint_t            i;
    ngx_array_t          *refs;
    ngx_asyncapi_ref_t  **ref;

    refs = ngx_asyncapi_template_refs(tpl);
    ref = refs->elts;

    for (i = 0; i < refs->nelts; i++) {
        v = find_var(&ref[i]->name);

        if (v->name) {
            ref[i]->base = v->base;
            ref[i]->binding = v;
        }
    }
}


/* compiled and bound, or NULL and a failed test */

static ngx_inline ngx_asyncapi_template_t *
ready(ngx_uint_t place, ngx_str_t source)
{
    ngx_asyncapi_template_t        *tpl;
    ngx_asyncapi_template_error_t   err;

    tpl = compile(place, source, &err);

    if (tpl) {
        bind_vars(tpl);

        if (ngx_asyncapi_template_bound(tpl, &err) == NGX_OK) {
            return tpl;
        }
    }

    ok(0, "%s", title(source));
    diag("%s near \"%.*s\"", err.message, (int) err.near.len, err.near.data);

    return NULL;
}


static ngx_inline ngx_int_t
run(ngx_asyncapi_template_t *tpl, ngx_asyncapi_render_t *render,
    ngx_str_t *text)
{
    ngx_memzero(render, sizeof(ngx_asyncapi_render_t));

    render->pool = pool;
    render->resolve = resolve;

    return ngx_asyncapi_template_render(tpl, render, text);
}


static ngx_inline ngx_str_t
chained(ngx_asyncapi_out_t *out)
{
    size_t        size;
    u_char       *p;
    ngx_str_t     text;
    ngx_chain_t  *cl;

    size = 0;

    for (cl = out->chain; cl; cl = cl->next) {
        if (cl->buf->last <= cl->buf->pos) {
            ok(0, "no buffer of a chain is empty");
        }

        size += cl->buf->last - cl->buf->pos;
    }

    text.len = size;
    text.data = ngx_pnalloc(pool, size + 1);
    p = text.data;

    for (cl = out->chain; cl; cl = cl->next) {
        p = ngx_cpymem(p, cl->buf->pos, cl->buf->last - cl->buf->pos);
    }

    if (size != out->size) {
        ok(0, "the size of a chain is what it has");
    }

    return text;
}


/* the same by all ways; "what" is the test's name, or NULL: the source is */

static ngx_inline ngx_uint_t
renders_n(ngx_uint_t place, ngx_str_t source, ngx_str_t expected,
    const char *what)
{
    ngx_str_t                 text, copy;
    ngx_asyncapi_out_t        out;
    ngx_asyncapi_render_t     render;
    ngx_asyncapi_template_t  *tpl;

    tpl = ready(place, source);
    if (tpl == NULL) {
        return 0;
    }

    if (run(tpl, &render, &text) != NGX_OK) {
        ok(0, "%s", title(source));
        diag("%.*s %s", (int) render.failed->source.len,
             render.failed->source.data, render.message);
        return 0;
    }

    ngx_asyncapi_out_init(&out, pool);

    if (ngx_asyncapi_template_write(tpl, &render, &out) != NGX_OK) {
        return ok(0, "%s is written", title(source));
    }

    copy = chained(&out);

    if (copy.len != text.len || ngx_memcmp(copy.data, text.data, text.len)) {
        ok(0, "%s is written as rendered", title(source));
    }

    copy = text;

    if ((place == JSON || place == VALUE)
        && (ngx_asyncapi_json_validate(&copy, NULL) != NGX_OK
            || copy.len != text.len))
    {
        ok(0, "%s is JSON", title(text));
    }

    if (ngx_asyncapi_template_refs(tpl)->nelts == 0
        && (!ngx_asyncapi_template_constant(tpl, &copy)
            || copy.len != text.len
            || ngx_memcmp(copy.data, text.data, text.len)))
    {
        ok(0, "%s is constant", title(source));
    }

    if (what == NULL) {
        what = title(source);
    }

    if (ok(text.len == expected.len
           && ngx_memcmp(text.data, expected.data, text.len) == 0, "%s", what))
    {
        return 1;
    }

    diag("     got: %.*s", (int) text.len, text.data);
    diag("expected: %.*s", (int) expected.len, expected.data);

    return 0;
}


static ngx_inline ngx_uint_t
renders(ngx_uint_t place, const char *source, const char *expected)
{
    return renders_n(place, str(source), str(expected), NULL);
}


/* not compiled: part of the message, where, and what is there */

static ngx_inline void
refuses(ngx_uint_t place, const char *source, const char *message,
    size_t offset)
{
    ngx_asyncapi_template_error_t  err;

    if (compile(place, str(source), &err)) {
        ok(0, "refused: %s", title(str(source)));
        return;
    }

    if (!ok(err.message && ngx_strstr(err.message, message)
            && err.offset == offset,
            "refused: %s", title(str(source))))
    {
        diag("     got: %s at %d", err.message, (int) err.offset);
        diag("expected: %s at %d", message, (int) offset);
    }

    if (err.near.len > ngx_strlen(source)
        || (offset < ngx_strlen(source)
            && ngx_strncmp(err.near.data, source + offset, err.near.len)))
    {
        ok(0, "what is near in %s: %s", title(str(source)), title(err.near));
    }
}


/* compiled, but its references can't be bound so */

static ngx_inline void
unbound(ngx_uint_t place, const char *source, const char *ref,
    const char *message)
{
    ngx_asyncapi_template_t        *tpl;
    ngx_asyncapi_template_error_t   err;

    tpl = compile(place, str(source), &err);

    if (tpl == NULL) {
        ok(0, "compiled: %s", title(str(source)));
        diag("%s at %d", err.message, (int) err.offset);
        return;
    }

    bind_vars(tpl);

    if (!ok(ngx_asyncapi_template_bound(tpl, &err) == NGX_ERROR
            && err.message && ngx_strstr(err.message, message),
            "not bound: %s", title(str(source))))
    {
        diag("     got: %s", err.message);
        diag("expected: %s", message);
        return;
    }

    is_str(&err.near, ref, "not bound: %s: the reference",
           title(str(source)));
}


/* a value that can't be put in */

static ngx_inline void
declines(ngx_uint_t place, const char *source, const char *ref,
    const char *message)
{
    ngx_str_t                 text;
    ngx_asyncapi_out_t        out;
    ngx_asyncapi_render_t     render;
    ngx_asyncapi_template_t  *tpl;

    tpl = ready(place, str(source));
    if (tpl == NULL) {
        return;
    }

    if (!ok(run(tpl, &render, &text) == NGX_DECLINED, "declined: %s",
            title(str(source))))
    {
        return;
    }

    text = render.failed->source;

    is_str(&text, ref, "declined: %s: the reference",
           title(str(source)));

    ok(ngx_strstr(render.message, message) != NULL,
       "declined: %s: %s", title(str(source)), render.message);

    ngx_asyncapi_out_init(&out, pool);

    if (ngx_asyncapi_template_write(tpl, &render, &out) != NGX_DECLINED) {
        ok(0, "declined: %s: written", title(str(source)));
    }
}


#endif /* _TEMPLATE_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * References: $name.key["any key"][0][-1][*]:status, and the values they
 * stand for.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_template_private.h"


static ngx_int_t ngx_asyncapi_ref_steps(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_ref_t *ref);
static u_char *ngx_asyncapi_ref_step(u_char *p, u_char *last,
    ngx_asyncapi_json_step_t *step);
static u_char *ngx_asyncapi_ref_bracket(u_char *p, u_char *last,
    ngx_asyncapi_json_step_t *step);
static u_char *ngx_asyncapi_ref_index(u_char *p, u_char *last,
    ngx_asyncapi_json_step_t *step);
static void ngx_asyncapi_ref_property(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_ref_t *ref);
static u_char *ngx_asyncapi_ref_word(u_char *p, u_char *last);


ngx_int_t
ngx_asyncapi_ref_parse(ngx_pool_t *pool, const ngx_str_t *source,
    ngx_asyncapi_ref_t *ref, ngx_asyncapi_template_error_t *err)
{
    u_char                  *p;
    ngx_asyncapi_hole_t     *hole;
    ngx_asyncapi_compile_t   c;

    ngx_memzero(err, sizeof(ngx_asyncapi_template_error_t));
    ngx_memzero(&c, sizeof(ngx_asyncapi_compile_t));

    /* the reference's strings are parts of the source */

    p = ngx_pnalloc(pool, source->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    if (source->len) {
        ngx_memcpy(p, source->data, source->len);
    }

    c.pool = pool;
    c.source.len = source->len;
    c.source.data = p;
    c.pos = p;
    c.last = p + source->len;
    c.err = err;

    if (c.pos == c.last || *c.pos != '$') {
        return ngx_asyncapi_compile_error(&c, c.pos,
                    "expected a reference, $name or $name.key,");
    }

    if (ngx_asyncapi_ref_compile(&c, &hole) != NGX_OK) {
        return NGX_ERROR;
    }

    if (c.pos != c.last) {
        return ngx_asyncapi_compile_error(&c, c.pos,
                    "unexpected text after the reference");
    }

    *ref = hole->ref;
    ref->value = 1;

    return NGX_OK;
}


ngx_asyncapi_ref_t *
ngx_asyncapi_ref_parse_at(ngx_pool_t *pool, const ngx_str_t *source,
    u_char **pos, ngx_asyncapi_template_error_t *err)
{
    ngx_asyncapi_hole_t     *hole;
    ngx_asyncapi_compile_t   c;

    ngx_memzero(err, sizeof(ngx_asyncapi_template_error_t));
    ngx_memzero(&c, sizeof(ngx_asyncapi_compile_t));

    c.pool = pool;
    c.source = *source;
    c.pos = *pos;
    c.last = source->data + source->len;
    c.err = err;

    if (ngx_asyncapi_ref_compile(&c, &hole) != NGX_OK) {
        return NULL;
    }

    hole->ref.value = 1;
    *pos = c.pos;

    return &hole->ref;
}


ngx_int_t
ngx_asyncapi_ref_compile(ngx_asyncapi_compile_t *c, ngx_asyncapi_hole_t **hole)
{
    u_char               *start;
    ngx_asyncapi_ref_t   *ref, **elt;

    *hole = ngx_pcalloc(c->pool, sizeof(ngx_asyncapi_hole_t));
    if (*hole == NULL) {
        return NGX_ERROR;
    }

    ref = &(*hole)->ref;

    start = c->pos++;

    if (c->pos < c->last && *c->pos == '{') {
        ref->braced = 1;
        c->pos++;
    }

    ref->name.data = c->pos;
    c->pos = ngx_asyncapi_ref_word(c->pos, c->last);
    ref->name.len = c->pos - ref->name.data;

    if (ref->name.len == 0) {
        return ngx_asyncapi_compile_error(c, start,
                    "no name after the dollar (write $$ for a dollar)");
    }

    if (ngx_asyncapi_ref_steps(c, ref) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_asyncapi_ref_property(c, ref);

    if (ref->braced) {

        if (c->pos == c->last || *c->pos != '}') {
            return ngx_asyncapi_compile_error(c, c->pos,
                        "expected \"}\" at the end of ${...}");
        }

        c->pos++;
    }

    ref->source.data = start;
    ref->source.len = c->pos - start;
    ref->offset = start - c->source.data;

    if (c->refs) {
        elt = ngx_array_push(c->refs);
        if (elt == NULL) {
            return NGX_ERROR;
        }

        *elt = ref;
    }

    return NGX_OK;
}


/* as far as they go: what can't be a step is text, and none of our business */

static ngx_int_t
ngx_asyncapi_ref_steps(ngx_asyncapi_compile_t *c, ngx_asyncapi_ref_t *ref)
{
    u_char                    *end;
    ngx_array_t                steps;
    ngx_asyncapi_json_step_t   step, *elt;

    ref->path_text.data = c->pos;
    steps.elts = NULL;

    for ( ;; ) {
        end = ngx_asyncapi_ref_step(c->pos, c->last, &step);

        if (end == NULL) {
            break;
        }

        if (steps.elts == NULL
            && ngx_array_init(&steps, c->pool, 2,
                              sizeof(ngx_asyncapi_json_step_t))
               != NGX_OK)
        {
            return NGX_ERROR;
        }

        elt = ngx_array_push(&steps);
        if (elt == NULL) {
            return NGX_ERROR;
        }

        *elt = step;

        c->pos = end;
    }

    if (steps.elts) {
        ref->steps = steps.elts;
        ref->nsteps = steps.nelts;
    }

    ref->path_text.len = c->pos - ref->path_text.data;

    return NGX_OK;
}


/* returns the byte behind the step, NULL: there is none at p */

static u_char *
ngx_asyncapi_ref_step(u_char *p, u_char *last, ngx_asyncapi_json_step_t *step)
{
    ngx_memzero(step, sizeof(ngx_asyncapi_json_step_t));

    if (p == last) {
        return NULL;
    }

    if (*p == '[') {
        return ngx_asyncapi_ref_bracket(p + 1, last, step);
    }

    if (*p != '.') {
        return NULL;
    }

    step->type = NGX_ASYNCAPI_JSON_STEP_KEY;
    step->key.data = p + 1;

    p = ngx_asyncapi_ref_word(p + 1, last);

    step->key.len = p - step->key.data;

    return step->key.len ? p : NULL;
}


/* p stands behind "["; returns the byte behind "]", NULL: this is no step */

static u_char *
ngx_asyncapi_ref_bracket(u_char *p, u_char *last,
    ngx_asyncapi_json_step_t *step)
{
    u_char  quote;

    if (p == last) {
        return NULL;
    }

    if (*p == '"' || *p == '\'') {
        quote = *p++;

        step->type = NGX_ASYNCAPI_JSON_STEP_KEY;
        step->key.data = p;

        p = ngx_strlchr(p, last, quote);
        if (p == NULL) {
            return NULL;
        }

        step->key.len = p - step->key.data;
        p++;

    } else if (*p == '*') {
        step->type = NGX_ASYNCAPI_JSON_STEP_EACH;
        p++;

    } else {
        p = ngx_asyncapi_ref_index(p, last, step);
        if (p == NULL) {
            return NULL;
        }
    }

    return (p < last && *p == ']') ? p + 1 : NULL;
}


static u_char *
ngx_asyncapi_ref_index(u_char *p, u_char *last, ngx_asyncapi_json_step_t *step)
{
    u_char      *digits;
    ngx_int_t    n;
    ngx_uint_t   negative;

    negative = (*p == '-');

    if (negative) {
        p++;
    }

    for (digits = p; p < last && *p >= '0' && *p <= '9'; p++) { /* void */ }

    /* of more digits than a number has: no array is so long */

    n = ngx_atoi(digits, p - digits);

    if (n == NGX_ERROR) {

        if (p == digits) {
            return NULL;
        }

        n = NGX_MAX_INT_T_VALUE;
    }

    step->type = NGX_ASYNCAPI_JSON_STEP_INDEX;
    step->index = negative ? -n : n;

    return p;
}


static void
ngx_asyncapi_ref_property(ngx_asyncapi_compile_t *c, ngx_asyncapi_ref_t *ref)
{
    u_char  *p, *name;

    ref->property_text.data = c->pos;

    if (c->pos == c->last || *c->pos != ':') {
        return;
    }

    name = c->pos + 1;
    p = ngx_asyncapi_ref_word(name, c->last);

    if (p - name == 6 && ngx_strncmp(name, "status", 6) == 0) {
        ref->property = NGX_ASYNCAPI_PROPERTY_STATUS;

    } else if (p - name == 6 && ngx_strncmp(name, "header", 6) == 0
               && p < c->last && *p == '.')
    {
        name = p + 1;
        p = ngx_asyncapi_ref_word(name, c->last);

        if (p == name) {
            return;
        }

        ref->property = NGX_ASYNCAPI_PROPERTY_HEADER;
        ref->header.data = name;
        ref->header.len = p - name;

    } else {
        return;
    }

    ref->property_text.len = p - ref->property_text.data;
    c->pos = p;
}


static u_char *
ngx_asyncapi_ref_word(u_char *p, u_char *last)
{
    while (p < last && ngx_asyncapi_is_name(*p)) {
        p++;
    }

    return p;
}


ngx_int_t
ngx_asyncapi_ref_bound(const ngx_asyncapi_ref_t *ref,
    ngx_asyncapi_template_error_t *err)
{
    ngx_str_t  tail;

    ngx_memzero(err, sizeof(ngx_asyncapi_template_error_t));

    ngx_asyncapi_ref_tail(ref, &tail);

    if (ref->base == NGX_ASYNCAPI_BASE_UNBOUND) {
        err->message = "is not known here";

    } else if (tail.len == 0 || !(ref->value || ref->braced)) {
        return NGX_OK;

    } else if (ref->base == NGX_ASYNCAPI_BASE_JSON) {
        err->message = "has no status and no headers, only a task has "
                       "(text after it stands in a string only)";

    } else if (ref->base == NGX_ASYNCAPI_BASE_SCALAR) {
        err->message = "has no members, it is a single value (text after it "
                       "stands in a string only, and after the braces)";

    } else {
        err->message = "has no members, an nginx variable is text (text "
                       "after it stands in a string only, and after the "
                       "braces)";
    }

    err->offset = ref->offset;
    err->near = ref->source;

    return NGX_ERROR;
}


/* what is written as steps and property and is text behind the value */

void
ngx_asyncapi_ref_tail(const ngx_asyncapi_ref_t *ref, ngx_str_t *tail)
{
    switch (ref->base) {

    case NGX_ASYNCAPI_BASE_RESULT:
        ngx_str_null(tail);
        break;

    case NGX_ASYNCAPI_BASE_JSON:
        *tail = ref->property_text;
        break;

    default:

        /* one lies behind the other */

        tail->data = ref->path_text.data;
        tail->len = ref->path_text.len + ref->property_text.len;
        break;
    }
}


ngx_int_t
ngx_asyncapi_ref_value(const ngx_asyncapi_ref_t *ref,
    ngx_asyncapi_render_t *render, ngx_asyncapi_value_t *value)
{
    ngx_int_t  rc;
    ngx_str_t  member;

    value->type = NGX_ASYNCAPI_VALUE_NONE;
    ngx_str_null(&value->data);

    if (render->resolve(render, ref, value) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ref->nsteps == 0 || value->type == NGX_ASYNCAPI_VALUE_NONE) {
        return NGX_OK;
    }

    switch (ref->base) {

    case NGX_ASYNCAPI_BASE_RESULT:

        if (ref->property != NGX_ASYNCAPI_PROPERTY_NONE) {
            return NGX_OK;
        }

        break;

    case NGX_ASYNCAPI_BASE_JSON:
        break;

    default:
        return NGX_OK;
    }

    rc = NGX_DECLINED;

    if (value->type == NGX_ASYNCAPI_VALUE_JSON) {
        rc = ngx_asyncapi_json_get(render->pool, &value->data, ref->steps,
                                   ref->nsteps, &member);
    }

    if (rc == NGX_OK) {
        value->data = member;

    } else {
        value->type = NGX_ASYNCAPI_VALUE_NONE;
        ngx_str_null(&value->data);
    }

    return (rc == NGX_ERROR) ? NGX_ERROR : NGX_OK;
}


ngx_uint_t
ngx_asyncapi_value_truthy(const ngx_asyncapi_value_t *value)
{
    const ngx_str_t  *data;

    data = &value->data;

    switch (value->type) {

    case NGX_ASYNCAPI_VALUE_JSON:
        return ngx_asyncapi_json_truthy(data);

    case NGX_ASYNCAPI_VALUE_TEXT:
        break;

    default:
        return 0;
    }

    switch (data->len) {

    case 0:
        return 0;

    case 1:
        return data->data[0] != '0';

    case 4:
        return ngx_strncmp(data->data, "null", 4) != 0;

    case 5:
        return ngx_strncmp(data->data, "false", 5) != 0;

    default:
        return 1;
    }
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * URLs and forms: what a value may hold there, and dot segments, which would
 * let it leave the path that the template wrote.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_template_private.h"


/* bytes that are escaped, one bit each: an element has 32 of them */

                    /* all but A-Z a-z 0-9 - . _ ~ */

static const uint32_t  ngx_asyncapi_url_value[] = {
    0xffffffff, 0xfc009fff, 0x78000001, 0xb8000001,
    0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff
};

                    /* what can't be in a URL: controls, space, non-ASCII,
                       " # < > \ ^ ` { | } */

static const uint32_t  ngx_asyncapi_url_structure[] = {
    0xffffffff, 0x5000000d, 0x50000000, 0xb8000001,
    0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff
};

                    /* the same, "%" and "?" */

static const uint32_t  ngx_asyncapi_url_decoded[] = {
    0xffffffff, 0xd000002d, 0x50000000, 0xb8000001,
    0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff
};


static ngx_uint_t ngx_asyncapi_url_is_decoded(const ngx_asyncapi_ref_t *ref);
static size_t ngx_asyncapi_url_escape_len(const ngx_str_t *text,
    const uint32_t *escape, ngx_uint_t keep);
static void ngx_asyncapi_url_escape(u_char *dst, const ngx_str_t *text,
    const uint32_t *escape, ngx_uint_t keep);
static ngx_uint_t ngx_asyncapi_url_is_escape(const u_char *p,
    const u_char *last);
static u_char *ngx_asyncapi_url_dots(const ngx_str_t *url);
static ngx_uint_t ngx_asyncapi_url_is_dots(u_char *p, u_char *last);
static const ngx_asyncapi_ref_t *ngx_asyncapi_url_culprit(
    ngx_asyncapi_template_t *tpl, size_t *ends, size_t offset);


/* the URL that is written, with something that is no dot for the references */

ngx_int_t
ngx_asyncapi_url_check(ngx_asyncapi_compile_t *c)
{
    u_char               *p;
    ngx_str_t             url;
    ngx_uint_t            i;
    ngx_asyncapi_ref_t  **refs;

    url = c->source;

    if (url.len == 0) {
        return NGX_OK;
    }

    refs = c->refs->elts;

    if (url.data[0] != '/'
        && url.data[0] != '?'
        && (c->refs->nelts == 0 || refs[0]->offset != 0))
    {
        return ngx_asyncapi_compile_error(c, url.data,
                                          "a URL must begin with \"/\",");
    }

    url.data = ngx_pstrdup(c->pool, &url);
    if (url.data == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < c->refs->nelts; i++) {
        ngx_memset(url.data + refs[i]->offset, '$', refs[i]->source.len);
    }

    p = ngx_asyncapi_url_dots(&url);

    if (p) {
        return ngx_asyncapi_compile_error(c, c->source.data + (p - url.data),
                    "segment \".\" or \"..\" in a URL");
    }

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_url_literal(ngx_pool_t *pool, const ngx_str_t *source,
    ngx_str_t *text, u_char **at, const char **message)
{
    size_t   len;
    u_char  *p, *last, *dst;

    p = source->data;
    last = p + source->len;

    for ( /* void */ ; p < last; p++) {

        if (*p == ' ') {
            *message = "space in a URL (write %20)";

        } else if (*p < ' ' || *p == 0x7f) {
            *message = "control character in a URL";

        } else if (*p == '#') {
            *message = "fragment in a URL, which is never sent (write %23 for "
                       "the character)";

        } else if (*p == '%' && !ngx_asyncapi_url_is_escape(p, last)) {
            *message = "percent sign that encodes nothing (write %25)";

        } else {
            continue;
        }

        *at = p;

        return NGX_DECLINED;
    }

    len = ngx_asyncapi_url_escape_len(source, ngx_asyncapi_url_structure, 0);

    dst = ngx_pnalloc(pool, len + 1);
    if (dst == NULL) {
        return NGX_ERROR;
    }

    ngx_asyncapi_url_escape(dst, source, ngx_asyncapi_url_structure, 0);

    text->len = len;
    text->data = dst;

    return NGX_OK;
}


void
ngx_asyncapi_url_bound(ngx_asyncapi_hole_t *hole, ngx_asyncapi_place_e place)
{
    switch (hole->ref.base) {

    case NGX_ASYNCAPI_BASE_VARIABLE:
        hole->escape = NGX_ASYNCAPI_URL_KEEP;
        break;

    case NGX_ASYNCAPI_BASE_STRUCTURE:

        if (place == NGX_ASYNCAPI_PLACE_URL) {
            hole->escape = ngx_asyncapi_url_is_decoded(&hole->ref)
                           ? NGX_ASYNCAPI_URL_DECODED
                           : NGX_ASYNCAPI_URL_STRUCTURE;
            break;
        }

        /* a form has one structure only, that of the template */

        hole->escape = ngx_asyncapi_url_is_decoded(&hole->ref)
                       ? NGX_ASYNCAPI_URL_VALUE : NGX_ASYNCAPI_URL_KEEP;
        break;

    default:
        hole->escape = NGX_ASYNCAPI_URL_VALUE;
        break;
    }
}


/* $args would continue what stands before the URL: the host */

ngx_uint_t
ngx_asyncapi_url_may_begin(const ngx_asyncapi_ref_t *ref)
{
    static const ngx_str_t  args = ngx_string("args");
    static const ngx_str_t  query = ngx_string("query_string");

    if (ref->base != NGX_ASYNCAPI_BASE_STRUCTURE) {
        return 0;
    }

    return !(ref->name.len == args.len
             && ngx_strncmp(ref->name.data, args.data, args.len) == 0)
           && !(ref->name.len == query.len
                && ngx_strncmp(ref->name.data, query.data, query.len) == 0);
}


/* nginx has decoded them: what looks like an escape is a file's name */

static ngx_uint_t
ngx_asyncapi_url_is_decoded(const ngx_asyncapi_ref_t *ref)
{
    return (ref->name.len == 3
            && ngx_strncmp(ref->name.data, "uri", 3) == 0)
           || (ref->name.len == 12
               && ngx_strncmp(ref->name.data, "document_uri", 12) == 0);
}


ngx_int_t
ngx_asyncapi_write_url(const ngx_asyncapi_template_op_t *op,
    ngx_asyncapi_render_t *render, ngx_asyncapi_out_t *out)
{
    size_t           len;
    u_char          *p;
    ngx_str_t        text;
    ngx_uint_t       keep;
    const uint32_t  *escape;

    static const uint32_t  *const  tables[] = {
        ngx_asyncapi_url_value,
        ngx_asyncapi_url_value,
        ngx_asyncapi_url_structure,
        ngx_asyncapi_url_decoded
    };

    if (ngx_asyncapi_text_value(op->hole, render, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    keep = (op->hole->escape == NGX_ASYNCAPI_URL_KEEP);
    escape = tables[op->hole->escape];

    len = ngx_asyncapi_url_escape_len(&text, escape, keep);

    p = ngx_asyncapi_out_room(out, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_asyncapi_url_escape(p, &text, escape, keep);

    return ngx_asyncapi_out_copy(out, op->hole->tail.data, op->hole->tail.len);
}


static size_t
ngx_asyncapi_url_escape_len(const ngx_str_t *text, const uint32_t *escape,
    ngx_uint_t keep)
{
    size_t   len;
    u_char  *p, *last;

    len = text->len;
    last = text->data + text->len;

    for (p = text->data; p < last; p++) {

        if ((escape[*p >> 5] & (1U << (*p & 0x1f)))
            && !(keep && ngx_asyncapi_url_is_escape(p, last)))
        {
            len += 2;
        }
    }

    return len;
}


static void
ngx_asyncapi_url_escape(u_char *dst, const ngx_str_t *text,
    const uint32_t *escape, ngx_uint_t keep)
{
    u_char  *p, *last;

    static const u_char  hex[] = "0123456789ABCDEF";

    last = text->data + text->len;

    for (p = text->data; p < last; p++) {

        if ((escape[*p >> 5] & (1U << (*p & 0x1f)))
            && !(keep && ngx_asyncapi_url_is_escape(p, last)))
        {
            *dst++ = '%';
            *dst++ = hex[*p >> 4];
            *dst++ = hex[*p & 0xf];

        } else {
            *dst++ = *p;
        }
    }
}


/* "%" and two hexadecimal digits */

static ngx_uint_t
ngx_asyncapi_url_is_escape(const u_char *p, const u_char *last)
{
    u_char  ch;

    if (last - p < 3 || *p != '%') {
        return 0;
    }

    for (last = p + 3, p++; p < last; p++) {
        ch = (u_char) (*p | 0x20);

        if (!((*p >= '0' && *p <= '9') || (ch >= 'a' && ch <= 'f'))) {
            return 0;
        }
    }

    return 1;
}


ngx_int_t
ngx_asyncapi_url_render(ngx_asyncapi_template_t *tpl,
    ngx_asyncapi_render_t *render, ngx_str_t *url)
{
    size_t                      *ends;
    u_char                      *p;
    ngx_int_t                    rc;
    ngx_uint_t                   i;
    ngx_asyncapi_out_t           out;
    ngx_asyncapi_template_op_t  *op;

    ngx_asyncapi_out_init(&out, render->pool);

    ends = ngx_palloc(render->pool, tpl->ops.list.nelts * sizeof(size_t));
    if (ends == NULL) {
        return NGX_ERROR;
    }

    if (ngx_asyncapi_out_reserve(&out, tpl->hint) != NGX_OK) {
        return NGX_ERROR;
    }

    op = tpl->ops.list.elts;

    for (i = 0; i < tpl->ops.list.nelts; i++) {

        rc = op[i].write(&op[i], render, &out);
        if (rc != NGX_OK) {
            return rc;
        }

        ends[i] = out.size;
    }

    if (ngx_asyncapi_out_string(&out, url) != NGX_OK) {
        return NGX_ERROR;
    }

    if (url->len && url->data[0] != '/' && url->data[0] != '?') {
        render->failed = ngx_asyncapi_url_culprit(tpl, ends, 0);
        render->message = "would begin the URL without \"/\"";
        return NGX_DECLINED;
    }

    p = ngx_asyncapi_url_dots(url);

    if (p) {
        render->failed = ngx_asyncapi_url_culprit(tpl, ends, p - url->data);
        render->message = "would be a dot segment";
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/* a segment of the path that is "." or "..", or NULL */

static u_char *
ngx_asyncapi_url_dots(const ngx_str_t *url)
{
    u_char  *p, *start, *last;

    start = url->data;
    last = url->data + url->len;

    for (p = start; p < last && *p != '?'; p++) {

        if (*p == '/') {

            if (ngx_asyncapi_url_is_dots(start, p)) {
                return start;
            }

            start = p + 1;
        }
    }

    return ngx_asyncapi_url_is_dots(start, p) ? start : NULL;
}


static ngx_uint_t
ngx_asyncapi_url_is_dots(u_char *p, u_char *last)
{
    ngx_uint_t  n;

    for (n = 0; p < last; n++) {

        if (*p == '.') {
            p++;

        } else if (last - p >= 3
                   && p[0] == '%' && p[1] == '2' && (p[2] | 0x20) == 'e')
        {
            p += 3;

        } else {
            return 0;
        }
    }

    return n == 1 || n == 2;
}


/* the reference that gives something at offset, or ends there */

static const ngx_asyncapi_ref_t *
ngx_asyncapi_url_culprit(ngx_asyncapi_template_t *tpl, size_t *ends,
    size_t offset)
{
    ngx_uint_t                   i;
    const ngx_asyncapi_ref_t    *ref;
    ngx_asyncapi_template_op_t  *op;

    op = tpl->ops.list.elts;
    ref = NULL;

    for (i = 0; i < tpl->ops.list.nelts; i++) {

        if (op[i].hole == NULL) {
            continue;
        }

        ref = &op[i].hole->ref;

        if (ends[i] >= offset) {
            break;
        }
    }

    return ref;
}

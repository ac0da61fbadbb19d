
/*
 * Copyright (C) The asyncapi module authors
 *
 * Compiling JSON strings with references in them.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_template_private.h"


static ngx_int_t ngx_asyncapi_compile_dollar(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_ops_t *ops);
static ngx_int_t ngx_asyncapi_compile_quoted_text(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_ops_t *ops, u_char *start);
static u_char *ngx_asyncapi_compile_origin(u_char *p, u_char *last,
    size_t offset);
static ngx_int_t ngx_asyncapi_compile_escaped(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_ops_t *ops, u_char *start);


/* c->pos stands at the opening quote and is moved behind the closing one */

ngx_int_t
ngx_asyncapi_compile_quoted(ngx_asyncapi_compile_t *c, ngx_asyncapi_ops_t *ops)
{
    u_char  *quote, *start;

    quote = c->pos++;
    start = c->pos;

    while (c->pos < c->last) {

        switch (*c->pos) {

        case '"':

            if (ngx_asyncapi_compile_quoted_text(c, ops, start) != NGX_OK) {
                return NGX_ERROR;
            }

            c->pos++;

            return NGX_OK;

        case '$':

            if (ngx_asyncapi_compile_quoted_text(c, ops, start) != NGX_OK
                || ngx_asyncapi_compile_dollar(c, ops) != NGX_OK)
            {
                return NGX_ERROR;
            }

            start = c->pos;
            break;

        case '\\':
            c->pos += (c->last - c->pos > 1) ? 2 : 1;
            break;

        default:
            c->pos++;
            break;
        }
    }

    return ngx_asyncapi_compile_error(c, quote, "unterminated string");
}


ngx_int_t
ngx_asyncapi_compile_source(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_ops_t *ops)
{
    u_char  *start;

    if (ngx_asyncapi_ops_text(ops, (u_char *) "\"", 1) != NGX_OK) {
        return NGX_ERROR;
    }

    start = c->pos;

    while (c->pos < c->last) {

        if (*c->pos != '$') {
            c->pos++;
            continue;
        }

        if (ngx_asyncapi_compile_escaped(c, ops, start) != NGX_OK
            || ngx_asyncapi_compile_dollar(c, ops) != NGX_OK)
        {
            return NGX_ERROR;
        }

        start = c->pos;
    }

    if (ngx_asyncapi_compile_escaped(c, ops, start) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_asyncapi_ops_text(ops, (u_char *) "\"", 1);
}


ngx_int_t
ngx_asyncapi_compile_quotes(ngx_pool_t *pool, ngx_asyncapi_ops_t *ops)
{
    ngx_asyncapi_ops_t           quoted;
    ngx_asyncapi_template_op_t  *op, *value;

    if (ngx_asyncapi_ops_init(&quoted, pool) != NGX_OK
        || ngx_asyncapi_ops_text(&quoted, (u_char *) "\"", 1) != NGX_OK)
    {
        return NGX_ERROR;
    }

    op = ngx_asyncapi_ops_push(&quoted, ngx_asyncapi_write_string);
    if (op == NULL) {
        return NGX_ERROR;
    }

    value = ops->list.elts;
    op->hole = value->hole;

    if (ngx_asyncapi_ops_text(&quoted, (u_char *) "\"", 1) != NGX_OK
        || ngx_asyncapi_ops_end(&quoted) != NGX_OK)
    {
        return NGX_ERROR;
    }

    *ops = quoted;

    return NGX_OK;
}


/* a reference, or "$$" */

static ngx_int_t
ngx_asyncapi_compile_dollar(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_ops_t *ops)
{
    ngx_asyncapi_hole_t         *hole;
    ngx_asyncapi_template_op_t  *op;

    if (c->last - c->pos > 1 && c->pos[1] == '$') {
        c->pos += 2;
        return ngx_asyncapi_ops_text(ops, (u_char *) "$", 1);
    }

    if (ngx_asyncapi_ref_compile(c, &hole) != NGX_OK) {
        return NGX_ERROR;
    }

    hole->hole = NGX_ASYNCAPI_HOLE_STRING;

    op = ngx_asyncapi_ops_push(ops, ngx_asyncapi_write_string);
    if (op == NULL) {
        return NGX_ERROR;
    }

    op->hole = hole;

    return NGX_OK;
}


/*
 * What stands up to c->pos is the inside of a JSON string, but that a control
 * character may be in it as it is: nginx makes one of "\n" in a parameter.
 */

static ngx_int_t
ngx_asyncapi_compile_quoted_text(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_ops_t *ops, u_char *start)
{
    u_char                     *p, *dst;
    ngx_str_t                   text;
    ngx_asyncapi_json_error_t   err;

    text.data = ngx_pnalloc(c->pool, (c->pos - start) * 6 + 2);
    if (text.data == NULL) {
        return NGX_ERROR;
    }

    dst = text.data;
    *dst++ = '"';

    for (p = start; p < c->pos; p++) {

        if (*p == '\\') {
            *dst++ = *p++;
            *dst++ = *p;

        } else if (*p < ' ') {
            dst = ngx_asyncapi_json_escape(dst, p, 1);

        } else {
            *dst++ = *p;
        }
    }

    *dst++ = '"';

    text.len = dst - text.data;

    if (ngx_asyncapi_json_validate(&text, &err) != NGX_OK) {
        p = ngx_asyncapi_compile_origin(start, c->pos, err.offset);
        return ngx_asyncapi_compile_error(c, p, err.message);
    }

    return ngx_asyncapi_ops_text(ops, text.data + 1, text.len - 2);
}


/* what an offset in the string with its quote was made of */

static u_char *
ngx_asyncapi_compile_origin(u_char *p, u_char *last, size_t offset)
{
    size_t  n, len;

    for (n = 1; p < last; n += len) {

        len = (*p == '\\') ? 2
              : (*p < ' ') ? ngx_asyncapi_json_escape_len(p, 1)
              : 1;

        if (n + len > offset) {
            break;
        }

        p += (*p == '\\') ? 2 : 1;
    }

    return p;
}


/* what stands up to c->pos is any text */

static ngx_int_t
ngx_asyncapi_compile_escaped(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_ops_t *ops, u_char *start)
{
    size_t   len;
    u_char  *p;

    len = ngx_asyncapi_json_escape_len(start, c->pos - start);

    if (len == 0) {
        return NGX_OK;
    }

    p = ngx_array_push_n(&ops->text, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_asyncapi_json_escape(p, start, c->pos - start);

    return NGX_OK;
}

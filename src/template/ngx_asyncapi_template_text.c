
/*
 * Copyright (C) The asyncapi module authors
 *
 * Templates of plain text, of bytes, and what they share with URLs and forms.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_template_private.h"


static ngx_int_t ngx_asyncapi_compile_text_literal(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_place_e place, ngx_asyncapi_ops_t *ops, u_char *start);
static ngx_int_t ngx_asyncapi_compile_text_hole(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_place_e place, ngx_asyncapi_ops_t *ops);
static ngx_int_t ngx_asyncapi_write_text(const ngx_asyncapi_template_op_t *op,
    ngx_asyncapi_render_t *render, ngx_asyncapi_out_t *out);
static ngx_int_t ngx_asyncapi_write_bytes(
    const ngx_asyncapi_template_op_t *op, ngx_asyncapi_render_t *render,
    ngx_asyncapi_out_t *out);
static ngx_int_t ngx_asyncapi_text_unescape(ngx_pool_t *pool, ngx_str_t *text);


ngx_int_t
ngx_asyncapi_compile_text(ngx_asyncapi_compile_t *c, ngx_asyncapi_place_e place,
    ngx_asyncapi_ops_t *ops)
{
    u_char  *start;

    start = c->pos;

    while (c->pos < c->last) {

        if (*c->pos != '$') {
            c->pos++;
            continue;
        }

        if (ngx_asyncapi_compile_text_literal(c, place, ops, start) != NGX_OK) {
            return NGX_ERROR;
        }

        if (c->last - c->pos > 1 && c->pos[1] == '$') {

            if (ngx_asyncapi_ops_text(ops, c->pos, 1) != NGX_OK) {
                return NGX_ERROR;
            }

            c->pos += 2;

        } else if (ngx_asyncapi_compile_text_hole(c, place, ops) != NGX_OK) {
            return NGX_ERROR;
        }

        start = c->pos;
    }

    if (ngx_asyncapi_compile_text_literal(c, place, ops, start) != NGX_OK) {
        return NGX_ERROR;
    }

    return (place == NGX_ASYNCAPI_PLACE_URL) ? ngx_asyncapi_url_check(c)
                                             : NGX_OK;
}


static ngx_int_t
ngx_asyncapi_compile_text_literal(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_place_e place, ngx_asyncapi_ops_t *ops, u_char *start)
{
    u_char      *at;
    ngx_int_t    rc;
    ngx_str_t    text;
    const char  *message;

    text.data = start;
    text.len = c->pos - start;

    if (place == NGX_ASYNCAPI_PLACE_URL) {

        rc = ngx_asyncapi_url_literal(c->pool, &text, &text, &at, &message);

        if (rc == NGX_DECLINED) {
            return ngx_asyncapi_compile_error(c, at, message);
        }

        if (rc != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return ngx_asyncapi_ops_text(ops, text.data, text.len);
}


static ngx_int_t
ngx_asyncapi_compile_text_hole(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_place_e place, ngx_asyncapi_ops_t *ops)
{
    ngx_asyncapi_hole_t          *hole;
    ngx_asyncapi_template_op_t   *op;
    ngx_asyncapi_template_op_pt   write;

    if (ngx_asyncapi_ref_compile(c, &hole) != NGX_OK) {
        return NGX_ERROR;
    }

    switch (place) {

    case NGX_ASYNCAPI_PLACE_URL:
    case NGX_ASYNCAPI_PLACE_FORM:
        hole->hole = NGX_ASYNCAPI_HOLE_URL;
        write = ngx_asyncapi_write_url;
        break;

    case NGX_ASYNCAPI_PLACE_BYTES:
        hole->hole = NGX_ASYNCAPI_HOLE_TEXT;
        write = ngx_asyncapi_write_bytes;
        break;

    default:
        hole->hole = NGX_ASYNCAPI_HOLE_TEXT;
        write = ngx_asyncapi_write_text;
        break;
    }

    op = ngx_asyncapi_ops_push(ops, write);
    if (op == NULL) {
        return NGX_ERROR;
    }

    op->hole = hole;

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_write_text(const ngx_asyncapi_template_op_t *op,
    ngx_asyncapi_render_t *render, ngx_asyncapi_out_t *out)
{
    size_t     i;
    ngx_str_t  text;

    if (ngx_asyncapi_text_value(op->hole, render, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < text.len; i++) {

        if (text.data[i] == CR || text.data[i] == LF || text.data[i] == '\0') {
            render->failed = &op->hole->ref;
            render->message = "has a line break or a zero byte";
            return NGX_DECLINED;
        }
    }

    if (ngx_asyncapi_out_link(out, text.data, text.len) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_asyncapi_out_copy(out, op->hole->tail.data, op->hole->tail.len);
}


static ngx_int_t
ngx_asyncapi_write_bytes(const ngx_asyncapi_template_op_t *op,
    ngx_asyncapi_render_t *render, ngx_asyncapi_out_t *out)
{
    ngx_str_t  text;

    if (ngx_asyncapi_text_value(op->hole, render, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_asyncapi_out_link(out, text.data, text.len) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_asyncapi_out_copy(out, op->hole->tail.data, op->hole->tail.len);
}


ngx_int_t
ngx_asyncapi_text_value(const ngx_asyncapi_hole_t *hole,
    ngx_asyncapi_render_t *render, ngx_str_t *text)
{
    ngx_asyncapi_value_t  value;

    if (ngx_asyncapi_ref_value(&hole->ref, render, &value) != NGX_OK) {
        return NGX_ERROR;
    }

    *text = value.data;

    if (value.type == NGX_ASYNCAPI_VALUE_TEXT && text->len) {
        return NGX_OK;
    }

    if (value.type == NGX_ASYNCAPI_VALUE_JSON) {

        switch (ngx_asyncapi_json_type(text)) {

        case NGX_ASYNCAPI_JSON_NULL:
            break;

        case NGX_ASYNCAPI_JSON_STRING:
            return ngx_asyncapi_text_unescape(render->pool, text);

        default:
            return NGX_OK;
        }
    }

    /* never NULL: there is something to point at */

    ngx_str_set(text, "");

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_text_unescape(ngx_pool_t *pool, ngx_str_t *text)
{
    u_char  *p;

    /* a trusted upstream's may be a lone quote */

    if (text->len < 2) {
        ngx_str_set(text, "");
        return NGX_OK;
    }

    text->data++;
    text->len -= 2;

    if (ngx_strlchr(text->data, text->data + text->len, '\\') == NULL) {
        return NGX_OK;
    }

    p = ngx_pnalloc(pool, text->len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    text->len = ngx_asyncapi_json_unescape(p, text) - p;
    text->data = p;

    return NGX_OK;
}

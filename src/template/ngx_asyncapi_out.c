
/*
 * Copyright (C) The asyncapi module authors
 *
 * Output as a chain of buffers.
 *
 * out->buf is where short pieces go.  While it is empty it is not in the
 * chain yet: a link cuts what is left of it off, as an empty buffer that comes
 * after the link once something is written into it.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_out.h"


#define NGX_ASYNCAPI_OUT_MIN_BUF  1024
#define NGX_ASYNCAPI_OUT_MAX_BUF  16384


static ngx_int_t ngx_asyncapi_out_chain(ngx_asyncapi_out_t *out,
    ngx_buf_t *b);
static ngx_buf_t *ngx_asyncapi_out_buf(ngx_asyncapi_out_t *out, u_char *start,
    u_char *end);


void
ngx_asyncapi_out_init(ngx_asyncapi_out_t *out, ngx_pool_t *pool)
{
    out->pool = pool;
    out->chain = NULL;
    out->tail = &out->chain;
    out->buf = NULL;
    out->size = 0;
}


ngx_int_t
ngx_asyncapi_out_reserve(ngx_asyncapi_out_t *out, size_t size)
{
    u_char  *p;

    p = ngx_pnalloc(out->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    return ngx_asyncapi_out_buf(out, p, p + size) ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_asyncapi_out_copy(ngx_asyncapi_out_t *out, const u_char *data, size_t len)
{
    u_char  *p;

    if (len == 0) {
        return NGX_OK;
    }

    p = ngx_asyncapi_out_room(out, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, data, len);

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_out_link(ngx_asyncapi_out_t *out, const u_char *data, size_t len)
{
    ngx_buf_t  *b, *rest;

    if (len < NGX_ASYNCAPI_OUT_LINK) {
        return ngx_asyncapi_out_copy(out, data, len);
    }

    b = ngx_calloc_buf(out->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = (u_char *) data;
    b->last = b->pos + len;
    b->start = b->pos;
    b->end = b->last;
    b->memory = 1;

    if (ngx_asyncapi_out_chain(out, b) != NGX_OK) {
        return NGX_ERROR;
    }

    out->size += len;

    rest = out->buf;

    if (rest && rest->pos != rest->last) {
        out->buf = NULL;

        if (rest->last != rest->end
            && ngx_asyncapi_out_buf(out, rest->last, rest->end) == NULL)
        {
            return NGX_ERROR;
        }

        rest->end = rest->last;
    }

    return NGX_OK;
}


u_char *
ngx_asyncapi_out_room(ngx_asyncapi_out_t *out, size_t len)
{
    size_t      size;
    u_char     *p;
    ngx_buf_t  *b;

    b = out->buf;

    if (b == NULL || (size_t) (b->end - b->last) < len) {

        size = ngx_max(out->size, NGX_ASYNCAPI_OUT_MIN_BUF);
        size = ngx_min(size, NGX_ASYNCAPI_OUT_MAX_BUF);

        if (ngx_asyncapi_out_reserve(out, ngx_max(size, len)) != NGX_OK) {
            return NULL;
        }

        b = out->buf;
    }

    if (len && b->pos == b->last
        && ngx_asyncapi_out_chain(out, b) != NGX_OK)
    {
        return NULL;
    }

    p = b->last;

    b->last += len;
    out->size += len;

    return p;
}


ngx_int_t
ngx_asyncapi_out_string(ngx_asyncapi_out_t *out, ngx_str_t *text)
{
    u_char       *p;
    ngx_chain_t  *cl;

    text->len = out->size;

    if (out->chain == NULL) {
        text->data = (u_char *) "";
        return NGX_OK;
    }

    if (out->chain->next == NULL) {
        text->data = out->chain->buf->pos;
        return NGX_OK;
    }

    p = ngx_pnalloc(out->pool, out->size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    text->data = p;

    for (cl = out->chain; cl; cl = cl->next) {
        p = ngx_cpymem(p, cl->buf->pos, cl->buf->last - cl->buf->pos);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_out_chain(ngx_asyncapi_out_t *out, ngx_buf_t *b)
{
    ngx_chain_t  *cl;

    cl = ngx_alloc_chain_link(out->pool);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    cl->buf = b;
    cl->next = NULL;

    *out->tail = cl;
    out->tail = &cl->next;

    return NGX_OK;
}


static ngx_buf_t *
ngx_asyncapi_out_buf(ngx_asyncapi_out_t *out, u_char *start, u_char *end)
{
    ngx_buf_t  *b;

    b = ngx_calloc_buf(out->pool);
    if (b == NULL) {
        return NULL;
    }

    b->start = start;
    b->pos = start;
    b->last = start;
    b->end = end;
    b->temporary = 1;

    out->buf = b;

    return b;
}

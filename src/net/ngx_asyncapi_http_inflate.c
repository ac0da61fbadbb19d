
/*
 * Copyright (C) The asyncapi module authors
 *
 * Bodies that come as gzip, RFC 1952.
 *
 * What has been received is inflated at once, straight into the place where
 * the body will stand, so that none of the compressed bytes are kept.  A few
 * of them may be a thousand times as much: what one event inflates is bounded,
 * and the bytes that are left then are held for the next turn of the loop.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>
#include <zlib.h>
#include "ngx_asyncapi_block.h"
#include "ngx_asyncapi_http_call.h"


#define NGX_ASYNCAPI_HTTP_INFLATE_STEP    (256 * 1024)
#define NGX_ASYNCAPI_HTTP_INFLATE_WINDOW  32768
#define NGX_ASYNCAPI_HTTP_INFLATE_RATIO   4      /* of ordinary JSON */


struct ngx_asyncapi_http_inflate_s {
    z_stream                  z;
    ngx_pool_t               *pool;

    u_char                   *window;    /* of zlib: is large, and kept */
    size_t                    window_size;

    u_char                   *held;      /* bytes not inflated yet: room for
                                            what one receive brings */

    unsigned                  begun:1;   /* a byte has come */
    unsigned                  ended:1;   /* at the end of a member */
    unsigned                  holds:1;   /* there is more to inflate */
    unsigned                  complete:1;  /* the last byte has come */
};


static ngx_int_t ngx_asyncapi_http_inflate_run(
    ngx_asyncapi_http_call_t *call);
static ngx_int_t ngx_asyncapi_http_inflate_some(
    ngx_asyncapi_http_call_t *call, size_t size);
static ngx_int_t ngx_asyncapi_http_inflate_hold(
    ngx_asyncapi_http_call_t *call);
static ngx_int_t ngx_asyncapi_http_inflate_invalid(
    ngx_asyncapi_http_call_t *call, const char *why);
static void *ngx_asyncapi_http_inflate_alloc(void *opaque, u_int items,
    u_int size);
static void ngx_asyncapi_http_inflate_free(void *opaque, void *address);


ngx_int_t
ngx_asyncapi_http_inflate_start(ngx_asyncapi_http_call_t *call)
{
    ngx_asyncapi_http_inflate_t  *ctx;

    ctx = ngx_pcalloc(call->pool, sizeof(ngx_asyncapi_http_inflate_t));
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    ctx->pool = call->pool;
    ctx->z.zalloc = ngx_asyncapi_http_inflate_alloc;
    ctx->z.zfree = ngx_asyncapi_http_inflate_free;
    ctx->z.opaque = ctx;

    /* 16 more: gzip and nothing else */

    if (inflateInit2(&ctx->z, MAX_WBITS + 16) != Z_OK) {
        return NGX_ERROR;
    }

    call->inflate = ctx;

    return NGX_OK;
}


void
ngx_asyncapi_http_inflate_end(ngx_asyncapi_http_call_t *call)
{
    (void) inflateEnd(&call->inflate->z);

    call->inflate = NULL;
}


uint64_t
ngx_asyncapi_http_inflate_max(ngx_asyncapi_http_call_t *call)
{
    /* what can't be compressed grows a little, and a member has a head */

    return (uint64_t) call->max_body + call->max_body / 8
           + NGX_ASYNCAPI_HTTP_MAX_HEAD;
}


size_t
ngx_asyncapi_http_inflate_size(ngx_asyncapi_http_call_t *call)
{
    if (call->length < 0) {
        return 0;
    }

    return ngx_min((size_t) call->length, call->max_body)
           * NGX_ASYNCAPI_HTTP_INFLATE_RATIO;
}


ngx_int_t
ngx_asyncapi_http_inflate(ngx_asyncapi_http_call_t *call, u_char *p,
    u_char *last, ngx_uint_t complete)
{
    ngx_asyncapi_http_inflate_t  *ctx;

    ctx = call->inflate;

    ctx->z.next_in = p;
    ctx->z.avail_in = last - p;
    ctx->complete = complete;

    if (p < last) {
        ctx->begun = 1;
    }

    return ngx_asyncapi_http_inflate_run(call);
}


ngx_int_t
ngx_asyncapi_http_inflate_held(ngx_asyncapi_http_call_t *call)
{
    if (!call->inflate->holds) {
        return NGX_DECLINED;
    }

    call->inflate->holds = 0;

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, call->log, 0,
                   "asyncapi http inflate is continued, in:%ud",
                   call->inflate->z.avail_in);

    return ngx_asyncapi_http_inflate_run(call);
}


static ngx_int_t
ngx_asyncapi_http_inflate_run(ngx_asyncapi_http_call_t *call)
{
    size_t                        left, size;
    u_char                       *before;
    ngx_int_t                     rc;
    ngx_asyncapi_http_inflate_t  *ctx;

    ctx = call->inflate;
    left = NGX_ASYNCAPI_HTTP_INFLATE_STEP;

    /* zlib may have more to give though it has taken all bytes */

    while (ctx->z.avail_in || (ctx->begun && !ctx->ended)) {

        if (left == 0) {
            return ngx_asyncapi_http_inflate_hold(call);
        }

        if (call->last == call->end) {
            rc = ngx_asyncapi_http_body_grow(call);
            if (rc != NGX_OK) {
                return rc;
            }
        }

        before = call->last;
        size = ngx_min(left, (size_t) (call->end - call->last));

        rc = ngx_asyncapi_http_inflate_some(call, size);

        if (rc == NGX_DONE) {
            return NGX_DONE;
        }

        if (rc == NGX_AGAIN) {
            break;
        }

        left -= call->last - before;
    }

    if (!ctx->complete) {
        return NGX_OK;
    }

    if (ctx->begun && !ctx->ended) {
        return ngx_asyncapi_http_inflate_invalid(call, "it is cut short");
    }

    return ngx_asyncapi_http_body_end(call);
}


/* NGX_AGAIN: nothing can be done without more bytes */

static ngx_int_t
ngx_asyncapi_http_inflate_some(ngx_asyncapi_http_call_t *call, size_t size)
{
    int        rc;
    z_stream  *z;

    z = &call->inflate->z;

    if (call->inflate->ended) {

        /* another member: they are one body */

        call->inflate->ended = 0;
        (void) inflateReset(z);
    }

    z->next_out = call->last;
    z->avail_out = size;

    rc = inflate(z, Z_NO_FLUSH);

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, call->log, 0,
                   "asyncapi http inflate: %d, in:%ud out:%ud",
                   rc, z->avail_in, z->avail_out);

    call->last = z->next_out;

    if ((size_t) (call->last - call->start) > call->max_body) {
        return ngx_asyncapi_http_too_large(call);
    }

    switch (rc) {

    case Z_OK:
        return (z->avail_in || z->avail_out == 0) ? NGX_OK : NGX_AGAIN;

    case Z_STREAM_END:
        call->inflate->ended = 1;
        return NGX_OK;

    case Z_BUF_ERROR:
        return NGX_AGAIN;

    case Z_MEM_ERROR:
        return ngx_asyncapi_http_no_memory(call);

    default:
        return ngx_asyncapi_http_inflate_invalid(call,
                                       z->msg ? z->msg : "it is malformed");
    }
}


/* the bytes may stand in the worker's buffer, which others need */

static ngx_int_t
ngx_asyncapi_http_inflate_hold(ngx_asyncapi_http_call_t *call)
{
    z_stream                     *z;
    ngx_asyncapi_http_inflate_t  *ctx;

    ctx = call->inflate;
    z = &ctx->z;

    if (ctx->held == NULL) {
        ctx->held = ngx_palloc(call->pool, NGX_ASYNCAPI_HTTP_MAX_HEAD);
        if (ctx->held == NULL) {
            return ngx_asyncapi_http_no_memory(call);
        }
    }

    ngx_memmove(ctx->held, z->next_in, z->avail_in);
    z->next_in = ctx->held;

    if (call->rest_size) {
        ngx_memmove(ctx->held + z->avail_in, call->rest, call->rest_size);
        call->rest = ctx->held + z->avail_in;
    }

    ctx->holds = 1;

    ngx_post_event(call->conn->connection->read, &ngx_posted_next_events);

    return NGX_AGAIN;
}


static ngx_int_t
ngx_asyncapi_http_inflate_invalid(ngx_asyncapi_http_call_t *call,
    const char *why)
{
    return ngx_asyncapi_http_fail(call, NGX_ASYNCAPI_HTTP_INVALID,
                                  NGX_PEER_FAILED,
                                  "the answer's gzip is wrong: %s", why);
}


static void *
ngx_asyncapi_http_inflate_alloc(void *opaque, u_int items, u_int size)
{
    ngx_asyncapi_http_inflate_t  *ctx = opaque;

    size_t  n;

    n = (size_t) items * size;

    if (n < NGX_ASYNCAPI_HTTP_INFLATE_WINDOW || ctx->window) {
        return ngx_palloc(ctx->pool, n);
    }

    ctx->window_size = n;
    ctx->window = ngx_asyncapi_block_alloc(ctx->pool, n);

    return ctx->window;
}


static void
ngx_asyncapi_http_inflate_free(void *opaque, void *address)
{
    ngx_asyncapi_http_inflate_t  *ctx = opaque;

    if (address != ctx->window) {
        (void) ngx_pfree(ctx->pool, address);
        return;
    }

    ngx_asyncapi_block_free(ctx->pool, ctx->window, ctx->window_size);
    ctx->window = NULL;
}

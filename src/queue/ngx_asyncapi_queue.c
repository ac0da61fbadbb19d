
/*
 * Copyright (C) The asyncapi module authors
 *
 * What the formats of queues have in common.
 */


#include <openssl/rand.h>
#include <zlib.h>
#include "ngx_asyncapi_queue.h"


/* random bytes are drawn for so many ids at a time */

#define NGX_ASYNCAPI_QUEUE_IDS  64


const ngx_asyncapi_queue_format_t  *ngx_asyncapi_queue_formats[] = {
    &ngx_asyncapi_queue_celery,
    &ngx_asyncapi_queue_rq,
    &ngx_asyncapi_queue_stream,
    NULL
};


const ngx_str_t  ngx_asyncapi_queue_state_names[] = {
#define X(id, name, last)  ngx_string(name),
    NGX_ASYNCAPI_QUEUE_STATES(X)
#undef X
};


const ngx_uint_t  ngx_asyncapi_queue_state_last[] = {
#define X(id, name, last)  last,
    NGX_ASYNCAPI_QUEUE_STATES(X)
#undef X
};


ngx_int_t
ngx_asyncapi_queue_id(u_char *id)
{
    u_char  *bytes;

    static u_char      pool[NGX_ASYNCAPI_QUEUE_IDS * 16];
    static ngx_uint_t  left;

    if (left == 0) {
        if (RAND_bytes(pool, sizeof(pool)) != 1) {
            return NGX_ERROR;
        }

        left = NGX_ASYNCAPI_QUEUE_IDS;
    }

    bytes = &pool[--left * 16];

    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;

    id = ngx_hex_dump(id, bytes, 4);
    *id++ = '-';
    id = ngx_hex_dump(id, bytes + 4, 2);
    *id++ = '-';
    id = ngx_hex_dump(id, bytes + 6, 2);
    *id++ = '-';
    id = ngx_hex_dump(id, bytes + 8, 2);
    *id++ = '-';
    (void) ngx_hex_dump(id, bytes + 10, 6);

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_queue_command(ngx_pool_t *pool,
    ngx_asyncapi_queue_command_t *command, ngx_uint_t argc)
{
    command->argc = argc;
    command->argv = ngx_pcalloc(pool, argc * sizeof(ngx_str_t));

    return command->argv ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_asyncapi_queue_key(ngx_pool_t *pool, const ngx_str_t *before,
    const char *prefix, const ngx_str_t *id, ngx_str_t *key)
{
    u_char  *p;
    size_t   len;

    len = ngx_strlen(prefix);

    p = ngx_pnalloc(pool, before->len + len + id->len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    key->data = p;

    if (before->len) {
        p = ngx_cpymem(p, before->data, before->len);
    }

    p = ngx_cpymem(p, prefix, len);
    p = ngx_cpymem(p, id->data, id->len);

    key->len = p - key->data;

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_queue_inflate(ngx_pool_t *pool, const ngx_str_t *in, size_t max,
    ngx_str_t *out)
{
    int       rc;
    u_char   *p;
    size_t    size;
    z_stream  z;

    ngx_memzero(&z, sizeof(z_stream));

    if (inflateInit(&z) != Z_OK) {
        return NGX_ERROR;
    }

    z.next_in = in->data;
    z.avail_in = in->len;

    out->data = NULL;
    out->len = 0;
    size = ngx_min(4 * in->len + 64, max);

    for ( ;; ) {

        p = ngx_pnalloc(pool, size);

        if (p == NULL) {
            rc = NGX_ERROR;
            break;
        }

        z.next_out = out->len ? ngx_cpymem(p, out->data, out->len) : p;
        z.avail_out = size - out->len;

        out->data = p;

        rc = inflate(&z, Z_FINISH);

        out->len = z.next_out - p;

        /* there is more of it than there is room */

        if (rc == Z_BUF_ERROR && z.avail_out == 0 && size < max) {
            size = ngx_min(4 * size, max);
            continue;
        }

        rc = (rc == Z_STREAM_END || (rc == Z_BUF_ERROR && z.avail_out == 0))
             ? NGX_OK : NGX_DECLINED;
        break;
    }

    (void) inflateEnd(&z);

    return rc;
}

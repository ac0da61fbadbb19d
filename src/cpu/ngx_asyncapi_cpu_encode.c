
/*
 * Copyright (C) The asyncapi module authors
 *
 * Bytes as text and back, compressed bytes, checksums, and random names.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <openssl/rand.h>
#include <zlib.h>

#include "ngx_asyncapi_cpu.h"


/* input of a piece of work, after which it is asked for a cancellation */
#define NGX_ASYNCAPI_CPU_PIECE  (256 * 1024)


static int ngx_asyncapi_cpu_base64(asyncapi_call_t *call, ngx_str_t *bytes);
static int ngx_asyncapi_cpu_gzip(asyncapi_call_t *call,
    const asyncapi_arg_t *arg, z_stream *zs, ngx_str_t *out);


ngx_asyncapi_cpu_function(base64_encode)
{
    ngx_str_t  bytes;

    bytes.data = (u_char *) args[0].data;
    bytes.len = args[0].len;

    return ngx_asyncapi_cpu_base64(call, &bytes);
}


static int
ngx_asyncapi_cpu_base64(asyncapi_call_t *call, ngx_str_t *bytes)
{
    int        rc;
    ngx_str_t  text;

    text.data = malloc(ngx_base64_encoded_length(bytes->len) + 1);
    if (text.data == NULL) {
        return call->fail(call, "there is no memory");
    }

    ngx_encode_base64(&text, bytes);

    rc = call->text(call, text.data, text.len);

    free(text.data);

    return rc;
}


ngx_asyncapi_cpu_function(base64_decode)
{
    int          rc;
    ngx_str_t    text, bytes;
    const char  *message;

    text.data = (u_char *) args[0].data;
    text.len = args[0].len;

    message = ngx_asyncapi_cpu_base64_check(0, &text);
    if (message) {
        return call->fail(call, message);
    }

    bytes.data = malloc(ngx_base64_decoded_length(text.len) + 1);
    if (bytes.data == NULL) {
        return call->fail(call, "there is no memory");
    }

    (void) ngx_decode_base64(&bytes, &text);

    rc = call->text(call, bytes.data, bytes.len);

    free(bytes.data);

    return rc;
}


/* RFC 4648, section 4: nothing else among the characters, and padded */

const char *
ngx_asyncapi_cpu_base64_check(ngx_uint_t index, const ngx_str_t *arg)
{
    u_char  ch;
    size_t  i, len;

    len = arg->len;

    if (len % 4 != 0) {
        return "TEXT is no base64: its length is no multiple of four";
    }

    if (len && arg->data[len - 1] == '=') {
        len--;

        if (arg->data[len - 1] == '=') {
            len--;
        }
    }

    for (i = 0; i < len; i++) {
        ch = arg->data[i];

        if ((ch < 'A' || ch > 'Z') && (ch < 'a' || ch > 'z')
            && (ch < '0' || ch > '9') && ch != '+' && ch != '/')
        {
            return "TEXT is no base64: it has other characters";
        }
    }

    return NULL;
}


ngx_asyncapi_cpu_function(gzip_base64)
{
    int        rc;
    z_stream   zs;
    ngx_str_t  bytes;

    ngx_memzero(&zs, sizeof(z_stream));

    /* 31: the largest window, and gzip's header and trailer */

    if (deflateInit2(&zs, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 31, 8,
                     Z_DEFAULT_STRATEGY)
        != Z_OK)
    {
        return call->fail(call, "there is no memory");
    }

    rc = ngx_asyncapi_cpu_gzip(call, args, &zs, &bytes);

    (void) deflateEnd(&zs);

    if (rc != ASYNCAPI_OK) {
        return rc;
    }

    rc = ngx_asyncapi_cpu_base64(call, &bytes);

    free(bytes.data);

    return rc;
}


static int
ngx_asyncapi_cpu_gzip(asyncapi_call_t *call, const asyncapi_arg_t *arg,
    z_stream *zs, ngx_str_t *out)
{
    int     rc;
    size_t  left, size;

    if (arg->len > NGX_MAX_INT32_VALUE) {
        return call->fail(call, "DATA is too long");
    }

    size = deflateBound(zs, arg->len);

    out->data = malloc(size);
    if (out->data == NULL) {
        return call->fail(call, "there is no memory");
    }

    left = arg->len;

    zs->next_in = (u_char *) arg->data;
    zs->next_out = out->data;
    zs->avail_out = size;

    do {
        zs->avail_in = ngx_min(left, NGX_ASYNCAPI_CPU_PIECE);
        left -= zs->avail_in;

        rc = deflate(zs, left ? Z_NO_FLUSH : Z_FINISH);

    } while (rc == Z_OK && left && !call->cancelled(call));

    if (rc != Z_STREAM_END) {
        free(out->data);
        return call->fail(call, "it was cancelled");
    }

    out->len = zs->total_out;

    return ASYNCAPI_OK;
}


ngx_asyncapi_cpu_function(crc32)
{
    u_char    bytes[4];
    uint32_t  crc;

    crc = crc32_z(crc32_z(0, NULL, 0), args[0].data, args[0].len);

    bytes[0] = crc >> 24;
    bytes[1] = crc >> 16;
    bytes[2] = crc >> 8;
    bytes[3] = crc;

    return ngx_asyncapi_cpu_hex(call, bytes, sizeof(bytes));
}


/* RFC 9562: 122 random bits, and the numbers of version and variant */

ngx_asyncapi_cpu_function(uuid4)
{
    u_char  bytes[16], text[36], *p;

    if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
        return call->fail(call, "the system has no random bytes");
    }

    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;

    p = ngx_hex_dump(text, bytes, 4);
    *p++ = '-';
    p = ngx_hex_dump(p, bytes + 4, 2);
    *p++ = '-';
    p = ngx_hex_dump(p, bytes + 6, 2);
    *p++ = '-';
    p = ngx_hex_dump(p, bytes + 8, 2);
    *p++ = '-';
    p = ngx_hex_dump(p, bytes + 10, 6);

    return call->text(call, text, p - text);
}

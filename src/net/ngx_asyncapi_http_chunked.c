
/*
 * Copyright (C) The asyncapi module authors
 *
 * Chunked bodies, decoded in place.  Lines end in CRLF and nothing else: a
 * lone LF is where readers of the same bytes have come to differ.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_http_parse.h"


typedef enum {
    sw_size = 0,
    sw_extension,
    sw_size_lf,
    sw_data,
    sw_data_cr,
    sw_data_lf,
    sw_trailer_start,
    sw_trailer,
    sw_trailer_lf,
    sw_last_lf
} ngx_asyncapi_http_chunked_e;


static ngx_int_t ngx_asyncapi_http_chunked_size(
    ngx_asyncapi_http_chunked_t *ch, u_char c);
static void ngx_asyncapi_http_chunked_data(ngx_asyncapi_http_chunked_t *ch,
    u_char **src, u_char *last, u_char **dst);


ngx_int_t
ngx_asyncapi_http_chunked_decode(ngx_asyncapi_http_chunked_t *ch,
    u_char **src, u_char *last, u_char **dst)
{
    u_char     c;
    ngx_int_t  rc;

    while (*src < last) {

        if (ch->state == sw_data) {
            ngx_asyncapi_http_chunked_data(ch, src, last, dst);
            continue;
        }

        c = *(*src)++;

        switch (ch->state) {

        case sw_size:
            rc = ngx_asyncapi_http_chunked_size(ch, c);
            if (rc != NGX_OK) {
                return rc;
            }

            continue;

        case sw_extension:
        case sw_trailer:

            if (c == CR) {
                ch->state = (ch->state == sw_trailer) ? sw_trailer_lf
                                                      : sw_size_lf;

            } else if (c == LF || c == '\0') {
                ch->error = "a chunk's extension or a trailer is wrong";
                return NGX_ERROR;
            }

            break;

        case sw_trailer_start:
            ch->state = (c == CR) ? sw_last_lf : sw_trailer;

            if (c == LF || c == '\0') {
                ch->error = "a chunked body's end is wrong";
                return NGX_ERROR;
            }

            break;

        case sw_data_cr:

            if (c != CR) {
                ch->error = "a chunk is longer than its size";
                return NGX_ERROR;
            }

            ch->state = sw_data_lf;
            continue;

        default:    /* sw_size_lf, sw_data_lf, sw_trailer_lf, sw_last_lf */

            if (c != LF) {
                ch->error = "a chunked body has a lone CR";
                return NGX_ERROR;
            }

            if (ch->state == sw_last_lf) {
                return NGX_OK;
            }

            if (ch->state == sw_size_lf && ch->size) {
                ch->state = sw_data;

            } else if (ch->state == sw_data_lf) {
                ch->state = sw_size;
                ch->digits = 0;

            } else {
                ch->state = sw_trailer_start;
            }

            continue;
        }

        if (++ch->overhead > NGX_ASYNCAPI_HTTP_MAX_HEAD) {
            ch->error = "chunk extensions or trailers are too long";
            return NGX_ERROR;
        }
    }

    return NGX_AGAIN;
}


static ngx_int_t
ngx_asyncapi_http_chunked_size(ngx_asyncapi_http_chunked_t *ch, u_char c)
{
    u_char  digit;

    if (c >= '0' && c <= '9') {
        digit = (u_char) (c - '0');

    } else {
        digit = (u_char) ((c | 0x20) - 'a' + 10);

        if (digit < 10 || digit > 15) {
            digit = 16;
        }
    }

    if (digit < 16) {

        /* 16 digits are 64 bits, so that no size overflows */

        if (ch->digits++ == 16) {
            ch->error = "a chunk's size has too many digits";
            return NGX_ERROR;
        }

        ch->size = ch->size * 16 + digit;

        return NGX_OK;
    }

    if (ch->digits == 0 || (c != CR && c != ';' && c != ' ' && c != '\t')) {
        ch->error = "a chunk's size is wrong";
        return NGX_ERROR;
    }

    if (ch->size > ch->max - ch->total) {
        return NGX_DECLINED;
    }

    ch->state = (c == CR) ? sw_size_lf : sw_extension;

    return NGX_OK;
}


static void
ngx_asyncapi_http_chunked_data(ngx_asyncapi_http_chunked_t *ch, u_char **src,
    u_char *last, u_char **dst)
{
    size_t  len;

    len = last - *src;

    if (len >= ch->size) {
        len = (size_t) ch->size;
        ch->state = sw_data_cr;
    }

    if (*dst != *src) {
        ngx_memmove(*dst, *src, len);
    }

    *src += len;
    *dst += len;

    ch->size -= len;
    ch->total += len;
}

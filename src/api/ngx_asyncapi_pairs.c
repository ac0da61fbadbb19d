
/*
 * Copyright (C) The asyncapi module authors
 *
 * Names and values of a query, of a form, and of a Cookie header.
 */


#include "ngx_asyncapi_pairs.h"


static void ngx_asyncapi_pairs_split(ngx_asyncapi_pairs_t *pairs, u_char *p,
    u_char *end);
static void ngx_asyncapi_pairs_trim(ngx_str_t *text);
static ngx_int_t ngx_asyncapi_pairs_hex(u_char ch);


void
ngx_asyncapi_pairs_init(ngx_asyncapi_pairs_t *pairs, const ngx_str_t *text)
{
    pairs->pos = text->data;
    pairs->last = text->data + text->len;
}


ngx_uint_t
ngx_asyncapi_pairs_next(ngx_asyncapi_pairs_t *pairs)
{
    u_char  *p, *end;

    for (p = pairs->pos; p < pairs->last; p = end + 1) {

        end = ngx_strlchr(p, pairs->last, '&');

        if (end == NULL) {
            end = pairs->last;
        }

        if (end > p) {
            pairs->pos = (end < pairs->last) ? end + 1 : end;
            ngx_asyncapi_pairs_split(pairs, p, end);

            return 1;
        }
    }

    return 0;
}


ngx_uint_t
ngx_asyncapi_cookies_next(ngx_asyncapi_pairs_t *pairs)
{
    u_char     *p, *end;
    ngx_str_t  *value;

    for (p = pairs->pos; p < pairs->last; p = end + 1) {

        end = ngx_strlchr(p, pairs->last, ';');

        if (end == NULL) {
            end = pairs->last;
        }

        if (ngx_strlchr(p, end, '=') == NULL) {
            continue;
        }

        pairs->pos = (end < pairs->last) ? end + 1 : end;
        ngx_asyncapi_pairs_split(pairs, p, end);

        ngx_asyncapi_pairs_trim(&pairs->name);
        ngx_asyncapi_pairs_trim(&pairs->value);

        value = &pairs->value;

        if (value->len >= 2 && value->data[0] == '"'
            && value->data[value->len - 1] == '"')
        {
            value->data++;
            value->len -= 2;
        }

        return 1;
    }

    return 0;
}


static void
ngx_asyncapi_pairs_split(ngx_asyncapi_pairs_t *pairs, u_char *p, u_char *end)
{
    u_char  *equal;

    equal = ngx_strlchr(p, end, '=');

    pairs->name.data = p;
    pairs->name.len = (equal ? equal : end) - p;

    pairs->value.data = equal ? equal + 1 : end;
    pairs->value.len = end - pairs->value.data;
}


static void
ngx_asyncapi_pairs_trim(ngx_str_t *text)
{
    while (text->len && (text->data[0] == ' ' || text->data[0] == '\t')) {
        text->data++;
        text->len--;
    }

    while (text->len && (text->data[text->len - 1] == ' '
                         || text->data[text->len - 1] == '\t'))
    {
        text->len--;
    }
}


ngx_uint_t
ngx_asyncapi_pairs_encoded(const ngx_str_t *text)
{
    size_t  i;

    for (i = 0; i < text->len; i++) {
        if (text->data[i] == '%' || text->data[i] == '+') {
            return 1;
        }
    }

    return 0;
}


u_char *
ngx_asyncapi_pairs_decode(u_char *dst, const ngx_str_t *text)
{
    u_char     *p, *last;
    ngx_int_t   high, low;

    last = text->data + text->len;

    for (p = text->data; p < last; p++) {

        if (*p == '+') {
            *dst++ = ' ';
            continue;
        }

        if (*p != '%') {
            *dst++ = *p;
            continue;
        }

        if (last - p < 3) {
            return NULL;
        }

        high = ngx_asyncapi_pairs_hex(p[1]);
        low = ngx_asyncapi_pairs_hex(p[2]);

        if (high == NGX_ERROR || low == NGX_ERROR) {
            return NULL;
        }

        *dst++ = (u_char) (high << 4 | low);
        p += 2;
    }

    return dst;
}


static ngx_int_t
ngx_asyncapi_pairs_hex(u_char ch)
{
    if (ch >= '0' && ch <= '9') {
        return ch - '0';
    }

    ch |= 0x20;

    return (ch >= 'a' && ch <= 'f') ? ch - 'a' + 10 : NGX_ERROR;
}

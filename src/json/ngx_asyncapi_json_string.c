
/*
 * Copyright (C) The asyncapi module authors
 *
 * Strings: from what is between the quotes to text and back, and names that
 * are compared as text however they are written.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_json_scan.h"


/* the text of a string's inside, byte by byte */

typedef struct {
    u_char      *pos;
    u_char      *last;
    u_char       ch[4];               /* of an escape */
    ngx_uint_t   i;
    ngx_uint_t   n;
} ngx_asyncapi_json_reader_t;


static u_char *ngx_asyncapi_json_decode(u_char **dst, u_char *p, u_char *last);
static u_char *ngx_asyncapi_json_encode(u_char *dst, ngx_uint_t ch);
static ngx_inline ngx_uint_t ngx_asyncapi_json_escaped(
    const ngx_str_t *inside);
static void ngx_asyncapi_json_reader_init(ngx_asyncapi_json_reader_t *r,
    const ngx_str_t *s);
static ngx_inline ngx_int_t ngx_asyncapi_json_reader_next(
    ngx_asyncapi_json_reader_t *r);


/* a letter for the short form, 0 for what is written as \u00XX */

static const u_char  ngx_asyncapi_json_short[32] = {
    0, 0, 0, 0, 0, 0, 0, 0, 'b', 't', 'n', 0, 'f', 'r', 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
};


ngx_uint_t
ngx_asyncapi_json_utf8_valid(const u_char *data, size_t len)
{
    u_char     *p, *last;
    ngx_int_t   n;

    if (len == 0) {
        return 1;
    }

    p = (u_char *) data;
    last = p + len;

    while (p < last) {

        if (*p < 0x80) {
            p = ngx_asyncapi_json_ascii(p, last);
            continue;
        }

        n = ngx_asyncapi_json_utf8(p, last);

        if (n < 0) {
            return 0;
        }

        p += n;
    }

    return 1;
}


u_char *
ngx_asyncapi_json_unescape(u_char *dst, const ngx_str_t *inside)
{
    size_t   len;
    u_char  *p, *last, *escape;

    if (inside->len == 0) {
        return dst;
    }

    p = inside->data;
    last = p + inside->len;

    while (p < last) {
        escape = memchr(p, '\\', last - p);

        len = (escape ? escape : last) - p;

        /* in place this moves over itself */

        ngx_memmove(dst, p, len);
        dst += len;
        p += len;

        if (escape) {
            p = ngx_asyncapi_json_decode(&dst, p, last);
        }
    }

    return dst;
}


/*
 * The escape at p to at most as many bytes of text; returns the byte after
 * it.  What is no escape is text.
 */

static u_char *
ngx_asyncapi_json_decode(u_char **dst, u_char *p, u_char *last)
{
    u_char     ch;
    ngx_int_t  n, low;

    ch = (last - p >= 2) ? p[1] : '\0';

    switch (ch) {

    case '\0':
        *(*dst)++ = '\\';
        return p + 1;

    case 'b':
        ch = '\b';
        break;

    case 'f':
        ch = '\f';
        break;

    case 'n':
        ch = LF;
        break;

    case 'r':
        ch = CR;
        break;

    case 't':
        ch = '\t';
        break;

    default:
        break;
    }

    if (ch != 'u') {
        *(*dst)++ = ch;
        return p + 2;
    }

    n = ngx_asyncapi_json_hex4(p + 2, last);

    if (n == NGX_ERROR) {
        *(*dst)++ = '\\';
        return p + 1;
    }

    p += 6;

    if (n >= 0xd800 && n <= 0xdfff) {

        low = (n < 0xdc00 && last - p >= 6 && p[0] == '\\' && p[1] == 'u')
              ? ngx_asyncapi_json_hex4(p + 2, last) : NGX_ERROR;

        if (low >= 0xdc00 && low <= 0xdfff) {
            n = 0x10000 + ((n - 0xd800) << 10) + (low - 0xdc00);
            p += 6;

        } else {
            n = NGX_ASYNCAPI_JSON_REPLACEMENT;
        }
    }

    *dst = ngx_asyncapi_json_encode(*dst, n);

    return p;
}


static u_char *
ngx_asyncapi_json_encode(u_char *dst, ngx_uint_t ch)
{
    if (ch < 0x80) {
        *dst++ = (u_char) ch;
        return dst;
    }

    if (ch < 0x800) {
        *dst++ = (u_char) (0xc0 | (ch >> 6));
        *dst++ = (u_char) (0x80 | (ch & 0x3f));
        return dst;
    }

    if (ch < 0x10000) {
        *dst++ = (u_char) (0xe0 | (ch >> 12));

    } else {
        *dst++ = (u_char) (0xf0 | (ch >> 18));
        *dst++ = (u_char) (0x80 | ((ch >> 12) & 0x3f));
    }

    *dst++ = (u_char) (0x80 | ((ch >> 6) & 0x3f));
    *dst++ = (u_char) (0x80 | (ch & 0x3f));

    return dst;
}


size_t
ngx_asyncapi_json_escape_len(const u_char *src, size_t len)
{
    size_t      n;
    u_char     *p, *q, *last;
    ngx_int_t   utf8;

    if (len == 0) {
        return 0;
    }

    n = 0;
    p = (u_char *) src;
    last = p + len;

    for ( ;; ) {
        q = ngx_asyncapi_json_plain(p, last);

        n += q - p;
        p = q;

        if (p == last) {
            return n;
        }

        if (*p >= 0x80) {
            utf8 = ngx_asyncapi_json_utf8(p, last);

            n += (utf8 < 0) ? 3 : utf8;
            p += ngx_abs(utf8);
            continue;
        }

        n += (*p >= ' ' || ngx_asyncapi_json_short[*p]) ? 2 : 6;
        p++;
    }
}


u_char *
ngx_asyncapi_json_escape(u_char *dst, const u_char *src, size_t len)
{
    u_char            *p, *q, *last;
    ngx_int_t          n;

    static const u_char  hex[] = "0123456789abcdef";

    if (len == 0) {
        return dst;
    }

    p = (u_char *) src;
    last = p + len;

    for ( ;; ) {
        q = ngx_asyncapi_json_plain(p, last);

        dst = ngx_cpymem(dst, p, q - p);
        p = q;

        if (p == last) {
            return dst;
        }

        if (*p >= 0x80) {
            n = ngx_asyncapi_json_utf8(p, last);

            if (n > 0) {
                dst = ngx_cpymem(dst, p, n);
                p += n;

            } else {
                dst = ngx_asyncapi_json_encode(dst,
                                               NGX_ASYNCAPI_JSON_REPLACEMENT);
                p -= n;
            }

            continue;
        }

        *dst++ = '\\';

        if (*p >= ' ') {
            *dst++ = *p;

        } else if (ngx_asyncapi_json_short[*p]) {
            *dst++ = ngx_asyncapi_json_short[*p];

        } else {
            *dst++ = 'u';
            *dst++ = '0';
            *dst++ = '0';
            *dst++ = hex[*p >> 4];
            *dst++ = hex[*p & 0xf];
        }

        p++;
    }
}


ngx_int_t
ngx_asyncapi_json_quote(ngx_pool_t *pool, const ngx_str_t *text,
    ngx_str_t *out)
{
    size_t   len;
    u_char  *p, *last;

    len = ngx_asyncapi_json_escape_len(text->data, text->len);

    p = ngx_pnalloc(pool, len + 2);
    if (p == NULL) {
        return NGX_ERROR;
    }

    *p = '"';

    last = ngx_asyncapi_json_escape(p + 1, text->data, text->len);

    *last = '"';

    out->data = p;
    out->len = len + 2;

    return NGX_OK;
}


ngx_uint_t
ngx_asyncapi_json_key_is(const ngx_str_t *escaped, const ngx_str_t *plain)
{
    size_t                       i;
    ngx_int_t                    ch;
    ngx_asyncapi_json_reader_t   r;

    /* an escape is longer than what it stands for */

    if (escaped->len < plain->len) {
        return 0;
    }

    if (escaped->len == plain->len) {
        return plain->len == 0
               || (ngx_memcmp(escaped->data, plain->data, plain->len) == 0
                   && !ngx_asyncapi_json_escaped(escaped));
    }

    if (!ngx_asyncapi_json_escaped(escaped)) {
        return 0;
    }

    ngx_asyncapi_json_reader_init(&r, escaped);

    for (i = 0; i < plain->len; i++) {
        ch = ngx_asyncapi_json_reader_next(&r);

        if (ch != plain->data[i]) {
            return 0;
        }
    }

    return ngx_asyncapi_json_reader_next(&r) == NGX_DONE;
}


ngx_uint_t
ngx_asyncapi_json_key_equal(const ngx_str_t *a, const ngx_str_t *b)
{
    ngx_int_t                    ch;
    ngx_asyncapi_json_reader_t   ra, rb;

    if (!ngx_asyncapi_json_escaped(a)) {
        return ngx_asyncapi_json_key_is(b, a);
    }

    if (!ngx_asyncapi_json_escaped(b)) {
        return ngx_asyncapi_json_key_is(a, b);
    }

    ngx_asyncapi_json_reader_init(&ra, a);
    ngx_asyncapi_json_reader_init(&rb, b);

    do {
        ch = ngx_asyncapi_json_reader_next(&ra);

        if (ch != ngx_asyncapi_json_reader_next(&rb)) {
            return 0;
        }

    } while (ch != NGX_DONE);

    return 1;
}


static ngx_inline ngx_uint_t
ngx_asyncapi_json_escaped(const ngx_str_t *inside)
{
    return inside->len != 0
           && memchr(inside->data, '\\', inside->len) != NULL;
}


static void
ngx_asyncapi_json_reader_init(ngx_asyncapi_json_reader_t *r,
    const ngx_str_t *s)
{
    r->pos = s->data;
    r->last = s->data + s->len;
    r->i = 0;
    r->n = 0;
}


/* the next byte or NGX_DONE */

static ngx_inline ngx_int_t
ngx_asyncapi_json_reader_next(ngx_asyncapi_json_reader_t *r)
{
    u_char  *end;

    if (r->i < r->n) {
        return r->ch[r->i++];
    }

    if (r->pos == r->last) {
        return NGX_DONE;
    }

    if (*r->pos != '\\') {
        return *r->pos++;
    }

    end = r->ch;
    r->pos = ngx_asyncapi_json_decode(&end, r->pos, r->last);

    r->i = 1;
    r->n = end - r->ch;

    return r->ch[0];
}

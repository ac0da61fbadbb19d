
/*
 * Copyright (C) The asyncapi module authors
 *
 * What the files of json/ share, and who else reads JSON byte by byte needs:
 * the inner loops.  None of them reads at last or beyond, whatever the bytes
 * are; where 16 bytes are left they are looked at together.
 */


#ifndef _NGX_ASYNCAPI_JSON_SCAN_H_INCLUDED_
#define _NGX_ASYNCAPI_JSON_SCAN_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#if (__SSE2__)
#include <emmintrin.h>
#endif


/* U+FFFD stands for what is no character */

#define NGX_ASYNCAPI_JSON_REPLACEMENT      0xfffd


#define ngx_asyncapi_json_is_space(ch)                                        \
    ((ch) == ' ' || (ch) == LF || (ch) == CR || (ch) == '\t')

#define ngx_asyncapi_json_is_digit(ch)                                        \
    ((u_char) ((ch) - '0') <= 9)

/* ordinary in a string: neither ends it nor needs a closer look */

#define ngx_asyncapi_json_is_plain(ch)                                        \
    ((ch) >= ' ' && (ch) < 0x80 && (ch) != '"' && (ch) != '\\')


#define ngx_asyncapi_json_bytes(b)  (0x0101010101010101ull * (b))


/* the first byte that is not white space */

static ngx_inline u_char *
ngx_asyncapi_json_space(u_char *p, u_char *last)
{
    while (p < last && *p <= ' ' && ngx_asyncapi_json_is_space(*p)) {
        p++;
    }

    return p;
}


#if (__SSE2__)

/* a bit for each of the 16 bytes at p that is not ordinary in a string */

static ngx_inline int
ngx_asyncapi_json_special(const u_char *p)
{
    __m128i  v;

    v = _mm_loadu_si128((const __m128i *) p);

    /* signed comparison: bytes of 0x80 and more are below 0x20 too */

    return _mm_movemask_epi8(_mm_or_si128(
               _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
                            _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'))),
               _mm_cmplt_epi8(v, _mm_set1_epi8(' '))));
}

#endif


/* the first byte that is not ordinary in a string */

static ngx_inline u_char *
ngx_asyncapi_json_plain(u_char *p, u_char *last)
{
#if (__SSE2__)
    int       mask;

    for ( /* void */ ; last - p >= 16; p += 16) {
        mask = ngx_asyncapi_json_special(p);

        if (mask) {
            return p + __builtin_ctz(mask);
        }
    }

#else
    uint64_t  w, bad;

    for ( /* void */ ; last - p >= 8; p += 8) {
        ngx_memcpy(&w, p, 8);

        /*
         * a high bit where a byte is 0x80 or more, below 0x20, a quote or a
         * backslash; a borrow can raise only bits above such a byte
         */

        bad = w | (w - ngx_asyncapi_json_bytes(0x20))
              | ((w ^ ngx_asyncapi_json_bytes('"'))
                 - ngx_asyncapi_json_bytes(1))
              | ((w ^ ngx_asyncapi_json_bytes('\\'))
                 - ngx_asyncapi_json_bytes(1));

        if (bad & ngx_asyncapi_json_bytes(0x80)) {
            break;
        }
    }

#endif

    while (p < last && ngx_asyncapi_json_is_plain(*p)) {
        p++;
    }

    return p;
}


/* the first byte that is not a digit */

static ngx_inline u_char *
ngx_asyncapi_json_digits(u_char *p, u_char *last)
{
#if (__SSE2__)
    int      mask;
    __m128i  v;

    for ( /* void */ ; last - p >= 16; p += 16) {
        v = _mm_loadu_si128((const __m128i *) p);

        /* to the 10 lowest signed bytes, and all others are above them */

        v = _mm_add_epi8(v, _mm_set1_epi8((char) (0x80 - '0')));

        mask = _mm_movemask_epi8(_mm_cmpgt_epi8(v,
                                                _mm_set1_epi8(-128 + 9)));

        if (mask) {
            return p + __builtin_ctz(mask);
        }
    }

#endif

    while (p < last && ngx_asyncapi_json_is_digit(*p)) {
        p++;
    }

    return p;
}


/* the first quote or backslash */

static ngx_inline u_char *
ngx_asyncapi_json_quoted(u_char *p, u_char *last)
{
#if (__SSE2__)
    int      mask;
    __m128i  v;

    for ( /* void */ ; last - p >= 16; p += 16) {
        v = _mm_loadu_si128((const __m128i *) p);

        mask = _mm_movemask_epi8(_mm_or_si128(
                   _mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
                   _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'))));

        if (mask) {
            return p + __builtin_ctz(mask);
        }
    }

#endif

    while (p < last && *p != '"' && *p != '\\') {
        p++;
    }

    return p;
}


/* p stands after the opening quote; returns the byte after the closing one */

static ngx_inline u_char *
ngx_asyncapi_json_skip_string(u_char *p, u_char *last)
{
    for ( ;; ) {
        p = ngx_asyncapi_json_quoted(p, last);

        if (p == last) {
            return last;
        }

        if (*p == '"') {
            return p + 1;
        }

        if (last - p < 2) {
            return last;
        }

        p += 2;
    }
}


/*
 * The same for what is mostly short and recurs: where it ends the processor
 * foresees, and need not wait for the place of the quote among 16.
 */

static ngx_inline u_char *
ngx_asyncapi_json_skip_name(u_char *p, u_char *last)
{
    u_char  *end;

    end = (last - p > 16) ? p + 16 : last;

    while (p < end && *p != '"' && *p != '\\') {
        p++;
    }

    if (p < end && *p == '"') {
        return p + 1;
    }

    return ngx_asyncapi_json_skip_string(p, last);
}


/* the first byte that is not ASCII */

static ngx_inline u_char *
ngx_asyncapi_json_ascii(u_char *p, u_char *last)
{
    uint64_t  w;

    for ( /* void */ ; last - p >= 8; p += 8) {
        ngx_memcpy(&w, p, 8);

        if (w & ngx_asyncapi_json_bytes(0x80)) {
            break;
        }
    }

    while (p < last && *p < 0x80) {
        p++;
    }

    return p;
}


/*
 * The UTF-8 sequence at p, p < last, of a character beyond ASCII: its length,
 * or, less than zero, that of the maximal part that can't be one (what the
 * Unicode standard wants replaced by one U+FFFD).
 */

static ngx_inline ngx_int_t
ngx_asyncapi_json_utf8(const u_char *p, const u_char *last)
{
    u_char      lo, hi;
    ngx_int_t   i, n;

    lo = 0x80;
    hi = 0xbf;

    if (*p >= 0xe1 && *p <= 0xec) {
        n = 3;

    } else if (*p >= 0xc2 && *p <= 0xdf) {
        n = 2;

    } else if (*p >= 0xe0 && *p <= 0xef) {

        /* no overlong forms below U+0800, no surrogates */

        n = 3;
        lo = (*p == 0xe0) ? 0xa0 : 0x80;
        hi = (*p == 0xed) ? 0x9f : 0xbf;

    } else if (*p >= 0xf0 && *p <= 0xf4) {

        /* no overlong forms below U+10000, nothing above U+10FFFF */

        n = 4;
        lo = (*p == 0xf0) ? 0x90 : 0x80;
        hi = (*p == 0xf4) ? 0x8f : 0xbf;

    } else {
        return -1;
    }

    if (last - p < 2 || p[1] < lo || p[1] > hi) {
        return -1;
    }

    for (i = 2; i < n; i++) {
        if (last - p <= i || (p[i] & 0xc0) != 0x80) {
            return -i;
        }
    }

    return n;
}


/* four hexadecimal digits at p as a number, or NGX_ERROR */

static ngx_inline ngx_int_t
ngx_asyncapi_json_hex4(const u_char *p, const u_char *last)
{
    u_char      ch;
    ngx_int_t   n;
    ngx_uint_t  i;

    if (last - p < 4) {
        return NGX_ERROR;
    }

    n = 0;

    for (i = 0; i < 4; i++) {

        if (ngx_asyncapi_json_is_digit(p[i])) {
            n = n * 16 + (p[i] - '0');
            continue;
        }

        ch = (u_char) (p[i] | 0x20);

        if (ch < 'a' || ch > 'f') {
            return NGX_ERROR;
        }

        n = n * 16 + (ch - 'a' + 10);
    }

    return n;
}


/*
 * Gives memory back where a block of that size, too large for the pool's own,
 * came to be filled by less than half.
 */

void ngx_asyncapi_json_fit(ngx_pool_t *pool, ngx_str_t *out, size_t size);


#endif /* _NGX_ASYNCAPI_JSON_SCAN_H_INCLUDED_ */

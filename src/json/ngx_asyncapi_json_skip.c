
/*
 * Copyright (C) The asyncapi module authors
 *
 * Over a value to the byte after it: all walking stands on this, and most of
 * its time is spent here.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_json_scan.h"


static u_char *ngx_asyncapi_json_skip_brackets(u_char *p, u_char *last);
#if (__SSE2__)
static ngx_inline uint64_t ngx_asyncapi_json_bits(const u_char *p, int fold,
    u_char ch);
static ngx_inline uint64_t ngx_asyncapi_json_bits16(const u_char *p, int fold,
    u_char ch);
static ngx_inline uint64_t ngx_asyncapi_json_strings(const u_char *p,
    uint64_t *inside, uint64_t *escape);
static ngx_inline ngx_uint_t ngx_asyncapi_json_popcount(uint64_t w);
#endif


u_char *
ngx_asyncapi_json_skip(u_char *p, u_char *last)
{
    if (p >= last) {
        return last;
    }

    switch (*p) {

    case '"':
        return ngx_asyncapi_json_skip_string(p + 1, last);

    case '{':
    case '[':
        return ngx_asyncapi_json_skip_brackets(p, last);

    default:
        break;
    }

    /* with the bit 0x20 "]" is as "}" */

    while (p < last && *p > ' ' && *p != ',' && (*p | 0x20) != '}') {
        p++;
    }

    return p;
}


#if (__SSE2__)

/*
 * 64 bytes at a time become bitmaps: where the strings are and where, outside
 * of them, brackets open and close.  As long as a block closes fewer than are
 * open the end is not in it, and counting is enough.
 */

static u_char *
ngx_asyncapi_json_skip_brackets(u_char *p, u_char *last)
{
    u_char      *block, tail[64];
    uint64_t     open, close, string, inside, escape, bit;
    ngx_uint_t   depth;

    depth = 0;
    inside = 0;
    escape = 0;

    for ( ;; ) {

        block = p;

        if (last - p < 64) {
            ngx_memset(tail, ' ', 64);
            ngx_memcpy(tail, p, last - p);
            block = tail;
        }

        string = ngx_asyncapi_json_strings(block, &inside, &escape);

        /* with the bit 0x20 "[" and "]" are as "{" and "}" */

        open = ngx_asyncapi_json_bits(block, 0x20, '{') & ~string;
        close = ngx_asyncapi_json_bits(block, 0x20, '}') & ~string;

        if (ngx_asyncapi_json_popcount(close) < depth) {
            depth -= ngx_asyncapi_json_popcount(close);
            close = 0;
        }

        while (close) {
            bit = close & (0 - close);
            close ^= bit;

            depth += ngx_asyncapi_json_popcount(open & (bit - 1));
            open &= ~(bit - 1);

            if (depth <= 1) {
                return p + __builtin_ctzll(bit) + 1;
            }

            depth--;
        }

        depth += ngx_asyncapi_json_popcount(open);

        if (last - p <= 64) {
            return last;
        }

        p += 64;
    }
}


/* a bit for each of 64 bytes that is ch after "or fold" */

static ngx_inline uint64_t
ngx_asyncapi_json_bits(const u_char *p, int fold, u_char ch)
{
    return ngx_asyncapi_json_bits16(p, fold, ch)
           | ngx_asyncapi_json_bits16(p + 16, fold, ch) << 16
           | ngx_asyncapi_json_bits16(p + 32, fold, ch) << 32
           | ngx_asyncapi_json_bits16(p + 48, fold, ch) << 48;
}


static ngx_inline uint64_t
ngx_asyncapi_json_bits16(const u_char *p, int fold, u_char ch)
{
    __m128i  v;

    v = _mm_loadu_si128((const __m128i *) p);
    v = _mm_or_si128(v, _mm_set1_epi8((char) fold));
    v = _mm_cmpeq_epi8(v, _mm_set1_epi8((char) ch));

    return (uint64_t) _mm_movemask_epi8(v);
}


/*
 * A bit for each of 64 bytes that is in a string (its opening quote too).
 * *inside: all bits set if the block begins in a string; *escape: 1 if its
 * first byte is escaped.  Both are then set for the next block.
 */

static ngx_inline uint64_t
ngx_asyncapi_json_strings(const u_char *p, uint64_t *inside, uint64_t *escape)
{
    uint64_t    quote, slash, escaped, bit;
    ngx_uint_t  n;

    quote = ngx_asyncapi_json_bits(p, 0, '"');
    slash = ngx_asyncapi_json_bits(p, 0, '\\');

    escaped = *escape;
    *escape = 0;

    while (slash) {
        bit = slash & (0 - slash);
        slash ^= bit;

        if (bit & escaped) {
            continue;
        }

        escaped |= bit << 1;
        *escape = bit >> 63;
    }

    quote &= ~escaped;

    /* a bit becomes the parity of the quotes up to it */

    for (n = 1; n < 64; n *= 2) {
        quote ^= quote << n;
    }

    quote ^= *inside;
    *inside = 0 - (quote >> 63);

    return quote;
}


/* the compilers' own is a call where the processor is not known to have it */

static ngx_inline ngx_uint_t
ngx_asyncapi_json_popcount(uint64_t w)
{
    w -= (w >> 1) & 0x5555555555555555ull;
    w = (w & 0x3333333333333333ull) + ((w >> 2) & 0x3333333333333333ull);
    w = (w + (w >> 4)) & 0x0f0f0f0f0f0f0f0full;

    return (w * 0x0101010101010101ull) >> 56;
}

#else

static u_char *
ngx_asyncapi_json_skip_brackets(u_char *p, u_char *last)
{
    ngx_uint_t  depth;

    depth = 0;

    while (p < last) {

        switch (*p++) {

        case '"':
            p = ngx_asyncapi_json_skip_string(p, last);
            break;

        case '{':
        case '[':
            depth++;
            break;

        case '}':
        case ']':
            if (--depth == 0) {
                return p;
            }

            break;

        default:
            break;
        }
    }

    return last;
}

#endif

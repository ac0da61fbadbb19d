
/*
 * Copyright (C) The asyncapi module authors
 *
 * The bytes of a head by eight, in one register.  All of them read the eight
 * bytes at p, whatever these are.
 */


#ifndef _NGX_ASYNCAPI_HTTP_SCAN_H_INCLUDED_
#define _NGX_ASYNCAPI_HTTP_SCAN_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* which of eight bytes, in the order of memory, has the first bit */

static ngx_inline size_t
ngx_asyncapi_http_first(uint64_t bits)
{
#if (NGX_HAVE_LITTLE_ENDIAN)
    return __builtin_ctzll(bits) / 8;
#else
    return 0;
#endif
}


/*
 * Bytes of a name are mostly letters and dashes, which are looked at by eight:
 * a bit for each that is none.  No sum of bytes below 0x80 carries.
 */

static ngx_inline uint64_t
ngx_asyncapi_http_unusual(u_char *p)
{
    uint64_t  x, y, lower, letter, dash;

    ngx_memcpy(&x, p, 8);

    y = x & 0x7f7f7f7f7f7f7f7fULL;
    lower = y | 0x2020202020202020ULL;

    /* at least "a", and not over "z" */

    letter = (lower + 0x1f1f1f1f1f1f1f1fULL)
             & ~(lower + 0x0505050505050505ULL);
    dash = ~((y ^ 0x2d2d2d2d2d2d2d2dULL) + 0x7f7f7f7f7f7f7f7fULL);

    return (~(letter | dash) | x) & 0x8080808080808080ULL;
}


/*
 * A bit for each of eight bytes that is at most CR: only then (x - 14)
 * borrows.  Above the first one there may be bits that are none.
 */

static ngx_inline uint64_t
ngx_asyncapi_http_controls(u_char *p)
{
    uint64_t  x;

    ngx_memcpy(&x, p, 8);

    return (x - 0x0e0e0e0e0e0e0e0eULL) & ~x & 0x8080808080808080ULL;
}


#endif /* _NGX_ASYNCAPI_HTTP_SCAN_H_INCLUDED_ */

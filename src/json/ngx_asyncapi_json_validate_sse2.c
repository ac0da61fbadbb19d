
/*
 * Copyright (C) The asyncapi module authors
 *
 * The validator for processors with SSE2, which are all of x86-64.  There is
 * no table lookup among its instructions and no carry-less multiplication.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json_scan.h"
#include "ngx_asyncapi_json_validate.h"


#if (NGX_ASYNCAPI_JSON_X86)

#include <emmintrin.h>


#define NGX_ASYNCAPI_JSON_TARGET


typedef struct {
    __m128i  v[4];
} ngx_asyncapi_json_block_t;


/* op(a vector) gives bytes, and their highest bits count */

#define ngx_asyncapi_json_block_bits(b, op)                                   \
    ((uint64_t) _mm_movemask_epi8(op((b)->v[0]))                              \
     | (uint64_t) _mm_movemask_epi8(op((b)->v[1])) << 16                      \
     | (uint64_t) _mm_movemask_epi8(op((b)->v[2])) << 32                      \
     | (uint64_t) _mm_movemask_epi8(op((b)->v[3])) << 48)


/* the place of the lowest bit; any number where there is none */

#define ngx_asyncapi_json_first(bits)  __builtin_ctzll((bits) | 1ull << 63)


static ngx_inline void
ngx_asyncapi_json_block_load(ngx_asyncapi_json_block_t *b, const u_char *p)
{
    b->v[0] = _mm_loadu_si128((const __m128i *) p);
    b->v[1] = _mm_loadu_si128((const __m128i *) (p + 16));
    b->v[2] = _mm_loadu_si128((const __m128i *) (p + 32));
    b->v[3] = _mm_loadu_si128((const __m128i *) (p + 48));
}


/* the bytes that are ch */

static ngx_inline uint64_t
ngx_asyncapi_json_block_is(const ngx_asyncapi_json_block_t *b, char ch)
{
    __m128i  c;

    c = _mm_set1_epi8(ch);

#define is(v)  _mm_cmpeq_epi8(v, c)

    return ngx_asyncapi_json_block_bits(b, is);

#undef is
}


/* bytes of 0x80 and more */

static ngx_inline uint64_t
ngx_asyncapi_json_block_high(const ngx_asyncapi_json_block_t *b)
{
#define high(v)  (v)

    return ngx_asyncapi_json_block_bits(b, high);

#undef high
}


/* bytes below 0x20, and of 0x80 and more: these are negative */

static ngx_inline uint64_t
ngx_asyncapi_json_block_control(const ngx_asyncapi_json_block_t *b)
{
    __m128i  c;

    c = _mm_set1_epi8(' ');

#define below(v)  _mm_cmplt_epi8(v, c)

    return ngx_asyncapi_json_block_bits(b, below);

#undef below
}


/* not 0 if there is a byte below 0x20, of 0x80 and more, or a backslash */

static ngx_inline ngx_uint_t
ngx_asyncapi_json_block_special(const ngx_asyncapi_json_block_t *b)
{
    __m128i  space, slash;

    space = _mm_set1_epi8(' ');
    slash = _mm_set1_epi8('\\');

#define special(v)                                                            \
    _mm_or_si128(_mm_cmplt_epi8(v, space), _mm_cmpeq_epi8(v, slash))

    return (ngx_uint_t) _mm_movemask_epi8(_mm_or_si128(
               _mm_or_si128(special(b->v[0]), special(b->v[1])),
               _mm_or_si128(special(b->v[2]), special(b->v[3]))));

#undef special
}


/* a block with the bit 0x20 in each byte: "[" is "{", "E" is "e" */

static ngx_inline void
ngx_asyncapi_json_block_fold(ngx_asyncapi_json_block_t *b,
    const ngx_asyncapi_json_block_t *from)
{
    __m128i  c;

    c = _mm_set1_epi8(0x20);

    b->v[0] = _mm_or_si128(from->v[0], c);
    b->v[1] = _mm_or_si128(from->v[1], c);
    b->v[2] = _mm_or_si128(from->v[2], c);
    b->v[3] = _mm_or_si128(from->v[3], c);
}


/* white space */

static ngx_inline uint64_t
ngx_asyncapi_json_block_space(const ngx_asyncapi_json_block_t *b)
{
    __m128i  space, tab, lf, cr;

    space = _mm_set1_epi8(' ');
    tab = _mm_set1_epi8('\t');
    lf = _mm_set1_epi8(LF);
    cr = _mm_set1_epi8(CR);

#define white(v)                                                              \
    _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, space),                       \
                              _mm_cmpeq_epi8(v, tab)),                        \
                 _mm_or_si128(_mm_cmpeq_epi8(v, lf), _mm_cmpeq_epi8(v, cr)))

    return ngx_asyncapi_json_block_bits(b, white);

#undef white
}


/* the n bytes from first on */

static ngx_inline uint64_t
ngx_asyncapi_json_block_range(const ngx_asyncapi_json_block_t *b, char first,
    char n)
{
    __m128i  least, end;

    /* to the lowest of signed bytes, and all others are above them */

    least = _mm_set1_epi8((char) (0x80 - first));
    end = _mm_set1_epi8((char) (0x80 + n));

#define within(v)  _mm_cmplt_epi8(_mm_add_epi8(v, least), end)

    return ngx_asyncapi_json_block_bits(b, within);

#undef within
}


/* whether the 64 bytes at p are all ordinary in a string */

static ngx_inline ngx_uint_t
ngx_asyncapi_json_block_plain(const u_char *p)
{
    return (ngx_asyncapi_json_special(p)
            | ngx_asyncapi_json_special(p + 16)
            | ngx_asyncapi_json_special(p + 32)
            | ngx_asyncapi_json_special(p + 48)) == 0;
}


/* each bit with those below it: whether their number is odd */

static ngx_inline uint64_t
ngx_asyncapi_json_block_odd(uint64_t bits)
{
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;

    return bits ^ bits << 32;
}


/*
 * What is no UTF-8 (Unicode, table 3-7) in 16 bytes at p, after the three
 * before them: by their highest bits.  As signed bytes 0x80 is the lowest.
 */

static ngx_inline __m128i
ngx_asyncapi_json_utf8_faults(const u_char *p)
{
    __m128i  v, before, due, bad, below_90, below_a0;

#define bytes(ch)  _mm_set1_epi8((char) (ch))

    v = _mm_loadu_si128((const __m128i *) p);
    before = _mm_loadu_si128((const __m128i *) (p - 1));

    /* one that follows is due after c0.., two after e0.., three after f0.. */

    due = _mm_subs_epu8(before, bytes(0xc0 - 0x80));
    due = _mm_or_si128(due, _mm_subs_epu8(
              _mm_loadu_si128((const __m128i *) (p - 2)),
              bytes(0xe0 - 0x80)));
    due = _mm_or_si128(due, _mm_subs_epu8(
              _mm_loadu_si128((const __m128i *) (p - 3)),
              bytes(0xf0 - 0x80)));

    bad = _mm_xor_si128(due, _mm_cmplt_epi8(v, bytes(0xc0)));

    /* c0, c1 and from f5 on */

    bad = _mm_or_si128(bad, _mm_cmpeq_epi8(_mm_and_si128(v, bytes(0xfe)),
                                           bytes(0xc0)));
    bad = _mm_or_si128(bad, _mm_subs_epu8(v, bytes(0xf5 - 0x80)));

    below_90 = _mm_cmplt_epi8(v, bytes(0x90));
    below_a0 = _mm_cmplt_epi8(v, bytes(0xa0));

    bad = _mm_or_si128(bad, _mm_and_si128(
              _mm_cmpeq_epi8(before, bytes(0xe0)), below_a0));
    bad = _mm_or_si128(bad, _mm_andnot_si128(
              below_a0, _mm_cmpeq_epi8(before, bytes(0xed))));
    bad = _mm_or_si128(bad, _mm_and_si128(
              _mm_cmpeq_epi8(before, bytes(0xf0)), below_90));
    bad = _mm_or_si128(bad, _mm_andnot_si128(
              below_90, _mm_cmpeq_epi8(before, bytes(0xf4))));

#undef bytes

    return bad;
}


/* whether 64 bytes at p are no UTF-8 after the three before them */

static ngx_inline ngx_uint_t
ngx_asyncapi_json_block_utf8(const u_char *p)
{
    return _mm_movemask_epi8(_mm_or_si128(
               _mm_or_si128(ngx_asyncapi_json_utf8_faults(p),
                            ngx_asyncapi_json_utf8_faults(p + 16)),
               _mm_or_si128(ngx_asyncapi_json_utf8_faults(p + 32),
                            ngx_asyncapi_json_utf8_faults(p + 48)))) != 0;
}


#define ngx_asyncapi_json_scan  ngx_asyncapi_json_scan_sse2

#include "ngx_asyncapi_json_validate_simd.h"

#endif

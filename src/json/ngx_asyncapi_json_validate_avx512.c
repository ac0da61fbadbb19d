
/*
 * Copyright (C) The asyncapi module authors
 *
 * The validator for processors with AVX-512 and its byte instructions: to
 * compare 64 bytes gives a number of 64 bits at once.  VBMI2 is not made use
 * of, but the processors that have it are those that don't lower their clock
 * for vectors of this length.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json_scan.h"
#include "ngx_asyncapi_json_validate.h"


#if (NGX_ASYNCAPI_JSON_X86)

#include <immintrin.h>


/* whatever the module is built for, these functions are for that processor */

#define NGX_ASYNCAPI_JSON_TARGET                                              \
    __attribute__((target("avx512f,avx512bw,pclmul,bmi,bmi2")))


typedef struct {
    __m512i  v;
} ngx_asyncapi_json_block_t;


/* a vector of nothing but the byte; gcc would make a constant one each time */

#define ngx_asyncapi_json_all(ch)                                             \
    _mm512_load_si512(ngx_asyncapi_json_bytes_of[(u_char) (ch)])


/* the place of the lowest bit; any number where there is none */

#define ngx_asyncapi_json_first(bits)  _tzcnt_u64(bits)


static ngx_inline NGX_ASYNCAPI_JSON_TARGET void
ngx_asyncapi_json_block_load(ngx_asyncapi_json_block_t *b, const u_char *p)
{
    b->v = _mm512_loadu_si512(p);
}


/* the bytes that are ch */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_block_is(const ngx_asyncapi_json_block_t *b, char ch)
{
    return _mm512_cmpeq_epi8_mask(b->v, ngx_asyncapi_json_all(ch));
}


/* bytes of 0x80 and more */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_block_high(const ngx_asyncapi_json_block_t *b)
{
    return _mm512_movepi8_mask(b->v);
}


/* bytes below 0x20 */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_block_control(const ngx_asyncapi_json_block_t *b)
{
    return _mm512_cmplt_epu8_mask(b->v, ngx_asyncapi_json_all(' '));
}


/* not 0 if there is a byte below 0x20, of 0x80 and more, or a backslash */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET ngx_uint_t
ngx_asyncapi_json_block_special(const ngx_asyncapi_json_block_t *b)
{
    return _mm512_cmplt_epi8_mask(b->v, ngx_asyncapi_json_all(' '))
           | _mm512_cmpeq_epi8_mask(b->v, ngx_asyncapi_json_all('\\'));
}


/* a block with the bit 0x20 in each byte: "[" is "{", "E" is "e" */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET void
ngx_asyncapi_json_block_fold(ngx_asyncapi_json_block_t *b,
    const ngx_asyncapi_json_block_t *from)
{
    b->v = _mm512_or_si512(from->v, ngx_asyncapi_json_all(0x20));
}


/*
 * White space: the four have different low halves, by which each is looked
 * up; where there is none stands what has another low half.
 */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_block_space(const ngx_asyncapi_json_block_t *b)
{
    __m512i  table;

    table = _mm512_broadcast_i32x4(_mm_setr_epi8(
                ' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0));

    return _mm512_cmpeq_epi8_mask(_mm512_shuffle_epi8(table, b->v), b->v);
}


/* the n bytes from first on */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_block_range(const ngx_asyncapi_json_block_t *b, char first,
    char n)
{
    return _mm512_cmplt_epu8_mask(
               _mm512_sub_epi8(b->v, ngx_asyncapi_json_all(first)),
               ngx_asyncapi_json_all(n));
}


/* whether the 64 bytes at p are all ordinary in a string */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET ngx_uint_t
ngx_asyncapi_json_block_plain(const u_char *p)
{
    ngx_asyncapi_json_block_t  b;

    ngx_asyncapi_json_block_load(&b, p);

    return (ngx_asyncapi_json_block_special(&b)
            | ngx_asyncapi_json_block_is(&b, '"')) == 0;
}


/* each bit with those below it: whether their number is odd */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_block_odd(uint64_t bits)
{
    return (uint64_t) _mm_cvtsi128_si64(
               _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long) bits),
                                    _mm_set1_epi8(-1), 0));
}


#include "ngx_asyncapi_json_validate_utf8.h"


/* whether 64 bytes at p are no UTF-8 after the three before them */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET ngx_uint_t
ngx_asyncapi_json_block_utf8(const u_char *p)
{
    __m512i  v, before, half, pair, third;

    const __m512i  before_high = _mm512_broadcast_i32x4(
                                     _mm_setr_epi8(BEFORE_HIGH));
    const __m512i  before_low = _mm512_broadcast_i32x4(
                                    _mm_setr_epi8(BEFORE_LOW));
    const __m512i  high = _mm512_broadcast_i32x4(_mm_setr_epi8(HIGH));

    half = ngx_asyncapi_json_all(0x0f);

    v = _mm512_loadu_si512(p);
    before = _mm512_loadu_si512(p - 1);

    pair = _mm512_and_si512(
               _mm512_shuffle_epi8(before_high, _mm512_and_si512(
                   _mm512_srli_epi16(before, 4), half)),
               _mm512_shuffle_epi8(before_low,
                                   _mm512_and_si512(before, half)));
    pair = _mm512_and_si512(pair,
               _mm512_shuffle_epi8(high, _mm512_and_si512(
                   _mm512_srli_epi16(v, 4), half)));

    /* the highest bit where two before stands e0 to ff, three before f0.. */

    third = _mm512_or_si512(
                _mm512_subs_epu8(_mm512_loadu_si512(p - 2),
                                 ngx_asyncapi_json_all(0xe0 - 0x80)),
                _mm512_subs_epu8(_mm512_loadu_si512(p - 3),
                                 ngx_asyncapi_json_all(0xf0 - 0x80)));

    pair = _mm512_xor_si512(pair,
               _mm512_and_si512(third, ngx_asyncapi_json_all(0x80)));

    return _mm512_test_epi8_mask(pair, pair) != 0;
}


#define ngx_asyncapi_json_scan  ngx_asyncapi_json_scan_avx512

#include "ngx_asyncapi_json_validate_simd.h"

#endif


/*
 * Copyright (C) The asyncapi module authors
 *
 * The validator for processors with AVX2, PCLMULQDQ, BMI1 and BMI2.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json_scan.h"
#include "ngx_asyncapi_json_validate.h"


#if (NGX_ASYNCAPI_JSON_X86)

#include <immintrin.h>


/* whatever the module is built for, these functions are for that processor */

#define NGX_ASYNCAPI_JSON_TARGET                                              \
    __attribute__((target("avx2,pclmul,bmi,bmi2")))


typedef struct {
    __m256i  v[2];
} ngx_asyncapi_json_block_t;


/* a vector of nothing but the byte; gcc would make a constant one each time */

#define ngx_asyncapi_json_all(ch)                                             \
    _mm256_load_si256((const __m256i *)                                       \
                      ngx_asyncapi_json_bytes_of[(u_char) (ch)])


/* the place of the lowest bit; any number where there is none */

#define ngx_asyncapi_json_first(bits)  _tzcnt_u64(bits)


#define ngx_asyncapi_json_block_bits(a, b)                                    \
    ((uint64_t) (uint32_t) _mm256_movemask_epi8(a)                            \
     | (uint64_t) (uint32_t) _mm256_movemask_epi8(b) << 32)


static ngx_inline NGX_ASYNCAPI_JSON_TARGET void
ngx_asyncapi_json_block_load(ngx_asyncapi_json_block_t *b, const u_char *p)
{
    b->v[0] = _mm256_loadu_si256((const __m256i *) p);
    b->v[1] = _mm256_loadu_si256((const __m256i *) (p + 32));
}


/* the bytes that are ch */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_block_is(const ngx_asyncapi_json_block_t *b, char ch)
{
    __m256i  c;

    c = ngx_asyncapi_json_all(ch);

    return ngx_asyncapi_json_block_bits(_mm256_cmpeq_epi8(b->v[0], c),
                                        _mm256_cmpeq_epi8(b->v[1], c));
}


/* bytes of 0x80 and more */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_block_high(const ngx_asyncapi_json_block_t *b)
{
    return ngx_asyncapi_json_block_bits(b->v[0], b->v[1]);
}


/* bytes below 0x20, and of 0x80 and more: these are negative */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_block_control(const ngx_asyncapi_json_block_t *b)
{
    __m256i  c;

    c = ngx_asyncapi_json_all(' ');

    return ngx_asyncapi_json_block_bits(_mm256_cmpgt_epi8(c, b->v[0]),
                                        _mm256_cmpgt_epi8(c, b->v[1]));
}


/* not 0 if there is a byte below 0x20, of 0x80 and more, or a backslash */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET ngx_uint_t
ngx_asyncapi_json_block_special(const ngx_asyncapi_json_block_t *b)
{
    __m256i  space, slash, special;

    space = ngx_asyncapi_json_all(' ');
    slash = ngx_asyncapi_json_all('\\');

    special = _mm256_or_si256(_mm256_cmpgt_epi8(space, b->v[0]),
                              _mm256_cmpgt_epi8(space, b->v[1]));
    special = _mm256_or_si256(special, _mm256_cmpeq_epi8(slash, b->v[0]));
    special = _mm256_or_si256(special, _mm256_cmpeq_epi8(slash, b->v[1]));

    return (uint32_t) _mm256_movemask_epi8(special);
}


/* a block with the bit 0x20 in each byte: "[" is "{", "E" is "e" */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET void
ngx_asyncapi_json_block_fold(ngx_asyncapi_json_block_t *b,
    const ngx_asyncapi_json_block_t *from)
{
    __m256i  c;

    c = ngx_asyncapi_json_all(0x20);

    b->v[0] = _mm256_or_si256(from->v[0], c);
    b->v[1] = _mm256_or_si256(from->v[1], c);
}


/*
 * White space: the four have different low halves, by which each is looked
 * up; where there is none stands what has another low half.
 */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_block_space(const ngx_asyncapi_json_block_t *b)
{
    __m256i  table;

    table = _mm256_broadcastsi128_si256(_mm_setr_epi8(
                ' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0));

    return ngx_asyncapi_json_block_bits(
               _mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, b->v[0]), b->v[0]),
               _mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, b->v[1]),
                                 b->v[1]));
}


/* the n bytes from first on */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_block_range(const ngx_asyncapi_json_block_t *b, char first,
    char n)
{
    __m256i  least, end;

    /* to the lowest of signed bytes, and all others are above them */

    least = ngx_asyncapi_json_all((char) (0x80 - first));
    end = ngx_asyncapi_json_all((char) (0x80 + n));

    return ngx_asyncapi_json_block_bits(
               _mm256_cmpgt_epi8(end, _mm256_add_epi8(b->v[0], least)),
               _mm256_cmpgt_epi8(end, _mm256_add_epi8(b->v[1], least)));
}


/* whether the 64 bytes at p are all ordinary in a string */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET ngx_uint_t
ngx_asyncapi_json_block_plain(const u_char *p)
{
    __m256i  a, b, quote, slash, space, bad;

    quote = ngx_asyncapi_json_all('"');
    slash = ngx_asyncapi_json_all('\\');
    space = ngx_asyncapi_json_all(' ');

    a = _mm256_loadu_si256((const __m256i *) p);
    b = _mm256_loadu_si256((const __m256i *) (p + 32));

    bad = _mm256_or_si256(_mm256_cmpeq_epi8(a, quote),
                          _mm256_cmpeq_epi8(b, quote));
    bad = _mm256_or_si256(bad, _mm256_cmpeq_epi8(a, slash));
    bad = _mm256_or_si256(bad, _mm256_cmpeq_epi8(b, slash));

    /* bytes of 0x80 and more are negative */

    bad = _mm256_or_si256(bad, _mm256_cmpgt_epi8(space, a));
    bad = _mm256_or_si256(bad, _mm256_cmpgt_epi8(space, b));

    return _mm256_testz_si256(bad, bad);
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


static ngx_inline NGX_ASYNCAPI_JSON_TARGET __m256i
ngx_asyncapi_json_utf8_faults(const u_char *p)
{
    __m256i  v, before, half, pair, third;

    const __m256i  before_high = _mm256_broadcastsi128_si256(
                                     _mm_setr_epi8(BEFORE_HIGH));
    const __m256i  before_low = _mm256_broadcastsi128_si256(
                                    _mm_setr_epi8(BEFORE_LOW));
    const __m256i  high = _mm256_broadcastsi128_si256(_mm_setr_epi8(HIGH));

    half = ngx_asyncapi_json_all(0x0f);

    v = _mm256_loadu_si256((const __m256i *) p);
    before = _mm256_loadu_si256((const __m256i *) (p - 1));

    pair = _mm256_and_si256(
               _mm256_shuffle_epi8(before_high, _mm256_and_si256(
                   _mm256_srli_epi16(before, 4), half)),
               _mm256_shuffle_epi8(before_low,
                                   _mm256_and_si256(before, half)));
    pair = _mm256_and_si256(pair,
               _mm256_shuffle_epi8(high, _mm256_and_si256(
                   _mm256_srli_epi16(v, 4), half)));

    /* the highest bit where two before stands e0 to ff, three before f0.. */

    third = _mm256_or_si256(
                _mm256_subs_epu8(
                    _mm256_loadu_si256((const __m256i *) (p - 2)),
                    ngx_asyncapi_json_all(0xe0 - 0x80)),
                _mm256_subs_epu8(
                    _mm256_loadu_si256((const __m256i *) (p - 3)),
                    ngx_asyncapi_json_all(0xf0 - 0x80)));

    return _mm256_xor_si256(pair,
               _mm256_and_si256(third, ngx_asyncapi_json_all(CONT)));
}


/* whether 64 bytes at p are no UTF-8 after the three before them */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET ngx_uint_t
ngx_asyncapi_json_block_utf8(const u_char *p)
{
    __m256i  faults;

    faults = _mm256_or_si256(ngx_asyncapi_json_utf8_faults(p),
                             ngx_asyncapi_json_utf8_faults(p + 32));

    return !_mm256_testz_si256(faults, faults);
}


#define ngx_asyncapi_json_scan  ngx_asyncapi_json_scan_avx2

#include "ngx_asyncapi_json_validate_simd.h"

#endif

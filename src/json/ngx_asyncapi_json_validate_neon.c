
/*
 * Copyright (C) The asyncapi module authors
 *
 * The validator for aarch64, of which NEON is a part.  To multiply without
 * carry is not, so the quotes are counted by shifts.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json_scan.h"
#include "ngx_asyncapi_json_validate.h"


#if (NGX_ASYNCAPI_JSON_NEON)

#include <arm_neon.h>


#define NGX_ASYNCAPI_JSON_TARGET


typedef struct {
    uint8x16_t  v[4];
} ngx_asyncapi_json_block_t;


/*
 * A bit for each byte, where op(a vector) gives bytes of all ones or none:
 * each keeps a bit of its own, and the sums of neighbours put them together.
 */

#define ngx_asyncapi_json_block_bits(b, op)                                   \
    ngx_asyncapi_json_block_join(op((b)->v[0]), op((b)->v[1]),                \
                                 op((b)->v[2]), op((b)->v[3]))

static ngx_inline uint64_t
ngx_asyncapi_json_block_join(uint8x16_t v0, uint8x16_t v1, uint8x16_t v2,
    uint8x16_t v3)
{
    uint8x16_t  own;

    static const u_char  bits[16] = { 1, 2, 4, 8, 16, 32, 64, 128,
                                      1, 2, 4, 8, 16, 32, 64, 128 };

    own = vld1q_u8(bits);

    v0 = vpaddq_u8(vandq_u8(v0, own), vandq_u8(v1, own));
    v2 = vpaddq_u8(vandq_u8(v2, own), vandq_u8(v3, own));
    v0 = vpaddq_u8(v0, v2);
    v0 = vpaddq_u8(v0, v0);

    return vgetq_lane_u64(vreinterpretq_u64_u8(v0), 0);
}


/* the place of the lowest bit; any number where there is none */

#define ngx_asyncapi_json_first(bits)  __builtin_ctzll((bits) | 1ull << 63)


static ngx_inline void
ngx_asyncapi_json_block_load(ngx_asyncapi_json_block_t *b, const u_char *p)
{
    b->v[0] = vld1q_u8(p);
    b->v[1] = vld1q_u8(p + 16);
    b->v[2] = vld1q_u8(p + 32);
    b->v[3] = vld1q_u8(p + 48);
}


/* the bytes that are ch */

static ngx_inline uint64_t
ngx_asyncapi_json_block_is(const ngx_asyncapi_json_block_t *b, u_char ch)
{
    uint8x16_t  c;

    c = vdupq_n_u8(ch);

#define is(v)  vceqq_u8(v, c)

    return ngx_asyncapi_json_block_bits(b, is);

#undef is
}


/* bytes of 0x80 and more */

static ngx_inline uint64_t
ngx_asyncapi_json_block_high(const ngx_asyncapi_json_block_t *b)
{
    uint8x16_t  c;

    c = vdupq_n_u8(0x80);

    /* most often there is none, which is known sooner */

    if (vmaxvq_u8(vorrq_u8(vorrq_u8(b->v[0], b->v[1]),
                           vorrq_u8(b->v[2], b->v[3]))) < 0x80)
    {
        return 0;
    }

#define high(v)  vcgeq_u8(v, c)

    return ngx_asyncapi_json_block_bits(b, high);

#undef high
}


/* bytes below 0x20 */

static ngx_inline uint64_t
ngx_asyncapi_json_block_control(const ngx_asyncapi_json_block_t *b)
{
    uint8x16_t  c;

    c = vdupq_n_u8(' ');

#define below(v)  vcltq_u8(v, c)

    return ngx_asyncapi_json_block_bits(b, below);

#undef below
}


/* not 0 if there is a byte below 0x20, of 0x80 and more, or a backslash */

static ngx_inline ngx_uint_t
ngx_asyncapi_json_block_special(const ngx_asyncapi_json_block_t *b)
{
    uint8x16_t  slash, least, end;

    slash = vdupq_n_u8('\\');
    least = vdupq_n_u8(0x20);
    end = vdupq_n_u8(0x60);

#define special(v)                                                            \
    vorrq_u8(vceqq_u8(v, slash), vcgeq_u8(vsubq_u8(v, least), end))

    return vmaxvq_u8(vorrq_u8(
               vorrq_u8(special(b->v[0]), special(b->v[1])),
               vorrq_u8(special(b->v[2]), special(b->v[3]))));

#undef special
}


/* a block with the bit 0x20 in each byte: "[" is "{", "E" is "e" */

static ngx_inline void
ngx_asyncapi_json_block_fold(ngx_asyncapi_json_block_t *b,
    const ngx_asyncapi_json_block_t *from)
{
    uint8x16_t  c;

    c = vdupq_n_u8(0x20);

    b->v[0] = vorrq_u8(from->v[0], c);
    b->v[1] = vorrq_u8(from->v[1], c);
    b->v[2] = vorrq_u8(from->v[2], c);
    b->v[3] = vorrq_u8(from->v[3], c);
}


static ngx_inline uint64_t
ngx_asyncapi_json_block_space(const ngx_asyncapi_json_block_t *b)
{
    uint8x16_t  space, tab, lf, cr;

    space = vdupq_n_u8(' ');
    tab = vdupq_n_u8('\t');
    lf = vdupq_n_u8(LF);
    cr = vdupq_n_u8(CR);

#define white(v)                                                              \
    vorrq_u8(vorrq_u8(vceqq_u8(v, space), vceqq_u8(v, tab)),                  \
             vorrq_u8(vceqq_u8(v, lf), vceqq_u8(v, cr)))

    return ngx_asyncapi_json_block_bits(b, white);

#undef white
}


/* the n bytes from first on */

static ngx_inline uint64_t
ngx_asyncapi_json_block_range(const ngx_asyncapi_json_block_t *b, u_char first,
    u_char n)
{
    uint8x16_t  least, end;

    least = vdupq_n_u8(first);
    end = vdupq_n_u8(n);

#define within(v)  vcltq_u8(vsubq_u8(v, least), end)

    return ngx_asyncapi_json_block_bits(b, within);

#undef within
}


/* whether the 64 bytes at p are all ordinary in a string */

static ngx_inline ngx_uint_t
ngx_asyncapi_json_block_plain(const u_char *p)
{
    uint8x16_t                 bad, quote, slash, least, end;
    ngx_asyncapi_json_block_t  b;

    ngx_asyncapi_json_block_load(&b, p);

    quote = vdupq_n_u8('"');
    slash = vdupq_n_u8('\\');
    least = vdupq_n_u8(0x20);
    end = vdupq_n_u8(0x60);

#define special(v)                                                            \
    vorrq_u8(vorrq_u8(vceqq_u8(v, quote), vceqq_u8(v, slash)),                \
             vcgeq_u8(vsubq_u8(v, least), end))

    bad = vorrq_u8(vorrq_u8(special(b.v[0]), special(b.v[1])),
                   vorrq_u8(special(b.v[2]), special(b.v[3])));

#undef special

    return vmaxvq_u8(bad) == 0;
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
 * before them: by their highest bits.
 */

static ngx_inline uint8x16_t
ngx_asyncapi_json_utf8_faults(const u_char *p)
{
    uint8x16_t  v, before, due, bad, below_90, below_a0;

#define bytes(ch)  vdupq_n_u8(ch)

    v = vld1q_u8(p);
    before = vld1q_u8(p - 1);

    /* one that follows is due after c0.., two after e0.., three after f0.. */

    due = vorrq_u8(vcgeq_u8(before, bytes(0xc0)),
                   vorrq_u8(vcgeq_u8(vld1q_u8(p - 2), bytes(0xe0)),
                            vcgeq_u8(vld1q_u8(p - 3), bytes(0xf0))));

    bad = veorq_u8(due, vceqq_u8(vandq_u8(v, bytes(0xc0)), bytes(0x80)));

    /* c0, c1 and from f5 on */

    bad = vorrq_u8(bad, vceqq_u8(vandq_u8(v, bytes(0xfe)), bytes(0xc0)));
    bad = vorrq_u8(bad, vcgeq_u8(v, bytes(0xf5)));

    below_90 = vcltq_u8(v, bytes(0x90));
    below_a0 = vcltq_u8(v, bytes(0xa0));

    bad = vorrq_u8(bad, vandq_u8(vceqq_u8(before, bytes(0xe0)), below_a0));
    bad = vorrq_u8(bad, vbicq_u8(vceqq_u8(before, bytes(0xed)), below_a0));
    bad = vorrq_u8(bad, vandq_u8(vceqq_u8(before, bytes(0xf0)), below_90));
    bad = vorrq_u8(bad, vbicq_u8(vceqq_u8(before, bytes(0xf4)), below_90));

#undef bytes

    return bad;
}


/* whether 64 bytes at p are no UTF-8 after the three before them */

static ngx_inline ngx_uint_t
ngx_asyncapi_json_block_utf8(const u_char *p)
{
    return vmaxvq_u8(vorrq_u8(
               vorrq_u8(ngx_asyncapi_json_utf8_faults(p),
                        ngx_asyncapi_json_utf8_faults(p + 16)),
               vorrq_u8(ngx_asyncapi_json_utf8_faults(p + 32),
                        ngx_asyncapi_json_utf8_faults(p + 48)))) != 0;
}


#define ngx_asyncapi_json_scan  ngx_asyncapi_json_scan_neon

#include "ngx_asyncapi_json_validate_simd.h"

#endif


/*
 * Copyright (C) The asyncapi module authors
 *
 * SipHash-1-3: for what strangers write, so that they can't make it collide.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json.h"


#define ngx_asyncapi_rotl(x, n)  (((x) << (n)) | ((x) >> (64 - (n))))


static ngx_inline void ngx_asyncapi_sipround(uint64_t *v);


uint64_t
ngx_asyncapi_json_siphash(const uint64_t *seed, const u_char *p, size_t len)
{
    size_t      n;
    uint64_t    v[4], word;

    v[0] = seed[0] ^ 0x736f6d6570736575ull;
    v[1] = seed[1] ^ 0x646f72616e646f6dull;
    v[2] = seed[0] ^ 0x6c7967656e657261ull;
    v[3] = seed[1] ^ 0x7465646279746573ull;

    for (n = len; n >= 8; n -= 8) {
        ngx_memcpy(&word, p, 8);
        p += 8;

        v[3] ^= word;
        ngx_asyncapi_sipround(v);
        v[0] ^= word;
    }

    for (word = (uint64_t) len << 56; n; n--) {
        word |= (uint64_t) p[n - 1] << ((n - 1) * 8);
    }

    v[3] ^= word;
    ngx_asyncapi_sipround(v);
    v[0] ^= word;

    v[2] ^= 0xff;
    ngx_asyncapi_sipround(v);
    ngx_asyncapi_sipround(v);
    ngx_asyncapi_sipround(v);

    return v[0] ^ v[1] ^ v[2] ^ v[3];
}


static ngx_inline void
ngx_asyncapi_sipround(uint64_t *v)
{
    v[0] += v[1];
    v[1] = ngx_asyncapi_rotl(v[1], 13) ^ v[0];
    v[0] = ngx_asyncapi_rotl(v[0], 32);

    v[2] += v[3];
    v[3] = ngx_asyncapi_rotl(v[3], 16) ^ v[2];

    v[0] += v[3];
    v[3] = ngx_asyncapi_rotl(v[3], 21) ^ v[0];

    v[2] += v[1];
    v[1] = ngx_asyncapi_rotl(v[1], 17) ^ v[2];
    v[2] = ngx_asyncapi_rotl(v[2], 32);
}

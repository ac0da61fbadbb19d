
/*
 * Copyright (C) The asyncapi module authors
 *
 * SipHash-1-3.
 */


#include "ngx_asyncapi_hash.h"

#include <sys/random.h>


#define ngx_asyncapi_rotl(x, n)  (((x) << (n)) | ((x) >> (64 - (n))))

#define ngx_asyncapi_sip_round(v)                                            \
    v[0] += v[1];                                                            \
    v[2] += v[3];                                                            \
    v[1] = ngx_asyncapi_rotl(v[1], 13) ^ v[0];                               \
    v[3] = ngx_asyncapi_rotl(v[3], 16) ^ v[2];                               \
    v[0] = ngx_asyncapi_rotl(v[0], 32);                                      \
    v[2] += v[1];                                                            \
    v[0] += v[3];                                                            \
    v[1] = ngx_asyncapi_rotl(v[1], 17) ^ v[2];                               \
    v[3] = ngx_asyncapi_rotl(v[3], 21) ^ v[0];                               \
    v[2] = ngx_asyncapi_rotl(v[2], 32)


static uint64_t  ngx_asyncapi_hash_key[2];


void
ngx_asyncapi_hash_init(void)
{
    uint64_t  *key;

    key = ngx_asyncapi_hash_key;

    if (getrandom(key, sizeof(ngx_asyncapi_hash_key), GRND_NONBLOCK)
        != (ssize_t) sizeof(ngx_asyncapi_hash_key))
    {
        key[0] ^= (uint64_t) ngx_random() << 32 ^ ngx_random();
        key[1] ^= (uint64_t) ngx_random() << 32 ^ ngx_random();
    }
}


uint64_t
ngx_asyncapi_hash(const u_char *data, size_t len)
{
    size_t    left;
    uint64_t  v[4], word;

    v[0] = ngx_asyncapi_hash_key[0] ^ 0x736f6d6570736575ULL;
    v[1] = ngx_asyncapi_hash_key[1] ^ 0x646f72616e646f6dULL;
    v[2] = ngx_asyncapi_hash_key[0] ^ 0x6c7967656e657261ULL;
    v[3] = ngx_asyncapi_hash_key[1] ^ 0x7465646279746573ULL;

    for (left = len; left >= 8; left -= 8, data += 8) {
        ngx_memcpy(&word, data, 8);

        v[3] ^= word;
        ngx_asyncapi_sip_round(v);
        v[0] ^= word;
    }

    word = 0;
    ngx_memcpy(&word, data, left);
    word |= (uint64_t) len << 56;

    v[3] ^= word;
    ngx_asyncapi_sip_round(v);
    v[0] ^= word;

    v[2] ^= 0xff;
    ngx_asyncapi_sip_round(v);
    ngx_asyncapi_sip_round(v);
    ngx_asyncapi_sip_round(v);

    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

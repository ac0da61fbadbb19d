
/*
 * Copyright (C) The asyncapi module authors
 *
 * SipHash by the key of the process.
 */


#include "ngx_asyncapi_hash.h"
#include "ngx_asyncapi_json.h"

#include <sys/random.h>


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
    return ngx_asyncapi_json_siphash(ngx_asyncapi_hash_key, data, len);
}

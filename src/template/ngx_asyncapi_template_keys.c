
/*
 * Copyright (C) The asyncapi module authors
 *
 * The members of an object that is put together of several.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_template_keys.h"


/* members before anything grows: the usual object of a template */

#define NGX_ASYNCAPI_KEYS_MIN  32


static ngx_int_t ngx_asyncapi_keys_grow(ngx_asyncapi_keys_t *keys);
static ngx_int_t ngx_asyncapi_keys_hash(ngx_asyncapi_keys_t *keys,
    const ngx_str_t *name, uint32_t *hash);


ngx_int_t
ngx_asyncapi_keys_init(ngx_asyncapi_keys_t *keys, ngx_pool_t *pool)
{
    ngx_memzero(keys, sizeof(ngx_asyncapi_keys_t));

    keys->pool = pool;

    /*
     * random() is enough as none of its numbers gets out; before a worker has
     * seeded it the addresses are what differs
     */

    keys->seed[0] = ((uint64_t) ngx_random() << 32) ^ (uintptr_t) pool;
    keys->seed[1] = ((uint64_t) ngx_random() << 32) ^ (uintptr_t) keys;

    return ngx_asyncapi_keys_grow(keys);
}


ngx_asyncapi_key_t *
ngx_asyncapi_keys_add(ngx_asyncapi_keys_t *keys, const ngx_str_t *name)
{
    uint32_t             hash, i, mask, n;
    ngx_asyncapi_key_t  *key, *other;

    if (keys->nelts == keys->nalloc && ngx_asyncapi_keys_grow(keys) != NGX_OK) {
        return NULL;
    }

    if (ngx_asyncapi_keys_hash(keys, name, &hash) != NGX_OK) {
        return NULL;
    }

    mask = keys->nalloc * 2 - 1;

    for (i = hash & mask; ; i = (i + 1) & mask) {
        n = keys->slots[i];

        if (n == 0) {
            break;
        }

        other = &keys->elts[n - 1];

        if (other->hash == hash
            && ngx_asyncapi_json_key_equal(&other->name, name))
        {
            other->dropped = 1;
            keys->ndropped++;
            break;
        }
    }

    key = &keys->elts[keys->nelts++];
    keys->slots[i] = keys->nelts;

    ngx_memzero(key, sizeof(ngx_asyncapi_key_t));

    key->name = *name;
    key->hash = hash;

    return key;
}


static ngx_int_t
ngx_asyncapi_keys_grow(ngx_asyncapi_keys_t *keys)
{
    uint32_t             i, mask, *slots;
    ngx_uint_t           k, n;
    ngx_asyncapi_key_t  *elts;

    n = keys->nalloc ? keys->nalloc * 2 : NGX_ASYNCAPI_KEYS_MIN;

    elts = ngx_palloc(keys->pool, n * sizeof(ngx_asyncapi_key_t));
    if (elts == NULL) {
        return NGX_ERROR;
    }

    slots = ngx_pcalloc(keys->pool, n * 2 * sizeof(uint32_t));
    if (slots == NULL) {
        return NGX_ERROR;
    }

    mask = n * 2 - 1;

    for (k = 0; k < keys->nelts; k++) {
        elts[k] = keys->elts[k];

        if (elts[k].dropped) {
            continue;
        }

        for (i = elts[k].hash & mask; slots[i]; i = (i + 1) & mask) {
            /* void */
        }

        slots[i] = k + 1;
    }

    ngx_asyncapi_keys_done(keys);

    keys->elts = elts;
    keys->slots = slots;
    keys->nalloc = n;

    return NGX_OK;
}


void
ngx_asyncapi_keys_done(ngx_asyncapi_keys_t *keys)
{
    /* a small allocation is a part of the pool's block and stays */

    if (keys->elts) {
        (void) ngx_pfree(keys->pool, keys->elts);
        (void) ngx_pfree(keys->pool, keys->slots);
    }
}


/* the same for names that are the same text, whatever is escaped in them */

static ngx_int_t
ngx_asyncapi_keys_hash(ngx_asyncapi_keys_t *keys, const ngx_str_t *name,
    uint32_t *hash)
{
    u_char  *p, *text, buf[128];
    size_t   len;

    text = name->data;
    len = name->len;

    if (len && ngx_strlchr(text, text + len, '\\')) {

        text = (len > sizeof(buf)) ? ngx_pnalloc(keys->pool, len) : buf;
        if (text == NULL) {
            return NGX_ERROR;
        }

        p = ngx_asyncapi_json_unescape(text, name);
        len = p - text;
    }

    *hash = (uint32_t) ngx_asyncapi_json_siphash(keys->seed, text, len);

    if (name->len > sizeof(buf) && text != name->data) {
        (void) ngx_pfree(keys->pool, text);
    }

    return NGX_OK;
}

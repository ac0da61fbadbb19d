
/*
 * Copyright (C) The asyncapi module authors
 *
 * Which arguments of a command are keys, and the slot of a Redis Cluster that
 * they are in.
 *
 * Thread: any; nothing here has state.
 */


#ifndef _NGX_ASYNCAPI_REDIS_KEYS_H_INCLUDED_
#define _NGX_ASYNCAPI_REDIS_KEYS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


#define NGX_ASYNCAPI_REDIS_SLOTS  16384


typedef struct ngx_asyncapi_redis_keys_s  ngx_asyncapi_redis_keys_t;


/*
 * Where the keys of a command stand, for when the configuration is read.
 * Constant, never NULL: of a command that is not known the first argument is
 * the key.
 */
const ngx_asyncapi_redis_keys_t *ngx_asyncapi_redis_keys(
    const ngx_str_t *command);

/*
 * The slot of all keys of a command, whose name is argv[0].  NGX_OK: *slot is
 * set; NGX_DECLINED: it has no keys; NGX_ABORT: they are in different slots.
 */
ngx_int_t ngx_asyncapi_redis_keys_slot(const ngx_asyncapi_redis_keys_t *keys,
    const ngx_str_t *argv, ngx_uint_t argc, ngx_uint_t *slot);

/* of a key, or of what stands in its first pair of braces, if there is any */
ngx_uint_t ngx_asyncapi_redis_key_slot(const ngx_str_t *key);


#endif /* _NGX_ASYNCAPI_REDIS_KEYS_H_INCLUDED_ */

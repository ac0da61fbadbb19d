
/*
 * Copyright (C) The asyncapi module authors
 *
 * The members of an object that is put together of several: in the order they
 * come, the later of two with the same name being the one that stays.
 *
 * The names may be an upstream's or a client's.  They are hashed with a key
 * that is new for every object, so that nobody can choose names that collide.
 */


#ifndef _NGX_ASYNCAPI_TEMPLATE_KEYS_H_INCLUDED_
#define _NGX_ASYNCAPI_TEMPLATE_KEYS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_template_private.h"


typedef struct {
    ngx_str_t                    name;     /* inside of its quotes */
    const ngx_asyncapi_item_t   *item;     /* written in the template; NULL:
                                              a spread object's member */
    u_char                      *last;     /* of a spread member's value */
    uint32_t                     hash;
    unsigned                     first:1;  /* of a spread object */
    unsigned                     dropped:1;
} ngx_asyncapi_key_t;

typedef struct {
    ngx_pool_t                  *pool;
    ngx_asyncapi_key_t          *elts;
    ngx_uint_t                   nelts;
    ngx_uint_t                   nalloc;
    ngx_uint_t                   ndropped;

    /* open addressing, an index plus one each; twice nalloc and a power of 2 */
    uint32_t                    *slots;
    uint64_t                     seed[2];
} ngx_asyncapi_keys_t;


/* NGX_OK or NGX_ERROR (no memory) */
ngx_int_t ngx_asyncapi_keys_init(ngx_asyncapi_keys_t *keys, ngx_pool_t *pool);

/*
 * Adds a key, zeroed but for its name, and drops an earlier one of the same
 * name.  It stays where it is until the next one is added.  NULL: no memory.
 */
ngx_asyncapi_key_t *ngx_asyncapi_keys_add(ngx_asyncapi_keys_t *keys,
    const ngx_str_t *name);

/* the memory that a pool gives back before its time */
void ngx_asyncapi_keys_done(ngx_asyncapi_keys_t *keys);


#endif /* _NGX_ASYNCAPI_TEMPLATE_KEYS_H_INCLUDED_ */

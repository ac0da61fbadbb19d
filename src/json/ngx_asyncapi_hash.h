
/*
 * Copyright (C) The asyncapi module authors
 *
 * A keyed hash, SipHash, for tables of names that clients choose: who does
 * not know the key can't make names collide.
 */


#ifndef _NGX_ASYNCAPI_HASH_H_INCLUDED_
#define _NGX_ASYNCAPI_HASH_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* draws the key, once in a process, before any other thread is there */
void ngx_asyncapi_hash_init(void);

/* by that key.  Thread: any */
uint64_t ngx_asyncapi_hash(const u_char *data, size_t len);


#endif /* _NGX_ASYNCAPI_HASH_H_INCLUDED_ */

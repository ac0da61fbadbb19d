
/*
 * Copyright (C) The asyncapi module authors
 *
 * Memory for large bodies.  Fresh from the system each of its pages costs a
 * fault, which is a third of the CPU of passing 256 KB through: so the worker
 * keeps what requests give back, for as long as it is in use.  What is of a
 * megabyte or more is mapped by itself, and given back by a thread.
 *
 * Thread: the worker's event loop.
 */


#ifndef _NGX_ASYNCAPI_BLOCK_H_INCLUDED_
#define _NGX_ASYNCAPI_BLOCK_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* size bytes that belong to the pool; NULL: no memory */
u_char *ngx_asyncapi_block_alloc(ngx_pool_t *pool, size_t size);

/*
 * How many bytes are to follow so many that are full, at least min: twice as
 * many, but before it takes long to move them all that a block has.
 */
size_t ngx_asyncapi_block_grow(size_t size, size_t min);

/* whether it may have been written to by nobody before */
ngx_uint_t ngx_asyncapi_block_fresh(u_char *data, size_t size);

/* gives it back before its pool is destroyed */
void ngx_asyncapi_block_free(ngx_pool_t *pool, u_char *data, size_t size);

/* the worker process ends: nothing is kept any more */
void ngx_asyncapi_block_exit(void);


#endif /* _NGX_ASYNCAPI_BLOCK_H_INCLUDED_ */

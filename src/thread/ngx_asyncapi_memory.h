
/*
 * Copyright (C) The asyncapi module authors
 *
 * Memory that is read beside the request that it was made for: a pool that is
 * destroyed when the request is, when the last of its jobs is through, or when
 * the last pool is that it is shared with, whichever is latest.
 *
 * Thread: the worker's event loop.  What is in the pool may be read by the
 * threads of jobs that hold it; allocating from it is the loop's alone.
 */


#ifndef _NGX_ASYNCAPI_MEMORY_H_INCLUDED_
#define _NGX_ASYNCAPI_MEMORY_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#if (NGX_THREADS)
#include <ngx_thread_pool.h>
#else
typedef struct ngx_thread_pool_s  ngx_thread_pool_t;
#endif


typedef struct {
    ngx_pool_t  *pool;
    ngx_str_t    room;       /* the owner's: bytes in the pool that are read
                                where they lie, though nothing else tells that
                                they are in it */
    ngx_uint_t   holders;    /* private */
} ngx_asyncapi_memory_t;


/*
 * Held by the other pool until that is destroyed; what is large of it is given
 * back by threads of tp, if that is not NULL.  NULL: no memory.
 */
ngx_asyncapi_memory_t *ngx_asyncapi_memory_create(ngx_pool_t *owner,
    ngx_thread_pool_t *tp);

void ngx_asyncapi_memory_hold(ngx_asyncapi_memory_t *memory);
/* the last one who does so destroys it */
void ngx_asyncapi_memory_release(ngx_asyncapi_memory_t *memory);

/* held by one more pool until that is destroyed: NGX_OK, NGX_ERROR */
ngx_int_t ngx_asyncapi_memory_share(ngx_asyncapi_memory_t *memory,
    ngx_pool_t *pool);

/* the worker ends: gives back what is kept for later requests */
void ngx_asyncapi_memory_exit(void);


#endif /* _NGX_ASYNCAPI_MEMORY_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * Large memory, given back by a thread: the system takes milliseconds to take
 * back tens of megabytes, and the loop would not turn meanwhile.
 *
 * What is given back is linked where it lies, so that nothing has to be
 * allocated for it.  One job at a time frees all there is.  Where no thread can
 * be had, or too much waits for one, memory is freed at once.
 *
 * Thread: the worker's event loop.
 */


#ifndef _NGX_ASYNCAPI_RECLAIM_H_INCLUDED_
#define _NGX_ASYNCAPI_RECLAIM_H_INCLUDED_


#include "ngx_asyncapi_job.h"


/* once, when a worker process begins */
void ngx_asyncapi_reclaim_init(void);

/* whose threads do it from now on; NULL: those that have done it so far */
void ngx_asyncapi_reclaim_threads(ngx_thread_pool_t *tp);

/* as munmap(); size in bytes */
void ngx_asyncapi_reclaim(void *p, size_t size);

/*
 * Runs the pool's cleanups and gives back its large allocations, if these are
 * many bytes in all: the pool is then to be destroyed or reset.
 */
void ngx_asyncapi_reclaim_pool(ngx_pool_t *pool);

/* the worker ends, no thread is at work: from now on all is freed at once */
void ngx_asyncapi_reclaim_exit(void);


#endif /* _NGX_ASYNCAPI_RECLAIM_H_INCLUDED_ */

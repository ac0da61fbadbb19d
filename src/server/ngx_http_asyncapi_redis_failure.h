
/*
 * Copyright (C) The asyncapi module authors
 *
 * What went wrong with Redis, as the failure of a task of any kind.
 *
 * Thread: the worker's event loop.
 */


#ifndef _NGX_HTTP_ASYNCAPI_REDIS_FAILURE_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_REDIS_FAILURE_H_INCLUDED_


#include "ngx_http_asyncapi_task.h"
#include "ngx_asyncapi_redis.h"


/* both: *result is zeroed */

/* a call that has no reply: in op->pool; without memory there is no detail */
void ngx_http_asyncapi_redis_failure(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_redis_call_t *call, ngx_http_asyncapi_result_t *result);

/*
 * A reply that is an error.  Thread: any that the pool belongs to.  NGX_OK or
 * NGX_ERROR (no memory).
 */
ngx_int_t ngx_http_asyncapi_redis_error(ngx_pool_t *pool, redisReply *reply,
    ngx_http_asyncapi_result_t *result);


#endif /* _NGX_HTTP_ASYNCAPI_REDIS_FAILURE_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * The redis kind: what its files share.
 *
 * Thread: the worker's event loop.
 */


#ifndef _NGX_HTTP_ASYNCAPI_KIND_REDIS_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_KIND_REDIS_H_INCLUDED_


#include "ngx_http_asyncapi_redis_servers.h"


typedef struct {
    ngx_str_t                      name;      /* of the server */
    ngx_asyncapi_redis_server_t   *server;    /* once all is read */
    ngx_str_t                      command;
    const ngx_asyncapi_redis_keys_t  *keys;   /* of it */
    ngx_array_t                    args;      /* ngx_asyncapi_template_t *,
                                                 the command first */
    ngx_uint_t                     repeatable;  /* may be sent twice */
} ngx_http_asyncapi_redis_conf_t;


extern ngx_http_asyncapi_kind_t  ngx_http_asyncapi_kind_redis;

/*
 * What a task may not send: NGX_CONF_OK, or NGX_CONF_ERROR (logged, with what
 * to write instead).  Arguments as they are written.
 */
char *ngx_http_asyncapi_redis_command_check(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n);

/*
 * Whether a command has the same effect when it is sent twice, which retry= and
 * hedge= may do.  Of one that is not known: no.
 */
ngx_uint_t ngx_http_asyncapi_redis_repeatable(ngx_str_t *word, ngx_uint_t n);

/* a reply that is to be a result */

typedef struct {
    redisReply                    *reply;
    size_t                         max;       /* bytes of the result */
    ngx_pool_t                    *pool;      /* the reply's own, or NULL: it
                                                 is destroyed as soon as it is
                                                 not needed */
} ngx_http_asyncapi_redis_reply_t;

/* result->gather(), of such a one in result->data */
ngx_int_t ngx_http_asyncapi_redis_result(ngx_http_asyncapi_node_t *node,
    ngx_pool_t *pool, ngx_http_asyncapi_result_t *result);


#endif /* _NGX_HTTP_ASYNCAPI_KIND_REDIS_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * asyncapi_redis: the Redis servers of http {}, by their names.  Kinds that
 * need one look for it here, and know nothing of each other.
 *
 * Thread: the configuration's.
 */


#ifndef _NGX_HTTP_ASYNCAPI_REDIS_SERVERS_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_REDIS_SERVERS_H_INCLUDED_


#include "ngx_http_asyncapi_conf.h"
#include "ngx_asyncapi_redis.h"


/* asyncapi_redis NAME URL [timeout=TIME] [protocol=2|3] */
char *ngx_http_asyncapi_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/*
 * A server that has no name, but the URL that another directive gives.  NULL:
 * it is none (logged), or no memory.
 */
ngx_asyncapi_redis_server_t *ngx_http_asyncapi_redis_declare(ngx_conf_t *cf,
    ngx_str_t *url);

/* makes them ready, once all of http {} is read: NGX_OK, NGX_ERROR (logged) */
ngx_int_t ngx_http_asyncapi_redis_servers_complete(ngx_conf_t *cf);

/*
 * The server of that name, or NULL.  As a name may stand above what declares
 * it, complete() of a kind is the time to ask.
 */
ngx_asyncapi_redis_server_t *ngx_http_asyncapi_redis_server(ngx_conf_t *cf,
    ngx_str_t *name);


#endif /* _NGX_HTTP_ASYNCAPI_REDIS_SERVERS_H_INCLUDED_ */

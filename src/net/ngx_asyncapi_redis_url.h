
/*
 * Copyright (C) The asyncapi module authors
 *
 * The URL of a Redis server:
 *
 *     redis://[[USER]:PASSWORD@]HOST[:PORT][/DB]        and rediss:// by TLS
 *     redis+unix://[[USER]:PASSWORD@]/PATH[?db=DB]
 *     redis+sentinel://[[USER]:PASSWORD@]HOST[:PORT],.../MASTER[/DB]
 *     redis+cluster://[[USER]:PASSWORD@]HOST[:PORT],...
 *
 * Only text is looked at here: no name is resolved.
 *
 * Thread: any; nothing here has state.
 */


#ifndef _NGX_ASYNCAPI_REDIS_URL_H_INCLUDED_
#define _NGX_ASYNCAPI_REDIS_URL_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef enum {
    NGX_ASYNCAPI_REDIS_TCP = 0,
    NGX_ASYNCAPI_REDIS_UNIX,
    NGX_ASYNCAPI_REDIS_SENTINEL,
    NGX_ASYNCAPI_REDIS_CLUSTER
} ngx_asyncapi_redis_url_e;


typedef struct {
    ngx_str_t                  name;      /* without brackets, or the path of a
                                             socket; ends in a zero byte */
    in_port_t                  port;      /* 0: a socket */
} ngx_asyncapi_redis_host_t;


typedef struct {
    ngx_asyncapi_redis_url_e   type;

    ngx_str_t                  user;      /* decoded; empty: the default one */
    ngx_str_t                  password;  /* decoded, ends in a zero byte;
                                             empty: none */

    ngx_asyncapi_redis_host_t *hosts;
    ngx_uint_t                 nhosts;    /* at least one */

    ngx_str_t                  master;    /* of SENTINEL: its name there */
    ngx_uint_t                 db;

    unsigned                   tls:1;
} ngx_asyncapi_redis_url_t;


/*
 * All memory is new in the pool.  NGX_OK; NGX_DECLINED: *message says what is
 * wrong and what to write; NGX_ERROR: no memory.
 */
ngx_int_t ngx_asyncapi_redis_url_parse(ngx_pool_t *pool,
    const ngx_str_t *source, ngx_asyncapi_redis_url_t *url,
    const char **message);

/*
 * The source with "***" for whatever may be a password, also of a URL that is
 * wrong; for messages.  NGX_OK or NGX_ERROR (no memory).
 */
ngx_int_t ngx_asyncapi_redis_url_mask(ngx_pool_t *pool,
    const ngx_str_t *source, ngx_str_t *masked);


#endif /* _NGX_ASYNCAPI_REDIS_URL_H_INCLUDED_ */

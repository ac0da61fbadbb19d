
/*
 * Copyright (C) The asyncapi module authors
 *
 * Schemas of files: schema=FILE of a body, a task or an answer.
 */


#ifndef _NGX_HTTP_ASYNCAPI_SCHEMA_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_SCHEMA_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include "ngx_asyncapi_schema.h"


/* one file, compiled once for all that name it in the same way */

struct ngx_http_asyncapi_schema_s {
    ngx_str_t                      file;      /* its full name */
    ngx_str_t                      text;
    ngx_asyncapi_schema_t         *compiled;
    ngx_asyncapi_schema_options_t  options;
};

typedef struct ngx_http_asyncapi_schema_s  ngx_http_asyncapi_schema_t;


/*
 * "FILE[,formats]", FILE beside nginx.conf.  What comes of it lives as long as
 * the configuration.  NULL: the error is logged.  Thread: the configuration's.
 */
ngx_http_asyncapi_schema_t *ngx_http_asyncapi_schema(ngx_conf_t *cf,
    ngx_str_t *value);

/*
 * Checks JSON text that is valid.  NGX_OK; NGX_DECLINED: it is not what the
 * schema says, *detail is the first error, "#/age must be at least 1", of the
 * pool; NGX_ERROR: no memory.  Thread: any that the pool belongs to.
 */
ngx_int_t ngx_http_asyncapi_schema_check(ngx_http_asyncapi_schema_t *schema,
    ngx_pool_t *pool, ngx_str_t *json, ngx_str_t *detail);


#endif /* _NGX_HTTP_ASYNCAPI_SCHEMA_H_INCLUDED_ */

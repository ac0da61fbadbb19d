
/*
 * Copyright (C) The asyncapi module authors
 *
 * What the files of the cpu kind share, and the directive they have.
 */


#ifndef _NGX_HTTP_ASYNCAPI_KIND_CPU_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_KIND_CPU_H_INCLUDED_


#include "ngx_asyncapi_cpu.h"
#include "ngx_http_asyncapi_conf.h"


extern ngx_http_asyncapi_kind_t  ngx_http_asyncapi_kind_cpu;

/* asyncapi_library FILE */
char *ngx_http_asyncapi_library(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* a function of one of the libraries, or NULL */
const asyncapi_function_t *ngx_http_asyncapi_library_function(ngx_conf_t *cf,
    ngx_str_t *name);


#endif /* _NGX_HTTP_ASYNCAPI_KIND_CPU_H_INCLUDED_ */

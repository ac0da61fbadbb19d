
/*
 * Copyright (C) The asyncapi module authors
 *
 * The postgres kind, as the module knows it; there is one that refuses all,
 * where libpq is not there.
 */


#ifndef _NGX_HTTP_ASYNCAPI_KIND_POSTGRES_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_KIND_POSTGRES_H_INCLUDED_


#include "ngx_http_asyncapi_task.h"


extern ngx_http_asyncapi_kind_t  ngx_http_asyncapi_kind_postgres;

/* asyncapi_postgres NAME CONNINFO [pool=N] [queue=N] [timeout=TIME] */
char *ngx_http_asyncapi_postgres(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* the worker process ends */
void ngx_http_asyncapi_postgres_exit(void);


#endif /* _NGX_HTTP_ASYNCAPI_KIND_POSTGRES_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * The sqlite kind, and the directive that names its databases.
 */


#ifndef _NGX_HTTP_ASYNCAPI_KIND_SQLITE_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_KIND_SQLITE_H_INCLUDED_


#include "ngx_http_asyncapi_sql.h"


extern ngx_http_asyncapi_kind_t  ngx_http_asyncapi_kind_sqlite;

/* asyncapi_sqlite NAME FILE [readonly] */
char *ngx_http_asyncapi_sqlite(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


#endif /* _NGX_HTTP_ASYNCAPI_KIND_SQLITE_H_INCLUDED_ */

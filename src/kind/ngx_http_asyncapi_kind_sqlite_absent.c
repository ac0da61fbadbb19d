
/*
 * Copyright (C) The asyncapi module authors
 *
 * The sqlite kind of a build that has no SQLite.
 */


#include "ngx_http_asyncapi_kind_sqlite.h"


#define NGX_HTTP_ASYNCAPI_SQLITE_ABSENT                                      \
    "needs SQLite, which this module is built without: install "             \
    "libsqlite3-dev and build the module again"


static char *ngx_http_asyncapi_sqlite_absent(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n);


ngx_http_asyncapi_kind_t  ngx_http_asyncapi_kind_sqlite = {
    ngx_string("sqlite"),
    NGX_HTTP_ASYNCAPI_SQL_AS,              /* as */
    NULL,                                  /* options */

    NULL,                                  /* create */
    ngx_http_asyncapi_sqlite_absent,       /* words */
    ngx_http_asyncapi_sqlite_absent,       /* block */
    NULL,                                  /* check */
    NULL,                                  /* complete */
    NULL,                                  /* prepare */

    NULL,                                  /* start */
    NULL,                                  /* cancel */
    NULL,                                  /* ended */

    NULL,                                  /* once */
    0,                                     /* spares */
    1,                                     /* words_before */
    0                                      /* tells */
};


char *
ngx_http_asyncapi_sqlite(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    return NGX_HTTP_ASYNCAPI_SQLITE_ABSENT;
}


static char *
ngx_http_asyncapi_sqlite_absent(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *word, ngx_uint_t n)
{
    return NGX_HTTP_ASYNCAPI_SQLITE_ABSENT;
}

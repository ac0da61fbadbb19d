
/*
 * Copyright (C) The asyncapi module authors
 *
 * The postgres kind of a module that is built without libpq.
 */


#include "ngx_http_asyncapi_kind_postgres.h"


#define NGX_HTTP_ASYNCAPI_POSTGRES_ABSENT                                    \
    "needs libpq, which this module is built without: install libpq-dev "    \
    "(libpq of PostgreSQL 14 or later) and build the module again"


static char *ngx_http_asyncapi_postgres_words(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n);
static char *ngx_http_asyncapi_postgres_block(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n);


ngx_http_asyncapi_kind_t  ngx_http_asyncapi_kind_postgres = {
    ngx_string("postgres"),
    (ngx_uint_t) -1,                       /* as */
    NULL,                                  /* options */

    NULL,                                  /* create */
    ngx_http_asyncapi_postgres_words,      /* words */
    ngx_http_asyncapi_postgres_block,      /* block */
    NULL,                                  /* check */
    NULL,                                  /* complete */
    NULL,                                  /* prepare */

    NULL,                                  /* start */
    NULL,                                  /* cancel */
    NULL,                                  /* ended */

    NULL,                                  /* once */
    0,                                     /* spares */
    1,                                     /* words_before */
    1                                      /* tells */
};


static char *
ngx_http_asyncapi_postgres_words(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n)
{
    return NGX_HTTP_ASYNCAPI_POSTGRES_ABSENT;
}


static char *
ngx_http_asyncapi_postgres_block(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n)
{
    return NGX_HTTP_ASYNCAPI_POSTGRES_ABSENT;
}


char *
ngx_http_asyncapi_postgres(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    return NGX_HTTP_ASYNCAPI_POSTGRES_ABSENT;
}


void
ngx_http_asyncapi_postgres_exit(void)
{
}

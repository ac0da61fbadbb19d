
/*
 * Copyright (C) The asyncapi module authors
 *
 * asyncapi_docs: the page for people.  It is one of our own, or Swagger UI
 * where its files are served by the user; both show the server's OpenAPI
 * document.
 * What a page is made of, its script and its style, is at its own address with
 * a query ("?docs.js"), so that a location of any form has all of it.
 *
 * Thread: the configuration's makes it, the event loop sends it.
 */


#ifndef _NGX_HTTP_ASYNCAPI_DOCS_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_DOCS_H_INCLUDED_


#include "ngx_http_asyncapi_text.h"


/* a file of a page; the first one is the page */

typedef struct {
    ngx_str_t                   query;     /* "docs.js" */
    ngx_http_asyncapi_text_t    text;
} ngx_http_asyncapi_docs_file_t;


struct ngx_http_asyncapi_docs_s {
    ngx_str_t                   assets;    /* where Swagger UI's files are, with
                                              a slash at the end; or empty */
    ngx_str_t                   policy;    /* Content-Security-Policy */
    ngx_array_t                 files;     /* ..._docs_file_t */
    ngx_http_asyncapi_place_t   place;
};


char *ngx_http_asyncapi_docs(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* once all of http {} is read, makes the pages: NGX_OK, or NGX_ERROR */
ngx_int_t ngx_http_asyncapi_docs_complete(ngx_conf_t *cf);


#endif /* _NGX_HTTP_ASYNCAPI_DOCS_H_INCLUDED_ */

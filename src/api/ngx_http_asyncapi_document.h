
/*
 * Copyright (C) The asyncapi module authors
 *
 * Statements that say what an endpoint is: summary, description, tag,
 * operation_id, deprecated.
 */


#ifndef _NGX_HTTP_ASYNCAPI_DOCUMENT_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_DOCUMENT_H_INCLUDED_


#include "ngx_http_asyncapi_conf.h"


char *ngx_http_asyncapi_summary_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block);
char *ngx_http_asyncapi_description_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block);
char *ngx_http_asyncapi_tag_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block);
char *ngx_http_asyncapi_operation_id_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block);
char *ngx_http_asyncapi_deprecated_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block);


#endif /* _NGX_HTTP_ASYNCAPI_DOCUMENT_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * let: nginx variables made from results.
 *
 * A let of the endpoint has one value in a request, rendered once everything
 * it refers to is there.  A let inside the block of a task belongs to that
 * task's subrequest, and may refer to $item.
 */


#ifndef _NGX_HTTP_ASYNCAPI_LET_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_LET_H_INCLUDED_


#include "ngx_http_asyncapi_graph.h"


/* let $name TEMPLATE; in the endpoint (node is NULL) or in a task's block */
char *ngx_http_asyncapi_let_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep, ngx_http_asyncapi_node_t *node);

/*
 * The let of that name in the node's block, or else the endpoint's; or NULL.
 * Names of nginx variables are the same in upper and lower case.
 */
ngx_http_asyncapi_let_t *ngx_http_asyncapi_let_find(
    ngx_http_asyncapi_endpoint_t *ep, ngx_http_asyncapi_node_t *node,
    ngx_str_t *name);

/*
 * Around the parsing of a task's block: which variables it reads is seen from
 * the indexes that are made; those of known lets are hidden, so that reading
 * one makes a new index.  reveal() sets node->reads.  NGX_OK or NGX_ERROR.
 */
ngx_int_t ngx_http_asyncapi_let_hide(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node);
ngx_int_t ngx_http_asyncapi_let_reveal(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node);

/* once all of http {} is read: where in r->variables lets have their values */
ngx_int_t ngx_http_asyncapi_let_indexes(ngx_conf_t *cf);

/* makes let valid in the location of a task's block */
void ngx_http_asyncapi_block_conf(void **loc_conf,
    ngx_http_asyncapi_node_t *node);


#endif /* _NGX_HTTP_ASYNCAPI_LET_H_INCLUDED_ */

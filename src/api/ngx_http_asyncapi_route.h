
/*
 * Copyright (C) The asyncapi module authors
 *
 * Which endpoint of a location a request is for: methods and PATH.
 */


#ifndef _NGX_HTTP_ASYNCAPI_ROUTE_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_ROUTE_H_INCLUDED_


#include "ngx_http_asyncapi_run.h"


/* in the order of "Allow"; ends with an empty name */

typedef struct {
    ngx_str_t                      name;
    ngx_uint_t                     method;    /* NGX_HTTP_GET */
} ngx_http_asyncapi_method_t;

extern ngx_http_asyncapi_method_t  ngx_http_asyncapi_methods[];


/* "[METHOD ...] [PATH]" of the directive: NGX_CONF_OK, or what is wrong */
char *ngx_http_asyncapi_route_parse(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep, ngx_str_t *word, ngx_uint_t n);

/* endpoints: those above it in its location; returns likewise */
char *ngx_http_asyncapi_route_reached(ngx_array_t *endpoints,
    ngx_http_asyncapi_endpoint_t *ep);

/*
 * The first endpoint that fits, with the texts of its PATH in *params (by
 * slot, memory of the request, NULL where it has none).  NGX_OK;
 * NGX_HTTP_NOT_FOUND; NGX_HTTP_NOT_ALLOWED: "Allow" has been added; NGX_ERROR.
 */
ngx_int_t ngx_http_asyncapi_route(ngx_http_request_t *r,
    ngx_array_t *endpoints, ngx_http_asyncapi_endpoint_t **ep,
    ngx_asyncapi_value_t **params);

/* methods of all endpoints whose PATH fits: NGX_OK, NGX_ERROR (no memory) */
ngx_int_t ngx_http_asyncapi_route_methods(ngx_http_request_t *r,
    ngx_array_t *endpoints, ngx_uint_t *methods);

/* "GET, HEAD", and "Allow" of it: NGX_OK, NGX_ERROR (no memory) */
ngx_int_t ngx_http_asyncapi_methods_list(ngx_pool_t *pool, ngx_uint_t methods,
    ngx_str_t *list);
ngx_int_t ngx_http_asyncapi_allow(ngx_http_request_t *r, ngx_uint_t methods);


#endif /* _NGX_HTTP_ASYNCAPI_ROUTE_H_INCLUDED_ */

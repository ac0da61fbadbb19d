
/*
 * Copyright (C) The asyncapi module authors
 *
 * The request headers of a request that belongs to no client.
 *
 * Thread: the worker's event loop.
 */


#ifndef _NGX_HTTP_ASYNCAPI_DETACHED_HEADERS_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_DETACHED_HEADERS_H_INCLUDED_


#include "ngx_http_asyncapi_detached.h"


/* to->headers_in: a copy of the other's; NGX_OK, or NGX_ERROR (no memory) */
ngx_int_t ngx_http_asyncapi_detached_headers(ngx_http_request_t *to,
    ngx_http_request_t *from);


#endif /* _NGX_HTTP_ASYNCAPI_DETACHED_HEADERS_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * What has to be known of HTTP's headers, whichever way a call is made.
 *
 * Thread: any; nothing here has state.
 */


#ifndef _NGX_HTTP_ASYNCAPI_KIND_HTTP_HEADER_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_KIND_HTTP_HEADER_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


ngx_uint_t ngx_http_asyncapi_http_same(const ngx_str_t *a, const char *b);

/* of one connection and not of the message: RFC 9110, 7.6.1, and older ones */
ngx_uint_t ngx_http_asyncapi_http_hop_by_hop(const ngx_str_t *name);

/* a comma separated list, as Connection is, has the name in it */
ngx_uint_t ngx_http_asyncapi_http_listed(const ngx_str_t *list,
    const ngx_str_t *name);

/* RFC 9110, 5.6.2 */
ngx_uint_t ngx_http_asyncapi_http_token(const ngx_str_t *text);

/* application/json, or any type that ends in "+json" */
ngx_uint_t ngx_http_asyncapi_http_type_json(const ngx_str_t *type);
ngx_uint_t ngx_http_asyncapi_http_type_form(const ngx_str_t *type);

/* the content has a coding that has to be undone before it is read */
ngx_uint_t ngx_http_asyncapi_http_encoded(const ngx_array_t *headers);


#endif /* _NGX_HTTP_ASYNCAPI_KIND_HTTP_HEADER_H_INCLUDED_ */

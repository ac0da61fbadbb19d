
/*
 * Copyright (C) The asyncapi module authors
 *
 * Texts that are made with the configuration and sent as they are: documents
 * and pages.
 *
 * Thread: the configuration's makes them, the event loop sends them.
 */


#ifndef _NGX_HTTP_ASYNCAPI_TEXT_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_TEXT_H_INCLUDED_


#include "ngx_http_asyncapi_run.h"


/* all of it is the cycle's, which a worker keeps while it has requests */

struct ngx_http_asyncapi_text_s {
    ngx_str_t                      type;
    ngx_str_t                      body;
    ngx_str_t                      etag;    /* of it, quotes included */
};


/* makes the ETag: NGX_OK, or NGX_ERROR (no memory) */
ngx_int_t ngx_http_asyncapi_text_tag(ngx_pool_t *pool,
    ngx_http_asyncapi_text_t *text);

/*
 * A content handler's work, for GET and HEAD: what it is to return.  Headers
 * that the text is to have besides are set by the caller.
 */
ngx_int_t ngx_http_asyncapi_text_send(ngx_http_request_t *r,
    ngx_http_asyncapi_text_t *text);


#endif /* _NGX_HTTP_ASYNCAPI_TEXT_H_INCLUDED_ */

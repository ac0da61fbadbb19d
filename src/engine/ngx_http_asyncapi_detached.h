
/*
 * Copyright (C) The asyncapi module authors
 *
 * A request that belongs to no client: a copy of one that had a client, for
 * what goes on when that is gone.
 *
 * It has a pool of its own, in which also its connection is, which has no
 * descriptor.  It is the main request of subrequests in the background, and
 * nothing is ever sent for it.  nginx neither closes nor frees it: that is its
 * maker's to do.
 *
 * Thread: the worker's event loop.
 */


#ifndef _NGX_HTTP_ASYNCAPI_DETACHED_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_DETACHED_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


#if (nginx_version < 1023000)

/* several headers of a name are in an array, later in a list */

#if (NGX_HTTP_X_FORWARDED_FOR)

#define ngx_http_asyncapi_header_is_array(hh)                                 \
    ((hh)->offset == offsetof(ngx_http_headers_in_t, cookies)                 \
     || (hh)->offset == offsetof(ngx_http_headers_in_t, x_forwarded_for))

#else

#define ngx_http_asyncapi_header_is_array(hh)                                 \
    ((hh)->offset == offsetof(ngx_http_headers_in_t, cookies))

#endif

#endif


/* NULL: no memory.  Nothing of it points into what belongs to r. */
ngx_http_request_t *ngx_http_asyncapi_detached_create(ngx_http_request_t *r);

/* NGX_OK: it is gone; NGX_BUSY: a subrequest of it goes on by itself */
ngx_int_t ngx_http_asyncapi_detached_destroy(ngx_http_request_t *r);

/*
 * The same where nginx has terminated it, and has told its cleanup handlers:
 * nobody is to come back to its subrequests.
 */
void ngx_http_asyncapi_detached_free(ngx_http_request_t *r);

/* the text as a copy in the pool, with a zero byte behind it; NGX_OK, ERROR */
ngx_int_t ngx_http_asyncapi_detach(ngx_pool_t *pool, ngx_str_t *text);


#endif /* _NGX_HTTP_ASYNCAPI_DETACHED_H_INCLUDED_ */

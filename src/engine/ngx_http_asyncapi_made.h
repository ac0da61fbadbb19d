
/*
 * Copyright (C) The asyncapi module authors
 *
 * What a respond statement makes, on the loop or in a thread.
 */


#ifndef _NGX_HTTP_ASYNCAPI_MADE_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_MADE_H_INCLUDED_


#include "ngx_http_asyncapi_work.h"


/*
 * Whether the statement's condition holds: 1 or 0; NGX_AGAIN: a thread finds
 * out; NGX_DECLINED: the run has failed; NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_asyncapi_made_holds(ngx_http_asyncapi_run_t *run,
    ngx_http_asyncapi_respond_t *respond);

/*
 * Once all is there that the statement and lets refer to: has a thread make
 * what is large.  NGX_OK: it has, or nothing is; all else as above.
 */
ngx_int_t ngx_http_asyncapi_made_ahead(ngx_http_asyncapi_run_t *run,
    ngx_http_asyncapi_respond_t *respond);

/* the body: NGX_OK; NGX_DECLINED: the run has failed; NGX_ERROR: no memory */
ngx_int_t ngx_http_asyncapi_made(ngx_http_asyncapi_run_t *run,
    ngx_http_asyncapi_respond_t *respond, ngx_asyncapi_out_t *out);

/*
 * The run has failed, and no task has: a result can't stand where the
 * configuration has put it; or for that reason.  NGX_DECLINED; NGX_ERROR: no
 * memory.
 */
ngx_int_t ngx_http_asyncapi_unrenderable(ngx_http_asyncapi_run_t *run,
    ngx_asyncapi_render_t *render);
ngx_int_t ngx_http_asyncapi_unmade(ngx_http_asyncapi_run_t *run,
    ngx_http_asyncapi_reason_e reason, ngx_str_t *detail);


#endif /* _NGX_HTTP_ASYNCAPI_MADE_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * What of a request and its answer is kept for the tasks that run after it.
 */


#ifndef _NGX_HTTP_ASYNCAPI_KEEP_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_KEEP_H_INCLUDED_


#include "ngx_http_asyncapi_run.h"


/*
 * Keeps what the background of "from", which is over, refers to: results,
 * parameters, lets, captures and variables.  They are copied; but what is large
 * stays where it is, in the memory of "from", that the run shares then.
 * run->root is made.  NGX_OK, or NGX_ERROR (no memory).
 */
ngx_int_t ngx_http_asyncapi_keep(ngx_http_asyncapi_run_t *run,
    ngx_http_asyncapi_run_t *from);

/* the value that an nginx variable had then */
ngx_http_variable_value_t *ngx_http_asyncapi_kept_variable(
    ngx_http_asyncapi_run_t *run, ngx_uint_t index);


#endif /* _NGX_HTTP_ASYNCAPI_KEEP_H_INCLUDED_ */

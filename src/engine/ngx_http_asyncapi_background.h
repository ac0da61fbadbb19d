
/*
 * Copyright (C) The asyncapi module authors
 *
 * The background: what runs once an answer has left.
 *
 * A worker has so much room for it.  A run of an endpoint with a background
 * enters before its answer is given, and from then on holds room until what it
 * has left behind is done, or there is another answer.
 *
 * Thread: the worker's event loop.
 */


#ifndef _NGX_HTTP_ASYNCAPI_BACKGROUND_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_BACKGROUND_H_INCLUDED_


#include "ngx_http_asyncapi_run.h"


void ngx_http_asyncapi_background_init_process(void);
void ngx_http_asyncapi_background_exit_process(void);

/*
 * Before the answer is given.  NGX_OK: it can be; NGX_AGAIN: it waits for room,
 * and the run is woken when there is some; NGX_DECLINED: there was none until
 * the deadline, which is run->failure; NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_asyncapi_background_enter(ngx_http_asyncapi_run_t *run);

/* the answer has been given: what it leaves behind begins when it has left */
void ngx_http_asyncapi_background_answered(ngx_http_asyncapi_run_t *run);

/* there will be no such answer, or its request is being destroyed */
void ngx_http_asyncapi_background_leave(ngx_http_asyncapi_run_t *run);


#endif /* _NGX_HTTP_ASYNCAPI_BACKGROUND_H_INCLUDED_ */

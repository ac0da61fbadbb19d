
/*
 * Copyright (C) The asyncapi module authors
 *
 * What of a task's own a thread does: its result, and what it refers to.
 */


#ifndef _NGX_HTTP_ASYNCAPI_OFFLOAD_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_OFFLOAD_H_INCLUDED_


#include "ngx_http_asyncapi_work.h"


/*
 * Makes a value of the result in a thread.  NGX_AGAIN: it does; NGX_OK: it
 * does not, the result is a failure; NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_asyncapi_offload_result(ngx_http_asyncapi_task_t *task,
    ngx_http_asyncapi_result_t *result);

/*
 * Looks at what the task refers to, that is about to begin.  NGX_OK: nothing
 * is large; NGX_AGAIN: it will begin once a thread has been at it, with
 * task->work; NGX_DECLINED: it does not begin, op.result is a failure;
 * NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_asyncapi_offload_task(ngx_http_asyncapi_task_t *task);


/* what the prepare() of the node's kind has come to: work->data */

typedef struct {
    ngx_http_asyncapi_node_t     *node;
    void                         *data;
    ngx_int_t                     rc;        /* NGX_OK; NGX_DECLINED: */
    const ngx_asyncapi_ref_t     *failed;    /* as of ngx_asyncapi_render_t */
    const char                   *message;
} ngx_http_asyncapi_prepared_t;


/* ---- each.c ---- */

/* the elements of each= */

typedef struct {
    ngx_http_asyncapi_node_t     *node;
    ngx_str_t                    *elements;
    ngx_uint_t                    count;
    ngx_http_asyncapi_reason_e    reason;    /* NGX_HTTP_ASYNCAPI_OK, or why
                                                there are none */
    const char                   *detail;
} ngx_http_asyncapi_elements_t;

/* work->then() of each=; work->data is its elements, of which node is set */
ngx_int_t ngx_http_asyncapi_each_split(ngx_http_asyncapi_work_t *work,
    ngx_asyncapi_render_t *render);


#endif /* _NGX_HTTP_ASYNCAPI_OFFLOAD_H_INCLUDED_ */

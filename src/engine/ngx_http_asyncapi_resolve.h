
/*
 * Copyright (C) The asyncapi module authors
 *
 * What a reference is bound to, and how its value is found while a request
 * runs.
 */


#ifndef _NGX_HTTP_ASYNCAPI_RESOLVE_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_RESOLVE_H_INCLUDED_


#include "ngx_http_asyncapi_run.h"


/* ref->binding points to one of these; NGX_OK or NGX_ERROR (no memory) */

typedef struct {
    ngx_int_t  (*get)(ngx_http_asyncapi_scope_t *scope,
                   const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value);
    unsigned     kept:1;     /* in memory of the run's, or of the
                                configuration; but for headers */
} ngx_http_asyncapi_binding_t;


extern ngx_http_asyncapi_binding_t  ngx_http_asyncapi_resolve_task;
extern ngx_http_asyncapi_binding_t  ngx_http_asyncapi_resolve_item;
extern ngx_http_asyncapi_binding_t  ngx_http_asyncapi_resolve_index;
extern ngx_http_asyncapi_binding_t  ngx_http_asyncapi_resolve_param;
extern ngx_http_asyncapi_binding_t  ngx_http_asyncapi_resolve_let;
extern ngx_http_asyncapi_binding_t  ngx_http_asyncapi_resolve_capture;
extern ngx_http_asyncapi_binding_t  ngx_http_asyncapi_resolve_variable;


/* for rendering where the scope is */
void ngx_http_asyncapi_render_init(ngx_asyncapi_render_t *render,
    ngx_http_asyncapi_scope_t *scope);

/* the task in a slot, "up" blocks outwards */
ngx_http_asyncapi_task_t *ngx_http_asyncapi_scope_task(
    ngx_http_asyncapi_scope_t *scope, ngx_uint_t up, ngx_uint_t slot);

/*
 * The value of one of the endpoint's lets: NGX_OK; NGX_DECLINED: it can't be
 * rendered (render->failed, ->message); NGX_ERROR.
 */
ngx_int_t ngx_http_asyncapi_let_value(ngx_http_asyncapi_run_t *run,
    ngx_http_asyncapi_let_t *let, ngx_asyncapi_render_t *render,
    ngx_str_t *value);

/* whether if= or if=! holds; NGX_ERROR: no memory */
ngx_int_t ngx_http_asyncapi_holds(ngx_http_asyncapi_scope_t *scope,
    ngx_asyncapi_ref_t *condition, ngx_uint_t negate);


#endif /* _NGX_HTTP_ASYNCAPI_RESOLVE_H_INCLUDED_ */

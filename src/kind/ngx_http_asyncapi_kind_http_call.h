
/*
 * Copyright (C) The asyncapi module authors
 *
 * The http kind's URL form: what its files share, and what others than
 * the kind call.
 */


#ifndef _NGX_HTTP_ASYNCAPI_KIND_HTTP_CALL_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_KIND_HTTP_CALL_H_INCLUDED_


#include "ngx_http_asyncapi_kind_http.h"
#include "ngx_asyncapi_http.h"


/* a header's line that is the same in all requests; empty: it is not sent */

typedef struct {
    ngx_str_t                      name;
    ngx_str_t                      line;
} ngx_http_asyncapi_http_line_t;

#define NGX_HTTP_ASYNCAPI_HTTP_LINES  2


typedef struct {
    ngx_asyncapi_http_origin_t    *origin;   /* NULL: it depends on */
    ngx_http_complex_value_t      *host;     /* "$backend:8080" */
    ngx_asyncapi_template_t       *path;     /* with the query */

    ngx_http_asyncapi_http_line_t  lines[NGX_HTTP_ASYNCAPI_HTTP_LINES];
} ngx_http_asyncapi_http_call_conf_t;


/* one running call: op->data */

typedef struct {
    ngx_asyncapi_http_call_t     call;
    ngx_asyncapi_http_origin_t   origin;     /* of a host with variables */

    /* what the request is made of */

    ngx_str_t                    host;
    ngx_str_t                    path;
    ngx_str_t                    body;
    ngx_str_t                    type;       /* of the body */
    ngx_uint_t                   length;     /* Content-Length is sent */
    ngx_array_t                  headers;    /* of ngx_keyval_t */
    ngx_uint_t                   replaced;   /* of the conf's lines: bits */
} ngx_http_asyncapi_http_call_t;


extern ngx_http_asyncapi_http_form_t  ngx_http_asyncapi_http_call;


/*
 * Once ctx->host, path, body, type and length are set: makes the bytes to be
 * sent of them, of header= and of what asyncapi_pass_header names.  Returns as
 * ngx_http_asyncapi_op_render().
 */
ngx_int_t ngx_http_asyncapi_http_call_head(ngx_http_asyncapi_op_t *op);


/*
 * Once all of http {} is read: refuses hosts with variables in them whose
 * values a client, an upstream or a task could choose.  NGX_OK, or NGX_ERROR
 * (logged).
 */
ngx_int_t ngx_http_asyncapi_http_call_postconfiguration(ngx_conf_t *cf);


#endif /* _NGX_HTTP_ASYNCAPI_KIND_HTTP_CALL_H_INCLUDED_ */

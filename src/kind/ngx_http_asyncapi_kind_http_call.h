
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
#include "ngx_asyncapi_http_ssl.h"


/* headers that stand in every request of a location, if nothing else does */

typedef enum {
    NGX_HTTP_ASYNCAPI_HTTP_LINE_AGENT = 0,
    NGX_HTTP_ASYNCAPI_HTTP_LINE_ACCEPT,
    NGX_HTTP_ASYNCAPI_HTTP_LINES
} ngx_http_asyncapi_http_line_e;


typedef struct {
    ngx_array_t                   *pipelines;  /* or NULL */
} ngx_http_asyncapi_client_main_t;


/* what the directives for the client say; read-only once merged */

typedef struct {
    ngx_asyncapi_http_conf_t       http;
    ngx_str_t                      user_agent;

#if (NGX_HTTP_SSL)
    ngx_asyncapi_http_ssl_t        ssl;      /* as written, and merged */
    ngx_uint_t                     https;    /* a task here needs http.ssl */
#endif

    /* by ngx_http_asyncapi_http_line_e, with CRLF; empty: it is not sent */
    ngx_str_t                      lines[NGX_HTTP_ASYNCAPI_HTTP_LINES];
} ngx_http_asyncapi_client_conf_t;


typedef struct {
    ngx_asyncapi_http_origin_t    *origin;   /* NULL: it depends on */
    ngx_http_complex_value_t      *host;     /* "$backend:8080" */
    ngx_uint_t                     ssl;      /* "https" */
    ngx_asyncapi_template_t       *path;     /* with the query */
    ngx_uint_t                     replaced; /* of the lines by header=: bits */
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
    ngx_uint_t                   replaced;   /* of the lines: bits */
} ngx_http_asyncapi_http_call_t;


extern ngx_http_asyncapi_http_form_t  ngx_http_asyncapi_http_call;

/* by ngx_http_asyncapi_http_line_e */
extern const char  *ngx_http_asyncapi_http_line_names[];

extern ngx_module_t  ngx_http_asyncapi_client_module;

/* what the directives say where the operation's endpoint stands */
#define ngx_http_asyncapi_http_client(op)                                    \
    ((ngx_http_asyncapi_client_conf_t *)                                     \
     ngx_http_get_module_loc_conf((op)->request,                             \
                                  ngx_http_asyncapi_client_module))


/*
 * Once ctx->host, path, body, type and length are set: makes the bytes to be
 * sent of them, of header= and of what asyncapi_pass_header names.  Returns as
 * ngx_http_asyncapi_op_render().
 */
ngx_int_t ngx_http_asyncapi_http_call_head(ngx_http_asyncapi_op_t *op);


/*
 * Once all of http {} is read: finds what the names of hosts are, and refuses
 * hosts with variables in them whose values a client, an upstream or a task
 * could choose.  NGX_OK, or NGX_ERROR (logged).
 */
ngx_int_t ngx_http_asyncapi_http_call_postconfiguration(ngx_conf_t *cf);


#endif /* _NGX_HTTP_ASYNCAPI_KIND_HTTP_CALL_H_INCLUDED_ */

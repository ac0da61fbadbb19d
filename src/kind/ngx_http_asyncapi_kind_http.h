
/*
 * Copyright (C) The asyncapi module authors
 *
 * The http kind: what its three forms share.  A URL is called by the module's
 * own client (..._call.c), a local URI and a block are subrequests
 * (..._location.c).  Each form gives the answer to
 * ngx_http_asyncapi_http_answered(), which makes the task's result of it.
 */


#ifndef _NGX_HTTP_ASYNCAPI_KIND_HTTP_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_KIND_HTTP_H_INCLUDED_


#include "ngx_http_asyncapi_task.h"


/* methods that may be sent again */

#define NGX_HTTP_ASYNCAPI_HTTP_IDEMPOTENT                                    \
    (NGX_HTTP_GET|NGX_HTTP_HEAD|NGX_HTTP_PUT|NGX_HTTP_DELETE                 \
     |NGX_HTTP_OPTIONS|NGX_HTTP_TRACE)


typedef struct {
    ngx_int_t      (*start)(ngx_http_asyncapi_op_t *op);
    void           (*cancel)(ngx_http_asyncapi_op_t *op);
} ngx_http_asyncapi_http_form_t;


typedef struct {
    ngx_uint_t                      from;
    ngx_uint_t                      to;
} ngx_http_asyncapi_http_range_t;


typedef struct {
    ngx_str_t                       name;      /* "X-Request-Id" */
    ngx_asyncapi_template_t        *value;
} ngx_http_asyncapi_http_header_t;


typedef struct {
    ngx_http_asyncapi_http_form_t  *form;
    void                           *form_conf; /* the form's own */

    ngx_uint_t                      method;    /* NGX_HTTP_GET, or
                                                  NGX_HTTP_UNKNOWN */
    ngx_str_t                       method_name;
    ngx_str_t                       body_source;
    ngx_asyncapi_template_t        *body;      /* or NULL */
    ngx_asyncapi_template_t        *type;      /* or NULL: by default
                                                  application/json */
    ngx_array_t                     headers;   /* ..._http_header_t */
    ngx_array_t                     ok;        /* ..._http_range_t */
    ngx_array_t                     pass;      /* ..._http_range_t */
    ngx_uint_t                      gzip;      /* accept=gzip */
} ngx_http_asyncapi_http_conf_t;


/* what came back; memory of op->pool, unchanged from then on */

typedef struct {
    ngx_uint_t                      status;
    ngx_str_t                       content_type;
    ngx_str_t                       body;
    ngx_array_t                    *headers;   /* of ngx_keyval_t, all end to
                                                  end headers, or NULL */
    ngx_uint_t                      encoded;   /* the body is, by
                                                  Content-Encoding */
} ngx_http_asyncapi_http_response_t;


/* ok=, pass=, content type, empty bodies: ends the operation */
void ngx_http_asyncapi_http_answered(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_http_response_t *response);


/* ..._call.c: configures the URL form ("http://..." is in *url) */
char *ngx_http_asyncapi_http_call_words(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *url);

/* ..._location.c: configures the forms that are subrequests */
char *ngx_http_asyncapi_http_local_words(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *uri);
char *ngx_http_asyncapi_http_location_block(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n);


#endif /* _NGX_HTTP_ASYNCAPI_KIND_HTTP_H_INCLUDED_ */

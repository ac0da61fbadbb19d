
/*
 * Copyright (C) The asyncapi module authors
 *
 * asyncapi_cors: which pages of other servers may ask this one.  A header
 * filter says so in every answer of its locations, whoever made it, and a
 * browser's preflight is answered before access rules are asked, as it brings
 * no credentials.
 *
 * Thread: the configuration's reads it, the event loop asks.
 */


#ifndef _NGX_HTTP_ASYNCAPI_CORS_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_CORS_H_INCLUDED_


#include "ngx_http_asyncapi_run.h"


struct ngx_http_asyncapi_cors_s {
    ngx_array_t                 origins;      /* of ngx_str_t */
    ngx_str_t                   max_age;      /* seconds */
    ngx_str_t                   expose;       /* "A, B"; or empty */
    unsigned                    any:1;        /* "*" */
    unsigned                    credentials:1;
};


char *ngx_http_asyncapi_cors(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

#endif /* _NGX_HTTP_ASYNCAPI_CORS_H_INCLUDED_ */

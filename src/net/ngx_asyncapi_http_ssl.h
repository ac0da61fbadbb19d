
/*
 * Copyright (C) The asyncapi module authors
 *
 * How calls to "https" are secured, by nginx's own SSL layer.  There is none
 * of this where nginx is built without it.
 */


#ifndef _NGX_ASYNCAPI_HTTP_SSL_H_INCLUDED_
#define _NGX_ASYNCAPI_HTTP_SSL_H_INCLUDED_


#include "ngx_asyncapi_http.h"


#if (NGX_HTTP_SSL)


/*
 * A policy.  It is made when the configuration is read, and read-only from
 * then on: a connection made under one serves no call under another.
 */

struct ngx_asyncapi_http_ssl_s {
    ngx_ssl_t        ssl;             /* ctx is NULL until init() */

    ngx_flag_t       verify;          /* the chain, and the name */
    ngx_flag_t       session_reuse;
    ngx_uint_t       protocols;       /* NGX_SSL_TLSv1_2 ... */
    ngx_str_t        ciphers;
    ngx_str_t        trusted_certificate;  /* empty: the system's */
    ngx_str_t        certificate;     /* of the client, or empty */
    ngx_str_t        certificate_key;
    ngx_str_t        name;            /* empty: the URL's host */
};


/* reads the files; no-op if that is done.  NGX_OK, NGX_ERROR (logged) */
ngx_int_t ngx_asyncapi_http_ssl_init(ngx_conf_t *cf,
    ngx_asyncapi_http_ssl_t *ssl);


#endif


#endif /* _NGX_ASYNCAPI_HTTP_SSL_H_INCLUDED_ */

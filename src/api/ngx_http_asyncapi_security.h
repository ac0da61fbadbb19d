
/*
 * Copyright (C) The asyncapi module authors
 *
 * What a request has to bring to be let in: asyncapi_security, and the
 * statement that asks for it.  That it is there is seen to here; whether it is
 * right is for access rules of nginx, or for a task.
 *
 * Thread: the configuration's reads it, the event loop asks.
 */


#ifndef _NGX_HTTP_ASYNCAPI_SECURITY_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_SECURITY_H_INCLUDED_


#include "ngx_http_asyncapi_contract.h"


typedef struct ngx_http_asyncapi_security_s  ngx_http_asyncapi_security_t;


/* a type of credential: the word behind NAME */

typedef struct {
    ngx_str_t                         name;      /* "bearer" */
    ngx_uint_t                      (*given)(ngx_http_request_t *r,
                                        ngx_http_asyncapi_security_t *scheme);
    const char                       *challenge; /* of WWW-Authenticate; "%V" is
                                                    the name of the scheme */
} ngx_http_asyncapi_credential_t;

extern ngx_http_asyncapi_credential_t  ngx_http_asyncapi_bearer;
extern ngx_http_asyncapi_credential_t  ngx_http_asyncapi_basic;
extern ngx_http_asyncapi_credential_t  ngx_http_asyncapi_apikey;


struct ngx_http_asyncapi_security_s {
    ngx_str_t                         name;
    ngx_http_asyncapi_credential_t   *type;
    ngx_http_asyncapi_in_e            in;          /* of apikey */
    ngx_str_t                         key;         /* likewise: its name */
    ngx_str_t                         format;      /* of bearer; or empty */
    ngx_str_t                         description;
    ngx_str_t                         challenge;
};


/* "security NAME ...": all of these together let in */

typedef struct {
    ngx_array_t                       names;     /* of ngx_str_t */
    ngx_http_asyncapi_security_t    **schemes;   /* in the same order */
    ngx_http_asyncapi_place_t         place;
} ngx_http_asyncapi_required_t;


char *ngx_http_asyncapi_security(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_asyncapi_security_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block);

/* those of http that a server has none of the same name of: NGX_OK, ERROR */
ngx_int_t ngx_http_asyncapi_security_merge(ngx_conf_t *cf,
    ngx_http_asyncapi_srv_conf_t *prev, ngx_http_asyncapi_srv_conf_t *conf);

/* once all of http {} is read, finds what is asked for: NGX_OK, NGX_ERROR */
ngx_int_t ngx_http_asyncapi_security_complete(ngx_conf_t *cf,
    ngx_http_asyncapi_srv_conf_t *ascf, ngx_http_asyncapi_endpoint_t *ep);

/* whether the request brings what one of the statements asks for */
ngx_uint_t ngx_http_asyncapi_security_given(ngx_http_request_t *r,
    ngx_array_t *required);
/* answers with 401: returns what the content handler is to return */
ngx_int_t ngx_http_asyncapi_security_refuse(ngx_http_request_t *r,
    ngx_array_t *required);


#endif /* _NGX_HTTP_ASYNCAPI_SECURITY_H_INCLUDED_ */

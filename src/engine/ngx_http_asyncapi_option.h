
/*
 * Copyright (C) The asyncapi module authors
 *
 * Options of every kind whose setters are not in option.c, and what the files
 * of options share.
 */


#ifndef _NGX_HTTP_ASYNCAPI_OPTION_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_OPTION_H_INCLUDED_


#include "ngx_http_asyncapi_conf.h"


/* as ngx_http_asyncapi_option_t.set */

char *ngx_http_asyncapi_option_retry(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
char *ngx_http_asyncapi_option_hedge(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
char *ngx_http_asyncapi_option_limit(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);

/* NGX_CONF_OK, or NGX_CONF_ERROR (logged) */
char *ngx_http_asyncapi_option_check_times(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node);

/*
 * Cuts what stands before "stop" off rest: 1, or 0 where nothing is left;
 * rest->data is NULL at the end.
 */
ngx_uint_t ngx_http_asyncapi_next_item(ngx_str_t *rest, u_char stop,
    ngx_str_t *item);


#endif /* _NGX_HTTP_ASYNCAPI_OPTION_H_INCLUDED_ */

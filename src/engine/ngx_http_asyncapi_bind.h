
/*
 * Copyright (C) The asyncapi module authors
 *
 * Binding: what each name in a template means where it stands.
 */


#ifndef _NGX_HTTP_ASYNCAPI_BIND_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_BIND_H_INCLUDED_


#include "ngx_http_asyncapi_conf.h"
#include "ngx_http_asyncapi_let.h"
#include "ngx_http_asyncapi_resolve.h"


/* where the references that are being bound stand */

typedef struct {
    ngx_conf_t                    *cf;
    ngx_http_asyncapi_endpoint_t  *endpoint;
    ngx_http_asyncapi_block_t     *block;
    ngx_http_asyncapi_node_t      *node;       /* or NULL */
    ngx_array_t                   *deps;
    ngx_http_asyncapi_place_t     *place;
    ngx_str_t                      where;      /* "task "a"", for messages */
    ngx_uint_t                     lets;       /* how many are known */
    unsigned                       element:1;  /* $item is the node's own */
} ngx_http_asyncapi_bind_t;


static ngx_inline ngx_uint_t
ngx_http_asyncapi_same(ngx_str_t *a, ngx_str_t *b)
{
    return a->len == b->len && ngx_memcmp(a->data, b->data, a->len) == 0;
}


static ngx_inline ngx_uint_t
ngx_http_asyncapi_word(ngx_str_t *name, const char *word)
{
    return name->len == ngx_strlen(word)
           && ngx_strncmp(name->data, word, name->len) == 0;
}


/* all: NGX_OK, or NGX_ERROR (logged) */

ngx_int_t ngx_http_asyncapi_bind_template(ngx_http_asyncapi_bind_t *bind,
    ngx_asyncapi_template_t *tpl);
/* the reference of if=, each= or SQL: a value, which no text is a part of */
ngx_int_t ngx_http_asyncapi_bind_lone(ngx_http_asyncapi_bind_t *bind,
    ngx_asyncapi_ref_t *ref);
/* NGX_DECLINED: no task has that name */
ngx_int_t ngx_http_asyncapi_bind_task(ngx_http_asyncapi_bind_t *bind,
    ngx_asyncapi_ref_t *ref);
ngx_int_t ngx_http_asyncapi_bind_let_deps(ngx_http_asyncapi_bind_t *bind,
    ngx_http_asyncapi_let_t *let);
ngx_int_t ngx_http_asyncapi_bind_dep(ngx_http_asyncapi_bind_t *bind,
    ngx_http_asyncapi_node_t *node, ngx_uint_t up);


#endif /* _NGX_HTTP_ASYNCAPI_BIND_H_INCLUDED_ */

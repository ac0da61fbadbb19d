
/*
 * Copyright (C) The asyncapi module authors
 *
 * Sending a text that is there.
 */


#include "ngx_http_asyncapi_text.h"
#include "ngx_http_asyncapi_route.h"
#include <ngx_md5.h>


static ngx_int_t ngx_http_asyncapi_text_headers(ngx_http_request_t *r,
    ngx_http_asyncapi_text_t *text);


ngx_int_t
ngx_http_asyncapi_text_tag(ngx_pool_t *pool, ngx_http_asyncapi_text_t *text)
{
    u_char     sum[16], *last;
    ngx_md5_t  md5;

    last = ngx_pnalloc(pool, 2 * sizeof(sum) + sizeof("\"\"") - 1);
    if (last == NULL) {
        return NGX_ERROR;
    }

    ngx_md5_init(&md5);
    ngx_md5_update(&md5, text->body.data, text->body.len);
    ngx_md5_final(sum, &md5);

    text->etag.data = last;

    *last++ = '"';
    last = ngx_hex_dump(last, sum, sizeof(sum));
    *last++ = '"';

    text->etag.len = last - text->etag.data;

    return NGX_OK;
}


ngx_int_t
ngx_http_asyncapi_text_send(ngx_http_request_t *r,
    ngx_http_asyncapi_text_t *text)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_str_t     none;
    ngx_chain_t   out;

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {

        if (ngx_http_asyncapi_allow(r, NGX_HTTP_GET|NGX_HTTP_HEAD) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        ngx_str_null(&none);

        return ngx_http_asyncapi_problem(r, NGX_HTTP_NOT_ALLOWED, &none,
                                         &none);
    }

    if (ngx_http_asyncapi_text_headers(r, text) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b->pos = text->body.data;
    b->last = text->body.data + text->body.len;
    b->memory = 1;
    b->last_buf = (r == r->main);
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


/* by the ETag nginx answers 304 */

static ngx_int_t
ngx_http_asyncapi_text_headers(ngx_http_request_t *r,
    ngx_http_asyncapi_text_t *text)
{
    u_char           *p;
    ngx_table_elt_t  *h;

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = text->body.len;
    r->headers_out.content_type = text->type;
    r->headers_out.content_type_len = text->type.len;
    r->headers_out.content_type_lowcase = NULL;

    /* lists of types, as gzip_types is one, are of types without parameters */

    p = ngx_strlchr(text->type.data, text->type.data + text->type.len, ';');

    if (p) {
        r->headers_out.content_type_len = p - text->type.data;
    }

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = 1;
    ngx_str_set(&h->key, "ETag");
    h->value = text->etag;

    r->headers_out.etag = h;

    return NGX_OK;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * The request headers of a task's subrequest.  Of the client's it gets what is
 * not about the client's own connection, body, cache and range.
 */


#include "ngx_http_asyncapi_kind_http_location.h"
#include "ngx_http_asyncapi_kind_http_header.h"
#include "ngx_http_asyncapi_detached.h"


static void ngx_http_asyncapi_http_forget_client(
    ngx_http_headers_in_t *headers_in);
static ngx_int_t ngx_http_asyncapi_http_copy_headers(
    ngx_http_asyncapi_op_t *op, ngx_http_headers_in_t *headers_in);
static ngx_int_t ngx_http_asyncapi_http_hops(ngx_http_asyncapi_op_t *op,
    ngx_str_t *hops);
static ngx_uint_t ngx_http_asyncapi_http_own_header(
    ngx_http_asyncapi_op_t *op, ngx_table_elt_t *h, ngx_str_t *hops);
static ngx_int_t ngx_http_asyncapi_http_set_headers(
    ngx_http_asyncapi_op_t *op, ngx_http_headers_in_t *headers_in);
static ngx_int_t ngx_http_asyncapi_http_unset_known(
    ngx_http_asyncapi_op_t *op, ngx_http_headers_in_t *headers_in,
    ngx_str_t *name);
static ngx_int_t ngx_http_asyncapi_http_set_known(ngx_http_asyncapi_op_t *op,
    ngx_http_headers_in_t *headers_in, ngx_table_elt_t *h);
static ngx_http_header_t *ngx_http_asyncapi_http_known(
    ngx_http_asyncapi_op_t *op, ngx_table_elt_t *h);


ngx_int_t
ngx_http_asyncapi_http_given_headers(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_http_given_t *given)
{
    given->headers_in = op->request->headers_in;

    ngx_http_asyncapi_http_forget_client(&given->headers_in);

    if (ngx_http_asyncapi_http_copy_headers(op, &given->headers_in)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_asyncapi_http_set_headers(op, &given->headers_in);
}


static void
ngx_http_asyncapi_http_forget_client(ngx_http_headers_in_t *headers_in)
{
    headers_in->connection = NULL;
    headers_in->keep_alive = NULL;
    headers_in->transfer_encoding = NULL;
    headers_in->te = NULL;
    headers_in->upgrade = NULL;
    headers_in->expect = NULL;

    headers_in->if_modified_since = NULL;
    headers_in->if_unmodified_since = NULL;
    headers_in->if_match = NULL;
    headers_in->if_none_match = NULL;
    headers_in->if_range = NULL;
    headers_in->range = NULL;

    headers_in->content_length = NULL;
    headers_in->content_range = NULL;
    headers_in->content_type = NULL;

#if (NGX_HTTP_GZIP || NGX_HTTP_HEADERS)
    headers_in->accept_encoding = NULL;
#endif

#if (nginx_version >= 1029007)
    headers_in->proxy_authorization = NULL;
#endif

    headers_in->content_length_n = -1;
    headers_in->keep_alive_n = -1;
    headers_in->connection_type = 0;
    headers_in->chunked = 0;
}


static ngx_int_t
ngx_http_asyncapi_http_copy_headers(ngx_http_asyncapi_op_t *op,
    ngx_http_headers_in_t *headers_in)
{
    ngx_str_t                       hops;
    ngx_uint_t                      i, n;
    ngx_list_part_t                *part;
    ngx_table_elt_t                *h, *copy;
    ngx_http_asyncapi_http_conf_t  *http;

    http = op->node->conf;

    if (ngx_http_asyncapi_http_hops(op, &hops) != NGX_OK) {
        return NGX_ERROR;
    }

    n = http->headers.nelts + 2;

    for (part = &op->request->headers_in.headers.part; part; part = part->next)
    {
        n += part->nelts;
    }

    if (ngx_list_init(&headers_in->headers, op->pool, n,
                      sizeof(ngx_table_elt_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (part = &op->request->headers_in.headers.part; part; part = part->next)
    {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (ngx_http_asyncapi_http_own_header(op, &h[i], &hops)) {
                continue;
            }

            copy = ngx_list_push(&headers_in->headers);
            if (copy == NULL) {
                return NGX_ERROR;
            }

            *copy = h[i];
        }
    }

    return NGX_OK;
}


/* what all Connection headers name, if it is more than how to keep it */

static ngx_int_t
ngx_http_asyncapi_http_hops(ngx_http_asyncapi_op_t *op, ngx_str_t *hops)
{
    u_char           *p;
    size_t            len;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    ngx_str_null(hops);

    for (part = &op->request->headers_in.headers.part; part; part = part->next)
    {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (!ngx_http_asyncapi_http_same(&h[i].key, "Connection")
                || ngx_http_asyncapi_http_same(&h[i].value, "keep-alive")
                || ngx_http_asyncapi_http_same(&h[i].value, "close"))
            {
                continue;
            }

            if (hops->len == 0) {
                *hops = h[i].value;
                continue;
            }

            len = hops->len + 1 + h[i].value.len;

            p = ngx_pnalloc(op->pool, len);
            if (p == NULL) {
                return NGX_ERROR;
            }

            (void) ngx_sprintf(p, "%V,%V", hops, &h[i].value);

            hops->data = p;
            hops->len = len;
        }
    }

    return NGX_OK;
}


/* the client's own, or set by the task */

static ngx_uint_t
ngx_http_asyncapi_http_own_header(ngx_http_asyncapi_op_t *op,
    ngx_table_elt_t *h, ngx_str_t *hops)
{
    ngx_uint_t                        i;
    ngx_http_asyncapi_http_conf_t    *http;
    ngx_http_asyncapi_http_header_t  *header;

    http = op->node->conf;
    header = http->headers.elts;

    for (i = 0; i < http->headers.nelts; i++) {
        if (h->key.len == header[i].name.len
            && ngx_strncasecmp(h->key.data, header[i].name.data, h->key.len)
               == 0)
        {
            return 1;
        }
    }

    if (hops->len && ngx_http_asyncapi_http_listed(hops, &h->key)) {
        return 1;
    }

    switch (ngx_tolower(h->key.data[0])) {

    case 'a':
        return ngx_http_asyncapi_http_same(&h->key, "Accept-Encoding");

    case 'c':
        return ngx_strncasecmp(h->key.data, (u_char *) "Content-", 8) == 0
               || ngx_http_asyncapi_http_hop_by_hop(&h->key);

    case 'e':
        return ngx_http_asyncapi_http_same(&h->key, "Expect");

    case 'i':
        return ngx_strncasecmp(h->key.data, (u_char *) "If-", 3) == 0;

    case 'r':
        return ngx_http_asyncapi_http_same(&h->key, "Range");

    case 'h':
    case 'k':
    case 'p':
    case 't':
    case 'u':
        return ngx_http_asyncapi_http_hop_by_hop(&h->key);
    }

    return 0;
}


static ngx_int_t
ngx_http_asyncapi_http_set_headers(ngx_http_asyncapi_op_t *op,
    ngx_http_headers_in_t *headers_in)
{
    ngx_int_t                         rc;
    ngx_str_t                         value;
    ngx_uint_t                        i;
    ngx_table_elt_t                  *h;
    ngx_http_asyncapi_http_conf_t    *http;
    ngx_http_asyncapi_http_header_t  *header;

    http = op->node->conf;
    header = http->headers.elts;

    for (i = 0; i < http->headers.nelts; i++) {
        if (ngx_http_asyncapi_http_unset_known(op, headers_in,
                                               &header[i].name)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    for (i = 0; i < http->headers.nelts; i++) {

        rc = ngx_http_asyncapi_op_render(op, header[i].value, &value);

        if (rc != NGX_OK) {
            return rc;
        }

        /* as with proxy_set_header */

        if (value.len == 0) {
            continue;
        }

        h = ngx_http_asyncapi_http_push_header(op, headers_in, &header[i].name,
                                               &value);
        if (h == NULL) {
            return NGX_ERROR;
        }

        if (ngx_http_asyncapi_http_set_known(op, headers_in, h) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* nginx finds some headers by pointers: what they point to is replaced */

static ngx_int_t
ngx_http_asyncapi_http_unset_known(ngx_http_asyncapi_op_t *op,
    ngx_http_headers_in_t *headers_in, ngx_str_t *name)
{
    u_char              lowcase[NGX_HTTP_LC_HEADER_LEN];
    ngx_table_elt_t     h;
    ngx_http_header_t  *hh;

    if (name->len > NGX_HTTP_LC_HEADER_LEN) {
        return NGX_OK;
    }

    h.key = *name;
    h.lowcase_key = lowcase;
    h.hash = ngx_hash_strlow(lowcase, name->data, name->len);

    hh = ngx_http_asyncapi_http_known(op, &h);

    if (hh == NULL) {
        return NGX_OK;
    }

#if (nginx_version < 1023000)

    if (ngx_http_asyncapi_header_is_array(hh)) {
        return ngx_array_init((ngx_array_t *)
                                         ((char *) headers_in + hh->offset),
                              op->pool, 1, sizeof(ngx_table_elt_t *));
    }

#endif

    *(ngx_table_elt_t **) ((char *) headers_in + hh->offset) = NULL;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_http_set_known(ngx_http_asyncapi_op_t *op,
    ngx_http_headers_in_t *headers_in, ngx_table_elt_t *h)
{
    ngx_table_elt_t    **ph;
    ngx_http_header_t   *hh;

    hh = ngx_http_asyncapi_http_known(op, h);

    if (hh == NULL) {
        return NGX_OK;
    }

#if (nginx_version < 1023000)

    if (ngx_http_asyncapi_header_is_array(hh)) {
        ph = ngx_array_push((ngx_array_t *)
                                         ((char *) headers_in + hh->offset));
        if (ph == NULL) {
            return NGX_ERROR;
        }

        *ph = h;

        return NGX_OK;
    }

#endif

    ph = (ngx_table_elt_t **) ((char *) headers_in + hh->offset);

#if (nginx_version >= 1023000)

    while (*ph) {
        ph = &(*ph)->next;
    }

#endif

    *ph = h;

    return NGX_OK;
}


static ngx_http_header_t *
ngx_http_asyncapi_http_known(ngx_http_asyncapi_op_t *op, ngx_table_elt_t *h)
{
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_get_module_main_conf(op->request, ngx_http_core_module);

    return ngx_hash_find(&cmcf->headers_in_hash, h->hash, h->lowcase_key,
                         h->key.len);
}


ngx_table_elt_t *
ngx_http_asyncapi_http_push_header(ngx_http_asyncapi_op_t *op,
    ngx_http_headers_in_t *headers_in, const ngx_str_t *name, ngx_str_t *value)
{
    u_char           *p;
    ngx_table_elt_t  *h;

    h = ngx_list_push(&headers_in->headers);
    if (h == NULL) {
        return NULL;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    p = ngx_pnalloc(op->pool, name->len + value->len + 1);
    if (p == NULL) {
        return NULL;
    }

    h->lowcase_key = p;
    h->hash = ngx_hash_strlow(p, name->data, name->len);
    h->key = *name;

    /* as a client's: nginx may look for the zero behind a value */

    p += name->len;

    h->value.data = p;
    h->value.len = value->len;

    p = ngx_cpymem(p, value->data, value->len);
    *p = '\0';

    return h;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * Copying request headers: a list of them, and nginx's pointers into it.
 */


#include "ngx_http_asyncapi_detached_headers.h"


/* where each header has gone to */

typedef struct {
    ngx_pool_t       *pool;
    ngx_list_part_t  *old;
    ngx_table_elt_t  *copies;    /* of all of them, in that order */
} ngx_http_asyncapi_moved_t;


static ngx_int_t ngx_http_asyncapi_moved_list(
    ngx_http_asyncapi_moved_t *moved, ngx_list_t *list);
static ngx_int_t ngx_http_asyncapi_moved_header(ngx_pool_t *pool,
    ngx_table_elt_t *h);
static ngx_int_t ngx_http_asyncapi_moved_known(
    ngx_http_asyncapi_moved_t *moved, ngx_http_headers_in_t *headers_in);
static ngx_table_elt_t *ngx_http_asyncapi_moved_to(
    ngx_http_asyncapi_moved_t *moved, ngx_table_elt_t *h);

#if (nginx_version < 1023000)
static ngx_int_t ngx_http_asyncapi_moved_array(
    ngx_http_asyncapi_moved_t *moved, ngx_array_t *headers);
#endif


ngx_int_t
ngx_http_asyncapi_detached_headers(ngx_http_request_t *to,
    ngx_http_request_t *from)
{
    ngx_http_headers_in_t      *headers_in;
    ngx_http_asyncapi_moved_t   moved;

    to->headers_in = from->headers_in;

    headers_in = &to->headers_in;

    moved.pool = to->pool;
    moved.old = &from->headers_in.headers.part;

    if (ngx_http_asyncapi_moved_list(&moved, &headers_in->headers) != NGX_OK
        || ngx_http_asyncapi_moved_known(&moved, headers_in) != NGX_OK
        || ngx_http_asyncapi_detach(to->pool, &headers_in->server) != NGX_OK
        || ngx_http_asyncapi_detach(to->pool, &headers_in->user) != NGX_OK
        || ngx_http_asyncapi_detach(to->pool, &headers_in->passwd) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_moved_list(ngx_http_asyncapi_moved_t *moved,
    ngx_list_t *list)
{
    ngx_uint_t        i, n;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h, *copy;

    n = 1;

    for (part = moved->old; part; part = part->next) {
        n += part->nelts;
    }

    if (ngx_list_init(list, moved->pool, n, sizeof(ngx_table_elt_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    moved->copies = list->part.elts;

    for (part = moved->old; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            copy = ngx_list_push(list);
            if (copy == NULL) {
                return NGX_ERROR;
            }

            *copy = h[i];

            if (ngx_http_asyncapi_moved_header(moved->pool, copy) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_moved_header(ngx_pool_t *pool, ngx_table_elt_t *h)
{
    u_char  *p;

    p = ngx_pnalloc(pool, 2 * h->key.len + h->value.len + 2);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_strlow(p, h->key.data, h->key.len);
    h->lowcase_key = p;
    p += h->key.len;

    ngx_memcpy(p, h->key.data, h->key.len);
    h->key.data = p;
    p += h->key.len;
    *p++ = '\0';

    ngx_memcpy(p, h->value.data, h->value.len);
    h->value.data = p;
    p[h->value.len] = '\0';

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_moved_known(ngx_http_asyncapi_moved_t *moved,
    ngx_http_headers_in_t *headers_in)
{
    ngx_table_elt_t    **ph;
    ngx_http_header_t   *hh;

    for (hh = ngx_http_headers_in; hh->name.len; hh++) {

#if (nginx_version < 1023000)

        if (ngx_http_asyncapi_header_is_array(hh)) {
            if (ngx_http_asyncapi_moved_array(moved, (ngx_array_t *)
                                          ((char *) headers_in + hh->offset))
                != NGX_OK)
            {
                return NGX_ERROR;
            }

            continue;
        }

#endif

        ph = (ngx_table_elt_t **) ((char *) headers_in + hh->offset);

#if (nginx_version >= 1023000)

        while (*ph) {
            *ph = ngx_http_asyncapi_moved_to(moved, *ph);

            if (*ph == NULL) {
                break;
            }

            ph = &(*ph)->next;
        }

#else

        if (*ph) {
            *ph = ngx_http_asyncapi_moved_to(moved, *ph);
        }

#endif
    }

    return NGX_OK;
}


#if (nginx_version < 1023000)

static ngx_int_t
ngx_http_asyncapi_moved_array(ngx_http_asyncapi_moved_t *moved,
    ngx_array_t *headers)
{
    ngx_uint_t         i, n;
    ngx_table_elt_t  **old, **h;

    old = headers->elts;
    n = headers->nelts;

    if (n == 0) {
        ngx_memzero(headers, sizeof(ngx_array_t));
        return NGX_OK;
    }

    if (ngx_array_init(headers, moved->pool, n, sizeof(ngx_table_elt_t *))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    h = ngx_array_push_n(headers, n);

    for (i = 0; i < n; i++) {
        h[i] = ngx_http_asyncapi_moved_to(moved, old[i]);
    }

    return NGX_OK;
}

#endif


/* one that is in no list is none of the client's, and not there any more */

static ngx_table_elt_t *
ngx_http_asyncapi_moved_to(ngx_http_asyncapi_moved_t *moved,
    ngx_table_elt_t *h)
{
    ngx_uint_t        n;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *first;

    n = 0;

    for (part = moved->old; part; part = part->next) {
        first = part->elts;

        if (h >= first && h < first + part->nelts) {
            return &moved->copies[n + (h - first)];
        }

        n += part->nelts;
    }

    return NULL;
}

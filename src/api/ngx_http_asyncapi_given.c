
/*
 * Copyright (C) The asyncapi module authors
 *
 * What a request brings for the parameters: one walk over each of its places
 * that has any.
 */


#include "ngx_http_asyncapi_contract.h"
#include "ngx_asyncapi_pairs.h"


static ngx_int_t ngx_http_asyncapi_given_headers(
    ngx_http_asyncapi_check_t *check);
static ngx_int_t ngx_http_asyncapi_given_query(
    ngx_http_asyncapi_check_t *check);
static ngx_int_t ngx_http_asyncapi_given_cookies(
    ngx_http_asyncapi_check_t *check, ngx_str_t *header);
static ngx_http_asyncapi_parameter_t *ngx_http_asyncapi_given_to_encoded(
    ngx_http_asyncapi_check_t *check, ngx_str_t *name);
static ngx_int_t ngx_http_asyncapi_given_decoded(ngx_pool_t *pool,
    ngx_str_t *text);


ngx_int_t
ngx_http_asyncapi_given(ngx_http_asyncapi_check_t *check)
{
    ngx_uint_t                        i;
    ngx_http_asyncapi_lookup_t       *lookups;
    ngx_http_asyncapi_given_t        *given;
    ngx_http_asyncapi_parameter_t   **p;

    lookups = check->contract->lookups;
    p = check->contract->parameters.elts;

    for (i = 0; lookups[NGX_HTTP_ASYNCAPI_IN_PATH].count
                && i < check->contract->parameters.nelts; i++)
    {
        if (p[i]->in == NGX_HTTP_ASYNCAPI_IN_PATH) {
            given = &check->given[i];

            given->text = check->params[p[i]->slot].data;
            given->count = 1;
        }
    }

    if (lookups[NGX_HTTP_ASYNCAPI_IN_QUERY].count
        && ngx_http_asyncapi_given_query(check) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (lookups[NGX_HTTP_ASYNCAPI_IN_HEADER].count == 0
        && lookups[NGX_HTTP_ASYNCAPI_IN_COOKIE].count == 0)
    {
        return NGX_OK;
    }

    return ngx_http_asyncapi_given_headers(check);
}


static ngx_int_t
ngx_http_asyncapi_given_query(ngx_http_asyncapi_check_t *check)
{
    ngx_pool_t                     *pool;
    ngx_asyncapi_pairs_t            pairs;
    ngx_http_asyncapi_parameter_t  *p;

    pool = check->request->pool;

    ngx_asyncapi_pairs_init(&pairs, &check->request->args);

    while (ngx_asyncapi_pairs_next(&pairs)) {

        p = ngx_http_asyncapi_given_to_encoded(check, &pairs.name);

        if (p == NULL) {
            continue;
        }

        if (ngx_http_asyncapi_given_decoded(pool, &pairs.value) != NGX_OK
            || ngx_http_asyncapi_given_add(check, p, &pairs.value) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* cookies are read where their header is met */

static ngx_int_t
ngx_http_asyncapi_given_headers(ngx_http_asyncapi_check_t *check)
{
    ngx_uint_t                      i, cookies;
    ngx_list_part_t                *part;
    ngx_table_elt_t                *h;
    ngx_http_asyncapi_parameter_t  *p;

    cookies = check->contract->lookups[NGX_HTTP_ASYNCAPI_IN_COOKIE].count;

    part = &check->request->headers_in.headers.part;
    h = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {

            if (part->next == NULL) {
                return NGX_OK;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        if (h[i].hash == 0) {
            continue;
        }

        if (cookies && h[i].key.len == sizeof("Cookie") - 1
            && ngx_strncasecmp(h[i].key.data, (u_char *) "Cookie",
                               sizeof("Cookie") - 1)
               == 0
            && ngx_http_asyncapi_given_cookies(check, &h[i].value) != NGX_OK)
        {
            return NGX_ERROR;
        }

        p = ngx_http_asyncapi_given_to(check->contract,
                                       NGX_HTTP_ASYNCAPI_IN_HEADER, &h[i].key);

        if (p && ngx_http_asyncapi_given_add(check, p, &h[i].value) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }
}


static ngx_int_t
ngx_http_asyncapi_given_cookies(ngx_http_asyncapi_check_t *check,
    ngx_str_t *header)
{
    ngx_asyncapi_pairs_t            pairs;
    ngx_http_asyncapi_parameter_t  *p;

    ngx_asyncapi_pairs_init(&pairs, header);

    while (ngx_asyncapi_cookies_next(&pairs)) {

        p = ngx_http_asyncapi_given_to(check->contract,
                                       NGX_HTTP_ASYNCAPI_IN_COOKIE,
                                       &pairs.name);

        if (p == NULL) {
            continue;
        }

        /* of several, browsers send that of the closest path first */

        if (!p->array && check->given[p->index].count) {
            continue;
        }

        if (ngx_http_asyncapi_given_add(check, p, &pairs.value) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_http_asyncapi_parameter_t *
ngx_http_asyncapi_given_to(ngx_http_asyncapi_contract_t *contract,
    ngx_http_asyncapi_in_e in, ngx_str_t *name)
{
    ngx_http_asyncapi_lookup_t     *lookup;
    ngx_http_asyncapi_parameter_t  *p;

    if (name->len == 0) {
        return NULL;
    }

    lookup = &contract->lookups[in];

    for (p = lookup->buckets[ngx_http_asyncapi_bucket(name)]; p; p = p->next) {

        if (p->name.len != name->len) {
            continue;
        }

        if (in == NGX_HTTP_ASYNCAPI_IN_HEADER
            ? ngx_strncasecmp(p->name.data, name->data, name->len) == 0
            : ngx_memcmp(p->name.data, name->data, name->len) == 0)
        {
            return p;
        }
    }

    return NULL;
}


static ngx_http_asyncapi_parameter_t *
ngx_http_asyncapi_given_to_encoded(ngx_http_asyncapi_check_t *check,
    ngx_str_t *name)
{
    u_char     decoded[3 * NGX_HTTP_ASYNCAPI_MAX_NAME], *last;
    ngx_str_t  text;

    if (!ngx_asyncapi_pairs_encoded(name)) {
        return ngx_http_asyncapi_given_to(check->contract,
                                          NGX_HTTP_ASYNCAPI_IN_QUERY, name);
    }

    if (name->len > sizeof(decoded)) {
        return NULL;
    }

    last = ngx_asyncapi_pairs_decode(decoded, name);
    if (last == NULL) {
        return NULL;
    }

    text.data = decoded;
    text.len = last - decoded;

    return ngx_http_asyncapi_given_to(check->contract,
                                      NGX_HTTP_ASYNCAPI_IN_QUERY, &text);
}


/* text->data is NULL where it can't be decoded */

static ngx_int_t
ngx_http_asyncapi_given_decoded(ngx_pool_t *pool, ngx_str_t *text)
{
    u_char  *decoded, *last;

    if (!ngx_asyncapi_pairs_encoded(text)) {
        return NGX_OK;
    }

    decoded = ngx_pnalloc(pool, text->len);
    if (decoded == NULL) {
        return NGX_ERROR;
    }

    last = ngx_asyncapi_pairs_decode(decoded, text);

    text->data = last ? decoded : NULL;
    text->len = last ? last - decoded : 0;

    return NGX_OK;
}


ngx_int_t
ngx_http_asyncapi_given_add(ngx_http_asyncapi_check_t *check,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *text)
{
    ngx_str_t                  *more;
    ngx_http_asyncapi_given_t  *given;

    given = &check->given[p->index];

    if (given->count++ == 0) {
        given->text = *text;
        return NGX_OK;
    }

    if (!p->array) {
        return NGX_OK;
    }

    if (given->more == NULL) {
        given->more = ngx_array_create(check->request->pool, 4,
                                       sizeof(ngx_str_t));
        if (given->more == NULL) {
            return NGX_ERROR;
        }
    }

    more = ngx_array_push(given->more);
    if (more == NULL) {
        return NGX_ERROR;
    }

    *more = *text;

    return NGX_OK;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * Whether a request brings the credentials that its endpoint asks for.
 */


#include "ngx_http_asyncapi_security.h"
#include "ngx_asyncapi_pairs.h"


static ngx_uint_t ngx_http_asyncapi_security_bearer(ngx_http_request_t *r,
    ngx_http_asyncapi_security_t *scheme);
static ngx_uint_t ngx_http_asyncapi_security_basic(ngx_http_request_t *r,
    ngx_http_asyncapi_security_t *scheme);
static ngx_uint_t ngx_http_asyncapi_security_authorization(
    ngx_http_request_t *r, const char *scheme, ngx_str_t *value);
static ngx_uint_t ngx_http_asyncapi_security_apikey(ngx_http_request_t *r,
    ngx_http_asyncapi_security_t *scheme);
static ngx_uint_t ngx_http_asyncapi_security_header(ngx_http_request_t *r,
    ngx_str_t *name, ngx_str_t *cookie);
static ngx_uint_t ngx_http_asyncapi_security_is(ngx_table_elt_t *h,
    ngx_str_t *name);
static ngx_uint_t ngx_http_asyncapi_security_cookie(ngx_str_t *header,
    ngx_str_t *name);


ngx_http_asyncapi_credential_t  ngx_http_asyncapi_bearer = {
    ngx_string("bearer"),
    ngx_http_asyncapi_security_bearer,
    "Bearer realm=\"%V\""
};

ngx_http_asyncapi_credential_t  ngx_http_asyncapi_basic = {
    ngx_string("basic"),
    ngx_http_asyncapi_security_basic,
    "Basic realm=\"%V\", charset=\"UTF-8\""
};

ngx_http_asyncapi_credential_t  ngx_http_asyncapi_apikey = {
    ngx_string("apikey"),
    ngx_http_asyncapi_security_apikey,
    "APIKey realm=\"%V\""
};


ngx_uint_t
ngx_http_asyncapi_security_given(ngx_http_request_t *r, ngx_array_t *required)
{
    ngx_uint_t                      i, n;
    ngx_http_asyncapi_security_t   *scheme;
    ngx_http_asyncapi_required_t   *one;

    one = required->elts;

    for (i = 0; i < required->nelts; i++) {

        for (n = 0; n < one[i].names.nelts; n++) {
            scheme = one[i].schemes[n];

            if (!scheme->type->given(r, scheme)) {
                break;
            }
        }

        if (n == one[i].names.nelts) {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_http_asyncapi_security_refuse(ngx_http_request_t *r, ngx_array_t *required)
{
    ngx_int_t                      rc;
    ngx_str_t                      none, detail;
    ngx_uint_t                     i, n;
    ngx_http_asyncapi_required_t  *one;

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    one = required->elts;

    for (i = 0; i < required->nelts; i++) {
        for (n = 0; n < one[i].names.nelts; n++) {

            if (ngx_http_asyncapi_header(r, "WWW-Authenticate",
                                         &one[i].schemes[n]->challenge)
                != NGX_OK)
            {
                return NGX_HTTP_INTERNAL_SERVER_ERROR;
            }
        }
    }

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "asyncapi refused the request: 401, it has no credentials");

    ngx_str_set(&detail, "The request has no credentials.");
    ngx_str_null(&none);

    return ngx_http_asyncapi_problem(r, NGX_HTTP_UNAUTHORIZED, &detail, &none);
}


static ngx_uint_t
ngx_http_asyncapi_security_bearer(ngx_http_request_t *r,
    ngx_http_asyncapi_security_t *scheme)
{
    ngx_str_t  token;

    return ngx_http_asyncapi_security_authorization(r, "Bearer", &token);
}


static ngx_uint_t
ngx_http_asyncapi_security_basic(ngx_http_request_t *r,
    ngx_http_asyncapi_security_t *scheme)
{
    ngx_str_t  encoded, decoded;

    if (!ngx_http_asyncapi_security_authorization(r, "Basic", &encoded)) {
        return 0;
    }

    decoded.data = ngx_pnalloc(r->pool, ngx_base64_decoded_length(encoded.len));

    return decoded.data
           && ngx_decode_base64(&decoded, &encoded) == NGX_OK
           && ngx_strlchr(decoded.data, decoded.data + decoded.len, ':');
}


/* what stands behind the scheme's name */

static ngx_uint_t
ngx_http_asyncapi_security_authorization(ngx_http_request_t *r,
    const char *scheme, ngx_str_t *value)
{
    u_char  *p, *last;
    size_t   len;

    if (r->headers_in.authorization == NULL) {
        return 0;
    }

    p = r->headers_in.authorization->value.data;
    last = p + r->headers_in.authorization->value.len;
    len = ngx_strlen(scheme);

    if ((size_t) (last - p) <= len || p[len] != ' '
        || ngx_strncasecmp(p, (u_char *) scheme, len) != 0)
    {
        return 0;
    }

    for (p += len; p < last && *p == ' '; p++) { /* void */ }

    value->data = p;
    value->len = last - p;

    return value->len > 0;
}


static ngx_uint_t
ngx_http_asyncapi_security_apikey(ngx_http_request_t *r,
    ngx_http_asyncapi_security_t *scheme)
{
    ngx_str_t             cookie;
    ngx_asyncapi_pairs_t  pairs;

    if (scheme->in == NGX_HTTP_ASYNCAPI_IN_HEADER) {
        return ngx_http_asyncapi_security_header(r, &scheme->key, NULL);
    }

    if (scheme->in == NGX_HTTP_ASYNCAPI_IN_COOKIE) {
        ngx_str_set(&cookie, "Cookie");
        return ngx_http_asyncapi_security_header(r, &cookie, &scheme->key);
    }

    ngx_asyncapi_pairs_init(&pairs, &r->args);

    while (ngx_asyncapi_pairs_next(&pairs)) {
        if (pairs.value.len && pairs.name.len == scheme->key.len
            && ngx_memcmp(pairs.name.data, scheme->key.data, pairs.name.len)
               == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* a header of that name that is not empty, or that has the cookie */

static ngx_uint_t
ngx_http_asyncapi_security_header(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *cookie)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    part = &r->headers_in.headers.part;
    h = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {

            if (part->next == NULL) {
                return 0;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        if (ngx_http_asyncapi_security_is(&h[i], name)
            && (cookie == NULL
                || ngx_http_asyncapi_security_cookie(&h[i].value, cookie)))
        {
            return 1;
        }
    }
}


static ngx_uint_t
ngx_http_asyncapi_security_is(ngx_table_elt_t *h, ngx_str_t *name)
{
    return h->hash && h->value.len && h->key.len == name->len
           && ngx_strncasecmp(h->key.data, name->data, name->len) == 0;
}


static ngx_uint_t
ngx_http_asyncapi_security_cookie(ngx_str_t *header, ngx_str_t *name)
{
    ngx_asyncapi_pairs_t  pairs;

    ngx_asyncapi_pairs_init(&pairs, header);

    while (ngx_asyncapi_cookies_next(&pairs)) {
        if (pairs.value.len && pairs.name.len == name->len
            && ngx_memcmp(pairs.name.data, name->data, name->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * Finding the endpoint of a request.
 */


#include "ngx_http_asyncapi_route.h"


static ngx_int_t ngx_http_asyncapi_route_find(ngx_http_request_t *r,
    ngx_array_t *endpoints, ngx_uint_t method,
    ngx_http_asyncapi_endpoint_t **ep, ngx_asyncapi_value_t **params,
    ngx_uint_t *allowed);
static ngx_int_t ngx_http_asyncapi_route_segments(ngx_http_request_t *r,
    ngx_array_t *segments);
static ngx_int_t ngx_http_asyncapi_route_raw(ngx_http_request_t *r,
    ngx_str_t *path);
static ngx_uint_t ngx_http_asyncapi_route_same(ngx_http_request_t *r,
    ngx_str_t *decoded);
static ngx_int_t ngx_http_asyncapi_route_decode(ngx_http_request_t *r,
    ngx_str_t *text, ngx_str_t *decoded);
static ngx_int_t ngx_http_asyncapi_route_match(ngx_http_request_t *r,
    ngx_http_asyncapi_endpoint_t *ep, ngx_array_t *segments,
    ngx_asyncapi_value_t *params);
static ngx_int_t ngx_http_asyncapi_route_rest(ngx_http_request_t *r,
    ngx_str_t *segment, ngx_uint_t n, ngx_asyncapi_value_t *rest);


ngx_int_t
ngx_http_asyncapi_route(ngx_http_request_t *r, ngx_array_t *endpoints,
    ngx_http_asyncapi_endpoint_t **ep, ngx_asyncapi_value_t **params)
{
    ngx_int_t   rc;
    ngx_uint_t  allowed;

    rc = ngx_http_asyncapi_route_find(r, endpoints, r->method, ep, params,
                                      &allowed);

    if (rc != NGX_DECLINED) {
        return rc;
    }

    if (allowed == 0) {
        return NGX_HTTP_NOT_FOUND;
    }

    return (ngx_http_asyncapi_allow(r, allowed) == NGX_OK)
           ? NGX_HTTP_NOT_ALLOWED : NGX_ERROR;
}


ngx_int_t
ngx_http_asyncapi_route_methods(ngx_http_request_t *r, ngx_array_t *endpoints,
    ngx_uint_t *methods)
{
    ngx_asyncapi_value_t          *params;
    ngx_http_asyncapi_endpoint_t  *ep;

    return (ngx_http_asyncapi_route_find(r, endpoints, 0, &ep, &params,
                                         methods)
            == NGX_ERROR)
           ? NGX_ERROR : NGX_OK;
}


/* NGX_DECLINED: there is none; *allowed are the methods of those that fit */

static ngx_int_t
ngx_http_asyncapi_route_find(ngx_http_request_t *r, ngx_array_t *endpoints,
    ngx_uint_t method, ngx_http_asyncapi_endpoint_t **ep,
    ngx_asyncapi_value_t **params, ngx_uint_t *allowed)
{
    ngx_int_t                       rc;
    ngx_uint_t                      i;
    ngx_array_t                     segments;
    ngx_http_asyncapi_endpoint_t  **endpoint;

    segments.elts = NULL;
    *allowed = 0;

    endpoint = endpoints->elts;

    for (i = 0; i < endpoints->nelts; i++) {
        *ep = endpoint[i];
        *params = NULL;

        if ((*ep)->params.nelts) {
            *params = ngx_pcalloc(r->pool, (*ep)->params.nelts
                                           * sizeof(ngx_asyncapi_value_t));
            if (*params == NULL) {
                return NGX_ERROR;
            }
        }

        if ((*ep)->path.len) {

            if (segments.elts == NULL
                && ngx_http_asyncapi_route_segments(r, &segments) != NGX_OK)
            {
                return NGX_ERROR;
            }

            rc = ngx_http_asyncapi_route_match(r, *ep, &segments, *params);

            if (rc == NGX_DECLINED) {
                continue;
            }

            if (rc != NGX_OK) {
                return rc;
            }
        }

        if ((*ep)->methods & method) {
            return NGX_OK;
        }

        *allowed |= (*ep)->methods;
    }

    return NGX_DECLINED;
}


/* the request's path, decoded and cut at the slashes */

static ngx_int_t
ngx_http_asyncapi_route_segments(ngx_http_request_t *r, ngx_array_t *segments)
{
    u_char     *p, *last, *slash;
    ngx_int_t   raw;
    ngx_str_t   path, text, *segment;

    if (ngx_array_init(segments, r->pool, 8, sizeof(ngx_str_t)) != NGX_OK) {
        return NGX_ERROR;
    }

    raw = ngx_http_asyncapi_route_raw(r, &path);

    if (raw == NGX_ERROR) {
        return NGX_ERROR;
    }

    p = path.data;
    last = path.data + path.len;

    if (p < last && *p == '/') {
        p++;
    }

    for ( ;; ) {
        slash = ngx_strlchr(p, last, '/');

        segment = ngx_array_push(segments);
        if (segment == NULL) {
            return NGX_ERROR;
        }

        text.data = p;
        text.len = (slash ? slash : last) - p;

        if (raw != NGX_OK) {
            *segment = text;

        } else if (ngx_http_asyncapi_route_decode(r, &text, segment)
                   != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (slash == NULL) {
            return NGX_OK;
        }

        p = slash + 1;
    }
}


/*
 * nginx has decoded r->uri, and "%2F" in it is a slash as any other.  Where
 * the client has sent one, the path as sent is cut instead: NGX_OK.  Else, and
 * where more than decoding has made r->uri (its location and access rules were
 * found by that), NGX_DECLINED, and *path is r->uri.
 */

static ngx_int_t
ngx_http_asyncapi_route_raw(ngx_http_request_t *r, ngx_str_t *path)
{
    u_char     *p, *last;
    ngx_str_t   raw, decoded;

    *path = r->uri;

    if (r != r->main || r->internal || r->complex_uri
        || !r->valid_unparsed_uri)
    {
        return NGX_DECLINED;
    }

    p = r->unparsed_uri.data;
    last = ngx_strlchr(p, p + r->unparsed_uri.len, '?');

    if (last == NULL) {
        last = p + r->unparsed_uri.len;
    }

    if (ngx_strlcasestrn(p, last, (u_char *) "%2f", 3 - 1) == NULL) {
        return NGX_DECLINED;
    }

    raw.data = p;
    raw.len = last - p;

    if (ngx_http_asyncapi_route_decode(r, &raw, &decoded) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!ngx_http_asyncapi_route_same(r, &decoded)) {
        return NGX_DECLINED;
    }

    *path = raw;

    return NGX_OK;
}


/* whether r->uri is the decoded path, by merge_slashes where they are merged */

static ngx_uint_t
ngx_http_asyncapi_route_same(ngx_http_request_t *r, ngx_str_t *decoded)
{
    u_char                    *p, *last, *uri, *end;
    ngx_http_core_srv_conf_t  *cscf;

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    uri = r->uri.data;
    end = uri + r->uri.len;
    last = decoded->data + decoded->len;

    for (p = decoded->data; p < last; p++) {

        if (cscf->merge_slashes && *p == '/' && p > decoded->data
            && p[-1] == '/')
        {
            continue;
        }

        if (uri == end || *uri++ != *p) {
            return 0;
        }
    }

    return uri == end;
}


static ngx_int_t
ngx_http_asyncapi_route_decode(ngx_http_request_t *r, ngx_str_t *text,
    ngx_str_t *decoded)
{
    u_char  *dst, *src;

    dst = ngx_pnalloc(r->pool, text->len + 1);
    if (dst == NULL) {
        return NGX_ERROR;
    }

    src = text->data;
    decoded->data = dst;

    ngx_unescape_uri(&dst, &src, text->len, 0);

    decoded->len = dst - decoded->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_route_match(ngx_http_request_t *r,
    ngx_http_asyncapi_endpoint_t *ep, ngx_array_t *segments,
    ngx_asyncapi_value_t *params)
{
    ngx_str_t                    *text;
    ngx_uint_t                    i, n;
    ngx_asyncapi_value_t         *param;
    ngx_http_asyncapi_segment_t  *segment;

    segment = ep->segments.elts;
    text = segments->elts;
    n = segments->nelts;

    for (i = 0; i < ep->segments.nelts; i++) {

        if (i == n) {
            return NGX_DECLINED;
        }

        if (segment[i].type == NGX_HTTP_ASYNCAPI_SEGMENT_REST) {
            return ngx_http_asyncapi_route_rest(r, &text[i], n - i,
                                                &params[segment[i].param]);
        }

        if (segment[i].type == NGX_HTTP_ASYNCAPI_SEGMENT_NAME) {

            if (text[i].len == 0) {
                return NGX_DECLINED;
            }

            param = &params[segment[i].param];

            param->type = NGX_ASYNCAPI_VALUE_TEXT;
            param->data = text[i];

            continue;
        }

        if (segment[i].text.len != text[i].len
            || ngx_memcmp(segment[i].text.data, text[i].data, text[i].len)
               != 0)
        {
            return NGX_DECLINED;
        }
    }

    return (i == n) ? NGX_OK : NGX_DECLINED;
}


/* "*name": what is left, which may be nothing, with its slashes */

static ngx_int_t
ngx_http_asyncapi_route_rest(ngx_http_request_t *r, ngx_str_t *segment,
    ngx_uint_t n, ngx_asyncapi_value_t *rest)
{
    u_char      *p;
    size_t       len;
    ngx_uint_t   i;

    len = n - 1;

    for (i = 0; i < n; i++) {
        len += segment[i].len;
    }

    p = ngx_pnalloc(r->pool, len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    rest->type = NGX_ASYNCAPI_VALUE_TEXT;
    rest->data.data = p;
    rest->data.len = len;

    for (i = 0; i < n; i++) {
        if (i) {
            *p++ = '/';
        }

        p = ngx_cpymem(p, segment[i].data, segment[i].len);
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_asyncapi_allow(ngx_http_request_t *r, ngx_uint_t methods)
{
    ngx_str_t  value;

    if (ngx_http_asyncapi_methods_list(r->pool, methods, &value) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_asyncapi_header(r, "Allow", &value);
}


ngx_int_t
ngx_http_asyncapi_methods_list(ngx_pool_t *pool, ngx_uint_t methods,
    ngx_str_t *list)
{
    u_char                      *p;
    ngx_http_asyncapi_method_t  *method;

    p = ngx_pnalloc(pool, sizeof("GET, HEAD, POST, PUT, PATCH, DELETE, "
                                 "OPTIONS"));
    if (p == NULL) {
        return NGX_ERROR;
    }

    list->data = p;

    for (method = ngx_http_asyncapi_methods; method->method; method++) {
        if (methods & method->method) {
            p = ngx_sprintf(p, "%s%V", p == list->data ? "" : ", ",
                            &method->name);
        }
    }

    list->len = p - list->data;

    return NGX_OK;
}


/*
 * Copyright (C) The asyncapi module authors
 */


#include "ngx_http_asyncapi_route.h"


static ngx_uint_t ngx_http_asyncapi_route_method(ngx_str_t *word);
static char *ngx_http_asyncapi_route_path(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep, ngx_str_t *path);
static char *ngx_http_asyncapi_route_segment(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep, ngx_str_t *text, ngx_uint_t last);
static char *ngx_http_asyncapi_route_text(ngx_str_t *text);
static ngx_uint_t ngx_http_asyncapi_route_covers(
    ngx_http_asyncapi_endpoint_t *above, ngx_http_asyncapi_endpoint_t *ep);
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
    ngx_str_t *params);
static ngx_int_t ngx_http_asyncapi_route_rest(ngx_http_request_t *r,
    ngx_str_t *segment, ngx_uint_t n, ngx_str_t *rest);
static ngx_int_t ngx_http_asyncapi_route_allow(ngx_http_request_t *r,
    ngx_uint_t methods);


static struct {
    ngx_str_t   name;
    ngx_uint_t  method;
} ngx_http_asyncapi_methods[] = {
    { ngx_string("GET"), NGX_HTTP_GET },
    { ngx_string("HEAD"), NGX_HTTP_HEAD },
    { ngx_string("POST"), NGX_HTTP_POST },
    { ngx_string("PUT"), NGX_HTTP_PUT },
    { ngx_string("PATCH"), NGX_HTTP_PATCH },
    { ngx_string("DELETE"), NGX_HTTP_DELETE },
    { ngx_string("OPTIONS"), NGX_HTTP_OPTIONS },
    { ngx_null_string, 0 }
};


char *
ngx_http_asyncapi_route_parse(ngx_conf_t *cf, ngx_http_asyncapi_endpoint_t *ep,
    ngx_str_t *word, ngx_uint_t n)
{
    ngx_uint_t  i, method;

    for (i = 0; i < n; i++) {

        method = ngx_http_asyncapi_route_method(&word[i]);

        if (method) {

            if (ep->methods & method) {
                return "names a method twice";
            }

            ep->methods |= method;
            continue;
        }

        if (word[i].data[0] != '/') {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" is neither a method (GET HEAD POST PUT "
                               "PATCH DELETE OPTIONS) nor a path that begins "
                               "with \"/\"", &word[i]);
            return NGX_CONF_ERROR;
        }

        if (i != n - 1) {
            return "takes one path, behind the methods";
        }

        ep->path = word[i];
    }

    /* as everywhere in nginx, who may GET may ask for the HEAD */

    if (ep->methods == 0 || (ep->methods & NGX_HTTP_GET)) {
        ep->methods |= NGX_HTTP_GET|NGX_HTTP_HEAD;
    }

    return ep->path.len ? ngx_http_asyncapi_route_path(cf, ep, &ep->path)
                        : NGX_CONF_OK;
}


static ngx_uint_t
ngx_http_asyncapi_route_method(ngx_str_t *word)
{
    ngx_uint_t  i;

    for (i = 0; ngx_http_asyncapi_methods[i].method; i++) {

        if (ngx_http_asyncapi_methods[i].name.len == word->len
            && ngx_strncmp(ngx_http_asyncapi_methods[i].name.data, word->data,
                           word->len)
               == 0)
        {
            return ngx_http_asyncapi_methods[i].method;
        }
    }

    return 0;
}


static char *
ngx_http_asyncapi_route_path(ngx_conf_t *cf, ngx_http_asyncapi_endpoint_t *ep,
    ngx_str_t *path)
{
    char       *rv;
    u_char     *p, *last, *slash;
    ngx_str_t   text;

    p = path->data + 1;
    last = path->data + path->len;

    for ( ;; ) {
        slash = ngx_strlchr(p, last, '/');

        text.data = p;
        text.len = (slash ? slash : last) - p;

        rv = ngx_http_asyncapi_route_segment(cf, ep, &text, slash == NULL);

        if (rv != NGX_CONF_OK) {
            return rv;
        }

        if (slash == NULL) {
            return NGX_CONF_OK;
        }

        p = slash + 1;
    }
}


static char *
ngx_http_asyncapi_route_segment(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep, ngx_str_t *text, ngx_uint_t last)
{
    ngx_str_t                    *param, name;
    ngx_http_asyncapi_segment_t  *segment;

    segment = ngx_array_push(&ep->segments);
    if (segment == NULL) {
        return NGX_CONF_ERROR;
    }

    segment->type = NGX_HTTP_ASYNCAPI_SEGMENT_TEXT;
    segment->text = *text;
    segment->param = 0;

    if (text->len == 0 || (text->data[0] != ':' && text->data[0] != '*')) {
        return ngx_http_asyncapi_route_text(text);
    }

    segment->type = (text->data[0] == ':') ? NGX_HTTP_ASYNCAPI_SEGMENT_NAME
                                           : NGX_HTTP_ASYNCAPI_SEGMENT_REST;

    if (segment->type == NGX_HTTP_ASYNCAPI_SEGMENT_REST && !last) {
        return "can have \"*name\" at its end only";
    }

    name.data = text->data + 1;
    name.len = text->len - 1;

    if (!ngx_http_asyncapi_is_name(&name)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" names no parameter: write \":\" and "
                           "letters, digits and \"_\" as the whole segment",
                           text);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_asyncapi_graph_has(ep, &name)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the name \"%V\" is taken in this endpoint: "
                           "give the parameter another name", &name);
        return NGX_CONF_ERROR;
    }

    segment->param = ep->params.nelts;

    param = ngx_array_push(&ep->params);
    if (param == NULL) {
        return NGX_CONF_ERROR;
    }

    *param = name;

    return NGX_CONF_OK;
}


/* what no decoded path has in it, or what is meant for a parameter */

static char *
ngx_http_asyncapi_route_text(ngx_str_t *text)
{
    size_t  i;

    for (i = 0; i < text->len; i++) {
        switch (text->data[i]) {

        case '{':
        case '}':
            return "has braces in its path: write \":name\" for a parameter";

        case '?':
        case '#':
            return "has \"?\" or \"#\" in its path, which ends before them";

        case '%':
            return "has \"%\" in its path, which is compared decoded: write "
                   "the character itself";
        }
    }

    if (text->data[0] == '.'
        && (text->len == 1 || (text->len == 2 && text->data[1] == '.')))
    {
        return "has a dot segment in its path, which nginx resolves before";
    }

    return NGX_CONF_OK;
}


char *
ngx_http_asyncapi_route_reached(ngx_array_t *endpoints,
    ngx_http_asyncapi_endpoint_t *ep)
{
    ngx_uint_t                      i;
    ngx_http_asyncapi_endpoint_t  **above;

    above = endpoints->elts;

    for (i = 0; i < endpoints->nelts; i++) {
        if ((ep->methods & ~above[i]->methods) == 0
            && ngx_http_asyncapi_route_covers(above[i], ep))
        {
            return "is never reached: a block above it answers all that it "
                   "could, write it above that";
        }
    }

    return NGX_CONF_OK;
}


static ngx_uint_t
ngx_http_asyncapi_route_covers(ngx_http_asyncapi_endpoint_t *above,
    ngx_http_asyncapi_endpoint_t *ep)
{
    ngx_uint_t                    i;
    ngx_http_asyncapi_segment_t  *a, *b;

    if (above->path.len == 0) {
        return 1;
    }

    a = above->segments.elts;
    b = ep->segments.elts;

    for (i = 0; i < above->segments.nelts && i < ep->segments.nelts; i++) {

        if (a[i].type == NGX_HTTP_ASYNCAPI_SEGMENT_REST) {
            return 1;
        }

        if (b[i].type == NGX_HTTP_ASYNCAPI_SEGMENT_REST) {
            return 0;
        }

        if (a[i].type == NGX_HTTP_ASYNCAPI_SEGMENT_NAME) {

            if (b[i].text.len == 0) {
                return 0;
            }

            continue;
        }

        if (b[i].type != NGX_HTTP_ASYNCAPI_SEGMENT_TEXT
            || a[i].text.len != b[i].text.len
            || ngx_memcmp(a[i].text.data, b[i].text.data, a[i].text.len) != 0)
        {
            return 0;
        }
    }

    return above->segments.nelts == ep->segments.nelts;
}


ngx_int_t
ngx_http_asyncapi_route(ngx_http_request_t *r, ngx_array_t *endpoints,
    ngx_http_asyncapi_endpoint_t **ep, ngx_str_t **params)
{
    ngx_int_t                       rc;
    ngx_uint_t                      i, allowed;
    ngx_array_t                     segments;
    ngx_http_asyncapi_endpoint_t  **endpoint;

    segments.elts = NULL;
    allowed = 0;

    endpoint = endpoints->elts;

    for (i = 0; i < endpoints->nelts; i++) {
        *ep = endpoint[i];
        *params = NULL;

        if ((*ep)->path.len) {

            if (segments.elts == NULL
                && ngx_http_asyncapi_route_segments(r, &segments) != NGX_OK)
            {
                return NGX_ERROR;
            }

            if ((*ep)->params.nelts) {
                *params = ngx_palloc(r->pool, (*ep)->params.nelts
                                              * sizeof(ngx_str_t));
                if (*params == NULL) {
                    return NGX_ERROR;
                }
            }

            rc = ngx_http_asyncapi_route_match(r, *ep, &segments, *params);

            if (rc == NGX_DECLINED) {
                continue;
            }

            if (rc != NGX_OK) {
                return rc;
            }
        }

        if ((*ep)->methods & r->method) {
            return NGX_OK;
        }

        allowed |= (*ep)->methods;
    }

    if (allowed == 0) {
        return NGX_HTTP_NOT_FOUND;
    }

    return ngx_http_asyncapi_route_allow(r, allowed);
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
    ngx_http_asyncapi_endpoint_t *ep, ngx_array_t *segments, ngx_str_t *params)
{
    ngx_str_t                    *text;
    ngx_uint_t                    i, n;
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

            params[segment[i].param] = text[i];
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
    ngx_uint_t n, ngx_str_t *rest)
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

    rest->data = p;
    rest->len = len;

    for (i = 0; i < n; i++) {
        if (i) {
            *p++ = '/';
        }

        p = ngx_cpymem(p, segment[i].data, segment[i].len);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_route_allow(ngx_http_request_t *r, ngx_uint_t methods)
{
    u_char           *p;
    ngx_uint_t        i;
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    p = ngx_pnalloc(r->pool, sizeof("GET, HEAD, POST, PUT, PATCH, DELETE, "
                                    "OPTIONS"));
    if (p == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
    ngx_str_set(&h->key, "Allow");
    h->value.data = p;

    for (i = 0; ngx_http_asyncapi_methods[i].method; i++) {
        if (methods & ngx_http_asyncapi_methods[i].method) {
            p = ngx_sprintf(p, "%s%V", p == h->value.data ? "" : ", ",
                            &ngx_http_asyncapi_methods[i].name);
        }
    }

    h->value.len = p - h->value.data;

    return NGX_HTTP_NOT_ALLOWED;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * Reading the methods and the path of an endpoint.
 */


#include "ngx_http_asyncapi_route.h"


static ngx_uint_t ngx_http_asyncapi_route_method(ngx_str_t *word);
static ngx_uint_t ngx_http_asyncapi_route_outside(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep);
static char *ngx_http_asyncapi_route_path(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep, ngx_str_t *path);
static char *ngx_http_asyncapi_route_segment(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep, ngx_str_t *text, ngx_uint_t last);
static char *ngx_http_asyncapi_route_text(ngx_str_t *text);
static ngx_uint_t ngx_http_asyncapi_route_covers(
    ngx_http_asyncapi_endpoint_t *above, ngx_http_asyncapi_endpoint_t *ep);


ngx_http_asyncapi_method_t  ngx_http_asyncapi_methods[] = {
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
    char        *rv;
    ngx_uint_t   i, method;

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

    if (ep->path.len == 0) {
        return NGX_CONF_OK;
    }

    rv = ngx_http_asyncapi_route_path(cf, ep, &ep->path);

    if (rv == NGX_CONF_OK && ngx_http_asyncapi_route_outside(cf, ep)) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "the path \"%V\" lies outside of its location: no "
                           "request for it comes here (the path is the whole "
                           "one, not what follows the location's)", &ep->path);
    }

    return rv;
}


/*
 * Only a rewrite in the location could make such a path.  The location's name
 * is cut at its slashes, and of a prefix the last segment may go on.
 */

static ngx_uint_t
ngx_http_asyncapi_route_outside(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep)
{
    size_t                        len;
    u_char                       *p, *last, *slash;
    ngx_uint_t                    i;
    ngx_http_core_loc_conf_t     *clcf;
    ngx_http_asyncapi_segment_t  *segment;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->named || clcf->name.len == 0 || clcf->name.data[0] != '/') {
        return 0;
    }

#if (NGX_PCRE)
    if (clcf->regex) {
        return 0;
    }
#endif

    segment = ep->segments.elts;

    p = clcf->name.data + 1;
    last = clcf->name.data + clcf->name.len;

    for (i = 0; i < ep->segments.nelts; i++) {

        slash = ngx_strlchr(p, last, '/');
        len = (slash ? slash : last) - p;

        if (segment[i].type == NGX_HTTP_ASYNCAPI_SEGMENT_REST) {
            return 0;
        }

        if (segment[i].type == NGX_HTTP_ASYNCAPI_SEGMENT_TEXT
            && (segment[i].text.len < len
                || ngx_memcmp(segment[i].text.data, p, len) != 0
                || (segment[i].text.len > len
                    && (slash || clcf->exact_match))))
        {
            return 1;
        }

        if (slash == NULL) {
            return clcf->exact_match && i + 1 < ep->segments.nelts;
        }

        p = slash + 1;
    }

    return 1;
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
    ngx_str_t                     name;
    ngx_http_asyncapi_param_t    *param;
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

    param->name = name;
    param->base = NGX_ASYNCAPI_BASE_SCALAR;
    param->read = 0;
    param->kept = 0;

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

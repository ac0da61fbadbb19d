
/*
 * Copyright (C) The asyncapi module authors
 *
 * Compiling: names of schemas that are relative to that of another, RFC 3986
 * section 5.2.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_schema_private.h"


/* of a URI without fragment; each points to where the next one begins */

typedef struct {
    u_char      *authority;
    u_char      *path;
    u_char      *query;
    u_char      *last;
} ngx_asyncapi_schema_uri_t;


static void ngx_asyncapi_schema_uri_split(ngx_asyncapi_schema_uri_t *u,
    const ngx_str_t *uri);
static u_char *ngx_asyncapi_schema_uri_dots(u_char *path, u_char *last);


ngx_int_t
ngx_asyncapi_schema_uri(ngx_pool_t *pool, const ngx_str_t *base,
    const ngx_str_t *ref, ngx_str_t *uri)
{
    size_t                      len;
    u_char                     *p, *path, *slash;
    ngx_asyncapi_schema_uri_t   b, r;

    ngx_asyncapi_schema_uri_split(&b, base);
    ngx_asyncapi_schema_uri_split(&r, ref);

    p = ngx_pnalloc(pool, base->len + ref->len + 2);
    if (p == NULL) {
        return NGX_ERROR;
    }

    uri->data = p;

    /* what the reference does not begin with it takes from the base */

    if (r.authority > ref->data) {
        len = 0;

    } else if (r.path > r.authority) {
        len = b.authority - base->data;

    } else if (r.path < r.query) {
        len = b.path - base->data;

    } else if (r.query < r.last) {
        len = b.query - base->data;

    } else {
        len = base->len;
    }

    p = ngx_cpymem(p, base->data, len);
    path = uri->data + (b.path - base->data);

    if (r.authority > ref->data) {
        path = uri->data + (r.path - ref->data);

    } else if (r.path > r.authority) {
        path = p + (r.path - r.authority);

    } else if (r.path < r.query && *r.path != '/') {

        for (slash = b.query; slash > b.path && slash[-1] != '/'; slash--) {
            /* void */
        }

        p = ngx_cpymem(p, b.path, slash - b.path);

        if (b.path == b.query && b.path > b.authority) {
            *p++ = '/';
        }
    }

    p = ngx_cpymem(p, ref->data, ref->len);

    /* a path of no hierarchy, as that of urn:..., has no slash and no dots */

    p = ngx_asyncapi_schema_uri_dots(path, p);

    uri->len = p - uri->data;

    return NGX_OK;
}


static void
ngx_asyncapi_schema_uri_split(ngx_asyncapi_schema_uri_t *u,
    const ngx_str_t *uri)
{
    u_char  *p, *last;

    p = uri->data;
    last = p + uri->len;

    u->last = last;
    u->authority = p;

    while (p < last && *p != ':' && *p != '/' && *p != '?') {
        p++;
    }

    if (p < last && *p == ':') {
        u->authority = p + 1;
    }

    p = u->authority;

    if (last - p >= 2 && p[0] == '/' && p[1] == '/') {

        for (p += 2; p < last && *p != '/' && *p != '?'; p++) {
            /* void */
        }
    }

    u->path = p;

    while (p < last && *p != '?') {
        p++;
    }

    u->query = p;
}


/* without "." and ".." in the path, in place; returns the end of all */

static u_char *
ngx_asyncapi_schema_uri_dots(u_char *path, u_char *last)
{
    size_t   len;
    u_char  *p, *dst, *end, *query;

    query = ngx_strlchr(path, last, '?');
    end = query ? query : last;

    if (path == end || *path != '/') {
        return last;
    }

    dst = path;

    for (p = path; p < end; p += len) {

        for (len = 1; p + len < end && p[len] != '/'; len++) {
            /* void */
        }

        if (len == 2 && p[1] == '.') {
            *dst = '/';
            dst += (p + len == end);
            continue;
        }

        if (len == 3 && p[1] == '.' && p[2] == '.') {

            while (dst > path && *--dst != '/') {
                /* void */
            }

            *dst = '/';
            dst += (p + len == end);
            continue;
        }

        ngx_memmove(dst, p, len);
        dst += len;
    }

    ngx_memmove(dst, end, last - end);

    return dst + (last - end);
}

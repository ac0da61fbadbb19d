
/*
 * Copyright (C) The asyncapi module authors
 *
 * Where calls go.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include "ngx_asyncapi_http_call.h"


#define NGX_ASYNCAPI_HTTP_PORT   80
#define NGX_ASYNCAPI_HTTPS_PORT  443


static ngx_uint_t ngx_asyncapi_http_origin_valid(ngx_str_t *host);
static void ngx_asyncapi_http_origin_url(ngx_url_t *u, ngx_str_t *host,
    ngx_uint_t ssl);
static void ngx_asyncapi_http_origin_host(ngx_asyncapi_http_origin_t *origin,
    ngx_url_t *u);
static ngx_http_upstream_srv_conf_t *ngx_asyncapi_http_origin_upstream(
    ngx_http_request_t *r, ngx_url_t *u);


ngx_asyncapi_http_origin_t *
ngx_asyncapi_http_origin_create(ngx_conf_t *cf, ngx_str_t *host,
    ngx_uint_t ssl)
{
    ngx_url_t                    u;
    ngx_asyncapi_http_origin_t  *origin;

    origin = ngx_pcalloc(cf->pool, sizeof(ngx_asyncapi_http_origin_t));
    if (origin == NULL) {
        return NULL;
    }

    if (!ngx_asyncapi_http_origin_valid(host)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid host \"%V\"", host);
        return NULL;
    }

    ngx_asyncapi_http_origin_url(&u, host, ssl);

    origin->ssl = ssl;

    if (ngx_parse_url(cf->pool, &u) != NGX_OK) {

        if (u.err) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s in host \"%V\"",
                               u.err, host);
        }

        return NULL;
    }

    ngx_asyncapi_http_origin_host(origin, &u);

    if (ngx_asyncapi_http_origin_add(cf, origin, &u) != NGX_OK) {
        return NULL;
    }

    if (u.naddrs == 0) {
        return origin;
    }

    ngx_asyncapi_http_origin_url(&u, host, ssl);

    origin->upstream = ngx_http_upstream_add(cf, &u, 0);

    return origin->upstream ? origin : NULL;
}


ngx_int_t
ngx_asyncapi_http_origin_find(ngx_http_request_t *r, ngx_str_t *host,
    ngx_uint_t ssl, ngx_asyncapi_http_origin_t *origin)
{
    ngx_url_t                      u;
    ngx_http_upstream_resolved_t  *resolved;

    ngx_memzero(origin, sizeof(ngx_asyncapi_http_origin_t));

    if (!ngx_asyncapi_http_origin_valid(host)) {
        return NGX_DECLINED;
    }

    ngx_asyncapi_http_origin_url(&u, host, ssl);

    if (ngx_parse_url(r->pool, &u) != NGX_OK) {
        return u.err ? NGX_DECLINED : NGX_ERROR;
    }

    ngx_asyncapi_http_origin_host(origin, &u);

    origin->ssl = ssl;
    origin->upstream = ngx_asyncapi_http_origin_upstream(r, &u);

    if (origin->upstream) {
        return NGX_OK;
    }

    resolved = ngx_asyncapi_http_origin_resolved(r->pool, &u);
    if (resolved == NULL) {
        return NGX_ERROR;
    }

    if (u.naddrs) {
        resolved->naddrs = 1;
        resolved->sockaddr = u.addrs[0].sockaddr;
        resolved->socklen = u.addrs[0].socklen;
        resolved->name = u.addrs[0].name;
    }

    origin->resolved = resolved;

    return NGX_OK;
}


/* it stands in a header, and nothing but a host may be in it */

static ngx_uint_t
ngx_asyncapi_http_origin_valid(ngx_str_t *host)
{
    u_char      ch;
    ngx_uint_t  i;

    if (host->len > 5 && ngx_strncmp(host->data, "unix:", 5) == 0) {
        return ngx_strlchr(host->data, host->data + host->len, '\0') == NULL;
    }

    for (i = 0; i < host->len; i++) {
        ch = host->data[i];

        if (ch <= ' ' || ch >= 0x7f || ngx_strchr("/?#@\\\"<>", ch)) {
            return 0;
        }
    }

    return host->len != 0;
}


static void
ngx_asyncapi_http_origin_url(ngx_url_t *u, ngx_str_t *host, ngx_uint_t ssl)
{
    ngx_memzero(u, sizeof(ngx_url_t));

    u->url = *host;
    u->default_port = ssl ? NGX_ASYNCAPI_HTTPS_PORT : NGX_ASYNCAPI_HTTP_PORT;
    u->no_resolve = 1;
}


static void
ngx_asyncapi_http_origin_host(ngx_asyncapi_http_origin_t *origin,
    ngx_url_t *u)
{
    origin->name = u->url;

    if (u->family == AF_UNIX) {
        ngx_str_set(&origin->host, "localhost");
        origin->server = origin->host;
        return;
    }

    origin->server = u->host;

    if (u->host.data[0] == '[') {
        origin->server.data++;
        origin->server.len -= 2;
    }

    if (u->no_port || u->port == u->default_port) {
        origin->host = u->host;

    } else {
        origin->host = u->url;
    }
}


/* as ngx_http_upstream_init_request() looks for a host of variables */

static ngx_http_upstream_srv_conf_t *
ngx_asyncapi_http_origin_upstream(ngx_http_request_t *r, ngx_url_t *u)
{
    ngx_uint_t                       i;
    ngx_http_upstream_srv_conf_t    *uscf, **uscfp;
    ngx_http_upstream_main_conf_t   *umcf;

    umcf = ngx_http_get_module_main_conf(r, ngx_http_upstream_module);

    uscfp = umcf->upstreams.elts;

    for (i = 0; i < umcf->upstreams.nelts; i++) {
        uscf = uscfp[i];

        if (uscf->host.len == u->host.len
            && ((uscf->port == 0 && u->no_port) || uscf->port == u->port)
            && ngx_strncasecmp(uscf->host.data, u->host.data, u->host.len)
               == 0)
        {
            return uscf;
        }
    }

    return NULL;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * Names of hosts.
 *
 * Whether a name is that of an upstream {}, and whether a resolver is there,
 * is known once all of the configuration is read.  Where there is one, the
 * name is looked up for each call: nginx's resolver keeps answers as long as
 * their TTL, or "valid=", says, and tells them at once.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>
#include "ngx_asyncapi_http_call.h"


/* an origin that is to be looked at in the end */

typedef struct {
    ngx_asyncapi_http_origin_t  *origin;
    ngx_url_t                    url;
    ngx_http_core_loc_conf_t    *location;
    u_char                      *file;
    ngx_uint_t                   line;
} ngx_asyncapi_http_named_t;


static ngx_int_t ngx_asyncapi_http_named_find(ngx_conf_t *cf,
    ngx_asyncapi_http_named_t *named);
static ngx_int_t ngx_asyncapi_http_named_add(ngx_conf_t *cf,
    ngx_asyncapi_http_named_t *named);
static ngx_uint_t ngx_asyncapi_http_named_local(ngx_str_t *host);
static void ngx_asyncapi_http_named_cleanup(void *data);
static void ngx_asyncapi_http_resolve_handler(ngx_resolver_ctx_t *ctx);


/* of the configuration that is being read */
static ngx_array_t  *ngx_asyncapi_http_named;


ngx_int_t
ngx_asyncapi_http_origin_add(ngx_conf_t *cf,
    ngx_asyncapi_http_origin_t *origin, ngx_url_t *u)
{
    ngx_array_t                *list;
    ngx_pool_cleanup_t         *cln;
    ngx_asyncapi_http_named_t  *named;

    list = ngx_asyncapi_http_named;

    if (list == NULL) {
        cln = ngx_pool_cleanup_add(cf->pool, 0);
        if (cln == NULL) {
            return NGX_ERROR;
        }

        list = ngx_array_create(cf->pool, 4,
                                sizeof(ngx_asyncapi_http_named_t));
        if (list == NULL) {
            return NGX_ERROR;
        }

        /* a configuration that is not read to its end leaves no list behind */

        cln->handler = ngx_asyncapi_http_named_cleanup;
        cln->data = list;

        ngx_asyncapi_http_named = list;
    }

    named = ngx_array_push(list);
    if (named == NULL) {
        return NGX_ERROR;
    }

    named->origin = origin;
    named->url = *u;
    named->location = ngx_http_conf_get_module_loc_conf(cf,
                                                        ngx_http_core_module);
    named->file = cf->conf_file->file.name.data;
    named->line = cf->conf_file->line;

    return NGX_OK;
}


static void
ngx_asyncapi_http_named_cleanup(void *data)
{
    if (ngx_asyncapi_http_named == data) {
        ngx_asyncapi_http_named = NULL;
    }
}


ngx_int_t
ngx_asyncapi_http_complete(ngx_conf_t *cf, ngx_array_t *pipelines)
{
    ngx_int_t                   rc;
    ngx_uint_t                  i;
    ngx_array_t                *list;
    ngx_resolver_t             *resolver;
    ngx_asyncapi_http_named_t  *named;

    list = ngx_asyncapi_http_named;

    if (list == NULL) {
        return NGX_OK;
    }

    ngx_asyncapi_http_named = NULL;

    named = list->elts;

    for (i = 0; i < list->nelts; i++) {

        named[i].origin->depth =
                         ngx_asyncapi_http_pipeline_depth(pipelines,
                                                     &named[i].origin->name);

        if (named[i].origin->upstream) {
            continue;
        }

        rc = ngx_asyncapi_http_named_find(cf, &named[i]);

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }

        if (rc == NGX_OK) {
            continue;
        }

        resolver = named[i].location->resolver;

        if (resolver->connections.nelts
            && !ngx_asyncapi_http_named_local(&named[i].url.host))
        {
            named[i].origin->resolved =
                           ngx_asyncapi_http_origin_resolved(cf->pool,
                                                             &named[i].url);
            if (named[i].origin->resolved == NULL) {
                return NGX_ERROR;
            }

            continue;
        }

        if (ngx_asyncapi_http_named_add(cf, &named[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* the upstream {} of that name; NGX_DECLINED: there is none */

static ngx_int_t
ngx_asyncapi_http_named_find(ngx_conf_t *cf, ngx_asyncapi_http_named_t *named)
{
    ngx_str_t                       *host;
    ngx_uint_t                       i;
    ngx_http_upstream_srv_conf_t    *uscf, **uscfp;
    ngx_http_upstream_main_conf_t   *umcf;

    umcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_upstream_module);

    host = &named->url.host;
    uscfp = umcf->upstreams.elts;

    for (i = 0; i < umcf->upstreams.nelts; i++) {
        uscf = uscfp[i];

        if (!(uscf->flags & NGX_HTTP_UPSTREAM_CREATE)
            || uscf->host.len != host->len
            || ngx_strncasecmp(uscf->host.data, host->data, host->len) != 0)
        {
            continue;
        }

        if (!named->url.no_port) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "upstream \"%V\" may not have port %d in %s:%ui",
                          host, named->url.port, named->file, named->line);
            return NGX_ERROR;
        }

        named->origin->upstream = uscf;

        return NGX_OK;
    }

    return NGX_DECLINED;
}


/* resolved now and never again */

static ngx_int_t
ngx_asyncapi_http_named_add(ngx_conf_t *cf, ngx_asyncapi_http_named_t *named)
{
    ngx_url_t                      u;
    ngx_http_upstream_srv_conf_t  *uscf;

    ngx_memzero(&u, sizeof(ngx_url_t));

    u.url = named->url.url;
    u.default_port = named->url.default_port;
    u.no_resolve = 1;

    uscf = ngx_http_upstream_add(cf, &u, 0);
    if (uscf == NULL) {
        return NGX_ERROR;
    }

    named->origin->upstream = uscf;

    if (uscf->peer.init) {

        /* a proxy_pass has named it, too */

        return NGX_OK;
    }

    uscf->file_name = named->file;
    uscf->line = named->line;

    return ngx_http_upstream_init_round_robin(cf, uscf);
}


/* RFC 6761, 6.3: names that are not to be asked for */

static ngx_uint_t
ngx_asyncapi_http_named_local(ngx_str_t *host)
{
    return host->len == sizeof("localhost") - 1
           && ngx_strncasecmp(host->data, (u_char *) "localhost", host->len)
              == 0;
}


ngx_http_upstream_resolved_t *
ngx_asyncapi_http_origin_resolved(ngx_pool_t *pool, ngx_url_t *u)
{
    ngx_http_upstream_resolved_t  *resolved;

    resolved = ngx_pcalloc(pool, sizeof(ngx_http_upstream_resolved_t));
    if (resolved == NULL) {
        return NULL;
    }

    resolved->host = u->host;
    resolved->port = u->port;
    resolved->no_port = u->no_port;

    return resolved;
}


void
ngx_asyncapi_http_resolve(ngx_asyncapi_http_call_t *call)
{
    ngx_str_t                 *host;
    ngx_resolver_ctx_t        *ctx;
    ngx_http_core_loc_conf_t  *clcf;

    host = &call->origin->resolved->host;

    clcf = ngx_http_get_module_loc_conf(call->request, ngx_http_core_module);

    ctx = ngx_resolve_start(clcf->resolver, NULL);

    if (ctx == NGX_NO_RESOLVER) {
        (void) ngx_asyncapi_http_fail(call, NGX_ASYNCAPI_HTTP_CONNECT, 0,
                                      "no resolver defined to resolve %V",
                                      host);
        return;
    }

    if (ctx == NULL) {
        goto failed;
    }

    ctx->name = *host;
    ctx->handler = ngx_asyncapi_http_resolve_handler;
    ctx->data = call;
    ctx->timeout = clcf->resolver_timeout;

    call->resolving = ctx;

    if (ngx_resolve_name(ctx) == NGX_OK) {
        return;
    }

    /* it has freed the context */

    call->resolving = NULL;

failed:

    (void) ngx_asyncapi_http_fail(call, NGX_ASYNCAPI_HTTP_NO_MEMORY, 0,
                                  "no memory to resolve %V", host);
}


/* may run inside ngx_resolve_name() */

static void
ngx_asyncapi_http_resolve_handler(ngx_resolver_ctx_t *ctx)
{
    ngx_int_t                      state;
    ngx_asyncapi_http_call_t      *call;
    ngx_http_upstream_resolved_t  *resolved;

    call = ctx->data;
    call->resolving = NULL;

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, call->log, 0,
                   "asyncapi http resolve: \"%V\" %i, %ui addresses",
                   &ctx->name, ctx->state, ctx->naddrs);

    state = ctx->state;

    if (state) {
        ngx_resolve_name_done(ctx);

        (void) ngx_asyncapi_http_fail(call, NGX_ASYNCAPI_HTTP_CONNECT, 0,
                                      "%V could not be resolved (%i: %s)",
                                      &call->origin->resolved->host, state,
                                      ngx_resolver_strerror(state));
        return;
    }

    /* the balancer copies the addresses, which are the resolver's */

    resolved = ngx_palloc(call->pool, sizeof(ngx_http_upstream_resolved_t));

    if (resolved == NULL) {
        ngx_resolve_name_done(ctx);

        (void) ngx_asyncapi_http_no_memory(call);
        return;
    }

    *resolved = *call->origin->resolved;
    resolved->naddrs = ctx->naddrs;
    resolved->addrs = ctx->addrs;

    ngx_asyncapi_http_go(call, resolved);

    ngx_resolve_name_done(ctx);
}

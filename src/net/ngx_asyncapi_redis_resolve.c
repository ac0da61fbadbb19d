
/*
 * Copyright (C) The asyncapi module authors
 *
 * Addresses of Redis servers: by the system when the configuration is read,
 * or, where http {} has a resolver, by it whenever a connection is opened.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_redis_conn.h"


static ngx_int_t ngx_asyncapi_redis_resolve_target(ngx_conf_t *cf,
    ngx_asyncapi_redis_server_t *server, ngx_asyncapi_redis_target_t *target);
static void ngx_asyncapi_redis_resolve_handler(ngx_resolver_ctx_t *ctx);
static ngx_int_t ngx_asyncapi_redis_resolved(ngx_asyncapi_redis_conn_t *conn,
    ngx_uint_t naddrs);
static ngx_uint_t ngx_asyncapi_redis_is_addr(ngx_str_t *name);
static void ngx_asyncapi_redis_addr(ngx_asyncapi_redis_addr_t *addr,
    struct sockaddr *sockaddr, socklen_t socklen, in_port_t port);


ngx_int_t
ngx_asyncapi_redis_resolve_conf(ngx_conf_t *cf,
    ngx_asyncapi_redis_server_t *server)
{
    ngx_uint_t                    i, n;
    ngx_asyncapi_redis_target_t  *target;

    n = server->url.nhosts;

    target = ngx_pcalloc(cf->pool, n * sizeof(ngx_asyncapi_redis_target_t));
    if (target == NULL) {
        return NGX_ERROR;
    }

    server->targets = target;

    for (i = 0; i < n; i++) {
        target[i].host = server->url.hosts[i];

        if (ngx_asyncapi_redis_resolve_target(cf, server, &target[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_redis_resolve_target(ngx_conf_t *cf,
    ngx_asyncapi_redis_server_t *server, ngx_asyncapi_redis_target_t *target)
{
    ngx_url_t                    u;
    ngx_addr_t                   addr;
    ngx_uint_t                   i;
    ngx_asyncapi_redis_host_t   *host;

    host = &target->host;

    if (host->port == 0) {
        target->addrs = ngx_pcalloc(cf->pool,
                                    sizeof(ngx_asyncapi_redis_addr_t));
        target->naddrs = 1;

        return target->addrs ? NGX_OK : NGX_ERROR;
    }

    ngx_memzero(&u, sizeof(ngx_url_t));

    u.host = host->name;

    if (ngx_parse_addr(cf->pool, &addr, host->name.data, host->name.len)
        == NGX_OK)
    {
        u.addrs = &addr;
        u.naddrs = 1;

    } else if (server->resolver) {
        return NGX_OK;

    } else if (ngx_inet_resolve_host(cf->pool, &u) != NGX_OK) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "%s in the URL of asyncapi_redis \"%V\": \"%V\"",
                      u.err ? u.err : "no memory", &server->name, &host->name);
        return NGX_ERROR;
    }

    target->addrs = ngx_pcalloc(cf->pool,
                            u.naddrs * sizeof(ngx_asyncapi_redis_addr_t));
    if (target->addrs == NULL) {
        return NGX_ERROR;
    }

    target->naddrs = u.naddrs;

    for (i = 0; i < u.naddrs; i++) {
        ngx_asyncapi_redis_addr(&target->addrs[i], u.addrs[i].sockaddr,
                                u.addrs[i].socklen, host->port);
    }

    return NGX_OK;
}


void
ngx_asyncapi_redis_resolve(ngx_asyncapi_redis_conn_t *conn)
{
    ngx_str_t                    *name;
    ngx_resolver_ctx_t           *ctx;
    ngx_asyncapi_redis_server_t  *server;

    server = conn->server;
    name = &conn->target->host.name;

    if (ngx_asyncapi_redis_is_addr(name)) {

        if (ngx_asyncapi_redis_resolved(conn, 1) != NGX_OK) {
            ngx_asyncapi_redis_resolve_failed(conn, "no memory");
            return;
        }

        ngx_cpystrn((u_char *) conn->addrs->text, name->data,
                    NGX_SOCKADDR_STRLEN);
        conn->addrs->port = conn->target->host.port;

        ngx_asyncapi_redis_conn_resolved(conn);
        return;
    }

    if (server->resolver == NULL) {
        ngx_asyncapi_redis_resolve_failed(conn,
                                 "it is a name: http {} needs a \"resolver\"");
        return;
    }

    ctx = ngx_resolve_start(server->resolver, NULL);

    if (ctx == NULL || ctx == NGX_NO_RESOLVER) {
        ngx_asyncapi_redis_resolve_failed(conn, "no memory");
        return;
    }

    ctx->name = *name;
    ctx->handler = ngx_asyncapi_redis_resolve_handler;
    ctx->data = conn;
    ctx->timeout = server->resolver_timeout;

    conn->resolving = ctx;

    /* it frees its context itself where it fails at once */

    if (ngx_resolve_name(ctx) != NGX_OK) {
        conn->resolving = NULL;
        ngx_asyncapi_redis_resolve_failed(conn, "no memory");
    }
}


static void
ngx_asyncapi_redis_resolve_handler(ngx_resolver_ctx_t *ctx)
{
    ngx_uint_t                  i;
    ngx_asyncapi_redis_conn_t  *conn;

    conn = ctx->data;
    conn->resolving = NULL;

    if (ctx->state) {
        ngx_asyncapi_redis_resolve_failed(conn,
                                          ngx_resolver_strerror(ctx->state));
        ngx_resolve_name_done(ctx);
        return;
    }

    if (ngx_asyncapi_redis_resolved(conn, ctx->naddrs) != NGX_OK) {
        ngx_asyncapi_redis_resolve_failed(conn, "no memory");
        ngx_resolve_name_done(ctx);
        return;
    }

    for (i = 0; i < ctx->naddrs; i++) {
        ngx_asyncapi_redis_addr(&conn->addrs[i], ctx->addrs[i].sockaddr,
                                ctx->addrs[i].socklen,
                                conn->target->host.port);
    }

    ngx_resolve_name_done(ctx);

    ngx_asyncapi_redis_conn_resolved(conn);
}


/* room for so many, of the heap: NGX_OK, NGX_ERROR */

static ngx_int_t
ngx_asyncapi_redis_resolved(ngx_asyncapi_redis_conn_t *conn,
    ngx_uint_t naddrs)
{
    ngx_asyncapi_redis_addr_t  *addrs;

    addrs = ngx_calloc(naddrs * sizeof(ngx_asyncapi_redis_addr_t),
                       ngx_cycle->log);
    if (addrs == NULL) {
        return NGX_ERROR;
    }

    if (conn->resolved) {
        ngx_free(conn->resolved);
    }

    conn->resolved = addrs;
    conn->addrs = addrs;
    conn->naddrs = naddrs;

    return NGX_OK;
}


static ngx_uint_t
ngx_asyncapi_redis_is_addr(ngx_str_t *name)
{
#if (NGX_HAVE_INET6)
    u_char  addr[16];

    if (ngx_inet6_addr(name->data, name->len, addr) == NGX_OK) {
        return 1;
    }
#endif

    return ngx_inet_addr(name->data, name->len) != INADDR_NONE;
}


void
ngx_asyncapi_redis_resolve_cancel(ngx_asyncapi_redis_conn_t *conn)
{
    ngx_resolve_name_done(conn->resolving);
    conn->resolving = NULL;
}


void
ngx_asyncapi_redis_resolve_failed(ngx_asyncapi_redis_conn_t *conn,
    const char *detail)
{
    (void) ngx_snprintf((u_char *) conn->detail, sizeof(conn->detail) - 1,
                        "its address is not found: %s%Z", detail);

    conn->naddrs = 0;

    ngx_asyncapi_redis_conn_resolved(conn);
}


static void
ngx_asyncapi_redis_addr(ngx_asyncapi_redis_addr_t *addr,
    struct sockaddr *sockaddr, socklen_t socklen, in_port_t port)
{
    size_t  len;

    len = ngx_sock_ntop(sockaddr, socklen, (u_char *) addr->text,
                        NGX_SOCKADDR_STRLEN - 1, 0);

    addr->text[len] = '\0';
    addr->port = port;
}

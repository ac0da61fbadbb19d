
/*
 * Copyright (C) The asyncapi module authors
 *
 * Addresses of PostgreSQL servers: by the system when the configuration is
 * read, or, where http {} has a resolver, by it whenever a connection is
 * opened.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <pwd.h>
#include "ngx_asyncapi_postgres_conn.h"


static ngx_int_t ngx_asyncapi_postgres_user(ngx_conf_t *cf,
    ngx_asyncapi_postgres_server_t *server);
static ngx_int_t ngx_asyncapi_postgres_resolve_target(ngx_conf_t *cf,
    ngx_asyncapi_postgres_server_t *server,
    ngx_asyncapi_postgres_target_t *target);
static void ngx_asyncapi_postgres_resolve_handler(ngx_resolver_ctx_t *ctx);
static ngx_int_t ngx_asyncapi_postgres_resolved(
    ngx_asyncapi_postgres_conn_t *conn, ngx_resolver_ctx_t *ctx);
static void ngx_asyncapi_postgres_unresolved(
    ngx_asyncapi_postgres_conn_t *conn, const char *why);


ngx_int_t
ngx_asyncapi_postgres_prepare(ngx_conf_t *cf,
    ngx_asyncapi_postgres_server_t *server)
{
    ngx_uint_t                       i;
    ngx_asyncapi_postgres_target_t  *target;

    if (ngx_asyncapi_postgres_user(cf, server) != NGX_OK) {
        return NGX_ERROR;
    }

    target = server->targets.elts;

    for (i = 0; i < server->targets.nelts; i++) {

        if (target[i].name.len && server->resolver == NULL
            && ngx_asyncapi_postgres_resolve_target(cf, server, &target[i])
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* that of the worker, whom libpq would look up for each connection */

static ngx_int_t
ngx_asyncapi_postgres_user(ngx_conf_t *cf,
    ngx_asyncapi_postgres_server_t *server)
{
    ngx_str_t         name;
    ngx_uint_t        i;
    struct passwd    *pwd;
    ngx_core_conf_t  *ccf;

    for (i = 0; server->keywords[i]; i++) {

        if (ngx_strcmp(server->keywords[i], "user") == 0) {
            return NGX_OK;
        }
    }

    ccf = (ngx_core_conf_t *) ngx_get_conf(cf->cycle->conf_ctx,
                                           ngx_core_module);

    name.data = (u_char *) ccf->username;

    if (name.data == NULL || geteuid() != 0) {
        pwd = getpwuid(geteuid());
        name.data = (u_char *) ((pwd && geteuid() != 0) ? pwd->pw_name
                                                        : NGX_USER);
    }

    name.len = ngx_strlen(name.data) + 1;

    server->keywords[i] = "user";
    server->values[i] = (char *) ngx_pstrdup(cf->pool, &name);

    return server->values[i] ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_asyncapi_postgres_resolve_target(ngx_conf_t *cf,
    ngx_asyncapi_postgres_server_t *server,
    ngx_asyncapi_postgres_target_t *target)
{
    size_t       len;
    u_char      *p;
    ngx_url_t    u;
    ngx_uint_t   i;

    ngx_memzero(&u, sizeof(ngx_url_t));

    u.host = target->name;

    if (ngx_inet_resolve_host(cf->pool, &u) != NGX_OK) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "%s in asyncapi_postgres \"%V\": \"%V\"",
                      u.err ? u.err : "no memory", &server->name,
                      &target->name);
        return NGX_ERROR;
    }

    target->addrs = ngx_palloc(cf->pool, u.naddrs * sizeof(char *));
    if (target->addrs == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < u.naddrs; i++) {
        p = ngx_pcalloc(cf->pool, NGX_SOCKADDR_STRLEN);
        if (p == NULL) {
            return NGX_ERROR;
        }

        len = ngx_sock_ntop(u.addrs[i].sockaddr, u.addrs[i].socklen, p,
                            NGX_SOCKADDR_STRLEN - 1, 0);
        p[len] = '\0';

        target->addrs[i] = (char *) p;
    }

    target->naddrs = u.naddrs;

    return NGX_OK;
}


void
ngx_asyncapi_postgres_resolve(ngx_asyncapi_postgres_conn_t *conn)
{
    ngx_resolver_ctx_t              *ctx;
    ngx_asyncapi_postgres_server_t  *server;

    server = conn->server;

    ctx = ngx_resolve_start(server->resolver, NULL);

    if (ctx == NULL || ctx == NGX_NO_RESOLVER) {
        ngx_asyncapi_postgres_unresolved(conn, "no memory");
        return;
    }

    ctx->name = conn->target->name;
    ctx->handler = ngx_asyncapi_postgres_resolve_handler;
    ctx->data = conn;
    ctx->timeout = server->resolver_timeout;

    conn->resolving = ctx;

    /*
     * the handler may have been called, and the connection be gone; but if it
     * fails at once, it has not, and the context is freed
     */

    if (ngx_resolve_name(ctx) != NGX_OK) {
        conn->resolving = NULL;
        ngx_asyncapi_postgres_unresolved(conn, "no memory");
    }
}


static void
ngx_asyncapi_postgres_resolve_handler(ngx_resolver_ctx_t *ctx)
{
    ngx_asyncapi_postgres_conn_t    *conn;
    ngx_asyncapi_postgres_server_t  *server;

    conn = ctx->data;
    server = conn->server;

    conn->resolving = NULL;

    if (ctx->state) {
        ngx_asyncapi_postgres_unresolved(conn,
                                         ngx_resolver_strerror(ctx->state));

    } else if (ngx_asyncapi_postgres_resolved(conn, ctx) != NGX_OK) {
        ngx_asyncapi_postgres_unresolved(conn, "no memory");

    } else {
        ngx_asyncapi_postgres_next(conn);
    }

    ngx_resolve_name_done(ctx);

    ngx_asyncapi_postgres_pump(server);
}


/* the addresses as text, of the heap: NGX_OK, NGX_ERROR */

static ngx_int_t
ngx_asyncapi_postgres_resolved(ngx_asyncapi_postgres_conn_t *conn,
    ngx_resolver_ctx_t *ctx)
{
    size_t        len;
    u_char       *p;
    ngx_uint_t    i;
    const char  **addrs;

    addrs = ngx_alloc(ctx->naddrs * (sizeof(char *) + NGX_SOCKADDR_STRLEN),
                      ngx_cycle->log);
    if (addrs == NULL) {
        return NGX_ERROR;
    }

    if (conn->resolved) {
        ngx_free(conn->resolved);
    }

    conn->resolved = addrs;
    p = (u_char *) &addrs[ctx->naddrs];

    for (i = 0; i < ctx->naddrs; i++) {
        len = ngx_sock_ntop(ctx->addrs[i].sockaddr, ctx->addrs[i].socklen, p,
                            NGX_SOCKADDR_STRLEN - 1, 0);
        p[len] = '\0';

        addrs[i] = (char *) p;
        p += NGX_SOCKADDR_STRLEN;
    }

    conn->addrs = addrs;
    conn->naddrs = ctx->naddrs;
    conn->addr = 0;

    return NGX_OK;
}


static void
ngx_asyncapi_postgres_unresolved(ngx_asyncapi_postgres_conn_t *conn,
    const char *why)
{
    ngx_asyncapi_postgres_server_t  *server;

    server = conn->server;

    (void) ngx_snprintf((u_char *) server->detail, sizeof(server->detail) - 1,
                        "the address of \"%V\" is not found: %s%Z",
                        &conn->target->name, why);

    ngx_asyncapi_postgres_next(conn);
}


void
ngx_asyncapi_postgres_resolve_cancel(ngx_asyncapi_postgres_conn_t *conn)
{
    ngx_resolve_name_done(conn->resolving);
    conn->resolving = NULL;
}

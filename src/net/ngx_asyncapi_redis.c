
/*
 * Copyright (C) The asyncapi module authors
 *
 * Redis servers and calls to them.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_redis_conn.h"


static ngx_asyncapi_redis_conn_t *ngx_asyncapi_redis_conn(
    ngx_asyncapi_redis_server_t *server);
static ngx_int_t ngx_asyncapi_redis_formatted(ngx_asyncapi_redis_call_t *call);
static u_char *ngx_asyncapi_redis_count(u_char *p, u_char type, size_t n);


ngx_int_t
ngx_asyncapi_redis_url_known(ngx_asyncapi_redis_url_t *url,
    const char **message)
{
#if !(NGX_ASYNCAPI_HIREDIS_SSL)

    if (url->tls) {
        *message = "needs TLS, which the hiredis that the module is built "
                   "with has not: write redis:// over a network of one's own "
                   "or a tunnel, or build the module with hiredis_ssl";
        return NGX_DECLINED;
    }

#endif

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_redis_prepare(ngx_conf_t *cf,
    ngx_asyncapi_redis_server_t *server)
{
    if (ngx_asyncapi_redis_tls_prepare(cf, server) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_asyncapi_redis_resolve_conf(cf, server);
}


void
ngx_asyncapi_redis_start(ngx_asyncapi_redis_call_t *call)
{
    ngx_asyncapi_redis_conn_t  *conn;

    if (ngx_asyncapi_redis_formatted(call) != NGX_OK) {
        return;
    }

    if (call->server->url.type == NGX_ASYNCAPI_REDIS_CLUSTER) {
        ngx_asyncapi_redis_cluster_start(call);
        return;
    }

    conn = ngx_asyncapi_redis_conn(call->server);

    if (conn == NULL) {
        ngx_asyncapi_redis_call_done(call, NGX_ASYNCAPI_REDIS_NO_MEMORY,
                                     "no memory");
        return;
    }

    ngx_asyncapi_redis_conn_call(conn, call);
}


void
ngx_asyncapi_redis_start_on(ngx_asyncapi_redis_conn_t *conn,
    ngx_asyncapi_redis_call_t *call)
{
    if (ngx_asyncapi_redis_formatted(call) == NGX_OK) {
        ngx_asyncapi_redis_conn_call(conn, call);
    }
}


/* NGX_OK; NGX_ERROR: the call has ended */

static ngx_int_t
ngx_asyncapi_redis_formatted(ngx_asyncapi_redis_call_t *call)
{
    ngx_int_t  rc;

    rc = call->command.len ? NGX_OK
                           : ngx_asyncapi_redis_format(call->pool, call->argv,
                                                       call->argc,
                                                       &call->command);

    if (rc == NGX_DECLINED) {
        ngx_asyncapi_redis_call_done(call, NGX_ASYNCAPI_REDIS_LIMIT,
                                     "the command is longer than 16 MB");
        return NGX_ERROR;
    }

    if (rc != NGX_OK) {
        ngx_asyncapi_redis_call_done(call, NGX_ASYNCAPI_REDIS_NO_MEMORY,
                                     "no memory");
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_asyncapi_redis_conn_t *
ngx_asyncapi_redis_conn(ngx_asyncapi_redis_server_t *server)
{
    if (server->conn == NULL) {
        server->conn = ngx_asyncapi_redis_conn_new(server);
    }

    return server->conn;
}


ngx_asyncapi_redis_conn_t *
ngx_asyncapi_redis_conn_new(ngx_asyncapi_redis_server_t *server)
{
    if (server->url.type == NGX_ASYNCAPI_REDIS_SENTINEL) {
        return ngx_asyncapi_redis_sentinel(server);
    }

    return ngx_asyncapi_redis_conn_create(server, server->targets);
}


void
ngx_asyncapi_redis_call_done(ngx_asyncapi_redis_call_t *call,
    ngx_asyncapi_redis_error_e error, const char *detail)
{
    call->error = error;
    call->detail = detail;

    call->handler(call);

    call->reply = NULL;
}


void
ngx_asyncapi_redis_cancel(ngx_asyncapi_redis_call_t *call)
{
    if (call->pending) {
        call->pending->call = NULL;
        call->pending = NULL;
    }

    if (call->nwaiting) {
        ngx_queue_remove(&call->queue);
        (*call->nwaiting)--;
        call->nwaiting = NULL;
    }
}


void
ngx_asyncapi_redis_exit(void)
{
    ngx_asyncapi_redis_watch_exit();
    ngx_asyncapi_redis_cluster_exit();
    ngx_asyncapi_redis_conn_exit();
}


ngx_int_t
ngx_asyncapi_redis_format(ngx_pool_t *pool, ngx_str_t *argv, ngx_uint_t argc,
    ngx_str_t *command)
{
    u_char      *p;
    size_t       size;
    ngx_uint_t   i;

    size = sizeof("*\r\n") + NGX_SIZE_T_LEN;

    for (i = 0; i < argc; i++) {
        size += sizeof("$\r\n\r\n") - 1 + NGX_SIZE_T_LEN + argv[i].len;
    }

    if (size > NGX_ASYNCAPI_REDIS_MAX_OUTPUT) {
        return NGX_DECLINED;
    }

    p = ngx_pnalloc(pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    command->data = p;

    p = ngx_asyncapi_redis_count(p, '*', argc);

    for (i = 0; i < argc; i++) {
        p = ngx_asyncapi_redis_count(p, '$', argv[i].len);
        p = ngx_cpymem(p, argv[i].data, argv[i].len);
        *p++ = CR;
        *p++ = LF;
    }

    command->len = p - command->data;

    /* hiredis looks whether an argument follows */

    *p = '\0';

    return NGX_OK;
}


/* before each argument: ngx_sprintf() would take longer than all else */

static u_char *
ngx_asyncapi_redis_count(u_char *p, u_char type, size_t n)
{
    u_char  *first, digits[NGX_SIZE_T_LEN];

    first = digits + NGX_SIZE_T_LEN;

    do {
        *--first = (u_char) ('0' + n % 10);
        n /= 10;
    } while (n);

    *p++ = type;
    p = ngx_cpymem(p, first, digits + NGX_SIZE_T_LEN - first);
    *p++ = CR;
    *p++ = LF;

    return p;
}


ngx_uint_t
ngx_asyncapi_redis_is_error(redisReply *reply, const char *begin)
{
    return reply->type == REDIS_REPLY_ERROR
           && ngx_strncmp(reply->str, begin, ngx_strlen(begin)) == 0;
}

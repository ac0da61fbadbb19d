
/*
 * Copyright (C) The asyncapi module authors
 *
 * Redis Sentinel: who the master is.
 *
 * The sentinels are asked one after the other, over connections that are as any
 * other: that one first which has answered last, but the next one where what it
 * said was of no use, as it may be cut off from those that know better.  What
 * they say is taken for an attempt to connect, and asked for again before the
 * next.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_redis_conn.h"


#define NGX_ASYNCAPI_REDIS_HOST_LEN  256


typedef struct {
    ngx_asyncapi_redis_conn_t     *conn;      /* to the master */
    ngx_asyncapi_redis_target_t    target;    /* what it connects to */
    u_char                         host[NGX_ASYNCAPI_REDIS_HOST_LEN];

    ngx_asyncapi_redis_conn_t    **sentinels;
    ngx_uint_t                     nsentinels;
    ngx_uint_t                     current;   /* of them */
    ngx_uint_t                     asked;     /* of them, for this attempt */

    ngx_str_t                      command;
    ngx_asyncapi_redis_call_t      call;
    ngx_event_t                    answered;  /* posted: call has ended */
    const char                    *why;       /* there is no master */
    char                           detail[256];
} ngx_asyncapi_redis_sentinel_t;


static ngx_int_t ngx_asyncapi_redis_sentinel_init(
    ngx_asyncapi_redis_sentinel_t *st, ngx_asyncapi_redis_server_t *server,
    ngx_pool_t *pool);
static void ngx_asyncapi_redis_sentinel_cleanup(void *data);
static void ngx_asyncapi_redis_sentinel_locate(
    ngx_asyncapi_redis_conn_t *conn);
static void ngx_asyncapi_redis_sentinel_ask(ngx_asyncapi_redis_sentinel_t *st);
static void ngx_asyncapi_redis_sentinel_handler(
    ngx_asyncapi_redis_call_t *call);
static const char *ngx_asyncapi_redis_sentinel_master(
    ngx_asyncapi_redis_sentinel_t *st, redisReply *reply);
static void ngx_asyncapi_redis_sentinel_answered(ngx_event_t *ev);
static void ngx_asyncapi_redis_sentinel_next(
    ngx_asyncapi_redis_sentinel_t *st);


ngx_asyncapi_redis_conn_t *
ngx_asyncapi_redis_sentinel(ngx_asyncapi_redis_server_t *server)
{
    ngx_pool_t                     *pool;
    ngx_asyncapi_redis_conn_t      *conn;
    ngx_asyncapi_redis_sentinel_t  *st;

    pool = ngx_create_pool(NGX_MIN_POOL_SIZE + 2048, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    st = ngx_pcalloc(pool, sizeof(ngx_asyncapi_redis_sentinel_t));

    if (st == NULL
        || ngx_asyncapi_redis_sentinel_init(st, server, pool) != NGX_OK)
    {
        ngx_destroy_pool(pool);
        return NULL;
    }

    conn = ngx_asyncapi_redis_conn_create(server, &st->target);

    if (conn == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    conn->locate = ngx_asyncapi_redis_sentinel_locate;
    conn->locator = st;
    conn->pool = pool;

    st->conn = conn;

    return conn;
}


static ngx_int_t
ngx_asyncapi_redis_sentinel_init(ngx_asyncapi_redis_sentinel_t *st,
    ngx_asyncapi_redis_server_t *server, ngx_pool_t *pool)
{
    ngx_uint_t           n;
    ngx_str_t            argv[3];
    ngx_pool_cleanup_t  *cln;

    n = server->url.nhosts;

    st->sentinels = ngx_pcalloc(pool, n * sizeof(void *));
    if (st->sentinels == NULL) {
        return NGX_ERROR;
    }

    st->nsentinels = n;

    ngx_str_set(&argv[0], "SENTINEL");
    ngx_str_set(&argv[1], "get-master-addr-by-name");
    argv[2] = server->url.master;

    if (ngx_asyncapi_redis_format(pool, argv, 3, &st->command) != NGX_OK) {
        return NGX_ERROR;
    }

    st->target.host.name = server->url.master;

    st->answered.handler = ngx_asyncapi_redis_sentinel_answered;
    st->answered.data = st;
    st->answered.log = ngx_cycle->log;

    cln = ngx_pool_cleanup_add(pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_asyncapi_redis_sentinel_cleanup;
    cln->data = st;

    return NGX_OK;
}


/* the connection to the master is freed, and those that are for it alone */

static void
ngx_asyncapi_redis_sentinel_cleanup(void *data)
{
    ngx_asyncapi_redis_sentinel_t  *st = data;

    ngx_uint_t  i;

    ngx_asyncapi_redis_cancel(&st->call);

    if (st->answered.posted) {
        ngx_delete_posted_event(&st->answered);
    }

    for (i = 0; i < st->nsentinels; i++) {
        if (st->sentinels[i]) {
            ngx_asyncapi_redis_conn_free(st->sentinels[i]);
        }
    }
}


static void
ngx_asyncapi_redis_sentinel_locate(ngx_asyncapi_redis_conn_t *conn)
{
    ngx_asyncapi_redis_sentinel_t  *st;

    st = conn->locator;

    st->asked = 0;

    if (conn->delay) {
        ngx_asyncapi_redis_sentinel_next(st);
    }

    ngx_asyncapi_redis_sentinel_ask(st);
}


static void
ngx_asyncapi_redis_sentinel_ask(ngx_asyncapi_redis_sentinel_t *st)
{
    ngx_asyncapi_redis_conn_t    **sentinel;
    ngx_asyncapi_redis_server_t   *server;

    st->asked++;
    st->why = "no memory";

    server = st->conn->server;
    sentinel = &st->sentinels[st->current];

    if (*sentinel == NULL) {
        *sentinel = ngx_asyncapi_redis_conn_create(server,
                                               &server->targets[st->current]);

        if (*sentinel == NULL) {
            ngx_post_event(&st->answered, &ngx_posted_events);
            return;
        }

        (*sentinel)->plain = 1;
    }

    ngx_memzero(&st->call, sizeof(ngx_asyncapi_redis_call_t));

    st->call.server = server;
    st->call.command = st->command;
    st->call.handler = ngx_asyncapi_redis_sentinel_handler;
    st->call.data = st;

    ngx_asyncapi_redis_conn_call(*sentinel, &st->call);
}


static void
ngx_asyncapi_redis_sentinel_handler(ngx_asyncapi_redis_call_t *call)
{
    ngx_asyncapi_redis_sentinel_t  *st;

    st = call->data;

    if (call->error == NGX_ASYNCAPI_REDIS_OK) {
        st->why = ngx_asyncapi_redis_sentinel_master(st, call->reply);

    } else {
        ngx_cpystrn((u_char *) st->detail, (u_char *) call->detail,
                    sizeof(st->detail));
        st->why = st->detail;
    }

    ngx_post_event(&st->answered, &ngx_posted_events);
}


/* NULL: the target is set; or why it is not */

static const char *
ngx_asyncapi_redis_sentinel_master(ngx_asyncapi_redis_sentinel_t *st,
    redisReply *reply)
{
    ngx_int_t    port;
    redisReply  *host;

    if (reply->type == REDIS_REPLY_NIL) {
        return "the sentinels do not know this master";
    }

    if (reply->type != REDIS_REPLY_ARRAY
        || reply->elements != 2
        || reply->element[0]->type != REDIS_REPLY_STRING
        || reply->element[1]->type != REDIS_REPLY_STRING)
    {
        return "the sentinel's answer is none";
    }

    host = reply->element[0];
    port = ngx_atoi((u_char *) reply->element[1]->str, reply->element[1]->len);

    if (port < 1 || port > 65535
        || host->len == 0 || host->len >= NGX_ASYNCAPI_REDIS_HOST_LEN)
    {
        return "the sentinel's answer is no address";
    }

    ngx_cpystrn(st->host, (u_char *) host->str, NGX_ASYNCAPI_REDIS_HOST_LEN);

    st->target.host.name.data = st->host;
    st->target.host.name.len = host->len;
    st->target.host.port = (in_port_t) port;

    return NULL;
}


static void
ngx_asyncapi_redis_sentinel_answered(ngx_event_t *ev)
{
    ngx_asyncapi_redis_sentinel_t  *st;

    st = ev->data;

    if (st->why == NULL) {
        ngx_add_timer(&st->conn->timer, st->conn->server->timeout);
        ngx_asyncapi_redis_resolve(st->conn);
        return;
    }

    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "asyncapi redis \"%V\": sentinel %V: %s",
                  &st->conn->server->name,
                  &st->conn->server->targets[st->current].host.name, st->why);

    ngx_asyncapi_redis_sentinel_next(st);

    if (st->asked < st->nsentinels) {
        ngx_asyncapi_redis_sentinel_ask(st);
        return;
    }

    ngx_asyncapi_redis_resolve_failed(st->conn, st->why);
}


static void
ngx_asyncapi_redis_sentinel_next(ngx_asyncapi_redis_sentinel_t *st)
{
    st->current = (st->current + 1) % st->nsentinels;
}

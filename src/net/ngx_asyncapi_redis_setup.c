
/*
 * Copyright (C) The asyncapi module authors
 *
 * What is sent on a new connection to Redis, and has to succeed, before the
 * first command of a request is: the protocol, the user, the database.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_redis_conn.h"


#define NGX_ASYNCAPI_REDIS_SETUP_ARGS  5


static ngx_int_t ngx_asyncapi_redis_setup_send(ngx_asyncapi_redis_conn_t *conn,
    ngx_str_t *argv, ngx_uint_t argc);
static void ngx_asyncapi_redis_setup_reply(redisAsyncContext *ac, void *data,
    void *privdata);
static ngx_uint_t ngx_asyncapi_redis_setup_master(redisReply *reply);
static void ngx_asyncapi_redis_setup_refused(ngx_asyncapi_redis_conn_t *conn,
    redisReply *reply);


static ngx_str_t  ngx_asyncapi_redis_default_user = ngx_string("default");


ngx_int_t
ngx_asyncapi_redis_setup(ngx_asyncapi_redis_conn_t *conn)
{
    u_char                     db[NGX_INT_T_LEN];
    ngx_str_t                  argv[NGX_ASYNCAPI_REDIS_SETUP_ARGS], *user;
    ngx_uint_t                 n;
    ngx_asyncapi_redis_url_t  *url;

    url = &conn->server->url;
    user = url->user.len ? &url->user : &ngx_asyncapi_redis_default_user;

    conn->nsetup = 0;

    if (conn->plain) {
        return NGX_OK;
    }

    n = 0;

    if (conn->server->protocol == 3) {
        ngx_str_set(&argv[n], "HELLO");
        n++;
        ngx_str_set(&argv[n], "3");
        n++;
    }

    if (url->password.len) {
        ngx_str_set(&argv[n], "AUTH");
        n++;

        /* a Redis before 6 knows of no users */

        if (url->user.len || n > 1) {
            argv[n++] = *user;
        }

        argv[n++] = url->password;
    }

    if (n && ngx_asyncapi_redis_setup_send(conn, argv, n) != NGX_OK) {
        return NGX_ERROR;
    }

    if (url->db) {
        ngx_str_set(&argv[0], "SELECT");
        argv[1].data = db;
        argv[1].len = ngx_sprintf(db, "%ui", url->db) - db;

        if (ngx_asyncapi_redis_setup_send(conn, argv, 2) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    /* sentinels may name one that is the master no more */

    if (conn->locate) {
        ngx_str_set(&argv[0], "ROLE");

        return ngx_asyncapi_redis_setup_send(conn, argv, 1);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_redis_setup_send(ngx_asyncapi_redis_conn_t *conn,
    ngx_str_t *argv, ngx_uint_t argc)
{
    ngx_int_t                      rc;
    ngx_str_t                      command;
    ngx_pool_t                    *pool;
    ngx_asyncapi_redis_pending_t  *pending;

    pending = ngx_calloc(sizeof(ngx_asyncapi_redis_pending_t), ngx_cycle->log);
    if (pending == NULL) {
        return NGX_ERROR;
    }

    pending->conn = conn;

    pool = ngx_create_pool(1024, ngx_cycle->log);

    if (pool == NULL) {
        ngx_free(pending);
        return NGX_ERROR;
    }

    rc = ngx_asyncapi_redis_format(pool, argv, argc, &command);

    if (rc == NGX_OK) {
        rc = ngx_asyncapi_redis_write(conn, &command,
                                      ngx_asyncapi_redis_setup_reply, pending);
    }

    ngx_destroy_pool(pool);

    if (rc != NGX_OK) {
        ngx_free(pending);
        return NGX_ERROR;
    }

    conn->nsetup++;

    return NGX_OK;
}


static void
ngx_asyncapi_redis_setup_reply(redisAsyncContext *ac, void *data,
    void *privdata)
{
    redisReply                    *reply = data;
    ngx_asyncapi_redis_pending_t  *pending = privdata;

    ngx_asyncapi_redis_conn_t  *conn;

    conn = pending->conn;

    ngx_free(pending);

    /* without a reply it is the end of the connection that tells more */

    if (reply == NULL || conn->dropping) {
        return;
    }

    conn->reply = 0;

    if (reply->type == REDIS_REPLY_ERROR) {
        ngx_asyncapi_redis_setup_refused(conn, reply);
        return;
    }

    if (--conn->nsetup) {
        return;
    }

    if (conn->locate && !ngx_asyncapi_redis_setup_master(reply)) {
        ngx_asyncapi_redis_conn_drop(conn, NGX_ASYNCAPI_REDIS_CONNECT,
                                     "it is not the master");
        return;
    }

    ngx_asyncapi_redis_conn_up(conn);
}


/* the reply of ROLE, which is the last one */

static ngx_uint_t
ngx_asyncapi_redis_setup_master(redisReply *reply)
{
    return reply->type == REDIS_REPLY_ARRAY
           && reply->elements
           && reply->element[0]->type == REDIS_REPLY_STRING
           && ngx_strcmp(reply->element[0]->str, "master") == 0;
}


/* a server that does not know a command repeats it, with the password */

static void
ngx_asyncapi_redis_setup_refused(ngx_asyncapi_redis_conn_t *conn,
    redisReply *reply)
{
    u_char      detail[sizeof(conn->detail)], *last;
    size_t      len;
    u_char     *args;
    ngx_str_t  *password;

    password = &conn->server->url.password;

    len = reply->len;

    args = ngx_strnstr((u_char *) reply->str, ", with args", len);

    if (args) {
        len = args - (u_char *) reply->str;
    }

    if (password->len) {
        args = ngx_strnstr((u_char *) reply->str, (char *) password->data,
                           len);
        if (args) {
            len = args - (u_char *) reply->str;
        }
    }

    last = ngx_slprintf(detail, detail + sizeof(detail) - 1,
                        "the server refuses what its URL says: %*s", len,
                        reply->str);
    *last = '\0';

    ngx_asyncapi_redis_conn_drop(conn, NGX_ASYNCAPI_REDIS_CONNECT,
                                 (char *) detail);
}

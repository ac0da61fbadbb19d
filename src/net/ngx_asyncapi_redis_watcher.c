
/*
 * Copyright (C) The asyncapi module authors
 *
 * The two connections of a watcher: how they are made, and made anew.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_redis_watcher.h"


/* milliseconds before the attempt that follows a failed one */

#define NGX_ASYNCAPI_REDIS_MIN_PAUSE   50
#define NGX_ASYNCAPI_REDIS_MAX_PAUSE   2000

/* what lasts less long has failed */

#define NGX_ASYNCAPI_REDIS_LASTED      1000

#define NGX_ASYNCAPI_REDIS_CHANNEL     "__redis__:invalidate"


static void ngx_asyncapi_redis_watcher_state(ngx_asyncapi_redis_watcher_t *w,
    ngx_asyncapi_redis_watcher_state_e state);
static ngx_asyncapi_redis_conn_t *ngx_asyncapi_redis_watcher_conn(
    ngx_asyncapi_redis_watcher_t *w);
static ngx_int_t ngx_asyncapi_redis_watcher_call(
    ngx_asyncapi_redis_watcher_t *w, ngx_asyncapi_redis_conn_t *conn,
    ngx_str_t *argv, ngx_uint_t argc);
static void ngx_asyncapi_redis_watcher_answered(
    ngx_asyncapi_redis_call_t *call);
static void ngx_asyncapi_redis_watcher_ended(ngx_asyncapi_redis_conn_t *conn);
static void ngx_asyncapi_redis_watcher_step(ngx_event_t *ev);
static ngx_int_t ngx_asyncapi_redis_watcher_track(
    ngx_asyncapi_redis_watcher_t *w);
static ngx_int_t ngx_asyncapi_redis_watcher_listen(
    ngx_asyncapi_redis_watcher_t *w);
static void ngx_asyncapi_redis_watcher_end(ngx_asyncapi_redis_conn_t **conn);
static void ngx_asyncapi_redis_watcher_closed(ngx_asyncapi_redis_watcher_t *w);
static void ngx_asyncapi_redis_watcher_retry(ngx_event_t *ev);


static const char  *ngx_asyncapi_redis_watcher_state_names[] = {
#define X(id, name)  name,
    NGX_ASYNCAPI_REDIS_WATCHER_STATES(X)
#undef X
};


/* the only function that changes the state of a watcher */

static void
ngx_asyncapi_redis_watcher_state(ngx_asyncapi_redis_watcher_t *w,
    ngx_asyncapi_redis_watcher_state_e state)
{
    ngx_log_debug3(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                   "asyncapi redis \"%V\" watcher %s -> %s", &w->server->name,
                   ngx_asyncapi_redis_watcher_state_names[w->state],
                   ngx_asyncapi_redis_watcher_state_names[state]);

    w->state = state;
}


void
ngx_asyncapi_redis_watcher_init(ngx_asyncapi_redis_watcher_t *w)
{
    w->step.handler = ngx_asyncapi_redis_watcher_step;
    w->step.data = w;
    w->step.log = ngx_cycle->log;

    /* it is the deadlines of requests that hold a worker back, not this one */

    w->retry.handler = ngx_asyncapi_redis_watcher_retry;
    w->retry.data = w;
    w->retry.log = ngx_cycle->log;
    w->retry.cancelable = 1;
}


void
ngx_asyncapi_redis_watcher_open(ngx_asyncapi_redis_watcher_t *w)
{
    ngx_str_t  argv[2];

    ngx_asyncapi_redis_watcher_state(w, NGX_ASYNCAPI_REDIS_WATCHER_ID);

    w->error = NGX_ASYNCAPI_REDIS_OK;
    w->told = ngx_asyncapi_redis_watcher_conn(w);
    w->look = ngx_asyncapi_redis_watcher_conn(w);

    ngx_str_set(&argv[0], "CLIENT");
    ngx_str_set(&argv[1], "ID");

    if (w->told == NULL || w->look == NULL
        || ngx_asyncapi_redis_watcher_call(w, w->told, argv, 2) != NGX_OK)
    {
        ngx_asyncapi_redis_watcher_lost(w, NGX_ASYNCAPI_REDIS_NO_MEMORY,
                                        "no memory", sizeof("no memory") - 1);
    }
}


static ngx_asyncapi_redis_conn_t *
ngx_asyncapi_redis_watcher_conn(ngx_asyncapi_redis_watcher_t *w)
{
    ngx_asyncapi_redis_conn_t  *conn;

    conn = ngx_asyncapi_redis_conn_new(w->server);

    if (conn) {
        conn->watcher = w;
        conn->lost = ngx_asyncapi_redis_watcher_ended;
    }

    return conn;
}


/* its end posts the next step */

static ngx_int_t
ngx_asyncapi_redis_watcher_call(ngx_asyncapi_redis_watcher_t *w,
    ngx_asyncapi_redis_conn_t *conn, ngx_str_t *argv, ngx_uint_t argc)
{
    if (w->pool == NULL) {
        w->pool = ngx_create_pool(1024, ngx_cycle->log);
        if (w->pool == NULL) {
            return NGX_ERROR;
        }
    }

    ngx_memzero(&w->call, sizeof(ngx_asyncapi_redis_call_t));

    w->call.server = w->server;
    w->call.pool = w->pool;
    w->call.argv = argv;
    w->call.argc = argc;
    w->call.handler = ngx_asyncapi_redis_watcher_answered;
    w->call.data = w;

    ngx_asyncapi_redis_start_on(conn, &w->call);

    return NGX_OK;
}


static void
ngx_asyncapi_redis_watcher_answered(ngx_asyncapi_redis_call_t *call)
{
    redisReply                    *reply;
    ngx_asyncapi_redis_watcher_t  *w;

    w = call->data;
    reply = call->reply;

    if (call->error != NGX_ASYNCAPI_REDIS_OK) {
        ngx_asyncapi_redis_watcher_lost(w, call->error, call->detail,
                                        ngx_strlen(call->detail));
        return;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        ngx_asyncapi_redis_watcher_lost(w, NGX_ASYNCAPI_REDIS_REFUSED,
                                        reply->str, reply->len);
        return;
    }

    /* the next step says it to the other connection */

    if (reply->type == REDIS_REPLY_INTEGER) {
        *ngx_sprintf((u_char *) w->detail, "%L", (int64_t) reply->integer)
            = '\0';
    }

    ngx_post_event(&w->step, &ngx_posted_events);
}


/* a connection of it has ended; maybe inside of hiredis */

static void
ngx_asyncapi_redis_watcher_ended(ngx_asyncapi_redis_conn_t *conn)
{
    const char  *detail;

    detail = conn->detail[0] ? conn->detail : "the connection was closed";

    ngx_asyncapi_redis_watcher_lost(conn->watcher,
                                    NGX_ASYNCAPI_REDIS_CONNECT, detail,
                                    ngx_strlen(detail));
}


void
ngx_asyncapi_redis_watcher_lost(ngx_asyncapi_redis_watcher_t *w,
    ngx_asyncapi_redis_error_e error, const char *detail, size_t len)
{
    if (w->state == NGX_ASYNCAPI_REDIS_WATCHER_LOST) {
        return;
    }

    /* what was there for a while is made anew at once */

    w->error = (w->state == NGX_ASYNCAPI_REDIS_WATCHER_UP
                && ngx_current_msec - w->since >= NGX_ASYNCAPI_REDIS_LASTED)
               ? NGX_ASYNCAPI_REDIS_OK : error;

    len = ngx_min(len, sizeof(w->detail) - 1);
    ngx_memcpy(w->detail, detail, len);
    w->detail[len] = '\0';

    ngx_asyncapi_redis_watcher_state(w, NGX_ASYNCAPI_REDIS_WATCHER_LOST);

    ngx_post_event(&w->step, &ngx_posted_events);
}


static void
ngx_asyncapi_redis_watcher_step(ngx_event_t *ev)
{
    ngx_int_t                      rc;
    ngx_asyncapi_redis_watcher_t  *w;

    w = ev->data;
    rc = NGX_OK;

    if (w->nwatches == 0 && ngx_exiting) {
        ngx_asyncapi_redis_watcher_close(w);
        return;
    }

    switch (w->state) {

    case NGX_ASYNCAPI_REDIS_WATCHER_ID:
        rc = ngx_asyncapi_redis_watcher_track(w);
        break;

    case NGX_ASYNCAPI_REDIS_WATCHER_TRACK:
        rc = ngx_asyncapi_redis_watcher_listen(w);
        break;

    case NGX_ASYNCAPI_REDIS_WATCHER_LOST:
        ngx_asyncapi_redis_watcher_close(w);
        ngx_asyncapi_redis_watcher_closed(w);
        break;

    default:
        break;
    }

    if (rc != NGX_OK) {
        ngx_asyncapi_redis_watcher_lost(w, NGX_ASYNCAPI_REDIS_NO_MEMORY,
                                        "no memory", sizeof("no memory") - 1);
    }
}


static ngx_int_t
ngx_asyncapi_redis_watcher_track(ngx_asyncapi_redis_watcher_t *w)
{
    ngx_str_t  argv[5];

    ngx_asyncapi_redis_watcher_state(w, NGX_ASYNCAPI_REDIS_WATCHER_TRACK);

    ngx_str_set(&argv[0], "CLIENT");
    ngx_str_set(&argv[1], "TRACKING");
    ngx_str_set(&argv[2], "ON");
    ngx_str_set(&argv[3], "REDIRECT");
    argv[4].data = (u_char *) w->detail;
    argv[4].len = ngx_strlen(w->detail);

    return ngx_asyncapi_redis_watcher_call(w, w->look, argv, 5);
}


static ngx_int_t
ngx_asyncapi_redis_watcher_listen(ngx_asyncapi_redis_watcher_t *w)
{
    ngx_str_t  argv[2], command;

    ngx_asyncapi_redis_watcher_state(w, NGX_ASYNCAPI_REDIS_WATCHER_LISTEN);

    ngx_str_set(&argv[0], "SUBSCRIBE");
    ngx_str_set(&argv[1], NGX_ASYNCAPI_REDIS_CHANNEL);

    if (ngx_asyncapi_redis_format(w->pool, argv, 2, &command) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_asyncapi_redis_listen(w->told, &command);
}


void
ngx_asyncapi_redis_watcher_up(ngx_asyncapi_redis_watcher_t *w)
{
    ngx_asyncapi_redis_watcher_state(w, NGX_ASYNCAPI_REDIS_WATCHER_UP);

    w->since = ngx_current_msec;
    w->pause = 0;

    ngx_asyncapi_redis_watcher_all(w);
}


void
ngx_asyncapi_redis_watcher_close(ngx_asyncapi_redis_watcher_t *w)
{
    ngx_asyncapi_redis_cancel(&w->call);

    ngx_asyncapi_redis_watcher_end(&w->told);
    ngx_asyncapi_redis_watcher_end(&w->look);

    if (w->pool) {
        ngx_destroy_pool(w->pool);
        w->pool = NULL;
    }

    if (w->retry.timer_set) {
        ngx_del_timer(&w->retry);
    }

    ngx_asyncapi_redis_watcher_state(w, NGX_ASYNCAPI_REDIS_WATCHER_IDLE);
}


/* calls that look fail: who is still to know looks again */

static void
ngx_asyncapi_redis_watcher_end(ngx_asyncapi_redis_conn_t **conn)
{
    if (*conn == NULL) {
        return;
    }

    (*conn)->lost = NULL;

    if ((*conn)->context) {
        ngx_asyncapi_redis_close(*conn);
    }

    ngx_asyncapi_redis_conn_free(*conn);

    *conn = NULL;
}


/* what follows for those who watch */

static void
ngx_asyncapi_redis_watcher_closed(ngx_asyncapi_redis_watcher_t *w)
{
    if (w->nwatches == 0) {
        return;
    }

    if (w->error == NGX_ASYNCAPI_REDIS_OK) {
        ngx_asyncapi_redis_watcher_open(w);
        return;
    }

    ngx_asyncapi_redis_watcher_state(w, NGX_ASYNCAPI_REDIS_WATCHER_DOWN);

    ngx_asyncapi_redis_watcher_all(w);

    w->pause = w->pause ? w->pause * 2 : NGX_ASYNCAPI_REDIS_MIN_PAUSE;
    w->pause = ngx_min(w->pause, NGX_ASYNCAPI_REDIS_MAX_PAUSE);

    ngx_add_timer(&w->retry, w->pause * 3 / 4
                             + (ngx_msec_t) ngx_random() % (w->pause / 2));
}


static void
ngx_asyncapi_redis_watcher_retry(ngx_event_t *ev)
{
    ngx_asyncapi_redis_watcher_t  *w;

    w = ev->data;

    if (w->nwatches) {
        ngx_asyncapi_redis_watcher_open(w);
        return;
    }

    ngx_asyncapi_redis_watcher_state(w, NGX_ASYNCAPI_REDIS_WATCHER_IDLE);
}

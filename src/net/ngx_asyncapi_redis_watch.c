
/*
 * Copyright (C) The asyncapi module authors
 *
 * Watches: who is to be told of what.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_hash.h"
#include "ngx_asyncapi_redis_watcher.h"


static ngx_asyncapi_redis_watcher_t *ngx_asyncapi_redis_watcher(
    ngx_asyncapi_redis_server_t *server);
static void ngx_asyncapi_redis_watcher_mark(ngx_asyncapi_redis_watcher_t *w,
    ngx_asyncapi_redis_watch_t *watch);
static void ngx_asyncapi_redis_watcher_tell(ngx_event_t *ev);
static void ngx_asyncapi_redis_watcher_changed(ngx_asyncapi_redis_watcher_t *w,
    redisReply *key);
static ngx_queue_t *ngx_asyncapi_redis_watcher_bucket(
    ngx_asyncapi_redis_watcher_t *w, u_char *key, size_t len);
static ngx_uint_t ngx_asyncapi_redis_watcher_is(redisReply *reply,
    const char *text);


/* all of this worker */

static ngx_queue_t  ngx_asyncapi_redis_watchers;


static ngx_asyncapi_redis_watcher_t *
ngx_asyncapi_redis_watcher(ngx_asyncapi_redis_server_t *server)
{
    ngx_uint_t                     i;
    ngx_asyncapi_redis_watcher_t  *w;

    if (server->watcher) {
        return server->watcher;
    }

    w = ngx_calloc(sizeof(ngx_asyncapi_redis_watcher_t), ngx_cycle->log);
    if (w == NULL) {
        return NULL;
    }

    if (ngx_asyncapi_redis_watchers.next == NULL) {
        ngx_queue_init(&ngx_asyncapi_redis_watchers);
    }

    ngx_queue_insert_tail(&ngx_asyncapi_redis_watchers, &w->queue);
    ngx_queue_init(&w->dirty);

    for (i = 0; i < NGX_ASYNCAPI_REDIS_BUCKETS; i++) {
        ngx_queue_init(&w->buckets[i]);
    }

    w->server = server;
    server->watcher = w;

    ngx_asyncapi_redis_watcher_init(w);

    w->tell.handler = ngx_asyncapi_redis_watcher_tell;
    w->tell.data = w;
    w->tell.log = ngx_cycle->log;

    return w;
}


ngx_int_t
ngx_asyncapi_redis_watch_start(ngx_asyncapi_redis_watch_t *watch)
{
    ngx_asyncapi_redis_watcher_t  *w;

    w = ngx_asyncapi_redis_watcher(watch->server);
    if (w == NULL) {
        return NGX_ERROR;
    }

    watch->watcher = w;
    w->nwatches++;

    ngx_queue_insert_tail(ngx_asyncapi_redis_watcher_bucket(w,
                                         watch->key.data, watch->key.len),
                          &watch->queue);

    switch (w->state) {

    case NGX_ASYNCAPI_REDIS_WATCHER_UP:
        ngx_asyncapi_redis_watcher_mark(w, watch);
        break;

    case NGX_ASYNCAPI_REDIS_WATCHER_DOWN:

        /* a server that is known to be down is not waited for */

        watch->error = w->error;
        ngx_asyncapi_redis_watcher_mark(w, watch);
        break;

    case NGX_ASYNCAPI_REDIS_WATCHER_IDLE:
        ngx_asyncapi_redis_watcher_open(w);
        break;

    default: /* all are told as soon as it is up, or down */
        break;
    }

    return NGX_OK;
}


void
ngx_asyncapi_redis_watch_stop(ngx_asyncapi_redis_watch_t *watch)
{
    ngx_asyncapi_redis_watcher_t  *w;

    w = watch->watcher;

    if (w == NULL) {
        return;
    }

    watch->watcher = NULL;
    ngx_queue_remove(&watch->queue);

    if (watch->marked) {
        watch->marked = 0;
        ngx_queue_remove(&watch->dirty);
    }

    /* a worker that quits keeps no connection for nobody */

    if (--w->nwatches == 0 && ngx_exiting) {
        ngx_post_event(&w->step, &ngx_posted_events);
    }
}


ngx_int_t
ngx_asyncapi_redis_watch_look(ngx_asyncapi_redis_watch_t *watch,
    ngx_asyncapi_redis_call_t *call)
{
    ngx_asyncapi_redis_watcher_t  *w;

    w = watch->watcher;

    if (w->state != NGX_ASYNCAPI_REDIS_WATCHER_UP) {
        return NGX_DECLINED;
    }

    ngx_asyncapi_redis_start_on(w->look, call);

    return NGX_OK;
}


void
ngx_asyncapi_redis_watch_again(ngx_asyncapi_redis_watch_t *watch)
{
    if (watch->watcher) {
        ngx_asyncapi_redis_watcher_mark(watch->watcher, watch);
    }
}


void
ngx_asyncapi_redis_watcher_all(ngx_asyncapi_redis_watcher_t *w)
{
    ngx_uint_t                   i;
    ngx_queue_t                 *q;
    ngx_asyncapi_redis_watch_t  *watch;

    for (i = 0; i < NGX_ASYNCAPI_REDIS_BUCKETS; i++) {

        for (q = ngx_queue_head(&w->buckets[i]);
             q != ngx_queue_sentinel(&w->buckets[i]);
             q = ngx_queue_next(q))
        {
            watch = ngx_queue_data(q, ngx_asyncapi_redis_watch_t, queue);

            if (w->error && watch->told
                && w->error != NGX_ASYNCAPI_REDIS_REFUSED)
            {
                continue;
            }

            watch->error = w->error;

            ngx_asyncapi_redis_watcher_mark(w, watch);
        }
    }
}


static void
ngx_asyncapi_redis_watcher_mark(ngx_asyncapi_redis_watcher_t *w,
    ngx_asyncapi_redis_watch_t *watch)
{
    if (!watch->marked) {
        watch->marked = 1;
        ngx_queue_insert_tail(&w->dirty, &watch->dirty);
    }

    if (!w->tell.posted) {
        ngx_post_event(&w->tell, &ngx_posted_events);
    }
}


static void
ngx_asyncapi_redis_watcher_tell(ngx_event_t *ev)
{
    ngx_queue_t                   *q;
    ngx_asyncapi_redis_watch_t    *watch;
    ngx_asyncapi_redis_watcher_t  *w;

    w = ev->data;

    while (!ngx_queue_empty(&w->dirty)) {
        q = ngx_queue_head(&w->dirty);
        watch = ngx_queue_data(q, ngx_asyncapi_redis_watch_t, dirty);

        ngx_queue_remove(q);
        watch->marked = 0;

        if (watch->error) {
            watch->detail = w->detail;
            ngx_asyncapi_redis_watch_stop(watch);

        } else {
            watch->told = 1;
        }

        watch->handler(watch);
    }
}


/* what the subscription brings; not inside of hiredis' own events */

void
ngx_asyncapi_redis_watch_message(ngx_asyncapi_redis_conn_t *conn,
    redisReply *reply)
{
    size_t                         i;
    redisReply                    *keys;
    ngx_asyncapi_redis_watcher_t  *w;

    w = conn->watcher;

    if (reply->type == REDIS_REPLY_ERROR) {
        ngx_asyncapi_redis_watcher_lost(w, NGX_ASYNCAPI_REDIS_REFUSED,
                                        reply->str, reply->len);
        return;
    }

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3) {
        ngx_asyncapi_redis_conn_drop(conn, NGX_ASYNCAPI_REDIS_INVALID,
                                     "it is no message of a channel");
        return;
    }

    if (w->state == NGX_ASYNCAPI_REDIS_WATCHER_LISTEN
        && ngx_asyncapi_redis_watcher_is(reply->element[0], "subscribe"))
    {
        ngx_asyncapi_redis_watcher_up(w);
        return;
    }

    if (w->state != NGX_ASYNCAPI_REDIS_WATCHER_UP
        || !ngx_asyncapi_redis_watcher_is(reply->element[0], "message"))
    {
        return;
    }

    keys = reply->element[2];

    /* without keys it is a database that was emptied */

    if (keys->type != REDIS_REPLY_ARRAY) {
        ngx_asyncapi_redis_watcher_all(w);
        return;
    }

    for (i = 0; i < keys->elements; i++) {
        ngx_asyncapi_redis_watcher_changed(w, keys->element[i]);
    }
}


static void
ngx_asyncapi_redis_watcher_changed(ngx_asyncapi_redis_watcher_t *w,
    redisReply *key)
{
    ngx_queue_t                 *q, *bucket;
    ngx_asyncapi_redis_watch_t  *watch;

    if (key->type != REDIS_REPLY_STRING) {
        return;
    }

    bucket = ngx_asyncapi_redis_watcher_bucket(w, (u_char *) key->str,
                                               key->len);

    for (q = ngx_queue_head(bucket);
         q != ngx_queue_sentinel(bucket);
         q = ngx_queue_next(q))
    {
        watch = ngx_queue_data(q, ngx_asyncapi_redis_watch_t, queue);

        if (watch->key.len == (size_t) key->len
            && ngx_memcmp(watch->key.data, key->str, key->len) == 0)
        {
            ngx_asyncapi_redis_watcher_mark(w, watch);
        }
    }
}


static ngx_queue_t *
ngx_asyncapi_redis_watcher_bucket(ngx_asyncapi_redis_watcher_t *w, u_char *key,
    size_t len)
{
    return &w->buckets[ngx_asyncapi_hash(key, len)
                       % NGX_ASYNCAPI_REDIS_BUCKETS];
}


static ngx_uint_t
ngx_asyncapi_redis_watcher_is(redisReply *reply, const char *text)
{
    return reply->type == REDIS_REPLY_STRING
           && ngx_strcmp(reply->str, text) == 0;
}


ngx_uint_t
ngx_asyncapi_redis_watched(ngx_asyncapi_redis_watcher_t *w)
{
    return w->nwatches != 0;
}


/* connections end with all others */

void
ngx_asyncapi_redis_watch_exit(void)
{
    ngx_queue_t                   *q;
    ngx_asyncapi_redis_watcher_t  *w;

    if (ngx_asyncapi_redis_watchers.next == NULL) {
        return;
    }

    while (!ngx_queue_empty(&ngx_asyncapi_redis_watchers)) {
        q = ngx_queue_head(&ngx_asyncapi_redis_watchers);
        w = ngx_queue_data(q, ngx_asyncapi_redis_watcher_t, queue);

        ngx_queue_remove(q);

        /* no handler is called any more */

        w->nwatches = 0;

        if (w->look) {
            w->look->closing = 1;
        }

        ngx_asyncapi_redis_watcher_close(w);

        if (w->step.posted) {
            ngx_delete_posted_event(&w->step);
        }

        if (w->tell.posted) {
            ngx_delete_posted_event(&w->tell);
        }

        w->server->watcher = NULL;
        ngx_free(w);
    }
}

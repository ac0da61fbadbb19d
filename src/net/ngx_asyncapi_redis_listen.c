
/*
 * Copyright (C) The asyncapi module authors
 *
 * A connection that only messages of a channel come on.  hiredis would keep a
 * callback for each channel, and abort on what it does not expect: of it only
 * the reader is used.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_redis_conn.h"


ngx_int_t
ngx_asyncapi_redis_listen(ngx_asyncapi_redis_conn_t *conn, ngx_str_t *command)
{
    if (conn->context == NULL
        || redisAppendFormattedCommand(&conn->context->c,
                                       (char *) command->data, command->len)
           != REDIS_OK)
    {
        return NGX_ERROR;
    }

    conn->listening = 1;
    conn->npending++;
    conn->heard = ngx_current_msec;

    if (!conn->timer.timer_set) {
        ngx_add_timer(&conn->timer, conn->server->timeout);
    }

    ngx_asyncapi_redis_add_write(conn);

    return NGX_OK;
}


void
ngx_asyncapi_redis_messages(ngx_asyncapi_redis_conn_t *conn)
{
    void          *reply;
    redisContext  *c;

    c = &conn->context->c;
    conn->inside = 1;

    if (redisBufferRead(c) != REDIS_OK) {
        ngx_asyncapi_redis_conn_drop(conn, NGX_ASYNCAPI_REDIS_CONNECT,
                                     c->errstr);
    }

    while (!conn->dropping) {

        if (redisReaderGetReply(c->reader, &reply) != REDIS_OK) {
            ngx_asyncapi_redis_conn_drop(conn, NGX_ASYNCAPI_REDIS_INVALID,
                                         c->reader->errstr);
            break;
        }

        if (reply == NULL) {
            break;
        }

        /* the first one says that it is subscribed */

        conn->npending = 0;
        conn->reply = 0;

        ngx_asyncapi_redis_watch_message(conn, reply);
    }

    if (c->reader->len - c->reader->pos > NGX_ASYNCAPI_REDIS_MAX_REPLY) {
        ngx_asyncapi_redis_conn_drop(conn, NGX_ASYNCAPI_REDIS_TOO_LARGE,
                                     "a message beyond all bounds");
    }

    conn->inside = 0;

    ngx_asyncapi_redis_replied(conn);
    ngx_asyncapi_redis_conn_settle(conn);
}

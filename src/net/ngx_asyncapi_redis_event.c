
/*
 * Copyright (C) The asyncapi module authors
 *
 * hiredis on nginx's events.
 *
 * Events are level-triggered: hiredis reads once per event.  What commands
 * append is written by a posted event, once for all of a turn of the loop; a
 * write event is asked for only while the socket takes no more.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_redis_conn.h"


static ngx_int_t ngx_asyncapi_redis_attach(ngx_asyncapi_redis_conn_t *conn,
    redisAsyncContext *ac);
static void ngx_asyncapi_redis_connect_handler(const redisAsyncContext *ac,
    int status);
static void ngx_asyncapi_redis_add_read(void *data);
static void ngx_asyncapi_redis_del_read(void *data);
static void ngx_asyncapi_redis_del_write(void *data);
static void ngx_asyncapi_redis_cleanup(void *data);
static void ngx_asyncapi_redis_read_handler(ngx_event_t *rev);
static void ngx_asyncapi_redis_write_handler(ngx_event_t *wev);


ngx_int_t
ngx_asyncapi_redis_open(ngx_asyncapi_redis_conn_t *conn,
    ngx_asyncapi_redis_addr_t *addr)
{
    redisAsyncContext  *ac;

    /* the text is an address: there is nothing to be resolved */

    if (addr->port) {
        ac = redisAsyncConnect(addr->text, addr->port);

    } else {
        ac = redisAsyncConnectUnix((char *) conn->target->host.name.data);
    }

    if (ac == NULL) {
        ngx_cpystrn((u_char *) conn->detail, (u_char *) "no memory",
                    sizeof(conn->detail));
        return NGX_ERROR;
    }

    if (ac->err == 0 && addr->port) {
        (void) redisEnableKeepAlive(&ac->c);
    }

    if (ac->c.err || ngx_asyncapi_redis_tls(conn, &ac->c) != NGX_OK) {
        ngx_cpystrn((u_char *) conn->detail,
                    (u_char *) (ac->c.err ? ac->c.errstr : "no memory"),
                    sizeof(conn->detail));
        redisAsyncFree(ac);
        return NGX_ERROR;
    }

    return ngx_asyncapi_redis_attach(conn, ac);
}


static ngx_int_t
ngx_asyncapi_redis_attach(ngx_asyncapi_redis_conn_t *conn,
    redisAsyncContext *ac)
{
    ngx_connection_t  *c;

    c = ngx_get_connection(ac->c.fd, ngx_cycle->log);

    if (c == NULL) {
        ngx_cpystrn((u_char *) conn->detail,
                    (u_char *) "no free worker_connections",
                    sizeof(conn->detail));
        redisAsyncFree(ac);
        return NGX_ERROR;
    }

    c->data = conn;
    c->log_error = NGX_ERROR_INFO;
    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);
    c->start_time = ngx_current_msec;

    /* a worker that quits tells by it that the connection is to be closed */

    c->idle = 1;

    c->read->log = c->log;
    c->write->log = c->log;
    c->read->handler = ngx_asyncapi_redis_read_handler;
    c->write->handler = ngx_asyncapi_redis_write_handler;

    conn->connection = c;
    conn->context = ac;
    conn->reply = 0;
    conn->replied = 0;
    conn->dropping = 0;
    conn->error = NGX_ASYNCAPI_REDIS_OK;
    conn->detail[0] = '\0';

    ngx_asyncapi_redis_reader(conn, ac->c.reader);

    ac->ev.data = conn;
    ac->ev.addRead = ngx_asyncapi_redis_add_read;
    ac->ev.delRead = ngx_asyncapi_redis_del_read;
    ac->ev.addWrite = ngx_asyncapi_redis_add_write;
    ac->ev.delWrite = ngx_asyncapi_redis_del_write;
    ac->ev.cleanup = ngx_asyncapi_redis_cleanup;
    ac->data = conn;

    /* asks for the write event, which tells the end of the connect */

    (void) redisAsyncSetConnectCallback(ac,
                                        ngx_asyncapi_redis_connect_handler);

    return NGX_OK;
}


void
ngx_asyncapi_redis_close(ngx_asyncapi_redis_conn_t *conn)
{
    redisAsyncFree(conn->context);
}


ngx_int_t
ngx_asyncapi_redis_write(ngx_asyncapi_redis_conn_t *conn, ngx_str_t *command,
    redisCallbackFn *fn, void *data)
{
    redisAsyncContext  *ac;

    ac = conn->context;

    if (redisAsyncFormattedCommand(ac, fn, data, (char *) command->data,
                                   command->len)
        != REDIS_OK)
    {
        return NGX_ERROR;
    }

    /*
     * hiredis 0.14 does not tell where there was no memory: without the
     * callback each reply from now on would be taken for another's
     */

    if (ac->replies.tail == NULL || ac->replies.tail->privdata != data) {
        ngx_asyncapi_redis_conn_drop(conn, NGX_ASYNCAPI_REDIS_CONNECT,
                                     "no memory");
        return NGX_ERROR;
    }

    return NGX_OK;
}


size_t
ngx_asyncapi_redis_output(ngx_asyncapi_redis_conn_t *conn)
{
    return conn->context ? sdslen(conn->context->c.obuf) : 0;
}


static void
ngx_asyncapi_redis_connect_handler(const redisAsyncContext *ac, int status)
{
    if (status == REDIS_OK) {
        ngx_asyncapi_redis_conn_connected(ac->data);
    }
}


static void
ngx_asyncapi_redis_add_read(void *data)
{
    ngx_connection_t           *c;
    ngx_asyncapi_redis_conn_t  *conn;

    conn = data;
    c = conn->connection;

    if (!c->read->active
        && ngx_add_event(c->read, NGX_READ_EVENT, NGX_LEVEL_EVENT) != NGX_OK)
    {
        ngx_asyncapi_redis_conn_drop(conn, NGX_ASYNCAPI_REDIS_CONNECT,
                                     "no read event");
    }
}


static void
ngx_asyncapi_redis_del_read(void *data)
{
    ngx_connection_t           *c;
    ngx_asyncapi_redis_conn_t  *conn;

    conn = data;
    c = conn->connection;

    if (c->read->active) {
        (void) ngx_del_event(c->read, NGX_READ_EVENT, 0);
    }
}


void
ngx_asyncapi_redis_add_write(void *data)
{
    ngx_connection_t           *c;
    ngx_asyncapi_redis_conn_t  *conn;

    conn = data;
    c = conn->connection;

    if (conn->context
        && (conn->context->c.flags & REDIS_CONNECTED)
        && !conn->inside)
    {
        if (!conn->flush.posted && !c->write->active) {
            ngx_post_event(&conn->flush, &ngx_posted_events);
        }

        return;
    }

    if (!c->write->active
        && ngx_add_event(c->write, NGX_WRITE_EVENT, NGX_LEVEL_EVENT) != NGX_OK)
    {
        ngx_asyncapi_redis_conn_drop(conn, NGX_ASYNCAPI_REDIS_CONNECT,
                                     "no write event");
    }
}


static void
ngx_asyncapi_redis_del_write(void *data)
{
    ngx_connection_t           *c;
    ngx_asyncapi_redis_conn_t  *conn;

    conn = data;
    c = conn->connection;

    if (c->write->active) {
        (void) ngx_del_event(c->write, NGX_WRITE_EVENT, 0);
    }
}


/* hiredis closes the descriptor itself, right after it */

static void
ngx_asyncapi_redis_cleanup(void *data)
{
    ngx_connection_t           *c;
    ngx_asyncapi_redis_conn_t  *conn;

    conn = data;
    c = conn->connection;

    if (conn->flush.posted) {
        ngx_delete_posted_event(&conn->flush);
    }

    if (!conn->closing) {
        ngx_asyncapi_redis_del_read(conn);
        ngx_asyncapi_redis_del_write(conn);
    }

    c->read->closed = 1;
    c->write->closed = 1;

    if (c->read->posted) {
        ngx_delete_posted_event(c->read);
    }

    if (c->write->posted) {
        ngx_delete_posted_event(c->write);
    }

    ngx_free_connection(c);
    c->fd = (ngx_socket_t) -1;

    ngx_asyncapi_redis_conn_gone(conn);
}


static void
ngx_asyncapi_redis_read_handler(ngx_event_t *rev)
{
    ngx_connection_t           *c;
    ngx_asyncapi_redis_conn_t  *conn;

    c = rev->data;
    conn = c->data;

    /* a worker that quits calls it for each idle connection */

    if (c->close) {
        ngx_asyncapi_redis_conn_settle(conn);

        if (conn->context == NULL) {
            return;
        }
    }

    if (conn->listening) {
        ngx_asyncapi_redis_messages(conn);
        return;
    }

    conn->inside = 1;
    redisAsyncHandleRead(conn->context);
    conn->inside = 0;

    if (conn->context && !conn->dropping && ngx_asyncapi_redis_rest(conn)) {
        ngx_asyncapi_redis_conn_drop(conn, NGX_ASYNCAPI_REDIS_CONNECT,
                                     "a reply beyond all bounds");
        return;
    }

    ngx_asyncapi_redis_replied(conn);

    ngx_asyncapi_redis_conn_settle(conn);
}


static void
ngx_asyncapi_redis_write_handler(ngx_event_t *wev)
{
    ngx_connection_t  *c;

    c = wev->data;

    ngx_asyncapi_redis_flush(c->data);
}


void
ngx_asyncapi_redis_flush(ngx_asyncapi_redis_conn_t *conn)
{
    conn->inside = 1;
    redisAsyncHandleWrite(conn->context);
    conn->inside = 0;

    ngx_asyncapi_redis_conn_settle(conn);
}


void
ngx_asyncapi_redis_flush_handler(ngx_event_t *ev)
{
    ngx_asyncapi_redis_flush(ev->data);
}

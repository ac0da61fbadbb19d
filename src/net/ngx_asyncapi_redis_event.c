
/*
 * Copyright (C) The asyncapi module authors
 *
 * hiredis on nginx's events.
 *
 * Events are level-triggered: hiredis reads once per event.  What commands
 * append is written by a posted event, once for all of a turn of the loop; a
 * write event is asked for only while the socket takes no more.
 *
 * hiredis reads whatever it is sent: here it is made to refuse replies that
 * nobody waits for, on which it would abort, and those beyond all bounds.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_redis_conn.h"


/* a line, as opposed to a string of known length, is never that long */

#define NGX_ASYNCAPI_REDIS_MAX_LINE  65536

#define NGX_ASYNCAPI_REDIS_MAX_LEN   sizeof("-9223372036854775808\r\n")


#if (HIREDIS_MAJOR >= 1)
typedef size_t  ngx_asyncapi_redis_elements_t;
#else
typedef int     ngx_asyncapi_redis_elements_t;
#endif


static ngx_int_t ngx_asyncapi_redis_attach(ngx_asyncapi_redis_conn_t *conn,
    redisAsyncContext *ac);
static void ngx_asyncapi_redis_objects_init(ngx_asyncapi_redis_conn_t *conn,
    redisReader *reader);
static void ngx_asyncapi_redis_connect_handler(const redisAsyncContext *ac,
    int status);
static void ngx_asyncapi_redis_add_read(void *data);
static void ngx_asyncapi_redis_del_read(void *data);
static void ngx_asyncapi_redis_del_write(void *data);
static void ngx_asyncapi_redis_cleanup(void *data);
static void ngx_asyncapi_redis_read_handler(ngx_event_t *rev);
static void ngx_asyncapi_redis_write_handler(ngx_event_t *wev);
static ngx_uint_t ngx_asyncapi_redis_rest(ngx_asyncapi_redis_conn_t *conn);
static size_t ngx_asyncapi_redis_max(ngx_asyncapi_redis_conn_t *conn,
    ngx_asyncapi_redis_pending_t **pending);
static ngx_int_t ngx_asyncapi_redis_object(const redisReadTask *task,
    size_t size);
static void *ngx_asyncapi_redis_create_string(const redisReadTask *task,
    char *str, size_t len);
static void *ngx_asyncapi_redis_create_array(const redisReadTask *task,
    ngx_asyncapi_redis_elements_t elements);
static void *ngx_asyncapi_redis_create_integer(const redisReadTask *task,
    long long value);
static void *ngx_asyncapi_redis_create_nil(const redisReadTask *task);
#if (HIREDIS_MAJOR >= 1)
static void *ngx_asyncapi_redis_create_double(const redisReadTask *task,
    double value, char *str, size_t len);
static void *ngx_asyncapi_redis_create_bool(const redisReadTask *task,
    int value);
#endif


/* hiredis's own, and those with bounds around them */

static redisReplyObjectFunctions  ngx_asyncapi_redis_makers;
static redisReplyObjectFunctions  ngx_asyncapi_redis_objects;


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

    ngx_asyncapi_redis_objects_init(conn, ac->c.reader);

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


static void
ngx_asyncapi_redis_objects_init(ngx_asyncapi_redis_conn_t *conn,
    redisReader *reader)
{
    redisReplyObjectFunctions  *objects;

    ngx_asyncapi_redis_makers = *reader->fn;

    objects = &ngx_asyncapi_redis_objects;
    *objects = *reader->fn;

    objects->createString = ngx_asyncapi_redis_create_string;
    objects->createArray = ngx_asyncapi_redis_create_array;
    objects->createInteger = ngx_asyncapi_redis_create_integer;
    objects->createNil = ngx_asyncapi_redis_create_nil;
#if (HIREDIS_MAJOR >= 1)
    objects->createDouble = ngx_asyncapi_redis_create_double;
    objects->createBool = ngx_asyncapi_redis_create_bool;
#endif

    reader->fn = objects;
    reader->privdata = conn;
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


/*
 * What has come and is no whole element yet: hiredis keeps all of it.  Returns
 * whether it is more than it may be.
 */

static ngx_uint_t
ngx_asyncapi_redis_rest(ngx_asyncapi_redis_conn_t *conn)
{
    size_t                         len, i, size, max;
    redisReader                   *reader;
    const char                    *p;
    ngx_asyncapi_redis_pending_t  *pending;

    reader = conn->context->c.reader;
    len = reader->len - reader->pos;

    if (len == 0) {
        return 0;
    }

    max = ngx_asyncapi_redis_max(conn, &pending);

    if (pending == NULL) {
        return 1;
    }

    conn->replied = 1;

    /* "$" is read: the length of a string, whose bytes are not all there */

    p = reader->buf + reader->pos;
    size = 0;

    for (i = 0; i < len && i < NGX_ASYNCAPI_REDIS_MAX_LEN; i++) {

        if (p[i] < '0' || p[i] > '9') {
            break;
        }

        if (size <= max) {
            size = size * 10 + (p[i] - '0');
        }
    }

    if (i && i < len && p[i] == '\r') {

        if (conn->reply + size <= max) {
            return 0;
        }

        pending->error = NGX_ASYNCAPI_REDIS_TOO_LARGE;
        return 1;
    }

    if (len <= NGX_ASYNCAPI_REDIS_MAX_LINE) {
        return 0;
    }

    pending->error = NGX_ASYNCAPI_REDIS_INVALID;

    return 1;
}


/* of the reply that is being read, and whose it is; NULL: nobody's */

static size_t
ngx_asyncapi_redis_max(ngx_asyncapi_redis_conn_t *conn,
    ngx_asyncapi_redis_pending_t **pending)
{
    redisAsyncContext  *ac;

    ac = conn->context;
    *pending = ac->replies.head ? ac->replies.head->privdata : NULL;

    if (*pending && (*pending)->call
        && (*pending)->call->max_reply > NGX_ASYNCAPI_REDIS_MAX_REPLY)
    {
        return (*pending)->call->max_reply;
    }

    return NGX_ASYNCAPI_REDIS_MAX_REPLY;
}


static ngx_int_t
ngx_asyncapi_redis_object(const redisReadTask *task, size_t size)
{
    size_t                         max;
    ngx_asyncapi_redis_conn_t     *conn;
    ngx_asyncapi_redis_pending_t  *pending;

    conn = task->privdata;
    max = ngx_asyncapi_redis_max(conn, &pending);

    if (pending == NULL && !conn->listening) {
        ngx_asyncapi_redis_conn_drop(conn, NGX_ASYNCAPI_REDIS_CONNECT,
                                     "a reply that was not asked for");
        return NGX_ERROR;
    }

    if (task->parent == NULL) {
        conn->reply = 0;
        conn->replied = 1;
    }

    conn->reply += sizeof(redisReply) + sizeof(void *) + size;

    if (conn->reply > max) {

        if (pending) {
            pending->error = NGX_ASYNCAPI_REDIS_TOO_LARGE;
        }

        ngx_asyncapi_redis_conn_drop(conn, NGX_ASYNCAPI_REDIS_CONNECT,
                                     "a reply beyond all bounds");
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void *
ngx_asyncapi_redis_create_string(const redisReadTask *task, char *str,
    size_t len)
{
    if (ngx_asyncapi_redis_object(task, len) != NGX_OK) {
        return NULL;
    }

    return ngx_asyncapi_redis_makers.createString(task, str, len);
}


static void *
ngx_asyncapi_redis_create_array(const redisReadTask *task,
    ngx_asyncapi_redis_elements_t elements)
{
    ngx_uint_t                     depth;
    const redisReadTask           *parent;
    ngx_asyncapi_redis_conn_t     *conn;
    ngx_asyncapi_redis_pending_t  *pending;

    conn = task->privdata;

#if (HIREDIS_MAJOR >= 1)

    /* nothing is subscribed to, and of attributes none is defined */

    if (task->type == REDIS_REPLY_PUSH || task->type == REDIS_REPLY_ATTR) {
        ngx_asyncapi_redis_conn_drop(conn, NGX_ASYNCAPI_REDIS_CONNECT,
                                     "a push that was not asked for");
        return NULL;
    }

#endif

    /* memory for all of them is allocated before the first is there */

    if (ngx_asyncapi_redis_object(task, (size_t) elements * sizeof(void *))
        != NGX_OK)
    {
        return NULL;
    }

    depth = 0;

    for (parent = task->parent; parent; parent = parent->parent) {
        depth++;
    }

    if (depth >= NGX_ASYNCAPI_REDIS_MAX_DEPTH) {
        (void) ngx_asyncapi_redis_max(conn, &pending);

        if (pending) {
            pending->error = NGX_ASYNCAPI_REDIS_INVALID;
        }

        ngx_asyncapi_redis_conn_drop(conn, NGX_ASYNCAPI_REDIS_CONNECT,
                                     "a reply that is nested too deeply");
        return NULL;
    }

    return ngx_asyncapi_redis_makers.createArray(task, elements);
}


static void *
ngx_asyncapi_redis_create_integer(const redisReadTask *task, long long value)
{
    if (ngx_asyncapi_redis_object(task, 0) != NGX_OK) {
        return NULL;
    }

    return ngx_asyncapi_redis_makers.createInteger(task, value);
}


static void *
ngx_asyncapi_redis_create_nil(const redisReadTask *task)
{
    if (ngx_asyncapi_redis_object(task, 0) != NGX_OK) {
        return NULL;
    }

    return ngx_asyncapi_redis_makers.createNil(task);
}


#if (HIREDIS_MAJOR >= 1)

static void *
ngx_asyncapi_redis_create_double(const redisReadTask *task, double value,
    char *str, size_t len)
{
    if (ngx_asyncapi_redis_object(task, len) != NGX_OK) {
        return NULL;
    }

    return ngx_asyncapi_redis_makers.createDouble(task, value, str, len);
}


static void *
ngx_asyncapi_redis_create_bool(const redisReadTask *task, int value)
{
    if (ngx_asyncapi_redis_object(task, 0) != NGX_OK) {
        return NULL;
    }

    return ngx_asyncapi_redis_makers.createBool(task, value);
}

#endif

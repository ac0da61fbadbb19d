
/*
 * Copyright (C) The asyncapi module authors
 *
 * What hiredis makes of what it reads.
 *
 * It reads whatever it is sent: here it is made to refuse replies that nobody
 * waits for, on which it would abort, and those beyond all bounds.  All of a
 * reply lies in one pool of memory, which whoever wants the reply for longer
 * than its callback takes over.  A large string does not gather in hiredis's
 * buffer, to be copied in one go, but is taken out of it as it comes.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_reclaim.h"
#include "ngx_asyncapi_redis_conn.h"


/* a line, as opposed to a string of known length, is never that long */

#define NGX_ASYNCAPI_REDIS_MAX_LINE  65536

#define NGX_ASYNCAPI_REDIS_MAX_LEN   sizeof("-9223372036854775808\r\n")

/* a string from so many bytes on is taken out of the buffer piece by piece */

#define NGX_ASYNCAPI_REDIS_BULK      65536


#if (HIREDIS_MAJOR >= 1)
typedef size_t  ngx_asyncapi_redis_elements_t;
#define ngx_asyncapi_redis_reading(reader)                                   \
    ((reader)->task[(reader)->ridx]->type)
#else
typedef int     ngx_asyncapi_redis_elements_t;
#define ngx_asyncapi_redis_reading(reader)                                   \
    ((reader)->rstack[(reader)->ridx].type)
#endif


static void ngx_asyncapi_redis_reset(ngx_asyncapi_redis_conn_t *conn);
static ngx_pool_t *ngx_asyncapi_redis_memory(ngx_asyncapi_redis_conn_t *conn);
static void ngx_asyncapi_redis_bulk(ngx_asyncapi_redis_conn_t *conn,
    char *p, size_t len, size_t size);
static size_t ngx_asyncapi_redis_max(ngx_asyncapi_redis_conn_t *conn,
    ngx_asyncapi_redis_pending_t **pending);
static redisReply *ngx_asyncapi_redis_object(const redisReadTask *task,
    int type, size_t size);
static ngx_int_t ngx_asyncapi_redis_bytes(const redisReadTask *task,
    redisReply *reply, char *str, size_t len);
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
static void ngx_asyncapi_redis_free(void *reply);


static redisReplyObjectFunctions  ngx_asyncapi_redis_objects;


void
ngx_asyncapi_redis_reader(ngx_asyncapi_redis_conn_t *conn,
    redisReader *reader)
{
    redisReplyObjectFunctions  *objects;

    objects = &ngx_asyncapi_redis_objects;

    objects->createString = ngx_asyncapi_redis_create_string;
    objects->createArray = ngx_asyncapi_redis_create_array;
    objects->createInteger = ngx_asyncapi_redis_create_integer;
    objects->createNil = ngx_asyncapi_redis_create_nil;
#if (HIREDIS_MAJOR >= 1)
    objects->createDouble = ngx_asyncapi_redis_create_double;
    objects->createBool = ngx_asyncapi_redis_create_bool;
#endif
    objects->freeObject = ngx_asyncapi_redis_free;

    reader->fn = objects;
    reader->privdata = conn;
}


ngx_pool_t *
ngx_asyncapi_redis_take(ngx_asyncapi_redis_call_t *call)
{
    ngx_pool_t  *pool;

    pool = *call->memory;
    *call->memory = NULL;

    return pool;
}


void
ngx_asyncapi_redis_replied(ngx_asyncapi_redis_conn_t *conn)
{
    if (conn->context
        && conn->context->c.reader->reply == NULL && conn->bulk == NULL)
    {
        ngx_asyncapi_redis_reset(conn);
    }
}


void
ngx_asyncapi_redis_forget(ngx_asyncapi_redis_conn_t *conn)
{
    conn->bulk = NULL;

    if (conn->memory) {
        ngx_asyncapi_reclaim_pool(conn->memory);
        ngx_destroy_pool(conn->memory);
        conn->memory = NULL;
    }
}


/* what is small is used for the next one */

static void
ngx_asyncapi_redis_reset(ngx_asyncapi_redis_conn_t *conn)
{
    if (conn->memory && conn->memory->d.next == NULL) {
        ngx_asyncapi_reclaim_pool(conn->memory);
        ngx_reset_pool(conn->memory);
        return;
    }

    ngx_asyncapi_redis_forget(conn);
}


static ngx_pool_t *
ngx_asyncapi_redis_memory(ngx_asyncapi_redis_conn_t *conn)
{
    if (conn->memory == NULL) {
        conn->memory = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, ngx_cycle->log);
    }

    return conn->memory;
}


ngx_uint_t
ngx_asyncapi_redis_rest(ngx_asyncapi_redis_conn_t *conn)
{
    char                          *p;
    size_t                         len, i, size, max;
    redisReader                   *reader;
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

        if (conn->bulk == NULL && conn->reply + size > max) {
            pending->error = NGX_ASYNCAPI_REDIS_TOO_LARGE;
            return 1;
        }

        i += sizeof("\r\n") - 1;

        if (i <= len) {
            ngx_asyncapi_redis_bulk(conn, p + i, len - i, size);
        }

        return 0;
    }

    if (len <= NGX_ASYNCAPI_REDIS_MAX_LINE) {
        return 0;
    }

    pending->error = NGX_ASYNCAPI_REDIS_INVALID;

    return 1;
}


/*
 * Of a string of size bytes len are there: they are moved to its memory, and
 * the length of what is left is written in front of what is still to come,
 * which hiredis then reads as the whole string.
 */

static void
ngx_asyncapi_redis_bulk(ngx_asyncapi_redis_conn_t *conn, char *p, size_t len,
    size_t size)
{
    size_t        n;
    u_char        rest[NGX_SIZE_T_LEN + 2];
    ngx_pool_t   *pool;
    redisReader  *reader;

    reader = conn->context->c.reader;

    if (conn->bulk == NULL) {

        if (size < NGX_ASYNCAPI_REDIS_BULK
            || ngx_asyncapi_redis_reading(reader) != REDIS_REPLY_STRING)
        {
            return;
        }

        if (reader->reply == NULL) {
            ngx_asyncapi_redis_reset(conn);
        }

        pool = ngx_asyncapi_redis_memory(conn);

        conn->bulk = pool ? ngx_pnalloc(pool, size + 1) : NULL;
        if (conn->bulk == NULL) {
            return;
        }

        conn->bulk_size = size;
        conn->bulk_last = conn->bulk;
    }

    len = ngx_min(len, size);

    conn->bulk_last = ngx_cpymem(conn->bulk_last, p, len);

    n = ngx_sprintf(rest, "%uz" CRLF, size - len) - rest;

    p += len - n;
    ngx_memcpy(p, rest, n);

    reader->pos = p - reader->buf;
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


/* zeroed, in its place; NULL: it is refused, or there is no memory */

static redisReply *
ngx_asyncapi_redis_object(const redisReadTask *task, int type, size_t size)
{
    size_t                         max;
    ngx_pool_t                    *pool;
    redisReply                    *reply, *parent;
    ngx_asyncapi_redis_conn_t     *conn;
    ngx_asyncapi_redis_pending_t  *pending;

    conn = task->privdata;
    max = ngx_asyncapi_redis_max(conn, &pending);

    if (pending == NULL && !conn->listening) {
        ngx_asyncapi_redis_conn_drop(conn, NGX_ASYNCAPI_REDIS_CONNECT,
                                     "a reply that was not asked for");
        return NULL;
    }

    if (task->parent == NULL) {
        conn->reply = 0;
        conn->replied = 1;

        if (conn->bulk == NULL) {
            ngx_asyncapi_redis_reset(conn);
        }
    }

    conn->reply += sizeof(redisReply) + sizeof(void *) + size;

    if (conn->reply > max) {

        if (pending) {
            pending->error = NGX_ASYNCAPI_REDIS_TOO_LARGE;
        }

        ngx_asyncapi_redis_conn_drop(conn, NGX_ASYNCAPI_REDIS_CONNECT,
                                     "a reply beyond all bounds");
        return NULL;
    }

    pool = ngx_asyncapi_redis_memory(conn);

    reply = pool ? ngx_pcalloc(pool, sizeof(redisReply)) : NULL;
    if (reply == NULL) {
        return NULL;
    }

    reply->type = type;

    if (task->parent) {
        parent = task->parent->obj;
        parent->element[task->idx] = reply;
    }

    return reply;
}


/* with a zero byte behind them */

static ngx_int_t
ngx_asyncapi_redis_bytes(const redisReadTask *task, redisReply *reply,
    char *str, size_t len)
{
    u_char                     *p;
    ngx_asyncapi_redis_conn_t  *conn;

    conn = task->privdata;

    if (conn->bulk) {
        reply->str = (char *) conn->bulk;
        p = conn->bulk_last;
        conn->bulk = NULL;

    } else {
        p = ngx_pnalloc(conn->memory, len + 1);
        if (p == NULL) {
            return NGX_ERROR;
        }

        reply->str = (char *) p;
    }

    p = ngx_cpymem(p, str, len);
    *p = '\0';

    reply->len = (char *) p - reply->str;

    return NGX_OK;
}


static void *
ngx_asyncapi_redis_create_string(const redisReadTask *task, char *str,
    size_t len)
{
    redisReply                 *reply;
    ngx_asyncapi_redis_conn_t  *conn;

    conn = task->privdata;

    reply = ngx_asyncapi_redis_object(task, task->type,
                                      conn->bulk ? conn->bulk_size : len);
    if (reply == NULL) {
        return NULL;
    }

#if (HIREDIS_MAJOR >= 1)

    /* "txt:" is in front of it, which hiredis has looked at */

    if (task->type == REDIS_REPLY_VERB) {
        str += sizeof("txt:") - 1;
        len -= sizeof("txt:") - 1;
    }

#endif

    return (ngx_asyncapi_redis_bytes(task, reply, str, len) == NGX_OK)
           ? reply : NULL;
}


static void *
ngx_asyncapi_redis_create_array(const redisReadTask *task,
    ngx_asyncapi_redis_elements_t elements)
{
    redisReply                    *reply;
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

    reply = ngx_asyncapi_redis_object(task, task->type,
                                      (size_t) elements * sizeof(void *));
    if (reply == NULL) {
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

    /* nobody looks at it before each of them has been made */

    if (elements) {
        reply->element = ngx_palloc(conn->memory,
                                    elements * sizeof(redisReply *));
        if (reply->element == NULL) {
            return NULL;
        }
    }

    reply->elements = elements;

    return reply;
}


static void *
ngx_asyncapi_redis_create_integer(const redisReadTask *task, long long value)
{
    redisReply  *reply;

    reply = ngx_asyncapi_redis_object(task, REDIS_REPLY_INTEGER, 0);

    if (reply) {
        reply->integer = value;
    }

    return reply;
}


static void *
ngx_asyncapi_redis_create_nil(const redisReadTask *task)
{
    return ngx_asyncapi_redis_object(task, REDIS_REPLY_NIL, 0);
}


#if (HIREDIS_MAJOR >= 1)

static void *
ngx_asyncapi_redis_create_double(const redisReadTask *task, double value,
    char *str, size_t len)
{
    redisReply  *reply;

    reply = ngx_asyncapi_redis_object(task, REDIS_REPLY_DOUBLE, len);
    if (reply == NULL) {
        return NULL;
    }

    reply->dval = value;

    return (ngx_asyncapi_redis_bytes(task, reply, str, len) == NGX_OK)
           ? reply : NULL;
}


static void *
ngx_asyncapi_redis_create_bool(const redisReadTask *task, int value)
{
    redisReply  *reply;

    reply = ngx_asyncapi_redis_object(task, REDIS_REPLY_BOOL, 0);

    if (reply) {
        reply->integer = (value != 0);
    }

    return reply;
}

#endif


/* a reply goes with its pool */

static void
ngx_asyncapi_redis_free(void *reply)
{
    /* void */
}

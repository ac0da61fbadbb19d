
/*
 * Copyright (C) The asyncapi module authors
 *
 * The states of a connection to Redis, and the calls on it.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_redis_conn.h"


/* milliseconds before the attempt that follows a failed one */

#define NGX_ASYNCAPI_REDIS_MIN_DELAY  50
#define NGX_ASYNCAPI_REDIS_MAX_DELAY  2000


static void ngx_asyncapi_redis_conn_state(ngx_asyncapi_redis_conn_t *conn,
    ngx_asyncapi_redis_state_e state);
static void ngx_asyncapi_redis_conn_wait(ngx_asyncapi_redis_conn_t *conn,
    ngx_asyncapi_redis_call_t *call);
static void ngx_asyncapi_redis_conn_begin(ngx_asyncapi_redis_conn_t *conn);
static void ngx_asyncapi_redis_conn_next(ngx_asyncapi_redis_conn_t *conn);
static void ngx_asyncapi_redis_conn_down(ngx_asyncapi_redis_conn_t *conn);
static void ngx_asyncapi_redis_conn_backoff(ngx_asyncapi_redis_conn_t *conn);
static void ngx_asyncapi_redis_conn_send(ngx_asyncapi_redis_conn_t *conn,
    ngx_asyncapi_redis_call_t *call);
static ngx_int_t ngx_asyncapi_redis_conn_command(
    ngx_asyncapi_redis_conn_t *conn, ngx_str_t *command,
    ngx_asyncapi_redis_call_t *call);
static void ngx_asyncapi_redis_conn_reply(redisAsyncContext *ac, void *reply,
    void *data);
static void ngx_asyncapi_redis_conn_lost(ngx_asyncapi_redis_conn_t *conn,
    redisAsyncContext *ac, ngx_asyncapi_redis_pending_t *pending);
static void ngx_asyncapi_redis_conn_ended_handler(ngx_event_t *ev);
static void ngx_asyncapi_redis_conn_timer_handler(ngx_event_t *ev);
static void ngx_asyncapi_redis_conn_detail(ngx_asyncapi_redis_conn_t *conn,
    const char *detail);


static const char  *ngx_asyncapi_redis_state_names[] = {
#define X(id, name)  name,
    NGX_ASYNCAPI_REDIS_STATES(X)
#undef X
};


/* all of this worker */

static ngx_queue_t  ngx_asyncapi_redis_conns;


ngx_asyncapi_redis_conn_t *
ngx_asyncapi_redis_conn_create(ngx_asyncapi_redis_server_t *server,
    ngx_asyncapi_redis_target_t *target)
{
    ngx_asyncapi_redis_conn_t  *conn;

    conn = ngx_calloc(sizeof(ngx_asyncapi_redis_conn_t), ngx_cycle->log);
    if (conn == NULL) {
        return NULL;
    }

    if (ngx_asyncapi_redis_conns.next == NULL) {
        ngx_queue_init(&ngx_asyncapi_redis_conns);
    }

    ngx_queue_insert_tail(&ngx_asyncapi_redis_conns, &conn->queue);
    ngx_queue_init(&conn->waiting);

    conn->server = server;
    conn->target = target;

    conn->flush.handler = ngx_asyncapi_redis_flush_handler;
    conn->flush.data = conn;
    conn->flush.log = ngx_cycle->log;

    conn->ended.handler = ngx_asyncapi_redis_conn_ended_handler;
    conn->ended.data = conn;
    conn->ended.log = ngx_cycle->log;

    /* it is the deadlines of requests that hold a worker back, not this one */

    conn->timer.handler = ngx_asyncapi_redis_conn_timer_handler;
    conn->timer.data = conn;
    conn->timer.log = ngx_cycle->log;
    conn->timer.cancelable = 1;

    return conn;
}


/* the only function that changes the state of a connection */

static void
ngx_asyncapi_redis_conn_state(ngx_asyncapi_redis_conn_t *conn,
    ngx_asyncapi_redis_state_e state)
{
    ngx_log_debug3(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                   "asyncapi redis \"%V\" %s -> %s", &conn->server->name,
                   ngx_asyncapi_redis_state_names[conn->state],
                   ngx_asyncapi_redis_state_names[state]);

    conn->state = state;
}


void
ngx_asyncapi_redis_conn_call(ngx_asyncapi_redis_conn_t *conn,
    ngx_asyncapi_redis_call_t *call)
{
    if (conn->nwaiting + conn->npending >= NGX_ASYNCAPI_REDIS_MAX_CALLS) {
        ngx_asyncapi_redis_call_done(call, NGX_ASYNCAPI_REDIS_LIMIT,
                                     "too many commands have no reply yet");
        return;
    }

    if (ngx_asyncapi_redis_output(conn) + call->command.len
        > NGX_ASYNCAPI_REDIS_MAX_OUTPUT)
    {
        ngx_asyncapi_redis_call_done(call, NGX_ASYNCAPI_REDIS_LIMIT,
                                     "too much is to be sent already");
        return;
    }

    switch (conn->state) {

    case NGX_ASYNCAPI_REDIS_STATE_UP:
        ngx_asyncapi_redis_conn_send(conn, call);
        break;

    case NGX_ASYNCAPI_REDIS_STATE_CONNECTING:
        ngx_asyncapi_redis_conn_wait(conn, call);
        break;

    case NGX_ASYNCAPI_REDIS_STATE_DOWN:

        if ((ngx_msec_int_t) (ngx_current_msec - conn->retry) < 0) {
            ngx_asyncapi_redis_call_done(call, NGX_ASYNCAPI_REDIS_CONNECT,
                                         conn->detail);
            break;
        }

        /* fall through */

    default: /* NGX_ASYNCAPI_REDIS_STATE_IDLE */

        ngx_asyncapi_redis_conn_wait(conn, call);
        ngx_asyncapi_redis_conn_begin(conn);
        break;
    }
}


static void
ngx_asyncapi_redis_conn_wait(ngx_asyncapi_redis_conn_t *conn,
    ngx_asyncapi_redis_call_t *call)
{
    ngx_queue_insert_tail(&conn->waiting, &call->queue);
    conn->nwaiting++;
    call->nwaiting = &conn->nwaiting;
}


static void
ngx_asyncapi_redis_conn_begin(ngx_asyncapi_redis_conn_t *conn)
{
    ngx_asyncapi_redis_conn_state(conn, NGX_ASYNCAPI_REDIS_STATE_CONNECTING);

    conn->tried = 0;
    conn->detail[0] = '\0';

    if (conn->locate) {
        conn->locate(conn);
        return;
    }

    if (conn->target->naddrs == 0) {
        ngx_add_timer(&conn->timer, conn->server->timeout);
        ngx_asyncapi_redis_resolve(conn);
        return;
    }

    conn->addrs = conn->target->addrs;
    conn->naddrs = conn->target->naddrs;

    ngx_asyncapi_redis_conn_next(conn);
}


void
ngx_asyncapi_redis_conn_resolved(ngx_asyncapi_redis_conn_t *conn)
{
    ngx_asyncapi_redis_conn_next(conn);
}


/* the next address, each of which has all of the time */

static void
ngx_asyncapi_redis_conn_next(ngx_asyncapi_redis_conn_t *conn)
{
    ngx_asyncapi_redis_addr_t  *addr;

    while (conn->tried < conn->naddrs) {

        conn->tried++;
        conn->addr %= conn->naddrs;
        addr = &conn->addrs[conn->addr];

        if (ngx_asyncapi_redis_open(conn, addr) == NGX_OK) {
            ngx_add_timer(&conn->timer, conn->server->timeout);
            return;
        }

        conn->addr++;
    }

    ngx_asyncapi_redis_conn_down(conn);
}


static void
ngx_asyncapi_redis_conn_down(ngx_asyncapi_redis_conn_t *conn)
{
    ngx_queue_t                *q;
    ngx_asyncapi_redis_call_t  *call;

    if (conn->timer.timer_set) {
        ngx_del_timer(&conn->timer);
    }

    if (conn->detail[0] == '\0') {
        ngx_asyncapi_redis_conn_detail(conn, "the connection was closed");
    }

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "asyncapi redis \"%V\": no connection to %V: %s",
                  &conn->server->name, &conn->target->host.name,
                  conn->detail);

    ngx_asyncapi_redis_conn_backoff(conn);

    while (!ngx_queue_empty(&conn->waiting)) {
        q = ngx_queue_head(&conn->waiting);
        call = ngx_queue_data(q, ngx_asyncapi_redis_call_t, queue);

        ngx_queue_remove(q);
        conn->nwaiting--;
        call->nwaiting = NULL;

        ngx_asyncapi_redis_call_done(call, NGX_ASYNCAPI_REDIS_CONNECT,
                                     conn->detail);
    }

    if (conn->lost) {
        conn->lost(conn);
    }
}


/* workers that lost the same server shall not come back all at once */

static void
ngx_asyncapi_redis_conn_backoff(ngx_asyncapi_redis_conn_t *conn)
{
    ngx_msec_t  delay;

    delay = conn->delay ? conn->delay * 2 : NGX_ASYNCAPI_REDIS_MIN_DELAY;
    delay = ngx_min(delay, NGX_ASYNCAPI_REDIS_MAX_DELAY);

    conn->delay = delay;
    conn->retry = ngx_current_msec + delay * 3 / 4
                  + (ngx_msec_t) ngx_random() % (delay / 2);

    ngx_asyncapi_redis_conn_state(conn, NGX_ASYNCAPI_REDIS_STATE_DOWN);
}


void
ngx_asyncapi_redis_conn_connected(ngx_asyncapi_redis_conn_t *conn)
{
    if (ngx_asyncapi_redis_setup(conn) != NGX_OK) {
        ngx_asyncapi_redis_conn_drop(conn, NGX_ASYNCAPI_REDIS_CONNECT,
                                     "no memory");
        return;
    }

    if (conn->nsetup == 0) {
        ngx_asyncapi_redis_conn_up(conn);
    }
}


void
ngx_asyncapi_redis_conn_up(ngx_asyncapi_redis_conn_t *conn)
{
    ngx_queue_t                *q;
    ngx_asyncapi_redis_call_t  *call;

    ngx_asyncapi_redis_conn_state(conn, NGX_ASYNCAPI_REDIS_STATE_UP);

    if (conn->timer.timer_set) {
        ngx_del_timer(&conn->timer);
    }

    while (!ngx_queue_empty(&conn->waiting)) {
        q = ngx_queue_head(&conn->waiting);
        call = ngx_queue_data(q, ngx_asyncapi_redis_call_t, queue);

        ngx_queue_remove(q);
        conn->nwaiting--;
        call->nwaiting = NULL;

        ngx_asyncapi_redis_conn_send(conn, call);
    }
}


static void
ngx_asyncapi_redis_conn_send(ngx_asyncapi_redis_conn_t *conn,
    ngx_asyncapi_redis_call_t *call)
{
    ngx_int_t  rc;

    static ngx_str_t  asking = ngx_string("*1\r\n$6\r\nASKING\r\n");

    rc = call->asking ? ngx_asyncapi_redis_conn_command(conn, &asking, NULL)
                      : NGX_OK;

    if (rc == NGX_OK) {
        rc = ngx_asyncapi_redis_conn_command(conn, &call->command, call);
    }

    if (rc == NGX_DECLINED) {
        ngx_asyncapi_redis_call_done(call, NGX_ASYNCAPI_REDIS_CONNECT,
                                     "the connection is being closed");

    } else if (rc == NGX_ERROR) {
        ngx_asyncapi_redis_call_done(call, NGX_ASYNCAPI_REDIS_NO_MEMORY,
                                     "no memory");
    }
}


/* NGX_OK; NGX_DECLINED: it is being closed; NGX_ERROR: no memory */

static ngx_int_t
ngx_asyncapi_redis_conn_command(ngx_asyncapi_redis_conn_t *conn,
    ngx_str_t *command, ngx_asyncapi_redis_call_t *call)
{
    ngx_asyncapi_redis_pending_t  *pending;

    pending = ngx_alloc(sizeof(ngx_asyncapi_redis_pending_t), ngx_cycle->log);
    if (pending == NULL) {
        return NGX_ERROR;
    }

    pending->conn = conn;
    pending->call = call;
    pending->error = NGX_ASYNCAPI_REDIS_OK;

    if (conn->context == NULL
        || ngx_asyncapi_redis_write(conn, command,
                                    ngx_asyncapi_redis_conn_reply, pending)
           != NGX_OK)
    {
        ngx_free(pending);
        return NGX_DECLINED;
    }

    if (call) {
        call->pending = pending;
        call->sent = 1;
    }

    if (conn->npending++ == 0) {
        conn->heard = ngx_current_msec;

        if (!conn->timer.timer_set) {
            ngx_add_timer(&conn->timer, conn->server->timeout);
        }
    }

    return NGX_OK;
}


/* inside of hiredis, which may be about to free its context */

static void
ngx_asyncapi_redis_conn_reply(redisAsyncContext *ac, void *reply, void *data)
{
    ngx_asyncapi_redis_pending_t  *pending = data;

    size_t                      size;
    ngx_asyncapi_redis_call_t  *call;
    ngx_asyncapi_redis_conn_t  *conn;

    conn = pending->conn;
    call = pending->call;

    conn->npending--;

    size = conn->reply;
    conn->reply = 0;

    if (reply == NULL) {
        ngx_asyncapi_redis_conn_lost(conn, ac, pending);
        return;
    }

    ngx_free(pending);

    conn->heard = ngx_current_msec;
    conn->delay = 0;

    /* a master that has become a replica: there is another one */

    if (conn->locate && ngx_asyncapi_redis_is_error(reply, "READONLY ")) {
        ngx_asyncapi_redis_conn_drop(conn, NGX_ASYNCAPI_REDIS_CONNECT,
                                     "it is the master no more");
    }

    if (call) {
        call->pending = NULL;

        if (conn->cluster
            && ngx_asyncapi_redis_cluster_reply(conn, call, reply) == NGX_OK)
        {
            return;
        }

        call->reply = reply;
        call->size = size;
        call->memory = &conn->memory;

        ngx_asyncapi_redis_call_done(call, NGX_ASYNCAPI_REDIS_OK, NULL);
    }
}


static void
ngx_asyncapi_redis_conn_lost(ngx_asyncapi_redis_conn_t *conn,
    redisAsyncContext *ac, ngx_asyncapi_redis_pending_t *pending)
{
    const char                  *detail;
    ngx_asyncapi_redis_call_t   *call;
    ngx_asyncapi_redis_error_e   error;

    call = pending->call;
    error = pending->error;

    ngx_free(pending);

    if (call == NULL || conn->closing) {
        return;
    }

    call->pending = NULL;

    /* hiredis tells the one whose reply it was first */

    if (error == NGX_ASYNCAPI_REDIS_OK
        && ac->c.err == REDIS_ERR_PROTOCOL
        && conn->error == NGX_ASYNCAPI_REDIS_OK)
    {
        conn->error = NGX_ASYNCAPI_REDIS_CONNECT;
        error = NGX_ASYNCAPI_REDIS_INVALID;
    }

    detail = conn->detail[0] ? conn->detail : ac->c.errstr;

    if (detail[0] == '\0') {
        detail = "the connection was closed";
    }

    if (error == NGX_ASYNCAPI_REDIS_OK) {
        error = conn->error ? conn->error : NGX_ASYNCAPI_REDIS_CONNECT;
    }

    ngx_asyncapi_redis_call_done(call, error, detail);
}


void
ngx_asyncapi_redis_conn_drop(ngx_asyncapi_redis_conn_t *conn,
    ngx_asyncapi_redis_error_e error, const char *detail)
{
    if (!conn->dropping) {
        conn->dropping = 1;
        conn->error = error;
        ngx_asyncapi_redis_conn_detail(conn, detail);
    }

    if (conn->context && !conn->inside) {
        ngx_asyncapi_redis_close(conn);
    }
}


void
ngx_asyncapi_redis_conn_settle(ngx_asyncapi_redis_conn_t *conn)
{
    if (conn->context == NULL) {
        return;
    }

    if (conn->dropping
        || ((ngx_exiting || conn->connection->close)
            && conn->npending == 0 && conn->nwaiting == 0
            && !(conn->watcher && ngx_asyncapi_redis_watched(conn->watcher))))
    {
        ngx_asyncapi_redis_close(conn);
    }
}


void
ngx_asyncapi_redis_conn_gone(ngx_asyncapi_redis_conn_t *conn)
{
    redisContext  *context;

    context = &conn->context->c;

    conn->context = NULL;
    conn->connection = NULL;

    ngx_asyncapi_redis_forget(conn);

    if (conn->closing) {
        return;
    }

    if (conn->detail[0] == '\0' && context->err) {

        /* hiredis has no words for a certificate that is refused */

        ngx_asyncapi_redis_conn_detail(conn,
                       (conn->server->tls && !conn->replied)
                       ? "no TLS, or its certificate is not valid for its name"
                       : context->errstr);
    }

    if (conn->state == NGX_ASYNCAPI_REDIS_STATE_CONNECTING) {
        ngx_post_event(&conn->ended, &ngx_posted_events);
        return;
    }

    if (conn->timer.timer_set) {
        ngx_del_timer(&conn->timer);
    }

    if (conn->detail[0]) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "asyncapi redis \"%V\": the connection to %V is lost: "
                      "%s", &conn->server->name, &conn->target->host.name,
                      conn->detail);
    }

    if (conn->lost) {
        conn->lost(conn);
    }

    /* a server that takes connections and no commands is none */

    if (conn->replied || conn->detail[0] == '\0') {
        ngx_asyncapi_redis_conn_state(conn, NGX_ASYNCAPI_REDIS_STATE_IDLE);

    } else {
        ngx_asyncapi_redis_conn_backoff(conn);
    }
}


static void
ngx_asyncapi_redis_conn_ended_handler(ngx_event_t *ev)
{
    ngx_asyncapi_redis_conn_t  *conn;

    conn = ev->data;

    if (ngx_exiting && conn->nwaiting == 0) {
        if (conn->timer.timer_set) {
            ngx_del_timer(&conn->timer);
        }
        ngx_asyncapi_redis_conn_state(conn, NGX_ASYNCAPI_REDIS_STATE_IDLE);
        return;
    }

    conn->addr++;
    ngx_asyncapi_redis_conn_next(conn);
}


/*
 * While commands are sent the timer is not moved with each of them: when it
 * expires, what is left of the silence that is allowed is waited for.
 */

static void
ngx_asyncapi_redis_conn_timer_handler(ngx_event_t *ev)
{
    ngx_msec_t                  silent;
    ngx_asyncapi_redis_conn_t  *conn;

    conn = ev->data;

    if (conn->state == NGX_ASYNCAPI_REDIS_STATE_CONNECTING) {

        if (conn->resolving) {
            ngx_asyncapi_redis_resolve_cancel(conn);
            ngx_asyncapi_redis_resolve_failed(conn, "no answer in time");
            return;
        }

        ngx_asyncapi_redis_conn_drop(conn, NGX_ASYNCAPI_REDIS_CONNECT,
                                     "no connection within its timeout");
        return;
    }

    if (conn->npending == 0) {
        return;
    }

    silent = ngx_current_msec - conn->heard;

    if (silent < conn->server->timeout) {
        ngx_add_timer(&conn->timer, conn->server->timeout - silent);
        return;
    }

    ngx_asyncapi_redis_conn_drop(conn, NGX_ASYNCAPI_REDIS_SILENT,
                                 "the server was silent for its timeout");
}


static void
ngx_asyncapi_redis_conn_detail(ngx_asyncapi_redis_conn_t *conn,
    const char *detail)
{
    ngx_cpystrn((u_char *) conn->detail, (u_char *) detail,
                sizeof(conn->detail));
}


void
ngx_asyncapi_redis_conn_free(ngx_asyncapi_redis_conn_t *conn)
{
    ngx_queue_remove(&conn->queue);

    if (conn->resolving) {
        ngx_asyncapi_redis_resolve_cancel(conn);
    }

    if (conn->context) {
        ngx_asyncapi_redis_close(conn);
    }

    if (conn->timer.timer_set) {
        ngx_del_timer(&conn->timer);
    }

    if (conn->ended.posted) {
        ngx_delete_posted_event(&conn->ended);
    }

    if (conn->resolved) {
        ngx_free(conn->resolved);
    }

    if (conn->pool) {
        ngx_destroy_pool(conn->pool);
    }

    ngx_free(conn);
}


void
ngx_asyncapi_redis_conn_exit(void)
{
    ngx_queue_t                *q;
    ngx_asyncapi_redis_conn_t  *conn;

    if (ngx_asyncapi_redis_conns.next == NULL) {
        return;
    }

    while (!ngx_queue_empty(&ngx_asyncapi_redis_conns)) {
        q = ngx_queue_head(&ngx_asyncapi_redis_conns);
        conn = ngx_queue_data(q, ngx_asyncapi_redis_conn_t, queue);

        conn->closing = 1;
        ngx_asyncapi_redis_conn_free(conn);
    }
}

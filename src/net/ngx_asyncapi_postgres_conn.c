
/*
 * Copyright (C) The asyncapi module authors
 *
 * A connection to a PostgreSQL server: from address to address until one
 * takes it, its states, and its end.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <openssl/err.h>
#include "ngx_asyncapi_postgres_conn.h"


#define NGX_ASYNCAPI_POSTGRES_DELAY_MIN  50
#define NGX_ASYNCAPI_POSTGRES_DELAY_MAX  2000

/* bytes of a result, before a call says how many they may be */
#define NGX_ASYNCAPI_POSTGRES_SETUP  65536

/* host, hostaddr, port, target_session_attrs, and the NULL at the end */
#define NGX_ASYNCAPI_POSTGRES_OWN  5


static ngx_asyncapi_postgres_conn_t *ngx_asyncapi_postgres_create(
    ngx_asyncapi_postgres_server_t *server);
static ngx_int_t ngx_asyncapi_postgres_next_target(
    ngx_asyncapi_postgres_conn_t *conn);
static ngx_int_t ngx_asyncapi_postgres_connect(
    ngx_asyncapi_postgres_conn_t *conn, const char *addr);
static PGconn *ngx_asyncapi_postgres_connect_start(
    ngx_asyncapi_postgres_conn_t *conn, const char *addr);
static void ngx_asyncapi_postgres_notice(void *data, const char *message);
static void ngx_asyncapi_postgres_refused(ngx_asyncapi_postgres_conn_t *conn,
    const char *detail);
static void ngx_asyncapi_postgres_failed(ngx_asyncapi_postgres_conn_t *conn);
static void ngx_asyncapi_postgres_timer(ngx_event_t *ev);
static void ngx_asyncapi_postgres_end(ngx_asyncapi_postgres_conn_t *conn);


#if (NGX_DEBUG)

static const char  *ngx_asyncapi_postgres_states[] = {
#define X(id, name)  name,
    NGX_ASYNCAPI_POSTGRES_STATES(X)
#undef X
};

#endif


/* the worker's */

static ngx_queue_t  ngx_asyncapi_postgres_conns;


void
ngx_asyncapi_postgres_open(ngx_asyncapi_postgres_server_t *server)
{
    ngx_asyncapi_postgres_conn_t  *conn;

    conn = ngx_asyncapi_postgres_create(server);

    if (conn) {
        ngx_asyncapi_postgres_next(conn);
        return;
    }

    ngx_cpystrn((u_char *) server->detail, (u_char *) "no memory",
                sizeof(server->detail));

    server->delay = NGX_ASYNCAPI_POSTGRES_DELAY_MIN;
    server->retry = ngx_current_msec + server->delay;
}


static ngx_asyncapi_postgres_conn_t *
ngx_asyncapi_postgres_create(ngx_asyncapi_postgres_server_t *server)
{
    ngx_asyncapi_postgres_conn_t  *conn;

    conn = ngx_calloc(sizeof(ngx_asyncapi_postgres_conn_t)
                      + server->statements.nelts,
                      ngx_cycle->log);
    if (conn == NULL) {
        return NULL;
    }

    conn->prepared = (u_char *) &conn[1];
    conn->server = server;
    conn->max_row = NGX_ASYNCAPI_POSTGRES_SETUP;

    conn->timer.handler = ngx_asyncapi_postgres_timer;
    conn->timer.data = conn;
    conn->timer.log = ngx_cycle->log;

    if (ngx_asyncapi_postgres_conns.next == NULL) {
        ngx_queue_init(&ngx_asyncapi_postgres_conns);
    }

    ngx_queue_insert_tail(&ngx_asyncapi_postgres_conns, &conn->queue);

    server->nconns++;
    server->nconnecting++;

    return conn;
}


void
ngx_asyncapi_postgres_next(ngx_asyncapi_postgres_conn_t *conn)
{
    const char  *addr;

    for ( ;; ) {

        if (conn->addr < conn->naddrs) {
            addr = conn->addrs[conn->addr++];

            if (ngx_asyncapi_postgres_connect(conn, addr) == NGX_OK) {
                return;
            }

            continue;
        }

        if (ngx_asyncapi_postgres_next_target(conn) != NGX_OK) {
            ngx_asyncapi_postgres_failed(conn);
            return;
        }

        if (conn->naddrs == 0) {
            ngx_asyncapi_postgres_resolve(conn);
            return;
        }
    }
}


/* NGX_DONE: all have been tried */

static ngx_int_t
ngx_asyncapi_postgres_next_target(ngx_asyncapi_postgres_conn_t *conn)
{
    ngx_asyncapi_postgres_server_t  *server;
    ngx_asyncapi_postgres_target_t  *first, *last;

    server = conn->server;

    first = server->targets.elts;
    last = &first[server->targets.nelts - 1];

    if (conn->target == NULL) {
        conn->target = first;

    } else if (conn->target < last) {
        conn->target++;

    } else if (server->prefer_standby && !conn->any) {
        conn->any = 1;
        conn->target = first;

    } else {
        return NGX_DONE;
    }

    conn->addrs = conn->target->addrs;
    conn->naddrs = conn->target->naddrs;
    conn->addr = 0;

    return NGX_OK;
}


/* NGX_OK: it has begun; NGX_ERROR: server->detail says why not */

static ngx_int_t
ngx_asyncapi_postgres_connect(ngx_asyncapi_postgres_conn_t *conn,
    const char *addr)
{
    conn->pg = ngx_asyncapi_postgres_connect_start(conn, addr);

    if (conn->pg == NULL) {
        ngx_asyncapi_postgres_refused(conn, "no memory");
        return NGX_ERROR;
    }

    (void) PQsetNoticeProcessor(conn->pg, ngx_asyncapi_postgres_notice, conn);

    if (PQstatus(conn->pg) == CONNECTION_BAD) {
        ngx_asyncapi_postgres_refused(conn, PQerrorMessage(conn->pg));
        return NGX_ERROR;
    }

    if (ngx_asyncapi_postgres_attach(conn, 1) != NGX_OK) {
        ngx_asyncapi_postgres_refused(conn, "no free worker_connections");
        return NGX_ERROR;
    }

    ngx_add_timer(&conn->timer, conn->server->timeout);

    return NGX_OK;
}


static PGconn *
ngx_asyncapi_postgres_connect_start(ngx_asyncapi_postgres_conn_t *conn,
    const char *addr)
{
    PGconn                          *pg;
    ngx_uint_t                       n;
    const char                     **keywords, **values;
    ngx_asyncapi_postgres_server_t  *server;

    server = conn->server;

    for (n = 0; server->keywords[n]; n++) { /* void */ }

    keywords = ngx_alloc(2 * (n + NGX_ASYNCAPI_POSTGRES_OWN) * sizeof(char *),
                         ngx_cycle->log);
    if (keywords == NULL) {
        return NULL;
    }

    values = &keywords[n + NGX_ASYNCAPI_POSTGRES_OWN];

    ngx_memcpy(keywords, server->keywords, n * sizeof(char *));
    ngx_memcpy(values, server->values, n * sizeof(char *));

    /* what is empty counts as if it were not there */

    keywords[n] = "host";
    values[n++] = conn->target->host;

    keywords[n] = "hostaddr";
    values[n++] = addr;

    keywords[n] = "port";
    values[n++] = conn->target->port;

    keywords[n] = "target_session_attrs";
    values[n++] = !server->prefer_standby ? NULL
                                          : conn->any ? "any" : "standby";

    keywords[n] = NULL;
    values[n] = NULL;

    pg = PQconnectStartParams(keywords, values, 0);

    ngx_free(keywords);

    return pg;
}


static void
ngx_asyncapi_postgres_notice(void *data, const char *message)
{
    ngx_asyncapi_postgres_conn_t  *conn = data;

    ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                  "asyncapi_postgres \"%V\": %s", &conn->server->name,
                  ngx_asyncapi_postgres_line(message));
}


/* one address is of no use */

static void
ngx_asyncapi_postgres_refused(ngx_asyncapi_postgres_conn_t *conn,
    const char *detail)
{
    ngx_asyncapi_postgres_server_t  *server;

    server = conn->server;

    ngx_cpystrn((u_char *) server->detail,
                (u_char *) ngx_asyncapi_postgres_line(detail),
                sizeof(server->detail));

    ngx_log_debug2(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                   "asyncapi postgres \"%V\" refused: %s", &server->name,
                   server->detail);

    ngx_asyncapi_postgres_end(conn);
}


/* all are */

static void
ngx_asyncapi_postgres_failed(ngx_asyncapi_postgres_conn_t *conn)
{
    ngx_asyncapi_postgres_server_t  *server;

    server = conn->server;

    if (server->delay == 0) {
        server->delay = NGX_ASYNCAPI_POSTGRES_DELAY_MIN;

    } else if ((ngx_msec_int_t) (ngx_current_msec - server->retry) >= 0) {
        server->delay = ngx_min(server->delay * 2,
                                NGX_ASYNCAPI_POSTGRES_DELAY_MAX);
    }

    server->retry = ngx_current_msec + server->delay;

    /* the tasks that fail by it say so themselves */

    if (server->nconns > server->nconnecting) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "asyncapi_postgres \"%V\" has %ui connections of %ui, "
                      "and gets no more: %s",
                      &server->name, server->nconns - server->nconnecting,
                      server->size, server->detail);
    }

    ngx_asyncapi_postgres_close(conn);
}


static void
ngx_asyncapi_postgres_timer(ngx_event_t *ev)
{
    ngx_asyncapi_postgres_conn_t    *conn;
    ngx_asyncapi_postgres_server_t  *server;

    conn = ev->data;
    server = conn->server;

    if (conn->state == NGX_ASYNCAPI_POSTGRES_STATE_CONNECTING) {
        ngx_asyncapi_postgres_refused(conn, "connecting took too long");
        ngx_asyncapi_postgres_next(conn);

    } else if (conn->state == NGX_ASYNCAPI_POSTGRES_STATE_BUSY) {
        ngx_asyncapi_postgres_again(conn);
        (void) ngx_asyncapi_postgres_drain(conn);

    } else {
        ngx_asyncapi_postgres_drain_again(conn);
    }

    ngx_asyncapi_postgres_pump(server);
}


void
ngx_asyncapi_postgres_release(ngx_asyncapi_postgres_conn_t *conn)
{
    ngx_asyncapi_postgres_server_t  *server;

    server = conn->server;

    if (conn->timer.timer_set) {
        ngx_del_timer(&conn->timer);
    }

    /* a worker that ends does not keep what nobody waits for */

    if (ngx_exiting && ngx_queue_empty(&server->waiting)) {
        ngx_asyncapi_postgres_close(conn);
        return;
    }

    ngx_asyncapi_postgres_state(conn, NGX_ASYNCAPI_POSTGRES_STATE_IDLE);

    conn->released = ngx_current_msec;

    ngx_queue_insert_head(&server->idle, &conn->idle);
}


void
ngx_asyncapi_postgres_lost(ngx_asyncapi_postgres_conn_t *conn,
    const char *detail)
{
    ngx_uint_t                       i, n;
    ngx_asyncapi_postgres_call_t    *calls[NGX_ASYNCAPI_POSTGRES_BATCH];
    ngx_asyncapi_postgres_server_t  *server;

    server = conn->server;

    if (conn->state == NGX_ASYNCAPI_POSTGRES_STATE_CONNECTING) {
        ngx_asyncapi_postgres_refused(conn, detail);
        ngx_asyncapi_postgres_next(conn);
        return;
    }

    ngx_cpystrn((u_char *) server->detail,
                (u_char *) ngx_asyncapi_postgres_line(detail),
                sizeof(server->detail));

    n = conn->ncalls;
    ngx_memcpy(calls, conn->calls, n * sizeof(void *));

    /* what is not committed is undone by the server */

    if (n && calls[0] && calls[0]->transaction
        && conn->stage == NGX_ASYNCAPI_POSTGRES_STAGE_CALL)
    {
        calls[0]->undone = 1;
    }

    if (n == 0) {
        ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                      "asyncapi_postgres \"%V\": a connection has ended: %s",
                      &server->name, server->detail);
    }

    ngx_asyncapi_postgres_close(conn);

    for (i = 0; i < n; i++) {

        if (calls[i]) {
            calls[i]->conn = NULL;
            ngx_asyncapi_postgres_done(calls[i],
                                       NGX_ASYNCAPI_POSTGRES_CONNECT,
                                       server->detail);
        }
    }
}


void
ngx_asyncapi_postgres_close(ngx_asyncapi_postgres_conn_t *conn)
{
    ngx_asyncapi_postgres_server_t  *server;

    server = conn->server;

    if (conn->resolving) {
        ngx_asyncapi_postgres_resolve_cancel(conn);
    }

    if (conn->state == NGX_ASYNCAPI_POSTGRES_STATE_IDLE) {
        ngx_queue_remove(&conn->idle);
    }

    if (conn->state == NGX_ASYNCAPI_POSTGRES_STATE_CONNECTING) {
        server->nconnecting--;
    }

    server->nconns--;

    ngx_asyncapi_postgres_end(conn);
    ngx_asyncapi_postgres_forget(conn);

    ngx_queue_remove(&conn->queue);

    if (conn->commands) {
        ngx_free(conn->commands);
    }

    if (conn->resolved) {
        ngx_free(conn->resolved);
    }

    ngx_free(conn);
}


/* what there is of libpq */

static void
ngx_asyncapi_postgres_end(ngx_asyncapi_postgres_conn_t *conn)
{
    if (conn->timer.timer_set) {
        ngx_del_timer(&conn->timer);
    }

    ngx_asyncapi_postgres_detach(conn);

    conn->stage = NGX_ASYNCAPI_POSTGRES_STAGE_NONE;
    conn->ended = 0;

    if (conn->failure) {
        PQclear(conn->failure);
        conn->failure = NULL;
    }

    if (conn->pg) {
        PQfinish(conn->pg);
        conn->pg = NULL;

        /* nginx takes errors that it finds there for its own */

        ERR_clear_error();
    }
}


void
ngx_asyncapi_postgres_state(ngx_asyncapi_postgres_conn_t *conn,
    ngx_asyncapi_postgres_state_e state)
{
    ngx_asyncapi_postgres_server_t  *server;

    server = conn->server;

    ngx_log_debug3(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                   "asyncapi postgres \"%V\" %s -> %s", &server->name,
                   ngx_asyncapi_postgres_states[conn->state],
                   ngx_asyncapi_postgres_states[state]);

    if (conn->state == NGX_ASYNCAPI_POSTGRES_STATE_CONNECTING) {
        server->nconnecting--;
        server->delay = 0;
    }

    if (conn->state == NGX_ASYNCAPI_POSTGRES_STATE_IDLE) {
        ngx_queue_remove(&conn->idle);
    }

    conn->state = state;
}


void
ngx_asyncapi_postgres_exit(void)
{
    ngx_queue_t                   *q;
    ngx_asyncapi_postgres_conn_t  *conn;

    if (ngx_asyncapi_postgres_conns.next == NULL) {
        return;
    }

    while (!ngx_queue_empty(&ngx_asyncapi_postgres_conns)) {
        q = ngx_queue_head(&ngx_asyncapi_postgres_conns);
        conn = ngx_queue_data(q, ngx_asyncapi_postgres_conn_t, queue);

        ngx_asyncapi_postgres_close(conn);
    }
}

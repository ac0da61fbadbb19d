
/*
 * Copyright (C) The asyncapi module authors
 *
 * PostgreSQL servers, their statements, and who gets which connection.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_postgres_conn.h"


static ngx_uint_t ngx_asyncapi_postgres_may_open(
    ngx_asyncapi_postgres_server_t *server);
static void ngx_asyncapi_postgres_take(ngx_asyncapi_postgres_server_t *server,
    ngx_asyncapi_postgres_conn_t *conn);
static ngx_uint_t ngx_asyncapi_postgres_quick(
    ngx_asyncapi_postgres_call_t *call);
static ngx_asyncapi_postgres_call_t *ngx_asyncapi_postgres_first(
    ngx_asyncapi_postgres_server_t *server);
static void ngx_asyncapi_postgres_wait_end(ngx_asyncapi_postgres_call_t *call);


ngx_asyncapi_postgres_statement_t *
ngx_asyncapi_postgres_statement(ngx_pool_t *pool,
    ngx_asyncapi_postgres_server_t *server, ngx_str_t *text)
{
    ngx_uint_t                           i;
    ngx_asyncapi_postgres_statement_t   *statement, **known;

    known = server->statements.elts;

    for (i = 0; i < server->statements.nelts; i++) {

        if (known[i]->text.len == text->len
            && ngx_memcmp(known[i]->text.data, text->data, text->len) == 0)
        {
            return known[i];
        }
    }

    statement = ngx_pcalloc(pool, sizeof(ngx_asyncapi_postgres_statement_t));
    known = ngx_array_push(&server->statements);

    if (statement == NULL || known == NULL) {
        return NULL;
    }

    *known = statement;

    statement->text = *text;
    statement->index = i;

    (void) ngx_sprintf((u_char *) statement->name, "asyncapi_%ui%Z", i);

    return statement;
}


void
ngx_asyncapi_postgres_start(ngx_asyncapi_postgres_call_t *call)
{
    ngx_asyncapi_postgres_server_t  *server;

    server = call->server;

    if (!server->begun) {
        ngx_queue_init(&server->idle);
        ngx_queue_init(&server->waiting);
        server->begun = 1;
    }

    ngx_asyncapi_postgres_wait(call, 0);
    ngx_asyncapi_postgres_pump(server);

    /* a connection that is being opened will take one of those that wait */

    if (call->waiting
        && server->nwaiting > server->queue_size + server->nconnecting)
    {
        ngx_asyncapi_postgres_wait_end(call);
        ngx_asyncapi_postgres_done(call, NGX_ASYNCAPI_POSTGRES_LIMIT,
                         "all connections of the pool are busy, and the queue "
                         "is full");
    }
}


void
ngx_asyncapi_postgres_pump(ngx_asyncapi_postgres_server_t *server)
{
    ngx_queue_t                   *q;
    ngx_asyncapi_postgres_call_t  *call;
    ngx_asyncapi_postgres_conn_t  *conn;

    /* what is called below may come here again */

    if (server->pumping) {
        return;
    }

    server->pumping = 1;

    while (!ngx_queue_empty(&server->waiting)) {

        if (!ngx_queue_empty(&server->idle)) {
            q = ngx_queue_head(&server->idle);
            conn = ngx_queue_data(q, ngx_asyncapi_postgres_conn_t, idle);

            if (ngx_asyncapi_postgres_stale(conn)) {
                continue;
            }

            ngx_asyncapi_postgres_take(server, conn);
            ngx_asyncapi_postgres_run(conn);
            continue;
        }

        if (ngx_asyncapi_postgres_may_open(server)) {
            ngx_asyncapi_postgres_open(server);
            continue;
        }

        if (server->nconns) {
            break;
        }

        call = ngx_asyncapi_postgres_first(server);
        ngx_asyncapi_postgres_wait_end(call);

        /* nothing of what waits has been done */

        call->undone = 1;
        ngx_asyncapi_postgres_done(call, NGX_ASYNCAPI_POSTGRES_CONNECT,
                                   server->detail);
    }

    server->pumping = 0;
}


static ngx_uint_t
ngx_asyncapi_postgres_may_open(ngx_asyncapi_postgres_server_t *server)
{
    ngx_uint_t  most;

    if (server->nconns >= server->size) {
        return 0;
    }

    if (server->delay == 0) {
        most = server->nwaiting;

    } else if ((ngx_msec_int_t) (ngx_current_msec - server->retry) >= 0) {
        most = 1;

    } else {
        return 0;
    }

    return server->nconnecting < most;
}


/* the first call, and with it its share of the others that may go with it */

static void
ngx_asyncapi_postgres_take(ngx_asyncapi_postgres_server_t *server,
    ngx_asyncapi_postgres_conn_t *conn)
{
    ngx_uint_t                     share;
    ngx_asyncapi_postgres_call_t  *call;

    share = server->nwaiting / server->nconns + 1;
    share = ngx_min(share, NGX_ASYNCAPI_POSTGRES_BATCH);

    call = ngx_asyncapi_postgres_first(server);

    for ( ;; ) {
        ngx_asyncapi_postgres_wait_end(call);
        conn->calls[conn->ncalls++] = call;

        if (conn->ncalls == share
            || ngx_queue_empty(&server->waiting)
            || !ngx_asyncapi_postgres_quick(call))
        {
            return;
        }

        call = ngx_asyncapi_postgres_first(server);

        if (!ngx_asyncapi_postgres_quick(call)) {
            return;
        }
    }
}


static ngx_uint_t
ngx_asyncapi_postgres_quick(ngx_asyncapi_postgres_call_t *call)
{
    ngx_asyncapi_postgres_statement_t  *statement;

    statement = call->steps[0].statement;

    return !call->alone
           && !call->transaction
           && statement->reads
           && statement->known
           && statement->took <= NGX_ASYNCAPI_POSTGRES_QUICK;
}


static ngx_asyncapi_postgres_call_t *
ngx_asyncapi_postgres_first(ngx_asyncapi_postgres_server_t *server)
{
    ngx_queue_t  *q;

    q = ngx_queue_head(&server->waiting);

    return ngx_queue_data(q, ngx_asyncapi_postgres_call_t, queue);
}


void
ngx_asyncapi_postgres_wait(ngx_asyncapi_postgres_call_t *call,
    ngx_uint_t first)
{
    ngx_asyncapi_postgres_server_t  *server;

    server = call->server;

    if (first) {
        ngx_queue_insert_head(&server->waiting, &call->queue);

    } else {
        ngx_queue_insert_tail(&server->waiting, &call->queue);
    }

    server->nwaiting++;
    call->waiting = 1;
}


static void
ngx_asyncapi_postgres_wait_end(ngx_asyncapi_postgres_call_t *call)
{
    ngx_queue_remove(&call->queue);
    call->server->nwaiting--;
    call->waiting = 0;
}


void
ngx_asyncapi_postgres_done(ngx_asyncapi_postgres_call_t *call,
    ngx_asyncapi_postgres_error_e error, const char *detail)
{
    call->error = error;
    call->detail = detail;

    call->handler(call);
}


void
ngx_asyncapi_postgres_cancel(ngx_asyncapi_postgres_call_t *call)
{
    ngx_uint_t                       i, wanted;
    ngx_asyncapi_postgres_conn_t    *conn;
    ngx_asyncapi_postgres_server_t  *server;

    if (call->waiting) {
        ngx_asyncapi_postgres_wait_end(call);
        return;
    }

    conn = call->conn;

    if (conn == NULL) {
        return;
    }

    call->conn = NULL;
    server = conn->server;
    wanted = 0;

    for (i = 0; i < conn->ncalls; i++) {

        if (conn->calls[i] == call) {
            conn->calls[i] = NULL;
        }

        wanted += (conn->calls[i] != NULL);
    }

    /* that of a batch may end by itself before it would be cancelled */

    if (wanted) {
        if (!conn->timer.timer_set) {
            ngx_add_timer(&conn->timer, NGX_ASYNCAPI_POSTGRES_AGAIN);
        }

        return;
    }

    conn->ncalls = 0;

    (void) ngx_asyncapi_postgres_drain(conn);
    ngx_asyncapi_postgres_pump(server);
}

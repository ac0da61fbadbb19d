
/*
 * Copyright (C) The asyncapi module authors
 *
 * What nobody wants any more is cancelled at the server.
 *
 * libpq's PQcancel() connects to the server, and waits until it has closed
 * that connection, by when the signal is sent; so it is called in a thread.
 * Until it is through the connection that it is about is not used for anything
 * else.  A server that has not begun with a query when the signal comes does
 * not heed it, so it is sent again while no end is seen.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_postgres_conn.h"


/* how often it is sent, while no end is seen */
#define NGX_ASYNCAPI_POSTGRES_CANCELS  6


typedef struct {
    PGcancel                      *cancel;
    int                            sent;
    char                           error[256];
} ngx_asyncapi_postgres_cancel_t;


static ngx_int_t ngx_asyncapi_postgres_cancel_post(
    ngx_asyncapi_postgres_conn_t *conn);
static ngx_asyncapi_job_t *ngx_asyncapi_postgres_cancel_job(
    ngx_asyncapi_postgres_conn_t *conn);
static void ngx_asyncapi_postgres_cancel_free(void *data);
static void ngx_asyncapi_postgres_cancel_run(ngx_asyncapi_job_t *job);
static void ngx_asyncapi_postgres_cancel_done(ngx_asyncapi_job_t *job);


ngx_int_t
ngx_asyncapi_postgres_drain(ngx_asyncapi_postgres_conn_t *conn)
{
    ngx_asyncapi_postgres_state(conn, NGX_ASYNCAPI_POSTGRES_STATE_DRAINING);

    conn->cancels = 0;
    ngx_add_timer(&conn->timer, NGX_ASYNCAPI_POSTGRES_AGAIN);

    return ngx_asyncapi_postgres_cancel_post(conn);
}


void
ngx_asyncapi_postgres_drain_again(ngx_asyncapi_postgres_conn_t *conn)
{
    conn->cancels++;

    if (conn->cancels == NGX_ASYNCAPI_POSTGRES_CANCELS) {
        ngx_asyncapi_postgres_lost(conn, "it does not end what is cancelled");
        return;
    }

    ngx_add_timer(&conn->timer, NGX_ASYNCAPI_POSTGRES_AGAIN << conn->cancels);

    if (conn->job == NULL
        && (conn->stage == NGX_ASYNCAPI_POSTGRES_STAGE_CALL
            || conn->stage == NGX_ASYNCAPI_POSTGRES_STAGE_COMMIT))
    {
        (void) ngx_asyncapi_postgres_cancel_post(conn);
    }
}


/* NGX_OK; NGX_DONE: the connection is gone */

static ngx_int_t
ngx_asyncapi_postgres_cancel_post(ngx_asyncapi_postgres_conn_t *conn)
{
    ngx_asyncapi_job_t  *job;

    job = ngx_asyncapi_postgres_cancel_job(conn);

    if (job == NULL) {
        ngx_asyncapi_postgres_lost(conn, "no memory to cancel");
        return NGX_DONE;
    }

    if (conn->thread_pool == NULL
        || ngx_asyncapi_job_post(job, conn->thread_pool) != NGX_OK)
    {
        ngx_asyncapi_job_destroy(job);
        ngx_asyncapi_postgres_lost(conn, "no thread to cancel");
        return NGX_DONE;
    }

    conn->job = job;

    return NGX_OK;
}


static ngx_asyncapi_job_t *
ngx_asyncapi_postgres_cancel_job(ngx_asyncapi_postgres_conn_t *conn)
{
    ngx_asyncapi_job_t              *job;
    ngx_pool_cleanup_t              *cln;
    ngx_asyncapi_postgres_cancel_t  *cancel;

    job = ngx_asyncapi_job_create(sizeof(ngx_asyncapi_postgres_cancel_t),
                                  ngx_cycle->log);
    if (job == NULL) {
        return NULL;
    }

    job->run = ngx_asyncapi_postgres_cancel_run;
    job->done = ngx_asyncapi_postgres_cancel_done;
    job->owner = conn;

    cancel = job->data;

    cln = ngx_pool_cleanup_add(job->pool, 0);

    if (cln) {
        cancel->cancel = PQgetCancel(conn->pg);
    }

    if (cancel->cancel == NULL) {
        ngx_asyncapi_job_destroy(job);
        return NULL;
    }

    cln->handler = ngx_asyncapi_postgres_cancel_free;
    cln->data = cancel->cancel;

    return job;
}


static void
ngx_asyncapi_postgres_cancel_free(void *data)
{
    PQfreeCancel(data);
}


static void
ngx_asyncapi_postgres_cancel_run(ngx_asyncapi_job_t *job)
{
    ngx_asyncapi_postgres_cancel_t  *cancel;

    cancel = job->data;

    cancel->sent = PQcancel(cancel->cancel, cancel->error,
                            sizeof(cancel->error));
}


static void
ngx_asyncapi_postgres_cancel_done(ngx_asyncapi_job_t *job)
{
    ngx_asyncapi_postgres_conn_t    *conn;
    ngx_asyncapi_postgres_cancel_t  *cancel;
    ngx_asyncapi_postgres_server_t  *server;

    conn = job->owner;
    cancel = job->data;

    if (conn == NULL) {
        return;
    }

    conn->job = NULL;
    server = conn->server;

    if (!cancel->sent) {
        ngx_asyncapi_postgres_lost(conn, cancel->error);

    } else if (conn->stage == NGX_ASYNCAPI_POSTGRES_STAGE_NONE) {
        ngx_asyncapi_postgres_settle(conn);
    }

    ngx_asyncapi_postgres_pump(server);
}


void
ngx_asyncapi_postgres_forget(ngx_asyncapi_postgres_conn_t *conn)
{
    if (conn->job) {
        conn->job->owner = NULL;
    }
}

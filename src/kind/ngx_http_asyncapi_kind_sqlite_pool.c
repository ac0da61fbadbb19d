
/*
 * Copyright (C) The asyncapi module authors
 *
 * Which call has which connection, and who comes next: first come, first
 * served, on the loop.
 */


#include "ngx_http_asyncapi_kind_sqlite_conn.h"


/* the connections of a database: the one that writes, and those that read */
#define NGX_HTTP_ASYNCAPI_SQLITE_CONNS  (1 + 8)

/* calls that wait for one, as many as nginx's thread pools take */
#define NGX_HTTP_ASYNCAPI_SQLITE_WAITING  65536


static ngx_http_asyncapi_sqlite_conn_t *ngx_http_asyncapi_sqlite_idle(
    ngx_http_asyncapi_sqlite_t *db, ngx_uint_t writes);
static ngx_int_t ngx_http_asyncapi_sqlite_post(
    ngx_http_asyncapi_sqlite_call_t *call,
    ngx_http_asyncapi_sqlite_conn_t *conn);
static void ngx_http_asyncapi_sqlite_next(ngx_http_asyncapi_sqlite_t *db,
    ngx_uint_t writes);
static void ngx_http_asyncapi_sqlite_exit(void *data);


ngx_int_t
ngx_http_asyncapi_sqlite_pool(ngx_conf_t *cf, ngx_http_asyncapi_sqlite_t *db)
{
    ngx_uint_t                        i;
    ngx_pool_cleanup_t               *cln;
    ngx_http_asyncapi_sqlite_conn_t  *conn;

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    conn = ngx_pcalloc(cf->pool, NGX_HTTP_ASYNCAPI_SQLITE_CONNS
                                 * sizeof(ngx_http_asyncapi_sqlite_conn_t));
    if (conn == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < NGX_HTTP_ASYNCAPI_SQLITE_CONNS; i++) {
        conn[i].database = db;
        conn[i].writer = (i == 0);

        (void) pthread_mutex_init(&conn[i].mutex, NULL);
    }

    db->conns = conn;

    ngx_queue_init(&db->waiting[0]);
    ngx_queue_init(&db->waiting[1]);

    cln->handler = ngx_http_asyncapi_sqlite_exit;
    cln->data = db;

    return NGX_OK;
}


/* when a worker ends, its threads have ended before; others have none open */

static void
ngx_http_asyncapi_sqlite_exit(void *data)
{
    ngx_http_asyncapi_sqlite_t *db = data;

    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_ASYNCAPI_SQLITE_CONNS; i++) {
        ngx_http_asyncapi_sqlite_close(&db->conns[i]);
        (void) pthread_mutex_destroy(&db->conns[i].mutex);
    }
}


ngx_int_t
ngx_http_asyncapi_sqlite_submit(ngx_http_asyncapi_sqlite_call_t *call)
{
    ngx_http_asyncapi_sqlite_t       *db;
    ngx_http_asyncapi_sqlite_conn_t  *conn;

    db = call->database;
    conn = ngx_http_asyncapi_sqlite_idle(db, call->writes);

    if (conn) {
        return ngx_http_asyncapi_sqlite_post(call, conn);
    }

    if (db->nwaiting == NGX_HTTP_ASYNCAPI_SQLITE_WAITING) {
        return NGX_BUSY;
    }

    ngx_queue_insert_tail(&db->waiting[call->writes], &call->queue);
    db->nwaiting++;

    return NGX_OK;
}


/* those in front, so that few are opened where few are needed */

static ngx_http_asyncapi_sqlite_conn_t *
ngx_http_asyncapi_sqlite_idle(ngx_http_asyncapi_sqlite_t *db,
    ngx_uint_t writes)
{
    ngx_uint_t  i, last;

    i = writes ? 0 : 1;
    last = writes ? 1 : NGX_HTTP_ASYNCAPI_SQLITE_CONNS;

    for ( /* void */ ; i < last; i++) {
        if (db->conns[i].call == NULL) {
            return &db->conns[i];
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_asyncapi_sqlite_post(ngx_http_asyncapi_sqlite_call_t *call,
    ngx_http_asyncapi_sqlite_conn_t *conn)
{
    conn->call = call;
    call->conn = conn;

    if (ngx_asyncapi_job_post(call->job, call->threads) != NGX_OK) {
        conn->call = NULL;
        call->conn = NULL;

        return NGX_BUSY;
    }

    return NGX_OK;
}


void
ngx_http_asyncapi_sqlite_release(ngx_http_asyncapi_sqlite_call_t *call)
{
    call->conn->call = NULL;

    ngx_http_asyncapi_sqlite_next(call->database, call->conn->writer);
}


static void
ngx_http_asyncapi_sqlite_next(ngx_http_asyncapi_sqlite_t *db,
    ngx_uint_t writes)
{
    ngx_queue_t                      *q;
    ngx_http_asyncapi_op_t           *op;
    ngx_http_asyncapi_sqlite_call_t  *call;
    ngx_http_asyncapi_sqlite_conn_t  *conn;

    while (!ngx_queue_empty(&db->waiting[writes])) {

        conn = ngx_http_asyncapi_sqlite_idle(db, writes);
        if (conn == NULL) {
            return;
        }

        q = ngx_queue_head(&db->waiting[writes]);
        ngx_queue_remove(q);
        db->nwaiting--;

        call = ngx_queue_data(q, ngx_http_asyncapi_sqlite_call_t, queue);

        if (ngx_http_asyncapi_sqlite_post(call, conn) != NGX_OK) {
            op = call->job->owner;

            ngx_asyncapi_job_destroy(call->job);
            ngx_http_asyncapi_sqlite_full(op);
        }
    }
}


void
ngx_http_asyncapi_sqlite_drop(ngx_http_asyncapi_sqlite_call_t *call)
{
    ngx_http_asyncapi_sqlite_conn_t  *conn;

    conn = call->conn;

    if (conn == NULL) {
        ngx_queue_remove(&call->queue);
        call->database->nwaiting--;

        ngx_asyncapi_job_destroy(call->job);
        return;
    }

    call->job->owner = NULL;

    __atomic_store_n(&call->cancelled, 1, __ATOMIC_RELAXED);

    (void) pthread_mutex_lock(&conn->mutex);

    if (conn->handle) {
        sqlite3_interrupt(conn->handle);
    }

    (void) pthread_mutex_unlock(&conn->mutex);
}

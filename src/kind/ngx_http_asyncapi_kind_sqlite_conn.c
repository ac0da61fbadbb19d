
/*
 * Copyright (C) The asyncapi module authors
 *
 * A connection in the thread of the call that has it: opened when it is first
 * needed, waiting for locks, left as it was found.
 */


#include "ngx_http_asyncapi_kind_sqlite_conn.h"

#include <time.h>


/* how many steps of its machine SQLite takes before it looks for a cancel */
#define NGX_HTTP_ASYNCAPI_SQLITE_STEPS  1000


static ngx_uint_t ngx_http_asyncapi_sqlite_moved(
    ngx_http_asyncapi_sqlite_conn_t *conn);
static int ngx_http_asyncapi_sqlite_setup(
    ngx_http_asyncapi_sqlite_call_t *call);
static int ngx_http_asyncapi_sqlite_busy(void *data, int n);
static int ngx_http_asyncapi_sqlite_progress(void *data);
static ngx_uint_t ngx_http_asyncapi_sqlite_broken(int rc);


int
ngx_http_asyncapi_sqlite_open(ngx_http_asyncapi_sqlite_call_t *call)
{
    int                               rc, flags;
    sqlite3                          *handle;
    ngx_http_asyncapi_sqlite_t       *db;
    ngx_http_asyncapi_sqlite_conn_t  *conn;

    conn = call->conn;
    db = call->database;

    if (conn->handle) {

        if (!ngx_http_asyncapi_sqlite_moved(conn)) {
            return SQLITE_OK;
        }

        ngx_http_asyncapi_sqlite_close(conn);
    }

    /* no two threads use it at a time */

    flags = SQLITE_OPEN_NOMUTEX
            | (db->readonly ? SQLITE_OPEN_READONLY
                            : SQLITE_OPEN_READWRITE|SQLITE_OPEN_CREATE);

    rc = sqlite3_open_v2((char *) db->file.data, &handle, flags, NULL);

    (void) pthread_mutex_lock(&conn->mutex);
    conn->handle = handle;
    (void) pthread_mutex_unlock(&conn->mutex);

    if (rc != SQLITE_OK) {
        return handle ? sqlite3_extended_errcode(handle) : rc;
    }

    return ngx_http_asyncapi_sqlite_setup(call);
}


/* the file is deleted, or another has taken its place */

static ngx_uint_t
ngx_http_asyncapi_sqlite_moved(ngx_http_asyncapi_sqlite_conn_t *conn)
{
    int  moved;

    moved = 0;

    (void) sqlite3_file_control(conn->handle, "main", SQLITE_FCNTL_HAS_MOVED,
                                &moved);
    return moved;
}


static int
ngx_http_asyncapi_sqlite_setup(ngx_http_asyncapi_sqlite_call_t *call)
{
    ngx_http_asyncapi_sqlite_conn_t  *conn;

    conn = call->conn;

    (void) sqlite3_extended_result_codes(conn->handle, 1);
    (void) sqlite3_busy_handler(conn->handle, ngx_http_asyncapi_sqlite_busy,
                                conn);
    sqlite3_progress_handler(conn->handle, NGX_HTTP_ASYNCAPI_SQLITE_STEPS,
                             ngx_http_asyncapi_sqlite_progress, conn);
    (void) sqlite3_db_config(conn->handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1,
                             (int *) NULL);

    conn->prepared = calloc(conn->database->statements + 1,
                            sizeof(sqlite3_stmt *));
    if (conn->prepared == NULL) {
        return SQLITE_NOMEM;
    }

    /* the system may have its own mind about who writes */

    if (conn->database->readonly
        || sqlite3_db_readonly(conn->handle, "main") == 1)
    {
        return SQLITE_OK;
    }

    return ngx_http_asyncapi_sqlite_exec(call, "PRAGMA journal_mode=WAL");
}


void
ngx_http_asyncapi_sqlite_close(ngx_http_asyncapi_sqlite_conn_t *conn)
{
    sqlite3     *handle;
    ngx_uint_t   i;

    if (conn->handle == NULL) {
        return;
    }

    if (conn->prepared) {
        for (i = 0; i < conn->database->statements; i++) {
            (void) sqlite3_finalize(conn->prepared[i]);
        }

        free(conn->prepared);
        conn->prepared = NULL;
    }

    (void) pthread_mutex_lock(&conn->mutex);

    handle = conn->handle;
    conn->handle = NULL;

    (void) pthread_mutex_unlock(&conn->mutex);

    /* at the end of a worker there is no call to ask */

    sqlite3_progress_handler(handle, 0, NULL, NULL);
    (void) sqlite3_busy_handler(handle, NULL, NULL);
    (void) sqlite3_close(handle);
}


int
ngx_http_asyncapi_sqlite_exec(ngx_http_asyncapi_sqlite_call_t *call,
    const char *sql)
{
    int         rc;
    ngx_uint_t  n;

    /* there are locks that SQLite does not wait for */

    n = 0;

    do {
        rc = sqlite3_exec(call->conn->handle, sql, NULL, NULL, NULL);
    } while ((rc & 0xff) == SQLITE_BUSY
             && ngx_http_asyncapi_sqlite_wait(call, n++));

    return rc;
}


int
ngx_http_asyncapi_sqlite_prepare(ngx_http_asyncapi_sqlite_call_t *call,
    ngx_asyncapi_sql_t *sql, sqlite3_stmt **stmt)
{
    int                                    rc;
    ngx_uint_t                             n;
    ngx_http_asyncapi_sqlite_conn_t       *conn;
    ngx_http_asyncapi_sqlite_statement_t  *statement;

    conn = call->conn;
    statement = sql->data;

    *stmt = conn->prepared[statement->number];

    if (*stmt) {
        return SQLITE_OK;
    }

    n = 0;

    do {
        rc = sqlite3_prepare_v3(conn->handle, (char *) sql->text.data,
                                sql->text.len + 1, SQLITE_PREPARE_PERSISTENT,
                                stmt, NULL);
    } while ((rc & 0xff) == SQLITE_BUSY
             && ngx_http_asyncapi_sqlite_wait(call, n++));

    if (rc == SQLITE_OK && *stmt == NULL) {
        return SQLITE_MISUSE;
    }

    conn->prepared[statement->number] = *stmt;

    return rc;
}


static int
ngx_http_asyncapi_sqlite_busy(void *data, int n)
{
    ngx_http_asyncapi_sqlite_conn_t  *conn = data;

    return ngx_http_asyncapi_sqlite_wait(conn->call, n);
}


/*
 * SQLite has no queue for its locks, they are asked for again.  A task that is
 * cancelled meanwhile, as by its deadline, gives its thread back with the next
 * look.
 */

ngx_uint_t
ngx_http_asyncapi_sqlite_wait(ngx_http_asyncapi_sqlite_call_t *call,
    ngx_uint_t n)
{
    struct timespec  ts;

    if (ngx_http_asyncapi_sqlite_unwanted(call)) {
        return 0;
    }

    call->locked++;

    ts.tv_sec = 0;
    ts.tv_nsec = ngx_min(n + 1, 5) * 1000000;

    (void) nanosleep(&ts, NULL);

    return !ngx_http_asyncapi_sqlite_unwanted(call);
}


/*
 * An interrupt ends what runs at that moment; this also ends what has begun a
 * moment later.
 */

static int
ngx_http_asyncapi_sqlite_progress(void *data)
{
    ngx_http_asyncapi_sqlite_conn_t  *conn = data;

    return ngx_http_asyncapi_sqlite_unwanted(conn->call);
}


ngx_uint_t
ngx_http_asyncapi_sqlite_unwanted(ngx_http_asyncapi_sqlite_call_t *call)
{
    return __atomic_load_n(&call->cancelled, __ATOMIC_RELAXED)
           || ngx_asyncapi_job_unwanted(call->job);
}


void
ngx_http_asyncapi_sqlite_leave(ngx_http_asyncapi_sqlite_call_t *call)
{
    ngx_uint_t                        i;
    ngx_http_asyncapi_sqlite_conn_t  *conn;

    conn = call->conn;

    if (conn->handle == NULL) {
        return;
    }

    /* the call's interrupt, of which there is one at most, may hit this too */

    for (i = 0; i < 2 && !sqlite3_get_autocommit(conn->handle); i++) {
        (void) sqlite3_exec(conn->handle, "ROLLBACK", NULL, NULL, NULL);
    }

    if (!sqlite3_get_autocommit(conn->handle)
        || conn->prepared == NULL
        || ngx_http_asyncapi_sqlite_broken(call->rc))
    {
        ngx_http_asyncapi_sqlite_close(conn);
    }
}


/* the file may be another when it is opened again */

static ngx_uint_t
ngx_http_asyncapi_sqlite_broken(int rc)
{
    switch (rc & 0xff) {

    case SQLITE_CANTOPEN:
    case SQLITE_CORRUPT:
    case SQLITE_IOERR:
    case SQLITE_MISUSE:
    case SQLITE_NOTADB:
    case SQLITE_PROTOCOL:
        return 1;

    default:
        return rc == SQLITE_READONLY_DBMOVED;
    }
}

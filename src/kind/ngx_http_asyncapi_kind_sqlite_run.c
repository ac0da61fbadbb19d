
/*
 * Copyright (C) The asyncapi module authors
 *
 * What a call does in its thread: a statement, or a transaction, and the rows.
 */


#include "ngx_http_asyncapi_kind_sqlite_conn.h"


/* json() and its kin say so of what they give */
#define NGX_HTTP_ASYNCAPI_SQLITE_JSON  'J'


/*
 * All with a call: NGX_OK, or NGX_ERROR: call->result says why it has failed,
 * or call->misplaced is set.
 */

static ngx_int_t ngx_http_asyncapi_sqlite_transaction(
    ngx_http_asyncapi_sqlite_call_t *call);
static ngx_int_t ngx_http_asyncapi_sqlite_statement(
    ngx_http_asyncapi_sqlite_call_t *call, ngx_uint_t i);
static int ngx_http_asyncapi_sqlite_bind(sqlite3_stmt *stmt, int i,
    ngx_asyncapi_sql_value_t *value);
static int ngx_http_asyncapi_sqlite_number(sqlite3_stmt *stmt, int i,
    ngx_str_t *digits);
static ngx_int_t ngx_http_asyncapi_sqlite_step(
    ngx_http_asyncapi_sqlite_call_t *call, sqlite3_stmt *stmt,
    ngx_uint_t last);
static int ngx_http_asyncapi_sqlite_first(
    ngx_http_asyncapi_sqlite_call_t *call, sqlite3_stmt *stmt);
static int ngx_http_asyncapi_sqlite_rest(
    ngx_http_asyncapi_sqlite_call_t *call, sqlite3_stmt *stmt, int rc);
static int ngx_http_asyncapi_sqlite_rows(
    ngx_http_asyncapi_sqlite_call_t *call, sqlite3_stmt *stmt, int rc,
    ngx_int_t *written);
static ngx_int_t ngx_http_asyncapi_sqlite_columns(
    ngx_asyncapi_sql_rows_t *rows, sqlite3_stmt *stmt);
static ngx_int_t ngx_http_asyncapi_sqlite_row(ngx_asyncapi_sql_rows_t *rows,
    sqlite3_stmt *stmt);
static ngx_int_t ngx_http_asyncapi_sqlite_column(
    ngx_asyncapi_sql_rows_t *rows, sqlite3_stmt *stmt, int i);
static u_char *ngx_http_asyncapi_sqlite_bytes(sqlite3_stmt *stmt, int i,
    u_char **p);
static ngx_uint_t ngx_http_asyncapi_sqlite_is_json(sqlite3_stmt *stmt, int i);
static ngx_int_t ngx_http_asyncapi_sqlite_failed(
    ngx_http_asyncapi_sqlite_call_t *call, int rc);


void
ngx_http_asyncapi_sqlite_run(ngx_asyncapi_job_t *job)
{
    int                               rc;
    ngx_int_t                         done;
    ngx_http_asyncapi_sql_conf_t     *conf;
    ngx_http_asyncapi_sqlite_call_t  *call;

    call = job->data;
    conf = call->node->conf;

    if (ngx_http_asyncapi_sqlite_unwanted(call)) {
        return;
    }

    rc = ngx_http_asyncapi_sqlite_open(call);

    if (rc != SQLITE_OK) {
        done = ngx_http_asyncapi_sqlite_failed(call, rc);

    } else if (conf->transaction) {
        done = ngx_http_asyncapi_sqlite_transaction(call);

    } else {
        done = ngx_http_asyncapi_sqlite_statement(call, 0);
    }

    ngx_http_asyncapi_sqlite_leave(call);

    if (done == NGX_OK
        && call->result.reason == NGX_HTTP_ASYNCAPI_OK
        && !ngx_http_asyncapi_sqlite_unwanted(call)
        && ngx_http_asyncapi_result_make(call->node, job->pool, &call->result)
           != NGX_OK)
    {
        (void) ngx_http_asyncapi_sqlite_failed(call, SQLITE_NOMEM);
    }
}


/* what is not committed at the end is rolled back when the call leaves */

static ngx_int_t
ngx_http_asyncapi_sqlite_transaction(ngx_http_asyncapi_sqlite_call_t *call)
{
    int                            rc;
    ngx_uint_t                     i;
    ngx_http_asyncapi_sql_conf_t  *conf;

    conf = call->node->conf;

    /* who is to write asks for that before it has read */

    rc = ngx_http_asyncapi_sqlite_exec(call, call->conn->writer
                                             ? "BEGIN IMMEDIATE" : "BEGIN");
    if (rc != SQLITE_OK) {
        return ngx_http_asyncapi_sqlite_failed(call, rc);
    }

    for (i = 0; i < conf->statements.nelts; i++) {

        if (ngx_http_asyncapi_sqlite_statement(call, i) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (call->result.reason != NGX_HTTP_ASYNCAPI_OK
        || ngx_http_asyncapi_sqlite_unwanted(call))
    {
        return NGX_ERROR;
    }

    rc = ngx_http_asyncapi_sqlite_exec(call, "COMMIT");
    if (rc != SQLITE_OK) {
        return ngx_http_asyncapi_sqlite_failed(call, rc);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_sqlite_statement(ngx_http_asyncapi_sqlite_call_t *call,
    ngx_uint_t i)
{
    int                            rc;
    ngx_int_t                      done;
    ngx_uint_t                     n;
    sqlite3_stmt                  *stmt;
    ngx_asyncapi_sql_t            *sql;
    ngx_http_asyncapi_sql_conf_t  *conf;

    conf = call->node->conf;
    sql = (ngx_asyncapi_sql_t *) conf->statements.elts + i;

    rc = ngx_http_asyncapi_sqlite_prepare(call, sql, &stmt);
    if (rc != SQLITE_OK) {
        return ngx_http_asyncapi_sqlite_failed(call, rc);
    }

    if (!call->conn->writer
        && !call->database->readonly
        && !sqlite3_stmt_readonly(stmt))
    {
        call->misplaced = sql->data;
        return NGX_ERROR;
    }

    for (n = 0; n < sql->refs.nelts && rc == SQLITE_OK; n++) {
        rc = ngx_http_asyncapi_sqlite_bind(stmt, n + 1, &call->values[i][n]);
    }

    done = (rc == SQLITE_OK)
           ? ngx_http_asyncapi_sqlite_step(call, stmt,
                                           i + 1 == conf->statements.nelts)
           : ngx_http_asyncapi_sqlite_failed(call, rc);

    (void) sqlite3_reset(stmt);
    (void) sqlite3_clear_bindings(stmt);

    return done;
}


static int
ngx_http_asyncapi_sqlite_bind(sqlite3_stmt *stmt, int i,
    ngx_asyncapi_sql_value_t *value)
{
    switch (value->type) {

    case NGX_ASYNCAPI_SQL_NULL:
        return sqlite3_bind_null(stmt, i);

    case NGX_ASYNCAPI_SQL_BOOLEAN:
        return sqlite3_bind_int(stmt, i, value->text.data[0] == 't');

    case NGX_ASYNCAPI_SQL_NUMBER:
        return ngx_http_asyncapi_sqlite_number(stmt, i, &value->text);

    default: /* text, JSON */
        return sqlite3_bind_text64(stmt, i, (char *) value->text.data,
                                   value->text.len, SQLITE_STATIC,
                                   SQLITE_UTF8);
    }
}


/* as SQLite takes the same digits in its own text */

static int
ngx_http_asyncapi_sqlite_number(sqlite3_stmt *stmt, int i, ngx_str_t *digits)
{
    long long  n;

    if (strpbrk((char *) digits->data, ".eE") == NULL) {
        errno = 0;
        n = strtoll((char *) digits->data, NULL, 10);

        if (errno == 0) {
            return sqlite3_bind_int64(stmt, i, n);
        }
    }

    return sqlite3_bind_double(stmt, i, strtod((char *) digits->data, NULL));
}


static ngx_int_t
ngx_http_asyncapi_sqlite_step(ngx_http_asyncapi_sqlite_call_t *call,
    sqlite3_stmt *stmt, ngx_uint_t last)
{
    int         rc, changes;
    sqlite3    *handle;
    ngx_int_t   written;

    handle = call->conn->handle;
    changes = sqlite3_total_changes(handle);
    written = NGX_OK;

    rc = ngx_http_asyncapi_sqlite_first(call, stmt);

    if (!last) {
        rc = ngx_http_asyncapi_sqlite_rest(call, stmt, rc);

    } else if (sqlite3_column_count(stmt)) {
        rc = ngx_http_asyncapi_sqlite_rows(call, stmt, rc, &written);

    } else if (rc == SQLITE_DONE) {

        /* what has changed nothing leaves the number of what did before */

        changes = (changes == sqlite3_total_changes(handle))
                  ? 0 : sqlite3_changes(handle);

        written = ngx_asyncapi_sql_affected(call->rows.pool, changes,
                                            &call->result.body);

        call->result.reason = NGX_HTTP_ASYNCAPI_OK;
        call->result.as = NGX_HTTP_ASYNCAPI_AS_VALUE;
    }

    if (rc != SQLITE_DONE) {
        return ngx_http_asyncapi_sqlite_failed(call, rc);
    }

    if (written == NGX_ERROR) {
        return ngx_http_asyncapi_sqlite_failed(call, SQLITE_NOMEM);
    }

    return NGX_OK;
}


static int
ngx_http_asyncapi_sqlite_first(ngx_http_asyncapi_sqlite_call_t *call,
    sqlite3_stmt *stmt)
{
    int         rc;
    ngx_uint_t  n;

    for (n = 0; /* void */ ; n++) {
        rc = sqlite3_step(stmt);

        /* in a transaction a lock is not met any more, or by no waiting */

        if ((rc & 0xff) != SQLITE_BUSY
            || !sqlite3_get_autocommit(call->conn->handle)
            || !ngx_http_asyncapi_sqlite_wait(call, n))
        {
            return rc;
        }

        (void) sqlite3_reset(stmt);
    }
}


/* rows that nobody reads */

static int
ngx_http_asyncapi_sqlite_rest(ngx_http_asyncapi_sqlite_call_t *call,
    sqlite3_stmt *stmt, int rc)
{
    while (rc == SQLITE_ROW) {
        rc = sqlite3_step(stmt);
    }

    return rc;
}


static int
ngx_http_asyncapi_sqlite_rows(ngx_http_asyncapi_sqlite_call_t *call,
    sqlite3_stmt *stmt, int rc, ngx_int_t *written)
{
    ngx_int_t                 done;
    ngx_asyncapi_sql_rows_t  *rows;

    rows = &call->rows;

    done = ngx_http_asyncapi_sqlite_columns(rows, stmt);

    while (rc == SQLITE_ROW && done == NGX_OK) {

        done = ngx_asyncapi_sql_rows_begin(rows);

        if (done == NGX_OK) {
            done = ngx_http_asyncapi_sqlite_row(rows, stmt);
        }

        if (done == NGX_OK) {
            rc = sqlite3_step(stmt);
        }
    }

    /* what is not read any more is none of the result; what writes goes on */

    if (sqlite3_stmt_readonly(stmt)) {
        rc = (rc == SQLITE_ROW) ? SQLITE_DONE : rc;

    } else {
        rc = ngx_http_asyncapi_sqlite_rest(call, stmt, rc);
    }

    if (done == NGX_DONE) {
        done = NGX_OK;
    }

    *written = ngx_http_asyncapi_sql_result(rows, done, &call->result);

    return rc;
}


static ngx_int_t
ngx_http_asyncapi_sqlite_columns(ngx_asyncapi_sql_rows_t *rows,
    sqlite3_stmt *stmt)
{
    int          i, n;
    ngx_str_t   *names;
    const char  *name;

    n = sqlite3_column_count(stmt);

    names = ngx_palloc(rows->pool, n * sizeof(ngx_str_t));
    if (names == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        name = sqlite3_column_name(stmt, i);
        if (name == NULL) {
            return NGX_ERROR;
        }

        names[i].data = (u_char *) name;
        names[i].len = ngx_strlen(name);
    }

    return ngx_asyncapi_sql_rows_columns(rows, names, n);
}


static ngx_int_t
ngx_http_asyncapi_sqlite_row(ngx_asyncapi_sql_rows_t *rows, sqlite3_stmt *stmt)
{
    int        i, n;
    ngx_int_t  rc;

    n = sqlite3_column_count(stmt);

    for (i = 0; i < n; i++) {
        rc = ngx_http_asyncapi_sqlite_column(rows, stmt, i);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_sqlite_column(ngx_asyncapi_sql_rows_t *rows,
    sqlite3_stmt *stmt, int i)
{
    u_char                     buf[NGX_ASYNCAPI_SQL_REAL], *p, *last;
    ngx_asyncapi_sql_value_e   type;

    p = buf;
    type = NGX_ASYNCAPI_SQL_NUMBER;

    switch (sqlite3_column_type(stmt, i)) {

    case SQLITE_NULL:
        type = NGX_ASYNCAPI_SQL_NULL;
        last = p;
        break;

    case SQLITE_INTEGER:
        last = ngx_sprintf(buf, "%L", (int64_t) sqlite3_column_int64(stmt, i));
        break;

    case SQLITE_FLOAT:
        last = ngx_asyncapi_sql_real(buf, sqlite3_column_double(stmt, i));

        /* "Infinity" */

        if (buf[0] == '"') {
            type = NGX_ASYNCAPI_SQL_TEXT;
            p++;
            last--;
        }

        break;

    case SQLITE_BLOB:
        type = NGX_ASYNCAPI_SQL_BYTES;
        last = ngx_http_asyncapi_sqlite_bytes(stmt, i, &p);
        break;

    default: /* SQLITE_TEXT */
        type = ngx_http_asyncapi_sqlite_is_json(stmt, i)
               ? NGX_ASYNCAPI_SQL_JSON : NGX_ASYNCAPI_SQL_TEXT;
        last = ngx_http_asyncapi_sqlite_bytes(stmt, i, &p);
        break;
    }

    if (last == NULL) {
        return NGX_ERROR;
    }

    return ngx_asyncapi_sql_rows_value(rows, type, p, last - p);
}


/* returns their end; NULL: no memory.  Where there are none *p is kept */

static u_char *
ngx_http_asyncapi_sqlite_bytes(sqlite3_stmt *stmt, int i, u_char **p)
{
    const void  *data;

    data = (sqlite3_column_type(stmt, i) == SQLITE_BLOB)
           ? sqlite3_column_blob(stmt, i) : sqlite3_column_text(stmt, i);

    if (data) {
        *p = (u_char *) data;
        return *p + sqlite3_column_bytes(stmt, i);
    }

    return (sqlite3_errcode(sqlite3_db_handle(stmt)) == SQLITE_NOMEM) ? NULL
                                                                       : *p;
}


static ngx_uint_t
ngx_http_asyncapi_sqlite_is_json(sqlite3_stmt *stmt, int i)
{
    const char  *declared;

    declared = sqlite3_column_decltype(stmt, i);

    return (declared && ngx_strcasecmp((u_char *) declared,
                                       (u_char *) "JSON")
                        == 0)
           || sqlite3_value_subtype(sqlite3_column_value(stmt, i))
              == NGX_HTTP_ASYNCAPI_SQLITE_JSON;
}


static ngx_int_t
ngx_http_asyncapi_sqlite_failed(ngx_http_asyncapi_sqlite_call_t *call, int rc)
{
    u_char                      *p;
    size_t                       len;
    ngx_str_t                   *name;
    const char                  *message;
    ngx_http_asyncapi_result_t  *result;

    result = &call->result;

    ngx_memzero(result, sizeof(ngx_http_asyncapi_result_t));

    call->rc = rc;

    result->reason = NGX_HTTP_ASYNCAPI_SQL;
    result->code = *ngx_http_asyncapi_sqlite_code(rc);
    result->retryable = (rc & 0xff) == SQLITE_BUSY;

    /* the connection has words of its own for what has happened last on it */

    message = (call->conn->handle
               && sqlite3_extended_errcode(call->conn->handle) == rc)
              ? sqlite3_errmsg(call->conn->handle) : sqlite3_errstr(rc);

    name = &call->database->named.name;
    len = sizeof("sqlite \"\": ") - 1 + name->len + ngx_strlen(message);

    p = ngx_pnalloc(call->rows.pool, len);

    if (p) {
        result->detail.data = p;
        result->detail.len = ngx_sprintf(p, "sqlite \"%V\": %s", name, message)
                             - p;
    }

    return NGX_ERROR;
}

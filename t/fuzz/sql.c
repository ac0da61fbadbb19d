
/*
 * Copyright (C) The asyncapi module authors
 *
 * Any text as a statement, with values of any kind, and any text as a column.
 * SQLite is asked whether it sees the same statement and the same parameters.
 *
 * The first byte is the dialect and the form of the rows; behind a byte 0xfe
 * stands what is the value of every reference, and the column.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_sql.h"

#include <sqlite3.h>
#include <stdlib.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static void fuzz_text(ngx_pool_t *pool, ngx_uint_t sqlite, ngx_str_t *source,
    ngx_str_t *own);
static void check_placeholders(ngx_asyncapi_sql_t *sql, u_char ch);
static void check_sqlite(ngx_asyncapi_sql_t *sql);
static void fuzz_values(ngx_pool_t *pool, ngx_asyncapi_sql_t *sql,
    ngx_str_t *own);
static ngx_int_t resolve(ngx_asyncapi_render_t *render,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value);
static void fuzz_rows(ngx_pool_t *pool, ngx_uint_t form, ngx_str_t *own);
static ngx_str_t copy(ngx_pool_t *pool, const void *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_str_t         source, own;
    ngx_pool_t       *pool;
    const uint8_t    *p;
    static ngx_log_t  log;

    if (size < 1) {
        return 0;
    }

    ngx_pagesize = 4096;
    ngx_cacheline_size = 64;

    pool = ngx_create_pool(4096, &log);
    if (pool == NULL) {
        abort();
    }

    p = memchr(data + 1, 0xfe, size - 1);

    if (p == NULL) {
        p = data + size;
    }

    source = copy(pool, data + 1, p - data - 1);
    own = copy(pool, "", 0);

    if (p < data + size) {
        own = copy(pool, p + 1, data + size - p - 1);
    }

    fuzz_text(pool, data[0] & 1, &source, &own);
    fuzz_rows(pool, (data[0] >> 1) % (NGX_ASYNCAPI_SQL_ONE_BASE64 + 1), &own);

    ngx_destroy_pool(pool);

    return 0;
}


static void
fuzz_text(ngx_pool_t *pool, ngx_uint_t sqlite, ngx_str_t *source,
    ngx_str_t *own)
{
    ngx_asyncapi_sql_t                 sql;
    ngx_asyncapi_template_error_t      err;
    const ngx_asyncapi_sql_dialect_t  *dialect;

    dialect = sqlite ? &ngx_asyncapi_sql_sqlite : &ngx_asyncapi_sql_postgres;

    if (ngx_asyncapi_sql_parse(pool, source, dialect, &sql, &err) != NGX_OK) {

        if (err.message == NULL || err.offset > source->len) {
            abort();
        }

        return;
    }

    if (sql.words[0].len == 0
        || ngx_strlen(sql.text.data) != sql.text.len)
    {
        abort();
    }

    check_placeholders(&sql, dialect->placeholder);

    if (sqlite) {
        check_sqlite(&sql);
    }

    fuzz_values(pool, &sql, own);
}


/* all of them are there, in order; what else looks like one is in a string */

static void
check_placeholders(ngx_asyncapi_sql_t *sql, u_char ch)
{
    u_char      *p, text[NGX_INT_T_LEN + 2];
    ngx_uint_t   i;

    p = sql->text.data;

    for (i = 1; i <= sql->refs.nelts; i++) {
        *ngx_sprintf(text, "%c%ui", ch, i) = '\0';

        p = (u_char *) ngx_strstr(p, text);
        if (p == NULL) {
            abort();
        }
    }
}


static void
check_sqlite(ngx_asyncapi_sql_t *sql)
{
    const char      *tail;
    sqlite3_stmt    *stmt;
    static sqlite3  *db;

    if (db == NULL && sqlite3_open(":memory:", &db) != SQLITE_OK) {
        abort();
    }

    if (sqlite3_prepare_v2(db, (char *) sql->text.data, sql->text.len + 1,
                           &stmt, &tail)
        != SQLITE_OK)
    {
        return;
    }

    /* a byte order mark is a blank for it, and a word for others */

    if (stmt == NULL) {
        return;
    }

    if (*tail
        || sqlite3_bind_parameter_count(stmt) != (int) sql->refs.nelts)
    {
        abort();
    }

    sqlite3_finalize(stmt);
}


static void
fuzz_values(ngx_pool_t *pool, ngx_asyncapi_sql_t *sql, ngx_str_t *own)
{
    ngx_uint_t                 i;
    ngx_asyncapi_ref_t       **ref;
    ngx_asyncapi_render_t      render;
    ngx_asyncapi_sql_value_t  *values;

    ngx_memzero(&render, sizeof(ngx_asyncapi_render_t));

    render.pool = pool;
    render.resolve = resolve;
    render.data = own;

    ref = sql->refs.elts;

    for (i = 0; i < sql->refs.nelts; i++) {
        ref[i]->base = NGX_ASYNCAPI_BASE_JSON;
    }

    values = ngx_palloc(pool, (sql->refs.nelts + 1)
                              * sizeof(ngx_asyncapi_sql_value_t));

    if (ngx_asyncapi_sql_values(sql, &render, values) != NGX_OK) {

        if (render.message == NULL || render.failed == NULL) {
            abort();
        }

        return;
    }

    for (i = 0; i < sql->refs.nelts; i++) {

        if (values[i].type != NGX_ASYNCAPI_SQL_NULL
            && (ngx_strlen(values[i].text.data) != values[i].text.len
                || !ngx_asyncapi_json_utf8_valid(values[i].text.data,
                                                 values[i].text.len)))
        {
            abort();
        }
    }
}


/* JSON where it is some, else text */

static ngx_int_t
resolve(ngx_asyncapi_render_t *render, const ngx_asyncapi_ref_t *ref,
    ngx_asyncapi_value_t *value)
{
    value->data = *(ngx_str_t *) render->data;
    value->type = (ngx_asyncapi_json_validate(&value->data, NULL) == NGX_OK)
                  ? NGX_ASYNCAPI_VALUE_JSON : NGX_ASYNCAPI_VALUE_TEXT;

    return NGX_OK;
}


static void
fuzz_rows(ngx_pool_t *pool, ngx_uint_t form, ngx_str_t *own)
{
    ngx_int_t                 rc;
    ngx_str_t                 names[3], json;
    ngx_uint_t                i, type;
    ngx_asyncapi_sql_rows_t   rows;

    static const ngx_asyncapi_sql_value_e  types[] = {
        NGX_ASYNCAPI_SQL_TEXT, NGX_ASYNCAPI_SQL_JSON, NGX_ASYNCAPI_SQL_BYTES,
        NGX_ASYNCAPI_SQL_NULL
    };

    ngx_asyncapi_sql_rows_init(&rows, pool, form, 4096);

    names[0] = *own;
    ngx_str_set(&names[1], "a");
    names[2] = *own;

    rc = ngx_asyncapi_sql_rows_columns(&rows, names, 3);

    for (i = 0; i < 4 && rc == NGX_OK; i++) {
        rc = ngx_asyncapi_sql_rows_begin(&rows);

        for (type = 0; type < 3 && rc == NGX_OK; type++) {
            rc = ngx_asyncapi_sql_rows_value(&rows, types[(i + type) % 4],
                                             own->data, own->len);
        }
    }

    rc = ngx_asyncapi_sql_rows_finish(&rows, &json);

    if (rc == NGX_DECLINED) {

        if (!rows.too_large && rows.message == NULL) {
            abort();
        }

        return;
    }

    if (json.len > 4096
        || ngx_asyncapi_json_validate(&json, NULL) != NGX_OK)
    {
        abort();
    }
}


static ngx_str_t
copy(ngx_pool_t *pool, const void *data, size_t len)
{
    ngx_str_t  s;

    s.len = len;
    s.data = ngx_pnalloc(pool, len ? len : 1);
    ngx_memcpy(s.data, data, len);

    return s;
}

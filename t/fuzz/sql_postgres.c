
/*
 * Copyright (C) The asyncapi module authors
 *
 * Any bytes as a value of any type of PostgreSQL: what comes of them is JSON.
 * The bytes are also pieces of text, cut at zero bytes, that are written as an
 * array as PostgreSQL does it, and have to be found in its JSON again.
 *
 * The first byte is the type; of an array of a database's own types the second
 * one is the delimiter.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_sql_postgres.h"

#include <ctype.h>
#include <stdlib.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static void fuzz_value(ngx_pool_t *pool, const uint8_t *data, size_t size);
static void fuzz_array(ngx_pool_t *pool, const uint8_t *data, size_t size);
static u_char *element(u_char *p, const u_char *data, size_t len);
static ngx_int_t convert(ngx_pool_t *pool,
    ngx_asyncapi_sql_postgres_column_t *column, const u_char *data,
    size_t len, ngx_str_t *json);


/* bool, bytea, int8, float8, numeric, json, text, and their arrays */

static ngx_uint_t  types[] = {
    16, 17, 20, 701, 1700, 114, 25, 1000, 1001, 1016, 1022, 1231, 199, 1009
};


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_pool_t       *pool;
    static ngx_log_t  log;

    if (size < 2) {
        return 0;
    }

    ngx_pagesize = 4096;
    ngx_cacheline_size = 64;

    pool = ngx_create_pool(4096, &log);
    if (pool == NULL) {
        abort();
    }

    fuzz_value(pool, data, size);
    fuzz_array(pool, data + 1, size - 1);

    ngx_destroy_pool(pool);

    return 0;
}


static void
fuzz_value(ngx_pool_t *pool, const uint8_t *data, size_t size)
{
    ngx_str_t                            json;
    ngx_uint_t                           n;
    ngx_asyncapi_sql_postgres_column_t   column;

    n = sizeof(types) / sizeof(types[0]);

    if (data[0] < n) {
        (void) ngx_asyncapi_sql_postgres_column(types[data[0]], &column);
        data += 1;
        size -= 1;

    } else {
        ngx_asyncapi_sql_postgres_array(types[data[0] % n], data[1], &column);
        data += 2;
        size -= 2;
    }

    if (convert(pool, &column, data, size, &json) == NGX_OK
        && ngx_asyncapi_json_validate(&json, NULL) != NGX_OK)
    {
        abort();
    }
}


static void
fuzz_array(ngx_pool_t *pool, const uint8_t *data, size_t size)
{
    u_char                              *text, *p, *expected, *q;
    ngx_str_t                            json;
    const uint8_t                       *last, *end;
    ngx_asyncapi_sql_postgres_column_t   column;

    if (!ngx_asyncapi_json_utf8_valid((u_char *) data, size)) {
        return;
    }

    text = ngx_palloc(pool, 4 * size + 4);
    expected = ngx_palloc(pool, 8 * size + 4);

    p = text;
    q = expected;

    *p++ = '{';
    *q++ = '[';

    last = data + size;

    for ( ;; ) {
        end = memchr(data, 0, last - data);
        end = end ? end : last;

        p = element(p, data, end - data);

        *q++ = '"';
        q = ngx_asyncapi_json_escape(q, (u_char *) data, end - data);
        *q++ = '"';

        if (end == last) {
            break;
        }

        *p++ = ',';
        *q++ = ',';
        data = end + 1;
    }

    *p++ = '}';
    *q++ = ']';

    (void) ngx_asyncapi_sql_postgres_column(1009, &column);

    if (convert(pool, &column, text, p - text, &json) == NGX_OK
        && (json.len != (size_t) (q - expected)
            || ngx_memcmp(json.data, expected, json.len) != 0))
    {
        abort();
    }
}


/* as array_out() of PostgreSQL */

static u_char *
element(u_char *p, const u_char *data, size_t len)
{
    size_t      i;
    ngx_uint_t  quoted;

    quoted = (len == 0
              || (len == 4
                  && ngx_strncasecmp((u_char *) data, (u_char *) "NULL", 4)
                     == 0));

    for (i = 0; i < len; i++) {
        if (strchr("\"\\{},", data[i]) || isspace(data[i])) {
            quoted = 1;
        }
    }

    if (!quoted) {
        return ngx_cpymem(p, data, len);
    }

    *p++ = '"';

    for (i = 0; i < len; i++) {
        if (data[i] == '"' || data[i] == '\\') {
            *p++ = '\\';
        }

        *p++ = data[i];
    }

    *p++ = '"';

    return p;
}


static ngx_int_t
convert(ngx_pool_t *pool, ngx_asyncapi_sql_postgres_column_t *column,
    const u_char *data, size_t len, ngx_str_t *json)
{
    u_char                   *copy;
    ngx_int_t                 rc;
    ngx_str_t                 name;
    ngx_asyncapi_sql_rows_t   rows;

    ngx_str_set(&name, "a");

    ngx_asyncapi_sql_rows_init(&rows, pool, NGX_ASYNCAPI_SQL_ONE, 4096);
    (void) ngx_asyncapi_sql_rows_columns(&rows, &name, 1);
    (void) ngx_asyncapi_sql_rows_begin(&rows);

    copy = ngx_alloc(len + 1, pool->log);
    ngx_memcpy(copy, data, len);
    copy[len] = '\0';

    rc = ngx_asyncapi_sql_postgres_value(&rows, column, copy, len);

    ngx_free(copy);

    if (rc == NGX_OK) {
        rc = ngx_asyncapi_sql_rows_finish(&rows, json);
    }

    if (rc == NGX_DECLINED && !rows.too_large && rows.message == NULL) {
        abort();
    }

    return rc;
}

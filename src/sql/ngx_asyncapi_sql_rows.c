
/*
 * Copyright (C) The asyncapi module authors
 *
 * Rows as JSON, in one buffer that grows.
 */


#include "ngx_asyncapi_sql.h"


#define NGX_ASYNCAPI_SQL_BUFFER  1024


static ngx_int_t ngx_asyncapi_sql_rows_put(ngx_asyncapi_sql_rows_t *rows,
    ngx_asyncapi_sql_value_e type, const u_char *data, size_t len);
static ngx_int_t ngx_asyncapi_sql_rows_one(ngx_asyncapi_sql_rows_t *rows,
    ngx_asyncapi_sql_value_e type, const u_char *data, size_t len);
static ngx_int_t ngx_asyncapi_sql_rows_text(ngx_asyncapi_sql_rows_t *rows,
    const u_char *data, size_t len);
static ngx_int_t ngx_asyncapi_sql_rows_base64(ngx_asyncapi_sql_rows_t *rows,
    const u_char *data, size_t len);
static ngx_int_t ngx_asyncapi_sql_rows_literal(ngx_asyncapi_sql_rows_t *rows,
    const u_char *data, size_t len);
static ngx_int_t ngx_asyncapi_sql_rows_room(ngx_asyncapi_sql_rows_t *rows,
    size_t len);
static ngx_int_t ngx_asyncapi_sql_rows_invalid(ngx_asyncapi_sql_rows_t *rows,
    const char *message);


void
ngx_asyncapi_sql_rows_init(ngx_asyncapi_sql_rows_t *rows, ngx_pool_t *pool,
    ngx_asyncapi_sql_form_e form, size_t max)
{
    ngx_memzero(rows, sizeof(ngx_asyncapi_sql_rows_t));

    rows->pool = pool;
    rows->form = form;
    rows->max = max;
}


ngx_int_t
ngx_asyncapi_sql_rows_columns(ngx_asyncapi_sql_rows_t *rows,
    const ngx_str_t *names, ngx_uint_t n)
{
    u_char      *p;
    size_t       len;
    ngx_str_t   *name;
    ngx_uint_t   i, k, first;

    rows->columns = n;

    if (rows->form > NGX_ASYNCAPI_SQL_ROW) {
        return NGX_OK;
    }

    rows->names = ngx_pcalloc(rows->pool, (n + 1) * sizeof(ngx_str_t));
    if (rows->names == NULL) {
        return NGX_ERROR;
    }

    first = 1;

    for (i = 0; i < n; i++) {

        for (k = i + 1; k < n; k++) {
            if (names[k].len == names[i].len
                && ngx_memcmp(names[k].data, names[i].data, names[i].len) == 0)
            {
                break;
            }
        }

        if (k < n) {
            continue;
        }

        len = ngx_asyncapi_json_escape_len(names[i].data, names[i].len);

        p = ngx_pnalloc(rows->pool, len + 4);
        if (p == NULL) {
            return NGX_ERROR;
        }

        name = &rows->names[i];
        name->data = p;

        *p++ = first ? '{' : ',';
        *p++ = '"';
        p = ngx_asyncapi_json_escape(p, names[i].data, names[i].len);
        *p++ = '"';
        *p++ = ':';

        name->len = p - name->data;
        first = 0;
    }

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_sql_rows_begin(ngx_asyncapi_sql_rows_t *rows)
{
    ngx_int_t  rc;

    if (rows->rows && rows->form != NGX_ASYNCAPI_SQL_ROWS) {
        return NGX_DONE;
    }

    rc = NGX_OK;

    if (rows->form == NGX_ASYNCAPI_SQL_ROWS) {
        rc = ngx_asyncapi_sql_rows_literal(rows,
                                           (u_char *) (rows->rows ? "," : "["),
                                           1);
    }

    rows->rows++;
    rows->column = 0;

    return rc;
}


ngx_int_t
ngx_asyncapi_sql_rows_value(ngx_asyncapi_sql_rows_t *rows,
    ngx_asyncapi_sql_value_e type, const u_char *data, size_t len)
{
    ngx_int_t   rc;
    ngx_str_t  *name;

    if (rows->form > NGX_ASYNCAPI_SQL_ROW) {
        return (rows->column++ == 0)
               ? ngx_asyncapi_sql_rows_one(rows, type, data, len) : NGX_OK;
    }

    name = &rows->names[rows->column++];

    if (name->len) {
        rc = ngx_asyncapi_sql_rows_literal(rows, name->data, name->len);

        if (rc == NGX_OK) {
            rc = ngx_asyncapi_sql_rows_put(rows, type, data, len);
        }

        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (rows->column < rows->columns) {
        return NGX_OK;
    }

    return ngx_asyncapi_sql_rows_literal(rows, (u_char *) "}", 1);
}


static ngx_int_t
ngx_asyncapi_sql_rows_put(ngx_asyncapi_sql_rows_t *rows,
    ngx_asyncapi_sql_value_e type, const u_char *data, size_t len)
{
    ngx_str_t  text;

    switch (type) {

    case NGX_ASYNCAPI_SQL_NULL:
        return ngx_asyncapi_sql_rows_literal(rows, (u_char *) "null", 4);

    case NGX_ASYNCAPI_SQL_NUMBER:
    case NGX_ASYNCAPI_SQL_BOOLEAN:
        return ngx_asyncapi_sql_rows_literal(rows, data, len);

    case NGX_ASYNCAPI_SQL_BYTES:
        return ngx_asyncapi_sql_rows_base64(rows, data, len);

    case NGX_ASYNCAPI_SQL_JSON:
        text.data = (u_char *) data;
        text.len = len;

        if (rows->trust) {
            ngx_asyncapi_json_trim(&text);
            return ngx_asyncapi_sql_rows_literal(rows, text.data, text.len);
        }

        if (ngx_asyncapi_json_validate(&text, NULL) == NGX_OK) {
            return ngx_asyncapi_sql_rows_literal(rows, text.data, text.len);
        }

        /* a column only says to be JSON: what is none is text */

        /* fall through */

    default: /* NGX_ASYNCAPI_SQL_TEXT */
        return ngx_asyncapi_sql_rows_text(rows, data, len);
    }
}


static ngx_int_t
ngx_asyncapi_sql_rows_one(ngx_asyncapi_sql_rows_t *rows,
    ngx_asyncapi_sql_value_e type, const u_char *data, size_t len)
{
    ngx_str_t  text;

    if (type == NGX_ASYNCAPI_SQL_NULL) {
        return ngx_asyncapi_sql_rows_put(rows, type, data, len);
    }

    switch (rows->form) {

    case NGX_ASYNCAPI_SQL_ONE_TEXT:
        return ngx_asyncapi_sql_rows_text(rows, data, len);

    case NGX_ASYNCAPI_SQL_ONE_BASE64:
        return ngx_asyncapi_sql_rows_base64(rows, data, len);

    case NGX_ASYNCAPI_SQL_ONE_JSON:
        text.data = (u_char *) data;
        text.len = len;

        if (rows->trust) {
            ngx_asyncapi_json_trim(&text);

        } else if (ngx_asyncapi_json_validate(&text, NULL) != NGX_OK) {
            return ngx_asyncapi_sql_rows_invalid(rows,
                       "the result is no valid JSON");
        }

        return ngx_asyncapi_sql_rows_literal(rows, text.data, text.len);

    default: /* NGX_ASYNCAPI_SQL_ONE */
        return ngx_asyncapi_sql_rows_put(rows, type, data, len);
    }
}


static ngx_int_t
ngx_asyncapi_sql_rows_text(ngx_asyncapi_sql_rows_t *rows, const u_char *data,
    size_t len)
{
    ngx_int_t  rc;

    if (!ngx_asyncapi_json_utf8_valid(data, len)) {
        return ngx_asyncapi_sql_rows_invalid(rows,
                   "a text of the result is no UTF-8: as=base64 takes one "
                   "value of any bytes");
    }

    rc = ngx_asyncapi_sql_rows_room(rows, len + 2);

    if (rc == NGX_OK) {
        rc = ngx_asyncapi_sql_rows_room(rows,
                            ngx_asyncapi_json_escape_len(data, len) + 2);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    *rows->pos++ = '"';
    rows->pos = ngx_asyncapi_json_escape(rows->pos, data, len);
    *rows->pos++ = '"';

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_sql_rows_base64(ngx_asyncapi_sql_rows_t *rows, const u_char *data,
    size_t len)
{
    ngx_int_t  rc;
    ngx_str_t  bytes, encoded;

    rc = ngx_asyncapi_sql_rows_room(rows, ngx_base64_encoded_length(len) + 2);
    if (rc != NGX_OK) {
        return rc;
    }

    *rows->pos++ = '"';

    bytes.data = (u_char *) data;
    bytes.len = len;
    encoded.data = rows->pos;

    ngx_encode_base64(&encoded, &bytes);

    rows->pos += encoded.len;
    *rows->pos++ = '"';

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_sql_rows_literal(ngx_asyncapi_sql_rows_t *rows,
    const u_char *data, size_t len)
{
    ngx_int_t  rc;

    rc = ngx_asyncapi_sql_rows_room(rows, len);

    if (rc == NGX_OK && len) {
        rows->pos = ngx_cpymem(rows->pos, data, len);
    }

    return rc;
}


static ngx_int_t
ngx_asyncapi_sql_rows_room(ngx_asyncapi_sql_rows_t *rows, size_t len)
{
    u_char  *p;
    size_t   used, size;

    used = rows->pos - rows->start;

    if (rows->too_large || rows->message || len > rows->max - used) {
        rows->too_large = (rows->message == NULL);
        return NGX_DECLINED;
    }

    if (len <= (size_t) (rows->end - rows->pos)) {
        return NGX_OK;
    }

    size = ngx_max((size_t) (rows->end - rows->start) * 2,
                   NGX_ASYNCAPI_SQL_BUFFER);
    size = ngx_max(size, used + len);

    p = ngx_pnalloc(rows->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    if (rows->start) {
        ngx_memcpy(p, rows->start, used);
        (void) ngx_pfree(rows->pool, rows->start);
    }

    rows->start = p;
    rows->pos = p + used;
    rows->end = p + size;

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_sql_rows_invalid(ngx_asyncapi_sql_rows_t *rows,
    const char *message)
{
    if (!rows->too_large && rows->message == NULL) {
        rows->message = message;
    }

    return NGX_DECLINED;
}


ngx_int_t
ngx_asyncapi_sql_rows_finish(ngx_asyncapi_sql_rows_t *rows, ngx_str_t *json)
{
    ngx_int_t    rc;
    const char  *text;

    if (rows->form == NGX_ASYNCAPI_SQL_ROWS) {
        text = rows->rows ? "]" : "[]";

    } else {
        text = rows->rows ? "" : "null";
    }

    rc = ngx_asyncapi_sql_rows_literal(rows, (u_char *) text,
                                       ngx_strlen(text));

    json->data = rows->start;
    json->len = rows->pos - rows->start;

    return rc;
}


ngx_int_t
ngx_asyncapi_sql_affected(ngx_pool_t *pool, uint64_t n, ngx_str_t *json)
{
    json->data = ngx_pnalloc(pool, sizeof("{\"affected\":}") + NGX_INT64_LEN);
    if (json->data == NULL) {
        return NGX_ERROR;
    }

    json->len = ngx_sprintf(json->data, "{\"affected\":%uL}", n) - json->data;

    return NGX_OK;
}


u_char *
ngx_asyncapi_sql_real(u_char *p, double value)
{
    int         digits, len;
    char        text[NGX_ASYNCAPI_SQL_REAL];
    ngx_uint_t  small;

    if (value != value) {
        return ngx_cpymem(p, "\"NaN\"", 5);
    }

    if (value - value != 0) {
        return (value > 0) ? ngx_cpymem(p, "\"Infinity\"", 10)
                           : ngx_cpymem(p, "\"-Infinity\"", 11);
    }

    /* of all but the smallest numbers 15 digits are never too many */

    small = (value > -1e-300 && value < 1e-300);
    digits = small ? 1 : 15;

    do {
        len = snprintf(text, sizeof(text), "%.*g", digits, value);
    } while (strtod(text, NULL) != value && ++digits <= 17);

    p = ngx_cpymem(p, text, len);

    return strpbrk(text, ".e") ? p : ngx_cpymem(p, ".0", 2);
}

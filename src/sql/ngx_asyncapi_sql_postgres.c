
/*
 * Copyright (C) The asyncapi module authors
 *
 * Values of PostgreSQL, in its own text form, as JSON.
 *
 * Numbers keep their digits.  Types that are not in the table are strings.
 */


#include "ngx_asyncapi_sql_postgres.h"


struct ngx_asyncapi_sql_postgres_type_s {
    ngx_uint_t                  oid;
    ngx_uint_t                  array;     /* of the array of it */
    ngx_int_t                 (*value)(ngx_asyncapi_sql_rows_t *rows,
                                  u_char *data, size_t len);

    /*
     * of an array: writes it at p, 8 bytes for each of its own at most;
     * returns the end
     */
    u_char                   *(*element)(u_char *p, ngx_str_t *text);
};


static ngx_int_t ngx_asyncapi_sql_postgres_number(
    ngx_asyncapi_sql_rows_t *rows, u_char *data, size_t len);
static ngx_int_t ngx_asyncapi_sql_postgres_boolean(
    ngx_asyncapi_sql_rows_t *rows, u_char *data, size_t len);
static ngx_int_t ngx_asyncapi_sql_postgres_json(
    ngx_asyncapi_sql_rows_t *rows, u_char *data, size_t len);
static ngx_int_t ngx_asyncapi_sql_postgres_bytes(
    ngx_asyncapi_sql_rows_t *rows, u_char *data, size_t len);
static ngx_int_t ngx_asyncapi_sql_postgres_text(
    ngx_asyncapi_sql_rows_t *rows, u_char *data, size_t len);
static ngx_int_t ngx_asyncapi_sql_postgres_elements(
    ngx_asyncapi_sql_rows_t *rows,
    const ngx_asyncapi_sql_postgres_column_t *column, u_char *data,
    size_t len);
static u_char *ngx_asyncapi_sql_postgres_walk(u_char *p,
    const ngx_asyncapi_sql_postgres_column_t *column, u_char *data,
    u_char *last, u_char *plain);
static u_char *ngx_asyncapi_sql_postgres_unquote(u_char *data, u_char *last,
    ngx_str_t *text);
static u_char *ngx_asyncapi_sql_postgres_number_element(u_char *p,
    ngx_str_t *text);
static u_char *ngx_asyncapi_sql_postgres_boolean_element(u_char *p,
    ngx_str_t *text);
static u_char *ngx_asyncapi_sql_postgres_json_element(u_char *p,
    ngx_str_t *text);
static u_char *ngx_asyncapi_sql_postgres_bytes_element(u_char *p,
    ngx_str_t *text);
static u_char *ngx_asyncapi_sql_postgres_text_element(u_char *p,
    ngx_str_t *text);
static ngx_uint_t ngx_asyncapi_sql_postgres_is_number(const u_char *data,
    size_t len);
static const u_char *ngx_asyncapi_sql_postgres_digits(const u_char *p);
static size_t ngx_asyncapi_sql_postgres_unhex(u_char *dst, const u_char *data,
    size_t len);


/* of the catalog pg_type, which are the same in all versions */

static const ngx_asyncapi_sql_postgres_type_t
    ngx_asyncapi_sql_postgres_types[] =
{

#define X(oid, array, value)                                                 \
    { oid, array, ngx_asyncapi_sql_postgres_##value,                         \
      ngx_asyncapi_sql_postgres_##value##_element },

    X(16,   1000, boolean)                 /* bool */
    X(17,   1001, bytes)                   /* bytea */
    X(20,   1016, number)                 /* int8 */
    X(21,   1005, number)                 /* int2 */
    X(23,   1007, number)                 /* int4 */
    X(700,  1021, number)                  /* float4 */
    X(701,  1022, number)                  /* float8 */
    X(1700, 1231, number)                  /* numeric */
    X(114,  199,  json)                    /* json */
    X(3802, 3807, json)                    /* jsonb */
    X(25,   1009, text)                    /* text */
    X(1043, 1015, text)                    /* varchar */
    X(1042, 1014, text)                    /* bpchar */
    X(2950, 2951, text)                    /* uuid */
    X(1184, 1185, text)                    /* timestamptz */
    X(1114, 1115, text)                    /* timestamp */
    X(1082, 1182, text)                    /* date */
    X(1083, 1183, text)                    /* time */
    X(1266, 1270, text)                    /* timetz */
    X(1186, 1187, text)                    /* interval */
    X(18,   1002, text)                    /* "char" */
    X(19,   1003, text)                    /* name */
    X(26,   1028, text)                    /* oid */
    X(142,  143,  text)                    /* xml */
    X(600,  1017, text)                    /* point */
    X(650,  651,  text)                    /* cidr */
    X(774,  775,  text)                    /* macaddr8 */
    X(790,  791,  text)                    /* money */
    X(829,  1040, text)                    /* macaddr */
    X(869,  1041, text)                    /* inet */
    X(1560, 1561, text)                    /* bit */
    X(1562, 1563, text)                    /* varbit */
    X(2205, 2210, text)                    /* regclass */
    X(2249, 2287, text)                    /* record */
    X(3614, 3643, text)                    /* tsvector */
    X(3615, 3645, text)                    /* tsquery */
    X(3904, 3905, text)                    /* int4range */
    X(3906, 3907, text)                    /* numrange */
    X(3908, 3909, text)                    /* tsrange */
    X(3910, 3911, text)                    /* tstzrange */
    X(3912, 3913, text)                    /* daterange */
    X(3926, 3927, text)                    /* int8range */
    X(4072, 4073, text)                    /* jsonpath */
#undef X

    /* all others: it ends the table */

    { 0, 0, ngx_asyncapi_sql_postgres_text,
      ngx_asyncapi_sql_postgres_text_element }
};


ngx_int_t
ngx_asyncapi_sql_postgres_column(ngx_uint_t oid,
    ngx_asyncapi_sql_postgres_column_t *column)
{
    const ngx_asyncapi_sql_postgres_type_t  *type;

    for (type = ngx_asyncapi_sql_postgres_types; type->oid; type++) {

        if (type->oid == oid || type->array == oid) {
            break;
        }
    }

    column->type = type;
    column->array = (type->oid && type->array == oid);
    column->delimiter = ',';

    return type->oid ? NGX_OK : NGX_DECLINED;
}


void
ngx_asyncapi_sql_postgres_array(ngx_uint_t element, u_char delimiter,
    ngx_asyncapi_sql_postgres_column_t *column)
{
    (void) ngx_asyncapi_sql_postgres_column(element, column);

    /* in an array of what are arrays themselves these are strings */

    if (column->array) {
        (void) ngx_asyncapi_sql_postgres_column(0, column);
    }

    column->array = 1;
    column->delimiter = delimiter;
}


ngx_int_t
ngx_asyncapi_sql_postgres_value(ngx_asyncapi_sql_rows_t *rows,
    const ngx_asyncapi_sql_postgres_column_t *column, u_char *data,
    size_t len)
{
    return column->array
           ? ngx_asyncapi_sql_postgres_elements(rows, column, data, len)
           : column->type->value(rows, data, len);
}


/* NaN, Infinity and -Infinity are no numbers in JSON */

static ngx_int_t
ngx_asyncapi_sql_postgres_number(ngx_asyncapi_sql_rows_t *rows, u_char *data,
    size_t len)
{
    ngx_asyncapi_sql_value_e  type;

    type = ngx_asyncapi_sql_postgres_is_number(data, len)
           ? NGX_ASYNCAPI_SQL_NUMBER : NGX_ASYNCAPI_SQL_TEXT;

    return ngx_asyncapi_sql_rows_value(rows, type, data, len);
}


/* a zero byte follows it */

static ngx_uint_t
ngx_asyncapi_sql_postgres_is_number(const u_char *data, size_t len)
{
    const u_char  *p, *digits;

    digits = data + (data[0] == '-');
    p = ngx_asyncapi_sql_postgres_digits(digits);

    if (p == digits || (*digits == '0' && p - digits > 1)) {
        return 0;
    }

    if (*p == '.') {
        digits = p + 1;
        p = ngx_asyncapi_sql_postgres_digits(digits);

        if (p == digits) {
            return 0;
        }
    }

    if (*p == 'e' || *p == 'E') {
        digits = p + 1;
        digits += (*digits == '+' || *digits == '-');
        p = ngx_asyncapi_sql_postgres_digits(digits);

        if (p == digits) {
            return 0;
        }
    }

    return p == data + len;
}


static const u_char *
ngx_asyncapi_sql_postgres_digits(const u_char *p)
{
    while (*p >= '0' && *p <= '9') {
        p++;
    }

    return p;
}


static ngx_int_t
ngx_asyncapi_sql_postgres_boolean(ngx_asyncapi_sql_rows_t *rows, u_char *data,
    size_t len)
{
    if (data[0] == 't') {
        return ngx_asyncapi_sql_rows_value(rows, NGX_ASYNCAPI_SQL_BOOLEAN,
                                           (u_char *) "true", 4);
    }

    return ngx_asyncapi_sql_rows_value(rows, NGX_ASYNCAPI_SQL_BOOLEAN,
                                       (u_char *) "false", 5);
}


static ngx_int_t
ngx_asyncapi_sql_postgres_json(ngx_asyncapi_sql_rows_t *rows, u_char *data,
    size_t len)
{
    return ngx_asyncapi_sql_rows_value(rows, NGX_ASYNCAPI_SQL_JSON, data, len);
}


static ngx_int_t
ngx_asyncapi_sql_postgres_bytes(ngx_asyncapi_sql_rows_t *rows, u_char *data,
    size_t len)
{
    u_char     *bytes;
    ngx_int_t   rc;

    bytes = ngx_alloc(len / 2 + 1, rows->pool->log);
    if (bytes == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_asyncapi_sql_rows_value(rows, NGX_ASYNCAPI_SQL_BYTES, bytes,
                         ngx_asyncapi_sql_postgres_unhex(bytes, data, len));

    ngx_free(bytes);

    return rc;
}


/* "\x0123"; returns the length */

static size_t
ngx_asyncapi_sql_postgres_unhex(u_char *dst, const u_char *data, size_t len)
{
    size_t   i, n;
    u_char   ch;

    n = 0;

    for (i = 2; i < len; i++) {
        ch = data[i];
        ch = (ch <= '9') ? ch - '0' : ch - 'a' + 10;

        if (i % 2) {
            dst[n++] |= ch;

        } else {
            dst[n] = ch << 4;
        }
    }

    return n;
}


static ngx_int_t
ngx_asyncapi_sql_postgres_text(ngx_asyncapi_sql_rows_t *rows, u_char *data,
    size_t len)
{
    return ngx_asyncapi_sql_rows_value(rows, NGX_ASYNCAPI_SQL_TEXT, data, len);
}


/* "{1,NULL}", "{{a,\"b c\"},{d,e}}", "[0:1]={1,2}" */

static ngx_int_t
ngx_asyncapi_sql_postgres_elements(ngx_asyncapi_sql_rows_t *rows,
    const ngx_asyncapi_sql_postgres_column_t *column, u_char *data,
    size_t len)
{
    u_char     *buf, *start, *last;
    ngx_int_t   rc;
    ngx_str_t   json;

    start = (len && data[0] == '[') ? ngx_strlchr(data, data + len, '{')
                                    : data;

    /*
     * in JSON it takes half of that at least: there is no need to make what is
     * too large anyway; and what is no text will fail as such
     */

    if (start == NULL
        || len / 2 > rows->max
        || !ngx_asyncapi_json_utf8_valid(data, len))
    {
        return ngx_asyncapi_sql_postgres_text(rows, data, len);
    }

    /* an element, with a zero byte, and the result */

    buf = ngx_alloc(9 * len + 1, rows->pool->log);
    if (buf == NULL) {
        return NGX_ERROR;
    }

    json.data = buf + len + 1;

    last = ngx_asyncapi_sql_postgres_walk(json.data, column, start, data + len,
                                          buf);
    json.len = last - json.data;

    rc = (ngx_asyncapi_json_validate(&json, NULL) == NGX_OK)
         ? ngx_asyncapi_sql_rows_value(rows, NGX_ASYNCAPI_SQL_NUMBER,
                                       json.data, json.len)
         : ngx_asyncapi_sql_postgres_text(rows, data, len);

    ngx_free(buf);

    return rc;
}


/* plain has room for any one element; returns the end of what is written */

static u_char *
ngx_asyncapi_sql_postgres_walk(u_char *p,
    const ngx_asyncapi_sql_postgres_column_t *column, u_char *data,
    u_char *last, u_char *plain)
{
    u_char     ch;
    ngx_str_t  text;

    while (data < last) {

        ch = *data;

        if (ch == '{' || ch == '}' || ch == column->delimiter) {
            *p++ = (ch == '{') ? '[' : (ch == '}') ? ']' : ',';
            data++;
            continue;
        }

        text.data = plain;
        text.len = 0;

        if (ch == '"') {
            data = ngx_asyncapi_sql_postgres_unquote(data, last, &text);

        } else {

            while (data < last && *data != column->delimiter && *data != '}') {
                plain[text.len++] = *data++;
            }

            if (text.len == 4 && ngx_strncmp(plain, "NULL", 4) == 0) {
                p = ngx_cpymem(p, "null", 4);
                continue;
            }
        }

        text.data[text.len] = '\0';

        p = column->type->element(p, &text);
    }

    return p;
}


/* returns what is behind the quotes */

static u_char *
ngx_asyncapi_sql_postgres_unquote(u_char *data, u_char *last, ngx_str_t *text)
{
    for (data++; data < last && *data != '"'; data++) {

        if (*data == '\\' && data + 1 < last) {
            data++;
        }

        text->data[text->len++] = *data;
    }

    return data + 1;
}


static u_char *
ngx_asyncapi_sql_postgres_number_element(u_char *p, ngx_str_t *text)
{
    if (ngx_asyncapi_sql_postgres_is_number(text->data, text->len)) {
        return ngx_cpymem(p, text->data, text->len);
    }

    return ngx_asyncapi_sql_postgres_text_element(p, text);
}


static u_char *
ngx_asyncapi_sql_postgres_boolean_element(u_char *p, ngx_str_t *text)
{
    return (text->data[0] == 't') ? ngx_cpymem(p, "true", 4)
                                  : ngx_cpymem(p, "false", 5);
}


static u_char *
ngx_asyncapi_sql_postgres_json_element(u_char *p, ngx_str_t *text)
{
    ngx_str_t  json;

    json = *text;

    if (ngx_asyncapi_json_validate(&json, NULL) == NGX_OK) {
        return ngx_cpymem(p, json.data, json.len);
    }

    return ngx_asyncapi_sql_postgres_text_element(p, text);
}


static u_char *
ngx_asyncapi_sql_postgres_bytes_element(u_char *p, ngx_str_t *text)
{
    ngx_str_t  bytes, encoded;

    bytes.data = text->data;
    bytes.len = ngx_asyncapi_sql_postgres_unhex(text->data, text->data,
                                                text->len);

    *p++ = '"';

    encoded.data = p;
    ngx_encode_base64(&encoded, &bytes);
    p += encoded.len;

    *p++ = '"';

    return p;
}


static u_char *
ngx_asyncapi_sql_postgres_text_element(u_char *p, ngx_str_t *text)
{
    *p++ = '"';
    p = ngx_asyncapi_json_escape(p, text->data, text->len);
    *p++ = '"';

    return p;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * Values of parameters, and rows as JSON.
 */


#include "ngx_asyncapi_unit.h"
#include "ngx_asyncapi_sql.h"

#include <string.h>
#include <stdlib.h>


typedef struct {
    const char                *json;      /* or text, of "text" */
    ngx_asyncapi_value_e       type;
    ngx_asyncapi_sql_value_e   expected;
    const char                *text;
} value_t;

typedef struct {
    ngx_asyncapi_sql_form_e    form;
    ngx_asyncapi_sql_value_e   type;
    const char                *data;
    const char                *json;      /* NULL: refused */
} column_t;

typedef struct {
    double                     value;
    const char                *text;
} real_t;


static void values(void);
static void refused(const char *data, size_t len, ngx_asyncapi_value_e type,
    const char *message);
static ngx_int_t resolve(ngx_asyncapi_render_t *render,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value);
static void columns(void);
static void rows(void);
static void names(void);
static void bounds(void);
static void large(void);
static void reals(void);


static ngx_pool_t  *pool;


static value_t  value_tests[] = {
    { "", NGX_ASYNCAPI_VALUE_NONE, NGX_ASYNCAPI_SQL_NULL, "" },
    { "null", NGX_ASYNCAPI_VALUE_JSON, NGX_ASYNCAPI_SQL_NULL, "" },
    { "true", NGX_ASYNCAPI_VALUE_JSON, NGX_ASYNCAPI_SQL_BOOLEAN, "true" },
    { "false", NGX_ASYNCAPI_VALUE_JSON, NGX_ASYNCAPI_SQL_BOOLEAN, "false" },
    { "1.10e400", NGX_ASYNCAPI_VALUE_JSON, NGX_ASYNCAPI_SQL_NUMBER,
      "1.10e400" },
    { "\"\"", NGX_ASYNCAPI_VALUE_JSON, NGX_ASYNCAPI_SQL_TEXT, "" },
    { "\"a\\\"\\u00e9\\n'\"", NGX_ASYNCAPI_VALUE_JSON, NGX_ASYNCAPI_SQL_TEXT,
      "a\"\xc3\xa9\n'" },
    { "\"'; DROP TABLE a; --\"", NGX_ASYNCAPI_VALUE_JSON,
      NGX_ASYNCAPI_SQL_TEXT, "'; DROP TABLE a; --" },
    { "[1, \"\\u0000\"]", NGX_ASYNCAPI_VALUE_JSON, NGX_ASYNCAPI_SQL_JSON,
      "[1, \"\\u0000\"]" },
    { "{\"a\": {}}", NGX_ASYNCAPI_VALUE_JSON, NGX_ASYNCAPI_SQL_JSON,
      "{\"a\": {}}" },
    { "", NGX_ASYNCAPI_VALUE_TEXT, NGX_ASYNCAPI_SQL_TEXT, "" },
    { "null", NGX_ASYNCAPI_VALUE_TEXT, NGX_ASYNCAPI_SQL_TEXT, "null" },
    { "\"a\\n", NGX_ASYNCAPI_VALUE_TEXT, NGX_ASYNCAPI_SQL_TEXT, "\"a\\n" },
    { NULL, 0, 0, NULL }
};


static column_t  column_tests[] = {

#define ONE(form, type, data, json)                                          \
    { NGX_ASYNCAPI_SQL_##form, NGX_ASYNCAPI_SQL_##type, data, json }

    ONE(ONE, NULL, "", "null"),
    ONE(ONE, NUMBER, "1.10", "1.10"),
    ONE(ONE, BOOLEAN, "true", "true"),
    ONE(ONE, TEXT, "", "\"\""),
    ONE(ONE, TEXT, "a\"\\\n\xc3\xa9", "\"a\\\"\\\\\\n\xc3\xa9\""),
    ONE(ONE, TEXT, "[1]", "\"[1]\""),
    ONE(ONE, TEXT, "a\xff", NULL),
    ONE(ONE, BYTES, "a\xff", "\"Yf8=\""),
    ONE(ONE, JSON, " [1, 1.0] ", "[1, 1.0]"),
    ONE(ONE, JSON, "[1", "\"[1\""),
    ONE(ONE, JSON, "\xff", NULL),

    ONE(ONE_JSON, NULL, "", "null"),
    ONE(ONE_JSON, TEXT, "{\"a\": 1e400} ", "{\"a\": 1e400}"),
    ONE(ONE_JSON, TEXT, "{\"a\": 1e400", NULL),
    ONE(ONE_JSON, TEXT, "", NULL),
    ONE(ONE_JSON, NUMBER, "7", "7"),

    ONE(ONE_TEXT, NULL, "", "null"),
    ONE(ONE_TEXT, NUMBER, "7", "\"7\""),
    ONE(ONE_TEXT, JSON, "[1]", "\"[1]\""),
    ONE(ONE_TEXT, BYTES, "ab", "\"ab\""),
    ONE(ONE_TEXT, BYTES, "\xff", NULL),

    ONE(ONE_BASE64, NULL, "", "null"),
    ONE(ONE_BASE64, TEXT, "\xff", "\"/w==\""),
    ONE(ONE_BASE64, NUMBER, "7", "\"Nw==\""),
#undef ONE

    { 0, 0, NULL, NULL }
};


static real_t  real_tests[] = {
    { 0.0, "0.0" },
    { -0.0, "-0.0" },
    { 1.0, "1.0" },
    { -17.0, "-17.0" },
    { 0.1, "0.1" },
    { 0.1 + 0.2, "0.30000000000000004" },
    { 1.0 / 3, "0.3333333333333333" },
    { 1e15, "1e+15" },
    { 123456789012345.0, "123456789012345.0" },
    { 9007199254740993.0, "9007199254740992.0" },
    { 1e300, "1e+300" },
    { 1.7976931348623157e308, "1.7976931348623157e+308" },
    { 5e-324, "5e-324" },
    { 2.2250738585072014e-308, "2.2250738585072014e-308" },
    { 2e-310, "2e-310" },
    { 0, NULL }
};


int
main(void)
{
    pool = unit_start();

    values();
    columns();
    rows();
    names();
    bounds();
    large();
    reals();

    return unit_done();
}


static void
values(void)
{
    value_t                        *test;
    ngx_str_t                       source;
    ngx_asyncapi_sql_t              sql;
    ngx_asyncapi_value_t            given;
    ngx_asyncapi_render_t           render;
    ngx_asyncapi_sql_value_t        value;
    ngx_asyncapi_template_error_t   err;

    ngx_str_set(&source, "SELECT $a");

    for (test = value_tests; test->json; test++) {

        (void) ngx_asyncapi_sql_parse(pool, &source,
                                      &ngx_asyncapi_sql_sqlite, &sql, &err);

        given.type = test->type;
        given.data.data = (u_char *) test->json;
        given.data.len = strlen(test->json);

        ngx_memzero(&render, sizeof(ngx_asyncapi_render_t));

        render.pool = pool;
        render.resolve = resolve;
        render.data = &given;

        is_int(ngx_asyncapi_sql_values(&sql, &render, &value), NGX_OK,
               "%s", test->json);
        is_int(value.type, test->expected, "its type");
        is_str(&value.text, test->text, "its text");
        ok(value.text.data == NULL || value.text.data[value.text.len] == '\0',
           "which ends with a zero byte");
    }

    refused("\"a\\u0000b\"", 10, NGX_ASYNCAPI_VALUE_JSON, "has a zero byte");
    refused("a\0b", 3, NGX_ASYNCAPI_VALUE_TEXT, "has a zero byte");
    refused("a\xff", 2, NGX_ASYNCAPI_VALUE_TEXT, "is no UTF-8");
}


static void
refused(const char *data, size_t len, ngx_asyncapi_value_e type,
    const char *message)
{
    ngx_str_t                       source;
    ngx_asyncapi_sql_t              sql;
    ngx_asyncapi_value_t            given;
    ngx_asyncapi_render_t           render;
    ngx_asyncapi_sql_value_t        value;
    ngx_asyncapi_template_error_t   err;

    ngx_str_set(&source, "SELECT $a");

    (void) ngx_asyncapi_sql_parse(pool, &source, &ngx_asyncapi_sql_postgres,
                                  &sql, &err);

    given.type = type;
    given.data.data = (u_char *) data;
    given.data.len = len;

    ngx_memzero(&render, sizeof(ngx_asyncapi_render_t));

    render.pool = pool;
    render.resolve = resolve;
    render.data = &given;

    is_int(ngx_asyncapi_sql_values(&sql, &render, &value), NGX_DECLINED,
           "refused: %s", message);
    ok(strstr(render.message, message) != NULL, "for that reason");
    is_str((ngx_str_t *) &render.failed->source, "$a", "of that reference");
}


static ngx_int_t
resolve(ngx_asyncapi_render_t *render, const ngx_asyncapi_ref_t *ref,
    ngx_asyncapi_value_t *value)
{
    *value = *(ngx_asyncapi_value_t *) render->data;

    return NGX_OK;
}


static void
columns(void)
{
    ngx_int_t                 rc;
    column_t                 *test;
    ngx_str_t                 name, json;
    ngx_asyncapi_sql_rows_t   r;

    ngx_str_set(&name, "a");

    for (test = column_tests; test->data; test++) {

        ngx_asyncapi_sql_rows_init(&r, pool, test->form, 1000);

        (void) ngx_asyncapi_sql_rows_columns(&r, &name, 1);
        (void) ngx_asyncapi_sql_rows_begin(&r);

        rc = ngx_asyncapi_sql_rows_value(&r, test->type, (u_char *) test->data,
                                         strlen(test->data));

        if (test->json == NULL) {
            is_int(rc, NGX_DECLINED, "form %d, type %d, refused", test->form,
                   test->type);
            ok(r.message != NULL, "for a reason");
            is_int(ngx_asyncapi_sql_rows_finish(&r, &json), NGX_DECLINED,
                   "for good");
            continue;
        }

        is_int(rc, NGX_OK, "form %d, type %d", test->form, test->type);
        is_int(ngx_asyncapi_sql_rows_finish(&r, &json), NGX_OK, "finished");
        is_str(&json, test->json, "%s", test->json);
    }
}


static void
rows(void)
{
    ngx_str_t                 name[2], json;
    ngx_uint_t                i, form;
    ngx_asyncapi_sql_rows_t   r;

    static const char  *none[] = { "[]", "null", "null" };
    static const char  *two[] = {
        "[{\"a\":1,\"b\\\"\":\"x\"},{\"a\":1,\"b\\\"\":\"x\"}]",
        "{\"a\":1,\"b\\\"\":\"x\"}",
        "1"
    };

    ngx_str_set(&name[0], "a");
    ngx_str_set(&name[1], "b\"");

    for (form = NGX_ASYNCAPI_SQL_ROWS; form <= NGX_ASYNCAPI_SQL_ONE; form++) {

        ngx_asyncapi_sql_rows_init(&r, pool, form, 1000);
        (void) ngx_asyncapi_sql_rows_columns(&r, name, 2);
        (void) ngx_asyncapi_sql_rows_finish(&r, &json);
        is_str(&json, none[form], "no rows");

        ngx_asyncapi_sql_rows_init(&r, pool, form, 1000);
        (void) ngx_asyncapi_sql_rows_columns(&r, name, 2);

        for (i = 0; i < 2; i++) {

            if (ngx_asyncapi_sql_rows_begin(&r) == NGX_DONE) {
                ok(i == 1 && form != NGX_ASYNCAPI_SQL_ROWS,
                   "one row is enough");
                break;
            }

            (void) ngx_asyncapi_sql_rows_value(&r, NGX_ASYNCAPI_SQL_NUMBER,
                                               (u_char *) "1", 1);
            (void) ngx_asyncapi_sql_rows_value(&r, NGX_ASYNCAPI_SQL_TEXT,
                                               (u_char *) "x", 1);
        }

        (void) ngx_asyncapi_sql_rows_finish(&r, &json);
        is_str(&json, two[form], "two rows");
    }

    (void) ngx_asyncapi_sql_affected(pool, 12345678901ULL, &json);
    is_str(&json, "{\"affected\":12345678901}", "no rows to give");
}


static void
names(void)
{
    ngx_str_t                 name[4], json;
    ngx_uint_t                i;
    ngx_asyncapi_sql_rows_t   r;

    ngx_str_set(&name[0], "id");
    ngx_str_set(&name[1], "");
    ngx_str_set(&name[2], "id");
    ngx_str_set(&name[3], "id ");

    ngx_asyncapi_sql_rows_init(&r, pool, NGX_ASYNCAPI_SQL_ROWS, 1000);
    (void) ngx_asyncapi_sql_rows_columns(&r, name, 4);
    (void) ngx_asyncapi_sql_rows_begin(&r);

    for (i = 0; i < 4; i++) {
        (void) ngx_asyncapi_sql_rows_value(&r, NGX_ASYNCAPI_SQL_NUMBER,
                                           (u_char *) "0123" + i, 1);
    }

    (void) ngx_asyncapi_sql_rows_finish(&r, &json);

    is_str(&json, "[{\"\":1,\"id\":2,\"id \":3}]",
           "of columns of the same name the last one counts");
}


static void
bounds(void)
{
    size_t                    max;
    ngx_int_t                 rc;
    ngx_str_t                 name, json;
    ngx_asyncapi_sql_rows_t   r;

    ngx_str_set(&name, "a");

    /* [{"a":"xy"}] has 12 bytes */

    for (max = 1; max <= 12; max++) {

        ngx_asyncapi_sql_rows_init(&r, pool, NGX_ASYNCAPI_SQL_ROWS, max);
        (void) ngx_asyncapi_sql_rows_columns(&r, &name, 1);

        (void) ngx_asyncapi_sql_rows_begin(&r);
        (void) ngx_asyncapi_sql_rows_value(&r, NGX_ASYNCAPI_SQL_TEXT,
                                           (u_char *) "xy", 2);

        rc = ngx_asyncapi_sql_rows_finish(&r, &json);

        if (max < 12) {
            ok(rc == NGX_DECLINED && r.too_large && r.message == NULL,
               "too large for %d bytes", (int) max);
            continue;
        }

        is_int(rc, NGX_OK, "12 bytes are enough");
        is_str(&json, "[{\"a\":\"xy\"}]", "for all of it");
    }
}


static void
large(void)
{
    u_char                    text[700];
    ngx_int_t                 rc;
    ngx_str_t                 name, json;
    ngx_uint_t                i;
    ngx_asyncapi_sql_rows_t   r;

    ngx_str_set(&name, "a");
    ngx_memset(text, 'x', sizeof(text));

    ngx_asyncapi_sql_rows_init(&r, pool, NGX_ASYNCAPI_SQL_ROWS, 1024 * 1024);
    (void) ngx_asyncapi_sql_rows_columns(&r, &name, 1);

    rc = NGX_OK;

    for (i = 0; i < 1000 && rc == NGX_OK; i++) {
        (void) ngx_asyncapi_sql_rows_begin(&r);
        rc = ngx_asyncapi_sql_rows_value(&r, NGX_ASYNCAPI_SQL_TEXT, text,
                                         sizeof(text));
    }

    (void) ngx_asyncapi_sql_rows_finish(&r, &json);

    is_int(json.len, 1000 * (700 + 8 + 1) + 1, "a thousand rows");
    is_int(ngx_asyncapi_json_validate(&json, NULL), NGX_OK, "are JSON");
    is_int(ngx_asyncapi_json_count(&json), 1000, "and all of them");
}


static void
reals(void)
{
    u_char      buf[NGX_ASYNCAPI_SQL_REAL];
    double      value;
    real_t     *test;
    ngx_str_t   text;
    ngx_uint_t  i, bad;
    uint64_t    bits;

    text.data = buf;

    for (test = real_tests; test->text; test++) {
        text.len = ngx_asyncapi_sql_real(buf, test->value) - buf;
        is_str(&text, test->text, "%s", test->text);
    }

    text.len = ngx_asyncapi_sql_real(buf, 1e308 * 10) - buf;
    is_str(&text, "\"Infinity\"", "infinity");
    text.len = ngx_asyncapi_sql_real(buf, -1e308 * 10) - buf;
    is_str(&text, "\"-Infinity\"", "its negative");
    text.len = ngx_asyncapi_sql_real(buf, strtod("nan", NULL)) - buf;
    is_str(&text, "\"NaN\"", "no number");

    /* of any bits */

    srandom(1);
    bad = 0;

    for (i = 0; i < 20000; i++) {
        bits = ((uint64_t) random() << 33) ^ ((uint64_t) random() << 11)
               ^ random();
        ngx_memcpy(&value, &bits, sizeof(double));

        text.len = ngx_asyncapi_sql_real(buf, value) - buf;

        if (buf[0] == '"') {
            continue;
        }

        if (ngx_asyncapi_json_validate(&text, NULL) != NGX_OK
            || text.len >= sizeof(buf))
        {
            bad++;
        }

        buf[text.len] = '\0';

        if (strtod((char *) buf, NULL) != value) {
            bad++;
        }
    }

    is_int(bad, 0, "any number is itself again");
}

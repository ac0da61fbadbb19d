
/*
 * Copyright (C) The asyncapi module authors
 *
 * Values of PostgreSQL as JSON.
 */


#include "ngx_asyncapi_unit.h"
#include "ngx_asyncapi_sql_postgres.h"

#include <string.h>


/* of pg_type */

#define BOOL     16
#define BOOLS    1000
#define BYTEA    17
#define BYTEAS   1001
#define INT8     20
#define INT4S    1007
#define FLOAT8   701
#define FLOAT8S  1022
#define NUMERIC  1700
#define JSON     114
#define JSONS    199
#define JSONB    3802
#define TEXT     25
#define TEXTS    1009
#define DATE     1082
#define DATES    1182
#define OWN      16384


typedef struct {
    ngx_uint_t                  oid;
    const char                 *data;
    const char                 *json;     /* NULL: refused */
} value_t;

typedef struct {
    ngx_uint_t                  element;
    u_char                      delimiter;
    const char                 *data;
    const char                 *json;
} array_t;


static void value(value_t *test);
static void array(array_t *test);
static void known(void);
static void large(void);
static ngx_int_t convert(ngx_asyncapi_sql_postgres_column_t *column,
    const char *data, size_t max, ngx_str_t *json);


static ngx_pool_t  *pool;


static value_t  values[] = {
    { BOOL, "t", "true" },
    { BOOL, "f", "false" },
    { BOOL, "", "false" },

    { INT8, "-9223372036854775808", "-9223372036854775808" },
    { NUMERIC, "1.10", "1.10" },
    { NUMERIC, "0.000", "0.000" },
    { NUMERIC, "NaN", "\"NaN\"" },
    { NUMERIC, "Infinity", "\"Infinity\"" },
    { FLOAT8, "-Infinity", "\"-Infinity\"" },
    { FLOAT8, "1e+20", "1e+20" },
    { FLOAT8, "-1.5e-07", "-1.5e-07" },
    { FLOAT8, "-0", "-0" },

    /* which no server says */
    { INT8, "", "\"\"" },
    { INT8, "-", "\"-\"" },
    { INT8, "01", "\"01\"" },
    { INT8, "1 ", "\"1 \"" },
    { INT8, "+1", "\"+1\"" },
    { FLOAT8, ".5", "\".5\"" },
    { FLOAT8, "5.", "\"5.\"" },
    { FLOAT8, "1e", "\"1e\"" },
    { FLOAT8, "1e+", "\"1e+\"" },
    { FLOAT8, "1,[", "\"1,[\"" },

    { BYTEA, "\\x", "\"\"" },
    { BYTEA, "\\x00ff10", "\"AP8Q\"" },
    { BYTEA, "", "\"\"" },
    { BYTEA, "\\x0", "\"\"" },

    { JSON, " {\"b\": 1.0, \"a\":[1e400]} ", "{\"b\": 1.0, \"a\":[1e400]}" },
    { JSONB, "\"s\"", "\"s\"" },
    { JSON, "\"\\ud800\"", "\"\\\"\\\\ud800\\\"\"" },

    { TEXT, "{1,2}", "\"{1,2}\"" },
    { TEXT, "a\"\\\n\xc3\xa9", "\"a\\\"\\\\\\n\xc3\xa9\"" },
    { TEXT, "\xff", NULL },
    { DATE, "2024-02-29", "\"2024-02-29\"" },
    { OWN, "{1,2}", "\"{1,2}\"" },

    { INT4S, "{}", "[]" },
    { INT4S, "{1,NULL,-3}", "[1,null,-3]" },
    { INT4S, "{{1,2},{3,4}}", "[[1,2],[3,4]]" },
    { INT4S, "{{{1}},{{2}}}", "[[[1]],[[2]]]" },
    { INT4S, "[0:1]={7,8}", "[7,8]" },
    { INT4S, "[-1:0][2:2]={{7},{8}}", "[[7],[8]]" },
    { FLOAT8S, "{0.1,NaN,-Infinity}", "[0.1,\"NaN\",\"-Infinity\"]" },
    { BOOLS, "{t,f,NULL}", "[true,false,null]" },
    { BYTEAS, "{\"\\\\x00ff\",\"\\\\x\"}", "[\"AP8=\",\"\"]" },
    { JSONS, "{\"{\\\"a\\\": [1, \\\"x\\\"]}\",null,NULL,\"\\\"s\\\"\",1.0}",
      "[{\"a\": [1, \"x\"]},null,null,\"s\",1.0]" },
    { JSONS, "{\"\\\"\\\\ud800\\\"\"}", "[\"\\\"\\\\ud800\\\"\"]" },
    { TEXTS, "{a,\"b,c\",\"\\\"q\\\"\",\"{x}\",\"\",\"NULL\",NULL,\"\\\\\"}",
      "[\"a\",\"b,c\",\"\\\"q\\\"\",\"{x}\",\"\",\"NULL\",null,\"\\\\\"]" },
    { TEXTS, "{\x01,\xc3\xa9}", "[\"\\u0001\",\"\xc3\xa9\"]" },
    { TEXTS, "{\xff}", NULL },
    { DATES, "{2024-02-29}", "[\"2024-02-29\"]" },

    /* which no server says */
    { INT4S, "", "\"\"" },
    { INT4S, "1", "1" },
    { INT4S, "{1", "\"{1\"" },
    { INT4S, "{1}}", "\"{1}}\"" },
    { INT4S, "{1,}", "\"{1,}\"" },
    { INT4S, "[0:1]=", "\"[0:1]=\"" },
    { INT4S, "{1 ,2}", "[\"1 \",2]" },
    { TEXTS, "{\"", "\"{\\\"\"" },
    { TEXTS, "{\"\\", "\"{\\\"\\\\\"" },
    { TEXTS, "{\"a\"b}", "\"{\\\"a\\\"b}\"" },
    { BOOLS, "{\"\"}", "[false]" },

    { 0, NULL, NULL }
};


static array_t  arrays[] = {
    { OWN, ',', "{sad,NULL,\"o k\"}", "[\"sad\",null,\"o k\"]" },
    { INT8, ',', "{1,2}", "[1,2]" },
    { BOOL, ',', "{t}", "[true]" },
    { INT4S, ',', "{\"{1,2}\"}", "[\"{1,2}\"]" },
    { OWN, ';', "{(1,2),(0,0);(1,1),(0,0)}",
      "[\"(1,2),(0,0)\",\"(1,1),(0,0)\"]" },
    { OWN, ':', "{{a,b:c}:{d:e}}",
      "[[\"a,b\",\"c\"],[\"d\",\"e\"]]" },
    { 0, 0, NULL, NULL }
};


int
main(void)
{
    value_t  *v;
    array_t  *a;

    pool = unit_start();

    for (v = values; v->data; v++) {
        value(v);
    }

    for (a = arrays; a->data; a++) {
        array(a);
    }

    known();
    large();

    return unit_done();
}


static void
value(value_t *test)
{
    ngx_int_t                            rc;
    ngx_str_t                            json;
    ngx_asyncapi_sql_postgres_column_t   column;

    (void) ngx_asyncapi_sql_postgres_column(test->oid, &column);

    rc = convert(&column, test->data, 1000, &json);

    if (test->json == NULL) {
        is_int(rc, NGX_DECLINED, "%lu, refused", (u_long) test->oid);
        return;
    }

    is_int(rc, NGX_OK, "%lu, \"%s\"", (u_long) test->oid, test->data);
    is_str(&json, test->json, "%s", test->json);
}


static void
array(array_t *test)
{
    ngx_str_t                            json;
    ngx_asyncapi_sql_postgres_column_t   column;

    ngx_asyncapi_sql_postgres_array(test->element, test->delimiter, &column);

    is_int(convert(&column, test->data, 1000, &json), NGX_OK, "array of %lu",
           (u_long) test->element);
    is_str(&json, test->json, "%s", test->json);
}


static void
known(void)
{
    ngx_asyncapi_sql_postgres_column_t  column;

    is_int(ngx_asyncapi_sql_postgres_column(INT4S, &column), NGX_OK,
           "a type of all servers");
    is_int(ngx_asyncapi_sql_postgres_column(OWN, &column), NGX_DECLINED,
           "one that a server has");
    is_int(ngx_asyncapi_sql_postgres_column(0, &column), NGX_DECLINED,
           "none at all");
}


/* an array that is too large before it is one, and after */

static void
large(void)
{
    ngx_str_t                            json;
    ngx_asyncapi_sql_postgres_column_t   column;

    (void) ngx_asyncapi_sql_postgres_column(TEXTS, &column);

    is_int(convert(&column, "{a,b}", 9, &json), NGX_OK, "9 bytes of 9");
    is_int(convert(&column, "{a,b}", 8, &json), NGX_DECLINED, "9 bytes of 8");
    is_int(convert(&column, "{a,b}", 1, &json), NGX_DECLINED, "9 bytes of 1");
}


static ngx_int_t
convert(ngx_asyncapi_sql_postgres_column_t *column, const char *data,
    size_t max, ngx_str_t *json)
{
    u_char                   *copy;
    size_t                    len;
    ngx_int_t                 rc;
    ngx_str_t                 name;
    ngx_asyncapi_sql_rows_t   rows;

    ngx_str_set(&name, "a");

    ngx_asyncapi_sql_rows_init(&rows, pool, NGX_ASYNCAPI_SQL_ONE, max);
    (void) ngx_asyncapi_sql_rows_columns(&rows, &name, 1);
    (void) ngx_asyncapi_sql_rows_begin(&rows);

    /* what stands behind it is not read */

    len = strlen(data);
    copy = ngx_alloc(len + 1, pool->log);
    ngx_memcpy(copy, data, len + 1);

    rc = ngx_asyncapi_sql_postgres_value(&rows, column, copy, len);

    ngx_free(copy);

    return (rc == NGX_OK) ? ngx_asyncapi_sql_rows_finish(&rows, json) : rc;
}

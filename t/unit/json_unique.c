
/*
 * Copyright (C) The asyncapi module authors
 *
 * Names that an object has twice: found wherever they are, told by a pointer,
 * in linear time.
 */


#include "ngx_asyncapi_unit.h"
#include "ngx_asyncapi_hash.h"
#include "ngx_asyncapi_json.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>


typedef struct {
    const char  *json;
    const char  *pointer;     /* NULL: no name is there twice */
} unique_t;


static void hashes(void);
static void many(ngx_pool_t *pool, unsigned n, unsigned twice);
static void deep(ngx_pool_t *pool);
static ngx_str_t copy(const char *text, size_t len);


static unique_t  tests[] = {
    { "1", NULL },
    { "\"a\"", NULL },
    { "[]", NULL },
    { "{}", NULL },
    { "[{},[],{\"a\":{}}]", NULL },
    { "{\"a\":1,\"b\":2}", NULL },
    { "{\"a\":{\"a\":{\"a\":1}}}", NULL },
    { "[{\"a\":1},{\"a\":1}]", NULL },
    { "{\"a\":\"a\",\"b\":\"a\"}", NULL },
    { "{\"a\":1,\"A\":2,\"\":3}", NULL },
    { "{\"a\\\\\":1,\"a\\\"\":2,\"a\":\"\\\\\"}", NULL },
    { "{\"a\":1,\"a\":2}", "#/a" },
    { " { \"a\" : [ 1 , 2 ] , \"b\" : { } ,\n\"a\" : 1.5e3 } ", "#/a" },
    { "{\"\":1,\"\":2}", "#/" },
    { "{\"a\":1,\"\\u0061\":2}", "#/a" },
    { "{\"\\\"\":1,\"\\u0022\":2}", "#/%22" },
    { "{\"a/b~c\":1,\"a\\/b~c\":2}", "#/a~1b~0c" },
    { "{\"x\":[0,[1,{\"y\":{\"z\":1,\"q\":[],\"z\":2}}]]}", "#/x/1/1/y/z" },
    { "[[],[],{\"a\":{\"b\":1},\"c\":{\"d\":1,\"d\":2}}]", "#/2/c/d" },
    { "{\"a\":{\"b\":1,\"b\":1},\"a\":1}", "#/a/b" },
    { "{\"\xc3\xa9\":1,\"\\u00e9\":2}", "#/%C3%A9" },
    { "{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,"
      "\"i\":{\"a\":1,\"b\":2},\"j\":9,\"e\":10}", "#/e" },
    { NULL, NULL }
};


int
main(void)
{
    ngx_int_t    rc;
    unique_t    *test;
    ngx_str_t    value, pointer;
    ngx_pool_t  *pool;

    pool = unit_start();

    ngx_asyncapi_hash_init();
    hashes();

    for (test = tests; test->json; test++) {
        value = copy(test->json, strlen(test->json));

        ok(ngx_asyncapi_json_validate(&value, NULL) == NGX_OK,
           "%s is JSON", test->json);

        rc = ngx_asyncapi_json_unique(pool, &value, &pointer);

        if (test->pointer == NULL) {
            is_int(rc, NGX_OK, "has no name twice");

        } else if (is_int(rc, NGX_DECLINED, "has a name twice")) {
            is_str(&pointer, test->pointer, "its pointer");
        }
    }

    many(pool, 9, 0);
    many(pool, 64, 63);
    many(pool, 65, 0);
    many(pool, 100000, 99999);
    many(pool, 100000, 100000);
    deep(pool);

    return unit_done();
}


static void
hashes(void)
{
    uint64_t  h;
    unsigned  i, same;

    h = ngx_asyncapi_hash((u_char *) "abcdefghijk", 11);

    ok(h == ngx_asyncapi_hash((u_char *) "abcdefghijk", 11),
       "the hash of a name stays");

    for (i = 0, same = 0; i < 11; i++) {
        same += (h == ngx_asyncapi_hash((u_char *) "abcdefghijk", i));
    }

    is_int(same, 0, "that of its beginnings is another");
    ok(ngx_asyncapi_hash((u_char *) "a\0", 2)
       != ngx_asyncapi_hash((u_char *) "a", 1), "zero bytes count");
}


/* {"0":0,"1":0,...}, and one of them once more, where there is such */

static void
many(ngx_pool_t *pool, unsigned n, unsigned twice)
{
    char       *json, *p, expected[32];
    clock_t     began;
    unsigned    i;
    ngx_int_t   rc;
    ngx_str_t   value, pointer;

    json = malloc(16 * (n + 2));
    p = json;

    for (i = 0; i < n; i++) {
        p += sprintf(p, "%s\"%u\":0", i ? "," : "{", i);
    }

    p += sprintf(p, ",\"%u\":0}", twice);

    value = copy(json, p - json);
    began = clock();

    rc = ngx_asyncapi_json_unique(pool, &value, &pointer);

    ok(clock() - began < CLOCKS_PER_SEC, "%u names took %ld us", n,
       (long) (clock() - began));

    if (twice == n) {
        is_int(rc, NGX_OK, "none of %u names is there twice", n + 1);

    } else if (is_int(rc, NGX_DECLINED, "one of %u names is", n)) {
        sprintf(expected, "#/%u", twice);
        is_str(&pointer, expected, "its pointer");
    }

    free(json);
}


static void
deep(ngx_pool_t *pool)
{
    char       *json;
    unsigned    i, n;
    ngx_str_t   value, pointer;

    n = NGX_ASYNCAPI_JSON_MAX_DEPTH - 1;
    json = malloc(8 * n + 32);

    for (i = 0; i < n; i++) {
        memcpy(json + 5 * i, "{\"a\":", 5);
    }

    memcpy(json + 5 * n, "{\"b\":1,\"b\":2}", 13);
    memset(json + 5 * n + 13, '}', n);

    value = copy(json, 6 * n + 13);

    ok(ngx_asyncapi_json_validate(&value, NULL) == NGX_OK
       && ngx_asyncapi_json_unique(pool, &value, &pointer) == NGX_DECLINED
       && pointer.len == 2 * n + 3,
       "at the greatest depth");

    free(json);
}


static ngx_str_t
copy(const char *text, size_t len)
{
    ngx_str_t     s;
    static char  *kept[256];
    static int    n;

    s.len = len;
    s.data = (u_char *) (kept[n++] = malloc(len ? len : 1));
    memcpy(s.data, text, len);

    return s;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * Keys of Redis commands, and the slots of a cluster that they are in.
 */


#include "ngx_asyncapi_unit.h"
#include "ngx_asyncapi_redis_keys.h"

#include <string.h>


#define MAX_ARGS  16


typedef struct {
    const char  *key;
    ngx_uint_t   slot;
} slot_test_t;

/* keys are "a", "b" and "c"; arguments are divided by blanks */

typedef struct {
    const char  *command;
    const char  *keys;       /* "a": its slot; "": none; "*": several slots */
} keys_test_t;


static void slot(slot_test_t *test);
static void keys(keys_test_t *test);
static ngx_str_t text(const char *s, size_t len);


static ngx_pool_t  *pool;


/* what CLUSTER KEYSLOT of Redis 7.0 says */

static slot_test_t  slot_tests[] = {
    { "", 0 },
    { "123456789", 12739 },
    { "a", 15495 },
    { "b", 3300 },
    { "foo", 12182 },
    { "foo{bar}", 5061 },
    { "bar", 5061 },
    { "{bar}foo{zap}", 5061 },
    { "foo{}{bar}", 8363 },
    { "foo{{bar}}zap", 4015 },
    { "{bar", 4015 },
    { "foo{bar", 15278 },
    { "foo}bar{", 11073 },
    { "\xff\xfe", 3374 },
    { NULL, 0 }
};


static keys_test_t  keys_tests[] = {
    { "GET a", "a" },
    { "get a", "a" },
    { "GET", "" },
    { "SET a b", "a" },
    { "PING", "" },
    { "ECHO a", "" },
    { "SCAN 0", "" },
    { "KEYS a", "" },
    { "PUBLISH a b", "" },
    { "SPUBLISH a b", "a" },
    { "MY.COMMAND a b", "a" },
    { "MGE a b", "a" },
    { "MGET a", "a" },
    { "MGET a a a", "a" },
    { "MGET a b", "*" },
    { "MGET {a}1 {a}2 x{a}", "a" },
    { "DEL a a b", "*" },
    { "MSET a b a c", "a" },
    { "MSET a 1 b 1", "*" },
    { "RENAME a a", "a" },
    { "RENAME a b", "*" },
    { "COPY a a REPLACE", "a" },
    { "LMOVE a {a}b LEFT RIGHT", "a" },
    { "BITOP AND a a a", "a" },
    { "BITOP AND a a b", "*" },
    { "BITOP NOT", "" },
    { "OBJECT ENCODING a", "a" },
    { "OBJECT HELP", "" },
    { "XGROUP CREATE a g $", "a" },
    { "MEMORY USAGE a", "a" },
    { "MIGRATE h 6379 a 0 10", "a" },
    { "EVAL s 0", "" },
    { "EVAL s 0 a b", "" },
    { "EVAL s 1 a b", "a" },
    { "EVAL s 2 a {a} b", "a" },
    { "EVAL s 2 a b", "*" },
    { "EVAL s 3 a b", "" },
    { "EVAL s x a b", "" },
    { "EVAL s", "" },
    { "FCALL f 1 b a", "b" },
    { "ZUNION 2 a a WEIGHTS 1 2", "a" },
    { "ZUNION 2 a b", "*" },
    { "LMPOP 1 a LEFT", "a" },
    { "ZUNIONSTORE a 2 a a", "a" },
    { "ZUNIONSTORE b 2 a a", "*" },
    { "ZUNIONSTORE a", "a" },
    { "ZUNIONSTORE", "" },
    { "XREAD COUNT 2 STREAMS a 0", "a" },
    { "XREAD STREAMS a a 0 b", "a" },
    { "XREAD streams a b 0 0", "*" },
    { "XREAD STREAMS", "" },
    { "XREAD STREAMS a", "" },
    { "XREAD COUNT 2", "" },
    { "XREADGROUP GROUP STREAMS b STREAMS a 0", "a" },
    { "XREADGROUP GROUP b STREAMS NOACK STREAMS a 0", "a" },
    { NULL, NULL }
};


int
main(void)
{
    ngx_uint_t  i;

    pool = unit_start();

    for (i = 0; slot_tests[i].key; i++) {
        slot(&slot_tests[i]);
    }

    for (i = 0; keys_tests[i].command; i++) {
        keys(&keys_tests[i]);
    }

    return unit_done();
}


static void
slot(slot_test_t *test)
{
    ngx_str_t  key;

    key = text(test->key, strlen(test->key));

    is_int(ngx_asyncapi_redis_key_slot(&key), test->slot, "the slot of \"%s\"",
           test->key);
}


static void
keys(keys_test_t *test)
{
    size_t       len;
    ngx_int_t    rc;
    ngx_str_t    argv[MAX_ARGS], key;
    ngx_uint_t   argc, got;
    const char  *p;

    argc = 0;

    for (p = test->command; *p; p += len + (p[len] == ' ')) {
        len = strcspn(p, " ");
        argv[argc++] = text(p, len);
    }

    rc = ngx_asyncapi_redis_keys_slot(ngx_asyncapi_redis_keys(&argv[0]), argv,
                                      argc, &got);

    if (test->keys[0] == '\0') {
        is_int(rc, NGX_DECLINED, "%s has no key", test->command);
        return;
    }

    if (test->keys[0] == '*') {
        is_int(rc, NGX_ABORT, "%s is of several slots", test->command);
        return;
    }

    if (!is_int(rc, NGX_OK, "%s has a key", test->command)) {
        return;
    }

    key = text(test->keys, strlen(test->keys));

    is_int(got, ngx_asyncapi_redis_key_slot(&key), "it is \"%s\"",
           test->keys);
}


/* of memory of its own size: what is read behind its end is found */

static ngx_str_t
text(const char *s, size_t len)
{
    ngx_str_t  str;

    str.len = len;
    str.data = ngx_pnalloc(pool, len);
    ngx_memcpy(str.data, s, len);

    return str;
}

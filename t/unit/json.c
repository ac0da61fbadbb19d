
/*
 * Copyright (C) The asyncapi module authors
 *
 * Walking a value: its type, its members and elements, what stands at a path.
 */


#include "json.h"


typedef struct {
    const char  *value;
    const char  *path;
    const char  *result;              /* NULL: not there */
} get_t;


static ngx_pool_t  *pool;


static get_t  gets[] = {
    { "{\"a\":1}", "", "{\"a\":1}" },
    { "{\"a\":1}", "a", "1" },
    { "{ \"a\" : { \"b\" : [ 1 , 2.50 ] } }", "a", "{ \"b\" : [ 1 , 2.50 ] }" },
    { "{ \"a\" : { \"b\" : [ 1 , 2.50 ] } }", "a.b[1]", "2.50" },
    { "{\"a\":1}", "b", NULL },
    { "{\"a\":1}", "a.b", NULL },
    { "{\"a\":1}", "[0]", NULL },
    { "{}", "a", NULL },
    { "[]", "a", NULL },
    { "[1]", ".", NULL },
    { "{\"\":7}", ".", "7" },
    { "\"a\"", "a", NULL },
    { "null", "a", NULL },
    { "{\"a\":null}", "a", "null" },
    { "{\"a\":1,\"b\":2,\"a\":3}", "a", "3" },
    { "{\"a\":1,\"\\u0061\":3}", "a", "3" },
    { "{\"a\":{\"x\":1},\"a\":{}}", "a.x", NULL },
    { "{\"a\\nb\":1}", "a\nb", "1" },
    { "{\"a\\\"\":1,\"a\":2}", "a", "2" },
    { "{\"aa\":1,\"a\":2,\"aaa\":3}", "a", "2" },
    { "{\"x\":\"{\\\"a\\\":1}\",\"a\":2}", "a", "2" },
    { "{\"a\":\"]}\",\"b\":\"\\\\\",\"c\":3}", "c", "3" },

    { "[10,20,30]", "[0]", "10" },
    { "[10,20,30]", "[2]", "30" },
    { "[10,20,30]", "[3]", NULL },
    { "[10,20,30]", "[-1]", "30" },
    { "[10,20,30]", "[-3]", "10" },
    { "[10,20,30]", "[-4]", NULL },
    { "[]", "[0]", NULL },
    { "[]", "[-1]", NULL },
    { "[ [ ] , [ \"a\" ] ]", "[1][0]", "\"a\"" },
    { "\"abc\"", "[0]", NULL },
    { "12", "[0]", NULL },

    { "[1,2]", "[*]", "[1,2]" },
    { "[ 1 , { \"a\" : 2 } ]", "[*]", "[1,{ \"a\" : 2 }]" },
    { "[]", "[*]", "[]" },
    { "[{\"id\":1},{\"id\":2}]", "[*].id", "[1,2]" },
    { "[{\"id\":1},{},null,[],5,{\"id\":2}]", "[*].id", "[1,2]" },
    { "[{\"x\":1},{},null]", "[*].id", "[]" },
    { "{\"a\":[{\"b\":{\"c\":1}},{\"b\":{\"c\":[2]}}]}", "a[*].b.c",
      "[1,[2]]" },
    { "[[1,2],[3],[],4]", "[*][*]", "[[1,2],[3],[]]" },
    { "[[1,2],[3],[],4]", "[*][0]", "[1,3]" },
    { "[[1,2],[3],[],4]", "[*][-1]", "[2,3]" },
    { "[{\"i\":[{\"s\":1},{\"s\":2}]},{\"i\":[]},{},{\"i\":[{},{\"s\":3}]}]",
      "[*].i[*].s", "[[1,2],[],[3]]" },
    { "[[[1],[2]],[[3]]]", "[*][*][*]", "[[[1],[2]],[[3]]]" },
    { "[[[1],[2]],[[3]]]", "[*][*][0]", "[[1,2],[3]]" },
    { "[[[{\"a\":1}]],2]", "[*][0][*].a", "[[1]]" },
    { "[{\"a\":1,\"a\":2}]", "[*].a", "[2]" },
    { "{\"a\":1}", "[*]", NULL },
    { "{\"a\":1}", "a[*]", NULL },
    { "{\"a\":{}}", "a[*].b", NULL },
    { "null", "[*]", NULL },
    { "\"text\"", "[*]", NULL },
    { "{\"a\":[1]}", "b[*]", NULL },
    { NULL, NULL, NULL }
};


static void
types(void)
{
    ngx_str_t   value;
    ngx_uint_t  i;

    static const struct {
        const char                *value;
        ngx_asyncapi_json_type_e   type;
        ngx_uint_t                 truthy;
    } cases[] = {
        { "null", NGX_ASYNCAPI_JSON_NULL, 0 },
        { "false", NGX_ASYNCAPI_JSON_FALSE, 0 },
        { "true", NGX_ASYNCAPI_JSON_TRUE, 1 },
        { "\"\"", NGX_ASYNCAPI_JSON_STRING, 0 },
        { "\"0\"", NGX_ASYNCAPI_JSON_STRING, 1 },
        { "\"false\"", NGX_ASYNCAPI_JSON_STRING, 1 },
        { "\" \"", NGX_ASYNCAPI_JSON_STRING, 1 },
        { "[]", NGX_ASYNCAPI_JSON_ARRAY, 1 },
        { "{}", NGX_ASYNCAPI_JSON_OBJECT, 1 },
        { "0", NGX_ASYNCAPI_JSON_NUMBER, 0 },
        { "-0", NGX_ASYNCAPI_JSON_NUMBER, 0 },
        { "0.00", NGX_ASYNCAPI_JSON_NUMBER, 0 },
        { "0e5", NGX_ASYNCAPI_JSON_NUMBER, 0 },
        { "0E1", NGX_ASYNCAPI_JSON_NUMBER, 0 },
        { "-0.0e-7", NGX_ASYNCAPI_JSON_NUMBER, 0 },
        { "1", NGX_ASYNCAPI_JSON_NUMBER, 1 },
        { "-1", NGX_ASYNCAPI_JSON_NUMBER, 1 },
        { "0.01", NGX_ASYNCAPI_JSON_NUMBER, 1 },
        { "10", NGX_ASYNCAPI_JSON_NUMBER, 1 },
        { "9e0", NGX_ASYNCAPI_JSON_NUMBER, 1 },
        { "1e-400", NGX_ASYNCAPI_JSON_NUMBER, 1 }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        value = json_text(cases[i].value);

        is_int(ngx_asyncapi_json_type(&value), cases[i].type, "type of %s",
               cases[i].value);
        is_int(ngx_asyncapi_json_truthy(&value), cases[i].truthy,
               "truth of %s", cases[i].value);

        free(value.data);
    }

    ngx_str_null(&value);

    is_int(ngx_asyncapi_json_type(&value), NGX_ASYNCAPI_JSON_NULL,
           "what was never validated may be empty");
    is_int(ngx_asyncapi_json_truthy(&value), 0, "and is not true");
}


static void
skip_one(const char *value)
{
    size_t      n, len;
    ngx_str_t   text;
    ngx_uint_t  wrong;

    static const char  *after[] = { "", ",", "]", "}", " ", "\n", ",\"]}" };

    len = strlen(value);
    wrong = 0;

    for (n = 0; n < sizeof(after) / sizeof(after[0]); n++) {
        text.len = len + strlen(after[n]);
        text.data = malloc(text.len);

        memcpy(text.data, value, len);
        memcpy(text.data + len, after[n], text.len - len);

        wrong += ngx_asyncapi_json_skip(text.data, text.data + text.len)
                 != text.data + len;

        free(text.data);
    }

    is_int(wrong, 0, "over %.40s", value);
}


static void
skip(void)
{
    size_t      n, k;
    u_char     *last;
    ngx_str_t   text;
    ngx_uint_t  wrong;
    char        s[400];

    skip_one("null");
    skip_one("true");
    skip_one("-12.5e+3");
    skip_one("\"\"");
    skip_one("\"a\\\"b\\\\\"");
    skip_one("[]");
    skip_one("{}");
    skip_one("[[],[[]],{\"a\":[{}]}]");
    skip_one("{\"a\":\"}\",\"b\":\"]\\\"}\",\"c\":\"\\\\\"}");
    skip_one("[1,2,3]");

    /* brackets, quotes and runs of backslashes on every side of 64 bytes */

    wrong = 0;

    for (n = 0; n < 140; n++) {
        for (k = 0; k < 6; k++) {
            snprintf(s, sizeof(s), "[\"%*s%.*s\",[\"]%.*s\",{\"}\":[]}]]",
                     (int) n, "", (int) k * 2, "\\\\\\\\\\\\\\\\\\\\\\\\",
                     (int) k * 2, "\\\"\\\"\\\"\\\"\\\"\\\"");

            text = json_text(s);
            last = text.data + text.len;

            wrong += ngx_asyncapi_json_skip(text.data, last) != last;

            free(text.data);
        }
    }

    is_int(wrong, 0, "over strings of all lengths");

    /* deep in, and out again */

    for (n = 1; n <= 512; n++) {
        text.len = n * 2;
        text.data = malloc(text.len);

        memset(text.data, '[', n);
        memset(text.data + n, ']', n);

        wrong += ngx_asyncapi_json_skip(text.data, text.data + n * 2)
                 != text.data + n * 2;

        wrong += ngx_asyncapi_json_skip(text.data + 1, text.data + n * 2)
                 != text.data + (n == 1 ? 1 : n * 2 - 1);

        free(text.data);
    }

    is_int(wrong, 0, "over all depths");

    /* what never ends is over at last, and nothing is read there */

    text = json_text("{\"a\":[1,\"b\\\"c\",{}],\"d\":\"e\\\\\"");

    for (n = 0; n <= text.len; n++) {
        u_char  *copy, *end;

        copy = malloc(n ? n : 1);
        memcpy(copy, text.data, n);

        end = ngx_asyncapi_json_skip(copy, copy + n);
        wrong += end != copy + n;

        free(copy);
    }

    is_int(wrong, 0, "over what is cut off");

    free(text.data);
}


static void
iterate(void)
{
    ngx_str_t                 value;
    ngx_uint_t                i;
    ngx_asyncapi_json_iter_t  it;

    static const char  *keys[] = { "a", "b\\n", "", "a" };
    static const char  *values[] = { "1", "[ 2, {} ]", "\"x\\\"\"", "null" };
    static const char  *scalars[] = { "null", "12", "\"[1]\"", "true", "[]",
                                      "{}", "[ ]", "{\n}" };

    value = json_text("{ \"a\" : 1,\"b\\n\":[ 2, {} ] ,\n\"\":\"x\\\"\""
                      ",\"a\":null }");

    ngx_asyncapi_json_iterate(&it, &value);

    for (i = 0; i < 4; i++) {
        ok(ngx_asyncapi_json_next(&it), "a member");
        is_str(&it.key, keys[i], "its name: %s", keys[i]);
        is_str(&it.value, values[i], "its value: %s", values[i]);
        is_int(it.index, i, "its place");
    }

    ok(!ngx_asyncapi_json_next(&it), "there are no more");
    ok(!ngx_asyncapi_json_next(&it), "and that stays so");

    is_int(ngx_asyncapi_json_count(&value), 4, "four members");

    free(value.data);

    value = json_text("[1 , \"b\\n\",[ 2, {} ]\t,null]");

    ngx_asyncapi_json_iterate(&it, &value);

    for (i = 0; ngx_asyncapi_json_next(&it); i++) {
        is_int(it.index, i, "the place of an element");
        is_int(it.key.len, 0, "it has no name");
    }

    is_int(i, 4, "four elements");
    is_int(ngx_asyncapi_json_count(&value), 4, "counted so, too");

    free(value.data);

    for (i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++) {
        value = json_text(scalars[i]);

        ngx_asyncapi_json_iterate(&it, &value);

        ok(!ngx_asyncapi_json_next(&it), "nothing in %s", scalars[i]);
        is_int(ngx_asyncapi_json_count(&value), 0, "and none counted");

        free(value.data);
    }
}


static void
get(void)
{
    get_t                     *g;
    ngx_int_t                  rc;
    ngx_str_t                  value, out;
    ngx_asyncapi_json_path_t   path;

    for (g = gets; g->value; g++) {
        value = json_text(g->value);
        path = json_path(pool, g->path);

        rc = ngx_asyncapi_json_get(pool, &value, path.steps, path.nsteps,
                                   &out);

        is_int(rc, g->result ? NGX_OK : NGX_DECLINED, "%s of %s", g->path,
               g->value);

        if (rc == NGX_OK && g->result) {
            is_str(&out, g->result, "is %s", g->result);

            if (!strchr(g->path, '*')) {
                ok(out.data >= value.data
                   && out.data + out.len <= value.data + value.len,
                   "where it was");
            }

            is_int(ngx_asyncapi_json_validate(&out, NULL), NGX_OK,
                   "and valid");
        }

        free(value.data);
    }
}


/* no pool is needed without [*], and the result may replace the value */

static void
get_in_place(void)
{
    ngx_str_t                 value, block;
    ngx_asyncapi_json_path_t  path;

    block = json_text("{\"a\":[1,{\"b\":\"c\"}]}");
    value = block;
    path = json_path(pool, "a[1].b");

    is_int(ngx_asyncapi_json_get(NULL, &value, path.steps, path.nsteps,
                                 &value),
           NGX_OK, "without a pool");
    is_str(&value, "\"c\"", "over itself");

    value = block;
    path = json_path(pool, "a[*]");

    is_int(ngx_asyncapi_json_get(pool, &value, path.steps, path.nsteps,
                                 &value),
           NGX_OK, "with one");
    is_str(&value, "[1,{\"b\":\"c\"}]", "over itself");

    free(block.data);
}


/* the text of a trusted upstream is not validated: no harm, whatever it is */

static void
get_trusted(void)
{
    ngx_int_t                  rc;
    ngx_str_t                  value, out;
    ngx_uint_t                 i, k;
    ngx_asyncapi_json_path_t   path;

    static const char  *texts[] = {
        "", " ", "[", "{", "]", "x", "[[", "[1", "[1,", "[1,,", "[[1,2",
        "[\"", "[\"]", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":[",
        "{\"a\":[{\"b\":", "[{\"a\"}]", "{a:1}", "[}", "{]", "[1 2 3]",
        "[\"a\"\"b\"]", "[\\\"]", "[[1],[2", "[[[[[[[[", "[[],[],[],[",
        "[[[[.b\":[{\"k0\":0,\",\".......],[[[.", "[[\"],[\"],[\"],[\"]]",
        "[[x\"],[x\"],[x\"],[x\"]]", "[[x\",[x\",[x\",[x\"]]"
    };

    static const char  *paths[] = { "a", "[0]", "[-1]", "[*]", "[*][*]",
                                    "[*][*][*]", "[*][*][*][*]", "a[*].b",
                                    "[*].a", "a[0].b", "[*][0][*]" };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        value = json_text(texts[i]);

        for (k = 0; k < sizeof(paths) / sizeof(paths[0]); k++) {
            path = json_path(pool, paths[k]);

            rc = ngx_asyncapi_json_get(pool, &value, path.steps, path.nsteps,
                                       &out);

            if (rc != NGX_OK && rc != NGX_DECLINED) {
                break;
            }

            if (ngx_asyncapi_json_pick(pool, &value, &path, 1, &out) != NGX_OK
                || out.len > value.len
                || ngx_asyncapi_json_omit(pool, &value, &path, 1, &out)
                   != NGX_OK
                || out.len > value.len)
            {
                break;
            }
        }

        is_int(k, sizeof(paths) / sizeof(paths[0]), "no harm in %s", texts[i]);

        free(value.data);
    }
}


static void
get_large(void)
{
    u_char                    *p;
    ngx_str_t                  value, out;
    ngx_uint_t                 i;
    ngx_asyncapi_json_path_t   path;

    value.data = malloc(1000 * 100);
    p = value.data;

    for (i = 0; i < 1000; i++) {
        p += sprintf((char *) p, "%c{\"id\":%u,\"text\":\"%070u\"}",
                     i ? ',' : '[', (unsigned) i % 10, (unsigned) i);
    }

    *p++ = ']';
    value.len = p - value.data;

    path = json_path(pool, "[*].id");

    is_int(ngx_asyncapi_json_get(pool, &value, path.steps, path.nsteps, &out),
           NGX_OK, "an array of a thousand");
    is_int(out.len, 2001, "as long as it has to be");
    is_int(ngx_asyncapi_json_count(&out), 1000, "all of them are there");
    is_int(ngx_asyncapi_json_validate(&out, NULL), NGX_OK, "and valid");

    path = json_path(pool, "[-1].id");

    is_int(ngx_asyncapi_json_get(pool, &value, path.steps, path.nsteps, &out),
           NGX_OK, "the last of a thousand");
    is_str(&out, "9", "is it");

    free(value.data);
}


int
main(void)
{
    pool = unit_start();

    types();
    skip();
    iterate();
    get();
    get_in_place();
    get_trusted();
    get_large();

    return unit_done();
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * pick= and omit=.
 */


#include "json.h"


#define PATHS  80


typedef struct {
    const char  *value;
    const char  *paths;               /* with commas between */
    const char  *pick;
    const char  *omit;
} select_t;


static ngx_pool_t  *pool;


#define USER   "{\"id\":7,\"name\":\"Ann\",\"team\":{\"id\":1,\"name\":\"A\"," \
               "\"lead\":{\"id\":3}},\"tags\":[\"x\",\"y\"]}"


static select_t  cases[] = {
    { USER, "id", "{\"id\":7}",
      "{\"name\":\"Ann\",\"team\":{\"id\":1,\"name\":\"A\","
      "\"lead\":{\"id\":3}},\"tags\":[\"x\",\"y\"]}" },
    { USER, "tags,id", "{\"id\":7,\"tags\":[\"x\",\"y\"]}",
      "{\"name\":\"Ann\",\"team\":{\"id\":1,\"name\":\"A\","
      "\"lead\":{\"id\":3}}}" },
    { USER, "team.id", "{\"team\":{\"id\":1}}",
      "{\"id\":7,\"name\":\"Ann\",\"team\":{\"name\":\"A\","
      "\"lead\":{\"id\":3}},\"tags\":[\"x\",\"y\"]}" },
    { USER, "team.lead.id,name", "{\"name\":\"Ann\",\"team\":{\"lead\":"
      "{\"id\":3}}}",
      "{\"id\":7,\"team\":{\"id\":1,\"name\":\"A\",\"lead\":{}},"
      "\"tags\":[\"x\",\"y\"]}" },
    { USER, "team,team.id", "{\"team\":{\"id\":1,\"name\":\"A\","
      "\"lead\":{\"id\":3}}}",
      "{\"id\":7,\"name\":\"Ann\",\"tags\":[\"x\",\"y\"]}" },
    { USER, "team.id,team", "{\"team\":{\"id\":1,\"name\":\"A\","
      "\"lead\":{\"id\":3}}}",
      "{\"id\":7,\"name\":\"Ann\",\"tags\":[\"x\",\"y\"]}" },
    { USER, "team.id,team.lead", "{\"team\":{\"id\":1,\"lead\":{\"id\":3}}}",
      "{\"id\":7,\"name\":\"Ann\",\"team\":{\"name\":\"A\"},"
      "\"tags\":[\"x\",\"y\"]}" },
    { USER, "none", "{}", USER },
    { USER, "team.none", "{\"team\":{}}", USER },
    { USER, "team.lead.none", "{\"team\":{\"lead\":{}}}", USER },
    { USER, "id.none", "{\"id\":7}", USER },
    { USER, "tags.none", "{\"tags\":[\"x\",\"y\"]}", USER },
    { USER, "id,name,team,tags", USER, "{}" },
    { USER, "id.none,team.none.x,name",
      "{\"id\":7,\"name\":\"Ann\",\"team\":{}}",
      "{\"id\":7,\"team\":{\"id\":1,\"name\":\"A\","
      "\"lead\":{\"id\":3}},\"tags\":[\"x\",\"y\"]}" },
    { USER, "team.id.x,team.lead.id,tags",
      "{\"team\":{\"id\":1,\"lead\":{\"id\":3}},\"tags\":[\"x\",\"y\"]}",
      "{\"id\":7,\"name\":\"Ann\",\"team\":{\"id\":1,\"name\":\"A\","
      "\"lead\":{}}}" },

    /* a step of one path is none of another */

    { "{\"a\":{\"x\":1,\"y\":2},\"b\":{\"x\":3,\"y\":4}}", "a.x,b.y",
      "{\"a\":{\"x\":1},\"b\":{\"y\":4}}",
      "{\"a\":{\"y\":2},\"b\":{\"x\":3}}" },
    { "{\"x\":0,\"a\":{\"x\":1,\"a\":{\"x\":2}},\"y\":3}", "a.a.x,y",
      "{\"a\":{\"a\":{\"x\":2}},\"y\":3}",
      "{\"x\":0,\"a\":{\"x\":1,\"a\":{}}}" },
    { "{\"a\":[{\"b\":1,\"c\":2}],\"b\":{\"b\":3,\"c\":4}}", "a.b,b.c",
      "{\"a\":[{\"b\":1}],\"b\":{\"c\":4}}",
      "{\"a\":[{\"c\":2}],\"b\":{\"b\":3}}" },

    /* elements of arrays, at any level */

    { "[{\"a\":1,\"b\":2},{\"b\":3},4,\"a\",null,[{\"a\":5,\"b\":6}]]", "a",
      "[{\"a\":1},{},4,\"a\",null,[{\"a\":5}]]",
      "[{\"b\":2},{\"b\":3},4,\"a\",null,[{\"b\":6}]]" },
    { "{\"i\":[{\"a\":1,\"b\":2},[[{\"a\":3,\"b\":4}],{}],5],\"j\":6}", "i.a",
      "{\"i\":[{\"a\":1},[[{\"a\":3}],{}],5]}",
      "{\"i\":[{\"b\":2},[[{\"b\":4}],{}],5],\"j\":6}" },
    { "[[],[[]],{}]", "a", "[[],[[]],{}]", "[[],[[]],{}]" },

    /* scalars */

    { "12", "a", "12", "12" },
    { "\"{\\\"a\\\":1}\"", "a", "\"{\\\"a\\\":1}\"", "\"{\\\"a\\\":1}\"" },
    { "null", "a.b", "null", "null" },
    { "[]", "a", "[]", "[]" },
    { "{}", "a", "{}", "{}" },

    /* what is kept keeps its bytes, its order, and comes as often */

    { "{\"n\":1.50e+2,\"s\":\"\\u0041\\/\",\"o\":{ \"k\" : [ 1 , 2 ] },"
      "\"x\":0}", "n,s,o",
      "{\"n\":1.50e+2,\"s\":\"\\u0041\\/\",\"o\":{ \"k\" : [ 1 , 2 ] }}",
      "{\"x\":0}" },
    { "{\"a\":1,\"b\":2,\"a\":3}", "a", "{\"a\":1,\"a\":3}", "{\"b\":2}" },
    { "{\"a\":{\"x\":1,\"y\":2},\"a\":{\"x\":3,\"y\":4},\"x\":5}", "a.x",
      "{\"a\":{\"x\":1},\"a\":{\"x\":3}}",
      "{\"a\":{\"y\":2},\"a\":{\"y\":4},\"x\":5}" },
    { "{\"\\u0061\":1,\"b\":2}", "a", "{\"\\u0061\":1}", "{\"b\":2}" },
    { "{\"a\":\"}{\",\"b\":\"],\",\"c\":\"{\"}", "a,c",
      "{\"a\":\"}{\",\"c\":\"{\"}", "{\"b\":\"],\"}" },
    { "{\"a\":\"x{\",\"b\":2,\"c\":\"[\",\"d\":4}", "a,b,d",
      "{\"a\":\"x{\",\"b\":2,\"d\":4}", "{\"c\":\"[\"}" },
    { "{ \"a\" : 1 ,\n \"b\" : { \"c\" : 2 , \"d\" : 3 } }", "a,b.c",
      "{\"a\":1,\"b\":{\"c\":2}}", "{\"b\":{\"d\":3}}" },
    { "[ { \"a\" : 1 , \"b\" : 2 } ,\n { } ]", "a", "[{\"a\":1},{}]",
      "[{\"b\":2},{}]" },
    { "{\"\":1,\"a\":2}", ".", "{\"\":1}", "{\"a\":2}" },
    { NULL, NULL, NULL, NULL }
};


static ngx_uint_t
split(const char *s, ngx_asyncapi_json_path_t *paths)
{
    char        *copy, *p;
    ngx_uint_t   n;

    copy = ngx_pnalloc(pool, strlen(s) + 1);
    strcpy(copy, s);

    for (n = 0, p = strtok(copy, ","); p && n < PATHS; p = strtok(NULL, ",")) {
        paths[n++] = json_path(pool, p);
    }

    return n;
}


static void
table(void)
{
    select_t                  *c;
    ngx_str_t                  value, out;
    ngx_uint_t                 n;
    ngx_asyncapi_json_path_t   paths[PATHS];

    for (c = cases; c->value; c++) {
        value = json_text(c->value);
        n = split(c->paths, paths);

        is_int(ngx_asyncapi_json_pick(pool, &value, paths, n, &out), NGX_OK,
               "pick=%s of %s", c->paths, c->value);
        is_str(&out, c->pick, "leaves %s", c->pick);
        is_int(ngx_asyncapi_json_validate(&out, NULL), NGX_OK, "valid");

        is_int(ngx_asyncapi_json_omit(pool, &value, paths, n, &out), NGX_OK,
               "omit=%s of %s", c->paths, c->value);
        is_str(&out, c->omit, "leaves %s", c->omit);
        is_int(ngx_asyncapi_json_validate(&out, NULL), NGX_OK, "valid");

        free(value.data);
    }
}


static void
untouched(void)
{
    ngx_str_t                 value, out;
    ngx_asyncapi_json_path_t  paths[PATHS];

    value = json_text("{ \"a\" : 1 , \"b\" : [ 2 ] }");

    (void) split("c", paths);
    (void) ngx_asyncapi_json_omit(pool, &value, paths, 1, &out);

    ok(out.data == value.data && out.len == value.len,
       "where nothing is left out nothing is copied");

    (void) split("a,b", paths);
    (void) ngx_asyncapi_json_pick(pool, &value, paths, 2, &out);

    ok(out.data == value.data && out.len == value.len,
       "where all is kept nothing is copied");

    (void) ngx_asyncapi_json_pick(pool, &value, NULL, 0, &out);
    is_str(&out, "{}", "no paths pick nothing");

    (void) ngx_asyncapi_json_omit(pool, &value, NULL, 0, &out);
    ok(json_same(&out, &value), "and omit nothing");

    paths[0].steps = NULL;
    paths[0].nsteps = 0;

    (void) ngx_asyncapi_json_pick(pool, &value, paths, 1, &out);
    is_str(&out, "{}", "a path of no steps leads nowhere");

    free(value.data);
}


/* the deepest that there is, by paths as deep, and through arrays */

static void
deep(void)
{
    char       *p;
    char        s[8192];
    ngx_str_t   value, out;
    ngx_uint_t  i;

    ngx_asyncapi_json_path_t   path;
    ngx_asyncapi_json_step_t   steps[NGX_ASYNCAPI_JSON_MAX_DEPTH];

    memset(steps, 0, sizeof(steps));

    for (p = s, i = 0; i < NGX_ASYNCAPI_JSON_MAX_DEPTH; i++) {
        ngx_str_set(&steps[i].key, "a");
        p += sprintf(p, "{\"b\":0,\"a\":");
    }

    *p++ = '1';

    for (i = 0; i < NGX_ASYNCAPI_JSON_MAX_DEPTH; i++) {
        *p++ = '}';
    }

    value = json_block(s, p - s);

    is_int(ngx_asyncapi_json_validate(&value, NULL), NGX_OK, "512 objects");

    path.steps = steps;
    path.nsteps = NGX_ASYNCAPI_JSON_MAX_DEPTH;

    is_int(ngx_asyncapi_json_pick(pool, &value, &path, 1, &out), NGX_OK,
           "picked to the bottom");
    is_int(out.len, 512 * 6 + 1, "nothing else is left");
    is_int(ngx_asyncapi_json_validate(&out, NULL), NGX_OK, "valid");

    is_int(ngx_asyncapi_json_omit(pool, &value, &path, 1, &out), NGX_OK,
           "omitted at the bottom");
    is_int(out.len, value.len - 6, "all else is left");

    is_int(ngx_asyncapi_json_get(pool, &value, steps, 512, &out), NGX_OK,
           "got from the bottom");
    is_str(&out, "1", "it is");

    free(value.data);

    for (p = s, i = 0; i < 511; i++) {
        *p++ = '[';
    }

    p += sprintf(p, "{\"a\":1,\"b\":2}");

    for (i = 0; i < 511; i++) {
        *p++ = ']';
    }

    value = json_block(s, p - s);
    path.nsteps = 1;

    is_int(ngx_asyncapi_json_validate(&value, NULL), NGX_OK, "511 arrays");
    is_int(ngx_asyncapi_json_pick(pool, &value, &path, 1, &out), NGX_OK,
           "picked through them");
    is_int(out.len, value.len - 6, "all of them are left");
    is_int(ngx_asyncapi_json_validate(&out, NULL), NGX_OK, "valid");

    for (i = 0; i < 511; i++) {
        steps[i].type = NGX_ASYNCAPI_JSON_STEP_EACH;
    }

    is_int(ngx_asyncapi_json_get(pool, &value, steps, 512, &out), NGX_OK,
           "[*] 511 times");
    is_int(out.len, 511 * 2 + 1, "an array as deep");
    is_int(ngx_asyncapi_json_validate(&out, NULL), NGX_OK, "valid");

    free(value.data);
}


/* more paths than bits in a word, in objects of many members */

static void
wide(void)
{
    char                      *p;
    char                       s[4096];
    ngx_str_t                  value, out;
    ngx_uint_t                 i, n;
    ngx_asyncapi_json_path_t   paths[PATHS];

    for (p = s, i = 0; i < PATHS; i++) {
        p += sprintf(p, "%sk%u.x", i ? "," : "", (unsigned) i * 2);
    }

    n = split(s, paths);
    is_int(n, PATHS, "eighty paths");

    for (p = s, i = 0; i < PATHS * 2; i++) {
        p += sprintf(p, "%c\"k%u\":{\"x\":1,\"y\":2}", i ? ',' : '{',
                     (unsigned) i);
    }

    *p++ = '}';

    value = json_block(s, p - s);

    (void) ngx_asyncapi_json_pick(pool, &value, paths, n, &out);
    is_int(ngx_asyncapi_json_count(&out), PATHS, "keep eighty members");
    is_int(ngx_asyncapi_json_validate(&out, NULL), NGX_OK, "valid");

    (void) ngx_asyncapi_json_omit(pool, &value, paths, n, &out);
    is_int(ngx_asyncapi_json_count(&out), PATHS * 2, "omit in eighty members");
    is_int(out.len, value.len - PATHS * 6, "just that");
    is_int(ngx_asyncapi_json_validate(&out, NULL), NGX_OK, "valid");

    free(value.data);
}


int
main(void)
{
    pool = unit_start();

    table();
    untouched();
    deep();
    wide();

    return unit_done();
}

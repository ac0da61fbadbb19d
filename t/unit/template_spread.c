
/*
 * Copyright (C) The asyncapi module authors
 *
 * Spreads: members and elements of values in objects and arrays of the
 * template, each name once, the later one winning.
 */


#include "template.h"


var_t  vars[] = {
    { "rnd1", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON, "{}", 0 },
    { "rnd2", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON, "{}", 0 },
    { "ab", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON,
      "{\"a\":1,\"b\":2}", 0 },
    { "bc", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON,
      "{ \"b\" : 20 , \"c\" : 30 }", 0 },
    { "twice", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON,
      "{\"a\":1,\"b\":2,\"a\":3,\"c\":4,\"\\u0061\":5}", 0 },
    { "esc", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON,
      "{\"\\u0061\":10,\"\\/\":1,\"\\ud83d\\ude00\":2,\"\":3}", 0 },
    { "nest", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON,
      "{\"in\":{\"a\":9},\"list\":[7,8],\"k\":\"a\",\"n\":null}", 0 },
    { "none", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_NONE, "", 0 },
    { "null", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON, "null", 0 },
    { "empty", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON, "{ }", 0 },
    { "blank", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON, "[ \n]", 0 },
    { "list", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON,
      "[ 1 ,\n[2] ]", 0 },
    { "str", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON, "\"a\"", 0 },
    { "num", NGX_ASYNCAPI_BASE_JSON, NGX_ASYNCAPI_VALUE_JSON, "1", 0 },
    { "text", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_TEXT, "{}", 0 },
    { "ids", NGX_ASYNCAPI_BASE_SCALAR, NGX_ASYNCAPI_VALUE_JSON, "[1,2]", 0 },
    { "host", NGX_ASYNCAPI_BASE_VARIABLE, NGX_ASYNCAPI_VALUE_TEXT, "a", 0 },
    { "cut1", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON, "{", 0 },
    { "cut2", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON, "{\"a", 0 },
    { "cut3", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON, "{\"a\":", 0 },
    { "cut4", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON, "[", 0 },
    { NULL, 0, 0, NULL, 0 }
};


static void
objects(void)
{
    renders(JSON, "{...$ab}", "{\"a\":1,\"b\":2}");
    renders(JSON, "{ ...$ab , \"t\" : $num }", "{\"a\":1,\"b\":2,\"t\":1}");
    renders(JSON, "{...$none}", "{}");
    renders(JSON, "{...$null,...$empty,...$none}", "{}");
    renders(JSON, "{...$null,\"x\":1,...$empty,\"y\":2,...$none}",
            "{\"x\":1,\"y\":2}");
    renders(JSON, "{...$bc}", "{\"b\" : 20 , \"c\" : 30}");
    renders(JSON, "{...$nest.in,...$nest.x,...$nest.n}", "{\"a\":9}");
    renders(JSON, "{...${nest.in}}", "{\"a\":9}");
    renders(JSON, "[{...$ab},{\"x\":{\"y\":{...$ab}}}]",
            "[{\"a\":1,\"b\":2},{\"x\":{\"y\":{\"a\":1,\"b\":2}}}]");
    renders(JSON, "{\"x\":{...$ab,\"a\":{...$bc,\"b\":[...$list]}},...$ab}",
            "{\"x\":{\"b\":2,\"a\":{\"c\" : 30,\"b\":[1 ,\n[2]]}},"
            "\"a\":1,\"b\":2}");

    /* the later one, where it stands */

    renders(JSON, "{\"a\":0,...$ab}", "{\"a\":1,\"b\":2}");
    renders(JSON, "{...$ab,\"a\":0}", "{\"b\":2,\"a\":0}");
    renders(JSON, "{...$ab,\"b\":0}", "{\"a\":1,\"b\":0}");
    renders(JSON, "{\"x\":1,...$ab,\"b\":0,\"y\":2}",
            "{\"x\":1,\"a\":1,\"b\":0,\"y\":2}");
    renders(JSON, "{...$ab,...$bc}", "{\"a\":1,\"b\" : 20 , \"c\" : 30}");
    renders(JSON, "{...$bc,...$ab}", "{\"c\" : 30,\"a\":1,\"b\":2}");
    renders(JSON, "{...$ab,...$ab,...$ab}", "{\"a\":1,\"b\":2}");
    renders(JSON, "{...$twice}", "{\"b\":2,\"c\":4,\"\\u0061\":5}");
    renders(JSON, "{...$twice,\"b\":6}", "{\"c\":4,\"\\u0061\":5,\"b\":6}");
    renders(JSON, "{\"a\":1,...$null,\"a\":2}", "{\"a\":2}");

    /* names are the same as text */

    renders(JSON, "{...$ab,...$esc}",
            "{\"b\":2,\"\\u0061\":10,\"\\/\":1,\"\\ud83d\\ude00\":2,\"\":3}");
    renders(JSON, "{...$esc,\"a\":0,\"/\":0,\"\xf0\x9f\x98\x80\":0,"
                  "\"\\u0000\":0}",
            "{\"\":3,\"a\":0,\"/\":0,\"\xf0\x9f\x98\x80\":0,\"\\u0000\":0}");
    renders(JSON, "{\"x\":{...$null,\"0123456789abcdef0123456789abcdef\\n"
                  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789"
                  "abcdef0123456789\":1,\"0123456789abcdef0123456789abcdef\n"
                  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789"
                  "abcdef012345678\\u0039\":2}}",
            "{\"x\":{\"0123456789abcdef0123456789abcdef\\n"
                  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789"
                  "abcdef012345678\\u0039\":2}}");
    renders(JSON, "{\"A\":0,\"aa\":0,...$ab}",
            "{\"A\":0,\"aa\":0,\"a\":1,\"b\":2}");

    /* names with references in them */

    renders(JSON, "{\"$nest.k\":0,\"a\":1}", "{\"a\":1}");
    renders(JSON, "{\"a\":1,\"$nest.k\":0}", "{\"a\":0}");
    renders(JSON, "{\"$nest.k\":0,...$ab}", "{\"a\":1,\"b\":2}");
    renders(JSON, "{...$ab,\"$host\":0,\"x$host\":1}",
            "{\"b\":2,\"a\":0,\"xa\":1}");
    renders(JSON, "{\"$none\":1,\"$null\":2}", "{\"\":2}");

    declines(JSON, "{...$list}", "$list", "is not an object");
    declines(JSON, "{\"x\":1,...$str}", "$str", "is not an object");
    declines(JSON, "{...${num}}", "${num}", "is not an object");
    declines(JSON, "{...$ab.a}", "$ab.a", "is not an object");
    declines(JSON, "{...$text}", "$text", "is not an object");
    declines(JSON, "[{\"a\":{...$ids}}]", "$ids", "is not an object");
    declines(JSON, "{...$ab,\"x\":[{...$ab,\"y\":{...$str}}]}", "$str",
             "is not an object");
    declines(JSON, "[...$list,{...$str}]", "$str", "is not an object");

    /* what is dropped is not looked at */

    renders(JSON, "{\"a\":{...$list},...$ab}", "{\"a\":1,\"b\":2}");
}


static void
arrays(void)
{
    renders(JSON, "[...$list]", "[1 ,\n[2]]");
    renders(JSON, "[0,...$list,3]", "[0,1 ,\n[2],3]");
    renders(JSON, "[...$list,...$list]", "[1 ,\n[2],1 ,\n[2]]");
    renders(JSON, "[...$none]", "[]");
    renders(JSON, "[...$blank,...$null,1,...$blank,2,...$none]", "[1,2]");
    renders(JSON, "[...$ids,[...$ids],{\"a\":[...$ids]}]",
            "[1,2,[1,2],{\"a\":[1,2]}]");
    renders(JSON, "[...$nest.list,...$nest.n]", "[7,8]");
    renders(JSON, "[...$list[*]]", "[1,[2]]");

    declines(JSON, "[...$ab]", "$ab", "is not an array");
    declines(JSON, "[1,...$str]", "$str", "is not an array");
    declines(JSON, "[...$num]", "$num", "is not an array");
    declines(JSON, "[...$text]", "$text", "is not an array");
    declines(JSON, "[...$ab.a]", "$ab.a", "is not an array");
}


/* a trusted upstream's text may be anything: nothing is read beyond it */

static void
trusted(void)
{
    ngx_str_t                 text;
    ngx_uint_t                i;
    ngx_asyncapi_render_t     render;
    ngx_asyncapi_template_t  *tpl;

    static const char  *sources[] = {
        "{...$cut1,\"x\":1}", "{...$cut2,\"x\":1}", "{...$cut3,\"x\":1}",
        "[...$cut4,1]", "[$cut1,\"$cut2\"]"
    };

    for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        tpl = ready(JSON, str(sources[i]));
        is_int(run(tpl, &render, &text), NGX_OK, "%s", sources[i]);
    }
}


static void
linked(void)
{
    u_char                   *p, *data;
    ngx_uint_t                i, n;
    ngx_str_t                 text;
    ngx_chain_t              *cl;
    ngx_asyncapi_out_t        out;
    ngx_asyncapi_render_t     render;
    ngx_asyncapi_template_t  *tpl;

    n = 20000;
    data = ngx_pnalloc(pool, n * 32);

    p = ngx_sprintf(data, "{\"k0\":0");

    for (i = 1; i < n; i++) {
        p = ngx_sprintf(p, ",\"k%ui\":%ui", i, i);
    }

    p = ngx_sprintf(p, "}%Z");

    vars[0].value = (char *) data;
    vars[0].len = p - data - 1;
    vars[1].value = "{\"k5\":5,\"new\":1}";
    vars[1].len = 0;

    render.pool = pool;
    render.resolve = resolve;

    tpl = ready(JSON, str("{\"x\":1,...$rnd1,\"y\":2}"));
    ngx_asyncapi_out_init(&out, pool);
    ngx_asyncapi_template_write(tpl, &render, &out);

    i = 0;

    for (cl = out.chain; cl; cl = cl->next) {
        i++;
    }

    is_int(i, 3, "a large object is linked as one piece");
    is_int(out.size, vars[0].len + 12, "and is whole");

    tpl = ready(JSON, str("{...$rnd1,\"k10000\":true,...$rnd1,...$rnd2}"));
    run(tpl, &render, &text);

    is_int(text.len, vars[0].len + 8, "twenty thousand members, twice");
    ok(ngx_strnstr(text.data, "\"k4\":4,\"k6\":6,", text.len) != NULL,
       "the earlier one is left out");
    ok(ngx_strncmp(text.data + text.len - 16, ",\"k5\":5,\"new\":1}", 16)
       == 0, "and the later one is there");
    is_int(ngx_asyncapi_json_validate(&text, NULL), NGX_OK, "it is JSON");
}


/* random objects against the plainest way there is */

typedef struct {
    ngx_uint_t   key;
    char         value[16];
} member_t;


static u_char *
random_key(u_char *p, ngx_uint_t key)
{
    u_char  ch;

    ch = (u_char) ('a' + key % 26);

    *p++ = '"';
    p = (random() % 3) ? ngx_sprintf(p, "%c", ch)
                       : ngx_sprintf(p, "\\u00%02xd", ch);
    return ngx_sprintf(p, "%ui\"", key);
}


static u_char *
random_object(u_char *p, member_t *members, ngx_uint_t *n, ngx_uint_t keys)
{
    member_t    *m;
    ngx_uint_t   i, count;

    static const char  *spaces[] = { "", "", "", " ", "\n\t" };

    *p++ = '{';

    for (count = random() % (keys + 1), i = 0; i < count; i++) {

        if (i) {
            *p++ = ',';
        }

        m = &members[(*n)++];
        m->key = random() % keys;

        (void) ngx_sprintf((u_char *) m->value, "%ui%Z",
                           (ngx_uint_t) random() % 1000);

        p = ngx_sprintf(p, "%s", spaces[random() % 5]);
        p = random_key(p, m->key);
        p = ngx_sprintf(p, "%s:%s%s%s", spaces[random() % 5],
                        spaces[random() % 5], m->value, spaces[random() % 5]);
    }

    *p++ = '}';

    return p;
}


static ngx_uint_t
same_members(ngx_str_t *text, member_t *members, ngx_uint_t n)
{
    u_char                     key[64];
    ngx_str_t                  name;
    ngx_uint_t                 i, j;
    ngx_asyncapi_json_iter_t   it;

    ngx_asyncapi_json_iterate(&it, text);

    for (i = 0; i < n; i++) {

        for (j = i + 1; j < n && members[j].key != members[i].key; j++) {
            /* void */
        }

        if (j < n) {
            continue;
        }

        if (!ngx_asyncapi_json_next(&it)) {
            return 0;
        }

        name.data = key;
        name.len = ngx_sprintf(key, "%c%ui", 'a' + (int) (members[i].key % 26),
                               members[i].key)
                   - key;

        if (!ngx_asyncapi_json_key_is(&it.key, &name)
            || it.value.len != ngx_strlen(members[i].value)
            || ngx_strncmp(it.value.data, members[i].value, it.value.len))
        {
            return 0;
        }
    }

    return !ngx_asyncapi_json_next(&it);
}


static void
properties(void)
{
    u_char                   *buf, *p;
    member_t                 *members;
    ngx_str_t                 text, copy;
    ngx_uint_t                i, n, key, keys, right;
    ngx_pool_t               *outer;
    ngx_asyncapi_render_t     render;
    ngx_asyncapi_template_t  *tpl;

    outer = pool;
    buf = ngx_pnalloc(outer, 1 << 20);
    members = ngx_palloc(outer, 2000 * sizeof(member_t));

    srandom(2);
    right = 1;

    for (i = 0; i < 1500 && right; i++) {
        pool = ngx_create_pool(4096, outer->log);

        keys = 1 + random() % ((i % 10) ? 30 : 600);
        n = 0;

        vars[0].value = (char *) buf;
        p = random_object(buf, members, &n, keys);
        vars[0].len = (char *) p - vars[0].value;

        members[n].key = random() % keys;
        ngx_memcpy(members[n].value, "true", 5);
        key = members[n++].key;

        vars[1].value = (char *) p;
        p = random_object(p, members, &n, keys);
        vars[1].len = (char *) p - vars[1].value;

        text.data = p;
        p = ngx_sprintf(p, "{...$rnd1, ");
        p = random_key(p, key);
        p = ngx_sprintf(p, ": true, ...$rnd2}");
        text.len = p - text.data;

        tpl = ready(JSON, text);
        right = (run(tpl, &render, &text) == NGX_OK);

        copy = text;

        right = right
                && ngx_asyncapi_json_validate(&copy, NULL) == NGX_OK
                && copy.len == text.len
                && same_members(&text, members, n);

        if (!right) {
            diag("%.*s", (int) text.len, text.data);
        }

        ngx_destroy_pool(pool);
    }

    pool = outer;

    ok(right, "random objects");
}


int
main(void)
{
    pool = unit_start();

    objects();
    arrays();
    trusted();
    linked();
    properties();

    return unit_done();
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * Output: short pieces are copied together, long ones linked, and whatever
 * their order is they come out in it.
 */


#include "template.h"


var_t  vars[] = {
    { "long", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON, NULL, 4096 },
    { "short", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON, "1", 0 },
    { "text", NGX_ASYNCAPI_BASE_VARIABLE, NGX_ASYNCAPI_VALUE_TEXT, NULL, 4096 },
    { NULL, 0, 0, NULL, 0 }
};


static ngx_uint_t
count(ngx_asyncapi_out_t *out)
{
    ngx_uint_t    n;
    ngx_chain_t  *cl;

    n = 0;

    for (cl = out->chain; cl; cl = cl->next) {
        n++;
    }

    return n;
}


static void
pieces(void)
{
    u_char              *data;
    ngx_str_t            text;
    ngx_asyncapi_out_t   out;

    data = ngx_pnalloc(pool, 8192);
    ngx_memset(data, 'x', 8192);

    ngx_asyncapi_out_init(&out, pool);

    ngx_asyncapi_out_string(&out, &text);
    ok(text.len == 0 && text.data && out.chain == NULL, "nothing");

    ngx_asyncapi_out_copy(&out, data, 0);
    ngx_asyncapi_out_link(&out, data, 0);
    ok(ngx_asyncapi_out_room(&out, 0) != NULL, "room for nothing");
    is_int(count(&out), 0, "still nothing");

    ngx_asyncapi_out_link(&out, data, NGX_ASYNCAPI_OUT_LINK);
    is_int(count(&out), 1, "a link");
    ok(out.chain->buf->pos == data && out.chain->buf->memory
       && !out.chain->buf->temporary, "is where it was");

    ngx_asyncapi_out_copy(&out, (u_char *) "ab", 2);
    ngx_asyncapi_out_link(&out, (u_char *) "cd", 2);
    is_int(count(&out), 2, "short pieces are one");
    ok(out.chain->next->buf->temporary, "in memory of its own");

    ngx_asyncapi_out_string(&out, &text);
    is_int(text.len, NGX_ASYNCAPI_OUT_LINK + 4, "a string of all");
    ok(ngx_memcmp(text.data + text.len - 5, "xabcd", 5) == 0, "in order");

    ngx_asyncapi_out_link(&out, data, 8192);
    ngx_asyncapi_out_link(&out, data, 8192);
    is_int(count(&out), 4, "two links");

    ngx_asyncapi_out_copy(&out, (u_char *) "ef", 2);
    is_int(count(&out), 5, "a short piece after them");
    ok(out.buf->start == out.chain->next->buf->end, "where there was room");

    ngx_asyncapi_out_init(&out, pool);
    ngx_asyncapi_out_copy(&out, data, 3000);
    ngx_asyncapi_out_string(&out, &text);
    ok(count(&out) == 1 && text.data == out.chain->buf->pos && text.len == 3000,
       "of one piece no copy is made");

    ngx_asyncapi_out_init(&out, pool);
    ngx_asyncapi_out_reserve(&out, 2500);
    ngx_asyncapi_out_copy(&out, data, 1500);
    ngx_asyncapi_out_copy(&out, data, 1000);
    is_int(count(&out), 1, "what was reserved is used");
    ngx_asyncapi_out_link(&out, data, 4096);
    ngx_asyncapi_out_copy(&out, data, 1);
    is_int(count(&out), 3, "and when it is full there is more");
}


/* any order of pieces of any length */

static void
orders(void)
{
    u_char              *data, *p, *expected;
    size_t               len;
    ngx_str_t            text;
    ngx_uint_t           i, j, n, right;
    ngx_pool_t          *outer;
    ngx_asyncapi_out_t   out;

    static const size_t  lens[] = {
        0, 1, 7, 100, 1023, 1024, 1025, 2047, 2048, 2049, 16384, 20000
    };

    outer = pool;
    srandom(1);
    right = 1;

    for (i = 0; i < 300 && right; i++) {
        pool = ngx_create_pool(4096, outer->log);

        expected = ngx_pnalloc(pool, 40 * 20000);
        p = expected;

        ngx_asyncapi_out_init(&out, pool);

        for (n = random() % 40; n; n--) {
            len = lens[random() % (sizeof(lens) / sizeof(lens[0]))];

            data = ngx_pnalloc(pool, len + 1);

            for (j = 0; j < len; j++) {
                data[j] = (u_char) random();
            }

            p = ngx_cpymem(p, data, len);

            switch (random() % 3) {

            case 0:
                ngx_asyncapi_out_copy(&out, data, len);
                ngx_memset(data, 0, len);
                break;

            case 1:
                ngx_asyncapi_out_link(&out, data, len);
                break;

            default:
                ngx_memcpy(ngx_asyncapi_out_room(&out, len), data, len);
                break;
            }
        }

        len = p - expected;
        text = chained(&out);

        right = (text.len == len && ngx_memcmp(text.data, expected, len) == 0);

        ngx_asyncapi_out_string(&out, &text);

        right = right && text.len == len
                && ngx_memcmp(text.data, expected, len) == 0;

        ngx_destroy_pool(pool);
    }

    pool = outer;

    ok(right, "any order of pieces");
}


static void
large(void)
{
    char                     *data;
    ngx_uint_t                i, n;
    ngx_chain_t              *cl;
    ngx_asyncapi_out_t        out;
    ngx_asyncapi_render_t     render;
    ngx_asyncapi_template_t  *tpl;

    data = ngx_pnalloc(pool, 4096);
    ngx_memset(data, 'x', 4096);
    data[0] = '"';
    data[4095] = '"';

    vars[0].value = data;
    vars[2].value = data;

    render.pool = pool;
    render.resolve = resolve;

    tpl = ready(JSON, str("{\"a\":$long,\"b\":$short,\"c\":[$long,$long],"
                          "\"s\":\"<$long>\"}"));

    ngx_asyncapi_out_init(&out, pool);
    ngx_asyncapi_template_write(tpl, &render, &out);

    n = 0;

    for (cl = out.chain; cl; cl = cl->next) {
        n += cl->buf->memory;
    }

    is_int(n, 4, "large values are linked");
    is_int(count(&out), 9, "small ones are copied together");

    /* several templates to one chain */

    ngx_asyncapi_out_init(&out, pool);

    for (i = 0; i < 3; i++) {
        ngx_asyncapi_template_write(tpl, &render, &out);
    }

    chained(&out);

    is_int(out.size, 3 * (4096 * 4 - 2 + 29), "three times the same");

    /* text is escaped, so never linked */

    tpl = ready(JSON, str("$text"));
    ngx_asyncapi_out_init(&out, pool);
    ngx_asyncapi_template_write(tpl, &render, &out);

    is_int(chained(&out).len, 4096 + 4, "large text");
}


int
main(void)
{
    pool = unit_start();

    pieces();
    orders();
    large();

    return unit_done();
}

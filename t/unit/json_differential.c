
/*
 * Copyright (C) The asyncapi module authors
 *
 * The same texts to the validator, to its plain form without SSE2, and to the
 * grammar letter by letter: the case files, changed at random (json_forms.c
 * has the other forms of the validator).  What all accept is walked by both
 * forms of json/; so is what all refuse, for the text of a trusted upstream
 * may be anything.
 *
 *     json_differential [COUNT [SEED]]   compares, for the test harness
 *     json_differential -                answers json_differential.py: reads
 *                                        a length (4 bytes, the lowest first)
 *                                        and a text, writes "1" or "0"
 */


#include "json.h"
#include "json_plain.h"


#define COUNT  60000


static ngx_pool_t  *pool;


static ngx_uint_t result(const ngx_str_t *a, const ngx_str_t *b);


/*
 * Both forms walk alike and what they make of a valid text is valid.  Of any
 * other nothing is asked but that they stay in it and come to an end.
 */

static ngx_uint_t
walk(const ngx_str_t *text, ngx_uint_t valid)
{
    ngx_str_t                 a, b;
    ngx_int_t                 rc, rc2;
    ngx_uint_t                i, same;
    ngx_pool_t               *temp;
    ngx_asyncapi_json_iter_t  it, plain;

    static const char         *paths[] = { "a", "[*]", "[0].a", "a[*].b",
                                           "[*][*]", "[*][*][*]", "[-1]",
                                           "." };
    ngx_asyncapi_json_path_t   path;

    temp = ngx_create_pool(1024, pool->log);
    same = 1;

    ngx_asyncapi_json_iterate(&it, text);
    plain_iterate(&plain, text);

    while (ngx_asyncapi_json_next(&it)) {
        same &= plain_next(&plain)
                && json_same(&it.key, &plain.key)
                && json_same(&it.value, &plain.value)
                && ngx_asyncapi_json_key_equal(&it.key, &plain.key)
                && ngx_asyncapi_json_truthy(&it.value)
                   == plain_truthy(&it.value);
    }

    same &= !plain_next(&plain);
    same &= ngx_asyncapi_json_count(text) == plain_count(text);

    for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        path = json_path(temp, paths[i]);

        rc = ngx_asyncapi_json_get(temp, text, path.steps, path.nsteps, &a);
        rc2 = plain_get(temp, text, path.steps, path.nsteps, &b);

        same &= (rc == rc2)
                && (rc == NGX_DECLINED || result(&a, &b));

        rc = ngx_asyncapi_json_pick(temp, text, &path, 1, &a);
        rc2 = plain_pick(temp, text, &path, 1, &b);

        same &= rc == NGX_OK && rc2 == NGX_OK && result(&a, &b);

        rc = ngx_asyncapi_json_omit(temp, text, &path, 1, &a);
        rc2 = plain_omit(temp, text, &path, 1, &b);

        same &= rc == NGX_OK && rc2 == NGX_OK && result(&a, &b);
    }

    same |= !valid;

    rc = ngx_asyncapi_json_quote(temp, text, &a);
    rc2 = plain_quote(temp, text, &b);

    same &= rc == NGX_OK && rc2 == NGX_OK && result(&a, &b);

    ngx_destroy_pool(temp);

    return same;
}


static ngx_uint_t
result(const ngx_str_t *a, const ngx_str_t *b)
{
    ngx_str_t  value;

    value = *a;

    return json_same(a, b)
           && ngx_asyncapi_json_validate(&value, NULL) == NGX_OK;
}


static void
compare(ngx_uint_t count)
{
    u_char                     *buf;
    ngx_int_t                   rc, rc2;
    ngx_str_t                   text, value, plain;
    ngx_uint_t                  n, accepted, differ, walked;
    ngx_asyncapi_json_error_t   err, err2;

    buf = ngx_palloc(pool, JSON_MAX + 64);
    accepted = 0;
    differ = 0;
    walked = 0;

    for (n = 0; n < count; n++) {
        text = json_block(buf, json_mutate(buf));
        value = text;
        plain = text;

        rc = ngx_asyncapi_json_validate(&value, &err);
        rc2 = plain_validate(&plain, &err2);

        if (rc != rc2 || rc != json_grammar(&text)
            || !json_same(&value, &plain)
            || (rc == NGX_ERROR && (err.offset != err2.offset
                                    || strcmp(err.message, err2.message))))
        {
            differ++;
            json_show("another verdict", &text);
        }

        accepted += (rc == NGX_OK);

        if (!walk(&value, rc == NGX_OK)) {
            walked++;
            json_show("another walk", &text);
        }

        free(text.data);

        if (differ + walked > 10) {
            break;
        }
    }

    is_int(differ, 0, "one verdict on each of %lu texts",
           (unsigned long) count);
    is_int(walked, 0, "one way through each");
    ok(accepted > count / 20 && accepted < count,
       "%lu of them are accepted", (unsigned long) accepted);
}


/* '1' or '0'; '?' where the forms of the validator don't agree */

static int
verdict(const ngx_str_t *text)
{
    ngx_int_t                        rc;
    ngx_str_t                        value;
    const ngx_asyncapi_json_form_t  *f;

    value = *text;
    rc = ngx_asyncapi_json_validate(&value, NULL);

    for (f = ngx_asyncapi_json_forms; f->name; f++) {
        value = *text;

        while (value.len && *value.data && strchr(" \t\r\n", *value.data)) {
            value.data++;
            value.len--;
        }

        if (value.len && (*value.data == '[' || *value.data == '{')
            && f->supported() && f->scan(&value) != rc)
        {
            return '?';
        }
    }

    return (rc == NGX_OK) ? '1' : '0';
}


static void
answer(void)
{
    u_char     head[4];
    ngx_str_t  text;

    while (fread(head, 1, 4, stdin) == 4) {
        text.len = head[0] | head[1] << 8 | head[2] << 16
                   | (size_t) head[3] << 24;
        text.data = malloc(text.len ? text.len : 1);

        if (text.data == NULL
            || fread(text.data, 1, text.len, stdin) != text.len)
        {
            exit(2);
        }

        putchar(verdict(&text));
        fflush(stdout);

        free(text.data);
    }
}


int
main(int argc, char **argv)
{
    pool = unit_start();

    if (argc > 1 && strcmp(argv[1], "-") == 0) {
        answer();
        ngx_destroy_pool(pool);
        return 0;
    }

    json_mutate_start(pool, argc > 2 ? strtoull(argv[2], NULL, 10) : 0);

    compare(argc > 1 ? strtoul(argv[1], NULL, 10) : COUNT);

    return unit_done();
}

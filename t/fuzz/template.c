
/*
 * Copyright (C) The asyncapi module authors
 *
 * Any template, in any place, with values of any kind: what it renders to is
 * what its place allows.
 *
 * The first byte is the place, the second chooses the values; the source
 * follows, and behind a byte 0xfe a value of its own.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_template.h"

#include <stdlib.h>


#define PLACES  6               /* the last one is compile_value() */


typedef struct {
    ngx_asyncapi_base_e    base;
    ngx_asyncapi_value_t   value;
} choice_t;


static const char  *values[] = {
    "{\"a\":1,\"b\":{\"c\":[1,2,{\"d\":null}]},\"e\":\"\\u0041\\\"x\"}",
    "{\"\\u0061\":2,\"a\":3,\"\":0}",
    "[[],{},\"..\",-1.5e10,true]",
    "\"%2e/..\\r\\n\\u0000\"",
    "{ }",
    "null",
    "0"
};

static const char  *texts[] = {
    "", ".", "/a/%2e./b?c=%zz", "\r\n", "\xff\"\\", "a b#<>"
};


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static void fuzz(ngx_pool_t *pool, ngx_uint_t place, ngx_uint_t seed,
    ngx_str_t *source, ngx_str_t *own);
static ngx_int_t resolve(ngx_asyncapi_render_t *render,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value);
static void choose(ngx_pool_t *pool, ngx_asyncapi_ref_t *ref, ngx_uint_t seed,
    ngx_str_t *own);
static void check(ngx_uint_t place, ngx_asyncapi_template_t *tpl,
    ngx_str_t *text);
static void check_json(ngx_str_t *text);
static void check_url(ngx_str_t *url);
static void check_error(ngx_str_t *source, ngx_asyncapi_template_error_t *err);
static ngx_str_t copy(ngx_pool_t *pool, const void *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_str_t         source, own;
    ngx_pool_t       *pool;
    const uint8_t    *p;
    static ngx_log_t  log;

    if (size < 2) {
        return 0;
    }

    ngx_pagesize = 4096;
    ngx_cacheline_size = 64;

    pool = ngx_create_pool(4096, &log);
    if (pool == NULL) {
        abort();
    }

    p = memchr(data + 2, 0xfe, size - 2);

    if (p == NULL) {
        p = data + size;
    }

    source = copy(pool, data + 2, p - data - 2);
    own = copy(pool, "", 0);

    if (p < data + size) {
        own = copy(pool, p + 1, data + size - p - 1);
    }

    fuzz(pool, data[0] % PLACES, data[1], &source, &own);

    ngx_destroy_pool(pool);

    return 0;
}


static void
fuzz(ngx_pool_t *pool, ngx_uint_t place, ngx_uint_t seed, ngx_str_t *source,
    ngx_str_t *own)
{
    ngx_int_t                        rc;
    ngx_str_t                        text;
    ngx_uint_t                       i;
    ngx_array_t                     *refs;
    ngx_asyncapi_ref_t             **ref, lone;
    ngx_asyncapi_render_t            render;
    ngx_asyncapi_template_t         *tpl;
    ngx_asyncapi_template_error_t    err;

    if (ngx_asyncapi_ref_parse(pool, source, &lone, &err) != NGX_OK) {
        check_error(source, &err);
    }

    tpl = (place == PLACES - 1)
          ? ngx_asyncapi_template_compile_value(pool, source, &err)
          : ngx_asyncapi_template_compile(pool, source, place, &err);

    if (tpl == NULL) {
        check_error(source, &err);
        return;
    }

    refs = ngx_asyncapi_template_refs(tpl);
    ref = refs->elts;

    for (i = 0; i < refs->nelts; i++) {
        choose(pool, ref[i], seed, own);
    }

    if (ngx_asyncapi_template_bound(tpl, &err) != NGX_OK) {

        if (err.message == NULL || err.near.len == 0) {
            abort();
        }

        return;
    }

    ngx_memzero(&render, sizeof(ngx_asyncapi_render_t));

    render.pool = pool;
    render.resolve = resolve;

    rc = ngx_asyncapi_template_render(tpl, &render, &text);

    if (rc == NGX_OK) {
        check((place == PLACES - 1) ? NGX_ASYNCAPI_PLACE_JSON : place, tpl,
              &text);

    } else if (rc != NGX_DECLINED
               || render.failed == NULL || render.message == NULL)
    {
        abort();
    }
}


/* the same of the same name */

static void
choose(ngx_pool_t *pool, ngx_asyncapi_ref_t *ref, ngx_uint_t seed,
    ngx_str_t *own)
{
    choice_t    *c;
    ngx_str_t    json;
    ngx_uint_t   n;

    n = ngx_crc32_short(ref->name.data, ref->name.len) + seed * 7919;
    n ^= n >> 7;

    c = ngx_pcalloc(pool, sizeof(choice_t));
    ref->binding = c;

    ref->base = NGX_ASYNCAPI_BASE_RESULT + n % 5;
    n /= 5;

    c->value.type = (ref->base >= NGX_ASYNCAPI_BASE_VARIABLE)
                    ? NGX_ASYNCAPI_VALUE_TEXT
                    : (ngx_asyncapi_value_e) (n % 3);
    n /= 3;

    if (c->value.type == NGX_ASYNCAPI_VALUE_JSON) {
        json = *own;

        if (n % 2 && ngx_asyncapi_json_validate(&json, NULL) == NGX_OK) {
            c->value.data = copy(pool, json.data, json.len);
            return;
        }

        n = n / 2 % (sizeof(values) / sizeof(values[0]));
        c->value.data = copy(pool, values[n], ngx_strlen(values[n]));

    } else if (c->value.type == NGX_ASYNCAPI_VALUE_TEXT) {

        if (n % 2) {
            c->value.data = *own;
            return;
        }

        n = n / 2 % (sizeof(texts) / sizeof(texts[0]));
        c->value.data = copy(pool, texts[n], ngx_strlen(texts[n]));
    }
}


static ngx_int_t
resolve(ngx_asyncapi_render_t *render, const ngx_asyncapi_ref_t *ref,
    ngx_asyncapi_value_t *value)
{
    choice_t  *c;

    c = ref->binding;

    *value = c->value;

    return NGX_OK;
}


static void
check(ngx_uint_t place, ngx_asyncapi_template_t *tpl, ngx_str_t *text)
{
    ngx_str_t  constant;

    switch (place) {

    case NGX_ASYNCAPI_PLACE_JSON:
        check_json(text);
        break;

    case NGX_ASYNCAPI_PLACE_URL:
        check_url(text);
        break;

    default:
        break;
    }

    if (ngx_asyncapi_template_refs(tpl)->nelts == 0
        && (!ngx_asyncapi_template_constant(tpl, &constant)
            || constant.len != text->len
            || ngx_memcmp(constant.data, text->data, text->len) != 0))
    {
        abort();
    }
}


static void
check_json(ngx_str_t *text)
{
    ngx_str_t                  json;
    ngx_asyncapi_json_error_t  err;

    json = *text;

    if (ngx_asyncapi_json_validate(&json, &err) == NGX_OK) {

        if (json.len != text->len) {
            abort();
        }

        return;
    }

    /* a deep value may stand deep in a template */

    if (ngx_strcmp(err.message, "nested too deeply") != 0) {
        abort();
    }
}


static void
check_url(ngx_str_t *url)
{
    u_char      *p, *last;
    ngx_uint_t   dots, other, query;

    if (url->len && url->data[0] != '/' && url->data[0] != '?') {
        abort();
    }

    dots = 0;
    other = 0;
    query = 0;
    last = url->data + url->len;

    for (p = url->data; p < last; p++) {

        if (*p <= ' ' || *p >= 0x7f || ngx_strchr("\"#<>\\^`{|}", *p)) {
            abort();
        }

        if (query) {
            continue;
        }

        if (*p == '/' || *p == '?') {

            if (!other && (dots == 1 || dots == 2)) {
                abort();
            }

            dots = 0;
            other = 0;
            query = (*p == '?');

        } else if (*p == '.') {
            dots++;

        } else if (last - p >= 3 && ngx_strncasecmp(p, (u_char *) "%2e", 3)
                                    == 0)
        {
            dots++;
            p += 2;

        } else {
            other = 1;
        }
    }

    if (!query && !other && (dots == 1 || dots == 2)) {
        abort();
    }
}


static void
check_error(ngx_str_t *source, ngx_asyncapi_template_error_t *err)
{
    if (err->message == NULL
        || err->offset > source->len
        || err->near.len > source->len)
    {
        abort();
    }
}


/* memory of exactly that size, so that a read beyond it is noticed */

static ngx_str_t
copy(ngx_pool_t *pool, const void *data, size_t len)
{
    ngx_str_t  s;

    s.len = len;
    s.data = ngx_pnalloc(pool, len ? len : 1);

    if (s.data == NULL) {
        abort();
    }

    ngx_memcpy(s.data, data, len);

    return s;
}

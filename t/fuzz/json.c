
/*
 * Copyright (C) The asyncapi module authors
 *
 * Any bytes to the validator, of which all forms must say the same; what it
 * accepts is walked and cut, and what comes of that must be accepted again.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_json_validate.h"


#define must(cond)  if (!(cond)) { abort(); }


static ngx_log_t  fuzz_log;


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
fuzz_value(ngx_str_t *value)
{
    ngx_str_t  copy;

    copy = *value;

    must(ngx_asyncapi_json_validate(&copy, NULL) == NGX_OK);
    must(copy.data == value->data && copy.len == value->len);
}


static void
fuzz_string(ngx_pool_t *pool, ngx_str_t *inside)
{
    u_char     *p;
    ngx_str_t   text, quoted, again;

    p = ngx_pnalloc(pool, inside->len + 1);
    must(p != NULL);

    text.data = p;
    text.len = ngx_asyncapi_json_unescape(p, inside) - p;

    must(text.len <= inside->len);
    must(ngx_asyncapi_json_utf8_valid(text.data, text.len));
    must(ngx_asyncapi_json_key_is(inside, &text));

    must(ngx_asyncapi_json_quote(pool, &text, &quoted) == NGX_OK);
    fuzz_value(&quoted);

    again.data = quoted.data + 1;
    again.len = quoted.len - 2;

    must(ngx_asyncapi_json_key_equal(&again, inside));
}


/* what is cut out by the first member's name, and the names below it */

static void
fuzz_cut(ngx_pool_t *pool, ngx_str_t *value, ngx_str_t *key)
{
    ngx_str_t                 out, name, inside;
    ngx_int_t                 rc;
    ngx_asyncapi_json_path_t  path;
    ngx_asyncapi_json_step_t  steps[3];

    name.data = ngx_pnalloc(pool, key->len + 1);
    must(name.data != NULL);

    inside = *key;
    name.len = ngx_asyncapi_json_unescape(name.data, &inside) - name.data;

    ngx_memzero(steps, sizeof(steps));
    steps[0].key = name;
    steps[1].key = name;
    steps[2].type = NGX_ASYNCAPI_JSON_STEP_EACH;

    path.steps = steps;

    for (path.nsteps = 1; path.nsteps < 3; path.nsteps++) {
        must(ngx_asyncapi_json_pick(pool, value, &path, 1, &out) == NGX_OK);
        fuzz_value(&out);

        must(ngx_asyncapi_json_omit(pool, value, &path, 1, &out) == NGX_OK);
        fuzz_value(&out);

        /* left out with all of its name */

        if (path.nsteps == 1) {
            must(ngx_asyncapi_json_get(pool, &out, steps, 1, &inside)
                 == NGX_DECLINED);
        }

        rc = ngx_asyncapi_json_get(pool, value, steps, path.nsteps, &out);

        if (rc == NGX_OK) {
            fuzz_value(&out);

        } else {
            must(rc == NGX_DECLINED);
        }
    }

    steps[1] = steps[2];

    if (ngx_asyncapi_json_get(pool, value, steps, 2, &out) == NGX_OK) {
        fuzz_value(&out);
    }

    steps[0] = steps[2];
    steps[1].type = NGX_ASYNCAPI_JSON_STEP_INDEX;
    steps[1].index = -1;

    if (ngx_asyncapi_json_get(pool, value, steps, 2, &out) == NGX_OK) {
        fuzz_value(&out);
    }
}


static void
fuzz_walk(ngx_pool_t *pool, ngx_str_t *value)
{
    ngx_str_t                 key, inside, out;
    ngx_uint_t                n, count;
    ngx_asyncapi_json_iter_t  it;
    ngx_asyncapi_json_step_t  each;

    must(ngx_asyncapi_json_skip(value->data, value->data + value->len)
         == value->data + value->len);

    (void) ngx_asyncapi_json_truthy(value);

    if (ngx_asyncapi_json_type(value) == NGX_ASYNCAPI_JSON_STRING) {
        inside.data = value->data + 1;
        inside.len = value->len - 2;
        fuzz_string(pool, &inside);
    }

    ngx_str_set(&key, "a");
    count = ngx_asyncapi_json_count(value);

    ngx_asyncapi_json_iterate(&it, value);

    for (n = 0; ngx_asyncapi_json_next(&it); n++) {
        must(it.index == n);
        fuzz_value(&it.value);
        fuzz_string(pool, &it.key);

        if (n == 0 && it.key.data) {
            key = it.key;
        }
    }

    must(n == count);

    fuzz_cut(pool, value, &key);

    ngx_memzero(&each, sizeof(ngx_asyncapi_json_step_t));
    each.type = NGX_ASYNCAPI_JSON_STEP_EACH;

    if (ngx_asyncapi_json_get(pool, value, &each, 1, &out) == NGX_OK) {
        fuzz_value(&out);
        must(ngx_asyncapi_json_count(&out) == count);
    }
}


/* as they are, and in an array behind so many bytes of white space */

static void
fuzz_forms(const uint8_t *data, size_t size, size_t shift)
{
    u_char                          *block;
    ngx_int_t                        rc;
    ngx_str_t                        text, value, plain;
    const ngx_asyncapi_json_form_t  *f;

    text.len = size + (shift ? shift + 2 : 0);
    block = malloc(text.len);
    must(block != NULL);

    ngx_memset(block, ' ', text.len);
    ngx_memcpy(block + (shift ? shift + 1 : 0), data, size);

    if (shift) {
        block[0] = '[';
        block[text.len - 1] = ']';
    }

    text.data = block;
    plain = text;

    rc = ngx_asyncapi_json_validate_plain(&plain, NULL);

    for (f = ngx_asyncapi_json_forms; f->name; f++) {
        if (f->supported()) {
            value = text;
            must(f->scan(&value) == rc);
            must(value.data == plain.data && value.len == plain.len);
        }
    }

    free(block);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_str_t                  value;
    ngx_pool_t                *pool;
    ngx_asyncapi_json_error_t  err;

    value.data = (u_char *) data;
    value.len = size;

    if (size) {
        if (data[0] == '[' || data[0] == '{') {
            fuzz_forms(data, size, 0);
        }

        fuzz_forms(data, size, 1 + size % 64);
    }

    if (ngx_asyncapi_json_validate(&value, &err) != NGX_OK) {
        must(err.message != NULL && err.offset <= size);
        return 0;
    }

    pool = ngx_create_pool(1024, &fuzz_log);
    must(pool != NULL);

    fuzz_walk(pool, &value);

    ngx_destroy_pool(pool);

    return 0;
}

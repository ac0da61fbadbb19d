
/*
 * Copyright (C) The asyncapi module authors
 *
 * The answers of a trusted upstream are walked without validation: whatever
 * they are, nothing outside of them is touched, and every walk ends.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json.h"


#define must(cond)  if (!(cond)) { abort(); }


static ngx_log_t  fuzz_log;


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
fuzz_paths(ngx_pool_t *pool, ngx_str_t *value)
{
    ngx_str_t                 out;
    ngx_uint_t                i;
    ngx_asyncapi_json_path_t  paths[2];
    ngx_asyncapi_json_step_t  steps[4];

    ngx_memzero(steps, sizeof(steps));
    ngx_str_set(&steps[0].key, "a");
    ngx_str_set(&steps[1].key, "b");

    paths[0].steps = steps;
    paths[0].nsteps = 2;
    paths[1].steps = &steps[1];
    paths[1].nsteps = 1;

    must(ngx_asyncapi_json_pick(pool, value, paths, 2, &out) == NGX_OK);
    must(ngx_asyncapi_json_omit(pool, value, paths, 2, &out) == NGX_OK);

    for (i = 0; i < 81; i++) {
        steps[0].type = i % 3;
        steps[1].type = i / 3 % 3;
        steps[2].type = i / 9 % 3;
        steps[3].type = i / 27;
        steps[0].index = -1;

        must(ngx_asyncapi_json_get(pool, value, steps, 4, &out) != NGX_ERROR);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    u_char                    *p, *last;
    ngx_str_t                  value, text;
    ngx_pool_t                *pool;
    ngx_asyncapi_json_iter_t   it;

    /* 83 walks of a long one are slow, and find nothing that others don't */

    if (size > 1000) {
        return 0;
    }

    value.data = (u_char *) data;
    value.len = size;
    last = value.data + size;

    pool = ngx_create_pool(1024, &fuzz_log);
    must(pool != NULL);

    (void) ngx_asyncapi_json_truthy(&value);

    ngx_asyncapi_json_iterate(&it, &value);

    while (ngx_asyncapi_json_next(&it)) {
        must(it.value.data >= data && it.value.data + it.value.len <= last);
        must(it.key.data == NULL || it.key.data + it.key.len <= last);

        (void) ngx_asyncapi_json_key_equal(&it.key, &it.value);
        (void) ngx_asyncapi_json_key_is(&it.value, &it.key);

        text.data = ngx_pnalloc(pool, it.value.len + 1);
        must(text.data != NULL);

        p = ngx_asyncapi_json_unescape(text.data, &it.value);
        must((size_t) (p - text.data) <= it.value.len);
    }

    fuzz_paths(pool, &value);

    must(ngx_asyncapi_json_quote(pool, &value, &text) == NGX_OK);
    must(ngx_asyncapi_json_validate(&text, NULL) == NGX_OK);

    ngx_destroy_pool(pool);

    return 0;
}

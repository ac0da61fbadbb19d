
/*
 * Copyright (C) The asyncapi module authors
 *
 * What happens where there is no memory: AddressSanitizer, which the unit
 * tests are built with, gives no block of more than a megabyte here.
 */


#include "json.h"


#define SIZE   (3 * 1024 * 1024)
#define MANY   200000


const char *__asan_default_options(void);


static u_char                    big[SIZE];
static ngx_asyncapi_json_path_t  paths[MANY];
static ngx_asyncapi_json_step_t  steps[MANY];


const char *
__asan_default_options(void)
{
    return "max_allocation_size_mb=1:allocator_may_return_null=1";
}


int
main(void)
{
    ngx_str_t                 value, out;
    ngx_uint_t                i;
    ngx_pool_t               *pool;
    ngx_asyncapi_json_path_t  path;

    pool = unit_start();

    memset(big, 'x', SIZE);
    memcpy(big, "[{\"a\":\"", 7);
    memcpy(big + SIZE - 10, "\",\"b\":12}]", 10);

    value.data = big;
    value.len = SIZE;

    ok(ngx_alloc(SIZE, pool->log) == NULL, "there is no memory");

    is_int(ngx_asyncapi_json_validate(&value, NULL), NGX_OK,
           "to validate takes none");

    path = json_path(pool, "[0].b");
    is_int(ngx_asyncapi_json_get(pool, &value, path.steps, path.nsteps, &out),
           NGX_OK, "to get what is there takes none");
    is_str(&out, "12", "it is got");

    path = json_path(pool, "[*].a");
    is_int(ngx_asyncapi_json_get(pool, &value, path.steps, path.nsteps, &out),
           NGX_ERROR, "an array can't be made");

    path = json_path(pool, "a");
    is_int(ngx_asyncapi_json_pick(pool, &value, &path, 1, &out), NGX_ERROR,
           "nothing can be picked");
    is_int(ngx_asyncapi_json_omit(pool, &value, &path, 1, &out), NGX_ERROR,
           "nothing can be omitted");

    value.data = big + 8;
    value.len = SIZE - 32;
    is_int(ngx_asyncapi_json_quote(pool, &value, &out), NGX_ERROR,
           "a string can't be made");

    value.data = (u_char *) "[]";
    value.len = 2;

    for (i = 0; i < MANY; i++) {
        steps[i].type = NGX_ASYNCAPI_JSON_STEP_EACH;
    }

    is_int(ngx_asyncapi_json_get(pool, &value, steps, MANY, &out), NGX_ERROR,
           "nor can a path of too many steps be walked");
    is_int(ngx_asyncapi_json_pick(pool, &value, paths, MANY, &out), NGX_ERROR,
           "nor too many paths");

    return unit_done();
}

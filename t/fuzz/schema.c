
/*
 * Copyright (C) The asyncapi module authors
 *
 * Any schema and any instance, a byte 0xfe between them.  What is refused is
 * so with a reason; a check says the same whether many errors are wanted or
 * one, and it tells of an error just where there is one.  An instance that is
 * no JSON may be anything, but nothing beyond its end is read.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_schema.h"


#define must(cond)  if (!(cond)) { abort(); }


static ngx_log_t  fuzz_log;


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
fuzz_errors(ngx_array_t *errors)
{
    ngx_uint_t                    i;
    ngx_asyncapi_schema_error_t  *e;

    e = errors->elts;

    for (i = 0; i < errors->nelts; i++) {
        must(e[i].pointer.len && e[i].pointer.data[0] == '#');
        must(e[i].detail.len && e[i].detail.len <= 512);
        must(ngx_asyncapi_json_utf8_valid(e[i].detail.data, e[i].detail.len));
    }
}


/* it was a matter of time */

static ngx_uint_t
fuzz_late(ngx_array_t *errors)
{
    ngx_asyncapi_schema_error_t  *e;

    e = errors->elts;

    return errors->nelts
           && ngx_strncmp(e->detail.data, "takes too long", 14) == 0;
}


static void
fuzz_instance(ngx_asyncapi_schema_t *schema, ngx_pool_t *pool,
    ngx_str_t *json, ngx_uint_t valid)
{
    ngx_int_t    rc, one;
    ngx_array_t  errors, first;

    must(ngx_array_init(&errors, pool, 4, sizeof(ngx_asyncapi_schema_error_t))
         == NGX_OK);
    must(ngx_array_init(&first, pool, 1, sizeof(ngx_asyncapi_schema_error_t))
         == NGX_OK);

    rc = ngx_asyncapi_schema_check(schema, pool, json, &errors, 4);

    must(rc == NGX_OK || rc == NGX_DECLINED);
    must((rc == NGX_OK) == (errors.nelts == 0));
    must(errors.nelts <= 4);

    if (!valid) {
        return;
    }

    fuzz_errors(&errors);

    one = ngx_asyncapi_schema_check(schema, pool, json, &first, 1);

    must(one == rc || fuzz_late(&errors) || fuzz_late(&first));
    must((one == NGX_OK) == (first.nelts == 0));
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    u_char                         *p;
    ngx_str_t                       text, json, error, value;
    ngx_pool_t                     *pool;
    const uint8_t                  *middle;
    ngx_asyncapi_schema_t          *schema;
    ngx_asyncapi_schema_options_t   options;

    middle = size ? memchr(data, 0xfe, size) : NULL;

    if (middle == NULL) {
        return 0;
    }

    ngx_pagesize = 4096;
    ngx_cacheline_size = 64;

    pool = ngx_create_pool(4096, &fuzz_log);
    must(pool != NULL);

    text.data = (u_char *) data;
    text.len = middle - data;
    options.formats = text.len & 1;

    schema = ngx_asyncapi_schema_compile(pool, &text, &options, &error);

    if (schema == NULL) {
        must(error.len != 0);
        ngx_destroy_pool(pool);
        return 0;
    }

    /* memory of just that size, so that a read beyond it is noticed */

    json.len = data + size - middle - 1;
    p = malloc(json.len ? json.len : 1);
    must(p != NULL);
    ngx_memcpy(p, middle + 1, json.len);
    json.data = p;

    value = json;

    if (ngx_asyncapi_json_validate(&value, NULL) == NGX_OK) {
        fuzz_instance(schema, pool, &value, 1);

    } else {
        fuzz_instance(schema, pool, &json, 0);
    }

    free(p);
    ngx_destroy_pool(pool);

    return 0;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * Any bytes as what a client sends: a query, cookies, a form of parts, a value
 * of each type, a JSON body with its names.  Nothing is read out of place, and
 * what is accepted has the properties that others rely on.
 *
 * The first byte says which.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_multipart.h"
#include "ngx_asyncapi_pairs.h"
#include "ngx_asyncapi_rules.h"

#include <stdlib.h>
#include <string.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static void fuzz_pairs(ngx_str_t *text, ngx_uint_t cookies);
static void fuzz_parts(ngx_str_t *text);
static void fuzz_scalars(ngx_str_t *text);
static void fuzz_names(ngx_str_t *text);
static void within(ngx_str_t *part, ngx_str_t *whole);
static void check(ngx_uint_t truth);


static ngx_log_t  silent;


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_str_t  text;

    if (size == 0) {
        return 0;
    }

    text.len = size - 1;
    text.data = malloc(text.len ? text.len : 1);
    memcpy(text.data, data + 1, text.len);

    switch (data[0] % 5) {

    case 0:
        fuzz_pairs(&text, 0);
        break;

    case 1:
        fuzz_pairs(&text, 1);
        break;

    case 2:
        fuzz_parts(&text);
        break;

    case 3:
        fuzz_scalars(&text);
        break;

    default:
        fuzz_names(&text);
        break;
    }

    free(text.data);

    return 0;
}


static void
fuzz_pairs(ngx_str_t *text, ngx_uint_t cookies)
{
    u_char                *decoded, *last;
    size_t                 n;
    ngx_asyncapi_pairs_t   pairs;

    ngx_asyncapi_pairs_init(&pairs, text);

    for (n = 0; cookies ? ngx_asyncapi_cookies_next(&pairs)
                        : ngx_asyncapi_pairs_next(&pairs); n++)
    {
        within(&pairs.name, text);
        within(&pairs.value, text);
        check(n < text->len);

        decoded = malloc(pairs.value.len ? pairs.value.len : 1);
        last = ngx_asyncapi_pairs_decode(decoded, &pairs.value);

        check(last == NULL || (size_t) (last - decoded) <= pairs.value.len);
        check(last || ngx_asyncapi_pairs_encoded(&pairs.value));

        free(decoded);
    }
}


/* the first line is the Content-Type */

static void
fuzz_parts(ngx_str_t *text)
{
    u_char                    *end;
    size_t                     n;
    ngx_int_t                  rc;
    ngx_str_t                  type, body;
    ngx_asyncapi_multipart_t   m;

    end = memchr(text->data, LF, text->len);
    if (end == NULL) {
        return;
    }

    type.data = text->data;
    type.len = end - text->data;
    body.data = end + 1;
    body.len = text->data + text->len - body.data;

    if (ngx_asyncapi_multipart_init(&m, &type, &body) != NGX_OK) {
        return;
    }

    for (n = 0; /* void */ ; n++) {
        rc = ngx_asyncapi_multipart_next(&m);

        if (rc != NGX_OK) {
            check(rc == NGX_DONE || m.error != NULL);
            return;
        }

        check(n < body.len);
        within(&m.value, &body);

        if (m.name.data != m.unquoted) {
            within(&m.name, &body);
        }
    }
}


static void
fuzz_scalars(ngx_str_t *text)
{
    ngx_str_t              value, copy;
    ngx_asyncapi_scalar_e  type;

    for (type = 0; type < NGX_ASYNCAPI_SCALAR_N; type++) {
        value = *text;

        if (!ngx_asyncapi_scalar_is(type, &value)) {
            continue;
        }

        if (ngx_asyncapi_scalar_is_text(type)) {
            check(ngx_asyncapi_json_utf8_valid(value.data, value.len));
            check(ngx_asyncapi_text_length(&value) <= value.len);
            continue;
        }

        /* the others are JSON as they are, and keep being of their type */

        copy = value;
        check(ngx_asyncapi_json_validate(&copy, NULL) == NGX_OK);
        check(copy.len == value.len);
        check(ngx_asyncapi_scalar_is(type, &copy));

        if (ngx_asyncapi_scalar_is_numeric(type)) {
            check(ngx_asyncapi_number_compare(&value, &copy) == 0);
        }
    }
}


static void
fuzz_names(ngx_str_t *text)
{
    ngx_int_t    rc;
    ngx_str_t    value, pointer;
    ngx_pool_t  *pool;

    value = *text;

    if (ngx_asyncapi_json_validate(&value, NULL) != NGX_OK) {
        return;
    }

    pool = ngx_create_pool(1024, &silent);

    rc = ngx_asyncapi_json_unique(pool, &value, &pointer);

    check(rc == NGX_OK
          || (rc == NGX_DECLINED && pointer.len > 1
              && pointer.data[0] == '#'));

    ngx_destroy_pool(pool);
}


static void
within(ngx_str_t *part, ngx_str_t *whole)
{
    check(part->data >= whole->data
          && part->data + part->len <= whole->data + whole->len);
}


static void
check(ngx_uint_t truth)
{
    if (!truth) {
        abort();
    }
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * Values that are equal, and hashes that are equal for them.  Both call
 * themselves for what is in a container: as deep as a text may be nested.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_schema_number.h"
#include "ngx_asyncapi_schema_tape.h"


/* objects of more members are compared by hashes */

#define NGX_ASYNCAPI_SCHEMA_FEW  32


static ngx_uint_t ngx_asyncapi_schema_equal_objects(
    const ngx_asyncapi_schema_tape_t *a, uint32_t i,
    const ngx_asyncapi_schema_tape_t *b, uint32_t j);
static uint64_t ngx_asyncapi_schema_hash_number(
    const ngx_asyncapi_schema_tape_t *tape,
    const ngx_asyncapi_schema_value_t *v);
static uint64_t ngx_asyncapi_schema_mix(
    const ngx_asyncapi_schema_tape_t *tape, uint64_t a, uint64_t b);


ngx_uint_t
ngx_asyncapi_schema_equal(const ngx_asyncapi_schema_tape_t *a, uint32_t i,
    const ngx_asyncapi_schema_tape_t *b, uint32_t j)
{
    ngx_uint_t                          n;
    ngx_asyncapi_schema_number_t        x, y;
    const ngx_asyncapi_schema_value_t  *v, *w;

    v = &a->values[i];
    w = &b->values[j];

    if (v->type != w->type) {
        return 0;
    }

    switch (v->type) {

    case NGX_ASYNCAPI_JSON_STRING:
        return v->len == w->len && ngx_memcmp(v->data, w->data, v->len) == 0;

    case NGX_ASYNCAPI_JSON_NUMBER:
        ngx_asyncapi_schema_number(&x, v->data, v->len);
        ngx_asyncapi_schema_number(&y, w->data, w->len);

        return ngx_asyncapi_schema_compare(&x, &y) == 0;

    case NGX_ASYNCAPI_JSON_OBJECT:
        return v->count == w->count
               && ngx_asyncapi_schema_equal_objects(a, i, b, j);

    case NGX_ASYNCAPI_JSON_ARRAY:

        if (v->count != w->count) {
            return 0;
        }

        i++;
        j++;

        for (n = v->count; n; n--) {

            if (!ngx_asyncapi_schema_equal(a, i, b, j)) {
                return 0;
            }

            i = a->values[i].next;
            j = b->values[j].next;
        }

        return 1;

    default:
        return 1;
    }
}


static ngx_uint_t
ngx_asyncapi_schema_equal_objects(const ngx_asyncapi_schema_tape_t *a,
    uint32_t i, const ngx_asyncapi_schema_tape_t *b, uint32_t j)
{
    uint32_t                     m, n, last;
    ngx_asyncapi_schema_value_t *v;

    last = a->values[i].next;

    if (a->values[i].count > NGX_ASYNCAPI_SCHEMA_FEW) {
        return ngx_asyncapi_schema_hash(a, i) == ngx_asyncapi_schema_hash(b, j);
    }

    for (m = i + 1; m < last; m = a->values[m + 1].next) {

        v = &a->values[m];

        if (v->dropped) {
            continue;
        }

        n = ngx_asyncapi_schema_find(b, j, v->data, v->len);

        if (n == 0 || !ngx_asyncapi_schema_equal(a, m + 1, b, n + 1)) {
            return 0;
        }
    }

    return 1;
}


uint64_t
ngx_asyncapi_schema_hash(const ngx_asyncapi_schema_tape_t *tape, uint32_t at)
{
    uint32_t                            i;
    uint64_t                            hash;
    const ngx_asyncapi_schema_value_t  *v, *values;

    values = tape->values;
    v = &values[at];

    switch (v->type) {

    case NGX_ASYNCAPI_JSON_STRING:
        return ngx_asyncapi_json_siphash(tape->secret, v->data, v->len);

    case NGX_ASYNCAPI_JSON_NUMBER:
        return ngx_asyncapi_schema_hash_number(tape, v);

    case NGX_ASYNCAPI_JSON_ARRAY:
        hash = v->type;

        for (i = at + 1; i < v->next; i = values[i].next) {
            hash = ngx_asyncapi_schema_mix(tape, hash,
                                          ngx_asyncapi_schema_hash(tape, i));
        }

        return ngx_asyncapi_schema_mix(tape, hash, v->count);

    case NGX_ASYNCAPI_JSON_OBJECT:
        hash = 0;

        /* the same in any order */

        for (i = at + 1; i < v->next; i = values[i + 1].next) {

            if (values[i].dropped) {
                continue;
            }

            hash += ngx_asyncapi_schema_mix(tape,
                        ngx_asyncapi_schema_hash(tape, i),
                        ngx_asyncapi_schema_hash(tape, i + 1));
        }

        return ngx_asyncapi_schema_mix(tape, hash, v->type);

    default:
        return ngx_asyncapi_schema_mix(tape, v->type, v->type);
    }
}


static uint64_t
ngx_asyncapi_schema_hash_number(const ngx_asyncapi_schema_tape_t *tape,
    const ngx_asyncapi_schema_value_t *v)
{
    size_t                         len;
    u_char                         digits[32];
    uint64_t                       hash;
    const u_char                  *p;
    ngx_asyncapi_schema_number_t   n;

    ngx_asyncapi_schema_number(&n, v->data, v->len);

    len = 0;
    hash = v->type;

    for (p = n.first; p < n.last; p++) {

        if (*p != '.') {
            digits[len++] = *p;
        }

        if (len == sizeof(digits)) {
            hash = ngx_asyncapi_schema_mix(tape, hash,
                     ngx_asyncapi_json_siphash(tape->secret, digits, len));
            len = 0;
        }
    }

    hash = ngx_asyncapi_schema_mix(tape, hash,
                     ngx_asyncapi_json_siphash(tape->secret, digits, len));

    return ngx_asyncapi_schema_mix(tape, hash, n.exponent * 2 + n.negative);
}


static uint64_t
ngx_asyncapi_schema_mix(const ngx_asyncapi_schema_tape_t *tape, uint64_t a,
    uint64_t b)
{
    uint64_t  pair[2];

    pair[0] = a;
    pair[1] = b;

    return ngx_asyncapi_json_siphash(tape->secret, (u_char *) pair,
                                     sizeof(pair));
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * Checking: arrays.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_schema_private.h"


/* up to so many items are compared with each other */

#define NGX_ASYNCAPI_SCHEMA_FEW  8


static ngx_uint_t ngx_asyncapi_schema_size(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_arrays_t *arrays, uint32_t at);
static ngx_uint_t ngx_asyncapi_schema_contains(
    ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_arrays_t *arrays, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen);
static ngx_uint_t ngx_asyncapi_schema_unique(ngx_asyncapi_schema_check_t *ctx,
    uint32_t at);
static ngx_uint_t ngx_asyncapi_schema_unique_many(
    ngx_asyncapi_schema_check_t *ctx, uint32_t at);
static ngx_uint_t ngx_asyncapi_schema_twice(ngx_asyncapi_schema_check_t *ctx,
    uint32_t at, ngx_uint_t first, ngx_uint_t second);


ngx_uint_t
ngx_asyncapi_schema_array(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_arrays_t *arrays, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen)
{
    uint32_t                           i;
    ngx_uint_t                         n, valid;
    ngx_asyncapi_schema_value_t       *v;
    const ngx_asyncapi_schema_node_t  *node;

    v = ctx->tape.values;

    valid = ngx_asyncapi_schema_size(ctx, arrays, at);

    for (i = at + 1, n = 0; i < v[at].next; i = v[i].next, n++) {

        if (!valid && !ngx_asyncapi_schema_more(ctx)) {
            return 0;
        }

        node = (n < arrays->prefix.n) ? arrays->prefix.nodes[n]
                                      : arrays->items;
        if (node == NULL) {
            break;
        }

        valid &= ngx_asyncapi_schema_eval(ctx, node, i, NULL);

        if (seen) {
            ngx_asyncapi_schema_mark(seen, n);
        }
    }

    if (arrays->contains && (valid || ngx_asyncapi_schema_more(ctx))) {
        valid &= ngx_asyncapi_schema_contains(ctx, arrays, at, seen);
    }

    if (arrays->unique && (valid || ngx_asyncapi_schema_more(ctx))) {
        valid &= ngx_asyncapi_schema_unique(ctx, at);
    }

    return valid;
}


static ngx_uint_t
ngx_asyncapi_schema_size(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_arrays_t *arrays, uint32_t at)
{
    ngx_uint_t  n;

    n = ctx->tape.values[at].count;

    if (n < arrays->min) {
        return ngx_asyncapi_schema_wrong(ctx, at, NULL,
                   "must have at least %ui item%s", arrays->min,
                   arrays->min == 1 ? "" : "s");
    }

    if (n > arrays->max) {
        return ngx_asyncapi_schema_wrong(ctx, at, NULL,
                   "must have at most %ui item%s", arrays->max,
                   arrays->max == 1 ? "" : "s");
    }

    return 1;
}


static ngx_uint_t
ngx_asyncapi_schema_contains(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_arrays_t *arrays, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen)
{
    uint32_t                      i;
    ngx_uint_t                    n, found;
    ngx_asyncapi_schema_value_t  *v;

    v = ctx->tape.values;
    found = 0;

    for (i = at + 1, n = 0; i < v[at].next; i = v[i].next, n++) {

        if (!ngx_asyncapi_schema_try(ctx, arrays->contains, i, NULL)) {
            continue;
        }

        found++;

        if (seen) {
            ngx_asyncapi_schema_mark(seen, n);

        } else if (found >= arrays->min_contains
                   && arrays->max_contains == NGX_ASYNCAPI_SCHEMA_UNBOUND)
        {
            return 1;
        }
    }

    if (found < arrays->min_contains) {
        return ngx_asyncapi_schema_wrong(ctx, at, NULL,
                   "must have at least %ui item%s as \"contains\" describes, "
                   "and has %ui", arrays->min_contains,
                   arrays->min_contains == 1 ? "" : "s", found);
    }

    if (found > arrays->max_contains) {
        return ngx_asyncapi_schema_wrong(ctx, at, NULL,
                   "must have at most %ui item%s as \"contains\" describes, "
                   "and has %ui", arrays->max_contains,
                   arrays->max_contains == 1 ? "" : "s", found);
    }

    return 1;
}


static ngx_uint_t
ngx_asyncapi_schema_unique(ngx_asyncapi_schema_check_t *ctx, uint32_t at)
{
    uint32_t                      i, k;
    ngx_uint_t                    n, m;
    ngx_asyncapi_schema_value_t  *v;

    v = ctx->tape.values;

    if (v[at].count > NGX_ASYNCAPI_SCHEMA_FEW) {
        return ngx_asyncapi_schema_unique_many(ctx, at);
    }

    for (i = at + 1, n = 0; i < v[at].next; i = v[i].next, n++) {

        for (k = at + 1, m = 0; k < i; k = v[k].next, m++) {

            if (ngx_asyncapi_schema_equal(&ctx->tape, i, &ctx->tape, k)) {
                return ngx_asyncapi_schema_twice(ctx, at, m, n);
            }
        }
    }

    return 1;
}


static ngx_uint_t
ngx_asyncapi_schema_unique_many(ngx_asyncapi_schema_check_t *ctx, uint32_t at)
{
    uint32_t                      i, slot, mask;
    uint64_t                      hash;
    ngx_uint_t                    n;
    ngx_asyncapi_schema_value_t  *v;
    struct {
        uint64_t                  hash;
        uint32_t                  at;      /* 0: it is free */
        uint32_t                  n;
    }                            *slots;

    v = ctx->tape.values;

    for (mask = 31; mask < v[at].count * 2; mask = mask * 2 + 1) {
        /* void */
    }

    slots = ngx_pcalloc(ctx->pool, (mask + 1) * sizeof(*slots));
    if (slots == NULL) {
        ctx->no_memory = 1;
        return ngx_asyncapi_schema_fail(ctx, at, "");
    }

    for (i = at + 1, n = 0; i < v[at].next; i = v[i].next, n++) {

        hash = ngx_asyncapi_schema_hash(&ctx->tape, i);

        for (slot = hash & mask; slots[slot].at; slot = (slot + 1) & mask) {

            if (slots[slot].hash == hash
                && ngx_asyncapi_schema_equal(&ctx->tape, i, &ctx->tape,
                                             slots[slot].at))
            {
                n = ngx_asyncapi_schema_twice(ctx, at, slots[slot].n, n);
                (void) ngx_pfree(ctx->pool, slots);

                return n;
            }
        }

        slots[slot].hash = hash;
        slots[slot].at = i;
        slots[slot].n = n;
    }

    (void) ngx_pfree(ctx->pool, slots);

    return 1;
}


static ngx_uint_t
ngx_asyncapi_schema_twice(ngx_asyncapi_schema_check_t *ctx, uint32_t at,
    ngx_uint_t first, ngx_uint_t second)
{
    return ngx_asyncapi_schema_wrong(ctx, at, NULL,
               "must not have an item twice, as items %ui and %ui are equal",
               first, second);
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * Checking: objects.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_schema_private.h"


/* names that a schema speaks of, before memory is needed: in words */

#define NGX_ASYNCAPI_SCHEMA_WORDS  8


static ngx_uint_t ngx_asyncapi_schema_members(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_objects_t *objects, uint32_t at,
    uint64_t *present, ngx_asyncapi_schema_seen_t *seen);
static ngx_int_t ngx_asyncapi_schema_property(
    const ngx_asyncapi_schema_objects_t *objects,
    const ngx_asyncapi_schema_value_t *name);
static ngx_uint_t ngx_asyncapi_schema_others(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_objects_t *objects, uint32_t m,
    ngx_uint_t *matched);
static ngx_uint_t ngx_asyncapi_schema_name(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_objects_t *objects, uint32_t m);
static ngx_uint_t ngx_asyncapi_schema_missing(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_objects_t *objects, uint32_t at,
    uint64_t *present);
static ngx_uint_t ngx_asyncapi_schema_dependents(
    ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_objects_t *objects, uint32_t at,
    uint64_t *present, ngx_asyncapi_schema_seen_t *seen);


#define ngx_asyncapi_schema_present(present, i)                               \
    ((present)[(i) / 64] >> ((i) % 64) & 1)


ngx_uint_t
ngx_asyncapi_schema_object(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_objects_t *objects, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen)
{
    uint64_t     words[NGX_ASYNCAPI_SCHEMA_WORDS], *present;
    ngx_uint_t   i, n, valid;

    n = (objects->properties.nelts + 63) / 64;
    present = words;

    if (n > NGX_ASYNCAPI_SCHEMA_WORDS) {
        present = ngx_palloc(ctx->pool, n * sizeof(uint64_t));
        if (present == NULL) {
            ctx->no_memory = 1;
            return ngx_asyncapi_schema_fail(ctx, at, "");
        }
    }

    for (i = 0; i < n; i++) {
        present[i] = 0;
    }

    valid = ngx_asyncapi_schema_members(ctx, objects, at, present, seen);

    for (i = 0; i < n; i++) {

        if (objects->required[i] & ~present[i]) {
            valid = ngx_asyncapi_schema_missing(ctx, objects, at, present);
            break;
        }
    }

    if (objects->dependents.nelts
        && (valid || ngx_asyncapi_schema_more(ctx)))
    {
        valid &= ngx_asyncapi_schema_dependents(ctx, objects, at, present,
                                                seen);
    }

    n = ctx->tape.values[at].count;

    if (n < objects->min) {
        valid = ngx_asyncapi_schema_wrong(ctx, at, NULL,
                    "must have at least %ui member%s", objects->min,
                    objects->min == 1 ? "" : "s");
    }

    if (n > objects->max) {
        valid = ngx_asyncapi_schema_wrong(ctx, at, NULL,
                    "must have at most %ui member%s", objects->max,
                    objects->max == 1 ? "" : "s");
    }

    return valid;
}


static ngx_uint_t
ngx_asyncapi_schema_members(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_objects_t *objects, uint32_t at,
    uint64_t *present, ngx_asyncapi_schema_seen_t *seen)
{
    uint32_t                         m, last;
    ngx_int_t                        place;
    ngx_uint_t                       n, valid, matched;
    ngx_asyncapi_schema_value_t     *v;
    ngx_asyncapi_schema_property_t  *properties;

    v = ctx->tape.values;
    last = v[at].next;
    properties = objects->properties.elts;
    valid = 1;

    for (m = at + 1, n = 0; m < last; m = v[m + 1].next) {

        if (v[m].dropped) {
            continue;
        }

        if (!valid && !ngx_asyncapi_schema_more(ctx)) {
            return 0;
        }

        matched = 0;
        place = ngx_asyncapi_schema_property(objects, &v[m]);

        if (place >= 0) {
            present[place / 64] |= 1ull << (place % 64);

            if (properties[place].node) {
                matched = 1;
                valid &= ngx_asyncapi_schema_eval(ctx, properties[place].node,
                                                  m + 1, NULL);
            }
        }

        if (objects->patterns.nelts || objects->additional
            || objects->names)
        {
            valid &= ngx_asyncapi_schema_others(ctx, objects, m, &matched);
        }

        if (seen && matched) {
            ngx_asyncapi_schema_mark(seen, n);
        }

        n++;
    }

    return valid;
}


/* the place of the name among those of the schema, or -1 */

static ngx_int_t
ngx_asyncapi_schema_property(const ngx_asyncapi_schema_objects_t *objects,
    const ngx_asyncapi_schema_value_t *name)
{
    uint32_t                         i;
    ngx_uint_t                       place;
    ngx_asyncapi_schema_property_t  *p;

    if (objects->slots == NULL) {
        return -1;
    }

    for (i = name->count & objects->mask;
         (place = objects->slots[i]) != 0;
         i = (i + 1) & objects->mask)
    {
        p = objects->properties.elts;
        p += place - 1;

        if (p->hash == name->count && p->name.len == name->len
            && ngx_memcmp(p->name.data, name->data, name->len) == 0)
        {
            return place - 1;
        }
    }

    return -1;
}


/* m: a member; *matched: it is one of properties, and then, of anything */

static ngx_uint_t
ngx_asyncapi_schema_others(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_objects_t *objects, uint32_t m,
    ngx_uint_t *matched)
{
    ngx_uint_t                      i, valid;
    ngx_asyncapi_schema_matched_t  *patterns;

    patterns = objects->patterns.elts;
    valid = 1;

    for (i = 0; i < objects->patterns.nelts; i++) {

        if (!ngx_asyncapi_schema_match(ctx, patterns[i].pattern, m)) {
            continue;
        }

        *matched = 1;
        valid &= ngx_asyncapi_schema_eval(ctx, patterns[i].node, m + 1, NULL);
    }

    if (!*matched && objects->additional) {
        *matched = 1;
        valid &= ngx_asyncapi_schema_eval(ctx, objects->additional, m + 1,
                                          NULL);
    }

    if (objects->names) {
        valid &= ngx_asyncapi_schema_name(ctx, objects, m);
    }

    return valid;
}


/* its errors are of the member, and say that they are about the name */

static ngx_uint_t
ngx_asyncapi_schema_name(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_objects_t *objects, uint32_t m)
{
    ngx_uint_t  valid, name;

    name = ctx->name;
    ctx->name = 1;

    valid = ngx_asyncapi_schema_eval(ctx, objects->names, m, NULL);

    ctx->name = name;

    return valid;
}


static ngx_uint_t
ngx_asyncapi_schema_missing(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_objects_t *objects, uint32_t at,
    uint64_t *present)
{
    ngx_uint_t                       i;
    ngx_asyncapi_schema_property_t  *properties;

    properties = objects->properties.elts;

    for (i = 0; i < objects->properties.nelts; i++) {

        if (properties[i].required
            && !ngx_asyncapi_schema_present(present, i))
        {
            (void) ngx_asyncapi_schema_wrong(ctx, at, &properties[i].name,
                                             "is required");

            if (!ngx_asyncapi_schema_more(ctx)) {
                break;
            }
        }
    }

    return 0;
}


static ngx_uint_t
ngx_asyncapi_schema_dependents(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_objects_t *objects, uint32_t at,
    uint64_t *present, ngx_asyncapi_schema_seen_t *seen)
{
    ngx_uint_t                        i, valid;
    ngx_asyncapi_schema_property_t   *properties;
    ngx_asyncapi_schema_dependent_t  *d;

    d = objects->dependents.elts;
    properties = objects->properties.elts;
    valid = 1;

    for (i = 0; i < objects->dependents.nelts; i++) {

        if (!ngx_asyncapi_schema_present(present, d[i].name)) {
            continue;
        }

        if (d[i].node) {
            valid &= ngx_asyncapi_schema_eval(ctx, d[i].node, at, seen);

        } else if (!ngx_asyncapi_schema_present(present, d[i].other)) {
            valid = ngx_asyncapi_schema_wrong(ctx, at,
                        &properties[d[i].other].name,
                        "is required where \"%V\" is",
                        &properties[d[i].name].name);
        }

        if (!valid && !ngx_asyncapi_schema_more(ctx)) {
            break;
        }
    }

    return valid;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * Checking a value against a schema.  It calls itself for what is in a value
 * and for schemas in schemas, to a bound that is of both together.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json_scan.h"
#include "ngx_asyncapi_schema_private.h"


/* an instance's 512 levels, each by way of a few schemas */

#define NGX_ASYNCAPI_SCHEMA_LEVELS   3000

/* schemas that are applied: for any text, and for each byte of it */

#define NGX_ASYNCAPI_SCHEMA_STEPS    100000
#define NGX_ASYNCAPI_SCHEMA_PER_BYTE 64


static ngx_int_t ngx_asyncapi_schema_gave_up(ngx_asyncapi_schema_check_t *ctx);
static ngx_uint_t ngx_asyncapi_schema_typed(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_node_t *node, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen);
static ngx_uint_t ngx_asyncapi_schema_evaluated(
    ngx_asyncapi_schema_check_t *ctx, const ngx_asyncapi_schema_node_t *node,
    uint32_t at, ngx_asyncapi_schema_seen_t *seen);
static ngx_uint_t ngx_asyncapi_schema_rest(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_node_t *node, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen);
static ngx_uint_t ngx_asyncapi_schema_is_one(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_enum_t *values, uint32_t at);
static ngx_uint_t ngx_asyncapi_schema_is_number(
    ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_numbers_t *numbers, uint32_t at);
static ngx_uint_t ngx_asyncapi_schema_is_string(
    ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_strings_t *strings, uint32_t at);


ngx_int_t
ngx_asyncapi_schema_check(const ngx_asyncapi_schema_t *schema,
    ngx_pool_t *pool, const ngx_str_t *json, ngx_array_t *errors,
    ngx_uint_t max)
{
    ngx_int_t                    rc;
    ngx_asyncapi_schema_check_t  ctx;

    ngx_memzero(&ctx, offsetof(ngx_asyncapi_schema_check_t, tape));

    ctx.schema = schema;
    ctx.pool = pool;

    ngx_asyncapi_match_init(&ctx.match, pool, json->len);

    ctx.errors = errors;
    ctx.max = max;
    ctx.first = errors ? errors->nelts : 0;
    ctx.steps = NGX_ASYNCAPI_SCHEMA_STEPS
                + json->len * NGX_ASYNCAPI_SCHEMA_PER_BYTE;

    rc = ngx_asyncapi_schema_tape(&ctx.tape, pool, json, schema->secret);

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (rc == NGX_DECLINED) {
        ctx.failed = "is no JSON, or too large to be checked";
        ctx.tape.nvalues = 1;

    } else if (ngx_asyncapi_schema_eval(&ctx, schema->root, 0, NULL)
               && !ctx.failed)
    {
        rc = NGX_OK;
        goto done;
    }

    rc = ctx.failed ? ngx_asyncapi_schema_gave_up(&ctx)
                    : (ctx.no_memory ? NGX_ERROR : NGX_DECLINED);

done:

    if (ctx.tape.values != ctx.tape.first) {
        (void) ngx_pfree(pool, ctx.tape.values);
    }

    return rc;
}


/* that is all that is said then: what was found so far may not be true */

static ngx_int_t
ngx_asyncapi_schema_gave_up(ngx_asyncapi_schema_check_t *ctx)
{
    if (ctx->no_memory) {
        return NGX_ERROR;
    }

    if (ctx->errors == NULL) {
        return NGX_DECLINED;
    }

    ctx->errors->nelts = ctx->first;

    (void) ngx_asyncapi_schema_wrong(ctx, ctx->failed_at, NULL, "%s",
                                     ctx->failed);

    return ctx->no_memory ? NGX_ERROR : NGX_DECLINED;
}


ngx_uint_t
ngx_asyncapi_schema_eval(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_node_t *node, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen)
{
    ngx_uint_t                    type, valid;
    ngx_asyncapi_schema_value_t  *v;

    while (node->alias) {
        node = node->ref;
    }

    v = &ctx->tape.values[at];

    if (node->never) {
        return ngx_asyncapi_schema_wrong(ctx, at, NULL, "is not allowed");
    }

    if (ctx->failed || ctx->steps-- == 0) {
        return ngx_asyncapi_schema_fail(ctx, at,
                   "takes too many steps to be checked");
    }

    if (node->types) {
        type = ngx_asyncapi_schema_bit(v->type);

        if (!(node->types & type)
            && (v->type != NGX_ASYNCAPI_JSON_NUMBER
                || !(node->types & ngx_asyncapi_schema_type(v))))
        {
            return ngx_asyncapi_schema_wrong_type(ctx, at, node->types);
        }
    }

    if (ctx->level == NGX_ASYNCAPI_SCHEMA_LEVELS) {
        return ngx_asyncapi_schema_fail(ctx, at,
                   "is nested too deeply to be checked");
    }

    ctx->level++;
    valid = 1;

    if ((node->constant
         && !ngx_asyncapi_schema_is_one(ctx, node->constant, at))
        || (node->values
            && !ngx_asyncapi_schema_is_one(ctx, node->values, at)))
    {
        valid = 0;

    } else if ((node->items && v->type == NGX_ASYNCAPI_JSON_ARRAY)
               || (node->properties && v->type == NGX_ASYNCAPI_JSON_OBJECT))
    {
        valid = ngx_asyncapi_schema_evaluated(ctx, node, at, seen);

    } else {
        valid = ngx_asyncapi_schema_typed(ctx, node, at, seen);
    }

    ctx->level--;

    return valid;
}


ngx_uint_t
ngx_asyncapi_schema_try(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_node_t *node, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen)
{
    ngx_uint_t                   i, valid;
    ngx_array_t                 *errors;
    ngx_asyncapi_schema_seen_t   own;

    if (seen && ngx_asyncapi_schema_seen(ctx, &own, seen->n) != NGX_OK) {
        return ngx_asyncapi_schema_fail(ctx, at, "");
    }

    errors = ctx->errors;
    ctx->errors = NULL;

    valid = ngx_asyncapi_schema_eval(ctx, node, at, seen ? &own : NULL);

    ctx->errors = errors;

    if (valid && seen) {
        for (i = 0; i < seen->n; i += 64) {
            seen->bits[i / 64] |= own.bits[i / 64];
        }
    }

    return valid;
}


/* what is said of the type that the value has, and of the value in place */

static ngx_uint_t
ngx_asyncapi_schema_typed(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_node_t *node, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen)
{
    ngx_uint_t  valid;

    valid = 1;

    switch (ctx->tape.values[at].type) {

    case NGX_ASYNCAPI_JSON_NUMBER:
        if (node->numbers) {
            valid = ngx_asyncapi_schema_is_number(ctx, node->numbers, at);
        }

        break;

    case NGX_ASYNCAPI_JSON_STRING:
        if (node->strings) {
            valid = ngx_asyncapi_schema_is_string(ctx, node->strings, at);
        }

        break;

    case NGX_ASYNCAPI_JSON_ARRAY:
        if (node->arrays) {
            valid = ngx_asyncapi_schema_array(ctx, node->arrays, at, seen);
        }

        break;

    case NGX_ASYNCAPI_JSON_OBJECT:
        if (node->objects) {
            valid = ngx_asyncapi_schema_object(ctx, node->objects, at, seen);
        }

        break;

    default:
        break;
    }

    if (node->ref && (valid || ngx_asyncapi_schema_more(ctx))) {
        valid &= ngx_asyncapi_schema_eval(ctx, node->ref, at, seen);
    }

    if (node->logic && (valid || ngx_asyncapi_schema_more(ctx))) {
        valid &= ngx_asyncapi_schema_logic(ctx, node->logic, at, seen);
    }

    return valid;
}


/* of the schema's own words, and then of what they were not about */

static ngx_uint_t
ngx_asyncapi_schema_evaluated(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_node_t *node, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen)
{
    ngx_uint_t                   i, valid;
    ngx_asyncapi_schema_seen_t   own;

    if (ngx_asyncapi_schema_seen(ctx, &own, ctx->tape.values[at].count)
        != NGX_OK)
    {
        return ngx_asyncapi_schema_fail(ctx, at, "");
    }

    valid = ngx_asyncapi_schema_typed(ctx, node, at, &own);

    /* where something is wrong, what was evaluated is not known */

    if (!valid) {
        return 0;
    }

    valid = ngx_asyncapi_schema_rest(ctx, node, at, &own);

    if (valid && seen) {
        for (i = 0; i < seen->n; i++) {
            ngx_asyncapi_schema_mark(seen, i);
        }
    }

    return valid;
}


static ngx_uint_t
ngx_asyncapi_schema_rest(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_node_t *node, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen)
{
    uint32_t                           i, last;
    ngx_uint_t                         n, known, object, valid;
    ngx_asyncapi_schema_value_t       *v;
    const ngx_asyncapi_schema_node_t  *rest;

    v = ctx->tape.values;
    last = v[at].next;
    object = (v[at].type == NGX_ASYNCAPI_JSON_OBJECT);
    rest = object ? node->properties : node->items;
    valid = 1;

    for (i = at + 1, n = 0; i < last; i = v[i].next) {

        if (object && v[i++].dropped) {
            continue;
        }

        known = ngx_asyncapi_schema_marked(seen, n);
        n++;

        if (known || ngx_asyncapi_schema_eval(ctx, rest, i, NULL)) {
            continue;
        }

        valid = 0;

        if (!ngx_asyncapi_schema_more(ctx)) {
            break;
        }
    }

    return valid;
}


ngx_int_t
ngx_asyncapi_schema_seen(ngx_asyncapi_schema_check_t *ctx,
    ngx_asyncapi_schema_seen_t *seen, ngx_uint_t n)
{
    seen->n = n;
    seen->few = 0;
    seen->bits = &seen->few;

    if (n <= 64) {
        return NGX_OK;
    }

    seen->bits = ngx_pcalloc(ctx->pool, (n + 63) / 64 * sizeof(uint64_t));
    if (seen->bits == NULL) {
        ctx->no_memory = 1;
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_uint_t
ngx_asyncapi_schema_type(const ngx_asyncapi_schema_value_t *v)
{
    size_t                        i;
    ngx_asyncapi_schema_number_t  n;

    if (v->type != NGX_ASYNCAPI_JSON_NUMBER) {
        return ngx_asyncapi_schema_bit(v->type);
    }

    for (i = 0; i < v->len; i++) {

        if (!ngx_asyncapi_json_is_digit(v->data[i]) && v->data[i] != '-') {
            ngx_asyncapi_schema_number(&n, v->data, v->len);

            if (!n.zero && n.low < 0) {
                return NGX_ASYNCAPI_SCHEMA_NUMBER;
            }

            break;
        }
    }

    return NGX_ASYNCAPI_SCHEMA_NUMBER|NGX_ASYNCAPI_SCHEMA_INTEGER;
}


static ngx_uint_t
ngx_asyncapi_schema_is_one(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_enum_t *values, uint32_t at)
{
    uint64_t    hash;
    ngx_uint_t  i;

    hash = values->hashes ? ngx_asyncapi_schema_hash(&ctx->tape, at) : 0;

    for (i = 0; i < values->n; i++) {

        if (values->hashes && values->hashes[i] != hash) {
            continue;
        }

        if (ngx_asyncapi_schema_equal(&ctx->schema->tape, values->at[i],
                                      &ctx->tape, at))
        {
            return 1;
        }
    }

    return ngx_asyncapi_schema_wrong_value(ctx, at, values);
}


static ngx_uint_t
ngx_asyncapi_schema_is_number(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_numbers_t *numbers, uint32_t at)
{
    ngx_uint_t                            valid;
    ngx_asyncapi_schema_value_t          *v;
    ngx_asyncapi_schema_number_t          n;

    v = &ctx->tape.values[at];
    valid = 1;

    ngx_asyncapi_schema_number(&n, v->data, v->len);

    if (numbers->minimum.text.len
        && ngx_asyncapi_schema_compare(&n, &numbers->minimum.number) < 0)
    {
        valid = ngx_asyncapi_schema_wrong(ctx, at, NULL,
                    "must be at least %V", &numbers->minimum.text);
    }

    if (numbers->above.text.len
        && ngx_asyncapi_schema_compare(&n, &numbers->above.number) <= 0)
    {
        valid = ngx_asyncapi_schema_wrong(ctx, at, NULL,
                    "must be more than %V", &numbers->above.text);
    }

    if (numbers->maximum.text.len
        && ngx_asyncapi_schema_compare(&n, &numbers->maximum.number) > 0)
    {
        valid = ngx_asyncapi_schema_wrong(ctx, at, NULL,
                    "must be at most %V", &numbers->maximum.text);
    }

    if (numbers->below.text.len
        && ngx_asyncapi_schema_compare(&n, &numbers->below.number) >= 0)
    {
        valid = ngx_asyncapi_schema_wrong(ctx, at, NULL,
                    "must be less than %V", &numbers->below.text);
    }

    if (numbers->multiple.len
        && !ngx_asyncapi_schema_multiple(&n, &numbers->factor))
    {
        valid = ngx_asyncapi_schema_wrong(ctx, at, NULL,
                    "must be a multiple of %V", &numbers->multiple);
    }

    return valid;
}


static ngx_uint_t
ngx_asyncapi_schema_is_string(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_strings_t *strings, uint32_t at)
{
    u_char                       *p, *last;
    ngx_uint_t                    valid, chars;
    ngx_asyncapi_schema_value_t  *v;

    v = &ctx->tape.values[at];
    last = v->data + v->len;
    valid = 1;

    /* a character is 1 to 4 bytes: often there is no need to count */

    if (v->len > strings->max || v->len / 4 < strings->min) {

        chars = v->len;

        for (p = ngx_asyncapi_json_ascii(v->data, last); p < last; p++) {
            chars -= ((*p & 0xc0) == 0x80);
        }

        if (chars < strings->min) {
            valid = ngx_asyncapi_schema_wrong(ctx, at, NULL,
                        "must have at least %ui character%s", strings->min,
                        strings->min == 1 ? "" : "s");
        }

        if (chars > strings->max) {
            valid = ngx_asyncapi_schema_wrong(ctx, at, NULL,
                        "must have at most %ui character%s", strings->max,
                        strings->max == 1 ? "" : "s");
        }
    }

    if (strings->format && !strings->format->valid(v->data, last)) {
        valid = ngx_asyncapi_schema_wrong(ctx, at, NULL, "%V",
                                          &strings->format->must);
    }

    if (strings->pattern
        && !ngx_asyncapi_schema_match(ctx, strings->pattern, at))
    {
        valid = ngx_asyncapi_schema_wrong(ctx, at, NULL,
                    "must match the pattern \"%V\"",
                    ngx_asyncapi_pattern_source(strings->pattern));
    }

    return valid;
}

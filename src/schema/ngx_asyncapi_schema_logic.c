
/*
 * Copyright (C) The asyncapi module authors
 *
 * Checking: what is applied to the value itself.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_schema_private.h"


static ngx_uint_t ngx_asyncapi_schema_any(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_list_t *any, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen);
static ngx_uint_t ngx_asyncapi_schema_one(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_list_t *one, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen);
static ngx_uint_t ngx_asyncapi_schema_cond(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_logic_t *logic, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen);


ngx_uint_t
ngx_asyncapi_schema_logic(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_logic_t *logic, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen)
{
    ngx_uint_t  i, valid;

    valid = 1;

    for (i = 0; i < logic->all.n; i++) {

        valid &= ngx_asyncapi_schema_eval(ctx, logic->all.nodes[i], at, seen);

        if (!valid && !ngx_asyncapi_schema_more(ctx)) {
            return 0;
        }
    }

    if (logic->any.n) {
        valid &= ngx_asyncapi_schema_any(ctx, &logic->any, at, seen);
    }

    if (logic->one.n && (valid || ngx_asyncapi_schema_more(ctx))) {
        valid &= ngx_asyncapi_schema_one(ctx, &logic->one, at, seen);
    }

    if (logic->not && (valid || ngx_asyncapi_schema_more(ctx))
        && ngx_asyncapi_schema_try(ctx, logic->not, at, NULL))
    {
        valid = ngx_asyncapi_schema_wrong(ctx, at, NULL,
                    "must not be what the schema in \"not\" describes");
    }

    if (logic->cond && (valid || ngx_asyncapi_schema_more(ctx))) {
        valid &= ngx_asyncapi_schema_cond(ctx, logic, at, seen);
    }

    return valid;
}


static ngx_uint_t
ngx_asyncapi_schema_any(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_list_t *any, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen)
{
    ngx_uint_t  i, valid;

    valid = 0;

    /* each one that is valid may evaluate something */

    for (i = 0; i < any->n && (!valid || seen); i++) {
        valid |= ngx_asyncapi_schema_try(ctx, any->nodes[i], at, seen);
    }

    return valid ? 1 : ngx_asyncapi_schema_wrong_any(ctx, at, any, "anyOf");
}


static ngx_uint_t
ngx_asyncapi_schema_one(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_list_t *one, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen)
{
    ngx_uint_t  i, n, first, second;

    n = 0;
    first = 0;
    second = 0;

    for (i = 0; i < one->n && n < 2; i++) {

        if (ngx_asyncapi_schema_try(ctx, one->nodes[i], at, seen)) {
            n++;
            first = second;
            second = i;
        }
    }

    if (n == 0) {
        return ngx_asyncapi_schema_wrong_any(ctx, at, one, "oneOf");
    }

    if (n == 1) {
        return 1;
    }

    return ngx_asyncapi_schema_wrong(ctx, at, NULL,
               "must match just one of the schemas in \"oneOf\", "
               "not both number %ui and number %ui", first + 1, second + 1);
}


static ngx_uint_t
ngx_asyncapi_schema_cond(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_logic_t *logic, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen)
{
    const ngx_asyncapi_schema_node_t  *node;

    node = ngx_asyncapi_schema_try(ctx, logic->cond, at, seen)
           ? logic->then : logic->otherwise;

    return node ? ngx_asyncapi_schema_eval(ctx, node, at, seen) : 1;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * Patterns of a schema.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_schema_private.h"


ngx_asyncapi_pattern_t *
ngx_asyncapi_schema_pattern(ngx_asyncapi_schema_compile_t *c, uint32_t at)
{
    ngx_str_t                     source, err;
    ngx_asyncapi_pattern_t       *pattern;
    ngx_asyncapi_schema_value_t  *v;

    v = &c->tape->values[at];

    source.data = v->data;
    source.len = v->len;

    pattern = ngx_asyncapi_pattern_compile(c->pool, &source, &err);

    if (pattern == NULL && err.len) {
        (void) ngx_asyncapi_schema_refuse(c, at,
                   "the pattern is no regular expression: %V", &err);
    }

    return pattern;
}


ngx_uint_t
ngx_asyncapi_schema_match(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_pattern_t *pattern, uint32_t at)
{
    ngx_int_t                     rc;
    ngx_str_t                     text;
    ngx_asyncapi_schema_value_t  *v;

    v = &ctx->tape.values[at];

    text.data = v->data;
    text.len = v->len;

    rc = ngx_asyncapi_pattern_find(pattern, &ctx->match, &text);

    if (rc == NGX_ERROR) {
        ctx->no_memory = 1;
        return ngx_asyncapi_schema_fail(ctx, at, "");
    }

    if (rc == NGX_ABORT) {
        return ngx_asyncapi_schema_fail(ctx, at,
                   "takes too long to be matched against a pattern");
    }

    return rc == NGX_OK;
}

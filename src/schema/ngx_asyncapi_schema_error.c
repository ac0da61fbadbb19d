
/*
 * Copyright (C) The asyncapi module authors
 *
 * Checking: what is said of an instance that is not valid.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json_scan.h"
#include "ngx_asyncapi_schema_private.h"


#define NGX_ASYNCAPI_SCHEMA_DETAIL   512

/* of what must be, so much is shown */

#define NGX_ASYNCAPI_SCHEMA_SHOWN    200
#define NGX_ASYNCAPI_SCHEMA_EACH     60


static u_char *ngx_asyncapi_schema_types(u_char *p, u_char *last,
    ngx_uint_t types);
static u_char *ngx_asyncapi_schema_show(u_char *p, u_char *last,
    const ngx_asyncapi_schema_value_t *v);
static u_char *ngx_asyncapi_schema_whole(u_char *p, u_char *last);
static ngx_uint_t ngx_asyncapi_schema_meant(ngx_asyncapi_schema_check_t *ctx,
    uint32_t at, const ngx_asyncapi_schema_node_t *node, ngx_uint_t *types);
static ngx_uint_t ngx_asyncapi_schema_distinct(
    ngx_asyncapi_schema_check_t *ctx, uint32_t at,
    const ngx_asyncapi_schema_node_t *node);


ngx_uint_t
ngx_asyncapi_schema_wrong(ngx_asyncapi_schema_check_t *ctx, uint32_t at,
    const ngx_str_t *member, const char *fmt, ...)
{
    u_char                        *p, *last, text[NGX_ASYNCAPI_SCHEMA_DETAIL];
    va_list                        args;
    ngx_asyncapi_schema_error_t   *e;

    if (ctx->errors == NULL || ctx->errors->nelts >= ctx->max) {
        return 0;
    }

    last = text + sizeof(text);
    p = text;

    if (ctx->name) {
        p = ngx_slprintf(p, last, "has a name that ");
    }

    va_start(args, fmt);
    p = ngx_vslprintf(p, last, fmt, args);
    va_end(args);

    if (p == last) {
        p = ngx_asyncapi_schema_whole(text, p);
    }

    e = ngx_array_push(ctx->errors);
    if (e == NULL) {
        goto failed;
    }

    e->detail.len = p - text;
    e->detail.data = ngx_pnalloc(ctx->pool, p - text);

    e->pointer = ngx_asyncapi_schema_pointer(ctx->pool, &ctx->tape, at,
                                             member);

    if (e->detail.data == NULL || e->pointer.data == NULL) {
        ctx->errors->nelts--;
        goto failed;
    }

    ngx_memcpy(e->detail.data, text, p - text);

    return 0;

failed:

    ctx->no_memory = 1;

    return ngx_asyncapi_schema_fail(ctx, at, "");
}


ngx_uint_t
ngx_asyncapi_schema_fail(ngx_asyncapi_schema_check_t *ctx, uint32_t at,
    const char *why)
{
    if (ctx->failed == NULL) {
        ctx->failed = why;
        ctx->failed_at = at;
    }

    return 0;
}


/* a text that ends with "..." and whole characters, where there is no room */

static u_char *
ngx_asyncapi_schema_whole(u_char *p, u_char *last)
{
    last -= 3;

    while (last > p && (*last & 0xc0) == 0x80) {
        last--;
    }

    return ngx_cpymem(last, "...", 3);
}


ngx_uint_t
ngx_asyncapi_schema_wrong_type(ngx_asyncapi_schema_check_t *ctx, uint32_t at,
    ngx_uint_t types)
{
    u_char  *p, text[NGX_ASYNCAPI_SCHEMA_SHOWN];

    if (ctx->errors == NULL) {
        return 0;
    }

    p = ngx_asyncapi_schema_types(text, text + sizeof(text), types);

    return ngx_asyncapi_schema_wrong(ctx, at, NULL, "must be %*s",
                                     (size_t) (p - text), text);
}


/* "a string or null" */

static u_char *
ngx_asyncapi_schema_types(u_char *p, u_char *last, ngx_uint_t types)
{
    ngx_uint_t  i, bits, left;

    static struct {
        ngx_uint_t   bits;
        const char  *text;
    }  names[] = {
        { ngx_asyncapi_schema_bit(NGX_ASYNCAPI_JSON_OBJECT), "an object" },
        { ngx_asyncapi_schema_bit(NGX_ASYNCAPI_JSON_ARRAY), "an array" },
        { ngx_asyncapi_schema_bit(NGX_ASYNCAPI_JSON_STRING), "a string" },
        { NGX_ASYNCAPI_SCHEMA_NUMBER, "a number" },
        { NGX_ASYNCAPI_SCHEMA_INTEGER, "an integer" },
        { NGX_ASYNCAPI_SCHEMA_BOOLEAN, "true or false" },
        { ngx_asyncapi_schema_bit(NGX_ASYNCAPI_JSON_NULL), "null" },
        { 0, NULL }
    };

    if (types & NGX_ASYNCAPI_SCHEMA_NUMBER) {
        types &= ~NGX_ASYNCAPI_SCHEMA_INTEGER;
    }

    left = types;

    for (i = 0; names[i].text; i++) {
        bits = names[i].bits;

        if ((types & bits) != bits) {
            continue;
        }

        if (left != types) {
            p = ngx_slprintf(p, last, (left == bits) ? " or " : ", ");
        }

        left &= ~bits;
        p = ngx_slprintf(p, last, "%s", names[i].text);
    }

    return p;
}


ngx_uint_t
ngx_asyncapi_schema_wrong_value(ngx_asyncapi_schema_check_t *ctx, uint32_t at,
    const ngx_asyncapi_schema_enum_t *values)
{
    u_char      *p, *last, text[NGX_ASYNCAPI_SCHEMA_SHOWN];
    ngx_uint_t   i;

    if (ctx->errors == NULL) {
        return 0;
    }

    if (values->n == 0) {
        return ngx_asyncapi_schema_wrong(ctx, at, NULL, "is not allowed");
    }

    p = text;
    last = text + sizeof(text);

    for (i = 0; i < values->n; i++) {

        if (i) {
            p = ngx_slprintf(p, last, ", ");
        }

        p = ngx_asyncapi_schema_show(p, last,
                    &ctx->schema->tape.values[values->at[i]]);
    }

    if (p == last) {
        p = ngx_asyncapi_schema_whole(text, p);
    }

    return ngx_asyncapi_schema_wrong(ctx, at, NULL,
                                     (values->n == 1) ? "must be %*s"
                                                      : "must be one of %*s",
                                     (size_t) (p - text), text);
}


static u_char *
ngx_asyncapi_schema_show(u_char *p, u_char *last,
    const ngx_asyncapi_schema_value_t *v)
{
    size_t       len;
    u_char      *end;
    const char  *quote;

    len = v->len;
    end = v->data + ngx_min(len, NGX_ASYNCAPI_SCHEMA_EACH);

    while (end > v->data && end < v->data + len && (*end & 0xc0) == 0x80) {
        end--;
    }

    quote = (v->type == NGX_ASYNCAPI_JSON_STRING) ? "\"" : "";

    return ngx_slprintf(p, last, "%s%*s%s%s", quote,
                        (size_t) (end - v->data), v->data,
                        (end < v->data + len) ? "..." : "", quote);
}


/*
 * Of one alternative only the type is right, and what tells it apart: then its
 * errors are told.  Otherwise there is one, which names the types if that is
 * what none of them allows.
 */

ngx_uint_t
ngx_asyncapi_schema_wrong_any(ngx_asyncapi_schema_check_t *ctx, uint32_t at,
    const ngx_asyncapi_schema_list_t *list, const char *keyword)
{
    ngx_uint_t                         i, n, distinct, types;
    const ngx_asyncapi_schema_node_t  *node, *meant, *told;

    if (!ngx_asyncapi_schema_more(ctx)) {
        return 0;
    }

    n = 0;
    types = 0;
    distinct = 0;
    meant = NULL;
    told = NULL;

    for (i = 0; i < list->n; i++) {
        node = list->nodes[i];

        if (!ngx_asyncapi_schema_meant(ctx, at, node, &types)) {
            continue;
        }

        n++;
        meant = node;

        if (ngx_asyncapi_schema_distinct(ctx, at, node)) {
            distinct++;
            told = node;
        }
    }

    if (n == 0 && types) {
        return ngx_asyncapi_schema_wrong_type(ctx, at, types);
    }

    if (n == 1 || distinct == 1) {
        return ngx_asyncapi_schema_eval(ctx, distinct == 1 ? told : meant, at,
                                        NULL);
    }

    return ngx_asyncapi_schema_wrong(ctx, at, NULL,
               "must match one of the %ui schemas in \"%s\"", list->n,
               keyword);
}


/* its type allows the value; otherwise that type is added to types */

static ngx_uint_t
ngx_asyncapi_schema_meant(ngx_asyncapi_schema_check_t *ctx, uint32_t at,
    const ngx_asyncapi_schema_node_t *node, ngx_uint_t *types)
{
    while (node->alias) {
        node = node->ref;
    }

    if (node->never) {
        return 0;
    }

    if (node->types == 0
        || (node->types & ngx_asyncapi_schema_type(&ctx->tape.values[at])))
    {
        return 1;
    }

    *types |= node->types;

    return 0;
}


/* each member that has to have certain values has one of them */

static ngx_uint_t
ngx_asyncapi_schema_distinct(ngx_asyncapi_schema_check_t *ctx, uint32_t at,
    const ngx_asyncapi_schema_node_t *node)
{
    uint32_t                           m;
    ngx_uint_t                         i;
    ngx_asyncapi_schema_node_t         only;
    ngx_asyncapi_schema_property_t    *p;

    while (node->alias) {
        node = node->ref;
    }

    ngx_memzero(&only, sizeof(ngx_asyncapi_schema_node_t));

    only.constant = node->constant;
    only.values = node->values;

    if (!ngx_asyncapi_schema_try(ctx, &only, at, NULL)) {
        return 0;
    }

    if (node->objects == NULL
        || ctx->tape.values[at].type != NGX_ASYNCAPI_JSON_OBJECT)
    {
        return 1;
    }

    p = node->objects->properties.elts;

    for (i = 0; i < node->objects->properties.nelts; i++) {

        if (p[i].node == NULL
            || (p[i].node->constant == NULL && p[i].node->values == NULL))
        {
            continue;
        }

        m = ngx_asyncapi_schema_find(&ctx->tape, at, p[i].name.data,
                                     p[i].name.len);

        if (m && !ngx_asyncapi_schema_try(ctx, p[i].node, m + 1, NULL)) {
            return 0;
        }
    }

    return 1;
}

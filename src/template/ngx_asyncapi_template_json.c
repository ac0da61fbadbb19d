
/*
 * Copyright (C) The asyncapi module authors
 *
 * Compiling JSON with references in it.  Each value becomes a list of
 * operations; that of an object or array is made of those of its members,
 * unless a spread or a name with a reference in it leaves open which they are.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_template_private.h"
#include "ngx_asyncapi_template_keys.h"


static ngx_int_t ngx_asyncapi_compile_value(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_ops_t *ops);
static ngx_int_t ngx_asyncapi_compile_literal(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_ops_t *ops);
static ngx_int_t ngx_asyncapi_compile_ref(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_ops_t *ops);
static ngx_int_t ngx_asyncapi_compile_items(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_ops_t *ops);
static ngx_int_t ngx_asyncapi_compile_item(ngx_asyncapi_compile_t *c,
    ngx_array_t *items, ngx_uint_t object);
static ngx_int_t ngx_asyncapi_compile_spread(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_item_t *item, ngx_uint_t object);
static ngx_int_t ngx_asyncapi_compile_key(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_item_t *item);
static ngx_int_t ngx_asyncapi_compile_next(ngx_asyncapi_compile_t *c,
    u_char close);
static ngx_int_t ngx_asyncapi_compile_items_end(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_ops_t *ops, ngx_array_t *items, ngx_uint_t object);
static ngx_int_t ngx_asyncapi_compile_items_flat(ngx_asyncapi_ops_t *ops,
    ngx_array_t *items, ngx_uint_t object);
static ngx_int_t ngx_asyncapi_compile_unique(ngx_asyncapi_compile_t *c,
    ngx_array_t *items);
static void ngx_asyncapi_compile_blank(ngx_asyncapi_compile_t *c);


ngx_int_t
ngx_asyncapi_compile_json(ngx_asyncapi_compile_t *c, ngx_asyncapi_ops_t *ops)
{
    ngx_asyncapi_compile_blank(c);

    if (ngx_asyncapi_compile_value(c, ops) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_asyncapi_compile_blank(c);

    if (c->pos < c->last) {
        return ngx_asyncapi_compile_error(c, c->pos,
                    "unexpected text after the JSON value");
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_compile_value(ngx_asyncapi_compile_t *c, ngx_asyncapi_ops_t *ops)
{
    if (c->pos == c->last) {
        return ngx_asyncapi_compile_error(c, c->pos,
                    "expected a JSON value");
    }

    switch (*c->pos) {

    case '{':
    case '[':
        return ngx_asyncapi_compile_items(c, ops);

    case '$':
        return ngx_asyncapi_compile_ref(c, ops);

    case '"':
        break;

    default:
        return ngx_asyncapi_compile_literal(c, ops);
    }

    if (ngx_asyncapi_ops_text(ops, (u_char *) "\"", 1) != NGX_OK
        || ngx_asyncapi_compile_quoted(c, ops) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_asyncapi_ops_text(ops, (u_char *) "\"", 1);
}


/* a number or one of three words */

static ngx_int_t
ngx_asyncapi_compile_literal(ngx_asyncapi_compile_t *c, ngx_asyncapi_ops_t *ops)
{
    u_char     *p;
    ngx_str_t   text;

    for (p = c->pos; p < c->last; p++) {

        if (!ngx_asyncapi_is_name(*p)
            && *p != '-' && *p != '+' && *p != '.')
        {
            break;
        }
    }

    text.data = c->pos;
    text.len = p - c->pos;

    if (text.len >= 3 && ngx_strncmp(text.data, "...", 3) == 0) {
        return ngx_asyncapi_compile_error(c, c->pos,
                    "spread outside of an object and an array");
    }

    if (text.len == 0) {
        return ngx_asyncapi_compile_error(c, c->pos,
                    "expected a JSON value");
    }

    if (ngx_asyncapi_json_validate(&text, NULL) != NGX_OK) {
        return ngx_asyncapi_compile_error(c, c->pos,
                    (*c->pos == '-' || (*c->pos >= '0' && *c->pos <= '9'))
                    ? "invalid number (write text in double quotes)"
                    : "expected a JSON value (write text in double quotes, "
                      "a reference as $name)");
    }

    c->pos = p;

    return ngx_asyncapi_ops_text(ops, text.data, text.len);
}


static ngx_int_t
ngx_asyncapi_compile_ref(ngx_asyncapi_compile_t *c, ngx_asyncapi_ops_t *ops)
{
    ngx_asyncapi_hole_t         *hole;
    ngx_asyncapi_template_op_t  *op;

    if (ngx_asyncapi_ref_compile(c, &hole) != NGX_OK) {
        return NGX_ERROR;
    }

    if (c->pos < c->last
        && !ngx_asyncapi_is_space(*c->pos)
        && *c->pos != ',' && *c->pos != '}' && *c->pos != ']')
    {
        return ngx_asyncapi_compile_error(c, c->pos,
                    "text after a reference (write both in double quotes)");
    }

    hole->hole = NGX_ASYNCAPI_HOLE_VALUE;
    hole->ref.value = 1;

    op = ngx_asyncapi_ops_push(ops, ngx_asyncapi_write_value);
    if (op == NULL) {
        return NGX_ERROR;
    }

    op->hole = hole;

    return NGX_OK;
}


/* an object or an array */

static ngx_int_t
ngx_asyncapi_compile_items(ngx_asyncapi_compile_t *c, ngx_asyncapi_ops_t *ops)
{
    u_char       close;
    ngx_int_t    rc;
    ngx_uint_t   object;
    ngx_array_t  items;

    object = (*c->pos == '{');
    close = object ? '}' : ']';

    if (++c->depth > NGX_ASYNCAPI_JSON_MAX_DEPTH) {
        return ngx_asyncapi_compile_error(c, c->pos, "nested too deeply");
    }

    if (ngx_array_init(&items, c->pool, 4, sizeof(ngx_asyncapi_item_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    c->pos++;
    ngx_asyncapi_compile_blank(c);

    if (c->pos < c->last && *c->pos == close) {
        c->pos++;

    } else {

        do {
            if (ngx_asyncapi_compile_item(c, &items, object) != NGX_OK) {
                return NGX_ERROR;
            }

            rc = ngx_asyncapi_compile_next(c, close);

        } while (rc == NGX_OK);

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }
    }

    c->depth--;

    return ngx_asyncapi_compile_items_end(c, ops, &items, object);
}


static ngx_int_t
ngx_asyncapi_compile_item(ngx_asyncapi_compile_t *c, ngx_array_t *items,
    ngx_uint_t object)
{
    ngx_asyncapi_item_t  *item;

    item = ngx_array_push(items);
    if (item == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(item, sizeof(ngx_asyncapi_item_t));

    item->at = c->pos;

    if (c->last - c->pos >= 3 && ngx_strncmp(c->pos, "...", 3) == 0) {
        return ngx_asyncapi_compile_spread(c, item, object);
    }

    if (object && ngx_asyncapi_compile_key(c, item) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_asyncapi_ops_init(&item->value, c->pool) != NGX_OK
        || ngx_asyncapi_compile_value(c, &item->value) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_asyncapi_ops_end(&item->value);
}


static ngx_int_t
ngx_asyncapi_compile_spread(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_item_t *item, ngx_uint_t object)
{
    c->pos += 3;

    if (c->pos == c->last || *c->pos != '$') {
        return ngx_asyncapi_compile_error(c, item->at,
                    "expected ...$name");
    }

    if (ngx_asyncapi_ref_compile(c, &item->spread) != NGX_OK) {
        return NGX_ERROR;
    }

    item->spread->hole = object ? NGX_ASYNCAPI_HOLE_MEMBERS
                                : NGX_ASYNCAPI_HOLE_ELEMENTS;
    item->spread->ref.value = 1;

    return NGX_OK;
}


/* a member's name and the colon */

static ngx_int_t
ngx_asyncapi_compile_key(ngx_asyncapi_compile_t *c, ngx_asyncapi_item_t *item)
{
    ngx_asyncapi_ops_t  *ops;

    if (c->pos == c->last || *c->pos != '"') {
        return ngx_asyncapi_compile_error(c, c->pos,
                    "expected a member's name in double quotes, or "
                    "...$name,");
    }

    ops = ngx_palloc(c->pool, sizeof(ngx_asyncapi_ops_t));
    if (ops == NULL) {
        return NGX_ERROR;
    }

    if (ngx_asyncapi_ops_init(ops, c->pool) != NGX_OK
        || ngx_asyncapi_compile_quoted(c, ops) != NGX_OK
        || ngx_asyncapi_ops_end(ops) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!ngx_asyncapi_ops_constant(ops, &item->key)) {
        item->dynamic = ops;
    }

    ngx_asyncapi_compile_blank(c);

    if (c->pos == c->last || *c->pos != ':') {
        return ngx_asyncapi_compile_error(c, c->pos,
                    "expected \":\" after a member's name");
    }

    c->pos++;
    ngx_asyncapi_compile_blank(c);

    return NGX_OK;
}


/* NGX_OK: there is one; NGX_DONE: that was the last one; NGX_ERROR */

static ngx_int_t
ngx_asyncapi_compile_next(ngx_asyncapi_compile_t *c, u_char close)
{
    u_char  *comma;

    ngx_asyncapi_compile_blank(c);

    if (c->pos == c->last || (*c->pos != ',' && *c->pos != close)) {
        return ngx_asyncapi_compile_error(c, c->pos,
                    (close == '}') ? "expected \",\" or \"}\""
                                   : "expected \",\" or \"]\"");
    }

    if (*c->pos == close) {
        c->pos++;
        return NGX_DONE;
    }

    comma = c->pos++;
    ngx_asyncapi_compile_blank(c);

    if (c->pos < c->last && *c->pos == close) {
        return ngx_asyncapi_compile_error(c, comma,
                    "comma with nothing after it");
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_compile_items_end(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_ops_t *ops, ngx_array_t *items, ngx_uint_t object)
{
    ngx_uint_t                   i, spread, dynamic;
    ngx_asyncapi_item_t         *item;
    ngx_asyncapi_template_op_t  *op;

    spread = 0;
    dynamic = 0;
    item = items->elts;

    for (i = 0; i < items->nelts; i++) {

        if (item[i].spread) {
            spread = 1;

        } else if (item[i].dynamic) {
            dynamic = 1;
        }
    }

    /* what a spread brings may come between two, and is a matter of order */

    if (object
        && !spread
        && !c->loose
        && ngx_asyncapi_compile_unique(c, items) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!spread && !dynamic) {
        return ngx_asyncapi_compile_items_flat(ops, items, object);
    }

    op = ngx_asyncapi_ops_push(ops, object ? ngx_asyncapi_write_object
                                           : ngx_asyncapi_write_array);
    if (op == NULL) {
        return NGX_ERROR;
    }

    op->items = ngx_palloc(c->pool, sizeof(ngx_array_t));
    if (op->items == NULL) {
        return NGX_ERROR;
    }

    *op->items = *items;

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_compile_items_flat(ngx_asyncapi_ops_t *ops, ngx_array_t *items,
    ngx_uint_t object)
{
    ngx_uint_t            i;
    ngx_asyncapi_item_t  *item;

    if (ngx_asyncapi_ops_text(ops, (u_char *) (object ? "{" : "["), 1)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    item = items->elts;

    for (i = 0; i < items->nelts; i++) {

        if (i && ngx_asyncapi_ops_text(ops, (u_char *) ",", 1) != NGX_OK) {
            return NGX_ERROR;
        }

        if (object
            && (ngx_asyncapi_ops_text(ops, (u_char *) "\"", 1) != NGX_OK
                || ngx_asyncapi_ops_text(ops, item[i].key.data,
                                         item[i].key.len)
                   != NGX_OK
                || ngx_asyncapi_ops_text(ops, (u_char *) "\":", 2) != NGX_OK))
        {
            return NGX_ERROR;
        }

        if (ngx_asyncapi_ops_append(ops, &item[i].value) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return ngx_asyncapi_ops_text(ops, (u_char *) (object ? "}" : "]"), 1);
}


static ngx_int_t
ngx_asyncapi_compile_unique(ngx_asyncapi_compile_t *c, ngx_array_t *items)
{
    ngx_uint_t            i;
    ngx_asyncapi_keys_t   keys;
    ngx_asyncapi_item_t  *item;

    if (ngx_asyncapi_keys_init(&keys, c->pool) != NGX_OK) {
        return NGX_ERROR;
    }

    item = items->elts;

    for (i = 0; i < items->nelts; i++) {

        if (item[i].dynamic) {
            continue;
        }

        if (ngx_asyncapi_keys_add(&keys, &item[i].key) == NULL) {
            return NGX_ERROR;
        }

        if (keys.ndropped) {
            return ngx_asyncapi_compile_error(c, item[i].at,
                        "member written twice");
        }
    }

    ngx_asyncapi_keys_done(&keys);

    return NGX_OK;
}


static void
ngx_asyncapi_compile_blank(ngx_asyncapi_compile_t *c)
{
    while (c->pos < c->last && ngx_asyncapi_is_space(*c->pos)) {
        c->pos++;
    }
}

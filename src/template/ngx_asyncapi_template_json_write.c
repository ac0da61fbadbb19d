
/*
 * Copyright (C) The asyncapi module authors
 *
 * Rendering JSON: values, what stands in strings, objects and arrays whose
 * members are not known before.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_template_private.h"
#include "ngx_asyncapi_template_keys.h"


static ngx_int_t ngx_asyncapi_write_escaped(const ngx_str_t *text,
    ngx_asyncapi_out_t *out);
static ngx_int_t ngx_asyncapi_write_inside(const ngx_str_t *value,
    ngx_asyncapi_out_t *out);
static ngx_int_t ngx_asyncapi_write_collect(const ngx_array_t *items,
    ngx_asyncapi_render_t *render, ngx_asyncapi_keys_t *keys);
static ngx_int_t ngx_asyncapi_write_collect_spread(
    const ngx_asyncapi_hole_t *hole, ngx_asyncapi_render_t *render,
    ngx_asyncapi_keys_t *keys);
static ngx_int_t ngx_asyncapi_write_members(
    const ngx_asyncapi_keys_t *keys, ngx_asyncapi_render_t *render,
    ngx_asyncapi_out_t *out);
static ngx_int_t ngx_asyncapi_write_member(const ngx_asyncapi_key_t *key,
    ngx_asyncapi_render_t *render, ngx_asyncapi_out_t *out);
static ngx_int_t ngx_asyncapi_write_elements(const ngx_asyncapi_hole_t *hole,
    ngx_asyncapi_render_t *render, ngx_str_t *elements);
static ngx_int_t ngx_asyncapi_write_spread(
    const ngx_asyncapi_hole_t *hole, ngx_asyncapi_render_t *render,
    ngx_asyncapi_json_type_e type, ngx_str_t *value);


ngx_int_t
ngx_asyncapi_write_value(const ngx_asyncapi_template_op_t *op,
    ngx_asyncapi_render_t *render, ngx_asyncapi_out_t *out)
{
    ngx_asyncapi_value_t  value;

    if (ngx_asyncapi_ref_value(&op->hole->ref, render, &value) != NGX_OK) {
        return NGX_ERROR;
    }

    switch (value.type) {

    case NGX_ASYNCAPI_VALUE_JSON:

        if (value.data.len) {
            return ngx_asyncapi_out_link(out, value.data.data, value.data.len);
        }

        break;

    case NGX_ASYNCAPI_VALUE_TEXT:

        if (ngx_asyncapi_out_copy(out, (u_char *) "\"", 1) != NGX_OK
            || ngx_asyncapi_write_escaped(&value.data, out) != NGX_OK)
        {
            return NGX_ERROR;
        }

        return ngx_asyncapi_out_copy(out, (u_char *) "\"", 1);

    default:
        break;
    }

    return ngx_asyncapi_out_copy(out, (u_char *) "null", 4);
}


ngx_int_t
ngx_asyncapi_write_string(const ngx_asyncapi_template_op_t *op,
    ngx_asyncapi_render_t *render, ngx_asyncapi_out_t *out)
{
    ngx_int_t             rc;
    ngx_asyncapi_value_t  value;

    if (ngx_asyncapi_ref_value(&op->hole->ref, render, &value) != NGX_OK) {
        return NGX_ERROR;
    }

    switch (value.type) {

    case NGX_ASYNCAPI_VALUE_JSON:
        rc = ngx_asyncapi_write_inside(&value.data, out);
        break;

    case NGX_ASYNCAPI_VALUE_TEXT:
        rc = ngx_asyncapi_write_escaped(&value.data, out);
        break;

    default:
        rc = NGX_OK;
        break;
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_asyncapi_out_copy(out, op->hole->tail.data, op->hole->tail.len);
}


static ngx_int_t
ngx_asyncapi_write_escaped(const ngx_str_t *text, ngx_asyncapi_out_t *out)
{
    size_t   len;
    u_char  *p;

    len = ngx_asyncapi_json_escape_len(text->data, text->len);

    if (len == 0) {
        return NGX_OK;
    }

    p = ngx_asyncapi_out_room(out, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_asyncapi_json_escape(p, text->data, text->len);

    return NGX_OK;
}


/* a JSON value in a string: a string's text is escaped already */

static ngx_int_t
ngx_asyncapi_write_inside(const ngx_str_t *value, ngx_asyncapi_out_t *out)
{
    switch (ngx_asyncapi_json_type(value)) {

    case NGX_ASYNCAPI_JSON_NULL:
        return NGX_OK;

    case NGX_ASYNCAPI_JSON_STRING:

        /* a trusted upstream's may be a lone quote */

        if (value->len < 2) {
            return NGX_OK;
        }

        return ngx_asyncapi_out_link(out, value->data + 1, value->len - 2);

    case NGX_ASYNCAPI_JSON_ARRAY:
    case NGX_ASYNCAPI_JSON_OBJECT:
        return ngx_asyncapi_write_escaped(value, out);

    default:
        return ngx_asyncapi_out_link(out, value->data, value->len);
    }
}


ngx_int_t
ngx_asyncapi_write_object(const ngx_asyncapi_template_op_t *op,
    ngx_asyncapi_render_t *render, ngx_asyncapi_out_t *out)
{
    ngx_int_t            rc;
    ngx_asyncapi_keys_t  keys;

    if (ngx_asyncapi_keys_init(&keys, render->pool) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_asyncapi_write_collect(op->items, render, &keys);
    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_asyncapi_out_copy(out, (u_char *) "{", 1) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_asyncapi_write_members(&keys, render, out);
    if (rc != NGX_OK) {
        return rc;
    }

    ngx_asyncapi_keys_done(&keys);

    return ngx_asyncapi_out_copy(out, (u_char *) "}", 1);
}


/* all members, so that it is known which of them stay */

static ngx_int_t
ngx_asyncapi_write_collect(const ngx_array_t *items,
    ngx_asyncapi_render_t *render, ngx_asyncapi_keys_t *keys)
{
    ngx_int_t                   rc;
    ngx_str_t                   name;
    ngx_uint_t                  i;
    ngx_asyncapi_out_t          out;
    ngx_asyncapi_key_t         *key;
    const ngx_asyncapi_item_t  *item;

    item = items->elts;

    for (i = 0; i < items->nelts; i++) {

        if (item[i].spread) {

            rc = ngx_asyncapi_write_collect_spread(item[i].spread, render,
                                                   keys);
            if (rc != NGX_OK) {
                return rc;
            }

            continue;
        }

        name = item[i].key;

        if (item[i].dynamic) {
            ngx_asyncapi_out_init(&out, render->pool);

            rc = ngx_asyncapi_ops_write(item[i].dynamic, render, &out);
            if (rc != NGX_OK) {
                return rc;
            }

            if (ngx_asyncapi_out_string(&out, &name) != NGX_OK) {
                return NGX_ERROR;
            }
        }

        key = ngx_asyncapi_keys_add(keys, &name);
        if (key == NULL) {
            return NGX_ERROR;
        }

        key->item = &item[i];
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_write_collect_spread(const ngx_asyncapi_hole_t *hole,
    ngx_asyncapi_render_t *render, ngx_asyncapi_keys_t *keys)
{
    ngx_int_t                  rc;
    ngx_str_t                  value;
    ngx_asyncapi_key_t        *key;
    ngx_asyncapi_json_iter_t   it;

    rc = ngx_asyncapi_write_spread(hole, render, NGX_ASYNCAPI_JSON_OBJECT,
                                        &value);
    if (rc != NGX_OK) {
        return (rc == NGX_DONE) ? NGX_OK : rc;
    }

    ngx_asyncapi_json_iterate(&it, &value);

    while (ngx_asyncapi_json_next(&it)) {

        key = ngx_asyncapi_keys_add(keys, &it.key);
        if (key == NULL) {
            return NGX_ERROR;
        }

        key->last = it.value.data + it.value.len;
        key->first = (it.index == 0);
    }

    return NGX_OK;
}


/* members that lie one behind the other in a spread object go as one piece */

static ngx_int_t
ngx_asyncapi_write_members(const ngx_asyncapi_keys_t *keys,
    ngx_asyncapi_render_t *render, ngx_asyncapi_out_t *out)
{
    u_char                    *start;
    ngx_int_t                  rc;
    ngx_uint_t                 i, comma;
    const ngx_asyncapi_key_t  *key;

    comma = 0;
    key = keys->elts;

    for (i = 0; i < keys->nelts; i++) {

        if (key[i].dropped) {
            continue;
        }

        if (comma && ngx_asyncapi_out_copy(out, (u_char *) ",", 1) != NGX_OK) {
            return NGX_ERROR;
        }

        comma = 1;

        if (key[i].item) {

            rc = ngx_asyncapi_write_member(&key[i], render, out);
            if (rc != NGX_OK) {
                return rc;
            }

            continue;
        }

        start = key[i].name.data - 1;

        while (i + 1 < keys->nelts
               && !key[i + 1].item
               && !key[i + 1].first
               && !key[i + 1].dropped)
        {
            i++;
        }

        if (ngx_asyncapi_out_link(out, start, key[i].last - start) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_write_member(const ngx_asyncapi_key_t *key,
    ngx_asyncapi_render_t *render, ngx_asyncapi_out_t *out)
{
    if (ngx_asyncapi_out_copy(out, (u_char *) "\"", 1) != NGX_OK
        || ngx_asyncapi_out_link(out, key->name.data, key->name.len) != NGX_OK
        || ngx_asyncapi_out_copy(out, (u_char *) "\":", 2) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_asyncapi_ops_write(&key->item->value, render, out);
}


ngx_int_t
ngx_asyncapi_write_array(const ngx_asyncapi_template_op_t *op,
    ngx_asyncapi_render_t *render, ngx_asyncapi_out_t *out)
{
    ngx_int_t                   rc;
    ngx_str_t                   elements;
    ngx_uint_t                  i, comma;
    const ngx_asyncapi_item_t  *item;

    if (ngx_asyncapi_out_copy(out, (u_char *) "[", 1) != NGX_OK) {
        return NGX_ERROR;
    }

    comma = 0;
    item = op->items->elts;

    for (i = 0; i < op->items->nelts; i++) {

        if (item[i].spread) {

            rc = ngx_asyncapi_write_elements(item[i].spread, render, &elements);
            if (rc != NGX_OK) {
                return rc;
            }

            if (elements.len == 0) {
                continue;
            }
        }

        if (comma && ngx_asyncapi_out_copy(out, (u_char *) ",", 1) != NGX_OK) {
            return NGX_ERROR;
        }

        comma = 1;

        rc = item[i].spread
             ? ngx_asyncapi_out_link(out, elements.data, elements.len)
             : ngx_asyncapi_ops_write(&item[i].value, render, out);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return ngx_asyncapi_out_copy(out, (u_char *) "]", 1);
}


/* what is between the brackets; NGX_OK, NGX_DECLINED, NGX_ERROR */

static ngx_int_t
ngx_asyncapi_write_elements(const ngx_asyncapi_hole_t *hole,
    ngx_asyncapi_render_t *render, ngx_str_t *elements)
{
    u_char     *p, *last;
    ngx_int_t   rc;
    ngx_str_t   value;

    ngx_str_null(elements);

    rc = ngx_asyncapi_write_spread(hole, render, NGX_ASYNCAPI_JSON_ARRAY,
                                        &value);
    if (rc != NGX_OK) {
        return (rc == NGX_DONE) ? NGX_OK : rc;
    }

    p = value.data + 1;
    last = value.data + value.len - 1;

    while (p < last && ngx_asyncapi_is_space(*p)) {
        p++;
    }

    while (p < last && ngx_asyncapi_is_space(last[-1])) {
        last--;
    }

    if (p < last) {
        elements->data = p;
        elements->len = last - p;
    }

    return NGX_OK;
}


/* NGX_OK, NGX_DONE: null or nothing, NGX_DECLINED: another type, NGX_ERROR */

static ngx_int_t
ngx_asyncapi_write_spread(const ngx_asyncapi_hole_t *hole,
    ngx_asyncapi_render_t *render, ngx_asyncapi_json_type_e type,
    ngx_str_t *data)
{
    ngx_asyncapi_value_t       value;
    ngx_asyncapi_json_type_e   found;

    if (ngx_asyncapi_ref_value(&hole->ref, render, &value) != NGX_OK) {
        return NGX_ERROR;
    }

    if (value.type == NGX_ASYNCAPI_VALUE_NONE) {
        return NGX_DONE;
    }

    if (value.type == NGX_ASYNCAPI_VALUE_JSON) {
        found = ngx_asyncapi_json_type(&value.data);

        if (found == NGX_ASYNCAPI_JSON_NULL) {
            return NGX_DONE;
        }

        if (found == type) {
            *data = value.data;
            return NGX_OK;
        }
    }

    render->failed = &hole->ref;
    render->message = (type == NGX_ASYNCAPI_JSON_OBJECT)
                      ? "is not an object" : "is not an array";

    return NGX_DECLINED;
}

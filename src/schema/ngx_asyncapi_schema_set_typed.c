
/*
 * Copyright (C) The asyncapi module authors
 *
 * Compiling: the keywords of numbers, strings, arrays and objects.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_schema_keyword.h"


static ngx_int_t ngx_asyncapi_schema_property_add(
    ngx_asyncapi_schema_compile_t *c, ngx_asyncapi_schema_node_t *node,
    uint32_t name, ngx_uint_t *place);
static ngx_int_t ngx_asyncapi_schema_dependent(
    ngx_asyncapi_schema_compile_t *c, ngx_asyncapi_schema_node_t *node,
    const ngx_asyncapi_schema_keyword_t *k, uint32_t m);
static ngx_int_t ngx_asyncapi_schema_dependent_add(
    ngx_asyncapi_schema_compile_t *c, ngx_asyncapi_schema_node_t *node,
    ngx_uint_t name, ngx_uint_t other, ngx_asyncapi_schema_node_t *schema);


ngx_int_t
ngx_asyncapi_schema_set_limit(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t at)
{
    ngx_asyncapi_schema_limit_t  *limit;
    ngx_asyncapi_schema_value_t  *v;

    v = &c->tape->values[at];

    if (ngx_asyncapi_schema_expect(c, at, NGX_ASYNCAPI_JSON_NUMBER)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    limit = ngx_asyncapi_schema_field(c, node, k);
    if (limit == NULL) {
        return NGX_ERROR;
    }

    limit->text.data = v->data;
    limit->text.len = v->len;

    ngx_asyncapi_schema_number(&limit->number, v->data, v->len);

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_schema_set_multiple(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t at)
{
    ngx_str_t                     *text;
    ngx_asyncapi_schema_value_t   *v;
    ngx_asyncapi_schema_number_t   n;

    v = &c->tape->values[at];

    if (ngx_asyncapi_schema_expect(c, at, NGX_ASYNCAPI_JSON_NUMBER)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    text = ngx_asyncapi_schema_field(c, node, k);
    if (text == NULL) {
        return NGX_ERROR;
    }

    ngx_asyncapi_schema_number(&n, v->data, v->len);

    if (ngx_asyncapi_schema_factor(&node->numbers->factor, &n) != NGX_OK) {
        return ngx_asyncapi_schema_refuse(c, at,
                   "must be above 0 and of at most 18 digits");
    }

    text->data = v->data;
    text->len = v->len;

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_schema_set_count(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t at)
{
    ngx_uint_t                    *count;
    ngx_asyncapi_schema_value_t   *v;
    ngx_asyncapi_schema_number_t   n;

    v = &c->tape->values[at];

    ngx_asyncapi_schema_number(&n, v->data, v->len);

    if (v->type != NGX_ASYNCAPI_JSON_NUMBER
        || n.negative || (!n.zero && n.low < 0))
    {
        return ngx_asyncapi_schema_refuse(c, at,
                   "must be an integer of 0 or more");
    }

    count = ngx_asyncapi_schema_field(c, node, k);
    if (count == NULL) {
        return NGX_ERROR;
    }

    *count = ngx_asyncapi_schema_count(&n);

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_schema_set_pattern(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t at)
{
    ngx_asyncapi_pattern_t  **pattern;

    if (ngx_asyncapi_schema_expect(c, at, NGX_ASYNCAPI_JSON_STRING)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    pattern = ngx_asyncapi_schema_field(c, node, k);
    if (pattern == NULL) {
        return NGX_ERROR;
    }

    *pattern = ngx_asyncapi_schema_pattern(c, at);

    return *pattern ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_asyncapi_schema_set_format(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t at)
{
    ngx_str_t                             name;
    ngx_asyncapi_schema_value_t          *v;
    const ngx_asyncapi_schema_format_t   *found, **format;

    v = &c->tape->values[at];

    if (ngx_asyncapi_schema_expect(c, at, NGX_ASYNCAPI_JSON_STRING)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!c->options.formats) {
        return NGX_OK;
    }

    found = ngx_asyncapi_schema_format(v->data, v->len);

    if (found == NULL) {
        name.data = v->data;
        name.len = v->len;

        return ngx_asyncapi_schema_refuse(c, at,
                   "the format \"%V\" can't be checked, write a \"pattern\" "
                   "instead, or don't ask for formats to be checked", &name);
    }

    format = ngx_asyncapi_schema_field(c, node, k);
    if (format == NULL) {
        return NGX_ERROR;
    }

    *format = found;

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_schema_set_unique(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t at)
{
    ngx_uint_t                   *unique;
    ngx_asyncapi_schema_value_t  *v;

    v = &c->tape->values[at];

    if (v->type != NGX_ASYNCAPI_JSON_TRUE
        && v->type != NGX_ASYNCAPI_JSON_FALSE)
    {
        return ngx_asyncapi_schema_refuse(c, at, "must be true or false");
    }

    unique = ngx_asyncapi_schema_field(c, node, k);
    if (unique == NULL) {
        return NGX_ERROR;
    }

    *unique = (v->type == NGX_ASYNCAPI_JSON_TRUE);

    return NGX_OK;
}


/* in the earlier draft also what "prefixItems" is in the later one */

ngx_int_t
ngx_asyncapi_schema_set_items(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t at)
{
    uint32_t                        m;
    ngx_asyncapi_schema_value_t    *v;
    ngx_asyncapi_schema_node_t    **items;
    ngx_asyncapi_schema_keyword_t   prefix;

    v = &c->tape->values[at];

    if (v->type != NGX_ASYNCAPI_JSON_ARRAY) {
        return ngx_asyncapi_schema_set_node(c, node, k, at);
    }

    if (c->draft != NGX_ASYNCAPI_SCHEMA_DRAFT_07) {
        return ngx_asyncapi_schema_refuse(c, at,
                   "must be a schema, write \"prefixItems\" for an array");
    }

    items = ngx_asyncapi_schema_field(c, node, k);
    if (items == NULL) {
        return NGX_ERROR;
    }

    m = ngx_asyncapi_schema_find(c->tape, node->at,
                                 (u_char *) "additionalItems", 15);

    if (m) {
        *items = ngx_asyncapi_schema_node(c, m + 1);
        if (*items == NULL) {
            return NGX_ERROR;
        }
    }

    if (v->count == 0) {
        return NGX_OK;
    }

    prefix = *k;
    prefix.offset = offsetof(ngx_asyncapi_schema_arrays_t, prefix);

    return ngx_asyncapi_schema_set_list(c, node, &prefix, at);
}


/* it counts next to an array of "items" only, which takes it then */

ngx_int_t
ngx_asyncapi_schema_set_additional_items(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t at)
{
    return ngx_asyncapi_schema_node(c, at) ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_asyncapi_schema_set_properties(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t at)
{
    uint32_t                         m;
    ngx_uint_t                       place;
    ngx_array_t                     *properties;
    ngx_asyncapi_schema_node_t      *schema;
    ngx_asyncapi_schema_value_t     *v;
    ngx_asyncapi_schema_property_t  *p;

    v = c->tape->values;

    if (ngx_asyncapi_schema_expect(c, at, NGX_ASYNCAPI_JSON_OBJECT)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    properties = ngx_asyncapi_schema_field(c, node, k);
    if (properties == NULL) {
        return NGX_ERROR;
    }

    for (m = at + 1; m < v[at].next; m = v[m + 1].next) {

        if (v[m].dropped) {
            return ngx_asyncapi_schema_refuse(c, m, "the member is there "
                                              "twice");
        }

        schema = ngx_asyncapi_schema_node(c, m + 1);

        if (schema == NULL
            || ngx_asyncapi_schema_property_add(c, node, m, &place) != NGX_OK)
        {
            return NGX_ERROR;
        }

        p = properties->elts;
        p[place].node = schema;
    }

    return NGX_OK;
}


/* the place of a name, which is new or not */

static ngx_int_t
ngx_asyncapi_schema_property_add(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, uint32_t name, ngx_uint_t *place)
{
    ngx_uint_t                       i;
    ngx_array_t                     *properties;
    ngx_asyncapi_schema_value_t     *v;
    ngx_asyncapi_schema_property_t  *p;

    v = &c->tape->values[name];
    properties = &node->objects->properties;
    p = properties->elts;

    for (i = 0; i < properties->nelts; i++) {
        if (p[i].name.len == v->len
            && ngx_memcmp(p[i].name.data, v->data, v->len) == 0)
        {
            *place = i;
            return NGX_OK;
        }
    }

    *place = properties->nelts;

    p = ngx_array_push(properties);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(p, sizeof(ngx_asyncapi_schema_property_t));

    p->name.data = v->data;
    p->name.len = v->len;
    p->hash = ngx_asyncapi_schema_name_hash(v->data, v->len);

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_schema_set_patterns(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t at)
{
    uint32_t                        m;
    ngx_array_t                    *patterns;
    ngx_asyncapi_schema_value_t    *v;
    ngx_asyncapi_schema_matched_t  *p;

    v = c->tape->values;

    if (ngx_asyncapi_schema_expect(c, at, NGX_ASYNCAPI_JSON_OBJECT)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    patterns = ngx_asyncapi_schema_field(c, node, k);
    if (patterns == NULL) {
        return NGX_ERROR;
    }

    for (m = at + 1; m < v[at].next; m = v[m + 1].next) {

        p = ngx_array_push(patterns);
        if (p == NULL) {
            return NGX_ERROR;
        }

        p->pattern = ngx_asyncapi_schema_pattern(c, m);
        p->node = ngx_asyncapi_schema_node(c, m + 1);

        if (p->pattern == NULL || p->node == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_schema_set_required(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t at)
{
    uint32_t                         i;
    ngx_uint_t                       place;
    ngx_array_t                     *properties;
    ngx_asyncapi_schema_value_t     *v;
    ngx_asyncapi_schema_property_t  *p;

    v = c->tape->values;

    if (v[at].type != NGX_ASYNCAPI_JSON_ARRAY) {
        return ngx_asyncapi_schema_refuse(c, at,
                   "must be an array of names, next to \"properties\"");
    }

    properties = ngx_asyncapi_schema_field(c, node, k);
    if (properties == NULL) {
        return NGX_ERROR;
    }

    for (i = at + 1; i < v[at].next; i = v[i].next) {

        if (ngx_asyncapi_schema_expect(c, i, NGX_ASYNCAPI_JSON_STRING)
                != NGX_OK
            || ngx_asyncapi_schema_property_add(c, node, i, &place) != NGX_OK)
        {
            return NGX_ERROR;
        }

        p = properties->elts;
        p[place].required = 1;
    }

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_schema_set_dependents(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t at)
{
    uint32_t                      m;
    ngx_asyncapi_schema_value_t  *v;

    v = c->tape->values;

    if (ngx_asyncapi_schema_expect(c, at, NGX_ASYNCAPI_JSON_OBJECT) != NGX_OK
        || ngx_asyncapi_schema_field(c, node, k) == NULL)
    {
        return NGX_ERROR;
    }

    for (m = at + 1; m < v[at].next; m = v[m + 1].next) {
        if (ngx_asyncapi_schema_dependent(c, node, k, m) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* names in an array or a schema, as the keyword has it: dependencies both */

static ngx_int_t
ngx_asyncapi_schema_dependent(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t m)
{
    uint32_t                      i;
    ngx_uint_t                    name, other;
    ngx_asyncapi_schema_node_t   *schema;
    ngx_asyncapi_schema_value_t  *v;

    v = c->tape->values;

    if (ngx_asyncapi_schema_property_add(c, node, m, &name) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_strcmp(k->name.data, "dependentRequired") == 0
        && ngx_asyncapi_schema_expect(c, m + 1, NGX_ASYNCAPI_JSON_ARRAY)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (v[m + 1].type != NGX_ASYNCAPI_JSON_ARRAY
        || ngx_strcmp(k->name.data, "dependentSchemas") == 0)
    {
        schema = ngx_asyncapi_schema_node(c, m + 1);

        return schema ? ngx_asyncapi_schema_dependent_add(c, node, name, 0,
                                                          schema)
                      : NGX_ERROR;
    }

    for (i = m + 2; i < v[m + 1].next; i = v[i].next) {

        if (ngx_asyncapi_schema_expect(c, i, NGX_ASYNCAPI_JSON_STRING)
                != NGX_OK
            || ngx_asyncapi_schema_property_add(c, node, i, &other) != NGX_OK
            || ngx_asyncapi_schema_dependent_add(c, node, name, other, NULL)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_schema_dependent_add(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, ngx_uint_t name, ngx_uint_t other,
    ngx_asyncapi_schema_node_t *schema)
{
    ngx_asyncapi_schema_dependent_t  *d;

    d = ngx_array_push(&node->objects->dependents);
    if (d == NULL) {
        return NGX_ERROR;
    }

    d->name = name;
    d->other = other;
    d->node = schema;

    return NGX_OK;
}

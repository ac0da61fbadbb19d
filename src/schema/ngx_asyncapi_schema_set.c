
/*
 * Copyright (C) The asyncapi module authors
 *
 * Compiling: the parts of a node, and the keywords of any value.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_schema_keyword.h"


/* from so many values on they are found by their hashes */

#define NGX_ASYNCAPI_SCHEMA_HASHED  5


static ngx_asyncapi_schema_strings_t *ngx_asyncapi_schema_new_strings(
    ngx_pool_t *pool);
static ngx_asyncapi_schema_arrays_t *ngx_asyncapi_schema_new_arrays(
    ngx_pool_t *pool);
static ngx_asyncapi_schema_objects_t *ngx_asyncapi_schema_new_objects(
    ngx_pool_t *pool);
static ngx_int_t ngx_asyncapi_schema_one_type(
    ngx_asyncapi_schema_compile_t *c, uint32_t at, uint32_t *types);
static ngx_int_t ngx_asyncapi_schema_values(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_enum_t **values, uint32_t first, uint32_t last,
    ngx_uint_t n);


void *
ngx_asyncapi_schema_field(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k)
{
    u_char  *part;

    switch (k->part) {

    case NGX_ASYNCAPI_SCHEMA_IN_NUMBERS:

        if (node->numbers == NULL) {
            node->numbers = ngx_pcalloc(c->pool,
                                        sizeof(ngx_asyncapi_schema_numbers_t));
        }

        part = (u_char *) node->numbers;
        break;

    case NGX_ASYNCAPI_SCHEMA_IN_STRINGS:

        if (node->strings == NULL) {
            node->strings = ngx_asyncapi_schema_new_strings(c->pool);
        }

        part = (u_char *) node->strings;
        break;

    case NGX_ASYNCAPI_SCHEMA_IN_ARRAYS:

        if (node->arrays == NULL) {
            node->arrays = ngx_asyncapi_schema_new_arrays(c->pool);
        }

        part = (u_char *) node->arrays;
        break;

    case NGX_ASYNCAPI_SCHEMA_IN_OBJECTS:

        if (node->objects == NULL) {
            node->objects = ngx_asyncapi_schema_new_objects(c->pool);
        }

        part = (u_char *) node->objects;
        break;

    case NGX_ASYNCAPI_SCHEMA_IN_LOGIC:

        if (node->logic == NULL) {
            node->logic = ngx_pcalloc(c->pool,
                                      sizeof(ngx_asyncapi_schema_logic_t));
        }

        part = (u_char *) node->logic;
        break;

    default: /* NGX_ASYNCAPI_SCHEMA_IN_NODE */

        part = (u_char *) node;
        break;
    }

    return part ? part + k->offset : NULL;
}


static ngx_asyncapi_schema_strings_t *
ngx_asyncapi_schema_new_strings(ngx_pool_t *pool)
{
    ngx_asyncapi_schema_strings_t  *strings;

    strings = ngx_pcalloc(pool, sizeof(ngx_asyncapi_schema_strings_t));
    if (strings == NULL) {
        return NULL;
    }

    strings->max = NGX_ASYNCAPI_SCHEMA_UNBOUND;

    return strings;
}


static ngx_asyncapi_schema_arrays_t *
ngx_asyncapi_schema_new_arrays(ngx_pool_t *pool)
{
    ngx_asyncapi_schema_arrays_t  *arrays;

    arrays = ngx_pcalloc(pool, sizeof(ngx_asyncapi_schema_arrays_t));
    if (arrays == NULL) {
        return NULL;
    }

    arrays->max = NGX_ASYNCAPI_SCHEMA_UNBOUND;
    arrays->min_contains = 1;
    arrays->max_contains = NGX_ASYNCAPI_SCHEMA_UNBOUND;

    return arrays;
}


static ngx_asyncapi_schema_objects_t *
ngx_asyncapi_schema_new_objects(ngx_pool_t *pool)
{
    ngx_asyncapi_schema_objects_t  *objects;

    objects = ngx_pcalloc(pool, sizeof(ngx_asyncapi_schema_objects_t));
    if (objects == NULL) {
        return NULL;
    }

    objects->max = NGX_ASYNCAPI_SCHEMA_UNBOUND;

    if (ngx_array_init(&objects->properties, pool, 4,
                       sizeof(ngx_asyncapi_schema_property_t)) != NGX_OK
        || ngx_array_init(&objects->patterns, pool, 1,
                          sizeof(ngx_asyncapi_schema_matched_t)) != NGX_OK
        || ngx_array_init(&objects->dependents, pool, 1,
                          sizeof(ngx_asyncapi_schema_dependent_t)) != NGX_OK)
    {
        return NULL;
    }

    return objects;
}


ngx_int_t
ngx_asyncapi_schema_expect(ngx_asyncapi_schema_compile_t *c, uint32_t at,
    ngx_asyncapi_json_type_e type)
{
    if (c->tape->values[at].type == type) {
        return NGX_OK;
    }

    switch (type) {

    case NGX_ASYNCAPI_JSON_STRING:
        return ngx_asyncapi_schema_refuse(c, at, "must be a string");

    case NGX_ASYNCAPI_JSON_NUMBER:
        return ngx_asyncapi_schema_refuse(c, at, "must be a number");

    case NGX_ASYNCAPI_JSON_ARRAY:
        return ngx_asyncapi_schema_refuse(c, at, "must be an array");

    default: /* NGX_ASYNCAPI_JSON_OBJECT */
        return ngx_asyncapi_schema_refuse(c, at, "must be an object");
    }
}


ngx_int_t
ngx_asyncapi_schema_set_node(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t at)
{
    ngx_asyncapi_schema_node_t  **field;

    field = ngx_asyncapi_schema_field(c, node, k);
    if (field == NULL) {
        return NGX_ERROR;
    }

    *field = ngx_asyncapi_schema_node(c, at);

    return *field ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_asyncapi_schema_set_list(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t at)
{
    uint32_t                      i;
    ngx_asyncapi_schema_list_t   *field;
    ngx_asyncapi_schema_value_t  *v;

    v = c->tape->values;

    if (ngx_asyncapi_schema_expect(c, at, NGX_ASYNCAPI_JSON_ARRAY)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (v[at].count == 0) {
        return ngx_asyncapi_schema_refuse(c, at,
                   "must have at least one schema");
    }

    field = ngx_asyncapi_schema_field(c, node, k);
    if (field == NULL) {
        return NGX_ERROR;
    }

    field->n = 0;
    field->nodes = ngx_palloc(c->pool, v[at].count * sizeof(void *));
    if (field->nodes == NULL) {
        return NGX_ERROR;
    }

    for (i = at + 1; i < v[at].next; i = v[i].next) {

        field->nodes[field->n] = ngx_asyncapi_schema_node(c, i);

        if (field->nodes[field->n++] == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* schemas that are there to be referred to are checked even if they aren't */

ngx_int_t
ngx_asyncapi_schema_set_defs(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t at)
{
    uint32_t                      m;
    ngx_asyncapi_schema_value_t  *v;

    v = c->tape->values;

    if (ngx_asyncapi_schema_expect(c, at, NGX_ASYNCAPI_JSON_OBJECT)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (m = at + 1; m < v[at].next; m = v[m + 1].next) {
        if (!v[m].dropped && ngx_asyncapi_schema_node(c, m + 1) == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_schema_set_schema(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t at)
{
    ngx_str_t                     uri;
    ngx_asyncapi_schema_value_t  *v;

    v = &c->tape->values[at];

    uri.data = v->data;
    uri.len = v->len;

    if (uri.len && uri.data[uri.len - 1] == '#') {
        uri.len--;
    }

    if (v->type != NGX_ASYNCAPI_JSON_STRING
        || ngx_asyncapi_schema_draft_of(&uri) != c->draft)
    {
        return ngx_asyncapi_schema_refuse(c, at,
                   "must be the draft of the whole schema");
    }

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_schema_set_ref(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t at)
{
    ngx_asyncapi_schema_ref_t  *ref;

    if (ngx_asyncapi_schema_expect(c, at, NGX_ASYNCAPI_JSON_STRING)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ref = ngx_array_push(&c->refs);
    if (ref == NULL) {
        return NGX_ERROR;
    }

    ref->node = node;
    ref->resource = c->resource;
    ref->at = at;

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_schema_set_type(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t at)
{
    uint32_t                      i;
    ngx_asyncapi_schema_value_t  *v;

    v = c->tape->values;

    if (v[at].type != NGX_ASYNCAPI_JSON_ARRAY) {
        return ngx_asyncapi_schema_one_type(c, at, &node->types);
    }

    if (v[at].count == 0) {
        return ngx_asyncapi_schema_refuse(c, at, "must have at least one type");
    }

    for (i = at + 1; i < v[at].next; i = v[i].next) {
        if (ngx_asyncapi_schema_one_type(c, i, &node->types) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_schema_one_type(ngx_asyncapi_schema_compile_t *c, uint32_t at,
    uint32_t *types)
{
    ngx_uint_t                    i;
    ngx_asyncapi_schema_value_t  *v;

    static struct {
        ngx_str_t   name;
        uint32_t    types;
    }  names[] = {
        { ngx_string("string"),
          ngx_asyncapi_schema_bit(NGX_ASYNCAPI_JSON_STRING) },
        { ngx_string("integer"), NGX_ASYNCAPI_SCHEMA_INTEGER },
        { ngx_string("number"), NGX_ASYNCAPI_SCHEMA_NUMBER },
        { ngx_string("boolean"), NGX_ASYNCAPI_SCHEMA_BOOLEAN },
        { ngx_string("object"),
          ngx_asyncapi_schema_bit(NGX_ASYNCAPI_JSON_OBJECT) },
        { ngx_string("array"),
          ngx_asyncapi_schema_bit(NGX_ASYNCAPI_JSON_ARRAY) },
        { ngx_string("null"),
          ngx_asyncapi_schema_bit(NGX_ASYNCAPI_JSON_NULL) },
        { ngx_null_string, 0 }
    };

    v = &c->tape->values[at];

    for (i = 0; v->type == NGX_ASYNCAPI_JSON_STRING && names[i].types; i++) {
        if (names[i].name.len == v->len
            && ngx_memcmp(names[i].name.data, v->data, v->len) == 0)
        {
            *types |= names[i].types;
            return NGX_OK;
        }
    }

    return ngx_asyncapi_schema_refuse(c, at,
               "unknown type, write \"string\", \"integer\", \"number\", "
               "\"boolean\", \"object\", \"array\" or \"null\"");
}


ngx_int_t
ngx_asyncapi_schema_set_enum(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t at)
{
    ngx_asyncapi_schema_value_t  *v;

    v = &c->tape->values[at];

    if (ngx_asyncapi_schema_expect(c, at, NGX_ASYNCAPI_JSON_ARRAY)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_asyncapi_schema_values(c, &node->values, at + 1, v->next,
                                      v->count);
}


ngx_int_t
ngx_asyncapi_schema_set_const(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t at)
{
    return ngx_asyncapi_schema_values(c, &node->constant, at,
                                      c->tape->values[at].next, 1);
}


static ngx_int_t
ngx_asyncapi_schema_values(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_enum_t **values, uint32_t first, uint32_t last,
    ngx_uint_t n)
{
    uint32_t                     i;
    ngx_asyncapi_schema_enum_t  *e;

    e = ngx_pcalloc(c->pool, sizeof(ngx_asyncapi_schema_enum_t));
    if (e == NULL) {
        return NGX_ERROR;
    }

    *values = e;

    e->at = ngx_palloc(c->pool, (n + 1) * sizeof(uint32_t));
    if (e->at == NULL) {
        return NGX_ERROR;
    }

    if (n >= NGX_ASYNCAPI_SCHEMA_HASHED) {
        e->hashes = ngx_palloc(c->pool, n * sizeof(uint64_t));
        if (e->hashes == NULL) {
            return NGX_ERROR;
        }
    }

    for (i = first; i < last; i = c->tape->values[i].next) {

        if (e->hashes) {
            e->hashes[e->n] = ngx_asyncapi_schema_hash(c->tape, i);
        }

        e->at[e->n++] = i;
    }

    return NGX_OK;
}

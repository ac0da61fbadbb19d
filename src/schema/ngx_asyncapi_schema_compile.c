
/*
 * Copyright (C) The asyncapi module authors
 *
 * Compiling: from the text to nodes, and what is wrong with the text.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_schema_private.h"


#define NGX_ASYNCAPI_SCHEMA_MESSAGE  1024


static ngx_int_t ngx_asyncapi_schema_read(ngx_asyncapi_schema_compile_t *c,
    const ngx_str_t *text);
static ngx_int_t ngx_asyncapi_schema_all(ngx_asyncapi_schema_compile_t *c);
static ngx_int_t ngx_asyncapi_schema_draft(ngx_asyncapi_schema_compile_t *c,
    uint32_t at);
static ngx_int_t ngx_asyncapi_schema_fill(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node);
static ngx_int_t ngx_asyncapi_schema_index(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_objects_t *objects);


ngx_asyncapi_schema_t *
ngx_asyncapi_schema_compile(ngx_pool_t *pool, const ngx_str_t *text,
    const ngx_asyncapi_schema_options_t *options, ngx_str_t *error)
{
    ngx_asyncapi_schema_t          *schema;
    ngx_asyncapi_schema_compile_t   c;

    ngx_str_null(error);

    schema = ngx_palloc(pool, sizeof(ngx_asyncapi_schema_t));
    if (schema == NULL) {
        return NULL;
    }

    /* random() is enough, as none of its numbers gets out */

    schema->secret[0] = ((uint64_t) ngx_random() << 32) ^ (uintptr_t) schema;
    schema->secret[1] = ((uint64_t) ngx_random() << 32) ^ (uintptr_t) &c;

    ngx_memzero(&c, sizeof(ngx_asyncapi_schema_compile_t));

    c.pool = pool;
    c.schema = schema;
    c.tape = &schema->tape;
    c.error = error;
    c.options = *options;
    c.draft = NGX_ASYNCAPI_SCHEMA_2020_12;

    if (ngx_asyncapi_schema_read(&c, text) != NGX_OK
        || ngx_asyncapi_schema_all(&c) != NGX_OK)
    {
        return NULL;
    }

    schema->nodes = c.nodes;
    schema->draft = c.draft;

    return schema;
}


static ngx_int_t
ngx_asyncapi_schema_read(ngx_asyncapi_schema_compile_t *c,
    const ngx_str_t *text)
{
    size_t                      i;
    ngx_str_t                   json;
    ngx_uint_t                  line, column;
    ngx_asyncapi_json_error_t   err;

    json = *text;

    if (ngx_asyncapi_json_validate(&json, &err) != NGX_OK) {
        line = 1;
        column = 1;

        for (i = 0; i < err.offset; i++) {
            column++;

            if (text->data[i] == LF) {
                line++;
                column = 1;
            }
        }

        c->error->data = ngx_pnalloc(c->pool, NGX_ASYNCAPI_SCHEMA_MESSAGE);
        if (c->error->data == NULL) {
            return NGX_ERROR;
        }

        c->error->len = ngx_snprintf(c->error->data,
                                     NGX_ASYNCAPI_SCHEMA_MESSAGE,
                                     "line %ui, column %ui: the schema is no "
                                     "JSON: %s", line, column, err.message)
                        - c->error->data;

        return NGX_ERROR;
    }

    return (ngx_asyncapi_schema_tape(c->tape, c->pool, &json,
                                     c->schema->secret)
            == NGX_OK) ? NGX_OK : NGX_ERROR;
}


/* what refers may bring in more that refers, and cycles are of all */

static ngx_int_t
ngx_asyncapi_schema_all(ngx_asyncapi_schema_compile_t *c)
{
    uint32_t                          at;
    ngx_asyncapi_schema_resource_t   *resource;

    c->nodes = ngx_pcalloc(c->pool, c->tape->nvalues
                                    * sizeof(ngx_asyncapi_schema_node_t *));

    if (c->nodes == NULL
        || ngx_array_init(&c->resources, c->pool, 4,
                          sizeof(ngx_asyncapi_schema_resource_t)) != NGX_OK
        || ngx_array_init(&c->anchors, c->pool, 4,
                          sizeof(ngx_asyncapi_schema_anchor_t)) != NGX_OK
        || ngx_array_init(&c->refs, c->pool, 4,
                          sizeof(ngx_asyncapi_schema_ref_t)) != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* the text itself, which may have no name */

    resource = ngx_array_push(&c->resources);
    if (resource == NULL) {
        return NGX_ERROR;
    }

    ngx_str_set(&resource->uri, "");
    resource->at = 0;

    if (c->tape->values[0].type == NGX_ASYNCAPI_JSON_OBJECT) {

        at = ngx_asyncapi_schema_find(c->tape, 0, (u_char *) "$schema", 7);

        if (at && ngx_asyncapi_schema_draft(c, at + 1) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    c->schema->root = ngx_asyncapi_schema_node(c, 0);

    if (c->schema->root == NULL || ngx_asyncapi_schema_resolve(c) != NGX_OK) {
        return NGX_ERROR;
    }

    for (at = 0; at < c->tape->nvalues; at++) {
        if (c->nodes[at]
            && ngx_asyncapi_schema_cycles(c, c->nodes[at]) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_schema_draft(ngx_asyncapi_schema_compile_t *c, uint32_t at)
{
    ngx_str_t                     uri;
    ngx_asyncapi_schema_value_t  *v;

    v = &c->tape->values[at];

    uri.data = v->data;
    uri.len = v->len;

    if (uri.len && uri.data[uri.len - 1] == '#') {
        uri.len--;
    }

    if (v->type == NGX_ASYNCAPI_JSON_STRING) {

        c->draft = ngx_asyncapi_schema_draft_of(&uri);

        if (c->draft) {
            return NGX_OK;
        }
    }

    return ngx_asyncapi_schema_refuse(c, at,
               "unknown draft, write "
               "\"https://json-schema.org/draft/2020-12/schema\" or "
               "\"http://json-schema.org/draft-07/schema#\"");
}


ngx_uint_t
ngx_asyncapi_schema_draft_of(const ngx_str_t *uri)
{
    ngx_str_t  name;

    name = *uri;

    if (name.len > 7 && ngx_strncmp(name.data, "http://", 7) == 0) {
        name.data += 7;
        name.len -= 7;

    } else if (name.len > 8 && ngx_strncmp(name.data, "https://", 8) == 0) {
        name.data += 8;
        name.len -= 8;
    }

    if (name.len == sizeof("json-schema.org/draft/2020-12/schema") - 1
        && ngx_strncmp(name.data, "json-schema.org/draft/2020-12/schema",
                       name.len) == 0)
    {
        return NGX_ASYNCAPI_SCHEMA_2020_12;
    }

    if (name.len == sizeof("json-schema.org/draft-07/schema") - 1
        && ngx_strncmp(name.data, "json-schema.org/draft-07/schema", name.len)
           == 0)
    {
        return NGX_ASYNCAPI_SCHEMA_DRAFT_07;
    }

    return 0;
}


ngx_asyncapi_schema_node_t *
ngx_asyncapi_schema_node(ngx_asyncapi_schema_compile_t *c, uint32_t at)
{
    ngx_int_t                     rc;
    ngx_uint_t                    resource;
    ngx_asyncapi_schema_node_t   *node;
    ngx_asyncapi_schema_value_t  *v;

    if (c->nodes[at]) {
        return c->nodes[at];
    }

    v = &c->tape->values[at];

    if (v->type != NGX_ASYNCAPI_JSON_OBJECT
        && v->type != NGX_ASYNCAPI_JSON_TRUE
        && v->type != NGX_ASYNCAPI_JSON_FALSE)
    {
        (void) ngx_asyncapi_schema_refuse(c, at,
                   "no schema, write an object, true or false");
        return NULL;
    }

    node = ngx_pcalloc(c->pool, sizeof(ngx_asyncapi_schema_node_t));
    if (node == NULL) {
        return NULL;
    }

    node->at = at;
    node->never = (v->type == NGX_ASYNCAPI_JSON_FALSE);

    c->nodes[at] = node;

    if (v->type != NGX_ASYNCAPI_JSON_OBJECT) {
        return node;
    }

    resource = c->resource;

    rc = ngx_asyncapi_schema_identify(c, at);

    if (rc == NGX_OK) {
        rc = ngx_asyncapi_schema_fill(c, node);
    }

    c->resource = resource;

    return (rc == NGX_OK) ? node : NULL;
}


static ngx_int_t
ngx_asyncapi_schema_fill(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node)
{
    uint32_t                      m, last;
    ngx_asyncapi_schema_value_t  *v;

    v = c->tape->values;
    last = v[node->at].next;

    if (c->draft == NGX_ASYNCAPI_SCHEMA_DRAFT_07) {
        m = ngx_asyncapi_schema_find(c->tape, node->at, (u_char *) "$ref", 4);

        /* what stands next to it does not count in this draft */

        if (m) {
            return ngx_asyncapi_schema_keyword(c, node, m);
        }
    }

    for (m = node->at + 1; m < last; m = v[m + 1].next) {

        if (v[m].dropped) {
            return ngx_asyncapi_schema_refuse(c, m, "the keyword is there "
                                              "twice");
        }

        if (ngx_asyncapi_schema_keyword(c, node, m) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return node->objects ? ngx_asyncapi_schema_index(c, node->objects)
                         : NGX_OK;
}


/* open addressing, at most a quarter of it filled, and one bit for a name */

static ngx_int_t
ngx_asyncapi_schema_index(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_objects_t *objects)
{
    uint32_t                         k;
    ngx_uint_t                       i, n;
    ngx_asyncapi_schema_property_t  *p;

    p = objects->properties.elts;
    n = objects->properties.nelts;

    if (n == 0) {
        return NGX_OK;
    }

    for (objects->mask = 7; objects->mask < n * 4; /* void */ ) {
        objects->mask = objects->mask * 2 + 1;
    }

    objects->slots = ngx_pcalloc(c->pool, ((size_t) objects->mask + 1)
                                          * sizeof(uint32_t));
    objects->required = ngx_pcalloc(c->pool,
                                    (n + 63) / 64 * sizeof(uint64_t));

    if (objects->slots == NULL || objects->required == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {

        for (k = p[i].hash & objects->mask;
             objects->slots[k];
             k = (k + 1) & objects->mask)
        {
            /* void */
        }

        objects->slots[k] = i + 1;
        objects->required[i / 64] |= (uint64_t) p[i].required << (i % 64);
    }

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_schema_refuse(ngx_asyncapi_schema_compile_t *c, uint32_t at,
    const char *fmt, ...)
{
    u_char      *p, *last;
    va_list      args;
    ngx_str_t    pointer;

    pointer = ngx_asyncapi_schema_pointer(c->pool, c->tape, at, NULL);

    p = ngx_pnalloc(c->pool, NGX_ASYNCAPI_SCHEMA_MESSAGE);

    if (pointer.data == NULL || p == NULL) {
        return NGX_ERROR;
    }

    c->error->data = p;
    last = p + NGX_ASYNCAPI_SCHEMA_MESSAGE;

    p = ngx_slprintf(p, last, "%V: ", &pointer);

    va_start(args, fmt);
    p = ngx_vslprintf(p, last, fmt, args);
    va_end(args);

    c->error->len = p - c->error->data;

    return NGX_ERROR;
}

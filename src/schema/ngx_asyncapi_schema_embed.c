
/*
 * Copyright (C) The asyncapi module authors
 *
 * A schema's text as a part of another document.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_schema_private.h"


typedef struct {
    const ngx_asyncapi_schema_t  *schema;
    const ngx_str_t              *prefix;
    ngx_array_t                   text;      /* of u_char */
    unsigned                      bad:1;     /* no memory */
} ngx_asyncapi_schema_embed_t;


/* what is done about a member of a schema */

typedef void (*ngx_asyncapi_schema_embed_pt)(ngx_asyncapi_schema_embed_t *e,
    uint32_t object, uint32_t name);

typedef struct {
    ngx_str_t                     name;
    ngx_asyncapi_schema_embed_pt  write;     /* NULL: it is left out */
} ngx_asyncapi_schema_embed_name_t;


static void ngx_asyncapi_schema_embed_value(ngx_asyncapi_schema_embed_t *e,
    uint32_t at);
static void ngx_asyncapi_schema_embed_array(ngx_asyncapi_schema_embed_t *e,
    uint32_t at);
static void ngx_asyncapi_schema_embed_object(ngx_asyncapi_schema_embed_t *e,
    uint32_t at);
static void ngx_asyncapi_schema_embed_keyword(ngx_asyncapi_schema_embed_t *e,
    uint32_t object, uint32_t name);
static ngx_uint_t ngx_asyncapi_schema_embed_beside(
    ngx_asyncapi_schema_embed_t *e, uint32_t object, uint32_t name);
static void ngx_asyncapi_schema_embed_ref(ngx_asyncapi_schema_embed_t *e,
    uint32_t object, uint32_t name);
static void ngx_asyncapi_schema_embed_items(ngx_asyncapi_schema_embed_t *e,
    uint32_t object, uint32_t name);
static void ngx_asyncapi_schema_embed_rest(ngx_asyncapi_schema_embed_t *e,
    uint32_t object, uint32_t name);
static void ngx_asyncapi_schema_embed_dependencies(
    ngx_asyncapi_schema_embed_t *e, uint32_t object, uint32_t name);
static ngx_uint_t ngx_asyncapi_schema_embed_some(
    ngx_asyncapi_schema_embed_t *e, uint32_t at, ngx_uint_t arrays,
    ngx_uint_t write);
static void ngx_asyncapi_schema_embed_member(ngx_asyncapi_schema_embed_t *e,
    const char *name);
static void ngx_asyncapi_schema_embed_string(ngx_asyncapi_schema_embed_t *e,
    const u_char *data, size_t len);
static void ngx_asyncapi_schema_embed_comma(ngx_asyncapi_schema_embed_t *e);
static void ngx_asyncapi_schema_embed_bytes(ngx_asyncapi_schema_embed_t *e,
    const void *data, size_t len);


/* names of resources are in the way in there, and draft-07 has other words */

static ngx_asyncapi_schema_embed_name_t  ngx_asyncapi_schema_embed_changes[] = {
    { ngx_string("$schema"), NULL },
    { ngx_string("$id"), NULL },
    { ngx_string("$anchor"), NULL },
    { ngx_string("$ref"), ngx_asyncapi_schema_embed_ref },
    { ngx_string("items"), ngx_asyncapi_schema_embed_items },
    { ngx_string("additionalItems"), ngx_asyncapi_schema_embed_rest },
    { ngx_string("dependencies"), ngx_asyncapi_schema_embed_dependencies },
    { ngx_null_string, NULL }
};


ngx_int_t
ngx_asyncapi_schema_embed(const ngx_asyncapi_schema_t *schema,
    ngx_pool_t *pool, const ngx_str_t *prefix, ngx_str_t *text)
{
    ngx_asyncapi_schema_embed_t  e;

    ngx_memzero(&e, sizeof(ngx_asyncapi_schema_embed_t));

    e.schema = schema;
    e.prefix = prefix;

    if (ngx_array_init(&e.text, pool, 1024, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_asyncapi_schema_embed_value(&e, 0);

    text->data = e.text.elts;
    text->len = e.text.nelts;

    return e.bad ? NGX_ERROR : NGX_OK;
}


static void
ngx_asyncapi_schema_embed_value(ngx_asyncapi_schema_embed_t *e, uint32_t at)
{
    const ngx_asyncapi_schema_value_t  *v;

    v = &e->schema->tape.values[at];

    switch (v->type) {

    case NGX_ASYNCAPI_JSON_OBJECT:
        ngx_asyncapi_schema_embed_object(e, at);
        break;

    case NGX_ASYNCAPI_JSON_ARRAY:
        ngx_asyncapi_schema_embed_array(e, at);
        break;

    case NGX_ASYNCAPI_JSON_STRING:
        ngx_asyncapi_schema_embed_string(e, v->data, v->len);
        break;

    default:
        ngx_asyncapi_schema_embed_bytes(e, v->data, v->len);
    }
}


static void
ngx_asyncapi_schema_embed_array(ngx_asyncapi_schema_embed_t *e, uint32_t at)
{
    uint32_t                            i;
    const ngx_asyncapi_schema_value_t  *v;

    v = e->schema->tape.values;

    ngx_asyncapi_schema_embed_bytes(e, "[", 1);

    for (i = at + 1; i < v[at].next; i = v[i].next) {
        ngx_asyncapi_schema_embed_comma(e);
        ngx_asyncapi_schema_embed_value(e, i);
    }

    ngx_asyncapi_schema_embed_bytes(e, "]", 1);
}


/* of members of the same name, which values may have, the last one counts */

static void
ngx_asyncapi_schema_embed_object(ngx_asyncapi_schema_embed_t *e, uint32_t at)
{
    uint32_t                            i;
    const ngx_asyncapi_schema_value_t  *v;

    v = e->schema->tape.values;

    ngx_asyncapi_schema_embed_bytes(e, "{", 1);

    for (i = at + 1; i < v[at].next; i = v[i + 1].next) {

        if (v[i].dropped) {
            continue;
        }

        if (e->schema->nodes[at]) {
            ngx_asyncapi_schema_embed_keyword(e, at, i);
            continue;
        }

        ngx_asyncapi_schema_embed_comma(e);
        ngx_asyncapi_schema_embed_string(e, v[i].data, v[i].len);
        ngx_asyncapi_schema_embed_bytes(e, ":", 1);
        ngx_asyncapi_schema_embed_value(e, i + 1);
    }

    ngx_asyncapi_schema_embed_bytes(e, "}", 1);
}


static void
ngx_asyncapi_schema_embed_keyword(ngx_asyncapi_schema_embed_t *e,
    uint32_t object, uint32_t name)
{
    const ngx_asyncapi_schema_value_t  *v;
    ngx_asyncapi_schema_embed_name_t   *n;

    v = &e->schema->tape.values[name];

    if (ngx_asyncapi_schema_embed_beside(e, object, name)) {
        return;
    }

    for (n = ngx_asyncapi_schema_embed_changes; n->name.len; n++) {

        if (n->name.len == v->len
            && ngx_memcmp(n->name.data, v->data, v->len) == 0)
        {
            if (n->write) {
                n->write(e, object, name);
            }

            return;
        }
    }

    ngx_asyncapi_schema_embed_comma(e);
    ngx_asyncapi_schema_embed_string(e, v->data, v->len);
    ngx_asyncapi_schema_embed_bytes(e, ":", 1);
    ngx_asyncapi_schema_embed_value(e, name + 1);
}


/* of draft-07: beside "$ref" only what others may refer to counts */

static ngx_uint_t
ngx_asyncapi_schema_embed_beside(ngx_asyncapi_schema_embed_t *e,
    uint32_t object, uint32_t name)
{
    const ngx_asyncapi_schema_value_t  *v;

    v = &e->schema->tape.values[name];

    return e->schema->draft == NGX_ASYNCAPI_SCHEMA_DRAFT_07
           && e->schema->nodes[object]->ref
           && !(v->len == 4 && ngx_memcmp(v->data, "$ref", 4) == 0)
           && !(v->len == 11 && ngx_memcmp(v->data, "definitions", 11) == 0);
}


static void
ngx_asyncapi_schema_embed_ref(ngx_asyncapi_schema_embed_t *e, uint32_t object,
    uint32_t name)
{
    u_char      *p;
    ngx_str_t    pointer, ref;

    pointer = ngx_asyncapi_schema_pointer(e->text.pool, &e->schema->tape,
                                          e->schema->nodes[object]->ref->at,
                                          NULL);

    ref.len = e->prefix->len + pointer.len;
    ref.data = ngx_pnalloc(e->text.pool, ref.len);

    if (pointer.len == 0 || ref.data == NULL) {
        e->bad = 1;
        return;
    }

    /* without the "#" that it begins with */

    p = ngx_cpymem(ref.data, e->prefix->data, e->prefix->len);
    p = ngx_cpymem(p, pointer.data + 1, pointer.len - 1);

    ngx_asyncapi_schema_embed_member(e, "$ref");
    ngx_asyncapi_schema_embed_string(e, ref.data, p - ref.data);
}


static void
ngx_asyncapi_schema_embed_items(ngx_asyncapi_schema_embed_t *e,
    uint32_t object, uint32_t name)
{
    const ngx_asyncapi_schema_value_t  *v;

    v = &e->schema->tape.values[name + 1];

    ngx_asyncapi_schema_embed_member(e, v->type == NGX_ASYNCAPI_JSON_ARRAY
                                        ? "prefixItems" : "items");
    ngx_asyncapi_schema_embed_value(e, name + 1);
}


/* it means nothing beside "items" that are no array */

static void
ngx_asyncapi_schema_embed_rest(ngx_asyncapi_schema_embed_t *e,
    uint32_t object, uint32_t name)
{
    uint32_t  items;

    items = ngx_asyncapi_schema_find(&e->schema->tape, object,
                                     (u_char *) "items", 5);

    if (items == 0
        || e->schema->tape.values[items + 1].type != NGX_ASYNCAPI_JSON_ARRAY)
    {
        return;
    }

    ngx_asyncapi_schema_embed_member(e, "items");
    ngx_asyncapi_schema_embed_value(e, name + 1);
}


static void
ngx_asyncapi_schema_embed_dependencies(ngx_asyncapi_schema_embed_t *e,
    uint32_t object, uint32_t name)
{
    ngx_uint_t  arrays;

    for (arrays = 0; arrays <= 1; arrays++) {

        if (!ngx_asyncapi_schema_embed_some(e, name + 1, arrays, 0)) {
            continue;
        }

        ngx_asyncapi_schema_embed_member(e, arrays ? "dependentRequired"
                                                   : "dependentSchemas");
        ngx_asyncapi_schema_embed_bytes(e, "{", 1);
        (void) ngx_asyncapi_schema_embed_some(e, name + 1, arrays, 1);
        ngx_asyncapi_schema_embed_bytes(e, "}", 1);
    }
}


/* members that are arrays, or those that are not; how many there are */

static ngx_uint_t
ngx_asyncapi_schema_embed_some(ngx_asyncapi_schema_embed_t *e, uint32_t at,
    ngx_uint_t arrays, ngx_uint_t write)
{
    uint32_t                            i;
    ngx_uint_t                          n;
    const ngx_asyncapi_schema_value_t  *v;

    v = e->schema->tape.values;

    for (i = at + 1, n = 0; i < v[at].next; i = v[i + 1].next) {

        if (v[i].dropped
            || (v[i + 1].type == NGX_ASYNCAPI_JSON_ARRAY) != arrays)
        {
            continue;
        }

        n++;

        if (write) {
            ngx_asyncapi_schema_embed_comma(e);
            ngx_asyncapi_schema_embed_string(e, v[i].data, v[i].len);
            ngx_asyncapi_schema_embed_bytes(e, ":", 1);
            ngx_asyncapi_schema_embed_value(e, i + 1);
        }
    }

    return n;
}


static void
ngx_asyncapi_schema_embed_member(ngx_asyncapi_schema_embed_t *e,
    const char *name)
{
    ngx_asyncapi_schema_embed_comma(e);
    ngx_asyncapi_schema_embed_string(e, (u_char *) name, ngx_strlen(name));
    ngx_asyncapi_schema_embed_bytes(e, ":", 1);
}


static void
ngx_asyncapi_schema_embed_string(ngx_asyncapi_schema_embed_t *e,
    const u_char *data, size_t len)
{
    size_t   size;
    u_char  *p;

    size = ngx_asyncapi_json_escape_len(data, len);

    ngx_asyncapi_schema_embed_bytes(e, "\"", 1);

    if (size) {
        p = ngx_array_push_n(&e->text, size);

        if (p == NULL) {
            e->bad = 1;
            return;
        }

        (void) ngx_asyncapi_json_escape(p, data, len);
    }

    ngx_asyncapi_schema_embed_bytes(e, "\"", 1);
}


/* but for the first one */

static void
ngx_asyncapi_schema_embed_comma(ngx_asyncapi_schema_embed_t *e)
{
    u_char  *text;

    text = e->text.elts;

    if (text[e->text.nelts - 1] != '{' && text[e->text.nelts - 1] != '[') {
        ngx_asyncapi_schema_embed_bytes(e, ",", 1);
    }
}


static void
ngx_asyncapi_schema_embed_bytes(ngx_asyncapi_schema_embed_t *e,
    const void *data, size_t len)
{
    u_char  *p;

    p = ngx_array_push_n(&e->text, len);

    if (p == NULL) {
        e->bad = 1;
        return;
    }

    ngx_memcpy(p, data, len);
}

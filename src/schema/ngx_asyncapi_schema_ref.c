
/*
 * Copyright (C) The asyncapi module authors
 *
 * Compiling: what schemas are called, and what refers to them.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_schema_private.h"


static ngx_int_t ngx_asyncapi_schema_set_id(ngx_asyncapi_schema_compile_t *c,
    uint32_t at, uint32_t id);
static ngx_int_t ngx_asyncapi_schema_set_anchor(
    ngx_asyncapi_schema_compile_t *c, uint32_t at, uint32_t id,
    ngx_str_t *name);
static ngx_int_t ngx_asyncapi_schema_refer(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_ref_t *ref);
static ngx_int_t ngx_asyncapi_schema_find_resource(
    ngx_asyncapi_schema_compile_t *c, const ngx_str_t *uri);
static ngx_int_t ngx_asyncapi_schema_find_anchor(
    ngx_asyncapi_schema_compile_t *c, const ngx_str_t *name,
    ngx_uint_t resource, uint32_t *at);
static ngx_int_t ngx_asyncapi_schema_walk(ngx_asyncapi_schema_compile_t *c,
    ngx_str_t *path, ngx_uint_t *resource, uint32_t *at);
static ngx_int_t ngx_asyncapi_schema_walk_step(
    ngx_asyncapi_schema_compile_t *c, ngx_str_t *step, uint32_t *at);
static ngx_uint_t ngx_asyncapi_schema_is_alias(
    const ngx_asyncapi_schema_node_t *node);
static ngx_int_t ngx_asyncapi_schema_cycle_list(
    ngx_asyncapi_schema_compile_t *c, const ngx_asyncapi_schema_list_t *list);


/* the text of a value that is a string */

static ngx_inline ngx_str_t
ngx_asyncapi_schema_text(ngx_asyncapi_schema_compile_t *c, uint32_t at)
{
    ngx_str_t  text;

    text.data = c->tape->values[at].data;
    text.len = c->tape->values[at].len;

    return text;
}


ngx_int_t
ngx_asyncapi_schema_identify(ngx_asyncapi_schema_compile_t *c, uint32_t at)
{
    uint32_t    m;
    ngx_str_t   name;

    if (c->draft == NGX_ASYNCAPI_SCHEMA_DRAFT_07
        && ngx_asyncapi_schema_find(c->tape, at, (u_char *) "$ref", 4))
    {
        return NGX_OK;
    }

    m = ngx_asyncapi_schema_find(c->tape, at, (u_char *) "$id", 3);

    if (m && ngx_asyncapi_schema_set_id(c, at, m + 1) != NGX_OK) {
        return NGX_ERROR;
    }

    m = ngx_asyncapi_schema_find(c->tape, at, (u_char *) "$anchor", 7);

    if (m) {
        name = ngx_asyncapi_schema_text(c, m + 1);
        return ngx_asyncapi_schema_set_anchor(c, at, m + 1, &name);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_schema_set_id(ngx_asyncapi_schema_compile_t *c, uint32_t at,
    uint32_t id)
{
    u_char                          *sharp;
    ngx_str_t                        text, name, uri;
    ngx_asyncapi_schema_resource_t  *resource;

    if (c->tape->values[id].type != NGX_ASYNCAPI_JSON_STRING) {
        return ngx_asyncapi_schema_refuse(c, id, "must be a string");
    }

    text = ngx_asyncapi_schema_text(c, id);
    ngx_str_null(&name);

    sharp = ngx_strlchr(text.data, text.data + text.len, '#');

    if (sharp) {
        name.data = sharp + 1;
        name.len = text.data + text.len - name.data;
        text.len = sharp - text.data;
    }

    if (name.len && c->draft != NGX_ASYNCAPI_SCHEMA_DRAFT_07) {
        return ngx_asyncapi_schema_refuse(c, id,
                   "must not have a fragment, write \"$anchor\"");
    }

    if (text.len) {
        resource = c->resources.elts;

        if (ngx_asyncapi_schema_uri(c->pool, &resource[c->resource].uri,
                                    &text, &uri)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (ngx_asyncapi_schema_find_resource(c, &uri) >= 0) {
            return ngx_asyncapi_schema_refuse(c, id,
                       "another schema is called \"%V\" as well", &uri);
        }

        if (at) {
            resource = ngx_array_push(&c->resources);
            if (resource == NULL) {
                return NGX_ERROR;
            }

            c->resource = c->resources.nelts - 1;
        }

        resource->uri = uri;
        resource->at = at;
    }

    return name.len ? ngx_asyncapi_schema_set_anchor(c, at, id, &name)
                    : NGX_OK;
}


static ngx_int_t
ngx_asyncapi_schema_set_anchor(ngx_asyncapi_schema_compile_t *c, uint32_t at,
    uint32_t id, ngx_str_t *name)
{
    uint32_t                       other;
    ngx_asyncapi_schema_anchor_t  *anchor;

    if (c->tape->values[id].type != NGX_ASYNCAPI_JSON_STRING
        || name->len == 0 || name->data[0] == '/')
    {
        return ngx_asyncapi_schema_refuse(c, id,
                   "must be a name, which does not begin with \"/\"");
    }

    if (ngx_asyncapi_schema_find_anchor(c, name, c->resource, &other)
        == NGX_OK)
    {
        return ngx_asyncapi_schema_refuse(c, id,
                   "another schema is called \"%V\" as well", name);
    }

    anchor = ngx_array_push(&c->anchors);
    if (anchor == NULL) {
        return NGX_ERROR;
    }

    anchor->name = *name;
    anchor->resource = c->resource;
    anchor->at = at;

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_schema_resolve(ngx_asyncapi_schema_compile_t *c)
{
    ngx_uint_t                 i;
    ngx_asyncapi_schema_ref_t  ref;

    /* there may be more of them after each */

    for (i = 0; i < c->refs.nelts; i++) {
        ref = ((ngx_asyncapi_schema_ref_t *) c->refs.elts)[i];

        if (ngx_asyncapi_schema_refer(c, &ref) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_schema_refer(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_ref_t *ref)
{
    u_char                          *sharp, *src, *dst;
    uint32_t                         at;
    ngx_int_t                        rc;
    ngx_str_t                        text, uri, fragment;
    ngx_uint_t                       resource;
    ngx_asyncapi_schema_resource_t  *resources;

    text = ngx_asyncapi_schema_text(c, ref->at);
    resources = c->resources.elts;
    resource = ref->resource;

    sharp = ngx_strlchr(text.data, text.data + text.len, '#');

    fragment.data = sharp ? sharp + 1 : text.data + text.len;
    fragment.len = text.data + text.len - fragment.data;
    text.len = (sharp ? sharp : fragment.data) - text.data;

    if (text.len) {

        if (ngx_asyncapi_schema_uri(c->pool, &resources[resource].uri, &text,
                                    &uri)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        rc = ngx_asyncapi_schema_find_resource(c, &uri);

        if (rc < 0) {
            return ngx_asyncapi_schema_refuse(c, ref->at,
                       "\"%V\" is in another document, which is not "
                       "supported: copy it into \"$defs\"", &uri);
        }

        resource = rc;
    }

    /* percent-encoded, as it is of a URI */

    dst = ngx_pnalloc(c->pool, fragment.len + 1);
    if (dst == NULL) {
        return NGX_ERROR;
    }

    src = fragment.data;
    fragment.data = dst;

    ngx_unescape_uri(&dst, &src, fragment.len, 0);
    fragment.len = dst - fragment.data;

    at = resources[resource].at;

    if (fragment.len && fragment.data[0] == '/') {
        rc = ngx_asyncapi_schema_walk(c, &fragment, &resource, &at);

    } else if (fragment.len) {
        rc = ngx_asyncapi_schema_find_anchor(c, &fragment, resource, &at);

    } else {
        rc = NGX_OK;
    }

    if (rc != NGX_OK) {
        return ngx_asyncapi_schema_refuse(c, ref->at,
                   "there is no schema at \"#%V\"", &fragment);
    }

    c->resource = resource;
    ref->node->ref = ngx_asyncapi_schema_node(c, at);

    return ref->node->ref ? NGX_OK : NGX_ERROR;
}


/* its number, or NGX_DECLINED */

static ngx_int_t
ngx_asyncapi_schema_find_resource(ngx_asyncapi_schema_compile_t *c,
    const ngx_str_t *uri)
{
    ngx_uint_t                       i;
    ngx_asyncapi_schema_resource_t  *resources;

    resources = c->resources.elts;

    for (i = 0; i < c->resources.nelts; i++) {
        if (resources[i].uri.len == uri->len
            && ngx_memcmp(resources[i].uri.data, uri->data, uri->len) == 0)
        {
            return i;
        }
    }

    return NGX_DECLINED;
}


static ngx_int_t
ngx_asyncapi_schema_find_anchor(ngx_asyncapi_schema_compile_t *c,
    const ngx_str_t *name, ngx_uint_t resource, uint32_t *at)
{
    ngx_uint_t                     i;
    ngx_asyncapi_schema_anchor_t  *anchors;

    anchors = c->anchors.elts;

    for (i = 0; i < c->anchors.nelts; i++) {
        if (anchors[i].resource == resource
            && anchors[i].name.len == name->len
            && ngx_memcmp(anchors[i].name.data, name->data, name->len) == 0)
        {
            *at = anchors[i].at;
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


/* a JSON Pointer; what it passes may have a name of its own */

static ngx_int_t
ngx_asyncapi_schema_walk(ngx_asyncapi_schema_compile_t *c, ngx_str_t *path,
    ngx_uint_t *resource, uint32_t *at)
{
    u_char                          *p, *last, *dst;
    ngx_str_t                        step;
    ngx_uint_t                       i;
    ngx_asyncapi_schema_resource_t  *resources;

    p = path->data;
    last = p + path->len;
    resources = c->resources.elts;

    while (p < last) {

        for (i = 1; i < c->resources.nelts; i++) {
            if (resources[i].at == *at) {
                *resource = i;
            }
        }

        step.len = 0;
        step.data = ngx_pnalloc(c->pool, last - p);
        if (step.data == NULL) {
            return NGX_ERROR;
        }

        dst = step.data;

        for (p++; p < last && *p != '/'; p++) {

            if (*p == '~' && last - p > 1) {
                *dst++ = (*++p == '1') ? '/' : '~';

            } else {
                *dst++ = *p;
            }
        }

        step.len = dst - step.data;

        if (ngx_asyncapi_schema_walk_step(c, &step, at) != NGX_OK) {
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_schema_walk_step(ngx_asyncapi_schema_compile_t *c,
    ngx_str_t *step, uint32_t *at)
{
    uint32_t                      i, m;
    ngx_int_t                     n;
    ngx_asyncapi_schema_value_t  *v;

    v = c->tape->values;

    if (v[*at].type == NGX_ASYNCAPI_JSON_OBJECT) {

        m = ngx_asyncapi_schema_find(c->tape, *at, step->data, step->len);
        *at = m + 1;

        return m ? NGX_OK : NGX_DECLINED;
    }

    n = ngx_atoi(step->data, step->len);

    if (v[*at].type != NGX_ASYNCAPI_JSON_ARRAY || n < 0
        || (ngx_uint_t) n >= v[*at].count)
    {
        return NGX_DECLINED;
    }

    for (i = *at + 1; n; n--) {
        i = v[i].next;
    }

    *at = i;

    return NGX_OK;
}


/*
 * What is applied to the value itself must not come back to where it began:
 * that would never end.  It calls itself along such a chain of schemas.
 */

ngx_int_t
ngx_asyncapi_schema_cycles(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node)
{
    ngx_uint_t                        i;
    ngx_asyncapi_schema_list_t        list;
    ngx_asyncapi_schema_node_t       *single[5];
    ngx_asyncapi_schema_logic_t      *logic;
    ngx_asyncapi_schema_dependent_t  *d;

    if (node == NULL || node->left) {
        return NGX_OK;
    }

    if (node->entered) {
        return ngx_asyncapi_schema_refuse(c, node->at,
                   "the schema refers to itself for the same value, without "
                   "an end");
    }

    node->entered = 1;
    logic = node->logic;

    ngx_memzero(single, sizeof(single));

    single[0] = node->ref;

    if (logic) {
        single[1] = logic->not;
        single[2] = logic->cond;
        single[3] = logic->cond ? logic->then : NULL;
        single[4] = logic->cond ? logic->otherwise : NULL;

        if (ngx_asyncapi_schema_cycle_list(c, &logic->all) != NGX_OK
            || ngx_asyncapi_schema_cycle_list(c, &logic->any) != NGX_OK
            || ngx_asyncapi_schema_cycle_list(c, &logic->one) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    list.nodes = single;
    list.n = 5;

    if (ngx_asyncapi_schema_cycle_list(c, &list) != NGX_OK) {
        return NGX_ERROR;
    }

    if (node->objects) {
        d = node->objects->dependents.elts;

        for (i = 0; i < node->objects->dependents.nelts; i++) {
            if (ngx_asyncapi_schema_cycles(c, d[i].node) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    node->left = 1;
    node->alias = (node->ref && ngx_asyncapi_schema_is_alias(node));

    return NGX_OK;
}


static ngx_uint_t
ngx_asyncapi_schema_is_alias(const ngx_asyncapi_schema_node_t *node)
{
    return node->types == 0
           && node->values == NULL && node->constant == NULL
           && node->numbers == NULL && node->strings == NULL
           && node->arrays == NULL && node->objects == NULL
           && node->logic == NULL
           && node->items == NULL && node->properties == NULL;
}


static ngx_int_t
ngx_asyncapi_schema_cycle_list(ngx_asyncapi_schema_compile_t *c,
    const ngx_asyncapi_schema_list_t *list)
{
    ngx_uint_t  i;

    for (i = 0; i < list->n; i++) {
        if (ngx_asyncapi_schema_cycles(c, list->nodes[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}

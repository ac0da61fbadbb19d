
/*
 * Copyright (C) The asyncapi module authors
 *
 * Binding: what each name in a template means where it stands.
 *
 * $item and $index, then tasks (outwards from the reference's own block), then
 * parameters and lets, then the variables of nginx.
 */


#include "ngx_http_asyncapi_bind.h"


static ngx_int_t ngx_http_asyncapi_bind_refused(
    ngx_http_asyncapi_bind_t *bind, ngx_asyncapi_template_error_t *err);
static ngx_int_t ngx_http_asyncapi_bind_ref(ngx_http_asyncapi_bind_t *bind,
    ngx_asyncapi_ref_t *ref);
static ngx_int_t ngx_http_asyncapi_bind_item(ngx_http_asyncapi_bind_t *bind,
    ngx_asyncapi_ref_t *ref);
static ngx_int_t ngx_http_asyncapi_bind_value(ngx_http_asyncapi_bind_t *bind,
    ngx_asyncapi_ref_t *ref);
static ngx_int_t ngx_http_asyncapi_bind_variable(
    ngx_http_asyncapi_bind_t *bind, ngx_asyncapi_ref_t *ref);
static ngx_int_t ngx_http_asyncapi_inner(ngx_http_asyncapi_bind_t *bind,
    ngx_str_t *name);
static ngx_uint_t ngx_http_asyncapi_is_variable(ngx_conf_t *cf,
    ngx_str_t *name);


/* these carry a URL's structure; every other variable is a value in it */

static ngx_str_t  ngx_http_asyncapi_structure[] = {
    ngx_string("uri"),
    ngx_string("request_uri"),
    ngx_string("document_uri"),
    ngx_string("args"),
    ngx_string("query_string"),
    ngx_string("is_args"),
    ngx_null_string
};


ngx_int_t
ngx_http_asyncapi_bind_template(ngx_http_asyncapi_bind_t *bind,
    ngx_asyncapi_template_t *tpl)
{
    ngx_uint_t                      i;
    ngx_array_t                    *refs;
    ngx_asyncapi_ref_t            **ref;
    ngx_asyncapi_template_error_t   err;

    refs = ngx_asyncapi_template_refs(tpl);
    ref = refs->elts;

    for (i = 0; i < refs->nelts; i++) {
        if (ngx_http_asyncapi_bind_ref(bind, ref[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (ngx_asyncapi_template_bound(tpl, &err) != NGX_OK) {
        return ngx_http_asyncapi_bind_refused(bind, &err);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_bind_refused(ngx_http_asyncapi_bind_t *bind,
    ngx_asyncapi_template_error_t *err)
{
    (void) ngx_http_asyncapi_conf_error(bind->cf, bind->place,
                                        "\"%V\" %s in \"%V\"", &err->near,
                                        err->message, &bind->where);
    return NGX_ERROR;
}


ngx_int_t
ngx_http_asyncapi_bind_lone(ngx_http_asyncapi_bind_t *bind,
    ngx_asyncapi_ref_t *ref)
{
    ngx_asyncapi_template_error_t  err;

    if (ngx_http_asyncapi_bind_ref(bind, ref) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_asyncapi_ref_bound(ref, &err) != NGX_OK) {
        return ngx_http_asyncapi_bind_refused(bind, &err);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_bind_ref(ngx_http_asyncapi_bind_t *bind,
    ngx_asyncapi_ref_t *ref)
{
    ngx_int_t  rc;

    rc = ngx_http_asyncapi_bind_item(bind, ref);

    if (rc == NGX_DECLINED) {
        rc = ngx_http_asyncapi_bind_task(bind, ref);
    }

    if (rc == NGX_DECLINED) {
        rc = ngx_http_asyncapi_bind_value(bind, ref);
    }

    if (rc == NGX_DECLINED) {
        rc = ngx_http_asyncapi_bind_variable(bind, ref);
    }

    return rc;
}


static ngx_int_t
ngx_http_asyncapi_bind_item(ngx_http_asyncapi_bind_t *bind,
    ngx_asyncapi_ref_t *ref)
{
    ngx_http_asyncapi_block_t  *block;

    if (ngx_http_asyncapi_word(&ref->name, "item")) {
        ref->base = NGX_ASYNCAPI_BASE_JSON;
        ref->binding = &ngx_http_asyncapi_resolve_item;

    } else if (ngx_http_asyncapi_word(&ref->name, "index")) {
        ref->base = NGX_ASYNCAPI_BASE_SCALAR;
        ref->binding = &ngx_http_asyncapi_resolve_index;

    } else {
        return NGX_DECLINED;
    }

    if (bind->element) {
        return NGX_OK;
    }

    for (block = bind->block; block->owner; block = block->outer) {
        if (block->owner->each) {
            return NGX_OK;
        }
    }

    (void) ngx_http_asyncapi_conf_error(bind->cf, bind->place,
                               "\"%V\" stands in no task with \"each=\" in "
                               "\"%V\"", &ref->source, &bind->where);
    return NGX_ERROR;
}


ngx_int_t
ngx_http_asyncapi_bind_task(ngx_http_asyncapi_bind_t *bind,
    ngx_asyncapi_ref_t *ref)
{
    ngx_uint_t                   i, up;
    ngx_http_asyncapi_node_t   **node;
    ngx_http_asyncapi_block_t   *block;

    block = bind->block;
    up = 0;

    for ( ;; ) {
        node = block->nodes.elts;

        for (i = 0; i < block->nodes.nelts; i++) {

            if (!ngx_http_asyncapi_same(&node[i]->name, &ref->name)) {
                continue;
            }

            ref->base = NGX_ASYNCAPI_BASE_RESULT;
            ref->binding = &ngx_http_asyncapi_resolve_task;
            ref->up = up;
            ref->slot = i;

            if (ref->property == NGX_ASYNCAPI_PROPERTY_HEADER) {
                node[i]->headers = 1;
            }

            return ngx_http_asyncapi_bind_dep(bind, node[i], up);
        }

        if (block->outer == NULL) {
            return ngx_http_asyncapi_inner(bind, &ref->name);
        }

        block = block->outer;
        up++;
    }
}


/* a name of a group's inside is read through the group from outside */

static ngx_int_t
ngx_http_asyncapi_inner(ngx_http_asyncapi_bind_t *bind, ngx_str_t *name)
{
    u_char                      buf[NGX_MAX_CONF_ERRSTR], *p;
    ngx_str_t                  *group;
    ngx_http_asyncapi_node_t   *node;
    ngx_http_asyncapi_block_t  *block;

    node = ngx_http_asyncapi_graph_node(bind->endpoint, name);

    if (node == NULL) {
        return NGX_DECLINED;
    }

    if (node->background && !bind->block->background) {
        (void) ngx_http_asyncapi_conf_error(bind->cf, bind->place,
                            "\"$%V\" is a task of \"background\", which runs "
                            "after the answer: only tasks there can refer to "
                            "it, in \"%V\"", name, &bind->where);
        return NGX_ERROR;
    }

    /* from the outermost group that is seen from here, written backwards */

    p = buf + sizeof(buf);

    do {
        node = node->block->owner;
        group = &node->name;

        if ((size_t) (p - buf) <= group->len) {
            break;
        }

        *--p = '.';
        p -= group->len;
        ngx_memcpy(p, group->data, group->len);

        block = bind->block;

        while (block != node->block && block->outer) {
            block = block->outer;
        }

    } while (block != node->block);

    (void) ngx_http_asyncapi_conf_error(bind->cf, bind->place,
                            "\"$%V\" is inside of \"%V\": write \"$%*s%V\", "
                            "or \"after=%V\", in \"%V\"", name, group,
                            (size_t) (buf + sizeof(buf) - p), p, name, group,
                            &bind->where);
    return NGX_ERROR;
}


/* a parameter or a let variable */

static ngx_int_t
ngx_http_asyncapi_bind_value(ngx_http_asyncapi_bind_t *bind,
    ngx_asyncapi_ref_t *ref)
{
    ngx_uint_t                  i;
    ngx_http_asyncapi_let_t    *let;
    ngx_http_asyncapi_param_t  *param;

    param = bind->endpoint->params.elts;

    for (i = 0; i < bind->endpoint->params.nelts; i++) {

        if (ngx_http_asyncapi_same(&param[i].name, &ref->name)) {
            ref->base = param[i].base;
            ref->binding = &ngx_http_asyncapi_resolve_param;
            ref->slot = i;

            param[i].read = 1;

            return NGX_OK;
        }
    }

    let = ngx_http_asyncapi_let_find(bind->endpoint, NULL, &ref->name);

    if (let == NULL) {
        return NGX_DECLINED;
    }

    if (let->slot >= bind->lets) {
        (void) ngx_http_asyncapi_conf_error(bind->cf, bind->place,
                                "\"let $%V\" refers to \"$%V\", which is set "
                                "below: write it above",
                                &bind->where, &ref->name);
        return NGX_ERROR;
    }

    ref->base = NGX_ASYNCAPI_BASE_SCALAR;
    ref->binding = &ngx_http_asyncapi_resolve_let;
    ref->slot = let->slot;

    return ngx_http_asyncapi_bind_let_deps(bind, let);
}


static ngx_int_t
ngx_http_asyncapi_bind_variable(ngx_http_asyncapi_bind_t *bind,
    ngx_asyncapi_ref_t *ref)
{
    ngx_int_t                       n;
    ngx_str_t                      *structure;
    ngx_http_asyncapi_unknown_t    *unknown;
    ngx_http_asyncapi_main_conf_t  *amcf;

    ref->base = NGX_ASYNCAPI_BASE_VARIABLE;

    n = ngx_atoi(ref->name.data, ref->name.len);

    if (n != NGX_ERROR) {
        ref->binding = &ngx_http_asyncapi_resolve_capture;
        ref->slot = n;
        bind->endpoint->captures = 1;

        return NGX_OK;
    }

    for (structure = ngx_http_asyncapi_structure; structure->len; structure++) {
        if (ngx_http_asyncapi_same(structure, &ref->name)) {
            ref->base = NGX_ASYNCAPI_BASE_STRUCTURE;
        }
    }

    n = ngx_http_get_variable_index(bind->cf, &ref->name);
    if (n == NGX_ERROR) {
        return NGX_ERROR;
    }

    ref->binding = &ngx_http_asyncapi_resolve_variable;
    ref->slot = n;

    /* it may come from a map that stands below */

    amcf = ngx_http_conf_get_module_main_conf(bind->cf,
                                              ngx_http_asyncapi_module);

    unknown = ngx_array_push(&amcf->unknown);
    if (unknown == NULL) {
        return NGX_ERROR;
    }

    unknown->name = ref->name;
    unknown->place = *bind->place;
    unknown->where = bind->where;

    return NGX_OK;
}


ngx_int_t
ngx_http_asyncapi_bind_let_deps(ngx_http_asyncapi_bind_t *bind,
    ngx_http_asyncapi_let_t *let)
{
    ngx_uint_t                  i, up;
    ngx_http_asyncapi_dep_t    *dep;
    ngx_http_asyncapi_block_t  *block;

    /* lets refer to tasks of the outermost block */

    up = 0;

    for (block = bind->block; block->outer; block = block->outer) {
        up++;
    }

    dep = let->deps.elts;

    for (i = 0; i < let->deps.nelts; i++) {
        if (ngx_http_asyncapi_bind_dep(bind, dep[i].node, up) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_asyncapi_bind_dep(ngx_http_asyncapi_bind_t *bind,
    ngx_http_asyncapi_node_t *node, ngx_uint_t up)
{
    ngx_uint_t                i;
    ngx_http_asyncapi_dep_t  *dep;

    dep = bind->deps->elts;

    for (i = 0; i < bind->deps->nelts; i++) {
        if (dep[i].node == node) {
            return NGX_OK;
        }
    }

    dep = ngx_array_push(bind->deps);
    if (dep == NULL) {
        return NGX_ERROR;
    }

    dep->node = node;
    dep->up = up;

    return NGX_OK;
}


/* maps may stand below the endpoints that read them, so this comes last */

ngx_int_t
ngx_http_asyncapi_graph_variables(ngx_conf_t *cf, ngx_array_t *unknown)
{
    ngx_uint_t                    i;
    ngx_http_asyncapi_unknown_t  *name;

    name = unknown->elts;

    for (i = 0; i < unknown->nelts; i++) {

        if (ngx_http_asyncapi_is_variable(cf, &name[i].name)) {
            continue;
        }

        (void) ngx_http_asyncapi_conf_error(cf, &name[i].place,
                              "\"$%V\" is no task, parameter, let or nginx "
                              "variable (write $$ for a dollar) in \"%V\"",
                              &name[i].name, &name[i].where);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_asyncapi_is_variable(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_uint_t                  i;
    ngx_hash_key_t             *key;
    ngx_http_variable_t        *v;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    key = cmcf->variables_keys->keys.elts;

    for (i = 0; i < cmcf->variables_keys->keys.nelts; i++) {
        if (key[i].key.len == name->len
            && ngx_strncasecmp(key[i].key.data, name->data, name->len) == 0)
        {
            return 1;
        }
    }

    v = cmcf->prefix_variables.elts;

    for (i = 0; i < cmcf->prefix_variables.nelts; i++) {
        if (name->len >= v[i].name.len
            && ngx_strncasecmp(v[i].name.data, name->data, v[i].name.len) == 0)
        {
            return 1;
        }
    }

    return 0;
}

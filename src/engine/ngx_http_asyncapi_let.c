
/*
 * Copyright (C) The asyncapi module authors
 *
 * let: nginx variables made from results.
 */


#include "ngx_http_asyncapi_let.h"
#include "ngx_http_asyncapi_resolve.h"


static ngx_http_asyncapi_let_t *ngx_http_asyncapi_let_create(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep, ngx_http_asyncapi_node_t *node,
    ngx_str_t *name);
static ngx_int_t ngx_http_asyncapi_let_variable(ngx_conf_t *cf,
    ngx_str_t *name);
static ngx_uint_t ngx_http_asyncapi_let_prefix(ngx_conf_t *cf,
    ngx_str_t *name);
static ngx_uint_t ngx_http_asyncapi_let_own(ngx_http_core_main_conf_t *cmcf,
    ngx_http_asyncapi_let_t *let);
static ngx_int_t ngx_http_asyncapi_let_get(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_uint_t ngx_http_asyncapi_let_known(
    ngx_http_asyncapi_main_conf_t *amcf, ngx_str_t *name);


char *
ngx_http_asyncapi_let_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep, ngx_http_asyncapi_node_t *node)
{
    ngx_str_t                      *value, name;
    ngx_http_asyncapi_let_t        *let;
    ngx_asyncapi_template_error_t   err;

    value = cf->args->elts;
    name = value[1];

    if (name.len < 2 || name.data[0] != '$') {
        return "needs a variable: write let $name and what it is made of";
    }

    name.data++;
    name.len--;

    if (!ngx_http_asyncapi_is_name(&name)) {
        return "needs a variable of letters, digits and \"_\"";
    }

    if (ngx_http_asyncapi_graph_has(ep, &name)
        || ngx_http_asyncapi_let_find(ep, node, &name))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the name \"%V\" is taken in this endpoint: "
                           "give the variable another name", &name);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_asyncapi_let_variable(cf, &name) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    let = ngx_http_asyncapi_let_create(cf, ep, node, &name);
    if (let == NULL) {
        return NGX_CONF_ERROR;
    }

    let->template = ngx_asyncapi_template_compile(cf->pool, &value[2],
                                             NGX_ASYNCAPI_PLACE_TEXT, &err);

    if (let->template == NULL && err.message) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s near \"%V\" in \"%V\"",
                           err.message, &err.near, &value[1]);
    }

    return let->template ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static ngx_http_asyncapi_let_t *
ngx_http_asyncapi_let_create(ngx_conf_t *cf, ngx_http_asyncapi_endpoint_t *ep,
    ngx_http_asyncapi_node_t *node, ngx_str_t *name)
{
    ngx_http_asyncapi_let_t        *let, **slot;
    ngx_http_asyncapi_main_conf_t  *amcf;

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_asyncapi_module);

    let = ngx_pcalloc(cf->pool, sizeof(ngx_http_asyncapi_let_t));
    if (let == NULL) {
        return NULL;
    }

    let->name = *name;
    let->node = node;
    let->slot = ep->lets.nelts;

    ngx_http_asyncapi_conf_place(cf, &let->place);

    if (ngx_array_init(&let->deps, cf->pool, 2,
                       sizeof(ngx_http_asyncapi_dep_t))
           != NGX_OK
        || ngx_array_init(&let->indexes, cf->pool, 1, sizeof(ngx_uint_t))
           != NGX_OK)
    {
        return NULL;
    }

    slot = ngx_array_push(&amcf->lets);
    if (slot == NULL) {
        return NULL;
    }

    *slot = let;

    slot = ngx_array_push(node ? &node->lets : &ep->lets);
    if (slot == NULL) {
        return NULL;
    }

    *slot = let;

    return let;
}


/* endpoints may have lets of the same name: they share the variable */

static ngx_int_t
ngx_http_asyncapi_let_variable(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_http_variable_t  *v;

    /* "arg_x": the one of that name would be lost in all of the server */

    if (ngx_http_asyncapi_let_prefix(cf, name)) {
        goto taken;
    }

    v = ngx_http_add_variable(cf, name, NGX_HTTP_VAR_CHANGEABLE
                                        |NGX_HTTP_VAR_NOCACHEABLE);
    if (v == NULL) {
        return NGX_ERROR;
    }

    if (v->get_handler == NULL) {
        v->get_handler = ngx_http_asyncapi_let_get;
        v->data = (uintptr_t) v;
    }

    if (v->get_handler != ngx_http_asyncapi_let_get) {
        goto taken;
    }

    if (ngx_http_get_variable_index(cf, name) == NGX_ERROR) {
        return NGX_ERROR;
    }

    return NGX_OK;

taken:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"$%V\" is a variable already: give the let another "
                       "name", name);
    return NGX_ERROR;
}


static ngx_uint_t
ngx_http_asyncapi_let_prefix(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_uint_t                  i;
    ngx_http_variable_t        *v;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    v = cmcf->prefix_variables.elts;

    for (i = 0; i < cmcf->prefix_variables.nelts; i++) {
        if (name->len >= v[i].name.len
            && ngx_strncasecmp(name->data, v[i].name.data, v[i].name.len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/*
 * Read before the answer, or by a subrequest of a local URI.  Where the value
 * can't be had yet, the variable is not found.
 */

static ngx_int_t
ngx_http_asyncapi_let_get(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_str_t                  name, value;
    ngx_uint_t                 i;
    ngx_asyncapi_render_t      render;
    ngx_http_asyncapi_dep_t   *dep;
    ngx_http_asyncapi_let_t   *let;
    ngx_http_asyncapi_run_t   *run;
    ngx_http_variable_t       *var;

    var = (ngx_http_variable_t *) data;
    name = var->name;

    v->not_found = 1;

    run = ngx_http_asyncapi_run_of(r);

    if (run == NULL || run->root == NULL) {
        return NGX_OK;
    }

    let = ngx_http_asyncapi_let_find(run->endpoint, NULL, &name);

    if (let == NULL) {
        return NGX_OK;
    }

    dep = let->deps.elts;

    for (i = 0; i < let->deps.nelts; i++) {
        if (run->root->tasks[dep[i].node->slot].state
            != NGX_HTTP_ASYNCAPI_TASK_DONE)
        {
            return NGX_OK;
        }
    }

    if (ngx_http_asyncapi_let_value(run, let, &render, &value) != NGX_OK) {
        return NGX_OK;
    }

    v->len = value.len;
    v->data = value.data;
    v->valid = 1;
    v->no_cacheable = 1;
    v->not_found = 0;

    return NGX_OK;
}


ngx_http_asyncapi_let_t *
ngx_http_asyncapi_let_find(ngx_http_asyncapi_endpoint_t *ep,
    ngx_http_asyncapi_node_t *node, ngx_str_t *name)
{
    ngx_uint_t                 i;
    ngx_array_t               *lets;
    ngx_http_asyncapi_let_t  **let;

    lets = node ? &node->lets : &ep->lets;

    for ( ;; ) {
        let = lets->elts;

        for (i = 0; i < lets->nelts; i++) {
            if (let[i]->name.len == name->len
                && ngx_strncasecmp(let[i]->name.data, name->data, name->len)
                   == 0)
            {
                return let[i];
            }
        }

        if (lets == &ep->lets) {
            return NULL;
        }

        lets = &ep->lets;
    }
}


static ngx_uint_t
ngx_http_asyncapi_let_known(ngx_http_asyncapi_main_conf_t *amcf,
    ngx_str_t *name)
{
    ngx_uint_t                 i;
    ngx_http_asyncapi_let_t  **let;

    let = amcf->lets.elts;

    for (i = 0; i < amcf->lets.nelts; i++) {
        if (let[i]->name.len == name->len
            && ngx_strncasecmp(let[i]->name.data, name->data, name->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/*
 * A hidden variable keeps its name behind a length of zero, which equals no
 * name that is looked for.
 */

ngx_int_t
ngx_http_asyncapi_let_hide(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node)
{
    ngx_uint_t                      i;
    ngx_http_variable_t            *v;
    ngx_http_core_main_conf_t      *cmcf;
    ngx_http_asyncapi_main_conf_t  *amcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_asyncapi_module);

    v = cmcf->variables.elts;
    node->hidden = cmcf->variables.nelts;

    for (i = 0; i < cmcf->variables.nelts; i++) {
        if (ngx_http_asyncapi_let_known(amcf, &v[i].name)) {
            v[i].data = v[i].name.len;
            v[i].name.len = 0;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_asyncapi_let_reveal(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node)
{
    ngx_str_t                  *name;
    ngx_uint_t                  i;
    ngx_http_variable_t        *v;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    v = cmcf->variables.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {

        if (i < node->hidden) {

            if (v[i].name.len == 0) {
                v[i].name.len = v[i].data;
                v[i].data = 0;
            }

            continue;
        }

        name = ngx_array_push(&node->reads);
        if (name == NULL) {
            return NGX_ERROR;
        }

        *name = v[i].name;
    }

    return NGX_OK;
}


void
ngx_http_asyncapi_block_conf(void **loc_conf, ngx_http_asyncapi_node_t *node)
{
    ngx_http_asyncapi_loc_conf_t  *alcf;

    alcf = loc_conf[ngx_http_asyncapi_module.ctx_index];
    alcf->node = node;
}


/* once all is read: every index that a let's variable has got */

ngx_int_t
ngx_http_asyncapi_let_indexes(ngx_conf_t *cf)
{
    ngx_uint_t                       i, n, *index;
    ngx_http_variable_t             *v;
    ngx_http_asyncapi_let_t        **let;
    ngx_http_core_main_conf_t       *cmcf;
    ngx_http_asyncapi_main_conf_t   *amcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_asyncapi_module);

    v = cmcf->variables.elts;
    let = amcf->lets.elts;

    for (i = 0; i < amcf->lets.nelts; i++) {

        if (!ngx_http_asyncapi_let_own(cmcf, let[i])) {
            (void) ngx_http_asyncapi_conf_error(cf, &let[i]->place,
                                    "\"$%V\" is another variable too: give "
                                    "the let another name", &let[i]->name);
            return NGX_ERROR;
        }

        for (n = 0; n < cmcf->variables.nelts; n++) {

            if (v[n].name.len != let[i]->name.len
                || ngx_strncasecmp(v[n].name.data, let[i]->name.data,
                                   v[n].name.len)
                   != 0)
            {
                continue;
            }

            index = ngx_array_push(&let[i]->indexes);
            if (index == NULL) {
                return NGX_ERROR;
            }

            *index = n;
        }
    }

    return NGX_OK;
}


/* a map that stands below takes the variable over, and nginx says nothing */

static ngx_uint_t
ngx_http_asyncapi_let_own(ngx_http_core_main_conf_t *cmcf,
    ngx_http_asyncapi_let_t *let)
{
    ngx_uint_t            i;
    ngx_hash_key_t       *key;
    ngx_http_variable_t  *v;

    key = cmcf->variables_keys->keys.elts;

    for (i = 0; i < cmcf->variables_keys->keys.nelts; i++) {

        if (key[i].key.len != let->name.len
            || ngx_strncasecmp(key[i].key.data, let->name.data, let->name.len)
               != 0)
        {
            continue;
        }

        v = key[i].value;

        return v->get_handler == ngx_http_asyncapi_let_get;
    }

    return 0;
}

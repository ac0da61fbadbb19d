
/*
 * Copyright (C) The asyncapi module authors
 *
 * Tasks that would wait for each other.
 */


#include "ngx_http_asyncapi_conf.h"


/*
 * Walks "can't end before": a task can't end before what it depends on, what
 * its group depends on, and, if it is a group, its members.
 */

typedef enum {
    NGX_HTTP_ASYNCAPI_WALK_NEW = 0,
    NGX_HTTP_ASYNCAPI_WALK_OPEN,
    NGX_HTTP_ASYNCAPI_WALK_CLOSED
} ngx_http_asyncapi_walk_e;


static ngx_int_t ngx_http_asyncapi_walk(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_array_t *path);
static ngx_int_t ngx_http_asyncapi_walk_deps(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_array_t *path);
static ngx_int_t ngx_http_asyncapi_walk_block(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block, ngx_array_t *path);
static ngx_int_t ngx_http_asyncapi_cycle(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_array_t *path);


ngx_int_t
ngx_http_asyncapi_graph_cycles(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep)
{
    ngx_array_t  path;

    if (ngx_array_init(&path, cf->temp_pool, 8, sizeof(void *)) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_asyncapi_walk_block(cf, ep->block, &path) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ep->background) {
        return ngx_http_asyncapi_walk_block(cf, ep->background->block, &path);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_walk_block(ngx_conf_t *cf, ngx_http_asyncapi_block_t *block,
    ngx_array_t *path)
{
    ngx_uint_t                  i;
    ngx_http_asyncapi_node_t  **node;

    node = block->nodes.elts;

    for (i = 0; i < block->nodes.nelts; i++) {
        if (ngx_http_asyncapi_walk(cf, node[i], path) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_walk(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_array_t *path)
{
    ngx_http_asyncapi_node_t  **slot;

    if (node->walk == NGX_HTTP_ASYNCAPI_WALK_CLOSED) {
        return NGX_OK;
    }

    if (node->walk == NGX_HTTP_ASYNCAPI_WALK_OPEN) {
        return ngx_http_asyncapi_cycle(cf, node, path);
    }

    slot = ngx_array_push(path);
    if (slot == NULL) {
        return NGX_ERROR;
    }

    *slot = node;
    node->walk = NGX_HTTP_ASYNCAPI_WALK_OPEN;

    if (ngx_http_asyncapi_walk_deps(cf, node, path) != NGX_OK) {
        return NGX_ERROR;
    }

    if (node->members
        && ngx_http_asyncapi_walk_block(cf, node->members, path) != NGX_OK)
    {
        return NGX_ERROR;
    }

    node->walk = NGX_HTTP_ASYNCAPI_WALK_CLOSED;
    path->nelts--;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_walk_deps(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_array_t *path)
{
    ngx_uint_t                 i;
    ngx_http_asyncapi_dep_t   *dep;
    ngx_http_asyncapi_node_t  *group;

    for (group = node; group; group = group->block->owner) {

        dep = group->deps.elts;

        for (i = 0; i < group->deps.nelts; i++) {
            if (ngx_http_asyncapi_walk(cf, dep[i].node, path) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_cycle(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_array_t *path)
{
    u_char                      buf[NGX_MAX_CONF_ERRSTR], *p, *last;
    ngx_uint_t                  i;
    ngx_http_asyncapi_node_t  **open;

    p = buf;
    last = buf + sizeof(buf) - 256;

    open = path->elts;

    for (i = 0; open[i] != node; i++) { /* void */ }

    for ( /* void */ ; i < path->nelts; i++) {
        p = ngx_slprintf(p, last, "%V -> ", &open[i]->name);
    }

    p = ngx_slprintf(p, last, "%V", &node->name);

    (void) ngx_http_asyncapi_conf_error(cf, &node->place,
                              "tasks wait for each other (%*s): "
                              "take one of the references away",
                              (size_t) (p - buf), buf);
    return NGX_ERROR;
}

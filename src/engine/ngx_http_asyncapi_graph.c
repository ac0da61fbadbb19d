
/*
 * Copyright (C) The asyncapi module authors
 *
 * Building the graph of an endpoint: what each name means, and who waits for
 * whom.
 */


#include "ngx_http_asyncapi_bind.h"


static ngx_http_asyncapi_node_t *ngx_http_asyncapi_block_node(
    ngx_http_asyncapi_block_t *block, ngx_str_t *name);
static ngx_int_t ngx_http_asyncapi_bind_node(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node);
static ngx_int_t ngx_http_asyncapi_bind_lets(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_http_asyncapi_bind_t *bind);
static ngx_int_t ngx_http_asyncapi_bind_let(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep, ngx_http_asyncapi_let_t *let);
static ngx_int_t ngx_http_asyncapi_bind_respond(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep, ngx_http_asyncapi_respond_t *respond);
static ngx_int_t ngx_http_asyncapi_bind_after(ngx_http_asyncapi_bind_t *bind,
    ngx_array_t *after);
static ngx_int_t ngx_http_asyncapi_bind_block(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block);
static ngx_int_t ngx_http_asyncapi_bind_object(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block);
static void ngx_http_asyncapi_unread(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep);
static void ngx_http_asyncapi_need(ngx_array_t *deps);
static void ngx_http_asyncapi_need_node(ngx_http_asyncapi_node_t *node);
static void ngx_http_asyncapi_read_block(ngx_http_asyncapi_block_t *block);


ngx_http_asyncapi_endpoint_t *
ngx_http_asyncapi_endpoint_create(ngx_conf_t *cf)
{
    ngx_pool_t                    *pool;
    ngx_http_asyncapi_endpoint_t  *ep;

    pool = cf->pool;

    ep = ngx_pcalloc(pool, sizeof(ngx_http_asyncapi_endpoint_t));
    if (ep == NULL) {
        return NULL;
    }

    ep->timeout = NGX_CONF_UNSET_MSEC;

    ngx_http_asyncapi_conf_place(cf, &ep->place);

    if (ngx_array_init(&ep->segments, pool, 4,
                       sizeof(ngx_http_asyncapi_segment_t))
           != NGX_OK
        || ngx_array_init(&ep->params, pool, 2,
                          sizeof(ngx_http_asyncapi_param_t))
           != NGX_OK
        || ngx_array_init(&ep->lets, pool, 2, sizeof(void *)) != NGX_OK
        || ngx_array_init(&ep->responds, pool, 2, sizeof(void *)) != NGX_OK
        || ngx_array_init(&ep->tags, pool, 2, sizeof(ngx_str_t)) != NGX_OK)
    {
        return NULL;
    }

    ep->block = ngx_http_asyncapi_block_create(cf, ep, NULL, NULL);
    if (ep->block == NULL) {
        return NULL;
    }

    return ep;
}


ngx_http_asyncapi_block_t *
ngx_http_asyncapi_block_create(ngx_conf_t *cf, ngx_http_asyncapi_endpoint_t *ep,
    ngx_http_asyncapi_block_t *outer, ngx_http_asyncapi_node_t *owner)
{
    ngx_http_asyncapi_block_t  *block;

    block = ngx_pcalloc(cf->pool, sizeof(ngx_http_asyncapi_block_t));
    if (block == NULL) {
        return NULL;
    }

    block->endpoint = ep;
    block->outer = outer;
    block->owner = owner;
    block->background = (owner && owner->background);

    if (ngx_array_init(&block->nodes, cf->pool, 4, sizeof(void *)) != NGX_OK) {
        return NULL;
    }

    return block;
}


ngx_http_asyncapi_node_t *
ngx_http_asyncapi_graph_node(ngx_http_asyncapi_endpoint_t *ep, ngx_str_t *name)
{
    ngx_http_asyncapi_node_t  *node;

    node = ngx_http_asyncapi_block_node(ep->block, name);

    if (node == NULL && ep->background) {
        node = ngx_http_asyncapi_block_node(ep->background->block, name);
    }

    return node;
}


static ngx_http_asyncapi_node_t *
ngx_http_asyncapi_block_node(ngx_http_asyncapi_block_t *block, ngx_str_t *name)
{
    ngx_uint_t                  i;
    ngx_http_asyncapi_node_t  **node, *found;

    node = block->nodes.elts;

    for (i = 0; i < block->nodes.nelts; i++) {

        if (ngx_http_asyncapi_same(&node[i]->name, name)) {
            return node[i];
        }

        if (node[i]->members) {
            found = ngx_http_asyncapi_block_node(node[i]->members, name);

            if (found) {
                return found;
            }
        }
    }

    return NULL;
}


ngx_uint_t
ngx_http_asyncapi_graph_has(ngx_http_asyncapi_endpoint_t *ep, ngx_str_t *name)
{
    ngx_uint_t                  i;
    ngx_http_asyncapi_param_t  *param;

    param = ep->params.elts;

    for (i = 0; i < ep->params.nelts; i++) {
        if (ngx_http_asyncapi_same(&param[i].name, name)) {
            return 1;
        }
    }

    return ngx_http_asyncapi_word(name, "item")
           || ngx_http_asyncapi_word(name, "index")
           || ngx_http_asyncapi_word(name, "body")
           || ngx_http_asyncapi_graph_node(ep, name) != NULL
           || ngx_http_asyncapi_let_find(ep, NULL, name) != NULL;
}


ngx_int_t
ngx_http_asyncapi_graph_build(ngx_conf_t *cf, ngx_http_asyncapi_endpoint_t *ep)
{
    ngx_uint_t                     i;
    ngx_http_asyncapi_let_t      **let;
    ngx_http_asyncapi_respond_t  **respond;

    let = ep->lets.elts;

    for (i = 0; i < ep->lets.nelts; i++) {
        if (ngx_http_asyncapi_bind_let(cf, ep, let[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (ngx_http_asyncapi_bind_block(cf, ep->block) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ep->background
        && ngx_http_asyncapi_bind_block(cf, ep->background->block) != NGX_OK)
    {
        return NGX_ERROR;
    }

    respond = ep->responds.elts;

    for (i = 0; i < ep->responds.nelts; i++) {
        if (ngx_http_asyncapi_bind_respond(cf, ep, respond[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (ngx_http_asyncapi_graph_cycles(cf, ep) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_asyncapi_unread(cf, ep);

    if (ep->background) {
        return ngx_http_asyncapi_background_build(cf, ep);
    }

    return NGX_OK;
}


/*
 * The answer waits for what it refers to alone, and what still runs then is
 * cancelled: a task that nothing refers to would seldom get to its end.
 */

static void
ngx_http_asyncapi_unread(ngx_conf_t *cf, ngx_http_asyncapi_endpoint_t *ep)
{
    ngx_uint_t                      i;
    ngx_http_asyncapi_let_t       **let;
    ngx_http_asyncapi_node_t      **node;
    ngx_http_asyncapi_respond_t   **respond;

    let = ep->lets.elts;

    for (i = 0; i < ep->lets.nelts; i++) {
        ngx_http_asyncapi_need(&let[i]->deps);
    }

    respond = ep->responds.elts;

    /* the last one is there for requests that no other fits */

    for (i = 0; i < ep->responds.nelts; i++) {
        if (i == 0 || respond[i - 1]->condition) {
            ngx_http_asyncapi_need(&respond[i]->first);
            ngx_http_asyncapi_need(&respond[i]->deps);
        }
    }

    ngx_http_asyncapi_read_block(ep->block);

    if (ep->background) {
        ngx_http_asyncapi_read_block(ep->background->block);
    }

    node = ep->block->nodes.elts;

    for (i = 0; i < ep->block->nodes.nelts; i++) {
        if (!node[i]->needed && !node[i]->read) {
            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "nothing refers to the task \"%V\": the answer "
                          "does not wait for it, unless \"respond\" has "
                          "\"after=%V\", in %s:%ui",
                          &node[i]->name, &node[i]->name,
                          node[i]->place.file, node[i]->place.line);

            ngx_http_asyncapi_need_node(node[i]);
        }
    }
}


static void
ngx_http_asyncapi_need(ngx_array_t *deps)
{
    ngx_uint_t                i;
    ngx_http_asyncapi_dep_t  *dep;

    dep = deps->elts;

    for (i = 0; i < deps->nelts; i++) {
        ngx_http_asyncapi_need_node(dep[i].node);
    }
}


/* what it waits for too, and if it is a group, its members */

static void
ngx_http_asyncapi_need_node(ngx_http_asyncapi_node_t *node)
{
    ngx_uint_t                  i;
    ngx_http_asyncapi_node_t  **member;

    if (node->needed) {
        return;
    }

    node->needed = 1;

    ngx_http_asyncapi_need(&node->deps);

    if (node->members) {
        member = node->members->nodes.elts;

        for (i = 0; i < node->members->nodes.nelts; i++) {
            ngx_http_asyncapi_need_node(member[i]);
        }
    }
}


static void
ngx_http_asyncapi_read_block(ngx_http_asyncapi_block_t *block)
{
    ngx_uint_t                  i, n;
    ngx_http_asyncapi_dep_t    *dep;
    ngx_http_asyncapi_node_t  **node;

    node = block->nodes.elts;

    for (i = 0; i < block->nodes.nelts; i++) {
        dep = node[i]->deps.elts;

        for (n = 0; n < node[i]->deps.nelts; n++) {
            dep[n].node->read = 1;
        }

        if (node[i]->members) {
            ngx_http_asyncapi_read_block(node[i]->members);
        }
    }
}


static ngx_int_t
ngx_http_asyncapi_bind_block(ngx_conf_t *cf, ngx_http_asyncapi_block_t *block)
{
    ngx_uint_t                  i;
    ngx_http_asyncapi_node_t  **node;

    node = block->nodes.elts;

    for (i = 0; i < block->nodes.nelts; i++) {

        if (ngx_http_asyncapi_bind_node(cf, node[i]) != NGX_OK) {
            return NGX_ERROR;
        }

        block->ndeps += node[i]->deps.nelts;

        if (node[i]->members
            && ngx_http_asyncapi_bind_block(cf, node[i]->members) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return ngx_http_asyncapi_bind_object(cf, block);
}


static ngx_int_t
ngx_http_asyncapi_bind_node(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node)
{
    ngx_uint_t                 i;
    ngx_asyncapi_ref_t       **ref;
    ngx_asyncapi_template_t  **tpl;
    ngx_http_asyncapi_bind_t   bind;

    ngx_memzero(&bind, sizeof(ngx_http_asyncapi_bind_t));

    bind.cf = cf;
    bind.endpoint = node->endpoint;
    bind.block = node->block;
    bind.node = node;
    bind.deps = &node->deps;
    bind.place = &node->place;
    bind.where = node->name;
    bind.lets = node->endpoint->lets.nelts;

    /* each= itself stands outside of what it repeats */

    if (node->each && ngx_http_asyncapi_bind_lone(&bind, node->each)
                      != NGX_OK)
    {
        return NGX_ERROR;
    }

    bind.element = (node->each != NULL);

    if (node->condition && ngx_http_asyncapi_bind_lone(&bind, node->condition)
                           != NGX_OK)
    {
        return NGX_ERROR;
    }

    node->own_item = node->each && node->condition
                     && (node->condition->binding
                         == &ngx_http_asyncapi_resolve_item
                         || node->condition->binding
                            == &ngx_http_asyncapi_resolve_index);

    tpl = node->templates.elts;

    for (i = 0; i < node->templates.nelts; i++) {
        if (ngx_http_asyncapi_bind_template(&bind, tpl[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    ref = node->refs.elts;

    for (i = 0; i < node->refs.nelts; i++) {
        if (ngx_http_asyncapi_bind_lone(&bind, ref[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (ngx_http_asyncapi_bind_lets(cf, node, &bind) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_asyncapi_bind_after(&bind, &node->after);
}


/* lets in the node's own block, then those of the endpoint that it reads */

static ngx_int_t
ngx_http_asyncapi_bind_lets(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_http_asyncapi_bind_t *bind)
{
    ngx_str_t                 *name;
    ngx_uint_t                 i, n;
    ngx_http_asyncapi_let_t  **let, *found, **slot;

    let = node->lets.elts;
    n = node->lets.nelts;

    for (i = 0; i < n; i++) {
        bind->place = &let[i]->place;

        if (ngx_http_asyncapi_bind_template(bind, let[i]->template)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    bind->place = &node->place;

    name = node->reads.elts;

    for (i = 0; i < node->reads.nelts; i++) {

        found = ngx_http_asyncapi_let_find(node->endpoint, node, &name[i]);

        if (found == NULL || found->node) {
            continue;
        }

        slot = ngx_array_push(&node->lets);
        if (slot == NULL) {
            return NGX_ERROR;
        }

        *slot = found;

        if (ngx_http_asyncapi_bind_let_deps(bind, found) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_bind_let(ngx_conf_t *cf, ngx_http_asyncapi_endpoint_t *ep,
    ngx_http_asyncapi_let_t *let)
{
    ngx_http_asyncapi_bind_t  bind;

    ngx_memzero(&bind, sizeof(ngx_http_asyncapi_bind_t));

    bind.cf = cf;
    bind.endpoint = ep;
    bind.block = ep->block;
    bind.deps = &let->deps;
    bind.place = &let->place;
    bind.where = let->name;
    bind.lets = let->slot;

    return ngx_http_asyncapi_bind_template(&bind, let->template);
}


static ngx_int_t
ngx_http_asyncapi_bind_respond(ngx_conf_t *cf, ngx_http_asyncapi_endpoint_t *ep,
    ngx_http_asyncapi_respond_t *respond)
{
    ngx_uint_t                  i;
    ngx_http_asyncapi_bind_t    bind;
    ngx_http_asyncapi_node_t  **node;

    ngx_memzero(&bind, sizeof(ngx_http_asyncapi_bind_t));

    bind.cf = cf;
    bind.endpoint = ep;
    bind.block = ep->block;
    bind.place = &respond->place;
    ngx_str_set(&bind.where, "respond");
    bind.lets = ep->lets.nelts;

    if (respond->condition) {
        bind.deps = &respond->first;

        if (ngx_http_asyncapi_bind_lone(&bind, respond->condition) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    bind.deps = &respond->deps;

    if (respond->all) {
        respond->template = ep->block->object;

    } else if (respond->template
               && ngx_http_asyncapi_bind_template(&bind, respond->template)
                  != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_asyncapi_bind_after(&bind, &respond->after) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!respond->all && (respond->condition || respond->deps.nelts)) {
        return NGX_OK;
    }

    /* it refers to no task: none was written to be cut short at once */

    node = ep->block->nodes.elts;

    for (i = 0; i < ep->block->nodes.nelts; i++) {
        if (ngx_http_asyncapi_bind_dep(&bind, node[i], 0) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_bind_after(ngx_http_asyncapi_bind_t *bind,
    ngx_array_t *after)
{
    ngx_str_t           *name;
    ngx_int_t            rc;
    ngx_uint_t           i;
    ngx_asyncapi_ref_t   ref;

    name = after->elts;

    for (i = 0; i < after->nelts; i++) {

        ngx_memzero(&ref, sizeof(ngx_asyncapi_ref_t));
        ref.name = name[i];

        rc = ngx_http_asyncapi_bind_task(bind, &ref);

        if (rc == NGX_DECLINED) {
            (void) ngx_http_asyncapi_conf_error(bind->cf, bind->place,
                            "\"after=\" names \"%V\", which is no task, in "
                            "\"%V\"", &name[i], &bind->where);
            return NGX_ERROR;
        }

        if (rc != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* {"a":$a,"b":$b}: the block's tasks in the order written */

static ngx_int_t
ngx_http_asyncapi_bind_object(ngx_conf_t *cf, ngx_http_asyncapi_block_t *block)
{
    size_t                           len;
    u_char                          *p;
    ngx_str_t                        source;
    ngx_uint_t                       i;
    ngx_array_t                      deps;
    ngx_http_asyncapi_bind_t         bind;
    ngx_http_asyncapi_node_t       **node;
    ngx_asyncapi_template_error_t    err;

    node = block->nodes.elts;

    len = sizeof("{}") - 1;

    for (i = 0; i < block->nodes.nelts; i++) {
        len += sizeof("\"\":$,") - 1 + 2 * node[i]->name.len;
    }

    source.data = ngx_pnalloc(cf->pool, len);
    if (source.data == NULL) {
        return NGX_ERROR;
    }

    p = source.data;
    *p++ = '{';

    for (i = 0; i < block->nodes.nelts; i++) {
        p = ngx_sprintf(p, "%s\"%V\":$%V", i ? "," : "", &node[i]->name,
                        &node[i]->name);
    }

    *p++ = '}';
    source.len = p - source.data;

    block->object = ngx_asyncapi_template_compile(cf->pool, &source,
                                              NGX_ASYNCAPI_PLACE_JSON, &err);
    if (block->object == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&bind, sizeof(ngx_http_asyncapi_bind_t));

    if (ngx_array_init(&deps, cf->temp_pool, 4,
                       sizeof(ngx_http_asyncapi_dep_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    bind.cf = cf;
    bind.endpoint = block->endpoint;
    bind.block = block;
    bind.deps = &deps;
    bind.place = &block->endpoint->place;

    return ngx_http_asyncapi_bind_template(&bind, block->object);
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * background [overflow=drop|wait] { tasks }
 *
 * And what the graph knows of it: which tasks of the endpoint belong to it too,
 * and what of a request is kept for it.
 */


#include "ngx_http_asyncapi_resolve.h"


/* where the block has no "timeout" */
#define NGX_HTTP_ASYNCAPI_BACKGROUND_TIMEOUT  30000


static char *ngx_http_asyncapi_background_options(ngx_conf_t *cf,
    ngx_http_asyncapi_background_t *background);
static void ngx_http_asyncapi_background_node(ngx_http_asyncapi_node_t *node);
static ngx_int_t ngx_http_asyncapi_background_check(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node);
static ngx_int_t ngx_http_asyncapi_keep_block(
    ngx_http_asyncapi_block_t *block);
static ngx_int_t ngx_http_asyncapi_keep_node(ngx_http_asyncapi_node_t *node);
static ngx_int_t ngx_http_asyncapi_keep_template(
    ngx_http_asyncapi_node_t *node, ngx_asyncapi_template_t *tpl);
static ngx_int_t ngx_http_asyncapi_keep_ref(ngx_http_asyncapi_node_t *node,
    ngx_asyncapi_ref_t *ref);
static void ngx_http_asyncapi_keep_task(ngx_http_asyncapi_node_t *node,
    ngx_asyncapi_ref_t *ref);
static ngx_int_t ngx_http_asyncapi_keep_variable(
    ngx_http_asyncapi_background_t *background, ngx_uint_t index);


char *
ngx_http_asyncapi_background_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block)
{
    char                            *rv;
    ngx_http_asyncapi_endpoint_t    *ep;
    ngx_http_asyncapi_background_t  *background;

    ep = block->endpoint;

    if (ep->background) {
        return "is duplicate: write all its tasks into one block";
    }

    background = ngx_pcalloc(cf->pool, sizeof(ngx_http_asyncapi_background_t));
    if (background == NULL) {
        return NGX_CONF_ERROR;
    }

    background->timeout = NGX_HTTP_ASYNCAPI_BACKGROUND_TIMEOUT;
    background->block = ngx_http_asyncapi_block_create(cf, ep, block, NULL);

    if (background->block == NULL
        || ngx_array_init(&background->variables, cf->pool, 4,
                          sizeof(ngx_uint_t))
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    background->block->background = 1;
    ep->background = background;

    rv = ngx_http_asyncapi_background_options(cf, background);

    if (rv == NGX_CONF_OK) {
        rv = ngx_http_asyncapi_statements(cf, background->block);
    }

    if (rv == NGX_CONF_OK && background->block->nodes.nelts == 0) {
        return "has no tasks: write at least one in its block";
    }

    return rv;
}


static char *
ngx_http_asyncapi_background_options(ngx_conf_t *cf,
    ngx_http_asyncapi_background_t *background)
{
    ngx_str_t   *value;
    ngx_uint_t   i, overflow;

    value = cf->args->elts;
    overflow = 0;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strcmp(value[i].data, "overflow=wait") == 0) {
            background->wait = 1;

        } else if (ngx_strcmp(value[i].data, "overflow=drop") != 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" is no option of \"background\": write "
                               "overflow=drop or overflow=wait", &value[i]);
            return NGX_CONF_ERROR;
        }

        if (overflow++) {
            return "has \"overflow=\" twice";
        }
    }

    return NGX_CONF_OK;
}


/*
 * A task that only the background refers to would not be waited for by the
 * answer, and be cut short by it: it runs after the answer too.
 */

ngx_int_t
ngx_http_asyncapi_background_build(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep)
{
    ngx_uint_t                  i;
    ngx_http_asyncapi_node_t  **node;

    ep->background->tasks = ep->background->block->nodes.nelts;

    node = ep->block->nodes.elts;

    for (i = 0; i < ep->block->nodes.nelts; i++) {

        if (node[i]->needed) {
            continue;
        }

        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "only \"background\" refers to the task \"%V\", so it "
                      "runs there, after the answer, unless \"respond\" has "
                      "\"after=%V\", in %s:%ui",
                      &node[i]->name, &node[i]->name,
                      node[i]->place.file, node[i]->place.line);

        ngx_http_asyncapi_background_node(node[i]);

        ep->background->tasks++;
    }

    for (i = 0; i < ep->block->nodes.nelts; i++) {

        if (!node[i]->background) {
            continue;
        }

        if (ngx_http_asyncapi_background_check(cf, node[i]) != NGX_OK
            || ngx_http_asyncapi_keep_node(node[i]) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    node = ep->background->block->nodes.elts;

    for (i = 0; i < ep->background->block->nodes.nelts; i++) {
        if (ngx_http_asyncapi_background_check(cf, node[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return ngx_http_asyncapi_keep_block(ep->background->block);
}


/* with its members, if it is a group */

static void
ngx_http_asyncapi_background_node(ngx_http_asyncapi_node_t *node)
{
    ngx_uint_t                  i;
    ngx_http_asyncapi_node_t  **member;

    node->background = 1;

    if (node->members == NULL) {
        return;
    }

    member = node->members->nodes.elts;

    for (i = 0; i < node->members->nodes.nelts; i++) {
        ngx_http_asyncapi_background_node(member[i]);
    }
}


static ngx_int_t
ngx_http_asyncapi_background_check(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node)
{
    ngx_uint_t                  i;
    ngx_http_asyncapi_node_t  **member;

    if (node->ends) {
        (void) ngx_http_asyncapi_node_error(cf, node,
                              "\"pass=\" has no answer to replace in the "
                              "background: take it away");
        return NGX_ERROR;
    }

    if (node->members == NULL) {
        return NGX_OK;
    }

    member = node->members->nodes.elts;

    for (i = 0; i < node->members->nodes.nelts; i++) {
        if (ngx_http_asyncapi_background_check(cf, member[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* what the tasks refer to, and is not theirs */

static ngx_int_t
ngx_http_asyncapi_keep_block(ngx_http_asyncapi_block_t *block)
{
    ngx_uint_t                  i;
    ngx_http_asyncapi_node_t  **node;

    node = block->nodes.elts;

    for (i = 0; i < block->nodes.nelts; i++) {
        if (ngx_http_asyncapi_keep_node(node[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_keep_node(ngx_http_asyncapi_node_t *node)
{
    ngx_uint_t                 i;
    ngx_asyncapi_ref_t       **ref;
    ngx_asyncapi_template_t  **tpl;
    ngx_http_asyncapi_let_t  **let;

    if (node->each && ngx_http_asyncapi_keep_ref(node, node->each) != NGX_OK) {
        return NGX_ERROR;
    }

    if (node->condition
        && ngx_http_asyncapi_keep_ref(node, node->condition) != NGX_OK)
    {
        return NGX_ERROR;
    }

    tpl = node->templates.elts;

    for (i = 0; i < node->templates.nelts; i++) {
        if (ngx_http_asyncapi_keep_template(node, tpl[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    ref = node->refs.elts;

    for (i = 0; i < node->refs.nelts; i++) {
        if (ngx_http_asyncapi_keep_ref(node, ref[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    /* those of the endpoint are all kept */

    let = node->lets.elts;

    for (i = 0; i < node->lets.nelts; i++) {
        if (let[i]->node
            && ngx_http_asyncapi_keep_template(node, let[i]->template)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return node->members ? ngx_http_asyncapi_keep_block(node->members)
                         : NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_keep_template(ngx_http_asyncapi_node_t *node,
    ngx_asyncapi_template_t *tpl)
{
    ngx_uint_t            i;
    ngx_array_t          *refs;
    ngx_asyncapi_ref_t  **ref;

    refs = ngx_asyncapi_template_refs(tpl);
    ref = refs->elts;

    for (i = 0; i < refs->nelts; i++) {
        if (ngx_http_asyncapi_keep_ref(node, ref[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_keep_ref(ngx_http_asyncapi_node_t *node,
    ngx_asyncapi_ref_t *ref)
{
    ngx_http_asyncapi_param_t     *param;
    ngx_http_asyncapi_endpoint_t  *ep;

    ep = node->endpoint;

    if (ref->binding == &ngx_http_asyncapi_resolve_task) {
        ngx_http_asyncapi_keep_task(node, ref);

    } else if (ref->binding == &ngx_http_asyncapi_resolve_param) {
        param = ep->params.elts;
        param[ref->slot].kept = 1;

    } else if (ref->binding == &ngx_http_asyncapi_resolve_variable) {
        return ngx_http_asyncapi_keep_variable(ep->background, ref->slot);
    }

    return NGX_OK;
}


static void
ngx_http_asyncapi_keep_task(ngx_http_asyncapi_node_t *node,
    ngx_asyncapi_ref_t *ref)
{
    ngx_uint_t                   up;
    ngx_http_asyncapi_node_t   **other;
    ngx_http_asyncapi_block_t   *block;

    block = node->block;

    for (up = ref->up; up; up--) {
        block = block->outer;
    }

    other = block->nodes.elts;

    if (!other[ref->slot]->background) {
        other[ref->slot]->kept = 1;
    }
}


static ngx_int_t
ngx_http_asyncapi_keep_variable(ngx_http_asyncapi_background_t *background,
    ngx_uint_t index)
{
    ngx_uint_t  i, *kept;

    kept = background->variables.elts;

    for (i = 0; i < background->variables.nelts; i++) {
        if (kept[i] == index) {
            return NGX_OK;
        }
    }

    kept = ngx_array_push(&background->variables);
    if (kept == NULL) {
        return NGX_ERROR;
    }

    *kept = index;

    return NGX_OK;
}

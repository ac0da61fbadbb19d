
/*
 * Copyright (C) The asyncapi module authors
 *
 * Reading one task: KIND NAME [option=value ...] WHAT ...
 */


#include "ngx_http_asyncapi_conf.h"


static ngx_http_asyncapi_node_t *ngx_http_asyncapi_node_create(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block, ngx_http_asyncapi_kind_t *kind);
static char *ngx_http_asyncapi_node_options(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_uint_t *next);
static char *ngx_http_asyncapi_node_option(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *name, ngx_str_t *value);
static char *ngx_http_asyncapi_node_what(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_uint_t next);
static ngx_asyncapi_template_t *ngx_http_asyncapi_node_compiled(
    ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_asyncapi_template_t *tpl, ngx_asyncapi_template_error_t *err);


char *
ngx_http_asyncapi_task_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block)
{
    char                       *rv;
    ngx_str_t                  *value;
    ngx_uint_t                  i, next;
    ngx_http_asyncapi_node_t   *node, **slot;
    ngx_http_asyncapi_kind_t   *kind;

    value = cf->args->elts;

    for (i = 0; ngx_http_asyncapi_kinds[i]; i++) {
        if (ngx_http_asyncapi_kinds[i]->name.len == value[0].len
            && ngx_strncmp(ngx_http_asyncapi_kinds[i]->name.data,
                           value[0].data, value[0].len)
               == 0)
        {
            break;
        }
    }

    kind = ngx_http_asyncapi_kinds[i];

    node = ngx_http_asyncapi_node_create(cf, block, kind);
    if (node == NULL) {
        return NGX_CONF_ERROR;
    }

    next = 2;

    rv = ngx_http_asyncapi_node_options(cf, node, &next);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    slot = ngx_array_push(&block->nodes);
    if (slot == NULL) {
        return NGX_CONF_ERROR;
    }

    node->slot = block->nodes.nelts - 1;
    *slot = node;

    return ngx_http_asyncapi_node_what(cf, node, next);
}


static ngx_http_asyncapi_node_t *
ngx_http_asyncapi_node_create(ngx_conf_t *cf, ngx_http_asyncapi_block_t *block,
    ngx_http_asyncapi_kind_t *kind)
{
    ngx_str_t                 *value;
    ngx_pool_t                *pool;
    ngx_http_asyncapi_node_t  *node;

    value = cf->args->elts;
    pool = cf->pool;

    if (!ngx_http_asyncapi_is_name(&value[1])) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" can't be the name of a task: write "
                           "letters, digits and \"_\", beginning with a letter",
                           &value[1]);
        return NULL;
    }

    if (ngx_http_asyncapi_graph_has(block->endpoint, &value[1])) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the name \"%V\" is taken in this endpoint: "
                           "give the %V another name", &value[1], &value[0]);
        return NULL;
    }

    node = ngx_pcalloc(pool, sizeof(ngx_http_asyncapi_node_t));
    if (node == NULL) {
        return NULL;
    }

    node->name = value[1];
    node->kind = kind;
    node->endpoint = block->endpoint;
    node->block = block;
    node->background = block->background;
    node->max = 1000;
    node->concurrency = 16;

    /* what comes from elsewhere, and is made JSON of, may be large */

    if (kind->as) {
        node->endpoint->threads = 1;
    }

    ngx_http_asyncapi_conf_place(cf, &node->place);

    if (ngx_array_init(&node->after, pool, 1, sizeof(ngx_str_t)) != NGX_OK
        || ngx_array_init(&node->templates, pool, 2, sizeof(void *)) != NGX_OK
        || ngx_array_init(&node->refs, pool, 1, sizeof(void *)) != NGX_OK
        || ngx_array_init(&node->lets, pool, 1, sizeof(void *)) != NGX_OK
        || ngx_array_init(&node->reads, pool, 1, sizeof(ngx_str_t)) != NGX_OK
        || ngx_array_init(&node->deps, pool, 2,
                          sizeof(ngx_http_asyncapi_dep_t))
           != NGX_OK)
    {
        return NULL;
    }

    if (kind->create) {
        node->conf = kind->create(cf);
        if (node->conf == NULL) {
            return NULL;
        }
    }

    return node;
}


/* the words behind the name that look like "option=value" */

static char *
ngx_http_asyncapi_node_options(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_uint_t *next)
{
    char       *rv;
    u_char      ch;
    size_t      n;
    ngx_str_t  *value, name, arg;

    value = cf->args->elts;

    for ( /* void */ ; *next < cf->args->nelts; (*next)++) {

        arg = value[*next];

        if (arg.len == 5 && ngx_strncmp(arg.data, "trust", 5) == 0) {
            node->trust = 1;
            continue;
        }

        for (n = 0; n < arg.len; n++) {
            ch = arg.data[n];

            if ((ch < 'a' || ch > 'z') && ch != '_') {
                break;
            }
        }

        if (n == 0 || n == arg.len || arg.data[n] != '=') {
            break;
        }

        name.len = n;
        name.data = arg.data;

        arg.len -= n + 1;
        arg.data += n + 1;

        rv = ngx_http_asyncapi_node_option(cf, node, &name, &arg);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return ngx_http_asyncapi_option_check(cf, node);
}


static char *
ngx_http_asyncapi_node_option(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *name, ngx_str_t *value)
{
    char                        *rv;
    ngx_http_asyncapi_option_t  *option;

    for (option = node->kind->options;
         option && option->name.len;
         option++)
    {
        if (option->name.len == name->len
            && ngx_strncmp(option->name.data, name->data, name->len) == 0)
        {
            rv = option->set(cf, node, value);

            if (rv == NGX_CONF_OK || rv == NGX_CONF_ERROR) {
                return rv;
            }

            return ngx_http_asyncapi_node_error(cf, node,
                                                "option \"%V=%V\": %s",
                                                name, value, rv);
        }
    }

    rv = ngx_http_asyncapi_option(cf, node, name, value);

    if (rv == NGX_HTTP_ASYNCAPI_NO_OPTION) {
        return ngx_http_asyncapi_node_error(cf, node,
                                     "there is no option \"%V=\" for %V",
                                     name, &node->kind->name);
    }

    return rv;
}


static char *
ngx_http_asyncapi_node_what(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_uint_t next)
{
    char                      *rv;
    ngx_str_t                 *value;
    ngx_uint_t                 n;
    ngx_http_asyncapi_kind_t  *kind;

    kind = node->kind;
    value = cf->args->elts;
    n = cf->args->nelts - next;

    if (cf->cmd_type == NGX_HTTP_ASYNCAPI_BLOCK) {

        if (n && !kind->words_before) {
            return ngx_http_asyncapi_node_error(cf, node,
                         "\"%V\" can't stand before \"{\": only options can "
                         "(a value with \"{\" in it is quoted as a whole)",
                         &value[next]);
        }

        if (kind->block == NULL) {
            return ngx_http_asyncapi_node_error(cf, node,
                                       "there is no \"{ ... }\" form of %V",
                                       &kind->name);
        }

        rv = kind->block(cf, node, &value[next], n);

    } else if (kind->words == NULL) {
        return ngx_http_asyncapi_node_error(cf, node,
                                "tasks in \"{ ... }\" must follow its name");

    } else {
        rv = kind->words(cf, node, &value[next], n);
    }

    if (rv == NGX_CONF_OK && kind->check) {
        rv = kind->check(cf, node);
    }

    if (rv == NGX_CONF_OK) {
        rv = ngx_http_asyncapi_option_check_what(cf, node);
    }

    if (rv != NGX_CONF_OK && rv != NGX_CONF_ERROR) {
        return ngx_http_asyncapi_node_error(cf, node, "%s", rv);
    }

    return rv;
}


ngx_asyncapi_template_t *
ngx_http_asyncapi_node_template(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *source, ngx_asyncapi_place_e place)
{
    ngx_asyncapi_template_t        *tpl;
    ngx_asyncapi_template_error_t   err;

    tpl = ngx_asyncapi_template_compile(cf->pool, source, place, &err);

    return ngx_http_asyncapi_node_compiled(cf, node, tpl, &err);
}


ngx_asyncapi_template_t *
ngx_http_asyncapi_node_value(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *source)
{
    ngx_asyncapi_template_t        *tpl;
    ngx_asyncapi_template_error_t   err;

    tpl = ngx_asyncapi_template_compile_value(cf->pool, source, &err);

    if (tpl && err.message && source->len && ngx_strchr("{[", *source->data)) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"%V\" is no JSON, and becomes a string: %s near "
                           "\"%V\" in %V \"%V\"", source, err.message,
                           &err.near, &node->kind->name, &node->name);
    }

    return ngx_http_asyncapi_node_compiled(cf, node, tpl, &err);
}


static ngx_asyncapi_template_t *
ngx_http_asyncapi_node_compiled(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_asyncapi_template_t *tpl, ngx_asyncapi_template_error_t *err)
{
    ngx_asyncapi_template_t  **slot;

    if (tpl == NULL) {
        if (err->message) {
            (void) ngx_http_asyncapi_node_error(cf, node, "%s near \"%V\"",
                                                err->message, &err->near);
        }

        return NULL;
    }

    slot = ngx_array_push(&node->templates);
    if (slot == NULL) {
        return NULL;
    }

    *slot = tpl;

    return tpl;
}


ngx_int_t
ngx_http_asyncapi_node_ref(ngx_http_asyncapi_node_t *node,
    ngx_asyncapi_ref_t *ref)
{
    ngx_asyncapi_ref_t  **slot;

    slot = ngx_array_push(&node->refs);
    if (slot == NULL) {
        return NGX_ERROR;
    }

    *slot = ref;

    return NGX_OK;
}


char *
ngx_http_asyncapi_node_error(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    const char *fmt, ...)
{
    u_char   buf[NGX_MAX_CONF_ERRSTR], *last;
    va_list  args;

    va_start(args, fmt);
    last = ngx_vslprintf(buf, buf + NGX_MAX_CONF_ERRSTR, fmt, args);
    va_end(args);

    return ngx_http_asyncapi_conf_error(cf, &node->place,
                                        "%*s in %V \"%V\"",
                                        (size_t) (last - buf), buf,
                                        &node->kind->name, &node->name);
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * The block of an http task: a nameless location.
 *
 * Its directives are nginx's own.  Some of them mean nothing or something else
 * in a task; they are watched while the block is read.
 */


#include "ngx_http_asyncapi_kind_http_location.h"
#include "ngx_http_asyncapi_let.h"


typedef struct {
    const char      *name;
    char          *(*set)(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
    const char      *advice;
} ngx_http_asyncapi_http_watched_t;


typedef struct {
    ngx_command_t   *command;
    char          *(*set)(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
} ngx_http_asyncapi_http_watch_t;


static ngx_http_core_loc_conf_t *ngx_http_asyncapi_http_block_create(
    ngx_conf_t *cf, ngx_http_asyncapi_node_t *node, ngx_http_conf_ctx_t *ctx);
static char *ngx_http_asyncapi_http_block_parse(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_http_conf_ctx_t *ctx,
    ngx_http_asyncapi_http_location_conf_t *conf);
static void ngx_http_asyncapi_http_alias_exten(
    ngx_http_asyncapi_http_location_conf_t *conf);
static void ngx_http_asyncapi_http_watch(ngx_conf_t *cf,
    ngx_http_asyncapi_http_watch_t *watch);
static ngx_command_t *ngx_http_asyncapi_http_command(ngx_conf_t *cf,
    const char *name);
static void ngx_http_asyncapi_http_unwatch(
    ngx_http_asyncapi_http_watch_t *watch);
static char *ngx_http_asyncapi_http_refuse(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_asyncapi_http_proxy_pass(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static ngx_uint_t ngx_http_asyncapi_http_has_uri(ngx_str_t *url);


#define NGX_HTTP_ASYNCAPI_HTTP_ACCESS                                         \
    "nginx checks access for the client's request only, write it in the "    \
    "location of the endpoint"


static ngx_http_asyncapi_http_watched_t  ngx_http_asyncapi_http_watched[] = {

    { "proxy_pass", ngx_http_asyncapi_http_proxy_pass, NULL },

    { "allow", ngx_http_asyncapi_http_refuse, NGX_HTTP_ASYNCAPI_HTTP_ACCESS },

    { "deny", ngx_http_asyncapi_http_refuse, NGX_HTTP_ASYNCAPI_HTTP_ACCESS },

    { "auth_basic", ngx_http_asyncapi_http_refuse,
      NGX_HTTP_ASYNCAPI_HTTP_ACCESS },

    { "auth_jwt", ngx_http_asyncapi_http_refuse,
      NGX_HTTP_ASYNCAPI_HTTP_ACCESS },

    { "auth_request", ngx_http_asyncapi_http_refuse,
      NGX_HTTP_ASYNCAPI_HTTP_ACCESS },

    { "satisfy", ngx_http_asyncapi_http_refuse,
      NGX_HTTP_ASYNCAPI_HTTP_ACCESS },

    { "access_by_lua", ngx_http_asyncapi_http_refuse,
      NGX_HTTP_ASYNCAPI_HTTP_ACCESS },

    { "access_by_lua_block", ngx_http_asyncapi_http_refuse,
      NGX_HTTP_ASYNCAPI_HTTP_ACCESS },

    { "access_by_lua_file", ngx_http_asyncapi_http_refuse,
      NGX_HTTP_ASYNCAPI_HTTP_ACCESS },

    { "location", ngx_http_asyncapi_http_refuse,
      "a task's block is one location, call others by their /URI" },

    { NULL, NULL, NULL }
};


#define NGX_HTTP_ASYNCAPI_HTTP_NWATCHED                                       \
    (sizeof(ngx_http_asyncapi_http_watched)                                   \
     / sizeof(ngx_http_asyncapi_http_watched_t) - 1)


/* of the block that is being read; no block has another in it */

static ngx_http_asyncapi_http_watch_t  *ngx_http_asyncapi_http_watching;
static ngx_http_asyncapi_http_location_conf_t  *ngx_http_asyncapi_http_reading;


/* as ngx_http_core_limit_except() */

char *
ngx_http_asyncapi_http_location_block(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n)
{
    char                                    *rv;
    ngx_http_conf_ctx_t                     *ctx;
    ngx_http_core_loc_conf_t                *clcf, *pclcf;
    ngx_http_asyncapi_http_conf_t           *http;
    ngx_http_asyncapi_http_location_conf_t  *conf;

    http = node->conf;

    conf = ngx_pcalloc(cf->pool,
                       sizeof(ngx_http_asyncapi_http_location_conf_t));
    if (conf == NULL) {
        return NGX_CONF_ERROR;
    }

    ctx = ngx_pcalloc(cf->pool, sizeof(ngx_http_conf_ctx_t));
    if (ctx == NULL) {
        return NGX_CONF_ERROR;
    }

    clcf = ngx_http_asyncapi_http_block_create(cf, node, ctx);
    if (clcf == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_http_asyncapi_block_conf(ctx->loc_conf, node);

    conf->block = clcf;
    http->form = &ngx_http_asyncapi_http_location;
    http->form_conf = conf;

    rv = ngx_http_asyncapi_http_block_parse(cf, node, ctx, conf);

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    /* only now: proxy_pass with a URI would be refused */

    clcf->noname = 1;

    pclcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (ngx_http_add_location(cf, &pclcf->locations, clcf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_http_core_loc_conf_t *
ngx_http_asyncapi_http_block_create(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_http_conf_ctx_t *ctx)
{
    void                      *conf;
    u_char                    *p;
    ngx_uint_t                 i;
    ngx_http_module_t         *module;
    ngx_http_conf_ctx_t       *pctx;
    ngx_http_core_loc_conf_t  *clcf;

    pctx = cf->ctx;

    ctx->main_conf = pctx->main_conf;
    ctx->srv_conf = pctx->srv_conf;

    ctx->loc_conf = ngx_pcalloc(cf->pool,
                                sizeof(void *) * ngx_http_max_module);
    if (ctx->loc_conf == NULL) {
        return NULL;
    }

    for (i = 0; cf->cycle->modules[i]; i++) {

        if (cf->cycle->modules[i]->type != NGX_HTTP_MODULE) {
            continue;
        }

        module = cf->cycle->modules[i]->ctx;

        if (module->create_loc_conf) {

            conf = module->create_loc_conf(cf);
            if (conf == NULL) {
                return NULL;
            }

            ctx->loc_conf[cf->cycle->modules[i]->ctx_index] = conf;
        }
    }

    clcf = ctx->loc_conf[ngx_http_core_module.ctx_index];
    clcf->loc_conf = ctx->loc_conf;

    /* for proxy_pass and alias to stand in for; not that of a directory */

    p = ngx_pnalloc(cf->pool, node->name.len + 1);
    if (p == NULL) {
        return NULL;
    }

    clcf->name.data = p;
    clcf->name.len = node->name.len + 1;

    *p++ = '/';
    ngx_memcpy(p, node->name.data, node->name.len);

    return clcf;
}


static char *
ngx_http_asyncapi_http_block_parse(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_http_conf_ctx_t *ctx,
    ngx_http_asyncapi_http_location_conf_t *conf)
{
    char                                    *rv;
    ngx_conf_t                               save;
    ngx_http_asyncapi_http_watch_t           watch[
                                             NGX_HTTP_ASYNCAPI_HTTP_NWATCHED];

    if (ngx_http_asyncapi_let_hide(cf, node) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    ngx_http_asyncapi_http_watch(cf, watch);

    ngx_http_asyncapi_http_watching = watch;
    ngx_http_asyncapi_http_reading = conf;

    save = *cf;
    cf->ctx = ctx;
    cf->cmd_type = NGX_HTTP_LOC_CONF;

    rv = ngx_conf_parse(cf, NULL);

    *cf = save;

    ngx_http_asyncapi_http_unwatch(watch);

    if (ngx_http_asyncapi_let_reveal(cf, node) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (conf->block->alias) {
        conf->whole = 1;
        ngx_http_asyncapi_http_alias_exten(conf);
    }

    return rv;
}


/* the URI has none that the type of the content could be told from */

static void
ngx_http_asyncapi_http_alias_exten(
    ngx_http_asyncapi_http_location_conf_t *conf)
{
    u_char     *p;
    ngx_str_t  *path;

    path = &conf->block->root;

    if (conf->block->root_lengths) {
        return;
    }

    for (p = path->data + path->len; p > path->data && p[-1] != '/'; p--) {

        if (p[-1] == '.') {
            conf->exten.data = p;
            conf->exten.len = path->data + path->len - p;
            return;
        }
    }
}


static void
ngx_http_asyncapi_http_watch(ngx_conf_t *cf,
    ngx_http_asyncapi_http_watch_t *watch)
{
    ngx_uint_t      i;
    ngx_command_t  *cmd;

    for (i = 0; i < NGX_HTTP_ASYNCAPI_HTTP_NWATCHED; i++) {

        cmd = ngx_http_asyncapi_http_command(cf,
                                       ngx_http_asyncapi_http_watched[i].name);

        watch[i].command = cmd;

        if (cmd) {
            watch[i].set = cmd->set;
            cmd->set = ngx_http_asyncapi_http_watched[i].set;
        }
    }
}


static ngx_command_t *
ngx_http_asyncapi_http_command(ngx_conf_t *cf, const char *name)
{
    ngx_uint_t      i;
    ngx_command_t  *cmd;

    for (i = 0; cf->cycle->modules[i]; i++) {

        if (cf->cycle->modules[i]->type != NGX_HTTP_MODULE) {
            continue;
        }

        cmd = cf->cycle->modules[i]->commands;

        if (cmd == NULL) {
            continue;
        }

        for ( /* void */ ; cmd->name.len; cmd++) {
            if ((cmd->type & NGX_HTTP_LOC_CONF)
                && ngx_strcmp(cmd->name.data, name) == 0)
            {
                return cmd;
            }
        }
    }

    return NULL;
}


static void
ngx_http_asyncapi_http_unwatch(ngx_http_asyncapi_http_watch_t *watch)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_ASYNCAPI_HTTP_NWATCHED; i++) {
        if (watch[i].command) {
            watch[i].command->set = watch[i].set;
        }
    }
}


static char *
ngx_http_asyncapi_http_refuse(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_uint_t                       i;
    ngx_http_asyncapi_http_watch_t  *watch;

    watch = ngx_http_asyncapi_http_watching;

    for (i = 0; watch[i].command != cmd; i++) { /* void */ }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"%V\" has no effect in the block of a task: %s",
                       &cmd->name, ngx_http_asyncapi_http_watched[i].advice);

    return NGX_CONF_ERROR;
}


/*
 * A URI without variables stands in for the location's name in the URI of the
 * request.  In a task it is the whole URI that is meant.
 */

static char *
ngx_http_asyncapi_http_proxy_pass(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t  *value;

    value = cf->args->elts;

    if (ngx_http_asyncapi_http_has_uri(&value[1])) {
        ngx_http_asyncapi_http_reading->whole = 1;
    }

    return ngx_http_asyncapi_http_watching[0].set(cf, cmd, conf);
}


static ngx_uint_t
ngx_http_asyncapi_http_has_uri(ngx_str_t *url)
{
    u_char  *p, *last;

    last = url->data + url->len;

    if (ngx_strlchr(url->data, last, '$')) {
        return 0;
    }

    p = ngx_strnstr(url->data, "://", url->len);

    if (p == NULL) {
        return 0;
    }

    p += 3;

    if (last - p > 5 && ngx_strncasecmp(p, (u_char *) "unix:", 5) == 0) {
        return ngx_strlchr(p + 5, last, ':') != NULL;
    }

    return ngx_strlchr(p, last, '/') != NULL
           || ngx_strlchr(p, last, '?') != NULL;
}

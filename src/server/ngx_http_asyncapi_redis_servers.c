
/*
 * Copyright (C) The asyncapi module authors
 *
 * asyncapi_redis: what it says, and which server has which name.
 */


#include "ngx_http_asyncapi_redis_servers.h"


static ngx_asyncapi_redis_server_t *ngx_http_asyncapi_redis_add(
    ngx_conf_t *cf);
static char *ngx_http_asyncapi_redis_url(ngx_conf_t *cf, ngx_str_t *source,
    ngx_asyncapi_redis_server_t *server);
static char *ngx_http_asyncapi_redis_option(ngx_conf_t *cf, ngx_str_t *value,
    ngx_asyncapi_redis_server_t *server);


/* NULL: no memory */

static ngx_asyncapi_redis_server_t *
ngx_http_asyncapi_redis_add(ngx_conf_t *cf)
{
    ngx_asyncapi_redis_server_t    *server, **slot;
    ngx_http_asyncapi_main_conf_t  *amcf;

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_asyncapi_module);

    if (amcf->redis == NULL) {
        amcf->redis = ngx_array_create(cf->pool, 2, sizeof(void *));
        if (amcf->redis == NULL) {
            return NULL;
        }
    }

    server = ngx_pcalloc(cf->pool, sizeof(ngx_asyncapi_redis_server_t));
    slot = ngx_array_push(amcf->redis);

    if (server == NULL || slot == NULL) {
        return NULL;
    }

    *slot = server;

    return server;
}


char *
ngx_http_asyncapi_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char                         *rv;
    ngx_str_t                    *value;
    ngx_uint_t                    i;
    ngx_asyncapi_redis_server_t  *server;

    value = cf->args->elts;

    if (!ngx_http_asyncapi_is_name(&value[1])) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" can't be the name of a Redis server: write "
                           "letters, digits and \"_\", beginning with a "
                           "letter, and the URL behind it", &value[1]);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_asyncapi_redis_server(cf, &value[1])) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the name \"%V\" is taken by another "
                           "asyncapi_redis: give this one another name",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    server = ngx_http_asyncapi_redis_add(cf);
    if (server == NULL) {
        return NGX_CONF_ERROR;
    }

    server->name = value[1];

    rv = ngx_http_asyncapi_redis_url(cf, &value[2], server);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    for (i = 3; i < cf->args->nelts; i++) {

        rv = ngx_http_asyncapi_redis_option(cf, &value[i], server);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


/* what stands for its name in logs no asyncapi_redis can be called */

ngx_asyncapi_redis_server_t *
ngx_http_asyncapi_redis_declare(ngx_conf_t *cf, ngx_str_t *url)
{
    ngx_asyncapi_redis_server_t  *server;

    server = ngx_http_asyncapi_redis_add(cf);

    if (server == NULL
        || ngx_http_asyncapi_redis_url(cf, url, server) != NGX_CONF_OK
        || ngx_asyncapi_redis_url_mask(cf->pool, url, &server->name) != NGX_OK)
    {
        return NULL;
    }

    return server;
}


static char *
ngx_http_asyncapi_redis_url(ngx_conf_t *cf, ngx_str_t *source,
    ngx_asyncapi_redis_server_t *server)
{
    ngx_int_t    rc;
    ngx_str_t    masked;
    const char  *message;

    rc = ngx_asyncapi_redis_url_parse(cf->pool, source, &server->url,
                                      &message);

    if (rc == NGX_OK) {
        rc = ngx_asyncapi_redis_url_known(&server->url, &message);
    }

    if (rc == NGX_OK) {
        return NGX_CONF_OK;
    }

    if (rc == NGX_DECLINED
        && ngx_asyncapi_redis_url_mask(cf->pool, source, &masked) == NGX_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" %s", &masked,
                           message);
    }

    return NGX_CONF_ERROR;
}


static char *
ngx_http_asyncapi_redis_option(ngx_conf_t *cf, ngx_str_t *value,
    ngx_asyncapi_redis_server_t *server)
{
    ngx_int_t  ms;
    ngx_str_t  time;

    if (value->len > 8 && ngx_strncmp(value->data, "timeout=", 8) == 0) {

        time.data = value->data + 8;
        time.len = value->len - 8;

        ms = ngx_parse_time(&time, 0);

        if (ms == NGX_ERROR || ms == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" has no time: write for instance "
                               "timeout=2s", value);
            return NGX_CONF_ERROR;
        }

        if (server->timeout) {
            return "has \"timeout=\" twice";
        }

        server->timeout = ms;

        return NGX_CONF_OK;
    }

    if (value->len == 10 && ngx_strncmp(value->data, "protocol=2", 10) == 0) {
        server->protocol = 2;
        return NGX_CONF_OK;
    }

    if (value->len == 10 && ngx_strncmp(value->data, "protocol=3", 10) == 0) {

#if (HIREDIS_MAJOR >= 1)
        server->protocol = 3;
        return NGX_CONF_OK;
#else
        return "has \"protocol=3\", and the hiredis that the module is built "
               "with knows protocol 2 only: take it away, or build the module "
               "with hiredis 1.0 or newer";
#endif
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"%V\" is no option of asyncapi_redis: there are "
                       "timeout=TIME and protocol=2 or 3", value);

    return NGX_CONF_ERROR;
}


ngx_asyncapi_redis_server_t *
ngx_http_asyncapi_redis_server(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_uint_t                      i;
    ngx_asyncapi_redis_server_t   **server;
    ngx_http_asyncapi_main_conf_t  *amcf;

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_asyncapi_module);

    if (amcf->redis == NULL) {
        return NULL;
    }

    server = amcf->redis->elts;

    for (i = 0; i < amcf->redis->nelts; i++) {

        if (server[i]->name.len == name->len
            && ngx_strncmp(server[i]->name.data, name->data, name->len) == 0)
        {
            return server[i];
        }
    }

    return NULL;
}


ngx_int_t
ngx_http_asyncapi_redis_servers_complete(ngx_conf_t *cf)
{
    ngx_uint_t                      i;
    ngx_http_core_loc_conf_t       *clcf;
    ngx_asyncapi_redis_server_t   **server;
    ngx_http_asyncapi_main_conf_t  *amcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_asyncapi_module);

    if (amcf->redis == NULL) {
        return NGX_OK;
    }

    server = amcf->redis->elts;

    for (i = 0; i < amcf->redis->nelts; i++) {

        if (server[i]->timeout == 0) {
            server[i]->timeout = NGX_ASYNCAPI_REDIS_TIMEOUT;
        }

        /* without "resolver" it is one that has no name servers */

        if (clcf->resolver && clcf->resolver->connections.nelts) {
            server[i]->resolver = clcf->resolver;
            server[i]->resolver_timeout = clcf->resolver_timeout;

            if (server[i]->resolver_timeout == NGX_CONF_UNSET_MSEC) {
                server[i]->resolver_timeout = 30000;
            }
        }

        if (ngx_asyncapi_redis_prepare(cf, server[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}

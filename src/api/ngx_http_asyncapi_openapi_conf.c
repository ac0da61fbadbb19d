
/*
 * Copyright (C) The asyncapi module authors
 *
 * asyncapi_info TITLE VERSION [DESCRIPTION];
 * asyncapi_openapi;
 */


#include "ngx_http_asyncapi_openapi.h"
#include "ngx_http_asyncapi_security.h"


void *
ngx_http_asyncapi_openapi_create_conf(ngx_conf_t *cf)
{
    ngx_http_asyncapi_srv_conf_t  *ascf;

    ascf = ngx_pcalloc(cf->pool, sizeof(ngx_http_asyncapi_srv_conf_t));
    if (ascf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&ascf->endpoints, cf->pool, 4,
                       sizeof(ngx_http_asyncapi_placed_t))
        != NGX_OK
        || ngx_array_init(&ascf->documented, cf->pool, 1, sizeof(void *))
           != NGX_OK
        || ngx_array_init(&ascf->docs, cf->pool, 1, sizeof(void *)) != NGX_OK)
    {
        return NULL;
    }

    return ascf;
}


char *
ngx_http_asyncapi_openapi_merge_conf(ngx_conf_t *cf, void *parent,
    void *child)
{
    ngx_http_asyncapi_srv_conf_t  *prev = parent;
    ngx_http_asyncapi_srv_conf_t  *conf = child;

    if (conf->title.data == NULL) {
        conf->title = prev->title;
        conf->version = prev->version;
        conf->description = prev->description;
    }

    if (conf->title.data == NULL) {
        ngx_str_set(&conf->title, "API");
        ngx_str_set(&conf->version, "0.1.0");
    }

    return (ngx_http_asyncapi_security_merge(cf, prev, conf) == NGX_OK)
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


ngx_int_t
ngx_http_asyncapi_openapi_place(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep)
{
    ngx_http_asyncapi_placed_t    *placed;
    ngx_http_asyncapi_srv_conf_t  *ascf;

    ascf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_asyncapi_module);

    placed = ngx_array_push(&ascf->endpoints);
    if (placed == NULL) {
        return NGX_ERROR;
    }

    placed->endpoint = ep;
    placed->location = ngx_http_conf_get_module_loc_conf(cf,
                                                         ngx_http_core_module);

    return NGX_OK;
}


char *
ngx_http_asyncapi_info(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_asyncapi_srv_conf_t  *ascf = conf;

    ngx_str_t  *value;

    if (ascf->title.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0 || value[2].len == 0) {
        return "needs a title and a version: write for instance "
               "asyncapi_info \"Shop\" 1.0";
    }

    ascf->title = value[1];
    ascf->version = value[2];

    if (cf->args->nelts == 4) {
        ascf->description = value[3];
    }

    return NGX_CONF_OK;
}


char *
ngx_http_asyncapi_openapi(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_asyncapi_loc_conf_t  *alcf = conf;

    char                           *rv;
    ngx_http_core_loc_conf_t      **clcf;
    ngx_http_asyncapi_srv_conf_t   *ascf;

    if (alcf->handler == ngx_http_asyncapi_openapi_handler) {
        return "is duplicate";
    }

    rv = ngx_http_asyncapi_answers(cf, ngx_http_asyncapi_openapi_handler);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    ascf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_asyncapi_module);

    clcf = ngx_array_push(&ascf->documented);
    if (clcf == NULL) {
        return NGX_CONF_ERROR;
    }

    *clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    return NGX_CONF_OK;
}

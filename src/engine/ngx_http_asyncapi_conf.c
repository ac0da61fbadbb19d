
/*
 * Copyright (C) The asyncapi module authors
 *
 * The module's configurations: created, merged, and the directives that are
 * values of a location.
 */


#include "ngx_http_asyncapi_conf.h"


/* of an answer, bytes sent in one turn of the loop */
#define NGX_HTTP_ASYNCAPI_CHUNK  1048576


static ngx_int_t ngx_http_asyncapi_merge_thread_pool(ngx_conf_t *cf,
    ngx_http_asyncapi_loc_conf_t *prev, ngx_http_asyncapi_loc_conf_t *conf);
static char *ngx_http_asyncapi_timeout_check(ngx_conf_t *cf, void *post,
    void *data);
static char *ngx_http_asyncapi_size_check(ngx_conf_t *cf, void *post,
    void *data);


ngx_conf_post_t  ngx_http_asyncapi_timeout_check_post = {
    ngx_http_asyncapi_timeout_check
};

ngx_conf_post_t  ngx_http_asyncapi_size_check_post = {
    ngx_http_asyncapi_size_check
};


void *
ngx_http_asyncapi_create_main_conf(ngx_conf_t *cf)
{
    ngx_uint_t                      n;
    ngx_http_asyncapi_main_conf_t  *amcf;

    amcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_asyncapi_main_conf_t));
    if (amcf == NULL) {
        return NULL;
    }

    amcf->background = NGX_CONF_UNSET;

    for (n = 0; ngx_http_asyncapi_kinds[n]; n++) { /* void */ }

    amcf->kinds = ngx_pcalloc(cf->pool, n * sizeof(void *));

    if (amcf->kinds == NULL
        || ngx_array_init(&amcf->lets, cf->pool, 4, sizeof(void *)) != NGX_OK
        || ngx_array_init(&amcf->unknown, cf->pool, 4,
                          sizeof(ngx_http_asyncapi_unknown_t))
           != NGX_OK
        || ngx_array_init(&amcf->limits, cf->pool, 4, sizeof(void *)) != NGX_OK
        || ngx_array_init(&amcf->limited, cf->pool, 4, sizeof(void *))
           != NGX_OK
        || ngx_array_init(&amcf->schemas, cf->pool, 4, sizeof(void *))
           != NGX_OK)
    {
        return NULL;
    }

    return amcf;
}


char *
ngx_http_asyncapi_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_asyncapi_main_conf_t  *amcf = conf;

    ngx_conf_init_value(amcf->background, 1024);

    return NGX_CONF_OK;
}


void **
ngx_http_asyncapi_kind_conf(ngx_conf_t *cf, ngx_http_asyncapi_kind_t *kind)
{
    ngx_uint_t                      i;
    ngx_http_asyncapi_main_conf_t  *amcf;

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_asyncapi_module);

    for (i = 0; ngx_http_asyncapi_kinds[i] != kind; i++) { /* void */ }

    return &amcf->kinds[i];
}


void *
ngx_http_asyncapi_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_asyncapi_loc_conf_t  *alcf;

    alcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_asyncapi_loc_conf_t));
    if (alcf == NULL) {
        return NULL;
    }

    alcf->timeout = NGX_CONF_UNSET_MSEC;
    alcf->max_result = NGX_CONF_UNSET_SIZE;
    alcf->offload = NGX_CONF_UNSET_SIZE;
    alcf->ignore_client_abort = NGX_CONF_UNSET;
    alcf->error_detail = NGX_CONF_UNSET;
    alcf->server_timing = NGX_CONF_UNSET;
    alcf->check_responses = NGX_CONF_UNSET;
    alcf->pass_headers = NGX_CONF_UNSET_PTR;
    alcf->cors = NGX_CONF_UNSET_PTR;

    return alcf;
}


char *
ngx_http_asyncapi_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_asyncapi_loc_conf_t  *prev = parent;
    ngx_http_asyncapi_loc_conf_t  *conf = child;

    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    /* proxy_pass and its like below the endpoint would answer in its place */

    if (conf->handler && clcf->handler != conf->handler) {
        return ngx_http_asyncapi_conf_error(cf, &conf->place,
                   "another directive of the location \"%V\" answers in place "
                   "of this one: give it a location of its own", &clcf->name);
    }

    /* an "if" or a "limit_except" is the location that it stands in */

    if (clcf->noname && conf->node == NULL && conf->handler == NULL) {
        conf->endpoints = prev->endpoints;
        conf->docs = prev->docs;
        conf->handler = prev->handler;
    }

    if (clcf->lmt_excpt && clcf->handler == NULL) {
        clcf->handler = conf->handler;
    }

    ngx_conf_merge_msec_value(conf->timeout, prev->timeout, 5000);
    ngx_conf_merge_size_value(conf->max_result, prev->max_result,
                              1024 * 1024);
    ngx_conf_merge_size_value(conf->offload, prev->offload, 64 * 1024);
    ngx_conf_merge_value(conf->ignore_client_abort,
                         prev->ignore_client_abort, 0);
    ngx_conf_merge_value(conf->error_detail, prev->error_detail, 0);
    ngx_conf_merge_value(conf->server_timing, prev->server_timing, 0);
    ngx_conf_merge_value(conf->check_responses, prev->check_responses, 0);
    ngx_conf_merge_ptr_value(conf->pass_headers, prev->pass_headers, NULL);
    ngx_conf_merge_ptr_value(conf->cors, prev->cors, NULL);

    if (ngx_http_asyncapi_merge_thread_pool(cf, prev, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    /* nginx sends so much of a large answer before others are served */

    if (conf->endpoints
        && (clcf->sendfile_max_chunk == 0
            || clcf->sendfile_max_chunk > NGX_HTTP_ASYNCAPI_CHUNK))
    {
        clcf->sendfile_max_chunk = NGX_HTTP_ASYNCAPI_CHUNK;
    }

    return NGX_CONF_OK;
}


/* nginx's default pool, of 32 threads, begins only where one is needed */

static ngx_int_t
ngx_http_asyncapi_merge_thread_pool(ngx_conf_t *cf,
    ngx_http_asyncapi_loc_conf_t *prev, ngx_http_asyncapi_loc_conf_t *conf)
{
#if (NGX_THREADS)
    ngx_uint_t                      i;
    ngx_http_asyncapi_endpoint_t  **ep;

    if (conf->thread_pool == NULL) {
        conf->thread_pool = prev->thread_pool;
    }

    if (conf->thread_pool || conf->endpoints == NULL) {
        return NGX_OK;
    }

    ep = conf->endpoints->elts;

    for (i = 0; i < conf->endpoints->nelts; i++) {
        if (ep[i]->threads) {
            conf->thread_pool = ngx_thread_pool_add(cf, NULL);
            return conf->thread_pool ? NGX_OK : NGX_ERROR;
        }
    }
#endif

    return NGX_OK;
}


char *
ngx_http_asyncapi_answers(ngx_conf_t *cf, ngx_http_handler_pt handler)
{
    ngx_http_core_loc_conf_t      *clcf;
    ngx_http_asyncapi_loc_conf_t  *alcf;

    alcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_asyncapi_module);

    if (alcf->node) {
        return "can't stand in the block of a task";
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler && clcf->handler != handler) {
        return "can't stand beside what answers the location already: give it "
               "a location of its own";
    }

    alcf->handler = handler;
    ngx_http_asyncapi_conf_place(cf, &alcf->place);

    clcf->handler = handler;

    return NGX_CONF_OK;
}


char *
ngx_http_asyncapi_pass_header(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_asyncapi_loc_conf_t  *alcf = conf;

    ngx_str_t   *value, *name;
    ngx_uint_t   i;

    if (alcf->pass_headers == NGX_CONF_UNSET_PTR) {
        alcf->pass_headers = ngx_array_create(cf->pool, 2, sizeof(ngx_str_t));
        if (alcf->pass_headers == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        name = ngx_array_push(alcf->pass_headers);
        if (name == NULL) {
            return NGX_CONF_ERROR;
        }

        *name = value[i];
    }

    return NGX_CONF_OK;
}


char *
ngx_http_asyncapi_thread_pool(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
#if (NGX_THREADS)
    ngx_http_asyncapi_loc_conf_t  *alcf = conf;

    ngx_str_t  *value;

    if (alcf->thread_pool) {
        return "is duplicate";
    }

    value = cf->args->elts;

    /* nginx itself refuses a pool that has no "thread_pool" in the end */

    alcf->thread_pool = ngx_thread_pool_add(cf, &value[1]);

    return alcf->thread_pool ? NGX_CONF_OK : NGX_CONF_ERROR;
#else
    return "needs an nginx that is built --with-threads";
#endif
}


static char *
ngx_http_asyncapi_timeout_check(ngx_conf_t *cf, void *post, void *data)
{
    ngx_msec_t  *timeout = data;

    return *timeout ? NGX_CONF_OK
                    : "needs a time: write for instance 800ms or 5s";
}


static char *
ngx_http_asyncapi_size_check(ngx_conf_t *cf, void *post, void *data)
{
    size_t  *size = data;

    return *size ? NGX_CONF_OK
                 : "needs a size: write for instance 64k or 8m";
}

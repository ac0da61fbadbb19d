
/*
 * Copyright (C) The asyncapi module authors
 *
 * The nginx face of the module: directives and phases.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_asyncapi_hash.h"
#include "ngx_asyncapi_http.h"
#include "ngx_asyncapi_job.h"
#include "ngx_asyncapi_memory.h"
#include "ngx_asyncapi_reclaim.h"
#include "ngx_http_asyncapi_background.h"
#include "ngx_http_asyncapi_conf.h"
#include "ngx_http_asyncapi_contract.h"
#include "ngx_http_asyncapi_cors.h"
#include "ngx_http_asyncapi_docs.h"
#include "ngx_http_asyncapi_document.h"
#include "ngx_http_asyncapi_kind_cpu.h"
#include "ngx_http_asyncapi_kind_job.h"
#include "ngx_http_asyncapi_kind_postgres.h"
#include "ngx_http_asyncapi_kind_sqlite.h"
#include "ngx_http_asyncapi_kinds.h"
#include "ngx_http_asyncapi_let.h"
#include "ngx_http_asyncapi_openapi.h"
#include "ngx_http_asyncapi_redis_servers.h"
#include "ngx_http_asyncapi_route.h"
#include "ngx_http_asyncapi_run.h"
#include "ngx_http_asyncapi_security.h"


static ngx_int_t ngx_http_asyncapi_postconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_asyncapi_endpoints_complete(ngx_conf_t *cf);
static ngx_int_t ngx_http_asyncapi_init_process(ngx_cycle_t *cycle);
static void ngx_http_asyncapi_exit_process(ngx_cycle_t *cycle);
static char *ngx_http_asyncapi(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_asyncapi_let(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_asyncapi_let_of_block(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block);
static ngx_int_t ngx_http_asyncapi_handler(ngx_http_request_t *r);


/*
 * A statement: its "post" is what reads it, its "offset" says whether it may
 * stand in blocks of tasks that are inside of the endpoint's.
 */

#define ngx_http_asyncapi_words(name, args, statement)                       \
    { ngx_string(name), NGX_HTTP_ASYNCAPI_CONF|args,                         \
      ngx_http_asyncapi_statement, NGX_HTTP_LOC_CONF_OFFSET,                 \
      NGX_HTTP_ASYNCAPI_OUTERMOST, &ngx_http_asyncapi_##statement##_post }

#define ngx_http_asyncapi_words_within(name, args, statement)                \
    { ngx_string(name), NGX_HTTP_ASYNCAPI_CONF|args,                         \
      ngx_http_asyncapi_statement, NGX_HTTP_LOC_CONF_OFFSET,                 \
      NGX_HTTP_ASYNCAPI_WITHIN, &ngx_http_asyncapi_##statement##_post }

#define ngx_http_asyncapi_post(statement)                                    \
    static ngx_http_asyncapi_statement_pt                                    \
        ngx_http_asyncapi_##statement##_post =                               \
            ngx_http_asyncapi_##statement##_statement

ngx_http_asyncapi_post(include);
ngx_http_asyncapi_post(timeout);
ngx_http_asyncapi_post(respond);
ngx_http_asyncapi_post(background);
ngx_http_asyncapi_post(summary);
ngx_http_asyncapi_post(description);
ngx_http_asyncapi_post(tag);
ngx_http_asyncapi_post(operation_id);
ngx_http_asyncapi_post(deprecated);
ngx_http_asyncapi_post(parameter);
ngx_http_asyncapi_post(body);
ngx_http_asyncapi_post(security);
ngx_http_asyncapi_post(task);

static ngx_http_asyncapi_statement_pt  ngx_http_asyncapi_let_post =
    ngx_http_asyncapi_let_of_block;


static ngx_conf_num_bounds_t  ngx_http_asyncapi_background_bounds = {
    ngx_conf_check_num_bounds, 1, -1
};


static ngx_command_t  ngx_http_asyncapi_commands[] = {

    { ngx_string("asyncapi"),
      NGX_HTTP_LOC_CONF|NGX_CONF_BLOCK|NGX_CONF_ANY,
      ngx_http_asyncapi,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("asyncapi_timeout"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_asyncapi_loc_conf_t, timeout),
      &ngx_http_asyncapi_timeout_check_post },

    { ngx_string("asyncapi_max_result"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_asyncapi_loc_conf_t, max_result),
      &ngx_http_asyncapi_size_check_post },

    { ngx_string("asyncapi_offload"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_asyncapi_loc_conf_t, offload),
      &ngx_http_asyncapi_size_check_post },

    { ngx_string("asyncapi_ignore_client_abort"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_asyncapi_loc_conf_t, ignore_client_abort),
      NULL },

    { ngx_string("asyncapi_error_detail"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_asyncapi_loc_conf_t, error_detail),
      NULL },

    { ngx_string("asyncapi_server_timing"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_asyncapi_loc_conf_t, server_timing),
      NULL },

    { ngx_string("asyncapi_check_responses"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_asyncapi_loc_conf_t, check_responses),
      NULL },

    { ngx_string("asyncapi_pass_header"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_asyncapi_pass_header,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("asyncapi_thread_pool"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_asyncapi_thread_pool,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("asyncapi_info"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE23,
      ngx_http_asyncapi_info,
      NGX_HTTP_SRV_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("asyncapi_security"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_2MORE,
      ngx_http_asyncapi_security,
      NGX_HTTP_SRV_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("asyncapi_openapi"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_asyncapi_openapi,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("asyncapi_cors"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_asyncapi_cors,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("asyncapi_docs"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_http_asyncapi_docs,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("asyncapi_library"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_asyncapi_library,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("asyncapi_redis"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_2MORE,
      ngx_http_asyncapi_redis,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("asyncapi_postgres"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_2MORE,
      ngx_http_asyncapi_postgres,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("asyncapi_sqlite"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE23,
      ngx_http_asyncapi_sqlite,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("asyncapi_queue"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_2MORE,
      ngx_http_asyncapi_queue,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("asyncapi_limit"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE2|NGX_CONF_TAKE3
          |NGX_CONF_TAKE4,
      ngx_http_asyncapi_limit,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("asyncapi_background"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_asyncapi_main_conf_t, background),
      &ngx_http_asyncapi_background_bounds },

    { ngx_string("asyncapi_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_asyncapi_zone,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    /* statements of the block */

    ngx_http_asyncapi_words_within("include", NGX_CONF_TAKE1, include),
    ngx_http_asyncapi_words_within("timeout", NGX_CONF_TAKE1, timeout),
    ngx_http_asyncapi_words("summary", NGX_CONF_TAKE1, summary),
    ngx_http_asyncapi_words("description", NGX_CONF_TAKE1, description),
    ngx_http_asyncapi_words("tag", NGX_CONF_1MORE, tag),
    ngx_http_asyncapi_words("operation_id", NGX_CONF_TAKE1, operation_id),
    ngx_http_asyncapi_words("deprecated", NGX_CONF_NOARGS, deprecated),

    ngx_http_asyncapi_words("path", NGX_CONF_2MORE, parameter),
    ngx_http_asyncapi_words("query", NGX_CONF_2MORE, parameter),
    ngx_http_asyncapi_words("header", NGX_CONF_2MORE, parameter),
    ngx_http_asyncapi_words("cookie", NGX_CONF_2MORE, parameter),
    ngx_http_asyncapi_words("form", NGX_CONF_2MORE, parameter),
    ngx_http_asyncapi_words("body", NGX_CONF_1MORE, body),
    ngx_http_asyncapi_words("security", NGX_CONF_1MORE, security),

    /* a template without quotes makes a block of it: it says so itself */

    { ngx_string("respond"),
      NGX_HTTP_ASYNCAPI_WORDS|NGX_CONF_ANY,
      ngx_http_asyncapi_statement,
      NGX_HTTP_LOC_CONF_OFFSET,
      NGX_HTTP_ASYNCAPI_OUTERMOST,
      &ngx_http_asyncapi_respond_post },

    { ngx_string("respond"),
      NGX_HTTP_ASYNCAPI_BLOCK|NGX_CONF_BLOCK|NGX_CONF_ANY,
      ngx_http_asyncapi_statement,
      NGX_HTTP_LOC_CONF_OFFSET,
      NGX_HTTP_ASYNCAPI_OUTERMOST,
      &ngx_http_asyncapi_respond_post },

    { ngx_string("background"),
      NGX_HTTP_ASYNCAPI_CONF|NGX_CONF_BLOCK|NGX_CONF_ANY,
      ngx_http_asyncapi_statement,
      NGX_HTTP_LOC_CONF_OFFSET,
      NGX_HTTP_ASYNCAPI_OUTERMOST,
      &ngx_http_asyncapi_background_post },

    /* it may stand in the block of a task too, which is a location */

    { ngx_string("let"),
      NGX_HTTP_LOC_CONF|NGX_HTTP_ASYNCAPI_CONF|NGX_CONF_TAKE2,
      ngx_http_asyncapi_let,
      NGX_HTTP_LOC_CONF_OFFSET,
      NGX_HTTP_ASYNCAPI_OUTERMOST,
      &ngx_http_asyncapi_let_post },

    /* tasks: every kind may come with words, with a block, or with both */

#define X(name)                                                              \
    { ngx_string(#name), NGX_HTTP_ASYNCAPI_WORDS|NGX_CONF_1MORE,             \
      ngx_http_asyncapi_statement, NGX_HTTP_LOC_CONF_OFFSET,                 \
      NGX_HTTP_ASYNCAPI_WITHIN, &ngx_http_asyncapi_task_post },              \
    { ngx_string(#name),                                                     \
      NGX_HTTP_ASYNCAPI_BLOCK|NGX_CONF_BLOCK|NGX_CONF_1MORE,                 \
      ngx_http_asyncapi_statement, NGX_HTTP_LOC_CONF_OFFSET,                 \
      NGX_HTTP_ASYNCAPI_WITHIN, &ngx_http_asyncapi_task_post },

    NGX_HTTP_ASYNCAPI_KINDS(X)
#undef X

      ngx_null_command
};


static ngx_http_module_t  ngx_http_asyncapi_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_asyncapi_postconfiguration,   /* postconfiguration */

    ngx_http_asyncapi_create_main_conf,    /* create main configuration */
    ngx_http_asyncapi_init_main_conf,      /* init main configuration */

    ngx_http_asyncapi_openapi_create_conf, /* create server configuration */
    ngx_http_asyncapi_openapi_merge_conf,  /* merge server configuration */

    ngx_http_asyncapi_create_loc_conf,     /* create location configuration */
    ngx_http_asyncapi_merge_loc_conf       /* merge location configuration */
};


ngx_module_t  ngx_http_asyncapi_module = {
    NGX_MODULE_V1,
    &ngx_http_asyncapi_module_ctx,         /* module context */
    ngx_http_asyncapi_commands,            /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_asyncapi_init_process,        /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_asyncapi_exit_process,        /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_http_asyncapi_handler(ngx_http_request_t *r)
{
    ngx_int_t                      rc, found;
    ngx_str_t                      none;
    ngx_asyncapi_value_t          *params;
    ngx_http_asyncapi_endpoint_t  *ep;
    ngx_http_asyncapi_loc_conf_t  *alcf;

    alcf = ngx_http_get_module_loc_conf(r, ngx_http_asyncapi_module);

    found = ngx_http_asyncapi_route(r, alcf->endpoints, &ep, &params);

    if (found == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (found == NGX_OK && ep->contract) {
        return ngx_http_asyncapi_contract_start(r, ep, params);
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (found == NGX_OK) {
        return ngx_http_asyncapi_run_start(r, ep, params, NULL);
    }

    ngx_str_null(&none);

    return ngx_http_asyncapi_problem(r, found, &none, &none);
}


static char *
ngx_http_asyncapi(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_asyncapi_loc_conf_t  *alcf = conf;

    char                           *rv;
    ngx_str_t                      *value;
    ngx_http_asyncapi_endpoint_t   *ep, **slot;

    rv = ngx_http_asyncapi_answers(cf, ngx_http_asyncapi_handler);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    ep = ngx_http_asyncapi_endpoint_create(cf);
    if (ep == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    rv = ngx_http_asyncapi_route_parse(cf, ep, &value[1], cf->args->nelts - 1);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (alcf->endpoints == NULL) {
        alcf->endpoints = ngx_array_create(cf->pool, 2, sizeof(void *));
        if (alcf->endpoints == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    rv = ngx_http_asyncapi_route_reached(alcf->endpoints, ep);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    slot = ngx_array_push(alcf->endpoints);
    if (slot == NULL) {
        return NGX_CONF_ERROR;
    }

    *slot = ep;

    rv = ngx_http_asyncapi_statements(cf, ep->block);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (ngx_http_asyncapi_openapi_place(cf, ep) != NGX_OK
        || ngx_http_asyncapi_respond_default(cf, ep) != NGX_OK
        || ngx_http_asyncapi_graph_build(cf, ep) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_let(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_asyncapi_loc_conf_t  *alcf = conf;

    if (alcf->node) {
        return ngx_http_asyncapi_let_statement(cf, alcf->node->endpoint,
                                               alcf->node);
    }

    if (alcf->block == NULL) {
        return "belongs into an \"asyncapi\" block";
    }

    return ngx_http_asyncapi_statement(cf, cmd, conf);
}


static char *
ngx_http_asyncapi_let_of_block(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block)
{
    return ngx_http_asyncapi_let_statement(cf, block->endpoint, NULL);
}


static ngx_int_t
ngx_http_asyncapi_postconfiguration(ngx_conf_t *cf)
{
    ngx_http_asyncapi_kind_t       **kind;
    ngx_http_asyncapi_main_conf_t   *amcf;

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_asyncapi_module);

    if (ngx_http_asyncapi_let_indexes(cf) != NGX_OK
        || ngx_http_asyncapi_limits_complete(cf) != NGX_OK
        || ngx_http_asyncapi_redis_servers_complete(cf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (kind = ngx_http_asyncapi_kinds; *kind; kind++) {
        if ((*kind)->complete && (*kind)->complete(cf) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (ngx_http_asyncapi_graph_variables(cf, &amcf->unknown) != NGX_OK
        || ngx_http_asyncapi_endpoints_complete(cf) != NGX_OK
        || ngx_http_asyncapi_openapi_complete(cf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_asyncapi_docs_complete(cf);
}


static ngx_int_t
ngx_http_asyncapi_endpoints_complete(ngx_conf_t *cf)
{
    ngx_uint_t                      i, n;
    ngx_http_core_srv_conf_t      **cscf;
    ngx_http_core_main_conf_t      *cmcf;
    ngx_http_asyncapi_placed_t     *placed;
    ngx_http_asyncapi_srv_conf_t   *ascf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    cscf = cmcf->servers.elts;

    for (i = 0; i < cmcf->servers.nelts; i++) {

        ascf = cscf[i]->ctx->srv_conf[ngx_http_asyncapi_module.ctx_index];
        placed = ascf->endpoints.elts;

        for (n = 0; n < ascf->endpoints.nelts; n++) {

            if (ngx_http_asyncapi_security_complete(cf, ascf,
                                                    placed[n].endpoint)
                != NGX_OK)
            {
                return NGX_ERROR;
            }

            ngx_http_asyncapi_body_complete(cf, &placed[n]);
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_init_process(ngx_cycle_t *cycle)
{
    ngx_http_asyncapi_main_conf_t  *amcf;

    ngx_asyncapi_reclaim_init();
    ngx_asyncapi_hash_init();

    amcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_asyncapi_module);

    /* those that manage caches run no tasks */

    if (amcf && ngx_process != NGX_PROCESS_HELPER) {
        ngx_asyncapi_limit_init_process(&amcf->limits);
        ngx_http_asyncapi_background_init_process();
    }

    return NGX_OK;
}


static void
ngx_http_asyncapi_exit_process(ngx_cycle_t *cycle)
{
    ngx_asyncapi_job_exit();
    ngx_asyncapi_reclaim_exit();

    ngx_http_asyncapi_background_exit_process();

    ngx_asyncapi_http_exit();
    ngx_asyncapi_redis_exit();
    ngx_http_asyncapi_postgres_exit();
    ngx_asyncapi_limit_exit_process();
    ngx_asyncapi_memory_exit();
}

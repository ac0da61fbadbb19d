
/*
 * Copyright (C) The asyncapi module authors
 *
 * The http kind's URL form: directives for the client that it calls with.
 *
 * They are an nginx module of their own, so that neither the engine nor the
 * other kinds know of them.
 */


#include "ngx_http_asyncapi_kind_http_call.h"


#define NGX_HTTP_ASYNCAPI_HTTP_ACCEPT  "Accept: application/json" CRLF


static void *ngx_http_asyncapi_client_create_conf(ngx_conf_t *cf);
static char *ngx_http_asyncapi_client_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_int_t ngx_http_asyncapi_client_lines(ngx_conf_t *cf,
    ngx_http_asyncapi_client_conf_t *conf);
static char *ngx_http_asyncapi_client_keepalive_timeout(ngx_conf_t *cf,
    void *post, void *data);
static char *ngx_http_asyncapi_client_connect_timeout(ngx_conf_t *cf,
    void *post, void *data);
static char *ngx_http_asyncapi_client_user_agent(ngx_conf_t *cf, void *post,
    void *data);


static ngx_conf_post_t  ngx_http_asyncapi_client_keepalive_timeout_post = {
    ngx_http_asyncapi_client_keepalive_timeout
};

static ngx_conf_post_t  ngx_http_asyncapi_client_connect_timeout_post = {
    ngx_http_asyncapi_client_connect_timeout
};

static ngx_conf_post_t  ngx_http_asyncapi_client_user_agent_post = {
    ngx_http_asyncapi_client_user_agent
};


static ngx_command_t  ngx_http_asyncapi_client_commands[] = {

    { ngx_string("asyncapi_http_keepalive"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_asyncapi_client_conf_t, http.idle),
      NULL },

    { ngx_string("asyncapi_http_keepalive_timeout"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_asyncapi_client_conf_t, http.idle_time),
      &ngx_http_asyncapi_client_keepalive_timeout_post },

    { ngx_string("asyncapi_http_connect_timeout"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_asyncapi_client_conf_t, http.connect_timeout),
      &ngx_http_asyncapi_client_connect_timeout_post },

    { ngx_string("asyncapi_http_user_agent"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_asyncapi_client_conf_t, user_agent),
      &ngx_http_asyncapi_client_user_agent_post },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_asyncapi_client_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_asyncapi_client_create_conf,  /* create location configuration */
    ngx_http_asyncapi_client_merge_conf    /* merge location configuration */
};


ngx_module_t  ngx_http_asyncapi_client_module = {
    NGX_MODULE_V1,
    &ngx_http_asyncapi_client_module_ctx,  /* module context */
    ngx_http_asyncapi_client_commands,     /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static void *
ngx_http_asyncapi_client_create_conf(ngx_conf_t *cf)
{
    ngx_http_asyncapi_client_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_asyncapi_client_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->http.idle = NGX_CONF_UNSET_UINT;
    conf->http.idle_time = NGX_CONF_UNSET_MSEC;
    conf->http.connect_timeout = NGX_CONF_UNSET_MSEC;

    return conf;
}


static char *
ngx_http_asyncapi_client_merge_conf(ngx_conf_t *cf, void *parent,
    void *child)
{
    ngx_http_asyncapi_client_conf_t  *prev = parent;
    ngx_http_asyncapi_client_conf_t  *conf = child;

    ngx_conf_merge_uint_value(conf->http.idle, prev->http.idle, 256);
    ngx_conf_merge_msec_value(conf->http.idle_time, prev->http.idle_time,
                              60000);
    ngx_conf_merge_msec_value(conf->http.connect_timeout,
                              prev->http.connect_timeout, 60000);
    ngx_conf_merge_str_value(conf->user_agent, prev->user_agent, "asyncapi");

    return (ngx_http_asyncapi_client_lines(cf, conf) == NGX_OK)
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static ngx_int_t
ngx_http_asyncapi_client_lines(ngx_conf_t *cf,
    ngx_http_asyncapi_client_conf_t *conf)
{
    size_t      len;
    u_char     *p;
    ngx_str_t  *line;

    line = conf->lines;

    ngx_str_set(&line[NGX_HTTP_ASYNCAPI_HTTP_LINE_ACCEPT],
                NGX_HTTP_ASYNCAPI_HTTP_ACCEPT);

    if (conf->user_agent.len == 0) {
        ngx_str_set(&line[NGX_HTTP_ASYNCAPI_HTTP_LINE_AGENT], "");
        return NGX_OK;
    }

    len = sizeof("User-Agent: " CRLF) - 1 + conf->user_agent.len;

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    line[NGX_HTTP_ASYNCAPI_HTTP_LINE_AGENT].data = p;
    line[NGX_HTTP_ASYNCAPI_HTTP_LINE_AGENT].len = len;

    (void) ngx_sprintf(p, "User-Agent: %V" CRLF, &conf->user_agent);

    return NGX_OK;
}


static char *
ngx_http_asyncapi_client_keepalive_timeout(ngx_conf_t *cf, void *post,
    void *data)
{
    ngx_msec_t  *time = data;

    return *time ? NGX_CONF_OK
                 : "needs a time: to keep no connections write "
                   "\"asyncapi_http_keepalive 0\"";
}


static char *
ngx_http_asyncapi_client_connect_timeout(ngx_conf_t *cf, void *post,
    void *data)
{
    ngx_msec_t  *time = data;

    return *time ? NGX_CONF_OK
                 : "needs a time: write for instance 500ms or 5s";
}


/* it stands in a header */

static char *
ngx_http_asyncapi_client_user_agent(ngx_conf_t *cf, void *post, void *data)
{
    ngx_str_t  *value = data;

    ngx_uint_t  i;

    for (i = 0; i < value->len; i++) {
        if (value->data[i] < ' ' || value->data[i] == 0x7f) {
            return "has a control character in it";
        }
    }

    return NGX_CONF_OK;
}

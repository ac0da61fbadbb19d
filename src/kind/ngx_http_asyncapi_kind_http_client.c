
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

#define NGX_HTTP_ASYNCAPI_CLIENT_MAX_DEPTH  100


static void *ngx_http_asyncapi_client_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_asyncapi_client_create_conf(ngx_conf_t *cf);
static char *ngx_http_asyncapi_client_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_int_t ngx_http_asyncapi_client_lines(ngx_conf_t *cf,
    ngx_http_asyncapi_client_conf_t *conf);
#if (NGX_HTTP_SSL)
static char *ngx_http_asyncapi_client_merge_ssl(ngx_conf_t *cf,
    ngx_http_asyncapi_client_conf_t *prev,
    ngx_http_asyncapi_client_conf_t *conf);
static void ngx_http_asyncapi_client_merge_policy(
    ngx_asyncapi_http_ssl_t *conf, ngx_asyncapi_http_ssl_t *prev);
static ngx_uint_t ngx_http_asyncapi_client_ssl_unset(
    ngx_asyncapi_http_ssl_t *ssl);
#endif
static char *ngx_http_asyncapi_client_pipeline(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
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


#if (NGX_HTTP_SSL)

static ngx_conf_bitmask_t  ngx_http_asyncapi_client_protocols[] = {
    { ngx_string("TLSv1"), NGX_SSL_TLSv1 },
    { ngx_string("TLSv1.1"), NGX_SSL_TLSv1_1 },
    { ngx_string("TLSv1.2"), NGX_SSL_TLSv1_2 },
    { ngx_string("TLSv1.3"), NGX_SSL_TLSv1_3 },
    { ngx_null_string, 0 }
};

#endif


static ngx_command_t  ngx_http_asyncapi_client_commands[] = {

    { ngx_string("asyncapi_http_pipeline"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE2,
      ngx_http_asyncapi_client_pipeline,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

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

#if (NGX_HTTP_SSL)

    { ngx_string("asyncapi_ssl_verify"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_asyncapi_client_conf_t, ssl.verify),
      NULL },

    { ngx_string("asyncapi_ssl_trusted_certificate"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_asyncapi_client_conf_t, ssl.trusted_certificate),
      NULL },

    { ngx_string("asyncapi_ssl_name"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_asyncapi_client_conf_t, ssl.name),
      NULL },

    { ngx_string("asyncapi_ssl_certificate"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_asyncapi_client_conf_t, ssl.certificate),
      NULL },

    { ngx_string("asyncapi_ssl_certificate_key"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_asyncapi_client_conf_t, ssl.certificate_key),
      NULL },

    { ngx_string("asyncapi_ssl_session_reuse"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_asyncapi_client_conf_t, ssl.session_reuse),
      NULL },

    { ngx_string("asyncapi_ssl_protocols"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_conf_set_bitmask_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_asyncapi_client_conf_t, ssl.protocols),
      &ngx_http_asyncapi_client_protocols },

    { ngx_string("asyncapi_ssl_ciphers"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_asyncapi_client_conf_t, ssl.ciphers),
      NULL },

#endif

      ngx_null_command
};


static ngx_http_module_t  ngx_http_asyncapi_client_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_asyncapi_client_create_main_conf,
                                           /* create main configuration */
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
ngx_http_asyncapi_client_create_main_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_asyncapi_client_main_t));
}


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

#if (NGX_HTTP_SSL)
    conf->ssl.verify = NGX_CONF_UNSET;
    conf->ssl.session_reuse = NGX_CONF_UNSET;
#endif

    return conf;
}


static char *
ngx_http_asyncapi_client_merge_conf(ngx_conf_t *cf, void *parent,
    void *child)
{
    ngx_http_asyncapi_client_conf_t  *prev = parent;
    ngx_http_asyncapi_client_conf_t  *conf = child;

    ngx_conf_merge_uint_value(conf->http.idle, prev->http.idle,
                              NGX_ASYNCAPI_HTTP_IDLE_HALF);
    ngx_conf_merge_msec_value(conf->http.idle_time, prev->http.idle_time,
                              60000);
    ngx_conf_merge_msec_value(conf->http.connect_timeout,
                              prev->http.connect_timeout, 60000);
    ngx_conf_merge_str_value(conf->user_agent, prev->user_agent, "asyncapi");

    if (ngx_http_asyncapi_client_lines(cf, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

#if (NGX_HTTP_SSL)
    return ngx_http_asyncapi_client_merge_ssl(cf, prev, conf);
#else
    return NGX_CONF_OK;
#endif
}


#if (NGX_HTTP_SSL)

/*
 * Where nothing differs the policy is the same one: http.ssl points to that of
 * the location, server or http {} whose directives it has.
 */

static char *
ngx_http_asyncapi_client_merge_ssl(ngx_conf_t *cf,
    ngx_http_asyncapi_client_conf_t *prev,
    ngx_http_asyncapi_client_conf_t *conf)
{
    conf->http.ssl = &conf->ssl;

    if (ngx_http_asyncapi_client_ssl_unset(&conf->ssl)) {

        if (prev->http.ssl == NULL) {

            /* it is that of http {}, whose defaults are nowhere merged */

            ngx_http_asyncapi_client_merge_policy(&prev->ssl, &conf->ssl);
            prev->http.ssl = &prev->ssl;
        }

        conf->http.ssl = prev->http.ssl;
    }

    ngx_http_asyncapi_client_merge_policy(&conf->ssl, &prev->ssl);

    if (prev->https) {

        /* an "if" or a "limit_except" has the tasks of its location */

        conf->https = 1;
    }

    if (!conf->https) {
        return NGX_CONF_OK;
    }

    return (ngx_asyncapi_http_ssl_init(cf, conf->http.ssl) == NGX_OK)
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static void
ngx_http_asyncapi_client_merge_policy(ngx_asyncapi_http_ssl_t *conf,
    ngx_asyncapi_http_ssl_t *prev)
{
    ngx_conf_merge_value(conf->verify, prev->verify, 1);
    ngx_conf_merge_value(conf->session_reuse, prev->session_reuse, 1);
    ngx_conf_merge_bitmask_value(conf->protocols, prev->protocols,
                                 (NGX_CONF_BITMASK_SET
                                  |NGX_SSL_TLSv1_2|NGX_SSL_TLSv1_3));
    ngx_conf_merge_str_value(conf->ciphers, prev->ciphers, "DEFAULT");
    ngx_conf_merge_str_value(conf->trusted_certificate,
                             prev->trusted_certificate, "");
    ngx_conf_merge_str_value(conf->certificate, prev->certificate, "");
    ngx_conf_merge_str_value(conf->certificate_key, prev->certificate_key, "");
    ngx_conf_merge_str_value(conf->name, prev->name, "");
}


static ngx_uint_t
ngx_http_asyncapi_client_ssl_unset(ngx_asyncapi_http_ssl_t *ssl)
{
    return ssl->verify == NGX_CONF_UNSET
           && ssl->session_reuse == NGX_CONF_UNSET
           && ssl->protocols == 0
           && ssl->ciphers.data == NULL
           && ssl->trusted_certificate.data == NULL
           && ssl->certificate.data == NULL
           && ssl->certificate_key.data == NULL
           && ssl->name.data == NULL;
}

#endif


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


/* "asyncapi_http_pipeline HOST DEPTH" */

static char *
ngx_http_asyncapi_client_pipeline(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_asyncapi_client_main_t  *main = conf;

    ngx_int_t                      depth;
    ngx_str_t                     *value;
    ngx_asyncapi_http_pipeline_t  *pipeline;

    value = cf->args->elts;

    if (ngx_asyncapi_http_pipeline_depth(main->pipelines, &value[1])) {
        return "is duplicate for this host";
    }

    if (ngx_strlchr(value[1].data, value[1].data + value[1].len, '/')
        && ngx_strncmp(value[1].data, "unix:", 5) != 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is no host: write it as it stands in URLs, "
                           "without \"http://\" and path, as in "
                           "asyncapi_http_pipeline users:8080 8", &value[1]);
        return NGX_CONF_ERROR;
    }

    depth = ngx_atoi(value[2].data, value[2].len);

    if (depth < 1 || depth > NGX_HTTP_ASYNCAPI_CLIENT_MAX_DEPTH) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid depth \"%V\": write how many requests may "
                           "be on their way over a connection, from 2 to %d, "
                           "or 1 for no pipelining",
                           &value[2], NGX_HTTP_ASYNCAPI_CLIENT_MAX_DEPTH);
        return NGX_CONF_ERROR;
    }

    if (main->pipelines == NULL) {
        main->pipelines = ngx_array_create(cf->pool, 4,
                                         sizeof(ngx_asyncapi_http_pipeline_t));
        if (main->pipelines == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    pipeline = ngx_array_push(main->pipelines);
    if (pipeline == NULL) {
        return NGX_CONF_ERROR;
    }

    pipeline->host = value[1];
    pipeline->depth = depth;

    return NGX_CONF_OK;
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

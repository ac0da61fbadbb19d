
/*
 * Copyright (C) The asyncapi module authors
 *
 * Headers of CORS, and the preflight.
 */


#include "ngx_http_asyncapi_cors.h"
#include "ngx_http_asyncapi_route.h"


static ngx_int_t ngx_http_asyncapi_cors_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_asyncapi_cors_filter(ngx_http_request_t *r);
static void ngx_http_asyncapi_cors_drop(ngx_http_request_t *r);
static ngx_int_t ngx_http_asyncapi_cors_add(ngx_http_request_t *r,
    ngx_http_asyncapi_cors_t *cors, ngx_str_t *origin);
static ngx_int_t ngx_http_asyncapi_cors_preflight(ngx_http_request_t *r);
static ngx_int_t ngx_http_asyncapi_cors_allow(ngx_http_request_t *r,
    ngx_http_asyncapi_cors_t *cors, ngx_uint_t methods);
static ngx_http_asyncapi_cors_t *ngx_http_asyncapi_cors_of(
    ngx_http_request_t *r);
static ngx_uint_t ngx_http_asyncapi_cors_allowed(
    ngx_http_asyncapi_cors_t *cors, ngx_str_t *origin);
static ngx_str_t *ngx_http_asyncapi_cors_header(ngx_http_request_t *r,
    const char *name);
static ngx_uint_t ngx_http_asyncapi_cors_names(ngx_str_t *names);


/* what an upstream, whose answer is handed on, may have said */

static ngx_str_t  ngx_http_asyncapi_cors_headers[] = {
    ngx_string("Access-Control-Allow-Origin"),
    ngx_string("Access-Control-Allow-Credentials"),
    ngx_string("Access-Control-Expose-Headers"),
    ngx_null_string
};


/* its place among the filters is below those that add headers */

static ngx_http_module_t  ngx_http_asyncapi_cors_filter_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_asyncapi_cors_init,           /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_asyncapi_cors_filter_module = {
    NGX_MODULE_V1,
    &ngx_http_asyncapi_cors_filter_module_ctx,  /* module context */
    NULL,                                  /* module directives */
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


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;


/* the filter and the handler, where there is use for them */

static ngx_int_t
ngx_http_asyncapi_cors_init(ngx_conf_t *cf)
{
    ngx_http_handler_pt            *handler;
    ngx_http_core_main_conf_t      *cmcf;
    ngx_http_asyncapi_main_conf_t  *amcf;

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_asyncapi_module);

    if (!amcf->cors) {
        return NGX_OK;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    handler = ngx_array_push(&cmcf->phases[NGX_HTTP_PREACCESS_PHASE].handlers);
    if (handler == NULL) {
        return NGX_ERROR;
    }

    *handler = ngx_http_asyncapi_cors_preflight;

    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_asyncapi_cors_filter;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_cors_filter(ngx_http_request_t *r)
{
    ngx_str_t                 *origin, vary;
    ngx_http_asyncapi_cors_t  *cors;

    cors = ngx_http_asyncapi_cors_of(r);

    if (cors == NULL) {
        return ngx_http_next_header_filter(r);
    }

    ngx_http_asyncapi_cors_drop(r);

    if (!cors->any) {
        ngx_str_set(&vary, "Origin");

        if (ngx_http_asyncapi_header(r, "Vary", &vary) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    origin = ngx_http_asyncapi_cors_header(r, "Origin");

    if (origin && ngx_http_asyncapi_cors_allowed(cors, origin)
        && ngx_http_asyncapi_cors_add(r, cors, origin) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_next_header_filter(r);
}


static void
ngx_http_asyncapi_cors_drop(ngx_http_request_t *r)
{
    ngx_str_t        *name;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            for (name = ngx_http_asyncapi_cors_headers; name->len; name++) {
                if (h[i].key.len == name->len
                    && ngx_strncasecmp(h[i].key.data, name->data, name->len)
                       == 0)
                {
                    h[i].hash = 0;
                }
            }
        }
    }
}


static ngx_int_t
ngx_http_asyncapi_cors_add(ngx_http_request_t *r,
    ngx_http_asyncapi_cors_t *cors, ngx_str_t *origin)
{
    ngx_str_t  value;

    ngx_str_set(&value, "*");

    if (ngx_http_asyncapi_header(r, "Access-Control-Allow-Origin",
                                 cors->any ? &value : origin)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_str_set(&value, "true");

    if (cors->credentials
        && ngx_http_asyncapi_header(r, "Access-Control-Allow-Credentials",
                                    &value)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (cors->expose.len
        && ngx_http_asyncapi_header(r, "Access-Control-Expose-Headers",
                                    &cors->expose)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* what is none, or is for what is not there, goes on as any other request */

static ngx_int_t
ngx_http_asyncapi_cors_preflight(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_str_t                     *origin;
    ngx_uint_t                     methods;
    ngx_http_asyncapi_cors_t      *cors;
    ngx_http_asyncapi_loc_conf_t  *alcf;

    if (r->method != NGX_HTTP_OPTIONS) {
        return NGX_DECLINED;
    }

    cors = ngx_http_asyncapi_cors_of(r);

    if (cors == NULL) {
        return NGX_DECLINED;
    }

    origin = ngx_http_asyncapi_cors_header(r, "Origin");

    if (origin == NULL
        || !ngx_http_asyncapi_cors_allowed(cors, origin)
        || ngx_http_asyncapi_cors_header(r, "Access-Control-Request-Method")
           == NULL)
    {
        return NGX_DECLINED;
    }

    alcf = ngx_http_get_module_loc_conf(r, ngx_http_asyncapi_module);
    methods = NGX_HTTP_GET|NGX_HTTP_HEAD;

    if (alcf->endpoints
        && ngx_http_asyncapi_route_methods(r, alcf->endpoints, &methods)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (methods == 0) {
        return NGX_DECLINED;
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_http_asyncapi_cors_allow(r, cors, methods) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = NGX_HTTP_NO_CONTENT;

    rc = ngx_http_send_header(r);

    ngx_http_finalize_request(r, rc);

    return NGX_DONE;
}


static ngx_int_t
ngx_http_asyncapi_cors_allow(ngx_http_request_t *r,
    ngx_http_asyncapi_cors_t *cors, ngx_uint_t methods)
{
    ngx_str_t  list, *names;

    if (ngx_http_asyncapi_methods_list(r->pool, methods, &list) != NGX_OK
        || ngx_http_asyncapi_header(r, "Access-Control-Allow-Methods", &list)
           != NGX_OK
        || ngx_http_asyncapi_header(r, "Access-Control-Max-Age",
                                    &cors->max_age)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    names = ngx_http_asyncapi_cors_header(r, "Access-Control-Request-Headers");

    if (names == NULL || !ngx_http_asyncapi_cors_names(names)) {
        return NGX_OK;
    }

    return ngx_http_asyncapi_header(r, "Access-Control-Allow-Headers", names);
}


/* of answers to the client, in locations that are ours */

static ngx_http_asyncapi_cors_t *
ngx_http_asyncapi_cors_of(ngx_http_request_t *r)
{
    ngx_http_asyncapi_loc_conf_t  *alcf;

    if (r != r->main) {
        return NULL;
    }

    alcf = ngx_http_get_module_loc_conf(r, ngx_http_asyncapi_module);

    return alcf->handler ? alcf->cors : NULL;
}


static ngx_uint_t
ngx_http_asyncapi_cors_allowed(ngx_http_asyncapi_cors_t *cors,
    ngx_str_t *origin)
{
    ngx_str_t   *allowed;
    ngx_uint_t   i;

    if (cors->any) {
        return 1;
    }

    allowed = cors->origins.elts;

    for (i = 0; i < cors->origins.nelts; i++) {
        if (allowed[i].len == origin->len
            && ngx_memcmp(allowed[i].data, origin->data, origin->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static ngx_str_t *
ngx_http_asyncapi_cors_header(ngx_http_request_t *r, const char *name)
{
    size_t            len;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    len = ngx_strlen(name);

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].hash && h[i].key.len == len
                && ngx_strncasecmp(h[i].key.data, (u_char *) name, len) == 0)
            {
                return &h[i].value;
            }
        }
    }

    return NULL;
}


/* names of headers with commas between them, and nothing else */

static ngx_uint_t
ngx_http_asyncapi_cors_names(ngx_str_t *names)
{
    size_t  i;
    u_char  ch;

    for (i = 0; i < names->len; i++) {
        ch = names->data[i];

        if (!((ch >= '0' && ch <= '9')
              || ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z')
              || (ch && ngx_strchr("!#$%&'*+-.^_`|~, ", ch))))
        {
            return 0;
        }
    }

    return names->len > 0;
}

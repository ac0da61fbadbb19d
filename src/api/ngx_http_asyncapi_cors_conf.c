
/*
 * Copyright (C) The asyncapi module authors
 *
 * asyncapi_cors ORIGIN ... [credentials] [expose=NAME,...] [max_age=TIME];
 * asyncapi_cors off;
 */


#include "ngx_http_asyncapi_cors.h"


static char *ngx_http_asyncapi_cors_word(ngx_conf_t *cf,
    ngx_http_asyncapi_cors_t *cors, ngx_str_t *word);
static char *ngx_http_asyncapi_cors_max_age(ngx_conf_t *cf,
    ngx_http_asyncapi_cors_t *cors, ngx_str_t *value);
static char *ngx_http_asyncapi_cors_expose(ngx_conf_t *cf,
    ngx_http_asyncapi_cors_t *cors, ngx_str_t *value);
static char *ngx_http_asyncapi_cors_origin(ngx_conf_t *cf,
    ngx_http_asyncapi_cors_t *cors, ngx_str_t *origin);
static ngx_uint_t ngx_http_asyncapi_cors_is_origin(ngx_str_t *origin);


char *
ngx_http_asyncapi_cors(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_asyncapi_loc_conf_t  *alcf = conf;

    char                           *rv;
    ngx_str_t                      *value;
    ngx_uint_t                      i;
    ngx_http_asyncapi_cors_t       *cors;
    ngx_http_asyncapi_main_conf_t  *amcf;

    if (alcf->cors != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        alcf->cors = NULL;
        return NGX_CONF_OK;
    }

    cors = ngx_pcalloc(cf->pool, sizeof(ngx_http_asyncapi_cors_t));
    if (cors == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_array_init(&cors->origins, cf->pool, 2, sizeof(ngx_str_t))
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    ngx_str_set(&cors->max_age, "600");

    for (i = 1; i < cf->args->nelts; i++) {
        rv = ngx_http_asyncapi_cors_word(cf, cors, &value[i]);

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    if (cors->any ? cors->origins.nelts > 0 : cors->origins.nelts == 0) {
        return "needs origins: write \"*\" alone, or for instance "
               "https://app.example.com";
    }

    if (cors->any && cors->credentials) {
        return "has \"credentials\" for \"*\", which browsers refuse: write "
               "the origins";
    }

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_asyncapi_module);

    amcf->cors = 1;
    alcf->cors = cors;

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_cors_word(ngx_conf_t *cf, ngx_http_asyncapi_cors_t *cors,
    ngx_str_t *word)
{
    ngx_str_t  value;

    if (word->len == 1 && word->data[0] == '*') {
        cors->any = 1;
        return NGX_CONF_OK;
    }

    if (ngx_strcmp(word->data, "credentials") == 0) {
        cors->credentials = 1;
        return NGX_CONF_OK;
    }

    if (word->len > 8 && ngx_strncmp(word->data, "max_age=", 8) == 0) {
        value.data = word->data + 8;
        value.len = word->len - 8;

        return ngx_http_asyncapi_cors_max_age(cf, cors, &value);
    }

    if (word->len > 7 && ngx_strncmp(word->data, "expose=", 7) == 0) {
        value.data = word->data + 7;
        value.len = word->len - 7;

        return ngx_http_asyncapi_cors_expose(cf, cors, &value);
    }

    return ngx_http_asyncapi_cors_origin(cf, cors, word);
}


static char *
ngx_http_asyncapi_cors_max_age(ngx_conf_t *cf, ngx_http_asyncapi_cors_t *cors,
    ngx_str_t *value)
{
    u_char     *p;
    ngx_int_t   seconds;

    seconds = ngx_parse_time(value, 1);

    if (seconds == NGX_ERROR) {
        return "has a \"max_age=\" that is no time: write for instance "
               "max_age=10m";
    }

    p = ngx_pnalloc(cf->pool, NGX_INT_T_LEN);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    cors->max_age.data = p;
    cors->max_age.len = ngx_sprintf(p, "%i", seconds) - p;

    return NGX_CONF_OK;
}


/* "A,B" as "A, B" */

static char *
ngx_http_asyncapi_cors_expose(ngx_conf_t *cf, ngx_http_asyncapi_cors_t *cors,
    ngx_str_t *value)
{
    size_t   i;
    u_char  *p, ch;

    p = ngx_pnalloc(cf->pool, 2 * value->len);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    cors->expose.data = p;

    for (i = 0; i < value->len; i++) {
        ch = value->data[i];

        if (ch == ',') {
            p = ngx_cpymem(p, ", ", 2);
            continue;
        }

        if (!((ch >= '0' && ch <= '9')
              || ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z')
              || ch == '-' || ch == '_'))
        {
            return "has an \"expose=\" that is no list of headers: write for "
                   "instance expose=Asyncapi-Failed,Retry-After";
        }

        *p++ = ch;
    }

    cors->expose.len = p - cors->expose.data;

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_cors_origin(ngx_conf_t *cf, ngx_http_asyncapi_cors_t *cors,
    ngx_str_t *origin)
{
    ngx_str_t  *one;

    if (!ngx_http_asyncapi_cors_is_origin(origin)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is no origin: write a scheme and a host in "
                           "lower case, with the port if it is another than "
                           "usual, as in https://app.example.com", origin);
        return NGX_CONF_ERROR;
    }

    one = ngx_array_push(&cors->origins);
    if (one == NULL) {
        return NGX_CONF_ERROR;
    }

    *one = *origin;

    return NGX_CONF_OK;
}


/* as a browser says it: "https://app.example.com", "http://[::1]:3000" */

static ngx_uint_t
ngx_http_asyncapi_cors_is_origin(ngx_str_t *origin)
{
    u_char  *p, *last;

    p = origin->data;
    last = p + origin->len;

    while (p < last && ((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9')
                        || *p == '+' || *p == '-' || *p == '.'))
    {
        p++;
    }

    if (p == origin->data || last - p < 4 || ngx_strncmp(p, "://", 3) != 0) {
        return 0;
    }

    for (p += 3; p < last; p++) {
        if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9')
              || ngx_strchr("-._:[]", *p)))
        {
            return 0;
        }
    }

    return 1;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * body json|form|raw [schema=FILE[,formats]] [max=SIZE] [optional];
 */


#include "ngx_http_asyncapi_contract.h"


static char *ngx_http_asyncapi_body_add(ngx_conf_t *cf,
    ngx_http_asyncapi_contract_t *contract, ngx_http_asyncapi_body_e body);
static char *ngx_http_asyncapi_body_option(ngx_conf_t *cf,
    ngx_http_asyncapi_contract_t *contract, ngx_str_t *word);


static const ngx_str_t  ngx_http_asyncapi_body_names[] = {
    ngx_null_string,
#define X(id, name)  ngx_string(name),
    NGX_HTTP_ASYNCAPI_BODIES(X)
#undef X
};


char *
ngx_http_asyncapi_body_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block)
{
    char                          *rv;
    ngx_str_t                     *value;
    ngx_uint_t                     i;
    ngx_http_asyncapi_body_e       body;
    ngx_http_asyncapi_contract_t  *contract;

    contract = ngx_http_asyncapi_contract(cf, block->endpoint);
    if (contract == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    for (body = NGX_HTTP_ASYNCAPI_BODY_NONE + 1;
         body < NGX_HTTP_ASYNCAPI_BODY_N; body++)
    {
        if (ngx_http_asyncapi_body_names[body].len == value[1].len
            && ngx_strcmp(ngx_http_asyncapi_body_names[body].data,
                          value[1].data)
               == 0)
        {
            break;
        }
    }

    if (body == NGX_HTTP_ASYNCAPI_BODY_N) {
        return "needs a form: write json, form or raw";
    }

    if (contract->body_implied) {

        if (body != NGX_HTTP_ASYNCAPI_BODY_FORM) {
            return "is of an endpoint with \"form\" parameters, whose body is "
                   "a form: write body form";
        }

        contract->body_implied = 0;
        contract->body_optional = 0;

    } else {
        rv = ngx_http_asyncapi_body_add(cf, contract, body);

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    for (i = 2; i < cf->args->nelts; i++) {
        rv = ngx_http_asyncapi_body_option(cf, contract, &value[i]);

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_http_asyncapi_body_imply(ngx_conf_t *cf,
    ngx_http_asyncapi_contract_t *contract)
{
    char  *rv;

    if (contract->body == NGX_HTTP_ASYNCAPI_BODY_FORM) {
        return NGX_CONF_OK;
    }

    if (contract->body != NGX_HTTP_ASYNCAPI_BODY_NONE) {
        return "is of a body that is a form: write body form";
    }

    rv = ngx_http_asyncapi_body_add(cf, contract, NGX_HTTP_ASYNCAPI_BODY_FORM);

    contract->body_implied = 1;
    contract->body_optional = 1;

    return rv;
}


void
ngx_http_asyncapi_body_complete(ngx_conf_t *cf,
    ngx_http_asyncapi_placed_t *placed)
{
    off_t                          most;
    ngx_http_asyncapi_endpoint_t  *ep;
    ngx_http_asyncapi_contract_t  *contract;

    ep = placed->endpoint;
    contract = ep->contract;
    most = placed->location->client_max_body_size;

    if (contract == NULL || !contract->body_sized || most == 0
        || (off_t) contract->body_max <= most)
    {
        return;
    }

    ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                  "the \"max=\" of the body is more than "
                  "\"client_max_body_size\", by which nginx refuses what has "
                  "more than %O bytes: write \"client_max_body_size %uz;\" in "
                  "the location of the endpoint in %s:%ui",
                  most, contract->body_max, ep->place.file, ep->place.line);
}


static char *
ngx_http_asyncapi_body_add(ngx_conf_t *cf,
    ngx_http_asyncapi_contract_t *contract, ngx_http_asyncapi_body_e body)
{
    ngx_http_asyncapi_param_t     *param;
    ngx_http_asyncapi_endpoint_t  *ep;

    ep = contract->endpoint;

    if (contract->body != NGX_HTTP_ASYNCAPI_BODY_NONE) {
        return "is duplicate";
    }

    if (!(ep->methods
          & (NGX_HTTP_POST|NGX_HTTP_PUT|NGX_HTTP_PATCH|NGX_HTTP_DELETE)))
    {
        return "needs a method that has a body: write for instance "
               "asyncapi POST { ... }";
    }

    contract->body = body;
    contract->body_max = 1024 * 1024;
    contract->body_slot = ep->params.nelts;

    ep->threads = 1;

    param = ngx_array_push(&ep->params);
    if (param == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_str_set(&param->name, "body");
    param->base = (body == NGX_HTTP_ASYNCAPI_BODY_RAW)
                  ? NGX_ASYNCAPI_BASE_SCALAR : NGX_ASYNCAPI_BASE_JSON;
    param->read = 0;
    param->kept = 0;

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_body_option(ngx_conf_t *cf,
    ngx_http_asyncapi_contract_t *contract, ngx_str_t *word)
{
    ssize_t    size;
    ngx_str_t  value;

    if (word->len == 8 && ngx_strncmp(word->data, "optional", 8) == 0) {
        contract->body_optional = 1;
        return NGX_CONF_OK;
    }

    if (word->len > 4 && ngx_strncmp(word->data, "max=", 4) == 0) {
        value.data = word->data + 4;
        value.len = word->len - 4;

        size = ngx_parse_size(&value);

        if (size == NGX_ERROR || size == 0) {
            return "has a \"max=\" that is no size: write for instance "
                   "max=64k";
        }

        contract->body_max = size;
        contract->body_sized = 1;

        return NGX_CONF_OK;
    }

    if (word->len >= 7 && ngx_strncmp(word->data, "schema=", 7) == 0) {

        if (contract->body != NGX_HTTP_ASYNCAPI_BODY_JSON) {
            return "has a \"schema=\", which is for a body of JSON: write "
                   "body json";
        }

        value.data = word->data + 7;
        value.len = word->len - 7;

        contract->body_schema = ngx_http_asyncapi_schema(cf, &value);

        return contract->body_schema ? NGX_CONF_OK : NGX_CONF_ERROR;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"%V\" is no option of a body: write max=SIZE, "
                       "schema=FILE (of JSON) or optional", word);

    return NGX_CONF_ERROR;
}

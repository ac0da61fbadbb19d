
/*
 * Copyright (C) The asyncapi module authors
 *
 * asyncapi_security NAME bearer|basic|apikey [option ...];
 * security NAME ...;
 */


#include "ngx_http_asyncapi_security.h"


static ngx_http_asyncapi_security_t *ngx_http_asyncapi_security_find(
    ngx_array_t *schemes, ngx_str_t *name);
static char *ngx_http_asyncapi_security_option(ngx_conf_t *cf,
    ngx_http_asyncapi_security_t *scheme, ngx_str_t *word);
static ngx_uint_t ngx_http_asyncapi_security_option_is(ngx_str_t *word,
    const char *name, ngx_str_t *value);
static char *ngx_http_asyncapi_security_in(ngx_conf_t *cf,
    ngx_http_asyncapi_security_t *scheme, ngx_str_t *value);
static ngx_int_t ngx_http_asyncapi_security_challenge(ngx_conf_t *cf,
    ngx_http_asyncapi_security_t *scheme);
static ngx_int_t ngx_http_asyncapi_security_bind(ngx_conf_t *cf,
    ngx_http_asyncapi_srv_conf_t *ascf, ngx_array_t *required);


static ngx_http_asyncapi_credential_t  *ngx_http_asyncapi_credentials[] = {
    &ngx_http_asyncapi_bearer,
    &ngx_http_asyncapi_basic,
    &ngx_http_asyncapi_apikey,
    NULL
};


char *
ngx_http_asyncapi_security(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_asyncapi_srv_conf_t  *ascf = conf;

    char                             *rv;
    ngx_str_t                        *value;
    ngx_uint_t                        i;
    ngx_http_asyncapi_security_t     *scheme;
    ngx_http_asyncapi_credential_t  **type;

    value = cf->args->elts;

    if (!ngx_http_asyncapi_is_name(&value[1])) {
        return "needs a name of letters, digits and \"_\"";
    }

    if (ngx_http_asyncapi_security_find(ascf->security, &value[1])) {
        return "has a name that is taken";
    }

    for (type = ngx_http_asyncapi_credentials; *type; type++) {
        if ((*type)->name.len == value[2].len
            && ngx_strcmp((*type)->name.data, value[2].data) == 0)
        {
            break;
        }
    }

    if (*type == NULL) {
        return "needs a type: write bearer, basic or apikey";
    }

    if (ascf->security == NULL) {
        ascf->security = ngx_array_create(cf->pool, 2,
                                        sizeof(ngx_http_asyncapi_security_t));
        if (ascf->security == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    scheme = ngx_array_push(ascf->security);
    if (scheme == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(scheme, sizeof(ngx_http_asyncapi_security_t));

    scheme->name = value[1];
    scheme->type = *type;
    scheme->in = NGX_HTTP_ASYNCAPI_IN_N;

    for (i = 3; i < cf->args->nelts; i++) {
        rv = ngx_http_asyncapi_security_option(cf, scheme, &value[i]);

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    if (scheme->type == &ngx_http_asyncapi_apikey
        && (scheme->in == NGX_HTTP_ASYNCAPI_IN_N || scheme->key.len == 0))
    {
        return "needs the place of the key: write for instance "
               "in=header name=X-Api-Key";
    }

    return (ngx_http_asyncapi_security_challenge(cf, scheme) == NGX_OK)
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static ngx_http_asyncapi_security_t *
ngx_http_asyncapi_security_find(ngx_array_t *schemes, ngx_str_t *name)
{
    ngx_uint_t                     i;
    ngx_http_asyncapi_security_t  *scheme;

    scheme = schemes ? schemes->elts : NULL;

    for (i = 0; schemes && i < schemes->nelts; i++) {
        if (scheme[i].name.len == name->len
            && ngx_memcmp(scheme[i].name.data, name->data, name->len) == 0)
        {
            return &scheme[i];
        }
    }

    return NULL;
}


static char *
ngx_http_asyncapi_security_option(ngx_conf_t *cf,
    ngx_http_asyncapi_security_t *scheme, ngx_str_t *word)
{
    ngx_str_t   value;
    ngx_uint_t  apikey, bearer;

    apikey = (scheme->type == &ngx_http_asyncapi_apikey);
    bearer = (scheme->type == &ngx_http_asyncapi_bearer);

    if (ngx_http_asyncapi_security_option_is(word, "description=", &value)) {
        scheme->description = value;
        return NGX_CONF_OK;
    }

    if (bearer
        && ngx_http_asyncapi_security_option_is(word, "format=", &value))
    {
        scheme->format = value;
        return NGX_CONF_OK;
    }

    if (apikey && ngx_http_asyncapi_security_option_is(word, "name=", &value)) {
        scheme->key = value;
        return NGX_CONF_OK;
    }

    if (apikey && ngx_http_asyncapi_security_option_is(word, "in=", &value)) {
        return ngx_http_asyncapi_security_in(cf, scheme, &value);
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"%V\" is no option of \"%V\": write %sdescription=",
                       word, &scheme->type->name,
                       apikey ? "in=, name= or " : bearer ? "format= or " : "");

    return NGX_CONF_ERROR;
}


static ngx_uint_t
ngx_http_asyncapi_security_option_is(ngx_str_t *word, const char *name,
    ngx_str_t *value)
{
    size_t  len;

    len = ngx_strlen(name);

    if (word->len <= len || ngx_strncmp(word->data, name, len) != 0) {
        return 0;
    }

    value->data = word->data + len;
    value->len = word->len - len;

    return 1;
}


static char *
ngx_http_asyncapi_security_in(ngx_conf_t *cf,
    ngx_http_asyncapi_security_t *scheme, ngx_str_t *value)
{
    ngx_uint_t  in;

    for (in = NGX_HTTP_ASYNCAPI_IN_QUERY; in <= NGX_HTTP_ASYNCAPI_IN_COOKIE;
         in++)
    {
        if (ngx_strcmp(ngx_http_asyncapi_in_names[in].data, value->data) == 0)
        {
            scheme->in = in;
            return NGX_CONF_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"in=%V\" is no place of a key: write in=header, "
                       "in=query or in=cookie", value);

    return NGX_CONF_ERROR;
}


static ngx_int_t
ngx_http_asyncapi_security_challenge(ngx_conf_t *cf,
    ngx_http_asyncapi_security_t *scheme)
{
    u_char  *p;

    p = ngx_pnalloc(cf->pool, ngx_strlen(scheme->type->challenge)
                              + scheme->name.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    scheme->challenge.data = p;
    scheme->challenge.len = ngx_sprintf(p, scheme->type->challenge,
                                        &scheme->name)
                            - p;

    return NGX_OK;
}


char *
ngx_http_asyncapi_security_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block)
{
    ngx_str_t                     *value, *name;
    ngx_uint_t                     i;
    ngx_http_asyncapi_contract_t  *contract;
    ngx_http_asyncapi_required_t  *required;

    if (block->owner) {
        return "belongs outside of groups";
    }

    contract = ngx_http_asyncapi_contract(cf, block->endpoint);
    if (contract == NULL) {
        return NGX_CONF_ERROR;
    }

    if (contract->security == NULL) {
        contract->security = ngx_array_create(cf->pool, 1,
                                        sizeof(ngx_http_asyncapi_required_t));
        if (contract->security == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    required = ngx_array_push(contract->security);
    if (required == NULL) {
        return NGX_CONF_ERROR;
    }

    required->schemes = NULL;
    ngx_http_asyncapi_conf_place(cf, &required->place);

    if (ngx_array_init(&required->names, cf->pool, cf->args->nelts - 1,
                       sizeof(ngx_str_t))
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        name = ngx_array_push(&required->names);
        *name = value[i];
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_asyncapi_security_merge(ngx_conf_t *cf,
    ngx_http_asyncapi_srv_conf_t *prev, ngx_http_asyncapi_srv_conf_t *conf)
{
    ngx_uint_t                     i;
    ngx_http_asyncapi_security_t  *scheme, *own;

    if (conf->security == NULL) {
        conf->security = prev->security;
        return NGX_OK;
    }

    scheme = prev->security ? prev->security->elts : NULL;

    for (i = 0; prev->security && i < prev->security->nelts; i++) {

        if (ngx_http_asyncapi_security_find(conf->security, &scheme[i].name)) {
            continue;
        }

        own = ngx_array_push(conf->security);
        if (own == NULL) {
            return NGX_ERROR;
        }

        *own = scheme[i];
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_asyncapi_security_complete(ngx_conf_t *cf,
    ngx_http_asyncapi_srv_conf_t *ascf, ngx_http_asyncapi_endpoint_t *ep)
{
    if (ep->contract == NULL || ep->contract->security == NULL) {
        return NGX_OK;
    }

    return ngx_http_asyncapi_security_bind(cf, ascf, ep->contract->security);
}


static ngx_int_t
ngx_http_asyncapi_security_bind(ngx_conf_t *cf,
    ngx_http_asyncapi_srv_conf_t *ascf, ngx_array_t *required)
{
    ngx_str_t                     *name;
    ngx_uint_t                     i, n;
    ngx_http_asyncapi_required_t  *one;

    one = required->elts;

    for (i = 0; i < required->nelts; i++) {
        name = one[i].names.elts;

        one[i].schemes = ngx_palloc(cf->pool,
                                    one[i].names.nelts * sizeof(void *));
        if (one[i].schemes == NULL) {
            return NGX_ERROR;
        }

        for (n = 0; n < one[i].names.nelts; n++) {

            one[i].schemes[n] = ngx_http_asyncapi_security_find(ascf->security,
                                                                &name[n]);
            if (one[i].schemes[n] == NULL) {
                (void) ngx_http_asyncapi_conf_error(cf, &one[i].place,
                           "there is no \"asyncapi_security %V\": write for "
                           "instance asyncapi_security %V bearer; in the "
                           "server", &name[n], &name[n]);
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}

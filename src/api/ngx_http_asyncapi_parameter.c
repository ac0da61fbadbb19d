
/*
 * Copyright (C) The asyncapi module authors
 *
 * path|query|header|cookie|form NAME TYPE [option ...];
 */


#include "ngx_http_asyncapi_contract.h"


static char *ngx_http_asyncapi_parameter_name(ngx_conf_t *cf,
    ngx_http_asyncapi_contract_t *contract, ngx_http_asyncapi_parameter_t *p,
    ngx_str_t *name);
static char *ngx_http_asyncapi_parameter_of_path(ngx_conf_t *cf,
    ngx_http_asyncapi_contract_t *contract, ngx_http_asyncapi_parameter_t *p);
static char *ngx_http_asyncapi_parameter_type(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *type);
static char *ngx_http_asyncapi_parameter_add(ngx_conf_t *cf,
    ngx_http_asyncapi_contract_t *contract, ngx_http_asyncapi_parameter_t *p);
static ngx_int_t ngx_http_asyncapi_parameter_errors(ngx_pool_t *pool,
    ngx_http_asyncapi_parameter_t *p);


const ngx_str_t  ngx_http_asyncapi_in_names[] = {
#define X(id, name)  ngx_string(name),
    NGX_HTTP_ASYNCAPI_INS(X)
#undef X
};


char *
ngx_http_asyncapi_parameter_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block)
{
    char                           *rv;
    ngx_str_t                      *value;
    ngx_uint_t                      i;
    ngx_http_asyncapi_contract_t   *contract;
    ngx_http_asyncapi_parameter_t  *p;

    contract = ngx_http_asyncapi_contract(cf, block->endpoint);
    if (contract == NULL) {
        return NGX_CONF_ERROR;
    }

    p = ngx_pcalloc(cf->pool, sizeof(ngx_http_asyncapi_parameter_t));
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    while (ngx_strcmp(ngx_http_asyncapi_in_names[p->in].data, value[0].data)
           != 0)
    {
        p->in++;
    }

    rv = NGX_CONF_OK;

    if (p->in == NGX_HTTP_ASYNCAPI_IN_FORM) {
        rv = ngx_http_asyncapi_body_imply(cf, contract);
    }

    if (rv == NGX_CONF_OK) {
        rv = ngx_http_asyncapi_parameter_name(cf, contract, p, &value[1]);
    }

    if (rv == NGX_CONF_OK) {
        rv = ngx_http_asyncapi_parameter_type(cf, p, &value[2]);
    }

    for (i = 3; rv == NGX_CONF_OK && i < cf->args->nelts; i++) {
        rv = ngx_http_asyncapi_parameter_option(cf, p, &value[i]);
    }

    if (rv == NGX_CONF_OK) {
        rv = ngx_http_asyncapi_parameter_options_check(cf, p);
    }

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    return ngx_http_asyncapi_parameter_add(cf, contract, p);
}


ngx_http_asyncapi_contract_t *
ngx_http_asyncapi_contract(ngx_conf_t *cf, ngx_http_asyncapi_endpoint_t *ep)
{
    ngx_http_asyncapi_contract_t  *contract;

    if (ep->contract) {
        return ep->contract;
    }

    contract = ngx_pcalloc(cf->pool, sizeof(ngx_http_asyncapi_contract_t));
    if (contract == NULL) {
        return NULL;
    }

    if (ngx_array_init(&contract->parameters, cf->pool, 4, sizeof(void *))
        != NGX_OK)
    {
        return NULL;
    }

    /* no other statement has added one yet */

    contract->npath = ep->params.nelts;
    contract->endpoint = ep;

    ep->contract = contract;

    return contract;
}


/* $NAME, and where its value will be */

static char *
ngx_http_asyncapi_parameter_name(ngx_conf_t *cf,
    ngx_http_asyncapi_contract_t *contract, ngx_http_asyncapi_parameter_t *p,
    ngx_str_t *name)
{
    size_t                      i;
    ngx_str_t                   variable;
    ngx_http_asyncapi_param_t  *param;

    p->name = *name;

    if (p->in == NGX_HTTP_ASYNCAPI_IN_PATH) {
        return ngx_http_asyncapi_parameter_of_path(cf, contract, p);
    }

    variable.len = name->len;
    variable.data = ngx_pstrdup(cf->pool, name);
    if (variable.data == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 0; p->in == NGX_HTTP_ASYNCAPI_IN_HEADER && i < name->len; i++) {
        if (variable.data[i] == '-') {
            variable.data[i] = '_';
        }
    }

    if (!ngx_http_asyncapi_is_name(&variable)
        || name->len > NGX_HTTP_ASYNCAPI_MAX_NAME)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" can't be the name of a parameter: write "
                           "up to %d letters, digits and \"_\", in a header's "
                           "also \"-\", beginning with a letter", name,
                           NGX_HTTP_ASYNCAPI_MAX_NAME);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_asyncapi_graph_has(contract->endpoint, &variable)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the name \"%V\" is taken in this endpoint: give "
                           "the %V parameter, or the other, another name",
                           &variable, &ngx_http_asyncapi_in_names[p->in]);
        return NGX_CONF_ERROR;
    }

    p->slot = contract->endpoint->params.nelts;

    param = ngx_array_push(&contract->endpoint->params);
    if (param == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(param, sizeof(ngx_http_asyncapi_param_t));

    param->name = variable;
    param->base = NGX_ASYNCAPI_BASE_SCALAR;

    return NGX_CONF_OK;
}


/* the name is there already: the statement says what its text has to be */

static char *
ngx_http_asyncapi_parameter_of_path(ngx_conf_t *cf,
    ngx_http_asyncapi_contract_t *contract, ngx_http_asyncapi_parameter_t *p)
{
    ngx_uint_t                       i;
    ngx_http_asyncapi_param_t       *param;
    ngx_http_asyncapi_parameter_t  **other;

    param = contract->endpoint->params.elts;

    for (i = 0; i < contract->npath; i++) {

        if (param[i].name.len == p->name.len
            && ngx_strncmp(param[i].name.data, p->name.data, p->name.len) == 0)
        {
            break;
        }
    }

    if (i == contract->npath) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the path of the endpoint has no \":%V\": write it "
                           "there, or make it a \"query\" parameter",
                           &p->name);
        return NGX_CONF_ERROR;
    }

    p->slot = i;
    p->required = 1;

    other = contract->parameters.elts;

    for (i = 0; i < contract->parameters.nelts; i++) {
        if (other[i]->slot == p->slot) {
            return "is duplicate";
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_parameter_type(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *type)
{
    ngx_str_t         name;
    const ngx_str_t  *known;

    name = *type;

    if (name.len > 2 && ngx_strncmp(name.data + name.len - 2, "[]", 2) == 0) {
        name.len -= 2;
        p->array = 1;
    }

    for (p->rules.type = 0; p->rules.type < NGX_ASYNCAPI_SCALAR_N;
         p->rules.type++)
    {
        known = &ngx_asyncapi_scalar_names[p->rules.type];

        if (known->len == name.len
            && ngx_strncmp(known->data, name.data, name.len) == 0)
        {
            break;
        }
    }

    if (p->rules.type == NGX_ASYNCAPI_SCALAR_N) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is no type: write string, integer, number, "
                           "boolean, uuid, date or date-time, with \"[]\" for "
                           "one that may be repeated", type);
        return NGX_CONF_ERROR;
    }

    if (p->array && p->in == NGX_HTTP_ASYNCAPI_IN_PATH) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "a name of the path is one value: write \"%V\"",
                           &ngx_asyncapi_scalar_names[p->rules.type]);
        return NGX_CONF_ERROR;
    }

    p->rules.max_length = NGX_MAX_SIZE_T_VALUE;

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_parameter_add(ngx_conf_t *cf,
    ngx_http_asyncapi_contract_t *contract, ngx_http_asyncapi_parameter_t *p)
{
    ngx_uint_t                       bucket;
    ngx_http_asyncapi_param_t       *param;
    ngx_http_asyncapi_lookup_t      *lookup;
    ngx_http_asyncapi_parameter_t  **slot;

    if (ngx_http_asyncapi_parameter_errors(cf->pool, p) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    p->index = contract->parameters.nelts;

    slot = ngx_array_push(&contract->parameters);
    if (slot == NULL) {
        return NGX_CONF_ERROR;
    }

    *slot = p;

    if (p->array) {
        param = contract->endpoint->params.elts;
        param[p->slot].base = NGX_ASYNCAPI_BASE_JSON;
    }

    lookup = &contract->lookups[p->in];
    bucket = ngx_http_asyncapi_bucket(&p->name);

    p->next = lookup->buckets[bucket];
    lookup->buckets[bucket] = p;
    lookup->count++;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_asyncapi_parameter_errors(ngx_pool_t *pool,
    ngx_http_asyncapi_parameter_t *p)
{
    size_t                len, size;
    u_char               *text, *last;
    ngx_asyncapi_rule_e   rule;

    for (rule = NGX_ASYNCAPI_RULE_NONE + 1; rule < NGX_ASYNCAPI_RULE_N; rule++)
    {
        text = ngx_http_asyncapi_parameter_broken(pool, p, rule);
        if (text == NULL) {
            return NGX_ERROR;
        }

        len = ngx_strlen(text);
        size = sizeof("{\"in\":\"\",\"name\":\"\",\"detail\":\"\"")
               + ngx_http_asyncapi_in_names[p->in].len + p->name.len
               + ngx_asyncapi_json_escape_len(text, len);

        p->errors[rule].data = ngx_pnalloc(pool, size);
        if (p->errors[rule].data == NULL) {
            return NGX_ERROR;
        }

        last = ngx_sprintf(p->errors[rule].data,
                           "{\"in\":\"%V\",\"name\":\"%V\",\"detail\":\"",
                           &ngx_http_asyncapi_in_names[p->in], &p->name);
        last = ngx_asyncapi_json_escape(last, text, len);
        *last++ = '"';

        p->errors[rule].len = last - p->errors[rule].data;
    }

    return NGX_OK;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * A body that is JSON or a form: what there is to say of it, which may be found
 * in a thread, and what comes of that.
 */


#include "ngx_http_asyncapi_contract.h"


static ngx_int_t ngx_http_asyncapi_body_fields(
    ngx_http_asyncapi_check_t *check, ngx_array_t *fields);


ngx_int_t
ngx_http_asyncapi_body_look(ngx_http_asyncapi_check_t *check)
{
    ngx_http_asyncapi_param_t      *param;
    ngx_http_asyncapi_loc_conf_t   *conf;
    ngx_http_asyncapi_body_look_t   look;

    ngx_memzero(&look, sizeof(ngx_http_asyncapi_body_look_t));

    param = check->endpoint->params.elts;

    look.contract = check->contract;
    look.body = check->body;
    look.type = check->request->headers_in.content_type->value;
    look.read = param[check->contract->body_slot].read;
    look.rc = NGX_ERROR;

    conf = ngx_http_get_module_loc_conf(check->request,
                                        ngx_http_asyncapi_module);

    if (look.body.len > conf->offload && conf->thread_pool) {
        return ngx_http_asyncapi_body_offload(check, &look);
    }

    ngx_http_asyncapi_body_look_run(&look, check->request->pool);

    return ngx_http_asyncapi_body_looked(check, &look);
}


void
ngx_http_asyncapi_body_look_run(ngx_http_asyncapi_body_look_t *look,
    ngx_pool_t *pool)
{
    if (look->contract->body == NGX_HTTP_ASYNCAPI_BODY_JSON) {
        ngx_http_asyncapi_body_json(look, pool);

    } else {
        ngx_http_asyncapi_body_form(look, pool);
    }
}


ngx_int_t
ngx_http_asyncapi_body_looked(ngx_http_asyncapi_check_t *check,
    ngx_http_asyncapi_body_look_t *look)
{
    ngx_uint_t                    i;
    ngx_asyncapi_value_t         *value;
    ngx_asyncapi_schema_error_t  *error;

    if (look->rc == NGX_DECLINED) {
        return ngx_http_asyncapi_check_problem(check, NGX_HTTP_BAD_REQUEST,
                                               &look->detail);
    }

    if (look->rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    error = look->errors.elts;

    for (i = 0; i < look->errors.nelts; i++) {
        if (ngx_http_asyncapi_check_body_error(check, &error[i].pointer,
                                               &error[i].detail)
            != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    if (ngx_http_asyncapi_body_fields(check, &look->fields) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (look->value.len) {
        value = &check->params[check->contract->body_slot];

        value->type = NGX_ASYNCAPI_VALUE_JSON;
        value->data = look->value;
    }

    return ngx_http_asyncapi_check_done(check);
}


/* the parameters of form statements */

static ngx_int_t
ngx_http_asyncapi_body_fields(ngx_http_asyncapi_check_t *check,
    ngx_array_t *fields)
{
    ngx_uint_t                      i;
    ngx_http_asyncapi_field_t      *field;
    ngx_http_asyncapi_parameter_t  *p;

    field = fields->elts;

    for (i = 0; i < fields->nelts; i++) {

        p = ngx_http_asyncapi_given_to(check->contract,
                                       NGX_HTTP_ASYNCAPI_IN_FORM,
                                       &field[i].name);

        if (p && ngx_http_asyncapi_given_add(check, p, &field[i].value)
                 != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}

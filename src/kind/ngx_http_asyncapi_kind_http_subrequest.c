
/*
 * Copyright (C) The asyncapi module authors
 *
 * What a task's subrequest is given: URI, headers, body and variables of its
 * own.  Of the client's headers it gets what is not about the client's own
 * connection, body, cache and range.
 */


#include "ngx_http_asyncapi_kind_http_location.h"


static ngx_int_t ngx_http_asyncapi_http_given_uri(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_http_given_t *given);
static ngx_int_t ngx_http_asyncapi_http_given_body(ngx_http_asyncapi_op_t *op,
    ngx_http_request_body_t *body, ngx_http_headers_in_t *headers_in);
static ngx_int_t ngx_http_asyncapi_http_body_buffer(
    ngx_http_asyncapi_op_t *op, ngx_http_request_body_t *body,
    ngx_str_t *text);
static ngx_int_t ngx_http_asyncapi_http_body_headers(
    ngx_http_asyncapi_op_t *op, ngx_http_headers_in_t *headers_in,
    ngx_str_t *type, size_t len);
static ngx_int_t ngx_http_asyncapi_http_given_variables(
    ngx_http_asyncapi_op_t *op, ngx_http_asyncapi_http_given_t *given);
static ngx_uint_t ngx_http_asyncapi_http_stale(ngx_str_t *name);


static const ngx_str_t  ngx_http_asyncapi_http_content_type =
    ngx_string("Content-Type");
static const ngx_str_t  ngx_http_asyncapi_http_content_length =
    ngx_string("Content-Length");


ngx_int_t
ngx_http_asyncapi_http_given(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_http_capture_t *capture,
    ngx_http_asyncapi_http_given_t *given)
{
    ngx_int_t  rc;

    rc = ngx_http_asyncapi_http_given_uri(op, given);

    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_asyncapi_http_given_headers(op, given);

    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_asyncapi_http_given_body(op, &capture->body,
                                           &given->headers_in);
    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_asyncapi_http_given_variables(op, given);
}


static ngx_int_t
ngx_http_asyncapi_http_given_uri(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_http_given_t *given)
{
    ngx_int_t                                rc;
    ngx_uint_t                               flags;
    ngx_http_asyncapi_http_conf_t           *http;
    ngx_http_asyncapi_http_location_conf_t  *conf;

    http = op->node->conf;
    conf = http->form_conf;

    if (conf->block) {
        given->uri = conf->whole ? conf->block->name : op->request->uri;
        given->args = op->request->args;

        return NGX_OK;
    }

    rc = ngx_http_asyncapi_op_render(op, conf->uri, &given->uri);

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_str_null(&given->args);
    flags = 0;

    if (ngx_http_parse_unsafe_uri(op->request, &given->uri, &given->args,
                                  &flags)
        != NGX_OK)
    {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_INVALID,
                        "the URI has \"/../\" or a zero byte in it");
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_http_given_body(ngx_http_asyncapi_op_t *op,
    ngx_http_request_body_t *body, ngx_http_headers_in_t *headers_in)
{
    ngx_int_t                       rc;
    ngx_str_t                       text, type;
    ngx_http_asyncapi_http_conf_t  *http;

    http = op->node->conf;

    if (http->body == NULL) {

        if (http->method & (NGX_HTTP_POST|NGX_HTTP_PUT|NGX_HTTP_PATCH)) {
            return ngx_http_asyncapi_http_body_headers(op, headers_in, NULL,
                                                       0);
        }

        return NGX_OK;
    }

    ngx_str_set(&type, "application/json");

    if (http->type) {
        rc = ngx_http_asyncapi_op_render(op, http->type, &type);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    rc = ngx_http_asyncapi_op_render(op, http->body, &text);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_http_asyncapi_http_body_buffer(op, body, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_asyncapi_http_body_headers(op, headers_in, &type,
                                               text.len);
}


static ngx_int_t
ngx_http_asyncapi_http_body_buffer(ngx_http_asyncapi_op_t *op,
    ngx_http_request_body_t *body, ngx_str_t *text)
{
    ngx_buf_t  *b;

    if (text->len == 0) {
        return NGX_OK;
    }

    b = ngx_calloc_buf(op->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->memory = 1;
    b->last_buf = 1;
    b->start = text->data;
    b->pos = text->data;
    b->last = text->data + text->len;
    b->end = b->last;

    body->bufs = ngx_alloc_chain_link(op->pool);
    if (body->bufs == NULL) {
        return NGX_ERROR;
    }

    body->bufs->buf = b;
    body->bufs->next = NULL;
    body->buf = b;
    body->received = text->len;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_http_body_headers(ngx_http_asyncapi_op_t *op,
    ngx_http_headers_in_t *headers_in, ngx_str_t *type, size_t len)
{
    u_char     digits[NGX_SIZE_T_LEN];
    ngx_str_t  value;

    if (type) {
        headers_in->content_type = ngx_http_asyncapi_http_push_header(op,
                                   headers_in,
                                   &ngx_http_asyncapi_http_content_type, type);

        if (headers_in->content_type == NULL) {
            return NGX_ERROR;
        }
    }

    value.data = digits;
    value.len = ngx_sprintf(digits, "%uz", len) - digits;

    headers_in->content_length = ngx_http_asyncapi_http_push_header(op,
                                 headers_in,
                                 &ngx_http_asyncapi_http_content_length,
                                 &value);

    if (headers_in->content_length == NULL) {
        return NGX_ERROR;
    }

    headers_in->content_length_n = len;

    return NGX_OK;
}


/*
 * Tasks that run "set" must not see each other's values, nor may they see
 * what the parent has cached of headers and a body that they don't have.
 */

static ngx_int_t
ngx_http_asyncapi_http_given_variables(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_http_given_t *given)
{
    ngx_uint_t                  i, n;
    ngx_http_variable_t        *v;
    ngx_http_variable_value_t  *value;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_get_module_main_conf(op->request, ngx_http_core_module);

    v = cmcf->variables.elts;
    n = cmcf->variables.nelts;

    value = ngx_palloc(op->pool, n * sizeof(ngx_http_variable_value_t));
    if (value == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(value, op->request->variables,
               n * sizeof(ngx_http_variable_value_t));

    for (i = 0; i < n; i++) {
        if ((value[i].valid || value[i].not_found)
            && ngx_http_asyncapi_http_stale(&v[i].name))
        {
            ngx_memzero(&value[i], sizeof(ngx_http_variable_value_t));
        }
    }

    given->variables = value;

    return ngx_http_asyncapi_op_lets(op, value);
}


static ngx_uint_t
ngx_http_asyncapi_http_stale(ngx_str_t *name)
{
    return (name->len > 5 && ngx_strncmp(name->data, "http_", 5) == 0)
           || (name->len > 8 && ngx_strncmp(name->data, "content_", 8) == 0)
           || (name->len >= 12
               && ngx_strncmp(name->data, "request_body", 12) == 0);
}

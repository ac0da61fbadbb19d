
/*
 * Copyright (C) The asyncapi module authors
 *
 * Checking a request against its endpoint's contract, before any task starts.
 */


#include "ngx_http_asyncapi_contract.h"
#include "ngx_http_asyncapi_security.h"


/* nginx has neither a name nor words for it */
#define NGX_HTTP_ASYNCAPI_UNPROCESSABLE  422

/* bytes of a pointer that an error has: names may be as long as a body */
#define NGX_HTTP_ASYNCAPI_MAX_POINTER  512

/* bytes of errors that the log has */
#define NGX_HTTP_ASYNCAPI_LOG_ERRORS  512


static ngx_int_t ngx_http_asyncapi_check_parameters(
    ngx_http_asyncapi_check_t *check);
static ngx_int_t ngx_http_asyncapi_check_refuse(
    ngx_http_asyncapi_check_t *check);


ngx_int_t
ngx_http_asyncapi_contract_start(ngx_http_request_t *r,
    ngx_http_asyncapi_endpoint_t *ep, ngx_asyncapi_value_t *params)
{
    ngx_int_t                   rc;
    ngx_uint_t                  n;
    ngx_http_asyncapi_check_t  *check;

    /* as access rules, which are for the client's request alone */

    if (ep->contract->security && r == r->main
        && !ngx_http_asyncapi_security_given(r, ep->contract->security))
    {
        return ngx_http_asyncapi_security_refuse(r, ep->contract->security);
    }

    n = ep->contract->parameters.nelts;

    check = ngx_pcalloc(r->pool, sizeof(ngx_http_asyncapi_check_t)
                                 + n * sizeof(ngx_http_asyncapi_given_t));
    if (check == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    check->request = r;
    check->endpoint = ep;
    check->contract = ep->contract;
    check->params = params;
    check->given = (ngx_http_asyncapi_given_t *) &check[1];

    ngx_asyncapi_out_init(&check->errors, r->pool);

    if (ngx_http_asyncapi_given(check) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ep->contract->body != NGX_HTTP_ASYNCAPI_BODY_NONE) {
        return ngx_http_asyncapi_body_read(check);
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_asyncapi_check_done(check);
}


ngx_int_t
ngx_http_asyncapi_check_done(ngx_http_asyncapi_check_t *check)
{
    if (ngx_http_asyncapi_check_parameters(check) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (check->nerrors) {
        return ngx_http_asyncapi_check_refuse(check);
    }

    return ngx_http_asyncapi_run_start(check->request, check->endpoint,
                                       check->params, check->memory);
}


static ngx_int_t
ngx_http_asyncapi_check_parameters(ngx_http_asyncapi_check_t *check)
{
    ngx_uint_t                       i;
    ngx_http_asyncapi_parameter_t  **p;

    ngx_asyncapi_match_init(&check->match, check->request->pool,
                            check->body.len);

    p = check->contract->parameters.elts;

    for (i = 0; i < check->contract->parameters.nelts; i++) {
        if (ngx_http_asyncapi_parameter_value(check, p[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_asyncapi_check_error(ngx_http_asyncapi_check_t *check,
    ngx_str_t *error, ngx_int_t index)
{
    u_char              *p, *last;
    u_char               number[sizeof(",\"index\":") + NGX_INT_T_LEN];
    ngx_asyncapi_out_t  *out;

    if (check->nerrors == NGX_HTTP_ASYNCAPI_MAX_ERRORS) {
        return NGX_OK;
    }

    out = &check->errors;
    last = number;

    if (index >= 0) {
        last = ngx_sprintf(number, ",\"index\":%i", index);
    }

    p = ngx_asyncapi_out_room(out, sizeof(",}") - 1 + error->len
                                   + (last - number));
    if (p == NULL) {
        return NGX_ERROR;
    }

    *p++ = check->nerrors ? ',' : '[';
    p = ngx_cpymem(p, error->data, error->len);
    p = ngx_cpymem(p, number, last - number);
    *p = '}';

    check->nerrors++;

    return NGX_OK;
}


ngx_int_t
ngx_http_asyncapi_check_body_error(ngx_http_asyncapi_check_t *check,
    ngx_str_t *pointer, ngx_str_t *detail)
{
    size_t      len;
    u_char     *p;
    ngx_str_t   error;

    len = ngx_min(pointer->len, NGX_HTTP_ASYNCAPI_MAX_POINTER);

    error.data = ngx_pnalloc(check->request->pool,
                             sizeof("{\"pointer\":\"...\",\"detail\":\"\"") - 1
                             + len
                             + ngx_asyncapi_json_escape_len(detail->data,
                                                            detail->len));
    if (error.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(error.data, "{\"pointer\":\"%*s%s\",\"detail\":\"",
                    len, pointer->data, len < pointer->len ? "..." : "");
    p = ngx_asyncapi_json_escape(p, detail->data, detail->len);
    *p++ = '"';

    error.len = p - error.data;

    return ngx_http_asyncapi_check_error(check, &error, -1);
}


static ngx_int_t
ngx_http_asyncapi_check_refuse(ngx_http_asyncapi_check_t *check)
{
    ngx_str_t            errors, detail;
    ngx_http_request_t  *r;

    r = check->request;

    if (ngx_asyncapi_out_copy(&check->errors, (u_char *) "]", 1) != NGX_OK
        || ngx_asyncapi_out_string(&check->errors, &errors) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "asyncapi refused the request: %*s",
                  ngx_min(errors.len, NGX_HTTP_ASYNCAPI_LOG_ERRORS),
                  errors.data);

    ngx_str_set(&detail, "The request has errors.");
    ngx_str_set(&r->headers_out.status_line, "422 Unprocessable Content");

    return ngx_http_asyncapi_problem(r, NGX_HTTP_ASYNCAPI_UNPROCESSABLE,
                                     &detail, &errors);
}


ngx_int_t
ngx_http_asyncapi_check_problem(ngx_http_asyncapi_check_t *check,
    ngx_uint_t status, ngx_str_t *detail)
{
    ngx_str_t  none;

    ngx_log_error(NGX_LOG_INFO, check->request->connection->log, 0,
                  "asyncapi refused the request: %ui, %V", status, detail);

    ngx_str_null(&none);

    return ngx_http_asyncapi_problem(check->request, status, detail, &none);
}

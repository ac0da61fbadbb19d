
/*
 * Copyright (C) The asyncapi module authors
 *
 * Status and headers of what a task's subrequest answers.
 */


#include "ngx_http_asyncapi_kind_http_location.h"
#include "ngx_http_asyncapi_kind_http_header.h"


static ngx_int_t ngx_http_asyncapi_http_response_type(ngx_http_request_t *r,
    ngx_http_asyncapi_http_response_t *response);
static ngx_int_t ngx_http_asyncapi_http_response_time(ngx_http_request_t *r,
    ngx_http_asyncapi_http_response_t *response);
static ngx_keyval_t *ngx_http_asyncapi_http_response_header(
    ngx_http_asyncapi_http_response_t *response, const char *name);


ngx_int_t
ngx_http_asyncapi_http_response(ngx_http_request_t *r,
    ngx_http_asyncapi_http_response_t *response)
{
    ngx_uint_t        i;
    ngx_keyval_t     *header;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    response->status = r->headers_out.status;

    response->headers = ngx_array_create(r->pool, 8, sizeof(ngx_keyval_t));
    if (response->headers == NULL) {
        return NGX_ERROR;
    }

    part = &r->headers_out.headers.part;
    h = part->elts;

    for (i = 0; /* void */; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        if (h[i].hash == 0) {
            continue;
        }

        header = ngx_array_push(response->headers);
        if (header == NULL) {
            return NGX_ERROR;
        }

        header->key = h[i].key;
        header->value = h[i].value;
    }

    response->encoded = ngx_http_asyncapi_http_encoded(response->headers);

    if (ngx_http_asyncapi_http_response_type(r, response) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_asyncapi_http_response_time(r, response);
}


/* as ngx_http_header_filter() puts it */

static ngx_int_t
ngx_http_asyncapi_http_response_type(ngx_http_request_t *r,
    ngx_http_asyncapi_http_response_t *response)
{
    u_char        *p;
    size_t         len;
    ngx_str_t     *type;
    ngx_keyval_t  *header;

    type = &response->content_type;

    if (r->headers_out.content_type.len == 0) {
        return NGX_OK;
    }

    *type = r->headers_out.content_type;

    if (r->headers_out.content_type_len == r->headers_out.content_type.len
        && r->headers_out.charset.len)
    {
        len = type->len + sizeof("; charset=") - 1
              + r->headers_out.charset.len;

        p = ngx_pnalloc(r->pool, len);
        if (p == NULL) {
            return NGX_ERROR;
        }

        type->data = p;

        p = ngx_cpymem(p, r->headers_out.content_type.data, type->len);
        p = ngx_cpymem(p, "; charset=", sizeof("; charset=") - 1);
        ngx_memcpy(p, r->headers_out.charset.data,
                   r->headers_out.charset.len);

        type->len = len;
    }

    header = ngx_http_asyncapi_http_response_header(response, "Content-Type");
    if (header == NULL) {
        return NGX_ERROR;
    }

    header->value = *type;

    return NGX_OK;
}


/* nginx prints it last */

static ngx_int_t
ngx_http_asyncapi_http_response_time(ngx_http_request_t *r,
    ngx_http_asyncapi_http_response_t *response)
{
    u_char        *p;
    ngx_keyval_t  *header;

    if (r->headers_out.last_modified
        || r->headers_out.last_modified_time == -1)
    {
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, sizeof("Mon, 28 Sep 1970 06:00:00 GMT") - 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    header = ngx_http_asyncapi_http_response_header(response, "Last-Modified");
    if (header == NULL) {
        return NGX_ERROR;
    }

    header->value.data = p;
    header->value.len = ngx_http_time(p, r->headers_out.last_modified_time)
                        - p;

    return NGX_OK;
}


/*
 * Known only in the end: of a subrequest, ssi and sub leave the length as it
 * was before them.
 */

ngx_int_t
ngx_http_asyncapi_http_response_length(
    ngx_http_asyncapi_http_capture_t *capture)
{
    off_t                length;
    u_char              *p;
    ngx_keyval_t        *header;
    ngx_http_request_t  *r;

    r = capture->output.request;
    length = r->headers_out.content_length_n;

    if (length < 0 || r->headers_out.content_length) {
        return NGX_OK;
    }

    if (!r->header_only) {
        length = capture->size;
    }

    p = ngx_pnalloc(r->pool, NGX_OFF_T_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    header = ngx_http_asyncapi_http_response_header(&capture->response,
                                                    "Content-Length");
    if (header == NULL) {
        return NGX_ERROR;
    }

    header->value.data = p;
    header->value.len = ngx_sprintf(p, "%O", length) - p;

    return NGX_OK;
}


static ngx_keyval_t *
ngx_http_asyncapi_http_response_header(
    ngx_http_asyncapi_http_response_t *response, const char *name)
{
    ngx_keyval_t  *header;

    header = ngx_array_push(response->headers);
    if (header == NULL) {
        return NULL;
    }

    header->key.data = (u_char *) name;
    header->key.len = ngx_strlen(name);

    return header;
}

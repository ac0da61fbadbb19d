
/*
 * Copyright (C) The asyncapi module authors
 *
 * The Content-Type of a request.
 */


#include "ngx_http_asyncapi_contract.h"
#include "ngx_asyncapi_multipart.h"


static void ngx_http_asyncapi_body_type_of(ngx_str_t *content_type,
    ngx_str_t *type);
static ngx_uint_t ngx_http_asyncapi_body_type_json(ngx_str_t *content_type);
static ngx_uint_t ngx_http_asyncapi_body_type_utf8(ngx_str_t *content_type);


ngx_uint_t
ngx_http_asyncapi_body_type(ngx_http_asyncapi_check_t *check)
{
    ngx_str_t        *type;
    ngx_table_elt_t  *h;

    if (check->contract->body == NGX_HTTP_ASYNCAPI_BODY_RAW) {
        return 1;
    }

    h = check->request->headers_in.content_type;

    if (h == NULL || !ngx_http_asyncapi_body_type_utf8(&h->value)) {
        return 0;
    }

    type = &h->value;

    if (check->contract->body == NGX_HTTP_ASYNCAPI_BODY_JSON) {
        return ngx_http_asyncapi_body_type_json(type);
    }

    return ngx_http_asyncapi_body_is(type, "application/x-www-form-urlencoded")
           || ngx_http_asyncapi_body_is(type, "multipart/form-data");
}


ngx_uint_t
ngx_http_asyncapi_body_is(ngx_str_t *content_type, const char *type)
{
    ngx_str_t  given;

    ngx_http_asyncapi_body_type_of(content_type, &given);

    return given.len == ngx_strlen(type)
           && ngx_strncasecmp(given.data, (u_char *) type, given.len) == 0;
}


/* without its parameters */

static void
ngx_http_asyncapi_body_type_of(ngx_str_t *content_type, ngx_str_t *type)
{
    u_char  *end;

    *type = *content_type;

    end = ngx_strlchr(type->data, type->data + type->len, ';');

    if (end) {
        type->len = end - type->data;
    }

    while (type->len && (type->data[type->len - 1] == ' '
                         || type->data[type->len - 1] == '\t'))
    {
        type->len--;
    }
}


/* application/json, application/merge-patch+json */

static ngx_uint_t
ngx_http_asyncapi_body_type_json(ngx_str_t *content_type)
{
    size_t     len;
    ngx_str_t  type;

    ngx_http_asyncapi_body_type_of(content_type, &type);

    len = sizeof("application/") - 1;

    if (type.len <= len + sizeof("+json") - 1) {
        return type.len == sizeof("application/json") - 1
               && ngx_strncasecmp(type.data, (u_char *) "application/json",
                                  type.len)
                  == 0;
    }

    return ngx_strncasecmp(type.data, (u_char *) "application/", len) == 0
           && ngx_strncasecmp(type.data + type.len - 5, (u_char *) "+json", 5)
              == 0;
}


static ngx_uint_t
ngx_http_asyncapi_body_type_utf8(ngx_str_t *content_type)
{
    ngx_str_t  charset;

    if (ngx_asyncapi_header_parameter(content_type, "charset", &charset)
        != NGX_OK)
    {
        return 1;
    }

    return charset.len == sizeof("utf-8") - 1
           && ngx_strncasecmp(charset.data, (u_char *) "utf-8", charset.len)
              == 0;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * What has to be known of HTTP's headers, whichever way a call is made.
 */


#include "ngx_http_asyncapi_kind_http_header.h"


static ngx_str_t ngx_http_asyncapi_http_bare_type(const ngx_str_t *type);


static const char  *ngx_http_asyncapi_http_hop_by_hop_names[] = {
    "Connection",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "HTTP2-Settings",
    NULL
};


ngx_uint_t
ngx_http_asyncapi_http_same(const ngx_str_t *a, const char *b)
{
    /* mostly they differ in the first letter */

    if (a->len == 0 || (a->data[0] ^ b[0]) & ~0x20) {
        return 0;
    }

    return a->len == ngx_strlen(b)
           && ngx_strncasecmp(a->data, (u_char *) b, a->len) == 0;
}


ngx_uint_t
ngx_http_asyncapi_http_hop_by_hop(const ngx_str_t *name)
{
    const char  **p;

    for (p = ngx_http_asyncapi_http_hop_by_hop_names; *p; p++) {
        if (ngx_http_asyncapi_http_same(name, *p)) {
            return 1;
        }
    }

    return 0;
}


ngx_uint_t
ngx_http_asyncapi_http_listed(const ngx_str_t *list, const ngx_str_t *name)
{
    u_char  *p, *start, *end, *last;

    last = list->data + list->len;

    for (p = list->data; p < last; p++) {

        while (p < last && (*p == ' ' || *p == '\t' || *p == ',')) {
            p++;
        }

        start = p;

        while (p < last && *p != ',') {
            p++;
        }

        end = p;

        while (end > start && (end[-1] == ' ' || end[-1] == '\t')) {
            end--;
        }

        if ((size_t) (end - start) == name->len
            && name->len
            && ngx_strncasecmp(start, name->data, name->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


ngx_uint_t
ngx_http_asyncapi_http_token(const ngx_str_t *text)
{
    u_char  ch;
    size_t  i;

    if (text->len == 0) {
        return 0;
    }

    for (i = 0; i < text->len; i++) {
        ch = text->data[i];

        if (ch <= ' ' || ch >= 0x7f || ngx_strchr("\"(),/:;<=>?@[\\]{}", ch)) {
            return 0;
        }
    }

    return 1;
}


ngx_uint_t
ngx_http_asyncapi_http_type_json(const ngx_str_t *type)
{
    ngx_str_t  bare;

    static const ngx_str_t  json = ngx_string("application/json");

    /* as it is mostly written */

    if (type->len == json.len
        && ngx_memcmp(type->data, json.data, json.len) == 0)
    {
        return 1;
    }

    bare = ngx_http_asyncapi_http_bare_type(type);

    if (ngx_http_asyncapi_http_same(&bare, "application/json")) {
        return 1;
    }

    return bare.len > 5
           && ngx_strncasecmp(bare.data + bare.len - 5, (u_char *) "+json", 5)
              == 0;
}


ngx_uint_t
ngx_http_asyncapi_http_type_form(const ngx_str_t *type)
{
    ngx_str_t  bare;

    bare = ngx_http_asyncapi_http_bare_type(type);

    return ngx_http_asyncapi_http_same(&bare,
                                       "application/x-www-form-urlencoded");
}


/* without parameters */

static ngx_str_t
ngx_http_asyncapi_http_bare_type(const ngx_str_t *type)
{
    u_char     *p;
    ngx_str_t   bare;

    bare = *type;

    p = ngx_strlchr(bare.data, bare.data + bare.len, ';');

    if (p) {
        bare.len = p - bare.data;
    }

    while (bare.len && bare.data[bare.len - 1] == ' ') {
        bare.len--;
    }

    return bare;
}


ngx_uint_t
ngx_http_asyncapi_http_encoded(const ngx_array_t *headers)
{
    ngx_uint_t     i;
    ngx_keyval_t  *header;

    header = headers->elts;

    for (i = 0; i < headers->nelts; i++) {
        if (ngx_http_asyncapi_http_same(&header[i].key, "Content-Encoding")
            && header[i].value.len
            && !ngx_http_asyncapi_http_same(&header[i].value, "identity"))
        {
            return 1;
        }
    }

    return 0;
}

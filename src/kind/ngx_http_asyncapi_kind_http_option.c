
/*
 * Copyright (C) The asyncapi module authors
 *
 * The http kind's own options.
 */


#include "ngx_http_asyncapi_kind_http.h"
#include "ngx_http_asyncapi_kind_http_header.h"
#include "ngx_http_asyncapi_kind_http_option.h"


typedef struct {
    ngx_str_t        name;
    ngx_uint_t       value;
} ngx_http_asyncapi_http_method_t;


/* what header= is not for, and what to do instead */

typedef struct {
    const char      *name;
    const char      *advice;
} ngx_http_asyncapi_http_refused_t;


static char *ngx_http_asyncapi_http_method(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
static char *ngx_http_asyncapi_http_body(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
static char *ngx_http_asyncapi_http_type(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
static char *ngx_http_asyncapi_http_header(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
static char *ngx_http_asyncapi_http_header_refused(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *name);
static char *ngx_http_asyncapi_http_accept(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
static char *ngx_http_asyncapi_http_ok(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
static char *ngx_http_asyncapi_http_pass(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
static char *ngx_http_asyncapi_http_statuses(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value, ngx_array_t *ranges,
    const char *option);
static ngx_int_t ngx_http_asyncapi_http_range(u_char *p, u_char *last,
    ngx_http_asyncapi_http_range_t *range);


static ngx_http_asyncapi_http_method_t  ngx_http_asyncapi_http_methods[] = {
    { ngx_string("GET"), NGX_HTTP_GET },
    { ngx_string("HEAD"), NGX_HTTP_HEAD },
    { ngx_string("POST"), NGX_HTTP_POST },
    { ngx_string("PUT"), NGX_HTTP_PUT },
    { ngx_string("DELETE"), NGX_HTTP_DELETE },
    { ngx_string("PATCH"), NGX_HTTP_PATCH },
    { ngx_string("OPTIONS"), NGX_HTTP_OPTIONS },
    { ngx_string("MKCOL"), NGX_HTTP_MKCOL },
    { ngx_string("COPY"), NGX_HTTP_COPY },
    { ngx_string("MOVE"), NGX_HTTP_MOVE },
    { ngx_string("PROPFIND"), NGX_HTTP_PROPFIND },
    { ngx_string("PROPPATCH"), NGX_HTTP_PROPPATCH },
    { ngx_string("LOCK"), NGX_HTTP_LOCK },
    { ngx_string("UNLOCK"), NGX_HTTP_UNLOCK },
    { ngx_string("TRACE"), NGX_HTTP_TRACE },
    { ngx_null_string, 0 }
};


static ngx_http_asyncapi_http_refused_t  ngx_http_asyncapi_http_refused[] = {

    { "Content-Type",
      "write type= instead" },

    { "Content-Length",
      "it is made from body=" },

    { "Expect",
      "a task sends its body at once" },

    { NULL, NULL }
};


ngx_http_asyncapi_option_t  ngx_http_asyncapi_http_options[] = {
    { ngx_string("method"), ngx_http_asyncapi_http_method },
    { ngx_string("body"), ngx_http_asyncapi_http_body },
    { ngx_string("type"), ngx_http_asyncapi_http_type },
    { ngx_string("header"), ngx_http_asyncapi_http_header },
    { ngx_string("accept"), ngx_http_asyncapi_http_accept },
    { ngx_string("ok"), ngx_http_asyncapi_http_ok },
    { ngx_string("pass"), ngx_http_asyncapi_http_pass },
    { ngx_null_string, NULL }
};


static char *
ngx_http_asyncapi_http_method(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value)
{
    ngx_uint_t                        i;
    ngx_http_asyncapi_http_conf_t    *http;
    ngx_http_asyncapi_http_method_t  *method;

    http = node->conf;

    if (http->method_name.len) {
        return ngx_http_asyncapi_node_error(cf, node,
                                            "\"method=\" is given twice");
    }

    for (i = 0; i < value->len; i++) {
        if ((value->data[i] < 'A' || value->data[i] > 'Z')
            && value->data[i] != '-' && value->data[i] != '_')
        {
            break;
        }
    }

    if (i == 0 || i < value->len) {
        return ngx_http_asyncapi_node_error(cf, node,
                       "invalid method \"%V\": write it in capital letters, "
                       "as in method=POST", value);
    }

    if (ngx_http_asyncapi_http_same(value, "CONNECT")) {
        return ngx_http_asyncapi_node_error(cf, node,
                       "\"method=CONNECT\" would open a tunnel, which a task "
                       "has no use for");
    }

    http->method = NGX_HTTP_UNKNOWN;
    http->method_name = *value;

    for (method = ngx_http_asyncapi_http_methods; method->name.len; method++) {
        if (method->name.len == value->len
            && ngx_strncmp(method->name.data, value->data, value->len) == 0)
        {
            http->method = method->value;
            break;
        }
    }

    return NGX_CONF_OK;
}


/* compiled in check(): type= may follow */

static char *
ngx_http_asyncapi_http_body(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value)
{
    ngx_http_asyncapi_http_conf_t  *http;

    http = node->conf;

    if (http->body_source.data) {
        return ngx_http_asyncapi_node_error(cf, node,
                                            "\"body=\" is given twice");
    }

    http->body_source = *value;

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_http_type(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value)
{
    ngx_http_asyncapi_http_conf_t  *http;

    http = node->conf;

    if (http->type) {
        return ngx_http_asyncapi_node_error(cf, node,
                                            "\"type=\" is given twice");
    }

    http->type = ngx_http_asyncapi_node_template(cf, node, value,
                                                 NGX_ASYNCAPI_PLACE_TEXT);

    return http->type ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_asyncapi_http_header(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value)
{
    u_char                           *p, *last;
    ngx_str_t                         name, source;
    ngx_http_asyncapi_http_conf_t    *http;
    ngx_http_asyncapi_http_header_t  *header;

    http = node->conf;

    last = value->data + value->len;

    p = ngx_strlchr(value->data, last, ':');

    if (p == NULL) {
        return ngx_http_asyncapi_node_error(cf, node,
                       "\"header=%V\" has no colon: write header=NAME:VALUE",
                       value);
    }

    name.data = value->data;
    name.len = p - value->data;

    if (!ngx_http_asyncapi_http_token(&name)) {
        return ngx_http_asyncapi_node_error(cf, node,
                       "\"%V\" can't be the name of a header: write "
                       "header=NAME:VALUE", &name);
    }

    if (ngx_http_asyncapi_http_header_refused(cf, node, &name)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    do {
        p++;
    } while (p < last && *p == ' ');

    source.data = p;
    source.len = last - p;

    header = ngx_array_push(&http->headers);
    if (header == NULL) {
        return NGX_CONF_ERROR;
    }

    header->name = name;
    header->value = ngx_http_asyncapi_node_template(cf, node, &source,
                                                    NGX_ASYNCAPI_PLACE_TEXT);

    return header->value ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_asyncapi_http_header_refused(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *name)
{
    ngx_http_asyncapi_http_refused_t  *refused;

    if (ngx_http_asyncapi_http_hop_by_hop(name)) {
        return ngx_http_asyncapi_node_error(cf, node,
                       "\"header=%V:...\" is about a connection and not about "
                       "a request: connections are kept by the client itself",
                       name);
    }

    for (refused = ngx_http_asyncapi_http_refused; refused->name; refused++) {
        if (ngx_http_asyncapi_http_same(name, refused->name)) {
            return ngx_http_asyncapi_node_error(cf, node,
                       "\"header=%V:...\" can't be set: %s",
                       name, refused->advice);
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_http_accept(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value)
{
    ngx_http_asyncapi_http_conf_t  *http;

    http = node->conf;

    if (http->gzip) {
        return ngx_http_asyncapi_node_error(cf, node,
                                            "\"accept=\" is given twice");
    }

    if (!ngx_http_asyncapi_http_same(value, "gzip")) {
        return ngx_http_asyncapi_node_error(cf, node,
                       "invalid \"accept=%V\": what can be taken compressed "
                       "is gzip alone, write accept=gzip", value);
    }

    http->gzip = 1;

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_http_ok(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value)
{
    ngx_http_asyncapi_http_conf_t  *http;

    http = node->conf;

    return ngx_http_asyncapi_http_statuses(cf, node, value, &http->ok, "ok");
}


static char *
ngx_http_asyncapi_http_pass(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value)
{
    ngx_http_asyncapi_http_conf_t  *http;

    http = node->conf;

    node->ends = 1;

    return ngx_http_asyncapi_http_statuses(cf, node, value, &http->pass,
                                           "pass");
}


/* "200-299,404" */

static char *
ngx_http_asyncapi_http_statuses(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value, ngx_array_t *ranges, const char *option)
{
    u_char                          *p, *end, *last;
    ngx_http_asyncapi_http_range_t  *range;

    if (ranges->nelts) {
        return ngx_http_asyncapi_node_error(cf, node, "\"%s=\" is given twice",
                                            option);
    }

    p = value->data;
    last = p + value->len;

    for ( ;; ) {
        end = ngx_strlchr(p, last, ',');

        if (end == NULL) {
            end = last;
        }

        range = ngx_array_push(ranges);
        if (range == NULL) {
            return NGX_CONF_ERROR;
        }

        if (ngx_http_asyncapi_http_range(p, end, range) != NGX_OK) {
            return ngx_http_asyncapi_node_error(cf, node,
                       "invalid \"%s=%V\": write statuses from 100 to 599 and "
                       "ranges of them, as in %s=200-299,404",
                       option, value, option);
        }

        if (end == last) {
            return NGX_CONF_OK;
        }

        p = end + 1;
    }
}


static ngx_int_t
ngx_http_asyncapi_http_range(u_char *p, u_char *last,
    ngx_http_asyncapi_http_range_t *range)
{
    ngx_int_t  from, to;

    if (last - p != 3 && (last - p != 7 || p[3] != '-')) {
        return NGX_ERROR;
    }

    from = ngx_atoi(p, 3);
    to = (last - p == 7) ? ngx_atoi(p + 4, 3) : from;

    if (from < 100 || to > 599 || from > to) {
        return NGX_ERROR;
    }

    range->from = from;
    range->to = to;

    return NGX_OK;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * The http kind, and the choice of its form.
 */


#include "ngx_http_asyncapi_kind_http.h"
#include "ngx_http_asyncapi_kind_http_call.h"
#include "ngx_http_asyncapi_kind_http_header.h"
#include "ngx_http_asyncapi_kind_http_option.h"


static void *ngx_http_asyncapi_http_create(ngx_conf_t *cf);
static char *ngx_http_asyncapi_http_words(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n);
static char *ngx_http_asyncapi_http_check(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node);
static char *ngx_http_asyncapi_http_check_gzip(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node);
static ngx_asyncapi_place_e ngx_http_asyncapi_http_body_place(ngx_conf_t *cf,
    ngx_http_asyncapi_http_conf_t *http);

static ngx_str_t *ngx_http_asyncapi_http_once(ngx_http_asyncapi_node_t *node,
    ngx_uint_t inner);
static ngx_int_t ngx_http_asyncapi_http_start(ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_http_cancel(ngx_http_asyncapi_op_t *op);


ngx_http_asyncapi_kind_t  ngx_http_asyncapi_kind_http = {
    ngx_string("http"),
    NGX_HTTP_ASYNCAPI_AS_MASK(NGX_HTTP_ASYNCAPI_AS_JSON)
        |NGX_HTTP_ASYNCAPI_AS_MASK(NGX_HTTP_ASYNCAPI_AS_TEXT)
        |NGX_HTTP_ASYNCAPI_AS_MASK(NGX_HTTP_ASYNCAPI_AS_BASE64),
    ngx_http_asyncapi_http_options,

    ngx_http_asyncapi_http_create,         /* create */
    ngx_http_asyncapi_http_words,          /* words */
    ngx_http_asyncapi_http_location_block, /* block */
    ngx_http_asyncapi_http_check,          /* check */
    ngx_http_asyncapi_http_call_postconfiguration,
                                           /* complete */
    NULL,                                  /* prepare */

    ngx_http_asyncapi_http_start,          /* start */
    ngx_http_asyncapi_http_cancel,         /* cancel */
    NULL,                                  /* ended */

    ngx_http_asyncapi_http_once,           /* once */
    0,                                     /* spares */
    0,                                     /* words_before */
    0                                      /* tells */
};


static void *
ngx_http_asyncapi_http_create(ngx_conf_t *cf)
{
    ngx_http_asyncapi_http_conf_t  *http;

    http = ngx_pcalloc(cf->pool, sizeof(ngx_http_asyncapi_http_conf_t));
    if (http == NULL) {
        return NULL;
    }

    if (ngx_array_init(&http->headers, cf->pool, 2,
                       sizeof(ngx_http_asyncapi_http_header_t))
           != NGX_OK
        || ngx_array_init(&http->ok, cf->pool, 2,
                          sizeof(ngx_http_asyncapi_http_range_t))
           != NGX_OK
        || ngx_array_init(&http->pass, cf->pool, 2,
                          sizeof(ngx_http_asyncapi_http_range_t))
           != NGX_OK)
    {
        return NULL;
    }

    return http;
}


static char *
ngx_http_asyncapi_http_words(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *word, ngx_uint_t n)
{
    if (n > 1) {
        return ngx_http_asyncapi_node_error(cf, node,
                       "unexpected \"%V\" after \"%V\": a URL is one word, "
                       "quote it if it has spaces, and options stand before "
                       "it", &word[1], &word[0]);
    }

    if (n == 1 && word->len && word->data[0] == '/') {
        return ngx_http_asyncapi_http_local_words(cf, node, word);
    }

    if (n == 1
        && (ngx_strncasecmp(word->data, (u_char *) "http://", 7) == 0
            || ngx_strncasecmp(word->data, (u_char *) "https://", 8) == 0))
    {
        return ngx_http_asyncapi_http_call_words(cf, node, word);
    }

    if (n == 1) {
        return ngx_http_asyncapi_node_error(cf, node,
                       "\"%V\" is no URL: write http://HOST/PATH, "
                       "https://HOST/PATH, the /URI of a location of this "
                       "server, or a block { ... }", word);
    }

    return ngx_http_asyncapi_node_error(cf, node,
                       "nothing to call: write http://HOST/PATH, "
                       "https://HOST/PATH, the /URI of a location of this "
                       "server, or a block { ... }");
}


static char *
ngx_http_asyncapi_http_check(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node)
{
    ngx_http_asyncapi_http_conf_t   *http;
    ngx_http_asyncapi_http_range_t  *range;

    http = node->conf;

    /* as curl has it: what carries data is a POST unless said otherwise */

    if (http->method_name.len == 0) {

        if (http->body_source.data) {
            http->method = NGX_HTTP_POST;
            ngx_str_set(&http->method_name, "POST");

        } else {
            http->method = NGX_HTTP_GET;
            ngx_str_set(&http->method_name, "GET");
        }
    }

    if (http->gzip
        && ngx_http_asyncapi_http_check_gzip(cf, node) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (http->ok.nelts == 0) {
        range = ngx_array_push(&http->ok);
        if (range == NULL) {
            return NGX_CONF_ERROR;
        }

        range->from = 200;
        range->to = 299;
    }

    if (http->body_source.data == NULL) {

        if (http->type) {
            return ngx_http_asyncapi_node_error(cf, node,
                       "\"type=\" says what the body is: give it one with "
                       "\"body=\"");
        }

        return NGX_CONF_OK;
    }

    http->body = ngx_http_asyncapi_node_template(cf, node, &http->body_source,
                                   ngx_http_asyncapi_http_body_place(cf,
                                                                     http));

    return http->body ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_asyncapi_http_check_gzip(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node)
{
    ngx_uint_t                        i;
    ngx_http_asyncapi_http_conf_t    *http;
    ngx_http_asyncapi_http_header_t  *header;

    http = node->conf;

    if (http->form != &ngx_http_asyncapi_http_call) {
        return ngx_http_asyncapi_node_error(cf, node,
                       "\"accept=gzip\" is for a URL: in the location write "
                       "\"gunzip on\", and \"proxy_set_header "
                       "Accept-Encoding gzip\"");
    }

    header = http->headers.elts;

    for (i = 0; i < http->headers.nelts; i++) {
        if (ngx_http_asyncapi_http_same(&header[i].name, "Accept-Encoding")) {
            return ngx_http_asyncapi_node_error(cf, node,
                       "\"accept=gzip\" sends Accept-Encoding itself: leave "
                       "\"header=%V:...\" out", &header[i].name);
        }
    }

    return NGX_CONF_OK;
}


static ngx_asyncapi_place_e
ngx_http_asyncapi_http_body_place(ngx_conf_t *cf,
    ngx_http_asyncapi_http_conf_t *http)
{
    ngx_str_t                      type;
    ngx_asyncapi_ref_t             ref;
    ngx_asyncapi_template_error_t  err;

    if (http->type == NULL) {
        return NGX_ASYNCAPI_PLACE_JSON;
    }

    if (ngx_asyncapi_template_constant(http->type, &type)) {

        if (ngx_http_asyncapi_http_type_json(&type)) {
            return NGX_ASYNCAPI_PLACE_JSON;
        }

        if (ngx_http_asyncapi_http_type_form(&type)) {
            return NGX_ASYNCAPI_PLACE_FORM;
        }
    }

    /* a value and nothing else: there are no lines that it could break */

    if (ngx_asyncapi_ref_parse(cf->temp_pool, &http->body_source, &ref, &err)
        == NGX_OK)
    {
        return NGX_ASYNCAPI_PLACE_BYTES;
    }

    return NGX_ASYNCAPI_PLACE_TEXT;
}


static ngx_int_t
ngx_http_asyncapi_http_start(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_http_conf_t  *http;

    http = op->node->conf;

    return http->form->start(op);
}


static void
ngx_http_asyncapi_http_cancel(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_http_conf_t  *http;

    http = op->node->conf;

    http->form->cancel(op);
}


static ngx_str_t *
ngx_http_asyncapi_http_once(ngx_http_asyncapi_node_t *node, ngx_uint_t inner)
{
    ngx_http_asyncapi_http_conf_t  *http;

    http = node->conf;

    return (http->method & NGX_HTTP_ASYNCAPI_HTTP_IDEMPOTENT)
           ? NULL : &http->method_name;
}

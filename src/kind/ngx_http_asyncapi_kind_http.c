
/*
 * Copyright (C) The asyncapi module authors
 *
 * The http kind: its options, the choice of its form, and what an answer
 * means.
 */


#include "ngx_http_asyncapi_kind_http.h"
#include "ngx_http_asyncapi_kind_http_call.h"
#include "ngx_http_asyncapi_kind_http_header.h"


/* what of the other side's words goes to the log */
#define NGX_HTTP_ASYNCAPI_HTTP_DETAIL  256


typedef struct {
    ngx_str_t        name;
    ngx_uint_t       value;
} ngx_http_asyncapi_http_method_t;


/* what header= is not for, and what to do instead */

typedef struct {
    const char      *name;
    const char      *advice;
} ngx_http_asyncapi_http_refused_t;


static void *ngx_http_asyncapi_http_create(ngx_conf_t *cf);
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
static char *ngx_http_asyncapi_http_ok(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
static char *ngx_http_asyncapi_http_pass(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
static char *ngx_http_asyncapi_http_statuses(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value, ngx_array_t *ranges,
    const char *option);
static ngx_int_t ngx_http_asyncapi_http_range(u_char *p, u_char *last,
    ngx_http_asyncapi_http_range_t *range);

static char *ngx_http_asyncapi_http_words(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n);
static char *ngx_http_asyncapi_http_check(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node);
static ngx_asyncapi_place_e ngx_http_asyncapi_http_body_place(
    ngx_http_asyncapi_http_conf_t *http);

static ngx_int_t ngx_http_asyncapi_http_start(ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_http_cancel(ngx_http_asyncapi_op_t *op);

static ngx_uint_t ngx_http_asyncapi_http_in(ngx_array_t *ranges,
    ngx_uint_t status);
static ngx_int_t ngx_http_asyncapi_http_unwanted(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_http_response_t *response,
    ngx_http_asyncapi_result_t *result);
static ngx_int_t ngx_http_asyncapi_http_passed(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_http_response_t *response,
    ngx_http_asyncapi_result_t *result);
static ngx_uint_t ngx_http_asyncapi_http_kept(ngx_str_t *name);


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


/* what an answer that ends the endpoint does not bring along */

static const char  *ngx_http_asyncapi_http_dropped[] = {
    "Content-Type",          /* answer->content_type */
    "Content-Length",
    "Content-Encoding",
    "Date",
    "Server",
    NULL
};


static ngx_http_asyncapi_option_t  ngx_http_asyncapi_http_options[] = {
    { ngx_string("method"), ngx_http_asyncapi_http_method },
    { ngx_string("body"), ngx_http_asyncapi_http_body },
    { ngx_string("type"), ngx_http_asyncapi_http_type },
    { ngx_string("header"), ngx_http_asyncapi_http_header },
    { ngx_string("ok"), ngx_http_asyncapi_http_ok },
    { ngx_string("pass"), ngx_http_asyncapi_http_pass },
    { ngx_null_string, NULL }
};


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

    ngx_http_asyncapi_http_start,          /* start */
    ngx_http_asyncapi_http_cancel,         /* cancel */
    NULL,                                  /* writable */
    NULL                                   /* ended */
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
                                   ngx_http_asyncapi_http_body_place(http));

    return http->body ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static ngx_asyncapi_place_e
ngx_http_asyncapi_http_body_place(ngx_http_asyncapi_http_conf_t *http)
{
    ngx_str_t  type;

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


void
ngx_http_asyncapi_http_answered(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_http_response_t *response)
{
    ngx_int_t                       rc;
    ngx_uint_t                      pass;
    ngx_http_asyncapi_result_t      result;
    ngx_http_asyncapi_http_conf_t  *http;

    http = op->node->conf;

    ngx_memzero(&result, sizeof(ngx_http_asyncapi_result_t));

    result.status = response->status;
    result.headers = response->headers;

    pass = ngx_http_asyncapi_http_in(&http->pass, response->status);
    rc = NGX_OK;

    if (!pass && !ngx_http_asyncapi_http_in(&http->ok, response->status)) {
        rc = ngx_http_asyncapi_http_unwanted(op, response, &result);

    } else if (response->body.len
               && ngx_http_asyncapi_http_encoded(response->headers))
    {
        result.reason = NGX_HTTP_ASYNCAPI_INVALID;
        ngx_str_set(&result.detail, "the answer is compressed: "
                                    "\"gunzip on\" in its location, or an "
                                    "upstream that honours Accept-Encoding");

    } else if (pass) {
        rc = ngx_http_asyncapi_http_passed(op, response, &result);

    } else if (response->body.len == 0) {
        result.as = NGX_HTTP_ASYNCAPI_AS_VALUE;
        ngx_str_set(&result.body, "null");

    } else {
        result.as = ngx_http_asyncapi_http_type_json(&response->content_type)
                    ? NGX_HTTP_ASYNCAPI_AS_JSON : NGX_HTTP_ASYNCAPI_AS_TEXT;
        result.body = response->body;
    }

    if (rc != NGX_OK) {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_INVALID,
                                      "no memory for the answer");
        return;
    }

    ngx_http_asyncapi_task_done(op, &result);
}


static ngx_uint_t
ngx_http_asyncapi_http_in(ngx_array_t *ranges, ngx_uint_t status)
{
    ngx_uint_t                       i;
    ngx_http_asyncapi_http_range_t  *range;

    range = ranges->elts;

    for (i = 0; i < ranges->nelts; i++) {
        if (status >= range[i].from && status <= range[i].to) {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_http_asyncapi_http_unwanted(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_http_response_t *response,
    ngx_http_asyncapi_result_t *result)
{
    result->reason = NGX_HTTP_ASYNCAPI_STATUS;

    result->code.data = ngx_pnalloc(op->pool, NGX_INT_T_LEN);
    if (result->code.data == NULL) {
        return NGX_ERROR;
    }

    result->code.len = ngx_sprintf(result->code.data, "%ui", response->status)
                       - result->code.data;

    if (!ngx_http_asyncapi_http_encoded(response->headers)) {
        result->detail.data = response->body.data;
        result->detail.len = ngx_min(response->body.len,
                                     NGX_HTTP_ASYNCAPI_HTTP_DETAIL);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_http_passed(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_http_response_t *response,
    ngx_http_asyncapi_result_t *result)
{
    ngx_uint_t                   i;
    ngx_keyval_t                *header, *kept;
    ngx_http_asyncapi_answer_t  *answer;

    if (ngx_http_asyncapi_http_unwanted(op, response, result) != NGX_OK) {
        return NGX_ERROR;
    }

    answer = ngx_pcalloc(op->pool, sizeof(ngx_http_asyncapi_answer_t));
    if (answer == NULL) {
        return NGX_ERROR;
    }

    answer->status = response->status;
    answer->content_type = response->content_type;
    answer->body = response->body;

    result->answer = answer;

    if (response->headers == NULL) {
        return NGX_OK;
    }

    answer->headers = ngx_array_create(op->pool, response->headers->nelts + 1,
                                       sizeof(ngx_keyval_t));
    if (answer->headers == NULL) {
        return NGX_ERROR;
    }

    header = response->headers->elts;

    for (i = 0; i < response->headers->nelts; i++) {

        if (!ngx_http_asyncapi_http_kept(&header[i].key)) {
            continue;
        }

        kept = ngx_array_push(answer->headers);
        if (kept == NULL) {
            return NGX_ERROR;
        }

        *kept = header[i];
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_asyncapi_http_kept(ngx_str_t *name)
{
    const char  **p;

    for (p = ngx_http_asyncapi_http_dropped; *p; p++) {
        if (ngx_http_asyncapi_http_same(name, *p)) {
            return 0;
        }
    }

    if (name->len >= sizeof("X-Accel-") - 1
        && ngx_strncasecmp(name->data, (u_char *) "X-Accel-",
                           sizeof("X-Accel-") - 1)
           == 0)
    {
        return 0;
    }

    return !ngx_http_asyncapi_http_hop_by_hop(name);
}

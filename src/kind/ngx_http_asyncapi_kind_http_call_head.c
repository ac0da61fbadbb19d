
/*
 * Copyright (C) The asyncapi module authors
 *
 * The http kind's URL form: the bytes of a request.
 */


#include "ngx_http_asyncapi_kind_http_call.h"
#include "ngx_http_asyncapi_kind_http_header.h"


/* a body up to this is sent together with the head */
#define NGX_HTTP_ASYNCAPI_HTTP_JOIN  16384

#define NGX_HTTP_ASYNCAPI_HTTP_GZIP  "Accept-Encoding: gzip" CRLF


static ngx_int_t ngx_http_asyncapi_http_call_headers(
    ngx_http_asyncapi_op_t *op);
static ngx_int_t ngx_http_asyncapi_http_call_own(ngx_http_asyncapi_op_t *op);
static ngx_int_t ngx_http_asyncapi_http_call_pass(ngx_http_asyncapi_op_t *op,
    ngx_array_t *pass);
static ngx_uint_t ngx_http_asyncapi_http_call_passes(
    ngx_http_asyncapi_op_t *op, ngx_array_t *pass, ngx_str_t *name);
static ngx_int_t ngx_http_asyncapi_http_call_add(
    ngx_http_asyncapi_http_call_t *ctx, ngx_str_t *name, ngx_str_t *value);
static ngx_uint_t ngx_http_asyncapi_http_call_nominated(ngx_http_request_t *r,
    ngx_str_t *name);
static ngx_uint_t ngx_http_asyncapi_http_call_equal(ngx_str_t *a,
    ngx_str_t *b);
static size_t ngx_http_asyncapi_http_call_size(ngx_http_asyncapi_op_t *op);
static u_char *ngx_http_asyncapi_http_call_write(ngx_http_asyncapi_op_t *op,
    u_char *p);


/*
 * What of the client's request is about that request and not about a task's,
 * besides hop-by-hop headers; "-" at the end: and all that begin so.
 */

static const char  *ngx_http_asyncapi_http_never[] = {
    "Host",
    "Content-",
    "Range",
    "If-",
    "Accept-Encoding",
    "Expect",
    NULL
};


const char  *ngx_http_asyncapi_http_line_names[] = {
    "User-Agent",
    "Accept"
};


ngx_int_t
ngx_http_asyncapi_http_call_head(ngx_http_asyncapi_op_t *op)
{
    u_char                         *p;
    ngx_int_t                       rc;
    ngx_http_asyncapi_http_call_t  *ctx;

    ctx = op->data;

    rc = ngx_http_asyncapi_http_call_headers(op);

    if (rc != NGX_OK) {
        return rc;
    }

    p = ngx_pnalloc(op->pool, ngx_http_asyncapi_http_call_size(op));
    if (p == NULL) {
        return NGX_ERROR;
    }

    ctx->call.head.data = p;

    p = ngx_http_asyncapi_http_call_write(op, p);

    if (ctx->body.len && ctx->body.len <= NGX_HTTP_ASYNCAPI_HTTP_JOIN) {
        p = ngx_cpymem(p, ctx->body.data, ctx->body.len);

    } else {
        ctx->call.body = ctx->body;
    }

    ctx->call.head.len = p - ctx->call.head.data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_http_call_headers(ngx_http_asyncapi_op_t *op)
{
    ngx_int_t                            rc;
    ngx_array_t                         *pass;
    ngx_http_asyncapi_http_conf_t       *http;
    ngx_http_asyncapi_http_call_t       *ctx;
    ngx_http_asyncapi_http_call_conf_t  *conf;

    ctx = op->data;
    http = op->node->conf;
    conf = http->form_conf;

    ctx->replaced = conf->replaced;

    pass = ngx_http_asyncapi_op_pass_headers(op);

    if (http->headers.nelts == 0 && pass == NULL) {
        return NGX_OK;
    }

    if (ngx_array_init(&ctx->headers, op->pool, 4, sizeof(ngx_keyval_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_http_asyncapi_http_call_own(op);

    if (rc == NGX_OK && pass) {
        rc = ngx_http_asyncapi_http_call_pass(op, pass);
    }

    return rc;
}


/* header=NAME:VALUE; as with proxy_set_header, an empty one is not sent */

static ngx_int_t
ngx_http_asyncapi_http_call_own(ngx_http_asyncapi_op_t *op)
{
    ngx_int_t                         rc;
    ngx_str_t                         value;
    ngx_uint_t                        i;
    ngx_http_asyncapi_http_conf_t    *http;
    ngx_http_asyncapi_http_call_t    *ctx;
    ngx_http_asyncapi_http_header_t  *header;

    ctx = op->data;
    http = op->node->conf;

    header = http->headers.elts;

    for (i = 0; i < http->headers.nelts; i++) {

        rc = ngx_http_asyncapi_op_render(op, header[i].value, &value);

        if (rc != NGX_OK) {
            return rc;
        }

        if (value.len == 0) {
            continue;
        }

        if (ngx_http_asyncapi_http_same(&header[i].name, "Host")) {
            ctx->host = value;
            continue;
        }

        if (ngx_http_asyncapi_http_call_add(ctx, &header[i].name, &value)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* the client's headers that asyncapi_pass_header names */

static ngx_int_t
ngx_http_asyncapi_http_call_pass(ngx_http_asyncapi_op_t *op, ngx_array_t *pass)
{
    ngx_uint_t                      i, n;
    ngx_list_part_t                *part;
    ngx_table_elt_t                *header;
    ngx_http_asyncapi_http_call_t  *ctx;

    ctx = op->data;

    for (part = &op->request->headers_in.headers.part;
         part;
         part = part->next)
    {
        header = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (header[i].hash == 0
                || !ngx_http_asyncapi_http_call_passes(op, pass,
                                                       &header[i].key))
            {
                continue;
            }

            if (ngx_http_asyncapi_http_call_add(ctx, &header[i].key,
                                                &header[i].value)
                != NGX_OK)
            {
                return NGX_ERROR;
            }

            for (n = 0; n < NGX_HTTP_ASYNCAPI_HTTP_LINES; n++) {

                if (ngx_http_asyncapi_http_same(&header[i].key,
                                         ngx_http_asyncapi_http_line_names[n]))
                {
                    ctx->replaced |= 1 << n;
                }
            }
        }
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_asyncapi_http_call_passes(ngx_http_asyncapi_op_t *op,
    ngx_array_t *pass, ngx_str_t *name)
{
    size_t                            len;
    ngx_str_t                        *names;
    ngx_uint_t                        i;
    const char                      **never;
    ngx_http_asyncapi_http_conf_t    *http;
    ngx_http_asyncapi_http_header_t  *header;

    names = pass->elts;

    for (i = 0; i < pass->nelts; i++) {
        if (ngx_http_asyncapi_http_call_equal(&names[i], name)) {
            break;
        }
    }

    if (i == pass->nelts || ngx_http_asyncapi_http_hop_by_hop(name)) {
        return 0;
    }

    for (never = ngx_http_asyncapi_http_never; *never; never++) {
        len = ngx_strlen(*never);

        if (name->len >= len
            && (name->len == len || (*never)[len - 1] == '-')
            && ngx_strncasecmp(name->data, (u_char *) *never, len) == 0)
        {
            return 0;
        }
    }

    if (ngx_http_asyncapi_http_call_nominated(op->request, name)) {
        return 0;
    }

    /* header= says what the task wants instead */

    http = op->node->conf;
    header = http->headers.elts;

    for (i = 0; i < http->headers.nelts; i++) {
        if (ngx_http_asyncapi_http_call_equal(&header[i].name, name)) {
            return 0;
        }
    }

    return 1;
}


/* the client's Connection headers, of which nginx itself keeps but one */

static ngx_uint_t
ngx_http_asyncapi_http_call_nominated(ngx_http_request_t *r, ngx_str_t *name)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *header;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        header = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (ngx_http_asyncapi_http_same(&header[i].key, "Connection")
                && ngx_http_asyncapi_http_listed(&header[i].value, name))
            {
                return 1;
            }
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_asyncapi_http_call_equal(ngx_str_t *a, ngx_str_t *b)
{
    return a->len == b->len
           && ngx_strncasecmp(a->data, b->data, a->len) == 0;
}


static ngx_int_t
ngx_http_asyncapi_http_call_add(ngx_http_asyncapi_http_call_t *ctx,
    ngx_str_t *name, ngx_str_t *value)
{
    ngx_keyval_t  *kv;

    kv = ngx_array_push(&ctx->headers);
    if (kv == NULL) {
        return NGX_ERROR;
    }

    kv->key = *name;
    kv->value = *value;

    return NGX_OK;
}


/* an upper bound */

static size_t
ngx_http_asyncapi_http_call_size(ngx_http_asyncapi_op_t *op)
{
    size_t                            size;
    ngx_uint_t                        i;
    ngx_keyval_t                     *header;
    ngx_http_asyncapi_http_conf_t    *http;
    ngx_http_asyncapi_http_call_t    *ctx;
    ngx_http_asyncapi_client_conf_t  *client;

    ctx = op->data;
    http = op->node->conf;
    client = ngx_http_asyncapi_http_client(op);

    size = http->method_name.len + ctx->path.len + ctx->host.len
           + ctx->type.len
           + sizeof(" / HTTP/1.1" CRLF
                    "Host: " CRLF
                    NGX_HTTP_ASYNCAPI_HTTP_GZIP
                    "Content-Type: " CRLF
                    "Content-Length: " CRLF CRLF) + NGX_SIZE_T_LEN;

    for (i = 0; i < NGX_HTTP_ASYNCAPI_HTTP_LINES; i++) {
        size += client->lines[i].len;
    }

    header = ctx->headers.elts;

    for (i = 0; i < ctx->headers.nelts; i++) {
        size += header[i].key.len + header[i].value.len
                + sizeof(": " CRLF) - 1;
    }

    if (ctx->body.len <= NGX_HTTP_ASYNCAPI_HTTP_JOIN) {
        size += ctx->body.len;
    }

    return size;
}


static u_char *
ngx_http_asyncapi_http_call_write(ngx_http_asyncapi_op_t *op, u_char *p)
{
    ngx_uint_t                        i;
    ngx_keyval_t                     *header;
    ngx_http_asyncapi_http_conf_t    *http;
    ngx_http_asyncapi_http_call_t    *ctx;
    ngx_http_asyncapi_client_conf_t  *client;

    ctx = op->data;
    http = op->node->conf;
    client = ngx_http_asyncapi_http_client(op);

    p = ngx_cpymem(p, http->method_name.data, http->method_name.len);
    *p++ = ' ';

    if (ctx->path.len == 0 || ctx->path.data[0] != '/') {
        *p++ = '/';
    }

    p = ngx_cpymem(p, ctx->path.data, ctx->path.len);
    p = ngx_cpymem(p, " HTTP/1.1" CRLF "Host: ",
                   sizeof(" HTTP/1.1" CRLF "Host: ") - 1);
    p = ngx_cpymem(p, ctx->host.data, ctx->host.len);
    *p++ = CR; *p++ = LF;

    for (i = 0; i < NGX_HTTP_ASYNCAPI_HTTP_LINES; i++) {
        if (!(ctx->replaced & (1 << i))) {
            p = ngx_cpymem(p, client->lines[i].data, client->lines[i].len);
        }
    }

    if (http->gzip) {
        p = ngx_cpymem(p, NGX_HTTP_ASYNCAPI_HTTP_GZIP,
                       sizeof(NGX_HTTP_ASYNCAPI_HTTP_GZIP) - 1);
    }

    if (ctx->type.len) {
        p = ngx_cpymem(p, "Content-Type: ", sizeof("Content-Type: ") - 1);
        p = ngx_cpymem(p, ctx->type.data, ctx->type.len);
        *p++ = CR; *p++ = LF;
    }

    if (ctx->length) {
        p = ngx_sprintf(p, "Content-Length: %uz" CRLF, ctx->body.len);
    }

    header = ctx->headers.elts;

    for (i = 0; i < ctx->headers.nelts; i++) {
        p = ngx_cpymem(p, header[i].key.data, header[i].key.len);
        *p++ = ':'; *p++ = ' ';
        p = ngx_cpymem(p, header[i].value.data, header[i].value.len);
        *p++ = CR; *p++ = LF;
    }

    *p++ = CR; *p++ = LF;

    return p;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * The head of an HTTP/1.x answer.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_http_parse.h"
#include "ngx_asyncapi_http_scan.h"


typedef struct {
    ngx_str_t      name;      /* lower case */
    ngx_uint_t     hop;       /* is not for us to hand on */
    /* NGX_OK, or NGX_ERROR with head->error set; or NULL */
    ngx_int_t    (*handler)(ngx_asyncapi_http_head_t *head, ngx_str_t *value);
} ngx_asyncapi_http_field_t;


static u_char *ngx_asyncapi_http_status_line(ngx_asyncapi_http_head_t *head,
    u_char *p, u_char *last);
static u_char *ngx_asyncapi_http_name(u_char *p, u_char *last);
static u_char *ngx_asyncapi_http_value(ngx_asyncapi_http_head_t *head,
    u_char *p, u_char *last, ngx_str_t *value);
static ngx_int_t ngx_asyncapi_http_header(ngx_asyncapi_http_head_t *head,
    ngx_str_t *name, ngx_str_t *value);
static const ngx_asyncapi_http_field_t *ngx_asyncapi_http_field(
    ngx_str_t *name);
static ngx_int_t ngx_asyncapi_http_content_length(
    ngx_asyncapi_http_head_t *head, ngx_str_t *value);
static ngx_int_t ngx_asyncapi_http_transfer_encoding(
    ngx_asyncapi_http_head_t *head, ngx_str_t *value);
static ngx_int_t ngx_asyncapi_http_content_type(
    ngx_asyncapi_http_head_t *head, ngx_str_t *value);
static ngx_int_t ngx_asyncapi_http_content_encoding(
    ngx_asyncapi_http_head_t *head, ngx_str_t *value);
static ngx_int_t ngx_asyncapi_http_connection(ngx_asyncapi_http_head_t *head,
    ngx_str_t *value);
static ngx_int_t ngx_asyncapi_http_keep_alive(ngx_asyncapi_http_head_t *head,
    ngx_str_t *value);
static ngx_uint_t ngx_asyncapi_http_list(ngx_str_t *list, ngx_str_t *element);
static ngx_uint_t ngx_asyncapi_http_is(ngx_str_t *text, const char *lower,
    size_t len);
static ngx_int_t ngx_asyncapi_http_framing(ngx_asyncapi_http_head_t *head,
    ngx_uint_t no_body);
static void ngx_asyncapi_http_nominated(ngx_asyncapi_http_head_t *head,
    u_char *p, u_char *last);
static ngx_uint_t ngx_asyncapi_http_names(ngx_str_t *list, ngx_str_t *name);


/* the bytes that a header's name may have, lower case, all others zero */

static const u_char  ngx_asyncapi_http_token[] =
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "\0!\0#$%&'\0\0*+\0-.\0" "0123456789\0\0\0\0\0\0"
    "\0abcdefghijklmnopqrstuvwxyz\0\0\0^_"
    "`abcdefghijklmnopqrstuvwxyz\0|\0~\0"
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";


/* name, whether it is not for us to hand on, handler */

#define NGX_ASYNCAPI_HTTP_FIELDS(X)                                          \
    X("content-length", 0, ngx_asyncapi_http_content_length)                 \
    X("content-type", 0, ngx_asyncapi_http_content_type)                     \
    X("content-encoding", 0, ngx_asyncapi_http_content_encoding)             \
    X("connection", 1, ngx_asyncapi_http_connection)                         \
    X("keep-alive", 1, ngx_asyncapi_http_keep_alive)                         \
    X("transfer-encoding", 1, ngx_asyncapi_http_transfer_encoding)           \
    X("te", 1, NULL)                                                         \
    X("trailer", 1, NULL)                                                    \
    X("upgrade", 1, NULL)                                                    \
    X("proxy-connection", 1, NULL)                                           \
    X("proxy-authenticate", 1, NULL)                                         \
    X("proxy-authentication-info", 1, NULL)


static const ngx_asyncapi_http_field_t  ngx_asyncapi_http_fields[] = {
#define X(name, hop, handler)  { ngx_string(name), hop, handler },
    NGX_ASYNCAPI_HTTP_FIELDS(X)
#undef X
    { ngx_null_string, 0, NULL }
};


/* a bit for each length that one of these names has: few others have it */

static const uint32_t  ngx_asyncapi_http_lengths = 0
#define X(name, hop, handler)  | (uint32_t) 1 << (sizeof(name) - 1)
    NGX_ASYNCAPI_HTTP_FIELDS(X)
#undef X
;


u_char *
ngx_asyncapi_http_head_end(u_char *start, u_char **scan, u_char *last)
{
    u_char  *p;

    for (p = *scan; p < last; p++) {

        p = memchr(p, LF, last - p);

        if (p == NULL) {
            *scan = last;
            return NULL;
        }

        if (last - p < 2) {
            break;
        }

        if (p[1] == LF) {
            return p + 2;
        }

        if (p[1] == CR) {

            if (last - p < 3) {
                break;
            }

            if (p[2] == LF) {
                return p + 3;
            }
        }
    }

    *scan = p;

    return NULL;
}


ngx_uint_t
ngx_asyncapi_http_head_begins(u_char *start, u_char *last)
{
    size_t  len;

    len = ngx_min(last - start, (ptrdiff_t) (sizeof("HTTP/1.") - 1));

    return ngx_memcmp(start, "HTTP/1.", len) == 0;
}


ngx_int_t
ngx_asyncapi_http_head_parse(ngx_asyncapi_http_head_t *head, u_char *start,
    u_char *last, ngx_uint_t no_body)
{
    u_char        *p;
    ngx_str_t      name, value;
    ngx_keyval_t  *headers;

    headers = head->headers;
    ngx_memzero(head, sizeof(ngx_asyncapi_http_head_t));
    head->headers = headers;
    head->length = -1;

    p = ngx_asyncapi_http_status_line(head, start, last);
    if (p == NULL) {
        return NGX_ERROR;
    }

    /* the head ends in an empty line, so that no loop needs to look at last */

    while (*p != LF && !(p[0] == CR && p[1] == LF)) {

        name.data = p;

        p = ngx_asyncapi_http_name(p, last);

        name.len = p - name.data;

        if (name.len == 0 || *p != ':') {
            head->error = (name.len == 0 && (*p == ' ' || *p == '\t'))
                          ? "a header is folded" : "a header's name is wrong";
            return NGX_ERROR;
        }

        p = ngx_asyncapi_http_value(head, p + 1, last, &value);
        if (p == NULL) {
            return NGX_ERROR;
        }

        if (ngx_asyncapi_http_header(head, &name, &value) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (head->nominates) {
        ngx_asyncapi_http_nominated(head, start, last);
    }

    return ngx_asyncapi_http_framing(head, no_body);
}


/* "HTTP/1.1 200 OK"; returns the first header, or NULL */

static u_char *
ngx_asyncapi_http_status_line(ngx_asyncapi_http_head_t *head, u_char *p,
    u_char *last)
{
    ngx_int_t  status;
    ngx_str_t  reason;

    if (last - p < (ptrdiff_t) (sizeof("HTTP/1.1 200\n") - 1)
        || ngx_memcmp(p, "HTTP/1.", 7) != 0
        || p[7] < '0' || p[7] > '9' || p[8] != ' ')
    {
        head->error = "the answer is not HTTP/1.x";
        return NULL;
    }

    head->minor = p[7] - '0';

    status = ngx_atoi(p + 9, 3);

    if (status < 100 || status > 599
        || (p[12] != ' ' && p[12] != CR && p[12] != LF))
    {
        head->error = "the status line is wrong";
        return NULL;
    }

    head->status = status;

    return ngx_asyncapi_http_value(head, p + 12, last, &reason);
}


/* the end of a header's name */

static u_char *
ngx_asyncapi_http_name(u_char *p, u_char *last)
{
    uint64_t  unusual;

    while (last - p >= 8) {
        unusual = ngx_asyncapi_http_unusual(p);
        if (unusual) {
            p += ngx_asyncapi_http_first(unusual);
            break;
        }

        p += 8;
    }

    while (ngx_asyncapi_http_token[*p]) {
        p++;
    }

    return p;
}


/* the rest of a line without white space around; returns the next line */

static u_char *
ngx_asyncapi_http_value(ngx_asyncapi_http_head_t *head, u_char *p,
    u_char *last, ngx_str_t *value)
{
    u_char    *end;
    uint64_t   controls;

    while (*p == ' ' || *p == '\t') {
        p++;
    }

    value->data = p;

    while (last - p >= 8) {
        controls = ngx_asyncapi_http_controls(p);
        if (controls) {
            p += ngx_asyncapi_http_first(controls);
            break;
        }

        p += 8;
    }

    while (*p > CR || (*p != LF && *p != CR && *p != '\0')) {
        p++;
    }

    end = p;

    if (*p == CR) {
        p++;
    }

    if (*p != LF) {
        head->error = "a line has a zero byte or a lone CR";
        return NULL;
    }

    while (end > value->data && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }

    value->len = end - value->data;

    return p + 1;
}


static ngx_int_t
ngx_asyncapi_http_header(ngx_asyncapi_http_head_t *head, ngx_str_t *name,
    ngx_str_t *value)
{
    const ngx_asyncapi_http_field_t  *field;

    field = ngx_asyncapi_http_field(name);

    if (field) {
        if (field->handler && field->handler(head, value) != NGX_OK) {
            return NGX_ERROR;
        }

        if (field->hop) {
            return NGX_OK;
        }
    }

    if (head->nheaders == NGX_ASYNCAPI_HTTP_MAX_HEADERS) {
        head->error = "there are too many headers";
        return NGX_ERROR;
    }

    head->headers[head->nheaders].key = *name;
    head->headers[head->nheaders].value = *value;
    head->nheaders++;

    return NGX_OK;
}


/* NULL: the name means nothing to us */

static const ngx_asyncapi_http_field_t *
ngx_asyncapi_http_field(ngx_str_t *name)
{
    const ngx_asyncapi_http_field_t  *field;

    if (name->len > 31
        || !(ngx_asyncapi_http_lengths & (uint32_t) 1 << name->len))
    {
        return NULL;
    }

    for (field = ngx_asyncapi_http_fields; field->name.len; field++) {
        if (ngx_asyncapi_http_is(name, (char *) field->name.data,
                                 field->name.len))
        {
            return field;
        }
    }

    return NULL;
}


/* a list, or several headers, of one and the same length is that length */

static ngx_int_t
ngx_asyncapi_http_content_length(ngx_asyncapi_http_head_t *head,
    ngx_str_t *value)
{
    off_t      length;
    ngx_str_t  list, element;

    list = *value;

    do {
        if (!ngx_asyncapi_http_list(&list, &element)) {
            element.len = 0;
        }

        length = ngx_atoof(element.data, element.len);

        if (length == NGX_ERROR) {
            head->error = "Content-Length is no number";
            return NGX_ERROR;
        }

        if (head->length != -1 && head->length != length) {
            head->error = "there are two different Content-Length";
            return NGX_ERROR;
        }

        head->length = length;

    } while (list.len);

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_http_transfer_encoding(ngx_asyncapi_http_head_t *head,
    ngx_str_t *value)
{
    if (head->chunked
        || !ngx_asyncapi_http_is(value, "chunked", sizeof("chunked") - 1))
    {
        head->error = "Transfer-Encoding is other than chunked";
        return NGX_ERROR;
    }

    head->chunked = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_http_content_type(ngx_asyncapi_http_head_t *head,
    ngx_str_t *value)
{
    head->content_type = *value;

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_http_content_encoding(ngx_asyncapi_http_head_t *head,
    ngx_str_t *value)
{
    ngx_str_t  list, element;

    list = *value;

    while (ngx_asyncapi_http_list(&list, &element)) {

        if (ngx_asyncapi_http_is(&element, "identity",
                                 sizeof("identity") - 1))
        {
            continue;
        }

        head->gzip = !head->encoded
                     && (ngx_asyncapi_http_is(&element, "gzip",
                                              sizeof("gzip") - 1)
                         || ngx_asyncapi_http_is(&element, "x-gzip",
                                                 sizeof("x-gzip") - 1));
        head->encoded = 1;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_http_connection(ngx_asyncapi_http_head_t *head, ngx_str_t *value)
{
    ngx_str_t  list, element;

    list = *value;

    while (ngx_asyncapi_http_list(&list, &element)) {

        if (ngx_asyncapi_http_is(&element, "close", sizeof("close") - 1)) {
            head->close = 1;

        } else if (ngx_asyncapi_http_is(&element, "keep-alive",
                                        sizeof("keep-alive") - 1))
        {
            head->persist = 1;

        } else {
            head->nominates = 1;
        }
    }

    return NGX_OK;
}


/* "timeout=5, max=100": a wrong one is as good as none */

static ngx_int_t
ngx_asyncapi_http_keep_alive(ngx_asyncapi_http_head_t *head, ngx_str_t *value)
{
    ngx_int_t  idle;
    ngx_str_t  list, element;

    list = *value;

    while (ngx_asyncapi_http_list(&list, &element)) {

        if (element.len <= sizeof("timeout=") - 1
            || ngx_strncasecmp(element.data, (u_char *) "timeout=",
                               sizeof("timeout=") - 1)
               != 0)
        {
            continue;
        }

        idle = ngx_atoi(element.data + sizeof("timeout=") - 1,
                        element.len - (sizeof("timeout=") - 1));

        if (idle > 0) {
            head->idle = idle;
        }
    }

    return NGX_OK;
}


/* takes the next element of a list with commas; 0: there is none */

static ngx_uint_t
ngx_asyncapi_http_list(ngx_str_t *list, ngx_str_t *element)
{
    u_char  *p, *end, *last;

    p = list->data;
    last = p + list->len;

    while (p < last && (*p == ' ' || *p == '\t' || *p == ',')) {
        p++;
    }

    element->data = p;

    while (p < last && *p != ',') {
        p++;
    }

    end = p;

    while (end > element->data && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }

    element->len = end - element->data;

    if (p < last) {
        p++;
    }

    list->data = p;
    list->len = last - p;

    return element->len != 0;
}


static ngx_uint_t
ngx_asyncapi_http_is(ngx_str_t *text, const char *lower, size_t len)
{
    u_char  *p;
    size_t   i;

    if (text->len != len) {
        return 0;
    }

    p = text->data;

    for (i = 0; i < len; i++) {

        if (ngx_asyncapi_http_token[p[i]] != (u_char) lower[i]) {
            return 0;
        }
    }

    return 1;
}


/* how long the body is, RFC 9112, 6.3, refusing what it calls ambiguous */

static ngx_int_t
ngx_asyncapi_http_framing(ngx_asyncapi_http_head_t *head, ngx_uint_t no_body)
{
    ngx_uint_t  framed;

    framed = (head->chunked || head->length > 0);

    head->keepalive = head->minor ? !head->close
                                  : (head->persist && !head->close);

    if (head->chunked && head->length != -1) {
        head->error = "there are both Content-Length and Transfer-Encoding";
        return NGX_ERROR;
    }

    if (head->chunked && head->minor == 0) {
        head->error = "Transfer-Encoding is in an HTTP/1.0 answer";
        return NGX_ERROR;
    }

    if (head->status < 200) {

        if (head->status == 101 || framed) {
            head->error = (head->status == 101)
                          ? "the protocol is switched, unasked"
                          : "an interim answer has a body";
            return NGX_ERROR;
        }

        return NGX_OK;
    }

    if (head->status == 204 && framed) {

        /* whether the peer sends a body all the same is a guess */

        head->keepalive = 0;
    }

    if (no_body || head->status == 204 || head->status == 304) {
        return NGX_OK;
    }

    if (head->chunked) {
        head->framing = NGX_ASYNCAPI_HTTP_BODY_CHUNKED;

    } else if (head->length > 0) {
        head->framing = NGX_ASYNCAPI_HTTP_BODY_LENGTH;

    } else if (head->length < 0) {
        head->framing = NGX_ASYNCAPI_HTTP_BODY_CLOSE;
        head->keepalive = 0;
    }

    return NGX_OK;
}


/* drops the headers that a Connection header names, RFC 9110, 7.6.1 */

static void
ngx_asyncapi_http_nominated(ngx_asyncapi_http_head_t *head, u_char *p,
    u_char *last)
{
    u_char        *lf;
    ngx_str_t      name, value;
    ngx_uint_t     i, n;
    ngx_keyval_t  *headers;

    headers = head->headers;

    /* Connection itself is not among the headers: it is looked up again */

    for ( /* void */ ; p < last; p = lf + 1) {

        lf = memchr(p, LF, last - p);

        name.data = p;
        name.len = sizeof("connection") - 1;

        if ((size_t) (lf - p) <= name.len
            || p[name.len] != ':'
            || !ngx_asyncapi_http_is(&name, "connection", name.len))
        {
            continue;
        }

        (void) ngx_asyncapi_http_value(head, p + name.len + 1, last, &value);

        for (n = 0, i = 0; i < head->nheaders; i++) {

            if (!ngx_asyncapi_http_names(&value, &headers[i].key)) {
                headers[n++] = headers[i];
            }
        }

        head->nheaders = n;
    }
}


static ngx_uint_t
ngx_asyncapi_http_names(ngx_str_t *value, ngx_str_t *name)
{
    ngx_str_t  list, element;

    list = *value;

    while (ngx_asyncapi_http_list(&list, &element)) {

        if (element.len == name->len
            && ngx_strncasecmp(element.data, name->data, name->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}

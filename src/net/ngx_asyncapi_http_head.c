
/*
 * Copyright (C) The asyncapi module authors
 *
 * The head of a call's answer, from its first byte to where the body begins.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>
#include "ngx_asyncapi_http_call.h"


#define NGX_ASYNCAPI_HTTP_INTERIM  16      /* 1xx answers before the answer */


static void ngx_asyncapi_http_head_room(ngx_asyncapi_http_call_t *call);
static ngx_int_t ngx_asyncapi_http_head_came(ngx_asyncapi_http_call_t *call,
    ssize_t n);
static ngx_int_t ngx_asyncapi_http_hold_head(ngx_asyncapi_http_call_t *call);
static ngx_int_t ngx_asyncapi_http_head(ngx_asyncapi_http_call_t *call);
static ngx_int_t ngx_asyncapi_http_answer(ngx_asyncapi_http_call_t *call,
    ngx_asyncapi_http_head_t *head, u_char *rest);
static ngx_int_t ngx_asyncapi_http_response(ngx_asyncapi_http_call_t *call,
    ngx_asyncapi_http_head_t *head, u_char *last);
static ngx_int_t ngx_asyncapi_http_headers(ngx_asyncapi_http_call_t *call,
    ngx_asyncapi_http_head_t *head, u_char *last);


/* used by one call at a time, and by none between two events */
static ngx_keyval_t  ngx_asyncapi_http_keyvals[NGX_ASYNCAPI_HTTP_MAX_HEADERS];


ngx_int_t
ngx_asyncapi_http_recv_head(ngx_asyncapi_http_call_t *call)
{
    ngx_connection_t  *c;

    if (call->unread) {
        call->unread = 0;
        return ngx_asyncapi_http_head(call);
    }

    if (call->start == NULL) {
        ngx_asyncapi_http_head_room(call);
    }

    c = call->conn->connection;

    return ngx_asyncapi_http_head_came(call, c->recv(c, call->last,
                                                     call->end - call->last));
}


/*
 * Much has been done since the request was sent, and what is known of the call
 * may have left the processor's cache: it is asked for before the system is
 * called, and is there afterwards.
 */

ngx_int_t
ngx_asyncapi_http_recv_first(ngx_asyncapi_http_conn_t *conn)
{
    ssize_t                    n;
    ngx_connection_t          *c;
    ngx_asyncapi_http_call_t  *call;

    conn->waiting = 0;

    call = conn->call;
    c = conn->connection;

    ngx_asyncapi_http_prefetch(call, sizeof(ngx_asyncapi_http_call_t));

    n = c->recv(c, ngx_asyncapi_http_buffer, NGX_ASYNCAPI_HTTP_MAX_HEAD);

    ngx_asyncapi_http_peer_prefetch(call);

    ngx_asyncapi_http_head_room(call);

    return ngx_asyncapi_http_head_came(call, n);
}


static void
ngx_asyncapi_http_head_room(ngx_asyncapi_http_call_t *call)
{
    call->start = ngx_asyncapi_http_buffer;
    call->last = call->start;
    call->scan = call->start;
    call->end = call->start + NGX_ASYNCAPI_HTTP_MAX_HEAD;
}


/* n is what recv() returned of it */

static ngx_int_t
ngx_asyncapi_http_head_came(ngx_asyncapi_http_call_t *call, ssize_t n)
{
    if (n == NGX_AGAIN) {
        return ngx_asyncapi_http_hold_head(call);
    }

    if (n == NGX_ERROR) {
        return ngx_asyncapi_http_broken(call, ngx_socket_errno,
                                        "recv() failed");
    }

    if (n == 0) {
        return ngx_asyncapi_http_broken(call, 0,
                       call->received ? "the connection was closed in the head"
                                      : "the connection was closed unanswered");
    }

    call->received = 1;
    call->last += n;

    return ngx_asyncapi_http_head(call);
}


/* leaves the worker's buffer to others */

static ngx_int_t
ngx_asyncapi_http_hold_head(ngx_asyncapi_http_call_t *call)
{
    size_t  len;

    if (ngx_handle_read_event(call->conn->connection->read, 0) != NGX_OK) {
        return ngx_asyncapi_http_broken(call, 0, "no event could be added");
    }

    if (call->buf) {
        return NGX_AGAIN;
    }

    len = call->last - call->start;

    if (len == 0) {
        call->start = NULL;
        return NGX_AGAIN;
    }

    call->buf = ngx_palloc(call->pool, NGX_ASYNCAPI_HTTP_MAX_HEAD);
    if (call->buf == NULL) {
        return ngx_asyncapi_http_no_memory(call);
    }

    ngx_memcpy(call->buf, call->start, len);

    call->scan = call->buf + (call->scan - call->start);
    call->start = call->buf;
    call->last = call->buf + len;
    call->end = call->buf + NGX_ASYNCAPI_HTTP_MAX_HEAD;

    return NGX_AGAIN;
}


static ngx_int_t
ngx_asyncapi_http_head(ngx_asyncapi_http_call_t *call)
{
    u_char                    *end, *base;
    ngx_asyncapi_http_head_t   head;

    for ( ;; ) {

        if (!ngx_asyncapi_http_head_begins(call->start, call->last)) {
            return ngx_asyncapi_http_fail(call, NGX_ASYNCAPI_HTTP_INVALID,
                                          NGX_PEER_FAILED,
                                          "the answer is not HTTP/1.x");
        }

        end = ngx_asyncapi_http_head_end(call->start, &call->scan, call->last);

        if (end == NULL) {
            break;
        }

        head.headers = ngx_asyncapi_http_keyvals;

        if (ngx_asyncapi_http_head_parse(&head, call->start, end,
                                         call->no_body)
            != NGX_OK)
        {
            return ngx_asyncapi_http_fail(call, NGX_ASYNCAPI_HTTP_INVALID,
                                          NGX_PEER_FAILED, "%s", head.error);
        }

        if (head.status >= 200) {
            return ngx_asyncapi_http_answer(call, &head, end);
        }

        if (++call->interim > NGX_ASYNCAPI_HTTP_INTERIM) {
            return ngx_asyncapi_http_fail(call, NGX_ASYNCAPI_HTTP_INVALID,
                                          NGX_PEER_FAILED,
                                          "there are too many 1xx answers");
        }

        call->start = end;
        call->scan = end;
    }

    base = call->buf ? call->buf : ngx_asyncapi_http_buffer;

    if (call->start != base) {
        ngx_memmove(base, call->start, call->last - call->start);

        call->last = base + (call->last - call->start);
        call->scan = base + (call->scan - call->start);
        call->start = base;
    }

    if (call->last == call->end) {
        return ngx_asyncapi_http_fail(call, NGX_ASYNCAPI_HTTP_INVALID,
                                      NGX_PEER_FAILED,
                                      "the head is longer than %d bytes",
                                      NGX_ASYNCAPI_HTTP_MAX_HEAD);
    }

    return NGX_OK;
}


/* the head has come; what is behind it is the body's, as far as it has come */

static ngx_int_t
ngx_asyncapi_http_answer(ngx_asyncapi_http_call_t *call,
    ngx_asyncapi_http_head_t *head, u_char *rest)
{
    ngx_int_t  rc;

    call->framing = head->framing;
    call->length = head->length;
    call->keepalive = head->keepalive;
    call->old = (head->minor == 0);
    call->idle = head->idle;

    if (call->conn->shared) {
        ngx_asyncapi_http_hold_learn(call->conn->peer, rest - call->start
                       + (head->framing == NGX_ASYNCAPI_HTTP_BODY_LENGTH
                          ? (size_t) head->length : 0));
    }

    if (ngx_asyncapi_http_response(call, head, rest) != NGX_OK) {
        return ngx_asyncapi_http_no_memory(call);
    }

    if (head->framing == NGX_ASYNCAPI_HTTP_BODY_NONE) {

        ngx_asyncapi_http_rest(call, rest, call->last);

        call->response.body.data = (u_char *) "";

        return ngx_asyncapi_http_done(call);
    }

    call->left = call->max_body;
    call->response.encoded = head->encoded;

    if (call->gzip && head->gzip) {

        if (ngx_asyncapi_http_inflate_start(call) != NGX_OK) {
            return ngx_asyncapi_http_no_memory(call);
        }

        call->response.encoded = 0;
        call->left = ngx_asyncapi_http_inflate_max(call);
    }

    if (head->framing == NGX_ASYNCAPI_HTTP_BODY_LENGTH) {

        if ((uint64_t) head->length > call->left) {
            return ngx_asyncapi_http_too_large(call);
        }

        call->left = head->length;
    }

    rc = ngx_asyncapi_http_body(call, rest);

    if (rc == NGX_OK && call->buf) {
        (void) ngx_pfree(call->pool, call->buf);
        call->buf = NULL;
    }

    return rc;
}


/* what of the head outlives the buffer it stands in */

static ngx_int_t
ngx_asyncapi_http_response(ngx_asyncapi_http_call_t *call,
    ngx_asyncapi_http_head_t *head, u_char *last)
{
    ngx_str_t  *type;

    call->response.status = head->status;

    if (call->headers) {
        return ngx_asyncapi_http_headers(call, head, last);
    }

    type = &call->response.content_type;

    if (head->content_type.len == 0) {
        return NGX_OK;
    }

    type->data = ngx_pstrdup(call->pool, &head->content_type);
    if (type->data == NULL) {
        return NGX_ERROR;
    }

    type->len = head->content_type.len;

    return NGX_OK;
}


/* one piece of memory: the array, its elements, the bytes they point to */

static ngx_int_t
ngx_asyncapi_http_headers(ngx_asyncapi_http_call_t *call,
    ngx_asyncapi_http_head_t *head, u_char *last)
{
    size_t         size;
    u_char        *p;
    ptrdiff_t      diff;
    ngx_uint_t     i;
    ngx_array_t   *headers;
    ngx_keyval_t  *kv;

    size = head->nheaders * sizeof(ngx_keyval_t);

    headers = ngx_palloc(call->pool, sizeof(ngx_array_t) + size
                                     + (last - call->start));
    if (headers == NULL) {
        return NGX_ERROR;
    }

    kv = (ngx_keyval_t *) (headers + 1);

    headers->elts = kv;
    headers->nelts = head->nheaders;
    headers->size = sizeof(ngx_keyval_t);
    headers->nalloc = head->nheaders;
    headers->pool = call->pool;

    p = (u_char *) kv + size;
    ngx_memcpy(p, call->start, last - call->start);
    diff = p - call->start;

    for (i = 0; i < head->nheaders; i++) {
        kv[i].key.len = head->headers[i].key.len;
        kv[i].key.data = head->headers[i].key.data + diff;
        kv[i].value.len = head->headers[i].value.len;
        kv[i].value.data = head->headers[i].value.data + diff;
    }

    call->response.headers = headers;

    if (head->content_type.len) {
        call->response.content_type.len = head->content_type.len;
        call->response.content_type.data = head->content_type.data + diff;
    }

    return NGX_OK;
}

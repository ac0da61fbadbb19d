
/*
 * Copyright (C) The asyncapi module authors
 *
 * A call's answer.
 *
 * Bytes are received into one buffer of the worker.  Mostly that holds the
 * whole answer, whose head and body are then copied to the request's pool.  If
 * it does not, what has come is moved before the handler is left: of a head to
 * a buffer of the call; of a body to the place where all of it will stand, and
 * where the rest of it is received and, if it is chunked, decoded.  What is
 * gzip goes on through the worker's buffer and is inflated to that place.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>
#include "ngx_asyncapi_block.h"
#include "ngx_asyncapi_turn.h"
#include "ngx_asyncapi_http_call.h"


#define NGX_ASYNCAPI_HTTP_GROW     8192    /* a body of unknown length */
#define NGX_ASYNCAPI_HTTP_ROOM     128     /* receiving less is not worth it */
#define NGX_ASYNCAPI_HTTP_AHEAD    8192    /* of a shared connection: bytes
                                              that may be behind a chunk */


static ngx_int_t ngx_asyncapi_http_recv_body(ngx_asyncapi_http_call_t *call);
static ngx_int_t ngx_asyncapi_http_body_room(ngx_asyncapi_http_call_t *call,
    u_char **p, u_char **end);
static ngx_int_t ngx_asyncapi_http_body_bytes(ngx_asyncapi_http_call_t *call,
    u_char *p, u_char *last);
static ngx_int_t ngx_asyncapi_http_body_data(ngx_asyncapi_http_call_t *call,
    u_char *p, u_char **last);
static ngx_int_t ngx_asyncapi_http_body_chunks(ngx_asyncapi_http_call_t *call,
    u_char *p, u_char **last);


u_char  ngx_asyncapi_http_buffer[NGX_ASYNCAPI_HTTP_MAX_HEAD];


ngx_int_t
ngx_asyncapi_http_receive(ngx_asyncapi_http_conn_t *conn)
{
    ngx_int_t                  rc;
    ngx_event_t               *rev;
    ngx_asyncapi_http_call_t  *call;

    rev = conn->connection->read;

    if (rev->posted) {
        ngx_delete_posted_event(rev);
    }

    do {
        call = conn->call;

        if (conn->waiting) {
            rc = ngx_asyncapi_http_recv_first(conn);

        } else {
            rc = call->body_begun ? ngx_asyncapi_http_recv_body(call)
                                  : ngx_asyncapi_http_recv_head(call);
        }

    } while (rc == NGX_OK || rc == NGX_BUSY);

    return rc;
}


void
ngx_asyncapi_http_receive_rest(ngx_asyncapi_http_call_t *call, u_char *p,
    size_t size)
{
    u_char  *end;

    end = ngx_asyncapi_http_buffer + NGX_ASYNCAPI_HTTP_MAX_HEAD;

    if (p < ngx_asyncapi_http_buffer || p >= end) {
        ngx_memmove(ngx_asyncapi_http_buffer, p, size);
        p = ngx_asyncapi_http_buffer;
    }

    call->start = p;
    call->last = p + size;
    call->scan = p;
    call->end = end;

    call->unread = 1;
    call->received = 1;
}


ngx_int_t
ngx_asyncapi_http_body(ngx_asyncapi_http_call_t *call, u_char *rest)
{
    u_char     *last;
    ngx_int_t   rc;

    last = call->last;

    call->start = rest;
    call->last = rest;
    call->body_begun = 1;
    call->chunked.max = call->left;

    if (call->inflate) {
        call->end = rest;
        return ngx_asyncapi_http_body_bytes(call, rest, last);
    }

    rc = ngx_asyncapi_http_body_bytes(call, rest, last);

    return (rc == NGX_OK) ? ngx_asyncapi_http_body_grow(call) : rc;
}


static ngx_int_t
ngx_asyncapi_http_recv_body(ngx_asyncapi_http_call_t *call)
{
    size_t             left;
    u_char            *p, *end;
    ssize_t            n;
    ngx_int_t          rc;
    ngx_uint_t         fresh;
    ngx_connection_t  *c;

    if (call->inflate) {
        rc = ngx_asyncapi_http_inflate_held(call);
        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    rc = ngx_asyncapi_http_body_room(call, &p, &end);
    if (rc != NGX_OK) {
        return rc;
    }

    c = call->conn->connection;

    fresh = call->placed && !call->inflate
            && ngx_asyncapi_block_fresh(call->start, call->end - call->start);

    left = ngx_asyncapi_turn_left(fresh);

    if (left == 0) {
        ngx_post_event(c->read, &ngx_posted_next_events);
        return NGX_AGAIN;
    }

    n = c->recv(c, p, ngx_min((size_t) (end - p), left));

    if (n == NGX_AGAIN) {

        if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
            return ngx_asyncapi_http_broken(call, 0, "no event could be added");
        }

        return NGX_AGAIN;
    }

    if (n == NGX_ERROR) {
        return ngx_asyncapi_http_broken(call, ngx_socket_errno,
                                        "recv() failed");
    }

    if (n == 0) {

        if (call->framing == NGX_ASYNCAPI_HTTP_BODY_CLOSE) {
            return call->inflate ? ngx_asyncapi_http_inflate(call, p, p, 1)
                                 : ngx_asyncapi_http_body_end(call);
        }

        return ngx_asyncapi_http_fail(call, NGX_ASYNCAPI_HTTP_CONNECT,
                          NGX_PEER_FAILED, "the connection was closed after "
                          "%uz bytes of the body, which is not the whole",
                          (size_t) (call->last - call->start));
    }

    ngx_asyncapi_turn_spend(n, fresh);

    return ngx_asyncapi_http_body_bytes(call, p, p + n);
}


/* where to receive to, from *p up to *end; NGX_OK or NGX_DONE */

static ngx_int_t
ngx_asyncapi_http_body_room(ngx_asyncapi_http_call_t *call, u_char **p,
    u_char **end)
{
    ngx_int_t  rc;

    if (call->inflate) {
        *p = ngx_asyncapi_http_buffer;
        *end = ngx_asyncapi_http_buffer + NGX_ASYNCAPI_HTTP_MAX_HEAD;

        return NGX_OK;
    }

    if (call->framing != NGX_ASYNCAPI_HTTP_BODY_LENGTH
        && call->end - call->last < NGX_ASYNCAPI_HTTP_ROOM)
    {
        rc = ngx_asyncapi_http_body_grow(call);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    *p = call->last;
    *end = call->end;

    /* what is another call's must fit in where heads are received */

    if (call->framing == NGX_ASYNCAPI_HTTP_BODY_CHUNKED
        && call->conn->shared
        && (uint64_t) (*end - *p)
           > call->chunked.size + NGX_ASYNCAPI_HTTP_AHEAD)
    {
        *end = *p + call->chunked.size + NGX_ASYNCAPI_HTTP_AHEAD;
    }

    return NGX_OK;
}


/* bytes have come from p up to last */

static ngx_int_t
ngx_asyncapi_http_body_bytes(ngx_asyncapi_http_call_t *call, u_char *p,
    u_char *last)
{
    ngx_int_t  rc;

    rc = ngx_asyncapi_http_body_data(call, p, &last);

    if (rc == NGX_DONE) {
        return NGX_DONE;
    }

    if (call->inflate) {
        return ngx_asyncapi_http_inflate(call, p, last, rc == NGX_OK);
    }

    call->last = last;

    return (rc == NGX_OK) ? ngx_asyncapi_http_body_end(call) : NGX_OK;
}


/*
 * Leaves of the bytes those that are the body's: *last is set to their end.
 * NGX_OK: these were the last ones; NGX_AGAIN: more are to come.
 */

static ngx_int_t
ngx_asyncapi_http_body_data(ngx_asyncapi_http_call_t *call, u_char *p,
    u_char **last)
{
    size_t  size;

    if (call->framing == NGX_ASYNCAPI_HTTP_BODY_CHUNKED) {
        return ngx_asyncapi_http_body_chunks(call, p, last);
    }

    size = *last - p;

    if (size > call->left) {

        if (call->framing == NGX_ASYNCAPI_HTTP_BODY_CLOSE) {
            return ngx_asyncapi_http_too_large(call);
        }

        size = (size_t) call->left;

        ngx_asyncapi_http_rest(call, p + size, *last);
        *last = p + size;
    }

    call->left -= size;

    return (call->left || call->framing == NGX_ASYNCAPI_HTTP_BODY_CLOSE)
           ? NGX_AGAIN : NGX_OK;
}


static ngx_int_t
ngx_asyncapi_http_body_chunks(ngx_asyncapi_http_call_t *call, u_char *p,
    u_char **last)
{
    u_char     *src, *dst;
    ngx_int_t   rc;

    src = p;
    dst = p;

    rc = ngx_asyncapi_http_chunked_decode(&call->chunked, &src, *last, &dst);

    if (rc == NGX_DECLINED) {
        return ngx_asyncapi_http_too_large(call);
    }

    if (rc == NGX_ERROR) {
        return ngx_asyncapi_http_fail(call, NGX_ASYNCAPI_HTTP_INVALID,
                                      NGX_PEER_FAILED, "%s",
                                      call->chunked.error);
    }

    if (rc == NGX_OK) {
        ngx_asyncapi_http_rest(call, src, *last);
    }

    *last = dst;

    return rc;
}


/* bytes after the answer, if there are any: they may be another's */

void
ngx_asyncapi_http_rest(ngx_asyncapi_http_call_t *call, u_char *p, u_char *last)
{
    call->rest = p;
    call->rest_size = last - p;
}


/*
 * Makes room behind call->last: the first time, for all of the body if its
 * length is known, and a byte more, so that one receive tells that nothing
 * follows.
 */

ngx_int_t
ngx_asyncapi_http_body_grow(ngx_asyncapi_http_call_t *call)
{
    size_t   len, size, hint;
    u_char  *body;

    len = call->last - call->start;

    if (call->framing == NGX_ASYNCAPI_HTTP_BODY_LENGTH && !call->inflate) {
        size = (size_t) call->length
               + !ngx_asyncapi_http_pipeline_expects(call);

    } else {
        hint = call->inflate ? ngx_asyncapi_http_inflate_size(call)
                             : len + (size_t) call->chunked.size;

        size = ngx_asyncapi_block_grow(len, NGX_ASYNCAPI_HTTP_GROW);
        size = ngx_max(size, hint + NGX_ASYNCAPI_HTTP_ROOM);
        size = ngx_min(size, call->max_body + NGX_ASYNCAPI_HTTP_ROOM);
    }

    body = ngx_asyncapi_block_alloc(call->pool, size);
    if (body == NULL) {
        return ngx_asyncapi_http_no_memory(call);
    }

    ngx_memcpy(body, call->start, len);

    if (call->placed) {
        ngx_asyncapi_block_free(call->pool, call->start,
                                call->end - call->start);
    }

    call->start = body;
    call->last = body + len;
    call->end = body + size;
    call->placed = 1;

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_http_body_end(ngx_asyncapi_http_call_t *call)
{
    ngx_str_t  *body;

    body = &call->response.body;

    body->len = call->last - call->start;
    body->data = call->start;

    if (!call->placed) {
        body->data = ngx_pnalloc(call->pool, body->len);
        if (body->data == NULL) {
            return ngx_asyncapi_http_no_memory(call);
        }

        ngx_memcpy(body->data, call->start, body->len);
    }

    return ngx_asyncapi_http_done(call);
}


ngx_int_t
ngx_asyncapi_http_too_large(ngx_asyncapi_http_call_t *call)
{
    return ngx_asyncapi_http_fail(call, NGX_ASYNCAPI_HTTP_TOO_LARGE, 0,
                                  "the answer is longer than %uz bytes",
                                  call->max_body);
}


ngx_int_t
ngx_asyncapi_http_no_memory(ngx_asyncapi_http_call_t *call)
{
    return ngx_asyncapi_http_fail(call, NGX_ASYNCAPI_HTTP_NO_MEMORY, 0,
                                  "no memory for the answer");
}

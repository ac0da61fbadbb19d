
/*
 * Copyright (C) The asyncapi module authors
 *
 * Reading the body of a request: into memory as it comes, and no further than
 * it may be long.  nginx's own buffering would put a large one into a file.
 */


#include "ngx_asyncapi_block.h"
#include "ngx_asyncapi_turn.h"
#include "ngx_http_asyncapi_contract.h"


/* a room begins with that much where the length is not known, or is longer */
#define NGX_HTTP_ASYNCAPI_BODY_ROOM  65536


static ngx_http_asyncapi_check_t *ngx_http_asyncapi_body_check(
    ngx_http_request_t *r);
static void ngx_http_asyncapi_body_event(ngx_http_request_t *r);
static ngx_int_t ngx_http_asyncapi_body_gather(
    ngx_http_asyncapi_check_t *check);
static ngx_int_t ngx_http_asyncapi_body_bufs(ngx_http_asyncapi_check_t *check,
    ngx_http_request_body_t *rb);
static ngx_int_t ngx_http_asyncapi_body_append(
    ngx_http_asyncapi_check_t *check, u_char *data, size_t len);
static ngx_int_t ngx_http_asyncapi_body_gathered(
    ngx_http_asyncapi_check_t *check);
static ngx_int_t ngx_http_asyncapi_body_refuse(
    ngx_http_asyncapi_check_t *check, ngx_uint_t status);
static ngx_int_t ngx_http_asyncapi_body_value(
    ngx_http_asyncapi_check_t *check);
static void ngx_http_asyncapi_body_cleanup(void *data);
static ngx_int_t ngx_http_asyncapi_body_room(ngx_http_asyncapi_check_t *check,
    size_t len);


ngx_int_t
ngx_http_asyncapi_body_read(ngx_http_asyncapi_check_t *check)
{
    ngx_int_t            rc;
    ngx_http_request_t  *r;
    ngx_pool_cleanup_t  *cln;

    r = check->request;

    if (r->headers_in.content_length_n > 0 || r->headers_in.chunked) {

        if (!ngx_http_asyncapi_body_type(check)) {
            return ngx_http_asyncapi_body_refuse(check,
                                           NGX_HTTP_UNSUPPORTED_MEDIA_TYPE);
        }

        if (r->headers_in.content_length_n
            > (off_t) check->contract->body_max)
        {
            return ngx_http_asyncapi_body_refuse(check,
                                           NGX_HTTP_REQUEST_ENTITY_TOO_LARGE);
        }
    }

    /* the context of the request is its run, which there is none of yet */

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    cln->handler = ngx_http_asyncapi_body_cleanup;
    cln->data = check;

    r->request_body_no_buffering = 1;

    rc = ngx_http_read_client_request_body(r, ngx_http_asyncapi_body_event);

    return (rc >= NGX_HTTP_SPECIAL_RESPONSE) ? rc : NGX_DONE;
}


static ngx_http_asyncapi_check_t *
ngx_http_asyncapi_body_check(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t         *cln;
    ngx_http_asyncapi_check_t  *check;

    for (cln = r->pool->cleanup; /* void */ ; cln = cln->next) {

        if (cln->handler != ngx_http_asyncapi_body_cleanup) {
            continue;
        }

        check = cln->data;

        if (check->request == r) {
            return check;
        }
    }
}


/* first called by nginx, then for each piece that has come */

static void
ngx_http_asyncapi_body_event(ngx_http_request_t *r)
{
    ngx_int_t                   rc;
    ngx_http_asyncapi_check_t  *check;

    check = ngx_http_asyncapi_body_check(r);

    rc = ngx_http_asyncapi_body_gather(check);

    if (rc == NGX_AGAIN) {
        r->read_event_handler = ngx_http_asyncapi_body_event;
        return;
    }

    if (rc == NGX_OK) {
        rc = ngx_http_asyncapi_body_gathered(check);

        if (check->job) {
            return;
        }

    } else if (rc == NGX_DECLINED) {

        /* what is not read of it would be taken for a next request */

        if (r->reading_body) {
            r->keepalive = 0;
        }

        rc = ngx_http_asyncapi_body_refuse(check,
                                           NGX_HTTP_REQUEST_ENTITY_TOO_LARGE);

    } else if (rc == NGX_ERROR) {
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_finalize_request(r, rc);
}


/*
 * NGX_OK: all has come; NGX_AGAIN; NGX_DECLINED: it is too long; NGX_ERROR; or
 * a status
 */

static ngx_int_t
ngx_http_asyncapi_body_gather(ngx_http_asyncapi_check_t *check)
{
    ngx_int_t                      rc;
    ngx_buf_t                     *b;
    ngx_http_request_t            *r;
    ngx_http_request_body_t       *rb;
    ngx_http_asyncapi_loc_conf_t  *conf;

    r = check->request;
    rb = r->request_body;

    if (rb == NULL) {
        return NGX_OK;
    }

    conf = ngx_http_get_module_loc_conf(r, ngx_http_asyncapi_module);

    /*
     * most bodies have come in one piece, which is used where it lies, if no
     * thread is to read it
     */

    if (!r->reading_body && check->room == NULL
        && rb->bufs && rb->bufs->next == NULL)
    {
        b = rb->bufs->buf;

        if (ngx_buf_in_memory(b) && !b->in_file
            && (size_t) (b->last - b->pos) <= conf->offload)
        {
            check->body.data = b->pos;
            check->body.len = b->last - b->pos;

            return (check->body.len > check->contract->body_max)
                   ? NGX_DECLINED : NGX_OK;
        }
    }

    for ( ;; ) {
        rc = ngx_http_asyncapi_body_bufs(check, rb);

        if (rc != NGX_OK) {
            return rc;
        }

        if (!r->reading_body) {
            return NGX_OK;
        }

        if (ngx_asyncapi_turn_left(0) == 0) {

            /* a client that is fast is not to hold the loop */

            ngx_post_event(r->connection->read, &ngx_posted_next_events);
            return NGX_AGAIN;
        }

        rc = ngx_http_read_unbuffered_request_body(r);

        if (rc == NGX_ERROR || rc >= NGX_HTTP_SPECIAL_RESPONSE) {
            return rc;
        }

        if (rc == NGX_AGAIN && rb->bufs == NULL) {
            return NGX_AGAIN;
        }
    }
}


/* what has come is taken out of nginx's buffers, which then can be reused */

static ngx_int_t
ngx_http_asyncapi_body_bufs(ngx_http_asyncapi_check_t *check,
    ngx_http_request_body_t *rb)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t  *cl, *next;

    for (cl = rb->bufs; cl; cl = next) {
        next = cl->next;
        b = cl->buf;

        if (b->in_file) {
            ngx_log_error(NGX_LOG_ERR, check->request->connection->log, 0,
                          "asyncapi: the body has been put into a file before "
                          "its endpoint could read it: enlarge "
                          "\"client_body_buffer_size\"");
            return NGX_ERROR;
        }

        rc = ngx_http_asyncapi_body_append(check, b->pos, b->last - b->pos);

        if (rc != NGX_OK) {
            return rc;
        }

        b->pos = b->last;

        ngx_free_chain(check->request->pool, cl);
    }

    rb->bufs = NULL;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_body_append(ngx_http_asyncapi_check_t *check, u_char *data,
    size_t len)
{
    if (len > check->contract->body_max - check->body.len) {
        return NGX_DECLINED;
    }

    if (len > check->size - check->body.len
        && ngx_http_asyncapi_body_room(check, len) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (len) {
        ngx_memcpy(check->body.data + check->body.len, data, len);
        check->body.len += len;

        ngx_asyncapi_turn_spend(len, ngx_asyncapi_block_fresh(check->room,
                                                              check->size));
    }

    return NGX_OK;
}


/*
 * Room for all that the client has told of, which takes no memory before it is
 * filled, if that is new.
 */

static ngx_int_t
ngx_http_asyncapi_body_room(ngx_http_asyncapi_check_t *check, size_t len)
{
    off_t                          length;
    size_t                         size;
    u_char                        *room;
    ngx_http_asyncapi_loc_conf_t  *conf;

    if (check->memory == NULL) {
        conf = ngx_http_get_module_loc_conf(check->request,
                                            ngx_http_asyncapi_module);

        check->memory = ngx_asyncapi_memory_create(check->request->pool,
                                                   conf->thread_pool);
        if (check->memory == NULL) {
            return NGX_ERROR;
        }
    }

    length = check->request->headers_in.content_length_n;

    size = (length > 0) ? (size_t) length
                        : ngx_asyncapi_block_grow(check->size,
                                             NGX_HTTP_ASYNCAPI_BODY_ROOM);
    size = ngx_min(size, check->contract->body_max);
    size = ngx_max(size, check->body.len + len);

    room = ngx_asyncapi_block_alloc(check->memory->pool, size);
    if (room == NULL) {
        return NGX_ERROR;
    }

    if (check->room) {
        ngx_memcpy(room, check->room, check->body.len);
        ngx_asyncapi_block_free(check->memory->pool, check->room, check->size);
    }

    check->room = room;
    check->size = size;
    check->body.data = room;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_body_gathered(ngx_http_asyncapi_check_t *check)
{
    ngx_str_t              detail, pointer;
    ngx_asyncapi_value_t  *value;

    /* $request_body is of what has been gathered */

    if (check->room) {
        check->memory->room = check->body;

        if (ngx_http_asyncapi_body_value(check) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    if (check->body.len == 0) {

        if (!check->contract->body_optional) {
            ngx_str_set(&pointer, "#");
            ngx_str_set(&detail, "is required");

            if (ngx_http_asyncapi_check_body_error(check, &pointer, &detail)
                != NGX_OK)
            {
                return NGX_HTTP_INTERNAL_SERVER_ERROR;
            }
        }

        return ngx_http_asyncapi_check_done(check);
    }

    /* that of a subrequest has no length that would have told before */

    if (!ngx_http_asyncapi_body_type(check)) {
        return ngx_http_asyncapi_body_refuse(check,
                                             NGX_HTTP_UNSUPPORTED_MEDIA_TYPE);
    }

    if (check->contract->body != NGX_HTTP_ASYNCAPI_BODY_RAW) {
        return ngx_http_asyncapi_body_look(check);
    }

    value = &check->params[check->contract->body_slot];

    value->type = NGX_ASYNCAPI_VALUE_TEXT;
    value->data = check->body;

    return ngx_http_asyncapi_check_done(check);
}


/* 413 and 415 where the body has not been read, or not to its end */

static ngx_int_t
ngx_http_asyncapi_body_refuse(ngx_http_asyncapi_check_t *check,
    ngx_uint_t status)
{
    ngx_int_t            rc;
    ngx_str_t            detail;
    ngx_http_request_t  *r;

    r = check->request;

    if (r->request_body == NULL) {

        /* who waits for "100 Continue" may send it nevertheless, or not */

        if (r->headers_in.expect && !r->expect_tested) {
            r->expect_tested = 1;
            r->keepalive = 0;
        }

        rc = ngx_http_discard_request_body(r);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (status == NGX_HTTP_UNSUPPORTED_MEDIA_TYPE) {

        if (check->contract->body == NGX_HTTP_ASYNCAPI_BODY_JSON) {
            ngx_str_set(&detail, "The body has to be application/json, in "
                                 "UTF-8.");

        } else {
            ngx_str_set(&detail, "The body has to be "
                                 "application/x-www-form-urlencoded or "
                                 "multipart/form-data, in UTF-8.");
        }

    } else {

        detail.data = ngx_pnalloc(r->pool, sizeof("The body has more than  "
                                                  "bytes.") + NGX_SIZE_T_LEN);
        if (detail.data == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        detail.len = ngx_sprintf(detail.data,
                                 "The body has more than %uz bytes.",
                                 check->contract->body_max)
                     - detail.data;
    }

    return ngx_http_asyncapi_check_problem(check, status, &detail);
}


static ngx_int_t
ngx_http_asyncapi_body_value(ngx_http_asyncapi_check_t *check)
{
    ngx_buf_t           *b;
    ngx_chain_t         *cl;
    ngx_http_request_t  *r;

    r = check->request;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    cl = ngx_alloc_chain_link(r->pool);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    b->memory = 1;
    b->start = check->body.data;
    b->pos = b->start;
    b->last = b->start + check->body.len;
    b->end = b->last;

    cl->buf = b;
    cl->next = NULL;

    r->request_body->bufs = cl;

    return NGX_OK;
}


/* it only tells where the check is */

static void
ngx_http_asyncapi_body_cleanup(void *data)
{
    /* void */
}

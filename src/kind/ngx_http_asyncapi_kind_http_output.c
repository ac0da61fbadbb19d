
/*
 * Copyright (C) The asyncapi module authors
 *
 * What a task's subrequest, and those made in it (SSI, njs), put out, kept in
 * the order in which nginx would have sent it.
 *
 * nginx orders output by the one request of a connection that is active, which
 * no request of a task ever is: it would wait for ever.  So each subrequest
 * made in a task's is taken from its parent's list when it ends, and nginx
 * finalizes it as one in the background.
 */


#include "ngx_http_asyncapi_kind_http_location.h"


/* where nothing is known about the length */
#define NGX_HTTP_ASYNCAPI_HTTP_FIRST  4096


static ngx_int_t ngx_http_asyncapi_http_note(
    ngx_http_asyncapi_http_output_t *output);
static ngx_int_t ngx_http_asyncapi_http_note_child(
    ngx_http_asyncapi_http_output_t *output, ngx_http_request_t *r);
static ngx_int_t ngx_http_asyncapi_http_child_done(ngx_http_request_t *r,
    void *data, ngx_int_t rc);
static ngx_int_t ngx_http_asyncapi_http_child_before(ngx_http_request_t *r,
    ngx_http_asyncapi_http_output_t *output, ngx_int_t rc);
static void ngx_http_asyncapi_http_unlink(ngx_http_request_t *r);

static ngx_http_asyncapi_http_piece_t *ngx_http_asyncapi_http_piece(
    ngx_http_asyncapi_http_output_t *output, ngx_pool_t *pool);
static ngx_int_t ngx_http_asyncapi_http_room(
    ngx_http_asyncapi_http_output_t *output,
    ngx_http_asyncapi_http_piece_t *piece, size_t len);
static size_t ngx_http_asyncapi_http_first(
    ngx_http_asyncapi_http_output_t *output, size_t len);
static u_char *ngx_http_asyncapi_http_copy(u_char *p,
    ngx_http_asyncapi_http_output_t *output);


ngx_http_asyncapi_http_output_t *
ngx_http_asyncapi_http_output(ngx_http_request_t *r)
{
    ngx_http_post_subrequest_t       *ps;
    ngx_http_asyncapi_http_output_t  *output;

    if (r == r->main) {
        return NULL;
    }

    ps = r->post_subrequest;

    if (ps
        && (ps->handler == ngx_http_asyncapi_http_location_done
            || ps->handler == ngx_http_asyncapi_http_child_done))
    {
        return ps->data;
    }

    if (r->background) {
        return NULL;
    }

    output = ngx_http_asyncapi_http_output(r->parent);

    if (output == NULL || ngx_http_asyncapi_http_note(output) != NGX_OK) {
        return NULL;
    }

    ps = r->post_subrequest;

    return (ps && ps->handler == ngx_http_asyncapi_http_child_done) ? ps->data
                                                                    : NULL;
}


/* subrequests that were made since the last look have their place now */

static ngx_int_t
ngx_http_asyncapi_http_note(ngx_http_asyncapi_http_output_t *output)
{
    ngx_http_request_t            *r;
    ngx_http_postponed_request_t  *pr;

    for (pr = output->request->postponed; pr; pr = pr->next) {

        r = pr->request;

        if (r == NULL
            || (r->post_subrequest
                && r->post_subrequest->handler
                   == ngx_http_asyncapi_http_child_done))
        {
            continue;
        }

        if (ngx_http_asyncapi_http_note_child(output, r) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_http_note_child(ngx_http_asyncapi_http_output_t *output,
    ngx_http_request_t *r)
{
    ngx_http_asyncapi_http_piece_t    *piece;
    ngx_http_asyncapi_http_output_t   *child;
    ngx_http_asyncapi_http_capture_t  *capture;

    capture = output->capture;

    child = ngx_pcalloc(r->pool, sizeof(ngx_http_asyncapi_http_output_t));
    if (child == NULL) {
        return NGX_ERROR;
    }

    piece = ngx_http_asyncapi_http_piece(output, r->pool);
    if (piece == NULL) {
        return NGX_ERROR;
    }

    piece->output = child;

    child->request = r;
    child->capture = capture;
    child->before = r->post_subrequest;
    child->post.handler = ngx_http_asyncapi_http_child_done;
    child->post.data = child;

    r->post_subrequest = &child->post;

    child->next = capture->children;
    capture->children = child;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_http_child_done(ngx_http_request_t *r, void *data,
    ngx_int_t rc)
{
    ngx_http_asyncapi_http_output_t *output = data;

    rc = ngx_http_asyncapi_http_child_before(r, output, rc);

    if (output->done || ngx_http_asyncapi_http_special(rc)) {
        return rc;
    }

    if (r->buffered || r->postponed) {
        return rc;
    }

    output->done = 1;

    if (r->header_sent
        && !r->subrequest_in_memory
        && !ngx_http_asyncapi_http_whole(output))
    {
        output->capture->broken = 1;
    }

    ngx_http_asyncapi_http_unlink(r);

    r->background = 1;

    if (ngx_http_post_request(r->parent, NULL) != NGX_OK) {
        output->capture->broken = 1;
    }

    return NGX_OK;
}


/*
 * The handler that the subrequest was made with comes first.  The failure of a
 * part is that of the task; nginx would end the client's request instead.
 */

static ngx_int_t
ngx_http_asyncapi_http_child_before(ngx_http_request_t *r,
    ngx_http_asyncapi_http_output_t *output, ngx_int_t rc)
{
    void              *active;
    ngx_connection_t  *c;

    c = r->connection;

    if (output->before) {

        /* lua-nginx-module makes the subrequest the active one */

        active = c->data;
        rc = output->before->handler(r, output->before->data, rc);
        c->data = active;
    }

    if (!ngx_http_asyncapi_http_fatal(rc)) {
        return rc;
    }

    if (!r->header_sent) {
        return NGX_HTTP_BAD_GATEWAY;
    }

    output->capture->broken = 1;
    r->buffered = 0;

    return NGX_OK;
}


static void
ngx_http_asyncapi_http_unlink(ngx_http_request_t *r)
{
    ngx_http_postponed_request_t  **ppr;

    for (ppr = &r->parent->postponed; *ppr; ppr = &(*ppr)->next) {
        if ((*ppr)->request == r) {
            *ppr = (*ppr)->next;
            return;
        }
    }
}


ngx_int_t
ngx_http_asyncapi_http_output_add(ngx_http_asyncapi_http_output_t *output,
    ngx_chain_t *in)
{
    size_t                             len;
    ngx_chain_t                       *cl;
    ngx_http_asyncapi_http_piece_t    *piece;
    ngx_http_asyncapi_http_capture_t  *capture;

    if (output->request->postponed
        && ngx_http_asyncapi_http_note(output) != NGX_OK)
    {
        return NGX_ERROR;
    }

    capture = output->capture;
    len = 0;

    for (cl = in; cl; cl = cl->next) {
        if (ngx_buf_in_memory(cl->buf)) {
            len += cl->buf->last - cl->buf->pos;

        } else if (cl->buf->in_file) {

            /* a filter that did not heed filter_need_in_memory */

            return NGX_ERROR;
        }
    }

    if (len == 0) {
        return NGX_OK;
    }

    if (len > capture->max - capture->size) {
        return NGX_DECLINED;
    }

    piece = output->tail;

    if (piece == NULL || piece->output) {
        piece = ngx_http_asyncapi_http_piece(output, output->request->pool);
        if (piece == NULL) {
            return NGX_ERROR;
        }
    }

    if (ngx_http_asyncapi_http_room(output, piece, len) != NGX_OK) {
        return NGX_ERROR;
    }

    for (cl = in; cl; cl = cl->next) {
        if (ngx_buf_in_memory(cl->buf)) {
            piece->last = ngx_cpymem(piece->last, cl->buf->pos,
                                     cl->buf->last - cl->buf->pos);
        }
    }

    capture->size += len;

    return NGX_OK;
}


static ngx_http_asyncapi_http_piece_t *
ngx_http_asyncapi_http_piece(ngx_http_asyncapi_http_output_t *output,
    ngx_pool_t *pool)
{
    ngx_http_asyncapi_http_piece_t  *piece;

    piece = ngx_pcalloc(pool, sizeof(ngx_http_asyncapi_http_piece_t));
    if (piece == NULL) {
        return NULL;
    }

    if (output->tail) {
        output->tail->next = piece;

    } else {
        output->pieces = piece;
    }

    output->tail = piece;

    return piece;
}


static ngx_int_t
ngx_http_asyncapi_http_room(ngx_http_asyncapi_http_output_t *output,
    ngx_http_asyncapi_http_piece_t *piece, size_t len)
{
    u_char      *start;
    size_t       size, used;
    ngx_pool_t  *pool;

    if ((size_t) (piece->end - piece->last) >= len) {
        return NGX_OK;
    }

    pool = output->request->pool;
    used = piece->last - piece->start;

    if (used == 0) {
        size = ngx_http_asyncapi_http_first(output, len);

    } else {
        size = 2 * (piece->end - piece->start);
        size = ngx_max(size, used + len);
    }

    size = ngx_min(size, used + output->capture->max - output->capture->size);

    start = ngx_pnalloc(pool, size);
    if (start == NULL) {
        return NGX_ERROR;
    }

    if (used) {
        ngx_memcpy(start, piece->start, used);
        (void) ngx_pfree(pool, piece->start);
    }

    piece->start = start;
    piece->last = start + used;
    piece->end = start + size;

    return NGX_OK;
}


static size_t
ngx_http_asyncapi_http_first(ngx_http_asyncapi_http_output_t *output,
    size_t len)
{
    off_t  length;

    length = output->request->headers_out.content_length_n;

    if (length >= (off_t) len
        && (size_t) length <= output->capture->max
        && output->pieces->next == NULL)
    {
        return length;
    }

    return output->complete ? len : ngx_max(2 * len,
                                            NGX_HTTP_ASYNCAPI_HTTP_FIRST);
}


ngx_int_t
ngx_http_asyncapi_http_output_join(ngx_http_asyncapi_http_output_t *output,
    ngx_str_t *text)
{
    ngx_http_asyncapi_http_piece_t  *piece;

    piece = output->pieces;

    if (piece == NULL) {
        ngx_str_null(text);
        return NGX_OK;
    }

    if (piece->next == NULL && piece->output == NULL) {
        text->data = piece->start;
        text->len = piece->last - piece->start;

        return NGX_OK;
    }

    text->data = ngx_pnalloc(output->request->pool, output->capture->size);
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    text->len = ngx_http_asyncapi_http_copy(text->data, output) - text->data;

    return NGX_OK;
}


static u_char *
ngx_http_asyncapi_http_copy(u_char *p, ngx_http_asyncapi_http_output_t *output)
{
    ngx_http_asyncapi_http_piece_t  *piece;

    for (piece = output->pieces; piece; piece = piece->next) {
        if (piece->output) {
            p = ngx_http_asyncapi_http_copy(p, piece->output);

        } else {
            p = ngx_cpymem(p, piece->start, piece->last - piece->start);
        }
    }

    return p;
}

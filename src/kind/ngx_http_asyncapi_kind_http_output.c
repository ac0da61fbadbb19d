
/*
 * Copyright (C) The asyncapi module authors
 *
 * What a task's subrequest, and those made in it, put out: the memory, and the
 * order in which nginx would have sent it.
 */


#include "ngx_http_asyncapi_kind_http_location.h"
#include "ngx_asyncapi_block.h"


/* where nothing is known about the length */
#define NGX_HTTP_ASYNCAPI_HTTP_FIRST   4096

/* what an upstream that sends chunks is read into */
#define NGX_HTTP_ASYNCAPI_HTTP_CHUNKS  32768


static ngx_int_t ngx_http_asyncapi_http_in_memory(ngx_chain_t *in,
    size_t *len);
static ngx_int_t ngx_http_asyncapi_http_append(
    ngx_http_asyncapi_http_output_t *output, ngx_chain_t *in, size_t len);
static ngx_int_t ngx_http_asyncapi_http_prepare_chunks(
    ngx_http_asyncapi_http_output_t *output);
static void ngx_http_asyncapi_http_reads_into(ngx_http_upstream_t *u,
    u_char *start, size_t size);
static ngx_uint_t ngx_http_asyncapi_http_in_place(
    ngx_http_asyncapi_http_output_t *output, ngx_chain_t *in);
static ngx_int_t ngx_http_asyncapi_http_room(
    ngx_http_asyncapi_http_output_t *output,
    ngx_http_asyncapi_http_piece_t *piece, size_t len);
static size_t ngx_http_asyncapi_http_first(
    ngx_http_asyncapi_http_output_t *output, size_t len);
static u_char *ngx_http_asyncapi_http_copy(u_char *p,
    ngx_http_asyncapi_http_output_t *output);


ngx_int_t
ngx_http_asyncapi_http_output_add(ngx_http_asyncapi_http_output_t *output,
    ngx_chain_t *in)
{
    size_t                             len;
    ngx_int_t                          rc;
    ngx_http_asyncapi_http_capture_t  *capture;

    if (output->request->postponed
        && ngx_http_asyncapi_http_note(output) != NGX_OK)
    {
        return NGX_ERROR;
    }

    capture = output->capture;

    rc = ngx_http_asyncapi_http_in_memory(in, &len);

    if (rc != NGX_OK || len == 0) {
        return rc;
    }

    if (len > capture->max - capture->size) {
        return NGX_DECLINED;
    }

    capture->size += len;

    if (output->direct) {

        if (ngx_http_asyncapi_http_in_place(output, in)) {
            return NGX_OK;
        }

        /* what is there stays where it is, what follows is copied */

        output->direct = 0;

        if (ngx_http_asyncapi_http_piece(output) == NULL) {
            return NGX_ERROR;
        }
    }

    return ngx_http_asyncapi_http_append(output, in, len);
}


static ngx_int_t
ngx_http_asyncapi_http_in_memory(ngx_chain_t *in, size_t *len)
{
    *len = 0;

    for ( /* void */ ; in; in = in->next) {

        if (ngx_buf_in_memory(in->buf)) {
            *len += in->buf->last - in->buf->pos;

        } else if (in->buf->in_file) {

            /* a filter that did not heed filter_need_in_memory */

            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_http_append(ngx_http_asyncapi_http_output_t *output,
    ngx_chain_t *in, size_t len)
{
    ngx_http_asyncapi_http_piece_t  *piece;

    piece = output->tail;

    if (piece == NULL || piece->output) {
        piece = ngx_http_asyncapi_http_piece(output);
        if (piece == NULL) {
            return NGX_ERROR;
        }
    }

    if (ngx_http_asyncapi_http_room(output, piece, len) != NGX_OK) {
        return NGX_ERROR;
    }

    for ( /* void */ ; in; in = in->next) {
        if (ngx_buf_in_memory(in->buf)) {
            piece->last = ngx_cpymem(piece->last, in->buf->pos,
                                     in->buf->last - in->buf->pos);
        }
    }

    return NGX_OK;
}


/*
 * The buffer that proxy reads headers into is small.  Where the answer is
 * larger it goes straight to where it is to be; that nginx begins each read at
 * the start of its buffer is met by moving the start.
 */

ngx_int_t
ngx_http_asyncapi_http_output_prepare(ngx_http_asyncapi_http_output_t *output)
{
    off_t                            length;
    u_char                          *start;
    size_t                           size;
    ngx_http_upstream_t             *u;
    ngx_http_asyncapi_http_piece_t  *piece;

    u = output->request->upstream;

    /* not HTTP/2, whose frames are in the buffer too */

    if (u->conf->module.len != sizeof("proxy") - 1
        || ngx_strncmp(u->conf->module.data, "proxy", sizeof("proxy") - 1) != 0
        || u->output.output_filter != ngx_chain_writer)
    {
        return NGX_OK;
    }

    if (u->headers_in.chunked) {
        return ngx_http_asyncapi_http_prepare_chunks(output);
    }

    length = u->headers_in.content_length_n;

    if (length <= u->buffer.end - u->buffer.start
        || length > (off_t) output->capture->max)
    {
        return NGX_OK;
    }

    piece = ngx_http_asyncapi_http_piece(output);
    if (piece == NULL) {
        return NGX_ERROR;
    }

    /* one byte more: nginx has to see that an upstream sends too much */

    size = length + 1;

    start = ngx_asyncapi_block_alloc(output->capture->pool, size);
    if (start == NULL) {
        return NGX_ERROR;
    }

    piece->start = start;
    piece->last = start;
    piece->end = start + size;

    output->direct = 1;

    ngx_http_asyncapi_http_reads_into(u, start, size);

    return NGX_OK;
}


/* of unknown length, and more than what came with the header */

static ngx_int_t
ngx_http_asyncapi_http_prepare_chunks(ngx_http_asyncapi_http_output_t *output)
{
    u_char               *start;
    ngx_buf_t            *b;
    ngx_http_upstream_t  *u;

    u = output->request->upstream;
    b = &u->buffer;

    if (b->end - b->start >= NGX_HTTP_ASYNCAPI_HTTP_CHUNKS
        || (b->last - b->pos >= 5
            && ngx_memcmp(b->last - 5, "0" CRLF CRLF, 5) == 0))
    {
        return NGX_OK;
    }

    start = ngx_asyncapi_block_alloc(output->capture->pool,
                                     NGX_HTTP_ASYNCAPI_HTTP_CHUNKS);
    if (start == NULL) {
        return NGX_ERROR;
    }

    ngx_http_asyncapi_http_reads_into(u, start, NGX_HTTP_ASYNCAPI_HTTP_CHUNKS);

    return NGX_OK;
}


static void
ngx_http_asyncapi_http_reads_into(ngx_http_upstream_t *u, u_char *start,
    size_t size)
{
    u_char  *last;

    last = ngx_cpymem(start, u->buffer.pos, u->buffer.last - u->buffer.pos);

    u->buffer.start = start;
    u->buffer.pos = start;
    u->buffer.last = last;
    u->buffer.end = start + size;
}


/* no filter has put anything in the place of what was read */

static ngx_uint_t
ngx_http_asyncapi_http_in_place(ngx_http_asyncapi_http_output_t *output,
    ngx_chain_t *in)
{
    u_char                          *p;
    ngx_chain_t                     *cl;
    ngx_http_asyncapi_http_piece_t  *piece;

    piece = output->tail;

    if (piece->output) {
        return 0;
    }

    p = piece->last;

    for (cl = in; cl; cl = cl->next) {

        if (!ngx_buf_in_memory(cl->buf) || cl->buf->pos == cl->buf->last) {
            continue;
        }

        if (cl->buf->pos != p) {
            return 0;
        }

        p = cl->buf->last;
    }

    piece->last = p;
    output->request->upstream->buffer.start = p;

    return 1;
}


ngx_http_asyncapi_http_piece_t *
ngx_http_asyncapi_http_piece(ngx_http_asyncapi_http_output_t *output)
{
    ngx_http_asyncapi_http_piece_t  *piece;

    piece = ngx_pcalloc(output->capture->pool,
                        sizeof(ngx_http_asyncapi_http_piece_t));
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

    pool = output->capture->pool;
    used = piece->last - piece->start;

    if (used == 0) {
        size = ngx_http_asyncapi_http_first(output, len);

    } else {
        size = 2 * (piece->end - piece->start);
        size = ngx_max(size, used + len);
    }

    /* capture->size has len in it */

    size = ngx_min(size, used + len + output->capture->max
                         - output->capture->size);

    start = ngx_asyncapi_block_alloc(pool, size);
    if (start == NULL) {
        return NGX_ERROR;
    }

    if (used) {
        ngx_memcpy(start, piece->start, used);
        ngx_asyncapi_block_free(pool, piece->start,
                                piece->end - piece->start);
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

    text->data = ngx_asyncapi_block_alloc(output->capture->pool,
                                          output->capture->size);
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

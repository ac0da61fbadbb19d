
/*
 * Copyright (C) The asyncapi module authors
 *
 * Looking ahead in a configuration file, without moving nginx's own reading:
 * does the next statement end in ";", or does a block follow?
 */


#include "ngx_http_asyncapi_conf.h"


typedef struct {
    ngx_fd_t                   fd;
    off_t                      offset;
    u_char                    *pos;
    u_char                    *last;
    u_char                     buffer[1024];
} ngx_http_asyncapi_ahead_t;


static ngx_uint_t ngx_http_asyncapi_ahead_form(
    ngx_http_asyncapi_ahead_t *ahead);
static ngx_int_t ngx_http_asyncapi_ahead_word(
    ngx_http_asyncapi_ahead_t *ahead, ngx_int_t ch);
static ngx_int_t ngx_http_asyncapi_ahead(ngx_http_asyncapi_ahead_t *ahead);


ngx_uint_t
ngx_http_asyncapi_form_next(ngx_conf_t *cf)
{
    ngx_conf_file_t            *file;
    ngx_http_asyncapi_ahead_t   ahead;

    file = cf->conf_file;

    ahead.fd = file->file.fd;
    ahead.offset = file->file.offset;
    ahead.pos = file->buffer->pos;
    ahead.last = file->buffer->last;

    return ngx_http_asyncapi_ahead_form(&ahead);
}


ngx_uint_t
ngx_http_asyncapi_form_first(ngx_str_t *file)
{
    ngx_uint_t                 form;
    ngx_http_asyncapi_ahead_t  ahead;

    ahead.fd = ngx_open_file(file->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (ahead.fd == NGX_INVALID_FILE) {
        return NGX_HTTP_ASYNCAPI_WORDS;
    }

    ahead.offset = 0;
    ahead.pos = ahead.buffer;
    ahead.last = ahead.buffer;

    form = ngx_http_asyncapi_ahead_form(&ahead);

    (void) ngx_close_file(ahead.fd);

    return form;
}


/* by the rules of ngx_conf_read_token() */

static ngx_uint_t
ngx_http_asyncapi_ahead_form(ngx_http_asyncapi_ahead_t *ahead)
{
    ngx_int_t  ch;

    ch = ngx_http_asyncapi_ahead(ahead);

    while (ch != NGX_DONE && ch != ';' && ch != '}') {

        if (ch == '{') {
            return NGX_HTTP_ASYNCAPI_BLOCK;
        }

        if (ch == '#') {
            while (ch != LF && ch != NGX_DONE) {
                ch = ngx_http_asyncapi_ahead(ahead);
            }

        } else if (ch == ' ' || ch == '\t' || ch == CR || ch == LF) {
            ch = ngx_http_asyncapi_ahead(ahead);

        } else {
            ch = ngx_http_asyncapi_ahead_word(ahead, ch);
        }
    }

    return NGX_HTTP_ASYNCAPI_WORDS;
}


/* returns the first byte that is not the word's */

static ngx_int_t
ngx_http_asyncapi_ahead_word(ngx_http_asyncapi_ahead_t *ahead, ngx_int_t ch)
{
    ngx_int_t   quote;
    ngx_uint_t  variable;

    if (ch == '"' || ch == '\'') {
        quote = ch;

        for ( ;; ) {
            ch = ngx_http_asyncapi_ahead(ahead);

            if (ch == '\\') {
                (void) ngx_http_asyncapi_ahead(ahead);
                continue;
            }

            if (ch == NGX_DONE || ch == quote) {
                return ngx_http_asyncapi_ahead(ahead);
            }
        }
    }

    variable = 0;

    while (ch != NGX_DONE) {

        if (ch == '\\') {
            (void) ngx_http_asyncapi_ahead(ahead);
            variable = 0;

        } else if (ch == '{' && variable) {
            variable = 0;

        } else if (ch == ' ' || ch == '\t' || ch == CR || ch == LF
                   || ch == ';' || ch == '{')
        {
            return ch;

        } else {
            variable = (ch == '$');
        }

        ch = ngx_http_asyncapi_ahead(ahead);
    }

    return NGX_DONE;
}


/* the next byte, or NGX_DONE at the end of the file */

static ngx_int_t
ngx_http_asyncapi_ahead(ngx_http_asyncapi_ahead_t *ahead)
{
    ssize_t  n;

    if (ahead->pos < ahead->last) {
        return *ahead->pos++;
    }

    n = pread(ahead->fd, ahead->buffer, sizeof(ahead->buffer),
              ahead->offset);

    if (n <= 0) {
        return NGX_DONE;
    }

    ahead->offset += n;
    ahead->pos = ahead->buffer;
    ahead->last = ahead->buffer + n;

    return *ahead->pos++;
}

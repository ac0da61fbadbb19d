
/*
 * Copyright (C) The asyncapi module authors
 *
 * multipart/form-data.
 */


#include "ngx_asyncapi_multipart.h"


static ngx_int_t ngx_asyncapi_multipart_begin(ngx_asyncapi_multipart_t *m);
static ngx_int_t ngx_asyncapi_multipart_line(ngx_asyncapi_multipart_t *m);
static ngx_int_t ngx_asyncapi_multipart_headers(ngx_asyncapi_multipart_t *m);
static ngx_int_t ngx_asyncapi_multipart_header(ngx_asyncapi_multipart_t *m,
    ngx_str_t *line);
static ngx_int_t ngx_asyncapi_multipart_name(ngx_asyncapi_multipart_t *m,
    ngx_str_t *value);
static ngx_int_t ngx_asyncapi_multipart_charset(ngx_asyncapi_multipart_t *m,
    ngx_str_t *value);
static ngx_int_t ngx_asyncapi_multipart_error(ngx_asyncapi_multipart_t *m,
    const char *error);
static ngx_uint_t ngx_asyncapi_header_is(ngx_str_t *text, const char *word);
static u_char *ngx_asyncapi_header_blanks(u_char *p, u_char *last);
static ngx_uint_t ngx_asyncapi_header_end(u_char ch);


ngx_int_t
ngx_asyncapi_multipart_init(ngx_asyncapi_multipart_t *m,
    const ngx_str_t *content_type, const ngx_str_t *body)
{
    u_char      ch;
    size_t      i;
    ngx_str_t   boundary;

    if (ngx_asyncapi_header_parameter(content_type, "boundary", &boundary)
        != NGX_OK
        || boundary.len == 0
        || boundary.len > NGX_ASYNCAPI_MULTIPART_BOUNDARY
        || boundary.data[boundary.len - 1] == ' ')
    {
        return NGX_ERROR;
    }

    for (i = 0; i < boundary.len; i++) {
        ch = boundary.data[i];

        if ((ch >= '0' && ch <= '9')
            || ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z')
            || (ch && ngx_strchr("'()+_,-./:=? ", ch)))
        {
            continue;
        }

        return NGX_ERROR;
    }

    m->error = NULL;
    m->pos = body->data;
    m->last = body->data + body->len;

    m->delimiter.data = m->text;
    m->delimiter.len = ngx_sprintf(m->text, CRLF "--%V", &boundary) - m->text;

    return ngx_asyncapi_multipart_begin(m);
}


/* the first delimiter may be the first line, else a line ends before it */

static ngx_int_t
ngx_asyncapi_multipart_begin(ngx_asyncapi_multipart_t *m)
{
    size_t   len;
    u_char  *p;

    len = m->delimiter.len - 2;

    if ((size_t) (m->last - m->pos) >= len
        && ngx_memcmp(m->pos, m->delimiter.data + 2, len) == 0)
    {
        m->pos += len;
        return NGX_OK;
    }

    p = memmem(m->pos, m->last - m->pos, m->delimiter.data, m->delimiter.len);

    m->pos = p ? p + m->delimiter.len : m->last;

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_multipart_next(ngx_asyncapi_multipart_t *m)
{
    u_char     *end;
    ngx_int_t   rc;

    rc = ngx_asyncapi_multipart_line(m);

    if (rc == NGX_OK) {
        rc = ngx_asyncapi_multipart_headers(m);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    /* the line break in front of the delimiter belongs to it */

    end = memmem(m->pos, m->last - m->pos, m->delimiter.data,
                 m->delimiter.len);
    if (end == NULL) {
        return ngx_asyncapi_multipart_error(m, "has no last boundary");
    }

    m->value.data = m->pos;
    m->value.len = end - m->pos;

    m->pos = end + m->delimiter.len;

    return NGX_OK;
}


/* what follows a boundary: "--" at the end, else blanks and a line break */

static ngx_int_t
ngx_asyncapi_multipart_line(ngx_asyncapi_multipart_t *m)
{
    u_char  *p;

    p = m->pos;

    if (m->last - p >= 2 && p[0] == '-' && p[1] == '-') {
        return NGX_DONE;
    }

    p = ngx_asyncapi_header_blanks(p, m->last);

    if (m->last - p < 2) {
        return ngx_asyncapi_multipart_error(m, "has no last boundary");
    }

    if (p[0] != CR || p[1] != LF) {
        return ngx_asyncapi_multipart_error(m, "has more in the line of a "
                                               "boundary");
    }

    m->pos = p + 2;

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_multipart_headers(ngx_asyncapi_multipart_t *m)
{
    u_char     *p, *last;
    ngx_int_t   rc;
    ngx_str_t   line;

    last = ngx_min(m->last, m->pos + NGX_ASYNCAPI_MULTIPART_HEADERS);

    m->named = 0;

    for ( ;; ) {
        p = memmem(m->pos, last - m->pos, CRLF, 2);

        if (p == NULL) {
            return ngx_asyncapi_multipart_error(m, "has a part with headers "
                                               "that are too long or have no "
                                               "end");
        }

        line.data = m->pos;
        line.len = p - m->pos;

        m->pos = p + 2;

        if (line.len == 0) {
            break;
        }

        rc = ngx_asyncapi_multipart_header(m, &line);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (!m->named) {
        return ngx_asyncapi_multipart_error(m, "has a part without a name");
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_multipart_header(ngx_asyncapi_multipart_t *m, ngx_str_t *line)
{
    u_char     *p, *last;
    ngx_str_t   name, value;

    last = line->data + line->len;

    /* a line that begins with a blank goes on with the one before it */

    p = ngx_strlchr(line->data, last, ':');

    if (p == NULL || line->data[0] == ' ' || line->data[0] == '\t') {
        return ngx_asyncapi_multipart_error(m, "has a header of a part that "
                                               "is none");
    }

    name.data = line->data;
    name.len = p - name.data;

    value.data = ngx_asyncapi_header_blanks(p + 1, last);
    value.len = last - value.data;

    if (ngx_asyncapi_header_is(&name, "Content-Disposition")) {
        return ngx_asyncapi_multipart_name(m, &value);
    }

    if (ngx_asyncapi_header_is(&name, "Content-Type")) {
        return ngx_asyncapi_multipart_charset(m, &value);
    }

    if (ngx_asyncapi_header_is(&name, "Content-Transfer-Encoding")
        && !ngx_asyncapi_header_is(&value, "binary")
        && !ngx_asyncapi_header_is(&value, "8bit")
        && !ngx_asyncapi_header_is(&value, "7bit"))
    {
        return ngx_asyncapi_multipart_error(m, "has a part that is encoded");
    }

    return NGX_OK;
}


/* form-data; name="..." */

static ngx_int_t
ngx_asyncapi_multipart_name(ngx_asyncapi_multipart_t *m, ngx_str_t *value)
{
    u_char     *p, *last, *dst;
    ngx_str_t   type;

    type.data = value->data;
    type.len = 0;

    while (type.len < value->len
           && !ngx_asyncapi_header_end(type.data[type.len]))
    {
        type.len++;
    }

    if (m->named || !ngx_asyncapi_header_is(&type, "form-data")
        || ngx_asyncapi_header_parameter(value, "name", &m->name) != NGX_OK)
    {
        return ngx_asyncapi_multipart_error(m, "has a part without a name, or "
                                               "with two");
    }

    m->named = 1;

    if (ngx_strlchr(m->name.data, m->name.data + m->name.len, '\\') == NULL) {
        return NGX_OK;
    }

    /* a backslash stands for itself but before a quote or another one */

    dst = m->unquoted;
    last = m->name.data + m->name.len;

    for (p = m->name.data; p < last; p++) {

        if (*p == '\\' && p + 1 < last && (p[1] == '"' || p[1] == '\\')) {
            p++;
        }

        *dst++ = *p;
    }

    m->name.data = m->unquoted;
    m->name.len = dst - m->unquoted;

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_multipart_charset(ngx_asyncapi_multipart_t *m, ngx_str_t *value)
{
    ngx_str_t  charset;

    if (ngx_asyncapi_header_parameter(value, "charset", &charset) != NGX_OK
        || ngx_asyncapi_header_is(&charset, "utf-8")
        || ngx_asyncapi_header_is(&charset, "us-ascii"))
    {
        return NGX_OK;
    }

    return ngx_asyncapi_multipart_error(m, "has a part that is not in UTF-8");
}


static ngx_int_t
ngx_asyncapi_multipart_error(ngx_asyncapi_multipart_t *m, const char *error)
{
    m->error = error;

    return NGX_ERROR;
}


ngx_int_t
ngx_asyncapi_header_parameter(const ngx_str_t *header, const char *name,
    ngx_str_t *value)
{
    u_char     *p, *last;
    ngx_str_t   word;

    p = header->data;
    last = p + header->len;

    while (p < last && *p != ';') {
        p++;
    }

    while (p < last) {
        p = ngx_asyncapi_header_blanks(p + 1, last);
        word.data = p;

        while (p < last && *p != '=' && !ngx_asyncapi_header_end(*p)) {
            p++;
        }

        word.len = p - word.data;

        ngx_str_null(value);

        if (p < last && *p == '=') {
            value->data = ++p;

            if (p < last && *p == '"') {
                value->data = ++p;

                while (p < last && *p != '"') {
                    p += (*p == '\\' && p + 1 < last) ? 2 : 1;
                }

                if (p == last) {
                    return NGX_DECLINED;
                }

                value->len = p++ - value->data;

            } else {

                while (p < last && !ngx_asyncapi_header_end(*p)) {
                    p++;
                }

                value->len = p - value->data;
            }

            if (ngx_asyncapi_header_is(&word, name)) {
                return NGX_OK;
            }
        }

        p = ngx_asyncapi_header_blanks(p, last);

        if (p < last && *p != ';') {
            return NGX_DECLINED;
        }
    }

    return NGX_DECLINED;
}


static ngx_uint_t
ngx_asyncapi_header_is(ngx_str_t *text, const char *word)
{
    return text->len == ngx_strlen(word)
           && ngx_strncasecmp(text->data, (u_char *) word, text->len) == 0;
}


static u_char *
ngx_asyncapi_header_blanks(u_char *p, u_char *last)
{
    while (p < last && (*p == ' ' || *p == '\t')) {
        p++;
    }

    return p;
}


/* of a word in a header's value */

static ngx_uint_t
ngx_asyncapi_header_end(u_char ch)
{
    return ch == ';' || ch == ' ' || ch == '\t';
}

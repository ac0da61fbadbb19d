
/*
 * Copyright (C) The asyncapi module authors
 *
 * Any bytes as an HTTP/1.x answer: nothing is read or written out of place,
 * the verdict does not depend on how the bytes came, and what is accepted has
 * the properties that others rely on.
 *
 * The first byte says whether the request was HEAD and in what pieces the body
 * comes.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_http_parse.h"

#include <stdlib.h>
#include <string.h>


#define MAX_BODY  4096


typedef struct {
    ngx_int_t    rc;
    size_t       len;       /* decoded */
    size_t       used;      /* of the raw bytes, if NGX_OK */
    u_char      *data;
} decoded_t;


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static void fuzz_head(const uint8_t *data, size_t size, ngx_uint_t no_body);
static void check_head(ngx_asyncapi_http_head_t *head, ngx_uint_t no_body);
static void fuzz_chunked(const uint8_t *data, size_t size, size_t step);
static void decode(const uint8_t *data, size_t size, size_t step,
    decoded_t *decoded);
static void check(ngx_uint_t truth);


static ngx_keyval_t  keyvals[NGX_ASYNCAPI_HTTP_MAX_HEADERS];


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }

    fuzz_head(data + 1, size - 1, data[0] & 1);
    fuzz_chunked(data + 1, size - 1, (data[0] >> 1) + 1);

    return 0;
}


static void
fuzz_head(const uint8_t *data, size_t size, ngx_uint_t no_body)
{
    u_char                    *text, *end, *last, *scan;
    size_t                     i;
    ngx_asyncapi_http_head_t   head;

    text = malloc(size ? size : 1);
    memcpy(text, data, size);

    scan = text;
    end = ngx_asyncapi_http_head_end(text, &scan, text + size);

    /* byte by byte it ends in the same place */

    scan = text;
    last = NULL;

    for (i = 1; i <= size && last == NULL; i++) {
        last = ngx_asyncapi_http_head_end(text, &scan, text + i);
    }

    check(last == end);

    if (end) {

        /* nothing behind the head is looked at */

        size = end - text;
        text = realloc(text, size);

        head.headers = keyvals;

        if (ngx_asyncapi_http_head_parse(&head, text, text + size, no_body)
            == NGX_OK)
        {
            check(ngx_asyncapi_http_head_begins(text, text + size));
            check_head(&head, no_body);

        } else {
            check(head.error != NULL);
        }
    }

    free(text);
}


static void
check_head(ngx_asyncapi_http_head_t *head, ngx_uint_t no_body)
{
    size_t      n;
    ngx_str_t  *s;
    ngx_uint_t  i;

    check(head->status >= 100 && head->status <= 599 && head->status != 101);
    check(head->nheaders <= NGX_ASYNCAPI_HTTP_MAX_HEADERS);
    check(!(head->chunked && head->length != -1));

    if (no_body || head->status < 200
        || head->status == 204 || head->status == 304)
    {
        check(head->framing == NGX_ASYNCAPI_HTTP_BODY_NONE);
    }

    switch (head->framing) {

    case NGX_ASYNCAPI_HTTP_BODY_NONE:
        break;

    case NGX_ASYNCAPI_HTTP_BODY_LENGTH:
        check(head->length > 0 && !head->chunked);
        break;

    case NGX_ASYNCAPI_HTTP_BODY_CHUNKED:
        check(head->chunked && head->length == -1 && head->minor > 0);
        break;

    case NGX_ASYNCAPI_HTTP_BODY_CLOSE:
        check(!head->chunked && head->length == -1 && !head->keepalive);
        break;
    }

    for (i = 0; i < head->nheaders; i++) {
        s = &keyvals[i].key;
        check(s->len > 0);

        for (n = 0; n < s->len; n++) {
            check(s->data[n] > ' ' && s->data[n] < 0x7f && s->data[n] != ':');
        }

        s = &keyvals[i].value;

        for (n = 0; n < s->len; n++) {
            check(s->data[n] != CR && s->data[n] != LF && s->data[n] != '\0');
        }
    }
}


static void
fuzz_chunked(const uint8_t *data, size_t size, size_t step)
{
    decoded_t  whole, parts;

    decode(data, size, size ? size : 1, &whole);
    decode(data, size, step, &parts);

    check(whole.rc == parts.rc);
    check(whole.len <= MAX_BODY && whole.len <= size);

    if (whole.rc == NGX_OK || whole.rc == NGX_AGAIN) {
        check(whole.len == parts.len && whole.used == parts.used);
        check(memcmp(whole.data, parts.data, whole.len) == 0);
    }

    free(whole.data);
    free(parts.data);
}


static void
decode(const uint8_t *data, size_t size, size_t step, decoded_t *decoded)
{
    u_char                       *src, *end, *last;
    size_t                        n, done;
    ngx_asyncapi_http_chunked_t   ch;

    memset(&ch, 0, sizeof(ngx_asyncapi_http_chunked_t));
    ch.max = MAX_BODY;

    last = malloc(size ? size : 1);

    decoded->data = last;
    decoded->rc = NGX_AGAIN;
    decoded->used = size;

    for (done = 0; done < size && decoded->rc == NGX_AGAIN; done += n) {
        n = step < size - done ? step : size - done;

        memcpy(last, data + done, n);
        src = last;
        end = last + n;

        decoded->rc = ngx_asyncapi_http_chunked_decode(&ch, &src, end, &last);

        check(decoded->rc != NGX_AGAIN || src == end);
        check(decoded->rc != NGX_ERROR || ch.error != NULL);
        check(last <= src && src <= end);
        check(ch.total == (uint64_t) (last - decoded->data));

        if (decoded->rc == NGX_OK) {
            decoded->used = done + n - (end - src);
        }
    }

    decoded->len = last - decoded->data;
}


static void
check(ngx_uint_t truth)
{
    if (!truth) {
        abort();
    }
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * HTTP/1.x answers as bytes: a head is parsed once it is there as a whole, a
 * chunked body is decoded in place as it comes.  What is ambiguous is refused,
 * never guessed.
 *
 * Nothing here allocates, keeps state of its own or knows of connections, so
 * it is tested and fuzzed without a server.
 *
 * Thread: any.
 */


#ifndef _NGX_ASYNCAPI_HTTP_PARSE_H_INCLUDED_
#define _NGX_ASYNCAPI_HTTP_PARSE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* bytes of a head, and of all a chunked body's extensions and trailers */
#define NGX_ASYNCAPI_HTTP_MAX_HEAD     16384

#define NGX_ASYNCAPI_HTTP_MAX_HEADERS  256


typedef enum {
    NGX_ASYNCAPI_HTTP_BODY_NONE = 0,
    NGX_ASYNCAPI_HTTP_BODY_LENGTH,
    NGX_ASYNCAPI_HTTP_BODY_CHUNKED,
    NGX_ASYNCAPI_HTTP_BODY_CLOSE
} ngx_asyncapi_http_framing_e;


typedef struct {
    /* the caller's: room for NGX_ASYNCAPI_HTTP_MAX_HEADERS */
    ngx_keyval_t                *headers;

    ngx_uint_t                   nheaders;   /* end to end ones only */
    ngx_uint_t                   status;     /* 100 to 599 */
    ngx_uint_t                   minor;      /* of "HTTP/1.minor" */

    ngx_asyncapi_http_framing_e  framing;
    off_t                        length;     /* Content-Length; -1: none */

    ngx_str_t                    content_type;

    ngx_uint_t                   idle;       /* seconds of "Keep-Alive:
                                                timeout=", 0: not said */

    unsigned                     chunked:1;
    unsigned                     keepalive:1;  /* may be used again */
    unsigned                     close:1;      /* Connection: close */
    unsigned                     persist:1;    /* Connection: keep-alive */
    unsigned                     nominates:1;  /* Connection names headers */
    unsigned                     encoded:1;    /* Content-Encoding */
    unsigned                     gzip:1;       /* that is gzip alone */

    const char                  *error;      /* constant, once NGX_ERROR */
} ngx_asyncapi_http_head_t;


/* zeroed, with max set, before the first byte */

typedef struct {
    uint64_t                     size;       /* left of the current chunk */
    uint64_t                     total;      /* bytes decoded */
    uint64_t                     max;        /* of total */
    size_t                       overhead;   /* bytes that are no data */
    ngx_uint_t                   state;
    ngx_uint_t                   digits;
    const char                  *error;      /* constant, once NGX_ERROR */
} ngx_asyncapi_http_chunked_t;


/*
 * Looks for the end of a head that begins at start; *scan is where to go on,
 * at first start.  Returns the byte after the head; NULL: it is not there yet.
 */
u_char *ngx_asyncapi_http_head_end(u_char *start, u_char **scan,
    u_char *last);

/* 0: whatever follows, these bytes do not begin an HTTP/1.x answer */
ngx_uint_t ngx_asyncapi_http_head_begins(u_char *start, u_char *last);

/*
 * Parses a whole head; "last" is what ngx_asyncapi_http_head_end() gave.  The
 * strings of *head point into it.  no_body: the request was HEAD.  NGX_OK, or
 * NGX_ERROR with head->error set.
 */
ngx_int_t ngx_asyncapi_http_head_parse(ngx_asyncapi_http_head_t *head,
    u_char *start, u_char *last, ngx_uint_t no_body);

/*
 * Decodes bytes from *src, moving data to *dst, which is *src or before it;
 * both are advanced.  NGX_AGAIN: all has been decoded, more is to come;
 * NGX_OK: the body is complete, *src is after it; NGX_DECLINED: it is, or will
 * be, longer than max; NGX_ERROR: malformed, error is set.
 */
ngx_int_t ngx_asyncapi_http_chunked_decode(ngx_asyncapi_http_chunked_t *ch,
    u_char **src, u_char *last, u_char **dst);


#endif /* _NGX_ASYNCAPI_HTTP_PARSE_H_INCLUDED_ */

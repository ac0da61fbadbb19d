
/*
 * Copyright (C) The asyncapi module authors
 *
 * HTTP/1.x answers: heads, framing, chunked bodies, whole and byte by byte.
 */


#include "ngx_asyncapi_unit.h"
#include "ngx_asyncapi_http_parse.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>


#define NONE     NGX_ASYNCAPI_HTTP_BODY_NONE
#define LENGTH   NGX_ASYNCAPI_HTTP_BODY_LENGTH
#define CHUNKED  NGX_ASYNCAPI_HTTP_BODY_CHUNKED
#define CLOSE    NGX_ASYNCAPI_HTTP_BODY_CLOSE

#define OK       "HTTP/1.1 200 OK\r\n"


typedef struct {
    const char                   *title;
    const char                   *head;      /* the last line is added */
    ngx_uint_t                    no_body;
    ngx_asyncapi_http_framing_e   framing;
    long                          length;
    ngx_uint_t                    keepalive;
} accepted_t;

typedef struct {
    const char                   *title;
    const char                   *head;
    const char                   *error;
} refused_t;

typedef struct {
    const char                   *title;
    const char                   *raw;
    ngx_int_t                     rc;
    const char                   *body;      /* NGX_OK, NGX_AGAIN */
    size_t                        rest;      /* NGX_OK: bytes behind it */
} chunked_t;


static void accepted(accepted_t *test);
static void refused(refused_t *test);
static void chunked(chunked_t *test);
static ngx_int_t decode(const char *raw, size_t step, uint64_t max,
    ngx_str_t *body, size_t *rest);
static void codings(void);
static void headers(void);
static void bytes(void);
static void ends(void);
static void limits(void);
static ngx_int_t parse(ngx_asyncapi_http_head_t *head, const char *text,
    ngx_uint_t no_body);


static ngx_keyval_t   keyvals[NGX_ASYNCAPI_HTTP_MAX_HEADERS];
static ngx_pool_t    *pool;


static accepted_t  accept_tests[] = {
    { "a length", OK "Content-Length: 5\r\n", 0, LENGTH, 5, 1 },
    { "no body at all", OK "Content-Length: 0\r\n", 0, NONE, 0, 1 },
    { "neither length nor chunks: up to the end", OK, 0, CLOSE, -1, 0 },
    { "chunked", OK "Transfer-Encoding: chunked\r\n", 0, CHUNKED, -1, 1 },
    { "chunked in capitals, spaces around", OK
      "TRANSFER-ENCODING: \t CHUNKED \t\r\n", 0, CHUNKED, -1, 1 },
    { "no reason phrase", "HTTP/1.1 200\r\nContent-Length: 1\r\n", 0, LENGTH,
      1, 1 },
    { "an empty reason phrase", "HTTP/1.1 200 \r\nContent-Length: 1\r\n", 0,
      LENGTH, 1, 1 },
    { "lines that end in LF", "HTTP/1.1 200 OK\nContent-Length: 1\n", 0,
      LENGTH, 1, 1 },
    { "no space behind the colon", OK "Content-Length:7\r\n", 0, LENGTH, 7, 1 },
    { "the same length twice", OK "Content-Length: 5\r\ncontent-length: 5\r\n",
      0, LENGTH, 5, 1 },
    { "the same length in a list", OK "Content-Length: 5, 05 ,5\r\n", 0,
      LENGTH, 5, 1 },
    { "the largest length", OK "Content-Length: 9223372036854775807\r\n", 0,
      LENGTH, 9223372036854775807L, 1 },
    { "Connection: close", OK "Content-Length: 5\r\nConnection: close\r\n", 0,
      LENGTH, 5, 0 },
    { "close in a list", OK "Content-Length: 5\r\nConnection: x ,, CLOSE\r\n",
      0, LENGTH, 5, 0 },
    { "close in a second header", OK "Content-Length: 5\r\n"
      "Connection: keep-alive\r\nConnection: close\r\n", 0, LENGTH, 5, 0 },
    { "HTTP/1.0 is not kept", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n", 0,
      LENGTH, 5, 0 },
    { "HTTP/1.0 is kept if it says so", "HTTP/1.0 200 OK\r\n"
      "Content-Length: 5\r\nConnection: Keep-Alive\r\n", 0, LENGTH, 5, 1 },
    { "HTTP/1.2 is as 1.1", "HTTP/1.2 200 OK\r\nContent-Length: 5\r\n", 0,
      LENGTH, 5, 1 },
    { "HEAD has no body", OK "Content-Length: 5\r\n", 1, NONE, 5, 1 },
    { "HEAD of a chunked one", OK "Transfer-Encoding: chunked\r\n", 1, NONE, -1,
      1 },
    { "HEAD without a length is kept", OK, 1, NONE, -1, 1 },
    { "204 has no body", "HTTP/1.1 204 No Content\r\n", 0, NONE, -1, 1 },
    { "204 with a length is not kept",
      "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n", 0, NONE, 5, 0 },
    { "204 with chunks is not kept",
      "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n", 0, NONE, -1,
      0 },
    { "304 has no body",
      "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n", 0, NONE, 5, 1 },
    { "100 is an interim answer", "HTTP/1.1 100 Continue\r\n", 0, NONE, -1, 1 },
    { "103 has headers", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n", 0, NONE,
      -1, 1 },
    { "bytes above 127 in a value", OK "X: \xc3\xa4\xff\r\n"
      "Content-Length: 1\r\n", 0, LENGTH, 1, 1 },
    { "a name of all kinds of characters", OK "!#$%&'*+-.^_`|~aZ9: x\r\n"
      "Content-Length: 1\r\n", 0, LENGTH, 1, 1 }
};


static refused_t  refuse_tests[] = {
    { "both Content-Length and Transfer-Encoding", OK
      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
      "there are both Content-Length and Transfer-Encoding" },
    { "both of them, though HEAD's", OK
      "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
      "there are both Content-Length and Transfer-Encoding" },
    { "two different lengths", OK "Content-Length: 5\r\nContent-Length: 6\r\n",
      "there are two different Content-Length" },
    { "two different lengths in a list", OK "Content-Length: 5, 6\r\n",
      "there are two different Content-Length" },
    { "a negative length", OK "Content-Length: -5\r\n",
      "Content-Length is no number" },
    { "a length with a sign", OK "Content-Length: +5\r\n",
      "Content-Length is no number" },
    { "a hexadecimal length", OK "Content-Length: 0x5\r\n",
      "Content-Length is no number" },
    { "an empty length", OK "Content-Length: \r\n",
      "Content-Length is no number" },
    { "a length with a space in it", OK "Content-Length: 1 2\r\n",
      "Content-Length is no number" },
    { "a length that overflows", OK "Content-Length: 9223372036854775808\r\n",
      "Content-Length is no number" },
    { "a length of many digits", OK
      "Content-Length: 100000000000000000000000000000000005\r\n",
      "Content-Length is no number" },
    { "gzip as Transfer-Encoding", OK "Transfer-Encoding: gzip, chunked\r\n",
      "Transfer-Encoding is other than chunked" },
    { "chunked twice", OK
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding is other than chunked" },
    { "chunked and something", OK "Transfer-Encoding: chunked;q=1\r\n",
      "Transfer-Encoding is other than chunked" },
    { "an empty Transfer-Encoding", OK "Transfer-Encoding:\r\n",
      "Transfer-Encoding is other than chunked" },
    { "a vertical tab before chunked", OK
      "Transfer-Encoding: \x0b" "chunked\r\n",
      "Transfer-Encoding is other than chunked" },
    { "chunked in HTTP/1.0",
      "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding is in an HTTP/1.0 answer" },
    { "a header folded", OK "X: a\r\n b\r\n", "a header is folded" },
    { "a header folded with a tab", OK "X: a\r\n\tb\r\n",
      "a header is folded" },
    { "a space before the first header", OK " X: a\r\n", "a header is folded" },
    { "a space before the colon", OK "Content-Length : 5\r\n",
      "a header's name is wrong" },
    { "no colon", OK "Content-Length\r\n", "a header's name is wrong" },
    { "no name", OK ": 5\r\n", "a header's name is wrong" },
    { "a control character in a name", OK "Con\x01tent: 5\r\n",
      "a header's name is wrong" },
    { "a byte above 127 in a name", OK "Cont\xe4nt: 5\r\n",
      "a header's name is wrong" },
    { "a CR in a value", OK "X: a\rb\r\n",
      "a line has a zero byte or a lone CR" },
    { "two CR", OK "X: a\r\r\n", "a line has a zero byte or a lone CR" },
    { "a CR in the reason", "HTTP/1.1 200 O\rK\r\n",
      "a line has a zero byte or a lone CR" },
    { "101, unasked", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n",
      "the protocol is switched, unasked" },
    { "100 with a length", "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n",
      "an interim answer has a body" },
    { "another protocol", "SSH-2.0-OpenSSH_9.2\r\n",
      "the answer is not HTTP/1.x" },
    { "HTTP/2", "HTTP/2.0 200 OK\r\n", "the answer is not HTTP/1.x" },
    { "HTTP/1 alone", "HTTP/1 200 OK okay\r\n", "the answer is not HTTP/1.x" },
    { "HTTP/1.10", "HTTP/1.10 200 OK\r\n", "the answer is not HTTP/1.x" },
    { "in small letters", "http/1.1 200 OK\r\n",
      "the answer is not HTTP/1.x" },
    { "an empty line first", "\r\nHTTP/1.1 200 OK\r\n",
      "the answer is not HTTP/1.x" },
    { "no status", "HTTP/1.1 \r\n", "the status line is wrong" },
    { "a status of two digits", "HTTP/1.1 20 OK\r\n",
      "the status line is wrong" },
    { "a status of four digits", "HTTP/1.1 2000 OK\r\n",
      "the status line is wrong" },
    { "a status below 100", "HTTP/1.1 099 OK\r\n", "the status line is wrong" },
    { "a status above 599", "HTTP/1.1 600 OK\r\n", "the status line is wrong" },
    { "a status that is no number", "HTTP/1.1 2x0 OK\r\n",
      "the status line is wrong" }
};


static chunked_t  chunked_tests[] = {
    { "one chunk", "5\r\nhello\r\n0\r\n\r\n", NGX_OK, "hello", 0 },
    { "no data", "0\r\n\r\n", NGX_OK, "", 0 },
    { "two chunks", "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", NGX_OK, "hello!", 0 },
    { "sizes in both cases", "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n",
      NGX_OK, "01234567890123456789", 0 },
    { "leading zeros", "0005\r\nhello\r\n000\r\n\r\n", NGX_OK, "hello", 0 },
    { "extensions", "5;a=b\r\nhello\r\n0;c=\"d;e\"\r\n\r\n", NGX_OK, "hello",
      0 },
    { "spaces behind a size", "5 \t\r\nhello\r\n0  \r\n\r\n", NGX_OK, "hello",
      0 },
    { "trailers", "5\r\nhello\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n", NGX_OK,
      "hello", 0 },
    { "bytes behind the end", "5\r\nhello\r\n0\r\n\r\nHTTP", NGX_OK, "hello",
      4 },
    { "CRLF as data", "4\r\n\r\n\r\n\r\n0\r\n\r\n", NGX_OK, "\r\n\r\n", 0 },
    { "no end", "5\r\nhello\r\n0\r\n", NGX_AGAIN, "hello", 0 },
    { "no end of a trailer", "5\r\nhello\r\n0\r\nX: 1\r\n", NGX_AGAIN, "hello",
      0 },
    { "half a chunk", "5\r\nhel", NGX_AGAIN, "hel", 0 },
    { "a size that is none", "x\r\nhello\r\n", NGX_ERROR, NULL, 0 },
    { "no size", "\r\nhello\r\n", NGX_ERROR, NULL, 0 },
    { "an extension without a size", ";a\r\nhello\r\n", NGX_ERROR, NULL, 0 },
    { "a size with a sign", "+5\r\nhello\r\n", NGX_ERROR, NULL, 0 },
    { "a negative size", "-5\r\nhello\r\n", NGX_ERROR, NULL, 0 },
    { "a size as C writes it", "0x5\r\nhello\r\n", NGX_ERROR, NULL, 0 },
    { "a space before a size", " 5\r\nhello\r\n", NGX_ERROR, NULL, 0 },
    { "a size that ends in LF", "5\nhello\r\n0\r\n\r\n", NGX_ERROR, NULL, 0 },
    { "a size and CR alone", "5\rXhello\r\n0\r\n\r\n", NGX_ERROR, NULL, 0 },
    { "data longer than its size", "5\r\nhello!\r\n0\r\n\r\n", NGX_ERROR, NULL,
      0 },
    { "data that ends in LF", "5\r\nhello\n0\r\n\r\n", NGX_ERROR, NULL, 0 },
    { "LF in an extension", "5;a\nb\r\nhello\r\n", NGX_ERROR, NULL, 0 },
    { "CR in an extension", "5;a\rb\r\nhello\r\n", NGX_ERROR, NULL, 0 },
    { "the end in LF", "5\r\nhello\r\n0\r\n\n", NGX_ERROR, NULL, 0 },
    { "a trailer that ends in LF", "5\r\nhello\r\n0\r\nX: 1\n\r\n", NGX_ERROR,
      NULL, 0 },
    { "CR alone at the end", "5\r\nhello\r\n0\r\n\rX", NGX_ERROR, NULL, 0 },
    { "17 digits", "00000000000000005\r\nhello\r\n", NGX_ERROR, NULL, 0 },
    { "a size of 64 bits", "ffffffffffffffff\r\nhello", NGX_DECLINED, NULL, 0 },
    { "a size over the bound", "65\r\nhello", NGX_DECLINED, NULL, 0 },
    { "chunks that add up to more than the bound",
      "5\r\nhello\r\n60\r\n", NGX_DECLINED, NULL, 0 }
};


int
main(void)
{
    ngx_uint_t  i;

    pool = unit_start();

    for (i = 0; i < sizeof(accept_tests) / sizeof(accept_tests[0]); i++) {
        accepted(&accept_tests[i]);
    }

    for (i = 0; i < sizeof(refuse_tests) / sizeof(refuse_tests[0]); i++) {
        refused(&refuse_tests[i]);
    }

    for (i = 0; i < sizeof(chunked_tests) / sizeof(chunked_tests[0]); i++) {
        chunked(&chunked_tests[i]);
    }

    codings();
    headers();
    bytes();
    ends();
    limits();

    return unit_done();
}


static void
accepted(accepted_t *test)
{
    ngx_asyncapi_http_head_t  head;

    if (!is_int(parse(&head, test->head, test->no_body), NGX_OK,
                "%s: accepted", test->title))
    {
        diag("error: %s", head.error);
        return;
    }

    is_int(head.framing, test->framing, "%s: framing", test->title);
    is_int((long) head.length, test->length, "%s: length", test->title);
    is_int(head.keepalive, test->keepalive, "%s: keepalive", test->title);
}


static void
refused(refused_t *test)
{
    ngx_str_t                 error;
    ngx_asyncapi_http_head_t  head;

    if (!is_int(parse(&head, test->head, 0), NGX_ERROR, "%s: refused",
                test->title))
    {
        return;
    }

    error.data = (u_char *) head.error;
    error.len = ngx_strlen(head.error);

    is_str(&error, test->error, "%s: why", test->title);
}


/* whether the body is gzip and nothing else */

static void
codings(void)
{
    ngx_uint_t                i;
    ngx_asyncapi_http_head_t  head;

    static struct {
        const char  *head;
        ngx_uint_t   gzip;
    } tests[] = {
        { OK, 0 },
        { OK "Content-Encoding: gzip\r\n", 1 },
        { OK "CONTENT-ENCODING:X-GZip\r\n", 1 },
        { OK "Content-Encoding: identity, gzip ,\r\n", 1 },
        { OK "Content-Encoding: gzip\r\nContent-Encoding:\r\n", 1 },
        { OK "Content-Encoding: identity\r\n", 0 },
        { OK "Content-Encoding: deflate\r\n", 0 },
        { OK "Content-Encoding: gzip, gzip\r\n", 0 },
        { OK "Content-Encoding: br, gzip\r\n", 0 },
        { OK "Content-Encoding: gzip, br\r\n", 0 },
        { OK "Content-Encoding: gzip\r\nContent-Encoding: br\r\n", 0 },
        { OK "Content-Encoding: gzip;q=1\r\n", 0 }
    };

    for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        is_int(parse(&head, tests[i].head, 0), NGX_OK, "coding %d: parsed",
               (int) i);
        is_int(head.gzip, tests[i].gzip, "coding %d: gzip", (int) i);
    }
}


/* in pieces of every size the verdict and the body are the same */

static void
chunked(chunked_t *test)
{
    size_t      step, rest;
    ngx_int_t   rc;
    ngx_str_t   body;
    ngx_uint_t  failed;

    failed = 0;

    for (step = 1; step <= ngx_strlen(test->raw); step++) {

        rc = decode(test->raw, step, 100, &body, &rest);

        if (rc != test->rc
            || (test->body
                && (body.len != ngx_strlen(test->body)
                    || ngx_memcmp(body.data, test->body, body.len) != 0))
            || (rc == NGX_OK && rest != test->rest))
        {
            diag("step %lu: %ld, \"%.*s\", %lu left", (unsigned long) step,
                 (long) rc, (int) body.len, (char *) body.data,
                 (unsigned long) rest);
            failed = 1;
        }
    }

    ok(!failed, "chunked: %s", test->title);
}


/* as a connection has it: what comes is put behind what is decoded */

static ngx_int_t
decode(const char *raw, size_t step, uint64_t max, ngx_str_t *body,
    size_t *rest)
{
    u_char                       *buf, *src, *end, *last;
    size_t                        len, n, done;
    ngx_int_t                     rc;
    ngx_asyncapi_http_chunked_t   ch;

    ngx_memzero(&ch, sizeof(ngx_asyncapi_http_chunked_t));
    ch.max = max;

    len = ngx_strlen(raw);
    buf = ngx_pnalloc(pool, len);
    last = buf;
    rc = NGX_AGAIN;
    *rest = 0;

    for (done = 0; done < len && rc == NGX_AGAIN; done += n) {
        n = ngx_min(step, len - done);

        ngx_memcpy(last, raw + done, n);
        src = last;
        end = last + n;

        rc = ngx_asyncapi_http_chunked_decode(&ch, &src, end, &last);

        *rest = (end - src) + (len - done - n);
    }

    body->data = buf;
    body->len = last - buf;

    return rc;
}


static void
headers(void)
{
    ngx_asyncapi_http_head_t  head;

    parse(&head, OK "X-One:  1 2 \t\r\nCONTENT-TYPE: application/json\r\n"
          "Empty:\r\nKeep-Alive: timeout=5, max=100\r\nUpgrade: h2c\r\n"
          "Connection: upgrade, x-hop\r\nX-Hop: 1\r\nx-one: 3\r\n"
          "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n"
          "connection: X-Second\r\nX-Second: 1\r\nX-Secondary: 2\r\n", 0);

    is_int(head.nheaders, 5, "headers of the connection are left out");
    is_str(&keyvals[0].key, "X-One", "a header's name");
    is_str(&keyvals[0].value, "1 2", "white space around a value is cut");
    is_str(&keyvals[1].key, "CONTENT-TYPE", "a name keeps its case");
    is_str(&keyvals[2].key, "Empty", "a header without a value is there");
    is_str(&keyvals[2].value, "", "its value is empty");
    is_str(&keyvals[3].key, "x-one", "a header that comes twice");
    is_str(&keyvals[3].value, "3", "and its second value");
    is_str(&keyvals[4].key, "X-Secondary", "no more is left out than is named");
    is_str(&head.content_type, "application/json", "the content's type");
    is_int(head.idle, 5, "how long the peer keeps the connection");
    is_int(head.status, 200, "the status");
    is_int(head.keepalive, 1, "a connection that names headers is kept");

    parse(&head, "HTTP/1.1 599 Odd\r\nKeep-Alive: timeout=x, timeout=0\r\n", 0);
    is_int(head.status, 599, "the largest status");
    is_int(head.idle, 0, "a Keep-Alive that says nothing");
}


/* the end of a head in pieces, and what can't be a head */

/* each byte at each place of a name and of a value */

static void
bytes(void)
{
    char                      text[64];
    size_t                    i, skip;
    ngx_uint_t                ch, wrong;
    ngx_asyncapi_http_head_t  head;

    static const char  name[] = "Abcdefg-hijklmnop-Qrst";
    static const char  value[] = "0123456789abcdefghijkl";

    skip = strlen(OK);
    wrong = 0;

    for (i = 0; i < strlen(name); i++) {
        for (ch = 1; ch < 256; ch++) {

            if (ch == ':' || ch == '\n') {
                continue;
            }

            sprintf(text, OK "%s: v\r\n", name);
            text[skip + i] = (char) ch;

            wrong += (parse(&head, text, 0) == NGX_OK)
                     != (ch < 0x80 && (isalnum((int) ch)
                                       || strchr("!#$%&'*+-.^_`|~",
                                                 (int) ch)));

            sprintf(text, OK "n: %s\r\n", value);
            text[skip + 3 + i] = (char) ch;

            wrong += (parse(&head, text, 0) == NGX_OK) != (ch != '\r');
        }
    }

    is_int(wrong, 0, "the bytes that a name and a value may have");
}


static void
ends(void)
{
    u_char      *text, *scan, *end;
    size_t       len, i, n;
    ngx_uint_t   failed;

    static const char  *heads[] = {
        OK "A: b\r\n\r\n", OK "\r\n", "HTTP/1.1 200 OK\nA: b\n\n",
        OK "A: b\n\r\n", OK "A: b\r\n\n"
    };

    for (n = 0; n < sizeof(heads) / sizeof(heads[0]); n++) {
        text = (u_char *) heads[n];
        len = ngx_strlen(text);
        failed = 0;

        scan = text;

        for (i = 1; i <= len; i++) {
            end = ngx_asyncapi_http_head_end(text, &scan, text + i);

            if ((i < len && end) || (i == len && end != text + len)) {
                failed = 1;
            }
        }

        ok(!failed, "the end of head %lu, byte by byte", (unsigned long) n);

        scan = text;
        end = ngx_asyncapi_http_head_end(text, &scan, text + len);
        ok(end == text + len, "the end of head %lu, at once",
           (unsigned long) n);
    }

    text = (u_char *) "HTTP/1.1";

    for (i = 0, failed = 0; i <= 8; i++) {
        failed |= !ngx_asyncapi_http_head_begins(text, text + i);
    }

    ok(!failed, "every part of \"HTTP/1.1\" may begin a head");

    text = (u_char *) "HTTX";
    ok(ngx_asyncapi_http_head_begins(text, text + 3), "\"HTT\" may be one");
    ok(!ngx_asyncapi_http_head_begins(text, text + 4), "\"HTTX\" can't");
}


static void
limits(void)
{
    char                       *text, *p;
    size_t                      rest;
    ngx_str_t                   body;
    ngx_uint_t                  i;
    ngx_asyncapi_http_head_t    head;

    text = ngx_pnalloc(pool, 100000);

    p = text + sprintf(text, OK "Content-Length: 1\r\n");
    for (i = 1; i < NGX_ASYNCAPI_HTTP_MAX_HEADERS; i++) {
        p += sprintf(p, "A: b\r\n");
    }

    is_int(parse(&head, text, 0), NGX_OK, "as many headers as there may be");

    sprintf(p, "A: b\r\n");
    is_int(parse(&head, text, 0), NGX_ERROR, "one more is refused");

    p = text + sprintf(text, "0\r\n");
    for (i = 0; i < NGX_ASYNCAPI_HTTP_MAX_HEAD / 7 + 1; i++) {
        p += sprintf(p, "A: bcd\r\n");
    }

    is_int(decode(text, 1000, 100, &body, &rest), NGX_ERROR,
           "endless trailers are refused");

    memset(text, 'x', NGX_ASYNCAPI_HTTP_MAX_HEAD + 10);
    memcpy(text, "5;", 2);
    text[NGX_ASYNCAPI_HTTP_MAX_HEAD + 10] = '\0';

    is_int(decode(text, 1000, 100, &body, &rest), NGX_ERROR,
           "an endless extension is refused");
}


static ngx_int_t
parse(ngx_asyncapi_http_head_t *head, const char *text, ngx_uint_t no_body)
{
    size_t   len;
    u_char  *copy;

    /* of exactly its size, so that the sanitizer sees what is read behind */

    len = ngx_strlen(text);
    copy = ngx_pnalloc(pool, len + 2);

    memcpy(copy, text, len);
    memcpy(copy + len, "\r\n", 2);

    head->headers = keyvals;

    return ngx_asyncapi_http_head_parse(head, copy, copy + len + 2, no_body);
}

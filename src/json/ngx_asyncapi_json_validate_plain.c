
/*
 * Copyright (C) The asyncapi module authors
 *
 * The validator in plain C: RFC 8259, checked in one pass from byte to byte.
 * It is what the forms for one processor or another have to agree with, and
 * the one that says what is wrong with a text and where.
 *
 * The closing brackets that are due are kept in an array of bytes, so no
 * input makes the C stack grow.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_json_scan.h"
#include "ngx_asyncapi_json_validate.h"


typedef struct {
    u_char       *last;
    u_char       *pos;                /* of the error */
    const char   *message;

    /* the closing brackets that are due; [0] stands for the text itself */
    u_char        close[NGX_ASYNCAPI_JSON_MAX_DEPTH + 1];
} ngx_asyncapi_json_check_t;


static u_char *ngx_asyncapi_json_check(ngx_asyncapi_json_check_t *c,
    u_char *p);
static ngx_inline u_char *ngx_asyncapi_json_check_name(
    ngx_asyncapi_json_check_t *c, u_char *p);
static ngx_inline u_char *ngx_asyncapi_json_check_scalar(
    ngx_asyncapi_json_check_t *c, u_char *p);
static ngx_inline u_char *ngx_asyncapi_json_check_string(
    ngx_asyncapi_json_check_t *c, u_char *p);
static u_char *ngx_asyncapi_json_check_long_string(
    ngx_asyncapi_json_check_t *c, u_char *p);
static u_char *ngx_asyncapi_json_check_utf8(ngx_asyncapi_json_check_t *c,
    u_char *p);
static u_char *ngx_asyncapi_json_check_escape(ngx_asyncapi_json_check_t *c,
    u_char *p);
static ngx_inline u_char *ngx_asyncapi_json_check_number(
    ngx_asyncapi_json_check_t *c, u_char *p);
static u_char *ngx_asyncapi_json_check_fraction(ngx_asyncapi_json_check_t *c,
    u_char *p);
static u_char *ngx_asyncapi_json_check_word(ngx_asyncapi_json_check_t *c,
    u_char *p);
static u_char *ngx_asyncapi_json_error(ngx_asyncapi_json_check_t *c,
    u_char *p, const char *message);


/*
 * Bytes by what they are in a string: 0 is ordinary, 1 ends it or needs a
 * closer look, 2 to 4 continue a UTF-8 sequence, 6 to 12 begin one, 5 is in
 * none.
 */

#define NGX_ASYNCAPI_JSON_SPECIAL  1

static const u_char  ngx_asyncapi_json_class[256] = {
     1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,   /* 00 */
     1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,   /* 10 */
     0,  0,  1,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,   /* 20 */
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,   /* 30 */
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,   /* 40 */
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  1,  0,  0,  0,   /* 50 */
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,   /* 60 */
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,   /* 70 */
     2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,   /* 80 */
     3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,   /* 90 */
     4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,   /* a0 */
     4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,   /* b0 */
     5,  5,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,   /* c0 */
     6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,   /* d0 */
     7,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  8,  9,  8,  8,   /* e0 */
    10, 11, 11, 11, 12,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5    /* f0 */
};


/*
 * UTF-8 as an automaton (Unicode, table 3-7).  A state is the place of its
 * six bits in the row of a class, and there stands the state that follows:
 * to take a byte is one shift.
 */

#define NGX_ASYNCAPI_JSON_UTF8_BAD    0
#define NGX_ASYNCAPI_JSON_UTF8_START  6
#define NGX_ASYNCAPI_JSON_UTF8_ONE    12      /* one more is due */
#define NGX_ASYNCAPI_JSON_UTF8_TWO    18
#define NGX_ASYNCAPI_JSON_UTF8_THREE  24
#define NGX_ASYNCAPI_JSON_UTF8_E0     30      /* the one after that byte */
#define NGX_ASYNCAPI_JSON_UTF8_ED     36
#define NGX_ASYNCAPI_JSON_UTF8_F0     42
#define NGX_ASYNCAPI_JSON_UTF8_F4     48

#define ngx_asyncapi_json_utf8_to(from, to)                                   \
    ((uint64_t) NGX_ASYNCAPI_JSON_UTF8_##to << NGX_ASYNCAPI_JSON_UTF8_##from)

#define NGX_ASYNCAPI_JSON_UTF8_MORE                                           \
    (ngx_asyncapi_json_utf8_to(ONE, START)                                    \
     | ngx_asyncapi_json_utf8_to(TWO, ONE)                                    \
     | ngx_asyncapi_json_utf8_to(THREE, TWO))

static const uint64_t  ngx_asyncapi_json_utf8_rows[13] = {
    ngx_asyncapi_json_utf8_to(START, START),
    0,
    NGX_ASYNCAPI_JSON_UTF8_MORE                                 /* 80 to 8f */
        | ngx_asyncapi_json_utf8_to(ED, ONE)
        | ngx_asyncapi_json_utf8_to(F4, TWO),
    NGX_ASYNCAPI_JSON_UTF8_MORE                                 /* 90 to 9f */
        | ngx_asyncapi_json_utf8_to(ED, ONE)
        | ngx_asyncapi_json_utf8_to(F0, TWO),
    NGX_ASYNCAPI_JSON_UTF8_MORE                                 /* a0 to bf */
        | ngx_asyncapi_json_utf8_to(E0, ONE)
        | ngx_asyncapi_json_utf8_to(F0, TWO),
    0,
    ngx_asyncapi_json_utf8_to(START, ONE),                      /* c2 to df */
    ngx_asyncapi_json_utf8_to(START, E0),
    ngx_asyncapi_json_utf8_to(START, TWO),                      /* e1 to ef */
    ngx_asyncapi_json_utf8_to(START, ED),
    ngx_asyncapi_json_utf8_to(START, F0),
    ngx_asyncapi_json_utf8_to(START, THREE),                    /* f1 to f3 */
    ngx_asyncapi_json_utf8_to(START, F4)
};


ngx_int_t
ngx_asyncapi_json_validate_plain(ngx_str_t *text,
    ngx_asyncapi_json_error_t *err)
{
    u_char                     *p, *start, *end;
    ngx_asyncapi_json_check_t   c;

    if (text->len == 0) {

        /* there need not be a pointer either */

        if (err) {
            err->message = "expected a value";
            err->offset = 0;
        }

        return NGX_ERROR;
    }

    c.last = text->data + text->len;
    c.pos = text->data;
    c.message = "";
    c.close[0] = '\0';

    start = ngx_asyncapi_json_space(text->data, c.last);

    end = ngx_asyncapi_json_check(&c, start);

    if (end != NULL) {
        p = ngx_asyncapi_json_space(end, c.last);

        if (p == c.last) {
            text->data = start;
            text->len = end - start;

            return NGX_OK;
        }

        (void) ngx_asyncapi_json_error(&c, p, "unexpected text after the end");
    }

    if (err) {
        err->message = c.message;
        err->offset = c.pos - text->data;
    }

    return NGX_ERROR;
}


ngx_int_t
ngx_asyncapi_json_scan_plain(ngx_str_t *text)
{
    return ngx_asyncapi_json_validate_plain(text, NULL);
}


/* the value at p; returns the byte after it or, as all below, NULL */

static u_char *
ngx_asyncapi_json_check(ngx_asyncapi_json_check_t *c, u_char *p)
{
    u_char  *close, *last;

    close = c->close;
    last = c->last;

    for ( ;; ) {

        /* a value is due, in an object a name before it */

        p = ngx_asyncapi_json_space(p, last);

        if (*close == '}') {
            p = ngx_asyncapi_json_check_name(c, p);
            if (p == NULL) {
                return NULL;
            }
        }

        if (p < last && (*p == '{' || *p == '[')) {

            if (close == c->close + NGX_ASYNCAPI_JSON_MAX_DEPTH) {
                return ngx_asyncapi_json_error(c, p, "nested too deeply");
            }

            *++close = *p + 2;    /* "{}" and "[]" are two apart in ASCII */

            p = ngx_asyncapi_json_space(p + 1, last);

            if (p == last || *p != *close) {
                continue;
            }

        } else {
            p = ngx_asyncapi_json_check_scalar(c, p);
            if (p == NULL) {
                return NULL;
            }
        }

        /* a value has ended, and with it perhaps those that it is in */

        for ( ;; ) {

            if (close == c->close) {
                return p;
            }

            p = ngx_asyncapi_json_space(p, last);

            if (p == last || *p != *close) {
                break;
            }

            p++;
            close--;
        }

        if (p == last || *p != ',') {
            return ngx_asyncapi_json_error(c, p, *close == '}'
                                                 ? "expected \",\" or \"}\""
                                                 : "expected \",\" or \"]\"");
        }

        p++;
    }
}


/*
 * A member's name, the colon and the white space after it.  Names recur, and
 * the processor foresees where they end: to test byte by byte is faster here
 * than to wait for the place of the quote among 16.
 */

static ngx_inline u_char *
ngx_asyncapi_json_check_name(ngx_asyncapi_json_check_t *c, u_char *p)
{
    u_char  *end;

    if (p == c->last || *p != '"') {
        return ngx_asyncapi_json_error(c, p, "expected a member's name");
    }

    p++;
    end = (c->last - p > 16) ? p + 16 : c->last;

    while (p < end && ngx_asyncapi_json_class[*p] == 0) {
        p++;
    }

    if (p < end && *p == '"') {
        p++;

    } else {
        p = ngx_asyncapi_json_check_long_string(c, p);
        if (p == NULL) {
            return NULL;
        }
    }

    p = ngx_asyncapi_json_space(p, c->last);

    if (p == c->last || *p != ':') {
        return ngx_asyncapi_json_error(c, p, "expected \":\"");
    }

    return ngx_asyncapi_json_space(p + 1, c->last);
}


static ngx_inline u_char *
ngx_asyncapi_json_check_scalar(ngx_asyncapi_json_check_t *c, u_char *p)
{
    if (p == c->last) {
        return ngx_asyncapi_json_error(c, p, "expected a value");
    }

    if (*p == '"') {
        return ngx_asyncapi_json_check_string(c, p + 1);
    }

    if (ngx_asyncapi_json_is_digit(*p) || *p == '-') {
        return ngx_asyncapi_json_check_number(c, p);
    }

    return ngx_asyncapi_json_check_word(c, p);
}


/* p stands after the opening quote; most strings are short and plain */

static ngx_inline u_char *
ngx_asyncapi_json_check_string(ngx_asyncapi_json_check_t *c, u_char *p)
{
#if (__SSE2__)
    int      mask;
    u_char  *end;

    if (c->last - p >= 16) {
        mask = ngx_asyncapi_json_special(p);

        if (mask) {
            end = p + __builtin_ctz(mask);

            if (*end == '"') {
                return end + 1;
            }
        }
    }

#endif

    return ngx_asyncapi_json_check_long_string(c, p);
}


static u_char *
ngx_asyncapi_json_check_long_string(ngx_asyncapi_json_check_t *c, u_char *p)
{
    for ( ;; ) {
        p = ngx_asyncapi_json_plain(p, c->last);

        if (p == c->last) {
            return ngx_asyncapi_json_error(c, p, "unterminated string");
        }

        if (*p == '"') {
            return p + 1;
        }

        if (*p == '\\') {
            p = ngx_asyncapi_json_check_escape(c, p + 1);

        } else if (*p >= 0x80) {
            p = ngx_asyncapi_json_check_utf8(c, p);

        } else {
            return ngx_asyncapi_json_error(c, p,
                                           "control character in a string");
        }

        if (p == NULL) {
            return NULL;
        }
    }
}


/* at least the character at p, which is none of ASCII */

static u_char *
ngx_asyncapi_json_check_utf8(ngx_asyncapi_json_check_t *c, u_char *p)
{
    u_char     *start, *end;
    uint64_t    state;
    ngx_int_t   n;

    start = p;
    state = NGX_ASYNCAPI_JSON_UTF8_START;

    do {
        end = (c->last - p > 32) ? p + 32 : c->last;

        while (p < end
               && ngx_asyncapi_json_class[*p] != NGX_ASYNCAPI_JSON_SPECIAL)
        {
            state = ngx_asyncapi_json_utf8_rows[ngx_asyncapi_json_class[*p]]
                    >> (state & 63);
            p++;
        }

        if ((state & 63) == NGX_ASYNCAPI_JSON_UTF8_START) {
            return p;
        }

    } while (p == end && p < c->last
             && (state & 63) != NGX_ASYNCAPI_JSON_UTF8_BAD);

    /* the automaton knows that there is an error, but not where */

    while (start < p) {
        n = (*start < 0x80) ? 1 : ngx_asyncapi_json_utf8(start, c->last);

        if (n < 0) {
            break;
        }

        start += n;
    }

    return ngx_asyncapi_json_error(c, start, "invalid UTF-8");
}


/* p stands after the backslash */

static u_char *
ngx_asyncapi_json_check_escape(ngx_asyncapi_json_check_t *c, u_char *p)
{
    ngx_int_t  n;

    if (p == c->last) {
        return ngx_asyncapi_json_error(c, p, "unterminated string");
    }

    switch (*p) {

    case '"': case '\\': case '/':
    case 'b': case 'f': case 'n': case 'r': case 't':
        return p + 1;

    case 'u':
        break;

    default:
        return ngx_asyncapi_json_error(c, p - 1, "invalid escape");
    }

    n = ngx_asyncapi_json_hex4(p + 1, c->last);

    if (n == NGX_ERROR) {
        return ngx_asyncapi_json_error(c, p - 1, "invalid escape");
    }

    if (n < 0xd800 || n > 0xdfff) {
        return p + 5;
    }

    if (n < 0xdc00 && c->last - p >= 11 && p[5] == '\\' && p[6] == 'u') {
        n = ngx_asyncapi_json_hex4(p + 7, c->last);

        if (n >= 0xdc00 && n <= 0xdfff) {
            return p + 11;
        }
    }

    return ngx_asyncapi_json_error(c, p - 1, "half of a surrogate pair");
}


/* p stands at a minus or a digit */

static ngx_inline u_char *
ngx_asyncapi_json_check_number(ngx_asyncapi_json_check_t *c, u_char *p)
{
    u_char  *last;

    last = c->last;

    if (*p == '-') {
        p++;

        if (p == last || !ngx_asyncapi_json_is_digit(*p)) {
            return ngx_asyncapi_json_error(c, p, "invalid number");
        }
    }

    if (*p == '0') {
        p++;

        if (p < last && ngx_asyncapi_json_is_digit(*p)) {
            return ngx_asyncapi_json_error(c, p, "number with a leading zero");
        }

    } else {
        p = ngx_asyncapi_json_digits(p + 1, last);
    }

    if (p < last && (*p == '.' || *p == 'e' || *p == 'E')) {
        return ngx_asyncapi_json_check_fraction(c, p);
    }

    return p;
}


/* the fraction and the exponent of a number */

static u_char *
ngx_asyncapi_json_check_fraction(ngx_asyncapi_json_check_t *c, u_char *p)
{
    u_char  *digits, *last;

    last = c->last;

    if (*p == '.') {
        digits = ++p;

        p = ngx_asyncapi_json_digits(p, last);

        if (p == digits) {
            return ngx_asyncapi_json_error(c, p, "invalid number");
        }
    }

    if (p < last && (*p == 'e' || *p == 'E')) {
        p++;

        if (p < last && (*p == '+' || *p == '-')) {
            p++;
        }

        digits = p;

        p = ngx_asyncapi_json_digits(p, last);

        if (p == digits) {
            return ngx_asyncapi_json_error(c, p, "invalid number");
        }
    }

    return p;
}


/* true, false, null, or what is no value at all */

static u_char *
ngx_asyncapi_json_check_word(ngx_asyncapi_json_check_t *c, u_char *p)
{
    size_t  left;

    left = c->last - p;

    if (left >= 4 && ngx_memcmp(p, "true", 4) == 0) {
        return p + 4;
    }

    if (left >= 4 && ngx_memcmp(p, "null", 4) == 0) {
        return p + 4;
    }

    if (left >= 5 && ngx_memcmp(p, "false", 5) == 0) {
        return p + 5;
    }

    if (left >= 3 && ngx_memcmp(p, "\xef\xbb\xbf", 3) == 0) {
        return ngx_asyncapi_json_error(c, p, "byte order mark");
    }

    return ngx_asyncapi_json_error(c, p, "expected a value");
}


static u_char *
ngx_asyncapi_json_error(ngx_asyncapi_json_check_t *c, u_char *p,
    const char *message)
{
    c->pos = p;
    c->message = message;

    return NULL;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * The validator for processors that compare many bytes at a time: not a
 * header, but what each form of it includes after its own part, which is
 * ngx_asyncapi_json_block_t and the functions ngx_asyncapi_json_block_...().
 *
 * The text is taken in blocks of 64 bytes, and a block as numbers of 64 bits:
 * one says where the quotes are, one where the digits, and so on, the lowest
 * bit for the first byte.  The whole grammar is checked on these, a few
 * operations for all that is in a block; there is a loop over the brackets
 * only, and over what is rare, escapes and words.  So the time hardly depends
 * on what the processor can foresee.
 *
 * Two things do most of the work.  A quote begins or ends a string by whether
 * the number of quotes so far is odd.  And an addition finds where runs end:
 * of bits added at the beginning of some runs of ones a carry walks through
 * each of these runs, and stays behind its end.  What walks out of the block
 * goes on in the next one.
 *
 * A text is only refused here, with no word as to why: the plain form says.
 */


/* next to what is looked at, so that nothing before the text is read */

#define NGX_ASYNCAPI_JSON_BEFORE  16
#define NGX_ASYNCAPI_JSON_BLOCK   64

#define ngx_asyncapi_json_unlikely(cond)  __builtin_expect((cond) != 0, 0)


typedef struct {
    u_char      *data;
    u_char      *last;
    u_char      *end;             /* of the value, where it is known */

    /* what the block before left: in a string all ones; else a bit or none */

    uint64_t     string;          /* it ended in a string */
    uint64_t     high;            /* it had bytes beyond ASCII */
    uint64_t     escape;          /* it ended with a backslash that works on */
    uint64_t     escapes;         /* there is something of these: */
    uint64_t     unicode;         /* where each \u had its u */
    uint64_t     d;               /* a D next to it */
    uint64_t     pair;            /* the digit that makes it half a pair */
    uint64_t     scalar;          /* it ended in a number or a word */

    uint64_t     word;            /* the rest of a word: up to four bits */
    uint64_t     word_end;        /* it ended with the end of a word */

    /* after what its last token was, which token is due */

    uint64_t     name;            /* a member's name */
    uint64_t     colon;
    uint64_t     value;
    uint64_t     more;            /* what comes may be no closing bracket */

    /* of a number that goes on: what the last byte was, or is part of */

    uint64_t     number;
    uint64_t     sign;            /* at the beginning */
    uint64_t     zero;            /* at the beginning */
    uint64_t     dot;
    uint64_t     exponent;        /* the letter */
    uint64_t     due;             /* a sign or a dot: a digit has to come */
    uint64_t     whole;           /* digits before the dot */
    uint64_t     part;            /* digits after it */

    /* what the value is in: kind[1] to kind[depth], 1 is an object */

    ngx_uint_t   depth;
    u_char       kind[NGX_ASYNCAPI_JSON_MAX_DEPTH + 2];

    u_char       copy[NGX_ASYNCAPI_JSON_BEFORE + 2 * NGX_ASYNCAPI_JSON_BLOCK];
} ngx_asyncapi_json_scan_t;


/* in a block: where each is that is no part of a string */

typedef struct {
    uint64_t     open;
    uint64_t     close;
    uint64_t     brace;           /* of both */
    uint64_t     comma;
    uint64_t     colon;
    uint64_t     string;          /* the first quote */
    uint64_t     scalar;          /* the first byte of a number or a word */
} ngx_asyncapi_json_tokens_t;


/* the places after these */

static ngx_inline uint64_t
ngx_asyncapi_json_after(uint64_t bits, uint64_t *carry)
{
    uint64_t  after;

    after = bits << 1 | *carry;
    *carry = bits >> 63;

    return after;
}


/* where the runs end that begin at these places: the first bit that is none */

static ngx_inline uint64_t
ngx_asyncapi_json_run(uint64_t begin, uint64_t runs, uint64_t *carry)
{
    uint64_t  sum;

    *carry = __builtin_add_overflow(begin | *carry, runs, &sum);

    return sum & ~runs;
}


/* the tokens that come next after these, with nothing but gaps between */

static ngx_inline uint64_t
ngx_asyncapi_json_follow(uint64_t tokens, uint64_t gaps, uint64_t *carry)
{
    uint64_t  next, last;

    last = tokens >> 63;
    next = ngx_asyncapi_json_run(tokens << 1, gaps, carry);
    *carry |= last;

    return next;
}


static u_char *
ngx_asyncapi_json_copy_short(ngx_asyncapi_json_scan_t *c, u_char *p)
{
    size_t   before, len;
    u_char  *copy;

    copy = c->copy + NGX_ASYNCAPI_JSON_BEFORE;

    before = ngx_min(p - c->data, NGX_ASYNCAPI_JSON_BEFORE);
    len = ngx_min(c->last - p, NGX_ASYNCAPI_JSON_BLOCK);

    ngx_memset(c->copy, ' ', NGX_ASYNCAPI_JSON_BEFORE
                             + NGX_ASYNCAPI_JSON_BLOCK);
    ngx_memcpy(copy - before, p - before, before + len);

    return copy;
}


/*
 * Of a block that is not all in the text, or has not three bytes before it.
 * Most often there is enough of the text to copy as many bytes always: to
 * where they end with the copy's middle, white space behind them.
 */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET u_char *
ngx_asyncapi_json_copy(ngx_asyncapi_json_scan_t *c, u_char *p)
{
    size_t   len;
    u_char  *middle;

    len = c->last - p;
    middle = c->copy + NGX_ASYNCAPI_JSON_BEFORE + NGX_ASYNCAPI_JSON_BLOCK;

    if (len < NGX_ASYNCAPI_JSON_BLOCK
        && c->last - c->data >= middle - c->copy)
    {
        ngx_memcpy(c->copy, c->last - (middle - c->copy), middle - c->copy);
        ngx_memset(middle, ' ', NGX_ASYNCAPI_JSON_BLOCK);

        return middle - len;
    }

    return ngx_asyncapi_json_copy_short(c, p);
}


#include "ngx_asyncapi_json_validate_lexical.h"


/*
 * Follows the brackets; returns what is in an object rather than an array,
 * and in *bad what closes the wrong one.  Where the value ends sets c->end.
 */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_brackets(ngx_asyncapi_json_scan_t *c,
    const ngx_asyncapi_json_tokens_t *t, u_char *p, uint64_t *bad)
{
    uint64_t    left, objects, kind, up, brace, wrong;
    ngx_uint_t  i, depth;

    depth = c->depth;
    kind = c->kind[depth];
    objects = 0 - kind;
    wrong = 0;

    for (left = t->open | t->close; left; left &= left - 1) {
        i = __builtin_ctzll(left);

        up = t->open >> i & 1;
        brace = t->brace >> i & 1;

        wrong |= (kind ^ brace) & ~up;

        /* when it closes this is above all that is in use */

        c->kind[depth + 1] = (u_char) brace;
        depth += 2 * up - 1;

        if (ngx_asyncapi_json_unlikely(depth - 1
                                       >= NGX_ASYNCAPI_JSON_MAX_DEPTH))
        {
            if (depth == 0) {
                c->end = p + i + 1;

            } else {
                wrong = 1;
            }

            break;
        }

        objects ^= (0 - (kind ^ c->kind[depth])) << i;
        kind = c->kind[depth];
    }

    c->depth = depth;
    *bad |= wrong;

    return objects;
}


/*
 * The order of tokens.  Each comes after just one other, and what that one is
 * says what may come.
 */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET ngx_int_t
ngx_asyncapi_json_order(ngx_asyncapi_json_scan_t *c,
    const ngx_asyncapi_json_tokens_t *t, u_char *p, uint64_t bad)
{
    uint64_t  all, gaps, objects, name, colon, value, more;

    all = t->open | t->close | t->comma | t->colon | t->string | t->scalar;
    gaps = ~all;

    objects = 0 - (uint64_t) c->kind[c->depth];

    if (t->open | t->close) {
        objects = ngx_asyncapi_json_brackets(c, t, p, &bad);
    }

    name = ngx_asyncapi_json_follow((t->open & t->brace) | (t->comma & objects),
                                  gaps, &c->name);
    colon = ngx_asyncapi_json_follow(name & t->string, gaps, &c->colon);
    value = ngx_asyncapi_json_follow((t->open & ~t->brace)
                                   | (t->comma & ~objects) | t->colon,
                                   gaps, &c->value);
    more = ngx_asyncapi_json_follow(t->comma | t->colon, gaps, &c->more);

    bad |= name & ~(t->string | t->close);
    bad |= colon ^ t->colon;
    bad |= value & ~(t->open | t->string | t->scalar | t->close);
    bad |= more & t->close;
    bad |= all & ~(name | colon | value | t->comma | t->close);

    if (ngx_asyncapi_json_unlikely(bad)) {
        return NGX_ERROR;
    }

    if (c->end) {

        /*
         * There is to be no other token, and of anything but white space
         * one begins; nor a pair that has its other half in the next block.
         */

        if (all >> (c->end - 1 - p) >> 1 || c->pair >> 58) {
            return NGX_ERROR;
        }

        return NGX_OK;
    }

    return NGX_AGAIN;
}


/*
 * A block that stands at p in the text and is read from src; NGX_OK, the value
 * ends in it, NGX_AGAIN or NGX_ERROR.
 */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET ngx_int_t
ngx_asyncapi_json_block(ngx_asyncapi_json_scan_t *c, const u_char *src,
    u_char *p)
{
    uint64_t                    quote, backslash, control, high, escaped;
    uint64_t                    string, outside, scalar, bad;
    ngx_asyncapi_json_block_t   b, fold;
    ngx_asyncapi_json_tokens_t  t;

    ngx_asyncapi_json_block_load(&b, src);

    quote = ngx_asyncapi_json_block_is(&b, '"');
    backslash = ngx_asyncapi_json_block_is(&b, '\\');
    high = ngx_asyncapi_json_block_high(&b);
    control = ngx_asyncapi_json_block_special(&b) & ~high;

    if (high | c->high) {
        if (src == c->data) {
            src = ngx_asyncapi_json_copy(c, p);
        }

        if (ngx_asyncapi_json_block_utf8(src)) {
            return NGX_ERROR;
        }

        c->high = high;
    }

    if (backslash | c->escapes) {
        escaped = ngx_asyncapi_json_escaped(c, backslash);
        quote &= ~escaped;

        if (ngx_asyncapi_json_escapes(c, &b, escaped)) {
            return NGX_ERROR;
        }
    }

    if (c->string && (quote | control) == 0) {
        return NGX_AGAIN;
    }

    /* from the first quote on, without the last */

    string = ngx_asyncapi_json_block_odd(quote) ^ c->string;
    c->string = 0 - (string >> 63);

    /* a backslash outside of strings is no word */

    bad = control & string;

    outside = ~(string | quote);

    ngx_asyncapi_json_block_fold(&fold, &b);

    t.open = ngx_asyncapi_json_block_is(&fold, '{') & outside;
    t.close = ngx_asyncapi_json_block_is(&fold, '}') & outside;
    t.brace = ngx_asyncapi_json_block_bit5(&b);
    t.comma = ngx_asyncapi_json_block_is(&b, ',') & outside;
    t.colon = ngx_asyncapi_json_block_is(&b, ':') & outside;
    t.string = quote & string;

    scalar = outside & ~(t.open | t.close | t.comma | t.colon
                         | ngx_asyncapi_json_block_space(&b));
    t.scalar = scalar & ~ngx_asyncapi_json_after(scalar, &c->scalar);

    if (scalar | c->number | c->word_end | c->word) {
        bad |= ngx_asyncapi_json_scalars(c, &b, scalar, t.scalar, p);
    }

    return ngx_asyncapi_json_order(c, &t, p, bad);
}


/* one by one, for to clear memory takes longer than to scan a short text */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET void
ngx_asyncapi_json_start(ngx_asyncapi_json_scan_t *c, const ngx_str_t *text)
{
    c->data = text->data;
    c->last = text->data + text->len;
    c->end = NULL;

    c->string = 0;
    c->high = 0;
    c->escape = 0;
    c->escapes = 0;
    c->unicode = 0;
    c->d = 0;
    c->pair = 0;
    c->scalar = 0;
    c->word = 0;
    c->word_end = 0;

    c->name = 0;
    c->colon = 0;
    c->value = 1;
    c->more = 0;

    c->number = 0;
    c->sign = 0;
    c->zero = 0;
    c->dot = 0;
    c->exponent = 0;
    c->due = 0;
    c->whole = 0;
    c->part = 0;

    c->depth = 0;
    c->kind[0] = 0;
}


NGX_ASYNCAPI_JSON_TARGET ngx_int_t
ngx_asyncapi_json_scan(ngx_str_t *text)
{
    u_char                    *p, *src;
    ngx_int_t                  rc;
    ngx_asyncapi_json_scan_t   c;

    ngx_asyncapi_json_start(&c, text);

    p = c.data;

    do {
        /* what is all in a string needs no closer look */

        if (c.string && (c.high | c.escapes) == 0) {
            while (c.last - p >= NGX_ASYNCAPI_JSON_BLOCK
                   && ngx_asyncapi_json_block_plain(p))
            {
                p += NGX_ASYNCAPI_JSON_BLOCK;
            }

        }

        if (p == c.last) {
            return NGX_ERROR;
        }

        src = p;

        if (c.last - p < NGX_ASYNCAPI_JSON_BLOCK) {
            src = ngx_asyncapi_json_copy(&c, p);
        }

        rc = ngx_asyncapi_json_block(&c, src, p);

        p += ngx_min(c.last - p, NGX_ASYNCAPI_JSON_BLOCK);

    } while (rc == NGX_AGAIN);

    if (rc != NGX_OK || ngx_asyncapi_json_space(p, c.last) != c.last) {
        return NGX_ERROR;
    }

    text->len = c.end - text->data;

    return NGX_OK;
}

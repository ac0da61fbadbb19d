
/*
 * Copyright (C) The asyncapi module authors
 *
 * The validator for processors that compare many bytes at a time: not a
 * header, but what each form of it includes after its own part, which is
 * ngx_asyncapi_json_block_t and the functions ngx_asyncapi_json_block_...().
 *
 * The text is taken in blocks of 64 bytes, and a block as numbers of 64 bits:
 * one says where the quotes are, one where the digits, and so on, the lowest
 * bit for the first byte.  Nearly all of the grammar is checked on these, a
 * few operations for all that is in a block, and the same ones whatever it
 * is: to guess wrong what comes next costs a processor as much as half a
 * block does.
 *
 * Two things do most of the work.  A quote begins or ends a string by whether
 * the number of quotes so far is odd.  And an addition finds where runs end:
 * of bits added at the beginning of some runs of ones a carry walks through
 * each of these runs, and stays behind its end.  What walks out of the block
 * goes on in the next one.
 *
 * What is left is put on lists, for loops that take many of a kind one after
 * the other, once for some blocks: the brackets, to see whether they match and
 * what is an object or an array, and of numbers and words what is no digit.
 *
 * A text is only refused here, with no word as to why: the plain form says.
 */


/* next to what is looked at, so that nothing before the text is read */

#define NGX_ASYNCAPI_JSON_BEFORE  16
#define NGX_ASYNCAPI_JSON_BLOCK   64

/* bytes of the text before what is on the lists is looked at */

#define NGX_ASYNCAPI_JSON_BATCH   2048

/*
 * Bytes ahead that are fetched: the first ones of a large body have left the
 * processor's cache when the last one is there.
 */

#define NGX_ASYNCAPI_JSON_AHEAD   1024

#define ngx_asyncapi_json_unlikely(cond)  __builtin_expect((cond) != 0, 0)


typedef struct {
    u_char      *data;
    u_char      *last;
    u_char      *end;             /* of the value, where it is known */

    uint64_t     bad;             /* not 0: the text is to be refused */

    /* what the block before left: in a string all ones; else a bit or none */

    uint64_t     string;          /* it ended in a string */
    uint64_t     high;            /* it had bytes beyond ASCII */
    uint64_t     escape;          /* it ended with a backslash that works on */
    uint64_t     escapes;         /* there is something of these: */
    uint64_t     unicode;         /* where each \u had its u */
    uint64_t     d;               /* a D next to it */
    uint64_t     pair;            /* the digit that makes it half a pair */

    /* its last byte was */

    uint64_t     scalar;          /* in a number or a word */
    uint64_t     letter;          /* in one, and neither digit, dot nor minus */
    uint64_t     dot;
    uint64_t     part;            /* among the digits after a dot */
    uint64_t     sign;            /* a minus that begins a number */
    uint64_t     zero;            /* a zero that does, or comes after it */

    /* after its last token comes what is (see there) */

    uint64_t     due;
    uint64_t     text;

    uint64_t     begun;

    /* since its last bracket there was a member */

    uint64_t     named;           /* with a name */
    uint64_t     unnamed;         /* without */

    /* what the value is in: kind[1] to kind[depth], 1 is an object */

    ngx_uint_t   depth;
    u_char       kind[NGX_ASYNCAPI_JSON_MAX_DEPTH + 2];

    /* the batch: bits of its blocks, and the lists, of places in it */

    u_char      *batch;

    uint64_t     has_named[NGX_ASYNCAPI_JSON_BATCH / NGX_ASYNCAPI_JSON_BLOCK];
    uint64_t     has_unnamed[NGX_ASYNCAPI_JSON_BATCH / NGX_ASYNCAPI_JSON_BLOCK];

    ngx_uint_t   nbrackets;
    ngx_uint_t   nletters;

    /* with room for two more, which are written without a look */

    uint16_t     brackets[NGX_ASYNCAPI_JSON_BATCH + 2];
    uint16_t     letters[NGX_ASYNCAPI_JSON_BATCH / 2 + 2];

    u_char       copy[NGX_ASYNCAPI_JSON_BEFORE + 2 * NGX_ASYNCAPI_JSON_BLOCK];
} ngx_asyncapi_json_scan_t;


/* in a block: where each is that is no part of a string */

typedef struct {
    uint64_t     open;
    uint64_t     close;
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


/*
 * Puts the places of a block at p in the text on a list of n; returns how many
 * it has then.  Most often there are few or none, and two are written without
 * a look.
 */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET ngx_uint_t
ngx_asyncapi_json_list(ngx_asyncapi_json_scan_t *c, uint16_t *list,
    ngx_uint_t n, u_char *p, uint64_t bits)
{
    ngx_uint_t  all, at;

    at = p - c->batch;
    all = n + __builtin_popcountll(bits);

    do {
        list[n++] = (uint16_t) (at + ngx_asyncapi_json_first(bits));
        bits &= bits - 1;

        list[n++] = (uint16_t) (at + ngx_asyncapi_json_first(bits));
        bits &= bits - 1;

    } while (ngx_asyncapi_json_unlikely(bits));

    return all;
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
 * The order of tokens of a block at p: each comes after just one other, and
 * what that one is says what may come.  Whether a member has to have a name is
 * only known when the brackets are followed; so for each bracket is kept
 * whether there was a member with a name since the bracket before it, and
 * whether there was one without.  Returns what is wrong already.
 */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_order(ngx_asyncapi_json_scan_t *c,
    const ngx_asyncapi_json_tokens_t *t, u_char *p)
{
    uint64_t    mark, bracket, gaps, operand, due, text, empty, begun;
    uint64_t    named, unnamed, bad;
    ngx_uint_t  n;

    mark = t->comma | t->colon;
    bracket = t->open | t->close;
    operand = t->open | t->string | t->scalar;
    gaps = ~(mark | t->close | operand);

    /*
     * What comes after a comma or a colon is both due and text, after a string
     * text, after an opening bracket due, and else it is neither.
     */

    due = ngx_asyncapi_json_follow(t->open | mark, gaps, &c->due);
    text = ngx_asyncapi_json_follow(t->string | mark, gaps, &c->text);

    /* nothing need come before what closes, if it is what opened */

    empty = t->close & ~text;

    bad = (due ^ operand) & ~empty;
    bad |= t->colon & ~text;

    /* the bracket, comma or colon that comes next after one that begins */

    begun = ngx_asyncapi_json_follow(t->open | t->comma, ~(bracket | mark),
                                     &c->begun);

    bad |= t->colon & ~begun;

    unnamed = begun & ~(t->colon | (empty & due));

    named = ngx_asyncapi_json_run(t->colon, ~bracket, &c->named);
    unnamed = (unnamed & bracket)
              | ngx_asyncapi_json_run(unnamed & ~bracket, ~bracket,
                                      &c->unnamed);

    bad |= named & unnamed;

    n = (ngx_uint_t) (p - c->batch) / NGX_ASYNCAPI_JSON_BLOCK;

    c->has_named[n] = named;
    c->has_unnamed[n] = unnamed;

    c->nbrackets = ngx_asyncapi_json_list(c, c->brackets, c->nbrackets, p,
                                          bracket);

    return bad;
}


/*
 * Checks what is not ASCII in a block, and what is escaped, which *quote is
 * without then; returns where control characters are.
 */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_unusual(ngx_asyncapi_json_scan_t *c,
    const ngx_asyncapi_json_block_t *b, const u_char *src, u_char *p,
    uint64_t *quote)
{
    uint64_t  backslash, high, escaped;

    backslash = ngx_asyncapi_json_block_is(b, '\\');
    high = ngx_asyncapi_json_block_high(b);

    if (high | c->high) {
        if (src == c->data) {
            src = ngx_asyncapi_json_copy(c, p);
        }

        c->bad |= ngx_asyncapi_json_block_utf8(src);
        c->high = high;
    }

    if (backslash | c->escapes) {
        escaped = ngx_asyncapi_json_escaped(c, backslash);
        *quote &= ~escaped;

        c->bad |= ngx_asyncapi_json_escapes(c, b, escaped);
    }

    return ngx_asyncapi_json_block_control(b) & ~high;
}


/* a block at p; NGX_DECLINED: it is in a string, with nothing unusual */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET ngx_int_t
ngx_asyncapi_json_block(ngx_asyncapi_json_scan_t *c, u_char *p)
{
    u_char                     *src;
    uint64_t                    quote, control, string, outside, scalar, bad;
    ngx_asyncapi_json_block_t   b, fold;
    ngx_asyncapi_json_tokens_t  t;

    src = p;

    if (ngx_asyncapi_json_unlikely(c->last - p < NGX_ASYNCAPI_JSON_BLOCK)) {
        src = ngx_asyncapi_json_copy(c, p);
    }

    ngx_asyncapi_json_block_load(&b, src);

    quote = ngx_asyncapi_json_block_is(&b, '"');
    control = 0;

    if (ngx_asyncapi_json_block_special(&b) | c->high | c->escapes) {
        control = ngx_asyncapi_json_unusual(c, &b, src, p, &quote);

        if (c->string && (quote | control) == 0) {
            return NGX_OK;
        }

    } else if (c->string && quote == 0) {
        return NGX_DECLINED;
    }

    /* from the first quote on, without the last */

    string = ngx_asyncapi_json_block_odd(quote) ^ c->string;
    c->string = 0 - (string >> 63);

    bad = control & string;

    outside = ~(string | quote);

    ngx_asyncapi_json_block_fold(&fold, &b);

    t.open = ngx_asyncapi_json_block_is(&fold, '{') & outside;
    t.close = ngx_asyncapi_json_block_is(&fold, '}') & outside;
    t.comma = ngx_asyncapi_json_block_is(&b, ',') & outside;
    t.colon = ngx_asyncapi_json_block_is(&b, ':') & outside;
    t.string = quote & string;

    scalar = outside & ~(t.open | t.close | t.comma | t.colon
                         | ngx_asyncapi_json_block_space(&b));
    t.scalar = scalar & ~ngx_asyncapi_json_after(scalar, &c->scalar);

    bad |= ngx_asyncapi_json_scalars(c, &b, scalar, t.scalar, p);
    bad |= ngx_asyncapi_json_order(c, &t, p);

    c->bad |= bad;

    return NGX_OK;
}


/* one by one, for to clear memory takes longer than to scan a short text */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET void
ngx_asyncapi_json_start(ngx_asyncapi_json_scan_t *c, const ngx_str_t *text)
{
    c->data = text->data;
    c->last = text->data + text->len;
    c->end = NULL;
    c->bad = 0;

    c->string = 0;
    c->high = 0;
    c->escape = 0;
    c->escapes = 0;
    c->unicode = 0;
    c->d = 0;
    c->pair = 0;

    c->scalar = 0;
    c->letter = 0;
    c->dot = 0;
    c->part = 0;
    c->sign = 0;
    c->zero = 0;

    /* as in an array */

    c->due = 1;
    c->text = 0;
    c->begun = 1;
    c->named = 0;
    c->unnamed = 0;

    c->depth = 0;
    c->kind[0] = 0;

    c->batch = text->data;
    c->nbrackets = 0;
    c->nletters = 0;
}


/* follows the brackets of the batch; where the value ends sets c->end */

static NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_brackets(ngx_asyncapi_json_scan_t *c)
{
    u_char      *p;
    uint64_t     named, unnamed, open, brace, kind, bad;
    ngx_uint_t   i, at, depth;

    depth = c->depth;
    bad = 0;

    for (i = 0; i < c->nbrackets; i++) {
        at = c->brackets[i];
        p = c->batch + at;

        /* "{}" and "[]" differ in one bit, what opens and closes in others */

        brace = *p >> 5 & 1;
        open = *p >> 1 & 1;
        kind = c->kind[depth];

        named = c->has_named[at / 64] >> (at & 63);
        unnamed = c->has_unnamed[at / 64] >> (at & 63);

        bad |= (named & ~kind) | (unnamed & kind) | ((brace ^ kind) & ~open);

        /* when it closes this is above all that is in use */

        c->kind[depth + 1] = (u_char) brace;
        depth += 2 * open - 1;

        if (ngx_asyncapi_json_unlikely(depth - 1
                                       >= NGX_ASYNCAPI_JSON_MAX_DEPTH))
        {
            if (depth || c->end) {
                return 1;
            }

            c->end = p + 1;
        }
    }

    c->depth = depth;
    c->nbrackets = 0;

    return bad & 1;
}


/* what is on the lists; the next batch is at p */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET ngx_int_t
ngx_asyncapi_json_batch(ngx_asyncapi_json_scan_t *c, u_char *p)
{
    c->bad |= ngx_asyncapi_json_letters(c);
    c->bad |= ngx_asyncapi_json_brackets(c);

    c->batch = p;

    return c->bad ? NGX_ERROR : NGX_OK;
}


NGX_ASYNCAPI_JSON_TARGET ngx_int_t
ngx_asyncapi_json_scan(ngx_str_t *text)
{
    u_char                    *p;
    ngx_int_t                  rc;
    ngx_asyncapi_json_scan_t   c;

    ngx_asyncapi_json_start(&c, text);

    p = c.data;

    for ( ;; ) {
        __builtin_prefetch(p + NGX_ASYNCAPI_JSON_AHEAD);

        rc = ngx_asyncapi_json_block(&c, p);

        if (c.last - p <= NGX_ASYNCAPI_JSON_BLOCK) {
            break;
        }

        p += NGX_ASYNCAPI_JSON_BLOCK;

        if (rc == NGX_DECLINED) {
            while (c.last - p > NGX_ASYNCAPI_JSON_BLOCK
                   && ngx_asyncapi_json_block_plain(p))
            {
                p += NGX_ASYNCAPI_JSON_BLOCK;
            }
        }

        if (p - c.batch >= NGX_ASYNCAPI_JSON_BATCH
            && ngx_asyncapi_json_batch(&c, p) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (ngx_asyncapi_json_batch(&c, p) != NGX_OK || c.end == NULL
        || c.pair >> 58 || ngx_asyncapi_json_space(c.end, c.last) != c.last)
    {
        return NGX_ERROR;
    }

    text->len = c.end - text->data;

    return NGX_OK;
}

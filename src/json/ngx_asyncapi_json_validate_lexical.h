
/*
 * Copyright (C) The asyncapi module authors
 *
 * The part of ngx_asyncapi_json_validate_simd.h, which alone includes it, that
 * looks into what stands between brackets and commas: what is escaped in
 * strings, words and numbers.  What is wrong is a bit here as well.
 */


/* as they lie in memory */

#define ngx_asyncapi_json_four(a, b, c, d)                                    \
    ((uint32_t) (a) | (uint32_t) (b) << 8 | (uint32_t) (c) << 16              \
     | (uint32_t) (d) << 24)


/* n places behind these, and those of the block before */

#define ngx_asyncapi_json_behind(bits, before, n)                             \
    ((bits) << (n) | (before) >> (64 - (n)))


/*
 * Of backslashes in a row the first, the third and so on work on what comes
 * after them; returns what is worked on.  Where a row begins at an even place
 * the places after the working ones are odd, or the other way round, and a
 * subtraction finds the ends of rows as an addition does.
 */

static uint64_t
ngx_asyncapi_json_escaped(ngx_asyncapi_json_scan_t *c, uint64_t backslash)
{
    uint64_t  begin, after, ends;

    static const uint64_t  odd = 0xaaaaaaaaaaaaaaaaull;

    begin = backslash & ~c->escape;
    after = begin << 1;
    ends = ((after | odd) - begin) ^ odd;
    after = ends ^ (backslash | c->escape);
    c->escape = (ends & backslash) >> 63;

    return after;
}


/*
 * The four digits after each u, and halves of pairs: with D and 8 to B begins
 * the high one, with D and C to F the low one, which is six bytes after it.
 */

static NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_unicode(ngx_asyncapi_json_scan_t *c,
    const ngx_asyncapi_json_block_t *b, uint64_t u)
{
    uint64_t                   first, digits, second, d, high, low, hex;
    ngx_asyncapi_json_block_t  fold;

    ngx_asyncapi_json_block_fold(&fold, b);

    hex = ngx_asyncapi_json_block_range(b, '0', 10)
          | ngx_asyncapi_json_block_range(&fold, 'a', 6);

    first = ngx_asyncapi_json_behind(u, c->unicode, 1);
    digits = first | ngx_asyncapi_json_behind(u, c->unicode, 2)
                   | ngx_asyncapi_json_behind(u, c->unicode, 3)
                   | ngx_asyncapi_json_behind(u, c->unicode, 4);

    d = first & ngx_asyncapi_json_block_is(&fold, 'd');
    second = ngx_asyncapi_json_behind(d, c->d, 1);

    high = second & (ngx_asyncapi_json_block_range(b, '8', 2)
                     | ngx_asyncapi_json_block_range(&fold, 'a', 2));
    low = second & ngx_asyncapi_json_block_range(&fold, 'c', 4);

    low ^= ngx_asyncapi_json_behind(high, c->pair, 6);

    c->unicode = u;
    c->d = d;
    c->pair = high;

    return (digits & ~hex) | low;
}


/* what backslashes work on; returns what they must not */

static NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_escapes(ngx_asyncapi_json_scan_t *c,
    const ngx_asyncapi_json_block_t *b, uint64_t escaped)
{
    uint64_t  u, bad;

    u = escaped & ngx_asyncapi_json_block_is(b, 'u');

    bad = escaped & ~(u | ngx_asyncapi_json_block_is(b, '"')
                      | ngx_asyncapi_json_block_is(b, '\\')
                      | ngx_asyncapi_json_block_is(b, '/')
                      | ngx_asyncapi_json_block_is(b, 'b')
                      | ngx_asyncapi_json_block_is(b, 'f')
                      | ngx_asyncapi_json_block_is(b, 'n')
                      | ngx_asyncapi_json_block_is(b, 'r')
                      | ngx_asyncapi_json_block_is(b, 't'));

    if (u | c->unicode | c->d | c->pair) {
        bad |= ngx_asyncapi_json_unicode(c, b, u);
    }

    c->escapes = c->escape | c->unicode | c->d | c->pair;

    return bad;
}


/*
 * Numbers and words, of a block at p: scalar is all of their bytes, begin the
 * first of each.  Returns what is wrong, but for words and exponents, which
 * are put on their list.
 */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_scalars(ngx_asyncapi_json_scan_t *c,
    const ngx_asyncapi_json_block_t *b, uint64_t scalar, uint64_t begin,
    u_char *p)
{
    uint64_t  digit, dot, minus, sign, letter, after_letter;
    uint64_t  part, whole, zero, bad;

    digit = ngx_asyncapi_json_block_range(b, '0', 10) & scalar;
    dot = ngx_asyncapi_json_block_is(b, '.') & scalar;
    minus = ngx_asyncapi_json_block_is(b, '-') & scalar;

    /* letters, a plus, and what there should not be */

    letter = scalar & ~(digit | dot | minus);
    after_letter = ngx_asyncapi_json_after(letter, &c->letter);

    c->nletters = ngx_asyncapi_json_list(c, c->letters, c->nletters, p,
                                         letter & ~after_letter);

    /* only a minus begins a number or an exponent, and a dot does not */

    bad = (begin | after_letter) & dot;
    bad |= ~(begin | after_letter) & minus;

    /* a digit comes after both, and the digits after a dot end at no other */

    sign = ngx_asyncapi_json_after(begin & minus, &c->sign);
    part = ngx_asyncapi_json_after(dot, &c->dot);

    bad |= (sign | part) & ~digit;
    bad |= ngx_asyncapi_json_run(part, digit, &c->part) & dot;

    /* no digit comes after a zero that is the first one */

    whole = begin | sign;
    zero = ngx_asyncapi_json_block_is(b, '0') & whole;

    bad |= ngx_asyncapi_json_after(zero, &c->zero) & digit;

    return bad;
}


/* whether a number or a word may end before it */

static ngx_inline ngx_uint_t
ngx_asyncapi_json_ends(u_char ch)
{
    static const uint64_t  ends = 1ull << ' ' | 1ull << '\t' | 1ull << LF
                                  | 1ull << CR | 1ull << ',';

    return (((ch | 0x20) == '}') | (ends >> (ch & 63) & (ch < 64))) & 1;
}


/* an exponent's letter is at p, after a digit: whether all of it is right */

static ngx_inline ngx_uint_t
ngx_asyncapi_json_exponent(u_char *p, u_char *last)
{
    u_char  *digits;

    if ((*p | 0x20) != 'e' || last - p < 3) {
        return 0;
    }

    p++;

    if (*p == '+' || *p == '-') {
        p++;
    }

    digits = p;
    p = ngx_asyncapi_json_digits(p, last);

    return p > digits && p < last && ngx_asyncapi_json_ends(*p);
}


/* whether at p is a word; a bracket has to come after it */

static ngx_inline ngx_uint_t
ngx_asyncapi_json_word(u_char *p, u_char *last)
{
    uint32_t    head, tail;
    ngx_uint_t  four, five;

    static const uint32_t  true_word
        = ngx_asyncapi_json_four('t', 'r', 'u', 'e');
    static const uint32_t  null_word
        = ngx_asyncapi_json_four('n', 'u', 'l', 'l');
    static const uint32_t  alse_word
        = ngx_asyncapi_json_four('a', 'l', 's', 'e');

    if (last - p < 5) {
        return 0;
    }

    ngx_memcpy(&head, p, 4);
    ngx_memcpy(&tail, p + 1, 4);

    four = (head == true_word) | (head == null_word);
    five = (*p == 'f') & (tail == alse_word) & (last - p > 5);

    return (four | five) & ngx_asyncapi_json_ends(p[4 + five]);
}


/*
 * The letters of the batch that come after none: a word or an exponent begins.
 * Returns not 0 if one is wrong.
 */

static NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_letters(ngx_asyncapi_json_scan_t *c)
{
    u_char      *p;
    ngx_uint_t   i, good;

    good = 1;

    for (i = 0; i < c->nletters; i++) {
        p = c->batch + c->letters[i];

        if (ngx_asyncapi_json_is_digit(p[-1])) {
            good &= ngx_asyncapi_json_exponent(p, c->last);

        } else {
            good &= ngx_asyncapi_json_word(p, c->last);
        }
    }

    c->nletters = 0;

    return !good;
}

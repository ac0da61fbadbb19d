
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
 * The words that begin at these places, p stands at the block in the text;
 * returns the bytes of words or, where one is none, nothing.
 */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_words(ngx_asyncapi_json_scan_t *c, uint64_t begin, u_char *p)
{
    u_char      *word;
    uint32_t     head, tail;
    uint64_t     bits, mask;
    ngx_uint_t   i, five;

    static const uint32_t  true_word
        = ngx_asyncapi_json_four('t', 'r', 'u', 'e');
    static const uint32_t  null_word
        = ngx_asyncapi_json_four('n', 'u', 'l', 'l');
    static const uint32_t  alse_word
        = ngx_asyncapi_json_four('a', 'l', 's', 'e');

    bits = c->word;
    c->word = 0;

    for ( /* void */ ; begin; begin &= begin - 1) {
        i = __builtin_ctzll(begin);
        word = p + i;

        /* a bracket has to come after it */

        if (c->last - word < 5) {
            return 0;
        }

        ngx_memcpy(&head, word, 4);
        ngx_memcpy(&tail, word + 1, 4);

        five = (*word == 'f') & (tail == alse_word);

        if (!((head == true_word) | (head == null_word) | five)) {
            return 0;
        }

        mask = 0x0f + (five << 4);
        bits |= mask << i;
        c->word |= mask >> 1 >> (63 - i);
    }

    return bits;
}


/*
 * Numbers, at their first bytes and at all of them.  The digits are whole,
 * part or exponent; each run is known by what stands before it, and where it
 * ends by addition.
 */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_numbers(ngx_asyncapi_json_scan_t *c,
    const ngx_asyncapi_json_block_t *b, uint64_t digit, uint64_t begin,
    uint64_t number)
{
    uint64_t                   plus, minus, sign, dot, letter, exponent;
    uint64_t                   whole, whole_end, part_end, bad;
    ngx_asyncapi_json_block_t  fold;

    ngx_asyncapi_json_block_fold(&fold, b);

    digit &= number;
    minus = ngx_asyncapi_json_block_is(b, '-') & number;
    plus = ngx_asyncapi_json_block_is(b, '+') & number;
    dot = ngx_asyncapi_json_block_is(b, '.') & number;
    letter = ngx_asyncapi_json_block_is(&fold, 'e') & number;

    bad = number & ~(digit | minus | plus | dot | letter);

    sign = minus & begin;
    exponent = ngx_asyncapi_json_after(letter, &c->exponent);

    bad |= (minus | plus) & ~(sign | exponent);
    bad |= exponent & ~(digit | minus | plus);
    bad |= ngx_asyncapi_json_after(minus | plus | dot, &c->due) & ~digit;

    whole = digit & (begin | ngx_asyncapi_json_after(sign, &c->sign));
    whole_end = ngx_asyncapi_json_run(whole, digit, &c->whole);

    bad |= digit & ngx_asyncapi_json_after(
                       whole & ngx_asyncapi_json_block_is(b, '0'), &c->zero);
    bad |= dot & ~whole_end;

    part_end = ngx_asyncapi_json_run(
                   digit & ngx_asyncapi_json_after(dot, &c->dot), digit,
                   &c->part);

    bad |= letter & ~(whole_end | part_end);

    return bad;
}


/* the bytes that are in no string, in no gap and no brackets or the like */

static ngx_inline NGX_ASYNCAPI_JSON_TARGET uint64_t
ngx_asyncapi_json_scalars(ngx_asyncapi_json_scan_t *c,
    const ngx_asyncapi_json_block_t *b, uint64_t scalar, uint64_t begin,
    u_char *p)
{
    uint64_t  digit, word, number, words, bad;

    digit = ngx_asyncapi_json_block_range(b, '0', 10);

    words = begin & ~digit & ~ngx_asyncapi_json_block_is(b, '-');
    word = 0;
    bad = 0;

    if (words | c->word | c->word_end) {
        word = ngx_asyncapi_json_words(c, words, p);

        bad = words & ~word;
        bad |= ngx_asyncapi_json_after(word, &c->word_end) & scalar & ~word;
    }

    number = scalar & ~word;

    if (number | c->number) {
        bad |= ngx_asyncapi_json_numbers(c, b, digit, begin, number);
        c->number = number >> 63;
    }

    return bad;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * The same texts to the validator, to its form without SSE2, and to a plain
 * one that follows the grammar letter by letter: the case files, changed at
 * random.  What all accept is walked by both forms of json/; so is what all
 * refuse, for the text of a trusted upstream may be anything.
 *
 *     json_differential [COUNT [SEED]]   compares, for the test harness
 *     json_differential -                answers json_differential.py: reads
 *                                        a length (4 bytes, the lowest first)
 *                                        and a text, writes "1" or "0"
 */


#include <glob.h>
#include "json.h"
#include "json_plain.h"


#define MAX    1200                   /* bytes of a text */
#define TEXTS  1000
#define COUNT  60000


static ngx_pool_t  *pool;
static uint64_t     seed = 20240229;
static ngx_str_t    texts[TEXTS];     /* the first nvalid are accepted */
static ngx_uint_t   ntexts;
static ngx_uint_t   nvalid;


static const u_char *grammar_value(const u_char *p, const u_char *last,
    ngx_uint_t depth);
static ngx_uint_t result(const ngx_str_t *a, const ngx_str_t *b);


/* the grammar of RFC 8259; each returns the end or NULL */

static const u_char *
grammar_space(const u_char *p, const u_char *last)
{
    while (p < last && strchr(" \t\r\n", *p) && *p) {
        p++;
    }

    return p;
}


static const u_char *
grammar_digits(const u_char *p, const u_char *last)
{
    if (p == last || *p < '0' || *p > '9') {
        return NULL;
    }

    while (p < last && *p >= '0' && *p <= '9') {
        p++;
    }

    return p;
}


static const u_char *
grammar_number(const u_char *p, const u_char *last)
{
    if (p < last && *p == '-') {
        p++;
    }

    if (p < last && *p == '0') {
        p++;

    } else {
        p = grammar_digits(p, last);
    }

    if (p && p < last && *p == '.') {
        p = grammar_digits(p + 1, last);
    }

    if (p && p < last && (*p == 'e' || *p == 'E')) {
        p++;

        if (p < last && (*p == '+' || *p == '-')) {
            p++;
        }

        p = grammar_digits(p, last);
    }

    return p;
}


/* a character by its number, or -1; *p is moved behind it */

static long
grammar_character(const u_char **p, const u_char *last)
{
    long  ch;
    int   i, n;

    static const long  least[] = { 0, 0x80, 0x800, 0x10000 };

    ch = *(*p)++;

    if (ch < 0x80) {
        return ch;
    }

    n = (ch >= 0xf8) ? 0
        : (ch >= 0xf0) ? 3 : (ch >= 0xe0) ? 2 : (ch >= 0xc0) ? 1 : 0;

    if (n == 0) {
        return -1;
    }

    ch &= 0x3f >> n;

    for (i = 0; i < n; i++) {

        if (*p == last || (**p & 0xc0) != 0x80) {
            return -1;
        }

        ch = ch * 64 + (*(*p)++ & 0x3f);
    }

    if (ch < least[n] || ch > 0x10ffff || (ch >= 0xd800 && ch < 0xe000)) {
        return -1;
    }

    return ch;
}


static long
grammar_hex(const u_char *p, const u_char *last)
{
    char   s[5];
    char  *end;
    long   n;

    if (last - p < 4) {
        return -1;
    }

    memcpy(s, p, 4);
    s[4] = '\0';

    if (strspn(s, "0123456789abcdefABCDEF") != 4) {
        return -1;
    }

    n = strtol(s, &end, 16);

    return n;
}


static const u_char *
grammar_string(const u_char *p, const u_char *last)
{
    long  ch;

    if (p == last || *p++ != '"') {
        return NULL;
    }

    while (p < last) {

        if (*p == '"') {
            return p + 1;
        }

        if (*p != '\\') {
            ch = grammar_character(&p, last);

            if (ch < 0x20) {
                return NULL;
            }

            continue;
        }

        if (last - p < 2 || *++p == '\0' || !strchr("\"\\/bfnrtu", *p)) {
            return NULL;
        }

        if (*p++ != 'u') {
            continue;
        }

        ch = grammar_hex(p, last);
        p += 4;

        if (ch < 0 || (ch >= 0xdc00 && ch < 0xe000)) {
            return NULL;
        }

        if (ch >= 0xd800 && ch < 0xdc00) {

            if (last - p < 6 || *p != '\\' || p[1] != 'u') {
                return NULL;
            }

            ch = grammar_hex(p + 2, last);
            p += 6;

            if (ch < 0xdc00 || ch >= 0xe000) {
                return NULL;
            }
        }
    }

    return NULL;
}


static const u_char *
grammar_members(const u_char *p, const u_char *last, ngx_uint_t depth)
{
    ngx_uint_t  object;

    object = (*p == '{');

    if (++depth > NGX_ASYNCAPI_JSON_MAX_DEPTH) {
        return NULL;
    }

    p = grammar_space(p + 1, last);

    if (p < last && *p == (object ? '}' : ']')) {
        return p + 1;
    }

    for ( ;; ) {

        if (object) {
            p = grammar_string(grammar_space(p, last), last);
            if (p == NULL) {
                return NULL;
            }

            p = grammar_space(p, last);
            if (p == last || *p++ != ':') {
                return NULL;
            }
        }

        p = grammar_value(grammar_space(p, last), last, depth);
        if (p == NULL) {
            return NULL;
        }

        p = grammar_space(p, last);
        if (p == last) {
            return NULL;
        }

        if (*p == (object ? '}' : ']')) {
            return p + 1;
        }

        if (*p++ != ',') {
            return NULL;
        }
    }
}


static const u_char *
grammar_value(const u_char *p, const u_char *last, ngx_uint_t depth)
{
    if (p == last) {
        return NULL;
    }

    switch (*p) {

    case '{':
    case '[':
        return grammar_members(p, last, depth);

    case '"':
        return grammar_string(p, last);

    case 't':
        return (last - p >= 4 && !memcmp(p, "true", 4)) ? p + 4 : NULL;

    case 'f':
        return (last - p >= 5 && !memcmp(p, "false", 5)) ? p + 5 : NULL;

    case 'n':
        return (last - p >= 4 && !memcmp(p, "null", 4)) ? p + 4 : NULL;

    default:
        return grammar_number(p, last);
    }
}


static ngx_int_t
grammar(const ngx_str_t *text)
{
    const u_char  *p, *last;

    if (text->len == 0) {
        return NGX_ERROR;
    }

    last = text->data + text->len;
    p = grammar_value(grammar_space(text->data, last), last, 0);

    return (p && grammar_space(p, last) == last) ? NGX_OK : NGX_ERROR;
}


static ngx_uint_t
chance(ngx_uint_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;

    return seed % n;
}


/* a piece of JSON, or a byte that matters, or any byte */

static size_t
piece(u_char *dst)
{
    size_t       len;
    const char  *s;

    static const char   bytes[] = "\"\"\"\\\\{}[],,::  \n\t-+.0123456789eE"
                                  "abfnrtu/\x01\x1f\x7f\x80\xbf\xc2\xe0\xed"
                                  "\xef\xf0\xf4\xff";
    static const char  *pieces[] = {
        "null", "true", "false", "{}", "[]", "\"\"", "\"a\":", "1.5e-3", "-0",
        "\\u0041", "\\ud83d\\ude00", "\\ud800", "\\n", "\\\\", "\\\"", ",1",
        "\xc3\xa9", "\xe6\xbc\xa2", "\xf0\x9f\x98\x80", "\xed\x9f\xbf",
        "\xed\xa0\x80", "\xf4\x8f\xbf\xbf", "\xe0\xa0\x80", "\xf0\x90\x80\x80",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "                 ", "[[[[[[[[",
        "0123456789012345678"
    };

    switch (chance(4)) {

    case 0:
        *dst = (u_char) chance(256);
        return 1;

    case 1:
        s = pieces[chance(sizeof(pieces) / sizeof(pieces[0]))];
        len = strlen(s);
        memcpy(dst, s, len);
        return len;

    default:
        *dst = (u_char) bytes[chance(sizeof(bytes) - 1)];
        return 1;
    }
}


/* one of the texts, changed at a place or some; room for MAX + 64 bytes */

static size_t
mutate(u_char *text)
{
    size_t       len, at, n;
    u_char       dst[64];
    ngx_str_t   *from;
    ngx_uint_t   times;

    from = &texts[chance(chance(5) ? nvalid : ntexts)];
    len = from->len;
    memcpy(text, from->data, len);

    for (times = 1 + chance(2); times; times--) {

        at = len ? chance(len) : 0;

        switch (chance(6)) {

        case 0:                                         /* leave out */
            n = 1 + chance(4);
            n = ngx_min(n, len - at);
            memmove(text + at, text + at + n, len - at - n);
            len -= n;
            break;

        case 1:                                         /* cut off */
            len = at;
            break;

        case 2:                                         /* replace */
            if (len) {
                (void) piece(dst);
                text[at] = dst[0];
            }
            break;

        case 3:                                         /* repeat */
            n = 1 + chance(32);
            n = ngx_min(n, len - at);

            if (len + n <= MAX) {
                memmove(text + at + n, text + at, len - at);
                len += n;
            }
            break;

        default:                                        /* insert */
            n = piece(dst);

            if (len + n <= MAX) {
                memmove(text + at + n, text + at, len - at);
                memcpy(text + at, dst, n);
                len += n;
            }
        }
    }

    return len;
}


/*
 * Both forms walk alike and what they make of a valid text is valid.  Of any
 * other nothing is asked but that they stay in it and come to an end.
 */

static ngx_uint_t
walk(const ngx_str_t *text, ngx_uint_t valid)
{
    ngx_str_t                 a, b;
    ngx_int_t                 rc, rc2;
    ngx_uint_t                i, same;
    ngx_pool_t               *temp;
    ngx_asyncapi_json_iter_t  it, plain;

    static const char         *paths[] = { "a", "[*]", "[0].a", "a[*].b",
                                           "[*][*]", "[*][*][*]", "[-1]",
                                           "." };
    ngx_asyncapi_json_path_t   path;

    temp = ngx_create_pool(1024, pool->log);
    same = 1;

    ngx_asyncapi_json_iterate(&it, text);
    plain_iterate(&plain, text);

    while (ngx_asyncapi_json_next(&it)) {
        same &= plain_next(&plain)
                && json_same(&it.key, &plain.key)
                && json_same(&it.value, &plain.value)
                && ngx_asyncapi_json_key_hash(&it.key)
                   == plain_key_hash(&plain.key)
                && ngx_asyncapi_json_key_equal(&it.key, &plain.key)
                && ngx_asyncapi_json_truthy(&it.value)
                   == plain_truthy(&it.value);
    }

    same &= !plain_next(&plain);
    same &= ngx_asyncapi_json_count(text) == plain_count(text);

    for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        path = json_path(temp, paths[i]);

        rc = ngx_asyncapi_json_get(temp, text, path.steps, path.nsteps, &a);
        rc2 = plain_get(temp, text, path.steps, path.nsteps, &b);

        same &= (rc == rc2)
                && (rc == NGX_DECLINED || result(&a, &b));

        rc = ngx_asyncapi_json_pick(temp, text, &path, 1, &a);
        rc2 = plain_pick(temp, text, &path, 1, &b);

        same &= rc == NGX_OK && rc2 == NGX_OK && result(&a, &b);

        rc = ngx_asyncapi_json_omit(temp, text, &path, 1, &a);
        rc2 = plain_omit(temp, text, &path, 1, &b);

        same &= rc == NGX_OK && rc2 == NGX_OK && result(&a, &b);
    }

    same |= !valid;

    rc = ngx_asyncapi_json_quote(temp, text, &a);
    rc2 = plain_quote(temp, text, &b);

    same &= rc == NGX_OK && rc2 == NGX_OK && result(&a, &b);

    ngx_destroy_pool(temp);

    return same;
}


static ngx_uint_t
result(const ngx_str_t *a, const ngx_str_t *b)
{
    ngx_str_t  value;

    value = *a;

    return json_same(a, b)
           && ngx_asyncapi_json_validate(&value, NULL) == NGX_OK;
}


static void
show(const char *what, const ngx_str_t *text)
{
    size_t  i;

    printf("# %s: ", what);

    for (i = 0; i < text->len; i++) {
        printf(text->data[i] < ' ' || text->data[i] > '~' ? "\\x%02x" : "%c",
               text->data[i]);
    }

    printf("\n");
}


static void
compare(ngx_uint_t count)
{
    u_char                     *buf;
    ngx_int_t                   rc, rc2;
    ngx_str_t                   text, value, plain;
    ngx_uint_t                  n, accepted, differ, walked;
    ngx_asyncapi_json_error_t   err, err2;

    buf = ngx_palloc(pool, MAX + 64);
    accepted = 0;
    differ = 0;
    walked = 0;

    for (n = 0; n < count; n++) {
        text = json_block(buf, mutate(buf));
        value = text;
        plain = text;

        rc = ngx_asyncapi_json_validate(&value, &err);
        rc2 = plain_validate(&plain, &err2);

        if (rc != rc2 || rc != grammar(&text)
            || !json_same(&value, &plain)
            || (rc == NGX_ERROR && (err.offset != err2.offset
                                    || strcmp(err.message, err2.message))))
        {
            differ++;
            show("another verdict", &text);
        }

        accepted += (rc == NGX_OK);

        if (!walk(&value, rc == NGX_OK)) {
            walked++;
            show("another walk", &text);
        }

        free(text.data);

        if (differ + walked > 10) {
            break;
        }
    }

    is_int(differ, 0, "one verdict on each of %lu texts",
           (unsigned long) count);
    is_int(walked, 0, "one way through each");
    ok(accepted > count / 20 && accepted < count,
       "%lu of them are accepted", (unsigned long) accepted);
}


static void
answer(void)
{
    u_char     head[4];
    ngx_str_t  text, value;

    while (fread(head, 1, 4, stdin) == 4) {
        text.len = head[0] | head[1] << 8 | head[2] << 16
                   | (size_t) head[3] << 24;
        text.data = malloc(text.len ? text.len : 1);

        if (text.data == NULL
            || fread(text.data, 1, text.len, stdin) != text.len)
        {
            exit(2);
        }

        value = text;

        putchar(ngx_asyncapi_json_validate(&value, NULL) == NGX_OK ? '1'
                                                                   : '0');
        fflush(stdout);

        free(text.data);
    }
}


int
main(int argc, char **argv)
{
    size_t     i;
    glob_t     found;
    ngx_str_t  text;

    pool = unit_start();

    if (argc > 1 && strcmp(argv[1], "-") == 0) {
        answer();
        ngx_destroy_pool(pool);
        return 0;
    }

    if (argc > 2) {
        seed += strtoull(argv[2], NULL, 10);
    }

    if (glob("t/unit/json/y_*.json", 0, NULL, &found) != 0
        || glob("t/unit/json/[in]_*.json", GLOB_APPEND, NULL, &found) != 0)
    {
        printf("Bail out! no t/unit/json/*.json from here\n");
        return 2;
    }

    for (i = 0; i < found.gl_pathc && ntexts < TEXTS; i++) {
        text = unit_read_file(pool, found.gl_pathv[i]);

        if (text.len < MAX) {
            texts[ntexts++] = text;
            nvalid += (strstr(found.gl_pathv[i], "/y_") != NULL);
        }
    }

    globfree(&found);

    compare(argc > 1 ? strtoul(argv[1], NULL, 10) : COUNT);

    return unit_done();
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * What is JSON, once more: the grammar of RFC 8259 letter by letter, so plain
 * that it is easily seen to be right.
 */


#include "json.h"


static const u_char *grammar_value(const u_char *p, const u_char *last,
    ngx_uint_t depth);


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


ngx_int_t
json_grammar(const ngx_str_t *text)
{
    const u_char  *p, *last;

    if (text->len == 0) {
        return NGX_ERROR;
    }

    last = text->data + text->len;
    p = grammar_value(grammar_space(text->data, last), last, 0);

    return (p && grammar_space(p, last) == last) ? NGX_OK : NGX_ERROR;
}

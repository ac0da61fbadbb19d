
/*
 * Copyright (C) The asyncapi module authors
 *
 * The case files of t/unit/json/, changed at random.
 */


#include <glob.h>
#include "json.h"


#define TEXTS  1000


static uint64_t    seed = 20240229;
static ngx_str_t   texts[TEXTS];      /* the first nvalid are accepted */
static ngx_uint_t  ntexts;
static ngx_uint_t  nvalid;


void
json_mutate_start(ngx_pool_t *pool, uint64_t n)
{
    size_t     i;
    glob_t     found;
    ngx_str_t  text;

    seed += n;

    if (glob("t/unit/json/y_*.json", 0, NULL, &found) != 0
        || glob("t/unit/json/[in]_*.json", GLOB_APPEND, NULL, &found) != 0)
    {
        printf("Bail out! no t/unit/json/*.json from here\n");
        exit(2);
    }

    for (i = 0; i < found.gl_pathc && ntexts < TEXTS; i++) {
        text = unit_read_file(pool, found.gl_pathv[i]);

        if (text.len < JSON_MAX) {
            texts[ntexts++] = text;
            nvalid += (strstr(found.gl_pathv[i], "/y_") != NULL);
        }
    }

    globfree(&found);
}


ngx_uint_t
json_chance(ngx_uint_t n)
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

    switch (json_chance(4)) {

    case 0:
        *dst = (u_char) json_chance(256);
        return 1;

    case 1:
        s = pieces[json_chance(sizeof(pieces) / sizeof(pieces[0]))];
        len = strlen(s);
        memcpy(dst, s, len);
        return len;

    default:
        *dst = (u_char) bytes[json_chance(sizeof(bytes) - 1)];
        return 1;
    }
}


size_t
json_mutate(u_char *text)
{
    size_t       len, at, n;
    u_char       dst[64];
    ngx_str_t   *from;
    ngx_uint_t   times;

    from = &texts[json_chance(json_chance(5) ? nvalid : ntexts)];
    len = from->len;
    memcpy(text, from->data, len);

    for (times = 1 + json_chance(2); times; times--) {

        at = len ? json_chance(len) : 0;

        switch (json_chance(6)) {

        case 0:                                         /* leave out */
            n = 1 + json_chance(4);
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
            n = 1 + json_chance(32);
            n = ngx_min(n, len - at);

            if (len + n <= JSON_MAX) {
                memmove(text + at + n, text + at, len - at);
                len += n;
            }
            break;

        default:                                        /* insert */
            n = piece(dst);

            if (len + n <= JSON_MAX) {
                memmove(text + at + n, text + at, len - at);
                memcpy(text + at, dst, n);
                len += n;
            }
        }
    }

    return len;
}


void
json_show(const char *what, const ngx_str_t *text)
{
    size_t  i;

    printf("# %s: ", what);

    for (i = 0; i < text->len; i++) {
        printf(text->data[i] < ' ' || text->data[i] > '~' ? "\\x%02x" : "%c",
               text->data[i]);
    }

    printf("\n");
}

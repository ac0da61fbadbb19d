
/*
 * Copyright (C) The asyncapi module authors
 *
 * Strings: UTF-8, escaping and back, and names however they are written.
 */


#include "json.h"


typedef struct {
    const char  *text;
    size_t       len;
    const char  *other;
} pair_t;


#define PAIR(text, other)  { text, sizeof(text) - 1, other }
#define END                { NULL, 0, NULL }


static ngx_pool_t  *pool;


/* bytes, and what stands for them between the quotes of a string */

static pair_t  escapes[] = {
    PAIR("", ""),
    PAIR("plain", "plain"),
    PAIR("a\"b", "a\\\"b"),
    PAIR("a\\b", "a\\\\b"),
    PAIR("a/b", "a/b"),
    PAIR("\b\f\n\r\t", "\\b\\f\\n\\r\\t"),
    PAIR("\0", "\\u0000"),
    PAIR("\x01\x07\x0b\x0e\x1f", "\\u0001\\u0007\\u000b\\u000e\\u001f"),
    PAIR("\x7f", "\x7f"),
    PAIR("\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80",
         "\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80"),
    PAIR("0123456789abcde\"", "0123456789abcde\\\""),
    PAIR("0123456789abcdef\"", "0123456789abcdef\\\""),
    PAIR("0123456789abcdef0123456789abcd\n\"",
         "0123456789abcdef0123456789abcd\\n\\\""),
    PAIR("0123456789abcd\xc3\xa9" "f", "0123456789abcd\xc3\xa9" "f"),
    END
};


#define FFFD  "\xef\xbf\xbd"

/* not UTF-8, and what becomes of it (Unicode, table 3-8 and about it) */

static pair_t  broken[] = {
    PAIR("\x80", FFFD),
    PAIR("\xff", FFFD),
    PAIR("a\xff" "b", "a" FFFD "b"),
    PAIR("\xc0\xaf", FFFD FFFD),
    PAIR("\xc3", FFFD),
    PAIR("\xc3" "a", FFFD "a"),
    PAIR("\xe6\xbc", FFFD),
    PAIR("\xe6\xbc" "a", FFFD "a"),
    PAIR("\xf0\x9f\x98", FFFD),
    PAIR("\xf0\x9f\x98" "a", FFFD "a"),
    PAIR("\xf0\x9f\xc3\xa9", FFFD "\xc3\xa9"),
    PAIR("\xed\xa0\x80", FFFD FFFD FFFD),
    PAIR("\xed\x9f", FFFD),
    PAIR("\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD),
    PAIR("\xf5\x80", FFFD FFFD),
    PAIR("\xe0\x80\xaf", FFFD FFFD FFFD),
    PAIR("\xf0\x8f\xbf\xbf", FFFD FFFD FFFD FFFD),
    PAIR("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82" "A",
         FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD "A"),
    PAIR("\xed\xa0\x80\xed\xbf\xbf\xed\xaf" "A",
         FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD "A"),
    PAIR("\xf4\x91\x92\x93\xff" "A\x80\xbf" "B",
         FFFD FFFD FFFD FFFD FFFD "A" FFFD FFFD "B"),
    PAIR("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf" "A",
         FFFD FFFD FFFD FFFD "A"),
    END
};


/* the inside of a string, and its text */

static pair_t  insides[] = {
    PAIR("", ""),
    PAIR("\"\\/\b\f\n\r\t", "\\\"\\\\\\/\\b\\f\\n\\r\\t"),
    PAIR("A\xc3\xa9\xe6\xbc\xa2", "\\u0041\\u00e9\\u6f22"),
    PAIR("\xef\xbf\xbf\xee\x80\x80\xed\x9f\xbf", "\\uffff\\uE000\\ud7Ff"),
    PAIR("\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80",
         "\\u007f\\u0080\\u07ff\\u0800"),
    PAIR("\xf0\x90\x80\x80", "\\ud800\\udc00"),
    PAIR("\xf0\x9f\x98\x80", "\\uD83D\\uDE00"),
    PAIR("\xf4\x8f\xbf\xbf", "\\udbff\\udfff"),
    PAIR("a\0b", "a\\u0000b"),
    PAIR("plain\\text", "plain\\\\text"),
    PAIR("\\u0041", "\\\\u0041"),
    PAIR("a long text \n of \t several pieces",
         "a long text \\n of \\t several pieces"),

    /* never validated: no sense in it, but no harm either */

    PAIR("a\\", "a\\"),
    PAIR("a\\u12", "a\\u12"),
    PAIR("a\\u12g4", "a\\u12g4"),
    PAIR("x", "\\x"),
    PAIR(FFFD, "\\ud800"),
    PAIR(FFFD "A", "\\ud800\\u0041"),
    PAIR(FFFD FFFD, "\\udc00\\ud800"),
    PAIR(FFFD "\\u12", "\\ud800\\u12"),
    END
};


static void
escape(pair_t *pairs, const char *what)
{
    size_t      len;
    u_char     *end;
    pair_t     *p;
    ngx_str_t   src, dst, value;

    for (p = pairs; p->text; p++) {
        src = json_block(p->text, p->len);

        len = ngx_asyncapi_json_escape_len(src.data, src.len);

        is_int(len, strlen(p->other), "%s: the length for %s", what, p->other);

        dst.data = malloc(len + 1);
        end = ngx_asyncapi_json_escape(dst.data, src.data, src.len);
        dst.len = end - dst.data;

        is_str(&dst, p->other, "%s: %s", what, p->other);

        is_int(ngx_asyncapi_json_quote(pool, &src, &value), NGX_OK, "quoted");

        ok(value.len == len + 2 && value.data[0] == '"'
           && value.data[len + 1] == '"'
           && memcmp(value.data + 1, p->other, len) == 0, "with its quotes");

        is_int(ngx_asyncapi_json_validate(&value, NULL), NGX_OK, "a value");

        free(src.data);
        free(dst.data);
    }
}


static void
unescape(pair_t *pairs)
{
    size_t        len;
    pair_t       *p;
    ngx_str_t     inside, text;
    const char   *from;

    for (p = pairs; p->text; p++) {
        from = p->other;

        inside = json_text(from);
        text.data = malloc(inside.len + 1);

        text.len = ngx_asyncapi_json_unescape(text.data, &inside) - text.data;

        ok(text.len == p->len && memcmp(text.data, p->text, p->len) == 0,
           "the text of %s", from);
        ok(text.len <= inside.len, "is not longer");

        free(text.data);

        /* and over itself */

        if (inside.len) {
            len = ngx_asyncapi_json_unescape(inside.data, &inside)
                  - inside.data;

            ok(len == p->len && memcmp(inside.data, p->text, len) == 0,
               "the same in place");
        }

        free(inside.data);
    }
}


static void
every_byte(void)
{
    size_t      len;
    u_char      out[16], back[16];
    ngx_str_t   inside;
    ngx_uint_t  ch, wrong;

    wrong = 0;

    for (ch = 0; ch < 0x80; ch++) {
        back[0] = (u_char) ch;

        inside.data = out;
        inside.len = ngx_asyncapi_json_escape(out, back, 1) - out;

        wrong += inside.len != ngx_asyncapi_json_escape_len(back, 1);

        back[0] = (u_char) ~ch;
        len = ngx_asyncapi_json_unescape(back, &inside) - back;

        wrong += len != 1 || back[0] != ch;
    }

    is_int(wrong, 0, "every byte of ASCII comes back as it was");
}


/* \uXXXX for all there are, against a plain encoder */

static void
every_escape(void)
{
    char        s[8];
    u_char      want[4], got[8];
    size_t      len;
    ngx_str_t   inside;
    ngx_uint_t  ch, wrong;

    wrong = 0;

    for (ch = 0; ch < 0x10000; ch++) {

        if (ch < 0x80) {
            len = 1;
            want[0] = (u_char) ch;

        } else if (ch < 0x800) {
            len = 2;
            want[0] = (u_char) (0xc0 + ch / 64);
            want[1] = (u_char) (0x80 + ch % 64);

        } else if (ch >= 0xd800 && ch < 0xe000) {
            len = 3;
            memcpy(want, FFFD, 3);

        } else {
            len = 3;
            want[0] = (u_char) (0xe0 + ch / 4096);
            want[1] = (u_char) (0x80 + ch / 64 % 64);
            want[2] = (u_char) (0x80 + ch % 64);
        }

        snprintf(s, sizeof(s), ch % 2 ? "\\u%04x" : "\\u%04X", (unsigned) ch);

        inside.data = (u_char *) s;
        inside.len = 6;

        wrong += (size_t) (ngx_asyncapi_json_unescape(got, &inside) - got)
                 != len || memcmp(got, want, len) != 0;
    }

    is_int(wrong, 0, "every \\uXXXX");
}


static void
utf8(void)
{
    size_t      n;
    pair_t     *p;
    ngx_str_t   s;

    ok(ngx_asyncapi_json_utf8_valid(NULL, 0), "no bytes are UTF-8");

    for (p = escapes; p->text; p++) {
        s = json_block(p->text, p->len);
        ok(ngx_asyncapi_json_utf8_valid(s.data, s.len), "UTF-8: %s", p->other);
        free(s.data);
    }

    for (p = broken; p->text; p++) {

        /* at every place of a text that is long enough for any block */

        for (n = 0; n < 40; n++) {
            s.len = 40 + p->len;
            s.data = malloc(s.len);

            memset(s.data, 'a', s.len);
            memcpy(s.data + n, p->text, p->len);

            if (ngx_asyncapi_json_utf8_valid(s.data, s.len)) {
                break;
            }

            free(s.data);
        }

        is_int(n, 40, "not UTF-8 anywhere: %s", p->other);
    }
}


static void
key(const char *escaped, const char *text, size_t len, ngx_uint_t same)
{
    ngx_str_t  a, b;

    a = json_text(escaped);
    b = json_block(text, len);

    is_int(ngx_asyncapi_json_key_is(&a, &b), same, "\"%s\" is%s %s", escaped,
           same ? "" : " not", text);

    free(a.data);
    free(b.data);
}


static void
equal(const char *x, const char *y, ngx_uint_t same)
{
    ngx_str_t  a, b;

    a = json_text(x);
    b = json_text(y);

    is_int(ngx_asyncapi_json_key_equal(&a, &b), same, "\"%s\" and \"%s\"", x,
           y);
    is_int(ngx_asyncapi_json_key_equal(&b, &a), same, "the other way round");

    free(a.data);
    free(b.data);
}


static void
keys(void)
{
    key("", "", 0, 1);
    key("a", "", 0, 0);
    key("", "a", 1, 0);
    key("name", "name", 4, 1);
    key("name", "nama", 4, 0);
    key("name", "names", 5, 0);
    key("names", "name", 4, 0);
    key("\\u006eame", "name", 4, 1);
    key("nam\\u0065", "name", 4, 1);
    key("nam\\u0065x", "name", 4, 0);
    key("nam\\u0065", "names", 5, 0);
    key("nam\\u0066", "name", 4, 0);
    key("\\u0041", "\\u0041", 6, 0);
    key("\\\\u0041", "\\u0041", 6, 1);
    key("a\\/b", "a/b", 3, 1);
    key("\\n", "\n", 1, 1);
    key("\\n", "\\n", 2, 0);
    key("a\\u0000b", "a\0b", 3, 1);
    key("a\\u0000b", "a", 1, 0);
    key("\\ud83d\\ude00", "\xf0\x9f\x98\x80", 4, 1);
    key("\\u00e9", "\xc3\xa9", 2, 1);
    key("\xc3\xa9", "\xc3\xa9", 2, 1);
    key("\\u00e9", "\xc3\xa8", 2, 0);

    equal("", "", 1);
    equal("a", "", 0);
    equal("name", "name", 1);
    equal("name", "nome", 0);
    equal("n\\u0061me", "name", 1);
    equal("n\\u0061me", "\\u006eame", 1);
    equal("n\\u0061me", "n\\u0062me", 0);
    equal("n\\u0061me", "n\\u0061mes", 0);
    equal("\\u000a", "\\n", 1);
    equal("\\u000A", "\\u000a", 1);
    equal("\\ud83d\\ude00", "\xf0\x9f\x98\x80", 1);
    equal("\\ud83d\\ude00", "\\uD83D\\uDE00", 1);
    equal("\\ud83d\\ude00", "\\ud83d\\ude01", 0);
    equal("\\\\n", "\\n", 0);
    equal("\\/", "/", 1);
}


int
main(void)
{
    pool = unit_start();

    escape(escapes, "escape");
    escape(broken, "replace");
    unescape(escapes);
    unescape(insides);
    every_byte();
    every_escape();
    utf8();
    keys();

    return unit_done();
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * The validator: the case files of t/unit/json/, what it says about errors,
 * and texts cut off at every byte.
 */


#include <glob.h>
#include "json.h"


typedef struct {
    const char  *text;
    const char  *message;
    size_t       offset;
} fault_t;


static ngx_pool_t  *pool;


static fault_t  faults[] = {
    { "", "expected a value", 0 },
    { "  ", "expected a value", 2 },
    { "[1,2", "expected \",\" or \"]\"", 4 },
    { "[1,]", "expected a value", 3 },
    { "[1 2]", "expected \",\" or \"]\"", 3 },
    { "{\"a\":1", "expected \",\" or \"}\"", 6 },
    { "{\"a\":1]", "expected \",\" or \"}\"", 6 },
    { "{\"a\" 1}", "expected \":\"", 5 },
    { "{\"a\":}", "expected a value", 5 },
    { "{\"a\":1,}", "expected a member's name", 7 },
    { "{a:1}", "expected a member's name", 1 },
    { "  {\"a\":tru}", "expected a value", 7 },
    { "01", "number with a leading zero", 1 },
    { "[-]", "invalid number", 2 },
    { "[1.]", "invalid number", 3 },
    { "[1e+]", "invalid number", 4 },
    { "\"abc", "unterminated string", 4 },
    { "\"abc\\", "unterminated string", 5 },
    { "\"a\tb\"", "control character in a string", 2 },
    { "\"a\\x\"", "invalid escape", 2 },
    { "\"a\\u12g4\"", "invalid escape", 2 },
    { "\"a\\ud800\"", "half of a surrogate pair", 2 },
    { "\"a\\udc00\"", "half of a surrogate pair", 2 },
    { "\"a\xc3\"", "invalid UTF-8", 2 },
    { "\"\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\"", "invalid UTF-8", 9 },
    { "\xef\xbb\xbf{}", "byte order mark", 0 },
    { "{} x", "unexpected text after the end", 3 },
    { "1,", "unexpected text after the end", 1 },
    { NULL, NULL, 0 }
};


static ngx_int_t
verdict(const ngx_str_t *text, size_t len)
{
    ngx_str_t                  value, copy;
    ngx_int_t                  rc;
    ngx_asyncapi_json_error_t  err;

    copy = json_block(text->data, len);
    value = copy;

    err.message = NULL;
    err.offset = 0;

    rc = ngx_asyncapi_json_validate(&value, &err);

    if (rc == NGX_OK) {

        /* trimmed: it lies inside, begins and ends with no white space */

        if (value.data < copy.data
            || value.data + value.len > copy.data + copy.len
            || value.len == 0
            || value.data[0] <= ' '
            || value.data[value.len - 1] <= ' ')
        {
            rc = NGX_ABORT;
        }

    } else if (value.data != copy.data || value.len != copy.len
               || err.message == NULL || err.offset > copy.len)
    {
        rc = NGX_ABORT;
    }

    value = copy;

    if (ngx_asyncapi_json_validate(&value, NULL) != rc) {
        rc = NGX_ABORT;
    }

    free(copy.data);

    return rc;
}


/* the text behind 0 to 70 bytes of white space; alone it is what counts */

static ngx_uint_t
moved(const ngx_str_t *text, ngx_int_t rc)
{
    size_t     n;
    ngx_str_t  s;

    s.data = malloc(text->len + 70);

    for (n = 0; n <= 70; n++) {
        memset(s.data, ' ', n);
        memcpy(s.data + n, text->data, text->len);
        s.len = n + text->len;

        if (verdict(&s, s.len) != rc) {
            break;
        }
    }

    free(s.data);

    return n == 71;
}


/* of a text that is more than a number no beginning is a text */

static ngx_uint_t
cut(const ngx_str_t *text)
{
    size_t     n;
    ngx_str_t  value;

    value = *text;
    (void) ngx_asyncapi_json_validate(&value, NULL);

    if (ngx_asyncapi_json_type(&value) == NGX_ASYNCAPI_JSON_NUMBER) {

        for (n = 0; n < text->len; n++) {
            if (verdict(text, n) == NGX_ABORT) {
                return 0;
            }
        }

        return 1;
    }

    for (n = 0; n < (size_t) (value.data + value.len - text->data); n++) {
        if (verdict(text, n) != NGX_ERROR) {
            diag("cut at %lu", (unsigned long) n);
            return 0;
        }
    }

    return 1;
}


static void
file(const char *path)
{
    ngx_str_t    text;
    ngx_int_t    rc;
    const char  *name;

    name = strrchr(path, '/') + 1;

    rc = (name[0] == 'y' || ngx_strncmp(name, "i_y_", 4) == 0) ? NGX_OK
                                                              : NGX_ERROR;

    text = unit_read_file(pool, path);

    is_int(verdict(&text, text.len), rc, "%s", name);

    if (text.len < 2000) {
        ok(moved(&text, rc), "%s behind white space", name);
    }

    if (rc == NGX_OK && text.len < 5000) {
        ok(cut(&text), "%s cut off at every byte", name);
    }
}


static void
files(void)
{
    size_t  i;
    glob_t  found;

    if (glob("t/unit/json/*.json", 0, NULL, &found) != 0) {
        printf("Bail out! no t/unit/json/*.json from here\n");
        exit(2);
    }

    for (i = 0; i < found.gl_pathc; i++) {
        file(found.gl_pathv[i]);
    }

    ok(found.gl_pathc > 400, "there are case files");

    globfree(&found);
}


static void
errors(void)
{
    fault_t                    *f;
    ngx_str_t                   text;
    ngx_asyncapi_json_error_t   err;

    err.message = "";
    err.offset = 0;

    for (f = faults; f->text; f++) {
        text = json_text(f->text);

        is_int(ngx_asyncapi_json_validate(&text, &err), NGX_ERROR,
               "refused: %s", f->text);
        ok(strcmp(err.message, f->message) == 0, "because: %s", err.message);
        is_int(err.offset, f->offset, "at byte %lu", (unsigned long) f->offset);

        free(text.data);
    }

    text.len = 600;
    text.data = malloc(600);
    memset(text.data, '[', 600);

    is_int(ngx_asyncapi_json_validate(&text, &err), NGX_ERROR, "600 levels");
    ok(strcmp(err.message, "nested too deeply") == 0, "%s", err.message);
    is_int(err.offset, 512, "at the bracket that is one too many");

    free(text.data);
}


static void
trimming(void)
{
    ngx_str_t  text, value;

    ngx_str_null(&value);

    is_int(ngx_asyncapi_json_validate(&value, NULL), NGX_ERROR,
           "no text at all");

    text = json_text(" \t\r\n{ \"a\" : 1 }\n\n ");
    value = text;

    is_int(ngx_asyncapi_json_validate(&value, NULL), NGX_OK, "white space");
    is_str(&value, "{ \"a\" : 1 }", "is trimmed around, not inside");
    ok(value.data == text.data + 4, "and the value stays where it was");

    free(text.data);

    text = json_text("42");
    value = text;

    is_int(ngx_asyncapi_json_validate(&value, NULL), NGX_OK, "no white space");
    is_str(&value, "42", "nothing is trimmed");

    free(text.data);
}


/* all that four bytes in a string can be, but for what the first decides */

static void
utf8(void)
{
    size_t      n;
    u_char      s[6];
    ngx_uint_t  a, b, c, d, wrong, valid;
    ngx_str_t   text;

    static u_char  tail[] = { 'a', 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
                              0xc0, 0xff };

    wrong = 0;
    valid = 0;
    s[0] = '"';
    s[5] = '"';

    for (a = 0x80; a < 0x100; a++) {
        for (b = 0; b < 0x100; b++) {
            for (c = 0; c < sizeof(tail); c++) {
                for (d = 0; d < sizeof(tail); d++) {
                    s[1] = (u_char) a;
                    s[2] = (u_char) (b < 0x20 || b == '"' || b == '\\'
                                     ? 'b' : b);
                    s[3] = tail[c];
                    s[4] = tail[d];

                    text.data = s;
                    text.len = 6;

                    n = ngx_asyncapi_json_utf8_valid(s + 1, 4);
                    valid += n;

                    wrong += (ngx_asyncapi_json_validate(&text, NULL)
                              == NGX_OK) != n;
                }
            }
        }
    }

    is_int(wrong, 0, "the automaton and the plain check agree on UTF-8");
    is_int(valid, 28416, "and on how many of these are valid");
}


int
main(void)
{
    pool = unit_start();

    files();
    errors();
    trimming();
    utf8();

    return unit_done();
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * The forms of the validator, each of them that this processor is able to,
 * against the plain form, the grammar and cJSON.  They take blocks of 64
 * bytes, so every case file is put at every place of a block, behind white
 * space and behind a string, and cut off there at every byte; then the case
 * files changed at random are put anywhere among others.
 *
 *     json_forms [COUNT [SEED]]    how many of the latter, 60000 unless told
 *
 * cJSON is asked where it knows: it accepts every text that is valid, but for
 * numbers of more than 63 bytes, and it refuses brackets, commas, colons and
 * names that are wrong.  It does not refuse control characters (which it
 * takes for white space or leaves in a string), wrong UTF-8, most of what is
 * wrong with numbers and escapes, or 513 to 1000 levels.
 */


#include <ctype.h>
#include <glob.h>
#include <cjson/cJSON.h>
#include "json.h"
#include "ngx_asyncapi_json_validate.h"


#define COUNT   60000
#define PLACES  130


static ngx_pool_t  *pool;


/* whether all forms say of a text what the plain one says */

static ngx_uint_t
agree(const ngx_str_t *text, ngx_int_t *verdict)
{
    ngx_int_t                        rc;
    ngx_str_t                        copy, plain, value, trimmed;
    ngx_uint_t                       same;
    const ngx_asyncapi_json_form_t  *f;

    copy = json_block(text->data, text->len);

    plain = copy;
    *verdict = ngx_asyncapi_json_validate_plain(&plain, NULL);

    trimmed = copy;

    while (trimmed.len && strchr(" \t\r\n", *trimmed.data) && *trimmed.data) {
        trimmed.data++;
        trimmed.len--;
    }

    same = 1;

    if (trimmed.len == 0 || (*trimmed.data != '[' && *trimmed.data != '{')) {
        goto done;
    }

    for (f = ngx_asyncapi_json_forms; f->name; f++) {

        if (!f->supported()) {
            continue;
        }

        value = trimmed;
        rc = f->scan(&value);

        if (rc != *verdict
            || (rc == NGX_OK && (value.data != plain.data
                                 || value.len != plain.len))
            || (rc != NGX_OK && (value.data != trimmed.data
                                 || value.len != trimmed.len)))
        {
            diag("%s: %d, plain: %d", f->name, (int) rc, (int) *verdict);
            json_show("another verdict", text);
            same = 0;
        }
    }

done:

    free(copy.data);

    return same;
}


/* the text at each place of a block and a bit; before it: 1 a string */

static ngx_uint_t
slide(const ngx_str_t *text, ngx_uint_t string)
{
    size_t      n;
    u_char     *buf, *p;
    ngx_int_t   rc;
    ngx_str_t   s;
    ngx_uint_t  same;

    buf = malloc(text->len + PLACES + 8);
    same = 1;

    for (n = 0; n < PLACES && same; n++) {
        p = buf;
        *p++ = '[';

        if (string) {
            *p++ = '"';
        }

        memset(p, string ? 'a' : ' ', n);
        p += n;

        if (string) {
            *p++ = '"';
            *p++ = ',';
        }

        memcpy(p, text->data, text->len);
        p += text->len;
        *p++ = ']';

        s.data = buf;
        s.len = p - buf;

        same &= agree(&s, &rc);
    }

    free(buf);

    return same;
}


/* cut off at every byte, and one or all of the bytes after it again */

static ngx_uint_t
cut(const ngx_str_t *text)
{
    ngx_int_t   rc;
    ngx_str_t   s;
    ngx_uint_t  same;

    s.data = text->data;
    same = 1;

    for (s.len = 0; s.len <= text->len && same; s.len++) {
        same &= agree(&s, &rc);
    }

    s = *text;

    for ( /* void */ ; s.len && same; s.data++, s.len--) {
        same &= agree(&s, &rc);
    }

    return same;
}


static void
files(void)
{
    size_t      i;
    glob_t      found;
    ngx_int_t   rc;
    ngx_str_t   text;
    ngx_uint_t  slid, were_cut;

    if (glob("t/unit/json/*.json", 0, NULL, &found) != 0) {
        printf("Bail out! no t/unit/json/*.json from here\n");
        exit(2);
    }

    slid = 0;
    were_cut = 0;

    for (i = 0; i < found.gl_pathc; i++) {
        text = unit_read_file(pool, found.gl_pathv[i]);

        slid += agree(&text, &rc)
                && (text.len > 2000 || (slide(&text, 0) && slide(&text, 1)));
        were_cut += text.len > 5000 || cut(&text);
    }

    is_int(slid, (long) found.gl_pathc, "each file at each place of a block");
    is_int(were_cut, (long) found.gl_pathc, "each file cut at every byte");

    globfree(&found);
}


/*
 * What reaches into the next block, or has to be forgotten there: everywhere,
 * and with one or two blocks of nothing else behind it.
 */

static ngx_uint_t
apart(const char *before, const char *text, int fill, const char *after)
{
    size_t      i, n;
    u_char      buf[400], *p;
    ngx_int_t   rc;
    ngx_str_t   s;
    ngx_uint_t  same;

    static const size_t  gaps[] = { 0, 1, 2, 5, 58, 63, 64, 65, 70, 130 };

    same = 1;

    for (i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
        for (n = 0; n < 70; n++) {
            p = ngx_cpymem(buf, before, strlen(before));
            memset(p, fill, n);
            p = ngx_cpymem(p + n, text, strlen(text));
            memset(p, fill, gaps[i]);
            p = ngx_cpymem(p + gaps[i], after, strlen(after));

            s.data = buf;
            s.len = p - buf;

            same &= agree(&s, &rc) && rc == json_grammar(&s);
        }
    }

    return same;
}


static void
bounds(void)
{
    size_t      i;
    ngx_uint_t  same;

    static const char  *inside[] = {
        "\\", "\\\\", "\\n", "\\\"", "\\", "\\u0041", "\\u00", "\\ud83d",
        "\\ud83d\\ude00", "\\ude00", "\\ud83d\\u0041", "\\ud83d\\n", "\\x",
        "\\uD7ff", "\\ud83d\\ude00\\ude00", "\xc3\xa9", "\xc3", "\xe6\xbc\xa2",
        "\xe6\xbc", "\xf0\x9f\x98\x80", "\xf0\x9f\x98", "\x80", "\x7f", "\t",
        "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\x80", "\xe0\x80\x80"
    };
    static const char  *outside[] = {
        "true", "false", "null", "tru", "falsee", "1", "0", "-", "1.", "1.5",
        "1e", "1e+", "1e5", "-0", "00", "-01", "1.5.5", "1e5.5", "1e5e5", "+1",
        "1e05", "-0e-1", "1E5-", "1e5+1", "1-2", "-1.50E+07", "--1", ".5", "e5",
        "1.e5", "-.5", "-00.1", "1true", "true1", "truetrue", "1e5true", "TRUE",
        "\"\"", "{}", "[]", "{", "[", "}", "]", "{\"a\":", "{\"a\"", "1,", "1:",
        ",", ":", "{\"a\":1,", "{\"a\":1,\"b\"}", "\\", "1]", "[],{", "\"a\":"
    };
    static const char  *after[] = {
        "]", "1]", ",1]", "\"\"]", ":1}]", "}]", "{}]", "]]", "],", "]1",
        "] \"", "e1]", ".1]", "rue]", "\"a\":1}]", "] "
    };

    same = 1;

    for (i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
        same &= apart("[\"", inside[i], 'a', "\"]")
                && apart("{\"", inside[i], '5', "\":1}")
                && apart("[\"", inside[i], 'a', "\",1],");
    }

    ok(same, "in strings");

    same = 1;

    for (i = 0; i < sizeof(outside) / sizeof(outside[0])
                    * (sizeof(after) / sizeof(after[0])); i++)
    {
        same &= apart("[", outside[i % (sizeof(outside)
                                        / sizeof(outside[0]))],
                      ' ', after[i / (sizeof(outside)
                                      / sizeof(outside[0]))]);
    }

    ok(same, "and outside");
}


/*
 * The forms put things aside and look at them once for 2048 bytes: what stands
 * at such a bound, behind as many brackets or words as there can be, or behind
 * a string or white space, which leave nothing to put aside.
 */

static void
batches(void)
{
    size_t      i, k, n, len;
    u_char      buf[2500], *p;
    ngx_int_t   rc;
    ngx_str_t   s;
    ngx_uint_t  same;

    static const char  *before[] = { "[],", "{\"a\":1},", "true,", "1e5,-0.1,",
                                     " ", "\"a\",", "[", "1e", "}" };
    static const char  *texts[] = {
        "{\"a\":1}]", "[{}]]", "{\"a\":[1,{\"b\":[]}],\"c\":1}]", "false]",
        "-12.5e-07]", "\"a\\u00e9\"]", "{\"a\":1,2}]", "[1,\"a\":2]]", "nulls]",
        "1.5.5]", "1e5.]", "007]", "{\"a\"}]", "]]", "}]", "], 1"
    };

    same = 1;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (k = 0; k < sizeof(before) / sizeof(before[0]); k++) {
            for (n = 2000; n < 2060; n++) {
                len = strlen(before[k]);
                p = buf;
                *p++ = '[';

                while ((size_t) (p - buf) + len <= n) {
                    p = ngx_cpymem(p, before[k], len);
                }

                /* the rest as white space, or all in one string */

                memset(p, ' ', n - (p - buf));

                if (*before[k] == ' ') {
                    buf[1] = '"';
                    buf[n - 2] = '"';
                    buf[n - 1] = ',';
                }

                p = ngx_cpymem(buf + n, texts[i], strlen(texts[i]));

                s.data = buf;
                s.len = p - buf;

                same &= agree(&s, &rc) && rc == json_grammar(&s);
            }
        }
    }

    ok(same, "at the bounds of 2048 bytes");
}


/* brackets around the deepest that is allowed, and one more */

static void
depths(void)
{
    u_char      buf[2 * NGX_ASYNCAPI_JSON_MAX_DEPTH + 8];
    ngx_int_t   rc;
    ngx_str_t   text;
    ngx_uint_t  n, same;

    same = 1;

    for (n = 1; n < NGX_ASYNCAPI_JSON_MAX_DEPTH + 3; n++) {
        memset(buf, '[', n);
        memset(buf + n, ']', n);

        text.data = buf;
        text.len = 2 * n;

        same &= agree(&text, &rc)
                && (rc == NGX_OK) == (n <= NGX_ASYNCAPI_JSON_MAX_DEPTH);
    }

    ok(same, "as deep as is allowed, and no deeper");
}


/*
 * Two bytes between others in a string, and outside: every pair there is,
 * over the bound of two blocks too.
 */

static void
pairs(void)
{
    u_char      buf[80];
    ngx_int_t   rc;
    ngx_str_t   text;
    ngx_uint_t  i, n, same;

    static const size_t  places[] = { 30, 63 };

    same = 1;
    text.data = buf;
    text.len = sizeof(buf);

    for (n = 0; n < 0x10000 && same; n++) {
        for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
            memset(buf, 'a', sizeof(buf));
            memcpy(buf, "[\"", 2);
            memcpy(buf + sizeof(buf) - 2, "\"]", 2);

            buf[places[i]] = (u_char) n;
            buf[places[i] + 1] = (u_char) (n >> 8);

            same &= agree(&text, &rc);

            memset(buf, ' ', sizeof(buf));
            buf[0] = '[';
            buf[sizeof(buf) - 1] = ']';

            buf[places[i]] = (u_char) n;
            buf[places[i] + 1] = (u_char) (n >> 8);

            same &= agree(&text, &rc);
        }
    }

    ok(same, "each pair of bytes");
}


/* an array: texts as they are, one of them changed, white space, strings */

static size_t
compose(u_char *buf)
{
    u_char      *p;
    size_t       len;
    ngx_uint_t   n;

    p = buf;
    *p++ = '[';

    for (n = json_chance(4); n; n--) {
        len = json_chance(100);

        switch (json_chance(3)) {

        case 0:
            memset(p, ' ', len);
            p += len;
            break;

        case 1:
            *p++ = '"';
            memset(p, 'b', len);
            p += len;
            *p++ = '"';
            *p++ = ',';
            break;

        default:
            memcpy(p, "{\"a\":[12,-3.5e7,true]},", 23);
            p += 23;
        }
    }

    p += json_mutate(p);
    *p++ = ']';

    return p - buf;
}


/* whether cJSON, as far as it knows, says the same */

static ngx_uint_t
cjson_agrees(const ngx_str_t *text)
{
    int                         accepts;
    char                       *copy;
    cJSON                      *tree;
    size_t                      i, number;
    ngx_str_t                   value;
    ngx_uint_t                  known;
    ngx_asyncapi_json_error_t   err;

    copy = malloc(text->len + 1);
    memcpy(copy, text->data, text->len);
    copy[text->len] = '\0';

    tree = cJSON_ParseWithLengthOpts(copy, text->len + 1, NULL, 1);
    accepts = (tree != NULL);

    cJSON_Delete(tree);
    free(copy);

    value = *text;

    if (ngx_asyncapi_json_validate_plain(&value, &err) == NGX_OK) {

        for (i = 0, number = 0; i < text->len && number < 64; i++) {
            number = (isdigit(text->data[i])
                      || (text->data[i] && strchr("+-.eE", text->data[i])))
                     ? number + 1 : 0;
        }

        return accepts || number == 64;
    }

    known = strncmp(err.message, "expected", 8) == 0
            || strcmp(err.message, "unterminated string") == 0
            || strcmp(err.message, "unexpected text after the end") == 0;

    for (i = 0; i < text->len; i++) {
        known &= text->data[i] >= ' '
                 || (text->data[i] && strchr("\t\r\n", text->data[i]));
    }

    return !accepts || !known;
}


static void
compare(ngx_uint_t count)
{
    u_char      *buf;
    ngx_int_t    rc;
    ngx_str_t    text;
    ngx_uint_t   n, accepted, differ, cjson;

    text.data = buf = ngx_palloc(pool, 2 * JSON_MAX);
    accepted = 0;
    differ = 0;
    cjson = 0;

    for (n = 0; n < count && differ + cjson < 10; n++) {
        text.len = compose(buf);

        if (!agree(&text, &rc)) {
            differ++;

        } else if (rc != json_grammar(&text)) {
            differ++;
            json_show("not the grammar's verdict", &text);

        } else if (!cjson_agrees(&text)) {
            cjson++;
            json_show("not cJSON's verdict", &text);
        }

        accepted += (rc == NGX_OK);
    }

    is_int(differ, 0, "one verdict on each of %lu texts",
           (unsigned long) count);
    is_int(cjson, 0, "and cJSON's where it knows");
    ok(accepted > count / 20 && accepted < count,
       "%lu of them are accepted", (unsigned long) accepted);
}


int
main(int argc, char **argv)
{
    const ngx_asyncapi_json_form_t  *f;

    pool = unit_start();

    for (f = ngx_asyncapi_json_forms; f->name; f++) {
        diag("%s%s", f->name, f->supported() ? "" : ": not on this processor");
    }

    files();
    bounds();
    batches();
    depths();
    pairs();

    json_mutate_start(pool, argc > 2 ? strtoull(argv[2], NULL, 10) : 0);
    compare(argc > 1 ? strtoul(argv[1], NULL, 10) : COUNT);

    return unit_done();
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * Types of parameters, the options that narrow them, and the pairs that they
 * come in.
 */


#include "ngx_asyncapi_unit.h"
#include "ngx_asyncapi_pairs.h"
#include "ngx_asyncapi_rules.h"

#include <stdlib.h>
#include <string.h>


#define STRING     NGX_ASYNCAPI_SCALAR_STRING
#define INTEGER    NGX_ASYNCAPI_SCALAR_INTEGER
#define NUMBER     NGX_ASYNCAPI_SCALAR_NUMBER
#define BOOLEAN    NGX_ASYNCAPI_SCALAR_BOOLEAN
#define UUID       NGX_ASYNCAPI_SCALAR_UUID
#define DATE       NGX_ASYNCAPI_SCALAR_DATE
#define DATE_TIME  NGX_ASYNCAPI_SCALAR_DATE_TIME


typedef struct {
    ngx_asyncapi_scalar_e   type;
    const char             *text;
    const char             *value;     /* NULL: refused */
} scalar_t;

typedef struct {
    const char             *a;
    const char             *b;
    int                     order;
} order_t;

typedef struct {
    const char             *pattern;
    const char             *text;
    ngx_int_t               rc;
} pattern_t;


static void scalars(void);
static void orders(void);
static void lengths(ngx_pool_t *pool);
static void lists(ngx_pool_t *pool);
static void patterns(ngx_pool_t *pool);
static void work(ngx_pool_t *pool);
static void pairs(const char *text, ngx_uint_t cookies, const char *expected);
static void decoding(void);
static ngx_str_t copy(const char *text);


static scalar_t  tests[] = {
    { INTEGER, "0", "0" },
    { INTEGER, "-0", "0" },
    { INTEGER, "42", "42" },
    { INTEGER, "-42", "-42" },
    { INTEGER, "9223372036854775807", "9223372036854775807" },
    { INTEGER, "-9223372036854775808", "-9223372036854775808" },
    { INTEGER, "9223372036854775808", NULL },
    { INTEGER, "-9223372036854775809", NULL },
    { INTEGER, "92233720368547758070", NULL },
    { INTEGER, "18446744073709551617", NULL },
    { INTEGER, "", NULL },
    { INTEGER, "-", NULL },
    { INTEGER, "+1", NULL },
    { INTEGER, " 1", NULL },
    { INTEGER, "1 ", NULL },
    { INTEGER, "01", NULL },
    { INTEGER, "-01", NULL },
    { INTEGER, "1e2", NULL },
    { INTEGER, "1.0", NULL },
    { INTEGER, "0x10", NULL },
    { INTEGER, "1_000", NULL },

    { NUMBER, "0", "0" },
    { NUMBER, "-0.0", "-0.0" },
    { NUMBER, "1.50", "1.50" },
    { NUMBER, "1e400", "1e400" },
    { NUMBER, "1E+2", "1E+2" },
    { NUMBER, "-1.5e-7", "-1.5e-7" },
    { NUMBER, "NaN", NULL },
    { NUMBER, "Infinity", NULL },
    { NUMBER, "-", NULL },
    { NUMBER, ".5", NULL },
    { NUMBER, "5.", NULL },
    { NUMBER, "00.5", NULL },
    { NUMBER, "1e", NULL },
    { NUMBER, "1e+", NULL },
    { NUMBER, "1 ", NULL },
    { NUMBER, "+1", NULL },
    { NUMBER, "", NULL },

    { BOOLEAN, "true", "true" },
    { BOOLEAN, "false", "false" },
    { BOOLEAN, "1", "true" },
    { BOOLEAN, "0", "false" },
    { BOOLEAN, "True", NULL },
    { BOOLEAN, "yes", NULL },
    { BOOLEAN, "", NULL },

    { UUID, "0e37df36-f698-11e6-8dd4-cb9ced3df976",
            "0e37df36-f698-11e6-8dd4-cb9ced3df976" },
    { UUID, "0E37DF36-F698-11E6-8DD4-CB9CED3DF976",
            "0E37DF36-F698-11E6-8DD4-CB9CED3DF976" },
    { UUID, "0e37df36f69811e68dd4cb9ced3df976", NULL },
    { UUID, "{e37df36-f698-11e6-8dd4-cb9ced3df97}", NULL },
    { UUID, "0e37df36-f698-11e6-8dd4-cb9ced3df97g", NULL },
    { UUID, "0e37df36-f698-11e6-8dd4-cb9ced3df9760", NULL },
    { UUID, "0e37df36-f698-11e6-8dd4cb9ced3df97600", NULL },

    { DATE, "2024-02-29", "2024-02-29" },
    { DATE, "2000-02-29", "2000-02-29" },
    { DATE, "2023-02-29", NULL },
    { DATE, "1900-02-29", NULL },
    { DATE, "2024-02-30", NULL },
    { DATE, "2024-04-31", NULL },
    { DATE, "2024-12-31", "2024-12-31" },
    { DATE, "2024-13-01", NULL },
    { DATE, "2024-00-01", NULL },
    { DATE, "2024-01-00", NULL },
    { DATE, "2024-1-01", NULL },
    { DATE, "24-01-01", NULL },
    { DATE, "2024/01/01", NULL },
    { DATE, "2024-01-01T", NULL },
    { DATE, "", NULL },

    { DATE_TIME, "2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z" },
    { DATE_TIME, "2024-02-29t12:00:00z", "2024-02-29t12:00:00z" },
    { DATE_TIME, "2024-02-29T12:00:00.123456789+05:30",
                 "2024-02-29T12:00:00.123456789+05:30" },
    { DATE_TIME, "2024-02-29T12:00:00-23:59", "2024-02-29T12:00:00-23:59" },
    { DATE_TIME, "1998-12-31T23:59:60Z", "1998-12-31T23:59:60Z" },
    { DATE_TIME, "1998-12-31T15:59:60.1-08:00",
                 "1998-12-31T15:59:60.1-08:00" },
    { DATE_TIME, "1999-01-01T00:29:60+00:30", "1999-01-01T00:29:60+00:30" },
    { DATE_TIME, "1998-12-31T23:58:60Z", NULL },
    { DATE_TIME, "1998-12-31T22:59:60Z", NULL },
    { DATE_TIME, "1998-12-31T23:59:60+01:00", NULL },
    { DATE_TIME, "1998-12-31T23:59:61Z", NULL },
    { DATE_TIME, "2024-02-30T12:00:00Z", NULL },
    { DATE_TIME, "2024-02-29T24:00:00Z", NULL },
    { DATE_TIME, "2024-02-29T12:60:00Z", NULL },
    { DATE_TIME, "2024-02-29T12:00:00+24:00", NULL },
    { DATE_TIME, "2024-02-29T12:00:00+01:60", NULL },
    { DATE_TIME, "2024-02-29T12:00:00+0100", NULL },
    { DATE_TIME, "2024-02-29T12:00:00.Z", NULL },
    { DATE_TIME, "2024-02-29T12:00:00", NULL },
    { DATE_TIME, "2024-02-29T12:00Z", NULL },
    { DATE_TIME, "2024-02-29 12:00:00Z", NULL },
    { DATE_TIME, "2024-02-29T12:00:00Zx", NULL },

    { STRING, "", "" },
    { STRING, "\xc3\xa9", "\xc3\xa9" },
    { STRING, "\xe9", NULL },
    { STRING, "\xed\xa0\x80", NULL },
    { STRING, "\xc0\x80", NULL },

    { 0, NULL, NULL }
};


static order_t  numbers[] = {
    { "1", "2", -1 },
    { "10", "9", 1 },
    { "-10", "-9", -1 },
    { "0", "-0.0", 0 },
    { "0", "-1", 1 },
    { "-1", "0", -1 },
    { "0.001", "0", 1 },
    { "1", "1.0", 0 },
    { "100", "1e2", 0 },
    { "0.01", "1e-2", 0 },
    { "0.0099", "1e-2", -1 },
    { "12.5", "12.49999999999999999999", 1 },
    { "9007199254740993", "9007199254740992", 1 },
    { "1e400", "1e401", -1 },
    { "-1e400", "1e-400", -1 },
    { "1e99999999999999999999", "1e400", 1 },
    { "1e-99999999999999999999", "0", 1 },
    { "0e99", "0", 0 },
    { NULL, NULL, 0 }
};


static pattern_t  matches[] = {
    { "b", "abc", NGX_OK },
    { "^b", "abc", NGX_DECLINED },
    { "^abc$", "abc", NGX_OK },
    { "^abc$", "abc\n", NGX_DECLINED },
    { "^.{2}$", "\xc3\xa9\xe2\x82\xac", NGX_OK },
    { "^\xc3\xa9$", "\xc3\xa9", NGX_OK },
    { "^$", "", NGX_OK },
    { "^\\u{e9}\\u20ac$", "\xc3\xa9\xe2\x82\xac", NGX_OK },
    { "^\\s$", "\xc2\xa0", NGX_OK },
    { "^\\d$", "\xd9\xa1", NGX_DECLINED },
    { "^\\p{Letter}$", "\xc3\xa9", NGX_OK },
    { "^[[:alpha:]]$", "a]", NGX_OK },
    { "b", "\xff" "b", NGX_DECLINED },
    { "^(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", NGX_ABORT },
    { NULL, NULL, 0 }
};


int
main(void)
{
    ngx_pool_t  *pool;

    pool = unit_start();

    scalars();
    orders();
    lengths(pool);
    lists(pool);
    patterns(pool);
    work(pool);

    pairs("", 0, "");
    pairs("a=1&b=2", 0, "a:1 b:2 ");
    pairs("a&b=&=c&d=e=f", 0, "a: b: :c d:e=f ");
    pairs("&&a=1&&", 0, "a:1 ");
    pairs("a=1;b=2", 0, "a:1;b=2 ");

    pairs("", 1, "");
    pairs("a=1; b=2", 1, "a:1 b:2 ");
    pairs(" a = 1 ;b; ;; c=\"x y\" ; d=\"", 1, "a:1 c:x y d:\" ");
    pairs("a=b=c;=d", 1, "a:b=c :d ");

    decoding();

    return unit_done();
}


static void
scalars(void)
{
    ngx_str_t    text;
    scalar_t    *test;
    ngx_uint_t   is;

    for (test = tests; test->text; test++) {
        text = copy(test->text);

        is = ngx_asyncapi_scalar_is(test->type, &text);

        if (test->value == NULL) {
            ok(!is, "\"%s\" is no %s", test->text,
               ngx_asyncapi_scalar_names[test->type].data);

        } else if (ok(is, "\"%s\" is of type %s", test->text,
                      ngx_asyncapi_scalar_names[test->type].data))
        {
            is_str(&text, test->value, "its text");
        }
    }
}


static void
orders(void)
{
    order_t    *test;
    ngx_str_t   a, b;

    for (test = numbers; test->a; test++) {
        a = copy(test->a);
        b = copy(test->b);

        is_int(ngx_asyncapi_number_compare(&a, &b), test->order,
               "%s against %s", test->a, test->b);
        is_int(ngx_asyncapi_number_compare(&b, &a), -test->order,
               "%s against %s", test->b, test->a);
    }
}


static void
lengths(ngx_pool_t *pool)
{
    ngx_str_t             text;
    ngx_asyncapi_match_t  match;
    ngx_asyncapi_rules_t  rules;

    memset(&rules, 0, sizeof(rules));
    ngx_asyncapi_match_init(&match, pool, 0);

    rules.min_length = 2;
    rules.max_length = 3;

    text = copy("\xe2\x82\xac");
    is_int(ngx_asyncapi_rules_check(&rules, &match, &text),
           NGX_ASYNCAPI_RULE_MIN_LENGTH, "three bytes are one character");

    text = copy("\xe2\x82\xac\xf0\x9f\x98\x80z");
    is_int(ngx_asyncapi_rules_check(&rules, &match, &text),
           NGX_ASYNCAPI_RULE_NONE,
           "eight bytes are three");

    text = copy("abcd");
    is_int(ngx_asyncapi_rules_check(&rules, &match, &text),
           NGX_ASYNCAPI_RULE_MAX_LENGTH, "four bytes are four");
}


static void
lists(ngx_pool_t *pool)
{
    ngx_str_t             text, *value;
    ngx_asyncapi_match_t  match;
    ngx_asyncapi_rules_t  rules;

    memset(&rules, 0, sizeof(rules));
    ngx_asyncapi_match_init(&match, pool, 0);

    rules.type = NUMBER;
    rules.max_length = NGX_MAX_SIZE_T_VALUE;
    rules.min = copy("-1");
    rules.max = copy("2.5");

    text = copy("2.50");
    is_int(ngx_asyncapi_rules_check(&rules, &match, &text),
           NGX_ASYNCAPI_RULE_NONE,
           "a bound itself is within it");

    text = copy("2.51");
    is_int(ngx_asyncapi_rules_check(&rules, &match, &text),
           NGX_ASYNCAPI_RULE_MAX,
           "above it");

    text = copy("-1.0001");
    is_int(ngx_asyncapi_rules_check(&rules, &match, &text),
           NGX_ASYNCAPI_RULE_MIN,
           "below it");

    rules.values = ngx_array_create(pool, 2, sizeof(ngx_str_t));

    value = ngx_array_push_n(rules.values, 2);
    value[0] = copy("1");
    value[1] = copy("2");

    text = copy("2.0");
    is_int(ngx_asyncapi_rules_check(&rules, &match, &text),
           NGX_ASYNCAPI_RULE_NONE,
           "numbers are listed by value");

    text = copy("2.01");
    is_int(ngx_asyncapi_rules_check(&rules, &match, &text),
           NGX_ASYNCAPI_RULE_ENUM,
           "another is not");

    rules.type = STRING;
    rules.min.data = NULL;
    rules.max.data = NULL;

    text = copy("2.0");
    is_int(ngx_asyncapi_rules_check(&rules, &match, &text),
           NGX_ASYNCAPI_RULE_ENUM,
           "strings are listed by bytes");
}


static void
patterns(ngx_pool_t *pool)
{
    pattern_t               *test;
    ngx_str_t                source, text, err;
    ngx_asyncapi_match_t     match;
    ngx_asyncapi_pattern_t  *pattern;

    ngx_asyncapi_match_init(&match, pool, 0);

    for (test = matches; test->pattern; test++) {
        source = copy(test->pattern);
        text = copy(test->text);

        pattern = ngx_asyncapi_pattern_compile(pool, &source, &err);

        if (ok(pattern != NULL, "%s compiles", test->pattern)) {
            is_int(ngx_asyncapi_pattern_find(pattern, &match, &text),
                   test->rc,
                   "%s in %s", test->pattern, test->text);
        }
    }

    source = copy("a(b");
    ok(ngx_asyncapi_pattern_compile(pool, &source, &err) == NULL && err.len,
       "a bad pattern is refused: %.*s", (int) err.len, err.data);

    source = copy("a\\C");
    ok(ngx_asyncapi_pattern_compile(pool, &source, &err) == NULL && err.len,
       "so is one that cuts code points: %.*s", (int) err.len, err.data);
}


/* at each of the places where a long text may begin to match */

static void
work(ngx_pool_t *pool)
{
    clock_t                  began;
    ngx_int_t                rc;
    ngx_str_t                source, text, err;
    ngx_uint_t               n;
    ngx_asyncapi_match_t     match;
    ngx_asyncapi_pattern_t  *pattern;

    source = copy("x*x*[yz]");
    text.len = 32000;
    text.data = ngx_pnalloc(pool, text.len);
    memset(text.data, 'x', text.len);

    pattern = ngx_asyncapi_pattern_compile(pool, &source, &err);
    began = clock();

    ngx_asyncapi_match_init(&match, pool, text.len);

    ok(ngx_asyncapi_pattern_find(pattern, &match, &text) == NGX_ABORT
       && clock() - began < CLOCKS_PER_SEC / 10,
       "the work on a long text is bounded (%ld us)",
       (long) (clock() - began));

    /* as is that on many texts that come together */

    text.len = 16;
    source = copy("^(x+x+)+[yz]");
    pattern = ngx_asyncapi_pattern_compile(pool, &source, &err);
    began = clock();

    ngx_asyncapi_match_init(&match, pool, 0);

    for (n = 0; n < 10000; n++) {
        rc = ngx_asyncapi_pattern_find(pattern, &match, &text);
    }

    ok(rc == NGX_ABORT && clock() - began < CLOCKS_PER_SEC / 2,
       "the work on many texts is bounded (%ld us)",
       (long) (clock() - began));
}


static void
pairs(const char *text, ngx_uint_t cookies, const char *expected)
{
    u_char                 all[256], *p;
    ngx_str_t              source, got;
    ngx_asyncapi_pairs_t   it;

    source = copy(text);
    p = all;

    ngx_asyncapi_pairs_init(&it, &source);

    while (cookies ? ngx_asyncapi_cookies_next(&it)
                   : ngx_asyncapi_pairs_next(&it))
    {
        p = ngx_sprintf(p, "%V:%V ", &it.name, &it.value);
    }

    got.data = all;
    got.len = p - all;

    is_str(&got, expected, "%s of \"%s\"", cookies ? "cookies" : "pairs",
           text);
}


static void
decoding(void)
{
    u_char      *last;
    ngx_str_t    text;
    ngx_uint_t   i;

    static const char  *wrong[] = { "%", "%4", "%4g", "%g4", "a%", "%%41",
                                    NULL };

    text = copy("a+b%2Bc%c3%A9%00");
    ok(ngx_asyncapi_pairs_encoded(&text), "it has to be decoded");

    last = ngx_asyncapi_pairs_decode(text.data, &text);
    text.len = last - text.data;

    ok(text.len == 8 && memcmp(text.data, "a b+c\xc3\xa9\0", 8) == 0,
       "a blank, a plus, two bytes of UTF-8, and zero");

    for (i = 0; wrong[i]; i++) {
        text = copy(wrong[i]);
        ok(ngx_asyncapi_pairs_decode(text.data, &text) == NULL,
           "\"%s\" can't be decoded", wrong[i]);
    }
}


/* in memory of its own length, so that what is read behind it is seen */

static ngx_str_t
copy(const char *text)
{
    ngx_str_t  s;

    static char      *kept[4096];
    static unsigned   n;

    s.len = strlen(text);
    s.data = (u_char *) (kept[n++] = malloc(s.len ? s.len : 1));
    memcpy(s.data, text, s.len);

    return s;
}

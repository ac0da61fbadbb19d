
/*
 * Copyright (C) The asyncapi module authors
 *
 * How fast each form of the JSON validator is that this processor is able to,
 * in GB/s (10^9 bytes) of one core: the best of many rounds, for whatever else
 * the machine does only makes a round slower.
 *
 *     json [SECONDS [FORM [KIND]]]    for each number, 0.5 unless told
 *
 * The texts are bodies of an API, each kind of several different texts in
 * turn, so that the processor can't learn one by heart, one of records as
 * bench/run has them, and larger ones: of numbers, dense (of brackets, numbers
 * and short names), of long strings, of strings in many scripts, of escapes.
 */


#define _GNU_SOURCE
#include <sched.h>
#include <time.h>

#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_json_validate.h"


#define TEXTS  64
#define FORMS  8
#define MEGA   (1024 * 1024)

#define RECORDS  (256 * 1024)


typedef struct {
    const char   *name;
    size_t        size;
    ngx_uint_t    texts;
    void        (*write)(ngx_uint_t n);
} kind_t;


typedef struct {
    ngx_asyncapi_json_scan_pt   scan;
    double                      best;
} form_t;


static u_char     *out;               /* where the next byte is written */
static uint64_t    seed;


static ngx_uint_t
any(ngx_uint_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;

    return seed % n;
}


static void
put(const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    out += vsprintf((char *) out, fmt, args);
    va_end(args);
}


static void
words(ngx_uint_t n)
{
    static const char  *list[] = {
        "order", "a", "customer", "the", "of", "warehouse", "price", "in",
        "delivery", "on", "address", "and", "invoice", "is", "international",
        "to", "cart", "with", "for", "statement", "item", "by", "shipment",
        "not", "account", "this", "balance", "we", "street", "offers"
    };

    while (n--) {
        put("%s%s", list[any(sizeof(list) / sizeof(list[0]))], n ? " " : "");
    }
}


/* records as APIs answer with: three sorts, two of them with white space */

static void
user(ngx_uint_t pretty)
{
    const char  *nl, *sp;

    nl = pretty ? "\n    " : "";
    sp = pretty ? " " : "";

    put("{%s\"id\":%s%lu,%s\"name\":%s\"", nl, sp, any(1000000), nl, sp);
    words(2);
    put("\",%s\"email\":%s\"u%lu@example.com\"", nl, sp, any(90000));
    put(",%s\"active\":%s%s", nl, sp, any(3) ? "true" : "false");
    put(",%s\"score\":%s%lu.%02lu", nl, sp, any(100), any(100));
    put(",%s\"created_at\":%s\"2024-%02lu-%02luT%02lu:%02lu:00Z\"", nl, sp,
        1 + any(12), 1 + any(28), any(24), any(60));
    put(",%s\"tags\":%s[\"", nl, sp);
    words(1);
    put("\",%s\"", sp);
    words(1);
    put("\"],%s\"manager\":%s%s%s}", nl, sp, any(2) ? "null" : "17",
        pretty ? "\n  " : "");
}


static void
order(ngx_uint_t pretty)
{
    ngx_uint_t  i, n;

    put("{\"order_id\":\"%08lx-%04lx\",\"currency\":\"EUR\",\"items\":[",
        any(1u << 31), any(65536));

    for (i = 0, n = 1 + any(4); i < n; i++) {
        put("%s{\"sku\":\"A-%lu\",\"qty\":%lu,\"price\":%lu.%lu,\"title\":\"",
            i ? "," : "", any(99999), 1 + any(9), any(500), any(100));
        words(2 + any(6));
        put("\"}");
    }

    put("],\"shipping\":{\"street\":\"");
    words(3);
    put(" %lu\",\"city\":\"Z\xc3\xbcrich\",\"zip\":\"%05lu\",\"geo\":"
        "{\"lat\":%lu.%06lu,\"lon\":-%lu.%06lu}},\"note\":\"", any(200),
        any(99999), any(90), any(1000000), any(180), any(1000000));
    words(any(30));
    put("\",\"paid\":%s}", any(2) ? "true" : "false");
}


static void
article(ngx_uint_t pretty)
{
    put("{ \"title\": \"");
    words(6);
    put("\", \"url\": \"https:\\/\\/example.com\\/a\\/%lu\", \"body\": \"",
        any(99999));
    words(40 + any(40));
    put("\\n\\\"");
    words(5 + any(20));
    put("\\\"\", \"votes\": %lu, \"author\": { \"id\": %lu, \"name\": \"",
        any(500), any(9999));
    words(2);
    put("\" } }");
}


static void
ordinary(ngx_uint_t n, size_t size)
{
    u_char  *start;

    static void  (*records[])(ngx_uint_t) = { user, order, user, article };

    start = out;
    put("{\"data\":[");

    do {
        records[n % 4](n % 4 == 2);
        put(n % 4 == 2 ? ",\n  " : ",");

        /* some texts are of one sort, others of all */

        n += (n >= TEXTS / 2);

    } while ((size_t) (out - start) + 350 < size);

    put("{\"more\":true}],\"meta\":{\"page\":1,\"total\":%lu}}", any(999));
}


static void
ordinary_100(ngx_uint_t n)
{
    put("{\"id\":%lu,\"name\":\"", any(100000));
    words(1 + n / 4 % 16);
    put("\",\"active\":%s}", n % 2 ? "true" : "false");
}


static void
ordinary_300(ngx_uint_t n)
{
    ordinary(n, 300);
}


static void
ordinary_1k(ngx_uint_t n)
{
    ordinary(n, 1024);
}


static void
ordinary_4k(ngx_uint_t n)
{
    ordinary(n, 4096);
}


/* a body of bench/run: all of one sort, without white space */

static void
product(void)
{
    ngx_uint_t  i;

    put("{\"id\":%lu,\"sku\":\"SKU-%05lu\",\"title\":\"", any(400),
        any(100000));
    words(4);
    put("\",\"description\":\"");
    words(25);
    put("\",\"price\":%lu.%02lu,\"stock\":%lu,\"rating\":%lu.%lu,\"tags\":[\"",
        any(999), any(100), any(500), any(5), any(100));
    words(1);
    put("\",\"");
    words(1);
    put("\",\"");
    words(1);
    put("\"],\"size\":{\"width\":%lu,\"height\":%lu,\"weight\":%lu.%lu},"
        "\"reviews\":[", any(90), any(90), any(90), any(10));

    for (i = 0; i < 2; i++) {
        put("%s{\"stars\":%lu,\"text\":\"", i ? "," : "", 1 + any(5));
        words(9);
        put("\",\"by\":\"");
        words(2);
        put("\",\"at\":\"2026-%02lu-%02luT%02lu:%02lu:09Z\"}", 1 + any(12),
            1 + any(28), any(24), any(60));
    }

    put("],\"image\":\"https://images.example.com/products/%lu/large.jpg\","
        "\"updated\":\"2026-%02lu-%02luT%02lu:%02lu:09Z\",\"discount\":null,"
        "\"available\":true}", any(400), 1 + any(12), 1 + any(28), any(24),
        any(60));
}


static void
records(ngx_uint_t n)
{
    u_char  *start;

    start = out;
    put("{\"items\":[");

    do {
        product();
        put(",");

    } while ((size_t) (out - start) + 1200 < RECORDS);

    product();
    put("],\"note\":\"\"}");
}


/* pairs of numbers in arrays, as maps have them */

static void
numbers(ngx_uint_t n)
{
    u_char  *start;

    start = out;
    put("{\"type\":\"Polygon\",\"coordinates\":[[");

    while (out - start < MEGA) {
        put("[%s%lu.%06lu,%s%lu.%06lu],", any(2) ? "-" : "", any(180),
            any(1000000), any(2) ? "-" : "", any(90), any(1000000));
    }

    put("[0,0]]]}");
}


static void
dense(ngx_uint_t n)
{
    u_char  *start;

    start = out;
    put("[");

    while (out - start < MEGA) {

        switch (any(4)) {

        case 0:
            put("{\"x\":%lu,\"y\":-%lu.%lu,\"z\":null},", any(1000),
                any(1000), any(100000));
            break;

        case 1:
            put("[%lu,%lu,%lue%lu],", any(10), any(100000), any(9), any(30));
            break;

        case 2:
            put("%lu.%lu,true,\"%lu\",[],", any(10000000), any(10), any(10));
            break;

        default:
            put("{\"k%lu\":{\"a\":[{}],\"b\":\"\"}},", any(100));
        }
    }

    put("0]");
}


static void
strings(ngx_uint_t n)
{
    u_char  *start;

    start = out;
    put("[");

    while (out - start < MEGA) {
        put("{\"id\":%lu,\"text\":\"", any(100000));
        words(20 + any(150));
        put(any(4) ? "\"}," : "\\n\"},");
    }

    put("0]");
}


static void
scripts(ngx_uint_t n)
{
    u_char      *start;
    ngx_uint_t   i;

    static const char  *list[] = {
        "\xd0\xb7\xd0\xb0\xd0\xba\xd0\xb0\xd0\xb7 ", "caf\xc3\xa9 ",
        "\xe6\xb3\xa8\xe6\x96\x87\xe7\xa2\xba\xe8\xaa\x8d", "order ",
        "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d ", "\xf0\x9f\x98\x80 ",
        "\xe0\xa4\xa8\xe0\xa4\xae\xe0\xa4\xb8\xe0\xa5\x8d\xe0\xa4\xa4"
    };

    start = out;
    put("[");

    while (out - start < MEGA) {
        put("{\"id\":%lu,\"text\":\"", any(100000));

        for (i = 5 + any(30); i; i--) {
            put("%s", list[any(sizeof(list) / sizeof(list[0]))]);
        }

        put("\"},");
    }

    put("0]");
}


static void
escapes(ngx_uint_t n)
{
    u_char      *start;
    ngx_uint_t   i;

    start = out;
    put("[");

    while (out - start < MEGA) {
        put("{\"id\":%lu,\"text\":\"", any(100000));

        for (i = 5 + any(30); i; i--) {
            put(any(5) ? "\\u04%02lx" : "\\ud83d\\ude%02lx", any(256));
        }

        put("\"},");
    }

    put("0]");
}


static double
now(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return ts.tv_sec + ts.tv_nsec / 1e9;
}


/* seconds that one form takes for all texts, each so many times */

static double
measure(ngx_asyncapi_json_scan_pt scan, ngx_str_t *texts, ngx_uint_t n,
    ngx_uint_t times)
{
    double      start;
    ngx_str_t   text;
    ngx_uint_t  i, k;

    start = now();

    for (k = 0; k < times; k++) {
        for (i = 0; i < n; i++) {
            text = texts[i];

            if (scan(&text) != NGX_OK) {
                fprintf(stderr, "a text is refused: %s\n", text.data);
                exit(1);
            }
        }
    }

    return now() - start;
}


/* as a request has it: with the choice of the form */

static ngx_int_t
chosen(ngx_str_t *text)
{
    return ngx_asyncapi_json_validate(text, NULL);
}


static kind_t  kinds[] = {
    { "100 B ordinary", 100, TEXTS, ordinary_100 },
    { "300 B ordinary", 300, TEXTS, ordinary_300 },
    { "1 KB ordinary", 1024, TEXTS, ordinary_1k },
    { "4 KB ordinary", 4096, TEXTS, ordinary_4k },
    { "256 KB records", RECORDS, 1, records },
    { "1 MB numbers", MEGA, 1, numbers },
    { "1 MB dense", MEGA, 1, dense },
    { "1 MB string-heavy", MEGA, 1, strings },
    { "1 MB non-ASCII", MEGA, 1, scripts },
    { "1 MB escapes", MEGA, 1, escapes },
    { NULL, 0, 0, NULL }
};


/* the forms take turns: what else goes on is the same for all of them */

static void
bench(kind_t *kind, double seconds, form_t *forms, ngx_uint_t n)
{
    size_t      len;
    double      start;
    ngx_str_t   texts[TEXTS];
    ngx_uint_t  i, times;

    len = 0;

    for (i = 0; i < kind->texts; i++) {
        seed = 20240229 + i;
        out = texts[i].data = malloc(2 * kind->size + 4096);
        kind->write(i);
        texts[i].len = out - texts[i].data;
        len += texts[i].len;
    }

    times = 1 + 200000 / len;

    for (i = 0; i < n; i++) {
        forms[i].best = 1;
    }

    start = now();

    do {
        for (i = 0; i < n; i++) {
            forms[i].best = ngx_min(forms[i].best,
                                    measure(forms[i].scan, texts, kind->texts,
                                            times));
        }

    } while (now() - start < seconds * n);

    printf("%-18s %7lu", kind->name, (unsigned long) (len / kind->texts));

    for (i = 0; i < n; i++) {
        printf(" %7.2f", len * times / forms[i].best / 1e9);
    }

    printf("\n");
    fflush(stdout);

    for (i = 0; i < kind->texts; i++) {
        free(texts[i].data);
    }
}


int
main(int argc, char **argv)
{
    kind_t                          *kind;
    form_t                           forms[FORMS];
    double                           seconds;
    cpu_set_t                        cpu;
    const char                      *only;
    ngx_uint_t                       n;
    const ngx_asyncapi_json_form_t  *f;

    seconds = argc > 1 ? atof(argv[1]) : 0.5;
    only = argc > 2 ? argv[2] : NULL;

    CPU_ZERO(&cpu);
    CPU_SET(sched_getcpu(), &cpu);
    sched_setaffinity(0, sizeof(cpu), &cpu);

    printf("%-18s %7s", "GB/s", "bytes");

    n = 0;

    for (f = ngx_asyncapi_json_forms; f->name; f++) {
        if (f->supported() && (only == NULL || strcmp(only, f->name) == 0)) {
            printf(" %7s", f->name);
            forms[n++].scan = f->scan;
        }
    }

    printf(" %7s\n", "chosen");
    forms[n++].scan = chosen;

    for (kind = kinds; kind->name; kind++) {
        if (argc < 4 || strstr(kind->name, argv[3])) {
            bench(kind, seconds, forms, n);
        }
    }

    return 0;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * Schemas: what cases in files can't show.  That bounds hold, that what is no
 * JSON is refused and what is large is checked, all of it in little time; and
 * names that are relative to others.
 */


#include <sys/resource.h>
#include "ngx_asyncapi_unit.h"
#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_schema.h"
#include "ngx_asyncapi_schema_private.h"


static ngx_pool_t   *pool;


static ngx_asyncapi_schema_t *
compile(const char *text, ngx_str_t *error)
{
    ngx_str_t                       schema;
    ngx_asyncapi_schema_options_t   options;

    schema.data = (u_char *) text;
    schema.len = ngx_strlen(text);
    options.formats = 0;

    return ngx_asyncapi_schema_compile(pool, &schema, &options, error);
}


/* the text in memory of just its size; the first error, or an empty text */

static ngx_int_t
check(ngx_asyncapi_schema_t *schema, const ngx_str_t *text, ngx_str_t *told)
{
    ngx_int_t                      rc;
    ngx_str_t                      json;
    ngx_array_t                    errors;
    ngx_asyncapi_schema_error_t   *e;

    json.len = text->len;
    json.data = malloc(text->len ? text->len : 1);
    ngx_memcpy(json.data, text->data, text->len);

    ngx_array_init(&errors, pool, 4, sizeof(ngx_asyncapi_schema_error_t));

    rc = ngx_asyncapi_schema_check(schema, pool, &json, &errors, 3);

    ngx_str_null(told);

    if (errors.nelts) {
        e = errors.elts;
        told->data = ngx_pnalloc(pool, e->pointer.len + e->detail.len + 2);
        told->len = ngx_sprintf(told->data, "%V %V", &e->pointer, &e->detail)
                    - told->data;
    }

    free(json.data);

    return rc;
}


/* n times a text, between two others */

static ngx_str_t
many(const char *first, const char *text, ngx_uint_t n, const char *last)
{
    u_char     *p;
    ngx_str_t   all;

    all.len = ngx_strlen(first) + ngx_strlen(text) * n + ngx_strlen(last);
    all.data = ngx_pnalloc(pool, all.len);

    p = ngx_cpymem(all.data, first, ngx_strlen(first));

    while (n--) {
        p = ngx_cpymem(p, text, ngx_strlen(text));
    }

    ngx_memcpy(p, last, ngx_strlen(last));

    return all;
}


/* of numbers from 0 to n - 1, in a form of them */

static ngx_str_t
numbers(const char *form, ngx_uint_t n, const char *brackets)
{
    u_char      *p;
    ngx_str_t    all;
    ngx_uint_t   i;

    all.data = ngx_pnalloc(pool, n * 64 + 2);
    p = all.data;
    *p++ = brackets[0];

    for (i = 0; i < n; i++) {
        p += sprintf((char *) p, form, (int) i, (int) i);
        *p++ = ',';
    }

    p[-1] = brackets[1];
    all.len = p - all.data;

    return all;
}


static double
cpu(void)
{
    struct rusage  used;

    getrusage(RUSAGE_SELF, &used);

    return used.ru_utime.tv_sec + used.ru_utime.tv_usec / 1e6
           + used.ru_stime.tv_sec + used.ru_stime.tv_usec / 1e6;
}


static void
texts(void)
{
    size_t                  len;
    ngx_str_t               text, told, error;
    ngx_uint_t              i;
    ngx_asyncapi_schema_t  *schema;

    static const char  *broken[] = {
        "", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"", "{\"a\":", "{\"a\":1",
        "{\"a\":1,", "{a:1}", "\"a", "\"a\\", "[1]]", "1 2", "]", "{\"a\" 1}",
        "[1 2]", "{,}", ":", ",", "{\"a\":]}", "[}", "{]", NULL
    };

    schema = compile("{\"properties\":{\"a\":{\"items\":{\"type\":\"null\"}}}}",
                     &error);

    for (i = 0; broken[i]; i++) {
        text.data = (u_char *) broken[i];
        text.len = ngx_strlen(broken[i]);

        is_int(check(schema, &text, &told), NGX_DECLINED,
               "what is no JSON is refused: %s", broken[i]);
    }

    is_str(&told, "# is no JSON, or too large to be checked", "and told so");

    /* cut off at any byte it is none, and nothing beyond is looked at */

    ngx_str_set(&text, "{\"a\":[null,null],\"b\\u0063\":{\"d\":[1.5e3,\"x\\n\","
                       "true]},\"long enough to be more than 16\":{}}");

    is_int(check(schema, &text, &told), NGX_OK, "a text is valid");

    for (len = text.len, i = 0; --text.len; /* void */ ) {
        i += (check(schema, &text, &told) != NGX_DECLINED);
    }

    is_int(i, 0, "and is not when it is cut off at any of %lu bytes",
           (unsigned long) len);
}


static void
errors_of_others(void)
{
    ngx_int_t                      rc;
    ngx_str_t                      error, json;
    ngx_array_t                    errors;
    ngx_asyncapi_schema_t         *schema;
    ngx_asyncapi_schema_error_t   *e;

    schema = compile("{\"items\":{\"type\":\"null\"}}", &error);

    ngx_array_init(&errors, pool, 1, sizeof(ngx_asyncapi_schema_error_t));
    e = ngx_array_push(&errors);
    ngx_str_set(&e->pointer, "other");

    ngx_str_set(&json, "[1,2,3]");

    rc = ngx_asyncapi_schema_check(schema, pool, &json, &errors, 3);
    e = errors.elts;

    is_int(rc, NGX_DECLINED, "what is wrong is added to what was before");
    is_int(errors.nelts, 3, "up to as many as are wanted");
    is_str(&e[0].pointer, "other", "the first one stays");
    is_str(&e[2].pointer, "#/1", "and the last one is the second");

    is_int(ngx_asyncapi_schema_check(schema, pool, &json, &errors, 3),
           NGX_DECLINED, "where there is no room nothing is added");
    is_int(errors.nelts, 3, "but it is as wrong");
}


static void
schemas(void)
{
    ngx_str_t   error, text;
    ngx_uint_t  i;
    char        copy[4096];

    ok(compile("{\"a\":\n  1,}", &error) == NULL, "a schema that is no JSON");
    is_str(&error, "line 2, column 5: the schema is no JSON: expected a "
                   "member's name", "is told where");

    text = many("{\"title\":\"", "x", 2000, "\",\"items\":{\"nonsense\":1}}");
    ngx_memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';

    ok(compile(copy, &error) == NULL, "a long schema that is wrong");

    text = many("{\"", "y", 3000, "\":1}");
    ngx_memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';

    ok(compile(copy, &error) == NULL && error.len && error.len <= 1024,
       "a long keyword does not make the error longer than it may be");

    /* schemas as deep as JSON may be */

    text = many("", "{\"not\":", 511, "true");
    ngx_memcpy(copy, text.data, text.len);

    for (i = 0; i < 511; i++) {
        copy[text.len + i] = '}';
    }

    copy[text.len + 511] = '\0';

    ok(compile(copy, &error) != NULL, "512 schemas in each other");
}


static void
bounds(void)
{
    double                  start;
    ngx_str_t               text, told, error;
    ngx_asyncapi_schema_t  *schema;

    start = cpu();

    /* an instance as deep as JSON may be, by way of four schemas each */

    schema = compile("{\"$defs\":{\"a\":{\"allOf\":[{\"$ref\":\"#/$defs/b\"}]},"
                     "\"b\":{\"anyOf\":[{\"$ref\":\"#/$defs/c\"}]},"
                     "\"c\":{\"items\":{\"$ref\":\"#/$defs/a\"}}},"
                     "\"$ref\":\"#/$defs/a\"}", &error);

    text = many("", "[", 1024, "");
    ngx_memset(text.data + 512, ']', 512);
    is_int(check(schema, &text, &told), NGX_OK, "512 arrays in each other");

    schema = compile("{\"$defs\":{\"a\":{\"allOf\":[{\"allOf\":[{\"allOf\":["
                     "{\"allOf\":[{\"allOf\":[{\"items\":"
                     "{\"$ref\":\"#/$defs/a\"}}]}]}]}]}]}},"
                     "\"$ref\":\"#/$defs/a\"}", &error);

    is_int(check(schema, &text, &told), NGX_DECLINED,
           "more schemas than there is stack for");
    ok(ngx_strlcasestrn(told.data, told.data + told.len,
                        (u_char *) "is nested too deeply to be checked",
                        34 - 1) != NULL, "are told so");

    /* each level twice, so that it would take 2^400 steps */

    schema = compile("{\"$defs\":{\"a\":{\"items\":{\"allOf\":["
                     "{\"$ref\":\"#/$defs/a\"},{\"$ref\":\"#/$defs/a\"}]}}},"
                     "\"$ref\":\"#/$defs/a\"}", &error);

    text = many("", "[", 800, "");
    ngx_memset(text.data + 400, ']', 400);
    is_int(check(schema, &text, &told), NGX_DECLINED,
           "a schema that doubles the steps with each level");
    ok(ngx_strlcasestrn(told.data, told.data + told.len,
                        (u_char *) "takes too many steps to be checked",
                        34 - 1) != NULL, "is given up");

    ok(cpu() - start < 5, "all of it in little time");
}


static void
patterns(void)
{
    double                  start;
    ngx_str_t               text, told, error;
    ngx_asyncapi_schema_t  *schema;

    start = cpu();

    schema = compile("{\"pattern\":\"^(\\\\w+\\\\s?)*$\"}", &error);
    text = many("\"", "word ", 20, "!\"");
    is_int(check(schema, &text, &told), NGX_DECLINED,
           "a pattern of exponential time");
    is_str(&told, "# takes too long to be matched against a pattern",
           "is told so");

    schema = compile("{\"pattern\":\"x*x*x*x*y\"}", &error);
    text = many("\"", "x", 1000000, "\"");
    is_int(check(schema, &text, &told), NGX_DECLINED,
           "one of a power of the length");
    is_str(&told, "# takes too long to be matched against a pattern",
           "is told so");

    schema = compile("{\"pattern\":\"x*y\"}", &error);
    is_int(check(schema, &text, &told), NGX_DECLINED,
           "one that is tried at each of a million places");
    is_str(&told, "# takes too long to be matched against a pattern",
           "is told so");

    schema = compile("{\"pattern\":\"^[xy]+$\"}", &error);
    is_int(check(schema, &text, &told), NGX_OK, "and one that is not is quick");

    schema = compile("{\"pattern\":\"^(?:[a-z]|[0-9])*$\"}", &error);
    text = many("\"", "x1", 500, "\"");
    is_int(check(schema, &text, &told), NGX_OK,
           "many steps that lead to an end are taken");

    /* each is short enough, and there are many */

    schema = compile("{\"items\":{\"pattern\":\"(x+x+)+y\"}}", &error);
    text = many("[", "\"xxxxxxxxxxxxxxx\",", 100000, "0]");
    is_int(check(schema, &text, &told), NGX_DECLINED, "so are many short ones");

    ok(cpu() - start < 10, "all of it in little time");
}


static void
sizes(void)
{
    double                  start;
    ngx_str_t               text, told, error;
    ngx_asyncapi_schema_t  *schema;

    start = cpu();

    schema = compile("{\"uniqueItems\":true}", &error);

    text = numbers("{\"a\":%d,\"b\":\"%d\"}", 50000, "[]");
    is_int(check(schema, &text, &told), NGX_OK, "50000 objects that differ");

    text = numbers("%d", 100000, "[]");
    text.data[1] = '7';
    is_int(check(schema, &text, &told), NGX_DECLINED,
           "100000 numbers, two of which are equal");
    is_str(&told, "# must not have an item twice, as items 0 and 7 are equal",
           "are told");

    schema = compile("{\"maxProperties\":100000,\"additionalProperties\":"
                     "{\"type\":\"integer\"}}", &error);
    text = numbers("\"name%d\":%d", 100000, "{}");
    is_int(check(schema, &text, &told), NGX_OK, "100000 members");

    text = many("{", "\"a\":1,", 100000, "\"b\":2}");
    schema = compile("{\"maxProperties\":2}", &error);
    is_int(check(schema, &text, &told), NGX_OK, "100000 of the same name");

    schema = compile("{\"minimum\":1e999999999999999999,\"multipleOf\":7}",
                     &error);
    text = many("", "9", 1000000, "");
    is_int(check(schema, &text, &told), NGX_DECLINED, "a number of a megabyte");

    ok(cpu() - start < 10, "all of it in little time");
}


static void
uris(void)
{
    ngx_str_t   base, ref, uri;
    ngx_uint_t  i;

    /* those of RFC 3986, section 5.4, without fragments; and of other bases */

    static struct {
        const char  *base;
        const char  *ref;
        const char  *uri;
    }  cases[] = {
        { NULL, "g:h", "g:h" },
        { NULL, "g", "http://a/b/c/g" },
        { NULL, "./g", "http://a/b/c/g" },
        { NULL, "g/", "http://a/b/c/g/" },
        { NULL, "/g", "http://a/g" },
        { NULL, "//g", "http://g" },
        { NULL, "?y", "http://a/b/c/d;p?y" },
        { NULL, "g?y", "http://a/b/c/g?y" },
        { NULL, ";x", "http://a/b/c/;x" },
        { NULL, "", "http://a/b/c/d;p?q" },
        { NULL, ".", "http://a/b/c/" },
        { NULL, "./", "http://a/b/c/" },
        { NULL, "..", "http://a/b/" },
        { NULL, "../g", "http://a/b/g" },
        { NULL, "../..", "http://a/" },
        { NULL, "../../g", "http://a/g" },
        { NULL, "../../../g", "http://a/g" },
        { NULL, "/./g", "http://a/g" },
        { NULL, "/../g", "http://a/g" },
        { NULL, "g.", "http://a/b/c/g." },
        { NULL, "..g", "http://a/b/c/..g" },
        { NULL, "./../g", "http://a/b/g" },
        { NULL, "g/./h", "http://a/b/c/g/h" },
        { NULL, "g/../h", "http://a/b/c/h" },
        { NULL, "g?y/../x", "http://a/b/c/g?y/../x" },
        { "", "a/b", "a/b" },
        { "", "/a", "/a" },
        { "http://a", "b", "http://a/b" },
        { "urn:a:b", "urn:c", "urn:c" },
        { "a/b", "c", "a/c" },
        { "/a/b", "../c", "/c" },
        { NULL, NULL, NULL }
    };

    for (i = 0; cases[i].ref; i++) {
        base.data = (u_char *) (cases[i].base ? cases[i].base
                                              : "http://a/b/c/d;p?q");
        base.len = ngx_strlen(base.data);
        ref.data = (u_char *) cases[i].ref;
        ref.len = ngx_strlen(ref.data);

        (void) ngx_asyncapi_schema_uri(pool, &base, &ref, &uri);
        is_str(&uri, cases[i].uri, "\"%s\" of \"%s\"", ref.data, base.data);
    }
}


/* as a part of another document */

static void
embedded(void)
{
    ngx_uint_t              i;
    ngx_str_t               prefix, text, error;
    ngx_asyncapi_schema_t  *schema;

    static const char  *texts[][2] = {

        { "true", "true" },

        { "{ \"type\" : \"integer\", \"maximum\": 9007199254740993.0 }",
          "{\"type\":\"integer\",\"maximum\":9007199254740993.0}" },

        { "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
          "\"$id\":\"https://example.com/a\",\"$defs\":{\"b/c d\":{"
          "\"$anchor\":\"here\",\"$id\":\"b\",\"items\":true}},"
          "\"properties\":{\"$id\":{\"$ref\":\"b\"},"
          "\"y\":{\"$ref\":\"b#here\"},\"z\":{\"$ref\":\"#\"}}}",
          "{\"$defs\":{\"b/c d\":{\"items\":true}},\"properties\":{"
          "\"$id\":{\"$ref\":\"#/x/$defs/b~1c%20d\"},"
          "\"y\":{\"$ref\":\"#/x/$defs/b~1c%20d\"},"
          "\"z\":{\"$ref\":\"#/x\"}}}" },

        { "{\"const\":{\"$ref\":\"#/no\",\"a\":1,\"a\":2,"
          "\"dependencies\":[\"\\u00e9\\n\"]}}",
          "{\"const\":{\"$ref\":\"#/no\",\"a\":2,"
          "\"dependencies\":[\"\xc3\xa9\\n\"]}}" },

        { "{\"$schema\":\"http://json-schema.org/draft-07/schema#\","
          "\"items\":[{\"$ref\":\"#/definitions/a\",\"type\":\"null\"}],"
          "\"additionalItems\":false,\"definitions\":{\"a\":{"
          "\"items\":{},\"additionalItems\":true}},"
          "\"dependencies\":{\"a\":[\"b\"],\"c\":{\"minProperties\":2}}}",
          "{\"prefixItems\":[{\"$ref\":\"#/x/definitions/a\"}],"
          "\"items\":false,\"definitions\":{\"a\":{\"items\":{}}},"
          "\"dependentSchemas\":{\"c\":{\"minProperties\":2}},"
          "\"dependentRequired\":{\"a\":[\"b\"]}}" },

        { NULL, NULL }
    };

    ngx_str_set(&prefix, "#/x");

    for (i = 0; texts[i][0]; i++) {
        schema = compile(texts[i][0], &error);

        if (ok(schema != NULL, "%s compiles: %.*s", texts[i][0],
               (int) error.len, error.data))
        {
            is_int(ngx_asyncapi_schema_embed(schema, pool, &prefix, &text),
                   NGX_OK, "it is embedded");
            is_str(&text, texts[i][1], "as a part of a document");
        }
    }
}


int
main(void)
{
    pool = unit_start();

    texts();
    errors_of_others();
    schemas();
    bounds();
    patterns();
    sizes();
    uris();
    embedded();

    return unit_done();
}

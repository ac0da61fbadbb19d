
/*
 * Copyright (C) The asyncapi module authors
 *
 * Cases in the form of the JSON Schema Test Suite: a file is an array of
 * groups, each with a "schema" and "tests", which have "data" and say whether
 * it is "valid".  Here a test may also have "errors", what is told of it, one
 * text each; and a group instead of "tests" an "error", what is said when the
 * schema is refused.  "formats": true asks for formats to be checked.
 *
 * Alone it runs t/schema/.  With arguments,
 *
 *     schema_suite [-7] [-f] FILE ...
 *
 * it prints what fails, and what is skipped because the schema is refused;
 * -7: a schema that does not say is of draft-07; -f: formats are checked.
 */


#include <glob.h>
#include <stdio.h>
#include "ngx_asyncapi_unit.h"
#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_schema.h"


typedef struct {
    ngx_str_t     description;
    ngx_str_t     schema;
    ngx_str_t     tests;
    ngx_str_t     error;
    ngx_str_t     data;
    ngx_str_t     valid;
    ngx_str_t     errors;
    ngx_str_t     formats;
} case_t;


/* what is not checked, and on purpose */

static struct {
    const char  *file;
    const char  *group;
    const char  *why;
}  known[] = {
    { "optional/content.json", "", "what a string contains is not looked at" },
    { "hostname.json", "validation of A-label (punycode) host names",
      "coded names are not decoded" },
    { NULL, NULL, NULL }
};


static ngx_pool_t   *pool;
static ngx_uint_t    suite, draft_07, formats;
static ngx_uint_t    passed, failed, skipped;
static const char   *file;


static void run_file(const char *path);
static void run_group(ngx_str_t *value);
static void run_test(ngx_asyncapi_schema_t *schema, case_t *group,
    ngx_str_t *value);
static ngx_uint_t same_errors(ngx_array_t *errors, ngx_str_t *expected);
static void with_draft(ngx_str_t *schema);
static ngx_str_t member(ngx_str_t *object, const char *name);
static ngx_str_t text_of(ngx_str_t *value);
static void read_case(case_t *c, ngx_str_t *value);


int
main(int argc, char **argv)
{
    int         i;
    glob_t      found;
    ngx_uint_t  n;

    pool = unit_start();

    if (argc == 1) {

        if (glob("t/schema/*.json", 0, NULL, &found) != 0) {
            printf("Bail out! no t/schema/*.json here\n");
            return 2;
        }

        for (n = 0; n < found.gl_pathc; n++) {
            run_file(found.gl_pathv[n]);
        }

        globfree(&found);

        return unit_done();
    }

    suite = 1;

    for (i = 1; i < argc; i++) {

        if (ngx_strcmp(argv[i], "-7") == 0) {
            draft_07 = 1;

        } else if (ngx_strcmp(argv[i], "-f") == 0) {
            formats = 1;

        } else {
            run_file(argv[i]);
        }
    }

    ngx_destroy_pool(pool);

    printf("%lu passed, %lu failed, %lu skipped\n", (unsigned long) passed,
           (unsigned long) failed, (unsigned long) skipped);

    return failed ? 1 : 0;
}


static void
run_file(const char *path)
{
    ngx_str_t                 text;
    ngx_asyncapi_json_iter_t  it;

    file = path;

    text = unit_read_file(pool, path);

    if (ngx_asyncapi_json_validate(&text, NULL) != NGX_OK) {
        printf("Bail out! \"%s\" is no JSON\n", path);
        exit(2);
    }

    ngx_asyncapi_json_iterate(&it, &text);

    while (ngx_asyncapi_json_next(&it)) {
        run_group(&it.value);
    }
}


static void
run_group(ngx_str_t *value)
{
    case_t                          group;
    ngx_str_t                       error, expected, name;
    ngx_uint_t                      i;
    ngx_asyncapi_schema_t          *schema;
    ngx_asyncapi_json_iter_t        it;
    ngx_asyncapi_schema_options_t   options;

    read_case(&group, value);

    if (draft_07) {
        with_draft(&group.schema);
    }

    options.formats = (formats || group.formats.len == 4);

    schema = ngx_asyncapi_schema_compile(pool, &group.schema, &options,
                                         &error);

    name = text_of(&group.description);

    if (group.error.len) {
        expected = text_of(&group.error);

        if (!ok(schema == NULL && error.len == expected.len
                && ngx_memcmp(error.data, expected.data, error.len) == 0,
                "%s: %.*s: is refused", file, (int) name.len, name.data))
        {
            diag("     got: %.*s", (int) error.len, error.data);
            diag("expected: %.*s", (int) expected.len, expected.data);
        }

        return;
    }

    if (schema == NULL) {

        if (!suite) {
            ok(0, "%s: %.*s", file, (int) name.len, name.data);
            diag("%.*s", (int) error.len, error.data);
            return;
        }

        skipped += ngx_asyncapi_json_count(&group.tests);
        printf("skipped: %s: %.*s: %.*s\n", file, (int) name.len, name.data,
               (int) error.len, error.data);
        return;
    }

    for (i = 0; suite && known[i].file; i++) {

        if (strstr(file, known[i].file)
            && ngx_strncmp(name.data, known[i].group,
                           ngx_strlen(known[i].group)) == 0)
        {
            skipped += ngx_asyncapi_json_count(&group.tests);
            printf("skipped: %s: %.*s: %s\n", file, (int) name.len, name.data,
                   known[i].why);
            return;
        }
    }

    ngx_asyncapi_json_iterate(&it, &group.tests);

    while (ngx_asyncapi_json_next(&it)) {
        run_test(schema, &group, &it.value);
    }
}


static void
run_test(ngx_asyncapi_schema_t *schema, case_t *group, ngx_str_t *value)
{
    case_t                         test;
    ngx_int_t                      rc, silent;
    ngx_str_t                      name, what;
    ngx_uint_t                     i, good;
    ngx_array_t                    errors;
    ngx_asyncapi_schema_error_t   *e;

    read_case(&test, value);

    name = text_of(&group->description);
    what = text_of(&test.description);

    ngx_array_init(&errors, pool, 4, sizeof(ngx_asyncapi_schema_error_t));

    rc = ngx_asyncapi_schema_check(schema, pool, &test.data, &errors, 10);
    silent = ngx_asyncapi_schema_check(schema, pool, &test.data, NULL, 0);

    good = (rc == ((test.valid.len == 4) ? NGX_OK : NGX_DECLINED)
            && rc == silent && (rc == NGX_OK) == (errors.nelts == 0)
            && (test.errors.len == 0 || same_errors(&errors, &test.errors)));

    if (suite) {

        if (good) {
            passed++;
            return;
        }

        failed++;
        printf("failed: %s: %.*s: %.*s\n", file, (int) name.len, name.data,
               (int) what.len, what.data);

    } else if (ok(good, "%s: %.*s: %.*s", file, (int) name.len, name.data,
                  (int) what.len, what.data))
    {
        return;
    }

    e = errors.elts;

    for (i = 0; i < errors.nelts; i++) {
        diag("%.*s %.*s", (int) e[i].pointer.len, e[i].pointer.data,
             (int) e[i].detail.len, e[i].detail.data);
    }
}


static ngx_uint_t
same_errors(ngx_array_t *errors, ngx_str_t *expected)
{
    size_t                        len;
    ngx_str_t                     text;
    ngx_asyncapi_json_iter_t      it;
    ngx_asyncapi_schema_error_t  *e;

    if (ngx_asyncapi_json_count(expected) != errors->nelts) {
        return 0;
    }

    e = errors->elts;

    ngx_asyncapi_json_iterate(&it, expected);

    for ( /* void */ ; ngx_asyncapi_json_next(&it); e++) {
        text = text_of(&it.value);
        len = e->pointer.len;

        if (text.len != len + 1 + e->detail.len
            || ngx_memcmp(text.data, e->pointer.data, len) != 0
            || ngx_memcmp(text.data + len + 1, e->detail.data, e->detail.len)
               != 0)
        {
            return 0;
        }
    }

    return 1;
}


static void
with_draft(ngx_str_t *schema)
{
    u_char       *p;
    static char   draft[] = "{\"$schema\":"
                            "\"http://json-schema.org/draft-07/schema#\"";

    if (schema->data[0] != '{' || member(schema, "$schema").len) {
        return;
    }

    p = ngx_pnalloc(pool, schema->len + sizeof(draft));

    p = ngx_cpymem(p, draft, sizeof(draft) - 1);

    if (ngx_asyncapi_json_count(schema)) {
        *p++ = ',';
    }

    p = ngx_cpymem(p, schema->data + 1, schema->len - 1);

    schema->len = schema->len - 1 + sizeof(draft) - 1
                  + (ngx_asyncapi_json_count(schema) > 0);
    schema->data = p - schema->len;
}


static void
read_case(case_t *c, ngx_str_t *value)
{
    c->description = member(value, "description");
    c->schema = member(value, "schema");
    c->tests = member(value, "tests");
    c->error = member(value, "error");
    c->data = member(value, "data");
    c->valid = member(value, "valid");
    c->errors = member(value, "errors");
    c->formats = member(value, "formats");
}


/* empty where there is none */

static ngx_str_t
member(ngx_str_t *object, const char *name)
{
    ngx_str_t                 value;
    ngx_asyncapi_json_step_t  step;

    ngx_memzero(&step, sizeof(ngx_asyncapi_json_step_t));

    step.key.data = (u_char *) name;
    step.key.len = ngx_strlen(name);

    if (ngx_asyncapi_json_get(pool, object, &step, 1, &value) != NGX_OK) {
        ngx_str_null(&value);
    }

    return value;
}


static ngx_str_t
text_of(ngx_str_t *value)
{
    ngx_str_t  text, inside;

    ngx_str_null(&text);

    if (value->len < 2 || value->data[0] != '"') {
        return text;
    }

    inside.data = value->data + 1;
    inside.len = value->len - 2;

    text.data = ngx_pnalloc(pool, inside.len + 1);
    text.len = ngx_asyncapi_json_unescape(text.data, &inside) - text.data;

    return text;
}

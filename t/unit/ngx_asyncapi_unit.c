
/*
 * Copyright (C) The asyncapi module authors
 */


#include "ngx_asyncapi_unit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>


static ngx_pool_t  *unit_pool;
static ngx_log_t    unit_log;
static ngx_uint_t   unit_run;
static ngx_uint_t   unit_failed;


static ngx_uint_t unit_report(ngx_uint_t passed, const char *fmt, va_list args);


ngx_pool_t *
unit_start(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);

    ngx_pagesize = getpagesize();
    ngx_cacheline_size = NGX_CPU_CACHE_LINE;

    unit_log.log_level = NGX_LOG_DEBUG_ALL|NGX_LOG_DEBUG;

    unit_pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, &unit_log);
    if (unit_pool == NULL) {
        abort();
    }

    return unit_pool;
}


int
unit_done(void)
{
    ngx_destroy_pool(unit_pool);

    printf("1..%lu\n", (unsigned long) unit_run);

    return unit_failed ? 1 : 0;
}


ngx_uint_t
ok(ngx_uint_t passed, const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    unit_report(passed, fmt, args);
    va_end(args);

    return passed;
}


ngx_uint_t
is_int(long got, long expected, const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    unit_report(got == expected, fmt, args);
    va_end(args);

    if (got != expected) {
        diag("     got: %ld", got);
        diag("expected: %ld", expected);
    }

    return got == expected;
}


ngx_uint_t
is_str(ngx_str_t *got, const char *expected, const char *fmt, ...)
{
    va_list     args;
    ngx_uint_t  same;

    same = (got->len == ngx_strlen(expected)
            && (got->len == 0
                || ngx_memcmp(got->data, expected, got->len) == 0));

    va_start(args, fmt);
    unit_report(same, fmt, args);
    va_end(args);

    if (!same) {
        diag("     got: %.*s", (int) got->len, (char *) got->data);
        diag("expected: %s", expected);
    }

    return same;
}


void
diag(const char *fmt, ...)
{
    va_list  args;

    printf("# ");

    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);

    printf("\n");
}


ngx_str_t
unit_read_file(ngx_pool_t *pool, const char *path)
{
    FILE       *file;
    long        size;
    ngx_str_t   text;

    file = fopen(path, "rb");

    if (file == NULL
        || fseek(file, 0, SEEK_END) != 0
        || (size = ftell(file)) < 0
        || fseek(file, 0, SEEK_SET) != 0)
    {
        printf("Bail out! can't read \"%s\"\n", path);
        exit(2);
    }

    text.len = (size_t) size;
    text.data = ngx_pnalloc(pool, text.len + 1);

    if (text.data == NULL || fread(text.data, 1, text.len, file) != text.len) {
        printf("Bail out! can't read \"%s\"\n", path);
        exit(2);
    }

    fclose(file);

    return text;
}


static ngx_uint_t
unit_report(ngx_uint_t passed, const char *fmt, va_list args)
{
    unit_run++;

    printf("%sok %lu - ", passed ? "" : "not ", (unsigned long) unit_run);
    vprintf(fmt, args);
    printf("\n");

    if (!passed) {
        unit_failed++;
    }

    return passed;
}

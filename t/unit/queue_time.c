
/*
 * Copyright (C) The asyncapi module authors
 *
 * Times of jobs: from now, by the calendar, and what is none.
 */


#include "ngx_asyncapi_unit.h"
#include "ngx_asyncapi_queue.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>


/* 2026-11-28T07:10:00.250 UTC */

#define NOW_SEC   1795849800
#define NOW_MSEC  250


static const char *const  accept_tests[][2] = {

    /* from now */

    { "0", "2026-11-28T07:10:00.250000" },
    { "90", "2026-11-28T07:11:30.250000" },
    { "10m", "2026-11-28T07:20:00.250000" },
    { "1d 2h", "2026-11-29T09:10:00.250000" },
    { "2030", "2026-11-28T07:43:50.250000" },
    { "800ms", "2026-11-28T07:10:01.050000" },

    /* the calendar's */

    { "2030-01-31T12:00:00", "2030-01-31T12:00:00.000000" },
    { "2030-01-31T12:00:00Z", "2030-01-31T12:00:00.000000" },
    { "2030-01-31 12:00", "2030-01-31T12:00:00.000000" },
    { "2030-01-31T12:00:00.5", "2030-01-31T12:00:00.500000" },
    { "2030-01-31T12:00:00.123456789Z", "2030-01-31T12:00:00.123456" },
    { "2030-01-31T12:00:00+01:00", "2030-01-31T11:00:00.000000" },
    { "2030-01-31T12:00:00-0530", "2030-01-31T17:30:00.000000" },
    { "2030-01-01T00:00:00+00:01", "2029-12-31T23:59:00.000000" },
    { "2030-12-31T23:59:60Z", "2031-01-01T00:00:00.000000" },
    { "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000" },
    { "2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000000" },
    { "2024-02-29T23:59:59Z", "2024-02-29T23:59:59.000000" },
    { "2100-02-28T12:00:00Z", "2100-02-28T12:00:00.000000" },
    { "2100-03-01T00:00:00Z", "2100-03-01T00:00:00.000000" },
    { "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000000" },
    { NULL, NULL }
};


static const char *const  refuse_tests[] = {
    "", " ", "-1", "soon", "10x", "5 m m", "99999999999999999999",
    "2030-01-31", "2030-01-31T", "2030-01-31T12", "2030-01-31T12:",
    "2030-1-31T12:00", "2030-00-31T12:00", "2030-13-31T12:00",
    "2030-01-00T12:00", "2030-01-32T12:00", "2030-04-31T12:00",
    "2023-02-29T12:00", "2100-02-29T12:00", "0000-01-01T00:00",
    "2030-01-31T24:00", "2030-01-31T12:60", "2030-01-31T12:00:61",
    "2030-01-31T12:00:00.", "2030-01-31T12:00:00.x", "2030-01-31T12:00:00ZZ",
    "2030-01-31T12:00:00 Z", "2030-01-31T12:00+", "2030-01-31T12:00+1",
    "2030-01-31T12:00+24:00", "2030-01-31T12:00+01:60",
    "2030-01-31T12:00+01:00Z", "2030-01-31x12:00", "2030/01/31T12:00",
    "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    NULL
};


static ngx_int_t time_of(const char *text, ngx_str_t *out);
static void every_day(void);


static u_char  buf[NGX_ASYNCAPI_QUEUE_TIME_LEN];


int
main(void)
{
    ngx_str_t   out;
    ngx_uint_t  i;

    (void) unit_start();

    for (i = 0; accept_tests[i][0]; i++) {

        if (ok(time_of(accept_tests[i][0], &out) == NGX_OK, "\"%s\" is a time",
               accept_tests[i][0]))
        {
            is_str(&out, accept_tests[i][1], "this one");
        }
    }

    for (i = 0; refuse_tests[i]; i++) {
        is_int(time_of(refuse_tests[i], &out), NGX_DECLINED,
               "\"%s\" is none", refuse_tests[i]);
    }

    ngx_asyncapi_queue_now(NOW_SEC, NOW_MSEC, buf);
    is_str(&out, "2026-11-28T07:10:00.250000", "and so is now");

    every_day();

    return unit_done();
}


/* it has memory of its own: nothing behind it may be looked at */

static ngx_int_t
time_of(const char *text, ngx_str_t *out)
{
    u_char     *p;
    ngx_int_t   rc;
    ngx_str_t   value;

    value.len = ngx_strlen(text);
    p = malloc(ngx_max(value.len, 1));

    value.data = p;
    memcpy(p, text, value.len);

    out->data = buf;
    out->len = sizeof(buf);

    rc = ngx_asyncapi_queue_time(&value, NOW_SEC, NOW_MSEC, buf);

    free(p);

    return rc;
}


/* what is written is what the C library has of it, and is read again */

static void
every_day(void)
{
    char        expected[32];
    u_char      again[NGX_ASYNCAPI_QUEUE_TIME_LEN];
    time_t      sec;
    struct tm   tm;
    ngx_str_t   text;
    ngx_uint_t  wrong, unread;

    wrong = 0;
    unread = 0;

    text.data = buf;
    text.len = sizeof(buf);

    for (sec = 86399; sec < 253402300799; sec += 86400) {

        ngx_asyncapi_queue_now(sec, 7, buf);

        (void) gmtime_r(&sec, &tm);
        (void) strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S.007000",
                        &tm);

        if (ngx_memcmp(buf, expected, sizeof(buf)) != 0) {
            wrong++;
        }

        if (ngx_asyncapi_queue_time(&text, 0, 0, again) != NGX_OK
            || ngx_memcmp(again, buf, sizeof(buf)) != 0)
        {
            unread++;
        }
    }

    is_int(wrong, 0, "the last second of each day until 9999 is written");
    is_int(unread, 0, "and read");
}

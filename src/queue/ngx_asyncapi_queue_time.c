
/*
 * Copyright (C) The asyncapi module authors
 *
 * Times at which a job is to be done: from now, or by the calendar.
 */


#include "ngx_asyncapi_queue.h"


/* years that have four digits, and are not before the first second */

#define NGX_ASYNCAPI_QUEUE_MAX_TIME  253402300799LL


typedef struct {
    const u_char  *p;
    const u_char  *last;
} ngx_asyncapi_queue_read_t;


static ngx_int_t ngx_asyncapi_queue_time_date(const ngx_str_t *value,
    int64_t *sec, ngx_uint_t *usec);
static ngx_int_t ngx_asyncapi_queue_time_clock(ngx_asyncapi_queue_read_t *r,
    int64_t *sec, ngx_uint_t *usec);
static ngx_int_t ngx_asyncapi_queue_time_zone(ngx_asyncapi_queue_read_t *r,
    int64_t *sec);
static ngx_int_t ngx_asyncapi_queue_time_number(ngx_asyncapi_queue_read_t *r,
    ngx_uint_t digits, ngx_int_t min, ngx_int_t max);
static ngx_uint_t ngx_asyncapi_queue_time_has(ngx_asyncapi_queue_read_t *r,
    u_char ch);
static void ngx_asyncapi_queue_time_write(int64_t sec, ngx_uint_t usec,
    u_char *out);
static u_char *ngx_asyncapi_queue_time_digits(u_char *p, ngx_uint_t n,
    ngx_uint_t digits, u_char after);


ngx_int_t
ngx_asyncapi_queue_time(const ngx_str_t *value, time_t now, ngx_uint_t msec,
    u_char *out)
{
    int64_t     sec;
    ngx_int_t   ms;
    ngx_str_t   text;
    ngx_uint_t  usec;

    text = *value;

    if (text.len > 4 && text.data[4] == '-') {

        if (ngx_asyncapi_queue_time_date(value, &sec, &usec) != NGX_OK) {
            return NGX_DECLINED;
        }

    } else {
        ms = text.len ? ngx_parse_time(&text, 0) : NGX_ERROR;

        if (ms == NGX_ERROR) {
            return NGX_DECLINED;
        }

        sec = (int64_t) now + ms / 1000;
        usec = (msec + ms % 1000) * 1000;

        sec += usec / 1000000;
        usec %= 1000000;
    }

    if (sec < 0 || sec > NGX_ASYNCAPI_QUEUE_MAX_TIME) {
        return NGX_DECLINED;
    }

    ngx_asyncapi_queue_time_write(sec, usec, out);

    return NGX_OK;
}


void
ngx_asyncapi_queue_now(time_t now, ngx_uint_t msec, u_char *out)
{
    ngx_asyncapi_queue_time_write(now, msec * 1000, out);
}


/* 2026-11-28T07:10[:00[.123456]][Z|+01:00] */

static ngx_int_t
ngx_asyncapi_queue_time_date(const ngx_str_t *value, int64_t *sec,
    ngx_uint_t *usec)
{
    int64_t                    days;
    ngx_int_t                  year, month, day, most;
    ngx_asyncapi_queue_read_t  r;

    static const u_char  lengths[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };

    r.p = value->data;
    r.last = value->data + value->len;

    year = ngx_asyncapi_queue_time_number(&r, 4, 1, 9999);

    if (year == NGX_ERROR || !ngx_asyncapi_queue_time_has(&r, '-')) {
        return NGX_ERROR;
    }

    month = ngx_asyncapi_queue_time_number(&r, 2, 1, 12);

    if (month == NGX_ERROR || !ngx_asyncapi_queue_time_has(&r, '-')) {
        return NGX_ERROR;
    }

    most = lengths[month - 1];

    if (month == 2
        && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
    {
        most++;
    }

    day = ngx_asyncapi_queue_time_number(&r, 2, 1, most);

    if (day == NGX_ERROR
        || !(ngx_asyncapi_queue_time_has(&r, 'T')
             || ngx_asyncapi_queue_time_has(&r, ' ')))
    {
        return NGX_ERROR;
    }

    /* as if years began in March, of 400 years 146097 days each */

    if (month < 3) {
        year--;
        month += 12;
    }

    days = (int64_t) 365 * year + year / 4 - year / 100 + year / 400
           + (153 * (month - 3) + 2) / 5 + day - 1 - 719468;

    *sec = days * 86400;

    return ngx_asyncapi_queue_time_clock(&r, sec, usec);
}


static ngx_int_t
ngx_asyncapi_queue_time_clock(ngx_asyncapi_queue_read_t *r, int64_t *sec,
    ngx_uint_t *usec)
{
    ngx_int_t   hour, minute, second;
    ngx_uint_t  unit;

    *usec = 0;
    second = 0;

    hour = ngx_asyncapi_queue_time_number(r, 2, 0, 23);

    if (hour == NGX_ERROR || !ngx_asyncapi_queue_time_has(r, ':')) {
        return NGX_ERROR;
    }

    minute = ngx_asyncapi_queue_time_number(r, 2, 0, 59);

    if (minute == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (ngx_asyncapi_queue_time_has(r, ':')) {

        second = ngx_asyncapi_queue_time_number(r, 2, 0, 60);

        if (second == NGX_ERROR) {
            return NGX_ERROR;
        }

        if (ngx_asyncapi_queue_time_has(r, '.')) {

            if (r->p == r->last || *r->p < '0' || *r->p > '9') {
                return NGX_ERROR;
            }

            for (unit = 100000;
                 r->p < r->last && *r->p >= '0' && *r->p <= '9';
                 unit /= 10)
            {
                *usec += (*r->p++ - '0') * unit;
            }
        }
    }

    *sec += hour * 3600 + minute * 60 + second;

    return ngx_asyncapi_queue_time_zone(r, sec);
}


static ngx_int_t
ngx_asyncapi_queue_time_zone(ngx_asyncapi_queue_read_t *r, int64_t *sec)
{
    ngx_int_t  sign, hour, minute;

    if (r->p == r->last) {
        return NGX_OK;
    }

    if (ngx_asyncapi_queue_time_has(r, 'Z')) {
        return (r->p == r->last) ? NGX_OK : NGX_ERROR;
    }

    if (ngx_asyncapi_queue_time_has(r, '+')) {
        sign = 1;

    } else if (ngx_asyncapi_queue_time_has(r, '-')) {
        sign = -1;

    } else {
        return NGX_ERROR;
    }

    hour = ngx_asyncapi_queue_time_number(r, 2, 0, 23);

    if (hour == NGX_ERROR) {
        return NGX_ERROR;
    }

    (void) ngx_asyncapi_queue_time_has(r, ':');

    minute = ngx_asyncapi_queue_time_number(r, 2, 0, 59);

    if (minute == NGX_ERROR || r->p != r->last) {
        return NGX_ERROR;
    }

    *sec -= sign * (hour * 3600 + minute * 60);

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_queue_time_number(ngx_asyncapi_queue_read_t *r, ngx_uint_t digits,
    ngx_int_t min, ngx_int_t max)
{
    ngx_int_t  n;

    if ((size_t) (r->last - r->p) < digits) {
        return NGX_ERROR;
    }

    n = ngx_atoi((u_char *) r->p, digits);

    if (n < min || n > max) {
        return NGX_ERROR;
    }

    r->p += digits;

    return n;
}


static ngx_uint_t
ngx_asyncapi_queue_time_has(ngx_asyncapi_queue_read_t *r, u_char ch)
{
    if (r->p == r->last || *r->p != ch) {
        return 0;
    }

    r->p++;

    return 1;
}


static void
ngx_asyncapi_queue_time_write(int64_t sec, ngx_uint_t usec, u_char *out)
{
    ngx_uint_t  days, rest, year, month, day, era;

    days = sec / 86400 + 719468;
    rest = sec % 86400;

    /* the other way round */

    era = days / 146097;
    day = days % 146097;

    year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * year + year / 4 - year / 100;
    year += era * 400;

    month = (5 * day + 2) / 153;
    day -= (153 * month + 2) / 5;

    month = (month < 10) ? month + 3 : month - 9;

    if (month < 3) {
        year++;
    }

    out = ngx_asyncapi_queue_time_digits(out, year, 4, '-');
    out = ngx_asyncapi_queue_time_digits(out, month, 2, '-');
    out = ngx_asyncapi_queue_time_digits(out, day + 1, 2, 'T');
    out = ngx_asyncapi_queue_time_digits(out, rest / 3600, 2, ':');
    out = ngx_asyncapi_queue_time_digits(out, rest / 60 % 60, 2, ':');
    out = ngx_asyncapi_queue_time_digits(out, rest % 60, 2, '.');
    (void) ngx_asyncapi_queue_time_digits(out, usec, 6, '\0');
}


/* and what comes after them, if anything does */

static u_char *
ngx_asyncapi_queue_time_digits(u_char *p, ngx_uint_t n, ngx_uint_t digits,
    u_char after)
{
    ngx_uint_t  i;

    for (i = digits; i; i--) {
        p[i - 1] = (u_char) ('0' + n % 10);
        n /= 10;
    }

    p += digits;

    if (after) {
        *p++ = after;
    }

    return p;
}

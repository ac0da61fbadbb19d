
/*
 * Copyright (C) The asyncapi module authors
 *
 * Formats: dates and times by RFC 3339, addresses and names.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_schema_format.h"
#include "ngx_asyncapi_schema_private.h"


static ngx_uint_t ngx_asyncapi_format_time(const u_char *p,
    const u_char *last);
static ngx_uint_t ngx_asyncapi_format_offset(const u_char *p,
    const u_char *last, ngx_int_t *minutes);
static ngx_uint_t ngx_asyncapi_format_email(const u_char *p,
    const u_char *last);
static const u_char *ngx_asyncapi_format_local(const u_char *p,
    const u_char *last);
static ngx_uint_t ngx_asyncapi_format_any(const u_char *p,
    const u_char *last);
static ngx_int_t ngx_asyncapi_format_digits(const u_char *p,
    const u_char *last, size_t n);


/* what OpenAPI has formats for, and JSON has no rules for, is not checked */

static const ngx_asyncapi_schema_format_t  ngx_asyncapi_formats[] = {

    { ngx_string("date"),
      ngx_string("must be a date, as 2024-02-29"),
      ngx_asyncapi_format_date },

    { ngx_string("date-time"),
      ngx_string("must be a date and time, as 2024-02-29T12:30:00Z"),
      ngx_asyncapi_format_date_time },

    { ngx_string("time"),
      ngx_string("must be a time with an offset, as 12:30:00Z"),
      ngx_asyncapi_format_time },

    { ngx_string("email"),
      ngx_string("must be an email address"),
      ngx_asyncapi_format_email },

    { ngx_string("hostname"),
      ngx_string("must be a host name"),
      ngx_asyncapi_format_hostname },

    { ngx_string("ipv4"),
      ngx_string("must be an IPv4 address"),
      ngx_asyncapi_format_ipv4 },

    { ngx_string("ipv6"),
      ngx_string("must be an IPv6 address"),
      ngx_asyncapi_format_ipv6 },

    { ngx_string("uri"),
      ngx_string("must be a URI with a scheme, as https://example.com/"),
      ngx_asyncapi_format_uri },

    { ngx_string("uri-reference"),
      ngx_string("must be a URI or a part of one"),
      ngx_asyncapi_format_uri_reference },

    { ngx_string("uuid"),
      ngx_string("must be a UUID"),
      ngx_asyncapi_format_uuid },

    { ngx_string("int32"), ngx_null_string, ngx_asyncapi_format_any },
    { ngx_string("int64"), ngx_null_string, ngx_asyncapi_format_any },
    { ngx_string("float"), ngx_null_string, ngx_asyncapi_format_any },
    { ngx_string("double"), ngx_null_string, ngx_asyncapi_format_any },
    { ngx_string("byte"), ngx_null_string, ngx_asyncapi_format_any },
    { ngx_string("binary"), ngx_null_string, ngx_asyncapi_format_any },
    { ngx_string("password"), ngx_null_string, ngx_asyncapi_format_any },

    { ngx_null_string, ngx_null_string, NULL }
};


const ngx_asyncapi_schema_format_t *
ngx_asyncapi_schema_format(const u_char *data, size_t len)
{
    const ngx_asyncapi_schema_format_t  *f;

    for (f = ngx_asyncapi_formats; f->valid; f++) {
        if (f->name.len == len && ngx_memcmp(f->name.data, data, len) == 0) {
            return f;
        }
    }

    return NULL;
}


static ngx_uint_t
ngx_asyncapi_format_any(const u_char *p, const u_char *last)
{
    return 1;
}


ngx_uint_t
ngx_asyncapi_format_date(const u_char *p, const u_char *last)
{
    ngx_int_t           year, month, day, days;
    static const u_char month_days[] = { 31, 28, 31, 30, 31, 30,
                                         31, 31, 30, 31, 30, 31 };

    if (last - p != 10 || p[4] != '-' || p[7] != '-') {
        return 0;
    }

    year = ngx_asyncapi_format_digits(p, last, 4);
    month = ngx_asyncapi_format_digits(p + 5, last, 2);
    day = ngx_asyncapi_format_digits(p + 8, last, 2);

    if (year < 0 || month < 1 || month > 12 || day < 1) {
        return 0;
    }

    days = month_days[month - 1];

    if (month == 2
        && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
    {
        days = 29;
    }

    return day <= days;
}


static ngx_uint_t
ngx_asyncapi_format_time(const u_char *p, const u_char *last)
{
    ngx_int_t  hour, minute, second, offset;

    if (last - p < 9 || p[2] != ':' || p[5] != ':') {
        return 0;
    }

    hour = ngx_asyncapi_format_digits(p, last, 2);
    minute = ngx_asyncapi_format_digits(p + 3, last, 2);
    second = ngx_asyncapi_format_digits(p + 6, last, 2);

    if (hour < 0 || hour > 23 || minute < 0 || minute > 59
        || second < 0 || second > 60)
    {
        return 0;
    }

    p += 8;

    if (p < last && *p == '.') {
        p++;

        if (ngx_asyncapi_format_digits(p, last, 1) < 0) {
            return 0;
        }

        while (p < last && *p >= '0' && *p <= '9') {
            p++;
        }
    }

    if (!ngx_asyncapi_format_offset(p, last, &offset)) {
        return 0;
    }

    if (second < 60) {
        return 1;
    }

    /* a leap second is the last one of a day, in UTC */

    return (hour * 60 + minute - offset + 1440) % 1440 == 1439;
}


static ngx_uint_t
ngx_asyncapi_format_offset(const u_char *p, const u_char *last,
    ngx_int_t *minutes)
{
    ngx_int_t  hour, minute;

    *minutes = 0;

    if (last - p == 1) {
        return *p == 'Z' || *p == 'z';
    }

    if (last - p != 6 || (*p != '+' && *p != '-') || p[3] != ':') {
        return 0;
    }

    hour = ngx_asyncapi_format_digits(p + 1, last, 2);
    minute = ngx_asyncapi_format_digits(p + 4, last, 2);

    if (hour < 0 || hour > 23 || minute < 0 || minute > 59) {
        return 0;
    }

    *minutes = hour * 60 + minute;

    if (*p == '-') {
        *minutes = -*minutes;
    }

    return 1;
}


ngx_uint_t
ngx_asyncapi_format_date_time(const u_char *p, const u_char *last)
{
    return last - p > 11 && (p[10] == 'T' || p[10] == 't')
           && ngx_asyncapi_format_date(p, p + 10)
           && ngx_asyncapi_format_time(p + 11, last);
}


/* RFC 5321: dots or quotes, and after the @ a name or an address */

static ngx_uint_t
ngx_asyncapi_format_email(const u_char *p, const u_char *last)
{
    const u_char  *at;

    at = ngx_asyncapi_format_local(p, last);

    if (at == NULL || at == p || at == last || *at != '@' || at - p > 64) {
        return 0;
    }

    p = at + 1;

    if (p < last && *p == '[') {

        if (*--last != ']') {
            return 0;
        }

        p++;

        if (last - p > 5 && ngx_strncasecmp((u_char *) p, (u_char *) "IPv6:", 5)
                            == 0)
        {
            return ngx_asyncapi_format_ipv6(p + 5, last);
        }

        return ngx_asyncapi_format_ipv4(p, last);
    }

    return ngx_asyncapi_format_hostname(p, last);
}


/* to the @ after it; NULL: it is none */

static const u_char *
ngx_asyncapi_format_local(const u_char *p, const u_char *last)
{
    ngx_uint_t  dot;

    if (p < last && *p == '"') {

        for (p++; p < last && *p != '"'; p++) {

            if (*p == '\\' && ++p == last) {
                return NULL;
            }

            if (*p < ' ' || *p > '~') {
                return NULL;
            }
        }

        return (p < last) ? p + 1 : NULL;
    }

    dot = 1;

    for ( /* void */ ; p < last && *p != '@'; p++) {

        if (*p == '.') {

            if (dot) {
                return NULL;
            }

            dot = 1;
            continue;
        }

        if (!ngx_asyncapi_format_alnum(*p)
            && (*p == '\0' || ngx_strchr("!#$%&'*+-/=?^_`{|}~", *p) == NULL))
        {
            return NULL;
        }

        dot = 0;
    }

    return dot ? NULL : p;
}


ngx_uint_t
ngx_asyncapi_format_uuid(const u_char *p, const u_char *last)
{
    ngx_uint_t  i;

    if (last - p != 36) {
        return 0;
    }

    for (i = 0; i < 36; i++) {

        if (i == 8 || i == 13 || i == 18 || i == 23) {

            if (p[i] != '-') {
                return 0;
            }

        } else if (!ngx_asyncapi_format_hex(p[i])) {
            return 0;
        }
    }

    return 1;
}


/* the number that n digits are, or -1 */

static ngx_int_t
ngx_asyncapi_format_digits(const u_char *p, const u_char *last, size_t n)
{
    ngx_int_t  value;

    if ((size_t) (last - p) < n) {
        return -1;
    }

    for (value = 0; n; n--, p++) {

        if (*p < '0' || *p > '9') {
            return -1;
        }

        value = value * 10 + (*p - '0');
    }

    return value;
}

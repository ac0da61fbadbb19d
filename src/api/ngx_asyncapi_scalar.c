
/*
 * Copyright (C) The asyncapi module authors
 *
 * The types that a parameter can have.
 */


#include "ngx_asyncapi_scalar.h"
#include "ngx_asyncapi_json.h"


/* a number: 0.d1d2d3... with the first digit not zero, times 10^exponent */

typedef struct {
    u_char                     *digits;    /* may have one "." among them */
    u_char                     *last;
    int64_t                     exponent;
    unsigned                    negative:1;
    unsigned                    zero:1;
} ngx_asyncapi_decimal_t;


static ngx_uint_t ngx_asyncapi_is_integer(ngx_str_t *text);
static ngx_uint_t ngx_asyncapi_is_number(ngx_str_t *text);
static ngx_uint_t ngx_asyncapi_is_boolean(ngx_str_t *text);
static ngx_uint_t ngx_asyncapi_is_uuid(ngx_str_t *text);
static ngx_uint_t ngx_asyncapi_is_date(ngx_str_t *text);
static ngx_uint_t ngx_asyncapi_is_date_time(ngx_str_t *text);
static ngx_int_t ngx_asyncapi_offset(u_char *p, u_char *last);
static ngx_int_t ngx_asyncapi_digits(u_char *p, ngx_uint_t n);
static u_char *ngx_asyncapi_skip_digits(u_char *p, u_char *last);
static void ngx_asyncapi_decimal(const ngx_str_t *text,
    ngx_asyncapi_decimal_t *decimal);
static ngx_int_t ngx_asyncapi_decimal_compare(ngx_asyncapi_decimal_t *a,
    ngx_asyncapi_decimal_t *b);
static ngx_uint_t ngx_asyncapi_decimal_digit(ngx_asyncapi_decimal_t *decimal);


const ngx_str_t  ngx_asyncapi_scalar_names[] = {
#define X(id, name, message)  ngx_string(name),
    NGX_ASYNCAPI_SCALARS(X)
#undef X
};


const char  *ngx_asyncapi_scalar_messages[] = {
#define X(id, name, message)  message,
    NGX_ASYNCAPI_SCALARS(X)
#undef X
};


static ngx_uint_t  ngx_asyncapi_days[] = {
    31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
};


ngx_uint_t
ngx_asyncapi_scalar_is(ngx_asyncapi_scalar_e type, ngx_str_t *text)
{
    switch (type) {

    case NGX_ASYNCAPI_SCALAR_INTEGER:
        return ngx_asyncapi_is_integer(text);

    case NGX_ASYNCAPI_SCALAR_NUMBER:
        return ngx_asyncapi_is_number(text);

    case NGX_ASYNCAPI_SCALAR_BOOLEAN:
        return ngx_asyncapi_is_boolean(text);

    case NGX_ASYNCAPI_SCALAR_UUID:
        return ngx_asyncapi_is_uuid(text);

    case NGX_ASYNCAPI_SCALAR_DATE:
        return text->len == 10 && ngx_asyncapi_is_date(text);

    case NGX_ASYNCAPI_SCALAR_DATE_TIME:
        return ngx_asyncapi_is_date_time(text);

    default:
        return ngx_asyncapi_json_utf8_valid(text->data, text->len);
    }
}


static ngx_uint_t
ngx_asyncapi_is_integer(ngx_str_t *text)
{
    u_char       *p, *last;
    uint64_t      n, max;
    ngx_uint_t    digit;

    p = text->data;
    last = p + text->len;
    max = INT64_MAX;

    if (p < last && *p == '-') {
        max++;
        p++;
    }

    if (p == last || (*p == '0' && p + 1 < last)) {
        return 0;
    }

    for (n = 0; p < last; p++) {

        if (*p < '0' || *p > '9') {
            return 0;
        }

        digit = *p - '0';

        if (n > (max - digit) / 10) {
            return 0;
        }

        n = n * 10 + digit;
    }

    if (n == 0) {
        ngx_str_set(text, "0");
    }

    return 1;
}


static ngx_uint_t
ngx_asyncapi_is_number(ngx_str_t *text)
{
    u_char  *p, *last, *digits;

    p = text->data;
    last = p + text->len;

    if (p < last && *p == '-') {
        p++;
    }

    digits = p;
    p = ngx_asyncapi_skip_digits(p, last);

    if (p == digits || (*digits == '0' && p - digits > 1)) {
        return 0;
    }

    if (p < last && *p == '.') {
        digits = ++p;
        p = ngx_asyncapi_skip_digits(p, last);

        if (p == digits) {
            return 0;
        }
    }

    if (p < last && (*p == 'e' || *p == 'E')) {
        p++;

        if (p < last && (*p == '+' || *p == '-')) {
            p++;
        }

        digits = p;
        p = ngx_asyncapi_skip_digits(p, last);

        if (p == digits) {
            return 0;
        }
    }

    return p == last;
}


static ngx_uint_t
ngx_asyncapi_is_boolean(ngx_str_t *text)
{
    if ((text->len == 4 && ngx_strncmp(text->data, "true", 4) == 0)
        || (text->len == 1 && text->data[0] == '1'))
    {
        ngx_str_set(text, "true");
        return 1;
    }

    if ((text->len == 5 && ngx_strncmp(text->data, "false", 5) == 0)
        || (text->len == 1 && text->data[0] == '0'))
    {
        ngx_str_set(text, "false");
        return 1;
    }

    return 0;
}


static ngx_uint_t
ngx_asyncapi_is_uuid(ngx_str_t *text)
{
    u_char      ch;
    ngx_uint_t  i;

    if (text->len != 36) {
        return 0;
    }

    for (i = 0; i < 36; i++) {
        ch = text->data[i];

        if (i == 8 || i == 13 || i == 18 || i == 23) {

            if (ch != '-') {
                return 0;
            }

            continue;
        }

        if ((ch >= '0' && ch <= '9')
            || ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'f'))
        {
            continue;
        }

        return 0;
    }

    return 1;
}


/* the first ten bytes */

static ngx_uint_t
ngx_asyncapi_is_date(ngx_str_t *text)
{
    u_char     *p;
    ngx_int_t   year, month, day;

    p = text->data;

    year = ngx_asyncapi_digits(p, 4);
    month = ngx_asyncapi_digits(p + 5, 2);
    day = ngx_asyncapi_digits(p + 8, 2);

    if (year < 0 || p[4] != '-' || p[7] != '-'
        || month < 1 || month > 12
        || day < 1 || day > (ngx_int_t) ngx_asyncapi_days[month - 1])
    {
        return 0;
    }

    if (month == 2 && day == 29) {
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    }

    return 1;
}


/* 2024-02-29T12:00:00[.5](Z|+01:00) */

static ngx_uint_t
ngx_asyncapi_is_date_time(ngx_str_t *text)
{
    u_char     *p, *last;
    ngx_int_t   hour, minute, second, offset;

    p = text->data;
    last = p + text->len;

    if (text->len < sizeof("2024-02-29T12:00:00Z") - 1
        || !ngx_asyncapi_is_date(text)
        || (p[10] != 'T' && p[10] != 't') || p[13] != ':' || p[16] != ':')
    {
        return 0;
    }

    hour = ngx_asyncapi_digits(p + 11, 2);
    minute = ngx_asyncapi_digits(p + 14, 2);
    second = ngx_asyncapi_digits(p + 17, 2);

    if (hour < 0 || hour > 23 || minute < 0 || minute > 59
        || second < 0 || second > 60)
    {
        return 0;
    }

    p += 19;

    if (*p == '.') {
        p = ngx_asyncapi_skip_digits(p + 1, last);

        if (p[-1] == '.') {
            return 0;
        }
    }

    offset = ngx_asyncapi_offset(p, last);

    if (offset == NGX_ERROR) {
        return 0;
    }

    /* UTC has a leap second at the end of a day alone */

    return second < 60
           || (hour * 60 + minute - (offset - 1440) + 1440) % 1440 == 1439;
}


/* minutes of "Z", "+01:00" or "-23:59", and a day more, so never negative */

static ngx_int_t
ngx_asyncapi_offset(u_char *p, u_char *last)
{
    ngx_int_t  hour, minute;

    if (last - p == 1 && (*p == 'Z' || *p == 'z')) {
        return 1440;
    }

    if (last - p != sizeof("+01:00") - 1 || (*p != '+' && *p != '-')
        || p[3] != ':')
    {
        return NGX_ERROR;
    }

    hour = ngx_asyncapi_digits(p + 1, 2);
    minute = ngx_asyncapi_digits(p + 4, 2);

    if (hour < 0 || hour > 23 || minute < 0 || minute > 59) {
        return NGX_ERROR;
    }

    return (*p == '-') ? 1440 - hour * 60 - minute : 1440 + hour * 60 + minute;
}


static ngx_int_t
ngx_asyncapi_digits(u_char *p, ngx_uint_t n)
{
    ngx_int_t  value;

    for (value = 0; n; n--, p++) {

        if (*p < '0' || *p > '9') {
            return NGX_ERROR;
        }

        value = value * 10 + (*p - '0');
    }

    return value;
}


static u_char *
ngx_asyncapi_skip_digits(u_char *p, u_char *last)
{
    while (p < last && *p >= '0' && *p <= '9') {
        p++;
    }

    return p;
}


ngx_int_t
ngx_asyncapi_number_compare(const ngx_str_t *a, const ngx_str_t *b)
{
    ngx_int_t               rc;
    ngx_asyncapi_decimal_t  x, y;

    ngx_asyncapi_decimal(a, &x);
    ngx_asyncapi_decimal(b, &y);

    if (x.zero && y.zero) {
        return 0;
    }

    if (x.zero) {
        return y.negative ? 1 : -1;
    }

    if (y.zero || x.negative != y.negative) {
        return x.negative ? -1 : 1;
    }

    rc = ngx_asyncapi_decimal_compare(&x, &y);

    return x.negative ? -rc : rc;
}


static void
ngx_asyncapi_decimal(const ngx_str_t *text, ngx_asyncapi_decimal_t *decimal)
{
    u_char    *p, *last, *point;
    int64_t    exponent;
    ngx_int_t  sign;

    p = text->data;
    last = p + text->len;

    decimal->negative = (*p == '-');
    p += decimal->negative;

    decimal->last = p;

    while (decimal->last < last && (*decimal->last | 0x20) != 'e') {
        decimal->last++;
    }

    /* an exponent that is beyond all lengths of texts needs no more digits */

    exponent = 0;
    sign = 1;

    if (decimal->last < last) {

        for (point = decimal->last + 1; point < last; point++) {

            if (*point == '-') {
                sign = -1;

            } else if (*point != '+' && exponent < (int64_t) 1 << 56) {
                exponent = exponent * 10 + (*point - '0');
            }
        }
    }

    point = ngx_strlchr(p, decimal->last, '.');

    if (point == NULL) {
        point = decimal->last;
    }

    while (p < decimal->last && (*p == '0' || *p == '.')) {
        p++;
    }

    decimal->zero = (p == decimal->last);
    decimal->digits = p;
    decimal->exponent = sign * exponent + (point - p) + (p > point);
}


/* of magnitudes that are not zero */

static ngx_int_t
ngx_asyncapi_decimal_compare(ngx_asyncapi_decimal_t *a,
    ngx_asyncapi_decimal_t *b)
{
    ngx_uint_t  x, y;

    if (a->exponent != b->exponent) {
        return (a->exponent < b->exponent) ? -1 : 1;
    }

    while (a->digits < a->last || b->digits < b->last) {
        x = ngx_asyncapi_decimal_digit(a);
        y = ngx_asyncapi_decimal_digit(b);

        if (x != y) {
            return (x < y) ? -1 : 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_asyncapi_decimal_digit(ngx_asyncapi_decimal_t *decimal)
{
    if (decimal->digits < decimal->last && *decimal->digits == '.') {
        decimal->digits++;
    }

    return (decimal->digits < decimal->last) ? *decimal->digits++ - '0' : 0;
}


size_t
ngx_asyncapi_text_length(const ngx_str_t *text)
{
    size_t  i, n;

    for (i = 0, n = 0; i < text->len; i++) {
        n += (text->data[i] & 0xc0) != 0x80;
    }

    return n;
}

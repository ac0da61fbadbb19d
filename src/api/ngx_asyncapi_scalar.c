
/*
 * Copyright (C) The asyncapi module authors
 *
 * The types that a parameter can have.
 */


#include "ngx_asyncapi_scalar.h"
#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_schema_format.h"
#include "ngx_asyncapi_schema_number.h"


static ngx_uint_t ngx_asyncapi_is_integer(ngx_str_t *text);
static ngx_uint_t ngx_asyncapi_is_number(ngx_str_t *text);
static ngx_uint_t ngx_asyncapi_is_boolean(ngx_str_t *text);
static u_char *ngx_asyncapi_skip_digits(u_char *p, u_char *last);


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


ngx_uint_t
ngx_asyncapi_scalar_is(ngx_asyncapi_scalar_e type, ngx_str_t *text)
{
    u_char  *last;

    last = text->data + text->len;

    switch (type) {

    case NGX_ASYNCAPI_SCALAR_INTEGER:
        return ngx_asyncapi_is_integer(text);

    case NGX_ASYNCAPI_SCALAR_NUMBER:
        return ngx_asyncapi_is_number(text);

    case NGX_ASYNCAPI_SCALAR_BOOLEAN:
        return ngx_asyncapi_is_boolean(text);

    case NGX_ASYNCAPI_SCALAR_UUID:
        return ngx_asyncapi_format_uuid(text->data, last);

    case NGX_ASYNCAPI_SCALAR_DATE:
        return ngx_asyncapi_format_date(text->data, last);

    case NGX_ASYNCAPI_SCALAR_DATE_TIME:
        return ngx_asyncapi_format_date_time(text->data, last);

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
    ngx_asyncapi_schema_number_t  x, y;

    ngx_asyncapi_schema_number(&x, a->data, a->len);
    ngx_asyncapi_schema_number(&y, b->data, b->len);

    return ngx_asyncapi_schema_compare(&x, &y);
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

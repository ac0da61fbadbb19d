
/*
 * Copyright (C) The asyncapi module authors
 *
 * Formats: names and addresses of hosts, and URIs by RFC 3986.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_schema_format.h"


static const u_char *ngx_asyncapi_format_scheme(const u_char *p,
    const u_char *last);
static ngx_uint_t ngx_asyncapi_format_relative(const u_char *p,
    const u_char *last, ngx_uint_t absolute);
static ngx_uint_t ngx_asyncapi_format_authority(const u_char *p,
    const u_char *last);
static ngx_uint_t ngx_asyncapi_format_literal(const u_char *p,
    const u_char *last);
static ngx_uint_t ngx_asyncapi_format_chars(const u_char *p,
    const u_char *last, const char *also);


/* labels of letters, digits and hyphens */

ngx_uint_t
ngx_asyncapi_format_hostname(const u_char *p, const u_char *last)
{
    const u_char  *label;

    if (p == last || last - p > 253) {
        return 0;
    }

    label = p;

    for ( /* void */ ; p <= last; p++) {

        if (p == last || *p == '.') {

            if (p == label || p - label > 63
                || *label == '-' || p[-1] == '-')
            {
                return 0;
            }

            /* other prefixes than that of a coded name are reserved */

            if (p - label > 3 && label[2] == '-' && label[3] == '-'
                && ngx_strncasecmp((u_char *) label, (u_char *) "xn", 2) != 0)
            {
                return 0;
            }

            label = p + 1;
            continue;
        }

        if (!ngx_asyncapi_format_alnum(*p) && *p != '-') {
            return 0;
        }
    }

    return 1;
}


ngx_uint_t
ngx_asyncapi_format_ipv4(const u_char *p, const u_char *last)
{
    ngx_uint_t  n, digits, value;

    for (n = 0; n < 4; n++) {

        if (n && (p == last || *p++ != '.')) {
            return 0;
        }

        value = 0;

        for (digits = 0; p < last && ngx_asyncapi_format_digit(*p); digits++) {

            /* some take what begins with 0 for octal */

            if (digits && value == 0) {
                return 0;
            }

            value = value * 10 + (*p++ - '0');

            if (value > 255) {
                return 0;
            }
        }

        if (digits == 0) {
            return 0;
        }
    }

    return p == last;
}


ngx_uint_t
ngx_asyncapi_format_ipv6(const u_char *p, const u_char *last)
{
    ngx_uint_t     n, gap, digits;
    const u_char  *group;

    n = 0;
    gap = 0;

    if (last - p >= 2 && p[0] == ':' && p[1] == ':') {
        gap = 1;
        p += 2;
    }

    while (p < last) {

        group = p;

        for (digits = 0; p < last && ngx_asyncapi_format_hex(*p); digits++) {
            p++;
        }

        if (p < last && *p == '.') {
            n += 2;

            if (!ngx_asyncapi_format_ipv4(group, last)) {
                return 0;
            }

            break;
        }

        if (digits == 0 || digits > 4 || ++n > 8) {
            return 0;
        }

        if (p == last) {
            break;
        }

        if (*p++ != ':' || p == last) {
            return 0;
        }

        if (*p == ':') {

            if (gap) {
                return 0;
            }

            gap = 1;
            p++;
        }
    }

    return gap ? n <= 7 : n == 8;
}


ngx_uint_t
ngx_asyncapi_format_uri(const u_char *p, const u_char *last)
{
    p = ngx_asyncapi_format_scheme(p, last);

    return p && ngx_asyncapi_format_relative(p, last, 1);
}


ngx_uint_t
ngx_asyncapi_format_uri_reference(const u_char *p, const u_char *last)
{
    return ngx_asyncapi_format_uri(p, last)
           || ngx_asyncapi_format_relative(p, last, 0);
}


/* after its colon, or NULL */

static const u_char *
ngx_asyncapi_format_scheme(const u_char *p, const u_char *last)
{
    if (p == last || !ngx_asyncapi_format_alpha(*p)) {
        return NULL;
    }

    while (p < last && *p != ':') {

        if (!ngx_asyncapi_format_alnum(*p)
            && *p != '+' && *p != '-' && *p != '.')
        {
            return NULL;
        }

        p++;
    }

    return (p < last) ? p + 1 : NULL;
}


/* what follows the scheme, or stands without one */

static ngx_uint_t
ngx_asyncapi_format_relative(const u_char *p, const u_char *last,
    ngx_uint_t absolute)
{
    const u_char  *q, *end;

    q = ngx_strlchr((u_char *) p, (u_char *) last, '#');
    end = q ? q : last;

    if (q && !ngx_asyncapi_format_chars(q + 1, last, ":@/?")) {
        return 0;
    }

    q = ngx_strlchr((u_char *) p, (u_char *) end, '?');

    if (q && !ngx_asyncapi_format_chars(q + 1, end, ":@/?")) {
        return 0;
    }

    end = q ? q : end;

    if (end - p >= 2 && p[0] == '/' && p[1] == '/') {

        p += 2;
        q = ngx_strlchr((u_char *) p, (u_char *) end, '/');
        q = q ? q : end;

        if (!ngx_asyncapi_format_authority(p, q)) {
            return 0;
        }

        p = q;

    } else if (!absolute) {

        /* what stands before a colon would be a scheme */

        q = ngx_strlchr((u_char *) p, (u_char *) end, '/');

        if (!ngx_asyncapi_format_chars(p, q ? q : end, "@")) {
            return 0;
        }
    }

    return ngx_asyncapi_format_chars(p, end, ":@/");
}


static ngx_uint_t
ngx_asyncapi_format_authority(const u_char *p, const u_char *last)
{
    const u_char  *q;

    q = ngx_strlchr((u_char *) p, (u_char *) last, '@');

    if (q) {

        if (!ngx_asyncapi_format_chars(p, q, ":")) {
            return 0;
        }

        p = q + 1;
    }

    for (q = last; q > p && ngx_asyncapi_format_digit(q[-1]); q--) {
        /* void */
    }

    if (q > p && q[-1] == ':') {
        last = q - 1;
    }

    if (p < last && *p == '[') {
        return last[-1] == ']' && ngx_asyncapi_format_literal(p + 1, last - 1);
    }

    return ngx_asyncapi_format_chars(p, last, "");
}


static ngx_uint_t
ngx_asyncapi_format_literal(const u_char *p, const u_char *last)
{
    if (p == last || (*p | 0x20) != 'v') {
        return ngx_asyncapi_format_ipv6(p, last);
    }

    for (p++; p < last && ngx_asyncapi_format_hex(*p); p++) {
        /* void */
    }

    return last - p > 1 && *p == '.' && p[-1] != 'v' && p[-1] != 'V'
           && ngx_strlchr((u_char *) p, (u_char *) last, '%') == NULL
           && ngx_asyncapi_format_chars(p + 1, last, ":");
}


/* unreserved, sub-delims, what is percent-encoded, and some more */

static ngx_uint_t
ngx_asyncapi_format_chars(const u_char *p, const u_char *last,
    const char *also)
{
    for ( /* void */ ; p < last; p++) {

        if (*p == '%') {

            if (last - p < 3 || !ngx_asyncapi_format_hex(p[1])
                || !ngx_asyncapi_format_hex(p[2]))
            {
                return 0;
            }

            p += 2;
            continue;
        }

        if (!ngx_asyncapi_format_alnum(*p)
            && (*p == '\0'
                || (ngx_strchr("-._~!$&'()*+,;=", *p) == NULL
                    && strchr(also, *p) == NULL)))
        {
            return 0;
        }
    }

    return 1;
}

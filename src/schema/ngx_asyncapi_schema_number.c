
/*
 * Copyright (C) The asyncapi module authors
 *
 * Numbers as they are written.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_schema_number.h"


/* exponents that a text's length added to does not overflow */

#define NGX_ASYNCAPI_SCHEMA_EXPONENT  100000000000000000ll


static int64_t ngx_asyncapi_schema_exponent(const u_char *p,
    const u_char *last);


void
ngx_asyncapi_schema_number(ngx_asyncapi_schema_number_t *n,
    const u_char *data, size_t len)
{
    int64_t        whole, digits, exponent, first_at, last_at;
    const u_char  *p, *last;

    p = data;
    last = data + len;

    ngx_memzero(n, sizeof(ngx_asyncapi_schema_number_t));

    if (p < last && *p == '-') {
        n->negative = 1;
        p++;
    }

    digits = 0;
    whole = -1;
    exponent = 0;
    first_at = 0;
    last_at = 0;

    for ( /* void */ ; p < last; p++) {

        if (*p == '.') {
            whole = digits;
            continue;
        }

        if ((*p | 0x20) == 'e') {
            exponent = ngx_asyncapi_schema_exponent(p + 1, last);
            break;
        }

        if (*p != '0') {

            if (n->first == NULL) {
                n->first = p;
                first_at = digits;
            }

            n->last = p + 1;
            last_at = digits;
        }

        digits++;
    }

    if (n->first == NULL) {
        n->zero = 1;
        n->negative = 0;
        return;
    }

    if (whole == -1) {
        whole = digits;
    }

    n->exponent = whole - 1 - first_at + exponent;
    n->low = whole - 1 - last_at + exponent;
}


static int64_t
ngx_asyncapi_schema_exponent(const u_char *p, const u_char *last)
{
    int64_t     n;
    ngx_uint_t  negative;

    n = 0;
    negative = (p < last && *p == '-');

    for ( /* void */ ; p < last; p++) {

        if (*p < '0' || *p > '9') {
            continue;
        }

        n = n * 10 + (*p - '0');

        if (n >= NGX_ASYNCAPI_SCHEMA_EXPONENT) {
            n = NGX_ASYNCAPI_SCHEMA_EXPONENT;
            break;
        }
    }

    return negative ? -n : n;
}


ngx_int_t
ngx_asyncapi_schema_compare(const ngx_asyncapi_schema_number_t *a,
    const ngx_asyncapi_schema_number_t *b)
{
    ngx_int_t      greater;
    const u_char  *p, *q;

    if (a->zero || b->zero) {
        return (a->zero ? 0 : (a->negative ? -1 : 1))
               - (b->zero ? 0 : (b->negative ? -1 : 1));
    }

    if (a->negative != b->negative) {
        return a->negative ? -1 : 1;
    }

    greater = a->negative ? -1 : 1;

    if (a->exponent != b->exponent) {
        return (a->exponent > b->exponent) ? greater : -greater;
    }

    p = a->first;
    q = b->first;

    for ( ;; ) {

        if (p < a->last && *p == '.') {
            p++;
        }

        if (q < b->last && *q == '.') {
            q++;
        }

        /* what is left of the longer one does not end with 0 */

        if (p == a->last || q == b->last) {
            return (p < a->last) ? greater : (q < b->last) ? -greater : 0;
        }

        if (*p != *q) {
            return (*p > *q) ? greater : -greater;
        }

        p++;
        q++;
    }
}


ngx_int_t
ngx_asyncapi_schema_factor(ngx_asyncapi_schema_factor_t *f,
    const ngx_asyncapi_schema_number_t *n)
{
    const u_char  *p;

    if (n->zero || n->negative || n->exponent - n->low >= 18) {
        return NGX_DECLINED;
    }

    f->factor = 0;
    f->low = n->low;

    for (p = n->first; p < n->last; p++) {
        if (*p != '.') {
            f->factor = f->factor * 10 + (*p - '0');
        }
    }

    return NGX_OK;
}


ngx_uint_t
ngx_asyncapi_schema_multiple(const ngx_asyncapi_schema_number_t *n,
    const ngx_asyncapi_schema_factor_t *f)
{
    int64_t        i, shift;
    uint64_t       rest;
    const u_char  *p;

    if (n->zero) {
        return 1;
    }

    /* neither ends with 0, so what begins lower is no multiple */

    if (n->low < f->low) {
        return 0;
    }

    rest = 0;

    for (p = n->first; p < n->last; p++) {
        if (*p != '.') {
            rest = (rest * 10 + (*p - '0')) % f->factor;
        }
    }

    /* a factor of less than 2^64 takes up no more than 64 twos and fives */

    shift = ngx_min(n->low - f->low, 64);

    for (i = 0; i < shift && rest; i++) {
        rest = rest * 10 % f->factor;
    }

    return rest == 0;
}


ngx_uint_t
ngx_asyncapi_schema_count(const ngx_asyncapi_schema_number_t *n)
{
    int64_t        i;
    ngx_uint_t     count;
    const u_char  *p;

    if (n->zero) {
        return 0;
    }

    if (n->exponent >= 9) {
        return NGX_MAX_INT32_VALUE;
    }

    count = 0;

    for (p = n->first; p < n->last; p++) {
        if (*p != '.') {
            count = count * 10 + (*p - '0');
        }
    }

    for (i = 0; i < n->low; i++) {
        count *= 10;
    }

    return count;
}

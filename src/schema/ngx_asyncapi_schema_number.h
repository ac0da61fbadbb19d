
/*
 * Copyright (C) The asyncapi module authors
 *
 * Numbers as they are written, compared as decimals of any size.  Exponents
 * of more than 17 digits are all the same.
 *
 * Thread: any; nothing here has state, nor does it take memory.
 */


#ifndef _NGX_ASYNCAPI_SCHEMA_NUMBER_H_INCLUDED_
#define _NGX_ASYNCAPI_SCHEMA_NUMBER_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* d.ddd * 10^exponent; points into the text */

typedef struct {
    const u_char  *first;     /* the first digit that is not 0 */
    const u_char  *last;      /* after the last such digit */
    int64_t        exponent;  /* of the first digit */
    int64_t        low;       /* of the last one; 0 or more: an integer */
    unsigned       negative:1;
    unsigned       zero:1;
} ngx_asyncapi_schema_number_t;


/* what instances are to be a multiple of: factor * 10^low, above 0 */

typedef struct {
    uint64_t       factor;
    int64_t        low;
} ngx_asyncapi_schema_factor_t;


/* text of a JSON number */
void ngx_asyncapi_schema_number(ngx_asyncapi_schema_number_t *n,
    const u_char *data, size_t len);

/* below, equal to or above 0 */
ngx_int_t ngx_asyncapi_schema_compare(const ngx_asyncapi_schema_number_t *a,
    const ngx_asyncapi_schema_number_t *b);

/* NGX_DECLINED: not above 0, or of more than 18 digits */
ngx_int_t ngx_asyncapi_schema_factor(ngx_asyncapi_schema_factor_t *f,
    const ngx_asyncapi_schema_number_t *n);

ngx_uint_t ngx_asyncapi_schema_multiple(const ngx_asyncapi_schema_number_t *n,
    const ngx_asyncapi_schema_factor_t *f);

/* the value of an integer of 0 or more, the largest where it is above */
ngx_uint_t ngx_asyncapi_schema_count(const ngx_asyncapi_schema_number_t *n);


#endif /* _NGX_ASYNCAPI_SCHEMA_NUMBER_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * Names and values of a query, of a form (application/x-www-form-urlencoded),
 * and of a Cookie header.
 *
 * Nothing here has state.  Thread: any.
 */


#ifndef _NGX_ASYNCAPI_PAIRS_H_INCLUDED_
#define _NGX_ASYNCAPI_PAIRS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* one after another; name and value are parts of the text */

typedef struct {
    ngx_str_t                  name;
    ngx_str_t                  value;    /* empty where there is no "=" */

    u_char                    *pos;      /* private */
    u_char                    *last;     /* private */
} ngx_asyncapi_pairs_t;


void ngx_asyncapi_pairs_init(ngx_asyncapi_pairs_t *pairs,
    const ngx_str_t *text);

/*
 * 1: name and value are set; 0: there are no more.  "a=1&b=2": both are still
 * encoded, and what is empty between two "&" is no pair.
 */
ngx_uint_t ngx_asyncapi_pairs_next(ngx_asyncapi_pairs_t *pairs);

/*
 * Likewise "a=1; b="2"": the blanks around them and the quotes around a value
 * are left out; what has no "=" is no cookie.
 */
ngx_uint_t ngx_asyncapi_cookies_next(ngx_asyncapi_pairs_t *pairs);

/* whether a name or value of pairs_next() has to be decoded */
ngx_uint_t ngx_asyncapi_pairs_encoded(const ngx_str_t *text);

/*
 * Decodes it: "+" is a blank, "%20" a byte.  dst has room for text->len bytes
 * and may be text->data.  Returns the end, or NULL where a "%" has not two
 * hexadecimal digits behind it.
 */
u_char *ngx_asyncapi_pairs_decode(u_char *dst, const ngx_str_t *text);


#endif /* _NGX_ASYNCAPI_PAIRS_H_INCLUDED_ */

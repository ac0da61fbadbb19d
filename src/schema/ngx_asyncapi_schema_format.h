
/*
 * Copyright (C) The asyncapi module authors
 *
 * Formats, and what all of them look at.  Each says of the bytes from p to last
 * 1 or 0.
 *
 * Thread: any; nothing here has state, nor does it take memory.
 */


#ifndef _NGX_ASYNCAPI_SCHEMA_FORMAT_H_INCLUDED_
#define _NGX_ASYNCAPI_SCHEMA_FORMAT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


#define ngx_asyncapi_format_digit(ch)                                         \
    ((ch) >= '0' && (ch) <= '9')

#define ngx_asyncapi_format_alpha(ch)                                         \
    (((ch) | 0x20) >= 'a' && ((ch) | 0x20) <= 'z')

#define ngx_asyncapi_format_alnum(ch)                                         \
    (ngx_asyncapi_format_digit(ch) || ngx_asyncapi_format_alpha(ch))

#define ngx_asyncapi_format_hex(ch)                                           \
    (ngx_asyncapi_format_digit(ch)                                            \
     || (((ch) | 0x20) >= 'a' && ((ch) | 0x20) <= 'f'))


ngx_uint_t ngx_asyncapi_format_date(const u_char *p, const u_char *last);
ngx_uint_t ngx_asyncapi_format_date_time(const u_char *p, const u_char *last);
ngx_uint_t ngx_asyncapi_format_uuid(const u_char *p, const u_char *last);
ngx_uint_t ngx_asyncapi_format_hostname(const u_char *p, const u_char *last);
ngx_uint_t ngx_asyncapi_format_ipv4(const u_char *p, const u_char *last);
ngx_uint_t ngx_asyncapi_format_ipv6(const u_char *p, const u_char *last);
ngx_uint_t ngx_asyncapi_format_uri(const u_char *p, const u_char *last);
ngx_uint_t ngx_asyncapi_format_uri_reference(const u_char *p,
    const u_char *last);


#endif /* _NGX_ASYNCAPI_SCHEMA_FORMAT_H_INCLUDED_ */

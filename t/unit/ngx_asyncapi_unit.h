
/*
 * Copyright (C) The asyncapi module authors
 *
 * TAP for the C unit tests.  A program calls unit_start(), then ok() and its
 * kin any number of times, and returns unit_done() from main().
 */


#ifndef _NGX_ASYNCAPI_UNIT_H_INCLUDED_
#define _NGX_ASYNCAPI_UNIT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* the pool that lasts for the program; its log discards what is logged */

ngx_pool_t *unit_start(void);
int unit_done(void);

ngx_uint_t ok(ngx_uint_t passed, const char *fmt, ...)
    __attribute__ ((format (printf, 2, 3)));

ngx_uint_t is_int(long got, long expected, const char *fmt, ...)
    __attribute__ ((format (printf, 3, 4)));

/* the bytes of an ngx_str_t, against a C string */

ngx_uint_t is_str(ngx_str_t *got, const char *expected, const char *fmt, ...)
    __attribute__ ((format (printf, 3, 4)));

void diag(const char *fmt, ...) __attribute__ ((format (printf, 1, 2)));

/* the whole of a file in the pool; ends the program where there is none */

ngx_str_t unit_read_file(ngx_pool_t *pool, const char *path);


#endif /* _NGX_ASYNCAPI_UNIT_H_INCLUDED_ */

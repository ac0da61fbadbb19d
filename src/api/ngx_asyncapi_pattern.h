
/*
 * Copyright (C) The asyncapi module authors
 *
 * Regular expressions for values: of the PCRE2 that nginx is built with, over
 * code points, "$" being the very end, and with bounds on the work that one
 * value may make.  They are compiled here and not by nginx's own function, as
 * that has neither of these.
 *
 * Thread: the configuration's and the event loop's; they share one state.
 */


#ifndef _NGX_ASYNCAPI_PATTERN_H_INCLUDED_
#define _NGX_ASYNCAPI_PATTERN_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct ngx_asyncapi_pattern_s  ngx_asyncapi_pattern_t;


/*
 * NULL with an empty *err: no memory; else *err says what is wrong with the
 * source, in memory of the pool or constant.  Freed with the pool.
 */
ngx_asyncapi_pattern_t *ngx_asyncapi_pattern_compile(ngx_pool_t *pool,
    ngx_str_t *source, ngx_str_t *err);

/*
 * Looks for the pattern anywhere in valid UTF-8: NGX_OK; NGX_DECLINED: it is
 * not there; NGX_ABORT: that could not be found out within the bounds.
 */
ngx_int_t ngx_asyncapi_pattern_find(ngx_asyncapi_pattern_t *pattern,
    ngx_str_t *text);


#endif /* _NGX_ASYNCAPI_PATTERN_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * Regular expressions for values, by the PCRE2 that nginx is built with: close
 * to what ECMAScript has them mean, over code points, "$" being the very end,
 * and with bounds on the work that a value may make.  They are compiled here
 * and not by nginx's own function, as that has none of these.
 *
 * Thread: any.  A compiled pattern is only read; what matching needs is of
 * whoever matches.
 */


#ifndef _NGX_ASYNCAPI_PATTERN_H_INCLUDED_
#define _NGX_ASYNCAPI_PATTERN_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct ngx_asyncapi_pattern_s  ngx_asyncapi_pattern_t;


/* the matching of all that comes in one piece: a request, or a document */

typedef struct {
    ngx_pool_t                *pool;
    size_t                     size;        /* bytes of it, about */
    void                      *data;        /* from PCRE2, once it is needed */
    void                      *context;
    uint64_t                   deadline;
    ngx_uint_t                 charge;      /* until a look at it */
} ngx_asyncapi_match_t;


/*
 * NULL with an empty *err: no memory; else *err says what is wrong with the
 * source, in memory of the pool or constant.  Freed with the pool, as must be
 * the source.
 */
ngx_asyncapi_pattern_t *ngx_asyncapi_pattern_compile(ngx_pool_t *pool,
    const ngx_str_t *source, ngx_str_t *err);

/* as it was written */
const ngx_str_t *ngx_asyncapi_pattern_source(
    const ngx_asyncapi_pattern_t *pattern);

/* a matching begins; memory is of the pool */
void ngx_asyncapi_match_init(ngx_asyncapi_match_t *match, ngx_pool_t *pool,
    size_t size);

/*
 * Looks for the pattern anywhere in the text: NGX_OK; NGX_DECLINED: it is not
 * there, or that is no UTF-8; NGX_ABORT: it could not be found out within the
 * bounds; NGX_ERROR: no memory.
 */
ngx_int_t ngx_asyncapi_pattern_find(const ngx_asyncapi_pattern_t *pattern,
    ngx_asyncapi_match_t *match, const ngx_str_t *text);


#endif /* _NGX_ASYNCAPI_PATTERN_H_INCLUDED_ */

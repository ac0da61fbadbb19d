
/*
 * Copyright (C) The asyncapi module authors
 *
 * JSON Schema, draft 2020-12 and draft-07: compiled at configuration, checked
 * against JSON text where it lies.
 *
 * All of both drafts but what needs another document ($ref to somewhere else,
 * $vocabulary) or is found by where the checking came from ($dynamicRef,
 * $dynamicAnchor).  That, and each keyword that the draft does not know, is
 * refused; names that begin with "x-" are for others and let pass.  A schema
 * without $schema is of draft 2020-12.
 *
 * Thread: any.  A compiled schema is only read, and a check allocates from the
 * pool that it is given.
 */


#ifndef _NGX_ASYNCAPI_SCHEMA_H_INCLUDED_
#define _NGX_ASYNCAPI_SCHEMA_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct ngx_asyncapi_schema_s  ngx_asyncapi_schema_t;


typedef struct {
    unsigned                   formats:1;   /* "format" is checked */
} ngx_asyncapi_schema_options_t;


/* one thing that is wrong with an instance */

typedef struct {
    ngx_str_t                  pointer;     /* "#/items/0/sku", RFC 6901; of
                                               one of over 1024 bytes the
                                               beginning */
    ngx_str_t                  detail;      /* "must be at least 18", UTF-8 */
} ngx_asyncapi_schema_error_t;


/*
 * Compiles the text of a schema, which stays in use and must live as long as
 * the pool; so must what comes of it.  NULL: *error says what is wrong, where,
 * and what to write instead, or is empty if there was no memory.
 */
ngx_asyncapi_schema_t *ngx_asyncapi_schema_compile(ngx_pool_t *pool,
    const ngx_str_t *text, const ngx_asyncapi_schema_options_t *options,
    ngx_str_t *error);

/*
 * Checks one value, of which ngx_asyncapi_json_validate() has approved.
 * NGX_OK: it is valid.  NGX_DECLINED: it is not, and to errors, an array of
 * ngx_asyncapi_schema_error_t, the reasons are added that were found first,
 * until it has max of them, in memory of the pool; it may be NULL.  NGX_ERROR:
 * no memory.
 *
 * What an instance can make it do is bounded: where a check takes too many
 * steps, goes too deep, or a pattern too much time, that is what is wrong.
 */
ngx_int_t ngx_asyncapi_schema_check(const ngx_asyncapi_schema_t *schema,
    ngx_pool_t *pool, const ngx_str_t *json, ngx_array_t *errors,
    ngx_uint_t max);

/*
 * The schema's text as a part of another document, in memory of the pool, and
 * of draft 2020-12: each $ref is a JSON Pointer that begins with prefix, which
 * is where it will be ("#/components/schemas/order").  NGX_OK; NGX_ERROR: no
 * memory.  Thread: the configuration's.
 */
ngx_int_t ngx_asyncapi_schema_embed(const ngx_asyncapi_schema_t *schema,
    ngx_pool_t *pool, const ngx_str_t *prefix, ngx_str_t *text);


#endif /* _NGX_ASYNCAPI_SCHEMA_H_INCLUDED_ */

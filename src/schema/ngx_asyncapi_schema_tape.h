
/*
 * Copyright (C) The asyncapi module authors
 *
 * A text as a flat array of its values in the order of their first bytes, so
 * that any of them can be looked at again, and stepped over, at no cost.  Of
 * an object each member is two: its name, and after it its value.  Strings
 * are text: what was escaped is not.
 *
 * Thread: a tape belongs to one; after it is built it is only read.
 */


#ifndef _NGX_ASYNCAPI_SCHEMA_TAPE_H_INCLUDED_
#define _NGX_ASYNCAPI_SCHEMA_TAPE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json.h"


/* a 1 KB text has about so many values and names */

#define NGX_ASYNCAPI_SCHEMA_VALUES  160


typedef struct {
    u_char      *data;        /* a string's text, all else as written */
    uint32_t     len;
    uint32_t     next;        /* the value after it and all that is in it */
    uint32_t     count;       /* elements, members; the hash of a name */
    u_char       type;        /* ngx_asyncapi_json_type_e */
    u_char       name;        /* of a member */
    u_char       dropped;     /* a name that comes again: the last counts */
} ngx_asyncapi_schema_value_t;


typedef struct {
    ngx_pool_t                   *pool;
    ngx_asyncapi_schema_value_t  *values;
    uint32_t                      nvalues;
    uint32_t                      nalloc;
    const uint64_t               *secret;   /* two, that nobody knows */

    ngx_asyncapi_schema_value_t   first[NGX_ASYNCAPI_SCHEMA_VALUES];
} ngx_asyncapi_schema_tape_t;


/*
 * NGX_OK; NGX_DECLINED: it is no JSON, or has 4 GB; NGX_ERROR: no memory.
 * Memory is taken for long texts and for what is escaped.
 */
ngx_int_t ngx_asyncapi_schema_tape(ngx_asyncapi_schema_tape_t *tape,
    ngx_pool_t *pool, const ngx_str_t *json, const uint64_t *secret);

/* the name of a member of that object, or 0 */
uint32_t ngx_asyncapi_schema_find(const ngx_asyncapi_schema_tape_t *tape,
    uint32_t object, const u_char *data, size_t len);

uint32_t ngx_asyncapi_schema_name_hash(const u_char *data, size_t len);

/*
 * The value's JSON Pointer as a URI's fragment, of a name that of its member,
 * and below it that of member where it is not NULL.  Of a long one it is the
 * beginning, as names are the instance's.  Empty: no memory.
 */
ngx_str_t ngx_asyncapi_schema_pointer(ngx_pool_t *pool,
    const ngx_asyncapi_schema_tape_t *tape, uint32_t at,
    const ngx_str_t *member);


/*
 * Equal as JSON Schema has it: numbers by value, objects in any order.  The
 * members of a large object are compared by their hashes.
 */
ngx_uint_t ngx_asyncapi_schema_equal(const ngx_asyncapi_schema_tape_t *a,
    uint32_t i, const ngx_asyncapi_schema_tape_t *b, uint32_t j);

/* equal for equal values; by the tape's secret, so that nothing collides */
uint64_t ngx_asyncapi_schema_hash(const ngx_asyncapi_schema_tape_t *tape,
    uint32_t at);


#endif /* _NGX_ASYNCAPI_SCHEMA_TAPE_H_INCLUDED_ */

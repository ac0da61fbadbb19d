
/*
 * Copyright (C) The asyncapi module authors
 *
 * JSON as bytes: a text is validated in one pass and from then on walked,
 * cut and spliced where it lies.  No tree is built, no number is converted,
 * no string is rewritten.
 *
 * A "value" is an ngx_str_t that holds exactly one valid JSON value with no
 * white space around it.  Everything but ngx_asyncapi_json_validate() takes
 * values only and does not check them again: of a text that was not validated
 * (that of a trusted upstream) the results may be no JSON, but nothing beyond
 * its end is read and every walk comes to an end.  Values point into memory
 * of their owner (mostly a request pool); nothing here frees what it is given.
 *
 * Nothing calls itself: no depth of a value or length of a path takes stack.
 *
 * Thread: any; nothing here has state.
 */


#ifndef _NGX_ASYNCAPI_JSON_H_INCLUDED_
#define _NGX_ASYNCAPI_JSON_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


#define NGX_ASYNCAPI_JSON_MAX_DEPTH  512


typedef enum {
    NGX_ASYNCAPI_JSON_NULL = 0,
    NGX_ASYNCAPI_JSON_FALSE,
    NGX_ASYNCAPI_JSON_TRUE,
    NGX_ASYNCAPI_JSON_NUMBER,
    NGX_ASYNCAPI_JSON_STRING,
    NGX_ASYNCAPI_JSON_ARRAY,
    NGX_ASYNCAPI_JSON_OBJECT
} ngx_asyncapi_json_type_e;


typedef struct {
    const char                *message;   /* constant text, never NULL */
    size_t                     offset;    /* of the byte that is wrong, up to
                                             the length where one is lacking */
} ngx_asyncapi_json_error_t;


/* members of an object or elements of an array, one after another */

typedef struct {
    ngx_str_t                  key;       /* object: between the quotes, as
                                             written; array: empty */
    ngx_str_t                  value;
    ngx_uint_t                 index;     /* of the one that is current */

    u_char                    *pos;       /* private */
    u_char                    *last;      /* private */
    ngx_uint_t                 object;    /* private */
} ngx_asyncapi_json_iter_t;


/* one step of a path: .key  ["any key"]  [0]  [-1]  [*] */

typedef enum {
    NGX_ASYNCAPI_JSON_STEP_KEY = 0,
    NGX_ASYNCAPI_JSON_STEP_INDEX,
    NGX_ASYNCAPI_JSON_STEP_EACH
} ngx_asyncapi_json_step_e;

typedef struct {
    ngx_asyncapi_json_step_e   type;
    ngx_str_t                  key;       /* plain UTF-8, not escaped */
    ngx_int_t                  index;     /* negative: from the end */
} ngx_asyncapi_json_step_t;


/*
 * Validates RFC 8259 text: one value, white space around it allowed, UTF-8
 * checked (no surrogates, no overlong forms), an escaped surrogate must be
 * half of a pair, nesting up to NGX_ASYNCAPI_JSON_MAX_DEPTH, no byte order
 * mark.  NGX_OK: *text is trimmed to the value.  NGX_ERROR: *err says why and
 * where (err may be NULL); *text is untouched.
 */
ngx_int_t ngx_asyncapi_json_validate(ngx_str_t *text,
    ngx_asyncapi_json_error_t *err);

/* takes the white space around a text away, that is not to be validated */
void ngx_asyncapi_json_trim(ngx_str_t *text);

/* by the first byte; of an empty text that was not validated: NULL */
ngx_asyncapi_json_type_e ngx_asyncapi_json_type(const ngx_str_t *value);

/*
 * 0 for null, false, "", and numbers that are zero (0, -0, 0.00, 0e5); 1 for
 * all else, [] and {} too
 */
ngx_uint_t ngx_asyncapi_json_truthy(const ngx_str_t *value);

/* p stands at the first byte of a value; returns the byte after it */
u_char *ngx_asyncapi_json_skip(u_char *p, u_char *last);

/* of a scalar: iterates over nothing */
void ngx_asyncapi_json_iterate(ngx_asyncapi_json_iter_t *it,
    const ngx_str_t *value);
/* 1: it->key, it->value and it->index are set; 0: there are no more */
ngx_uint_t ngx_asyncapi_json_next(ngx_asyncapi_json_iter_t *it);

/* elements of an array or members of an object; 0 for a scalar */
ngx_uint_t ngx_asyncapi_json_count(const ngx_str_t *value);

/* the escaped key of an iterator against plain bytes / another escaped key */
ngx_uint_t ngx_asyncapi_json_key_is(const ngx_str_t *escaped,
    const ngx_str_t *plain);
ngx_uint_t ngx_asyncapi_json_key_equal(const ngx_str_t *a,
    const ngx_str_t *b);

/*
 * SipHash-1-3 of any bytes with a key of two words: of what strangers write
 * nobody who does not know the key finds two with the same.
 */
uint64_t ngx_asyncapi_json_siphash(const uint64_t *key, const u_char *p,
    size_t len);

/*
 * The value at the path: NGX_OK; NGX_DECLINED: not there; NGX_ERROR: no
 * memory.  Without an EACH step *out points into value and pool is not used;
 * with one, an array of what is there is built from the pool: [v1,v2], each
 * value byte for byte.  EACH of what is no array is not there; one below
 * another gives arrays in the array.  Of members with the same name the last
 * one counts.  No steps: the value itself.  out may be value.
 */
ngx_int_t ngx_asyncapi_json_get(ngx_pool_t *pool, const ngx_str_t *value,
    const ngx_asyncapi_json_step_t *steps, ngx_uint_t nsteps, ngx_str_t *out);

/*
 * pick=a,b.c and omit=a,b.c: each path is an array of KEY steps.  Applied to
 * an object, or to every element of an array (at any level); scalars are left
 * as they are, also where a path leads into one.  What is kept keeps its
 * bytes, its order, and all of its name; the white space between what is cut
 * goes.  An object of which nothing is kept is {}; where nothing is to change,
 * *out is *value.  NGX_OK or NGX_ERROR (no memory).
 */
typedef struct {
    ngx_asyncapi_json_step_t  *steps;
    ngx_uint_t                 nsteps;
} ngx_asyncapi_json_path_t;

ngx_int_t ngx_asyncapi_json_pick(ngx_pool_t *pool, const ngx_str_t *value,
    const ngx_asyncapi_json_path_t *paths, ngx_uint_t npaths, ngx_str_t *out);
ngx_int_t ngx_asyncapi_json_omit(ngx_pool_t *pool, const ngx_str_t *value,
    const ngx_asyncapi_json_path_t *paths, ngx_uint_t npaths, ngx_str_t *out);


/*
 * Whether no object in a value, which was validated, has a name twice: NGX_OK;
 * NGX_DECLINED: *pointer is to one that does, from "#"; NGX_ERROR: no memory.
 * The work is linear, whatever the names are.
 */
ngx_int_t ngx_asyncapi_json_unique(ngx_pool_t *pool, const ngx_str_t *value,
    ngx_str_t *pointer);

/*
 * One step of a JSON Pointer in a URI's fragment, "/" included, of a plain
 * name; it takes at most ngx_asyncapi_json_pointer_len() bytes, all of which
 * may stand in a JSON string.
 */
size_t ngx_asyncapi_json_pointer_len(const ngx_str_t *key);
u_char *ngx_asyncapi_json_pointer(u_char *p, const ngx_str_t *key);


/* strings */

ngx_uint_t ngx_asyncapi_json_utf8_valid(const u_char *data, size_t len);

/*
 * The text of a STRING's inside (without its quotes).  dst has room for
 * inside->len bytes and may be inside->data; returns the end.  \u0000 becomes
 * a zero byte.
 */
u_char *ngx_asyncapi_json_unescape(u_char *dst, const ngx_str_t *inside);

/*
 * The inside of a JSON string for any bytes: quotes, backslashes and control
 * characters escaped, invalid UTF-8 replaced by U+FFFD (one for each maximal
 * ill-formed part).  ngx_asyncapi_json_escape_len() gives the exact length
 * that ngx_asyncapi_json_escape() writes; the latter returns the end.
 */
size_t ngx_asyncapi_json_escape_len(const u_char *src, size_t len);
u_char *ngx_asyncapi_json_escape(u_char *dst, const u_char *src, size_t len);

/* a whole string value, quotes included, in new memory; NGX_OK, NGX_ERROR */
ngx_int_t ngx_asyncapi_json_quote(ngx_pool_t *pool, const ngx_str_t *text,
    ngx_str_t *out);


#endif /* _NGX_ASYNCAPI_JSON_H_INCLUDED_ */

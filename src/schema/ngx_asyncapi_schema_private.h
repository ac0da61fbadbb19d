
/*
 * Copyright (C) The asyncapi module authors
 *
 * What the files of schema/ share: the compiled form, and the contexts of
 * compiling and of checking.
 */


#ifndef _NGX_ASYNCAPI_SCHEMA_PRIVATE_H_INCLUDED_
#define _NGX_ASYNCAPI_SCHEMA_PRIVATE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_pattern.h"
#include "ngx_asyncapi_schema.h"
#include "ngx_asyncapi_schema_number.h"
#include "ngx_asyncapi_schema_tape.h"


/* sets of types: a bit for each ngx_asyncapi_json_type_e, and one more */

#define ngx_asyncapi_schema_bit(type)  (1u << (type))

#define NGX_ASYNCAPI_SCHEMA_INTEGER   0x80
#define NGX_ASYNCAPI_SCHEMA_NUMBER                                            \
    ngx_asyncapi_schema_bit(NGX_ASYNCAPI_JSON_NUMBER)
#define NGX_ASYNCAPI_SCHEMA_BOOLEAN                                           \
    (ngx_asyncapi_schema_bit(NGX_ASYNCAPI_JSON_FALSE)                         \
     | ngx_asyncapi_schema_bit(NGX_ASYNCAPI_JSON_TRUE))

#define NGX_ASYNCAPI_SCHEMA_UNBOUND   ((ngx_uint_t) -1)

#define NGX_ASYNCAPI_SCHEMA_2020_12   0x1
#define NGX_ASYNCAPI_SCHEMA_DRAFT_07  0x2
#define NGX_ASYNCAPI_SCHEMA_BOTH      0x3


typedef struct ngx_asyncapi_schema_node_s  ngx_asyncapi_schema_node_t;
typedef struct ngx_asyncapi_schema_check_s  ngx_asyncapi_schema_check_t;


typedef struct {
    ngx_asyncapi_schema_node_t    **nodes;
    ngx_uint_t                      n;
} ngx_asyncapi_schema_list_t;


/* values of enum, or the one of const */

typedef struct {
    uint32_t                       *at;       /* in the schema's tape */
    uint64_t                       *hashes;
    ngx_uint_t                      n;
} ngx_asyncapi_schema_enum_t;


typedef struct {
    ngx_asyncapi_schema_number_t    number;
    ngx_str_t                       text;     /* empty: there is none */
} ngx_asyncapi_schema_limit_t;

typedef struct {
    ngx_asyncapi_schema_limit_t     minimum;
    ngx_asyncapi_schema_limit_t     maximum;
    ngx_asyncapi_schema_limit_t     above;    /* exclusiveMinimum */
    ngx_asyncapi_schema_limit_t     below;    /* exclusiveMaximum */
    ngx_asyncapi_schema_factor_t    factor;
    ngx_str_t                       multiple; /* empty: there is none */
} ngx_asyncapi_schema_numbers_t;


typedef struct {
    ngx_str_t                       name;
    ngx_str_t                       must;     /* be a date ... */
    ngx_uint_t                    (*valid)(const u_char *p,
                                           const u_char *last);
} ngx_asyncapi_schema_format_t;

typedef struct {
    ngx_uint_t                            min;      /* in code points */
    ngx_uint_t                            max;
    ngx_asyncapi_pattern_t               *pattern;
    const ngx_asyncapi_schema_format_t   *format;
} ngx_asyncapi_schema_strings_t;


typedef struct {
    ngx_uint_t                      min;
    ngx_uint_t                      max;
    ngx_uint_t                      min_contains;
    ngx_uint_t                      max_contains;
    ngx_asyncapi_schema_list_t      prefix;
    ngx_asyncapi_schema_node_t     *items;    /* after prefix */
    ngx_asyncapi_schema_node_t     *contains;
    ngx_uint_t                      unique;
} ngx_asyncapi_schema_arrays_t;


/* a name that the schema of an object speaks of; its place is its bit */

typedef struct {
    ngx_str_t                       name;
    uint32_t                        hash;
    unsigned                        required:1;
    ngx_asyncapi_schema_node_t     *node;     /* of properties, or NULL */
} ngx_asyncapi_schema_property_t;

typedef struct {
    ngx_asyncapi_pattern_t         *pattern;
    ngx_asyncapi_schema_node_t     *node;
} ngx_asyncapi_schema_matched_t;

/* where the first name is there: the second one, or node, has to be */

typedef struct {
    ngx_uint_t                      name;     /* in properties */
    ngx_uint_t                      other;
    ngx_asyncapi_schema_node_t     *node;     /* NULL: other */
} ngx_asyncapi_schema_dependent_t;

typedef struct {
    ngx_uint_t                      min;
    ngx_uint_t                      max;

    ngx_array_t                     properties;
                                        /* ngx_asyncapi_schema_property_t */
    uint32_t                       *slots;    /* place plus one, by hash */
    uint32_t                        mask;
    uint64_t                       *required; /* bits of these */

    ngx_array_t                     patterns;
                                        /* ngx_asyncapi_schema_matched_t */
    ngx_array_t                     dependents;
                                        /* ngx_asyncapi_schema_dependent_t */
    ngx_asyncapi_schema_node_t     *additional;
    ngx_asyncapi_schema_node_t     *names;
} ngx_asyncapi_schema_objects_t;


/* what is applied to the value itself, next to $ref */

typedef struct {
    ngx_asyncapi_schema_list_t      all;
    ngx_asyncapi_schema_list_t      any;
    ngx_asyncapi_schema_list_t      one;
    ngx_asyncapi_schema_node_t     *not;
    ngx_asyncapi_schema_node_t     *cond;
    ngx_asyncapi_schema_node_t     *then;
    ngx_asyncapi_schema_node_t     *otherwise;
} ngx_asyncapi_schema_logic_t;


struct ngx_asyncapi_schema_node_s {
    uint32_t                          types;    /* 0: any */
    uint32_t                          at;       /* in the schema's tape */

    unsigned                          never:1;  /* false */
    unsigned                          alias:1;  /* there is ref only */
    unsigned                          entered:1;   /* while cycles are */
    unsigned                          left:1;      /* looked for */

    ngx_asyncapi_schema_node_t       *ref;
    ngx_asyncapi_schema_enum_t       *values;
    ngx_asyncapi_schema_enum_t       *constant;
    ngx_asyncapi_schema_numbers_t    *numbers;
    ngx_asyncapi_schema_strings_t    *strings;
    ngx_asyncapi_schema_arrays_t     *arrays;
    ngx_asyncapi_schema_objects_t    *objects;
    ngx_asyncapi_schema_logic_t      *logic;
    ngx_asyncapi_schema_node_t       *items;        /* unevaluatedItems */
    ngx_asyncapi_schema_node_t       *properties;   /* ...Properties */
};


struct ngx_asyncapi_schema_s {
    ngx_asyncapi_schema_node_t       *root;
    ngx_asyncapi_schema_node_t      **nodes;    /* by place in the tape; NULL:
                                                   that is no schema */
    ngx_uint_t                        draft;
    uint64_t                          secret[2];
    ngx_asyncapi_schema_tape_t        tape;
};


/* what has an identifier of its own: a part of the text, or all of it */

typedef struct {
    ngx_str_t                         uri;      /* absolute, no fragment */
    uint32_t                          at;
} ngx_asyncapi_schema_resource_t;

typedef struct {
    ngx_str_t                         name;
    ngx_uint_t                        resource;
    uint32_t                          at;
} ngx_asyncapi_schema_anchor_t;

typedef struct {
    ngx_asyncapi_schema_node_t       *node;
    ngx_uint_t                        resource;
    uint32_t                          at;       /* the value of $ref */
} ngx_asyncapi_schema_ref_t;

typedef struct {
    ngx_pool_t                       *pool;
    ngx_asyncapi_schema_t            *schema;
    ngx_asyncapi_schema_tape_t       *tape;
    ngx_str_t                        *error;
    ngx_asyncapi_schema_node_t      **nodes;    /* by place in the tape */

    ngx_array_t                       resources;
    ngx_array_t                       anchors;
    ngx_array_t                       refs;
    ngx_uint_t                        resource; /* the one that is current */

    ngx_uint_t                        draft;
    ngx_asyncapi_schema_options_t     options;
} ngx_asyncapi_schema_compile_t;


/* the items or members that something has been said of */

typedef struct {
    ngx_uint_t                        n;
    uint64_t                         *bits;
    uint64_t                          few;
} ngx_asyncapi_schema_seen_t;

/*
 * A check.  Whoever tries what may fail sets errors to NULL meanwhile.  Once
 * failed is set everything is refused, and what comes of it does not count.
 */

struct ngx_asyncapi_schema_check_s {
    const ngx_asyncapi_schema_t      *schema;
    ngx_pool_t                       *pool;
    ngx_array_t                      *errors;
    ngx_uint_t                        first;    /* of this check's errors */
    ngx_uint_t                        max;
    ngx_uint_t                        level;
    ngx_uint_t                        steps;    /* that are left */
    const char                       *failed;   /* why the check gave up */
    uint32_t                          failed_at;
    ngx_uint_t                        no_memory;
    ngx_uint_t                        name;     /* a name is the instance */

    ngx_asyncapi_match_t              match;    /* of all its patterns */

    ngx_asyncapi_schema_tape_t        tape;
};


/* compiling; NGX_OK or NGX_ERROR, where c->error says what is wrong */

ngx_asyncapi_schema_node_t *ngx_asyncapi_schema_node(
    ngx_asyncapi_schema_compile_t *c, uint32_t at);
ngx_int_t ngx_asyncapi_schema_keyword(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, uint32_t name);
/* 0: it is of none that is known; uri has no "#" at its end */
ngx_uint_t ngx_asyncapi_schema_draft_of(const ngx_str_t *uri);
ngx_int_t ngx_asyncapi_schema_identify(ngx_asyncapi_schema_compile_t *c,
    uint32_t at);
ngx_int_t ngx_asyncapi_schema_resolve(ngx_asyncapi_schema_compile_t *c);
ngx_int_t ngx_asyncapi_schema_cycles(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node);
ngx_int_t ngx_asyncapi_schema_refuse(ngx_asyncapi_schema_compile_t *c,
    uint32_t at, const char *fmt, ...);

/* NULL: c->error is set */
ngx_asyncapi_pattern_t *ngx_asyncapi_schema_pattern(
    ngx_asyncapi_schema_compile_t *c, uint32_t at);
const ngx_asyncapi_schema_format_t *ngx_asyncapi_schema_format(
    const u_char *data, size_t len);

/* an absolute URI out of one that is relative to base; NGX_ERROR: no memory */
ngx_int_t ngx_asyncapi_schema_uri(ngx_pool_t *pool, const ngx_str_t *base,
    const ngx_str_t *ref, ngx_str_t *uri);


/*
 * Checking: 1 or 0.  seen, if not NULL, is of the value that is checked, and
 * gets the items or members that were evaluated.
 */

ngx_uint_t ngx_asyncapi_schema_eval(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_node_t *node, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen);
/* where a failure is none of the instance's */
ngx_uint_t ngx_asyncapi_schema_try(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_node_t *node, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen);
ngx_uint_t ngx_asyncapi_schema_logic(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_logic_t *logic, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen);
ngx_uint_t ngx_asyncapi_schema_array(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_arrays_t *arrays, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen);
ngx_uint_t ngx_asyncapi_schema_object(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_objects_t *objects, uint32_t at,
    ngx_asyncapi_schema_seen_t *seen);
ngx_uint_t ngx_asyncapi_schema_match(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_pattern_t *pattern, uint32_t at);

/* the type of a value as a bit; an integer has two */
ngx_uint_t ngx_asyncapi_schema_type(const ngx_asyncapi_schema_value_t *v);

ngx_int_t ngx_asyncapi_schema_seen(ngx_asyncapi_schema_check_t *ctx,
    ngx_asyncapi_schema_seen_t *seen, ngx_uint_t n);

#define ngx_asyncapi_schema_mark(seen, i)                                     \
    (seen)->bits[(i) / 64] |= 1ull << ((i) % 64)

#define ngx_asyncapi_schema_marked(seen, i)                                   \
    ((seen)->bits[(i) / 64] >> ((i) % 64) & 1)


/*
 * Always 0.  An error of the value, or of its member of that name, which need
 * not be there, if they are asked for.
 */
ngx_uint_t ngx_asyncapi_schema_wrong(ngx_asyncapi_schema_check_t *ctx,
    uint32_t at, const ngx_str_t *member, const char *fmt, ...);
ngx_uint_t ngx_asyncapi_schema_fail(ngx_asyncapi_schema_check_t *ctx,
    uint32_t at, const char *why);

ngx_uint_t ngx_asyncapi_schema_wrong_type(ngx_asyncapi_schema_check_t *ctx,
    uint32_t at, ngx_uint_t types);
ngx_uint_t ngx_asyncapi_schema_wrong_value(ngx_asyncapi_schema_check_t *ctx,
    uint32_t at, const ngx_asyncapi_schema_enum_t *values);
/* what of several alternatives is most likely the one that was meant */
ngx_uint_t ngx_asyncapi_schema_wrong_any(ngx_asyncapi_schema_check_t *ctx,
    uint32_t at, const ngx_asyncapi_schema_list_t *list, const char *keyword);

/* errors are still wanted */

#define ngx_asyncapi_schema_more(ctx)                                         \
    ((ctx)->errors && (ctx)->errors->nelts < (ctx)->max && !(ctx)->failed)


#endif /* _NGX_ASYNCAPI_SCHEMA_PRIVATE_H_INCLUDED_ */

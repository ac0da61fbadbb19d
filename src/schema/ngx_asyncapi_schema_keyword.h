
/*
 * Copyright (C) The asyncapi module authors
 *
 * Compiling: what each keyword does to the node of its schema.
 */


#ifndef _NGX_ASYNCAPI_SCHEMA_KEYWORD_H_INCLUDED_
#define _NGX_ASYNCAPI_SCHEMA_KEYWORD_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_schema_private.h"


/* where in a node the field is that a keyword sets */

typedef enum {
    NGX_ASYNCAPI_SCHEMA_IN_NODE = 0,
    NGX_ASYNCAPI_SCHEMA_IN_NUMBERS,
    NGX_ASYNCAPI_SCHEMA_IN_STRINGS,
    NGX_ASYNCAPI_SCHEMA_IN_ARRAYS,
    NGX_ASYNCAPI_SCHEMA_IN_OBJECTS,
    NGX_ASYNCAPI_SCHEMA_IN_LOGIC
} ngx_asyncapi_schema_part_e;


typedef struct ngx_asyncapi_schema_keyword_s  ngx_asyncapi_schema_keyword_t;

/* at: the keyword's value; NGX_OK or NGX_ERROR */

typedef ngx_int_t ngx_asyncapi_schema_set_t(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k,
    uint32_t at);

struct ngx_asyncapi_schema_keyword_s {
    ngx_str_t                     name;
    ngx_uint_t                    drafts;
    ngx_asyncapi_schema_set_t    *set;        /* NULL: nothing to check */
    ngx_asyncapi_schema_part_e    part;
    size_t                        offset;     /* of the field in the part */
};


/* the field, in a part that is made where there is none; NULL: no memory */
void *ngx_asyncapi_schema_field(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, const ngx_asyncapi_schema_keyword_t *k);

/* NGX_OK, or NGX_ERROR with an error that says what to write */
ngx_int_t ngx_asyncapi_schema_expect(ngx_asyncapi_schema_compile_t *c,
    uint32_t at, ngx_asyncapi_json_type_e type);


/* fields that are a schema, an array of them, or nothing that is kept */
ngx_asyncapi_schema_set_t  ngx_asyncapi_schema_set_node;
ngx_asyncapi_schema_set_t  ngx_asyncapi_schema_set_list;
ngx_asyncapi_schema_set_t  ngx_asyncapi_schema_set_defs;

ngx_asyncapi_schema_set_t  ngx_asyncapi_schema_set_schema;
ngx_asyncapi_schema_set_t  ngx_asyncapi_schema_set_ref;

ngx_asyncapi_schema_set_t  ngx_asyncapi_schema_set_type;
ngx_asyncapi_schema_set_t  ngx_asyncapi_schema_set_enum;
ngx_asyncapi_schema_set_t  ngx_asyncapi_schema_set_const;
ngx_asyncapi_schema_set_t  ngx_asyncapi_schema_set_limit;
ngx_asyncapi_schema_set_t  ngx_asyncapi_schema_set_multiple;
ngx_asyncapi_schema_set_t  ngx_asyncapi_schema_set_count;
ngx_asyncapi_schema_set_t  ngx_asyncapi_schema_set_pattern;
ngx_asyncapi_schema_set_t  ngx_asyncapi_schema_set_format;
ngx_asyncapi_schema_set_t  ngx_asyncapi_schema_set_unique;
ngx_asyncapi_schema_set_t  ngx_asyncapi_schema_set_items;
ngx_asyncapi_schema_set_t  ngx_asyncapi_schema_set_additional_items;

ngx_asyncapi_schema_set_t  ngx_asyncapi_schema_set_properties;
ngx_asyncapi_schema_set_t  ngx_asyncapi_schema_set_patterns;
ngx_asyncapi_schema_set_t  ngx_asyncapi_schema_set_required;
ngx_asyncapi_schema_set_t  ngx_asyncapi_schema_set_dependents;


#endif /* _NGX_ASYNCAPI_SCHEMA_KEYWORD_H_INCLUDED_ */

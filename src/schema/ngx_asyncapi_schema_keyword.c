
/*
 * Copyright (C) The asyncapi module authors
 *
 * Compiling: the keywords of both drafts, and names that are none.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_schema_keyword.h"


/* longer names are like no keyword */

#define NGX_ASYNCAPI_SCHEMA_LONGEST  32


#define NGX_ASYNCAPI_SCHEMA_NONE     NULL, NGX_ASYNCAPI_SCHEMA_IN_NODE, 0

#define ngx_asyncapi_schema_in_numbers(field)                                 \
    NGX_ASYNCAPI_SCHEMA_IN_NUMBERS,                                           \
    offsetof(ngx_asyncapi_schema_numbers_t, field)
#define ngx_asyncapi_schema_in_strings(field)                                 \
    NGX_ASYNCAPI_SCHEMA_IN_STRINGS,                                           \
    offsetof(ngx_asyncapi_schema_strings_t, field)
#define ngx_asyncapi_schema_in_arrays(field)                                  \
    NGX_ASYNCAPI_SCHEMA_IN_ARRAYS,                                            \
    offsetof(ngx_asyncapi_schema_arrays_t, field)
#define ngx_asyncapi_schema_in_objects(field)                                 \
    NGX_ASYNCAPI_SCHEMA_IN_OBJECTS,                                           \
    offsetof(ngx_asyncapi_schema_objects_t, field)
#define ngx_asyncapi_schema_in_logic(field)                                   \
    NGX_ASYNCAPI_SCHEMA_IN_LOGIC,                                             \
    offsetof(ngx_asyncapi_schema_logic_t, field)
#define ngx_asyncapi_schema_in_node(field)                                    \
    NGX_ASYNCAPI_SCHEMA_IN_NODE,                                              \
    offsetof(ngx_asyncapi_schema_node_t, field)


static const ngx_asyncapi_schema_keyword_t *ngx_asyncapi_schema_known(
    const ngx_asyncapi_schema_value_t *name);
static ngx_int_t ngx_asyncapi_schema_unknown(ngx_asyncapi_schema_compile_t *c,
    uint32_t m);
static ngx_uint_t ngx_asyncapi_schema_distance(const ngx_str_t *a,
    const ngx_asyncapi_schema_value_t *b);


static const ngx_asyncapi_schema_keyword_t  ngx_asyncapi_schema_words[] = {

    /* what is said of the schema, and of what it is for */

    { ngx_string("$schema"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_schema, NGX_ASYNCAPI_SCHEMA_IN_NODE, 0 },

    { ngx_string("$id"), NGX_ASYNCAPI_SCHEMA_BOTH, NGX_ASYNCAPI_SCHEMA_NONE },
    { ngx_string("$anchor"), NGX_ASYNCAPI_SCHEMA_2020_12,
      NGX_ASYNCAPI_SCHEMA_NONE },
    { ngx_string("$comment"), NGX_ASYNCAPI_SCHEMA_BOTH,
      NGX_ASYNCAPI_SCHEMA_NONE },
    { ngx_string("title"), NGX_ASYNCAPI_SCHEMA_BOTH,
      NGX_ASYNCAPI_SCHEMA_NONE },
    { ngx_string("description"), NGX_ASYNCAPI_SCHEMA_BOTH,
      NGX_ASYNCAPI_SCHEMA_NONE },
    { ngx_string("default"), NGX_ASYNCAPI_SCHEMA_BOTH,
      NGX_ASYNCAPI_SCHEMA_NONE },
    { ngx_string("examples"), NGX_ASYNCAPI_SCHEMA_BOTH,
      NGX_ASYNCAPI_SCHEMA_NONE },
    { ngx_string("deprecated"), NGX_ASYNCAPI_SCHEMA_2020_12,
      NGX_ASYNCAPI_SCHEMA_NONE },
    { ngx_string("readOnly"), NGX_ASYNCAPI_SCHEMA_BOTH,
      NGX_ASYNCAPI_SCHEMA_NONE },
    { ngx_string("writeOnly"), NGX_ASYNCAPI_SCHEMA_BOTH,
      NGX_ASYNCAPI_SCHEMA_NONE },
    { ngx_string("contentEncoding"), NGX_ASYNCAPI_SCHEMA_BOTH,
      NGX_ASYNCAPI_SCHEMA_NONE },
    { ngx_string("contentMediaType"), NGX_ASYNCAPI_SCHEMA_BOTH,
      NGX_ASYNCAPI_SCHEMA_NONE },
    { ngx_string("contentSchema"), NGX_ASYNCAPI_SCHEMA_2020_12,
      NGX_ASYNCAPI_SCHEMA_NONE },

    /* any value */

    { ngx_string("$ref"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_ref, ngx_asyncapi_schema_in_node(ref) },
    { ngx_string("$defs"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_defs, NGX_ASYNCAPI_SCHEMA_IN_NODE, 0 },
    { ngx_string("definitions"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_defs, NGX_ASYNCAPI_SCHEMA_IN_NODE, 0 },
    { ngx_string("type"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_type, ngx_asyncapi_schema_in_node(types) },
    { ngx_string("enum"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_enum, ngx_asyncapi_schema_in_node(values) },
    { ngx_string("const"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_const, ngx_asyncapi_schema_in_node(constant) },

    { ngx_string("allOf"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_list, ngx_asyncapi_schema_in_logic(all) },
    { ngx_string("anyOf"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_list, ngx_asyncapi_schema_in_logic(any) },
    { ngx_string("oneOf"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_list, ngx_asyncapi_schema_in_logic(one) },
    { ngx_string("not"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_node, ngx_asyncapi_schema_in_logic(not) },
    { ngx_string("if"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_node, ngx_asyncapi_schema_in_logic(cond) },
    { ngx_string("then"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_node, ngx_asyncapi_schema_in_logic(then) },
    { ngx_string("else"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_node, ngx_asyncapi_schema_in_logic(otherwise) },

    /* numbers */

    { ngx_string("minimum"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_limit,
      ngx_asyncapi_schema_in_numbers(minimum) },
    { ngx_string("maximum"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_limit,
      ngx_asyncapi_schema_in_numbers(maximum) },
    { ngx_string("exclusiveMinimum"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_limit, ngx_asyncapi_schema_in_numbers(above) },
    { ngx_string("exclusiveMaximum"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_limit, ngx_asyncapi_schema_in_numbers(below) },
    { ngx_string("multipleOf"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_multiple,
      ngx_asyncapi_schema_in_numbers(multiple) },

    /* strings */

    { ngx_string("minLength"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_count, ngx_asyncapi_schema_in_strings(min) },
    { ngx_string("maxLength"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_count, ngx_asyncapi_schema_in_strings(max) },
    { ngx_string("pattern"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_pattern,
      ngx_asyncapi_schema_in_strings(pattern) },
    { ngx_string("format"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_format,
      ngx_asyncapi_schema_in_strings(format) },

    /* arrays */

    { ngx_string("items"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_items, ngx_asyncapi_schema_in_arrays(items) },
    { ngx_string("prefixItems"), NGX_ASYNCAPI_SCHEMA_2020_12,
      ngx_asyncapi_schema_set_list, ngx_asyncapi_schema_in_arrays(prefix) },
    { ngx_string("additionalItems"), NGX_ASYNCAPI_SCHEMA_DRAFT_07,
      ngx_asyncapi_schema_set_additional_items,
      ngx_asyncapi_schema_in_arrays(items) },
    { ngx_string("contains"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_node, ngx_asyncapi_schema_in_arrays(contains) },
    { ngx_string("minContains"), NGX_ASYNCAPI_SCHEMA_2020_12,
      ngx_asyncapi_schema_set_count,
      ngx_asyncapi_schema_in_arrays(min_contains) },
    { ngx_string("maxContains"), NGX_ASYNCAPI_SCHEMA_2020_12,
      ngx_asyncapi_schema_set_count,
      ngx_asyncapi_schema_in_arrays(max_contains) },
    { ngx_string("minItems"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_count, ngx_asyncapi_schema_in_arrays(min) },
    { ngx_string("maxItems"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_count, ngx_asyncapi_schema_in_arrays(max) },
    { ngx_string("uniqueItems"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_unique, ngx_asyncapi_schema_in_arrays(unique) },
    { ngx_string("unevaluatedItems"), NGX_ASYNCAPI_SCHEMA_2020_12,
      ngx_asyncapi_schema_set_node, ngx_asyncapi_schema_in_node(items) },

    /* objects */

    { ngx_string("properties"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_properties,
      ngx_asyncapi_schema_in_objects(properties) },
    { ngx_string("patternProperties"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_patterns,
      ngx_asyncapi_schema_in_objects(patterns) },
    { ngx_string("additionalProperties"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_node,
      ngx_asyncapi_schema_in_objects(additional) },
    { ngx_string("propertyNames"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_node, ngx_asyncapi_schema_in_objects(names) },
    { ngx_string("required"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_required,
      ngx_asyncapi_schema_in_objects(properties) },
    { ngx_string("minProperties"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_count, ngx_asyncapi_schema_in_objects(min) },
    { ngx_string("maxProperties"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_count, ngx_asyncapi_schema_in_objects(max) },
    { ngx_string("dependentRequired"), NGX_ASYNCAPI_SCHEMA_2020_12,
      ngx_asyncapi_schema_set_dependents,
      ngx_asyncapi_schema_in_objects(dependents) },
    { ngx_string("dependentSchemas"), NGX_ASYNCAPI_SCHEMA_2020_12,
      ngx_asyncapi_schema_set_dependents,
      ngx_asyncapi_schema_in_objects(dependents) },

    /* the later draft has it for those that come from the earlier one */

    { ngx_string("dependencies"), NGX_ASYNCAPI_SCHEMA_BOTH,
      ngx_asyncapi_schema_set_dependents,
      ngx_asyncapi_schema_in_objects(dependents) },
    { ngx_string("unevaluatedProperties"), NGX_ASYNCAPI_SCHEMA_2020_12,
      ngx_asyncapi_schema_set_node, ngx_asyncapi_schema_in_node(properties) },

    { ngx_null_string, 0, NGX_ASYNCAPI_SCHEMA_NONE }
};


ngx_int_t
ngx_asyncapi_schema_keyword(ngx_asyncapi_schema_compile_t *c,
    ngx_asyncapi_schema_node_t *node, uint32_t m)
{
    const ngx_asyncapi_schema_value_t    *v;
    const ngx_asyncapi_schema_keyword_t  *k;

    v = &c->tape->values[m];
    k = ngx_asyncapi_schema_known(v);

    if (k == NULL) {
        return ngx_asyncapi_schema_unknown(c, m);
    }

    if ((k->drafts & c->draft) == 0) {
        return ngx_asyncapi_schema_refuse(c, m,
                   (k->drafts == NGX_ASYNCAPI_SCHEMA_2020_12)
                   ? "a keyword of draft 2020-12 in a schema of draft-07"
                   : "a keyword of draft-07 in a schema of draft 2020-12, "
                     "write \"items\" after \"prefixItems\"");
    }

    return k->set ? k->set(c, node, k, m + 1) : NGX_OK;
}


static const ngx_asyncapi_schema_keyword_t *
ngx_asyncapi_schema_known(const ngx_asyncapi_schema_value_t *name)
{
    const ngx_asyncapi_schema_keyword_t  *k;

    for (k = ngx_asyncapi_schema_words; k->name.len; k++) {
        if (k->name.len == name->len
            && ngx_memcmp(k->name.data, name->data, name->len) == 0)
        {
            return k;
        }
    }

    return NULL;
}


static ngx_int_t
ngx_asyncapi_schema_unknown(ngx_asyncapi_schema_compile_t *c, uint32_t m)
{
    ngx_str_t                             name;
    ngx_uint_t                            n, least;
    const ngx_asyncapi_schema_value_t    *v;
    const ngx_asyncapi_schema_keyword_t  *k, *like;

    v = &c->tape->values[m];

    name.data = v->data;
    name.len = v->len;

    if (v->len > 2 && ngx_strncmp(v->data, "x-", 2) == 0) {
        return NGX_OK;
    }

    if (v->len && v->data[0] == '$') {
        return ngx_asyncapi_schema_refuse(c, m,
                   "the keyword \"%V\" is not supported", &name);
    }

    like = NULL;
    least = 3;

    for (k = ngx_asyncapi_schema_words; k->name.len; k++) {
        n = ngx_asyncapi_schema_distance(&k->name, v);

        if (n < least) {
            least = n;
            like = k;
        }
    }

    if (like) {
        return ngx_asyncapi_schema_refuse(c, m,
                   "unknown keyword \"%V\", is it \"%V\"?", &name,
                   &like->name);
    }

    return ngx_asyncapi_schema_refuse(c, m,
               "unknown keyword \"%V\", write \"x-%V\" if it is one of your "
               "own", &name, &name);
}


/* how many letters have to be put in, taken out or changed */

static ngx_uint_t
ngx_asyncapi_schema_distance(const ngx_str_t *a,
    const ngx_asyncapi_schema_value_t *b)
{
    ngx_uint_t  i, j, n, left, row[NGX_ASYNCAPI_SCHEMA_LONGEST + 1];

    if (b->len > NGX_ASYNCAPI_SCHEMA_LONGEST) {
        return NGX_ASYNCAPI_SCHEMA_LONGEST;
    }

    for (j = 0; j <= b->len; j++) {
        row[j] = j;
    }

    for (i = 0; i < a->len; i++) {
        left = row[0]++;

        for (j = 0; j < b->len; j++) {
            n = left + (a->data[i] != b->data[j]);
            left = row[j + 1];

            row[j + 1] = ngx_min(n, ngx_min(left, row[j]) + 1);
        }
    }

    return row[b->len];
}

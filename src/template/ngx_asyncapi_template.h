
/*
 * Copyright (C) The asyncapi module authors
 *
 * Templates: text with references, compiled once when the configuration is
 * read.  A template knows for each reference the place it stands in, and a
 * value is always put in the way that is safe there; there is no way to put
 * it in otherwise.
 *
 * What a name means is not known here.  The owner binds every reference of a
 * compiled template (ref->binding, ref->base) and at run time resolves it by
 * a callback.
 *
 * Compiled templates live in the pool they were compiled in and are read-only
 * once bound; rendering allocates from the pool of the ngx_asyncapi_render_t.
 *
 * Thread: compile and render run where their pool and resolver may be used.
 */


#ifndef _NGX_ASYNCAPI_TEMPLATE_H_INCLUDED_
#define _NGX_ASYNCAPI_TEMPLATE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_out.h"


typedef enum {
    NGX_ASYNCAPI_PLACE_JSON = 0,    /* a JSON text; the result is valid JSON */
    NGX_ASYNCAPI_PLACE_TEXT,        /* header, plain text: CR, LF, NUL are
                                       refused in values */
    NGX_ASYNCAPI_PLACE_URL,         /* "/path?query": percent-encoded */
    NGX_ASYNCAPI_PLACE_FORM,        /* application/x-www-form-urlencoded */
    NGX_ASYNCAPI_PLACE_BYTES        /* any bytes, as one Redis argument is */
} ngx_asyncapi_place_e;


/* what a bound reference's value is made of; set by the binder */

typedef enum {
    NGX_ASYNCAPI_BASE_UNBOUND = 0,
    NGX_ASYNCAPI_BASE_RESULT,       /* of a task: JSON, has :status, :header */
    NGX_ASYNCAPI_BASE_JSON,         /* JSON with members: $item, $body */
    NGX_ASYNCAPI_BASE_SCALAR,       /* a parameter, $index, a let variable:
                                       has no members */
    NGX_ASYNCAPI_BASE_VARIABLE,     /* nginx variable: no members, its %XX is
                                       kept in a URL */
    NGX_ASYNCAPI_BASE_STRUCTURE     /* $uri and its like: carries a URL's
                                       structure */
} ngx_asyncapi_base_e;


typedef enum {
    NGX_ASYNCAPI_PROPERTY_NONE = 0,
    NGX_ASYNCAPI_PROPERTY_STATUS,   /* $name:status */
    NGX_ASYNCAPI_PROPERTY_HEADER    /* $name:header.x_total */
} ngx_asyncapi_property_e;


typedef struct {
    ngx_str_t                   source;    /* as written, "$" included */
    ngx_str_t                   name;

    ngx_asyncapi_json_step_t   *steps;
    ngx_uint_t                  nsteps;

    ngx_asyncapi_property_e     property;
    ngx_str_t                   header;    /* as written: "x_total" */

    /*
     * the source of the steps and of the property: plain text behind the
     * value where the base has no members or no properties
     */
    ngx_str_t                   path_text;
    ngx_str_t                   property_text;

    size_t                      offset;    /* in the template's source */
    unsigned                    value:1;   /* stands as a JSON value or is
                                              spread */
    unsigned                    braced:1;

    /* the binder's */
    ngx_asyncapi_base_e         base;
    void                       *binding;
    ngx_uint_t                  up;
    ngx_uint_t                  slot;
} ngx_asyncapi_ref_t;


typedef enum {
    NGX_ASYNCAPI_VALUE_NONE = 0,    /* not there */
    NGX_ASYNCAPI_VALUE_JSON,        /* a JSON value */
    NGX_ASYNCAPI_VALUE_TEXT         /* bytes, not known to be UTF-8 */
} ngx_asyncapi_value_e;

typedef struct {
    ngx_asyncapi_value_e        type;
    ngx_str_t                   data;
} ngx_asyncapi_value_t;


typedef struct ngx_asyncapi_render_s  ngx_asyncapi_render_t;

/*
 * Gives the value of ref->binding, without its steps: NGX_OK, or NGX_ERROR
 * (no memory).  The property of a RESULT is the resolver's to give; with any
 * other base it is text, and none of the resolver's business.
 */
typedef ngx_int_t (*ngx_asyncapi_resolve_pt)(ngx_asyncapi_render_t *render,
    const ngx_asyncapi_ref_t *ref, ngx_asyncapi_value_t *value);

struct ngx_asyncapi_render_s {
    ngx_pool_t                 *pool;
    ngx_asyncapi_resolve_pt     resolve;
    void                       *data;      /* the resolver's */

    /* set when rendering returns NGX_DECLINED */
    const ngx_asyncapi_ref_t   *failed;
    const char                 *message;   /* "has a line break", constant */
};


typedef struct ngx_asyncapi_template_s  ngx_asyncapi_template_t;

typedef struct {
    const char                 *message;   /* constant text: what is wrong and
                                              what to write instead */
    size_t                      offset;    /* in the source */
    ngx_str_t                   near;      /* some bytes of the source there,
                                              of its end where it ends too
                                              early: "MESSAGE near "NEAR"" */
} ngx_asyncapi_template_error_t;


/* NULL with err->message set: wrong source; NULL without: no memory */
ngx_asyncapi_template_t *ngx_asyncapi_template_compile(ngx_pool_t *pool,
    const ngx_str_t *source, ngx_asyncapi_place_e place,
    ngx_asyncapi_template_error_t *err);

/*
 * VALUE of sleep and its like: a JSON template where the source is one, else
 * a JSON string template of the whole source, and then *err is why it is no
 * JSON.  Never NULL but without memory or with a malformed reference
 * (err->message).
 */
ngx_asyncapi_template_t *ngx_asyncapi_template_compile_value(ngx_pool_t *pool,
    const ngx_str_t *source, ngx_asyncapi_template_error_t *err);

/* the references, to be bound; elements are ngx_asyncapi_ref_t * */
ngx_array_t *ngx_asyncapi_template_refs(ngx_asyncapi_template_t *tpl);

/*
 * Called once each reference has its base: finds references that now can't
 * stand where they do ("$host.name" as a JSON value).  NGX_OK, or NGX_ERROR
 * with err set (err->near is the reference's source: ""NEAR" MESSAGE").
 */
ngx_int_t ngx_asyncapi_template_bound(ngx_asyncapi_template_t *tpl,
    ngx_asyncapi_template_error_t *err);

/*
 * Of a reference of a template that is written into a chain: 1: the bytes of
 * its value are gone through; 0: a value of JSON is linked where it lies.
 */
ngx_uint_t ngx_asyncapi_template_walks(const ngx_asyncapi_ref_t *ref);

/* no references: *text is what it always renders to; returns 1 */
ngx_uint_t ngx_asyncapi_template_constant(ngx_asyncapi_template_t *tpl,
    ngx_str_t *text);

/*
 * NGX_OK; NGX_DECLINED: a value can't be put in (render->failed, ->message):
 * a line break in a header, a spread of a scalar, a "." segment; NGX_ERROR: no
 * memory.  JSON goes to a chain, where large values are linked and not
 * copied: they must outlive it.  Of any place, the whole as one string.
 */
ngx_int_t ngx_asyncapi_template_write(ngx_asyncapi_template_t *tpl,
    ngx_asyncapi_render_t *render, ngx_asyncapi_out_t *out);
ngx_int_t ngx_asyncapi_template_render(ngx_asyncapi_template_t *tpl,
    ngx_asyncapi_render_t *render, ngx_str_t *out);


/* a lone reference (if=, each=): the whole of source; NGX_OK, NGX_ERROR */
ngx_int_t ngx_asyncapi_ref_parse(ngx_pool_t *pool, const ngx_str_t *source,
    ngx_asyncapi_ref_t *ref, ngx_asyncapi_template_error_t *err);

/*
 * A reference in a text that is no template: *pos stands at its dollar and is
 * moved behind it.  The reference's strings are parts of the source, which has
 * to stay.  NULL: as of ngx_asyncapi_template_compile()
 */
ngx_asyncapi_ref_t *ngx_asyncapi_ref_parse_at(ngx_pool_t *pool,
    const ngx_str_t *source, u_char **pos, ngx_asyncapi_template_error_t *err);

/* of both, as ngx_asyncapi_template_bound() */
ngx_int_t ngx_asyncapi_ref_bound(const ngx_asyncapi_ref_t *ref,
    ngx_asyncapi_template_error_t *err);

/*
 * The value a bound reference stands for, steps applied.  What the other
 * functions render from; also for if= and each=.  NGX_OK or NGX_ERROR.
 */
ngx_int_t ngx_asyncapi_ref_value(const ngx_asyncapi_ref_t *ref,
    ngx_asyncapi_render_t *render, ngx_asyncapi_value_t *value);

/*
 * true as if= has it: there, and not "", 0, false, null; of bytes: not empty
 * and not "0" (as nginx's own "if"), "false" and "null"
 */
ngx_uint_t ngx_asyncapi_value_truthy(const ngx_asyncapi_value_t *value);


#endif /* _NGX_ASYNCAPI_TEMPLATE_H_INCLUDED_ */

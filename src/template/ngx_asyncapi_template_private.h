
/*
 * Copyright (C) The asyncapi module authors
 *
 * What the files of template/ share and nobody else needs.
 *
 * A compiled template is a list of operations.  Each appends its piece to the
 * output: literal text, a reference's value in the way of its place, or, where
 * the configuration can't know the members, a whole object or array.
 */


#ifndef _NGX_ASYNCAPI_TEMPLATE_PRIVATE_H_INCLUDED_
#define _NGX_ASYNCAPI_TEMPLATE_PRIVATE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_template.h"


#define ngx_asyncapi_is_name(ch)                                              \
    ((u_char) ((ch) - '0') <= 9                                               \
     || (u_char) (((ch) | 0x20) - 'a') <= 'z' - 'a'                           \
     || (ch) == '_')

#define ngx_asyncapi_is_space(ch)                                             \
    ((ch) == ' ' || (ch) == LF || (ch) == CR || (ch) == '\t')


/* where a reference stands */

typedef enum {
    NGX_ASYNCAPI_HOLE_VALUE = 0,     /* as a JSON value */
    NGX_ASYNCAPI_HOLE_MEMBERS,       /* ...$name in an object */
    NGX_ASYNCAPI_HOLE_ELEMENTS,      /* ...$name in an array */
    NGX_ASYNCAPI_HOLE_STRING,        /* inside a JSON string */
    NGX_ASYNCAPI_HOLE_TEXT,          /* in text as it is */
    NGX_ASYNCAPI_HOLE_URL
} ngx_asyncapi_hole_e;

/* how text becomes a part of a URL: see ngx_asyncapi_template_url.c */

typedef enum {
    NGX_ASYNCAPI_URL_VALUE = 0,      /* unreserved characters stay */
    NGX_ASYNCAPI_URL_KEEP,           /* a valid %XX stays, too */
    NGX_ASYNCAPI_URL_STRUCTURE,      /* all stay that may be in a URL */
    NGX_ASYNCAPI_URL_DECODED         /* the same of a path without escapes */
} ngx_asyncapi_url_e;

typedef struct {
    ngx_asyncapi_ref_t         ref;      /* all that the owner sees: first */
    ngx_asyncapi_hole_e        hole;
    ngx_asyncapi_url_e         escape;
    ngx_str_t                  tail;     /* follows the value: steps that are
                                            text, ready for the place */
} ngx_asyncapi_hole_t;


typedef struct ngx_asyncapi_template_op_s  ngx_asyncapi_template_op_t;

typedef ngx_int_t (*ngx_asyncapi_template_op_pt)(
    const ngx_asyncapi_template_op_t *op, ngx_asyncapi_render_t *render,
    ngx_asyncapi_out_t *out);

struct ngx_asyncapi_template_op_s {
    ngx_asyncapi_template_op_pt  write;
    ngx_str_t                    text;     /* of a literal */
    ngx_asyncapi_hole_t         *hole;     /* or the reference */
    ngx_array_t                 *items;    /* or what is in an object or array,
                                              ngx_asyncapi_item_t */
};

typedef struct {
    ngx_array_t                  list;     /* ngx_asyncapi_template_op_t */
    ngx_array_t                  text;     /* bytes of a literal that is not
                                              in the list yet */
} ngx_asyncapi_ops_t;


/* a member of an object or an element of an array */

typedef struct {
    ngx_asyncapi_hole_t         *spread;   /* NULL: one member or element */
    ngx_str_t                    key;      /* a member's, as inside quotes */
    ngx_asyncapi_ops_t          *dynamic;  /* not NULL: gives the key */
    ngx_asyncapi_ops_t           value;
    u_char                      *at;       /* in the source */
} ngx_asyncapi_item_t;


struct ngx_asyncapi_template_s {
    ngx_pool_t                  *pool;
    ngx_str_t                    source;
    ngx_asyncapi_place_e         place;
    ngx_array_t                  refs;     /* ngx_asyncapi_ref_t * */
    ngx_asyncapi_ops_t           ops;
    size_t                       hint;     /* a guess of the output's size */
    unsigned                     constant:1;
    unsigned                     loose:1;  /* of compile_value() */
};


/* what is being compiled; functions with it return NGX_OK or NGX_ERROR */

typedef struct {
    ngx_pool_t                      *pool;
    ngx_str_t                        source;
    u_char                          *pos;
    u_char                          *last;
    ngx_array_t                     *refs;     /* or NULL */
    ngx_uint_t                       depth;
    ngx_uint_t                       loose;    /* may write a member twice */
    ngx_asyncapi_template_error_t   *err;
} ngx_asyncapi_compile_t;

/* sets the error; NGX_ERROR */
ngx_int_t ngx_asyncapi_compile_error(ngx_asyncapi_compile_t *c, u_char *at,
    const char *message);

/*
 * c->pos stands at a "$" and is moved behind the reference.  NGX_OK, NGX_ERROR
 */
ngx_int_t ngx_asyncapi_ref_compile(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_hole_t **hole);

/* of a bound reference: what it has written as steps and is text */
void ngx_asyncapi_ref_tail(const ngx_asyncapi_ref_t *ref, ngx_str_t *tail);


/* lists of operations; NGX_OK, or NGX_ERROR (no memory) */

ngx_int_t ngx_asyncapi_ops_init(ngx_asyncapi_ops_t *ops, ngx_pool_t *pool);
ngx_int_t ngx_asyncapi_ops_text(ngx_asyncapi_ops_t *ops, const u_char *data,
    size_t len);
/* NULL: no memory */
ngx_asyncapi_template_op_t *ngx_asyncapi_ops_push(ngx_asyncapi_ops_t *ops,
    ngx_asyncapi_template_op_pt write);
ngx_int_t ngx_asyncapi_ops_append(ngx_asyncapi_ops_t *ops,
    ngx_asyncapi_ops_t *more);
/* the last literal joins the list */
ngx_int_t ngx_asyncapi_ops_end(ngx_asyncapi_ops_t *ops);
/* as ngx_asyncapi_template_write() */
ngx_int_t ngx_asyncapi_ops_write(const ngx_asyncapi_ops_t *ops,
    ngx_asyncapi_render_t *render, ngx_asyncapi_out_t *out);
/* nothing but literal text: 1, *text is set */
ngx_uint_t ngx_asyncapi_ops_constant(const ngx_asyncapi_ops_t *ops,
    ngx_str_t *text);


/* JSON: compiling */

ngx_int_t ngx_asyncapi_compile_json(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_ops_t *ops);
/* the inside of a string; c->pos stands at its quote, then behind its end */
ngx_int_t ngx_asyncapi_compile_quoted(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_ops_t *ops);
/* the source is text that becomes a JSON string */
ngx_int_t ngx_asyncapi_compile_source(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_ops_t *ops);
/* a lone value to one inside a string, with quotes around */
ngx_int_t ngx_asyncapi_compile_quotes(ngx_pool_t *pool,
    ngx_asyncapi_ops_t *ops);

/* JSON: operations */

ngx_int_t ngx_asyncapi_write_value(const ngx_asyncapi_template_op_t *op,
    ngx_asyncapi_render_t *render, ngx_asyncapi_out_t *out);
ngx_int_t ngx_asyncapi_write_string(const ngx_asyncapi_template_op_t *op,
    ngx_asyncapi_render_t *render, ngx_asyncapi_out_t *out);
ngx_int_t ngx_asyncapi_write_object(const ngx_asyncapi_template_op_t *op,
    ngx_asyncapi_render_t *render, ngx_asyncapi_out_t *out);
ngx_int_t ngx_asyncapi_write_array(const ngx_asyncapi_template_op_t *op,
    ngx_asyncapi_render_t *render, ngx_asyncapi_out_t *out);


/* text, bytes, forms and URLs */

ngx_int_t ngx_asyncapi_compile_text(ngx_asyncapi_compile_t *c,
    ngx_asyncapi_place_e place, ngx_asyncapi_ops_t *ops);

/* the reference's value as text; NGX_OK, NGX_ERROR (no memory) */
ngx_int_t ngx_asyncapi_text_value(const ngx_asyncapi_hole_t *hole,
    ngx_asyncapi_render_t *render, ngx_str_t *text);


/* URLs */

/* the source as a whole: NGX_OK or NGX_ERROR with the error set */
ngx_int_t ngx_asyncapi_url_check(ngx_asyncapi_compile_t *c);

/*
 * Literal text of a URL.  NGX_OK; NGX_ERROR: no memory; NGX_DECLINED: *at
 * can't stand there, *message says why
 */
ngx_int_t ngx_asyncapi_url_literal(ngx_pool_t *pool, const ngx_str_t *source,
    ngx_str_t *text, u_char **at, const char **message);

/* what a value goes through, from its base; and the first of a URL */
void ngx_asyncapi_url_bound(ngx_asyncapi_hole_t *hole,
    ngx_asyncapi_place_e place);
ngx_uint_t ngx_asyncapi_url_may_begin(const ngx_asyncapi_ref_t *ref);

ngx_int_t ngx_asyncapi_write_url(const ngx_asyncapi_template_op_t *op,
    ngx_asyncapi_render_t *render, ngx_asyncapi_out_t *out);
/* a whole URL; returns as ngx_asyncapi_template_render() */
ngx_int_t ngx_asyncapi_url_render(ngx_asyncapi_template_t *tpl,
    ngx_asyncapi_render_t *render, ngx_str_t *url);


#endif /* _NGX_ASYNCAPI_TEMPLATE_PRIVATE_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * What is known when the configuration is read: endpoints, their blocks of
 * tasks, and who waits for whom.  Built once, read-only from then on.
 *
 * Thread: the configuration's; a request only reads.
 */


#ifndef _NGX_HTTP_ASYNCAPI_GRAPH_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_GRAPH_H_INCLUDED_


#include "ngx_http_asyncapi_task.h"


/* how deep groups, and files that are included, may nest */
#define NGX_HTTP_ASYNCAPI_NESTING  64


/* node->deps: "up" blocks outwards from its own, the task in that slot */

typedef struct {
    ngx_http_asyncapi_node_t      *node;
    ngx_uint_t                     up;
} ngx_http_asyncapi_dep_t;


/* tasks that run beside each other: an endpoint's, or a group's */

struct ngx_http_asyncapi_block_s {
    ngx_http_asyncapi_endpoint_t  *endpoint;
    ngx_http_asyncapi_block_t     *outer;    /* it stands in, or NULL */
    ngx_http_asyncapi_node_t      *owner;    /* the group, or NULL */
    ngx_array_t                    nodes;    /* ngx_http_asyncapi_node_t *,
                                                by slot */
    ngx_uint_t                     ndeps;    /* of all nodes */
    ngx_asyncapi_template_t       *object;   /* {"a":$a,"b":$b} */
    unsigned                       background:1;  /* runs after the answer */
};


/*
 * background { tasks }: what runs once the answer has left, and what of the
 * request has to be kept for it
 */

typedef struct {
    ngx_http_asyncapi_block_t     *block;
    ngx_msec_t                     timeout;
    ngx_uint_t                     tasks;    /* the block's, and those of the
                                                endpoint's own that nothing
                                                else refers to */
    ngx_array_t                    variables;  /* ngx_uint_t: indexes of nginx
                                                variables that are read */
    unsigned                       timeout_set:1;
    unsigned                       wait:1;   /* overflow=wait */
} ngx_http_asyncapi_background_t;


typedef struct {
    ngx_str_t                      name;     /* without "$" */
    ngx_array_t                    indexes;  /* ngx_uint_t: of the nginx
                                                variable, as there may be
                                                several of that name */
    ngx_uint_t                     slot;     /* in endpoint->lets */
    ngx_http_asyncapi_node_t      *node;     /* in whose block it stands, or
                                                NULL */
    ngx_asyncapi_template_t       *template;
    ngx_array_t                    deps;     /* ngx_http_asyncapi_dep_t */
    ngx_http_asyncapi_place_t      place;
} ngx_http_asyncapi_let_t;


typedef struct {
    ngx_uint_t                     status;
    ngx_asyncapi_ref_t            *condition;  /* if=, or NULL */
    ngx_str_t                      type;
    ngx_asyncapi_template_t       *template;   /* NULL: no body */
    ngx_http_asyncapi_schema_t    *schema;     /* schema=, or NULL */
    ngx_array_t                    after;      /* of ngx_str_t */
    ngx_array_t                    first;      /* deps of the condition */
    ngx_array_t                    deps;       /* deps of the body */
    ngx_http_asyncapi_place_t      place;
    unsigned                       negate:1;
    unsigned                       all:1;      /* the object of all tasks */
} ngx_http_asyncapi_respond_t;


/* PATH, cut at its slashes */

typedef enum {
    NGX_HTTP_ASYNCAPI_SEGMENT_TEXT = 0,
    NGX_HTTP_ASYNCAPI_SEGMENT_NAME,
    NGX_HTTP_ASYNCAPI_SEGMENT_REST
} ngx_http_asyncapi_segment_e;

typedef struct {
    ngx_http_asyncapi_segment_e    type;
    ngx_str_t                      text;     /* literal, or the name */
    ngx_uint_t                     param;    /* slot in endpoint->params */
} ngx_http_asyncapi_segment_t;


/* a value that is there before tasks are: a name of PATH, a parameter */

typedef struct {
    ngx_str_t                      name;
    ngx_asyncapi_base_e            base;     /* SCALAR, or JSON that may have
                                                members */
    unsigned                       read:1;   /* something refers to it */
    unsigned                       kept:1;   /* the background does */
} ngx_http_asyncapi_param_t;


/* what a request has to be; src/api knows more of it */

typedef struct ngx_http_asyncapi_contract_s  ngx_http_asyncapi_contract_t;


struct ngx_http_asyncapi_endpoint_s {
    ngx_uint_t                     methods;  /* NGX_HTTP_GET | ... */
    ngx_str_t                      path;     /* as written; empty: any URI */
    ngx_array_t                    segments; /* ..._segment_t */
    ngx_array_t                    params;   /* ngx_http_asyncapi_param_t, by
                                                slot, those of PATH first */
    ngx_http_asyncapi_contract_t  *contract; /* or NULL: PATH is all */

    ngx_http_asyncapi_block_t     *block;
    ngx_http_asyncapi_background_t  *background;  /* or NULL */
    ngx_array_t                    lets;     /* ngx_http_asyncapi_let_t * */
    ngx_array_t                    responds; /* ngx_http_asyncapi_respond_t * */
    ngx_msec_t                     timeout;  /* NGX_CONF_UNSET_MSEC: the
                                                location's */

    ngx_str_t                      summary;
    ngx_str_t                      description;
    ngx_str_t                      operation_id;
    ngx_array_t                    tags;     /* of ngx_str_t */
    unsigned                       deprecated:1;

    ngx_uint_t                     includes; /* files that are being read */

    unsigned                       captures:1;  /* reads $1 ... */
    unsigned                       threads:1;   /* there may be work for them */

    ngx_http_asyncapi_place_t      place;
    ngx_pool_t                    *pool;
};


/* a reference to an nginx variable, looked at when all have been read */

typedef struct {
    ngx_str_t                      name;
    ngx_http_asyncapi_place_t      place;
    ngx_str_t                      where;    /* "task "a"" */
} ngx_http_asyncapi_unknown_t;


ngx_http_asyncapi_endpoint_t *ngx_http_asyncapi_endpoint_create(
    ngx_conf_t *cf);
ngx_http_asyncapi_block_t *ngx_http_asyncapi_block_create(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep, ngx_http_asyncapi_block_t *outer,
    ngx_http_asyncapi_node_t *owner);

/* a task of that name, in any block of the endpoint; or NULL */
ngx_http_asyncapi_node_t *ngx_http_asyncapi_graph_node(
    ngx_http_asyncapi_endpoint_t *ep, ngx_str_t *name);
/* whether the endpoint has a task, parameter or let of that name */
ngx_uint_t ngx_http_asyncapi_graph_has(ngx_http_asyncapi_endpoint_t *ep,
    ngx_str_t *name);

/*
 * Once the endpoint's block is read: binds every reference, finds who waits
 * for whom, refuses unknown names and cycles.  NGX_OK, or NGX_ERROR (logged).
 */
ngx_int_t ngx_http_asyncapi_graph_build(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep);
/* a part of it: NGX_OK, or NGX_ERROR where tasks wait for each other */
ngx_int_t ngx_http_asyncapi_graph_cycles(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep);

/*
 * Another part of it, which comes last: what else runs after the answer, and
 * what is kept for that.  NGX_OK, or NGX_ERROR (logged).
 */
ngx_int_t ngx_http_asyncapi_background_build(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep);

/*
 * Once all of http {} is read: refuses names that are no variable of nginx
 * either.  "unknown" is what graph_build() has gathered in all endpoints.
 */
ngx_int_t ngx_http_asyncapi_graph_variables(ngx_conf_t *cf,
    ngx_array_t *unknown);

/* logs at the place; returns NGX_CONF_ERROR */
char *ngx_http_asyncapi_conf_error(ngx_conf_t *cf,
    ngx_http_asyncapi_place_t *place, const char *fmt, ...);
void ngx_http_asyncapi_conf_place(ngx_conf_t *cf,
    ngx_http_asyncapi_place_t *place);


#endif /* _NGX_HTTP_ASYNCAPI_GRAPH_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * What a request has to be before its tasks start: the parameters and the body
 * of an endpoint.
 *
 * Thread: the configuration's builds a contract, the event loop reads it.
 */


#ifndef _NGX_HTTP_ASYNCAPI_CONTRACT_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_CONTRACT_H_INCLUDED_


#include "ngx_http_asyncapi_conf.h"
#include "ngx_http_asyncapi_run.h"
#include "ngx_asyncapi_rules.h"


/* where a parameter is: the statement's name, and "in" of OpenAPI */

#define NGX_HTTP_ASYNCAPI_INS(X)                                             \
    X(PATH,    "path")                                                       \
    X(QUERY,   "query")                                                      \
    X(HEADER,  "header")                                                     \
    X(COOKIE,  "cookie")                                                     \
    X(FORM,    "form")

typedef enum {
#define X(id, name)  NGX_HTTP_ASYNCAPI_IN_##id,
    NGX_HTTP_ASYNCAPI_INS(X)
#undef X
    NGX_HTTP_ASYNCAPI_IN_N
} ngx_http_asyncapi_in_e;

extern const ngx_str_t  ngx_http_asyncapi_in_names[];


typedef struct ngx_http_asyncapi_parameter_s  ngx_http_asyncapi_parameter_t;

struct ngx_http_asyncapi_parameter_s {
    ngx_str_t                       name;      /* in the request */
    ngx_http_asyncapi_in_e          in;
    ngx_asyncapi_rules_t            rules;     /* of each element */
    ngx_uint_t                      slot;      /* in endpoint->params */
    ngx_uint_t                      index;     /* in contract->parameters */
    ngx_asyncapi_value_t            fallback;  /* where it is not given */

    ngx_str_t                       fallback_text;  /* default=, as written */
    ngx_str_t                       example;        /* likewise */
    ngx_str_t                       description;

    /* {"in":"query","name":"id","detail":"is less than 1" */
    ngx_str_t                       errors[NGX_ASYNCAPI_RULE_N];

    ngx_http_asyncapi_parameter_t  *next;      /* in its bucket */
    ngx_uint_t                      given;     /* options: bits */
    unsigned                        array:1;
    unsigned                        required:1;
};


/* the parameters of one place, by length and first letter of their names */

#define NGX_HTTP_ASYNCAPI_BUCKETS   16
#define NGX_HTTP_ASYNCAPI_MAX_NAME  128

typedef struct {
    ngx_uint_t                      count;
    ngx_http_asyncapi_parameter_t  *buckets[NGX_HTTP_ASYNCAPI_BUCKETS];
} ngx_http_asyncapi_lookup_t;


/* the word behind "body" */

#define NGX_HTTP_ASYNCAPI_BODIES(X)                                          \
    X(JSON,    "json")                                                       \
    X(FORM,    "form")                                                       \
    X(RAW,     "raw")

typedef enum {
    NGX_HTTP_ASYNCAPI_BODY_NONE = 0,
#define X(id, name)  NGX_HTTP_ASYNCAPI_BODY_##id,
    NGX_HTTP_ASYNCAPI_BODIES(X)
#undef X
    NGX_HTTP_ASYNCAPI_BODY_N
} ngx_http_asyncapi_body_e;


struct ngx_http_asyncapi_contract_s {
    ngx_http_asyncapi_endpoint_t   *endpoint;
    ngx_uint_t                      npath;       /* names that PATH has */
    ngx_array_t                     parameters;  /* ..._parameter_t * */
    ngx_http_asyncapi_lookup_t      lookups[NGX_HTTP_ASYNCAPI_IN_N];

    ngx_http_asyncapi_body_e        body;        /* NONE: it is discarded */
    size_t                          body_max;    /* bytes */
    ngx_uint_t                      body_slot;   /* in endpoint->params */
    ngx_http_asyncapi_schema_t     *body_schema; /* or NULL */
    ngx_array_t                    *security;    /* ..._required_t, or NULL */
    unsigned                        body_optional:1;
    unsigned                        body_implied:1;  /* by "form" parameters */
    unsigned                        body_sized:1;    /* by max= */
};


/* what a request brings for one parameter */

typedef struct {
    ngx_str_t                       text;    /* the first, decoded; data is
                                                NULL where it can't be */
    ngx_array_t                    *more;    /* of an array: ngx_str_t of the
                                                others, or NULL */
    ngx_uint_t                      count;
} ngx_http_asyncapi_given_t;


/* one request being checked */

typedef struct {
    ngx_http_request_t             *request;
    ngx_http_asyncapi_endpoint_t   *endpoint;
    ngx_http_asyncapi_contract_t   *contract;
    ngx_asyncapi_value_t           *params;   /* by slot */
    ngx_http_asyncapi_given_t      *given;    /* by index of the parameter */

    ngx_asyncapi_match_t            match;    /* of patterns */

    ngx_asyncapi_out_t              errors;   /* [{...},{...} */
    ngx_uint_t                      nerrors;

    /* a body; what is read piece by piece is gathered in "room" */
    ngx_str_t                       body;
    ngx_asyncapi_memory_t          *memory;   /* that the room is in, or NULL */
    u_char                         *room;
    size_t                          size;     /* of the room */

    ngx_asyncapi_job_t             *job;      /* a thread looks at the body */
    ngx_event_t                     deadline; /* of that */
} ngx_http_asyncapi_check_t;


/* the bucket of a name */
#define ngx_http_asyncapi_bucket(name)                                       \
    (((name)->len + ngx_tolower((name)->data[0]))                            \
     & (NGX_HTTP_ASYNCAPI_BUCKETS - 1))


/* ---- parameter.c, parameter_option.c, body_conf.c: the statements ---- */

/* the endpoint's, made where there is none yet; NULL: no memory */
ngx_http_asyncapi_contract_t *ngx_http_asyncapi_contract(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep);

char *ngx_http_asyncapi_parameter_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block);
char *ngx_http_asyncapi_body_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block);

/*
 * The endpoint has a "form" parameter, so its body is a form, which need not
 * be there where none of its fields is required: NGX_CONF_OK, NGX_CONF_ERROR
 * (no memory), or what is wrong with that.
 */
char *ngx_http_asyncapi_body_imply(ngx_conf_t *cf,
    ngx_http_asyncapi_contract_t *contract);

/* once all of http {} is read: warns of a max= that nginx's own limit cuts */
void ngx_http_asyncapi_body_complete(ngx_conf_t *cf,
    ngx_http_asyncapi_placed_t *placed);

/* one word behind the type; all of them: NGX_CONF_OK, or NGX_CONF_ERROR */
char *ngx_http_asyncapi_parameter_option(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *word);
char *ngx_http_asyncapi_parameter_options_check(ngx_conf_t *cf,
    ngx_http_asyncapi_parameter_t *p);

/* what breaking a rule is called, in memory of the pool; NULL: no memory */
u_char *ngx_http_asyncapi_parameter_broken(ngx_pool_t *pool,
    ngx_http_asyncapi_parameter_t *p, ngx_asyncapi_rule_e rule);


/* ---- check.c ---- */

/* so many errors of a request are listed */
#define NGX_HTTP_ASYNCAPI_MAX_ERRORS  64

/*
 * One more error: the object without its last brace, and which element of an
 * array it is, or -1.  NGX_OK or NGX_ERROR (no memory).
 */
ngx_int_t ngx_http_asyncapi_check_error(ngx_http_asyncapi_check_t *check,
    ngx_str_t *error, ngx_int_t index);
/*
 * Likewise one of the body: a JSON Pointer from "#", of characters that may
 * stand in a JSON string, and what is wrong there, of any UTF-8.
 */
ngx_int_t ngx_http_asyncapi_check_body_error(ngx_http_asyncapi_check_t *check,
    ngx_str_t *pointer, ngx_str_t *detail);

/* answers with a problem that ends the check: what to finalize with */
ngx_int_t ngx_http_asyncapi_check_problem(ngx_http_asyncapi_check_t *check,
    ngx_uint_t status, ngx_str_t *detail);

/*
 * Once all has been gathered: starts the tasks or answers with the errors.
 * Returns what the request is to be finalized with.
 */
ngx_int_t ngx_http_asyncapi_check_done(ngx_http_asyncapi_check_t *check);

/*
 * Checks the request, and starts its tasks or answers with the problem.
 * params: the texts of PATH, by slot.  Returns what the content handler is to
 * return.
 */
ngx_int_t ngx_http_asyncapi_contract_start(ngx_http_request_t *r,
    ngx_http_asyncapi_endpoint_t *ep, ngx_asyncapi_value_t *params);


/* ---- given.c ---- */

/* from the path, the query, the headers and the cookies: NGX_OK, NGX_ERROR */
ngx_int_t ngx_http_asyncapi_given(ngx_http_asyncapi_check_t *check);
/* the parameter of that name, or NULL.  Thread: any */
ngx_http_asyncapi_parameter_t *ngx_http_asyncapi_given_to(
    ngx_http_asyncapi_contract_t *contract, ngx_http_asyncapi_in_e in,
    ngx_str_t *name);
/* one more for a parameter: NGX_OK, NGX_ERROR */
ngx_int_t ngx_http_asyncapi_given_add(ngx_http_asyncapi_check_t *check,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *text);


/* ---- body.c ---- */

/*
 * Reads the body, then goes on with the check.  Returns what the content
 * handler is to return.
 */
ngx_int_t ngx_http_asyncapi_body_read(ngx_http_asyncapi_check_t *check);


/* ---- body_look.c: a body that is JSON or a form ---- */

typedef struct {
    ngx_http_asyncapi_contract_t   *contract;
    ngx_str_t                       body;     /* not empty */
    ngx_str_t                       type;     /* Content-Type */
    ngx_uint_t                      read;     /* something refers to $body */

    ngx_int_t                       rc;       /* NGX_OK; NGX_DECLINED: it is
                                                 broken; NGX_ERROR: no memory */
    ngx_str_t                       detail;   /* of what is broken */
    ngx_array_t                     errors;   /* ngx_asyncapi_schema_error_t */
    ngx_array_t                     fields;   /* ..._field_t, of a form */
    ngx_str_t                       value;    /* of $body; empty: not read */
} ngx_http_asyncapi_body_look_t;

typedef struct {
    ngx_str_t                       name;
    ngx_str_t                       value;
    uint16_t                        next;     /* of the same name, from 1 */
    uint16_t                        last;     /* of the first: the last one */
} ngx_http_asyncapi_field_t;

/*
 * Looks at the body of the check, a large one in a thread, and goes on with the
 * check.  Returns what the request is to be finalized with.
 */
ngx_int_t ngx_http_asyncapi_body_look(ngx_http_asyncapi_check_t *check);

/* the upper part of the structure is set.  Thread: any that the pool is of */
void ngx_http_asyncapi_body_look_run(ngx_http_asyncapi_body_look_t *look,
    ngx_pool_t *pool);

/* goes on with the check; the loop's, as it is of the request */
ngx_int_t ngx_http_asyncapi_body_looked(ngx_http_asyncapi_check_t *check,
    ngx_http_asyncapi_body_look_t *look);


/* ---- body_job.c ---- */

/* has a thread look; as ..._look() */
ngx_int_t ngx_http_asyncapi_body_offload(ngx_http_asyncapi_check_t *check,
    ngx_http_asyncapi_body_look_t *look);


/* ---- body_json.c, body_form.c, body_type.c ---- */

/* the parts of ..._look_run() */
void ngx_http_asyncapi_body_json(ngx_http_asyncapi_body_look_t *look,
    ngx_pool_t *pool);
void ngx_http_asyncapi_body_form(ngx_http_asyncapi_body_look_t *look,
    ngx_pool_t *pool);

/* whether the request's Content-Type is one of the endpoint's */
ngx_uint_t ngx_http_asyncapi_body_type(ngx_http_asyncapi_check_t *check);
/* "multipart/form-data": whether that is the type, without its parameters */
ngx_uint_t ngx_http_asyncapi_body_is(ngx_str_t *content_type, const char *type);


/* ---- value.c ---- */

/*
 * The parameter's value from what was given for it, or errors.  NGX_OK, also
 * with errors, or NGX_ERROR (no memory).
 */
ngx_int_t ngx_http_asyncapi_parameter_value(ngx_http_asyncapi_check_t *check,
    ngx_http_asyncapi_parameter_t *p);

/* texts that are of the rules as an array of JSON; NGX_OK, NGX_ERROR */
ngx_int_t ngx_http_asyncapi_parameter_array(ngx_pool_t *pool,
    const ngx_asyncapi_rules_t *rules, ngx_str_t *first, ngx_array_t *more,
    ngx_str_t *array);


#endif /* _NGX_HTTP_ASYNCAPI_CONTRACT_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * What a kind of task and the engine know of each other: the kind's vtable,
 * the operation it runs, and the one function that ends an operation.
 *
 * A task as written in the configuration is a node.  When a request comes,
 * the engine runs an operation of it: once, once per element (each=), or
 * several times (retry=, hedge=).  A kind sees nodes and operations, nothing
 * else.
 *
 * Thread: the worker's event loop.
 */


#ifndef _NGX_HTTP_ASYNCAPI_TASK_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_TASK_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include "ngx_asyncapi_job.h"
#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_limit.h"
#include "ngx_asyncapi_template.h"
#include "ngx_http_asyncapi_schema.h"


typedef struct ngx_http_asyncapi_kind_s      ngx_http_asyncapi_kind_t;
typedef struct ngx_http_asyncapi_node_s      ngx_http_asyncapi_node_t;
typedef struct ngx_http_asyncapi_block_s     ngx_http_asyncapi_block_t;
typedef struct ngx_http_asyncapi_endpoint_s  ngx_http_asyncapi_endpoint_t;
typedef struct ngx_http_asyncapi_run_s       ngx_http_asyncapi_run_t;
typedef struct ngx_http_asyncapi_task_s      ngx_http_asyncapi_task_t;
typedef struct ngx_http_asyncapi_op_s        ngx_http_asyncapi_op_t;
typedef struct ngx_http_asyncapi_result_s    ngx_http_asyncapi_result_t;


/* why a task failed: identifier, name for the client, endpoint's status */

#define NGX_HTTP_ASYNCAPI_REASONS(X)                                         \
    X(TIMEOUT,   "timeout",   NGX_HTTP_GATEWAY_TIME_OUT)                     \
    X(CONNECT,   "connect",   NGX_HTTP_BAD_GATEWAY)                          \
    X(STATUS,    "status",    NGX_HTTP_BAD_GATEWAY)                          \
    X(INVALID,   "invalid",   NGX_HTTP_BAD_GATEWAY)                          \
    X(TOO_LARGE, "too_large", NGX_HTTP_BAD_GATEWAY)                          \
    X(LIMIT,     "limit",     NGX_HTTP_SERVICE_UNAVAILABLE)                  \
    X(CANCELLED, "cancelled", NGX_HTTP_BAD_GATEWAY)                          \
    X(COMMAND,   "command",   NGX_HTTP_BAD_GATEWAY)                          \
    X(SQL,       "sql",       NGX_HTTP_BAD_GATEWAY)                          \
    X(FUNCTION,  "function",  NGX_HTTP_BAD_GATEWAY)                          \
    X(SCHEMA,    "schema",    NGX_HTTP_BAD_GATEWAY)

typedef enum {
    NGX_HTTP_ASYNCAPI_OK = 0,
#define X(id, name, status)  NGX_HTTP_ASYNCAPI_##id,
    NGX_HTTP_ASYNCAPI_REASONS(X)
#undef X
    NGX_HTTP_ASYNCAPI_REASON_N
} ngx_http_asyncapi_reason_e;


/* what the bytes of a success are; "as=" decides over the kind's choice */

typedef enum {
    NGX_HTTP_ASYNCAPI_AS_UNSET = 0,
    NGX_HTTP_ASYNCAPI_AS_JSON,     /* JSON text, to be validated */
    NGX_HTTP_ASYNCAPI_AS_TEXT,     /* UTF-8, becomes a JSON string */
    NGX_HTTP_ASYNCAPI_AS_BASE64,   /* any bytes, become a JSON string */

    /* of "as=" alone: the kind makes it of what it has */

    NGX_HTTP_ASYNCAPI_AS_OBJECT,   /* of pairs */
    NGX_HTTP_ASYNCAPI_AS_ROWS,     /* an array of objects */
    NGX_HTTP_ASYNCAPI_AS_ROW,      /* the first of them */
    NGX_HTTP_ASYNCAPI_AS_ONE,      /* the first value of that */

    NGX_HTTP_ASYNCAPI_AS_VALUE     /* is a JSON value already (made by us) */
} ngx_http_asyncapi_as_e;


/* an upstream's whole answer, which ends the endpoint (pass=) */

typedef struct {
    ngx_uint_t                     status;
    ngx_str_t                      content_type;
    ngx_str_t                      body;
    ngx_array_t                   *headers;   /* of ngx_keyval_t, end to end
                                                 ones, or NULL */
} ngx_http_asyncapi_answer_t;


/*
 * What an operation ended with.  All memory is the request's (op->pool) or
 * constant, and stays unchanged from then on.
 */

struct ngx_http_asyncapi_result_s {
    ngx_http_asyncapi_reason_e     reason;    /* NGX_HTTP_ASYNCAPI_OK or why */

    /* a success */
    ngx_str_t                      body;
    ngx_http_asyncapi_as_e         as;        /* the kind's choice */

    /*
     * Or what makes the body, of data, where "size" bytes have to be gone
     * through for it; "as" and memory as of a body.  Thread: any that the pool
     * belongs to, and what is read is in op->pool.  NGX_OK, also with a reason
     * set, or NGX_ERROR (no memory).
     */
    ngx_int_t                    (*gather)(ngx_http_asyncapi_node_t *node,
                                     ngx_pool_t *pool,
                                     ngx_http_asyncapi_result_t *result);
    void                          *data;
    size_t                         size;

    /* a failure */
    ngx_str_t                      code;      /* a JSON value: 503, "WRONGTYPE";
                                                 or empty */
    ngx_str_t                      detail;    /* for the log: any bytes */

    /* $name:status and $name:header.x, also of failures with a default */
    ngx_uint_t                     status;    /* 0: none */
    ngx_array_t                   *headers;   /* of ngx_keyval_t, or NULL; are
                                                 needed with node->headers, and
                                                 by retry= */

    unsigned                       value:1;   /* body is the task's value:
                                                 result_make() has been here */
    unsigned                       retryable:1;  /* retry= may try again,
                                                 whatever the reason is */

    ngx_http_asyncapi_answer_t    *answer;    /* not NULL: ends the endpoint */

    ngx_str_t                     *origin;    /* the engine's: name of the task
                                                 that failed */
};


/* one running operation; the engine's to allocate, zeroed before start() */

struct ngx_http_asyncapi_op_s {
    ngx_http_asyncapi_task_t      *task;
    ngx_http_asyncapi_node_t      *node;      /* node->conf is the kind's */
    ngx_http_request_t            *request;   /* the main request */
    ngx_pool_t                    *pool;
    ngx_log_t                     *log;

    void                          *data;      /* the kind's own */
    void                          *kept;      /* see op_kept() */
    unsigned                       active:1;  /* started or queued, and not
                                                 ended */
    unsigned                       closing:1; /* cancelled with its request */

    ngx_http_asyncapi_result_t     result;    /* the engine's */
    ngx_queue_t                    queue;     /* the engine's */
};


/* an option that only this kind has */

typedef struct {
    ngx_str_t                      name;      /* "method" of method=POST */
    /* NGX_CONF_OK, NGX_CONF_ERROR (already logged), or a message */
    char                        *(*set)(ngx_conf_t *cf,
                                     ngx_http_asyncapi_node_t *node,
                                     ngx_str_t *value);
} ngx_http_asyncapi_option_t;


#define NGX_HTTP_ASYNCAPI_AS_MASK(as)  (1 << (as))


/*
 * One kind of task.  Configuration: create(), then the options in the order
 * written, then words() or block().
 *
 * start() begins the operation.  NGX_OK: it has begun, or is already ended by
 * ngx_http_asyncapi_task_done(); NGX_ERROR: no memory, task_done() was not
 * called.  Whatever is begun is undone by cancel(), which is called at most
 * once and only for an operation that has not ended; op->active is 0 by then,
 * so that task_done() from within is ignored.  After it the kind must not touch
 * op, its request or its pool again.  op->closing: the request is being
 * destroyed, nginx runs its own cleanups and ends its subrequests.
 */

struct ngx_http_asyncapi_kind_s {
    ngx_str_t                      name;
    ngx_uint_t                     as;        /* NGX_HTTP_ASYNCAPI_AS_MASK()
                                                 of what as= may say */
    ngx_http_asyncapi_option_t    *options;   /* ends with an empty name, or
                                                 NULL */

    /* the kind's conf for one node; NULL: no memory */
    void                        *(*create)(ngx_conf_t *cf);

    /*
     * WHAT ... ; of n words.  NULL: this form does not exist.  Returns as
     * ngx_http_asyncapi_option_t.set
     */
    char                        *(*words)(ngx_conf_t *cf,
                                     ngx_http_asyncapi_node_t *node,
                                     ngx_str_t *word, ngx_uint_t n);

    /*
     * { ... }: parses up to and with the closing brace; NULL likewise.  n words
     * stand before it, which only a kind with words_before may have
     */
    char                        *(*block)(ngx_conf_t *cf,
                                     ngx_http_asyncapi_node_t *node,
                                     ngx_str_t *word, ngx_uint_t n);

    /* once words() or block() and all options are read; or NULL */
    char                        *(*check)(ngx_conf_t *cf,
                                     ngx_http_asyncapi_node_t *node);

    /* once all of http {} is read: NGX_OK, NGX_ERROR (logged); or NULL */
    ngx_int_t                    (*complete)(ngx_conf_t *cf);

    /*
     * Makes what start() needs of the node's references, in render->pool, and
     * sets *data to it; or NULL.  Where what they refer to is large a thread
     * does it before start().  NGX_OK; NGX_ERROR, NGX_DECLINED: as
     * ngx_asyncapi_template_render()
     */
    ngx_int_t                    (*prepare)(ngx_http_asyncapi_node_t *node,
                                     ngx_asyncapi_render_t *render,
                                     void **data);

    ngx_int_t                    (*start)(ngx_http_asyncapi_op_t *op);
    void                         (*cancel)(ngx_http_asyncapi_op_t *op);

    /* a task that op started has ended (groups); or NULL */
    void                         (*ended)(ngx_http_asyncapi_op_t *op,
                                     ngx_http_asyncapi_task_t *task);

    /*
     * What the node does that may not be done twice, as "POST"; or NULL: all
     * of it may.  No such function: the kind never does.  inner: it is the
     * group around that is tried again, and what op_kept() has is not kept.
     * Called after check()
     */
    ngx_str_t                   *(*once)(ngx_http_asyncapi_node_t *node,
                                     ngx_uint_t inner);

    unsigned                       spares:1;  /* that a task failed which op
                                                 started is no failure yet */
    unsigned                       words_before:1;  /* words may stand before
                                                 the block, too */
    unsigned                       tells:1;   /* of what once() names: where a
                                                 result is retryable it has not
                                                 been done, so that retry= may
                                                 go by that alone */
};


/* the file and line that a message is about */

typedef struct {
    u_char                        *file;
    ngx_uint_t                     line;
} ngx_http_asyncapi_place_t;


/* a task as written in the configuration */

struct ngx_http_asyncapi_node_s {
    ngx_str_t                      name;
    ngx_http_asyncapi_kind_t      *kind;
    void                          *conf;      /* the kind's */
    ngx_http_asyncapi_as_e         as;

    ngx_http_asyncapi_endpoint_t  *endpoint;
    ngx_http_asyncapi_block_t     *block;     /* it stands in */
    ngx_uint_t                     slot;      /* in that block */
    ngx_http_asyncapi_block_t     *members;   /* of a group, or NULL */

    /* options of every kind */
    ngx_msec_t                     timeout;   /* 0: none of its own */
    ngx_uint_t                     retry;     /* further tries */
    ngx_msec_t                     try_timeout;  /* of each; 0: none */
    ngx_msec_t                     hedge;     /* 0: none */
    ngx_str_t                      limit_name;
    ngx_asyncapi_limit_t          *limit;     /* of that name, or NULL */
    ngx_str_t                      fallback;  /* default=, a JSON value */
    ngx_asyncapi_ref_t            *condition; /* if=, or NULL */
    ngx_asyncapi_ref_t            *each;      /* each=, or NULL */
    ngx_uint_t                     max;
    ngx_uint_t                     concurrency;
    ngx_array_t                   *pick;      /* of ngx_asyncapi_json_path_t */
    ngx_array_t                   *omit;      /* likewise, or NULL */
    ngx_http_asyncapi_schema_t    *schema;    /* schema=, or NULL */
    ngx_uint_t                     given;     /* of these options: bits */
    unsigned                       negate:1;  /* if=! */
    unsigned                       max_set:1;
    unsigned                       concurrency_set:1;
    unsigned                       own_item:1;  /* if= is on its own $item */
    unsigned                       trust:1;   /* its JSON is not checked */
    unsigned                       retry_unsafe:1;
    unsigned                       retry_told:1;  /* only what its kind says is
                                                     retryable is */
    unsigned                       hedge_unsafe:1;
    unsigned                       read:1;    /* another task refers to it */
    unsigned                       needed:1;  /* the answer may depend on it */
    unsigned                       ends:1;    /* it may end the endpoint with
                                                 an answer of its own */
    unsigned                       background:1;  /* runs after the answer */
    unsigned                       kept:1;    /* its value is needed then */
    unsigned                       headers:1; /* $name:header.x is read */
    unsigned                       walk:2;    /* see cycle.c */
    ngx_uint_t                     hidden;    /* see let.c */

    ngx_array_t                    after;     /* of ngx_str_t */

    /* everything that refers: templates and lone references */
    ngx_array_t                    templates; /* ngx_asyncapi_template_t * */
    ngx_array_t                    refs;      /* ngx_asyncapi_ref_t * */
    ngx_array_t                    lets;      /* ngx_http_asyncapi_let_t *, in
                                                 its own block */
    ngx_array_t                    reads;     /* of ngx_str_t: nginx variables
                                                 its block reads, any of which
                                                 may be a let */

    ngx_array_t                    deps;      /* of ngx_http_asyncapi_dep_t */

    ngx_http_asyncapi_place_t      place;
};


/* ---- for kinds, when the configuration is read ---- */

/*
 * Compiles a template and makes its references dependencies of the node.
 * NULL: an error that names file, line and task is already logged.
 */
ngx_asyncapi_template_t *ngx_http_asyncapi_node_template(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *source,
    ngx_asyncapi_place_e place);
/* as ngx_asyncapi_template_compile_value() */
ngx_asyncapi_template_t *ngx_http_asyncapi_node_value(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *source);

/*
 * A reference of the node that is in no template: bound alone, and a
 * dependency as all are.  NGX_OK, or NGX_ERROR (no memory).
 */
ngx_int_t ngx_http_asyncapi_node_ref(ngx_http_asyncapi_node_t *node,
    ngx_asyncapi_ref_t *ref);

/*
 * Logs at the node's file and line, "in task "name"" is added.  Returns
 * NGX_CONF_ERROR.
 */
char *ngx_http_asyncapi_node_error(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, const char *fmt, ...);


/* ---- for kinds, while a request runs ---- */

/*
 * Ends the operation: records and posts, never runs the request inline.  May
 * be called inside start().  *result is copied.  Ignored if not op->active.
 */
void ngx_http_asyncapi_task_done(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_result_t *result);

/* a failure without more to say; detail is a constant or in op->pool */
void ngx_http_asyncapi_task_failed(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_reason_e reason, const char *detail);

/*
 * Makes of the body of a success the value that the node's as=, schema=, pick=
 * and omit= want, in the pool; or, of what can't be one, a failure.  The engine
 * does so for every operation that has ended; a kind whose result comes from a
 * thread does it there.  Thread: any that the pool and the result belong to.
 * NGX_OK, or NGX_ERROR (no memory).
 */
ngx_int_t ngx_http_asyncapi_result_make(ngx_http_asyncapi_node_t *node,
    ngx_pool_t *pool, ngx_http_asyncapi_result_t *result);

/*
 * Renders a template of the node where the operation stands ($item and
 * siblings are found).  NGX_OK; NGX_ERROR: no memory; NGX_DECLINED: a value can
 * not be put in, and the operation has been ended with reason "invalid": the
 * kind just returns NGX_OK from start().
 */
ngx_int_t ngx_http_asyncapi_op_render(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_template_t *tpl, ngx_str_t *out);

/*
 * What the kind's prepare() makes, returns likewise.  It is in memory that jobs
 * can hold.
 */
ngx_int_t ngx_http_asyncapi_op_prepared(ngx_http_asyncapi_op_t *op,
    void **data);
ngx_asyncapi_memory_t *ngx_http_asyncapi_op_memory(ngx_http_asyncapi_op_t *op);

/*
 * What the kind keeps for all tries of the task, by retry= and hedge=: NULL
 * until it is set.
 */
void **ngx_http_asyncapi_op_kept(ngx_http_asyncapi_op_t *op);

/* asyncapi_max_result of the endpoint's location: bytes */
size_t ngx_http_asyncapi_op_max_result(ngx_http_asyncapi_op_t *op);

/*
 * Whether what so many bytes have to be gone through for is left to a thread:
 * a result with gather() and this size is.
 */
ngx_uint_t ngx_http_asyncapi_op_offloads(ngx_http_asyncapi_op_t *op,
    size_t size);

/* request headers that asyncapi_pass_header names: of ngx_str_t, or NULL */
ngx_array_t *ngx_http_asyncapi_op_pass_headers(ngx_http_asyncapi_op_t *op);

/* asyncapi_thread_pool of the endpoint's location */
ngx_thread_pool_t *ngx_http_asyncapi_op_thread_pool(
    ngx_http_asyncapi_op_t *op);

/*
 * Puts the let variables that the node's block has or reads into the variables
 * of its subrequest (an array of its own, of cmcf->variables.nelts elements).
 * Returns as ngx_http_asyncapi_op_render().
 */
ngx_int_t ngx_http_asyncapi_op_lets(ngx_http_asyncapi_op_t *op,
    ngx_http_variable_value_t *variables);


extern const ngx_str_t  ngx_http_asyncapi_reason_names[];
extern const ngx_uint_t  ngx_http_asyncapi_reason_status[];


#endif /* _NGX_HTTP_ASYNCAPI_TASK_H_INCLUDED_ */

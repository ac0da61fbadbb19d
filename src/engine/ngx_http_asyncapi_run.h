
/*
 * Copyright (C) The asyncapi module authors
 *
 * A run: one request going through its endpoint's graph.
 *
 * All memory is that of the run, which its request and jobs hold.  A run is
 * over when the answer is sent or the request is destroyed, whichever is first;
 * from then on nothing of it is active.
 *
 * Thread: the worker's event loop.
 */


#ifndef _NGX_HTTP_ASYNCAPI_RUN_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_RUN_H_INCLUDED_


#include "ngx_http_asyncapi_conf.h"


typedef struct ngx_http_asyncapi_scope_s  ngx_http_asyncapi_scope_t;
typedef struct ngx_http_asyncapi_later_s  ngx_http_asyncapi_later_t;
typedef struct ngx_http_asyncapi_work_s   ngx_http_asyncapi_work_t;


#define NGX_HTTP_ASYNCAPI_STATES(X)                                          \
    X(WAITING,   "waiting")    /* for what it depends on */                  \
    X(READY,     "ready")      /* in run->ready */                           \
    X(QUEUED,    "queued")     /* for a slot of its limit */                 \
    X(RUNNING,   "running")    /* its operation is active, or in run->done */ \
    X(WORKING,   "working")    /* a thread is, on what it refers to or on its  \
                                  result; or that is in run->done */          \
    X(DONE,      "done")       /* has a value */                             \
    X(FAILED,    "failed")     /* has a reason */                            \
    X(CANCELLED, "cancelled")  /* nobody wants it any more */

typedef enum {
#define X(id, name)  NGX_HTTP_ASYNCAPI_TASK_##id,
    NGX_HTTP_ASYNCAPI_STATES(X)
#undef X
    NGX_HTTP_ASYNCAPI_STATE_N
} ngx_http_asyncapi_state_e;


/* "task" waits for the task in whose list this stands */

typedef struct ngx_http_asyncapi_waiter_s  ngx_http_asyncapi_waiter_t;

struct ngx_http_asyncapi_waiter_s {
    ngx_http_asyncapi_waiter_t      *next;
    ngx_http_asyncapi_task_t        *task;
};


/* a node going through a run, once in each scope and for each element */

struct ngx_http_asyncapi_task_s {
    ngx_http_asyncapi_node_t        *node;
    ngx_http_asyncapi_kind_t        *kind;     /* the node's, or what is
                                                  around it: each=, tries */
    ngx_http_asyncapi_scope_t       *scope;    /* its references stand in */
    ngx_http_asyncapi_op_t          *owner;    /* group, each= or tries it
                                                  belongs to, or NULL */

    ngx_http_asyncapi_state_e        state;
    ngx_uint_t                       pending;  /* tasks it waits for */
    ngx_http_asyncapi_waiter_t      *waiters;

    ngx_str_t                        value;    /* DONE: a JSON value */
    ngx_event_t                     *timer;    /* its deadline, or NULL */
    ngx_asyncapi_slot_t             *slot;     /* of its limit, or NULL */
    uint64_t                         began;    /* microseconds; 0: it has not,
                                                  or is not timed */

    ngx_asyncapi_job_t              *job;      /* WORKING: the thread's */
    ngx_http_asyncapi_work_t        *work;     /* what it refers to, worked out
                                                  by a thread; or NULL */

    ngx_http_asyncapi_op_t           op;

    unsigned                         element:1;   /* one of each= */
    unsigned                         try:1;       /* one of several */
    unsigned                         spare:1;     /* beside another try */
};


/*
 * Where names are looked up: a running block of tasks, or one element of
 * each= (block is NULL then).
 */

struct ngx_http_asyncapi_scope_s {
    ngx_http_asyncapi_scope_t       *parent;   /* or NULL */
    ngx_http_asyncapi_run_t         *run;

    ngx_http_asyncapi_block_t       *block;
    ngx_http_asyncapi_task_t        *tasks;    /* by slot */

    ngx_str_t                        item;
    ngx_uint_t                       index;
};


/* a default that stood in, for Asyncapi-Failed */

typedef struct {
    ngx_str_t                       *name;
    ngx_http_asyncapi_reason_e       reason;
} ngx_http_asyncapi_stood_in_t;


/* what a task took, for Server-Timing */

typedef struct {
    ngx_str_t                       *name;
    uint64_t                         time;     /* microseconds */
    ngx_http_asyncapi_reason_e       reason;   /* it failed for */
} ngx_http_asyncapi_timing_t;


typedef struct {
    ngx_str_t                        value;
    const ngx_asyncapi_ref_t        *failed;   /* can't be rendered, or NULL */
    const char                      *message;
    unsigned                         set:1;
    unsigned                         made:1;     /* by a thread: it is in the
                                                    run's memory */
} ngx_http_asyncapi_let_value_t;


/* the room that it has in the background: see background.c */

typedef enum {
    NGX_HTTP_ASYNCAPI_ROOM_NONE = 0,
    NGX_HTTP_ASYNCAPI_ROOM_WAITING,   /* its answer waits for it */
    NGX_HTTP_ASYNCAPI_ROOM_HELD,      /* its answer can be given */
    NGX_HTTP_ASYNCAPI_ROOM_LEAVING,   /* its answer is on its way */
    NGX_HTTP_ASYNCAPI_ROOM_GONE       /* the background has it, or there was
                                         none */
} ngx_http_asyncapi_room_e;


/* what is said of a task when the deadline of all passes */

typedef struct {
    const char                      *running;
    const char                      *queued;   /* for a slot of its limit */
    const char                      *before;   /* it was started */
} ngx_http_asyncapi_late_t;


struct ngx_http_asyncapi_run_s {
    ngx_http_request_t              *request;
    ngx_asyncapi_memory_t           *memory;
    ngx_pool_t                      *pool;     /* its */
    ngx_http_asyncapi_endpoint_t    *endpoint;
    ngx_http_asyncapi_loc_conf_t    *conf;
    ngx_msec_t                       timeout;
    const ngx_http_asyncapi_late_t  *late;

    ngx_http_asyncapi_scope_t       *root;     /* of the endpoint's block */
    ngx_asyncapi_value_t            *params;   /* by slot */
    ngx_http_variable_value_t       *variables;  /* of nginx, as they were: by
                                                  background->variables */
    ngx_http_asyncapi_let_value_t   *lets;     /* by slot */

    ngx_queue_t                      ready;    /* tasks to start */
    ngx_queue_t                      running;  /* active operations, and
                                                  those queued for a slot */
    ngx_queue_t                      done;     /* operations that ended */

    ngx_event_t                      wake;     /* posted: there is work */
    ngx_event_t                      deadline;

    ngx_http_asyncapi_result_t      *failure;  /* fails the endpoint */
    ngx_http_asyncapi_answer_t      *answer;   /* pass= */
    ngx_array_t                      stood_in; /* ..._stood_in_t */
    ngx_array_t                      timings;  /* ..._timing_t */
    uint64_t                         began;    /* likewise, where it is timed */
    ngx_uint_t                       respond;  /* the one being looked at */

    size_t                           bytes;    /* of all values so far */
    ngx_asyncapi_job_t              *job;      /* for the answer, or NULL */
    ngx_http_asyncapi_work_t        *work;     /* done: of the answer, or of
                                                  its condition */

    int                             *captures; /* $1 ...: a copy */
    ngx_uint_t                       ncaptures;
    u_char                          *captures_data;

    ngx_http_asyncapi_later_t       *later;    /* not NULL: it runs after the
                                                  answer */
    ngx_http_asyncapi_room_e         room;     /* of one that is answered */
    ngx_queue_t                      queue;    /* WAITING, LEAVING */

    unsigned                         chosen:1;   /* respond's condition held */
    unsigned                         timed:1;    /* asyncapi_server_timing */
    unsigned                         expired:1;  /* its deadline has passed */
    unsigned                         error:1;    /* no memory */
    unsigned                         over:1;
};


/* ---- run.c ---- */

/*
 * Starts the endpoint for the request; params as in run->params, and memory
 * that a large one is in, or NULL.  Returns what the content handler is to
 * return.
 */
ngx_int_t ngx_http_asyncapi_run_start(ngx_http_request_t *r,
    ngx_http_asyncapi_endpoint_t *ep, ngx_asyncapi_value_t *params,
    ngx_asyncapi_memory_t *memory);

/* a run that has not begun; NULL: no memory */
ngx_http_asyncapi_run_t *ngx_http_asyncapi_run_create(ngx_http_request_t *r,
    ngx_http_asyncapi_endpoint_t *ep, ngx_asyncapi_memory_t *memory);

/* the run that the request, or the request it is a part of, is in; or NULL */
ngx_http_asyncapi_run_t *ngx_http_asyncapi_run_of(ngx_http_request_t *r);

/* a subrequest that is an endpoint itself is given up: ends its run */
void ngx_http_asyncapi_run_abandon(ngx_http_request_t *r);

/* ends everything that is active; closing: the request is being destroyed */
void ngx_http_asyncapi_run_end(ngx_http_asyncapi_run_t *run,
    ngx_uint_t closing);

/* there is work in the run's queues */
void ngx_http_asyncapi_run_wake(ngx_http_asyncapi_run_t *run);

/* until the endpoint's deadline, in milliseconds */
ngx_msec_int_t ngx_http_asyncapi_run_left(ngx_http_asyncapi_run_t *run);


/* ---- scope.c ---- */

/* a scope for the tasks of a block, which wait to be begun; NULL: no memory */
ngx_http_asyncapi_scope_t *ngx_http_asyncapi_scope_create(
    ngx_http_asyncapi_run_t *run, ngx_http_asyncapi_scope_t *parent,
    ngx_http_asyncapi_block_t *block);

/*
 * Begins its tasks, but for those of the endpoint that do not run when this run
 * does; owner is told of each that ends.
 */
void ngx_http_asyncapi_scope_start(ngx_http_asyncapi_scope_t *scope,
    ngx_http_asyncapi_op_t *owner);

/*
 * Prepares a task of the owner's node; it is zeroed, or is one that has ended
 * and is used again.
 */
void ngx_http_asyncapi_task_init(ngx_http_asyncapi_task_t *task,
    ngx_http_asyncapi_op_t *owner, ngx_http_asyncapi_scope_t *scope,
    ngx_http_asyncapi_kind_t *kind);

/* cancels all of its tasks */
void ngx_http_asyncapi_scope_cancel(ngx_http_asyncapi_scope_t *scope,
    ngx_uint_t closing);


/* ---- task.c: the states of a task ---- */

/* a task that has ended in another run, with that value */
void ngx_http_asyncapi_task_ended(ngx_http_asyncapi_task_t *task,
    ngx_http_asyncapi_state_e state);

/* a task that waits for nothing is to be started */
void ngx_http_asyncapi_task_ready(ngx_http_asyncapi_task_t *task);

/* a task that was queued has its slot, and is to be started */
void ngx_http_asyncapi_task_admit(ngx_http_asyncapi_task_t *task);

/*
 * Starts what is ready, settles what has ended: all there is, or so much that
 * others have to wait no longer, and the rest when the run is woken next.
 */
void ngx_http_asyncapi_tasks_work(ngx_http_asyncapi_run_t *run);

/* cancels a task in whatever state it is, and what belongs to it */
void ngx_http_asyncapi_task_cancel(ngx_http_asyncapi_task_t *task,
    ngx_uint_t closing);

/* a thread is at work for it, by that job: NGX_OK, or NGX_ERROR (no memory) */
ngx_int_t ngx_http_asyncapi_task_work(ngx_http_asyncapi_task_t *task,
    ngx_asyncapi_job_t *job);
/* the thread is through, the task can be started */
void ngx_http_asyncapi_task_worked(ngx_http_asyncapi_task_t *task);

/* whether its if= is to be asked */
ngx_uint_t ngx_http_asyncapi_task_asks(ngx_http_asyncapi_task_t *task);

/* ends the active operation with the reason; its kind is told to cancel */
void ngx_http_asyncapi_op_abort(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_reason_e reason, const char *detail);


/* ---- deadline.c ---- */

/* begins to run, if there is one and it does not: NGX_OK, NGX_ERROR */
ngx_int_t ngx_http_asyncapi_task_deadline(ngx_http_asyncapi_task_t *task);


/* ---- limits.c ---- */

/*
 * A slot of the limit of the task's node.  NGX_OK: it is held; NGX_AGAIN: it
 * will be admitted, or ended; NGX_DECLINED: there is none, it has been ended;
 * NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_asyncapi_task_take(ngx_http_asyncapi_task_t *task);


/* ---- result.c ---- */

/*
 * The body of a success as the JSON value that the task's as=, schema=, pick=
 * and omit= make of it; or turns the result into a failure.  NGX_OK; NGX_AGAIN:
 * a thread does it, and then ends the operation; NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_asyncapi_result_value(ngx_http_asyncapi_task_t *task,
    ngx_http_asyncapi_result_t *result);

/*
 * One line in the error log: the task's failure, of the task that it began in,
 * and what follows of it ("; its default stands in"), or an empty string.  It
 * is written by who decides that, so that it has the level it deserves.
 */
void ngx_http_asyncapi_result_log(ngx_http_asyncapi_task_t *task,
    ngx_uint_t level, ngx_str_t *sequel);


/* ---- timing.c ---- */

/* the run's tasks are timed, once it has been started */
void ngx_http_asyncapi_timing_start(ngx_http_asyncapi_run_t *run);

/* a task begins, maybe once more; a task that began has ended */
void ngx_http_asyncapi_timing_begin(ngx_http_asyncapi_task_t *task);
void ngx_http_asyncapi_timing_end(ngx_http_asyncapi_task_t *task);

/* adds the header, where tasks are timed: NGX_OK, NGX_ERROR (no memory) */
ngx_int_t ngx_http_asyncapi_timing_header(ngx_http_asyncapi_run_t *run);


/* ---- each.c, tries.c: what is around a node's kind, in this order ---- */

extern ngx_http_asyncapi_kind_t  ngx_http_asyncapi_each;
extern ngx_http_asyncapi_kind_t  ngx_http_asyncapi_tries;

#define ngx_http_asyncapi_node_tries(node)                                   \
    (((node)->retry || (node)->hedge) ? &ngx_http_asyncapi_tries             \
                                      : (node)->kind)


/* ---- answer.c ---- */

/* NGX_AGAIN: not all that it needs is there; else what to finalize with */
ngx_int_t ngx_http_asyncapi_answer(ngx_http_asyncapi_run_t *run);

/* adds a header to the answer; name is a constant: NGX_OK, NGX_ERROR */
ngx_int_t ngx_http_asyncapi_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value);

/*
 * A problem that is not a task's: 404, 422; headers are set by the caller.
 * detail is any text, or empty; errors is an array of JSON, or empty.
 */
ngx_int_t ngx_http_asyncapi_problem(ngx_http_request_t *r, ngx_uint_t status,
    ngx_str_t *detail, ngx_str_t *errors);


#endif /* _NGX_HTTP_ASYNCAPI_RUN_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * The job kind: what its files share.
 *
 * Thread: the worker's event loop.
 */


#ifndef _NGX_HTTP_ASYNCAPI_KIND_JOB_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_KIND_JOB_H_INCLUDED_


#include "ngx_asyncapi_queue.h"
#include "ngx_http_asyncapi_redis_servers.h"


/* asyncapi_queue */

typedef struct {
    ngx_asyncapi_queue_t             queue;
    ngx_str_t                        redis;    /* the server's name */
    ngx_asyncapi_redis_server_t     *server;
    const ngx_asyncapi_redis_keys_t *put_keys;
    const ngx_asyncapi_redis_keys_t *look_keys;
    ngx_uint_t                       given;    /* options: bits */
    ngx_http_asyncapi_place_t        place;
} ngx_http_asyncapi_job_queue_t;


typedef struct ngx_http_asyncapi_job_form_s  ngx_http_asyncapi_job_form_t;


typedef struct {
    ngx_str_t                        name;     /* of the queue */
    ngx_http_asyncapi_job_queue_t   *queue;    /* once all is read */
    const ngx_http_asyncapi_job_form_t  *form;

    ngx_asyncapi_queue_task_t        task;     /* to be put */
    ngx_asyncapi_template_t         *args;     /* or NULL */
    ngx_asyncapi_template_t         *id;       /* to be looked at */

    /* options, or NULL */
    ngx_asyncapi_template_t         *eta;
    ngx_asyncapi_template_t         *expires;
    ngx_asyncapi_template_t         *priority;
    ngx_asyncapi_template_t         *until;    /* for= */
} ngx_http_asyncapi_job_conf_t;


/* what the word behind the queue says */

struct ngx_http_asyncapi_job_form_s {
    ngx_str_t                        name;     /* empty: it is a task */
    ngx_uint_t                       needs;    /* bits of a format's "may" */

    char                          *(*words)(ngx_conf_t *cf,
                                       ngx_http_asyncapi_node_t *node,
                                       ngx_str_t *word, ngx_uint_t n);
    /* the queue is there; or NULL */
    char                          *(*complete)(ngx_conf_t *cf,
                                       ngx_http_asyncapi_node_t *node);

    ngx_int_t                      (*start)(ngx_http_asyncapi_op_t *op);
    void                           (*cancel)(ngx_http_asyncapi_op_t *op);
};


extern ngx_http_asyncapi_kind_t  ngx_http_asyncapi_kind_job;

extern const ngx_http_asyncapi_job_form_t  ngx_http_asyncapi_job_put;
extern const ngx_http_asyncapi_job_form_t  ngx_http_asyncapi_job_status;
extern const ngx_http_asyncapi_job_form_t  ngx_http_asyncapi_job_wait;


/* ---- options ---- */

char *ngx_http_asyncapi_job_eta(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value);
char *ngx_http_asyncapi_job_expires(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
char *ngx_http_asyncapi_job_priority(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
char *ngx_http_asyncapi_job_for(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value);


/* ---- job_queue.c ---- */

/* asyncapi_queue NAME celery|rq|stream REDIS [option ...] */
char *ngx_http_asyncapi_queue(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/*
 * Tasks may stand above the queue that they name: it is looked for once all is
 * read.  NGX_OK or NGX_ERROR (no memory).
 */
ngx_int_t ngx_http_asyncapi_job_needs_queue(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node);

/* servers of queues, queues of tasks: NGX_OK or NGX_ERROR (logged) */
ngx_int_t ngx_http_asyncapi_job_complete(ngx_conf_t *cf);


/* ---- job_state.c: what status and wait have in common ---- */

char *ngx_http_asyncapi_job_state_words(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n);

/*
 * A call that looks at the job which the task names; handler and data are the
 * caller's to set.  NGX_OK; NGX_ERROR: no memory; NGX_DECLINED: op has ended.
 */
ngx_int_t ngx_http_asyncapi_job_look(ngx_http_asyncapi_op_t *op, ngx_str_t *id,
    ngx_asyncapi_redis_call_t *call);

/* of that call: the key that changes with the state of the job */
ngx_str_t ngx_http_asyncapi_job_key(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_redis_call_t *call);

/* whether a job in that state will not be in another one */
ngx_uint_t ngx_http_asyncapi_job_through(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_queue_state_e state);

/* what it has found, and what that is read and told by */

typedef struct {
    ngx_http_asyncapi_node_t        *node;
    ngx_str_t                        id;
    size_t                           max;      /* bytes of the result */
    redisReply                      *reply;
    ngx_pool_t                      *pool;     /* the reply's own, or NULL: it
                                                  is destroyed as soon as it is
                                                  not needed */
} ngx_http_asyncapi_job_reply_t;

/*
 * Ends op where there is no reply, or one that is an error: NGX_DECLINED; else
 * NGX_OK, *reply is set, but for its pool.
 */
ngx_int_t ngx_http_asyncapi_job_found(ngx_http_asyncapi_op_t *op,
    ngx_str_t *id, ngx_asyncapi_redis_call_t *call,
    ngx_http_asyncapi_job_reply_t *reply);

/*
 * Takes the reply over, for as long as the pool lasts, so that a thread may
 * work on it: NGX_OK, or NGX_ERROR (no memory).
 */
ngx_int_t ngx_http_asyncapi_job_take(ngx_http_asyncapi_job_reply_t *reply,
    ngx_asyncapi_redis_call_t *call, ngx_pool_t *pool);

/*
 * The state, in memory of the pool or the reply.  NGX_OK; NGX_DECLINED: the
 * result is a failure; NGX_ERROR: no memory.  Thread: any.
 */
ngx_int_t ngx_http_asyncapi_job_read(ngx_http_asyncapi_job_reply_t *reply,
    ngx_pool_t *pool, ngx_http_asyncapi_result_t *result,
    ngx_asyncapi_queue_state_t *state);

/*
 * Makes the result of it, {"id", "status", "result", "error"}, in memory of the
 * pool, or a failure.  NGX_OK, or NGX_ERROR (no memory).  Thread: any.
 */
ngx_int_t ngx_http_asyncapi_job_tell(ngx_http_asyncapi_job_reply_t *reply,
    ngx_pool_t *pool, ngx_http_asyncapi_result_t *result,
    ngx_asyncapi_queue_state_t *state);


#endif /* _NGX_HTTP_ASYNCAPI_KIND_JOB_H_INCLUDED_ */

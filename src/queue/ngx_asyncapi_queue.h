
/*
 * Copyright (C) The asyncapi module authors
 *
 * Jobs, as the workers of Celery, of RQ, and consumers of a stream read them in
 * Redis: the command that puts one, the command that asks for its state, and
 * what the reply to that says.  Nothing here talks to Redis.
 *
 * Memory is of the pool given, for commands and states the request's.
 *
 * Thread: the worker's event loop, or the configuration's.
 */


#ifndef _NGX_ASYNCAPI_QUEUE_H_INCLUDED_
#define _NGX_ASYNCAPI_QUEUE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <hiredis/hiredis.h>


#define NGX_ASYNCAPI_QUEUE_ID_LEN    36
#define NGX_ASYNCAPI_QUEUE_TIME_LEN  (sizeof("2026-11-28T07:10:00.000000") - 1)


/* states of a job: identifier, name, and whether it is the last one */

#define NGX_ASYNCAPI_QUEUE_STATES(X)                                         \
    X(UNKNOWN, "unknown", 0)                                                 \
    X(QUEUED,  "queued",  0)                                                 \
    X(STARTED, "started", 0)                                                 \
    X(RETRY,   "retry",   0)                                                 \
    X(SUCCESS, "success", 1)                                                 \
    X(FAILURE, "failure", 1)                                                 \
    X(REVOKED, "revoked", 1)

typedef enum {
#define X(id, name, last)  NGX_ASYNCAPI_QUEUE_##id,
    NGX_ASYNCAPI_QUEUE_STATES(X)
#undef X
    NGX_ASYNCAPI_QUEUE_STATE_N
} ngx_asyncapi_queue_state_e;


typedef struct {
    ngx_asyncapi_queue_state_e   state;
    ngx_str_t                    result;   /* a JSON value; data NULL: none */
    ngx_str_t                    error;    /* likewise */
    const char                  *message;  /* of NGX_DECLINED */
} ngx_asyncapi_queue_state_t;


/* what a queue of a format may be told: bits */

#define NGX_ASYNCAPI_QUEUE_ETA       0x01  /* eta= and expires= */
#define NGX_ASYNCAPI_QUEUE_PRIORITY  0x02
#define NGX_ASYNCAPI_QUEUE_TIMEOUT   0x04  /* job_timeout= */
#define NGX_ASYNCAPI_QUEUE_PREFIX    0x08
#define NGX_ASYNCAPI_QUEUE_MAXLEN    0x10
#define NGX_ASYNCAPI_QUEUE_STATE     0x20  /* it can be asked for */
#define NGX_ASYNCAPI_QUEUE_AGAIN     0x40  /* a job that is put twice is there
                                              once */
#define NGX_ASYNCAPI_QUEUE_CLUSTER   0x80  /* may be in a Redis Cluster */


typedef struct ngx_asyncapi_queue_format_s  ngx_asyncapi_queue_format_t;


/* what asyncapi_queue says */

typedef struct {
    ngx_str_t                           name;
    const ngx_asyncapi_queue_format_t  *format;

    ngx_str_t                           queue;    /* queue= */
    ngx_str_t                           prefix;   /* prefix= */
    ngx_uint_t                          maxlen;   /* 0: none */
    ngx_uint_t                          timeout;  /* seconds; 0: none said */
    ngx_str_t                           origin;   /* who puts jobs, for
                                                     people */

    void                               *data;     /* the format's */
} ngx_asyncapi_queue_t;


/* a task that the configuration names, and all of its jobs have in common */

typedef struct {
    ngx_asyncapi_queue_t        *queue;
    ngx_str_t                    task;
    void                        *data;     /* the format's */
} ngx_asyncapi_queue_task_t;


typedef struct {
    ngx_asyncapi_queue_task_t   *task;
    ngx_str_t                    id;
    ngx_str_t                    args;     /* JSON: an array or an object */
    ngx_str_t                    eta;      /* as queue_time() has made it, or
                                              empty */
    ngx_str_t                    expires;  /* likewise */
    ngx_uint_t                   priority; /* 0 to 9 */
    time_t                       now;
    ngx_uint_t                   msec;     /* of it */
} ngx_asyncapi_queue_job_t;


typedef struct {
    ngx_str_t                   *argv;
    ngx_uint_t                   argc;
} ngx_asyncapi_queue_command_t;


/* all functions: NGX_OK, or NGX_ERROR (no memory) */

struct ngx_asyncapi_queue_format_s {
    ngx_str_t                    name;
    ngx_str_t                    queue;    /* that workers read if nothing is
                                              said; empty: asyncapi_queue's */
    ngx_uint_t                   may;      /* bits */
    ngx_str_t                    put_command;
    ngx_str_t                    look_command;
    ngx_uint_t                   look_key; /* argument of look() that changes
                                              with the state */

    /* once all options are read; or NULL */
    ngx_int_t                  (*prepare)(ngx_pool_t *pool,
                                   ngx_asyncapi_queue_t *queue);
    ngx_int_t                  (*prepare_task)(ngx_pool_t *pool,
                                   ngx_asyncapi_queue_task_t *task);

    ngx_int_t                  (*put)(ngx_pool_t *pool,
                                   ngx_asyncapi_queue_job_t *job,
                                   ngx_asyncapi_queue_command_t *command);

    /* STATE only; state() also NGX_DECLINED: the reply is not what it should
       be.  max: bytes of a text that is compressed */

    ngx_int_t                  (*look)(ngx_pool_t *pool,
                                   ngx_asyncapi_queue_t *queue, ngx_str_t *id,
                                   ngx_asyncapi_queue_command_t *command);
    ngx_int_t                  (*state)(ngx_pool_t *pool, redisReply *reply,
                                   size_t max,
                                   ngx_asyncapi_queue_state_t *state);

    /* there is no job that UNKNOWN is said of, nor will there be one */
    unsigned                     unknown_ends:1;
};


/* NULL ends the table */
extern const ngx_asyncapi_queue_format_t  *ngx_asyncapi_queue_formats[];

extern const ngx_asyncapi_queue_format_t  ngx_asyncapi_queue_celery;
extern const ngx_asyncapi_queue_format_t  ngx_asyncapi_queue_rq;
extern const ngx_asyncapi_queue_format_t  ngx_asyncapi_queue_stream;

/* by ngx_asyncapi_queue_state_e */
extern const ngx_str_t  ngx_asyncapi_queue_state_names[];
extern const ngx_uint_t  ngx_asyncapi_queue_state_last[];


/*
 * A new id, a UUID of version 4, of NGX_ASYNCAPI_QUEUE_ID_LEN bytes.  NGX_OK,
 * or NGX_ERROR: the system has no random bytes.  In a worker process only.
 */
ngx_int_t ngx_asyncapi_queue_id(u_char *id);

/* argc arguments; NGX_OK or NGX_ERROR */
ngx_int_t ngx_asyncapi_queue_command(ngx_pool_t *pool,
    ngx_asyncapi_queue_command_t *command, ngx_uint_t argc);

/* "prefix" "id", in new memory; NGX_OK or NGX_ERROR */
ngx_int_t ngx_asyncapi_queue_key(ngx_pool_t *pool, const ngx_str_t *before,
    const char *prefix, const ngx_str_t *id, ngx_str_t *key);

/*
 * A time from now ("90", "10m"), or a date and time of ISO 8601, of UTC if it
 * has no zone: as UTC without a zone, of NGX_ASYNCAPI_QUEUE_TIME_LEN bytes.
 * NGX_OK; NGX_DECLINED: it is none.
 */
ngx_int_t ngx_asyncapi_queue_time(const ngx_str_t *value, time_t now,
    ngx_uint_t msec, u_char *out);

/* now, in the same form */
void ngx_asyncapi_queue_now(time_t now, ngx_uint_t msec, u_char *out);

/*
 * What zlib has compressed, up to max bytes of it.  NGX_OK; NGX_DECLINED: it is
 * none; NGX_ERROR: no memory.
 */
ngx_int_t ngx_asyncapi_queue_inflate(ngx_pool_t *pool, const ngx_str_t *in,
    size_t max, ngx_str_t *out);


#endif /* _NGX_ASYNCAPI_QUEUE_H_INCLUDED_ */

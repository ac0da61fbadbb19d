
/*
 * Copyright (C) The asyncapi module authors
 *
 * Celery's message protocol, version 2, as kombu has it in Redis: an envelope
 * of JSON in the list of the queue, or of a priority of it, and the result in a
 * key of its own.
 *
 * Celery keeps nothing of a job from when it is taken off the list until its
 * result is there.  So a mark is set with it, for as long as results are kept:
 * by it a job is known that has no result yet, and is not put again.
 */


#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_queue.h"


/* lists of priorities: 0 to 2, 3 to 5, 6 to 8, 9 */

#define NGX_ASYNCAPI_CELERY_LISTS  4
#define NGX_ASYNCAPI_CELERY_STEP   3

/* longer arguments are not repeated where people look at them */

#define NGX_ASYNCAPI_CELERY_REPR   1024


#define NGX_ASYNCAPI_CELERY_SCRIPT                                           \
    "if redis.call('EXISTS',KEYS[2])==0 then "                               \
    "redis.call('LPUSH',KEYS[1],ARGV[1]) "                                   \
    "redis.call('SET',KEYS[2],'','EX',86400) end"


/* of a task: the envelope, but for what differs from job to job */

typedef struct {
    ngx_str_t   to_id;
    ngx_str_t   to_eta;
    ngx_str_t   to_priority;
} ngx_asyncapi_celery_task_t;


/* names that workers give to states */

typedef struct {
    ngx_str_t                    name;
    ngx_asyncapi_queue_state_e   state;
} ngx_asyncapi_celery_state_t;


static ngx_int_t ngx_asyncapi_celery_prepare(ngx_pool_t *pool,
    ngx_asyncapi_queue_t *queue);
static ngx_int_t ngx_asyncapi_celery_prepare_task(ngx_pool_t *pool,
    ngx_asyncapi_queue_task_t *task);
static ngx_int_t ngx_asyncapi_celery_put(ngx_pool_t *pool,
    ngx_asyncapi_queue_job_t *job, ngx_asyncapi_queue_command_t *command);
static ngx_int_t ngx_asyncapi_celery_envelope(ngx_pool_t *pool,
    ngx_asyncapi_queue_job_t *job, ngx_str_t *envelope);
static ngx_int_t ngx_asyncapi_celery_body(ngx_pool_t *pool,
    ngx_asyncapi_queue_job_t *job, ngx_str_t *body);
static u_char *ngx_asyncapi_celery_time(u_char *p, ngx_str_t *time);
static ngx_int_t ngx_asyncapi_celery_look(ngx_pool_t *pool,
    ngx_asyncapi_queue_t *queue, ngx_str_t *id,
    ngx_asyncapi_queue_command_t *command);
static ngx_int_t ngx_asyncapi_celery_reply(ngx_pool_t *pool, redisReply *reply,
    size_t max, ngx_asyncapi_queue_state_t *state);
static ngx_int_t ngx_asyncapi_celery_meta(ngx_pool_t *pool, ngx_str_t *meta,
    ngx_asyncapi_queue_state_t *state);
static ngx_uint_t ngx_asyncapi_celery_named(ngx_str_t *value,
    ngx_asyncapi_queue_state_t *state);


const ngx_asyncapi_queue_format_t  ngx_asyncapi_queue_celery = {
    ngx_string("celery"),
    ngx_string("celery"),                  /* queue */
    NGX_ASYNCAPI_QUEUE_ETA|NGX_ASYNCAPI_QUEUE_PRIORITY
        |NGX_ASYNCAPI_QUEUE_TIMEOUT|NGX_ASYNCAPI_QUEUE_PREFIX
        |NGX_ASYNCAPI_QUEUE_STATE|NGX_ASYNCAPI_QUEUE_AGAIN,
                                           /* may */
    ngx_string("EVAL"),                    /* put_command */
    ngx_string("MGET"),                    /* look_command */
    1,                                     /* look_key */

    ngx_asyncapi_celery_prepare,           /* prepare */
    ngx_asyncapi_celery_prepare_task,      /* prepare_task */
    ngx_asyncapi_celery_put,               /* put */
    ngx_asyncapi_celery_look,              /* look */
    ngx_asyncapi_celery_reply,             /* state */

    0                                      /* unknown_ends */
};


/* all others are a task's own: it has begun */

static const ngx_asyncapi_celery_state_t  ngx_asyncapi_celery_states[] = {
    { ngx_string("\"PENDING\""), NGX_ASYNCAPI_QUEUE_QUEUED },
    { ngx_string("\"RECEIVED\""), NGX_ASYNCAPI_QUEUE_QUEUED },
    { ngx_string("\"SUCCESS\""), NGX_ASYNCAPI_QUEUE_SUCCESS },
    { ngx_string("\"FAILURE\""), NGX_ASYNCAPI_QUEUE_FAILURE },
    { ngx_string("\"RETRY\""), NGX_ASYNCAPI_QUEUE_RETRY },
    { ngx_string("\"REVOKED\""), NGX_ASYNCAPI_QUEUE_REVOKED },
    { ngx_string("\"REJECTED\""), NGX_ASYNCAPI_QUEUE_REVOKED },
    { ngx_null_string, NGX_ASYNCAPI_QUEUE_STARTED }
};


static const u_char  ngx_asyncapi_celery_embed[] =
    ",{\"callbacks\":null,\"errbacks\":null,\"chain\":null,\"chord\":null}]";


static ngx_int_t
ngx_asyncapi_celery_prepare(ngx_pool_t *pool, ngx_asyncapi_queue_t *queue)
{
    u_char      *p;
    ngx_str_t   *list;
    ngx_uint_t   i;

    list = ngx_palloc(pool, NGX_ASYNCAPI_CELERY_LISTS * sizeof(ngx_str_t));
    if (list == NULL) {
        return NGX_ERROR;
    }

    queue->data = list;

    for (i = 0; i < NGX_ASYNCAPI_CELERY_LISTS; i++) {

        p = ngx_pnalloc(pool, queue->prefix.len + queue->queue.len + 3);
        if (p == NULL) {
            return NGX_ERROR;
        }

        list[i].data = p;

        p = ngx_cpymem(p, queue->prefix.data, queue->prefix.len);
        p = ngx_cpymem(p, queue->queue.data, queue->queue.len);

        /* as kombu: none is a queue that somebody else would name so */

        if (i) {
            *p++ = 0x06;
            *p++ = 0x16;
            *p++ = '0' + i * NGX_ASYNCAPI_CELERY_STEP;
        }

        list[i].len = p - list[i].data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_celery_prepare_task(ngx_pool_t *pool,
    ngx_asyncapi_queue_task_t *task)
{
    u_char                      *p;
    ngx_str_t                    name, queue, origin, limit;
    ngx_asyncapi_celery_task_t  *ct;

    u_char  number[NGX_INT_T_LEN];

    ct = ngx_palloc(pool, sizeof(ngx_asyncapi_celery_task_t));

    if (ct == NULL
        || ngx_asyncapi_json_quote(pool, &task->task, &name) != NGX_OK
        || ngx_asyncapi_json_quote(pool, &task->queue->queue, &queue)
           != NGX_OK
        || ngx_asyncapi_json_quote(pool, &task->queue->origin, &origin)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    task->data = ct;

    ngx_str_set(&limit, "null");

    if (task->queue->timeout) {
        limit.data = number;
        limit.len = ngx_sprintf(number, "%ui", task->queue->timeout) - number;
    }

    p = ngx_pnalloc(pool, 512 + name.len + queue.len + limit.len
                          + origin.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ct->to_id.data = p;

    p = ngx_sprintf(p, "\",\"content-encoding\":\"utf-8\","
                       "\"content-type\":\"application/json\","
                       "\"headers\":{\"lang\":\"c\",\"task\":%V,\"id\":\"",
                    &name);

    ct->to_id.len = p - ct->to_id.data;
    ct->to_eta.data = p;

    p = ngx_sprintf(p, "\",\"parent_id\":null,\"group\":null,\"retries\":0,"
                       "\"timelimit\":[%V,null],\"origin\":%V,\"eta\":",
                    &limit, &origin);

    ct->to_eta.len = p - ct->to_eta.data;
    ct->to_priority.data = p;

    p = ngx_sprintf(p, "\",\"reply_to\":\"\",\"delivery_mode\":2,"
                       "\"delivery_info\":{\"exchange\":\"\","
                       "\"routing_key\":%V},\"body_encoding\":\"base64\","
                       "\"priority\":", &queue);

    ct->to_priority.len = p - ct->to_priority.data;

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_celery_put(ngx_pool_t *pool, ngx_asyncapi_queue_job_t *job,
    ngx_asyncapi_queue_command_t *command)
{
    ngx_str_t             *list;
    ngx_asyncapi_queue_t  *queue;

    queue = job->task->queue;

    if (ngx_asyncapi_queue_command(pool, command, 6) != NGX_OK
        || ngx_asyncapi_queue_key(pool, &queue->prefix, "asyncapi:job:",
                                  &job->id, &command->argv[4])
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    list = queue->data;

    ngx_str_set(&command->argv[0], "EVAL");
    ngx_str_set(&command->argv[1], NGX_ASYNCAPI_CELERY_SCRIPT);
    ngx_str_set(&command->argv[2], "2");
    command->argv[3] = list[job->priority / NGX_ASYNCAPI_CELERY_STEP];

    return ngx_asyncapi_celery_envelope(pool, job, &command->argv[5]);
}


static ngx_int_t
ngx_asyncapi_celery_envelope(ngx_pool_t *pool, ngx_asyncapi_queue_job_t *job,
    ngx_str_t *envelope)
{
    u_char                      *p;
    size_t                       len;
    ngx_str_t                    body, encoded, repr;
    ngx_uint_t                   named;
    ngx_asyncapi_celery_task_t  *ct;

    ct = job->task->data;

    if (ngx_asyncapi_celery_body(pool, job, &body) != NGX_OK) {
        return NGX_ERROR;
    }

    repr = job->args;
    named = (job->args.data[0] == '{');

    if (repr.len > NGX_ASYNCAPI_CELERY_REPR) {
        ngx_str_set(&repr, "...");
    }

    len = 256 + ngx_base64_encoded_length(body.len)
          + ct->to_id.len + ct->to_eta.len + ct->to_priority.len
          + 4 * NGX_ASYNCAPI_QUEUE_ID_LEN + 2 * NGX_ASYNCAPI_QUEUE_TIME_LEN
          + ngx_asyncapi_json_escape_len(repr.data, repr.len);

    p = ngx_pnalloc(pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    envelope->data = p;

    p = ngx_cpymem(p, "{\"body\":\"", 9);

    encoded.data = p;
    ngx_encode_base64(&encoded, &body);
    p += encoded.len;

    p = ngx_cpymem(p, ct->to_id.data, ct->to_id.len);
    p = ngx_cpymem(p, job->id.data, job->id.len);
    p = ngx_cpymem(p, "\",\"root_id\":\"", 13);
    p = ngx_cpymem(p, job->id.data, job->id.len);
    p = ngx_cpymem(p, ct->to_eta.data, ct->to_eta.len);
    p = ngx_asyncapi_celery_time(p, &job->eta);
    p = ngx_cpymem(p, ",\"expires\":", 11);
    p = ngx_asyncapi_celery_time(p, &job->expires);

    if (named) {
        p = ngx_cpymem(p, ",\"argsrepr\":\"[]\",\"kwargsrepr\":\"", 31);
        p = ngx_asyncapi_json_escape(p, repr.data, repr.len);

    } else {
        p = ngx_cpymem(p, ",\"argsrepr\":\"", 13);
        p = ngx_asyncapi_json_escape(p, repr.data, repr.len);
        p = ngx_cpymem(p, "\",\"kwargsrepr\":\"{}", 18);
    }

    p = ngx_cpymem(p, "\"},\"properties\":{\"correlation_id\":\"", 35);
    p = ngx_cpymem(p, job->id.data, job->id.len);
    p = ngx_cpymem(p, "\",\"delivery_tag\":\"", 18);
    p = ngx_cpymem(p, job->id.data, job->id.len);
    p = ngx_cpymem(p, ct->to_priority.data, ct->to_priority.len);
    *p++ = '0' + job->priority;
    *p++ = '}';
    *p++ = '}';

    envelope->len = p - envelope->data;

    return NGX_OK;
}


/* [args, kwargs, embed] */

static ngx_int_t
ngx_asyncapi_celery_body(ngx_pool_t *pool, ngx_asyncapi_queue_job_t *job,
    ngx_str_t *body)
{
    u_char      *p;
    ngx_uint_t   named;

    p = ngx_pnalloc(pool, job->args.len + 4
                          + sizeof(ngx_asyncapi_celery_embed));
    if (p == NULL) {
        return NGX_ERROR;
    }

    body->data = p;
    named = (job->args.data[0] == '{');

    *p++ = '[';

    if (named) {
        p = ngx_cpymem(p, "[],", 3);
    }

    p = ngx_cpymem(p, job->args.data, job->args.len);

    if (!named) {
        p = ngx_cpymem(p, ",{}", 3);
    }

    p = ngx_cpymem(p, ngx_asyncapi_celery_embed,
                   sizeof(ngx_asyncapi_celery_embed) - 1);

    body->len = p - body->data;

    return NGX_OK;
}


static u_char *
ngx_asyncapi_celery_time(u_char *p, ngx_str_t *time)
{
    if (time->len == 0) {
        return ngx_cpymem(p, "null", 4);
    }

    *p++ = '"';
    p = ngx_cpymem(p, time->data, time->len);
    *p++ = '"';

    return p;
}


static ngx_int_t
ngx_asyncapi_celery_look(ngx_pool_t *pool, ngx_asyncapi_queue_t *queue,
    ngx_str_t *id, ngx_asyncapi_queue_command_t *command)
{
    if (ngx_asyncapi_queue_command(pool, command, 3) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_str_set(&command->argv[0], "MGET");

    if (ngx_asyncapi_queue_key(pool, &queue->prefix, "celery-task-meta-", id,
                               &command->argv[1])
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_asyncapi_queue_key(pool, &queue->prefix, "asyncapi:job:", id,
                                  &command->argv[2]);
}


/* the result, and the mark */

static ngx_int_t
ngx_asyncapi_celery_reply(ngx_pool_t *pool, redisReply *reply, size_t max,
    ngx_asyncapi_queue_state_t *state)
{
    ngx_str_t    meta;
    redisReply  *result;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) {
        state->message = "the reply of Redis is not that of MGET";
        return NGX_DECLINED;
    }

    result = reply->element[0];

    if (result->type != REDIS_REPLY_STRING) {
        state->state = (reply->element[1]->type == REDIS_REPLY_STRING)
                       ? NGX_ASYNCAPI_QUEUE_QUEUED
                       : NGX_ASYNCAPI_QUEUE_UNKNOWN;
        return NGX_OK;
    }

    /* the reply does not last */

    meta.len = result->len;
    meta.data = ngx_pnalloc(pool, meta.len);

    if (meta.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(meta.data, result->str, meta.len);

    return ngx_asyncapi_celery_meta(pool, &meta, state);
}


static ngx_int_t
ngx_asyncapi_celery_meta(ngx_pool_t *pool, ngx_str_t *meta,
    ngx_asyncapi_queue_state_t *state)
{
    ngx_str_t                  result;
    ngx_uint_t                 own;
    ngx_asyncapi_json_iter_t   it;

    static const ngx_str_t  status_key = ngx_string("status");
    static const ngx_str_t  result_key = ngx_string("result");

    if (ngx_asyncapi_json_validate(meta, NULL) != NGX_OK
        || ngx_asyncapi_json_type(meta) != NGX_ASYNCAPI_JSON_OBJECT)
    {
        state->message = "what Celery has stored is no JSON: is its "
                         "result_serializer another one?";
        return NGX_DECLINED;
    }

    own = 0;
    ngx_str_null(&result);
    state->state = NGX_ASYNCAPI_QUEUE_STATE_N;

    ngx_asyncapi_json_iterate(&it, meta);

    while (ngx_asyncapi_json_next(&it)) {

        if (ngx_asyncapi_json_key_is(&it.key, &status_key)) {
            own = ngx_asyncapi_celery_named(&it.value, state);

        } else if (ngx_asyncapi_json_key_is(&it.key, &result_key)) {
            result = it.value;
        }
    }

    switch (state->state) {

    case NGX_ASYNCAPI_QUEUE_STATE_N:
        state->message = "what Celery has stored has no status";
        return NGX_DECLINED;

    case NGX_ASYNCAPI_QUEUE_FAILURE:
    case NGX_ASYNCAPI_QUEUE_RETRY:
    case NGX_ASYNCAPI_QUEUE_REVOKED:
        state->error = result;
        break;

    case NGX_ASYNCAPI_QUEUE_STARTED:

        /* of Celery's own it is the worker's host and process */

        if (own) {
            state->result = result;
        }

        break;

    default: /* QUEUED, SUCCESS */
        state->result = result;
        break;
    }

    return NGX_OK;
}


/* whether it is a task's own state */

static ngx_uint_t
ngx_asyncapi_celery_named(ngx_str_t *value, ngx_asyncapi_queue_state_t *state)
{
    const ngx_asyncapi_celery_state_t  *s;

    static const ngx_str_t  started = ngx_string("\"STARTED\"");

    for (s = ngx_asyncapi_celery_states; s->name.len; s++) {

        if (s->name.len == value->len
            && ngx_memcmp(s->name.data, value->data, value->len) == 0)
        {
            break;
        }
    }

    state->state = s->state;

    return s->name.len == 0
           && (value->len != started.len
               || ngx_memcmp(value->data, started.data, started.len) != 0);
}

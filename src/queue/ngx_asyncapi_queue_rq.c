
/*
 * Copyright (C) The asyncapi module authors
 *
 * RQ, with its JSON serializer: a hash for each job, a list of ids for each
 * queue.  What a job has brought is in a stream since RQ 1.12, and was in the
 * hash before.
 */


#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_queue.h"


#define NGX_ASYNCAPI_RQ_TIMEOUT  180

#define NGX_ASYNCAPI_RQ_PUT                                                  \
    "if redis.call('EXISTS',KEYS[3])==0 then "                               \
    "redis.call('RPUSH',KEYS[2],ARGV[1]) "                                   \
    "redis.call('SADD',KEYS[1],KEYS[2]) "                                    \
    "redis.call('HSET',KEYS[3],'status','queued','created_at',ARGV[2],"      \
    "'enqueued_at',ARGV[2],'origin',ARGV[3],'timeout',ARGV[4],"              \
    "'description',ARGV[5],'data',ARGV[6]) end"

#define NGX_ASYNCAPI_RQ_LOOK                                                 \
    "return {redis.call('HMGET',KEYS[1],'status','result','exc_info'),"      \
    "redis.call('XREVRANGE',KEYS[2],'+','-','COUNT',1)}"


typedef struct {
    ngx_str_t                    name;
    ngx_asyncapi_queue_state_e   state;
} ngx_asyncapi_rq_state_t;


/* of a queue */

typedef struct {
    ngx_str_t                    list;
    ngx_str_t                    timeout;
} ngx_asyncapi_rq_queue_t;


static ngx_int_t ngx_asyncapi_rq_prepare(ngx_pool_t *pool,
    ngx_asyncapi_queue_t *queue);
static ngx_int_t ngx_asyncapi_rq_prepare_task(ngx_pool_t *pool,
    ngx_asyncapi_queue_task_t *task);
static ngx_int_t ngx_asyncapi_rq_put(ngx_pool_t *pool,
    ngx_asyncapi_queue_job_t *job, ngx_asyncapi_queue_command_t *command);
static ngx_int_t ngx_asyncapi_rq_data(ngx_pool_t *pool,
    ngx_asyncapi_queue_job_t *job, ngx_str_t *data);
static ngx_int_t ngx_asyncapi_rq_look(ngx_pool_t *pool,
    ngx_asyncapi_queue_t *queue, ngx_str_t *id,
    ngx_asyncapi_queue_command_t *command);
static ngx_int_t ngx_asyncapi_rq_reply(ngx_pool_t *pool, redisReply *reply,
    size_t max, ngx_asyncapi_queue_state_t *state);
static void ngx_asyncapi_rq_status(ngx_str_t *status,
    ngx_asyncapi_queue_state_t *state);
static ngx_int_t ngx_asyncapi_rq_brought(redisReply *hash, redisReply *stream,
    ngx_str_t *value, ngx_str_t *failure, ngx_uint_t *encoded);
static ngx_int_t ngx_asyncapi_rq_value(ngx_pool_t *pool, ngx_str_t *text,
    ngx_uint_t encoded, ngx_asyncapi_queue_state_t *state);
static ngx_int_t ngx_asyncapi_rq_failure(ngx_pool_t *pool, ngx_str_t *text,
    ngx_uint_t encoded, size_t max, ngx_asyncapi_queue_state_t *state);
static ngx_int_t ngx_asyncapi_rq_decode(ngx_pool_t *pool, ngx_str_t *text,
    ngx_uint_t encoded, ngx_str_t *out);
static void ngx_asyncapi_rq_string(redisReply *reply, ngx_str_t *text);


const ngx_asyncapi_queue_format_t  ngx_asyncapi_queue_rq = {
    ngx_string("rq"),
    ngx_string("default"),                 /* queue */
    NGX_ASYNCAPI_QUEUE_TIMEOUT|NGX_ASYNCAPI_QUEUE_STATE
        |NGX_ASYNCAPI_QUEUE_AGAIN,         /* may */
    ngx_string("EVAL"),                    /* put_command */
    ngx_string("EVAL"),                    /* look_command */
    3,                                     /* look_key */

    ngx_asyncapi_rq_prepare,               /* prepare */
    ngx_asyncapi_rq_prepare_task,          /* prepare_task */
    ngx_asyncapi_rq_put,                   /* put */
    ngx_asyncapi_rq_look,                  /* look */
    ngx_asyncapi_rq_reply,                 /* state */

    1                                      /* unknown_ends */
};


static const ngx_asyncapi_rq_state_t  ngx_asyncapi_rq_states[] = {
    { ngx_string("queued"), NGX_ASYNCAPI_QUEUE_QUEUED },
    { ngx_string("created"), NGX_ASYNCAPI_QUEUE_QUEUED },
    { ngx_string("deferred"), NGX_ASYNCAPI_QUEUE_QUEUED },
    { ngx_string("scheduled"), NGX_ASYNCAPI_QUEUE_QUEUED },
    { ngx_string("started"), NGX_ASYNCAPI_QUEUE_STARTED },
    { ngx_string("finished"), NGX_ASYNCAPI_QUEUE_SUCCESS },
    { ngx_string("failed"), NGX_ASYNCAPI_QUEUE_FAILURE },
    { ngx_string("stopped"), NGX_ASYNCAPI_QUEUE_REVOKED },
    { ngx_string("canceled"), NGX_ASYNCAPI_QUEUE_REVOKED },
    { ngx_null_string, NGX_ASYNCAPI_QUEUE_UNKNOWN }
};


static ngx_int_t
ngx_asyncapi_rq_prepare(ngx_pool_t *pool, ngx_asyncapi_queue_t *queue)
{
    ngx_uint_t                seconds;
    ngx_str_t                 none = ngx_null_string;
    ngx_asyncapi_rq_queue_t  *rq;

    rq = ngx_palloc(pool, sizeof(ngx_asyncapi_rq_queue_t));
    if (rq == NULL) {
        return NGX_ERROR;
    }

    queue->data = rq;

    rq->timeout.data = ngx_pnalloc(pool, NGX_INT_T_LEN);
    if (rq->timeout.data == NULL) {
        return NGX_ERROR;
    }

    seconds = queue->timeout ? queue->timeout : NGX_ASYNCAPI_RQ_TIMEOUT;

    rq->timeout.len = ngx_sprintf(rq->timeout.data, "%ui", seconds)
                      - rq->timeout.data;

    return ngx_asyncapi_queue_key(pool, &none, "rq:queue:", &queue->queue,
                                  &rq->list);
}


/* the beginning of the job's data: its name as JSON */

static ngx_int_t
ngx_asyncapi_rq_prepare_task(ngx_pool_t *pool, ngx_asyncapi_queue_task_t *task)
{
    ngx_str_t  *name;

    name = ngx_palloc(pool, sizeof(ngx_str_t));
    if (name == NULL) {
        return NGX_ERROR;
    }

    task->data = name;

    return ngx_asyncapi_json_quote(pool, &task->task, name);
}


static ngx_int_t
ngx_asyncapi_rq_put(ngx_pool_t *pool, ngx_asyncapi_queue_job_t *job,
    ngx_asyncapi_queue_command_t *command)
{
    u_char                   *p;
    ngx_str_t                 none = ngx_null_string;
    ngx_asyncapi_queue_t     *queue;
    ngx_asyncapi_rq_queue_t  *rq;

    queue = job->task->queue;
    rq = queue->data;

    p = ngx_pnalloc(pool, NGX_ASYNCAPI_QUEUE_TIME_LEN + 1);

    if (p == NULL
        || ngx_asyncapi_queue_command(pool, command, 12) != NGX_OK
        || ngx_asyncapi_queue_key(pool, &none, "rq:job:", &job->id,
                                  &command->argv[5])
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_asyncapi_queue_now(job->now, job->msec, p);
    p[NGX_ASYNCAPI_QUEUE_TIME_LEN] = 'Z';

    ngx_str_set(&command->argv[0], "EVAL");
    ngx_str_set(&command->argv[1], NGX_ASYNCAPI_RQ_PUT);
    ngx_str_set(&command->argv[2], "3");
    ngx_str_set(&command->argv[3], "rq:queues");
    command->argv[4] = rq->list;

    command->argv[6] = job->id;
    command->argv[7].data = p;
    command->argv[7].len = NGX_ASYNCAPI_QUEUE_TIME_LEN + 1;
    command->argv[8] = queue->queue;
    command->argv[9] = rq->timeout;
    command->argv[10] = job->task->task;

    return ngx_asyncapi_rq_data(pool, job, &command->argv[11]);
}


/* [name, instance, args, kwargs] */

static ngx_int_t
ngx_asyncapi_rq_data(ngx_pool_t *pool, ngx_asyncapi_queue_job_t *job,
    ngx_str_t *data)
{
    u_char      *p;
    ngx_str_t   *name;
    ngx_uint_t   named;

    name = job->task->data;

    p = ngx_pnalloc(pool, sizeof("[,null,[],{}]") + name->len + job->args.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    data->data = p;
    named = (job->args.data[0] == '{');

    *p++ = '[';
    p = ngx_cpymem(p, name->data, name->len);
    p = ngx_cpymem(p, ",null,", 6);

    if (named) {
        p = ngx_cpymem(p, "[],", 3);
    }

    p = ngx_cpymem(p, job->args.data, job->args.len);

    if (!named) {
        p = ngx_cpymem(p, ",{}", 3);
    }

    *p++ = ']';

    data->len = p - data->data;

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_rq_look(ngx_pool_t *pool, ngx_asyncapi_queue_t *queue,
    ngx_str_t *id, ngx_asyncapi_queue_command_t *command)
{
    ngx_str_t  none = ngx_null_string;

    if (ngx_asyncapi_queue_command(pool, command, 5) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_str_set(&command->argv[0], "EVAL");
    ngx_str_set(&command->argv[1], NGX_ASYNCAPI_RQ_LOOK);
    ngx_str_set(&command->argv[2], "2");

    if (ngx_asyncapi_queue_key(pool, &none, "rq:job:", id, &command->argv[3])
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_asyncapi_queue_key(pool, &none, "rq:results:", id,
                                  &command->argv[4]);
}


static ngx_int_t
ngx_asyncapi_rq_reply(ngx_pool_t *pool, redisReply *reply, size_t max,
    ngx_asyncapi_queue_state_t *state)
{
    ngx_int_t    rc;
    ngx_str_t    status, value, failure;
    ngx_uint_t   encoded;
    redisReply  *hash, *stream;

    hash = (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2)
           ? reply->element[0] : NULL;

    stream = hash ? reply->element[1] : NULL;

    if (hash == NULL || hash->type != REDIS_REPLY_ARRAY || hash->elements != 3
        || ngx_asyncapi_rq_brought(hash, stream, &value, &failure, &encoded)
           != NGX_OK)
    {
        state->message = "the reply of Redis is not that of its script";
        return NGX_DECLINED;
    }

    ngx_asyncapi_rq_string(hash->element[0], &status);
    ngx_asyncapi_rq_status(&status, state);

    rc = NGX_OK;

    if (state->state == NGX_ASYNCAPI_QUEUE_SUCCESS && value.data) {
        rc = ngx_asyncapi_rq_value(pool, &value, encoded, state);

    } else if (state->state != NGX_ASYNCAPI_QUEUE_SUCCESS && failure.data) {
        rc = ngx_asyncapi_rq_failure(pool, &failure, encoded, max, state);

        /* it has failed before, and is to be tried again */

        if (state->state == NGX_ASYNCAPI_QUEUE_QUEUED) {
            state->state = NGX_ASYNCAPI_QUEUE_RETRY;
        }
    }

    return rc;
}


static void
ngx_asyncapi_rq_status(ngx_str_t *status, ngx_asyncapi_queue_state_t *state)
{
    const ngx_asyncapi_rq_state_t  *s;

    for (s = ngx_asyncapi_rq_states; s->name.len; s++) {

        if (s->name.len == status->len
            && ngx_memcmp(s->name.data, status->data, status->len) == 0)
        {
            break;
        }
    }

    state->state = s->state;
}


/* the last entry of the stream, or if there is none what the hash has */

static ngx_int_t
ngx_asyncapi_rq_brought(redisReply *hash, redisReply *stream, ngx_str_t *value,
    ngx_str_t *failure, ngx_uint_t *encoded)
{
    size_t       i;
    ngx_str_t    name;
    redisReply  *entry;

    static const ngx_str_t  return_value = ngx_string("return_value");
    static const ngx_str_t  exc_string = ngx_string("exc_string");

    *encoded = 0;

    ngx_asyncapi_rq_string(hash->element[1], value);
    ngx_asyncapi_rq_string(hash->element[2], failure);

    if (stream->type != REDIS_REPLY_ARRAY) {
        return NGX_ERROR;
    }

    if (stream->elements == 0) {
        return NGX_OK;
    }

    entry = stream->element[0];

    if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2
        || entry->element[1]->type != REDIS_REPLY_ARRAY)
    {
        return NGX_ERROR;
    }

    *encoded = 1;

    ngx_str_null(value);
    ngx_str_null(failure);

    entry = entry->element[1];

    for (i = 0; i + 1 < entry->elements; i += 2) {
        ngx_asyncapi_rq_string(entry->element[i], &name);

        if (name.len == return_value.len
            && ngx_memcmp(name.data, return_value.data, name.len) == 0)
        {
            ngx_asyncapi_rq_string(entry->element[i + 1], value);

        } else if (name.len == exc_string.len
                   && ngx_memcmp(name.data, exc_string.data, name.len) == 0)
        {
            ngx_asyncapi_rq_string(entry->element[i + 1], failure);
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_rq_value(ngx_pool_t *pool, ngx_str_t *text, ngx_uint_t encoded,
    ngx_asyncapi_queue_state_t *state)
{
    ngx_int_t  rc;

    rc = ngx_asyncapi_rq_decode(pool, text, encoded, &state->result);

    if (rc == NGX_OK
        && ngx_asyncapi_json_validate(&state->result, NULL) != NGX_OK)
    {
        rc = NGX_DECLINED;
    }

    if (rc == NGX_DECLINED) {
        state->message = "the result of the job is no JSON: its worker is to "
                         "be told --serializer rq.serializers.JSONSerializer";
    }

    return rc;
}


static ngx_int_t
ngx_asyncapi_rq_failure(ngx_pool_t *pool, ngx_str_t *text, ngx_uint_t encoded,
    size_t max, ngx_asyncapi_queue_state_t *state)
{
    ngx_int_t  rc;
    ngx_str_t  compressed, trace;

    rc = ngx_asyncapi_rq_decode(pool, text, encoded, &compressed);

    if (rc == NGX_OK) {
        rc = ngx_asyncapi_queue_inflate(pool, &compressed, max, &trace);
    }

    if (rc == NGX_DECLINED) {
        state->message = "what RQ has stored of the failure is not readable";
    }

    return (rc == NGX_OK) ? ngx_asyncapi_json_quote(pool, &trace,
                                                    &state->error)
                          : rc;
}


/* in the pool: the reply does not last */

static ngx_int_t
ngx_asyncapi_rq_decode(ngx_pool_t *pool, ngx_str_t *text, ngx_uint_t encoded,
    ngx_str_t *out)
{
    out->len = text->len;
    out->data = ngx_pnalloc(pool, ngx_max(text->len,
                                    ngx_base64_decoded_length(text->len)));
    if (out->data == NULL) {
        return NGX_ERROR;
    }

    if (encoded) {
        return (ngx_decode_base64(out, text) == NGX_OK) ? NGX_OK
                                                        : NGX_DECLINED;
    }

    ngx_memcpy(out->data, text->data, text->len);

    return NGX_OK;
}


static void
ngx_asyncapi_rq_string(redisReply *reply, ngx_str_t *text)
{
    ngx_str_null(text);

    if (reply->type == REDIS_REPLY_STRING) {
        text->len = reply->len;
        text->data = (u_char *) reply->str;
    }
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * A stream of Redis as a queue, for consumers in any language: an entry of
 * "id", "task" and "args" for each job.  What becomes of it is theirs.
 */


#include "ngx_asyncapi_queue.h"


static ngx_int_t ngx_asyncapi_stream_prepare(ngx_pool_t *pool,
    ngx_asyncapi_queue_t *queue);
static ngx_int_t ngx_asyncapi_stream_put(ngx_pool_t *pool,
    ngx_asyncapi_queue_job_t *job, ngx_asyncapi_queue_command_t *command);


const ngx_asyncapi_queue_format_t  ngx_asyncapi_queue_stream = {
    ngx_string("stream"),
    ngx_null_string,                       /* queue */
    NGX_ASYNCAPI_QUEUE_MAXLEN|NGX_ASYNCAPI_QUEUE_CLUSTER,
                                           /* may */
    ngx_string("XADD"),                    /* put_command */
    ngx_null_string,                       /* look_command */
    0,                                     /* look_key */

    ngx_asyncapi_stream_prepare,           /* prepare */
    NULL,                                  /* prepare_task */
    ngx_asyncapi_stream_put,               /* put */
    NULL,                                  /* look */
    NULL,                                  /* state */

    0                                      /* unknown_ends */
};


/* the number as it is sent */

static ngx_int_t
ngx_asyncapi_stream_prepare(ngx_pool_t *pool, ngx_asyncapi_queue_t *queue)
{
    ngx_str_t  *maxlen;

    if (queue->maxlen == 0) {
        return NGX_OK;
    }

    maxlen = ngx_palloc(pool, sizeof(ngx_str_t));
    if (maxlen == NULL) {
        return NGX_ERROR;
    }

    maxlen->data = ngx_pnalloc(pool, NGX_INT_T_LEN);
    if (maxlen->data == NULL) {
        return NGX_ERROR;
    }

    maxlen->len = ngx_sprintf(maxlen->data, "%ui", queue->maxlen)
                  - maxlen->data;

    queue->data = maxlen;

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_stream_put(ngx_pool_t *pool, ngx_asyncapi_queue_job_t *job,
    ngx_asyncapi_queue_command_t *command)
{
    ngx_str_t             *arg, *maxlen;
    ngx_asyncapi_queue_t  *queue;

    queue = job->task->queue;
    maxlen = queue->data;

    if (ngx_asyncapi_queue_command(pool, command, maxlen ? 12 : 9) != NGX_OK) {
        return NGX_ERROR;
    }

    arg = command->argv;

    ngx_str_set(&arg[0], "XADD");
    arg[1] = queue->queue;
    arg += 2;

    /* about so many: Redis takes whole nodes away, which costs nothing */

    if (maxlen) {
        ngx_str_set(&arg[0], "MAXLEN");
        ngx_str_set(&arg[1], "~");
        arg[2] = *maxlen;
        arg += 3;
    }

    ngx_str_set(&arg[0], "*");
    ngx_str_set(&arg[1], "id");
    arg[2] = job->id;
    ngx_str_set(&arg[3], "task");
    arg[4] = job->task->task;
    ngx_str_set(&arg[5], "args");
    arg[6] = job->args;

    return NGX_OK;
}

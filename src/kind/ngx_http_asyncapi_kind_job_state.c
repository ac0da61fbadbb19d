
/*
 * Copyright (C) The asyncapi module authors
 *
 * job NAME QUEUE status ID: what has become of a job.
 */


#include "ngx_asyncapi_reclaim.h"
#include "ngx_http_asyncapi_kind_job.h"
#include "ngx_http_asyncapi_redis_failure.h"


/* what a reply takes in memory, as of the redis kind */

#define NGX_HTTP_ASYNCAPI_JOB_FACTOR  16


typedef struct {
    ngx_asyncapi_redis_call_t       call;
    ngx_str_t                       id;
    ngx_http_asyncapi_job_reply_t   reply;
} ngx_http_asyncapi_job_look_t;


static ngx_int_t ngx_http_asyncapi_job_status_start(
    ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_job_status_handler(
    ngx_asyncapi_redis_call_t *call);
static ngx_int_t ngx_http_asyncapi_job_status_gather(
    ngx_http_asyncapi_node_t *node, ngx_pool_t *pool,
    ngx_http_asyncapi_result_t *result);
static void ngx_http_asyncapi_job_status_cancel(ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_job_drop(void *data);


const ngx_http_asyncapi_job_form_t  ngx_http_asyncapi_job_status = {
    ngx_string("status"),
    NGX_ASYNCAPI_QUEUE_STATE,              /* needs */
    ngx_http_asyncapi_job_state_words,     /* words */
    NULL,                                  /* complete */
    ngx_http_asyncapi_job_status_start,    /* start */
    ngx_http_asyncapi_job_status_cancel    /* cancel */
};


char *
ngx_http_asyncapi_job_state_words(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n)
{
    ngx_http_asyncapi_job_conf_t  *conf = node->conf;

    if (n != 2) {
        return ngx_http_asyncapi_node_error(cf, node,
                              "\"%V\" needs the id of a job, and that only: "
                              "write for instance \"%V $id\"", &word[0],
                              &word[0]);
    }

    if (conf->eta || conf->expires || conf->priority) {
        return ngx_http_asyncapi_node_error(cf, node,
                              "\"eta=\", \"expires=\" and \"priority=\" are "
                              "of a job that is put, and not for \"%V\"",
                              &word[0]);
    }

    if (conf->until && conf->form == &ngx_http_asyncapi_job_status) {
        return "has \"for=\", and waits for nothing: write \"wait\" for "
               "\"status\"";
    }

    /* what a job has come to may be large */

    node->endpoint->threads = 1;

    conf->id = ngx_http_asyncapi_node_template(cf, node, &word[1],
                                               NGX_ASYNCAPI_PLACE_BYTES);

    return conf->id ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static ngx_int_t
ngx_http_asyncapi_job_status_start(ngx_http_asyncapi_op_t *op)
{
    ngx_int_t                      rc;
    ngx_http_asyncapi_job_look_t  *look;

    look = ngx_pcalloc(op->pool, sizeof(ngx_http_asyncapi_job_look_t));
    if (look == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_http_asyncapi_job_look(op, &look->id, &look->call);

    if (rc != NGX_OK) {
        return (rc == NGX_DECLINED) ? NGX_OK : NGX_ERROR;
    }

    look->call.handler = ngx_http_asyncapi_job_status_handler;
    look->call.data = op;

    op->data = look;

    ngx_asyncapi_redis_start(&look->call);

    return NGX_OK;
}


static void
ngx_http_asyncapi_job_status_handler(ngx_asyncapi_redis_call_t *call)
{
    ngx_int_t                      rc;
    ngx_http_asyncapi_op_t        *op;
    ngx_http_asyncapi_result_t     result;
    ngx_http_asyncapi_job_look_t  *look;

    op = call->data;
    look = op->data;

    if (ngx_http_asyncapi_job_found(op, &look->id, call, &look->reply)
        != NGX_OK)
    {
        return;
    }

    ngx_memzero(&result, sizeof(ngx_http_asyncapi_result_t));

    result.data = &look->reply;

    if (ngx_http_asyncapi_op_offloads(op, call->size)) {
        result.gather = ngx_http_asyncapi_job_status_gather;
        result.size = call->size;

        rc = ngx_http_asyncapi_job_take(&look->reply, call, op->pool);

    } else {
        rc = ngx_http_asyncapi_job_status_gather(op->node, op->pool, &result);
    }

    if (rc != NGX_OK) {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_CONNECT,
                                      "no memory for the reply");
        return;
    }

    ngx_http_asyncapi_task_done(op, &result);
}


/* on the loop, or in a thread */

static ngx_int_t
ngx_http_asyncapi_job_status_gather(ngx_http_asyncapi_node_t *node,
    ngx_pool_t *pool, ngx_http_asyncapi_result_t *result)
{
    ngx_int_t                       rc;
    ngx_asyncapi_queue_state_t      state;
    ngx_http_asyncapi_job_reply_t  *reply;

    reply = result->data;

    rc = ngx_http_asyncapi_job_read(reply, pool, result, &state);

    if (rc == NGX_OK) {
        rc = ngx_http_asyncapi_job_tell(reply, pool, result, &state);
    }

    if (reply->pool) {
        ngx_destroy_pool(reply->pool);
        reply->pool = NULL;
    }

    return (rc == NGX_ERROR) ? NGX_ERROR : NGX_OK;
}


static void
ngx_http_asyncapi_job_status_cancel(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_job_look_t  *look;

    look = op->data;

    ngx_asyncapi_redis_cancel(&look->call);
}


ngx_int_t
ngx_http_asyncapi_job_look(ngx_http_asyncapi_op_t *op, ngx_str_t *id,
    ngx_asyncapi_redis_call_t *call)
{
    ngx_http_asyncapi_job_conf_t  *conf = op->node->conf;

    ngx_int_t                      rc;
    ngx_asyncapi_queue_t          *queue;
    ngx_asyncapi_queue_command_t   command;

    rc = ngx_http_asyncapi_op_render(op, conf->id, id);

    if (rc != NGX_OK) {
        return rc;
    }

    if (id->len == 0) {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_INVALID,
                                      "the id of the job is empty");
        return NGX_DECLINED;
    }

    queue = &conf->queue->queue;

    if (queue->format->look(op->pool, queue, id, &command) != NGX_OK) {
        return NGX_ERROR;
    }

    call->argv = command.argv;
    call->argc = command.argc;
    call->server = conf->queue->server;
    call->pool = op->pool;
    call->keys = conf->queue->look_keys;
    call->max_reply = NGX_HTTP_ASYNCAPI_JOB_FACTOR
                      * ngx_http_asyncapi_op_max_result(op);

    return NGX_OK;
}


ngx_str_t
ngx_http_asyncapi_job_key(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_redis_call_t *call)
{
    ngx_http_asyncapi_job_conf_t  *conf = op->node->conf;

    return call->argv[conf->queue->queue.format->look_key];
}


ngx_uint_t
ngx_http_asyncapi_job_through(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_queue_state_e state)
{
    ngx_http_asyncapi_job_conf_t  *conf = op->node->conf;

    return ngx_asyncapi_queue_state_last[state]
           || (state == NGX_ASYNCAPI_QUEUE_UNKNOWN
               && conf->queue->queue.format->unknown_ends);
}


ngx_int_t
ngx_http_asyncapi_job_found(ngx_http_asyncapi_op_t *op, ngx_str_t *id,
    ngx_asyncapi_redis_call_t *call, ngx_http_asyncapi_job_reply_t *reply)
{
    ngx_http_asyncapi_result_t  result;

    ngx_memzero(&result, sizeof(ngx_http_asyncapi_result_t));

    if (call->error != NGX_ASYNCAPI_REDIS_OK) {
        ngx_http_asyncapi_redis_failure(op, call, &result);

    } else if (call->reply->type != REDIS_REPLY_ERROR) {

        reply->node = op->node;
        reply->id = *id;
        reply->max = ngx_http_asyncapi_op_max_result(op);
        reply->reply = call->reply;
        reply->pool = NULL;

        return NGX_OK;

    } else if (ngx_http_asyncapi_redis_error(op->pool, call->reply, &result)
               != NGX_OK)
    {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_CONNECT,
                                      "no memory for the reply");
        return NGX_DECLINED;
    }

    ngx_http_asyncapi_task_done(op, &result);

    return NGX_DECLINED;
}


ngx_int_t
ngx_http_asyncapi_job_take(ngx_http_asyncapi_job_reply_t *reply,
    ngx_asyncapi_redis_call_t *call, ngx_pool_t *pool)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_asyncapi_job_drop;
    cln->data = reply;

    reply->pool = ngx_asyncapi_redis_take(call);

    return NGX_OK;
}


/* no thread has come to it */

static void
ngx_http_asyncapi_job_drop(void *data)
{
    ngx_http_asyncapi_job_reply_t *reply = data;

    if (reply->pool) {
        ngx_asyncapi_reclaim_pool(reply->pool);
        ngx_destroy_pool(reply->pool);
        reply->pool = NULL;
    }
}


ngx_int_t
ngx_http_asyncapi_job_read(ngx_http_asyncapi_job_reply_t *reply,
    ngx_pool_t *pool, ngx_http_asyncapi_result_t *result,
    ngx_asyncapi_queue_state_t *state)
{
    ngx_http_asyncapi_job_conf_t  *conf = reply->node->conf;

    ngx_int_t  rc;

    ngx_memzero(state, sizeof(ngx_asyncapi_queue_state_t));

    rc = conf->queue->queue.format->state(pool, reply->reply, reply->max,
                                          state);

    if (rc == NGX_DECLINED) {
        result->reason = NGX_HTTP_ASYNCAPI_INVALID;
        result->detail.data = (u_char *) state->message;
        result->detail.len = ngx_strlen(state->message);
    }

    return rc;
}


ngx_int_t
ngx_http_asyncapi_job_tell(ngx_http_asyncapi_job_reply_t *reply,
    ngx_pool_t *pool, ngx_http_asyncapi_result_t *result,
    ngx_asyncapi_queue_state_t *state)
{
    u_char           *p;
    size_t            len;
    const ngx_str_t  *name;

    static const ngx_str_t  none = ngx_string("null");

    if (state->result.data == NULL) {
        state->result = none;
    }

    if (state->error.data == NULL) {
        state->error = none;
    }

    name = &ngx_asyncapi_queue_state_names[state->state];

    len = sizeof("{\"id\":\"\",\"status\":\"\",\"result\":,\"error\":}") - 1
          + ngx_asyncapi_json_escape_len(reply->id.data, reply->id.len)
          + name->len + state->result.len + state->error.len;

    if (len > reply->max) {
        result->reason = NGX_HTTP_ASYNCAPI_TOO_LARGE;
        ngx_str_set(&result->detail,
                    "the result is larger than asyncapi_max_result");
        return NGX_OK;
    }

    p = ngx_pnalloc(pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    result->body.data = p;
    result->as = NGX_HTTP_ASYNCAPI_AS_VALUE;

    p = ngx_cpymem(p, "{\"id\":\"", 7);
    p = ngx_asyncapi_json_escape(p, reply->id.data, reply->id.len);
    p = ngx_sprintf(p, "\",\"status\":\"%V\",\"result\":", name);
    p = ngx_cpymem(p, state->result.data, state->result.len);
    p = ngx_cpymem(p, ",\"error\":", 9);
    p = ngx_cpymem(p, state->error.data, state->error.len);
    *p++ = '}';

    result->body.len = p - result->body.data;

    return NGX_OK;
}

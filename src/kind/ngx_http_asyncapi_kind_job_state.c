
/*
 * Copyright (C) The asyncapi module authors
 *
 * job NAME QUEUE status ID: what has become of a job.
 */


#include "ngx_http_asyncapi_kind_job.h"
#include "ngx_http_asyncapi_redis_failure.h"


/* what a reply takes in memory, as of the redis kind */

#define NGX_HTTP_ASYNCAPI_JOB_FACTOR  16


typedef struct {
    ngx_asyncapi_redis_call_t   call;
    ngx_str_t                   id;
} ngx_http_asyncapi_job_look_t;


static ngx_int_t ngx_http_asyncapi_job_status_start(
    ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_job_status_handler(
    ngx_asyncapi_redis_call_t *call);
static void ngx_http_asyncapi_job_status_cancel(ngx_http_asyncapi_op_t *op);


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
    ngx_http_asyncapi_op_t        *op;
    ngx_asyncapi_queue_state_t     state;
    ngx_http_asyncapi_job_look_t  *look;

    op = call->data;
    look = op->data;

    if (ngx_http_asyncapi_job_found(op, call, &state) == NGX_OK) {
        ngx_http_asyncapi_job_tell(op, &look->id, &state);
    }
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
ngx_http_asyncapi_job_found(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_redis_call_t *call, ngx_asyncapi_queue_state_t *state)
{
    ngx_http_asyncapi_job_conf_t  *conf = op->node->conf;

    ngx_int_t                           rc;
    ngx_http_asyncapi_result_t          result;
    const ngx_asyncapi_queue_format_t  *format;

    ngx_memzero(&result, sizeof(ngx_http_asyncapi_result_t));

    format = conf->queue->queue.format;

    if (call->error != NGX_ASYNCAPI_REDIS_OK) {
        ngx_http_asyncapi_redis_failure(op, call, &result);
        rc = NGX_DECLINED;

    } else if (call->reply->type == REDIS_REPLY_ERROR) {
        rc = (ngx_http_asyncapi_redis_error(op->pool, call->reply, &result)
              == NGX_OK)
             ? NGX_DECLINED : NGX_ERROR;

    } else {
        ngx_memzero(state, sizeof(ngx_asyncapi_queue_state_t));

        rc = format->state(call->pool, call->reply,
                           ngx_http_asyncapi_op_max_result(op), state);

        if (rc == NGX_OK) {
            return NGX_OK;
        }

        if (rc == NGX_DECLINED) {
            result.reason = NGX_HTTP_ASYNCAPI_INVALID;
            result.detail.data = (u_char *) state->message;
            result.detail.len = ngx_strlen(state->message);
        }
    }

    if (rc == NGX_ERROR) {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_CONNECT,
                                      "no memory for the reply");
        return NGX_DECLINED;
    }

    ngx_http_asyncapi_task_done(op, &result);

    return NGX_DECLINED;
}


void
ngx_http_asyncapi_job_tell(ngx_http_asyncapi_op_t *op, ngx_str_t *id,
    ngx_asyncapi_queue_state_t *state)
{
    u_char                      *p;
    size_t                       len;
    const ngx_str_t             *name;
    ngx_http_asyncapi_result_t   result;

    static ngx_str_t  none = ngx_string("null");

    ngx_memzero(&result, sizeof(ngx_http_asyncapi_result_t));

    if (state->result.data == NULL) {
        state->result = none;
    }

    if (state->error.data == NULL) {
        state->error = none;
    }

    name = &ngx_asyncapi_queue_state_names[state->state];

    len = sizeof("{\"id\":\"\",\"status\":\"\",\"result\":,\"error\":}") - 1
          + ngx_asyncapi_json_escape_len(id->data, id->len) + name->len
          + state->result.len + state->error.len;

    if (len > ngx_http_asyncapi_op_max_result(op)) {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_TOO_LARGE,
                       "the result is larger than asyncapi_max_result");
        return;
    }

    p = ngx_pnalloc(op->pool, len);

    if (p == NULL) {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_CONNECT,
                                      "no memory for the result");
        return;
    }

    result.body.data = p;
    result.as = NGX_HTTP_ASYNCAPI_AS_VALUE;

    p = ngx_cpymem(p, "{\"id\":\"", 7);
    p = ngx_asyncapi_json_escape(p, id->data, id->len);
    p = ngx_sprintf(p, "\",\"status\":\"%V\",\"result\":", name);
    p = ngx_cpymem(p, state->result.data, state->result.len);
    p = ngx_cpymem(p, ",\"error\":", 9);
    p = ngx_cpymem(p, state->error.data, state->error.len);
    *p++ = '}';

    result.body.len = p - result.body.data;

    ngx_http_asyncapi_task_done(op, &result);
}

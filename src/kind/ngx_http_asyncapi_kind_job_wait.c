
/*
 * Copyright (C) The asyncapi module authors
 *
 * job NAME [for=TIME] QUEUE wait ID: what has become of a job, once it is
 * through.
 *
 * The key of the job is watched, and looked at whenever it may have changed.
 * A look has a pool of its own, of which the last one that has brought a state
 * is kept: however often a job tells how far it is, memory does not grow.
 */


#include "ngx_asyncapi_redis_watch.h"
#include "ngx_http_asyncapi_kind_job.h"
#include "ngx_http_asyncapi_redis_failure.h"


#define NGX_HTTP_ASYNCAPI_JOB_POOL  256


typedef struct {
    ngx_str_t                    id;
    ngx_asyncapi_redis_call_t    call;     /* the look that is on its way */
    ngx_asyncapi_redis_call_t    look;     /* as it begins */
    ngx_asyncapi_redis_watch_t   watch;
    ngx_event_t                  timer;    /* for= */

    ngx_pool_t                  *pool;     /* of the look, or NULL */
    ngx_pool_t                  *kept;     /* of the state, or NULL */
    ngx_asyncapi_queue_state_t   state;

    unsigned                     looking:1;
    unsigned                     again:1;  /* it has changed since */
    unsigned                     known:1;  /* there is a state */
    unsigned                     once:1;   /* nothing is waited for */
} ngx_http_asyncapi_job_wait_t;


static ngx_int_t ngx_http_asyncapi_job_wait_start(ngx_http_asyncapi_op_t *op);
static ngx_int_t ngx_http_asyncapi_job_wait_until(ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_job_wait_watched(
    ngx_asyncapi_redis_watch_t *watch);
static void ngx_http_asyncapi_job_wait_look(ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_job_wait_handler(
    ngx_asyncapi_redis_call_t *call);
static void ngx_http_asyncapi_job_wait_over(ngx_event_t *ev);
static void ngx_http_asyncapi_job_wait_end(ngx_http_asyncapi_op_t *op);


const ngx_http_asyncapi_job_form_t  ngx_http_asyncapi_job_wait = {
    ngx_string("wait"),
    NGX_ASYNCAPI_QUEUE_STATE,              /* needs */
    ngx_http_asyncapi_job_state_words,     /* words */
    NULL,                                  /* complete */
    ngx_http_asyncapi_job_wait_start,      /* start */
    ngx_http_asyncapi_job_wait_end         /* cancel */
};


char *
ngx_http_asyncapi_job_for(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value)
{
    ngx_http_asyncapi_job_conf_t  *conf = node->conf;

    ngx_str_t  text;

    if (conf->until) {
        return "is given twice";
    }

    conf->until = ngx_http_asyncapi_node_template(cf, node, value,
                                                  NGX_ASYNCAPI_PLACE_BYTES);
    if (conf->until == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_asyncapi_template_constant(conf->until, &text)
        && ngx_parse_time(&text, 0) == NGX_ERROR)
    {
        return "is no time: write for instance 10s, or a reference to one";
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_asyncapi_job_wait_start(ngx_http_asyncapi_op_t *op)
{
    ngx_int_t                      rc;
    ngx_http_asyncapi_job_wait_t  *wait;

    wait = ngx_pcalloc(op->pool, sizeof(ngx_http_asyncapi_job_wait_t));
    if (wait == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_http_asyncapi_job_look(op, &wait->id, &wait->look);

    if (rc == NGX_OK) {
        op->data = wait;
        rc = ngx_http_asyncapi_job_wait_until(op);
    }

    if (rc != NGX_OK) {
        op->data = NULL;
        return (rc == NGX_DECLINED) ? NGX_OK : NGX_ERROR;
    }

    wait->look.handler = ngx_http_asyncapi_job_wait_handler;
    wait->look.data = op;

    if (wait->once) {
        ngx_http_asyncapi_job_wait_look(op);
        return NGX_OK;
    }

    wait->watch.server = wait->look.server;
    wait->watch.key = ngx_http_asyncapi_job_key(op, &wait->look);
    wait->watch.handler = ngx_http_asyncapi_job_wait_watched;
    wait->watch.data = op;

    if (ngx_asyncapi_redis_watch_start(&wait->watch) != NGX_OK) {
        ngx_http_asyncapi_job_wait_end(op);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* for=: NGX_OK; NGX_ERROR: no memory; NGX_DECLINED: op has ended */

static ngx_int_t
ngx_http_asyncapi_job_wait_until(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_job_conf_t  *conf = op->node->conf;

    ngx_int_t                      rc, ms;
    ngx_str_t                      text;
    ngx_http_asyncapi_job_wait_t  *wait;

    wait = op->data;

    if (conf->until == NULL) {
        return NGX_OK;
    }

    rc = ngx_http_asyncapi_op_render(op, conf->until, &text);
    if (rc != NGX_OK) {
        return rc;
    }

    ms = text.len ? ngx_parse_time(&text, 0) : 0;

    if (ms == NGX_ERROR) {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_INVALID,
                                   "what is to be its \"for=\" is no time");
        return NGX_DECLINED;
    }

    if (ms == 0) {
        wait->once = 1;
        return NGX_OK;
    }

    wait->timer.handler = ngx_http_asyncapi_job_wait_over;
    wait->timer.data = op;
    wait->timer.log = op->log;

    ngx_add_timer(&wait->timer, ms);

    return NGX_OK;
}


static void
ngx_http_asyncapi_job_wait_watched(ngx_asyncapi_redis_watch_t *watch)
{
    ngx_http_asyncapi_op_t        *op;
    ngx_http_asyncapi_result_t     result;
    ngx_http_asyncapi_job_wait_t  *wait;

    op = watch->data;
    wait = op->data;

    if (wait->looking) {
        wait->again = 1;
        return;
    }

    if (watch->error == NGX_ASYNCAPI_REDIS_OK) {
        ngx_http_asyncapi_job_wait_look(op);
        return;
    }

    ngx_memzero(&result, sizeof(ngx_http_asyncapi_result_t));

    wait->call = wait->look;
    wait->call.error = watch->error;
    wait->call.detail = watch->detail;

    ngx_http_asyncapi_redis_failure(op, &wait->call, &result);

    ngx_http_asyncapi_job_wait_end(op);
    ngx_http_asyncapi_task_done(op, &result);
}


static void
ngx_http_asyncapi_job_wait_look(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_job_wait_t  *wait;

    wait = op->data;

    wait->call = wait->look;
    wait->pool = ngx_create_pool(NGX_HTTP_ASYNCAPI_JOB_POOL, ngx_cycle->log);

    if (wait->pool == NULL) {
        ngx_http_asyncapi_job_wait_end(op);
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_CONNECT,
                                      "no memory to look at the job");
        return;
    }

    wait->call.pool = wait->pool;
    wait->looking = 1;
    wait->again = 0;

    if (wait->once) {
        ngx_asyncapi_redis_start(&wait->call);
        return;
    }

    if (ngx_asyncapi_redis_watch_look(&wait->watch, &wait->call) != NGX_OK) {
        wait->looking = 0;
        ngx_destroy_pool(wait->pool);
        wait->pool = NULL;
    }
}


/* in the middle of an event of the connection */

static void
ngx_http_asyncapi_job_wait_handler(ngx_asyncapi_redis_call_t *call)
{
    ngx_http_asyncapi_op_t        *op;
    ngx_asyncapi_queue_state_t     state;
    ngx_http_asyncapi_job_wait_t  *wait;

    op = call->data;
    wait = op->data;

    wait->looking = 0;

    /* it is looked again as soon as that can be */

    if (!wait->once && (call->error == NGX_ASYNCAPI_REDIS_CONNECT
                        || call->error == NGX_ASYNCAPI_REDIS_SILENT))
    {
        ngx_destroy_pool(wait->pool);
        wait->pool = NULL;
        return;
    }

    if (ngx_http_asyncapi_job_found(op, call, &state) != NGX_OK) {
        ngx_http_asyncapi_job_wait_end(op);
        return;
    }

    if (wait->once || ngx_http_asyncapi_job_through(op, state.state)) {
        ngx_http_asyncapi_job_tell(op, &wait->id, &state);
        ngx_http_asyncapi_job_wait_end(op);
        return;
    }

    if (wait->kept) {
        ngx_destroy_pool(wait->kept);
    }

    /* of most states there is nothing but the name */

    if (state.result.data || state.error.data) {
        wait->kept = wait->pool;

    } else {
        ngx_destroy_pool(wait->pool);
        wait->kept = NULL;
    }

    wait->pool = NULL;
    wait->state = state;
    wait->known = 1;

    if (wait->again) {
        ngx_asyncapi_redis_watch_again(&wait->watch);
    }
}


/* for= has passed: what is known by then is the result */

static void
ngx_http_asyncapi_job_wait_over(ngx_event_t *ev)
{
    ngx_http_asyncapi_op_t        *op;
    ngx_http_asyncapi_job_wait_t  *wait;

    op = ev->data;
    wait = op->data;

    if (wait->known) {
        ngx_http_asyncapi_job_tell(op, &wait->id, &wait->state);

    } else {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_TIMEOUT,
                       "its \"for=\" passed before Redis told of the job");
    }

    ngx_http_asyncapi_job_wait_end(op);
}


static void
ngx_http_asyncapi_job_wait_end(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_job_wait_t  *wait;

    wait = op->data;

    ngx_asyncapi_redis_watch_stop(&wait->watch);

    if (wait->looking) {
        ngx_asyncapi_redis_cancel(&wait->call);
    }

    if (wait->timer.timer_set) {
        ngx_del_timer(&wait->timer);
    }

    if (wait->pool) {
        ngx_destroy_pool(wait->pool);
        wait->pool = NULL;
    }

    if (wait->kept) {
        ngx_destroy_pool(wait->kept);
        wait->kept = NULL;
    }
}

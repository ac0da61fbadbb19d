
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
    ngx_pool_t                  *kept;     /* of the result, or NULL */
    ngx_pool_t                  *told;     /* of what the task has ended with,
                                              or NULL */
    ngx_http_asyncapi_result_t   result;   /* of the last look */
    ngx_asyncapi_job_t          *job;      /* a thread reads it, or NULL */

    unsigned                     looking:1;
    unsigned                     again:1;  /* it has changed since */
    unsigned                     known:1;  /* there is a result */
    unsigned                     once:1;   /* nothing is waited for */
} ngx_http_asyncapi_job_wait_t;


/* what is made of a reply, on the loop or in a thread */

typedef struct {
    ngx_http_asyncapi_job_reply_t  reply;
    ngx_http_asyncapi_result_t     result;
    ngx_asyncapi_queue_state_e     state;
    ngx_int_t                      rc;     /* NGX_OK; NGX_DECLINED: the result
                                              is a failure; NGX_ERROR */
} ngx_http_asyncapi_job_made_t;


static ngx_int_t ngx_http_asyncapi_job_wait_start(ngx_http_asyncapi_op_t *op);
static ngx_int_t ngx_http_asyncapi_job_wait_until(ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_job_wait_watched(
    ngx_asyncapi_redis_watch_t *watch);
static void ngx_http_asyncapi_job_wait_look(ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_job_wait_handler(
    ngx_asyncapi_redis_call_t *call);
static void ngx_http_asyncapi_job_wait_make(
    ngx_http_asyncapi_job_made_t *made, ngx_pool_t *pool);
static void ngx_http_asyncapi_job_wait_offload(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_redis_call_t *call, ngx_http_asyncapi_job_reply_t *reply);
static void ngx_http_asyncapi_job_wait_thread(ngx_asyncapi_job_t *job);
static void ngx_http_asyncapi_job_wait_worked(ngx_asyncapi_job_t *job);
static void ngx_http_asyncapi_job_wait_made(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_job_made_t *made);
static void ngx_http_asyncapi_job_wait_failed(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_reason_e reason, const char *detail);
static void ngx_http_asyncapi_job_wait_tell(ngx_http_asyncapi_op_t *op,
    ngx_pool_t **pool, ngx_http_asyncapi_result_t *result);
static void ngx_http_asyncapi_job_wait_free(ngx_pool_t **pool);
static void ngx_http_asyncapi_job_wait_cleanup(void *data);
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
    ngx_pool_cleanup_t            *cln;
    ngx_http_asyncapi_job_wait_t  *wait;

    cln = ngx_pool_cleanup_add(op->pool, sizeof(ngx_http_asyncapi_job_wait_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    wait = cln->data;
    ngx_memzero(wait, sizeof(ngx_http_asyncapi_job_wait_t));

    cln->handler = ngx_http_asyncapi_job_wait_cleanup;

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

    if (wait->looking || wait->job) {
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
        ngx_http_asyncapi_job_wait_failed(op, NGX_HTTP_ASYNCAPI_CONNECT,
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
        ngx_http_asyncapi_job_wait_free(&wait->pool);
    }
}


/* in the middle of an event of the connection */

static void
ngx_http_asyncapi_job_wait_handler(ngx_asyncapi_redis_call_t *call)
{
    ngx_http_asyncapi_op_t        *op;
    ngx_http_asyncapi_job_made_t   made;
    ngx_http_asyncapi_job_wait_t  *wait;

    op = call->data;
    wait = op->data;

    wait->looking = 0;

    /* it is looked again as soon as that can be */

    if (!wait->once && (call->error == NGX_ASYNCAPI_REDIS_CONNECT
                        || call->error == NGX_ASYNCAPI_REDIS_SILENT))
    {
        ngx_http_asyncapi_job_wait_free(&wait->pool);
        return;
    }

    if (ngx_http_asyncapi_job_found(op, &wait->id, call, &made.reply)
        != NGX_OK)
    {
        ngx_http_asyncapi_job_wait_end(op);
        return;
    }

    if (ngx_http_asyncapi_op_offloads(op, call->size)) {
        ngx_http_asyncapi_job_wait_offload(op, call, &made.reply);
        return;
    }

    ngx_http_asyncapi_job_wait_make(&made, wait->pool);
    ngx_http_asyncapi_job_wait_made(op, &made);
}


/* on the loop, or in a thread */

static void
ngx_http_asyncapi_job_wait_make(ngx_http_asyncapi_job_made_t *made,
    ngx_pool_t *pool)
{
    ngx_asyncapi_queue_state_t  state;

    ngx_memzero(&made->result, sizeof(ngx_http_asyncapi_result_t));

    made->rc = ngx_http_asyncapi_job_read(&made->reply, pool, &made->result,
                                          &state);
    if (made->rc == NGX_OK) {
        made->state = state.state;
        made->rc = ngx_http_asyncapi_job_tell(&made->reply, pool,
                                              &made->result, &state);
    }

    if (made->reply.pool) {
        ngx_destroy_pool(made->reply.pool);
        made->reply.pool = NULL;
    }
}


static void
ngx_http_asyncapi_job_wait_offload(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_redis_call_t *call, ngx_http_asyncapi_job_reply_t *reply)
{
    ngx_asyncapi_job_t            *job;
    ngx_http_asyncapi_job_made_t  *made;
    ngx_http_asyncapi_job_wait_t  *wait;

    wait = op->data;

    job = ngx_asyncapi_job_create(sizeof(ngx_http_asyncapi_job_made_t),
                                  ngx_cycle->log);
    if (job == NULL) {
        ngx_http_asyncapi_job_wait_failed(op, NGX_HTTP_ASYNCAPI_CONNECT,
                                          "no memory for the reply");
        return;
    }

    made = job->data;

    made->reply = *reply;
    made->rc = NGX_ERROR;

    job->memory = ngx_http_asyncapi_op_memory(op);
    job->run = ngx_http_asyncapi_job_wait_thread;
    job->done = ngx_http_asyncapi_job_wait_worked;
    job->owner = op;

    if (ngx_http_asyncapi_job_take(&made->reply, call, job->pool) != NGX_OK) {
        ngx_asyncapi_job_destroy(job);
        ngx_http_asyncapi_job_wait_failed(op, NGX_HTTP_ASYNCAPI_CONNECT,
                                          "no memory for the reply");
        return;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, op->log, 0,
                   "asyncapi job \"%V\" reply of %uz bytes: in a thread",
                   &wait->id, call->size);

    if (ngx_asyncapi_job_post(job, ngx_http_asyncapi_op_thread_pool(op))
        != NGX_OK)
    {
        ngx_asyncapi_job_destroy(job);
        ngx_http_asyncapi_job_wait_failed(op, NGX_HTTP_ASYNCAPI_LIMIT,
                                      "the queue of the thread pool is full");
        return;
    }

    wait->job = job;
}


/* in a thread */

static void
ngx_http_asyncapi_job_wait_thread(ngx_asyncapi_job_t *job)
{
    ngx_http_asyncapi_job_wait_make(job->data, job->pool);
}


static void
ngx_http_asyncapi_job_wait_worked(ngx_asyncapi_job_t *job)
{
    ngx_http_asyncapi_op_t        *op;
    ngx_http_asyncapi_job_made_t  *made;
    ngx_http_asyncapi_job_wait_t  *wait;

    op = job->owner;
    wait = op->data;
    made = job->data;

    wait->job = NULL;

    if (made->rc != NGX_ERROR
        && ngx_asyncapi_job_keep(job, wait->pool) != NGX_OK)
    {
        made->rc = NGX_ERROR;
    }

    ngx_http_asyncapi_job_wait_made(op, made);
}


/* made is in memory of wait->pool, or of the caller */

static void
ngx_http_asyncapi_job_wait_made(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_job_made_t *made)
{
    ngx_http_asyncapi_job_wait_t  *wait;

    wait = op->data;

    if (made->rc == NGX_ERROR) {
        ngx_http_asyncapi_job_wait_failed(op, NGX_HTTP_ASYNCAPI_CONNECT,
                                          "no memory for the reply");
        return;
    }

    if (made->rc == NGX_DECLINED || wait->once
        || ngx_http_asyncapi_job_through(op, made->state))
    {
        ngx_http_asyncapi_job_wait_tell(op, &wait->pool, &made->result);
        return;
    }

    ngx_http_asyncapi_job_wait_free(&wait->kept);

    wait->kept = wait->pool;
    wait->pool = NULL;
    wait->result = made->result;
    wait->known = 1;

    if (wait->again) {
        ngx_asyncapi_redis_watch_again(&wait->watch);
    }
}


static void
ngx_http_asyncapi_job_wait_failed(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_reason_e reason, const char *detail)
{
    ngx_http_asyncapi_job_wait_end(op);
    ngx_http_asyncapi_task_failed(op, reason, detail);
}


/* the result is the task's, and so is the pool that it is in */

static void
ngx_http_asyncapi_job_wait_tell(ngx_http_asyncapi_op_t *op, ngx_pool_t **pool,
    ngx_http_asyncapi_result_t *result)
{
    ngx_http_asyncapi_result_t     told;
    ngx_http_asyncapi_job_wait_t  *wait;

    wait = op->data;

    told = *result;

    wait->told = *pool;
    *pool = NULL;

    ngx_http_asyncapi_job_wait_end(op);
    ngx_http_asyncapi_task_done(op, &told);
}


static void
ngx_http_asyncapi_job_wait_cleanup(void *data)
{
    ngx_http_asyncapi_job_wait_t *wait = data;

    ngx_http_asyncapi_job_wait_free(&wait->told);
}


static void
ngx_http_asyncapi_job_wait_free(ngx_pool_t **pool)
{
    if (*pool) {
        ngx_destroy_pool(*pool);
        *pool = NULL;
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
        ngx_http_asyncapi_job_wait_tell(op, &wait->kept, &wait->result);
        return;
    }

    ngx_http_asyncapi_job_wait_failed(op, NGX_HTTP_ASYNCAPI_TIMEOUT,
                       "its \"for=\" passed before Redis told of the job");
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

    if (wait->job) {
        ngx_asyncapi_job_drop(wait->job);
        wait->job = NULL;
    }

    if (wait->timer.timer_set) {
        ngx_del_timer(&wait->timer);
    }

    ngx_http_asyncapi_job_wait_free(&wait->pool);
    ngx_http_asyncapi_job_wait_free(&wait->kept);
}

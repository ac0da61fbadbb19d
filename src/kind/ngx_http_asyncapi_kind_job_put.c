
/*
 * Copyright (C) The asyncapi module authors
 *
 * job NAME [eta= expires= priority=] QUEUE TASK [ARGS]: puts a job.
 *
 * The id is drawn once for all tries of a task, so that a job which may have
 * been put already is not there twice.
 */


#include "ngx_http_asyncapi_kind_job.h"
#include "ngx_http_asyncapi_redis_failure.h"


#define NGX_HTTP_ASYNCAPI_JOB_PRIORITY  9


typedef struct {
    ngx_asyncapi_redis_call_t   call;
    ngx_asyncapi_queue_job_t    job;
} ngx_http_asyncapi_job_put_t;


static char *ngx_http_asyncapi_job_put_words(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n);
static char *ngx_http_asyncapi_job_put_complete(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node);
static char *ngx_http_asyncapi_job_time(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value,
    ngx_asyncapi_template_t **tpl);

static ngx_int_t ngx_http_asyncapi_job_put_start(ngx_http_asyncapi_op_t *op);
static ngx_int_t ngx_http_asyncapi_job_put_id(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_queue_job_t *job);
static ngx_int_t ngx_http_asyncapi_job_put_args(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_queue_job_t *job);
static ngx_int_t ngx_http_asyncapi_job_put_options(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_queue_job_t *job);
static ngx_int_t ngx_http_asyncapi_job_put_time(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_queue_job_t *job, ngx_asyncapi_template_t *tpl,
    ngx_str_t *out);
static void ngx_http_asyncapi_job_put_handler(ngx_asyncapi_redis_call_t *call);
static ngx_int_t ngx_http_asyncapi_job_put_result(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_result_t *result);
static void ngx_http_asyncapi_job_put_failed(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_result_t *result);
static void ngx_http_asyncapi_job_put_cancel(ngx_http_asyncapi_op_t *op);


const ngx_http_asyncapi_job_form_t  ngx_http_asyncapi_job_put = {
    ngx_null_string,
    0,                                     /* needs */
    ngx_http_asyncapi_job_put_words,       /* words */
    ngx_http_asyncapi_job_put_complete,    /* complete */
    ngx_http_asyncapi_job_put_start,       /* start */
    ngx_http_asyncapi_job_put_cancel       /* cancel */
};


static char *
ngx_http_asyncapi_job_put_words(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *word, ngx_uint_t n)
{
    ngx_http_asyncapi_job_conf_t  *conf = node->conf;

    ngx_str_t  text;

    if (n > 2) {
        return "has more than a queue, a task and its arguments: quote the "
               "arguments as a whole, as in '[$id, \"pdf\"]'";
    }

    if (word[0].len == 0 || ngx_strlchr(word[0].data,
                                        word[0].data + word[0].len, '$'))
    {
        return ngx_http_asyncapi_node_error(cf, node,
                              "\"%V\" can't be the task: it is a name that "
                              "workers know, references may stand in its "
                              "arguments", &word[0]);
    }

    if (conf->until) {
        return "has \"for=\", and waits for nothing: it is of \"wait\"";
    }

    conf->task.task = word[0];

    if (n == 1) {
        return NGX_CONF_OK;
    }

    conf->args = ngx_http_asyncapi_node_template(cf, node, &word[1],
                                                 NGX_ASYNCAPI_PLACE_JSON);
    if (conf->args == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_asyncapi_template_constant(conf->args, &text)) {
        ngx_asyncapi_json_trim(&text);

        if (text.data[0] != '[' && text.data[0] != '{') {
            return ngx_http_asyncapi_node_error(cf, node,
                              "\"%V\" is neither an array nor an object: "
                              "write [%V] for one argument", &word[1],
                              &word[1]);
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_job_put_complete(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node)
{
    ngx_http_asyncapi_job_conf_t  *conf = node->conf;

    const ngx_asyncapi_queue_format_t  *format;

    conf->task.queue = &conf->queue->queue;
    format = conf->task.queue->format;

    if ((conf->eta || conf->expires)
        && !(format->may & NGX_ASYNCAPI_QUEUE_ETA))
    {
        return ngx_http_asyncapi_node_error(cf, node,
                              "\"eta=\" and \"expires=\" are Celery's: the "
                              "workers of \"%V\", which is of %V, would not "
                              "look at them", &conf->name, &format->name);
    }

    if (conf->priority && !(format->may & NGX_ASYNCAPI_QUEUE_PRIORITY)) {
        return ngx_http_asyncapi_node_error(cf, node,
                              "\"priority=\" is Celery's: of %V a queue of "
                              "its own is what comes first, by another "
                              "asyncapi_queue", &format->name);
    }

    if (!(format->may & NGX_ASYNCAPI_QUEUE_AGAIN)
        && ((node->retry && !node->retry_unsafe)
            || (node->hedge && !node->hedge_unsafe)))
    {
        return ngx_http_asyncapi_node_error(cf, node,
                              "\"retry=\" and \"hedge=\" may put the job into "
                              "the %V twice, with the same id: where its "
                              "consumers take that, write \",unsafe\" behind "
                              "the value", &format->name);
    }

    if (format->prepare_task
        && format->prepare_task(cf->pool, &conf->task) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_asyncapi_job_eta(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value)
{
    ngx_http_asyncapi_job_conf_t  *conf = node->conf;

    return ngx_http_asyncapi_job_time(cf, node, value, &conf->eta);
}


char *
ngx_http_asyncapi_job_expires(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value)
{
    ngx_http_asyncapi_job_conf_t  *conf = node->conf;

    return ngx_http_asyncapi_job_time(cf, node, value, &conf->expires);
}


static char *
ngx_http_asyncapi_job_time(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value, ngx_asyncapi_template_t **tpl)
{
    u_char     time[NGX_ASYNCAPI_QUEUE_TIME_LEN];
    ngx_str_t  text;

    if (*tpl) {
        return "is given twice";
    }

    *tpl = ngx_http_asyncapi_node_template(cf, node, value,
                                           NGX_ASYNCAPI_PLACE_BYTES);
    if (*tpl == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_asyncapi_template_constant(*tpl, &text)
        && ngx_asyncapi_queue_time(&text, 0, 0, time) != NGX_OK)
    {
        return "is no time: write one from now, as 10m, or a date and time, "
               "as 2030-01-31T12:00:00Z";
    }

    return NGX_CONF_OK;
}


char *
ngx_http_asyncapi_job_priority(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value)
{
    ngx_http_asyncapi_job_conf_t  *conf = node->conf;

    ngx_int_t  n;
    ngx_str_t  text;

    if (conf->priority) {
        return "is given twice";
    }

    conf->priority = ngx_http_asyncapi_node_template(cf, node, value,
                                                     NGX_ASYNCAPI_PLACE_BYTES);
    if (conf->priority == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_asyncapi_template_constant(conf->priority, &text)) {
        n = ngx_atoi(text.data, text.len);

        if (n == NGX_ERROR || n > NGX_HTTP_ASYNCAPI_JOB_PRIORITY) {
            return "is no priority: write 0, which is served first, to 9";
        }
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_asyncapi_job_put_start(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_job_conf_t  *conf = op->node->conf;

    ngx_int_t                      rc;
    ngx_time_t                    *tp;
    ngx_asyncapi_redis_call_t     *call;
    ngx_http_asyncapi_job_put_t   *put;
    ngx_asyncapi_queue_command_t   command;

    put = ngx_pcalloc(op->pool, sizeof(ngx_http_asyncapi_job_put_t));
    if (put == NULL) {
        return NGX_ERROR;
    }

    tp = ngx_timeofday();

    put->job.task = &conf->task;
    put->job.now = tp->sec;
    put->job.msec = tp->msec;

    rc = ngx_http_asyncapi_job_put_id(op, &put->job);

    if (rc == NGX_OK) {
        rc = ngx_http_asyncapi_job_put_args(op, &put->job);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_asyncapi_job_put_options(op, &put->job);
    }

    if (rc == NGX_OK) {
        rc = conf->task.queue->format->put(op->pool, &put->job, &command);
    }

    if (rc != NGX_OK) {
        return (rc == NGX_DECLINED) ? NGX_OK : NGX_ERROR;
    }

    call = &put->call;

    call->argv = command.argv;
    call->argc = command.argc;
    call->server = conf->queue->server;
    call->pool = op->pool;
    call->keys = conf->queue->put_keys;
    call->handler = ngx_http_asyncapi_job_put_handler;
    call->data = op;

    op->data = put;

    ngx_asyncapi_redis_start(call);

    return NGX_OK;
}


/* the parts of start(): NGX_OK; NGX_ERROR; NGX_DECLINED: op has ended */

static ngx_int_t
ngx_http_asyncapi_job_put_id(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_queue_job_t *job)
{
    void  **kept;

    kept = ngx_http_asyncapi_op_kept(op);

    job->id.data = *kept;
    job->id.len = NGX_ASYNCAPI_QUEUE_ID_LEN;

    if (job->id.data) {
        return NGX_OK;
    }

    job->id.data = ngx_pnalloc(op->pool, job->id.len);
    if (job->id.data == NULL) {
        return NGX_ERROR;
    }

    if (ngx_asyncapi_queue_id(job->id.data) != NGX_OK) {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_INVALID,
                                      "the system has no random bytes");
        return NGX_DECLINED;
    }

    *kept = job->id.data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_job_put_args(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_queue_job_t *job)
{
    ngx_http_asyncapi_job_conf_t  *conf = op->node->conf;

    ngx_int_t  rc;

    if (conf->args == NULL) {
        ngx_str_set(&job->args, "[]");
        return NGX_OK;
    }

    rc = ngx_http_asyncapi_op_render(op, conf->args, &job->args);
    if (rc != NGX_OK) {
        return rc;
    }

    ngx_asyncapi_json_trim(&job->args);

    if (job->args.len
        && (job->args.data[0] == '[' || job->args.data[0] == '{'))
    {
        return NGX_OK;
    }

    ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_INVALID,
                       "its arguments are neither an array nor an object");

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_asyncapi_job_put_options(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_queue_job_t *job)
{
    ngx_http_asyncapi_job_conf_t  *conf = op->node->conf;

    ngx_int_t  rc, n;
    ngx_str_t  text;

    rc = ngx_http_asyncapi_job_put_time(op, job, conf->eta, &job->eta);

    if (rc == NGX_OK) {
        rc = ngx_http_asyncapi_job_put_time(op, job, conf->expires,
                                            &job->expires);
    }

    if (rc != NGX_OK || conf->priority == NULL) {
        return rc;
    }

    rc = ngx_http_asyncapi_op_render(op, conf->priority, &text);
    if (rc != NGX_OK) {
        return rc;
    }

    n = text.len ? ngx_atoi(text.data, text.len) : 0;

    if (n == NGX_ERROR || n > NGX_HTTP_ASYNCAPI_JOB_PRIORITY) {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_INVALID,
                       "its priority is none of 0 to 9");
        return NGX_DECLINED;
    }

    job->priority = n;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_job_put_time(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_queue_job_t *job, ngx_asyncapi_template_t *tpl,
    ngx_str_t *out)
{
    ngx_int_t  rc;
    ngx_str_t  text;

    if (tpl == NULL) {
        return NGX_OK;
    }

    rc = ngx_http_asyncapi_op_render(op, tpl, &text);

    if (rc != NGX_OK || text.len == 0) {
        return rc;
    }

    out->len = NGX_ASYNCAPI_QUEUE_TIME_LEN;
    out->data = ngx_pnalloc(op->pool, out->len);

    if (out->data == NULL) {
        return NGX_ERROR;
    }

    if (ngx_asyncapi_queue_time(&text, job->now, job->msec, out->data)
        != NGX_OK)
    {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_INVALID,
                       "what is to be its \"eta=\" or \"expires=\" is no time");
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static void
ngx_http_asyncapi_job_put_handler(ngx_asyncapi_redis_call_t *call)
{
    ngx_int_t                    rc;
    ngx_http_asyncapi_op_t      *op;
    ngx_http_asyncapi_result_t   result;

    op = call->data;

    ngx_memzero(&result, sizeof(ngx_http_asyncapi_result_t));

    rc = NGX_OK;

    if (call->error != NGX_ASYNCAPI_REDIS_OK) {
        ngx_http_asyncapi_redis_failure(op, call, &result);
        ngx_http_asyncapi_job_put_failed(op, &result);

    } else if (call->reply->type == REDIS_REPLY_ERROR) {
        rc = ngx_http_asyncapi_redis_error(op->pool, call->reply, &result);

    } else {
        rc = ngx_http_asyncapi_job_put_result(op, &result);
    }

    if (rc != NGX_OK) {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_CONNECT,
                                      "no memory for the reply");
        return;
    }

    ngx_http_asyncapi_task_done(op, &result);
}


static ngx_int_t
ngx_http_asyncapi_job_put_result(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_result_t *result)
{
    u_char                       *p;
    ngx_http_asyncapi_job_put_t  *put;

    put = op->data;

    p = ngx_pnalloc(op->pool, sizeof("{\"id\":\"\",\"status\":\"queued\"}") - 1
                              + put->job.id.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    result->body.data = p;

    p = ngx_cpymem(p, "{\"id\":\"", sizeof("{\"id\":\"") - 1);
    p = ngx_cpymem(p, put->job.id.data, put->job.id.len);
    p = ngx_cpymem(p, "\",\"status\":\"queued\"}",
                   sizeof("\",\"status\":\"queued\"}") - 1);

    result->body.len = p - result->body.data;

    result->as = NGX_HTTP_ASYNCAPI_AS_VALUE;

    return NGX_OK;
}


/* what is known of the job then */

static void
ngx_http_asyncapi_job_put_failed(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_result_t *result)
{
    u_char                       *p;
    size_t                        len;
    ngx_http_asyncapi_job_put_t  *put;

    put = op->data;

    len = result->detail.len + put->job.id.len
          + sizeof(": whether job  is queued is not known") - 1;

    p = ngx_pnalloc(op->pool, len);
    if (p == NULL) {
        return;
    }

    len = ngx_sprintf(p, put->call.sent
                         ? "%V: whether job %V is queued is not known"
                         : "%V: job %V is not queued",
                      &result->detail, &put->job.id)
          - p;

    result->detail.data = p;
    result->detail.len = len;
}


static void
ngx_http_asyncapi_job_put_cancel(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_job_put_t  *put;

    put = op->data;

    if (put->call.sent && op->result.reason == NGX_HTTP_ASYNCAPI_TIMEOUT) {
        ngx_log_error(NGX_LOG_WARN, op->log, 0,
                      "asyncapi task \"%V\" has no answer of Redis: whether "
                      "job %V is queued is not known",
                      &op->node->name, &put->job.id);
    }

    ngx_asyncapi_redis_cancel(&put->call);
}

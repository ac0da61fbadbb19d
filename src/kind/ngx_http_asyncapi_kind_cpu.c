
/*
 * Copyright (C) The asyncapi module authors
 *
 * cpu NAME FUNCTION ARG ...: a function that computes, in a thread.
 */


#include "ngx_asyncapi_job.h"
#include "ngx_http_asyncapi_kind_cpu.h"


typedef struct {
    ngx_str_t                    name;      /* of the function */
    const asyncapi_function_t   *function;
    ngx_array_t                  args;      /* ngx_asyncapi_template_t * */
} ngx_http_asyncapi_cpu_conf_t;


/* a job's data: what its thread sees */

typedef struct {
    ngx_asyncapi_cpu_call_t      call;
    ngx_http_asyncapi_node_t    *node;
    asyncapi_arg_t              *args;      /* in memory that the job holds */
    ngx_http_asyncapi_result_t   result;
} ngx_http_asyncapi_cpu_t;


static void *ngx_http_asyncapi_cpu_create(ngx_conf_t *cf);
static char *ngx_http_asyncapi_cpu_words(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n);
static char *ngx_http_asyncapi_cpu_function(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_uint_t nargs);
static char *ngx_http_asyncapi_cpu_argument(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word);
static ngx_int_t ngx_http_asyncapi_cpu_prepare(
    ngx_http_asyncapi_node_t *node, ngx_asyncapi_render_t *render,
    void **data);
static ngx_int_t ngx_http_asyncapi_cpu_start(ngx_http_asyncapi_op_t *op);
static ngx_asyncapi_job_t *ngx_http_asyncapi_cpu_job(
    ngx_http_asyncapi_op_t *op, asyncapi_arg_t *args);
static void ngx_http_asyncapi_cpu_run(ngx_asyncapi_job_t *job);
static ngx_uint_t ngx_http_asyncapi_cpu_unwanted(void *data);
static void ngx_http_asyncapi_cpu_result(ngx_http_asyncapi_cpu_t *cpu);
static void ngx_http_asyncapi_cpu_failed(ngx_http_asyncapi_cpu_t *cpu);
static void ngx_http_asyncapi_cpu_done(ngx_asyncapi_job_t *job);
static void ngx_http_asyncapi_cpu_cancel(ngx_http_asyncapi_op_t *op);


ngx_http_asyncapi_kind_t  ngx_http_asyncapi_kind_cpu = {
    ngx_string("cpu"),
    NGX_HTTP_ASYNCAPI_AS_MASK(NGX_HTTP_ASYNCAPI_AS_JSON)
        |NGX_HTTP_ASYNCAPI_AS_MASK(NGX_HTTP_ASYNCAPI_AS_TEXT)
        |NGX_HTTP_ASYNCAPI_AS_MASK(NGX_HTTP_ASYNCAPI_AS_BASE64),
                                           /* as */
    NULL,                                  /* options */

    ngx_http_asyncapi_cpu_create,          /* create */
    ngx_http_asyncapi_cpu_words,           /* words */
    NULL,                                  /* block */
    NULL,                                  /* check */
    NULL,                                  /* complete */
    ngx_http_asyncapi_cpu_prepare,         /* prepare */

    ngx_http_asyncapi_cpu_start,           /* start */
    ngx_http_asyncapi_cpu_cancel,          /* cancel */
    NULL,                                  /* ended */

    NULL,                                  /* once */
    0,                                     /* spares */
    0,                                     /* words_before */
    0                                      /* tells */
};


static void *
ngx_http_asyncapi_cpu_create(ngx_conf_t *cf)
{
    ngx_http_asyncapi_cpu_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_asyncapi_cpu_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&conf->args, cf->pool, 2, sizeof(void *)) != NGX_OK) {
        return NULL;
    }

    return conf;
}


static char *
ngx_http_asyncapi_cpu_words(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *word, ngx_uint_t n)
{
    ngx_http_asyncapi_cpu_conf_t  *conf = node->conf;

    char        *rv;
    ngx_uint_t   i;

#if !(NGX_THREADS)
    return "needs an nginx that is built --with-threads";
#endif

    if (n == 0) {
        return "needs a function: write for instance sha256 $text";
    }

    conf->name = word[0];

    rv = ngx_http_asyncapi_cpu_function(cf, node, n - 1);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    for (i = 1; i < n; i++) {

        rv = ngx_http_asyncapi_cpu_argument(cf, node, &word[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    node->endpoint->threads = 1;

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_cpu_function(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_uint_t nargs)
{
    ngx_http_asyncapi_cpu_conf_t  *conf = node->conf;

    const asyncapi_function_t         *function;
    const ngx_asyncapi_cpu_builtin_t  *builtin;

    builtin = ngx_asyncapi_cpu_builtin(&conf->name);

    function = builtin ? &builtin->function
                       : ngx_http_asyncapi_library_function(cf, &conf->name);

    if (function == NULL) {
        return ngx_http_asyncapi_node_error(cf, node,
                             "there is no function \"%V\": is it of a library "
                             "that has no \"asyncapi_library\" above?",
                             &conf->name);
    }

    if (nargs >= function->min_args && nargs <= function->max_args) {
        conf->function = function;
        return NGX_CONF_OK;
    }

    if (builtin) {
        return ngx_http_asyncapi_node_error(cf, node,
                             "%ui arguments do not fit, write \"%s\"; "
                             "one with spaces stands in quotes",
                             nargs, builtin->usage);
    }

    return ngx_http_asyncapi_node_error(cf, node,
                             "%ui arguments do not fit, \"%V\" takes %ui to "
                             "%ui; one with spaces stands in quotes",
                             nargs, &conf->name,
                             (ngx_uint_t) function->min_args,
                             (ngx_uint_t) function->max_args);
}


static char *
ngx_http_asyncapi_cpu_argument(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *word)
{
    ngx_http_asyncapi_cpu_conf_t  *conf = node->conf;

    ngx_str_t                           text;
    const char                         *message;
    ngx_asyncapi_template_t            *arg, **slot;
    const ngx_asyncapi_cpu_builtin_t   *builtin;

    arg = ngx_http_asyncapi_node_template(cf, node, word,
                                          NGX_ASYNCAPI_PLACE_BYTES);
    if (arg == NULL) {
        return NGX_CONF_ERROR;
    }

    builtin = ngx_asyncapi_cpu_builtin(&conf->name);

    if (builtin && builtin->check
        && ngx_asyncapi_template_constant(arg, &text))
    {
        message = builtin->check(conf->args.nelts, &text);

        if (message) {
            return ngx_http_asyncapi_node_error(cf, node, "%s: %V",
                                                message, word);
        }
    }

    slot = ngx_array_push(&conf->args);
    if (slot == NULL) {
        return NGX_CONF_ERROR;
    }

    *slot = arg;

    return NGX_CONF_OK;
}


/* one after another, each with a zero byte behind it */

static ngx_int_t
ngx_http_asyncapi_cpu_prepare(ngx_http_asyncapi_node_t *node,
    ngx_asyncapi_render_t *render, void **data)
{
    ngx_http_asyncapi_cpu_conf_t  *conf = node->conf;

    u_char                    *p;
    size_t                     size;
    ngx_int_t                  rc;
    ngx_str_t                  text;
    ngx_uint_t                 i, nargs;
    asyncapi_arg_t            *args;
    ngx_asyncapi_template_t  **arg;

    arg = conf->args.elts;
    nargs = conf->args.nelts;

    args = ngx_palloc(render->pool, (nargs + 1) * sizeof(asyncapi_arg_t));
    if (args == NULL) {
        return NGX_ERROR;
    }

    size = nargs;

    for (i = 0; i < nargs; i++) {
        rc = ngx_asyncapi_template_render(arg[i], render, &text);

        if (rc != NGX_OK) {
            return rc;
        }

        args[i].data = text.data;
        args[i].len = text.len;

        size += text.len;
    }

    p = ngx_pnalloc(render->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < nargs; i++) {
        text.data = p;

        p = ngx_cpymem(p, args[i].data, args[i].len);
        *p++ = '\0';

        args[i].data = text.data;
    }

    *data = args;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_cpu_start(ngx_http_asyncapi_op_t *op)
{
    void                *args;
    ngx_int_t            rc;
    ngx_asyncapi_job_t  *job;

    rc = ngx_http_asyncapi_op_prepared(op, &args);

    if (rc != NGX_OK) {
        return (rc == NGX_DECLINED) ? NGX_OK : NGX_ERROR;
    }

    job = ngx_http_asyncapi_cpu_job(op, args);
    if (job == NULL) {
        return NGX_ERROR;
    }

    if (ngx_asyncapi_job_post(job, ngx_http_asyncapi_op_thread_pool(op))
        != NGX_OK)
    {
        ngx_asyncapi_job_destroy(job);

        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_LIMIT,
                                      "the queue of the thread pool is full");
        return NGX_OK;
    }

    op->data = job;

    return NGX_OK;
}


static ngx_asyncapi_job_t *
ngx_http_asyncapi_cpu_job(ngx_http_asyncapi_op_t *op, asyncapi_arg_t *args)
{
    ngx_asyncapi_job_t       *job;
    ngx_http_asyncapi_cpu_t  *cpu;

    job = ngx_asyncapi_job_create(sizeof(ngx_http_asyncapi_cpu_t),
                                  ngx_cycle->log);
    if (job == NULL) {
        return NULL;
    }

    cpu = job->data;

    job->memory = ngx_http_asyncapi_op_memory(op);
    job->run = ngx_http_asyncapi_cpu_run;
    job->done = ngx_http_asyncapi_cpu_done;
    job->owner = op;

    cpu->node = op->node;
    cpu->args = args;

    /* unless the function says otherwise: a stop of nginx is not waited for */

    cpu->result.reason = NGX_HTTP_ASYNCAPI_CANCELLED;
    ngx_str_set(&cpu->result.detail, "nginx is being stopped");

    cpu->call.pool = job->pool;
    cpu->call.max = ngx_http_asyncapi_op_max_result(op);
    cpu->call.cancelled = ngx_http_asyncapi_cpu_unwanted;
    cpu->call.data = job;

    return job;
}


/* in a thread, as all that it calls */

static void
ngx_http_asyncapi_cpu_run(ngx_asyncapi_job_t *job)
{
    ngx_http_asyncapi_cpu_t       *cpu;
    ngx_http_asyncapi_cpu_conf_t  *conf;

    cpu = job->data;
    conf = cpu->node->conf;

    ngx_asyncapi_cpu_run(&cpu->call, conf->function, cpu->args,
                         conf->args.nelts);

    if (!ngx_asyncapi_job_unwanted(job)) {
        ngx_http_asyncapi_cpu_result(cpu);
    }
}


static ngx_uint_t
ngx_http_asyncapi_cpu_unwanted(void *data)
{
    return ngx_asyncapi_job_unwanted(data);
}


static void
ngx_http_asyncapi_cpu_result(ngx_http_asyncapi_cpu_t *cpu)
{
    ngx_asyncapi_cpu_call_t     *call;
    ngx_http_asyncapi_result_t  *result;

    call = &cpu->call;
    result = &cpu->result;

    switch (call->status) {

    case NGX_ASYNCAPI_CPU_OK:
        result->reason = NGX_HTTP_ASYNCAPI_OK;
        result->body = call->result;
        result->as = (call->form == NGX_ASYNCAPI_CPU_TEXT)
                     ? NGX_HTTP_ASYNCAPI_AS_TEXT : NGX_HTTP_ASYNCAPI_AS_JSON;

        if (ngx_http_asyncapi_result_make(cpu->node, call->pool, result)
            == NGX_OK)
        {
            break;
        }

        /* fall through */

    case NGX_ASYNCAPI_CPU_NO_MEMORY:
        result->reason = NGX_HTTP_ASYNCAPI_FUNCTION;
        ngx_str_set(&result->detail, "there is no memory");
        break;

    case NGX_ASYNCAPI_CPU_TOO_LARGE:
        result->reason = NGX_HTTP_ASYNCAPI_TOO_LARGE;
        ngx_str_set(&result->detail,
                    "the result is larger than asyncapi_max_result");
        break;

    default: /* NGX_ASYNCAPI_CPU_FAILED */
        ngx_http_asyncapi_cpu_failed(cpu);
        break;
    }
}


static void
ngx_http_asyncapi_cpu_failed(ngx_http_asyncapi_cpu_t *cpu)
{
    u_char                        *p;
    size_t                         len;
    ngx_asyncapi_cpu_call_t       *call;
    ngx_http_asyncapi_cpu_conf_t  *conf;

    call = &cpu->call;
    conf = cpu->node->conf;

    cpu->result.reason = NGX_HTTP_ASYNCAPI_FUNCTION;

    len = conf->name.len + sizeof(": ") - 1 + call->message.len;

    p = ngx_pnalloc(call->pool, len);
    if (p == NULL) {
        return;
    }

    cpu->result.detail.data = p;
    cpu->result.detail.len = ngx_sprintf(p, "%V: %V", &conf->name,
                                         &call->message)
                             - p;
}


/* on the loop again */

static void
ngx_http_asyncapi_cpu_done(ngx_asyncapi_job_t *job)
{
    ngx_http_asyncapi_op_t   *op;
    ngx_http_asyncapi_cpu_t  *cpu;

    op = job->owner;
    cpu = job->data;

    if (ngx_asyncapi_job_keep(job, op->pool) != NGX_OK) {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_FUNCTION,
                                      "there is no memory");
        return;
    }

    ngx_http_asyncapi_task_done(op, &cpu->result);
}


static void
ngx_http_asyncapi_cpu_cancel(ngx_http_asyncapi_op_t *op)
{
    ngx_asyncapi_job_drop(op->data);
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * redis NAME SERVER COMMAND ARG ...: one command and its reply.
 */


#include "ngx_asyncapi_reclaim.h"
#include "ngx_http_asyncapi_kind_redis.h"
#include "ngx_http_asyncapi_redis_failure.h"


/*
 * What a reply takes in memory, before it is JSON, may be so many times more
 * than the result: an element of an array is two bytes there at least.
 */

#define NGX_HTTP_ASYNCAPI_REDIS_FACTOR  16


static void *ngx_http_asyncapi_redis_create(ngx_conf_t *cf);
static char *ngx_http_asyncapi_redis_words(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n);
static ngx_int_t ngx_http_asyncapi_redis_needs_server(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node);
static char *ngx_http_asyncapi_redis_check(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node);
static ngx_int_t ngx_http_asyncapi_redis_complete(ngx_conf_t *cf);

static ngx_int_t ngx_http_asyncapi_redis_prepare(
    ngx_http_asyncapi_node_t *node, ngx_asyncapi_render_t *render,
    void **data);
static ngx_int_t ngx_http_asyncapi_redis_start(ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_redis_cancel(ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_redis_handler(ngx_asyncapi_redis_call_t *call);
static ngx_int_t ngx_http_asyncapi_redis_reply(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_redis_call_t *call, ngx_http_asyncapi_result_t *result);
static ngx_int_t ngx_http_asyncapi_redis_later(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_redis_call_t *call, ngx_http_asyncapi_result_t *result,
    ngx_http_asyncapi_redis_reply_t *data);
static void ngx_http_asyncapi_redis_cleanup(void *data);


ngx_http_asyncapi_kind_t  ngx_http_asyncapi_kind_redis = {
    ngx_string("redis"),
    NGX_HTTP_ASYNCAPI_AS_MASK(NGX_HTTP_ASYNCAPI_AS_JSON)
        |NGX_HTTP_ASYNCAPI_AS_MASK(NGX_HTTP_ASYNCAPI_AS_TEXT)
        |NGX_HTTP_ASYNCAPI_AS_MASK(NGX_HTTP_ASYNCAPI_AS_BASE64)
        |NGX_HTTP_ASYNCAPI_AS_MASK(NGX_HTTP_ASYNCAPI_AS_OBJECT),
    NULL,                                  /* options */

    ngx_http_asyncapi_redis_create,        /* create */
    ngx_http_asyncapi_redis_words,         /* words */
    NULL,                                  /* block */
    ngx_http_asyncapi_redis_check,         /* check */
    ngx_http_asyncapi_redis_complete,      /* complete */
    ngx_http_asyncapi_redis_prepare,       /* prepare */

    ngx_http_asyncapi_redis_start,         /* start */
    ngx_http_asyncapi_redis_cancel,        /* cancel */
    NULL,                                  /* ended */

    NULL,                                  /* once */
    0,                                     /* spares */
    0,                                     /* words_before */
    0                                      /* tells */
};


static void *
ngx_http_asyncapi_redis_create(ngx_conf_t *cf)
{
    ngx_http_asyncapi_redis_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_asyncapi_redis_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&conf->args, cf->pool, 4, sizeof(void *)) != NGX_OK) {
        return NULL;
    }

    return conf;
}


static char *
ngx_http_asyncapi_redis_words(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *word, ngx_uint_t n)
{
    ngx_http_asyncapi_redis_conf_t  *conf = node->conf;

    char                      *rv;
    ngx_uint_t                 i;
    ngx_asyncapi_template_t  **arg;

    if (n < 2) {
        return "needs a server and a command: write for instance "
               "\"redis user cache GET user:$id\" with "
               "\"asyncapi_redis cache redis://127.0.0.1:6379\" in http {}";
    }

    conf->name = word[0];
    conf->command = word[1];
    conf->keys = ngx_asyncapi_redis_keys(&word[1]);
    conf->repeatable = ngx_http_asyncapi_redis_repeatable(&word[1], n - 1);

    rv = ngx_http_asyncapi_redis_command_check(cf, node, &word[1], n - 1);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    for (i = 1; i < n; i++) {
        arg = ngx_array_push(&conf->args);
        if (arg == NULL) {
            return NGX_CONF_ERROR;
        }

        *arg = ngx_http_asyncapi_node_template(cf, node, &word[i],
                                               NGX_ASYNCAPI_PLACE_BYTES);
        if (*arg == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    if (ngx_http_asyncapi_redis_needs_server(cf, node) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/*
 * Tasks may stand above the server that they name: it is looked for once all
 * is read.  They are in an array until then.
 */

static ngx_int_t
ngx_http_asyncapi_redis_needs_server(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node)
{
    void                      **nodes;
    ngx_http_asyncapi_node_t  **slot;

    nodes = ngx_http_asyncapi_kind_conf(cf, &ngx_http_asyncapi_kind_redis);

    if (*nodes == NULL) {
        *nodes = ngx_array_create(cf->pool, 8, sizeof(void *));
        if (*nodes == NULL) {
            return NGX_ERROR;
        }
    }

    slot = ngx_array_push(*nodes);
    if (slot == NULL) {
        return NGX_ERROR;
    }

    *slot = node;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_redis_complete(ngx_conf_t *cf)
{
    ngx_uint_t                        i;
    ngx_array_t                      *nodes;
    ngx_http_asyncapi_node_t        **node;
    ngx_http_asyncapi_redis_conf_t   *conf;

    nodes = *ngx_http_asyncapi_kind_conf(cf, &ngx_http_asyncapi_kind_redis);

    if (nodes == NULL) {
        return NGX_OK;
    }

    node = nodes->elts;

    for (i = 0; i < nodes->nelts; i++) {
        conf = node[i]->conf;

        conf->server = ngx_http_asyncapi_redis_server(cf, &conf->name);

        if (conf->server == NULL) {
            (void) ngx_http_asyncapi_node_error(cf, node[i],
                       "there is no Redis server \"%V\": write "
                       "\"asyncapi_redis %V redis://127.0.0.1:6379;\" in "
                       "http {}", &conf->name, &conf->name);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* who counts may take the risk; unlike a request, a command is one's own */

static char *
ngx_http_asyncapi_redis_check(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node)
{
    ngx_http_asyncapi_redis_conf_t  *conf = node->conf;

    if (!conf->repeatable
        && ((node->retry && !node->retry_unsafe)
            || (node->hedge && !node->hedge_unsafe)))
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "the %V of \"%V\" may be done twice: where that "
                           "does no harm, write \",unsafe\" behind the value "
                           "of \"retry=\" and \"hedge=\"",
                           &conf->command, &node->name);
    }

    return NGX_CONF_OK;
}


/* a call of the arguments, with its command, if that is not too long */

static ngx_int_t
ngx_http_asyncapi_redis_prepare(ngx_http_asyncapi_node_t *node,
    ngx_asyncapi_render_t *render, void **data)
{
    ngx_http_asyncapi_redis_conf_t  *conf = node->conf;

    ngx_int_t                    rc;
    ngx_uint_t                   i;
    ngx_asyncapi_template_t    **arg;
    ngx_asyncapi_redis_call_t   *call;

    call = ngx_pcalloc(render->pool, sizeof(ngx_asyncapi_redis_call_t)
                                     + conf->args.nelts * sizeof(ngx_str_t));
    if (call == NULL) {
        return NGX_ERROR;
    }

    call->argv = (ngx_str_t *) &call[1];
    call->argc = conf->args.nelts;

    arg = conf->args.elts;

    for (i = 0; i < call->argc; i++) {
        rc = ngx_asyncapi_template_render(arg[i], render, &call->argv[i]);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    *data = call;

    rc = ngx_asyncapi_redis_format(render->pool, call->argv, call->argc,
                                   &call->command);

    return (rc == NGX_ERROR) ? NGX_ERROR : NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_redis_start(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_redis_conf_t  *conf = op->node->conf;

    void                       *data;
    ngx_int_t                   rc;
    ngx_asyncapi_redis_call_t  *call;

    rc = ngx_http_asyncapi_op_prepared(op, &data);

    if (rc != NGX_OK) {
        return (rc == NGX_DECLINED) ? NGX_OK : NGX_ERROR;
    }

    call = data;

    call->server = conf->server;
    call->pool = op->pool;
    call->keys = conf->keys;
    call->max_reply = NGX_HTTP_ASYNCAPI_REDIS_FACTOR
                      * ngx_http_asyncapi_op_max_result(op);
    call->handler = ngx_http_asyncapi_redis_handler;
    call->data = op;

    op->data = call;

    ngx_asyncapi_redis_start(call);

    return NGX_OK;
}


static void
ngx_http_asyncapi_redis_cancel(ngx_http_asyncapi_op_t *op)
{
    ngx_asyncapi_redis_call_t  *call;

    call = op->data;

    if (call) {
        ngx_asyncapi_redis_cancel(call);
    }
}


static void
ngx_http_asyncapi_redis_handler(ngx_asyncapi_redis_call_t *call)
{
    ngx_http_asyncapi_op_t      *op;
    ngx_http_asyncapi_result_t   result;

    op = call->data;

    ngx_memzero(&result, sizeof(ngx_http_asyncapi_result_t));

    if (call->error != NGX_ASYNCAPI_REDIS_OK) {
        ngx_http_asyncapi_redis_failure(op, call, &result);

    } else if (ngx_http_asyncapi_redis_reply(op, call, &result) != NGX_OK) {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_CONNECT,
                                      "no memory for the reply");
        return;
    }

    ngx_http_asyncapi_task_done(op, &result);
}


static ngx_int_t
ngx_http_asyncapi_redis_reply(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_redis_call_t *call, ngx_http_asyncapi_result_t *result)
{
    ngx_http_asyncapi_redis_reply_t  data;

    data.reply = call->reply;
    data.max = ngx_http_asyncapi_op_max_result(op);
    data.pool = NULL;

    if (ngx_http_asyncapi_op_offloads(op, call->size)) {
        return ngx_http_asyncapi_redis_later(op, call, result, &data);
    }

    result->data = &data;

    return ngx_http_asyncapi_redis_result(op->node, op->pool, result);
}


/* takes the reply over, for a thread */

static ngx_int_t
ngx_http_asyncapi_redis_later(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_redis_call_t *call, ngx_http_asyncapi_result_t *result,
    ngx_http_asyncapi_redis_reply_t *data)
{
    ngx_pool_cleanup_t               *cln;
    ngx_http_asyncapi_redis_reply_t  *taken;

    cln = ngx_pool_cleanup_add(op->pool,
                               sizeof(ngx_http_asyncapi_redis_reply_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_asyncapi_redis_cleanup;

    taken = cln->data;
    *taken = *data;

    taken->pool = ngx_asyncapi_redis_take(call);

    result->gather = ngx_http_asyncapi_redis_result;
    result->data = taken;
    result->size = call->size;

    return NGX_OK;
}


/* no thread has come to it */

static void
ngx_http_asyncapi_redis_cleanup(void *data)
{
    ngx_http_asyncapi_redis_reply_t *taken = data;

    if (taken->pool) {
        ngx_asyncapi_reclaim_pool(taken->pool);
        ngx_destroy_pool(taken->pool);
    }
}

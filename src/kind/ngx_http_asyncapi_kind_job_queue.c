
/*
 * Copyright (C) The asyncapi module authors
 *
 * asyncapi_queue: the queues, and which task means which of them.
 */


#include "ngx_http_asyncapi_kind_job.h"


/* the kind's, of one http {} */

typedef struct {
    ngx_array_t  queues;                   /* ..._job_queue_t * */
    ngx_array_t  nodes;                    /* ngx_http_asyncapi_node_t *: tasks
                                              that name one */
} ngx_http_asyncapi_job_main_t;


/* an option of the directive */

typedef struct {
    ngx_str_t    name;
    ngx_uint_t   needs;                    /* bits of a format's "may" */
    char      *(*set)(ngx_conf_t *cf, ngx_str_t *value,
                   ngx_http_asyncapi_job_queue_t *jq);
} ngx_http_asyncapi_job_option_t;


static ngx_http_asyncapi_job_main_t *ngx_http_asyncapi_job_main(
    ngx_conf_t *cf);
static ngx_http_asyncapi_job_queue_t *ngx_http_asyncapi_job_queue_create(
    ngx_conf_t *cf, ngx_http_asyncapi_job_main_t *main, ngx_str_t *name);
static ngx_http_asyncapi_job_queue_t *ngx_http_asyncapi_job_queue_find(
    ngx_http_asyncapi_job_main_t *main, ngx_str_t *name);
static char *ngx_http_asyncapi_job_queue_format(ngx_conf_t *cf,
    ngx_str_t *value, ngx_http_asyncapi_job_queue_t *jq);
static char *ngx_http_asyncapi_job_queue_redis(ngx_conf_t *cf,
    ngx_str_t *value, ngx_http_asyncapi_job_queue_t *jq);
static char *ngx_http_asyncapi_job_queue_option(ngx_conf_t *cf,
    ngx_str_t *value, ngx_http_asyncapi_job_queue_t *jq);
static char *ngx_http_asyncapi_job_queue_name(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_asyncapi_job_queue_t *jq);
static char *ngx_http_asyncapi_job_queue_prefix(ngx_conf_t *cf,
    ngx_str_t *value, ngx_http_asyncapi_job_queue_t *jq);
static char *ngx_http_asyncapi_job_queue_maxlen(ngx_conf_t *cf,
    ngx_str_t *value, ngx_http_asyncapi_job_queue_t *jq);
static char *ngx_http_asyncapi_job_queue_timeout(ngx_conf_t *cf,
    ngx_str_t *value, ngx_http_asyncapi_job_queue_t *jq);
static ngx_int_t ngx_http_asyncapi_job_queue_ready(ngx_conf_t *cf,
    ngx_http_asyncapi_job_queue_t *jq);
static ngx_int_t ngx_http_asyncapi_job_node_ready(ngx_conf_t *cf,
    ngx_http_asyncapi_job_main_t *main, ngx_http_asyncapi_node_t *node);


static ngx_http_asyncapi_job_option_t  ngx_http_asyncapi_job_option[] = {
    { ngx_string("queue"), 0, ngx_http_asyncapi_job_queue_name },
    { ngx_string("prefix"), NGX_ASYNCAPI_QUEUE_PREFIX,
      ngx_http_asyncapi_job_queue_prefix },
    { ngx_string("maxlen"), NGX_ASYNCAPI_QUEUE_MAXLEN,
      ngx_http_asyncapi_job_queue_maxlen },
    { ngx_string("job_timeout"), NGX_ASYNCAPI_QUEUE_TIMEOUT,
      ngx_http_asyncapi_job_queue_timeout },
    { ngx_null_string, 0, NULL }
};


static ngx_http_asyncapi_job_main_t *
ngx_http_asyncapi_job_main(ngx_conf_t *cf)
{
    void                          **slot;
    ngx_http_asyncapi_job_main_t   *main;

    slot = ngx_http_asyncapi_kind_conf(cf, &ngx_http_asyncapi_kind_job);

    if (*slot) {
        return *slot;
    }

    main = ngx_palloc(cf->pool, sizeof(ngx_http_asyncapi_job_main_t));
    if (main == NULL) {
        return NULL;
    }

    if (ngx_array_init(&main->queues, cf->pool, 2, sizeof(void *)) != NGX_OK
        || ngx_array_init(&main->nodes, cf->pool, 8, sizeof(void *)) != NGX_OK)
    {
        return NULL;
    }

    *slot = main;

    return main;
}


char *
ngx_http_asyncapi_queue(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char                           *rv;
    ngx_str_t                      *value;
    ngx_uint_t                      i;
    ngx_http_asyncapi_job_main_t   *main;
    ngx_http_asyncapi_job_queue_t  *jq;

    main = ngx_http_asyncapi_job_main(cf);
    if (main == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    if (cf->args->nelts < 4) {
        return "needs a name, what reads it, and a Redis server: write for "
               "instance \"asyncapi_queue jobs celery "
               "redis://127.0.0.1:6379\"";
    }

    jq = ngx_http_asyncapi_job_queue_create(cf, main, &value[1]);
    if (jq == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_str_set(&jq->queue.prefix, "");

    rv = ngx_http_asyncapi_job_queue_format(cf, &value[2], jq);

    if (rv == NGX_CONF_OK) {
        rv = ngx_http_asyncapi_job_queue_redis(cf, &value[3], jq);
    }

    for (i = 4; rv == NGX_CONF_OK && i < cf->args->nelts; i++) {
        rv = ngx_http_asyncapi_job_queue_option(cf, &value[i], jq);
    }

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (jq->queue.format->prepare
        && jq->queue.format->prepare(cf->pool, &jq->queue) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_http_asyncapi_job_queue_t *
ngx_http_asyncapi_job_queue_create(ngx_conf_t *cf,
    ngx_http_asyncapi_job_main_t *main, ngx_str_t *name)
{
    ngx_http_asyncapi_job_queue_t  *jq, **slot;

    if (!ngx_http_asyncapi_is_name(name)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" can't be the name of a queue: write "
                           "letters, digits and \"_\", beginning with a "
                           "letter; what workers call it is \"queue=\"", name);
        return NULL;
    }

    if (ngx_http_asyncapi_job_queue_find(main, name)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the name \"%V\" is taken by another "
                           "asyncapi_queue: give this one another name", name);
        return NULL;
    }

    jq = ngx_pcalloc(cf->pool, sizeof(ngx_http_asyncapi_job_queue_t));
    slot = ngx_array_push(&main->queues);

    if (jq == NULL || slot == NULL) {
        return NULL;
    }

    *slot = jq;

    jq->queue.name = *name;
    jq->queue.origin.data = ngx_pnalloc(cf->pool, cf->cycle->hostname.len + 6);

    if (jq->queue.origin.data == NULL) {
        return NULL;
    }

    jq->queue.origin.len = ngx_sprintf(jq->queue.origin.data, "nginx@%V",
                                       &cf->cycle->hostname)
                           - jq->queue.origin.data;

    ngx_http_asyncapi_conf_place(cf, &jq->place);

    return jq;
}


static ngx_http_asyncapi_job_queue_t *
ngx_http_asyncapi_job_queue_find(ngx_http_asyncapi_job_main_t *main,
    ngx_str_t *name)
{
    ngx_uint_t                       i;
    ngx_http_asyncapi_job_queue_t  **jq;

    jq = main->queues.elts;

    for (i = 0; i < main->queues.nelts; i++) {

        if (jq[i]->queue.name.len == name->len
            && ngx_strncmp(jq[i]->queue.name.data, name->data, name->len) == 0)
        {
            return jq[i];
        }
    }

    return NULL;
}


static char *
ngx_http_asyncapi_job_queue_format(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_asyncapi_job_queue_t *jq)
{
    ngx_uint_t                          i;
    const ngx_asyncapi_queue_format_t  *format;

    for (i = 0; ngx_asyncapi_queue_formats[i]; i++) {
        format = ngx_asyncapi_queue_formats[i];

        if (format->name.len != value->len
            || ngx_strncmp(format->name.data, value->data, value->len) != 0)
        {
            continue;
        }

        jq->queue.format = format;
        jq->queue.queue = format->queue.len ? format->queue : jq->queue.name;
        jq->put_keys = ngx_asyncapi_redis_keys(&format->put_command);
        jq->look_keys = ngx_asyncapi_redis_keys(&format->look_command);

        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"%V\" is no queue that can be put into: there are "
                       "celery, rq and stream", value);

    return NGX_CONF_ERROR;
}


/* the name of an asyncapi_redis, or a URL as it has one */

static char *
ngx_http_asyncapi_job_queue_redis(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_asyncapi_job_queue_t *jq)
{
    jq->redis = *value;

    if (ngx_strnstr(value->data, "://", value->len) == NULL) {
        return NGX_CONF_OK;
    }

    jq->server = ngx_http_asyncapi_redis_declare(cf, value);

    return jq->server ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_asyncapi_job_queue_option(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_asyncapi_job_queue_t *jq)
{
    ngx_str_t                        rest;
    ngx_uint_t                       i;
    ngx_http_asyncapi_job_option_t  *option;

    option = ngx_http_asyncapi_job_option;

    for (i = 0; option[i].name.len; i++) {

        if (value->len > option[i].name.len + 1
            && value->data[option[i].name.len] == '='
            && ngx_strncmp(value->data, option[i].name.data,
                           option[i].name.len)
               == 0)
        {
            break;
        }
    }

    if (option[i].name.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is no option of asyncapi_queue: there are "
                           "queue=NAME, prefix=TEXT, maxlen=N and "
                           "job_timeout=TIME", value);
        return NGX_CONF_ERROR;
    }

    if (option[i].needs && !(jq->queue.format->may & option[i].needs)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is nothing that %V has: take it away",
                           value, &jq->queue.format->name);
        return NGX_CONF_ERROR;
    }

    if (jq->given & (1 << i)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V=\" is given twice",
                           &option[i].name);
        return NGX_CONF_ERROR;
    }

    jq->given |= 1 << i;

    rest.data = value->data + option[i].name.len + 1;
    rest.len = value->len - option[i].name.len - 1;

    return option[i].set(cf, &rest, jq);
}


static char *
ngx_http_asyncapi_job_queue_name(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_asyncapi_job_queue_t *jq)
{
    jq->queue.queue = *value;

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_job_queue_prefix(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_asyncapi_job_queue_t *jq)
{
    jq->queue.prefix = *value;

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_job_queue_maxlen(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_asyncapi_job_queue_t *jq)
{
    ngx_int_t  n;

    n = ngx_atoi(value->data, value->len);

    if (n == NGX_ERROR || n == 0) {
        return "has no number of entries: write for instance maxlen=100000";
    }

    jq->queue.maxlen = n;

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_job_queue_timeout(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_asyncapi_job_queue_t *jq)
{
    ngx_int_t  seconds;

    seconds = ngx_parse_time(value, 1);

    if (seconds == NGX_ERROR || seconds == 0) {
        return "has no time that a job may take: write for instance "
               "job_timeout=10m";
    }

    jq->queue.timeout = seconds;

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_asyncapi_job_needs_queue(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node)
{
    ngx_http_asyncapi_node_t      **slot;
    ngx_http_asyncapi_job_main_t   *main;

    main = ngx_http_asyncapi_job_main(cf);
    if (main == NULL) {
        return NGX_ERROR;
    }

    slot = ngx_array_push(&main->nodes);
    if (slot == NULL) {
        return NGX_ERROR;
    }

    *slot = node;

    return NGX_OK;
}


ngx_int_t
ngx_http_asyncapi_job_complete(ngx_conf_t *cf)
{
    ngx_uint_t                       i;
    ngx_http_asyncapi_node_t       **node;
    ngx_http_asyncapi_job_main_t    *main;
    ngx_http_asyncapi_job_queue_t  **jq;

    main = *ngx_http_asyncapi_kind_conf(cf, &ngx_http_asyncapi_kind_job);

    if (main == NULL) {
        return NGX_OK;
    }

    jq = main->queues.elts;

    for (i = 0; i < main->queues.nelts; i++) {
        if (ngx_http_asyncapi_job_queue_ready(cf, jq[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    node = main->nodes.elts;

    for (i = 0; i < main->nodes.nelts; i++) {
        if (ngx_http_asyncapi_job_node_ready(cf, main, node[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_job_queue_ready(ngx_conf_t *cf,
    ngx_http_asyncapi_job_queue_t *jq)
{
    if (jq->server == NULL) {
        jq->server = ngx_http_asyncapi_redis_server(cf, &jq->redis);
    }

    if (jq->server == NULL) {
        (void) ngx_http_asyncapi_conf_error(cf, &jq->place,
                   "there is no Redis server \"%V\" for the queue \"%V\": "
                   "write \"asyncapi_redis %V redis://127.0.0.1:6379;\" in "
                   "http {}", &jq->redis, &jq->queue.name, &jq->redis);
        return NGX_ERROR;
    }

    if (jq->server->url.type == NGX_ASYNCAPI_REDIS_CLUSTER
        && !(jq->queue.format->may & NGX_ASYNCAPI_QUEUE_CLUSTER))
    {
        (void) ngx_http_asyncapi_conf_error(cf, &jq->place,
                   "the queue \"%V\" can't be in a Redis Cluster, of which "
                   "workers of %V know nothing: name a single Redis, or one "
                   "with sentinels",
                   &jq->queue.name, &jq->queue.format->name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_job_node_ready(ngx_conf_t *cf,
    ngx_http_asyncapi_job_main_t *main, ngx_http_asyncapi_node_t *node)
{
    ngx_http_asyncapi_job_conf_t  *conf = node->conf;

    const ngx_asyncapi_queue_format_t  *format;

    conf->queue = ngx_http_asyncapi_job_queue_find(main, &conf->name);

    if (conf->queue == NULL) {
        (void) ngx_http_asyncapi_node_error(cf, node,
                   "there is no queue \"%V\": write \"asyncapi_queue %V celery "
                   "redis://127.0.0.1:6379;\" in http {}",
                   &conf->name, &conf->name);
        return NGX_ERROR;
    }

    format = conf->queue->queue.format;

    if ((format->may & conf->form->needs) != conf->form->needs) {
        (void) ngx_http_asyncapi_node_error(cf, node,
                   "there is no \"%V\" of \"%V\": what becomes of the entries "
                   "of a %V, its consumers alone know; write celery or rq",
                   &conf->form->name, &conf->name, &format->name);
        return NGX_ERROR;
    }

    if (conf->form->complete
        && conf->form->complete(cf, node) != NGX_CONF_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * sleep NAME TIME [VALUE]: a value after a while.
 */


#include "ngx_http_asyncapi_task.h"


typedef struct {
    ngx_msec_t                 delay;
    ngx_asyncapi_template_t   *value;
} ngx_http_asyncapi_sleep_conf_t;


typedef struct {
    ngx_event_t                timer;
    ngx_str_t                  value;
} ngx_http_asyncapi_sleep_t;


static void *ngx_http_asyncapi_sleep_create(ngx_conf_t *cf);
static char *ngx_http_asyncapi_sleep_words(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n);
static ngx_int_t ngx_http_asyncapi_sleep_start(ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_sleep_over(ngx_event_t *ev);
static void ngx_http_asyncapi_sleep_cancel(ngx_http_asyncapi_op_t *op);


ngx_http_asyncapi_kind_t  ngx_http_asyncapi_kind_sleep = {
    ngx_string("sleep"),
    0,                                     /* as */
    NULL,                                  /* options */

    ngx_http_asyncapi_sleep_create,        /* create */
    ngx_http_asyncapi_sleep_words,         /* words */
    NULL,                                  /* block */
    NULL,                                  /* check */
    NULL,                                  /* complete */
    NULL,                                  /* prepare */

    ngx_http_asyncapi_sleep_start,         /* start */
    ngx_http_asyncapi_sleep_cancel,        /* cancel */
    NULL,                                  /* ended */

    NULL,                                  /* once */
    0,                                     /* spares */
    0,                                     /* words_before */
    0                                      /* tells */
};


static void *
ngx_http_asyncapi_sleep_create(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_asyncapi_sleep_conf_t));
}


static char *
ngx_http_asyncapi_sleep_words(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *word, ngx_uint_t n)
{
    ngx_http_asyncapi_sleep_conf_t  *conf = node->conf;

    ngx_int_t  delay;
    ngx_str_t  null = ngx_string("null");

    if (n == 0) {
        return "needs a time: write for instance 300ms or 2s";
    }

    if (n > 2) {
        return "takes a time and one value: put the value in quotes";
    }

    delay = ngx_parse_time(&word[0], 0);

    if (delay == NGX_ERROR) {
        return ngx_http_asyncapi_node_error(cf, node,
                      "\"%V\" is no time: write for instance 300ms or 2s",
                      &word[0]);
    }

    conf->delay = delay;
    conf->value = ngx_http_asyncapi_node_value(cf, node,
                                               n == 2 ? &word[1] : &null);

    return conf->value ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static ngx_int_t
ngx_http_asyncapi_sleep_start(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_sleep_conf_t  *conf = op->node->conf;

    ngx_int_t                   rc;
    ngx_http_asyncapi_sleep_t  *sleep;

    sleep = ngx_pcalloc(op->pool, sizeof(ngx_http_asyncapi_sleep_t));
    if (sleep == NULL) {
        return NGX_ERROR;
    }

    op->data = sleep;

    rc = ngx_http_asyncapi_op_render(op, conf->value, &sleep->value);

    if (rc != NGX_OK) {
        return (rc == NGX_DECLINED) ? NGX_OK : NGX_ERROR;
    }

    sleep->timer.handler = ngx_http_asyncapi_sleep_over;
    sleep->timer.data = op;
    sleep->timer.log = op->log;

    ngx_add_timer(&sleep->timer, conf->delay);

    return NGX_OK;
}


static void
ngx_http_asyncapi_sleep_over(ngx_event_t *ev)
{
    ngx_http_asyncapi_op_t      *op;
    ngx_http_asyncapi_sleep_t   *sleep;
    ngx_http_asyncapi_result_t   result;

    op = ev->data;
    sleep = op->data;

    ngx_memzero(&result, sizeof(ngx_http_asyncapi_result_t));

    result.body = sleep->value;
    result.as = NGX_HTTP_ASYNCAPI_AS_VALUE;

    ngx_http_asyncapi_task_done(op, &result);
}


static void
ngx_http_asyncapi_sleep_cancel(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_sleep_t  *sleep;

    sleep = op->data;

    if (sleep && sleep->timer.timer_set) {
        ngx_del_timer(&sleep->timer);
    }
}

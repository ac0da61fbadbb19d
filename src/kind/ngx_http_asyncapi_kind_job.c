
/*
 * Copyright (C) The asyncapi module authors
 *
 * job NAME QUEUE TASK [ARGS], or status ID, or wait ID: jobs of workers
 * elsewhere.
 */


#include "ngx_http_asyncapi_kind_job.h"


static void *ngx_http_asyncapi_job_create(ngx_conf_t *cf);
static char *ngx_http_asyncapi_job_words(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n);
static ngx_int_t ngx_http_asyncapi_job_start(ngx_http_asyncapi_op_t *op);
static void ngx_http_asyncapi_job_cancel(ngx_http_asyncapi_op_t *op);
static ngx_str_t *ngx_http_asyncapi_job_once(ngx_http_asyncapi_node_t *node,
    ngx_uint_t inner);


static ngx_http_asyncapi_option_t  ngx_http_asyncapi_job_options[] = {
    { ngx_string("eta"), ngx_http_asyncapi_job_eta },
    { ngx_string("expires"), ngx_http_asyncapi_job_expires },
    { ngx_string("priority"), ngx_http_asyncapi_job_priority },
    { ngx_string("for"), ngx_http_asyncapi_job_for },
    { ngx_null_string, NULL }
};


ngx_http_asyncapi_kind_t  ngx_http_asyncapi_kind_job = {
    ngx_string("job"),
    0,                                     /* as */
    ngx_http_asyncapi_job_options,         /* options */

    ngx_http_asyncapi_job_create,          /* create */
    ngx_http_asyncapi_job_words,           /* words */
    NULL,                                  /* block */
    NULL,                                  /* check */
    ngx_http_asyncapi_job_complete,        /* complete */
    NULL,                                  /* prepare */

    ngx_http_asyncapi_job_start,           /* start */
    ngx_http_asyncapi_job_cancel,          /* cancel */
    NULL,                                  /* ended */

    ngx_http_asyncapi_job_once,            /* once */
    0,                                     /* spares */
    0,                                     /* words_before */
    0                                      /* tells */
};


/* the last one has no name, and is of all other words */

static const ngx_http_asyncapi_job_form_t  *ngx_http_asyncapi_job_forms[] = {
    &ngx_http_asyncapi_job_status,
    &ngx_http_asyncapi_job_wait,
    &ngx_http_asyncapi_job_put
};


static void *
ngx_http_asyncapi_job_create(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_asyncapi_job_conf_t));
}


static char *
ngx_http_asyncapi_job_words(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *word, ngx_uint_t n)
{
    ngx_http_asyncapi_job_conf_t  *conf = node->conf;

    ngx_str_t  *name;
    ngx_uint_t  i;

    if (n < 2) {
        return "needs a queue and a task: write for instance \"job report "
               "jobs reports.make '[$id]'\" with \"asyncapi_queue jobs celery "
               "redis://127.0.0.1:6379\" in http {}";
    }

    conf->name = word[0];

    for (i = 0; ngx_http_asyncapi_job_forms[i]->name.len; i++) {
        name = (ngx_str_t *) &ngx_http_asyncapi_job_forms[i]->name;

        if (name->len == word[1].len
            && ngx_strncmp(name->data, word[1].data, name->len) == 0)
        {
            break;
        }
    }

    conf->form = ngx_http_asyncapi_job_forms[i];

    if (ngx_http_asyncapi_job_needs_queue(cf, node) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return conf->form->words(cf, node, &word[1], n - 1);
}


static ngx_int_t
ngx_http_asyncapi_job_start(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_job_conf_t  *conf = op->node->conf;

    return conf->form->start(op);
}


static void
ngx_http_asyncapi_job_cancel(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_job_conf_t  *conf = op->node->conf;

    if (op->data) {
        conf->form->cancel(op);
    }
}


/* all tries of a task put the same job, those of a group around it do not */

static ngx_str_t *
ngx_http_asyncapi_job_once(ngx_http_asyncapi_node_t *node, ngx_uint_t inner)
{
    ngx_http_asyncapi_job_conf_t  *conf = node->conf;

    static ngx_str_t  put = ngx_string("job");

    return (inner && conf->form == &ngx_http_asyncapi_job_put) ? &put : NULL;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * A body that is large: a thread looks at it.
 */


#include "ngx_http_asyncapi_contract.h"


static ngx_int_t ngx_http_asyncapi_body_wait(ngx_http_asyncapi_check_t *check,
    ngx_http_asyncapi_loc_conf_t *conf);
static void ngx_http_asyncapi_body_run(ngx_asyncapi_job_t *job);
static void ngx_http_asyncapi_body_done(ngx_asyncapi_job_t *job);
static void ngx_http_asyncapi_body_deadline(ngx_event_t *ev);
static ngx_int_t ngx_http_asyncapi_body_busy(ngx_http_asyncapi_check_t *check);
static void ngx_http_asyncapi_body_drop(void *data);


ngx_int_t
ngx_http_asyncapi_body_offload(ngx_http_asyncapi_check_t *check,
    ngx_http_asyncapi_body_look_t *look)
{
    ngx_http_cleanup_t             *cln;
    ngx_asyncapi_job_t             *job;
    ngx_http_asyncapi_loc_conf_t   *conf;
    ngx_http_asyncapi_body_look_t  *later;

    cln = ngx_http_cleanup_add(check->request, 0);
    if (cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    job = ngx_asyncapi_job_create(sizeof(ngx_http_asyncapi_body_look_t),
                                  ngx_cycle->log);
    if (job == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* the thread may be at work when the request's headers are no more */

    later = job->data;
    *later = *look;

    later->type.data = ngx_pstrdup(job->pool, &look->type);
    if (later->type.data == NULL) {
        ngx_asyncapi_job_destroy(job);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    job->memory = check->memory;
    job->run = ngx_http_asyncapi_body_run;
    job->done = ngx_http_asyncapi_body_done;
    job->owner = check;

    conf = ngx_http_get_module_loc_conf(check->request,
                                        ngx_http_asyncapi_module);

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, check->request->connection->log, 0,
                   "asyncapi body of %uz bytes: in a thread",
                   check->body.len);

    if (ngx_asyncapi_job_post(job, conf->thread_pool) != NGX_OK) {
        ngx_asyncapi_job_destroy(job);
        return ngx_http_asyncapi_body_busy(check);
    }

    check->job = job;

    cln->handler = ngx_http_asyncapi_body_drop;
    cln->data = check;

    return ngx_http_asyncapi_body_wait(check, conf);
}


/* the client is watched, and the endpoint's time runs */

static ngx_int_t
ngx_http_asyncapi_body_wait(ngx_http_asyncapi_check_t *check,
    ngx_http_asyncapi_loc_conf_t *conf)
{
    ngx_event_t         *rev;
    ngx_http_request_t  *r;

    r = check->request;
    rev = r->connection->read;

    check->deadline.handler = ngx_http_asyncapi_body_deadline;
    check->deadline.data = check;
    check->deadline.log = r->connection->log;

    ngx_add_timer(&check->deadline,
                  check->endpoint->timeout == NGX_CONF_UNSET_MSEC
                  ? conf->timeout : check->endpoint->timeout);

    r->write_event_handler = ngx_http_request_empty_handler;

    if (conf->ignore_client_abort) {
        r->read_event_handler = ngx_http_block_reading;
        return NGX_DONE;
    }

    r->read_event_handler = ngx_http_test_reading;

    if (rev->ready || rev->eof) {
        ngx_post_event(rev, &ngx_posted_events);
        return NGX_DONE;
    }

    if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        ngx_http_asyncapi_body_drop(check);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_DONE;
}


/* in a thread */

static void
ngx_http_asyncapi_body_run(ngx_asyncapi_job_t *job)
{
    ngx_http_asyncapi_body_look_run(job->data, job->pool);
}


static void
ngx_http_asyncapi_body_done(ngx_asyncapi_job_t *job)
{
    ngx_int_t                   rc;
    ngx_connection_t           *c;
    ngx_http_asyncapi_check_t  *check;

    check = job->owner;
    c = check->request->connection;

    ngx_http_set_log_request(c->log, check->request);

    check->job = NULL;

    ngx_del_timer(&check->deadline);

    rc = NGX_HTTP_INTERNAL_SERVER_ERROR;

    if (ngx_asyncapi_job_keep(job, check->memory->pool) == NGX_OK) {
        rc = ngx_http_asyncapi_body_looked(check, job->data);
    }

    ngx_http_finalize_request(check->request, rc);
    ngx_http_run_posted_requests(c);
}


static void
ngx_http_asyncapi_body_deadline(ngx_event_t *ev)
{
    ngx_int_t                   rc;
    ngx_str_t                   detail;
    ngx_connection_t           *c;
    ngx_http_asyncapi_check_t  *check;

    check = ev->data;
    c = check->request->connection;

    ngx_http_set_log_request(c->log, check->request);

    ngx_http_asyncapi_body_drop(check);

    ngx_str_set(&detail, "The body could not be checked in time.");

    rc = ngx_http_asyncapi_check_problem(check, NGX_HTTP_GATEWAY_TIME_OUT,
                                         &detail);

    ngx_http_finalize_request(check->request, rc);
    ngx_http_run_posted_requests(c);
}


static ngx_int_t
ngx_http_asyncapi_body_busy(ngx_http_asyncapi_check_t *check)
{
    ngx_str_t         detail;
    ngx_table_elt_t  *h;

    h = ngx_list_push(&check->request->headers_out.headers);
    if (h == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = 1;
    ngx_str_set(&h->key, "Retry-After");
    ngx_str_set(&h->value, "1");

    ngx_str_set(&detail, "The server is too busy to check the body.");

    return ngx_http_asyncapi_check_problem(check, NGX_HTTP_SERVICE_UNAVAILABLE,
                                           &detail);
}


static void
ngx_http_asyncapi_body_drop(void *data)
{
    ngx_http_asyncapi_check_t *check = data;

    if (check->job == NULL) {
        return;
    }

    ngx_asyncapi_job_drop(check->job);
    check->job = NULL;

    if (check->deadline.timer_set) {
        ngx_del_timer(&check->deadline);
    }
}

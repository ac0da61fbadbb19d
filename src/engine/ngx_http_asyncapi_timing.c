
/*
 * Copyright (C) The asyncapi module authors
 *
 * How long tasks took, for browsers: the Server-Timing header.
 */


#include "ngx_http_asyncapi_run.h"


/* a header is no place for thousands of them: those that end first */
#define NGX_HTTP_ASYNCAPI_TIMINGS  100

#define NGX_HTTP_ASYNCAPI_TIMING_LEN                                         \
    (sizeof(";dur=.000;desc=\"\", ") - 1 + NGX_INT64_LEN)


static ngx_uint_t ngx_http_asyncapi_timing_counts(
    ngx_http_asyncapi_task_t *task);
static uint64_t ngx_http_asyncapi_timing_clock(void);
static u_char *ngx_http_asyncapi_timing_write(u_char *p,
    const ngx_str_t *name, uint64_t time);


void
ngx_http_asyncapi_timing_start(ngx_http_asyncapi_run_t *run)
{
    run->timed = 1;
    run->began = ngx_http_asyncapi_timing_clock();
}


void
ngx_http_asyncapi_timing_begin(ngx_http_asyncapi_task_t *task)
{
    if (task->scope->run->timed && task->began == 0) {
        task->began = ngx_http_asyncapi_timing_clock();
    }
}


void
ngx_http_asyncapi_timing_end(ngx_http_asyncapi_task_t *task)
{
    ngx_array_t                 *timings;
    ngx_http_asyncapi_run_t     *run;
    ngx_http_asyncapi_timing_t  *timing;

    run = task->scope->run;
    timings = &run->timings;

    if (!run->timed
        || timings->nelts == NGX_HTTP_ASYNCAPI_TIMINGS
        || !ngx_http_asyncapi_timing_counts(task))
    {
        return;
    }

    if (timings->elts == NULL
        && ngx_array_init(timings, run->pool, 8,
                          sizeof(ngx_http_asyncapi_timing_t))
           != NGX_OK)
    {
        run->error = 1;
        return;
    }

    timing = ngx_array_push(timings);
    if (timing == NULL) {
        run->error = 1;
        return;
    }

    timing->name = &task->node->name;
    timing->time = ngx_http_asyncapi_timing_clock() - task->began;
    timing->reason = task->op.result.answer ? NGX_HTTP_ASYNCAPI_OK
                                            : task->op.result.reason;
}


/* all elements, and all tries, are one task */

static ngx_uint_t
ngx_http_asyncapi_timing_counts(ngx_http_asyncapi_task_t *task)
{
    ngx_http_asyncapi_scope_t  *scope;

    if (task->element || task->try) {
        return 0;
    }

    for (scope = task->scope; scope; scope = scope->parent) {
        if (scope->block == NULL) {
            return 0;
        }
    }

    return 1;
}


/* Server-Timing: user;dur=12.345, orders;dur=50.101;desc="timeout", ... */

ngx_int_t
ngx_http_asyncapi_timing_header(ngx_http_asyncapi_run_t *run)
{
    size_t                       len;
    u_char                      *p;
    ngx_str_t                    value;
    ngx_uint_t                   i;
    ngx_http_asyncapi_timing_t  *timing;

    static const ngx_str_t  total = ngx_string("total");

    if (!run->timed) {
        return NGX_OK;
    }

    timing = run->timings.elts;
    len = total.len + NGX_HTTP_ASYNCAPI_TIMING_LEN;

    for (i = 0; i < run->timings.nelts; i++) {
        len += timing[i].name->len + NGX_HTTP_ASYNCAPI_TIMING_LEN
               + ngx_http_asyncapi_reason_names[timing[i].reason].len;
    }

    value.data = ngx_pnalloc(run->pool, len);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    p = value.data;

    for (i = 0; i < run->timings.nelts; i++) {
        p = ngx_http_asyncapi_timing_write(p, timing[i].name, timing[i].time);

        if (timing[i].reason != NGX_HTTP_ASYNCAPI_OK) {
            p = ngx_sprintf(p, ";desc=\"%V\"",
                        &ngx_http_asyncapi_reason_names[timing[i].reason]);
        }

        *p++ = ',';
        *p++ = ' ';
    }

    p = ngx_http_asyncapi_timing_write(p, &total,
                                       ngx_http_asyncapi_timing_clock()
                                       - run->began);

    value.len = p - value.data;

    return ngx_http_asyncapi_header(run->request, "Server-Timing", &value);
}


/* microseconds, written as milliseconds */

static u_char *
ngx_http_asyncapi_timing_write(u_char *p, const ngx_str_t *name, uint64_t time)
{
    return ngx_sprintf(p, "%V;dur=%uL.%03uL", name, time / 1000, time % 1000);
}


static uint64_t
ngx_http_asyncapi_timing_clock(void)
{
#if (NGX_HAVE_CLOCK_MONOTONIC)

    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;

#else

    struct timeval  tv;

    ngx_gettimeofday(&tv);

    return (uint64_t) tv.tv_sec * 1000000 + tv.tv_usec;

#endif
}

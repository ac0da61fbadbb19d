
/*
 * Copyright (C) The asyncapi module authors
 *
 * What an answer has left behind: a run of the background's tasks, in a
 * request that belongs to no client.
 *
 * It ends when all of its tasks have ended, by its deadline at the latest, or
 * is cut short when the worker has to end.
 *
 * Thread: the worker's event loop.
 */


#ifndef _NGX_HTTP_ASYNCAPI_LATER_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_LATER_H_INCLUDED_


#include "ngx_http_asyncapi_run.h"


struct ngx_http_asyncapi_later_s {
    ngx_http_asyncapi_run_t    *run;
    ngx_http_asyncapi_scope_t  *scope;     /* of the background's block */
    ngx_http_asyncapi_task_t    task;      /* whose members all tasks are */
    ngx_uint_t                  left;      /* those that have not ended */

    /* called once, when it is over and gone from here; frees nothing */
    void                      (*done)(ngx_http_asyncapi_later_t *later);
    ngx_queue_t                 queue;     /* the owner's */

    ngx_event_t                 linger;    /* something of it goes on */
    ngx_http_cleanup_t         *cleanup;
    unsigned                    terminated:1;  /* by nginx */
};


/*
 * Copies what the background of "from", which is over, needs.  Its tasks begin
 * in a later turn of the event loop, behind what has come from clients.  NULL:
 * no memory.
 */
ngx_http_asyncapi_later_t *ngx_http_asyncapi_later_create(
    ngx_http_asyncapi_run_t *from,
    void (*done)(ngx_http_asyncapi_later_t *later));

/* ends it; each task that has not ended is logged with why */
void ngx_http_asyncapi_later_cut(ngx_http_asyncapi_later_t *later,
    const char *why);

/* logs all tasks of one that will not begin */
void ngx_http_asyncapi_later_lost(ngx_http_asyncapi_run_t *from,
    const char *why);


#endif /* _NGX_HTTP_ASYNCAPI_LATER_H_INCLUDED_ */

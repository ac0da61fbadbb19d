
/*
 * Copyright (C) The asyncapi module authors
 *
 * The background of a worker: who has room in it, who waits for that, and its
 * end with the worker.
 */


#include "ngx_http_asyncapi_background.h"
#include "ngx_http_asyncapi_later.h"


/* how often is looked whether the worker is to end, ms */
#define NGX_HTTP_ASYNCAPI_BACKGROUND_LOOK  100


typedef struct {
    ngx_uint_t         held;       /* so much room */
    ngx_uint_t         dropped;    /* since the worker began */

    ngx_queue_t        waiting;    /* runs whose answers wait for room */
    ngx_queue_t        leaving;    /* runs whose answers are on their way */
    ngx_queue_t        later;      /* what answers have left behind */

    ngx_event_t        look;
    ngx_connection_t   dumb;       /* the event's data */
    ngx_msec_t         exiting;    /* since then; 0: it is not */
} ngx_http_asyncapi_backgrounds_t;


static ngx_uint_t ngx_http_asyncapi_background_room(
    ngx_http_asyncapi_run_t *run);
static ngx_int_t ngx_http_asyncapi_background_late(
    ngx_http_asyncapi_run_t *run);
static void ngx_http_asyncapi_background_begin(ngx_http_asyncapi_run_t *run);
static void ngx_http_asyncapi_background_done(
    ngx_http_asyncapi_later_t *later);
static void ngx_http_asyncapi_background_give(void);
static void ngx_http_asyncapi_background_hold(void);
static void ngx_http_asyncapi_background_look(ngx_event_t *ev);
static void ngx_http_asyncapi_background_cut(const char *why);


static ngx_http_asyncapi_backgrounds_t  ngx_http_asyncapi_background;

static ngx_str_t  ngx_http_asyncapi_background_name = ngx_string("background");


void
ngx_http_asyncapi_background_init_process(void)
{
    ngx_http_asyncapi_backgrounds_t  *bg;

    bg = &ngx_http_asyncapi_background;

    ngx_queue_init(&bg->waiting);
    ngx_queue_init(&bg->leaving);
    ngx_queue_init(&bg->later);

    bg->dumb.fd = (ngx_socket_t) -1;

    bg->look.handler = ngx_http_asyncapi_background_look;
    bg->look.data = &bg->dumb;
    bg->look.log = ngx_cycle->log;
}


ngx_int_t
ngx_http_asyncapi_background_enter(ngx_http_asyncapi_run_t *run)
{
    ngx_http_asyncapi_backgrounds_t  *bg;

    if (run->endpoint->background == NULL
        || run->room > NGX_HTTP_ASYNCAPI_ROOM_WAITING)
    {
        return NGX_OK;
    }

    bg = &ngx_http_asyncapi_background;

    if (run->room == NGX_HTTP_ASYNCAPI_ROOM_WAITING) {
        return run->expired ? ngx_http_asyncapi_background_late(run)
                            : NGX_AGAIN;
    }

    if (ngx_http_asyncapi_background_room(run)) {
        bg->held++;
        run->room = NGX_HTTP_ASYNCAPI_ROOM_HELD;

        return NGX_OK;
    }

    if (run->endpoint->background->wait) {
        ngx_queue_insert_tail(&bg->waiting, &run->queue);
        run->room = NGX_HTTP_ASYNCAPI_ROOM_WAITING;

        return run->expired ? ngx_http_asyncapi_background_late(run)
                            : NGX_AGAIN;
    }

    bg->dropped++;
    run->room = NGX_HTTP_ASYNCAPI_ROOM_GONE;

    ngx_log_error(NGX_LOG_WARN, run->request->connection->log, 0,
                  "asyncapi background dropped: %ui run already, as many as "
                  "asyncapi_background says; %ui dropped by this worker",
                  bg->held, bg->dropped);

    return NGX_OK;
}


static ngx_uint_t
ngx_http_asyncapi_background_room(ngx_http_asyncapi_run_t *run)
{
    ngx_http_asyncapi_main_conf_t  *amcf;

    amcf = ngx_http_get_module_main_conf(run->request,
                                         ngx_http_asyncapi_module);

    return ngx_http_asyncapi_background.held < (ngx_uint_t) amcf->background;
}


static ngx_int_t
ngx_http_asyncapi_background_late(ngx_http_asyncapi_run_t *run)
{
    ngx_http_asyncapi_result_t  *result;

    result = ngx_pcalloc(run->pool, sizeof(ngx_http_asyncapi_result_t));
    if (result == NULL) {
        return NGX_ERROR;
    }

    result->reason = NGX_HTTP_ASYNCAPI_TIMEOUT;
    result->origin = &ngx_http_asyncapi_background_name;
    ngx_str_set(&result->detail, "the endpoint's deadline passed while the "
                                 "answer waited for room in the background");

    ngx_log_error(NGX_LOG_ERR, run->request->connection->log, 0,
                  "asyncapi response failed: timeout, %V", &result->detail);

    run->failure = result;

    return NGX_DECLINED;
}


/*
 * What an answer is for has been decided: whether its client takes it to its
 * end changes nothing any more.
 */

void
ngx_http_asyncapi_background_answered(ngx_http_asyncapi_run_t *run)
{
    ngx_connection_t                 *c;
    ngx_http_request_t               *r;
    ngx_http_asyncapi_backgrounds_t  *bg;

    if (run->room != NGX_HTTP_ASYNCAPI_ROOM_HELD) {
        return;
    }

    bg = &ngx_http_asyncapi_background;
    r = run->request;
    c = r->connection;

    ngx_queue_insert_tail(&bg->leaving, &run->queue);
    run->room = NGX_HTTP_ASYNCAPI_ROOM_LEAVING;

    /* else it begins when nginx is through with the request */

    if (r != r->main || !(c->buffered || r->buffered || r->postponed)) {
        ngx_http_asyncapi_background_leave(run);
    }
}


void
ngx_http_asyncapi_background_leave(ngx_http_asyncapi_run_t *run)
{
    ngx_http_asyncapi_room_e  room;

    room = run->room;
    run->room = NGX_HTTP_ASYNCAPI_ROOM_GONE;

    switch (room) {

    case NGX_HTTP_ASYNCAPI_ROOM_WAITING:
        ngx_queue_remove(&run->queue);
        break;

    case NGX_HTTP_ASYNCAPI_ROOM_HELD:
        ngx_http_asyncapi_background_give();
        break;

    case NGX_HTTP_ASYNCAPI_ROOM_LEAVING:
        ngx_queue_remove(&run->queue);
        ngx_http_asyncapi_background_begin(run);
        break;

    default:
        break;
    }
}


static void
ngx_http_asyncapi_background_begin(ngx_http_asyncapi_run_t *run)
{
    ngx_http_asyncapi_later_t  *later;

    later = ngx_http_asyncapi_later_create(run,
                                           ngx_http_asyncapi_background_done);
    if (later == NULL) {
        ngx_http_asyncapi_later_lost(run, "there is no memory");
        ngx_http_asyncapi_background_give();

        return;
    }

    ngx_queue_insert_tail(&ngx_http_asyncapi_background.later, &later->queue);

    ngx_http_asyncapi_background_hold();
}


static void
ngx_http_asyncapi_background_done(ngx_http_asyncapi_later_t *later)
{
    ngx_queue_remove(&later->queue);

    ngx_http_asyncapi_background_give();

    if (ngx_exiting) {
        ngx_http_asyncapi_background_hold();
    }
}


/* to who waits first, if anybody does */

static void
ngx_http_asyncapi_background_give(void)
{
    ngx_queue_t                      *q;
    ngx_http_asyncapi_run_t          *run;
    ngx_http_asyncapi_backgrounds_t  *bg;

    bg = &ngx_http_asyncapi_background;

    if (ngx_queue_empty(&bg->waiting)) {
        bg->held--;
        return;
    }

    q = ngx_queue_head(&bg->waiting);
    ngx_queue_remove(q);

    run = ngx_queue_data(q, ngx_http_asyncapi_run_t, queue);
    run->room = NGX_HTTP_ASYNCAPI_ROOM_HELD;

    ngx_http_asyncapi_run_wake(run);
}


/*
 * While something runs there is a timer that looks whether the worker is to
 * end; while it is not to, nothing but an expired one is ever touched.
 */

static void
ngx_http_asyncapi_background_hold(void)
{
    ngx_http_asyncapi_backgrounds_t  *bg;

    bg = &ngx_http_asyncapi_background;

    if (ngx_queue_empty(&bg->later)) {
        if (bg->look.timer_set) {
            ngx_del_timer(&bg->look);
        }

        return;
    }

    if (!bg->look.timer_set) {
        ngx_add_timer(&bg->look, NGX_HTTP_ASYNCAPI_BACKGROUND_LOOK);
    }
}


/*
 * At the end of worker_shutdown_timeout nginx closes all connections, and what
 * is still to be done would fail one way or another.  It is cut short a little
 * before, so that it is said to be.
 */

static void
ngx_http_asyncapi_background_look(ngx_event_t *ev)
{
    ngx_core_conf_t                  *ccf;
    ngx_http_asyncapi_backgrounds_t  *bg;

    bg = &ngx_http_asyncapi_background;

    if (ngx_exiting) {

        if (bg->exiting == 0) {
            bg->exiting = ngx_current_msec;
        }

        ccf = (ngx_core_conf_t *) ngx_get_conf(ngx_cycle->conf_ctx,
                                               ngx_core_module);

        if (ccf->shutdown_timeout
            && ngx_current_msec - bg->exiting
               + 2 * NGX_HTTP_ASYNCAPI_BACKGROUND_LOOK
               > ccf->shutdown_timeout)
        {
            ngx_http_asyncapi_background_cut("worker_shutdown_timeout is over");
        }
    }

    ngx_http_asyncapi_background_hold();
}


static void
ngx_http_asyncapi_background_cut(const char *why)
{
    ngx_queue_t                      *q;
    ngx_http_asyncapi_run_t          *run;
    ngx_http_asyncapi_later_t        *later;
    ngx_http_asyncapi_backgrounds_t  *bg;

    bg = &ngx_http_asyncapi_background;

    while (!ngx_queue_empty(&bg->leaving)) {
        q = ngx_queue_head(&bg->leaving);
        run = ngx_queue_data(q, ngx_http_asyncapi_run_t, queue);

        ngx_queue_remove(q);
        run->room = NGX_HTTP_ASYNCAPI_ROOM_GONE;

        ngx_http_asyncapi_later_lost(run, why);
        ngx_http_asyncapi_background_give();
    }

    while (!ngx_queue_empty(&bg->later)) {
        q = ngx_queue_head(&bg->later);
        later = ngx_queue_data(q, ngx_http_asyncapi_later_t, queue);

        ngx_http_asyncapi_later_cut(later, why);
    }
}


void
ngx_http_asyncapi_background_exit_process(void)
{
    if (ngx_http_asyncapi_background.later.next) {
        ngx_http_asyncapi_background_cut("nginx is being stopped");
    }
}

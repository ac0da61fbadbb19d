
/*
 * Copyright (C) The asyncapi module authors
 *
 * How many bytes are received in one turn of the event loop.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include "ngx_asyncapi_turn.h"


#define NGX_ASYNCAPI_TURN  (256 * 1024)


static void ngx_asyncapi_turn_over(ngx_event_t *ev);


static size_t       ngx_asyncapi_turn_spent;
static ngx_event_t  ngx_asyncapi_turn_event;


size_t
ngx_asyncapi_turn_left(void)
{
    return NGX_ASYNCAPI_TURN - ngx_asyncapi_turn_spent;
}


void
ngx_asyncapi_turn_spend(size_t size)
{
    ngx_event_t  *ev;

    ngx_asyncapi_turn_spent += ngx_min(size, ngx_asyncapi_turn_left());

    ev = &ngx_asyncapi_turn_event;

    ev->handler = ngx_asyncapi_turn_over;
    ev->log = ngx_cycle->log;

    ngx_post_event(ev, &ngx_posted_next_events);
}


static void
ngx_asyncapi_turn_over(ngx_event_t *ev)
{
    ngx_asyncapi_turn_spent = 0;
}

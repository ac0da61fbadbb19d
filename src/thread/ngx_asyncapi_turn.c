
/*
 * Copyright (C) The asyncapi module authors
 *
 * How many bytes are received in one turn of the event loop.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include "ngx_asyncapi_turn.h"


#define NGX_ASYNCAPI_TURN   (4 * 1024 * 1024)

/* what a byte of fresh memory counts */
#define NGX_ASYNCAPI_FRESH  16

/* less is not worth a call of the system */
#define NGX_ASYNCAPI_PIECE  (16 * 1024)


static void ngx_asyncapi_turn_over(ngx_event_t *ev);


static size_t       ngx_asyncapi_turn_spent;
static ngx_event_t  ngx_asyncapi_turn_event;


size_t
ngx_asyncapi_turn_left(ngx_uint_t fresh)
{
    size_t  left;

    if (ngx_asyncapi_turn_spent >= NGX_ASYNCAPI_TURN) {
        return 0;
    }

    left = NGX_ASYNCAPI_TURN - ngx_asyncapi_turn_spent;

    if (fresh) {
        left /= NGX_ASYNCAPI_FRESH;
    }

    return ngx_max(left, NGX_ASYNCAPI_PIECE);
}


/*
 * What is left when a turn ends is so much less in the next one: to hear of
 * each end would cost more.
 */

void
ngx_asyncapi_turn_spend(size_t size, ngx_uint_t fresh)
{
    ngx_event_t  *ev;

    ngx_asyncapi_turn_spent += fresh ? size * NGX_ASYNCAPI_FRESH : size;

    if (ngx_asyncapi_turn_spent < NGX_ASYNCAPI_TURN) {
        return;
    }

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


/*
 * Copyright (C) The asyncapi module authors
 *
 * How many bytes of large bodies are received in one turn of the event loop,
 * whatever the number of connections that they come by.  Memory that is fresh
 * from the system, each page of which costs a fault when it is written to,
 * takes many times as long to fill as any other.
 *
 * Thread: the worker's event loop.
 */


#ifndef _NGX_ASYNCAPI_TURN_H_INCLUDED_
#define _NGX_ASYNCAPI_TURN_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * Bytes that may be received to memory that is fresh, or is not; 0: what is to
 * be received waits in ngx_posted_next_events.
 */
size_t ngx_asyncapi_turn_left(ngx_uint_t fresh);

/* so many bytes have been received there; may be more than were left */
void ngx_asyncapi_turn_spend(size_t size, ngx_uint_t fresh);


#endif /* _NGX_ASYNCAPI_TURN_H_INCLUDED_ */

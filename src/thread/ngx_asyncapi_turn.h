
/*
 * Copyright (C) The asyncapi module authors
 *
 * How many bytes of large bodies are received in one turn of the event loop,
 * whatever the number of connections that they come by: the first bytes in
 * memory that is new cost far more than to copy them.
 *
 * Thread: the worker's event loop.
 */


#ifndef _NGX_ASYNCAPI_TURN_H_INCLUDED_
#define _NGX_ASYNCAPI_TURN_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* bytes; 0: what is to be received waits in ngx_posted_next_events */
size_t ngx_asyncapi_turn_left(void);

/* so many bytes have been received; may be more than are left */
void ngx_asyncapi_turn_spend(size_t size);


#endif /* _NGX_ASYNCAPI_TURN_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * Output as a chain of buffers: short pieces are copied together, long ones
 * are linked where they lie.
 *
 * The chain's buffers are memory buffers of the pool; pieces of
 * NGX_ASYNCAPI_OUT_LINK bytes and more given to ngx_asyncapi_out_link() must
 * stay unchanged as long as the chain is in use.
 */


#ifndef _NGX_ASYNCAPI_OUT_H_INCLUDED_
#define _NGX_ASYNCAPI_OUT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* where a link (a buffer of 80 bytes, one more iovec) gets cheaper */
#define NGX_ASYNCAPI_OUT_LINK  2048


typedef struct {
    ngx_pool_t        *pool;
    ngx_chain_t       *chain;
    ngx_chain_t      **tail;
    ngx_buf_t         *buf;      /* short pieces go here; NULL: start one */
    size_t             size;     /* bytes in all */
} ngx_asyncapi_out_t;


void ngx_asyncapi_out_init(ngx_asyncapi_out_t *out, ngx_pool_t *pool);

/*
 * the next short pieces, size bytes in all, need no more memory; NGX_OK or
 * NGX_ERROR (no memory), as all below
 */
ngx_int_t ngx_asyncapi_out_reserve(ngx_asyncapi_out_t *out, size_t size);

/* copies */
ngx_int_t ngx_asyncapi_out_copy(ngx_asyncapi_out_t *out, const u_char *data,
    size_t len);

/* links a long piece, copies a short one */
ngx_int_t ngx_asyncapi_out_link(ngx_asyncapi_out_t *out, const u_char *data,
    size_t len);

/* room for len bytes that the caller writes at once; NULL: no memory */
u_char *ngx_asyncapi_out_room(ngx_asyncapi_out_t *out, size_t len);

/* the whole as one string: copied only where it is in several pieces */
ngx_int_t ngx_asyncapi_out_string(ngx_asyncapi_out_t *out, ngx_str_t *text);


#endif /* _NGX_ASYNCAPI_OUT_H_INCLUDED_ */

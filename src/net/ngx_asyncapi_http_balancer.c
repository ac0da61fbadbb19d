
/*
 * Copyright (C) The asyncapi module authors
 *
 * nginx's balancers see a call as a request's upstream.  They get one of its
 * own for each call, which stands in the request only while they run.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include "ngx_asyncapi_http_call.h"


static ngx_int_t ngx_asyncapi_http_peer_choose(
    ngx_asyncapi_http_call_t *call);
static void ngx_asyncapi_http_peer_state(ngx_asyncapi_http_call_t *call,
    ngx_uint_t state);
static ngx_http_upstream_t *ngx_asyncapi_http_upstream_get(ngx_log_t *log);
static void ngx_asyncapi_http_upstream_put(ngx_http_upstream_t *u);


/* what some balancers look for in u->conf: nothing is set there */
static ngx_http_upstream_conf_t  ngx_asyncapi_http_upstream_conf;

/*
 * A kilobyte per call that is hot in the cache: ones not in use, linked by
 * their first word.
 */
static void  *ngx_asyncapi_http_upstreams;


ngx_int_t
ngx_asyncapi_http_peer_get(ngx_asyncapi_http_call_t *call,
    ngx_http_upstream_resolved_t *resolved)
{
    ngx_int_t                    rc;
    ngx_http_request_t          *r;
    ngx_http_upstream_t         *u, *saved;
    ngx_asyncapi_http_origin_t  *origin;

    r = call->request;
    origin = call->origin;

    u = ngx_asyncapi_http_upstream_get(call->log);
    if (u == NULL) {
        return NGX_ERROR;
    }

    u->conf = &ngx_asyncapi_http_upstream_conf;
    u->upstream = origin->upstream;
    u->resolved = resolved;
    u->peer.log = call->log;
    u->peer.start_time = ngx_current_msec;

    if (origin->ssl) {
        ngx_str_set(&u->schema, "https://");

    } else {
        ngx_str_set(&u->schema, "http://");
    }

    saved = r->upstream;
    r->upstream = u;

    rc = origin->upstream
         ? origin->upstream->peer.init(r, origin->upstream)
         : ngx_http_upstream_create_round_robin_peer(r, resolved);

    r->upstream = saved;

    if (rc != NGX_OK) {
        ngx_asyncapi_http_upstream_put(u);
        return NGX_ERROR;
    }

    call->upstream = u;

    return ngx_asyncapi_http_peer_choose(call);
}


ngx_int_t
ngx_asyncapi_http_peer_next(ngx_asyncapi_http_call_t *call)
{
    ngx_http_upstream_t  *u;

    u = call->upstream;

    if ((u->upstream && (u->upstream->flags & NGX_HTTP_UPSTREAM_CREATE))
        || u->peer.tries < 2)
    {
        return NGX_DECLINED;
    }

    ngx_asyncapi_http_peer_state(call, NGX_PEER_FAILED);

    return ngx_asyncapi_http_peer_choose(call);
}


static ngx_int_t
ngx_asyncapi_http_peer_choose(ngx_asyncapi_http_call_t *call)
{
    ngx_int_t             rc;
    ngx_http_request_t   *r;
    ngx_http_upstream_t  *u, *saved;

    r = call->request;
    u = call->upstream;

    saved = r->upstream;
    r->upstream = u;

    rc = u->peer.get(&u->peer, u->peer.data);

    r->upstream = saved;

    if (rc == NGX_OK || rc == NGX_DONE) {
        return NGX_OK;
    }

    call->upstream = NULL;
    ngx_asyncapi_http_upstream_put(u);

    return NGX_BUSY;
}


void
ngx_asyncapi_http_peer_free(ngx_asyncapi_http_call_t *call, ngx_uint_t state,
    ngx_connection_t *borrowed, ngx_uint_t keep)
{
    ngx_http_upstream_t  *u;

    u = call->upstream;

    /* nginx's keepalive takes a connection only if all of these are set */

    u->peer.connection = borrowed;
    u->keepalive = keep;
    u->request_sent = keep;
    u->request_body_sent = keep;

    ngx_asyncapi_http_peer_state(call, state);

    if (u->peer.connection) {
        ngx_asyncapi_http_close(u->peer.connection);
    }

    call->upstream = NULL;
    ngx_asyncapi_http_upstream_put(u);
}


void
ngx_asyncapi_http_peer_prefetch(ngx_asyncapi_http_call_t *call)
{
    ngx_http_upstream_t  *u;

    u = call->upstream;

    ngx_asyncapi_http_prefetch(&u->peer, sizeof(ngx_peer_connection_t));

    /* flags are its last fields */

    ngx_asyncapi_http_prefetch((u_char *) (u + 1) - sizeof(uint64_t), 1);
}


static void
ngx_asyncapi_http_peer_state(ngx_asyncapi_http_call_t *call, ngx_uint_t state)
{
    ngx_http_request_t   *r;
    ngx_http_upstream_t  *u, *saved;

    r = call->request;
    u = call->upstream;

    saved = r->upstream;
    r->upstream = u;

    u->peer.free(&u->peer, u->peer.data, state);

    r->upstream = saved;
}


static ngx_http_upstream_t *
ngx_asyncapi_http_upstream_get(ngx_log_t *log)
{
    ngx_http_upstream_t  *u;

    u = ngx_asyncapi_http_upstreams;

    if (u) {
        ngx_asyncapi_http_upstreams = *(void **) u;
        ngx_asyncapi_http_prefetch(ngx_asyncapi_http_upstreams, 1);
        ngx_memzero(u, sizeof(ngx_http_upstream_t));
        return u;
    }

    return ngx_calloc(sizeof(ngx_http_upstream_t), log);
}


static void
ngx_asyncapi_http_upstream_put(ngx_http_upstream_t *u)
{
    *(void **) u = ngx_asyncapi_http_upstreams;
    ngx_asyncapi_http_upstreams = u;
}


void
ngx_asyncapi_http_peer_exit(void)
{
    void  *u;

    while (ngx_asyncapi_http_upstreams) {
        u = ngx_asyncapi_http_upstreams;
        ngx_asyncapi_http_upstreams = *(void **) u;

        ngx_free(u);
    }
}

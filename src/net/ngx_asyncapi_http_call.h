
/*
 * Copyright (C) The asyncapi module authors
 *
 * What the files of a call share, for the client's own files only.  In all of
 * them NGX_DONE means that the call has ended, or goes on over another
 * connection: nothing more is to be done with it.
 */


#ifndef _NGX_ASYNCAPI_HTTP_CALL_H_INCLUDED_
#define _NGX_ASYNCAPI_HTTP_CALL_H_INCLUDED_


#include "ngx_asyncapi_http.h"
#include "ngx_asyncapi_http_pool.h"


/* memory that will be looked at soon; any pointer will do */

static ngx_inline void
ngx_asyncapi_http_prefetch(const void *p, size_t size)
{
    const u_char  *line, *last;

    line = p;
    last = line + size;

    do {
        __builtin_prefetch(line);
        line += NGX_CPU_CACHE_LINE;
    } while (line < last);
}


/* ---- ..._balancer.c ---- */

/*
 * Asks the balancer for a peer: the origin's upstream, or that of *resolved.
 * NGX_OK: call->upstream->peer has it, and its connection if nginx's keepalive
 * lends one; NGX_BUSY: there is none; NGX_ERROR: no memory.
 */
ngx_int_t ngx_asyncapi_http_peer_get(ngx_asyncapi_http_call_t *call,
    ngx_http_upstream_resolved_t *resolved);

/*
 * No connection could be made to the peer: the next one, if they are the
 * addresses of one host.  The servers of an upstream {} are not tried one
 * after another, which is for the caller to decide.  NGX_OK; NGX_DECLINED: not
 * for this origin, the peer is the call's still; NGX_BUSY: there is none, and
 * the peer has been given back.
 */
ngx_int_t ngx_asyncapi_http_peer_next(ngx_asyncapi_http_call_t *call);

/*
 * Gives the peer back, state is 0 or NGX_PEER_FAILED.  A borrowed connection
 * goes back with it if it may be kept, else it is closed.
 */
void ngx_asyncapi_http_peer_free(ngx_asyncapi_http_call_t *call,
    ngx_uint_t state, ngx_connection_t *borrowed, ngx_uint_t keep);

/* for the processor: peer_free() is about to be called */
void ngx_asyncapi_http_peer_prefetch(ngx_asyncapi_http_call_t *call);

/* frees what is kept for calls to come */
void ngx_asyncapi_http_peer_exit(void);


/* ---- ..._resolve.c ---- */

/* for ngx_asyncapi_http_complete(); NGX_OK, NGX_ERROR: no memory */
ngx_int_t ngx_asyncapi_http_origin_add(ngx_conf_t *cf,
    ngx_asyncapi_http_origin_t *origin, ngx_url_t *u);

/* a host without its addresses; NULL: no memory */
ngx_http_upstream_resolved_t *ngx_asyncapi_http_origin_resolved(
    ngx_pool_t *pool, ngx_url_t *u);

/* looks the origin's name up and goes on with the call, maybe at once */
void ngx_asyncapi_http_resolve(ngx_asyncapi_http_call_t *call);


/* ---- ..._socket.c ---- */

/* not connected yet; NULL: no socket, or no free connection (logged) */
ngx_connection_t *ngx_asyncapi_http_socket(struct sockaddr *sockaddr,
    ngx_log_t *log);

/*
 * NGX_OK: it is connected; NGX_AGAIN: the write event will say; NGX_DECLINED:
 * connect() failed, *err is why; NGX_ERROR: no events (logged).
 */
ngx_int_t ngx_asyncapi_http_socket_connect(ngx_connection_t *c,
    struct sockaddr *sockaddr, socklen_t socklen, ngx_err_t *err);


/* ---- ..._call.c ---- */

/* whom the call's connection is to lead to: the peer is chosen */
void ngx_asyncapi_http_key(ngx_asyncapi_http_call_t *call,
    ngx_asyncapi_http_key_t *key);

/* the peer is chosen: takes a connection to it, or makes one */
void ngx_asyncapi_http_begin(ngx_asyncapi_http_call_t *call);

/* the addresses are known; *resolved is of the call's pool, or the origin's */
void ngx_asyncapi_http_go(ngx_asyncapi_http_call_t *call,
    ngx_http_upstream_resolved_t *resolved);

/* makes a connection; NGX_AGAIN or NGX_DONE */
ngx_int_t ngx_asyncapi_http_connect(ngx_asyncapi_http_call_t *call);

/* a send failed: NGX_DONE, also if there is an answer still to be received */
ngx_int_t ngx_asyncapi_http_send_broken(ngx_asyncapi_http_conn_t *conn,
    ngx_err_t err);


/* ---- ..._end.c ---- */

/*
 * The answer is there as a whole.  NGX_BUSY: the connection has another call
 * now, which is to receive; else NGX_DONE, as all these.
 */
ngx_int_t ngx_asyncapi_http_done(ngx_asyncapi_http_call_t *call);

/* the connection broke, at what; err is its error, or 0 */
ngx_int_t ngx_asyncapi_http_broken(ngx_asyncapi_http_call_t *call,
    ngx_err_t err, const char *what);

/*
 * State is the balancer's: NGX_PEER_FAILED, or 0 if the peer is innocent.  The
 * names of the peer and the origin are added to the text.
 */
ngx_int_t ngx_asyncapi_http_fail(ngx_asyncapi_http_call_t *call,
    ngx_asyncapi_http_error_e error, ngx_uint_t state, const char *fmt, ...);


/* ---- ..._receive.c ---- */

/*
 * Takes what has come for the connection's calls.  NGX_AGAIN: more is to come;
 * NGX_DONE: the connection is not a call's any more, and may be gone.
 */
ngx_int_t ngx_asyncapi_http_receive(ngx_asyncapi_http_conn_t *conn);

/* bytes of the call's answer have come behind another's; at most
   NGX_ASYNCAPI_HTTP_MAX_HEAD of them */
void ngx_asyncapi_http_receive_rest(ngx_asyncapi_http_call_t *call, u_char *p,
    size_t size);

/*
 * What heads, and bodies that do not fit in behind them, are received to: used
 * by one call at a time, and by none between two events.
 */
extern u_char  ngx_asyncapi_http_buffer[NGX_ASYNCAPI_HTTP_MAX_HEAD];

/* the head has ended at rest, where the body begins; as recv_head() */
ngx_int_t ngx_asyncapi_http_body(ngx_asyncapi_http_call_t *call, u_char *rest);

/* bytes behind the answer */
void ngx_asyncapi_http_rest(ngx_asyncapi_http_call_t *call, u_char *p,
    u_char *last);

/* makes room for the body behind call->last; NGX_OK or NGX_DONE */
ngx_int_t ngx_asyncapi_http_body_grow(ngx_asyncapi_http_call_t *call);

/* the body is there, from call->start to call->last; as ..._done() */
ngx_int_t ngx_asyncapi_http_body_end(ngx_asyncapi_http_call_t *call);

ngx_int_t ngx_asyncapi_http_too_large(ngx_asyncapi_http_call_t *call);
ngx_int_t ngx_asyncapi_http_no_memory(ngx_asyncapi_http_call_t *call);


/* ---- ..._head.c ---- */

/*
 * Takes what has come of the head; the first bytes of it, where the connection
 * waits for these.  NGX_OK: there may be more to receive; else as
 * ..._receive(), or ..._done().
 */
ngx_int_t ngx_asyncapi_http_recv_head(ngx_asyncapi_http_call_t *call);
ngx_int_t ngx_asyncapi_http_recv_first(ngx_asyncapi_http_conn_t *conn);


/* ---- ..._inflate.c ---- */

/* the body is gzip; NGX_OK, NGX_ERROR: no memory */
ngx_int_t ngx_asyncapi_http_inflate_start(ngx_asyncapi_http_call_t *call);
/* gives zlib's memory back */
void ngx_asyncapi_http_inflate_end(ngx_asyncapi_http_call_t *call);

/* bytes that may come for a body of call->max_body at most */
uint64_t ngx_asyncapi_http_inflate_max(ngx_asyncapi_http_call_t *call);
/* bytes that the body may have by what its length says of it, or 0 */
size_t ngx_asyncapi_http_inflate_size(ngx_asyncapi_http_call_t *call);

/*
 * Inflates bytes of the body, at most NGX_ASYNCAPI_HTTP_MAX_HEAD of them, to
 * call->last; complete: they are its end.  NGX_OK: all are taken; NGX_AGAIN:
 * the rest is held, and the read event is posted; NGX_DONE or NGX_BUSY, as
 * ..._done().
 */
ngx_int_t ngx_asyncapi_http_inflate(ngx_asyncapi_http_call_t *call,
    u_char *p, u_char *last, ngx_uint_t complete);
/* goes on with what is held; NGX_DECLINED: nothing is */
ngx_int_t ngx_asyncapi_http_inflate_held(ngx_asyncapi_http_call_t *call);


#if (NGX_HTTP_SSL)

/* ---- ..._ssl_conn.c ---- */

/*
 * Begins or goes on, whenever the connection has an event.  NGX_OK: it is
 * secure, and leads to whom it is to lead; NGX_AGAIN: more is to come; or
 * NGX_DONE.
 */
ngx_int_t ngx_asyncapi_http_ssl_handshake(ngx_asyncapi_http_call_t *call);

/* whether nothing but records without data has come to an idle connection */
ngx_uint_t ngx_asyncapi_http_ssl_silent(ngx_connection_t *c);

/* the answer is read to its end: to close the connection now is no failure */
void ngx_asyncapi_http_ssl_answered(ngx_asyncapi_http_call_t *call);
/* before c is closed; never waits */
void ngx_asyncapi_http_ssl_shutdown(ngx_connection_t *c);
/* instead, when the process ends */
void ngx_asyncapi_http_ssl_free(ngx_connection_t *c);

/* whether the peer has a session that is still good */
ngx_uint_t ngx_asyncapi_http_ssl_session_kept(ngx_asyncapi_http_peer_t *peer);
void ngx_asyncapi_http_ssl_session_drop(ngx_asyncapi_http_peer_t *peer);

#endif


/* ---- ..._pipeline.c ---- */

/* takes a connection that others of the call's group share; 0: there is none */
ngx_uint_t ngx_asyncapi_http_pipeline_join(ngx_asyncapi_http_call_t *call);

/* the call's connection, on which nothing is sent yet, may be shared */
void ngx_asyncapi_http_pipeline_open(ngx_asyncapi_http_call_t *call);

/* whether bytes behind the answer are another call's */
ngx_uint_t ngx_asyncapi_http_pipeline_expects(ngx_asyncapi_http_call_t *call);

/* sends what is left of all the calls' heads; NGX_AGAIN or NGX_DONE */
ngx_int_t ngx_asyncapi_http_pipeline_send(ngx_asyncapi_http_conn_t *conn);

/*
 * The call gives a shared connection up, which can be used on if *keep is set.
 * Returns it once it is nobody's, to be kept or closed as *keep then says;
 * NULL: others go on with it.
 */
ngx_asyncapi_http_conn_t *ngx_asyncapi_http_pipeline_leave(
    ngx_asyncapi_http_call_t *call, ngx_asyncapi_http_conn_t *conn,
    ngx_uint_t *keep);

/* a displaced call is not to begin */
void ngx_asyncapi_http_pipeline_forget(ngx_asyncapi_http_call_t *call);


/* ---- ..._hold.c ---- */

/*
 * The first bytes have come over a shared connection.  1: they are left where
 * they are, until all that is expected is there, or has had its time.
 */
ngx_uint_t ngx_asyncapi_http_hold_first(ngx_asyncapi_http_conn_t *conn);

/*
 * Of a shared connection some answers have come: the others shall wake the
 * worker together.  The timer of its read event says when they have had their
 * time.
 */
void ngx_asyncapi_http_hold(ngx_asyncapi_http_conn_t *conn);

/* the timer: takes what has come; as ..._receive() */
ngx_int_t ngx_asyncapi_http_hold_over(ngx_asyncapi_http_conn_t *conn);

/* each byte wakes it again; NGX_OK or NGX_ERROR */
ngx_int_t ngx_asyncapi_http_hold_end(ngx_asyncapi_http_conn_t *conn);

/* bytes that an answer to a pipelined request has at least */
void ngx_asyncapi_http_hold_learn(ngx_asyncapi_http_peer_t *peer, size_t size);


#endif /* _NGX_ASYNCAPI_HTTP_CALL_H_INCLUDED_ */

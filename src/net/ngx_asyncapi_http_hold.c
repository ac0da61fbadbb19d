
/*
 * Copyright (C) The asyncapi module authors
 *
 * Answers to pipelined requests come one by one, and each of them would wake
 * the worker, to be received by itself.  So once the first has come, which
 * took its time, the system is told to wait for as many bytes as all of them
 * have at least, going by what the peer has sent before, but no longer than
 * that time.  It is told so again as long as answers come.  The end of the
 * connection, an error or a full window wake the worker all the same.
 *
 * Of a peer whose answers come all at a time the first bytes are received at
 * once.  To know it again, so are now and then those of one that is held.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>
#include "ngx_asyncapi_http_call.h"

#if (NGX_LINUX)
#include <sys/utsname.h>
#endif


#define NGX_ASYNCAPI_HTTP_HOLD         10  /* ms, at most */

/* answers that are larger than expected count by this part of it */
#define NGX_ASYNCAPI_HTTP_HOLD_WEIGHT  16

/* of so many times one is to know whether answers still come one by one */
#define NGX_ASYNCAPI_HTTP_HOLD_LOOK    16


static ngx_int_t ngx_asyncapi_http_hold_for(ngx_asyncapi_http_conn_t *conn,
    ngx_uint_t ncalls);
static ngx_uint_t ngx_asyncapi_http_hold_able(ngx_asyncapi_http_conn_t *conn);
static ngx_uint_t ngx_asyncapi_http_hold_system(void);
static ngx_int_t ngx_asyncapi_http_hold_set(ngx_asyncapi_http_conn_t *conn,
    size_t size);


ngx_uint_t
ngx_asyncapi_http_hold_first(ngx_asyncapi_http_conn_t *conn)
{
    ngx_asyncapi_http_peer_t  *peer;

    peer = conn->peer;

    if (conn->answered
        || conn->held
        || conn->ncalls < 2
        || conn->call->received
        || conn->connection->read->pending_eof
        || !ngx_asyncapi_http_hold_able(conn))
    {
        return 0;
    }

    conn->held = 1;

    if (!peer->parts || ++peer->bursts % NGX_ASYNCAPI_HTTP_HOLD_LOOK == 0) {
        peer->parts = 0;
        return 0;
    }

    return ngx_asyncapi_http_hold_for(conn, conn->ncalls) == NGX_OK;
}


void
ngx_asyncapi_http_hold(ngx_asyncapi_http_conn_t *conn)
{
    if (!conn->answered
        || conn->released
        || !ngx_asyncapi_http_hold_able(conn))
    {
        return;
    }

    conn->peer->parts = 1;

    /* of the first of them a part may be here */

    if (ngx_asyncapi_http_hold_for(conn, conn->ncalls - conn->call->received)
        != NGX_OK)
    {
        (void) ngx_asyncapi_http_hold_end(conn);
    }
}


/* NGX_OK; NGX_DECLINED: each byte is to wake the worker */

static ngx_int_t
ngx_asyncapi_http_hold_for(ngx_asyncapi_http_conn_t *conn, ngx_uint_t ncalls)
{
    size_t             size;
    ngx_msec_t         time;
    ngx_connection_t  *c;

    c = conn->connection;
    size = conn->peer->answer * ncalls;

    if (size < 2 || ngx_asyncapi_http_hold_set(conn, size) != NGX_OK) {
        return NGX_DECLINED;
    }

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, c->log, 0,
                   "asyncapi http answers are held, fd:%d calls:%ui size:%uz",
                   c->fd, conn->ncalls, size);

    if (conn->hold == 0) {
        time = ngx_current_msec - conn->since;
        time = ngx_min(time, NGX_ASYNCAPI_HTTP_HOLD);

        conn->hold = ngx_max(time, 1);
    }

    if (!c->read->timer_set) {
        ngx_add_timer(c->read, conn->hold);
    }

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_http_hold_over(ngx_asyncapi_http_conn_t *conn)
{
    ngx_int_t                  rc;
    ngx_event_t               *rev;
    ngx_asyncapi_http_call_t  *call;

    rev = conn->connection->read;
    call = conn->call;

    rev->timedout = 0;
    rev->ready = 1;
    rev->available = -1;

    rc = ngx_asyncapi_http_receive(conn);

    if (rc == NGX_AGAIN && conn->call == call) {

        /* the next one takes longer: it is not to be waited for in vain */

        ngx_log_debug1(NGX_LOG_DEBUG_HTTP, call->log, 0,
                       "asyncapi http answers are not held any more, fd:%d",
                       conn->connection->fd);

        (void) ngx_asyncapi_http_hold_end(conn);
    }

    return rc;
}


ngx_int_t
ngx_asyncapi_http_hold_end(ngx_asyncapi_http_conn_t *conn)
{
    ngx_event_t  *rev;

    rev = conn->connection->read;

    conn->released = 1;

    if (rev->timer_set) {
        ngx_del_timer(rev);
    }

    return ngx_asyncapi_http_hold_set(conn, 1);
}


void
ngx_asyncapi_http_hold_learn(ngx_asyncapi_http_peer_t *peer, size_t size)
{
    if (peer->answer == 0 || size < peer->answer) {
        peer->answer = size;

    } else {
        peer->answer += (size - peer->answer) / NGX_ASYNCAPI_HTTP_HOLD_WEIGHT;
    }
}


/* bytes that are encrypted tell nothing; those of a unix socket wake always */

static ngx_uint_t
ngx_asyncapi_http_hold_able(ngx_asyncapi_http_conn_t *conn)
{
    static ngx_uint_t  system, known;

#if (NGX_HTTP_SSL)
    if (conn->connection->ssl) {
        return 0;
    }
#endif

    if (conn->peer->key.sockaddr->sa_family == AF_UNIX) {
        return 0;
    }

    if (!known) {
        known = 1;
        system = ngx_asyncapi_http_hold_system();
    }

    return system;
}


/*
 * Before Linux 4.18 bytes that had come already did not wake when they became
 * enough.
 */

static ngx_uint_t
ngx_asyncapi_http_hold_system(void)
{
#if (NGX_LINUX)

    u_char         *dot, *p;
    ngx_int_t       major, minor;
    struct utsname  u;

    if (uname(&u) == -1) {
        return 0;
    }

    dot = (u_char *) ngx_strchr(u.release, '.');

    if (dot == NULL) {
        return 0;
    }

    for (p = dot + 1; *p >= '0' && *p <= '9'; p++) { /* void */ }

    major = ngx_atoi((u_char *) u.release, dot - (u_char *) u.release);
    minor = ngx_atoi(dot + 1, p - (dot + 1));

    return major > 4 || (major == 4 && minor >= 18);

#else

    return 0;

#endif
}


static ngx_int_t
ngx_asyncapi_http_hold_set(ngx_asyncapi_http_conn_t *conn, size_t size)
{
    int  lowat;

    lowat = (int) ngx_min(size, NGX_ASYNCAPI_HTTP_MAX_HEAD);

    if (lowat == conn->lowat) {
        return NGX_OK;
    }

    if (setsockopt(conn->connection->fd, SOL_SOCKET, SO_RCVLOWAT, &lowat,
                   sizeof(int))
        == -1)
    {
        ngx_log_error(NGX_LOG_ALERT, conn->connection->log, ngx_socket_errno,
                      "setsockopt(SO_RCVLOWAT) failed");
        return NGX_ERROR;
    }

    conn->lowat = lowat;

    return NGX_OK;
}

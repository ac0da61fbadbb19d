
/*
 * Copyright (C) The asyncapi module authors
 *
 * New connections.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>
#include "ngx_asyncapi_http_call.h"


static ngx_int_t ngx_asyncapi_http_socket_events(ngx_connection_t *c);


ngx_connection_t *
ngx_asyncapi_http_socket(struct sockaddr *sockaddr, ngx_log_t *log)
{
    ngx_socket_t       s;
    ngx_connection_t  *c;

    s = ngx_socket(sockaddr->sa_family, SOCK_STREAM, 0);

    if (s == (ngx_socket_t) -1) {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_socket_errno,
                      ngx_socket_n " failed");
        return NULL;
    }

    c = NULL;

    if (ngx_nonblocking(s) == -1) {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_socket_errno,
                      ngx_nonblocking_n " failed");

    } else {
        c = ngx_get_connection(s, log);
    }

    if (c == NULL) {

        if (ngx_close_socket(s) == -1) {
            ngx_log_error(NGX_LOG_ALERT, log, ngx_socket_errno,
                          ngx_close_socket_n " failed");
        }

        return NULL;
    }

    c->type = SOCK_STREAM;
    c->recv = ngx_recv;
    c->send = ngx_send;
    c->recv_chain = ngx_recv_chain;
    c->send_chain = ngx_send_chain;

    /* the call tells what went wrong */

    c->log_error = NGX_ERROR_INFO;

    /* events keep theirs: nothing of a request may stay there */

    c->log = log;
    c->read->log = ngx_cycle->log;
    c->write->log = ngx_cycle->log;

    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);
    c->start_time = ngx_current_msec;

    if (sockaddr->sa_family == AF_UNIX) {
        c->tcp_nopush = NGX_TCP_NOPUSH_DISABLED;
        c->tcp_nodelay = NGX_TCP_NODELAY_DISABLED;
    }

    return c;
}


ngx_int_t
ngx_asyncapi_http_socket_connect(ngx_connection_t *c,
    struct sockaddr *sockaddr, socklen_t socklen, ngx_err_t *err)
{
    /* the last segment of a large request shall not wait for others' ACK */

    if (c->tcp_nodelay == NGX_TCP_NODELAY_UNSET && ngx_tcp_nodelay(c) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_asyncapi_http_socket_events(c) != NGX_OK) {
        return NGX_ERROR;
    }

    if (connect(c->fd, sockaddr, socklen) != -1) {
        c->write->ready = 1;
        return NGX_OK;
    }

    *err = ngx_socket_errno;

    return (*err == NGX_EINPROGRESS) ? NGX_AGAIN : NGX_DECLINED;
}


static ngx_int_t
ngx_asyncapi_http_socket_events(ngx_connection_t *c)
{
    ngx_int_t  flags;

    if (ngx_add_conn) {
        return ngx_add_conn(c);
    }

    flags = (ngx_event_flags & NGX_USE_CLEAR_EVENT) ? NGX_CLEAR_EVENT
                                                    : NGX_LEVEL_EVENT;

    if (ngx_add_event(c->read, NGX_READ_EVENT, flags) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_add_event(c->write, NGX_WRITE_EVENT, flags);
}

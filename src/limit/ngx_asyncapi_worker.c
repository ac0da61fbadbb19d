
/*
 * Copyright (C) The asyncapi module authors
 *
 * Whether a worker is alive, and how it is woken.
 */


#include "ngx_asyncapi_worker.h"


/* that are heard in one turn of the loop */
#define NGX_ASYNCAPI_BELL_RINGS  64


static void ngx_asyncapi_bell_heard(ngx_event_t *rev);


ngx_int_t
ngx_asyncapi_worker_init(ngx_asyncapi_worker_t *worker, ngx_log_t *log)
{
    int                  rc;
    pthread_mutexattr_t  attr;

    rc = pthread_mutexattr_init(&attr);

    if (rc == 0) {
        rc = pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    }

    if (rc == 0) {
        rc = pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    }

    if (rc == 0) {
        rc = pthread_mutex_init(&worker->alive, &attr);
        (void) pthread_mutexattr_destroy(&attr);
    }

    if (rc == 0) {
        rc = pthread_mutex_lock(&worker->alive);
    }

    if (rc) {
        ngx_log_error(NGX_LOG_ALERT, log, rc, "asyncapi limits: "
                      "a robust mutex could not be made");
        return NGX_ERROR;
    }

    worker->pid = ngx_pid;
    ngx_queue_init(&worker->shares);

    return NGX_OK;
}


ngx_uint_t
ngx_asyncapi_worker_dead(ngx_asyncapi_worker_t *worker)
{
    switch (pthread_mutex_trylock(&worker->alive)) {

    case EOWNERDEAD:
        (void) pthread_mutex_consistent(&worker->alive);
        return 1;

    default: /* EBUSY */
        return 0;
    }
}


void
ngx_asyncapi_worker_release(ngx_asyncapi_worker_t *worker)
{
    (void) pthread_mutex_unlock(&worker->alive);
    (void) pthread_mutex_destroy(&worker->alive);
}


ngx_connection_t *
ngx_asyncapi_bell_open(ngx_asyncapi_bell_t *bell, void (*handler)(void),
    ngx_log_t *log)
{
    ngx_socket_t       s;
    ngx_connection_t  *c;

    s = ngx_socket(AF_UNIX, SOCK_DGRAM, 0);

    if (s == (ngx_socket_t) -1) {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_socket_errno,
                      "asyncapi limits: " ngx_socket_n " failed");
        return NULL;
    }

    c = ngx_get_connection(s, log);

    if (c == NULL) {
        if (ngx_close_socket(s) == -1) {
            ngx_log_error(NGX_LOG_ALERT, log, ngx_socket_errno,
                          ngx_close_socket_n " failed");
        }

        return NULL;
    }

    c->data = (void *) handler;
    c->log = log;
    c->read->log = log;
    c->write->log = log;
    c->read->handler = ngx_asyncapi_bell_heard;

    /* the system finds a name in no directory: an "abstract" one */

    ngx_memzero(bell, sizeof(ngx_asyncapi_bell_t));
    bell->sockaddr.sun_family = AF_UNIX;

    if (ngx_nonblocking(s) == -1
        || bind(s, (struct sockaddr *) &bell->sockaddr, sizeof(sa_family_t))
           == -1)
    {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_socket_errno,
                      "asyncapi limits: bind() of a unix socket failed");
        ngx_asyncapi_bell_close(c);
        return NULL;
    }

    bell->socklen = sizeof(struct sockaddr_un);

    if (getsockname(s, (struct sockaddr *) &bell->sockaddr, &bell->socklen)
        == -1)
    {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_socket_errno,
                      "asyncapi limits: getsockname() failed");
        ngx_asyncapi_bell_close(c);
        return NULL;
    }

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_asyncapi_bell_close(c);
        return NULL;
    }

    return c;
}


void
ngx_asyncapi_bell_close(ngx_connection_t *c)
{
    ngx_close_connection(c);
}


static void
ngx_asyncapi_bell_heard(ngx_event_t *rev)
{
    char               buf[1];
    void             (*handler)(void);
    ngx_uint_t         n;
    ngx_connection_t  *c;

    c = rev->data;

    /* emptied, or a full one would hear no further ring; but not for ever */

    for (n = 0; n < NGX_ASYNCAPI_BELL_RINGS; n++) {
        if (recv(c->fd, buf, sizeof(buf), 0) == -1) {
            break;
        }
    }

    if (n == NGX_ASYNCAPI_BELL_RINGS) {
        ngx_post_event(rev, &ngx_posted_next_events);

    } else {
        rev->ready = 0;

        if (ngx_handle_read_event(rev, 0) != NGX_OK) {
            ngx_log_error(NGX_LOG_ALERT, c->log, 0,
                          "asyncapi limits: the worker is deaf");
        }
    }

    handler = (void (*)(void)) c->data;
    handler();
}


void
ngx_asyncapi_bell_ring(ngx_connection_t *c, ngx_asyncapi_bell_t *bell)
{
    ngx_err_t  err;

    if (sendto(c->fd, "", 1, MSG_DONTWAIT, (struct sockaddr *) &bell->sockaddr,
               bell->socklen)
        != -1)
    {
        return;
    }

    err = ngx_socket_errno;

    /* full: it rings already; refused: the process has ended */

    if (err != NGX_EAGAIN && err != NGX_ECONNREFUSED) {
        ngx_log_error(NGX_LOG_ALERT, c->log, err,
                      "asyncapi limits: sendto() to a worker failed");
    }
}

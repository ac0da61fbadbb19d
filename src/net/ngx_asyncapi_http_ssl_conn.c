
/*
 * Copyright (C) The asyncapi module authors
 *
 * The connections of "https": the handshake, what is received and sent, the
 * end, and the sessions that shorten the next handshake.
 *
 * nginx's SSL layer tells what went wrong by a line in the log.  It is caught
 * and kept with the connection, and the call fails with it: one failure is one
 * line.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>
#include "ngx_asyncapi_http_call.h"
#include "ngx_asyncapi_http_ssl.h"


#if (NGX_HTTP_SSL)


#define NGX_ASYNCAPI_HTTP_SSL_SESSIONS      256
#define NGX_ASYNCAPI_HTTP_SSL_SESSION_TIME  3600


static ngx_int_t ngx_asyncapi_http_ssl_begin(ngx_asyncapi_http_call_t *call);
static ngx_int_t ngx_asyncapi_http_ssl_name(ngx_connection_t *c,
    ngx_str_t *name);
static ngx_int_t ngx_asyncapi_http_ssl_verify(ngx_asyncapi_http_call_t *call);
static ngx_uint_t ngx_asyncapi_http_ssl_check_name(ngx_connection_t *c,
    ngx_str_t *name);
static ngx_uint_t ngx_asyncapi_http_ssl_is_address(ngx_str_t *name);
static ssize_t ngx_asyncapi_http_ssl_recv(ngx_connection_t *c, u_char *buf,
    size_t size);
static ssize_t ngx_asyncapi_http_ssl_send(ngx_connection_t *c, u_char *buf,
    size_t size);
static ngx_log_t *ngx_asyncapi_http_ssl_catch(ngx_connection_t *c);
static void ngx_asyncapi_http_ssl_caught(ngx_log_t *log, ngx_uint_t level,
    u_char *buf, size_t len);
static void ngx_asyncapi_http_ssl_save_session(ngx_connection_t *c);


/* where the lines of nginx's SSL layer go */
static ngx_log_t    ngx_asyncapi_http_ssl_log;

/* peers with a session, the one saved last first */
static ngx_queue_t  ngx_asyncapi_http_ssl_sessions;
static ngx_uint_t   ngx_asyncapi_http_ssl_nsessions;


ngx_int_t
ngx_asyncapi_http_ssl_handshake(ngx_asyncapi_http_call_t *call)
{
    ngx_int_t             rc;
    ngx_log_t            *log;
    ngx_connection_t     *c;
    ngx_event_handler_pt  read, write;

    c = call->conn->connection;

    if (c->ssl == NULL) {
        rc = ngx_asyncapi_http_ssl_begin(call);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    /* the events stay the call's, which comes back here */

    read = c->read->handler;
    write = c->write->handler;

    log = ngx_asyncapi_http_ssl_catch(c);
    rc = ngx_ssl_handshake(c);
    c->log = log;

    c->read->handler = read;
    c->write->handler = write;

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, call->log, 0,
                   "asyncapi http ssl handshake: %i", rc);

    if (rc == NGX_AGAIN) {
        return NGX_AGAIN;
    }

    if (rc != NGX_OK) {
        return ngx_asyncapi_http_broken(call, 0, "the SSL handshake failed");
    }

    if (ngx_asyncapi_http_ssl_verify(call) == NGX_DONE) {
        return NGX_DONE;
    }

    c->recv = ngx_asyncapi_http_ssl_recv;
    c->send = ngx_asyncapi_http_ssl_send;

    return NGX_OK;
}


/* the connection is there, or could not be made */

static ngx_int_t
ngx_asyncapi_http_ssl_begin(ngx_asyncapi_http_call_t *call)
{
    int                        err;
    socklen_t                  len;
    ngx_connection_t          *c;
    ngx_asyncapi_http_key_t   *key;
    ngx_asyncapi_http_peer_t  *peer;

    c = call->conn->connection;
    peer = call->conn->peer;
    key = &peer->key;

    err = 0;
    len = sizeof(int);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, (void *) &err, &len) == -1) {
        err = ngx_socket_errno;
    }

    if (err) {
        return ngx_asyncapi_http_broken(call, err, "connect() failed");
    }

    c->pool = ngx_create_pool(256, ngx_cycle->log);

    if (c->pool == NULL
        || ngx_ssl_create_connection(&key->ssl->ssl, c, NGX_SSL_CLIENT)
           != NGX_OK
        || ngx_asyncapi_http_ssl_name(c, &key->name) != NGX_OK)
    {
        return ngx_asyncapi_http_fail(call, NGX_ASYNCAPI_HTTP_NO_MEMORY, 0,
                                      "no SSL connection could be prepared");
    }

    /* until there is something that can end well */

    c->ssl->no_send_shutdown = 1;

    if (peer->session && ngx_ssl_set_session(c, peer->session) != NGX_OK) {
        ngx_asyncapi_http_ssl_session_drop(peer);
    }

    return NGX_OK;
}


/* SNI is for names: RFC 6066, 3 */

static ngx_int_t
ngx_asyncapi_http_ssl_name(ngx_connection_t *c, ngx_str_t *name)
{
    if (ngx_asyncapi_http_ssl_is_address(name)) {
        return NGX_OK;
    }

    if (SSL_set_tlsext_host_name(c->ssl->connection, (char *) name->data) == 0)
    {
        ngx_ssl_error(NGX_LOG_ERR, c->log, 0,
                      "SSL_set_tlsext_host_name(\"%V\") failed", name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_http_ssl_verify(ngx_asyncapi_http_call_t *call)
{
    long                      rc;
    ngx_connection_t         *c;
    ngx_asyncapi_http_key_t  *key;

    c = call->conn->connection;
    key = &call->conn->peer->key;

    if (key->ssl->verify) {

        rc = SSL_get_verify_result(c->ssl->connection);

        if (rc != X509_V_OK) {
            return ngx_asyncapi_http_fail(call, NGX_ASYNCAPI_HTTP_CONNECT,
                                       NGX_PEER_FAILED,
                                       "SSL certificate verify error: (%l:%s)",
                                       rc, X509_verify_cert_error_string(rc));
        }

        if (!ngx_asyncapi_http_ssl_check_name(c, &key->name)) {
            return ngx_asyncapi_http_fail(call, NGX_ASYNCAPI_HTTP_CONNECT,
                                       NGX_PEER_FAILED,
                                       "SSL certificate does not match \"%V\"",
                                       &key->name);
        }
    }

    /* TLS 1.2 has its session now, TLS 1.3 sends tickets when it likes */

    if (key->ssl->session_reuse) {
        ngx_asyncapi_http_ssl_save_session(c);
        c->ssl->save_session = ngx_asyncapi_http_ssl_save_session;
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_asyncapi_http_ssl_check_name(ngx_connection_t *c, ngx_str_t *name)
{
    int    rc;
    X509  *cert;

    if (!ngx_asyncapi_http_ssl_is_address(name)) {
        return ngx_ssl_check_host(c, name) == NGX_OK;
    }

    cert = SSL_get_peer_certificate(c->ssl->connection);
    if (cert == NULL) {
        return 0;
    }

    rc = X509_check_ip_asc(cert, (char *) name->data, 0);

    X509_free(cert);

    return rc == 1;
}


static ngx_uint_t
ngx_asyncapi_http_ssl_is_address(ngx_str_t *name)
{
#if (NGX_HAVE_INET6)
    u_char  addr[16];

    if (ngx_inet6_addr(name->data, name->len, addr) == NGX_OK) {
        return 1;
    }
#endif

    return ngx_inet_addr(name->data, name->len) != INADDR_NONE;
}


static ssize_t
ngx_asyncapi_http_ssl_recv(ngx_connection_t *c, u_char *buf, size_t size)
{
    ssize_t     n;
    ngx_log_t  *log;

    log = ngx_asyncapi_http_ssl_catch(c);

    n = ngx_ssl_recv(c, buf, size);

    if (n == 0
        && !(SSL_get_shutdown(c->ssl->connection) & SSL_RECEIVED_SHUTDOWN))
    {
        /* OpenSSL before 3.0 does not call it an error */

        ngx_log_error(NGX_LOG_INFO, c->log, 0,
                      "the connection was closed without close_notify");

        c->read->error = 1;
        n = NGX_ERROR;
    }

    c->log = log;

    return n;
}


static ssize_t
ngx_asyncapi_http_ssl_send(ngx_connection_t *c, u_char *buf, size_t size)
{
    ssize_t     n;
    ngx_log_t  *log;

    log = ngx_asyncapi_http_ssl_catch(c);
    n = ngx_ssl_write(c, buf, size);
    c->log = log;

    return n;
}


ngx_uint_t
ngx_asyncapi_http_ssl_silent(ngx_connection_t *c)
{
    u_char   buf[1];
    ssize_t  n;

    /* records without data, as tickets are, are read by the way */

    n = c->recv(c, buf, 1);

    /* nor may the layer wait for anything with handlers of its own */

    return n == NGX_AGAIN
           && c->ssl->saved_read_handler == NULL
           && c->ssl->saved_write_handler == NULL
           && ngx_handle_read_event(c->read, 0) == NGX_OK;
}


void
ngx_asyncapi_http_ssl_answered(ngx_asyncapi_http_call_t *call)
{
    ngx_connection_t  *c;

    c = call->conn->connection;

    /* in the middle of a record, or after an error, nothing may be sent */

    if (c->ssl
        && c->ssl->last != NGX_ERROR
        && call->sent == call->head.len + call->body.len)
    {
        c->ssl->no_send_shutdown = 0;
    }
}


void
ngx_asyncapi_http_ssl_shutdown(ngx_connection_t *c)
{
    ngx_log_t  *log;

    /* nobody waits for what there could be to tell */

    log = ngx_asyncapi_http_ssl_catch(c);
    c->log->log_level = NGX_LOG_ALERT;

    /* the peer's part is not waited for, nor room for ours */

    c->ssl->no_wait_shutdown = 1;

    if (ngx_ssl_shutdown(c) == NGX_AGAIN) {
        c->ssl->no_send_shutdown = 1;
        (void) ngx_ssl_shutdown(c);
    }

    c->log = log;
}


void
ngx_asyncapi_http_ssl_free(ngx_connection_t *c)
{
    SSL_free(c->ssl->connection);
    c->ssl = NULL;

    ngx_destroy_pool(c->pool);
    c->pool = NULL;
}


/* returns the log that is to be put back */

static ngx_log_t *
ngx_asyncapi_http_ssl_catch(ngx_connection_t *c)
{
    ngx_log_t  *log, *caught;

    log = c->log;
    caught = &ngx_asyncapi_http_ssl_log;

    caught->log_level = ngx_max(log->log_level, NGX_LOG_INFO);
    caught->writer = ngx_asyncapi_http_ssl_caught;
    caught->wdata = c;

    c->log = caught;

    return log;
}


/* alerts are about this process, and are not ours to tell */

static void
ngx_asyncapi_http_ssl_caught(ngx_log_t *log, ngx_uint_t level, u_char *buf,
    size_t len)
{
    u_char                    *p, *last;
    ngx_str_t                 *failure;
    ngx_connection_t          *c;
    ngx_asyncapi_http_conn_t  *conn;

    c = log->wdata;

    /* the text of "time [level] pid#tid: text" */

    last = buf + len - NGX_LINEFEED_SIZE;
    p = (u_char *) ngx_strstr(buf, ": ") + sizeof(": ") - 1;

    if (level == NGX_LOG_DEBUG || level <= NGX_LOG_ALERT) {

        /* the events have the log that is caught */

        ngx_log_error_core(level, c->read->log, 0, "%*s",
                           (size_t) (last - p), p);
        return;
    }

    conn = c->data;
    failure = &conn->failure;

    failure->data = ngx_pnalloc(c->pool, last - p);
    if (failure->data == NULL) {
        failure->len = 0;
        return;
    }

    failure->len = last - p;
    ngx_memcpy(failure->data, p, last - p);
}


static void
ngx_asyncapi_http_ssl_save_session(ngx_connection_t *c)
{
    time_t                     time;
    ngx_queue_t               *sessions;
    ngx_ssl_session_t         *session;
    ngx_asyncapi_http_conn_t  *conn;
    ngx_asyncapi_http_peer_t  *peer;

    session = ngx_ssl_get_session(c);

    if (session == NULL) {
        return;
    }

    if (!SSL_SESSION_is_resumable(session)) {
        ngx_ssl_free_session(session);
        return;
    }

    conn = c->data;
    peer = conn->peer;
    sessions = &ngx_asyncapi_http_ssl_sessions;

    if (sessions->next == NULL) {
        ngx_queue_init(sessions);
    }

    ngx_asyncapi_http_ssl_session_drop(peer);

    time = (time_t) SSL_SESSION_get_timeout(session);

    peer->session = session;
    peer->session_expires = ngx_time()
                          + ngx_min(time, NGX_ASYNCAPI_HTTP_SSL_SESSION_TIME);

    ngx_queue_insert_head(sessions, &peer->session_queue);

    if (++ngx_asyncapi_http_ssl_nsessions > NGX_ASYNCAPI_HTTP_SSL_SESSIONS) {
        ngx_asyncapi_http_ssl_session_drop(
                              ngx_queue_data(ngx_queue_last(sessions),
                                             ngx_asyncapi_http_peer_t,
                                             session_queue));
    }
}


ngx_uint_t
ngx_asyncapi_http_ssl_session_kept(ngx_asyncapi_http_peer_t *peer)
{
    if (peer->session && peer->session_expires <= ngx_time()) {
        ngx_asyncapi_http_ssl_session_drop(peer);
    }

    return peer->session != NULL;
}


void
ngx_asyncapi_http_ssl_session_drop(ngx_asyncapi_http_peer_t *peer)
{
    if (peer->session == NULL) {
        return;
    }

    ngx_queue_remove(&peer->session_queue);
    ngx_asyncapi_http_ssl_nsessions--;

    ngx_ssl_free_session(peer->session);
    peer->session = NULL;
}


#endif

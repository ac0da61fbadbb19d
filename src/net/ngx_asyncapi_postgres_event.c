
/*
 * Copyright (C) The asyncapi module authors
 *
 * libpq on nginx's events, which are level-triggered: libpq reads some of what
 * is there, and is called again for the rest.  What TLS keeps of a record that
 * libpq had no room for is no event of the socket's, so it is one of ours.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <openssl/ssl.h>
#include "ngx_asyncapi_postgres_conn.h"


/* libpq has room for so many bytes at least when it reads */
#define NGX_ASYNCAPI_POSTGRES_READ  8192


static void ngx_asyncapi_postgres_read_handler(ngx_event_t *rev);
static void ngx_asyncapi_postgres_write_handler(ngx_event_t *wev);
static void ngx_asyncapi_postgres_poll(ngx_asyncapi_postgres_conn_t *conn);
static void ngx_asyncapi_postgres_connected(
    ngx_asyncapi_postgres_conn_t *conn);
static void ngx_asyncapi_postgres_read(ngx_asyncapi_postgres_conn_t *conn);
static ngx_uint_t ngx_asyncapi_postgres_tls_pending(
    ngx_asyncapi_postgres_conn_t *conn);
static int ngx_asyncapi_postgres_unread(ngx_asyncapi_postgres_conn_t *conn);
static void ngx_asyncapi_postgres_no_event(ngx_event_t *ev, ngx_int_t event,
    ngx_uint_t flags);


ngx_int_t
ngx_asyncapi_postgres_attach(ngx_asyncapi_postgres_conn_t *conn,
    ngx_uint_t write)
{
    ngx_int_t          rc;
    ngx_connection_t  *c;

    c = ngx_get_connection(PQsocket(conn->pg), ngx_cycle->log);

    if (c == NULL) {
        return NGX_ERROR;
    }

    c->data = conn;
    c->log_error = NGX_ERROR_INFO;
    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);
    c->start_time = ngx_current_msec;

    /* a worker that quits tells by it that the connection is to be closed */

    c->idle = 1;

    c->read->log = c->log;
    c->write->log = c->log;
    c->read->handler = ngx_asyncapi_postgres_read_handler;
    c->write->handler = ngx_asyncapi_postgres_write_handler;

    conn->connection = c;

    if (write) {
        rc = ngx_add_event(c->write, NGX_WRITE_EVENT, NGX_LEVEL_EVENT);

    } else {
        rc = ngx_add_event(c->read, NGX_READ_EVENT, NGX_LEVEL_EVENT);
    }

    if (rc != NGX_OK) {
        ngx_asyncapi_postgres_detach(conn);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* the descriptor is libpq's to close, and it may have done so */

void
ngx_asyncapi_postgres_detach(ngx_asyncapi_postgres_conn_t *conn)
{
    ngx_uint_t         flags;
    ngx_connection_t  *c;

    c = conn->connection;

    if (c == NULL) {
        return;
    }

    flags = (PQsocket(conn->pg) == c->fd) ? 0 : NGX_CLOSE_EVENT;

    ngx_asyncapi_postgres_no_event(c->read, NGX_READ_EVENT, flags);
    ngx_asyncapi_postgres_no_event(c->write, NGX_WRITE_EVENT, flags);

    ngx_free_connection(c);

    c->fd = (ngx_socket_t) -1;
    conn->connection = NULL;
}


static void
ngx_asyncapi_postgres_no_event(ngx_event_t *ev, ngx_int_t event,
    ngx_uint_t flags)
{
    if (ev->active) {
        (void) ngx_del_event(ev, event, flags);
    }

    ev->closed = 1;

    if (ev->posted) {
        ngx_delete_posted_event(ev);
    }
}


static void
ngx_asyncapi_postgres_read_handler(ngx_event_t *rev)
{
    ngx_connection_t                *c;
    ngx_asyncapi_postgres_conn_t    *conn;
    ngx_asyncapi_postgres_server_t  *server;

    c = rev->data;
    conn = c->data;
    server = conn->server;

    /* a worker that quits calls it for each idle connection */

    if (c->close && conn->state == NGX_ASYNCAPI_POSTGRES_STATE_IDLE) {
        ngx_asyncapi_postgres_close(conn);
        return;
    }

    if (conn->state == NGX_ASYNCAPI_POSTGRES_STATE_CONNECTING
        && conn->stage == NGX_ASYNCAPI_POSTGRES_STAGE_NONE)
    {
        ngx_asyncapi_postgres_poll(conn);

    } else {
        ngx_asyncapi_postgres_read(conn);
    }

    ngx_asyncapi_postgres_pump(server);
}


static void
ngx_asyncapi_postgres_write_handler(ngx_event_t *wev)
{
    ngx_connection_t                *c;
    ngx_asyncapi_postgres_conn_t    *conn;
    ngx_asyncapi_postgres_server_t  *server;

    c = wev->data;
    conn = c->data;
    server = conn->server;

    if (conn->state == NGX_ASYNCAPI_POSTGRES_STATE_CONNECTING
        && conn->stage == NGX_ASYNCAPI_POSTGRES_STAGE_NONE)
    {
        ngx_asyncapi_postgres_poll(conn);

    } else if (ngx_asyncapi_postgres_flush(conn) != NGX_OK) {
        ngx_asyncapi_postgres_lost(conn, PQerrorMessage(conn->pg));
    }

    ngx_asyncapi_postgres_pump(server);
}


/* the socket may be another one afterwards */

static void
ngx_asyncapi_postgres_poll(ngx_asyncapi_postgres_conn_t *conn)
{
    PostgresPollingStatusType  status;

    ngx_asyncapi_postgres_detach(conn);

    status = PQconnectPoll(conn->pg);

    if (status == PGRES_POLLING_OK) {
        ngx_asyncapi_postgres_connected(conn);
        return;
    }

    if (status == PGRES_POLLING_FAILED) {
        ngx_asyncapi_postgres_lost(conn, PQerrorMessage(conn->pg));
        return;
    }

    if (ngx_asyncapi_postgres_attach(conn, status == PGRES_POLLING_WRITING)
        != NGX_OK)
    {
        ngx_asyncapi_postgres_lost(conn, "no free worker_connections");
    }
}


/*
 * What values look like is not left to the settings of a database or a user;
 * and a query ends if its client does, as a worker that is killed.
 */

static void
ngx_asyncapi_postgres_connected(ngx_asyncapi_postgres_conn_t *conn)
{
    int          version;
    const char  *setup;

    if (ngx_asyncapi_postgres_attach(conn, 0) != NGX_OK) {
        ngx_asyncapi_postgres_lost(conn, "no free worker_connections");
        return;
    }

    version = PQserverVersion(conn->pg);

    if (version >= 140000) {
        setup = "SELECT set_config('bytea_output', 'hex', false),"
                " set_config('extra_float_digits', '1', false),"
                " set_config('client_connection_check_interval', '2000',"
                            " false)";

    } else if (version >= 120000) {
        setup = "SELECT set_config('bytea_output', 'hex', false),"
                " set_config('extra_float_digits', '1', false)";

    } else {
        setup = "SELECT set_config('bytea_output', 'hex', false),"
                " set_config('extra_float_digits', '3', false)";
    }

    if (PQsetnonblocking(conn->pg, 1) != 0
        || PQenterPipelineMode(conn->pg) != 1
        || ngx_asyncapi_postgres_send(conn, setup,
                                      NGX_ASYNCAPI_POSTGRES_STAGE_SETUP)
           != NGX_OK)
    {
        ngx_asyncapi_postgres_lost(conn, PQerrorMessage(conn->pg));
    }
}


static void
ngx_asyncapi_postgres_read(ngx_asyncapi_postgres_conn_t *conn)
{
    int  before, after;

    before = conn->hungry ? ngx_asyncapi_postgres_unread(conn) : 0;

    if (PQconsumeInput(conn->pg) != 1) {

        /* what came before the end still counts */

        conn->ended = 1;

    } else if (conn->connection->write->active
               && ngx_asyncapi_postgres_flush(conn) != NGX_OK)
    {
        conn->ended = 1;
    }

    if (!conn->ended && ngx_asyncapi_postgres_tls_pending(conn)) {
        ngx_post_event(conn->connection->read, &ngx_posted_next_events);
    }

    if (before && !conn->ended) {
        after = ngx_asyncapi_postgres_unread(conn);

        /* more may have come in between */

        conn->partial += ngx_max(before - after,
                                 ngx_min(before, NGX_ASYNCAPI_POSTGRES_READ));

        if (conn->partial > conn->max_row) {
            ngx_asyncapi_postgres_too_large(conn);
            return;
        }
    }

    conn->hungry = 1;

    ngx_asyncapi_postgres_results(conn);
}


/* libpq reads no more than it has room for, a record may be twice that */

static ngx_uint_t
ngx_asyncapi_postgres_tls_pending(ngx_asyncapi_postgres_conn_t *conn)
{
    SSL  *ssl;

    ssl = PQsslStruct(conn->pg, "OpenSSL");

    return ssl && SSL_pending(ssl) > 0;
}


/*
 * libpq keeps a row until it is all there, and does not tell how much of it is;
 * so what it has read since the last row is counted at its socket
 */

static int
ngx_asyncapi_postgres_unread(ngx_asyncapi_postgres_conn_t *conn)
{
    int  n;

    if (ioctl(conn->connection->fd, FIONREAD, &n) == -1) {
        return 0;
    }

    return n;
}


ngx_int_t
ngx_asyncapi_postgres_flush(ngx_asyncapi_postgres_conn_t *conn)
{
    int           rc;
    ngx_event_t  *wev;

    wev = conn->connection->write;

    rc = PQflush(conn->pg);

    if (rc < 0) {
        return NGX_ERROR;
    }

    if (rc > 0 && !wev->active) {
        return ngx_add_event(wev, NGX_WRITE_EVENT, NGX_LEVEL_EVENT);
    }

    if (rc == 0 && wev->active) {
        return ngx_del_event(wev, NGX_WRITE_EVENT, 0);
    }

    return NGX_OK;
}


ngx_uint_t
ngx_asyncapi_postgres_stale(ngx_asyncapi_postgres_conn_t *conn)
{
    char  byte;

    /* of one that has just worked an event will tell */

    if (conn->released == ngx_current_msec) {
        return 0;
    }

    if (recv(PQsocket(conn->pg), &byte, 1, MSG_PEEK|MSG_DONTWAIT) == -1
        && (ngx_socket_errno == NGX_EAGAIN || ngx_socket_errno == NGX_EINTR))
    {
        return 0;
    }

    /* a notice, or the end */

    if (PQconsumeInput(conn->pg) == 1) {
        return 0;
    }

    ngx_asyncapi_postgres_lost(conn, PQerrorMessage(conn->pg));

    return 1;
}

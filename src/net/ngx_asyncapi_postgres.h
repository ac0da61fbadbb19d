
/*
 * Copyright (C) The asyncapi module authors
 *
 * PostgreSQL: libpq's non-blocking calls on nginx's events.
 *
 * A server is made when the configuration is read, and so are the statements
 * that are sent to it.  Each worker process has a pool of connections to it,
 * which are opened as calls need them and kept.  A connection works for one
 * call at a time; calls beyond the pool wait in a queue, first come, first
 * served.
 *
 * What a call sends leaves in one write: libpq's pipeline mode prepares a
 * statement, where the connection has not yet, and executes it in one round
 * trip.  Rows are handed on one by one as they come.
 *
 * Where more calls wait than there are connections, those of statements that
 * only read, and are known to be quick, are sent several at a time.  For the
 * server such a batch is one transaction: where one of them fails nothing was
 * done, and each is sent again, by itself.
 *
 * A call that is given up is cancelled at the server, by a thread, as libpq's
 * function for it waits; its connection is used again when the server has
 * answered and no transaction is left open, and else closed.
 *
 * Once an attempt to connect has failed, and no connection is left, calls fail
 * at once for a while, of 50 ms first and up to 2 s.
 *
 * Thread: the worker's event loop.
 */


#ifndef _NGX_ASYNCAPI_POSTGRES_H_INCLUDED_
#define _NGX_ASYNCAPI_POSTGRES_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <libpq-fe.h>
#include "ngx_asyncapi_job.h"


typedef struct ngx_asyncapi_postgres_server_s  ngx_asyncapi_postgres_server_t;
typedef struct ngx_asyncapi_postgres_call_s    ngx_asyncapi_postgres_call_t;
typedef struct ngx_asyncapi_postgres_conn_s    ngx_asyncapi_postgres_conn_t;


/* of the options of asyncapi_postgres */

#define NGX_ASYNCAPI_POSTGRES_POOL     10
#define NGX_ASYNCAPI_POSTGRES_QUEUE    1000
#define NGX_ASYNCAPI_POSTGRES_TIMEOUT  5000


typedef enum {
    NGX_ASYNCAPI_POSTGRES_OK = 0,
    NGX_ASYNCAPI_POSTGRES_CONNECT,  /* no connection, or it ended before the
                                       answer was there */
    NGX_ASYNCAPI_POSTGRES_LIMIT,    /* too many calls wait already */
    NGX_ASYNCAPI_POSTGRES_SQL,      /* the server says so: call->failure */
    NGX_ASYNCAPI_POSTGRES_REFUSED,  /* call->result() has refused a row */
    NGX_ASYNCAPI_POSTGRES_TOO_LARGE,  /* a row is larger than call->max_row */
    NGX_ASYNCAPI_POSTGRES_NO_MEMORY
} ngx_asyncapi_postgres_error_e;


/* SQL that is the same for all calls; one for each text */

typedef struct {
    ngx_str_t                       text;      /* a zero byte follows it */
    ngx_uint_t                      index;     /* in server->statements */
    ngx_msec_t                      took;      /* the worker's: the last time */
    unsigned                        known:1;   /* there was one */
    unsigned                        reads:1;   /* it may be done twice */
    char                            name[sizeof("asyncapi_") + NGX_INT_T_LEN];
} ngx_asyncapi_postgres_statement_t;


/* a type that not all servers have */

typedef struct {
    Oid                             oid;
    Oid                             element;   /* 0: it is no array; else the
                                                  type of what is in it, of a
                                                  domain that which it is of */
    u_char                          delimiter; /* between them */
    unsigned                        known:1;
} ngx_asyncapi_postgres_type_t;


/* a statement and the values of its parameters, as text; NULL is NULL */

typedef struct {
    ngx_asyncapi_postgres_statement_t  *statement;
    const char                        **values;
    ngx_uint_t                          nvalues;
} ngx_asyncapi_postgres_step_t;


/* one host of the connection string */

typedef struct {
    const char                     *host;      /* or NULL */
    const char                     *port;      /* or NULL */
    ngx_str_t                       name;      /* to be resolved; or empty */
    const char                    **addrs;     /* numeric; a NULL is a socket in
                                                  the file system */
    ngx_uint_t                      naddrs;    /* 0: is resolved when a
                                                  connection is opened */
} ngx_asyncapi_postgres_target_t;


/* what asyncapi_postgres says; read-only when requests run, but for the
   worker's */

struct ngx_asyncapi_postgres_server_s {
    ngx_str_t                       name;

    /* libpq's parameters but for host, hostaddr and port; a NULL ends them */

    const char                    **keywords;
    const char                    **values;
    unsigned                        prefer_standby:1;

    ngx_array_t                     targets;   /* ..._target_t */
    ngx_uint_t                      size;      /* of the pool; 0: is not said */
    ngx_uint_t                      queue_size;
    ngx_msec_t                      timeout;   /* to connect to an address */

    ngx_resolver_t                 *resolver;  /* or NULL */
    ngx_msec_t                      resolver_timeout;

    ngx_array_t                     statements;  /* ..._statement_t * */

    /* the worker's */

    ngx_queue_t                     idle;      /* connections: the one that was
                                                  used last is first */
    ngx_queue_t                     waiting;   /* calls */
    ngx_uint_t                      nconns;    /* all of them */
    ngx_uint_t                      nconnecting;
    ngx_uint_t                      nwaiting;

    ngx_msec_t                      delay;     /* before the next attempt; 0:
                                                  the last one has succeeded */
    ngx_msec_t                      retry;     /* when that may be */
    char                            detail[256];  /* why an attempt failed */

    unsigned                        begun:1;   /* these are initialized */
    unsigned                        pumping:1;
};


/*
 * Statements and what becomes of them, in the caller's memory, zeroed before it
 * is filled.  From start() until the handler is called or cancel() returns it
 * belongs to the client, and so does what it points to.
 */

struct ngx_asyncapi_postgres_call_s {
    /* the caller's */

    ngx_asyncapi_postgres_server_t *server;
    ngx_thread_pool_t              *thread_pool;  /* for its cancellation */
    ngx_asyncapi_postgres_step_t   *steps;
    ngx_uint_t                      nsteps;
    size_t                          max_row;   /* bytes of one, as it comes */
    unsigned                        transaction:1;  /* all steps, or none */

    /*
     * Some or all of what the last step gives: rows, where any are there, and
     * in the end the status of the whole.  NGX_OK; NGX_DONE: res is the
     * caller's from now on; NGX_ERROR: the call fails with REFUSED, nothing
     * more of it is wanted.
     */
    ngx_int_t                     (*result)(ngx_asyncapi_postgres_call_t *call,
                                        PGresult *res);

    /* what result() has been given was not the end: it is to come again */
    void                          (*again)(ngx_asyncapi_postgres_call_t *call);

    /*
     * Called exactly once, unless the call is cancelled; maybe inside start().
     * It only records and posts: it must not start or cancel calls.
     */
    void                          (*handler)(
                                        ngx_asyncapi_postgres_call_t *call);
    void                           *data;

    /* what it ended with, for as long as the handler runs */

    ngx_asyncapi_postgres_error_e   error;
    const char                     *detail;    /* why, for the log */
    PGresult                       *failure;   /* of SQL */
    unsigned                        undone:1;  /* the server has done nothing of
                                                  it, or has undone it */

    /* private */

    ngx_asyncapi_postgres_conn_t   *conn;      /* works for it, or NULL */
    ngx_queue_t                     queue;     /* of those that wait */
    unsigned                        waiting:1;
    unsigned                        alone:1;   /* it is to be in no batch */
};


/* ---- when the configuration is read ---- */

/*
 * Reads a connection string into the server.  NGX_OK; NGX_ERROR: no memory;
 * NGX_DECLINED: *message (in the pool, without values that could be secret)
 * says what is wrong.
 */
ngx_int_t ngx_asyncapi_postgres_conninfo(ngx_pool_t *pool, ngx_str_t *source,
    ngx_asyncapi_postgres_server_t *server, ngx_str_t *message);

/* once all of http {} is read: addresses; NGX_OK, NGX_ERROR (logged) */
ngx_int_t ngx_asyncapi_postgres_prepare(ngx_conf_t *cf,
    ngx_asyncapi_postgres_server_t *server);

/* the statement of that text; NULL: no memory */
ngx_asyncapi_postgres_statement_t *ngx_asyncapi_postgres_statement(
    ngx_pool_t *pool, ngx_asyncapi_postgres_server_t *server, ngx_str_t *text);


/* ---- while requests run ---- */

/* the call's handler tells how it went */
void ngx_asyncapi_postgres_start(ngx_asyncapi_postgres_call_t *call);

/*
 * The handler is not called any more, and the server is told to stop; what was
 * a transaction is rolled back.  No-op after the handler.
 */
void ngx_asyncapi_postgres_cancel(ngx_asyncapi_postgres_call_t *call);

/*
 * Of the call's connection, inside of result() and of the handler.  NULL: it is
 * not known; one that result() has asked for is when the handler is called, if
 * the call has succeeded.
 */
ngx_asyncapi_postgres_type_t *ngx_asyncapi_postgres_type(
    ngx_asyncapi_postgres_call_t *call, Oid oid);

/* the worker process ends: connections are closed, no handler is called */
void ngx_asyncapi_postgres_exit(void);


#endif /* _NGX_ASYNCAPI_POSTGRES_H_INCLUDED_ */

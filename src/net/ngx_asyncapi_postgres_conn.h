
/*
 * Copyright (C) The asyncapi module authors
 *
 * A connection to a PostgreSQL server, for the files of the client only.
 *
 * libpq owns the socket, and may close it and open another while it connects:
 * nginx's connection is made anew around each of its steps until then, and
 * lasts from then on as long as libpq's.
 *
 * Thread: the worker's event loop.
 */


#ifndef _NGX_ASYNCAPI_POSTGRES_CONN_H_INCLUDED_
#define _NGX_ASYNCAPI_POSTGRES_CONN_H_INCLUDED_


#include <ngx_event.h>
#include "ngx_asyncapi_postgres.h"


#define NGX_ASYNCAPI_POSTGRES_STATES(X)                                      \
    X(CONNECTING, "connecting")   /* and what is set up then */              \
    X(IDLE,       "idle")         /* in server->idle */                      \
    X(BUSY,       "busy")         /* works for conn->calls */                \
    X(DRAINING,   "draining")     /* nobody wants any more what comes */

typedef enum {
#define X(id, name)  NGX_ASYNCAPI_POSTGRES_STATE_##id,
    NGX_ASYNCAPI_POSTGRES_STATES(X)
#undef X
    NGX_ASYNCAPI_POSTGRES_STATE_N
} ngx_asyncapi_postgres_state_e;


/* what has been sent in one pipeline, up to its end */

typedef enum {
    NGX_ASYNCAPI_POSTGRES_STAGE_NONE = 0,
    NGX_ASYNCAPI_POSTGRES_STAGE_SETUP,
    NGX_ASYNCAPI_POSTGRES_STAGE_CALL,
    NGX_ASYNCAPI_POSTGRES_STAGE_COMMIT,
    NGX_ASYNCAPI_POSTGRES_STAGE_TYPES,
    NGX_ASYNCAPI_POSTGRES_STAGE_ROLLBACK
} ngx_asyncapi_postgres_stage_e;


/* calls that are sent at a time, and the longest that each has taken, ms */

#define NGX_ASYNCAPI_POSTGRES_BATCH  16
#define NGX_ASYNCAPI_POSTGRES_QUICK  10

/* types that are remembered; when there are more it begins anew */

#define NGX_ASYNCAPI_POSTGRES_TYPES  64

/* until something is cancelled, or cancelled again: doubled each time, ms */

#define NGX_ASYNCAPI_POSTGRES_AGAIN  100


/* one command of a pipeline, whose results come in the order of them */

typedef struct {
    ngx_asyncapi_postgres_statement_t  *prepares;  /* or NULL */
    ngx_uint_t                          call;      /* in conn->calls */
    unsigned                            rows:1;    /* they come one by one */
    unsigned                            last:1;    /* of the call's steps */
} ngx_asyncapi_postgres_command_t;


struct ngx_asyncapi_postgres_conn_s {
    ngx_queue_t                      queue;     /* of all of the worker */
    ngx_queue_t                      idle;      /* of the server's */
    ngx_asyncapi_postgres_server_t  *server;
    ngx_asyncapi_postgres_state_e    state;

    PGconn                          *pg;        /* or NULL */
    ngx_connection_t                *connection;  /* likewise */
    ngx_event_t                      timer;     /* to connect, to drain */
    ngx_msec_t                       released;  /* when it became idle */

    /* to connect */

    ngx_asyncapi_postgres_target_t  *target;    /* the current one */
    const char                     **addrs;     /* of it */
    ngx_uint_t                       naddrs;
    ngx_uint_t                       addr;      /* the next one */
    const char                     **resolved;  /* addrs, of the heap */
    ngx_resolver_ctx_t              *resolving;

    /* what is being worked on */

    /*
     * those that it works for, several only where each is one statement that
     * reads; NULL: nobody wants that one any more
     */
    ngx_asyncapi_postgres_call_t    *calls[NGX_ASYNCAPI_POSTGRES_BATCH];
    ngx_uint_t                       ncalls;    /* 0: it works for nobody */
    ngx_msec_t                       began;

    ngx_asyncapi_postgres_stage_e    stage;
    ngx_asyncapi_postgres_command_t *commands;
    ngx_uint_t                       allocated;
    ngx_uint_t                       ncommands;
    ngx_uint_t                       command;   /* whose results come next */
    PGresult                        *failure;   /* the first one, or NULL */
    ngx_uint_t                       failed;    /* the command that it is of */
    u_char                          *prepared;  /* by a statement's index */

    ngx_asyncapi_postgres_type_t     types[NGX_ASYNCAPI_POSTGRES_TYPES];
    ngx_uint_t                       ntypes;

    /* to cancel */

    ngx_thread_pool_t               *thread_pool;  /* of the last call */
    ngx_asyncapi_job_t              *job;       /* is under way, or NULL */
    ngx_uint_t                       cancels;   /* that have been sent */

    size_t                           max_row;   /* of the last call, or of
                                                   what is set up */
    size_t                           partial;   /* bytes, about, of a row that
                                                   is not all there */
    unsigned                         hungry:1;  /* the last read brought none */
    unsigned                         any:1;     /* not only standbys */
    unsigned                         ended:1;   /* nothing more comes */
    unsigned                         asked:1;   /* types are not known that the
                                                   calls ask for */
};


/* ---- conninfo.c ---- */

/* the first line of an error of libpq; the buffer is the process's */
const char *ngx_asyncapi_postgres_line(const char *message);


/* ---- postgres.c: the pool ---- */

/* gives idle connections to calls that wait, opens some, or ends the calls */
void ngx_asyncapi_postgres_pump(ngx_asyncapi_postgres_server_t *server);

/* the call waits, first or last of all */
void ngx_asyncapi_postgres_wait(ngx_asyncapi_postgres_call_t *call,
    ngx_uint_t first);

/* ends a call, which nothing works for any more */
void ngx_asyncapi_postgres_done(ngx_asyncapi_postgres_call_t *call,
    ngx_asyncapi_postgres_error_e error, const char *detail);


/* ---- conn.c: from an address to a connection, and its end ---- */

/* a new one, which begins to connect, or is gone already */
void ngx_asyncapi_postgres_open(ngx_asyncapi_postgres_server_t *server);

/* goes on with the next address; the connection may be gone behind it */
void ngx_asyncapi_postgres_next(ngx_asyncapi_postgres_conn_t *conn);

/* it has connected, and is set up; or has worked, and is clean */
void ngx_asyncapi_postgres_release(ngx_asyncapi_postgres_conn_t *conn);

/* ends it: its call, if it has one, fails with CONNECT */
void ngx_asyncapi_postgres_lost(ngx_asyncapi_postgres_conn_t *conn,
    const char *detail);

/* ends it, and tells nobody */
void ngx_asyncapi_postgres_close(ngx_asyncapi_postgres_conn_t *conn);

/* one function changes the state */
void ngx_asyncapi_postgres_state(ngx_asyncapi_postgres_conn_t *conn,
    ngx_asyncapi_postgres_state_e state);


/* ---- event.c: libpq on nginx's events ---- */

/* around the socket that libpq has now: NGX_OK, NGX_ERROR */
ngx_int_t ngx_asyncapi_postgres_attach(ngx_asyncapi_postgres_conn_t *conn,
    ngx_uint_t write);
void ngx_asyncapi_postgres_detach(ngx_asyncapi_postgres_conn_t *conn);

/* what is there to be sent: NGX_OK, NGX_ERROR (the connection is broken) */
ngx_int_t ngx_asyncapi_postgres_flush(ngx_asyncapi_postgres_conn_t *conn);

/* an idle connection has something to say, or has ended: it is lost */
ngx_uint_t ngx_asyncapi_postgres_stale(ngx_asyncapi_postgres_conn_t *conn);


/* ---- work.c: pipelines and their results ---- */

/* begins with conn->calls; the connection, if it can't, is gone behind it */
void ngx_asyncapi_postgres_run(ngx_asyncapi_postgres_conn_t *conn);

/* its calls are the next ones again, each for a connection of its own */
void ngx_asyncapi_postgres_again(ngx_asyncapi_postgres_conn_t *conn);

/* sends one command of no call's: NGX_OK, NGX_ERROR */
ngx_int_t ngx_asyncapi_postgres_send(ngx_asyncapi_postgres_conn_t *conn,
    const char *text, ngx_asyncapi_postgres_stage_e stage);

/* of a row that is still coming: the connection, with what it has, is closed */
void ngx_asyncapi_postgres_too_large(ngx_asyncapi_postgres_conn_t *conn);

/* takes the results that have come; the connection may be gone behind it */
void ngx_asyncapi_postgres_results(ngx_asyncapi_postgres_conn_t *conn);

/* all results of a pipeline are there, and nothing is on its way to cancel */
void ngx_asyncapi_postgres_settle(ngx_asyncapi_postgres_conn_t *conn);


/* ---- type.c: what the server says of types ---- */

/* room for those that calls are about to ask for */
void ngx_asyncapi_postgres_types_begin(ngx_asyncapi_postgres_conn_t *conn);

/* asks for those that are not known: NGX_OK, NGX_ERROR */
ngx_int_t ngx_asyncapi_postgres_types_send(
    ngx_asyncapi_postgres_conn_t *conn);

/* what it says */
void ngx_asyncapi_postgres_types_result(ngx_asyncapi_postgres_conn_t *conn,
    PGresult *res);

/* it has; those of which it has said nothing are no arrays */
void ngx_asyncapi_postgres_types_end(ngx_asyncapi_postgres_conn_t *conn);


/* ---- cancel.c ---- */

/*
 * Drops what comes, and tells the server to stop.  NGX_OK; NGX_DONE: the
 * connection is gone.
 */
ngx_int_t ngx_asyncapi_postgres_drain(ngx_asyncapi_postgres_conn_t *conn);

/* of conn->timer, when draining */
void ngx_asyncapi_postgres_drain_again(ngx_asyncapi_postgres_conn_t *conn);

/* the connection goes away before the job does */
void ngx_asyncapi_postgres_forget(ngx_asyncapi_postgres_conn_t *conn);


/* ---- resolve.c ---- */

/* calls ngx_asyncapi_postgres_next(), maybe at once */
void ngx_asyncapi_postgres_resolve(ngx_asyncapi_postgres_conn_t *conn);
void ngx_asyncapi_postgres_resolve_cancel(ngx_asyncapi_postgres_conn_t *conn);


#endif /* _NGX_ASYNCAPI_POSTGRES_CONN_H_INCLUDED_ */

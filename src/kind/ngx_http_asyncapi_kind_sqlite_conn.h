
/*
 * Copyright (C) The asyncapi module authors
 *
 * What the files of the sqlite kind share: databases, their connections, and
 * calls, which are jobs for a thread.
 *
 * A worker has of each database one connection that writes and several that
 * read.  A call is given one on the loop, before its job is posted, and has it
 * until the job is through, even if nobody wants it any more by then; what
 * finds none waits on the loop, not in a thread.  So no connection is ever
 * used by two threads, and what is interrupted is the call that has it.
 *
 * Thread: the fields say whose they are; a job's own memory changes hands as
 * ngx_asyncapi_job.h has it.
 */


#ifndef _NGX_HTTP_ASYNCAPI_KIND_SQLITE_CONN_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_KIND_SQLITE_CONN_H_INCLUDED_


#include "ngx_http_asyncapi_kind_sqlite.h"

#include <pthread.h>
#include <sqlite3.h>


typedef struct ngx_http_asyncapi_sqlite_call_s  ngx_http_asyncapi_sqlite_call_t;
typedef struct ngx_http_asyncapi_sqlite_s       ngx_http_asyncapi_sqlite_t;


/* of a statement of the configuration: sql->data */

typedef struct {
    ngx_uint_t                        number;    /* in its database */
    ngx_uint_t                        writes;    /* the loop's: as far as is
                                                    known */
} ngx_http_asyncapi_sqlite_statement_t;


typedef struct {
    ngx_http_asyncapi_sqlite_t       *database;
    ngx_uint_t                        writer;
    ngx_http_asyncapi_sqlite_call_t  *call;      /* the loop's: that has it */

    /* the call's thread's */
    sqlite3                          *handle;    /* NULL: not open */
    sqlite3_stmt                    **prepared;  /* by number; or NULL */

    /* held by who opens and closes the handle, and who interrupts it */
    pthread_mutex_t                   mutex;
} ngx_http_asyncapi_sqlite_conn_t;


struct ngx_http_asyncapi_sqlite_s {
    ngx_http_asyncapi_sql_database_t  named;     /* first */
    ngx_str_t                         file;      /* with a zero byte behind */
    ngx_uint_t                        statements;
    ngx_uint_t                        readonly;

    /* the loop's */
    ngx_http_asyncapi_sqlite_conn_t  *conns;     /* the first one writes */
    ngx_queue_t                       waiting[2];  /* calls, those that read and
                                                      those that write */
    ngx_uint_t                        nwaiting;
};


struct ngx_http_asyncapi_sqlite_call_s {
    ngx_asyncapi_job_t               *job;       /* its owner is the operation,
                                                    or NULL: cancelled */
    ngx_http_asyncapi_node_t         *node;
    ngx_http_asyncapi_sqlite_t       *database;
    ngx_uint_t                        writes;
    ngx_thread_pool_t                *threads;
    ngx_http_asyncapi_sqlite_conn_t  *conn;      /* NULL: it waits */
    ngx_queue_t                       queue;
    ngx_uint_t                        cancelled; /* atomic */

    ngx_asyncapi_sql_value_t        **values;    /* by statement; in the
                                                    memory that the job holds */
    ngx_asyncapi_sql_rows_t           rows;
    ngx_http_asyncapi_result_t        result;

    /* the thread's */
    int                               rc;        /* of what failed */
    ngx_uint_t                        locked;    /* how often it has waited for
                                                    a lock */
    ngx_http_asyncapi_sqlite_statement_t  *misplaced;  /* writes, as has turned
                                                    out: nothing is done */
};


/* ---- when the configuration is read ---- */

/* its connections, none of which is open: NGX_OK or NGX_ERROR (no memory) */
ngx_int_t ngx_http_asyncapi_sqlite_pool(ngx_conf_t *cf,
    ngx_http_asyncapi_sqlite_t *db);

/* one more statement of a task: NGX_CONF_OK, NGX_CONF_ERROR (logged) */
char *ngx_http_asyncapi_sqlite_check(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_asyncapi_sql_t *sql);


/* ---- on the loop ---- */

/* the operation has failed, as there are too many */
void ngx_http_asyncapi_sqlite_full(ngx_http_asyncapi_op_t *op);

/*
 * The call is given a connection and posted, or waits for one.  NGX_OK;
 * NGX_BUSY: there are too many
 */
ngx_int_t ngx_http_asyncapi_sqlite_submit(
    ngx_http_asyncapi_sqlite_call_t *call);

/* from the job's done(): others may have the connection */
void ngx_http_asyncapi_sqlite_release(ngx_http_asyncapi_sqlite_call_t *call);

/* nobody wants it; it gives back itself, if not now then soon */
void ngx_http_asyncapi_sqlite_drop(ngx_http_asyncapi_sqlite_call_t *call);


/* ---- in a thread ---- */

/* run() of a job: fills call->result, or sets call->misplaced */
void ngx_http_asyncapi_sqlite_run(ngx_asyncapi_job_t *job);

/* the call's connection is open: SQLITE_OK or why not, as all that follows */
int ngx_http_asyncapi_sqlite_open(ngx_http_asyncapi_sqlite_call_t *call);
void ngx_http_asyncapi_sqlite_close(ngx_http_asyncapi_sqlite_conn_t *conn);
/* sql without results; where there is a lock it is waited for */
int ngx_http_asyncapi_sqlite_exec(ngx_http_asyncapi_sqlite_call_t *call,
    const char *sql);
/* the statement of the configuration, prepared once */
int ngx_http_asyncapi_sqlite_prepare(ngx_http_asyncapi_sqlite_call_t *call,
    ngx_asyncapi_sql_t *sql, sqlite3_stmt **stmt);
/* a lock has been met, the n-th time: 1, after a while; 0: give up */
ngx_uint_t ngx_http_asyncapi_sqlite_wait(
    ngx_http_asyncapi_sqlite_call_t *call, ngx_uint_t n);
ngx_uint_t ngx_http_asyncapi_sqlite_unwanted(
    ngx_http_asyncapi_sqlite_call_t *call);
/* the connection is as before, for the next call */
void ngx_http_asyncapi_sqlite_leave(ngx_http_asyncapi_sqlite_call_t *call);


/* ---- anywhere ---- */

/* the name of a code, as a JSON string */
const ngx_str_t *ngx_http_asyncapi_sqlite_code(int rc);


#endif /* _NGX_HTTP_ASYNCAPI_KIND_SQLITE_CONN_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * Pipelines of commands, and what becomes of their results.
 *
 * A transaction is two of them: BEGIN with all of its statements, and once
 * these have succeeded and somebody still wants it, COMMIT.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_postgres_conn.h"


static ngx_int_t ngx_asyncapi_postgres_room(ngx_asyncapi_postgres_conn_t *conn,
    ngx_uint_t n);
static ngx_int_t ngx_asyncapi_postgres_steps(
    ngx_asyncapi_postgres_conn_t *conn, ngx_uint_t n);
static ngx_asyncapi_postgres_command_t *ngx_asyncapi_postgres_command(
    ngx_asyncapi_postgres_conn_t *conn);
static ngx_int_t ngx_asyncapi_postgres_sent(
    ngx_asyncapi_postgres_conn_t *conn);
static void ngx_asyncapi_postgres_begin(ngx_asyncapi_postgres_conn_t *conn);
static ngx_int_t ngx_asyncapi_postgres_result(
    ngx_asyncapi_postgres_conn_t *conn, PGresult *res);
static ngx_int_t ngx_asyncapi_postgres_error(
    ngx_asyncapi_postgres_conn_t *conn, PGresult *res);
static ngx_int_t ngx_asyncapi_postgres_refuse(
    ngx_asyncapi_postgres_conn_t *conn, ngx_uint_t n);
static void ngx_asyncapi_postgres_settle_call(
    ngx_asyncapi_postgres_conn_t *conn, ngx_asyncapi_postgres_stage_e stage);
static ngx_uint_t ngx_asyncapi_postgres_outdated(
    ngx_asyncapi_postgres_conn_t *conn);
static void ngx_asyncapi_postgres_finish_all(
    ngx_asyncapi_postgres_conn_t *conn, ngx_asyncapi_postgres_error_e error);
static void ngx_asyncapi_postgres_finish(ngx_asyncapi_postgres_conn_t *conn,
    ngx_uint_t n, ngx_asyncapi_postgres_error_e error);
static void ngx_asyncapi_postgres_clean(ngx_asyncapi_postgres_conn_t *conn);


void
ngx_asyncapi_postgres_run(ngx_asyncapi_postgres_conn_t *conn)
{
    ngx_int_t   rc;
    ngx_uint_t  i, n;

    ngx_asyncapi_postgres_state(conn, NGX_ASYNCAPI_POSTGRES_STATE_BUSY);

    conn->stage = NGX_ASYNCAPI_POSTGRES_STAGE_CALL;
    conn->thread_pool = conn->calls[0]->thread_pool;
    conn->max_row = conn->calls[0]->max_row;
    conn->began = ngx_current_msec;

    ngx_asyncapi_postgres_types_begin(conn);

    n = 1;

    for (i = 0; i < conn->ncalls; i++) {
        conn->calls[i]->conn = conn;
        conn->max_row = ngx_max(conn->max_row, conn->calls[i]->max_row);

        n += 2 * conn->calls[i]->nsteps;
    }

    rc = ngx_asyncapi_postgres_room(conn, n);

    for (i = 0; i < conn->ncalls && rc == NGX_OK; i++) {
        rc = ngx_asyncapi_postgres_steps(conn, i);
    }

    if (rc == NGX_OK) {

        if (ngx_asyncapi_postgres_sent(conn) == NGX_OK) {
            return;
        }

    } else {

        /* what has no end is not committed */

        for (i = 0; i < conn->ncalls; i++) {
            conn->calls[i]->undone = 1;
        }
    }

    ngx_asyncapi_postgres_lost(conn, PQerrorMessage(conn->pg));
}


static ngx_int_t
ngx_asyncapi_postgres_room(ngx_asyncapi_postgres_conn_t *conn, ngx_uint_t n)
{
    conn->ncommands = 0;

    if (conn->allocated >= n) {
        return NGX_OK;
    }

    if (conn->commands) {
        ngx_free(conn->commands);
    }

    conn->allocated = 0;

    conn->commands = ngx_alloc(n * sizeof(ngx_asyncapi_postgres_command_t),
                               ngx_cycle->log);
    if (conn->commands == NULL) {
        return NGX_ERROR;
    }

    conn->allocated = n;

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_postgres_steps(ngx_asyncapi_postgres_conn_t *conn, ngx_uint_t n)
{
    ngx_uint_t                          i;
    ngx_asyncapi_postgres_call_t       *call;
    ngx_asyncapi_postgres_step_t       *step;
    ngx_asyncapi_postgres_command_t    *command;
    ngx_asyncapi_postgres_statement_t  *statement;

    call = conn->calls[n];

    if (call->transaction) {
        (void) ngx_asyncapi_postgres_command(conn);

        if (PQsendQueryParams(conn->pg, "BEGIN", 0, NULL, NULL, NULL, NULL, 0)
            != 1)
        {
            return NGX_ERROR;
        }
    }

    for (i = 0; i < call->nsteps; i++) {
        step = &call->steps[i];
        statement = step->statement;

        if (!conn->prepared[statement->index]) {

            if (PQsendPrepare(conn->pg, statement->name,
                              (char *) statement->text.data, 0, NULL)
                != 1)
            {
                return NGX_ERROR;
            }

            command = ngx_asyncapi_postgres_command(conn);
            command->prepares = statement;
            conn->prepared[statement->index] = 1;
        }

        if (PQsendQueryPrepared(conn->pg, statement->name, step->nvalues,
                                step->values, NULL, NULL, 0)
            != 1)
        {
            return NGX_ERROR;
        }

        command = ngx_asyncapi_postgres_command(conn);
        command->call = n;
        command->rows = 1;
        command->last = (i == call->nsteps - 1);
    }

    return NGX_OK;
}


/* there is room for it */

static ngx_asyncapi_postgres_command_t *
ngx_asyncapi_postgres_command(ngx_asyncapi_postgres_conn_t *conn)
{
    ngx_asyncapi_postgres_command_t  *command;

    command = &conn->commands[conn->ncommands++];

    ngx_memzero(command, sizeof(ngx_asyncapi_postgres_command_t));

    return command;
}


ngx_int_t
ngx_asyncapi_postgres_send(ngx_asyncapi_postgres_conn_t *conn,
    const char *text, ngx_asyncapi_postgres_stage_e stage)
{
    conn->stage = stage;

    if (ngx_asyncapi_postgres_room(conn, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    (void) ngx_asyncapi_postgres_command(conn);

    if (PQsendQueryParams(conn->pg, text, 0, NULL, NULL, NULL, NULL, 0) != 1) {
        return NGX_ERROR;
    }

    return ngx_asyncapi_postgres_sent(conn);
}


/* the end of a pipeline: all of it leaves */

static ngx_int_t
ngx_asyncapi_postgres_sent(ngx_asyncapi_postgres_conn_t *conn)
{
    if (PQpipelineSync(conn->pg) != 1) {
        return NGX_ERROR;
    }

    conn->command = 0;
    conn->partial = 0;
    conn->hungry = 0;

    ngx_asyncapi_postgres_begin(conn);

    return ngx_asyncapi_postgres_flush(conn);
}


/* the results of the next command are about to come */

static void
ngx_asyncapi_postgres_begin(ngx_asyncapi_postgres_conn_t *conn)
{
    if (conn->command < conn->ncommands
        && conn->commands[conn->command].rows)
    {
        (void) PQsetSingleRowMode(conn->pg);
    }
}


void
ngx_asyncapi_postgres_results(ngx_asyncapi_postgres_conn_t *conn)
{
    PGresult  *res;

    while (!PQisBusy(conn->pg)
           && conn->stage != NGX_ASYNCAPI_POSTGRES_STAGE_NONE)
    {
        res = PQgetResult(conn->pg);

        conn->partial = 0;
        conn->hungry = 0;

        if (res == NULL) {

            /* the end of a command's results */

            if (conn->command == conn->ncommands) {
                break;
            }

            conn->command++;
            ngx_asyncapi_postgres_begin(conn);
            continue;
        }

        if (PQresultStatus(res) == PGRES_PIPELINE_SYNC) {
            PQclear(res);
            ngx_asyncapi_postgres_settle(conn);
            return;
        }

        if (ngx_asyncapi_postgres_result(conn, res) != NGX_OK) {
            return;
        }
    }

    if (conn->ended) {
        ngx_asyncapi_postgres_lost(conn, PQerrorMessage(conn->pg));
    }
}


/* NGX_OK; NGX_DONE: the connection is gone */

static ngx_int_t
ngx_asyncapi_postgres_result(ngx_asyncapi_postgres_conn_t *conn,
    PGresult *res)
{
    ngx_int_t                         rc;
    ExecStatusType                    status;
    ngx_asyncapi_postgres_call_t     *call;
    ngx_asyncapi_postgres_command_t  *command;

    status = PQresultStatus(res);

    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
        return ngx_asyncapi_postgres_error(conn, res);
    }

    if (conn->command == conn->ncommands) {
        PQclear(res);
        return NGX_OK;
    }

    command = &conn->commands[conn->command];

    if (status == PGRES_PIPELINE_ABORTED) {

        if (command->prepares) {
            conn->prepared[command->prepares->index] = 0;
        }

        PQclear(res);
        return NGX_OK;
    }

    if (command->rows && PQresultMemorySize(res) > conn->max_row) {
        PQclear(res);
        ngx_asyncapi_postgres_too_large(conn);
        return NGX_DONE;
    }

    if (conn->stage == NGX_ASYNCAPI_POSTGRES_STAGE_TYPES) {
        ngx_asyncapi_postgres_types_result(conn, res);
        PQclear(res);
        return NGX_OK;
    }

    call = conn->calls[command->call];
    rc = NGX_OK;

    if (command->last && conn->ncalls && call) {
        rc = call->result(call, res);
    }

    if (rc == NGX_DONE) {
        return NGX_OK;
    }

    PQclear(res);

    return (rc == NGX_OK) ? NGX_OK
                          : ngx_asyncapi_postgres_refuse(conn, command->call);
}


static ngx_int_t
ngx_asyncapi_postgres_error(ngx_asyncapi_postgres_conn_t *conn, PGresult *res)
{
    const char                       *severity;
    ngx_asyncapi_postgres_command_t  *command;

    severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);

    if (severity == NULL) {
        severity = PQresultErrorField(res, PG_DIAG_SEVERITY);
    }

    /* said by libpq itself, or the last that the server says */

    if (severity == NULL || ngx_strcmp(severity, "ERROR") != 0) {
        ngx_asyncapi_postgres_lost(conn, PQresultErrorMessage(res));
        PQclear(res);
        return NGX_DONE;
    }

    if (conn->command < conn->ncommands) {
        command = &conn->commands[conn->command];

        if (command->prepares) {
            conn->prepared[command->prepares->index] = 0;
        }
    }

    if (conn->failure) {
        PQclear(res);

    } else {
        conn->failure = res;
        conn->failed = conn->command;
    }

    return NGX_OK;
}


/* the call's own function does not want more of it */

static ngx_int_t
ngx_asyncapi_postgres_refuse(ngx_asyncapi_postgres_conn_t *conn, ngx_uint_t n)
{
    ngx_asyncapi_postgres_finish(conn, n, NGX_ASYNCAPI_POSTGRES_REFUSED);
    ngx_asyncapi_postgres_again(conn);

    return ngx_asyncapi_postgres_drain(conn);
}


void
ngx_asyncapi_postgres_too_large(ngx_asyncapi_postgres_conn_t *conn)
{
    ngx_uint_t  n;

    if (conn->ncalls) {
        n = (conn->command < conn->ncommands)
            ? conn->commands[conn->command].call : 0;

        ngx_asyncapi_postgres_finish(conn, n,
                                     NGX_ASYNCAPI_POSTGRES_TOO_LARGE);
        ngx_asyncapi_postgres_again(conn);
    }

    ngx_asyncapi_postgres_lost(conn, "a row is too large");
}


void
ngx_asyncapi_postgres_settle(ngx_asyncapi_postgres_conn_t *conn)
{
    ngx_asyncapi_postgres_stage_e  stage;

    stage = conn->stage;
    conn->stage = NGX_ASYNCAPI_POSTGRES_STAGE_NONE;

    if (conn->ncalls) {
        ngx_asyncapi_postgres_settle_call(conn, stage);
        return;
    }

    if (conn->failure && stage == NGX_ASYNCAPI_POSTGRES_STAGE_SETUP) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "asyncapi_postgres \"%V\": the session is not set up: %s",
                      &conn->server->name,
                      ngx_asyncapi_postgres_line(
                                         PQresultErrorMessage(conn->failure)));
    }

    if (stage == NGX_ASYNCAPI_POSTGRES_STAGE_ROLLBACK
        && PQtransactionStatus(conn->pg) != PQTRANS_IDLE)
    {
        ngx_asyncapi_postgres_lost(conn, "it could not be rolled back");
        return;
    }

    ngx_asyncapi_postgres_clean(conn);
}


static void
ngx_asyncapi_postgres_settle_call(ngx_asyncapi_postgres_conn_t *conn,
    ngx_asyncapi_postgres_stage_e stage)
{
    ngx_asyncapi_postgres_call_t  *call;

    call = conn->calls[0];

    if (stage == NGX_ASYNCAPI_POSTGRES_STAGE_TYPES) {
        ngx_asyncapi_postgres_types_end(conn);
    }

    if (conn->failure) {

        if (ngx_asyncapi_postgres_outdated(conn)) {
            ngx_asyncapi_postgres_again(conn);
            ngx_asyncapi_postgres_close(conn);
            return;
        }

        /* nothing of a batch is done: who it was will show */

        if (conn->ncalls > 1) {
            ngx_asyncapi_postgres_again(conn);

        } else {
            ngx_asyncapi_postgres_finish_all(conn, NGX_ASYNCAPI_POSTGRES_SQL);
        }

    } else if (stage == NGX_ASYNCAPI_POSTGRES_STAGE_CALL
               && call && call->transaction)
    {
        if (conn->ended) {
            call->undone = 1;

        } else if (ngx_asyncapi_postgres_send(conn, "COMMIT",
                                           NGX_ASYNCAPI_POSTGRES_STAGE_COMMIT)
                   == NGX_OK)
        {
            return;
        }

        ngx_asyncapi_postgres_lost(conn, PQerrorMessage(conn->pg));
        return;

    } else if (conn->asked && stage != NGX_ASYNCAPI_POSTGRES_STAGE_TYPES) {

        if (ngx_asyncapi_postgres_types_send(conn) != NGX_OK) {
            ngx_asyncapi_postgres_lost(conn, PQerrorMessage(conn->pg));
        }

        return;

    } else {
        ngx_asyncapi_postgres_finish_all(conn, NGX_ASYNCAPI_POSTGRES_OK);
    }

    ngx_asyncapi_postgres_clean(conn);
}


/*
 * A statement that was prepared before is not what it was, as its table has
 * been changed; or it is not there, as between us and the server something
 * gives connections to others.
 */

static ngx_uint_t
ngx_asyncapi_postgres_outdated(ngx_asyncapi_postgres_conn_t *conn)
{
    const char  *code, *function;

    if (conn->failed == conn->ncommands
        || !conn->commands[conn->failed].rows
        || (conn->failed && conn->commands[conn->failed - 1].prepares))
    {
        return 0;
    }

    code = PQresultErrorField(conn->failure, PG_DIAG_SQLSTATE);
    function = PQresultErrorField(conn->failure, PG_DIAG_SOURCE_FUNCTION);

    if (code == NULL || function == NULL) {
        return 0;
    }

    return (ngx_strcmp(code, "0A000") == 0
            && ngx_strcmp(function, "RevalidateCachedQuery") == 0)
           || (ngx_strcmp(code, "26000") == 0
               && ngx_strcmp(function, "FetchPreparedStatement") == 0);
}


void
ngx_asyncapi_postgres_again(ngx_asyncapi_postgres_conn_t *conn)
{
    ngx_asyncapi_postgres_call_t  *call;

    while (conn->ncalls) {
        call = conn->calls[--conn->ncalls];

        if (call == NULL) {
            continue;
        }

        call->conn = NULL;
        call->alone = 1;
        call->again(call);

        ngx_asyncapi_postgres_wait(call, 1);
    }
}


static void
ngx_asyncapi_postgres_finish_all(ngx_asyncapi_postgres_conn_t *conn,
    ngx_asyncapi_postgres_error_e error)
{
    ngx_uint_t                          i;
    ngx_asyncapi_postgres_statement_t  *statement;

    for (i = 0; i < conn->ncalls; i++) {

        if (conn->calls[i] == NULL) {
            continue;
        }

        statement = conn->calls[i]->steps[0].statement;
        statement->took = ngx_current_msec - conn->began;
        statement->known = 1;

        ngx_asyncapi_postgres_finish(conn, i, error);
    }

    conn->ncalls = 0;
}


static void
ngx_asyncapi_postgres_finish(ngx_asyncapi_postgres_conn_t *conn, ngx_uint_t n,
    ngx_asyncapi_postgres_error_e error)
{
    ngx_asyncapi_postgres_call_t  *call;

    call = conn->calls[n];

    if (call == NULL) {
        return;
    }

    conn->calls[n] = NULL;

    call->failure = conn->failure;

    ngx_asyncapi_postgres_done(call, error, NULL);

    call->conn = NULL;
    call->failure = NULL;
}


/* nobody waits for it: it is used again once nothing is left of what was */

static void
ngx_asyncapi_postgres_clean(ngx_asyncapi_postgres_conn_t *conn)
{
    if (conn->failure) {
        PQclear(conn->failure);
        conn->failure = NULL;
    }

    if (conn->ended) {
        ngx_asyncapi_postgres_lost(conn, PQerrorMessage(conn->pg));
        return;
    }

    /* what cancels could still meet what comes next */

    if (conn->job) {
        return;
    }

    if (PQtransactionStatus(conn->pg) == PQTRANS_IDLE) {
        ngx_asyncapi_postgres_release(conn);
        return;
    }

    ngx_asyncapi_postgres_state(conn, NGX_ASYNCAPI_POSTGRES_STATE_DRAINING);

    /* a server that does not answer is not waited for */

    conn->cancels = 0;
    ngx_add_timer(&conn->timer, NGX_ASYNCAPI_POSTGRES_AGAIN);

    if (ngx_asyncapi_postgres_send(conn, "ROLLBACK",
                                   NGX_ASYNCAPI_POSTGRES_STAGE_ROLLBACK)
        != NGX_OK)
    {
        ngx_asyncapi_postgres_lost(conn, PQerrorMessage(conn->pg));
    }
}

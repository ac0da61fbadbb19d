
/*
 * Copyright (C) The asyncapi module authors
 *
 * postgres NAME DATABASE "SQL", and transactions of several statements.
 */


#include "ngx_http_asyncapi_kind_postgres_private.h"


/*
 * Bytes of a row beside its values; those take no more than twice what they
 * take in the result.
 */

#define NGX_HTTP_ASYNCAPI_POSTGRES_ROW  65536


static char *ngx_http_asyncapi_postgres_words(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n);
static char *ngx_http_asyncapi_postgres_block(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n);

static ngx_int_t ngx_http_asyncapi_postgres_start(ngx_http_asyncapi_op_t *op);
static ngx_int_t ngx_http_asyncapi_postgres_step(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_sql_t *sql, ngx_asyncapi_sql_value_t *values,
    ngx_asyncapi_postgres_step_t *step);
static void ngx_http_asyncapi_postgres_cancel(ngx_http_asyncapi_op_t *op);
static ngx_int_t ngx_http_asyncapi_postgres_result(
    ngx_asyncapi_postgres_call_t *call, PGresult *res);
static void ngx_http_asyncapi_postgres_again(
    ngx_asyncapi_postgres_call_t *call);
static void ngx_http_asyncapi_postgres_handler(
    ngx_asyncapi_postgres_call_t *call);
static ngx_int_t ngx_http_asyncapi_postgres_made(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_result_t *result);
static ngx_int_t ngx_http_asyncapi_postgres_gather(
    ngx_http_asyncapi_node_t *node, ngx_pool_t *pool,
    ngx_http_asyncapi_result_t *result);
static void ngx_http_asyncapi_postgres_failed(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_result_t *result);
static ngx_int_t ngx_http_asyncapi_postgres_sql(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_result_t *result);


ngx_http_asyncapi_kind_t  ngx_http_asyncapi_kind_postgres = {
    ngx_string("postgres"),
    NGX_HTTP_ASYNCAPI_SQL_AS,              /* as */
    NULL,                                  /* options */

    ngx_http_asyncapi_sql_create,          /* create */
    ngx_http_asyncapi_postgres_words,      /* words */
    ngx_http_asyncapi_postgres_block,      /* block */
    NULL,                                  /* check */
    ngx_http_asyncapi_postgres_complete,   /* complete */
    ngx_http_asyncapi_sql_prepare,         /* prepare */

    ngx_http_asyncapi_postgres_start,      /* start */
    ngx_http_asyncapi_postgres_cancel,     /* cancel */
    NULL,                                  /* ended */

    ngx_http_asyncapi_sql_once,            /* once */
    0,                                     /* spares */
    1,                                     /* words_before */
    1                                      /* tells */
};


/* by ngx_asyncapi_postgres_error_e */

static ngx_http_asyncapi_reason_e  ngx_http_asyncapi_postgres_reasons[] = {
    NGX_HTTP_ASYNCAPI_OK,
    NGX_HTTP_ASYNCAPI_CONNECT,
    NGX_HTTP_ASYNCAPI_LIMIT,
    NGX_HTTP_ASYNCAPI_SQL,
    NGX_HTTP_ASYNCAPI_INVALID,             /* REFUSED */
    NGX_HTTP_ASYNCAPI_TOO_LARGE,
    NGX_HTTP_ASYNCAPI_CONNECT              /* NO_MEMORY */
};


static char *
ngx_http_asyncapi_postgres_words(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n)
{
    return ngx_http_asyncapi_sql_words(cf, node, word, n,
                                       &ngx_http_asyncapi_postgres_own);
}


static char *
ngx_http_asyncapi_postgres_block(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n)
{
    return ngx_http_asyncapi_sql_block(cf, node, word, n,
                                       &ngx_http_asyncapi_postgres_own);
}


static ngx_int_t
ngx_http_asyncapi_postgres_start(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_sql_conf_t  *conf = op->node->conf;

    void                             *data;
    ngx_int_t                         rc;
    ngx_uint_t                        i;
    ngx_asyncapi_sql_t               *sql;
    ngx_asyncapi_sql_value_t        **values;
    ngx_asyncapi_postgres_call_t     *call;
    ngx_http_asyncapi_postgres_t     *postgres;
    ngx_http_asyncapi_postgres_op_t  *ctx;

    rc = ngx_http_asyncapi_op_prepared(op, &data);

    if (rc != NGX_OK) {
        return (rc == NGX_DECLINED) ? NGX_OK : NGX_ERROR;
    }

    ctx = ngx_pcalloc(op->pool, sizeof(ngx_http_asyncapi_postgres_op_t)
                                + conf->statements.nelts
                                  * sizeof(ngx_asyncapi_postgres_step_t));
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    postgres = (ngx_http_asyncapi_postgres_t *) conf->database;
    sql = conf->statements.elts;
    values = data;

    call = &ctx->call;

    call->server = &postgres->server;
    call->thread_pool = ngx_http_asyncapi_op_thread_pool(op);
    call->steps = (ngx_asyncapi_postgres_step_t *) &ctx[1];
    call->nsteps = conf->statements.nelts;
    call->transaction = conf->transaction;
    call->max_row = NGX_HTTP_ASYNCAPI_POSTGRES_ROW
                    + 2 * ngx_http_asyncapi_op_max_result(op);
    call->result = ngx_http_asyncapi_postgres_result;
    call->again = ngx_http_asyncapi_postgres_again;
    call->handler = ngx_http_asyncapi_postgres_handler;
    call->data = op;

    for (i = 0; i < call->nsteps; i++) {

        if (ngx_http_asyncapi_postgres_step(op, &sql[i], values[i],
                                            &call->steps[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    ngx_http_asyncapi_sql_rows(op, &ctx->rows, op->pool);

    op->data = ctx;

    ngx_asyncapi_postgres_start(call);

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_postgres_step(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_sql_t *sql, ngx_asyncapi_sql_value_t *values,
    ngx_asyncapi_postgres_step_t *step)
{
    ngx_uint_t  i;

    step->statement = sql->data;
    step->nvalues = sql->refs.nelts;

    step->values = ngx_palloc(op->pool, (step->nvalues + 1) * sizeof(char *));
    if (step->values == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < step->nvalues; i++) {
        step->values[i] = (values[i].type == NGX_ASYNCAPI_SQL_NULL)
                          ? NULL : (char *) values[i].text.data;
    }

    return NGX_OK;
}


static void
ngx_http_asyncapi_postgres_cancel(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_postgres_op_t  *ctx;

    ctx = op->data;

    if (ctx) {
        ngx_asyncapi_postgres_cancel(&ctx->call);
    }
}


static ngx_int_t
ngx_http_asyncapi_postgres_result(ngx_asyncapi_postgres_call_t *call,
    PGresult *res)
{
    ngx_http_asyncapi_op_t           *op;
    ngx_http_asyncapi_postgres_op_t  *ctx;

    op = call->data;
    ctx = op->data;

    /* "SELECT;" gives rows without columns, which are none */

    if (PQnfields(res) == 0) {
        ctx->affected = ngx_max(0, atoll(PQcmdTuples(res)));
        return NGX_OK;
    }

    if (ngx_http_asyncapi_postgres_rows(op, res)) {
        return NGX_DONE;
    }

    return (ctx->rc == NGX_OK) ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_asyncapi_postgres_again(ngx_asyncapi_postgres_call_t *call)
{
    ngx_http_asyncapi_postgres_rows_again(call->data);
}


static void
ngx_http_asyncapi_postgres_handler(ngx_asyncapi_postgres_call_t *call)
{
    ngx_int_t                    rc;
    ngx_http_asyncapi_op_t      *op;
    ngx_http_asyncapi_result_t   result;

    op = call->data;

    ngx_memzero(&result, sizeof(ngx_http_asyncapi_result_t));

    rc = NGX_OK;

    if (call->error == NGX_ASYNCAPI_POSTGRES_OK
        || call->error == NGX_ASYNCAPI_POSTGRES_REFUSED)
    {
        rc = ngx_http_asyncapi_postgres_made(op, &result);

    } else if (call->error == NGX_ASYNCAPI_POSTGRES_TOO_LARGE) {
        result.reason = NGX_HTTP_ASYNCAPI_TOO_LARGE;
        ngx_str_set(&result.detail,
                    "a row is larger than asyncapi_max_result");

    } else if (call->error == NGX_ASYNCAPI_POSTGRES_SQL) {
        rc = ngx_http_asyncapi_postgres_sql(op, &result);

    } else {
        ngx_http_asyncapi_postgres_failed(op, &result);
    }

    if (rc != NGX_OK) {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_CONNECT,
                                      "no memory for the result");
        return;
    }

    ngx_http_asyncapi_task_done(op, &result);
}


static ngx_int_t
ngx_http_asyncapi_postgres_made(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_result_t *result)
{
    ngx_http_asyncapi_postgres_op_t  *ctx;

    ctx = op->data;

    if (ctx->later && ctx->rc == NGX_OK) {
        ngx_http_asyncapi_postgres_rows_types(op);
    }

    if (ctx->large.nelts && ctx->rc == NGX_OK) {
        result->gather = ngx_http_asyncapi_postgres_gather;
        result->data = ctx;
        result->size = ctx->large_size;

        return NGX_OK;
    }

    if (ctx->nkept && ctx->rc == NGX_OK) {
        ngx_http_asyncapi_postgres_rows_end(ctx);
    }

    if (ctx->columns || ctx->rc != NGX_OK) {
        return ngx_http_asyncapi_sql_result(&ctx->rows, ctx->rc, result);
    }

    result->as = NGX_HTTP_ASYNCAPI_AS_VALUE;

    return ngx_asyncapi_sql_affected(op->pool, ctx->affected, &result->body);
}


/* in a thread */

static ngx_int_t
ngx_http_asyncapi_postgres_gather(ngx_http_asyncapi_node_t *node,
    ngx_pool_t *pool, ngx_http_asyncapi_result_t *result)
{
    ngx_http_asyncapi_postgres_op_t  *ctx;

    ctx = result->data;
    ctx->rows.pool = pool;

    ngx_http_asyncapi_postgres_rows_end(ctx);

    return ngx_http_asyncapi_sql_result(&ctx->rows, ctx->rc, result);
}


/* no connection, or no place in the queue */

static void
ngx_http_asyncapi_postgres_failed(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_result_t *result)
{
    u_char                           *p;
    size_t                            len;
    ngx_asyncapi_postgres_call_t     *call;
    ngx_http_asyncapi_postgres_op_t  *ctx;

    ctx = op->data;
    call = &ctx->call;

    result->reason = ngx_http_asyncapi_postgres_reasons[call->error];
    result->retryable = (call->undone
                         && result->reason == NGX_HTTP_ASYNCAPI_CONNECT);

    len = sizeof("postgres \"\": ") - 1 + call->server->name.len
          + ngx_strlen(call->detail);

    p = ngx_pnalloc(op->pool, len);

    if (p) {
        result->detail.data = p;
        result->detail.len = ngx_sprintf(p, "postgres \"%V\": %s",
                                         &call->server->name, call->detail)
                             - p;
    }
}


/* what the server says: "duplicate key ... (Key (id)=(1) already exists.)" */

static ngx_int_t
ngx_http_asyncapi_postgres_sql(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_result_t *result)
{
    u_char                           *p;
    ngx_str_t                         code;
    const char                       *state, *message, *detail;
    ngx_http_asyncapi_postgres_op_t  *ctx;

    ctx = op->data;

    result->reason = NGX_HTTP_ASYNCAPI_SQL;

    state = PQresultErrorField(ctx->call.failure, PG_DIAG_SQLSTATE);
    message = PQresultErrorField(ctx->call.failure, PG_DIAG_MESSAGE_PRIMARY);
    detail = PQresultErrorField(ctx->call.failure, PG_DIAG_MESSAGE_DETAIL);

    state = state ? state : "";
    message = message ? message : "";

    p = ngx_pnalloc(op->pool, ngx_strlen(message) + sizeof(" ()")
                              + (detail ? ngx_strlen(detail) : 0));
    if (p == NULL) {
        return NGX_ERROR;
    }

    result->detail.data = p;
    p = ngx_sprintf(p, "%s", message);

    if (detail) {
        p = ngx_sprintf(p, " (%s)", detail);
    }

    result->detail.len = p - result->detail.data;

    /* nothing of it was done, and it may well succeed now */

    result->retryable = (ngx_strcmp(state, "40001") == 0
                         || ngx_strcmp(state, "40P01") == 0);

    code.data = (u_char *) state;
    code.len = ngx_strlen(state);

    return ngx_asyncapi_json_quote(op->pool, &code, &result->code);
}


void
ngx_http_asyncapi_postgres_exit(void)
{
    ngx_asyncapi_postgres_exit();
}

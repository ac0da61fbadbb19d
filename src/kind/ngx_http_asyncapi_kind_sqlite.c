
/*
 * Copyright (C) The asyncapi module authors
 *
 * sqlite NAME DATABASE "SQL": a statement in a file of one's own, in a thread.
 */


#include "ngx_http_asyncapi_kind_sqlite_conn.h"


static char *ngx_http_asyncapi_sqlite_words(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n);
static char *ngx_http_asyncapi_sqlite_block(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n);
static char *ngx_http_asyncapi_sqlite_threads(ngx_http_asyncapi_node_t *node);
static ngx_int_t ngx_http_asyncapi_sqlite_complete(ngx_conf_t *cf);
static ngx_int_t ngx_http_asyncapi_sqlite_number(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node);
static ngx_uint_t ngx_http_asyncapi_sqlite_writes(ngx_asyncapi_sql_t *sql);

static ngx_int_t ngx_http_asyncapi_sqlite_start(ngx_http_asyncapi_op_t *op);
static ngx_asyncapi_job_t *ngx_http_asyncapi_sqlite_job(
    ngx_http_asyncapi_op_t *op, ngx_asyncapi_sql_value_t **values);
static ngx_uint_t ngx_http_asyncapi_sqlite_call_writes(
    ngx_http_asyncapi_sqlite_call_t *call);
static void ngx_http_asyncapi_sqlite_done(ngx_asyncapi_job_t *job);
static void ngx_http_asyncapi_sqlite_cancel(ngx_http_asyncapi_op_t *op);


ngx_http_asyncapi_kind_t  ngx_http_asyncapi_kind_sqlite = {
    ngx_string("sqlite"),
    NGX_HTTP_ASYNCAPI_SQL_AS,              /* as */
    NULL,                                  /* options */

    ngx_http_asyncapi_sql_create,          /* create */
    ngx_http_asyncapi_sqlite_words,        /* words */
    ngx_http_asyncapi_sqlite_block,        /* block */
    NULL,                                  /* check */
    ngx_http_asyncapi_sqlite_complete,     /* complete */
    ngx_http_asyncapi_sql_prepare,         /* prepare */

    ngx_http_asyncapi_sqlite_start,        /* start */
    ngx_http_asyncapi_sqlite_cancel,       /* cancel */
    NULL,                                  /* ended */

    ngx_http_asyncapi_sql_once,            /* once */
    0,                                     /* spares */
    1,                                     /* words_before */
    1                                      /* tells */
};


#define NGX_HTTP_ASYNCAPI_SQLITE_CONTROL                                     \
    "write transaction DATABASE { \"SQL\"; \"SQL\"; }, which is all or nothing"
#define NGX_HTTP_ASYNCAPI_SQLITE_OTHER                                       \
    "name the other file by an asyncapi_sqlite of its own"


static ngx_http_asyncapi_sql_refused_t  ngx_http_asyncapi_sqlite_refused[] = {
    { "BEGIN", NULL, NGX_HTTP_ASYNCAPI_SQLITE_CONTROL },
    { "COMMIT", NULL, NGX_HTTP_ASYNCAPI_SQLITE_CONTROL },
    { "END", NULL, NGX_HTTP_ASYNCAPI_SQLITE_CONTROL },
    { "ROLLBACK", NULL, NGX_HTTP_ASYNCAPI_SQLITE_CONTROL },
    { "SAVEPOINT", NULL, NGX_HTTP_ASYNCAPI_SQLITE_CONTROL },
    { "RELEASE", NULL, NGX_HTTP_ASYNCAPI_SQLITE_CONTROL },
    { "ATTACH", NULL, NGX_HTTP_ASYNCAPI_SQLITE_OTHER },
    { "DETACH", NULL, NGX_HTTP_ASYNCAPI_SQLITE_OTHER },
    { "VACUUM", "INTO", "copy the database with the program sqlite3" },
    { NULL, NULL, NULL }
};


static const ngx_http_asyncapi_sql_kind_t  ngx_http_asyncapi_sqlite_own = {
    &ngx_http_asyncapi_kind_sqlite,
    &ngx_asyncapi_sql_sqlite,
    "SQLite database",
    "asyncapi_sqlite",
    "FILE",
    ngx_http_asyncapi_sqlite_refused,
    ngx_http_asyncapi_sqlite_check
};


/* statements that seem to read: whether they do shows when they are prepared */

static const char  *ngx_http_asyncapi_sqlite_reading[] = {
    "SELECT", "VALUES", "WITH", "EXPLAIN", "PRAGMA", NULL
};


char *
ngx_http_asyncapi_sqlite(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                   *value;
    ngx_http_asyncapi_sqlite_t  *db;

    if (!sqlite3_threadsafe()) {
        return "needs a SQLite that is built for threads";
    }

    db = ngx_http_asyncapi_sql_database(cf, sizeof(ngx_http_asyncapi_sqlite_t),
                                        &ngx_http_asyncapi_sqlite_own);
    if (db == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    if (value[2].len == 0 || value[2].data[0] == ':') {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is no file: each connection would have a "
                           "database of its own, write for instance "
                           "\"asyncapi_sqlite %V data/%V.db;\"",
                           &value[2], &value[1], &value[1]);
        return NGX_CONF_ERROR;
    }

    if (cf->args->nelts == 4) {

        if (ngx_strcmp(value[3].data, "readonly") != 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "there is no option \"%V\": only \"readonly\" "
                               "can stand behind the file", &value[3]);
            return NGX_CONF_ERROR;
        }

        db->readonly = 1;
    }

    db->file = value[2];

    if (ngx_conf_full_name(cf->cycle, &db->file, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return (ngx_http_asyncapi_sqlite_pool(cf, db) == NGX_OK) ? NGX_CONF_OK
                                                             : NGX_CONF_ERROR;
}


static char *
ngx_http_asyncapi_sqlite_words(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *word, ngx_uint_t n)
{
    char  *rv;

    rv = ngx_http_asyncapi_sqlite_threads(node);

    return (rv == NGX_CONF_OK)
           ? ngx_http_asyncapi_sql_words(cf, node, word, n,
                                         &ngx_http_asyncapi_sqlite_own)
           : rv;
}


static char *
ngx_http_asyncapi_sqlite_block(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *word, ngx_uint_t n)
{
    char  *rv;

    rv = ngx_http_asyncapi_sqlite_threads(node);

    return (rv == NGX_CONF_OK)
           ? ngx_http_asyncapi_sql_block(cf, node, word, n,
                                         &ngx_http_asyncapi_sqlite_own)
           : rv;
}


static char *
ngx_http_asyncapi_sqlite_threads(ngx_http_asyncapi_node_t *node)
{
#if (NGX_THREADS)
    node->endpoint->threads = 1;

    return NGX_CONF_OK;
#else
    return "needs an nginx that is built --with-threads";
#endif
}


static ngx_int_t
ngx_http_asyncapi_sqlite_complete(ngx_conf_t *cf)
{
    ngx_uint_t                  i;
    ngx_array_t                *nodes;
    ngx_http_asyncapi_node_t  **node;

    if (ngx_http_asyncapi_sql_complete(cf, &ngx_http_asyncapi_sqlite_own)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    nodes = ngx_http_asyncapi_sql_nodes(cf, &ngx_http_asyncapi_sqlite_own);

    if (nodes == NULL) {
        return NGX_OK;
    }

    node = nodes->elts;

    for (i = 0; i < nodes->nelts; i++) {
        if (ngx_http_asyncapi_sqlite_number(cf, node[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* the statements of a task are some of its database's */

static ngx_int_t
ngx_http_asyncapi_sqlite_number(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node)
{
    ngx_http_asyncapi_sql_conf_t  *conf = node->conf;

    ngx_uint_t                             i;
    ngx_asyncapi_sql_t                    *sql;
    ngx_http_asyncapi_sqlite_t            *db;
    ngx_http_asyncapi_sqlite_statement_t  *statement;

    db = (ngx_http_asyncapi_sqlite_t *) conf->database;
    sql = conf->statements.elts;

    statement = ngx_palloc(cf->pool,
                           conf->statements.nelts
                           * sizeof(ngx_http_asyncapi_sqlite_statement_t));
    if (statement == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < conf->statements.nelts; i++) {
        statement[i].number = db->statements++;
        statement[i].writes = ngx_http_asyncapi_sqlite_writes(&sql[i]);

        sql[i].data = &statement[i];
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_asyncapi_sqlite_writes(ngx_asyncapi_sql_t *sql)
{
    ngx_uint_t  i;

    for (i = 0; ngx_http_asyncapi_sqlite_reading[i]; i++) {
        if (ngx_asyncapi_sql_is(&sql->words[0],
                                ngx_http_asyncapi_sqlite_reading[i]))
        {
            return 0;
        }
    }

    return 1;
}


static ngx_int_t
ngx_http_asyncapi_sqlite_start(ngx_http_asyncapi_op_t *op)
{
    void                *values;
    ngx_int_t            rc;
    ngx_asyncapi_job_t  *job;

    rc = ngx_http_asyncapi_op_prepared(op, &values);

    if (rc != NGX_OK) {
        return (rc == NGX_DECLINED) ? NGX_OK : NGX_ERROR;
    }

    job = ngx_http_asyncapi_sqlite_job(op, values);
    if (job == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_asyncapi_sqlite_submit(job->data) != NGX_OK) {
        ngx_asyncapi_job_destroy(job);
        ngx_http_asyncapi_sqlite_full(op);

        return NGX_OK;
    }

    op->data = job;

    return NGX_OK;
}


static ngx_asyncapi_job_t *
ngx_http_asyncapi_sqlite_job(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_sql_value_t **values)
{
    ngx_http_asyncapi_sql_conf_t  *conf = op->node->conf;

    ngx_asyncapi_job_t               *job;
    ngx_http_asyncapi_sqlite_call_t  *call;

    job = ngx_asyncapi_job_create(sizeof(ngx_http_asyncapi_sqlite_call_t),
                                  ngx_cycle->log);
    if (job == NULL) {
        return NULL;
    }

    job->memory = ngx_http_asyncapi_op_memory(op);
    job->run = ngx_http_asyncapi_sqlite_run;
    job->done = ngx_http_asyncapi_sqlite_done;
    job->owner = op;

    call = job->data;

    call->job = job;
    call->node = op->node;
    call->database = (ngx_http_asyncapi_sqlite_t *) conf->database;
    call->writes = ngx_http_asyncapi_sqlite_call_writes(call);
    call->threads = ngx_http_asyncapi_op_thread_pool(op);
    call->values = values;

    /* unless it comes to something: a stop of nginx is not waited for */

    call->result.reason = NGX_HTTP_ASYNCAPI_CANCELLED;
    ngx_str_set(&call->result.detail, "nginx is being stopped");

    ngx_http_asyncapi_sql_rows(op, &call->rows, job->pool);

    return job;
}


static ngx_uint_t
ngx_http_asyncapi_sqlite_call_writes(ngx_http_asyncapi_sqlite_call_t *call)
{
    ngx_http_asyncapi_sql_conf_t  *conf = call->node->conf;

    ngx_uint_t                             i;
    ngx_asyncapi_sql_t                    *sql;
    ngx_http_asyncapi_sqlite_statement_t  *statement;

    if (call->database->readonly) {
        return 0;
    }

    sql = conf->statements.elts;

    for (i = 0; i < conf->statements.nelts; i++) {
        statement = sql[i].data;

        if (statement->writes) {
            return 1;
        }
    }

    return 0;
}


static void
ngx_http_asyncapi_sqlite_done(ngx_asyncapi_job_t *job)
{
    ngx_http_asyncapi_op_t           *op;
    ngx_http_asyncapi_sqlite_call_t  *call;

    call = job->data;

    ngx_http_asyncapi_sqlite_release(call);

    if (call->misplaced) {
        call->misplaced->writes = 1;
    }

    op = job->owner;

    if (op == NULL) {

        if (call->locked) {
            ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                          "asyncapi: sqlite \"%V\" was locked by another "
                          "connection until a task had no more time",
                          &call->database->named.name);
        }

        return;
    }

    if (call->misplaced) {
        op->data = NULL;

        if (ngx_http_asyncapi_sqlite_start(op) != NGX_OK) {
            ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_SQL,
                                          "there is no memory");
        }

        return;
    }

    if (ngx_asyncapi_job_keep(job, op->pool) != NGX_OK) {
        ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_SQL,
                                      "there is no memory");
        return;
    }

    ngx_http_asyncapi_task_done(op, &call->result);
}


static void
ngx_http_asyncapi_sqlite_cancel(ngx_http_asyncapi_op_t *op)
{
    ngx_asyncapi_job_t  *job;

    job = op->data;

    if (job) {
        ngx_http_asyncapi_sqlite_drop(job->data);
    }
}


void
ngx_http_asyncapi_sqlite_full(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_task_failed(op, NGX_HTTP_ASYNCAPI_LIMIT,
                                  "the queue of the thread pool is full");
}

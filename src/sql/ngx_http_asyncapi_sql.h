
/*
 * Copyright (C) The asyncapi module authors
 *
 * Tasks of SQL, as every kind of database has them:
 *
 *     KIND NAME [options] DATABASE "SQL";
 *     KIND NAME [options] transaction DATABASE { "SQL"; ... }
 *
 * Thread: the worker's event loop.
 */


#ifndef _NGX_HTTP_ASYNCAPI_SQL_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_SQL_H_INCLUDED_


#include "ngx_http_asyncapi_conf.h"
#include "ngx_asyncapi_sql.h"


/* statements that a task may not have, by their first words */

typedef struct {
    const char                        *word;
    const char                        *next;     /* or NULL: any */
    const char                        *instead;  /* COMMIT can't be sent: ... */
} ngx_http_asyncapi_sql_refused_t;


/* a database that a directive has named: what its kind knows begins with it */

typedef struct {
    ngx_str_t                          name;
} ngx_http_asyncapi_sql_database_t;


/* what is one kind's own */

typedef struct {
    ngx_http_asyncapi_kind_t          *kind;
    const ngx_asyncapi_sql_dialect_t  *dialect;
    const char                        *what;      /* "PostgreSQL database" */
    const char                        *directive; /* "asyncapi_postgres" */
    const char                        *example;   /* what stands behind the name
                                                     in the directive */
    ngx_http_asyncapi_sql_refused_t   *refused;   /* a NULL word ends it */

    /*
     * one more statement of a task, or NULL: NGX_CONF_OK, or NGX_CONF_ERROR
     * (logged)
     */
    char                            *(*statement)(ngx_conf_t *cf,
                                         ngx_http_asyncapi_node_t *node,
                                         ngx_asyncapi_sql_t *sql);
} ngx_http_asyncapi_sql_kind_t;


/* node->conf of a task */

typedef struct {
    ngx_str_t                          name;      /* of the database */
    ngx_http_asyncapi_sql_database_t  *database;  /* once all is read */
    ngx_array_t                        statements;  /* ngx_asyncapi_sql_t: one,
                                                       or the transaction's */
    unsigned                           transaction:1;
} ngx_http_asyncapi_sql_conf_t;


/* for the vtable: words and block with what is the kind's own */

#define NGX_HTTP_ASYNCAPI_SQL_AS                                             \
    NGX_HTTP_ASYNCAPI_AS_MASK(NGX_HTTP_ASYNCAPI_AS_ROWS)                     \
        |NGX_HTTP_ASYNCAPI_AS_MASK(NGX_HTTP_ASYNCAPI_AS_ROW)                 \
        |NGX_HTTP_ASYNCAPI_AS_MASK(NGX_HTTP_ASYNCAPI_AS_ONE)                 \
        |NGX_HTTP_ASYNCAPI_AS_MASK(NGX_HTTP_ASYNCAPI_AS_JSON)                \
        |NGX_HTTP_ASYNCAPI_AS_MASK(NGX_HTTP_ASYNCAPI_AS_TEXT)                \
        |NGX_HTTP_ASYNCAPI_AS_MASK(NGX_HTTP_ASYNCAPI_AS_BASE64)

void *ngx_http_asyncapi_sql_create(ngx_conf_t *cf);
char *ngx_http_asyncapi_sql_words(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n,
    const ngx_http_asyncapi_sql_kind_t *own);
char *ngx_http_asyncapi_sql_block(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n,
    const ngx_http_asyncapi_sql_kind_t *own);
/* once: the first word that does more than to read, or NULL */
ngx_str_t *ngx_http_asyncapi_sql_once(ngx_http_asyncapi_node_t *node,
    ngx_uint_t inner);
/* prepare: the values of all statements, ngx_asyncapi_sql_value_t **data */
ngx_int_t ngx_http_asyncapi_sql_prepare(ngx_http_asyncapi_node_t *node,
    ngx_asyncapi_render_t *render, void **data);
/* complete: gives the tasks their databases; NGX_OK, NGX_ERROR (logged) */
ngx_int_t ngx_http_asyncapi_sql_complete(ngx_conf_t *cf,
    const ngx_http_asyncapi_sql_kind_t *own);

/*
 * Of a directive that names a database: a zeroed one of that size, named by the
 * first argument.  NULL: logged.
 */
void *ngx_http_asyncapi_sql_database(ngx_conf_t *cf, size_t size,
    const ngx_http_asyncapi_sql_kind_t *own);
/* all of http {}: of ngx_http_asyncapi_sql_database_t *, or NULL */
ngx_array_t *ngx_http_asyncapi_sql_databases(ngx_conf_t *cf,
    const ngx_http_asyncapi_sql_kind_t *own);

/* likewise its tasks: of ngx_http_asyncapi_node_t *, or NULL */
ngx_array_t *ngx_http_asyncapi_sql_nodes(ngx_conf_t *cf,
    const ngx_http_asyncapi_sql_kind_t *own);

/* rows as as= has them, in that pool, up to asyncapi_max_result */
void ngx_http_asyncapi_sql_rows(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_sql_rows_t *rows, ngx_pool_t *pool);

/*
 * The result of what went into rows.  rc is what they returned last, or NGX_OK
 * when all are in: NGX_OK, or NGX_ERROR (no memory)
 */
ngx_int_t ngx_http_asyncapi_sql_result(ngx_asyncapi_sql_rows_t *rows,
    ngx_int_t rc, ngx_http_asyncapi_result_t *result);


#endif /* _NGX_HTTP_ASYNCAPI_SQL_H_INCLUDED_ */

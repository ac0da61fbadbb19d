
/*
 * Copyright (C) The asyncapi module authors
 *
 * What the files of the postgres kind share.
 *
 * Thread: the worker's event loop.
 */


#ifndef _NGX_HTTP_ASYNCAPI_KIND_POSTGRES_PRIVATE_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_KIND_POSTGRES_PRIVATE_H_INCLUDED_


#include "ngx_asyncapi_postgres.h"
#include "ngx_asyncapi_sql_postgres.h"
#include "ngx_http_asyncapi_kind_postgres.h"
#include "ngx_http_asyncapi_sql.h"


/* what asyncapi_postgres has declared */

typedef struct {
    ngx_http_asyncapi_sql_database_t   database;
    ngx_asyncapi_postgres_server_t     server;
} ngx_http_asyncapi_postgres_t;


/* a large row, as libpq gives it, of which it is the only one */

typedef struct {
    PGresult                             *res;      /* NULL: it is done with */
    ngx_uint_t                            before;   /* rows kept before it */
} ngx_http_asyncapi_postgres_large_t;


/* one running operation: op->data */

typedef struct {
    ngx_asyncapi_postgres_call_t          call;
    ngx_asyncapi_sql_rows_t               rows;
    ngx_asyncapi_sql_postgres_column_t   *columns;  /* NULL: none came */
    Oid                                  *types;    /* of columns */
    ngx_uint_t                            ncolumns;
    uint64_t                              affected;
    ngx_int_t                             rc;       /* of rows */

    /* rows as they came, until it is known what the types of their columns are;
       for each value its length, or that of NULL, the value, and a zero byte */

    u_char                               *kept;
    size_t                                kept_len;
    size_t                                kept_size;
    ngx_uint_t                            nkept;

    /* those that are large, for a thread: they stand among the rows kept */

    ngx_array_t                           large;    /* ..._postgres_large_t */
    size_t                                large_size;

    unsigned                              later:1;  /* types are not known */
} ngx_http_asyncapi_postgres_op_t;


/* ---- server.c ---- */

extern const ngx_http_asyncapi_sql_kind_t  ngx_http_asyncapi_postgres_own;

/* databases, and the statements of tasks: NGX_OK, NGX_ERROR (logged) */
ngx_int_t ngx_http_asyncapi_postgres_complete(ngx_conf_t *cf);


/* ---- rows.c ---- */

/*
 * Some or all of the rows; ctx->rc is that of ctx->rows.  1: the result is kept
 * for a thread, and not the caller's any more.
 */
ngx_uint_t ngx_http_asyncapi_postgres_rows(ngx_http_asyncapi_op_t *op,
    PGresult *res);

/* all have come, and what is to be known of types is known */
void ngx_http_asyncapi_postgres_rows_types(ngx_http_asyncapi_op_t *op);

/* makes JSON of those that are kept.  Thread: any */
void ngx_http_asyncapi_postgres_rows_end(ngx_http_asyncapi_postgres_op_t *ctx);

/* none has come, they come once more */
void ngx_http_asyncapi_postgres_rows_again(ngx_http_asyncapi_op_t *op);


#endif /* _NGX_HTTP_ASYNCAPI_KIND_POSTGRES_PRIVATE_H_INCLUDED_ */

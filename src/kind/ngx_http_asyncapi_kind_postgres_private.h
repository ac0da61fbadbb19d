
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
#include "ngx_http_asyncapi_kind_postgres.h"
#include "ngx_http_asyncapi_sql.h"


/* what asyncapi_postgres has declared */

typedef struct {
    ngx_http_asyncapi_sql_database_t   database;
    ngx_asyncapi_postgres_server_t     server;
} ngx_http_asyncapi_postgres_t;


/* how the text of a value becomes JSON */

typedef struct {
    Oid                                oid;
    Oid                                array;     /* of the array of it */
    ngx_int_t                        (*value)(ngx_asyncapi_sql_rows_t *rows,
                                         u_char *data, size_t len);

    /*
     * of an array: writes it at p, 8 bytes for each of its own at most;
     * returns the end
     */
    u_char                          *(*element)(u_char *p, ngx_str_t *text);
} ngx_http_asyncapi_postgres_type_t;

typedef struct {
    const ngx_http_asyncapi_postgres_type_t  *type;
    ngx_uint_t                         array;     /* it is one of that type */
} ngx_http_asyncapi_postgres_column_t;


/* ---- server.c ---- */

extern const ngx_http_asyncapi_sql_kind_t  ngx_http_asyncapi_postgres_own;

/* databases, and the statements of tasks: NGX_OK, NGX_ERROR (logged) */
ngx_int_t ngx_http_asyncapi_postgres_complete(ngx_conf_t *cf);


/* ---- type.c ---- */

/* columns are begun, and how each becomes JSON, in the pool; NULL: no memory */
ngx_http_asyncapi_postgres_column_t *ngx_http_asyncapi_postgres_columns(
    ngx_pool_t *pool, PGresult *res, ngx_asyncapi_sql_rows_t *rows);

/* all rows of a result; returns what ngx_asyncapi_sql_rows_value() does */
ngx_int_t ngx_http_asyncapi_postgres_rows(ngx_asyncapi_sql_rows_t *rows,
    ngx_http_asyncapi_postgres_column_t *columns, PGresult *res);


#endif /* _NGX_HTTP_ASYNCAPI_KIND_POSTGRES_PRIVATE_H_INCLUDED_ */

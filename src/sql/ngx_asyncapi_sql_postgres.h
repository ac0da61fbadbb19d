
/*
 * Copyright (C) The asyncapi module authors
 *
 * Values of PostgreSQL, in its own text form, as JSON.  Of a server nothing is
 * believed: what is not what its type says is a string.
 *
 * Thread: any; the rows are the caller's.
 */


#ifndef _NGX_ASYNCAPI_SQL_POSTGRES_H_INCLUDED_
#define _NGX_ASYNCAPI_SQL_POSTGRES_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_sql.h"


typedef struct ngx_asyncapi_sql_postgres_type_s
    ngx_asyncapi_sql_postgres_type_t;


/* how a column becomes JSON */

typedef struct {
    const ngx_asyncapi_sql_postgres_type_t  *type;   /* of it, or of what is in
                                                        its array */
    ngx_uint_t                       array;     /* it is one */
    u_char                           delimiter; /* in the array */
} ngx_asyncapi_sql_postgres_column_t;


/*
 * Of a column of that type, an OID of the catalog pg_type.  NGX_OK;
 * NGX_DECLINED: it is none of those that all servers have, and text, unless the
 * server says that it is an array.
 */
ngx_int_t ngx_asyncapi_sql_postgres_column(ngx_uint_t oid,
    ngx_asyncapi_sql_postgres_column_t *column);

/* of an array, of what the server says of it; an unknown type is text */
void ngx_asyncapi_sql_postgres_array(ngx_uint_t element, u_char delimiter,
    ngx_asyncapi_sql_postgres_column_t *column);

/*
 * The row's next column, which is not NULL; a zero byte follows it.  Returns
 * what ngx_asyncapi_sql_rows_value() does.
 */
ngx_int_t ngx_asyncapi_sql_postgres_value(ngx_asyncapi_sql_rows_t *rows,
    const ngx_asyncapi_sql_postgres_column_t *column, u_char *data,
    size_t len);


#endif /* _NGX_ASYNCAPI_SQL_POSTGRES_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * Types that are a database's own: whether they are arrays, and of what.  A
 * connection asks for them when the first results with them have come, and
 * remembers them.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_postgres_conn.h"


/* of a domain the type that it is of, which may be a domain itself */

#define NGX_ASYNCAPI_POSTGRES_TYPES_SQL                                      \
    "SELECT a.oid, a.typdelim,"                                              \
    " (WITH RECURSIVE d AS ("                                                \
        "SELECT e.oid, e.typbasetype"                                        \
        " UNION ALL"                                                         \
        " SELECT t.oid, t.typbasetype FROM d JOIN pg_catalog.pg_type t"      \
        " ON t.oid = d.typbasetype)"                                         \
    " SELECT oid FROM d WHERE typbasetype = 0)"                              \
    " FROM pg_catalog.pg_type a JOIN pg_catalog.pg_type e"                   \
    " ON e.oid = a.typelem AND e.typarray = a.oid"                           \
    " WHERE a.oid IN (0"


ngx_asyncapi_postgres_type_t *
ngx_asyncapi_postgres_type(ngx_asyncapi_postgres_call_t *call, Oid oid)
{
    ngx_uint_t                     i;
    ngx_asyncapi_postgres_conn_t  *conn;
    ngx_asyncapi_postgres_type_t  *type;

    conn = call->conn;

    for (i = 0; i < conn->ntypes; i++) {

        if (conn->types[i].oid == oid) {
            break;
        }
    }

    if (i == NGX_ASYNCAPI_POSTGRES_TYPES) {
        return NULL;
    }

    type = &conn->types[i];

    if (i == conn->ntypes) {
        ngx_memzero(type, sizeof(ngx_asyncapi_postgres_type_t));

        type->oid = oid;
        conn->ntypes++;
    }

    if (type->known) {
        return type;
    }

    conn->asked = 1;

    return NULL;
}


void
ngx_asyncapi_postgres_types_begin(ngx_asyncapi_postgres_conn_t *conn)
{
    conn->asked = 0;

    if (conn->ntypes > NGX_ASYNCAPI_POSTGRES_TYPES / 2) {
        conn->ntypes = 0;
    }
}


ngx_int_t
ngx_asyncapi_postgres_types_send(ngx_asyncapi_postgres_conn_t *conn)
{
    u_char      *p;
    ngx_uint_t   i;
    u_char       sql[sizeof(NGX_ASYNCAPI_POSTGRES_TYPES_SQL)
                     + NGX_ASYNCAPI_POSTGRES_TYPES * (NGX_INT32_LEN + 1)
                     + sizeof(")")];

    p = ngx_cpymem(sql, NGX_ASYNCAPI_POSTGRES_TYPES_SQL,
                   sizeof(NGX_ASYNCAPI_POSTGRES_TYPES_SQL) - 1);

    for (i = 0; i < conn->ntypes; i++) {

        if (!conn->types[i].known) {
            p = ngx_sprintf(p, ",%uD", (uint32_t) conn->types[i].oid);
        }
    }

    *p++ = ')';
    *p = '\0';

    return ngx_asyncapi_postgres_send(conn, (char *) sql,
                                      NGX_ASYNCAPI_POSTGRES_STAGE_TYPES);
}


void
ngx_asyncapi_postgres_types_result(ngx_asyncapi_postgres_conn_t *conn,
    PGresult *res)
{
    Oid         oid;
    int         row;
    ngx_uint_t  i;

    for (row = 0; row < PQntuples(res); row++) {

        oid = (Oid) strtoul(PQgetvalue(res, row, 0), NULL, 10);

        for (i = 0; i < conn->ntypes; i++) {

            if (conn->types[i].oid != oid) {
                continue;
            }

            conn->types[i].delimiter = PQgetvalue(res, row, 1)[0];
            conn->types[i].element = (Oid) strtoul(PQgetvalue(res, row, 2),
                                                   NULL, 10);
            conn->types[i].known = 1;
        }
    }
}


void
ngx_asyncapi_postgres_types_end(ngx_asyncapi_postgres_conn_t *conn)
{
    ngx_uint_t  i;

    if (conn->failure) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "asyncapi_postgres \"%V\": its own arrays are strings, "
                      "as it does not tell of types: %s",
                      &conn->server->name,
                      ngx_asyncapi_postgres_line(
                                         PQresultErrorMessage(conn->failure)));

        PQclear(conn->failure);
        conn->failure = NULL;
    }

    for (i = 0; i < conn->ntypes; i++) {
        conn->types[i].known = 1;
    }
}

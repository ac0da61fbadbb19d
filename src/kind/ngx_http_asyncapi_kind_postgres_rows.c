
/*
 * Copyright (C) The asyncapi module authors
 *
 * Rows of libpq's results as JSON.
 *
 * A column may be of a type that only this database has.  The connection is
 * asked whether that is an array, which it can tell when the statement has come
 * to its end, if it has not been asked before; rows are kept until then.
 *
 * Once a row is large it and those that follow are kept, too, for a thread.
 */


#include "ngx_http_asyncapi_kind_postgres_private.h"


/* the length of a NULL */
#define NGX_HTTP_ASYNCAPI_POSTGRES_NULL  ((size_t) -1)


static ngx_uint_t ngx_http_asyncapi_postgres_take(ngx_http_asyncapi_op_t *op,
    PGresult *res);
static ngx_uint_t ngx_http_asyncapi_postgres_enough(
    ngx_http_asyncapi_postgres_op_t *ctx);
static ngx_uint_t ngx_http_asyncapi_postgres_excess(
    ngx_http_asyncapi_postgres_op_t *ctx);
static void ngx_http_asyncapi_postgres_clear(void *data);
static ngx_int_t ngx_http_asyncapi_postgres_columns(
    ngx_http_asyncapi_op_t *op, PGresult *res);
static void ngx_http_asyncapi_postgres_types(
    ngx_http_asyncapi_postgres_op_t *ctx);
static ngx_int_t ngx_http_asyncapi_postgres_row(
    ngx_http_asyncapi_postgres_op_t *ctx, PGresult *res, ngx_int_t row);
static ngx_int_t ngx_http_asyncapi_postgres_value(
    ngx_http_asyncapi_postgres_op_t *ctx, ngx_uint_t column, u_char *data,
    size_t len);
static ngx_int_t ngx_http_asyncapi_postgres_keep(
    ngx_http_asyncapi_postgres_op_t *ctx, PGresult *res, ngx_int_t row);
static u_char *ngx_http_asyncapi_postgres_kept_row(
    ngx_http_asyncapi_postgres_op_t *ctx, u_char *p);
static u_char *ngx_http_asyncapi_postgres_room(
    ngx_http_asyncapi_postgres_op_t *ctx, size_t len);


ngx_uint_t
ngx_http_asyncapi_postgres_rows(ngx_http_asyncapi_op_t *op, PGresult *res)
{
    ngx_int_t                         row, nrows;
    ngx_http_asyncapi_postgres_op_t  *ctx;

    ctx = op->data;
    ctx->rc = NGX_OK;

    if (ctx->columns == NULL) {
        ctx->rc = ngx_http_asyncapi_postgres_columns(op, res);
    }

    nrows = PQntuples(res);

    if (nrows == 1 && ctx->rc == NGX_OK
        && ngx_http_asyncapi_op_offloads(op, PQresultMemorySize(res)))
    {
        return ngx_http_asyncapi_postgres_take(op, res);
    }

    for (row = 0; row < nrows && ctx->rc == NGX_OK; row++) {

        ctx->rc = (ctx->later || ctx->large.nelts)
                  ? ngx_http_asyncapi_postgres_keep(ctx, res, row)
                  : ngx_http_asyncapi_postgres_row(ctx, res, row);
    }

    if (ctx->rc == NGX_DONE) {
        ctx->rc = NGX_OK;
    }

    return 0;
}


static ngx_uint_t
ngx_http_asyncapi_postgres_take(ngx_http_asyncapi_op_t *op, PGresult *res)
{
    ngx_pool_cleanup_t                  *cln;
    ngx_http_asyncapi_postgres_op_t     *ctx;
    ngx_http_asyncapi_postgres_large_t  *large;

    ctx = op->data;

    if (ngx_http_asyncapi_postgres_enough(ctx)) {
        return 0;
    }

    if (ngx_http_asyncapi_postgres_excess(ctx)) {
        ctx->rc = NGX_DECLINED;
        return 0;
    }

    if (ctx->large.elts == NULL) {

        cln = ngx_pool_cleanup_add(op->pool, 0);

        if (cln == NULL
            || ngx_array_init(&ctx->large, op->pool, 4,
                              sizeof(ngx_http_asyncapi_postgres_large_t))
               != NGX_OK)
        {
            ctx->rc = NGX_ERROR;
            return 0;
        }

        cln->handler = ngx_http_asyncapi_postgres_clear;
        cln->data = ctx;
    }

    large = ngx_array_push(&ctx->large);
    if (large == NULL) {
        ctx->rc = NGX_ERROR;
        return 0;
    }

    large->res = res;
    large->before = ctx->nkept;

    ctx->large_size += PQresultMemorySize(res);

    return 1;
}


/* of as=row and as=value no more rows are wanted than the first */

static ngx_uint_t
ngx_http_asyncapi_postgres_enough(ngx_http_asyncapi_postgres_op_t *ctx)
{
    return ctx->nkept + ctx->large.nelts
           && ctx->rows.form != NGX_ASYNCAPI_SQL_ROWS;
}


/*
 * Whether the result is too large: with its length a value takes four times as
 * much as in the result at most
 */

static ngx_uint_t
ngx_http_asyncapi_postgres_excess(ngx_http_asyncapi_postgres_op_t *ctx)
{
    ctx->rows.too_large = ((ctx->kept_len + ctx->large_size) / 4
                           > ctx->rows.max);

    return ctx->rows.too_large;
}


static void
ngx_http_asyncapi_postgres_clear(void *data)
{
    ngx_http_asyncapi_postgres_op_t *ctx = data;

    ngx_uint_t                           i;
    ngx_http_asyncapi_postgres_large_t  *large;

    large = ctx->large.elts;

    for (i = 0; i < ctx->large.nelts; i++) {
        PQclear(large[i].res);
        large[i].res = NULL;
    }

    ctx->large.nelts = 0;
    ctx->large_size = 0;
}


static ngx_int_t
ngx_http_asyncapi_postgres_columns(ngx_http_asyncapi_op_t *op, PGresult *res)
{
    ngx_str_t                        *names;
    ngx_uint_t                        i, n;
    ngx_http_asyncapi_postgres_op_t  *ctx;

    ctx = op->data;
    n = PQnfields(res);

    names = ngx_palloc(op->pool, n * sizeof(ngx_str_t));
    ctx->types = ngx_palloc(op->pool, n * sizeof(Oid));
    ctx->columns = ngx_palloc(op->pool,
                              n * sizeof(ngx_asyncapi_sql_postgres_column_t));

    if (names == NULL || ctx->types == NULL || ctx->columns == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        names[i].data = (u_char *) PQfname(res, i);
        names[i].len = ngx_strlen(names[i].data);

        ctx->types[i] = PQftype(res, i);
    }

    ctx->ncolumns = n;

    ngx_http_asyncapi_postgres_types(ctx);

    return ngx_asyncapi_sql_rows_columns(&ctx->rows, names, n);
}


/* what is not known yet is text */

static void
ngx_http_asyncapi_postgres_types(ngx_http_asyncapi_postgres_op_t *ctx)
{
    ngx_uint_t                           i;
    ngx_asyncapi_postgres_type_t        *type;
    ngx_asyncapi_sql_postgres_column_t  *column;

    ctx->later = 0;

    for (i = 0; i < ctx->ncolumns; i++) {
        column = &ctx->columns[i];

        if (ngx_asyncapi_sql_postgres_column(ctx->types[i], column)
            == NGX_OK)
        {
            continue;
        }

        type = ngx_asyncapi_postgres_type(&ctx->call, ctx->types[i]);

        if (type == NULL) {
            ctx->later = 1;

        } else if (type->element) {
            ngx_asyncapi_sql_postgres_array(type->element, type->delimiter,
                                            column);
        }
    }
}


/* NGX_DONE: no more rows are wanted */

static ngx_int_t
ngx_http_asyncapi_postgres_row(ngx_http_asyncapi_postgres_op_t *ctx,
    PGresult *res, ngx_int_t row)
{
    size_t      len;
    ngx_int_t   rc;
    ngx_uint_t  i;

    rc = ngx_asyncapi_sql_rows_begin(&ctx->rows);

    for (i = 0; i < ctx->ncolumns && rc == NGX_OK; i++) {

        len = PQgetisnull(res, row, i) ? NGX_HTTP_ASYNCAPI_POSTGRES_NULL
                                       : (size_t) PQgetlength(res, row, i);

        rc = ngx_http_asyncapi_postgres_value(ctx, i,
                                   (u_char *) PQgetvalue(res, row, i), len);
    }

    return rc;
}


static ngx_int_t
ngx_http_asyncapi_postgres_value(ngx_http_asyncapi_postgres_op_t *ctx,
    ngx_uint_t column, u_char *data, size_t len)
{
    if (len == NGX_HTTP_ASYNCAPI_POSTGRES_NULL) {
        return ngx_asyncapi_sql_rows_value(&ctx->rows, NGX_ASYNCAPI_SQL_NULL,
                                           NULL, 0);
    }

    return ngx_asyncapi_sql_postgres_value(&ctx->rows, &ctx->columns[column],
                                           data, len);
}


static ngx_int_t
ngx_http_asyncapi_postgres_keep(ngx_http_asyncapi_postgres_op_t *ctx,
    PGresult *res, ngx_int_t row)
{
    u_char      *p;
    size_t       len, size;
    ngx_uint_t   i;

    if (ngx_http_asyncapi_postgres_enough(ctx)) {
        return NGX_DONE;
    }

    for (i = 0; i < ctx->ncolumns; i++) {

        if (PQgetisnull(res, row, i)) {
            len = NGX_HTTP_ASYNCAPI_POSTGRES_NULL;
            size = 0;

        } else {
            len = PQgetlength(res, row, i);
            size = len + 1;
        }

        p = ngx_http_asyncapi_postgres_room(ctx, sizeof(size_t) + size);

        if (p == NULL) {
            return ctx->rows.too_large ? NGX_DECLINED : NGX_ERROR;
        }

        p = ngx_cpymem(p, &len, sizeof(size_t));

        ngx_memcpy(p, PQgetvalue(res, row, i), size);
    }

    ctx->nkept++;

    return NGX_OK;
}


/* NULL: no memory, or the result is too large */

static u_char *
ngx_http_asyncapi_postgres_room(ngx_http_asyncapi_postgres_op_t *ctx,
    size_t len)
{
    u_char  *p;
    size_t   size;

    if (ctx->kept_size - ctx->kept_len < len) {

        if (ngx_http_asyncapi_postgres_excess(ctx)) {
            return NULL;
        }

        size = ngx_max(2 * ctx->kept_size, ctx->kept_len + len);
        size = ngx_max(size, 1024);

        p = ngx_pnalloc(ctx->rows.pool, size);
        if (p == NULL) {
            return NULL;
        }

        if (ctx->kept) {
            ngx_memcpy(p, ctx->kept, ctx->kept_len);
            (void) ngx_pfree(ctx->rows.pool, ctx->kept);
        }

        ctx->kept = p;
        ctx->kept_size = size;
    }

    p = ctx->kept + ctx->kept_len;
    ctx->kept_len += len;

    return p;
}


void
ngx_http_asyncapi_postgres_rows_types(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_postgres_types(op->data);
}


void
ngx_http_asyncapi_postgres_rows_end(ngx_http_asyncapi_postgres_op_t *ctx)
{
    u_char                              *p;
    ngx_uint_t                           i, n;
    ngx_http_asyncapi_postgres_large_t  *large;

    p = ctx->kept;
    n = 0;

    large = ctx->large.elts;

    for (i = 0; i < ctx->large.nelts && ctx->rc == NGX_OK; i++) {

        for ( /* void */ ; n < large[i].before && ctx->rc == NGX_OK; n++) {
            p = ngx_http_asyncapi_postgres_kept_row(ctx, p);
        }

        if (ctx->rc == NGX_OK) {
            ctx->rc = ngx_http_asyncapi_postgres_row(ctx, large[i].res, 0);
        }

        PQclear(large[i].res);
        large[i].res = NULL;
    }

    for ( /* void */ ; n < ctx->nkept && ctx->rc == NGX_OK; n++) {
        p = ngx_http_asyncapi_postgres_kept_row(ctx, p);
    }
}


/* ctx->rc is set; returns where the next one is */

static u_char *
ngx_http_asyncapi_postgres_kept_row(ngx_http_asyncapi_postgres_op_t *ctx,
    u_char *p)
{
    size_t      len;
    ngx_uint_t  i;

    ctx->rc = ngx_asyncapi_sql_rows_begin(&ctx->rows);

    for (i = 0; i < ctx->ncolumns && ctx->rc == NGX_OK; i++) {

        ngx_memcpy(&len, p, sizeof(size_t));
        p += sizeof(size_t);

        ctx->rc = ngx_http_asyncapi_postgres_value(ctx, i, p, len);

        if (len != NGX_HTTP_ASYNCAPI_POSTGRES_NULL) {
            p += len + 1;
        }
    }

    return p;
}


void
ngx_http_asyncapi_postgres_rows_again(ngx_http_asyncapi_op_t *op)
{
    ngx_http_asyncapi_postgres_op_t  *ctx;

    ctx = op->data;

    ctx->columns = NULL;
    ctx->rc = NGX_OK;
    ctx->later = 0;
    ctx->nkept = 0;
    ctx->kept_len = 0;

    ngx_http_asyncapi_postgres_clear(ctx);

    ngx_http_asyncapi_sql_rows(op, &ctx->rows, op->pool);
}

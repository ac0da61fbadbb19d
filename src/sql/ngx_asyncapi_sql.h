
/*
 * Copyright (C) The asyncapi module authors
 *
 * SQL: text that is fixed when the configuration is read, the values that are
 * bound to it, and rows as JSON.  It knows no database; what is different from
 * one to another is a dialect.
 *
 * Thread: any; the pools are the caller's.
 */


#ifndef _NGX_ASYNCAPI_SQL_H_INCLUDED_
#define _NGX_ASYNCAPI_SQL_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_template.h"


/* what the texts of databases do not have in common */

typedef struct {
    u_char                          placeholder;    /* "$" of $1, "?" of ?1 */
    unsigned                        dollars:1;      /* $tag$...$tag$ */
    unsigned                        escapes:1;      /* E'...' has \' */
    unsigned                        nested:1;       /* comments nest */
    unsigned                        brackets:1;     /* `...` and [...] */
    unsigned                        parameters:1;   /* ?, :name and @name are
                                                       some, and refused */
    unsigned                        triggers:1;     /* have statements inside,
                                                       with ";" behind them */
} ngx_asyncapi_sql_dialect_t;


extern const ngx_asyncapi_sql_dialect_t  ngx_asyncapi_sql_postgres;
extern const ngx_asyncapi_sql_dialect_t  ngx_asyncapi_sql_sqlite;


/* one statement, read-only once it is parsed and bound */

typedef struct {
    ngx_str_t                       text;      /* with placeholders; a zero byte
                                                  follows it, and there is none
                                                  in it */
    ngx_array_t                     refs;      /* ngx_asyncapi_ref_t *: the
                                                  first is $1.  Each reference
                                                  is a parameter of its own */
    ngx_str_t                       words[2];  /* the first ones outside of
                                                  strings and comments, as
                                                  written; or empty */
    ngx_str_t                       change;    /* INSERT, UPDATE, DELETE or
                                                  MERGE where it stands first,
                                                  as written; or empty */
    void                           *data;      /* the owner's own */
} ngx_asyncapi_sql_t;


/*
 * References outside of strings, quoted names and comments become parameters,
 * $$ a dollar.  NGX_OK; NGX_ERROR: err->message with err->near is what is
 * wrong, and what to write instead; or, without a message, no memory.
 */
ngx_int_t ngx_asyncapi_sql_parse(ngx_pool_t *pool, const ngx_str_t *source,
    const ngx_asyncapi_sql_dialect_t *dialect, ngx_asyncapi_sql_t *sql,
    ngx_asyncapi_template_error_t *err);

/* whether a word is that one, which is written in capitals */
ngx_uint_t ngx_asyncapi_sql_is(const ngx_str_t *word, const char *capitals);


/* of parameters, and of columns */

typedef enum {
    NGX_ASYNCAPI_SQL_NULL = 0,
    NGX_ASYNCAPI_SQL_TEXT,
    NGX_ASYNCAPI_SQL_NUMBER,        /* digits, as JSON has them */
    NGX_ASYNCAPI_SQL_BOOLEAN,       /* "true" or "false" */
    NGX_ASYNCAPI_SQL_JSON,          /* of a parameter: an object or array; of a
                                       column: any text that says to be JSON */
    NGX_ASYNCAPI_SQL_BYTES          /* of a column */
} ngx_asyncapi_sql_value_e;

typedef struct {
    ngx_asyncapi_sql_value_e        type;
    ngx_str_t                       text;      /* a zero byte follows it */
} ngx_asyncapi_sql_value_t;

/*
 * The values of all parameters, in memory of render->pool.  NGX_OK; NGX_ERROR:
 * no memory; NGX_DECLINED: one is no text (render->failed, ->message): bytes
 * that are no UTF-8, or a zero byte, which no database takes.
 */
ngx_int_t ngx_asyncapi_sql_values(const ngx_asyncapi_sql_t *sql,
    ngx_asyncapi_render_t *render, ngx_asyncapi_sql_value_t *values);


/* what becomes of rows */

typedef enum {
    NGX_ASYNCAPI_SQL_ROWS = 0,      /* an array of objects */
    NGX_ASYNCAPI_SQL_ROW,           /* the first one, or null */
    NGX_ASYNCAPI_SQL_ONE,           /* its first column, or null */
    NGX_ASYNCAPI_SQL_ONE_JSON,      /* the same, that has to be JSON */
    NGX_ASYNCAPI_SQL_ONE_TEXT,      /* the same as a string */
    NGX_ASYNCAPI_SQL_ONE_BASE64     /* the same as a string of base64 */
} ngx_asyncapi_sql_form_e;


/*
 * Rows as JSON, written as they come: columns(), once; begin(), as many
 * value() as there are columns, for each row; finish().  Of columns with the
 * same name the last one counts, as of members of an object.
 *
 * All return NGX_OK; NGX_ERROR (no memory); or NGX_DECLINED, and from then on
 * always: the result is too large, or (rows->message, constant) can't be JSON.
 */

typedef struct {
    ngx_pool_t                     *pool;
    ngx_asyncapi_sql_form_e         form;
    size_t                          max;       /* bytes of the result */
    const char                     *message;
    unsigned                        trust:1;   /* JSON is not checked */
    unsigned                        too_large:1;

    /* private */
    ngx_str_t                      *names;     /* of columns: {"a": and ,"b": ;
                                                  empty: left out */
    ngx_uint_t                      columns;
    ngx_uint_t                      column;    /* the next one of the row */
    ngx_uint_t                      rows;      /* that have begun */
    u_char                         *start;
    u_char                         *pos;
    u_char                         *end;
} ngx_asyncapi_sql_rows_t;


void ngx_asyncapi_sql_rows_init(ngx_asyncapi_sql_rows_t *rows,
    ngx_pool_t *pool, ngx_asyncapi_sql_form_e form, size_t max);
ngx_int_t ngx_asyncapi_sql_rows_columns(ngx_asyncapi_sql_rows_t *rows,
    const ngx_str_t *names, ngx_uint_t n);

/* NGX_DONE: no more rows are wanted, and this one is not either */
ngx_int_t ngx_asyncapi_sql_rows_begin(ngx_asyncapi_sql_rows_t *rows);

/*
 * The row's next column.  NUMBER and BOOLEAN are JSON and put in as they are,
 * so whatever else has been made JSON is a NUMBER too.
 */
ngx_int_t ngx_asyncapi_sql_rows_value(ngx_asyncapi_sql_rows_t *rows,
    ngx_asyncapi_sql_value_e type, const u_char *data, size_t len);

ngx_int_t ngx_asyncapi_sql_rows_finish(ngx_asyncapi_sql_rows_t *rows,
    ngx_str_t *json);

/* {"affected":n} of a statement that has no rows; NGX_OK, NGX_ERROR */
ngx_int_t ngx_asyncapi_sql_affected(ngx_pool_t *pool, uint64_t n,
    ngx_str_t *json);

/*
 * The shortest digits that are this number again, a point or an exponent among
 * them: 0.1, 1.0, 1e+300; of what is no number "Infinity", "-Infinity" and
 * "NaN", quotes included.  Returns the end; there is room for
 * NGX_ASYNCAPI_SQL_REAL bytes.
 */
#define NGX_ASYNCAPI_SQL_REAL  32

u_char *ngx_asyncapi_sql_real(u_char *p, double value);


#endif /* _NGX_ASYNCAPI_SQL_H_INCLUDED_ */

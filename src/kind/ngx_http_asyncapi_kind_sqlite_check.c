
/*
 * Copyright (C) The asyncapi module authors
 *
 * What of a statement is known to be wrong before there is a database.
 */


#include "ngx_http_asyncapi_kind_sqlite_conn.h"


static char *ngx_http_asyncapi_sqlite_pragma(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_asyncapi_sql_t *sql);
static ngx_uint_t ngx_http_asyncapi_sqlite_listed(ngx_str_t *name,
    const char **list);
static char *ngx_http_asyncapi_sqlite_syntax(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_asyncapi_sql_t *sql);


/* those that tell something of what is in their parentheses */

static const char  *ngx_http_asyncapi_sqlite_asking[] = {
    "TABLE_INFO", "TABLE_XINFO", "TABLE_LIST", "INDEX_LIST", "INDEX_INFO",
    "INDEX_XINFO", "FOREIGN_KEY_LIST", "FOREIGN_KEY_CHECK", "INTEGRITY_CHECK",
    "QUICK_CHECK", NULL
};

/* those that do something without being told what */

static const char  *ngx_http_asyncapi_sqlite_acting[] = {
    "INCREMENTAL_VACUUM", "OPTIMIZE", "SHRINK_MEMORY", "WAL_CHECKPOINT", NULL
};

/* what has nothing to do with what is in the database */

static const char  *ngx_http_asyncapi_sqlite_wrong[] = {
    "syntax error", "incomplete input", "unrecognized token", NULL
};


char *
ngx_http_asyncapi_sqlite_check(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_asyncapi_sql_t *sql)
{
    if (ngx_asyncapi_sql_is(&sql->words[0], "PRAGMA")
        && ngx_http_asyncapi_sqlite_pragma(cf, node, sql) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    return ngx_http_asyncapi_sqlite_syntax(cf, node, sql);
}


static char *
ngx_http_asyncapi_sqlite_pragma(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_asyncapi_sql_t *sql)
{
    u_char      *p, *last;
    ngx_str_t    name;
    ngx_uint_t   asks;

    last = sql->text.data + sql->text.len;

    /* the last word before what is set, or asked about, or before the end */

    for (p = sql->text.data; p < last; p++) {
        if (*p == '=' || *p == '(') {
            break;
        }
    }

    name.data = p;

    while (name.data > sql->text.data && name.data[-1] == ' ') {
        name.data--;
    }

    name.len = 0;

    while (name.data > sql->text.data
           && (isalnum(name.data[-1]) || name.data[-1] == '_'))
    {
        name.data--;
        name.len++;
    }

    if (p == last) {
        asks = !ngx_http_asyncapi_sqlite_listed(&name,
                                           ngx_http_asyncapi_sqlite_acting);
    } else {
        asks = (*p == '(')
               && ngx_http_asyncapi_sqlite_listed(&name,
                                           ngx_http_asyncapi_sqlite_asking);
    }

    if (asks) {
        return NGX_CONF_OK;
    }

    return ngx_http_asyncapi_node_error(cf, node,
                         "PRAGMA %V can't be sent where it changes something: "
                         "a worker has several connections, which are set up "
                         "as they have to be; what is kept in the file is "
                         "changed with the program sqlite3", &name);
}


static ngx_uint_t
ngx_http_asyncapi_sqlite_listed(ngx_str_t *name, const char **list)
{
    ngx_uint_t  i;

    for (i = 0; list[i]; i++) {
        if (ngx_asyncapi_sql_is(name, list[i])) {
            return 1;
        }
    }

    return 0;
}


/*
 * The database is not looked at, which may be none yet, or another's: in one
 * that is empty all names are unknown, but the grammar is the same.
 */

static char *
ngx_http_asyncapi_sqlite_syntax(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_asyncapi_sql_t *sql)
{
    char          *rv;
    sqlite3       *handle;
    ngx_uint_t     i;
    const char    *message;
    sqlite3_stmt  *stmt;

    rv = NGX_CONF_OK;

    if (sqlite3_open_v2(":memory:", &handle, SQLITE_OPEN_READWRITE, NULL)
        != SQLITE_OK)
    {
        (void) sqlite3_close(handle);
        return "is not checked, SQLite has no memory";
    }

    stmt = NULL;

    if (sqlite3_prepare_v2(handle, (char *) sql->text.data, sql->text.len + 1,
                           &stmt, NULL)
        != SQLITE_OK)
    {
        message = sqlite3_errmsg(handle);

        for (i = 0; ngx_http_asyncapi_sqlite_wrong[i]; i++) {

            if (ngx_strstr(message, ngx_http_asyncapi_sqlite_wrong[i])) {
                rv = ngx_http_asyncapi_node_error(cf, node,
                                       "SQLite does not take \"%V\": %s",
                                       &sql->text, message);
                break;
            }
        }
    }

    (void) sqlite3_finalize(stmt);
    (void) sqlite3_close(handle);

    return rv;
}

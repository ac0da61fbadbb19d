
/*
 * Copyright (C) The asyncapi module authors
 *
 * asyncapi_postgres: the servers, the statements that are sent to them, and
 * those that a task may not send.
 */


#include "ngx_http_asyncapi_kind_postgres_private.h"


static char *ngx_http_asyncapi_postgres_conninfo(ngx_conf_t *cf,
    ngx_asyncapi_postgres_server_t *server, ngx_str_t *source);
static char *ngx_http_asyncapi_postgres_option(ngx_conf_t *cf,
    ngx_str_t *value, ngx_asyncapi_postgres_server_t *server);
static char *ngx_http_asyncapi_postgres_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_asyncapi_sql_t *sql);
static void ngx_http_asyncapi_postgres_resolver(ngx_conf_t *cf,
    ngx_asyncapi_postgres_server_t *server);
static ngx_int_t ngx_http_asyncapi_postgres_statements(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node);


#define NGX_HTTP_ASYNCAPI_POSTGRES_SHARED                                    \
    "the connection is used by other requests afterwards: "
#define NGX_HTTP_ASYNCAPI_POSTGRES_BLOCK                                     \
    "write the statements of a transaction as "                              \
    "postgres NAME transaction DATABASE { \"SQL\"; \"SQL\"; }"
#define NGX_HTTP_ASYNCAPI_POSTGRES_PREPARED                                  \
    "all statements are prepared anyway: write what is to be executed"
#define NGX_HTTP_ASYNCAPI_POSTGRES_NOTIFY                                    \
    "nobody would hear it: LISTEN belongs into a program of its own"
#define NGX_HTTP_ASYNCAPI_POSTGRES_CURSOR                                    \
    "it would be gone before it is read: write the SELECT itself, whose "    \
    "rows are sent as they come"
#define NGX_HTTP_ASYNCAPI_POSTGRES_SETTING                                   \
    "write options='-c name=value' into the connection string of "           \
    "asyncapi_postgres, or SET LOCAL in a transaction"
#define NGX_HTTP_ASYNCAPI_POSTGRES_LOCK                                      \
    "it ends with the statement: write it in "                               \
    "postgres NAME transaction DATABASE { \"SQL\"; \"SQL\"; }"


static ngx_http_asyncapi_sql_refused_t  ngx_http_asyncapi_postgres_refused[] = {
    { "BEGIN", NULL, NGX_HTTP_ASYNCAPI_POSTGRES_BLOCK },
    { "START", NULL, NGX_HTTP_ASYNCAPI_POSTGRES_BLOCK },
    { "COMMIT", NULL, NGX_HTTP_ASYNCAPI_POSTGRES_BLOCK },
    { "END", NULL, NGX_HTTP_ASYNCAPI_POSTGRES_BLOCK },
    { "ROLLBACK", NULL, NGX_HTTP_ASYNCAPI_POSTGRES_BLOCK },
    { "ABORT", NULL, NGX_HTTP_ASYNCAPI_POSTGRES_BLOCK },
    { "SAVEPOINT", NULL, NGX_HTTP_ASYNCAPI_POSTGRES_BLOCK },
    { "RELEASE", NULL, NGX_HTTP_ASYNCAPI_POSTGRES_BLOCK },
    { "PREPARE", NULL, NGX_HTTP_ASYNCAPI_POSTGRES_PREPARED },
    { "EXECUTE", NULL, NGX_HTTP_ASYNCAPI_POSTGRES_PREPARED },
    { "DEALLOCATE", NULL, NGX_HTTP_ASYNCAPI_POSTGRES_PREPARED },
    { "LISTEN", NULL, NGX_HTTP_ASYNCAPI_POSTGRES_NOTIFY },
    { "UNLISTEN", NULL, NGX_HTTP_ASYNCAPI_POSTGRES_NOTIFY },
    { "DECLARE", NULL, NGX_HTTP_ASYNCAPI_POSTGRES_CURSOR },
    { "FETCH", NULL, NGX_HTTP_ASYNCAPI_POSTGRES_CURSOR },
    { "MOVE", NULL, NGX_HTTP_ASYNCAPI_POSTGRES_CURSOR },
    { "CLOSE", NULL, NGX_HTTP_ASYNCAPI_POSTGRES_CURSOR },
    { "COPY", NULL, "rows are not copied by it: write SELECT, INSERT, or "
      "psql's \\copy outside of nginx" },
    { "RESET", NULL, NGX_HTTP_ASYNCAPI_POSTGRES_SHARED
      NGX_HTTP_ASYNCAPI_POSTGRES_SETTING },
    { "DISCARD", NULL, NGX_HTTP_ASYNCAPI_POSTGRES_SHARED "take it away" },
    { "LOAD", NULL, NGX_HTTP_ASYNCAPI_POSTGRES_SHARED
      "name the library in session_preload_libraries" },
    { NULL, NULL, NULL }
};


const ngx_http_asyncapi_sql_kind_t  ngx_http_asyncapi_postgres_own = {
    &ngx_http_asyncapi_kind_postgres,
    &ngx_asyncapi_sql_postgres,
    "PostgreSQL database",
    "asyncapi_postgres",
    "\"host=127.0.0.1 dbname=shop user=shop\"",
    ngx_http_asyncapi_postgres_refused,
    ngx_http_asyncapi_postgres_statement
};


char *
ngx_http_asyncapi_postgres(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char                            *rv;
    ngx_str_t                       *value;
    ngx_uint_t                       i;
    ngx_http_asyncapi_postgres_t    *postgres;
    ngx_asyncapi_postgres_server_t  *server;

    postgres = ngx_http_asyncapi_sql_database(cf,
                                     sizeof(ngx_http_asyncapi_postgres_t),
                                     &ngx_http_asyncapi_postgres_own);
    if (postgres == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;
    server = &postgres->server;

    server->name = value[1];
    server->size = NGX_CONF_UNSET_UINT;
    server->queue_size = NGX_CONF_UNSET_UINT;

    if (ngx_array_init(&server->statements, cf->pool, 8, sizeof(void *))
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    for (i = 3; i < cf->args->nelts; i++) {

        rv = ngx_http_asyncapi_postgres_option(cf, &value[i], server);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    rv = ngx_http_asyncapi_postgres_conninfo(cf, server, &value[2]);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    ngx_conf_init_uint_value(server->size, NGX_ASYNCAPI_POSTGRES_POOL);
    ngx_conf_init_uint_value(server->queue_size, NGX_ASYNCAPI_POSTGRES_QUEUE);

    if (server->timeout == 0) {
        server->timeout = NGX_ASYNCAPI_POSTGRES_TIMEOUT;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_postgres_conninfo(ngx_conf_t *cf,
    ngx_asyncapi_postgres_server_t *server, ngx_str_t *source)
{
    ngx_int_t  rc;
    ngx_str_t  message;

    rc = ngx_asyncapi_postgres_conninfo(cf->pool, source, server, &message);

    if (rc == NGX_DECLINED) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the connection string of asyncapi_postgres \"%V\" "
                           "is wrong: %V; it stands in quotes as a whole, "
                           "write for instance "
                           "\"host=127.0.0.1 dbname=shop user=shop\"",
                           &server->name, &message);
    }

    return (rc == NGX_OK) ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_asyncapi_postgres_option(ngx_conf_t *cf, ngx_str_t *value,
    ngx_asyncapi_postgres_server_t *server)
{
    ngx_int_t  n;
    ngx_str_t  text;

    if (value->len > 5 && ngx_strncmp(value->data, "pool=", 5) == 0) {

        n = ngx_atoi(value->data + 5, value->len - 5);

        if (n == NGX_ERROR || n == 0) {
            return "has a \"pool=\" that is no number of connections: write "
                   "for instance pool=10";
        }

        if (server->size != NGX_CONF_UNSET_UINT) {
            return "has \"pool=\" twice";
        }

        server->size = n;
        return NGX_CONF_OK;
    }

    if (value->len > 6 && ngx_strncmp(value->data, "queue=", 6) == 0) {

        n = ngx_atoi(value->data + 6, value->len - 6);

        if (n == NGX_ERROR) {
            return "has a \"queue=\" that is no number of tasks: write for "
                   "instance queue=100";
        }

        if (server->queue_size != NGX_CONF_UNSET_UINT) {
            return "has \"queue=\" twice";
        }

        server->queue_size = n;
        return NGX_CONF_OK;
    }

    if (value->len > 8 && ngx_strncmp(value->data, "timeout=", 8) == 0) {

        text.data = value->data + 8;
        text.len = value->len - 8;

        n = ngx_parse_time(&text, 0);

        if (n == NGX_ERROR || n == 0) {
            return "has a \"timeout=\" that is no time: write for instance "
                   "timeout=2s";
        }

        if (server->timeout) {
            return "has \"timeout=\" twice";
        }

        server->timeout = n;
        return NGX_CONF_OK;
    }

    /* what is part of a connection string may be a password */

    return "has something behind the connection string that is not \"pool=N\", "
           "\"queue=N\" or \"timeout=TIME\"; the string stands in quotes as a "
           "whole";
}


/* SET is refused but for what ends with the transaction */

static char *
ngx_http_asyncapi_postgres_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_asyncapi_sql_t *sql)
{
    ngx_http_asyncapi_sql_conf_t  *conf = node->conf;

    ngx_str_t  *word;

    word = sql->words;

    node->endpoint->threads = 1;

    if (ngx_asyncapi_sql_is(&word[0], "LOCK") && !conf->transaction) {
        return ngx_http_asyncapi_node_error(cf, node, "LOCK can't be sent: "
                                       NGX_HTTP_ASYNCAPI_POSTGRES_LOCK);
    }

    if (!ngx_asyncapi_sql_is(&word[0], "SET")
        || (conf->transaction
            && (ngx_asyncapi_sql_is(&word[1], "LOCAL")
                || ngx_asyncapi_sql_is(&word[1], "TRANSACTION")
                || ngx_asyncapi_sql_is(&word[1], "CONSTRAINTS"))))
    {
        return NGX_CONF_OK;
    }

    return ngx_http_asyncapi_node_error(cf, node, "SET can't be sent: "
                                       NGX_HTTP_ASYNCAPI_POSTGRES_SHARED
                                       NGX_HTTP_ASYNCAPI_POSTGRES_SETTING);
}


ngx_int_t
ngx_http_asyncapi_postgres_complete(ngx_conf_t *cf)
{
    ngx_uint_t                      i;
    ngx_array_t                    *databases, *nodes;
    ngx_http_asyncapi_node_t      **node;
    ngx_http_asyncapi_postgres_t  **postgres;

    if (ngx_http_asyncapi_sql_complete(cf, &ngx_http_asyncapi_postgres_own)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    databases = ngx_http_asyncapi_sql_databases(cf,
                                             &ngx_http_asyncapi_postgres_own);
    if (databases == NULL) {
        return NGX_OK;
    }

    postgres = databases->elts;

    for (i = 0; i < databases->nelts; i++) {
        ngx_http_asyncapi_postgres_resolver(cf, &postgres[i]->server);

        if (ngx_asyncapi_postgres_prepare(cf, &postgres[i]->server)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    nodes = ngx_http_asyncapi_sql_nodes(cf, &ngx_http_asyncapi_postgres_own);
    node = nodes->elts;

    for (i = 0; i < nodes->nelts; i++) {
        if (ngx_http_asyncapi_postgres_statements(cf, node[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static void
ngx_http_asyncapi_postgres_resolver(ngx_conf_t *cf,
    ngx_asyncapi_postgres_server_t *server)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    /* without "resolver" it is one that has no name servers */

    if (clcf->resolver == NULL || clcf->resolver->connections.nelts == 0) {
        return;
    }

    server->resolver = clcf->resolver;
    server->resolver_timeout = clcf->resolver_timeout;

    if (server->resolver_timeout == NGX_CONF_UNSET_MSEC) {
        server->resolver_timeout = 30000;
    }
}


static ngx_int_t
ngx_http_asyncapi_postgres_statements(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node)
{
    ngx_http_asyncapi_sql_conf_t  *conf = node->conf;

    ngx_uint_t                          i;
    ngx_asyncapi_sql_t                 *sql;
    ngx_http_asyncapi_postgres_t       *postgres;
    ngx_asyncapi_postgres_statement_t  *statement;

    postgres = (ngx_http_asyncapi_postgres_t *) conf->database;
    sql = conf->statements.elts;

    for (i = 0; i < conf->statements.nelts; i++) {

        statement = ngx_asyncapi_postgres_statement(cf->pool,
                                                    &postgres->server,
                                                    &sql[i].text);
        if (statement == NULL) {
            return NGX_ERROR;
        }

        sql[i].data = statement;

        /* of a task that is no transaction it is the only one */

        if (!conf->transaction && ngx_http_asyncapi_sql_once(node, 0) == NULL) {
            statement->reads = 1;
        }
    }

    return NGX_OK;
}

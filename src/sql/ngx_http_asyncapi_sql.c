
/*
 * Copyright (C) The asyncapi module authors
 *
 * Tasks of SQL: reading them, and between an operation and its rows.
 */


#include "ngx_http_asyncapi_sql.h"


/* a kind's, of one http {} */

typedef struct {
    ngx_array_t  databases;                /* ..._sql_database_t * */
    ngx_array_t  nodes;                    /* ngx_http_asyncapi_node_t *: tasks
                                              that name one */
} ngx_http_asyncapi_sql_main_t;


/* the block that is being read */

typedef struct {
    ngx_http_asyncapi_node_t            *node;
    const ngx_http_asyncapi_sql_kind_t  *own;
} ngx_http_asyncapi_sql_reading_t;


static ngx_http_asyncapi_sql_main_t *ngx_http_asyncapi_sql_main(
    ngx_conf_t *cf, const ngx_http_asyncapi_sql_kind_t *own);
static ngx_http_asyncapi_sql_database_t *ngx_http_asyncapi_sql_find(
    ngx_http_asyncapi_sql_main_t *main, ngx_str_t *name);
static char *ngx_http_asyncapi_sql_named(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *name,
    const ngx_http_asyncapi_sql_kind_t *own);
static char *ngx_http_asyncapi_sql_line(ngx_conf_t *cf, ngx_command_t *dummy,
    void *conf);
static char *ngx_http_asyncapi_sql_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *source,
    const ngx_http_asyncapi_sql_kind_t *own);
static char *ngx_http_asyncapi_sql_refuse(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_asyncapi_sql_t *sql,
    ngx_http_asyncapi_sql_refused_t *refused);
static ngx_uint_t ngx_http_asyncapi_sql_reads(ngx_asyncapi_sql_t *sql);


/* statements that may be done twice; a NULL ends it */

static const char  *ngx_http_asyncapi_sql_reading[] = {
    "SELECT", "VALUES", "TABLE", "WITH", "EXPLAIN", "SHOW", "PRAGMA",
    "SET", "LOCK", NULL
};


/* by ngx_http_asyncapi_as_e */

static ngx_asyncapi_sql_form_e  ngx_http_asyncapi_sql_forms[] = {
    NGX_ASYNCAPI_SQL_ROWS,                 /* UNSET */
    NGX_ASYNCAPI_SQL_ONE_JSON,             /* JSON */
    NGX_ASYNCAPI_SQL_ONE_TEXT,             /* TEXT */
    NGX_ASYNCAPI_SQL_ONE_BASE64,           /* BASE64 */
    NGX_ASYNCAPI_SQL_ROWS,                 /* OBJECT: not of SQL */
    NGX_ASYNCAPI_SQL_ROWS,                 /* ROWS */
    NGX_ASYNCAPI_SQL_ROW,                  /* ROW */
    NGX_ASYNCAPI_SQL_ONE                   /* ONE */
};


static ngx_http_asyncapi_sql_main_t *
ngx_http_asyncapi_sql_main(ngx_conf_t *cf,
    const ngx_http_asyncapi_sql_kind_t *own)
{
    void                          **slot;
    ngx_http_asyncapi_sql_main_t   *main;

    slot = ngx_http_asyncapi_kind_conf(cf, own->kind);

    if (*slot) {
        return *slot;
    }

    main = ngx_palloc(cf->pool, sizeof(ngx_http_asyncapi_sql_main_t));
    if (main == NULL) {
        return NULL;
    }

    if (ngx_array_init(&main->databases, cf->pool, 2, sizeof(void *)) != NGX_OK
        || ngx_array_init(&main->nodes, cf->pool, 8, sizeof(void *)) != NGX_OK)
    {
        return NULL;
    }

    *slot = main;

    return main;
}


static ngx_http_asyncapi_sql_database_t *
ngx_http_asyncapi_sql_find(ngx_http_asyncapi_sql_main_t *main, ngx_str_t *name)
{
    ngx_uint_t                          i;
    ngx_http_asyncapi_sql_database_t  **db;

    db = main->databases.elts;

    for (i = 0; i < main->databases.nelts; i++) {

        if (db[i]->name.len == name->len
            && ngx_strncmp(db[i]->name.data, name->data, name->len) == 0)
        {
            return db[i];
        }
    }

    return NULL;
}


void *
ngx_http_asyncapi_sql_database(ngx_conf_t *cf, size_t size,
    const ngx_http_asyncapi_sql_kind_t *own)
{
    ngx_str_t                          *value;
    ngx_http_asyncapi_sql_main_t       *main;
    ngx_http_asyncapi_sql_database_t   *db, **slot;

    main = ngx_http_asyncapi_sql_main(cf, own);
    if (main == NULL) {
        return NULL;
    }

    value = cf->args->elts;

    if (!ngx_http_asyncapi_is_name(&value[1])
        || ngx_strcmp(value[1].data, "transaction") == 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" can't be the name of a %s: write letters, "
                           "digits and \"_\", beginning with a letter, and "
                           "not \"transaction\"", &value[1], own->what);
        return NULL;
    }

    if (ngx_http_asyncapi_sql_find(main, &value[1])) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the name \"%V\" is taken by another %s: give this "
                           "one another name", &value[1], own->directive);
        return NULL;
    }

    db = ngx_pcalloc(cf->pool, size);
    slot = ngx_array_push(&main->databases);

    if (db == NULL || slot == NULL) {
        return NULL;
    }

    db->name = value[1];
    *slot = db;

    return db;
}


ngx_array_t *
ngx_http_asyncapi_sql_databases(ngx_conf_t *cf,
    const ngx_http_asyncapi_sql_kind_t *own)
{
    ngx_http_asyncapi_sql_main_t  *main;

    main = *ngx_http_asyncapi_kind_conf(cf, own->kind);

    return main ? &main->databases : NULL;
}


ngx_array_t *
ngx_http_asyncapi_sql_nodes(ngx_conf_t *cf,
    const ngx_http_asyncapi_sql_kind_t *own)
{
    ngx_http_asyncapi_sql_main_t  *main;

    main = *ngx_http_asyncapi_kind_conf(cf, own->kind);

    return main ? &main->nodes : NULL;
}


void *
ngx_http_asyncapi_sql_create(ngx_conf_t *cf)
{
    ngx_http_asyncapi_sql_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_asyncapi_sql_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&conf->statements, cf->pool, 1,
                       sizeof(ngx_asyncapi_sql_t))
        != NGX_OK)
    {
        return NULL;
    }

    return conf;
}


char *
ngx_http_asyncapi_sql_words(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *word, ngx_uint_t n, const ngx_http_asyncapi_sql_kind_t *own)
{
    if (n && ngx_strcmp(word[0].data, "transaction") == 0) {
        return ngx_http_asyncapi_node_error(cf, node,
                     "the statements of a transaction stand in a block: write "
                     "transaction DATABASE { \"SQL\"; \"SQL\"; }");
    }

    if (n != 2) {
        return ngx_http_asyncapi_node_error(cf, node,
                     "%s: write for instance "
                     "%V user db \"SELECT * FROM users WHERE id = $id\" with "
                     "\"%s db %s;\" in http {}",
                     (n < 2) ? "needs a database and SQL"
                             : "has more than a database and SQL, which "
                               "stands in quotes as a whole",
                     &node->kind->name, own->directive, own->example);
    }

    if (ngx_http_asyncapi_sql_named(cf, node, &word[0], own) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_asyncapi_sql_statement(cf, node, &word[1], own);
}


char *
ngx_http_asyncapi_sql_block(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *word, ngx_uint_t n, const ngx_http_asyncapi_sql_kind_t *own)
{
    ngx_http_asyncapi_sql_conf_t  *conf = node->conf;

    char                             *rv;
    ngx_conf_t                        pcf;
    ngx_http_asyncapi_sql_reading_t   reading;

    if (n != 2 || ngx_strcmp(word[0].data, "transaction") != 0) {
        return ngx_http_asyncapi_node_error(cf, node,
                     "what stands before \"{\" is no transaction: write "
                     "transaction DATABASE { \"SQL\"; \"SQL\"; }");
    }

    if (ngx_http_asyncapi_sql_named(cf, node, &word[1], own) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    conf->transaction = 1;

    reading.node = node;
    reading.own = own;

    pcf = *cf;

    cf->handler = ngx_http_asyncapi_sql_line;
    cf->handler_conf = (void *) &reading;

    rv = ngx_conf_parse(cf, NULL);

    cf->handler = pcf.handler;
    cf->handler_conf = pcf.handler_conf;

    if (rv == NGX_CONF_OK && conf->statements.nelts == 0) {
        return "has no statements: write at least one in its block";
    }

    return rv;
}


static char *
ngx_http_asyncapi_sql_named(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *name, const ngx_http_asyncapi_sql_kind_t *own)
{
    ngx_http_asyncapi_sql_conf_t  *conf = node->conf;

    ngx_http_asyncapi_node_t      **slot;
    ngx_http_asyncapi_sql_main_t   *main;

    main = ngx_http_asyncapi_sql_main(cf, own);
    if (main == NULL) {
        return NGX_CONF_ERROR;
    }

    slot = ngx_array_push(&main->nodes);
    if (slot == NULL) {
        return NGX_CONF_ERROR;
    }

    *slot = node;
    conf->name = *name;

    return NGX_CONF_OK;
}


/* one statement of a block, whose messages are of its own line */

static char *
ngx_http_asyncapi_sql_line(ngx_conf_t *cf, ngx_command_t *dummy, void *conf)
{
    ngx_http_asyncapi_sql_reading_t  *reading = conf;

    char                       *rv;
    ngx_str_t                  *value;
    ngx_http_asyncapi_node_t   *node;
    ngx_http_asyncapi_place_t   place;

    node = reading->node;
    value = cf->args->elts;

    place = node->place;
    ngx_http_asyncapi_conf_place(cf, &node->place);

    if (cf->args->nelts == 1) {
        rv = ngx_http_asyncapi_sql_statement(cf, node, value, reading->own);

    } else {
        rv = ngx_http_asyncapi_node_error(cf, node,
                     "a statement stands in quotes as a whole: write "
                     "\"%V ...\"", &value[0]);
    }

    node->place = place;

    return rv;
}


static char *
ngx_http_asyncapi_sql_statement(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *source, const ngx_http_asyncapi_sql_kind_t *own)
{
    ngx_http_asyncapi_sql_conf_t  *conf = node->conf;

    ngx_uint_t                       i;
    ngx_asyncapi_sql_t              *sql;
    ngx_asyncapi_ref_t             **ref;
    ngx_asyncapi_template_error_t    err;

    sql = ngx_array_push(&conf->statements);
    if (sql == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_asyncapi_sql_parse(cf->pool, source, own->dialect, sql, &err)
        != NGX_OK)
    {
        if (err.message) {
            (void) ngx_http_asyncapi_node_error(cf, node, "%s near \"%V\"",
                                                err.message, &err.near);
        }

        return NGX_CONF_ERROR;
    }

    if (ngx_http_asyncapi_sql_refuse(cf, node, sql, own->refused)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    ref = sql->refs.elts;

    for (i = 0; i < sql->refs.nelts; i++) {
        if (ngx_http_asyncapi_node_ref(node, ref[i]) != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    return own->statement ? own->statement(cf, node, sql) : NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_sql_refuse(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_asyncapi_sql_t *sql, ngx_http_asyncapi_sql_refused_t *refused)
{
    for ( /* void */ ; refused->word; refused++) {

        if (!ngx_asyncapi_sql_is(&sql->words[0], refused->word)
            || (refused->next
                && !ngx_asyncapi_sql_is(&sql->words[1], refused->next)))
        {
            continue;
        }

        return ngx_http_asyncapi_node_error(cf, node,
                                            "%s%s%s can't be sent: %s",
                                            refused->word,
                                            refused->next ? " " : "",
                                            refused->next ? refused->next : "",
                                            refused->instead);
    }

    return NGX_CONF_OK;
}


/* what only reads may be done twice */

ngx_str_t *
ngx_http_asyncapi_sql_once(ngx_http_asyncapi_node_t *node, ngx_uint_t inner)
{
    ngx_http_asyncapi_sql_conf_t  *conf = node->conf;

    ngx_uint_t           i;
    ngx_asyncapi_sql_t  *sql;

    sql = conf->statements.elts;

    for (i = 0; i < conf->statements.nelts; i++) {

        if (sql[i].change.len) {
            return &sql[i].change;
        }

        if (!ngx_http_asyncapi_sql_reads(&sql[i])) {
            return &sql[i].words[0];
        }
    }

    return NULL;
}


static ngx_uint_t
ngx_http_asyncapi_sql_reads(ngx_asyncapi_sql_t *sql)
{
    ngx_uint_t  i;

    for (i = 0; ngx_http_asyncapi_sql_reading[i]; i++) {
        if (ngx_asyncapi_sql_is(&sql->words[0],
                                ngx_http_asyncapi_sql_reading[i]))
        {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_http_asyncapi_sql_complete(ngx_conf_t *cf,
    const ngx_http_asyncapi_sql_kind_t *own)
{
    ngx_uint_t                       i;
    ngx_http_asyncapi_node_t       **node;
    ngx_http_asyncapi_sql_conf_t    *conf;
    ngx_http_asyncapi_sql_main_t    *main;

    main = *ngx_http_asyncapi_kind_conf(cf, own->kind);

    if (main == NULL) {
        return NGX_OK;
    }

    node = main->nodes.elts;

    for (i = 0; i < main->nodes.nelts; i++) {
        conf = node[i]->conf;

        conf->database = ngx_http_asyncapi_sql_find(main, &conf->name);

        if (conf->database == NULL) {
            (void) ngx_http_asyncapi_node_error(cf, node[i],
                       "there is no %s \"%V\": write \"%s %V %s;\" in http {}",
                       own->what, &conf->name, own->directive, &conf->name,
                       own->example);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* before the first statement begins */

ngx_int_t
ngx_http_asyncapi_sql_prepare(ngx_http_asyncapi_node_t *node,
    ngx_asyncapi_render_t *render, void **data)
{
    ngx_http_asyncapi_sql_conf_t  *conf = node->conf;

    ngx_int_t                   rc;
    ngx_uint_t                  i;
    ngx_asyncapi_sql_t         *sql;
    ngx_asyncapi_sql_value_t  **values;

    sql = conf->statements.elts;

    values = ngx_palloc(render->pool,
                        conf->statements.nelts * sizeof(void *));
    if (values == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < conf->statements.nelts; i++) {

        values[i] = ngx_palloc(render->pool,
                               (sql[i].refs.nelts + 1)
                               * sizeof(ngx_asyncapi_sql_value_t));
        if (values[i] == NULL) {
            return NGX_ERROR;
        }

        rc = ngx_asyncapi_sql_values(&sql[i], render, values[i]);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    *data = values;

    return NGX_OK;
}


void
ngx_http_asyncapi_sql_rows(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_sql_rows_t *rows, ngx_pool_t *pool)
{
    ngx_asyncapi_sql_rows_init(rows, pool,
                               ngx_http_asyncapi_sql_forms[op->node->as],
                               ngx_http_asyncapi_op_max_result(op));

    rows->trust = op->node->trust;
}


ngx_int_t
ngx_http_asyncapi_sql_result(ngx_asyncapi_sql_rows_t *rows, ngx_int_t rc,
    ngx_http_asyncapi_result_t *result)
{
    if (rc == NGX_OK) {
        rc = ngx_asyncapi_sql_rows_finish(rows, &result->body);
    }

    if (rc == NGX_OK) {
        result->reason = NGX_HTTP_ASYNCAPI_OK;
        result->as = NGX_HTTP_ASYNCAPI_AS_VALUE;

        return NGX_OK;
    }

    if (rc != NGX_DECLINED) {
        return NGX_ERROR;
    }

    if (rows->too_large) {
        result->reason = NGX_HTTP_ASYNCAPI_TOO_LARGE;
        ngx_str_set(&result->detail,
                    "the result is larger than asyncapi_max_result");
        return NGX_OK;
    }

    result->reason = NGX_HTTP_ASYNCAPI_INVALID;
    result->detail.data = (u_char *) rows->message;
    result->detail.len = ngx_strlen(rows->message);

    return NGX_OK;
}

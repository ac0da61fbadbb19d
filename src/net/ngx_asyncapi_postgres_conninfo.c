
/*
 * Copyright (C) The asyncapi module authors
 *
 * Connection strings of libpq, in both of their forms, and what it says.
 *
 * Of what libpq would look for by itself nothing is left to it: names are
 * resolved here, as it would wait for them, and files in a home directory and
 * the names of users are not looked up when a connection is made.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_postgres_conn.h"


/* for the files that libpq has defaults for: there can't be such a file */

#define NGX_ASYNCAPI_POSTGRES_NO_FILE  "/dev/null/none"

/* what is added to that which is given */

#define NGX_ASYNCAPI_POSTGRES_ADDED    16


/* what a connection string may not say, or must say if anything */

typedef struct {
    const char  *keyword;
    const char  *value;       /* the one that it may have, or NULL */
    const char  *instead;
} ngx_asyncapi_postgres_refused_t;


typedef struct {
    const char  *keyword;
    const char  *value;
} ngx_asyncapi_postgres_default_t;


static ngx_int_t ngx_asyncapi_postgres_error_of(ngx_pool_t *pool,
    const char *error, ngx_str_t *message);
static ngx_int_t ngx_asyncapi_postgres_check(PQconninfoOption *options,
    ngx_str_t *message);
static const char *ngx_asyncapi_postgres_option(PQconninfoOption *options,
    const char *keyword);
static ngx_int_t ngx_asyncapi_postgres_parameters(ngx_pool_t *pool,
    PQconninfoOption *options, ngx_asyncapi_postgres_server_t *server);
static ngx_uint_t ngx_asyncapi_postgres_is_target(const char *keyword);
static ngx_int_t ngx_asyncapi_postgres_targets(ngx_pool_t *pool,
    PQconninfoOption *options, ngx_asyncapi_postgres_server_t *server,
    ngx_str_t *message);
static ngx_int_t ngx_asyncapi_postgres_target(ngx_pool_t *pool,
    ngx_asyncapi_postgres_target_t *target, char *host, char *hostaddr,
    char *port);
static ngx_uint_t ngx_asyncapi_postgres_items(const char *list);
static char *ngx_asyncapi_postgres_item(ngx_pool_t *pool, const char *list,
    ngx_uint_t n);
static char *ngx_asyncapi_postgres_copy(ngx_pool_t *pool, const char *text);


static ngx_asyncapi_postgres_refused_t  ngx_asyncapi_postgres_refused_table[] =
{
    { "service", NULL,
      "\"service\" is not looked up: write what it stands for" },
    { "passfile", NULL,
      "\"passfile\" is not read: write \"password\", and nginx.conf where "
      "only root can read it, or an \"include\" that is" },
    { "client_encoding", "UTF8",
      "\"client_encoding\" can only be UTF8: take it away" },
    { "gssencmode", "disable",
      "\"gssencmode\" can only be disable, as Kerberos would make all "
      "requests wait: take it away" },
    { "load_balance_hosts", "disable",
      "\"load_balance_hosts\" can only be disable, as hosts are tried in "
      "their turn: take it away" },
    { "replication", NULL,
      "\"replication\" is not for queries: take it away" },
    { NULL, NULL, NULL }
};


static ngx_asyncapi_postgres_default_t  ngx_asyncapi_postgres_defaults[] = {
    { "client_encoding", "UTF8" },
    { "gssencmode", "disable" },
    { "fallback_application_name", "nginx" },
    { "passfile", NGX_ASYNCAPI_POSTGRES_NO_FILE },
    { "sslcert", NGX_ASYNCAPI_POSTGRES_NO_FILE },
    { "sslkey", NGX_ASYNCAPI_POSTGRES_NO_FILE },
    { "sslrootcert", NGX_ASYNCAPI_POSTGRES_NO_FILE },
    { "sslcrl", NGX_ASYNCAPI_POSTGRES_NO_FILE },
    { NULL, NULL }
};


ngx_int_t
ngx_asyncapi_postgres_conninfo(ngx_pool_t *pool, ngx_str_t *source,
    ngx_asyncapi_postgres_server_t *server, ngx_str_t *message)
{
    char              *text, *error;
    ngx_int_t          rc;
    const char        *timeout;
    PQconninfoOption  *options;

    text = (char *) ngx_pnalloc(pool, source->len + 1);
    if (text == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_cpystrn((u_char *) text, source->data, source->len + 1);

    error = NULL;
    options = PQconninfoParse(text, &error);

    if (options == NULL) {
        rc = ngx_asyncapi_postgres_error_of(pool, error, message);

        if (error) {
            PQfreemem(error);
        }

        return rc;
    }

    timeout = ngx_asyncapi_postgres_option(options, "connect_timeout");

    if (timeout && server->timeout == 0) {
        server->timeout = ngx_max(0, atoi(timeout)) * 1000;
    }

    rc = ngx_asyncapi_postgres_check(options, message);

    if (rc == NGX_OK) {
        rc = ngx_asyncapi_postgres_targets(pool, options, server, message);
    }

    if (rc == NGX_OK) {
        rc = ngx_asyncapi_postgres_parameters(pool, options, server);
    }

    PQconninfoFree(options);

    return rc;
}


/*
 * libpq's own words, with a piece of the string in quotes that may be one of a
 * password: it is left out unless it is the name of an option
 */

static ngx_int_t
ngx_asyncapi_postgres_error_of(ngx_pool_t *pool, const char *error,
    ngx_str_t *message)
{
    u_char      *p;
    const char  *begin, *end;

    if (error == NULL) {
        return NGX_ERROR;
    }

    if (ngx_strncmp(error, "missing \"=\"", 11) == 0) {
        ngx_str_set(message, "a word has no \"=\" behind it");
        return NGX_DECLINED;
    }

    error = ngx_asyncapi_postgres_line(error);

    p = ngx_pnalloc(pool, ngx_strlen(error) + sizeof("\"...\""));
    if (p == NULL) {
        return NGX_ERROR;
    }

    message->data = p;

    begin = strchr(error, '"');
    end = strrchr(error, '"');

    if (begin == NULL
        || ngx_strncmp(error, "invalid connection option", 25) == 0
        || ngx_strncmp(error, "invalid URI query parameter", 27) == 0)
    {
        p = ngx_sprintf(p, "%s", error);

    } else {
        p = ngx_sprintf(p, "%*s\"...\"%s", (size_t) (begin - error), error,
                        end + 1);
    }

    message->len = p - message->data;

    return NGX_DECLINED;
}


static ngx_int_t
ngx_asyncapi_postgres_check(PQconninfoOption *options, ngx_str_t *message)
{
    const char                       *value, *root;
    ngx_asyncapi_postgres_refused_t  *refused;

    for (refused = ngx_asyncapi_postgres_refused_table;
         refused->keyword;
         refused++)
    {
        value = ngx_asyncapi_postgres_option(options, refused->keyword);

        if (value
            && (refused->value == NULL
                || ngx_strcasecmp((u_char *) value, (u_char *) refused->value)
                   != 0))
        {
            message->data = (u_char *) refused->instead;
            message->len = ngx_strlen(refused->instead);
            return NGX_DECLINED;
        }
    }

    value = ngx_asyncapi_postgres_option(options, "sslmode");
    root = ngx_asyncapi_postgres_option(options, "sslrootcert");

    if (value && ngx_strncmp(value, "verify", 6) == 0 && root == NULL) {
        ngx_str_set(message, "\"sslmode\" verifies by a file that is not "
                    "named: write for instance "
                    "sslrootcert=/etc/ssl/certs/ca-certificates.crt");
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/* what is given and not empty; or NULL */

static const char *
ngx_asyncapi_postgres_option(PQconninfoOption *options, const char *keyword)
{
    for ( /* void */ ; options->keyword; options++) {

        if (ngx_strcmp(options->keyword, keyword) == 0) {
            return (options->val && options->val[0]) ? options->val : NULL;
        }
    }

    return NULL;
}


static ngx_int_t
ngx_asyncapi_postgres_parameters(ngx_pool_t *pool, PQconninfoOption *options,
    ngx_asyncapi_postgres_server_t *server)
{
    const char                       *value, **keywords, **values;
    ngx_uint_t                        n;
    PQconninfoOption                 *option;
    ngx_asyncapi_postgres_default_t  *def;

    for (n = 0; options[n].keyword; n++) { /* void */ }

    n += NGX_ASYNCAPI_POSTGRES_ADDED;

    keywords = ngx_pcalloc(pool, n * sizeof(char *));
    values = ngx_pcalloc(pool, n * sizeof(char *));

    if (keywords == NULL || values == NULL) {
        return NGX_ERROR;
    }

    server->keywords = keywords;
    server->values = values;

    for (option = options; option->keyword; option++) {

        value = ngx_asyncapi_postgres_option(options, option->keyword);

        if (value == NULL
            || ngx_asyncapi_postgres_is_target(option->keyword))
        {
            continue;
        }

        if (ngx_strcmp(option->keyword, "target_session_attrs") == 0
            && ngx_strcmp(value, "prefer-standby") == 0)
        {
            server->prefer_standby = 1;
            continue;
        }

        *keywords = ngx_asyncapi_postgres_copy(pool, option->keyword);
        *values = ngx_asyncapi_postgres_copy(pool, value);

        if (*keywords++ == NULL || *values++ == NULL) {
            return NGX_ERROR;
        }
    }

    for (def = ngx_asyncapi_postgres_defaults; def->keyword; def++) {

        if (ngx_asyncapi_postgres_option(options, def->keyword) == NULL) {
            *keywords++ = def->keyword;
            *values++ = def->value;
        }
    }

    return NGX_OK;
}


/* given for each attempt */

static ngx_uint_t
ngx_asyncapi_postgres_is_target(const char *keyword)
{
    return ngx_strcmp(keyword, "host") == 0
           || ngx_strcmp(keyword, "hostaddr") == 0
           || ngx_strcmp(keyword, "port") == 0
           || ngx_strcmp(keyword, "connect_timeout") == 0
           || ngx_strcmp(keyword, "load_balance_hosts") == 0;
}


static ngx_int_t
ngx_asyncapi_postgres_targets(ngx_pool_t *pool, PQconninfoOption *options,
    ngx_asyncapi_postgres_server_t *server, ngx_str_t *message)
{
    char                            *host, *hostaddr, *port;
    ngx_uint_t                       i, n, ports;
    const char                      *hosts, *hostaddrs, *list;
    ngx_asyncapi_postgres_target_t  *target;

    hosts = ngx_asyncapi_postgres_option(options, "host");
    hostaddrs = ngx_asyncapi_postgres_option(options, "hostaddr");
    list = ngx_asyncapi_postgres_option(options, "port");

    n = ngx_asyncapi_postgres_items(hostaddrs ? hostaddrs : hosts);
    ports = ngx_asyncapi_postgres_items(list);

    if ((hosts && hostaddrs && ngx_asyncapi_postgres_items(hosts) != n)
        || (ports > 1 && ports != n))
    {
        ngx_str_set(message, "\"host\", \"hostaddr\" and \"port\" are lists of "
                    "different lengths: write one of each for each server");
        return NGX_DECLINED;
    }

    if (ngx_array_init(&server->targets, pool, n,
                       sizeof(ngx_asyncapi_postgres_target_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        target = ngx_array_push(&server->targets);
        if (target == NULL) {
            return NGX_ERROR;
        }

        host = ngx_asyncapi_postgres_item(pool, hosts, i);
        hostaddr = ngx_asyncapi_postgres_item(pool, hostaddrs, i);
        port = ngx_asyncapi_postgres_item(pool, list, (ports > 1) ? i : 0);

        if (host == NULL || hostaddr == NULL || port == NULL) {
            return NGX_ERROR;
        }

        if (ngx_asyncapi_postgres_target(pool, target, host, hostaddr, port)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_postgres_target(ngx_pool_t *pool,
    ngx_asyncapi_postgres_target_t *target, char *host, char *hostaddr,
    char *port)
{
    ngx_addr_t  addr;

    ngx_memzero(target, sizeof(ngx_asyncapi_postgres_target_t));

    target->host = host;
    target->port = port;

    target->addrs = ngx_pcalloc(pool, sizeof(char *));
    if (target->addrs == NULL) {
        return NGX_ERROR;
    }

    target->naddrs = 1;

    if (hostaddr[0]) {
        target->addrs[0] = hostaddr;
        return NGX_OK;
    }

    /* without a name it is a socket in libpq's own directory */

    if (host[0] == '\0' || host[0] == '/' || host[0] == '@') {
        return NGX_OK;
    }

    if (ngx_parse_addr(pool, &addr, (u_char *) host, ngx_strlen(host))
        == NGX_OK)
    {
        target->addrs[0] = host;
        return NGX_OK;
    }

    target->name.data = (u_char *) host;
    target->name.len = ngx_strlen(host);
    target->naddrs = 0;

    return NGX_OK;
}


/* of a list with commas between; of none: one that is empty */

static ngx_uint_t
ngx_asyncapi_postgres_items(const char *list)
{
    ngx_uint_t  n;

    n = 1;

    while (list && *list) {
        n += (*list++ == ',');
    }

    return n;
}


static char *
ngx_asyncapi_postgres_item(ngx_pool_t *pool, const char *list, ngx_uint_t n)
{
    char    *item;
    size_t   len;

    if (list == NULL) {
        return (char *) "";
    }

    while (n--) {
        list = strchr(list, ',') + 1;
    }

    len = strcspn(list, ",");

    item = (char *) ngx_pnalloc(pool, len + 1);

    if (item) {
        (void) ngx_cpystrn((u_char *) item, (u_char *) list, len + 1);
    }

    return item;
}


static char *
ngx_asyncapi_postgres_copy(ngx_pool_t *pool, const char *text)
{
    u_char  *p;
    size_t   size;

    size = ngx_strlen(text) + 1;

    p = ngx_pnalloc(pool, size);

    return p ? memcpy(p, text, size) : NULL;
}


const char *
ngx_asyncapi_postgres_line(const char *message)
{
    size_t       len;
    static char  line[256];

    len = strcspn(message, "\n");

    (void) ngx_cpystrn((u_char *) line, (u_char *) message,
                       ngx_min(len + 1, sizeof(line)));

    return line;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * The URL of a Redis server, cut from its end: database, hosts, user.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_redis_url.h"


#define NGX_ASYNCAPI_REDIS_PORT           6379
#define NGX_ASYNCAPI_REDIS_SENTINEL_PORT  26379

/* what Redis may be told to have is not bounded; this is far beyond use */

#define NGX_ASYNCAPI_REDIS_MAX_DB         65535


typedef struct {
    ngx_str_t                  scheme;
    ngx_asyncapi_redis_url_e   type;
    in_port_t                  port;      /* where none is written */
    unsigned                   tls:1;
} ngx_asyncapi_redis_scheme_t;


static ngx_asyncapi_redis_scheme_t *ngx_asyncapi_redis_url_scheme(
    ngx_str_t *rest);
static ngx_int_t ngx_asyncapi_redis_url_user(ngx_pool_t *pool,
    ngx_str_t *rest, ngx_asyncapi_redis_url_t *url, const char **message);
static ngx_int_t ngx_asyncapi_redis_url_decode(ngx_pool_t *pool,
    ngx_str_t *text, ngx_str_t *out, const char **message);
static ngx_int_t ngx_asyncapi_redis_url_socket(ngx_pool_t *pool,
    ngx_str_t *rest, ngx_asyncapi_redis_url_t *url, const char **message);
static ngx_int_t ngx_asyncapi_redis_url_path(ngx_str_t *path,
    ngx_asyncapi_redis_url_t *url, const char **message);
static ngx_int_t ngx_asyncapi_redis_url_db(ngx_str_t *text,
    ngx_asyncapi_redis_url_t *url, const char **message);
static ngx_int_t ngx_asyncapi_redis_url_hosts(ngx_pool_t *pool,
    ngx_str_t *rest, in_port_t port, ngx_asyncapi_redis_url_t *url,
    const char **message);
static ngx_int_t ngx_asyncapi_redis_url_host(ngx_pool_t *pool, u_char *p,
    u_char *last, ngx_asyncapi_redis_host_t *host, const char **message);
static ngx_int_t ngx_asyncapi_redis_url_copy(ngx_pool_t *pool, u_char *p,
    u_char *last, ngx_str_t *out);
static u_char *ngx_asyncapi_redis_url_last(u_char *p, u_char *last, u_char c);


static ngx_asyncapi_redis_scheme_t  ngx_asyncapi_redis_schemes[] = {

    { ngx_string("redis://"), NGX_ASYNCAPI_REDIS_TCP,
      NGX_ASYNCAPI_REDIS_PORT, 0 },

    { ngx_string("rediss://"), NGX_ASYNCAPI_REDIS_TCP,
      NGX_ASYNCAPI_REDIS_PORT, 1 },

    { ngx_string("redis+unix://"), NGX_ASYNCAPI_REDIS_UNIX, 0, 0 },

    { ngx_string("redis+sentinel://"), NGX_ASYNCAPI_REDIS_SENTINEL,
      NGX_ASYNCAPI_REDIS_SENTINEL_PORT, 0 },

    { ngx_string("redis+cluster://"), NGX_ASYNCAPI_REDIS_CLUSTER,
      NGX_ASYNCAPI_REDIS_PORT, 0 },

    { ngx_null_string, 0, 0, 0 }
};


ngx_int_t
ngx_asyncapi_redis_url_parse(ngx_pool_t *pool, const ngx_str_t *source,
    ngx_asyncapi_redis_url_t *url, const char **message)
{
    u_char                       *slash, *last;
    ngx_int_t                     rc;
    ngx_str_t                     rest, path;
    ngx_asyncapi_redis_scheme_t  *scheme;

    ngx_memzero(url, sizeof(ngx_asyncapi_redis_url_t));

    rest = *source;

    scheme = ngx_asyncapi_redis_url_scheme(&rest);

    if (scheme == NULL) {
        *message = "is no URL of a Redis server: write for instance "
                   "redis://HOST:PORT/DB, rediss://, redis+unix:///PATH, "
                   "redis+sentinel://HOST,HOST/MASTER or "
                   "redis+cluster://HOST,HOST";
        return NGX_DECLINED;
    }

    url->type = scheme->type;
    url->tls = scheme->tls;

    rc = ngx_asyncapi_redis_url_user(pool, &rest, url, message);
    if (rc != NGX_OK) {
        return rc;
    }

    if (url->type == NGX_ASYNCAPI_REDIS_UNIX) {
        return ngx_asyncapi_redis_url_socket(pool, &rest, url, message);
    }

    last = rest.data + rest.len;
    slash = ngx_strlchr(rest.data, last, '/');

    path.data = slash ? slash + 1 : last;
    path.len = last - path.data;

    if (slash) {
        rest.len = slash - rest.data;
    }

    rc = ngx_asyncapi_redis_url_path(&path, url, message);
    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_asyncapi_redis_url_hosts(pool, &rest, scheme->port, url,
                                        message);
}


/* is taken off the text */

static ngx_asyncapi_redis_scheme_t *
ngx_asyncapi_redis_url_scheme(ngx_str_t *rest)
{
    ngx_asyncapi_redis_scheme_t  *scheme;

    for (scheme = ngx_asyncapi_redis_schemes; scheme->scheme.len; scheme++) {

        if (rest->len >= scheme->scheme.len
            && ngx_strncasecmp(rest->data, scheme->scheme.data,
                               scheme->scheme.len)
               == 0)
        {
            rest->data += scheme->scheme.len;
            rest->len -= scheme->scheme.len;

            return scheme;
        }
    }

    return NULL;
}


/* "user:password@", ":password@" or "user:@" likewise */

static ngx_int_t
ngx_asyncapi_redis_url_user(ngx_pool_t *pool, ngx_str_t *rest,
    ngx_asyncapi_redis_url_t *url, const char **message)
{
    u_char     *p, *last, *at, *colon;
    ngx_int_t   rc;
    ngx_str_t   user, password;

    p = rest->data;
    last = p + rest->len;

    /* a path of a socket may have an "@" of its own */

    if (url->type == NGX_ASYNCAPI_REDIS_UNIX) {
        at = ngx_strlchr(p, last, '/');
        at = ngx_asyncapi_redis_url_last(p, at ? at : last, '@');

    } else {
        at = ngx_asyncapi_redis_url_last(p, last, '@');
    }

    if (at == NULL) {
        return NGX_OK;
    }

    rest->data = at + 1;
    rest->len = last - rest->data;

    colon = ngx_strlchr(p, at, ':');

    if (colon == NULL) {
        *message = "has a user without a password: write USER:PASSWORD@, or "
                   ":PASSWORD@ for the default user";
        return NGX_DECLINED;
    }

    user.data = p;
    user.len = colon - p;
    password.data = colon + 1;
    password.len = at - password.data;

    if (ngx_strlchr(p, at, '/') || ngx_strlchr(p, at, '?')
        || ngx_strlchr(p, at, '@'))
    {
        *message = "has a user or a password with \"/\", \"?\" or \"@\" in "
                   "it: write them as %2F, %3F and %40";
        return NGX_DECLINED;
    }

    rc = ngx_asyncapi_redis_url_decode(pool, &user, &url->user, message);
    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_asyncapi_redis_url_decode(pool, &password, &url->password,
                                       message);
    if (rc != NGX_OK) {
        return rc;
    }

    if (url->password.len == 0) {
        *message = "has an empty password: leave out what stands before the "
                   "\"@\", or write the password";
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_redis_url_decode(ngx_pool_t *pool, ngx_str_t *text,
    ngx_str_t *out, const char **message)
{
    u_char     *p;
    size_t      i;
    ngx_int_t   ch;

    p = ngx_pnalloc(pool, text->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    out->data = p;

    for (i = 0; i < text->len; i++) {

        if (text->data[i] != '%') {
            *p++ = text->data[i];
            continue;
        }

        ch = (text->len - i > 2) ? ngx_hextoi(&text->data[i + 1], 2)
                                 : NGX_ERROR;

        if (ch == NGX_ERROR) {
            *message = "has a \"%\" that begins no %XX: write %25 for a "
                       "percent sign";
            return NGX_DECLINED;
        }

        *p++ = (u_char) ch;
        i += 2;
    }

    out->len = p - out->data;
    *p = '\0';

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_redis_url_socket(ngx_pool_t *pool, ngx_str_t *rest,
    ngx_asyncapi_redis_url_t *url, const char **message)
{
    u_char     *p, *last, *query;
    ngx_int_t   rc;
    ngx_str_t   db;

    p = rest->data;
    last = p + rest->len;

    query = ngx_strlchr(p, last, '?');

    if (query) {

        if (last - query < 4
            || ngx_strncmp(query, "?db=", 4) != 0)
        {
            *message = "has arguments that are not known: \"?db=N\" may "
                       "stand there";
            return NGX_DECLINED;
        }

        db.data = query + 4;
        db.len = last - db.data;

        rc = ngx_asyncapi_redis_url_db(&db, url, message);
        if (rc != NGX_OK) {
            return rc;
        }

        last = query;
    }

    if (last - p < 2 || *p != '/') {
        *message = "has no path of a socket: write "
                   "redis+unix:///run/redis.sock";
        return NGX_DECLINED;
    }

    /* sun_path is what a system takes: hiredis would cut the rest off */

    if ((size_t) (last - p) >= sizeof(((struct sockaddr_un *) 0)->sun_path)) {
        *message = "has a path that is too long for a socket";
        return NGX_DECLINED;
    }

    url->hosts = ngx_pcalloc(pool, sizeof(ngx_asyncapi_redis_host_t));
    if (url->hosts == NULL) {
        return NGX_ERROR;
    }

    url->nhosts = 1;

    return ngx_asyncapi_redis_url_copy(pool, p, last, &url->hosts->name);
}


/* what follows the hosts and their slash */

static ngx_int_t
ngx_asyncapi_redis_url_path(ngx_str_t *path, ngx_asyncapi_redis_url_t *url,
    const char **message)
{
    u_char     *slash, *last;
    ngx_str_t   db;

    db = *path;

    if (url->type == NGX_ASYNCAPI_REDIS_SENTINEL) {

        last = path->data + path->len;
        slash = ngx_strlchr(path->data, last, '/');

        url->master.data = path->data;
        url->master.len = (slash ? slash : last) - path->data;

        if (url->master.len == 0) {
            *message = "does not name the master: write "
                       "redis+sentinel://HOST,HOST/MASTER";
            return NGX_DECLINED;
        }

        db.data = slash ? slash + 1 : last;
        db.len = last - db.data;
    }

    if (db.len == 0) {
        return NGX_OK;
    }

    if (url->type == NGX_ASYNCAPI_REDIS_CLUSTER) {
        *message = "has a database: a cluster has only one, take it away";
        return NGX_DECLINED;
    }

    return ngx_asyncapi_redis_url_db(&db, url, message);
}


static ngx_int_t
ngx_asyncapi_redis_url_db(ngx_str_t *text, ngx_asyncapi_redis_url_t *url,
    const char **message)
{
    ngx_int_t  n;

    n = ngx_atoi(text->data, text->len);

    if (n == NGX_ERROR || n > NGX_ASYNCAPI_REDIS_MAX_DB) {
        *message = "has a database that is no number: write for instance "
                   "redis://HOST/0";
        return NGX_DECLINED;
    }

    url->db = n;

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_redis_url_hosts(ngx_pool_t *pool, ngx_str_t *rest,
    in_port_t port, ngx_asyncapi_redis_url_t *url, const char **message)
{
    u_char                     *p, *last, *comma;
    ngx_int_t                   rc;
    ngx_array_t                 hosts;
    ngx_asyncapi_redis_host_t  *host;

    if (ngx_array_init(&hosts, pool, 1, sizeof(ngx_asyncapi_redis_host_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    p = rest->data;
    last = p + rest->len;

    for ( ;; ) {
        comma = ngx_strlchr(p, last, ',');

        host = ngx_array_push(&hosts);
        if (host == NULL) {
            return NGX_ERROR;
        }

        host->port = port;

        rc = ngx_asyncapi_redis_url_host(pool, p, comma ? comma : last, host,
                                         message);
        if (rc != NGX_OK) {
            return rc;
        }

        if (comma == NULL) {
            break;
        }

        p = comma + 1;
    }

    if (hosts.nelts > 1 && url->type == NGX_ASYNCAPI_REDIS_TCP) {
        *message = "has several hosts, which is for redis+sentinel:// and "
                   "redis+cluster://";
        return NGX_DECLINED;
    }

    url->hosts = hosts.elts;
    url->nhosts = hosts.nelts;

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_redis_url_host(ngx_pool_t *pool, u_char *p, u_char *last,
    ngx_asyncapi_redis_host_t *host, const char **message)
{
    u_char     *end, *c;
    ngx_int_t   port;

    if (p < last && *p == '[') {
        p++;
        end = ngx_strlchr(p, last, ']');
        c = end ? end + 1 : last;

    } else {
        end = ngx_strlchr(p, last, ':');
        end = end ? end : last;
        c = end;
    }

    if (end == NULL || end == p) {
        *message = "has no host: write for instance redis://127.0.0.1:6379, "
                   "an IPv6 address in brackets";
        return NGX_DECLINED;
    }

    if (c < last) {
        port = (*c == ':') ? ngx_atoi(c + 1, last - c - 1) : NGX_ERROR;

        if (port < 1 || port > 65535) {
            *message = "has no valid port: write for instance "
                       "redis://127.0.0.1:6379, an IPv6 address in brackets";
            return NGX_DECLINED;
        }

        host->port = (in_port_t) port;
    }

    for (c = p; c < end; c++) {

        if (*c <= ' ' || *c == '/' || *c == '?' || *c == '#' || *c == '['
            || *c >= 0x7f)
        {
            *message = "has a host with a character that no host has";
            return NGX_DECLINED;
        }
    }

    return ngx_asyncapi_redis_url_copy(pool, p, end, &host->name);
}


static ngx_int_t
ngx_asyncapi_redis_url_copy(ngx_pool_t *pool, u_char *p, u_char *last,
    ngx_str_t *out)
{
    out->len = last - p;
    out->data = ngx_pnalloc(pool, out->len + 1);

    if (out->data == NULL) {
        return NGX_ERROR;
    }

    *ngx_cpymem(out->data, p, out->len) = '\0';

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_redis_url_mask(ngx_pool_t *pool, const ngx_str_t *source,
    ngx_str_t *masked)
{
    u_char  *p, *last, *begin, *at;

    last = source->data + source->len;

    at = ngx_asyncapi_redis_url_last(source->data, last, '@');
    begin = ngx_strlchr(source->data, last, ':');

    if (at == NULL || begin == NULL || begin > at) {
        *masked = *source;
        return NGX_OK;
    }

    /* a user's name may stand there, unless the scheme is missing */

    if (at - begin > 3 && ngx_strncmp(begin, "://", 3) == 0) {
        p = ngx_strlchr(begin + 3, at, ':');
        begin = p ? p : begin + 2;
    }

    begin++;

    masked->data = ngx_pnalloc(pool, source->len + 3);
    if (masked->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(masked->data, source->data, begin - source->data);
    p = ngx_cpymem(p, "***", 3);
    p = ngx_cpymem(p, at, last - at);

    masked->len = p - masked->data;

    return NGX_OK;
}


static u_char *
ngx_asyncapi_redis_url_last(u_char *p, u_char *last, u_char c)
{
    while (last > p) {
        if (*--last == c) {
            return last;
        }
    }

    return NULL;
}

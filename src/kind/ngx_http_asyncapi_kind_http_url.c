
/*
 * Copyright (C) The asyncapi module authors
 *
 * http://HOST[:PORT][/PATH?QUERY] as written in the configuration.
 *
 * The host says who is called, so it is the configuration's alone: it is
 * text, or variables whose values stand in the configuration too.  Path and
 * query are a template like any other.
 */


#include "ngx_http_asyncapi_kind_http_call.h"
#include "ngx_http_asyncapi_kind_http_header.h"
#include "ngx_http_asyncapi_graph.h"


/* "$name" in a host, to be looked at when all variables are known */

typedef struct {
    ngx_str_t                   name;
    ngx_http_asyncapi_node_t   *node;
} ngx_http_asyncapi_http_pending_t;


static char *ngx_http_asyncapi_http_url_scheme(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *url, ngx_str_t *host);
static char *ngx_http_asyncapi_http_url_unix(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *host, ngx_str_t *path);
static char *ngx_http_asyncapi_http_url_host(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *host, ngx_str_t *path,
    ngx_uint_t *variables);
static u_char *ngx_http_asyncapi_http_url_name(u_char *p, u_char *last,
    ngx_str_t *name);
static ngx_uint_t ngx_http_asyncapi_http_in_names(ngx_str_t *name,
    const char **names);
static char *ngx_http_asyncapi_http_url_origin(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *host, ngx_uint_t variables);
static void ngx_http_asyncapi_http_url_lines(
    ngx_http_asyncapi_http_conf_t *http);
static ngx_int_t ngx_http_asyncapi_http_pending_add(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *name);
static void ngx_http_asyncapi_http_pending_cleanup(void *data);
static ngx_int_t ngx_http_asyncapi_http_pending_check(ngx_conf_t *cf,
    ngx_http_asyncapi_http_pending_t *pending);
static ngx_http_variable_t *ngx_http_asyncapi_http_variable(ngx_conf_t *cf,
    ngx_str_t *name);


/* variables that carry a URL's structure: a path begins with them */

static const char  *ngx_http_asyncapi_http_structure[] = {
    "uri", "request_uri", "document_uri", "args", "query_string", "is_args",
    NULL
};

/* variables that no client can choose, though no directive sets them */

static const char  *ngx_http_asyncapi_http_safe[] = {
    "hostname", "server_addr", "server_port", "server_name", "nginx_version",
    "pid", NULL
};

/* variables that can be set, and a client has */

static const char  *ngx_http_asyncapi_http_unsafe[] = {
    "args", "limit_rate", NULL
};


/* of the configuration that is being read */
static ngx_array_t  *ngx_http_asyncapi_http_pending;


char *
ngx_http_asyncapi_http_call_words(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *url)
{
    char                                *rv;
    ngx_str_t                            host, path;
    ngx_uint_t                           variables;
    ngx_http_asyncapi_http_conf_t       *http;
    ngx_http_asyncapi_http_call_conf_t  *conf;

    http = node->conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_asyncapi_http_call_conf_t));
    if (conf == NULL) {
        return NGX_CONF_ERROR;
    }

    http->form = &ngx_http_asyncapi_http_call;
    http->form_conf = conf;

    rv = ngx_http_asyncapi_http_url_scheme(cf, node, url, &host);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    variables = 0;

    if (host.len >= 5 && ngx_strncmp(host.data, "unix:", 5) == 0) {
        rv = ngx_http_asyncapi_http_url_unix(cf, node, &host, &path);

    } else {
        rv = ngx_http_asyncapi_http_url_host(cf, node, &host, &path,
                                             &variables);
    }

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    rv = ngx_http_asyncapi_http_url_origin(cf, node, &host, variables);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    ngx_http_asyncapi_http_url_lines(http);

    if (path.len == 0) {
        ngx_str_set(&path, "/");
    }

    conf->path = ngx_http_asyncapi_node_template(cf, node, &path,
                                                 NGX_ASYNCAPI_PLACE_URL);

    return conf->path ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/* host is what follows "http://" or "https://", with the path */

static char *
ngx_http_asyncapi_http_url_scheme(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *url, ngx_str_t *host)
{
    size_t                               len;
#if (NGX_HTTP_SSL)
    ngx_http_asyncapi_http_conf_t       *http;
    ngx_http_asyncapi_client_conf_t     *client;
    ngx_http_asyncapi_http_call_conf_t  *conf;
#endif

    len = sizeof("http://") - 1;

    if (ngx_strncasecmp(url->data, (u_char *) "https://", 8) == 0) {
        len = sizeof("https://") - 1;

#if (NGX_HTTP_SSL)
        http = node->conf;
        conf = http->form_conf;
        conf->ssl = 1;

        client = ngx_http_conf_get_module_loc_conf(cf,
                                              ngx_http_asyncapi_client_module);
        client->https = 1;
#else
        return ngx_http_asyncapi_node_error(cf, node,
                   "this nginx is built without SSL, \"%V\" needs one with "
                   "--with-http_ssl_module", url);
#endif
    }

    host->data = url->data + len;
    host->len = url->len - len;

    return NGX_CONF_OK;
}


/* "unix:/socket:/path" */

static char *
ngx_http_asyncapi_http_url_unix(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *host, ngx_str_t *path)
{
    u_char  *p, *last;

    last = host->data + host->len;

    p = ngx_strlchr(host->data + 5, last, ':');

    if (p == NULL) {
        p = last;
    }

    host->len = p - host->data;

    path->data = p + 1;
    path->len = (p < last) ? last - (p + 1) : 0;

    if (ngx_strlchr(host->data, p, '$')) {
        return ngx_http_asyncapi_node_error(cf, node,
                   "no variable can stand in the socket's path \"%V\"", host);
    }

    return NGX_CONF_OK;
}


/* host->len is cut where the path begins */

static char *
ngx_http_asyncapi_http_url_host(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *host, ngx_str_t *path,
    ngx_uint_t *variables)
{
    u_char     *p, *next, *last;
    ngx_str_t   name;

    last = host->data + host->len;

    for (p = host->data; p < last; p = next) {
        next = p + 1;

        if (*p == '/' || *p == '?' || *p == '#') {
            break;
        }

        if (*p == '@') {
            return ngx_http_asyncapi_node_error(cf, node,
                       "user and password in a URL (write "
                       "\"header=Authorization:Basic ...\")");
        }

        if (*p != '$') {
            continue;
        }

        next = ngx_http_asyncapi_http_url_name(p, last, &name);

        if (next == NULL) {
            return ngx_http_asyncapi_node_error(cf, node,
                       "a \"$\" in the host is no variable in \"%V\"", host);
        }

        if (ngx_http_asyncapi_http_in_names(&name,
                                            ngx_http_asyncapi_http_structure))
        {
            break;
        }

        *variables = 1;

        if (ngx_http_asyncapi_http_pending_add(cf, node, &name) != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    host->len = p - host->data;

    path->data = p;
    path->len = last - p;

    return NGX_CONF_OK;
}


/* "$name" or "${name}" at p; returns what follows, or NULL */

static u_char *
ngx_http_asyncapi_http_url_name(u_char *p, u_char *last, ngx_str_t *name)
{
    u_char      ch;
    ngx_uint_t  braced;

    p++;
    braced = (p < last && *p == '{');

    if (braced) {
        p++;
    }

    name->data = p;

    for ( /* void */ ; p < last; p++) {
        ch = (u_char) (*p | 0x20);

        if (!(ch >= 'a' && ch <= 'z') && !(*p >= '0' && *p <= '9')
            && *p != '_')
        {
            break;
        }
    }

    name->len = p - name->data;

    if (name->len == 0 || (*name->data >= '0' && *name->data <= '9')) {
        return NULL;
    }

    if (!braced) {
        return p;
    }

    return (p < last && *p == '}') ? p + 1 : NULL;
}


static ngx_uint_t
ngx_http_asyncapi_http_in_names(ngx_str_t *name, const char **names)
{
    for ( /* void */ ; *names; names++) {
        if (ngx_http_asyncapi_http_same(name, *names)) {
            return 1;
        }
    }

    return 0;
}


static char *
ngx_http_asyncapi_http_url_origin(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *host, ngx_uint_t variables)
{
    ngx_http_asyncapi_http_conf_t       *http;
    ngx_http_compile_complex_value_t     ccv;
    ngx_http_asyncapi_http_call_conf_t  *conf;

    http = node->conf;
    conf = http->form_conf;

    if (host->len == 0) {
        return ngx_http_asyncapi_node_error(cf, node,
                   "no host in the URL (write http://HOST/PATH)");
    }

    if (!variables) {
        conf->origin = ngx_asyncapi_http_origin_create(cf, host, conf->ssl);

        return conf->origin ? NGX_CONF_OK : NGX_CONF_ERROR;
    }

    conf->host = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (conf->host == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = host;
    ccv.complex_value = conf->host;

    return (ngx_http_compile_complex_value(&ccv) == NGX_OK) ? NGX_CONF_OK
                                                            : NGX_CONF_ERROR;
}


/* header= replaces what would be sent of itself */

static void
ngx_http_asyncapi_http_url_lines(ngx_http_asyncapi_http_conf_t *http)
{
    ngx_uint_t                           i, n;
    ngx_http_asyncapi_http_header_t     *header;
    ngx_http_asyncapi_http_call_conf_t  *conf;

    conf = http->form_conf;
    header = http->headers.elts;

    for (i = 0; i < http->headers.nelts; i++) {

        for (n = 0; n < NGX_HTTP_ASYNCAPI_HTTP_LINES; n++) {
            if (ngx_http_asyncapi_http_same(&header[i].name,
                                    ngx_http_asyncapi_http_line_names[n]))
            {
                conf->replaced |= 1 << n;
            }
        }
    }
}


static ngx_int_t
ngx_http_asyncapi_http_pending_add(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *name)
{
    ngx_array_t                       *list;
    ngx_pool_cleanup_t                *cln;
    ngx_http_asyncapi_http_pending_t  *pending;

    list = ngx_http_asyncapi_http_pending;

    if (list == NULL) {
        cln = ngx_pool_cleanup_add(cf->pool, 0);
        if (cln == NULL) {
            return NGX_ERROR;
        }

        list = ngx_array_create(cf->pool, 4,
                                sizeof(ngx_http_asyncapi_http_pending_t));
        if (list == NULL) {
            return NGX_ERROR;
        }

        /* a configuration that is not read to its end leaves no list behind */

        cln->handler = ngx_http_asyncapi_http_pending_cleanup;
        cln->data = list;

        ngx_http_asyncapi_http_pending = list;
    }

    pending = ngx_array_push(list);
    if (pending == NULL) {
        return NGX_ERROR;
    }

    pending->name = *name;
    pending->node = node;

    return NGX_OK;
}


static void
ngx_http_asyncapi_http_pending_cleanup(void *data)
{
    if (ngx_http_asyncapi_http_pending == data) {
        ngx_http_asyncapi_http_pending = NULL;
    }
}


ngx_int_t
ngx_http_asyncapi_http_call_postconfiguration(ngx_conf_t *cf)
{
    ngx_uint_t                         i;
    ngx_array_t                       *list;
    ngx_http_asyncapi_http_pending_t  *pending;
    ngx_http_asyncapi_client_main_t   *main;

    main = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_asyncapi_client_module);

    if (ngx_asyncapi_http_complete(cf, main->pipelines) != NGX_OK) {
        return NGX_ERROR;
    }

    list = ngx_http_asyncapi_http_pending;

    if (list == NULL) {
        return NGX_OK;
    }

    ngx_http_asyncapi_http_pending = NULL;

    pending = list->elts;

    for (i = 0; i < list->nelts; i++) {
        if (ngx_http_asyncapi_http_pending_check(cf, &pending[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_http_pending_check(ngx_conf_t *cf,
    ngx_http_asyncapi_http_pending_t *pending)
{
    ngx_http_variable_t       *v;
    ngx_http_asyncapi_node_t  *node;

    node = pending->node;

    if (ngx_http_asyncapi_graph_has(node->endpoint, &pending->name)) {
        (void) ngx_http_asyncapi_node_error(cf, node,
                   "\"$%V\" is a task, a parameter or a let, which can't stand "
                   "in a host (choose the host by a \"map\" of nginx)",
                   &pending->name);
        return NGX_ERROR;
    }

    if (ngx_http_asyncapi_http_in_names(&pending->name,
                                        ngx_http_asyncapi_http_safe))
    {
        return NGX_OK;
    }

    v = ngx_http_asyncapi_http_variable(cf, &pending->name);

    if (v == NULL
        || !(v->flags & NGX_HTTP_VAR_CHANGEABLE)
        || (v->flags & NGX_HTTP_VAR_PREFIX)
        || ngx_http_asyncapi_http_in_names(&pending->name,
                                           ngx_http_asyncapi_http_unsafe))
    {
        (void) ngx_http_asyncapi_node_error(cf, node,
                   "\"$%V\" can't stand in a host (only variables that the "
                   "configuration gives their values can, as those of "
                   "\"map\")", &pending->name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_http_variable_t *
ngx_http_asyncapi_http_variable(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_uint_t                  i;
    ngx_hash_key_t             *key;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    key = cmcf->variables_keys->keys.elts;

    for (i = 0; i < cmcf->variables_keys->keys.nelts; i++) {

        if (key[i].key.len == name->len
            && ngx_strncasecmp(key[i].key.data, name->data, name->len) == 0)
        {
            return key[i].value;
        }
    }

    return NULL;
}

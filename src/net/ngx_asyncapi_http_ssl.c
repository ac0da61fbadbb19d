
/*
 * Copyright (C) The asyncapi module authors
 *
 * Policies: what is read with the configuration.
 *
 * OpenSSL looks for the system's certificates when it verifies, which would
 * read files in the event loop.  They are read with the configuration instead,
 * once for all policies.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>
#include "ngx_asyncapi_http_ssl.h"


#if (NGX_HTTP_SSL)


/* the system's certificates, of the configuration that is being read */

typedef struct {
    ngx_cycle_t  *cycle;
    X509_STORE   *store;
} ngx_asyncapi_http_ssl_system_t;


static ngx_int_t ngx_asyncapi_http_ssl_options(ngx_asyncapi_http_ssl_t *ssl,
    ngx_log_t *log);
static ngx_int_t ngx_asyncapi_http_ssl_certificate(ngx_conf_t *cf,
    ngx_asyncapi_http_ssl_t *ssl);
static ngx_int_t ngx_asyncapi_http_ssl_trusted(ngx_conf_t *cf,
    ngx_asyncapi_http_ssl_t *ssl);
static X509_STORE *ngx_asyncapi_http_ssl_system_store(ngx_conf_t *cf);
static void ngx_asyncapi_http_ssl_system_cleanup(void *data);
static ngx_uint_t ngx_asyncapi_http_ssl_load_dirs(ngx_conf_t *cf,
    X509_LOOKUP *lookup, const char *dirs);
static ngx_uint_t ngx_asyncapi_http_ssl_load_dir(ngx_conf_t *cf,
    X509_LOOKUP *lookup, ngx_str_t *name);
static ngx_uint_t ngx_asyncapi_http_ssl_hashed(u_char *name, size_t len);


static ngx_asyncapi_http_ssl_system_t  ngx_asyncapi_http_ssl_system;


ngx_int_t
ngx_asyncapi_http_ssl_init(ngx_conf_t *cf, ngx_asyncapi_http_ssl_t *ssl)
{
    ngx_pool_cleanup_t  *cln;

    if (ssl->ssl.ctx) {
        return NGX_OK;
    }

    ssl->ssl.log = cf->log;

    if (ngx_ssl_create(&ssl->ssl, ssl->protocols, NULL) != NGX_OK) {
        return NGX_ERROR;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        ngx_ssl_cleanup_ctx(&ssl->ssl);
        return NGX_ERROR;
    }

    cln->handler = ngx_ssl_cleanup_ctx;
    cln->data = &ssl->ssl;

    if (ngx_asyncapi_http_ssl_options(ssl, cf->log) != NGX_OK
        || ngx_ssl_ciphers(cf, &ssl->ssl, &ssl->ciphers, 0) != NGX_OK
        || ngx_asyncapi_http_ssl_certificate(cf, ssl) != NGX_OK
        || ngx_asyncapi_http_ssl_trusted(cf, ssl) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_ssl_client_session_cache(cf, &ssl->ssl, ssl->session_reuse);
}


static ngx_int_t
ngx_asyncapi_http_ssl_options(ngx_asyncapi_http_ssl_t *ssl, ngx_log_t *log)
{
    SSL_CTX  *ctx;

    static const u_char  protocols[] = "\x08http/1.1";

    ctx = ssl->ssl.ctx;

#ifdef SSL_OP_IGNORE_UNEXPECTED_EOF

    /* a body that ends with its connection may not be cut short by others */

    SSL_CTX_clear_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);

#endif

#ifdef SSL_OP_NO_RENEGOTIATION
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
#endif

    if (SSL_CTX_set_alpn_protos(ctx, protocols, sizeof(protocols) - 1) != 0) {
        ngx_ssl_error(NGX_LOG_EMERG, log, 0,
                      "SSL_CTX_set_alpn_protos() failed");
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_http_ssl_certificate(ngx_conf_t *cf, ngx_asyncapi_http_ssl_t *ssl)
{
    if (ssl->certificate.len == 0) {
        return NGX_OK;
    }

    if (ssl->certificate_key.len == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "no \"asyncapi_ssl_certificate_key\" is defined for "
                      "certificate \"%V\"", &ssl->certificate);
        return NGX_ERROR;
    }

    return ngx_ssl_certificate(cf, &ssl->ssl, &ssl->certificate,
                               &ssl->certificate_key, NULL);
}


static ngx_int_t
ngx_asyncapi_http_ssl_trusted(ngx_conf_t *cf, ngx_asyncapi_http_ssl_t *ssl)
{
    X509_STORE  *store;

    if (!ssl->verify) {
        return NGX_OK;
    }

    if (ssl->trusted_certificate.len) {

        /* the depth is bounded by OpenSSL itself */

        return ngx_ssl_trusted_certificate(cf, &ssl->ssl,
                                       &ssl->trusted_certificate,
                                       SSL_CTX_get_verify_depth(ssl->ssl.ctx));
    }

    store = ngx_asyncapi_http_ssl_system_store(cf);
    if (store == NULL) {
        return NGX_ERROR;
    }

    X509_STORE_up_ref(store);
    SSL_CTX_set_cert_store(ssl->ssl.ctx, store);

    return NGX_OK;
}


static X509_STORE *
ngx_asyncapi_http_ssl_system_store(ngx_conf_t *cf)
{
    const char                      *file, *dirs;
    ngx_uint_t                       n;
    X509_LOOKUP                     *lookup;
    ngx_pool_cleanup_t              *cln;
    ngx_asyncapi_http_ssl_system_t  *system;

    system = &ngx_asyncapi_http_ssl_system;

    if (system->cycle == cf->cycle) {
        return system->store;
    }

    cln = ngx_pool_cleanup_add(cf->cycle->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    system->store = X509_STORE_new();
    if (system->store == NULL) {
        system->cycle = NULL;
        return NULL;
    }

    system->cycle = cf->cycle;

    cln->handler = ngx_asyncapi_http_ssl_system_cleanup;
    cln->data = system->store;

    lookup = X509_STORE_add_lookup(system->store, X509_LOOKUP_file());
    if (lookup == NULL) {
        return NULL;
    }

    file = getenv(X509_get_default_cert_file_env());
    if (file == NULL) {
        file = X509_get_default_cert_file();
    }

    dirs = getenv(X509_get_default_cert_dir_env());
    if (dirs == NULL) {
        dirs = X509_get_default_cert_dir();
    }

    n = X509_load_cert_file(lookup, file, X509_FILETYPE_PEM) > 0;
    n += ngx_asyncapi_http_ssl_load_dirs(cf, lookup, dirs);

    /* of these files any may be missing */

    ERR_clear_error();

    if (n == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "https can't be verified: no certificate is in \"%s\" "
                      "and \"%s\" (install the system's CA certificates, or "
                      "write \"asyncapi_ssl_trusted_certificate FILE\")",
                      file, dirs);
        return NULL;
    }

    return system->store;
}


static void
ngx_asyncapi_http_ssl_system_cleanup(void *data)
{
    X509_STORE  *store = data;

    if (ngx_asyncapi_http_ssl_system.store == store) {
        ngx_asyncapi_http_ssl_system.cycle = NULL;
        ngx_asyncapi_http_ssl_system.store = NULL;
    }

    X509_STORE_free(store);
}


/* "dir:dir", as OpenSSL has it; returns how many files have been loaded */

static ngx_uint_t
ngx_asyncapi_http_ssl_load_dirs(ngx_conf_t *cf, X509_LOOKUP *lookup,
    const char *dirs)
{
    size_t       len;
    u_char      *p;
    ngx_str_t    name;
    ngx_uint_t   n;

    n = 0;

    for (p = (u_char *) dirs; *p; p += len + (p[len] == ':')) {
        len = strcspn((char *) p, ":");

        name.len = len;
        name.data = ngx_pnalloc(cf->temp_pool, len + 1);

        if (name.data == NULL) {
            return 0;
        }

        *ngx_cpymem(name.data, p, len) = '\0';

        n += ngx_asyncapi_http_ssl_load_dir(cf, lookup, &name);
    }

    return n;
}


static ngx_uint_t
ngx_asyncapi_http_ssl_load_dir(ngx_conf_t *cf, X509_LOOKUP *lookup,
    ngx_str_t *name)
{
    u_char      *path;
    ngx_dir_t    dir;
    ngx_uint_t   n;

    if (ngx_open_dir(name, &dir) == NGX_ERROR) {
        return 0;
    }

    n = 0;

    while (ngx_read_dir(&dir) == NGX_OK) {

        if (!ngx_asyncapi_http_ssl_hashed(ngx_de_name(&dir),
                                          ngx_de_namelen(&dir)))
        {
            continue;
        }

        path = ngx_pnalloc(cf->temp_pool,
                           name->len + 1 + ngx_de_namelen(&dir) + 1);
        if (path == NULL) {
            break;
        }

        (void) ngx_sprintf(path, "%V/%s%Z", name, ngx_de_name(&dir));

        n += X509_load_cert_file(lookup, (char *) path, X509_FILETYPE_PEM) > 0;
    }

    (void) ngx_close_dir(&dir);

    return n;
}


/* "5ed36f99.0": what OpenSSL itself would look at */

static ngx_uint_t
ngx_asyncapi_http_ssl_hashed(u_char *name, size_t len)
{
    return len > 9
           && name[8] == '.'
           && ngx_hextoi(name, 8) != NGX_ERROR
           && ngx_atoi(name + 9, len - 9) != NGX_ERROR;
}


#endif

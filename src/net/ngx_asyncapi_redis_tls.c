
/*
 * Copyright (C) The asyncapi module authors
 *
 * TLS to Redis: hiredis moves the bytes, the context and what the certificate
 * must say are ours.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_redis_conn.h"


#if (NGX_ASYNCAPI_HIREDIS_SSL)

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <hiredis/hiredis_ssl.h>


static void ngx_asyncapi_redis_tls_cleanup(void *data);
static ngx_int_t ngx_asyncapi_redis_tls_name(SSL *ssl, ngx_str_t *name);


ngx_int_t
ngx_asyncapi_redis_tls_prepare(ngx_conf_t *cf,
    ngx_asyncapi_redis_server_t *server)
{
    SSL_CTX             *ctx;
    ngx_pool_cleanup_t  *cln;

    if (!server->url.tls) {
        return NGX_OK;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    ctx = SSL_CTX_new(TLS_client_method());

    if (ctx == NULL
        || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 0
        || SSL_CTX_set_default_verify_paths(ctx) == 0)
    {
        SSL_CTX_free(ctx);

        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "no TLS for asyncapi_redis \"%V\": the certificates of "
                      "the system's authorities can't be used",
                      &server->name);
        return NGX_ERROR;
    }

    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);

    cln->handler = ngx_asyncapi_redis_tls_cleanup;
    cln->data = ctx;

    server->tls = ctx;

    return NGX_OK;
}


static void
ngx_asyncapi_redis_tls_cleanup(void *data)
{
    SSL_CTX_free(data);
}


ngx_int_t
ngx_asyncapi_redis_tls(ngx_asyncapi_redis_conn_t *conn, redisContext *context)
{
    SSL  *ssl;

    if (conn->server->tls == NULL) {
        return NGX_OK;
    }

    ssl = SSL_new(conn->server->tls);
    if (ssl == NULL) {
        return NGX_ERROR;
    }

    if (ngx_asyncapi_redis_tls_name(ssl, &conn->target->host.name) != NGX_OK) {
        SSL_free(ssl);
        return NGX_ERROR;
    }

    /* it is hiredis's to free, also where this fails */

    return (redisInitiateSSL(context, ssl) == REDIS_OK) ? NGX_OK : NGX_ERROR;
}


/* whom the certificate must be for */

static ngx_int_t
ngx_asyncapi_redis_tls_name(SSL *ssl, ngx_str_t *name)
{
    char               *host;
    X509_VERIFY_PARAM  *param;

    host = (char *) name->data;
    param = SSL_get0_param(ssl);

    if (X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1) {
        return NGX_OK;
    }

    if (SSL_set_tlsext_host_name(ssl, host) == 0
        || X509_VERIFY_PARAM_set1_host(param, host, name->len) == 0)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


#else


ngx_int_t
ngx_asyncapi_redis_tls_prepare(ngx_conf_t *cf,
    ngx_asyncapi_redis_server_t *server)
{
    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_redis_tls(ngx_asyncapi_redis_conn_t *conn, redisContext *context)
{
    return NGX_OK;
}

#endif


/*
 * Copyright (C) The asyncapi module authors
 *
 * Digests, and what is made of them: keyed digests and keys from secrets.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "ngx_asyncapi_cpu.h"


/* bytes of a key that is made of a secret */
#define NGX_ASYNCAPI_CPU_KEY         32

/* some seconds of one core */
#define NGX_ASYNCAPI_CPU_ITERATIONS  10000000

/* the most that one call of scrypt may take, and how often it may do so */
#define NGX_ASYNCAPI_CPU_SCRYPT_MEMORY  (128 * 1024 * 1024)
#define NGX_ASYNCAPI_CPU_SCRYPT_P       64


static int ngx_asyncapi_cpu_digest(asyncapi_call_t *call,
    const asyncapi_arg_t *arg, const EVP_MD *md);
static int ngx_asyncapi_cpu_hmac(asyncapi_call_t *call,
    const asyncapi_arg_t *args, const EVP_MD *md);
static ngx_int_t ngx_asyncapi_cpu_number(const u_char *data, size_t len);
static const char *ngx_asyncapi_cpu_check_args(const asyncapi_arg_t *args,
    unsigned nargs, ngx_asyncapi_cpu_check_pt check);


ngx_asyncapi_cpu_function(sha256)
{
    return ngx_asyncapi_cpu_digest(call, args, EVP_sha256());
}


ngx_asyncapi_cpu_function(sha512)
{
    return ngx_asyncapi_cpu_digest(call, args, EVP_sha512());
}


ngx_asyncapi_cpu_function(sha1)
{
    return ngx_asyncapi_cpu_digest(call, args, EVP_sha1());
}


ngx_asyncapi_cpu_function(md5)
{
    return ngx_asyncapi_cpu_digest(call, args, EVP_md5());
}


ngx_asyncapi_cpu_function(hmac_sha256)
{
    return ngx_asyncapi_cpu_hmac(call, args, EVP_sha256());
}


ngx_asyncapi_cpu_function(hmac_sha512)
{
    return ngx_asyncapi_cpu_hmac(call, args, EVP_sha512());
}


static int
ngx_asyncapi_cpu_digest(asyncapi_call_t *call, const asyncapi_arg_t *arg,
    const EVP_MD *md)
{
    u_char        digest[EVP_MAX_MD_SIZE];
    unsigned int  len;

    if (!EVP_Digest(arg->data, arg->len, digest, &len, md, NULL)) {
        return call->fail(call, "OpenSSL does not have this digest here");
    }

    return ngx_asyncapi_cpu_hex(call, digest, len);
}


static int
ngx_asyncapi_cpu_hmac(asyncapi_call_t *call, const asyncapi_arg_t *args,
    const EVP_MD *md)
{
    u_char        digest[EVP_MAX_MD_SIZE];
    unsigned int  len;

    if (args[0].len > NGX_MAX_INT32_VALUE) {
        return call->fail(call, "KEY is too long");
    }

    if (HMAC(md, args[0].data, args[0].len, args[1].data, args[1].len, digest,
             &len)
        == NULL)
    {
        return call->fail(call, "OpenSSL does not have this digest here");
    }

    return ngx_asyncapi_cpu_hex(call, digest, len);
}


int
ngx_asyncapi_cpu_hex(asyncapi_call_t *call, u_char *data, size_t len)
{
    u_char  hex[2 * EVP_MAX_MD_SIZE];

    return call->text(call, hex, ngx_hex_dump(hex, data, len) - hex);
}


ngx_asyncapi_cpu_function(pbkdf2_sha256)
{
    u_char       key[NGX_ASYNCAPI_CPU_KEY];
    const char  *message;

    message = ngx_asyncapi_cpu_check_args(args, nargs,
                                          ngx_asyncapi_cpu_pbkdf2_check);
    if (message) {
        return call->fail(call, message);
    }

    if (!PKCS5_PBKDF2_HMAC((char *) args[0].data, args[0].len, args[1].data,
                           args[1].len,
                           ngx_asyncapi_cpu_number(args[2].data, args[2].len),
                           EVP_sha256(), sizeof(key), key))
    {
        return call->fail(call, "OpenSSL refuses these values");
    }

    return ngx_asyncapi_cpu_hex(call, key, sizeof(key));
}


const char *
ngx_asyncapi_cpu_pbkdf2_check(ngx_uint_t index, const ngx_str_t *arg)
{
    ngx_int_t  n;

    if (index < 2) {
        return (arg->len <= NGX_MAX_INT32_VALUE) ? NULL
                                             : "SECRET and SALT are too long";
    }

    n = ngx_asyncapi_cpu_number(arg->data, arg->len);

    if (n < 1 || n > NGX_ASYNCAPI_CPU_ITERATIONS) {
        return "ITERATIONS is no number from 1 to 10000000";
    }

    return NULL;
}


ngx_asyncapi_cpu_function(scrypt)
{
    u_char       key[NGX_ASYNCAPI_CPU_KEY];
    uint64_t     n, r, p;
    const char  *message;

    message = ngx_asyncapi_cpu_check_args(args, nargs,
                                          ngx_asyncapi_cpu_scrypt_check);
    if (message) {
        return call->fail(call, message);
    }

    n = ngx_asyncapi_cpu_number(args[2].data, args[2].len);
    r = ngx_asyncapi_cpu_number(args[3].data, args[3].len);
    p = ngx_asyncapi_cpu_number(args[4].data, args[4].len);

    if (128 * n * r > NGX_ASYNCAPI_CPU_SCRYPT_MEMORY) {
        return call->fail(call, "N and R would take more than 128 MB: "
                                "128 * N * R bytes are needed");
    }

    /* the bound of OpenSSL's counts two blocks more, and those of each P */

    if (!EVP_PBE_scrypt((char *) args[0].data, args[0].len, args[1].data,
                        args[1].len, n, r, p, 128 * r * (n + p + 2), key,
                        sizeof(key)))
    {
        return call->fail(call, "OpenSSL refuses these values");
    }

    return ngx_asyncapi_cpu_hex(call, key, sizeof(key));
}


const char *
ngx_asyncapi_cpu_scrypt_check(ngx_uint_t index, const ngx_str_t *arg)
{
    ngx_int_t  n;

    if (index < 2) {
        return NULL;
    }

    n = ngx_asyncapi_cpu_number(arg->data, arg->len);

    switch (index) {

    case 2:
        if (n < 2 || n > 1024 * 1024 || (n & (n - 1)) != 0) {
            return "N is no power of two from 2 to 1048576";
        }

        break;

    case 3:
        if (n < 1 || n > 64) {
            return "R is no number from 1 to 64";
        }

        break;

    default:
        if (n < 1 || n > NGX_ASYNCAPI_CPU_SCRYPT_P) {
            return "P is no number from 1 to 64";
        }

        break;
    }

    return NULL;
}


/* NGX_ERROR: it is no number */

static ngx_int_t
ngx_asyncapi_cpu_number(const u_char *data, size_t len)
{
    return ngx_atoi((u_char *) data, len);
}


static const char *
ngx_asyncapi_cpu_check_args(const asyncapi_arg_t *args, unsigned nargs,
    ngx_asyncapi_cpu_check_pt check)
{
    unsigned     i;
    ngx_str_t    arg;
    const char  *message;

    for (i = 0; i < nargs; i++) {
        arg.data = (u_char *) args[i].data;
        arg.len = args[i].len;

        message = check(i, &arg);

        if (message) {
            return message;
        }
    }

    return NULL;
}

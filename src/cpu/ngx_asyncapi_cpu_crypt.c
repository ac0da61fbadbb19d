
/*
 * Copyright (C) The asyncapi module authors
 *
 * Passwords against their hashes, by libcrypt.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <crypt.h>
#include <openssl/crypto.h>

#include "ngx_asyncapi_cpu.h"


/* methods that are to be trusted; the others of libcrypt's are broken */

static const ngx_str_t  ngx_asyncapi_cpu_crypt_methods[] = {
    ngx_string("$2a$"),                    /* bcrypt */
    ngx_string("$2b$"),
    ngx_string("$2y$"),
    ngx_string("$y$"),                     /* yescrypt */
    ngx_string("$7$"),                     /* scrypt */
    ngx_string("$6$"),                     /* sha512-crypt */
    ngx_string("$5$"),                     /* sha256-crypt */
    ngx_null_string
};


ngx_asyncapi_cpu_function(crypt_verify)
{
    int                 equal;
    size_t              len;
    ngx_str_t           hash;
    const char         *message;
    struct crypt_data  *data;

    if (args[0].len >= CRYPT_MAX_PASSPHRASE_SIZE) {
        return call->fail(call, "PASSWORD is longer than 511 bytes");
    }

    if (ngx_strlen(args[0].data) != args[0].len) {
        return call->fail(call, "PASSWORD has a zero byte");
    }

    hash.data = (u_char *) args[1].data;
    hash.len = args[1].len;

    message = ngx_asyncapi_cpu_crypt_check(1, &hash);
    if (message) {
        return call->fail(call, message);
    }

    data = calloc(1, sizeof(struct crypt_data));
    if (data == NULL) {
        return call->fail(call, "there is no memory");
    }

    if (crypt_rn((char *) args[0].data, (char *) args[1].data, data,
                 sizeof(struct crypt_data))
        == NULL)
    {
        free(data);
        return call->fail(call, "HASH is malformed");
    }

    /* a hash of the same method and salt is as long, if it is all there */

    len = ngx_strlen(data->output);
    equal = (len == hash.len
             && CRYPTO_memcmp(data->output, hash.data, len) == 0);

    OPENSSL_cleanse(data, sizeof(struct crypt_data));
    free(data);

    if (len != hash.len) {
        return call->fail(call, "HASH is malformed");
    }

    return equal ? call->json(call, "true", 4) : call->json(call, "false", 5);
}


const char *
ngx_asyncapi_cpu_crypt_check(ngx_uint_t index, const ngx_str_t *arg)
{
    const ngx_str_t  *method;

    if (index == 0) {
        return NULL;
    }

    if (ngx_strlchr(arg->data, arg->data + arg->len, '\0')) {
        return "HASH is malformed";
    }

    for (method = ngx_asyncapi_cpu_crypt_methods; method->len; method++) {

        if (arg->len > method->len
            && ngx_strncmp(arg->data, method->data, method->len) == 0)
        {
            return NULL;
        }
    }

    return "HASH is of no method that is taken: bcrypt, yescrypt, scrypt, "
           "sha512-crypt, sha256-crypt";
}

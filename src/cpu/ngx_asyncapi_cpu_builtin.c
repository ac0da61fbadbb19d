
/*
 * Copyright (C) The asyncapi module authors
 *
 * The functions that are built in.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_cpu.h"


#define ngx_asyncapi_cpu_row(name, args, words, check)                       \
    { { #name, args, args, ngx_asyncapi_cpu_##name }, #name words, check }


const ngx_asyncapi_cpu_builtin_t  ngx_asyncapi_cpu_builtins[] = {

    ngx_asyncapi_cpu_row(sha256, 1, " DATA", NULL),
    ngx_asyncapi_cpu_row(sha512, 1, " DATA", NULL),
    ngx_asyncapi_cpu_row(sha1, 1, " DATA", NULL),
    ngx_asyncapi_cpu_row(md5, 1, " DATA", NULL),
    ngx_asyncapi_cpu_row(hmac_sha256, 2, " KEY DATA", NULL),
    ngx_asyncapi_cpu_row(hmac_sha512, 2, " KEY DATA", NULL),
    ngx_asyncapi_cpu_row(pbkdf2_sha256, 3, " SECRET SALT ITERATIONS",
                         ngx_asyncapi_cpu_pbkdf2_check),
    ngx_asyncapi_cpu_row(scrypt, 5, " SECRET SALT N R P",
                         ngx_asyncapi_cpu_scrypt_check),
    ngx_asyncapi_cpu_row(crypt_verify, 2, " PASSWORD HASH",
                         ngx_asyncapi_cpu_crypt_check),
    ngx_asyncapi_cpu_row(base64_encode, 1, " DATA", NULL),
    ngx_asyncapi_cpu_row(base64_decode, 1, " TEXT",
                         ngx_asyncapi_cpu_base64_check),
    ngx_asyncapi_cpu_row(gzip_base64, 1, " DATA", NULL),
    ngx_asyncapi_cpu_row(crc32, 1, " DATA", NULL),
    ngx_asyncapi_cpu_row(uuid4, 0, "", NULL),

    { { NULL, 0, 0, NULL }, NULL, NULL }
};


const ngx_asyncapi_cpu_builtin_t *
ngx_asyncapi_cpu_builtin(const ngx_str_t *name)
{
    const ngx_asyncapi_cpu_builtin_t  *builtin;

    for (builtin = ngx_asyncapi_cpu_builtins;
         builtin->function.name;
         builtin++)
    {
        if (ngx_strlen(builtin->function.name) == name->len
            && ngx_strncmp(builtin->function.name, name->data, name->len) == 0)
        {
            return builtin;
        }
    }

    return NULL;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * Calls of functions that compute: those built in, and those of libraries
 * written against asyncapi.h.  Both are of the same form.
 *
 * Thread: a call belongs to one thread at a time, that which runs it; nothing
 * else here has state.
 */


#ifndef _NGX_ASYNCAPI_CPU_H_INCLUDED_
#define _NGX_ASYNCAPI_CPU_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "asyncapi.h"


/* bytes of a message, its end not counted */
#define NGX_ASYNCAPI_CPU_MESSAGE  255


typedef enum {
    NGX_ASYNCAPI_CPU_OK = 0,
    NGX_ASYNCAPI_CPU_FAILED,        /* message says why */
    NGX_ASYNCAPI_CPU_TOO_LARGE,
    NGX_ASYNCAPI_CPU_NO_MEMORY
} ngx_asyncapi_cpu_status_e;


typedef enum {
    NGX_ASYNCAPI_CPU_NONE = 0,      /* nothing was written */
    NGX_ASYNCAPI_CPU_JSON,
    NGX_ASYNCAPI_CPU_TEXT
} ngx_asyncapi_cpu_form_e;


typedef struct {
    asyncapi_call_t             face;      /* what the function sees: first */

    ngx_pool_t                 *pool;      /* the call's, for its result */
    size_t                      max;       /* bytes of a result */
    ngx_uint_t                (*cancelled)(void *data);
    void                       *data;      /* of cancelled() */

    /* how it ended */
    ngx_asyncapi_cpu_status_e   status;
    ngx_asyncapi_cpu_form_e     form;
    ngx_str_t                   result;    /* in the pool */
    ngx_str_t                   message;   /* likewise */

    size_t                      size;      /* private: room at result.data */
} ngx_asyncapi_cpu_call_t;


/* pool, max, cancelled and data are the caller's to set, all else is 0 */
void ngx_asyncapi_cpu_run(ngx_asyncapi_cpu_call_t *call,
    const asyncapi_function_t *function, const asyncapi_arg_t *args,
    ngx_uint_t nargs);


/* ---- functions that are built in ---- */

/*
 * Looks at the argument of that index, once the configuration is read if it is
 * a constant: NULL, or what is wrong, and what to write instead.
 */

typedef const char *(*ngx_asyncapi_cpu_check_pt)(ngx_uint_t index,
    const ngx_str_t *arg);

typedef struct {
    asyncapi_function_t         function;
    const char                 *usage;     /* "hmac_sha256 KEY DATA" */
    ngx_asyncapi_cpu_check_pt   check;     /* or NULL */
} ngx_asyncapi_cpu_builtin_t;

/* one without a name ends the table */
extern const ngx_asyncapi_cpu_builtin_t  ngx_asyncapi_cpu_builtins[];

/* or NULL */
const ngx_asyncapi_cpu_builtin_t *ngx_asyncapi_cpu_builtin(
    const ngx_str_t *name);


#define ngx_asyncapi_cpu_function(name)                                      \
    int ngx_asyncapi_cpu_##name(asyncapi_call_t *call,                       \
        const asyncapi_arg_t *args, unsigned nargs)

ngx_asyncapi_cpu_function(sha256);
ngx_asyncapi_cpu_function(sha512);
ngx_asyncapi_cpu_function(sha1);
ngx_asyncapi_cpu_function(md5);
ngx_asyncapi_cpu_function(hmac_sha256);
ngx_asyncapi_cpu_function(hmac_sha512);
ngx_asyncapi_cpu_function(pbkdf2_sha256);
ngx_asyncapi_cpu_function(scrypt);
ngx_asyncapi_cpu_function(crypt_verify);
ngx_asyncapi_cpu_function(base64_encode);
ngx_asyncapi_cpu_function(base64_decode);
ngx_asyncapi_cpu_function(gzip_base64);
ngx_asyncapi_cpu_function(crc32);
ngx_asyncapi_cpu_function(uuid4);

const char *ngx_asyncapi_cpu_pbkdf2_check(ngx_uint_t index,
    const ngx_str_t *arg);
const char *ngx_asyncapi_cpu_scrypt_check(ngx_uint_t index,
    const ngx_str_t *arg);
const char *ngx_asyncapi_cpu_crypt_check(ngx_uint_t index,
    const ngx_str_t *arg);
const char *ngx_asyncapi_cpu_base64_check(ngx_uint_t index,
    const ngx_str_t *arg);


/* for the functions: bytes as a text of lower-case hex, up to 64 of them */
int ngx_asyncapi_cpu_hex(asyncapi_call_t *call, u_char *data, size_t len);


#endif /* _NGX_ASYNCAPI_CPU_H_INCLUDED_ */

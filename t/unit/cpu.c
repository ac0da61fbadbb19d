
/*
 * Copyright (C) The asyncapi module authors
 *
 * Functions that are built in, in one thread and in several at a time; calls
 * as asyncapi.h promises them.
 */


#include "ngx_asyncapi_unit.h"
#include "ngx_asyncapi_cpu.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>


#define THREADS  4
#define ROUNDS   20

#define arg(s)   { (u_char *) s, sizeof(s) - 1 }


typedef struct {
    const char       *name;
    asyncapi_arg_t    args[5];
    const char       *result;      /* or the message of a failure */
    ngx_uint_t        failure;
} vector_t;


static const vector_t  vectors[] = {

    { "sha256", { arg("abc") },
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 0 },

    { "sha1", { arg("") }, "da39a3ee5e6b4b0d3255bfef95601890afd80709", 0 },

    { "md5", { arg("message digest") },
      "f96b697d7cb7938d525a2f31aaf161d0", 0 },

    { "hmac_sha256", { arg("Jefe"), arg("what do ya want for nothing?") },
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", 0 },

    { "pbkdf2_sha256", { arg("passwd"), arg("salt"), arg("1") },
      "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc", 0 },

    { "pbkdf2_sha256", { arg("s"), arg("s"), arg("0") },
      "ITERATIONS is no number from 1 to 10000000", 1 },

    { "pbkdf2_sha256", { arg("s"), arg("s"), arg("10000001") },
      "ITERATIONS is no number from 1 to 10000000", 1 },

    { "pbkdf2_sha256", { arg("s"), arg("s"), arg("1\0") },
      "ITERATIONS is no number from 1 to 10000000", 1 },

    { "scrypt", { arg(""), arg(""), arg("16"), arg("1"), arg("1") },
      "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442", 0 },

    { "scrypt", { arg(""), arg(""), arg("1"), arg("1"), arg("1") },
      "N is no power of two from 2 to 1048576", 1 },

    { "scrypt", { arg(""), arg(""), arg("16"), arg("0"), arg("1") },
      "R is no number from 1 to 64", 1 },

    { "scrypt", { arg(""), arg(""), arg("1048576"), arg("2"), arg("1") },
      "N and R would take more than 128 MB: 128 * N * R bytes are needed", 1 },

    { "crypt_verify",
      { arg("U*U"),
        arg("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW") },
      "true", 0 },

    { "crypt_verify",
      { arg("U*V"),
        arg("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW") },
      "false", 0 },

    { "crypt_verify", { arg("x"), arg("$2a$05$CCCCCCCCCCCCCCCCCCCCC.") },
      "HASH is malformed", 1 },

    { "crypt_verify", { arg("x"), arg("$5$") }, "HASH is of no method that is "
      "taken: bcrypt, yescrypt, scrypt, sha512-crypt, sha256-crypt", 1 },

    { "base64_encode", { arg("f\0o") }, "ZgBv", 0 },
    { "base64_encode", { arg("") }, "", 0 },
    { "base64_decode", { arg("Zm9vYg==") }, "foob", 0 },
    { "base64_decode", { arg("") }, "", 0 },

    { "base64_decode", { arg("Zg=") },
      "TEXT is no base64: its length is no multiple of four", 1 },
    { "base64_decode", { arg("====") },
      "TEXT is no base64: it has other characters", 1 },
    { "base64_decode", { arg("Zg==Zg==") },
      "TEXT is no base64: it has other characters", 1 },
    { "base64_decode", { arg("Z_==") },
      "TEXT is no base64: it has other characters", 1 },

    { "crc32", { arg("123456789") }, "cbf43926", 0 },

    { NULL, { { NULL, 0 } }, NULL, 0 }
};


static ngx_pool_t  *pool;


static ngx_uint_t
never(void *data)
{
    return 0;
}


static ngx_uint_t
always(void *data)
{
    return 1;
}


static void
init(ngx_asyncapi_cpu_call_t *call, ngx_pool_t *memory, size_t max)
{
    ngx_memzero(call, sizeof(ngx_asyncapi_cpu_call_t));

    call->pool = memory;
    call->max = max;
    call->cancelled = never;
}


static ngx_uint_t
vector(const vector_t *v, ngx_pool_t *memory)
{
    ngx_str_t                          name, *got;
    ngx_asyncapi_cpu_call_t            call;
    const ngx_asyncapi_cpu_builtin_t  *builtin;

    name.data = (u_char *) v->name;
    name.len = strlen(v->name);

    builtin = ngx_asyncapi_cpu_builtin(&name);

    init(&call, memory, 4096);
    ngx_asyncapi_cpu_run(&call, &builtin->function, v->args,
                         builtin->function.min_args);

    got = v->failure ? &call.message : &call.result;

    return call.status == (v->failure ? NGX_ASYNCAPI_CPU_FAILED
                                      : NGX_ASYNCAPI_CPU_OK)
           && got->len == strlen(v->result)
           && ngx_memcmp(got->data, v->result, got->len) == 0;
}


static void *
thread(void *data)
{
    long             wrong;
    ngx_uint_t       i;
    ngx_pool_t      *memory;
    const vector_t  *v;

    wrong = 0;

    for (i = 0; i < ROUNDS; i++) {
        memory = ngx_create_pool(1024, pool->log);

        for (v = vectors; v->name; v++) {
            wrong += !vector(v, memory);
        }

        ngx_destroy_pool(memory);
    }

    return (void *) wrong;
}


static void
threads(void)
{
    void        *wrong;
    pthread_t    tid[THREADS];
    ngx_uint_t   i;

    for (i = 0; i < THREADS; i++) {
        pthread_create(&tid[i], NULL, thread, NULL);
    }

    for (i = 0; i < THREADS; i++) {
        pthread_join(tid[i], &wrong);
        is_int((long) wrong, 0, "thread %d has the same results", (int) i);
    }
}


/* ---- calls ---- */

static int
pieces(asyncapi_call_t *call, const asyncapi_arg_t *args, unsigned nargs)
{
    unsigned  i;

    for (i = 0; i < 1000; i++) {
        if (call->text(call, "0123456789", i % 11) != ASYNCAPI_OK) {
            return ASYNCAPI_OK;
        }
    }

    return ASYNCAPI_OK;
}


static int
both(asyncapi_call_t *call, const asyncapi_arg_t *args, unsigned nargs)
{
    call->text(call, "", 0);

    return call->json(call, "1", 1);
}


static int
failed(asyncapi_call_t *call, const asyncapi_arg_t *args, unsigned nargs)
{
    call->fail(call, "one");

    return call->json(call, "1", 1);
}


static int
nothing(asyncapi_call_t *call, const asyncapi_arg_t *args, unsigned nargs)
{
    return nargs ? 1 : ASYNCAPI_OK;
}


static void
calls(void)
{
    asyncapi_function_t      function;
    ngx_asyncapi_cpu_call_t  call;

    function.run = pieces;

    init(&call, pool, 10000);
    ngx_asyncapi_cpu_run(&call, &function, NULL, 0);
    is_int(call.status, NGX_ASYNCAPI_CPU_OK, "a result in many pieces");
    is_int(call.form, NGX_ASYNCAPI_CPU_TEXT, "is text");
    is_int(call.result.len, 4995, "has all of them");
    ok(ngx_memcmp(call.result.data, "0010120123", 10) == 0, "in their order");

    init(&call, pool, 4995);
    ngx_asyncapi_cpu_run(&call, &function, NULL, 0);
    is_int(call.status, NGX_ASYNCAPI_CPU_OK, "and just fits");

    init(&call, pool, 4994);
    ngx_asyncapi_cpu_run(&call, &function, NULL, 0);
    is_int(call.status, NGX_ASYNCAPI_CPU_TOO_LARGE, "or just does not");

    function.run = both;
    init(&call, pool, 100);
    ngx_asyncapi_cpu_run(&call, &function, NULL, 0);
    is_int(call.status, NGX_ASYNCAPI_CPU_FAILED, "an empty text, then JSON");
    is_str(&call.message, "it wrote both JSON and text", "is no result");

    function.run = failed;
    init(&call, pool, 100);
    ngx_asyncapi_cpu_run(&call, &function, NULL, 0);
    is_int(call.status, NGX_ASYNCAPI_CPU_FAILED, "a failure stays one");
    is_str(&call.message, "one", "with its message");
    is_int(call.result.len, 0, "and no result");

    function.run = nothing;
    init(&call, pool, 100);
    ngx_asyncapi_cpu_run(&call, &function, NULL, 0);
    is_str(&call.result, "null", "nothing is null");

    init(&call, pool, 100);
    ngx_asyncapi_cpu_run(&call, &function, NULL, 1);
    is_int(call.status, NGX_ASYNCAPI_CPU_FAILED, "an error without a message");
    is_str(&call.message, "it gave no reason", "gets one");
}


static void
gzip(void)
{
    int                       rc;
    u_char                   *out;
    z_stream                  zs;
    ngx_str_t                 bytes, name = ngx_string("gzip_base64");
    asyncapi_arg_t            arg;
    ngx_asyncapi_cpu_call_t   call;

    arg.len = 1000 * 1000;
    out = ngx_pcalloc(pool, arg.len);
    ngx_memset(out, 'x', arg.len / 2);
    arg.data = out;

    init(&call, pool, 10000);
    ngx_asyncapi_cpu_run(&call, &ngx_asyncapi_cpu_builtin(&name)->function,
                         &arg, 1);
    is_int(call.status, NGX_ASYNCAPI_CPU_OK, "gzip of several pieces");

    bytes.data = ngx_pnalloc(pool, 10000);
    ngx_decode_base64(&bytes, &call.result);

    ngx_memzero(&zs, sizeof(z_stream));
    inflateInit2(&zs, 31);

    out = ngx_pnalloc(pool, arg.len + 1);
    zs.next_in = bytes.data;
    zs.avail_in = bytes.len;
    zs.next_out = out;
    zs.avail_out = arg.len + 1;

    rc = inflate(&zs, Z_FINISH);
    inflateEnd(&zs);

    is_int(rc, Z_STREAM_END, "is gzip");
    ok(zs.total_out == arg.len && ngx_memcmp(out, arg.data, arg.len) == 0,
       "of the same");

    init(&call, pool, 10000);
    call.cancelled = always;
    ngx_asyncapi_cpu_run(&call, &ngx_asyncapi_cpu_builtin(&name)->function,
                         &arg, 1);
    is_str(&call.message, "it was cancelled", "and can be cancelled");
}


int
main(void)
{
    ngx_str_t        name = ngx_string("sha25");
    const vector_t  *v;

    pool = unit_start();

    for (v = vectors; v->name; v++) {
        ok(vector(v, pool), "%s: %s", v->name, v->result);
    }

    ok(ngx_asyncapi_cpu_builtin(&name) == NULL, "no other names");

    calls();
    gzip();
    threads();

    return unit_done();
}

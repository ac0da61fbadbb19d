
/*
 * Copyright (C) The asyncapi module authors
 *
 * What is stored of jobs, any bytes: as the result that Celery keeps, as a
 * value and a failure in the hash and the stream of RQ, and as a time.
 *
 * A state has JSON, or nothing; what is none has a message.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_queue.h"

#include <stdlib.h>


#define MAX_FAILURE  4096


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static void fuzz_celery(ngx_pool_t *pool, redisReply *stored);
static void fuzz_rq(ngx_pool_t *pool, redisReply *stored);
static void fuzz_time(redisReply *stored);
static void check_state(ngx_pool_t *pool,
    const ngx_asyncapi_queue_format_t *format, redisReply *reply);
static void check_json(ngx_str_t *value);
static redisReply *bulk(ngx_pool_t *pool, const void *data, size_t len);
static redisReply *array(ngx_pool_t *pool, redisReply **element, size_t n);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_pool_t       *pool;
    redisReply       *stored;
    static ngx_log_t  log;

    ngx_pagesize = 4096;
    ngx_cacheline_size = 64;

    pool = ngx_create_pool(4096, &log);
    if (pool == NULL) {
        abort();
    }

    stored = bulk(pool, data, size);

    fuzz_celery(pool, stored);
    fuzz_rq(pool, stored);
    fuzz_time(stored);

    ngx_destroy_pool(pool);

    return 0;
}


static void
fuzz_celery(ngx_pool_t *pool, redisReply *stored)
{
    redisReply  *element[2];

    element[0] = stored;
    element[1] = stored;

    check_state(pool, &ngx_asyncapi_queue_celery, array(pool, element, 2));
}


/* of each state, in the hash, and in the stream, where it is in base64 */

static void
fuzz_rq(ngx_pool_t *pool, redisReply *stored)
{
    ngx_str_t     text, encoded;
    ngx_uint_t    i;
    redisReply   *hash[3], *field[4], *entry[2], *both[2], *one;

    static const char *const  states[] = { "finished", "failed", "queued" };

    text.data = (u_char *) stored->str;
    text.len = stored->len;

    encoded.data = ngx_pnalloc(pool, ngx_base64_encoded_length(text.len) + 1);
    ngx_encode_base64(&encoded, &text);

    for (i = 0; i < 6; i++) {

        one = (i < 3) ? stored : bulk(pool, encoded.data, encoded.len);

        hash[0] = bulk(pool, states[i % 3], ngx_strlen(states[i % 3]));
        hash[1] = stored;
        hash[2] = stored;

        field[0] = bulk(pool, "return_value", 12);
        field[1] = one;
        field[2] = bulk(pool, "exc_string", 10);
        field[3] = one;

        entry[0] = stored;
        entry[1] = array(pool, field, 4);
        entry[0] = array(pool, entry, 2);

        both[0] = array(pool, hash, 3);
        both[1] = array(pool, entry, 0);

        check_state(pool, &ngx_asyncapi_queue_rq, array(pool, both, 2));

        both[1] = array(pool, entry, 1);

        check_state(pool, &ngx_asyncapi_queue_rq, array(pool, both, 2));
    }
}


/* one that is read is read again as it was written */

static void
fuzz_time(redisReply *stored)
{
    u_char     one[NGX_ASYNCAPI_QUEUE_TIME_LEN];
    u_char     two[NGX_ASYNCAPI_QUEUE_TIME_LEN];
    ngx_str_t  text;

    text.data = (u_char *) stored->str;
    text.len = stored->len;

    if (ngx_asyncapi_queue_time(&text, 1795849800, 250, one) != NGX_OK) {
        return;
    }

    text.data = one;
    text.len = sizeof(one);

    if (ngx_asyncapi_queue_time(&text, 0, 0, two) != NGX_OK
        || ngx_memcmp(one, two, sizeof(one)) != 0)
    {
        abort();
    }
}


static void
check_state(ngx_pool_t *pool, const ngx_asyncapi_queue_format_t *format,
    redisReply *reply)
{
    ngx_int_t                   rc;
    ngx_asyncapi_queue_state_t  state;

    ngx_memzero(&state, sizeof(ngx_asyncapi_queue_state_t));

    rc = format->state(pool, reply, MAX_FAILURE, &state);

    if (rc == NGX_DECLINED) {

        if (state.message == NULL) {
            abort();
        }

        return;
    }

    if (rc != NGX_OK || state.state >= NGX_ASYNCAPI_QUEUE_STATE_N) {
        abort();
    }

    check_json(&state.result);
    check_json(&state.error);
}


static void
check_json(ngx_str_t *value)
{
    if (value->data && ngx_asyncapi_json_validate(value, NULL) != NGX_OK) {
        abort();
    }
}


/* of this length exactly, but for the zero byte that hiredis has behind it */

static redisReply *
bulk(ngx_pool_t *pool, const void *data, size_t len)
{
    redisReply  *reply;

    reply = ngx_pcalloc(pool, sizeof(redisReply));

    reply->type = REDIS_REPLY_STRING;
    reply->len = len;
    reply->str = ngx_pcalloc(pool, len + 1);

    ngx_memcpy(reply->str, data, len);

    return reply;
}


static redisReply *
array(ngx_pool_t *pool, redisReply **element, size_t n)
{
    redisReply  *reply;

    reply = ngx_pcalloc(pool, sizeof(redisReply));

    reply->type = REDIS_REPLY_ARRAY;
    reply->elements = n;
    reply->element = ngx_pcalloc(pool, (n + 1) * sizeof(redisReply *));

    ngx_memcpy(reply->element, element, n * sizeof(redisReply *));

    return reply;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * States of jobs: what replies of Redis say of them, and replies that say
 * nothing that could be understood.
 */


#include "ngx_asyncapi_unit.h"
#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>


#define TRACE_LEN  4096


typedef struct {
    const char                  *meta;     /* NULL: nil */
    const char                  *mark;
    ngx_asyncapi_queue_state_e   state;
    const char                  *result;   /* NULL: none */
    const char                  *error;
} celery_t;

typedef struct {
    const char                  *status;   /* of the hash; NULL: nil */
    const char                  *value;
    const char                  *key;      /* of the stream's entry */
    const char                  *field;
    ngx_asyncapi_queue_state_e   state;
    const char                  *result;
    const char                  *error;
} rq_t;


static void celery(celery_t *test);
static void rq(rq_t *test);
static void rq_failures(void);
static void refused(const ngx_asyncapi_queue_format_t *format,
    redisReply *reply, const char *message);
static void replies(void);
static void inflated(void);
static void names(void);

static ngx_int_t state_of(const ngx_asyncapi_queue_format_t *format,
    redisReply *reply, ngx_asyncapi_queue_state_t *state);
static void is(ngx_asyncapi_queue_state_t *state,
    ngx_asyncapi_queue_state_e expected, const char *result,
    const char *error, const char *what);
static redisReply *nil(void);
static redisReply *bulk(const char *text);
static redisReply *bytes(const void *data, size_t len);
static redisReply *array(size_t n, ...);
static redisReply *rq_reply(const char *status, redisReply *value,
    redisReply *failure, redisReply *stream);
static ngx_str_t deflated(const char *text, size_t len);
static redisReply *encoded(ngx_str_t *text);


static ngx_pool_t  *pool;


static celery_t  celery_tests[] = {
    { NULL, NULL, NGX_ASYNCAPI_QUEUE_UNKNOWN, NULL, NULL },
    { NULL, "", NGX_ASYNCAPI_QUEUE_QUEUED, NULL, NULL },
    { "{\"status\":\"SUCCESS\",\"result\":5}", "",
      NGX_ASYNCAPI_QUEUE_SUCCESS, "5", NULL },
    { "{\"status\": \"SUCCESS\", \"result\": {\"n\": 1.50}, \"x\": 1}", NULL,
      NGX_ASYNCAPI_QUEUE_SUCCESS, "{\"n\": 1.50}", NULL },
    { "{\"result\":null,\"status\":\"SUCCESS\"}", NULL,
      NGX_ASYNCAPI_QUEUE_SUCCESS, "null", NULL },
    { "{\"st\\u0061tus\":\"SUCCESS\",\"result\":1}", NULL,
      NGX_ASYNCAPI_QUEUE_SUCCESS, "1", NULL },
    { "{\"status\":\"SUCCESS\"}", NULL,
      NGX_ASYNCAPI_QUEUE_SUCCESS, NULL, NULL },
    { "{\"status\":\"FAILURE\",\"result\":{\"exc_type\":\"E\"}}", NULL,
      NGX_ASYNCAPI_QUEUE_FAILURE, NULL, "{\"exc_type\":\"E\"}" },
    { "{\"status\":\"RETRY\",\"result\":{\"exc_type\":\"E\"}}", NULL,
      NGX_ASYNCAPI_QUEUE_RETRY, NULL, "{\"exc_type\":\"E\"}" },
    { "{\"status\":\"REVOKED\",\"result\":{\"exc_type\":\"E\"}}", NULL,
      NGX_ASYNCAPI_QUEUE_REVOKED, NULL, "{\"exc_type\":\"E\"}" },
    { "{\"status\":\"REJECTED\",\"result\":null}", NULL,
      NGX_ASYNCAPI_QUEUE_REVOKED, NULL, "null" },
    { "{\"status\":\"PENDING\",\"result\":null}", NULL,
      NGX_ASYNCAPI_QUEUE_QUEUED, "null", NULL },
    { "{\"status\":\"RECEIVED\",\"result\":null}", NULL,
      NGX_ASYNCAPI_QUEUE_QUEUED, "null", NULL },
    { "{\"status\":\"STARTED\",\"result\":{\"pid\":1}}", NULL,
      NGX_ASYNCAPI_QUEUE_STARTED, NULL, NULL },
    { "{\"status\":\"PROGRESS\",\"result\":{\"done\":0.5}}", NULL,
      NGX_ASYNCAPI_QUEUE_STARTED, "{\"done\":0.5}", NULL },
    { "{\"status\":7,\"result\":1}", NULL,
      NGX_ASYNCAPI_QUEUE_STARTED, "1", NULL },
    { NULL, NULL, NGX_ASYNCAPI_QUEUE_STATE_N, NULL, NULL }
};


static rq_t  rq_tests[] = {
    { NULL, NULL, NULL, NULL, NGX_ASYNCAPI_QUEUE_UNKNOWN, NULL, NULL },
    { "of a later RQ", NULL, NULL, NULL, NGX_ASYNCAPI_QUEUE_UNKNOWN, NULL,
      NULL },
    { "queued", NULL, NULL, NULL, NGX_ASYNCAPI_QUEUE_QUEUED, NULL, NULL },
    { "created", NULL, NULL, NULL, NGX_ASYNCAPI_QUEUE_QUEUED, NULL, NULL },
    { "deferred", NULL, NULL, NULL, NGX_ASYNCAPI_QUEUE_QUEUED, NULL, NULL },
    { "scheduled", NULL, NULL, NULL, NGX_ASYNCAPI_QUEUE_QUEUED, NULL, NULL },
    { "started", NULL, NULL, NULL, NGX_ASYNCAPI_QUEUE_STARTED, NULL, NULL },
    { "stopped", NULL, NULL, NULL, NGX_ASYNCAPI_QUEUE_REVOKED, NULL, NULL },
    { "canceled", NULL, NULL, NULL, NGX_ASYNCAPI_QUEUE_REVOKED, NULL, NULL },
    { "failed", NULL, NULL, NULL, NGX_ASYNCAPI_QUEUE_FAILURE, NULL, NULL },

    /* before 1.12, and from then on */

    { "finished", "{\"a\": 1}", NULL, NULL, NGX_ASYNCAPI_QUEUE_SUCCESS,
      "{\"a\": 1}", NULL },
    { "finished", NULL, "return_value", "eyJhIjogMX0=",
      NGX_ASYNCAPI_QUEUE_SUCCESS, "{\"a\": 1}", NULL },
    { "finished", "1", "return_value", "Mg==", NGX_ASYNCAPI_QUEUE_SUCCESS,
      "2", NULL },
    { "finished", NULL, "type", "1", NGX_ASYNCAPI_QUEUE_SUCCESS, NULL, NULL },

    /* what is left of a try before is not said of this one */

    { "started", NULL, "return_value", "Mg==", NGX_ASYNCAPI_QUEUE_STARTED,
      NULL, NULL },
    { NULL, NULL, NULL, NULL, NGX_ASYNCAPI_QUEUE_STATE_N, NULL, NULL }
};


int
main(void)
{
    ngx_uint_t  i;

    pool = unit_start();

    for (i = 0; celery_tests[i].state != NGX_ASYNCAPI_QUEUE_STATE_N; i++) {
        celery(&celery_tests[i]);
    }

    for (i = 0; rq_tests[i].state != NGX_ASYNCAPI_QUEUE_STATE_N; i++) {
        rq(&rq_tests[i]);
    }

    rq_failures();
    replies();
    inflated();
    names();

    return unit_done();
}


static void
celery(celery_t *test)
{
    redisReply                  *reply;
    ngx_asyncapi_queue_state_t   state;

    reply = array(2, bulk(test->meta), bulk(test->mark));

    if (is_int(state_of(&ngx_asyncapi_queue_celery, reply, &state), NGX_OK,
               "Celery has stored %s", test->meta ? test->meta : "nothing"))
    {
        is(&state, test->state, test->result, test->error, "of Celery");
    }
}


static void
rq(rq_t *test)
{
    redisReply                  *stream;
    ngx_asyncapi_queue_state_t   state;

    stream = test->key
             ? array(1, array(2, bulk("1-0"),
                              array(4, bulk("created_at"), bulk("now"),
                                    bulk(test->key), bulk(test->field))))
             : array(0);

    if (is_int(state_of(&ngx_asyncapi_queue_rq,
                        rq_reply(test->status, bulk(test->value), nil(),
                                 stream),
                        &state),
               NGX_OK, "RQ says \"%s\"", test->status ? test->status : ""))
    {
        is(&state, test->state, test->result, test->error, "of RQ");
    }
}


/* tracebacks, which RQ compresses, and puts into the hash or the stream */

static void
rq_failures(void)
{
    ngx_str_t                    trace;
    redisReply                  *stream;
    ngx_asyncapi_queue_state_t   state;

    trace = deflated("Traceback:\n  \"a\"", 16);

    is_int(state_of(&ngx_asyncapi_queue_rq,
                    rq_reply("failed", nil(), bytes(trace.data, trace.len),
                             array(0)), &state),
           NGX_OK, "a failure in the hash");
    is(&state, NGX_ASYNCAPI_QUEUE_FAILURE, NULL,
       "\"Traceback:\\n  \\\"a\\\"\"", "of RQ");

    stream = array(1, array(2, bulk("1-0"),
                            array(2, bulk("exc_string"), encoded(&trace))));

    is_int(state_of(&ngx_asyncapi_queue_rq,
                    rq_reply("failed", nil(), nil(), stream), &state),
           NGX_OK, "a failure in the stream");
    is(&state, NGX_ASYNCAPI_QUEUE_FAILURE, NULL,
       "\"Traceback:\\n  \\\"a\\\"\"", "of RQ");

    is_int(state_of(&ngx_asyncapi_queue_rq,
                    rq_reply("scheduled", nil(), nil(), stream), &state),
           NGX_OK, "a failure of a try before");
    is(&state, NGX_ASYNCAPI_QUEUE_RETRY, NULL,
       "\"Traceback:\\n  \\\"a\\\"\"", "of RQ");

    is_int(state_of(&ngx_asyncapi_queue_rq,
                    rq_reply("finished", bulk("1"),
                             bytes(trace.data, trace.len), array(0)), &state),
           NGX_OK, "a failure before the success");
    is(&state, NGX_ASYNCAPI_QUEUE_SUCCESS, "1", NULL, "of RQ");

    refused(&ngx_asyncapi_queue_rq,
            rq_reply("failed", nil(), bulk("no zlib"), array(0)),
            "what RQ has stored of the failure is not readable");
    refused(&ngx_asyncapi_queue_rq,
            rq_reply("failed", nil(), nil(),
                     array(1, array(2, bulk("1-0"),
                                    array(2, bulk("exc_string"),
                                          bulk("!"))))),
            "what RQ has stored of the failure is not readable");
    refused(&ngx_asyncapi_queue_rq,
            rq_reply("finished", bulk("\x80\x04K\x05."), nil(), array(0)),
            "the result of the job is no JSON: its worker is to be told "
            "--serializer rq.serializers.JSONSerializer");
}


/* replies of another form, and of what others have put under the keys */

static void
replies(void)
{
    ngx_uint_t  i;

    static const char *const  metas[] = {
        "", "x", "5", "[]", "{", "{\"status\":\"SUCCESS\",\"result\":NaN}",
        "\x80\x04K\x05."
    };

    for (i = 0; i < sizeof(metas) / sizeof(metas[0]); i++) {
        refused(&ngx_asyncapi_queue_celery, array(2, bulk(metas[i]), nil()),
                "what Celery has stored is no JSON: is its "
                "result_serializer another one?");
    }

    refused(&ngx_asyncapi_queue_celery, array(2, bulk("{}"), nil()),
            "what Celery has stored has no status");

    refused(&ngx_asyncapi_queue_celery, nil(),
            "the reply of Redis is not that of MGET");
    refused(&ngx_asyncapi_queue_celery, array(0),
            "the reply of Redis is not that of MGET");
    refused(&ngx_asyncapi_queue_celery, array(1, nil()),
            "the reply of Redis is not that of MGET");
    refused(&ngx_asyncapi_queue_celery, bulk("{}"),
            "the reply of Redis is not that of MGET");

    refused(&ngx_asyncapi_queue_rq, nil(),
            "the reply of Redis is not that of its script");
    refused(&ngx_asyncapi_queue_rq, array(0),
            "the reply of Redis is not that of its script");
    refused(&ngx_asyncapi_queue_rq, array(2, nil(), array(0)),
            "the reply of Redis is not that of its script");
    refused(&ngx_asyncapi_queue_rq, array(2, array(2, nil(), nil()), array(0)),
            "the reply of Redis is not that of its script");
    refused(&ngx_asyncapi_queue_rq, rq_reply("queued", nil(), nil(), nil()),
            "the reply of Redis is not that of its script");
    refused(&ngx_asyncapi_queue_rq,
            rq_reply("queued", nil(), nil(), array(1, nil())),
            "the reply of Redis is not that of its script");
    refused(&ngx_asyncapi_queue_rq,
            rq_reply("queued", nil(), nil(), array(1, array(1, nil()))),
            "the reply of Redis is not that of its script");
    refused(&ngx_asyncapi_queue_rq,
            rq_reply("queued", nil(), nil(),
                     array(1, array(2, bulk("1-0"), nil()))),
            "the reply of Redis is not that of its script");
}


static void
refused(const ngx_asyncapi_queue_format_t *format, redisReply *reply,
    const char *message)
{
    ngx_str_t                   got;
    ngx_asyncapi_queue_state_t  state;

    if (is_int(state_of(format, reply, &state), NGX_DECLINED,
               "a reply that says nothing"))
    {
        got.data = (u_char *) state.message;
        got.len = strlen(state.message);
        is_str(&got, message, "and why");
    }
}


/* as much as it may be, of texts that grow by thousands of times */

static void
inflated(void)
{
    char        *text;
    size_t       max;
    ngx_str_t    in, out;
    ngx_uint_t   wrong;

    text = ngx_pnalloc(pool, TRACE_LEN);
    memset(text, 'a', TRACE_LEN);
    text[TRACE_LEN - 1] = 'z';

    in = deflated(text, TRACE_LEN);
    wrong = 0;

    for (max = 1; max < TRACE_LEN + 100; max += 13) {

        if (ngx_asyncapi_queue_inflate(pool, &in, max, &out) != NGX_OK
            || out.len != ngx_min(max, TRACE_LEN)
            || memcmp(out.data, text, out.len) != 0)
        {
            wrong++;
        }
    }

    is_int(wrong, 0, "a text is inflated up to its bound");

    is_int(ngx_asyncapi_queue_inflate(pool, &in, TRACE_LEN, &out), NGX_OK,
           "one that is as long as its bound");
    is_int(out.len, TRACE_LEN, "is whole");

    in.len--;
    is_int(ngx_asyncapi_queue_inflate(pool, &in, 2 * TRACE_LEN, &out),
           NGX_DECLINED, "one that is cut short is none");

    in.len = 0;
    is_int(ngx_asyncapi_queue_inflate(pool, &in, TRACE_LEN, &out),
           NGX_DECLINED, "nor is nothing");
}


static void
names(void)
{
    ngx_str_t   name;
    ngx_uint_t  i;

    static const char *const  expected[] = {
        "unknown", "queued", "started", "retry", "success", "failure",
        "revoked"
    };

    is_int(NGX_ASYNCAPI_QUEUE_STATE_N, 7, "there are seven states");

    for (i = 0; i < NGX_ASYNCAPI_QUEUE_STATE_N; i++) {
        name = ngx_asyncapi_queue_state_names[i];
        is_str(&name, expected[i], "one is %s", expected[i]);
        is_int(ngx_asyncapi_queue_state_last[i],
               i >= NGX_ASYNCAPI_QUEUE_SUCCESS, "and whether it is a last one");
    }
}


static ngx_int_t
state_of(const ngx_asyncapi_queue_format_t *format, redisReply *reply,
    ngx_asyncapi_queue_state_t *state)
{
    ngx_memzero(state, sizeof(ngx_asyncapi_queue_state_t));

    return format->state(pool, reply, TRACE_LEN, state);
}


static void
is(ngx_asyncapi_queue_state_t *state, ngx_asyncapi_queue_state_e expected,
    const char *result, const char *error, const char *what)
{
    is_int(state->state, expected, "the state %s", what);

    if (ok((state->result.data != NULL) == (result != NULL),
           "whether there is a result") && result)
    {
        is_str(&state->result, result, "the result");
    }

    if (ok((state->error.data != NULL) == (error != NULL),
           "whether there is an error") && error)
    {
        is_str(&state->error, error, "the error");
    }
}


static redisReply *
nil(void)
{
    redisReply  *reply;

    reply = ngx_pcalloc(pool, sizeof(redisReply));
    reply->type = REDIS_REPLY_NIL;

    return reply;
}


static redisReply *
bulk(const char *text)
{
    return text ? bytes(text, strlen(text)) : nil();
}


/* of this length exactly */

static redisReply *
bytes(const void *data, size_t len)
{
    redisReply  *reply;

    reply = nil();

    reply->type = REDIS_REPLY_STRING;
    reply->len = len;
    reply->str = ngx_pnalloc(pool, len + 1);

    memcpy(reply->str, data, len);
    reply->str[len] = '\0';

    return reply;
}


static redisReply *
array(size_t n, ...)
{
    size_t       i;
    va_list      args;
    redisReply  *reply;

    reply = nil();

    reply->type = REDIS_REPLY_ARRAY;
    reply->elements = n;
    reply->element = ngx_pcalloc(pool, (n + 1) * sizeof(redisReply *));

    va_start(args, n);

    for (i = 0; i < n; i++) {
        reply->element[i] = va_arg(args, redisReply *);
    }

    va_end(args);

    return reply;
}


static redisReply *
rq_reply(const char *status, redisReply *value, redisReply *failure,
    redisReply *stream)
{
    return array(2, array(3, bulk(status), value, failure), stream);
}


static ngx_str_t
deflated(const char *text, size_t len)
{
    uLongf     size;
    ngx_str_t  out;

    size = compressBound(len);

    out.data = ngx_pnalloc(pool, size);

    if (compress(out.data, &size, (const Bytef *) text, len) != Z_OK) {
        abort();
    }

    out.len = size;

    return out;
}


static redisReply *
encoded(ngx_str_t *text)
{
    ngx_str_t  out;

    out.data = ngx_pnalloc(pool, ngx_base64_encoded_length(text->len));
    ngx_encode_base64(&out, text);

    return bytes(out.data, out.len);
}

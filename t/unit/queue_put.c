
/*
 * Copyright (C) The asyncapi module authors
 *
 * Jobs as they are put: the commands of Celery, RQ and streams, byte for byte,
 * and ids.
 */


#include "ngx_asyncapi_unit.h"
#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define ID     "0c1f9f3e-6f0b-4c4e-9d59-7d3f3a4f2b10"
#define EMBED  "{\"callbacks\":null,\"errbacks\":null,\"chain\":null," \
               "\"chord\":null}"


static void celery(void);
static void celery_lists(void);
static void celery_options(void);
static void celery_long(void);
static void rq(void);
static void stream(void);
static void look(void);
static void ids(void);
static int cmp_ids(const void *one, const void *two);

static ngx_asyncapi_queue_task_t *task(
    const ngx_asyncapi_queue_format_t *format, const char *name,
    const char *prefix, ngx_uint_t timeout, ngx_uint_t maxlen);
static ngx_str_t *put(ngx_asyncapi_queue_task_t *task, const char *args);
static ngx_str_t *put_job(ngx_asyncapi_queue_job_t *job);
static ngx_str_t body_of(ngx_str_t *envelope);
static ngx_str_t member(ngx_str_t *object, const char *name);
static ngx_str_t within(ngx_str_t *object, const char *outer,
    const char *inner);
static void is(ngx_str_t got, const char *expected, const char *what);
static void is_script(ngx_str_t *got, const char *what);


static ngx_pool_t  *pool;
static ngx_uint_t   argc;


int
main(void)
{
    pool = unit_start();

    celery();
    celery_lists();
    celery_options();
    celery_long();
    rq();
    stream();
    look();
    ids();

    return unit_done();
}


static void
celery(void)
{
    char                        expected[2048];
    ngx_str_t                  *arg;
    ngx_asyncapi_queue_task_t  *t;

    t = task(&ngx_asyncapi_queue_celery, "reports.make", "", 0, 0);
    arg = put(t, "[1, \"pdf\"]");

    is_int(argc, 6, "Celery: arguments of the command");
    is(arg[0], "EVAL", "a script");
    is_script(&arg[1], "which looks for the job");
    is(arg[2], "2", "of two keys");
    is(arg[3], "jobs", "the list");
    is(arg[4], "asyncapi:job:" ID, "and the mark");
    is(body_of(&arg[5]), "[[1, \"pdf\"],{}," EMBED "]", "the body");

    snprintf(expected, sizeof(expected),
             "{\"body\":%s,\"content-encoding\":\"utf-8\","
             "\"content-type\":\"application/json\","
             "\"headers\":{\"lang\":\"c\",\"task\":\"reports.make\","
             "\"id\":\"%s\",\"root_id\":\"%s\",\"parent_id\":null,"
             "\"group\":null,\"retries\":0,\"timelimit\":[null,null],"
             "\"origin\":\"1@host\",\"eta\":null,\"expires\":null,"
             "\"argsrepr\":\"[1, \\\"pdf\\\"]\",\"kwargsrepr\":\"{}\"},"
             "\"properties\":{\"correlation_id\":\"%s\","
             "\"delivery_tag\":\"%s\",\"reply_to\":\"\",\"delivery_mode\":2,"
             "\"delivery_info\":{\"exchange\":\"\",\"routing_key\":\"jobs\"},"
             "\"body_encoding\":\"base64\",\"priority\":0}}",
             "\"W1sxLCAicGRmIl0se30seyJjYWxsYmFja3MiOm51bGwsImVycmJhY2tzIjpu"
             "dWxsLCJjaGFpbiI6bnVsbCwiY2hvcmQiOm51bGx9XQ==\"",
             ID, ID, ID, ID);

    is(arg[5], expected, "the envelope");

    arg = put(t, "{\"a\": 1}");

    is(body_of(&arg[5]), "[[],{\"a\": 1}," EMBED "]",
       "an object is arguments with names");
    is(within(&arg[5], "headers", "argsrepr"), "\"[]\"",
       "and is shown as them");
    is(within(&arg[5], "headers", "kwargsrepr"), "\"{\\\"a\\\": 1}\"",
       "by their names");

    arg = put(t, "[]");
    is(body_of(&arg[5]), "[[],{}," EMBED "]", "no arguments");
}


static void
celery_lists(void)
{
    ngx_uint_t                  i;
    ngx_str_t                  *arg;
    ngx_asyncapi_queue_job_t    job;
    ngx_asyncapi_queue_task_t  *t;

    static const char *const  lists[] = {
        "p:jobs", "p:jobs", "p:jobs",
        "p:jobs\x06\x16" "3", "p:jobs\x06\x16" "3", "p:jobs\x06\x16" "3",
        "p:jobs\x06\x16" "6", "p:jobs\x06\x16" "6", "p:jobs\x06\x16" "6",
        "p:jobs\x06\x16" "9"
    };

    t = task(&ngx_asyncapi_queue_celery, "a.b", "p:", 0, 0);

    for (i = 0; i < 10; i++) {
        ngx_memzero(&job, sizeof(ngx_asyncapi_queue_job_t));
        ngx_str_set(&job.args, "[]");
        job.task = t;
        job.priority = i;

        arg = put_job(&job);

        is(arg[3], lists[i], "the list of a priority");
        is_int(within(&arg[5], "properties", "priority").data[0], '0' + i,
               "is of %d", (int) i);
    }

    is(arg[4], "p:asyncapi:job:" ID, "the mark has the prefix too");
}


static void
celery_options(void)
{
    ngx_str_t                  *arg;
    ngx_asyncapi_queue_job_t    job;
    ngx_asyncapi_queue_task_t  *t;

    t = task(&ngx_asyncapi_queue_celery, "a\"b\\", "", 90, 0);

    ngx_memzero(&job, sizeof(ngx_asyncapi_queue_job_t));
    ngx_str_set(&job.args, "[]");
    ngx_str_set(&job.eta, "2026-11-28T07:20:00.000000");
    ngx_str_set(&job.expires, "2026-11-28T07:30:00.000000");
    job.task = t;

    arg = put_job(&job);

    is(within(&arg[5], "headers", "task"), "\"a\\\"b\\\\\"",
       "a name is written as JSON");
    is(within(&arg[5], "headers", "eta"), "\"2026-11-28T07:20:00.000000\"",
       "eta=");
    is(within(&arg[5], "headers", "expires"),
       "\"2026-11-28T07:30:00.000000\"", "expires=");
    is(within(&arg[5], "headers", "timelimit"), "[90,null]", "job_timeout=");
}


/* arguments of all lengths: there is room for each, and they are whole */

static void
celery_long(void)
{
    char                       *args, *expected;
    ngx_str_t                  *arg, body;
    ngx_uint_t                  n, wrong;
    ngx_asyncapi_queue_task_t  *t;

    t = task(&ngx_asyncapi_queue_celery, "a.b", "", 0, 0);

    args = ngx_pnalloc(pool, 4096);
    expected = ngx_pnalloc(pool, 4096 + sizeof(EMBED));
    wrong = 0;

    /* what is longest where it is escaped */

    for (n = 0; n < 1500; n++) {
        args[0] = '[';
        memset(args + 1, '\t', n);
        strcpy(args + 1 + n, "]");

        arg = put(t, args);
        body = body_of(&arg[5]);

        sprintf(expected, "[%s,{},%s]", args, EMBED);

        if (body.len != strlen(expected)
            || memcmp(body.data, expected, body.len) != 0)
        {
            wrong++;
        }
    }

    is_int(wrong, 0, "arguments of 2 to 1501 bytes");
    is(within(&arg[5], "headers", "argsrepr"), "\"...\"",
       "long ones are not shown");

    args[1023] = ']';
    args[1024] = '\0';
    arg = put(t, args);
    is_int(within(&arg[5], "headers", "argsrepr").len, 2 + 1022 * 2 + 2,
           "those of 1024 bytes are");
}


static void
rq(void)
{
    ngx_str_t                  *arg;
    ngx_asyncapi_queue_task_t  *t;

    t = task(&ngx_asyncapi_queue_rq, "reports.make", "", 0, 0);
    arg = put(t, "[1, \"pdf\"]");

    is_int(argc, 12, "RQ: arguments of the command");
    is(arg[0], "EVAL", "a script");
    is_script(&arg[1], "which looks for the job");
    is(arg[2], "3", "of three keys");
    is(arg[3], "rq:queues", "the set of queues");
    is(arg[4], "rq:queue:jobs", "the list");
    is(arg[5], "rq:job:" ID, "and the hash");
    is(arg[6], ID, "the id");
    is(arg[7], "2026-11-28T07:10:00.250000Z", "when it was put");
    is(arg[8], "jobs", "the queue");
    is(arg[9], "180", "how long it may take");
    is(arg[10], "reports.make", "what it is, for people");
    is(arg[11], "[\"reports.make\",null,[1, \"pdf\"],{}]", "the data");

    arg = put(t, "{\"a\": 1}");
    is(arg[11], "[\"reports.make\",null,[],{\"a\": 1}]",
       "an object is arguments with names");

    arg = put(task(&ngx_asyncapi_queue_rq, "a\"b", "", 600, 0), "[]");
    is(arg[9], "600", "job_timeout=");
    is(arg[10], "a\"b", "a name as it is");
    is(arg[11], "[\"a\\\"b\",null,[],{}]", "and as JSON");
}


static void
stream(void)
{
    ngx_str_t  *arg;

    arg = put(task(&ngx_asyncapi_queue_stream, "a\"b", "", 0, 0), "[1]");

    is_int(argc, 9, "a stream: arguments of the command");
    is(arg[0], "XADD", "XADD");
    is(arg[1], "jobs", "the stream");
    is(arg[2], "*", "an id of Redis");
    is(arg[3], "id", "the field id");
    is(arg[4], ID, "has the job's");
    is(arg[5], "task", "the field task");
    is(arg[6], "a\"b", "has its name as it is");
    is(arg[7], "args", "the field args");
    is(arg[8], "[1]", "has JSON");

    arg = put(task(&ngx_asyncapi_queue_stream, "a", "", 0, 100000), "[1]");

    is_int(argc, 12, "maxlen=");
    is(arg[2], "MAXLEN", "is said");
    is(arg[3], "~", "about");
    is(arg[4], "100000", "this many");
    is(arg[5], "*", "before the id");
}


static void
look(void)
{
    ngx_str_t                      id;
    ngx_asyncapi_queue_task_t     *t;
    ngx_asyncapi_queue_command_t   command;

    ngx_str_set(&id, "a job");

    t = task(&ngx_asyncapi_queue_celery, "a", "p:", 0, 0);
    is_int(t->queue->format->look(pool, t->queue, &id, &command), NGX_OK,
           "Celery is asked");
    is_int(command.argc, 3, "for two keys");
    is(command.argv[0], "MGET", "at a time");
    is(command.argv[1], "p:celery-task-meta-a job", "the result");
    is(command.argv[2], "p:asyncapi:job:a job", "and the mark");

    t = task(&ngx_asyncapi_queue_rq, "a", "", 0, 0);
    is_int(t->queue->format->look(pool, t->queue, &id, &command), NGX_OK,
           "RQ is asked");
    is_int(command.argc, 5, "by a script");
    is(command.argv[2], "2", "for two keys");
    is(command.argv[3], "rq:job:a job", "the hash");
    is(command.argv[4], "rq:results:a job", "and the stream");
}


/* a UUID of version 4 each, and none twice */

static void
ids(void)
{
    int          c;
    u_char      *id;
    ngx_uint_t   i, n, wrong, same;

    static u_char  all[1000][NGX_ASYNCAPI_QUEUE_ID_LEN];

    wrong = 0;
    same = 0;

    for (n = 0; n < 1000; n++) {
        id = all[n];

        if (ngx_asyncapi_queue_id(id) != NGX_OK) {
            wrong++;
            continue;
        }

        for (i = 0; i < NGX_ASYNCAPI_QUEUE_ID_LEN; i++) {
            c = id[i];

            switch (i) {

            case 8: case 13: case 18: case 23:
                wrong += (c != '-');
                break;

            case 14:
                wrong += (c != '4');
                break;

            case 19:
                wrong += (strchr("89ab", c) == NULL);
                break;

            default:
                wrong += (strchr("0123456789abcdef", c) == NULL);
            }
        }
    }

    qsort(all, 1000, sizeof(all[0]), cmp_ids);

    for (n = 1; n < 1000; n++) {
        same += (memcmp(all[n], all[n - 1], sizeof(all[0])) == 0);
    }

    is_int(wrong, 0, "a thousand ids are UUIDs of version 4");
    is_int(same, 0, "and none is there twice");
}


static int
cmp_ids(const void *one, const void *two)
{
    return memcmp(one, two, NGX_ASYNCAPI_QUEUE_ID_LEN);
}


/* of a queue "jobs", as asyncapi_queue prepares it */

static ngx_asyncapi_queue_task_t *
task(const ngx_asyncapi_queue_format_t *format, const char *name,
    const char *prefix, ngx_uint_t timeout, ngx_uint_t maxlen)
{
    ngx_asyncapi_queue_t       *queue;
    ngx_asyncapi_queue_task_t  *t;

    queue = ngx_pcalloc(pool, sizeof(ngx_asyncapi_queue_t));
    t = ngx_pcalloc(pool, sizeof(ngx_asyncapi_queue_task_t));

    queue->format = format;
    ngx_str_set(&queue->name, "q");
    ngx_str_set(&queue->queue, "jobs");
    ngx_str_set(&queue->origin, "1@host");
    queue->prefix.data = (u_char *) prefix;
    queue->prefix.len = strlen(prefix);
    queue->timeout = timeout;
    queue->maxlen = maxlen;

    t->queue = queue;
    t->task.data = (u_char *) name;
    t->task.len = strlen(name);

    if ((format->prepare && format->prepare(pool, queue) != NGX_OK)
        || (format->prepare_task && format->prepare_task(pool, t) != NGX_OK))
    {
        abort();
    }

    return t;
}


static ngx_str_t *
put(ngx_asyncapi_queue_task_t *task, const char *args)
{
    ngx_asyncapi_queue_job_t  job;

    ngx_memzero(&job, sizeof(ngx_asyncapi_queue_job_t));

    job.task = task;
    job.args.data = (u_char *) args;
    job.args.len = strlen(args);

    return put_job(&job);
}


/* job ID of 2026-11-28T07:10:00.250; the arguments, and argc */

static ngx_str_t *
put_job(ngx_asyncapi_queue_job_t *job)
{
    ngx_asyncapi_queue_command_t  command;

    ngx_str_set(&job->id, ID);
    job->now = 1795849800;
    job->msec = 250;

    if (job->task->queue->format->put(pool, job, &command) != NGX_OK) {
        abort();
    }

    argc = command.argc;

    return command.argv;
}


static ngx_str_t
body_of(ngx_str_t *envelope)
{
    ngx_str_t  encoded, body;

    encoded = member(envelope, "body");

    /* in quotes */

    encoded.data++;
    encoded.len -= 2;

    body.data = ngx_pnalloc(pool, ngx_base64_decoded_length(encoded.len));

    if (ngx_decode_base64(&body, &encoded) != NGX_OK) {
        ngx_str_set(&body, "no base64");
    }

    return body;
}


static ngx_str_t
within(ngx_str_t *object, const char *outer, const char *inner)
{
    ngx_str_t  value;

    value = member(object, outer);

    return member(&value, inner);
}


static ngx_str_t
member(ngx_str_t *object, const char *name)
{
    ngx_str_t                 text, key;
    ngx_asyncapi_json_iter_t  it;

    text = *object;
    key.data = (u_char *) name;
    key.len = strlen(name);

    if (ngx_asyncapi_json_validate(&text, NULL) != NGX_OK) {
        ok(0, "is no JSON: %.*s", (int) text.len, text.data);
        abort();
    }

    ngx_asyncapi_json_iterate(&it, &text);

    while (ngx_asyncapi_json_next(&it)) {
        if (ngx_asyncapi_json_key_is(&it.key, &key)) {
            return it.value;
        }
    }

    ok(0, "has no \"%s\"", name);
    abort();
}


static void
is(ngx_str_t got, const char *expected, const char *what)
{
    is_str(&got, expected, "%s", what);
}


static void
is_script(ngx_str_t *got, const char *what)
{
    ok(got->len > 9 && memcmp(got->data, "if redis.call('EXISTS',", 23) == 0,
       "%s", what);
}

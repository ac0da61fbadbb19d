use lib 't/lib';
use AsyncAPI;

# what nginx -t says of asyncapi_queue and of jobs; "http" is the inside of
# http {}, "said" what is to be in the message

my $queues = <<'_EOC_';
    asyncapi_redis db redis://127.0.0.1:1;
    asyncapi_queue cel celery db;
    asyncapi_queue rqs rq db;
    asyncapi_queue str stream db;
_EOC_

add_block_preprocessor(sub {
    my $block = shift;

    if (defined $block->http) {
        $block->set_value('http_config', $block->http);
        $block->set_value('config', '') if !defined $block->config;
        $block->set_value('must_die', '');
        $block->set_value('suppress_stderr', '');

    } else {
        $block->set_value('http_config', $queues);
    }
});

run_tests();

__DATA__

=== TEST 1: no queue and no task
--- statements
job a;
--- refused
1: needs a queue and a task: write for instance "job report jobs reports.make '[$id]'" with "asyncapi_queue jobs celery redis://127.0.0.1:6379" in http {} in job "a"



=== TEST 2: no task
--- statements
job a cel;
--- refused
1: needs a queue and a task: write for instance "job report jobs reports.make '[$id]'" with "asyncapi_queue jobs celery redis://127.0.0.1:6379" in http {} in job "a"



=== TEST 3: a queue that is not declared
--- statements
job a none tasks.add;
--- refused
1: there is no queue "none": write "asyncapi_queue none celery redis://127.0.0.1:6379;" in http {} in job "a"



=== TEST 4: a task that a request would choose
--- statements
job a cel $arg_task '[1]';
--- refused
1: "$arg_task" can't be the task: it is a name that workers know, references may stand in its arguments in job "a"



=== TEST 5: arguments that are no array and no object
--- statements
job a cel tasks.add 12;
--- refused
1: "12" is neither an array nor an object: write [12] for one argument in job "a"



=== TEST 6: arguments that are no JSON
--- statements
job a cel tasks.add '[1, x]';
--- refused
1: expected a JSON value (write text in double quotes, a reference as $name) near "x]" in job "a"



=== TEST 7: arguments in several words
--- statements
job a cel tasks.add 1 2;
--- refused
1: has more than a queue, a task and its arguments: quote the arguments as a whole, as in '[$id, "pdf"]' in job "a"



=== TEST 8: a status without an id
--- statements
job a cel status;
--- refused
1: "status" needs the id of a job, and that only: write for instance "status $id" in job "a"



=== TEST 9: the status of a stream's entry
--- statements
job a str status x;
--- refused
1: there is no "status" of "str": what becomes of the entries of a stream, its consumers alone know; write celery or rq in job "a"



=== TEST 10: options of a job that is not put
--- statements
job a eta=5m cel status x;
--- refused
1: "eta=", "expires=" and "priority=" are of a job that is put, and not for "status" in job "a"



=== TEST 11: times that RQ has not
--- statements
job a expires=5m rqs tasks.add;
--- refused
1: "eta=" and "expires=" are Celery's: the workers of "rqs", which is of rq, would not look at them in job "a"



=== TEST 12: a priority that RQ has not
--- statements
job a priority=3 rqs tasks.add;
--- refused
1: "priority=" is Celery's: of rq a queue of its own is what comes first, by another asyncapi_queue in job "a"



=== TEST 13: what is no time
--- statements
job a eta=2026-02-30T10:00 cel tasks.add;
--- refused
1: option "eta=2026-02-30T10:00": is no time: write one from now, as 10m, or a date and time, as 2030-01-31T12:00:00Z in job "a"



=== TEST 14: a priority beyond all
--- statements
job a priority=10 cel tasks.add;
--- refused
1: option "priority=10": is no priority: write 0, which is served first, to 9 in job "a"



=== TEST 15: an option that is given twice
--- statements
job a eta=1 eta=2 cel tasks.add;
--- refused
1: option "eta=2": is given twice in job "a"



=== TEST 16: an entry of a stream may come twice
--- statements
job a retry=2 str tasks.add;
--- refused
1: "retry=" and "hedge=" may put the job into the stream twice, with the same id: where its consumers take that, write ",unsafe" behind the value in job "a"



=== TEST 17: a group that is tried again would put another job
--- statements
gather g retry=1 { job a cel tasks.add; }
--- refused
1: "retry=" may do the job of "a" twice: where that does no harm, write ",unsafe" behind the value of "retry=" in gather "g"



=== TEST 18: tries of a job, of a stream that takes them, and of a status
--- config
    location = /t {
        asyncapi {
            job a retry=2 hedge=10ms cel tasks.add;
            job b retry=2,unsafe str tasks.add;
            gather g retry=1 { job c rqs status x; }
            redis d db PING;
            respond '{"a": [$a, $b, $g, $d]}';
        }
        asyncapi POST { sleep s 0 1; }
    }
--- request
    POST /t
--- response_body chomp
{"s":1}
--- no_error_log
[warn]



=== TEST 19: a queue's name
--- http
    asyncapi_queue a-b celery redis://127.0.0.1:1;
--- error_log
"a-b" can't be the name of a queue: write letters, digits and "_", beginning with a letter; what workers call it is "queue="



=== TEST 20: a name that is taken
--- http
    asyncapi_queue a celery redis://127.0.0.1:1;
    asyncapi_queue a rq redis://127.0.0.1:1;
--- error_log
the name "a" is taken by another asyncapi_queue: give this one another name



=== TEST 21: a queue of something else
--- http
    asyncapi_queue a kafka redis://127.0.0.1:1;
--- error_log
"kafka" is no queue that can be put into: there are celery, rq and stream



=== TEST 22: no server
--- http
    asyncapi_queue a celery;
--- error_log
needs a name, what reads it, and a Redis server: write for instance "asyncapi_queue jobs celery redis://127.0.0.1:6379"



=== TEST 23: a server that is not declared
--- http
    asyncapi_queue a celery broker;
--- error_log
there is no Redis server "broker" for the queue "a": write "asyncapi_redis broker redis://127.0.0.1:6379;" in http {}



=== TEST 24: a URL that is none, and its password, which is not shown
--- http
    asyncapi_queue a celery redis://:secret@127.0.0.1:none;
--- error_log
"redis://:***@127.0.0.1:none"
--- no_error_log
secret



=== TEST 25: workers that know nothing of clusters
--- http
    asyncapi_queue a rq redis+cluster://127.0.0.1:1;
--- error_log
the queue "a" can't be in a Redis Cluster, of which workers of rq know nothing: name a single Redis, or one with sentinels



=== TEST 26: options that are none
--- http
    asyncapi_queue a rq redis://127.0.0.1:1 size=3;
--- error_log
"size=3" is no option of asyncapi_queue: there are queue=NAME, prefix=TEXT, maxlen=N and job_timeout=TIME



=== TEST 27: options of another
--- http
    asyncapi_queue a rq redis://127.0.0.1:1 maxlen=3;
--- error_log
"maxlen=3" is nothing that rq has: take it away



=== TEST 28: an option of the directive, twice
--- http
    asyncapi_queue a rq redis://127.0.0.1:1 queue=a queue=b;
--- error_log
"queue=" is given twice



=== TEST 29: no entries
--- http
    asyncapi_queue a stream redis://127.0.0.1:1 maxlen=0;
--- error_log
"asyncapi_queue" directive has no number of entries: write for instance maxlen=100000



=== TEST 30: no time
--- http
    asyncapi_queue a rq redis://127.0.0.1:1 job_timeout=soon;
--- error_log
"asyncapi_queue" directive has no time that a job may take: write for instance job_timeout=10m



=== TEST 31: a wait without an id, and of a stream
--- statements
job a cel wait;
--- refused
1: "wait" needs the id of a job, and that only: write for instance "wait $id" in job "a"



=== TEST 32: a stream is not waited for
--- statements
job a str wait x;
--- refused
1: there is no "wait" of "str": what becomes of the entries of a stream, its consumers alone know; write celery or rq in job "a"



=== TEST 33: for= of a status
--- statements
job a for=1s cel status x;
--- refused
1: has "for=", and waits for nothing: write "wait" for "status" in job "a"



=== TEST 34: for= of a job that is put
--- statements
job a for=1s cel tasks.add;
--- refused
1: has "for=", and waits for nothing: it is of "wait" in job "a"



=== TEST 35: for= that is no time
--- statements
job a for=soon cel wait x;
--- refused
1: option "for=soon": is no time: write for instance 10s, or a reference to one in job "a"

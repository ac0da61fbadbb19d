use lib 't/lib';
use AsyncAPI;
use MIME::Base64;
use JSON::PP;
use RedisServer;

# what is put into Redis, and what is read of it; nobody takes jobs here

our $redis = RedisServer->new();

$ENV{TEST_NGINX_REDIS} = 'redis://127.0.0.1:' . $redis->port;

# until nginx has begun and sent a job: valgrind takes longer

our $soon = ($ENV{TEST_NGINX_TIMEOUT} || 0) > 30 ? 3.5 : 0.7;

our $Queues = <<'_EOC_';
    asyncapi_redis db $TEST_NGINX_REDIS;
    asyncapi_queue cel    celery db;
    asyncapi_queue prefix celery db queue=mails prefix=pre: job_timeout=90s;
    asyncapi_queue rqs    rq     $TEST_NGINX_REDIS/0;
    asyncapi_queue slow   rq     db queue=slow job_timeout=2h;
    asyncapi_queue events stream db;
    asyncapi_queue few    stream db queue=some.key maxlen=10;
_EOC_

add_block_preprocessor(sub {
    my $block = shift;

    $block->set_value('http_config', $Queues) if !defined $block->http_config;
});

add_response_body_check(sub {
    my ($block, $body, $i, $repeated) = @_;

    my $then = $block->then;

    if (defined $then && $i == 0) {
        our $said = $body;
        eval "package main; $then; 1" or fail("then: $@");
    }
});


# the id that the answer has

sub id { our $said; return $said =~ /"id":"([^"]+)"/ ? $1 : 'none' }


# the message in a list, decoded, and its body

sub message {
    my $list = shift;
    my $message = decode_json($redis->cli('LINDEX', $list, '0'));

    return ($message, decode_json(decode_base64($message->{body})));
}


sub shows { return JSON::PP->new->canonical->allow_nonref->encode($_[0]) }


no_root_location();
run_tests();

__DATA__

=== TEST 1: a message of Celery
--- config
    location = /t { asyncapi { job j cel tasks.add '[2, "$arg_who"]'; respond '$j'; } }
--- request
    GET /t?who=a"b
--- response_body_like: ^\{"id":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}","status":"queued"\}$
--- then
my ($message, $body) = message('celery');
my $id = id();

is(shows($body), '[[2,"a\"b"],{},{"callbacks":null,"chain":null,"chord":null,"errbacks":null}]', 'the body');
is($message->{headers}{task}, 'tasks.add', 'the task');
is($message->{headers}{$_}, $id, "the id as $_") for qw( id root_id );
is($message->{properties}{$_}, $id, "the id as $_") for qw( correlation_id delivery_tag );
is($message->{headers}{argsrepr}, '[2,"a\"b"]', 'the arguments for people');
is(shows($message->{headers}{timelimit}), '[null,null]', 'no time limit');
is($message->{properties}{delivery_info}{routing_key}, 'celery', 'the queue');
is($message->{properties}{priority}, 0, 'the priority');
cmp_ok($redis->cli('TTL', "asyncapi:job:$id"), '>', 86000, 'a mark');
--- no_error_log
[error]



=== TEST 2: arguments with names, a queue, a prefix, a time limit, a priority, times
--- config
    location = /t { asyncapi { job j priority=$arg_p eta=$arg_eta expires=10m prefix tasks.add '{"a": [1, 2.50]}'; respond '$j'; } }
--- request
    GET /t?p=7&eta=2030-01-31T23:30:00+02:00
--- response_body_like: "status":"queued"
--- then
my $list = $redis->cli('KEYS', 'pre:mails*');
is($list, "pre:mails\x06\x16" . '6', 'the list of its priority');
my ($message, $body) = message($list);

like(decode_base64($message->{body}), qr/^\[\[\],\{"a":\[1,2\.50\]\},/, 'the body');
is($message->{headers}{eta}, '2030-01-31T21:30:00.000000', 'eta in UTC');
like($message->{headers}{expires}, qr/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/, 'expires');
is(shows($message->{headers}{timelimit}), '[90,null]', 'the time limit');
is($message->{properties}{priority}, 7, 'the priority');
is($redis->cli('EXISTS', 'pre:asyncapi:job:' . id()), '1', 'a mark');



=== TEST 3: options that are empty are none
--- config
    location = /t { asyncapi { job j priority=$arg_p eta=$arg_eta cel tasks.none; respond '$j'; } }
--- request
    GET /t
--- response_body_like: "status":"queued"
--- then
my ($message, $body) = message('celery');
is($message->{headers}{eta}, undef, 'no eta');
is(shows($body->[0]), '[]', 'no arguments');



=== TEST 4: values that can't be what they are to be
--- config
    location = /t { asyncapi { job j priority=$arg_p eta=$arg_eta cel tasks.add '$arg_a'; respond '$j'; } }
    location = /b { asyncapi POST { body json; job j cel tasks.add '$body'; respond '$j'; } }
--- request eval
["GET /t?p=10", "GET /t?eta=later", "GET /t?a=1", "POST /b\n12", "POST /b\n [1]"]
--- more_headers
Content-Type: application/json
--- error_code eval
[502, 502, 502, 502, 200]
--- response_body_like eval
['"reason":"invalid"', '"reason":"invalid"', '"reason":"invalid"', '"reason":"invalid"', '"status":"queued"']



=== TEST 5: a job of RQ
--- config
    location = /t { asyncapi { job j rqs app.add '[2, 3]'; respond '$j'; } }
--- request
    GET /t
--- response_body_like: "status":"queued"
--- then
my $id = id();
my %hash = split /\n/, $redis->cli('HGETALL', "rq:job:$id");

is($redis->cli('LRANGE', 'rq:queue:default', '0', '-1'), $id, 'the list');
is($redis->cli('SMEMBERS', 'rq:queues'), 'rq:queue:default', 'the queues');
is($hash{data}, '["app.add",null,[2,3],{}]', 'data');
is($hash{timeout}, 180, 'timeout');
is($hash{origin}, 'default', 'origin');
is($hash{description}, 'app.add', 'description');
like($hash{$_}, qr/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/, $_) for qw( created_at enqueued_at );



=== TEST 6: another queue of RQ, and arguments with names
--- config
    location = /t { asyncapi { job j slow app.add '{"a": 1}'; respond '$j'; } }
--- request
    GET /t
--- response_body_like: "status":"queued"
--- then
my %hash = split /\n/, $redis->cli('HGETALL', 'rq:job:' . id());
is($redis->cli('LLEN', 'rq:queue:slow'), 1, 'the list');
is($hash{data}, '["app.add",null,[],{"a":1}]', 'data');
is($hash{timeout}, 7200, 'timeout');



=== TEST 7: entries of streams, of which one has a length
--- config
    location = /t { asyncapi { job j events app.add '{"a": 1}'; respond '$j'; } }
    location = /few { asyncapi { query n integer[]; job j each=$n max=2000 few app.add '[$item]'; respond '$j[0]'; } }
--- request eval
["GET /t", "GET /few?n=1" . join('', map { "&n=$_" } 2 .. 400)]
--- response_body_like eval
['"status":"queued"', '"status":"queued"']
--- then
my @entry = split /\n/, $redis->cli('XRANGE', 'events', '-', '+');
is("@entry[1 .. $#entry]", 'id ' . id() . ' task app.add args {"a":1}', 'the fields');
--- no_error_log
[error]



=== TEST 8: about as many as were wanted are kept
--- config
    location = /t { asyncapi { job j few app.add; respond '$j'; } }
--- request
    GET /t
--- response_body_like: "status":"queued"
--- then
cmp_ok($redis->cli('XLEN', 'some.key'), '<', 200, 'not all 400');



=== TEST 9: states, of jobs that nobody takes
--- config
    location = /cel { asyncapi { job j cel tasks.add; job s cel status $j.id; job n cel status none; respond '[$s.status, $n]'; } }
    location = /rqs { asyncapi { job j rqs tasks.add; job s rqs status $j.id; job n rqs status none; respond '[$s.status, $n]'; } }
    location = /id  { asyncapi { query id string; job n cel status $id; respond '$n'; } }
--- request eval
["GET /cel", "GET /rqs", "GET /id", "GET /id?id=a%22%0a"]
--- error_code eval
[200, 200, 502, 200]
--- response_body eval
['["queued",{"id":"none","status":"unknown","result":null,"error":null}]',
 '["queued",{"id":"none","status":"unknown","result":null,"error":null}]',
 '{"type":"about:blank","title":"Bad Gateway","status":502,"task":"n","reason":"invalid"}',
 '{"id":"a\\"\\n","status":"unknown","result":null,"error":null}']



=== TEST 10: states of Celery, as it stores them
--- init
my $n = 0;
for my $meta ('{"status": "SUCCESS", "result": {"a": 1.0, "b": 12345678901234567890}}',
              '{"status": "STARTED", "result": {"pid": 1, "hostname": "h"}}',
              '{"status": "PROGRESS", "result": {"done": 0.5}}',
              '{"status": "RETRY", "result": {"exc_type": "E"}, "traceback": "..."}',
              '{"status": "REVOKED", "result": {"exc_type": "TaskRevokedError"}}',
              '{"status": "SUCCESS", "result": NaN}',
              '{"result": 1}',
              '[]')
{
    $main::redis->cli('SET', 'celery-task-meta-m' . $n++, $meta);
}
--- config
    location /t/ { asyncapi GET /t/:id { job j cel status $id; respond '$j'; } }
--- request eval
[map { "GET /t/m$_" } 0 .. 7]
--- error_code eval
[200, 200, 200, 200, 200, 502, 502, 502]
--- response_body_like eval
['^\\{"id":"m0","status":"success","result":\\{"a": 1.0, "b": 12345678901234567890},"error":null}$',
 '^\\{"id":"m1","status":"started","result":null,"error":null}$',
 '^\\{"id":"m2","status":"started","result":\\{"done": 0.5},"error":null}$',
 '^\\{"id":"m3","status":"retry","result":null,"error":\\{"exc_type": "E"}}$',
 '^\\{"id":"m4","status":"revoked","result":null,"error":\\{"exc_type": "TaskRevokedError"}}$',
 '"reason":"invalid"', '"reason":"invalid"', '"reason":"invalid"']



=== TEST 11: states of RQ, as it stores them, before 1.12 too
--- init
my $zlib = `/usr/bin/env python3 -c 'import zlib,sys; sys.stdout.buffer.write(zlib.compress(b"Trace \\xc3\\xbc" * 2000))'`;
my $n = 0;
for my $hash (['status', 'finished', 'result', '{"a": 1.0}'],
              ['status', 'failed'],
              ['status', 'started'], ['status', 'canceled'],
              ['status', 'finished', 'result', "\x80\x04K\x05."])
{
    $main::redis->cli('HSET', 'rq:job:h' . $n++, 'data', '[]', @$hash);
}
$main::redis->cli('EVAL', q{return redis.call('HSET', KEYS[1], 'exc_info', (string.gsub(ARGV[1], '..', function (h) return string.char(tonumber(h, 16)) end)))}, '1', 'rq:job:h1', unpack('H*', $zlib));
$main::redis->cli('XADD', 'rq:results:h2', '*', 'type', '4', 'exc_string', MIME::Base64::encode_base64($zlib, ''));
$main::redis->cli('HSET', 'rq:job:h5', 'status', 'queued');
$main::redis->cli('XADD', 'rq:results:h5', '*', 'type', '4', 'exc_string', MIME::Base64::encode_base64($zlib, ''));
$main::redis->cli('SET', 'rq:job:h6', 'no hash');
--- config
    location /t/ { asyncapi GET /t/:id { job j rqs status $id; respond '$j'; } }
--- request eval
[map { "GET /t/h$_" } 0 .. 6]
--- error_code eval
[200, 200, 200, 200, 502, 200, 502]
--- response_body_like eval
['^\\{"id":"h0","status":"success","result":\\{"a": 1.0},"error":null}$',
 '^\\{"id":"h1","status":"failure","result":null,"error":"(Trace ü){2000}"}$',
 '^\\{"id":"h2","status":"started"',
 '^\\{"id":"h3","status":"revoked","result":null,"error":null}$',
 '"reason":"invalid"',
 '^\\{"id":"h5","status":"retry","result":null,"error":"Trace',
 '"reason":"command","code":"WRONGTYPE"']



=== TEST 12: what is large is made in a thread, with the same outcome
--- init
my $xs = 'x' x 3000;
$main::redis->cli('SET', 'celery-task-meta-big', qq({"status": "SUCCESS", "result": ["$xs"]}));
$main::redis->cli('SET', 'celery-task-meta-part', qq({"status": "PROGRESS", "result": ["$xs"]}));
$main::redis->cli('SET', 'celery-task-meta-bad', qq({"status": "SUCCESS", "result": NaN, "x": "$xs"}));
$main::redis->cli('SET', 'celery-task-meta-small', '{"status": "SUCCESS", "result": 1}');
--- config
    asyncapi_offload 1k;
    location /status/ { asyncapi GET /status/:id { job j cel status $id; respond '$j'; } }
    location /wait/   { asyncapi GET /wait/:id { job j for=300ms cel wait $id; respond '$j'; } }
--- request eval
[map { ("GET /status/$_", "GET /wait/$_") } qw( big part bad small )]
--- error_code eval
[200, 200, 200, 200, 502, 502, 200, 200]
--- response_body_like eval
my $xs = 'x' x 3000;
[(qr/\A\{"id":"big","status":"success","result":\["$xs"\],"error":null\}\z/) x 2,
 (qr/\A\{"id":"part","status":"started","result":\["$xs"\],"error":null\}\z/) x 2,
 (qr/"reason":"invalid"/) x 2,
 (qr/\A\{"id":"small","status":"success","result":1,"error":null\}\z/) x 2]



=== TEST 13: the status
--- log_level: debug
--- config
    asyncapi_offload 1k;
    location = /t { asyncapi { job j cel status big; respond '$j.status'; } }
--- request
    GET /t
--- response_body: "success"
--- error_log eval
qr/task "j" result of \d{4} bytes: in a thread/



=== TEST 14: and the end that is waited for
--- log_level: debug
--- config
    asyncapi_offload 1k;
    location = /t { asyncapi { job j cel wait big; respond '$j.status'; } }
--- request
    GET /t
--- response_body: "success"
--- error_log eval
qr/job "big" reply of \d{4} bytes: in a thread/



=== TEST 15: what is small on the loop
--- log_level: debug
--- config
    asyncapi_offload 1k;
    location = /t { asyncapi { job j cel wait small; job k cel status small; respond '[$j.status, $k.status]'; } }
--- request
    GET /t
--- response_body: ["success","success"]
--- no_error_log
in a thread
[error]



=== TEST 16: and where the thread pool's queue is full
--- main_config
thread_pool one threads=1 max_queue=1;
--- config
    asyncapi_offload 1k;
    asyncapi_thread_pool one;
    location = /t {
        asyncapi {
            cpu a default=1 pbkdf2_sha256 a b 3000000;
            sleep s 50ms;
            cpu b after=s default=2 crc32 a;
            sleep t 100ms;
            job j after=t default=3 for=1s cel wait big;
            job k after=t default=4 cel status big;
            respond '[$j, $k]';
        }
    }
--- request
    GET /t
--- response_body: [3,4]
--- error_log
asyncapi task "j" failed: limit, the queue of the thread pool is full
asyncapi task "k" failed: limit, the queue of the thread pool is full



=== TEST 17: a queue that is something else in Redis: there is neither job nor mark
--- init
$main::redis->cli('SET', 'rq:queue:bad', 'x');
$main::redis->cli('SET', 'bad', 'x');
$main::redis->cli('DEL', 'rq:queues');
--- http_config
    asyncapi_queue cel celery $TEST_NGINX_REDIS queue=bad;
    asyncapi_queue rqs rq $TEST_NGINX_REDIS queue=bad;
--- config
    location = /t { asyncapi { job a default=null cel x; job b after=a default=null rqs x; } }
--- request
    GET /t
--- response_body chomp
{"a":null,"b":null}
--- response_headers
Asyncapi-Failed: a;reason=command, b;reason=command
--- then
is($redis->cli('EXISTS', 'rq:queues'), 0, 'nothing else is written');



=== TEST 18: a server that is not there: the job is not queued
--- http_config
    asyncapi_queue cel celery redis://127.0.0.1:1;
--- config
    location = /t { asyncapi { job a cel x; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"connect"
--- error_log eval
qr/asyncapi task "a" failed: connect, redis "redis:\/\/127\.0\.0\.1:1": Connection refused: job [0-9a-f-]{36} is not queued/



=== TEST 19: a server that stops: it is not known, and a try of the same id is no second job
--- config
    location = /cel { asyncapi { job a retry=1,timeout=200ms cel once; respond '$a'; } }
    location = /rqs { asyncapi { job a hedge=50ms rqs once; respond '$a'; } }
    location = /all { asyncapi { timeout 200ms; job a cel late; respond '$a'; } }
--- init
$main::redis->cli('DEL', 'celery', 'rq:queue:default');
--- request
    GET /cel
--- response_body_like: "status":"queued"
--- then
my $port = server_port();
my $ask = sub { return scalar `curl -s -m 20 'http://127.0.0.1:$port$_[0]'` };

$redis->cli('DEL', 'celery');
$redis->pause();
system("(sleep 0.4; kill -CONT " . $redis->pid . ") &");
my $said = $ask->('/cel');
like($said, qr/"status":"queued"/, 'the second try has an answer');
is($redis->cli('LLEN', 'celery'), 1, 'there is one job');

$redis->pause();
system("(sleep 0.4; kill -CONT " . $redis->pid . ") &");
like($ask->('/rqs'), qr/"status":"queued"/, 'a hedge');
is($redis->cli('LLEN', 'rq:queue:default'), 1, 'there is one job');

$redis->pause();
like($ask->('/all'), qr/"status":504.*"reason":"timeout"/, 'no try is left');
$redis->resume();
--- error_log eval
qr/asyncapi task "a" has no answer of Redis: whether job [0-9a-f-]{36} is queued is not known/



=== TEST 20: killed in the middle: it is not known
--- config
    location = /t { asyncapi { job a cel x; } }
--- init
$main::redis->pause();
system("(sleep $main::soon; kill -9 " . $main::redis->pid . ") &");
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"connect"
--- error_log eval
qr/failed: connect, redis "db": .*: whether job [0-9a-f-]{36} is queued is not known/
--- then
waitpid $redis->{pid}, 0;
$redis->start();

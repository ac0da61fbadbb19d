use lib 't/lib';
use AsyncAPI;
use RedisServer;
use Worker;
use Time::HiRes qw( sleep time );

# jobs that real workers do

our $redis = RedisServer->new('appendonly yes', 'appendfsync always');
our $celery = Worker->celery($redis);
our $rq = Worker->rq($redis);

$ENV{TEST_NGINX_REDIS} = 'redis://127.0.0.1:' . $redis->port;

our $Queues = <<'_EOC_';
    asyncapi_redis db $TEST_NGINX_REDIS;
    asyncapi_queue cel celery db;
    asyncapi_queue rqs rq db;
_EOC_


our $Forms = '';

for my $queue (qw( cel rqs )) {
    for my $case ([add => '[2, 3]'], [named => '{"b": [1, null], "a": "\u00fc"}'],
                  [fail => '["no"]'], [nothing => ''], [unknown => '[]'],
                  [slow => '[1]'], [die => ''])
    {
        my ($task, $args) = @$case;
        $args = "'$args'" if length $args;

        $Forms .= "location = /$queue/$task { asyncapi { timeout 30s;"
                  . " job j $queue jobs.$task $args;"
                  . " job w $queue wait \$j.id; respond '\$w'; } }\n"
                  . "location = /$queue/put/$task { asyncapi {"
                  . " job j $queue jobs.$task $args; respond '\$j.id'; } }\n";
    }

    $Forms .= "location = /$queue/wait { asyncapi { timeout 30s;"
              . " job w for=\$arg_for $queue wait \$arg_id; respond '\$w'; } }\n"
              . "location = /$queue/count { asyncapi { timeout 60s;"
              . " query n integer; job j $queue jobs.count '[\$n]';"
              . " job w $queue wait \$j.id; respond '\$w.result'; } }\n";
}

add_block_preprocessor(sub {
    my $block = shift;

    $block->set_value('http_config', $Queues) if !defined $block->http_config;
    $block->set_value('config', $Forms) if !defined $block->config;
    $block->set_value('timeout', 60);
});

add_response_body_check(sub {
    my ($block, $body, $i, $repeated) = @_;

    my $then = $block->then;

    if (defined $then && $i == 0) {
        eval "package main; $then; 1" or fail("then: $@");
    }
});


sub ask {
    my $path = shift;
    my $port = server_port();

    return scalar `curl -s -m 60 'http://127.0.0.1:$port$path'`;
}


# the id of a job that is put, without its quotes

sub put { return ask(shift) =~ s/"//gr }


master_on();
no_root_location();
run_tests();

__DATA__

=== TEST 1: arguments, of both forms, and results
--- request eval
[map { ("GET /$_/add", "GET /$_/named", "GET /$_/nothing", "GET /$_/slow") } qw( cel rqs )]
--- response_body_like eval
[(q!^\{"id":"[0-9a-f-]{36}","status":"success","result":5,"error":null\}$!,
  q!"status":"success","result":\{"a": "\\\\u00fc", "b": \[1, null\]\},"error":null!,
  q!"status":"success","result":null,"error":null!,
  q!"status":"success","result":"slow","error":null!) x 2]
--- no_error_log
[error]



=== TEST 2: a failure, a task that nobody knows, a worker that dies
--- request eval
[map { ("GET /$_/fail", "GET /$_/unknown", "GET /$_/die") } qw( cel rqs )]
--- response_body_like eval
[q!"status":"failure","result":null,"error":\{"exc_type": "ValueError", "exc_message": \["no"\]!,
 q!"status":"failure","result":null,"error":\{"exc_type": "NotRegistered"!,
 q!"status":"failure","result":null,"error":\{"exc_type": "WorkerLostError"!,
 q!"status":"failure","result":null,"error":"Traceback.*ValueError: no\\\\n"!,
 q!"status":"failure","result":null,"error":".*has no attribute!,
 q!"status":"failure","result":null,"error":".*(?:terminated|unexpectedly)!]



=== TEST 3: times: not before, and not after
--- config
    location = /eta { asyncapi { timeout 30s; job j eta=2s cel jobs.add '[1, 1]'; job w cel wait $j.id; respond '$w'; } }
    location = /old { asyncapi { timeout 30s; job j expires=2020-01-01T00:00:00Z cel jobs.add '[1, 1]'; job w cel wait $j.id; respond '$w'; } }
--- request eval
["GET /eta", "GET /old"]
--- response_body_like eval
['"status":"success","result":2', '"status":"revoked","result":null,"error":\{"exc_type": "TaskRevokedError", "exc_message": \["expired"\]']
--- then
my $began = time();
ask('/eta');
cmp_ok(time() - $began, '>=', 1.5, 'it was waited for its time');



=== TEST 4: priorities: what comes first is done first
--- config
    location = /put { asyncapi { job a priority=9 cel jobs.order '["low"]'; job b after=a priority=3 cel jobs.order '["middle"]'; job c after=b priority=$arg_p cel jobs.order '["high"]'; respond '$c.id'; } }
    location = /wait { asyncapi { timeout 30s; job w cel wait $arg_id; respond '$w.status'; } }
--- init
$main::celery->kill();
--- request
    GET /put?p=0
--- response_body_like: ^"[0-9a-f-]{36}"$
--- then
$celery->{args} = [map { $_ eq '2' ? '1' : $_ } @{ $celery->{args} }];
$celery->start();

for (1 .. 400) {
    last if $redis->cli('LLEN', 'order') == 3;
    sleep 0.1;
}

is($redis->cli('LRANGE', 'order', '0', '-1'), "high\nmiddle\nlow", 'the order');
$celery->kill();
$celery->{args} = [map { $_ eq '1' ? '2' : $_ } @{ $celery->{args} }];
$celery->start();



=== TEST 5: progress, and a task that is tried again by its worker
--- config
    location = /far { asyncapi { timeout 30s; job j cel jobs.far '[6]'; job a for=4s cel wait $j.id; job b cel wait $a.id; respond '[$a.status, $a.result, $b.status, $b.result]'; } }
    location = /again { asyncapi { timeout 30s; job j cel jobs.again; job a for=2s cel wait $j.id; job b cel wait $a.id; respond '[$a.status, $b.status, $b.result]'; } }
--- request eval
["GET /far", "GET /again"]
--- response_body eval
['["started",{"done": 0.5},"success","far"]', '["retry","success","again"]']



=== TEST 6: for= has passed, or is none: the state so far
--- request eval
["GET /cel/slow", "GET /cel/wait?id=none&for=300ms", "GET /rqs/wait?id=none&for=10s", "GET /cel/wait?id=none", "GET /cel/wait?id=none&for=soon"]
--- error_code eval
[200, 200, 200, 200, 502]
--- response_body_like eval
['"success"', '"status":"unknown"', '"status":"unknown"', '"status":"unknown"', '"reason":"invalid"']
--- then
my $id = put('/rqs/put/slow');
like(ask("/rqs/wait?id=$id&for=200ms"), qr/"status":"(?:queued|started)"/, 'it is not through');
like(ask("/rqs/wait?id=$id&for=20s"), qr/"status":"success"/, 'and then it is');
like(ask("/rqs/wait?id=$id&for=20s"), qr/"status":"success"/, 'it still is');



=== TEST 7: a deadline of the task
--- config
    location = /t { asyncapi { job w timeout=200ms cel wait none; } }
--- request
    GET /t
--- error_code: 504
--- response_body_like: "reason":"timeout"



=== TEST 8: Redis is killed and started between the job and its worker
--- init
$main::celery->kill();
$main::rq->kill();
--- request eval
["GET /cel/put/add", "GET /rqs/put/add"]
--- response_body_like eval
['^"[0-9a-f-]{36}"$', '^"[0-9a-f-]{36}"$']
--- then
my @id = (put('/cel/put/add'), put('/rqs/put/add'));
$redis->stop();
$redis->start();
like(ask("/cel/wait?id=$id[0]"), qr/"status":"(?:queued|unknown)"/, 'is asked for') for 1 .. 3;
$celery->start();
$rq->start();
like(ask("/cel/wait?id=$id[0]&for=20s"), qr/"success","result":5/, 'it is done, by Celery');
like(ask("/rqs/wait?id=$id[1]&for=20s"), qr/"success","result":5/, 'it is done, by RQ');



=== TEST 9: Redis is killed while they wait, and they wait on
--- request
    GET /cel/add
--- response_body_like: "success","result":5
--- then
$celery->kill();
$rq->kill();

my @id = (put('/cel/put/add'), put('/rqs/put/add'));
my $port = server_port();

open my $cel, '-|', "curl -s -m 60 'http://127.0.0.1:$port/cel/wait?id=$id[0]&for=50s'" or die;
open my $rqs, '-|', "curl -s -m 60 'http://127.0.0.1:$port/rqs/wait?id=$id[1]&for=50s'" or die;

sleep 0.5;
$redis->stop();
sleep 0.7;
like(ask("/cel/wait?id=$id[0]&for=20s"), qr/"reason":"connect"/, 'who comes now does not wait');
$redis->start();
$celery->start();
$rq->start();

like(scalar(<$cel>), qr/"success","result":5/, 'Celery has done it');
like(scalar(<$rqs>), qr/"success","result":5/, 'RQ has done it');
--- error_log
is lost



=== TEST 10: the connections of watches are killed: they are made anew, and looked again
--- request
    GET /cel/add
--- response_body_like: "success"
--- then
$celery->kill();

my $port = server_port();

for my $type (qw( pubsub normal )) {
    my $id = put('/cel/put/add');
    open my $in, '-|', "curl -s -m 60 'http://127.0.0.1:$port/cel/wait?id=$id&for=50s'" or die;
    sleep 0.4;
    $redis->cli('CLIENT', 'KILL', 'TYPE', $type);
    $redis->cli('SET', "celery-task-meta-$id", '{"status": "SUCCESS", "result": 7}');
    like(scalar(<$in>), qr/"success","result":7/, "it is told of it after $type");
    sleep 1.2;
}

my $id = put('/cel/put/add');
open my $in, '-|', "curl -s -m 60 'http://127.0.0.1:$port/cel/wait?id=$id&for=2s'" or die;
sleep 0.4;
$redis->cli('FLUSHALL');
like(scalar(<$in>), qr/"unknown"/, 'it is told that all is gone');

$celery->start();



=== TEST 11: 1000 jobs of Celery and 50 of RQ by 64 connections: each done once, each result its own
--- request
    GET /cel/add
--- response_body_like: "success"
--- then
my $port = server_port();

for my $case (['cel', 1000], ['rqs', 50]) {
    my ($queue, $n) = @$case;

    $redis->cli('DEL', 'done');
    unlink glob "$redis->{dir}/got.*";
    system("curl -s --no-progress-meter -Z --parallel-max 64 -m 110"
           . " -o '$redis->{dir}/got.#1' 'http://127.0.0.1:$port/$queue/count?n=[1-$n]'"
           . " 2> $redis->{dir}/curl.log");

    is(scalar(grep { Worker::slurp("$redis->{dir}/got.$_") eq $_ } 1 .. $n), $n,
       "all results are right: $queue");

    my %done = split /\n/, $redis->cli('HGETALL', 'done');
    is(scalar(grep { ($done{$_} // 0) eq '1' } 1 .. $n), $n,
       "each was done once: $queue");
}
--- no_error_log
[error]

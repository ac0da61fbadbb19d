use lib 't/lib';
use AsyncAPI;
use RedisServer;
use Time::HiRes qw( sleep time );

# waits, with two workers of nginx; the test itself is the jobs' worker

our $redis = RedisServer->new('user ada on >love ~* &* +@all -client',
                              'user bob on >love ~* resetchannels +@all');

$ENV{TEST_NGINX_REDIS} = 'redis://127.0.0.1:' . $redis->port;
$ENV{TEST_NGINX_ADA} = 'redis://ada:love@127.0.0.1:' . $redis->port;
$ENV{TEST_NGINX_BOB} = 'redis://bob:love@127.0.0.1:' . $redis->port;

our $Queues = <<'_EOC_';
    asyncapi_redis db $TEST_NGINX_REDIS;
    asyncapi_queue cel celery db;
    asyncapi_queue rqs rq db;
_EOC_

our $Waits = <<'_EOC_';
    location = /cel { asyncapi { timeout 30s; job w for=$arg_for cel wait $arg_id; respond '$w'; } }
    location = /all { asyncapi { timeout 30s; job w cel wait $arg_id; respond '$w'; } }
    location = /rqs { asyncapi { timeout 30s; job w rqs wait $arg_id; respond '$w'; } }
    location = /pid { return 200 $pid; }
_EOC_

add_block_preprocessor(sub {
    my $block = shift;

    $block->set_value('http_config', $Queues) if !defined $block->http_config;
    $block->set_value('config', $Waits) if !defined $block->config;
    $block->set_value('timeout', 60);
});

add_response_body_check(sub {
    my ($block, $body, $i, $repeated) = @_;

    my $then = $block->then;

    if (defined $then && $i == 0) {
        eval "package main; $then; 1" or fail("then: $@");
    }
});


sub request {
    my $path = shift;

    my $sock = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                     PeerPort => server_port()) or die $!;

    print $sock "GET $path HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    return $sock;
}


sub answer {
    my $sock = shift;
    local $/;

    return (scalar(<$sock>) // '') =~ s/^.*?\r\n\r\n//sr;
}


sub done {
    my ($id, $result) = @_;

    $redis->cli('SET', "celery-task-meta-$id", qq({"status": "SUCCESS", "result": $result}));
}


# processes of the nginx whose pid file it is: of each what it takes

sub worker_pids {
    open my $in, '<', $Test::Nginx::Util::PidFile or die $!;
    my ($master) = <$in> =~ /(\d+)/;

    return split ' ', `pgrep -P $master`;
}

sub resident {
    my $sum = 0;

    for my $pid (worker_pids()) {
        open my $in, '<', "/proc/$pid/status" or next;
        $sum += $_ for map { /^VmRSS:\s+(\d+)/ } <$in>;
    }

    return $sum;
}

sub ticks {
    my $sum = 0;

    for my $pid (worker_pids()) {
        open my $in, '<', "/proc/$pid/stat" or next;
        my @stat = split ' ', <$in> =~ s/^.*\) //r;
        $sum += $stat[11] + $stat[12];
    }

    return $sum;
}


workers(2);
master_on();
no_root_location();
run_tests();

__DATA__

=== TEST 1: many wait for one job, and for others; each is told of its own
--- init
$main::redis->cli('SET', 'celery-task-meta-old', '{"status": "SUCCESS", "result": "old"}');
--- request
    GET /all?id=old
--- response_body chomp
{"id":"old","status":"success","result":"old","error":null}
--- then
my @all = map { request('/all?id=a') } 1 .. 50;
my @own = map { request("/all?id=b$_") } 1 .. 50;
sleep 0.5;
done('a', '"all"');
done("b$_", $_) for reverse 1 .. 50;

is(scalar(grep { answer($_) eq '{"id":"a","status":"success","result":"all","error":null}' } @all), 50, 'the one');
is(scalar(grep { answer($own[$_ - 1]) eq qq({"id":"b$_","status":"success","result":$_,"error":null}) } 1 .. 50), 50, 'their own');
like($redis->cli('CLIENT', 'LIST', 'TYPE', 'pubsub'), qr/\A(?:id=.*\n?){1,2}\z/, 'one connection of each worker is told');
--- no_error_log
[error]
[warn]



=== TEST 2: what is not the last state is waited on
--- request
    GET /all?id=old
--- response_body_like: "old"
--- then
my $cel = request('/all?id=c');
my $rqs = request('/rqs?id=c');
is(answer($rqs), '{"id":"c","status":"unknown","result":null,"error":null}', 'RQ has no such job');

$redis->cli('HSET', 'rq:job:c', 'status', 'queued', 'data', '[]');
$rqs = request('/rqs?id=c');
sleep 0.3;

for my $n (1 .. 5) {
    $redis->cli('SET', 'celery-task-meta-c', qq({"status": "PROGRESS", "result": $n}));
    $redis->cli('HSET', 'rq:job:c', 'last_heartbeat', $n, 'status', 'started');
    sleep 0.05;
}

$redis->cli('DEL', 'celery-task-meta-c');
done('c', 6);
$redis->cli('HSET', 'rq:job:c', 'status', 'failed');

like(answer($cel), qr/"success","result":6/, 'Celery');
like(answer($rqs), qr/"failure","result":null,"error":null/, 'RQ');



=== TEST 3: a reload while they wait
--- request
    GET /all?id=old
--- response_body_like: "old"
--- then
my @wait = map { request("/all?id=d$_") } 1 .. 20;
sleep 0.5;

open my $in, '<', $Test::Nginx::Util::PidFile or die $!;
my ($master) = <$in> =~ /(\d+)/;
my @old = worker_pids();
kill 'HUP', $master;
sleep 1.5;

cmp_ok(scalar(grep { kill 0, $_ } @old), '>', 0, 'old workers are there');

# they make their connections anew, too

$redis->cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
sleep 0.5;
done("d$_", $_) for 1 .. 20;

is(scalar(grep { answer($wait[$_ - 1]) =~ /"result":$_,/ } 1 .. 20), 20, 'all are told');

for (1 .. 100) {
    last if !grep { kill 0, $_ } @old;
    sleep 0.1;
}

is(scalar(grep { kill 0, $_ } @old), 0, 'and then the old workers end');



=== TEST 4: clients that leave while they wait: memory and descriptors stay
--- config eval: $::Waits
--- request
    GET /all?id=old
--- response_body_like: "old"
--- then
my $leave = sub {
    for my $round (1 .. 10) {
        my @socks = map { request("/all?id=e$_") } 1 .. 200;
        sleep 0.2;
        close $_ for @socks;
    }

    sleep 0.5;
};

$leave->();
my $before = resident();
$leave->() for 1 .. 3;

# AddressSanitizer keeps up to 256 MB of what was freed; it finds leaks itself

cmp_ok(resident() - $before, '<', $ENV{ASAN_OPTIONS} ? 400000 : 8000,
       'KB more, and not for each of 6000');
like(answer(request('/all?id=old')), qr/"old"/, 'it goes on');
--- no_error_log
[error]



=== TEST 5: who waits takes no time
--- request
    GET /all?id=old
--- response_body_like: "old"
--- then
my @wait = map { request("/all?id=f$_") } 1 .. 500;
sleep 1.5;

my $before = ticks();
sleep 2;
cmp_ok(ticks() - $before, '<=', 2, 'ticks of 10 ms');

close $_ for @wait;



=== TEST 6: a server that does not let keys be watched
--- http_config
    asyncapi_queue cel celery $TEST_NGINX_ADA;
    asyncapi_queue rqs rq $TEST_NGINX_BOB;
--- request eval
["GET /all?id=old", "GET /rqs?id=old", "GET /all?id=old"]
--- error_code eval
[502, 502, 502]
--- response_body_like eval
[('"reason":"command"') x 3]
--- error_log
asyncapi task "w" failed: command, redis "redis://
NOPERM



=== TEST 7: no server: it is not waited for
--- http_config
    asyncapi_queue cel celery redis://127.0.0.1:1;
    asyncapi_queue rqs rq redis://127.0.0.1:1;
--- config
    location = /t { asyncapi { job a default=1 cel wait x; job b after=a default=2 rqs wait x; job c after=b default=3 for=$arg_none cel wait x; } }
--- request
    GET /t
--- response_body chomp
{"a":1,"b":2,"c":3}
--- response_headers
Asyncapi-Failed: a;reason=connect, b;reason=connect, c;reason=connect



=== TEST 8: a server that stops: for= and deadlines hold
--- config
    location = /for { asyncapi { job w for=300ms cel wait g; respond '$w'; } }
    location = /end { asyncapi { job w timeout=300ms cel wait g; respond '$w'; } }
--- request
    GET /for
--- response_body_like: "unknown"
--- then
my $known = request('/for');
sleep 0.1;
$redis->pause();
like(answer($known), qr/"unknown"/, 'what was known');
like(answer(request('/for')), qr/"status":504.*"reason":"timeout"/, 'nothing is known');
like(answer(request('/end')), qr/"status":504.*"reason":"timeout"/, 'a deadline');
$redis->resume();
done('g', 1);
like(answer(request('/end')), qr/"success"/, 'it goes on');



=== TEST 9: results beyond all bounds
--- config
    location = /all { asyncapi_max_result 1k; asyncapi { job w cel wait $arg_id; respond '$w'; } }
--- init
$main::redis->cli('SET', 'celery-task-meta-h', '{"status": "SUCCESS", "result": "' . 'x' x 1000 . '"}');
--- request
    GET /all?id=h
--- error_code: 502
--- response_body_like: "reason":"too_large"



=== TEST 10: a group of waits, a race of them, and a status among them
--- config
    location = /t { asyncapi { timeout 5s; race r { job a cel wait never; job b cel wait old; } gather g { job c cel status old; job d for=4s rqs wait never; } respond '[$r, $g.c.status, $g.d.status]'; } }
--- request
    GET /t
--- response_body chomp
[{"id":"old","status":"success","result":"old","error":null},"success","unknown"]

use lib 't/lib';
use AsyncAPI;
use AsyncAPI::Then;
use PostgresServer;
use Time::HiRes qw( sleep time );

# several workers, reloads, workers that end; and large results

our $pg = PostgresServer->new();

$ENV{TEST_NGINX_POSTGRES} = $pg->conninfo;

our $Postgres = "asyncapi_postgres db \"\$TEST_NGINX_POSTGRES\" pool=3;\n";
our $Get = <<'_EOC_';
    location = /get {
        asyncapi {
            postgres name as=value db "SELECT name FROM users WHERE id = $arg_k";
            respond '$name';
        }
    }

    location = /sleep {
        asyncapi {
            timeout 1h;
            postgres a as=text db "SELECT pg_sleep($arg_s::float8)";
        }
    }
_EOC_

$pg->sql(<<'SQL');
CREATE TABLE users (id bigint PRIMARY KEY, name text);
INSERT INTO users SELECT i, 'v' || i FROM generate_series(1, 5000) i;
SQL


AsyncAPI::Then::watch();

master_on();
workers(2);
no_root_location();
run_tests();

__DATA__

=== TEST 1: each worker has a pool of its own
--- http_config eval: $::Postgres
--- config eval: $::Get
--- request
    GET /get?k=1
--- response_body chomp
"v1"
--- then
my @answers = storm('/get?k=[1-5000]', 5000, 64);

is(scalar(grep { $answers[$_] ne '"v' . ($_ + 1) . '"' } 0 .. 4999), 0,
   'all of 5000 are answered, each with its own');
cmp_ok($pg->sessions, '<=', 6, 'by two pools of three');
--- no_error_log
[error]



=== TEST 2: reloads under load
--- http_config eval: $::Postgres
--- config eval: $::Get
--- request
    GET /get?k=1
--- response_body chomp
"v1"
--- then
my $pid = fork() // die $!;

if ($pid == 0) {
    for (1 .. 5) {
        hup();
        sleep 0.4;
    }

    POSIX::_exit(0);
}

my @answers = storm('/get?k=[1-5000]', 5000, 16);
waitpid $pid, 0;

is(scalar(grep { $answers[$_] ne '"v' . ($_ + 1) . '"' } 0 .. 4999), 0,
   'all of 5000 are answered');

for (1 .. 50) {
    last if pids() == 2;
    sleep 0.1;
}

is(scalar(() = pids()), 2, 'the old workers have ended');
cmp_ok($pg->until(0, 'sessions', "state <> 'idle'"), '==', 0, 'nothing goes on');
cmp_ok($pg->sessions, '<=', 6, 'and their connections are closed');
--- no_error_log
[error]



=== TEST 3: a worker that is to end comes to the end of its queries first
--- http_config eval: $::Postgres
--- config eval: $::Get
--- request
    GET /get?k=1
--- response_body chomp
"v1"
--- then
my $pid = fork() // die $!;

if ($pid == 0) {
    sleep 0.5;
    hup();
    POSIX::_exit(0);
}

my @old = pids();
my $answer = ask('/sleep?s=1.2');
waitpid $pid, 0;
is($answer, '{"a":""}', 'it is answered');

for (1 .. 50) {
    last if !grep { kill 0, $_ } @old;
    sleep 0.1;
}

is(scalar(grep { kill 0, $_ } @old), 0, 'and the worker ends');
--- no_error_log
[error]



=== TEST 4: with worker_shutdown_timeout it cancels them
--- main_config
    worker_shutdown_timeout 300ms;
--- http_config eval: $::Postgres
--- config eval: $::Get
--- request
    GET /get?k=1
--- response_body chomp
"v1"
--- then
my $pid = fork() // die $!;

if ($pid == 0) {
    sleep 0.5;
    hup();
    POSIX::_exit(0);
}

my @old = pids();
ask('/sleep?s=60');
waitpid $pid, 0;

is($pg->until(0, 'active', 'pg_sleep'), 0, 'nothing goes on at the server');

for (1 .. 50) {
    last if !grep { kill 0, $_ } @old;
    sleep 0.1;
}

is(scalar(grep { kill 0, $_ } @old), 0, 'and the worker ends');



=== TEST 5: of a worker that is killed the server ends the queries itself
--- http_config eval: $::Postgres
--- config eval: $::Get
--- request
    GET /get?k=1
--- response_body chomp
"v1"
--- then
my $pid = fork() // die $!;

if ($pid == 0) {
    ask('/sleep?s=61');
    POSIX::_exit(0);
}

sleep 0.5;
is($pg->active('pg_sleep'), 1, 'it runs');

kill 'KILL', $_ for pids();
waitpid $pid, 0;

is($pg->until(0, 'active', 'pg_sleep'), 0, 'and ends');
--- allow_error_log



=== TEST 6: a large result goes through row by row
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi_max_result 20m;
        asyncapi {
            timeout 1m;
            postgres a db "SELECT i, repeat('x', 100) AS x FROM generate_series(1, 100000) i";
            respond '{"first":$a[0].i,"last":$a[-1].i}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"first":1,"last":100000}
--- no_error_log
[error]



=== TEST 7: one that is too large is cancelled
--- http_config
    asyncapi_postgres db "$TEST_NGINX_POSTGRES" pool=1;
    asyncapi_timeout 20s;
--- config
    location = /t {
        asyncapi {
            timeout 1m;
            postgres a db "SELECT generate_series(1, 1000000000)";
        }
    }
    location = /one {
        asyncapi {
            timeout 1m;
            postgres a as=row db "SELECT 1 AS a UNION ALL SELECT i FROM generate_series(1, 300000) i";
        }
    }
    location = /next { asyncapi { postgres a as=value db "SELECT 1"; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"too_large"
--- then
is(ask('/next'), '{"a":1}', 'the connection is used again');
is($pg->active('generate_series'), 0, 'nothing goes on');
is(ask('/one'), '{"a":{"a":1}}', 'of rows that are not wanted the first is there');
is(ask('/next'), '{"a":1}', 'and what is next is right');
--- error_log
the result is larger than asyncapi_max_result



=== TEST 8: a single value that is too large does not stay in memory
--- timeout: 60
--- http_config
    asyncapi_postgres db "$TEST_NGINX_POSTGRES" pool=1;
    asyncapi_timeout 20s;
--- config
    location = /t {
        asyncapi {
            timeout 1m;
            postgres a as=value db "SELECT repeat('x', 150000000)";
        }
    }
    location = /next { asyncapi { postgres a as=value db "SELECT 1"; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"too_large"
--- then
is(ask('/next'), '{"a":1}', 'the next one is answered');

my ($most) = sort { $b <=> $a }
             map { slurp("/proc/$_/status") =~ /VmRSS:\s+(\d+)/ } pids();
cmp_ok($most, '<', 60_000, 'and no worker has more than 60 MB');



=== TEST 9: a large parameter
--- http_config eval: $::Postgres
--- config
    location = /t {
        client_max_body_size 20m;
        client_body_buffer_size 20m;
        asyncapi POST {
            body raw max=20m;
            postgres a as=value db "SELECT md5($body::text)";
        }
    }
--- request eval
"POST /t\n" . ('0123456789' x 500000)
--- response_body eval
use Digest::MD5 qw( md5_hex );
'{"a":"' . md5_hex('0123456789' x 500000) . '"}'
--- no_error_log
[error]

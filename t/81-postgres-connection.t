use lib 't/lib';
use AsyncAPI;
use AsyncAPI::Then;
use PostgresServer;
use File::Temp qw( tempdir );
use Time::HiRes qw( sleep time );

# connections: how many there are, how they come and go, and what is cancelled

our $pg = PostgresServer->new();
our $dir = tempdir(CLEANUP => 1);

$ENV{TEST_NGINX_POSTGRES} = $pg->conninfo;
$ENV{TEST_NGINX_POSTGRES_PORT} = $pg->port;
$ENV{TEST_NGINX_POSTGRES_DIR} = $pg->dir;
$ENV{TEST_NGINX_NOBODY_PORT} = PostgresServer::free_port();

our $Postgres = "asyncapi_postgres db \"\$TEST_NGINX_POSTGRES\" pool=4;\n";
our $Get = <<'_EOC_';
    location = /get {
        asyncapi {
            postgres name as=value db "SELECT name FROM users WHERE id = $arg_k";
            postgres twice as=value db "SELECT 2 * $arg_k::bigint";
        }
    }

    location = /sleep {
        asyncapi {
            postgres a as=text timeout=200ms db "SELECT pg_sleep(60)";
        }
    }
_EOC_

$pg->sql(<<'SQL');
CREATE TABLE users (id bigint PRIMARY KEY, name text);
INSERT INTO users SELECT i, 'v' || i FROM generate_series(1, 3000) i;
CREATE TABLE notes (id serial PRIMARY KEY, note text UNIQUE);
CREATE SEQUENCE tries;
SQL


# answers that are neither right nor a clean failure

sub wrong {
    my @answers = @_;

    return grep {
        my $k = $_ + 1;
        my $twice = 2 * $k;
        $answers[$_] ne qq({"name":"v$k","twice":$twice})
            && $answers[$_] !~ /"reason":"(?:connect|timeout)"/;
    } 0 .. $#answers;
}


sub right { return scalar grep { /^\{"name"/ } @_ }


AsyncAPI::Then::watch();
master_on();
no_root_location();
run_tests();

__DATA__

=== TEST 1: a pool of connections, which are kept, and so are statements
--- http_config eval: $::Postgres
--- config eval
$::Get . '
    location = /prepared {
        asyncapi {
            postgres n as=value db
                "SELECT count(*) FROM pg_prepared_statements";
            respond \'$n\';
        }
    }
'
--- request
    GET /get?k=1
--- response_body chomp
{"name":"v1","twice":2}
--- then
my @answers = storm('/get?k=[1-1000]', 1000, 64);

is(scalar(wrong(@answers)), 0, 'no answer of 1000 is another request\'s');
is(right(@answers), 1000, 'and all are answered');
is($pg->sessions, 4, 'by four connections');
is(ask('/prepared'), 3, 'which have each statement prepared once');
--- no_error_log
[error]



=== TEST 2: a deadline cancels at the server, and the connection is used again
--- http_config
    asyncapi_postgres db "$TEST_NGINX_POSTGRES" pool=1;
--- config eval
$::Get . '
    location = /pid {
        asyncapi {
            postgres a as=value db "SELECT pg_backend_pid()";
            respond \'$a\';
        }
    }
'
--- request
    GET /pid
--- response_body_like: ^\d+$
--- then
my $pid = $body;

like(ask('/sleep'), qr/"status":504,"task":"a","reason":"timeout"/,
     'the deadline of a task holds');
is($pg->until(0, 'active', 'pg_sleep'), 0, 'nothing goes on at the server');
is(ask('/pid'), $pid, 'the connection is the same one');

ask('/sleep', '-m', '0.05');
is($pg->until(0, 'active', 'pg_sleep'), 0,
   'nor does it when the client leaves');
is(ask('/pid'), $pid, 'again it is the same one');
--- error_log
failed: timeout



=== TEST 3: a thousand that are cancelled leave nothing behind
--- http_config
    asyncapi_postgres db "$TEST_NGINX_POSTGRES" pool=20;
--- config
    location = /long {
        asyncapi {
            timeout 1h;
            postgres a db "SELECT pg_sleep(60), $arg_k";
        }
    }

    location = /short {
        asyncapi {
            postgres a timeout=20ms db "SELECT pg_sleep(60), $arg_k";
        }
    }

    location = /ok {
        asyncapi { postgres a as=value db "SELECT 1"; respond '$a'; }
    }
--- request
    GET /ok
--- response_body: 1
--- then
storm('/long?k=[1-500]', 500, 100, '-m', '0.3');
is($pg->until(0, 'active', 'pg_sleep'), 0, 'clients that leave');

my @answers = storm('/short?k=[1-500]', 500, 40);
is(scalar(grep { /"reason":"timeout"/ } @answers), 500, 'deadlines');
is($pg->until(0, 'active', 'pg_sleep'), 0, 'and those are all at an end');

is(ask('/ok'), 1, 'the pool works');
cmp_ok($pg->sessions, '<=', 20, 'and is no larger than it may be');



=== TEST 4: one more than the queue takes fails at once, the others come in order
--- http_config
    asyncapi_postgres db "$TEST_NGINX_POSTGRES" pool=1 queue=2;
--- config
    location = /t {
        asyncapi {
            timeout 1m;
            postgres a as=value db
                "INSERT INTO notes (note) SELECT 'q' || $arg_k FROM pg_sleep(2) RETURNING note";
            respond '$a';
        }
    }

    location = /ok {
        asyncapi { postgres a as=value db "SELECT 1"; respond '$a'; }
    }
--- request
    GET /ok
--- response_body: 1
--- then
my $port = server_port();

for my $k (1 .. 4) {
    system("curl -s -i 'http://127.0.0.1:$port/t?k=$k' > $dir/q.$k &");
    sleep 0.4;
}

for (1 .. 50) {
    last if -s "$dir/q.4";
    sleep 0.1;
}

like(slurp("$dir/q.4"), qr/^HTTP\/1.1 503 .*Retry-After: 1\r\n.*"reason":"limit"/s,
     'the fourth has no place in the queue');

is($pg->until('q1 q2 q3', 'sql', "SELECT string_agg(note, ' ' ORDER BY id)"
              . " FROM notes WHERE note LIKE 'q%'"),
   'q1 q2 q3', 'the others run in the order they came');
--- error_log
all connections of the pool are busy, and the queue is full



=== TEST 5: a server that is not there, and then is
--- http_config eval: $::Postgres
--- config eval: $::Get
--- init
$::pg->stop();
--- request
    GET /get?k=1
--- error_code: 502
--- response_body_like: "reason":"connect"
--- then
my $began = time;

like(ask('/get?k=1'), qr/"reason":"connect"/, 'it stays so') for 1 .. 5;
cmp_ok(time - $began, '<', 3, 'and nobody waits for it');

$pg->start();

my $answer = '';

for (1 .. 50) {
    $answer = ask('/get?k=7');
    last if $answer =~ /v7/;
    sleep 0.1;
}

is($answer, '{"name":"v7","twice":14}', 'the server is there again');
--- error_log
Connection refused



=== TEST 6: killed and started while many ask: right answers or clean failures
--- http_config eval: $::Postgres
--- config eval: $::Get
--- request
    GET /get?k=1
--- response_body chomp
{"name":"v1","twice":2}
--- then
my $pid = fork() // die $!;

if ($pid == 0) {
    sleep 0.3;

    # the child must not end what is the parent's

    system("kill -QUIT $pg->{pid}");
    POSIX::_exit(0);
}

my @answers = storm('/get?k=[1-3000]', 3000, 32);
waitpid $pid, 0;
waitpid $pg->{pid}, 0;

is(scalar(wrong(@answers)), 0, 'no wrong answer');

$pg->start();

my $answer = '';

for (1 .. 50) {
    $answer = ask('/get?k=7');
    last if $answer =~ /v7/;
    sleep 0.1;
}

is($answer, '{"name":"v7","twice":14}', 'the server is there again');

@answers = storm('/get?k=[1-500]', 500, 32);
is(right(@answers), 500, 'and all goes on');



=== TEST 7: idle connections that the server ends are not used
--- http_config eval: $::Postgres
--- config eval: $::Get
--- request
    GET /get?k=1
--- response_body chomp
{"name":"v1","twice":2}
--- then
for (1 .. 5) {
    $pg->sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
             . " WHERE application_name = 'nginx'");
    is(ask('/get?k=2'), '{"name":"v2","twice":4}', 'it is answered');
}
--- no_error_log
[error]



=== TEST 8: more connections than the server has
--- http_config
    asyncapi_postgres db "$TEST_NGINX_POSTGRES" pool=200;
--- config
    location = /t {
        asyncapi {
            postgres name as=value db "SELECT name FROM users, pg_sleep(0.01) WHERE id = $arg_k";
            respond '{"name":$name,"twice":2}';
        }
    }
--- request
    GET /t?k=1
--- response_body chomp
{"name":"v1","twice":2}
--- then
my @answers = storm('/t?k=[1-1000]', 1000, 100);

is(right(@answers), 1000, 'those that are there do for all');
--- error_log
too many clients already
--- no_error_log
[error]



=== TEST 9: a server that has stopped: deadlines hold, and it goes on
--- http_config eval: $::Postgres
--- config eval
$::Get . '
    location = /short {
        asyncapi {
            postgres a timeout=200ms as=value db "SELECT 1";
        }
    }
'
--- request
    GET /get?k=1
--- response_body chomp
{"name":"v1","twice":2}
--- then
$pg->pause();

my @answers = storm('/short?[1-20]', 20, 20);

is(scalar(grep { /"reason":"timeout"/ } @answers), 20, 'every deadline holds');

$pg->resume();

my $answer = '';

for (1 .. 100) {
    $answer = ask('/get?k=7');
    last if $answer =~ /v7/;
    sleep 0.1;
}

is($answer, '{"name":"v7","twice":14}', 'all goes on');

@answers = storm('/get?k=[1-200]', 200, 32);
is(scalar(wrong(@answers)), 0, 'and no answer is another\'s');
is(right(@answers), 200, 'nor missing');

use lib 't/lib';
use AsyncAPI;
use RedisFake;
use RedisServer;
use Time::HiRes qw( sleep time );

# a master, its replica, and a sentinel that fails over between them; of the
# two sentinels in the URL the first one is none

our $master = RedisServer->new('repl-diskless-sync-delay 0');
our $replica = RedisServer->new('replicaof 127.0.0.1 ' . $master->port);
our $sentinel = RedisServer->sentinel('main', $master);
our $hanging = RedisServer->new();
our $secret = RedisServer->new('requirepass top%secret');

$ENV{TEST_NGINX_SENTINEL} = $sentinel->port;
$ENV{TEST_NGINX_HANGING} = $hanging->port;
$ENV{TEST_NGINX_REDIS} = 'redis+sentinel://127.0.0.1:1,127.0.0.1:'
                         . $sentinel->port;

wait_for(sub { $replica->cli('ROLE') =~ /connected/ }, 'the replica follows');
wait_for(sub { $sentinel->cli('SENTINEL', 'replicas', 'main')
               =~ /127\.0\.0\.1/ }, 'the sentinel knows the replica');

add_response_body_check(sub {
    my ($block, $body, $i) = @_;

    my $then = $block->then;

    if (defined $then && $i == 0) {
        eval "package main; $then; 1" or fail("then: $@");
    }
});


sub wait_for {
    my ($condition, $what) = @_;

    for (1 .. 300) {
        return 1 if $condition->();
        sleep 0.1;
    }

    fail("$what: in vain");
    return 0;
}


sub ask {
    my $path = shift;
    my $port = server_port();

    return scalar `curl -s -m 20 'http://127.0.0.1:$port$path'`;
}


# what a sentinel says that knows this master

sub names {
    my $port = shift->port;

    return '*2 $9 127.0.0.1 $' . length($port) . " $port";
}


# who answers to which key, until it is right again; what is neither right nor
# a clean failure, and what takes long, counts

sub until_back {
    my ($value, $what) = @_;
    my ($wrong, $slow, $k) = (0, 0, 0);

    wait_for(sub {
        my $began = time();
        my $answer = ask($value . ++$k);

        $slow++ if time() - $began > 8;

        return 1 if $answer eq qq({"value":"$k"});

        if ($answer !~ /"reason":"(?:connect|timeout)"/) {
            $wrong++;
            diag($answer);
        }

        return 0;
    }, $what);

    is($wrong, 0, "$what: no answer is wrong");
    is($slow, 0, "$what: none takes long");
}


master_on();
no_root_location();
run_tests();

__DATA__

=== TEST 1: the master is asked for, also where a sentinel is not there
--- http_config
    asyncapi_redis db $TEST_NGINX_REDIS/main/2;
--- config
    location = /t {
        asyncapi {
            redis set db SET where main;
            redis get after=set db GET where;
            redis role db ROLE;
            respond '[$get, $role[0]]';
        }
    }
--- request
    GET /t
--- response_body chomp
["main","master"]
--- error_log
asyncapi redis "db": sentinel 127.0.0.1: Connection refused



=== TEST 2: a master that the sentinels do not know
--- http_config
    asyncapi_redis db $TEST_NGINX_REDIS/other;
--- config
    location = /t { asyncapi { redis get db GET where; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"get","reason":"connect"
--- error_log
redis "db": its address is not found: the sentinels do not know this master



=== TEST 3: what is no sentinel
--- http_config eval
"asyncapi_redis db redis+sentinel://127.0.0.1:" . $::master->port . "/main;"
--- config
    location = /t { asyncapi { redis get db GET where; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"get","reason":"connect"
--- error_log
its address is not found: the sentinel's answer is none



=== TEST 4: a sentinel that names a replica
--- http_config
    asyncapi_redis db $TEST_NGINX_REDIS/main;
--- config
    location = /t { asyncapi { redis get default=1 db SET a 1; } }
--- init
$::master->cli('REPLICAOF', '127.0.0.1', $::replica->port);
--- request
    GET /t
--- response_body chomp
{"get":1}
--- error_log
it is not the master
--- then
$master->cli('REPLICAOF', 'NO', 'ONE');
$replica->cli('REPLICAOF', '127.0.0.1', $master->port);
wait_for(sub { $replica->cli('ROLE') =~ /connected/ }, 'the replica follows');
wait_for(sub { ask('/t') eq '{"get":"OK"}' }, 'it is found again');



=== TEST 5: a failover while requests run: no wrong answer, and no hang
--- http_config
    asyncapi_redis db $TEST_NGINX_REDIS/main timeout=1s;
--- config
    location = /t { asyncapi { redis value db ECHO $arg_k; } }
    location = /set { asyncapi { redis value db SET k $arg_k; } }
--- request
    GET /t?k=0
--- response_body chomp
{"value":"0"}
--- then
my ($wrong, $slow, $back) = (0, 0, 0);

for my $k (1 .. 600) {
    $master->stop() if $k == 20;

    my $began = time();
    my $answer = ask("/t?k=$k");

    $slow++ if time() - $began > 8;

    if ($answer eq qq({"value":"$k"})) {
        if ($k > 20 && ++$back == 20) {
            last;
        }

    } elsif ($answer !~ /"reason":"(?:connect|timeout)"/) {
        $wrong++;
        diag($answer);
    }

    sleep 0.05;
}

is($wrong, 0, 'no answer is wrong');
is($slow, 0, 'none takes long');
is($back, 20, 'the new master answers');
is(ask('/set?k=7'), '{"value":"OK"}', 'it is the master');
is($replica->cli('GET', 'k'), '7', 'and it was the replica');



=== TEST 6: the master hangs: another one has its place
--- http_config
    asyncapi_redis db $TEST_NGINX_REDIS/main timeout=500ms;
--- config
    location = /t { asyncapi { redis value db ECHO $arg_k; } }
    location = /set { asyncapi { redis value db SET k $arg_k; } }
--- init
$::master->start();
main::wait_for(sub { $::master->cli('ROLE') =~ /connected/ }, 'it follows');
main::wait_for(sub { $::sentinel->cli('SENTINEL', 'replicas', 'main')
                     =~ /flags\nslave\n/ }, 'the sentinel sees it');
--- request
    GET /set?k=1
--- response_body chomp
{"value":"OK"}
--- then
$replica->pause();

until_back('/t?k=', 'the new master answers');
is(ask('/set?k=8'), '{"value":"OK"}', 'it is the master');
is($master->cli('GET', 'k'), '8', 'and it was the replica');

$replica->resume();
wait_for(sub { $replica->cli('ROLE') =~ /connected/ }, 'the old one follows');
is(ask('/set?k=9'), '{"value":"OK"}', 'it is still the master');
is($master->cli('GET', 'k'), '9', 'and has it');



=== TEST 7: sentinels that are cut off: one names who is gone, one a replica
--- http_config eval
my $gone = RedisFake::port('' => '*2 $9 127.0.0.1 $1 1');
my $stale = RedisFake::port('' => main::names($::replica));
"asyncapi_redis db redis+sentinel://127.0.0.1:$gone,127.0.0.1:$stale,"
. "127.0.0.1:\$TEST_NGINX_SENTINEL/main;"
--- config
    location = /t { asyncapi { redis value db ECHO $arg_k; } }
--- request
    GET /t?k=0
--- error_code: 502
--- response_body_like: "task":"value","reason":"connect"
--- then
until_back('/t?k=', 'the one that knows is found');
--- error_log
no connection to 127.0.0.1: Connection refused
it is not the master



=== TEST 8: a sentinel that hangs
--- http_config
    asyncapi_redis db redis+sentinel://127.0.0.1:$TEST_NGINX_HANGING,127.0.0.1:$TEST_NGINX_SENTINEL/main timeout=300ms;
--- config
    location = /t { asyncapi { redis value db ECHO $arg_k; } }
    location = /short { asyncapi { redis value timeout=100ms db ECHO 1; } }
--- init
$::hanging->pause();
--- request
    GET /short
--- error_code: 504
--- response_body_like: "task":"value","reason":"timeout"
--- then
is(ask('/t?k=2'), '{"value":"2"}', 'another one is asked');
$hanging->resume();
--- error_log
sentinel 127.0.0.1: the server was silent for its timeout



=== TEST 9: without sentinels a master goes on, but is not found again
--- http_config
    asyncapi_redis db $TEST_NGINX_REDIS/main timeout=500ms;
--- config
    location = /t { asyncapi { redis value db ECHO $arg_k; } }
--- request
    GET /t?k=0
--- response_body chomp
{"value":"0"}
--- then
$sentinel->stop();
is(ask("/t?k=$_"), qq({"value":"$_"}), 'it goes on') for 1 .. 5;

$master->cli('CLIENT', 'KILL', 'TYPE', 'normal');

like(ask("/t?k=$_"), qr/"task":"value","reason":"connect"/, 'none tells')
    for 1 .. 5;

$sentinel->start();
until_back('/t?k=', 'it is found again');



=== TEST 10: a password is for the master, and the sentinels are not told it
--- http_config eval
my $port = RedisFake::port(AUTH => '-ERR_auth', '' => main::names($::secret));
"asyncapi_redis db redis+sentinel://:top%25secret\@127.0.0.1:$port/main;
 asyncapi_redis none redis+sentinel://127.0.0.1:$port/main;"
--- config
    location = /t {
        asyncapi { redis value db ECHO 1; redis none default=0 none ECHO 1; }
    }
--- request
    GET /t
--- response_body chomp
{"value":"1","none":0}
--- error_log
the server refuses what its URL says: NOAUTH
--- no_error_log
top%secret



=== TEST 11: who waits for jobs leaves no connections to sentinels behind
--- http_config
    asyncapi_redis db $TEST_NGINX_REDIS/main;
    asyncapi_queue jobs celery db;
--- config
    location = /t {
        asyncapi { timeout 300ms; job report jobs wait $arg_id; }
    }
--- request
    GET /t?id=1
--- error_code: 504
--- response_body_like: "task":"report","reason":"timeout"
--- then
for my $id (1 .. 8) {
    $master->cli('CLIENT', 'KILL', 'TYPE', $_) for qw( normal pubsub );
    like(ask("/t?id=$id"), qr/"reason":"(?:timeout|connect)"/, 'in vain');
    sleep 0.1;
}

my $left = () = $sentinel->cli('CLIENT', 'LIST') =~ /cmd=sentinel/mg;

cmp_ok($left, '<=', 3, 'one for each connection to the master');

use lib 't/lib';
use AsyncAPI;
use RedisServer;
use Time::HiRes qw( sleep time );

# a master, its replica, and a sentinel that fails over between them; of the
# two sentinels in the URL the first one is none

our $master = RedisServer->new('repl-diskless-sync-delay 0');
our $replica = RedisServer->new('replicaof 127.0.0.1 ' . $master->port);
our $sentinel = RedisServer->sentinel('main', $master);

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

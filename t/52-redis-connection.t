use lib 't/lib';
use AsyncAPI;
use RedisServer;
use Time::HiRes qw( sleep time );

# one connection for all, which goes and comes

our $redis = RedisServer->new();
our $secret = RedisServer->new('requirepass top%secret',
                               'user ada on >love/lace ~* +@all');
our $dir = $redis->{dir};

$ENV{TEST_NGINX_REDIS} = 'redis://127.0.0.1:' . $redis->port;
$ENV{TEST_NGINX_REDIS_PORT} = $redis->port;
$ENV{TEST_NGINX_SECRET_PORT} = $secret->port;

our $Redis = "asyncapi_redis db \$TEST_NGINX_REDIS;\n";
our $Get = <<'_EOC_';
    location = /get {
        asyncapi {
            redis value db GET key:$arg_k;
            redis twice db EVAL "return KEYS[1]" 1 $arg_k;
        }
    }
_EOC_

$redis->cli('EVAL', 'for i = 1, 3000 do redis.call("SET", "key:" .. i, "v" .. i)'
                    . ' end', '0');


# "then" is what happens while nginx runs, when the answer is there

add_response_body_check(sub {
    my ($block, $body, $i, $repeated) = @_;

    my $then = $block->then;

    if (defined $then && $i == 0) {
        eval "package main; $then; 1" or fail("then: $@");
    }
});


# /get of each key by 64 clients at a time; gives what they were answered

sub storm {
    my ($keys) = @_;
    my $port = server_port();

    unlink glob "$dir/got.*";

    system("curl -s --no-progress-meter -Z --parallel-max 64"
           . " -o '$dir/got.#1' 'http://127.0.0.1:$port/get?k=[1-$keys]'"
           . " 2> $dir/curl.log");

    return map { slurp("$dir/got.$_") } 1 .. $keys;
}


sub slurp {
    my $file = shift;

    open my $in, '<', $file or return '';
    local $/;

    return scalar(<$in>) // '';
}


sub ask {
    my $path = shift;
    my $port = server_port();

    return scalar `curl -s -m 20 'http://127.0.0.1:$port$path'`;
}


# answers that are neither right nor a clean failure

sub wrong {
    my @answers = @_;

    return grep {
        my $k = $_ + 1;
        $answers[$_] ne qq({"value":"v$k","twice":"$k"})
            && $answers[$_] !~ /"reason":"(?:connect|timeout|command","code":"LOADING)"/;
    } 0 .. $#answers;
}


sub right { return scalar grep { /^\{"value"/ } @_ }


master_on();
no_root_location();
run_tests();

__DATA__

=== TEST 1: the commands of all requests share one connection and few writes
--- http_config eval: $::Redis
--- config eval: $::Get
--- request
    GET /get?k=1
--- response_body chomp
{"value":"v1","twice":"1"}
--- then
my $connections = $redis->info('total_connections_received');
my @answers = storm(2000);

is(right(@answers), 2000, 'all are answered');
is(scalar(wrong(@answers)), 0, 'each with its own');
is($redis->info('total_connections_received') - $connections, 1,
   'no connection is opened, but that of the test itself');
--- no_error_log
[error]



=== TEST 2: commands of one turn of the loop leave in one write
--- http_config eval: $::Redis
--- config
    location = /t {
        asyncapi {
            sleep  keys 0 '[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]';
            redis  values each=$keys concurrency=16 db GET key:$item;
            respond '$values';
        }
    }
--- request
    GET /t
--- response_body chomp
["v1","v2","v3","v4","v5","v6","v7","v8","v9","v10","v11","v12","v13","v14","v15","v16"]
--- then
my $reads = $redis->info('total_reads_processed');
ask('/t');
cmp_ok($redis->info('total_reads_processed') - $reads, '<', 8,
       'sixteen commands are read at a time');
--- no_error_log
[error]



=== TEST 3: a password, a user and a database, before anything else
--- http_config
    asyncapi_redis pass redis://:top%25secret@127.0.0.1:$TEST_NGINX_SECRET_PORT;
    asyncapi_redis user redis://ada:love%2Flace@127.0.0.1:$TEST_NGINX_SECRET_PORT/5;
--- config
    location = /t {
        asyncapi {
            redis set       user SET where five;
            redis a after=set pass GET where;
            redis b after=set user GET where;
            redis who       user ACL WHOAMI;
        }
    }
--- request
    GET /t
--- response_body chomp
{"set":"OK","a":null,"b":"five","who":"ada"}
--- no_error_log
[error]



=== TEST 4: a password that is wrong, which no log tells
--- http_config
    asyncapi_redis db redis://:wr0ng@127.0.0.1:$TEST_NGINX_SECRET_PORT;
--- config
    location = /t {
        asyncapi {
            redis a default=1 db GET a;
            redis b default=2 db GET b;
        }
    }
--- request eval
["GET /t", "GET /t"]
--- response_body eval
['{"a":1,"b":2}', '{"a":1,"b":2}']
--- error_log
asyncapi task "a" failed: connect, redis "db": the server refuses what its URL says: WRONGPASS
--- no_error_log
wr0ng



=== TEST 5: no password where one is asked for
--- http_config
    asyncapi_redis db redis://127.0.0.1:$TEST_NGINX_SECRET_PORT;
--- config
    location = /t { asyncapi { redis a db GET a; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"command","code":"NOAUTH"



=== TEST 6: a database that the server has not
--- http_config
    asyncapi_redis db $TEST_NGINX_REDIS/99;
--- config
    location = /t { asyncapi { redis a db SET a 1; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"connect"
--- error_log
the server refuses what its URL says: ERR DB index is out of range
--- then
is($redis->cli('EXISTS', 'a'), 0, 'nothing is written into another database');



=== TEST 7: a server that is not there, and then is
--- http_config eval: $::Redis
--- config eval: $::Get
--- init
$::redis->stop();
--- request
    GET /get?k=1
--- error_code: 502
--- response_body_like: "reason":"connect"
--- error_log
asyncapi redis "db": no connection to 127.0.0.1: Connection refused
--- then
$redis->start();
$redis->cli('SET', 'key:1', 'v1');

my $answer;

for (1 .. 50) {
    $answer = ask('/get?k=1');
    last if $answer =~ /"twice"/;
    sleep 0.1;
}

is($answer, '{"value":"v1","twice":"1"}', 'it is connected to again');



=== TEST 8: a server known to be down fails commands at once
--- http_config
    asyncapi_redis db redis://127.0.0.1:1;
--- config
    location = /t {
        asyncapi {
            redis a default=1 db GET a;
            redis b after=a default=2 db GET b;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1,"b":2}
--- grep_error_log eval: qr/asyncapi redis "db": no connection|task "\w" failed: connect/
--- grep_error_log_out
asyncapi redis "db": no connection
task "a" failed: connect
task "b" failed: connect



=== TEST 9: killed in the middle: what was sent fails, nothing hangs
--- http_config eval: $::Redis
--- config
    location = /slow {
        asyncapi {
            redis a db EVAL "local t = redis.call('TIME')[1] while redis.call('TIME')[1] - t < 3 do end return 1" 0;
        }
    }
--- init
system("(sleep 0.7; kill -9 " . $::redis->pid . ") &");
--- request
    GET /slow
--- error_code: 502
--- response_body_like: "reason":"connect"
--- error_log
Server closed the connection
--- then
waitpid $redis->{pid}, 0;
$redis->start();



=== TEST 10: killed and started while many ask: right answers or clean failures
--- http_config eval: $::Redis
--- config eval: $::Get
--- init
$::redis->cli('EVAL', 'for i = 1, 3000 do redis.call("SET", "key:" .. i, "v" .. i) end', '0');
--- request
    GET /get?k=1
--- response_body chomp
{"value":"v1","twice":"1"}
--- then
$redis->cli('CONFIG', 'SET', 'appendonly', 'yes');
$redis->{conf} = ['appendonly yes'];
$redis->write_conf();
sleep 0.5;

my $storm = fork() // die;

if ($storm == 0) {
    my @answers = storm(3000);
    open my $out, '>', "$dir/said";
    print $out join ' ', scalar(@answers), right(@answers), wrong(@answers);
    close $out;
    require POSIX;
    POSIX::_exit(0);
}

for (1 .. 3) {
    sleep 0.15;
    $redis->stop();
    sleep 0.15;
    $redis->start();
}

waitpid $storm, 0;

my ($all, $right, @wrong) = split ' ', slurp("$dir/said");

is($all, 3000, 'all are answered');
is("@wrong", '', 'none with another\'s value');
cmp_ok($right, '>', 0, 'some are right');



=== TEST 11: a server that has stopped: deadlines hold, late replies are dropped
--- http_config eval: $::Redis
--- config
    location = /get { asyncapi { redis value timeout=150ms db GET key:$arg_k; } }
--- request
    GET /get?k=1
--- response_body chomp
{"value":"v1"}
--- then
$redis->pause();

my $began = time();
my @late = map { ask("/get?k=$_") } 2 .. 5;
my $took = time() - $began;

$redis->resume();

is(scalar(grep { /"status":504.*"reason":"timeout"/ } @late), 4,
   'each has its deadline');
cmp_ok($took, '<', 4, 'and not the sum of all');

sleep 0.2;

is(join(' ', map { ask("/get?k=$_") } 6 .. 9),
   join(' ', map { qq({"value":"v$_"}) } 6 .. 9),
   'none gets a late reply');



=== TEST 12: a server that is silent for its timeout is given up
--- http_config
    asyncapi_redis db $TEST_NGINX_REDIS timeout=300ms;
--- config
    location = /get { asyncapi { redis value db GET key:$arg_k; } }
--- request
    GET /get?k=1
--- response_body chomp
{"value":"v1"}
--- then
$redis->pause();

like(ask('/get?k=2'), qr/"status":504,.*"reason":"timeout"/, 'it is a timeout');

$redis->resume();

is(ask('/get?k=3'), '{"value":"v3"}', 'a new connection is made');
--- error_log
redis "db": the server was silent for its timeout
the connection to 127.0.0.1 is lost: the server was silent



=== TEST 13: a slow command of one does not fail another that is answered
--- http_config
    asyncapi_redis db $TEST_NGINX_REDIS timeout=5s;
--- config
    location = /t {
        asyncapi {
            redis slow timeout=100ms 'default="late"' db EVAL "local t = redis.call('TIME') local s = t[1] * 1000000 + t[2] while true do t = redis.call('TIME') if t[1] * 1000000 + t[2] - s > 600000 then break end end return 'slow'" 0;
            redis next after=slow db ECHO next;
        }
    }
--- request eval
["GET /t", "GET /t"]
--- response_body eval
['{"slow":"late","next":"next"}', '{"slow":"late","next":"next"}']



=== TEST 14: clients that leave
--- http_config eval: $::Redis
--- config eval: $::Get
--- request
    GET /get?k=1
--- response_body chomp
{"value":"v1","twice":"1"}
--- then
$redis->pause();

my $port = server_port();

for (1 .. 40) {
    my $sock = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port)
        or die $!;
    print $sock "GET /get?k=$_ HTTP/1.1\r\nHost: a\r\n\r\n";
    sleep 0.005;
    close $sock;
}

sleep 0.2;
$redis->resume();

my @answers = storm(50);

is(right(@answers), 50, 'the others are answered');
is(scalar(wrong(@answers)), 0, 'each with its own');



=== TEST 15: reloads under load
--- http_config eval: $::Redis
--- config eval: $::Get
--- request
    GET /get?k=1
--- response_body chomp
{"value":"v1","twice":"1"}
--- then
my $pid = slurp("$ENV{TEST_NGINX_SERVROOT}/logs/nginx.pid") + 0;

my $reload = fork() // die;

if ($reload == 0) {
    for (1 .. 4) {
        sleep 0.2;
        kill 'HUP', $pid;
    }

    require POSIX;
    POSIX::_exit(0);
}

my @answers = storm(2000);

waitpid $reload, 0;

is(scalar(wrong(@answers)), 0, 'no answer is wrong');
cmp_ok(right(@answers), '>=', 1990, 'nor is one missing');
sleep 0.5;

my $left = () = $redis->cli('CLIENT', 'LIST') =~ /^id=/mg;

cmp_ok($left, '<=', 2, 'workers that are gone have left no connection');
--- error_log
gracefully shutting down



=== TEST 16: a worker with a command on the way comes to its end
--- http_config eval: $::Redis
--- config
    location = /t {
        asyncapi {
            redis a db ECHO first;
            sleep b after=a 800ms;
            redis c after=b db ECHO last;
        }
    }
--- init
system("(sleep 0.4; kill -HUP \$(cat $ENV{TEST_NGINX_SERVROOT}/logs/nginx.pid)) &");
--- request
    GET /t
--- response_body chomp
{"a":"first","b":null,"c":"last"}
--- wait: 2
--- error_log
gracefully shutting down
exited with code 0
--- no_error_log
[error]



=== TEST 17: a result that is larger than asyncapi_max_result
--- http_config eval: $::Redis
--- config
    asyncapi_max_result 1k;
    location = /string { asyncapi { redis a db EVAL "return string.rep('x', 2000)" 0; } }
    location = /array { asyncapi { redis a db EVAL "local t = {} for i = 1, 600 do t[i] = 1 end return t" 0; } }
    location = /fits { asyncapi { redis a db EVAL "return string.rep('x', 1022)" 0; } }
--- request eval
["GET /string", "GET /array", "GET /fits"]
--- error_code eval
[502, 502, 200]
--- response_body_like eval
['"reason":"too_large"', '"reason":"too_large"', 'xxxx']



=== TEST 18: a reply beyond all bounds ends the connection, and the worker lives
--- http_config eval: $::Redis
--- init
$::redis->cli('SETRANGE', 'huge', '20000000', 'x');
--- config
    asyncapi_timeout 20s;
    location = /huge { asyncapi { redis a db GET huge; } }
    location = /many { asyncapi { redis a db EVAL "local t = {} for i = 1, 350000 do t[i] = 1 end return t" 0; } }
    location = /next { asyncapi { redis a db ECHO next; } }
--- request eval
["GET /huge", "GET /next", "GET /many", "GET /next"]
--- error_code eval
[502, 200, 502, 200]
--- response_body_like eval
['"reason":"too_large"', '^{"a":"next"}$', '"reason":"too_large"', '^{"a":"next"}$']



=== TEST 19: which others on it are told, and the log
--- http_config eval: $::Redis
--- config
    location = /t {
        asyncapi {
            redis first db ECHO first;
            redis a after=first default=1 db GET huge;
            redis b after=first default=2 db ECHO second;
            respond '[$a, $b]';
        }
    }
--- request
    GET /t
--- response_body chomp
[1,2]
--- response_headers
Asyncapi-Failed: a;reason=too_large, b;reason=connect
--- error_log
the connection to 127.0.0.1 is lost: a reply beyond all bounds
task "a" failed: too_large, redis "db": a reply beyond all bounds



=== TEST 20: retry= sends again what has failed for a while
--- http_config eval: $::Redis
--- config
    location = /t {
        asyncapi {
            redis a retry=5,unsafe db EVAL "if redis.call('INCR', 'tries') % 3 > 0 then return redis.error_reply('LOADING soon') end return 'loaded'" 0;
            redis b 'default="no"' retry=5,unsafe db EVAL "redis.call('INCR', 'others') return redis.error_reply('MINE')" 0;
            redis c after=b db GET others;
        }
    }
--- init
$::redis->cli('DEL', 'tries', 'others');
--- request
    GET /t
--- response_body chomp
{"a":"loaded","b":"no","c":"1"}



=== TEST 21: and over a lost connection
--- http_config eval: $::Redis
--- config
    location = /t {
        asyncapi { redis a retry=8 db ECHO back; }
    }
--- request
    GET /t
--- response_body chomp
{"a":"back"}
--- then
$redis->stop();

my $start = fork() // die;

if ($start == 0) {
    sleep 0.4;
    exec 'redis-server', "$redis->{dir}/redis.conf", '--loglevel', 'warning';
}

is(ask('/t'), '{"a":"back"}', 'the task outlasts the restart');

$redis->{pid} = $start;



=== TEST 22: a worker that quits while a connection is not made
--- http_config
    asyncapi_redis db redis://:secret@127.0.0.1:$TEST_NGINX_REDIS_PORT timeout=800ms;
--- config
    location = /t {
        asyncapi {
            redis a timeout=400ms default=1 db ECHO a;
            sleep b 2s;
        }
    }
    location = /now { asyncapi { sleep a 0; } }
--- init
$::redis->pause();
--- request
    GET /now
--- response_body chomp
{"a":null}
--- then
my $pid = slurp("$ENV{TEST_NGINX_SERVROOT}/logs/nginx.pid") + 0;
my $port = server_port();

open my $in, '-|', "curl -s -m 20 'http://127.0.0.1:$port/t'" or die;
sleep 0.2;
kill 'HUP', $pid;

is(scalar <$in>, '{"a":1,"b":null}', 'it answers');
close $in;
$redis->resume();
--- wait: 1
--- error_log
gracefully shutting down
exited with code 0

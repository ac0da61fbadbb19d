use lib 't/lib';
use AsyncAPI;
use RedisCluster;
use RedisFake;
use Time::HiRes qw( sleep time );

# three masters; the URL names the first one only, unless said otherwise

our $cluster = RedisCluster->new();
our $single = RedisServer->new();

$ENV{TEST_NGINX_REDIS} = 'redis+cluster://127.0.0.1:'
                         . $cluster->node(0)->port;
$ENV{TEST_NGINX_ALL} = $cluster->url;
$ENV{TEST_NGINX_SINGLE} = $single->port;

our $Redis = "asyncapi_redis db \$TEST_NGINX_REDIS timeout=1s;\n";
our $Key = <<'_EOC_';
    location = /key {
        asyncapi { redis value db EVAL "return KEYS[1]" 1 $arg_k; }
    }
    location = /get { asyncapi { redis value db GET $arg_k; } }
    location = /set { asyncapi { redis value db SET $arg_k $arg_v; } }
_EOC_

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
        return pass($what) if $condition->();
        sleep 0.1;
    }

    fail("$what: in vain");
}


sub ask {
    my $path = shift;
    my $port = server_port();

    return scalar `curl -s -m 20 'http://127.0.0.1:$port$path'`;
}


# how often the nodes have done or said it, since clear()

sub count {
    my $what = shift;
    my $n = 0;

    for ($cluster->nodes) {
        $n += $1 if $_->cli('INFO', 'all') =~ /^\Q$what\E:(?:calls|count)=(\d+)/m;
    }

    return $n;
}


sub clear { $_->cli('CONFIG', 'RESETSTAT') for $cluster->nodes }


# a key of the node

sub key_of {
    my ($node, $prefix) = @_;

    for (1 .. 200) {
        my $key = "$prefix$_";
        return $key if $cluster->owner($key) == $node;
    }
}


# how many answers to this key are wrong, which no failure is

sub wrong {
    my ($key, $answer) = @_;

    return 0 if $answer eq qq({"value":"$key"})
                || $answer =~ /"reason":"(?:connect|timeout)"/
                || $answer =~ /"code":"(?:CLUSTERDOWN|TRYAGAIN|LOADING)"/;

    diag("$key: $answer");

    return 1;
}


# a node that gives one answer to CLUSTER SLOTS and one to all else; its port

sub fake {
    my ($slots, $else) = @_;

    return RedisFake::port(CLUSTER => $slots, '' => $else);
}


master_on();
no_root_location();
run_tests();

__DATA__

=== TEST 1: commands go to the nodes that have their keys, by one connection each
--- http_config eval: $::Redis
--- config
    location = /t {
        asyncapi {
            sleep keys 0 '[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]';
            redis set each=$keys db SET key:$item $item;
            redis get each=$keys after=set db GET key:$item;
            respond '$get';
        }
    }
--- init
::clear();
--- request
    GET /t
--- response_body chomp
["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16"]
--- then
for my $node ($cluster->nodes) {
    cmp_ok($node->cli('DBSIZE'), '>', 0, 'a node has keys');
    is(scalar(() = $node->cli('CLIENT', 'LIST', 'TYPE', 'normal')
              =~ /cmd=[gs]et /g), 1, 'and one connection');
}

is(count('errorstat_MOVED'), 0, 'no node had to say whose a key is');
is(count('cmdstat_cluster|slots'), 1, 'one was asked for the slots');
--- no_error_log
[error]
[warn]



=== TEST 2: a part in braces brings keys together
--- http_config eval: $::Redis
--- config
    location = /t {
        asyncapi {
            redis set db MSET "{$arg_u}:a" 1 "{$arg_u}:b" 2;
            redis get after=set db MGET "{$arg_u}:a" "{$arg_u}:b";
            redis sum after=set db EVAL "return redis.call('GET', KEYS[1]) + redis.call('GET', KEYS[2])" 2 "{$arg_u}:a" "{$arg_u}:b";
            redis add after=set db XADD "s{$arg_u}" 1-1 k v;
            redis read after=add db XREAD COUNT 1 STREAMS "s{$arg_u}" 0;
        }
    }
--- request eval
["GET /t?u=ada", "GET /t?u=eve", "GET /t?u=bob", "GET /t?u=joe"]
--- response_body_like eval
[map { '^\{"set":"OK","get":\["1","2"\],"sum":3,"add":"1-1","read":\[\["s\{' . $_ . '\}",\[\["1-1",\["k","v"\]\]\]\]\]\}$' } qw( ada eve bob joe )]
--- no_error_log
[error]



=== TEST 3: keys of several slots are an error, which no node is asked for
--- http_config eval: $::Redis
--- config
    location = /t {
        asyncapi_error_detail on;
        asyncapi { redis get retry=2 db MGET a b; }
    }
    location = /default { asyncapi { redis get default=[] db MGET a b; } }
--- init
::clear();
--- request eval
["GET /t", "GET /default"]
--- error_code eval
[502, 200]
--- response_body eval
['{"type":"about:blank","title":"Bad Gateway","status":502,"task":"get","reason":"command","code":"CROSSSLOT","detail":"redis \"db\": its keys are in different slots: give them a {part} that is the same"}',
 '{"get":[]}']
--- then
is(count('cmdstat_mget'), 0, 'it was not sent');



=== TEST 4: commands without a key go to any node, and all to the same one
--- http_config eval: $::Redis
--- config
    location = /t {
        asyncapi {
            redis ping db PING;
            redis echo db ECHO a;
            redis eval db EVAL "return 1" 0;
            redis wrong default=1 db GET;
        }
    }
--- request
    GET /t
--- response_body chomp
{"ping":"PONG","echo":"a","eval":1,"wrong":1}
--- error_log
command "ERR", ERR wrong number of arguments for 'get' command



=== TEST 5: a slot that has moved: one command is redirected, the next are not
--- http_config eval: $::Redis
--- config eval: $::Key
--- request
    GET /set?k=moving&v=1
--- response_body chomp
{"value":"OK"}
--- then
my $slot = $cluster->slot('moving');
my $from = $cluster->owner($slot);
my ($to) = grep { $_ != $from } $cluster->nodes;

$cluster->move($slot, $to);
sleep 0.3;
::clear();

is(ask('/get?k=moving'), '{"value":"1"}', 'it is followed');
is(ask('/get?k=moving'), '{"value":"1"}', 'and known then') for 1 .. 5;
is(count('errorstat_MOVED'), 1, 'one was redirected');
is(count('cmdstat_cluster|slots'), 1, 'the slots were asked for once');
is($cluster->owner('moving'), $to, 'it has moved');
--- no_error_log
[error]



=== TEST 6: while a slot is moved ASK is followed, for that command alone
--- http_config eval: $::Redis
--- config eval: $::Key
--- request
    GET /set?k=asking&v=1
--- response_body chomp
{"value":"OK"}
--- then
my $slot = $cluster->slot('asking');
my $from = $cluster->owner($slot);
my ($to) = grep { $_ != $from } $cluster->nodes;

$to->cli('CLUSTER', 'SETSLOT', $slot, 'IMPORTING', $cluster->id($from));
$from->cli('CLUSTER', 'SETSLOT', $slot, 'MIGRATING', $cluster->id($to));
::clear();

is(ask('/get?k=asking'), '{"value":"1"}', 'it is not moved yet');
is(count('errorstat_ASK'), 0, 'and its node has it');

$from->cli('MIGRATE', '127.0.0.1', $to->port, 'asking', 0, 5000);

is(ask('/get?k=asking'), '{"value":"1"}', 'it is moved') for 1 .. 3;
is(count('errorstat_ASK'), 3, 'each command is asked for at both');
is(count('errorstat_MOVED'), 0, 'none without ASKING');
is(count('cmdstat_cluster|slots'), 0, 'the map is left alone');

is(ask('/set?k=asking&v=2'), '{"value":"OK"}', 'a write');
is($from->cli('GET', 'asking') =~ /ASK/ && 1, 1, 'has gone to the other');

$_->cli('CLUSTER', 'SETSLOT', $slot, 'NODE', $cluster->id($to)) for $to, $from;

is(ask('/get?k=asking'), '{"value":"2"}', 'it has moved');
--- no_error_log
[error]



=== TEST 7: keys of which some are moved already: TRYAGAIN, which retry= does
--- http_config eval: $::Redis
--- config
    location = /once { asyncapi { redis get db MGET "{two}a" "{two}b"; } }
    location = /t { asyncapi { redis get retry=9 db MGET "{two}a" "{two}b"; } }
    location = /set { asyncapi { redis set db MSET "{two}a" 1 "{two}b" 2; } }
--- request
    GET /set
--- response_body chomp
{"set":"OK"}
--- then
my $slot = $cluster->slot('{two}');
my $from = $cluster->owner($slot);
my ($to) = grep { $_ != $from } $cluster->nodes;

$to->cli('CLUSTER', 'SETSLOT', $slot, 'IMPORTING', $cluster->id($from));
$from->cli('CLUSTER', 'SETSLOT', $slot, 'MIGRATING', $cluster->id($to));
$from->cli('MIGRATE', '127.0.0.1', $to->port, '{two}a', 0, 5000);

like(ask('/once'), qr/"reason":"command","code":"TRYAGAIN"/, 'half of them');

my $pid = fork();

if ($pid == 0) {
    sleep 0.3;
    $cluster->move($slot, $to);
    kill 'KILL', $$;
}

is(ask('/t'), '{"get":["1","2"]}', 'all of them');
waitpid $pid, 0;



=== TEST 8: slots move while requests run: no wrong answer, and no failure
--- http_config eval: $::Redis
--- config eval: $::Key
--- request
    GET /key?k=0
--- response_body chomp
{"value":"0"}
--- then
my $port = server_port();
my $dir = $single->{dir};

my $pid = fork();

if ($pid == 0) {
    exec "curl -s -Z --parallel-max 16 --no-progress-meter -o '$dir/got.#1'"
         . " 'http://127.0.0.1:$port/key?k=[1-4000]' 2> /dev/null";
}

for my $k (1 .. 8) {
    my $slot = $cluster->slot($k);
    my $from = $cluster->owner($slot);
    my ($to) = grep { $_ != $from } $cluster->nodes;
    $cluster->move($slot, $to);
}

waitpid $pid, 0;

my @wrong = grep {
    my $k = $_;
    open my $in, '<', "$dir/got.$k" or die "$k: $!";
    scalar(<$in>) ne qq({"value":"$k"});
} 1 .. 4000;

is("@wrong", '', 'each got its own answer');
--- no_error_log
[error]



=== TEST 9: what is no cluster, after what is not there
--- http_config
    asyncapi_redis db redis+cluster://127.0.0.1:1,127.0.0.1:$TEST_NGINX_SINGLE;
--- config
    location = /t { asyncapi_error_detail on; asyncapi { redis get db GET a; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"connect","detail":"redis \\"db\\": no node tells the slots: ERR This instance has cluster support disabled"
--- error_log eval
['node 127.0.0.1:1 does not tell the slots: Connection refused',
 'no node tells the slots: ERR This instance has cluster support disabled']



=== TEST 10: nodes of the URL that are not there, and a password
--- http_config eval
my $port = $::cluster->node(1)->port;
"asyncapi_redis none redis+cluster://127.0.0.1:1;
 asyncapi_redis some redis+cluster://127.0.0.1:1,127.0.0.1:$port;
 asyncapi_redis pass redis+cluster://:secret\@127.0.0.1:$port;"
--- config
    location = /none { asyncapi { redis get none GET a; } }
    location = /some { asyncapi { redis get some ECHO a; } }
    location = /pass {
        asyncapi {
            sleep keys 0 '[1,2,3,4,5,6,7,8,9]';
            redis get each=$keys pass EVAL "return KEYS[1]" 1 $item;
            respond '$get';
        }
    }
--- request eval
["GET /none", "GET /some"]
--- error_code eval
[502, 200]
--- response_body_like eval
['"reason":"connect"', '^{"get":"a"}$']
--- then
like(ask('/pass'), qr/"reason":"connect"/, 'there is no password yet');

$_->cli('CONFIG', 'SET', 'requirepass', 'secret') for $cluster->nodes;

wait_for(sub { ask('/pass') eq '["1","2","3","4","5","6","7","8","9"]' },
         'each node is told it');

$_->cli('--no-auth-warning', '-a', 'secret', 'CONFIG', 'SET', 'requirepass', '')
    for $cluster->nodes;



=== TEST 11: a node that hangs: its commands time out, those of others do not wait
--- http_config eval: $::Redis
--- config eval: $::Key
--- request
    GET /key?k=0
--- response_body chomp
{"value":"0"}
--- then
my ($key, $other) = (key_of($cluster->node(1), 'h'), key_of($cluster->node(2), 'h'));

ask("/key?k=$_") for $key, $other;

$cluster->node(1)->pause();

my $port = server_port();
open my $in, '-|', "curl -s -m 20 'http://127.0.0.1:$port/key?k=$key'" or die;

is(wrong($other, ask("/key?k=$other")), 0, 'another one answers');
like(scalar <$in>, qr/"reason":"timeout"/, 'it is silent');

$cluster->node(1)->resume();
$cluster->agree();

wait_for(sub { ask("/key?k=$key") eq qq({"value":"$key"}) }, 'it is back');



=== TEST 12: a node is killed and comes back: clean failures, and no hang
--- http_config
    asyncapi_redis db $TEST_NGINX_ALL timeout=1s;
--- config eval: $::Key
--- request
    GET /key?k=0
--- response_body chomp
{"value":"0"}
--- then
my @keys = map { key_of($_, 'n') } $cluster->nodes;
my ($wrong, $slow, $lost, $down) = (0, 0, 0, 0);

for my $k (1 .. 120) {
    $cluster->node(1)->stop() if $k == 10;

    my $key = $keys[$k % 3];
    my $began = time();
    my $answer = ask("/key?k=$key");

    $slow++ if time() - $began > 5;
    $wrong += wrong($key, $answer);
    $lost++ if $answer =~ /"reason":"connect"/;

    if ($answer =~ /"reason":"command","code":"CLUSTERDOWN"/) {
        $down++;
        last;
    }

    sleep 0.05;
}

is($wrong, 0, 'no answer is wrong');
is($slow, 0, 'none takes long');
cmp_ok($lost, '>', 0, 'the commands of the node fail');
is($down, 1, 'and when the others know, the cluster is down');

$cluster->node(1)->start();
$cluster->agree();

for my $key (@keys) {
    wait_for(sub { ask("/key?k=$key") eq qq({"value":"$key"}) },
             'all is well again');
}



=== TEST 13: a replica takes the place of its master
--- http_config eval: $::Redis
--- config eval: $::Key
--- request
    GET /key?k=0
--- response_body chomp
{"value":"0"}
--- then
my $master = $cluster->node(2);
my $replica = $cluster->replica($master);
my $key = key_of($master, 'f');
my ($wrong, $slow) = (0, 0);

is(ask("/set?k=$key&v=1"), '{"value":"OK"}', 'before');

wait_for(sub { $replica->cli('KEYS', $key) eq $key }, 'the replica has it');

$master->stop();

wait_for(sub {
    my $began = time();
    my $answer = ask("/key?k=$key");

    $slow++ if time() - $began > 5;
    $wrong += wrong($key, $answer);

    return $answer eq qq({"value":"$key"});
}, 'the replica is found');

is(ask("/get?k=$key"), '{"value":"1"}', 'it knows what the master knew');
is($wrong, 0, 'no answer is wrong');
is($slow, 0, 'none takes long');



=== TEST 14: answers to CLUSTER SLOTS that are none
--- http_config eval
my @maps = map { main::fake($_, '+OK') }
            '+OK', ':1', '*0', '*1 :1', '*1 *0', '*1 *2 :0 :1',
            '*1 *3 :0 :1 *0', '*1 *3 :0 :1 *2 :1 :1', '*1 *3 $1 0 :1 *2 $1 a :1',
            '*1 *3 :0 :16384 *2 $1 a :1', '*1 *3 :-1 :0 *2 $1 a :1',
            '*1 *3 :1 :0 *2 $1 a :1', '*1 *3 :0 :1 *2 $1 a :0',
            '*1 *3 :0 :1 *2 $1 a :65536', '*1 *3 :0 :1 *2 $3 a_b :1',
            '*1 *3 :0 :1 *2 $300 ' . 'a' x 300 . ' :1';
CORE::join '', map { "asyncapi_redis db$_ redis+cluster://127.0.0.1:$maps[$_];\n" }
             0 .. $#maps;
--- config eval
"asyncapi_error_detail on;\n"
. CORE::join '', map { "location = /$_ { asyncapi { redis get db$_ GET a; } }\n" } 0 .. 15
--- request eval
[map { "GET /$_" } 0 .. 15]
--- error_code eval
[(502) x 16]
--- response_body_like eval
[map { qq("reason":"connect","detail":"redis .* no node tells the slots: $_) }
 ('its answer is none') x 2, 'it knows of none',
 ('its answer is none') x 4, 'its answer has no host', 'its answer is none',
 ('its answer has no slots or no port') x 5,
 ('its answer has no valid host') x 2]



=== TEST 15: a node that does not know its own address
--- http_config eval
my @ports = map { main::fake("*1 *3 :0 :16383 *2 $_ :PORT", '+yes') }
            '$-1', '$0 ';
"asyncapi_redis nil redis+cluster://127.0.0.1:$ports[0];
 asyncapi_redis empty redis+cluster://localhost:$ports[1];"
--- config
    location = /t { asyncapi { redis nil nil GET a; redis empty empty GET a; } }
--- request
    GET /t
--- response_body chomp
{"nil":"yes","empty":"yes"}
--- no_error_log
[error]



=== TEST 16: redirections without end, and those that lead nowhere
--- http_config eval
my $map = '*1 *3 :0 :16383 *2 $9 127.0.0.1 :PORT';
my @ports = map { main::fake($map, "-$_") }
            'MOVED_1_127.0.0.1:PORT', 'ASK_1_:PORT', 'MOVED_1', 'MOVED_x_h:1',
            'MOVED_16384_h:1', 'MOVED_1_h', 'MOVED_1_h:0', 'MOVED_1_h:65536',
            'ASK_', 'MOVED_1_127.0.0.1:1';
CORE::join '', map { "asyncapi_redis db$_ redis+cluster://127.0.0.1:$ports[$_];\n" }
             0 .. $#ports;
--- config eval
CORE::join '', map { "location = /$_ { asyncapi { redis get db$_ GET a; } }\n" } 0 .. 9
--- request eval
[map { "GET /$_" } 0 .. 9]
--- error_code eval
[(502) x 10]
--- response_body_like eval
[(map { qq("reason":"command","code":"$_") }
      qw( MOVED ASK MOVED MOVED MOVED MOVED MOVED MOVED ASK )),
 '"reason":"connect"']



=== TEST 17: a task whose time is over before the slots are told
--- http_config
    asyncapi_redis db redis+cluster://127.0.0.1:$TEST_NGINX_SINGLE timeout=1s;
--- config
    location = /t { asyncapi { redis get timeout=200ms db GET a; } }
--- init
$::single->pause();
--- request
    GET /t
--- error_code: 504
--- response_body_like: "task":"get","reason":"timeout"
--- then
like(ask('/t'), qr/"reason":"timeout"/, 'another one');
sleep 1.5;
$single->resume();
wait_for(sub { ask('/t') =~ /"reason":"connect"/ }, 'it is asked again');



=== TEST 18: the node that tells the slots hangs: another one is asked
--- http_config
    asyncapi_redis db $TEST_NGINX_ALL timeout=500ms;
--- config eval: $::Key
--- init
$::cluster->node(2)->start();
$::cluster->agree();
--- request
    GET /key?k=0
--- response_body chomp
{"value":"0"}
--- then
my ($teller) = grep { $_->cli('INFO', 'commandstats') =~ /cluster\|slots/ }
               $cluster->nodes;

$teller = $cluster->node(0) if !defined $teller;

my $replica = $cluster->replica($teller);
my ($key, $other) = map { key_of($_, 'x') } $teller,
                    grep { $_ == $cluster->node(1) || $_ == $cluster->node(0) }
                    grep { $_ != $teller } $cluster->nodes;
my ($wrong, $slow) = (0, 0);

is(ask("/set?k=$key&v=1"), '{"value":"OK"}', 'before');
wait_for(sub { $replica->cli('KEYS', $key) eq $key }, 'the replica has it');

$teller->pause();

wait_for(sub {
    my $began = time();
    my $answer = ask("/key?k=$key");

    $wrong += wrong($key, $answer) + wrong($other, ask("/key?k=$other"));
    $slow++ if time() - $began > 5;

    return $answer eq qq({"value":"$key"});
}, 'the replica is found');

is($wrong, 0, 'no answer is wrong');
is($slow, 0, 'none takes long');

$teller->resume();
$cluster->agree();
is(ask("/get?k=$key"), '{"value":"1"}', 'nothing is lost');
--- error_log
the server was silent for its timeout
--- no_error_log
does not tell the slots: the server was silent



=== TEST 19: two nodes that send commands to each other
--- http_config eval
my $one = RedisFake::port(CLUSTER => '*1 *3 :0 :16383 *2 $9 127.0.0.1 :PORT',
                          '' => '+first');
my $two = RedisFake::port(CLUSTER => '*0', '' => "-MOVED_1_127.0.0.1:$one");
"asyncapi_redis db redis+cluster://127.0.0.1:$two,127.0.0.1:$one;"
--- config
    location = /t { asyncapi { redis get db GET a; } }
--- request
    GET /t
--- response_body chomp
{"get":"first"}

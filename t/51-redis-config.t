use lib 't/lib';
use AsyncAPI;

# what nginx -t says of asyncapi_redis and of commands; "http" is the inside of
# http {}

add_block_preprocessor(sub {
    my $block = shift;

    return if !defined $block->http;

    $block->set_value('http_config', $block->http);
    $block->set_value('config', '') if !defined $block->config;
    $block->set_value('must_die', '');
    $block->set_value('suppress_stderr', '');
});

run_tests();

__DATA__

=== TEST 1: no server and no command
--- statements
redis a;
--- refused
1: needs a server and a command: write for instance "redis user cache GET user:$id" with "asyncapi_redis cache redis://127.0.0.1:6379" in http {} in redis "a"



=== TEST 2: no command
--- statements
redis a db;
--- refused
1: needs a server and a command: write for instance "redis user cache GET user:$id" with "asyncapi_redis cache redis://127.0.0.1:6379" in http {} in redis "a"



=== TEST 3: a server that is not declared
--- statements
redis a as=json db GET x;
--- refused
1: there is no Redis server "db": write "asyncapi_redis db redis://127.0.0.1:6379;" in http {} in redis "a"



=== TEST 4: a command that a request would choose
--- statements
redis a db $arg_cmd x;
--- refused
1: "$arg_cmd" can't be the command: references may stand in its arguments in redis "a"



=== TEST 5: a command and its argument in one word
--- statements
redis a db "GET x";
--- refused
1: "GET x" can't be the command: write the command and each of its arguments as a word of its own in redis "a"



=== TEST 6: an empty command
--- statements
redis a db "" x;
--- refused
1: "" can't be the command: write the command and each of its arguments as a word of its own in redis "a"



=== TEST 7: a command that waits
--- statements
redis a db BLPOP list 0;
--- refused
1: "BLPOP" can't be sent: it would hold all other commands of the worker back: write LPOP in redis "a"



=== TEST 8: in small letters as well
--- statements
redis a db brpopLpush list 0;
--- refused
1: "brpopLpush" can't be sent: it would hold all other commands of the worker back: write RPOPLPUSH or LMOVE in redis "a"



=== TEST 9: a command that changes the connection
--- statements
redis a db SELECT 2;
--- refused
1: "SELECT" can't be sent: the connection is shared by all requests of the worker: write the database into the URL of another asyncapi_redis in redis "a"



=== TEST 10: a transaction
--- statements
redis a db MULTI;
--- refused
1: write EVAL with a script, which is atomic too in redis "a"



=== TEST 11: a subscription
--- statements
redis a db SUBSCRIBE news;
--- refused
1: read a list or a stream, as with LPOP or XREAD in redis "a"



=== TEST 12: a stream that is waited for
--- statements
redis a db XREAD COUNT 2 block 100 STREAMS s 0;
--- refused
1: "XREAD" can't be sent with BLOCK: it would hold all other commands of the worker back: take BLOCK and its time away in redis "a"



=== TEST 13: a stream of a group that is waited for
--- statements
redis a db XREADGROUP GROUP g c BLOCK 0 STREAMS s 0;
--- refused
1: "XREADGROUP" can't be sent with BLOCK: it would hold all other commands of the worker back: take BLOCK and its time away in redis "a"



=== TEST 14: an option that the kind has not
--- statements
redis a method=GET db GET x;
--- refused
1: there is no option "method=" for redis in redis "a"



=== TEST 15: a block
--- statements
redis a { sleep b 1s; }
--- refused
1: there is no "{ ... }" form of redis in redis "a"



=== TEST 16: as=object of another kind
--- statements
http a as=object http://127.0.0.1:1/;
--- refused
1: option "as=object": is not a form that a result of this kind can take in http "a"



=== TEST 17: a stream and a group that are called BLOCK are no matter
--- http_config
    asyncapi_redis db redis://127.0.0.1:1;
--- config
    location = /t {
        asyncapi {
            redis a default=1 db XREAD STREAMS BLOCK 0;
            redis b default=1 db XREADGROUP GROUP block BLOCK STREAMS s 0;
            redis c default=1 db SCRIPT LOAD x;
            redis d default=1 db XREAD COUNT $arg_n STREAMS $arg_s $arg_id;
            redis e default=1 db XREADGROUP GROUP $arg_g c STREAMS $arg_s >;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1,"b":1,"c":1,"d":1,"e":1}



=== TEST 18: a command that may be sent twice, and changes more then, is warned of
--- http_config
    asyncapi_redis db redis://127.0.0.1:1;
--- config
    location = /t {
        asyncapi { redis a retry=2 db INCR x; redis b hedge=10ms db SET x 1 NX; }
    }
--- suppress_stderr
--- request
    GET /nothing
--- error_code: 404
--- error_log eval
[
    qr/\[warn\] .*the INCR of "a" may be done twice: .* in .*:\d+/,
    qr/\[warn\] .*the SET of "b" may be done twice: .* in .*:\d+/,
]



=== TEST 19: commands that change nothing more are not, nor where it is said that it does no harm
--- http_config
    asyncapi_redis db redis://127.0.0.1:1;
--- config
    location = /t {
        asyncapi { redis a retry=2 db SET x 1; redis b hedge=10ms,unsafe db INCR x; redis c retry=1,unsafe db LPUSH l 1; }
    }
--- request
    GET /nothing
--- error_code: 404
--- no_error_log
[warn]



=== TEST 20: no URL
--- http
    asyncapi_redis db;
--- error_log
invalid number of arguments in "asyncapi_redis" directive



=== TEST 21: another URL
--- http
    asyncapi_redis db http://127.0.0.1;
--- error_log
"http://127.0.0.1" is no URL of a Redis server: write for instance redis://HOST:PORT/DB



=== TEST 22: a name that is none
--- http
    asyncapi_redis redis://127.0.0.1 db;
--- error_log
"redis://127.0.0.1" can't be the name of a Redis server



=== TEST 23: a name twice
--- http
    asyncapi_redis db redis://127.0.0.1;
    asyncapi_redis db redis://127.0.0.2;
--- error_log
the name "db" is taken by another asyncapi_redis: give this one another name



=== TEST 24: a port that is none
--- http
    asyncapi_redis db redis://127.0.0.1:99999;
--- error_log
has no valid port: write for instance redis://127.0.0.1:6379, an IPv6 address in brackets



=== TEST 25: a database that is none
--- http
    asyncapi_redis db redis://127.0.0.1/cache;
--- error_log
has a database that is no number: write for instance redis://HOST/0



=== TEST 26: a password is not shown, also where the URL is wrong
--- http
    asyncapi_redis db redis://me:sec/ret@127.0.0.1/0;
--- error_log
"redis://me:***@127.0.0.1/0" has a user or a password with "/", "?" or "@" in it: write them as %2F, %3F and %40
--- no_error_log
sec/ret



=== TEST 27: nor where it has no scheme
--- http
    asyncapi_redis db me:secret@127.0.0.1;
--- error_log
"me:***@127.0.0.1" is no URL of a Redis server
--- no_error_log
secret



=== TEST 28: a user without a password
--- http
    asyncapi_redis db redis://me@127.0.0.1;
--- error_log
has a user without a password: write USER:PASSWORD@, or :PASSWORD@ for the default user



=== TEST 29: a percent sign
--- http
    asyncapi_redis db redis://:100%@127.0.0.1;
--- error_log
"redis://:***@127.0.0.1" has a "%" that begins no %XX: write %25 for a percent sign



=== TEST 30: a socket without a path
--- http
    asyncapi_redis db redis+unix://run;
--- error_log
has no path of a socket: write redis+unix:///run/redis.sock



=== TEST 31: an option that is none
--- http
    asyncapi_redis db redis://127.0.0.1 pool=4;
--- error_log
"pool=4" is no option of asyncapi_redis: there are timeout=TIME and protocol=2 or 3



=== TEST 32: a time that is none
--- http
    asyncapi_redis db redis://127.0.0.1 timeout=soon;
--- error_log
"timeout=soon" has no time: write for instance timeout=2s



=== TEST 33: a host that is not known
--- http
    asyncapi_redis db redis://no.such.host.invalid;
--- error_log
host not found in the URL of asyncapi_redis "db": "no.such.host.invalid"



=== TEST 34: a database of a cluster
--- http
    asyncapi_redis db redis+cluster://127.0.0.1:7000,127.0.0.1:7001/1;
--- error_log
"redis+cluster://127.0.0.1:7000,127.0.0.1:7001/1" has a database: a cluster has only one, take it away



=== TEST 35: a reference that might say BLOCK
--- statements
redis a db XREAD $arg_option 0 STREAMS s 0;
--- refused
1: "$arg_option" might be a BLOCK when "XREAD" is sent: a reference may stand behind COUNT, GROUP and STREAMS in redis "a"



=== TEST 36: likewise of a group
--- statements
redis a db XREADGROUP GROUP g c "$arg_b" 0 STREAMS s 0;
--- refused
1: "$arg_b" might be a BLOCK when "XREADGROUP" is sent: a reference may stand behind COUNT, GROUP and STREAMS in redis "a"



=== TEST 37: options of a group stand in any order
--- statements
redis a db XREADGROUP BLOCK 0 GROUP g c STREAMS s >;
--- refused
1: "XREADGROUP" can't be sent with BLOCK: it would hold all other commands of the worker back: take BLOCK and its time away in redis "a"



=== TEST 38: a second word that changes the connection
--- statements
redis a db SCRIPT debug YES;
--- refused
1: "SCRIPT debug" can't be sent: the connection is shared by all requests of the worker: send it with redis-cli in redis "a"



=== TEST 39: a reference that might be that word
--- statements
redis a db SCRIPT $arg_x YES;
--- refused
1: "$arg_x" might be DEBUG when "SCRIPT" is sent: write the word itself, references may stand behind it in redis "a"



=== TEST 40: a part of that word
--- statements
redis a db script DE${arg_x} YES;
--- refused
1: "DE${arg_x}" might be DEBUG when "script" is sent: write the word itself, references may stand behind it in redis "a"



=== TEST 41: a command that is refused is, whatever stands behind it
--- statements
redis a db CLIENT $arg_x;
--- refused
1: "CLIENT" can't be sent: the connection is shared by all requests of the worker: send it with redis-cli in redis "a"



=== TEST 42: references as words of other commands
--- http_config
    asyncapi_redis db redis://127.0.0.1:1;
--- config
    location = /t {
        asyncapi {
            redis a default=1 db CONFIG $arg_x maxmemory;
            redis b default=1 db XREADGROUP COUNT 1 GROUP $arg_g $arg_c STREAMS s >;
            redis c default=1 db SCRIPT EXISTS $arg_x;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1,"b":1,"c":1}



=== TEST 43: TLS, where hiredis has none
--- http
asyncapi_redis db rediss://127.0.0.1:1/0;
--- skip_eval: 4: -e "/usr/include/hiredis/hiredis_ssl.h"
--- error_log
needs TLS, which the hiredis that the module is built with has not: write redis://

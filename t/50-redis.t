use lib 't/lib';
use AsyncAPI;
use RedisServer;

# replies of every type as JSON, and arguments of any bytes

my $redis = RedisServer->new();

$ENV{TEST_NGINX_REDIS} = 'redis://127.0.0.1:' . $redis->port;
$ENV{TEST_NGINX_REDIS_SOCKET} = 'redis+unix://' . $redis->socket;

our $Redis = "asyncapi_redis db \$TEST_NGINX_REDIS;\n";

$redis->cli('SET', 'text', "Grüße \"quoted\" \\ and\tmore");
$redis->cli('SET', 'number', '12');
$redis->cli('SET', 'least', '-9223372036854775808');
$redis->cli('SET', 'json', ' {"a": [1.0, 1e400, "\u00e9"], "a b": null} ');
$redis->cli('SET', 'big', 'x' x 5000);
$redis->cli('SET', 'binary', "\xff\x01\xfe");
$redis->cli('SET', 'empty', '');
$redis->cli('RPUSH', 'list', 'a', '{"b": 2}', '3');
$redis->cli('HSET', 'hash', 'name', 'Ada', 'langs', '["c","perl"]', 'n', '1');

no_root_location();
run_tests();

__DATA__

=== TEST 1: nil, integers, strings, statuses and arrays
--- http_config eval: $::Redis
--- config
    location = /t {
        asyncapi {
            redis nil     db GET nope;
            redis integer db STRLEN big;
            redis minus   db DECRBY least 0;
            redis string  db GET text;
            redis empty   db GET empty;
            redis digits  db GET number;
            redis status  db PING;
            redis array   db LRANGE list 0 -1;
            redis none    db LRANGE nope 0 -1;
        }
    }
--- request
    GET /t
--- response_body chomp
{"nil":null,"integer":5000,"minus":-9223372036854775808,"string":"Grüße \"quoted\" \\ and\tmore","empty":"","digits":"12","status":"PONG","array":["a","{\"b\": 2}","3"],"none":[]}
--- no_error_log
[error]



=== TEST 2: arrays in arrays, with holes
--- http_config eval: $::Redis
--- config
    location = /t {
        asyncapi { redis a db EVAL "return {1, 'a', {}, {{2, false}, {'b'}}}" 0; }
    }
--- request
    GET /t
--- response_body chomp
{"a":[1,"a",[],[[2,null],["b"]]]}



=== TEST 3: as=json splices what is JSON, also in arrays
--- http_config eval: $::Redis
--- config
    location = /t {
        asyncapi {
            redis one  as=json db GET json;
            redis many as=json db MGET json nope number;
            redis int  as=json db STRLEN number;
            redis ok   as=json db PING;
            redis mine as=json trust db GET json;
            redis nil  as=json db GET nope;
            respond '{"one": $one, "list": $one.a, "many": $many, "int": $int,
                      "ok": $ok, "mine": $mine, "nil": $nil}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"one":{"a": [1.0, 1e400, "\u00e9"], "a b": null},"list":[1.0, 1e400, "\u00e9"],"many":[{"a": [1.0, 1e400, "\u00e9"], "a b": null},null,12],"int":2,"ok":"PONG","mine":{"a": [1.0, 1e400, "\u00e9"], "a b": null},"nil":null}



=== TEST 4: as=json of what is none
--- http_config eval: $::Redis
--- config
    location = /one { asyncapi { redis a as=json db GET text; } }
    location = /many { asyncapi { redis a as=json db MGET number text; } }
    location = /empty { asyncapi { redis a as=json db GET empty; } }
--- request eval
["GET /one", "GET /many", "GET /empty"]
--- error_code eval
[502, 502, 502]
--- response_body_like eval
['"task":"a","reason":"invalid"', '"task":"a","reason":"invalid"',
 '"task":"a","reason":"invalid"']
--- error_log
a string of the reply is no valid JSON



=== TEST 5: as=object makes an object of names and values
--- http_config eval: $::Redis
--- config
    location = /t {
        asyncapi {
            redis hash  as=object db HGETALL hash;
            redis none  as=object db HGETALL nope;
            redis nil   as=object db GET nope;
            redis twice as=object db EVAL "return {'a', 1, 'b', 2, 'a', 3, 'a', {4}}" 0;
            redis pick  as=object pick=name db HGETALL hash;
            respond '{"hash": $hash, "name": $hash.name, "none": $none,
                      "nil": $nil, "twice": $twice, "pick": $pick}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"hash":{"name":"Ada","langs":"[\"c\",\"perl\"]","n":"1"},"name":"Ada","none":{},"nil":null,"twice":{"b":2,"a":[4]},"pick":{"name":"Ada"}}



=== TEST 6: as=object of what has no names
--- http_config eval: $::Redis
--- config
    asyncapi_error_detail on;
    location = /odd { asyncapi { redis a as=object db LRANGE list 0 -1; } }
    location = /text { asyncapi { redis a as=object db GET text; } }
    location = /name { asyncapi { redis a as=object db EVAL "return {1, 2}" 0; } }
--- request eval
["GET /odd", "GET /text", "GET /name"]
--- error_code eval
[502, 502, 502]
--- response_body_like eval
['"invalid","detail":"the reply is no list of names', '"the reply is no list of names',
 '"the reply has a name that is no string']



=== TEST 7: bytes that are no UTF-8 are a failure, but for as=base64
--- http_config eval: $::Redis
--- config
    location = /raw { asyncapi_error_detail on; asyncapi { redis a db GET binary; } }
    location = /name { asyncapi { redis a as=object db EVAL "return {'\\255', 1}" 0; } }
    location = /base64 {
        asyncapi {
            redis a as=base64 db GET binary;
            redis b as=base64 db MGET binary empty nope;
        }
    }
--- request eval
["GET /raw", "GET /name", "GET /base64"]
--- error_code eval
[502, 502, 200]
--- response_body_like eval
['"reason":"invalid","detail":"a string of the reply is no UTF-8 text: as=base64 would take it"',
 '"reason":"invalid"', '^{"a":"/wH\+","b":\["/wH\+","",null\]}$']



=== TEST 8: an error reply is a failure, whose first word is the code
--- http_config eval: $::Redis
--- config
    location = /type { asyncapi { redis a db LPUSH number 1; } }
    location = /default {
        asyncapi { redis a default=[] db LPUSH number 1; }
    }
--- request eval
["GET /type", "GET /default"]
--- error_code eval
[502, 200]
--- response_body_like eval
['"status":502,"task":"a","reason":"command","code":"WRONGTYPE"}', '^{"a":\[\]}$']
--- error_log
asyncapi task "a" failed: command "WRONGTYPE", WRONGTYPE Operation against a key holding the wrong kind of value



=== TEST 9: an error among other values fails the task as well
--- http_config eval: $::Redis
--- config
    asyncapi_error_detail on;
    location = /t {
        asyncapi {
            redis a db EVAL "return {1, redis.error_reply('MINE it is')}" 0;
        }
    }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"command","code":"MINE","detail":"MINE it is"}



=== TEST 10: each argument is one, whatever bytes it has
--- http_config eval: $::Redis
--- config
    location ~ (?s)^/echo/(.*)$ {
        asyncapi {
            redis a db EVAL "return {#ARGV, ARGV[1], ARGV[2], ARGV[3]}" 0 "$1" '' "<$1>";
        }
    }
--- request eval
["GET /echo/a%0D%0A%24%201", "GET /echo/%22'%20%5C%7B%7D;", "GET /echo/", "GET /echo/%C3%A9"]
--- response_body eval
['{"a":[3,"a\r\n$ 1","","<a\r\n$ 1>"]}', q({"a":[3,"\"' \\\\{};","","<\"' \\\\{};>"]}),
 '{"a":[3,"","","<>"]}', '{"a":[3,"é","","<é>"]}']



=== TEST 11: values of tasks as arguments: text, numbers, JSON, nothing
--- http_config eval: $::Redis
--- config
    location = /t {
        asyncapi {
            sleep v 1ms '{"s": "a \\"b\\"\\n\\u0000é", "n": 1.50, "o": {"x": [1, null]}, "z": null}';
            redis a db EVAL "return ARGV" 0 $v.s $v.n $v.o $v.z $v.nope "<${v.n}>" $$v;
        }
    }
--- request
    GET /t
--- response_body chomp
{"v":{"s":"a \"b\"\n\u0000é","n":1.50,"o":{"x":[1,null]},"z":null},"a":["a \"b\"\n\u0000é","1.50","{\"x\":[1,null]}","","","<1.50>","$v"]}



=== TEST 12: a unix socket, and a database of its own
--- http_config
    asyncapi_redis db $TEST_NGINX_REDIS;
    asyncapi_redis three $TEST_NGINX_REDIS/3 timeout=2s;
    asyncapi_redis four $TEST_NGINX_REDIS_SOCKET?db=4;
--- config
    location = /t {
        asyncapi {
            redis s3 three SET where three;
            redis s4 four SET where four;
            redis a after=s3,s4 db GET where;
            redis b after=s3,s4 three GET where;
            redis c after=s3,s4 four GET where;
            respond '[$a, $b, $c]';
        }
    }
--- request eval
["GET /t", "GET /t"]
--- response_body eval
['[null,"three","four"]', '[null,"three","four"]']



=== TEST 13: a server may be declared below the tasks that name it
--- http_config
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        location = /t { asyncapi { redis a later STRLEN big; } }
    }
    asyncapi_redis later $TEST_NGINX_REDIS;
--- config
    location = /t { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
--- request
    GET /t
--- response_body chomp
{"a":5000}



=== TEST 14: a name is resolved when the configuration is read
--- http_config eval: "asyncapi_redis db redis://localhost:" . ($ENV{TEST_NGINX_REDIS} =~ /(\d+)$/)[0] . ";\n"
--- config
    location = /t { asyncapi { redis a db STRLEN big; } }
--- request
    GET /t
--- response_body chomp
{"a":5000}



=== TEST 15: each=, if= and groups as of any task
--- http_config eval: $::Redis
--- config
    location = /t {
        asyncapi {
            sleep keys 0 '["number", "nope", "empty"]';
            redis values each=$keys db GET $item;
            redis left if=$values[1] db GET number;
            race first { redis x db GET number; sleep y 5s; }
            respond '[$values, $left, $first]';
        }
    }
--- request
    GET /t
--- response_body chomp
[["12",null,""],null,"12"]

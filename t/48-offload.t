# Work on large JSON: in threads, with the same outcome as on the loop.

# each block has an nginx of its own, or the lines that the end of an older one
# logs would be taken for this one's

BEGIN { $ENV{TEST_NGINX_USE_HUP} = 0 }

use lib 't/lib';
use AsyncAPI;
use AsyncAPI::Library;
use RedisServer;

our $slow = library('slow');
our $http = "asyncapi_library $slow;";

# 60 records, about 6 KB; its parts are smaller than the bound of most blocks

our @records = map { { id => $_, name => "n\\u00e4me $_" } } 0 .. 59;

our $items = CORE::join ', ',
    map { qq({"id": $_->{id}, "name": "$_->{name}", "tags": ["a", "b"],)
          . qq( "more": {"x": [1, 2, {"y": $_->{id}.0}], "z": null}}) }
    @records;

our $list = "[$items]";
our $big = qq({"first": 1, "items": $list, "last": {"k": "v\\"\\n", "n": 1e400}});

our $size = 1 + CORE::length $big;      # of the file

our $files = ">>> big\n$big\n>>> list\n$list\n>>> small\n{\"a\": 1}\n"
           . ">>> text\n" . ("a \"line\"\n" x 500)
           . "\n>>> broken\n" . ('[1,' x 400) . "\n";

our $file = 'location /file/ { alias html/; default_type application/json; }';

my $server = RedisServer->new();

$server->cli('SET', 'small', 'a');
$server->cli('SET', 'text', "a \"line\"\n" x 500);
$server->cli('SET', 'json', $big);
$server->cli('SET', 'bytes', "\xff" x 2000);
$server->cli('SET', 'large', 'x' x 100_000);
$server->cli('RPUSH', 'list', map { "element $_" } 1 .. 200);
$server->cli('RPUSH', 'odd', map { "element $_" } 1 .. 201);
$server->cli('HSET', 'hash', map { ("n$_", "v \"$_\"") } 0 .. 99);

our $redis = 'asyncapi_redis db redis://127.0.0.1:' . $server->port . ";\n";

# one runs, one waits, and there is no place for a third

our $pool = "thread_pool one threads=1 max_queue=1;";

# what a sanitizer or valgrind makes of a second

our $wait = ($ENV{TEST_NGINX_TIMEOUT} || 0) > 30 ? 15 : 3;

add_block_preprocessor(sub {
    my $block = shift;

    return if defined $block->must_die || defined $block->refused;

    $block->set_value('config', $block->config . "\n$file\n");
    $block->set_value('user_files', $files) if !defined $block->user_files;
});

our $result = qr/task "\w+" result of \d+ bytes: (?:in a thread|on the loop)/;

master_on();
log_level('debug');
run_tests();

__DATA__

=== TEST 1: a large result is worked on in a thread, a small one on the loop
--- config
    location = /t {
        asyncapi_offload 1k;
        asyncapi {
            http small /file/small;
            http big after=small /file/big;
            respond '[$small, $big]';
        }
    }
--- request
    GET /t
--- response_body eval: "[{\"a\": 1},$::big]"
--- grep_error_log eval: $::result
--- grep_error_log_out eval
qq{task "small" result of 9 bytes: on the loop
task "big" result of $::size bytes: in a thread
}
--- error_log
task "big" running -> working
task "big" working -> done



=== TEST 2: the bound is the largest that the loop works on
--- config eval
my $n = 1 + CORE::length $::list;
"location = /t {
    asyncapi_offload $n;
    asyncapi { http a /file/list; respond '\$a'; }
}
location = /u {
    asyncapi_offload @{[ $n - 1 ]};
    asyncapi { http a /file/list; respond '\$a'; }
}
location = /both {
    asyncapi { http t trust /t; http u trust after=t /u; respond '[\$t,\$u]'; }
}"
--- request
    GET /both
--- response_body eval: "[$::list,$::list]"
--- grep_error_log eval: $::result
--- grep_error_log_out eval
my $n = 1 + CORE::length $::list;
"task \"a\" result of $n bytes: on the loop
task \"a\" result of $n bytes: in a thread
"



=== TEST 3: 64 KB by default
--- config
    location = /t {
        asyncapi { http a http://127.0.0.1:$server_port/file/a;
                   http b http://127.0.0.1:$server_port/file/b;
                   respond '{"a": $a[-1], "b": $b[-1]}'; }
    }
--- user_files eval
">>> a\n[" . ('1,' x 32000) . "2]\n>>> b\n[" . ('1,' x 33000) . "2]\n"
--- request
    GET /t
--- response_body chomp
{"a":2,"b":2}
--- error_log
task "a" result of 64004 bytes: on the loop
task "b" result of 66004 bytes: in a thread
response refers to 130006 bytes: in a thread



=== TEST 4: all that options make of a result
--- config
    asyncapi_offload 100;
    location = /t {
        asyncapi {
            http text as=text           /file/text;
            http base as=base64         /file/small;
            http pick pick=items.id,last.k   /file/big;
            http omit omit=items,last   /file/big;
            http many omit=name,tags,more.x /file/list;
            http full trust omit=first,items /file/big;
        }
    }
    location = /u {
        asyncapi_offload 1m;
        asyncapi {
            http text as=text           /file/text;
            http base as=base64         /file/small;
            http pick pick=items.id,last.k   /file/big;
            http omit omit=items,last   /file/big;
            http many omit=name,tags,more.x /file/list;
            http full trust omit=first,items /file/big;
        }
    }
    location = /same {
        asyncapi {
            http t /t;
            http u /u;
            cpu a sha256 $t;
            cpu b sha256 $u;
            respond '{"t": $t.pick.items[59], "omit": $t.omit, "full": $t.full,
                      "many": $t.many[3], "text": $t.text, "base": $t.base,
                      "same": [$a, $b]}';
        }
    }
--- request
    GET /same
--- response_body_like eval
my $text = 'a \\\\\\\\"line\\\\\\\\"\\\\\\\\n' x 500;
qr/^\{"t":\{"id":59\},"omit":\{"first":1\},"full":\{"last":\{"k": "v\\"\\n", "n": 1e400\}\},"many":\{"id":3,"more":\{"z":null\}\},"text":"(?:a \\"line\\"\\n)+(?:\\n)?","base":"eyJhIjogMX0K","same":\["([0-9a-f]{64})","\1"\]\}$/
--- error_log
task "pick" result of



=== TEST 5: what is no JSON, or no text, fails as on the loop
--- config
    asyncapi_offload 100;
    location = /t {
        asyncapi {
            http a default=1 /file/broken;
            http b default=2 after=a as=text /file/bytes;
        }
    }
--- user_files eval
">>> broken\n" . ('[1,' x 400) . "\n>>> bytes\n" . ("\xff" x 200) . "\n"
--- request
    GET /t
--- response_body chomp
{"a":1,"b":2}
--- response_headers
Asyncapi-Failed: a;reason=invalid, b;reason=invalid
--- error_log
task "a" running -> working
task "a" failed: invalid, the result is no valid JSON: expected a value at byte 1201
task "b" running -> working
task "b" failed: invalid, the result is no UTF-8 text: as=base64 would take it



=== TEST 6: schemas of results and of answers
--- config eval
my $schema = "schema=$ENV{TEST_NGINX_SERVROOT}/html/is.json";
"asyncapi_check_responses on;
location /t/ {
    asyncapi_offload 1k;
    asyncapi GET /t/result { http a $schema /file/big; }
    asyncapi GET /t/answer { http a trust /file/big; respond $schema '\$a'; }
    asyncapi GET /t/right {
        http a $schema /file/list;
        respond $schema '[...\$a]';
    }
}
location = /all {
    asyncapi {
        http result ok=502 /t/result;
        http answer ok=500 after=result /t/answer;
        http right after=answer trust /t/right;
        respond '[\$result.reason, \$answer.reason, \$answer.task, \$right]';
    }
}"
--- user_files eval
$::files . '>>> is.json
{"type": "array"}'
--- request
    GET /all
--- response_body eval: "[\"schema\",\"schema\",null,$::list]"
--- grep_error_log eval: qr/(?:task "a"|response) failed: \w+, # [\w ]+array|in a thread/
--- grep_error_log_out
in a thread
task "a" failed: schema, # must be an array
in a thread
response failed: schema, # must be an array
in a thread
in a thread



=== TEST 7: references of all places, into large results
--- config
    asyncapi_offload 500;
    location = /t {
        asyncapi {
            query q string default=Q;
            let $id "<$big.items[7].id>";
            let $both "$id$arg_q";
            http big /file/big;
            http one http://127.0.0.1:$server_port/echo/$big.items[1].name?q=$big.last.k&a=$arg_q;
            http two method=POST "body={...$big.last, \"q\": $q}" header=X-Id:$both
                     http://127.0.0.1:$server_port/echo/body;
            cpu sum crc32 $big.items[*].id;
            sleep yes if=$big.items[0].id 1ms 1;
            sleep no if=!$big.items[0].id 1ms $big.items[2].more.x[-1].y;
            sleep each if=$big.first each=$big.items[*].id max=100 1ms $item;
            respond 500 if=!$big.last.k;
            respond '{ "all": $big.items[*].more.x[2].y, ...$big, "items": $big.items[-1],
                       "one": $one, "two": $two, "sum": $sum, "yes": $yes, "no": $no,
                       "each": $each, "text": "$big.last.k $id $both", "v": $arg_q, "none": $big.nope }';
        }
        add_header X-Id $both;
    }
    location /echo/ {
        default_type application/json;
        client_body_in_single_buffer on;
        if ($request_method = POST) { set $x 1; }
        return 200 '{"uri": "$request_uri", "id": "$http_x_id"}';
    }
--- request
    GET /t?q=V
--- response_body eval
my $all = CORE::join ',', map { "$_.0" } 0 .. 59;
my $each = CORE::join ',', 0 .. 59;
use Compress::Zlib;
my $sum = sprintf '%08x', crc32('[' . CORE::join(',', 0 .. 59) . ']');
my $last = qq({"id": 59, "name": "n\\u00e4me 59", "tags": ["a", "b"], "more": {"x": [1, 2, {"y": 59.0}], "z": null}});
qq({"all":[$all],"first": 1,"last": {"k": "v\\"\\n", "n": 1e400},"items":$last,)
. qq("one":{"uri": "/echo/n%C3%A4me%201?q=v%22%0A&a=V", "id": ""},"two":{"uri": "/echo/body", "id": "<7>V"},)
. qq("sum":"$sum","yes":null,"no":2.0,"each":[$each],"text":"v\\"\\n <7> <7>V","v":"V","none":null})
--- response_headers
X-Id: <7>V
--- error_log
asyncapi task "one" refers to
asyncapi task "each" refers to
asyncapi response refers to
task "one" working -> ready



=== TEST 8: groups, elements and tries
--- config
    asyncapi_offload 500;
    location = /t {
        asyncapi {
            gather g {
                http big retry=1 /file/big;
                http list /file/list;
                sleep inner 1ms $list[1].id;
            }
            race r {
                http slow { return 200 $request_id; }
                http same hedge=5s as=json /file/big;
            }
            http e each=$g.list concurrency=7 as=text /file/small?$item.id$index;
            respond '{ "g": $g.big.first, "inner": $g.inner, "r": $r, "n": $e[59], "m": $e[60] }';
        }
    }
--- request
    GET /t
--- response_body_like chomp
^\{"g":1,"inner":1,"r":.*,"n":"\{\\"a\\": 1\}\\n","m":null\}$
--- error_log
task "g" running -> working
task "e" running -> working



=== TEST 9: each= of what is no array, and of too much
--- config
    asyncapi_offload 500;
    location = /t {
        asyncapi {
            http big /file/big;
            sleep a each=$big.last default=1 1ms;
            sleep b each=$big.items max=59 default=2 1ms;
            sleep c each=$big.none default=3 1ms;
            sleep d each=$big default=4 1ms;
            respond '[$a, $b, $c, $d]';
        }
    }
--- request
    GET /t
--- response_body chomp
[1,2,[],4]
--- response_headers_like
Asyncapi-Failed: (?=.*a;reason=invalid)(?=.*b;reason=too_large)(?=.*d;reason=invalid).*



=== TEST 10: a value that can't stand where it does
--- config
    location /t/ {
        asyncapi_offload 500;
        asyncapi GET /t/task {
            http big trust /file/big;
            http a header=X:$big.last.k http://127.0.0.1:$server_port/file/small;
        }
        asyncapi GET /t/answer {
            http big trust /file/big;
            respond '{...$big.items}';
        }
        asyncapi GET /t/let {
            let $l $big.last.k;
            let $m $l;
            http big trust /file/big;
            respond '{"m": $m}';
        }
    }
    location = /all {
        asyncapi {
            http a ok=502 /t/task;
            http b ok=502 after=a /t/answer;
            http c ok=502 after=b /t/let;
            respond '[$a.task, $a.reason, $b.task, $b.reason, $c.task, $c.reason]';
        }
    }
--- request
    GET /all
--- response_body chomp
["a","invalid","big","invalid","big","invalid"]
--- grep_error_log eval: qr/in a thread|(?:task "a"|response) failed: .*?(?:byte|object)/
--- grep_error_log_out
in a thread
task "a" failed: invalid, the value of "$big.last.k" has a line break or a zero byte
in a thread
response failed: the value of "$big.items" is not an object
in a thread
response failed: the value of "$big.last.k" has a line break or a zero byte



=== TEST 11: a full queue is no work for the loop: results
--- main_config eval: $::pool
--- http_config eval: $::http
--- config
    asyncapi_thread_pool one;
    asyncapi_offload 500;
    location = /t {
        asyncapi {
            cpu a default=1 deaf 400;
            sleep s 50ms;
            cpu b after=s default=2 deaf 1;
            sleep t 100ms;
            http big after=t /file/big;
        }
    }
--- request
    GET /t
--- error_code: 503
--- response_headers_like
Retry-After: \d+
--- response_body chomp
{"type":"about:blank","title":"Service Unavailable","status":503,"task":"big","reason":"limit"}
--- error_log
asyncapi task "big" failed: limit, the queue of the thread pool is full



=== TEST 12: and what tasks and answers refer to
--- main_config eval: $::pool
--- http_config eval: $::http
--- config
    asyncapi_thread_pool one;
    asyncapi_offload 500;
    location = /t {
        asyncapi {
            http big trust /file/big;
            cpu a default=1 deaf 400;
            sleep s 50ms;
            cpu b after=s default=2 deaf 1;
            sleep t 100ms;
            sleep c if=$big.first after=t default=3 1ms;
            sleep d each=$big.items after=t default=4 1ms;
            sleep e after=t default=5 1ms $big.first;
            respond '[$c, $d, $e, $t]';
        }
    }
    location = /u {
        asyncapi {
            http big trust /file/big;
            cpu a default=1 deaf 400;
            sleep s 50ms;
            cpu b after=s default=2 deaf 1;
            sleep t 100ms;
            respond '[$big.first, $t]';
        }
    }
    location = /v {
        asyncapi {
            http big trust /file/big;
            cpu a default=1 deaf 400;
            sleep s 50ms;
            cpu b after=s default=2 deaf 1;
            sleep t 100ms;
            respond if=$big.first after=t '"never"';
            respond '[$t]';
        }
    }
    location = /w {
        asyncapi { sleep w 600ms; }
    }
--- request eval
["GET /t", "GET /w", "GET /u", "GET /w"]
--- error_code eval
[200, 200, 503, 200]
--- response_body eval
['[3,4,5,null]', '{"w":null}',
 '{"type":"about:blank","title":"Service Unavailable","status":503,"reason":"limit"}',
 '{"w":null}']



=== TEST 13: a deadline passes while the result waits for a thread
--- main_config eval: $::pool
--- http_config eval: $::http
--- config
    asyncapi_thread_pool one;
    asyncapi_offload 500;
    location = /t {
        asyncapi {
            cpu a default=1 timeout=50ms deaf 700;
            http big after=a timeout=100ms default=2 /file/big;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1,"big":2}
--- error_log
task "big" running -> working
asyncapi task "big" failed: timeout, its deadline passed; its default stands in



=== TEST 14: likewise what it refers to, which counts
--- main_config eval: $::pool
--- http_config eval: $::http
--- config
    asyncapi_thread_pool one;
    asyncapi_offload 500;
    location = /t {
        asyncapi {
            http big trust /file/big;
            cpu a default=1 timeout=50ms deaf 700;
            sleep b after=a timeout=100ms default=2 1ms $big.first;
            respond '[$a, $b]';
        }
    }
--- request
    GET /t
--- response_body chomp
[1,2]
--- error_log
task "b" ready -> working
asyncapi task "b" failed: timeout, its deadline passed; its default stands in



=== TEST 15: the endpoint's deadline passes while its answer is made
--- main_config eval: $::pool
--- http_config eval: $::http
--- config
    asyncapi_thread_pool one;
    asyncapi_offload 500;
    location = /t {
        asyncapi {
            timeout 300ms;
            http big trust /file/big;
            cpu a default=1 timeout=50ms deaf 900;
            respond after=a '$big.first';
        }
    }
--- request
    GET /t
--- error_code: 504
--- response_body chomp
{"type":"about:blank","title":"Gateway Timeout","status":504,"reason":"timeout"}
--- error_log
asyncapi response failed: timeout, the endpoint's deadline passed



=== TEST 16: or while its condition is looked up
--- main_config eval: $::pool
--- http_config eval: $::http
--- config
    asyncapi_thread_pool one;
    asyncapi_offload 500;
    location = /t {
        asyncapi {
            timeout 300ms;
            http big trust /file/big;
            cpu a default=1 timeout=50ms deaf 900;
            sleep b after=a 1ms;
            respond if=$big.first after=b '"yes"';
        }
    }
--- request
    GET /t
--- error_code: 504
--- response_body chomp
{"type":"about:blank","title":"Gateway Timeout","status":504,"reason":"timeout"}



=== TEST 17: a client that leaves ends what waits for a thread
--- main_config eval: $::pool
--- http_config eval: $::http
--- config
    asyncapi_thread_pool one;
    asyncapi_offload 500;
    location = /t {
        asyncapi {
            timeout 1h;
            cpu a default=1 timeout=50ms deaf 1500;
            http big after=a /file/big;
        }
    }
--- request
    GET /t
--- timeout eval: $::wait / 6
--- abort
--- ignore_response
--- wait eval: $::wait
--- error_log
task "big" working -> cancelled
--- no_error_log
[error]



=== TEST 18: the losers of a race, and what nobody waits for
--- config
    asyncapi_offload 500;
    location = /t {
        asyncapi {
            http list /file/list;
            race r {
                http a each=$list concurrency=60 pick=items /file/big?$index;
                sleep b 10ms 1;
            }
            http late default=0 /file/big;
            respond '$list[0].id';
        }
    }
--- request eval
[ map { "GET /t" } 1 .. 10 ]
--- response_body eval
[ map { "0" } 1 .. 10 ]
--- no_error_log
[error]



=== TEST 19: what threads have at hand comes to its end when nginx reloads
--- main_config eval
"thread_pool one threads=1;"
--- http_config eval: $::http
--- config
    asyncapi_thread_pool one;
    asyncapi_offload 500;
    location = /t {
        asyncapi {
            cpu b reload;
            cpu a deaf 700;
            http big after=b /file/big;
            respond '[$a, $big.first]';
        }
    }
--- request
    GET /t
--- response_body chomp
["late",1]
--- error_log
gracefully shutting down
--- no_error_log
[error]



=== TEST 20: many at a time, in two workers
--- workers: 2
--- config
    asyncapi_offload 100;
    location = /t {
        asyncapi {
            http list /file/list;
            http a each=$list concurrency=60 pick=items /file/big?$item.name;
            respond '[$list[1].id, $a[59].items[59].id, $a[0].items[0].more]';
        }
    }
--- request eval
[ map { "GET /t" } 1 .. 10 ]
--- response_body eval
[ map { '[1,59,{"x": [1, 2, {"y": 0.0}], "z": null}]' } 1 .. 10 ]



=== TEST 21: no size
--- locations
location = /t {
    asyncapi_offload 0;
}
--- refused
2: "asyncapi_offload" directive needs a size: write for instance 64k or 8m



=== TEST 22: bodies of clients
--- config
    asyncapi_offload 500;
    location = /t {
        asyncapi POST {
            body json;
            http one http://127.0.0.1:$server_port/file/small?$body.items[3].id;
            respond '{"n": $body.items[59].id, "k": "$body.last.k", "one": $one}';
        }
    }
--- request eval: "POST /t\n$::big"
--- more_headers
Content-Type: application/json
--- response_body chomp
{"n":59,"k":"v\"\n","one":{"a": 1}}
--- error_log
in a thread
asyncapi response refers to



=== TEST 23: in pieces, too
--- config
    asyncapi_offload 500;
    client_body_buffer_size 1k;
    location = /t { asyncapi POST { body json; respond '$body.items[-1].id'; } }
--- raw_request eval
"POST /t HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
. "Transfer-Encoding: chunked\r\n\r\n"
. CORE::join('', map { sprintf("%x\r\n%s\r\n", CORE::length, $_) } $::big =~ /.{1,700}/sg) . "0\r\n\r\n"
--- response_body chomp
59
--- error_log eval: "asyncapi body of @{[ $::size - 1 ]} bytes: in a thread"



=== TEST 24: bodies that are wrong
--- config
    asyncapi_offload 500;
    location = /t { asyncapi POST { body json; respond '$body'; } }
--- pipelined_requests eval
["POST /t\n" . ('[1,' x 400), "POST /t\n{\"a\": \"" . ('x' x 600) . "\", \"b\": [{\"c\": 1, \"\\u0063\": 2}]}"]
--- more_headers
Content-Type: application/json
--- error_code eval
[400, 422]
--- response_body_like eval
['The body is no JSON: expected a value \(line 1, column 1201\)',
 '"errors":\[\{"pointer":"#/b/0/c","detail":"is there more than once"\}\]']



=== TEST 25: and of a schema
--- config eval
"asyncapi_offload 500;
location = /t { asyncapi POST { body json schema=$ENV{TEST_NGINX_SERVROOT}/html/is.json; respond '\$body'; } }"
--- user_files
>>> is.json
{"type": "array", "items": {"type": "object", "properties": {"id": {"maximum": 57}}}}
--- request eval: "POST /t\n$::list"
--- more_headers
Content-Type: application/json
--- error_code: 422
--- response_body_like chomp
"errors":\[\{"pointer":"#/58/id","detail":"[^"]+"\},\{"pointer":"#/59/id","detail":"[^"]+"\}\]
--- error_log
in a thread



=== TEST 26: a body that waits for a thread: a full queue, a deadline
--- main_config eval: $::pool
--- http_config eval: $::http
--- config
    asyncapi_thread_pool one;
    asyncapi_offload 500;
    location = /t {
        asyncapi POST { timeout 100ms; body json; respond '1'; }
    }
    location = /busy {
        asyncapi { cpu a default=1 timeout=10ms deaf 700; respond '$a'; }
    }
    location = /full {
        asyncapi { cpu a default=1 timeout=10ms deaf 700;
                   sleep s 20ms; cpu b after=s default=1 timeout=10ms deaf 1; respond '[$a,$b]'; }
    }
    location = /wait { asyncapi { sleep w 900ms; respond '1'; } }
--- pipelined_requests eval
["GET /busy", "POST /t\n$::big", "GET /wait", "GET /full", "POST /t\n$::big"]
--- more_headers
Content-Type: application/json
--- error_code eval
[200, 504, 200, 200, 503]
--- response_body_like eval
['^1$', '"status":504,"detail":"The body could not be checked in time."', '^1$', '^\[1,1\]$',
 '"status":503,"detail":"The server is too busy to check the body."']



=== TEST 27: a client that leaves while its body waits for a thread
--- main_config eval: $::pool
--- http_config eval: $::http
--- config eval
"asyncapi_thread_pool one;
asyncapi_offload 500;
location = /t { asyncapi POST { timeout 1h; body json; respond '1'; } }
location = /all {
    asyncapi {
        cpu a default=1 timeout=10ms deaf 900;
        http b after=a timeout=100ms default=2 method=POST 'body=[\"@{[ 'x' x 600 ]}\"]' http://127.0.0.1:\$server_port/t;
        sleep w after=b 100ms;
        respond after=w '[\$a, \$b]';
    }
}"
--- request
    GET /all
--- response_body chomp
[1,2]
--- error_log
client prematurely closed connection



=== TEST 28: forms of clients
--- config
    asyncapi_offload 500;
    location = /t {
        asyncapi POST {
            form n integer required;
            form tag string[];
            body form;
            respond '{"n": $n, "tag": $tag, "body": $body}';
        }
    }
    location = /fields { asyncapi POST { form n integer; body form; respond '$n'; } }
--- pipelined_requests eval
my $x = 'x' x 600;
["POST /t\nn=7&tag=a%20b&tag=%22&x=$x", "POST /fields\nx=$x&n=8", "POST /t\nn=7&tag=a&x=a"]
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body eval
my $x = 'x' x 600;
[qq({"n":7,"tag":["a b","\\""],"body":{"n":"7","tag":["a b","\\""],"x":"$x"}}), '8',
 '{"n":7,"tag":["a"],"body":{"n":"7","tag":"a","x":"a"}}']



=== TEST 29: forms in parts
--- config
    asyncapi_offload 500;
    location = /t {
        asyncapi POST { form n integer; body form; respond '{"n": $n, "body": $body}'; }
    }
--- request eval
"POST /t\n--b\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n9\r\n--b\r\n"
. "Content-Disposition: form-data; name=\"a\\\"b\"\r\n\r\n" . ('y' x 600) . "\r\n--b--\r\n"
--- more_headers
Content-Type: multipart/form-data; boundary=b
--- response_body eval
qq({"n":9,"body":{"n":"9","a\\"b":") . ('y' x 600) . '"}}'
--- error_log
bytes: in a thread



=== TEST 30: forms that are wrong
--- config
    asyncapi_offload 500;
    location = /t { asyncapi POST { form n integer; body form; respond '$body'; } }
--- pipelined_requests eval
my $x = 'x' x 600;
["POST /t\nx=$x&a=%4", "POST /t\nx=$x&n=a", "POST /t\nx=$x&b%FF=1&c=%C3&n=%C3"]
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- error_code eval
[400, 422, 422]
--- response_body_like eval
['"detail":"The form has a ."%." without two hexadecimal digits behind it."',
 '"errors":\[\{"in":"form","name":"n","detail":"is not an integer of 64 bits"\}\]',
 '"errors":\[\{"pointer":"#/b[^"]*","detail":"is not valid UTF-8"\},'
 . '\{"pointer":"#/c","detail":"is not valid UTF-8"\},\{"in":"form","name":"n","detail":"[^"]+"\}\]']



=== TEST 31: a form that waits for a thread when its client leaves
--- main_config eval: $::pool
--- http_config eval: $::http
--- config eval
"asyncapi_thread_pool one;
asyncapi_offload 500;
location = /t { asyncapi POST { timeout 1h; body form; respond '\$body'; } }
location = /all {
    asyncapi {
        cpu a default=1 timeout=10ms deaf 900;
        http b after=a timeout=100ms default=2 method=POST type=application/x-www-form-urlencoded
             body=a=@{[ 'x' x 600 ]} http://127.0.0.1:\$server_port/t;
        sleep w after=b 1100ms;
        respond after=w '[\$a, \$b]';
    }
}"
--- request
    GET /all
--- response_body chomp
[1,2]
--- error_log
client prematurely closed connection



=== TEST 32: replies of Redis
--- http_config eval: $::redis
--- config
    location /t {
        asyncapi_offload 1k;
        asyncapi {
            redis small          db GET small;
            redis text           db GET text;
            redis json   as=json db GET json;
            redis base64 as=base64 db GET text;
            redis list           db LRANGE list 0 -1;
            redis object as=object db HGETALL hash;
            redis pick   as=json pick=last db GET json;
            redis nested         db EVAL "return {1, {redis.call('GET', 'text'), false}}" 0;
        }
    }
    location = /u {
        asyncapi_offload 1m;
        asyncapi {
            redis small          db GET small;
            redis text           db GET text;
            redis json   as=json db GET json;
            redis base64 as=base64 db GET text;
            redis list           db LRANGE list 0 -1;
            redis object as=object db HGETALL hash;
            redis pick   as=json pick=last db GET json;
            redis nested         db EVAL "return {1, {redis.call('GET', 'text'), false}}" 0;
        }
    }
    location = /same {
        asyncapi {
            http t http://127.0.0.1:$server_port/t;
            http u after=t http://127.0.0.1:$server_port/u;
            cpu a sha256 $t;
            cpu b sha256 $u;
            respond '{"same": [$a, $b], "small": $t.small, "last": $t.pick.last, "json": $t.json.items[59].id,
                      "list": $t.list[199], "object": $t.object.n59, "none": $t.nested[1][1]}';
        }
    }
--- request
    GET /same
--- response_body_like chomp
^\{"same":\["([0-9a-f]{64})","\1"\],"small":"a","last":\{"k": "v\\"\\n", "n": 1e400\},"json":59,"list":"element 200","object":"v \\"59\\"","none":null\}$
--- no_error_log
task "small" result of
--- error_log eval
[ map { qr/task "$_" result of \d+ bytes: in a thread/ } qw( text json base64 list object pick nested ) ]



=== TEST 33: those that fail, as on the loop
--- http_config eval: $::redis
--- config
    asyncapi_offload 1k;
    location = /t {
        asyncapi_max_result 40k;
        asyncapi {
            redis bytes   default=1         db GET bytes;
            redis json  after=bytes default=2 as=json db GET text;
            redis object  after=json default=3 as=object db LRANGE odd 0 -1;
            redis error after=object default=4         db EVAL "return {redis.call('GET', 'text'), {err='OOPS no'}}" 0;
            redis large after=error default=5         db GET large;
        }
    }
--- request
    GET /t
--- response_body chomp
{"bytes":1,"json":2,"object":3,"error":4,"large":5}
--- response_headers
Asyncapi-Failed: bytes;reason=invalid, json;reason=invalid, object;reason=invalid, error;reason=command, large;reason=too_large
--- error_log
task "bytes" running -> working
asyncapi task "error" failed: command "OOPS", OOPS no



=== TEST 34: a deadline passes, or the client leaves, while a reply waits for a thread
--- main_config eval: $::pool
--- http_config eval: $::http . $::redis
--- config
    asyncapi_thread_pool one;
    asyncapi_offload 1k;
    location = /t {
        asyncapi {
            cpu a default=1 timeout=50ms deaf 700;
            redis b after=a timeout=100ms default=2 db GET large;
            redis c after=b db GET small;
        }
    }
    location = /leave {
        asyncapi { redis b db GET large; }
    }
    location = /all {
        asyncapi {
            http t http://127.0.0.1:$server_port/t;
            sleep w after=t 900ms;
            cpu a after=w default=1 timeout=50ms deaf 700;
            http l after=a timeout=100ms default=3 http://127.0.0.1:$server_port/leave;
            redis c after=l db GET small;
            respond '[$t, $l, $c]';
        }
    }
--- request
    GET /all
--- response_body chomp
[{"a":1,"b":2,"c":"a"},3,"a"]
--- error_log
asyncapi task "b" failed: timeout, its deadline passed; its default stands in
task "b" working -> cancelled



=== TEST 35: replies that a thread works on, whose requests have ended
--- http_config eval: $::redis
--- config
    asyncapi_offload 1k;
    location = /t {
        asyncapi {
            redis list db LRANGE list 0 19;
            race r {
                redis a each=$list concurrency=20 db GET large;
                redis b db GET small;
            }
            redis late default=0 db GET large;
            respond '$r';
        }
    }
--- request eval
[ map { "GET /t" } 1 .. 10 ]
--- response_body eval
[ map { '"a"' } 1 .. 10 ]
--- no_error_log
[error]



=== TEST 36: values of SQL, and arguments of functions
--- http_config eval: "$::http asyncapi_library " . AsyncAPI::Library::library('words') . "; asyncapi_sqlite db html/t.db;"
--- config
    asyncapi_offload 1k;
    location = /t {
        asyncapi {
            http big /file/big;
            http small after=big /file/small;
            sqlite a as=row db "SELECT $big AS json, $big.last.k AS text, length($big.items) > 5000 AS long, $small.a AS n";
            sqlite b as=value db "SELECT $small.a";
            sqlite c as=row transaction db {
                "CREATE TABLE t(a, b)";
                "INSERT INTO t VALUES ($big, $small.a)";
                "SELECT length(a) > 5000 AS a, b FROM t";
            }
            cpu d hex $big.last.k $small.a;
            cpu e hex $small.a;
            cpu f crc32 $big;
            respond '[$a, $b, $c, $d, $e, $f]';
        }
    }
--- request
    GET /t
--- response_body eval
use Compress::Zlib;
my $sum = sprintf '%08x', crc32($::big);
my $json = $::big =~ s/(["\\])/\\$1/gr;
qq([{"json":"$json","text":"v\\"\\n","long":1,"n":1},1,{"a":1,"b":1},["76220a00","3100"],["3100"],"$sum"])
--- grep_error_log eval: qr/task "\w" refers to \d+ bytes: in a thread/
--- grep_error_log_out eval
my $all = CORE::length $::big;
"task \"f\" refers to $all bytes: in a thread
task \"a\" refers to @{[ 3 * $all + 8 ]} bytes: in a thread
task \"c\" refers to @{[ $all + 8 ]} bytes: in a thread
task \"d\" refers to @{[ $all + 8 ]} bytes: in a thread
"



=== TEST 37: values that a thread finds no database takes, and no time or place for them
--- main_config eval: $::pool
--- http_config eval: "$::http asyncapi_sqlite db html/t.db;"
--- config
    asyncapi_thread_pool one;
    asyncapi_offload 500;
    location = /t {
        asyncapi {
            http big trust /file/big;
            sqlite a default=0 after=big db "SELECT $big.zero";
            sqlite b after=a as=value db "SELECT $big.x";
            cpu w after=b default=1 timeout=50ms deaf 700;
            sqlite c after=w timeout=100ms default=2 db "SELECT $big.x";
            sleep v after=c 900ms;
            sqlite d after=v as=value db "SELECT 3";
            respond '[$a, $b, $c, $d]';
        }
    }
    location = /full {
        asyncapi {
            http big trust /file/big;
            cpu one after=big default=1 deaf 300;
            cpu two after=big default=1 deaf 300;
            sqlite a after=big default=2 db "SELECT $big.x";
            respond '[$a]';
        }
    }
    location = /both {
        asyncapi { http t /t; http u after=t /full; respond '[$t, $u]'; }
    }
--- user_files eval
">>> big\n{\"zero\": \"a\\u0000\", \"x\": \"y\", \"z\": \"" . ("z" x 1000) . "\"}\n"
--- request
    GET /both
--- response_body chomp
[[0,"y",2,3],[2]]
--- error_log
task "a" failed: invalid, the value of "$big.zero" has a zero byte
task "c" failed: timeout
task "a" failed: limit, the queue of the thread pool is full



=== TEST 38: a command that is too long for Redis
--- http_config eval: $::redis
--- config eval
"location = /t {
    asyncapi {
        http big as=json trust /file/mega;
        redis a default=1 db SET k \"@{[ '$big' x 17 ]}\";
        redis b after=a db GET small;
        respond '[\$a, \$b]';
    }
}"
--- user_files eval
'>>> mega
"' . ('x' x (1024 * 1024 - 10)) . '"'
--- request
    GET /t
--- response_body chomp
[1,"a"]
--- error_log
asyncapi task "a" failed: limit, redis "db": the command is longer than 16 MB; its default stands in



=== TEST 39: an answer is received in turns
--- config
    location = /t {
        asyncapi_max_result 4m;
        asyncapi {
            http a http://127.0.0.1:$server_port/file/mega;
            cpu b crc32 $a;
            respond '$b';
        }
    }
--- user_files eval
'>>> mega
"' . ('x' x (3 * 1024 * 1024)) . '"'
--- request
    GET /t
--- response_body eval
use Compress::Zlib;
sprintf '"%08x"', crc32('x' x (3 * 1024 * 1024))
--- error_log eval
qr/recv: fd:\d+ \d+ of 262144\n/
--- no_error_log eval
[qr/recv: fd:\d+ \d+ of (?:26214[5-9]|[3-9]\d{5}|\d{7,})\n/, '[error]']



=== TEST 40: and in one turn no more of several
--- config
    location = /t {
        asyncapi_max_result 4m;
        asyncapi_offload 1m;
        asyncapi {
            http a http://127.0.0.1:$server_port/file/mega;
            http b http://127.0.0.1:$server_port/file/mega;
            http c http://127.0.0.1:$server_port/file/mega;
            cpu d crc32 $a;
            cpu e crc32 $b;
            cpu f crc32 $c;
            respond '[$d, $e, $f]';
        }
    }
--- user_files eval
'>>> mega
"' . ('x' x (3 * 1024 * 1024)) . '"'
--- request
    GET /t
--- response_body eval
use Compress::Zlib;
my $sum = sprintf '"%08x"', crc32('x' x (3 * 1024 * 1024));
"[$sum,$sum,$sum]"
--- grep_error_log eval: qr/worker cycle$|recv: fd:\d+ \d+ of (?!65536$)\d{5,}$/m
--- grep_error_log_out eval
qr/\A(?!.*recv: fd:\d+ 262144 of \d+\nrecv: fd:\d+ \d+).*recv: fd:\d+ 262144 /s



=== TEST 41: the body of a client is read in turns, too
--- config
    location = /t {
        asyncapi POST {
            body raw max=4m;
            cpu a crc32 $body;
            respond '$a';
        }
    }
--- request eval
"POST /t\n" . 'x' x (3 * 1024 * 1024)
--- more_headers
Content-Type: text/plain
--- response_body eval
use Compress::Zlib;
sprintf '"%08x"', crc32('x' x (3 * 1024 * 1024))
--- grep_error_log eval: qr/worker cycle$|recv: fd:\d+ \d+ of \d{4,}$/m
--- grep_error_log_out eval
qr/\A(?!.*(?:recv: fd:\d+ \d+ of \d+\n){70})/s



=== TEST 42: the memory of what was large is given back in a thread
--- config
    location = /t {
        asyncapi_max_result 4m;
        asyncapi { http a as=text /file/mega; }
    }
--- user_files eval
'>>> mega
' . ('x' x (3 * 1024 * 1024))
--- request
    GET /t
--- response_body_like: ^\{"a":"x{1000}
--- wait: 0.3
--- error_log eval
qr/asyncapi memory of (?:[3-9]\d{6}|\d{8,}) bytes: given back in a thread/



=== TEST 43: also after a request that needs no threads
--- config
    location = /none {
        asyncapi { sleep a 0s 1; }
    }
    location = /t {
        asyncapi_max_result 4m;
        asyncapi {
            http a as=text /file/mega;
            http b after=a /none;
        }
    }
--- user_files eval
'>>> mega
' . ('x' x (3 * 1024 * 1024))
--- request
    GET /t
--- response_body_like: ^\{"a":"x{1000}
--- wait: 0.3
--- error_log eval
qr/asyncapi memory of (?:[3-9]\d{6}|\d{8,}) bytes: given back in a thread/



=== TEST 44: that of a body
--- config
    location = /t {
        asyncapi POST { body raw max=4m; cpu a crc32 $body; respond '$a'; }
    }
--- request eval
"POST /t\n" . 'x' x (3 * 1024 * 1024)
--- more_headers
Content-Type: text/plain
--- response_body_like: ^"[0-9a-f]{8}"$
--- wait: 0.3
--- error_log eval
qr/asyncapi memory of (?:[3-9]\d{6}|\d{8,}) bytes: given back in a thread/



=== TEST 45: and that of what was small on the loop
--- config
    location = /t {
        asyncapi { http a as=text /file/small; }
    }
--- user_files eval
">>> small\n" . ('x' x 100_000)
--- request
    GET /t
--- response_body_like: ^\{"a":"x{1000}
--- wait: 0.3
--- no_error_log
asyncapi memory of
[error]



=== TEST 46: which does it itself where no thread can be had
--- main_config eval: $::pool
--- http_config eval: $::http
--- config
    asyncapi_thread_pool one;
    asyncapi_offload 8m;
    asyncapi_max_result 4m;
    location = /t {
        asyncapi {
            cpu a default=1 deaf 400;
            sleep s 50ms;
            cpu b after=s default=2 deaf 1;
            sleep t 100ms;
            http big after=t trust http://127.0.0.1:$server_port/inner;
            respond '$big';
        }
    }
    location = /inner {
        asyncapi_thread_pool one;
        asyncapi_offload 8m;
        asyncapi_max_result 4m;
        asyncapi { http a as=text /file/mega; respond '$a'; }
    }
--- user_files eval
'>>> mega
' . ('x' x (3 * 1024 * 1024))
--- request
    GET /t
--- response_body_like: ^"x{1000}
--- wait: 0.6
--- grep_error_log eval: qr/asyncapi memory of \d+ bytes: given back|queue overflow/
--- grep_error_log_out eval
qr/asyncapi memory of (?:[3-9]\d{6}|\d{8,}) bytes: given back\nqueue overflow\n/



=== TEST 47: an answer is sent in turns
--- config
    sendfile_max_chunk 0;
    location = /t {
        asyncapi_max_result 4m;
        asyncapi { http a /file/mega; }
    }
--- user_files eval
'>>> mega
"' . ('x' x (3 * 1024 * 1024)) . '"'
--- request
    GET /t
--- response_body_like: ^\{"a":"x{1000}
--- grep_error_log eval: qr/http write filter limit \d+/
--- grep_error_log_out eval
qr/\A(http write filter limit 1048576\n){3,}\z/



=== TEST 48: which may be shorter, too
--- config
    location = /t {
        sendfile_max_chunk 100k;
        asyncapi_max_result 4m;
        asyncapi { http a /file/mega; }
    }
--- user_files eval
'>>> mega
"' . ('x' x (3 * 1024 * 1024)) . '"'
--- request
    GET /t
--- response_body_like: ^\{"a":"x{1000}
--- grep_error_log eval: qr/http write filter limit \d+/
--- grep_error_log_out eval
qr/\A(http write filter limit 102400\n){30,}\z/



=== TEST 49: many elements begin in turns
--- config
    location = /t {
        asyncapi {
            http list /file/numbers;
            sleep e each=$list concurrency=1000 0s $item;
            respond '[$e[0], $e[-1]]';
        }
    }
--- user_files eval
">>> numbers\n[@{[ CORE::join ',', 1 .. 200 ]}]\n"
--- request
    GET /t
--- response_body chomp
[1,200]
--- grep_error_log: asyncapi tasks go on in the next turn of the loop
--- grep_error_log_out eval
"asyncapi tasks go on in the next turn of the loop\n" x 6

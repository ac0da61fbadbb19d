use lib 't/lib';
use AsyncAPI;

run_tests();

__DATA__

=== TEST 1: a let goes into the answer's headers
--- config
    location = /t {
        add_header X-User "$uid/$name";
        asyncapi {
            sleep user 1ms '{"id":9007199254740993,"name":"Al \\"B\\""}';
            let $uid $user.id;
            let $name "<$user.name>";
            respond '$uid';
        }
    }
--- request
    GET /t
--- response_headers
X-User: 9007199254740993/<Al "B">
--- response_body chomp
"9007199254740993"



=== TEST 2: a let goes into the access log, and through a map
--- http_config
    map $uid $class { default other; ~^1 one; }
    log_format uid 'user $uid class $class status $status';
--- config
    location = /t {
        access_log logs/uid.log uid;
        add_header X-Class $class;
        asyncapi GET {
            sleep user 1ms '{"id":$arg_id}';
            let $uid $user.id;
        }
    }
    location = /log {
        default_type text/plain;
        alias $TEST_NGINX_SERVROOT/logs/uid.log;
    }
--- pipelined_requests eval
["GET /t?id=17", "GET /t?id=x", "GET /log"]
--- response_body eval
['{"user":{"id":"17"}}', '{"user":{"id":"x"}}',
"user 17 class one status 200
user x class other status 200
"]



=== TEST 3: a let may be written above what it refers to, and refer to lets above it
--- config
    location = /t {
        add_header X-All "$all";
        asyncapi {
            let $a "$task.x";
            let $all "$a-$b-$host$$";
            sleep task 1ms '{"x":1}';
            respond '$task';
        }
    }
    set $b "b";
--- request
    GET /t
--- response_headers
X-All: 1-b-localhost$



=== TEST 4: a let that tasks refer to is text
--- config
    location = /t {
        asyncapi {
            let $n "$user.n";
            let $wait "x";
            sleep user 5ms '{"n":12}';
            sleep a 1ms '{"n":$n,"t":"<$n>"}';
            sleep b if=$n each=$user.l 1ms;
            gather g { sleep c 1ms '"$n.x"'; }
        }
    }
--- request
    GET /t
--- response_body chomp
{"user":{"n":12},"a":{"n":"12","t":"<12>"},"b":[],"g":{"c":"12.x"}}



=== TEST 5: an answer waits for what its lets refer to
--- config
    location = /t {
        add_header X-Late "[$late]";
        asyncapi {
            sleep a 1ms 1;
            sleep b 30ms 2;
            let $late "$b";
            respond '$a';
        }
    }
--- request
    GET /t
--- response_headers
X-Late: [2]
--- response_body chomp
1



=== TEST 6: what is not there is an empty let
--- config
    location = /t {
        add_header X-A "[$nope]";
        asyncapi {
            sleep a 1ms '{"x":null}';
            let $nope "$a.x$a.y$arg_z";
        }
    }
--- request
    GET /t
--- response_headers
X-A: []



=== TEST 7: line breaks do not get into a header
--- config
    location = /t {
        add_header X-A "$v";
        asyncapi {
            sleep a 1ms '{"x":"a\\r\\nSet-Cookie: b"}';
            let $v "$a.x";
        }
    }
--- request
    GET /t
--- error_code: 502
--- response_headers
! Set-Cookie
! X-A
--- response_body chomp
{"type":"about:blank","title":"Bad Gateway","status":502,"task":"a","reason":"invalid"}
--- error_log
asyncapi response failed: the value of "$a.x" has a line break or a zero byte



=== TEST 8: line breaks of a path do not get into a header either
--- config
    location /t/ {
        add_header X-A "$v";
        asyncapi GET /t/:x {
            sleep a 1ms '$v';
            let $v "$x";
        }
    }
--- pipelined_requests eval
["GET /t/a%0D%0ASet-Cookie:%20b", "GET /t/fine"]
--- error_code eval
[502, 200]
--- response_body_like eval
['"reason":"invalid"', '"fine"']



=== TEST 9: endpoints may have lets of the same name, each its own
--- config
    location /t {
        add_header X-V "$v";
        asyncapi GET /t/a { sleep a 1ms '"A"'; let $v "$a"; }
        asyncapi GET /t/b { sleep b 1ms '"B"'; let $v "b is $b"; }
        asyncapi GET /t/c { sleep c 1ms '"C"'; }
    }
    location = /u {
        add_header X-V "$v";
        asyncapi { let $v "u"; respond '"$v"'; }
    }
--- pipelined_requests eval
["GET /t/a", "GET /t/b", "GET /t/c", "GET /u"]
--- response_headers eval
["X-V: A", "X-V: b is B", "! X-V", "X-V: u"]



=== TEST 10: where no let is set its variable is empty
--- config
    location = /t {
        return 200 "[$v]\n";
    }
    location = /u {
        asyncapi { let $v "u"; respond '"$v"'; }
    }
--- request
    GET /t
--- response_body
[]



=== TEST 11: a let is not set when the endpoint has failed before it could be
--- config
    location = /t {
        add_header X-A "[$a_let]" always;
        add_header X-B "[$b_let]" always;
        asyncapi {
            let $a_let "$a";
            let $b_let "$b";
            sleep a 1ms '"A"';
            sleep b after=a timeout=10ms 1h;
        }
    }
--- request
    GET /t
--- error_code: 504
--- response_headers
X-A: [A]
X-B: []



=== TEST 12: an answer reads a let that came from nothing but the request
--- config
    location = /t {
        asyncapi {
            let $q "$arg_a/$request_method";
            respond '{"q":$q}';
        }
    }
--- request
    GET /t?a=1
--- response_body chomp
{"q":"1/GET"}



=== TEST 13: a let reads a group through its name
--- config
    location = /t {
        add_header X-G "$v";
        asyncapi {
            gather g { sleep a 1ms '{"x":[1,2]}'; }
            let $v "${g.a.x[-1]}px $g.a.x";
        }
    }
--- request
    GET /t
--- response_headers
X-G: 2px [1,2]



=== TEST 14: a condition may be on a let
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '{"n":$arg_n}';
            let $n "$a.n";
            sleep b if=!$n 1ms '"none"';
            respond 201 if=$n '{"n":$n}';
        }
    }
--- pipelined_requests eval
["GET /t?n=5", "GET /t?n=0", "GET /t"]
--- error_code eval
[201, 200, 200]
--- response_body eval
['{"n":"5"}', '{"a":{"n":"0"},"b":"none"}', '{"a":{"n":null},"b":"none"}']

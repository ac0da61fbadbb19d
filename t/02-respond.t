use lib 't/lib';
use AsyncAPI;

run_tests();

__DATA__

=== TEST 1: the default answer has all tasks in the order written
--- config
    location = /t {
        asyncapi {
            sleep z 60ms '"slow"';
            sleep a 1ms 1;
            gather m { sleep y 30ms 3; sleep b 1ms 4; }
            sleep k 30ms;
        }
    }
--- request
    GET /t
--- response_body chomp
{"z":"slow","a":1,"m":{"y":3,"b":4},"k":null}



=== TEST 2: respond gives the answer its form
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '{"x":1}';
            sleep b 1ms 2;
            respond '{ "one": $a, "two" : [ $b, $b ], "three": $a.x }';
        }
    }
--- request
    GET /t
--- response_headers
Content-Type: application/json
--- response_body chomp
{"one":{"x":1},"two":[2,2],"three":1}



=== TEST 3: an answer may be any JSON value
--- config
    location = /n { asyncapi { respond '-1.50e+3'; } }
    location = /s { asyncapi { respond '"text"'; } }
    location = /b { asyncapi { respond true; } }
    location = /null { asyncapi { respond null; } }
    location = /a { asyncapi { respond '[]'; } }
    location = /ref { asyncapi { sleep a 1ms '{"b":1}'; respond '$a'; } }
--- pipelined_requests eval
["GET /n", "GET /s", "GET /b", "GET /null", "GET /a", "GET /ref"]
--- response_body eval
['-1.50e+3', '"text"', 'true', 'null', '[]', '{"b":1}']



=== TEST 4: the first answer whose condition holds is given
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '{"$arg_k":1}';
            respond 404 if=!$a.found '{"none":true}';
            respond 409 if=$a.busy '{"busy":true}';
            respond '{"found":$a.found}';
        }
    }
--- pipelined_requests eval
["GET /t?k=found", "GET /t?k=other", "GET /t?k=busy"]
--- error_code eval
[200, 404, 404]
--- response_body eval
['{"found":1}', '{"none":true}', '{"none":true}']



=== TEST 5: conditions take what is no empty, zero, false or null value for true
--- config
    location /t/ {
        asyncapi GET /t/*json {
            sleep a 1ms '{"v":$list}';
            sleep list 1ms '[0,1,"","0","x",false,true,null,[],{},-0.0,0e9,1e-9,-1]';
            sleep all each=$list 1ms '{"v":$item}';
            sleep r each=$list if=$item 1ms '"yes"';
            respond '$r';
        }
    }
--- request
    GET /t/x
--- response_body chomp
[null,"yes",null,"yes","yes",null,"yes",null,"yes","yes",null,null,"yes","yes"]



=== TEST 6: a condition may be a path name or a variable of nginx
--- config
    location /t {
        asyncapi GET /t/:x {
            respond 201 if=$arg_q '"q"';
            respond 202 if=!$x '"none"';
            respond '$x';
        }
    }
--- pipelined_requests eval
["GET /t/1?q=1", "GET /t/1?q=0", "GET /t/1?q=", "GET /t/0", "GET /t/false",
 "GET /t/null", "GET /t/00"]
--- error_code eval
[201, 200, 200, 202, 202, 202, 200]



=== TEST 7: where no condition holds all tasks are the answer
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 0;
            sleep b 1ms '"b"';
            respond 201 if=$a '"a"';
            respond 202 if=!$b '"no b"';
        }
    }
--- request
    GET /t
--- error_code: 200
--- response_body chomp
{"a":0,"b":"b"}



=== TEST 8: an answer waits for what it refers to, and for nothing else
--- config
    location = /t {
        asyncapi {
            sleep quick 1ms '"q"';
            sleep slow 1h '"s"';
            respond if=$quick '{"quick":$quick}';
            respond '{"slow":$slow}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"quick":"q"}



=== TEST 9: a task that the answer does not wait for is cancelled
--- config
    location = /t {
        asyncapi {
            sleep quick 1ms 1;
            sleep slow 1h 2;
            sleep never after=slow 1h 2;
            respond '{"quick":$quick}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"quick":1}
--- log_level: debug
--- grep_error_log eval: qr/task "\w+" \w+ -> (?:done|cancelled)/
--- grep_error_log_out
task "quick" running -> done
task "slow" running -> cancelled
task "never" waiting -> cancelled
--- error_log
nothing refers to the task "never"



=== TEST 10: a later answer waits for its own condition alone
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 0;
            sleep b 10ms 1;
            sleep c 1h 1;
            respond 500 if=$a '"a"';
            respond 201 if=$b '"b"';
            respond 202 if=$c '"c"';
        }
    }
--- request
    GET /t
--- error_code: 201
--- response_body chomp
"b"



=== TEST 11: an answer that refers to nothing waits for all tasks
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 1;
            sleep b 20ms 1;
            respond 202 '{"accepted":true}';
        }
    }
--- request
    GET /t
--- error_code: 202
--- response_body chomp
{"accepted":true}
--- log_level: debug
--- grep_error_log eval: qr/task "\w+" running -> \w+/
--- grep_error_log_out
task "a" running -> done
task "b" running -> done



=== TEST 12: after= makes an answer wait for a task it does not show
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 1;
            sleep b 30ms 1;
            sleep c 1ms 1;
            respond after=b,c '{"a":$a}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1}
--- log_level: debug
--- grep_error_log eval: qr/task "\w+" running -> \w+/
--- grep_error_log_out eval
qr/task "b" running -> done\n\z/
--- no_error_log
cancelled
[warn]



=== TEST 13: a status without a body has none
--- config
    location = /t { asyncapi { sleep a 1ms 1; respond 204; } }
--- request
    GET /t
--- error_code: 204
--- response_headers
! Content-Length
! Content-Type
--- response_body



=== TEST 14: a status without a body has no length either
--- config
    location = /t { asyncapi { sleep a 1ms 1; respond 304; } }
--- request
    GET /t
--- error_code: 304
--- response_headers
! Content-Length
--- response_body



=== TEST 15: a status without a template has all tasks
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 1;
            respond 201 if=$a;
            respond 202;
        }
    }
--- request
    GET /t
--- error_code: 201
--- response_body chomp
{"a":1}



=== TEST 16: statuses of every class are given
--- config
    location /t {
        asyncapi GET /t/203 { respond 203 '1'; }
        asyncapi GET /t/301 { respond 301 '2'; }
        asyncapi GET /t/400 { respond 400 '3'; }
        asyncapi GET /t/422 { respond 422 '4'; }
        asyncapi GET /t/599 { respond 599 '5'; }
    }
--- pipelined_requests eval
["GET /t/203", "GET /t/301", "GET /t/400", "GET /t/422", "GET /t/599"]
--- error_code eval
[203, 301, 400, 422, 599]
--- response_body eval
[1, 2, 3, 4, 5]



=== TEST 17: error_page does not replace an answer
--- config
    location = /t {
        error_page 404 /other;
        asyncapi { respond 404 '"mine"'; }
    }
    location = /other { return 200 other; }
--- request
    GET /t
--- error_code: 404
--- response_body chomp
"mine"



=== TEST 18: a type that is JSON makes a JSON answer
--- config
    location = /a {
        asyncapi { sleep a 1ms '"x\\"y"'; respond type=application/hal+json '{"a":$a}'; }
    }
    location = /b {
        asyncapi {
            sleep a 1ms 1;
            respond "type=application/json; charset=utf-8" '[$a]';
        }
    }
    location = /c {
        asyncapi { sleep a 1ms 1; respond type=APPLICATION/JSON; }
    }
--- pipelined_requests eval
["GET /a", "GET /b", "GET /c"]
--- response_headers eval
["Content-Type: application/hal+json",
 "Content-Type: application/json; charset=utf-8",
 "Content-Type: APPLICATION/JSON"]
--- response_body eval
['{"a":"x\"y"}', '[1]', '{"a":1}']



=== TEST 19: another type makes a plain text
--- config
    location = /t {
        asyncapi {
            sleep user 1ms '{"name":"Al \\"B\\" \\u00e9","n":1.0,"list":[1,2],"no":null}';
            respond 202 type=text/plain "Hi $user.name, $user.n $user.list;$user.no;$user.miss; $$5\n";
        }
    }
--- request
    GET /t
--- error_code: 202
--- response_headers
Content-Type: text/plain
--- response_body eval
"Hi Al \"B\" \xc3\xa9, 1.0 [1,2];;; \$5\n"



=== TEST 20: status, condition and type come in any order behind the status
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 1;
            respond 201 type=text/csv if=$a after=a "p,$a";
        }
    }
--- request
    GET /t
--- error_code: 201
--- response_headers
Content-Type: text/csv
--- response_body chomp
p,1



=== TEST 21: an object is spread into an object, and later members win once
--- config
    location = /t {
        asyncapi {
            sleep u 1ms '{"id":7,"name":"A","tags":[1],"x":1.0}';
            sleep v 1ms '{"name":"B","more":{}}';
            respond '{ "first": 0, ...$u, "x": "over", ...$v, "last": $u.id }';
        }
    }
--- request
    GET /t
--- response_body_like eval
qr/\A(?=.*"first":0)(?=.*"id":7)(?=.*"tags":\[1\])(?=.*"x":"over")
    (?=.*"name":"B")(?=.*"more":\{\})(?=.*"last":7)
    (?!.*"name".*"name")(?!.*"x".*"x")\{[^\n]*\}\z/x



=== TEST 22: a list is spread into a list
--- config
    location = /t {
        asyncapi {
            sleep l 1ms '[1,2.50,{"a":[]}]';
            sleep none 1ms '[]';
            respond '[ 0, ...$l, ...$none, "x", ...$l[2].a, ...$none ]';
        }
    }
--- request
    GET /t
--- response_body chomp
[0,1,2.50,{"a":[]},"x"]



=== TEST 23: what is not there spreads to nothing
--- config
    location = /t {
        asyncapi {
            sleep u 1ms '{"a":null}';
            respond '{ ...$u.nope, ...$u.a, "l": [ ...$u.nope, ...$u.a ] }';
        }
    }
--- request
    GET /t
--- response_body chomp
{"l":[]}



=== TEST 24: a value that can't be spread fails the answer
--- config
    location = /o { asyncapi { sleep u 1ms '[1]'; respond '{ ...$u }'; } }
    location = /a { asyncapi { sleep u 1ms '{"a":1}'; respond '[ ...$u ]'; } }
    location = /s { asyncapi { sleep u 1ms '"text"'; respond '{ ...$u }'; } }
--- pipelined_requests eval
["GET /o", "GET /a", "GET /s"]
--- error_code eval
[502, 502, 502]
--- response_body eval
[('{"type":"about:blank","title":"Bad Gateway","status":502,"task":"u","reason":"invalid"}') x 3]



=== TEST 25: the error log says which value can't be spread
--- config
    location = /t { asyncapi { sleep u 1ms '{"a":1}'; respond '[ ...$u ]'; } }
--- request
    GET /t
--- error_code: 502
--- error_log
asyncapi response failed: the value of "$u" is not an array



=== TEST 26: line breaks are refused in a plain text
--- config
    location = /t {
        asyncapi {
            sleep u 1ms '"a\\nSet-Cookie: x"';
            respond type=text/plain "u: $u";
        }
    }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"u","reason":"invalid"
--- error_log
the value of "$u" has a line break or a zero byte



=== TEST 27: an answer of a megabyte goes through whole
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '[0,1,2,3,4,5,6,7,8,9]';
            sleep b 1ms '[$a,$a,$a,$a,$a,$a,$a,$a,$a,$a]';
            sleep c 1ms '[$b,$b,$b,$b,$b,$b,$b,$b,$b,$b]';
            sleep d 1ms '[$c,$c,$c,$c,$c,$c,$c,$c,$c,$c]';
            sleep e 1ms '[$d,$d,$d,$d,$d,$d,$d,$d,$d,$d]';
            respond '[$e,$e,$e,$e,$e]';
        }
    }
--- request
    GET /t
--- response_body eval
my $v = "[0,1,2,3,4,5,6,7,8,9]";
$v = "[" . CORE::join(",", ($v) x 10) . "]" for 1 .. 4;
"[" . CORE::join(",", ($v) x 5) . "]"



=== TEST 28: the answers of a slow reader's pipelined requests are whole too
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '[0,1,2,3,4,5,6,7,8,9]';
            sleep b 1ms '[$a,$a,$a,$a,$a,$a,$a,$a,$a,$a]';
            sleep c 1ms '[$b,$b,$b,$b,$b,$b,$b,$b,$b,$b]';
            respond '[$c,$c,$c,$c,$c]';
        }
    }
    sendfile_max_chunk 1k;
    limit_rate 200k;
    limit_rate_after 50k;
--- pipelined_requests eval
["GET /t", "GET /t", "GET /t"]
--- response_body eval
my $v = "[0,1,2,3,4,5,6,7,8,9]";
$v = "[" . CORE::join(",", ($v) x 10) . "]" for 1 .. 2;
$v = "[" . CORE::join(",", ($v) x 5) . "]";
[$v, $v, $v]



=== TEST 29: gzip and conditional filters of nginx work on an answer
--- config
    location = /t {
        gzip on;
        gzip_min_length 1;
        gzip_types application/json;
        asyncapi { sleep a 1ms '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"'; }
    }
--- request
    GET /t
--- more_headers
Accept-Encoding: gzip
--- response_headers
Content-Encoding: gzip
--- response_body_like: ^\x1f\x8b



=== TEST 30: a type with parameters is in nginx's lists of types too
--- config
    location = /t {
        gzip on;
        gzip_min_length 1;
        gzip_types application/json;
        asyncapi {
            respond "type=application/json; charset=utf-8" '"aaaaaaaaaaaaaaaaa"';
        }
    }
--- request
    GET /t
--- more_headers
Accept-Encoding: gzip
--- response_headers
Content-Encoding: gzip
Content-Type: application/json; charset=utf-8

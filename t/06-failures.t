use lib 't/lib';
use AsyncAPI;

run_tests();

__DATA__

=== TEST 1: a task that is late fails the endpoint with 504
--- config
    location = /t {
        asyncapi {
            sleep a timeout=10ms 1h;
            sleep b 1ms 1;
        }
    }
--- request
    GET /t
--- error_code: 504
--- response_headers
Content-Type: application/problem+json
! Asyncapi-Failed
! Retry-After
--- response_body chomp
{"type":"about:blank","title":"Gateway Timeout","status":504,"task":"a","reason":"timeout"}
--- error_log
[error]
asyncapi task "a" failed: timeout, its deadline passed



=== TEST 2: an invalid value fails the endpoint with 502
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '{"x":1}';
            sleep b each=$a 1ms;
        }
    }
--- request
    GET /t
--- error_code: 502
--- response_headers
Content-Type: application/problem+json
--- response_body chomp
{"type":"about:blank","title":"Bad Gateway","status":502,"task":"b","reason":"invalid"}



=== TEST 3: what was said goes into the answer where asyncapi_error_detail is on
--- config
    asyncapi_error_detail on;
    location = /t {
        asyncapi {
            sleep a timeout=10ms 1h;
        }
    }
    location = /off {
        asyncapi_error_detail off;
        asyncapi {
            sleep a timeout=10ms 1h;
        }
    }
    location = /r {
        asyncapi {
            sleep a 1ms '"x"';
            respond '{ ...$a }';
        }
    }
--- pipelined_requests eval
["GET /t", "GET /off", "GET /r"]
--- error_code eval
[504, 504, 502]
--- response_body eval
['{"type":"about:blank","title":"Gateway Timeout","status":504,"task":"a","reason":"timeout","detail":"its deadline passed"}',
 '{"type":"about:blank","title":"Gateway Timeout","status":504,"task":"a","reason":"timeout"}',
 '{"type":"about:blank","title":"Bad Gateway","status":502,"task":"a","reason":"invalid","detail":"is not an object"}']



=== TEST 4: HEAD gets the status of the failure, and no body
--- config
    location = /t { asyncapi { sleep a timeout=10ms 1h; } }
--- request
    HEAD /t
--- error_code: 504
--- response_headers
Content-Type: application/problem+json
--- response_body



=== TEST 5: what still runs and waits is cancelled by a failure at once
--- config
    location = /t {
        asyncapi {
            sleep slow 1h;
            sleep bad after=l timeout=10ms 1h;
            gather g { sleep in 1h; sleep more after=in 1h; }
            sleep waits after=slow 1h;
            sleep l 1ms '[1,2]';
            sleep e each=$l 1h;
        }
    }
--- request
    GET /t
--- error_code: 504
--- log_level: debug
--- grep_error_log eval: qr/task "\w+" (?:running|waiting) -> (?:done|failed|cancelled)/
--- grep_error_log_out
task "l" running -> done
task "bad" running -> failed
task "slow" running -> cancelled
task "in" running -> cancelled
task "more" waiting -> cancelled
task "g" running -> cancelled
task "waits" waiting -> cancelled
task "e" running -> cancelled
task "e" running -> cancelled
task "e" running -> cancelled



=== TEST 6: a task that ends together with the failure changes nothing
--- config
    location = /t {
        asyncapi {
            sleep a 10ms 1;
            sleep bad timeout=10ms 1h;
            sleep b 10ms 2;
            sleep c after=b 1ms;
        }
    }
--- request
    GET /t
--- error_code: 504
--- response_body_like: "task":"bad"



=== TEST 7: a default stands in, and the answer says for whom
--- config
    location = /t {
        asyncapi {
            sleep orders timeout=10ms default=[] 1h;
            sleep feed timeout=20ms 'default={"x": 1.50}' 1h;
            sleep fine 1ms 1;
        }
    }
--- request
    GET /t
--- response_headers
Asyncapi-Failed: orders;reason=timeout, feed;reason=timeout
--- response_body chomp
{"orders":[],"feed":{"x": 1.50},"fine":1}
--- error_log
[warn]
asyncapi task "orders" failed: timeout, its deadline passed; its default stands in
asyncapi task "feed" failed: timeout, its deadline passed; its default stands in
--- no_error_log
[error]



=== TEST 8: a name that can't be a token is quoted in Asyncapi-Failed
--- config
    location = /t {
        asyncapi {
            sleep _a timeout=10ms default=1 1h;
            sleep Zz9_ timeout=20ms default=2 1h;
        }
    }
--- request
    GET /t
--- response_headers
Asyncapi-Failed: "_a";reason=timeout, Zz9_;reason=timeout
--- response_body chomp
{"_a":1,"Zz9_":2}



=== TEST 9: defaults are every sort of JSON, byte for byte
--- config
    location = /t {
        asyncapi {
            sleep a timeout=1ms default=null 1h;
            sleep b timeout=1ms default=false 1h;
            sleep c timeout=1ms default=-1.0e400 1h;
            sleep d timeout=1ms 'default=""' 1h;
            sleep e timeout=1ms 'default="\\u00e9 $x ${y} $$"' 1h;
            sleep f timeout=1ms 'default={"b":[1 ,2],"a":{}}' 1h;
            respond '[$a,$b,$c,$d,$e,$f,"$f.b","$e"]';
        }
    }
--- request
    GET /t
--- response_body chomp
[null,false,-1.0e400,"","\u00e9 $x ${y} $$",{"b":[1 ,2],"a":{}},"[1 ,2]","\u00e9 $x ${y} $$"]



=== TEST 10: a failure goes with the defaults that stood in before it
--- config
    location = /t {
        asyncapi {
            sleep a timeout=1ms default=1 1h;
            sleep b after=a timeout=1ms 1h;
        }
    }
--- request
    GET /t
--- error_code: 504
--- response_headers
Asyncapi-Failed: a;reason=timeout



=== TEST 11: one line in the error log for each failure
--- config
    location = /t {
        asyncapi {
            gather g { gather h { gather i default=1 { sleep a timeout=1ms 1h; sleep b 1h; } } }
            sleep x after=g timeout=1ms 1h;
        }
    }
--- request
    GET /t
--- error_code: 504
--- grep_error_log eval: qr/\[\w+\] [^,]* asyncapi [^,]*/
--- grep_error_log_out eval
qr/\A\[warn\] .* asyncapi task "a" failed: timeout\n\[error\] .* asyncapi task "x" failed: timeout\n\z/



=== TEST 12: one line in the error log for a task that is run for each element
--- config
    location = /t {
        asyncapi {
            sleep l 1ms '[1,2]';
            gather g each=$l default=1 { sleep in each=$l timeout=1ms 1h; }
            sleep x each=$g timeout=1ms 1h;
        }
    }
--- request
    GET /t
--- error_code: 504
--- response_body_like: "task":"x","reason":"timeout"
--- grep_error_log eval: qr/asyncapi task "\w+" failed: \w+/
--- grep_error_log_out
asyncapi task "in" failed: timeout
asyncapi task "x" failed: timeout



=== TEST 13: the error log names the client and the request
--- config
    location = /t { asyncapi { sleep a timeout=1ms 1h; } }
--- request
    GET /t?x=1
--- error_code: 504
--- error_log eval
qr/\[error\] .*asyncapi task "a" failed: timeout, its deadline passed, client: 127\.0\.0\.1, server: \w+, request: "GET \/t\?x=1 HTTP\/1\.1"/



=== TEST 14: the endpoint's deadline fails what runs
--- config
    location = /t {
        asyncapi {
            timeout 20ms;
            sleep a 1h;
            sleep b 1ms 1;
        }
    }
--- request
    GET /t
--- error_code: 504
--- response_body chomp
{"type":"about:blank","title":"Gateway Timeout","status":504,"task":"a","reason":"timeout"}
--- error_log
asyncapi task "a" failed: timeout, the endpoint's deadline passed



=== TEST 15: defaults stand in at the endpoint's deadline, for what waits too
--- config
    location = /t {
        asyncapi {
            timeout 300ms;
            sleep done 1ms 1;
            sleep a default=1 1h;
            sleep b default=2 after=a 1h;
            sleep c if=$nope default=3 after=b 1h;
            sleep nope 1ms 0;
            gather g default=4 { sleep d 1h; }
            gather h { sleep e default=5 1h; sleep f default=6 after=e 1h; }
            sleep i default=7 each=$l 1h;
            sleep l 1ms '[1,2]';
        }
    }
--- request
    GET /t
--- response_body chomp
{"done":1,"a":1,"b":2,"c":3,"nope":0,"g":4,"h":{"e":5,"f":6},"i":[7,7],"l":[1,2]}
--- response_headers
Asyncapi-Failed: a;reason=timeout, e;reason=timeout, i;reason=timeout, g;reason=timeout, b;reason=timeout, f;reason=timeout



=== TEST 16: a race that the deadline ends has a default
--- config
    location = /t {
        asyncapi {
            timeout 20ms;
            race r default=0 { sleep a 1h; sleep b 1h; sleep c after=b 1h; }
        }
    }
--- request
    GET /t
--- response_body chomp
{"r":0}



=== TEST 17: what waits for nothing any more is not started after the deadline
--- config
    location = /t {
        asyncapi {
            timeout 20ms;
            sleep a default=1 1h;
            sleep b after=a 1ms;
        }
    }
--- request
    GET /t
--- error_code: 504
--- response_body_like: "task":"b","reason":"timeout"
--- response_headers
Asyncapi-Failed: a;reason=timeout
--- error_log
asyncapi task "b" failed: timeout, the endpoint's deadline passed before it was started
--- log_level: debug
--- no_error_log
task "b" ready -> running



=== TEST 18: asyncapi_timeout is every endpoint's deadline that says none
--- http_config
    asyncapi_timeout 1h;
--- config
    asyncapi_timeout 20ms;
    location = /server { asyncapi { sleep a 1h; } }
    location = /location { asyncapi_timeout 30ms; asyncapi { sleep a 1h; } }
    location = /endpoint { asyncapi { timeout 5s; sleep a 100ms; } }
    location = /long { asyncapi_timeout 5s; asyncapi { sleep a 100ms; } }
--- pipelined_requests eval
["GET /server", "GET /location", "GET /endpoint", "GET /long"]
--- error_code eval
[504, 504, 200, 200]



=== TEST 19: a deadline of a task beats that of the endpoint, and the other way round
--- config
    location = /task { asyncapi { timeout 1h; sleep a timeout=10ms default=1 1h; } }
    location = /endpoint { asyncapi { timeout 10ms; sleep a timeout=1h default=2 1h; } }
--- pipelined_requests eval
["GET /task", "GET /endpoint"]
--- response_body eval
['{"a":1}', '{"a":2}']



=== TEST 20: a task that is left out gives its default and is no failure
--- config
    location = /t {
        asyncapi {
            sleep a if=$arg_a default=0 1h;
            sleep b if=!$a 1ms '"ran"';
            sleep c if=$b 1ms '"ran"';
            sleep d if=!$b 1h;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":0,"b":"ran","c":"ran","d":null}
--- response_headers
! Asyncapi-Failed
--- log_level: debug
--- no_error_log
"a" ready -> running
"d" ready -> running
[warn]



=== TEST 21: a failed task's reader is not started
--- config
    location = /t {
        asyncapi {
            sleep a timeout=1ms 1h;
            sleep b 1ms '$a';
        }
    }
--- request
    GET /t
--- error_code: 504
--- response_body_like: "task":"a"
--- log_level: debug
--- no_error_log
task "b" ready -> running



=== TEST 22: a default is what readers read
--- config
    location = /t {
        asyncapi {
            sleep a timeout=1ms 'default={"l":[1,2]}' 1h;
            sleep b each=$a.l 1ms '"$item"';
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":{"l":[1,2]},"b":["1","2"]}



=== TEST 23: a failure after an answer that has been sent is nobody's
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 1;
            sleep b timeout=400ms 1h;
            respond '$a';
        }
    }
--- request
    GET /t
--- wait: 0.6
--- response_body chomp
1
--- no_error_log
[error]



=== TEST 24: an add_header of the location is on failures only with always
--- config
    location = /t {
        add_header X-Plain p;
        add_header X-Always a always;
        asyncapi { sleep a timeout=1ms 1h; }
    }
--- request
    GET /t
--- error_code: 504
--- response_headers
! X-Plain
X-Always: a

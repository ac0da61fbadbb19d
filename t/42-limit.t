use lib 't/lib';
use AsyncAPI;

# one worker; what two share is in 43-limit-workers.t

no_root_location();
run_tests();

__DATA__

=== TEST 1: as many run as there are slots, the others after them in the order they came
--- http_config
    asyncapi_limit two 2;
--- config
    location = /t {
        asyncapi {
            sleep a limit=two 100ms 1;
            sleep b limit=two 100ms 2;
            sleep c limit=two 1ms   3;
            sleep d limit=two 1ms   4;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1,"b":2,"c":3,"d":4}
--- log_level: debug
--- grep_error_log eval: qr/task "\w" \w+ -> \w+|limit "two" .*/
--- grep_error_log_out
task "a" waiting -> ready
task "b" waiting -> ready
task "c" waiting -> ready
task "d" waiting -> ready
limit "two" taken: held 1 of 2, waiting 0
task "a" ready -> running
limit "two" taken: held 2 of 2, waiting 0
task "b" ready -> running
limit "two" queued: held 2 of 2, waiting 1
task "c" ready -> queued
limit "two" queued: held 2 of 2, waiting 2
task "d" ready -> queued
limit "two" given: held 1 of 2, waiting 2
task "a" running -> done
limit "two" given: held 1 of 2, waiting 1
task "b" running -> done
limit "two" granted: held 2 of 2, waiting 0
task "c" queued -> ready
limit "two" granted: held 2 of 2, waiting 0
task "d" queued -> ready
task "c" ready -> running
task "d" ready -> running
limit "two" given: held 1 of 2, waiting 0
task "c" running -> done
limit "two" given: held 0 of 2, waiting 0
task "d" running -> done



=== TEST 2: a full queue is answered at once
--- http_config
    asyncapi_limit one 1 queue=1;
--- config
    location = /t {
        asyncapi {
            sleep a limit=one 10s;
            sleep b limit=one 10s;
            sleep c limit=one 10s;
        }
    }
--- request
    GET /t
--- error_code: 503
--- response_headers
Content-Type: application/problem+json
Retry-After: 1
--- response_body chomp
{"type":"about:blank","title":"Service Unavailable","status":503,"task":"c","reason":"limit"}
--- error_log eval
qr/\[error\] .*asyncapi task "c" failed: limit, the limit "one" is full, and so is its queue,/
--- timeout: 3



=== TEST 3: queue=0 lets nobody wait, and a default stands in as for any failure
--- http_config
    asyncapi_limit one 1 queue=0;
--- config
    location = /t {
        asyncapi {
            sleep a limit=one 100ms 1;
            sleep b limit=one default=[] 1ms 2;
            sleep c limit=one after=a 1ms 3;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1,"b":[],"c":3}
--- response_headers
Asyncapi-Failed: b;reason=limit



=== TEST 4: who has waited for as long as one may fails
--- http_config
    asyncapi_limit one 1 wait=100ms;
--- config
    location = /t {
        asyncapi {
            sleep a limit=one 800ms 1;
            sleep b limit=one default=null 1ms 2;
            sleep c after=b 1ms 3;
            sleep d limit=one after=a 1ms 4;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1,"b":null,"c":3,"d":4}
--- response_headers
Asyncapi-Failed: b;reason=limit
--- log_level: debug
--- error_log
asyncapi task "b" failed: limit, it has waited for a slot of the limit "one" as long as one may; its default stands in
limit "one" left: held 1 of 1, waiting 0
limit "one" given: held 0 of 1, waiting 0



=== TEST 5: waiting counts as the task's own time
--- http_config
    asyncapi_limit one 1;
--- config
    location = /t {
        asyncapi {
            sleep a limit=one 800ms 1;
            sleep b limit=one timeout=100ms default=null 1ms 2;
            sleep c limit=one after=a 1ms 3;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1,"b":null,"c":3}
--- response_headers
Asyncapi-Failed: b;reason=timeout
--- error_log
its deadline passed while it waited for a slot of its limit; its default stands in



=== TEST 6: and as the endpoint's
--- http_config
    asyncapi_limit one 1;
--- config
    location = /t {
        asyncapi {
            timeout 200ms;
            sleep a limit=one 10s;
            gather b limit=one { sleep in 1ms; }
        }
    }
--- request
    GET /t
--- error_code: 504
--- response_body_like: "task":"a","reason":"timeout"
--- log_level: debug
--- grep_error_log eval: qr/task "\w" \w+ -> \w+|limit "one" (?:left|given).*/
--- grep_error_log_out
task "a" waiting -> ready
task "b" waiting -> ready
task "a" ready -> running
task "b" ready -> queued
limit "one" given: held 0 of 1, waiting 1
task "a" running -> failed
limit "one" left: held 0 of 1, waiting 0
task "b" queued -> cancelled



=== TEST 7: at the deadline of the endpoint defaults stand in for who waits
--- http_config
    asyncapi_limit one 1;
--- config
    location = /t {
        asyncapi {
            timeout 200ms;
            sleep a limit=one default=1 10s;
            gather b limit=one default=2 { sleep in 1ms; }
            sleep c limit=one default=3 1ms;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1,"b":2,"c":3}
--- log_level: debug
--- error_log
the endpoint's deadline passed while it waited for a slot of its limit; its default stands in
held 0 of 1, waiting 0



=== TEST 8: who waits for a client that leaves is dropped
--- http_config
    asyncapi_limit one 1;
--- config
    location = /t {
        asyncapi_timeout 1h;
        asyncapi {
            sleep a limit=one 1h;
            sleep b limit=one 1h;
            gather c limit=one { sleep d 1h; }
        }
    }
--- request
    GET /t
--- abort
--- ignore_response
--- timeout: 0.3
--- wait: 0.3
--- log_level: debug
--- grep_error_log eval: qr/task "\w" \w+ -> cancelled|limit "one" (?:left|given|granted).*/
--- grep_error_log_out
limit "one" given: held 0 of 1, waiting 2
task "a" running -> cancelled
limit "one" left: held 1 of 1, waiting 0
task "b" queued -> cancelled
limit "one" left: held 0 of 1, waiting 0
task "c" queued -> cancelled



=== TEST 9: a task that fails gives its slot back, and one that fails before has none
--- http_config
    asyncapi_limit one 1 queue=0;
--- config
    location = /t {
        asyncapi {
            sleep list 1ms '"x"';
            http  a limit=one default=1 http://127.0.0.1:1/;
            sleep b limit=one after=a timeout=10ms default=2 1h;
            sleep c limit=one after=b if=!$b 1ms;
            sleep d limit=one after=b each=$list default=3 1ms;
            sleep e limit=one after=d 1ms 4;
        }
    }
--- request
    GET /t
--- response_body chomp
{"list":"x","a":1,"b":2,"c":null,"d":3,"e":4}



=== TEST 10: a slot for each element
--- http_config
    asyncapi_limit two 2;
--- config
    location = /t {
        asyncapi {
            sleep list 1ms '[1,2,3,4,5]';
            sleep a each=$list limit=two 30ms $item;
            respond '$a';
        }
    }
--- request
    GET /t
--- response_body chomp
[1,2,3,4,5]
--- log_level: debug
--- grep_error_log eval: qr/limit "two" \w+: held [3-9]|limit "two" queued: .*/
--- grep_error_log_out
limit "two" queued: held 2 of 2, waiting 1
limit "two" queued: held 2 of 2, waiting 2
limit "two" queued: held 2 of 2, waiting 3



=== TEST 11: elements that wait are dropped when another fails
--- http_config
    asyncapi_limit two 2;
--- config
    location = /t {
        asyncapi {
            sleep list 1ms '[1,2,3,4,5]';
            sleep a each=$list limit=two timeout=50ms 1h;
        }
    }
--- request
    GET /t
--- error_code: 504
--- log_level: debug
--- error_log
held 0 of 2, waiting 0



=== TEST 12: a try holds a slot, and a pause between two holds none
--- http_config
    asyncapi_limit one 1 queue=0;
--- config
    location = /t {
        asyncapi {
            http  a limit=one retry=2 default=null http://127.0.0.1:1/;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":null}
--- log_level: debug
--- grep_error_log eval: qr/limit "one" .*|retry \d/
--- grep_error_log_out
limit "one" taken: held 1 of 1, waiting 0
limit "one" given: held 0 of 1, waiting 0
retry 1
limit "one" taken: held 1 of 1, waiting 0
limit "one" given: held 0 of 1, waiting 0
retry 2
limit "one" taken: held 1 of 1, waiting 0
limit "one" given: held 0 of 1, waiting 0



=== TEST 13: that there is no slot is not tried again
--- http_config
    asyncapi_limit one 1 queue=0;
--- config
    location = /t {
        asyncapi {
            sleep b limit=one 300ms;
            http  a limit=one retry=2 default=null http://127.0.0.1:1/;
        }
    }
--- request
    GET /t
--- response_headers
Asyncapi-Failed: a;reason=limit
--- response_body chomp
{"b":null,"a":null}
--- no_error_log
retry 1



=== TEST 14: a second try has a slot of its own, if there is one at once
--- http_config
    asyncapi_limit two 2;
--- config
    location = /t {
        asyncapi {
            sleep a limit=two hedge=100ms 1500ms 1;
            sleep b after=a limit=two hedge=100ms 1500ms 2;
            sleep c after=a limit=two 1500ms 3;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1,"b":2,"c":3}
--- log_level: debug
--- grep_error_log eval: qr/limit "two" (?:taken|queued|refused).*|\[info\] .*failed: limit.*?goes on/
--- grep_error_log_out eval
qr/^limit "two" taken: held 1 of 2, waiting 0
limit "two" taken: held 2 of 2, waiting 0
limit "two" taken: held 1 of 2, waiting 0
limit "two" taken: held 2 of 2, waiting 0
limit "two" refused: held 2 of 2, waiting 0
\[info\] .* no slot of the limit "two" was free at once; the other try goes on
$/



=== TEST 15: a group holds one slot while it runs
--- http_config
    asyncapi_limit one 1;
--- config
    location = /t {
        asyncapi {
            gather g limit=one { sleep a 100ms; sleep b 1ms; }
            race   h limit=one { sleep c 1ms '"c"'; sleep d 1h; }
            respond '[$g,$h]';
        }
    }
--- request
    GET /t
--- response_body chomp
[{"a":null,"b":null},"c"]
--- log_level: debug
--- grep_error_log eval: qr/task "[gh]" \w+ -> \w+/
--- grep_error_log_out
task "g" waiting -> ready
task "h" waiting -> ready
task "g" ready -> running
task "h" ready -> queued
task "g" running -> done
task "h" queued -> ready
task "h" ready -> running
task "h" running -> done



=== TEST 16: who waits in a race that is won is dropped
--- http_config
    asyncapi_limit one 1;
--- config
    location = /t {
        asyncapi {
            race r { sleep a limit=one 50ms '"a"'; sleep b limit=one 1ms '"b"'; }
        }
    }
--- request
    GET /t
--- response_body chomp
{"r":"a"}
--- log_level: debug
--- error_log
held 0 of 1, waiting 0



=== TEST 17: with an answer that needs it no longer a slot is free
--- http_config
    asyncapi_limit one 1;
--- config
    location = /t {
        asyncapi {
            sleep a limit=one 1h;
            sleep b limit=one 1h;
            sleep c 20ms 1;
            respond '$c';
        }
    }
--- request eval
["GET /t", "GET /t", "GET /t"]
--- response_body eval
["1", "1", "1"]



=== TEST 18: http calls, local ones and blocks are all bounded
--- http_config
    asyncapi_limit one 1;
--- config
    location = /t {
        asyncapi {
            http a limit=one http://127.0.0.1:$TEST_NGINX_SERVER_PORT/x;
            http b limit=one /x;
            http c limit=one { return 200 c; }
        }
    }
    location = /x { return 200 x; }
--- request
    GET /t
--- response_body chomp
{"a":"x","b":"x","c":"c"}
--- log_level: debug
--- error_log
limit "one" queued: held 1 of 1, waiting 2



=== TEST 19: a limit may be declared below its use, and one may be used by nobody
--- http_config
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        location = /t { asyncapi { sleep a limit=below 1ms 1; } }
    }
    asyncapi_limit unused 5 queue=3 wait=1s;
    asyncapi_limit below 1;
    asyncapi_zone 256k;
--- config
    location = /t { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
--- request
    GET /t
--- response_body chomp
{"a":1}



=== TEST 20: a limit that nobody has declared
--- statements
sleep b 1ms;
sleep a limit=none 1ms;
--- refused
2: there is no limit "none": declare it in http with "asyncapi_limit none 20;" in sleep "a"



=== TEST 21: what is no name of a limit
--- statements
sleep a limit=5 1ms;
--- refused
1: option "limit=5": is no name of a limit: write letters, digits and "_" in sleep "a"



=== TEST 22: a group and a task in it with the same limit would wait for each other
--- statements
gather g limit=one {
    sleep a 1ms;
    race h { sleep b limit=one 1ms; }
}
--- refused
3: a slot of the limit "one" is held by "g" around it, so tasks could wait for each other: take one of the two "limit=" away in sleep "b"



=== TEST 23: the same limit twice
--- http_config
    asyncapi_limit one 1;
    asyncapi_limit one 2;
--- config
--- must_die
--- error_log
there is a limit "one" already



=== TEST 24: a limit without slots
--- http_config
    asyncapi_limit one 0;
--- config
--- must_die
--- error_log
"0" is no number of slots: write for instance "asyncapi_limit one 20;"



=== TEST 25: a parameter that is none
--- http_config
    asyncapi_limit one 1 queue=long;
--- config
--- must_die
--- error_log
invalid parameter "queue=long": write queue=N, the number of tasks that may wait, or wait=TIME, how long each may



=== TEST 26: no time to wait
--- http_config
    asyncapi_limit one 1 wait=0;
--- config
--- must_die
--- error_log
invalid parameter "wait=0"



=== TEST 27: a name that is none
--- http_config
    asyncapi_limit 1st 1;
--- config
--- must_die
--- error_log
"1st" can't be the name of a limit: write letters, digits and "_", beginning with a letter



=== TEST 28: a zone that is no zone
--- http_config
    asyncapi_zone 8k;
--- config
--- must_die
--- error_log
"8k" is not the size of a zone, of at least 32k: write for instance "asyncapi_zone 1m;"



=== TEST 29: two zones
--- http_config
    asyncapi_zone 1m;
    asyncapi_zone 1m;
--- config
--- must_die
--- error_log
"asyncapi_zone" directive is duplicate



=== TEST 30: a zone that is too small for what is in it
--- http_config eval
"asyncapi_zone 32k;\n" . CORE::join '', map { "asyncapi_limit l$_ 1;\n" } 1 .. 100
--- config
--- must_die
--- error_log eval
qr/100 limits and 1 workers need more shared memory than 32768 bytes: write "asyncapi_zone \d+k;"/



=== TEST 31: as big as that says it is enough
--- http_config eval
"asyncapi_zone 150k;\n" . CORE::join '', map { "asyncapi_limit l$_ 1;\n" } 1 .. 100
--- config
    location = /t { asyncapi { sleep a limit=l1 1ms; sleep b limit=l100 1ms; } }
--- request
    GET /t
--- response_body chomp
{"a":null,"b":null}

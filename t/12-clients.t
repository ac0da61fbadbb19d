use lib 't/lib';
use AsyncAPI;

log_level('debug');
run_tests();

__DATA__

=== TEST 1: a client that leaves cancels its tasks
--- config
    location = /t {
        asyncapi_timeout 1h;
        asyncapi {
            sleep a 1h;
            sleep b after=a 1h;
            gather g { sleep c 1h; }
            sleep l 1ms '[1,2]';
            sleep e each=$l 1h;
        }
    }
--- request
    GET /t
--- abort
--- timeout: 0.3
--- wait: 0.3
--- ignore_response
--- grep_error_log eval: qr/task "\w+" (?:running|waiting) -> (?:done|cancelled|failed)/
--- grep_error_log_out
task "l" running -> done
task "a" running -> cancelled
task "b" waiting -> cancelled
task "c" running -> cancelled
task "g" running -> cancelled
task "e" running -> cancelled
task "e" running -> cancelled
task "e" running -> cancelled
--- no_error_log
[error]



=== TEST 2: a client that leaves at once cancels its tasks
--- config
    location = /t {
        asyncapi_timeout 1h;
        asyncapi { sleep a 1h; }
    }
--- raw_request eval
"GET /t HTTP/1.1\r\nHost: localhost\r\n\r\n"
--- shutdown: 1
--- wait: 0.3
--- ignore_response
--- error_log
task "a" running -> cancelled



=== TEST 3: a client that closes at once cancels its tasks
--- config
    location = /t {
        asyncapi_timeout 1h;
        asyncapi { sleep a 1h; }
    }
--- request
    GET /t
--- abort
--- timeout: 0.001
--- wait: 0.3
--- ignore_response
--- error_log
task "a" running -> cancelled



=== TEST 4: where clients that leave are ignored the tasks go on
--- config
    location = /t {
        asyncapi_ignore_client_abort on;
        asyncapi { sleep a 300ms; sleep b after=a 1ms; }
    }
--- request
    GET /t
--- abort
--- timeout: 0.05
--- wait: 1
--- ignore_response
--- grep_error_log eval: qr/task "\w+" running -> \w+/
--- grep_error_log_out
task "a" running -> done
task "b" running -> done



=== TEST 5: clients that leave are ignored where the location says so, and nowhere else
--- http_config
    asyncapi_ignore_client_abort on;
--- config
    location = /t {
        asyncapi_timeout 1h;
        asyncapi_ignore_client_abort off;
        asyncapi { sleep a 1h; }
    }
--- request
    GET /t
--- abort
--- timeout: 0.05
--- wait: 0.3
--- ignore_response
--- error_log
task "a" running -> cancelled



=== TEST 6: the deadline ends tasks whose client has left and is ignored
--- config
    location = /t {
        asyncapi_ignore_client_abort on;
        asyncapi_timeout 300ms;
        asyncapi { sleep a 1h; }
    }
--- request
    GET /t
--- abort
--- timeout: 0.05
--- wait: 1
--- ignore_response
--- error_log
task "a" running -> failed
--- no_error_log
-> cancelled



=== TEST 7: a connection is kept for the next request
--- config
    location = /t { asyncapi { sleep a 5ms '"$arg_n"'; respond '$a'; } }
    location = /f { asyncapi { sleep a timeout=1ms 1h; } }
    location = /n { asyncapi GET /nothing { sleep a 1ms; } }
--- log_level: info
--- pipelined_requests eval
[ map { "GET $_" } "/t?n=1", "/f", "/t?n=2", "/n", "/t?n=3" ]
--- error_code eval
[200, 504, 200, 404, 200]
--- response_body_like eval
['^"1"$', '"task":"a"', '^"2"$', '"status":404', '^"3"$']



=== TEST 8: pipelined requests are answered in their order
--- config
    location = /t { asyncapi { sleep t 60ms; } }
    location = /q { asyncapi { sleep q 1ms; } }
    location = /f { asyncapi { sleep f timeout=20ms 1h; } }
--- raw_request eval
CORE::join "", map { "GET $_ HTTP/1.1\r\nHost: localhost\r\n"
               . (/last/ ? "Connection: close\r\n" : "") . "\r\n" }
         "/t", "/q", "/f", "/t", "/q?last"
--- response_body chomp
{"t":null}
--- grep_error_log eval: qr/task "\w+" (?:ready|running) -> \w+/
--- grep_error_log_out
task "t" ready -> running
task "t" running -> done
task "q" ready -> running
task "q" running -> done
task "f" ready -> running
task "f" running -> failed
task "t" ready -> running
task "t" running -> done
task "q" ready -> running
task "q" running -> done



=== TEST 9: a pipelined request does not look like a client that leaves
--- config
    location = /t { asyncapi { sleep a 200ms; } }
    location = /u { asyncapi { sleep b 1ms; } }
--- raw_request eval
["GET /t HTTP/1.1\r\nHost: localhost\r\n\r\n",
 "GET /u HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"]
--- raw_request_middle_delay: 0.05
--- response_body chomp
{"a":null}
--- grep_error_log eval: qr/task "\w+" running -> \w+/
--- grep_error_log_out
task "a" running -> done
task "b" running -> done



=== TEST 10: a client that leaves with a pipelined request under way leaves both
--- config
    location = /t { asyncapi_timeout 1h; asyncapi { sleep a 1h '"$arg_n"'; respond '$a'; } }
--- raw_request eval
"GET /t?n=1 HTTP/1.1\r\nHost: localhost\r\n\r\n" .
"GET /t?n=2 HTTP/1.1\r\nHost: localhost\r\n\r\n"
--- abort
--- timeout: 0.3
--- wait: 0.3
--- ignore_response
--- grep_error_log eval: qr/task "\w+" running -> \w+/
--- grep_error_log_out
task "a" running -> cancelled



=== TEST 11: a body that nobody reads is no part of the next request
--- config
    location = /t { asyncapi POST { sleep a 10ms '"$arg_n"'; respond '$a'; } }
    location = /g { asyncapi { sleep a 1ms '"get"'; respond '$a'; } }
--- log_level: info
--- pipelined_requests eval
["POST /t?n=1
" . "GET /g HTTP/1.1\r\n" x 1000, "GET /g", "POST /t?n=2
x", "GET /g"]
--- response_body eval
['"1"', '"get"', '"2"', '"get"']



=== TEST 12: a body that comes late is no part of the next request either
--- config
    location = /t { asyncapi POST { sleep post 100ms; } }
    location = /q { asyncapi POST { sleep quick 1ms; } }
    location = /g { asyncapi { sleep get 1ms; } }
--- raw_request eval
["POST /t HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n01234",
 "56789", "0123456789POST /q HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n",
 "01", "23GET /g HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"]
--- raw_request_middle_delay: 0.04
--- response_body chomp
{"post":null}
--- grep_error_log eval: qr/task "\w+" running -> \w+/
--- grep_error_log_out
task "post" running -> done
task "quick" running -> done
task "get" running -> done



=== TEST 13: a chunked body that nobody reads is left out as well
--- config
    location = /t { asyncapi POST { sleep post 100ms; } }
    location = /g { asyncapi { sleep get 1ms; } }
--- raw_request eval
["POST /t HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n",
 "a\r\n0123456789\r\n", "0\r\n\r\nGET /g HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"]
--- raw_request_middle_delay: 0.02
--- response_body chomp
{"post":null}
--- grep_error_log eval: qr/task "\w+" running -> \w+/
--- grep_error_log_out
task "post" running -> done
task "get" running -> done



=== TEST 14: a chunked body that turns bad ends the request, and its tasks
--- config
    location = /t { asyncapi_timeout 1h; asyncapi POST { sleep a 1h; } }
--- raw_request eval
["POST /t HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n",
 "no chunk\r\n"]
--- raw_request_middle_delay: 0.05
--- ignore_response
--- wait: 0.3
--- error_log
task "a" running -> cancelled



=== TEST 15: a client that leaves in the middle of its body cancels its tasks
--- config
    location = /t { asyncapi_timeout 1h; asyncapi POST { sleep a 1h; } }
--- raw_request eval
"POST /t HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n01234"
--- abort
--- timeout: 0.3
--- wait: 0.3
--- ignore_response
--- error_log
task "a" running -> cancelled



=== TEST 16: a client that leaves in the middle of a chunked body cancels its tasks
--- config
    location = /t { asyncapi_timeout 1h; asyncapi POST { sleep a 1h; } }
--- raw_request eval
"POST /t HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n"
--- abort
--- timeout: 0.3
--- wait: 0.3
--- ignore_response
--- error_log
task "a" running -> cancelled



=== TEST 17: a client that leaves behind its body cancels its tasks
--- config
    location = /t { asyncapi_timeout 1h; asyncapi POST { sleep a 1h; } }
--- raw_request eval
["POST /t HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n01234", "56789"]
--- raw_request_middle_delay: 0.05
--- abort
--- timeout: 0.3
--- wait: 0.3
--- ignore_response
--- error_log
task "a" running -> cancelled



=== TEST 18: a client that leaves in the middle of its body is ignored where that is said
--- config
    location = /t {
        asyncapi_ignore_client_abort on;
        asyncapi POST { sleep a 300ms; }
    }
--- raw_request eval
"POST /t HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n01234"
--- abort
--- timeout: 0.05
--- wait: 1
--- ignore_response
--- error_log
task "a" running -> done



=== TEST 19: an answer to a body that is not all there is sent
--- config
    location = /t { asyncapi POST { sleep a 1ms 1; } }
--- log_level: info
--- raw_request eval
"POST /t HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n01234"
--- abort
--- timeout: 0.3
--- response_body chomp
{"a":1}



=== TEST 20: tasks go on though their client's body comes slowly
--- config
    location = /t {
        lingering_timeout 50ms;
        lingering_time 0;
        asyncapi POST { sleep a 300ms 1; }
    }
--- log_level: info
--- raw_request eval
"POST /t HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n01234"
--- abort
--- timeout: 1
--- response_body chomp
{"a":1}



=== TEST 21: a client that expects to be asked for its body gets the answer
--- config
    location = /t { asyncapi POST { sleep a 1ms 1; } }
--- log_level: info
--- request
POST /t
0123456789
--- more_headers
Expect: 100-continue
--- error_code: 100
--- response_body_like: ^HTTP/1.1 200 OK[\s\S]*\{"a":1\}$



=== TEST 22: a body that is larger than the server takes is refused
--- config
    location = /t { client_max_body_size 4; asyncapi POST { sleep a 1ms 1; } }
--- log_level: info
--- request
POST /t
0123456789
--- error_code: 413



=== TEST 23: an HTTP/1.0 client gets its answer
--- config
    location = /t { asyncapi { sleep a 1ms 1; } }
--- log_level: info
--- request
GET /t HTTP/1.0
--- response_headers
Content-Length: 7
--- response_body chomp
{"a":1}



=== TEST 24: an HTTP/2 client gets answers and failures
--- config
    location = /t { asyncapi { sleep a 5ms '{"x":1.0}'; } }
--- http2
--- log_level: info
--- request
    GET /t
--- response_headers
content-type: application/json
--- response_body chomp
{"a":{"x":1.0}}



=== TEST 25: an HTTP/2 client gets a failure
--- config
    location = /t { asyncapi { sleep b default=0 timeout=1ms 1h; sleep a after=b timeout=5ms 1h; } }
--- http2
--- log_level: info
--- request
    GET /t
--- error_code: 504
--- response_headers
content-type: application/problem+json
asyncapi-failed: b;reason=timeout
--- response_body_like: "task":"a"



=== TEST 26: an HTTP/2 client that sends a body gets its answer
--- config
    location = /t { asyncapi POST { sleep a 5ms '"post"'; } }
--- http2
--- log_level: info
--- request eval
"POST /t\n" . "x" x 1000
--- response_body chomp
{"a":"post"}



=== TEST 27: an HTTP/2 client that leaves cancels its tasks
--- config
    location = /t { asyncapi_timeout 1h; asyncapi { sleep a 1h; } }
--- http2
--- request
    GET /t
--- curl_options: -m0.3
--- curl_error: Operation timed out
--- ignore_response
--- wait: 0.3
--- error_log
task "a" running -> cancelled

use lib 't/lib';
use AsyncAPI;

no_root_location();
run_tests();

__DATA__

=== TEST 1: a body of JSON is there as it was sent, whole and in parts
--- config
    location = /t {
        asyncapi POST {
            body json;
            respond '{"all":$body,"sku":$body.items[0].sku,"skus":$body.items[*].sku,
                      "text":"$body.name","none":$body.none, ...$body.more}';
        }
    }
--- request
POST /t
 {"items": [{"sku": "a"},{"sku":1.0}], "name":"\u0041\"", "n":9007199254740993,"more":{"m":1e400}}
--- more_headers
Content-Type: application/json
--- response_body chomp
{"all":{"items": [{"sku": "a"},{"sku":1.0}], "name":"\u0041\"", "n":9007199254740993,"more":{"m":1e400}},"sku":"a","skus":["a",1.0],"text":"\u0041\"","none":null,"m":1e400}



=== TEST 2: a body is an array to repeat a task for, a condition, and the body of a task
--- config
    location = /t {
        asyncapi POST {
            body json;
            sleep each_of each=$body.list 1ms $item;
            sleep only if=$body.flag 1ms 1;
            http echo method=PUT body=$body http://127.0.0.1:$TEST_NGINX_SERVER_PORT/echo;
            respond '[$each_of,$only,$echo]';
        }
    }
    location = /echo {
        asyncapi PUT { body json; respond '$body'; }
    }
--- request
POST /t
{"list":[1,"two"],"flag":false}
--- more_headers
Content-Type: application/json
--- response_body chomp
[[1,"two"],null,{"list":[1,"two"],"flag":false}]



=== TEST 3: what is no JSON is told with line and column, in characters
--- config
    location = /t { asyncapi POST { body json; respond '$body'; } }
--- pipelined_requests eval
["POST /t
{\"a\":\n \"é\", }", "POST /t
{", "POST /t
1 2", "POST /t
[\"\xff\"]", "POST /t
2"]
--- more_headers
Content-Type: application/json
--- error_code eval
[400, 400, 400, 400, 200]
--- response_body_like eval
['"title":"Bad Request","status":400,"detail":"The body is no JSON: [^"]+ \(line 2, column 7\)."\}$',
 '\(line 1, column 2\)', '\(line 1, column 3\)', '\(line 1, column 3\)', '^2$']



=== TEST 4: JSON that is nested too deep is refused
--- config
    location = /t { asyncapi POST { body json; respond '$body'; } }
--- request eval
"POST /t
" . "[" x 600 . "]" x 600
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like: nested
--- error_log
asyncapi refused the request: 400, The body is no JSON



=== TEST 5: an object with a name twice is refused, with a pointer to it
--- config
    location = /t { asyncapi POST { body json; query q integer; respond '1'; } }
--- pipelined_requests eval
['POST /t?q=x
{"a":{"b":[0,{"c/d~ é\"":1,"x":2,"c\u002fd~ \u00e9\"":3}]}}',
'POST /t
{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}',
'POST /t
{' . CORE::join(',', map { "\"k$_\":$_" } 1 .. 40) . ',"k17":0}']
--- more_headers
Content-Type: application/json
--- error_code eval
[422, 200, 422]
--- response_body_like eval
['"errors":\[\{"pointer":"#/a/b/1/c~1d~0%20%C3%A9%22","detail":"is there more than once"\},\{"in":"query","name":"q","detail":"is not an integer of 64 bits"\}\]\}$',
 '^1$', '"pointer":"#/k17"']



=== TEST 6: many names don't take long
--- config
    location = /t { asyncapi POST { body json; respond '1'; } }
--- request eval
"POST /t
{" . CORE::join(",", map { "\"" . CORE::sprintf("%05x", $_) . "\":0" } 1 .. 80000) . "}"
--- more_headers
Content-Type: application/json
--- response_body chomp
1
--- timeout: 5



=== TEST 7: the Content-Type has to be JSON, in UTF-8
--- config
    location = /t { asyncapi POST { body json; respond '$body'; } }
--- request
POST /t
1
--- error_code: 415
--- response_headers
Content-Type: application/problem+json
--- response_body chomp
{"type":"about:blank","title":"Unsupported Media Type","status":415,"detail":"The body has to be application/json, in UTF-8."}



=== TEST 8: types that are JSON, and types that are not
--- config
    location = /t { asyncapi POST { body json; respond '$body'; } }
--- pipelined_requests eval
[("POST /t
1") x 7]
--- more_headers eval
["Content-Type: application/json", "Content-Type: Application/JSON; charset=UTF-8",
 "Content-Type: application/merge-patch+json ; charset=\"utf-8\"",
 "Content-Type: text/json", "Content-Type: application/json; charset=latin1",
 "Content-Type: application/jsonp", "Content-Type: application/x-www-form-urlencoded"]
--- error_code eval
[200, 200, 200, 415, 415, 415, 415]
--- response_body_like eval
[("^1\$") x 3, ("415") x 4]



=== TEST 9: a body that is not there is an error, with the others
--- config
    location = /t { asyncapi POST { query q integer required; body json; respond '1'; } }
--- request
POST /t
--- error_code: 422
--- response_body_like chomp
"errors":\[\{"pointer":"#","detail":"is required"\},\{"in":"query","name":"q","detail":"is required"\}\]\}$



=== TEST 10: an optional body that is not there is null
--- config
    location = /t { asyncapi GET POST { body json optional; respond '[$body,$body.a,"$body"]'; } }
--- pipelined_requests eval
["POST /t", "GET /t", "POST /t
{\"a\":1}"]
--- more_headers
Content-Type: application/json
--- response_body eval
['[null,null,""]', '[null,null,""]', '[{"a":1},1,"{\"a\":1}"]']



=== TEST 11: a body over max= is refused, and the connection goes on
--- config
    location = /t { asyncapi POST { body json max=1k; respond '1'; } }
--- pipelined_requests eval
["POST /t
[" . "1," x 100000 . "1]", "POST /t
[" . " " x 1021 . "1]", "POST /t
[" . " " x 1022 . "1]", "POST /t
1"]
--- more_headers
Content-Type: application/json
--- error_code eval
[413, 200, 413, 200]
--- response_body_like eval
['"title":"Content Too Large","status":413,"detail":"The body has more than 1024 bytes."\}$', '^1$', '413', '^1$']



=== TEST 12: over max= in chunks, of which nobody knows how many there are
--- config
    location = /t { asyncapi POST { body json max=1k; respond '1'; } }
--- raw_request eval
["POST /t HTTP/1.1\r
Host: localhost\r
Content-Type: application/json\r
Transfer-Encoding: chunked\r
\r
400\r
" . " " x 1024 . "\r
", "1\r
1\r
"]
--- error_code: 413
--- response_headers
Connection: close
--- response_body_like: more than 1024 bytes



=== TEST 13: chunks that come one after another
--- config
    location = /t { asyncapi POST { body json; respond '$body'; } }
--- raw_request eval
["POST /t HTTP/1.1\r
Host: localhost\r
Connection: close\r
Content-Type: application/json\r
Transfer-Encoding: chunked\r
\r
3\r
[1,", "\r
2\r
2,\r
2", "\r
3]\r
", "0\r
\r
"]
--- raw_request_middle_delay: 0.02
--- response_body chomp
[1,2,3]



=== TEST 14: a body that comes in pieces, with a length
--- config
    location = /t { asyncapi POST { body json; respond '$body'; } }
--- raw_request eval
["POST /t HTTP/1.1\r
Host: localhost\r
Connection: close\r
Content-Type: application/json\r
Content-Length: 7\r
\r
", "[1,", "2", ",3]"]
--- raw_request_middle_delay: 0.02
--- response_body chomp
[1,2,3]



=== TEST 15: a large body in small buffers is gathered in memory, and no file is written
--- config
    client_body_buffer_size 1k;
    location = /t { client_max_body_size 4m; asyncapi POST { body json max=4m; respond '[$body.last,$body.first]'; } }
--- request eval
"POST /t
{\"first\":1,\"list\":[" . "\"0123456789abcdef\"," x 100000 . "0],\"last\":2}"
--- more_headers
Content-Type: application/json
--- response_body chomp
[2,1]
--- no_error_log
[error]
temporary file



=== TEST 16: nginx's own bound comes first
--- config
    location = /t { client_max_body_size 10; asyncapi POST { body json; respond '1'; } }
--- request
POST /t
[1,2,3,4,5,6]
--- more_headers
Content-Type: application/json
--- error_code: 413
--- response_headers
Content-Type: text/html
--- error_log
client intended to send too large body



=== TEST 17: who expects "100 Continue" gets it, and a refusal without it
--- config
    location = /t { asyncapi POST { body json max=10; respond '$body'; } }
--- raw_request eval
["POST /t HTTP/1.1\r
Host: localhost\r
Content-Type: application/json\r
Content-Length: 11\r
Expect: 100-continue\r
\r
"]
--- error_code: 413
--- response_headers
Connection: close



=== TEST 18: with the body it is sent after that
--- config
    location = /t { asyncapi POST { body json max=10; respond '$body'; } }
--- raw_request eval
["POST /t HTTP/1.1\r
Host: localhost\r
Connection: close\r
Content-Type: application/json\r
Content-Length: 1\r
Expect: 100-continue\r
\r
", "1"]
--- error_code: 100
--- ignore_response
--- no_error_log
[error]



=== TEST 19: HTTP/2, with a length
--- config
    location = /t { asyncapi POST { body json; respond '$body.a'; } }
--- http2
--- request
POST /t
{"a":5}
--- more_headers
Content-Type: application/json
--- response_body chomp
5



=== TEST 20: a raw body is text
--- config
    location = /t {
        asyncapi POST {
            body raw;
            http echo type=text/plain body=$body as=text http://127.0.0.1:$TEST_NGINX_SERVER_PORT/echo;
            respond '{"b":$body,"in":"<$body>","echo":$echo}';
        }
    }
    location = /echo {
        asyncapi POST { body raw; respond type=text/plain "$content_type"; }
    }
--- request eval
"POST /t
a\"b\nc"
--- response_body chomp
{"b":"a\"b\nc","in":"<a\"b\nc>","echo":"text/plain"}



=== TEST 21: a raw body may be of any bytes, and goes on as it is
--- config
    location = /t {
        asyncapi POST {
            body raw;
            http length type=application/octet-stream body=$body http://127.0.0.1:$TEST_NGINX_SERVER_PORT/length;
        }
    }
    location = /length { return 200 "$content_length"; }
--- request eval
"POST /t
\x00\xff\r\n\x01"
--- response_body chomp
{"length":"5"}



=== TEST 22: without a body statement it is passed over, as ever
--- config
    location = /t { asyncapi POST { query q integer; respond '[$q]'; } }
--- pipelined_requests eval
["POST /t?q=1
{broken", "POST /t?q=2
GET /evil"]
--- response_body eval
["[1]", "[2]"]



=== TEST 23: the body of another endpoint of the location
--- config
    location = /t {
        asyncapi GET { respond '"get"'; }
        asyncapi POST { body json; respond '$body'; }
        asyncapi PUT { respond '"put"'; }
    }
--- pipelined_requests eval
["GET /t", "POST /t
1", "PUT /t
2", "POST /t
3"]
--- more_headers
Content-Type: application/json
--- response_body eval
['"get"', 1, '"put"', 3]



=== TEST 24: an endpoint that is a task reads the body that the task gives
--- config
    location = /t {
        asyncapi POST {
            body json;
            http inner method=PUT 'body={"n":$body.n}' /inner;
            http none method=DELETE /inner;
            http plain method=PUT type=text/plain body=x default=0 /inner;
            respond '[$inner,$none,$plain]';
        }
    }
    location = /inner {
        asyncapi PUT DELETE { body json optional; sleep s 1ms; respond '{"got":$body,"s":$s}'; }
    }
--- request
POST /t
{"n":7,"m":8}
--- more_headers
Content-Type: application/json
--- response_body chomp
[{"got":{"n":7},"s":null},{"got":null,"s":null},0]



=== TEST 25: $request_body is what has been read
--- config
    client_body_buffer_size 16;
    location = /t {
        add_header X-Body $request_body;
        asyncapi POST { body json; respond '1'; }
    }
--- request
POST /t
["0123456789abcdef0123456789abcdef"]
--- more_headers
Content-Type: application/json
--- response_headers
X-Body: ["0123456789abcdef0123456789abcdef"]
--- response_body chomp
1



=== TEST 26: a client that leaves while it sends its body
--- config
    location = /t { asyncapi POST { body json; respond '1'; } }
--- raw_request eval
"POST /t HTTP/1.1\r
Host: localhost\r
Content-Type: application/json\r
Content-Length: 1000\r
\r
[1,"
--- timeout: 0.8
--- abort
--- ignore_response
--- wait: 0.5
--- error_log
client prematurely closed connection
--- no_error_log
[error]



=== TEST 27: a client that stops sending gets 408
--- config
    client_body_timeout 100ms;
    location = /t { asyncapi POST { body json; respond '1'; } }
--- raw_request eval
"POST /t HTTP/1.1\r
Host: localhost\r
Connection: close\r
Content-Type: application/json\r
Content-Length: 1000\r
\r
[1,"
--- error_code:
--- ignore_response
--- access_log
408



=== TEST 28: the endpoint's deadline begins when the body is there
--- config
    location = /t { asyncapi POST { body json; timeout 150ms; sleep a 20ms; respond '$body'; } }
--- raw_request eval
["POST /t HTTP/1.1\r
Host: localhost\r
Connection: close\r
Content-Type: application/json\r
Content-Length: 7\r
\r
", "[1,", "2", ",3]"]
--- raw_request_middle_delay: 0.1
--- response_body chomp
[1,2,3]



=== TEST 29: a client that leaves after its body ends the tasks
--- config
    location = /t { asyncapi POST { body json; sleep a 10s; } }
--- request
POST /t
[1]
--- more_headers
Content-Type: application/json
--- timeout: 0.8
--- abort
--- ignore_response
--- wait: 0.5
--- error_log
client prematurely closed connection



=== TEST 30: HTTP/2, a large body
--- config
    client_body_buffer_size 1k;
    location = /t { asyncapi POST { body json; respond '[$body[0],$body[-1]]'; } }
--- http2
--- request eval
"POST /t
[1," . "2," x 100000 . "3]"
--- more_headers
Content-Type: application/json
--- response_body chomp
[1,3]



=== TEST 31: a body that another module has put into a file before
--- config
    client_body_buffer_size 1k;
    location = /t { mirror /null; asyncapi POST { body json; respond '$body[0]'; } }
    location = /null { internal; return 204; }
--- request eval
"POST /t
[1," . "2," x 2000 . "3]"
--- more_headers
Content-Type: application/json
--- error_code: 500
--- error_log
enlarge "client_body_buffer_size"



=== TEST 32: a name that is there twice and is very long
--- config
    location = /t { asyncapi POST { body json; respond '1'; } }
--- request eval
"POST /t
{\"" . "x" x 2000 . "\":1,\"" . "x" x 2000 . "\":2}"
--- more_headers
Content-Type: application/json
--- error_code: 422
--- response_body_like: \{"pointer":"#/x{510}\.\.\.","detail":"is there more than once"\}\]\}$

use lib 't/lib';
use AsyncAPI;
use Hostile;

no_root_location();
run_tests();

__DATA__

=== TEST 1: the bytes of a plain request
--- config
    location = /t { asyncapi { http a $PEER; respond '$a'; } }
--- request
    GET /t
--- response_body eval
qq("GET /peer?x= HTTP/1.1\\r\\nHost: 127.0.0.1:$ENV{TEST_NGINX_HOSTILE_PORT}\\r\\nUser-Agent: asyncapi\\r\\nAccept: application/json\\r\\n\\r\\n")



=== TEST 2: nothing of the client's request is sent along
--- config
    location = /t { asyncapi { http a $PEER; respond '$a'; } }
--- more_headers
Cookie: a=b
Authorization: Basic eDp5
Range: bytes=0-1
If-None-Match: "x"
If-Modified-Since: Sat, 21 Nov 2026 23:16:15 GMT
Accept-Encoding: gzip
Accept: text/html
User-Agent: curl
X-Request-Id: 1
--- request
    GET /t
--- response_body eval
qq("GET /peer?x= HTTP/1.1\\r\\nHost: 127.0.0.1:$ENV{TEST_NGINX_HOSTILE_PORT}\\r\\nUser-Agent: asyncapi\\r\\nAccept: application/json\\r\\n\\r\\n")



=== TEST 3: asyncapi_pass_header sends those it names, as often as they came
--- config
    asyncapi_pass_header X-Request-Id cookie X-Not-There;
    location = /t { asyncapi { http a $PEER; respond '$a'; } }
--- more_headers
Cookie: a=b
X-Request-Id: 1
x-request-id: 2
X-Other: 3
--- request
    GET /t
--- response_body_like eval
qr/Accept: application\/json\\r\\nCookie: a=b\\r\\nX-Request-Id: 1\\r\\nx-request-id: 2\\r\\n\\r\\n"$/



=== TEST 4: a passed header replaces what is sent by default
--- config
    asyncapi_pass_header Accept User-Agent;
    location = /t { asyncapi { http a $PEER; respond '$a'; } }
--- more_headers
Accept: text/html
User-Agent: curl
--- request
    GET /t
--- response_body eval
qq("GET /peer?x= HTTP/1.1\\r\\nHost: 127.0.0.1:$ENV{TEST_NGINX_HOSTILE_PORT}\\r\\nAccept: text/html\\r\\nUser-Agent: curl\\r\\n\\r\\n")



=== TEST 5: headers that are about the client's own request are never passed
--- config
    asyncapi_pass_header Host Range If-None-Match If-Modified-Since Accept-Encoding
                         Content-Length Content-Type Content-Encoding TE Connection Upgrade Expect X-Hop X-End;
    location = /t { asyncapi GET POST { http a $PEER; respond '$a'; } }
--- more_headers
Range: bytes=0-1
If-None-Match: "x"
If-Modified-Since: Sat, 21 Nov 2026 23:16:15 GMT
Accept-Encoding: gzip
Content-Type: text/plain
Content-Encoding: gzip
TE: trailers
Upgrade: h2c
Connection: close, X-Hop
X-Hop: 1
X-End: 1
--- request
POST /t
hello
--- response_body eval
qq("GET /peer?x= HTTP/1.1\\r\\nHost: 127.0.0.1:$ENV{TEST_NGINX_HOSTILE_PORT}\\r\\nUser-Agent: asyncapi\\r\\nAccept: application/json\\r\\nX-End: 1\\r\\n\\r\\n")



=== TEST 6: header= sets headers, and replaces what is sent by default or passed
--- config
    asyncapi_pass_header X-A Accept;
    location = /t {
        asyncapi {
            http a header=host:example.com "header=user-agent:me $arg_u" header=Accept:*/*
                   header=X-A:1 header=X-A:2 header=X-Empty:$arg_none $PEER;
            respond '$a';
        }
    }
--- more_headers
X-A: 3
Accept: text/html
--- request
    GET /t?u=(1)
--- response_body chomp
"GET /peer?x= HTTP/1.1\r\nHost: example.com\r\nuser-agent: me (1)\r\nAccept: */*\r\nX-A: 1\r\nX-A: 2\r\n\r\n"



=== TEST 7: an empty header=Host leaves the URL's own, any other is left out
--- config
    location = /t { asyncapi { http a header=Host:$arg_h header=User-Agent: $PEER; respond '$a'; } }
--- request
    GET /t
--- response_body eval
qq("GET /peer?x= HTTP/1.1\\r\\nHost: 127.0.0.1:$ENV{TEST_NGINX_HOSTILE_PORT}\\r\\nAccept: application/json\\r\\n\\r\\n")



=== TEST 8: a line break can't get into a header
--- config
    location = /t {
        asyncapi {
            sleep s 1ms '"a\r\nX-Evil: 1"';
            http a header=X-A:$s $PEER;
        }
    }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"invalid"
--- error_log
the value of "$s"



=== TEST 9: a body is JSON by default, and POST
--- config
    location = /t {
        asyncapi {
            sleep s 1ms '{"k":"v"}';
            http a 'body={"s":$s,"t":"$arg_t"}' $PEER;
            respond '$a';
        }
    }
--- request
    GET /t?t="
--- response_body eval
qq("POST /peer?x= HTTP/1.1\\r\\nHost: 127.0.0.1:$ENV{TEST_NGINX_HOSTILE_PORT}\\r\\nUser-Agent: asyncapi\\r\\nAccept: application/json\\r\\nContent-Type: application/json\\r\\nContent-Length: 24\\r\\n\\r\\n{\\"s\\":{\\"k\\":\\"v\\"},\\"t\\":\\"\\\\\\"\\"}")



=== TEST 10: method= and type=
--- config
    location = /t {
        asyncapi {
            http a method=PUT type=text/plain "body=hello $arg_w" $PEER;
            respond '$a';
        }
    }
--- request
    GET /t?w=world
--- response_body eval
qq("PUT /peer?x= HTTP/1.1\\r\\nHost: 127.0.0.1:$ENV{TEST_NGINX_HOSTILE_PORT}\\r\\nUser-Agent: asyncapi\\r\\nAccept: application/json\\r\\nContent-Type: text/plain\\r\\nContent-Length: 11\\r\\n\\r\\nhello world")



=== TEST 11: POST, PUT and PATCH say that they have no body
--- config
    location = /t {
        asyncapi {
            http a method=POST $PEER; http b method=PUT $PEER; http c method=PATCH $PEER;
            http d method=DELETE $PEER; http e method=GET $PEER; http f method=PURGE $PEER;
        }
    }
--- request
    GET /t
--- response_body_like eval
qr/"a":"POST .*?Length: 0\\r\\n\\r\\n","b":"PUT .*?Length: 0\\r\\n\\r\\n","c":"PATCH .*?Length: 0\\r\\n\\r\\n","d":"DELETE .*?json\\r\\n\\r\\n","e":"GET .*?json\\r\\n\\r\\n","f":"PURGE .*?json\\r\\n\\r\\n"/



=== TEST 12: a body larger than what is sent at once
--- config
    location = /big { return 200 '{"big":"$request_uri$request_uri$request_uri$request_uri$request_uri$request_uri$request_uri$request_uri"}'; default_type application/json; }
    location = /t {
        asyncapi {
            http big http://127.0.0.1:$TEST_NGINX_SERVER_PORT/big?$args;
            http a 'body=[$big,$big,$big,$big,$big,$big,$big,$big,$big,$big]' $PEER;
            respond '{"same":"$a"}';
        }
    }
--- request eval
"GET /t?" . "x" x 3000
--- response_body_like eval
qr/Content-Length: 240[0-9]{3}\\r\\n\\r\\n\[\{\\"big\\":\\"\/big\?x{3000}\/big.*x\\"\}\]"\}$/



=== TEST 13: values are one segment of the path, or one value of the query
--- config
    location = /t {
        asyncapi {
            sleep s 1ms '"a/b?c&d=e#f%20 g\u00e4"';
            http a http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/p/$s/x?q=$s&y=$arg_y;
            respond '$a';
        }
    }
--- request
    GET /t?y=1%2F2+3
--- response_body_like eval
qr{^"GET /p/a%2Fb%3Fc%26d%3De%23f%2520%20g%C3%A4/x\?q=a%2Fb%3Fc%26d%3De%23f%2520%20g%C3%A4&y=1%2F2%2B3 HTTP/1.1}



=== TEST 14: a value can't be a dot segment
--- config
    location = /t { asyncapi { http a http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/p/$arg_x/y; } }
--- request
    GET /t?x=..
--- error_code: 502
--- response_body_like: "task":"a","reason":"invalid"
--- error_log
would be a dot segment



=== TEST 15: no path, a query alone, and $request_uri for both
--- config
    location = /a { asyncapi { http a http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT; respond '$a'; } }
    location = /b { asyncapi { http a http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT?x=$arg_x; respond '$a'; } }
    location = /c { asyncapi { http a http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT$request_uri; respond '$a'; } }
    location = /d { asyncapi { http a http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT$uri$is_args$args; respond '$a'; } }
--- request eval
["GET /a?x=1", "GET /b?x=1", "GET /c?x=1&y=%2F", "GET /d?x=1&y=%2F"]
--- response_body_like eval
[qr{^"GET / HTTP}, qr{^"GET /\?x=1 HTTP}, qr{^"GET /c\?x=1&y=%2F HTTP}, qr{^"GET /d\?x=1&y=%2F HTTP}]



=== TEST 16: a unix socket
--- config
    location = /t {
        asyncapi {
            http a http://unix:$TEST_NGINX_HOSTILE_SOCKET:/p/$arg_x?y;
            http b http://unix:$TEST_NGINX_HOSTILE_SOCKET;
        }
    }
--- request
    GET /t?x=1
--- response_body_like eval
qr{"a":"GET /p/1\?y HTTP/1.1\\r\\nHost: localhost\\r\\n.*"b":"GET / HTTP/1.1}



=== TEST 17: an upstream's name stands in Host
--- http_config
    upstream backend { server 127.0.0.1:$TEST_NGINX_HOSTILE_PORT; }
--- config
    location = /t { asyncapi { http a http://backend/p; respond '$a'; } }
--- request
    GET /t
--- response_body_like eval
qr{^"GET /p HTTP/1.1\\r\\nHost: backend\\r\\n}



=== TEST 18: a host chosen by map: an upstream or an address
--- config
    location = /t { asyncapi { http a http://$backend/p; respond '$a'; } }
    location = /port { asyncapi { http a http://${ip}:$TEST_NGINX_HOSTILE_PORT/p; respond '$a'; } }
--- http_config eval
qq(
    upstream one { server 127.0.0.1:$ENV{TEST_NGINX_HOSTILE_PORT}; }
    map \$arg_b \$backend { one ONE; two 127.0.0.1:$ENV{TEST_NGINX_HOSTILE_PORT}; default ""; }
    map \$arg_b \$ip { default 127.0.0.1; }
)
--- request eval
["GET /t?b=one", "GET /t?b=two", "GET /port"]
--- response_body_like eval
[qr{^"GET /p HTTP/1.1\\r\\nHost: ONE\\r\\n}, map { qr{^"GET /p HTTP/1.1\\r\\nHost: 127.0.0.1:$ENV{TEST_NGINX_HOSTILE_PORT}\\r\\n} } 1, 2]



=== TEST 19: a host of a map that is a name needs a resolver
--- http_config
    map $arg_b $backend { a nowhere.example; b "a b"; default ""; }
--- config
    location = /t { asyncapi { http a http://$backend/p; } }
--- request
    GET /t?b=a
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- error_log
no resolver defined to resolve nowhere.example, upstream "nowhere.example"



=== TEST 20: what can't be a host: "a b"
--- http_config
    map $arg_b $backend { a nowhere.example; b "a b"; default ""; }
--- config
    location = /t { asyncapi { http a http://$backend/p; } }
--- request
    GET /t?b=b
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- error_log
"a b" can't be a host



=== TEST 21: what can't be a host: ""
--- http_config
    map $arg_b $backend { a nowhere.example; b "a b"; default ""; }
--- config
    location = /t { asyncapi { http a http://$backend/p; } }
--- request
    GET /t?b=c
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- error_log
"" can't be a host



=== TEST 22: a map behind the endpoint
--- http_config
    server {
        listen unix:$TEST_NGINX_HOSTILE_SOCKET.map;
        location = /t { asyncapi { http a http://$later/p; } }
    }
    map $host $later { default 127.0.0.1; }
--- config
    location = /t { return 200 ok; }
--- request
    GET /t
--- response_body chomp
ok



=== TEST 23: https without a host
--- config
    location = /t { asyncapi { http a https:///path; } }
--- must_die
--- error_log
no host in the URL



=== TEST 24: user and password in a URL are refused
--- config
    location = /t { asyncapi { http a http://me:secret@example.com/; } }
--- must_die
--- error_log
user and password in a URL



=== TEST 25: a URL without a host
--- config
    location = /t { asyncapi { http a http:///path; } }
--- must_die
--- error_log
no host in the URL



=== TEST 26: a port that is none
--- config
    location = /t { asyncapi { http a http://127.0.0.1:99999/; } }
--- must_die
--- error_log
invalid port



=== TEST 27: a port behind the name of an upstream
--- http_config
    upstream backend { server 127.0.0.1:1; }
--- config
    location = /t { asyncapi { http a http://backend:8080/; } }
--- must_die
--- error_log
upstream "backend" may not have port 8080



=== TEST 28: a name that can't be resolved
--- config
    location = /t { asyncapi { http a http://nowhere.invalid/; } }
--- must_die
--- error_log
host not found in upstream "nowhere.invalid"



=== TEST 29: a space in a host
--- config
    location = /t { asyncapi { http a "http://a b/"; } }
--- must_die
--- error_log
invalid host "a b"



=== TEST 30: a task in a host
--- config
    location = /t { asyncapi { sleep s 1ms x; http a http://$s/; } }
--- must_die
--- error_log
"$s" is a task, a parameter or a let, which



=== TEST 31: a task's member in a host
--- config
    location = /t { asyncapi { sleep s 1ms x; http a http://$s.host/; } }
--- must_die
--- error_log
"$s" is a task



=== TEST 32: a parameter in a port
--- config
    location /t { asyncapi /t/:p { http a http://127.0.0.1:$p/; } }
--- must_die
--- error_log
"$p" is a task, a parameter or a let



=== TEST 33: a let in a host
--- config
    location = /t { asyncapi { let $l x; http a http://$l/; } }
--- must_die
--- error_log
"$l" is a task, a parameter or a let



=== TEST 34: $arg_h in a host
--- config
    location = /t { asyncapi { http a http://$arg_h/; } }
--- must_die
--- error_log
"$arg_h" can't stand in a host (only



=== TEST 35: $http_x_host in a host
--- config
    location = /t { asyncapi { http a http://$http_x_host/; } }
--- must_die
--- error_log
"$http_x_host" can't stand in a host (only



=== TEST 36: $host in a host
--- config
    location = /t { asyncapi { http a http://$host/; } }
--- must_die
--- error_log
"$host" can't stand in a host (only



=== TEST 37: $cookie_h in a host
--- config
    location = /t { asyncapi { http a http://$cookie_h/; } }
--- must_die
--- error_log
"$cookie_h" can't stand in a host (only



=== TEST 38: $remote_addr in a host
--- config
    location = /t { asyncapi { http a http://$remote_addr/; } }
--- must_die
--- error_log
"$remote_addr" can't stand in a host (only



=== TEST 39: $limit_rate in a host
--- config
    location = /t { asyncapi { http a http://$limit_rate/; } }
--- must_die
--- error_log
"$limit_rate" can't stand in a host (only



=== TEST 40: $upstream_addr in a host
--- config
    location = /t { asyncapi { http a http://$upstream_addr/; } }
--- must_die
--- error_log
"$upstream_addr" can't stand in a host (only



=== TEST 41: a capture in a host
--- config
    location = /t { asyncapi { http a http://$1/; } }
--- must_die
--- error_log
a "$" in the host is no variable in "$1/"



=== TEST 42: an unknown variable in a host
--- config
    location = /t { asyncapi { http a http://$nothing/; } }
--- must_die
--- error_log
"$nothing" can't stand in a host



=== TEST 43: a brace that is not closed
--- config
    location = /t { asyncapi { http a 'http://${a'; } }
--- must_die
--- error_log
a "$" in the host is no variable



=== TEST 44: a variable in a socket's path
--- config
    location = /t { asyncapi { http a http://unix:/run/$host:/; } }
--- must_die
--- error_log
no variable can stand in the socket's path "unix:/run/$host"



=== TEST 45: a fragment in a URL
--- config
    location = /t { asyncapi { http a 'http://127.0.0.1/#x'; } }
--- must_die
--- error_log
fragment in a URL



=== TEST 46: a header of the connection
--- config
    location = /t { asyncapi { http a header=Connection:close http://127.0.0.1/; } }
--- must_die
--- error_log
"header=Connection:...



=== TEST 47: a header that frames the body
--- config
    location = /t { asyncapi { http a header=Content-Length:5 http://127.0.0.1/; } }
--- must_die
--- error_log
"header=Content-Length:...

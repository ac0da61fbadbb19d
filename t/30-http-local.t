use lib 't/lib';
use AsyncAPI;

# which headers a location sees

our $Headers = <<'_EOC_';
    location = /headers {
        default_type text/plain;
        return 200 "range=$http_range if-none-match=$http_if_none_match if-modified-since=$http_if_modified_since accept-encoding=$http_accept_encoding content-type=$http_content_type content-length=$http_content_length connection=$http_connection expect=$http_expect te=$http_te upgrade=$http_upgrade x-hop=$http_x_hop cookie=$http_cookie x-own=$http_x_own";
    }
_EOC_

# a server that says what it was sent; a body is seen by who sends it on

our $Upstream = <<'_EOC_';
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        client_body_in_single_buffer on;
        default_type application/json;
        location /up {
            return 200 '{"method":"$request_method","type":"$content_type","length":"$content_length","uri":"$request_uri"}';
        }
        location = /body {
            proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/said;
            proxy_set_header X-Body $request_body;
        }
        location = /said {
            default_type text/plain;
            return 200 $http_x_body;
        }
    }
_EOC_

no_root_location();
run_tests();

__DATA__

=== TEST 1: a URI calls a location of the server
--- config
    location = /a {
        default_type application/json;
        return 200 '{"n": 1.0}';
    }
    location = /t { asyncapi { http a /a; } }
--- request
    GET /t
--- response_body chomp
{"a":{"n": 1.0}}



=== TEST 2: what stands behind "?" are arguments, and the client's are not sent on
--- config
    location /echo {
        default_type application/json;
        return 200 '{"uri":"$uri","args":"$args"}';
    }
    location = /t { asyncapi { http a /echo?x=1&y=2; http b /echo; } }
--- request
    GET /t?client=1
--- response_body chomp
{"a":{"uri":"/echo","args":"x=1&y=2"},"b":{"uri":"/echo","args":""}}



=== TEST 3: a value stays within its segment of the path
--- config
    location /echo/ {
        default_type application/json;
        return 200 '{"uri":"$uri","args":"$args"}';
    }
    location /t { asyncapi GET /t/:id { http a /echo/$id/x?q=$id; } }
--- request
    GET /t/a%2Fb%3Fc%20%26d
--- response_body chomp
{"a":{"uri":"/echo/a/b?c &d/x","args":"q=a%2Fb%3Fc%20%26d"}}



=== TEST 4: a URI that is written percent-encoded is decoded once
--- config
    location /echo/ {
        default_type application/json;
        return 200 '{"uri":"$uri"}';
    }
    location = /t { asyncapi { http a /echo/a%20b%2541; } }
--- request
    GET /t
--- response_body chomp
{"a":{"uri":"/echo/a b%41"}}



=== TEST 5: a URI that leaves its directory is refused when the configuration is read
--- config
    location = /t { asyncapi { http a /x/%2e%2e/y; } }
--- must_die
--- error_log
segment "." or ".." in a URL



=== TEST 6: a value that is ".." fails the task
--- config
    location /echo/ { return 200 1; }
    location = /t { asyncapi { http a /echo/$arg_x/y; } }
--- request
    GET /t?x=..
--- error_code: 502
--- response_body chomp
{"type":"about:blank","title":"Bad Gateway","status":502,"task":"a","reason":"invalid"}



=== TEST 7: locations that are internal may be called
--- config
    location = /in { internal; default_type application/json; return 200 3; }
    location = /t { asyncapi { http a /in; } }
--- request
    GET /t
--- response_body chomp
{"a":3}



=== TEST 8: text that is no JSON becomes a string, and nothing becomes null
--- config
    location = /text { default_type text/plain; return 200 "a \"b\"\n"; }
    location = /none { return 204; }
    location = /empty { default_type application/json; return 200 ""; }
    location = /problem { default_type "application/x+json; charset=utf-8"; return 200 "[1]"; }
    location = /t { asyncapi { http a /text; http b /none; http c /empty; http d /problem; } }
--- request
    GET /t
--- response_body chomp
{"a":"a \"b\"\n","b":null,"c":null,"d":[1]}



=== TEST 9: a static file is an answer like any other
--- config
    location = /t { asyncapi { http a /a.json; http b as=json /b.txt; } }
--- user_files
>>> a.json
{"file": [1, 2]}
>>> b.txt
[true]
--- request
    GET /t
--- response_body chomp
{"a":{"file": [1, 2]},"b":[true]}
--- http_config
    types { application/json json; text/plain txt; }



=== TEST 10: a large static file that nginx would send by sendfile
--- http_config
    types { text/plain txt; }
    sendfile on;
    tcp_nopush on;
--- config
    location = /t {
        asyncapi { http a /a.txt; respond type=text/plain "$a:status $a"; }
    }
--- user_files eval
[["a.txt" => "0123456789" x 30000]]
--- request
    GET /t
--- response_body eval
"200 " . "0123456789" x 30000



=== TEST 11: an empty file is null
--- config
    location = /t { asyncapi { http a /a.json; } }
--- user_files eval
[["a.json" => ""]]
--- request
    GET /t
--- response_body chomp
{"a":null}



=== TEST 12: a status that is not wanted fails the task
--- config
    location = /a { return 404; }
    location = /t { asyncapi { http a /a; } }
--- request
    GET /t
--- error_code: 502
--- response_body chomp
{"type":"about:blank","title":"Bad Gateway","status":502,"task":"a","reason":"status","code":404}
--- error_log
asyncapi task "a" failed: status 404



=== TEST 13: ok= says what is wanted
--- config
    location = /a { default_type application/json; return 404 '"no"'; }
    location = /b { default_type application/json; return 200 '"yes"'; }
    location = /t { asyncapi { http a ok=200-299,404 /a; http b ok=404 default=0 /b; } }
--- request
    GET /t
--- response_headers
Asyncapi-Failed: b;reason=status
--- response_body chomp
{"a":"no","b":0}



=== TEST 14: pass= ends the endpoint with the answer as it is
--- http_config
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        default_type "text/x-conflict";
        add_header X-Total 3 always;
        add_header Set-Cookie "a=1" always;
        add_header X-Accel-Expires 0 always;
        add_header Keep-Alive 3 always;
        return 409 "conflict: $args";
    }
--- config
    location = /a { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
    location = /t {
        asyncapi {
            sleep never 10s;
            http a pass=404,409 /a?x=1;
        }
    }
--- request
    GET /t
--- error_code: 409
--- response_headers
Content-Type: text/x-conflict
X-Total: 3
Set-Cookie: a=1
Content-Length: 13
!X-Accel-Expires
!Keep-Alive
--- response_body chomp
conflict: x=1
--- timeout: 3



=== TEST 15: status and headers are read after the name
--- http_config
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        default_type application/json;
        add_header X-Total 42;
        return 201 1;
    }
--- config
    location = /a { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
    location = /b { return 503; }
    location = /t {
        asyncapi {
            http a /a;
            http b default=null /b;
            respond '{"a":$a:status,"x":"$a:header.x_total","type":"$a:header.content_type","length":"$a:header.content_length","none":"$a:header.none","b":$b:status}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":201,"x":"42","type":"application/json","length":"1","none":"","b":503}



=== TEST 16: the time a static file was changed is a header too
--- config
    location = /t {
        asyncapi {
            http a /a.txt;
            respond type=text/plain "$a:header.last_modified";
        }
    }
--- user_files
>>> a.txt 199801171935.33
x
--- request
    GET /t
--- response_body_like chomp
\A\w\w\w, \d\d Jan 1998 \d\d:35:33 GMT\z



=== TEST 17: what of the client's headers is its own does not arrive
--- config eval
$::Headers . 'location = /t { asyncapi { http a /headers; } }'
--- more_headers
Range: bytes=0-1
If-None-Match: "x"
If-Modified-Since: Mon, 28 Sep 1970 06:00:00 GMT
Accept-Encoding: gzip
Content-Type: text/x
Connection: close, X-Hop
Expect: nothing
TE: trailers
Upgrade: x
X-Hop: 1
Cookie: c=1
X-Own: 1
--- request
    GET /t
--- response_body chomp
{"a":"range= if-none-match= if-modified-since= accept-encoding= content-type= content-length= connection= expect= te= upgrade= x-hop= cookie=c=1 x-own=1"}



=== TEST 18: not even where a variable had been read before
--- config eval
$::Headers . 'location = /t {
    set $seen "$http_range$http_accept_encoding$content_type$content_length";
    asyncapi POST { http a /headers; }
}'
--- more_headers
Range: bytes=0-1
Accept-Encoding: gzip
Content-Type: text/x
--- request
POST /t
hello
--- response_body chomp
{"a":"range= if-none-match= if-modified-since= accept-encoding= content-type= content-length= connection= expect= te= upgrade= x-hop= cookie= x-own="}



=== TEST 19: a range of a file is not what the task gets
--- config
    location = /t { asyncapi { http a /a.txt; } }
--- user_files
>>> a.txt
0123456789
--- more_headers
Range: bytes=2-3
If-None-Match: *
If-Modified-Since: Sat, 28 Sep 2030 06:00:00 GMT
--- request
    GET /t
--- response_body chomp
{"a":"0123456789\n"}



=== TEST 20: header= adds a header or replaces the client's, also where nginx keeps it apart
--- config
    location = /a {
        default_type text/plain;
        return 200 "$http_x_one|$http_cookie|$cookie_a|$http_user_agent|$http_x_forwarded_for|$http_x_two";
    }
    location = /t {
        asyncapi {
            http a header=X-One:1-$arg_x header=Cookie:a=task header=User-Agent:mine
                   "header=X-Forwarded-For: 1.2.3.4" header=X-Two:
                   /a;
            http b /a;
        }
    }
--- more_headers
X-Two: theirs
Cookie: a=client
User-Agent: theirs
X-One: theirs
X-Forwarded-For: 4.3.2.1
--- request
    GET /t?x=y
--- response_body chomp
{"a":"1-y|a=task|task|mine|1.2.3.4|","b":"theirs|a=client|client|theirs|4.3.2.1|theirs"}



=== TEST 21: a header's value with a line break fails the task
--- config
    location = /a { return 200 1; }
    location /t { asyncapi GET /t/:x { http a header=X-A:$x /a; } }
--- request
    GET /t/a%0d%0aX-B:%20c
--- error_code: 502
--- response_body chomp
{"type":"about:blank","title":"Bad Gateway","status":502,"task":"a","reason":"invalid"}



=== TEST 22: header= refuses what is about a connection
--- config
    location = /t { asyncapi { http a header=Connection:close /a; } }
--- must_die
--- error_log
"header=Connection:..." is about a connection



=== TEST 23: header= refuses what the body decides
--- config
    location = /t { asyncapi { http a header=content-length:3 /a; } }
--- must_die
--- error_log
it is made from body=



=== TEST 24: header= wants a name and a value
--- config
    location = /t { asyncapi { http a "header=X A:3" /a; } }
--- must_die
--- error_log
"X A" can't be the name of a header



=== TEST 25: ok= wants statuses
--- config
    location = /t { asyncapi { http a ok=200-99 /a; } }
--- must_die
--- error_log
invalid "ok=200-99"



=== TEST 26: pass= wants statuses up to 599
--- config
    location = /t { asyncapi { http a pass=404,600 /a; } }
--- must_die
--- error_log
invalid "pass=404,600"



=== TEST 27: a method is written in capital letters
--- config
    location = /t { asyncapi { http a method=post /a; } }
--- must_die
--- error_log
invalid method "post"



=== TEST 28: a type without a body says nothing
--- config
    location = /t { asyncapi { http a type=text/plain /a; } }
--- must_die
--- error_log
give it one with "body="



=== TEST 29: what is neither a URL nor a URI
--- config
    location = /t { asyncapi { http a users/1; } }
--- must_die
--- error_log
"users/1" is no URL: write http://HOST/PATH



=== TEST 30: one word too many
--- config
    location = /t { asyncapi { http a /a b; } }
--- must_die
--- error_log
unexpected "b" after "/a"



=== TEST 31: nothing to call
--- config
    location = /t { asyncapi { http a timeout=1s; } }
--- must_die
--- error_log
nothing to call



=== TEST 32: a task is a GET without a body, whatever the client sent
--- http_config eval: $::Upstream
--- config
    location = /up { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
    location = /t { asyncapi POST { http a /up; } }
--- more_headers
Content-Type: text/client
--- request
POST /t
client's own
--- response_body chomp
{"a":{"method":"GET","type":"","length":"","uri":"/up"}}



=== TEST 33: body= makes it a POST of JSON
--- http_config eval: $::Upstream
--- config
    location = /up { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
    location = /t { asyncapi { http a 'body={"x":$arg_x}' /up; } }
--- request
    GET /t?x=1"2
--- response_body chomp
{"a":{"method":"POST","type":"application/json","length":"12","uri":"/up"}}



=== TEST 34: the body arrives
--- http_config eval: $::Upstream
--- config
    location = /body { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
    location = /t { asyncapi { http a 'body={"x":$arg_x}' /body; } }
--- request
    GET /t?x=1"2
--- response_body chomp
{"a":"{\"x\":\"1\\\"2\"}"}



=== TEST 35: type= says what the body is, and how values go in
--- http_config eval: $::Upstream
--- config
    location = /body { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
    location = /up { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
    location = /t {
        asyncapi {
            http a method=PUT type=application/x-www-form-urlencoded 'body=a=$arg_x&b=2' /body;
            http b method=PATCH 'body=[$arg_x]' type=application/merge-patch+json /body;
            http c body=$arg_x "type=text/plain; charset=utf-8" /body;
            http d method=REPORT body=x type=text/x-$arg_x /up;
        }
    }
--- request
    GET /t?x=1+2
--- response_body chomp
{"a":"a=1%2B2&b=2","b":"[\"1+2\"]","c":"1+2","d":{"method":"REPORT","type":"text/x-1+2","length":"1","uri":"/up"}}



=== TEST 36: a POST without a body says so
--- http_config eval: $::Upstream
--- config
    location = /up { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
    location = /t { asyncapi { http a method=POST /up; http b method=DELETE /up; } }
--- request
    GET /t
--- response_body chomp
{"a":{"method":"POST","type":"","length":"0","uri":"/up"},"b":{"method":"DELETE","type":"","length":"","uri":"/up"}}



=== TEST 37: HEAD has a status and headers, and no body
--- config
    location = /up { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/a.txt; }
    location = /t {
        asyncapi {
            http a method=HEAD /a.txt;
            http b method=HEAD /up;
            respond '{"a":$a,"n":"$a:header.content_length","b":$b,"m":"$b:header.content_length"}';
        }
    }
--- user_files
>>> a.txt
0123456789
--- request
    GET /t
--- response_body chomp
{"a":null,"n":"11","b":null,"m":"11"}



=== TEST 38: an endpoint calls another endpoint
--- config
    location = /in {
        asyncapi {
            sleep s 10ms 1;
            http x /x?$arg_n;
        }
    }
    location = /x { default_type application/json; return 200 '{"args":"$args"}'; }
    location = /t { asyncapi { http a /in?n=1; http b /in?n=2; } }
--- request
    GET /t
--- response_body chomp
{"a":{"s":1,"x":{"args":"1"}},"b":{"s":1,"x":{"args":"2"}}}



=== TEST 39: an endpoint that calls itself comes to an end
--- config
    location = /t { asyncapi { http a /t; } }
--- request
    GET /t
--- error_code: 502
--- response_body chomp
{"type":"about:blank","title":"Bad Gateway","status":502,"task":"a","reason":"status","code":502}
--- error_log
endpoints call each other in a cycle



=== TEST 40: a redirect cycle is a status
--- config
    location /r { rewrite ^ /r last; }
    location = /t { asyncapi { http a /r; } }
--- request
    GET /t
--- error_code: 502
--- response_body chomp
{"type":"about:blank","title":"Bad Gateway","status":502,"task":"a","reason":"status","code":500}
--- error_log
rewrite or internal redirection cycle



=== TEST 41: a directory's index, a redirect, a location that is not there
--- http_config
    types { application/json json; }
--- config
    location /d/ { index a.json; }
    location = /r { return 302 /elsewhere; }
    location = /t {
        asyncapi {
            http a /d/;
            http b ok=302 as=text /r;
            http c 'default="none"' /none;
            respond '{"a":$a,"b":"$b:header.location","c":$c}';
        }
    }
--- user_files
>>> d/a.json
{"index":1}
--- request
    GET /t
--- response_body chomp
{"a":{"index":1},"b":"/elsewhere","c":"none"}
--- error_log eval
qr/open\(\) ".*none" failed \(2: No such file or directory\)/



=== TEST 42: a location that closes the connection fails the task alone
--- config
    location = /c { return 444; }
    location = /t { asyncapi { http a default=0 /c; sleep s 10ms 1; } }
--- request
    GET /t
--- response_headers
Asyncapi-Failed: a;reason=connect
--- response_body chomp
{"a":0,"s":1}



=== TEST 43: many at a time, and each has its own answer
--- config
    location = /a { default_type application/json; return 200 $arg_n; }
    location = /list { default_type application/json; return 200 '[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]'; }
    location = /t { asyncapi { http l /list; http a each=$l concurrency=7 /a?n=$item; } }
--- request
    GET /t
--- response_body chomp
{"l":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20],"a":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]}



=== TEST 44: an answer larger than asyncapi_max_result fails, with and without a length
--- http_config
    ssi_types text/plain;
    types { text/plain txt; }
--- config
    location = /a.txt { }
    location = /ssi/a.txt { ssi on; alias html/a.txt; }
    location = /t {
        asyncapi_max_result 1k;
        asyncapi { http a default=1 /a.txt; http b default=2 /ssi/a.txt; http c /b.txt; }
    }
--- user_files eval
[["a.txt" => "x" x 1025], ["b.txt" => "x" x 1024]]
--- request
    GET /t
--- response_headers
Asyncapi-Failed: a;reason=too_large, b;reason=too_large
--- response_body eval
'{"a":1,"b":2,"c":"' . "x" x 1024 . '"}'



=== TEST 45: files that threads read
--- http_config
    types { text/plain txt; }
    aio threads;
    directio 512;
    output_buffers 1 16k;
--- config
    location = /a.txt { }
    location = /t {
        asyncapi {
            http a /a.txt;
            http b timeout=1ms default=1 /a.txt;
            respond type=text/plain $a;
        }
    }
--- user_files eval
[["a.txt" => "0123456789" x 60000]]
--- pipelined_requests eval
["GET /t", "GET /t", "GET /t"]
--- response_body eval
[("0123456789" x 60000) x 3]

use lib 't/lib';
use AsyncAPI;

no_root_location();
run_tests();

__DATA__

=== TEST 1: two timers of an endpoint run side by side
--- config
    location = /concurrent_tasks {
        asyncapi {
            sleep task1 100ms "Task 1 done";
            sleep task2 200ms "Task 2 done";
        }
    }
--- request
    GET /concurrent_tasks
--- response_headers
Content-Type: application/json
Content-Length: 45
--- response_body chomp
{"task1":"Task 1 done","task2":"Task 2 done"}



=== TEST 2: an endpoint without a method answers GET
--- config
    location = /t { asyncapi { sleep a 1ms 1; } }
--- request
    GET /t
--- response_body chomp
{"a":1}



=== TEST 3: HEAD gets the header of GET, and no body
--- config
    location = /t { asyncapi { sleep a 1ms 1; } }
--- request
    HEAD /t
--- response_headers
Content-Length: 7
--- response_body



=== TEST 4: an endpoint without a method refuses POST, and says what it takes
--- config
    location = /t { asyncapi { sleep a 1ms 1; } }
--- request
POST /t
x
--- error_code: 405
--- response_headers
Allow: GET, HEAD
Content-Type: application/problem+json
--- response_body chomp
{"type":"about:blank","title":"Method Not Allowed","status":405}



=== TEST 5: every method that is named is taken
--- config
    location = /t {
        asyncapi GET POST PUT PATCH DELETE OPTIONS {
            respond '{"m":"$request_method"}';
        }
    }
--- pipelined_requests eval
["GET /t", "POST /t
x", "PUT /t
x", "PATCH /t
x", "DELETE /t", "OPTIONS /t"]
--- response_body eval
[map { qq({"m":"$_"}) } qw( GET POST PUT PATCH DELETE OPTIONS )]



=== TEST 6: an endpoint of POST alone refuses GET
--- config
    location = /t { asyncapi POST { sleep a 1ms 1; } }
--- request
    GET /t
--- error_code: 405
--- response_headers
Allow: POST



=== TEST 7: an endpoint of POST alone refuses HEAD, without a body
--- config
    location = /t { asyncapi POST { sleep a 1ms 1; } }
--- request
    HEAD /t
--- error_code: 405
--- response_headers
Allow: POST
--- response_body



=== TEST 8: HEAD alone does not bring GET with it
--- config
    location = /t { asyncapi HEAD { sleep a 1ms 1; } }
--- request
    GET /t
--- error_code: 405
--- response_headers
Allow: HEAD



=== TEST 9: a method that nginx knows and endpoints do not is refused
--- config
    location = /t { asyncapi GET { sleep a 1ms 1; } }
--- request
    PROPFIND /t
--- error_code: 405
--- response_headers
Allow: GET, HEAD



=== TEST 10: of several blocks the one with the method answers
--- config
    location = /t {
        asyncapi GET { respond '"get"'; }
        asyncapi POST PUT { respond '"write"'; }
        asyncapi GET DELETE { respond '"delete"'; }
    }
--- pipelined_requests eval
["GET /t", "POST /t
x", "PUT /t
x", "DELETE /t"]
--- response_body eval
['"get"', '"write"', '"write"', '"delete"']



=== TEST 11: Allow names the methods of all blocks whose path fits
--- config
    location /t {
        asyncapi GET /t/a { respond '1'; }
        asyncapi DELETE /t/:x { respond '2'; }
        asyncapi PUT /t/b { respond '3'; }
    }
--- request
POST /t/a
x
--- error_code: 405
--- response_headers
Allow: GET, HEAD, DELETE



=== TEST 12: of blocks that fit both the first answers
--- config
    location /t {
        asyncapi /t/special { respond '"special"'; }
        asyncapi /t/:id { respond '{"id":$id}'; }
        asyncapi { respond '"any"'; }
    }
--- pipelined_requests eval
["GET /t/special", "GET /t/7", "GET /t/7/x", "GET /t"]
--- response_body eval
['"special"', '{"id":"7"}', '"any"', '"any"']



=== TEST 13: a path that fits no block is not found
--- config
    location /t {
        asyncapi GET /t/:id { sleep a 1ms 1; }
    }
--- pipelined_requests eval
["GET /t/1/2", "GET /t/", "GET /t", "POST /t/1/2
x"]
--- error_code eval
[404, 404, 404, 404]
--- response_body eval
[('{"type":"about:blank","title":"Not Found","status":404}') x 4]



=== TEST 14: a path is compared byte for byte, and to its end
--- config
    location / {
        asyncapi GET /a/b { respond '1'; }
    }
--- pipelined_requests eval
["GET /a/b", "GET /a/B", "GET /a/b/", "GET /a/bc", "GET /a", "GET /a/b?x=y",
 "GET //a//b", "GET /a/./b", "GET /x/../a/b"]
--- error_code eval
[200, 404, 404, 404, 404, 200, 200, 200, 200]



=== TEST 15: a path that ends with a slash wants one
--- config
    location / {
        asyncapi GET /a/ { respond '1'; }
        asyncapi GET / { respond '"root"'; }
    }
--- pipelined_requests eval
["GET /a/", "GET /a", "GET /"]
--- error_code eval
[200, 404, 200]



=== TEST 16: names of the path are one segment each
--- config
    location /users/ {
        asyncapi GET /users/:id/orders/:order_no {
            sleep a 1ms '{"id":"$id","no":$order_no}';
        }
    }
--- request
    GET /users/42/orders/a-1.x
--- response_body chomp
{"a":{"id":"42","no":"a-1.x"}}



=== TEST 17: a name of the path is not empty
--- config
    location /users {
        asyncapi GET /users/:id/x { respond '$id'; }
    }
    merge_slashes off;
--- request
    GET /users//x
--- error_code: 404



=== TEST 18: a name of the path is decoded, and goes into JSON escaped
--- config
    location /p/ {
        asyncapi GET /p/:x { respond '{"v":$x,"s":"<$x>"}'; }
    }
--- pipelined_requests eval
["GET /p/a%20b", "GET /p/%24x", "GET /p/%C3%A9", "GET /p/a+b",
 "GET /p/%2541", "GET /p/a%3Fb%23c"]
--- error_code eval
[(200) x 6]
--- response_body_like eval
[quotemeta '{"v":"a b","s":"<a b>"}',
 quotemeta q({"v":"$x","s":"<$x>"}),
 quotemeta "{\"v\":\"\xc3\xa9\",\"s\":\"<\xc3\xa9>\"}",
 quotemeta '{"v":"a+b","s":"<a+b>"}',
 quotemeta '{"v":"%41","s":"<%41>"}',
 quotemeta '{"v":"a?b#c","s":"<a?b#c>"}']



=== TEST 19: quotes, backslashes and line breaks of a path are escaped
--- config
    location /p/ {
        asyncapi GET /p/:x { respond '{"v":$x,"s":"<$x>"}'; }
    }
--- request
    GET /p/%22%5C%0A%01
--- response_body chomp
{"v":"\"\\\n\u0001","s":"<\"\\\n\u0001>"}



=== TEST 20: bytes of a path that are no UTF-8 do not make invalid JSON
--- config
    location /p/ {
        asyncapi GET /p/:x { respond '{"v":$x}'; }
    }
--- request
    GET /p/a%FFb%C3
--- response_body eval
"{\"v\":\"a\xef\xbf\xbdb\xef\xbf\xbd\"}"



=== TEST 21: an encoded slash does not end a segment
--- config
    location /p/ {
        asyncapi GET /p/:x { respond '{"x":$x}'; }
        asyncapi GET /p/:x/:y { respond '{"x":$x,"y":$y}'; }
    }
--- pipelined_requests eval
["GET /p/a%2Fb", "GET /p/a%2fb/c", "GET /p/a/b%2F", "GET /p/a/b",
 "GET /p/%2F%20%2f"]
--- response_body eval
['{"x":"a/b"}', '{"x":"a/b","y":"c"}', '{"x":"a","y":"b/"}',
 '{"x":"a","y":"b"}', '{"x":"/ /"}']



=== TEST 22: what nginx has resolved is what is matched
--- config
    location /public/ {
        asyncapi GET /public/:x { respond '{"public":$x}'; }
        asyncapi GET /admin/:x { respond '{"admin":$x}'; }
        asyncapi GET /admin/:x/:y { respond '{"admin":[$x,$y]}'; }
    }
    location /admin/ {
        deny all;
    }
--- pipelined_requests eval
["GET /admin/%2e%2e%2Fpublic/1", "GET /admin/..%2Fpublic/1",
 "GET /admin/%2E./public%2F1", "GET /public/%2e%2e%2Fpublic%2F1",
 "GET /admin//%2e%2e%2Fpublic/1"]
--- response_body eval
[('{"public":"1"}') x 5]



=== TEST 23: the rest of a path is decoded, with its slashes
--- config
    location /files/ {
        asyncapi GET /files/:user/*rest {
            respond '{"user":$user,"rest":$rest}';
        }
    }
--- pipelined_requests eval
["GET /files/u/a/b%20c/d", "GET /files/u/", "GET /files/u/a%2Fb/c/",
 "GET /files/u"]
--- error_code eval
[200, 200, 200, 404]
--- response_body_like eval
[map(quotemeta, '{"user":"u","rest":"a/b c/d"}', '{"user":"u","rest":""}',
     '{"user":"u","rest":"a/b/c/"}'), 'Not Found']



=== TEST 24: a rest at the root takes every path
--- config
    location / {
        asyncapi GET /*all { respond '$all'; }
    }
--- pipelined_requests eval
["GET /", "GET /x/y", "GET /%2F"]
--- response_body eval
['""', '"x/y"', '"/"']



=== TEST 25: a rewritten URI is the one that is matched
--- config
    location /old/ {
        rewrite ^/old/(.*)$ /new/$1 last;
    }
    location /new/ {
        asyncapi GET /new/:x { respond '{"x":$x,"of":"$request_uri"}'; }
    }
--- request
    GET /old/a%2Fb?q
--- error_code: 404



=== TEST 26: a rewritten URI has its names too
--- config
    location /old/ {
        rewrite ^/old/(.*)$ /new/$1 last;
    }
    location /new/ {
        asyncapi GET /new/:x { respond '{"x":$x,"of":"$request_uri"}'; }
    }
--- request
    GET /old/a%20b?q
--- response_body chomp
{"x":"a b","of":"/old/a%20b?q"}



=== TEST 27: an error page may be an endpoint
--- config
    location = /t {
        error_page 403 = /sorry/403;
        return 403;
    }
    location /sorry/ {
        asyncapi GET /sorry/:code {
            sleep a 1ms $code;
            respond 418 '{"code":$a,"uri":"$request_uri"}';
        }
    }
--- request
    GET /t
--- error_code: 418
--- response_body chomp
{"code":"403","uri":"/t"}



=== TEST 28: endpoints stand in locations of every sort
--- config
    location ~ ^/re/(?<name>\w+)-(\d+)$ {
        asyncapi { sleep a 1ms '{"name":"$name","n":"$2","v":$1}'; }
    }
    location ^~ /prefix/ {
        location ~ \.json$ {
            asyncapi { respond '"nested"'; }
        }
        asyncapi { respond '"outer"'; }
    }
    location @named {
        asyncapi { respond '{"named":"$uri"}'; }
    }
    location / {
        try_files /nothing @named;
    }
--- pipelined_requests eval
["GET /re/ab-12", "GET /prefix/a.json", "GET /prefix/a", "GET /else"]
--- response_body eval
['{"a":{"name":"ab","n":"12","v":"ab"}}', '"nested"', '"outer"',
 '{"named":"/else"}']



=== TEST 29: a location that nests in one with an endpoint has none of its own
--- config
    location /p {
        asyncapi { respond '"outer"'; }
        location /p/files/ { }
    }
--- user_files
>>> p/files/a.txt
a file
--- request
    GET /p/files/a.txt
--- response_body
a file



=== TEST 30: an "if" that holds does not take the endpoints away
--- config
    location /t {
        set $found no;
        if ($arg_x) {
            set $found yes;
        }
        asyncapi GET /t/:id { respond '{"id":$id,"found":"$found"}'; }
    }
--- pipelined_requests eval
["GET /t/1?x=1", "GET /t/2"]
--- response_body eval
['{"id":"1","found":"yes"}', '{"id":"2","found":"no"}']



=== TEST 31: limit_except leaves the endpoints to methods it lets through
--- config
    location /t {
        limit_except GET {
            allow 127.0.0.1;
            deny all;
        }
        asyncapi GET POST { respond '"$request_method"'; }
    }
--- pipelined_requests eval
["GET /t", "POST /t
x"]
--- response_body eval
['"GET"', '"POST"']



=== TEST 32: access rules come before the endpoint
--- config
    location /t {
        deny all;
        asyncapi { sleep a 1ms 1; }
    }
--- request
    GET /t
--- error_code: 403
--- error_log
access forbidden by rule



=== TEST 33: documentation of an endpoint changes nothing in its answers
--- config
    location = /t {
        asyncapi {
            summary "What it does";
            description "At length; with {braces} and $dollars.";
            tag a "b c";
            tag d;
            operation_id doIt;
            deprecated;
            sleep a 1ms 1;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1}



=== TEST 34: an endpoint without tasks answers at once
--- config
    location = /empty { asyncapi { } }
    location = /respond { asyncapi { respond '{"ok":true}'; } }
--- pipelined_requests eval
["GET /empty", "GET /respond"]
--- response_body eval
['{}', '{"ok":true}']

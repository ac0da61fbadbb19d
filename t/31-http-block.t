use lib 't/lib';
use AsyncAPI;

# a server that says what it was asked

our $Upstream = <<'_EOC_';
    upstream said {
        server 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        keepalive 4;
    }
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        default_type application/json;
        location / {
            return 200 '"$request_method $request_uri"';
        }
        location = /connection {
            return 200 '"$connection_requests"';
        }
        location = /headers {
            return 200 '"range=$http_range cookie=$http_cookie accept-encoding=$http_accept_encoding host=$http_host"';
        }
        location = /bad {
            return 502 "the upstream's own";
        }
    }
_EOC_

no_root_location();
run_tests();

__DATA__

=== TEST 1: without a URI proxy_pass sends the client's
--- http_config eval: $::Upstream
--- config
    location /t { asyncapi { http a { proxy_pass http://said; } } }
--- request
    GET /t/x%20y?a=1
--- response_body chomp
{"a":"GET /t/x%20y?a=1"}



=== TEST 2: a URI that is written out is the whole URI, whatever location it stands in
--- http_config eval: $::Upstream
--- config
    location = /exact { asyncapi { http a { proxy_pass http://said/path; } } }
    location /prefix/ { asyncapi { http a { proxy_pass http://said/path; } } }
    location ~ ^/(reg)ex { asyncapi { http a { proxy_pass http://said/path; } } }
    location / { asyncapi { http a { proxy_pass http://said/; } } }
--- request eval
["GET /exact", "GET /prefix/and/more", "GET /regex/and/more", "GET /other"]
--- response_body eval
[('{"a":"GET /path"}') x 3, '{"a":"GET /"}']



=== TEST 3: the client's arguments are sent on, as nginx does
--- http_config eval: $::Upstream
--- config
    location /t { asyncapi { http a { proxy_pass http://said/path; } http b { set $args ""; proxy_pass http://said/path; } } }
--- request
    GET /t?x=1
--- response_body chomp
{"a":"GET /path?x=1","b":"GET /path"}



=== TEST 4: a let brings a result in, and the task waits for it
--- http_config eval: $::Upstream
--- config
    location /t {
        asyncapi GET /t/:id {
            sleep user 20ms '{"team":[7]}';
            let $team $user.team[0];
            http a { proxy_pass http://said/teams/$team?id=$arg_id; }
            http b {
                let $own "$id-$user.team[0]";
                proxy_pass http://said/$own;
            }
        }
    }
--- request
    GET /t/5?id=3
--- response_body chomp
{"user":{"team":[7]},"a":"GET /teams/7?id=3","b":"GET /5-7"}



=== TEST 5: a let in the block of a task with each=
--- http_config eval: $::Upstream
--- config
    location /t {
        asyncapi {
            sleep list 1ms '["a","b","c"]';
            http a each=$list {
                let $sku $item;
                proxy_pass http://said/$sku;
            }
        }
    }
--- request
    GET /t
--- response_body chomp
{"list":["a","b","c"],"a":["GET /a","GET /b","GET /c"]}



=== TEST 6: what a task sets is its own
--- config
    location = /t {
        set $v client;
        asyncapi {
            http a { default_type text/plain; set $v "a-$v"; return 200 $v; }
            http b { default_type text/plain; set $v "b-$v"; return 200 $v; }
            respond '{"a":$a,"b":$b,"v":$v}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":"a-client","b":"b-client","v":"client"}



=== TEST 7: return, if, rewrite break and rewrite last
--- http_config
    types { }
--- config
    location = /last { default_type text/plain; return 200 "last"; }
    location = /t {
        default_type text/plain;
        asyncapi {
            http a { return 200 "$uri $request_method"; }
            http b { if ($arg_x) { return 200 "x"; } return 200 "none"; }
            http c { rewrite ^ /changed break; root html; try_files $uri =404; }
            http d { rewrite ^ /last last; }
            http e default=0 { return 503; }
        }
    }
--- user_files
>>> changed
file
--- request
    GET /t?x=1
--- response_headers
Asyncapi-Failed: e;reason=status
--- response_body chomp
{"a":"/t GET","b":"x","c":"file\n","d":"last","e":0}



=== TEST 8: root and alias, in an exact, a prefix and a regular location
--- http_config
    types { application/json json; }
--- config
    location = /a.json { asyncapi { http a { root html; } http b { alias html/b.json; } } }
    location /p/ { asyncapi { http b { alias html/b.json; } } }
    location ~ ^/r { asyncapi { http b { alias html/b.json; } } }
--- user_files
>>> a.json
"a"
>>> b.json
"b"
--- request eval
["GET /a.json", "GET /p/more", "GET /r/more"]
--- response_body eval
['{"a":"a","b":"b"}', '{"b":"b"}', '{"b":"b"}']



=== TEST 9: connections to the upstream are kept
--- http_config eval: $::Upstream
--- config
    location = /t {
        asyncapi {
            http a { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://said/connection; }
        }
    }
--- request eval
["GET /t", "GET /t", "GET /t"]
--- response_body eval
['{"a":"1"}', '{"a":"2"}', '{"a":"3"}']



=== TEST 10: the client's range, validators and codings don't arrive, its cookie does
--- http_config eval: $::Upstream
--- config
    location = /t { asyncapi { http a { proxy_pass http://said/headers; } } }
--- more_headers
Range: bytes=0-3
Cookie: c=1
Accept-Encoding: gzip
--- request
    GET /t
--- response_body chomp
{"a":"range= cookie=c=1 accept-encoding= host=said"}



=== TEST 11: proxy_cache
--- http_config eval
$::Upstream . '
    proxy_cache_path $TEST_NGINX_SERVER_ROOT/html/cache keys_zone=cache:1m;
    log_format cache "cache:$upstream_cache_status";
'
--- config
    location = /t {
        proxy_cache cache;
        proxy_cache_valid 1h;
        access_log off;
        asyncapi {
            http a {
                log_subrequest on;
                access_log logs/error.log cache;
                proxy_pass http://said/cached;
            }
            http b after=a {
                log_subrequest on;
                access_log logs/error.log cache;
                proxy_pass http://said/cached;
            }
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":"GET /cached","b":"GET /cached"}
--- grep_error_log eval: qr/cache:\w+/
--- grep_error_log_out
cache:MISS
cache:HIT



=== TEST 12: a large answer goes through the cache whole
--- http_config
    proxy_cache_path $TEST_NGINX_SERVER_ROOT/html/cache keys_zone=cache:1m;
    types { text/plain txt; }
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        root html;
    }
--- config
    location = /t {
        asyncapi {
            http a {
                proxy_cache cache;
                proxy_cache_valid 1h;
                proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/a.txt;
            }
            respond type=text/plain $a;
        }
    }
--- user_files eval
[["a.txt" => "0123456789" x 60000]]
--- request eval
["GET /t", "GET /t"]
--- response_body eval
["0123456789" x 60000, "0123456789" x 60000]



=== TEST 13: a large answer needs no temporary file, with or without a length
--- http_config
    types { text/plain txt; }
    ssi_types text/plain;
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        location / { root html; }
        location = /b.txt { ssi on; root html; }
    }
--- config
    location = /t {
        proxy_http_version 1.1;
        asyncapi {
            http a { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/a.txt; }
            http b { proxy_max_temp_file_size 0; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/b.txt; }
            respond type=text/plain "$a$b";
        }
    }
--- user_files eval
[["a.txt" => "0123456789" x 100000], ["b.txt" => "abcdefghij" x 100000]]
--- request
    GET /t
--- response_body eval
"0123456789" x 100000 . "abcdefghij" x 100000
--- no_error_log
temporary file



=== TEST 14: proxy_store keeps its file, and the answer is there
--- http_config eval: $::Upstream
--- config
    location = /t {
        asyncapi { http a { proxy_store $TEST_NGINX_SERVER_ROOT/html/stored; proxy_pass http://said/store; } }
    }
    location = /stored { default_type text/plain; root html; }
--- request eval
["GET /t", "GET /stored"]
--- response_body eval
['{"a":"GET /store"}', '"GET /store"']



=== TEST 15: sub_filter and ssi have done their work
--- http_config eval
$::Upstream . 'sub_filter_types *; ssi_types *;'
--- config
    location = /part { default_type text/plain; return 200 "part $arg_n"; }
    location = /t {
        asyncapi {
            http a { sub_filter GET got; sub_filter_once off; proxy_pass http://said/; }
            http b { ssi on; default_type text/plain; alias html/b.txt; }
        }
    }
--- user_files
>>> b.txt
[<!--# include virtual="/part?n=1" -->,<!--# include virtual="/part?n=2" -->]
--- request
    GET /t
--- response_body chomp
{"a":"got /","b":"[part 1,part 2]\n"}



=== TEST 16: parts of ssi come in their order, and not in that of their arrival
--- http_config
    ssi_types *;
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        default_type text/plain;
        location = /now { return 200 now; }
        location = /late { asyncapi { sleep s 50ms; respond type=text/plain "late"; } }
    }
--- config
    location / { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
    location = /inner { ssi on; default_type text/plain; alias html/inner.txt; }
    location = /t {
        asyncapi { http a { ssi on; default_type text/plain; alias html/a.txt; } }
    }
--- user_files
>>> a.txt
1<!--# include virtual="/late" -->2<!--# include virtual="/now" -->3<!--# include virtual="/inner" -->4
>>> inner.txt
(<!--# include virtual="/now" -->,<!--# include virtual="/late" -->)
--- request
    GET /t
--- response_body chomp
{"a":"1late2now3(now,late)\n4\n"}



=== TEST 17: gunzip
--- http_config
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        gzip on;
        gzip_http_version 1.0;
        gzip_min_length 0;
        gzip_types *;
        default_type application/json;
        return 200 '{"gzip":true}';
    }
--- config
    location = /t {
        proxy_set_header Accept-Encoding gzip;
        asyncapi {
            http a { gunzip on; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
            http b default=0 { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
        }
    }
--- more_headers
Accept-Encoding: gzip
--- request
    GET /t
--- response_headers
Asyncapi-Failed: b;reason=invalid
--- response_body chomp
{"a":{"gzip":true},"b":0}
--- error_log
the answer is compressed



=== TEST 18: a FastCGI server
--- http_config
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
    }
--- config
    location = /t {
        asyncapi {
            http a {
                fastcgi_pass 127.0.0.1:$TEST_NGINX_RAND_PORT_2;
                fastcgi_param SCRIPT_NAME $uri;
            }
        }
    }
--- tcp_listen: $TEST_NGINX_RAND_PORT_2
--- tcp_reply eval
my $out = "Content-Type: application/json\r\nStatus: 201\r\n\r\n[1, 2]";
pack("CCnnCC", 1, 6, 1, length $out, 0, 0) . $out
. pack("CCnnCC", 1, 6, 1, 0, 0, 0)
. pack("CCnnCCNCCCC", 1, 3, 1, 8, 0, 0, 0, 0, 0, 0, 0)
--- request
    GET /t
--- response_body chomp
{"a":[1, 2]}



=== TEST 19: no upstream there is reason connect, and not a status
--- config
    location = /t {
        asyncapi { http a { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; } }
    }
--- request
    GET /t
--- error_code: 502
--- response_body chomp
{"type":"about:blank","title":"Bad Gateway","status":502,"task":"a","reason":"connect"}
--- error_log
connect() failed



=== TEST 20: an upstream's own 502 is a status
--- http_config eval: $::Upstream
--- config
    location = /t { asyncapi { http a { proxy_pass http://said/bad; } } }
--- request
    GET /t
--- error_code: 502
--- response_body chomp
{"type":"about:blank","title":"Bad Gateway","status":502,"task":"a","reason":"status","code":502}
--- error_log
failed: status 502, the upstream's own



=== TEST 21: a timeout of nginx's own is reason timeout
--- http_config
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        location / { asyncapi { sleep s 3s; } }
    }
--- config
    location = /t {
        asyncapi { http a { proxy_read_timeout 100ms; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; } }
    }
--- request
    GET /t
--- error_code: 504
--- response_body chomp
{"type":"about:blank","title":"Gateway Timeout","status":504,"task":"a","reason":"timeout"}
--- error_log
upstream timed out



=== TEST 22: an answer that breaks off is never a success
--- config
    location = /t {
        asyncapi {
            http a { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
        }
    }
--- tcp_listen: $TEST_NGINX_RAND_PORT_1
--- tcp_reply eval
"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n12345"
--- request
    GET /t
--- error_code: 502
--- response_body chomp
{"type":"about:blank","title":"Bad Gateway","status":502,"task":"a","reason":"connect"}
--- error_log
the answer broke off



=== TEST 23: nor one in chunks
--- config
    location = /t {
        asyncapi {
            http a { proxy_http_version 1.1; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
        }
    }
--- tcp_listen: $TEST_NGINX_RAND_PORT_1
--- tcp_reply eval
"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n"
--- request
    GET /t
--- error_code: 502
--- response_body chomp
{"type":"about:blank","title":"Bad Gateway","status":502,"task":"a","reason":"connect"}
--- error_log
the answer broke off



=== TEST 24: nor one that is to be cached, or that ssi has worked on
--- http_config
    proxy_cache_path $TEST_NGINX_SERVER_ROOT/html/cache keys_zone=cache:1m;
    ssi_types *;
--- config
    location = /t {
        asyncapi {
            http a { ssi on; proxy_cache cache; proxy_cache_valid 1h; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
        }
    }
--- tcp_listen: $TEST_NGINX_RAND_PORT_1
--- tcp_reply eval
"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n12345"
--- request
    GET /t
--- error_code: 502
--- response_body chomp
{"type":"about:blank","title":"Bad Gateway","status":502,"task":"a","reason":"connect"}
--- error_log
the answer broke off



=== TEST 25: an answer in chunks, one after the other
--- config
    location = /t {
        asyncapi {
            http a { proxy_http_version 1.1; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
        }
    }
--- tcp_listen: $TEST_NGINX_RAND_PORT_1
--- tcp_reply eval
"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n3\r\n,2]\r\n0\r\n\r\n"
--- request
    GET /t
--- response_body chomp
{"a":[1,2]}



=== TEST 26: error_page in the block keeps its meaning
--- http_config eval: $::Upstream
--- config
    location = /fallback { default_type application/json; return 200 '"fallback"'; }
    location @named { default_type application/json; return 200 '"named"'; }
    location = /t {
        asyncapi {
            http a { error_page 502 =200 /fallback; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_2; }
            http b { error_page 404 =200 @named; return 404; }
            http c ok=502 { proxy_intercept_errors on; error_page 502 /fallback; proxy_pass http://said/bad; }
            http d default=0 { error_page 502 /fallback; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_2; }
        }
    }
--- request
    GET /t
--- response_headers
Asyncapi-Failed: d;reason=connect
--- response_body chomp
{"a":"fallback","b":"named","c":"fallback","d":0}
--- error_log
connect() failed



=== TEST 27: a body that is sent
--- http_config
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        default_type application/json;
        location / {
            client_body_in_single_buffer on;
            proxy_set_header X-Body $request_body;
            proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/said;
        }
        location = /said { return 200 $http_x_body; }
    }
--- config
    location = /t {
        asyncapi POST {
            http a method=PUT 'body={"x":$arg_x}' header=X-Y:z { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/; }
            http b { default_type text/plain; return 200 "$http_x_y|$content_length|$request_body"; }
        }
    }
--- request
POST /t?x=1
client's own
--- response_body chomp
{"a":{"x":"1"},"b":"||"}



=== TEST 28: access is not checked in a task, so directives of it are refused
--- config
    location = /t { asyncapi { http a { deny all; return 200; } } }
--- must_die
--- error_log
"deny" has no effect in the block of a task: nginx checks access for the client's request only



=== TEST 29: also where they stand deeper
--- config
    location = /t { asyncapi { http a { if ($arg_x) { return 403; } auth_request /auth; return 200; } } }
--- must_die
--- error_log
"auth_request" has no effect in the block of a task



=== TEST 30: they mean what they always do outside
--- config
    location = /t { deny all; asyncapi { http a { return 200; } } }
    location = /u { allow all; asyncapi { http a { return 204; } } }
--- request eval
["GET /t", "GET /u"]
--- error_code eval
[403, 200]
--- response_body_like eval
["403 Forbidden", '\A\{"a":null\}\z']



=== TEST 31: a location in the block is refused
--- config
    location = /t { asyncapi { http a { location /x { } } } }
--- must_die
--- error_log
a task's block is one location, call others by their /URI



=== TEST 32: what is wrong in a block is reported as ever
--- config
    location = /t { asyncapi { http a { proxy_pas http://127.0.0.1; } } }
--- must_die
--- error_log
unknown directive "proxy_pas"



=== TEST 33: an answer with more than nginx is to take of headers
--- http_config
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        add_header X-A $request_uri;
        return 200 1;
    }
--- config
    location = /t {
        asyncapi { http a { proxy_buffer_size 512; proxy_buffers 8 512; proxy_busy_buffers_size 512; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; } }
    }
--- request eval
"GET /t?" . "x" x 1000
--- error_code: 502
--- response_body chomp
{"type":"about:blank","title":"Bad Gateway","status":502,"task":"a","reason":"connect"}
--- error_log
upstream sent too big header



=== TEST 34: asyncapi_max_result bounds what is read, and the upstream is left
--- http_config
    types { text/plain txt; }
    log_format closed "upstream: $status sent whole: $request_completion.";
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1 sndbuf=32k;
        access_log logs/error.log closed;
        ssi_types *;
        location / { root html; }
        location = /b.txt { ssi on; root html; }
    }
--- config
    location = /t {
        asyncapi_max_result 10k;
        proxy_http_version 1.1;
        asyncapi {
            http a default=1 { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/a.txt; }
            http b default=2 { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/b.txt; }
        }
    }
--- user_files eval
[["a.txt" => "0123456789" x 600000], ["b.txt" => "abcdefghij" x 600000]]
--- request
    GET /t
--- response_headers
Asyncapi-Failed: a;reason=too_large, b;reason=too_large
--- response_body chomp
{"a":1,"b":2}
--- wait: 0.3
--- grep_error_log eval: qr/upstream: 200 sent whole: \w*\./
--- grep_error_log_out
upstream: 200 sent whole: .
upstream: 200 sent whole: .



=== TEST 35: filters that put something else in the place of a large answer
--- http_config
    types { text/plain txt; }
    ssi_types *; sub_filter_types *;
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        root html;
    }
--- config
    location = /part { default_type text/plain; return 200 "part $arg_n"; }
    location = /t {
        default_type text/plain;
        proxy_http_version 1.1;
        proxy_pass_header Content-Length;
        asyncapi {
            http a { sub_filter b "two bees"; sub_filter_once off; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/a.txt; }
            http b { sub_filter bbbb b; sub_filter_once off; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/a.txt; }
            http c { ssi on; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/c.txt; }
            respond type=text/plain "$a|$b|$c";
        }
    }
--- user_files eval
my $a = "aaaa" x 1000 . "bbbb";
my $c = "c" x 3000 . '<!--# include virtual="/part?n=1" -->' . "d" x 3000;
[["a.txt" => $a x 20], ["c.txt" => $c x 10]]
--- request
    GET /t
--- response_body eval
my $a = "aaaa" x 1000 . "two bees" x 4;
my $b = "aaaa" x 1000 . "b";
my $c = "c" x 3000 . "part 1" . "d" x 3000;
$a x 20 . "|" . $b x 20 . "|" . $c x 10



=== TEST 36: what an upstream sends beyond its length is left out
--- config
    location = /t {
        asyncapi {
            http a as=text { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
            respond type=text/plain $a;
        }
    }
--- tcp_listen: $TEST_NGINX_RAND_PORT_1
--- tcp_reply eval
"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 50000\r\n\r\n" . "x" x 60000
--- request
    GET /t
--- response_body eval
"x" x 50000
--- error_log
upstream sent more data than specified in "Content-Length" header



=== TEST 37: a large answer in chunks
--- config
    location = /t {
        proxy_http_version 1.1;
        asyncapi {
            http a as=text { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
            respond type=text/plain $a;
        }
    }
--- tcp_listen: $TEST_NGINX_RAND_PORT_1
--- tcp_reply eval
"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n" . CORE::join("", map { sprintf("%x\r\n%s\r\n", $_ * 7, "1234567" x $_) } 1 .. 300) . "0\r\n\r\n"
--- request
    GET /t
--- response_body eval
"1234567" x 45150



=== TEST 38: a file that replaces what an upstream said
--- http_config
    types { text/plain txt; }
    ssi_types *;
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        add_header X-Accel-Redirect /a.txt;
        return 200;
    }
--- config
    location = /a.txt { ssi on; }
    location = /t {
        asyncapi {
            http a as=text { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
            respond type=text/plain $a;
        }
    }
--- user_files eval
[["a.txt" => "a" x 10000]]
--- request
    GET /t
--- response_body eval
"a" x 10000



=== TEST 39: an answer that is not to be cached after all
--- http_config
    proxy_cache_path $TEST_NGINX_SERVER_ROOT/html/cache keys_zone=cache:1m;
    types { text/plain txt; }
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        root html;
    }
--- config
    location = /t {
        proxy_cache cache;
        proxy_max_temp_file_size 0;
        asyncapi {
            http a { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/a.txt; }
            http b { proxy_cache_valid 1h; proxy_no_cache 1; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/a.txt; }
            http c { proxy_cache_valid 1h; proxy_cache_bypass 1; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/a.txt; }
            respond type=text/plain "$a$b$c";
        }
    }
--- user_files eval
[["a.txt" => "0123456789" x 60000]]
--- request
    GET /t
--- response_body eval
"0123456789" x 180000
--- no_error_log
temporary file

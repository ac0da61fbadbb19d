use lib 't/lib';
use AsyncAPI;
use Hostile;

no_root_location();
run_tests();

__DATA__

=== TEST 1: an answer of a given length
--- config
    location = /t { asyncapi { http a $PEER; } }
--- peer
HTTP/1.1 200 OK
Content-Type: application/json
Content-Length: 7

{"n":1}
--- request
    GET /t
--- response_body chomp
{"a":{"n":1}}



=== TEST 2: an answer that comes byte by byte
--- config
    location = /t { asyncapi { http a $PEER&step=1&delay=1; } }
--- peer
HTTP/1.1 200 OK
Content-Type: application/json
Content-Length: 7

{"n":1}
--- request
    GET /t
--- response_body chomp
{"a":{"n":1}}



=== TEST 3: an answer in one chunk
--- config
    location = /t { asyncapi { http a $PEER; } }
--- peer eval
chunked(chunk('{"n":1}'), "0\r\n\r\n")
--- request
    GET /t
--- response_body chomp
{"a":{"n":1}}



=== TEST 4: chunks with extensions and trailers
--- config
    location = /t { asyncapi { http a $PEER; } }
--- peer eval
chunked(qq(3;a="b"\r\n{"n\r\n4 \r\n":1}\r\n0;c\r\nX-Sum: 1\r\nY: 2\r\n\r\n))
--- request
    GET /t
--- response_body chomp
{"a":{"n":1}}



=== TEST 5: chunks byte by byte
--- config
    location = /t { asyncapi { http a $PEER&step=1; } }
--- peer eval
chunked(qq(3;a="b"\r\n{"n\r\n4\r\n":1}\r\n0\r\nX-Sum: 1\r\n\r\n))
--- request
    GET /t
--- response_body chomp
{"a":{"n":1}}



=== TEST 6: an answer that ends with the connection
--- config
    location = /t { asyncapi { http a $PEER&end=fin; } }
--- peer
HTTP/1.1 200 OK
Content-Type: application/json

{"n":1}
--- request
    GET /t
--- response_body chomp
{"a":{"n":1}}



=== TEST 7: an answer of HTTP/1.0 that ends with half of the connection
--- config
    location = /t { asyncapi { http a $PEER&end=shut; } }
--- peer
HTTP/1.0 200 OK
Content-Type: application/json

{"n":1}
--- request
    GET /t
--- response_body chomp
{"a":{"n":1}}



=== TEST 8: an answer without a body
--- config
    location = /t { asyncapi { http a $PEER; } }
--- peer eval
"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
--- request
    GET /t
--- response_body chomp
{"a":null}



=== TEST 9: 204 has no body, whatever it says
--- config
    location = /t { asyncapi { http a $PEER; } }
--- peer eval
"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"
--- request
    GET /t
--- response_body chomp
{"a":null}



=== TEST 10: 304 has no body, and no ending of one is waited for
--- config
    location = /t { asyncapi { http a ok=304 $PEER; } }
--- peer eval
"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"
--- request
    GET /t
--- response_body chomp
{"a":null}



=== TEST 11: HEAD has no body, and its length can be read
--- config
    location = /t {
        asyncapi {
            http a method=HEAD $PEER;
            respond '{"length":"$a:header.content_length","a":$a}';
        }
    }
--- peer eval
"HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n"
--- request
    GET /t
--- response_body chomp
{"length":"12345","a":null}



=== TEST 12: interim answers are passed over
--- config
    location = /t { asyncapi { http a $PEER; } }
--- peer eval
"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
. "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n1"
--- request
    GET /t
--- response_body chomp
{"a":1}



=== TEST 13: interim answers byte by byte
--- config
    location = /t { asyncapi { http a $PEER&step=1; } }
--- peer eval
"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
. "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n1"
--- request
    GET /t
--- response_body chomp
{"a":1}



=== TEST 14: lines of a head that end in LF
--- config
    location = /t { asyncapi { http a $PEER; } }
--- peer eval
"HTTP/1.1 200\nContent-Type: application/json\nContent-Length: 1\n\r\n1"
--- request
    GET /t
--- response_body chomp
{"a":1}



=== TEST 15: text is a JSON string
--- config
    location = /t { asyncapi { http a $PEER; } }
--- peer
HTTP/1.1 200 OK
Content-Type: text/plain
Content-Length: 9

say "hi"!
--- request
    GET /t
--- response_body chomp
{"a":"say \"hi\"!"}



=== TEST 16: both Content-Length and Transfer-Encoding
--- config
    location = /t { asyncapi { http a $PEER; } }
--- peer eval
"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"invalid"
--- error_log
there are both Content-Length and Transfer-Encoding



=== TEST 17: two different lengths
--- config
    location = /t { asyncapi { http a $PEER; } }
--- peer
HTTP/1.1 200 OK
Content-Length: 7
Content-Length: 8

{"n":1}
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"invalid"
--- error_log
there are two different Content-Length



=== TEST 18: gzip as Transfer-Encoding
--- config
    location = /t { asyncapi { http a $PEER; } }
--- peer
HTTP/1.1 200 OK
Transfer-Encoding: gzip, chunked

0
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"invalid"
--- error_log
Transfer-Encoding is other than chunked



=== TEST 19: a folded header
--- config
    location = /t { asyncapi { http a $PEER; } }
--- peer
HTTP/1.1 200 OK
X: a
 b
Content-Length: 7

{"n":1}
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"invalid"
--- error_log
a header is folded



=== TEST 20: another protocol, at its first bytes
--- config
    location = /t { asyncapi { http a $PEER; } }
--- peer
SSH-2.0-OpenSSH
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"invalid"
--- error_log
the answer is not HTTP/1.x



=== TEST 21: a head without end
--- config
    location = /t { asyncapi { http a $PEER&fill=20000; } }
--- peer
HTTP/1.1 200 OK
X: 
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"invalid"
--- error_log
the head is longer than 16384 bytes



=== TEST 22: a head of headers without end
--- config
    location = /t { asyncapi { http a $PEER&repeat=-1; } }
--- peer eval
"X: y\r\n"
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"invalid"
--- error_log
the answer is not HTTP/1.x



=== TEST 23: interim answers without end
--- config
    location = /t { asyncapi { http a $PEER&repeat=-1; } }
--- peer eval
"HTTP/1.1 100 Continue\r\n\r\n"
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"invalid"
--- error_log
there are too many 1xx answers



=== TEST 24: chunk extensions without end
--- config
    location = /t { asyncapi { http a $PEER&fill=20000; } }
--- peer eval
chunked("5;")
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"invalid"
--- error_log
chunk extensions or trailers are too long



=== TEST 25: trailers without end
--- config
    location = /t { asyncapi { http a $PEER&fill=20000; } }
--- peer eval
chunked("0\r\nX: ")
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"invalid"
--- error_log
chunk extensions or trailers are too long



=== TEST 26: a chunk size that is none
--- config
    location = /t { asyncapi { http a $PEER; } }
--- peer eval
chunked("x\r\n")
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"invalid"
--- error_log
a chunk's size is wrong



=== TEST 27: a chunk longer than its size
--- config
    location = /t { asyncapi { http a $PEER; } }
--- peer eval
chunked("1\r\n12\r\n0\r\n\r\n")
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"invalid"
--- error_log
a chunk is longer than its size



=== TEST 28: a compressed answer is not spliced
--- config
    location = /t { asyncapi { http a $PEER; } }
--- peer eval
"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08"
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"invalid"
--- error_log
the answer is compressed



=== TEST 29: a status that is not wanted, whatever the body is
--- config
    location = /t { asyncapi { http a $PEER; } }
--- peer eval
"HTTP/1.1 500 No\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08"
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"status"
--- error_log
status



=== TEST 30: a body cut short
--- config
    location = /t { asyncapi { http a $PEER&end=fin; } }
--- peer
HTTP/1.1 200 OK
Content-Type: application/json
Content-Length: 8

{"n":1}
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- error_log
the connection was closed after 7 bytes of the body



=== TEST 31: a chunked body cut short
--- config
    location = /t { asyncapi { http a $PEER&end=fin; } }
--- peer eval
chunked(chunk('{"n":1}'))
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- error_log
the connection was closed after 7 bytes of the body



=== TEST 32: a head cut short
--- config
    location = /t { asyncapi { http a $PEER&end=fin; } }
--- peer
HTTP/1.1 200 OK
Content-Type: appli
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- error_log
the connection was closed in the head



=== TEST 33: no answer at all
--- config
    location = /t { asyncapi { http a $PEER&cut=0&end=fin; } }
--- peer
HTTP/1.1 200 OK
Content-Type: application/json
Content-Length: 7

{"n":1}
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- error_log
the connection was closed unanswered



=== TEST 34: a reset instead of an answer
--- config
    location = /t { asyncapi { http a $PEER&cut=0&end=rst; } }
--- peer
HTTP/1.1 200 OK
Content-Type: application/json
Content-Length: 7

{"n":1}
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- error_log
recv() failed (104:



=== TEST 35: a length over the bound is refused at once
--- config
    location = /t { asyncapi_max_result 1000; asyncapi { http a $PEER; } }
--- peer
HTTP/1.1 200 OK
Content-Length: 1001

x
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"too_large"
--- error_log
the answer is longer than 1000 bytes



=== TEST 36: a chunk over the bound is refused at once
--- config
    location = /t { asyncapi_max_result 1000; asyncapi { http a $PEER; } }
--- peer eval
chunked("3e9\r\n")
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"too_large"
--- error_log
the answer is longer than 1000 bytes



=== TEST 37: chunks that grow over the bound
--- config
    location = /t { asyncapi_max_result 1000; asyncapi { http a $PEER; } }
--- peer eval
chunked(chunk("x" x 500), chunk("x" x 500), chunk("x"))
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"too_large"
--- error_log
the answer is longer than 1000 bytes



=== TEST 38: a body without length that grows over the bound
--- config
    location = /t { asyncapi_max_result 1000; asyncapi { http a $PEER&fill=1000; } }
--- peer
HTTP/1.1 200 OK

x
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"too_large"
--- error_log
the answer is longer than 1000 bytes



=== TEST 39: a body without end
--- config
    location = /t { asyncapi { http a $PEER&repeat=-1; } }
--- peer eval
"HTTP/1.1 200 OK\r\n\r\n"
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"too_large"
--- error_log
the answer is longer than 1048576 bytes



=== TEST 40: bodies as long as the bound
--- config
    location = /len { asyncapi_max_result 1000; asyncapi { http a http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/?a=HTTP/1.1%20200%20OK%0D%0AContent-Length:%201000%0D%0A%0D%0A&fill=1000; } }
    location = /end { asyncapi_max_result 1000; asyncapi { http a http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/?a=HTTP/1.1%20200%20OK%0D%0A%0D%0A&fill=1000&end=fin; } }
    location = /chunked { asyncapi_max_result 1000; asyncapi { http a $PEER; } }
--- peer eval
"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" . chunk("x" x 600, "x" x 400) . "0\r\n\r\n"
--- request eval
["GET /len", "GET /end", "GET /chunked"]
--- response_body eval
[map { '{"a":"' . "x" x 1000 . '"}' } 1 .. 3]



=== TEST 41: large bodies of every framing, in pieces of odd sizes
--- config
    location = /len { asyncapi { http a $PEER&fill=699990&step=7777; } }
    location = /end { asyncapi { http a http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/?a=HTTP/1.1%20200%20OK%0D%0A%0D%0A&fill=700000&end=fin&step=7777; } }
    location = /chunked { asyncapi { http a http://127.0.0.1:$TEST_NGINX_SERVER_PORT/nginx; } }
    location = /nginx {
        proxy_pass http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/?a=HTTP/1.1%20200%20OK%0D%0A%0D%0A&fill=700000&end=fin&step=7777;
    }
--- peer eval
"HTTP/1.1 200 OK\r\nContent-Length: 700000\r\n\r\n" . "x" x 10
--- request eval
["GET /len", "GET /end", "GET /chunked"]
--- response_body eval
[map { '{"a":"' . "x" x 700000 . '"}' } 1 .. 3]



=== TEST 42: many small chunks
--- config
    location = /t { asyncapi { http a $PEER; } }
--- peer eval
chunked(chunk("[", map({ "$_," } 1 .. 150), "0]"), "0\r\n\r\n")
--- request
    GET /t
--- response_body eval
'{"a":[' . CORE::join(",", 1 .. 150, 0) . ']}'



=== TEST 43: a reset at every point of an answer
--- config eval
my $points = CORE::join ",", 0 .. 77;
qq(
    location = /t {
        asyncapi {
            sleep points 1ms [$points];
            http  a each=\$points 'default="failed"' \$PEER&cut=\$item&end=rst;
            respond '\$a';
        }
    })
--- peer
HTTP/1.1 200 OK
Content-Type: application/json
Content-Length: 7

{"n":1}
--- request
    GET /t
--- response_body eval
"[" . CORE::join(",", map { $_ < 77 ? '"failed"' : '{"n":1}' } 0 .. 77) . "]"



=== TEST 44: an end at every point of a chunked answer
--- config eval
my $points = CORE::join ",", 0 .. 102;
qq(
    location = /t {
        asyncapi {
            sleep points 1ms [$points];
            http  a each=\$points 'default="failed"' \$PEER&cut=\$item&end=fin;
            respond '\$a';
        }
    })
--- peer eval
chunked(chunk('{"n', '":1}'), "0\r\n\r\n")
--- request
    GET /t
--- response_body eval
"[" . CORE::join(",", map { $_ < 101 ? '"failed"' : '{"n":1}' } 0 .. 102) . "]"



=== TEST 45: an answer cut in two at every point
--- config eval
my $points = CORE::join ",", 1 .. 76;
qq(
    location = /t {
        asyncapi {
            sleep points 1ms [$points];
            http  a each=\$points \$PEER&step=\$item&delay=2;
            respond '\$a';
        }
    })
--- peer
HTTP/1.1 200 OK
Content-Type: application/json
Content-Length: 7

{"n":1}
--- request
    GET /t
--- response_body eval
"[" . CORE::join(",", ('{"n":1}') x 76) . "]"

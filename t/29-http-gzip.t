use lib 't/lib';
use AsyncAPI;
use Hostile;

no_root_location();
run_tests();

__DATA__

=== TEST 1: accept=gzip asks for it
--- config
    location = /t { asyncapi { http a accept=gzip $PEER; respond '$a'; } }
--- request
    GET /t
--- response_body eval
qq("GET /peer?x= HTTP/1.1\\r\\nHost: 127.0.0.1:$ENV{TEST_NGINX_HOSTILE_PORT}\\r\\nUser-Agent: asyncapi\\r\\nAccept: application/json\\r\\nAccept-Encoding: gzip\\r\\n\\r\\n")



=== TEST 2: an answer of gzip is inflated
--- config
    location = /t {
        asyncapi {
            http a accept=gzip $PEER;
            respond '[$a.n,"$a:header.content_encoding"]';
        }
    }
--- peer eval
answer('Content-Encoding: gzip', gzip('{"n":1}'))
--- request
    GET /t
--- response_body chomp
[1,"gzip"]



=== TEST 3: so is x-gzip, however it is written, and identity beside it
--- config
    location = /t { asyncapi { http a accept=gzip $PEER; } }
--- peer eval
answer('content-encoding: identity, X-GZIP', gzip('{"n":1}'))
--- request
    GET /t
--- response_body chomp
{"a":{"n":1}}



=== TEST 4: a head of a member with all its fields
--- config
    location = /t { asyncapi { http a accept=gzip $PEER; } }
--- peer eval
answer('Content-Encoding: gzip',
       gzip('{"n":1}', -Name => 'n', -Comment => 'c',
            -ExtraField => [ab => "xy"]))
--- request
    GET /t
--- response_body chomp
{"a":{"n":1}}



=== TEST 5: byte by byte
--- config
    location = /t { asyncapi { http a accept=gzip $PEER&step=1&delay=1; } }
--- peer eval
answer('Content-Encoding: gzip', gzip('{"n":1}'))
--- request
    GET /t
--- response_body chomp
{"a":{"n":1}}



=== TEST 6: chunks byte by byte
--- config
    location = /t { asyncapi { http a accept=gzip $PEER&step=1; } }
--- peer eval
my $gz = gzip('{"n":1}');
"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
. chunk(map { substr($gz, $_, 1) } 0 .. length($gz) - 1) . "0\r\nX: y\r\n\r\n"
--- request
    GET /t
--- response_body chomp
{"a":{"n":1}}



=== TEST 7: up to the end of the connection
--- config
    location = /t { asyncapi { http a accept=gzip $PEER&end=fin; } }
--- peer eval
"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n\r\n" . gzip('{"n":1}')
--- request
    GET /t
--- response_body chomp
{"a":{"n":1}}



=== TEST 8: several members are one body
--- config
    location = /t { asyncapi { http a accept=gzip $PEER; } }
--- peer eval
answer('Content-Encoding: gzip', gzip('{"n"') . gzip('') . gzip(':1}'))
--- request
    GET /t
--- response_body chomp
{"a":{"n":1}}



=== TEST 9: several members byte by byte
--- config
    location = /t { asyncapi { http a accept=gzip $PEER&step=1&delay=1; } }
--- peer eval
answer('Content-Encoding: gzip', gzip('{"n"') . gzip(':1}'))
--- request
    GET /t
--- response_body chomp
{"a":{"n":1}}



=== TEST 10: an answer that is not compressed is taken as it is
--- config
    location = /t { asyncapi { http a accept=gzip $PEER; } }
--- peer eval
answer('Content-Encoding: identity', '{"n":1}')
--- request
    GET /t
--- response_body chomp
{"a":{"n":1}}



=== TEST 11: no body is no gzip: HEAD, 204, 304, a length of 0, no chunk
--- config
    location = /t {
        asyncapi {
            http a accept=gzip method=HEAD http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/?a=HTTP/1.1%20200%0D%0AContent-Encoding:gzip%0D%0AContent-Length:%209%0D%0A%0D%0A;
            http b accept=gzip http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/?a=HTTP/1.1%20204%0D%0AContent-Encoding:gzip%0D%0A%0D%0A;
            http c accept=gzip ok=304 http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/?a=HTTP/1.1%20304%0D%0AContent-Encoding:gzip%0D%0AContent-Length:%209%0D%0A%0D%0A;
            http d accept=gzip http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/?a=HTTP/1.1%20200%0D%0AContent-Encoding:gzip%0D%0AContent-Length:%200%0D%0A%0D%0A;
            http e accept=gzip http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/?a=HTTP/1.1%20200%0D%0AContent-Encoding:gzip%0D%0ATransfer-Encoding:chunked%0D%0A%0D%0A0%0D%0A%0D%0A;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":null,"b":null,"c":null,"d":null,"e":null}



=== TEST 12: the connection is used again
--- config
    location = /t {
        asyncapi {
            http a accept=gzip $PEER;
            http b accept=gzip after=a $PEER;
            http log after=b http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/log;
            respond '$log';
        }
    }
--- peer eval
answer('Content-Encoding: gzip', gzip('{"n":1}'))
--- request
    GET /t
--- response_body_like eval
qr/"GET \/peer (\d+):1", ?"GET \/peer \1:2", ?"GET \/log \1:3"\]$/



=== TEST 13: an answer that is passed on is the inflated one
--- config
    location = /t { asyncapi { http a accept=gzip pass=200 $PEER; } }
--- peer eval
answer('Content-Encoding: gzip', 'X-Y: z', gzip('{"n":1}'))
--- request
    GET /t
--- response_headers
Content-Length: 7
Content-Type: application/json
X-Y: z
!Content-Encoding
--- response_body chomp
{"n":1}



=== TEST 14: what an unwanted status says is read in the log
--- config
    location = /t { asyncapi { http a accept=gzip ok=404 $PEER; } }
--- peer eval
answer('Content-Encoding: gzip', gzip('{"n":"a reason"}'))
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"status","code":200
--- error_log
{"n":"a reason"}



=== TEST 15: a megabyte is inflated in steps
--- config
    asyncapi_max_result 2m;
    location = /t {
        asyncapi {
            http a accept=gzip $PEER&gzip=1048576;
            http b accept=gzip $PEER&gzip=1048576&noise=1&step=3000;
        }
    }
--- peer eval
"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
--- request
    GET /t
--- response_body_like eval
qr/^\{"a":"(?:x{32000}){32}x{24574}","b":"(?:[a-z]{32000}){32}[a-z]{24574}"\}$/



=== TEST 16: other events come between the steps
--- log_level: debug
--- config
    asyncapi_max_result 2m;
    location = /t { asyncapi { http a accept=gzip $PEER&gzip=1000000; respond '{}'; } }
--- peer eval
"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
--- request
    GET /t
--- response_body chomp
{}
--- grep_error_log eval: qr/asyncapi http inflate is continued/
--- grep_error_log_out
asyncapi http inflate is continued
asyncapi http inflate is continued
asyncapi http inflate is continued



=== TEST 17: asyncapi_max_result is that of the inflated answer: as many bytes as that
--- config
    asyncapi_max_result 1000;
    location = /t { asyncapi { http a accept=gzip $PEER&gzip=1000; } }
--- peer eval
"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
--- request
    GET /t
--- response_body_like eval
qr/^\{"a":"x{998}"\}$/



=== TEST 18: asyncapi_max_result is that of the inflated answer: a byte more
--- config
    asyncapi_max_result 1000;
    location = /t { asyncapi { http a accept=gzip $PEER&gzip=1001; } }
--- peer eval
"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"too_large"
--- error_log
the answer is longer than 1000 bytes



=== TEST 19: a bomb is given up as soon as it is too large
--- log_level: debug
--- config
    asyncapi_max_result 100k;
    location = /t { asyncapi { http a accept=gzip $PEER&gzip=5000000; } }
--- peer eval
"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"too_large"
--- error_log
the answer is longer than 102400 bytes
--- no_error_log
asyncapi http inflate is continued



=== TEST 20: a length of more than the largest answer could need
--- config
    asyncapi_max_result 1000;
    location = /t { asyncapi { http a accept=gzip $PEER; } }
--- peer eval
"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 18000\r\n\r\n"
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"too_large"



=== TEST 21: a comment without end is too large
--- config
    asyncapi_max_result 1000;
    location = /t { asyncapi { http a accept=gzip $PEER&fill=18000; } }
--- peer eval
"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x10\0\0\0\0\0\0"
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"too_large"



=== TEST 22: a wrong CRC
--- config
    location = /t { asyncapi { http a accept=gzip $PEER; } }
--- peer eval
my $gz = gzip('{"n":1}');
substr($gz, -8, 1) = chr(1 ^ ord substr($gz, -8, 1));
answer('Content-Encoding: gzip', $gz)
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"invalid"
--- error_log
the answer's gzip is wrong: incorrect data check



=== TEST 23: a wrong length of the text
--- config
    location = /t { asyncapi { http a accept=gzip $PEER; } }
--- peer eval
answer('Content-Encoding: gzip', substr(gzip('{"n":1}'), 0, -1) . "\1")
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"invalid"
--- error_log
the answer's gzip is wrong: incorrect length check



=== TEST 24: a stream that is cut short, at each byte
--- config eval
my $gz = Test::Base::Filter::gzip('{"n":1}');
my $n = length($gz) - 1;
CORE::join "\n", "location = /t { asyncapi { ", map({
    "http a$_ accept=gzip 'default=\"cut\"' http://127.0.0.1:$ENV{TEST_NGINX_HOSTILE_PORT}/?a="
    . Hostile::encode(Test::Base::Filter::answer('Content-Encoding: gzip', substr($gz, 0, $_))) . ";"
} 1 .. $n), "respond '[" . CORE::join(',', map { "\$a$_" } 1 .. $n) . "]'; } }"
--- request
    GET /t
--- response_body_like eval
qr/^\["cut"(,"cut"){25}\]$/
--- error_log
the answer's gzip is wrong: it is cut short



=== TEST 25: a stream that is cut short by the end of the connection
--- config
    location = /t { asyncapi { http a accept=gzip $PEER&end=fin; } }
--- peer eval
"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n\r\n" . substr(gzip('{"n":1}'), 0, 12)
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"invalid"
--- error_log
the answer's gzip is wrong: it is cut short



=== TEST 26: bytes after the stream
--- config
    location = /t { asyncapi { http a accept=gzip $PEER; } }
--- peer eval
answer('Content-Encoding: gzip', gzip('{"n":1}') . "\0")
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"invalid"
--- error_log
the answer's gzip is wrong:



=== TEST 27: no gzip at all, zlib's own format, and a method that is none
--- config eval
use Compress::Zlib ();
my $i = 0;
CORE::join "\n", "location = /t { asyncapi { ", map({ $i++;
    "http a$i accept=gzip 'default=\"wrong\"' http://127.0.0.1:$ENV{TEST_NGINX_HOSTILE_PORT}/?a="
    . Hostile::encode(Test::Base::Filter::answer('Content-Encoding: gzip', $_)) . ";"
} '{"n":1}', Compress::Zlib::compress('{"n":1}'), "\x1f\x8b\x09" . substr(Test::Base::Filter::gzip('1'), 3)), "} }"
--- request
    GET /t
--- response_body chomp
{"a1":"wrong","a2":"wrong","a3":"wrong"}



=== TEST 28: other codings are refused, and gzip in two layers
--- config eval
my $i = 0;
CORE::join "\n", "location = /t { asyncapi { ", map({ $i++;
    "http a$i accept=gzip 'default=\"no\"' http://127.0.0.1:$ENV{TEST_NGINX_HOSTILE_PORT}/?a="
    . Hostile::encode(Test::Base::Filter::answer(ref $_ ? @$_ : $_, Test::Base::Filter::gzip('1'))) . ";"
} 'Content-Encoding: deflate', 'Content-Encoding: br', 'Content-Encoding: gzip, gzip',
  'Content-Encoding: br, gzip', ['Content-Encoding: gzip', 'Content-Encoding: gzip']), "} }"
--- request
    GET /t
--- response_body chomp
{"a1":"no","a2":"no","a3":"no","a4":"no","a5":"no"}
--- error_log
the answer is compressed



=== TEST 29: without the option what is compressed is refused
--- config
    location = /t { asyncapi { http a header=Accept-Encoding:gzip $PEER; } }
--- peer eval
answer('Content-Encoding: gzip', gzip('{"n":1}'))
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"invalid"
--- error_log
the answer is compressed: "accept=gzip" of the task's URL



=== TEST 30: bytes after the answer, and an early one
--- config
    location = /t {
        asyncapi {
            http big http://127.0.0.1:$TEST_NGINX_SERVER_PORT/big?$args;
            http a accept=gzip $PEER;
            http b accept=gzip 'body=[$big,$big]' $PEER&early=1000;
            respond '[$a,$b]';
        }
    }
    location = /big { return 200 '"$request_uri$request_uri$request_uri$request_uri$request_uri$request_uri$request_uri"'; default_type application/json; }
--- peer eval
answer('Content-Encoding: gzip', gzip('{"n":1}')) . "HTTP"
--- request eval
"GET /t?" . "x" x 3000
--- response_body chomp
[{"n":1},{"n":1}]



=== TEST 31: a task that is cancelled between the steps
--- config
    asyncapi_max_result 40m;
    location = /t {
        asyncapi {
            race r {
                http a accept=gzip $PEER&gzip=30000000;
                http b after=s $PEER&gzip=10;
                sleep s 30ms;
            }
            http o after=r timeout=10ms default=1 accept=gzip $PEER&gzip=30000000;
            respond '$o';
        }
    }
--- peer eval
"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
--- request
    GET /t
--- response_body chomp
1



=== TEST 32: a client that leaves between the steps
--- config
    asyncapi_max_result 40m;
    location = /t { asyncapi { http a accept=gzip $PEER&gzip=30000000; http b accept=gzip $PEER&cut=180; } }
--- peer eval
answer('Content-Encoding: gzip', gzip(CORE::join '', 1 .. 400))
--- request
    GET /t
--- abort
--- timeout: 0.2
--- ignore_response
--- wait: 0.2



=== TEST 33: another value is refused
--- statements
http a accept=br http://127.0.0.1/;
--- refused
1: invalid "accept=br": what can be taken compressed is gzip alone, write accept=gzip in http "a"



=== TEST 34: twice is refused
--- statements
http a accept=gzip accept=gzip http://127.0.0.1/;
--- refused
1: "accept=" is given twice in http "a"



=== TEST 35: a header= for it beside it is refused
--- statements
http a accept=gzip header=accept-encoding:br http://127.0.0.1/;
--- refused
1: "accept=gzip" sends Accept-Encoding itself: leave "header=accept-encoding:..." out in http "a"



=== TEST 36: a location is told what to write instead
--- statements
http a accept=gzip /b;
--- refused
1: "accept=gzip" is for a URL: in the location write "gunzip on", and "proxy_set_header Accept-Encoding gzip" in http "a"



=== TEST 37: so is a block
--- statements
http a accept=gzip { return 204; }
--- refused
1: "accept=gzip" is for a URL: in the location write "gunzip on", and "proxy_set_header Accept-Encoding gzip" in http "a"

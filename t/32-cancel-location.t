use lib 't/lib';
use AsyncAPI;
use File::Temp qw( tempdir );
use IO::Socket::INET;

# a port whose queue of connections is full: connect() to it takes for ever

my $full = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')
    or die $!;
$ENV{TEST_NGINX_FULL_PORT} = $full->sockport;

my @fill = map {
    IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $full->sockport,
                          Blocking => 0)
} 1 .. 4;

# a name server that never answers

my $dumb = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1')
    or die $!;
$ENV{TEST_NGINX_DUMB_PORT} = $dumb->sockport;

# a certificate

my $dir = tempdir(CLEANUP => 1);
chmod 0755, $dir;
system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1"
       . " -nodes -days 2 -subj /CN=test -keyout $dir/key.pem"
       . " -out $dir/cert.pem 2> $dir/log") == 0
    or die "openssl failed, see $dir/log\n";
$ENV{TEST_NGINX_CERT} = $dir;

# a server that takes its time, and says in what way it was left

our $Upstream = <<'_EOC_';
    log_format left "upstream $uri: $status.";
    proxy_cache_path $TEST_NGINX_SERVER_ROOT/html/cache keys_zone=cache:1m;
    limit_req_zone $server_name zone=slow:1m rate=1r/s;
    ssi_types *;
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        access_log logs/error.log left;
        default_type application/json;
        location / { asyncapi { sleep s 3s; } }
        location = /soon { asyncapi { sleep s 300ms; respond 1; } }
        location = /now { return 200 '"now"'; }
        location = /drip { limit_rate 100; alias html/drip.txt; }
    }
_EOC_

our $Drip = [["drip.txt" => "0" x 10000]];

no_root_location();
run_tests();

__DATA__

=== TEST 1: at its deadline a task leaves an upstream that has not answered
--- http_config eval: $::Upstream
--- config
    location = /t {
        asyncapi { http a timeout=100ms default=1 { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/slow; } }
    }
--- request
    GET /t
--- response_headers
Asyncapi-Failed: a;reason=timeout
--- response_body chomp
{"a":1}
--- wait: 0.2
--- error_log
upstream /slow: 499.



=== TEST 2: and one that is in the midst of its answer
--- http_config eval: $::Upstream
--- user_files eval: $::Drip
--- config
    location = /t {
        asyncapi { http a timeout=200ms default=1 { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/drip; } }
    }
--- request
    GET /t
--- response_headers
Asyncapi-Failed: a;reason=timeout
--- response_body chomp
{"a":1}
--- timeout: 2



=== TEST 3: and one that it can't connect to
--- config
    location = /t {
        asyncapi { http a timeout=200ms default=1 { proxy_pass http://127.0.0.1:$TEST_NGINX_FULL_PORT; } }
    }
--- request
    GET /t
--- response_headers
Asyncapi-Failed: a;reason=timeout
--- response_body chomp
{"a":1}
--- timeout: 2



=== TEST 4: and a name that nobody resolves
--- config
    resolver 127.0.0.1:$TEST_NGINX_DUMB_PORT;
    location = /t {
        asyncapi { http a timeout=200ms default=1 { set $name name.test; proxy_pass http://$name/; } }
    }
--- request
    GET /t
--- response_headers
Asyncapi-Failed: a;reason=timeout
--- response_body chomp
{"a":1}
--- timeout: 2



=== TEST 5: and a cache that another request fills
--- http_config eval: $::Upstream
--- config
    location = /t {
        proxy_cache cache;
        proxy_cache_lock on;
        proxy_cache_valid 1h;
        asyncapi {
            sleep first 20ms;
            http a { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/soon; }
            http b timeout=100ms default=2 after=first { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/soon; }
            http c after=first { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/soon; }
        }
    }
--- pipelined_requests eval
["GET /t", "GET /t"]
--- response_body eval
[('{"first":null,"a":1,"b":2,"c":1}'), '{"first":null,"a":1,"b":1,"c":1}']



=== TEST 6: and the delay of limit_req
--- http_config eval: $::Upstream
--- config
    location = /t {
        asyncapi {
            http a timeout=200ms default=1 { limit_req zone=slow burst=10; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/now; }
            http b { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/now; }
        }
    }
--- pipelined_requests eval
["GET /t", "GET /t", "GET /t"]
--- response_body eval
['{"a":"now","b":"now"}', ('{"a":1,"b":"now"}') x 2]
--- timeout: 2



=== TEST 7: a delay of limit_req ends, whatever other tasks do on the connection
--- http_config eval
$::Upstream . 'limit_req_zone $uri zone=quick:1m rate=5r/s;'
--- config
    location = /limited {
        limit_req zone=quick burst=10;
        default_type application/json;
        try_files /none =404;
        error_page 404 =200 @limited;
    }
    location @limited { default_type application/json; return 200 '"$limit_req_status"'; }
    location = /t {
        asyncapi {
            http a /limited;
            http b { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/now; }
            http c { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/now; }
        }
    }
--- pipelined_requests eval
["GET /t", "GET /t", "GET /t"]
--- response_body eval
['{"a":"PASSED","b":"now","c":"now"}', ('{"a":"DELAYED","b":"now","c":"now"}') x 2]
--- timeout: 3



=== TEST 8: a delay that begins after a redirect made by an upstream
--- http_config eval
$::Upstream . '
    limit_req_zone $uri zone=quick:1m rate=5r/s;
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_2;
        add_header X-Accel-Redirect /limited;
        return 200;
    }
'
--- config
    location = /limited {
        limit_req zone=quick burst=10;
        default_type application/json;
        try_files /none =404;
        error_page 404 =200 @limited;
    }
    location @limited { default_type application/json; return 200 '"$limit_req_status"'; }
    location = /t {
        asyncapi {
            http a as=json { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_2; }
            http b { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/now; }
        }
    }
--- pipelined_requests eval
["GET /t", "GET /t", "GET /t"]
--- response_body eval
['{"a":"PASSED","b":"now"}', ('{"a":"DELAYED","b":"now"}') x 2]
--- timeout: 3



=== TEST 9: when a task fails, the others leave their upstreams
--- http_config eval: $::Upstream
--- config
    location = /t {
        asyncapi {
            http a { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/slow; }
            http b /slow;
            http c { proxy_pass http://127.0.0.1:$TEST_NGINX_FULL_PORT; }
            sleep s 50ms;
            http d after=s { return 503; }
        }
    }
    location = /slow { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/other; }
--- request
    GET /t
--- error_code: 502
--- response_body chomp
{"type":"about:blank","title":"Bad Gateway","status":502,"task":"d","reason":"status","code":503}
--- wait: 0.2
--- error_log
upstream /slow: 499.
upstream /other: 499.
--- timeout: 2



=== TEST 10: a task that fails at once keeps the others from beginning
--- http_config eval: $::Upstream
--- config
    location /t {
        asyncapi GET /t/:x {
            http a { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/slow; }
            http b header=X-A:$x { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/slow; }
        }
    }
--- pipelined_requests eval
["GET /t/%0a", "GET /t/%0a"]
--- error_code eval
[502, 502]
--- response_body eval
[('{"type":"about:blank","title":"Bad Gateway","status":502,"task":"b","reason":"invalid"}') x 2]
--- no_error_log
upstream /slow
--- timeout: 2



=== TEST 11: the loser of a race leaves its upstream
--- http_config eval: $::Upstream
--- config
    location = /t {
        asyncapi {
            race r {
                http a { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/slow; }
                http b { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/now; }
            }
        }
    }
--- request
    GET /t
--- response_body chomp
{"r":"now"}
--- wait: 0.2
--- error_log
upstream /slow: 499.
--- timeout: 2



=== TEST 12: an endpoint that is a task's is left with all that it runs
--- http_config eval: $::Upstream
--- config
    location = /in {
        asyncapi {
            http x { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/deep; }
            http y /deeper;
            sleep z 10s;
        }
    }
    location = /deeper {
        asyncapi { http x { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/deepest; } }
    }
    location = /t { asyncapi { http a timeout=200ms default=1 /in; } }
--- request
    GET /t
--- response_body chomp
{"a":1}
--- wait: 0.2
--- error_log
upstream /deep: 499.
upstream /deepest: 499.
--- timeout: 3



=== TEST 13: a page of ssi is left with its parts
--- http_config eval: $::Upstream
--- config
    location /part/ { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
    location = /page { ssi on; default_type text/plain; alias html/page.txt; }
    location = /t { asyncapi { http a timeout=200ms default=1 /page; } }
--- user_files
>>> page.txt
1<!--# include virtual="/part/1" -->2<!--# include virtual="/part/2" -->3
--- request
    GET /t
--- response_body chomp
{"a":1}
--- wait: 0.2
--- error_log
upstream /part/1: 499.
upstream /part/2: 499.
--- timeout: 3



=== TEST 14: the endpoint's deadline
--- http_config eval: $::Upstream
--- config
    location = /t {
        asyncapi {
            timeout 200ms;
            http a default=1 { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/slow; }
            http b default=2 { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/now; }
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1,"b":"now"}
--- wait: 0.2
--- error_log
upstream /slow: 499.
--- timeout: 2



=== TEST 15: a client that leaves takes everything with it
--- http_config eval: $::Upstream
--- user_files eval: $::Drip
--- config
    resolver 127.0.0.1:$TEST_NGINX_DUMB_PORT;
    location = /in { asyncapi { http x { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/deep; } } }
    location = /t {
        proxy_cache_lock on;
        proxy_cache_valid 1h;
        asyncapi {
            http a { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/slow; }
            http b { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/drip; }
            http c { proxy_pass http://127.0.0.1:$TEST_NGINX_FULL_PORT; }
            http d { set $name name.test; proxy_pass http://$name/; }
            http e { proxy_cache cache; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/cached; }
            sleep s 10ms;
            http f after=s { proxy_cache cache; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/cached; }
            http g { limit_req zone=slow burst=10; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/limited; }
            http h /in;
        }
    }
--- request
    GET /t
--- abort
--- timeout: 0.3
--- wait: 0.3
--- ignore_response
--- error_log
upstream /slow: 499.
upstream /deep: 499.
upstream /cached: 499.
upstream /limited: 499.



=== TEST 16: also one of HTTP/2
--- http_config eval
$::Upstream . '
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_2 http2;
        location = /t {
            proxy_cache_lock on;
            proxy_cache_valid 1h;
            asyncapi {
                http a { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/slow; }
                http e { proxy_cache cache; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/cached; }
                sleep s 10ms;
                http f after=s { proxy_cache cache; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/cached; }
            }
        }
    }
'
--- config
    location = /t { grpc_pass grpc://127.0.0.1:$TEST_NGINX_RAND_PORT_2; }
--- request
    GET /t
--- abort
--- timeout: 0.3
--- wait: 0.3
--- ignore_response
--- error_log
upstream /slow: 499.
upstream /cached: 499.



=== TEST 17: an HTTP/2 client gets its answer
--- http_config eval
$::Upstream . '
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_2 http2;
        location = /t {
            asyncapi {
                http a timeout=100ms default=1 { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/slow; }
                http b { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/now; }
                let $protocol "$server_protocol";
                respond \'{"a":$a,"b":$b,"over":"$protocol"}\';
            }
        }
    }
'
--- config
    location = /t { grpc_pass grpc://127.0.0.1:$TEST_NGINX_RAND_PORT_2; }
--- request
    GET /t
--- response_headers
Asyncapi-Failed: a;reason=timeout
--- response_body chomp
{"a":1,"b":"now","over":"HTTP/2.0"}



=== TEST 18: a client of TLS gets its answer
--- http_config eval
$::Upstream . '
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_2 ssl;
        ssl_certificate $TEST_NGINX_CERT/cert.pem;
        ssl_certificate_key $TEST_NGINX_CERT/key.pem;
        location = /t {
            asyncapi {
                http a timeout=100ms default=1 { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/slow; }
                http b { default_type text/plain; return 200 $scheme; }
            }
        }
    }
'
--- config
    location = /t { proxy_pass https://127.0.0.1:$TEST_NGINX_RAND_PORT_2; }
--- request
    GET /t
--- response_headers
Asyncapi-Failed: a;reason=timeout
--- response_body chomp
{"a":1,"b":"https"}



=== TEST 19: and is missed when it leaves
--- http_config eval
$::Upstream . '
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_2 ssl;
        ssl_certificate $TEST_NGINX_CERT/cert.pem;
        ssl_certificate_key $TEST_NGINX_CERT/key.pem;
        location = /t {
            asyncapi { http a { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/slow; } }
        }
    }
'
--- config
    location = /t { proxy_pass https://127.0.0.1:$TEST_NGINX_RAND_PORT_2; }
--- request
    GET /t
--- abort
--- timeout: 0.3
--- wait: 2
--- ignore_response
--- error_log
upstream /slow: 499.



=== TEST 20: asyncapi_ignore_client_abort goes on without a client
--- http_config eval: $::Upstream
--- config
    location = /t {
        asyncapi_ignore_client_abort on;
        asyncapi { http a { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/soon; } }
    }
--- request
    GET /t
--- abort
--- timeout: 0.1
--- wait: 0.6
--- ignore_response
--- error_log
upstream /soon: 200.



=== TEST 21: nothing is left open after many that were cancelled
--- http_config eval: $::Upstream
--- config
    location = /t {
        asyncapi {
            timeout 20ms;
            http a { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/slow; }
            http b { proxy_pass http://127.0.0.1:$TEST_NGINX_FULL_PORT; }
        }
    }
    location = /status { stub_status; }
    location = /settle { asyncapi { sleep s 200ms; } }
--- pipelined_requests eval
[("GET /t") x 30, "GET /settle", "GET /status"]
--- error_code eval
[(504) x 30, 200, 200]
--- response_body_like eval
[(qr/"reason":"timeout"/) x 30, qr/s/, qr/\AActive connections: 1 \n/]

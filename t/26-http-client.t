use lib 't/lib';
use AsyncAPI;
use Hostile;

use IO::Socket::INET;

# a peer whose queue of connections is full: to more of them it says nothing

our $Full = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)
    or die $!;

$ENV{TEST_NGINX_FULL_PORT} = $Full->sockport;

our @Queue = map {
    IO::Socket::INET->new(PeerAddr => '127.0.0.1', Blocking => 0,
                          PeerPort => $Full->sockport)
} 1 .. 8;

# what most blocks talk to: it shows how many requests came on a connection
# before

our $Upstream = <<'_EOC_';
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        default_type application/json;
        return 200 '$connection_requests';
    }
_EOC_

no_root_location();
run_tests();

__DATA__

=== TEST 1: no connection is kept where none may be
--- http_config eval: $::Upstream
--- config
    asyncapi_http_keepalive 0;
    location = /t { asyncapi { http a http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/; respond '$a'; } }
--- request eval
["GET /t", "GET /t"]
--- response_body eval
["1", "1"]



=== TEST 2: no more are kept than may be
--- http_config eval: $::Upstream . "asyncapi_http_keepalive 1;"
--- config
    location = /t {
        asyncapi {
            http a http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/;
            http b http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/;
            http c http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/;
            respond '[$a,$b,$c]';
        }
    }
--- request eval
["GET /t", "GET /t"]
--- response_body_like eval
['^\[1,1,1\]$', '^\[(?:2,1,1|1,2,1|1,1,2)\]$']



=== TEST 3: a location says what is kept of its own calls
--- http_config eval: $::Upstream . "asyncapi_http_keepalive 0;"
--- config
    location = /kept {
        asyncapi_http_keepalive 8;
        asyncapi { http a http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/; respond '$a'; }
    }
    location = /closed {
        asyncapi { http a http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/; respond '$a'; }
    }
--- request eval
["GET /kept", "GET /kept", "GET /closed", "GET /kept"]
--- response_body eval
["1", "2", "3", "1"]



=== TEST 4: an idle connection is closed after its time
--- config
    asyncapi_http_keepalive_timeout 100ms;
    location = /t { asyncapi { http a $PEER; } }
    location = /open {
        asyncapi {
            sleep s 1500ms;
            http  n after=s http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/open;
            respond '$n';
        }
    }
--- request eval
["GET /t", "GET /open"]
--- response_body_like eval
["Host", '^1$']



=== TEST 5: a connection that is not made in time
--- config
    asyncapi_http_connect_timeout 200ms;
    location = /t { asyncapi { http a http://127.0.0.1:$TEST_NGINX_FULL_PORT/; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- error_log
connect() failed (110: Connection timed out)



=== TEST 6: what the requests say of us
--- http_config
    asyncapi_http_user_agent "shop/1.2 (dashboards)";
--- config
    location = /t    { asyncapi { http a $PEER; respond '$a'; } }
    location = /none { asyncapi_http_user_agent ""; asyncapi { http a $PEER; respond '$a'; } }
    location = /own  { asyncapi { http a header=User-Agent:own $PEER; respond '$a'; } }
    location = /pass {
        asyncapi_pass_header User-Agent;
        asyncapi { http a $PEER; respond '$a'; }
    }
--- more_headers
User-Agent: curl
--- request eval
["GET /t", "GET /none", "GET /own", "GET /pass"]
--- response_body_like eval
[qr{\\r\\nUser-Agent: shop/1.2 \(dashboards\)\\r\\nAccept: application/json\\r\\n\\r\\n"$},
 qr{Host: [0-9.:]+\\r\\nAccept: application/json\\r\\n\\r\\n"$},
 qr{Host: [0-9.:]+\\r\\nAccept: application/json\\r\\nUser-Agent: own\\r\\n\\r\\n"$},
 qr{Host: [0-9.:]+\\r\\nAccept: application/json\\r\\nUser-Agent: curl\\r\\n\\r\\n"$}]



=== TEST 7: an idle time of none
--- locations
asyncapi_http_keepalive_timeout 0;
--- refused
1: directive needs a time: to keep no connections write "asyncapi_http_keepalive 0"



=== TEST 8: a connect timeout of none
--- locations
asyncapi_http_connect_timeout 0;
--- refused
1: directive needs a time: write for instance 500ms or 5s



=== TEST 9: a line break in a header
--- locations
asyncapi_http_user_agent "a\nb";
--- refused
1: "asyncapi_http_user_agent" directive has a control character in it



=== TEST 10: a number that is none
--- locations
asyncapi_http_keepalive many;
--- refused
1: invalid number



=== TEST 11: a directive twice
--- locations
asyncapi_http_keepalive 1;
asyncapi_http_keepalive 2;
--- refused
2: "asyncapi_http_keepalive" directive is duplicate

use lib 't/lib';
use AsyncAPI;
use Hostile;

# what most blocks talk to: it shows which connection a request came on, and
# how many came on it before

our $Upstream = <<'_EOC_';
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_2;
        default_type application/json;

        location / {
            return 200 '{"n":$connection_requests,"port":"$server_port"}';
        }

        location /once {
            keepalive_requests 1;
            return 200 '{"n":$connection_requests}';
        }

        location /soon {
            keepalive_timeout 50ms;
            return 200 '{"n":$connection_requests}';
        }
    }
_EOC_

no_root_location();
run_tests();

__DATA__

=== TEST 1: a connection is used again, by tasks and by requests
--- http_config eval: $::Upstream
--- config
    location = /t {
        asyncapi {
            http a         http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/;
            http b after=a http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/;
            respond '[$a.n,$b.n]';
        }
    }
--- request eval
["GET /t", "GET /t"]
--- response_body eval
["[1,2]", "[3,4]"]



=== TEST 2: tasks beside each other have a connection each, and keep them
--- http_config eval: $::Upstream
--- config
    location = /t {
        asyncapi {
            http a http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/;
            http b http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/;
            http c http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/;
            respond '[$a.n,$b.n,$c.n]';
        }
    }
--- request eval
["GET /t", "GET /t"]
--- response_body eval
["[1,1,1]", "[2,2,2]"]



=== TEST 3: connections belong to an address, not to a host or a location
--- http_config eval
$::Upstream . q(
    upstream backend { server 127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
)
--- config
    location = /a {
        asyncapi { http a http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/; respond '$a.n'; }
    }
    location = /b { asyncapi { http b http://backend/; respond '$b.n'; } }
    location = /c {
        asyncapi { http c http://127.0.0.1:$TEST_NGINX_RAND_PORT_2/; respond '$c.n'; }
    }
--- request eval
["GET /a", "GET /b", "GET /c", "GET /a"]
--- response_body eval
["1", "2", "1", "3"]



=== TEST 4: a connection that the upstream closes after its answer
--- http_config eval: $::Upstream
--- config
    location = /t {
        asyncapi { http a http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/once; respond '$a.n'; }
    }
--- request eval
["GET /t", "GET /t"]
--- response_body eval
["1", "1"]
--- no_error_log
[error]



=== TEST 5: a connection that the upstream closes when it is idle
--- http_config eval: $::Upstream
--- config
    location = /t {
        asyncapi {
            http  a           http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/soon;
            sleep s after=a   300ms;
            http  b after=s method=POST http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/soon;
            respond '[$a.n,$b.n]';
        }
    }
--- request
    GET /t
--- response_body chomp
[1,1]
--- no_error_log
[error]



=== TEST 6: an idle connection closed in the moment it is used: sent once more
--- config
    location = /t {
        asyncapi {
            http a         $PEER;
            http b after=a $PEER&once=&end=fin;
            http c after=b method=PUT $PEER&x=c;
            http d after=c method=PUT $PEER&once=&end=rst;
        }
    }
    location = /log { proxy_pass http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT; }
--- peer
HTTP/1.1 200 OK
Content-Length: 1
Content-Type: application/json

1
--- request eval
["GET /log", "GET /t", "GET /log"]
--- response_body_like eval
[".", '^{"a":1,"b":1,"c":1,"d":1}$',
 '"GET /peer (\d+):1", "GET /peer \1:2", "GET /peer (\d+):1", "PUT /peer (\d+):1", "PUT /peer \3:2", "PUT /peer \d+:1"']
--- no_error_log
[error]



=== TEST 7: what must not be sent twice is not sent twice
--- config
    location = /t {
        asyncapi {
            http a                     $PEER;
            http b after=a method=POST $PEER&once=&end=fin;
        }
    }
    location = /log { proxy_pass http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT; }
--- peer
HTTP/1.1 200 OK
Content-Length: 1
Content-Type: application/json

1
--- request eval
["GET /log", "GET /t", "GET /log"]
--- error_code eval
[200, 502, 200]
--- response_body_like eval
[".", '"task":"b","reason":"connect"',
 '\["GET /peer (\d+):1", "POST /peer \1:2", "GET /log \d+:1"\]']



=== TEST 8: once a byte of the answer has come nothing is sent again
--- config
    location = /t {
        asyncapi {
            http a         $PEER;
            http b after=a $PEER&once=H&end=fin;
        }
    }
--- peer
HTTP/1.1 200 OK
Content-Length: 1
Content-Type: application/json

1
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"b","reason":"connect"
--- error_log
the connection was closed in the head



=== TEST 9: when all idle connections are stale, a new one is taken
--- config
    location = /t {
        asyncapi {
            http a $PEER&head=50;
            http b $PEER&head=50;
            http c $PEER&head=50;
            http d after=a,b,c $PEER&once=&end=fin;
        }
    }
    location = /log { proxy_pass http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT; }
--- peer
HTTP/1.1 200 OK
Content-Length: 1
Content-Type: application/json

1
--- request eval
["GET /log", "GET /t", "GET /log"]
--- response_body_like eval
[".", '"d":1', '^\[("GET /peer \d+:1", ){3}"GET /peer (\d+):2", "GET /peer (?!\2)\d+:1", "GET /log']
--- no_error_log
[error]



=== TEST 10: bytes behind an answer end the connection, not the task
--- config
    location = /t {
        asyncapi {
            http  a         $PEER&fill=5;
            http  b after=a $PEER&x=2;
        }
    }
    location = /log { proxy_pass http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT; }
--- peer
HTTP/1.1 200 OK
Content-Length: 1
Content-Type: application/json

1
--- request eval
["GET /log", "GET /t", "GET /log"]
--- response_body_like eval
[".", '^{"a":1,"b":1}$', '^\["GET /peer (\d+):1", "GET /peer (?!\1)\d+:1", "GET /log']



=== TEST 11: bytes that come to an idle connection end it
--- config
    location = /t {
        asyncapi {
            http  a         $PEER&fill=1&step=68&delay=50;
            sleep s after=a 200ms;
            http  b after=s $PEER;
        }
    }
    location = /log { proxy_pass http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT; }
--- peer
HTTP/1.1 200 OK
Content-Length: 1
Content-Type: application/json

1
--- request eval
["GET /log", "GET /t", "GET /log"]
--- response_body_like eval
[".", '^{"a":1,"s":null,"b":1}$', '^\["GET /peer (\d+):1", "GET /peer (?!\1)\d+:1", "GET /log']



=== TEST 12: no longer idle than the upstream's Keep-Alive says
--- config
    location = /t {
        asyncapi {
            http  a         $PEER;
            sleep s after=a 1100ms;
            http  b after=s method=POST $PEER;
        }
    }
    location = /log { proxy_pass http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT; }
--- peer
HTTP/1.1 200 OK
Keep-Alive: timeout=1
Content-Length: 1
Content-Type: application/json

1
--- request eval
["GET /log", "GET /t", "GET /log"]
--- response_body_like eval
[".", '"b":1', '^\["GET /peer (\d+):1", "POST /peer (?!\1)\d+:1", "GET /log']



=== TEST 13: an early answer is taken, and the connection ends
--- config
    asyncapi_max_result 16m;
    location = /t {
        asyncapi {
            http big http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/?a=HTTP/1.1%20200%20OK%0D%0A%0D%0A&fill=15000000&end=fin;
            http a ok=413 type=text/plain body=$big $PEER&early=1000;
            http b ok=413 default=0 type=text/plain body=$big $PEER&early=1000&end=rst;
            http c ok=413 type=text/plain body=$big $PEER&early=1000&end=shut;
            http d after=a,b,c ok=413 $PEER;
            respond '[$a:status,$a,$c:status,$c,$d:status]';
        }
    }
    location = /log { proxy_pass http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT; }
--- peer
HTTP/1.1 413 Content Too Large
Content-Length: 9
Content-Type: text/plain

too large
--- request eval
["GET /log", "GET /t", "GET /log"]
--- response_body_like eval
[".", '^\[413,"too large",413,"too large",413\]$',
 '"GET / 1?\d+:1", ("POST /peer \d+:1", ){3}"GET /peer \d+:']



=== TEST 14: peers take turns
--- http_config eval
$::Upstream . q(
    upstream both {
        server 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        server 127.0.0.1:$TEST_NGINX_RAND_PORT_2;
    }
)
--- config
    location = /t {
        asyncapi {
            http a         http://both/;
            http b after=a http://both/;
            http c after=b http://both/;
            http d after=c http://both/;
            respond '[$a,$b,$c,$d]';
        }
    }
--- request
    GET /t
--- response_body_like eval
'^\[\{"n":1,"port":"(\d+)"\},\{"n":1,"port":"(?!\1)(\d+)"\},\{"n":2,"port":"\1"\},\{"n":2,"port":"\2"\}\]$'



=== TEST 15: weights
--- http_config eval
$::Upstream . q(
    upstream both {
        server 127.0.0.1:$TEST_NGINX_RAND_PORT_1 weight=3;
        server 127.0.0.1:$TEST_NGINX_RAND_PORT_2;
    }
)
--- config
    location = /t {
        asyncapi {
            sleep l 1ms [1,2,3,4,5,6,7,8];
            http a each=$l http://both/;
            respond '$a[*].port';
        }
    }
--- request
    GET /t
--- response_body_filters eval
sub { my %n; $n{$_}++ for $_[0] =~ /\d+/g; return CORE::join ',', sort { $a <=> $b } values %n }
--- response_body chomp
2,6



=== TEST 16: a peer that does not answer fails its task, and is left alone then
--- http_config eval
$::Upstream . q(
    upstream both {
        server 127.0.0.1:1;
        server 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
    }
)
--- config
    location = /t {
        asyncapi {
            http a         'default="failed"' http://both/;
            http b after=a 'default="failed"' http://both/;
            http c after=b 'default="failed"' http://both/;
            http d after=c 'default="failed"' http://both/;
            respond '[$a,$b.n,$c.n,$d.n]';
        }
    }
--- request
    GET /t
--- response_body chomp
["failed",1,2,3]
--- response_headers
Asyncapi-Failed: a;reason=connect
--- grep_error_log eval: qr/asyncapi task "\w+" failed: .*?upstream "\w+"/
--- grep_error_log_out
asyncapi task "a" failed: connect, connect() failed (111: Connection refused), peer 127.0.0.1:1, upstream "both"



=== TEST 17: a peer that answers too late counts as failed
--- http_config eval
$::Upstream . q(
    upstream both {
        server 127.0.0.1:$TEST_NGINX_HOSTILE_PORT;
        server 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
    }
)
--- config
    location = /t {
        asyncapi {
            http a timeout=200ms 'default="late"' http://both/?head=2000;
            respond '$a';
        }
    }
--- request eval
["GET /t", "GET /t", "GET /t"]
--- response_body_like eval
['^"late"$', '"n":1', '"n":2']



=== TEST 18: a peer that answers nonsense counts as failed
--- http_config eval
$::Upstream . q(
    upstream both {
        server 127.0.0.1:$TEST_NGINX_HOSTILE_PORT;
        server 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
    }
)
--- config
    location = /t {
        asyncapi {
            http a 'default="nonsense"' http://both/?a=nonsense;
            respond '$a';
        }
    }
--- request eval
["GET /t", "GET /t", "GET /t"]
--- response_body_like eval
['^"nonsense"$', '"n":1', '"n":2']



=== TEST 19: no peer is left
--- http_config
    upstream none { server 127.0.0.1:1; server 127.0.0.1:1 backup; }
--- config
    location = /t {
        asyncapi {
            http a         default=1 http://none/;
            http b after=a default=2 http://none/;
            http c after=b           http://none/;
        }
    }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"c","reason":"connect"
--- grep_error_log eval: qr/asyncapi task "\w+" failed: .*?upstream "\w+"/
--- grep_error_log_out
asyncapi task "a" failed: connect, connect() failed (111: Connection refused), peer 127.0.0.1:1, upstream "none"
asyncapi task "b" failed: connect, connect() failed (111: Connection refused), peer 127.0.0.1:1, upstream "none"
asyncapi task "c" failed: connect, no live upstreams, upstream "none"



=== TEST 20: a backup stands in
--- http_config eval
$::Upstream . q(
    upstream both {
        server 127.0.0.1:1;
        server 127.0.0.1:$TEST_NGINX_RAND_PORT_1 backup;
    }
)
--- config
    location = /t {
        asyncapi {
            http a 'default="failed"' http://both/;
            http b after=a            http://both/;
            http c after=b            http://both/;
            respond '[$a,$b.n,$c.n]';
        }
    }
--- request
    GET /t
--- response_body chomp
["failed",1,2]



=== TEST 21: max_conns
--- http_config
    upstream one { server 127.0.0.1:$TEST_NGINX_HOSTILE_PORT max_conns=2; }
--- config
    location = /t {
        asyncapi {
            http a         http://one/?a=HTTP/1.1%20204%0D%0A%0D%0A&head=200;
            http b         http://one/?a=HTTP/1.1%20204%0D%0A%0D%0A&head=200;
            http c default=3 http://one/?a=HTTP/1.1%20204%0D%0A%0D%0A;
            http d after=a,b,c http://one/?a=HTTP/1.1%20204%0D%0A%0D%0A;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":null,"b":null,"c":3,"d":null}
--- error_log
no live upstreams, upstream "one"



=== TEST 22: every balancer, with and without a zone
--- http_config eval
my $n = 0;
$::Upstream . CORE::join '', map {
    $n++;
    qq(
    upstream u$n {
        $_
        server 127.0.0.1:\$TEST_NGINX_RAND_PORT_1 max_fails=3 max_conns=100;
        server 127.0.0.1:\$TEST_NGINX_RAND_PORT_2 weight=2;
    })
} ('least_conn;', 'ip_hash;', 'hash $arg_k;', 'hash $arg_k consistent;', 'random;',
   'random two least_conn;', 'zone z7 64k;', 'zone z8 64k; least_conn;',
   'zone z9 64k; hash $request_uri consistent;', 'zone z10 64k; ip_hash;')
--- config
    location = /t {
        asyncapi {
            sleep l 1ms [1,2,3,4,5,6,7,8];
            http a each=$l http://u1/; http b each=$l http://u2/; http c each=$l http://u3/;
            http d each=$l http://u4/; http e each=$l http://u5/; http f each=$l http://u6/;
            http g each=$l http://u7/; http h each=$l http://u8/; http i each=$l http://u9/;
            http j each=$l http://u10/;
            respond '[$a[*].port,$b[*].port,$c[*].port,$d[*].port,$e[*].port,$f[*].port,
                      $g[*].port,$h[*].port,$i[*].port,$j[*].port]';
        }
    }
--- request eval
["GET /t?k=1", "GET /t?k=2"]
--- response_body_filters eval
sub { my @n = $_[0] =~ /(\d+)/g; return scalar @n }
--- response_body eval
["80", "80"]
--- no_error_log
[error]



=== TEST 23: the hash of the client's request chooses the peer
--- http_config eval
$::Upstream . q(
    upstream both {
        hash $arg_k;
        server 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        server 127.0.0.1:$TEST_NGINX_RAND_PORT_2;
    }
)
--- config
    location = /t {
        asyncapi {
            sleep l 1ms [1,2,3,4,5,6,7,8];
            http  a each=$l http://both/;
            respond '$a[*].port';
        }
    }
--- request
    GET /t?k=abc
--- response_body_like eval
'^\["(\d+)"(,"\1"){7}\]$'



=== TEST 24: "keepalive" of the upstream lends us its connections and gets them back
--- http_config eval
$::Upstream . q(
    upstream kept {
        server 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        keepalive 2;
    }
)
--- config
    location = /proxy {
        proxy_pass http://kept;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
    }
    location = /t {
        asyncapi {
            http a http://kept/;
            http b http://kept/;
            http c http://kept/;
            respond '[$a.n,$b.n,$c.n]';
        }
    }
    location = /block {
        asyncapi {
            http a { proxy_pass http://kept; proxy_http_version 1.1; proxy_set_header Connection ""; }
            respond '$a.n';
        }
    }
--- request eval
["GET /proxy", "GET /t", "GET /block", "GET /t", "GET /proxy", "GET /t", "GET /t"]
--- response_body_like eval
['"n":1', '^\[2,1,1\]$', '^3$', '^\[4,2,2\]$', '"n":5', '^\[6,3,3\]$', '^\[7,4,4\]$']
--- no_error_log
[error]



=== TEST 25: a stale connection of "keepalive"
--- http_config
    upstream kept {
        server 127.0.0.1:$TEST_NGINX_HOSTILE_PORT;
        keepalive 2;
    }
--- config
    location = /proxy {
        proxy_pass http://kept/?a=HTTP/1.1%20200%0D%0AContent-Length:%200%0D%0A%0D%0A;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
    }
    location = /get  { asyncapi { http a http://kept/?once=&end=fin; respond 204; } }
    location = /post { asyncapi { http a method=POST http://kept/?once=&end=fin; respond 204; } }
--- request eval
["GET /proxy", "GET /get", "GET /proxy", "GET /post"]
--- error_code eval
[200, 204, 200, 502]
--- response_body_like eval
['', '', '', '"task":"a","reason":"connect"']



=== TEST 26: a deadline closes the connection, before and in the answer
--- config
    location = /t {
        asyncapi {
            http  a        timeout=100ms default=1 $PEER&cut=0;
            http  b        timeout=100ms default=2 $PEER&cut=20;
            http  c        timeout=100ms default=3 $PEER&cut=67;
            http  d        timeout=100ms default=4 $PEER&repeat=-1&step=1&delay=10;
            sleep s after=a,b,c,d 300ms;
            http  open after=s http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/open;
            respond '$open';
        }
    }
--- peer
HTTP/1.1 200 OK
Content-Type: application/json
Content-Length: 7

{"n":1}
--- request
    GET /t
--- response_body chomp
1



=== TEST 27: the failure of one task closes the connections of the others
--- config
    location = /t {
        asyncapi {
            http a $PEER&cut=0;
            http b $PEER&cut=0;
            sleep s 100ms;
            http c after=s $PEER&cut=10&end=fin;
        }
    }
    location = /open { asyncapi { sleep s 200ms; http o after=s http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/open; respond '$o'; } }
--- peer
HTTP/1.1 200 OK
Content-Type: application/json
Content-Length: 7

{"n":1}
--- request eval
["GET /t", "GET /open"]
--- error_code eval
[502, 200]
--- response_body_like eval
['"task":"c","reason":"connect"', '^1$']



=== TEST 28: a client that leaves takes the calls along
--- log_level: debug
--- config
    location = /t { asyncapi { http a $PEER&cut=0; http b $PEER&cut=20; } }
--- peer
HTTP/1.1 200 OK
Content-Length: 1

1
--- request
    GET /t
--- abort
--- timeout: 0.8
--- ignore_response
--- wait: 0.8
--- grep_error_log eval: qr/asyncapi http call is cancelled/
--- grep_error_log_out
asyncapi http call is cancelled
asyncapi http call is cancelled



=== TEST 29: the loser of a race is closed
--- config
    location = /t {
        asyncapi {
            race r {
                http a http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/?cut=0;
                http b $PEER;
            }
            sleep s after=r 200ms;
            http  o after=s http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/open;
            respond '[$r,$o]';
        }
    }
--- peer
HTTP/1.1 200 OK
Content-Type: application/json
Content-Length: 7

{"n":1}
--- request
    GET /t
--- response_body chomp
[{"n":1},1]

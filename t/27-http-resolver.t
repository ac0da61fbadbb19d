use lib 't/lib';
use AsyncAPI;
use Hostile;
use Resolver;

# servers of addresses that tell which one was reached, and the Host they got

our $Servers = q(
    resolver 127.0.0.1:$TEST_NGINX_DNS_PORT;
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        listen 127.0.0.2:$TEST_NGINX_RAND_PORT_1;
        listen [::1]:$TEST_NGINX_RAND_PORT_1;
        default_type application/json;
        location / { return 200 '["$server_addr","$http_host"]'; }
    }
);

no_root_location();
run_tests();

__DATA__

=== TEST 1: a name that is resolved when a request runs
--- http_config eval: $::Servers
--- config
    location = /t { asyncapi { http a http://a-2.test:$TEST_NGINX_RAND_PORT_1/; respond '$a'; } }
--- request
    GET /t
--- response_body_like eval
qr/^\["127.0.0.2","a-2.test:\d+"\]$/



=== TEST 2: an address of IPv6
--- http_config eval: $::Servers
--- config
    location = /t { asyncapi { http a http://aaaa.test:$TEST_NGINX_RAND_PORT_1/; respond '$a[0]'; } }
--- request
    GET /t
--- response_body_like: ^"(::1|\[::1\])"$



=== TEST 3: without those of IPv6
--- http_config eval: $::Servers
--- config
    location = /t {
        resolver 127.0.0.1:$TEST_NGINX_DNS_PORT ipv6=off;
        asyncapi {
            http  a http://aaaa-a-1.test:$TEST_NGINX_RAND_PORT_1/;
            respond '$a[0]';
        }
    }
--- request
    GET /t
--- response_body chomp
"127.0.0.1"



=== TEST 4: an alias
--- http_config eval: $::Servers
--- config
    location = /t { asyncapi { http a http://cname.test:$TEST_NGINX_RAND_PORT_1/; respond '$a[0]'; } }
--- request
    GET /t
--- response_body chomp
"127.0.0.1"



=== TEST 5: the addresses are tried in turn
--- http_config eval: $::Servers
--- config
    location = /t {
        asyncapi {
            sleep l 1ms [1,2,3,4,5,6,7,8];
            http  a each=$l http://a-9-a-8-a-2-a-7.test:$TEST_NGINX_RAND_PORT_1/$item;
            respond '$a[*][0]';
        }
    }
--- request
    GET /t
--- response_body chomp
["127.0.0.2","127.0.0.2","127.0.0.2","127.0.0.2","127.0.0.2","127.0.0.2","127.0.0.2","127.0.0.2"]
--- error_log eval
qr/asyncapi http: connect\(\) failed \(111: Connection refused\), peer [0-9.:]+, upstream "a-9-a-8-a-2-a-7.test/



=== TEST 6: none of them connects
--- http_config eval: $::Servers
--- config
    location = /t { asyncapi { http a http://a-9-a-8.test:$TEST_NGINX_RAND_PORT_1/; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- error_log eval
qr/task "a" failed: connect, connect\(\) failed .*, peer 127.0.0.[89]:\d+, upstream "a-9-a-8.test:\d+"/



=== TEST 7: an answer is kept as long as its TTL says
--- log_level: debug
--- http_config eval: $::Servers
--- config
    location = /t {
        asyncapi {
            http  a http://turn-a-1-a-2.test:$TEST_NGINX_RAND_PORT_1/1;
            http  b after=a http://turn-a-1-a-2.test:$TEST_NGINX_RAND_PORT_1/2;
            http  c after=b http://turn-a-1-a-2.test:$TEST_NGINX_RAND_PORT_1/3;
            respond '[$a[0],$b[0],$c[0]]';
        }
    }
--- request
    GET /t
--- response_body chomp
["127.0.0.1","127.0.0.1","127.0.0.1"]
--- grep_error_log eval: qr/resolve cached/
--- grep_error_log_out
resolve cached
resolve cached



=== TEST 8: and not longer
--- http_config eval: $::Servers
--- config
    location = /t {
        asyncapi {
            http  a http://turn-ttl1-a-1-a-2.test:$TEST_NGINX_RAND_PORT_1/1;
            sleep s after=a 2200ms;
            http  b after=s http://turn-ttl1-a-1-a-2.test:$TEST_NGINX_RAND_PORT_1/2;
            respond '[$a[0],$b[0]]';
        }
    }
--- request
    GET /t
--- response_body chomp
["127.0.0.1","127.0.0.2"]



=== TEST 9: "valid=" of the resolver is stronger
--- http_config eval: $::Servers
--- config
    location = /t {
        resolver 127.0.0.1:$TEST_NGINX_DNS_PORT valid=60s;
        asyncapi {
            http  a http://turn-ttl1-a-1-a-2-again.test:$TEST_NGINX_RAND_PORT_1/1;
            sleep s after=a 2200ms;
            http  b after=s http://turn-ttl1-a-1-a-2-again.test:$TEST_NGINX_RAND_PORT_1/2;
            respond '[$a[0],$b[0]]';
        }
    }
--- request
    GET /t
--- response_body chomp
["127.0.0.1","127.0.0.1"]



=== TEST 10: connections are kept, whatever name they were made for
--- http_config
    resolver 127.0.0.1:$TEST_NGINX_DNS_PORT;
--- config
    location = /t {
        asyncapi {
            http  a http://a-1.test:$TEST_NGINX_HOSTILE_PORT/a;
            http  b after=a http://a-1-ttl0.test:$TEST_NGINX_HOSTILE_PORT/b;
            http  log after=b http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/log;
            respond '$log';
        }
    }
--- request
    GET /t
--- response_body_like eval
qr/"GET \/a (\d+):1", ?"GET \/b \1:2", ?"GET \/log \1:3"\]$/



=== TEST 11: a name that does not exist
--- http_config eval: $::Servers
--- config
    location = /t { asyncapi { http a http://nxdomain.test:81/; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- error_log
task "a" failed: connect, nxdomain.test could not be resolved (3: Host not found), upstream "nxdomain.test:81"



=== TEST 12: a name without addresses
--- http_config eval: $::Servers
--- config
    location = /t { asyncapi { http a http://nothing.test/; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- error_log
nothing.test could not be resolved (3: Host not found)



=== TEST 13: a server that has failed
--- http_config eval: $::Servers
--- config
    location = /t { resolver_timeout 1s; asyncapi { http a http://servfail.test/; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- error_log
servfail.test could not be resolved (2: Server failure)



=== TEST 14: a server that is silent, talks garbage or of something else
--- http_config eval: $::Servers
--- config
    location = /t {
        resolver_timeout 300ms;
        asyncapi {
            http a default=1 http://silent.test/;
            http b default=2 http://garbage.test/;
            http c default=3 http://other.test/;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1,"b":2,"c":3}
--- response_headers
Asyncapi-Failed: a;reason=connect, b;reason=connect, c;reason=connect
--- error_log
silent.test could not be resolved (110: Operation timed out)
garbage.test could not be resolved (110: Operation timed out)
other.test could not be resolved (110: Operation timed out)



=== TEST 15: a name that no DNS has
--- http_config eval: $::Servers
--- config
    location = /t { asyncapi { http a http://a..test/; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- error_log
a..test could not be resolved (3: Host not found)



=== TEST 16: many wait for one name
--- http_config eval: $::Servers
--- config
    location = /t {
        asyncapi {
            sleep l 1ms [1,2,3,4,5,6,7,8];
            http  a each=$l http://after300-a-1.test:$TEST_NGINX_RAND_PORT_1/$item;
            http  b each=$l concurrency=100 'default=[0]' http://after300-nxdomain.test/;
            respond '[$a[*][0],$b[*][0]]';
        }
    }
--- request
    GET /t
--- response_body chomp
[["127.0.0.1","127.0.0.1","127.0.0.1","127.0.0.1","127.0.0.1","127.0.0.1","127.0.0.1","127.0.0.1"],[0,0,0,0,0,0,0,0]]



=== TEST 17: the failure of one that waits cancels the others
--- http_config eval: $::Servers
--- config
    location = /t {
        asyncapi {
            sleep l 1ms [1,2,3,4,5,6,7,8];
            http  a each=$l http://after100-nxdomain.test/;
            http  b each=$l http://after100-nxdomain.test/;
        }
    }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"[ab]","reason":"connect"



=== TEST 18: a deadline while a name is looked up
--- log_level: debug
--- http_config eval: $::Servers
--- config
    location = /t {
        asyncapi {
            http  a timeout=100ms default=1 http://silent-late.test/;
            http  b timeout=100ms default=2 http://after300-late.test/;
            sleep s 400ms;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1,"b":2,"s":null}
--- grep_error_log eval: qr/asyncapi http call is cancelled|resolve name done: -\d/
--- grep_error_log_out
asyncapi http call is cancelled
resolve name done: -2
asyncapi http call is cancelled
resolve name done: -2



=== TEST 19: a client that leaves while a name is looked up
--- log_level: debug
--- http_config eval: $::Servers
--- config
    location = /t { asyncapi { http a http://silent.test/; http b http://after300-a-1.test/; } }
--- request
    GET /t
--- abort
--- timeout: 0.2
--- ignore_response
--- wait: 0.3
--- grep_error_log eval: qr/asyncapi http call is cancelled|resolve name done: -\d/
--- grep_error_log_out
asyncapi http call is cancelled
resolve name done: -2
asyncapi http call is cancelled
resolve name done: -2



=== TEST 20: a host of a map
--- http_config eval
$::Servers . q(
    upstream known { server 127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
    map $arg_h $h {
        1 a-2.test:$TEST_NGINX_RAND_PORT_1;
        2 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        3 known;
        4 nxdomain.test;
        5 aaaa.test:$TEST_NGINX_RAND_PORT_1;
    }
)
--- config
    location = /t { asyncapi { http a 'default=["none"]' http://$h/; respond '$a[0]'; } }
--- request eval
[map "GET /t?h=$_", 1 .. 5]
--- response_body_like eval
['^"127.0.0.2"$', '^"127.0.0.1"$', '^"127.0.0.1"$', '^"none"$', '::1']



=== TEST 21: the name of an upstream is never looked up
--- log_level: debug
--- http_config eval
$::Servers . q(
    upstream nxdomain.test { server 127.0.0.2:$TEST_NGINX_RAND_PORT_1; }
)
--- config
    location = /t { asyncapi { http a http://nxdomain.TEST/; respond '$a[0]'; } }
--- request
    GET /t
--- response_body chomp
"127.0.0.2"
--- no_error_log
resolve: "



=== TEST 22: nor is that of one that stands below
--- http_config eval
$::Servers . q(
    server {
        listen unix:$TEST_NGINX_HOSTILE_SOCKET.below;
        location / { asyncapi { http a http://later/; respond '$a[0]'; } }
    }
    upstream later { server 127.0.0.2:$TEST_NGINX_RAND_PORT_1; }
)
--- config
    location = /t { proxy_pass http://unix:$TEST_NGINX_HOSTILE_SOCKET.below:/; }
--- request
    GET /t
--- response_body chomp
"127.0.0.2"



=== TEST 23: localhost is this host, and not asked for
--- log_level: debug
--- http_config eval: $::Servers
--- config
    location = /t { asyncapi { http a http://localhost:$TEST_NGINX_RAND_PORT_1/; respond '$a[0]'; } }
--- request
    GET /t
--- response_body_like: ^"(127.0.0.1|::1|\[::1\])"$
--- no_error_log
resolve: "



=== TEST 24: another location without a resolver resolves the name at the start
--- http_config eval
$::Servers =~ s/resolver.*?;//r
--- config
    location = /t { asyncapi { http a http://localhost:$TEST_NGINX_RAND_PORT_1/; respond '$a[0]'; } }
    location = /u {
        resolver 127.0.0.1:$TEST_NGINX_DNS_PORT;
        asyncapi { http a http://nowhere.invalid.a-1.test:$TEST_NGINX_RAND_PORT_1/; }
    }
--- request
    GET /t
--- response_body_like: ^"(127.0.0.1|::1|\[::1\])"$



=== TEST 25: a name that can't be resolved at the start, and no resolver for later
--- locations
location = /u { resolver 127.0.0.1; asyncapi { http a http://nowhere.invalid/; } }
location = /t { asyncapi {
    http a http://nowhere.invalid/; } }
--- refused
3: host not found in upstream "nowhere.invalid"



=== TEST 26: a port behind the name of an upstream that stands below
--- http_config
    server {
        listen unix:$TEST_NGINX_HOSTILE_SOCKET.port;
        location / { asyncapi { http a http://later:81/; } }
    }
    upstream later { server 127.0.0.1:1; }
--- config
--- must_die
--- error_log
upstream "later" may not have port 81 in


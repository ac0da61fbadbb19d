use lib 't/lib';
use AsyncAPI;
use Hostile;
use Resolver;
use TLS;

no_root_location();
run_tests();

__DATA__

=== TEST 1: a request that is encrypted, to a server that is who it is to be
--- http_config eval: secure('good')
--- config
    location = /t { asyncapi { http a https://secure.test/x; respond '$a'; } }
--- request
    GET /t
--- response_body chomp
{"alpn":"http/1.1","client":"NONE","host":"secure.test","n":"1","name":"secure.test","protocol":"TLSv1.3","reused":"."}
--- no_error_log
[error]
[warn]



=== TEST 2: a connection is used again
--- http_config eval: secure('good')
--- config
    location = /t {
        asyncapi {
            http a         https://secure.test/;
            http b after=a method=POST https://secure.test/;
            respond '[$a.n,$b.n]';
        }
    }
--- request eval
["GET /t", "GET /t"]
--- response_body eval
['["1","2"]', '["3","4"]']
--- no_error_log
[error]



=== TEST 3: tickets that come when the connection is idle are no excess
--- config
    location = /t {
        asyncapi {
            http  a           $TLS_PEER;
            sleep s after=a   100ms;
            http  b after=s method=POST $TLS_PEER;
            http  log after=b https://127.0.0.1:$TEST_NGINX_TLS_PEER/log;
            respond '$log';
        }
    }
--- peer
HTTP/1.1 200 OK
Content-Length: 1
Content-Type: application/json

1
--- request
    GET /t
--- response_body_like chomp
"GET /peer (\d+):1", "POST /peer \1:2", "GET /log \1:3"



=== TEST 4: bytes that come when it is idle are one
--- config
    location = /t {
        asyncapi {
            http  a           $TLS_PEER&repeat=2&delay=1;
            sleep s after=a   200ms;
            http  b after=s   $TLS_PEER;
            http  log after=b https://127.0.0.1:$TEST_NGINX_TLS_PEER/log;
            respond '$log';
        }
    }
--- peer
HTTP/1.1 200 OK
Content-Length: 1
Content-Type: application/json

1
--- request
    GET /t
--- response_body_like chomp
"GET /peer (\d+):1", "GET /peer (?!\1)(\d+):1", "GET /log \2:2"



=== TEST 5: a session is used again, by TLS 1.3
--- http_config eval: secure('good')
--- config
    asyncapi_http_keepalive 0;
    location = /t { asyncapi { http a https://secure.test/; respond '[$a.n,$a.reused]'; } }
--- request eval
["GET /t", "GET /t", "GET /t"]
--- response_body eval
['["1","."]', '["1","r"]', '["1","r"]']



=== TEST 6: and by TLS 1.2
--- http_config eval: secure('good')
--- config
    asyncapi_http_keepalive 0;
    asyncapi_ssl_protocols TLSv1.2;
    location = /t { asyncapi { http a https://secure.test/; respond '[$a.protocol,$a.reused]'; } }
--- request eval
["GET /t", "GET /t", "GET /t"]
--- response_body eval
['["TLSv1.2","."]', '["TLSv1.2","r"]', '["TLSv1.2","r"]']



=== TEST 7: or is not
--- http_config eval: secure('good')
--- config
    asyncapi_http_keepalive 0;
    asyncapi_ssl_session_reuse off;
    location = /t { asyncapi { http a https://secure.test/; respond '$a.reused'; } }
--- request eval
["GET /t", "GET /t"]
--- response_body eval
['"."', '"."']



=== TEST 8: a certificate for another name
--- http_config eval: secure('good') . 'upstream other.test { server 127.0.0.1:$TEST_NGINX_RAND_PORT_1; }'
--- config
    location = /t { asyncapi { http a https://other.test/; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- grep_error_log eval: qr/SSL.*?, upstream "[^"]+"/
--- grep_error_log_out eval
qr/^SSL certificate does not match "other.test", peer 127.0.0.1:\d+, upstream "other.test"\n$/



=== TEST 9: a certificate of yesterday
--- http_config eval: secure('expired')
--- config
    location = /t { asyncapi { http a https://secure.test/; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- grep_error_log eval: qr/SSL.*?, upstream "[^"]+"/
--- grep_error_log_out eval
qr/^SSL certificate verify error: \(10:certificate has expired\), peer 127.0.0.1:\d+, upstream "secure.test"\n$/



=== TEST 10: a certificate signed by itself
--- http_config eval: secure('self')
--- config
    location = /t { asyncapi { http a https://secure.test/; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- error_log
SSL certificate verify error: (18:self-signed certificate)



=== TEST 11: one signed by whom nobody knows
--- http_config eval: secure('good')
--- config
    asyncapi_ssl_trusted_certificate $TEST_NGINX_TLS/self.crt;
    location = /t { asyncapi { http a https://secure.test/; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- error_log
SSL certificate verify error: (21:unable to verify the first certificate)



=== TEST 12: a file says who is trusted
--- http_config eval: secure('self')
--- config
    asyncapi_ssl_trusted_certificate $TEST_NGINX_TLS/self.crt;
    location = /t { asyncapi { http a https://secure.test/; respond '$a.name'; } }
--- request
    GET /t
--- response_body chomp
"secure.test"



=== TEST 13: what is not verified serves no one who wants it verified
--- http_config eval: secure('self')
--- config
    location = /off {
        asyncapi_ssl_verify off;
        asyncapi { http a https://secure.test/; respond '$a.n'; }
    }
    location = /on { asyncapi { http a https://secure.test/; respond '$a.n'; } }
--- request eval
["GET /off", "GET /on", "GET /off", "GET /on"]
--- error_code eval
[200, 502, 200, 502]
--- response_body_like eval
['"1"', "connect", '"2"', "connect"]



=== TEST 14: locations where nothing differs share their connections
--- http_config eval: secure('good')
--- config
    location = /a { asyncapi { http a https://secure.test/; respond '$a.n'; } }
    location = /b {
        asyncapi_http_connect_timeout 5s;
        if ($arg_x) { set $y 1; }
        asyncapi { http b https://secure.test/; respond '$b.n'; }
    }
    location = /c {
        asyncapi_ssl_protocols TLSv1.3;
        asyncapi { http c https://secure.test/; respond '$c.n'; }
    }
--- request eval
["GET /a", "GET /b", "GET /b?x=1", "GET /c"]
--- response_body eval
['"1"', '"2"', '"3"', '"1"']



=== TEST 15: the name that is asked for, and checked
--- http_config eval: secure('good') . 'upstream backend { server 127.0.0.1:$TEST_NGINX_RAND_PORT_1; }'
--- config
    asyncapi_ssl_name secure.test;
    location = /t { asyncapi { http a https://backend/; respond '[$a.name,$a.host]'; } }
--- request
    GET /t
--- response_body chomp
["secure.test","backend"]



=== TEST 16: names at one address have a connection each
--- http_config eval
secure('good') . 'upstream a.wild.test { server 127.0.0.1:$TEST_NGINX_RAND_PORT_1; }'
--- config
    location = /t {
        asyncapi {
            http a         https://secure.test/;
            http b after=a https://a.wild.test/;
            http c after=b https://secure.test/;
            respond '[$a.n,$a.name,$b.n,$b.name,$c.n]';
        }
    }
--- request
    GET /t
--- response_body chomp
["1","secure.test","1","a.wild.test","2"]



=== TEST 17: an address is checked, and is no name to ask for
--- http_config eval: secure('address')
--- config
    location = /t { asyncapi { http a https://127.0.0.1:$TEST_NGINX_RAND_PORT_1/; respond '$a.name'; } }
--- request
    GET /t
--- response_body chomp
""



=== TEST 18: a certificate without the address
--- http_config eval: secure('good')
--- config
    location = /t { asyncapi { http a https://127.0.0.1:$TEST_NGINX_RAND_PORT_1/; respond '$a.name'; } }
--- request
    GET /t
--- error_code: 502
--- error_log
SSL certificate does not match "127.0.0.1"



=== TEST 19: a certificate of ours
--- http_config eval: secure('good')
--- config
    location = /with {
        asyncapi_ssl_certificate $TEST_NGINX_TLS/client.crt;
        asyncapi_ssl_certificate_key $TEST_NGINX_TLS/client.key;
        asyncapi { http a https://secure.test/; respond '[$a.n,$a.client]'; }
    }
    location = /without { asyncapi { http a https://secure.test/; respond '[$a.n,$a.client]'; } }
--- request eval
["GET /with", "GET /without"]
--- response_body eval
['["1","SUCCESS"]', '["1","NONE"]']



=== TEST 20: the host is a variable
--- http_config eval
secure('good') . 'map $arg_b $backend { one secure.test; two 127.0.0.1:$TEST_NGINX_RAND_PORT_1; }'
--- config
    asyncapi_ssl_verify off;
    location = /t { asyncapi { http a https://$backend/; respond '[$a.name,$a.host]'; } }
--- request eval
["GET /t?b=one", "GET /t?b=two"]
--- response_body_like eval
['^\["secure.test","secure.test"\]$', '^\["","127.0.0.1:\d+"\]$']



=== TEST 21: the port is 443 by itself
--- http_config
    map $host $backend { default 127.0.0.2; }
--- config
    location = /t {
        asyncapi {
            http a default=null https://127.0.0.1/;
            http b default=null https://$backend/;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":null,"b":null}
--- error_log
connect() failed (111: Connection refused), peer 127.0.0.1:443, upstream "127.0.0.1"
connect() failed (111: Connection refused), peer 127.0.0.2:443, upstream "127.0.0.2"



=== TEST 22: a unix socket
--- http_config
    server {
        listen unix:$TEST_NGINX_HOSTILE_SOCKET.tls ssl;
        ssl_certificate $TEST_NGINX_TLS/good.crt;
        ssl_certificate_key $TEST_NGINX_TLS/good.key;
        return 200 "$ssl_server_name $http_host";
    }
--- config
    asyncapi_ssl_name secure.test;
    location = /t { asyncapi { http a https://unix:$TEST_NGINX_HOSTILE_SOCKET.tls:/; respond '$a'; } }
--- request
    GET /t
--- response_body chomp
"secure.test localhost"



=== TEST 23: no protocol in common
--- http_config eval: secure('good', 'ssl_protocols TLSv1.2;')
--- config
    asyncapi_ssl_protocols TLSv1.3;
    location = /t { asyncapi { http a https://secure.test/; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- error_log eval
qr/task "a" failed: connect, SSL_do_handshake\(\) failed \(SSL: .*alert protocol version.*?\), peer/
--- no_error_log
[info] .* SSL_do_handshake() failed .* upstream



=== TEST 24: a server of plain HTTP
--- config
    location = /t { asyncapi { http a https://127.0.0.1:$TEST_NGINX_SERVER_PORT/; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- error_log eval
qr/failed: connect, SSL_do_handshake\(\) failed \(SSL: .*wrong version number\), peer/



=== TEST 25: plain HTTP to a server of TLS
--- http_config eval: secure('good')
--- config
    location = /t { asyncapi { http a http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/; } }
    location = /peer { asyncapi { http a http://127.0.0.1:$TEST_NGINX_TLS_PEER/; } }
--- request eval
["GET /t", "GET /peer"]
--- error_code eval
[502, 502]
--- response_body_like eval
['"reason":"status","code":400', '"reason":"(?:connect|invalid)"']



=== TEST 26: a handshake without an end, and a task with a deadline
--- config
    location = /t {
        asyncapi {
            http  a timeout=100ms default=null https://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/;
            sleep s after=a 200ms;
            http  n after=s http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/open;
            respond '$n';
        }
    }
--- request
    GET /t
--- response_headers
Asyncapi-Failed: a;reason=timeout
--- response_body chomp
1



=== TEST 27: a handshake takes no longer than a connection may
--- config
    asyncapi_http_connect_timeout 100ms;
    location = /t { asyncapi { http a https://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- error_log
failed: connect, the SSL handshake failed (110: Connection timed out), peer 127.0.0.1:



=== TEST 28: a client that leaves in the middle of the handshake
--- config
    location = /t { asyncapi { http a https://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/; } }
--- request
    GET /t
--- abort
--- timeout: 0.2
--- ignore_response
--- wait: 0.3
--- no_error_log
[error]



=== TEST 29: a handshake that is cut off
--- config
    location = /t { asyncapi { http a https://127.0.0.1:$TEST_NGINX_RAND_PORT_2/; } }
--- tcp_listen: $TEST_NGINX_RAND_PORT_2
--- tcp_reply:
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- error_log eval
qr/failed: connect, (?:peer closed connection in SSL handshake|SSL_do_handshake\(\) failed)/



=== TEST 30: answers of all sizes and forms
--- config
    asyncapi_max_result 2m;
    location = /t { asyncapi { http a as=text $TLS_PEER&fill=$arg_n&step=$arg_s&end=$arg_e; respond '$a'; } }
--- peer eval
"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
--- request eval
["GET /t?n=1000&s=1&e=notify", "GET /t?n=262144&s=0&e=notify", "GET /t?n=1048576&s=0&e=notify",
 "GET /t?n=1048576&s=16383&e=notify"]
--- response_body eval
['"' . "x" x 1000 . '"', '"' . "x" x 262144 . '"', '"' . "x" x 1048576 . '"', '"' . "x" x 1048576 . '"']



=== TEST 31: a body that ends with its connection, without close_notify
--- config
    location = /t { asyncapi { http a as=text $TLS_PEER&fill=1000&end=fin; respond '$a'; } }
--- peer eval
"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- error_log eval
qr/failed: connect, (?:SSL_read\(\) failed \(SSL: .*unexpected eof while reading\)|the connection was closed without close_notify), peer/



=== TEST 32: a body whose length is known needs none
--- config
    location = /t { asyncapi { http a as=text $TLS_PEER&fill=300000&end=fin; respond '$a'; } }
--- peer eval
"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n"
--- request
    GET /t
--- response_body eval
'"' . "x" x 300000 . '"'



=== TEST 33: a body that is not whole
--- config
    location = /t { asyncapi { http a as=text $TLS_PEER&fill=1000&end=$arg_e; respond '$a'; } }
--- peer eval
"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n"
--- request eval
["GET /t?e=notify", "GET /t?e=fin", "GET /t?e=rst"]
--- error_code eval
[502, 502, 502]
--- response_body_like eval
["connect", "connect", "connect"]



=== TEST 34: a body in chunks
--- config
    location = /t { asyncapi { http a $TLS_PEER&step=$arg_s; respond '$a'; } }
--- peer eval: chunked(chunk('[1,', '"' . 'x' x 500 . '"', ']', ''))
--- request eval
["GET /t?s=0", "GET /t?s=7"]
--- response_body eval
['[1,"' . 'x' x 500 . '"]', '[1,"' . 'x' x 500 . '"]']



=== TEST 35: a large body is sent
--- config
    asyncapi_max_result 4m;
    location = /t {
        asyncapi {
            http big as=text https://127.0.0.1:$TEST_NGINX_TLS_PEER/?a=HTTP/1.1%20200%20OK%0D%0AContent-Length:%201000000%0D%0A%0D%0A&fill=1000000;
            http a type=text/plain 'body=$big' https://127.0.0.1:$TEST_NGINX_TLS_PEER/;
            http b after=a https://127.0.0.1:$TEST_NGINX_TLS_PEER/log;
            respond '[$a,$b]';
        }
    }
--- request
    GET /t
--- response_body_like eval
qr/Content-Length: 1000000\\r\\n\\r\\nx{1000}.*x{1000}",\[.*"GET \/ (\d+):1", "POST \/ \1:2", "GET \/log \1:3"\]\]$/



=== TEST 36: an answer that does not wait for the body
--- config
    asyncapi_max_result 4m;
    location = /t {
        asyncapi {
            http big as=text https://127.0.0.1:$TEST_NGINX_TLS_PEER/?a=HTTP/1.1%20200%20OK%0D%0AContent-Length:%203000000%0D%0A%0D%0A&fill=3000000;
            http a type=text/plain 'body=$big' https://127.0.0.1:$TEST_NGINX_TLS_PEER/?a=HTTP/1.1%20200%20OK%0D%0AContent-Length:%202%0D%0A%0D%0AOK&early=10;
            respond '$a';
        }
    }
--- request
    GET /t
--- response_body chomp
"OK"



=== TEST 37: many at a time
--- http_config eval: secure('good')
--- config
    location = /t {
        asyncapi {
            http a 'each=$e' https://secure.test/;
            http e http://127.0.0.1:$TEST_NGINX_SERVER_PORT/list;
            respond '$a[*].name';
        }
    }
    location = /list { default_type application/json; return 200 '[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]'; }
--- request eval
["GET /t", "GET /t"]
--- response_body eval
['[' . CORE::join(',', ('"secure.test"') x 20) . ']', '[' . CORE::join(',', ('"secure.test"') x 20) . ']']



=== TEST 38: a connection that was closed when it was idle
--- config
    location = /t {
        asyncapi {
            http a         $TLS_PEER;
            http b after=a $TLS_PEER&once=&end=$arg_e;
            http c after=b method=PUT $TLS_PEER&x=c;
            respond '[$a,$b,$c]';
        }
    }
--- peer
HTTP/1.1 200 OK
Content-Length: 1
Content-Type: application/json

1
--- request eval
["GET /t?e=notify", "GET /t?e=fin", "GET /t?e=rst"]
--- response_body eval
["[1,1,1]", "[1,1,1]", "[1,1,1]"]
--- no_error_log
[error]



=== TEST 39: what must not be sent twice is not sent twice
--- config
    location = /t {
        asyncapi {
            http a                     $TLS_PEER;
            http b after=a method=POST $TLS_PEER&once=&end=fin;
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



=== TEST 40: beside nginx's own connections to an upstream
--- http_config eval
secure('good') =~ s/(upstream secure.test \{[^}]*)/$1 keepalive 4; /r
--- config
    location = /t {
        asyncapi {
            http a         https://secure.test/;
            http b after=a { proxy_pass https://secure.test; proxy_http_version 1.1;
                             proxy_set_header Connection ""; }
            http c after=b https://secure.test/;
            http d after=c method=POST https://secure.test/;
            respond '[$a.n,$b.n,$c.n,$d.n]';
        }
    }
--- request eval
["GET /t", "GET /t"]
--- response_body eval
['["1","1","2","3"]', '["4","1","5","6"]']
--- no_error_log
[error]



=== TEST 41: a hundred connections end without one being left
--- http_config eval: secure('good')
--- config
    asyncapi_http_keepalive 3;
    location = /t {
        asyncapi {
            http e http://127.0.0.1:$TEST_NGINX_SERVER_PORT/list;
            http a 'each=$e' concurrency=20 https://secure.test/;
            http b after=a as=text http://127.0.0.1:$TEST_NGINX_SERVER_PORT/active;
            respond '$b';
        }
    }
    location = /list { default_type application/json; return 200 '[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]'; }
    location = /active { return 200 '$connections_active'; }
--- request eval
["GET /t", "GET /t", "GET /t", "GET /t", "GET /t"]
--- response_body_like eval
[('^"[0-9]"$') x 5]



=== TEST 42: a name that is looked up
--- http_config eval: secure('good')
--- config
    resolver 127.0.0.1:$TEST_NGINX_DNS_PORT;
    location = /t {
        asyncapi {
            http a                         https://a-1.test:$TEST_NGINX_RAND_PORT_1/;
            http b after=a                 https://a-1.test:$TEST_NGINX_RAND_PORT_1/;
            http c after=b 'default="no"'  https://a-1-1.test:$TEST_NGINX_RAND_PORT_1/;
            respond '[$a.name,$b.n,$c]';
        }
    }
--- request
    GET /t
--- response_body chomp
["a-1.test","2","no"]
--- error_log
SSL certificate does not match "a-1-1.test", peer 127.0.0.1:



=== TEST 43: an address of IPv6
--- http_config
    server {
        listen [::1]:$TEST_NGINX_RAND_PORT_1 ssl;
        ssl_certificate $TEST_NGINX_TLS/address.crt;
        ssl_certificate_key $TEST_NGINX_TLS/address.key;
        return 200 "$ssl_server_name.";
    }
--- config
    location = /t { asyncapi { http a https://[::1]:$TEST_NGINX_RAND_PORT_1/; respond '$a'; } }
--- request
    GET /t
--- response_body chomp
"."



=== TEST 44: a file that is missing
--- config
    asyncapi_ssl_trusted_certificate missing.crt;
    location = /t { asyncapi { http a https://127.0.0.1/; } }
--- must_die
--- error_log eval
qr{SSL_CTX_load_verify_locations\(".*/missing.crt"\) failed}



=== TEST 45: nobody to be trusted
--- config
    asyncapi_ssl_trusted_certificate $TEST_NGINX_TLS/ca.key;
    location = /t { asyncapi { http a https://127.0.0.1/; } }
--- must_die
--- error_log eval
qr{SSL_CTX_load_verify_locations\(".*/ca.key"\) failed}



=== TEST 46: a certificate of ours that is missing
--- config
    asyncapi_ssl_certificate $TEST_NGINX_TLS/missing.crt;
    asyncapi_ssl_certificate_key $TEST_NGINX_TLS/client.key;
    location = /t { asyncapi { http a https://127.0.0.1/; } }
--- must_die
--- error_log eval
qr{cannot load certificate ".*/missing.crt"}



=== TEST 47: another's key
--- config
    asyncapi_ssl_certificate $TEST_NGINX_TLS/client.crt;
    asyncapi_ssl_certificate_key $TEST_NGINX_TLS/good.key;
    location = /t { asyncapi { http a https://127.0.0.1/; } }
--- must_die
--- error_log eval
qr{SSL_CTX_use_PrivateKey\(".*/good.key"\) failed}



=== TEST 48: no key
--- config
    asyncapi_ssl_certificate $TEST_NGINX_TLS/client.crt;
    location = /t { asyncapi { http a https://127.0.0.1/; } }
--- must_die
--- error_log
no "asyncapi_ssl_certificate_key" is defined for certificate



=== TEST 49: ciphers that are none
--- config
    asyncapi_ssl_ciphers NOTHING;
    location = /t { asyncapi { http a https://127.0.0.1/; } }
--- must_die
--- error_log
SSL_CTX_set_cipher_list("NOTHING") failed



=== TEST 50: a protocol that is none
--- locations
asyncapi_ssl_protocols TLSv1.4;
--- refused
1: invalid value "TLSv1.4"



=== TEST 51: a flag that is none
--- locations
asyncapi_ssl_verify maybe;
--- refused
1: invalid value "maybe" in "asyncapi_ssl_verify" directive, it must be "on" or "off"

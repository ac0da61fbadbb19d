use lib 't/lib';
use AsyncAPI;

run_tests();

__DATA__

=== TEST 1: a page includes endpoints
--- config
    location /ssi/ {
        ssi on;
        root $TEST_NGINX_SERVROOT/html;
    }
    location /t {
        asyncapi GET /t/:n { sleep a 20ms '{"n":$n,"q":"$arg_q"}'; respond '$a'; }
    }
--- user_files
>>> ssi/page.html
<p><!--# include virtual="/t/1?q=x" --></p>
<p><!--# include virtual="/t/2" --></p>
--- request
    GET /ssi/page.html
--- response_body
<p>{"n":"1","q":"x"}</p>
<p>{"n":"2","q":""}</p>



=== TEST 2: a page includes an endpoint that fails, and one that is not there
--- config
    location /ssi/ {
        ssi on;
        root $TEST_NGINX_SERVROOT/html;
    }
    location /t {
        asyncapi GET /t/fail { sleep a timeout=5ms 1h; }
    }
--- user_files
>>> ssi/page.html
<p><!--# include virtual="/t/fail" --></p>
<p><!--# include virtual="/t/none" --></p>
--- request
    GET /ssi/page.html
--- response_body_like eval
qr{<p>.*"task":"a".*</p>\n<p>.*"status":404.*</p>}



=== TEST 3: an included endpoint may answer nothing
--- config
    location /ssi/ {
        ssi on;
        root $TEST_NGINX_SERVROOT/html;
    }
    location /t {
        asyncapi GET /t/none { sleep a 5ms; respond 204; }
        asyncapi GET /t/empty { sleep a 5ms; respond type=text/plain after=a ""; }
    }
--- user_files
>>> ssi/page.html
<p><!--# include virtual="/t/none" --></p>
<p><!--# include virtual="/t/empty" --></p>
--- request
    GET /ssi/page.html
--- response_body
<p></p>
<p></p>



=== TEST 4: a client that leaves a page cancels the endpoints in it
--- config
    location /ssi/ {
        ssi on;
        root $TEST_NGINX_SERVROOT/html;
    }
    location /t {
        asyncapi_timeout 1h;
        asyncapi GET /t/:n { sleep a 1h; }
    }
--- user_files
>>> ssi/page.html
<p><!--# include virtual="/t/1" wait="no" --></p>
<p><!--# include virtual="/t/2" --></p>
--- request
    GET /ssi/page.html
--- log_level: debug
--- abort
--- timeout: 0.3
--- wait: 0.5
--- ignore_response
--- grep_error_log eval: qr/task "\w+" running -> \w+/
--- grep_error_log_out
task "a" running -> cancelled
task "a" running -> cancelled



=== TEST 5: an endpoint decides who may read
--- config
    location = /t {
        auth_request /auth;
        auth_request_set $user $name;
        asyncapi { sleep a 1ms '$user'; }
    }
    location = /auth {
        internal;
        asyncapi {
            sleep token 10ms '$http_x_token';
            let $name "user of $token";
            respond 401 if=!$token '{}';
            respond 204;
        }
    }
--- pipelined_requests eval
["GET /t", "GET /t", "GET /t"]
--- more_headers eval
["X-Token: one", "", "X-Token: two"]
--- error_code eval
[200, 401, 200]
--- response_body_like eval
['^{"a":"user of one"}$', '401 Authorization Required', '^{"a":"user of two"}$']



=== TEST 6: an endpoint that fails lets nobody in
--- config
    location = /t { auth_request /auth; asyncapi { sleep a 1ms 1; } }
    location = /auth { internal; asyncapi { sleep a timeout=5ms 1h; } }
--- request
    GET /t
--- error_code: 500
--- error_log
asyncapi task "a" failed: timeout
auth request unexpected status: 504



=== TEST 7: an answer gets other answers around it
--- config
    location = /t {
        add_before_body /before;
        add_after_body /after;
        addition_types application/json;
        asyncapi { sleep a 10ms 1; }
    }
    location = /before { asyncapi { sleep b 20ms 2; respond '$b'; } }
    location = /after { asyncapi { sleep c 1ms 3; respond '$c'; } }
--- request
    GET /t
--- response_body chomp
2{"a":1}3



=== TEST 8: an endpoint gets copies of requests
--- config
    location = /t { mirror /mirror; asyncapi GET POST { sleep a 1ms 1; } }
    location = /mirror { internal; asyncapi GET POST { sleep b 50ms 2; } }
--- log_level: debug
--- request
POST /t
body
--- response_body chomp
{"a":1}
--- wait: 0.3
--- grep_error_log eval: qr/task "\w+" running -> \w+/
--- grep_error_log_out
task "a" running -> done
task "b" running -> done



=== TEST 9: an endpoint stands behind a proxy
--- config
    location = /t {
        proxy_http_version 1.1;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/u;
    }
    location = /u { asyncapi POST { sleep a 10ms '"$http_host"'; } }
--- request
POST /t
body
--- response_body_like chomp
^{"a":"127\.0\.0\.1:\d+"}$

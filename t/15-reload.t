use lib 't/lib';
use AsyncAPI;
use Resolver;

# nginx is told to read its configuration again while a request runs

our $reload = "(sleep 0.3; kill -HUP \$(cat $ENV{TEST_NGINX_SERVROOT}/logs/nginx.pid)) &";

master_on();
log_level('debug');
run_tests();

__DATA__

=== TEST 1: tasks that run when nginx reloads come to their end
--- config
    location = /t {
        asyncapi { sleep a 900ms; sleep b after=a 1ms '"done"'; }
    }
--- init
system($::reload);
--- request
    GET /t
--- response_body chomp
{"a":null,"b":"done"}
--- error_log
gracefully shutting down



=== TEST 2: tasks do not hold a worker back that is to be gone
--- main_config
    worker_shutdown_timeout 100ms;
--- config
    location = /t {
        asyncapi_timeout 1h;
        asyncapi { sleep a 1h; gather g { sleep b 1h; } }
    }
--- init
system($::reload);
--- request
    GET /t
--- ignore_response
--- wait: 0.3
--- grep_error_log eval: qr/task "\w+" running -> \w+/
--- grep_error_log_out
task "a" running -> cancelled
task "b" running -> cancelled
task "g" running -> cancelled



=== TEST 3: nor do those whose client's body is not all there
--- main_config
    worker_shutdown_timeout 100ms;
--- config
    location = /t {
        asyncapi_timeout 1h;
        asyncapi POST { sleep a 1h; }
    }
--- init
system($::reload);
--- raw_request eval
"POST /t HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n01234"
--- ignore_response
--- wait: 0.3
--- error_log
task "a" running -> cancelled



=== TEST 4: a name that is being looked up is waited for
--- http_config
    resolver 127.0.0.1:$TEST_NGINX_DNS_PORT;
--- config
    location = /u { return 200 '"there"'; default_type application/json; }
    location = /t { asyncapi { http a http://after900-a-1.test:$TEST_NGINX_SERVER_PORT/u; } }
--- init
system($::reload);
--- request
    GET /t
--- response_body chomp
{"a":"there"}
--- error_log
gracefully shutting down



=== TEST 5: and given up by a worker that is to be gone
--- main_config
    worker_shutdown_timeout 100ms;
--- http_config
    resolver 127.0.0.1:$TEST_NGINX_DNS_PORT;
--- config
    location = /t {
        asyncapi_timeout 1h;
        resolver_timeout 1h;
        asyncapi { http a http://silent.test/; }
    }
--- init
system($::reload);
--- request
    GET /t
--- ignore_response
--- wait: 0.3
--- grep_error_log eval: qr/task "\w+" running -> \w+/
--- grep_error_log_out
task "a" running -> cancelled

use lib 't/lib';
use AsyncAPI;
use Hostile;
use TLS;

# nginx is told to read its configuration again while a request runs

our $reload = "(sleep 0.3; kill -HUP \$(cat $ENV{TEST_NGINX_SERVROOT}/logs/nginx.pid)) &";

master_on();
log_level('debug');
no_root_location();
run_tests();

__DATA__

=== TEST 1: an idle connection ends with its worker, what runs comes to its end
--- config
    location = /t {
        asyncapi {
            http  a $TLS_PEER;
            sleep s after=a 900ms;
            http  n after=s https://127.0.0.1:$TEST_NGINX_TLS_PEER/open;
            respond '$n';
        }
    }
--- init
system($::reload);
--- request
    GET /t
--- response_body chomp
1
--- error_log
gracefully shutting down
SSL_do_handshake: 1



=== TEST 2: a handshake does not hold a worker back that is to be gone
--- main_config
    worker_shutdown_timeout 100ms;
--- config
    location = /t {
        asyncapi_timeout 1h;
        asyncapi { http a https://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/; }
    }
--- init
system($::reload);
--- request
    GET /t
--- ignore_response
--- wait: 0.3
--- error_log
task "a" running -> cancelled

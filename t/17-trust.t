use lib 't/lib';
use AsyncAPI;

run_tests();

__DATA__

=== TEST 1: a trusted result is spliced without a look at it
--- http_config
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;

        location = /odd {
            default_type application/json;
            return 200 ' {"n":01} ';
        }
    }
--- config
    location = /t {
        asyncapi {
            http a trust http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/odd;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":{"n":01}}



=== TEST 2: what is not trusted is checked
--- http_config
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;

        location = /odd {
            default_type application/json;
            return 200 ' {"n":01} ';
        }
    }
--- config
    location = /t {
        asyncapi {
            http a http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/odd;
        }
    }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"invalid"
--- error_log
is no valid JSON



=== TEST 3: members of a trusted result that is no JSON are not there
--- http_config
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;

        location = /odd {
            default_type application/json;
            return 200 '{"a":"b';
        }
    }
--- config
    location = /t {
        asyncapi {
            http a trust http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/odd;
            respond '{"z":$a.z.y[0]}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"z":null}



=== TEST 4: trust is refused where nothing is read as JSON
--- config
    location = /t {
        asyncapi {
            sleep a trust 1s;
        }
    }
--- must_die
--- error_log
"trust" is for kinds whose result is read as JSON in sleep "a" in

use lib 't/lib';
use AsyncAPI;

# handlers that sleep in a way of their own, subrequests of their own among them

our $Main = 'load_module /usr/lib/nginx/modules/ngx_http_js_module.so;';

our $Js = [['main.js' => <<'_EOC_']];
function json(r, value) {
    r.headersOut['Content-Type'] = 'application/json';
    r.return(200, JSON.stringify(value));
}

function hello(r) {
    json(r, {method: r.method, uri: r.uri, body: r.requestText, range: r.headersIn.Range});
}

async function parts(r) {
    let a = await r.subrequest('/part', 'n=1');
    let b = await Promise.all([r.subrequest('/part', 'n=2'), r.subrequest('/part', 'n=3')]);

    json(r, [a, b[0], b[1]].map(reply => reply.responseText));
}

async function slow(r) {
    let a = await r.subrequest('/slow');

    json(r, a.status);
}

function nap(r) {
    setTimeout(() => json(r, 'awake'), 500);
}

function fails(r) {
    throw new Error('it fails');
}

async function many(r) {
    let n = 0;

    for (;;) {
        let a = await r.subrequest('/slow', 'n=' + n++);

        if (a.status != 200) {
            r.error('many: ' + a.status);
        }

        if (n == 3) {
            json(r, n);
            return;
        }
    }
}

export default {hello, parts, slow, nap, fails, many};
_EOC_

our $Http = <<'_EOC_';
    js_import main from ../html/main.js;
    log_format left "upstream $request_uri: $status.";
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        access_log logs/error.log left;
        location / { asyncapi { sleep s 3s; } }
    }
_EOC_

no_root_location();
run_tests();

__DATA__

=== TEST 1: js_content
--- main_config eval: $::Main
--- http_config eval: $::Http
--- user_files eval: $::Js
--- config
    location = /t {
        asyncapi {
            http a { js_content main.hello; }
            http b method=PUT 'body={"x":1}' { js_content main.hello; }
        }
    }
--- more_headers
Range: bytes=0-1
--- request
    GET /t
--- response_body chomp
{"a":{"method":"GET","uri":"/t"},"b":{"method":"PUT","uri":"/t","body":"{\"x\":1}"}}



=== TEST 2: subrequests of its own
--- main_config eval: $::Main
--- http_config eval: $::Http
--- user_files eval: $::Js
--- config
    location = /part { return 200 "part $arg_n"; }
    location = /js { js_content main.parts; }
    location = /t {
        asyncapi {
            http a { js_content main.parts; }
            http b /js;
        }
    }
--- pipelined_requests eval
["GET /t", "GET /t"]
--- response_body eval
[('{"a":["part 1","part 2","part 3"],"b":["part 1","part 2","part 3"]}') x 2]



=== TEST 3: one that throws fails the task alone
--- main_config eval: $::Main
--- http_config eval: $::Http
--- user_files eval: $::Js
--- config
    location = /t { asyncapi { http a default=0 { js_content main.fails; } } }
--- request
    GET /t
--- response_headers
Asyncapi-Failed: a;reason=status
--- response_body chomp
{"a":0}
--- error_log
it fails



=== TEST 4: at its deadline its upstream is left
--- main_config eval: $::Main
--- http_config eval: $::Http
--- user_files eval: $::Js
--- config
    location = /slow { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
    location = /t { asyncapi { http a timeout=100ms default=1 { js_content main.slow; } } }
--- request
    GET /t
--- response_headers
Asyncapi-Failed: a;reason=timeout
--- response_body chomp
{"a":1}
--- wait: 0.2
--- error_log
upstream /slow: 499.
--- timeout: 2



=== TEST 5: and what it would call then is not called
--- main_config eval: $::Main
--- http_config eval: $::Http
--- user_files eval: $::Js
--- config
    location = /slow { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
    location = /t { asyncapi { http a timeout=100ms default=1 { js_content main.many; } } }
--- pipelined_requests eval
["GET /t", "GET /t"]
--- response_body eval
['{"a":1}', '{"a":1}']
--- wait: 0.2
--- no_error_log
upstream /slow?n=1
--- timeout: 2



=== TEST 6: a handler that sleeps is answered without, and not in its place
--- main_config eval: $::Main
--- http_config eval: $::Http
--- user_files eval: $::Js
--- config
    location = /t {
        asyncapi {
            http a timeout=100ms default=1 { js_content main.nap; }
            http b { js_content main.nap; }
        }
    }
    location = /u { asyncapi { http a timeout=100ms default=1 { js_content main.nap; } } }
--- pipelined_requests eval
["GET /t", "GET /u", "GET /t"]
--- response_body eval
['{"a":1,"b":"awake"}', '{"a":1}', '{"a":1,"b":"awake"}']
--- timeout: 5



=== TEST 7: a client that leaves while handlers sleep
--- main_config eval: $::Main
--- http_config eval: $::Http
--- user_files eval: $::Js
--- config
    location = /slow { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
    location = /t {
        asyncapi {
            http a { js_content main.nap; }
            http b { js_content main.slow; }
        }
    }
--- request
    GET /t
--- abort
--- timeout: 0.2
--- wait: 0.6
--- ignore_response
--- error_log
upstream /slow: 499.

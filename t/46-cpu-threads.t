# Threads: full queues, deadlines, clients that leave, reloads, the end.

# each block has an nginx of its own, or the lines that the end of an older one
# logs would be taken for this one's

BEGIN { $ENV{TEST_NGINX_USE_HUP} = 0 }

use lib 't/lib';
use AsyncAPI;
use AsyncAPI::Library;

our $slow = library('slow');
our $http = "asyncapi_library $slow;";
our $dir = $ENV{TEST_NGINX_SERVROOT};

# what a sanitizer or valgrind makes of a second

our $wait = ($ENV{TEST_NGINX_TIMEOUT} || 0) > 30 ? 15 : 3;

# one runs, one waits, and there is no place for a third

our $pool = "thread_pool one threads=1 max_queue=1;";

master_on();
log_level('debug');
run_tests();

__DATA__

=== TEST 1: a full queue fails at once with 503
--- main_config eval: $::pool
--- http_config eval: $::http
--- config
    asyncapi_thread_pool one;
    location = /t {
        asyncapi {
            cpu a default="late" wait 500;
            sleep b 100ms;
            cpu c after=b default="late" wait 500;
            cpu d after=b wait 500;
        }
    }
--- request
    GET /t
--- error_code: 503
--- response_headers_like
Retry-After: \d+
Content-Type: application/problem\+json
--- response_body chomp
{"type":"about:blank","title":"Service Unavailable","status":503,"task":"d","reason":"limit"}
--- error_log
asyncapi task "d" failed: limit, the queue of the thread pool is full



=== TEST 2: a pool is that of the location, of the server, or of http
--- main_config
    thread_pool one threads=1;
    thread_pool two threads=2;
    thread_pool three threads=3;
--- http_config eval
"$::http asyncapi_thread_pool one;"
--- config
    asyncapi_thread_pool two;
    location = /t {
        asyncapi_thread_pool three;
        asyncapi { cpu a wait 1; }
    }
    location = /u {
        asyncapi { cpu a wait 1; http t /t; }
    }
--- request
    GET /u
--- response_body chomp
{"a":true,"t":{"a":true}}
--- error_log
added to thread pool "two"
added to thread pool "three"
--- no_error_log
added to thread pool "one"



=== TEST 3: without one it is nginx's default
--- http_config eval: $::http
--- config
    location = /t { asyncapi { cpu a wait 1; } }
--- request
    GET /t
--- response_body chomp
{"a":true}
--- error_log
added to thread pool "default"



=== TEST 4: threads do not begin where nothing needs them
--- http_config eval: $::http
--- config
    location = /t { asyncapi { sleep a 1ms 1; } }
--- request
    GET /t
--- response_body chomp
{"a":1}
--- no_error_log
thread in pool



=== TEST 5: functions run at the same time
--- http_config eval: $::http
--- config
    location = /t {
        asyncapi {
            timeout 1500ms;
            sleep list 1ms '[1,2,3,4,5,6,7,8,9,10]';
            cpu a each=$list concurrency=10 deaf 300;
            respond '$a';
        }
    }
--- request
    GET /t
--- response_body chomp
["late","late","late","late","late","late","late","late","late","late"]



=== TEST 6: a deadline answers in time though the function runs on
--- http_config eval: $::http
--- config eval
"location = /t {
    asyncapi {
        cpu a timeout=50ms default=null deaf 600 $::dir/html/ended;
        sleep b 300ms '\"first\"';
    }
}
location = /ended {
    asyncapi {
        http early default=null ok=200 as=json /file/ended;
        sleep w 900ms;
        http late after=w ok=200 as=json /file/ended;
        respond '[\$early, \$late]';
    }
}
location /file/ { alias html/; }
"
--- request eval
["GET /t", "GET /ended"]
--- response_body eval
['{"a":null,"b":"first"}', '[null,true]']
--- raw_response_headers_like eval
['Asyncapi-Failed: a;reason=timeout', '']



=== TEST 7: a function is told that nobody waits any more
--- http_config eval: $::http
--- config eval
"location = /t {
    asyncapi {
        race first {
            cpu a wait 60000 $::dir/html/told;
            sleep b 50ms 1;
        }
    }
}
location = /told {
    asyncapi {
        sleep w 300ms;
        http told after=w as=json /file/told;
        respond '\$told';
    }
}
location /file/ { alias html/; }
"
--- pipelined_requests eval
["GET /t", "GET /told"]
--- response_body eval
['{"first":1}', 'true']



=== TEST 8: what waits in the queue and is cancelled is not begun
--- main_config eval
"thread_pool one threads=1;"
--- http_config eval: $::http
--- config eval
"asyncapi_thread_pool one;
location = /t {
    asyncapi {
        cpu a deaf 300;
        cpu b timeout=50ms default=null deaf 1 $::dir/html/begun;
    }
}
location = /begun {
    asyncapi {
        sleep w 100ms;
        http begun after=w ok=404 as=text /file/begun;
        respond '\$begun:status';
    }
}
location /file/ { alias html/; }
"
--- pipelined_requests eval
["GET /t", "GET /begun"]
--- response_body eval
['{"a":"late","b":null}', '404']



=== TEST 9: a client that leaves is heard while functions run
--- http_config eval: $::http
--- config
    location = /t { asyncapi { timeout 1h; cpu a wait 3600000; } }
--- request
    GET /t
--- timeout eval: $::wait / 6
--- abort
--- ignore_response
--- wait eval: $::wait
--- error_log
task "a" running -> cancelled
--- no_error_log
[error]



=== TEST 10: functions that are wanted come to their end when nginx reloads
--- http_config eval: $::http
--- config
    location = /t { asyncapi { cpu a deaf 900; cpu b reload; } }
--- request
    GET /t
--- response_body chomp
{"a":"late","b":null}
--- error_log
gracefully shutting down



=== TEST 11: a worker that is to be gone waits in its loop for what nobody wants
--- http_config eval: $::http
--- config eval
"location = /t {
    asyncapi {
        cpu a timeout=100ms default=null deaf 1200 $::dir/html/end;
        cpu b reload;
    }
}"
--- request
    GET /t
--- response_body chomp
{"a":null,"b":null}
--- wait eval: $::wait
--- grep_error_log eval: qr/gracefully shutting down|function.*still run|exiting|worker process \d+ exited with code \d+/
--- grep_error_log_out eval
qr/^gracefully shutting down
exiting
worker process \d+ exited with code 0
$/



=== TEST 12: worker_shutdown_timeout leaves functions behind that heed nothing
--- main_config
    worker_shutdown_timeout 300ms;
--- http_config eval: $::http
--- config
    location = /t {
        asyncapi {
            cpu a timeout=100ms default=null deaf 3600000;
            cpu b after=a reload;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":null,"b":null}
--- wait eval: $::wait
--- error_log
asyncapi: 1 functions still run after worker_shutdown_timeout, the worker ends without them
exited with code 0



=== TEST 13: and requests that wait for them
--- main_config
    worker_shutdown_timeout 300ms;
--- http_config eval: $::http
--- config
    location = /t { asyncapi { timeout 1h; cpu a deaf 3600000; cpu b reload; } }
--- request
    GET /t
--- ignore_response
--- wait eval: $::wait
--- error_log
task "a" running -> cancelled
asyncapi: 1 functions still run after worker_shutdown_timeout, the worker ends without them
exited with code 0



=== TEST 14: many at a time, in two workers
--- workers: 2
--- main_config
    thread_pool many threads=4 max_queue=20000;
--- config
    asyncapi_thread_pool many;
    location = /t {
        asyncapi {
            http list default=[] /list;
            cpu a each=$list concurrency=500 sha1 $index;
            cpu all base64_encode $a;
            cpu b crc32 $all;
            respond '$b';
        }
    }
    location = /list {
        default_type application/json;
        root html;
    }
--- user_files eval
">>> list\n[" . CORE::join(',', 1 .. 1000) . "]"
--- request eval
[ map { "GET /t" } 1 .. 5 ]
--- response_body eval
use Digest::SHA 'sha1_hex';
use Compress::Zlib;
use MIME::Base64;
my $all = encode_base64('[' . CORE::join(',', map { '"' . sha1_hex($_) . '"' } 0 .. 999) . ']', '');
[ map { sprintf '"%08x"', Compress::Zlib::crc32($all) } 1 .. 5 ]



=== TEST 15: a pool that is not there
--- config
    location = /t {
        asyncapi_thread_pool none;
        asyncapi { cpu a uuid4; }
    }
--- must_die
--- suppress_stderr
--- error_log
unknown thread pool "none" in



=== TEST 16: a pool is named once
--- locations
location = /t {
    asyncapi_thread_pool default;
    asyncapi_thread_pool default;
}
--- refused
3: "asyncapi_thread_pool" directive is duplicate



=== TEST 17: a worker does not end under a function, though the queue is full
--- main_config eval: $::pool
--- http_config eval: $::http
--- config
    location = /t {
        asyncapi_thread_pool one;
        asyncapi {
            cpu a timeout=50ms default=1 tell 900;
            cpu b timeout=50ms default=2 deaf 1;
            http c after=a,b http://127.0.0.1:$server_port/stop;
        }
    }
    location = /stop { asyncapi { cpu a stop; } }
--- request
    GET /t
--- ignore_response
--- wait eval: $::wait
--- grep_error_log eval: qr/queue overflow|the function has ended|exited with code 0/
--- grep_error_log_out
queue overflow
the function has ended
exited with code 0

use lib 't/lib';
use AsyncAPI;
use Hostile;

# $HOST is a peer that answers its first requests late: see t/hostile/http.py

our $Unavailable = 'HTTP/1.1%20503%20No%0D%0AContent-Length:%202%0D%0A%0D%0Ano';

add_block_preprocessor(sub {
    my $block = shift;
    my $config = $block->config;

    return if !defined $config;

    $config =~ s/\$HOST\b/http:\/\/127.0.0.1:$ENV{TEST_NGINX_HOSTILE_PORT}/g;
    $config =~ s/\$503\b/a=$Unavailable/g;
    $block->set_value('config', $config);
});

no_root_location();
run_tests();

__DATA__

=== TEST 1: a second try answers for the first, whose connection is closed
--- config
    location = /t {
        asyncapi {
            http a hedge=100ms as=text $HOST/one?head=8000&first=1;
            http n after=a $HOST/log?only=/one;
            respond '[$a:status,$n]';
        }
    }
--- request
    GET /t
--- response_body chomp
[200,2]
--- log_level: debug
--- grep_error_log eval: qr/task "a" (?:has no answer after \d+ms|running -> \w+)/
--- grep_error_log_out
task "a" has no answer after 100ms
task "a" running -> done
task "a" running -> cancelled
task "a" running -> done
--- error_log
close http connection:



=== TEST 2: where the first answers in time there is no second
--- config
    location = /t {
        asyncapi {
            http a hedge=2s as=text $HOST/two;
            sleep pause after=a 50ms;
            http n after=pause $HOST/log?only=/two;
            respond '$n';
        }
    }
--- request
    GET /t
--- response_body chomp
1
--- no_error_log
has no answer



=== TEST 3: nor where the first fails before
--- config
    location = /t {
        asyncapi { http a hedge=2s $HOST/three?$503; }
    }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"status","code":503
--- no_error_log
has no answer



=== TEST 4: when the first fails later the second goes on
--- http_config
    upstream both {
        server 127.0.0.1:$TEST_NGINX_HOSTILE_PORT max_fails=0;
        server 127.0.0.1:$TEST_NGINX_RAND_PORT_1 max_fails=0;
    }
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        location = / { asyncapi { sleep a 600ms; } }
    }
--- config
    location = /t {
        asyncapi {
            http a hedge=200ms as=text http://both/?head=400&$503;
            respond '{"status": $a:status}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"status":200}
--- error_log eval
qr/\[info\] .*asyncapi task "a" failed: status 503, no; the other try goes on/
--- no_error_log
[error]



=== TEST 5: when the second fails the first goes on
--- http_config
    upstream both {
        server 127.0.0.1:$TEST_NGINX_HOSTILE_PORT max_fails=0;
        server 127.0.0.1:1 max_fails=0;
    }
--- config
    location = /t {
        asyncapi {
            http a hedge=100ms as=text http://both/five?head=500;
            respond '{"status": $a:status}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"status":200}
--- error_log eval
qr/\[info\] .*asyncapi task "a" failed: connect, .*; the other try goes on/
--- no_error_log
[error]
[warn]



=== TEST 6: both fail: the reason is that of the last
--- config
    location = /t {
        asyncapi { http a hedge=100ms $HOST/six?head=400&$503; }
    }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"status","code":503
--- grep_error_log eval: qr/\[\w+\] \S+ \*\d+ asyncapi task "a" failed.*?no(?:;|,)/
--- grep_error_log_out eval
qr/^\[info\] .* status 503, no;\n\[error\] .* status 503, no,\n$/



=== TEST 7: both are cancelled at the task's deadline
--- config
    location = /t {
        asyncapi {
            http a hedge=100ms timeout=300ms default=null $HOST/seven?head=8000;
            http n after=a $HOST/log?only=/seven;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":null,"n":2}
--- response_headers
Asyncapi-Failed: a;reason=timeout
--- log_level: debug
--- grep_error_log eval: qr/task "a" running -> \w+/
--- grep_error_log_out
task "a" running -> cancelled
task "a" running -> cancelled
task "a" running -> done



=== TEST 8: and at the endpoint's
--- config
    location = /t {
        asyncapi { timeout 300ms; http a hedge=100ms $HOST/eight?head=8000; }
    }
--- request
    GET /t
--- error_code: 504
--- response_body_like: "task":"a","reason":"timeout"
--- grep_error_log eval: qr/\[\w+\] \S+ \*\d+ asyncapi task "a" failed: timeout/
--- grep_error_log_out eval
qr/^\[info\] .*\n\[error\] .*\n$/



=== TEST 9: both end with the client
--- config
    location = /t {
        asyncapi_timeout 1h;
        asyncapi { http a hedge=50ms $HOST/nine?head=8000; }
    }
--- request
    GET /t
--- abort
--- ignore_response
--- timeout: 1
--- wait: 0.5
--- log_level: debug
--- grep_error_log eval: qr/task "a" running -> \w+/
--- grep_error_log_out
task "a" running -> cancelled
task "a" running -> cancelled
task "a" running -> cancelled



=== TEST 10: each round of tries has a hedge
--- config
    location = /t {
        asyncapi {
            http a retry=2,timeout=300ms hedge=100ms as=text $HOST/ten?head=8000&first=4;
            http n after=a $HOST/log?only=/ten;
            respond '[$a:status,$n]';
        }
    }
--- request
    GET /t
--- response_body chomp
[200,5]
--- grep_error_log eval: qr/has no answer|goes on|retry \d of \d/
--- grep_error_log_out
has no answer
goes on
retry 1 of 2
has no answer
goes on
retry 2 of 2



=== TEST 11: each element has its own
--- config
    location = /t {
        asyncapi {
            sleep list 1ms '["x","y"]';
            http a each=$list hedge=100ms as=text $HOST/11$item?head=8000&first=1;
            respond '{"a": $a}';
        }
    }
--- request
    GET /t
--- response_body_like: ^\{"a":\[.*GET /11x.*,.*GET /11y.*\]\}$
--- grep_error_log eval: qr/has no answer/
--- grep_error_log_out
has no answer
has no answer



=== TEST 12: a group runs twice as a whole
--- config
    location = /t {
        asyncapi {
            gather g hedge=100ms {
                sleep w 1ms '"w"';
                http a as=text $HOST/$w?head=8000&first=1;
            }
            respond '{"w": $g.w}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"w":"w"}
--- log_level: debug
--- grep_error_log eval: qr/task "[ga]" running -> \w+/
--- grep_error_log_out
task "a" running -> done
task "g" running -> done
task "a" running -> cancelled
task "g" running -> cancelled
task "g" running -> done



=== TEST 13: a block runs beside itself
--- config
    location = /t {
        asyncapi {
            http a hedge=100ms as=text {
                proxy_pass $HOST/thirteen?head=8000&first=1;
            }
            respond '{"status": $a:status}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"status":200}



=== TEST 14: a status in pass= ends the endpoint, whichever try has it
--- config
    location = /t {
        asyncapi { http a hedge=100ms pass=503 $HOST/fourteen?head=500&$503; }
    }
--- request
    GET /t
--- error_code: 503
--- response_body chomp
no



=== TEST 15: a POST that may be sent twice
--- config
    location = /t {
        asyncapi {
            http a hedge=100ms,unsafe body=1 as=text $HOST/fifteen?head=8000&first=1;
            http n after=a $HOST/log?only=/fifteen;
            respond '$n';
        }
    }
--- request
    GET /t
--- response_body chomp
2



=== TEST 16: a sleep, too, may be hedged
--- config
    location = /t {
        asyncapi { sleep a hedge=50ms retry=1 200ms '"slept"'; }
    }
--- request
    GET /t
--- response_body chomp
{"a":"slept"}



=== TEST 17: any other is refused
--- statements
http a hedge=100ms body=1 http://127.0.0.1/;
--- refused
1: "hedge=" may do the POST of "a" twice: where that does no harm, write ",unsafe" behind the value of "hedge=" in http "a"



=== TEST 18: what is safe to do again is not therefore safe to do at the same time
--- statements
http a retry=1,unsafe hedge=100ms body=1 http://127.0.0.1/;
--- refused
1: "hedge=" may do the POST of "a" twice: where that does no harm, write ",unsafe" behind the value of "hedge=" in http "a"



=== TEST 19: hedge= is a time
--- statements
http a hedge=soon http://127.0.0.1/;
--- refused
1: option "hedge=soon": is no time: write for instance 100ms in http "a"



=== TEST 20: behind the time only "unsafe"
--- statements
http a hedge=1s,safe http://127.0.0.1/;
--- refused
1: option "hedge=1s,safe": has something behind the time that is not "unsafe" in http "a"



=== TEST 21: once
--- statements
http a hedge=1s,unsafe,unsafe http://127.0.0.1/;
--- refused
1: option "hedge=1s,unsafe,unsafe": has something behind the time that is not "unsafe" in http "a"



=== TEST 22: a hedge that would come too late
--- statements
http a hedge=1s timeout=1s http://127.0.0.1/;
--- refused
1: "hedge=" must be less than the timeout, or no second try would ever start in http "a"



=== TEST 23: too late for one try
--- statements
http a hedge=500ms retry=2,timeout=300ms timeout=1s http://127.0.0.1/;
--- refused
1: "hedge=" must be less than the timeout, or no second try would ever start in http "a"

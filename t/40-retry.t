use lib 't/lib';
use AsyncAPI;
use Hostile;

# $HOST is a peer that answers its first requests badly: see t/hostile/http.py.
# /log?/PATH is the number of requests with that path that it has seen.

our $Unavailable = 'HTTP/1.1%20503%20No%0D%0AContent-Length:%202%0D%0A%0D%0Ano';
our $Log = <<'_EOC_';
    location = /log {
        proxy_pass http://127.0.0.1:$TEST_NGINX_HOSTILE_PORT/log?only=$args;
    }
_EOC_

add_block_preprocessor(sub {
    my $block = shift;
    my $config = $block->config;

    return if !defined $config;

    $config =~ s/\$HOST\b/http:\/\/127.0.0.1:$ENV{TEST_NGINX_HOSTILE_PORT}/g;
    $config =~ s/\$503\b/a=$Unavailable/g;
    $block->set_value('config', "$config\n$Log");
});

no_root_location();
run_tests();

__DATA__

=== TEST 1: a status 503 is got over
--- config
    location = /t {
        asyncapi {
            http a retry=2 $HOST/one?$503&first=1;
            http n after=a $HOST/log?only=/one;
            respond '[$a:status,$n]';
        }
    }
--- request
    GET /t
--- response_body chomp
[200,2]
--- grep_error_log eval: qr/\[\w+\] \S+ \*\d+ asyncapi task "a" failed: .*?ms/
--- grep_error_log_out eval
qr/^\[warn\] \S+ \*\d+ asyncapi task "a" failed: status 503, no; retry 1 of 2 in \d+ms\n$/
--- no_error_log
[error]



=== TEST 2: so are 502 and 504, and any other status is not
--- config
    location = /t {
        asyncapi {
            http a retry=1 $HOST/a?a=HTTP/1.1%20502%20No%0D%0AContent-Length:%200%0D%0A%0D%0A&first=1;
            http b retry=1 $HOST/b?a=HTTP/1.1%20504%20No%0D%0AContent-Length:%200%0D%0A%0D%0A&first=1;
            http c retry=1 default=null $HOST/c?a=HTTP/1.1%20500%20No%0D%0AContent-Length:%200%0D%0A%0D%0A&first=1;
            http d retry=1 default=null $HOST/d?a=HTTP/1.1%20429%20No%0D%0AContent-Length:%200%0D%0A%0D%0A&first=1;
            respond '[$a:status,$b:status,$c,$d]';
        }
    }
--- request
    GET /t
--- response_body chomp
[200,200,null,null]
--- response_headers_like
Asyncapi-Failed: (?:c|d);reason=status, (?:c|d);reason=status



=== TEST 3: so is a connection that ends before the answer
--- config
    location = /t {
        asyncapi { http a retry=1 $HOST/three?a=&end=rst&first=1; respond '{"status": $a:status}'; }
    }
--- request
    GET /t
--- response_body chomp
{"status":200}
--- error_log eval
qr/asyncapi task "a" failed: connect, .*; retry 1 of 1 in \d+ms/



=== TEST 4: a refused connection fails when all tries have, with one line
--- config
    location = /t {
        asyncapi { http a retry=3 http://127.0.0.1:1/; }
    }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"
--- grep_error_log eval: qr/\[\w+\] \S+ \*\d+ asyncapi task "a" failed: connect.*?(?:retry \d of \d|client)/
--- grep_error_log_out eval
qr/^\[warn\] .* retry 1 of 3\n\[warn\] .* retry 2 of 3\n\[warn\] .* retry 3 of 3\n\[error\] .* client\n$/



=== TEST 5: what is no hiccup is not tried again
--- config
    location = /t {
        asyncapi { http a retry=2 $HOST/five?a=nonsense; }
    }
--- request eval
["GET /t", "GET /log?/five"]
--- error_code eval
[502, 200]
--- response_body_like eval
['"reason":"invalid"', '^1$']



=== TEST 6: retry=0 is no further try
--- config
    location = /t {
        asyncapi { http a retry=0 $HOST/six?$503; }
    }
--- request eval
["GET /t", "GET /log?/six"]
--- error_code eval
[502, 200]
--- response_body_like eval
['"reason":"status","code":503', '^1$']



=== TEST 7: a default stands in when all tries have failed
--- config
    location = /t {
        asyncapi {
            http a retry=1 default=[] $HOST/seven?$503;
            http n after=a $HOST/log?only=/seven;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":[],"n":2}
--- response_headers
Asyncapi-Failed: a;reason=status
--- grep_error_log eval: qr/asyncapi task "a" failed: \w+ \w+, no; (?:retry|its default stands in)/
--- grep_error_log_out
asyncapi task "a" failed: status 503, no; retry
asyncapi task "a" failed: status 503, no; its default stands in



=== TEST 8: a status in ok= is a success, and one in pass= ends the endpoint: neither is tried again
--- config
    location = /ok {
        asyncapi { http a retry=1 ok=200,503 $HOST/ok?$503; respond '{"status": $a:status}'; }
    }
    location = /pass {
        asyncapi { http a retry=1 pass=503 $HOST/pass?$503; }
    }
--- request eval
["GET /ok", "GET /pass", "GET /log?/ok", "GET /log?/pass"]
--- error_code eval
[200, 503, 200, 200]
--- response_body_like eval
['^{"status":503}$', '^no$', '^1$', '^1$']



=== TEST 9: timeout= is the deadline of the whole task
--- config
    location = /t {
        asyncapi { http a retry=1 timeout=4s default=null $HOST/nine?a=HTTP/1.1%20503%20No%0D%0ARetry-After:%205%0D%0AContent-Length:%200%0D%0A%0D%0A; }
    }
--- request
    GET /t
--- response_body chomp
{"a":null}
--- response_headers
Asyncapi-Failed: a;reason=status
--- error_log
its default stands in
--- no_error_log
retry 1 of 1



=== TEST 10: a hanging upstream is given up at the task's deadline, and then not tried again
--- config
    location = /t {
        asyncapi { http a retry=3 timeout=200ms $HOST/ten?head=5000; }
    }
--- request eval
["GET /t", "GET /log?/ten"]
--- error_code eval
[504, 200]
--- response_body_like eval
['"reason":"timeout"', '^1$']



=== TEST 11: with a deadline of its own for each try it is tried again
--- config
    location = /t {
        asyncapi {
            http a retry=3,timeout=200ms timeout=4s $HOST/eleven?head=5000&first=2;
            respond '{"status": $a:status}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"status":200}
--- grep_error_log eval: qr/failed: timeout, its deadline passed; retry \d/
--- grep_error_log_out
failed: timeout, its deadline passed; retry 1
failed: timeout, its deadline passed; retry 2



=== TEST 12: a try that was given up has its connection closed
--- config
    location = /t {
        asyncapi {
            http a retry=2,timeout=100ms default=null $HOST/twelve?head=5000;
            http open after=a $HOST/open;
            respond '$open';
        }
    }
--- request
    GET /t
--- response_body_like: ^\d$
--- grep_error_log eval: qr/retry \d of \d/
--- grep_error_log_out
retry 1 of 2
retry 2 of 2



=== TEST 13: the endpoint's deadline bounds it too: what is left has to suffice
--- config
    location = /t {
        asyncapi {
            timeout 4s;
            http a retry=1 default=1 $HOST/13?a=HTTP/1.1%20503%20No%0D%0ARetry-After:%205%0D%0AContent-Length:%200%0D%0A%0D%0A;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1}
--- response_headers
Asyncapi-Failed: a;reason=status
--- no_error_log
retry 1 of 1



=== TEST 14: so does the deadline of a group around it
--- config
    location = /t {
        asyncapi {
            timeout 9s;
            gather g timeout=4s default=1 {
                http a retry=1 $HOST/14?a=HTTP/1.1%20503%20No%0D%0ARetry-After:%205%0D%0AContent-Length:%200%0D%0A%0D%0A;
            }
        }
    }
--- request
    GET /t
--- response_body chomp
{"g":1}
--- response_headers
Asyncapi-Failed: g;reason=status
--- error_log
asyncapi task "a" failed: status 503; the default of "g" stands in
--- no_error_log
[error]



=== TEST 15: Retry-After of a 503 is honoured
--- config
    location = /t {
        asyncapi {
            http a retry=1 $HOST/fifteen?a=HTTP/1.1%20503%20No%0D%0ARetry-After:%201%0D%0AContent-Length:%200%0D%0A%0D%0A&first=1;
            respond '{"status": $a:status}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"status":200}
--- error_log
retry 1 of 1 in 1000ms



=== TEST 16: where the time does not suffice for that, the task fails at once
--- config
    location = /t {
        asyncapi {
            http a retry=1 $HOST/sixteen?a=HTTP/1.1%20503%20No%0D%0ARetry-After:%203600%0D%0AContent-Length:%200%0D%0A%0D%0A&first=1;
        }
    }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"status","code":503
--- no_error_log
retry



=== TEST 17: each element has its own tries
--- config
    location = /t {
        asyncapi {
            sleep list 1ms '[1,2,3]';
            http a each=$list retry=1 default=0 $HOST/$item?$503;
            respond '$a';
        }
    }
--- request
    GET /t
--- response_body chomp
[0,0,0]
--- response_headers
Asyncapi-Failed: a;reason=status
--- grep_error_log eval: qr/retry \d of \d/
--- grep_error_log_out eval
"retry 1 of 1\n" x 3



=== TEST 18: elements succeed again, in their order
--- config
    location = /t {
        asyncapi {
            sleep list 1ms '["x","y","z"]';
            http a each=$list retry=2 concurrency=2 as=text $HOST/$item?$503&first=2;
            respond '$a';
        }
    }
--- request
    GET /t
--- response_body_like: ^\[".*GET /x\?.*","?.*GET /y\?.*".*GET /z\?.*"\]$



=== TEST 19: a group is tried again as a whole
--- config
    location = /t {
        asyncapi {
            sleep out 1ms '"out"';
            gather g retry=2 {
                sleep first 1ms '"$out"';
                http a after=first $HOST/nineteen?$503&first=1;
                sleep b after=a 1ms '"b of $first"';
            }
            http n after=g $HOST/log?only=/nineteen;
            respond '{"b": $g.b, "first": $g.first, "n": $n}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"b":"b of out","first":"out","n":2}
--- grep_error_log eval: qr/\[\w+\] \S+ \*\d+ asyncapi .*?ms/
--- grep_error_log_out eval
qr/^\[warn\] .* task "a" failed: status 503, no; retry 1 of 2 in \d+ms\n$/
--- no_error_log
[error]



=== TEST 20: a group that has failed for good is logged once, as the task in it that failed
--- config
    location = /t {
        asyncapi {
            race r retry=1 { http a http://127.0.0.1:1/; sleep b timeout=5ms 1h; }
        }
    }
--- request
    GET /t
--- error_code_like: ^50[24]$
--- grep_error_log eval: qr/\[\w+\] [^ ]* \*\d+ asyncapi task "\w+"/
--- grep_error_log_out eval
qr/^(?:\[info\] .* task "a"\n\[info\] .* task "b"\n)\[warn\] .* task "r"\n(?:\[info\] .* task "a"\n\[info\] .* task "b"\n)\[error\] .* task "r"\n$/



=== TEST 21: a subrequest is tried again: what nginx's own proxy says, and what a location answers
--- config
    location = /t {
        asyncapi {
            http a retry=1 default=1 { proxy_pass http://127.0.0.1:1/; }
            http b retry=1 default=2 /unavailable;
        }
    }
    location = /unavailable { internal; return 503; }
--- request
    GET /t
--- response_body chomp
{"a":1,"b":2}
--- response_headers_like
Asyncapi-Failed: (?:a;reason=connect, b;reason=status|b;reason=status, a;reason=connect)
--- grep_error_log eval: qr/task "\w" failed: \w+.*?retry \d of \d/
--- grep_error_log_out eval
qr/^task "[ab]" failed: (?:connect|status 503), .*; retry 1 of 1\ntask "[ab]" failed: (?:connect|status 503), .*; retry 1 of 1\n$/
--- allow_error_log



=== TEST 22: tries end with the client
--- config
    location = /t {
        asyncapi_timeout 1h;
        asyncapi { http a retry=10,timeout=100ms $HOST/22?head=5000; sleep b timeout=10s 1h; }
    }
--- request
    GET /t
--- abort
--- timeout: 1
--- ignore_response
--- wait: 0.5
--- log_level: debug
--- error_log
task "b" running -> cancelled
--- no_error_log
retry 10



=== TEST 23: a try that waits for its turn ends with its endpoint
--- config
    location = /t {
        asyncapi {
            http a retry=1 $HOST/23?a=HTTP/1.1%20503%20No%0D%0ARetry-After:%202%0D%0AContent-Length:%200%0D%0A%0D%0A;
            sleep b timeout=500ms 1h;
        }
    }
--- request
    GET /t
--- error_code: 504
--- response_body_like: "task":"b"
--- error_log
retry 1 of 1 in 2000ms



=== TEST 24: PUT and DELETE are tried again, their bodies too
--- config
    location = /t {
        asyncapi {
            http a retry=1 method=PUT body=1 as=text $HOST/24?$503&first=1;
            http b retry=1 method=DELETE as=text $HOST/24b?$503&first=1;
            respond '[$a,$b]';
        }
    }
--- request
    GET /t
--- response_body_like: PUT.*n1.*DELETE



=== TEST 25: POST is, where that is said to be safe
--- config
    location = /t {
        asyncapi {
            http a retry=1,unsafe body=1 $HOST/25?$503&first=1;
            respond '{"status": $a:status}';
        }
    }
--- request eval
["GET /t", "GET /log?/25"]
--- response_body_like eval
['^{"status":200}$', '^2$']



=== TEST 26: else it is not, of which nginx -t warns
--- config
    location = /t {
        asyncapi {
            http a retry=2 method=POST default=1 $HOST/26?$503;
            http n after=a $HOST/log?only=/26;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1,"n":1}
--- error_log
"retry=" has no effect, as it might do the POST of "a" twice: where that does no harm, write ",unsafe" behind its value
--- no_error_log
retry 1 of



=== TEST 27: a body makes a POST of it, and PATCH and methods that nginx does not know are likewise
--- config
    location = /t {
        asyncapi {
            http a retry=2 default=1 'body={}' { proxy_pass $HOST/27?$503; }
            http b retry=2 default=2 method=PATCH $HOST/27?$503;
            http c retry=2 default=3 method=BREW $HOST/27?$503;
            http d retry=1,unsafe default=4 method=PATCH $HOST/27?$503;
            http n after=a,b,c,d $HOST/log?only=/27;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1,"b":2,"c":3,"d":4,"n":5}
--- error_log
it might do the POST of "a" twice
it might do the PATCH of "b" twice
it might do the BREW of "c" twice
--- no_error_log
retry 2 of



=== TEST 28: the deadline of a try is that of the only one
--- config
    location = /t {
        asyncapi {
            http a retry=2,timeout=200ms timeout=20s method=POST default=null $HOST/28?head=9000;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":null}
--- response_headers
Asyncapi-Failed: a;reason=timeout
--- timeout: 5



=== TEST 29: a group is no way around that
--- statements
gather g retry=1 {
    race h {
        http a http://127.0.0.1/;
        http b retry=1,unsafe method=PATCH http://127.0.0.1/;
    }
}
--- refused
1: "retry=" may do the PATCH of "b" twice: where that does no harm, write ",unsafe" behind the value of "retry=" in gather "g"



=== TEST 30: retry= needs a number
--- statements
http a retry=often http://127.0.0.1/;
--- refused
1: option "retry=often": needs a number of further tries, 100 at most: write for instance 2 in http "a"



=== TEST 31: retry= has a bound
--- statements
http a retry=101 http://127.0.0.1/;
--- refused
1: option "retry=101": needs a number of further tries, 100 at most: write for instance 2 in http "a"



=== TEST 32: behind the number only what is known
--- statements
http a retry=2,safe http://127.0.0.1/;
--- refused
1: option "retry=2,safe": has something behind the number that is neither "timeout=TIME" nor "unsafe" in http "a"



=== TEST 33: the timeout of a try is a time
--- statements
http a retry=2,timeout=0 http://127.0.0.1/;
--- refused
1: option "retry=2,timeout=0": gives a try no time: write for instance 2,timeout=300ms in http "a"



=== TEST 34: the timeout of a try is less than that of the task
--- statements
http a timeout=300ms retry=2,timeout=300ms http://127.0.0.1/;
--- refused
1: the "timeout=" of "retry=", for one try, must be less than that of the whole task in http "a"



=== TEST 35: without a further try there is none to time
--- statements
http a retry=0,timeout=300ms http://127.0.0.1/;
--- refused
1: option "retry=0,timeout=300ms": has no further try: "timeout=" alone is the task's deadline in http "a"



=== TEST 36: retry= is given once
--- statements
http a retry=1 retry=2 http://127.0.0.1/;
--- refused
1: option "retry=2": is duplicate in http "a"

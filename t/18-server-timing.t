use lib 't/lib';
use AsyncAPI;

run_tests();

__DATA__

=== TEST 1: tasks in the order in which they end, and all of them
--- config
    location = /t {
        asyncapi_server_timing on;
        asyncapi {
            sleep slow 30ms 1;
            sleep quick 1ms 2;
        }
    }
--- request
    GET /t
--- response_body chomp
{"slow":1,"quick":2}
--- raw_response_headers_like eval
qr/^Server-Timing: quick;dur=\d+\.\d{3}, slow;dur=\d+\.\d{3}, total;dur=\d+\.\d{3}\r$/m



=== TEST 2: the times are those that were taken
--- config
    location = /t {
        asyncapi_server_timing on;
        asyncapi {
            sleep first 40ms 1;
            sleep second after=first 30ms 2;
        }
    }
--- request
    GET /t
--- response_body chomp
{"first":1,"second":2}
--- raw_response_headers_like eval
qr/^Server-Timing: first;dur=(?:3[5-9]|[4-9]\d|\d{3,})\.\d+, second;dur=(?:2[5-9]|[3-9]\d|\d{3,})\.\d+, total;dur=(?:[6-9]\d|\d{3,})\.\d+\r$/m



=== TEST 3: it is not there unless it is asked for, nor where it is off
--- config
    asyncapi_server_timing on;
    location = /off {
        asyncapi_server_timing off;
        asyncapi { sleep a 1ms 1; }
    }
    location = /on {
        asyncapi { sleep a 1ms 1; }
    }
--- request eval
["GET /off", "GET /on"]
--- response_body eval
['{"a":1}', '{"a":1}']
--- raw_response_headers_unlike eval
[qr/Server-Timing/, qr/Never-There/]
--- raw_response_headers_like eval
[qr/Content-Type/, qr/^Server-Timing: a;dur=[\d.]+, total;dur=[\d.]+\r$/m]



=== TEST 4: the default is off
--- config
    location = /t {
        asyncapi { sleep a 1ms 1; }
    }
--- request
    GET /t
--- response_headers
! Server-Timing



=== TEST 5: why a task failed, for which its default stands in
--- config
    asyncapi_server_timing on;
    location = /t {
        asyncapi {
            sleep a timeout=10ms default=0 1h;
            sleep b 1ms 1;
        }
    }
--- request
    GET /t
--- response_headers
Asyncapi-Failed: a;reason=timeout
--- raw_response_headers_like eval
qr/^Server-Timing: b;dur=[\d.]+, a;dur=\d+\.\d{3};desc="timeout", total;dur=[\d.]+\r$/m



=== TEST 6: a problem has it, too, and what was cancelled is not in it
--- config
    asyncapi_server_timing on;
    location = /t {
        asyncapi {
            sleep late timeout=20ms 1h;
            sleep cancelled 1h;
            sleep done 1ms;
        }
    }
--- request
    GET /t
--- error_code: 504
--- raw_response_headers_like eval
qr/^Server-Timing: done;dur=[\d.]+, late;dur=\d+\.\d{3};desc="timeout", total;dur=[\d.]+\r$/m



=== TEST 7: members of groups are told of; elements and tries are one task
--- config
    asyncapi_server_timing on;
    location = /flaky { return 503; }
    location = /t {
        asyncapi {
            gather both {
                sleep one 1ms 1;
                sleep two 15ms 2;
            }
            sleep list after=both 1ms '[1,2,3]';
            sleep each each=$list 1ms;
            gather pair each=$each after=each { sleep member 1ms; }
            http tries after=pair retry=1 default=0 /flaky;
        }
    }
--- request
    GET /t
--- raw_response_headers_like eval
qr/^Server-Timing: one;dur=[\d.]+, two;dur=[\d.]+, both;dur=[\d.]+, list;dur=[\d.]+, each;dur=[\d.]+, pair;dur=[\d.]+, tries;dur=[\d.]+;desc="status", total;dur=[\d.]+\r$/m



=== TEST 8: what does not run is not told of
--- config
    asyncapi_server_timing on;
    location = /t {
        asyncapi {
            query go boolean default=false;
            sleep skipped if=$go 1ms 1;
            sleep a 1ms 2;
        }
    }
--- request
    GET /t
--- response_body chomp
{"skipped":null,"a":2}
--- raw_response_headers_like eval
qr/^Server-Timing: a;dur=[\d.]+, total;dur=[\d.]+\r$/m



=== TEST 9: an upstream's own answer
--- config
    asyncapi_server_timing on;
    location = /gone { return 404 no; }
    location = /t {
        asyncapi {
            http a pass=404 /gone;
        }
    }
--- request
    GET /t
--- error_code: 404
--- raw_response_headers_like eval
qr/^Server-Timing: a;dur=[\d.]+, total;dur=[\d.]+\r$/m



=== TEST 10: waiting for a slot of a limit is part of it
--- http_config
    asyncapi_zone 1m;
    asyncapi_limit one 1;
--- config
    asyncapi_server_timing on;
    location = /t {
        asyncapi {
            sleep a limit=one 30ms;
            sleep b limit=one 1ms;
        }
    }
--- request
    GET /t
--- raw_response_headers_like eval
qr/^Server-Timing: a;dur=[\d.]+, b;dur=(?:2[5-9]|[3-9]\d|\d{3,})\.\d+, total;dur=[\d.]+\r$/m



=== TEST 11: tasks of the background are none of the answer's
--- config
    asyncapi_server_timing on;
    location = /t {
        asyncapi {
            sleep a 1ms 1;
            background { sleep later 1ms; }
        }
    }
--- request
    GET /t
--- raw_response_headers_like eval
qr/^Server-Timing: a;dur=[\d.]+, total;dur=[\d.]+\r$/m



=== TEST 12: an endpoint within an endpoint has its time in that task's
--- config
    asyncapi_server_timing on;
    location = /inner {
        asyncapi { sleep inside 1ms 1; }
    }
    location = /t {
        asyncapi { http outer /inner; }
    }
--- request
    GET /t
--- response_body chomp
{"outer":{"inside":1}}
--- raw_response_headers_like eval
qr/^Server-Timing: outer;dur=[\d.]+, total;dur=[\d.]+\r$/m



=== TEST 13: a hundred tasks are enough
--- config eval
"asyncapi_server_timing on; location = /t { asyncapi { "
. CORE::join(' ', map { "sleep t$_ 1ms;" } 1 .. 120) . " respond 1; } }"
--- request
    GET /t
--- raw_response_headers_like eval
qr/^Server-Timing: (?:t\d+;dur=[\d.]+, ){100}total;dur=[\d.]+\r$/m



=== TEST 14: a word that is none
--- config
    asyncapi_server_timing yes;
--- must_die
--- error_log
invalid value "yes" in "asyncapi_server_timing" directive, it must be "on" or "off"

# asyncapi_library, and what asyncapi.h promises to those who write one.

use lib 't/lib';
use AsyncAPI;
use AsyncAPI::Library;

our $words = library('words');
our $http = "asyncapi_library $words;";
library('slow');

our %wrong = map { $_ => library('words', "-D$_") }
             qw( NO_SYMBOL BAD_ABI NO_FUNCTIONS CLASH_BUILTIN CLASH_OWN BAD_NAME
                 NO_CODE BAD_COUNTS );

master_on();
run_tests();

__DATA__

=== TEST 1: functions get their arguments as bytes, each with a zero behind it
--- http_config eval: $::http
--- config
    location = /t {
        asyncapi {
            sleep bytes 1ms '"a\u0000\u00e9"';
            cpu a hex;
            cpu b hex "" x;
            cpu c hex $bytes <$bytes> $arg_none 17;
        }
    }
--- request
    GET /t
--- response_body chomp
{"bytes":"a\u0000\u00e9","a":[],"b":["00","7800"],"c":["6100c3a900","3c6100c3a93e00","00","313700"]}
--- no_error_log
[error]



=== TEST 2: results are JSON or text, in pieces, or nothing
--- http_config eval: $::http
--- config
    location = /t {
        asyncapi {
            cpu a text 'say "yes"';
            cpu b json ' {"x": [1.0, 1e400]} ';
            cpu c nothing;
            cpu d empty;
            cpu e as=base64 text abc;
            cpu f as=json text [7];
            cpu g pick=x json '{"x":1,"y":2}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":"say \"yes\"","b":{"x": [1.0, 1e400]},"c":null,"d":"","e":"YWJj","f":[7],"g":{"x":1}}



=== TEST 3: JSON of a function is checked
--- http_config eval: $::http
--- config
    location = /t {
        asyncapi {
            cpu a default=0 json '{"x":01}';
            cpu b default=0 json '';
            cpu c default=0 json '1,2';
            cpu d default=0 text $e;
            cpu e as=base64 base64_decode /w==;
            cpu f default=0 base64_decode /w==;

            respond '[$a,$b,$c,$d,$f]';
        }
    }
--- request
    GET /t
--- response_body chomp
[0,0,0,"/w==",0]
--- error_log
asyncapi task "a" failed: invalid, the result is no valid JSON
asyncapi task "b" failed: invalid, the result is no valid JSON
asyncapi task "c" failed: invalid, the result is no valid JSON
asyncapi task "f" failed: invalid, the result is no UTF-8 text



=== TEST 4: errors have a message, and are none of nginx's
--- http_config eval: $::http
--- config
    location = /t {
        asyncapi {
            cpu a default=0 fail "no such word";
            cpu b default=0 fail_ok;
            cpu c default=0 silent;
            cpu d default=0 both;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":0,"b":0,"c":0,"d":0}
--- error_log
asyncapi task "a" failed: function, fail: no such word; its default stands in
asyncapi task "b" failed: function, fail_ok: it is so; its default stands in
asyncapi task "c" failed: function, silent: it gave no reason; its default stands in
asyncapi task "d" failed: function, both: it wrote both JSON and text; its default stands in



=== TEST 5: a message is cut where it is too long for a line
--- http_config eval: $::http
--- config
    asyncapi_error_detail on;
    location = /t {
        asyncapi { cpu a fail $arg_text; }
    }
--- request eval
"GET /t?text=" . "x" x 300
--- error_code: 502
--- response_body eval
'{"type":"about:blank","title":"Bad Gateway","status":502,"task":"a","reason":"function","detail":"fail: ' . "x" x 255 . '"}'



=== TEST 6: a result may be large, and not larger than asyncapi_max_result
--- http_config eval: $::http
--- config
    asyncapi_max_result 300k;
    location = /t {
        asyncapi {
            cpu a large 307200;
            cpu b default=0 large 307201;
            cpu size crc32 $a;

            respond '[$size, $b]';
        }
    }
--- request
    GET /t
--- response_body eval
use Compress::Zlib;
sprintf '["%08x",0]', Compress::Zlib::crc32("x" x 307200)
--- error_log
asyncapi task "b" failed: too_large, the result is larger than asyncapi_max_result



=== TEST 7: several libraries, one named relative to nginx.conf
--- http_config eval
"$::http asyncapi_library ../../../library/slow.so;"
--- config
    location = /t {
        asyncapi { cpu a wait 1; cpu b hex a; }
    }
--- request
    GET /t
--- response_body chomp
{"a":true,"b":["6100"]}



=== TEST 8: functions of a library that nginx reads again
--- http_config eval: $::http
--- config
    location = /t {
        asyncapi {
            sleep w 900ms;
            cpu old after=w hex a;
            http new after=old http://127.0.0.1:$TEST_NGINX_SERVER_PORT/new;
        }
    }
    location = /new {
        asyncapi { cpu a hex b; }
    }
--- init
system("(sleep 0.4; kill -HUP \$(cat $ENV{TEST_NGINX_SERVROOT}/logs/nginx.pid)) &");
--- request
    GET /t
--- response_body chomp
{"w":null,"old":["6100"],"new":{"a":["6200"]}}
--- error_log
gracefully shutting down



=== TEST 9: a file that is not there
--- http_config
    asyncapi_library none.so;
--- config
--- must_die
--- suppress_stderr
--- error_log eval
qr{asyncapi_library "\S+/conf/none.so" can't be loaded: .*No such file or directory in \S+nginx.conf:\d+}



=== TEST 10: a file that is no library
--- http_config
    asyncapi_library nginx.conf;
--- config
--- must_die
--- suppress_stderr
--- error_log eval
qr{asyncapi_library "\S+/conf/nginx.conf" can't be loaded: .*(?:invalid ELF header|file too short)}



=== TEST 11: a library without the symbol
--- http_config eval
"asyncapi_library $::wrong{NO_SYMBOL};"
--- config
--- must_die
--- suppress_stderr
--- error_log
has no symbol "asyncapi_library": define it as asyncapi.h says in



=== TEST 12: a library of another version
--- http_config eval
"asyncapi_library $::wrong{BAD_ABI};"
--- config
--- must_die
--- suppress_stderr
--- error_log
is of version 2 of asyncapi.h, and not 1: compile it with the file of this module in



=== TEST 13: a library without functions
--- http_config eval
"asyncapi_library $::wrong{NO_FUNCTIONS};"
--- config
--- must_die
--- suppress_stderr
--- error_log
has no functions in



=== TEST 14: a function that has the name of a built-in one
--- http_config eval
"asyncapi_library $::wrong{CLASH_BUILTIN};"
--- config
--- must_die
--- suppress_stderr
--- error_log
there is a function "sha256" already: rename this one in



=== TEST 15: a library that has a name twice
--- http_config eval
"asyncapi_library $::wrong{CLASH_OWN};"
--- config
--- must_die
--- suppress_stderr
--- error_log
there is a function "text" already: rename this one in



=== TEST 16: a library that is named twice
--- http_config eval
"$::http $::http"
--- config
--- must_die
--- suppress_stderr
--- error_log
there is a function "text" already: rename this one in



=== TEST 17: a function with a name that can't be written
--- http_config eval
"asyncapi_library $::wrong{BAD_NAME};"
--- config
--- must_die
--- suppress_stderr
--- error_log
the name "two words" of a function is not of letters, digits and "_" in



=== TEST 18: a function that is not there
--- http_config eval
"asyncapi_library $::wrong{NO_CODE};"
--- config
--- must_die
--- suppress_stderr
--- error_log
"none" has no function, or takes at least more arguments than at most in



=== TEST 19: counts that can't be
--- http_config eval
"asyncapi_library $::wrong{BAD_COUNTS};"
--- config
--- must_die
--- suppress_stderr
--- error_log
"hex" has no function, or takes at least more arguments than at most in



=== TEST 20: arguments that a function of a library does not take
--- http_config eval: $::http
--- config
    location = /t { asyncapi { cpu a hex 1 2 3 4 5; } }
--- must_die
--- suppress_stderr
--- error_log
5 arguments do not fit, "hex" takes 0 to 4; one with spaces stands in quotes in cpu "a" in



=== TEST 21: a library that is named below what needs it
--- http_config eval
"server { location / { asyncapi { cpu a hex; } } } $::http"
--- config
--- must_die
--- suppress_stderr
--- error_log
there is no function "hex": is it of a library that has no "asyncapi_library" above?

use lib 't/lib';
use AsyncAPI;

run_tests();

__DATA__

=== TEST 1: a word that is neither a method nor a path
--- locations
location = /t { asyncapi FETCH { } }
--- refused
1: "FETCH" is neither a method (GET HEAD POST PUT PATCH DELETE OPTIONS) nor a path that begins with "/"



=== TEST 2: methods are written in capitals
--- locations
location = /t { asyncapi get { } }
--- refused
1: "get" is neither a method (GET HEAD POST PUT PATCH DELETE OPTIONS) nor a path that begins with "/"



=== TEST 3: a method twice
--- locations
location = /t { asyncapi GET POST GET /x { } }
--- refused
1: "asyncapi" directive names a method twice



=== TEST 4: two paths
--- locations
location = /t { asyncapi /a /b { } }
--- refused
1: "asyncapi" directive takes one path, behind the methods



=== TEST 5: a path in front of a method
--- locations
location = /t { asyncapi /a GET { } }
--- refused
1: "asyncapi" directive takes one path, behind the methods



=== TEST 6: an empty word
--- locations
location = /t { asyncapi "" { } }
--- refused
1: "" is neither a method (GET HEAD POST PUT PATCH DELETE OPTIONS) nor a path that begins with "/"



=== TEST 7: an endpoint without a block
--- locations
location = /t { asyncapi GET; }
--- refused
1: directive "asyncapi" has no opening "{"



=== TEST 8: an endpoint outside of a location
--- locations
asyncapi { sleep a 1s; }
--- refused
1: "asyncapi" directive is not allowed here



=== TEST 9: an endpoint in an "if"
--- locations
location /t { if ($arg_x) { asyncapi { } } }
--- refused
1: "asyncapi" directive is not allowed here



=== TEST 10: an endpoint in a limit_except
--- locations
location /t { limit_except GET { asyncapi { } } }
--- refused
1: "asyncapi" directive is not allowed here



=== TEST 11: an endpoint in an endpoint
--- locations
asyncapi { }
--- refused
1: "asyncapi" directive is not allowed here



=== TEST 12: a parameter of a path without a name
--- locations
location = /t { asyncapi /a/: { } }
--- refused
1: ":" names no parameter: write ":" and letters, digits and "_" as the whole segment



=== TEST 13: a parameter of a path that begins with a digit
--- locations
location = /t { asyncapi /a/:1 { } }
--- refused
1: ":1" names no parameter: write ":" and letters, digits and "_" as the whole segment



=== TEST 14: a parameter that is a part of its segment
--- locations
location = /t { asyncapi /a/:a.json { } }
--- refused
1: ":a.json" names no parameter: write ":" and letters, digits and "_" as the whole segment



=== TEST 15: a rest that is not at the end
--- locations
location = /t { asyncapi /a/*rest/b { } }
--- refused
1: "asyncapi" directive can have "*name" at its end only



=== TEST 16: two parameters of one name
--- locations
location = /t { asyncapi /a/:x/*x { } }
--- refused
1: the name "x" is taken in this endpoint: give the parameter another name



=== TEST 17: a parameter with a name that has its meaning
--- locations
location = /t { asyncapi /a/:item { } }
--- refused
1: the name "item" is taken in this endpoint: give the parameter another name



=== TEST 18: a parameter in braces
--- locations
location = /t { asyncapi "/a/{x}" { } }
--- refused
1: "asyncapi" directive has braces in its path: write ":name" for a parameter



=== TEST 19: a query in a path
--- locations
location = /t { asyncapi "/a?b=:c" { } }
--- refused
1: "asyncapi" directive has "?" or "#" in its path, which ends before them



=== TEST 20: an encoded path
--- locations
location = /t { asyncapi /a%20b { } }
--- refused
1: "asyncapi" directive has "%" in its path, which is compared decoded: write the character itself



=== TEST 21: a dot segment in a path
--- locations
location = /t { asyncapi /a/../b { } }
--- refused
1: "asyncapi" directive has a dot segment in its path, which nginx resolves before



=== TEST 22: a second endpoint of the same methods
--- locations
location /t {
    asyncapi { sleep a 1s; }
    asyncapi GET { sleep b 1s; }
}
--- refused
3: "asyncapi" directive is never reached: a block above it answers all that it could, write it above that



=== TEST 23: a special path below one that takes it
--- locations
location /t {
    asyncapi GET /t/:id { sleep a 1s; }
    asyncapi GET POST /t/special { sleep b 1s; }
    asyncapi POST /t/:x { sleep b 1s; }
    asyncapi HEAD /t/other { sleep b 1s; }
}
--- refused
5: "asyncapi" directive is never reached: a block above it answers all that it could, write it above that



=== TEST 24: a path below a rest that takes it
--- locations
location /t {
    asyncapi GET /t/*rest { sleep a 1s; }
    asyncapi GET /t/a/:b { sleep b 1s; }
}
--- refused
3: "asyncapi" directive is never reached: a block above it answers all that it could, write it above that



=== TEST 25: an unknown statement
--- statements
summary x;
sleepy a 1s;
--- refused
2: unknown directive "sleepy"



=== TEST 26: a directive of nginx as a statement
--- statements
proxy_pass http://127.0.0.1;
--- refused
1: "proxy_pass" directive is not allowed here



=== TEST 27: a statement outside of an endpoint
--- locations
location = /t { sleep a 1s; }
--- refused
1: "sleep" directive is not allowed here



=== TEST 28: a respond outside of an endpoint
--- locations
location = /t { respond 1; }
--- refused
1: "respond" directive is not allowed here



=== TEST 29: a let outside of an endpoint
--- locations
location = /t { let $a b; }
--- refused
1: "let" directive belongs into an "asyncapi" block



=== TEST 30: a timeout outside of an endpoint
--- locations
location = /t { timeout 1s; }
--- refused
1: "timeout" directive is not allowed here



=== TEST 31: an include without a file
--- statements
include;
--- refused
1: invalid number of arguments in "include" directive



=== TEST 32: a summary in two words
--- statements
summary a b;
--- refused
1: invalid number of arguments in "summary" directive



=== TEST 33: two summaries
--- statements
summary a;
summary b;
--- refused
2: "summary" directive is duplicate



=== TEST 34: two descriptions
--- statements
description a; description b;
--- refused
1: "description" directive is duplicate



=== TEST 35: two operation_ids
--- statements
operation_id a; operation_id b;
--- refused
1: "operation_id" directive is duplicate



=== TEST 36: a tag without a name
--- statements
tag;
--- refused
1: invalid number of arguments in "tag" directive



=== TEST 37: a deprecated with a word
--- statements
deprecated yes;
--- refused
1: invalid number of arguments in "deprecated" directive



=== TEST 38: a block where there is none
--- statements
summary x { }
--- refused
1: directive "summary" is not terminated by ";"



=== TEST 39: a timeout of nothing
--- statements
timeout 0;
--- refused
1: "timeout" directive needs a time: write for instance 800ms or 5s



=== TEST 40: a timeout that is no time
--- statements
timeout soon;
--- refused
1: "timeout" directive needs a time: write for instance 800ms or 5s



=== TEST 41: two timeouts
--- statements
timeout 1s;
timeout 2s;
--- refused
2: "timeout" directive is duplicate



=== TEST 42: a timeout in a group
--- statements
gather g { timeout 1s; sleep a 1s; }
--- refused
1: "timeout" directive belongs outside of groups: write it as an option of the group



=== TEST 43: a respond in a group
--- statements
gather g { respond 1; sleep a 1s; }
--- refused
1: "respond" directive belongs outside of groups



=== TEST 44: a let in a group
--- statements
gather g { let $x 1; sleep a 1s; }
--- refused
1: "let" directive belongs outside of groups



=== TEST 45: documentation in a group
--- statements
gather g { summary x; sleep a 1s; }
--- refused
1: "summary" directive belongs outside of groups



=== TEST 46: a tag in a group
--- statements
gather g { tag x; sleep a 1s; }
--- refused
1: "tag" directive belongs outside of groups



=== TEST 47: deprecated in a group
--- statements
gather g { deprecated; sleep a 1s; }
--- refused
1: "deprecated" directive belongs outside of groups



=== TEST 48: a semicolon that is missing
--- statements
sleep a 1s
--- refused
2: unexpected "}"



=== TEST 49: a deadline of nothing for all endpoints
--- locations
asyncapi_timeout 0;
--- refused
1: "asyncapi_timeout" directive needs a time: write for instance 800ms or 5s



=== TEST 50: a deadline for all endpoints that is no time
--- locations
asyncapi_timeout soon;
--- refused
1: "asyncapi_timeout" directive invalid value



=== TEST 51: a deadline for all endpoints twice
--- locations
asyncapi_timeout 1s;
asyncapi_timeout 2s;
--- refused
2: "asyncapi_timeout" directive is duplicate



=== TEST 52: a switch that is neither on nor off
--- locations
asyncapi_ignore_client_abort maybe;
--- refused
1: invalid value "maybe" in "asyncapi_ignore_client_abort" directive, it must be "on" or "off"



=== TEST 53: an error detail without a word
--- locations
asyncapi_error_detail;
--- refused
1: invalid number of arguments in "asyncapi_error_detail" directive



=== TEST 54: a path that is taken for what follows the location's is warned of
--- config
    location /users/ { asyncapi GET /:id { sleep a 1ms; } }
--- suppress_stderr
--- request
    GET /users/1
--- error_code: 404
--- error_log
[warn]
the path "/:id" lies outside of its location: no request for it comes here



=== TEST 55: a path that its location never sees is warned of
--- config
    location = /t { asyncapi GET /t { sleep a 1ms; } asyncapi GET /t/:x { sleep b 1ms; } }
--- suppress_stderr
--- request
    GET /t
--- error_log eval
qr{\[warn\] .*the path "/t/:x" lies outside of its location}



=== TEST 56: paths of their location are not warned of
--- config
    location /users {
        asyncapi GET /users { sleep a 1ms; }
        asyncapi GET /users/:id/x { sleep a 1ms; }
        asyncapi GET /users-of/:id { sleep a 1ms; }
        asyncapi GET /*all { sleep a 1ms; }
    }
    location = /t/ { asyncapi GET /t/ { sleep a 1ms; } asyncapi POST /:x/ { sleep b 1ms; } }
    location ~ ^/re { asyncapi GET /re/:x { sleep a 1ms; } asyncapi GET /:x { sleep a 1ms; } }
    location @named { asyncapi GET /:x { sleep a 1ms; } }
--- request
    GET /users
--- no_error_log
[warn]



=== TEST 57: a location is not proxied as well
--- locations
location /t/ {
    asyncapi { sleep a 1ms; }
    proxy_pass http://127.0.0.1:1;
}
--- refused
2: another directive of the location "/t/" answers in place of this one: give it a location of its own



=== TEST 58: nor with the endpoint below
--- locations
location /t/ {
    proxy_pass http://127.0.0.1:1;
    asyncapi { sleep a 1ms; }
}
--- refused
3: "asyncapi" directive can't stand beside what answers the location already: give it a location of its own



=== TEST 59: an "if" of the location may be
--- config
    location /t/ {
        asyncapi { sleep a 1ms 1; }

        if ($arg_legacy) {
            proxy_pass http://127.0.0.1:$server_port/old;
        }
    }
    location = /old { return 200 "old\n"; }
--- request eval
["GET /t/", "GET /t/?legacy=1"]
--- response_body eval
['{"a":1}', "old\n"]

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



=== TEST 49: a status that HTTP has not
--- statements
respond 600 1;
--- refused
1: "respond" directive needs a status from 200 to 599



=== TEST 50: a status that ends nothing
--- statements
respond 100 1;
--- refused
1: "respond" directive needs a status from 200 to 599



=== TEST 51: a body where there can be none
--- statements
respond 204 '{}';
--- refused
1: "respond" directive with status 204 or 304 has no body: take the template away



=== TEST 52: a second answer without a condition
--- statements
respond if=$arg_a 1;
respond 2;
respond 3;
--- refused
3: "respond" directive is never reached: the one above it has no "if="



=== TEST 53: a template that is not in quotes
--- statements
respond 200 "a" b;
--- refused
1: "b" is one word too many in "respond": put the whole template in quotes



=== TEST 54: a template with braces that is not in quotes
--- statements
respond { "a": 1 };
--- refused
1: "respond" directive has "{" outside of quotes: put the whole template in quotes



=== TEST 55: an empty condition of an answer
--- statements
respond if= 1;
--- refused
1: "respond" directive has an "if=" that is no reference: write if=$name, or if=$name.key



=== TEST 56: a condition of an answer that is no reference
--- statements
respond if=!!$arg_a 1;
--- refused
1: "respond" directive has an "if=" that is no reference: write if=$name, or if=$name.key



=== TEST 57: a condition of an answer with text behind it
--- statements
respond if=$arg_a==1 1;
--- refused
1: "respond" directive has an "if=" that is no reference: write if=$name, or if=$name.key



=== TEST 58: a type that is none
--- statements
respond type=json 1;
--- refused
1: "respond" directive has a "type=" that is none: write for instance text/plain



=== TEST 59: a type that would be two headers
--- statements
respond "type=text/plain\r\nX: y" 1;
--- refused
1: "respond" directive has a "type=" that is none: write for instance text/plain



=== TEST 60: an answer that is not JSON and says nothing
--- statements
respond type=text/plain;
--- refused
1: "respond" directive with a "type=" that is not JSON needs a template



=== TEST 61: values in markup
--- statements
respond type=text/html "<p>$arg_x</p>";
--- refused
1: "respond" directive can't put values safely into a "type=" that browsers read as markup: answer JSON, or text/plain



=== TEST 62: values in a script
--- statements
respond "type=text/javascript; charset=utf-8" "x($arg_x)";
--- refused
1: "respond" directive can't put values safely into a "type=" that browsers read as markup: answer JSON, or text/plain



=== TEST 63: an answer after no task
--- statements
respond after= 1;
--- refused
1: "respond" directive "after=" needs a list of tasks, for instance after=user,orders



=== TEST 64: an answer after an unknown task
--- statements
sleep a 1s;
respond after=a,b '$a';
--- refused
2: "after=" names "b", which is no task, in "respond"



=== TEST 65: a let that is no variable
--- statements
let a 1;
--- refused
1: "let" directive needs a variable: write let $name and what it is made of



=== TEST 66: a let without a name
--- statements
let $ 1;
--- refused
1: "let" directive needs a variable: write let $name and what it is made of



=== TEST 67: a let with a name that can't be one
--- statements
let $a-b 1;
--- refused
1: "let" directive needs a variable of letters, digits and "_"



=== TEST 68: a let in braces
--- statements
let ${a} 1;
--- refused
1: "let" directive needs a variable of letters, digits and "_"



=== TEST 69: a let of two words
--- statements
let $a 1 2;
--- refused
1: invalid number of arguments in "let" directive



=== TEST 70: a let twice
--- statements
let $a 1;
let $A 2;
--- refused
2: the name "A" is taken in this endpoint: give the variable another name



=== TEST 71: a let of a task's name
--- statements
sleep a 1s;
let $a 1;
--- refused
2: the name "a" is taken in this endpoint: give the variable another name



=== TEST 72: a task of a let's name
--- statements
let $a 1;
gather g { sleep a 1s; }
--- refused
2: the name "a" is taken in this endpoint: give the sleep another name



=== TEST 73: a let of a parameter's name
--- locations
location /t { asyncapi /t/:a { let $a 1; } }
--- refused
1: the name "a" is taken in this endpoint: give the variable another name



=== TEST 74: a let of a name that has its meaning
--- statements
let $index 1;
--- refused
1: the name "index" is taken in this endpoint: give the variable another name



=== TEST 75: a let of a variable of nginx
--- statements
let $host 1;
--- refused
1: the duplicate "host" variable



=== TEST 76: a let that would hide an argument
--- statements
let $arg_x 1;
--- refused
1: "$arg_x" is a variable already: give the let another name



=== TEST 77: a let that would hide a header
--- statements
let $HTTP_x 1;
--- refused
1: "$HTTP_x" is a variable already: give the let another name



=== TEST 78: a let of a variable that is set
--- locations
location = /t {
    set $v 1;
    asyncapi { let $v 2; }
}
--- refused
3: "$v" is a variable already: give the let another name



=== TEST 79: a let that refers to one below it
--- statements
sleep t 1s;
let $a "$t $b";
let $b 1;
--- refused
2: "let $a" refers to "$b", which is set below: write it above



=== TEST 80: a let that refers to itself
--- statements
let $a $a;
--- refused
1: "let $a" refers to "$a", which is set below: write it above



=== TEST 81: a deadline of nothing for all endpoints
--- locations
asyncapi_timeout 0;
--- refused
1: "asyncapi_timeout" directive needs a time: write for instance 800ms or 5s



=== TEST 82: a deadline for all endpoints that is no time
--- locations
asyncapi_timeout soon;
--- refused
1: "asyncapi_timeout" directive invalid value



=== TEST 83: a deadline for all endpoints twice
--- locations
asyncapi_timeout 1s;
asyncapi_timeout 2s;
--- refused
2: "asyncapi_timeout" directive is duplicate



=== TEST 84: a switch that is neither on nor off
--- locations
asyncapi_ignore_client_abort maybe;
--- refused
1: invalid value "maybe" in "asyncapi_ignore_client_abort" directive, it must be "on" or "off"



=== TEST 85: an error detail without a word
--- locations
asyncapi_error_detail;
--- refused
1: invalid number of arguments in "asyncapi_error_detail" directive



=== TEST 86: a path that is taken for what follows the location's is warned of
--- config
    location /users/ { asyncapi GET /:id { sleep a 1ms; } }
--- suppress_stderr
--- request
    GET /users/1
--- error_code: 404
--- error_log
[warn]
the path "/:id" lies outside of its location: no request for it comes here



=== TEST 87: a path that its location never sees is warned of
--- config
    location = /t { asyncapi GET /t { sleep a 1ms; } asyncapi GET /t/:x { sleep b 1ms; } }
--- suppress_stderr
--- request
    GET /t
--- error_log eval
qr{\[warn\] .*the path "/t/:x" lies outside of its location}



=== TEST 88: paths of their location are not warned of
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

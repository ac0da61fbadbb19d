use lib 't/lib';
use AsyncAPI;

run_tests();

__DATA__

=== TEST 1: a status that HTTP has not
--- statements
respond 600 1;
--- refused
1: "respond" directive needs a status from 200 to 599



=== TEST 2: a status that ends nothing
--- statements
respond 100 1;
--- refused
1: "respond" directive needs a status from 200 to 599



=== TEST 3: a body where there can be none
--- statements
respond 204 '{}';
--- refused
1: "respond" directive with status 204 or 304 has no body: take the template away



=== TEST 4: a second answer without a condition
--- statements
respond if=$arg_a 1;
respond 2;
respond 3;
--- refused
3: "respond" directive is never reached: the one above it has no "if="



=== TEST 5: a template that is not in quotes
--- statements
respond 200 "a" b;
--- refused
1: "b" is one word too many in "respond": put the whole template in quotes



=== TEST 6: a template with braces that is not in quotes
--- statements
respond { "a": 1 };
--- refused
1: "respond" directive has "{" outside of quotes: put the whole template in quotes



=== TEST 7: an empty condition of an answer
--- statements
respond if= 1;
--- refused
1: "respond" directive has an "if=" that is no reference: write if=$name, or if=$name.key



=== TEST 8: a condition of an answer that is no reference
--- statements
respond if=!!$arg_a 1;
--- refused
1: "respond" directive has an "if=" that is no reference: write if=$name, or if=$name.key



=== TEST 9: a condition of an answer with text behind it
--- statements
respond if=$arg_a==1 1;
--- refused
1: "respond" directive has an "if=" that is no reference: write if=$name, or if=$name.key



=== TEST 10: a type that is none
--- statements
respond type=json 1;
--- refused
1: "respond" directive has a "type=" that is none: write for instance text/plain



=== TEST 11: a type that would be two headers
--- statements
respond "type=text/plain\r\nX: y" 1;
--- refused
1: "respond" directive has a "type=" that is none: write for instance text/plain



=== TEST 12: an answer that is not JSON and says nothing
--- statements
respond type=text/plain;
--- refused
1: "respond" directive with a "type=" that is not JSON needs a template



=== TEST 13: values in markup
--- statements
respond type=text/html "<p>$arg_x</p>";
--- refused
1: "respond" directive can't put values safely into a "type=" that browsers read as markup: answer JSON, or text/plain



=== TEST 14: values in a script
--- statements
respond "type=text/javascript; charset=utf-8" "x($arg_x)";
--- refused
1: "respond" directive can't put values safely into a "type=" that browsers read as markup: answer JSON, or text/plain



=== TEST 15: an answer after no task
--- statements
respond after= 1;
--- refused
1: "respond" directive "after=" needs a list of tasks, for instance after=user,orders



=== TEST 16: an answer after an unknown task
--- statements
sleep a 1s;
respond after=a,b '$a';
--- refused
2: "after=" names "b", which is no task, in "respond"



=== TEST 17: a let that is no variable
--- statements
let a 1;
--- refused
1: "let" directive needs a variable: write let $name and what it is made of



=== TEST 18: a let without a name
--- statements
let $ 1;
--- refused
1: "let" directive needs a variable: write let $name and what it is made of



=== TEST 19: a let with a name that can't be one
--- statements
let $a-b 1;
--- refused
1: "let" directive needs a variable of letters, digits and "_"



=== TEST 20: a let in braces
--- statements
let ${a} 1;
--- refused
1: "let" directive needs a variable of letters, digits and "_"



=== TEST 21: a let of two words
--- statements
let $a 1 2;
--- refused
1: invalid number of arguments in "let" directive



=== TEST 22: a let twice
--- statements
let $a 1;
let $A 2;
--- refused
2: the name "A" is taken in this endpoint: give the variable another name



=== TEST 23: a let of a task's name
--- statements
sleep a 1s;
let $a 1;
--- refused
2: the name "a" is taken in this endpoint: give the variable another name



=== TEST 24: a task of a let's name
--- statements
let $a 1;
gather g { sleep a 1s; }
--- refused
2: the name "a" is taken in this endpoint: give the sleep another name



=== TEST 25: a let of a parameter's name
--- locations
location /t { asyncapi /t/:a { let $a 1; } }
--- refused
1: the name "a" is taken in this endpoint: give the variable another name



=== TEST 26: a let of a name that has its meaning
--- statements
let $index 1;
--- refused
1: the name "index" is taken in this endpoint: give the variable another name



=== TEST 27: a let of a variable of nginx
--- statements
let $host 1;
--- refused
1: the duplicate "host" variable



=== TEST 28: a let that would hide an argument
--- statements
let $arg_x 1;
--- refused
1: "$arg_x" is a variable already: give the let another name



=== TEST 29: a let that would hide a header
--- statements
let $HTTP_x 1;
--- refused
1: "$HTTP_x" is a variable already: give the let another name



=== TEST 30: a let of a variable that is set
--- locations
location = /t {
    set $v 1;
    asyncapi { let $v 2; }
}
--- refused
3: "$v" is a variable already: give the let another name



=== TEST 31: a let that refers to one below it
--- statements
sleep t 1s;
let $a "$t $b";
let $b 1;
--- refused
2: "let $a" refers to "$b", which is set below: write it above



=== TEST 32: a let that refers to itself
--- statements
let $a $a;
--- refused
1: "let $a" refers to "$a", which is set below: write it above

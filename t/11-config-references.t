use lib 't/lib';
use AsyncAPI;

run_tests();

__DATA__

=== TEST 1: an unknown name in a value
--- statements
sleep a 1s "$nope";
--- refused
1: "$nope" is no task, parameter, let or nginx variable (write $$ for a dollar) in "a"



=== TEST 2: an unknown name in an answer
--- statements
sleep a 1s;
respond '{"a":$a,"b":$nope}';
--- refused
2: "$nope" is no task, parameter, let or nginx variable (write $$ for a dollar) in "respond"



=== TEST 3: an unknown name in a let
--- statements
let $x "$nope";
--- refused
1: "$nope" is no task, parameter, let or nginx variable (write $$ for a dollar) in "x"



=== TEST 4: an unknown name in a condition
--- statements
sleep a if=$nope 1s;
--- refused
1: "$nope" is no task, parameter, let or nginx variable (write $$ for a dollar) in "a"



=== TEST 5: an unknown name in a condition of an answer
--- statements
respond if=!$nope 1;
--- refused
1: "$nope" is no task, parameter, let or nginx variable (write $$ for a dollar) in "respond"



=== TEST 6: an unknown name in an each
--- statements
sleep a each=$nope 1s;
--- refused
1: "$nope" is no task, parameter, let or nginx variable (write $$ for a dollar) in "a"



=== TEST 7: a task of another endpoint
--- locations
location /t {
    asyncapi /t/a { sleep a 1s; }
    asyncapi /t/b { sleep b 1s $a; }
}
--- refused
3: "$a" is no task, parameter, let or nginx variable (write $$ for a dollar) in "b"



=== TEST 8: a let of another endpoint
--- locations
location /t {
    asyncapi /t/a { let $v 1; }
}
location /u {
    asyncapi /u/:v { respond '$v'; }
    asyncapi /u { sleep v 1s; respond '$V'; }
    asyncapi POST { respond '$w'; }
}
--- refused
7: "$w" is no task, parameter, let or nginx variable (write $$ for a dollar) in "respond"



=== TEST 9: a member of an unknown name
--- statements
respond '{"a":$nope.b}';
--- refused
1: "$nope.b" has no members, an nginx variable is text (text after it stands in a string only, and after the braces) in "respond"



=== TEST 10: a member of a variable of nginx
--- statements
respond '{"a":$host.name}';
--- refused
1: "$host.name" has no members, an nginx variable is text (text after it stands in a string only, and after the braces) in "respond"



=== TEST 11: a member of a variable of nginx in braces
--- statements
respond '{"a":"${host.name}"}';
--- refused
1: "${host.name}" has no members, an nginx variable is text (text after it stands in a string only, and after the braces) in "respond"



=== TEST 12: a member of a parameter
--- locations
location /t { asyncapi /t/:id { respond '{"a":$id[0]}'; } }
--- refused
1: "$id[0]" has no members, it is a single value (text after it stands in a string only, and after the braces) in "respond"



=== TEST 13: a status of a parameter
--- locations
location /t { asyncapi /t/:id { respond '{"a":$id:status}'; } }
--- refused
1: "$id:status" has no members, it is a single value (text after it stands in a string only, and after the braces) in "respond"



=== TEST 14: a status of an element
--- statements
sleep l 1s;
sleep a each=$l 1s '[$item:status]';
--- refused
2: "$item:status" has no status and no headers, only a task has (text after it stands in a string only) in "a"



=== TEST 15: a condition on the status of an element
--- statements
sleep l 1s;
sleep a each=$l if=$item:status 1s 1;
--- refused
2: "$item:status" has no status and no headers, only a task has (text after it stands in a string only) in "a"



=== TEST 16: a spread of a variable of nginx
--- statements
respond '{ ...$args }';
--- refused
1: "$args" can't be spread, an nginx variable is text in "respond"



=== TEST 17: a task inside of a group
--- statements
gather g { sleep a 1s; }
respond '$a';
--- refused
2: "$a" is inside of "g": write "$g.a", or "after=g", in "respond"



=== TEST 18: a task inside of a group in a group
--- statements
gather g { gather h { sleep a 1s; } }
sleep b 1s "x${a.b}";
--- refused
2: "$a" is inside of "g": write "$g.h.a", or "after=g", in "b"



=== TEST 19: a task inside of a group beside it
--- statements
gather g {
    gather h { sleep a 1s; }
    sleep c if=$a 1s;
}
--- refused
3: "$a" is inside of "h": write "$h.a", or "after=h", in "c"



=== TEST 20: a task inside of a group in another group
--- statements
gather g { gather h { sleep a 1s; } }
gather i { gather j { sleep c each=$a 1s; } }
--- refused
2: "$a" is inside of "g": write "$g.h.a", or "after=g", in "c"



=== TEST 21: a task inside of a group in a let
--- statements
let $x "$a";
gather g { sleep a 1s; }
--- refused
1: "$a" is inside of "g": write "$g.a", or "after=g", in "x"



=== TEST 22: an element outside of each
--- statements
sleep a 1s $item;
--- refused
1: "$item" stands in no task with "each=" in "a"



=== TEST 23: an element in an answer
--- statements
sleep l 1s;
sleep a each=$l 1s $item;
respond '[$a,$item.x]';
--- refused
3: "$item.x" stands in no task with "each=" in "respond"



=== TEST 24: an index outside of each
--- statements
respond '{"i":"$index"}';
--- refused
1: "$index" stands in no task with "each=" in "respond"



=== TEST 25: an element in a let
--- statements
let $x "$item";
--- refused
1: "$item" stands in no task with "each=" in "x"



=== TEST 26: an element in an each of its own
--- statements
sleep a each=$item 1s;
--- refused
1: "$item" stands in no task with "each=" in "a"



=== TEST 27: an element of the group beside it
--- statements
sleep l 1s;
gather g each=$l { sleep x 1s; }
sleep y 1s $item;
--- refused
3: "$item" stands in no task with "each=" in "y"



=== TEST 28: a template that is a word
--- statements
respond hello;
--- refused
1: expected a JSON value (write text in double quotes, a reference as $name) near "hello" in "respond"



=== TEST 29: a template in single quotes of its own
--- statements
respond "{'a':1}";
--- refused
1: expected a member's name in double quotes, or ...$name, near "'a':1}" in "respond"



=== TEST 30: a template without a value
--- statements
respond '{"a":}';
--- refused
1: expected a JSON value near "}" in "respond"



=== TEST 31: a template without a colon
--- statements
respond '{"a" 1}';
--- refused
1: expected ":" after a member's name near "1}" in "respond"



=== TEST 32: a template without a comma
--- statements
respond '[1 2]';
--- refused
1: expected "," or "]" near "2]" in "respond"



=== TEST 33: a template without an end
--- statements
respond '{"a":[1,2';
--- refused
1: expected "," or "]" near "{"a":[1,2" in "respond"



=== TEST 34: a template with a comma that is too many
--- statements
respond '[1,2,]';
--- refused
1: comma with nothing after it near ",]" in "respond"



=== TEST 35: a template with text behind it
--- statements
respond '{"a":1} x';
--- refused
1: unexpected text after the JSON value near "x" in "respond"



=== TEST 36: a template with two values
--- statements
sleep a 1s;
respond '$a $a';
--- refused
2: unexpected text after the JSON value near "$a" in "respond"



=== TEST 37: a template with text behind a reference
--- statements
sleep a 1s;
respond '{"a":$a.x-1}';
--- refused
2: text after a reference (write both in double quotes) near "-1}" in "respond"



=== TEST 38: a template with a number that is none
--- statements
respond '{"a":01}';
--- refused
1: invalid number (write text in double quotes) near "01}" in "respond"



=== TEST 39: a template with a string that does not end
--- statements
respond '{"a":"x}';
--- refused
1: unterminated string near ""x}" in "respond"



=== TEST 40: a template with an escape that is none
--- statements
respond '{"a":"\x"}';
--- refused
1: invalid escape near "\x"}" in "respond"



=== TEST 41: a template with a member twice
--- statements
respond '{"a":1,"b":2,"a":3}';
--- refused
1: member written twice near ""a":3}" in "respond"



=== TEST 42: a spread of text
--- statements
respond '{ ..."a" }';
--- refused
1: expected ...$name near "..."a" }" in "respond"



=== TEST 43: a spread outside of an object
--- statements
sleep a 1s;
respond '...$a';
--- refused
2: spread outside of an object and an array near "...$a" in "respond"



=== TEST 44: a spread as a value
--- statements
sleep a 1s;
respond '{"a":...$a}';
--- refused
2: spread outside of an object and an array near "...$a}" in "respond"



=== TEST 45: a dollar without a name
--- statements
respond '{"a":"costs 5$"}';
--- refused
1: no name after the dollar (write $$ for a dollar) near "$"}" in "respond"



=== TEST 46: a dollar without a name in a sleep
--- statements
sleep a 1s "5$";
--- refused
1: no name after the dollar (write $$ for a dollar) near "$" in sleep "a"



=== TEST 47: a dollar without a name in a let
--- statements
let $a "5$ ";
--- refused
1: no name after the dollar (write $$ for a dollar) near "$ " in "$a"



=== TEST 48: braces that do not end
--- statements
respond '{"a":"${host"}';
--- refused
1: expected "}" at the end of ${...} near ""}" in "respond"



=== TEST 49: braces with other signs in them
--- statements
sleep a 1s;
respond '{"a":"${a-b}"}';
--- refused
2: expected "}" at the end of ${...} near "-b}"}" in "respond"



=== TEST 50: an empty template
--- statements
respond "";
--- refused
1: expected a JSON value near "" in "respond"



=== TEST 51: an empty answer in braces of nginx
--- statements
respond {};
--- refused
1: "respond" directive has "{" outside of quotes: put the whole template in quotes



=== TEST 52: a task that waits for itself
--- statements
sleep a 1s $a;
--- refused
1: tasks wait for each other (a -> a): take one of the references away



=== TEST 53: a task that comes after itself
--- statements
sleep a after=a 1s;
--- refused
1: tasks wait for each other (a -> a): take one of the references away



=== TEST 54: a task that repeats itself
--- statements
sleep a each=$a 1s;
--- refused
1: tasks wait for each other (a -> a): take one of the references away



=== TEST 55: tasks that wait for each other
--- statements
sleep x 1s;
sleep a 1s $b;
sleep b 1s $a;
--- refused
2: tasks wait for each other (a -> b -> a): take one of the references away



=== TEST 56: tasks that wait for each other through every sort of reference
--- statements
sleep a after=b 1s;
sleep b each=$c.x 1s;
sleep c if=!$d 1s;
sleep d 1s '{"a":["$a"]}';
--- refused
1: tasks wait for each other (a -> b -> c -> d -> a): take one of the references away



=== TEST 57: a task that waits for its group
--- statements
gather g { sleep a 1s $g; }
--- refused
1: tasks wait for each other (g -> a -> g): take one of the references away



=== TEST 58: a task that comes after the group around its group
--- statements
gather g { race r { sleep a after=g 1s; } }
--- refused
1: tasks wait for each other (g -> r -> a -> g): take one of the references away



=== TEST 59: a group whose task waits for one that waits for it
--- statements
sleep b 1s $g;
gather g { sleep a 1s $b; }
--- refused
1: tasks wait for each other (b -> g -> a -> b): take one of the references away



=== TEST 60: groups whose tasks wait for each other's group
--- statements
gather g { sleep a 1s $h.b; }
gather h { sleep b 1s $g.a; }
--- refused
1: tasks wait for each other (g -> a -> h -> b -> g): take one of the references away



=== TEST 61: tasks of a group that wait for each other
--- statements
gather g {
    sleep a 1s $b;
    sleep b 1s $a;
}
--- refused
2: tasks wait for each other (a -> b -> a): take one of the references away



=== TEST 62: a task whose group waits for what waits for it
--- statements
gather g after=b { sleep a 1s; }
sleep b 1s $g;
--- refused
1: tasks wait for each other (g -> b -> g): take one of the references away



=== TEST 63: a task that waits for itself through a let
--- statements
let $v "$a.x";
sleep a if=$v 1s;
--- refused
2: tasks wait for each other (a -> a): take one of the references away



=== TEST 64: tasks that wait for each other through lets of lets
--- statements
let $v "$b";
let $w "[$v]";
sleep a 1s '"$w"';
sleep b after=a 1s;
--- refused
3: tasks wait for each other (a -> b -> a): take one of the references away

use lib 't/lib';
use AsyncAPI;

run_tests();

__DATA__

=== TEST 1: a task without a name
--- statements
sleep;
--- refused
1: invalid number of arguments in "sleep" directive



=== TEST 2: a name that begins with a digit
--- statements
sleep 1a 1s;
--- refused
1: "1a" can't be the name of a task: write letters, digits and "_", beginning with a letter



=== TEST 3: a name with other signs in it
--- statements
sleep a-b 1s;
--- refused
1: "a-b" can't be the name of a task: write letters, digits and "_", beginning with a letter



=== TEST 4: a name with a dollar
--- statements
sleep $a 1s;
--- refused
1: "$a" can't be the name of a task: write letters, digits and "_", beginning with a letter



=== TEST 5: an empty name
--- statements
sleep "" 1s;
--- refused
1: "" can't be the name of a task: write letters, digits and "_", beginning with a letter



=== TEST 6: a name that has its meaning
--- statements
sleep body 1s;
--- refused
1: the name "body" is taken in this endpoint: give the sleep another name



=== TEST 7: a name twice
--- statements
sleep a 1s;
sleep a 1s;
--- refused
2: the name "a" is taken in this endpoint: give the sleep another name



=== TEST 8: a name that a group has inside
--- statements
gather g { sleep a 1s; }
race a { sleep b 1s; }
--- refused
2: the name "a" is taken in this endpoint: give the race another name



=== TEST 9: a name in two groups
--- statements
gather g { sleep a 1s; }
gather h { gather i { sleep a 1s; } }
--- refused
2: the name "a" is taken in this endpoint: give the sleep another name



=== TEST 10: a name of the group around it
--- statements
gather g { sleep g 1s; }
--- refused
1: the name "g" is taken in this endpoint: give the sleep another name



=== TEST 11: a name of a parameter
--- locations
location /t { asyncapi /t/:a { sleep a 1s; } }
--- refused
1: the name "a" is taken in this endpoint: give the sleep another name



=== TEST 12: a sleep without a time
--- statements
sleep a;
--- refused
1: needs a time: write for instance 300ms or 2s in sleep "a"



=== TEST 13: a sleep with an option for its time
--- statements
sleep a timeout=1s;
--- refused
1: needs a time: write for instance 300ms or 2s in sleep "a"



=== TEST 14: a sleep of no time
--- statements
sleep a soon;
--- refused
1: "soon" is no time: write for instance 300ms or 2s in sleep "a"



=== TEST 15: a sleep of a negative time
--- statements
sleep a -1s;
--- refused
1: "-1s" is no time: write for instance 300ms or 2s in sleep "a"



=== TEST 16: a sleep of a time that is too long
--- statements
sleep a 99999999999999999999s;
--- refused
1: "99999999999999999999s" is no time: write for instance 300ms or 2s in sleep "a"



=== TEST 17: a sleep with several values
--- statements
sleep a 1s
    two
    words;
--- refused
3: takes a time and one value: put the value in quotes in sleep "a"



=== TEST 18: a sleep with a value that is not in quotes
--- statements
sleep a 1s {"a":1};
--- refused
1: "1s" can't stand before "{": only options can (a value with "{" in it is quoted as a whole) in sleep "a"



=== TEST 19: a sleep with a block
--- statements
sleep a { }
--- refused
1: there is no "{ ... }" form of sleep in sleep "a"



=== TEST 20: a gather without tasks
--- statements
gather g;
--- refused
1: tasks in "{ ... }" must follow its name in gather "g"



=== TEST 21: a gather with words
--- statements
gather g 1s 2s;
--- refused
1: tasks in "{ ... }" must follow its name in gather "g"



=== TEST 22: a word before the block of a group
--- statements
gather g "x" default=1 { sleep a 1s; }
--- refused
1: "x" can't stand before "{": only options can (a value with "{" in it is quoted as a whole) in gather "g"



=== TEST 23: an empty gather
--- statements
gather g { }
--- refused
1: has no tasks: write at least one in its block in gather "g"



=== TEST 24: an empty race in a group
--- statements
gather g {
    race r {
    }
}
--- refused
2: has no tasks: write at least one in its block in race "r"



=== TEST 25: an unknown statement in a group
--- statements
gather g {
    sleep a 1s;
    foo b;
}
--- refused
3: unknown directive "foo"



=== TEST 26: an unknown option
--- statements
sleep a foo=1 1s;
--- refused
1: there is no option "foo=" for sleep in sleep "a"



=== TEST 27: an option of another kind
--- statements
sleep a method=POST 1s;
--- refused
1: there is no option "method=" for sleep in sleep "a"



=== TEST 28: an option twice
--- statements
sleep a timeout=1s timeout=2s 1s;
--- refused
1: option "timeout=2s": is duplicate in sleep "a"



=== TEST 29: a default twice
--- statements
sleep a default=1 default=2 1s;
--- refused
1: option "default=2": is duplicate in sleep "a"



=== TEST 30: a condition twice
--- statements
sleep a if=$arg_x if=!$arg_y 1s;
--- refused
1: option "if=!$arg_y": is duplicate in sleep "a"



=== TEST 31: a deadline of nothing
--- statements
sleep a timeout=0 1s;
--- refused
1: option "timeout=0": is no time: write for instance 300ms or 2s in sleep "a"



=== TEST 32: a deadline from a variable
--- statements
sleep a timeout=$arg_t 1s;
--- refused
1: option "timeout=$arg_t": is no time: write for instance 300ms or 2s in sleep "a"



=== TEST 33: an empty deadline
--- statements
gather g timeout= { sleep a 1s; }
--- refused
1: option "timeout=": is no time: write for instance 300ms or 2s in gather "g"



=== TEST 34: an empty default
--- statements
sleep a default= 1s;
--- refused
1: option "default=": is empty: nginx ends a word at "{" and ";", so put the whole word in quotes, as in 'default={}' in sleep "a"



=== TEST 35: a default without quotes around its braces
--- statements
sleep a default={} 1s;
--- refused
1: option "default=": is empty: nginx ends a word at "{" and ";", so put the whole word in quotes, as in 'default={}' in sleep "a"



=== TEST 36: a default that is a word
--- statements
sleep a default=none 1s;
--- refused
1: "default=none" is not JSON: expected a value at byte 0; a string needs quotes of its own: 'default="x"' in sleep "a"



=== TEST 37: a default with an end that is missing
--- statements
sleep a 'default={"a":[1,2}' 1s;
--- refused
1: "default={"a":[1,2}" is not JSON: expected "," or "]" at byte 9; a string needs quotes of its own: 'default="x"' in sleep "a"



=== TEST 38: a default with text behind it
--- statements
sleep a 'default=1 2' 1s;
--- refused
1: "default=1 2" is not JSON: unexpected text after the end at byte 2; a string needs quotes of its own: 'default="x"' in sleep "a"



=== TEST 39: a default with a leading zero
--- statements
sleep a default=01 1s;
--- refused
1: "default=01" is not JSON: number with a leading zero at byte 1; a string needs quotes of its own: 'default="x"' in sleep "a"



=== TEST 40: a default with half of a surrogate pair
--- statements
sleep a 'default="\ud800"' 1s;
--- refused
1: "default="\ud800"" is not JSON: half of a surrogate pair at byte 1; a string needs quotes of its own: 'default="x"' in sleep "a"



=== TEST 41: a default from another task
--- statements
sleep a default=$b 1s; sleep b 1s;
--- refused
1: "default=$b" is not JSON: expected a value at byte 0; a string needs quotes of its own: 'default="x"' in sleep "a"



=== TEST 42: an empty condition
--- statements
sleep a if= 1s;
--- refused
1: option "if=": is no reference: write $name, or $name.key in sleep "a"



=== TEST 43: a condition that is a word
--- statements
sleep a if=x 1s;
--- refused
1: option "if=x": is no reference: write $name, or $name.key in sleep "a"



=== TEST 44: a condition that compares
--- statements
sleep a if=$arg_x==1 1s;
--- refused
1: option "if=$arg_x==1": is no reference: write $name, or $name.key in sleep "a"



=== TEST 45: a condition with two negations
--- statements
sleep a if=!!$arg_x 1s;
--- refused
1: option "if=!!$arg_x": is no reference: write $name, or $name.key in sleep "a"



=== TEST 46: a condition with a path that does not end
--- statements
sleep b 1s;
sleep a 'if=$b["x' 1s;
--- refused
2: option "if=$b["x": is no reference: write $name, or $name.key in sleep "a"



=== TEST 47: a condition on a member of a variable
--- statements
sleep a if=$arg_x.y 1s;
--- refused
1: "$arg_x.y" has no members, an nginx variable is text (text after it stands in a string only, and after the braces) in "a"



=== TEST 48: an each of a list
--- statements
sleep a each=[1] 1s;
--- refused
1: option "each=[1]": is no reference: write $name, or $name.key in sleep "a"



=== TEST 49: an each of a negation
--- statements
sleep b 1s;
sleep a each=!$b 1s;
--- refused
2: option "each=!$b": is no array: take the "!" away in sleep "a"



=== TEST 50: a max= without an each=
--- statements
sleep a max=10 1s;
--- refused
1: "max=" and "concurrency=" need "each=" in sleep "a"



=== TEST 51: a concurrency= without an each=
--- statements
gather g concurrency=10 { sleep a 1s; }
--- refused
1: "max=" and "concurrency=" need "each=" in gather "g"



=== TEST 52: a max= of nothing
--- statements
sleep b 1s;
sleep a each=$b max=0 1s;
--- refused
2: option "max=0": is no number of elements: write for instance 100 in sleep "a"



=== TEST 53: a max= that is no number
--- statements
sleep b 1s;
sleep a each=$b max=1k 1s;
--- refused
2: option "max=1k": is no number of elements: write for instance 100 in sleep "a"



=== TEST 54: a concurrency= of nothing
--- statements
sleep b 1s;
sleep a concurrency=0 each=$b 1s;
--- refused
2: option "concurrency=0": is no number of elements: write for instance 16 in sleep "a"



=== TEST 55: a concurrency= that is too large for a number
--- statements
sleep b 1s;
sleep a concurrency=99999999999999999999 each=$b 1s;
--- refused
2: option "concurrency=99999999999999999999": is no number of elements: write for instance 16 in sleep "a"



=== TEST 56: an empty after=
--- statements
sleep a after= 1s;
--- refused
1: option "after=": is no list of tasks: write for instance after=user,orders in sleep "a"



=== TEST 57: an after= with an empty name in it
--- statements
sleep b 1s;
sleep a after=b,,b 1s;
--- refused
2: option "after=b,,b": is no list of tasks: write for instance after=user,orders in sleep "a"



=== TEST 58: an after= with a dollar
--- statements
sleep b 1s;
sleep a after=$b 1s;
--- refused
2: option "after=$b": is no list of tasks: write for instance after=user,orders in sleep "a"



=== TEST 59: an after= of an unknown task
--- statements
sleep a after=b 1s;
--- refused
1: "after=" names "b", which is no task, in "a"



=== TEST 60: an after= of a variable
--- statements
sleep a after=arg_x 1s;
--- refused
1: "after=" names "arg_x", which is no task, in "a"



=== TEST 61: an after= of a task inside of a group
--- statements
gather g { sleep c 1s; }
sleep a after=c 1s;
--- refused
2: "$c" is inside of "g": write "$g.c", or "after=g", in "a"



=== TEST 62: an empty pick=
--- statements
sleep a pick= 1s;
--- refused
1: option "pick=": is no list of members: write for instance a,b.c in sleep "a"



=== TEST 63: a pick= with an empty member
--- statements
sleep a pick=a..b,c 1s;
--- refused
1: option "pick=a..b,c": is no list of members: write for instance a,b.c in sleep "a"



=== TEST 64: an omit= that ends in a comma
--- statements
sleep a omit=a, 1s;
--- refused
1: option "omit=a,": is no list of members: write for instance a,b.c in sleep "a"



=== TEST 65: pick= and omit= together
--- statements
sleep a pick=a omit=b 1s;
--- refused
1: "pick=" and "omit=" exclude each other in sleep "a"



=== TEST 66: an as= of a kind whose results have one form
--- statements
sleep a as=text 1s;
--- refused
1: option "as=text": is not a form that a result of this kind can take in sleep "a"



=== TEST 67: groups in groups without an end
--- statements eval
"gather g1 {\n" . CORE::join("\n", map { "race g$_ {" } 2 .. 100)
. "sleep a 1s;" . "}" x 100 . "\n"
--- refused
65: groups are nested too deeply in race "g65"



=== TEST 68: groups as deep as they may be
--- config eval
"location = /t { asyncapi { " . CORE::join(" ", map { "gather g$_ {" } 1 .. 64)
. "sleep a 1ms '\$arg_x';" . "}" x 64 . "respond '{\"v\":\$g1" . CORE::join("", map { ".g$_" } 2 .. 64) . ".a}';} }"
--- request
    GET /t?x=1
--- response_body chomp
{"v":"1"}



=== TEST 69: a value that begins like JSON and is none is warned of
--- config
    location = /t { asyncapi { sleep a 1ms '{"n": 01}'; } }
--- suppress_stderr
--- request
    GET /t
--- response_body chomp
{"a":"{\"n\": 01}"}
--- error_log eval
qr/\[warn\] .*"\{"n": 01\}" is no JSON, and becomes a string: .* in sleep "a" in .*:\d+/



=== TEST 70: a value that is JSON, or any other text, is not warned of
--- config
    location = /t { asyncapi { sleep a 1ms '{"n": 1}'; sleep b 1ms 'text, {"n": 01}'; sleep c 1ms "[$arg_x]"; } }
--- request
    GET /t?x=1
--- response_body chomp
{"a":{"n":1},"b":"text, {\"n\": 01}","c":["1"]}
--- no_error_log
[warn]



=== TEST 71: a maximum result of nothing
--- locations
location /t { asyncapi_max_result 0; asyncapi { sleep a 1s; } }
--- refused
1: needs a size: write for instance 64k or 8m

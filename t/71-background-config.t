use lib 't/lib';
use AsyncAPI;

run_tests();

__DATA__

=== TEST 1: a background without tasks
--- statements
sleep a 1s;
background { }
--- refused
2: "background" directive has no tasks: write at least one in its block



=== TEST 2: two of them
--- statements
background { sleep a 1s; }
background { sleep b 1s; }
--- refused
2: "background" directive is duplicate: write all its tasks into one block



=== TEST 3: in itself
--- statements
background {
    background { sleep a 1s; }
}
--- refused
2: "background" directive belongs outside of "background"



=== TEST 4: in a group
--- statements
gather g { background { sleep a 1s; } }
--- refused
1: "background" directive belongs outside of groups



=== TEST 5: without a block
--- statements
background sleep a 1s;
--- refused
1: directive "background" has no opening "{"



=== TEST 6: an option that there is not
--- statements
background overflow=block { sleep a 1s; }
--- refused
1: "overflow=block" is no option of "background": write overflow=drop or overflow=wait



=== TEST 7: an option given twice
--- statements
background overflow=drop overflow=wait { sleep a 1s; }
--- refused
1: "background" directive has "overflow=" twice



=== TEST 8: an answer in it
--- statements
background { sleep a 1s; respond 1; }
--- refused
1: "respond" directive belongs outside of "background"



=== TEST 9: a body in it
--- statements
background { body json; sleep a 1s; }
--- refused
1: "body" directive belongs outside of "background"



=== TEST 10: a parameter in it
--- statements
background { path id integer; sleep a 1s; }
--- refused
1: "path" directive belongs outside of "background"



=== TEST 11: a let in it
--- statements
background { let $x 1; sleep a 1s; }
--- refused
1: "let" directive belongs outside of "background"



=== TEST 12: documentation in it
--- statements
background { summary x; sleep a 1s; }
--- refused
1: "summary" directive belongs outside of "background"



=== TEST 13: a task of the answer that refers to one of it
--- statements
sleep a 1s "$b";
background { sleep b 1s; }
--- refused
1: "$b" is a task of "background", which runs after the answer: only tasks there can refer to it, in "a"



=== TEST 14: an answer that does
--- statements
sleep a 1s;
background { gather g { sleep b 1s; } }
respond '{"a":$a,"b":$b}';
--- refused
3: "$b" is a task of "background", which runs after the answer: only tasks there can refer to it, in "respond"



=== TEST 15: an answer that waits for one
--- statements
sleep a 1s;
background { sleep b 1s; }
respond after=b '$a';
--- refused
3: "$b" is a task of "background", which runs after the answer: only tasks there can refer to it, in "respond"



=== TEST 16: a let that refers to one
--- statements
sleep a 1s;
background { sleep b 1s; }
let $x $b;
--- refused
3: "$b" is a task of "background", which runs after the answer: only tasks there can refer to it, in "x"



=== TEST 17: a name that a task of the answer has
--- statements
sleep a 1s;
background { sleep a 1s; }
--- refused
2: the name "a" is taken in this endpoint: give the sleep another name



=== TEST 18: a name that one of it has
--- statements
background { gather g { sleep a 1s; } }
sleep a 1s;
--- refused
2: the name "a" is taken in this endpoint: give the sleep another name



=== TEST 19: an unknown name
--- statements
background { sleep a 1s "$nope"; }
--- refused
1: "$nope" is no task, parameter, let or nginx variable (write $$ for a dollar) in "a"



=== TEST 20: tasks that wait for each other
--- statements
sleep x 1s;
background {
    sleep a 1s "$b";
    sleep b 1s "$a";
}
--- refused
3: tasks wait for each other (a -> b -> a): take one of the references away



=== TEST 21: the inside of a group, from outside
--- statements
background {
    gather g { sleep a 1s; }
    sleep b 1s "$a";
}
--- refused
3: "$a" is inside of "g": write "$g.a", or "after=g", in "b"



=== TEST 22: an answer that would be handed on
--- statements
background { gather g { http a pass=404 http://127.0.0.1/; } }
--- refused
1: "pass=" has no answer to replace in the background: take it away in http "a"



=== TEST 23: an answer that would be handed on by what only the background refers to
--- statements
sleep s 1s;
http a pass=404 http://127.0.0.1/;
respond '$s';
background { sleep b 1s "$a"; }
--- refused
2: "pass=" has no answer to replace in the background: take it away in http "a"



=== TEST 24: a deadline of no time
--- statements
background { timeout 0; sleep a 1s; }
--- refused
1: "timeout" directive needs a time: write for instance 800ms or 5s



=== TEST 25: two deadlines
--- statements
timeout 1s;
background {
    timeout 1s;
    timeout 2s;
    sleep a 1s;
}
--- refused
4: "timeout" directive is duplicate



=== TEST 26: a deadline in a group of it
--- statements
background { gather g { timeout 1s; sleep a 1s; } }
--- refused
1: "timeout" directive belongs outside of groups: write it as an option of the group



=== TEST 27: no room at all
--- http_config
    asyncapi_background 0;
--- config
--- must_die
--- error_log
value must be equal to or greater than 1



=== TEST 28: no number
--- http_config
    asyncapi_background many;
--- config
--- must_die
--- error_log
"asyncapi_background" directive invalid number



=== TEST 29: a file of its tasks
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 1;
            background overflow=wait { include $TEST_NGINX_SERVROOT/html/tasks; }
        }
    }
--- user_files
>>> tasks
timeout 1s;
sleep b 1ms "$a";
sleep c 1ms "$b";
--- log_level: debug
--- request
    GET /t
--- response_body chomp
{"a":1}
--- wait: 0.2
--- error_log
task "c" running -> done

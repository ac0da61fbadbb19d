use lib 't/lib';
use AsyncAPI;

run_tests();

__DATA__

=== TEST 1: gather puts its tasks into an object, in the order written
--- config
    location = /t {
        asyncapi {
            gather g {
                sleep b 20ms '"b"';
                sleep a 1ms 1;
                sleep c 10ms;
            }
        }
    }
--- request
    GET /t
--- response_body chomp
{"g":{"b":"b","a":1,"c":null}}



=== TEST 2: from outside a task of a group is read through it
--- config
    location = /t {
        asyncapi {
            gather g { sleep a 1ms '{"x":[1,2]}'; sleep b 1ms '"B"'; }
            sleep out 1ms '{"x":$g.a.x[-1],"g":"$g.b"}';
            respond '{"out":$out,"a":$g.a,"none":$g.c}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"out":{"x":2,"g":"B"},"a":{"x":[1,2]},"none":null}



=== TEST 3: inside, tasks refer to each other and to tasks around the group
--- config
    location /t {
        asyncapi GET /t/:id {
            sleep u 10ms '"u$id"';
            gather g {
                sleep b 1ms '"$a-$u"';
                sleep a 1ms '"a"';
                gather h { sleep c 1ms '"$b-$a-$u-$id"'; }
            }
            respond '$g.h.c';
        }
    }
--- request
    GET /t/7
--- response_body chomp
"a-u7-a-u7-7"



=== TEST 4: a group waits for what its own options refer to, its tasks for their own
--- config
    location = /t {
        asyncapi {
            sleep first 10ms 1;
            gather g if=$first {
                sleep own 1ms '"own"';
                sleep other 1ms '$late';
            }
            sleep late 30ms '"late"';
        }
    }
--- request
    GET /t
--- response_body chomp
{"first":1,"g":{"own":"own","other":"late"},"late":"late"}
--- log_level: debug
--- grep_error_log eval: qr/task "\w+" ready -> \w+/
--- grep_error_log_out
task "first" ready -> running
task "late" ready -> running
task "g" ready -> running
task "own" ready -> running
task "other" ready -> running



=== TEST 5: a failed task fails its gather, and the others in it are cancelled
--- config
    location = /t {
        asyncapi {
            gather g default=null {
                sleep a 1h;
                sleep b timeout=5ms 1h;
                sleep c after=b 1h;
            }
            sleep d after=g 1ms '"went on"';
        }
    }
--- request
    GET /t
--- response_body chomp
{"g":null,"d":"went on"}
--- response_headers
Asyncapi-Failed: g;reason=timeout
--- log_level: debug
--- grep_error_log eval: qr/task "[abcg]" (?:running|waiting) -> (?:cancelled|failed|done)/
--- grep_error_log_out
task "b" running -> failed
task "a" running -> cancelled
task "c" waiting -> cancelled
task "g" running -> done



=== TEST 6: the failed task of a group is the one that the answer names
--- config
    location = /t {
        asyncapi {
            gather g { gather h { sleep deep timeout=5ms 1h; } }
            sleep other 1h;
        }
    }
--- request
    GET /t
--- error_code: 504
--- response_body chomp
{"type":"about:blank","title":"Gateway Timeout","status":504,"task":"deep","reason":"timeout"}
--- grep_error_log eval: qr/asyncapi task .*? failed: \w+/
--- grep_error_log_out
asyncapi task "deep" failed: timeout



=== TEST 7: a default inside of a group keeps it going
--- config
    location = /t {
        asyncapi {
            gather g {
                sleep a timeout=5ms default=[] 1h;
                sleep b after=a 1ms '{"a":$a}';
            }
        }
    }
--- request
    GET /t
--- response_body chomp
{"g":{"a":[],"b":{"a":[]}}}
--- response_headers
Asyncapi-Failed: a;reason=timeout



=== TEST 8: a group's own timeout cancels what is in it
--- config
    location = /t {
        asyncapi {
            gather g timeout=300ms default=0 {
                sleep a 1ms 1;
                sleep b 1h;
                gather h { sleep c 1h; }
            }
        }
    }
--- request
    GET /t
--- response_body chomp
{"g":0}
--- response_headers
Asyncapi-Failed: g;reason=timeout
--- log_level: debug
--- grep_error_log eval: qr/task "\w+" running -> \w+/
--- grep_error_log_out
task "a" running -> done
task "b" running -> cancelled
task "c" running -> cancelled
task "h" running -> cancelled
task "g" running -> done



=== TEST 9: the first success wins a race, the others are cancelled
--- config
    location = /t {
        asyncapi {
            race r {
                sleep a 1h '"a"';
                sleep b 10ms '{"from":"b"}';
                gather c { sleep d 1h; }
                sleep e after=a 1ms;
            }
            respond '{"r":$r,"from":$r.from}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"r":{"from":"b"},"from":"b"}
--- log_level: debug
--- grep_error_log eval: qr/task "\w+" (?:running|waiting) -> (?:done|cancelled|failed)/
--- grep_error_log_out
task "b" running -> done
task "a" running -> cancelled
task "d" running -> cancelled
task "c" running -> cancelled
task "e" waiting -> cancelled
task "r" running -> done



=== TEST 10: a failure does not end a race
--- config
    location = /t {
        asyncapi {
            race r {
                sleep a timeout=5ms 1h;
                sleep b 40ms '"b"';
            }
        }
    }
--- request
    GET /t
--- response_body chomp
{"r":"b"}
--- response_headers
! Asyncapi-Failed



=== TEST 11: a default that stands in is a success of the race
--- config
    location = /t {
        asyncapi {
            race r {
                sleep a timeout=5ms 'default="spare"' 1h;
                sleep b 1h '"b"';
            }
        }
    }
--- request
    GET /t
--- response_body chomp
{"r":"spare"}
--- response_headers
Asyncapi-Failed: a;reason=timeout



=== TEST 12: a race that all have lost fails with the last one's reason
--- config
    location = /t {
        asyncapi {
            sleep one 1ms 1;
            race r {
                sleep a timeout=5ms 1h;
                sleep b each=$one after=slow 1ms;
                sleep slow timeout=30ms 1h;
            }
        }
    }
--- request
    GET /t
--- error_code: 504
--- response_body chomp
{"type":"about:blank","title":"Gateway Timeout","status":504,"task":"r","reason":"timeout"}



=== TEST 13: the reason of a lost race is that of the last to fail
--- config
    location = /t {
        asyncapi {
            sleep one 1ms 1;
            race r {
                sleep b each=$pause 1ms;
                sleep a timeout=5ms 1h;
                sleep pause 50ms 1;
            }
            respond '$r';
        }
    }
--- request
    GET /t
--- response_body chomp
1



=== TEST 14: a race of failures alone has the reason of its last
--- config
    location = /t {
        asyncapi {
            sleep o 1ms '{}';
            race r {
                sleep a timeout=300ms 1h;
                sleep b each=$o 1ms;
            }
            respond '$r';
        }
    }
--- request
    GET /t
--- error_code: 504
--- response_body_like: "task":"r","reason":"timeout"
--- grep_error_log eval: qr/asyncapi task "\w+" failed: \w+/
--- grep_error_log_out
asyncapi task "a" failed: timeout
asyncapi task "b" failed: invalid
asyncapi task "r" failed: timeout



=== TEST 15: a lost race may have a default
--- config
    location = /t {
        asyncapi {
            sleep o 1ms '{}';
            race r default=-1 {
                sleep a timeout=300ms 1h;
                sleep b each=$o 1ms;
            }
            race s default=-2 {
                sleep c timeout=1ms 1h;
                sleep d if=$pause each=$o 1ms;
                sleep e timeout=20ms 1h;
            }
            sleep pause 50ms 1;
            respond '[$r,$s]';
        }
    }
--- request
    GET /t
--- response_body chomp
[-1,-2]
--- response_headers
Asyncapi-Failed: s;reason=invalid, r;reason=timeout



=== TEST 16: in a race who reads a loser's result fails for the loser's reason
--- config
    location = /t {
        asyncapi {
            race r 'default={}' {
                sleep a timeout=5ms 1h;
                sleep b 1ms '$a';
            }
        }
    }
--- request
    GET /t
--- response_body chomp
{"r":{}}
--- response_headers
Asyncapi-Failed: r;reason=timeout



=== TEST 17: in a race a group that starts after the loss of what it reads fails
--- config
    location = /t {
        asyncapi_timeout 1h;
        asyncapi {
            race r 'default="lost"' {
                sleep a timeout=5ms 1h;
                gather g after=pause { sleep b 1ms '$a'; sleep c 1h; }
                gather pause { sleep p timeout=40ms 1h; }
            }
        }
    }
--- request
    GET /t
--- response_body chomp
{"r":"lost"}
--- response_headers
Asyncapi-Failed: r;reason=timeout



=== TEST 18: a race in which a group waits for a task that has failed before comes to an end
--- config
    location = /t {
        asyncapi_timeout 1h;
        asyncapi {
            sleep pause 60ms 1;
            race r 'default="lost"' {
                sleep a timeout=5ms 1h;
                gather g if=$pause { sleep b 1ms '$a'; sleep c 1h; }
            }
        }
    }
--- request
    GET /t
--- response_body chomp
{"pause":1,"r":"lost"}
--- response_headers
Asyncapi-Failed: r;reason=timeout



=== TEST 19: a task left out by its condition is a success too
--- config
    location = /t {
        asyncapi {
            race r {
                sleep a if=$arg_a 1ms '"a"';
                sleep b 1h '"b"';
            }
        }
    }
--- request
    GET /t
--- response_body chomp
{"r":null}



=== TEST 20: a group that its condition leaves out starts nothing
--- config
    location = /t {
        asyncapi {
            gather g if=$arg_no { sleep a 1h; }
            race r if=$arg_no default=[] { sleep b 1h; }
        }
    }
--- request
    GET /t
--- response_body chomp
{"g":null,"r":[]}
--- log_level: debug
--- no_error_log
task "a"
task "b"



=== TEST 21: groups nest, and names of theirs are their own way out
--- config
    location = /t {
        asyncapi {
            gather g {
                race r {
                    gather one { sleep a 1h; }
                    gather two { sleep b 1ms 2; race three { sleep c 1ms 3; sleep d 1h; } }
                }
                sleep after 1ms '$r.three';
            }
            respond '{"g":$g,"three":$g.r.three}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"g":{"r":{"b":2,"three":3},"after":3},"three":3}



=== TEST 22: pick= and omit= shape what a group gives
--- config
    location = /t {
        asyncapi {
            gather p pick=b,a.x { sleep a 1ms '{"x":1,"y":2}'; sleep b 1ms 3; sleep c 1ms 4; }
            race o omit=x.y,z { sleep d 1ms '{"x":{"y":1,"w":2},"z":0,"k":[]}'; sleep e 1h; }
            sleep s pick=a 1ms '{"b":1}';
            sleep n pick=a 1ms 5;
        }
    }
--- request
    GET /t
--- response_body chomp
{"p":{"a":{"x":1},"b":3},"o":{"x":{"w":2},"k":[]},"s":{},"n":5}



=== TEST 23: a path that pick= and omit= name goes through lists
--- config
    location = /t {
        asyncapi {
            sleep p pick=a,b.c 1ms '[{"a":1,"b":{"c":2,"d":3},"e":4},{"b":5},6]';
            sleep o omit=a,b.c 1ms '[{"a":1,"b":{"c":2,"d":3},"e":4},{"b":5},6]';
            sleep k pick=l.x 1ms '{"l":[{"x":1,"y":2},{"y":3}],"m":1}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"p":[{"a":1,"b":{"c":2}},{"b":5},6],"o":[{"b":{"d":3},"e":4},{"b":5},6],"k":{"l":[{"x":1},{}]}}



=== TEST 19: who fails in a race that another wins is no error
--- config
    location = /t {
        asyncapi {
            sleep list 1ms '[1]';
            race r {
                sleep a timeout=5ms 1h;
                gather g { sleep b each=$list timeout=5ms 1h; }
                race s { sleep c timeout=5ms 1h; sleep d 1ms '$c'; }
                sleep e 300ms '"e"';
            }
            respond '$r';
        }
    }
--- request
    GET /t
--- response_body chomp
"e"
--- grep_error_log eval: qr/\[\w+\] \S+ \*\d+ asyncapi task "\w+" failed: \w+/
--- grep_error_log_out eval
qr/^\[info\] .* task "c" .*\n\[info\] .* task "a" .*\n\[info\] .* task "b" .*\n\[info\] .* task "s" .*\n$/



=== TEST 20: nor is who fails in a race that is cancelled
--- config
    location = /t {
        asyncapi {
            race r default=0 timeout=300ms { sleep a timeout=5ms 1h; sleep b 1h; }
        }
    }
--- request
    GET /t
--- response_body chomp
{"r":0}
--- grep_error_log eval: qr/\[\w+\] \S+ \*\d+ asyncapi task "\w+" failed: \w+/
--- grep_error_log_out eval
qr/^\[info\] .* task "a" .*\n\[warn\] .* task "r" .*\n$/



=== TEST 21: a lost race for which a default stands in is a warning, with all that was in it
--- config
    location = /t {
        asyncapi {
            gather g default=0 { race r { sleep a timeout=5ms 1h; sleep b timeout=5ms 1h; } }
        }
    }
--- request
    GET /t
--- response_body chomp
{"g":0}
--- grep_error_log eval: qr/\[\w+\] \S+ \*\d+ asyncapi task "\w+" failed: \w+/
--- grep_error_log_out eval
qr/^\[warn\] .* task "a" .*\n\[warn\] .* task "b" .*\n\[warn\] .* task "r" .*\n$/
--- error_log
the default of "g" stands in

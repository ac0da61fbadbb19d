use lib 't/lib';
use AsyncAPI;

log_level('debug');
run_tests();

__DATA__

=== TEST 1: tasks start in the order written, all at once
--- config
    location = /t {
        asyncapi {
            sleep c 30ms 1;
            sleep a 20ms 2;
            sleep b 10ms 3;
        }
    }
--- request
    GET /t
--- response_body chomp
{"c":1,"a":2,"b":3}
--- grep_error_log eval: qr/asyncapi task "\w+" .*? -> \w+/
--- grep_error_log_out
asyncapi task "c" waiting -> ready
asyncapi task "a" waiting -> ready
asyncapi task "b" waiting -> ready
asyncapi task "c" ready -> running
asyncapi task "a" ready -> running
asyncapi task "b" ready -> running
asyncapi task "b" running -> done
asyncapi task "a" running -> done
asyncapi task "c" running -> done



=== TEST 2: a task waits for what it refers to, and for nothing else
--- config
    location = /t {
        asyncapi {
            sleep slow 80ms 1;
            sleep user 5ms '{"id":1}';
            sleep team 5ms '$user.id';
            sleep more 5ms '"$team of $user.id"';
        }
    }
--- request
    GET /t
--- response_body chomp
{"slow":1,"user":{"id":1},"team":1,"more":"1 of 1"}
--- grep_error_log eval: qr/task "\w+" (?:ready|running) -> \w+/
--- grep_error_log_out
task "slow" ready -> running
task "user" ready -> running
task "user" running -> done
task "team" ready -> running
task "team" running -> done
task "more" ready -> running
task "more" running -> done
task "slow" running -> done



=== TEST 3: the order written does not matter to who waits for whom
--- config
    location = /t {
        asyncapi {
            sleep more 5ms '"$team of $user.id"';
            sleep team 5ms '$user.id';
            sleep user 5ms '{"id":1}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"more":"1 of 1","team":1,"user":{"id":1}}
--- grep_error_log eval: qr/task "\w+" ready -> \w+/
--- grep_error_log_out
task "user" ready -> running
task "team" ready -> running
task "more" ready -> running



=== TEST 4: tasks that wait for the same one start in the order written
--- config
    location = /t {
        asyncapi {
            sleep c 1ms '$a';
            sleep b 1ms '$a';
            sleep a 5ms 1;
            sleep e 1ms '$a';
            sleep d 1ms '$a';
        }
    }
--- request
    GET /t
--- grep_error_log eval: qr/task "\w+" ready -> \w+/
--- grep_error_log_out
task "a" ready -> running
task "c" ready -> running
task "b" ready -> running
task "e" ready -> running
task "d" ready -> running



=== TEST 5: after= waits for tasks that are not referred to
--- config
    location = /t {
        asyncapi {
            sleep third after=first,second 1ms 3;
            sleep second after=first 1ms 2;
            sleep first 5ms 1;
        }
    }
--- request
    GET /t
--- response_body chomp
{"third":3,"second":2,"first":1}
--- grep_error_log eval: qr/task "\w+" (?:ready|running) -> \w+/
--- grep_error_log_out
task "first" ready -> running
task "first" running -> done
task "second" ready -> running
task "second" running -> done
task "third" ready -> running
task "third" running -> done



=== TEST 6: after= may be written twice, and name groups and what is around
--- config
    location = /t {
        asyncapi {
            sleep a 10ms;
            gather g { sleep b 5ms; sleep c after=a 1ms; }
            sleep d after=a after=g 1ms;
        }
    }
--- request
    GET /t
--- grep_error_log eval: qr/task "[abcdg]" ready -> \w+/
--- grep_error_log_out
task "a" ready -> running
task "g" ready -> running
task "b" ready -> running
task "c" ready -> running
task "d" ready -> running



=== TEST 7: after= of a group holds all of its tasks back
--- config
    location = /t {
        asyncapi {
            sleep a 10ms;
            gather g after=a { sleep b 1ms; race r { sleep c 1ms; } }
        }
    }
--- request
    GET /t
--- grep_error_log eval: qr/task "\w+" ready -> \w+/
--- grep_error_log_out
task "a" ready -> running
task "g" ready -> running
task "b" ready -> running
task "r" ready -> running
task "c" ready -> running



=== TEST 8: if= and each= make a task wait too
--- config
    location = /t {
        asyncapi {
            sleep i if=$a.x 1ms 1;
            sleep e each=$a.l 1ms '$item';
            sleep a 10ms '{"x":true,"l":[5]}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"i":1,"e":[5],"a":{"x":true,"l":[5]}}
--- grep_error_log eval: qr/task "\w+" ready -> \w+/
--- grep_error_log_out
task "a" ready -> running
task "i" ready -> running
task "e" ready -> running
task "e" ready -> running



=== TEST 9: a task that is left out goes from ready to done
--- config
    location = /t {
        asyncapi {
            sleep a if=$arg_no 1h;
            sleep b after=a 1ms;
        }
    }
--- request
    GET /t
--- grep_error_log eval: qr/task "\w+" \w+ -> \w+/
--- grep_error_log_out
task "a" waiting -> ready
task "a" ready -> done
task "b" waiting -> ready
task "b" ready -> running
task "b" running -> done



=== TEST 10: timers with equal ends are not lost
--- config
    location = /t {
        asyncapi {
            sleep a 0;
            sleep b 0 '$a';
            sleep c 0 '$b';
            sleep d 0 '[$a,$b,$c]';
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":null,"b":null,"c":null,"d":[null,null,null]}



=== TEST 11: a hundred tasks side by side take as long as one
--- config eval
"location = /t {
    set \$begin \$msec;
    asyncapi {
        " . CORE::join("\n", map { "sleep t$_ 200ms;" } 1 .. 100) . "
        respond type=text/plain after=" . CORE::join(",", map { "t$_" } 1 .. 100) . ' "$begin $msec";
    }
}'
--- request
    GET /t
--- log_level: info
--- timeout: 30
--- response_body_filters eval
sub { my ($begin, $end) = split / /, shift; $end - $begin < 100 * 0.2 / 2 ? "side by side" : "not: $begin $end" }
--- response_body chomp
side by side



=== TEST 12: a chain of two hundred tasks runs to its end
--- config eval
"location = /t {
    asyncapi {
        sleep t0 0 0;
        " . CORE::join("\n", map { "sleep t$_ 0 '\$t" . ($_ - 1) . "';" } CORE::reverse 1 .. 200) . "
        respond '\$t200';
    }
}"
--- request
    GET /t
--- log_level: info
--- response_body chomp
0



=== TEST 13: in a race a failure goes down a chain of two thousand tasks
--- config eval
"location = /t {
    asyncapi {
        race r default=1 {
        sleep t0 timeout=1ms 1h;
        " . CORE::join("\n", map { "sleep t$_ 0 '\$t" . ($_ - 1) . "';" } 1 .. 2000) . "
        }
    }
}"
--- request
    GET /t
--- log_level: info
--- response_body chomp
{"r":1}

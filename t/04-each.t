use lib 't/lib';
use AsyncAPI;

run_tests();

__DATA__

=== TEST 1: each element gets a run, results stand in the array's order
--- config
    location = /t {
        asyncapi {
            sleep list 1ms '[{"ms":3},{"ms":2},{"ms":1}]';
            sleep r each=$list 1ms '{"i":$index,"ms":$item.ms}';
            respond '$r';
        }
    }
--- request
    GET /t
--- response_body chomp
[{"i":0,"ms":3},{"i":1,"ms":2},{"i":2,"ms":1}]



=== TEST 2: results keep their order though later elements end first
--- config
    location = /t {
        asyncapi {
            sleep list 1ms '[true,false,true,false]';
            gather g each=$list {
                sleep slow if=$item 60ms '"slow"';
                sleep out after=slow 1ms '"$index $slow"';
            }
            respond '$g[*].out';
        }
    }
--- request
    GET /t
--- response_body chomp
["0 slow","1 ","2 slow","3 "]
--- log_level: debug
--- grep_error_log eval: qr/task "g" running -> done/
--- grep_error_log_out
task "g" running -> done
task "g" running -> done
task "g" running -> done
task "g" running -> done
task "g" running -> done



=== TEST 3: an empty array, null and a missing path are an empty array
--- config
    location = /t {
        asyncapi {
            sleep l 1ms '{"empty":[],"null":null}';
            sleep a each=$l.empty 1h $item;
            sleep b each=$l.null 1h $item;
            sleep c each=$l.nope.deep[3] 1h $item;
            sleep d each=$arg_nope 1h $item;
            gather e each=$l.nope { sleep f 1h $item; }
            respond '[$a,$b,$c,$d,$e]';
        }
    }
--- request
    GET /t
--- response_body chomp
[[],[],[],[],[]]



=== TEST 4: what is no array is invalid
--- config
    location = /t {
        asyncapi {
            sleep l 1ms '$arg_v';
            sleep v 1ms '{"o":{"a":[1]},"s":"[1]","n":1,"t":true}';
            sleep o 'default="o"' each=$v.o 1ms $item;
            sleep s 'default="s"' each=$v.s 1ms $item;
            sleep n 'default="n"' each=$v.n 1ms $item;
            sleep t 'default="t"' each=$v.t 1ms $item;
            sleep x 'default="x"' each=$arg_v 1ms $item;
            respond '[$o,$s,$n,$t,$x]';
        }
    }
--- request
    GET /t?v=[1]
--- response_body chomp
["o","s","n","t","x"]
--- response_headers
Asyncapi-Failed: x;reason=invalid, o;reason=invalid, s;reason=invalid, n;reason=invalid, t;reason=invalid



=== TEST 5: without a default what is no array fails the endpoint
--- config
    location = /t {
        asyncapi {
            sleep l 1ms '{"a":1}';
            sleep r each=$l 1ms $item;
        }
    }
--- request
    GET /t
--- error_code: 502
--- response_body chomp
{"type":"about:blank","title":"Bad Gateway","status":502,"task":"r","reason":"invalid"}
--- error_log
asyncapi task "r" failed: invalid, what each= refers to is no array



=== TEST 6: an array of max= elements is taken, one more is too large
--- config
    location = /t {
        asyncapi {
            sleep l 1ms '[1,2,3]';
            sleep three each=$l max=3 1ms $item;
            sleep two each=$l max=2 default=[] 1ms $item;
        }
    }
--- request
    GET /t
--- response_body chomp
{"l":[1,2,3],"three":[1,2,3],"two":[]}
--- response_headers
Asyncapi-Failed: two;reason=too_large



=== TEST 7: a thousand elements is the bound where max= says nothing
--- config
    location = /t {
        asyncapi {
            sleep l 0 '[0,1,2,3,4,5,6,7,8,9]';
            sleep hundred 0 '[...$l,...$l,...$l,...$l,...$l,...$l,...$l,...$l,...$l,...$l]';
            sleep h 0 '[...$hundred,...$hundred,...$hundred,...$hundred,...$hundred]';
            sleep thousand 0 '[...$h,...$h]';
            sleep more 0 '[...$thousand,1]';
            sleep r each=$thousand concurrency=100 1ms $index;
            sleep s each=$more 'default="too many"' 1ms $index;
            respond '{"r":$r,"s":$s}';
        }
    }
--- request
    GET /t
--- response_body eval
'{"r":[' . CORE::join(",", 0 .. 999) . '],"s":"too many"}'
--- response_headers
Asyncapi-Failed: s;reason=too_large



=== TEST 8: max= may be more than a thousand
--- config
    location = /t {
        asyncapi {
            sleep l 0 '[0,1,2,3,4,5,6,7,8,9]';
            sleep hundred 0 '[...$l,...$l,...$l,...$l,...$l,...$l,...$l,...$l,...$l,...$l]';
            sleep h 0 '[...$hundred,...$hundred,...$hundred,...$hundred,...$hundred]';
            sleep more 0 '[...$h,...$h,...$h,...$h]';
            sleep r each=$more max=2000 concurrency=2000 1ms $item;
            respond '{"last":$r[-1],"n":$r[1999],"none":$r[2000]}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"last":9,"n":9,"none":null}



=== TEST 9: concurrency= bounds how many run at a time
--- config
    location = /t {
        asyncapi {
            sleep l 1ms '[1,2,3,4,5]';
            sleep r each=$l concurrency=2 20ms $item;
            respond '$r';
        }
    }
--- request
    GET /t
--- response_body chomp
[1,2,3,4,5]
--- log_level: debug
--- grep_error_log eval: qr/task "r" \w+ -> (?:running|done)/
--- grep_error_log_out eval
my ($run, $end) = map { qr/[^\n]*-> $_\n/ } qw( running done );
qr/\A(?=$run$run$run)$run(?:$run(?:$run$end)*$end)+$end\z/



=== TEST 10: sixteen run at a time where concurrency= says nothing
--- config
    location = /t {
        asyncapi {
            sleep l 1ms '[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]';
            sleep r each=$l 100ms;
            respond '$r';
        }
    }
--- request
    GET /t
--- log_level: debug
--- grep_error_log eval: qr/task "r" \w+ -> (?:running|done)/
--- grep_error_log_out eval
qr/\A(?:[^\n]*-> running\n){17}(?:[^\n]*-> done\n)+[^\n]*-> running\n(?:[^\n]*-> done\n)+\z/



=== TEST 11: one at a time takes as long as all of them
--- config
    location = /t {
        set $begin $msec;
        asyncapi {
            sleep l 0 '[1,2,3,4]';
            sleep one each=$l concurrency=1 50ms;
            respond type=text/plain after=one '$begin $msec';
        }
    }
--- request
    GET /t
--- response_body_filters eval
sub { my ($begin, $end) = split / /, shift; $end - $begin >= 0.195 ? "slow" : "quick: $begin $end" }
--- response_body chomp
slow



=== TEST 12: all at a time does not
--- config
    location = /t {
        set $begin $msec;
        asyncapi {
            sleep l 0 '[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]';
            sleep all each=$l 500ms;
            respond type=text/plain after=all '$begin $msec';
        }
    }
--- request
    GET /t
--- timeout: 20
--- response_body_filters eval
sub { my ($begin, $end) = split / /, shift; $end - $begin < 16 * 0.5 / 2 ? "quick" : "slow: $begin $end" }
--- response_body chomp
quick



=== TEST 13: a default stands in for each element that failed
--- config
    location = /t {
        asyncapi {
            sleep l 1ms '[1,0,2]';
            gather g 'default="late"' timeout=100ms each=$l {
                sleep a if=!$item 1h;
                sleep b 1ms $item;
            }
            respond '$g';
        }
    }
--- request
    GET /t
--- response_body chomp
[{"a":null,"b":1},"late",{"a":null,"b":2}]
--- response_headers
Asyncapi-Failed: g;reason=timeout



=== TEST 14: however many elements failed, the task is named once
--- config
    location = /t {
        asyncapi {
            sleep l 1ms '[1,2,3]';
            sleep r each=$l default=null timeout=10ms 1h;
            respond '$r';
        }
    }
--- request
    GET /t
--- response_body chomp
[null,null,null]
--- response_headers
Asyncapi-Failed: r;reason=timeout
--- grep_error_log eval: qr/asyncapi task "r" failed: timeout/
--- grep_error_log_out
asyncapi task "r" failed: timeout



=== TEST 15: without a default the first failure fails the task and cancels the others
--- config
    location = /t {
        asyncapi {
            sleep l 1ms '[1,0,2]';
            gather g each=$l {
                sleep ok if=$item 1h;
                sleep bad if=!$item timeout=10ms 1h;
            }
            sleep after each=$g 1ms;
        }
    }
--- request
    GET /t
--- error_code: 504
--- response_body chomp
{"type":"about:blank","title":"Gateway Timeout","status":504,"task":"bad","reason":"timeout"}
--- log_level: debug
--- grep_error_log eval: qr/task "(?:ok|bad|after)" (?:running|waiting) -> (?:failed|cancelled)/
--- grep_error_log_out
task "bad" running -> failed
task "ok" running -> cancelled
task "ok" running -> cancelled
task "after" waiting -> cancelled



=== TEST 16: the failed one's waiting siblings are never started
--- config
    location = /t {
        asyncapi {
            sleep l 1ms '[1,2,3,4,5,6]';
            sleep r each=$l concurrency=2 timeout=10ms 1h;
        }
    }
--- request
    GET /t
--- error_code: 504
--- log_level: debug
--- grep_error_log eval: qr/task "r" \w+ -> \w+/
--- grep_error_log_out
task "r" waiting -> ready
task "r" ready -> running
task "r" waiting -> ready
task "r" waiting -> ready
task "r" ready -> running
task "r" ready -> running
task "r" running -> failed
task "r" running -> cancelled
task "r" running -> failed



=== TEST 17: timeout= is each element's own
--- config
    location = /t {
        asyncapi {
            sleep l 1ms '[1,2,3,4,5,6]';
            sleep r each=$l concurrency=1 timeout=400ms 100ms $item;
            respond '$r';
        }
    }
--- request
    GET /t
--- response_body chomp
[1,2,3,4,5,6]



=== TEST 18: a condition on the element leaves elements out, one on a task the task
--- config
    location = /t {
        asyncapi {
            sleep l 1ms '[{"v":1},{"v":0},{},{"v":"x"}]';
            sleep no 1ms false;
            sleep a each=$l if=$item.v 'default="-"' 1ms $item.v;
            sleep b each=$l if=!$item.v 1ms '"none"';
            sleep c each=$l if=$no 1ms 1;
            sleep d each=$l if=$no default=[] 1ms 1;
            sleep e each=$l if=$index 1ms $index;
            respond '[$a,$b,$c,$d,$e]';
        }
    }
--- request
    GET /t
--- response_body chomp
[[1,"-","-","x"],[null,"none","none",null],null,[],[null,1,2,3]]
--- response_headers
! Asyncapi-Failed



=== TEST 19: a list that is written of paths is an array too
--- config
    location = /t {
        asyncapi {
            sleep o 1ms '{"orders":[{"lines":[{"sku":"a"},{"sku":"b"}]},{"lines":[]},{"x":1},{"lines":[{"sku":"c"}]}]}';
            sleep lines each=$o.orders[*].lines 1ms '{"n":$index,"first":$item[0].sku,"skus":$item[*].sku}';
            sleep last each=$o.orders[-1].lines 1ms '"${item.sku}!"';
            respond '[$lines,$last]';
        }
    }
--- request
    GET /t
--- response_body chomp
[[{"n":0,"first":"a","skus":["a","b"]},{"n":1,"first":null,"skus":[]},{"n":2,"first":"c","skus":["c"]}],["c!"]]



=== TEST 20: an element is any value, byte for byte
--- config
    location = /t {
        asyncapi {
            sleep l 1ms '[9007199254740993,1e400,"\\u00e9",null,true,[],{"b":1,"a":2}," "]';
            sleep r each=$l 1ms '{"v":$item,"s":"<$item>"}';
            respond '$r';
        }
    }
--- request
    GET /t
--- response_body chomp
[{"v":9007199254740993,"s":"<9007199254740993>"},{"v":1e400,"s":"<1e400>"},{"v":"\u00e9","s":"<\u00e9>"},{"v":null,"s":"<>"},{"v":true,"s":"<true>"},{"v":[],"s":"<[]>"},{"v":{"b":1,"a":2},"s":"<{\"b\":1,\"a\":2}>"},{"v":" ","s":"< >"}]



=== TEST 21: tasks may read the whole array of results, and one of it
--- config
    location = /t {
        asyncapi {
            sleep l 1ms '[1,2,3]';
            sleep a each=$l 1ms '{"v":$item}';
            sleep b each=$a 1ms '$item.v';
            sleep c 1ms '"$a[0].v and $b[-1] of $b"';
            respond '$c';
        }
    }
--- request
    GET /t
--- response_body chomp
"1 and 3 of [1,2,3]"



=== TEST 22: a group with each= nests in one, each has its own item and index
--- config
    location = /t {
        asyncapi {
            sleep l 1ms '[{"n":"a","s":[1,2]},{"n":"b","s":[]},{"n":"c","s":[3]}]';
            gather g each=$l concurrency=2 {
                sleep n 5ms '"$item.n$index"';
                gather i each=$item.s {
                    sleep x 1ms '"$n $index=$item"';
                    race r {
                        sleep slow 1h;
                        sleep quick 1ms '[$item,$index]';
                    }
                }
                sleep flat each=$i[*].r 1ms '$item[0]';
            }
            respond '$g';
        }
    }
--- request
    GET /t
--- response_body chomp
[{"n":"a0","i":[{"x":"a0 0=1","r":[1,0]},{"x":"a0 1=2","r":[2,1]}],"flat":[1,2]},{"n":"b1","i":[],"flat":[]},{"n":"c2","i":[{"x":"c2 0=3","r":[3,0]}],"flat":[3]}]



=== TEST 23: if= on the item of the group around it is asked once per element of that
--- config
    location = /t {
        asyncapi {
            sleep l 1ms '[{"on":1,"s":[1,0]},{"on":0,"s":[1,0]}]';
            gather g each=$l {
                gather in if=$item.on {
                    sleep x 1ms '$item.s';
                }
                sleep y each=$item.s if=$item 1ms '$index';
            }
            respond '$g';
        }
    }
--- request
    GET /t
--- response_body chomp
[{"in":{"x":[1,0]},"y":[0,null]},{"in":null,"y":[0,null]}]



=== TEST 24: pick= and omit= are of each element's result
--- config
    location = /t {
        asyncapi {
            sleep l 1ms '[1,2]';
            sleep p each=$l pick=a 1ms '{"a":$item,"b":0}';
            sleep o each=$l omit=a 1ms '{"a":$item,"b":0}';
            gather g each=$l pick=x { sleep x 1ms $item; sleep y 1ms 0; }
            respond '[$p,$o,$g]';
        }
    }
--- request
    GET /t
--- response_body chomp
[[{"a":1},{"a":2}],[{"b":0},{"b":0}],[{"x":1},{"x":2}]]



=== TEST 25: a race with each= has one winner per element
--- config
    location = /t {
        asyncapi {
            sleep l 1ms '[0,1]';
            race r each=$l {
                sleep a if=$item after=slow 1ms '"a$index"';
                sleep slow 50ms;
                gather b { sleep c 1ms '"c$index"'; }
            }
            respond '$r';
        }
    }
--- request
    GET /t
--- response_body chomp
[{"c":"c0"},{"c":"c1"}]

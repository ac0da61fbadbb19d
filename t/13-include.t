use lib 't/lib';
use AsyncAPI;

run_tests();

__DATA__

=== TEST 1: statements of a block come from files
--- config
    location = /t {
        asyncapi {
            include $TEST_NGINX_SERVROOT/html/tasks.conf;
            sleep last 1ms '$b';
            include $TEST_NGINX_SERVROOT/html/answer.conf;
        }
    }
--- user_files
>>> tasks.conf
sleep a 1ms 1;
sleep b 1ms '$a';
>>> answer.conf
respond '{"last":$last}';
--- request
    GET /t
--- response_body chomp
{"last":1}



=== TEST 2: a file may begin and end with a group
--- config
    location = /t {
        asyncapi {
            sleep before 1ms 0;
            include $TEST_NGINX_SERVROOT/html/a.conf;
            gather last { sleep z 1ms 9; }
        }
    }
--- user_files
>>> a.conf
gather g {
    sleep a 1ms 1;
}
sleep b 1ms 2;
race r { sleep c 1ms 3; }
--- request
    GET /t
--- response_body chomp
{"before":0,"g":{"a":1},"b":2,"r":3,"last":{"z":9}}



=== TEST 3: a file may be empty, or have comments alone
--- config
    location = /t {
        asyncapi {
            include $TEST_NGINX_SERVROOT/html/empty.conf;
            gather g { include $TEST_NGINX_SERVROOT/html/comment.conf; sleep a 1ms 1; }
            include $TEST_NGINX_SERVROOT/html/comment.conf;
            include $TEST_NGINX_SERVROOT/html/empty.conf;
        }
    }
--- user_files
>>> empty.conf
>>> comment.conf
# gather x {
# sleep y 1ms; }
--- request
    GET /t
--- response_body chomp
{"g":{"a":1}}



=== TEST 4: patterns with a block in the first file and words in the last
--- config
    location = /t {
        asyncapi {
            include $TEST_NGINX_SERVROOT/html/tasks-*.conf;
            include $TEST_NGINX_SERVROOT/html/none-*.conf;
            gather last { sleep z 1ms 9; }
        }
    }
--- user_files
>>> tasks-2.conf
sleep two 1ms 2;
>>> tasks-1.conf
gather one { sleep in 1ms 1; }
>>> tasks-3.conf
gather three { sleep third 1ms 3; }
--- request
    GET /t
--- response_body chomp
{"one":{"in":1},"two":2,"three":{"third":3},"last":{"z":9}}



=== TEST 5: files include files
--- config
    location = /t {
        asyncapi {
            include $TEST_NGINX_SERVROOT/html/one.conf;
            sleep d 1ms 4;
        }
    }
--- user_files eval
">>> one.conf
gather a {
    include $ENV{TEST_NGINX_SERVROOT}/html/two.conf;
}
>>> two.conf
race b { include $ENV{TEST_NGINX_SERVROOT}/html/three.conf; }
sleep c 1ms 3;
>>> three.conf
sleep e 1ms 1;
"
--- request
    GET /t
--- response_body chomp
{"a":{"b":1,"c":3},"d":4}



=== TEST 6: a path of a file is relative to that of nginx.conf
--- config
    location = /t {
        asyncapi { include ../html/a.conf; }
    }
--- user_files
>>> a.conf
sleep a 1ms 1;
--- request
    GET /t
--- response_body chomp
{"a":1}



=== TEST 7: a whole endpoint comes from a file, also from one without an end of line
--- config
    location = /t {
        include ../html/a.conf;
    }
--- user_files eval
">>> a.conf\nasyncapi GET { gather g { sleep a 1ms '{\"x\":1}'; } }"
--- request
    GET /t
--- response_body chomp
{"g":{"a":{"x":1}}}



=== TEST 8: a file without an end of line ends in a statement
--- config
    location = /t {
        asyncapi { include ../html/a.conf; gather g { include ../html/b.conf; } }
    }
--- user_files eval
[["a.conf" => "sleep a 1ms 1;"], ["b.conf" => "sleep b 1ms 2; # end"]]
--- request
    GET /t
--- response_body chomp
{"a":1,"g":{"b":2}}



=== TEST 9: what is in quotes, comments and names does not make a block of a statement
--- config
    location = /t {
        asyncapi {
            sleep a 1ms "{";
            sleep b 1ms 'x { y }';  # gather {
            sleep c 1ms "a \" { \\";
            sleep d 1ms a#b;
            sleep e 1ms '#{';
            sleep f 1ms ${arg_x};
            sleep g 1ms ${arg_x}y; # }
            sleep h 1ms x\{y;
            sleep i 1ms 'it\'s {';
            #sleep j { 1ms;
            sleep
                k
                # a comment in it { "
                1ms
                '{
                    "x": 1
                }'
                ;
            gather  l  # {
            {
                # };
                sleep m 1ms '}';
            }
            gather n{sleep o 1ms;}gather p{sleep q 1ms '$n';}
        }
    }
--- request
    GET /t?x=v
--- response_body chomp
{"a":"{","b":"x { y }","c":"a \" { \\","d":"a#b","e":"#{","f":"v","g":"vy","h":"x\\{y","i":"it's {","k":{"x":1},"l":{"m":"}"},"n":{"o":null},"p":{"q":{"o":null}}}



=== TEST 10: a dollar in front of a brace belongs to a word
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '{"x":5}';
            sleep b 1ms ${a.x};
            sleep c if=${a.x} 1ms x${a.x}y;
            sleep d 1ms $${;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":{"x":5},"b":5,"c":"x5y","d":"${"}



=== TEST 11: a statement may be longer than what nginx reads at a time
--- config eval
"location = /t {
    asyncapi {
        sleep a 1ms " . " " x 5000 . "'" . "x" x 3000 . "';" . "\n" x 5000 . "
        gather g " . "# comment {\n" x 600 . "{ sleep b 1ms 1; }
        sleep c 1ms 2;
    }
}"
--- request
    GET /t
--- response_body eval
'{"a":"' . "x" x 3000 . '","g":{"b":1},"c":2}'



=== TEST 12: words that end at any place of nginx's buffer are found whole
--- config eval
"location = /t {
    asyncapi {
        " . CORE::join("\n", map { "gather g$_ {" . " " x $_ . "sleep a$_ 1ms '{\"k\":\"" . "{" x ($_ % 7) . "\"}';}"
                                   . "sleep b$_ 1ms \"\\\"{" . "x" x $_ . "\";" } 1 .. 100) . "
    }
}"
--- request
    GET /t
--- response_body eval
"{" . CORE::join(",", map { qq("g$_":{"a$_":{"k":") . "{" x ($_ % 7) . qq("}},"b$_":"\\"{) . "x" x $_ . '"' } 1 .. 100) . "}"



=== TEST 13: an include of a file that is not there
--- config
    location = /t {
        asyncapi { sleep a 1s; include nothing.conf; }
    }
--- must_die
--- suppress_stderr
--- error_log eval
qr/open\(\) "\S+\/nothing\.conf" failed .* in \S+\/nginx\.conf:\d+$/



=== TEST 14: a statement in a file is refused where it stands
--- config
    location = /t {
        asyncapi {
            include ../html/a.conf;
        }
    }
--- user_files
>>> a.conf
sleep a 1ms;
gather g {
    sleep b
        1x;
}
--- must_die
--- suppress_stderr
--- error_log eval
qr/"1x" is no time: write for instance 300ms or 2s in sleep "b" in \S+\/conf\/\.\.\/html\/a\.conf:4$/



=== TEST 15: a reference in a file is refused where it stands
--- config
    location = /t {
        asyncapi {
            include ../html/a.conf;
            sleep c 1ms;
        }
    }
--- user_files
>>> a.conf
sleep a 1ms;

sleep b 1ms '{"x":$nope}';
--- must_die
--- suppress_stderr
--- error_log eval
qr/"\$nope" is no task, .* in "b" in \S+\/conf\/\.\.\/html\/a\.conf:3$/



=== TEST 16: a file that ends in the middle of a statement
--- config
    location = /t {
        asyncapi { include ../html/a.conf; }
    }
--- user_files
>>> a.conf
sleep a 1ms
--- must_die
--- suppress_stderr
--- error_log eval
qr/unexpected end of file, expecting ";" or "\}" in \S+\/a\.conf:2/



=== TEST 17: a file that ends in the middle of a group
--- config
    location = /t {
        asyncapi { include ../html/a.conf; } }
    }
--- user_files
>>> a.conf
gather g { sleep a 1ms;
--- must_die
--- suppress_stderr
--- error_log eval
qr/unexpected end of file, expecting "\}" in \S+\/a\.conf:2/



=== TEST 18: a file that ends more than it has begun
--- config
    location = /t {
        asyncapi { include ../html/a.conf;
    }
--- user_files
>>> a.conf
sleep a 1ms; }
--- must_die
--- suppress_stderr
--- error_log eval
qr/unexpected "\}" in \S+\/a\.conf:1/



=== TEST 19: a word with a reference to a variable of nginx in an include is a name
--- config
    location = /t {
        asyncapi { include $nothing.conf; }
    }
--- must_die
--- suppress_stderr
--- error_log eval
qr/open\(\) "\S+\$nothing\.conf" failed/



=== TEST 20: a file that includes itself
--- config
    location = /t {
        asyncapi { include ../html/a.conf; }
    }
--- user_files
>>> a.conf
# a comment
include ../html/a.conf;
--- must_die
--- suppress_stderr
--- error_log eval
qr/"include" directive is nested too deeply: does the file include itself\? in \S+\/a\.conf:2/

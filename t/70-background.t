use lib 't/lib';
use AsyncAPI;
use RedisServer;

# What runs once an answer has left.  A request to /sink is a line in the error
# log, which stands behind that of the client's own request.

my $redis = RedisServer->new();

$ENV{TEST_NGINX_REDIS} = 'redis://127.0.0.1:' . $redis->port;

our $Sink = <<'END';
    log_format sink "sink: $request_method $request_uri $http_x_test";
    log_format main "main: $request_method $request_uri $status";
    access_log logs/error.log main;
    asyncapi_redis db $TEST_NGINX_REDIS;
    asyncapi_limit one 1;
END

our $Server = <<'END';
    default_type application/json;
    location /sink { access_log logs/error.log sink; return 200 '"sunk"'; }
    location = /user { access_log off; add_header X-Total 12; return 200 '{"id":7,"name":"Ada & co"}'; }
    location = /none { access_log off; return 404; }
    location = /busy { access_log off; return 503; }
END

# what valgrind makes of a while

our $slower = ($ENV{TEST_NGINX_TIMEOUT} || 0) > 30 ? 10 : 1;

# lines of both, in the order written; after a reload Test::Nginx asks for /ver

our $Lines = qr/(?:main: \w+ (?!\/ver)|sink: )[^"]*?(?= while|, client|\n)/;

add_block_preprocessor(sub {
    my $block = shift;

    $block->set_value('http_config', $Sink) if !defined $block->http_config;
    $block->set_value('config', $Server . ($block->config // ''))
        if !defined $block->refused;
    $block->set_value('wait', ($block->wait // 0.3) * $slower);
    $block->set_value('grep_error_log', $Lines)
        if !defined $block->grep_error_log
           && defined $block->grep_error_log_out;
});

log_level('debug');
no_root_location();
run_tests();

__DATA__

=== TEST 1: tasks of the background run when the answer has left
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 1;
            background { http log http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/a; }
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1}
--- grep_error_log_out
main: GET /t 200
sink: GET /sink/a -
--- no_error_log
[error]
[warn]



=== TEST 2: what they refer to are values as they were
--- config
    location ~ ^/t/(\w+)/ {
        asyncapi POST /t/:kind/:id {
            path   id   integer;
            query  q    string;
            header X-A  string;
            cookie sid  string;
            body   json;

            http user http://127.0.0.1:$TEST_NGINX_SERVER_PORT/user;
            let  $name "<$user.name>";

            respond 201 '{"n":$user.name}';

            background {
                http log header=X-Test:$body.x http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink?id=$id&q=$q&a=$X_A&sid=$sid&b=$body.list[-1]&u=$user.name&s=$user:status&h=$user:header.x_total&l=$name&c=$1&arg=$arg_raw&m=$request_method&st=$status&uri=$uri;
            }
        }
    }
--- request
POST /t/users/12?q=a%20b&raw=%41
{"x":"from the body","list":[1,{"deep":2.50}]}
--- more_headers
Content-Type: application/json
X-A: of a header
Cookie: sid=cookie-1
--- error_code: 201
--- response_body chomp
{"n":"Ada & co"}
--- grep_error_log eval: qr/sink: [^"]*?(?= while|, client|\n)/
--- grep_error_log_out
sink: GET /sink?id=12&q=a%20b&a=of%20a%20header&sid=cookie-1&b=%7B%22deep%22%3A2.50%7D&u=Ada%20%26%20co&s=200&h=12&l=%3CAda%20%26%20co%3E&c=users&arg=%41&m=POST&st=201&uri=/t/users/12 from the body
--- no_error_log
[error]



=== TEST 3: every kind of task
--- config
    location = /in { internal; access_log logs/error.log sink; log_subrequest on; return 200 '"in"'; }
    location = /t {
        asyncapi {
            sleep a 1ms '"v"';
            respond '$a';
            background {
                sleep  slept 20ms "$a";
                http   url   http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/url?$arg_x$slept;
                http   local after=url /in?a=$a;
                http   block after=local {
                    let $v $a;
                    proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/block?v=$v;
                    proxy_set_header X-Test $http_user_agent;
                }
                redis  set   db SET bg "$a-$block";
                redis  get   after=set db GET bg;
                cpu    sum   sha256 $get;
                gather both  after=sum { sleep one 1ms 1; sleep two 1ms "$one"; }
                race   first after=both { sleep long 1h; http quick http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/race; }
                http   last  http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/last?in=$local&r=$get&s=$sum&g=$both&f=$first;
            }
        }
    }
--- request
    GET /t?x=1
--- more_headers
User-Agent: tester
--- response_body chomp
"v"
--- grep_error_log_out
main: GET /t?x=1 200
sink: GET /sink/url?1v -
sink: GET /t?x=1 -
sink: GET /sink/block?v=v tester
sink: GET /sink/race -
sink: GET /sink/last?in=in&r=v-sunk&s=8bed8d3066735b11d01440c37dd6f19e217ef9e86bf76054bc63949cfa4c9cea&g=%7B%22one%22%3A1%2C%22two%22%3A1%7D&f=sunk -
--- no_error_log
[error]



=== TEST 4: options of every kind
--- config
    location = /t {
        asyncapi {
            sleep list 1ms '["a","b"]';
            respond '$list';
            background {
                http  each    each=$list http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/$item$index;
                http  never   if=!$list after=each http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/never;
                http  always  if=$list after=never http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/always?n=$never;
                http  absent  'default="stood-in"' after=always http://127.0.0.1:$TEST_NGINX_SERVER_PORT/none;
                http  picked  pick=name after=absent http://127.0.0.1:$TEST_NGINX_SERVER_PORT/user;
                sleep hedged  hedge=5ms after=picked 20ms 3;
                sleep limit1  limit=one after=hedged 5ms 1;
                sleep limit2  limit=one after=hedged 1ms 2;
                sleep ms      timeout=1ms default=0 after=limit2 1h;
                http  last    http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/last?a=$absent&p=$picked&e=$each&h=$hedged&l=$limit1$limit2&ms=$ms;
            }
        }
    }
--- request
    GET /t
--- response_body chomp
["a","b"]
--- grep_error_log_out
main: GET /t 200
sink: GET /sink/a0 -
sink: GET /sink/b1 -
sink: GET /sink/always?n= -
sink: GET /sink/last?a=stood-in&p=%7B%22name%22%3A%22Ada%20%26%20co%22%7D&e=%5B%22sunk%22%2C%22sunk%22%5D&h=3&l=12&ms=0 -
--- error_log
asyncapi task "absent" failed: status 404
its default stands in
--- no_error_log
[error]



=== TEST 5: failures are logged, and stand for themselves
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 1;
            background {
                http  bad  http://127.0.0.1:$TEST_NGINX_SERVER_PORT/none?x=$a;
                http  dep  http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/dep?b=$bad;
                http  dep2 http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/dep2?b=$dep;
                http  stand default=null http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/stand?b=$bad;
                redis cmd  db INCR bg:text$a$arg_no "";
                gather g { http inner http://127.0.0.1:$TEST_NGINX_SERVER_PORT/none; sleep other 1h; }
                http  good http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/good;
            }
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1}
--- grep_error_log eval: qr/\[(?:error|warn)\].*? (asyncapi task .*?), client: [^,]*, server: [^,]*, request: [^,]*/
--- grep_error_log_out eval
[
qr/(?s)(?=.*task "bad" failed: status 404)(?=.*task "dep" failed: status, it needs "bad", which has failed)(?=.*task "dep2" failed: status, it needs "bad", which has failed)(?=.*\[warn\].*task "bad" failed: status 404.*the default of "stand" stands in)(?=.*task "cmd" failed: command "ERR")(?=.*task "inner" failed: status 404).*client: 127.0.0.1, server: localhost, request: "GET \/t HTTP\/1.1"/
]
--- error_log
sink: GET /sink/good
--- no_error_log
/sink/dep
/sink/stand



=== TEST 6: tries
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 1;
            background { http bad retry=2 http://127.0.0.1:$TEST_NGINX_SERVER_PORT/busy; }
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1}
--- wait: 1.5
--- grep_error_log eval: qr/task "bad" ready -> running/
--- grep_error_log_out
task "bad" ready -> running
task "bad" ready -> running
task "bad" ready -> running
task "bad" ready -> running
--- error_log eval
qr/\[error\].*asyncapi task "bad" failed: status 503/



=== TEST 7: their deadline, which is not the endpoint's
--- config
    location = /t {
        asyncapi {
            timeout 50ms;
            sleep a 1ms 1;
            background {
                timeout 700ms;
                sleep over 100ms;
                sleep late 1h;
                sleep next after=late 1ms;
                sleep limited limit=one 1h;
                sleep queued  limit=one 1h;
                http  done after=over http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/done;
            }
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1}
--- wait: 1
--- error_log
sink: GET /sink/done
asyncapi task "late" failed: timeout, the deadline of the background passed, client: 127.0.0.1
asyncapi task "next" failed: timeout, it needs "late", which has failed
asyncapi task "limited" failed: timeout, the deadline of the background passed, client
asyncapi task "queued" failed: timeout, the deadline of the background passed while it waited for a slot of its limit
--- no_error_log
task "over" failed



=== TEST 8: after any "respond", also of an error
--- config
    location = /t {
        asyncapi {
            http user default=null http://127.0.0.1:$TEST_NGINX_SERVER_PORT/none;
            respond 404 if=!$user '{"detail":"none"}';
            background { http log http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/a?s=$status; }
        }
    }
--- request
    GET /t
--- error_code: 404
--- response_body chomp
{"detail":"none"}
--- grep_error_log_out
main: GET /t 404
sink: GET /sink/a?s=404 -



=== TEST 9: not after a task that failed
--- config
    location = /t {
        asyncapi {
            http user http://127.0.0.1:$TEST_NGINX_SERVER_PORT/none;
            background { http log http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/a; }
        }
    }
--- request
    GET /t
--- error_code: 502
--- grep_error_log_out
main: GET /t 502



=== TEST 10: nor an answer that is handed on
--- config
    location = /t {
        asyncapi {
            http user pass=404 http://127.0.0.1:$TEST_NGINX_SERVER_PORT/none;
            background { http log http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/a; }
        }
    }
--- request
    GET /t
--- error_code: 404
--- grep_error_log_out
main: GET /t 404



=== TEST 11: nor a request with errors
--- config
    location = /t {
        asyncapi {
            query n integer required;
            sleep a 1ms "$n";
            background { http log http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/a; }
        }
    }
--- request
    GET /t
--- error_code: 422
--- grep_error_log_out
main: GET /t 422



=== TEST 12: nor an answer that could not be made
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '"a"';
            respond '{...$a}';
            background { http log http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/a; }
        }
    }
--- request
    GET /t
--- error_code: 502
--- grep_error_log_out
main: GET /t 502



=== TEST 13: what the answer did not wait for is null
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 0;
            sleep b 1h 2;
            sleep c default=3 timeout=1ms 1h;
            respond if=!$a '{"a":$a,"c":$c}';
            respond '{"b":$b}';
            background { http log http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink?a=$a&b=$b&c=$c; }
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":0,"c":3}
--- grep_error_log_out
main: GET /t 200
sink: GET /sink?a=0&b=&c=3 -
--- no_error_log
[error]



=== TEST 14: what only the background refers to runs there
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 1;
            sleep b 200ms 2;
            gather g { http c http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/c?b=$b; }
            http fails http://127.0.0.1:$TEST_NGINX_SERVER_PORT/none;
            respond '$a';
            background {
                http log http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink?g=$g.c;
                sleep x after=fails 1ms;
            }
        }
    }
--- request
    GET /t
--- response_body chomp
1
--- wait: 0.6
--- grep_error_log_out
main: GET /t 200
sink: GET /sink/c?b=2 -
sink: GET /sink?g=sunk -
--- error_log
only "background" refers to the task "g", so it runs there, after the answer, unless "respond" has "after=g"
only "background" refers to the task "b"
asyncapi task "fails" failed: status 404
asyncapi task "x" failed: status, it needs "fails", which has failed



=== TEST 15: unless the answer waits for it
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 1;
            http b http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/b;
            respond after=b '$a';
            background { http log http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink?b=$b; }
        }
    }
--- request
    GET /t
--- response_body chomp
1
--- grep_error_log_out
sink: GET /sink/b -
main: GET /t 200
sink: GET /sink?b=sunk -
--- no_error_log
[warn]



=== TEST 16: or refers to no task
--- config
    location = /t {
        asyncapi {
            http b http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/b;
            respond 202;
            background { http log http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink?b=$b; }
        }
    }
--- request
    GET /t
--- error_code: 202
--- grep_error_log_out
sink: GET /sink/b -
main: GET /t 202
sink: GET /sink?b=sunk -
--- no_error_log
[warn]



=== TEST 17: an endpoint that does nothing else
--- config
    location = /t {
        asyncapi POST {
            body json;
            respond 202;
            background { http log http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink?n=$body.n; }
        }
    }
--- request
POST /t
{"n":18446744073709551616}
--- more_headers
Content-Type: application/json
--- error_code: 202
--- error_log
sink: GET /sink?n=18446744073709551616 -



=== TEST 18: HEAD
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 1;
            background { http log http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink?m=$request_method; }
        }
    }
--- request
    HEAD /t
--- response_headers
Content-Length: 7
--- grep_error_log_out
main: HEAD /t 200
sink: GET /sink?m=HEAD -



=== TEST 19: HTTP/1.0
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 1;
            background { http log http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink; }
        }
    }
--- request
    GET /t HTTP/1.0
--- response_body chomp
{"a":1}
--- grep_error_log_out
main: GET /t 200
sink: GET /sink -



=== TEST 20: HTTP/2
--- http_config eval
$::Sink . 'server { listen unix:$TEST_NGINX_SERVROOT/sink.sock; location / { access_log logs/error.log sink; return 204; } }'
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 1;
            background { http log http://unix:$TEST_NGINX_SERVROOT/sink.sock:/sink?v=$server_protocol&h=$http_x_a; }
        }
    }
--- http2
--- request
    GET /t
--- more_headers
X-A: two
--- response_body chomp
{"a":1}
--- grep_error_log_out
main: GET /t 200
sink: GET /sink?v=HTTP%2F2.0&h=two -



=== TEST 21: a client that leaves before the answer
--- config
    location = /t {
        asyncapi {
            sleep a 200ms 1;
            background { http log http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink; }
        }
    }
--- request
    GET /t
--- abort
--- timeout: 0.05
--- wait: 0.5
--- ignore_response
--- grep_error_log_out
main: GET /t 499



=== TEST 22: a client that leaves, and is ignored
--- config
    location = /t {
        asyncapi_ignore_client_abort on;
        asyncapi {
            sleep a 200ms 1;
            background { http log http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink; }
        }
    }
--- request
    GET /t
--- abort
--- timeout: 0.05
--- wait: 0.7
--- ignore_response
--- grep_error_log eval: qr/sink: GET \S+/
--- grep_error_log_out
sink: GET /sink



=== TEST 23: a client that leaves behind the answer
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 1;
            background {
                sleep wait 200ms;
                http log after=wait http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink;
            }
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1}
--- wait: 0.5
--- grep_error_log_out
main: GET /t 200
sink: GET /sink -



=== TEST 24: an endpoint that another one calls
--- config
    location = /inner {
        internal;
        asyncapi {
            sleep a 1ms 1;
            background { http log http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/inner?a=$a&uri=$uri&u=$http_user_agent; }
        }
    }
    location = /t {
        asyncapi {
            http inner /inner?x=1;
            background { http log http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/outer?i=$inner.a&uri=$uri; }
        }
    }
--- request
    GET /t
--- more_headers
User-Agent: tester
--- response_body chomp
{"inner":{"a":1}}
--- grep_error_log eval: qr/sink: GET \S+/
--- grep_error_log_out eval
qr{^(?=[\s\S]*/sink/inner\?a=1&uri=/inner&u=tester\n)(?=[\s\S]*/sink/outer\?i=1&uri=/t\n)}



=== TEST 25: a background task that calls an endpoint with a background
--- config
    location = /inner {
        internal;
        asyncapi {
            sleep a 1ms 5;
            background { http log http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/inner?a=$a&q=$arg_q; }
        }
    }
    location = /t {
        asyncapi {
            sleep a 1ms 1;
            background {
                http inner /inner?q=$a;
                http log http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/outer?i=$inner.a;
            }
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1}
--- grep_error_log eval: qr/sink: GET \S+/
--- grep_error_log_out eval
qr{^(?=[\s\S]*/sink/inner\?a=5&q=1\n)(?=[\s\S]*/sink/outer\?i=5\n)}



=== TEST 26: those that call themselves come to an end
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 1;
            background { http again /t; }
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1}
--- wait: 0.6
--- grep_error_log eval: qr/asyncapi task "again" failed: invalid, endpoints call each other in a cycle/
--- grep_error_log_out
asyncapi task "again" failed: invalid, endpoints call each other in a cycle



=== TEST 27: locations have the request's variables, and their own
--- http_config eval
$::Sink . 'map $arg_x $mapped { 1 one; default other; }'
--- config
    location = /echo {
        internal;
        set $mine "set";
        proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink?m=$mapped&mine=$mine&u=$uri&a=$args&s=$scheme&ra=$remote_addr&sp=$server_port&c=$cookie_k&h=$host;
    }
    location = /t {
        asyncapi {
            sleep a 1ms 1;
            background {
                http local /echo?x=1;
                http ref after=local http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink?u=$uri&m=$mapped&a=$args&sp=$server_port;
                http again after=ref /echo?x=2;
            }
        }
    }
--- request
    GET /t?x=1
--- more_headers
Cookie: k=v
--- response_body chomp
{"a":1}
--- grep_error_log eval: qr/sink: GET \S+/
--- grep_error_log_out eval
"sink: GET /sink?m=one&mine=set&u=/echo&a=x=1&s=http&ra=127.0.0.1&sp=$ENV{TEST_NGINX_SERVER_PORT}&c=v&h=localhost
sink: GET /sink?u=/t&m=one&a=x=1&sp=$ENV{TEST_NGINX_SERVER_PORT}
sink: GET /sink?m=other&mine=set&u=/echo&a=x=2&s=http&ra=127.0.0.1&sp=$ENV{TEST_NGINX_SERVER_PORT}&c=v&h=localhost
"



=== TEST 28: headers of the client that are sent on
--- config
    location = /t {
        asyncapi_pass_header X-Test;
        asyncapi {
            sleep a 1ms 1;
            background { http log http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink; }
        }
    }
--- request
    GET /t
--- more_headers
X-Test: sent on
--- response_body chomp
{"a":1}
--- grep_error_log_out
main: GET /t 200
sink: GET /sink sent on



=== TEST 29: what is large stays where it is, and is worked on in threads
--- config
    location = /big { access_log off; alias html/big.json; }
    location = /t {
        asyncapi_offload 1k;
        asyncapi POST {
            body json;
            let $list $big.list;
            let $small "<$big.n>";
            http big http://127.0.0.1:$TEST_NGINX_SERVER_PORT/big;
            respond '[$body.n, "$list"]';
            background {
                cpu sum crc32 $big$body$list$request_body$small;
                http log http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sink/$sum/$body.n/$big.n/$small;
            }
        }
    }
--- user_files eval
">>> big.json\n" . '{"n":7,"list":["' . ('x' x 3000) . '"]}' . "\n"
--- request eval
"POST /t\n" . '{"n":8,"list":["' . ('y' x 3000) . '"]}'
--- more_headers
Content-Type: application/json
--- response_body eval
'[8,"[\"' . ('x' x 3000) . '\"]"]'
--- grep_error_log eval: qr/sink: GET \S+|background keeps \d+ bytes where they are|task "\w+" refers to \d+ bytes: in a thread/
--- grep_error_log_out eval
use Compress::Zlib;
my ($x, $y) = map { '["' . ($_ x 3000) . '"]' } qw(x y);
my ($big, $body) = (qq({"n":7,"list":$x}), qq({"n":8,"list":$y}));
my $all = "$big$body$x$body<7>";
sprintf qq(background keeps %d bytes where they are
task "sum" refers to %d bytes: in a thread
task "log" refers to %d bytes: in a thread
sink: GET /sink/%08x/8/7/%%3C7%%3E
), CORE::length("$big$body$x$body"), CORE::length($all),
   CORE::length($big . $body . '"01234567"' . "<7>"), crc32($all);

use lib 't/lib';
use AsyncAPI;
use Hostile;
use Pipeline;
use TLS;

# $S is the server of t/hostile/pipeline.py, pipelined if nothing else is said,
# and $LOG tells what it has seen

our $Depth = 'asyncapi_http_pipeline 127.0.0.1:$TEST_NGINX_PIPELINE_PORT 8;';

add_block_preprocessor(sub {
    my $block = shift;
    my $config = $block->config;

    return if !defined $config;

    my $server = 'http://127.0.0.1:$TEST_NGINX_PIPELINE_PORT';

    $config =~ s/\$S\b/$server/g;
    $config =~ s/\$LOG\b/method=PUT $server\/log/g;
    $block->set_value('config', $config);
    $block->set_value('http_config', $::Depth)
        if !defined $block->http_config;
    $block->set_value('init', 'Pipeline::forget()');
});

no_root_location();
run_tests();

__DATA__

=== TEST 1: a fan-out shares connections up to the depth, and leaves in one send each
--- config
    location = /t {
        asyncapi {
            sleep l 1ms [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20];
            http  a each=$l concurrency=20 $S/$item?delay=20;
            http  log after=a $LOG;
            respond '{"a":$a[*].n,"most":$log[*].most,"reads":$log[*].reads}';
        }
    }
--- request
    GET /t
--- response_body_like eval
qr/^\{"a":\["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17","18","19","20"\],"most":\[(8,8,4|8,4,8|4,8,8)\],"reads":\[\[\d\],\[\d\],\[\d\]\]\}$/



=== TEST 2: tasks that are not of one statement, GET and HEAD
--- config
    location = /t {
        asyncapi {
            http a             $S/a;
            http b method=HEAD $S/b;
            http c             $S/c?size=20000;
            http d method=HEAD $S/d?size=100&chunked=1;
            http e             $S/e?chunked=1;
            http log after=a,b,c,d,e $LOG;
            respond '[$a.n,$b,$b:header.x_n,$c:header.x_n,$d,$d:header.x_n,$e.n,$log[*].paths,$log[*].reads]';
        }
    }
--- request
    GET /t
--- response_body chomp
["a",null,"b","c",null,"d","e",[["a","b","c","d","e"]],[[5]]]



=== TEST 3: answers in every framing, large and small, keep their order
--- config
    location = /t {
        asyncapi {
            http a $S/a?size=100000;
            http b $S/b?chunked=1;
            http c $S/c?size=100000&chunked=1;
            http d accept=gzip $S/d?gzip=1;
            http e accept=gzip $S/e?gzip=1&size=700000&chunked=1;
            http f $S/f?size=20000&chunked=1;
            http g $S/g;
            http h accept=gzip $S/h?gzip=1&size=300000;
            http log after=a,b,c,d,e,f,g,h $LOG;
            respond '["$a","$b.n","$c","$d.n","$e","$f","$g.n","$h",$log[*].paths,$log[*].most]';
        }
    }
--- request
    GET /t
--- response_body_filters eval
sub { $_[0] =~ s/(x+)"/length($1) . '"'/ger =~ s/\\"//gr =~ s/conn:\d+//gr }
--- response_body chomp
["{n:a,}100000","b","{n:c,}100000","d","{n:e,}700000","{n:f,}20000","g","{n:h,}300000",[["a","b","c","d","e","f","g","h"]],[8]]



=== TEST 4: answers that come byte by byte
--- config
    location = /t {
        asyncapi {
            http a $S/a?step=1;
            http b method=HEAD $S/b?step=1;
            http c $S/c?step=7&chunked=1;
            http d $S/d?step=3;
            http e accept=gzip $S/e?gzip=1&step=1;
            http log after=a,b,c,d,e $LOG;
            respond '[$a.n,$b:header.x_n,$c.n,$d.n,$e.n,$log[*].most]';
        }
    }
--- request
    GET /t
--- response_body chomp
["a","b","c","d","e",[5]]



=== TEST 5: many answers, of which each says whose it is
--- config
    location = /t {
        asyncapi {
            sleep l 1ms [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20];
            http  a each=$l $S/a$item?size=$item&step=50;
            http  b each=$l $S/b$item?size=1000&chunked=1&step=501;
            http  c each=$l $S/c$item;
            respond '["$a[*]","$b[*]","$c[*].n"]';
        }
    }
--- request
    GET /t
--- response_body_filters eval
sub { CORE::join ' ', $_[0] =~ /\b([abc]\d+)\b/g }
--- response_body eval
CORE::join ' ', map { my $k = $_; map { "$k$_" } 1 .. 20 } qw( a b c )



=== TEST 6: the connection is kept, and used by the next request alone
--- config
    location = /t {
        asyncapi {
            http a $S/a?delay=20;
            http b $S/b;
            http c after=a,b $S/c;
            http log after=c $LOG;
            respond '[$a.conn,$b.conn,$c.conn,$log[*].paths]';
        }
    }
--- request eval
["GET /t", "GET /t"]
--- response_body_filters eval
sub { $_[0] =~ s/^\[(\d+),\1,\1/[N,N,N/r }
--- response_body eval
['[N,N,N,[["a","b","c"]]]', '[N,N,N,[["a","b","c"]]]']



=== TEST 7: two requests never share a connection
--- config
    location = /sub { asyncapi { http a $S/${arg_n}a?delay=100; http b $S/${arg_n}b; } }
    location = /t {
        asyncapi {
            http x http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sub?n=x;
            http y http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sub?n=y;
            http z http://127.0.0.1:$TEST_NGINX_SERVER_PORT/sub?n=z;
            http log after=x,y,z $LOG;
            respond '$log[*].paths';
        }
    }
--- request
    GET /t
--- response_body_filters eval
sub { CORE::join ' ', CORE::sort $_[0] =~ /(\["\w+","\w+"\])/g }
--- response_body chomp
["xa","xb"] ["ya","yb"] ["za","zb"]



=== TEST 8: what is no GET or HEAD, or has a body, has a connection of its own
--- config
    location = /t {
        asyncapi {
            http a             $S/a?delay=100;
            http b method=POST $S/b;
            http c body=2      $S/c;
            http d method=GET body=1 $S/d?close=1;
            http e method=DELETE $S/e;
            http f hedge=5s    $S/f;
            http g             $S/g;
            http log after=a,b,c,d,e,f,g $LOG;
            respond '[$a.conn,$g.conn,$log[*].most]';
        }
    }
--- request
    GET /t
--- response_body_like eval
qr/^\[(\d+),\1,\[(1,)*2(,1)*\]\]$/



=== TEST 9: other hosts are not pipelined
--- http_config
    asyncapi_http_pipeline other.example 8;
    upstream other.example { server 127.0.0.1:$TEST_NGINX_PIPELINE_PORT; }
    upstream one.example { server 127.0.0.1:$TEST_NGINX_PIPELINE_PORT; }
--- config
    location = /t {
        asyncapi {
            http a http://one.example/a?delay=50; http b http://one.example/b?delay=50;
            http c after=b,a http://Other.example/c?delay=50; http d after=b,a http://Other.example/d;
            http log after=c,d http://one.example/log;
            respond '$log[*].most';
        }
    }
--- request
    GET /t
--- response_body_like eval
qr/^\[(1,2|2,1)\]$/



=== TEST 10: a depth of 1 is none, and one of 2 is kept to
--- http_config
    asyncapi_http_pipeline one 1;
    asyncapi_http_pipeline two 2;
    upstream one { server 127.0.0.1:$TEST_NGINX_PIPELINE_PORT; }
    upstream two { server 127.0.0.1:$TEST_NGINX_PIPELINE_PORT; }
--- config
    location = /t {
        asyncapi {
            sleep l 1ms [1,2,3,4,5,6];
            http a each=$l http://one/$item?delay=20;
            http la after=a http://one/log;
            http b after=la each=$l http://two/$item?delay=20;
            http lb after=b http://one/log;
            respond '[$la[*].most,$lb[*].most]';
        }
    }
--- request
    GET /t
--- response_body chomp
[[1,1,1,1,1,1],[2,2,2]]



=== TEST 11: a host of a map
--- http_config
    asyncapi_http_pipeline 127.0.0.1:$TEST_NGINX_PIPELINE_PORT 4;
    map $uri $where { default 127.0.0.1:$TEST_NGINX_PIPELINE_PORT; }
--- config
    location = /t {
        asyncapi {
            http a http://$where/a?delay=20; http b http://$where/b;
            http log after=a,b http://$where/log;
            respond '$log[*].most';
        }
    }
--- request
    GET /t
--- response_body chomp
[2]



=== TEST 12: the servers of an upstream, each of which sees calls
--- http_config
    asyncapi_http_pipeline both 8;
    upstream both {
        server 127.0.0.1:$TEST_NGINX_PIPELINE_PORT;
        server localhost:$TEST_NGINX_PIPELINE_PORT;
        server 127.0.0.2:1 down;
    }
    upstream few { server 127.0.0.1:$TEST_NGINX_PIPELINE_PORT max_conns=3; }
    asyncapi_http_pipeline few 8;
--- config
    location = /t {
        asyncapi {
            sleep l 1ms [1,2,3,4,5,6,7,8];
            http a each=$l http://both/$item?delay=20;
            http log after=a http://both/log;
            http b after=log each=$l 'default=0' http://few/$item?delay=20;
            http c after=b each=$l 'default=0' http://few/$item?delay=20;
            http last after=c http://both/log;
            respond '[$a[*].n,$log[*].most,$b[*].n,$c[*].n,$last[*].most]';
        }
    }
--- request
    GET /t
--- response_body_like eval
qr/^\[\["1","2","3","4","5","6","7","8"\],\[(8|4,4)\],\["1","2","3"\],\["1","2","3"\],\[3\]\]$/



=== TEST 13: connections that nginx's keepalive lends are not shared
--- http_config
    asyncapi_http_pipeline kept 8;
    upstream kept { server 127.0.0.1:$TEST_NGINX_PIPELINE_PORT; keepalive 4; }
--- config
    location = /proxy {
        proxy_pass http://kept/p;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
    }
    location = /t {
        asyncapi {
            http p http://127.0.0.1:$TEST_NGINX_SERVER_PORT/proxy;
            http l after=p http://127.0.0.1:$TEST_NGINX_PIPELINE_PORT/log;
            http a after=l http://kept/a?delay=50; http b after=l http://kept/b?delay=50;
            http c after=l http://kept/c?delay=50;
            http log after=a,b,c http://127.0.0.1:$TEST_NGINX_PIPELINE_PORT/log;
            respond '[$a.n,$b.n,$c.n,$log[*].most]';
        }
    }
--- request
    GET /t
--- response_body_like eval
qr/^\["a","b","c",\[(1,2|2,1)\]\]$/



=== TEST 14: the first is slow and cancelled: the others go on elsewhere
--- config
    location = /t {
        asyncapi {
            http a timeout=500ms default=1 $S/a?hang=1;
            http b $S/b;
            http c $S/c;
            http log after=a,b,c $LOG;
            respond '[$a,$b.n,$c.n,$log[*].paths]';
        }
    }
--- request
    GET /t
--- response_body_like eval
qr/^\[1,"b","c",\[\["a"\],\["b"\],\["c"\]\]\]$/



=== TEST 15: one in the middle is cancelled: those before it end where they are
--- config
    location = /t {
        asyncapi {
            http a $S/a?delay=1500;
            http b timeout=500ms default=1 $S/b;
            http c $S/c;
            http d $S/d;
            http log after=a,b,c,d $LOG;
            respond '[$a.n,$b,$c.n,$d.n,$log[*].most]';
        }
    }
--- request
    GET /t
--- response_body_like eval
qr/^\["a",1,"c","d",\[4,1,1\]\]$/



=== TEST 16: the last is cancelled: the connection is not used again
--- config
    location = /t {
        asyncapi {
            http a $S/a?delay=1500;
            http b timeout=500ms default=1 $S/b;
            http c after=a $S/c;
            respond '[$a.n,$b,"$c.n"]';
        }
    }
    location = /u { asyncapi { http log $LOG; respond '$log[*].paths'; } }
--- request eval
["GET /t", "GET /u"]
--- response_body_like eval
['^\["a",1,"c"\]$', '\["c"\]']



=== TEST 17: the loser of a race and the winner are on one connection
--- config
    location = /t {
        asyncapi {
            race r { http a $S/a?hang=1; http b $S/b?close=1; sleep s 500ms; }
            http c $S/c?delay=200;
            http d $S/d;
            respond '[$r,$c.n,$d.n]';
        }
    }
--- request
    GET /t
--- response_body chomp
[null,"c","d"]



=== TEST 18: a failure cancels all that share the connection
--- log_level: debug
--- config
    location = /t {
        asyncapi {
            http a ok=404 $S/a?delay=50;
            http b $S/b?hang=1; http c $S/c; http d $S/d;
        }
    }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"status"
--- grep_error_log eval: qr/asyncapi http call is (cancelled|displaced)/
--- grep_error_log_out eval
qr/^(asyncapi http call is (displaced|cancelled)\n)+$/



=== TEST 19: "Connection: close" in the middle
--- config
    location = /t {
        asyncapi {
            http a $S/a;
            http b $S/b?close=1&delay=50;
            http c $S/c;
            http d method=HEAD $S/d;
            http log after=a,b,c,d $LOG;
            respond '[$a.n,$b.n,$c.n,$d:header.x_n,$log[*].paths]';
        }
    }
--- request
    GET /t
--- response_body_like eval
qr/^\["a","b","c","d",\[\["a","b"\],\["c"\],\["d"\]\]\]$/



=== TEST 20: the server ends the connection without a word, or resets it
--- config
    location = /fin {
        asyncapi {
            http a $S/a; http b $S/b?fin=1&delay=50; http c $S/c; http d $S/d;
            respond '[$a.n,$b.n,$c.n,$d.n]';
        }
    }
    location = /rst {
        asyncapi {
            http a $S/a; http b $S/b?first=rst&delay=50; http c $S/c; http d $S/d;
            respond '[$a.n,"$b.n",$c.n,$d.n]';
        }
    }
--- request eval
["GET /fin", "GET /rst"]
--- response_body_like eval
['^\["a","b","c","d"\]$', '^\["a","b","c","d"\]$']



=== TEST 21: an answer that is cut short fails alone
--- config
    location = /t {
        asyncapi {
            http a $S/a;
            http b default=1 $S/b?cut=80&delay=50;
            http c $S/c;
            http d $S/d;
            respond '[$a.n,$b,$c.n,$d.n]';
        }
    }
--- request
    GET /t
--- response_body chomp
["a",1,"c","d"]
--- error_log
task "b" failed: connect, the connection was closed



=== TEST 22: so does one that is no HTTP, and one that is too large
--- config
    asyncapi_max_result 1000;
    location = /t {
        asyncapi {
            http a $S/a;
            http b default=1 $S/b?junk=1&delay=20;
            http c $S/c;
            http d default=2 $S/d?size=2000;
            http e $S/e;
            respond '[$a.n,$b,$c.n,$d,$e.n]';
        }
    }
--- request
    GET /t
--- response_body chomp
["a",1,"c",2,"e"]



=== TEST 23: an early 400 and the end
--- config
    location = /t {
        asyncapi {
            http a default=1 $S/a?bad=1&delay=50;
            http b $S/b;
            http c $S/c;
            respond '[$a,$b.n,$c.n]';
        }
    }
--- request
    GET /t
--- response_body chomp
[1,"b","c"]



=== TEST 24: a server that answers the first alone, and hangs
--- config
    location = /t {
        asyncapi {
            http a $S/a;
            http b timeout=500ms default=1 $S/b?first=hang;
            http c $S/c;
            http d $S/d;
            respond '[$a.n,$b,$c.n,$d.n]';
        }
    }
    location = /u {
        asyncapi {
            http a $S/ua?delay=20; http b $S/ub?delay=20; http c $S/uc?delay=20;
            http log after=a,b,c $LOG;
            respond '$log[*].most';
        }
    }
--- request eval
["GET /t", "GET /u"]
--- response_body_like eval
['^\["a",1,"c","d"\]$', '^\[1(,1)*,1\]$|^\[\d(,\d)*,1,1,1\]$']



=== TEST 25: HTTP/1.0 is not pipelined any more
--- config
    location = /t {
        asyncapi {
            http a $S/a?old=1&delay=20; http b $S/b; http c $S/c;
            http d after=a,b,c $S/d?delay=20; http e after=a,b,c $S/e;
            http log after=d,e $LOG;
            respond '[$a.n,$b.n,$c.n,$d.n,$e.n,$log[*].most]';
        }
    }
--- request
    GET /t
--- response_body_like eval
qr/^\["a","b","c","d","e",\[3(,1)+\]\]$/



=== TEST 26: more answers than requests are nobody's
--- config
    location = /t {
        asyncapi {
            http a $S/a?twice=1;
            http b after=a $S/b;
            respond '[$a.n,$b.n]';
        }
    }
--- request
    GET /t
--- response_body chomp
["a","b"]



=== TEST 27: a client that leaves takes them all along
--- log_level: debug
--- config
    location = /t { asyncapi { http a $S/a?hang=1; http b $S/b; http c $S/c; } }
--- request
    GET /t
--- abort
--- timeout: 0.3
--- ignore_response
--- wait: 0.3
--- grep_error_log eval: qr/asyncapi http call is cancelled/
--- grep_error_log_out
asyncapi http call is cancelled
asyncapi http call is cancelled
asyncapi http call is cancelled



=== TEST 28: no connection can be made
--- http_config
    asyncapi_http_pipeline 127.0.0.1:1 8;
--- config
    location = /t {
        asyncapi {
            http a default=1 http://127.0.0.1:1/a;
            http b default=2 http://127.0.0.1:1/b;
            http c default=3 http://127.0.0.1:1/c;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1,"b":2,"c":3}



=== TEST 29: a kept connection that was closed meanwhile
--- config
    location = /t {
        asyncapi {
            http a $S/a?fin=1;
            http b after=a $S/b; http c after=a $S/c; http d after=a $S/d;
            respond '[$a.n,$b.n,$c.n,$d.n]';
        }
    }
--- request eval
[("GET /t") x 20]
--- response_body eval
[('["a","b","c","d"]') x 20]



=== TEST 30: requests that are encrypted, with the handshake and after it
--- http_config eval
secure('good') . 'asyncapi_http_pipeline secure.test 8;'
--- config
    location = /t {
        asyncapi {
            http a https://secure.test/; http b https://secure.test/; http c https://secure.test/;
            http d after=a,b,c https://secure.test/; http e after=a,b,c https://secure.test/;
            respond '[$a.n,$b.n,$c.n,$d.n,$e.n]';
        }
    }
--- request eval
["GET /t", "GET /t"]
--- response_body eval
['["1","2","3","4","5"]', '["6","7","8","9","10"]']
--- no_error_log
[error]



=== TEST 31: those behind the first answer are received together
--- log_level: debug
--- config
    location = /t {
        asyncapi {
            http a $S/a?delay=100;
            http b $S/b?delay=2; http c $S/c?delay=2; http d $S/d?delay=2;
            respond '[$a.n,$b.n,$c.n,$d.n]';
        }
    }
--- request
    GET /t
--- response_body chomp
["a","b","c","d"]
--- error_log eval
qr/asyncapi http answers are held, fd:\d+ calls:3 size:\d+/
--- no_error_log
[error]



=== TEST 32: with it, once they are known to come one by one
--- log_level: debug
--- config
    location = /t {
        asyncapi {
            http a $S/a?delay=100;
            http b $S/b?delay=2; http c $S/c?delay=2; http d $S/d?delay=2;
            respond '[$a.n,$b.n,$c.n,$d.n]';
        }
    }
    location = /twice {
        asyncapi {
            http first /t;
            http second after=first /t;
        }
    }
--- request
    GET /twice
--- response_body chomp
{"first":["a","b","c","d"],"second":["a","b","c","d"]}
--- error_log eval
qr/asyncapi http answers are held, fd:\d+ calls:4 size:\d+/
--- no_error_log
[error]



=== TEST 33: but the first no longer than it took itself, if another is slow
--- config
    location = /t {
        asyncapi {
            http a $S/a?delay=50;
            http b $S/b?delay=2; http c $S/c?delay=2; http d $S/d?delay=2;
            respond '[$a.n,$b.n,$c.n,$d.n]';
        }
    }
    location = /slow {
        asyncapi {
            http a $S/a?delay=5;
            http b timeout=1s default=1 $S/b?hang=1;
            respond after=a '[$a.n]';
        }
    }
    location = /timed {
        asyncapi {
            http slow timeout=200ms /slow;
            respond '$slow';
        }
    }
--- request eval
["GET /t", "GET /timed"]
--- response_body eval
['["a","b","c","d"]', '["a"]']
--- no_error_log
[error]



=== TEST 34: but not for long if one of them is slow
--- log_level: debug
--- config
    location = /t {
        asyncapi {
            http a $S/a?delay=100;
            http b $S/b?delay=2;
            http c timeout=1s default=1 $S/c?hang=1;
            http d after=b $S/d;
            respond '[$a.n,$b.n,$c,$d.n]';
        }
    }
--- request
    GET /t
--- response_body chomp
["a","b",1,"d"]
--- error_log
asyncapi http answers are held
asyncapi http answers are not held any more
--- no_error_log
[error]



=== TEST 35: bytes that come after held answers are nobody's
--- config
    location = /t {
        asyncapi {
            http a $S/a?delay=50;
            http b $S/b?delay=2; http c $S/c?delay=2&twice=1;
            http d after=a,b,c $S/d;
            respond '[$a.n,$b.n,$c.n,$d.n]';
        }
    }
--- request eval
["GET /t", "GET /t"]
--- response_body eval
['["a","b","c","d"]', '["a","b","c","d"]']



=== TEST 36: a URL is no host
--- http_config
    asyncapi_http_pipeline http://users/ 8;
--- config
--- must_die
--- error_log
"http://users/" is no host: write it as it stands in URLs, without "http://" and path, as in asyncapi_http_pipeline users:8080 8



=== TEST 37: a depth that is none
--- http_config
    asyncapi_http_pipeline users all;
--- config
--- must_die
--- error_log
invalid depth "all": write how many requests may be on their way over a connection, from 2 to 100, or 1 for no pipelining



=== TEST 38: a host twice
--- http_config
    asyncapi_http_pipeline users 8;
    asyncapi_http_pipeline USERS 4;
--- config
--- must_die
--- error_log
"asyncapi_http_pipeline" directive is duplicate for this host

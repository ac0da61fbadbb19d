use lib 't/lib';
use AsyncAPI;

run_tests();

__DATA__

=== TEST 1: a value goes through byte for byte
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '{"z":9007199254740993,"n":-9223372036854775808,"f":1.0,"g":1.50,"e":1e400,"E":1E+2,"m":-0,"t":true,"y":"\\u00e9\\/\\ud83d\\ude00\\"é","d":{"b":1,"a":2},"":0}';
            respond '{"all":$a,"z":$a.z,"n":$a.n,"f":$a.f,"e":$a.e,"m":$a.m,"y":$a.y,"d":$a.d}';
        }
    }
--- request
    GET /t
--- response_body eval
my $y = '"\u00e9\/\ud83d\ude00\"' . "\xc3\xa9\"";
'{"all":{"z":9007199254740993,"n":-9223372036854775808,"f":1.0,"g":1.50,"e":1e400,"E":1E+2,"m":-0,"t":true,"y":'
. $y . ',"d":{"b":1,"a":2},"":0},"z":9007199254740993,"n":-9223372036854775808,"f":1.0,"e":1e400,"m":-0,"y":'
. $y . ',"d":{"b":1,"a":2}}'



=== TEST 2: a reference takes every form of path
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '{"k":{"x y":{"z":1},"x.y":2,"a]b":3,"it\'s":4,"q\\"q":5},"l":[10,11,[12,13]],"0":"zero","_u":6}';
            respond '[$a.k["x y"].z, $a.k["x.y"], $a["k"]["x.y"], $a.l[0], $a.l[-1][-2], $a.l[2][1], $a.0, $a._u, $a.k["a]b"], $a.k["it\'s"]]';
        }
    }
--- request
    GET /t
--- response_body chomp
[1,2,2,10,12,13,"zero",6,3,4]



=== TEST 3: quotes of a key may be single
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '{"x y":{"z":1}}';
            respond "{\"v\":$a['x y'].z,\"t\":\"<$a['x y'].z>\"}";
        }
    }
--- request
    GET /t
--- response_body chomp
{"v":1,"t":"<1>"}



=== TEST 4: a key is found whatever escapes the result writes it with
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '{"n\\u0061me":1,"\\u00e9":2,"a\\/b":3}';
            respond '[$a.name, $a["é"], $a["a/b"]]';
        }
    }
--- request
    GET /t
--- response_body chomp
[1,2,3]



=== TEST 5: [*] applies the rest to each element, of those that have it
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '{"l":[{"s":1,"m":[{"x":"a"},{"x":"b"}]},{"t":2},{"s":null,"m":[]},3,{"s":4,"m":{"x":1}}]}';
            respond '{"s":$a.l[*].s,"mx":$a.l[*].m[*].x,"all":$a.l[*].m,"none":$a.l[*].q,"no":$a.q[*].x,"obj":$a[*].l}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"s":[1,null,4],"mx":[["a","b"],[]],"all":[[{"x":"a"},{"x":"b"}],[],{"x":1}],"none":[],"no":null,"obj":null}



=== TEST 6: what is not there is null in JSON, and empty in text
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '{"x":{"y":1},"l":[1],"s":"text","n":null}';
            respond '{"v":[$a.nope,$a.x.nope.deep,$a.l[1],$a.l[-2],$a.l.x,$a.s.x,$a.s[0],$a.n.x,$a[0]],"t":"<$a.nope|$a.l[7]|$a.n>"}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"v":[null,null,null,null,null,null,null,null,null],"t":"<||>"}



=== TEST 7: in a string a value is text, escaped once
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '{"s":"q\\" b\\\\ n\\n \\u0001 \\u00e9 é","n":1.50,"t":true,"o":{"k":"v"},"l":["x"]}';
            respond '{"s":"<$a.s>","n":"$a.n","t":"$a.t","o":"$a.o","l":"$a.l"}';
        }
    }
--- request
    GET /t
--- response_body eval
'{"s":"<q\" b\\\\ n\n \u0001 ' . "\\u00e9 \xc3\xa9" . '>","n":"1.50","t":"true","o":"{\"k\":\"v\"}","l":"[\"x\"]"}'



=== TEST 8: braces end a reference where text goes on
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '{"px":3,"l":[1,2]}';
            respond '{"w":"${a.px}px ${a.l[-1]}[0] ${a}x","v":${a.px}}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"w":"3px 2[0] {\"px\":3,\"l\":[1,2]}x","v":3}



=== TEST 9: what does not continue a reference is text
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '{"n":"N"}';
            respond '{"t":"$a.n. $a.n.. $a.n[ $a.n[x] $a.n] $a.n[] $a.n[- $a.n: $a.n::text $a.n:stat $a.n-1 $a.n/$a.n"}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"t":"N. N.. N[ N[x] N] N[] N[- N: N::text N:stat N-1 N/N"}



=== TEST 10: two dollars are one
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 5;
            respond '{"t":"$$a $$$a $$$$ costs $$5 $${a}"}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"t":"$a $5 $$ costs $5 ${a}"}



=== TEST 11: variables of nginx are text, and become JSON strings
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '{"m":$request_method,"n":$arg_n,"none":$arg_none,"t":"[$arg_n]"}';
            respond '{"a":$a,"s":$arg_s,"uri":"$uri?$args","st":"$status"}';
        }
    }
--- request
    GET /t?n=12&s=%22%5c"\
--- response_body chomp
{"a":{"m":"GET","n":"12","none":null,"t":"[12]"},"s":"%22%5c\"\\","uri":"/t?n=12&s=%22%5c\"\\","st":"000"}



=== TEST 12: what follows a variable of nginx is text
--- config
    location = /t {
        asyncapi {
            respond '{"t":"$arg_x.html $arg_x[0] $arg_x:status ${arg_x}y","j":$arg_x}';
        }
    }
--- request
    GET /t?x=v
--- response_body chomp
{"t":"v.html v[0] v:status vy","j":"v"}



=== TEST 13: request headers and cookies are values
--- config
    location = /t {
        asyncapi {
            respond '{"h":$http_x_name,"c":$cookie_sid,"b":"$http_x_name/$cookie_sid"}';
        }
    }
--- request
    GET /t
--- more_headers
X-Name: a "b" \ é
Cookie: sid=1"2; x=y
--- response_body chomp
{"h":"a \"b\" \\ é","c":"1\"2","b":"a \"b\" \\ é/1\"2"}



=== TEST 14: maps, set and geo are there, wherever they stand
--- http_config
    map $arg_x $before { default "d"; 1 "one"; }
--- config
    location = /t {
        set $mine "s$arg_x";
        asyncapi {
            sleep a 1ms '$before';
            respond '{"a":$a,"mine":$mine,"later":$later,"geo":"$where"}';
        }
    }
}
map $arg_x $later { default "dl"; 1 "later"; }
geo $where { default elsewhere; 127.0.0.1 here; }
server {
    listen unix:$TEST_NGINX_SERVROOT/logs/unused.sock;
--- request
    GET /t?x=1
--- response_body chomp
{"a":"one","mine":"s1","later":"later","geo":"here"}



=== TEST 15: captures of the location are kept while tasks run
--- http_config
    map $arg_x $m { default 0; ~^(.)(.)$ $2$1; }
--- config
    location ~ ^/t/(\d+)/(\w*)$ {
        asyncapi {
            sleep a 5ms '{"first":$1,"second":"$2","nine":$9}';
            sleep w after=a 5ms '$m';
            sleep b after=w 5ms '{"first":"$1","second":$2}';
        }
    }
--- pipelined_requests eval
["GET /t/42/name?x=pq", "GET /t/7/?x=pq"]
--- response_body eval
['{"a":{"first":"42","second":"name","nine":null},"w":"qp","b":{"first":"42","second":"name"}}',
 '{"a":{"first":"7","second":"","nine":null},"w":"qp","b":{"first":"7","second":""}}']



=== TEST 16: a task and a path name hide nginx variables
--- config
    location /t {
        asyncapi GET /t/:uri {
            sleep host 1ms '{"name":"task"}';
            respond '{"host":$host.name,"uri":$uri}';
        }
    }
--- request
    GET /t/p
--- response_body chomp
{"host":"task","uri":"p"}



=== TEST 17: keys of a template may have references
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '{"k":"q\\"x","n":1}';
            respond '{"$a.k":1,"id-$a.n":2}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"q\"x":1,"id-1":2}



=== TEST 18: of members that get the same name the later one stands, once
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '{"k":"x"}';
            respond '{"x":1,"y":2,"$a.k":3}';
        }
    }
--- request
    GET /t
--- response_body_like eval
qr/\A\{(?:"y":2,"x":3|"x":3,"y":2)\}\z/



=== TEST 19: a value of a sleep is JSON where it is JSON, else a string
--- config
    location = /t {
        asyncapi {
            sleep j 1ms '{"a":1}';
            sleep n 1ms 12;
            sleep f 1ms -0.50;
            sleep t 1ms true;
            sleep w 1ms word;
            sleep o 1ms 012;
            sleep s 1ms 'two words, "quoted"';
            sleep q 1ms '"a string"';
            sleep e 1ms '';
            sleep b 1ms '{"a":1';
            sleep r 1ms 'is $n of $arg_x';
            sleep v 1ms '$arg_x';
            sleep l 1ms "two\nlines";
        }
    }
--- request
    GET /t?x=%20y
--- response_body chomp
{"j":{"a":1},"n":12,"f":-0.50,"t":true,"w":"word","o":"012","s":"two words, \"quoted\"","q":"a string","e":"","b":"{\"a\":1","r":"is 12 of %20y","v":"%20y","l":"two\nlines"}



=== TEST 20: a result is never taken for a template
--- config
    location /t/ {
        asyncapi GET /t/*x {
            sleep a 1ms '$x';
            sleep b 1ms '{"a":$a,"s":"$a"}';
            respond '{"b":$b,"t":"$b.s"}';
        }
    }
--- request
    GET /t/$host%22,%20"q":{...$b}
--- response_body chomp
{"b":{"a":"$host\", \"q\":{...$b}","s":"$host\", \"q\":{...$b}"},"t":"$host\", \"q\":{...$b}"}



=== TEST 21: a task has no status and no header unless its kind gives one
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '{"b":1}';
            respond '{"s":$a:status,"h":$a:header.x_y,"t":"<$a:status$a:header.x>","b":"$a.b:status"}';
        }
    }
--- request
    GET /t
--- response_body_like eval
qr/\A\{"s":null,"h":null,"t":"<>","b":"(?:1:status|)"\}\z/



=== TEST 22: deep values go through, up to the bound
--- config
    location = /t {
        asyncapi {
            sleep a 1ms '[[[[[[[[{"x":[1]}]]]]]]]]';
            respond '{"v":$a[0][0][0][0][0][0][0][0].x[0],"a":$a}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"v":1,"a":[[[[[[[[{"x":[1]}]]]]]]]]}

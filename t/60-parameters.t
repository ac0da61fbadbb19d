use lib 't/lib';
use AsyncAPI;

no_root_location();
run_tests();

__DATA__

=== TEST 1: values of every type are JSON of that type, and their text elsewhere
--- config
    location /t/ {
        asyncapi /t/:id {
            path id integer;
            query s string;
            query n number;
            query b boolean;
            query u uuid;
            query d date;
            query t date-time;

            respond '{"id":$id,"s":$s,"n":$n,"b":$b,"u":$u,"d":$d,"t":$t,
                      "all":"$id $s $n $b $u $d $t"}';
        }
    }
--- request
GET /t/5?s=a%22b&n=1.50&b=1&u=0E37df36-f698-11e6-8dd4-cb9ced3df976&d=2024-02-29&t=2024-02-29T23:59:60.5Z
--- response_body chomp
{"id":5,"s":"a\"b","n":1.50,"b":true,"u":"0E37df36-f698-11e6-8dd4-cb9ced3df976","d":"2024-02-29","t":"2024-02-29T23:59:60.5Z","all":"5 a\"b 1.50 true 0E37df36-f698-11e6-8dd4-cb9ced3df976 2024-02-29 2024-02-29T23:59:60.5Z"}



=== TEST 2: a name of the path that no statement names is a string, as ever
--- config
    location /t/ {
        asyncapi /t/:a/:b {
            path b integer;
            respond '[$a,$b]';
        }
    }
--- request
GET /t/5/6
--- response_body chomp
["5",6]



=== TEST 3: what is not given is null, an empty text, and an empty array
--- config
    location = /t {
        asyncapi {
            query q string;
            query n integer;
            header X-A string;
            cookie c string;
            query l string[];

            respond '{"q":$q,"n":$n,"h":$X_A,"c":$c,"l":$l,"all":"$q$n$X_A$c"}';
        }
    }
--- request
GET /t
--- response_body chomp
{"q":null,"n":null,"h":null,"c":null,"l":[],"all":""}



=== TEST 4: a default stands in for what is not given
--- config
    location = /t {
        asyncapi {
            query q string default=;
            query n integer default=10;
            query f number default=1.50;
            query b boolean default=1;
            header X-A string "default=a b";
            cookie c date default=2024-02-29;
            query l string[] default=a|b;
            query m integer[] default=;

            respond '[$q,$n,$f,$b,$X_A,$c,$l,$m]';
        }
    }
--- request
GET /t
--- response_body chomp
["",10,1.50,true,"a b","2024-02-29",["a","b"],[]]



=== TEST 5: what is repeated makes an array
--- config
    location = /t {
        asyncapi {
            query ids integer[];
            query tags string[];
            header X-Tag string[];
            cookie c string[];

            respond '{"ids":$ids,"first":$ids[0],"last":$ids[-1],"all":$ids[*],
                      "tags":$tags,"h":$X_Tag,"c":$c,"text":"$ids"}';
        }
    }
--- request
GET /t?ids=3&tags=a%22&ids=1&x=y&ids=-2&tags=%C3%A9&tags=
--- more_headers
X-Tag: one
X-Tag: two, three
Cookie: c=1; d=2; c=3
--- response_body chomp
{"ids":[3,1,-2],"first":3,"last":-2,"all":[3,1,-2],"tags":["a\"","é",""],"h":["one","two, three"],"c":["1","3"],"text":"[3,1,-2]"}



=== TEST 6: a task runs for each element of an array
--- config
    location = /t {
        asyncapi {
            query ids integer[];
            sleep a each=$ids 1ms '{"id":$item,"at":$index}';
        }
    }
--- pipelined_requests eval
["GET /t?ids=7&ids=8", "GET /t"]
--- response_body eval
['{"a":[{"id":7,"at":0},{"id":8,"at":1}]}', '{"a":[]}']



=== TEST 7: a condition holds by the value
--- config
    location = /t {
        asyncapi {
            query flag boolean;
            query n number;
            query s string;
            sleep a if=$flag 1ms 1;
            sleep b if=!$flag 1ms 1;
            sleep c if=$n 1ms 1;
            sleep d if=$s 1ms 1;
        }
    }
--- pipelined_requests eval
["GET /t?flag=true&n=0.5&s=x", "GET /t?flag=0&n=-0.0&s=", "GET /t"]
--- response_body eval
['{"a":1,"b":null,"c":1,"d":1}',
 '{"a":null,"b":1,"c":null,"d":null}',
 '{"a":null,"b":1,"c":null,"d":null}']



=== TEST 8: in a URL a value is percent-encoded
--- config
    location = /t {
        asyncapi {
            query q string;
            query l integer[];
            http a http://127.0.0.1:$TEST_NGINX_SERVER_PORT/echo/$q?q=$q&l=$l;
        }
    }
    location /echo/ {
        return 200 "$request_uri";
    }
--- request
GET /t?q=a/b%26c+d&l=1&l=2
--- response_body chomp
{"a":"/echo/a%2Fb%26c%20d?q=a%2Fb%26c%20d&l=%5B1%2C2%5D"}



=== TEST 9: every error of a request is listed, in the order of the statements, and no task starts
--- config
    location /t/ {
        asyncapi GET /t/:id {
            path id integer min=1 max=100;
            query q string min_length=2 max_length=3 "pattern=^[a-z]+$";
            query r string max_length=3;
            query p string "pattern=^[a-z]+$";
            query ids integer[] max=10;
            query e string enum=a|b;
            query flag boolean;
            query n number min=-0.5;
            query u uuid;
            query at date-time;
            query day date required;
            header X-Rate integer required;
            cookie session uuid;
            sleep a 1ms 1;
        }
    }
--- request
GET /t/0?q=a&r=abcd&p=A&ids=1&ids=02&ids=11&e=c&flag=yes&n=-1&u=5&at=2024-02-30T00:00:00Z
--- more_headers
X-Rate: fast
Cookie: session=5
--- error_code: 422
--- response_headers
Content-Type: application/problem+json
--- response_body chomp
{"type":"about:blank","title":"Unprocessable Content","status":422,"detail":"The request has errors.","errors":[{"in":"path","name":"id","detail":"is less than 1"},{"in":"query","name":"q","detail":"is shorter than 2 characters"},{"in":"query","name":"r","detail":"is longer than 3 characters"},{"in":"query","name":"p","detail":"does not match ^[a-z]+$"},{"in":"query","name":"ids","detail":"is not an integer of 64 bits","index":1},{"in":"query","name":"ids","detail":"is more than 10","index":2},{"in":"query","name":"e","detail":"is none of a, b"},{"in":"query","name":"flag","detail":"is neither true nor false"},{"in":"query","name":"n","detail":"is less than -0.5"},{"in":"query","name":"u","detail":"is not a UUID"},{"in":"query","name":"at","detail":"is not a time of RFC 3339, as 2024-02-29T12:00:00Z is"},{"in":"query","name":"day","detail":"is required"},{"in":"header","name":"X-Rate","detail":"is not an integer of 64 bits"},{"in":"cookie","name":"session","detail":"is not a UUID"}]}
--- error_log
asyncapi refused the request: [{"in":"path","name":"id","detail":"is less than 1"},
--- no_error_log
[error]
ready -> running



=== TEST 10: HEAD gets the header of the same, and no body
--- config
    location = /t {
        asyncapi { query q string required; respond '1'; }
    }
--- request
HEAD /t
--- error_code: 422
--- response_headers
Content-Type: application/problem+json
Content-Length: 162
--- response_body



=== TEST 11: the connection is kept, and the body of a request that is refused is not taken for the next
--- config
    location = /t {
        asyncapi POST { query q integer required; respond '$q'; }
    }
--- pipelined_requests eval
["POST /t
GET /evil HTTP/1.1", "POST /t?q=1
x"]
--- error_code eval
[422, 200]
--- response_body_like eval
['"is required"', '^1$']



=== TEST 12: a scalar that is given twice is an error, in query and header; of cookies the first counts
--- config
    location = /t {
        asyncapi {
            query q string;
            header X-A string;
            cookie c string;
            respond '[$q,$X_A,$c]';
        }
    }
--- pipelined_requests eval
["GET /t?q=1&q=1", "GET /t?q=1"]
--- more_headers eval
["X-A: 1\nX-A: 2\nCookie: c=1; c=2", "X-A: 1\nCookie: c=1; c=2"]
--- error_code eval
[422, 200]
--- response_body_like eval
['"errors":\[\{"in":"query","name":"q","detail":"is given more than once"\},\{"in":"header","name":"X-A","detail":"is given more than once"\}\]\}$',
 '^\["1","1","1"\]$']



=== TEST 13: the query is read as a form is: pluses, percents, empty pairs, encoded names
--- config
    location = /t {
        asyncapi {
            query q string;
            query my_name string;
            respond '[$q,$my_name]';
        }
    }
--- pipelined_requests eval
["GET /t?q=a+b%2Bc", "GET /t?&&q=a=b&", "GET /t?q", "GET /t?m%79%5fname=1", "GET /t?q=a;my_name=1",
 "GET /t?=1&Q=1&my-name=1", "GET /t?q=%00", "GET /t?%=1&%4=2&q=1"]
--- response_body eval
['["a b+c",null]', '["a=b",null]', '["",null]', '[null,"1"]', '["a;my_name=1",null]',
 '[null,null]', '["\u0000",null]', '["1",null]']



=== TEST 14: what can't be decoded, or is no UTF-8, is an error
--- config
    location /t/ {
        asyncapi /t/:p {
            path p string;
            query q string;
            header X-A string;
            cookie c string;
            respond '$q';
        }
    }
--- request eval
"GET /t/%ff?q=%f"
--- more_headers eval
"X-A: \xff\nCookie: c=\xe9"
--- error_code: 422
--- response_body_like eval
'"errors":\[\{"in":"path","name":"p","detail":"is not valid UTF-8"\},\{"in":"query","name":"q","detail":"has a \\\\"%\\\\" without two hexadecimal digits behind it"\},\{"in":"header","name":"X-A","detail":"is not valid UTF-8"\},\{"in":"cookie","name":"c","detail":"is not valid UTF-8"\}\]\}$'



=== TEST 15: header names don't depend on case
--- config
    location = /t {
        asyncapi { header X-Request-Id string; respond '$X_Request_Id'; }
    }
--- request
GET /t
--- more_headers
x-REQUEST-id: a
--- response_body chomp
"a"



=== TEST 16: a parameter of the name of an nginx variable is the parameter
--- config
    location = /t {
        asyncapi { query host string; respond '[$host]'; }
    }
--- request
GET /t?host=a
--- response_body chomp
["a"]



=== TEST 17: lengths are of characters
--- config
    location = /t {
        asyncapi { query q string min_length=2 max_length=2 "pattern=^.{2}$"; respond '$q'; }
    }
--- pipelined_requests eval
["GET /t?q=%C3%A9%F0%9F%98%80", "GET /t?q=%C3%A9"]
--- error_code eval
[200, 422]
--- response_body_like eval
['^"é😀"$', 'is shorter than 2 characters']



=== TEST 18: a pattern that would take too long is an error of the value
--- config
    location = /t {
        asyncapi {
            query a string "pattern=^(a+)+$";
            query x string "pattern=x*x*[yz]";
            respond '1';
        }
    }
--- request eval
"GET /t?a=" . "a" x 40 . "b&x=" . "x" x 3000
--- error_code: 422
--- response_body_like chomp
"takes too long to match with \^\(a\+\)\+\$"\},\{"in":"query","name":"x","detail":"takes too long to match with x\*x\*\[yz\]"
--- timeout: 5



=== TEST 19: the list of errors is bounded
--- config
    location = /t {
        asyncapi { query i integer[]; query j integer required; respond '1'; }
    }
--- request eval
"GET /t?" . "i=x&" x 200
--- error_code: 422
--- response_body_like eval
'^[^[]*\[(?:\{[^}]*"index":\d+\},?){64}\]\}$'



=== TEST 20: an endpoint that is a task has parameters of its own
--- config
    location = /t {
        asyncapi {
            query q string;
            http a header=X-A:7 /inner?n=$q;
            respond '$a';
        }
    }
    location = /inner {
        asyncapi { query n integer; header X-A integer; cookie c string; respond '[$n,$X_A,$c]'; }
    }
--- pipelined_requests eval
["GET /t?q=5", "GET /t?q=x"]
--- more_headers
X-A: of the client
Cookie: c=1
--- error_code eval
[200, 502]
--- response_body eval
['[5,7,"1"]', '{"type":"about:blank","title":"Bad Gateway","status":502,"task":"a","reason":"status","code":422}']
--- allow_error_log



=== TEST 21: a value that would break a header is refused where it is put in
--- config
    location = /t {
        asyncapi {
            query q string;
            http a header=X-A:$q http://127.0.0.1:$TEST_NGINX_SERVER_PORT/echo;
        }
    }
    location = /echo { return 200 "$http_x_a"; }
--- request
GET /t?q=a%0d%0aX-B:b
--- error_code: 502
--- response_body_like: "reason":"invalid"



=== TEST 22: of several endpoints the one that fits checks its own
--- config
    location /t/ {
        asyncapi GET /t/:id { path id integer; respond '["get",$id]'; }
        asyncapi PUT /t/:id { path id string enum=me; respond '["put",$id]'; }
        asyncapi DELETE /t/*rest { path rest string max_length=3; respond '["delete",$rest]'; }
    }
--- pipelined_requests eval
["GET /t/5", "PUT /t/me
x", "DELETE /t/a/b", "GET /t/me", "DELETE /t/a/b/c", "DELETE /t/"]
--- error_code eval
[200, 200, 200, 422, 422, 200]
--- response_body_like eval
['^\["get",5\]$', '^\["put","me"\]$', '^\["delete","a/b"\]$', 'not an integer', 'longer than 3', '^\["delete",""\]$']



=== TEST 23: parameters stand in an included file, and a let reads them
--- config
    location = /t {
        add_header X-Q "$both" always;
        asyncapi {
            include $TEST_NGINX_SERVER_ROOT/html/parameters.conf;
            let $both "$q/$n";
            respond '$n';
        }
    }
--- user_files
>>> parameters.conf
query q string;
query n integer;
--- request
GET /t?q=a&n=5
--- response_headers
X-Q: a/5
--- response_body chomp
5



=== TEST 24: twenty parameters are told apart
--- config eval
"location = /t { asyncapi { " . CORE::join(' ', map { "query p$_ integer;" } 1 .. 20)
. " respond '[" . CORE::join(',', map { "\$p$_" } 1 .. 20) . "]'; } }"
--- request eval
"GET /t?" . CORE::join('&', map { "p$_=$_" } CORE::reverse(1 .. 20))
--- response_body eval
"[" . CORE::join(',', 1 .. 20) . "]"



=== TEST 25: HTTP/2 brings the same
--- config
    location = /t {
        asyncapi { query q integer; header X-A string; cookie c string; respond '[$q,$X_A,$c]'; }
    }
--- http2
--- request
GET /t?q=1
--- more_headers
X-A: a
Cookie: c=1
--- response_body chomp
[1,"a","1"]

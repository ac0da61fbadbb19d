use lib 't/lib';
use AsyncAPI;

no_root_location();


# a body of multipart/form-data, of the lines of the block

add_block_preprocessor(sub {
    my $block = shift;
    my $parts = $block->multipart;

    return if !defined $parts;

    $parts =~ s/\r?\n/\r\n/g;
    $block->set_value('request', "POST /t\n$parts");
    $block->set_value('more_headers',
                      'Content-Type: multipart/form-data; boundary=xYz')
        if !defined $block->more_headers;
});


# an endpoint that shows all fields

our $show = <<'CONF';
location = /t { asyncapi POST { body form; respond '$body'; } }
CONF

run_tests();

__DATA__

=== TEST 1: fields of a form are checked as parameters are, and $body has all
--- config
    location = /t {
        asyncapi POST {
            body form;
            form name string required;
            form age integer min=18;
            form tags string[];
            form ok boolean default=false;
            respond '{"name":$name,"age":$age,"tags":$tags,"ok":$ok,"first":$body.tags[0],"all":$body}';
        }
    }
--- request
POST /t
name=A%20%22b%22+c&age=20&tags=x&tags=%C3%A9&other=&=
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body chomp
{"name":"A \"b\" c","age":20,"tags":["x","é"],"ok":false,"first":"x","all":{"name":"A \"b\" c","age":"20","tags":["x","é"],"other":"","":""}}



=== TEST 2: errors of a form and of the query are in one list
--- config
    location = /t {
        asyncapi POST {
            query q integer;
            body form;
            form name string required;
            form age integer min=18;
            form one string;
            respond '1';
        }
    }
--- request
POST /t?q=x
age=17&one=1&one=2
--- more_headers
Content-Type: application/x-www-form-urlencoded; charset=utf-8
--- error_code: 422
--- response_body_like chomp
"errors":\[\{"in":"query","name":"q","detail":"is not an integer of 64 bits"\},\{"in":"form","name":"name","detail":"is required"\},\{"in":"form","name":"age","detail":"is less than 18"\},\{"in":"form","name":"one","detail":"is given more than once"\}\]\}$



=== TEST 3: a form that can't be decoded is broken
--- config eval: $::show
--- request
POST /t
a=%4
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- error_code: 400
--- response_body_like: "status":400,"detail":"The form has a ..%.. without two hexadecimal digits behind it."



=== TEST 4: fields that are no UTF-8
--- config
    location = /t {
        asyncapi POST { body form; form s string; respond '$body'; }
    }
--- request
POST /t
s=%ff&a/b=%ff&%ff=1&ok=1
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- error_code: 422
--- response_body_like chomp
"errors":\[\{"pointer":"#/a~1b","detail":"is not valid UTF-8"\},\{"pointer":"#/%FF","detail":"is not valid UTF-8"\},\{"in":"form","name":"s","detail":"is not valid UTF-8"\}\]\}$



=== TEST 5: other types are refused
--- config eval: $::show
--- request
POST /t
{"a":1}
--- more_headers
Content-Type: application/json
--- error_code: 415
--- response_body_like: The body has to be application/x-www-form-urlencoded or multipart/form-data, in UTF-8.



=== TEST 6: a form that is not there is an error, an optional one is not
--- config
    location = /t { asyncapi POST { body form; respond '$body'; } }
    location = /o { asyncapi POST { body form optional; form a string[]; respond '[$body,$a]'; } }
--- pipelined_requests eval
["POST /t", "POST /o"]
--- error_code eval
[422, 200]
--- response_body_like eval
['"pointer":"#","detail":"is required"', '^\[null,\[\]\]$']



=== TEST 7: more than a thousand fields are too many
--- config eval: $::show
--- request eval
"POST /t
" . "a&" x 1001
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- error_code: 400
--- response_body_like: more than 1000 fields



=== TEST 8: a thousand fields of names of their own
--- config eval: $::show
--- request eval
"POST /t
" . CORE::join("&", map { "f$_=$_" } 1 .. 1000)
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body eval
"{" . CORE::join(",", map { "\"f$_\":\"$_\"" } 1 .. 1000) . "}"



=== TEST 9: a form of parts
--- config
    location = /t {
        asyncapi POST {
            body form;
            form n integer;
            form l string[];
            respond '{"n":$n,"l":$l,"all":$body}';
        }
    }
--- multipart
--xYz
Content-Disposition: form-data; name="n"

5
--xYz
content-disposition:form-data;name=l
Content-Type: text/plain; charset=UTF-8

one
two
--xYz
Content-Disposition: form-data; filename="a;b\"c.txt"; name="l"
Content-Type: text/plain
X-Other: ignored

--xY is no boundary
--xYz
Content-Disposition: form-data; name="a\"b c"


--xYz--
--- response_body chomp
{"n":5,"l":["one\r\ntwo","--xY is no boundary"],"all":{"n":"5","l":["one\r\ntwo","--xY is no boundary"],"a\"b c":""}}



=== TEST 10: what is in front of the first boundary and behind the last is no part
--- config eval: $::show
--- multipart
This is a message in parts.
--xYz  
Content-Disposition: form-data; name="a"

1
--xYz--
--xYz
Content-Disposition: form-data; name="b"

2
--xYz--
--- response_body chomp
{"a":"1"}



=== TEST 11: a boundary in quotes, of other characters
--- config eval: $::show
--- more_headers
Content-Type: Multipart/Form-Data; charset=utf-8; boundary="a b:c"
--- multipart
--a b:c
Content-Disposition: form-data; name="a"

1
--a b:c--
--- response_body chomp
{"a":"1"}



=== TEST 12: a Content-Type without a boundary
--- config eval: $::show
--- more_headers
Content-Type: multipart/form-data
--- multipart
--xYz--
--- error_code: 400
--- response_body_like: The Content-Type has no boundary that is one.



=== TEST 13: a boundary that is none
--- config eval: $::show
--- more_headers
Content-Type: multipart/form-data; boundary="a<b"
--- multipart
--a<b--
--- error_code: 400
--- response_body_like: The Content-Type has no boundary that is one.



=== TEST 14: no last boundary
--- config eval: $::show
--- multipart
--xYz
Content-Disposition: form-data; name="a"

1
--- error_code: 400
--- response_body_like: The form has no last boundary.



=== TEST 15: a part without a name
--- config eval: $::show
--- multipart
--xYz
Content-Disposition: form-data; filename="a"

1
--xYz--
--- error_code: 400
--- response_body_like: The form has a part without a name



=== TEST 16: a part without headers
--- config eval: $::show
--- multipart
--xYz

1
--xYz--
--- error_code: 400
--- response_body_like: The form has a part without a name



=== TEST 17: a part with two names
--- config eval: $::show
--- multipart
--xYz
Content-Disposition: form-data; name="a"
Content-Disposition: form-data; name="b"

1
--xYz--
--- error_code: 400
--- response_body_like: The form has a part without a name, or with two.



=== TEST 18: a part in base64
--- config eval: $::show
--- multipart
--xYz
Content-Disposition: form-data; name="a"
Content-Transfer-Encoding: base64

MQ==
--xYz--
--- error_code: 400
--- response_body_like: The form has a part that is encoded.



=== TEST 19: a part in another charset
--- config eval: $::show
--- multipart
--xYz
Content-Disposition: form-data; name="a"
Content-Type: text/plain; charset=latin1

1
--xYz--
--- error_code: 400
--- response_body_like: The form has a part that is not in UTF-8.



=== TEST 20: a header that goes on in the next line
--- config eval: $::show
--- multipart
--xYz
Content-Disposition: form-data; name="a"
X-Long: a
 b

1
--xYz--
--- error_code: 400
--- response_body_like: The form has a header of a part that is none.



=== TEST 21: headers without an end
--- config eval: $::show
--- multipart eval
"--xYz\nX: " . "x" x 5000 . "\n\n1\n--xYz--"
--- error_code: 400
--- response_body_like: The form has a part with headers that are too long or have no end.



=== TEST 22: a file of bytes that are no text
--- config
    location = /t { asyncapi POST { body form; form f string; respond '1'; } }
--- multipart eval
"--xYz\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\n\n\x89PNG\xff\n--xYz--"
--- error_code: 422
--- response_body_like: "in":"form","name":"f","detail":"is not valid UTF-8"



=== TEST 23: a form in pieces
--- config eval: $::show
--- raw_request eval
["POST /t HTTP/1.1\r
Host: localhost\r
Connection: close\r
Content-Type: application/x-www-form-urlencoded\r
Content-Length: 7\r
\r
a=", "%4", "1&b"]
--- raw_request_middle_delay: 0.02
--- response_body chomp
{"a":"A","b":""}



=== TEST 24: a form parameter alone makes the body a form
--- config
    location = /t {
        asyncapi POST {
            form name string required;
            form age integer default=18;
            respond '{"name":$name,"age":$age,"all":$body}';
        }
    }
    location = /o { asyncapi POST { form a string default=none; respond '[$a,$body]'; } }
--- pipelined_requests eval
["POST /t
name=a&more=b", "POST /t
age=x", "POST /t", "POST /o", "POST /o
a=1"]
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- error_code eval
[200, 422, 422, 200, 200]
--- response_body_like eval
['^\{"name":"a","age":18,"all":\{"name":"a","more":"b"\}\}$',
 '"errors":\[\{"in":"form","name":"name","detail":"is required"\},\{"in":"form","name":"age","detail":"is not an integer of 64 bits"\}\]\}$',
 '"errors":\[\{"in":"form","name":"name","detail":"is required"\}\]\}$',
 '^\["none",null\]$', '^\["1",\{"a":"1"\}\]$']



=== TEST 25: and is refused where it is something else
--- config
    location = /t { asyncapi POST { form a string; respond '$a'; } }
--- request
POST /t
{"a":"1"}
--- more_headers
Content-Type: application/json
--- error_code: 415



=== TEST 26: what a body statement says counts, before or behind
--- config
    location = /before { asyncapi POST { body form max=4; form a string; respond '$a'; } }
    location = /behind { asyncapi POST { form a string; body form max=4; respond '$a'; } }
--- pipelined_requests eval
["POST /before
a=100", "POST /behind
a=100", "POST /before
a=10", "POST /behind
a=10", "POST /before", "POST /behind"]
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- error_code eval
[413, 413, 200, 200, 422, 422]
--- response_body_like eval
['413', '413', '^"10"$', '^"10"$', '"pointer":"#","detail":"is required"', '"pointer":"#","detail":"is required"']

# The OpenAPI document.  "--- openapi" has lines "POINTER VALUE", JSON Pointers
# into the document and what is to be there, as JSON; "absent" for nothing.
# Every document is validated by two validators.

use lib 't/lib';
use AsyncAPI;
use File::Temp;
use JSON::PP;

my $json = JSON::PP->new->utf8->canonical->allow_nonref;

add_response_body_check(\&check_document);

run_tests();


sub check_document {
    my ($block, $body) = @_;
    my $name = $block->name;

    return if !defined $block->openapi;

    my $file = File::Temp->new(SUFFIX => '.json');
    print $file $body;
    close $file;

    my $said = `tools/openapi-valid $file 2>&1`;
    is($? . $said, '0', "$name - both validators take it");

    my $document = $json->decode($body);

    for (split /\n/, $block->openapi) {
        my ($pointer, $expected) = /^(\S+) (.*)/ or next;
        my $found = at($document, $pointer);

        is(defined $found ? $json->encode($$found) : 'absent',
           $expected eq 'absent' ? $expected
                                 : $json->encode($json->decode($expected)),
           "$name - $pointer");
    }
}


# a reference to what is there, or undef

sub at {
    my ($value, $pointer) = @_;
    my (undef, @steps) = split m{/}, $pointer;

    for my $step (@steps) {
        $step =~ s{~1}{/}g;

        if (ref $value eq 'HASH') {
            return undef if !exists $value->{$step};
            $value = $value->{$step};

        } else {
            return undef if ref $value ne 'ARRAY' || $step >= @$value;
            $value = $value->[$step];
        }
    }

    return \$value;
}

__DATA__

=== TEST 1: the document of a server that has no endpoints
--- config
asyncapi_info 'The "shop"' 1.0;
location = /openapi.json { asyncapi_openapi; }
--- request
GET /openapi.json
--- response_headers
Content-Type: application/json
--- openapi
/openapi "3.1.0"
/info {"title":"The \"shop\"","version":"1.0"}
/paths {}



=== TEST 2: an info of http is for servers without one of their own
--- http_config
asyncapi_info "All servers" 2.0 "Of all.";
--- config
location = /openapi.json { asyncapi_openapi; }
--- request
GET /openapi.json
--- openapi
/info {"title":"All servers","version":"2.0","description":"Of all."}



=== TEST 3: a server's info replaces all of http's
--- http_config
asyncapi_info "All servers" 2.0 "Of all.";
--- config
asyncapi_info Shop 1.0;
location = /openapi.json { asyncapi_openapi; }
--- request
GET /openapi.json
--- openapi
/info {"title":"Shop","version":"1.0"}



=== TEST 4: names of the path become braces, what is documented is there
--- config
asyncapi_info Shop 1.0;
location = /openapi.json { asyncapi_openapi; }
location /files/ {
    asyncapi GET /files/:id/content/*path {
        summary "A file";
        description "Part of it.";
        tag files "to read";
        operation_id fileContent;
        deprecated;
        path id integer min=1 "description=The file's.";
        sleep a 1ms;
    }
}
--- request
GET /openapi.json
--- openapi
/paths/~1files~1{id}~1content~1{path}/get/operationId "fileContent"
/paths/~1files~1{id}~1content~1{path}/get/summary "A file"
/paths/~1files~1{id}~1content~1{path}/get/description "Part of it."
/paths/~1files~1{id}~1content~1{path}/get/tags ["files","to read"]
/paths/~1files~1{id}~1content~1{path}/get/deprecated true
/paths/~1files~1{id}~1content~1{path}/get/parameters/0 {"in":"path","name":"id","required":true,"description":"The file's.","schema":{"type":"integer","format":"int64","minimum":1}}
/paths/~1files~1{id}~1content~1{path}/get/parameters/1/name "path"
/paths/~1files~1{id}~1content~1{path}/get/parameters/1/description "The rest of the path, which may have slashes."
/paths/~1files~1{id}~1content~1{path}/head absent



=== TEST 5: parameters have schemas, numbers as they are written
--- config
asyncapi_info Shop 1.0;
location = /openapi.json { asyncapi_openapi; }
location = /t {
    asyncapi {
        query  i integer min=-9223372036854775808 max=9007199254740993 default=5;
        query  n number min=0.5 enum=1|1.5|2 example=1.5;
        query  b boolean default=1 example=0;
        query  s string required min_length=1 max_length=9 'pattern=^\w+"$';
        query  d date;
        query  l string[] enum=a|b default=a|b example=b;
        header X-Id uuid;
        cookie c date-time description=When.;
        sleep a 1ms;
    }
}
--- request
GET /openapi.json
--- response_body_like: "minimum":-9223372036854775808,"maximum":9007199254740993,"default":5[},]
--- openapi
/paths/~1t/get/parameters/1 {"in":"query","name":"n","schema":{"type":"number","minimum":0.5,"enum":[1,1.5,2]},"example":1.5}
/paths/~1t/get/parameters/2 {"in":"query","name":"b","schema":{"type":"boolean","default":true},"example":false}
/paths/~1t/get/parameters/3 {"in":"query","name":"s","required":true,"schema":{"type":"string","minLength":1,"maxLength":9,"pattern":"^\\w+\"$"}}
/paths/~1t/get/parameters/4 {"in":"query","name":"d","schema":{"type":"string","format":"date"}}
/paths/~1t/get/parameters/5 {"in":"query","name":"l","schema":{"type":"array","items":{"type":"string","enum":["a","b"]},"default":["a","b"]},"example":["b"]}
/paths/~1t/get/parameters/6 {"in":"header","name":"X-Id","schema":{"type":"string","format":"uuid"}}
/paths/~1t/get/parameters/7 {"in":"cookie","name":"c","description":"When.","schema":{"type":"string","format":"date-time"}}
/paths/~1t/get/parameters/8 absent
/paths/~1t/get/responses/422/content/application~1problem+json/schema {"$ref":"#/components/schemas/ValidationProblem"}
/paths/~1t/get/responses/400 absent



=== TEST 6: a body of JSON, and the statuses that it brings
--- config
asyncapi_info Shop 1.0;
location = /openapi.json { asyncapi_openapi; }
location = /t { asyncapi POST { body json; sleep a default=0 1ms; } }
location = /optional { asyncapi POST { body json optional; sleep a 1ms; } }
--- request
GET /openapi.json
--- openapi
/paths/~1t/post/requestBody {"required":true,"content":{"application/json":{"schema":{}}}}
/paths/~1optional/post/requestBody {"content":{"application/json":{"schema":{}}}}
/paths/~1t/post/responses/400/content/application~1problem+json/schema {"$ref":"#/components/schemas/Problem"}
/paths/~1t/post/responses/413/description "The body is too large."
/paths/~1t/post/responses/415/description "The body is of another type."
/paths/~1t/post/responses/422/description "The request has errors."
/paths/~1t/post/responses/502 absent



=== TEST 7: a form has a schema of its fields, in both of its types
--- config
asyncapi_info Shop 1.0;
location = /openapi.json { asyncapi_openapi; }
location = /t {
    asyncapi POST {
        body form;
        form text string required max_length=5 description=What. example=a;
        form n integer[] default=1|2 example=3;
        query q string;
        sleep a 1ms;
    }
}
--- request
GET /openapi.json
--- openapi
/paths/~1t/post/requestBody/content/multipart~1form-data/schema {"type":"object","required":["text"],"properties":{"text":{"type":"string","maxLength":5,"description":"What.","examples":["a"]},"n":{"type":"array","items":{"type":"integer","format":"int64"},"default":[1,2],"examples":[[3]]}}}
/paths/~1t/post/requestBody/content/application~1x-www-form-urlencoded/schema/required ["text"]
/paths/~1t/post/parameters/0/name "q"
/paths/~1t/post/parameters/1 absent



=== TEST 8: a raw body has any type
--- config
asyncapi_info Shop 1.0;
location = /openapi.json { asyncapi_openapi; }
location = /t { asyncapi PUT { body raw; sleep a 1ms; } }
--- request
GET /openapi.json
--- openapi
/paths/~1t/put/requestBody {"required":true,"content":{"*/*":{}}}
/paths/~1t/put/responses/415 absent
/paths/~1t/put/responses/413/description "The body is too large."



=== TEST 9: the answers that are declared, and those of failures beside them
--- config
asyncapi_info Shop 1.0;
location = /openapi.json { asyncapi_openapi; }
location = /t {
    asyncapi POST {
        query q string;
        sleep a 1ms;
        respond 404 if=!$a type=application/problem+json '{"a": $a}';
        respond 422 if=!$a '{"a": $a}';
        respond 201 if=!$a type=text/plain "$a";
        respond 201 '{"a": $a}';
    }
}
location = /none { asyncapi DELETE { sleep a 1ms; respond 204; } }
location = /all { asyncapi { sleep a 1ms; gather g { sleep b 1ms; } } }
--- request
GET /openapi.json
--- openapi
/paths/~1t/post/responses/404/content {"application/problem+json":{}}
/paths/~1t/post/responses/422/content {"application/json":{},"application/problem+json":{"schema":{"$ref":"#/components/schemas/ValidationProblem"}}}
/paths/~1t/post/responses/201/content {"text/plain":{},"application/json":{}}
/paths/~1t/post/responses/200 absent
/paths/~1t/post/responses/default/content/application~1problem+json/schema {"$ref":"#/components/schemas/Problem"}
/paths/~1none/delete/responses/204/content absent
/paths/~1all/get/responses/200/content {"application/json":{"schema":{"type":"object","properties":{"a":{},"g":{}}}}}
/components/schemas/Problem/required ["type","title","status"]
/components/schemas/Problem/properties/reason/enum/0 "timeout"



=== TEST 10: statuses of tasks are there where one may fail
--- http_config
asyncapi_limit few 1;
--- config
asyncapi_info Shop 1.0;
location = /openapi.json { asyncapi_openapi; }
location = /plain { asyncapi { sleep a 1ms; } }
location = /limited { asyncapi { gather g { sleep a limit=few 1ms; } } }
location = /never { asyncapi { gather g default=null { sleep a limit=few 1ms; } } }
--- request
GET /openapi.json
--- openapi
/paths/~1plain/get/responses/502/description "A task failed."
/paths/~1plain/get/responses/503 absent
/paths/~1plain/get/responses/504/description "A task took too long."
/paths/~1limited/get/responses/503/description "A task found no free slot."
/paths/~1never/get/responses/502 absent
/paths/~1never/get/responses/503 absent
/paths/~1never/get/responses/504 absent



=== TEST 11: every method is an operation with a name of its own
--- config
asyncapi_info Shop 1.0;
location = /openapi.json { asyncapi_openapi; }
location /a/ {
    asyncapi HEAD OPTIONS /a/b { sleep a 1ms; }
    asyncapi GET /a/b_c { sleep a 1ms; }
    asyncapi GET /a/b/c { sleep a 1ms; }
    asyncapi POST /a/x { operation_id get_a_b_c; sleep a 1ms; }
    asyncapi GET PUT /a/:id { operation_id item; sleep a 1ms; }
}
--- request
GET /openapi.json
--- openapi
/paths/~1a~1{id}/get/operationId "get_item"
/paths/~1a~1{id}/put/operationId "put_item"
/paths/~1a~1b/head/operationId "head_a_b"
/paths/~1a~1b/options/operationId "options_a_b"
/paths/~1a~1b/get absent
/paths/~1a~1x/post/operationId "get_a_b_c"
/paths/~1a~1b~1c/get/operationId "get_a_b_c_2"
/paths/~1a~1b_c/get/operationId "get_a_b_c_3"



=== TEST 12: a path whose names differ is one path, with the names of the first
--- config
asyncapi_info Shop 1.0;
location = /openapi.json { asyncapi_openapi; }
location /a/ {
    asyncapi GET /a/:id { sleep a 1ms; }
    asyncapi DELETE /a/:key { path key integer; sleep a 1ms; }
}
--- request
GET /openapi.json
--- openapi
/paths/~1a~1{id}/get/parameters/0/name "id"
/paths/~1a~1{id}/delete/parameters/0/name "id"
/paths/~1a~1{id}/delete/parameters/0/schema/type "integer"
/paths/~1a~1{key} absent



=== TEST 13: of two endpoints at a path the one is there that answers
--- config
asyncapi_info Shop 1.0;
location = /openapi.json { asyncapi_openapi; }
location /a {
    asyncapi GET /a { summary prefix; sleep a 1ms; }
    location = /a { asyncapi { summary exact; sleep a 1ms; } }
}
--- request
GET /openapi.json
--- openapi
/paths/~1a/get/summary "exact"



=== TEST 14: without PATH it is the location's name, if that is a path
--- config
asyncapi_info Shop 1.0;
location = /openapi.json { asyncapi_openapi; }
location = /exact { asyncapi { sleep a 1ms; } }
location /prefix/ {
    asyncapi { sleep a 1ms; }
    location /prefix/nested { asyncapi POST { sleep a 1ms; } }
}
location ~ ^/regex { asyncapi /regex/:x { sleep a 1ms; } asyncapi { sleep a 1ms; } }
location @named { asyncapi /named { sleep a 1ms; } asyncapi { sleep a 1ms; } }
location = /internal { internal; asyncapi { sleep a 1ms; } }
location "/a b{/" { asyncapi { sleep a 1ms; } }
--- request
GET /openapi.json
--- response_body_like: "paths":\{"/a%20b%7B/":.*"/exact":.*"/named":.*"/prefix/":.*"/prefix/nested":.*"/regex/\{x\}":
--- openapi
/paths/~1exact/get/operationId "get_exact"
/paths/~1prefix~1/get/operationId "get_prefix"
/paths/~1prefix~1nested/post/operationId "post_prefix_nested"
/paths/~1regex~1{x}/get/operationId "get_regex_x"
/paths/~1regex absent
/paths/~1internal absent



=== TEST 15: each server has its own endpoints
--- http_config
server {
    listen $TEST_NGINX_SERVER_PORT;
    server_name other;
    asyncapi_info Other 1.0;
    location = /other { asyncapi { sleep a 1ms; } }
    location = /openapi.json { asyncapi_openapi; }
}
--- config
asyncapi_info Shop 1.0;
location = /openapi.json { asyncapi_openapi; }
location = /mine { asyncapi { sleep a 1ms; } }
--- request
GET /openapi.json
--- openapi
/info/title "Shop"
/paths/~1mine/get/operationId "get_mine"
/paths/~1other absent



=== TEST 16: bytes that are no UTF-8 don't break it
--- config eval
"asyncapi_info 'a\xffb' 1.0;
location = /openapi.json { asyncapi_openapi; }"
--- request
GET /openapi.json
--- openapi
/info/title "a\ufffdb"



=== TEST 17: who has it already gets a 304
--- config
asyncapi_info Shop 1.0;
location = /openapi.json { asyncapi_openapi; }
location = /conditional {
    proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/openapi.json;
    proxy_set_header If-None-Match $arg_tag;
}
--- request eval
["GET /openapi.json", "GET /conditional?tag=*", 'GET /conditional?tag="x"']
--- error_code eval
[200, 304, 200]
--- response_headers_like eval
["ETag: \"[0-9a-f]{32}\"", "ETag: \"[0-9a-f]{32}\"", "ETag: \"[0-9a-f]{32}\""]



=== TEST 18: only GET and HEAD, also in what nginx makes of a location
--- config
asyncapi_info Shop 1.0;
location = /openapi.json {
    asyncapi_openapi;
    limit_except GET { allow all; }
    if ($arg_x) { set $y 1; }
}
--- request eval
["POST /openapi.json\nbody", "HEAD /openapi.json", "GET /openapi.json?x=1"]
--- error_code eval
[405, 200, 200]



=== TEST 19: gzip is nginx's
--- config
asyncapi_info Shop 1.0;
location = /openapi.json {
    asyncapi_openapi;
    gzip on;
    gzip_types application/json;
}
--- request
GET /openapi.json
--- more_headers
Accept-Encoding: gzip
--- response_headers
Content-Encoding: gzip
--- response_headers_like
ETag: W/"[0-9a-f]{32}"



=== TEST 20: without a title and a version there are some, and endpoints need not be there
--- config
location = /openapi.json { asyncapi_openapi; }
--- request
GET /openapi.json
--- openapi
/info {"title":"API","version":"0.1.0"}
/paths {}



=== TEST 21: an empty title is none
--- locations
asyncapi_info "" 1.0;
--- refused
1: "asyncapi_info" directive needs a title and a version: write for instance asyncapi_info "Shop" 1.0



=== TEST 22: the info of a server is given once
--- locations
asyncapi_info Shop 1.0;
asyncapi_info Shop 2.0;
--- refused
2: "asyncapi_info" directive is duplicate



=== TEST 23: the name of an operation is given once
--- config
asyncapi_info Shop 1.0;
location = /openapi.json { asyncapi_openapi; }
location = /a { asyncapi { operation_id a; sleep a 1ms; } }
location = /b { asyncapi { operation_id a; sleep a 1ms; } }
--- must_die
--- suppress_stderr
--- error_log eval
qr/the operation_id "a" is taken by the endpoint in .*nginx.conf:\d+: give this one another in .*nginx.conf:\d+/



=== TEST 24: it has a location of its own
--- locations
location = /a {
    asyncapi { sleep a 1ms; }
    asyncapi_openapi;
}
--- refused
3: "asyncapi_openapi" directive can't stand beside what answers the location already: give it a location of its own



=== TEST 25: likewise the other way round
--- locations
location = /a {
    asyncapi_openapi;
    asyncapi { sleep a 1ms; }
}
--- refused
3: "asyncapi" directive can't stand beside what answers the location already: give it a location of its own



=== TEST 26: the document is asked for once in a location
--- locations
location = /a {
    asyncapi_openapi;
    asyncapi_openapi;
}
--- refused
3: "asyncapi_openapi" directive is duplicate



=== TEST 27: schemas of files are components, named after them, once each
--- config
asyncapi_info Shop 1.0;
location = /openapi.json { asyncapi_openapi; }
location = /orders {
    asyncapi POST {
        body json schema=../html/order.json,formats;
        http price schema=../html/old/order.json http://127.0.0.1:1/p;
        http many each=$body.items schema=../html/Problem.json http://127.0.0.1:1/m;
        http part schema=../html/order.json pick=id http://127.0.0.1:1/x;
        respond 201 if=$body.id schema=../html/order.json '$body';
        respond 201 if=$price schema=../html/old/order.json '$body';
        respond 201 schema=../html/order.json '$body';
    }
    asyncapi PUT {
        body json schema=../html/order.json;
        http price schema=../html/old/order.json http://127.0.0.1:1/p;
        http many each=$body.items schema=../html/Problem.json http://127.0.0.1:1/m;
        http part schema=../html/order.json pick=id http://127.0.0.1:1/x;
    }
}
--- user_files
>>> order.json
{
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://example.com/order",
    "type": "object",
    "properties": {
        "id": {"type": "integer", "maximum": 9007199254740993},
        "items": {"type": "array", "items": {"$ref": "#/$defs/item"}},
        "parent": {"$ref": "#"},
        "other": {"$ref": "#thing"}
    },
    "$defs": {"item": {"$anchor": "thing", "type": "object"}}
}
>>> old/order.json
{
    "$schema": "http://json-schema.org/draft-07/schema#",
    "items": [{"$ref": "#/definitions/a"}, true],
    "additionalItems": false,
    "dependencies": {"a": ["b"]},
    "definitions": {"a": {"type": "integer"}}
}
>>> Problem.json
true
--- request
GET /openapi.json
--- response_body_like: "maximum":9007199254740993[},]
--- openapi
/components/schemas/order/$schema absent
/components/schemas/order/$id absent
/components/schemas/order/properties/items/items {"$ref":"#/components/schemas/order/$defs/item"}
/components/schemas/order/properties/parent {"$ref":"#/components/schemas/order"}
/components/schemas/order/properties/other {"$ref":"#/components/schemas/order/$defs/item"}
/components/schemas/order/$defs/item {"type":"object"}
/components/schemas/order_2 {"prefixItems":[{"$ref":"#/components/schemas/order_2/definitions/a"},true],"items":false,"dependentRequired":{"a":["b"]},"definitions":{"a":{"type":"integer"}}}
/components/schemas/order_3 absent
/components/schemas/Problem_2 true
/paths/~1orders/post/requestBody/content/application~1json/schema {"$ref":"#/components/schemas/order"}
/paths/~1orders/post/responses/201/content/application~1json/schema {"anyOf":[{"$ref":"#/components/schemas/order"},{"$ref":"#/components/schemas/order_2"}]}
/paths/~1orders/put/responses/200/content/application~1json/schema/properties {"price":{"$ref":"#/components/schemas/order_2"},"many":{"type":"array","items":{"$ref":"#/components/schemas/Problem_2"}},"part":{}}



=== TEST 28: what a client has to bring is of those that are asked for
--- http_config
asyncapi_security token basic;
asyncapi_security admin basic;
--- config
asyncapi_info Shop 1.0;
asyncapi_security token bearer format=JWT "description=From /login.";
asyncapi_security key apikey in=header name=X-Api-Key;
asyncapi_security session apikey in=cookie name=sid;
asyncapi_security unused apikey in=query name=k;
location = /openapi.json { asyncapi_openapi; }
location = /open { asyncapi { sleep a 1ms; } }
location = /t {
    asyncapi {
        security token;
        security key session;
        sleep a 1ms;
    }
    asyncapi DELETE { security admin; sleep a 1ms; }
}
--- request
GET /openapi.json
--- openapi
/components/securitySchemes {"token":{"type":"http","scheme":"bearer","bearerFormat":"JWT","description":"From /login."},"key":{"type":"apiKey","in":"header","name":"X-Api-Key"},"session":{"type":"apiKey","in":"cookie","name":"sid"},"admin":{"type":"http","scheme":"basic"}}
/paths/~1t/get/security [{"token":[]},{"key":[],"session":[]}]
/paths/~1t/get/responses/401/content/application~1problem+json/schema {"$ref":"#/components/schemas/Problem"}
/paths/~1t/get/responses/422 absent
/paths/~1t/delete/security [{"admin":[]}]
/paths/~1open/get/security absent
/paths/~1open/get/responses/401 absent



=== TEST 29: a form that only its parameters imply is required if one of them is
--- config
asyncapi_info Shop 1.0;
location = /openapi.json { asyncapi_openapi; }
location = /required { asyncapi POST { form a string; form b string required; sleep s 1ms; } }
location = /optional { asyncapi POST { form a string; sleep s 1ms; } }
location = /said { asyncapi POST { form a string; body form; sleep s 1ms; } }
--- request
GET /openapi.json
--- openapi
/paths/~1required/post/requestBody/required true
/paths/~1required/post/requestBody/content/multipart~1form-data/schema/required ["b"]
/paths/~1optional/post/requestBody/required absent
/paths/~1optional/post/requestBody/content/multipart~1form-data/schema {"type":"object","properties":{"a":{"type":"string"}}}
/paths/~1said/post/requestBody/required true

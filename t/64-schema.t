use lib 't/lib';
use AsyncAPI;

# nginx.conf is in conf/, and these beside it in html/

my %files = (
    order => '{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "required": ["name", "items"],
  "properties": {
    "name": {"type": "string", "minLength": 1, "pattern": "^[^\"]+$"},
    "items": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/item"}},
    "due": {"type": "string", "format": "date"}
  },
  "additionalProperties": false,
  "$defs": {
    "item": {
      "type": "object",
      "required": ["sku", "qty"],
      "properties": {"sku": {"enum": ["a", "b"]}, "qty": {"type": "integer", "minimum": 1}}
    }
  }
}',
    user => '{"type": "object", "required": ["id"],
              "properties": {"id": {"type": "integer", "maximum": 9007199254740992}}}',
    answer => '{"type": "object", "required": ["user"],
                "properties": {"user": {"type": "string"}}}',
    ids => '{"type": "array", "items": {"type": "integer"}}',
    map => '{"additionalProperties": {"type": "object",
              "additionalProperties": {"type": "integer"}}}',
    text => '{"type": "string", "maxLength": 3}',
    typo => '{"properties": {"age": {"minimun": 1}}}',
    broken => "{\n  \"type\": \"object\",\n}",
    remote => '{"$ref": "https://example.com/a.json"}',
    format => '{"format": "iban"}',
);

my $files = join '', map { ">>> $_.json\n$files{$_}\n" } sort keys %files;

add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value('user_files', $files);
});

no_root_location();
run_tests();

__DATA__

=== TEST 1: a body that is what its schema says is there as it was sent
--- config
    location = /t {
        asyncapi POST {
            body json schema=../html/order.json;
            respond '$body';
        }
    }
--- request
POST /t
{"items": [{"sku":"a","qty":1.0}], "name":"\u0041", "due":"2024-02-30"}
--- more_headers
Content-Type: application/json
--- response_body chomp
{"items": [{"sku":"a","qty":1.0}], "name":"\u0041", "due":"2024-02-30"}



=== TEST 2: all that is wrong with body and parameters is one problem, and no task starts
--- config
    location = /t {
        asyncapi POST {
            query n integer min=1;
            body json schema=../html/order.json;
            http never http://127.0.0.1:$TEST_NGINX_SERVER_PORT/never;
            respond '[$body,$never,$n]';
        }
    }
    location = /never { return 200 "1"; }
--- request
POST /t?n=0
{"name":"\"","items":[{"sku":"a","qty":0},{"sku":"c"}],"a/b\"é":1}
--- more_headers
Content-Type: application/json
--- error_code: 422
--- response_headers
Content-Type: application/problem+json
--- response_body eval
qr!\{"type":"about:blank","title":"Unprocessable Content","status":422,"detail":"The request has errors.","errors":\[\{"pointer":"#/name","detail":"must match the pattern \\"\^\[\^\\"\]\+\$\\""\},\{"pointer":"#/items/0/qty","detail":"must be at least 1"\},\{"pointer":"#/items/1/sku","detail":"must be one of \\"a\\", \\"b\\""\},\{"pointer":"#/items/1/qty","detail":"is required"\},\{"pointer":"#/a~1b%22%C3%A9","detail":"is not allowed"\},\{"in":"query","name":"n","detail":"is less than 1"\}\]\}$!
--- error_log
asyncapi refused the request: [{"pointer":"#/name"
--- no_error_log
[error]
/never



=== TEST 3: a format is a note, or checked where that is asked for
--- config
    location = /note {
        asyncapi POST { body json schema=../html/order.json; respond '"taken"'; }
    }
    location = /checked {
        asyncapi POST { body json schema=../html/order.json,formats; respond '"taken"'; }
    }
--- pipelined_requests eval
my $body = '{"name":"a","items":[{"sku":"a","qty":1}],"due":"2024-02-30"}';
["POST /note\n$body", "POST /checked\n$body"]
--- more_headers
Content-Type: application/json
--- error_code eval
[200, 422]
--- response_body_like eval
['^"taken"$', '\[\{"pointer":"#/due","detail":"[^"]*date[^"]*"\}\]']



=== TEST 4: a body that is not there is required, or null and not checked
--- config
    location = /t {
        asyncapi POST { body json schema=../html/order.json; respond '$body'; }
    }
    location = /optional {
        asyncapi POST { body json optional schema=../html/order.json; respond '[$body]'; }
    }
--- pipelined_requests eval
["POST /t", "POST /optional", "POST /optional
null"]
--- more_headers
Content-Type: application/json
--- error_code eval
[422, 200, 422]
--- response_body_like eval
['\[\{"pointer":"#","detail":"is required"\}\]', '^\[null\]$', '"pointer":"#","detail":"must be an object"']



=== TEST 5: what is no JSON is told as ever, and so is a name that stands twice
--- config
    location = /t {
        asyncapi POST { body json schema=../html/order.json; respond '$body'; }
    }
--- pipelined_requests eval
["POST /t
{", 'POST /t
{"name":"","name":""}']
--- more_headers
Content-Type: application/json
--- error_code eval
[400, 422]
--- response_body_like eval
['The body is no JSON', '"errors":\[\{"pointer":"#/name","detail":"is there more than once"\}\]']



=== TEST 6: no more than 64 errors are listed
--- config
    location = /t {
        asyncapi POST {
            query n integer required;
            body json schema=../html/ids.json;
            respond '$body';
        }
    }
--- request eval
"POST /t
[" . CORE::join(",", (1, 2, ("false") x 200)) . "]"
--- more_headers
Content-Type: application/json
--- error_code: 422
--- response_body_like eval
qr!"errors":\[(?:\{"pointer":"#/\d+","detail":"must be an integer"\},?){64}\]\}$!



=== TEST 7: of a long name an error has the beginning, and of many not much more
--- config
    location = /t {
        asyncapi POST {
            body json schema=../html/map.json;
            respond '$body';
        }
    }
--- request eval
"POST /t
" . '{"' . ('é' x 200000) . '":{' . CORE::join(",", map { "\"$_\":false" } 1 .. 70) . '}}'
--- more_headers
Content-Type: application/json
--- error_code: 422
--- response_body_like eval
qr!"errors":\[(?:\{"pointer":"#/(?:%C3%A9){85}\.\.\.","detail":"must be an integer"\},?){64}\]\}$!



=== TEST 8: in the log too, and what is wrong behind it
--- config
    location = /t {
        asyncapi POST {
            body json;
            sleep a schema=../html/map.json 1ms $body;
        }
    }
--- request eval
"POST /t
" . '{"' . ('é' x 200000) . '":{"a":false}}'
--- more_headers
Content-Type: application/json
--- error_code: 502
--- response_body_like: "reason":"schema"
--- error_log eval
qr!failed: schema, #/(?:%C3%A9){21}\.\.\. must be an integer, client!



=== TEST 9: a task whose result is not what its schema says fails, and the log says where
--- config
    asyncapi_error_detail on;
    location = /t {
        asyncapi {
            http user schema=../html/user.json http://127.0.0.1:$TEST_NGINX_SERVER_PORT/user;
        }
    }
    location = /user {
        default_type application/json;
        return 200 '{"id":9007199254740993}';
    }
--- request
    GET /t
--- error_code: 502
--- response_body chomp
{"type":"about:blank","title":"Bad Gateway","status":502,"task":"user","reason":"schema","detail":"#/id must be at most 9007199254740992"}
--- error_log
[error]
asyncapi task "user" failed: schema, #/id must be at most 9007199254740992



=== TEST 10: a result that is what its schema says is not changed
--- config
    location = /t {
        asyncapi {
            http user schema=../html/user.json http://127.0.0.1:$TEST_NGINX_SERVER_PORT/user;
        }
    }
    location = /user {
        default_type application/json;
        return 200 '{"id":9007199254740992, "n":1e400}';
    }
--- request
    GET /t
--- response_body chomp
{"user":{"id":9007199254740992, "n":1e400}}



=== TEST 11: default= stands in, unchecked, and is told of
--- config
    location = /t {
        asyncapi {
            sleep user schema=../html/user.json default=null 1ms '{"id":"7"}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"user":null}
--- response_headers
Asyncapi-Failed: user;reason=schema
--- error_log
[warn]
asyncapi task "user" failed: schema, #/id must be an integer; its default stands in



=== TEST 12: each element has its own check
--- config
    location = /t {
        asyncapi POST {
            body json;
            sleep user each=$body schema=../html/user.json 'default={}' 1ms $item;
            respond '$user';
        }
    }
--- request
POST /t
[{"id":1},{"id":"2"},{},{"id":4}]
--- more_headers
Content-Type: application/json
--- response_body chomp
[{"id":1},{},{},{"id":4}]
--- response_headers_like
Asyncapi-Failed: user;reason=schema.*
--- error_log
asyncapi task "user" failed: schema, #/id must be an integer; its default stands in



=== TEST 13: retry= does not try again
--- config
    location = /t {
        asyncapi {
            http user retry=3 schema=../html/user.json http://127.0.0.1:$TEST_NGINX_SERVER_PORT/user;
        }
    }
    location = /user {
        default_type application/json;
        return 200 '{}';
    }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"user","reason":"schema"
--- error_log
asyncapi task "user" failed: schema, #/id is required
--- no_error_log
retry 1



=== TEST 14: the schema is of the result as it came, not of what is kept of it
--- config
    location = /t {
        asyncapi {
            sleep kept schema=../html/user.json pick=name 1ms '{"id":1,"name":"Nora"}';
            sleep left schema=../html/user.json omit=id default=null 1ms '{"id":2,"name":"Bao"}';
            sleep none schema=../html/user.json pick=id default=0 1ms '{"id":1e30}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"kept":{"name":"Nora"},"left":{"name":"Bao"},"none":0}



=== TEST 15: of a text it is the string that as= makes
--- config
    location = /t {
        asyncapi {
            http a as=text schema=../html/text.json http://127.0.0.1:$TEST_NGINX_SERVER_PORT/a;
            http b as=text schema=../html/text.json default=null http://127.0.0.1:$TEST_NGINX_SERVER_PORT/b;
        }
    }
    location = /a { return 200 "éée"; }
    location = /b { return 200 "four"; }
--- request
    GET /t
--- response_body chomp
{"a":"éée","b":null}



=== TEST 16: of a group it is the whole, and of a race the winner
--- config
    location = /t {
        asyncapi {
            gather good schema=../html/user.json { sleep id 1ms 7; }
            gather bad schema=../html/user.json default=null { sleep uid 1ms 7; }
            race first schema=../html/user.json { sleep r1 1ms '{"id":1}'; sleep r2 1s 2; }
        }
    }
--- request
    GET /t
--- response_body chomp
{"good":{"id":7},"bad":null,"first":{"id":1}}
--- error_log
asyncapi task "bad" failed: schema, #/id is required; its default stands in



=== TEST 17: in a race a task that breaks its word does not win
--- config
    location = /t {
        asyncapi {
            race user {
                sleep fast schema=../html/user.json 1ms '{}';
                sleep slow 50ms '{"id":2}';
            }
        }
    }
--- request
    GET /t
--- response_body chomp
{"user":{"id":2}}



=== TEST 18: a task that does not run is not checked
--- config
    location = /t {
        asyncapi {
            sleep user if=$arg_x schema=../html/user.json 1ms 1;
        }
    }
--- request
    GET /t
--- response_body chomp
{"user":null}



=== TEST 19: the result of a function is checked in its thread
--- config
    location = /t {
        asyncapi {
            cpu a schema=../html/text.json default=null base64_encode 12;
            cpu b schema=../html/text.json default=null base64_decode YWJj;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":null,"b":"abc"}
--- error_log
asyncapi task "a" failed: schema, # must have at most 3 characters



=== TEST 20: an answer is not checked by default
--- config
    location = /t {
        asyncapi {
            sleep user 1ms 7;
            respond schema=../html/answer.json '{"user":$user}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"user":7}



=== TEST 21: an answer that is checked, and not what it was to be, is the endpoint's failure
--- config
    asyncapi_check_responses on;
    location = /t {
        asyncapi {
            sleep user 1ms 7;
            respond 201 schema=../html/answer.json '{"user":$user}';
        }
    }
--- request
    GET /t
--- error_code: 500
--- response_headers
Content-Type: application/problem+json
--- response_body chomp
{"type":"about:blank","title":"Internal Server Error","status":500,"reason":"schema"}
--- error_log
[error]
asyncapi response failed: schema, #/user must be a string



=== TEST 22: what is wrong with an answer is in the problem where details are
--- config
    location = /t {
        asyncapi_check_responses on;
        asyncapi_error_detail on;

        asyncapi {
            sleep other 1ms 7;
            respond type=application/x+json schema=../html/answer.json;
        }
    }
--- request
    GET /t
--- error_code: 500
--- response_body chomp
{"type":"about:blank","title":"Internal Server Error","status":500,"reason":"schema","detail":"#/user is required"}



=== TEST 23: an answer that a trusted result has made no JSON of does not pass
--- config
    asyncapi_check_responses on;
    location = /t {
        asyncapi {
            http user trust http://127.0.0.1:$TEST_NGINX_SERVER_PORT/user;
            respond schema=../html/answer.json '{"user":$user}';
        }
    }
    location = /user {
        default_type application/json;
        return 200 '"';
    }
--- request
    GET /t
--- error_code: 500
--- error_log
asyncapi response failed: schema, # is no JSON



=== TEST 24: a problem is not an answer to be checked, nor is one without schema=
--- config
    asyncapi_check_responses on;
    location = /t {
        asyncapi {
            sleep user 1ms $arg_u;
            respond 404 if=!$user '{}';
            respond schema=../html/answer.json '{"user":$user}';
        }
    }
    location = /failed {
        asyncapi {
            http user http://127.0.0.1:$TEST_NGINX_SERVER_PORT/none;
            respond schema=../html/answer.json '{"user":$user}';
        }
    }
--- pipelined_requests eval
["GET /t", "GET /failed"]
--- error_code eval
[404, 502]
--- response_body_like eval
['^\{\}$', '"task":"user","reason":"status"']



=== TEST 25: an answer that is what it was to be, long or short, passes its check
--- config
    asyncapi_check_responses on;
    location = /short {
        asyncapi {
            sleep user 1ms Nora;
            respond 201 schema=../html/answer.json '{"user":$user}';
        }
    }
    location = /long {
        asyncapi POST {
            body json;
            sleep a 1ms;
            respond schema=../html/ids.json '[0,...$body,...$body]';
        }
    }
--- pipelined_requests eval
["GET /short", "POST /long\n[" . CORE::join(",", 1 .. 5000) . "]"]
--- more_headers
Content-Type: application/json
--- error_code eval
[201, 200]
--- response_body_like eval
['^\{"user":"Nora"\}$', '^\[0,1,2,.*,4999,5000,1,2,.*,4999,5000\]$']



=== TEST 26: the check of answers can be turned off again in a location
--- http_config
    asyncapi_check_responses on;
--- config
    location = /t {
        asyncapi_check_responses off;

        asyncapi {
            sleep user 1ms 7;
            respond schema=../html/answer.json '{"user":$user}';
        }
    }
--- request
    GET /t
--- response_body chomp
{"user":7}



=== TEST 27: a long answer is checked as a whole
--- config
    asyncapi_check_responses on;
    location = /t {
        asyncapi POST {
            body json;
            sleep a 1ms;
            respond schema=../html/ids.json '[0,...$body,...$body]';
        }
    }
--- request eval
"POST /t\n[" . CORE::join(",", 1 .. 5000) . ",\"x\"]"
--- more_headers
Content-Type: application/json
--- error_code: 500
--- response_body_like: "reason":"schema"
--- error_log
asyncapi response failed: schema, #/5001 must be an integer



=== TEST 28: a keyword that is not known, with its place
--- statements
sleep a schema=../html/typo.json 1ms;
--- refused
1: typo.json" is wrong: #/properties/age/minimun: unknown keyword "minimun", is it "minimum"?



=== TEST 29: a schema that is no JSON, with line and column
--- locations
location = /t {
asyncapi POST {
body json schema=../html/broken.json;
}
}
--- refused
3: broken.json" is wrong: line 3, column 1: the schema is no JSON: expected a member's name



=== TEST 30: a reference to another document
--- locations
location = /t {
asyncapi POST {
body json schema=../html/remote.json;
}
}
--- refused
3: "https://example.com/a.json" is in another document, which is not supported: copy it into "$defs"



=== TEST 31: a format that is not known is refused where formats are checked
--- statements
sleep a 1ms;
respond schema=../html/format.json,formats '{}';
--- refused
2: is wrong: #/format: the format "iban" can't be checked, write a "pattern" instead, or don't ask for formats to be checked



=== TEST 32: a format that is not known is a note
--- config
    location = /t {
        asyncapi { sleep a schema=../html/format.json 1ms 1; }
    }
--- request
    GET /t
--- response_body chomp
{"a":1}



=== TEST 33: a schema that is not there
--- statements
sleep a schema=../html/none.json 1ms;
--- refused
1: none.json" can't be read (2: No such file or directory)



=== TEST 34: a schema that is no file
--- statements
sleep a schema=../html 1ms;
--- refused
1: html" is no file



=== TEST 35: a schema without a name
--- statements
sleep a schema=,formats 1ms;
--- refused
1: "schema=,formats" names no file: write for instance schema=order.json



=== TEST 36: what is trusted is not checked
--- statements
http a trust schema=../html/user.json http://127.0.0.1/;
--- refused
1: "trust" and "schema=" exclude each other: what is checked is not trusted in http "a"



=== TEST 37: an answer that is not JSON has no schema
--- statements
sleep a 1ms;
respond type=text/plain schema=../html/text.json "a";
--- refused
2: "respond" directive with "schema=" needs a body of JSON: take "schema=" away



=== TEST 38: nor has one without a body
--- statements
sleep a 1ms;
respond 204 after=a schema=../html/text.json;
--- refused
2: "respond" directive with "schema=" needs a body of JSON: take "schema=" away

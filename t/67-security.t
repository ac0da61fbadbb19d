# Credentials: a request that does not bring what its endpoint asks for is told
# what to bring, before anything else of it is looked at.

use lib 't/lib';
use AsyncAPI;

our $config = <<'_EOC_';
asyncapi_security token bearer;
asyncapi_security login basic;
asyncapi_security key apikey in=header name=X-Api-Key;
asyncapi_security arg apikey in=query name=api_key;
asyncapi_security sid apikey in=cookie name=sid;

location = /token { asyncapi POST { security token; query n integer required; body json; respond '"in"'; } }
location = /login { asyncapi { security login; respond '"in"'; } }
location = /key { asyncapi { security key; respond '"in"'; } }
location = /arg { asyncapi { security arg; respond '"in"'; } }
location = /sid { asyncapi { security sid; respond '"in"'; } }
location = /either { asyncapi { security token; security key sid; respond '"in"'; } }
location = /inner { asyncapi { http a /key; respond '$a'; } }
_EOC_

run_tests();

__DATA__

=== TEST 1: without credentials, whatever else is wrong
--- config eval: $::config
--- more_headers
Content-Type: text/plain
--- request
POST /token?n=x
no json
--- error_code: 401
--- raw_response_headers_like: WWW-Authenticate: Bearer realm="token"\r\n
--- response_headers
Content-Type: application/problem+json
--- response_body chomp
{"type":"about:blank","title":"Unauthorized","status":401,"detail":"The request has no credentials."}
--- error_log
asyncapi refused the request: 401, it has no credentials



=== TEST 2: with them the request is checked
--- config eval: $::config
--- more_headers
Authorization: bearer abc
Content-Type: application/json
--- request
POST /token?n=x
1
--- error_code: 422
--- response_body_like: "name":"n"



=== TEST 3: and taken
--- config eval: $::config
--- more_headers
Authorization: Bearer abc
Content-Type: application/json
--- request
POST /token?n=1
1
--- response_body chomp
"in"



=== TEST 4: a scheme without a token, another scheme, one that begins likewise
--- config eval: $::config
--- more_headers eval
[ "Authorization: Bearer ", "Authorization: Basic YTpi", "Authorization: Bearerabc" ]
--- request eval
[ map { "POST /token?n=1\n1" } 1 .. 3 ]
--- error_code eval
[ 401, 401, 401 ]



=== TEST 5: basic needs a name and a password, in base64
--- config eval: $::config
--- more_headers eval
[ "Authorization: Basic YTpi", "Authorization: Basic YWI=", "Authorization: Basic !!", "Authorization: Bearer x" ]
--- request eval
[ map { "GET /login" } 1 .. 4 ]
--- error_code eval
[ 200, 401, 401, 401 ]



=== TEST 6: what a browser needs to ask for them
--- config eval: $::config
--- request
GET /login
--- error_code: 401
--- response_headers
WWW-Authenticate: Basic realm="login", charset="UTF-8"



=== TEST 7: a key in a header
--- config eval: $::config
--- more_headers eval
[ "x-api-key: k", "X-Api-Key: ", "X-Api: k" ]
--- request eval
[ map { "GET /key" } 1 .. 3 ]
--- error_code eval
[ 200, 401, 401 ]



=== TEST 8: a key in the query
--- config eval: $::config
--- request eval
[ "GET /arg?a=1&api_key=k", "GET /arg?api_key=", "GET /arg?api_keys=k", "GET /arg" ]
--- error_code eval
[ 200, 401, 401, 401 ]



=== TEST 9: a key in a cookie
--- config eval: $::config
--- more_headers eval
[ "Cookie: a=b; sid=k", "Cookie: sid=", "Cookie: sids=k", "X-Sid: sid=k" ]
--- request eval
[ map { "GET /sid" } 1 .. 4 ]
--- error_code eval
[ 200, 401, 401, 401 ]



=== TEST 10: one statement or another, all of its names
--- config eval: $::config
--- more_headers eval
[ "Authorization: Bearer x", "X-Api-Key: k", "X-Api-Key: k\nCookie: sid=1" ]
--- request eval
[ map { "GET /either" } 1 .. 3 ]
--- error_code eval
[ 200, 401, 200 ]



=== TEST 11: all that would let in is told
--- config eval: $::config
--- request
GET /either
--- error_code: 401
--- raw_response_headers_like: (?s)WWW-Authenticate: Bearer realm="token"\r\n.*WWW-Authenticate: APIKey realm="key"\r\n.*WWW-Authenticate: APIKey realm="sid"\r\n



=== TEST 12: of a task's request nothing is asked, as of access rules
--- config eval: $::config
--- request
GET /inner
--- response_body chomp
"in"



=== TEST 13: those of http are for all servers
--- http_config
asyncapi_security token bearer;
--- config
location = /t { asyncapi { security token; respond '"in"'; } }
--- request
GET /t
--- error_code: 401



=== TEST 14: nothing of that name
--- locations
location = /t {
    asyncapi { security tokens; respond '1'; }
}
--- refused
2: there is no "asyncapi_security tokens": write for instance asyncapi_security tokens bearer; in the server



=== TEST 15: a type that there is not
--- locations
asyncapi_security a oauth;
--- refused
1: "asyncapi_security" directive needs a type: write bearer, basic or apikey



=== TEST 16: a name twice
--- locations
asyncapi_security a bearer;
asyncapi_security a basic;
--- refused
2: "asyncapi_security" directive has a name that is taken



=== TEST 17: a name that is none
--- locations
asyncapi_security "a b" bearer;
--- refused
1: "asyncapi_security" directive needs a name of letters, digits and "_"



=== TEST 18: a key that is nowhere
--- locations
asyncapi_security a apikey in=header;
--- refused
1: "asyncapi_security" directive needs the place of the key: write for instance in=header name=X-Api-Key



=== TEST 19: a key in a place that there is not
--- locations
asyncapi_security a apikey in=body name=k;
--- refused
1: "in=body" is no place of a key: write in=header, in=query or in=cookie



=== TEST 20: an option of another type
--- locations
asyncapi_security a basic format=JWT;
--- refused
1: "format=JWT" is no option of "basic": write description=



=== TEST 21: inside of a group
--- statements
gather g { security a; sleep b 1ms; }
--- refused
1: "security" directive belongs outside of groups

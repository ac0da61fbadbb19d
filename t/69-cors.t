# CORS: who may ask from elsewhere, and what is said of it, whoever answers.

use lib 't/lib';
use AsyncAPI;

our $config = <<'_EOC_';
asyncapi_info Shop 1.0;
asyncapi_cors https://app.example.com http://127.0.0.1:3000;

location /t/ {
    asyncapi GET /t/:id { path id integer; respond '$id'; }
    asyncapi PUT PATCH /t/:id { security token; body json; respond '1'; }
    asyncapi DELETE /t/:id/part { respond '1'; }
    asyncapi POST /t/fails { http a http://127.0.0.1:1/; }
}
location = /any { asyncapi_cors *; asyncapi { respond '1'; } }
location = /off { asyncapi_cors off; asyncapi { respond '1'; } }
location = /all { asyncapi_cors https://a.example credentials expose=Asyncapi-Failed,ETag max_age=1h; asyncapi { respond '1'; } }
location = /denied { deny all; asyncapi { respond '1'; } }
location = /own { asyncapi OPTIONS { respond '"own"'; } }
location = /plain { return 200 ok; }
location = /openapi.json { asyncapi_openapi; }
asyncapi_security token bearer;
_EOC_

run_tests();

__DATA__

=== TEST 1: one of the origins
--- config eval: $::config
--- request
GET /t/1
--- more_headers
Origin: https://app.example.com
--- response_headers
Access-Control-Allow-Origin: https://app.example.com
Vary: Origin
! Access-Control-Allow-Credentials
! Access-Control-Expose-Headers
! Access-Control-Allow-Methods
--- response_body chomp
1



=== TEST 2: another, and one that begins likewise
--- config eval: $::config
--- request eval
[ "GET /t/1", "GET /t/1", "GET /t/1" ]
--- more_headers eval
[ "Origin: https://app.example.com.evil.example", "Origin: http://app.example.com", "Origin: null" ]
--- response_headers eval
[ ("! Access-Control-Allow-Origin\nVary: Origin") x 3 ]



=== TEST 3: who does not ask from elsewhere
--- config eval: $::config
--- request
GET /t/1
--- response_headers
! Access-Control-Allow-Origin
Vary: Origin



=== TEST 4: any origin
--- config eval: $::config
--- request eval
[ "GET /any", "GET /any" ]
--- more_headers eval
[ "Origin: https://what.example", "X: y" ]
--- response_headers eval
[ "Access-Control-Allow-Origin: *\n! Vary", "! Access-Control-Allow-Origin\n! Vary" ]



=== TEST 5: switched off
--- config eval: $::config
--- request
GET /off
--- more_headers
Origin: https://app.example.com
--- response_headers
! Access-Control-Allow-Origin
! Vary



=== TEST 6: problems too: 422, 401, 404, 405, 502, and what nginx says by itself
--- config eval: $::config
--- request eval
[ "GET /t/x", "PUT /t/1\n1", "GET /t/1/2/3", "DELETE /t/1", "POST /t/fails", "GET /denied" ]
--- more_headers
Origin: http://127.0.0.1:3000
--- error_code eval
[ 422, 401, 404, 405, 502, 403 ]
--- response_headers eval
[ ("Access-Control-Allow-Origin: http://127.0.0.1:3000\nVary: Origin") x 6 ]



=== TEST 7: a preflight
--- config eval: $::config
--- request
OPTIONS /t/1
--- more_headers
Origin: https://app.example.com
Access-Control-Request-Method: PUT
Access-Control-Request-Headers: content-type, x-mark
--- error_code: 204
--- response_headers
Access-Control-Allow-Origin: https://app.example.com
Access-Control-Allow-Methods: GET, HEAD, PUT, PATCH
Access-Control-Allow-Headers: content-type, x-mark
Access-Control-Max-Age: 600
Vary: Origin
! Content-Type
! Allow
--- response_body



=== TEST 8: of another path other methods, and no headers where none are asked for
--- config eval: $::config
--- request
OPTIONS /t/1/part
--- more_headers
Origin: https://app.example.com
Access-Control-Request-Method: DELETE
--- error_code: 204
--- response_headers
Access-Control-Allow-Methods: DELETE
! Access-Control-Allow-Headers



=== TEST 9: of no path
--- config eval: $::config
--- request
OPTIONS /t/1/2/3
--- more_headers
Origin: https://app.example.com
Access-Control-Request-Method: GET
--- error_code: 404
--- response_headers
Access-Control-Allow-Origin: https://app.example.com
! Access-Control-Allow-Methods



=== TEST 10: access rules are not asked, it has no credentials
--- config eval: $::config
--- request
OPTIONS /denied
--- more_headers
Origin: https://app.example.com
Access-Control-Request-Method: GET
--- error_code: 204
--- response_headers
Access-Control-Allow-Methods: GET, HEAD



=== TEST 11: of another origin, or OPTIONS that is none
--- config eval: $::config
--- request eval
[ "OPTIONS /t/1", "OPTIONS /t/1", "OPTIONS /own" ]
--- more_headers eval
[ "Origin: https://evil.example\nAccess-Control-Request-Method: GET", "Origin: https://app.example.com", "Origin: https://app.example.com" ]
--- error_code eval
[ 405, 405, 200 ]
--- response_headers eval
[ "! Access-Control-Allow-Methods\n! Access-Control-Allow-Origin\nAllow: GET, HEAD, PUT, PATCH", "! Access-Control-Allow-Methods", "Access-Control-Allow-Origin: https://app.example.com" ]



=== TEST 12: an endpoint for OPTIONS is not asked either
--- config eval: $::config
--- request
OPTIONS /own
--- more_headers
Origin: https://app.example.com
Access-Control-Request-Method: OPTIONS
--- error_code: 204
--- response_headers
Access-Control-Allow-Methods: OPTIONS
--- response_body



=== TEST 13: with credentials, headers to be read, and an hour
--- config eval: $::config
--- request eval
[ "GET /all", "OPTIONS /all" ]
--- more_headers
Origin: https://a.example
Access-Control-Request-Method: GET
--- error_code eval
[ 200, 204 ]
--- response_headers eval
[ "Access-Control-Allow-Credentials: true\nAccess-Control-Expose-Headers: Asyncapi-Failed, ETag\n! Access-Control-Max-Age",
  "Access-Control-Allow-Credentials: true\nAccess-Control-Max-Age: 3600" ]



=== TEST 14: what an upstream says of it is not handed on
--- config eval
$::config . <<'_EOC_';
location = /up { add_header Access-Control-Allow-Origin * always; add_header Access-Control-Expose-Headers X always; return 404 '{}'; }
location = /pass { asyncapi { http a pass=404 http://127.0.0.1:$server_port/up; respond '$a'; } }
_EOC_
--- request
GET /pass
--- more_headers
Origin: https://app.example.com
--- error_code: 404
--- raw_response_headers_like: Access-Control-Allow-Origin: https://app.example.com
--- raw_response_headers_unlike: Access-Control-Allow-Origin: \*|Access-Control-Expose



=== TEST 15: locations that are not ours
--- config eval: $::config
--- request
GET /plain
--- more_headers
Origin: https://app.example.com
--- response_headers
! Access-Control-Allow-Origin
! Vary



=== TEST 16: the document, and one that has not changed
--- config eval: $::config
--- request eval
[ "GET /openapi.json", "OPTIONS /openapi.json" ]
--- more_headers
Origin: https://app.example.com
Access-Control-Request-Method: GET
--- error_code eval
[ 200, 204 ]
--- response_headers eval
[ "Access-Control-Allow-Origin: https://app.example.com", "Access-Control-Allow-Methods: GET, HEAD" ]



=== TEST 17: names of headers that are none are not given back
--- config eval: $::config
--- request
OPTIONS /t/1
--- more_headers
Origin: https://app.example.com
Access-Control-Request-Method: GET
Access-Control-Request-Headers: a;b, <c>
--- error_code: 204
--- response_headers
! Access-Control-Allow-Headers



=== TEST 18: an origin with a path
--- locations
asyncapi_cors https://app.example.com/;
--- refused
1: "https://app.example.com/" is no origin: write a scheme and a host in lower case, with the port if it is another than usual, as in https://app.example.com



=== TEST 19: a host alone
--- locations
asyncapi_cors app.example.com;
--- refused
1: "app.example.com" is no origin: write a scheme and a host in lower case, with the port if it is another than usual, as in https://app.example.com



=== TEST 20: any origin and one
--- locations
asyncapi_cors * https://app.example.com;
--- refused
1: "asyncapi_cors" directive needs origins: write "*" alone, or for instance https://app.example.com



=== TEST 21: any origin with credentials
--- locations
asyncapi_cors * credentials;
--- refused
1: "asyncapi_cors" directive has "credentials" for "*", which browsers refuse: write the origins



=== TEST 22: a time that is none
--- locations
asyncapi_cors * max_age=soon;
--- refused
1: "asyncapi_cors" directive has a "max_age=" that is no time: write for instance max_age=10m



=== TEST 23: headers that are none
--- locations
asyncapi_cors * "expose=A B";
--- refused
1: "asyncapi_cors" directive has an "expose=" that is no list of headers: write for instance expose=Asyncapi-Failed,Retry-After



=== TEST 24: twice
--- locations
asyncapi_cors *;
asyncapi_cors off;
--- refused
2: "asyncapi_cors" directive is duplicate

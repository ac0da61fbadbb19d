# The page of asyncapi_docs and what it is made of, without a browser: those are
# in t/68-browser.t.

use lib 't/lib';
use AsyncAPI;

our $config = <<'_EOC_';
asyncapi_info "Shop <&\">" 1.0;
location = /openapi.json { asyncapi_openapi; }
location = /docs { asyncapi_docs; }
location /pages/ { asyncapi_docs; }
location = /swagger { asyncapi_docs /swagger-ui; }
location = /elsewhere { asyncapi_docs https://cdn.example.com:8443/swagger-ui@5/; }
_EOC_

run_tests();

__DATA__

=== TEST 1: the page, its policy, and that it is asked for again
--- config eval: $::config
--- request
GET /docs
--- response_headers
Content-Type: text/html; charset=utf-8
Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
X-Content-Type-Options: nosniff
Cache-Control: no-cache
--- response_headers_like
ETag: "[0-9a-f]{32}"
--- response_body_like: <title>Shop &lt;&amp;&quot;&gt;</title>



=== TEST 2: it knows where the document is, and has neither script nor style in it
--- config eval: $::config
--- request
GET /docs
--- response_body_like: <body data-openapi="/openapi.json">
--- response_body_unlike: <style|style=|<script>|onclick=|\{\{



=== TEST 3: its script, its style and its icon are at its own address
--- config eval: $::config
--- request eval
[ "GET /docs?docs.js", "GET /docs?docs.css", "GET /docs?docs.svg", "GET /pages/?docs.js" ]
--- response_headers eval
[ "Content-Type: text/javascript; charset=utf-8", "Content-Type: text/css; charset=utf-8",
  "Content-Type: image/svg+xml", "Content-Type: text/javascript; charset=utf-8" ]
--- response_body_like eval
[ qr/'use strict';/, qr/prefers-color-scheme: dark/, qr/^<svg /, qr/'use strict';/ ]



=== TEST 4: any other query is the page's
--- config eval: $::config
--- request eval
[ "GET /docs?docs.jsx", "GET /docs?a=1" ]
--- response_body_like eval
[ "<!DOCTYPE html>", "<!DOCTYPE html>" ]



=== TEST 5: what has not changed is not sent again
--- config eval
$::config . 'location = /again {
    asyncapi {
        http first header=A:1       http://127.0.0.1:$server_port/docs;
        http same ok=304 header=If-None-Match:$first:header.etag
                                    http://127.0.0.1:$server_port/docs;
        http other header=If-None-Match:$first:header.etag
                                    http://127.0.0.1:$server_port/docs?docs.js;
        respond \'[$same:status, $other:status]\';
    }
}'
--- request
GET /again
--- response_body chomp
[304,200]



=== TEST 6: HEAD
--- config eval: $::config
--- request
HEAD /docs
--- response_headers_like
ETag: "[0-9a-f]{32}"
Content-Length: \d+
--- response_body



=== TEST 7: other methods
--- config eval: $::config
--- request eval
[ "POST /docs\na=1", "DELETE /swagger", "PUT /openapi.json\n{}" ]
--- error_code eval
[ 405, 405, 405 ]
--- response_headers eval
[ ("Allow: GET, HEAD\nContent-Type: application/problem+json") x 3 ]
--- response_body_like eval
[ ('"title":"Method Not Allowed"') x 3 ]



=== TEST 8: compressed, as any page
--- config eval
"gzip on; gzip_types text/javascript;" . $::config
--- request eval
[ "GET /docs", "GET /docs?docs.js" ]
--- more_headers
Accept-Encoding: gzip
--- response_headers eval
[ "Content-Encoding: gzip", "Content-Encoding: gzip" ]



=== TEST 9: Swagger UI, of files that this server has
--- config eval: $::config
--- request
GET /swagger
--- response_headers
Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
--- response_body_like: <script src="/swagger-ui/swagger-ui-bundle.js" defer>



=== TEST 10: its beginning is at its own address
--- config eval: $::config
--- request
GET /swagger?docs.js
--- response_headers
Content-Type: text/javascript; charset=utf-8
--- response_body_like: SwaggerUIBundle\(



=== TEST 11: of files elsewhere, from where scripts are taken then, and nothing else
--- config eval: $::config
--- request
GET /elsewhere
--- response_headers
Content-Security-Policy: default-src 'none'; script-src 'self' https://cdn.example.com:8443/swagger-ui@5/; style-src 'self' https://cdn.example.com:8443/swagger-ui@5/; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
--- response_body_like: href="https://cdn.example.com:8443/swagger-ui@5/swagger-ui.css"



=== TEST 12: the document is where clients find it
--- config
asyncapi_info Shop 1.0;
location ~ ^/spec { asyncapi_openapi; }
location = /inside { internal; asyncapi_openapi; }
location = "/my api.json" { asyncapi_openapi; }
location = /later.json { asyncapi_openapi; }
location = /docs { asyncapi_docs; }
--- request
GET /docs
--- response_body_like: data-openapi="/my%20api.json"



=== TEST 13: where it is nowhere
--- locations
asyncapi_info Shop 1.0;
location = /docs {
    asyncapi_docs;
}
--- refused
3: "asyncapi_docs" needs the document that it shows: write location = /openapi.json { asyncapi_openapi; } in the server



=== TEST 14: where no client finds it
--- locations
asyncapi_info Shop 1.0;
location ~ ^/spec { asyncapi_openapi; }
location = /docs {
    asyncapi_docs;
}
--- refused
4: "asyncapi_docs" needs the document that it shows: write location = /openapi.json { asyncapi_openapi; } in the server



=== TEST 15: it has a location of its own
--- locations
location = /docs {
    asyncapi { sleep a 1ms; }
    asyncapi_docs;
}
--- refused
3: "asyncapi_docs" directive can't stand beside what answers the location already: give it a location of its own



=== TEST 16: once
--- locations
location = /docs {
    asyncapi_docs;
    asyncapi_docs;
}
--- refused
3: "asyncapi_docs" directive is duplicate



=== TEST 17: files that are at no URL
--- locations
location = /docs {
    asyncapi_docs swagger-ui;
}
--- refused
2: "swagger-ui" is no URL that Swagger UI's files could be at: write a path as /swagger-ui/, or https://HOST/PATH/



=== TEST 18: a URL that would be more than one in a policy
--- locations
location = /docs {
    asyncapi_docs "https://a.example.com/; script-src *";
}
--- refused
2: "https://a.example.com/; script-src *" is no URL that Swagger UI's files could be at: write a path as /swagger-ui/, or https://HOST/PATH/

use lib 't/lib';
use AsyncAPI;

run_tests();

__DATA__

=== TEST 1: an unknown type
--- statements
query a int;
--- refused
1: "int" is no type: write string, integer, number, boolean, uuid, date or date-time, with "[]" for one that may be repeated



=== TEST 2: brackets without a type
--- statements
query a [];
--- refused
1: "[]" is no type: write string, integer, number, boolean, uuid, date or date-time, with "[]" for one that may be repeated



=== TEST 3: a parameter without a type
--- statements
query a;
--- refused
1: invalid number of arguments in "query" directive



=== TEST 4: an unknown option
--- statements
query a string minlength=3;
--- refused
1: "minlength=3" is no option of a parameter: write required, default=, min=, max=, min_length=, max_length=, pattern=, enum=, description= or example=



=== TEST 5: an option without its value
--- statements
query a string default;
--- refused
1: "default" is no option of a parameter: write required, default=, min=, max=, min_length=, max_length=, pattern=, enum=, description= or example=



=== TEST 6: a value for what has none
--- statements
query a string required=yes;
--- refused
1: "required=yes" is no option of a parameter: write required, default=, min=, max=, min_length=, max_length=, pattern=, enum=, description= or example=



=== TEST 7: an option twice
--- statements
query a integer min=1 min=2;
--- refused
1: option "min=2" of the parameter "a" is duplicate



=== TEST 8: min over max
--- statements
query a integer min=10 max=9;
--- refused
1: "min=" is more than "max=" in the parameter "a"



=== TEST 9: min over max, exactly
--- statements
query a integer min=9007199254740993 max=9007199254740992;
--- refused
1: "min=" is more than "max=" in the parameter "a"



=== TEST 10: min of a string
--- statements
query a string min=1;
--- refused
1: option "min=1" of the parameter "a" is for the types integer and number: for a string write min_length= or max_length=



=== TEST 11: a fraction as the bound of an integer
--- statements
query a integer max=1.5;
--- refused
1: option "max=1.5" of the parameter "a" needs an integer



=== TEST 12: a word as the bound of a number
--- statements
query a number max=many;
--- refused
1: option "max=many" of the parameter "a" needs a number



=== TEST 13: a length of an integer
--- statements
query a integer min_length=1;
--- refused
1: option "min_length=1" of the parameter "a" is for the type string: for a number write min= or max=



=== TEST 14: a length that is none
--- statements
query a string max_length=-1;
--- refused
1: option "max_length=-1" of the parameter "a" needs a number of characters



=== TEST 15: min_length over max_length
--- statements
query a string min_length=3 max_length=2;
--- refused
1: "min_length=" is more than "max_length=" in the parameter "a"



=== TEST 16: a pattern that is none
--- statements
query a string "pattern=a(b";
--- refused
1: option "pattern=a(b" of the parameter "a" is no regular expression: missing closing parenthesis



=== TEST 17: a pattern of an integer
--- statements
query a integer pattern=1;
--- refused
1: option "pattern=1" of the parameter "a" is for the type string



=== TEST 18: an enum with a value of another type
--- statements
query a integer enum=1|two;
--- refused
1: option "enum=two" of the parameter "a" is not an integer of 64 bits



=== TEST 19: an enum with a value out of bounds
--- statements
query a integer enum=1|20 max=10;
--- refused
1: option "enum=20" of the parameter "a" is more than 10



=== TEST 20: an enum of a boolean
--- statements
query a boolean enum=true;
--- refused
1: option "enum=true" of the parameter "a" has no use: a boolean is true or false



=== TEST 21: a default of another type
--- statements
query a integer default=ten;
--- refused
1: option "default=ten" of the parameter "a" is not an integer of 64 bits



=== TEST 22: a default that its own rules refuse
--- statements
query a string default=c enum=a|b;
--- refused
1: option "default=c" of the parameter "a" is none of a, b



=== TEST 23: a default of an array with a wrong element
--- statements
query a integer[] default=1|x;
--- refused
1: option "default=1|x" of the parameter "a" is not an integer of 64 bits



=== TEST 24: an example that its own rules refuse
--- statements
query a date example=2023-02-29;
--- refused
1: option "example=2023-02-29" of the parameter "a" is not a date, as 2024-02-29 is



=== TEST 25: a default of what is required
--- statements
query a string required default=x;
--- refused
1: "required" and "default=" exclude each other in the parameter "a"



=== TEST 26: a name that the path does not have
--- locations
location /t/ {
asyncapi /t/:id {
path ident integer;
}
}
--- refused
3: the path of the endpoint has no ":ident": write it there, or make it a "query" parameter



=== TEST 27: a name of the path twice
--- locations
location /t/ {
asyncapi /t/:id {
path id integer;
path id string;
}
}
--- refused
4: "path" directive is duplicate



=== TEST 28: a name of the path as an array
--- locations
location /t/ {
asyncapi /t/:id {
path id integer[];
}
}
--- refused
3: a name of the path is one value: write "integer"



=== TEST 29: a default of a name of the path
--- locations
location /t/ {
asyncapi /t/:id {
path id integer default=1;
}
}
--- refused
3: option "default=1" of the parameter "id" has no use: a path without it does not come here



=== TEST 30: a query parameter of a name that the path has
--- locations
location /t/ {
asyncapi /t/:id {
query id integer;
}
}
--- refused
3: the name "id" is taken in this endpoint: give the query parameter, or the other, another name



=== TEST 31: two parameters of one name
--- statements
query x_a string;
header X-A string;
header x-a string;
--- refused
3: the name "x_a" is taken in this endpoint: give the header parameter, or the other, another name



=== TEST 32: a parameter of a task's name
--- statements
sleep a 1ms;
query a string;
--- refused
2: the name "a" is taken in this endpoint: give the query parameter, or the other, another name



=== TEST 33: a task of a parameter's name
--- statements
query a string;
sleep a 1ms;
--- refused
2: the name "a" is taken in this endpoint: give the sleep another name



=== TEST 34: a parameter of a let's name
--- statements
let $a 1;
query a string;
--- refused
2: the name "a" is taken in this endpoint: give the query parameter, or the other, another name



=== TEST 35: a name that can't be referred to
--- statements
query a-b string;
--- refused
1: "a-b" can't be the name of a parameter: write up to 128 letters, digits and "_", in a header's also "-", beginning with a letter



=== TEST 36: names that are taken in every endpoint
--- statements
query body string;
--- refused
1: the name "body" is taken in this endpoint: give the query parameter, or the other, another name



=== TEST 37: a parameter in a group
--- statements
gather g {
query a string;
}
--- refused
2: "query" directive belongs outside of groups



=== TEST 38: a member of what has none
--- statements
query a integer;
respond '$a.b';
--- refused
2: "$a.b" has no members, it is a single value (text after it stands in a string only, and after the braces) in "respond"



=== TEST 39: a parameter as the host of a URL
--- statements
query a string;
http x http://$a/;
--- refused
2: "$a" is a task, a parameter or a let, which can't stand in a host (choose the host by a "map" of nginx) in http "x"



=== TEST 40: outside of an endpoint the words mean nothing
--- locations
location = /t {
query a string;
}
--- refused
2: "query" directive is not allowed here



=== TEST 41: a body without its form
--- locations
location = /t {
asyncapi POST {
body;
}
}
--- refused
3: invalid number of arguments in "body" directive



=== TEST 42: a body of an unknown form
--- locations
location = /t {
asyncapi POST {
body xml;
}
}
--- refused
3: "body" directive needs a form: write json, form or raw



=== TEST 43: an unknown option of a body
--- locations
location = /t {
asyncapi POST {
body json limit=1k;
}
}
--- refused
3: "limit=1k" is no option of a body: write max=SIZE, schema=FILE (of JSON) or optional



=== TEST 44: a schema is of JSON alone
--- locations
location = /t {
asyncapi POST {
body form schema=a.json;
}
}
--- refused
3: "body" directive has a "schema=", which is for a body of JSON: write body json



=== TEST 45: a size that is none
--- locations
location = /t {
asyncapi POST {
body json max=big;
}
}
--- refused
3: "body" directive has a "max=" that is no size: write for instance max=64k



=== TEST 46: a body twice
--- locations
location = /t {
asyncapi POST {
body json;
body raw;
}
}
--- refused
4: "body" directive is duplicate



=== TEST 47: a body in a group
--- locations
location = /t {
asyncapi POST {
gather g {
body json;
}
}
}
--- refused
4: "body" directive belongs outside of groups



=== TEST 48: a form parameter of an endpoint that has no method for a body
--- statements
form a string;
--- refused
1: "form" directive needs a method that has a body: write for instance asyncapi POST { ... }



=== TEST 49: a form parameter of a body of JSON
--- locations
location = /t {
asyncapi POST {
body json;
form a string;
}
}
--- refused
4: "form" directive is of a body that is a form: write body form



=== TEST 50: a member of a raw body
--- locations
location = /t {
asyncapi POST {
body raw;
respond '$body.a';
}
}
--- refused
4: "$body.a" has no members, it is a single value (text after it stands in a string only, and after the braces) in "respond"



=== TEST 51: a body that no statement reads
--- locations
location = /t {
asyncapi POST {
respond '$body';
}
}
--- refused
3: "$body" is no task, parameter, let or nginx variable (write $$ for a dollar) in "respond"



=== TEST 52: a body of an endpoint that has no method for one
--- statements
body json;
--- refused
1: "body" directive needs a method that has a body: write for instance asyncapi POST { ... }



=== TEST 53: a body of JSON of an endpoint with form parameters
--- locations
location = /t {
asyncapi POST {
form a string;
body json;
}
}
--- refused
4: "body" directive is of an endpoint with "form" parameters, whose body is a form: write body form



=== TEST 54: a body twice, behind form parameters
--- locations
location = /t {
asyncapi POST {
form a string;
body form;
body form;
}
}
--- refused
5: "body" directive is duplicate



=== TEST 55: quotes inside of a word are part of it, of which nginx -t warns
--- config
    location = /t {
        asyncapi {
            query a string pattern="^[a-z]+$";
            query b string default='x';
            respond '$b';
        }
    }
--- request
GET /t
--- response_body chomp
"'x'"
--- error_log
the quotes in "pattern="^[a-z]+$"" are part of the value: quote the word as a whole, "pattern=...", if they are not meant to be, in the parameter "a"
the quotes in "default='x'" are part of the value
--- no_error_log
[error]



=== TEST 56: a body that may be larger than nginx lets it be
--- http_config
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        location = /t { asyncapi POST { body json max=2m; respond '1'; } }
        location = /enough { client_max_body_size 2m; asyncapi POST { body json max=2m; respond '1'; } }
        location = /any { client_max_body_size 0; asyncapi POST { body json max=2m; respond '1'; } }
        location = /less { client_max_body_size 1k; asyncapi POST { body json; respond '1'; } }
    }
--- config
    location = /enough { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
--- request eval
"POST /enough
[" . "1," x 600000 . "1]"
--- more_headers
Content-Type: application/json
--- response_body chomp
1
--- grep_error_log eval: qr/the "max=" of the body.*? endpoint/
--- grep_error_log_out
the "max=" of the body is more than "client_max_body_size", by which nginx refuses what has more than 1048576 bytes: write "client_max_body_size 2097152;" in the location of the endpoint

use lib 't/lib';
use AsyncAPI;
use Servers;

# each server is asked the same, one task after the other

sub asked_of {
    my $url = "http://127.0.0.1:\$$_[0]";

    return "location = /t { asyncapi {
                http json                               $url/json;
                http big      after=json                $url/big;
                http chunked  after=big                 $url/chunked;
                http plain    after=chunked as=text     $url/gzip;
                http gzip     after=plain accept=gzip   $url/gzip;
                http head     after=gzip method=HEAD accept=gzip   $url/big;
                http empty    after=head accept=gzip    $url/empty;
                http same     after=empty ok=304 header=If-None-Match:* $url/same;
                http echo     after=same 'body={\"a\":[\$json,\$big]}' $url/echo;
                http last     after=echo                $url/json;

                respond '{ ...\$json, \"big\": \$big, \"chunked\": \$chunked,
                           \"coding\": \"\$plain:header.content_encoding\",
                           \"gzip\": \$gzip, \"gzip_coding\": \"\$gzip:header.content_encoding\",
                           \"head\": \$head, \"length\": \$head:header.content_length,
                           \"empty\": \$empty, \"same\": \$same, \"status\": \$same:status,
                           \"echo\": \$echo,
                           \"ports\": [\$json:header.x_port, \$big:header.x_port,
                               \$chunked:header.x_port, \$plain:header.x_port, \$gzip:header.x_port,
                               \$head:header.x_port, \$empty:header.x_port, \$last:header.x_port] }';
            } }

            location = /many { asyncapi {
                sleep l 1ms [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20];
                http  a each=\$l             $url/json?\$item;
                http  b each=\$l accept=gzip $url/gzip?\$item;
                http  c each=\$l             $url/chunked?\$item;
                respond '[\$a[*].n, \$b[*].data, \$c[*].data]';
            } }";
}

# what they all are to answer, with one port

sub ports_and_data {
    my $body = shift;

    my $big = 'x' x 300000;

    $body =~ s/$big/BIG/g;
    $body =~ s/"data": /"data":/g;
    $body =~ s/\[((\d{3,5}|"\d{3,5}")(,\2)*)\]/[PORT]/;

    return $body;
}

our $Answer = '{"n":1,"big":{"data":"BIG"},"chunked":{"data":"BIG"},'
              . '"coding":"","gzip":{"data":"BIG"},"gzip_coding":"gzip",'
              . '"head":null,"length":LENGTH,"empty":null,"same":null,'
              . '"status":304,"echo":{"a":[{"n":1},{"data":"BIG"}]},'
              . '"ports":[PORT]}';

our $Many = '[[' . join(',', (1) x 20) . '],' . '[' . join(',', ('"BIG"') x 20)
            . '],[' . join(',', ('"BIG"') x 20) . ']]';

our $Nginx = q(
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        default_type application/json;
        add_header X-Port $remote_port always;
        gzip_types *;
        root html;
        location = /json { return 200 '{"n":1}'; }
        location = /chunked { ssi on; ssi_types *; rewrite ^ /ssi break; }
        location = /gzip { gzip on; rewrite ^ /big break; }
        location = /empty { return 204; }
        location = /same { return 304; }
        location = /echo {
            client_body_buffer_size 1m;
            proxy_pass http://127.0.0.1:$TEST_NGINX_NODE;
        }
    }
);

no_root_location();
run_tests();

__DATA__

=== TEST 1: nginx: each framing, over one connection that is kept
--- http_config eval: $::Nginx
--- config eval: main::asked_of('TEST_NGINX_RAND_PORT_1')
--- user_files eval
[["big" => '{"data":"' . "x" x 300000 . '"}'],
 ["ssi" => '{"data":"<!--#echo var="none" default="" -->' . "x" x 300000 . '"}']]
--- request
    GET /t
--- response_body_filters eval: \&main::ports_and_data
--- response_body eval
$::Answer =~ s/LENGTH/"300011"/r



=== TEST 2: nginx: many at a time
--- http_config eval: $::Nginx
--- config eval: main::asked_of('TEST_NGINX_RAND_PORT_1')
--- user_files eval
[["big" => '{"data":"' . "x" x 300000 . '"}'],
 ["ssi" => '{"data":"<!--#echo var="none" default="" -->' . "x" x 300000 . '"}']]
--- request
    GET /many
--- response_body_filters eval: \&main::ports_and_data
--- response_body eval: $::Many



=== TEST 3: Node: each framing, over one connection that is kept
--- config eval: main::asked_of('TEST_NGINX_NODE')
--- request
    GET /t
--- response_body_filters eval: \&main::ports_and_data
--- response_body eval
$::Answer =~ s/LENGTH/"300011"/r



=== TEST 4: Node: many at a time
--- config eval: main::asked_of('TEST_NGINX_NODE')
--- request
    GET /many
--- response_body_filters eval: \&main::ports_and_data
--- response_body eval: $::Many



=== TEST 5: uvicorn: each framing, over one connection that is kept
--- config eval: main::asked_of('TEST_NGINX_UVICORN')
--- request
    GET /t
--- response_body_filters eval: \&main::ports_and_data
--- response_body eval
$::Answer =~ s/LENGTH/"300012"/r



=== TEST 6: uvicorn: many at a time
--- config eval: main::asked_of('TEST_NGINX_UVICORN')
--- request
    GET /many
--- response_body_filters eval: \&main::ports_and_data
--- response_body eval: $::Many



=== TEST 7: Apache: each framing, over one connection that is kept
--- config eval: main::asked_of('TEST_NGINX_APACHE')
--- request
    GET /t
--- response_body_filters eval: \&main::ports_and_data
--- response_body eval
$::Answer =~ s/LENGTH/"300012"/r



=== TEST 8: Apache: many at a time
--- config eval: main::asked_of('TEST_NGINX_APACHE')
--- request
    GET /many
--- response_body_filters eval: \&main::ports_and_data
--- response_body eval: $::Many

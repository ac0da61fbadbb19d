# Both pages of asyncapi_docs in a browser, Debian's Chromium: of the demo, and
# of a server that has one of everything.  What is done there is in
# t/browser/docs.mjs, which says "ok" and "not ok".

use strict;
use warnings;

use lib 't/lib';
use Demo;
use Test::More;

my $demo = Demo->new('68-browser');

system('tools/swagger-ui') == 0 or die "no Swagger UI\n";

$demo->start(<<'_EOC_');

    server {
        listen 127.0.0.5:PORT;

        asyncapi_info "One of <b>everything</b>" 2.0 "All that a page can show.";
        asyncapi_security token bearer format=JWT "description=From /login.";
        asyncapi_security person basic;
        asyncapi_security key apikey in=query name=api_key;

        location = /openapi.json { asyncapi_openapi; }
        location = /docs { asyncapi_docs; }

        location /things/ {
            asyncapi PUT /things/:id/*rest {
                operation_id everything;
                description "Takes <i>all</i> there is.";
                deprecated;
                security token;

                path   id uuid;
                query  n integer required min=9007199254740993;
                query  list string[] "description=Several.";
                query  some string[] enum=a|b|c;
                query  flag boolean default=false;
                header X-Mark string max_length=20;
                cookie session string;
                body   json;

                respond '{"id": $id, "rest": $rest, "n": $n, "list": $list,
                          "some": $some, "flag": $flag, "mark": $X_Mark,
                          "session": $session, "body": $body,
                          "token": $http_authorization}';
            }
        }

        location = /form {
            asyncapi POST {
                operation_id form;
                security key;
                body form;
                form name string required;
                form tags string[];

                respond '{"name": $name, "tags": $tags, "key": $arg_api_key,
                          "type": $http_content_type}';
            }
        }

        location = /raw {
            asyncapi POST {
                operation_id raw;
                security person;
                body raw;

                respond type=text/plain 'as text: $body';
            }
        }

        location = /slow {
            asyncapi {
                operation_id slow;
                timeout 60s;
                sleep a 50s;
            }
        }
    }
_EOC_

my $pages = join ' ', map { "http://$demo->{hosts}[$_]:$demo->{port}" } 0, 4;

open my $said, '-|', "node t/browser/docs.mjs $pages $demo->{dir} 2>&1"
    or die $!;

while (<$said>) {
    if (/^(not )?ok (.*)/) {
        ok(!$1, $2);

    } else {
        chomp;
        diag($_);
    }
}

ok(close $said, 'and that is all') or diag("status $?");

unlike(Demo::slurp("$demo->{dir}/error.log"), qr/\[(?:alert|crit|emerg)\]/,
       'nothing is wrong');
done_testing();

use lib 't/lib';
use AsyncAPI;
use AsyncAPI::Then;
use PostgresServer;
use Time::HiRes qw( sleep time );

# errors of the database; transactions, which are all or nothing

our $pg = PostgresServer->new();

$ENV{TEST_NGINX_POSTGRES} = $pg->conninfo;

our $Postgres = "asyncapi_postgres db \"\$TEST_NGINX_POSTGRES\" pool=2;\n";

$pg->sql(<<'SQL');
CREATE TABLE notes (id serial PRIMARY KEY, note text UNIQUE);
CREATE TABLE stock (sku text PRIMARY KEY, n int CHECK (n >= 0));
INSERT INTO stock VALUES ('a', 5), ('b', 0), ('t', 0);
CREATE TABLE later (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE pairs (k int, part text);
CREATE SEQUENCE tries;
CREATE FUNCTION flaky(n int, state text) RETURNS int AS $$
BEGIN
    IF nextval('tries') % n <> 0 THEN
        RAISE EXCEPTION 'not this time' USING ERRCODE = state;
    END IF;
    RETURN 1;
END $$ LANGUAGE plpgsql VOLATILE;
SQL


# how many notes there are like it, when nothing is under way any more

sub notes {
    my $like = shift;

    $pg->until(0, 'sessions', "state <> 'idle'");

    return $pg->sql("SELECT count(*) FROM notes WHERE note LIKE '$like'");
}


AsyncAPI::Then::watch();

no_root_location();
run_tests();

__DATA__

=== TEST 1: an error has the SQLSTATE as its code, and its words in the log
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi { postgres a db "SELECT 1 / 0"; }
    }
--- request
    GET /t
--- error_code: 502
--- response_headers
Content-Type: application/problem+json
--- response_body_like: ^\{"type":"about:blank","title":"Bad Gateway","status":502,"task":"a","reason":"sql","code":"22012"\}$
--- error_log
asyncapi task "a" failed: sql "22012", division by zero, client:



=== TEST 2: and in the answer where that is wanted
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi_error_detail on;
        asyncapi {
            postgres a db "INSERT INTO stock VALUES ('a', 1)";
        }
    }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "code":"23505","detail":"duplicate key value violates unique constraint \\"stock_pkey\\" \(Key \(sku\)=\(a\) already exists\.\)"



=== TEST 3: a statement that is none, a table that is not there, a value that does not fit
--- http_config eval: $::Postgres
--- config
    location /syntax { asyncapi { postgres a db "SELEKT 1"; } }
    location /table { asyncapi { postgres a db "SELECT * FROM nowhere"; } }
    location /value { asyncapi { postgres a db "SELECT * FROM notes WHERE id = $arg_x"; } }
    location /fine { asyncapi { postgres a as=value db "SELECT 1"; } }
--- request eval
[ "GET /syntax", "GET /table", "GET /value?x=1%20OR%201=1", "GET /fine",
  "GET /syntax" ]
--- error_code eval
[ 502, 502, 502, 200, 502 ]
--- response_body_like eval
[ '"code":"42601"', '"code":"42P01"', '"code":"22P02"',
  '\{"a":1\}', '"code":"42601"' ]



=== TEST 4: a default stands in
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi { postgres a default=[] db "SELECT 1 / 0"; }
    }
--- request
    GET /t
--- response_body chomp
{"a":[]}
--- response_headers
Asyncapi-Failed: a;reason=sql



=== TEST 5: a transaction gives the result of its last statement
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a as=row transaction db {
                "UPDATE stock SET n = n - 2 WHERE sku = $arg_sku";
                "INSERT INTO notes (note) VALUES ('sold ' || $arg_sku)";
                "SELECT n, (SELECT count(*) FROM notes) AS notes FROM stock WHERE sku = $arg_sku";
            }
            respond '$a';
        }
    }
--- request
    GET /t?sku=a
--- response_body chomp
{"n":3,"notes":1}
--- then
is(notes('sold%'), 1, 'and has been done');
is($pg->sql("SELECT n FROM stock WHERE sku = 'a'"), 3, 'all of it');
--- no_error_log
[error]



=== TEST 6: or nothing of it is done: when the last statement fails
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a transaction db {
                "INSERT INTO notes (note) VALUES ('no 1')";
                "INSERT INTO notes (note) VALUES ('no 2')";
                "UPDATE stock SET n = n - 1 WHERE sku = 'b'";
            }
        }
    }
    location = /next { asyncapi { postgres a as=value db "SELECT 1"; } }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"sql","code":"23514"
--- then
is(notes('no%'), 0, 'nothing is left');
is(ask('/next'), '{"a":1}', 'the connection is as it was');



=== TEST 7: when the first one does
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a transaction db {
                "SELECT 1 / 0";
                "INSERT INTO notes (note) VALUES ('no 3')";
            }
        }
    }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "code":"22012"
--- then
is(notes('no%'), 0, 'nothing is left');



=== TEST 8: when COMMIT itself does
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a transaction db {
                "INSERT INTO notes (note) VALUES ('no 4')";
                "INSERT INTO later VALUES (1), (1)";
            }
        }
    }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"sql","code":"23505"
--- then
is(notes('no%'), 0, 'nothing is left');



=== TEST 9: when its deadline passes
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a timeout=200ms transaction db {
                "INSERT INTO notes (note) VALUES ('no 5')";
                "SELECT pg_sleep(60)";
                "INSERT INTO notes (note) VALUES ('no 6')";
            }
        }
    }
--- request
    GET /t
--- error_code: 504
--- response_body_like: "reason":"timeout"
--- then
is(notes('no%'), 0, 'nothing is left');
is($pg->sessions("state <> 'idle'"), 0, 'and nothing under way');



=== TEST 10: when its client leaves
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a transaction db {
                "INSERT INTO notes (note) VALUES ('no 7')";
                "SELECT pg_sleep(60)";
            }
        }
    }
    location = /ok { return 204; }
--- request
    GET /ok
--- error_code: 204
--- then
ask('/t', '-m', '0.3');
is(notes('no%'), 0, 'nothing is left');
is($pg->sessions("state <> 'idle'"), 0, 'and nothing under way');



=== TEST 11: when its result is too large
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi_max_result 1k;
        asyncapi {
            postgres a transaction db {
                "INSERT INTO notes (note) VALUES ('no 8')";
                "SELECT repeat('x', 2000)";
            }
        }
    }
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"too_large"
--- then
is(notes('no%'), 0, 'nothing is left');



=== TEST 12: many at a time, on few connections, each all or nothing
--- http_config
    asyncapi_postgres db "$TEST_NGINX_POSTGRES" pool=4;
--- config
    location = /t {
        asyncapi {
            postgres a transaction db {
                "INSERT INTO notes (note) VALUES ('many ' || $arg_k)";
                "UPDATE stock SET n = n + 1 WHERE sku = 't'";
                "SELECT 10 / ($arg_k::int % 3)";
            }
        }
    }
    location = /ok { return 204; }
--- request
    GET /ok
--- error_code: 204
--- then
my @answers = storm('/t?k=[1-300]', 300, 32);

is(scalar(grep { /^\{"a"/ } @answers), 200, 'those that can be done are');
is(scalar(grep { /"code":"22012"/ } @answers), 100, 'the others fail');
is(notes('many%'), 200, 'of those that are done everything is there');
is($pg->sql("SELECT n FROM stock WHERE sku = 't'"), 200, 'and nothing of the others');



=== TEST 13: LOCK, SET LOCAL and isolation levels belong into transactions
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a as=value transaction db {
                "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE";
                "SET LOCAL lock_timeout = '1s'";
                "LOCK TABLE notes";
                "SELECT current_setting('transaction_isolation') || ', ' || current_setting('lock_timeout')";
            }
        }
    }
    location = /after {
        asyncapi {
            postgres a as=value db "SELECT current_setting('lock_timeout')";
        }
    }
--- request eval
[ "GET /t", "GET /after" ]
--- response_body eval
[ '{"a":"serializable, 1s"}', '{"a":"0"}' ]
--- no_error_log
[error]



=== TEST 14: a serialization failure is tried again, whatever the statement writes
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a as=value retry=5 transaction db {
                "INSERT INTO notes (note) SELECT 'retried' WHERE flaky(3, '40001') = 1";
                "SELECT count(*) FROM notes WHERE note = 'retried'";
            }
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1}
--- error_log
sql "40001", not this time
retry 1 of 5



=== TEST 15: a deadlock likewise
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a retry=5 db "UPDATE stock SET n = 7 WHERE sku = 'a' AND flaky(2, '40P01') = 1";
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":{"affected":1}}



=== TEST 16: other errors are not
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi { postgres a retry=3 db "SELECT 1 / 0"; }
    }
--- request
    GET /t
--- error_code: 502
--- no_error_log
retry 1 of 3



=== TEST 17: what writes and has timed out is not tried again, as it may have been done
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a retry=2,timeout=100ms db
                "INSERT INTO notes (note) SELECT 'once' FROM pg_sleep(60)";
        }
    }
    location = /read {
        asyncapi {
            postgres a retry=2,timeout=100ms db "SELECT pg_sleep(60)";
        }
    }
--- request
    GET /t
--- error_code: 504
--- then
unlike(error_log(), qr/retry 1 of 2/, 'there is one try');
like(ask('/read'), qr/"reason":"timeout"/, 'what reads is');
like(error_log(), qr/retry 2 of 2/, 'as often as it says');



=== TEST 18: a table that changes
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a as=row db "SELECT * FROM changing";
            respond '$a';
        }
    }
    location = /both {
        asyncapi {
            postgres a as=row transaction db {
                "SELECT 1";
                "SELECT * FROM changing";
            }
            respond '$a';
        }
    }
--- init
$::pg->sql('DROP TABLE IF EXISTS changing',
           'CREATE TABLE changing AS SELECT 1 AS a');
--- request
    GET /t
--- response_body chomp
{"a":1}
--- then
storm('/t?[1-50]', 0, 8);
is(ask('/both'), '{"a":1}', 'in a transaction, too');

for my $n (2 .. 4) {
    $pg->sql("ALTER TABLE changing ADD COLUMN c$n int DEFAULT $n");
    like(ask('/t'), qr/^\{"a":1.*,"c$n":$n\}$/, 'its new columns are there');
    like(ask('/both'), qr/^\{"a":1.*,"c$n":$n\}$/, 'in a transaction, too');
}
--- no_error_log
[error]



=== TEST 19: a function that has written the statement's own limits
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a db "SELECT set_config('statement_timeout', '50', true), pg_sleep(1)";
        }
    }
    location = /u {
        asyncapi {
            postgres a transaction db {
                "SET LOCAL statement_timeout = 50";
                "SELECT pg_sleep(5)";
            }
        }
    }
--- request
    GET /u
--- error_code: 502
--- response_body_like: "reason":"sql","code":"57014"



=== TEST 20: what writes and could not be sent is tried again
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            timeout 15s;
            postgres a retry=50 db "INSERT INTO notes (note) VALUES ('late')";
        }
    }
--- init
$::pg->stop();
--- timeout: 20
--- request
    GET /ok
--- error_code: 404
--- then
my $port = server_port();
open my $answer, '-|', "curl -s -m 20 'http://127.0.0.1:$port/t'" or die $!;

for (1 .. 100) {
    last if error_log() =~ /retry 1 of 50/;
    sleep 0.1;
}

like(error_log(), qr/connect, .*retry 1 of 50/, 'a server that is not there');
$pg->start();
is(scalar <$answer>, '{"a":{"affected":1}}', 'and that is there again');
is(notes('late'), 1, 'has done it once');



=== TEST 21: a server that is killed under transactions: all or nothing of each
--- http_config
    asyncapi_postgres db "$TEST_NGINX_POSTGRES" pool=4;
--- config
    location = /t {
        asyncapi {
            postgres a transaction db {
                "INSERT INTO pairs VALUES ($arg_k, 'one')";
                "SELECT pg_sleep(0.002)";
                "INSERT INTO pairs VALUES ($arg_k, 'two')";
            }
        }
    }
--- request
    GET /t?k=0
--- response_body chomp
{"a":{"affected":1}}
--- then
my @before = storm('/t?k=[1-100]1', 100, 32);
my $pid = fork() // die $!;

if ($pid == 0) {
    sleep 0.2;

    # the child must not end what is the parent's

    system("kill -QUIT $pg->{pid}");
    POSIX::_exit(0);
}

my @meanwhile = storm('/t?k=[1-2000]2', 2000, 32);
waitpid $pid, 0;
waitpid $pg->{pid}, 0;
my @after = storm('/t?k=[1-100]3', 100, 32);
$pg->start();

my %parts = map { split /\|/ }
            split /\n/, $pg->sql('SELECT k, count(*) FROM pairs GROUP BY k');

is(join(' ', grep { $parts{$_} != 2 } keys %parts), '', 'nothing is done by halves');
is(scalar(grep { $meanwhile[$_] =~ /affected/ && !$parts{$_ + 1 . 2} } 0 .. 1999), 0,
   'what is answered is done');
is(scalar(grep { !/affected|"reason":"connect"/ } @meanwhile), 0,
   'all others fail, as they have no server');
is(scalar(grep { !/affected/ } @before), 0, 'none before');
is(scalar(grep { !/"reason":"connect"/ } @after), 0, 'all after');

use lib 't/lib';
use AsyncAPI;
use AsyncAPI::Then;
use PostgresServer;
use IO::Socket::INET;
use Resolver;

# who the server is: users and passwords, TLS, sockets, several hosts, names

our $pg = PostgresServer->new('password_encryption = scram-sha-256');
our $other = PostgresServer->new('default_transaction_read_only = on');

$ENV{TEST_NGINX_POSTGRES_PORT} = $pg->port;
$ENV{TEST_NGINX_POSTGRES_DIR} = $pg->dir;
$ENV{TEST_NGINX_OTHER_PORT} = $other->port;
$ENV{TEST_NGINX_NOBODY_PORT} = PostgresServer::free_port();
$ENV{TEST_NGINX_POSTGRES_CA} = $pg->tls;
$ENV{TEST_NGINX_OTHER_CA} = $other->tls;
$ENV{TEST_NGINX_RECORDS_PORT} = $pg->records;
$ENV{TEST_NGINX_HALVES_PORT} = $pg->halves;

my $silent = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 10)
    or die $!;
$ENV{TEST_NGINX_SILENT_PORT} = $silent->sockport;

$pg->sql("CREATE USER ada PASSWORD 'love lace'", "CREATE USER bob PASSWORD 'b'",
         "CREATE USER eve PASSWORD 'e'");
$pg->hba('host all ada 127.0.0.1/32 scram-sha-256',
         'host all bob 127.0.0.1/32 md5',
         'host all eve 127.0.0.1/32 reject',
         'host all postgres 127.0.0.1/32 trust');

our $Ask = <<'_EOC_';
    location = /t {
        asyncapi {
            postgres a as=value db
                "SELECT current_user || ' ' || current_setting('port') || ' ' || coalesce((SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()), 'plain')";
            respond '$a';
        }
    }
_EOC_

AsyncAPI::Then::watch();

no_root_location();
run_tests();

__DATA__

=== TEST 1: a password, in both forms of the string
--- http_config
    asyncapi_postgres db "host=127.0.0.1 port=$TEST_NGINX_POSTGRES_PORT user=ada password='love lace' dbname=postgres";
    asyncapi_postgres url "postgresql://ada:love%20lace@127.0.0.1:$TEST_NGINX_POSTGRES_PORT/postgres?sslmode=disable";
--- config
    location = /t {
        asyncapi {
            postgres a as=value db "SELECT current_user::text";
            postgres b as=value url "SELECT current_user::text";
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":"ada","b":"ada"}
--- no_error_log
[error]



=== TEST 2: a password that is wrong, which no log tells
--- log_level: debug
--- http_config
    asyncapi_postgres db "host=127.0.0.1 port=$TEST_NGINX_POSTGRES_PORT user=ada password=topsecret dbname=postgres";
--- config eval: $::Ask
--- request
    GET /t
--- error_code: 502
--- response_body_like: "task":"a","reason":"connect"\}
--- error_log
password authentication failed for user "ada"
--- no_error_log
topsecret



=== TEST 3: no password where one is asked for
--- http_config
    asyncapi_postgres db "host=127.0.0.1 port=$TEST_NGINX_POSTGRES_PORT user=ada dbname=postgres";
--- config eval: $::Ask
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"connect"
--- error_log
no password supplied



=== TEST 4: a user that may not, a database that there is not
--- http_config
    asyncapi_postgres db "host=127.0.0.1 port=$TEST_NGINX_POSTGRES_PORT user=eve password=e dbname=postgres";
    asyncapi_postgres none "host=127.0.0.1 port=$TEST_NGINX_POSTGRES_PORT user=postgres dbname=none";
--- config
    location = /t {
        asyncapi {
            postgres a default=null db "SELECT 1";
            postgres b default=null none "SELECT 1";
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":null,"b":null}
--- response_headers_like
Asyncapi-Failed: (a|b);reason=connect, (a|b);reason=connect
--- error_log
pg_hba.conf rejects connection for host "127.0.0.1", user "eve"
database "none" does not exist



=== TEST 5: a unix socket
--- http_config
    asyncapi_postgres db "host=$TEST_NGINX_POSTGRES_DIR port=$TEST_NGINX_POSTGRES_PORT user=postgres dbname=postgres";
--- config
    location = /t {
        asyncapi {
            postgres a as=value db "SELECT inet_client_addr() IS NULL";
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":true}
--- no_error_log
[error]



=== TEST 6: TLS where it is asked for
--- http_config
    asyncapi_postgres db "host=127.0.0.1 port=$TEST_NGINX_POSTGRES_PORT user=ada password='love lace' dbname=postgres sslmode=require" timeout=20s;
    asyncapi_timeout 20s;
--- config eval: $::Ask
--- request
    GET /t
--- response_body_like: ^"ada \d+ TLSv1\.3"$
--- then
my @answers = storm('/t?[1-200]', 0, 32);
like(ask('/t'), qr/TLSv1.3/, 'by all connections');
--- no_error_log
[error]



=== TEST 7: a certificate that is verified, by its name
--- http_config
    asyncapi_postgres db "host=localhost hostaddr=127.0.0.1 port=$TEST_NGINX_POSTGRES_PORT user=postgres dbname=postgres sslmode=verify-full sslrootcert=$TEST_NGINX_POSTGRES_CA";
--- config eval: $::Ask
--- request
    GET /t
--- response_body_like: ^"postgres \d+ TLSv1\.3"$
--- no_error_log
[error]



=== TEST 8: a certificate of another
--- http_config
    asyncapi_postgres db "host=127.0.0.1 port=$TEST_NGINX_POSTGRES_PORT user=postgres dbname=postgres sslmode=verify-full sslrootcert=$TEST_NGINX_OTHER_CA";
--- config eval: $::Ask
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"connect"
--- error_log
certificate verify failed



=== TEST 9: a cancel over TLS
--- http_config
    asyncapi_postgres db "host=127.0.0.1 port=$TEST_NGINX_POSTGRES_PORT user=postgres dbname=postgres sslmode=require" pool=1;
--- config
    location = /t {
        asyncapi { postgres a timeout=200ms db "SELECT pg_sleep(60)"; }
    }
    location = /u {
        asyncapi { postgres a as=value db "SELECT 1"; }
    }
--- request
    GET /t
--- error_code: 504
--- then
is(ask('/u'), '{"a":1}', 'the connection is used again');
is($pg->active('pg_sleep'), 0, 'the query is cancelled');



=== TEST 10: the first host that can be connected to
--- http_config
    asyncapi_postgres db "host=127.0.0.1,127.0.0.1 port=$TEST_NGINX_NOBODY_PORT,$TEST_NGINX_POSTGRES_PORT user=postgres dbname=postgres sslmode=disable";
--- config eval: $::Ask
--- request
    GET /t
--- response_body eval: '"postgres ' . $::pg->port . ' plain"'
--- no_error_log
[error]



=== TEST 11: the first host that can be written to
--- http_config
    asyncapi_postgres db "host=127.0.0.1,127.0.0.1 port=$TEST_NGINX_OTHER_PORT,$TEST_NGINX_POSTGRES_PORT user=postgres dbname=postgres sslmode=disable target_session_attrs=read-write";
--- config eval: $::Ask
--- request
    GET /t
--- response_body eval: '"postgres ' . $::pg->port . ' plain"'
--- no_error_log
[error]



=== TEST 12: a standby where there is one, else any
--- http_config
    asyncapi_postgres db "host=127.0.0.1,127.0.0.1 port=$TEST_NGINX_NOBODY_PORT,$TEST_NGINX_POSTGRES_PORT user=postgres dbname=postgres sslmode=disable target_session_attrs=prefer-standby";
--- config eval: $::Ask
--- request
    GET /t
--- response_body eval: '"postgres ' . $::pg->port . ' plain"'
--- no_error_log
[error]



=== TEST 13: no host that does
--- http_config
    asyncapi_postgres db "host=127.0.0.1 port=$TEST_NGINX_OTHER_PORT user=postgres dbname=postgres target_session_attrs=read-write";
--- config eval: $::Ask
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"connect"
--- error_log
session is read-only



=== TEST 14: settings of the connection string
--- http_config
    asyncapi_postgres db "host=127.0.0.1 port=$TEST_NGINX_POSTGRES_PORT user=postgres dbname=postgres application_name=shop options='-c search_path=one,two -c statement_timeout=77'";
--- config
    location = /t {
        asyncapi {
            postgres a as=row db "SELECT current_setting('search_path') AS path, current_setting('statement_timeout') AS t, current_setting('application_name') AS name, current_setting('client_encoding') AS enc";
            respond '$a';
        }
    }
--- request
    GET /t
--- response_body chomp
{"path":"one,two","t":"77ms","name":"shop","enc":"UTF8"}
--- no_error_log
[error]



=== TEST 15: what the user or the database has set does not change values
--- http_config
    asyncapi_postgres db "host=127.0.0.1 port=$TEST_NGINX_POSTGRES_PORT user=postgres dbname=odd";
--- config
    location = /t {
        asyncapi {
            postgres a as=row db "SELECT '\\x00ff'::bytea AS bytes, 0.1::float8 + 0.2 AS sum, 'ü' AS text";
            respond '$a';
        }
    }
--- init
$::pg->sql('CREATE DATABASE odd');
$::pg->sql("ALTER DATABASE odd SET bytea_output = 'escape'");
$::pg->sql("ALTER DATABASE odd SET extra_float_digits = -5");
$::pg->sql("ALTER DATABASE odd SET client_encoding = 'LATIN1'");
--- request
    GET /t
--- response_body chomp
{"bytes":"AP8=","sum":0.30000000000000004,"text":"ü"}
--- no_error_log
[error]



=== TEST 16: a server that accepts and says nothing
--- http_config
    asyncapi_postgres db "host=127.0.0.1 port=$TEST_NGINX_SILENT_PORT user=postgres dbname=postgres" timeout=300ms;
--- config eval: $::Ask
--- request
    GET /t
--- error_code: 502
--- response_body_like: "reason":"connect"
--- error_log
connecting took too long



=== TEST 17: a name that is looked up when a connection is made
--- http_config
    resolver 127.0.0.1:$TEST_NGINX_DNS_PORT;
    asyncapi_postgres db "host=after300-a-1.test port=$TEST_NGINX_POSTGRES_PORT user=postgres dbname=postgres sslmode=disable";
--- config eval: $::Ask
--- request
    GET /t
--- response_body eval: '"postgres ' . $::pg->port . ' plain"'
--- no_error_log
[error]



=== TEST 18: a name of several addresses
--- http_config
    resolver 127.0.0.1:$TEST_NGINX_DNS_PORT;
    asyncapi_postgres db "host=a-2-a-1.test port=$TEST_NGINX_POSTGRES_PORT user=postgres dbname=postgres sslmode=disable";
--- config eval: $::Ask
--- request
    GET /t
--- response_body eval: '"postgres ' . $::pg->port . ' plain"'
--- then
like(ask('/t'), qr/postgres/, 'and again');
--- no_error_log
[error]



=== TEST 19: a name that is not there, and one that is
--- http_config
    resolver 127.0.0.1:$TEST_NGINX_DNS_PORT;
    asyncapi_postgres none "host=nxdomain.test port=$TEST_NGINX_POSTGRES_PORT user=postgres dbname=postgres sslmode=disable";
    asyncapi_postgres db "host=nxdomain.test,a-1.test port=$TEST_NGINX_POSTGRES_PORT user=postgres dbname=postgres sslmode=disable";
--- config
    location = /t {
        asyncapi {
            postgres a default=null none "SELECT 1";
            postgres b as=value db "SELECT 2";
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":null,"b":2}
--- response_headers
Asyncapi-Failed: a;reason=connect
--- error_log
the address of "nxdomain.test" is not found: Host not found



=== TEST 20: a client that leaves while a name is looked up
--- http_config
    resolver 127.0.0.1:$TEST_NGINX_DNS_PORT;
    asyncapi_postgres db "host=silent.test port=$TEST_NGINX_POSTGRES_PORT user=postgres dbname=postgres sslmode=disable";
--- config eval: $::Ask
--- request
    GET /t
--- abort
--- timeout: 0.2
--- wait: 0.2
--- ignore_response
--- no_error_log
[error]



=== TEST 21: large results over TLS, of whose records libpq reads a part at a time
--- http_config
    asyncapi_postgres db "host=127.0.0.1 port=$TEST_NGINX_RECORDS_PORT user=postgres dbname=postgres sslmode=require" pool=1;
    asyncapi_postgres own "host=127.0.0.1 port=$TEST_NGINX_POSTGRES_PORT user=postgres dbname=postgres sslmode=require" pool=1;
--- config
    location = /t {
        asyncapi_max_result 8m;
        asyncapi {
            timeout 1m;
            postgres rows   db  "SELECT i, repeat('x', 100) AS x FROM generate_series(1, 20000) i";
            postgres value  as=value db "SELECT repeat('x', 3000000)";
            postgres direct own "SELECT i, repeat('x', 100) AS x FROM generate_series(1, 20000) i";
            postgres after  after=value as=value db "SELECT 1";
            respond '[$rows[-1].i, $direct[-1].i, $after]';
        }
    }
--- timeout: 60
--- request
    GET /t
--- response_body chomp
[20000,20000,1]
--- no_error_log
[error]



=== TEST 22: what a connection is set up by, and results, in two halves
--- http_config
    asyncapi_postgres db "host=127.0.0.1 port=$TEST_NGINX_HALVES_PORT user=postgres dbname=postgres sslmode=disable" pool=1;
--- config eval: $::Ask
--- request eval
["GET /t", "GET /t"]
--- response_body_like eval
["^\"postgres $ENV{TEST_NGINX_POSTGRES_PORT} plain\"\$", "^\"postgres $ENV{TEST_NGINX_POSTGRES_PORT} plain\"\$"]
--- no_error_log
[error]

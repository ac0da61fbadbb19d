use lib 't/lib';
use AsyncAPI;

# a module that is built without libpq

our $Absent = 'needs libpq, which this module is built without: install'
              . ' libpq-dev (libpq of PostgreSQL 14 or later) and build the'
              . ' module again';

run_tests();

__DATA__

=== TEST 1: the directive is refused with what it needs
--- http_config
    asyncapi_postgres db "host=127.0.0.1";
--- config
--- must_die
--- suppress_stderr
--- error_log eval
qq("asyncapi_postgres" directive $::Absent in )



=== TEST 2: so is the kind
--- statements
postgres a as=row db "SELECT 1";
--- refused eval
qq(1: $::Absent in postgres "a")



=== TEST 3: and its transaction
--- statements
postgres a transaction db { "SELECT 1"; }
--- refused eval
qq(1: $::Absent in postgres "a")



=== TEST 4: all else is there
--- config
    location = /t {
        asyncapi { sleep a 1ms 1; }
    }
--- request
    GET /t
--- response_body chomp
{"a":1}



=== TEST 5: and libpq is not needed
--- config
    location = /t { return 204; }
--- init
my @libraries = `ldd $ENV{ASYNCAPI_MODULE}`;
main::is(scalar(grep { /libpq/ } @libraries), 0, 'it is not linked');
--- request
    GET /t
--- error_code: 204

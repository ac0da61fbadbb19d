# A module that is built without SQLite: it says how to get it, and all else is
# as ever.

use lib 't/lib';
use AsyncAPI;

run_tests();

__DATA__

=== TEST 1: a task
--- statements
sqlite a db "SELECT 1";
--- refused
1: needs SQLite, which this module is built without: install libsqlite3-dev and build the module again in sqlite "a"



=== TEST 2: whatever its options
--- statements
sqlite a as=row timeout=1s default=null db "SELECT 1";
--- refused
1: needs SQLite, which this module is built without: install libsqlite3-dev and build the module again in sqlite "a"



=== TEST 3: a transaction
--- statements
sqlite a transaction db { "SELECT 1"; }
--- refused
1: needs SQLite, which this module is built without: install libsqlite3-dev and build the module again in sqlite "a"



=== TEST 4: a database
--- http_config
    asyncapi_sqlite db a.db;
--- config
--- must_die
--- suppress_stderr
--- error_log
"asyncapi_sqlite" directive needs SQLite, which this module is built without: install libsqlite3-dev and build the module again in



=== TEST 5: all else
--- config
    location = /t { asyncapi { sleep a 1ms 1; } }
--- request
    GET /t
--- response_body chomp
{"a":1}

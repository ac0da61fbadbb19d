use lib 't/lib';
use AsyncAPI;

# what nginx -t says of asyncapi_postgres and of statements; "http" is the
# inside of http {}

add_block_preprocessor(sub {
    my $block = shift;

    return if !defined $block->http;

    $block->set_value('http_config', $block->http);
    $block->set_value('config', '') if !defined $block->config;
    $block->set_value('must_die', '');
    $block->set_value('suppress_stderr', '');
});

run_tests();

__DATA__

=== TEST 1: no database and no SQL
--- statements
postgres a;
--- refused
1: needs a database and SQL: write for instance postgres user db "SELECT * FROM users WHERE id = $id" with "asyncapi_postgres db "host=127.0.0.1 dbname=shop user=shop";" in http {} in postgres "a"



=== TEST 2: a database that is not declared
--- statements
postgres a db "SELECT 1";
--- refused
1: there is no PostgreSQL database "db": write "asyncapi_postgres db "host=127.0.0.1 dbname=shop user=shop";" in http {} in postgres "a"



=== TEST 3: a reference in a string
--- statements
postgres a db "SELECT '$arg_x'";
--- refused
1: no reference can stand in a string: write it outside, as in 'a' || $name || 'b' (and $$ for a dollar), near "$arg_x'" in postgres "a"



=== TEST 4: BEGIN
--- statements
postgres a db "BEGIN";
--- refused
1: BEGIN can't be sent: write the statements of a transaction as postgres NAME transaction DATABASE { "SQL"; "SQL"; } in postgres "a"



=== TEST 5: COMMIT, in a transaction, on its own line
--- statements
postgres a transaction db {
    "SELECT 1";
    "commit";
}
--- refused
3: COMMIT can't be sent: write the statements of a transaction as postgres NAME transaction DATABASE { "SQL"; "SQL"; } in postgres "a"



=== TEST 6: SET
--- statements
postgres a db "SET search_path = shop";
--- refused
1: SET can't be sent: the connection is used by other requests afterwards: write options='-c name=value' into the connection string of asyncapi_postgres, or SET LOCAL in a transaction in postgres "a"



=== TEST 7: SET that outlives its transaction
--- statements
postgres a transaction db { "SET search_path = shop"; }
--- refused
1: SET can't be sent: the connection is used by other requests afterwards: write options='-c name=value' into the connection string of asyncapi_postgres, or SET LOCAL in a transaction in postgres "a"



=== TEST 8: LISTEN
--- statements
postgres a db "LISTEN orders";
--- refused
1: LISTEN can't be sent: nobody would hear it: LISTEN belongs into a program of its own in postgres "a"



=== TEST 9: COPY
--- statements
postgres a db "COPY users TO STDOUT";
--- refused
1: COPY can't be sent: rows are not copied by it: write SELECT, INSERT, or psql's \copy outside of nginx in postgres "a"



=== TEST 10: LOCK without a transaction
--- statements
postgres a db "LOCK TABLE users";
--- refused
1: LOCK can't be sent: it ends with the statement: write it in postgres NAME transaction DATABASE { "SQL"; "SQL"; } in postgres "a"



=== TEST 11: a cursor
--- statements
postgres a db "DECLARE c CURSOR FOR SELECT 1";
--- refused
1: DECLARE can't be sent: it would be gone before it is read: write the SELECT itself, whose rows are sent as they come in postgres "a"



=== TEST 12: no statement
--- statements
postgres a db "-- nothing";
--- refused
1: there is no statement: write for instance "SELECT * FROM users WHERE id = $id", near "-- nothing" in postgres "a"



=== TEST 13: hedge= of what writes needs "unsafe"
--- statements
postgres a hedge=100ms db "INSERT INTO notes VALUES (1)";
--- refused
1: "hedge=" may do the INSERT of "a" twice: where that does no harm, write ",unsafe" behind the value of "hedge=" in postgres "a"



=== TEST 14: so does hedge= of a SELECT that writes
--- statements
postgres a hedge=100ms db "WITH n AS (INSERT INTO notes VALUES (1) RETURNING *) SELECT * FROM n";
--- refused
1: "hedge=" may do the INSERT of "a" twice: where that does no harm, write ",unsafe" behind the value of "hedge=" in postgres "a"



=== TEST 15: and retry= of a group with a statement that writes
--- statements
gather g retry=1 {
    postgres a db "UPDATE notes SET a = 1";
}
--- refused
1: "retry=" may do the UPDATE of "a" twice: where that does no harm, write ",unsafe" behind the value of "retry=" in gather "g"



=== TEST 16: a name that is none
--- http
    asyncapi_postgres my-db "host=127.0.0.1";
--- error_log
"my-db" can't be the name of a PostgreSQL database: write letters



=== TEST 17: a name twice
--- http
    asyncapi_postgres db "host=127.0.0.1";
    asyncapi_postgres db "host=127.0.0.1";
--- error_log
the name "db" is taken by another asyncapi_postgres: give this one another name



=== TEST 18: an option of libpq that there is not
--- http
    asyncapi_postgres db "host=127.0.0.1 pasword=secret";
--- error_log
the connection string of asyncapi_postgres "db" is wrong: invalid connection option "pasword"; it stands in quotes as a whole, write for instance "host=127.0.0.1 dbname=shop user=shop"
--- no_error_log
secret



=== TEST 19: a password that is cut is in no message
--- http
    asyncapi_postgres db "host=127.0.0.1 password=top secret";
--- error_log
the connection string of asyncapi_postgres "db" is wrong: a word has no "=" behind it; it stands in quotes as a whole
--- no_error_log
secret



=== TEST 20: nor one in a URL that can't be read
--- http
    asyncapi_postgres db "postgresql://shop:top:secret@127.0.0.1:port/db%zz";
--- error_log
the connection string of asyncapi_postgres "db" is wrong
--- no_error_log
secret



=== TEST 21: nor one that stands outside of the quotes
--- http
    asyncapi_postgres db host=127.0.0.1 password=secret;
--- error_log
has something behind the connection string that is not "pool=N", "queue=N" or "timeout=TIME"; the string stands in quotes as a whole
--- no_error_log
secret



=== TEST 22: a pool of no connections
--- http
    asyncapi_postgres db "host=127.0.0.1" pool=0;
--- error_log
has a "pool=" that is no number of connections: write for instance pool=10



=== TEST 23: a queue that is no number
--- http
    asyncapi_postgres db "host=127.0.0.1" queue=-1;
--- error_log
has a "queue=" that is no number of tasks: write for instance queue=100



=== TEST 24: no time
--- http
    asyncapi_postgres db "host=127.0.0.1" timeout=0;
--- error_log
has a "timeout=" that is no time: write for instance timeout=2s



=== TEST 25: an option twice
--- http
    asyncapi_postgres db "host=127.0.0.1" pool=1 pool=2;
--- error_log
has "pool=" twice



=== TEST 26: what libpq would look up
--- http
    asyncapi_postgres db "service=shop";
--- error_log
"service" is not looked up: write what it stands for



=== TEST 27: a file with passwords
--- http
    asyncapi_postgres db "host=127.0.0.1 passfile=/etc/pgpass";
--- error_log
"passfile" is not read: write "password", and nginx.conf where only root can read it



=== TEST 28: another encoding
--- http
    asyncapi_postgres db "host=127.0.0.1 client_encoding=LATIN1";
--- error_log
"client_encoding" can only be UTF8: take it away



=== TEST 29: Kerberos
--- http
    asyncapi_postgres db "host=127.0.0.1 gssencmode=require";
--- error_log
"gssencmode" can only be disable



=== TEST 30: certificates that are verified by nothing
--- http
    asyncapi_postgres db "host=127.0.0.1 sslmode=verify-full";
--- error_log
"sslmode" verifies by a file that is not named: write for instance sslrootcert=/etc/ssl/certs/ca-certificates.crt



=== TEST 31: lists that do not fit
--- http
    asyncapi_postgres db "host=127.0.0.1,127.0.0.2 port=1,2,3";
--- error_log
"host", "hostaddr" and "port" are lists of different lengths: write one of each for each server



=== TEST 32: a host that is not known
--- http
    asyncapi_postgres db "host=nowhere.invalid";
--- error_log
host not found in asyncapi_postgres "db": "nowhere.invalid"



=== TEST 33: what is fine: retry= of what writes, SET LOCAL, both forms of a string
--- http_config
    asyncapi_postgres a "postgresql://shop:s%40fe@127.0.0.1:5432/shop?sslmode=require" pool=2 queue=0 timeout=1s;
    asyncapi_postgres b "host=/run/postgresql,127.0.0.1 dbname=shop connect_timeout=3 target_session_attrs=prefer-standby";
--- config
    location = /t { return 204; }
    location = /u {
        asyncapi {
            postgres one retry=2 a "INSERT INTO notes VALUES (1)";
            postgres two retry=2 transaction b {
                "SET LOCAL lock_timeout = '1s'";
                "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE";
                "LOCK TABLE notes";
                "UPDATE notes SET a = $one.affected::int";
            }
        }
    }
--- request
    GET /t
--- error_code: 204
--- no_error_log
[warn]

use lib 't/lib';
use AsyncAPI;

# what nginx -t says of asyncapi_sqlite, and of SQL that is none; "http" is the
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
sqlite a;
--- refused
1: needs a database and SQL: write for instance sqlite user db "SELECT * FROM users WHERE id = $id" with "asyncapi_sqlite db FILE;" in http {} in sqlite "a"



=== TEST 2: SQL that is not quoted
--- statements
sqlite a db SELECT 1;
--- refused
1: has more than a database and SQL, which stands in quotes as a whole: write for instance sqlite user db "SELECT * FROM users WHERE id = $id" with "asyncapi_sqlite db FILE;" in http {} in sqlite "a"



=== TEST 3: a database that is not named
--- statements
sqlite a as=row db "SELECT 1";
--- refused
1: there is no SQLite database "db": write "asyncapi_sqlite db FILE;" in http {} in sqlite "a"



=== TEST 4: a name that is taken
--- http
    asyncapi_sqlite db a.db;
    asyncapi_sqlite db b.db;
--- error_log
the name "db" is taken by another asyncapi_sqlite: give this one another name



=== TEST 5: what is no name
--- http
    asyncapi_sqlite 5 a.db;
--- error_log
"5" can't be the name of a SQLite database: write letters, digits and "_", beginning with a letter, and not "transaction"



=== TEST 6: a name that has a meaning
--- http
    asyncapi_sqlite transaction a.db;
--- error_log
"transaction" can't be the name of a SQLite database: write letters, digits and "_", beginning with a letter, and not "transaction"



=== TEST 7: a database in memory, of which each connection would have its own
--- http
    asyncapi_sqlite db :memory:;
--- error_log
":memory:" is no file: each connection would have a database of its own, write for instance "asyncapi_sqlite db data/db.db;"



=== TEST 8: an option that there is not
--- http
    asyncapi_sqlite db a.db readwrite;
--- error_log
there is no option "readwrite": only "readonly" can stand behind the file



=== TEST 9: no file
--- http
    asyncapi_sqlite db;
--- error_log
invalid number of arguments in "asyncapi_sqlite" directive



=== TEST 10: it belongs to all of http {}
--- locations
location /t { asyncapi_sqlite db a.db; }
--- refused
1: "asyncapi_sqlite" directive is not allowed here



=== TEST 11: a reference in a string
--- statements
sqlite a db "SELECT '$arg_x'";
--- refused
1: no reference can stand in a string: write it outside, as in 'a' || $name || 'b' (and $$ for a dollar), near "$arg_x'" in sqlite "a"



=== TEST 12: a reference as the name of a table
--- statements
sqlite a db 'SELECT * FROM "$arg_x"';
--- refused
1: no reference can stand in a quoted name: it is a value and can't be the name of a table or column (write $$ for a dollar), near "$arg_x"" in sqlite "a"



=== TEST 13: the same without quotes is no SQL
--- statements
sqlite a db 'SELECT * FROM $arg_x';
--- refused
1: SQLite does not take "SELECT * FROM ?1": near "?1": syntax error in sqlite "a"



=== TEST 14: a reference in a comment
--- statements
sqlite a db 'SELECT 1 -- $arg_x';
--- refused
1: no reference can stand in a comment: take it out, or write $$ for a dollar, near "$arg_x" in sqlite "a"



=== TEST 15: a reference as a part of a word
--- statements
sqlite a db 'SELECT * FROM ${arg_x}_old';
--- refused
1: a reference is a value and can't be a part of a word: put a blank between, near "${arg_x}_old" in sqlite "a"



=== TEST 16: two statements
--- statements
sqlite a db 'SELECT 1; DELETE FROM t';
--- refused
1: one string is one statement: write another task, or "transaction" and both in its block, for what stands behind ";" near "DELETE FROM t" in sqlite "a"



=== TEST 17: no statement
--- statements
sqlite a db '-- none';
--- refused
1: there is no statement: write for instance "SELECT * FROM users WHERE id = $id", near "-- none" in sqlite "a"



=== TEST 18: a parameter of SQLite's
--- statements
sqlite a db 'SELECT ?';
--- refused
1: a parameter is a reference: write $name, near "?" in sqlite "a"



=== TEST 19: a cast of PostgreSQL's
--- statements
sqlite a db 'SELECT $arg_x::int';
--- refused
1: a cast is written CAST(a AS b), near "::int" in sqlite "a"



=== TEST 20: no SQL
--- statements
sqlite a db 'SELECT * FORM t';
--- refused
1: SQLite does not take "SELECT * FORM t": near "FORM": syntax error in sqlite "a"



=== TEST 21: half of it
--- statements
sqlite a db 'SELECT * FROM';
--- refused
1: SQLite does not take "SELECT * FROM": incomplete input in sqlite "a"



=== TEST 22: tables and columns are none of its business
--- http_config
    asyncapi_sqlite db html/none.db;
--- config
    location = /t { asyncapi { sqlite a default=1 db "SELECT some FROM nowhere"; } }
--- request
    GET /t
--- response_body chomp
{"a":1}



=== TEST 23: BEGIN
--- statements
sqlite a db "BEGIN";
--- refused
1: BEGIN can't be sent: write transaction DATABASE { "SQL"; "SQL"; }, which is all or nothing in sqlite "a"



=== TEST 24: in small letters, and behind a comment
--- statements
sqlite a db "/* now */ commit";
--- refused
1: COMMIT can't be sent: write transaction DATABASE { "SQL"; "SQL"; }, which is all or nothing in sqlite "a"



=== TEST 25: ATTACH
--- statements
sqlite a db "ATTACH 'x' AS y";
--- refused
1: ATTACH can't be sent: name the other file by an asyncapi_sqlite of its own in sqlite "a"



=== TEST 26: VACUUM INTO
--- statements
sqlite a db "VACUUM INTO 'x'";
--- refused
1: VACUUM INTO can't be sent: copy the database with the program sqlite3 in sqlite "a"



=== TEST 27: a PRAGMA that sets something
--- statements
sqlite a db "PRAGMA foreign_keys = OFF";
--- refused
1: PRAGMA foreign_keys can't be sent where it changes something: a worker has several connections, which are set up as they have to be; what is kept in the file is changed with the program sqlite3 in sqlite "a"



=== TEST 28: the same in parentheses
--- statements
sqlite a db "PRAGMA main.journal_mode(DELETE)";
--- refused
1: PRAGMA journal_mode can't be sent where it changes something: a worker has several connections, which are set up as they have to be; what is kept in the file is changed with the program sqlite3 in sqlite "a"



=== TEST 29: one that does something by itself
--- statements
sqlite a db "PRAGMA wal_checkpoint";
--- refused
1: PRAGMA wal_checkpoint can't be sent where it changes something: a worker has several connections, which are set up as they have to be; what is kept in the file is changed with the program sqlite3 in sqlite "a"



=== TEST 30: a transaction without a block
--- statements
sqlite a transaction db;
--- refused
1: the statements of a transaction stand in a block: write transaction DATABASE { "SQL"; "SQL"; } in sqlite "a"



=== TEST 31: a block that is no transaction
--- statements
sqlite a db { "SELECT 1"; }
--- refused
1: what stands before "{" is no transaction: write transaction DATABASE { "SQL"; "SQL"; } in sqlite "a"



=== TEST 32: a block of nothing
--- statements
sqlite a transaction db {
}
--- refused
1: has no statements: write at least one in its block in sqlite "a"



=== TEST 33: the line of a statement
--- statements
sqlite a transaction db {
    "SELECT 1";
    SELECT 2;
}
--- refused
3: a statement stands in quotes as a whole: write "SELECT ..." in sqlite "a"



=== TEST 34: what is refused is so in a block, too
--- statements
sqlite a transaction db {
    "SELECT 1";
    "ROLLBACK";
}
--- refused
3: ROLLBACK can't be sent: write transaction DATABASE { "SQL"; "SQL"; }, which is all or nothing in sqlite "a"



=== TEST 35: a name that is not known
--- statements
sqlite a db "SELECT $nobody";
--- refused
1: "$nobody" is no task, parameter, let or nginx variable (write $$ for a dollar) in "a"
--- http_config
    asyncapi_sqlite db a.db;



=== TEST 36: members of what has none
--- statements
sqlite a db "SELECT $host.name";
--- refused
1: "$host.name" has no members, an nginx variable is text (text after it stands in a string only, and after the braces) in "a"



=== TEST 37: references are dependencies, in a transaction too
--- statements
sleep a 1s $b.x;
sqlite b transaction db {
    "SELECT 1";
    "SELECT $a";
}
--- refused
1: tasks wait for each other (a -> b -> a): take one of the references away



=== TEST 38: as= of other kinds
--- statements
sqlite a as=object db "SELECT 1";
--- refused
1: option "as=object": is not a form that a result of this kind can take in sqlite "a"



=== TEST 39: as= of this kind for others
--- statements
sleep a as=rows 1s;
--- refused
1: option "as=rows": is not a form that a result of this kind can take in sleep "a"



=== TEST 40: hedge= of what writes
--- statements
sqlite a hedge=10ms db "INSERT INTO t VALUES (1)";
--- refused
1: "hedge=" may do the INSERT of "a" twice: where that does no harm, write ",unsafe" behind the value of "hedge=" in sqlite "a"



=== TEST 41: a reference in a trigger
--- statements
sqlite a db "CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO b VALUES ($arg_x); END";
--- refused
1: no reference can stand in a trigger, which is kept without values: write new.NAME or old.NAME for those of the row (and $$ for a dollar), near "$arg_x); END" in sqlite "a"

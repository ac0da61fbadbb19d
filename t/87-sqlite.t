# sqlite: statements, values, rows, transactions, and what becomes of errors.

use lib 't/lib';
use AsyncAPI;

# a file of the block's own, in nginx's prefix, with what "--- database" has in
# it; and one more endpoint that shows "t"

our $blocks = 0;

add_block_preprocessor(sub {
    my $block = shift;

    return if !defined $block->database;

    my $file = "html/" . ++$blocks . ".db";
    my $http = defined $block->http_config ? $block->http_config : '';
    my @make = map { s/"/\\"/gr } grep { /\S/ } split /;\n/, $block->database;

    $block->set_value('http_config', "asyncapi_sqlite db $file;\n$http");

    my $statements = join '', map { "\"$_\";\n" } @make, "SELECT 'made'";

    $block->set_value('config', $block->config . "
        location = /make {
            asyncapi { sqlite made as=value transaction db { $statements } }
        }
        location = /t { asyncapi { sqlite t db 'SELECT * FROM t'; } }
    ");
});

run_tests();

__DATA__

=== TEST 1: rows, a row, a value, and the number of rows that have changed
--- database
CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT);
--- config
    location = /q {
        asyncapi {
            sqlite put  db "INSERT INTO t(name) VALUES ('one'), ('two')";
            sqlite none after=put db "UPDATE t SET name = 'x' WHERE id = 17";
            sqlite new  after=none db "CREATE TABLE u(a)";
            sqlite rows after=none as=rows db "SELECT * FROM t ORDER BY id DESC";
            sqlite row  after=none as=row db "SELECT name, id FROM t ORDER BY id";
            sqlite one  after=none as=value db "SELECT name, id FROM t ORDER BY id";
        }
    }
    location = /n {
        asyncapi {
            sqlite rows db "SELECT * FROM t WHERE 0;";
            sqlite row  as=row db "SELECT * FROM t WHERE 0";
            sqlite one  as=value db "SELECT id FROM t WHERE 0";
            sqlite null as=value db "SELECT NULL, 1";
            sqlite gone db "DELETE FROM t";
        }
    }
--- request eval
["GET /make", "GET /q", "GET /n", "GET /t"]
--- response_body eval
['{"made":"made"}',
 '{"put":{"affected":2},"none":{"affected":0},"new":{"affected":0},'
 . '"rows":[{"id":2,"name":"two"},{"id":1,"name":"one"}],'
 . '"row":{"name":"one","id":1},"one":"one"}',
 '{"rows":[],"row":null,"one":null,"null":null,"gone":{"affected":2}}',
 '{"t":[]}']



=== TEST 2: values of all types
--- database
CREATE TABLE t(a);
--- config
    location = /q {
        asyncapi {
            sqlite int  as=value db "SELECT 9223372036854775807";
            sqlite neg  as=value db "SELECT -9223372036854775808";
            sqlite real as=rows  db "SELECT 0.1, 1.0, -2.5e20, 1e999 AS inf, -1e999 AS ninf, 0.1+0.2 AS sum";
            sqlite text as=value db "SELECT 'a\"\\ü' || char(10)";
            sqlite blob as=value db "SELECT x'00ff10'";
            sqlite none as=value db "SELECT x''";
            sqlite null as=rows  db "SELECT NULL AS a, '' AS b";
            sqlite twice db "SELECT 1 AS a, 2 AS b, 3 AS a";
        }
    }
--- request eval
["GET /make", "GET /q"]
--- response_body eval
['{"made":"made"}',
 '{"int":9223372036854775807,"neg":-9223372036854775808,'
 . '"real":[{"0.1":0.1,"1.0":1.0,"-2.5e20":-2.5e+20,"inf":"Infinity",'
 . '"ninf":"-Infinity","sum":0.30000000000000004}],'
 . '"text":"a\"\\\\ü\n","blob":"AP8Q","none":"","null":[{"a":null,"b":""}],'
 . '"twice":[{"b":2,"a":3}]}']



=== TEST 3: JSON of columns that say so, of functions, and by as=
--- database
CREATE TABLE t(j JSON, s TEXT);
INSERT INTO t VALUES ('{"n": 1.0, "n2":1e400}', '[1]');
INSERT INTO t VALUES ('no', '"x" ')
--- config
    location = /q {
        asyncapi {
            sqlite cols db "SELECT j, s FROM t";
            sqlite fun  as=row db "SELECT json_object('a', 1) AS o, json_array(1, 'x') AS l, json_extract('{}', '$.a') AS x";
            sqlite agg  as=value db "SELECT json_group_array(s) FROM t";
            sqlite json as=json db "SELECT s FROM t ORDER BY rowid DESC";
            sqlite nul  as=json db "SELECT NULL";
            sqlite wrong as=json default=[0] db "SELECT j FROM t WHERE j = 'no'";
            sqlite text as=text db "SELECT 5";
            sqlite b64  as=base64 db "SELECT 'ab'";
        }
    }
--- request eval
["GET /make", "GET /q"]
--- response_body eval
['{"made":"made"}',
 '{"cols":[{"j":{"n": 1.0, "n2":1e400},"s":"[1]"},{"j":"no","s":"\"x\" "}],'
 . '"fun":{"o":{"a":1},"l":[1,"x"],"x":null},'
 . '"agg":["[1]","\"x\" "],"json":"x","nul":null,"wrong":[0],"text":"5",'
 . '"b64":"YWI="}']
--- raw_response_headers_like eval
['', 'Asyncapi-Failed: wrong;reason=invalid']



=== TEST 4: parameters by their type
--- database
CREATE TABLE t(a);
--- config
    location /q/ {
        asyncapi GET /q/:path {
            path path string;
            query n integer;
            query x number;
            query b boolean;
            query l string[];
            sleep v 1ms '{"s": "it\'s \\"\\u00e9\\"", "i": 12345678901, "big": 123456789012345678901234567890,
                          "r": 1.50, "e": 1e2, "t": true, "f": false, "n": null, "o": {"a": [1]}, "l": [1, 2]}';
            sqlite types as=row db "SELECT typeof($path) AS path, typeof($n) AS n, typeof($x) AS x, typeof($b) AS b,
                typeof($arg_y) AS y, typeof($arg_none) AS none, typeof($v.s) AS s, typeof($v.i) AS i, typeof($v.big) AS big,
                typeof($v.r) AS r, typeof($v.e) AS e, typeof($v.t) AS t, typeof($v.n) AS nul, typeof($v.missing) AS missing,
                typeof($v.o) AS o";
            sqlite values as=row db "SELECT $path AS path, $n AS n, $x AS x, $b AS b, $arg_y AS y, $v.s AS s, $v.i AS i,
                $v.big AS big, $v.r AS r, $v.e AS e, $v.t AS t, $v.f AS f, $v.n AS nul, $v.o AS o, $v.l[-1] AS last, $l AS l";
            sqlite each db "SELECT value FROM json_each(${v.l})";
        }
    }
--- request eval
["GET /make", "GET /q/a%27b?n=-5&x=2.50&b=1&y=7&l=x&l=y"]
--- response_body eval
['{"made":"made"}',
 qr/"types":\{"path":"text","n":"integer","x":"real","b":"integer","y":"text","none":"null","s":"text","i":"integer","big":"real","r":"real","e":"real","t":"integer","nul":"null","missing":"null","o":"text"},"values":\{"path":"a'b","n":-5,"x":2.5,"b":1,"y":"7","s":"it's \\"é\\"","i":12345678901,"big":1.2345678901234568e\+29,"r":1.5,"e":100.0,"t":1,"f":0,"nul":null,"o":"\{\\"a\\":\[1\]}","last":2,"l":"\[\\"x\\",\\"y\\"\]"},"each":\[\{"value":1},\{"value":2}\]/]



=== TEST 5: what a client writes is a value, whatever it is
--- database
CREATE TABLE t(name TEXT);
INSERT INTO t VALUES ('secret');
--- config
    location = /q {
        asyncapi {
            query name string;
            sqlite put db "INSERT INTO t VALUES ($name)";
            sqlite got after=put db "SELECT name FROM t WHERE name = $name";
        }
    }
--- request eval
["GET /make",
 "GET /q?name=x%27);%20DROP%20TABLE%20t;%20--",
 "GET /q?name=%27%20OR%20%271%27=%271",
 "GET /q?name=%22;%20ATTACH%20%27x%27%20AS%20y",
 "GET /q?name=\$name%20?1%20:name",
 "GET /t"]
--- response_body eval
['{"made":"made"}',
 q|{"put":{"affected":1},"got":[{"name":"x'); DROP TABLE t; --"}]}|,
 q|{"put":{"affected":1},"got":[{"name":"' OR '1'='1"}]}|,
 q|{"put":{"affected":1},"got":[{"name":"\"; ATTACH 'x' AS y"}]}|,
 q|{"put":{"affected":1},"got":[{"name":"$name ?1 :name"}]}|,
 qr/^\{"t":\[\{"name":"secret"},(\{"name":"[^}]*"},?){4}\]}$/]



=== TEST 6: a zero byte, and bytes that are no UTF-8, are no text
--- database
CREATE TABLE t(a);
--- config
    location = /zero {
        asyncapi {
            sleep v 1ms '"a\u0000b"';
            sqlite a db "INSERT INTO t VALUES ($v)";
        }
    }
    location ~ ^/bytes/(.*)$ {
        asyncapi {
            sqlite a db "INSERT INTO t VALUES ($1)";
        }
    }
    location = /out {
        asyncapi {
            sqlite a db "SELECT CAST(x'ff' AS TEXT) AS a";
        }
    }
--- request eval
["GET /make", "GET /zero", "GET /bytes/%ff", "GET /out", "GET /t"]
--- error_code eval
[200, 502, 502, 502, 200]
--- response_body eval
['{"made":"made"}',
 ('{"type":"about:blank","title":"Bad Gateway","status":502,"task":"a","reason":"invalid"}') x 3,
 '{"t":[]}']



=== TEST 7: errors have SQLite's extended code; what it says goes to the log
--- database
CREATE TABLE p(id INTEGER PRIMARY KEY);
CREATE TABLE t(id INTEGER PRIMARY KEY, u TEXT UNIQUE, n NOT NULL DEFAULT 1, c CHECK (c > 0), p REFERENCES p);
INSERT INTO t(id, u) VALUES (1, 'x')
--- config
    location = /primary { asyncapi { sqlite a db "INSERT INTO t(id) VALUES (1)"; } }
    location = /unique { asyncapi { sqlite a db "INSERT INTO t(u) VALUES ('x')"; } }
    location = /null { asyncapi { sqlite a db "INSERT INTO t(n) VALUES (NULL)"; } }
    location = /check { asyncapi { sqlite a db "INSERT INTO t(c) VALUES (0)"; } }
    location = /foreign { asyncapi { sqlite a db "INSERT INTO t(p) VALUES (17)"; } }
    location = /table { asyncapi { sqlite a db "SELECT * FROM gone"; } }
    location = /mismatch { asyncapi { sqlite a db "INSERT INTO t(id) VALUES ('x')"; } }
    location = /detail { asyncapi_error_detail on; asyncapi { sqlite a db "INSERT INTO t(u) VALUES ('x')"; } }
    location = /default { asyncapi { sqlite a default=null db "SELECT abs(-9223372036854775808)"; } }
--- request eval
["GET /make", "GET /primary", "GET /unique", "GET /null", "GET /check",
 "GET /foreign", "GET /table", "GET /mismatch", "GET /detail", "GET /default"]
--- error_code eval
[200, (502) x 8, 200]
--- response_body_like eval
['made',
 '"task":"a","reason":"sql","code":"SQLITE_CONSTRAINT_PRIMARYKEY"}',
 '"code":"SQLITE_CONSTRAINT_UNIQUE"}', '"code":"SQLITE_CONSTRAINT_NOTNULL"}',
 '"code":"SQLITE_CONSTRAINT_CHECK"}', '"code":"SQLITE_CONSTRAINT_FOREIGNKEY"}',
 '"code":"SQLITE_ERROR"}', '"code":"SQLITE_MISMATCH"}',
 '"code":"SQLITE_CONSTRAINT_UNIQUE","detail":"sqlite \\\\"db\\\\": UNIQUE constraint failed: t.u"}',
 '{"a":null}']



=== TEST 8: what the log says
--- http_config
    asyncapi_sqlite db html/log.db;
--- config
    location ~ ^/q/(.*)$ {
        asyncapi {
            sleep v 1ms '"a\u0000b"';
            sqlite a default=null db "SELECT $v";
            sqlite b default=null db "SELECT $1";
            sqlite c default=null db "SELECT CAST(x'ff' AS TEXT)";
            sqlite d default=null db "SELECT * FROM gone";
            sqlite e default=null as=json db "SELECT 'x'";
        }
    }
--- request
    GET /q/%ff
--- response_body chomp
{"v":"a\u0000b","a":null,"b":null,"c":null,"d":null,"e":null}
--- error_log
task "a" failed: invalid, the value of "$v" has a zero byte, which is no text for a database
task "b" failed: invalid, the value of "$1" is no UTF-8, which a database takes as text
task "c" failed: invalid, a text of the result is no UTF-8: as=base64 takes one value of any bytes
task "d" failed: sql "SQLITE_ERROR", sqlite "db": no such table: gone
task "e" failed: invalid, the result is no valid JSON



=== TEST 9: a transaction is all or nothing, and gives the last result
--- database
CREATE TABLE t(id INTEGER PRIMARY KEY, n INT CHECK (n >= 0));
INSERT INTO t VALUES (1, 10), (2, 0)
--- config
    location /move/ {
        asyncapi POST /move/:n {
            path n integer;
            sqlite moved transaction db {
                "UPDATE t SET n = n + $n WHERE id = 2";
                # the one that may fail comes second
                "UPDATE t SET n = n - $n WHERE id = 1";
                "SELECT * FROM t ORDER BY id";
            }
            respond '$moved';
        }
    }
    location = /read {
        asyncapi {
            sqlite sum as=value transaction db {
                "SELECT n FROM t WHERE id = 1";
                "SELECT sum(n) FROM t";
            }
        }
    }
    location = /affected {
        asyncapi {
            sqlite a transaction db {
                "SELECT * FROM t";
                "UPDATE t SET n = n";
            }
        }
    }
--- request eval
["GET /make", "POST /move/3", "POST /move/8", "GET /t", "GET /read", "GET /affected"]
--- error_code eval
[200, 200, 502, 200, 200, 200]
--- response_body eval
['{"made":"made"}', '[{"id":1,"n":7},{"id":2,"n":3}]',
 '{"type":"about:blank","title":"Bad Gateway","status":502,"task":"moved","reason":"sql","code":"SQLITE_CONSTRAINT_CHECK"}',
 '{"t":[{"id":1,"n":7},{"id":2,"n":3}]}', '{"sum":10}', '{"a":{"affected":2}}']



=== TEST 10: what a transaction comes to is part of it
--- database
CREATE TABLE p(id INTEGER PRIMARY KEY);
CREATE TABLE t(p REFERENCES p DEFERRABLE INITIALLY DEFERRED);
--- config
    location = /commit {
        asyncapi {
            sqlite a transaction db {
                "INSERT INTO t VALUES (5)";
                "SELECT 1";
            }
        }
    }
    location = /large {
        asyncapi_max_result 100;
        asyncapi {
            sqlite a transaction db {
                "INSERT INTO t VALUES (NULL)";
                "SELECT hex(zeroblob(1000)) AS x";
            }
        }
    }
--- request eval
["GET /make", "GET /commit", "GET /large", "GET /t"]
--- error_code eval
[200, 502, 502, 200]
--- response_body_like eval
['made', '"reason":"sql","code":"SQLITE_CONSTRAINT_FOREIGNKEY"}',
 '"reason":"too_large"}', '^\{"t":\[\]}$']



=== TEST 11: results of more than asyncapi_max_result
--- database
CREATE TABLE t(a);
--- config
    location = /rows {
        asyncapi_max_result 10000;
        asyncapi {
            sqlite a db "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c";
        }
    }
    location = /value {
        asyncapi_max_result 10000;
        asyncapi { sqlite a as=value db "SELECT hex(zeroblob(5000))"; }
    }
    location = /fits {
        asyncapi_max_result 10002;
        asyncapi { sqlite a as=value db "SELECT hex(zeroblob(5000))"; respond 200 if=$a '"yes"'; }
    }
    location = /first {
        asyncapi_max_result 10000;
        asyncapi {
            sqlite a as=row db "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c";
        }
    }
--- request eval
["GET /make", "GET /rows", "GET /value", "GET /fits", "GET /first"]
--- error_code eval
[200, 502, 502, 200, 200]
--- response_body_like eval
['made', '"task":"a","reason":"too_large"', '"task":"a","reason":"too_large"',
 '^"yes"$', '^\{"a":\{"x":1}}$']



=== TEST 12: a WITH that writes is found out, and goes to the writer
--- database
CREATE TABLE t(a);
--- config
    location = /q {
        asyncapi {
            sqlite a db "WITH x(v) AS (VALUES ($arg_a)) INSERT INTO t SELECT v FROM x RETURNING a";
        }
    }
    location = /tx {
        asyncapi {
            sqlite a transaction db {
                "SELECT 1";
                "WITH x(v) AS (VALUES ($arg_a)) INSERT INTO t SELECT v FROM x";
            }
        }
    }
--- request eval
["GET /make", "GET /q?a=1", "GET /q?a=2", "GET /tx?a=3", "GET /tx?a=4", "GET /t"]
--- response_body eval
['{"made":"made"}', '{"a":[{"a":"1"}]}', '{"a":[{"a":"2"}]}',
 '{"a":{"affected":1}}', '{"a":{"affected":1}}',
 '{"t":[{"a":"1"},{"a":"2"},{"a":"3"},{"a":"4"}]}']



=== TEST 13: how a connection is set up
--- database
CREATE TABLE t(a);
--- config
    location = /q {
        asyncapi {
            sqlite journal as=value db "PRAGMA journal_mode";
            sqlite keys as=value db "PRAGMA foreign_keys";
            sqlite info as=row db "PRAGMA table_info(t)";
            sqlite table as=value db "SELECT name FROM pragma_table_info('t')";
        }
    }
--- request eval
["GET /make", "GET /q"]
--- response_body eval
['{"made":"made"}',
 '{"journal":"wal","keys":1,"info":{"cid":0,"name":"a","type":"","notnull":0,"dflt_value":null,"pk":0},"table":"a"}']



=== TEST 14: each=, groups, pick=, trust and if= go with it
--- database
CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three');
--- config
    location = /q {
        asyncapi {
            sleep ids 1ms '[3, 1, 9]';
            sqlite each each=$ids as=value db "SELECT name FROM t WHERE id = $item";
            sqlite pick pick=name db "SELECT * FROM t WHERE id <= $ids[1]";
            sqlite off if=$ids[7] db "SELECT 1";
            sqlite raw as=json trust db "SELECT '[1, 2]'";
            gather g { sqlite a as=value db "SELECT 1"; sqlite b as=value db "SELECT $a + 1"; }
            race r { sqlite c as=value db "SELECT 'first'"; sleep d 3s; }
        }
    }
--- request eval
["GET /make", "GET /q"]
--- response_body eval
['{"made":"made"}',
 '{"ids":[3,1,9],"each":["three","one",null],"pick":[{"name":"one"}],"off":null,"raw":[1, 2],"g":{"a":1,"b":2},"r":"first"}']



=== TEST 15: a database that only is read
--- database
CREATE TABLE t(a);
INSERT INTO t VALUES (7)
--- http_config
    asyncapi_sqlite codes html/15-codes.db readonly;
    asyncapi_sqlite again html/15-codes.db;
    asyncapi_sqlite gone html/15-gone.db readonly;
--- config
    location = /none { asyncapi { sqlite a codes "SELECT 1"; } }
    location = /fill {
        asyncapi { sqlite a transaction again { "CREATE TABLE c(a)"; "INSERT INTO c VALUES (1)"; } }
    }
    location = /read { asyncapi { sqlite a codes "SELECT a FROM c"; } }
    location = /write { asyncapi { sqlite a codes "INSERT INTO c VALUES (2)"; } }
    location = /both {
        asyncapi { sqlite a transaction codes { "SELECT 1"; "DELETE FROM c"; } }
    }
    location = /gone {
        asyncapi { sqlite a gone "SELECT 1"; }
    }
    location = /file { alias html/; try_files /15-gone.db =404; }
--- request eval
["GET /make", "GET /none", "GET /fill", "GET /read", "GET /write", "GET /both",
 "GET /read", "GET /gone", "GET /gone"]
--- error_code eval
[200, 502, 200, 200, 502, 502, 200, 502, 502]
--- response_body_like eval
['made', '"code":"SQLITE_CANTOPEN"', '"affected":1', '^\{"a":\[\{"a":1}\]}$',
 '"code":"SQLITE_READONLY"', '"code":"SQLITE_READONLY"',
 '^\{"a":\[\{"a":1}\]}$', '"code":"SQLITE_CANTOPEN"',
 '"code":"SQLITE_CANTOPEN"']



=== TEST 16: tasks may stand above the database, servers may share one
--- http_config
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        location = /q { asyncapi { sqlite a as=value below "SELECT 1"; } }
    }
    asyncapi_sqlite below html/below.db;
--- config
    location = /q {
        asyncapi {
            http above http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/q;
            sqlite b as=value below "SELECT 2";
        }
    }
--- request
    GET /q
--- response_body chomp
{"above":{"a":1},"b":2}



=== TEST 17: text that is no part of the statement
--- database
CREATE TABLE t(`a b` TEXT, [c'd] TEXT, "e""f" TEXT);
--- config
    location = /q {
        asyncapi {
            sqlite put db "INSERT INTO t VALUES ('$$5 ; -- x', $arg_x, 'it''s')";
            sqlite got after=put as=row db "SELECT `a b`, [c'd] /* a ' b ; */, \"e\"\"f\" FROM t -- no ' more ;
                 WHERE [c'd] = $arg_x ; -- the end";
        }
    }
--- request eval
["GET /make", "GET /q?x=y"]
--- response_body eval
['{"made":"made"}',
 q|{"put":{"affected":1},"got":{"a b":"$5 ; -- x","c'd":"y","e\"f":"it's"}}|]



=== TEST 18: what is done is not done again by retry=, what was locked is
--- config
    location = /q { asyncapi { sqlite a retry=3 db "INSERT INTO gone VALUES (1)"; } }
--- http_config
    asyncapi_sqlite db html/18.db;
--- request
    GET /q
--- error_code: 502
--- response_body_like: "code":"SQLITE_ERROR"
--- no_error_log
retry 1



=== TEST 19: who waits for the connection that writes may give up, and is gone
--- database
CREATE TABLE t(a);
--- config
    location = /q {
        asyncapi {
            sqlite a timeout=900ms default=0 transaction db {
                "INSERT INTO t VALUES ('a')";
                "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";
            }
            sleep w 200ms;
            sqlite b after=w timeout=300ms default=0 db "INSERT INTO t VALUES ('b')";
            sqlite c after=w db "INSERT INTO t VALUES ('c')";
            sqlite d after=w as=value db "SELECT count(*) FROM t";
            sqlite e after=b as=value db "SELECT count(*) FROM t";
        }
    }
--- request eval
["GET /make", "GET /q", "GET /t"]
--- response_body eval
['{"made":"made"}', '{"a":0,"w":null,"b":0,"c":{"affected":1},"d":0,"e":0}',
 '{"t":[{"a":"c"}]}']



=== TEST 20: what fails in a race takes nothing along, who loses is interrupted
--- http_config
    asyncapi_sqlite db html/race.db;
    asyncapi_timeout 1h;
--- main_config
    thread_pool one threads=1;
--- config
    location = /q {
        asyncapi_thread_pool one;
        asyncapi {
            race r {
                sqlite a db "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";
                sleep b 200ms 1;
            }
            sqlite c after=r as=value db "SELECT 2";
        }
    }
--- request
    GET /q
--- response_body chomp
{"r":1,"c":2}



=== TEST 21: triggers are one statement, whatever stands in them
--- database
CREATE TABLE t(a);
CREATE TABLE log(a, what)
--- config
    location = /trigger {
        asyncapi {
            sqlite a transaction db {
                "CREATE TRIGGER put AFTER INSERT ON t BEGIN
                     INSERT INTO log VALUES (new.a, CASE WHEN new.a = ';' THEN 'odd' ELSE 'put; END' END);
                     UPDATE log SET what = what || '!' WHERE a = new.a;
                 END;";
                "CREATE TRIGGER gone AFTER DELETE ON t BEGIN DELETE FROM log WHERE a = old.a; END";
            }
        }
    }
    location = /put { asyncapi { sqlite a db "INSERT INTO t VALUES ($arg_x)"; } }
    location = /gone { asyncapi { sqlite a db "DELETE FROM t WHERE a = $arg_x"; } }
    location = /log { asyncapi { sqlite a db "SELECT * FROM log"; } }
--- request eval
["GET /make", "GET /trigger", "GET /put?x=7", "GET /put?x=;", "GET /log",
 "GET /gone?x=7", "GET /log"]
--- response_body eval
['{"made":"made"}', '{"a":{"affected":0}}', '{"a":{"affected":1}}',
 '{"a":{"affected":1}}',
 '{"a":[{"a":"7","what":"put; END!"},{"a":";","what":"odd!"}]}',
 '{"a":{"affected":1}}', '{"a":[{"a":";","what":"odd!"}]}']

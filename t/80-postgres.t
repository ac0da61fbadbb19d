use lib 't/lib';
use AsyncAPI;
use PostgresServer;

# values of every type as JSON, and parameters of any text

our $pg = PostgresServer->new();

$ENV{TEST_NGINX_POSTGRES} = $pg->conninfo;
$ENV{TEST_NGINX_POSTGRES_PORT} = $pg->port;

our $Postgres = "asyncapi_postgres db \"\$TEST_NGINX_POSTGRES\" pool=2;\n";

$pg->sql(<<'SQL');
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN small AS positive CHECK (VALUE < 100);
CREATE DOMAIN point3 AS int[] CHECK (cardinality(VALUE) = 3);
CREATE TYPE pair AS (a int, b text);
CREATE EXTENSION citext;
CREATE TABLE moods (id int, mood mood, moods mood[]);
INSERT INTO moods VALUES (1, 'ok', '{sad,ok}'), (2, NULL, NULL),
                         (3, 'sad', '{}'), (4, 'ok', '{NULL}');
CREATE ROLE blind LOGIN;
GRANT ALL ON moods TO blind;
CREATE TABLE users (id bigint PRIMARY KEY, name text, born date,
                    admin boolean NOT NULL DEFAULT false);
INSERT INTO users VALUES (1, 'Ada', '1815-12-10', true),
                         (9223372036854775807, 'Grüße "x" \ y', NULL, false),
                         (3, '', NULL, false);
CREATE TABLE notes (id serial PRIMARY KEY, note text UNIQUE);
SQL

no_root_location();
run_tests();

__DATA__

=== TEST 1: numbers have PostgreSQL's own digits
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a as=row db
                "SELECT 1::int2 AS i2, '-2147483648'::int4 AS i4,
                        9007199254740993::int8 AS i8,
                        '-9223372036854775808'::int8 AS least,
                        1.10::numeric AS n, 0.1::numeric(3,2) AS scale,
                        123456789012345678901234567890.123456789::numeric AS long,
                        1.5::float4 AS f4, 0.1::float8 AS f8, 1e20::float8 AS e20,
                        1e-7::float8 AS small, '-0'::float8 AS minus,
                        1::float8 AS one";
            respond '$a';
        }
    }
--- request
    GET /t
--- response_body chomp
{"i2":1,"i4":-2147483648,"i8":9007199254740993,"least":-9223372036854775808,"n":1.10,"scale":0.10,"long":123456789012345678901234567890.123456789,"f4":1.5,"f8":0.1,"e20":1e+20,"small":1e-07,"minus":-0,"one":1}
--- no_error_log
[error]



=== TEST 2: numbers that JSON has not are strings
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a as=row db
                "SELECT 'NaN'::float8 AS a, 'Infinity'::float8 AS b,
                        '-Infinity'::float4 AS c, 'NaN'::numeric AS d,
                        'Infinity'::numeric AS e";
            respond '$a';
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":"NaN","b":"Infinity","c":"-Infinity","d":"NaN","e":"Infinity"}
--- no_error_log
[error]



=== TEST 3: booleans, bytes, JSON as it is, and all else as strings
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a as=row db
                "SELECT true AS t, false AS f, NULL::int AS nil,
                        '\\x00ff10'::bytea AS bytes, ''::bytea AS none,
                        '{\"b\": 1.0, \"a\":[1e400,\"\\u00e9\"]}'::json AS json,
                        '{\"b\": 1.0, \"a\":[1]}'::jsonb AS jsonb,
                        'Grüße \"q\" \\ x'::text AS text, ''::text AS empty,
                        date '2024-02-29' AS day,
                        timestamp '2024-02-29 12:00:00.5' AS ts,
                        uuid '0B7A3E4C-AAAA-4BBB-8CCC-1234567890AB' AS uuid,
                        inet '127.0.0.1' AS inet, interval '1 day' AS span,
                        'ok'::mood AS mood, 7::positive AS domain,
                        5::oid AS oid, int4range(1,3) AS range,
                        (1,'x') AS record";
            respond '$a';
        }
    }
--- request
    GET /t
--- response_body chomp
{"t":true,"f":false,"nil":null,"bytes":"AP8Q","none":"","json":{"b": 1.0, "a":[1e400,"\u00e9"]},"jsonb":{"a": [1], "b": 1.0},"text":"Grüße \"q\" \\ x","empty":"","day":"2024-02-29","ts":"2024-02-29 12:00:00.5","uuid":"0b7a3e4c-aaaa-4bbb-8ccc-1234567890ab","inet":"127.0.0.1","span":"1 day","mood":"ok","domain":7,"oid":"5","range":"[1,3)","record":"(1,x)"}
--- no_error_log
[error]



=== TEST 4: arrays, in arrays, with NULL, of every kind of element
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a as=row db
                "SELECT ARRAY[1,NULL,-3] AS ints, '{}'::int[] AS none,
                        ARRAY[[1,2],[3,4]] AS grid,
                        '[0:1]={7,8}'::int[] AS bounds,
                        ARRAY['a','b,c','\"q\"','{x}','','NULL',NULL,'\\','ü']
                            AS texts,
                        ARRAY[true,false,NULL] AS bools,
                        ARRAY['\\x00ff'::bytea,''] AS bytes,
                        ARRAY['{\"a\": [1, \"x\"]}'::jsonb,'null','\"s\"'] AS json,
                        ARRAY[1.10,'NaN'::numeric] AS nums,
                        ARRAY[0.1,'Infinity'::float8] AS floats,
                        ARRAY[date '2024-02-29'] AS days,
                        ARRAY[9223372036854775807] AS big";
            respond '$a';
        }
    }
--- request
    GET /t
--- response_body chomp
{"ints":[1,null,-3],"none":[],"grid":[[1,2],[3,4]],"bounds":[7,8],"texts":["a","b,c","\"q\"","{x}","","NULL",null,"\\","ü"],"bools":[true,false,null],"bytes":["AP8=",""],"json":[{"a": [1, "x"]},null,"s"],"nums":[1.10,"NaN"],"floats":[0.1,"Infinity"],"days":["2024-02-29"],"big":[9223372036854775807]}
--- no_error_log
[error]



=== TEST 5: rows, a row, a value
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres rows            db "SELECT id, name FROM users ORDER BY id";
            postgres same    as=rows db "SELECT id FROM users WHERE id = 3";
            postgres none            db "SELECT id FROM users WHERE id = 4";
            postgres row     as=row  db "SELECT * FROM users ORDER BY id";
            postgres no_row  as=row  db "SELECT * FROM users WHERE id = 4";
            postgres value   as=value db "SELECT count(*), 'x' FROM users";
            postgres no_value as=value db "SELECT id FROM users WHERE id = 4";
            postgres json    as=json db "SELECT '{\"a\": 1}'";
            postgres text    as=text db "SELECT 12";
            postgres base64  as=base64 db "SELECT '\\xff00'::bytea";
        }
    }
--- request
    GET /t
--- response_body chomp
{"rows":[{"id":1,"name":"Ada"},{"id":3,"name":""},{"id":9223372036854775807,"name":"Grüße \"x\" \\ y"}],"same":[{"id":3}],"none":[],"row":{"id":1,"name":"Ada","born":"1815-12-10","admin":true},"no_row":null,"value":3,"no_value":null,"json":{"a": 1},"text":"12","base64":"/wA="}
--- no_error_log
[error]



=== TEST 6: statements without rows tell how many were affected, RETURNING gives rows
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres many   db "INSERT INTO notes (note) SELECT 'n' || i FROM generate_series(1, 12) i";
            postgres none   after=many db "DELETE FROM notes WHERE id < 0";
            postgres table  db "CREATE TABLE IF NOT EXISTS made (a int)";
            postgres row    after=none as=row db "UPDATE notes SET note = 'new' WHERE note = 'n3' RETURNING note";
            postgres rest   after=row db "DELETE FROM notes";
        }
    }
--- request
    GET /t
--- response_body chomp
{"many":{"affected":12},"none":{"affected":0},"table":{"affected":0},"row":{"note":"new"},"rest":{"affected":12}}
--- no_error_log
[error]



=== TEST 7: parameters have the type of their place, whatever text they are
--- http_config eval: $::Postgres
--- config
    location /t {
        asyncapi POST {
            body json;
            postgres echo as=row db
                "SELECT $body.text::text AS text, $body.number::numeric AS number,
                        $body.big::bigint AS big, $body.nil::text AS nil,
                        $body.missing::text AS missing, $body.flag::boolean AS flag,
                        $body.list::jsonb AS list, $body.object::json AS object,
                        $arg_x::text AS arg, $arg_none::text AS no_arg";
            postgres user as=value db "SELECT name FROM users WHERE id = $body.big";
            postgres same as=value db "SELECT count(*) FROM users WHERE id = $body.id OR name = $body.name";
            respond '{"echo": $echo, "user": $user, "same": $same}';
        }
    }
--- more_headers
Content-Type: application/json
--- request
POST /t?x=a'b%22--
{"text":"'; DROP TABLE users; --","number":1.50,"big":9223372036854775807,"nil":null,"flag":true,"list":[1, "a"],"object":{"k": 1.0},"id":1,"name":"x' OR '1'='1"}
--- response_body chomp
{"echo":{"text":"'; DROP TABLE users; --","number":1.50,"big":9223372036854775807,"nil":null,"missing":null,"flag":true,"list":[1, "a"],"object":{"k": 1.0},"arg":"a'b%22--","no_arg":null},"user":"Grüße \"x\" \\ y","same":1}
--- no_error_log
[error]



=== TEST 8: a value that is no text of PostgreSQL fails before anything is sent
--- http_config eval: $::Postgres
--- config
    location /t {
        asyncapi POST {
            body json;
            postgres a db "SELECT $body.text::text";
        }
    }
--- more_headers
Content-Type: application/json
--- request
POST /t
{"text":"a\u0000b"}
--- error_code: 502
--- response_body_like: "task":"a","reason":"invalid"



=== TEST 9: references to what other tasks have brought, and each=
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres ids db "SELECT id FROM users ORDER BY id";
            postgres each each=$ids[*].id as=value concurrency=2 db
                "SELECT name FROM users WHERE id = $item AND $index >= 0";
            respond '$each';
        }
    }
--- request
    GET /t
--- response_body chomp
["Ada","","Grüße \"x\" \\ y"]
--- no_error_log
[error]



=== TEST 10: arrays of types that only the database has
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a as=row db
                "SELECT '{sad,NULL,ok}'::mood[] AS moods, 'ok'::mood AS mood,
                        '{{sad,ok},{ok,sad}}'::mood[] AS grid,
                        '{7,NULL}'::positive[] AS domains, '{8}'::small[] AS smalls,
                        '{1,2,3}'::point3 AS point,
                        ARRAY['{1,2,3}'::point3] AS points,
                        ARRAY[(1,'x y')::pair, NULL] AS pairs,
                        '{a,\"B c\"}'::citext[] AS texts, '{x}'::citext AS text,
                        ARRAY[box '(1,2),(3,4)', '(0,0),(1,1)'] AS boxes,
                        ARRAY[m] AS rows, '1 2'::int2vector AS vector
                   FROM moods m WHERE id = 1";
            respond '$a';
        }
    }
--- request eval
["GET /t", "GET /t", "GET /t"]
--- response_body eval
my $row = '{"moods":["sad",null,"ok"],"mood":"ok","grid":[["sad","ok"],["ok","sad"]],'
          . '"domains":[7,null],"smalls":[8],"point":[1,2,3],"points":["{1,2,3}"],'
          . '"pairs":["(1,\"x y\")",null],"texts":["a","B c"],"text":"{x}",'
          . '"boxes":["(3,4),(1,2)","(1,1),(0,0)"],"rows":["(1,ok,\"{sad,ok}\")"],'
          . '"vector":"1 2"}';
[$row, $row, $row]
--- no_error_log
[warn]
[error]



=== TEST 11: in all forms of a result, in transactions, and of what writes
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres rows  db "SELECT moods, mood FROM moods ORDER BY id";
            postgres row   after=rows as=row db "SELECT moods FROM moods ORDER BY id DESC";
            postgres value after=row as=value db "SELECT moods FROM moods ORDER BY id";
            postgres none  after=row as=value db "SELECT moods FROM moods WHERE id = 17";
            postgres json  after=value as=json db "SELECT moods FROM moods ORDER BY id";
            postgres text  after=json as=text db "SELECT mood FROM moods ORDER BY id";
            postgres wrote after=text as=row db "INSERT INTO moods VALUES (9, 'ok', '{ok}') RETURNING *";
            postgres gone  after=wrote transaction db {
                "CREATE TYPE fresh AS ENUM ('a', 'b')";
                "DELETE FROM moods WHERE id = 9 RETURNING mood, moods, '{b,a}'::fresh[] AS fresh";
            }
            postgres again after=gone as=value transaction db {
                "DROP TYPE fresh";
                "CREATE TYPE fresh AS ENUM ('c')";
                "SELECT '{c}'::fresh[]";
            }
        }
    }
--- request
    GET /t
--- response_body chomp
{"rows":[{"moods":["sad","ok"],"mood":"ok"},{"moods":null,"mood":null},{"moods":[],"mood":"sad"},{"moods":[null],"mood":"ok"}],"row":{"moods":[null]},"value":["sad","ok"],"none":null,"json":["sad","ok"],"text":"ok","wrote":{"id":9,"mood":"ok","moods":["ok"]},"gone":[{"mood":"ok","moods":["ok"],"fresh":["b","a"]}],"again":["c"]}
--- no_error_log
[warn]
[error]



=== TEST 12: a result that is too large is so before its types are known
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi_max_result 10k;
        asyncapi {
            timeout 20s;
            postgres a default=1 db "SELECT '{ok}'::mood[], i FROM generate_series(1, 5000) i";
            postgres b after=a as=row db "SELECT '{ok}'::mood[], i FROM generate_series(1, 5000) i";
            postgres c after=b default=2 db "SELECT '{ok}'::mood[] AS m, repeat('x', 200) FROM generate_series(1, 50) i";
            postgres d after=c db "SELECT count(*) FROM (SELECT '{ok}'::mood[], i FROM generate_series(1, 100) i) n";
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":1,"b":{"mood":["ok"],"i":1},"c":2,"d":[{"count":100}]}
--- response_headers
Asyncapi-Failed: a;reason=too_large, c;reason=too_large



=== TEST 13: parameters and values of megabytes, byte for byte
--- log_level: debug
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi_max_result 16m;
        asyncapi {
            timeout 30s;
            http big as=json /large.json;
            postgres a as=row db "SELECT octet_length($big.k::text) AS n, md5($big.k::text) AS sum";
            postgres b as=value db "SELECT $big.k::text";
            postgres c as=rows db "SELECT $big.k::text AS x, 1 AS n UNION ALL SELECT reverse($big.k::text), 2 ORDER BY n";
            respond '[$a, $b, $c]';
        }
    }
--- user_files eval
my $text = "\"\\ \x{e4}\x{1f600} " x 300_000;
my $json = $text =~ s/(["\\])/\\$1/gr;
utf8::encode($json);
qq(>>> large.json
{"k": "$json"})
--- request
    GET /t
--- response_body eval
use Digest::MD5 ();
my $text = "\"\\ \x{e4}\x{1f600} " x 300_000;
my $json = $text =~ s/(["\\])/\\$1/gr;
my $back = scalar(CORE::reverse $text) =~ s/(["\\])/\\$1/gr;
utf8::encode($_) for $text, $json, $back;
my $n = CORE::length $text;
my $sum = Digest::MD5::md5_hex($text);
qq([{"n":$n,"sum":"$sum"},"$json",[{"x":"$json","n":1},{"x":"$back","n":2}]])
--- error_log eval
[qr/task "a" refers to \d{7} bytes: in a thread/,
 qr/task "b" refers to \d{7} bytes: in a thread/,
 qr/task "b" result of \d{7} bytes: in a thread/,
 qr/task "c" result of \d{7} bytes: in a thread/]
--- no_error_log
[error]



=== TEST 14: large rows among small ones, in a thread, and what is too large
--- log_level: debug
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi_offload 16k;
        asyncapi_max_result 100k;
        asyncapi {
            timeout 20s;
            postgres a db "SELECT i, repeat('x', CASE WHEN i % 3 = 1 THEN 20000 ELSE i END) AS x FROM generate_series(0, 5) i";
            postgres b after=a db "SELECT i, repeat('x', CASE WHEN i % 3 = 1 THEN 20000 ELSE i END) AS x, m.mood, m.moods FROM generate_series(0, 5) i LEFT JOIN moods m ON m.id = i ORDER BY i";
            postgres c as=row db "SELECT i, repeat('y', 20000) AS x FROM generate_series(1, 5) i";
            postgres d as=value db "SELECT repeat('z', 20000) FROM generate_series(1, 5) i";
            postgres e default=null db "SELECT repeat('z', 20000) AS x FROM generate_series(1, 500) i";
            postgres f default=null db "SELECT repeat('z', 20000) AS x, 1 / (3 - i) FROM generate_series(1, 500) i";
            postgres g default=null as=value db "SELECT '[' || repeat('1,', 20000) || ']' FROM generate_series(1, 5) i";
            postgres h default=null as=json db "SELECT '[' || repeat('1,', 20000) || ']'";
            postgres i db "SELECT repeat('z', 200) AS x";
            respond '[$a, $b, $c, $d, $e, $f, $g, $h, $i]';
        }
    }
--- request
    GET /t
--- response_body eval
my %x = map { $_ => 'x' x ($_ % 3 == 1 ? 20000 : $_) } 0 .. 5;
my $a = CORE::join ',', map { qq({"i":$_,"x":"$x{$_}"}) } 0 .. 5;
my @m = ('null', '"ok"', 'null', '"sad"', '"ok"', 'null');
my @ms = ('null', '["sad","ok"]', 'null', '[]', '[null]', 'null');
my $b = CORE::join ',', map { qq({"i":$_,"x":"$x{$_}","mood":$m[$_],"moods":$ms[$_]}) } 0 .. 5;
my ($y, $z, $g) = ('y' x 20000, 'z' x 20000, '[' . '1,' x 20000 . ']');
qq([[$a],[$b],{"i":1,"x":"$y"},"$z",null,null,"$g",null,[{"x":"@{['z' x 200]}"}]])
--- error_log eval
[map { qr/task "$_" result of \d+ bytes: in a thread/ } qw( a b c d g h )]
--- no_error_log eval
[qr/task "i" result of \d+ bytes: in a thread/]



=== TEST 15: a user who may not see the types gets strings
--- http_config
    asyncapi_postgres db "host=127.0.0.1 port=$TEST_NGINX_POSTGRES_PORT dbname=postgres user=blind" pool=1;
--- config
    location = /t {
        asyncapi {
            postgres a as=row db "SELECT moods, '{1}'::int[] AS ints FROM moods WHERE id = 1";
            postgres b after=a as=row db "SELECT moods, '{1}'::int[] AS ints FROM moods WHERE id = 1";
        }
    }
--- init
$::pg->sql('REVOKE SELECT ON pg_catalog.pg_type FROM PUBLIC');
--- request
    GET /t
--- response_body chomp
{"a":{"moods":"{sad,ok}","ints":[1]},"b":{"moods":"{sad,ok}","ints":[1]}}
--- error_log
asyncapi_postgres "db": its own arrays are strings, as it does not tell of types: ERROR:  permission denied for table pg_type
--- no_error_log
[error]

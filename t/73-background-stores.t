use lib 't/lib';
use AsyncAPI;
use Digest::SHA qw( sha256_hex );
use MIME::Base64;
use PostgresServer;
use RedisServer;
use Time::HiRes qw( sleep );

# What runs once an answer has left, in databases and queues, and with results
# that threads have worked on.  "--- then" looks for what it leaves there.

our $redis = RedisServer->new();
our $pg = PostgresServer->new();

$ENV{TEST_NGINX_REDIS} = 'redis://127.0.0.1:' . $redis->port;
$ENV{TEST_NGINX_POSTGRES} = $pg->conninfo;

# where nobody listens

$ENV{TEST_NGINX_NOBODY} = 'redis://127.0.0.1:' . RedisServer::free_port();

$pg->sql(<<'SQL');
CREATE TABLE seen (what text PRIMARY KEY, n integer NOT NULL DEFAULT 0);
INSERT INTO seen VALUES ('there', 1);
SQL

our $Stores = <<'END';
    asyncapi_redis db $TEST_NGINX_REDIS;
    asyncapi_postgres pg "$TEST_NGINX_POSTGRES" pool=2;
    asyncapi_sqlite store html/store.db;
    asyncapi_queue cel celery db;
    asyncapi_queue rqs rq db;
    asyncapi_queue events stream db;
    asyncapi_queue nobody celery $TEST_NGINX_NOBODY;
END

our @items = map { { id => $_, name => "n\"$_" } } 0 .. 199;
our $list = '[' . CORE::join(', ', map {
                qq({"id": $_->{id}, "name": "n\\u00e4me $_->{id}"})
            } @items) . ']';

add_block_preprocessor(sub {
    my $block = shift;

    $block->set_value('http_config', ($block->http_config // '') . $Stores);
});

add_response_body_check(sub {
    my ($block, $body, $i, $repeated) = @_;

    my $then = $block->then;

    if (defined $then) {
        eval "package main; $then; 1" or fail("then: $@");
    }
});


# whether what is asked for comes to be the text

sub comes_to_be {
    my ($ask, $expected, $name) = @_;
    my $got;

    for (1 .. 600) {
        $got = $ask->() // '';
        last if $got eq $expected;
        sleep 0.05;
    }

    is($got, $expected, $name);
}


sub key {
    my $key = shift;
    return sub { $redis->cli('GET', $key) };
}


sub logged {
    open my $in, '<', $Test::Nginx::Util::ErrLogFile or die $!;
    local $/;

    return scalar <$in>;
}


log_level('debug');
no_root_location();
run_tests();

__DATA__

=== TEST 1: postgres, sqlite and jobs, with values of the request and of each other
--- config
    location = /t {
        asyncapi POST {
            body json;
            sqlite made transaction store {
                "CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, note TEXT)";
                "DELETE FROM notes";
            }
            sleep a after=made 1ms "it's";
            respond 202 '$a';

            background {
                postgres one as=value pg "INSERT INTO seen (what) VALUES ($body.what)
                                          RETURNING what || '!'";
                postgres all as=value after=one transaction pg {
                    "UPDATE seen SET n = n + $body.n WHERE what = $body.what";
                    "SELECT n FROM seen WHERE what = $body.what";
                }
                sqlite note as=row store "INSERT INTO notes (note) VALUES ($a || $one)
                                          RETURNING id, note";
                sqlite count as=value after=note transaction store {
                    "INSERT INTO notes (note) VALUES ($note.note)";
                    "SELECT count(*) FROM notes";
                }
                job put priority=3  cel mails.send '[$one, $note, $a]';
                job state           cel status $put.id;
                job other           rqs mails.send '{"to": $body.what}';
                job waited for=3s rqs wait $other.id;
                job event           events mails.sent '[$state.status, $waited.status]';
                redis done after=event
                    db SET done "$one $all $note.id $note.note $count $put.id $state.status $waited.status";
            }
        }
    }
--- request
POST /t
{"what": "a'b", "n": 41}
--- more_headers
Content-Type: application/json
--- error_code: 202
--- response_body chomp
"it's"
--- then
comes_to_be(sub { key('done')->() =~ s/[0-9a-f-]{36}/ID/r },
            "a'b! 41 1 it'sa'b! 2 ID queued queued",
            'all of them have run');

is($pg->sql("SELECT n FROM seen WHERE what = 'a''b'"), '41', 'in PostgreSQL');

my $message = $redis->cli('LINDEX', "celery\x06\x163", '0');
my ($body) = $message =~ /"body":"([^"]+)"/;
like(decode_base64($body // ''), qr/^\[\["a'b!",\{"id":1,"note":"it'sa'b!"\},"it's"\],/,
     'in the list of Celery');
is($redis->cli('LLEN', 'rq:queue:default'), '1', 'in that of RQ');
like($redis->cli('XRANGE', 'events', '-', '+'),
     qr/task\nmails\.sent\nargs\n\["queued","queued"\]/, 'and in the stream');
--- no_error_log
[error]
[warn]



=== TEST 2: what fails there is a line of the log, with its code
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 1;
            background {
                postgres twice  pg "INSERT INTO seen VALUES ('there', $a)";
                postgres broken pg "SELECT 1 / ($a - 1)";
                sqlite   none   store "SELECT $a FROM nowhere";
                job      lost   nobody mails.send '[$a]';
                job      bad    cel mails.send '$a';
                redis    done   after=twice db SET failed $broken;
                redis    other  default=null after=bad db GET x;
                postgres late   pg "SELECT pg_sleep(0.2)";
                redis    last   after=late db SET failed yes;
            }
        }
    }
--- request
GET /t
--- response_body chomp
{"a":1}
--- then
comes_to_be(key('failed'), 'yes', 'the others go on');
--- error_log eval
[
qr/\[error\].*task "twice" failed: sql "23505"/,
qr/\[error\].*task "broken" failed: sql "22012"/,
qr/\[error\].*task "none" failed: sql/,
qr/\[error\].*task "lost" failed: connect, .*job [0-9a-f-]{36} is not queued/,
qr/\[error\].*task "bad" failed: invalid.*its arguments are neither an array nor an object/,
qr/task "done" failed: .*it needs "(?:twice|broken)", which has failed/,
]



=== TEST 3: their deadline cancels a query at the server, and who waits for a job
--- config
    location = /t {
        asyncapi {
            sleep a 1ms 1;
            background {
                timeout 1s;
                postgres slow pg "SELECT pg_sleep(600), $a";
                job      wait cel wait no-such-job;
                sqlite   long store "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
                                     SELECT count(*) FROM n";
            }
        }
    }
--- request
GET /t
--- response_body chomp
{"a":1}
--- then
comes_to_be(sub { scalar(() = logged() =~ /failed: timeout, the deadline/g) }, 3,
            'they fail');
comes_to_be(sub { $pg->active('pg_sleep(600)') ? 'yes' : 'no' }, 'no',
            'and the query ends');
--- error_log
task "slow" ready -> running
task "slow" failed: timeout, the deadline of the background passed
task "wait" failed: timeout, the deadline of the background passed
task "long" failed: timeout, the deadline of the background passed



=== TEST 4: results that a thread has worked on, of the request and of the background
--- http_config
    asyncapi_offload 1k;
--- config
    location = /list { default_type application/json; alias html/list; }
    location = /t {
        asyncapi {
            http big /list;
            respond '{"n": $big[-1].id}';

            background {
                http  again    /list;
                http  picked   pick=id /list;
                http  sent     method=POST 'body={"items": $again, "more": $big}' /echo;
                cpu   same     sha256 $big;
                cpu   other    sha256 $again;
                redis kept     db SET kept '$picked';
                postgres rows  as=value pg "SELECT json_array_length($again::json)";
                sqlite   names as=value store "SELECT count(*) FROM json_each($big)";
                job   put      cel lists.take '[$big, $sent]';
                redis done     after=kept db SET large "$same $other $rows $names $put.status $sent";
            }
        }
    }
    location = /echo {
        asyncapi POST {
            body json max=1m;
            respond '"$body.items[-1].id $body.more[-1].id"';
        }
    }
--- user_files eval
">>> list\n$::list"
--- request
GET /t
--- response_body chomp
{"n":199}
--- then
my $sum = sha256_hex($list);
comes_to_be(key('large'), "$sum $sum 200 200 queued 199 199", 'all of them are whole');
like($redis->cli('GET', 'kept'), qr/^\[\{"id": ?0\},.*\{"id": ?199\}\]$/, 'or picked');

my ($body) = $redis->cli('LINDEX', 'celery', '0') =~ /"body":"([^"]+)"/;
is(index(decode_base64($body // ''), "[[$list,\"199 199\"],{},"), 0, 'a job has it');
--- error_log
task "big" result of
: in a thread
--- no_error_log
[error]
[warn]

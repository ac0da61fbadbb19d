use lib 't/lib';
use AsyncAPI;
use AsyncAPI::Then;
use PostgresServer;
use Time::HiRes qw( sleep time );

# statements that only read, and are quick, go several at a time where more wait
# than there are connections

our $pg = PostgresServer->new();

$ENV{TEST_NGINX_POSTGRES} = $pg->conninfo;

our $Postgres = "asyncapi_postgres db \"\$TEST_NGINX_POSTGRES\" pool=1;\n";

$pg->sql('CREATE TABLE notes (note int)',
         "CREATE TYPE mood AS ENUM ('sad', 'ok')");


# distinct values among answers

sub distinct {
    my %seen = map { $_ => 1 } @_;

    return scalar keys %seen;
}


AsyncAPI::Then::watch();

no_root_location();
run_tests();

__DATA__

=== TEST 1: what waits goes in batches, which are transactions
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a as=value db "SELECT now() || ' ' || $arg_k";
            respond '$a';
        }
    }
--- request
    GET /t?k=1
--- response_body_like: 1"$
--- then
my @answers = storm('/t?k=[1-2000]', 2000, 64);

is(scalar(grep { $answers[$_] !~ /^"\d.* @{[ $_ + 1 ]}"$/ } 0 .. 1999), 0,
   'each has its own answer');
cmp_ok(distinct(map { /^"(.*) \d+"$/ } @answers), '<', 1500,
       'which are not of as many transactions');
--- no_error_log
[error]



=== TEST 2: what writes never does
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a as=value db
                "INSERT INTO notes VALUES ($arg_k) RETURNING now()::text";
            respond '$a';
        }
    }
--- request
    GET /t?k=0
--- response_body_like: ^"\d.*"$
--- then
my @answers = storm('/t?k=[1-500]', 500, 64);

is(distinct(@answers), 500, 'each is a transaction of its own');
is($pg->sql('SELECT count(DISTINCT note) FROM notes'), 501, 'and is done once');
--- no_error_log
[error]



=== TEST 3: one that fails fails alone
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a as=value db "SELECT 100 / ($arg_k::int % 10) + 0 * $arg_k::int";
            respond '$a';
        }
    }
--- request
    GET /t?k=1
--- response_body: 100
--- then
my @answers = storm('/t?k=[1-1000]', 1000, 64);

my @wrong = grep {
    my $k = ($_ + 1) % 10;
    $k ? $answers[$_] ne int(100 / $k) : $answers[$_] !~ /"code":"22012"/
} 0 .. 999;

is("@wrong", '', 'and all others are answered');
--- error_log
division by zero



=== TEST 4: one that is slow now, and past its deadline, is cancelled; the others are sent again
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a as=value timeout=300ms db
                "SELECT CASE WHEN $arg_k::int % 50 = 0 THEN pg_sleep(60)::text ELSE $arg_k END";
            respond '$a';
        }
    }
--- request
    GET /t?k=1
--- response_body: "1"
--- then
my @answers = storm('/t?k=[1-100]', 100, 100);

my @wrong = grep {
    my $k = $_ + 1;
    $answers[$_] ne qq("$k") && $answers[$_] !~ /"reason":"timeout"/;
} 0 .. 99;

is("@wrong", '', 'none has another\'s answer');
is($pg->until(0, 'active', 'pg_sleep'), 0, 'nothing goes on');
is(ask('/t?k=7'), '"7"', 'and the connection works');



=== TEST 5: clients that leave
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi {
            postgres a as=value db "SELECT $arg_k::int + length(pg_sleep(0.002)::text)";
            respond '$a';
        }
    }
--- request
    GET /t?k=1
--- response_body: 1
--- then
storm('/t?k=[1-2000]', 0, 64, '-m', '0.02');

my @answers = storm('/t?k=[1-500]', 500, 64);

is(scalar(grep { $answers[$_] ne $_ + 1 } 0 .. 499), 0,
   'those who stay have their own answers');
cmp_ok($pg->sessions, '<=', 1, 'of one connection');



=== TEST 6: a result of one that is too large is that one's failure
--- http_config eval: $::Postgres
--- config
    location = /t {
        asyncapi_max_result 1k;
        asyncapi {
            postgres a as=value db "SELECT repeat('x', CASE WHEN $arg_k::int % 20 = 0 THEN 100000 ELSE $arg_k::int END)";
            respond '$a';
        }
    }
--- request
    GET /t?k=1
--- response_body: "x"
--- then
my @answers = storm('/t?k=[1-400]', 400, 64);

my @wrong = grep {
    my $k = $_ + 1;
    $k % 20 ? $answers[$_] ne '"' . 'x' x $k . '"'
            : $answers[$_] !~ /"reason":"too_large"/
} 0 .. 399;

is("@wrong", '', 'and nobody else\'s');



=== TEST 7: types that a connection does not know yet
--- http_config
    asyncapi_postgres db "$TEST_NGINX_POSTGRES" pool=3;
--- config
    location = /t {
        asyncapi {
            postgres a as=row db "SELECT '{ok,sad}'::mood[] AS moods, $arg_k::int AS k";
            respond '$a';
        }
    }
--- request
    GET /t?k=0
--- response_body chomp
{"moods":["ok","sad"],"k":0}
--- then
my @answers = storm('/t?k=[1-500]', 500, 64);

my @wrong = grep {
    $answers[$_] ne '{"moods":["ok","sad"],"k":' . ($_ + 1) . '}'
} 0 .. 499;

is("@wrong", '', 'each has its own answer');

for (1 .. 3) {
    $pg->sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
             . " WHERE application_name = 'nginx'");
    storm('/t?k=[1-200]', 0, 64, '-m', '0.05');
}

is(ask('/t?k=7'), '{"moods":["ok","sad"],"k":7}',
   'whoever has left while they were asked for');

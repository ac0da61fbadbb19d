# The background beside clients and workers: next requests of a connection,
# clients that leave while an answer is sent, room, reloads, the end of nginx,
# and that nothing is left behind.  Tasks tell a Redis when they run.

use strict;
use warnings;

use lib 't/lib';

use Cwd qw( abs_path );
use File::Basename qw( dirname );
use File::Path qw( make_path remove_tree );
use IO::Socket::INET;
use RedisServer;
use Socket qw( SOL_SOCKET SO_RCVBUF );
use Test::More;
use Time::HiRes qw( sleep time );

my $root = abs_path(dirname(__FILE__) . '/..');
my $dir = "$root/build/servroot/72-background-workers.$$";
my $nginx = $ENV{TEST_NGINX_BINARY} || 'nginx';
my $module = $ENV{ASYNCAPI_MODULE}
             || "$root/build/ngx_http_asyncapi_module.so";
my $load = $ENV{ASYNCAPI_STATIC} ? '' : "load_module $module;";
my $sanitized = $ENV{ASAN_OPTIONS} || $ENV{TSAN_OPTIONS};
my $owner = $$;

$ENV{PATH} .= ':/usr/sbin';
$SIG{PIPE} = 'IGNORE';

make_path("$dir/logs", "$dir/html");

my $redis = RedisServer->new();
my $port = RedisServer::free_port();
my $tls = RedisServer::free_port();
my $master;

END {
    if ($$ == $owner) {
        local $?;
        stop();
    }
}

certificate();
big_file();

start();
next_request();
pipelined();
encrypted();
two_versions();
left_while_sent();
taken_slowly();
redis_gone();
many_at_a_time();
nothing_left_behind();

start(background => 3);
dropped();
waits();
waits_too_long();
leaves_while_waiting();
room_is_given_back();

start(workers => 2);
two_workers();
worker_killed();
reloaded();
quits();

start(shutdown => '400ms');
cut_short_by_reload();
cut_short_by_stop();

clean_log();
done_testing();
remove_tree($dir) if Test::More->builder->is_passing;


# ---- what is to hold ----

# the background takes 800 ms; what follows is answered before

sub next_request {
    my $c = connect_to();

    is(get($c, '/mark.800?n=1'), 200, 'an answer');
    is(get($c, '/now?n=2'), 200, 'the next one of the connection');
    is(marks(2), 'now-2 1', 'comes before the background of the first ends');
}


sub pipelined {
    my $c = connect_to();

    $c->{socket}->syswrite(request('/mark.0?n=1') . request('/now?n=2')
                           . request('/mark.0?n=3') . request('/now?n=4'));

    is(answer($c), 200, 'requests that come at once') for 1 .. 4;

    my @marks = split ' ', marks(4);

    is(join(' ', sort @marks), '1 3 now-2 now-4', 'each has its background');
    is($marks[0], 'now-2', 'and the next request begins before');
}


sub encrypted {
    my @sent = curl('--http1.1', '/mark.800?n=1', '/now?n=2');

    is("@sent", '200 1 200 0', 'two requests of a TLS connection');
    is(marks(2), 'now-2 1', 'the second is answered before the background');

    # the connection is closed when the location asks for its variables

    curl('--http1.1', '/variables');

    is(marks(2), 'https-TLSv1.3 https-TLSv1.3',
       'variables of a TLS connection that is closed');
}


sub two_versions {
    my @sent = curl('--http2', '/mark.800?n=1', '/now?n=2', '/mark.0?n=3');

    is("@sent", '200 1 200 0 200 0', 'three requests of an HTTP/2 connection');
    is(marks(3), 'now-2 3 1', 'no background holds the others up');
}


sub left_while_sent {
    my $c = connect_to(small => 1);

    $c->{socket}->syswrite(request('/big?n=1'));
    sysread $c->{socket}, my $part, 100;
    like($part, qr/ 200 OK/, 'an answer that the client does not take');

    sleep 0.4;
    is($redis->cli('LLEN', 'marks'), 0, 'nothing runs before it has left');

    close $c->{socket};
    is(marks(1), 'big-1', 'or the client has left in the midst of it');
}


sub taken_slowly {
    my $c = connect_to(small => 1);

    $c->{socket}->syswrite(request('/big?n=2'));
    sleep 0.2;
    is($redis->cli('LLEN', 'marks'), 0, 'an answer that is taken slowly');

    is(answer($c), 200, 'is taken');
    is(marks(1), 'big-2', 'and then the background runs');
}


sub redis_gone {
    $redis->stop();

    is(status('/mark.0?n=1'), 200, 'an answer while the Redis is away');

    ok(logged(qr/\[error\].*asyncapi task "mark" failed: connect/),
       'the background has failed, and says so');

    $redis->start();
    sleep 0.3;
    status('/mark.0?n=2');
    is(marks(1), '2', 'and runs again when it is back');

    # an upstream that ends in the midst of it

    is(status('/broken'), 200, 'an upstream breaks off');
    ok(logged(qr/\[error\].*asyncapi task "url" failed: (?:connect|status)/),
       'a call by URL has failed');
    ok(logged(qr/\[error\].*asyncapi task "block" failed: (?:connect|status)/),
       'so has a block');
}


# more than connections that the worker may have

sub many_at_a_time {
    my $c = connect_to();

    for (1 .. 10) {
        $c->{socket}->syswrite(request('/mark.3000?n=x') x 50);
        answer($c) for 1 .. 50;
    }

    is($redis->cli('LLEN', 'marks'), 0, '500 run at a time');
    is(marks(500), join(' ', ('x') x 500), 'and come to their end');
}


sub nothing_left_behind {
    my ($worker) = workers();

    run_all(2000);

    my ($memory, $files) = used($worker);

    run_all(10000);

    my ($more, $same) = used($worker);
    my ($connections) = body('/status') =~ /Active connections: (\d+)/;

    note("10000 backgrounds: memory $memory kB, then $more kB");
    cmp_ok($more - $memory, '<', 1500, '10000 backgrounds leave no memory')
        if !$sanitized;
    cmp_ok($same, '<=', $files + 20, 'nor files');
    cmp_ok($connections, '<', 40, 'nor connections, but for idle ones');
}


sub dropped {
    my $c = connect_to();

    is(get($c, "/mark.800?n=$_"), 200, 'an answer') for 1 .. 5;
    is(marks(3), '1 2 3', 'there was room for three backgrounds');

    sleep 0.4;
    is($redis->cli('LLEN', 'marks'), 0, 'and none for the others');

    my @lines = log_lines(qr/\[warn\].*asyncapi background dropped/);
    is(scalar(@lines), 2, 'of each there is a line');
    like($lines[1], qr/dropped: 3 run already.*; 2 dropped by this worker, /,
         'with the count');
}


sub waits {
    my @conns = map { connect_to() } 1 .. 5;

    for my $n (1 .. 5) {
        $conns[$n - 1]{socket}->syswrite(request("/held.800?n=$n"));
        sleep 0.01;
    }

    is(answer($_), 200, 'an answer') for @conns[0 .. 2];
    is($redis->cli('LLEN', 'marks'), 0, 'three of them at once');
    is(answer($_), 200, 'an answer') for @conns[3, 4];
    cmp_ok($redis->cli('LLEN', 'marks'), '>=', 1,
           'the others when there is room');
    is(marks(5), '1 2 3 4 5', 'and all backgrounds run');
}


sub waits_too_long {
    my $c = connect_to();

    get($c, "/held.500?n=$_") for 1 .. 3;

    my $d = connect_to();
    $d->{socket}->syswrite(request('/short?n=4'));

    is(answer($d), 504, 'an answer that waits until its deadline');
    is($d->{body}, '{"type":"about:blank","title":"Gateway Timeout",'
                   . '"status":504,"task":"background","reason":"timeout"}',
       'is a problem');
    is(marks(3), '1 2 3', 'and has no background');
}


sub leaves_while_waiting {
    my $c = connect_to();

    get($c, "/held.500?n=$_") for 1 .. 3;

    for my $n (4 .. 8) {
        my $d = connect_to();
        $d->{socket}->syswrite(request("/held.0?n=$n"));
        sleep 0.02;
        close $d->{socket};
    }

    is(get($c, '/held.0?n=9'), 200, 'clients that leave while they wait');
    is(join(' ', sort split ' ', marks(4)), '1 2 3 9',
       'have no background, and hold nobody up');
}


sub room_is_given_back {
    my $c = connect_to();

    is(get($c, '/unmade'), 502, 'an answer that can not be made') for 1 .. 5;
    is(get($c, "/mark.100?n=$_"), 200, 'others') for 1 .. 3;
    is(marks(3), '1 2 3', 'find the room that it has not used');
}


sub two_workers {
    my (@conns, %workers);

    # which of them takes a connection is for the system to say

    while (@conns < 30 || (keys %workers < 2 && @conns < 300)) {
        my $c = connect_to();

        get($c, '/pid');
        $workers{$c->{worker}} = 1;
        push @conns, $c;
    }

    splice @conns, 0, -30 if keys %workers == 2;

    for my $n (1 .. 20) {
        $_->{socket}->syswrite(request('/mark.0?n=x')) for @conns;
        answer($_) for @conns;
    }

    is(scalar(keys %workers), 2, 'two workers');
    is(marks(600), join(' ', ('x') x 600), 'run all of 600 backgrounds');
}


sub worker_killed {
    my $c = connect_to();

    is(get($c, '/mark.500?n=1'), 200, 'an answer');
    kill 'KILL', $c->{worker};
    sleep 0.3;

    is(status('/mark.0?n=2'), 200, 'a worker is killed, and others go on');
    is(marks(1), '2', 'what ran in it is gone');
}


sub reloaded {
    my $c = connect_to();

    is(get($c, '/mark.3000?n=1'), 200, 'an answer');

    my %old = map { $_ => 1 } workers();
    kill 'HUP', $master;
    sleep 0.05 while grep { $old{$_} } workers();

    is($redis->cli('LLEN', 'marks'), 0, 'nginx is reloaded');
    is(marks(1), '1', 'and the old worker comes to the end of its background');

    ok(gone(keys %old), 'and ends');
}


sub quits {
    my $c = connect_to();

    is(get($c, '/mark.500?n=1'), 200, 'an answer');

    kill 'QUIT', $master;
    ok(ended(), 'nginx quits');
    is(marks(1), '1', 'when the background has come to its end');
}


sub cut_short_by_reload {
    my $c = connect_to();

    is(get($c, '/long?n=1'), 200, 'an answer');

    my ($worker) = $c->{worker};
    kill 'HUP', $master;
    ok(gone($worker), 'worker_shutdown_timeout ends a worker');

    my @lines = log_lines(qr/was cut short/);

    is(scalar(@lines), 2, 'what had not ended is named');
    like($lines[0], qr/\[error\].*asyncapi background task "late" of "\/long" was cut short: worker_shutdown_timeout is over, client: 127.0.0.1, server: here.test, request: "GET \/long\?n=1 HTTP\/1.1", host: "x"/,
         'with its endpoint, and the request');
    like($lines[1], qr/task "long" of "\/long" was/, 'in the order written');
    is(marks(1), 'before-1', 'and what had ended is not');
}


sub cut_short_by_stop {
    my $c = connect_to();
    my $d = connect_to(small => 1);

    is(get($c, '/long?n=2'), 200, 'an answer');
    $d->{socket}->syswrite(request('/big?n=3'));
    sysread $d->{socket}, my $part, 100;
    sleep 0.3;

    kill 'TERM', $master;
    ok(ended(), 'nginx is stopped');

    my @lines = log_lines(qr/was cut short: nginx is being stopped/);

    is(scalar(@lines), 3, 'all that had not ended is named');
    is(scalar(grep { /task "mark" of "\/big"/ } @lines), 1,
       'also what was to begin behind an answer that is being sent');
    is(marks(1), 'before-2', 'nothing else');
}


# ---- nginx ----

sub configure {
    my %with = (background => 20000, workers => 1, @_);

    my $shutdown = $with{shutdown}
                   ? "worker_shutdown_timeout $with{shutdown};" : '';
    my $marks = join '', map { mark($_) } 0, 100, 500, 800, 3000;
    my $redis_port = $redis->port;
    my $here = "http://127.0.0.1:$port";

    open my $out, '>', "$dir/nginx.conf" or die $!;
    print $out <<CONF;
$load
worker_processes $with{workers};
$shutdown
pid $dir/nginx.pid;
error_log $dir/logs/error.log info;
events { worker_connections 512; }
thread_pool default threads=4;
http {
    access_log off;
    client_body_temp_path $dir/a;
    proxy_temp_path $dir/b;
    fastcgi_temp_path $dir/c;
    uwsgi_temp_path $dir/d;
    scgi_temp_path $dir/e;
    keepalive_requests 1000000;
    asyncapi_background $with{background};
    asyncapi_redis db redis://127.0.0.1:$redis_port;
    asyncapi_http_keepalive 16;
    add_header X-Worker \$pid always;
    default_type application/json;

    server {
        listen 127.0.0.1:$port sndbuf=16k;
        listen 127.0.0.1:$tls ssl http2;
        ssl_protocols TLSv1.3;
        ssl_certificate $dir/tls.crt;
        ssl_certificate_key $dir/tls.key;
        server_name here.test;

        location = /pid { return 200 ok; }
        location = /status { stub_status; }
        location /file/ { alias $dir/html/; }
        location = /ping { return 200 '"pong"'; }
        location = /closes { return 444; }

        location = /now {
            asyncapi { redis now db RPUSH marks "now-\$arg_n"; }
        }

        $marks

        location = /short {
            asyncapi {
                timeout 100ms;
                sleep a 1ms;
                background overflow=wait {
                    redis mark db RPUSH marks \$arg_n;
                }
            }
        }

        location = /unmade {
            asyncapi {
                sleep a 1ms 1;
                respond '{...\$a}';
                background { redis mark db RPUSH marks unmade; }
            }
        }

        location = /variables {
            asyncapi {
                sleep a 1ms;
                background {
                    sleep w 300ms;
                    http  in after=w {
                        proxy_pass $here/push?n=\$scheme-\$ssl_protocol;
                    }
                    redis mark after=in db RPUSH marks \$scheme-\$ssl_protocol;
                }
            }
        }

        location = /push {
            asyncapi { redis mark db RPUSH marks \$arg_n; }
        }

        location = /big {
            asyncapi_max_result 16m;
            asyncapi {
                http file as=text $here/file/big;
                respond type=text/plain \$file;
                background { redis mark db RPUSH marks "big-\$arg_n"; }
            }
        }

        location = /broken {
            asyncapi {
                sleep a 1ms;
                background {
                    http url $here/closes;
                    http block { proxy_pass $here/closes; }
                }
            }
        }

        location = /long {
            asyncapi {
                sleep a 1ms;
                background {
                    timeout 1h;
                    redis before db RPUSH marks "before-\$arg_n";
                    sleep late 1h;
                    sleep long 1h;
                }
            }
        }

        location = /all {
            asyncapi {
                http user $here/ping;
                background {
                    http  url    $here/ping?u=\$user;
                    http  local  /ping?u=\$user;
                    http  block  { let \$u \$user; proxy_pass $here/ping?u=\$u; }
                    sleep slept  1ms "\$user";
                    cpu   sum    sha256 \$user;
                    race  first  { sleep long 1h; sleep short 1ms; }
                    redis done after=url,local,block,slept,sum,first
                                 db INCR done;
                }
            }
        }
    }
}
CONF
    close $out;
}


# with a background that ends after some time

sub mark {
    my $ms = shift;

    return <<LOCATIONS;
        location = /mark.$ms {
            asyncapi {
                sleep a 1ms;
                background {
                    sleep w ${ms}ms;
                    redis mark after=w db RPUSH marks \$arg_n;
                }
            }
        }
        location = /held.$ms {
            asyncapi {
                sleep a 1ms;
                background overflow=wait {
                    sleep w ${ms}ms;
                    redis mark after=w db RPUSH marks \$arg_n;
                }
            }
        }
LOCATIONS
}


sub certificate {
    system("openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=x "
           . "-keyout $dir/tls.key -out $dir/tls.crt 2> /dev/null") == 0
        or die "no certificate\n";
}


sub big_file {
    open my $out, '>', "$dir/html/big" or die $!;
    print $out 'x' x 8_000_000;
    close $out or die $!;
}


sub start {
    stop();
    configure(@_);

    my $pid = fork();
    die $! if !defined $pid;

    if ($pid == 0) {
        exec $nginx, '-p', "$dir/", '-c', "$dir/nginx.conf", '-e',
             "$dir/logs/error.log", '-g', 'daemon off;';
        die $!;
    }

    $master = $pid;

    for (1 .. 400) {
        return if (eval { status('/pid') } // 0) == 200;
        sleep 0.05;
    }

    die "nginx does not start\n";
}


sub stop {
    return if !$master;

    kill 'TERM', $master;
    ended();
}


sub ended {
    for (1 .. 400) {
        if (waitpid($master, 1) == $master) {
            undef $master;
            return 1;
        }

        sleep 0.05;
    }

    return 0;
}


sub gone {
    my @pids = @_;

    for (1 .. 400) {
        return 1 if !grep { kill 0, $_ } @pids;
        sleep 0.05;
    }

    return 0;
}


sub log_lines {
    my $like = shift;

    open my $in, '<', "$dir/logs/error.log" or die $!;

    return grep { /$like/ } <$in>;
}


sub logged {
    my $like = shift;

    for (1 .. 100) {
        return 1 if log_lines($like);
        sleep 0.05;
    }

    return 0;
}


sub clean_log {
    my @bad = grep { !/exited on signal 9/ }
                   log_lines(qr/\[(?:alert|crit|emerg)\]/);

    is_deeply(\@bad, [], 'the error log has no alert');
    ok(!glob("$root/build/asan/logs/*"), 'no sanitizer has complained')
        if $ENV{ASAN_OPTIONS};
}


# ---- what the Redis has been told ----

# so many, in the order that they came, and no more of them

sub marks {
    my $n = shift;

    for (1 .. 400) {
        last if $redis->cli('LLEN', 'marks') >= $n;
        sleep 0.025;
    }

    my $marks = $redis->cli('LRANGE', 'marks', '0', '-1');
    $redis->cli('DEL', 'marks');

    return join ' ', split /\n/, $marks;
}


# one of each kind, so many times

sub run_all {
    my $n = shift;
    my $c = connect_to();

    $redis->cli('DEL', 'done');

    for (1 .. $n / 20) {
        $c->{socket}->syswrite(request('/all') x 20);
        answer($c) for 1 .. 20;
    }

    for (1 .. 2400) {
        last if $redis->cli('GET', 'done') == $n;
        sleep 0.05;
    }

    is($redis->cli('GET', 'done'), $n, "$n backgrounds have come to their end");
    sleep 0.3;
}


# memory that is not shared, and open files

sub used {
    my $pid = shift;

    open my $in, '<', "/proc/$pid/status" or die $!;
    my ($kb) = join('', <$in>) =~ /^RssAnon:\s+(\d+)/m;

    return ($kb, scalar(() = glob "/proc/$pid/fd/*"));
}


# ---- clients ----

sub connect_to {
    my %with = @_;

    my $socket = IO::Socket::INET->new(Proto => 'tcp') or die $!;

    setsockopt($socket, SOL_SOCKET, SO_RCVBUF, pack('i', 16384))
        if $with{small};

    connect($socket, Socket::pack_sockaddr_in($port,
                                     Socket::inet_aton('127.0.0.1')))
        or die "connect: $!\n";

    return { socket => $socket, buffer => '', worker => 0 };
}


sub request {
    my $uri = shift;

    return "GET $uri HTTP/1.1\r\nHost: x\r\n\r\n";
}


sub get {
    my ($c, $uri) = @_;

    $c->{socket}->syswrite(request($uri));

    return answer($c);
}


# the status; 0: the connection has ended

sub answer {
    my $c = shift;

    local $SIG{ALRM} = sub { die "no answer\n" };
    alarm 60;

    until (take_answer($c)) {
        if (!sysread $c->{socket}, $c->{buffer}, 1 << 20, length $c->{buffer}) {
            alarm 0;
            return 0;
        }
    }

    alarm 0;

    return $c->{status};
}


sub take_answer {
    my $c = shift;

    $c->{buffer} =~ /^HTTP\/1.1 (\d+).*?\r\n\r\n/s or return 0;

    my ($head, $status) = ($&, $1);
    my ($length) = $head =~ /Content-Length: (\d+)/;

    return 0 if length($c->{buffer}) < length($head) + $length;

    $c->{status} = $status;
    $c->{body} = substr $c->{buffer}, length($head), $length;
    ($c->{worker}) = $head =~ /X-Worker: (\d+)/;

    substr($c->{buffer}, 0, length($head) + $length) = '';

    return 1;
}


sub status {
    return get(connect_to(), shift);
}


sub body {
    my $c = connect_to();

    get($c, shift);

    return $c->{body};
}


sub workers {
    my %pids;

    for (1 .. 20) {
        my $c = connect_to();

        get($c, '/pid');
        $pids{$c->{worker}} = 1;
    }

    return keys %pids;
}


# of each URI the status, and how many connections were made for it

sub curl {
    my ($version, @uris) = @_;

    my $said = join ' ', map { "-o /dev/null 'https://127.0.0.1:$tls$_'" } @uris;

    return split ' ', `curl -sk $version -w '%{http_code} %{num_connects} ' $said`;
}

# What limits are over several workers: bound, order, waking, workers that are
# killed, reloads.  The workers are a real nginx's; which of them serves a
# request is chosen by the connection.

use strict;
use warnings;

use Cwd qw( abs_path );
use File::Basename qw( dirname );
use File::Path qw( make_path remove_tree );
use IO::Select;
use IO::Socket::INET;
use IPC::Open2 qw( open2 );
use Test::More;
use Time::HiRes qw( sleep time );

my $root = abs_path(dirname(__FILE__) . '/..');
my $dir = "$root/build/servroot/43-limit-workers.$$";
my $nginx = $ENV{TEST_NGINX_BINARY} || 'nginx';
my $module = $ENV{ASYNCAPI_MODULE}
             || "$root/build/ngx_http_asyncapi_module.so";
my $load = $ENV{ASYNCAPI_STATIC} ? '' : "load_module $module;";
my $owner = $$;

$ENV{PATH} .= ':/usr/sbin';
$SIG{PIPE} = 'IGNORE';

make_path("$dir/logs");

# it ends when the pipe to it does

my $peer_pid = open2(my $peer_out, my $peer_in, 'python3',
                     "$root/t/hostile/http.py", '0');
chomp(my $peer = <$peer_out>);
my $port = free_port();
my $master;

# of which a worker dies when it would wake another: see killed_before_it_rings()

my $silent = silent_library();

END {
    if ($$ == $owner) {
        local $?;
        stop();
        close $peer_in;
        waitpid $peer_pid, 0;
    }
}

start('asyncapi_limit three 3;');
bound_over_workers();
woken_at_once();
in_turn();
in_order();
cancelled();
killed_with_waiters();
killed_without_waiters();
killed_before_it_rings();
reloaded();
reloaded_under_load();
reloaded_with_other_numbers();
quits();

clean_log();
done_testing();
remove_tree($dir) if Test::More->builder->is_passing;


# ---- what is to hold ----

sub bound_over_workers {
    my @conns = map { ($_, same_worker($_, 19)) } by_worker();

    peer_most();

    for my $c (@conns) {
        get($c, '/busy');
    }

    my @answers = answers(@conns);

    is(scalar(grep { $_->{status} == 200 } @answers), 40,
       'all of 40 requests to two workers are answered');
    is(peer_most(), 3, 'and never more than 3 of them run at a time');

    my %pids = map { $_->{worker} => 1 } @answers;
    cmp_ok(scalar(keys %pids), '==', 2, 'both workers have served some');
}


# the one that holds it answers, and gives its slot to a waiter of the other

sub woken_at_once {
    my ($one, $two) = by_worker();
    my @late;

    for my $i (1 .. 21) {
        my ($holder, $waiter) = $i % 2 ? ($one, $two) : ($two, $one);

        get($holder, '/hold.40ms');
        sleep 0.01;
        get($waiter, '/hold.1ms');

        my ($first, $second) = answers($holder, $waiter);

        push @late, $second->{time} - $first->{time};
    }

    my @sorted = sort { $a <=> $b } @late;

    note(sprintf "woken after %.1f ms, at most %.1f ms, the work's 1 ms "
                 . "included", $sorted[10] * 1000, $sorted[-1] * 1000);

    cmp_ok($sorted[10], '<', 0.05,
           'a slot given back in a worker wakes a waiter of the other');
}


# many wait in one worker, few in the other

sub in_turn {
    my ($one, $two) = by_worker();
    my @many = ($one, same_worker($one, 29));
    my @few = ($two, same_worker($two, 4));
    my $hold = same_worker($one, 1);

    get($hold, '/hold.300ms');
    sleep 0.05;

    get($_, '/hold.5ms') for @many;
    sleep 0.1;
    get($_, '/hold.5ms') for @few;

    my @times = map { $_->{time} } answers($hold, @few, @many);
    my @first = sort { $a <=> $b } @times[1 .. 5];
    my @all = @times[6 .. $#times];
    my $last = $first[-1];

    my $before = grep { $_ < $last } @all;

    cmp_ok($before, '<', 15, "a worker with few waiters has its turn "
                             . "($before of 30 came before the last of 5)");
    cmp_ok($before, '>=', 1, 'and does not go before the other');
}


sub in_order {
    my ($one) = by_worker();
    my @conns = same_worker($one, 10);

    get($one, '/hold.200ms');
    sleep 0.05;

    for my $c (@conns) {
        get($c, '/hold.5ms');
        sleep 0.01;
    }

    my @times = map { $_->{time} } answers($one, @conns);
    my @sorted = sort { $a <=> $b } @times;

    is_deeply(\@times, \@sorted, 'in a worker it is first come, first served');
}


sub cancelled {
    my ($one, $two) = by_worker();

    get($one, '/hold.20s');
    sleep 0.05;

    for my $round (1 .. 50) {
        my @conns = map { connect_to() } 1 .. 200;

        get($_, '/hold.1ms') for @conns;
        sleep 0.02;
        close $_->{socket} for @conns;
    }

    close $one->{socket};

    get($two, '/hold.1ms');
    is(answer($two)->{status}, 200, 'after 10000 waiters whose clients left '
                                    . 'and a holder that left, a slot is free');

    sleep 0.3;

    my @counts = counts('one');

    is($counts[-1], '0 of 1, waiting 0', 'nothing is held, and nobody waits');
    cmp_ok(scalar(grep { /waiting [1-9]/ } @counts), '>', 5000,
           'most of them have been in the queue');
}


sub killed_with_waiters {
    my ($one, $two) = by_worker();

    get($one, '/hold.20s');
    sleep 0.05;
    get($two, '/hold.1ms');
    sleep 0.05;

    my $killed = time;
    kill 'KILL', $one->{worker};

    my $answer = answer($two);

    is($answer->{status}, 200, 'a waiter gets the slot of a killed worker');
    cmp_ok($answer->{time} - $killed, '<', 1, 'within a second');
    note(sprintf "after %.0f ms", ($answer->{time} - $killed) * 1000);
    answer($one);
}


sub killed_without_waiters {
    my ($one) = by_worker();

    get($one, '/atonce.20s');
    sleep 0.3;

    my $c = connect_to();
    get($c, '/atonce.1ms');
    is(answer($c)->{status}, 503, 'the slot is held');

    kill 'KILL', $one->{worker};
    answer($one);

    my $killed = time;
    my $status = 0;

    while ($status != 200 && time - $killed < 3) {
        sleep 0.1;
        my $d = connect_to();
        get($d, '/atonce.1ms');
        $status = answer($d)->{status};
    }

    is($status, 200, 'without waiters it is free to who comes later');
    cmp_ok(time - $killed, '<', 1, 'within a second');
}


# a slot is granted in shared memory, and then its new holder told of it

sub killed_before_it_rings {
    my ($one, $two) = by_worker();

    get($one, '/hold.700ms');
    sleep 0.1;
    get($two, '/hold.1ms');
    sleep 0.2;

    open my $flag, '>', "$dir/silent" or die $!;
    close $flag;

    my $from = time;

    answer($one);
    unlink "$dir/silent";

    my $answer = answer($two);

    is($one->{answer}{status}, 0, 'a worker is killed before it tells another '
                                  . 'of its slot');
    is($answer->{status}, 200, 'which finds it nevertheless');
    cmp_ok($answer->{time} - $from, '<', 2, 'soon');
}


sub reloaded {
    my ($one) = by_worker();

    get($one, '/hold.700ms');
    sleep 0.05;

    reload();

    my $c = connect_to();
    get($c, '/hold.1ms');

    my ($first, $second) = answers($one, $c);

    isnt($second->{worker}, $first->{worker}, 'a new worker after a reload');
    cmp_ok($second->{time}, '>', $first->{time} - 0.2,
           'waits for the slot that an old one holds');
    cmp_ok($second->{time} - $first->{time}, '<', 1,
           'and is woken by it');
}


sub reloaded_under_load {
    my (@conns, @answers);

    peer_most();

    for my $i (1 .. 200) {
        my $c = connect_to();

        get($c, '/busy');
        push @conns, $c;

        sleep 0.005;
        reload() if $i % 50 == 0;
    }

    @answers = answers(@conns);

    is(scalar(grep { $_->{status} == 200 } @answers), 200,
       'all of 200 requests are answered while nginx reloads 4 times');
    cmp_ok(peer_most(), '<=', 3, 'never more than 3 at a time');

    my %pids = map { $_->{worker} => 1 } @answers;
    cmp_ok(scalar(keys %pids), '>', 4, 'by workers old and new');
}


sub reloaded_with_other_numbers {
    my ($one) = by_worker();
    my @waiters = same_worker($one, 2);

    get($one, '/hold.20s');
    sleep 0.05;
    get($_, '/hold.1ms') for @waiters;
    sleep 0.05;

    my $from = time;
    configure('asyncapi_limit three 3;', one => 2);
    reload();

    my @answers = answers(@waiters);

    is(scalar(grep { $_->{status} == 200 && $_->{time} - $from < 10 } @answers),
       2, 'a slot more is given to waiters of old workers');
    close $one->{socket};

    my @two = map { connect_to() } 1 .. 2;
    get($_, '/hold.500ms') for @two;
    sleep 0.05;

    configure('asyncapi_limit three 3;', one => 1);
    reload();

    my $c = connect_to();
    get($c, '/hold.1ms');

    my @times = map { $_->{time} } answers($c, @two);
    cmp_ok($times[0], '>', (sort { $a <=> $b } @times[1, 2])[-1],
           'with a slot less both of those held have to be given back');

    configure('');
    reload();
    is(status_of('/hold.1ms'), 200, 'a limit that goes harms nobody');
}


sub quits {
    my $c = connect_to();
    get($c, '/hold.300ms');
    my $d = connect_to();
    get($d, '/hold.1ms');
    sleep 0.1;

    kill 'QUIT', $master;

    is(answer($c)->{status}, 200, 'nginx quits when tasks that hold slots');
    is(answer($d)->{status}, 200, 'and those that wait for them have ended');
    ok(ended(), 'it has quit');
}


# ---- nginx ----

sub configure {
    my ($limits, %slots) = @_;

    my $one = $slots{one} || 1;
    my $busy = $limits ? 'limit=three' : '';
    my $held = join '', map { held($_) }
                        qw( 1ms 5ms 40ms 200ms 300ms 500ms 700ms 20s );

    open my $out, '>', "$dir/nginx.conf" or die $!;
    print $out <<CONF;
$load
worker_processes 2;
pid $dir/nginx.pid;
error_log $dir/logs/error.log debug;
events { worker_connections 1024; }
http {
    access_log off;
    client_body_temp_path $dir/a;
    proxy_temp_path $dir/b;
    fastcgi_temp_path $dir/c;
    uwsgi_temp_path $dir/d;
    scgi_temp_path $dir/e;
    keepalive_requests 1000000;
    asyncapi_zone 1m;
    $limits
    asyncapi_limit one $one;
    asyncapi_limit atonce 1 queue=0;
    server {
        listen 127.0.0.1:$port;
        add_header X-Worker \$pid always;
        location = /pid { return 200 ok; }
        location = /busy {
            asyncapi { timeout 30s;
                       http a $busy as=text
                            http://127.0.0.1:$peer/busy?head=20; }
        }
        $held
    }
}
CONF
    close $out;
}


# slots that are held for a time

sub held {
    my $time = shift;

    return <<LOCATIONS;
        location = /hold.$time {
            asyncapi { timeout 30s; sleep a limit=one $time; }
        }
        location = /atonce.$time {
            asyncapi { timeout 30s; sleep a limit=atonce $time; }
        }
LOCATIONS
}


# a process dies when it sends a datagram to a unix socket, if there is a file

sub silent_library {
    open my $out, '>', "$dir/silent.c" or die $!;
    print $out <<C;
#define _GNU_SOURCE
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

ssize_t
sendto(int s, const void *buf, size_t len, int flags,
    const struct sockaddr *to, socklen_t tolen)
{
    if (to && to->sa_family == AF_UNIX && access("$dir/silent", F_OK) == 0) {
        kill(getpid(), SIGKILL);
    }

    return syscall(SYS_sendto, s, buf, len, flags, to, tolen);
}
C
    close $out;

    system('cc', '-shared', '-fPIC', '-o', "$dir/silent.so", "$dir/silent.c")
        == 0 or die "silent.c does not compile\n";

    return "$dir/silent.so";
}


sub start {
    configure(@_);

    my $pid = fork();
    die $! if !defined $pid;

    if ($pid == 0) {
        $ENV{LD_PRELOAD} = $silent;
        $ENV{ASAN_OPTIONS} .= ':verify_asan_link_order=0'
            if $ENV{ASAN_OPTIONS};

        exec $nginx, '-p', "$dir/", '-c', "$dir/nginx.conf", '-e',
             "$dir/logs/error.log", '-g', 'daemon off;';
        die $!;
    }

    $master = $pid;

    for (1 .. 200) {
        my $c = eval { connect_to() };
        return if $c && status_of('/pid') == 200;
        sleep 0.05;
    }

    die "nginx does not start\n";
}


# returns when there are new workers, and none of the old takes connections

sub reload {
    my %old = map { $_ => 1 } workers();

    kill 'HUP', $master;

    for (1 .. 200) {
        sleep 0.05;

        my @now = map { worker_of() } 1 .. 6;
        return if !grep { $old{$_} } @now;
    }

    die "nginx does not reload\n";
}


sub stop {
    return if !$master;

    kill 'TERM', $master;
    ended();
}


sub ended {
    for (1 .. 200) {
        if (waitpid($master, 1) == $master) {
            undef $master;
            return 1;
        }

        sleep 0.05;
    }

    return 0;
}


sub clean_log {
    open my $in, '<', "$dir/logs/error.log" or die $!;

    my @bad = grep { /\[(?:alert|crit|emerg)\]/ && !/exited on signal 9/ } <$in>;

    is_deeply(\@bad, [], 'the error log has no alert');
    ok(!glob("$root/build/asan/logs/*"), 'no sanitizer has complained')
        if $ENV{ASAN_OPTIONS};
}


# what the limit's debug lines say, the last one last

sub counts {
    my $name = shift;

    open my $in, '<', "$dir/logs/error.log" or die $!;

    return map { /asyncapi limit "\Q$name\E" \w+: held (.*)/ ? $1 : () } <$in>;
}


# ---- clients ----

sub free_port {
    my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')
        or die $!;
    return $s->sockport;
}


sub connect_to {
    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port",
                                       Timeout => 5)
        or die "connect: $!\n";

    return { socket => $socket, buffer => '' };
}


sub get {
    my ($c, $uri) = @_;

    $c->{socket}->syswrite("GET $uri HTTP/1.1\r\nHost: x\r\n\r\n");
}


# status, worker, and when it was there

sub answer {
    my ($answer) = answers(shift);

    return $answer;
}


sub answers {
    my @conns = @_;
    my %left = map { $_->{socket} => $_ } @conns;
    my $select = IO::Select->new(map { $_->{socket} } @conns);
    my $until = time + 30;

    $_->{answer} = { status => 0, worker => 0, time => 0 } for @conns;

    while (%left && time < $until) {
        for my $socket ($select->can_read($until - time)) {
            my $c = $left{$socket};
            my $n = sysread($socket, $c->{buffer}, 65536, length $c->{buffer});

            if (!$n || take_answer($c)) {
                $select->remove($socket);
                delete $left{$socket};
            }
        }
    }

    return map { $_->{answer} } @conns;
}


sub take_answer {
    my $c = shift;

    $c->{buffer} =~ /^HTTP\/1.1 (\d+).*?\r\n\r\n/s or return 0;

    my ($head, $status) = ($&, $1);
    my ($length) = $head =~ /Content-Length: (\d+)/;
    my ($worker) = $head =~ /X-Worker: (\d+)/;

    return 0 if length($c->{buffer}) < length($head) + $length;

    substr($c->{buffer}, 0, length($head) + $length) = '';

    $c->{worker} = $worker;
    $c->{answer} = { status => $status, worker => $worker, time => time };

    return 1;
}


sub status_of {
    my $c = connect_to();

    get($c, shift);
    return answer($c)->{status};
}


sub worker_of {
    my $c = connect_to();

    get($c, '/pid');
    return answer($c)->{worker};
}


sub workers {
    my %pids = map { worker_of() => 1 } 1 .. 20;

    return keys %pids;
}


# a connection to each of two workers

sub by_worker {
    my %conns;

    for (1 .. 500) {
        my $c = connect_to();

        get($c, '/pid');
        answer($c);
        $conns{$c->{worker}} = $c if $c->{worker};

        return @conns{sort keys %conns} if keys %conns == 2;
    }

    die "there are not two workers\n";
}


# more connections to the worker of this one

sub same_worker {
    my ($like, $n) = @_;
    my @conns;

    for (1 .. 3000) {
        my $c = connect_to();

        get($c, '/pid');
        answer($c);
        push @conns, $c if $c->{worker} == $like->{worker};

        return wantarray ? @conns : $conns[0] if @conns == $n;
    }

    die "no connection to a worker\n";
}


sub peer_most {
    my $c = { socket => IO::Socket::INET->new(PeerAddr => "127.0.0.1:$peer"),
              buffer => '' };

    $c->{socket}->syswrite("GET /most HTTP/1.1\r\nHost: x\r\n\r\n");

    my $text = '';
    sysread($c->{socket}, $text, 65536, length $text) while $text !~ /\r\n\r\n\d/;

    my ($most) = $text =~ /(\d+)$/;
    return $most;
}

# The demo keeps its word: tools/demo starts conf/demo.conf, every command of
# conf/demo/tour.txt and of README.md has the answer that stands there, and all
# that was started ends with it.

use strict;
use warnings;

use Cwd qw( abs_path );
use File::Basename qw( dirname );
use File::Path qw( make_path remove_tree );
use IO::Socket::INET;
use POSIX qw( setpgid );
use Test::More;
use Time::HiRes qw( sleep time );

my $root = abs_path(dirname(__FILE__) . '/..');
my $dir = "$root/build/servroot/90-demo.$$";
my $owner = $$;
my $pid;

# of each address that the demo's servers listen on

my @hosts = map { "127.0.0.$_" } 1 .. 4;

$ENV{PATH} .= ':/usr/sbin';

my @tour = tour(slurp("$root/conf/demo/tour.txt"));
my @readme = tour(slurp("$root/README.md"));
my $port = free_port();

cmp_ok(@tour, '>', 8, 'the tour has commands');
cmp_ok(@readme, '>', 3, 'README.md has some of them');

start();
take(@tour);
valid_openapi();

# README.md's reader has not taken the tour

redis('FLUSHALL');
take(@readme);

my @parts = parts();

cmp_ok(@parts, '>=', 3, 'there are a shell, nginx and Redis');
stop('INT');
is_deeply([parts()], [], 'Ctrl-C ends all of them');

start();
kill 'TERM', slurp("$dir/nginx.pid");
waitpid $pid, 0;
is_deeply([parts()], [], 'so does the end of nginx');

start();
stop('KILL', $pid);
is_deeply([parts()], [], 'and that of the shell, however it comes');

unlike(slurp("$dir/error.log"), qr/\[(?:alert|crit|emerg)\]/, 'nothing is wrong');
done_testing();


sub take {
    for my $stop (@_) {
        my ($command, $expected) = @$stop;

        $command =~ s/:8080/:$port/g;

        my $began = time();
        my $answer = `$command 2> $dir/curl.log`;
        my $took = time() - $began;

        $answer =~ s/\r//g;

        like("$answer\n", pattern($expected), $command);

        if ($command =~ /concurrent_tasks/) {
            cmp_ok($took, '<', 3,
                   'both timers at a time take less than their sum');
        }
    }
}


sub redis {
    my ($redis) = slurp("$dir/parts.conf") =~ /redis:.*:(\d+);/;

    system "redis-cli -p $redis @_ > $dir/redis-cli.log";
}


# commands, and the indented lines below them; the blank line that ends a header
# is part of them

sub tour {
    my $text = shift;
    my (@stops, $stop);

    for (split /\n/, $text) {

        if (/^ {4}\$ (curl .*)/) {
            $stop = [$1, ''];
            push @stops, $stop;

        } elsif ($stop && /^ {4}(.*)/) {
            $stop->[1] .= "$1\n";

        } elsif ($stop && $_ eq '' && $stop->[1] =~ /^HTTP/
                 && $stop->[1] !~ /\n\n/)
        {
            $stop->[1] .= "\n";

        } else {
            undef $stop;
        }
    }

    return @stops;
}


# "..." stands for any lines

sub pattern {
    my $expected = shift;

    my $pattern = join '', map { $_ eq "...\n" ? '(?:.+\n)*?' : quotemeta }
                           $expected =~ /.*\n/g;

    return qr/\A$pattern\z/;
}


# the document of the demo's endpoints, by two validators

sub valid_openapi {
    my $file = "$dir/openapi.json";

    system "curl -s http://$hosts[0]:$port/openapi.json > $file";

    my $said = `$root/tools/openapi-valid $file 2>&1`;
    is($? . $said, '0', 'its OpenAPI document is valid');

    like(slurp($file), qr{"/users/\{id\}/dashboard":}, 'and has its endpoints');
}


sub slurp {
    my $file = shift;

    open my $in, '<', $file or die "$file: $!";
    local $/;

    return scalar(<$in>);
}


# below the range that outgoing connections draw from

sub free_port {
    for (1 .. 100) {
        my $try = 20000 + int(rand(10000));

        my @sockets = grep { defined } map {
            IO::Socket::INET->new(LocalAddr => $_, LocalPort => $try,
                                  Listen => 1)
        } @hosts;

        return $try if @sockets == @hosts;
    }

    die "no free port found\n";
}


sub start {
    my $conf = slurp("$root/conf/demo.conf");
    my $module = $ENV{ASYNCAPI_MODULE}
                 || "$root/build/ngx_http_asyncapi_module.so";
    my $load = $ENV{ASYNCAPI_STATIC} ? '' : "load_module $module;";

    $conf =~ s/^load_module .*;$/$load/m or die "no load_module\n";
    $conf =~ s/:8080\b/:$port/g;
    $conf =~ s{(?:\.\./)?\bbuild/demo/}{$dir/}g;
    $conf =~ s{\.\./build/}{$root/build/}g;
    $conf =~ s{schema=demo/}{schema=$root/conf/demo/}g;
    $conf =~ s/^error_log stderr/error_log $dir\/error.log/m
        or die "no error_log\n";

    make_path($dir);
    open my $out, '>', "$dir/demo.conf" or die $!;
    print $out $conf;
    close $out or die $!;

    $pid = fork() // die $!;

    if ($pid == 0) {
        setpgid(0, 0);
        open STDOUT, '>', "$dir/demo.log";
        open STDERR, '>&', \*STDOUT;
        exec "$root/tools/demo", "$dir/demo.conf", $dir;
        exit 1;
    }

    for (1 .. 400) {
        return if IO::Socket::INET->new(PeerAddr => $hosts[0],
                                        PeerPort => $port);
        last if waitpid($pid, 1) != 0;
        sleep 0.05;
    }

    die "the demo does not start: " . slurp("$dir/demo.log");
}


# a terminal's Ctrl-C goes to all of the process group

sub stop {
    my ($signal, $whom) = @_;

    return if !defined $pid;

    kill $signal, $whom // -$pid;
    waitpid $pid, 0;

    for (1 .. 200) {
        last if !parts();
        sleep 0.05;
    }
}


# what runs of the demo; $pid is that of the group as well

sub parts {
    return split /\n/, `pgrep -l -g $pid`;
}


END {
    if ($$ == $owner) {
        my $result = $?;

        stop('TERM');

        if ($result) {
            diag("see $dir/error.log");

        } else {
            remove_tree($dir);
        }

        $? = $result;
    }
}

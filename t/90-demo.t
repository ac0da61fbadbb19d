# The demo keeps its word: conf/demo.conf is started as tools/demo does, and
# every command of conf/demo/tour.txt and of README.md has the answer that
# stands there.

use strict;
use warnings;

use Cwd qw( abs_path );
use File::Basename qw( dirname );
use File::Path qw( make_path remove_tree );
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw( sleep time );

my $root = abs_path(dirname(__FILE__) . '/..');
my $dir = "$root/build/servroot/90-demo.$$";
my $nginx = $ENV{TEST_NGINX_BINARY} || 'nginx';
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

for my $stop (@tour, @readme) {
    my ($command, $expected) = @$stop;

    $command =~ s/:8080/:$port/g;

    my $began = time();
    my $answer = `$command 2> $dir/curl.log`;
    my $took = time() - $began;

    $answer =~ s/\r//g;

    like("$answer\n", pattern($expected), $command);

    if ($command =~ /concurrent_tasks/) {
        cmp_ok($took, '<', 3, 'both timers at a time take less than their sum');
    }
}

valid_openapi();

stop();
unlike(slurp("$dir/error.log"), qr/\[(?:alert|crit|emerg)\]/, 'nothing is wrong');
done_testing();


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
    $conf =~ s{\bbuild/demo/}{$dir/}g;
    $conf =~ s{\.\./build/}{$root/build/}g;
    $conf =~ s{schema=demo/}{schema=$root/conf/demo/}g;
    $conf =~ s/^error_log stderr/error_log $dir\/error.log/m
        or die "no error_log\n";

    make_path($dir);
    open my $out, '>', "$dir/demo.conf" or die $!;
    print $out $conf;
    close $out or die $!;

    my $globals = 'daemon off;';

    if ($> == 0) {
        my $user = getpwuid((stat $root)[4]) // 'root';
        my $group = getgrgid((stat $root)[5]) // 'root';

        $globals .= " user $user $group;";
    }

    $pid = fork() // die $!;

    if ($pid == 0) {
        open STDERR, '>', "$dir/stderr.log";
        exec $nginx, '-e', "$dir/error.log", '-p', "$root/",
             '-c', "$dir/demo.conf", '-g', $globals;
        exit 1;
    }

    for (1 .. 200) {
        return if IO::Socket::INET->new(PeerAddr => $hosts[0],
                                        PeerPort => $port);
        last if waitpid($pid, 1) != 0;
        sleep 0.05;
    }

    die "the demo does not start: " . slurp("$dir/error.log");
}


sub stop {
    return if !defined $pid;

    kill 'TERM', $pid;
    waitpid $pid, 0;
    undef $pid;
}


END {
    if ($$ == $owner) {
        my $result = $?;

        stop();

        if ($result) {
            diag("see $dir/error.log");

        } else {
            remove_tree($dir);
        }

        $? = $result;
    }
}

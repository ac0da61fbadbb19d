package Servers;

# Servers of others, each on a port of the test file's own, in $TEST_NGINX_NODE,
# $TEST_NGINX_UVICORN and $TEST_NGINX_APACHE:
#
#     use AsyncAPI;
#     use Servers;
#
# All answer /json, /big, /chunked, /gzip, /empty, /same and /echo alike, with
# the port that the request came from in X-Port (t/servers).

use strict;
use warnings;

use Cwd qw( abs_path );
use File::Basename qw( dirname );
use File::Temp qw( tempdir );
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw( sleep );

my $servers = abs_path(dirname(__FILE__) . '/../servers');
my $owner = $$;
my @pids;


sub import {
    my $dir = tempdir(CLEANUP => 1);
    my %port = map { $_ => port() } qw( NODE UVICORN APACHE );

    apache_files($dir, $port{APACHE});

    start("$dir/node.log", 'node', "$servers/node.js", $port{NODE});
    start("$dir/uvicorn.log", 'uvicorn', '--app-dir', $servers, '--port',
          $port{UVICORN}, 'asgi:app');
    start("$dir/apache.log", 'apache2', '-D', 'FOREGROUND', '-f',
          "$dir/apache.conf");

    for my $name (sort keys %port) {
        wait_for($name, $port{$name}, "$dir/" . lc($name) . '.log');
        $ENV{"TEST_NGINX_$name"} = $port{$name};
    }
}


sub port {
    return Test::Nginx::Util::gen_rand_port(1000) || die "no free port found\n";
}


sub apache_files {
    my ($dir, $port) = @_;
    my $big = '{"data": "' . 'x' x 300000 . '"}';
    my $parts = '{"data": "<!--#include virtual="/part" -->' . 'x' x 100000
                . '"}';

    open my $in, '<', "$servers/apache.conf" or die $!;
    my $conf = do { local $/; <$in> };

    $conf =~ s/DIR/$dir/g;
    $conf =~ s/PORT\b(?!\})/$port/g;

    mkdir "$dir/htdocs" or die $!;

    # what is started as root works as another user

    chmod 0755, $dir;

    put("$dir/apache.conf", $conf);
    put("$dir/htdocs/$_", $big) for qw( big gzip same );
    put("$dir/htdocs/chunked", $parts);
    put("$dir/htdocs/part", 'x' x 200000);
    put("$dir/htdocs/json", '{"n":1}');
}


sub put {
    my ($file, $text) = @_;

    open my $out, '>', $file or die "$file: $!";
    print $out $text;
    close $out or die $!;
}


sub start {
    my ($log, @command) = @_;

    my $pid = fork;
    die "fork: $!\n" if !defined $pid;

    if (!$pid) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', $log;
        open STDERR, '>&', \*STDOUT;
        exec @command or POSIX::_exit(127);
    }

    push @pids, $pid;
}


sub wait_for {
    my ($name, $port, $log) = @_;

    for (1 .. 300) {
        return if IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port");
        sleep 0.1;
    }

    die "$name does not start: " . `cat $log`;
}


END {
    local $?;

    if ($$ == $owner) {
        kill TERM => @pids;
        waitpid $_, 0 for @pids;
    }
}


1;

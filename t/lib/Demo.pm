package Demo;

# The demo as "make demo" starts it, on a port and in a directory of its own:
#
#     my $demo = Demo->new('90-demo');
#     $demo->start();
#     ... $demo->{port}, $demo->{dir}, $demo->{hosts} ...
#     $demo->stop('INT');
#
# start() takes servers that are to be there besides, on 127.0.0.5:PORT.
# When the test ends so does the demo; what it leaves is kept where it failed.

use strict;
use warnings;

use Cwd qw( abs_path );
use File::Basename qw( dirname );
use File::Path qw( make_path remove_tree );
use IO::Socket::INET;
use POSIX qw( setpgid );
use Test::More ();
use Time::HiRes qw( sleep );

my $root = abs_path(dirname(__FILE__) . '/../..');
my $owner = $$;
my @all;

$ENV{PATH} .= ':/usr/sbin';


sub new {
    my ($class, $name) = @_;

    # of each address that the demo's servers listen on, and one for others

    my $self = {
        dir   => "$root/build/servroot/$name.$$",
        hosts => [map { "127.0.0.$_" } 1 .. 5],
    };

    $self->{port} = free_port(@{ $self->{hosts} });
    push @all, $self;

    return bless $self, $class;
}


# below the range that outgoing connections draw from

sub free_port {
    my @hosts = @_;

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


sub slurp {
    my $file = shift;

    open my $in, '<', $file or die "$file: $!";
    local $/;

    return scalar(<$in>);
}


sub start {
    my ($self, $servers) = @_;
    my ($dir, $port) = @$self{qw( dir port )};

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

    if (defined $servers) {
        $servers =~ s/PORT/$port/g;
        $conf =~ s/\}\s*\z/$servers}\n/ or die "no end\n";
    }

    make_path($dir);
    open my $out, '>', "$dir/demo.conf" or die $!;
    print $out $conf;
    close $out or die $!;

    my $pid = fork() // die $!;

    if ($pid == 0) {
        setpgid(0, 0);
        open STDOUT, '>', "$dir/demo.log";
        open STDERR, '>&', \*STDOUT;
        exec "$root/tools/demo", "$dir/demo.conf", $dir;
        exit 1;
    }

    $self->{pid} = $pid;

    for (1 .. 1200) {
        return if IO::Socket::INET->new(PeerAddr => $self->{hosts}[0],
                                        PeerPort => $port);
        last if waitpid($pid, 1) != 0;
        sleep 0.05;
    }

    die "the demo does not start: " . slurp("$dir/demo.log");
}


# a terminal's Ctrl-C goes to all of the process group

sub stop {
    my ($self, $signal, $whom) = @_;
    my $pid = $self->{pid};

    return if !defined $pid;

    kill $signal, $whom // -$pid;
    waitpid $pid, 0;

    for (1 .. 200) {
        last if !$self->parts();
        sleep 0.05;
    }
}


# what runs of the demo; the pid is that of the group as well

sub parts {
    my $self = shift;

    return split /\n/, `pgrep -l -g $self->{pid}`;
}


END {
    if ($$ == $owner) {
        my $result = $?;

        for my $self (@all) {
            $self->stop('TERM');

            if ($result) {
                Test::More::diag("see $self->{dir}/error.log");

            } else {
                remove_tree($self->{dir});
            }
        }

        $? = $result;
    }
}


1;

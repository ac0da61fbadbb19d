package RedisServer;

# A redis-server of the test's own, on a free port of 127.0.0.1 and on a unix
# socket, with its files in a directory of its own:
#
#     my $redis = RedisServer->new('requirepass secret');
#
#     $redis->port; $redis->socket;
#     $redis->cli('SET', 'a', '1');       what redis-cli says to it
#     $redis->stop; $redis->start;        killed, and on the same port again
#     $redis->pause; $redis->resume;      SIGSTOP and SIGCONT
#     $redis->info('total_connections_received');
#
#     RedisServer->sentinel('main', $redis);
#
# It ends with the test.  A server that does not start ends the test.

use strict;
use warnings;

use File::Temp qw( tempdir );
use IO::Socket::INET;
use Time::HiRes qw( sleep );

my @servers;
my $owner = $$;


sub new {
    my ($class, @conf) = @_;

    return launch({ conf => \@conf }, $class);
}


# a sentinel of the master, which needs no other's consent, and is quick

sub sentinel {
    my ($class, $name, $master) = @_;

    return launch({ sentinel => 1,
                    conf => ["sentinel monitor $name 127.0.0.1 "
                             . $master->port . ' 1',
                             "sentinel down-after-milliseconds $name 500",
                             "sentinel failover-timeout $name 3000"] },
                  $class);
}


sub launch {
    my ($self, $class) = @_;

    bless $self, $class;
    $self->{dir} = tempdir(CLEANUP => 1);

    push @servers, $self;

    for (1 .. 20) {
        $self->{port} = free_port(grep { /^cluster-enabled yes/ }
                                  @{ $self->{conf} });
        $self->write_conf();
        return $self if $self->run();
    }

    die "redis-server does not start: see $self->{dir}/redis.log\n";
}


sub port { return $_[0]{port} }
sub pid { return $_[0]{pid} }
sub socket { return "$_[0]{dir}/redis.sock" }


# below the range that outgoing connections draw from, and so is the port of a
# cluster's bus, which is 10000 more

sub free_port {
    my $cluster = shift;

    for (1 .. 100) {
        my $try = ($cluster ? 10000 : 20000) + int(rand(10000));

        my @free = grep { IO::Socket::INET->new(LocalAddr => '127.0.0.1',
                                                LocalPort => $_, Listen => 1) }
                   $try, $cluster ? $try + 10000 : ();

        return $try if @free == ($cluster ? 2 : 1);
    }

    die "no free port found\n";
}


sub write_conf {
    my $self = shift;

    open my $out, '>', "$self->{dir}/redis.conf" or die $!;

    print $out map { "$_\n" }
        "bind 127.0.0.1", "port $self->{port}", "dir $self->{dir}",
        "unixsocket $self->{dir}/redis.sock", "logfile $self->{dir}/redis.log",
        'daemonize no', @{ $self->{conf} };

    print $out map { "$_\n" }
        'save ""', 'appendonly no', 'enable-debug-command local'
        if !$self->{sentinel} && !grep { /^appendonly/ } @{ $self->{conf} };

    close $out or die $!;
}


# whether it has come up

sub run {
    my $self = shift;

    my $pid = fork() // die $!;

    if ($pid == 0) {
        open STDOUT, '>', '/dev/null';
        open STDERR, '>&', \*STDOUT;
        exec 'redis-server', "$self->{dir}/redis.conf",
             $self->{sentinel} ? '--sentinel' : ();
        exit 1;
    }

    $self->{pid} = $pid;

    for (1 .. 400) {
        return 1 if IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                          PeerPort => $self->{port});

        if (waitpid($pid, 1) != 0) {
            undef $self->{pid};
            return 0;
        }

        sleep 0.025;
    }

    return 0;
}


sub start {
    my $self = shift;

    for (1 .. 40) {
        return if $self->run();
        sleep 0.1;
    }

    die "redis-server does not start again\n";
}


sub stop {
    my $self = shift;

    return if !defined $self->{pid};

    kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
    undef $self->{pid};
}


sub pause { kill 'STOP', $_[0]{pid} }
sub resume { kill 'CONT', $_[0]{pid} }


sub cli {
    my ($self, @args) = @_;

    open my $in, '-|', 'redis-cli', '-s', $self->socket, @args or die $!;
    local $/;
    my $said = <$in> // '';
    $said =~ s/\n+\z//;

    return $said;
}


sub info {
    my ($self, $name) = @_;

    my ($value) = $self->cli('INFO') =~ /^\Q$name\E:(.*?)\r?$/m;

    return $value;
}


END {
    if ($$ == $owner) {
        local $?;

        for my $server (@servers) {
            $server->resume() if defined $server->{pid};
            $server->stop();
        }
    }
}


1;

package Worker;

# A worker of Debian's Celery or RQ, of the test's own, which takes jobs from a
# RedisServer and does what t/servers/jobs.py says:
#
#     my $worker = Worker->celery($redis);
#     my $worker = Worker->rq($redis, 'queue');
#
#     $worker->kill;                      the worker and its children
#     $worker->start;                     and again
#
# It ends with the test.  One that does not come up ends the test.

use strict;
use warnings;

use Cwd qw( abs_path );
use File::Basename qw( dirname );
use Time::HiRes qw( sleep );

my $servers = abs_path(dirname(__FILE__) . '/../servers');
my $python = '/usr/bin/python3';
my @workers;
my $owner = $$;


sub celery {
    my ($class, $redis, @more) = @_;

    return launch($class, $redis, 'ready\.$', '-m', 'celery', '-A', 'jobs',
                  'worker', '-c', '2', '-l', 'info', '--without-gossip',
                  '--without-mingle', '--without-heartbeat', @more);
}


sub rq {
    my ($class, $redis, @queues) = @_;

    return launch($class, $redis, 'Listening on',
                  '-c', 'from rq.cli import main; main()', 'worker',
                  '-u', 'redis://127.0.0.1:' . $redis->port,
                  '--serializer', 'rq.serializers.JSONSerializer',
                  @queues ? @queues : 'default');
}


sub launch {
    my ($class, $redis, $ready, @args) = @_;

    my $self = bless { redis => $redis, ready => $ready, args => \@args },
                     $class;

    $self->{log} = "$redis->{dir}/worker." . @workers . '.log';
    push @workers, $self;

    $self->start();

    return $self;
}


sub start {
    my $self = shift;
    my $pid = fork() // die $!;

    if ($pid == 0) {
        setpgrp(0, 0);

        open STDOUT, '>', $self->{log} or die $!;
        open STDERR, '>&', \*STDOUT;

        $ENV{REDIS_URL} = 'redis://127.0.0.1:' . $self->{redis}->port . '/0';
        $ENV{PYTHONPATH} = $servers;
        $ENV{PYTHONDONTWRITEBYTECODE} = 1;
        delete $ENV{$_} for qw( LD_PRELOAD ASAN_OPTIONS );
        chdir $self->{redis}{dir};

        exec $python, @{ $self->{args} };
        exit 1;
    }

    $self->{pid} = $pid;

    for (1 .. 1200) {
        return if slurp($self->{log}) =~ /$self->{ready}/m;

        die "a worker does not start: " . slurp($self->{log})
            if waitpid($pid, 1) != 0;

        sleep 0.05;
    }

    die "a worker does not start: " . slurp($self->{log});
}


sub kill {
    my $self = shift;

    return if !defined $self->{pid};

    CORE::kill '-KILL', $self->{pid};
    waitpid $self->{pid}, 0;
    undef $self->{pid};
}


sub slurp {
    my $file = shift;

    open my $in, '<', $file or return '';
    local $/;

    return scalar(<$in>) // '';
}


END {
    if ($$ == $owner) {
        local $?;
        $_->kill() for @workers;
    }
}


1;

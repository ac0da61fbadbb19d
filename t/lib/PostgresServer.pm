package PostgresServer;

# A PostgreSQL server of the test's own, on a free port of 127.0.0.1 and on a
# unix socket, with its files in a directory of its own:
#
#     my $pg = PostgresServer->new('max_connections = 20');
#
#     $pg->port; $pg->dir; $pg->conninfo;     also $TEST_NGINX_POSTGRES
#     $pg->sql('SELECT 1');               what psql says to it
#     $pg->stop; $pg->start;              killed, and on the same port again
#     $pg->hba('host all all all reject');
#     $pg->pause; $pg->resume;            SIGSTOP and SIGCONT
#     $pg->tls;                           a certificate, and ssl = on
#     $pg->records;                       the port of TLS with large records
#     $pg->active('pg_sleep');            queries that run, by their text
#     $pg->sessions;                      connections of nginx
#
# The server does not run as root, but as the user that the package of
# PostgreSQL brings with it.  It ends with the test.  A server that does not
# start ends the test.

use strict;
use warnings;

use Cwd qw( abs_path );
use File::Basename qw( dirname );
use File::Temp qw( tempdir );
use IO::Socket::INET;
use IPC::Open2 qw( open2 );
use POSIX qw( setgid setuid );
use Time::HiRes qw( sleep );

my $script = abs_path(dirname(__FILE__) . '/../hostile/postgres.py');
my (@servers, %proxies);
my $owner = $$;
my ($bin) = sort { $b cmp $a } glob '/usr/lib/postgresql/*/bin';


sub new {
    my ($class, @conf) = @_;

    die "PostgreSQL is not installed\n" if !defined $bin;

    my $self = bless { conf => \@conf, dir => tempdir(CLEANUP => 1) }, $class;

    push @servers, $self;

    if ($> == 0) {
        @$self{qw( uid gid )} = (getpwnam 'postgres')[2, 3];
        chown $self->{uid}, $self->{gid}, $self->{dir};
        chmod 0755, $self->{dir};
    }

    $self->run_as("$bin/initdb", '-D', "$self->{dir}/data", '-U', 'postgres',
                  '-A', 'trust', '-N', '-E', 'UTF8', '--locale=C.UTF-8') == 0
        or die "initdb fails: see $self->{dir}/log\n";

    for (1 .. 20) {
        $self->{port} = free_port();
        $self->write_conf();
        return $self if $self->run();
    }

    die "PostgreSQL does not start: see $self->{dir}/log\n";
}


sub port { return $_[0]{port} }
sub dir { return $_[0]{dir} }


sub conninfo {
    my $self = shift;

    return "host=127.0.0.1 port=$self->{port} dbname=postgres user=postgres";
}


# below the range that outgoing connections draw from

sub free_port {
    for (1 .. 100) {
        my $port = 20000 + int(rand(10000));

        return $port if IO::Socket::INET->new(LocalAddr => '127.0.0.1',
                                              LocalPort => $port, Listen => 1);
    }

    die "no free port found\n";
}


sub write_conf {
    my $self = shift;

    open my $out, '>', "$self->{dir}/data/postgresql.auto.conf" or die $!;

    print $out map { "$_\n" }
        "port = $self->{port}", "listen_addresses = '127.0.0.1'",
        "unix_socket_directories = '$self->{dir}'",
        'fsync = off', 'shared_buffers = 16MB', 'max_connections = 50',
        'autovacuum = off', @{ $self->{conf} };

    close $out or die $!;
}


# a program as the user of the server, its words in a log

sub spawn {
    my ($self, @command) = @_;

    my $pid = fork() // die $!;
    return $pid if $pid;

    open STDIN, '<', '/dev/null';
    open STDOUT, '>>', "$self->{dir}/log";
    open STDERR, '>&', \*STDOUT;

    if (defined $self->{uid}) {
        setgid($self->{gid});
        setuid($self->{uid});
    }

    chdir $self->{dir};
    exec { $command[0] } @command or POSIX::_exit(1);
}


sub run_as {
    my ($self, @command) = @_;

    waitpid $self->spawn(@command), 0;

    return $?;
}


# whether it has come up

sub run {
    my $self = shift;

    $self->{pid} = $self->spawn("$bin/postgres", '-D', "$self->{dir}/data");

    for (1 .. 400) {
        return 1 if $self->sql('SELECT 1') eq '1';

        if (waitpid($self->{pid}, 1) != 0) {
            undef $self->{pid};
            return 0;
        }

        sleep 0.05;
    }

    return 0;
}


sub start {
    my $self = shift;

    for (1 .. 40) {
        return if $self->run();
        sleep 0.1;
    }

    die "PostgreSQL does not start again\n";
}


# as it dies with the machine; or, "INT", as an administrator stops it

sub stop {
    my ($self, $signal) = @_;

    return if !defined $self->{pid};

    kill $signal || 'QUIT', $self->{pid};
    waitpid $self->{pid}, 0;
    undef $self->{pid};
}


sub reload {
    my $self = shift;

    $self->write_conf();
    $self->sql('SELECT pg_reload_conf()');
    sleep 0.3;
}


# lines of pg_hba.conf in front of those that trust all

sub hba {
    my ($self, @lines) = @_;

    my $file = "$self->{dir}/data/pg_hba.conf";

    open my $out, '>', $file or die $!;
    print $out map { "$_\n" } 'local all all trust', @lines,
                              'host all all all trust';
    close $out or die $!;

    $self->reload();
}


sub tls {
    my $self = shift;

    my ($key, $cert) = map { "$self->{dir}/data/$_" } qw( server.key server.crt );

    $self->run_as(qw( openssl req -x509 -newkey ec -pkeyopt
                      ec_paramgen_curve:prime256v1 -nodes -days 30
                      -subj /CN=localhost -addext ),
                  'subjectAltName=DNS:localhost,IP:127.0.0.1',
                  '-keyout', $key, '-out', $cert) == 0
        or die "no certificate\n";

    chmod 0600, $key;
    chmod 0644, $cert;

    push @{ $self->{conf} }, 'ssl = on';
    $self->reload();

    # for those who verify it, and may not read the server's directory

    my $copy = "$self->{dir}/ca.pem";
    system('cp', $cert, $copy);
    chmod 0644, $copy;

    return $copy;
}


# t/hostile/postgres.py before it, with the certificate of tls()

sub records {
    my $self = shift;

    return $self->proxy(map { "$self->{dir}/data/$_" }
                        qw( server.key server.crt ));
}


# the same without TLS: answers come in two halves

sub halves { $_[0]->proxy() }


sub proxy {
    my ($self, @tls) = @_;

    my $pid = open2(my $out, my $in, 'python3', $script, $self->{port}, @tls);

    my $port = <$out>;
    die "$script does not start\n" if !defined $port;
    chomp $port;

    $proxies{$pid} = $in;

    return $port;
}


# all processes of the server: a query that runs answers nothing either

sub pause { signal($_[0], 'STOP') }
sub resume { signal($_[0], 'CONT') }

sub signal {
    my ($self, $name) = @_;

    my @children = split ' ', `ps -o pid= --ppid $self->{pid}`;

    kill $name, $self->{pid}, @children;
}


sub sql {
    my ($self, @statements) = @_;

    my $pid = open(my $in, '-|') // die $!;

    if ($pid == 0) {
        open STDERR, '>>', "$self->{dir}/psql.log";
        exec { "$bin/psql" } "$bin/psql", '-X', '-q', '-A', '-t',
             '-h', $self->{dir}, '-p', $self->{port}, '-U', 'postgres',
             map { ('-c', $_) } @statements or POSIX::_exit(1);
    }

    local $/;
    my $said = <$in> // '';
    $said =~ s/\n+\z//;

    return $said;
}


sub active {
    my ($self, $text) = @_;

    return $self->sql("SELECT count(*) FROM pg_stat_activity"
                      . " WHERE state <> 'idle' AND pid <> pg_backend_pid()"
                      . " AND query LIKE '%$text%'");
}


sub sessions {
    my ($self, $where) = @_;

    return $self->sql("SELECT count(*) FROM pg_stat_activity"
                      . " WHERE application_name = 'nginx' AND "
                      . ($where // 'true'));
}


# asks again until it is so, for ten seconds at most

sub until {
    my ($self, $value, $what, @args) = @_;

    my $got = '';

    for (1 .. 100) {
        $got = $self->$what(@args);
        return $got if $got eq $value;
        sleep 0.1;
    }

    return $got;
}


END {
    if ($$ == $owner) {
        local $?;

        while (my ($pid, $in) = each %proxies) {
            close $in;
            waitpid $pid, 0;
        }

        for my $server (@servers) {
            $server->resume() if defined $server->{pid};
            $server->stop();
        }
    }
}


1;

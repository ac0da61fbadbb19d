package RedisFake;

# What takes commands as a Redis does and has one answer to each, by its first
# word, or that of "" to all others, on a free port of 127.0.0.1:
#
#     my $port = RedisFake::port(CLUSTER => '*0', '' => '+OK');
#
# In an answer a blank is an end of line, "_" a blank, PORT its own port.  It
# ends with the test.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;

my @pids;
my $owner = $$;


sub port {
    my %answers = @_;

    my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
                                       Listen => 16) or die $!;
    my $port = $server->sockport;

    s/ /\r\n/g, s/_/ /g, s/PORT/$port/g, $_ .= "\r\n" for values %answers;

    my $pid = fork() // die $!;

    if ($pid == 0) {
        serve($server, \%answers);
    }

    push @pids, $pid;

    return $port;
}


sub serve {
    my ($server, $answers) = @_;

    my $select = IO::Select->new($server);

    while (1) {
        for my $peer ($select->can_read) {
            if ($peer == $server) {
                $select->add(scalar $server->accept);

            } elsif (!sysread $peer, my $got, 65536) {
                $select->remove($peer);

            } else {
                syswrite $peer, $answers->{$1} // $answers->{''}
                    while $got =~ /\*\d+\r\n\$\d+\r\n(\w+)\r\n/g;
            }
        }
    }
}


END {
    if ($$ == $owner) {
        local $?;
        kill 'KILL', $_ and waitpid $_, 0 for @pids;
    }
}


1;

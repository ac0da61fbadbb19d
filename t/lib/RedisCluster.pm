package RedisCluster;

# A cluster of redis-servers of the test's own, three masters without replicas,
# each with a third of the slots:
#
#     my $cluster = RedisCluster->new();
#
#     $cluster->url; $cluster->nodes;     nodes are RedisServer
#     $cluster->node(0);
#     $cluster->owner('key');             the node that has it, or a slot
#     $cluster->slot('key');
#     $cluster->id($node);
#     $cluster->move($slot, $to);         the slot and its keys
#     $cluster->replica($master);         one more node
#     $cluster->agree();                  waits until all know the same
#
# It ends with the test.

use strict;
use warnings;

use RedisServer;
use Time::HiRes qw( sleep );

use constant SLOTS => 16384;


sub new {
    my ($class, @conf) = @_;

    my @nodes = map { new_node(@conf) } 1 .. 3;
    my $self = bless { nodes => \@nodes }, $class;
    my @first = map { int(SLOTS * $_ / @nodes) } 0 .. @nodes;

    for my $i (0 .. $#nodes) {
        $nodes[$i]->cli('CLUSTER', 'ADDSLOTSRANGE', $first[$i],
                        $first[$i + 1] - 1);
        $nodes[$i]->cli('CLUSTER', 'SET-CONFIG-EPOCH', $i + 1);
        $nodes[$i]->cli('CLUSTER', 'MEET', '127.0.0.1', $nodes[0]->port)
            if $i;
    }

    $self->agree();

    return $self;
}


sub new_node {
    return RedisServer->new('cluster-enabled yes', 'cluster-node-timeout 1000',
                            'cluster-config-file nodes.conf',
                            'repl-diskless-sync-delay 0', @_);
}


# one more, which follows the master

sub replica {
    my ($self, $master) = @_;

    my $node = new_node();

    $node->cli('CLUSTER', 'MEET', '127.0.0.1', $_->port) for $self->nodes;

    for (1 .. 300) {
        $node->cli('CLUSTER', 'REPLICATE', $self->id($master));
        last if $node->cli('ROLE') =~ /connected/;
        sleep 0.1;
    }

    push @{ $self->{nodes} }, $node;
    $self->agree();

    return $node;
}


sub nodes { return @{ $_[0]{nodes} } }
sub node { return $_[0]{nodes}[$_[1]] }


sub url {
    my $self = shift;

    return 'redis+cluster://'
           . join ',', map { '127.0.0.1:' . $_->port } $self->nodes;
}


sub id { return $_[1]->cli('CLUSTER', 'MYID') }
sub slot { return $_[0]->node(0)->cli('CLUSTER', 'KEYSLOT', $_[1]) }


# the port of each range's master, by its first and last slot

sub map_of {
    my ($self, $node) = @_;

    return join ' ', sort map { /^\S+ \S+?:(\d+)@\S* \S*master.*? connected (.*)$/
                                ? "$1=$2" : () }
                     split /\n/, $node->cli('CLUSTER', 'NODES') =~ s/\[.*?\]//gr
                                 =~ s/ +$//mgr;
}


# the one that says so of itself, by a slot or a key

sub owner {
    my ($self, $slot) = @_;

    $slot = $self->slot($slot) if $slot !~ /^\d+$/;

    for my $node ($self->nodes) {
        my ($mine) = grep { /myself/ }
                     split /\n/, $node->cli('CLUSTER', 'NODES');

        for (split ' ', $mine =~ s/.*? connected ?//r) {
            my ($from, $to) = /^(\d+)(?:-(\d+))?$/ or next;

            return $node if $slot >= $from && $slot <= ($to // $from);
        }
    }

    return;
}


sub agree {
    my $self = shift;

    for (1 .. 300) {
        my $n = $self->nodes;
        my %maps = map { $self->map_of($_) => 1 } $self->nodes;
        my @up = grep { /^cluster_state:ok/m
                        && /^cluster_known_nodes:$n\r?$/m }
                 map { $_->cli('CLUSTER', 'INFO') } $self->nodes;

        return if keys %maps == 1 && @up == $n;
        sleep 0.1;
    }

    die "the nodes of the cluster do not agree\n";
}


sub move {
    my ($self, $slot, $to) = @_;

    my $from = $self->owner($slot);

    $to->cli('CLUSTER', 'SETSLOT', $slot, 'IMPORTING', $self->id($from));
    $from->cli('CLUSTER', 'SETSLOT', $slot, 'MIGRATING', $self->id($to));

    my @keys = split /\n/, $from->cli('CLUSTER', 'GETKEYSINSLOT', $slot, 1000);

    $from->cli('MIGRATE', '127.0.0.1', $to->port, '', 0, 5000, 'KEYS', @keys)
        if @keys;

    $_->cli('CLUSTER', 'SETSLOT', $slot, 'NODE', $self->id($to))
        for $to, $from;
}


1;

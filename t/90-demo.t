# The demo keeps its word: tools/demo starts conf/demo.conf, every command of
# conf/demo/tour.txt and of README.md has the answer that stands there, and all
# that was started ends with it.

use strict;
use warnings;

use lib 't/lib';
use Demo;
use Test::More;
use Time::HiRes qw( time );

my $demo = Demo->new('90-demo');
my ($dir, $port) = @$demo{qw( dir port )};
my @tour = tour(Demo::slurp('conf/demo/tour.txt'));
my @readme = tour(Demo::slurp('README.md'));
my $uuid = qr/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
my %ids;

cmp_ok(@tour, '>', 8, 'the tour has commands');
cmp_ok(@readme, '>', 3, 'README.md has some of them');

$demo->start();
take(@tour);
report();
valid_openapi();

# README.md's reader has not taken the tour

redis('FLUSHALL');
take(@readme);

my @parts = $demo->parts();

cmp_ok(@parts, '>=', 5, 'there are a shell, nginx, Redis and a worker');
$demo->stop('INT');
is_deeply([$demo->parts()], [], 'Ctrl-C ends all of them');

$demo->start();
kill 'TERM', Demo::slurp("$dir/nginx.pid");
waitpid $demo->{pid}, 0;
is_deeply([$demo->parts()], [], 'so does the end of nginx');

$demo->start();
$demo->stop('KILL', $demo->{pid});
is_deeply([$demo->parts()], [], 'and that of the shell, however it comes');

unlike(Demo::slurp("$dir/error.log"), qr/\[(?:alert|crit|emerg)\]/, 'nothing is wrong');
done_testing();


sub take {
    %ids = ();

    for my $stop (@_) {
        my ($command, $expected) = @$stop;

        $command =~ s/:8080/:$port/g;
        $command =~ s/($uuid)/$ids{$1} \/\/ $1/ge;

        my $began = time();
        my $answer = `$command 2> $dir/curl.log`;
        my $took = time() - $began;

        $answer =~ s/\r//g;

        my ($pattern, @new) = pattern($expected);
        my @found = "$answer\n" =~ $pattern;

        like("$answer\n", $pattern, $command);
        @ids{@new} = @found if @new;

        if ($command =~ /concurrent_tasks/) {
            cmp_ok($took, '<', 3,
                   'both timers at a time take less than their sum');
        }
    }
}


sub redis {
    my ($redis) = Demo::slurp("$dir/parts.conf") =~ /redis:.*:(\d+);/;

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


# "..." stands for any lines, an id for the one that its job was given: those
# that are new are returned too, in the order of the pattern's groups

sub pattern {
    my $expected = shift;
    my @new;

    my $pattern = join '', map {
        $_ eq "...\n" ? '(?:.+\n)*?'
                      : map { /^$uuid$/ ? id($_, \@new) : quotemeta }
                            split /($uuid)/
    } $expected =~ /.*\n/g;

    return (qr/\A$pattern\z/, @new);
}


sub id {
    my ($id, $new) = @_;

    return $ids{$id} if $ids{$id};

    for (1 .. @$new) {
        return "\\g{$_}" if $new->[$_ - 1] eq $id;
    }

    push @$new, $id;

    return "($uuid)";
}


# the state of a job before it is through, and of none

sub report {
    my $reports = "http://$demo->{hosts}[0]:$port/reports";
    my $put = `curl -s -H 'Content-Type: application/json' -d '{"user":7}' $reports`;
    my ($id) = $put =~ /($uuid)/;

    like(`curl -s $reports/$id`,
         qr/^\{"id":"$id","status":"(?:queued|started)",/,
         'a report that is not made yet');
    like(`curl -s "$reports/$id?wait=10s"`, qr/"status":"success"/,
         'is waited for');
    like(`curl -s $reports/$id`,
         qr/"status":"success","result":\{"user": 7, "orders": 0, /,
         'and is there from then on');

    $id =~ tr/0-9a-f/1-9a-f0/;
    like(`curl -s $reports/$id`, qr/"status":"unknown"/, 'one of no job');
}


# the document of the demo's endpoints, by two validators

sub valid_openapi {
    my $file = "$dir/openapi.json";

    system "curl -s http://$demo->{hosts}[0]:$port/openapi.json > $file";

    my $said = `tools/openapi-valid $file 2>&1`;
    is($? . $said, '0', 'its OpenAPI document is valid');

    like(Demo::slurp($file), qr{"/users/\{id\}/dashboard":}, 'and has its endpoints');
}

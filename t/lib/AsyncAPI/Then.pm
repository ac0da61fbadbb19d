package AsyncAPI::Then;

# Blocks that go on while nginx runs, behind the first answer:
#
#     --- then
#     is(ask('/t'), '{"a":1}', 'it is answered again');
#
# ask(path, options of curl) is the answer to another request; storm(path with
# "[1-N]", N, clients, options) those to many; hup() and pids() are of nginx's
# master and its workers, error_log() is what nginx has logged.

use strict;
use warnings;

use Exporter qw( import );
use File::Temp qw( tempdir );

our @EXPORT = qw( ask storm slurp hup pids error_log );

my $scratch = tempdir(CLEANUP => 1);


sub watch {
    main::add_response_body_check(sub {
        my ($block, $body, $i, $repeated) = @_;

        my $then = $block->then;

        if (defined $then && $i == 0) {
            eval "package main; no strict; $then; 1" or main::fail("then: $@");
        }
    });
}


# so many clients at a time

sub storm {
    my ($path, $n, $clients, @options) = @_;
    my $port = main::server_port();

    unlink glob "$scratch/got.*";

    system("curl -s --no-progress-meter -Z --parallel-max $clients @options"
           . " -o '$scratch/got.#1' 'http://127.0.0.1:$port$path'"
           . " 2> $scratch/curl.log");

    return map { slurp("$scratch/got.$_") } 1 .. $n;
}


sub ask {
    my ($path, @options) = @_;
    my $port = main::server_port();

    return scalar `curl -s -m 20 @options 'http://127.0.0.1:$port$path'`;
}


sub slurp {
    my $file = shift;

    open my $in, '<', $file or return '';
    local $/;

    return scalar(<$in>) // '';
}


sub master {
    my ($pid) = slurp("$ENV{TEST_NGINX_SERVROOT}/logs/nginx.pid") =~ /(\d+)/;

    return $pid;
}


sub hup { kill 'HUP', master() }
sub pids { return split ' ', `ps -o pid= --ppid @{[ master() ]}` }
sub error_log { return slurp("$ENV{TEST_NGINX_SERVROOT}/logs/error.log") }


1;

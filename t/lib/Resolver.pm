package Resolver;

# A DNS server of the test file's own, t/hostile/dns.py, which says what names
# there are:
#
#     use AsyncAPI;
#     use Resolver;
#
#     --- config
#         resolver 127.0.0.1:$TEST_NGINX_DNS_PORT;

use strict;
use warnings;

use Cwd qw( abs_path );
use File::Basename qw( dirname );
use IPC::Open2 qw( open2 );

my $script = abs_path(dirname(__FILE__) . '/../hostile/dns.py');
my ($pid, $in, $out);


sub import {

    # it ends when the pipe to it does

    $pid = open2($out, $in, 'python3', $script);

    my $port = <$out>;
    die "$script does not start\n" if !defined $port;
    chomp $port;

    $ENV{TEST_NGINX_DNS_PORT} = $port;
}


END {
    local $?;

    if ($pid) {
        close $in;
        waitpid $pid, 0;
    }
}


1;

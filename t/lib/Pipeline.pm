package Pipeline;

# A server that is sent several requests over one connection, and tells how
# they came, t/hostile/pipeline.py:
#
#     use AsyncAPI;
#     use Pipeline;
#
#     --- http_config
#         asyncapi_http_pipeline 127.0.0.1:$TEST_NGINX_PIPELINE_PORT 8;

use strict;
use warnings;

use Cwd qw( abs_path );
use File::Basename qw( dirname );
use IO::Socket::INET;
use IPC::Open2 qw( open2 );

my $script = abs_path(dirname(__FILE__) . '/../hostile/pipeline.py');
my ($pid, $in, $out);


sub import {

    # it ends when the pipe to it does

    $pid = open2($out, $in, 'python3', $script);

    my $port = <$out>;
    die "$script does not start\n" if !defined $port;
    chomp $port;

    $ENV{TEST_NGINX_PIPELINE_PORT} = $port;
}


# what came before this test is not looked at

sub forget {
    my $sock = IO::Socket::INET->new(
        PeerAddr => "127.0.0.1:$ENV{TEST_NGINX_PIPELINE_PORT}") or die $!;

    print $sock "GET /log?close=1 HTTP/1.1\r\n\r\n";
    local $/;
    <$sock>;
}


END {
    local $?;

    if ($pid) {
        close $in;
        waitpid $pid, 0;
    }
}


1;

package Hostile;

# A peer that answers exactly what a test says, t/hostile/http.py, on a port
# of the test file's own:
#
#     use AsyncAPI;
#     use Hostile;
#
#     --- config
#         location = /t { asyncapi { http a $PEER&step=1; } }
#     --- peer
#     HTTP/1.1 200 OK
#     Content-Length: 2
#
#     {}
#
# "$PEER" becomes the URL that gets this answer; what may be added to it is
# written in http.py.  Lines end in CRLF, but for the last one, which ends the
# section; text that has a CR ("--- peer eval") is sent as it is.  chunked() is
# an answer with the given text as its chunked body; chunk() makes a chunk;
# answer() is one with the given bytes as its body and further headers before
# them; gzip() compresses.  $TEST_NGINX_HOSTILE_PORT is the port,
# $TEST_NGINX_HOSTILE_SOCKET the path of a unix socket.

use strict;
use warnings;

use Cwd qw( abs_path );
use File::Basename qw( dirname );
use File::Temp qw( tempdir );
use IO::Compress::Gzip ();
use IPC::Open2 qw( open2 );

my $script = abs_path(dirname(__FILE__) . '/../hostile/http.py');
my ($pid, $in, $out);


sub import {
    my $dir = tempdir(CLEANUP => 1);
    my $socket = "$dir/hostile.sock";

    # it ends when the pipe to it does

    $pid = open2($out, $in, 'python3', $script, '0', $socket);

    my $port = <$out>;
    die "$script does not start\n" if !defined $port;
    chomp $port;

    $ENV{TEST_NGINX_HOSTILE_PORT} = $port;
    $ENV{TEST_NGINX_HOSTILE_SOCKET} = $socket;

    main::add_block_preprocessor(\&peer);
}


# where the "eval" of a section looks for them

sub Test::Base::Filter::chunk {
    return join '', map { sprintf "%x\r\n%s\r\n", length($_), $_ } @_;
}

sub Test::Base::Filter::chunked {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
           . "Transfer-Encoding: chunked\r\n\r\n" . join '', @_;
}


sub Test::Base::Filter::answer {
    my $body = pop;

    return CORE::join '', "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n",
                          map({ "$_\r\n" } @_),
                          'Content-Length: ' . length($body) . "\r\n\r\n$body";
}

sub Test::Base::Filter::gzip {
    my ($text, @options) = @_;

    @options = (-Minimal => 1) if !@options;

    IO::Compress::Gzip::gzip(\$text => \my $data, @options)
        or die "gzip: $IO::Compress::Gzip::GzipError\n";

    return $data;
}


sub peer {
    my $block = shift;
    my $answer = $block->peer;
    my $config = $block->config;

    return if !defined $config || $config !~ /\$PEER\b/;

    my $url = "http://127.0.0.1:$ENV{TEST_NGINX_HOSTILE_PORT}/peer?";

    $url .= defined $answer ? 'a=' . encode($answer) : 'x=';

    $config =~ s/\$PEER\b/$url/g;
    $block->set_value('config', $config);
}


sub encode {
    my $answer = shift;

    if ($answer !~ /\r/) {
        chomp $answer;
        $answer =~ s/\n/\r\n/g;
    }

    $answer =~ s/([^A-Za-z0-9_.~-])/sprintf('%%%02X', ord $1)/ge;

    return $answer;
}


END {
    local $?;

    if ($pid) {
        close $in;
        waitpid $pid, 0;
    }
}


1;

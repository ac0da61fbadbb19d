package TLS;

# Certificates for servers and clients, made when the test begins:
#
#     use AsyncAPI;
#     use Hostile;
#     use TLS;
#
# $TEST_NGINX_TLS is the directory of NAME.crt and NAME.key, where NAME is
#
#     ca        what all the others but "self" are signed by
#     good      for secure.test, *.wild.test and a-1.test
#     address   for 127.0.0.1 and ::1
#     expired   for secure.test, since yesterday no more
#     self      for secure.test, signed by itself
#     client    of a client
#
# "ca" is what nginx takes for the system's.  secure() is a server of nginx, on
# $TEST_NGINX_RAND_PORT_1, that answers with what it sees of TLS.  "$TLS_PEER"
# is as "$PEER" of Hostile.pm, at 127.0.0.1 and the port $TEST_NGINX_TLS_PEER.

use strict;
use warnings;

use Cwd qw( abs_path );
use File::Basename qw( dirname );
use File::Temp qw( tempdir );
use IPC::Open2 qw( open2 );

my $script = abs_path(dirname(__FILE__) . '/../hostile/http.py');
my $dir = tempdir(CLEANUP => 1);
my ($pid, $in, $out);

my %extensions = (
    good    => 'subjectAltName=DNS:secure.test,DNS:*.wild.test,'
               . 'DNS:a-1.test',
    address => 'subjectAltName=IP:127.0.0.1,IP:::1',
    expired => 'subjectAltName=DNS:secure.test',
    self    => 'subjectAltName=DNS:secure.test',
    client  => 'extendedKeyUsage=clientAuth',
);


sub import {
    chmod 0755, $dir;
    $ENV{TEST_NGINX_TLS} = $dir;

    sign($_) for 'ca', sort keys %extensions;

    # the system's certificates for nginx

    my $hash = `openssl x509 -in $dir/ca.crt -noout -hash`;
    chomp $hash;

    mkdir "$dir/trusted";
    symlink "$dir/ca.crt", "$dir/trusted/$hash.0";

    $ENV{SSL_CERT_FILE} = "$dir/missing.pem";
    $ENV{SSL_CERT_DIR} = "$dir/missing:$dir/trusted";

    # it ends when the pipe to it does

    $pid = open2($out, $in, 'python3', $script, '0', '', "$dir/address.crt",
                 "$dir/address.key");

    my $port = <$out>;
    die "$script does not start\n" if !defined $port;
    chomp $port;

    $ENV{TEST_NGINX_TLS_PEER} = $port;

    main::add_block_preprocessor(\&peer);
    main::add_block_preprocessor(\&patience);
}


# handshakes take long under valgrind

sub patience {
    my $block = shift;
    my $http_config = $block->http_config;

    $http_config = '' if !defined $http_config;
    $block->set_value('http_config', "asyncapi_timeout 30s;\n$http_config");
}


sub peer {
    my $block = shift;
    my $answer = $block->peer;
    my $config = $block->config;

    return if !defined $config || $config !~ /\$TLS_PEER\b/;

    my $url = "https://127.0.0.1:$ENV{TEST_NGINX_TLS_PEER}/peer?";

    $url .= defined $answer ? 'a=' . Hostile::encode($answer) : 'x=';

    $config =~ s/\$TLS_PEER\b/$url/g;
    $block->set_value('config', $config);
}


sub sign {
    my $name = shift;
    my $file = "$dir/$name";

    my @request = ('req', '-newkey', 'ec', '-pkeyopt',
                   'ec_paramgen_curve:P-256', '-nodes', '-keyout',
                   "$file.key", '-subj', "/CN=$name");

    if ($name eq 'ca') {
        openssl(@request, '-x509', '-days', 2, '-out', "$file.crt");

    } elsif ($name eq 'self') {
        openssl(@request, '-x509', '-days', 2, '-addext', $extensions{$name},
                '-out', "$file.crt");

    } else {
        openssl(@request, '-out', "$file.csr");

        open my $ext, '>', "$file.ext" or die $!;
        print $ext "$extensions{$name}\n";
        close $ext;

        openssl('x509', '-req', '-in', "$file.csr", '-CA', "$dir/ca.crt",
                '-CAkey', "$dir/ca.key", '-CAcreateserial', '-extfile',
                "$file.ext", '-days', $name eq 'expired' ? -1 : 2,
                '-out', "$file.crt");
    }

    chmod 0644, "$file.key";
}


sub openssl {
    open my $pipe, '-|', 'sh', '-c', 'exec openssl "$@" 2>&1', 'openssl', @_
        or die $!;
    my $said = do { local $/; <$pipe> };
    close $pipe or die "openssl @_: $said";
}


# a server with that certificate, and what else it has; for an "eval" section

sub Test::Base::Filter::secure {
    my ($name, $more) = @_;
    $more = 'ssl_protocols TLSv1.2 TLSv1.3;' if !defined $more;

    my %see = (
        n => 'connection_requests', name => 'ssl_server_name',
        host => 'http_host', reused => 'ssl_session_reused',
        protocol => 'ssl_protocol', alpn => 'ssl_alpn_protocol',
        client => 'ssl_client_verify',
    );
    my $seen = join ',', map { qq("$_":"\$$see{$_}") } sort keys %see;

    return <<"END";
    server {
        listen 127.0.0.1:\$TEST_NGINX_RAND_PORT_1 ssl;
        ssl_certificate \$TEST_NGINX_TLS/$name.crt;
        ssl_certificate_key \$TEST_NGINX_TLS/$name.key;
        ssl_client_certificate \$TEST_NGINX_TLS/ca.crt;
        ssl_verify_client optional;
        default_type application/json;
        $more

        location / { return 200 '{$seen}'; }
    }

    upstream secure.test { server 127.0.0.1:\$TEST_NGINX_RAND_PORT_1; }

END
}


END {
    local $?;

    if ($pid) {
        close $in;
        waitpid $pid, 0;
    }
}


1;

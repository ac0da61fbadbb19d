package AsyncAPI;

# What every t/*.t begins with:
#
#     use lib 't/lib';
#     use AsyncAPI;
#
# brings Test::Nginx::Socket, a port and a server root of the file's own, the
# module loaded, and in every block the assertion that nothing is logged at
# [alert], [crit] or [emerg].  A block that expects such a line names the
# level in "--- allow_error_log" (empty: all three); "--- must_die" allows
# [emerg].  "--- refused" is in AsyncAPI/Refused.pm.

use strict;
use warnings;

use Cwd qw( abs_path );
use File::Basename qw( basename dirname );
use File::Path qw( make_path remove_tree );

use AsyncAPI::Refused;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $module = $ENV{ASYNCAPI_MODULE}
             || "$root/build/ngx_http_asyncapi_module.so";
my $owner = $$;
my $servroot;
my $asan_options;


# registered before Test::Nginx's own, this END runs after it: nginx is gone

END {
    if ($$ == $owner && defined $servroot && -d $servroot) {
        if ($? || $ENV{TEST_NGINX_NO_CLEAN}) {
            print STDERR "# see $servroot/logs/error.log\n";

        } else {
            local $?;
            remove_tree($servroot);
        }
    }
}


sub import {
    own_server_root() if !defined $ENV{TEST_NGINX_SERVROOT};

    eval "package main; use Test::Nginx::Socket 'no_plan'; 1" or die $@;

    no warnings 'redefine';
    my $gen_rand_port = \&Test::Nginx::Util::gen_rand_port;
    *Test::Nginx::Util::gen_rand_port = sub (;$$$) {
        below_ephemeral($gen_rand_port, @_);
    };

    *Test::More::BAIL_OUT = \&give_up;

    own_port() if !defined $ENV{TEST_NGINX_PORT}
                  && !defined $ENV{TEST_NGINX_SERVER_PORT};

    main::no_shuffle();
    main::no_long_string();
    main::log_level($ENV{TEST_NGINX_LOG_LEVEL} || 'info');
    main::timeout($ENV{TEST_NGINX_TIMEOUT} || 10);
    main::worker_connections(1024);

    main::add_block_preprocessor(\&load_module);
    main::add_block_preprocessor(\&offload) if $ENV{TEST_NGINX_OFFLOAD};
    main::add_block_preprocessor(\&refuse_bad_logs);
    main::add_block_preprocessor(\&check_leaks) if $ENV{ASAN_OPTIONS};

    main::add_block_preprocessor(\&http2_of_old_nginx);

    # the last one is the first to run

    main::add_block_preprocessor(\&AsyncAPI::Refused::expect);
}


# where nginx can't be started one file has failed, the others may go on

sub give_up {
    Test::More::fail("@_");
    exit 255;
}


sub own_server_root {
    my $name = basename($0, '.t');

    make_path("$root/build/servroot");

    # what a failed run of this file left to look at is in the way now

    for my $old (glob "$root/build/servroot/$name.*") {
        remove_tree($old) if $old =~ /\.(\d+)$/ && !kill 0, $1;
    }

    $servroot = "$root/build/servroot/$name.$$";
    $ENV{TEST_NGINX_SERVROOT} = $servroot;
}


sub own_port {
    my $port = Test::Nginx::Util::gen_rand_port(1000)
        or die "no free port found\n";

    main::server_port($port);
    main::server_port_for_client($port);
}


# a port of the range that outgoing connections draw from may be taken between
# the choice and the listen, so such a one is the last resort

sub below_ephemeral {
    my ($gen_rand_port, @args) = @_;

    open my $in, '<', '/proc/sys/net/ipv4/ip_local_port_range' or die $!;
    my ($low) = split ' ', <$in>;

    for (1 .. 100) {
        my $port = $gen_rand_port->(@args);
        return $port if !defined $port || $port + 4 < $low;
        Test::Nginx::Util::release_port_locks($port);
    }

    return $gen_rand_port->(@args);
}


sub load_module {
    my $block = shift;

    return if $ENV{ASYNCAPI_STATIC};

    my $main = $block->main_config;
    $main = '' if !defined $main;

    $block->set_value('main_config', "load_module $module;\n$main");
}


# TEST_NGINX_OFFLOAD=1: threads do all that they can do, whatever size it has

sub offload {
    my $block = shift;

    my $http = $block->http_config;
    $http = '' if !defined $http;

    return if defined $block->must_die
              || $http =~ /asyncapi_(?:offload|thread_pool)/;

    $block->set_value('http_config', "asyncapi_offload 1;\n"
                                     . "asyncapi_thread_pool default;\n$http");
}


sub refuse_bad_logs {
    my $block = shift;

    my $allowed = $block->allow_error_log;
    $allowed = "[emerg]" if !defined $allowed && defined $block->must_die;
    $allowed = "[alert] [crit] [emerg]" if defined $allowed
                                           && $allowed !~ /\S/;
    $allowed = '' if !defined $allowed;

    my @refused = grep { index($allowed, $_) < 0 } qw( [alert] [crit] [emerg] );
    my $given = $block->no_error_log;

    if (ref $given) {
        @refused = (@$given, @refused);

    } elsif (defined $given) {
        unshift @refused, split /\n+/, $given;
    }

    $block->set_value('no_error_log', \@refused) if @refused;
}


# "http2 on;" came with 1.25.1, which is not what Test::Nginx has it for

sub http2_of_old_nginx {
    my $block = shift;

    if (defined $block->http2 && $Test::Nginx::Util::NginxVersion < 1.025001) {
        $Test::Nginx::Util::NginxVersion = 1.019;
    }
}


# nginx leaves the pool of a configuration that it refuses to the system; the
# variable is where Test::Nginx keeps the options that it adds to per block

sub check_leaks {
    my $block = shift;

    $asan_options = $ENV{ASAN_OPTIONS} if !defined $asan_options;

    $ENV{ORI_ASAN_OPTIONS} = $asan_options
        . (defined $block->must_die ? ",detect_leaks=0" : "");
}


1;

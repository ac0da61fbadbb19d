# What the documentation shows is what nginx takes: every configuration in
# README.md and docs/ passes "nginx -t", without a warning.

use strict;
use warnings;

use Cwd qw( abs_path );
use File::Basename qw( dirname );
use File::Path qw( make_path remove_tree );
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/..');
my $dir = "$root/build/servroot/91-docs.$$";
my $nginx = $ENV{TEST_NGINX_BINARY} || 'nginx';
my $module = $ENV{ASYNCAPI_MODULE}
             || "$root/build/ngx_http_asyncapi_module.so";
my $load = $ENV{ASYNCAPI_STATIC} ? '' : "load_module $module;";
my $tested = 0;

$ENV{PATH} .= ':/usr/sbin';

# nginx -t leaves what it has read to the system

$ENV{ASAN_OPTIONS} .= ',detect_leaks=0' if $ENV{ASAN_OPTIONS};

make_path($dir);

for my $page ("$root/README.md", glob "$root/docs/*.md") {
    my $text = slurp($page);

    while ($text =~ /^```nginx\n(.*?)^```$/msg) {
        my $block = $1;
        my $line = 1 + (substr($text, 0, $-[1]) =~ tr/\n//);

        next if $block =~ /^load_module/;

        my $name = $page =~ s{^\Q$root\E/}{}r . ":$line";
        my ($result, $said) = check($block);

        is($result, 0, "$name is taken") or diag($said);
        unlike($said, qr/\[warn\]/, "$name brings no warning");
        $tested++;
    }
}

cmp_ok($tested, '>', 10, 'there are configurations in the documentation');
done_testing();
remove_tree($dir);


# a location or a server, where what it mentions is there

sub check {
    my $block = shift;

    my %hosts = map { $_ => 1 } $block =~ m{https?://([a-z]+)[/;]}g;
    my %caches = map { $_ => 1 } $block =~ /proxy_cache ([a-z]+);/g;

    my %redis = map { $_ => 1 }
                $block =~ /^ +redis\s+\w+(?:\s+[a-z]+=\S+)*\s+([a-z]+)\s+[A-Z]/mg;

    my %postgres = map { $_ => 1 }
                   $block =~ /^\s+postgres\s+\w+(?:\s+[a-z]+=\S+)*
                               \s+(?:transaction\s+)?([a-z]+)\s/mxg;

    my %sqlite = map { $_ => 1 }
                 $block =~ /^\s+sqlite\s+\w+(?:\s+[a-z]+=\S+)*
                             \s+(?:transaction\s+)?([a-z]+)\s/mxg;
    my %queues = map { $_ => 1 }
                 $block =~ /^ +job +\w+(?: +[a-z]+=\S+)* +([a-z]+) /mg;

    # a schema of anything; nginx.conf is in $dir

    for my $schema ($block =~ /schema=([\w.\/]+)/g) {
        make_path(dirname("$dir/$schema"));

        open my $out, '>', "$dir/$schema" or die $!;
        print $out "{}\n";
        close $out or die $!;
    }

    my $servers = join '', map { "asyncapi_redis $_ redis://127.0.0.1:1;\n" }
                           sort keys %redis;
    $servers .= join '', map { "asyncapi_postgres $_ host=127.0.0.1;\n" }
                         sort keys %postgres;
    $servers .= join '', map { "asyncapi_sqlite $_ $dir/$_.db;\n" }
                         sort keys %sqlite;
    $servers .= join '', map { "asyncapi_queue $_ celery redis://127.0.0.1:1;"
                               . "\n" } sort keys %queues;
    my $upstreams = join '', map { "upstream $_ { server 127.0.0.1:1; }\n" }
                             sort keys %hosts;
    my $caches = join '', map { "proxy_cache_path $dir/$_ keys_zone=$_:1m;\n" }
                          sort keys %caches;
    my $temps = join '', map { "${_}_temp_path $dir/$_;\n" }
                         qw( client_body proxy fastcgi uwsgi scgi );

    # what has no server of its own belongs into one

    $block = "server { listen 127.0.0.1:1; $block }" if $block !~ /^server /m;

    open my $out, '>', "$dir/nginx.conf" or die $!;
    print $out <<CONF;
$load
pid $dir/nginx.pid;
error_log stderr warn;
events { }
http {
    access_log off;
    $temps $caches $upstreams $servers
    $block
}
CONF
    close $out or die $!;

    my $said = `$nginx -t -e stderr -p $dir/ -c $dir/nginx.conf 2>&1`;

    return ($?, $said);
}


sub slurp {
    my $file = shift;

    open my $in, '<', $file or die "$file: $!";
    local $/;

    return scalar(<$in>);
}

# SQLite and what happens around it: locks of other processes, two workers that
# write, statements that nobody waits for any more, disks and files that fail,
# the end of a worker.  Workers are not root's, as ever.

use strict;
use warnings;

use Cwd qw( abs_path );
use File::Basename qw( dirname );
use File::Temp qw( tempdir );
use IO::Handle;
use IO::Select;
use IO::Socket::INET;
use IPC::Open2;
use POSIX qw( WNOHANG );
use Test::More;
use Time::HiRes qw( sleep time );

$ENV{PATH} .= ':/usr/sbin';

my $root = abs_path(dirname(__FILE__) . '/..');
my $nginx = $ENV{TEST_NGINX_BINARY} || 'nginx';
my $dir = tempdir(CLEANUP => 1);
my $port = free_port();
my $owner = $$;

# what a sanitizer makes of a second

my $slow = ($ENV{TEST_NGINX_TIMEOUT} || 0) > 15 ? 4 : 1;
my $rows = $slow > 1 ? 200000 : 3000000;

my $endless = 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)'
              . ' SELECT count(*) FROM c';

my (@mounted, @pythons);

END {
    if ($$ == $owner) {
        local $?;
        stop('TERM');
        kill 'KILL', @pythons if @pythons;
        system 'umount', $_ for @mounted;
    }
}

prepare();
start();

locked();
exclusive();
workers();
order();
threads();
leaving();
transactions();
full_queue();
corrupted();
deleted();
unwritable();
disk_full();
reload();
ending();

# a sanitizer takes longer to end than the second that a fast end has

is(join('', grep { /\[(?:alert|crit|emerg)\]/
                   && !($slow > 1 && /exited on signal 9/) } log_lines()), '',
   'nothing is wrong');

done_testing();


# another process has the lock: who reads goes on, who writes waits for as long
# as it may

sub locked {
    is(get('/make'), '200 {"a":{"affected":0}}', 'a table is made');

    my $python = python(<<'END');
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
db.execute("INSERT INTO t VALUES ('python')")
print("locked", flush=True)
sys.stdin.readline()
db.execute("COMMIT")
print("done", flush=True)
END

    is($python->{say}->(), "locked\n", 'another process has a lock');

    is(get('/read'), '200 {"a":[]}', 'what reads does not mind');
    like(get('/write?timeout'), qr/^504 .*"task":"a","reason":"timeout"/,
         'what writes waits until its deadline');
    like(get('/read'), qr/^200 /, 'and is gone then');
    ok(logged(qr/\[warn\].*sqlite "db" was locked by another connection/),
       'the log says what it has waited for');

    my $write = ask('/write');
    sleep 0.3;
    ok(!answered($write), 'one with more time waits');

    $python->{tell}->("go\n");
    is($python->{say}->(), "done\n", 'the lock is gone');

    is(answer($write), '200 {"a":{"affected":1}}', 'and it gets it');
    is(get('/read'), '200 {"a":[{"v":"python"},{"v":"nginx"}]}',
       'both have written');
}


# a file that is in no WAL mode yet, and locked against all others

sub exclusive {
    my $python = python(<<'END', "$dir/data/old.db");
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("CREATE TABLE t(v)")
db.execute("BEGIN EXCLUSIVE")
db.execute("INSERT INTO t VALUES ('old')")
print("locked", flush=True)
sys.stdin.readline()
db.execute("COMMIT")
print("done", flush=True)
END

    $python->{say}->();
    mine("$dir/data/old.db");

    my $read = ask('/old');
    sleep 0.3;
    ok(!answered($read), 'where all is locked what reads waits as well');

    $python->{tell}->("go\n");
    $python->{say}->();

    is(answer($read), '200 {"a":["old","wal"]}', 'and reads what was written');
}


# connections of two processes and of many tasks, and none is told to try again

sub workers {
    my ($clients, $each) = (8, 25);

    is(get('/counter'), '200 {"a":{"affected":1}}', 'a counter');

    my @pids;

    for my $client (1 .. $clients) {
        my $pid = fork() // die $!;

        if ($pid == 0) {
            my $bad = grep { get("/count") !~ /^200 / } 1 .. $each;
            POSIX::_exit($bad ? 1 : 0);
        }

        push @pids, $pid;
    }

    my $failed = grep { waitpid($_, 0); $? } @pids;

    is($failed, 0, 'all of them could write');
    is(get('/counted'), '200 {"n":200,"rows":200,"workers":2}',
       'each has been counted once, in both workers');
}


sub order {
    is(get('/order'), '200 ' . '[' . join(',', 1 .. 60) . ']',
       'who writes comes in the order of coming');
}


# the pool has two threads

sub threads {
    my @asked = map { ask('/endless?timeout') } 1 .. 12;

    is(join('', grep { !/^504 .*"timeout"/ } map { answer($_) } @asked), '',
       'a dozen of queries without end, with a deadline');
    like(get('/two'), qr/^200 /, 'have given the threads back');
}


sub leaving {
    my @asked = map { ask('/endless') } 1 .. 6;

    sleep 0.3;
    close $_ for @asked;

    is(get('/two'), '200 {"a":1}', 'clients that leave take theirs along');
}


sub transactions {
    is(get('/clear'), '200 {"a":{"affected":2}}', 'an empty table');

    like(get('/half?timeout'), qr/^504 /, 'a deadline in a transaction');
    is(get('/read'), '200 {"a":[]}', 'leaves nothing of it');

    my $asked = ask('/half');
    sleep 0.3;
    close $asked;

    is(get('/write'), '200 {"a":{"affected":1}}',
       'nor does a client that leaves, and the next one may write');
    is(get('/read'), '200 {"a":[{"v":"nginx"}]}', 'who is alone');
}


sub full_queue {
    like(get('/queue', 1), qr/Asyncapi-Failed: (?=.*a;reason=timeout)
                              (?=.*b;reason=timeout)(?=.*c;reason=limit)/x,
         'one runs, one waits, and there is no place for a third');
    is(get('/two'), '200 {"a":1}', 'which does no other pool any harm');
}


sub corrupted {
    spill("$dir/data/bad.db", "this is no database\n" x 400);

    like(get('/bad'), qr/^502 .*"reason":"sql","code":"SQLITE_NOTADB"}/,
         'a file that is something else');

    unlink "$dir/data/bad.db";

    my $python = python(<<'END', "$dir/data/bad.db");
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("CREATE TABLE t(v)")
db.executemany("INSERT INTO t VALUES (?)", [("x" * 100,)] * 1000)
db.commit()
db.close()
print("done", flush=True)
END

    $python->{say}->();
    mine("$dir/data/bad.db");
    like(get('/bad'), qr/^200 \{"a":1000}/, 'another in its place is read');

    open my $out, '+<', "$dir/data/bad.db" or die $!;
    seek $out, 4096 * 3, 0;
    print $out "\xff" x 4096 x 10;
    close $out;

    # what is in memory is not read again, so another worker, or the next one

    stop('QUIT');
    start();

    like(get('/bad'), qr/^502 .*"code":"SQLITE_CORRUPT"/,
         'one that is broken in the middle');
}


sub deleted {
    is(get('/make'), '200 {"a":{"affected":0}}', 'a table that is there');
    is(get('/clear'), '200 {"a":{"affected":1}}', 'and empty');

    unlink glob "$dir/data/db*";

    like(get('/read'), qr/^502 .*"code":"SQLITE_ERROR"}/,
         'of a file that is deleted nothing is left');
    is(get('/make'), '200 {"a":{"affected":0}}', 'it is made anew');
    is(get('/write'), '200 {"a":{"affected":1}}', 'and written');

    my $python = python(<<'END', "$dir/data/next.db");
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("CREATE TABLE t(v)")
db.execute("INSERT INTO t VALUES ('next')")
db.commit()
db.close()
print("done", flush=True)
END

    $python->{say}->();
    mine("$dir/data/next.db");

    # as a backup is put back: nobody else's log lies beside it

    stop('QUIT');
    start();
    is(get('/read'), '200 {"a":[{"v":"nginx"}]}', 'what is there is read');

    rename "$dir/data/next.db", "$dir/data/db" or die $!;
    unlink glob "$dir/data/db-*";

    is(get('/read'), '200 {"a":[{"v":"next"}]}',
       'and so is what takes its place');
}


sub unwritable {
    mkdir "$dir/fixed" or die $!;
    spill("$dir/fixed/db", '');
    chmod 0555, "$dir/fixed";

    SKIP: {
        skip 'a system without users', 2 if $> == 0 && !getpwnam('nobody');

        like(get('/fixed'), qr/^502 .*"code":"SQLITE_(?:CANTOPEN|READONLY)/,
             'a directory that may not be written');
        like(get('/nowhere'), qr/^502 .*"code":"SQLITE_CANTOPEN"}/,
             'one that is not there');
    }

    chmod 0755, "$dir/fixed";
}


# a file system of 400 KB, which root alone can make

sub disk_full {
    SKIP: {
        skip 'only root can mount a small disk', 6 if $> != 0;

        mkdir "$dir/disk" or die $!;
        system('mount', '-t', 'tmpfs', '-o', 'size=400k,mode=0777', 'none',
               "$dir/disk") == 0 or skip 'mount is not allowed here', 6;
        push @mounted, "$dir/disk";

        is(get('/disk/make'), '200 {"a":{"affected":0}}', 'a small disk');
        is(get('/disk/small'), '200 {"a":{"affected":1}}', 'has some room');
        like(get('/disk/large'), qr/^502 .*"reason":"sql","code":"SQLITE_FULL"}/,
             'and then it is full');
        is(get('/disk/count'), '200 {"a":1}', 'what was there is there');
        like(get('/disk/both'), qr/^502 .*"code":"SQLITE_FULL"}/,
             'in a transaction as well');
        is(get('/disk/count'), '200 {"a":1}', 'of which nothing stays');
    }
}


sub reload {
    my $asked = ask('/slow');

    sleep 0.2;
    kill 'HUP', pid();

    ok(wait_for(sub { logged(qr/gracefully shutting down/) }),
       'nginx reads its configuration anew');
    is(get('/two'), '200 {"a":1}', 'new workers answer');
    like(answer($asked), qr/^200 \{"a":\d+}$/,
         'and what has begun comes to its end');
}


sub ending {
    my $asked = ask('/endless');

    sleep 0.3;

    my $began = time();
    stop('TERM');
    cmp_ok(time() - $began, '<', 8 * $slow, 'nobody waits at a fast end');

    start();
    is(get('/make'), '200 {"a":{"affected":0}}', 'all is well afterwards');

    $asked = ask('/write');
    like(answer($asked), qr/^200 /, 'something is written');

    stop('QUIT');
    is(join(' ', map { s{.*/}{}r } glob "$dir/data/db-*"), '',
       'at a graceful end the log is written back to the file');
}


sub prepare {
    my $module = $ENV{ASYNCAPI_MODULE}
                 || "$root/build/ngx_http_asyncapi_module.so";
    my $load = $ENV{ASYNCAPI_STATIC} ? '' : "load_module $module;";
    my @nobody = getpwnam('nobody');
    my $user = $> == 0 && @nobody
               ? "user nobody " . getgrgid($nobody[3]) . ";" : '';

    chmod 0755, $dir;
    mkdir "$dir/$_" or die $! for qw( data logs );
    mine("$dir/data");

    spill("$dir/nginx.conf", <<END);
$load
$user
worker_processes 2;
error_log $dir/error.log info;
pid $dir/nginx.pid;
thread_pool two threads=2;
thread_pool one threads=1 max_queue=1;
worker_shutdown_timeout 40s;

events { worker_connections 512; }

http {
    access_log off;
    client_body_temp_path $dir/logs/body;
    proxy_temp_path $dir/logs/proxy;
    fastcgi_temp_path $dir/logs/fastcgi;
    uwsgi_temp_path $dir/logs/uwsgi;
    scgi_temp_path $dir/logs/scgi;

    asyncapi_sqlite db data/db;
    asyncapi_sqlite old data/old.db;
    asyncapi_sqlite bad data/bad.db;
    asyncapi_sqlite fixed fixed/db;
    asyncapi_sqlite nowhere nowhere/db;
    asyncapi_sqlite disk disk/db;
    asyncapi_timeout 60s;

    server {
        listen 127.0.0.1:$port reuseport;

        location = /make {
            asyncapi { sqlite a db "CREATE TABLE IF NOT EXISTS t(v)"; }
        }
        location = /read {
            asyncapi { sqlite a db "SELECT * FROM t"; }
        }
        location = /clear { asyncapi { sqlite a db "DELETE FROM t"; } }
        location = /write {
            if (\$is_args) { rewrite ^ /short; }
            asyncapi { sqlite a db "INSERT INTO t VALUES ('nginx')"; }
        }
        location = /short {
            asyncapi { sqlite a timeout=400ms db "INSERT INTO t VALUES ('short')"; }
        }

        location = /old {
            asyncapi {
                sqlite v as=value old "SELECT v FROM t";
                sqlite m as=value after=v old "PRAGMA journal_mode";
                respond '{"a": [\$v, \$m]}';
            }
        }

        location = /counter {
            asyncapi {
                sqlite a transaction db {
                    "CREATE TABLE counter(n)";
                    "CREATE TABLE counts(pid, n)";
                    "INSERT INTO counter VALUES (0)";
                }
            }
        }
        location = /count {
            asyncapi {
                sqlite a transaction db {
                    "INSERT INTO counts SELECT \$pid, n FROM counter";
                    "UPDATE counter SET n = n + 1";
                }
            }
        }
        location = /counted {
            asyncapi {
                sqlite n as=value db "SELECT n FROM counter";
                sqlite rows as=value db "SELECT count(DISTINCT n) FROM counts";
                sqlite workers as=value db "SELECT count(DISTINCT pid) FROM counts";
            }
        }

        location = /order {
            asyncapi {
                sqlite all as=json db "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 60)
                                       SELECT json_group_array(x) FROM c";
                sqlite new after=all db "CREATE TABLE o(id INTEGER PRIMARY KEY, v)";
                sqlite put each=\$all concurrency=60 after=new db "INSERT INTO o(v) VALUES (\$item)";
                sqlite got as=json after=put db "SELECT json_group_array(v) FROM (SELECT v FROM o ORDER BY id)";
                respond '\$got';
            }
        }

        location = /endless {
            if (\$is_args) { rewrite ^ /while; }
            asyncapi_thread_pool two;
            asyncapi { timeout 1h; sqlite a db "$endless"; }
        }
        location = /while {
            asyncapi_thread_pool two;
            asyncapi { sqlite a timeout=500ms db "$endless"; }
        }
        location = /two {
            asyncapi_thread_pool two;
            asyncapi { sqlite a as=value db "SELECT 1"; }
        }
        location = /slow {
            asyncapi {
                sqlite a as=value db "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT $rows)
                                      SELECT sum(x) FROM c";
            }
        }

        location = /half {
            if (\$is_args) { rewrite ^ /part; }
            asyncapi {
                timeout 1h;
                sqlite a transaction db { "INSERT INTO t VALUES ('half')"; "$endless"; }
            }
        }
        location = /part {
            asyncapi {
                timeout 500ms;
                sqlite a transaction db { "INSERT INTO t VALUES ('part')"; "$endless"; }
            }
        }

        location = /queue {
            asyncapi_thread_pool one;
            asyncapi {
                sqlite a timeout=900ms default=1 db "$endless";
                sleep w 300ms;
                sqlite b after=w timeout=600ms default=2 db "$endless";
                sqlite c after=w timeout=600ms default=3 db "$endless";
            }
        }

        location = /bad { asyncapi { sqlite a as=value bad "SELECT count(v) FROM t WHERE v LIKE '%x'"; } }
        location = /fixed { asyncapi { sqlite a fixed "CREATE TABLE t(v)"; } }
        location = /nowhere { asyncapi { sqlite a nowhere "SELECT 1"; } }

        location = /disk/make { asyncapi { sqlite a disk "CREATE TABLE t(v)"; } }
        location = /disk/small { asyncapi { sqlite a disk "INSERT INTO t VALUES ('x')"; } }
        location = /disk/large { asyncapi { sqlite a disk "INSERT INTO t VALUES (randomblob(2000000))"; } }
        location = /disk/count { asyncapi { sqlite a as=value disk "SELECT count(*) FROM t"; } }
        location = /disk/both {
            asyncapi {
                sqlite a transaction disk {
                    "INSERT INTO t VALUES ('y')";
                    "INSERT INTO t VALUES (randomblob(2000000))";
                }
            }
        }
    }
}
END
}


# what workers may write

sub mine {
    my $path = shift;

    return if $> != 0;

    my (undef, undef, $uid, $gid) = getpwnam('nobody');
    chown $uid, $gid, $path if defined $uid;
}


sub start {
    system($nginx, '-e', "$dir/error.log", '-p', "$dir/",
           '-c', "$dir/nginx.conf") == 0
        or die "nginx does not start\n", join '', log_lines();

    wait_for(sub { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") })
        or die "nginx does not listen\n";
}


sub pid {
    open my $in, '<', "$dir/nginx.pid" or return;
    my $pid = <$in>;
    chomp $pid if defined $pid;

    return $pid;
}


sub stop {
    my $signal = shift;
    my $pid = pid() or return;

    kill $signal, $pid or return;
    wait_for(sub { !-e "$dir/nginx.pid" && !kill 0, $pid }, 60);
}


sub get {
    my ($path, $head) = @_;

    return answer(ask($path), $head);
}


sub ask {
    my $path = shift;

    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port")
        or die "can't connect: $!\n";

    print $socket "GET $path HTTP/1.0\r\nHost: localhost\r\n\r\n";
    $socket->flush;

    return $socket;
}


sub answered {
    return IO::Select->new(shift)->can_read(0);
}


# "200 BODY", or the head

sub answer {
    my ($socket, $head) = @_;

    local $/;
    local $SIG{ALRM} = sub { die "no answer\n" };

    alarm 60;
    my $answer = <$socket> // '';
    alarm 0;

    my ($status, $fields, $body)
        = $answer =~ m{^HTTP/1\.1 (\d+) [^\r]*\r\n(.*?\r\n)\r\n(.*)}s
        or return "no answer: $answer";

    return $head ? $fields : "$status $body";
}


# a program that says lines and is told some

sub python {
    my ($program, $file) = @_;

    my $pid = open2(my $out, my $in, 'python3', '-c', $program,
                    $file // "$dir/data/db");
    push @pythons, $pid;

    return {
        say => sub { scalar <$out> },
        tell => sub { print $in shift; $in->flush },
    };
}


sub spill {
    my ($file, $text) = @_;

    open my $out, '>', $file or die "$file: $!";
    print $out $text;
    close $out or die $!;

    mine($file);
}


sub log_lines {
    open my $in, '<', "$dir/error.log" or return;
    return <$in>;
}


sub logged {
    my $pattern = shift;
    return wait_for(sub { grep { $_ =~ $pattern } log_lines() });
}


sub wait_for {
    my ($true, $seconds) = @_;
    my $end = time() + ($seconds // 20);

    while (time() < $end) {
        return 1 if $true->();
        sleep 0.05;
    }

    return 0;
}


sub free_port {
    for (1 .. 100) {
        my $try = 20000 + int(rand(10000));

        return $try if IO::Socket::INET->new(LocalAddr => '127.0.0.1',
                                             LocalPort => $try, Listen => 1);
    }

    die "no free port found\n";
}

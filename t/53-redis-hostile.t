use lib 't/lib';
use AsyncAPI;
use Cwd qw( abs_path );
use File::Basename qw( dirname );
use IPC::Open2 qw( open2 );

# t/hostile/redis.py answers what the script of an EVAL says; whatever it
# sends, the worker goes on

my ($out, $in);
my $pid = open2($out, $in, 'python3',
                abs_path(dirname(__FILE__)) . '/hostile/redis.py');
my $port = <$out>;

die "redis.py does not start\n" if !defined $port;
chomp $port;

$ENV{TEST_NGINX_HOSTILE_PORT} = $port;

our $Redis = "asyncapi_redis db redis://127.0.0.1:\$TEST_NGINX_HOSTILE_PORT"
             . " timeout=2s;\n";


# each block: "script" is what the server does on a connection that has worked,
# then an ECHO that must succeed

add_block_preprocessor(sub {
    my $block = shift;
    my $script = $block->script;

    return if !defined $script;

    chomp $script;

    my $as = $block->as ? 'as=' . $block->as : '';
    $as =~ s/\s+$//;

    $block->set_value('http_config', $::Redis);
    $block->set_value('config', <<"_EOC_");
        asyncapi_error_detail on;
        location = /t {
            asyncapi {
                redis first db ECHO first;
                redis a after=first $as db EVAL "$script" 0;
                respond '{"a": \$a}';
            }
        }
        location = /next { asyncapi { redis n db ECHO next; } }
_EOC_
    $block->set_value('request', ["GET /t", "GET /next"]);
    $block->set_value('response_body_like',
                      [$block->answer, '^\{"n":"next"\}\s*$'])
        if defined $block->answer;
    $block->set_value('error_code', [$block->status || 502, 200]);
});

no_root_location();
run_tests();

END {
    local $?;
    close $in;
    waitpid $pid, 0;
}

__DATA__

=== TEST 1: a string byte by byte
--- script
step=1 send=%245%0D%0Ahello%0D%0A
--- status: 200
--- answer: ^\{"a":"hello"\}



=== TEST 2: an array byte by byte
--- script
step=1 send=*3%0D%0A:1%0D%0A%24-1%0D%0A*1%0D%0A%241%0D%0Ax%0D%0A
--- status: 200
--- answer: ^\{"a":\[1,null,\["x"\]\]\}



=== TEST 3: a nil array, an empty string
--- script
send=*2%0D%0A*-1%0D%0A%240%0D%0A%0D%0A
--- status: 200
--- answer: ^\{"a":\[null,""\]\}



=== TEST 4: bytes that are no reply
--- script
send=HTTP/1.1%20200%20OK%0D%0A%0D%0A
--- answer: "reason":"invalid","detail":"redis \\"db\\": Protocol error



=== TEST 5: a length that is no number
--- script
send=%24x%0D%0A
--- answer: "reason":"invalid"



=== TEST 6: a negative length
--- script
send=%24-5%0D%0A
--- answer: "reason":"invalid"



=== TEST 7: an integer that is none
--- script
send=:1.5%0D%0A
--- answer: "reason":"invalid"



=== TEST 8: half a reply, then the end
--- script
send=%2410%0D%0Ahel close
--- answer: "reason":"connect","detail":"redis \\"db\\": Server closed the connection



=== TEST 9: half a reply, then a reset
--- script
send=*2%0D%0A:1%0D%0A reset
--- answer: "reason":"connect"



=== TEST 10: half a reply, then nothing
--- script
send=%2410%0D%0Ahel sleep=3000
--- status: 504
--- answer: "reason":"timeout"



=== TEST 11: an end instead of a reply
--- script
close
--- answer: "reason":"connect"



=== TEST 12: a string that is announced beyond all bounds
--- script
send=%24500000000%0D%0A fill=100000
--- answer: "reason":"too_large"



=== TEST 13: a length beyond all numbers
--- script
send=%249223372036854775807%0D%0Aabc sleep=50
--- answer: "reason":"too_large"



=== TEST 14: an array that is announced beyond all bounds
--- script
send=*1000000000%0D%0A
--- answer: "reason":"too_large"



=== TEST 15: arrays of arrays beyond all bounds
--- script
send=*1000000%0D%0A*1000000%0D%0A*1000000%0D%0A*1000000%0D%0A
--- answer: "reason":"too_large"



=== TEST 16: arrays in arrays without end
--- script
nest=100000
--- answer: "reason":"invalid"



=== TEST 17: a line without end
--- script
send=%2B fill=1000000
--- answer: "reason":"invalid"



=== TEST 18: two replies for one command: the other is nobody's
--- script
send=%2BOK%0D%0A%2BNOT%20YOURS%0D%0A
--- status: 200
--- answer: ^\{"a":"OK"\}



=== TEST 19: an error for nobody
--- script
send=%2BOK%0D%0A-ERR%20go%20away%0D%0A
--- status: 200
--- answer: ^\{"a":"OK"\}



=== TEST 20: half a reply for nobody
--- script
send=%2BOK%0D%0A*5%0D%0A%247%0D%0A
--- status: 200
--- answer: ^\{"a":"OK"\}



=== TEST 21: an error without a word
--- script
send=-%0D%0A
--- answer: "reason":"command","code":""



=== TEST 22: an error of bytes
--- script
send=-%FF%22%5C%01%20x%0D%0A
--- answer: "reason":"command","code":"\S+"



=== TEST 23: a status of bytes
--- script
send=%2B%FF%0D%0A
--- answer: "reason":"invalid","detail":"a string of the reply is no UTF-8



=== TEST 24: an object whose names are arrays
--- as: object
--- script
send=*2%0D%0A*1%0D%0A:1%0D%0A:2%0D%0A
--- answer: "reason":"invalid","detail":"the reply has a name that is no string



=== TEST 25: large strings, whose ends come byte by byte
--- script
send=*3%0D%0A%2465 step=1 send=536%0D%0A step=0 fill=65535 step=1 send=y%0D%0A%243%0D%0Aabc%0D%0A%2470000 step=0 send=%0D%0A fill=70000 step=1 send=%0D%0A
--- status: 200
--- answer: ^\{"a":\["x{30000}x{30000}x{5535}y","abc","x{30000}x{30000}x{10000}"\]\}



=== TEST 26: half a large string, then the end
--- script
send=*2%0D%0A:1%0D%0A%24100000%0D%0A fill=70000 close
--- answer: "reason":"connect"



=== TEST 27: a large string without its end
--- script
send=%2470000%0D%0A fill=70000 send=%0D sleep=3000
--- status: 504
--- answer: "reason":"timeout"

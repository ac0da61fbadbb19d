# The functions that are built in, against the vectors of RFC 1321, 3174, 4231,
# 4648, 6234, 7914, 1952, and of those who made the hashes of passwords.

use lib 't/lib';
use AsyncAPI;

our $user = <<'END';
>>> user.json
{
  "bcrypt":    "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
  "yescrypt":  "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$zwtVrjrUCmXcyLTs6oxLTQlzifSUkF8RHJ./tK5KU79",
  "sha512":    "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
  "cut":       "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl",
  "setting":   "$2a$05$CC",
  "des":       "rqXexS6ZhobKA",
  "zero":      "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe\u0000",
  "bytes":     "a\u0000b\u00e9"
}
END

run_tests();

__DATA__

=== TEST 1: digests are lower-case hex
--- config
    location = /t {
        asyncapi {
            cpu a sha256 abc;
            cpu b sha512 abc;
            cpu c sha1 abc;
            cpu d md5 abc;
            cpu e crc32 123456789;
            cpu f sha256 "";
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","b":"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f","c":"a9993e364706816aba3e25717850c26c9cd0d89d","d":"900150983cd24fb0d6963f7d28e17f72","e":"cbf43926","f":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}
--- no_error_log
[error]



=== TEST 2: digests with a key
--- config
    location = /t {
        asyncapi {
            cpu a hmac_sha256 Jefe "what do ya want for nothing?";
            cpu b hmac_sha512 Jefe "what do ya want for nothing?";
            cpu c hmac_sha256 "" "";
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843","b":"164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737","c":"b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"}



=== TEST 3: keys from secrets
--- config
    asyncapi_timeout 60s;
    location = /t {
        asyncapi {
            cpu a pbkdf2_sha256 passwd salt 1;
            cpu b pbkdf2_sha256 Password NaCl 80000;
            cpu c scrypt "" "" 16 1 1;
            cpu d scrypt password NaCl 1024 8 16;
            cpu e scrypt pleaseletmein SodiumChloride 16384 8 1;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":"55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc","b":"4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56","c":"77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442","d":"fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162","e":"7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"}



=== TEST 4: passwords are compared with hashes of any good method
--- config
    asyncapi_timeout 60s;
    default_type application/json;
    location = /t {
        asyncapi {
            http user                   /user.json;
            cpu  bcrypt                 crypt_verify U*U $user.bcrypt;
            cpu  yescrypt               crypt_verify "correct horse" $user.yescrypt;
            cpu  sha512                 crypt_verify "Hello world!" $user.sha512;
            cpu  bcrypt_not             crypt_verify u*u $user.bcrypt;
            cpu  yescrypt_not           crypt_verify "" $user.yescrypt;
            cpu  sha512_not             crypt_verify "Hello world! " $user.sha512;

            respond '[$bcrypt, $yescrypt, $sha512, $bcrypt_not, $yescrypt_not, $sha512_not]';
        }
    }
--- user_files eval: $::user
--- request
    GET /t
--- response_body chomp
[true,true,true,false,false,false]
--- no_error_log
[error]



=== TEST 5: what is no hash of such a method is no reason to say false
--- config
    asyncapi_timeout 60s;
    default_type application/json;
    location = /t {
        asyncapi {
            http user                   /user.json;
            cpu  cut     default=null   crypt_verify "Hello world!" $user.cut;
            cpu  setting default=null   crypt_verify U*U $user.setting;
            cpu  des     default=null   crypt_verify rasmuslerdorf $user.des;
            cpu  zero    default=null   crypt_verify U*U $user.zero;
            cpu  none    default=null   crypt_verify U*U $user.nobody;
            cpu  bytes   default=null   crypt_verify $user.bytes $user.bcrypt;

            respond '[$cut, $setting, $des, $zero, $none, $bytes]';
        }
    }
--- user_files eval: $::user
--- request
    GET /t
--- response_body chomp
[null,null,null,null,null,null]
--- response_headers_like
Asyncapi-Failed: (\w+;reason=function(, |$)){6}
--- error_log
asyncapi task "cut" failed: function, crypt_verify: HASH is malformed; its default stands in
asyncapi task "setting" failed: function, crypt_verify: HASH is malformed; its default stands in
asyncapi task "des" failed: function, crypt_verify: HASH is of no method that is taken
asyncapi task "zero" failed: function, crypt_verify: HASH is malformed; its default stands in
asyncapi task "none" failed: function, crypt_verify: HASH is of no method that is taken
asyncapi task "bytes" failed: function, crypt_verify: PASSWORD has a zero byte; its default stands in



=== TEST 6: a password that is too long is not cut
--- config
    default_type application/json;
    location = /t {
        asyncapi {
            http user                   /user.json;
            cpu  ok                     crypt_verify $arg_password $user.bcrypt;
        }
    }
--- user_files eval: $::user
--- request eval
"GET /t?password=" . "a" x 512
--- error_code: 502
--- response_body chomp
{"type":"about:blank","title":"Bad Gateway","status":502,"task":"ok","reason":"function"}
--- error_log
asyncapi task "ok" failed: function, crypt_verify: PASSWORD is longer than 511 bytes



=== TEST 7: base64, to and fro
--- config
    location = /t {
        asyncapi {
            cpu a base64_encode foobar;
            cpu b base64_encode fooba;
            cpu c base64_encode "";
            cpu d base64_decode Zm9vYg==;
            cpu e base64_decode "";
            cpu f base64_decode $a;
        }
    }
--- request
    GET /t
--- response_body chomp
{"a":"Zm9vYmFy","b":"Zm9vYmE=","c":"","d":"foob","e":"","f":"foobar"}



=== TEST 8: what is decoded may be JSON, and any bytes with as=base64
--- config
    location = /t {
        asyncapi {
            cpu a as=json base64_decode eyJhIjpbMS4wXX0=;
            cpu b as=base64 base64_decode gIE=;
            cpu c default=null base64_decode gIE=;

            respond '[$a.a, $b, $c]';
        }
    }
--- request
    GET /t
--- response_body chomp
[[1.0],"gIE=",null]
--- error_log
asyncapi task "c" failed: invalid, the result is no UTF-8 text: as=base64 would take it



=== TEST 9: arguments are any bytes
--- config
    default_type application/json;
    location = /t {
        asyncapi {
            http user                   /user.json;
            cpu  a                      base64_encode $user.bytes;
            cpu  b                      base64_encode "<$user.bytes>";
            cpu  c                      sha1 $user.bytes;
            cpu  d                      base64_encode $e;
            sleep e                     1ms '{"x": [1,2]}';
            cpu  f                      base64_encode $e.none;

            respond '[$a, $b, $c, $d, $f]';
        }
    }
--- user_files eval: $::user
--- request
    GET /t
--- response_body chomp eval
use Digest::SHA 'sha1_hex';
'["YQBiw6k=","PGEAYsOpPg==","' . sha1_hex("a\0b\xc3\xa9") . '","eyJ4IjpbMSwyXX0=",""]'



=== TEST 10: gzip
--- config
    location = /t {
        asyncapi {
            cpu a gzip_base64 $arg_text;
            cpu b gzip_base64 "";
        }
    }
--- request eval
"GET /t?text=" . "ab" x 500
--- response_body_filters eval
sub {
    use Compress::Zlib;
    use MIME::Base64;
    my ($a, $b) = $_[0] =~ /"a":"(.*?)","b":"(.*?)"/;
    my $text = Compress::Zlib::memGunzip(decode_base64($a));
    return length($a) . " $text " . Compress::Zlib::memGunzip(decode_base64($b));
}
--- response_body eval
qr/^\d\d (ab){500} $/



=== TEST 11: names that nobody can guess
--- config
    location = /t {
        asyncapi {
            sleep list 1ms '[1,2,3]';
            cpu id each=$list uuid4;

            respond '$id';
        }
    }
--- request
    GET /t
--- response_body eval
qr/^\[("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"(,(?=")|\])){3}$/



=== TEST 12: values that a function does not take fail with reason function
--- config
    location = /t {
        asyncapi {
            cpu a default=1 pbkdf2_sha256 s s $arg_n;
            cpu b default=1 scrypt s s $arg_n 8 1;
            cpu c default=1 scrypt s s 1048576 $arg_r 1;
            cpu d default=1 base64_decode $arg_text;
            cpu e default=1 base64_decode $arg_n;
            cpu f default=1 scrypt s s 16 8 $arg_p;

            respond '[$a, $b, $c, $d, $e, $f]';
        }
    }
--- request
    GET /t?n=1e3&r=2&text=Zm9=vYg=&p=65
--- response_body chomp
[1,1,1,1,1,1]
--- response_headers_like
Asyncapi-Failed: (\w;reason=function(, |$)){6}
--- error_log
asyncapi task "a" failed: function, pbkdf2_sha256: ITERATIONS is no number from 1 to 10000000
asyncapi task "b" failed: function, scrypt: N is no power of two from 2 to 1048576
asyncapi task "c" failed: function, scrypt: N and R would take more than 128 MB
asyncapi task "d" failed: function, base64_decode: TEXT is no base64: it has other characters
asyncapi task "e" failed: function, base64_decode: TEXT is no base64: its length is no multiple of four
asyncapi task "f" failed: function, scrypt: P is no number from 1 to 64



=== TEST 13: the client sees the reason, and what was said where that is on
--- config
    asyncapi_error_detail on;
    location = /t {
        asyncapi { cpu a base64_decode $arg_text; }
    }
--- request
    GET /t?text=a
--- error_code: 502
--- response_body chomp
{"type":"about:blank","title":"Bad Gateway","status":502,"task":"a","reason":"function","detail":"base64_decode: TEXT is no base64: its length is no multiple of four"}



=== TEST 14: a result may be as large as asyncapi_max_result
--- config
    location = /t {
        asyncapi_max_result 64;
        asyncapi { cpu a sha256 abc; }
    }
--- request
    GET /t
--- response_body chomp
{"a":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}



=== TEST 15: and not larger
--- config
    location = /t {
        asyncapi_max_result 63;
        asyncapi { cpu a sha256 abc; }
    }
--- request
    GET /t
--- error_code: 502
--- response_body chomp
{"type":"about:blank","title":"Bad Gateway","status":502,"task":"a","reason":"too_large"}
--- error_log
asyncapi task "a" failed: too_large, the result is larger than asyncapi_max_result



=== TEST 16: a function for each element, in groups and races, with conditions
--- config
    location = /t {
        asyncapi {
            sleep list 1ms '["a","b",""]';
            gather g each=$list {
                cpu sum if=$item crc32 $item;
                race first { cpu fast crc32 $index; sleep slow 1h; }
            }
            respond '$g';
        }
    }
--- request
    GET /t
--- response_body chomp
[{"sum":"e8b7be43","first":"f4dbdf21"},{"sum":"71beeff9","first":"83dcefb7"},{"sum":null,"first":"1ad5be0d"}]



=== TEST 17: a function is needed
--- statements
cpu a;
--- refused
1: needs a function: write for instance sha256 $text in cpu "a"



=== TEST 18: a function that is not there
--- statements
cpu a sha257 x;
--- refused
1: there is no function "sha257": is it of a library that has no "asyncapi_library" above? in cpu "a"



=== TEST 19: too few arguments
--- statements
cpu a
    hmac_sha256 key;
--- refused
2: 1 arguments do not fit, write "hmac_sha256 KEY DATA"; one with spaces stands in quotes in cpu "a"



=== TEST 20: too many
--- statements
cpu a sha256 two words;
--- refused
1: 2 arguments do not fit, write "sha256 DATA"; one with spaces stands in quotes in cpu "a"



=== TEST 21: a constant that is no number
--- statements
sleep b 1s;
cpu a pbkdf2_sha256 $b $b abc;
--- refused
2: ITERATIONS is no number from 1 to 10000000: abc in cpu "a"



=== TEST 22: a constant that is out of bounds
--- statements
cpu a scrypt secret salt 1000 8 1;
--- refused
1: N is no power of two from 2 to 1048576: 1000 in cpu "a"



=== TEST 23: a constant that is no base64
--- statements
cpu a base64_decode Zm9vYg;
--- refused
1: TEXT is no base64: its length is no multiple of four: Zm9vYg in cpu "a"



=== TEST 24: a hash whose dollars are references
--- statements
cpu a crypt_verify secret plain;
--- refused
1: HASH is of no method that is taken: bcrypt, yescrypt, scrypt, sha512-crypt, sha256-crypt: plain in cpu "a"



=== TEST 25: a form that has no block
--- statements
cpu a { }
--- refused
1: there is no "{ ... }" form of cpu in cpu "a"



=== TEST 26: references are checked as everywhere
--- statements
cpu a sha256 $b.x;
--- refused
1: "$b" is no task, parameter, let or nginx variable (write $$ for a dollar) in "a"

use lib 't/lib';
use AsyncAPI;

run_tests();

__DATA__

=== TEST 1: nginx starts with the module in it, and serves
--- config
    location = /t {
        return 200 "served\n";
    }
--- request
    GET /t
--- response_body
served

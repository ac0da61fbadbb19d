
/*
 * Copyright (C) The asyncapi module authors
 *
 * JSON templates: what is JSON with references in it, what is none, and how
 * values go in.
 */


#include "template.h"


var_t  vars[] = {
    { "obj", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON,
      "{ \"a\" : 1.0,\"b\":\"x\\\"y\\n\" }", 0 },
    { "list", NGX_ASYNCAPI_BASE_JSON, NGX_ASYNCAPI_VALUE_JSON, "[1, 2]", 0 },
    { "str", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON,
      "\"q\\\"\\u00e9\\\\\"", 0 },
    { "big", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON,
      "12345678901234567890.10e400", 0 },
    { "true", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON, "true", 0 },
    { "null", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON, "null", 0 },
    { "empty", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON, "\"\"", 0 },
    { "none", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_NONE, "", 0 },
    { "text", NGX_ASYNCAPI_BASE_VARIABLE, NGX_ASYNCAPI_VALUE_TEXT,
      "say \"hi\"\n\\ \xc3\xa9 \xff", 0 },
    { "host", NGX_ASYNCAPI_BASE_VARIABLE, NGX_ASYNCAPI_VALUE_TEXT, "h", 0 },
    { "uri", NGX_ASYNCAPI_BASE_STRUCTURE, NGX_ASYNCAPI_VALUE_TEXT, "/u", 0 },
    { "id", NGX_ASYNCAPI_BASE_SCALAR, NGX_ASYNCAPI_VALUE_JSON, "7", 0 },
    { "zero", NGX_ASYNCAPI_BASE_VARIABLE, NGX_ASYNCAPI_VALUE_TEXT,
      "\0\x1f\x7f", 3 },
    { "void", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON, "", 0 },
    { "lone", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON, "\"", 0 },
    { NULL, 0, 0, NULL, 0 }
};


static void
constants(void)
{
    renders(JSON, "{}", "{}");
    renders(JSON, " [ ] ", "[]");
    renders(JSON, "\t{ \"a\" : [ 1 , -2.50e+3 , true,false , null ] ,\r\n"
                  "\"b\":{ }, \"\":\"\"}\n",
            "{\"a\":[1,-2.50e+3,true,false,null],\"b\":{},\"\":\"\"}");
    renders(JSON, "\" a b \"", "\" a b \"");
    renders(JSON, "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"",
            "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"");
    renders(JSON, "\"\xc3\xa9 \xf0\x9f\x98\x80\"",
            "\"\xc3\xa9 \xf0\x9f\x98\x80\"");
    renders(JSON, "1e400", "1e400");
    renders(JSON, "-0", "-0");
    renders(JSON, "{\"$$a\":\"5 $$, $$$$\"}", "{\"$a\":\"5 $, $$\"}");

    /* what nginx makes of "\n" in a parameter */

    renders(JSON, "\"a\nb\rc\td\x01\"", "\"a\\nb\\rc\\td\\u0001\"");
    renders_n(JSON, str_n("\"\0\"", 3), str("\"\\u0000\""), "a zero byte");
}


static void
values(void)
{
    renders(JSON, "$obj", "{ \"a\" : 1.0,\"b\":\"x\\\"y\\n\" }");
    renders(JSON, " $obj ", "{ \"a\" : 1.0,\"b\":\"x\\\"y\\n\" }");
    renders(JSON, "${obj.a}", "1.0");
    renders(JSON, "[$big,$true,$null,$none]",
            "[12345678901234567890.10e400,true,null,null]");
    renders(JSON, "$str", "\"q\\\"\\u00e9\\\\\"");
    renders(JSON, "{\"a\":$obj.a,\"b\":$obj.none,\"c\":$list[-1]}",
            "{\"a\":1.0,\"b\":null,\"c\":2}");
    renders(JSON, "{\"t\":$text}",
            "{\"t\":\"say \\\"hi\\\"\\n\\\\ \xc3\xa9 \xef\xbf\xbd\"}");
    renders(JSON, "$zero", "\"\\u0000\\u001f\x7f\"");
    renders(JSON, "[$id,$host,$uri]", "[7,\"h\",\"/u\"]");
    renders(JSON, "[$list[*],$list[0]]", "[[1,2],1]");
    renders(JSON, "[[$list],{\"a\":{\"b\":[$id]}}]",
            "[[[1, 2]],{\"a\":{\"b\":[7]}}]");
}


static void
strings(void)
{
    renders(JSON, "\"Hello, $obj.b!\"", "\"Hello, x\\\"y\\n!\"");
    renders(JSON, "\"$str\"", "\"q\\\"\\u00e9\\\\\"");
    renders(JSON, "\"<$big|$true|$null|$none|$empty|$obj.x>\"",
            "\"<12345678901234567890.10e400|true||||>\"");
    renders(JSON, "\"$obj\"",
            "\"{ \\\"a\\\" : 1.0,\\\"b\\\":\\\"x\\\\\\\"y\\\\n\\\" }\"");
    renders(JSON, "\"$list\"", "\"[1, 2]\"");
    renders(JSON, "\"$text\"",
            "\"say \\\"hi\\\"\\n\\\\ \xc3\xa9 \xef\xbf\xbd\"");
    renders(JSON, "\"$zero\"", "\"\\u0000\\u001f\x7f\"");

    /* what only a trusted upstream can give */

    renders(JSON, "\"$lone.$void.\"", "\"..\"");
    renders(JSON, "[$void,...$void]", "[null]");

    /* quotes of a step are no end of the string */

    renders(JSON, "\"$obj[\"a\"]\"", "\"1.0\"");
    renders(JSON, "{\"$obj[\"a\"]\":\"$obj['b']\"}",
            "{\"1.0\":\"x\\\"y\\n\"}");
    renders(JSON, "\"$obj[\"", "\"{ \\\"a\\\" : 1.0,\\\"b\\\":"
                               "\\\"x\\\\\\\"y\\\\n\\\" }[\"");
    renders(JSON, "\"\\\\$id\\\"\"", "\"\\\\7\\\"\"");
    renders(JSON, "\"$id$id${id}id\"", "\"777id\"");
    renders(JSON, "\"$id::text $id. $id:status\"",
            "\"7::text 7. 7:status\"");

    /* what has no members has text behind it */

    renders(JSON, "\"$host.name$uri[0]\"", "\"h.name/u[0]\"");
    renders(JSON, "\"$host[\"k\"]$host['\\']\"",
            "\"h[\\\"k\\\"]h['\\\\']\"");
    renders(JSON, "\"$host['\n\xff']\"", "\"h['\\n\xef\xbf\xbd']\"");
    renders(JSON, "\"$list[0]:status\"", "\"1:status\"");

    /* names */

    renders(JSON, "{\"$host\":1,\"a$id\":2,\"$none\":3}",
            "{\"h\":1,\"a7\":2,\"\":3}");
    renders(JSON, "{\"$text\":$id}",
            "{\"say \\\"hi\\\"\\n\\\\ \xc3\xa9 \xef\xbf\xbd\":7}");
    renders(JSON, "{\"$list\":{\"$id\":{}}}", "{\"[1, 2]\":{\"7\":{}}}");
}


static void
refused(void)
{
    refuses(JSON, "", "expected a JSON value", 0);
    refuses(JSON, " \n", "expected a JSON value", 2);
    refuses(JSON, "{", "expected a member's name", 1);
    refuses(JSON, "[", "expected a JSON value", 1);
    refuses(JSON, "[1", "expected \",\" or \"]\"", 2);
    refuses(JSON, "{\"a\":1", "expected \",\" or \"}\"", 6);
    refuses(JSON, "{\"a\":", "expected a JSON value", 5);
    refuses(JSON, "{\"a\"", "expected \":\"", 4);
    refuses(JSON, "{\"a\" 1}", "expected \":\"", 5);
    refuses(JSON, "{\"a\":}", "expected a JSON value", 5);
    refuses(JSON, "{a:1}", "expected a member's name", 1);
    refuses(JSON, "{$id:1}", "expected a member's name", 1);
    refuses(JSON, "{'a':1}", "expected a member's name", 1);
    refuses(JSON, "{,}", "expected a member's name", 1);
    refuses(JSON, "[,]", "expected a JSON value", 1);
    refuses(JSON, "[1,]", "comma with nothing after it", 2);
    refuses(JSON, "[1 , ]", "comma with nothing after it", 3);
    refuses(JSON, "[1,,2]", "expected a JSON value", 3);
    refuses(JSON, "{\"a\":1,}", "comma with nothing after it", 6);
    refuses(JSON, "[1 2]", "expected \",\" or \"]\"", 3);
    refuses(JSON, "[1}", "expected \",\" or \"]\"", 2);
    refuses(JSON, "{\"a\":1]", "expected \",\" or \"}\"", 6);
    refuses(JSON, "{\"a\":1 \"b\":2}", "expected \",\" or \"}\"", 7);
    refuses(JSON, "[1]]", "unexpected text", 3);
    refuses(JSON, "1 2", "unexpected text", 2);
    refuses(JSON, "{}x", "unexpected text", 2);
    refuses(JSON, "\"a\"b", "unexpected text", 3);
    refuses(JSON, "hello", "expected a JSON value", 0);
    refuses(JSON, "'a'", "expected a JSON value", 0);
    refuses(JSON, "[True]", "expected a JSON value", 1);
    refuses(JSON, "[truex]", "expected a JSON value", 1);
    refuses(JSON, "[01]", "invalid number", 1);
    refuses(JSON, "[1.]", "invalid number", 1);
    refuses(JSON, "[-]", "invalid number", 1);
    refuses(JSON, "[1e]", "invalid number", 1);
    refuses(JSON, "[1x]", "invalid number", 1);
    refuses(JSON, "[+1]", "expected a JSON value", 1);
    refuses(JSON, "[.5]", "expected a JSON value", 1);
    refuses(JSON, "\xef\xbb\xbf{}", "expected a JSON value", 0);
    refuses(JSON, "[1/2]", "expected \",\"", 2);

    /* strings */

    refuses(JSON, "\"", "unterminated string", 0);
    refuses(JSON, "[\"abc]", "unterminated string", 1);
    refuses(JSON, "\"\\", "unterminated string", 0);
    refuses(JSON, "\"\\\"", "unterminated string", 0);
    refuses(JSON, "\"a\\xb\"", "invalid escape", 2);
    refuses(JSON, "\"\n\\$id\"", "invalid escape", 2);
    refuses(JSON, "\"\\\n\"", "invalid escape", 1);
    refuses(JSON, "\"\\u12g4\"", "invalid escape", 1);
    refuses(JSON, "\"a\n\\ud83d\"", "surrogate", 3);
    refuses(JSON, "\"\\ud83d$id\\ude00\"", "surrogate", 1);
    refuses(JSON, "\"\\ud83d$$\\ude00\"", "surrogate", 1);
    refuses(JSON, "\"\n\n\xff\"", "UTF-8", 3);
    refuses(JSON, "\"\xc3$$\xa9\"", "UTF-8", 1);
    refuses(JSON, "{\"\xed\xa0\x80\":1}", "UTF-8", 2);

    /* references */

    refuses(JSON, "$", "write $$ for a dollar", 0);
    refuses(JSON, "[$$]", "write $$ for a dollar", 1);
    refuses(JSON, "\"$ 5\"", "write $$ for a dollar", 1);
    refuses(JSON, "\"5$\"", "write $$ for a dollar", 2);
    refuses(JSON, "[${id]", "expected \"}\"", 5);
    refuses(JSON, "[$a.]", "text after a reference", 3);
    refuses(JSON, "$a-b", "text after a reference", 2);
    refuses(JSON, "$a[x]", "text after a reference", 2);
    refuses(JSON, "$a::text", "text after a reference", 2);
    refuses(JSON, "$a$b", "text after a reference", 2);
    refuses(JSON, "$a\"b\"", "text after a reference", 2);
    refuses(JSON, "$a $b", "unexpected text", 3);
    refuses(JSON, "[$a $b]", "expected \",\"", 4);
    refuses(JSON, "[1$a]", "expected \",\"", 2);
    refuses(JSON, "{\"a\":$a:status:x}", "text after a reference", 14);

    /* spreads */

    refuses(JSON, "...$a", "spread outside", 0);
    refuses(JSON, "{\"a\":...$a}", "spread outside", 5);
    refuses(JSON, "[...]", "expected ...$name", 1);
    refuses(JSON, "[... $a]", "expected ...$name", 1);
    refuses(JSON, "[...[1]]", "expected ...$name", 1);
    refuses(JSON, "[....$a]", "expected ...$name", 1);
    refuses(JSON, "[..$a]", "expected a JSON value", 1);
    refuses(JSON, "[...$a.]", "expected \",\"", 6);
    refuses(JSON, "{...$a:1}", "expected \",\"", 6);

    /* names that are there twice */

    refuses(JSON, "{\"a\":1,\"b\":2,\"a\":3}", "member written twice", 13);
    refuses(JSON, "[{\"a\":{},\"\\u0061\":$id}]", "member written twice", 9);
    refuses(JSON, "{\"\":1,\"$id\":1,\"\":2}", "member written twice", 14);
    renders(JSON, "{\"a\":{\"a\":1},\"b\":{\"a\":1},\"A\":1}",
            "{\"a\":{\"a\":1},\"b\":{\"a\":1},\"A\":1}");
}


static void
unbound_refs(void)
{
    unbound(JSON, "[$host.name]", "$host.name", "an nginx variable");
    unbound(JSON, "$uri:status", "$uri:status", "an nginx variable");
    unbound(JSON, "{\"a\":$id[0]}", "$id[0]", "a single value");
    unbound(JSON, "[1,$list[0]:status]", "$list[0]:status", "has no status");
    unbound(JSON, "\"${host.name}\"", "${host.name}", "an nginx variable");
    unbound(JSON, "[...$host]", "$host", "can't be spread");
    unbound(JSON, "{...$uri}", "$uri", "can't be spread");
    unbound(JSON, "{...$id.x}", "$id.x", "has no members");
    unbound(JSON, "{...$obj:status}", "$obj:status", "can't be spread");
    unbound(JSON, "[$nobody]", "$nobody", "is not known");
}


static void
value_or_string(void)
{
    renders(VALUE, "{\"a\": [$id]}", "{\"a\":[7]}");
    renders(VALUE, " 1.0 ", "1.0");
    renders(VALUE, "null", "null");
    renders(VALUE, "{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}");
    renders(VALUE, "$obj.a", "1.0");
    renders(VALUE, "$host", "\"h\"");
    renders(VALUE, "\"a b\"", "\"a b\"");

    renders(VALUE, "", "\"\"");
    renders(VALUE, "  ", "\"  \"");
    renders(VALUE, "Task 1 done", "\"Task 1 done\"");
    renders(VALUE, " Task ", "\" Task \"");
    renders(VALUE, "say \"hi\" \\ \n\x01 \xff", "\"say \\\"hi\\\" \\\\ \\n"
                                                "\\u0001 \xef\xbf\xbd\"");
    renders(VALUE, "{\"a\":}", "\"{\\\"a\\\":}\"");
    renders(VALUE, "{\"a\":$id,}", "\"{\\\"a\\\":7,}\"");
    renders(VALUE, "01", "\"01\"");
    renders(VALUE, "$id of $list", "\"7 of [1, 2]\"");
    renders(VALUE, "$id-$str", "\"7-q\\\"\\u00e9\\\\\"");
    renders(VALUE, "cost: 5 $$ ${id}", "\"cost: 5 $ 7\"");
    renders(VALUE, "$obj[\"a\"]!", "\"1.0!\"");
    renders(VALUE, "$$", "\"$\"");

    /* no member of a variable, but text behind it */

    renders(VALUE, "$host.name", "\"h.name\"");
    renders(VALUE, "$id:status", "\"7:status\"");
    renders(VALUE, "$host[\"a\"]", "\"h[\\\"a\\\"]\"");

    unbound(VALUE, "${host.name}", "${host.name}", "an nginx variable");
    unbound(VALUE, " $host.name", "$host.name", "an nginx variable");
    unbound(VALUE, "[$host.name]", "$host.name", "an nginx variable");

    refuses(VALUE, "5 $", "write $$ for a dollar", 2);
    refuses(VALUE, "${id", "expected \"}\"", 4);
}


static void
depth(void)
{
    u_char                         *p;
    ngx_str_t                       source;
    ngx_uint_t                      n;
    ngx_asyncapi_template_error_t   err;

    for (n = NGX_ASYNCAPI_JSON_MAX_DEPTH; n <= 100000; n += 99488) {

        source.len = n * 2;
        source.data = ngx_pnalloc(pool, source.len);

        p = source.data;
        ngx_memset(p, '[', n);
        ngx_memset(p + n, ']', n);

        if (n == NGX_ASYNCAPI_JSON_MAX_DEPTH) {
            renders_n(JSON, source, source, "as deep as may be");

            source.data[n - 1] = '{';
            source.data[n] = '}';
            renders_n(JSON, source, source, "with an object");

        } else {
            ok(compile(JSON, source, &err) == NULL
               && ngx_strstr(err.message, "nested too deeply")
               && err.offset == NGX_ASYNCAPI_JSON_MAX_DEPTH,
               "deeper than may be");
        }
    }
}


/* dynamic all the way down */

static void
deep_spread(void)
{
    u_char      *p;
    ngx_str_t    source, expected;
    ngx_uint_t   i, n;

    n = NGX_ASYNCAPI_JSON_MAX_DEPTH;

    source.data = ngx_pnalloc(pool, n * 32);
    expected.data = ngx_pnalloc(pool, n * 32);

    p = source.data;

    for (i = 0; i < n; i++) {
        p = ngx_cpymem(p, "{...$null,\"a\":", 14);
    }

    *p++ = '1';
    ngx_memset(p, '}', n);
    source.len = p + n - source.data;

    p = expected.data;

    for (i = 0; i < n; i++) {
        p = ngx_cpymem(p, "{\"a\":", 5);
    }

    *p++ = '1';
    ngx_memset(p, '}', n);
    expected.len = p + n - expected.data;

    renders_n(JSON, source, expected, "spreads as deep as may be");
}


int
main(void)
{
    pool = unit_start();

    constants();
    values();
    strings();
    refused();
    unbound_refs();
    value_or_string();
    depth();
    deep_spread();

    return unit_done();
}

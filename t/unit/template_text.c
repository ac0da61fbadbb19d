
/*
 * Copyright (C) The asyncapi module authors
 *
 * Templates of text, bytes, URLs and forms.
 */


#include "template.h"


var_t  vars[] = {
    { "obj", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON,
      "{\"a b\":[1,\"\\u00e9\\/\"]}", 0 },
    { "pretty", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON,
      "{\n \"a\":1}", 0 },
    { "str", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON,
      "\"a/b?c=d&e%20\\u00e9\"", 0 },
    { "lines", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON,
      "\"a\\r\\nSet-Cookie: b\"", 0 },
    { "nul", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON,
      "\"a\\u0000\"", 0 },
    { "num", NGX_ASYNCAPI_BASE_JSON, NGX_ASYNCAPI_VALUE_JSON, "1.0e+2", 0 },
    { "yes", NGX_ASYNCAPI_BASE_JSON, NGX_ASYNCAPI_VALUE_JSON, "true", 0 },
    { "null", NGX_ASYNCAPI_BASE_JSON, NGX_ASYNCAPI_VALUE_JSON, "null", 0 },
    { "none", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_NONE, "", 0 },
    { "empty", NGX_ASYNCAPI_BASE_SCALAR, NGX_ASYNCAPI_VALUE_TEXT, "", 0 },
    { "lone", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON, "\"", 0 },
    { "id", NGX_ASYNCAPI_BASE_SCALAR, NGX_ASYNCAPI_VALUE_TEXT, "a b%41", 0 },
    { "cr", NGX_ASYNCAPI_BASE_SCALAR, NGX_ASYNCAPI_VALUE_TEXT, "a\rb", 0 },
    { "lf", NGX_ASYNCAPI_BASE_VARIABLE, NGX_ASYNCAPI_VALUE_TEXT, "a\n", 0 },
    { "zero", NGX_ASYNCAPI_BASE_SCALAR, NGX_ASYNCAPI_VALUE_TEXT, "\0a", 2 },
    { "plain", NGX_ASYNCAPI_BASE_SCALAR, NGX_ASYNCAPI_VALUE_TEXT,
      "AZaz09-._~", 0 },
    { "dot", NGX_ASYNCAPI_BASE_SCALAR, NGX_ASYNCAPI_VALUE_TEXT, ".", 0 },
    { "dots", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON, "\"..\"", 0 },
    { "climb", NGX_ASYNCAPI_BASE_SCALAR, NGX_ASYNCAPI_VALUE_TEXT,
      "../../etc", 0 },
    { "arg_x", NGX_ASYNCAPI_BASE_VARIABLE, NGX_ASYNCAPI_VALUE_TEXT,
      "a%2fb/c%2+%zz%E", 0 },
    { "arg_dot", NGX_ASYNCAPI_BASE_VARIABLE, NGX_ASYNCAPI_VALUE_TEXT,
      "%2e%2E", 0 },
    { "arg_2e", NGX_ASYNCAPI_BASE_VARIABLE, NGX_ASYNCAPI_VALUE_TEXT, "2e", 0 },
    { "uri", NGX_ASYNCAPI_BASE_STRUCTURE, NGX_ASYNCAPI_VALUE_TEXT,
      "/a b/%41?\"<\xc3\xa9>;=&+,:@", 0 },
    { "document_uri", NGX_ASYNCAPI_BASE_STRUCTURE, NGX_ASYNCAPI_VALUE_TEXT,
      "/%?", 0 },
    { "request_uri", NGX_ASYNCAPI_BASE_STRUCTURE, NGX_ASYNCAPI_VALUE_TEXT,
      "/a%20b/c?d=%41&e=f/../\\^`{|}\"#", 0 },
    { "bad_uri", NGX_ASYNCAPI_BASE_STRUCTURE, NGX_ASYNCAPI_VALUE_TEXT,
      "/a/../b", 0 },
    { "rel_uri", NGX_ASYNCAPI_BASE_STRUCTURE, NGX_ASYNCAPI_VALUE_TEXT,
      "evil.com/", 0 },
    { "is_args", NGX_ASYNCAPI_BASE_STRUCTURE, NGX_ASYNCAPI_VALUE_TEXT, "?", 0 },
    { "args", NGX_ASYNCAPI_BASE_STRUCTURE, NGX_ASYNCAPI_VALUE_TEXT,
      "x=1&y=%20 z", 0 },
    { "query_string", NGX_ASYNCAPI_BASE_STRUCTURE, NGX_ASYNCAPI_VALUE_TEXT,
      "x=1", 0 },
    { "all", NGX_ASYNCAPI_BASE_SCALAR, NGX_ASYNCAPI_VALUE_TEXT, NULL, 256 },
    { NULL, 0, 0, NULL, 0 }
};


static void
text(void)
{
    renders(TEXT, "", "");
    renders(TEXT, "plain text", "plain text");
    renders(TEXT, "a\r\nb", "a\r\nb");
    renders_n(TEXT, str_n("\0", 1), str_n("\0", 1), "a zero byte is written");
    renders(TEXT, "$num|$yes|$null|$none|$empty|$lone|$obj.x",
            "1.0e+2|true|||||");
    renders(TEXT, "$str!", "a/b?c=d&e%20\xc3\xa9!");
    renders(TEXT, "$obj", "{\"a b\":[1,\"\\u00e9\\/\"]}");
    renders(TEXT, "${obj['a b'][1]}$obj['a b'][0]", "\xc3\xa9/1");
    renders(TEXT, "$id.x$$", "a b%41.x$");

    declines(TEXT, "x $lines", "$lines", "has a line break");
    declines(TEXT, "$nul", "$nul", "has a line break or a zero byte");
    declines(TEXT, "$id ${cr}", "${cr}", "has a line break");
    declines(TEXT, "$lf", "$lf", "has a line break");
    declines(TEXT, "$zero", "$zero", "has a line break or a zero byte");
    declines(TEXT, "$pretty", "$pretty", "has a line break");

    renders(BYTES, "$lines|$cr|$lf", "a\r\nSet-Cookie: b|a\rb|a\n");
    renders_n(BYTES, str("$zero$nul"), str_n("\0aa\0", 4), "zero bytes");
    renders(BYTES, "$pretty.none$pretty", "{\n \"a\":1}");
    renders_n(BYTES, str("$all"), str_n(vars[30].value, 256), "any bytes");
}


static void
url(void)
{
    /* what is written */

    renders(URL, "", "");
    renders(URL, "/", "/");
    renders(URL, "?a=b", "?a=b");
    renders(URL, "/a//b/;x=1/%2e%2e%2e/...?q=/../&x=?",
            "/a//b/;x=1/%2e%2e%2e/...?q=/../&x=?");
    renders(URL, "/\xc3\xa9\"<>\\^`{|}", "/%C3%A9%22%3C%3E%5C%5E%60%7B%7C%7D");
    renders(URL, "/$$/a:b@c,d!'()*[]", "/$/a:b@c,d!'()*[]");
    renders(URL, "/.well-known/..x/x../%2exx", "/.well-known/..x/x../%2exx");

    refuses(URL, "a", "must begin with \"/\"", 0);
    refuses(URL, "$$", "must begin with \"/\"", 0);
    refuses(URL, "http://host/", "must begin with \"/\"", 0);
    refuses(URL, "/a b", "space in a URL", 2);
    refuses(URL, "/a$id b", "space in a URL", 5);
    refuses(URL, "/a\tb", "control character", 2);
    refuses(URL, "/a\x7f", "control character", 2);
    refuses(URL, "/a#b", "fragment", 2);
    refuses(URL, "/100%", "percent sign", 4);
    refuses(URL, "/%2", "percent sign", 1);
    refuses(URL, "/%2g", "percent sign", 1);
    refuses(URL, "/%$id", "percent sign", 1);
    refuses(URL, "/.", "segment \".\" or \"..\"", 1);
    refuses(URL, "/a/..", "segment \".\" or \"..\"", 3);
    refuses(URL, "/a/./b", "segment \".\" or \"..\"", 3);
    refuses(URL, "/$id/../$id", "segment \".\" or \"..\"", 5);
    refuses(URL, "/${id}/%2e?x", "segment \".\" or \"..\"", 7);
    refuses(URL, "/.%2E/", "segment \".\" or \"..\"", 1);
    refuses(URL, "/$", "write $$ for a dollar", 1);

    /* values */

    renders(URL, "/$plain", "/AZaz09-._~");
    renders(URL, "/$id?x=$id", "/a%20b%2541?x=a%20b%2541");
    renders(URL, "/$str", "/a%2Fb%3Fc%3Dd%26e%2520%C3%A9");
    renders(URL, "/$lines", "/a%0D%0ASet-Cookie%3A%20b");
    renders(URL, "/$obj['a b'][0]/$num/$yes/$null$none$empty/x",
            "/1/1.0e%2B2/true//x");
    renders(URL, "?$obj['a b']", "?%5B1%2C%22%5Cu00e9%5C%2F%22%5D");
    renders(URL, "/$arg_x", "/a%2fb%2Fc%252%2B%25zz%25E");
    renders(URL, "/$id.json", "/a%20b%2541.json");
    renders(URL, "/$id[\"\xc3\xa9\"]", "/a%20b%2541[%22%C3%A9%22]");
    renders(URL, "/$climb", "/..%2F..%2Fetc");

    renders(URL, "$request_uri",
            "/a%20b/c?d=%41&e=f/../%5C%5E%60%7B%7C%7D%22%23");
    renders(URL, "$uri", "/a%20b/%2541%3F%22%3C%C3%A9%3E;=&+,:@");
    renders(URL, "/x$document_uri$is_args$args", "/x/%25%3F?x=1&y=%20%20z");
    renders(URL, "$uri?$args", "/a%20b/%2541%3F%22%3C%C3%A9%3E;=&+,:@?x=1&y="
                               "%20%20z");
    renders(URL, "$is_args$args", "?x=1&y=%20%20z");

    unbound(URL, "$id", "$id", "can't begin a URL");
    unbound(URL, "$arg_x/x", "$arg_x", "can't begin a URL");
    unbound(URL, "${obj}", "${obj}", "can't begin a URL");
    unbound(URL, "$args", "$args", "can't begin a URL");
    unbound(URL, "$query_string", "$query_string", "can't begin a URL");
    unbound(URL, "/$id['a b']", "$id['a b']", "can't stand in a URL");
    unbound(URL, "/${id.a}", "${id.a}", "has no members");

    declines(URL, "$rel_uri", "$rel_uri", "without \"/\"");
    declines(URL, "$bad_uri", "$bad_uri", "dot segment");
    declines(URL, "/a/$dot", "$dot", "dot segment");
    declines(URL, "/$id/$dots/$id", "$dots", "dot segment");
    declines(URL, "/$id/.$dot?$id", "$dot", "dot segment");
    declines(URL, "/$id/$dot$empty$dot/$id", "$dot", "dot segment");
    declines(URL, "/$id/$empty..", "$empty", "dot segment");
    declines(URL, "/$arg_dot/", "$arg_dot", "dot segment");
    declines(URL, "/$id/$none.$is_args$args", "$none", "dot segment");
    declines(URL, "/$dot", "$dot", "dot segment");
    renders(URL, "/x?$dots/$dot", "/x?../.");
    renders(URL, "/$dots$dot", "/...");
    renders(URL, "$is_args/$dots", "?/..");
}


static void
form(void)
{
    renders(FORM, "", "");
    renders(FORM, "a=$id&b[]=$str&c d#=$$",
            "a=a%20b%2541&b[]=a%2Fb%3Fc%3Dd%26e%2520%C3%A9&c d#=$");
    renders(FORM, "x=$arg_x", "x=a%2fb%2Fc%252%2B%25zz%25E");
    renders(FORM, "$none=$null&$plain", "=&AZaz09-._~");
    renders(FORM, "a=$lines$zero", "a=a%0D%0ASet-Cookie%3A%20b%00a");
    renders(FORM, "$dots/../$id.x", "../../a%20b%2541.x");

    /* the form's structure is the template's */

    renders(FORM, "$query_string", "x%3D1");
    renders(FORM, "$args&$document_uri",
            "x%3D1%26y%3D%20%20z&%2F%25%3F");
}


/* each byte on its own: legal in a URL, and the same after decoding */

static void
bytes(void)
{
    u_char                   *p, *q, *last;
    ngx_str_t                 text;
    ngx_uint_t                i, legal;
    ngx_asyncapi_render_t     render;
    ngx_asyncapi_template_t  *tpl;

    tpl = ready(URL, str("?$all"));

    is_int(run(tpl, &render, &text), NGX_OK, "all bytes in a URL");

    legal = 1;
    p = text.data + 1;
    last = text.data + text.len;

    for (i = 0; i < 256 && p < last; i++) {

        if (*p == '%' && last - p >= 3
            && ngx_hextoi(p + 1, 2) == (ngx_int_t) i)
        {
            p += 3;

        } else if (*p == i && (ngx_strchr("-._~", i)
                               || (i >= '0' && i <= '9')
                               || ((i | 0x20) >= 'a' && (i | 0x20) <= 'z')))
        {
            p++;

        } else {
            legal = 0;
            break;
        }
    }

    ok(legal && i == 256 && p == last, "each byte is what it was");

    q = ngx_pnalloc(pool, text.len);
    p = text.data;
    last = q;
    ngx_unescape_uri(&last, &p, text.len, 0);

    ok(last - q == 257 && ngx_memcmp(q + 1, vars[30].value, 256) == 0,
       "and nginx reads it so");
}


int
main(void)
{
    char        *all;
    ngx_uint_t   i;

    pool = unit_start();

    all = ngx_pnalloc(pool, 256);

    for (i = 0; i < 256; i++) {
        all[i] = (char) i;
    }

    vars[30].value = all;

    text();
    url();
    form();
    bytes();

    return unit_done();
}

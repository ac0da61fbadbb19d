
/*
 * Copyright (C) The asyncapi module authors
 *
 * References: what is one, what is text behind it, what it stands for.
 */


#include "template.h"


var_t  vars[] = {
    { "a", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_JSON,
      "{\"b\":{\"c\":1,\"\":2,\"any key\":3,\"it's\":4,\"\\u00e9\":5,"
      "\"x]\":6,\"b\\\\\":7},\"l\":[10,20,{\"k\":30},{\"k\":40}]}", 0 },
    { "l", NGX_ASYNCAPI_BASE_JSON, NGX_ASYNCAPI_VALUE_JSON, "[1,[2,3]]", 0 },
    { "t", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_TEXT, "text", 0 },
    { "n", NGX_ASYNCAPI_BASE_RESULT, NGX_ASYNCAPI_VALUE_NONE, "", 0 },
    { "s", NGX_ASYNCAPI_BASE_SCALAR, NGX_ASYNCAPI_VALUE_JSON, "7", 0 },
    { "host", NGX_ASYNCAPI_BASE_VARIABLE, NGX_ASYNCAPI_VALUE_TEXT, "h", 0 },
    { "uri", NGX_ASYNCAPI_BASE_STRUCTURE, NGX_ASYNCAPI_VALUE_TEXT, "/u", 0 },
    { "1", NGX_ASYNCAPI_BASE_VARIABLE, NGX_ASYNCAPI_VALUE_TEXT, "one", 0 },
    { "_x9Y", NGX_ASYNCAPI_BASE_VARIABLE, NGX_ASYNCAPI_VALUE_TEXT, "u", 0 },
    { NULL, 0, 0, NULL, 0 }
};


static void
grammar(void)
{
    renders(BYTES, "$a.b.c", "1");
    renders(BYTES, "$a.b.c.", "1.");
    renders(BYTES, "$a.b.c..", "1..");
    renders(BYTES, "$a.b.c.-", "1.-");
    renders(BYTES, "$a.b[\"any key\"]!", "3!");
    renders(BYTES, "$a.b['any key']!", "3!");
    renders(BYTES, "$a.b[\"it's\"]", "4");
    renders(BYTES, "$a.b[\"\"]", "2");
    renders(BYTES, "$a['b'][\"\xc3\xa9\"]", "5");
    renders(BYTES, "$a.b[\"x]\"]", "6");
    renders(BYTES, "$a.b[\"b\\\"]", "7");
    renders(BYTES, "$a.l[0]", "10");
    renders(BYTES, "$a.l[-3]", "20");
    renders(BYTES, "$a.l[2].k", "30");
    renders(BYTES, "$a.l[*].k", "[30,40]");
    renders(BYTES, "$a.l[2].k[0]", "");
    renders(BYTES, "$l[1][0]", "2");
    renders(BYTES, "$l[99999999999999999999999999]", "");
    renders(BYTES, "$l[-99999999999999999999999999]", "");
    renders(BYTES, "$1-$_x9Y", "one-u");
    renders(BYTES, "a$$b$$$$", "a$b$$");
    renders(BYTES, "$$a.b", "$a.b");

    /* text, as it does not continue a reference */

    renders(BYTES, "$l[x]", "[1,[2,3]][x]");
    renders(BYTES, "$l[", "[1,[2,3]][");
    renders(BYTES, "$l[]", "[1,[2,3]][]");
    renders(BYTES, "$l[0", "[1,[2,3]][0");
    renders(BYTES, "$l[-]", "[1,[2,3]][-]");
    renders(BYTES, "$l[0x]", "[1,[2,3]][0x]");
    renders(BYTES, "$l[*", "[1,[2,3]][*");
    renders(BYTES, "$l[\"x", "[1,[2,3]][\"x");
    renders(BYTES, "$l[\"x\"", "[1,[2,3]][\"x\"");
    renders(BYTES, "$l[\"x\" ]", "[1,[2,3]][\"x\" ]");
    renders(BYTES, "$l[\"", "[1,[2,3]][\"");
    renders(BYTES, "$l ['x']", "[1,[2,3]] ['x']");
    renders(BYTES, "$s-$s", "7-7");

    /* braces */

    renders(BYTES, "${a.b.c}d", "1d");
    renders(BYTES, "${a.b[\"any key\"]}.c", "3.c");
    renders(BYTES, "${a.l[0]}[0]", "10[0]");
    renders(BYTES, "${a.l[0]}:status", "10:status");
    renders(BYTES, "${a:status}x", "404x");
    renders(BYTES, "${s}{s}", "7{s}");

    refuses(BYTES, "$", "write $$ for a dollar", 0);
    refuses(BYTES, "a $ b", "write $$ for a dollar", 2);
    refuses(BYTES, "$$$", "write $$ for a dollar", 2);
    refuses(BYTES, "$.a", "write $$ for a dollar", 0);
    refuses(BYTES, "$\"a\"", "write $$ for a dollar", 0);
    refuses(BYTES, "$-", "write $$ for a dollar", 0);
    refuses(BYTES, "x${}", "write $$ for a dollar", 1);
    refuses(BYTES, "${", "write $$ for a dollar", 0);
    refuses(BYTES, "${$a}", "write $$ for a dollar", 0);
    refuses(BYTES, "${a", "expected \"}\"", 3);
    refuses(BYTES, "${a b}", "expected \"}\"", 3);
    refuses(BYTES, "${a.}", "expected \"}\"", 3);
    refuses(BYTES, "${a[x]}", "expected \"}\"", 3);
    refuses(BYTES, "${a:stat}", "expected \"}\"", 3);
    refuses(BYTES, "${a:header.x-y}", "expected \"}\"", 12);
}


static void
properties(void)
{
    renders(BYTES, "$a:status", "404");
    renders(BYTES, "$a:status!", "404!");
    renders(BYTES, "$a:status.x", "404.x");
    renders(BYTES, "$a.b:status", "404");
    renders(BYTES, "$a:header.x_total", "x_total");
    renders(BYTES, "$a:header.x-total", "x-total");
    renders(BYTES, "$a:header.x.y", "x.y");
    renders(BYTES, "$a:status:status", "404:status");
    renders(JSON, "[$a:status,$a:header.x]", "[404,\"x\"]");

    renders(BYTES, "$s::text", "7::text");
    renders(BYTES, "$s:x", "7:x");
    renders(BYTES, "$s:", "7:");
    renders(BYTES, "$l[0]:statusx", "1:statusx");
    renders(BYTES, "$l[0]:status_", "1:status_");
    renders(BYTES, "$l[0]:Status", "1:Status");
    renders(BYTES, "$l[0]:header", "1:header");
    renders(BYTES, "$l[0]:header.", "1:header.");
    renders(BYTES, "$l[0]:headers.x", "1:headers.x");

    /* a base that has none: text */

    renders(BYTES, "$l[0]:status", "1:status");
    renders(BYTES, "$l[0]:header.x", "1:header.x");
    renders(BYTES, "$s.b[0]:status", "7.b[0]:status");
    renders(BYTES, "$host.b['k']:header.x.", "h.b['k']:header.x.");
    renders(BYTES, "$uri[*]", "/u[*]");
    renders(BYTES, "$s[\"a b\"]", "7[\"a b\"]");
    renders(TEXT, "$host:status", "h:status");

    unbound(BYTES, "x ${host.b}", "${host.b}", "has no members");
    unbound(BYTES, "${s[0]}", "${s[0]}", "has no members");
    unbound(TEXT, "${uri:status}", "${uri:status}", "has no members");
    unbound(FORM, "${l[0]:status}", "${l[0]:status}", "has no status");
    unbound(BYTES, "$a $unknown.b", "$unknown.b", "is not known here");
}


static void
values(void)
{
    ngx_str_t                       source;
    ngx_asyncapi_ref_t             *ref;
    ngx_asyncapi_template_t        *tpl;
    ngx_asyncapi_template_error_t   err;

    renders(JSON, "[$t,$t.x,$t[0],$n,$n.x,$a.b.none]",
            "[\"text\",null,null,null,null,null]");
    renders(BYTES, "<$t|$t.x|$n|$a.none>", "<text|||>");

    source = str("x ${a.l[-1]['k'][*]:header.x_y}");

    tpl = ngx_asyncapi_template_compile(pool, &source, BYTES, &err);
    ref = *(ngx_asyncapi_ref_t **) ngx_asyncapi_template_refs(tpl)->elts;

    is_int(ngx_asyncapi_template_refs(tpl)->nelts, 1, "one reference");
    is_str(&ref->source, "${a.l[-1]['k'][*]:header.x_y}", "its source");
    is_str(&ref->name, "a", "its name");
    is_str(&ref->path_text, ".l[-1]['k'][*]", "its path");
    is_str(&ref->property_text, ":header.x_y", "its property");
    is_str(&ref->header, "x_y", "its header");
    is_int(ref->property, NGX_ASYNCAPI_PROPERTY_HEADER, "what it is");
    is_int(ref->offset, 2, "its offset");
    is_int(ref->braced, 1, "it has braces");
    is_int(ref->value, 0, "it is no JSON value");
    is_int(ref->nsteps, 4, "its steps");
    is_str(&ref->steps[0].key, "l", "a key");
    is_int(ref->steps[1].type, NGX_ASYNCAPI_JSON_STEP_INDEX, "an index");
    is_int(ref->steps[1].index, -1, "from the end");
    is_str(&ref->steps[2].key, "k", "a key in quotes");
    is_int(ref->steps[3].type, NGX_ASYNCAPI_JSON_STEP_EACH, "each");

    ngx_memset(source.data, 'x', source.len);
    is_str(&ref->name, "a", "the source is no longer needed");
}


static ngx_uint_t
parse(const char *text, ngx_asyncapi_ref_t *ref,
    ngx_asyncapi_template_error_t *err)
{
    var_t      *v;
    ngx_str_t   source;

    source = str(text);

    if (ngx_asyncapi_ref_parse(pool, &source, ref, err) != NGX_OK) {
        return 0;
    }

    ngx_memset(source.data, 'x', source.len);

    v = find_var(&ref->name);

    if (v->name) {
        ref->base = v->base;
        ref->binding = v;
    }

    return 1;
}


static void
lone(void)
{
    ngx_uint_t                      i;
    ngx_asyncapi_ref_t              ref;
    ngx_asyncapi_value_t            value;
    ngx_asyncapi_render_t           render;
    ngx_asyncapi_template_error_t   err;

    static const struct {
        const char  *source;
        const char  *message;
        size_t       offset;
    } wrong[] = {
        { "", "expected a reference", 0 },
        { "a", "expected a reference", 0 },
        { " $a", "expected a reference", 0 },
        { "$a ", "unexpected text", 2 },
        { "$a.b.", "unexpected text", 4 },
        { "${a}.b", "unexpected text", 4 },
        { "$a$a", "unexpected text", 2 },
        { "$$", "write $$ for a dollar", 0 },
        { "$", "write $$ for a dollar", 0 },
        { "${a", "expected \"}\"", 3 },
    };

    render.pool = pool;
    render.resolve = resolve;

    ok(parse("$a.l[2]", &ref, &err), "a lone reference");
    is_str(&ref.source, "$a.l[2]", "its source is kept");
    is_int(ref.value, 1, "it is a value");
    is_int(ngx_asyncapi_ref_bound(&ref, &err), NGX_OK, "it is bound");
    is_int(ngx_asyncapi_ref_value(&ref, &render, &value), NGX_OK, "it is read");
    is_int(value.type, NGX_ASYNCAPI_VALUE_JSON, "it is JSON");
    is_str(&value.data, "{\"k\":30}", "it is that member");

    ok(parse("${a:status}", &ref, &err), "a lone property in braces");
    ngx_asyncapi_ref_value(&ref, &render, &value);
    is_str(&value.data, "404", "it is a number");

    ok(parse("$host.x", &ref, &err), "a lone variable with a member");
    is_int(ngx_asyncapi_ref_bound(&ref, &err), NGX_ERROR, "has none");
    ok(ngx_strstr(err.message, "has no members") != NULL, "and that is said");
    is_str(&err.near, "$host.x", "of the reference");

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {

        if (!ok(!parse(wrong[i].source, &ref, &err)
                && ngx_strstr(err.message, wrong[i].message)
                && err.offset == wrong[i].offset,
                "no lone reference: \"%s\"", wrong[i].source))
        {
            diag("%s at %d", err.message, (int) err.offset);
        }
    }
}


static void
truth(void)
{
    ngx_uint_t            i;
    ngx_asyncapi_value_t  value;

    static const struct {
        ngx_asyncapi_value_e   type;
        const char            *data;
        ngx_uint_t             truthy;
    } cases[] = {
        { NGX_ASYNCAPI_VALUE_NONE, "1", 0 },
        { NGX_ASYNCAPI_VALUE_TEXT, "", 0 },
        { NGX_ASYNCAPI_VALUE_TEXT, "0", 0 },
        { NGX_ASYNCAPI_VALUE_TEXT, "false", 0 },
        { NGX_ASYNCAPI_VALUE_TEXT, "null", 0 },
        { NGX_ASYNCAPI_VALUE_TEXT, "1", 1 },
        { NGX_ASYNCAPI_VALUE_TEXT, "00", 1 },
        { NGX_ASYNCAPI_VALUE_TEXT, "0.0", 1 },
        { NGX_ASYNCAPI_VALUE_TEXT, "False", 1 },
        { NGX_ASYNCAPI_VALUE_TEXT, "nul", 1 },
        { NGX_ASYNCAPI_VALUE_TEXT, "true", 1 },
        { NGX_ASYNCAPI_VALUE_TEXT, "[]", 1 },
        { NGX_ASYNCAPI_VALUE_JSON, "null", 0 },
        { NGX_ASYNCAPI_VALUE_JSON, "false", 0 },
        { NGX_ASYNCAPI_VALUE_JSON, "\"\"", 0 },
        { NGX_ASYNCAPI_VALUE_JSON, "0", 0 },
        { NGX_ASYNCAPI_VALUE_JSON, "-0.0e9", 0 },
        { NGX_ASYNCAPI_VALUE_JSON, "1", 1 },
        { NGX_ASYNCAPI_VALUE_JSON, "\"0\"", 1 },
        { NGX_ASYNCAPI_VALUE_JSON, "[]", 1 },
        { NGX_ASYNCAPI_VALUE_JSON, "{}", 1 },
        { NGX_ASYNCAPI_VALUE_JSON, "true", 1 },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        value.type = cases[i].type;
        value.data = str(cases[i].data);

        is_int(ngx_asyncapi_value_truthy(&value), cases[i].truthy,
               "%s is %s", cases[i].data, cases[i].truthy ? "true" : "false");
    }
}


int
main(void)
{
    pool = unit_start();

    grammar();
    properties();
    values();
    lone();
    truth();

    return unit_done();
}

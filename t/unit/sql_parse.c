
/*
 * Copyright (C) The asyncapi module authors
 *
 * The text of a statement: what is a parameter in it, what is not, and what is
 * refused.
 */


#include "ngx_asyncapi_unit.h"
#include "ngx_asyncapi_sql.h"

#include <string.h>


#define PG    &ngx_asyncapi_sql_postgres
#define LITE  &ngx_asyncapi_sql_sqlite


typedef struct {
    const ngx_asyncapi_sql_dialect_t  *dialect;
    const char                        *source;
    const char                        *text;
    const char                        *refs;     /* "$a $b.c" */
    const char                        *words;    /* "SELECT a" */
} accepted_t;

typedef struct {
    const ngx_asyncapi_sql_dialect_t  *dialect;
    const char                        *source;
    const char                        *message;  /* a part of it */
    const char                        *near;     /* its beginning */
} refused_t;


static void accepted(accepted_t *test);
static void refused(refused_t *test);
static ngx_str_t text(const char *s);


static ngx_pool_t  *pool;


static accepted_t  accept_tests[] = {

    /* parameters */

    { PG, "SELECT 1", "SELECT 1", "", "SELECT 1" },
    { PG, "SELECT $a", "SELECT $1", "$a", "SELECT" },
    { LITE, "SELECT $a", "SELECT ?1", "$a", "SELECT" },
    { PG, "select $a,$a, $b.c[0]['x y']",
      "select $1,$2, $3", "$a $a $b.c[0]['x y']", "select" },
    { PG, "SELECT $a::text || ${b}::int[]", "SELECT $1::text || $2::int[]",
      "$a ${b}", "SELECT text" },
    { PG, "SELECT $a.b. FROM t", "SELECT $1. FROM t", "$a.b", "SELECT FROM" },
    { LITE, "SELECT ($a)+${b}-$c", "SELECT (?1)+?2-?3", "$a ${b} $c",
      "SELECT" },
    { PG, "SELECT $a:status", "SELECT $1", "$a:status", "SELECT" },
    { PG, "SELECT $a $b $c $d $e $f $g $h $i $j",
      "SELECT $1 $2 $3 $4 $5 $6 $7 $8 $9 $10",
      "$a $b $c $d $e $f $g $h $i $j", "SELECT" },
    { PG, "SELECT a ? 'x', b ?| $c", "SELECT a ? 'x', b ?| $1", "$c",
      "SELECT a" },
    { PG, "SELECT a[1:$n]", "SELECT a[1:$1]", "$n", "SELECT a" },

    /* strings */

    { PG, "SELECT 'a''b' || $c", "SELECT 'a''b' || $1", "$c", "SELECT" },
    { PG, "SELECT 'a\\' || $c", "SELECT 'a\\' || $1", "$c", "SELECT" },
    { PG, "SELECT E'a\\'b' || $c", "SELECT E'a\\'b' || $1", "$c", "SELECT E" },
    { PG, "SELECT e'\\\\' || $c", "SELECT e'\\\\' || $1", "$c", "SELECT e" },
    { PG, "SELECT abcE'a\\' || $c", "SELECT abcE'a\\' || $1", "$c",
      "SELECT abcE" },
    { LITE, "SELECT E'a\\' || $c", "SELECT E'a\\' || ?1", "$c", "SELECT E" },
    { PG, "SELECT '; -- /* \" $$'", "SELECT '; -- /* \" $'", "", "SELECT" },
    { LITE, "SELECT j -> '$.a', j ->> '$[0]', '$'",
      "SELECT j -> '$.a', j ->> '$[0]', '$'", "", "SELECT j" },
    { PG, "SELECT 'a$$b'", "SELECT 'a$b'", "", "SELECT" },
    { PG, "SELECT E'\\$$'", "SELECT E'\\$'", "", "SELECT E" },

    /* dollar quotes are PostgreSQL's */

    { PG, "SELECT $$it's; \" -- $$, $a", "SELECT $$it's; \" -- $$, $1", "$a",
      "SELECT" },
    { PG, "SELECT $q$ $$5 $. $$ $q$ || $a", "SELECT $q$ $5 $. $ $q$ || $1",
      "$a", "SELECT" },
    { PG, "SELECT $_1$$_1$,$$$$", "SELECT $_1$$_1$,$$$$", "", "SELECT" },
    { PG, "SELECT a$$b FROM c$$", "SELECT a$b FROM c$", "", "SELECT a" },
    { LITE, "SELECT a$$b", "SELECT a$b", "", "SELECT a" },

    /* names */

    { PG, "SELECT \"a;'\"\"b$$\" FROM \"$.\"",
      "SELECT \"a;'\"\"b$\" FROM \"$.\"", "", "SELECT FROM" },
    { LITE, "SELECT `a;'`, [b \"'], $c", "SELECT `a;'`, [b \"'], ?1", "$c",
      "SELECT" },
    { PG, "SELECT a[1], '`', $c", "SELECT a[1], '`', $1", "$c", "SELECT a" },

    /* comments */

    { PG, "SELECT 1 -- it's 5 $\n, $a", "SELECT 1 -- it's 5 $\n, $1", "$a",
      "SELECT 1" },
    { PG, "/* a /* b */ ' */ SELECT $a", "/* a /* b */ ' */ SELECT $1", "$a",
      "SELECT" },
    { LITE, "/* a /* b */ SELECT $a", "/* a /* b */ SELECT ?1", "$a",
      "SELECT" },
    { PG, "-- BEGIN\nSELECT a", "-- BEGIN\nSELECT a", "", "SELECT a" },
    { PG, "SELECT 1 /* $$ */ - -$a", "SELECT 1 /* $ */ - -$1", "$a",
      "SELECT 1" },

    /* its end */

    { PG, "SELECT 1;", "SELECT 1", "", "SELECT 1" },
    { PG, "SELECT 1 ; ; \n -- no more\n /* at all */ ;", "SELECT 1 ", "",
      "SELECT 1" },
    { LITE, " (select 1)", " (select 1)", "", "select 1" },

    /* that of a trigger is an END behind a ";" */

    { LITE, "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n"
      " SELECT CASE WHEN 1 THEN ';' END; DELETE FROM b; -- ; END\n"
      " end ; -- all",
      "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n"
      " SELECT CASE WHEN 1 THEN ';' END; DELETE FROM b; -- ; END\n"
      " end ", "", "CREATE TRIGGER" },
    { LITE, "create temp trigger if not exists t update of a on b "
      "begin select 1;/**/END",
      "create temp trigger if not exists t update of a on b "
      "begin select 1;/**/END", "", "create temp" },
    { LITE, "CREATE TEMPORARY TRIGGER t BEGIN SELECT '$$'; END",
      "CREATE TEMPORARY TRIGGER t BEGIN SELECT '$'; END", "",
      "CREATE TEMPORARY" },
    { LITE, "DROP TRIGGER t;", "DROP TRIGGER t", "", "DROP TRIGGER" },
    { PG, "CREATE TRIGGER t AFTER INSERT ON a EXECUTE FUNCTION f();",
      "CREATE TRIGGER t AFTER INSERT ON a EXECUTE FUNCTION f()", "",
      "CREATE TRIGGER" },
    { NULL, NULL, NULL, NULL, NULL }
};


static refused_t  refuse_tests[] = {

    { PG, "", "there is no statement", "" },
    { PG, " -- only a comment", "there is no statement", "" },
    { PG, ";", "there is no statement", "" },
    { PG, "SELECT 1; SELECT 2", "one string is one statement", "SELECT 2" },
    { PG, "SELECT 1; $a", "one string is one statement", "$a" },
    { LITE, "SELECT 1;;-- x\nDROP TABLE a", "one string is one statement",
      "DROP" },

    { LITE, "CREATE TRIGGER t DELETE ON a BEGIN SELECT 1; END; SELECT 2; END",
      "one string is one statement", "SELECT 2" },
    { LITE, "DROP TRIGGER t; SELECT 1; END", "one string is one statement",
      "SELECT 1" },
    { LITE, "CREATE TABLE trigger (a); SELECT 1; END",
      "one string is one statement", "SELECT 1" },
    { LITE, "CREATE TRIGGER t INSERT ON a WHEN $x BEGIN SELECT 1; END",
      "in a trigger", "$x" },
    { LITE, "CREATE TRIGGER t INSERT ON a BEGIN SELECT $x; END",
      "in a trigger", "$x" },
    { PG, "CREATE TRIGGER t BEGIN SELECT 1; END",
      "one string is one statement", "END" },

    { PG, "SELECT '$a'", "in a string", "$a'" },
    { PG, "SELECT 'x ${a.b}'", "in a string", "${a.b}" },
    { PG, "SELECT '$5'", "in a string", "$5" },
    { PG, "SELECT E'\\'$a'", "in a string", "$a" },
    { PG, "SELECT E'\\$a'", "in a string", "$a" },
    { PG, "SELECT $$ $a $$", "in a string", "$a $$" },
    { PG, "SELECT $q$ $a $q$", "in a string", "$a $q$" },
    { PG, "SELECT * FROM \"$a\"", "in a quoted name", "$a\"" },
    { LITE, "SELECT * FROM [$a]", "in a quoted name", "$a]" },
    { LITE, "SELECT * FROM `$a`", "in a quoted name", "$a`" },
    { PG, "SELECT 1 -- $a", "in a comment", "$a" },
    { PG, "SELECT 1 /* /* */ $a */", "in a comment", "$a" },
    { PG, "SELECT 1; -- $a", "in a comment", "$a" },
    { LITE, "SELECT 1; /* $a */", "in a comment", "$a" },

    { PG, "SELECT 'a", "the string has no end", "'a" },
    { PG, "SELECT E'a\\'", "the string has no end", "'a\\'" },
    { PG, "SELECT $q$ a $ q$", "the string has no end", "$q$ a" },
    { PG, "SELECT $$ a", "the string has no end", "$$ a" },
    { PG, "SELECT \"a", "the quoted name has no end", "\"a" },
    { LITE, "SELECT [a", "the quoted name has no end", "[a" },
    { PG, "SELECT /* a", "the comment has no end", "/* a" },
    { PG, "SELECT /* /* a */", "the comment has no end", "/* /* a" },
    { PG, "SELECT 1; /* a", "the comment has no end", "/* a" },

    { PG, "SELECT 1 LIMIT$n", "a part of a word", "$n" },
    { PG, "SELECT * FROM ${t}_old", "a part of a word", "${t}" },
    { LITE, "SELECT ${a}5", "a part of a word", "${a}5" },
    { LITE, "SELECT 1$a", "a part of a word", "$a" },
    { LITE, "SELECT $a$b", "a part of a word", "$b" },
    { LITE, "SELECT $$a", "a dollar can stand in strings", "$$a" },
    { PG, "SELECT $ 1", "no name after the dollar", "$ 1" },
    { PG, "SELECT ${a", "expected \"}\"", "" },

    { LITE, "SELECT ?", "a parameter is a reference", "?" },
    { LITE, "SELECT ?1", "a parameter is a reference", "?1" },
    { LITE, "SELECT :a", "a parameter is a reference", ":a" },
    { LITE, "SELECT @a", "a parameter is a reference", "@a" },
    { LITE, "SELECT $a::text", "a cast is written CAST", "::text" },
    { NULL, NULL, NULL, NULL }
};


int
main(void)
{
    accepted_t  *a;
    refused_t   *r;

    pool = unit_start();

    for (a = accept_tests; a->source; a++) {
        accepted(a);
    }

    for (r = refuse_tests; r->source; r++) {
        refused(r);
    }

    return unit_done();
}


static void
accepted(accepted_t *test)
{
    u_char                          buf[1024], *p;
    ngx_str_t                       source, got;
    ngx_uint_t                      i;
    ngx_asyncapi_sql_t              sql;
    ngx_asyncapi_ref_t            **ref;
    ngx_asyncapi_template_error_t   err;

    source = text(test->source);

    if (ngx_asyncapi_sql_parse(pool, &source, test->dialect, &sql, &err)
        != NGX_OK)
    {
        ok(0, "accepted: %s", test->source);
        diag("%s near \"%.*s\"", err.message, (int) err.near.len,
             err.near.data);
        return;
    }

    is_str(&sql.text, test->text, "%s", test->source);
    ok(sql.text.data[sql.text.len] == '\0' && sql.text.len
       == strlen((char *) sql.text.data), "ends with a zero byte");

    p = buf;
    ref = sql.refs.elts;

    for (i = 0; i < sql.refs.nelts; i++) {
        p = ngx_sprintf(p, "%s%V", i ? " " : "", &ref[i]->source);

        if (!ref[i]->value) {
            ok(0, "it is a value, which no text is a part of");
        }
    }

    got.data = buf;
    got.len = p - buf;

    is_str(&got, test->refs, "its references");

    p = ngx_sprintf(buf, "%V%s%V", &sql.words[0], sql.words[1].len ? " " : "",
                    &sql.words[1]);
    got.len = p - buf;

    is_str(&got, test->words, "its first words");
}


static void
refused(refused_t *test)
{
    ngx_str_t                      source;
    ngx_asyncapi_sql_t             sql;
    ngx_asyncapi_template_error_t  err;

    source = text(test->source);

    if (ngx_asyncapi_sql_parse(pool, &source, test->dialect, &sql, &err)
        == NGX_OK)
    {
        ok(0, "refused: %s", test->source);
        diag("it is \"%.*s\"", (int) sql.text.len, sql.text.data);
        return;
    }

    if (!ok(err.message && strstr(err.message, test->message)
            && err.near.len >= strlen(test->near)
            && strncmp((char *) err.near.data, test->near, strlen(test->near))
               == 0,
            "refused: %s", test->source))
    {
        diag("%s near \"%.*s\"", err.message, (int) err.near.len,
             err.near.data);
    }
}


/* memory of exactly that size */

static ngx_str_t
text(const char *s)
{
    ngx_str_t  str;

    str.len = strlen(s);
    str.data = ngx_pnalloc(pool, str.len ? str.len : 1);
    ngx_memcpy(str.data, s, str.len);

    return str;
}

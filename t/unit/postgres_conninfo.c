
/*
 * Copyright (C) The asyncapi module authors
 *
 * Connection strings of PostgreSQL: whom they name, what goes to libpq, and
 * what is said of those that are wrong, which is never a password.
 */


#include "ngx_asyncapi_unit.h"
#include "ngx_asyncapi_postgres_conn.h"

#include <string.h>


typedef struct {
    const char  *conninfo;
    const char  *targets;      /* "host/address/port" of each, a "?" for an
                                  address that is to be resolved */
    const char  *given;        /* "user=a dbname=b", in libpq's order */
    ngx_msec_t   timeout;
} accepted_t;

typedef struct {
    const char  *conninfo;
    const char  *message;      /* its beginning */
} refused_t;


static void accepted(accepted_t *test);
static void refused(refused_t *test);
static void standby(void);
static void line(void);
static ngx_int_t parse(const char *conninfo,
    ngx_asyncapi_postgres_server_t *server, ngx_str_t *message);


static ngx_pool_t  *pool;


static accepted_t  accept_tests[] = {
    { "", "//", "", 0 },
    { "host=127.0.0.1", "127.0.0.1/127.0.0.1/", "", 0 },
    { "host=::1 port=5433 user=a", "::1/::1/5433", "user=a", 0 },
    { "host=db dbname=shop", "db/?/", "dbname=shop", 0 },
    { "host=/run/postgresql", "/run/postgresql//", "", 0 },
    { "host=@abstract", "@abstract//", "", 0 },
    { "host=db hostaddr=10.0.0.1", "db/10.0.0.1/", "", 0 },
    { "hostaddr=10.0.0.1,10.0.0.2 port=5433", "/10.0.0.1/5433 /10.0.0.2/5433",
      "", 0 },
    { "host=a,127.0.0.1,,/s port=1,2,3,4",
      "a/?/1 127.0.0.1/127.0.0.1/2 //3 /s//4", "", 0 },
    { "user='a b' password='it\\'s \\\\' dbname=''", "//",
      "user=a b password=it's \\", 0 },
    { "postgresql://a:s%40fe@db1:1,db2:2/shop?sslmode=require",
      "db1/?/1 db2/?/2", "user=a password=s@fe dbname=shop sslmode=require",
      0 },
    { "connect_timeout=3", "//", "", 3000 },
    { "connect_timeout=-3", "//", "", 0 },
    { "client_encoding=utf8 gssencmode=disable", "//",
      "client_encoding=utf8 gssencmode=disable", 0 },
    { "sslmode=verify-full sslrootcert=/ca.pem", "//",
      "sslmode=verify-full sslrootcert=/ca.pem", 0 },
    { "options='-c search_path=a,b' application_name=shop", "//",
      "options=-c search_path=a,b application_name=shop", 0 },
    { "target_session_attrs=read-write", "//",
      "target_session_attrs=read-write", 0 },
    { NULL, NULL, NULL, 0 }
};


static refused_t  refuse_tests[] = {
    { "host", "a word has no \"=\" behind it" },
    { "password=top secret", "a word has no \"=\" behind it" },
    { "pasword=secret", "invalid connection option \"pasword\"" },
    { "password='secret", "unterminated quoted string in connection info" },
    { "postgresql://a:secret@db:port%zz/", "invalid percent-encoded token: "
      "\"...\"" },
    { "postgresql://a:secret@[::1/b", "end of string reached when looking for "
      "matching \"...\"" },
    { "postgresql://db/shop?secret", "missing key/value separator "
      "\"...\"" },
    { "postgresql://db/shop?pasword=secret",
      "invalid URI query parameter: \"pasword\"" },
    { "host=a,b port=1,2,3", "\"host\", \"hostaddr\" and \"port\" are lists" },
    { "host=a,b hostaddr=10.0.0.1", "\"host\", \"hostaddr\" and \"port\" are" },
    { "service=shop", "\"service\" is not looked up" },
    { "passfile=/p", "\"passfile\" is not read" },
    { "client_encoding=LATIN1", "\"client_encoding\" can only be UTF8" },
    { "gssencmode=prefer", "\"gssencmode\" can only be disable" },
    { "replication=true", "\"replication\" is not for queries" },
    { "sslmode=verify-ca", "\"sslmode\" verifies by a file that is not named" },
    { NULL, NULL }
};


int
main(void)
{
    accepted_t  *a;
    refused_t   *r;

    pool = unit_start();

    for (a = accept_tests; a->conninfo; a++) {
        accepted(a);
    }

    for (r = refuse_tests; r->conninfo; r++) {
        refused(r);
    }

    standby();
    line();

    return unit_done();
}


static void
accepted(accepted_t *test)
{
    u_char                          *p, buf[1024];
    ngx_str_t                        message, got;
    ngx_uint_t                       i;
    ngx_asyncapi_postgres_server_t   server;
    ngx_asyncapi_postgres_target_t  *target;

    is_int(parse(test->conninfo, &server, &message), NGX_OK, "%s",
           test->conninfo);

    got.data = buf;

    p = buf;
    target = server.targets.elts;

    for (i = 0; i < server.targets.nelts; i++) {
        p = ngx_sprintf(p, "%s%s/%s/%s", i ? " " : "", target[i].host,
                        target[i].naddrs == 0 ? "?"
                        : target[i].addrs[0] ? target[i].addrs[0] : "",
                        target[i].port);
    }

    got.len = p - buf;
    is_str(&got, test->targets, "its servers");

    /* the defaults stand behind what is given */

    p = buf;

    for (i = 0; server.keywords[i]; i++) {

        if (strcmp(server.values[i], "nginx") == 0
            || strcmp(server.values[i], "UTF8") == 0
            || strcmp(server.values[i], "/dev/null/none") == 0
            || (strcmp(server.keywords[i], "gssencmode") == 0
                && strstr(test->given, "gssencmode") == NULL))
        {
            continue;
        }

        p = ngx_sprintf(p, "%s%s=%s", (p == buf) ? "" : " ",
                        server.keywords[i], server.values[i]);
    }

    got.len = p - buf;

    is_str(&got, test->given, "what goes to libpq");

    for (i = 0; server.keywords[i]; i++) {
        ok(server.values[i] && server.values[i][0], "with a value");
    }

    is_int(server.timeout, test->timeout, "its timeout");
}


static void
refused(refused_t *test)
{
    ngx_str_t                        message;
    ngx_asyncapi_postgres_server_t   server;

    is_int(parse(test->conninfo, &server, &message), NGX_DECLINED,
           "%s, refused", test->conninfo);

    message.len = ngx_min(message.len, strlen(test->message));

    is_str(&message, test->message, "for that reason");
}


/* which libpq could not tell of an address alone */

static void
standby(void)
{
    ngx_str_t                        message;
    ngx_uint_t                       i;
    ngx_asyncapi_postgres_server_t   server;

    is_int(parse("host=a,b target_session_attrs=prefer-standby", &server,
                 &message),
           NGX_OK, "a standby, or any");
    ok(server.prefer_standby, "is for us to look for");

    for (i = 0; server.keywords[i]; i++) {
        ok(strcmp(server.keywords[i], "target_session_attrs") != 0,
           "and not for libpq");
    }
}


static void
line(void)
{
    char  text[1000];

    ok(strcmp(ngx_asyncapi_postgres_line("a\nb\n"), "a") == 0, "a first line");
    ok(strcmp(ngx_asyncapi_postgres_line(""), "") == 0, "of none");

    memset(text, 'x', sizeof(text));
    text[999] = '\0';

    is_int(strlen(ngx_asyncapi_postgres_line(text)), 255, "that is long");
}


static ngx_int_t
parse(const char *conninfo, ngx_asyncapi_postgres_server_t *server,
    ngx_str_t *message)
{
    ngx_str_t  source;

    source.data = (u_char *) conninfo;
    source.len = strlen(conninfo);

    ngx_str_null(message);
    ngx_memzero(server, sizeof(ngx_asyncapi_postgres_server_t));

    return ngx_asyncapi_postgres_conninfo(pool, &source, server, message);
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * URLs of Redis servers: what they say, what is refused, what is masked.
 */


#include "ngx_asyncapi_unit.h"
#include "ngx_asyncapi_redis_url.h"

#include <string.h>


typedef struct {
    const char                *url;
    ngx_asyncapi_redis_url_e   type;
    const char                *user;
    const char                *password;
    const char                *hosts;     /* "name:port name:port" */
    const char                *master;
    ngx_uint_t                 db;
    ngx_uint_t                 tls;
} accepted_t;

typedef struct {
    const char                *url;
    const char                *message;   /* its beginning */
} refused_t;

typedef struct {
    const char                *url;
    const char                *masked;
} masked_t;


static void accepted(accepted_t *test);
static void refused(refused_t *test);
static void masked(masked_t *test);
static ngx_str_t text(const char *s);
static void is(ngx_str_t *got, const char *expected, const char *what);


static ngx_pool_t  *pool;


static accepted_t  accept_tests[] = {
    { "redis://localhost", NGX_ASYNCAPI_REDIS_TCP, "", "", "localhost:6379",
      "", 0, 0 },
    { "REDIS://a.b:1/", NGX_ASYNCAPI_REDIS_TCP, "", "", "a.b:1", "", 0, 0 },
    { "redis://127.0.0.1:6380/15", NGX_ASYNCAPI_REDIS_TCP, "", "",
      "127.0.0.1:6380", "", 15, 0 },
    { "redis://[::1]", NGX_ASYNCAPI_REDIS_TCP, "", "", "::1:6379", "", 0, 0 },
    { "redis://[fe80::1]:7/2", NGX_ASYNCAPI_REDIS_TCP, "", "", "fe80::1:7", "",
      2, 0 },
    { "rediss://h", NGX_ASYNCAPI_REDIS_TCP, "", "", "h:6379", "", 0, 1 },
    { "redis://u:p@h", NGX_ASYNCAPI_REDIS_TCP, "u", "p", "h:6379", "", 0, 0 },
    { "redis://:p@h", NGX_ASYNCAPI_REDIS_TCP, "", "p", "h:6379", "", 0, 0 },
    { "redis://a%3Ab:%2f%40%3f:%25@h/1", NGX_ASYNCAPI_REDIS_TCP, "a:b",
      "/@?:%", "h:6379", "", 1, 0 },
    { "redis+unix:///run/r.sock", NGX_ASYNCAPI_REDIS_UNIX, "", "",
      "/run/r.sock:0", "", 0, 0 },
    { "redis+unix://:p@/run/@r:1?db=3", NGX_ASYNCAPI_REDIS_UNIX, "", "p",
      "/run/@r:1:0", "", 3, 0 },
    { "redis+sentinel://a,b:1,[::1]:2/main/4", NGX_ASYNCAPI_REDIS_SENTINEL,
      "", "", "a:26379 b:1 ::1:2", "main", 4, 0 },
    { "redis+sentinel://u:p@a/main", NGX_ASYNCAPI_REDIS_SENTINEL, "u", "p",
      "a:26379", "main", 0, 0 },
    { "redis+cluster://a:1,b:2", NGX_ASYNCAPI_REDIS_CLUSTER, "", "",
      "a:1 b:2", "", 0, 0 },
    { NULL, 0, NULL, NULL, NULL, NULL, 0, 0 }
};


static refused_t  refuse_tests[] = {
    { "", "is no URL of a Redis server" },
    { "redis:/h", "is no URL of a Redis server" },
    { "localhost:6379", "is no URL of a Redis server" },
    { "redis://", "has no host" },
    { "redis://:6379", "has no host" },
    { "redis:///1", "has no host" },
    { "redis://[::1", "has no host" },
    { "redis://[]", "has no host" },
    { "redis://::1", "has no host" },
    { "redis://[::1]x", "has no valid port" },
    { "redis://fe80::1", "has no valid port" },
    { "redis://h:", "has no valid port" },
    { "redis://h:0", "has no valid port" },
    { "redis://h:65536", "has no valid port" },
    { "redis://h:6379x", "has no valid port" },
    { "redis://h x", "has a host with a character" },
    { "redis://h?db=1", "has a host with a character" },
    { "redis://h/x", "has a database that is no number" },
    { "redis://h/1/2", "has a database that is no number" },
    { "redis://h/-1", "has a database that is no number" },
    { "redis://h/99999999999999999999", "has a database that is no number" },
    { "redis://a,b", "has several hosts" },
    { "redis://u@h", "has a user without a password" },
    { "redis://u:@h", "has an empty password" },
    { "redis://u:a/b@h", "has a user or a password with" },
    { "redis://u:a@b@h", "has a user or a password with" },
    { "redis://u:%4@h", "has a \"%\" that begins no %XX" },
    { "redis://u:%zz@h", "has a \"%\" that begins no %XX" },
    { "redis+unix://run/r", "has no path of a socket" },
    { "redis+unix:///", "has no path of a socket" },
    { "redis+unix:///r?x=1", "has arguments that are not known" },
    { "redis+unix:///r?db=", "has a database that is no number" },
    { "redis+unix:///01234567890123456789012345678901234567890123456789"
      "0123456789012345678901234567890123456789012345678901234567890",
      "has a path that is too long" },
    { "redis+sentinel://a", "does not name the master" },
    { "redis+sentinel://a//1", "does not name the master" },
    { "redis+sentinel://a,/m", "has no host" },
    { "redis+cluster://a/1", "has a database" },
    { NULL, NULL }
};


static masked_t  mask_tests[] = {
    { "redis://h", "redis://h" },
    { "redis://u:p@h", "redis://u:***@h" },
    { "redis://:p:q@h", "redis://:***@h" },
    { "redis://secret@h", "redis://***@h" },
    { "redis://u:a/b@c@h/1", "redis://u:***@h/1" },
    { "u:secret@h", "u:***@h" },
    { "redis:/u:secret@h", "redis:***@h" },
    { "redis+unix://:p@/r@x", "redis+unix://:***@x" },
    { NULL, NULL }
};


int
main(void)
{
    ngx_uint_t  i;

    pool = unit_start();

    for (i = 0; accept_tests[i].url; i++) {
        accepted(&accept_tests[i]);
    }

    for (i = 0; refuse_tests[i].url; i++) {
        refused(&refuse_tests[i]);
    }

    for (i = 0; mask_tests[i].url; i++) {
        masked(&mask_tests[i]);
    }

    return unit_done();
}


static void
accepted(accepted_t *test)
{
    u_char                    *p;
    ngx_int_t                  rc;
    ngx_str_t                  source, hosts;
    ngx_uint_t                 i;
    const char                *message;
    ngx_asyncapi_redis_url_t   url;

    message = "";
    source = text(test->url);

    rc = ngx_asyncapi_redis_url_parse(pool, &source, &url, &message);

    if (!ok(rc == NGX_OK, "%s is taken", test->url)) {
        diag("it %s", message);
        return;
    }

    is_int(url.type, test->type, "its type");
    is_int(url.db, test->db, "its database");
    is_int(url.tls, test->tls, "whether it is TLS");
    is(&url.user, test->user, "its user");
    is(&url.password, test->password, "its password");
    is(&url.master, test->master, "its master");

    hosts.data = ngx_pnalloc(pool, 256);
    p = hosts.data;

    for (i = 0; i < url.nhosts; i++) {
        p = ngx_sprintf(p, "%s%V:%d", i ? " " : "", &url.hosts[i].name,
                        (int) url.hosts[i].port);
        ok(url.hosts[i].name.data[url.hosts[i].name.len] == '\0',
           "a host ends in a zero byte");
    }

    hosts.len = p - hosts.data;

    is_str(&hosts, test->hosts, "its hosts");
}


static void
refused(refused_t *test)
{
    ngx_int_t                  rc;
    ngx_str_t                  source;
    const char                *message;
    ngx_asyncapi_redis_url_t   url;

    message = "";
    source = text(test->url);

    rc = ngx_asyncapi_redis_url_parse(pool, &source, &url, &message);

    ok(rc == NGX_DECLINED
       && strncmp(message, test->message, strlen(test->message)) == 0,
       "\"%s\" is refused: it %s", test->url, message);
}


static void
masked(masked_t *test)
{
    ngx_str_t  source, out;

    source = text(test->url);

    ok(ngx_asyncapi_redis_url_mask(pool, &source, &out) == NGX_OK, "memory");
    is_str(&out, test->masked, "%s is masked", test->url);
}


/* of memory of its own size: what is read behind its end is found */

static ngx_str_t
text(const char *s)
{
    ngx_str_t  str;

    str.len = strlen(s);
    str.data = ngx_pnalloc(pool, str.len);
    ngx_memcpy(str.data, s, str.len);

    return str;
}


/* what is not there has no bytes to compare */

static void
is(ngx_str_t *got, const char *expected, const char *what)
{
    ngx_str_t  empty = ngx_string("");

    is_str(got->len ? got : &empty, expected, "%s", what);
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * The keys of a command, and their slot.
 *
 * A node that is sent what is not its own says so, and which node it is of:
 * what the table does not know (the STORE of SORT, the KEYS of MIGRATE) takes
 * longer, and is not wrong.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_redis_keys.h"


typedef enum {
    NGX_ASYNCAPI_REDIS_KEYS_NONE = 0,
    NGX_ASYNCAPI_REDIS_KEYS_RANGE,     /* from first to last by step */
    NGX_ASYNCAPI_REDIS_KEYS_NUMBER,    /* how many there are is at last, they
                                          follow; one more is at first, or 0 */
    NGX_ASYNCAPI_REDIS_KEYS_STREAMS    /* the first half of what follows
                                          STREAMS, which is at first or later */
} ngx_asyncapi_redis_keys_e;


struct ngx_asyncapi_redis_keys_s {
    const char                 *names;    /* each with a blank behind it */
    ngx_asyncapi_redis_keys_e   type;
    ngx_uint_t                  first;
    ngx_int_t                   last;     /* negative: from the end */
    ngx_uint_t                  step;
};


static ngx_uint_t ngx_asyncapi_redis_keys_have(const char *names,
    const ngx_str_t *name);
static ngx_int_t ngx_asyncapi_redis_keys_number(
    const ngx_asyncapi_redis_keys_t *keys, const ngx_str_t *argv,
    ngx_uint_t argc);
static ngx_uint_t ngx_asyncapi_redis_keys_streams(
    const ngx_asyncapi_redis_keys_t *keys, const ngx_str_t *argv,
    ngx_uint_t argc);


static const ngx_asyncapi_redis_keys_t  ngx_asyncapi_redis_keys_table[] = {

    { "PING ECHO TIME INFO DBSIZE KEYS SCAN RANDOMKEY FLUSHALL FLUSHDB CONFIG "
      "CLUSTER ACL COMMAND LASTSAVE ROLE SCRIPT FUNCTION PUBLISH PUBSUB "
      "LATENCY SLOWLOG MODULE BGSAVE BGREWRITEAOF LOLWUT SWAPDB REPLICAOF "
      "SLAVEOF ",
      NGX_ASYNCAPI_REDIS_KEYS_NONE, 0, 0, 0 },

    { "MGET DEL EXISTS UNLINK TOUCH PFCOUNT PFMERGE SINTER SUNION SDIFF "
      "SINTERSTORE SUNIONSTORE SDIFFSTORE ",
      NGX_ASYNCAPI_REDIS_KEYS_RANGE, 1, -1, 1 },

    { "MSET MSETNX ",
      NGX_ASYNCAPI_REDIS_KEYS_RANGE, 1, -1, 2 },

    { "RENAME RENAMENX LMOVE RPOPLPUSH SMOVE COPY GEOSEARCHSTORE ZRANGESTORE "
      "LCS ",
      NGX_ASYNCAPI_REDIS_KEYS_RANGE, 1, 2, 1 },

    { "BITOP ",
      NGX_ASYNCAPI_REDIS_KEYS_RANGE, 2, -1, 1 },

    { "OBJECT XINFO XGROUP MEMORY PFDEBUG ",
      NGX_ASYNCAPI_REDIS_KEYS_RANGE, 2, 2, 1 },

    { "MIGRATE ",
      NGX_ASYNCAPI_REDIS_KEYS_RANGE, 3, 3, 1 },

    { "EVAL EVALSHA EVAL_RO EVALSHA_RO FCALL FCALL_RO ",
      NGX_ASYNCAPI_REDIS_KEYS_NUMBER, 0, 2, 1 },

    { "ZUNION ZINTER ZDIFF SINTERCARD ZINTERCARD LMPOP ZMPOP ",
      NGX_ASYNCAPI_REDIS_KEYS_NUMBER, 0, 1, 1 },

    { "ZUNIONSTORE ZINTERSTORE ZDIFFSTORE ",
      NGX_ASYNCAPI_REDIS_KEYS_NUMBER, 1, 2, 1 },

    { "XREAD ",
      NGX_ASYNCAPI_REDIS_KEYS_STREAMS, 1, 0, 1 },

    /* GROUP and two names, which may be any */

    { "XREADGROUP ",
      NGX_ASYNCAPI_REDIS_KEYS_STREAMS, 4, 0, 1 },

    { "",
      NGX_ASYNCAPI_REDIS_KEYS_RANGE, 1, 1, 1 }
};


/* CRC16-XMODEM of four bits */

static const uint16_t  ngx_asyncapi_redis_crc16[] = {
    0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7,
    0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c, 0xd1ad, 0xe1ce, 0xf1ef
};


const ngx_asyncapi_redis_keys_t *
ngx_asyncapi_redis_keys(const ngx_str_t *command)
{
    const ngx_asyncapi_redis_keys_t  *keys;

    for (keys = ngx_asyncapi_redis_keys_table; keys->names[0]; keys++) {
        if (ngx_asyncapi_redis_keys_have(keys->names, command)) {
            break;
        }
    }

    return keys;
}


static ngx_uint_t
ngx_asyncapi_redis_keys_have(const char *names, const ngx_str_t *name)
{
    const char  *p, *end;

    for (p = names; *p; p = end + 1) {
        end = ngx_strchr(p, ' ');

        if ((size_t) (end - p) == name->len
            && ngx_strncasecmp((u_char *) p, name->data, name->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_asyncapi_redis_keys_slot(const ngx_asyncapi_redis_keys_t *keys,
    const ngx_str_t *argv, ngx_uint_t argc, ngx_uint_t *slot)
{
    ngx_int_t   rc;
    ngx_uint_t  i, end, other;

    rc = NGX_DECLINED;

    switch (keys->type) {

    case NGX_ASYNCAPI_REDIS_KEYS_NONE:
        return NGX_DECLINED;

    case NGX_ASYNCAPI_REDIS_KEYS_NUMBER:
        i = keys->last + 1;
        end = i + ngx_asyncapi_redis_keys_number(keys, argv, argc);

        if (keys->first && keys->first < argc) {
            *slot = ngx_asyncapi_redis_key_slot(&argv[keys->first]);
            rc = NGX_OK;
        }

        break;

    case NGX_ASYNCAPI_REDIS_KEYS_STREAMS:
        i = ngx_asyncapi_redis_keys_streams(keys, argv, argc);
        end = i + (argc - i) / 2;
        break;

    default: /* NGX_ASYNCAPI_REDIS_KEYS_RANGE */
        i = keys->first;
        end = (keys->last < 0) ? argc
                               : ngx_min((ngx_uint_t) keys->last + 1, argc);
        break;
    }

    for ( /* void */ ; i < end; i += keys->step) {
        other = ngx_asyncapi_redis_key_slot(&argv[i]);

        if (rc == NGX_OK && other != *slot) {
            return NGX_ABORT;
        }

        *slot = other;
        rc = NGX_OK;
    }

    return rc;
}


/* what is no number, or too large, Redis will refuse */

static ngx_int_t
ngx_asyncapi_redis_keys_number(const ngx_asyncapi_redis_keys_t *keys,
    const ngx_str_t *argv, ngx_uint_t argc)
{
    ngx_int_t  n;

    if (argc <= (ngx_uint_t) keys->last) {
        return 0;
    }

    n = ngx_atoi(argv[keys->last].data, argv[keys->last].len);

    if (n == NGX_ERROR || (ngx_uint_t) n > argc - keys->last - 1) {
        return 0;
    }

    return n;
}


/* what follows the word, or argc */

static ngx_uint_t
ngx_asyncapi_redis_keys_streams(const ngx_asyncapi_redis_keys_t *keys,
    const ngx_str_t *argv, ngx_uint_t argc)
{
    ngx_uint_t  i;

    for (i = keys->first; i < argc; i++) {

        if (argv[i].len == sizeof("STREAMS") - 1
            && ngx_strncasecmp(argv[i].data, (u_char *) "STREAMS",
                               sizeof("STREAMS") - 1)
               == 0)
        {
            return i + 1;
        }
    }

    return argc;
}


ngx_uint_t
ngx_asyncapi_redis_key_slot(const ngx_str_t *key)
{
    u_char    *p, *last, *open, *close;
    uint16_t   crc;

    p = key->data;
    last = p + key->len;

    open = ngx_strlchr(p, last, '{');

    if (open) {
        close = ngx_strlchr(open + 1, last, '}');

        if (close && close > open + 1) {
            p = open + 1;
            last = close;
        }
    }

    for (crc = 0; p < last; p++) {
        crc = (uint16_t) (crc << 4)
              ^ ngx_asyncapi_redis_crc16[(crc >> 12) ^ (*p >> 4)];
        crc = (uint16_t) (crc << 4)
              ^ ngx_asyncapi_redis_crc16[(crc >> 12) ^ (*p & 0xf)];
    }

    return crc % NGX_ASYNCAPI_REDIS_SLOTS;
}

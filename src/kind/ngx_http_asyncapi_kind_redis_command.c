
/*
 * Copyright (C) The asyncapi module authors
 *
 * What is known of commands.
 *
 * Some a task may not send: all requests of a worker share the connection, so
 * a command that waits would make all others wait, and one that changes the
 * connection would change it for them.  And some may be sent twice.
 */


#include "ngx_http_asyncapi_kind_redis.h"


typedef struct {
    ngx_str_t    name;
    ngx_str_t    word;                     /* its next word, or any */
    const char  *instead;
} ngx_http_asyncapi_redis_refused_t;


static ngx_http_asyncapi_redis_refused_t *ngx_http_asyncapi_redis_refused(
    ngx_str_t *word, ngx_uint_t n);
static ngx_uint_t ngx_http_asyncapi_redis_is(ngx_str_t *word,
    const char *name);
static ngx_uint_t ngx_http_asyncapi_redis_may_be(ngx_str_t *word,
    const char *name);
static ngx_str_t *ngx_http_asyncapi_redis_blocks(ngx_str_t *word,
    ngx_uint_t n);


#define NGX_HTTP_ASYNCAPI_REDIS_WAITS                                        \
    "it would hold all other commands of the worker back: "
#define NGX_HTTP_ASYNCAPI_REDIS_SHARED                                       \
    "the connection is shared by all requests of the worker: "


static ngx_http_asyncapi_redis_refused_t  ngx_http_asyncapi_redis_table[] = {

#define X(name, word, why, instead)                                          \
    { ngx_string(name), ngx_string(word),                                    \
      NGX_HTTP_ASYNCAPI_REDIS_##why instead },

    X("BLPOP", "", WAITS, "write LPOP")
    X("BRPOP", "", WAITS, "write RPOP")
    X("BRPOPLPUSH", "", WAITS, "write RPOPLPUSH or LMOVE")
    X("BLMOVE", "", WAITS, "write LMOVE")
    X("BLMPOP", "", WAITS, "write LMPOP")
    X("BZPOPMIN", "", WAITS, "write ZPOPMIN")
    X("BZPOPMAX", "", WAITS, "write ZPOPMAX")
    X("BZMPOP", "", WAITS, "write ZMPOP")
    X("WAIT", "", WAITS, "\"min-replicas-to-write\" of Redis does without")
    X("WAITAOF", "", WAITS, "\"appendfsync always\" of Redis does without")
    X("DEBUG", "", WAITS, "send it with redis-cli")
    X("SAVE", "", WAITS, "write BGSAVE")
    X("SHUTDOWN", "", WAITS, "send it with redis-cli")
    X("FAILOVER", "", WAITS, "send it with redis-cli")

    X("SUBSCRIBE", "", SHARED, "read a list or a stream, as with LPOP or XREAD")
    X("PSUBSCRIBE", "", SHARED,
      "read a list or a stream, as with LPOP or XREAD")
    X("SSUBSCRIBE", "", SHARED,
      "read a list or a stream, as with LPOP or XREAD")
    X("UNSUBSCRIBE", "", SHARED, "nothing can be subscribed to, take it away")
    X("PUNSUBSCRIBE", "", SHARED, "nothing can be subscribed to, take it away")
    X("SUNSUBSCRIBE", "", SHARED, "nothing can be subscribed to, take it away")
    X("MONITOR", "", SHARED, "send it with redis-cli")
    X("MULTI", "", SHARED, "write EVAL with a script, which is atomic too")
    X("EXEC", "", SHARED, "write EVAL with a script, which is atomic too")
    X("DISCARD", "", SHARED, "write EVAL with a script, which is atomic too")
    X("WATCH", "", SHARED, "write EVAL with a script, which is atomic too")
    X("UNWATCH", "", SHARED, "write EVAL with a script, which is atomic too")
    X("SELECT", "", SHARED,
      "write the database into the URL of another asyncapi_redis")
    X("AUTH", "", SHARED, "write USER:PASSWORD@ into the URL of asyncapi_redis")
    X("HELLO", "", SHARED, "write protocol=3 behind the URL of asyncapi_redis")
    X("CLIENT", "", SHARED, "send it with redis-cli")
    X("QUIT", "", SHARED, "it is kept and closed as needed, take it away")
    X("RESET", "", SHARED, "it is kept and closed as needed, take it away")
    X("ASKING", "", SHARED,
      "a cluster is redis+cluster:// in the URL of asyncapi_redis")
    X("READONLY", "", SHARED,
      "a cluster is redis+cluster:// in the URL of asyncapi_redis")
    X("READWRITE", "", SHARED,
      "a cluster is redis+cluster:// in the URL of asyncapi_redis")
    X("SYNC", "", SHARED, "it is for replicas of Redis, take it away")
    X("PSYNC", "", SHARED, "it is for replicas of Redis, take it away")
    X("REPLCONF", "", SHARED, "it is for replicas of Redis, take it away")
    X("SCRIPT", "DEBUG", SHARED, "send it with redis-cli")
#undef X

    { ngx_null_string, ngx_null_string, NULL }
};


/* what only reads, and what writes the same again; a NULL ends it */

static const char  *ngx_http_asyncapi_redis_repeatables[] = {
    "GET", "MGET", "GETRANGE", "SUBSTR", "STRLEN", "LCS", "GETBIT",
    "BITCOUNT", "BITPOS", "BITFIELD_RO",
    "EXISTS", "TYPE", "TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME", "KEYS",
    "SCAN", "RANDOMKEY", "DBSIZE", "OBJECT", "DUMP", "SORT_RO", "TOUCH",
    "HGET", "HMGET", "HGETALL", "HKEYS", "HVALS", "HLEN", "HEXISTS",
    "HSTRLEN", "HSCAN", "HRANDFIELD",
    "LRANGE", "LINDEX", "LLEN", "LPOS",
    "SMEMBERS", "SISMEMBER", "SMISMEMBER", "SCARD", "SRANDMEMBER", "SSCAN",
    "SINTER", "SINTERCARD", "SUNION", "SDIFF",
    "ZRANGE", "ZRANGEBYSCORE", "ZRANGEBYLEX", "ZREVRANGE",
    "ZREVRANGEBYSCORE", "ZREVRANGEBYLEX", "ZSCORE", "ZMSCORE", "ZCARD",
    "ZCOUNT", "ZLEXCOUNT", "ZRANK", "ZREVRANK", "ZRANDMEMBER", "ZSCAN",
    "ZINTER", "ZINTERCARD", "ZUNION", "ZDIFF",
    "GEODIST", "GEOHASH", "GEOPOS", "GEOSEARCH", "GEORADIUS_RO",
    "GEORADIUSBYMEMBER_RO",
    "PFCOUNT", "XLEN", "XRANGE", "XREVRANGE", "XREAD", "XINFO", "XPENDING",
    "EVAL_RO", "EVALSHA_RO", "FCALL_RO",
    "PING", "ECHO", "TIME", "INFO", "ROLE", "LASTSAVE", "COMMAND",

    "MSET", "SETEX", "PSETEX", "SETRANGE", "SETBIT", "DEL", "UNLINK",
    "EXPIREAT", "PEXPIREAT", "PERSIST", "HSET", "HMSET", "HDEL", "SADD",
    "SREM", "ZREM", "LSET", "PFADD",
    NULL
};


char *
ngx_http_asyncapi_redis_command_check(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *word, ngx_uint_t n)
{
    size_t                              i;
    ngx_str_t                          *blocks;
    ngx_http_asyncapi_redis_refused_t  *refused;

    for (i = 0; i < word->len; i++) {

        if (word->data[i] == '$') {
            return ngx_http_asyncapi_node_error(cf, node,
                       "\"%V\" can't be the command: references may stand in "
                       "its arguments", word);
        }

        if (word->data[i] <= ' ' || word->data[i] >= 0x7f) {
            break;
        }
    }

    if (i == 0 || i < word->len) {
        return ngx_http_asyncapi_node_error(cf, node,
                       "\"%V\" can't be the command: write the command and "
                       "each of its arguments as a word of its own", word);
    }

    refused = ngx_http_asyncapi_redis_refused(word, n);

    if (refused == NULL) {
        /* void */

    } else if (refused->word.len == 0) {
        return ngx_http_asyncapi_node_error(cf, node,
                                            "\"%V\" can't be sent: %s", word,
                                            refused->instead);

    } else if (ngx_http_asyncapi_redis_is(&word[1],
                                          (char *) refused->word.data))
    {
        return ngx_http_asyncapi_node_error(cf, node,
                                            "\"%V %V\" can't be sent: %s",
                                            &word[0], &word[1],
                                            refused->instead);

    } else {
        return ngx_http_asyncapi_node_error(cf, node,
                       "\"%V\" might be %V when \"%V\" is sent: write the word "
                       "itself, references may stand behind it", &word[1],
                       &refused->word, word);
    }

    blocks = ngx_http_asyncapi_redis_blocks(word, n);

    if (blocks == NULL) {
        return NGX_CONF_OK;
    }

    if (ngx_http_asyncapi_redis_is(blocks, "BLOCK")) {
        return ngx_http_asyncapi_node_error(cf, node,
                       "\"%V\" can't be sent with BLOCK: "
                       NGX_HTTP_ASYNCAPI_REDIS_WAITS
                       "take BLOCK and its time away", word);
    }

    return ngx_http_asyncapi_node_error(cf, node,
                   "\"%V\" might be a BLOCK when \"%V\" is sent: a reference "
                   "may stand behind COUNT, GROUP and STREAMS", blocks, word);
}


static ngx_http_asyncapi_redis_refused_t *
ngx_http_asyncapi_redis_refused(ngx_str_t *word, ngx_uint_t n)
{
    ngx_http_asyncapi_redis_refused_t  *refused;

    for (refused = ngx_http_asyncapi_redis_table;
         refused->name.len;
         refused++)
    {
        if (!ngx_http_asyncapi_redis_is(&word[0],
                                        (char *) refused->name.data))
        {
            continue;
        }

        if (refused->word.len == 0
            || (n > 1 && ngx_http_asyncapi_redis_may_be(&word[1],
                                               (char *) refused->word.data)))
        {
            return refused;
        }
    }

    return NULL;
}


/*
 * XREAD and XREADGROUP: options come in any order, and what follows STREAMS
 * are keys.  Gives what makes it wait, or a reference that could.
 */

static ngx_str_t *
ngx_http_asyncapi_redis_blocks(ngx_str_t *word, ngx_uint_t n)
{
    ngx_uint_t  i;

    if (!ngx_http_asyncapi_redis_is(&word[0], "XREAD")
        && !ngx_http_asyncapi_redis_is(&word[0], "XREADGROUP"))
    {
        return NULL;
    }

    for (i = 1; i < n; i++) {

        if (ngx_http_asyncapi_redis_is(&word[i], "STREAMS")) {
            return NULL;
        }

        if (ngx_http_asyncapi_redis_is(&word[i], "COUNT")) {
            i++;
            continue;
        }

        /* two names, which may be any */

        if (ngx_http_asyncapi_redis_is(&word[i], "GROUP")) {
            i += 2;
            continue;
        }

        if (ngx_http_asyncapi_redis_may_be(&word[i], "BLOCK")) {
            return &word[i];
        }
    }

    return NULL;
}


ngx_uint_t
ngx_http_asyncapi_redis_repeatable(ngx_str_t *word, ngx_uint_t n)
{
    ngx_uint_t  i;

    for (i = 0; ngx_http_asyncapi_redis_repeatables[i]; i++) {
        if (ngx_http_asyncapi_redis_is(word,
                                       ngx_http_asyncapi_redis_repeatables[i]))
        {
            return 1;
        }
    }

    /* with options it may depend on what was there */

    return n == 3 && ngx_http_asyncapi_redis_is(word, "SET");
}


/* a word that has a reference may be any */

static ngx_uint_t
ngx_http_asyncapi_redis_may_be(ngx_str_t *word, const char *name)
{
    return ngx_http_asyncapi_redis_is(word, name)
           || ngx_strlchr(word->data, word->data + word->len, '$');
}


static ngx_uint_t
ngx_http_asyncapi_redis_is(ngx_str_t *word, const char *name)
{
    return word->len == ngx_strlen(name)
           && ngx_strncasecmp(word->data, (u_char *) name, word->len) == 0;
}

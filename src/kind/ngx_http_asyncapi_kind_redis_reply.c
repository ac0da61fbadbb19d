
/*
 * Copyright (C) The asyncapi module authors
 *
 * A reply of Redis as JSON, on the loop or in a thread.
 *
 * It is walked twice: to check it and know the length, and to write it into
 * one buffer of that length.
 */


#include "ngx_http_asyncapi_kind_redis.h"
#include "ngx_http_asyncapi_redis_failure.h"


typedef struct {
    ngx_http_asyncapi_node_t      *node;
    ngx_pool_t                    *pool;
    ngx_http_asyncapi_result_t    *result;

    u_char                        *pos;    /* NULL: the first walk */
    size_t                         len;
} ngx_http_asyncapi_redis_walk_t;


/* a pair of an object, to find those of the same name */

typedef struct {
    redisReply                    *key;
    size_t                         index;  /* in the reply */
} ngx_http_asyncapi_redis_key_t;


typedef ngx_int_t (*ngx_http_asyncapi_redis_walk_pt)(
    ngx_http_asyncapi_redis_walk_t *w, redisReply *reply);


static ngx_int_t ngx_http_asyncapi_redis_make(
    ngx_http_asyncapi_redis_walk_t *w, redisReply *reply, size_t max);
static ngx_int_t ngx_http_asyncapi_redis_value(
    ngx_http_asyncapi_redis_walk_t *w, redisReply *reply);
static ngx_int_t ngx_http_asyncapi_redis_array(
    ngx_http_asyncapi_redis_walk_t *w, redisReply *reply);
static ngx_int_t ngx_http_asyncapi_redis_object(
    ngx_http_asyncapi_redis_walk_t *w, redisReply *reply);
static ngx_int_t ngx_http_asyncapi_redis_once(
    ngx_http_asyncapi_redis_walk_t *w, redisReply *reply);
static int ngx_libc_cdecl ngx_http_asyncapi_redis_compare(const void *one,
    const void *two);
static ngx_int_t ngx_http_asyncapi_redis_string(
    ngx_http_asyncapi_redis_walk_t *w, redisReply *reply);
static ngx_int_t ngx_http_asyncapi_redis_json(
    ngx_http_asyncapi_redis_walk_t *w, ngx_str_t *text);
static ngx_int_t ngx_http_asyncapi_redis_text(
    ngx_http_asyncapi_redis_walk_t *w, ngx_str_t *text);
static ngx_int_t ngx_http_asyncapi_redis_base64(
    ngx_http_asyncapi_redis_walk_t *w, ngx_str_t *text);
static ngx_int_t ngx_http_asyncapi_redis_integer(
    ngx_http_asyncapi_redis_walk_t *w, long long value);
#if (HIREDIS_MAJOR >= 1)
static ngx_int_t ngx_http_asyncapi_redis_number(
    ngx_http_asyncapi_redis_walk_t *w, redisReply *reply);
#endif
static void ngx_http_asyncapi_redis_put(ngx_http_asyncapi_redis_walk_t *w,
    const void *data, size_t len);
static ngx_int_t ngx_http_asyncapi_redis_invalid(
    ngx_http_asyncapi_redis_walk_t *w, const char *detail);


/* the walks: NGX_OK; NGX_DECLINED: it is a failure; NGX_ERROR: no memory */

ngx_int_t
ngx_http_asyncapi_redis_result(ngx_http_asyncapi_node_t *node,
    ngx_pool_t *pool, ngx_http_asyncapi_result_t *result)
{
    ngx_int_t                         rc;
    ngx_http_asyncapi_redis_walk_t    w;
    ngx_http_asyncapi_redis_reply_t  *data;

    data = result->data;

    ngx_memzero(&w, sizeof(ngx_http_asyncapi_redis_walk_t));

    w.node = node;
    w.pool = pool;
    w.result = result;

    rc = ngx_http_asyncapi_redis_make(&w, data->reply, data->max);

    if (data->pool) {
        ngx_destroy_pool(data->pool);
        data->pool = NULL;
    }

    return (rc == NGX_ERROR) ? NGX_ERROR : NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_redis_make(ngx_http_asyncapi_redis_walk_t *w,
    redisReply *reply, size_t max)
{
    ngx_int_t                        rc;
    ngx_http_asyncapi_redis_walk_pt  walk;

    walk = ngx_http_asyncapi_redis_value;

    if (w->node->as == NGX_HTTP_ASYNCAPI_AS_OBJECT
        && reply->type != REDIS_REPLY_NIL
        && reply->type != REDIS_REPLY_ERROR)
    {
        walk = ngx_http_asyncapi_redis_object;
    }

    rc = walk(w, reply);

    if (rc != NGX_OK) {
        return rc;
    }

    if (w->len > max) {
        w->result->reason = NGX_HTTP_ASYNCAPI_TOO_LARGE;
        ngx_str_set(&w->result->detail,
                    "the reply is larger than asyncapi_max_result");
        return NGX_DECLINED;
    }

    w->pos = ngx_pnalloc(w->pool, w->len);
    if (w->pos == NULL) {
        return NGX_ERROR;
    }

    w->result->body.data = w->pos;
    w->result->as = NGX_HTTP_ASYNCAPI_AS_VALUE;

    if (walk(w, reply) != NGX_OK) {
        return NGX_ERROR;
    }

    w->result->body.len = w->pos - w->result->body.data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_redis_value(ngx_http_asyncapi_redis_walk_t *w,
    redisReply *reply)
{
    switch (reply->type) {

    case REDIS_REPLY_NIL:
        ngx_http_asyncapi_redis_put(w, "null", 4);
        return NGX_OK;

    case REDIS_REPLY_INTEGER:
        return ngx_http_asyncapi_redis_integer(w, reply->integer);

    case REDIS_REPLY_ARRAY:
#if (HIREDIS_MAJOR >= 1)
    case REDIS_REPLY_SET:
#endif
        return ngx_http_asyncapi_redis_array(w, reply);

#if (HIREDIS_MAJOR >= 1)

    case REDIS_REPLY_MAP:
        return ngx_http_asyncapi_redis_object(w, reply);

    case REDIS_REPLY_BOOL:
        ngx_http_asyncapi_redis_put(w, reply->integer ? "true" : "false",
                                    reply->integer ? 4 : 5);
        return NGX_OK;

    case REDIS_REPLY_DOUBLE:
    case REDIS_REPLY_BIGNUM:
        return ngx_http_asyncapi_redis_number(w, reply);

#endif

    case REDIS_REPLY_ERROR:

        /* also among other values, of a script */

        return (ngx_http_asyncapi_redis_error(w->pool, reply, w->result)
                == NGX_OK)
               ? NGX_DECLINED : NGX_ERROR;

    default: /* strings, a status */
        return ngx_http_asyncapi_redis_string(w, reply);
    }
}


static ngx_int_t
ngx_http_asyncapi_redis_array(ngx_http_asyncapi_redis_walk_t *w,
    redisReply *reply)
{
    size_t     i;
    ngx_int_t  rc;

    ngx_http_asyncapi_redis_put(w, "[", 1);

    for (i = 0; i < reply->elements; i++) {

        if (i) {
            ngx_http_asyncapi_redis_put(w, ",", 1);
        }

        rc = ngx_http_asyncapi_redis_value(w, reply->element[i]);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    ngx_http_asyncapi_redis_put(w, "]", 1);

    return NGX_OK;
}


/* names and values in turns; of the same name the last one stands */

static ngx_int_t
ngx_http_asyncapi_redis_object(ngx_http_asyncapi_redis_walk_t *w,
    redisReply *reply)
{
    size_t       i;
    ngx_int_t    rc;
    ngx_str_t    name;
    ngx_uint_t   more;
    redisReply  *key;

    if ((reply->type != REDIS_REPLY_ARRAY
#if (HIREDIS_MAJOR >= 1)
         && reply->type != REDIS_REPLY_MAP
#endif
        )
        || reply->elements % 2)
    {
        return ngx_http_asyncapi_redis_invalid(w,
                         "the reply is no list of names and values, which "
                         "as=object needs");
    }

    if (w->pos == NULL) {
        rc = ngx_http_asyncapi_redis_once(w, reply);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    ngx_http_asyncapi_redis_put(w, "{", 1);

    more = 0;

    for (i = 0; i < reply->elements; i += 2) {

        key = reply->element[i];

        if (key->integer) {
            continue;
        }

        if (more++) {
            ngx_http_asyncapi_redis_put(w, ",", 1);
        }

        name.data = (u_char *) key->str;
        name.len = key->len;

        rc = ngx_http_asyncapi_redis_text(w, &name);
        if (rc != NGX_OK) {
            return rc;
        }

        ngx_http_asyncapi_redis_put(w, ":", 1);

        rc = ngx_http_asyncapi_redis_value(w, reply->element[i + 1]);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    ngx_http_asyncapi_redis_put(w, "}", 1);

    return NGX_OK;
}


/* marks names that stand again later, by what is not used of a string */

static ngx_int_t
ngx_http_asyncapi_redis_once(ngx_http_asyncapi_redis_walk_t *w,
    redisReply *reply)
{
    size_t                          i, n;
    ngx_http_asyncapi_redis_key_t  *key;

    n = reply->elements / 2;

    for (i = 0; i < n; i++) {

        if (reply->element[i * 2]->type != REDIS_REPLY_STRING
            && reply->element[i * 2]->type != REDIS_REPLY_STATUS)
        {
            return ngx_http_asyncapi_redis_invalid(w,
                         "the reply has a name that is no string, which "
                         "as=object needs");
        }
    }

    if (n < 2) {
        return NGX_OK;
    }

    key = ngx_palloc(w->pool, n * sizeof(ngx_http_asyncapi_redis_key_t));
    if (key == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        key[i].key = reply->element[i * 2];
        key[i].index = i;
    }

    ngx_qsort(key, n, sizeof(ngx_http_asyncapi_redis_key_t),
              ngx_http_asyncapi_redis_compare);

    for (i = 1; i < n; i++) {

        if (key[i - 1].key->len == key[i].key->len
            && ngx_memcmp(key[i - 1].key->str, key[i].key->str,
                          key[i].key->len)
               == 0)
        {
            key[i - 1].key->integer = 1;
        }
    }

    return NGX_OK;
}


static int ngx_libc_cdecl
ngx_http_asyncapi_redis_compare(const void *one, const void *two)
{
    const ngx_http_asyncapi_redis_key_t  *a = one;
    const ngx_http_asyncapi_redis_key_t  *b = two;

    int  rc;

    if (a->key->len != b->key->len) {
        return (a->key->len < b->key->len) ? -1 : 1;
    }

    rc = ngx_memcmp(a->key->str, b->key->str, a->key->len);

    if (rc == 0) {
        rc = (a->index < b->index) ? -1 : 1;
    }

    return rc;
}


static ngx_int_t
ngx_http_asyncapi_redis_string(ngx_http_asyncapi_redis_walk_t *w,
    redisReply *reply)
{
    ngx_str_t  text;

    text.data = (u_char *) reply->str;
    text.len = reply->len;

    if (reply->type != REDIS_REPLY_STATUS) {

        if (w->node->as == NGX_HTTP_ASYNCAPI_AS_JSON) {
            return ngx_http_asyncapi_redis_json(w, &text);
        }

        if (w->node->as == NGX_HTTP_ASYNCAPI_AS_BASE64) {
            return ngx_http_asyncapi_redis_base64(w, &text);
        }
    }

    return ngx_http_asyncapi_redis_text(w, &text);
}


static ngx_int_t
ngx_http_asyncapi_redis_json(ngx_http_asyncapi_redis_walk_t *w,
    ngx_str_t *text)
{
    u_char                     *p;
    ngx_asyncapi_json_error_t   err;

    /* what the first walk has accepted is trimmed only */

    if (w->pos || w->node->trust) {
        ngx_asyncapi_json_trim(text);

    } else if (ngx_asyncapi_json_validate(text, &err) != NGX_OK) {

        p = ngx_pnalloc(w->pool, NGX_MAX_CONF_ERRSTR);
        if (p == NULL) {
            return NGX_ERROR;
        }

        w->result->reason = NGX_HTTP_ASYNCAPI_INVALID;
        w->result->detail.data = p;
        w->result->detail.len = ngx_snprintf(p, NGX_MAX_CONF_ERRSTR,
                                    "a string of the reply is no valid JSON: "
                                    "%s at byte %uz", err.message, err.offset)
                                - p;
        return NGX_DECLINED;
    }

    ngx_http_asyncapi_redis_put(w, text->data, text->len);

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_redis_text(ngx_http_asyncapi_redis_walk_t *w,
    ngx_str_t *text)
{
    if (w->pos) {
        *w->pos++ = '"';
        w->pos = ngx_asyncapi_json_escape(w->pos, text->data, text->len);
        *w->pos++ = '"';

        return NGX_OK;
    }

    if (!ngx_asyncapi_json_utf8_valid(text->data, text->len)) {
        return ngx_http_asyncapi_redis_invalid(w,
                         "a string of the reply is no UTF-8 text: as=base64 "
                         "would take it");
    }

    w->len += ngx_asyncapi_json_escape_len(text->data, text->len) + 2;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_redis_base64(ngx_http_asyncapi_redis_walk_t *w,
    ngx_str_t *text)
{
    ngx_str_t  encoded;

    if (w->pos == NULL) {
        w->len += ngx_base64_encoded_length(text->len) + 2;
        return NGX_OK;
    }

    *w->pos++ = '"';

    encoded.data = w->pos;
    ngx_encode_base64(&encoded, text);
    w->pos += encoded.len;

    *w->pos++ = '"';

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_redis_integer(ngx_http_asyncapi_redis_walk_t *w,
    long long value)
{
    u_char  buf[NGX_INT64_LEN];

    ngx_http_asyncapi_redis_put(w, buf,
                                ngx_sprintf(buf, "%L", (int64_t) value) - buf);

    return NGX_OK;
}


#if (HIREDIS_MAJOR >= 1)

/* as it was sent; "inf" and "nan" are no numbers in JSON */

static ngx_int_t
ngx_http_asyncapi_redis_number(ngx_http_asyncapi_redis_walk_t *w,
    redisReply *reply)
{
    ngx_str_t  text;

    text.data = (u_char *) reply->str;
    text.len = reply->len;

    if (ngx_asyncapi_json_validate(&text, NULL) != NGX_OK) {
        return ngx_http_asyncapi_redis_text(w, &text);
    }

    ngx_http_asyncapi_redis_put(w, text.data, text.len);

    return NGX_OK;
}

#endif


static void
ngx_http_asyncapi_redis_put(ngx_http_asyncapi_redis_walk_t *w,
    const void *data, size_t len)
{
    if (w->pos) {
        w->pos = ngx_cpymem(w->pos, data, len);

    } else {
        w->len += len;
    }
}


static ngx_int_t
ngx_http_asyncapi_redis_invalid(ngx_http_asyncapi_redis_walk_t *w,
    const char *detail)
{
    w->result->reason = NGX_HTTP_ASYNCAPI_INVALID;
    w->result->detail.data = (u_char *) detail;
    w->result->detail.len = ngx_strlen(detail);

    return NGX_DECLINED;
}

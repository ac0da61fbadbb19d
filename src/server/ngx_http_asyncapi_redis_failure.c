
/*
 * Copyright (C) The asyncapi module authors
 *
 * Calls that have no reply, and replies that are errors.
 */


#include "ngx_http_asyncapi_redis_failure.h"


/* of the first word of an error reply */

#define NGX_HTTP_ASYNCAPI_REDIS_CODE  64


/* by ngx_asyncapi_redis_error_e */

static ngx_http_asyncapi_reason_e  ngx_http_asyncapi_redis_reasons[] = {
    NGX_HTTP_ASYNCAPI_OK,
    NGX_HTTP_ASYNCAPI_CONNECT,
    NGX_HTTP_ASYNCAPI_TIMEOUT,             /* SILENT */
    NGX_HTTP_ASYNCAPI_LIMIT,
    NGX_HTTP_ASYNCAPI_TOO_LARGE,
    NGX_HTTP_ASYNCAPI_INVALID,
    NGX_HTTP_ASYNCAPI_CONNECT,             /* NO_MEMORY */
    NGX_HTTP_ASYNCAPI_COMMAND,             /* CROSSSLOT */
    NGX_HTTP_ASYNCAPI_COMMAND              /* REFUSED */
};


void
ngx_http_asyncapi_redis_failure(ngx_http_asyncapi_op_t *op,
    ngx_asyncapi_redis_call_t *call, ngx_http_asyncapi_result_t *result)
{
    u_char  *p;
    size_t   len;

    result->reason = ngx_http_asyncapi_redis_reasons[call->error];

    /* what a node would say */

    if (call->error == NGX_ASYNCAPI_REDIS_CROSSSLOT) {
        ngx_str_set(&result->code, "\"CROSSSLOT\"");
    }

    /* the connection's words do not last */

    len = sizeof("redis \"\": ") - 1 + call->server->name.len
          + ngx_strlen(call->detail);

    p = ngx_pnalloc(op->pool, len);

    if (p) {
        result->detail.data = p;
        result->detail.len = ngx_sprintf(p, "redis \"%V\": %s",
                                         &call->server->name, call->detail)
                             - p;
    }
}


/* codes of what will be over soon; an empty one ends it */

static ngx_str_t  ngx_http_asyncapi_redis_passing[] = {
    ngx_string("LOADING"),
    ngx_string("READONLY"),
    ngx_string("MASTERDOWN"),
    ngx_string("CLUSTERDOWN"),
    ngx_string("TRYAGAIN"),
    ngx_null_string
};


/* "WRONGTYPE Operation against ...": the first word is for programs */

ngx_int_t
ngx_http_asyncapi_redis_error(ngx_pool_t *pool, redisReply *reply,
    ngx_http_asyncapi_result_t *result)
{
    ngx_str_t   code, *passing;

    result->reason = NGX_HTTP_ASYNCAPI_COMMAND;

    result->detail.len = reply->len;
    result->detail.data = ngx_pnalloc(pool, reply->len);

    if (result->detail.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(result->detail.data, reply->str, reply->len);

    code.data = result->detail.data;
    code.len = 0;

    while (code.len < reply->len
           && code.len < NGX_HTTP_ASYNCAPI_REDIS_CODE
           && code.data[code.len] > ' ')
    {
        code.len++;
    }

    for (passing = ngx_http_asyncapi_redis_passing; passing->len; passing++) {

        if (code.len == passing->len
            && ngx_strncmp(code.data, passing->data, code.len) == 0)
        {
            result->retryable = 1;
        }
    }

    return ngx_asyncapi_json_quote(pool, &code, &result->code);
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * respond [STATUS] [if=REF|!REF] [type=MIME] [after=NAME,...]
 *         [schema=FILE[,formats]] [TEMPLATE];
 */


#include "ngx_http_asyncapi_conf.h"


static ngx_http_asyncapi_respond_t *ngx_http_asyncapi_respond_create(
    ngx_conf_t *cf, ngx_http_asyncapi_endpoint_t *ep);
static char *ngx_http_asyncapi_respond_option(ngx_conf_t *cf,
    ngx_http_asyncapi_respond_t *respond, ngx_str_t *word);
static char *ngx_http_asyncapi_respond_template(ngx_conf_t *cf,
    ngx_http_asyncapi_respond_t *respond, ngx_str_t *source);
static ngx_uint_t ngx_http_asyncapi_is_type(ngx_str_t *type);
static ngx_uint_t ngx_http_asyncapi_is_markup(ngx_str_t *type);
static ngx_uint_t ngx_http_asyncapi_is_json(ngx_str_t *type);


char *
ngx_http_asyncapi_respond_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block)
{
    char                         *rv;
    ngx_int_t                     status;
    ngx_str_t                    *value;
    ngx_uint_t                    i, n;
    ngx_http_asyncapi_respond_t  *respond, **last;

    if (cf->cmd_type == NGX_HTTP_ASYNCAPI_BLOCK) {
        return "has \"{\" outside of quotes: put the whole template in "
               "quotes";
    }

    last = block->endpoint->responds.elts;
    n = block->endpoint->responds.nelts;

    if (n && last[n - 1]->condition == NULL) {
        return "is never reached: the one above it has no \"if=\"";
    }

    value = cf->args->elts;
    n = cf->args->nelts;

    respond = ngx_http_asyncapi_respond_create(cf, block->endpoint);
    if (respond == NULL) {
        return NGX_CONF_ERROR;
    }

    i = 1;

    if (i < n && value[i].len == 3) {
        status = ngx_atoi(value[i].data, 3);

        if (status != NGX_ERROR) {

            if (status < 200 || status > 599) {
                return "needs a status from 200 to 599";
            }

            respond->status = status;
            i++;
        }
    }

    for ( /* void */ ; i < n; i++) {

        rv = ngx_http_asyncapi_respond_option(cf, respond, &value[i]);

        if (rv == NGX_HTTP_ASYNCAPI_NO_OPTION) {
            break;
        }

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    if (i + 1 < n) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is one word too many in \"respond\": put "
                           "the whole template in quotes", &value[i + 1]);
        return NGX_CONF_ERROR;
    }

    return ngx_http_asyncapi_respond_template(cf, respond,
                                              i < n ? &value[i] : NULL);
}


static ngx_http_asyncapi_respond_t *
ngx_http_asyncapi_respond_create(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep)
{
    size_t                         size;
    ngx_pool_t                    *pool;
    ngx_http_asyncapi_respond_t   *respond, **slot;

    pool = cf->pool;
    size = sizeof(ngx_http_asyncapi_dep_t);

    respond = ngx_pcalloc(pool, sizeof(ngx_http_asyncapi_respond_t));
    if (respond == NULL) {
        return NULL;
    }

    respond->status = NGX_HTTP_OK;
    ngx_str_set(&respond->type, "application/json");

    ngx_http_asyncapi_conf_place(cf, &respond->place);

    if (ngx_array_init(&respond->after, pool, 1, sizeof(ngx_str_t)) != NGX_OK
        || ngx_array_init(&respond->first, pool, 1, size) != NGX_OK
        || ngx_array_init(&respond->deps, pool, 4, size) != NGX_OK)
    {
        return NULL;
    }

    slot = ngx_array_push(&ep->responds);
    if (slot == NULL) {
        return NULL;
    }

    *slot = respond;

    return respond;
}


static char *
ngx_http_asyncapi_respond_option(ngx_conf_t *cf,
    ngx_http_asyncapi_respond_t *respond, ngx_str_t *word)
{
    char        *rv;
    ngx_str_t    value;
    ngx_uint_t   negate;

    if (word->len >= 3 && ngx_strncmp(word->data, "if=", 3) == 0) {
        value.data = word->data + 3;
        value.len = word->len - 3;

        rv = ngx_http_asyncapi_condition(cf, &value, &respond->condition,
                                         &negate);
        respond->negate = negate;

        return (rv == NGX_CONF_OK || rv == NGX_CONF_ERROR)
               ? rv : "has an \"if=\" that is no reference: write if=$name, "
                      "or if=$name.key";
    }

    if (word->len >= 5 && ngx_strncmp(word->data, "type=", 5) == 0) {
        respond->type.data = word->data + 5;
        respond->type.len = word->len - 5;

        return ngx_http_asyncapi_is_type(&respond->type)
               ? NGX_CONF_OK : "has a \"type=\" that is none: write for "
                               "instance text/plain";
    }

    if (word->len >= 6 && ngx_strncmp(word->data, "after=", 6) == 0) {
        value.data = word->data + 6;
        value.len = word->len - 6;

        if (ngx_http_asyncapi_names(cf, &value, &respond->after) != NGX_OK) {
            return "\"after=\" needs a list of tasks, for instance "
                   "after=user,orders";
        }

        return NGX_CONF_OK;
    }

    if (word->len >= 7 && ngx_strncmp(word->data, "schema=", 7) == 0) {
        value.data = word->data + 7;
        value.len = word->len - 7;

        respond->schema = ngx_http_asyncapi_schema(cf, &value);

        return respond->schema ? NGX_CONF_OK : NGX_CONF_ERROR;
    }

    return NGX_HTTP_ASYNCAPI_NO_OPTION;
}


static char *
ngx_http_asyncapi_respond_template(ngx_conf_t *cf,
    ngx_http_asyncapi_respond_t *respond, ngx_str_t *source)
{
    ngx_uint_t                      empty;
    ngx_asyncapi_template_error_t   err;

    empty = respond->status == NGX_HTTP_NO_CONTENT
            || respond->status == NGX_HTTP_NOT_MODIFIED;

    if (respond->schema
        && (empty || !ngx_http_asyncapi_is_json(&respond->type)))
    {
        return "with \"schema=\" needs a body of JSON: take \"schema=\" away";
    }

    if (source == NULL) {
        respond->all = !empty;

        if (respond->all && !ngx_http_asyncapi_is_json(&respond->type)) {
            return "with a \"type=\" that is not JSON needs a template";
        }

        return NGX_CONF_OK;
    }

    if (empty) {
        return "with status 204 or 304 has no body: take the template away";
    }

    respond->template = ngx_asyncapi_template_compile(cf->pool, source,
                                  ngx_http_asyncapi_is_json(&respond->type)
                                  ? NGX_ASYNCAPI_PLACE_JSON
                                  : NGX_ASYNCAPI_PLACE_TEXT, &err);

    if (respond->template == NULL) {
        if (err.message) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "%s near \"%V\" in \"respond\"",
                               err.message, &err.near);
        }

        return NGX_CONF_ERROR;
    }

    if (ngx_http_asyncapi_is_markup(&respond->type)
        && ngx_asyncapi_template_refs(respond->template)->nelts)
    {
        return "can't put values safely into a \"type=\" that browsers read "
               "as markup: answer JSON, or text/plain";
    }

    return NGX_CONF_OK;
}


/* "text/plain; charset=utf-8": it becomes a header */

static ngx_uint_t
ngx_http_asyncapi_is_type(ngx_str_t *type)
{
    size_t  i;

    for (i = 0; i < type->len; i++) {
        if (type->data[i] < ' ' || type->data[i] > '~') {
            return 0;
        }
    }

    return ngx_strlchr(type->data, type->data + type->len, '/') != NULL;
}


/* text/html, image/svg+xml, text/javascript */

static ngx_uint_t
ngx_http_asyncapi_is_markup(ngx_str_t *type)
{
    u_char  *last;

    last = type->data + type->len;

    return ngx_strlcasestrn(type->data, last, (u_char *) "html", 4 - 1)
           || ngx_strlcasestrn(type->data, last, (u_char *) "xml", 3 - 1)
           || ngx_strlcasestrn(type->data, last, (u_char *) "script", 6 - 1);
}


/* application/json, application/problem+json; charset=utf-8 */

static ngx_uint_t
ngx_http_asyncapi_is_json(ngx_str_t *type)
{
    u_char  *p, *last;

    last = type->data + type->len;

    p = ngx_strlchr(type->data, last, ';');
    if (p) {
        last = p;
    }

    while (last > type->data && last[-1] == ' ') {
        last--;
    }

    return last - type->data > 5
           && ngx_strncasecmp(last - 4, (u_char *) "json", 4) == 0
           && (last[-5] == '/' || last[-5] == '+');
}


/* the answer where no respond holds, or none is written */

ngx_int_t
ngx_http_asyncapi_respond_default(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep)
{
    ngx_http_asyncapi_respond_t  *respond;

    respond = ngx_http_asyncapi_respond_create(cf, ep);
    if (respond == NULL) {
        return NGX_ERROR;
    }

    respond->all = 1;

    return NGX_OK;
}

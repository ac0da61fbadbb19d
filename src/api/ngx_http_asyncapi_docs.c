
/*
 * Copyright (C) The asyncapi module authors
 *
 * asyncapi_docs [URL_OF_ASSETS];
 */


#include "ngx_http_asyncapi_docs.h"
#include "ngx_http_asyncapi_openapi.h"
#include <ngx_http_asyncapi_docs_files.h>


typedef struct {
    ngx_str_t       query;
    ngx_str_t       type;
    ngx_str_t       body;
} ngx_http_asyncapi_docs_source_t;

/* what stands in a page in double braces */

typedef struct {
    ngx_str_t       mark;
    ngx_str_t       text;
} ngx_http_asyncapi_docs_mark_t;


static char *ngx_http_asyncapi_docs_assets(ngx_conf_t *cf,
    ngx_http_asyncapi_docs_t *docs, ngx_str_t *url);
static ngx_uint_t ngx_http_asyncapi_docs_plain(ngx_str_t *url);
static ngx_int_t ngx_http_asyncapi_docs_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_asyncapi_docs_make(ngx_conf_t *cf,
    ngx_http_asyncapi_srv_conf_t *ascf, ngx_http_asyncapi_docs_t *docs);
static ngx_int_t ngx_http_asyncapi_docs_policy(ngx_conf_t *cf,
    ngx_http_asyncapi_docs_t *docs);
static ngx_int_t ngx_http_asyncapi_docs_fill(ngx_conf_t *cf,
    ngx_http_asyncapi_docs_mark_t *marks, ngx_str_t *body);
static ngx_int_t ngx_http_asyncapi_docs_escape(ngx_conf_t *cf,
    ngx_str_t *text);


#define ngx_http_asyncapi_docs_source(query, type, name)                     \
    { ngx_string(query), ngx_string(type),                                   \
      ngx_string(ngx_http_asyncapi_docs_##name) }

static ngx_http_asyncapi_docs_source_t  ngx_http_asyncapi_docs_own[] = {
    ngx_http_asyncapi_docs_source("", "text/html; charset=utf-8", page_html),
    ngx_http_asyncapi_docs_source("docs.js", "text/javascript; charset=utf-8",
                                  page_js),
    ngx_http_asyncapi_docs_source("docs.css", "text/css; charset=utf-8",
                                  page_css),
    ngx_http_asyncapi_docs_source("docs.svg", "image/svg+xml", icon_svg),
    { ngx_null_string, ngx_null_string, ngx_null_string }
};

static ngx_http_asyncapi_docs_source_t  ngx_http_asyncapi_docs_swagger[] = {
    ngx_http_asyncapi_docs_source("", "text/html; charset=utf-8",
                                  swagger_html),
    ngx_http_asyncapi_docs_source("docs.js", "text/javascript; charset=utf-8",
                                  swagger_js),
    ngx_http_asyncapi_docs_source("docs.css", "text/css; charset=utf-8",
                                  swagger_css),
    ngx_http_asyncapi_docs_source("docs.svg", "image/svg+xml", icon_svg),
    { ngx_null_string, ngx_null_string, ngx_null_string }
};


static ngx_int_t
ngx_http_asyncapi_docs_handler(ngx_http_request_t *r)
{
    size_t                          i;
    ngx_str_t                       nosniff, cache;
    ngx_http_asyncapi_docs_t       *docs;
    ngx_http_asyncapi_loc_conf_t   *alcf;
    ngx_http_asyncapi_docs_file_t  *file;

    alcf = ngx_http_get_module_loc_conf(r, ngx_http_asyncapi_module);

    docs = alcf->docs;
    file = docs->files.elts;

    /* any other query is the page's */

    for (i = docs->files.nelts - 1; i > 0; i--) {
        if (r->args.len == file[i].query.len
            && ngx_memcmp(r->args.data, file[i].query.data, r->args.len) == 0)
        {
            break;
        }
    }

    ngx_str_set(&nosniff, "nosniff");
    ngx_str_set(&cache, "no-cache");

    if (ngx_http_asyncapi_header(r, "Content-Security-Policy", &docs->policy)
        != NGX_OK
        || ngx_http_asyncapi_header(r, "X-Content-Type-Options", &nosniff)
           != NGX_OK
        || ngx_http_asyncapi_header(r, "Cache-Control", &cache) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_asyncapi_text_send(r, &file[i].text);
}


char *
ngx_http_asyncapi_docs(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_asyncapi_loc_conf_t  *alcf = conf;

    char                           *rv;
    ngx_str_t                      *value;
    ngx_http_asyncapi_docs_t       *docs, **slot;
    ngx_http_asyncapi_srv_conf_t   *ascf;

    if (alcf->docs) {
        return "is duplicate";
    }

    rv = ngx_http_asyncapi_answers(cf, ngx_http_asyncapi_docs_handler);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    docs = ngx_pcalloc(cf->pool, sizeof(ngx_http_asyncapi_docs_t));
    if (docs == NULL) {
        return NGX_CONF_ERROR;
    }

    alcf->docs = docs;
    ngx_http_asyncapi_conf_place(cf, &docs->place);

    value = cf->args->elts;

    if (cf->args->nelts == 2) {
        rv = ngx_http_asyncapi_docs_assets(cf, docs, &value[1]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    ascf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_asyncapi_module);

    slot = ngx_array_push(&ascf->docs);
    if (slot == NULL) {
        return NGX_CONF_ERROR;
    }

    *slot = docs;

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_docs_assets(ngx_conf_t *cf, ngx_http_asyncapi_docs_t *docs,
    ngx_str_t *url)
{
    u_char  *p;

    if (!ngx_http_asyncapi_docs_plain(url)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is no URL that Swagger UI's files could be "
                           "at: write a path as /swagger-ui/, or "
                           "https://HOST/PATH/", url);
        return NGX_CONF_ERROR;
    }

    if (url->data[url->len - 1] == '/') {
        docs->assets = *url;
        return NGX_CONF_OK;
    }

    p = ngx_pnalloc(cf->pool, url->len + 1);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    docs->assets.data = p;
    docs->assets.len = url->len + 1;

    p = ngx_cpymem(p, url->data, url->len);
    *p = '/';

    return NGX_CONF_OK;
}


/* it becomes part of a page, and of a policy */

static ngx_uint_t
ngx_http_asyncapi_docs_plain(ngx_str_t *url)
{
    size_t  i, begin;

    if (url->len > 1 && url->data[0] == '/') {
        begin = 1;

    } else if (url->len > 8 && ngx_strncmp(url->data, "https://", 8) == 0) {
        begin = 8;

    } else if (url->len > 7 && ngx_strncmp(url->data, "http://", 7) == 0) {
        begin = 7;

    } else {
        return 0;
    }

    if (url->data[begin] == '/') {
        return 0;
    }

    for (i = begin; i < url->len; i++) {
        if (!((url->data[i] >= '0' && url->data[i] <= '9')
              || ((url->data[i] | 0x20) >= 'a' && (url->data[i] | 0x20) <= 'z')
              || ngx_strchr("-._~/:@%+", url->data[i])))
        {
            return 0;
        }
    }

    return 1;
}


ngx_int_t
ngx_http_asyncapi_docs_complete(ngx_conf_t *cf)
{
    ngx_uint_t                      i, n;
    ngx_http_core_srv_conf_t      **cscf;
    ngx_http_asyncapi_docs_t      **docs;
    ngx_http_core_main_conf_t      *cmcf;
    ngx_http_asyncapi_srv_conf_t   *ascf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    cscf = cmcf->servers.elts;

    for (i = 0; i < cmcf->servers.nelts; i++) {

        ascf = cscf[i]->ctx->srv_conf[ngx_http_asyncapi_module.ctx_index];
        docs = ascf->docs.elts;

        for (n = 0; n < ascf->docs.nelts; n++) {
            if (ngx_http_asyncapi_docs_make(cf, ascf, docs[n]) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_docs_make(ngx_conf_t *cf, ngx_http_asyncapi_srv_conf_t *ascf,
    ngx_http_asyncapi_docs_t *docs)
{
    ngx_int_t                         rc;
    ngx_http_asyncapi_docs_file_t    *file;
    ngx_http_asyncapi_docs_mark_t     marks[] = {
        { ngx_string("{{title}}"), ascf->title },
        { ngx_string("{{openapi}}"), ngx_null_string },
        { ngx_string("{{assets}}"), docs->assets },
        { ngx_null_string, ngx_null_string }
    };
    ngx_http_asyncapi_docs_source_t  *source;

    rc = ngx_http_asyncapi_openapi_where(cf, ascf, &marks[1].text);

    if (rc == NGX_DECLINED) {
        (void) ngx_http_asyncapi_conf_error(cf, &docs->place,
                   "\"asyncapi_docs\" needs the document that it shows: write "
                   "location = /openapi.json { asyncapi_openapi; } in the "
                   "server");
    }

    if (rc != NGX_OK
        || ngx_array_init(&docs->files, cf->pool, 4,
                          sizeof(ngx_http_asyncapi_docs_file_t))
           != NGX_OK
        || ngx_http_asyncapi_docs_policy(cf, docs) != NGX_OK)
    {
        return NGX_ERROR;
    }

    source = docs->assets.len ? ngx_http_asyncapi_docs_swagger
                              : ngx_http_asyncapi_docs_own;

    for ( /* void */ ; source->body.len; source++) {

        file = ngx_array_push(&docs->files);
        if (file == NULL) {
            return NGX_ERROR;
        }

        file->query = source->query;
        file->text.type = source->type;
        file->text.body = source->body;

        if (source->query.len == 0
            && ngx_http_asyncapi_docs_fill(cf, marks, &file->text.body)
               != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (ngx_http_asyncapi_text_tag(cf->pool, &file->text) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* Swagger UI has pictures in its style, and is of its files' server */

static ngx_int_t
ngx_http_asyncapi_docs_policy(ngx_conf_t *cf, ngx_http_asyncapi_docs_t *docs)
{
    size_t       len;
    u_char      *p;
    ngx_str_t    from;
    const char  *format;

    if (docs->assets.len == 0) {
        ngx_str_set(&docs->policy,
                    "default-src 'none'; script-src 'self'; "
                    "style-src 'self'; img-src 'self'; connect-src 'self'; "
                    "base-uri 'none'; form-action 'none'; "
                    "frame-ancestors 'none'");
        return NGX_OK;
    }

    format = "default-src 'none'; script-src 'self'%V; style-src 'self'%V; "
             "img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
             "form-action 'none'; frame-ancestors 'none'";

    ngx_str_null(&from);

    if (docs->assets.data[0] != '/') {
        len = docs->assets.len + 1;

        from.data = ngx_pnalloc(cf->pool, len);
        if (from.data == NULL) {
            return NGX_ERROR;
        }

        from.len = ngx_sprintf(from.data, " %V", &docs->assets) - from.data;
    }

    p = ngx_pnalloc(cf->pool, ngx_strlen(format) + 2 * from.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    docs->policy.data = p;
    docs->policy.len = ngx_sprintf(p, format, &from, &from) - p;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_docs_fill(ngx_conf_t *cf,
    ngx_http_asyncapi_docs_mark_t *marks, ngx_str_t *body)
{
    u_char                         *p, *last, *dst;
    size_t                          len;
    ngx_http_asyncapi_docs_mark_t  *mark;

    len = body->len;

    for (mark = marks; mark->mark.len; mark++) {

        if (ngx_http_asyncapi_docs_escape(cf, &mark->text) != NGX_OK) {
            return NGX_ERROR;
        }

        /* each stands in a page a few times */

        len += 8 * mark->text.len;
    }

    dst = ngx_pnalloc(cf->pool, len);
    if (dst == NULL) {
        return NGX_ERROR;
    }

    p = body->data;
    last = p + body->len;
    body->data = dst;

    while (p < last) {

        for (mark = marks; mark->mark.len; mark++) {
            if ((size_t) (last - p) >= mark->mark.len
                && ngx_memcmp(p, mark->mark.data, mark->mark.len) == 0)
            {
                break;
            }
        }

        if (mark->mark.len) {
            dst = ngx_cpymem(dst, mark->text.data, mark->text.len);
            p += mark->mark.len;

        } else {
            *dst++ = *p++;
        }
    }

    body->len = dst - body->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_docs_escape(ngx_conf_t *cf, ngx_str_t *text)
{
    u_char  *p;

    p = ngx_pnalloc(cf->pool, text->len
                              + ngx_escape_html(NULL, text->data, text->len)
                              + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    text->len = (u_char *) ngx_escape_html(p, text->data, text->len) - p;
    text->data = p;

    return NGX_OK;
}

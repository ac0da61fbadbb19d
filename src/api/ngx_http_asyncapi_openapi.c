
/*
 * Copyright (C) The asyncapi module authors
 *
 * The document as a whole: making it, keeping it, sending it.
 */


#include "ngx_http_asyncapi_openapi.h"
#include "ngx_http_asyncapi_route.h"
#include <ngx_md5.h>


static ngx_int_t ngx_http_asyncapi_openapi_build(ngx_conf_t *cf,
    ngx_http_asyncapi_srv_conf_t *ascf);
static ngx_int_t ngx_http_asyncapi_openapi_document(
    ngx_http_asyncapi_openapi_t *doc, cJSON *root,
    ngx_http_asyncapi_srv_conf_t *ascf);
static void ngx_http_asyncapi_openapi_paths(ngx_http_asyncapi_openapi_t *doc,
    cJSON *root, ngx_array_t *entries);
static void ngx_http_asyncapi_openapi_item(ngx_http_asyncapi_openapi_t *doc,
    cJSON *item, ngx_http_asyncapi_openapi_entry_t *entry,
    ngx_http_asyncapi_openapi_entry_t *first);
static ngx_int_t ngx_http_asyncapi_openapi_keep(
    ngx_http_asyncapi_openapi_t *doc, cJSON *root,
    ngx_http_asyncapi_srv_conf_t *ascf);
static ngx_int_t ngx_http_asyncapi_openapi_etag(ngx_http_request_t *r,
    ngx_http_asyncapi_srv_conf_t *ascf);


ngx_int_t
ngx_http_asyncapi_openapi_handler(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_buf_t                     *b;
    ngx_chain_t                    out;
    ngx_http_asyncapi_srv_conf_t  *ascf;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    ascf = ngx_http_get_module_srv_conf(r, ngx_http_asyncapi_module);

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = ascf->openapi.len;

    ngx_str_set(&r->headers_out.content_type, "application/json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    if (ngx_http_asyncapi_openapi_etag(r, ascf) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    /* the text is the cycle's, which a worker keeps while it has requests */

    b->pos = ascf->openapi.data;
    b->last = ascf->openapi.data + ascf->openapi.len;
    b->memory = 1;
    b->last_buf = (r == r->main);
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


/* nginx answers 304 by it */

static ngx_int_t
ngx_http_asyncapi_openapi_etag(ngx_http_request_t *r,
    ngx_http_asyncapi_srv_conf_t *ascf)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = 1;
    ngx_str_set(&h->key, "ETag");
    h->value = ascf->etag;

    r->headers_out.etag = h;

    return NGX_OK;
}


ngx_int_t
ngx_http_asyncapi_openapi_complete(ngx_conf_t *cf)
{
    ngx_uint_t                      i;
    ngx_http_core_srv_conf_t      **cscf;
    ngx_http_core_main_conf_t      *cmcf;
    ngx_http_asyncapi_srv_conf_t   *ascf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    cscf = cmcf->servers.elts;

    for (i = 0; i < cmcf->servers.nelts; i++) {

        ascf = cscf[i]->ctx->srv_conf[ngx_http_asyncapi_module.ctx_index];

        if (ascf->documented.file
            && ngx_http_asyncapi_openapi_build(cf, ascf) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_openapi_build(ngx_conf_t *cf,
    ngx_http_asyncapi_srv_conf_t *ascf)
{
    cJSON                        *root;
    ngx_int_t                     rc;
    ngx_http_asyncapi_openapi_t   doc;

    if (ascf->title.data == NULL) {
        (void) ngx_http_asyncapi_conf_error(cf, &ascf->documented,
                   "\"asyncapi_openapi\" needs a title and a version: write "
                   "for instance asyncapi_info \"Shop\" 1.0; in the server");
        return NGX_ERROR;
    }

    ngx_memzero(&doc, sizeof(ngx_http_asyncapi_openapi_t));

    doc.cf = cf;

    if (ngx_array_init(&doc.ids, cf->temp_pool, 16,
                       sizeof(ngx_http_asyncapi_openapi_id_t))
        != NGX_OK
        || ngx_array_init(&doc.components, cf->temp_pool, 4,
                          sizeof(ngx_http_asyncapi_openapi_component_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    root = cJSON_CreateObject();
    doc.schemes = cJSON_CreateObject();

    rc = NGX_ERROR;

    if (root && doc.schemes) {
        rc = ngx_http_asyncapi_openapi_document(&doc, root, ascf);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_asyncapi_openapi_keep(&doc, root, ascf);
    }

    cJSON_Delete(doc.schemes);
    cJSON_Delete(root);

    return rc;
}


static ngx_int_t
ngx_http_asyncapi_openapi_document(ngx_http_asyncapi_openapi_t *doc,
    cJSON *root, ngx_http_asyncapi_srv_conf_t *ascf)
{
    cJSON        *info;
    ngx_array_t  *entries;

    entries = ngx_http_asyncapi_openapi_entries(doc->cf, ascf);

    if (entries == NULL
        || ngx_http_asyncapi_openapi_ids(doc, entries) != NGX_OK)
    {
        return NGX_ERROR;
    }

    (void) ngx_http_asyncapi_openapi_word(doc, root, "openapi", "3.1.0");

    info = ngx_http_asyncapi_openapi_object(doc, root, "info");

    ngx_http_asyncapi_openapi_text(doc, info, "title", &ascf->title);
    ngx_http_asyncapi_openapi_text(doc, info, "version", &ascf->version);

    if (ascf->description.len) {
        ngx_http_asyncapi_openapi_text(doc, info, "description",
                                       &ascf->description);
    }

    ngx_http_asyncapi_openapi_paths(doc, root, entries);
    ngx_http_asyncapi_openapi_components(doc, root);

    return NGX_OK;
}


static void
ngx_http_asyncapi_openapi_paths(ngx_http_asyncapi_openapi_t *doc, cJSON *root,
    ngx_array_t *entries)
{
    char                               *name;
    cJSON                              *paths, *item;
    ngx_uint_t                          i;
    ngx_http_asyncapi_openapi_entry_t  *entry, *first;

    paths = ngx_http_asyncapi_openapi_object(doc, root, "paths");

    entry = entries->elts;
    first = NULL;
    item = NULL;

    for (i = 0; i < entries->nelts; i++) {

        if (first == NULL
            || first->shape.len != entry[i].shape.len
            || ngx_memcmp(first->shape.data, entry[i].shape.data,
                          first->shape.len)
               != 0)
        {
            first = &entry[i];

            name = ngx_http_asyncapi_openapi_chars(doc, &first->path);
            if (name == NULL) {
                return;
            }

            item = ngx_http_asyncapi_openapi_object(doc, paths, name);
        }

        ngx_http_asyncapi_openapi_item(doc, item, &entry[i], first);
    }
}


static void
ngx_http_asyncapi_openapi_item(ngx_http_asyncapi_openapi_t *doc, cJSON *item,
    ngx_http_asyncapi_openapi_entry_t *entry,
    ngx_http_asyncapi_openapi_entry_t *first)
{
    ngx_uint_t                   methods;
    ngx_http_asyncapi_method_t  *method;

    methods = ngx_http_asyncapi_openapi_methods(entry->endpoint);

    for (method = ngx_http_asyncapi_methods; method->method; method++) {
        if (methods & method->method) {
            ngx_http_asyncapi_openapi_operation(doc, item, entry, first,
                                                &method->name);
        }
    }
}


static ngx_int_t
ngx_http_asyncapi_openapi_keep(ngx_http_asyncapi_openapi_t *doc, cJSON *root,
    ngx_http_asyncapi_srv_conf_t *ascf)
{
    char        *text;
    u_char       sum[16], *last;
    ngx_md5_t    md5;
    ngx_pool_t  *pool;

    pool = doc->cf->pool;

    text = doc->bad ? NULL : cJSON_PrintUnformatted(root);

    if (text == NULL) {
        ngx_log_error(NGX_LOG_EMERG, doc->cf->log, 0,
                      "no memory for the OpenAPI document");
        return NGX_ERROR;
    }

    ascf->openapi.len = ngx_strlen(text);
    ascf->openapi.data = ngx_pnalloc(pool, ascf->openapi.len);

    if (ascf->openapi.data) {
        ngx_memcpy(ascf->openapi.data, text, ascf->openapi.len);
    }

    cJSON_free(text);

    ascf->etag.data = ngx_pnalloc(pool, 2 * sizeof(sum) + 2);

    if (ascf->openapi.data == NULL || ascf->etag.data == NULL) {
        return NGX_ERROR;
    }

    ngx_md5_init(&md5);
    ngx_md5_update(&md5, ascf->openapi.data, ascf->openapi.len);
    ngx_md5_final(sum, &md5);

    last = ascf->etag.data;

    *last++ = '"';
    last = ngx_hex_dump(last, sum, sizeof(sum));
    *last++ = '"';

    ascf->etag.len = last - ascf->etag.data;

    return NGX_OK;
}

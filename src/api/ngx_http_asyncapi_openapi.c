
/*
 * Copyright (C) The asyncapi module authors
 *
 * The document as a whole: making it, keeping it, sending it.
 */


#include "ngx_http_asyncapi_openapi.h"
#include "ngx_http_asyncapi_route.h"
#include "ngx_http_asyncapi_text.h"


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


ngx_int_t
ngx_http_asyncapi_openapi_handler(ngx_http_request_t *r)
{
    ngx_http_asyncapi_srv_conf_t  *ascf;

    ascf = ngx_http_get_module_srv_conf(r, ngx_http_asyncapi_module);

    return ngx_http_asyncapi_text_send(r, ascf->openapi);
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

        if (ascf->documented.nelts
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
    char                      *chars;
    ngx_pool_t                *pool;
    ngx_http_asyncapi_text_t  *text;

    pool = doc->cf->pool;

    chars = doc->bad ? NULL : cJSON_PrintUnformatted(root);

    if (chars == NULL) {
        ngx_log_error(NGX_LOG_EMERG, doc->cf->log, 0,
                      "no memory for the OpenAPI document");
        return NGX_ERROR;
    }

    text = ngx_palloc(pool, sizeof(ngx_http_asyncapi_text_t));

    if (text) {
        text->body.len = ngx_strlen(chars);
        text->body.data = ngx_pnalloc(pool, text->body.len);
    }

    if (text == NULL || text->body.data == NULL) {
        cJSON_free(chars);
        return NGX_ERROR;
    }

    ngx_memcpy(text->body.data, chars, text->body.len);
    ngx_str_set(&text->type, "application/json");

    cJSON_free(chars);

    ascf->openapi = text;

    return ngx_http_asyncapi_text_tag(pool, text);
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * Pieces of a document in the making.
 */


#include "ngx_http_asyncapi_openapi.h"


cJSON *
ngx_http_asyncapi_openapi_add(ngx_http_asyncapi_openapi_t *doc, cJSON *to,
    const char *name, cJSON *item)
{
    cJSON_bool  added;

    added = 0;

    if (to && item) {
        added = name ? cJSON_AddItemToObject(to, name, item)
                     : cJSON_AddItemToArray(to, item);
    }

    if (added) {
        return item;
    }

    cJSON_Delete(item);

    doc->bad = 1;

    return NULL;
}


void
ngx_http_asyncapi_openapi_text(ngx_http_asyncapi_openapi_t *doc, cJSON *to,
    const char *name, const ngx_str_t *text)
{
    u_char     *last;
    ngx_str_t   json;

    json.len = ngx_asyncapi_json_escape_len(text->data, text->len) + 2;

    json.data = ngx_pnalloc(doc->cf->temp_pool, json.len);
    if (json.data == NULL) {
        doc->bad = 1;
        return;
    }

    last = json.data;

    *last++ = '"';
    last = ngx_asyncapi_json_escape(last, text->data, text->len);
    *last = '"';

    ngx_http_asyncapi_openapi_raw(doc, to, name, &json);
}


void
ngx_http_asyncapi_openapi_raw(ngx_http_asyncapi_openapi_t *doc, cJSON *to,
    const char *name, const ngx_str_t *text)
{
    char  *chars;

    chars = ngx_http_asyncapi_openapi_chars(doc, text);

    (void) ngx_http_asyncapi_openapi_add(doc, to, name,
                                         chars ? cJSON_CreateRaw(chars) : NULL);
}


char *
ngx_http_asyncapi_openapi_chars(ngx_http_asyncapi_openapi_t *doc,
    const ngx_str_t *text)
{
    u_char  *chars;

    chars = ngx_pnalloc(doc->cf->temp_pool, text->len + 1);
    if (chars == NULL) {
        doc->bad = 1;
        return NULL;
    }

    *ngx_cpymem(chars, text->data, text->len) = '\0';

    return (char *) chars;
}


cJSON *
ngx_http_asyncapi_openapi_member(ngx_http_asyncapi_openapi_t *doc, cJSON *to,
    const char *name)
{
    cJSON  *member;

    member = cJSON_GetObjectItemCaseSensitive(to, name);

    return member ? member : ngx_http_asyncapi_openapi_object(doc, to, name);
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * What operations refer to: schemas of files, and credentials.
 */


#include "ngx_http_asyncapi_openapi.h"
#include "ngx_http_asyncapi_security.h"


#define NGX_HTTP_ASYNCAPI_OPENAPI_SCHEMAS  "#/components/schemas/"


static ngx_http_asyncapi_openapi_component_t *
    ngx_http_asyncapi_openapi_component(ngx_http_asyncapi_openapi_t *doc,
    ngx_http_asyncapi_schema_t *schema);
static char *ngx_http_asyncapi_openapi_component_ref(
    ngx_http_asyncapi_openapi_t *doc, ngx_http_asyncapi_schema_t *schema);
static ngx_int_t ngx_http_asyncapi_openapi_component_name(
    ngx_http_asyncapi_openapi_t *doc,
    ngx_http_asyncapi_openapi_component_t *component);
static ngx_uint_t ngx_http_asyncapi_openapi_component_taken(
    ngx_http_asyncapi_openapi_t *doc, ngx_str_t *name);
static void ngx_http_asyncapi_openapi_scheme(ngx_http_asyncapi_openapi_t *doc,
    ngx_http_asyncapi_security_t *scheme);


void
ngx_http_asyncapi_openapi_ref(ngx_http_asyncapi_openapi_t *doc, cJSON *to,
    const char *name, ngx_http_asyncapi_schema_t *schema)
{
    char  *ref;

    ref = ngx_http_asyncapi_openapi_component_ref(doc, schema);

    if (ref) {
        (void) ngx_http_asyncapi_openapi_word(doc,
                   ngx_http_asyncapi_openapi_object(doc, to, name),
                   "$ref", ref);
    }
}


/* to what there is already the schema is an alternative */

void
ngx_http_asyncapi_openapi_or(ngx_http_asyncapi_openapi_t *doc, cJSON *to,
    ngx_http_asyncapi_schema_t *schema)
{
    char   *ref;
    cJSON  *known, *any, *item;

    known = cJSON_GetObjectItemCaseSensitive(to, "schema");

    if (known == NULL) {
        ngx_http_asyncapi_openapi_ref(doc, to, "schema", schema);
        return;
    }

    ref = ngx_http_asyncapi_openapi_component_ref(doc, schema);

    if (ref == NULL) {
        return;
    }

    any = cJSON_GetObjectItemCaseSensitive(known, "anyOf");

    if (any == NULL) {
        known = cJSON_DetachItemFromObjectCaseSensitive(to, "schema");
        any = ngx_http_asyncapi_openapi_array(doc,
                  ngx_http_asyncapi_openapi_object(doc, to, "schema"),
                  "anyOf");

        (void) ngx_http_asyncapi_openapi_add(doc, any, NULL, known);
    }

    cJSON_ArrayForEach(item, any) {
        known = cJSON_GetObjectItemCaseSensitive(item, "$ref");

        if (known && ngx_strcmp(known->valuestring, ref) == 0) {
            return;
        }
    }

    (void) ngx_http_asyncapi_openapi_word(doc,
               ngx_http_asyncapi_openapi_object(doc, any, NULL), "$ref", ref);
}


static char *
ngx_http_asyncapi_openapi_component_ref(ngx_http_asyncapi_openapi_t *doc,
    ngx_http_asyncapi_schema_t *schema)
{
    u_char                                 *p;
    ngx_http_asyncapi_openapi_component_t  *component;

    component = ngx_http_asyncapi_openapi_component(doc, schema);

    p = component ? ngx_pnalloc(doc->cf->temp_pool,
                        sizeof(NGX_HTTP_ASYNCAPI_OPENAPI_SCHEMAS)
                        + component->name.len)
                  : NULL;

    if (p == NULL) {
        doc->bad = 1;
        return NULL;
    }

    (void) ngx_sprintf(p, NGX_HTTP_ASYNCAPI_OPENAPI_SCHEMAS "%V%Z",
                       &component->name);

    return (char *) p;
}


/* one for each file, whatever its options are */

static ngx_http_asyncapi_openapi_component_t *
ngx_http_asyncapi_openapi_component(ngx_http_asyncapi_openapi_t *doc,
    ngx_http_asyncapi_schema_t *schema)
{
    ngx_str_t                              *file;
    ngx_uint_t                              i;
    ngx_http_asyncapi_openapi_component_t  *component, one;

    component = doc->components.elts;

    for (i = 0; i < doc->components.nelts; i++) {
        file = &component[i].schema->file;

        if (file->len == schema->file.len
            && ngx_memcmp(file->data, schema->file.data, file->len) == 0)
        {
            return &component[i];
        }
    }

    one.schema = schema;

    if (ngx_http_asyncapi_openapi_component_name(doc, &one) != NGX_OK) {
        return NULL;
    }

    component = ngx_array_push(&doc->components);

    if (component) {
        *component = one;
    }

    return component;
}


/* "order" of schemas/order.json; where that is taken, "order_2" */

static ngx_int_t
ngx_http_asyncapi_openapi_component_name(ngx_http_asyncapi_openapi_t *doc,
    ngx_http_asyncapi_openapi_component_t *component)
{
    u_char      *p, *last, *slash;
    size_t       len;
    ngx_str_t   *name;
    ngx_uint_t   n;

    p = component->schema->file.data;
    last = p + component->schema->file.len;

    for (slash = p; p < last; p++) {
        if (*p == '/') {
            slash = p + 1;
        }
    }

    if (last - slash > 5 && ngx_strncmp(last - 5, ".json", 5) == 0) {
        last -= 5;
    }

    name = &component->name;

    name->data = ngx_pnalloc(doc->cf->temp_pool, last - slash + 1
                                                 + NGX_INT_T_LEN);
    if (name->data == NULL) {
        return NGX_ERROR;
    }

    for (p = slash, len = 0; p < last; p++) {
        name->data[len++] = ((*p >= '0' && *p <= '9')
                             || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z')
                             || *p == '.' || *p == '-')
                            ? *p : '_';
    }

    name->len = len;

    for (n = 2; ngx_http_asyncapi_openapi_component_taken(doc, name); n++) {
        name->len = ngx_sprintf(name->data + len, "_%ui", n) - name->data;
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_asyncapi_openapi_component_taken(ngx_http_asyncapi_openapi_t *doc,
    ngx_str_t *name)
{
    ngx_str_t                               taken;
    ngx_uint_t                              i;
    ngx_http_asyncapi_openapi_component_t  *component;

    ngx_str_set(&taken, "Problem");

    if (name->len == taken.len
        && ngx_memcmp(name->data, taken.data, taken.len) == 0)
    {
        return 1;
    }

    ngx_str_set(&taken, "ValidationProblem");

    if (name->len == taken.len
        && ngx_memcmp(name->data, taken.data, taken.len) == 0)
    {
        return 1;
    }

    component = doc->components.elts;

    for (i = 0; i < doc->components.nelts; i++) {
        if (component[i].name.len == name->len
            && ngx_memcmp(component[i].name.data, name->data, name->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


void
ngx_http_asyncapi_openapi_schemas(ngx_http_asyncapi_openapi_t *doc,
    cJSON *schemas)
{
    char                                   *name, *ref;
    ngx_str_t                               prefix, text;
    ngx_uint_t                              i;
    ngx_http_asyncapi_openapi_component_t  *component;

    component = doc->components.elts;

    for (i = 0; i < doc->components.nelts; i++) {

        name = ngx_http_asyncapi_openapi_chars(doc, &component[i].name);
        ref = ngx_http_asyncapi_openapi_component_ref(doc, component[i].schema);

        if (name == NULL || ref == NULL) {
            return;
        }

        prefix.data = (u_char *) ref;
        prefix.len = ngx_strlen(ref);

        if (ngx_asyncapi_schema_embed(component[i].schema->compiled,
                                      doc->cf->temp_pool, &prefix, &text)
            != NGX_OK)
        {
            doc->bad = 1;
            return;
        }

        ngx_http_asyncapi_openapi_raw(doc, schemas, name, &text);
    }
}


/* of the statements each is an alternative */

void
ngx_http_asyncapi_openapi_security(ngx_http_asyncapi_openapi_t *doc,
    cJSON *operation, ngx_array_t *required)
{
    char                          *name;
    cJSON                         *security, *all;
    ngx_uint_t                     i, n;
    ngx_http_asyncapi_required_t  *one;

    security = ngx_http_asyncapi_openapi_array(doc, operation, "security");
    one = required->elts;

    for (i = 0; i < required->nelts; i++) {
        all = ngx_http_asyncapi_openapi_object(doc, security, NULL);

        for (n = 0; n < one[i].names.nelts; n++) {
            name = ngx_http_asyncapi_openapi_chars(doc,
                                                   &one[i].schemes[n]->name);

            if (name && !cJSON_HasObjectItem(all, name)) {
                (void) ngx_http_asyncapi_openapi_array(doc, all, name);
            }

            ngx_http_asyncapi_openapi_scheme(doc, one[i].schemes[n]);
        }
    }
}


static void
ngx_http_asyncapi_openapi_scheme(ngx_http_asyncapi_openapi_t *doc,
    ngx_http_asyncapi_security_t *scheme)
{
    char   *name;
    cJSON  *to;

    name = ngx_http_asyncapi_openapi_chars(doc, &scheme->name);

    if (name == NULL || cJSON_HasObjectItem(doc->schemes, name)) {
        return;
    }

    to = ngx_http_asyncapi_openapi_object(doc, doc->schemes, name);

    if (scheme->type == &ngx_http_asyncapi_apikey) {
        (void) ngx_http_asyncapi_openapi_word(doc, to, "type", "apiKey");
        ngx_http_asyncapi_openapi_text(doc, to, "in",
                                       &ngx_http_asyncapi_in_names[scheme->in]);
        ngx_http_asyncapi_openapi_text(doc, to, "name", &scheme->key);

    } else {
        (void) ngx_http_asyncapi_openapi_word(doc, to, "type", "http");
        ngx_http_asyncapi_openapi_text(doc, to, "scheme", &scheme->type->name);
    }

    if (scheme->format.len) {
        ngx_http_asyncapi_openapi_text(doc, to, "bearerFormat",
                                       &scheme->format);
    }

    if (scheme->description.len) {
        ngx_http_asyncapi_openapi_text(doc, to, "description",
                                       &scheme->description);
    }
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * One method of a path: what it is, and what it takes.
 */


#include "ngx_http_asyncapi_openapi.h"


static void ngx_http_asyncapi_openapi_documentation(
    ngx_http_asyncapi_openapi_t *doc, cJSON *operation,
    ngx_http_asyncapi_endpoint_t *ep);
static void ngx_http_asyncapi_openapi_parameters(
    ngx_http_asyncapi_openapi_t *doc, cJSON *operation,
    ngx_http_asyncapi_openapi_entry_t *entry,
    ngx_http_asyncapi_openapi_entry_t *first);
static ngx_http_asyncapi_parameter_t *ngx_http_asyncapi_openapi_path_name(
    ngx_http_asyncapi_endpoint_t *ep, ngx_uint_t slot);
static void ngx_http_asyncapi_openapi_segment(
    ngx_http_asyncapi_openapi_t *doc, cJSON *parameters,
    ngx_http_asyncapi_endpoint_t *ep, ngx_http_asyncapi_segment_t *segment,
    ngx_str_t *name);
static cJSON *ngx_http_asyncapi_openapi_parameter(
    ngx_http_asyncapi_openapi_t *doc, cJSON *parameters,
    ngx_http_asyncapi_parameter_t *p, ngx_str_t *name);
static void ngx_http_asyncapi_openapi_example(ngx_http_asyncapi_openapi_t *doc,
    cJSON *to, const char *name, ngx_http_asyncapi_parameter_t *p);
static void ngx_http_asyncapi_openapi_body(ngx_http_asyncapi_openapi_t *doc,
    cJSON *operation, ngx_http_asyncapi_contract_t *contract);
static ngx_uint_t ngx_http_asyncapi_openapi_requires_field(
    ngx_http_asyncapi_contract_t *contract);
static void ngx_http_asyncapi_openapi_form(ngx_http_asyncapi_openapi_t *doc,
    cJSON *content, const char *type, ngx_http_asyncapi_contract_t *contract);


void
ngx_http_asyncapi_openapi_operation(ngx_http_asyncapi_openapi_t *doc,
    cJSON *item, ngx_http_asyncapi_openapi_entry_t *entry,
    ngx_http_asyncapi_openapi_entry_t *first, ngx_str_t *method)
{
    char                          *name;
    cJSON                         *operation;
    ngx_str_t                      lower, id;
    ngx_http_asyncapi_endpoint_t  *ep;

    ep = entry->endpoint;

    name = ngx_http_asyncapi_openapi_chars(doc, method);
    if (name == NULL) {
        return;
    }

    lower.data = (u_char *) name;
    lower.len = method->len;

    ngx_strlow(lower.data, method->data, method->len);

    /* an endpoint that stands before this one answers */

    if (cJSON_HasObjectItem(item, name)) {
        return;
    }

    if (ngx_http_asyncapi_openapi_id(doc, entry, &lower, &id) != NGX_OK) {
        doc->bad = 1;
        return;
    }

    operation = ngx_http_asyncapi_openapi_object(doc, item, name);

    ngx_http_asyncapi_openapi_text(doc, operation, "operationId", &id);

    ngx_http_asyncapi_openapi_documentation(doc, operation, ep);
    ngx_http_asyncapi_openapi_parameters(doc, operation, entry, first);

    if (ep->contract && ep->contract->body != NGX_HTTP_ASYNCAPI_BODY_NONE) {
        ngx_http_asyncapi_openapi_body(doc, operation, ep->contract);
    }

    ngx_http_asyncapi_openapi_responses(doc, operation, ep);

    if (ep->contract && ep->contract->security) {
        ngx_http_asyncapi_openapi_security(doc, operation,
                                           ep->contract->security);
    }
}


static void
ngx_http_asyncapi_openapi_documentation(ngx_http_asyncapi_openapi_t *doc,
    cJSON *operation, ngx_http_asyncapi_endpoint_t *ep)
{
    cJSON       *tags;
    ngx_str_t   *tag;
    ngx_uint_t   i;

    if (ep->summary.len) {
        ngx_http_asyncapi_openapi_text(doc, operation, "summary",
                                       &ep->summary);
    }

    if (ep->description.len) {
        ngx_http_asyncapi_openapi_text(doc, operation, "description",
                                       &ep->description);
    }

    if (ep->tags.nelts) {
        tags = ngx_http_asyncapi_openapi_array(doc, operation, "tags");
        tag = ep->tags.elts;

        for (i = 0; i < ep->tags.nelts; i++) {
            ngx_http_asyncapi_openapi_text(doc, tags, NULL, &tag[i]);
        }
    }

    if (ep->deprecated) {
        (void) ngx_http_asyncapi_openapi_true(doc, operation, "deprecated");
    }
}


/* the path has the names of its first endpoint, whatever this one's are */

static void
ngx_http_asyncapi_openapi_parameters(ngx_http_asyncapi_openapi_t *doc,
    cJSON *operation, ngx_http_asyncapi_openapi_entry_t *entry,
    ngx_http_asyncapi_openapi_entry_t *first)
{
    cJSON                           *parameters;
    ngx_uint_t                       i;
    ngx_http_asyncapi_param_t       *param;
    ngx_http_asyncapi_segment_t     *segment, *named;
    ngx_http_asyncapi_contract_t    *contract;
    ngx_http_asyncapi_parameter_t  **p;

    contract = entry->endpoint->contract;

    parameters = cJSON_CreateArray();

    segment = entry->endpoint->segments.elts;
    named = first->endpoint->segments.elts;
    param = first->endpoint->params.elts;

    for (i = 0; i < entry->endpoint->segments.nelts; i++) {
        if (segment[i].type != NGX_HTTP_ASYNCAPI_SEGMENT_TEXT) {
            ngx_http_asyncapi_openapi_segment(doc, parameters, entry->endpoint,
                                              &segment[i],
                                              &param[named[i].param].name);
        }
    }

    p = contract ? contract->parameters.elts : NULL;

    for (i = 0; contract && i < contract->parameters.nelts; i++) {
        if (p[i]->in != NGX_HTTP_ASYNCAPI_IN_PATH
            && p[i]->in != NGX_HTTP_ASYNCAPI_IN_FORM)
        {
            (void) ngx_http_asyncapi_openapi_parameter(doc, parameters, p[i],
                                                       &p[i]->name);
        }
    }

    if (parameters && cJSON_GetArraySize(parameters) == 0) {
        cJSON_Delete(parameters);
        return;
    }

    (void) ngx_http_asyncapi_openapi_add(doc, operation, "parameters",
                                         parameters);
}


static ngx_http_asyncapi_parameter_t *
ngx_http_asyncapi_openapi_path_name(ngx_http_asyncapi_endpoint_t *ep,
    ngx_uint_t slot)
{
    ngx_uint_t                       i;
    ngx_http_asyncapi_parameter_t  **p;

    if (ep->contract == NULL) {
        return NULL;
    }

    p = ep->contract->parameters.elts;

    for (i = 0; i < ep->contract->parameters.nelts; i++) {
        if (p[i]->in == NGX_HTTP_ASYNCAPI_IN_PATH && p[i]->slot == slot) {
            return p[i];
        }
    }

    return NULL;
}


static void
ngx_http_asyncapi_openapi_segment(ngx_http_asyncapi_openapi_t *doc,
    cJSON *parameters, ngx_http_asyncapi_endpoint_t *ep,
    ngx_http_asyncapi_segment_t *segment, ngx_str_t *name)
{
    cJSON                          *parameter;
    ngx_http_asyncapi_parameter_t  *p, text;

    p = ngx_http_asyncapi_openapi_path_name(ep, segment->param);

    if (p == NULL) {
        ngx_memzero(&text, sizeof(ngx_http_asyncapi_parameter_t));

        text.in = NGX_HTTP_ASYNCAPI_IN_PATH;
        text.rules.type = NGX_ASYNCAPI_SCALAR_STRING;
        text.rules.max_length = NGX_MAX_SIZE_T_VALUE;
        text.required = 1;

        p = &text;
    }

    parameter = ngx_http_asyncapi_openapi_parameter(doc, parameters, p, name);

    /* OpenAPI has no word for it */

    if (segment->type == NGX_HTTP_ASYNCAPI_SEGMENT_REST
        && p->description.len == 0)
    {
        (void) ngx_http_asyncapi_openapi_word(doc, parameter, "description",
                      "The rest of the path, which may have slashes.");
    }
}


static cJSON *
ngx_http_asyncapi_openapi_parameter(ngx_http_asyncapi_openapi_t *doc,
    cJSON *parameters, ngx_http_asyncapi_parameter_t *p, ngx_str_t *name)
{
    cJSON  *parameter;

    parameter = ngx_http_asyncapi_openapi_object(doc, parameters, NULL);

    ngx_http_asyncapi_openapi_text(doc, parameter, "in",
                                   &ngx_http_asyncapi_in_names[p->in]);
    ngx_http_asyncapi_openapi_text(doc, parameter, "name", name);

    if (p->required) {
        (void) ngx_http_asyncapi_openapi_true(doc, parameter, "required");
    }

    if (p->description.len) {
        ngx_http_asyncapi_openapi_text(doc, parameter, "description",
                                       &p->description);
    }

    ngx_http_asyncapi_openapi_schema(doc, parameter, "schema", p);

    if (p->example.data) {
        ngx_http_asyncapi_openapi_example(doc, parameter, "example", p);
    }

    return parameter;
}


/* that of an array is of one element */

static void
ngx_http_asyncapi_openapi_example(ngx_http_asyncapi_openapi_t *doc, cJSON *to,
    const char *name, ngx_http_asyncapi_parameter_t *p)
{
    if (p->array) {
        to = ngx_http_asyncapi_openapi_array(doc, to, name);
        name = NULL;
    }

    ngx_http_asyncapi_openapi_scalar(doc, to, name, p->rules.type,
                                     &p->example);
}


static void
ngx_http_asyncapi_openapi_body(ngx_http_asyncapi_openapi_t *doc,
    cJSON *operation, ngx_http_asyncapi_contract_t *contract)
{
    cJSON  *body, *content, *media;

    body = ngx_http_asyncapi_openapi_object(doc, operation, "requestBody");

    if (!contract->body_optional
        || ngx_http_asyncapi_openapi_requires_field(contract))
    {
        (void) ngx_http_asyncapi_openapi_true(doc, body, "required");
    }

    content = ngx_http_asyncapi_openapi_object(doc, body, "content");

    if (contract->body == NGX_HTTP_ASYNCAPI_BODY_JSON) {
        media = ngx_http_asyncapi_openapi_object(doc, content,
                                                 "application/json");

        if (contract->body_schema) {
            ngx_http_asyncapi_openapi_ref(doc, media, "schema",
                                          contract->body_schema);

        } else {
            (void) ngx_http_asyncapi_openapi_object(doc, media, "schema");
        }

        return;
    }

    if (contract->body == NGX_HTTP_ASYNCAPI_BODY_RAW) {
        (void) ngx_http_asyncapi_openapi_object(doc, content, "*/*");
        return;
    }

    ngx_http_asyncapi_openapi_form(doc, content,
                                   "application/x-www-form-urlencoded",
                                   contract);
    ngx_http_asyncapi_openapi_form(doc, content, "multipart/form-data",
                                   contract);
}


/* a body that need not be there has no field that must be */

static ngx_uint_t
ngx_http_asyncapi_openapi_requires_field(ngx_http_asyncapi_contract_t *contract)
{
    ngx_uint_t                       i;
    ngx_http_asyncapi_parameter_t  **p;

    p = contract->parameters.elts;

    for (i = 0; i < contract->parameters.nelts; i++) {
        if (p[i]->in == NGX_HTTP_ASYNCAPI_IN_FORM && p[i]->required) {
            return 1;
        }
    }

    return 0;
}


/* a form has a schema, in which fields are what parameters are elsewhere */

static void
ngx_http_asyncapi_openapi_form(ngx_http_asyncapi_openapi_t *doc,
    cJSON *content, const char *type, ngx_http_asyncapi_contract_t *contract)
{
    char                            *name;
    cJSON                           *schema, *properties, *required, *field,
                                    *examples;
    ngx_uint_t                       i;
    ngx_http_asyncapi_parameter_t  **p;

    schema = ngx_http_asyncapi_openapi_object(doc,
                 ngx_http_asyncapi_openapi_object(doc, content, type),
                 "schema");

    (void) ngx_http_asyncapi_openapi_word(doc, schema, "type", "object");

    properties = ngx_http_asyncapi_openapi_object(doc, schema, "properties");
    required = NULL;

    p = contract->parameters.elts;

    for (i = 0; i < contract->parameters.nelts; i++) {

        if (p[i]->in != NGX_HTTP_ASYNCAPI_IN_FORM) {
            continue;
        }

        name = ngx_http_asyncapi_openapi_chars(doc, &p[i]->name);
        if (name == NULL) {
            return;
        }

        ngx_http_asyncapi_openapi_schema(doc, properties, name, p[i]);
        field = cJSON_GetObjectItemCaseSensitive(properties, name);

        if (p[i]->description.len) {
            ngx_http_asyncapi_openapi_text(doc, field, "description",
                                           &p[i]->description);
        }

        if (p[i]->example.data) {
            examples = ngx_http_asyncapi_openapi_array(doc, field, "examples");
            ngx_http_asyncapi_openapi_example(doc, examples, NULL, p[i]);
        }

        if (p[i]->required) {

            if (required == NULL) {
                required = ngx_http_asyncapi_openapi_array(doc, schema,
                                                           "required");
            }

            (void) ngx_http_asyncapi_openapi_word(doc, required, NULL, name);
        }
    }
}

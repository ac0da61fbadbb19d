
/*
 * Copyright (C) The asyncapi module authors
 *
 * What parameters and problems look like, as JSON Schema.
 */


#include "ngx_http_asyncapi_openapi.h"


typedef struct {
    const char  *type;
    const char  *format;     /* or NULL */
} ngx_http_asyncapi_openapi_type_t;


static void ngx_http_asyncapi_openapi_rules(ngx_http_asyncapi_openapi_t *doc,
    cJSON *schema, const ngx_asyncapi_rules_t *rules);
static void ngx_http_asyncapi_openapi_lengths(
    ngx_http_asyncapi_openapi_t *doc, cJSON *schema,
    const ngx_asyncapi_rules_t *rules);


/* by ngx_asyncapi_scalar_e */

static const ngx_http_asyncapi_openapi_type_t
    ngx_http_asyncapi_openapi_types[] =
{
    { "string", NULL },
    { "integer", "int64" },
    { "number", NULL },
    { "boolean", NULL },
    { "string", "uuid" },
    { "string", "date" },
    { "string", "date-time" }
};


/* RFC 9457, with what the failure of a task adds */

static const char  ngx_http_asyncapi_openapi_problem[] =
    "{\"type\":\"object\",\"required\":[\"type\",\"title\",\"status\"],"
      "\"properties\":{"
        "\"type\":{\"type\":\"string\"},"
        "\"title\":{\"type\":\"string\"},"
        "\"status\":{\"type\":\"integer\"},"
        "\"detail\":{\"type\":\"string\"},"
        "\"task\":{\"type\":\"string\","
          "\"description\":\"The task that failed.\"},"
        "\"reason\":{\"type\":\"string\"},"
        "\"code\":{\"type\":[\"string\",\"integer\"],"
          "\"description\":\"What the task's other side calls it.\"}}}";

static const char  ngx_http_asyncapi_openapi_errors[] =
    "{\"allOf\":[{\"$ref\":\"#/components/schemas/Problem\"},"
      "{\"type\":\"object\",\"required\":[\"errors\"],\"properties\":{"
        "\"errors\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
          "\"required\":[\"detail\"],\"properties\":{"
            "\"in\":{\"type\":\"string\"},"
            "\"name\":{\"type\":\"string\"},"
            "\"index\":{\"type\":\"integer\",\"minimum\":0},"
            "\"pointer\":{\"type\":\"string\"},"
            "\"detail\":{\"type\":\"string\"}}}}}}]}";


void
ngx_http_asyncapi_openapi_schema(ngx_http_asyncapi_openapi_t *doc, cJSON *to,
    const char *name, ngx_http_asyncapi_parameter_t *p)
{
    cJSON  *schema, *items;

    schema = ngx_http_asyncapi_openapi_object(doc, to, name);
    items = schema;

    if (p->array) {
        (void) ngx_http_asyncapi_openapi_word(doc, schema, "type", "array");
        items = ngx_http_asyncapi_openapi_object(doc, schema, "items");
    }

    ngx_http_asyncapi_openapi_rules(doc, items, &p->rules);

    if (p->fallback_text.data == NULL) {
        return;
    }

    if (p->fallback.type == NGX_ASYNCAPI_VALUE_JSON) {
        ngx_http_asyncapi_openapi_raw(doc, schema, "default",
                                      &p->fallback.data);

    } else {
        ngx_http_asyncapi_openapi_text(doc, schema, "default",
                                       &p->fallback.data);
    }
}


static void
ngx_http_asyncapi_openapi_rules(ngx_http_asyncapi_openapi_t *doc,
    cJSON *schema, const ngx_asyncapi_rules_t *rules)
{
    cJSON                                   *values;
    ngx_str_t                               *value;
    ngx_uint_t                               i;
    const ngx_http_asyncapi_openapi_type_t  *type;

    type = &ngx_http_asyncapi_openapi_types[rules->type];

    (void) ngx_http_asyncapi_openapi_word(doc, schema, "type", type->type);

    if (type->format) {
        (void) ngx_http_asyncapi_openapi_word(doc, schema, "format",
                                              type->format);
    }

    if (rules->min.data) {
        ngx_http_asyncapi_openapi_raw(doc, schema, "minimum", &rules->min);
    }

    if (rules->max.data) {
        ngx_http_asyncapi_openapi_raw(doc, schema, "maximum", &rules->max);
    }

    ngx_http_asyncapi_openapi_lengths(doc, schema, rules);

    if (rules->pattern) {
        ngx_http_asyncapi_openapi_text(doc, schema, "pattern", &rules->source);
    }

    if (rules->values == NULL) {
        return;
    }

    values = ngx_http_asyncapi_openapi_array(doc, schema, "enum");
    value = rules->values->elts;

    for (i = 0; i < rules->values->nelts; i++) {
        ngx_http_asyncapi_openapi_scalar(doc, values, NULL, rules->type,
                                         &value[i]);
    }
}


static void
ngx_http_asyncapi_openapi_lengths(ngx_http_asyncapi_openapi_t *doc,
    cJSON *schema, const ngx_asyncapi_rules_t *rules)
{
    u_char     number[NGX_SIZE_T_LEN];
    ngx_str_t  text;

    text.data = number;

    if (rules->min_length) {
        text.len = ngx_sprintf(number, "%uz", rules->min_length) - number;
        ngx_http_asyncapi_openapi_raw(doc, schema, "minLength", &text);
    }

    if (rules->max_length != NGX_MAX_SIZE_T_VALUE) {
        text.len = ngx_sprintf(number, "%uz", rules->max_length) - number;
        ngx_http_asyncapi_openapi_raw(doc, schema, "maxLength", &text);
    }
}


void
ngx_http_asyncapi_openapi_scalar(ngx_http_asyncapi_openapi_t *doc, cJSON *to,
    const char *name, ngx_asyncapi_scalar_e type, ngx_str_t *text)
{
    ngx_str_t  value;

    value = *text;

    if (!ngx_asyncapi_scalar_is_text(type)
        && ngx_asyncapi_scalar_is(type, &value))
    {
        ngx_http_asyncapi_openapi_raw(doc, to, name, &value);
        return;
    }

    ngx_http_asyncapi_openapi_text(doc, to, name, &value);
}


void
ngx_http_asyncapi_openapi_components(ngx_http_asyncapi_openapi_t *doc,
    cJSON *root)
{
    cJSON       *components, *schemas, *problem, *reasons;
    ngx_uint_t   i;

    components = ngx_http_asyncapi_openapi_object(doc, root, "components");
    schemas = ngx_http_asyncapi_openapi_object(doc, components, "schemas");

    ngx_http_asyncapi_openapi_schemas(doc, schemas);

    problem = ngx_http_asyncapi_openapi_add(doc, schemas, "Problem",
                              cJSON_Parse(ngx_http_asyncapi_openapi_problem));

    (void) ngx_http_asyncapi_openapi_add(doc, schemas, "ValidationProblem",
                              cJSON_Parse(ngx_http_asyncapi_openapi_errors));

    reasons = ngx_http_asyncapi_openapi_array(doc,
                  cJSON_GetObjectItem(cJSON_GetObjectItem(problem,
                                                          "properties"),
                                      "reason"),
                  "enum");

    for (i = NGX_HTTP_ASYNCAPI_OK + 1; i < NGX_HTTP_ASYNCAPI_REASON_N; i++) {
        ngx_http_asyncapi_openapi_text(doc, reasons, NULL,
                                       &ngx_http_asyncapi_reason_names[i]);
    }

    if (cJSON_GetArraySize(doc->schemes)) {
        (void) ngx_http_asyncapi_openapi_add(doc, components,
                                             "securitySchemes", doc->schemes);
        doc->schemes = NULL;
    }
}

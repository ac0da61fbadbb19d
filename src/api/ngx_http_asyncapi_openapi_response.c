
/*
 * Copyright (C) The asyncapi module authors
 *
 * What an operation answers with: what its endpoint declares, and the problems
 * that it may have.
 */


#include "ngx_http_asyncapi_openapi.h"


/* which statuses tasks may bring: bits */

#define NGX_HTTP_ASYNCAPI_OPENAPI_FAILS    1
#define NGX_HTTP_ASYNCAPI_OPENAPI_LIMITED  2


static void ngx_http_asyncapi_openapi_respond(
    ngx_http_asyncapi_openapi_t *doc, cJSON *responses,
    ngx_http_asyncapi_respond_t *respond, ngx_http_asyncapi_endpoint_t *ep);
static void ngx_http_asyncapi_openapi_object_of_all(
    ngx_http_asyncapi_openapi_t *doc, cJSON *media,
    ngx_http_asyncapi_block_t *block);
static void ngx_http_asyncapi_openapi_refusals(
    ngx_http_asyncapi_openapi_t *doc, cJSON *responses,
    ngx_http_asyncapi_contract_t *contract);
static ngx_uint_t ngx_http_asyncapi_openapi_failures(
    ngx_http_asyncapi_block_t *block);
static cJSON *ngx_http_asyncapi_openapi_response(
    ngx_http_asyncapi_openapi_t *doc, cJSON *responses, const char *status,
    const char *description);
static void ngx_http_asyncapi_openapi_refusal(
    ngx_http_asyncapi_openapi_t *doc, cJSON *responses, const char *status,
    const char *description, const char *schema);


#define ngx_http_asyncapi_openapi_failure(doc, responses, status, description)\
    ngx_http_asyncapi_openapi_refusal(doc, responses, status, description,   \
                                      "#/components/schemas/Problem")


void
ngx_http_asyncapi_openapi_responses(ngx_http_asyncapi_openapi_t *doc,
    cJSON *operation, ngx_http_asyncapi_endpoint_t *ep)
{
    cJSON                         *responses;
    ngx_uint_t                     i, failures;
    ngx_http_asyncapi_respond_t  **respond;

    responses = ngx_http_asyncapi_openapi_object(doc, operation, "responses");
    respond = ep->responds.elts;

    for (i = 0; i < ep->responds.nelts; i++) {
        ngx_http_asyncapi_openapi_respond(doc, responses, respond[i], ep);

        /* the one that the configuration adds is not reached then */

        if (respond[i]->condition == NULL) {
            break;
        }
    }

    if (ep->contract) {
        ngx_http_asyncapi_openapi_refusals(doc, responses, ep->contract);
    }

    failures = ngx_http_asyncapi_openapi_failures(ep->block);

    if (failures & NGX_HTTP_ASYNCAPI_OPENAPI_FAILS) {
        ngx_http_asyncapi_openapi_failure(doc, responses, "502",
                                          "A task failed.");
    }

    if (failures & NGX_HTTP_ASYNCAPI_OPENAPI_LIMITED) {
        ngx_http_asyncapi_openapi_failure(doc, responses, "503",
                                          "A task found no free slot.");
    }

    if (failures & NGX_HTTP_ASYNCAPI_OPENAPI_FAILS) {
        ngx_http_asyncapi_openapi_failure(doc, responses, "504",
                                          "A task took too long.");
    }

    ngx_http_asyncapi_openapi_failure(doc, responses, "default",
                                      "Any other failure.");
}


static void
ngx_http_asyncapi_openapi_respond(ngx_http_asyncapi_openapi_t *doc,
    cJSON *responses, ngx_http_asyncapi_respond_t *respond,
    ngx_http_asyncapi_endpoint_t *ep)
{
    char       *type;
    cJSON      *response, *media;
    u_char      number[sizeof("599")];

    ngx_sprintf(number, "%03ui%Z", respond->status);

    response = ngx_http_asyncapi_openapi_response(doc, responses,
                   (const char *) number,
                   respond->status < 300 ? "The answer."
                   : respond->status < 400 ? "It is elsewhere, or as it was."
                                           : "The endpoint's own failure.");

    if (respond->template == NULL && !respond->all) {
        return;
    }

    type = ngx_http_asyncapi_openapi_chars(doc, &respond->type);
    if (type == NULL) {
        return;
    }

    media = ngx_http_asyncapi_openapi_member(doc,
                ngx_http_asyncapi_openapi_member(doc, response, "content"),
                type);

    if (respond->schema) {
        ngx_http_asyncapi_openapi_or(doc, media, respond->schema);

    } else if (respond->all && !cJSON_HasObjectItem(media, "schema")) {
        ngx_http_asyncapi_openapi_object_of_all(doc, media, ep->block);
    }
}


/* results may be any JSON, but for those that are as they were checked */

static void
ngx_http_asyncapi_openapi_object_of_all(ngx_http_asyncapi_openapi_t *doc,
    cJSON *media, ngx_http_asyncapi_block_t *block)
{
    char                       *name;
    cJSON                      *schema, *properties, *array;
    ngx_uint_t                  i;
    ngx_http_asyncapi_node_t  **node;

    schema = ngx_http_asyncapi_openapi_object(doc, media, "schema");

    (void) ngx_http_asyncapi_openapi_word(doc, schema, "type", "object");

    properties = ngx_http_asyncapi_openapi_object(doc, schema, "properties");
    node = block->nodes.elts;

    for (i = 0; i < block->nodes.nelts; i++) {

        name = ngx_http_asyncapi_openapi_chars(doc, &node[i]->name);

        if (name == NULL) {
            return;
        }

        if (node[i]->schema == NULL || node[i]->pick || node[i]->omit
            || node[i]->condition || node[i]->fallback.data)
        {
            (void) ngx_http_asyncapi_openapi_object(doc, properties, name);
            continue;
        }

        if (node[i]->each == NULL) {
            ngx_http_asyncapi_openapi_ref(doc, properties, name,
                                          node[i]->schema);
            continue;
        }

        array = ngx_http_asyncapi_openapi_object(doc, properties, name);

        (void) ngx_http_asyncapi_openapi_word(doc, array, "type", "array");
        ngx_http_asyncapi_openapi_ref(doc, array, "items", node[i]->schema);
    }
}


/* before any task starts */

static void
ngx_http_asyncapi_openapi_refusals(ngx_http_asyncapi_openapi_t *doc,
    cJSON *responses, ngx_http_asyncapi_contract_t *contract)
{
    ngx_uint_t  typed;

    if (contract->security) {
        ngx_http_asyncapi_openapi_failure(doc, responses, "401",
                                          "There are no credentials.");
    }

    typed = contract->body == NGX_HTTP_ASYNCAPI_BODY_JSON
            || contract->body == NGX_HTTP_ASYNCAPI_BODY_FORM;

    if (typed) {
        ngx_http_asyncapi_openapi_failure(doc, responses, "400",
                                          "The body is broken.");
    }

    if (contract->body != NGX_HTTP_ASYNCAPI_BODY_NONE) {
        ngx_http_asyncapi_openapi_failure(doc, responses, "413",
                                          "The body is too large.");
    }

    if (typed) {
        ngx_http_asyncapi_openapi_failure(doc, responses, "415",
                                          "The body is of another type.");
    }

    if (contract->body != NGX_HTTP_ASYNCAPI_BODY_NONE
        || contract->parameters.nelts)
    {
        ngx_http_asyncapi_openapi_refusal(doc, responses, "422",
                                 "The request has errors.",
                                 "#/components/schemas/ValidationProblem");
    }
}


/* a default stands in for all that fails below it */

static ngx_uint_t
ngx_http_asyncapi_openapi_failures(ngx_http_asyncapi_block_t *block)
{
    ngx_uint_t                  i, failures;
    ngx_http_asyncapi_node_t  **node;

    failures = 0;
    node = block->nodes.elts;

    for (i = 0; i < block->nodes.nelts; i++) {

        if (node[i]->fallback.data || node[i]->background) {
            continue;
        }

        if (node[i]->limit) {
            failures |= NGX_HTTP_ASYNCAPI_OPENAPI_LIMITED;
        }

        failures |= node[i]->members
                    ? ngx_http_asyncapi_openapi_failures(node[i]->members)
                    : NGX_HTTP_ASYNCAPI_OPENAPI_FAILS;
    }

    return failures;
}


/* the response of that status, which another statement may have brought */

static cJSON *
ngx_http_asyncapi_openapi_response(ngx_http_asyncapi_openapi_t *doc,
    cJSON *responses, const char *status, const char *description)
{
    cJSON  *response;

    response = ngx_http_asyncapi_openapi_member(doc, responses, status);

    if (!cJSON_HasObjectItem(response, "description")) {
        (void) ngx_http_asyncapi_openapi_word(doc, response, "description",
                                              description);
    }

    return response;
}


static void
ngx_http_asyncapi_openapi_refusal(ngx_http_asyncapi_openapi_t *doc,
    cJSON *responses, const char *status, const char *description,
    const char *schema)
{
    cJSON  *response, *media;

    response = ngx_http_asyncapi_openapi_response(doc, responses, status,
                                                  description);

    media = ngx_http_asyncapi_openapi_member(doc,
                ngx_http_asyncapi_openapi_member(doc, response, "content"),
                "application/problem+json");

    if (cJSON_HasObjectItem(media, "schema")) {
        return;
    }

    (void) ngx_http_asyncapi_openapi_word(doc,
               ngx_http_asyncapi_openapi_object(doc, media, "schema"),
               "$ref", schema);
}

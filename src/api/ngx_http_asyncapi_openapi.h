
/*
 * Copyright (C) The asyncapi module authors
 *
 * The OpenAPI 3.1 document of a server's endpoints: asyncapi_info and
 * asyncapi_openapi.  It is made once, when the configuration has been read, and
 * is a text in the pool of the cycle from then on.
 *
 * Thread: the configuration's makes it, the event loop sends it.
 */


#ifndef _NGX_HTTP_ASYNCAPI_OPENAPI_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_OPENAPI_H_INCLUDED_


#include "ngx_http_asyncapi_contract.h"
#include <cjson/cJSON.h>


/*
 * A document in the making.  cJSON's memory is not the pool's: whoever makes a
 * piece puts it into the tree at once, and the tree is deleted in the end.
 * What could not be had is NULL, all that is put into it is dropped, and "bad"
 * says so at the end.
 */

typedef struct {
    ngx_conf_t                     *cf;
    ngx_array_t                     ids;    /* ..._openapi_id_t: taken */
    ngx_array_t                     components;  /* ..._openapi_component_t:
                                                    referred to */
    cJSON                          *schemes;     /* securitySchemes: likewise */
    unsigned                        bad:1;  /* no memory */
} ngx_http_asyncapi_openapi_t;

typedef struct {
    ngx_str_t                       id;
    ngx_http_asyncapi_endpoint_t   *endpoint;
} ngx_http_asyncapi_openapi_id_t;


/* a schema of a file, and its name in the document */

typedef struct {
    ngx_http_asyncapi_schema_t     *schema;
    ngx_str_t                       name;
} ngx_http_asyncapi_openapi_component_t;


/* an endpoint at its path */

typedef struct {
    ngx_http_asyncapi_endpoint_t   *endpoint;
    ngx_http_core_loc_conf_t       *location;
    ngx_str_t                       path;   /* "/users/{id}", percent-encoded */
    ngx_str_t                       shape;  /* "/users/{}": of these there is
                                               one path in a document */
} ngx_http_asyncapi_openapi_entry_t;


/* ---- openapi_conf.c: directives, and the configuration of a server ---- */

void *ngx_http_asyncapi_openapi_create_conf(ngx_conf_t *cf);
char *ngx_http_asyncapi_openapi_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);

char *ngx_http_asyncapi_info(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_asyncapi_openapi(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* notes the endpoint of the location being read: NGX_OK, or NGX_ERROR */
ngx_int_t ngx_http_asyncapi_openapi_place(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep);


/* ---- openapi.c: the document as a whole ---- */

ngx_int_t ngx_http_asyncapi_openapi_handler(ngx_http_request_t *r);

/* once all of http {} is read: NGX_OK, or NGX_ERROR (logged, or no memory) */
ngx_int_t ngx_http_asyncapi_openapi_complete(ngx_conf_t *cf);


/* ---- openapi_path.c ---- */

/*
 * The server's endpoints that have a path, sorted by it: an array of
 * ..._openapi_entry_t in temporary memory; NULL: no memory.
 */
ngx_array_t *ngx_http_asyncapi_openapi_entries(ngx_conf_t *cf,
    ngx_http_asyncapi_srv_conf_t *ascf);

/*
 * The name of an operation, which no other has: NGX_OK; NGX_ERROR: no memory,
 * or two endpoints are given the same (logged).
 */
ngx_int_t ngx_http_asyncapi_openapi_ids(ngx_http_asyncapi_openapi_t *doc,
    ngx_array_t *entries);
ngx_int_t ngx_http_asyncapi_openapi_id(ngx_http_asyncapi_openapi_t *doc,
    ngx_http_asyncapi_openapi_entry_t *entry, ngx_str_t *method,
    ngx_str_t *id);

/*
 * Where clients find the document: NGX_OK; NGX_DECLINED: nowhere; NGX_ERROR: no
 * memory.  It is in temporary memory, and percent-encoded.
 */
ngx_int_t ngx_http_asyncapi_openapi_where(ngx_conf_t *cf,
    ngx_http_asyncapi_srv_conf_t *ascf, ngx_str_t *path);

/* bits of methods that are listed: a HEAD that comes with GET is not */
ngx_uint_t ngx_http_asyncapi_openapi_methods(
    ngx_http_asyncapi_endpoint_t *ep);


/* ---- openapi_operation.c, openapi_response.c, openapi_schema.c ---- */

/* first: the entry whose names the path has */
void ngx_http_asyncapi_openapi_operation(ngx_http_asyncapi_openapi_t *doc,
    cJSON *item, ngx_http_asyncapi_openapi_entry_t *entry,
    ngx_http_asyncapi_openapi_entry_t *first, ngx_str_t *method);
void ngx_http_asyncapi_openapi_responses(ngx_http_asyncapi_openapi_t *doc,
    cJSON *operation, ngx_http_asyncapi_endpoint_t *ep);

/* adds "schema", of a parameter or of a form's field */
void ngx_http_asyncapi_openapi_schema(ngx_http_asyncapi_openapi_t *doc,
    cJSON *to, const char *name, ngx_http_asyncapi_parameter_t *p);
/* adds a value of the parameter's type, which the text is one of */
void ngx_http_asyncapi_openapi_scalar(ngx_http_asyncapi_openapi_t *doc,
    cJSON *to, const char *name, ngx_asyncapi_scalar_e type, ngx_str_t *text);
/* adds "components": what problems look like, and what was referred to */
void ngx_http_asyncapi_openapi_components(ngx_http_asyncapi_openapi_t *doc,
    cJSON *root);


/* ---- openapi_component.c: what is referred to ---- */

/* adds a reference to the schema's file */
void ngx_http_asyncapi_openapi_ref(ngx_http_asyncapi_openapi_t *doc,
    cJSON *to, const char *name, ngx_http_asyncapi_schema_t *schema);
/* likewise "schema", or one more of its alternatives */
void ngx_http_asyncapi_openapi_or(ngx_http_asyncapi_openapi_t *doc, cJSON *to,
    ngx_http_asyncapi_schema_t *schema);
/* adds all files that were referred to */
void ngx_http_asyncapi_openapi_schemas(ngx_http_asyncapi_openapi_t *doc,
    cJSON *schemas);
/* adds "security", and to doc->schemes what it names */
void ngx_http_asyncapi_openapi_security(ngx_http_asyncapi_openapi_t *doc,
    cJSON *operation, ngx_array_t *required);


/* ---- openapi_tree.c: pieces of the tree; name NULL: to an array ---- */

/* takes the item, also where it is NULL; returns it, or NULL */
cJSON *ngx_http_asyncapi_openapi_add(ngx_http_asyncapi_openapi_t *doc,
    cJSON *to, const char *name, cJSON *item);

#define ngx_http_asyncapi_openapi_object(doc, to, name)                      \
    ngx_http_asyncapi_openapi_add(doc, to, name, cJSON_CreateObject())
#define ngx_http_asyncapi_openapi_array(doc, to, name)                       \
    ngx_http_asyncapi_openapi_add(doc, to, name, cJSON_CreateArray())
#define ngx_http_asyncapi_openapi_true(doc, to, name)                        \
    ngx_http_asyncapi_openapi_add(doc, to, name, cJSON_CreateTrue())
#define ngx_http_asyncapi_openapi_word(doc, to, name, word)                  \
    ngx_http_asyncapi_openapi_add(doc, to, name, cJSON_CreateString(word))

/* a text of any bytes, of which those that are no UTF-8 become U+FFFD */
void ngx_http_asyncapi_openapi_text(ngx_http_asyncapi_openapi_t *doc,
    cJSON *to, const char *name, const ngx_str_t *text);
/* the text of a JSON value */
void ngx_http_asyncapi_openapi_raw(ngx_http_asyncapi_openapi_t *doc,
    cJSON *to, const char *name, const ngx_str_t *text);
/* a text that ends in a NUL, in temporary memory; NULL: no memory */
char *ngx_http_asyncapi_openapi_chars(ngx_http_asyncapi_openapi_t *doc,
    const ngx_str_t *text);
/* the member of that name, which is made an object where it is not there */
cJSON *ngx_http_asyncapi_openapi_member(ngx_http_asyncapi_openapi_t *doc,
    cJSON *to, const char *name);


#endif /* _NGX_HTTP_ASYNCAPI_OPENAPI_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * The module's configurations, and the reading of an endpoint's block.
 */


#ifndef _NGX_HTTP_ASYNCAPI_CONF_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_CONF_H_INCLUDED_


#include "ngx_http_asyncapi_graph.h"


/*
 * Statements are directives of a context of their own, above the 32 bits that
 * nginx uses.  nginx wants to know of a directive whether a block follows; some
 * of ours come in both forms, so before a statement is read, it is found out
 * how it ends, and cf->cmd_type is one of these.
 */

#define NGX_HTTP_ASYNCAPI_WORDS  ((ngx_uint_t) 0x100000000)
#define NGX_HTTP_ASYNCAPI_BLOCK  ((ngx_uint_t) 0x200000000)
#define NGX_HTTP_ASYNCAPI_CONF                                               \
    (NGX_HTTP_ASYNCAPI_WORDS|NGX_HTTP_ASYNCAPI_BLOCK)


typedef struct {
    ngx_array_t                    lets;     /* ngx_http_asyncapi_let_t *, of
                                                all endpoints */
    ngx_array_t                    unknown;  /* ngx_http_asyncapi_unknown_t */
    void                         **kinds;    /* of each kind what it has for
                                                all of http {}, or NULL */
    ngx_array_t                   *redis;    /* servers, by asyncapi_redis;
                                                NULL: none */
    ngx_array_t                    limits;   /* ngx_asyncapi_limit_t * */
    ngx_array_t                    limited;  /* ngx_http_asyncapi_node_t *,
                                                that have limit= */
    ngx_array_t                    schemas;  /* ..._schema_t *: by file */
    size_t                         zone;     /* its size; 0: none was given */
    ngx_uint_t                     cors;     /* some location has it */
    ngx_int_t                      background;  /* so many in a worker */
} ngx_http_asyncapi_main_conf_t;


/* src/api knows more of these */
typedef struct ngx_http_asyncapi_text_s  ngx_http_asyncapi_text_t;
typedef struct ngx_http_asyncapi_docs_s  ngx_http_asyncapi_docs_t;
typedef struct ngx_http_asyncapi_cors_s  ngx_http_asyncapi_cors_t;


/* an endpoint, and the location that it stands in */

typedef struct {
    ngx_http_asyncapi_endpoint_t  *endpoint;
    ngx_http_core_loc_conf_t      *location;
} ngx_http_asyncapi_placed_t;


typedef struct {
    ngx_array_t                    endpoints;  /* ..._placed_t, of the server,
                                                  as they are written */
    ngx_str_t                      title;    /* asyncapi_info; data NULL: it is
                                                not there */
    ngx_str_t                      version;
    ngx_str_t                      description;

    ngx_array_t                   *security; /* ..._security_t, or NULL */
    ngx_array_t                    documented;  /* ngx_http_core_loc_conf_t *:
                                                   that have the document */
    ngx_http_asyncapi_text_t      *openapi;  /* the document; NULL: none */
    ngx_array_t                    docs;     /* ..._docs_t *: pages */
} ngx_http_asyncapi_srv_conf_t;


typedef struct {
    ngx_array_t                   *endpoints;  /* ..._endpoint_t *, or NULL */

    ngx_msec_t                     timeout;
    size_t                         max_result;
    size_t                         offload;  /* more bytes are a thread's */
    ngx_flag_t                     ignore_client_abort;
    ngx_flag_t                     error_detail;
    ngx_flag_t                     server_timing;
    ngx_flag_t                     check_responses;
    ngx_array_t                   *pass_headers;   /* of ngx_str_t, or NULL */
    ngx_thread_pool_t             *thread_pool;    /* or NULL: none is needed */
    ngx_http_asyncapi_docs_t      *docs;     /* or NULL */
    ngx_http_asyncapi_cors_t      *cors;     /* or NULL */
    ngx_http_handler_pt            handler;  /* of ours; NULL: it is not our
                                                location */
    ngx_http_asyncapi_place_t      place;    /* where that was said */

    /* while the configuration is read */
    ngx_http_asyncapi_block_t     *block;    /* statements belong to */
    ngx_http_asyncapi_node_t      *node;     /* whose block this location is */
} ngx_http_asyncapi_loc_conf_t;


void *ngx_http_asyncapi_create_main_conf(ngx_conf_t *cf);
char *ngx_http_asyncapi_init_main_conf(ngx_conf_t *cf, void *conf);
void *ngx_http_asyncapi_create_loc_conf(ngx_conf_t *cf);
char *ngx_http_asyncapi_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);

/* where a kind has what belongs to all of http {}: NULL until it is set */
void **ngx_http_asyncapi_kind_conf(ngx_conf_t *cf,
    ngx_http_asyncapi_kind_t *kind);

/*
 * The location is answered by that handler of ours.  NGX_CONF_OK, or a message:
 * it is another's already.
 */
char *ngx_http_asyncapi_answers(ngx_conf_t *cf, ngx_http_handler_pt handler);

/* directives of a location, and checks of those that nginx itself sets */
char *ngx_http_asyncapi_pass_header(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_asyncapi_thread_pool(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
extern ngx_conf_post_t  ngx_http_asyncapi_timeout_check_post;
extern ngx_conf_post_t  ngx_http_asyncapi_size_check_post;

/*
 * Directives: asyncapi_limit and asyncapi_zone.  complete(): once all of
 * http {} is read, binds limit= of tasks; NGX_OK, or NGX_ERROR (logged).
 */
char *ngx_http_asyncapi_limit(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_asyncapi_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
ngx_int_t ngx_http_asyncapi_limits_complete(ngx_conf_t *cf);


/* NULL ends the table */
extern ngx_http_asyncapi_kind_t  *ngx_http_asyncapi_kinds[];

extern ngx_module_t  ngx_http_asyncapi_module;


/*
 * NGX_HTTP_ASYNCAPI_WORDS or _BLOCK: how the statement ends that is to be read
 * next; or the first one of a file, which is WORDS where it can't be opened.
 */
ngx_uint_t ngx_http_asyncapi_form_next(ngx_conf_t *cf);
ngx_uint_t ngx_http_asyncapi_form_first(ngx_str_t *file);

/* reads "{ statements }" into the block; the opening brace has been read */
char *ngx_http_asyncapi_statements(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block);

/*
 * "set" of every statement's command; its "post" is the statement's own, its
 * "offset" one of these.
 */

#define NGX_HTTP_ASYNCAPI_WITHIN     0   /* in any block of tasks */
#define NGX_HTTP_ASYNCAPI_OUTERMOST  1   /* in the endpoint's own alone */

typedef char *(*ngx_http_asyncapi_statement_pt)(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block);

char *ngx_http_asyncapi_statement(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* statements: "include", "timeout", "respond", "background", a task */
char *ngx_http_asyncapi_include_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block);
char *ngx_http_asyncapi_timeout_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block);
char *ngx_http_asyncapi_respond_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block);
char *ngx_http_asyncapi_background_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block);
char *ngx_http_asyncapi_task_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block);

/* the answer where no respond holds, or none is written: NGX_OK, NGX_ERROR */
ngx_int_t ngx_http_asyncapi_respond_default(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep);

/*
 * An option that every kind has: NGX_CONF_OK, NGX_CONF_ERROR (logged), or
 * NGX_HTTP_ASYNCAPI_NO_OPTION.
 */
#define NGX_HTTP_ASYNCAPI_NO_OPTION  ((char *) -2)

char *ngx_http_asyncapi_option(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *name, ngx_str_t *value);
/* options that don't go together */
char *ngx_http_asyncapi_option_check(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node);
/* options that don't go with what the task does, or what is in the group */
char *ngx_http_asyncapi_option_check_what(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node);

/*
 * "$name.key" or "!$name.key": a condition.  NGX_CONF_OK, NGX_CONF_ERROR (no
 * memory), or a message.
 */
char *ngx_http_asyncapi_condition(ngx_conf_t *cf, ngx_str_t *source,
    ngx_asyncapi_ref_t **ref, ngx_uint_t *negate);
/* "a,b,c" into an array of ngx_str_t: names; NGX_OK or NGX_ERROR */
ngx_int_t ngx_http_asyncapi_names(ngx_conf_t *cf, ngx_str_t *value,
    ngx_array_t *names);
/* letters, digits and "_", not beginning with a digit */
ngx_uint_t ngx_http_asyncapi_is_name(ngx_str_t *name);


#endif /* _NGX_HTTP_ASYNCAPI_CONF_H_INCLUDED_ */

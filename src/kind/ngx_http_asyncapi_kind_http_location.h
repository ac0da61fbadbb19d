
/*
 * Copyright (C) The asyncapi module authors
 *
 * The forms of an http task that are subrequests: a local URI and a block.
 *
 * The task's own subrequest runs in the background: nginx counts it, but
 * neither orders its output nor waits for it.  A filter captures what it, and
 * the subrequests that it makes in its turn, answer.
 *
 * All memory goes with the pool of the main request, which nginx keeps until
 * the last subrequest has ended.  A capture is only touched by its events while
 * capture->op is not NULL; a subrequest that goes on after its task has been
 * given up is left to nginx, and what it answers is dropped.
 *
 * Thread: the worker's event loop.
 */


#ifndef _NGX_HTTP_ASYNCAPI_KIND_HTTP_LOCATION_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_KIND_HTTP_LOCATION_H_INCLUDED_


#include "ngx_http_asyncapi_kind_http.h"


typedef struct ngx_http_asyncapi_http_capture_s
    ngx_http_asyncapi_http_capture_t;
typedef struct ngx_http_asyncapi_http_output_s
    ngx_http_asyncapi_http_output_t;
typedef struct ngx_http_asyncapi_http_piece_s
    ngx_http_asyncapi_http_piece_t;


/* form_conf of both forms */

typedef struct {
    ngx_asyncapi_template_t            *uri;      /* a local URI, or NULL */
    ngx_http_core_loc_conf_t           *block;    /* a nameless location, or
                                                     NULL */

    /* in the block, something stands in for the location's name in the URI */
    unsigned                            whole:1;
    ngx_str_t                           exten;    /* of a file it names */
} ngx_http_asyncapi_http_location_conf_t;


/*
 * Output in the order that it is to have: bytes, or all of a subrequest that
 * was made in the midst of it (output is not NULL).
 */

struct ngx_http_asyncapi_http_piece_s {
    ngx_http_asyncapi_http_piece_t     *next;
    ngx_http_asyncapi_http_output_t    *output;

    u_char                             *start;
    u_char                             *last;
    u_char                             *end;
};


/* what one request of the task's tree has put out */

struct ngx_http_asyncapi_http_output_s {
    ngx_http_request_t                 *request;
    ngx_http_asyncapi_http_capture_t   *capture;
    ngx_http_asyncapi_http_output_t    *next;     /* in capture->children */

    ngx_http_asyncapi_http_piece_t     *pieces;
    ngx_http_asyncapi_http_piece_t     *tail;

    ngx_http_post_subrequest_t          post;
    ngx_http_post_subrequest_t         *before;   /* whom post stands in for */

    unsigned                            begun:1;
    unsigned                            placed:1;    /* in a piece */
    unsigned                            upstream:1;  /* it comes from one */
    unsigned                            direct:1;    /* its upstream reads into
                                                        the tail */
    unsigned                            complete:1;  /* its last buffer came */
    unsigned                            done:1;      /* nginx finalized it */
};


struct ngx_http_asyncapi_http_capture_s {
    ngx_http_asyncapi_op_t             *op;       /* NULL: nobody waits */
    ngx_pool_t                         *pool;     /* what is put out is in */

    ngx_http_asyncapi_http_output_t     output;   /* the task's own */
    ngx_http_asyncapi_http_output_t    *children; /* all below it */

    ngx_http_asyncapi_http_response_t   response;
    size_t                              size;     /* bytes of all pieces */
    size_t                              max;

    ngx_uint_t                          made;     /* the status that nginx
                                                     itself ended with */

    ngx_http_request_t                 *active;   /* of the connection */
    ngx_http_request_body_t             body;     /* of the subrequest */
    ngx_event_t                         event;

    unsigned                            started:1;
    unsigned                            header:1;     /* has been seen */
    unsigned                            ending:1;     /* finalized, waits for
                                                         its last output */
    unsigned                            delayed:1;    /* event is a delay */
    unsigned                            too_large:1;
    unsigned                            broken:1;     /* output is missing */
};


/* what a subrequest is given; made before there is one */

typedef struct {
    ngx_str_t                           uri;
    ngx_str_t                           args;
    ngx_http_headers_in_t               headers_in;
    ngx_http_variable_value_t          *variables;
} ngx_http_asyncapi_http_given_t;


extern ngx_module_t  ngx_http_asyncapi_filter_module;

extern ngx_http_asyncapi_http_form_t  ngx_http_asyncapi_http_location;


/* ---- subrequest.c, headers_in.c: as ngx_http_asyncapi_op_render() ---- */

ngx_int_t ngx_http_asyncapi_http_given(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_http_capture_t *capture,
    ngx_http_asyncapi_http_given_t *given);
ngx_int_t ngx_http_asyncapi_http_given_headers(ngx_http_asyncapi_op_t *op,
    ngx_http_asyncapi_http_given_t *given);

/* NULL: no memory */
ngx_table_elt_t *ngx_http_asyncapi_http_push_header(
    ngx_http_asyncapi_op_t *op, ngx_http_headers_in_t *headers_in,
    const ngx_str_t *name, ngx_str_t *value);


/* ---- capture.c ---- */

ngx_int_t ngx_http_asyncapi_http_location_done(ngx_http_request_t *r,
    void *data, ngx_int_t rc);

/* all that the request was to put out has come */
ngx_uint_t ngx_http_asyncapi_http_whole(
    ngx_http_asyncapi_http_output_t *output);

/* nginx goes on by itself to put an answer in its place */
ngx_uint_t ngx_http_asyncapi_http_special(ngx_int_t rc);
/* it would close the client's connection */
ngx_uint_t ngx_http_asyncapi_http_fatal(ngx_int_t rc);


/* ---- response.c: NGX_OK or NGX_ERROR (no memory) ---- */

ngx_int_t ngx_http_asyncapi_http_response(ngx_http_request_t *r,
    ngx_http_asyncapi_http_response_t *response);
ngx_int_t ngx_http_asyncapi_http_response_length(
    ngx_http_asyncapi_http_capture_t *capture);


/* ---- child.c ---- */

/* the output of a request that belongs to a task, else NULL */
ngx_http_asyncapi_http_output_t *ngx_http_asyncapi_http_output(
    ngx_http_request_t *r);

/*
 * The same as it begins to run phases.  Also of one that a handler waits for,
 * but keeps from the output, as njs does; what it puts out is not captured.
 */
ngx_http_asyncapi_http_output_t *ngx_http_asyncapi_http_begun(
    ngx_http_request_t *r);

/* subrequests that were made since the last look get their place; NGX_OK */
ngx_int_t ngx_http_asyncapi_http_note(
    ngx_http_asyncapi_http_output_t *output);

/* the client's connection is not left to a request of the task */
void ngx_http_asyncapi_http_inactive(
    ngx_http_asyncapi_http_capture_t *capture);


/* ---- output.c ---- */

/* a new one at the end; NULL: no memory */
ngx_http_asyncapi_http_piece_t *ngx_http_asyncapi_http_piece(
    ngx_http_asyncapi_http_output_t *output);

/* NGX_OK; NGX_DECLINED: too large; NGX_ERROR: no memory */
ngx_int_t ngx_http_asyncapi_http_output_add(
    ngx_http_asyncapi_http_output_t *output, ngx_chain_t *in);

/* a large answer is about to come from an upstream; NGX_OK, NGX_ERROR */
ngx_int_t ngx_http_asyncapi_http_output_prepare(
    ngx_http_asyncapi_http_output_t *output);

/* all output below, in order, as one piece of memory; NGX_OK, NGX_ERROR */
ngx_int_t ngx_http_asyncapi_http_output_join(
    ngx_http_asyncapi_http_output_t *output, ngx_str_t *text);


/* ---- cancel.c ---- */

void ngx_http_asyncapi_http_location_cancel(ngx_http_asyncapi_op_t *op);

/* of capture->event */
void ngx_http_asyncapi_http_location_event(ngx_event_t *ev);
void ngx_http_asyncapi_http_location_forget(
    ngx_http_asyncapi_http_capture_t *capture);

/* the task's subrequest begins to run phases, in which it may be delayed */
void ngx_http_asyncapi_http_location_watch(
    ngx_http_asyncapi_http_capture_t *capture);

/* what other subrequests are made in a task's is ended */
void ngx_http_asyncapi_http_children_cancel(
    ngx_http_asyncapi_http_capture_t *capture, ngx_uint_t closing);


#endif /* _NGX_HTTP_ASYNCAPI_KIND_HTTP_LOCATION_H_INCLUDED_ */

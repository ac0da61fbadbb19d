
/*
 * Copyright (C) The asyncapi module authors
 *
 * Answering: the response that fits, or the problem (RFC 9457).
 */


#include "ngx_http_asyncapi_background.h"
#include "ngx_http_asyncapi_made.h"


static ngx_uint_t ngx_http_asyncapi_deps_done(ngx_http_asyncapi_run_t *run,
    ngx_array_t *deps);
static ngx_int_t ngx_http_asyncapi_respond_next(ngx_http_asyncapi_run_t *run,
    ngx_http_asyncapi_respond_t **respond);
static ngx_uint_t ngx_http_asyncapi_lets_done(ngx_http_asyncapi_run_t *run);
static ngx_int_t ngx_http_asyncapi_lets_set(ngx_http_asyncapi_run_t *run);
static ngx_int_t ngx_http_asyncapi_respond(ngx_http_asyncapi_run_t *run,
    ngx_http_asyncapi_respond_t *respond);
static ngx_int_t ngx_http_asyncapi_pass(ngx_http_asyncapi_run_t *run);
static ngx_int_t ngx_http_asyncapi_fail(ngx_http_asyncapi_run_t *run);
static ngx_int_t ngx_http_asyncapi_headers(ngx_http_asyncapi_run_t *run);
static ngx_int_t ngx_http_asyncapi_stood_in(ngx_http_asyncapi_run_t *run);
static ngx_int_t ngx_http_asyncapi_send(ngx_http_request_t *r,
    ngx_uint_t status, ngx_str_t *type, ngx_asyncapi_out_t *out);


static ngx_str_t  ngx_http_asyncapi_problem_type =
    ngx_string("application/problem+json");


/* what problems are titled with */

static ngx_keyval_t  ngx_http_asyncapi_titles[] = {
    { ngx_string("400"), ngx_string("Bad Request") },
    { ngx_string("401"), ngx_string("Unauthorized") },
    { ngx_string("404"), ngx_string("Not Found") },
    { ngx_string("405"), ngx_string("Method Not Allowed") },
    { ngx_string("413"), ngx_string("Content Too Large") },
    { ngx_string("415"), ngx_string("Unsupported Media Type") },
    { ngx_string("422"), ngx_string("Unprocessable Content") },
    { ngx_string("500"), ngx_string("Internal Server Error") },
    { ngx_string("502"), ngx_string("Bad Gateway") },
    { ngx_string("503"), ngx_string("Service Unavailable") },
    { ngx_string("504"), ngx_string("Gateway Timeout") },
    { ngx_null_string, ngx_string("Error") }
};


ngx_int_t
ngx_http_asyncapi_answer(ngx_http_asyncapi_run_t *run)
{
    ngx_int_t                     rc;
    ngx_http_asyncapi_respond_t  *respond;

    if (run->failure) {
        return ngx_http_asyncapi_fail(run);
    }

    if (run->answer) {
        return ngx_http_asyncapi_pass(run);
    }

    if (run->job) {
        return NGX_AGAIN;
    }

    rc = ngx_http_asyncapi_respond_next(run, &respond);

    if (rc == NGX_OK) {
        rc = ngx_http_asyncapi_made_ahead(run, respond);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_asyncapi_lets_set(run);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_asyncapi_background_enter(run);
    }

    if (rc == NGX_OK) {
        return ngx_http_asyncapi_respond(run, respond);
    }

    if (rc == NGX_DECLINED) {
        return ngx_http_asyncapi_fail(run);
    }

    return (rc == NGX_AGAIN) ? NGX_AGAIN : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


static ngx_uint_t
ngx_http_asyncapi_deps_done(ngx_http_asyncapi_run_t *run, ngx_array_t *deps)
{
    ngx_uint_t                i;
    ngx_http_asyncapi_dep_t  *dep;

    dep = deps->elts;

    for (i = 0; i < deps->nelts; i++) {
        if (run->root->tasks[dep[i].node->slot].state
            != NGX_HTTP_ASYNCAPI_TASK_DONE)
        {
            return 0;
        }
    }

    return 1;
}


/* the first whose condition holds: NGX_AGAIN while that, or it, waits */

static ngx_int_t
ngx_http_asyncapi_respond_next(ngx_http_asyncapi_run_t *run,
    ngx_http_asyncapi_respond_t **respond)
{
    ngx_int_t                       rc;
    ngx_http_asyncapi_respond_t   **responds;

    responds = run->endpoint->responds.elts;

    for ( ;; ) {
        *respond = responds[run->respond];

        if ((*respond)->condition == NULL || run->chosen) {
            break;
        }

        if (!ngx_http_asyncapi_deps_done(run, &(*respond)->first)) {
            return NGX_AGAIN;
        }

        rc = ngx_http_asyncapi_made_holds(run, *respond);

        if (rc < 0) {
            return rc;
        }

        if (rc) {
            run->chosen = 1;
            break;
        }

        /* the last one, made by the configuration, has no condition */

        run->respond++;
    }

    if (!ngx_http_asyncapi_deps_done(run, &(*respond)->deps)) {
        return NGX_AGAIN;
    }

    /* add_header and log_format read lets: they are there when the answer is */

    return ngx_http_asyncapi_lets_done(run) ? NGX_OK : NGX_AGAIN;
}


static ngx_uint_t
ngx_http_asyncapi_lets_done(ngx_http_asyncapi_run_t *run)
{
    ngx_uint_t                 i;
    ngx_http_asyncapi_let_t  **let;

    let = run->endpoint->lets.elts;

    for (i = 0; i < run->endpoint->lets.nelts; i++) {
        if (!ngx_http_asyncapi_deps_done(run, &let[i]->deps)) {
            return 0;
        }
    }

    return 1;
}


static ngx_int_t
ngx_http_asyncapi_lets_set(ngx_http_asyncapi_run_t *run)
{
    ngx_int_t                   rc;
    ngx_str_t                   value;
    ngx_uint_t                  i, n, *index;
    ngx_asyncapi_render_t       render;
    ngx_http_asyncapi_let_t   **let;
    ngx_http_variable_value_t  *v;

    let = run->endpoint->lets.elts;

    for (i = 0; i < run->endpoint->lets.nelts; i++) {

        rc = ngx_http_asyncapi_let_value(run, let[i], &render, &value);

        if (rc == NGX_DECLINED) {
            return ngx_http_asyncapi_unrenderable(run, &render);
        }

        if (rc != NGX_OK) {
            return NGX_ERROR;
        }

        index = let[i]->indexes.elts;

        for (n = 0; n < let[i]->indexes.nelts; n++) {
            v = &run->request->variables[index[n]];

            v->len = value.len;
            v->data = value.data;
            v->valid = 1;
            v->not_found = 0;
            v->no_cacheable = 0;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_respond(ngx_http_asyncapi_run_t *run,
    ngx_http_asyncapi_respond_t *respond)
{
    ngx_int_t           rc;
    ngx_asyncapi_out_t  out;

    rc = ngx_http_asyncapi_made(run, respond, &out);

    if (rc == NGX_DECLINED) {
        return ngx_http_asyncapi_fail(run);
    }

    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* nobody waits for what still runs */

    ngx_http_asyncapi_run_end(run, 0);

    if (ngx_http_asyncapi_headers(run) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_asyncapi_send(run->request, respond->status,
                                &respond->type, &out);

    ngx_http_asyncapi_background_answered(run);

    return rc;
}


/* pass=: the upstream's own answer is the endpoint's */

static ngx_int_t
ngx_http_asyncapi_pass(ngx_http_asyncapi_run_t *run)
{
    ngx_uint_t                   i;
    ngx_keyval_t                *header;
    ngx_table_elt_t             *h;
    ngx_asyncapi_out_t           out;
    ngx_http_request_t          *r;
    ngx_http_asyncapi_answer_t  *answer;

    r = run->request;
    answer = run->answer;

    ngx_http_asyncapi_run_end(run, 0);

    header = answer->headers ? answer->headers->elts : NULL;

    for (i = 0; header && i < answer->headers->nelts; i++) {

        h = ngx_list_push(&r->headers_out.headers);
        if (h == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        ngx_memzero(h, sizeof(ngx_table_elt_t));

        h->hash = 1;
        h->key = header[i].key;
        h->value = header[i].value;
    }

    ngx_asyncapi_out_init(&out, run->pool);

    if (ngx_asyncapi_out_link(&out, answer->body.data, answer->body.len)
        != NGX_OK
        || ngx_http_asyncapi_headers(run) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_asyncapi_send(r, answer->status, &answer->content_type,
                                  &out);
}


static ngx_int_t
ngx_http_asyncapi_title(ngx_asyncapi_out_t *out, ngx_uint_t status)
{
    u_char        *p, text[NGX_INT_T_LEN];
    ngx_str_t      number;
    ngx_keyval_t  *title;

    number.data = text;
    number.len = ngx_sprintf(text, "%ui", status) - text;

    for (title = ngx_http_asyncapi_titles; title->key.len; title++) {
        if (ngx_memcmp(title->key.data, number.data, number.len) == 0) {
            break;
        }
    }

    p = ngx_asyncapi_out_room(out, sizeof("{\"type\":\"about:blank\","
                                          "\"title\":\"\",\"status\":") - 1
                                   + title->value.len + number.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_sprintf(p, "{\"type\":\"about:blank\",\"title\":\"%V\","
                       "\"status\":%V", &title->value, &number);

    return NGX_OK;
}


/* ,"name":"text" */

static ngx_int_t
ngx_http_asyncapi_member(ngx_asyncapi_out_t *out, const char *name,
    const ngx_str_t *text)
{
    u_char  *p;

    p = ngx_asyncapi_out_room(out, sizeof(",\"\":\"\"") - 1 + ngx_strlen(name)
                                   + ngx_asyncapi_json_escape_len(text->data,
                                                                  text->len));
    if (p == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(p, ",\"%s\":\"", name);
    p = ngx_asyncapi_json_escape(p, text->data, text->len);
    *p = '"';

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_fail(ngx_http_asyncapi_run_t *run)
{
    ngx_str_t                    retry;
    ngx_uint_t                   status;
    ngx_asyncapi_out_t           out;
    ngx_http_request_t          *r;
    ngx_http_asyncapi_result_t  *failure;

    r = run->request;
    failure = run->failure;
    status = ngx_http_asyncapi_reason_status[failure->reason];

    /* where no task has broken its word, it is the endpoint that is wrong */

    if (failure->origin == NULL
        && failure->reason == NGX_HTTP_ASYNCAPI_SCHEMA)
    {
        status = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_asyncapi_run_end(run, 0);
    ngx_http_asyncapi_background_leave(run);

    ngx_asyncapi_out_init(&out, run->pool);

    if (ngx_http_asyncapi_title(&out, status) != NGX_OK
        || (failure->origin
            && ngx_http_asyncapi_member(&out, "task", failure->origin)
               != NGX_OK)
        || ngx_http_asyncapi_member(&out, "reason",
                          &ngx_http_asyncapi_reason_names[failure->reason])
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (failure->code.len
        && (ngx_asyncapi_out_copy(&out, (u_char *) ",\"code\":", 8) != NGX_OK
            || ngx_asyncapi_out_copy(&out, failure->code.data,
                                     failure->code.len)
               != NGX_OK))
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (run->conf->error_detail && failure->detail.len
        && ngx_http_asyncapi_member(&out, "detail", &failure->detail)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (status == NGX_HTTP_SERVICE_UNAVAILABLE) {
        ngx_str_set(&retry, "1");

        if (ngx_http_asyncapi_header(r, "Retry-After", &retry) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    if (ngx_asyncapi_out_copy(&out, (u_char *) "}", 1) != NGX_OK
        || ngx_http_asyncapi_headers(run) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_asyncapi_send(r, status, &ngx_http_asyncapi_problem_type,
                                  &out);
}


ngx_int_t
ngx_http_asyncapi_problem(ngx_http_request_t *r, ngx_uint_t status,
    ngx_str_t *detail, ngx_str_t *errors)
{
    ngx_asyncapi_out_t  out;

    ngx_asyncapi_out_init(&out, r->pool);

    if (ngx_http_asyncapi_title(&out, status) != NGX_OK
        || (detail->len
            && ngx_http_asyncapi_member(&out, "detail", detail) != NGX_OK)
        || (errors->len
            && (ngx_asyncapi_out_copy(&out, (u_char *) ",\"errors\":", 10)
                != NGX_OK
                || ngx_asyncapi_out_copy(&out, errors->data, errors->len)
                   != NGX_OK))
        || ngx_asyncapi_out_copy(&out, (u_char *) "}", 1) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_asyncapi_send(r, status, &ngx_http_asyncapi_problem_type,
                                  &out);
}


/* those that tell how the tasks did */

static ngx_int_t
ngx_http_asyncapi_headers(ngx_http_asyncapi_run_t *run)
{
    if (ngx_http_asyncapi_stood_in(run) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_asyncapi_timing_header(run);
}


/*
 * Asyncapi-Failed: orders;reason=timeout, "_x";reason=status
 * A list of RFC 8941; what does not begin with a letter can't be a token.
 */

static ngx_int_t
ngx_http_asyncapi_stood_in(ngx_http_asyncapi_run_t *run)
{
    size_t                         len;
    u_char                        *p;
    ngx_str_t                      value, *name;
    ngx_uint_t                     i;
    ngx_http_asyncapi_stood_in_t  *stood_in;

    if (run->stood_in.nelts == 0) {
        return NGX_OK;
    }

    stood_in = run->stood_in.elts;
    len = 0;

    for (i = 0; i < run->stood_in.nelts; i++) {
        len += sizeof(", \"\";reason=") - 1 + stood_in[i].name->len
               + ngx_http_asyncapi_reason_names[stood_in[i].reason].len;
    }

    value.data = ngx_pnalloc(run->pool, len);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    p = value.data;

    for (i = 0; i < run->stood_in.nelts; i++) {
        name = stood_in[i].name;

        p = ngx_sprintf(p, name->data[0] == '_' ? "%s\"%V\";reason=%V"
                                                : "%s%V;reason=%V",
                        i ? ", " : "", name,
                        &ngx_http_asyncapi_reason_names[stood_in[i].reason]);
    }

    value.len = p - value.data;

    return ngx_http_asyncapi_header(run->request, "Asyncapi-Failed", &value);
}


ngx_int_t
ngx_http_asyncapi_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value = *value;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_send(ngx_http_request_t *r, ngx_uint_t status,
    ngx_str_t *type, ngx_asyncapi_out_t *out)
{
    u_char       *p;
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   empty, *cl, *last;

    r->headers_out.status = status;
    r->headers_out.content_type = *type;
    r->headers_out.content_type_len = type->len;
    r->headers_out.content_type_lowcase = NULL;

    /* lists of types, as gzip_types is one, are of types without parameters */

    p = ngx_strlchr(type->data, type->data + type->len, ';');
    if (p) {
        r->headers_out.content_type_len = p - type->data;
    }

    /* the length of a 304 would be that of the answer it stands for */

    r->headers_out.content_length_n = (status == NGX_HTTP_NOT_MODIFIED)
                                      ? -1 : (off_t) out->size;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return (rc == NGX_AGAIN) ? NGX_OK : rc;
    }

    last = NULL;

    for (cl = out->chain; cl; cl = cl->next) {
        last = cl;
    }

    if (last == NULL) {
        b = ngx_calloc_buf(r->pool);
        if (b == NULL) {
            return NGX_ERROR;
        }

        empty.buf = b;
        empty.next = NULL;

        out->chain = &empty;
        last = &empty;
    }

    last->buf->last_buf = (r == r->main);
    last->buf->last_in_chain = 1;
    last->buf->sync = (last->buf->pos == last->buf->last && r != r->main);

    rc = ngx_http_output_filter(r, out->chain);

    /* what the client has not taken yet is finalize's to send */

    return (rc == NGX_AGAIN) ? NGX_OK : rc;
}

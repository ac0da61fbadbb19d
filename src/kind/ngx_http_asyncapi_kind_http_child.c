
/*
 * Copyright (C) The asyncapi module authors
 *
 * The subrequests that are made in a task's own: by ssi, njs, lua and others.
 *
 * nginx orders output by the one request of a connection that is active, which
 * no request of a task ever is: it would wait for ever.  So each of them is
 * taken from its parent's list when it ends, and nginx finalizes it as one in
 * the background.
 */


#include "ngx_http_asyncapi_kind_http_location.h"


static ngx_http_asyncapi_http_output_t *ngx_http_asyncapi_http_find(
    ngx_http_asyncapi_http_capture_t *capture, ngx_http_request_t *r);
static ngx_http_asyncapi_http_output_t *ngx_http_asyncapi_http_child(
    ngx_http_asyncapi_http_capture_t *capture, ngx_http_request_t *r);
static ngx_int_t ngx_http_asyncapi_http_child_done(ngx_http_request_t *r,
    void *data, ngx_int_t rc);
static ngx_int_t ngx_http_asyncapi_http_child_before(ngx_http_request_t *r,
    ngx_http_asyncapi_http_output_t *output, ngx_int_t rc);
static void ngx_http_asyncapi_http_unlink(ngx_http_request_t *r);


ngx_http_asyncapi_http_output_t *
ngx_http_asyncapi_http_output(ngx_http_request_t *r)
{
    ngx_http_post_subrequest_t       *ps;
    ngx_http_asyncapi_http_output_t  *output;

    if (r == r->main) {
        return NULL;
    }

    ps = r->post_subrequest;

    if (ps
        && (ps->handler == ngx_http_asyncapi_http_location_done
            || ps->handler == ngx_http_asyncapi_http_child_done))
    {
        return ps->data;
    }

    if (r->background) {
        return NULL;
    }

    output = ngx_http_asyncapi_http_output(r->parent);

    if (output == NULL || ngx_http_asyncapi_http_note(output) != NGX_OK) {
        return NULL;
    }

    return ngx_http_asyncapi_http_find(output->capture, r);
}


ngx_http_asyncapi_http_output_t *
ngx_http_asyncapi_http_begun(ngx_http_request_t *r)
{
    ngx_http_asyncapi_http_output_t  *output, *parent;

    output = ngx_http_asyncapi_http_output(r);

    if (output == NULL && r->post_subrequest) {

        parent = ngx_http_asyncapi_http_output(r->parent);

        if (parent == NULL) {
            return NULL;
        }

        output = ngx_http_asyncapi_http_find(parent->capture, r);

        if (output == NULL) {
            output = ngx_http_asyncapi_http_child(parent->capture, r);
        }
    }

    if (output == NULL) {
        return NULL;
    }

    /* lua looks for the handler that it has set when there is a redirect */

    if (output->begun && !output->placed && output->before) {
        r->post_subrequest = output->before;
    }

    output->begun = 1;

    return output;
}


ngx_int_t
ngx_http_asyncapi_http_note(ngx_http_asyncapi_http_output_t *output)
{
    ngx_http_request_t               *r;
    ngx_http_postponed_request_t     *pr;
    ngx_http_asyncapi_http_piece_t   *piece;
    ngx_http_asyncapi_http_output_t  *child;

    for (pr = output->request->postponed; pr; pr = pr->next) {

        r = pr->request;

        if (r == NULL
            || (r->post_subrequest
                && r->post_subrequest->handler
                   == ngx_http_asyncapi_http_child_done))
        {
            continue;
        }

        child = ngx_http_asyncapi_http_child(output->capture, r);
        if (child == NULL) {
            return NGX_ERROR;
        }

        child->placed = 1;

        piece = ngx_http_asyncapi_http_piece(output);
        if (piece == NULL) {
            return NGX_ERROR;
        }

        piece->output = child;
    }

    return NGX_OK;
}


static ngx_http_asyncapi_http_output_t *
ngx_http_asyncapi_http_find(ngx_http_asyncapi_http_capture_t *capture,
    ngx_http_request_t *r)
{
    ngx_http_asyncapi_http_output_t  *child;

    for (child = capture->children; child; child = child->next) {
        if (child->request == r) {
            return child;
        }
    }

    return NULL;
}


static ngx_http_asyncapi_http_output_t *
ngx_http_asyncapi_http_child(ngx_http_asyncapi_http_capture_t *capture,
    ngx_http_request_t *r)
{
    ngx_http_asyncapi_http_output_t  *child;

    child = ngx_pcalloc(r->pool, sizeof(ngx_http_asyncapi_http_output_t));
    if (child == NULL) {
        return NULL;
    }

    child->request = r;
    child->capture = capture;

    if (!r->background) {
        child->before = r->post_subrequest;
        child->post.handler = ngx_http_asyncapi_http_child_done;
        child->post.data = child;

        r->post_subrequest = &child->post;
    }

    child->next = capture->children;
    capture->children = child;

    return child;
}


static ngx_int_t
ngx_http_asyncapi_http_child_done(ngx_http_request_t *r, void *data,
    ngx_int_t rc)
{
    ngx_http_asyncapi_http_output_t *output = data;

    rc = ngx_http_asyncapi_http_child_before(r, output, rc);

    if (output->done || ngx_http_asyncapi_http_special(rc)) {
        return rc;
    }

    if (r->buffered || r->postponed) {
        return rc;
    }

    output->done = 1;

    if (output->placed
        && r->header_sent
        && !r->subrequest_in_memory
        && !ngx_http_asyncapi_http_whole(output))
    {
        output->capture->broken = 1;
    }

    ngx_http_asyncapi_http_unlink(r);

    r->background = 1;

    if (ngx_http_post_request(r->parent, NULL) != NGX_OK) {
        output->capture->broken = 1;
    }

    return NGX_OK;
}


/*
 * The handler that the subrequest was made with comes first.  The failure of a
 * part is that of the task; nginx would end the client's request instead.
 */

static ngx_int_t
ngx_http_asyncapi_http_child_before(ngx_http_request_t *r,
    ngx_http_asyncapi_http_output_t *output, ngx_int_t rc)
{
    void              *active;
    ngx_connection_t  *c;

    c = r->connection;

    if (output->before) {

        /* lua makes the subrequest the active one */

        active = c->data;
        rc = output->before->handler(r, output->before->data, rc);
        c->data = active;
    }

    if (!ngx_http_asyncapi_http_fatal(rc)) {
        return rc;
    }

    if (!r->header_sent) {
        return NGX_HTTP_BAD_GATEWAY;
    }

    output->capture->broken = 1;
    r->buffered = 0;

    return NGX_OK;
}


static void
ngx_http_asyncapi_http_unlink(ngx_http_request_t *r)
{
    ngx_http_postponed_request_t  **ppr;

    for (ppr = &r->parent->postponed; *ppr; ppr = &(*ppr)->next) {
        if ((*ppr)->request == r) {
            *ppr = (*ppr)->next;
            return;
        }
    }
}


void
ngx_http_asyncapi_http_inactive(ngx_http_asyncapi_http_capture_t *capture)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r, *root;

    root = capture->output.request;
    c = root->connection;

    for (r = c->data; r != r->main; r = r->parent) {
        if (r == root) {
            c->data = capture->active->done ? root->main : capture->active;
            return;
        }
    }
}

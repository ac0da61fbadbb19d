
/*
 * Copyright (C) The asyncapi module authors
 *
 * A call from the side of its function: what asyncapi.h promises.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_cpu.h"


/* room for a result's first piece, at least */
#define NGX_ASYNCAPI_CPU_RESULT  128


static int ngx_asyncapi_cpu_json(asyncapi_call_t *face, const void *data,
    size_t len);
static int ngx_asyncapi_cpu_text(asyncapi_call_t *face, const void *data,
    size_t len);
static int ngx_asyncapi_cpu_fail(asyncapi_call_t *face, const char *message);
static int ngx_asyncapi_cpu_cancelled(const asyncapi_call_t *face);
static int ngx_asyncapi_cpu_write(ngx_asyncapi_cpu_call_t *call,
    ngx_asyncapi_cpu_form_e form, const void *data, size_t len);
static ngx_int_t ngx_asyncapi_cpu_grow(ngx_asyncapi_cpu_call_t *call,
    size_t len);


void
ngx_asyncapi_cpu_run(ngx_asyncapi_cpu_call_t *call,
    const asyncapi_function_t *function, const asyncapi_arg_t *args,
    ngx_uint_t nargs)
{
    int  rc;

    call->face.json = ngx_asyncapi_cpu_json;
    call->face.text = ngx_asyncapi_cpu_text;
    call->face.fail = ngx_asyncapi_cpu_fail;
    call->face.cancelled = ngx_asyncapi_cpu_cancelled;

    /* never NULL: there is something to point at */

    ngx_str_set(&call->result, "");

    rc = function->run(&call->face, args, nargs);

    if (rc != ASYNCAPI_OK && call->status == NGX_ASYNCAPI_CPU_OK) {
        (void) ngx_asyncapi_cpu_fail(&call->face, "it gave no reason");
    }

    if (call->status == NGX_ASYNCAPI_CPU_OK
        && call->form == NGX_ASYNCAPI_CPU_NONE)
    {
        call->form = NGX_ASYNCAPI_CPU_JSON;
        ngx_str_set(&call->result, "null");
    }
}


static int
ngx_asyncapi_cpu_json(asyncapi_call_t *face, const void *data, size_t len)
{
    return ngx_asyncapi_cpu_write((ngx_asyncapi_cpu_call_t *) face,
                                  NGX_ASYNCAPI_CPU_JSON, data, len);
}


static int
ngx_asyncapi_cpu_text(asyncapi_call_t *face, const void *data, size_t len)
{
    return ngx_asyncapi_cpu_write((ngx_asyncapi_cpu_call_t *) face,
                                  NGX_ASYNCAPI_CPU_TEXT, data, len);
}


static int
ngx_asyncapi_cpu_fail(asyncapi_call_t *face, const char *message)
{
    ngx_asyncapi_cpu_call_t *call = (ngx_asyncapi_cpu_call_t *) face;

    size_t  len;

    len = ngx_min(ngx_strlen(message), NGX_ASYNCAPI_CPU_MESSAGE);

    call->status = NGX_ASYNCAPI_CPU_FAILED;

    call->message.data = ngx_pnalloc(call->pool, len + 1);

    if (call->message.data == NULL) {
        call->status = NGX_ASYNCAPI_CPU_NO_MEMORY;
        return ASYNCAPI_ERROR;
    }

    ngx_memcpy(call->message.data, message, len);
    call->message.len = len;

    return ASYNCAPI_ERROR;
}


static int
ngx_asyncapi_cpu_cancelled(const asyncapi_call_t *face)
{
    ngx_asyncapi_cpu_call_t *call = (ngx_asyncapi_cpu_call_t *) face;

    return call->cancelled(call->data);
}


static int
ngx_asyncapi_cpu_write(ngx_asyncapi_cpu_call_t *call,
    ngx_asyncapi_cpu_form_e form, const void *data, size_t len)
{
    if (call->status != NGX_ASYNCAPI_CPU_OK) {
        return ASYNCAPI_ERROR;
    }

    if (call->form != NGX_ASYNCAPI_CPU_NONE && call->form != form) {
        return ngx_asyncapi_cpu_fail(&call->face,
                                     "it wrote both JSON and text");
    }

    call->form = form;

    if (len > call->max - call->result.len) {
        call->status = NGX_ASYNCAPI_CPU_TOO_LARGE;
        return ASYNCAPI_ERROR;
    }

    if (len > call->size - call->result.len
        && ngx_asyncapi_cpu_grow(call, len) != NGX_OK)
    {
        call->status = NGX_ASYNCAPI_CPU_NO_MEMORY;
        return ASYNCAPI_ERROR;
    }

    if (len) {
        ngx_memcpy(call->result.data + call->result.len, data, len);
        call->result.len += len;
    }

    return ASYNCAPI_OK;
}


/* twice the room, or what is needed now */

static ngx_int_t
ngx_asyncapi_cpu_grow(ngx_asyncapi_cpu_call_t *call, size_t len)
{
    u_char  *data;
    size_t   size;

    size = ngx_max(call->result.len + len, NGX_ASYNCAPI_CPU_RESULT);

    if (call->size) {
        size = ngx_max(size, ngx_min(2 * call->size, call->max));
    }

    data = ngx_pnalloc(call->pool, size);
    if (data == NULL) {
        return NGX_ERROR;
    }

    if (call->size) {
        ngx_memcpy(data, call->result.data, call->result.len);
        (void) ngx_pfree(call->pool, call->result.data);
    }

    call->result.data = data;
    call->size = size;

    return NGX_OK;
}

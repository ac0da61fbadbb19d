
/*
 * Copyright (C) The asyncapi module authors
 *
 * Lists of operations.  Literals that come one after another become one.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_template_private.h"


static ngx_int_t ngx_asyncapi_write_literal(
    const ngx_asyncapi_template_op_t *op, ngx_asyncapi_render_t *render,
    ngx_asyncapi_out_t *out);


ngx_int_t
ngx_asyncapi_ops_init(ngx_asyncapi_ops_t *ops, ngx_pool_t *pool)
{
    if (ngx_array_init(&ops->list, pool, 1, sizeof(ngx_asyncapi_template_op_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_array_init(&ops->text, pool, 32, 1);
}


ngx_int_t
ngx_asyncapi_ops_text(ngx_asyncapi_ops_t *ops, const u_char *data, size_t len)
{
    u_char  *p;

    if (len == 0) {
        return NGX_OK;
    }

    p = ngx_array_push_n(&ops->text, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, data, len);

    return NGX_OK;
}


ngx_asyncapi_template_op_t *
ngx_asyncapi_ops_push(ngx_asyncapi_ops_t *ops,
    ngx_asyncapi_template_op_pt write)
{
    ngx_asyncapi_template_op_t  *op;

    if (ngx_asyncapi_ops_end(ops) != NGX_OK) {
        return NULL;
    }

    op = ngx_array_push(&ops->list);
    if (op == NULL) {
        return NULL;
    }

    ngx_memzero(op, sizeof(ngx_asyncapi_template_op_t));

    op->write = write;

    return op;
}


ngx_int_t
ngx_asyncapi_ops_append(ngx_asyncapi_ops_t *ops, ngx_asyncapi_ops_t *more)
{
    ngx_uint_t                   i;
    ngx_asyncapi_template_op_t  *op, *elts;

    elts = more->list.elts;

    for (i = 0; i < more->list.nelts; i++) {

        if (elts[i].write == ngx_asyncapi_write_literal) {

            if (ngx_asyncapi_ops_text(ops, elts[i].text.data, elts[i].text.len)
                != NGX_OK)
            {
                return NGX_ERROR;
            }

            continue;
        }

        op = ngx_asyncapi_ops_push(ops, elts[i].write);
        if (op == NULL) {
            return NGX_ERROR;
        }

        *op = elts[i];
    }

    return ngx_asyncapi_ops_text(ops, more->text.elts, more->text.nelts);
}


ngx_int_t
ngx_asyncapi_ops_end(ngx_asyncapi_ops_t *ops)
{
    ngx_str_t                    text;
    ngx_asyncapi_template_op_t  *op;

    if (ops->text.nelts == 0) {
        return NGX_OK;
    }

    text.len = ops->text.nelts;
    text.data = ngx_pnalloc(ops->text.pool, text.len);

    if (text.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(text.data, ops->text.elts, text.len);

    ops->text.nelts = 0;

    op = ngx_array_push(&ops->list);
    if (op == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(op, sizeof(ngx_asyncapi_template_op_t));

    op->write = ngx_asyncapi_write_literal;
    op->text = text;

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_ops_write(const ngx_asyncapi_ops_t *ops,
    ngx_asyncapi_render_t *render, ngx_asyncapi_out_t *out)
{
    ngx_int_t                          rc;
    ngx_uint_t                         i;
    const ngx_asyncapi_template_op_t  *op;

    op = ops->list.elts;

    for (i = 0; i < ops->list.nelts; i++) {

        rc = op[i].write(&op[i], render, out);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


ngx_uint_t
ngx_asyncapi_ops_constant(const ngx_asyncapi_ops_t *ops, ngx_str_t *text)
{
    const ngx_asyncapi_template_op_t  *op;

    if (ops->list.nelts == 0) {
        ngx_str_set(text, "");
        return 1;
    }

    op = ops->list.elts;

    if (ops->list.nelts > 1 || op->write != ngx_asyncapi_write_literal) {
        return 0;
    }

    *text = op->text;

    return 1;
}


static ngx_int_t
ngx_asyncapi_write_literal(const ngx_asyncapi_template_op_t *op,
    ngx_asyncapi_render_t *render, ngx_asyncapi_out_t *out)
{
    return ngx_asyncapi_out_link(out, op->text.data, op->text.len);
}


/*
 * Copyright (C) The asyncapi module authors
 */


#include "ngx_http_asyncapi_document.h"


static char *ngx_http_asyncapi_document_text(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block, ngx_str_t *text);


static char *
ngx_http_asyncapi_document_text(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block, ngx_str_t *text)
{
    ngx_str_t  *value;

    value = cf->args->elts;

    if (text->data) {
        return "is duplicate";
    }

    *text = value[1];

    return NGX_CONF_OK;
}


char *
ngx_http_asyncapi_summary_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block)
{
    return ngx_http_asyncapi_document_text(cf, block,
                                           &block->endpoint->summary);
}


char *
ngx_http_asyncapi_description_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block)
{
    return ngx_http_asyncapi_document_text(cf, block,
                                           &block->endpoint->description);
}


char *
ngx_http_asyncapi_operation_id_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block)
{
    return ngx_http_asyncapi_document_text(cf, block,
                                           &block->endpoint->operation_id);
}


char *
ngx_http_asyncapi_tag_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block)
{
    ngx_str_t   *value, *tag;
    ngx_uint_t   i;

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        tag = ngx_array_push(&block->endpoint->tags);
        if (tag == NULL) {
            return NGX_CONF_ERROR;
        }

        *tag = value[i];
    }

    return NGX_CONF_OK;
}


char *
ngx_http_asyncapi_deprecated_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block)
{
    block->endpoint->deprecated = 1;

    return NGX_CONF_OK;
}

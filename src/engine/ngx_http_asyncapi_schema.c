
/*
 * Copyright (C) The asyncapi module authors
 *
 * Schemas of files: read and compiled with the configuration.
 */


#include "ngx_http_asyncapi_conf.h"


#define NGX_HTTP_ASYNCAPI_FORMATS  ",formats"

/* bytes of a pointer: behind it is what a line of the log is for */
#define NGX_HTTP_ASYNCAPI_POINTER  128


static ngx_http_asyncapi_schema_t *ngx_http_asyncapi_schema_known(
    ngx_array_t *schemas, ngx_str_t *file, ngx_uint_t formats);
static ngx_int_t ngx_http_asyncapi_schema_read(ngx_conf_t *cf,
    ngx_http_asyncapi_schema_t *schema);
static ngx_int_t ngx_http_asyncapi_schema_read_fd(ngx_conf_t *cf,
    ngx_http_asyncapi_schema_t *schema, ngx_fd_t fd);
static ngx_int_t ngx_http_asyncapi_schema_compile(ngx_conf_t *cf,
    ngx_http_asyncapi_schema_t *schema);


ngx_http_asyncapi_schema_t *
ngx_http_asyncapi_schema(ngx_conf_t *cf, ngx_str_t *value)
{
    size_t                          len;
    ngx_str_t                       file;
    ngx_uint_t                      formats;
    ngx_http_asyncapi_schema_t     *schema, **slot;
    ngx_http_asyncapi_main_conf_t  *amcf;

    file = *value;
    len = sizeof(NGX_HTTP_ASYNCAPI_FORMATS) - 1;

    formats = file.len >= len
              && ngx_strncmp(file.data + file.len - len,
                             NGX_HTTP_ASYNCAPI_FORMATS, len)
                 == 0;

    if (formats) {
        file.len -= len;
    }

    if (file.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"schema=%V\" names no file: write for instance "
                           "schema=order.json", value);
        return NULL;
    }

    /* what is opened ends with a null character */

    file.data = ngx_pnalloc(cf->pool, file.len + 1);
    if (file.data == NULL) {
        return NULL;
    }

    (void) ngx_cpystrn(file.data, value->data, file.len + 1);

    if (ngx_conf_full_name(cf->cycle, &file, 1) != NGX_OK) {
        return NULL;
    }

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_asyncapi_module);

    schema = ngx_http_asyncapi_schema_known(&amcf->schemas, &file, formats);
    if (schema) {
        return schema;
    }

    schema = ngx_pcalloc(cf->pool, sizeof(ngx_http_asyncapi_schema_t));
    if (schema == NULL) {
        return NULL;
    }

    schema->file = file;
    schema->options.formats = formats;

    if (ngx_http_asyncapi_schema_read(cf, schema) != NGX_OK
        || ngx_http_asyncapi_schema_compile(cf, schema) != NGX_OK)
    {
        return NULL;
    }

    slot = ngx_array_push(&amcf->schemas);
    if (slot == NULL) {
        return NULL;
    }

    *slot = schema;

    return schema;
}


static ngx_http_asyncapi_schema_t *
ngx_http_asyncapi_schema_known(ngx_array_t *schemas, ngx_str_t *file,
    ngx_uint_t formats)
{
    ngx_uint_t                    i;
    ngx_http_asyncapi_schema_t  **schema;

    schema = schemas->elts;

    for (i = 0; i < schemas->nelts; i++) {
        if (schema[i]->options.formats == formats
            && schema[i]->file.len == file->len
            && ngx_strncmp(schema[i]->file.data, file->data, file->len) == 0)
        {
            return schema[i];
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_asyncapi_schema_read(ngx_conf_t *cf,
    ngx_http_asyncapi_schema_t *schema)
{
    ngx_fd_t         fd;
    ngx_int_t        rc;
    ngx_file_info_t  fi;

    /* a FIFO would be waited for */

    if (ngx_file_info(schema->file.data, &fi) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "the schema \"%V\" can't be read", &schema->file);
        return NGX_ERROR;
    }

    if (!ngx_is_file(&fi)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the schema \"%V\" is no file", &schema->file);
        return NGX_ERROR;
    }

    fd = ngx_open_file(schema->file.data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "the schema \"%V\" can't be read", &schema->file);
        return NGX_ERROR;
    }

    rc = ngx_http_asyncapi_schema_read_fd(cf, schema, fd);

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_ALERT, cf, ngx_errno,
                           ngx_close_file_n " \"%V\" failed", &schema->file);
    }

    return rc;
}


static ngx_int_t
ngx_http_asyncapi_schema_read_fd(ngx_conf_t *cf,
    ngx_http_asyncapi_schema_t *schema, ngx_fd_t fd)
{
    size_t           size;
    ssize_t          n;
    ngx_file_info_t  fi;

    if (ngx_fd_info(fd, &fi) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_fd_info_n " \"%V\" failed", &schema->file);
        return NGX_ERROR;
    }

    size = (size_t) ngx_file_size(&fi);

    schema->text.data = ngx_pnalloc(cf->pool, size + 1);
    if (schema->text.data == NULL) {
        return NGX_ERROR;
    }

    while (schema->text.len < size) {
        n = ngx_read_fd(fd, schema->text.data + schema->text.len,
                        size - schema->text.len);

        if (n == -1) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                               "the schema \"%V\" can't be read",
                               &schema->file);
            return NGX_ERROR;
        }

        if (n == 0) {
            break;
        }

        schema->text.len += n;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_schema_compile(ngx_conf_t *cf,
    ngx_http_asyncapi_schema_t *schema)
{
    ngx_str_t  error;

    schema->compiled = ngx_asyncapi_schema_compile(cf->pool, &schema->text,
                                                   &schema->options, &error);
    if (schema->compiled) {
        return NGX_OK;
    }

    if (error.len) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the schema \"%V\" is wrong: %V",
                           &schema->file, &error);
    }

    return NGX_ERROR;
}


ngx_int_t
ngx_http_asyncapi_schema_check(ngx_http_asyncapi_schema_t *schema,
    ngx_pool_t *pool, ngx_str_t *json, ngx_str_t *detail)
{
    size_t                        len;
    ngx_int_t                     rc;
    ngx_array_t                   errors;
    ngx_asyncapi_schema_error_t  *error;

    if (ngx_array_init(&errors, pool, 1, sizeof(ngx_asyncapi_schema_error_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_asyncapi_schema_check(schema->compiled, pool, json, &errors, 1);

    if (rc != NGX_DECLINED) {
        return rc;
    }

    error = errors.elts;

    len = ngx_min(error->pointer.len, NGX_HTTP_ASYNCAPI_POINTER);

    detail->data = ngx_pnalloc(pool, len + sizeof("... ") - 1
                                     + error->detail.len);
    if (detail->data == NULL) {
        return NGX_ERROR;
    }

    detail->len = ngx_sprintf(detail->data, "%*s%s %V",
                              len, error->pointer.data,
                              len < error->pointer.len ? "..." : "",
                              &error->detail)
                  - detail->data;

    return NGX_DECLINED;
}

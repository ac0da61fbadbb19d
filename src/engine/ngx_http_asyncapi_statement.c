
/*
 * Copyright (C) The asyncapi module authors
 *
 * Reading the statements of a block.
 */


#include "ngx_http_asyncapi_conf.h"


static char *ngx_http_asyncapi_include_file(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep, ngx_str_t *file);


char *
ngx_http_asyncapi_statements(ngx_conf_t *cf, ngx_http_asyncapi_block_t *block)
{
    char                          *rv;
    ngx_conf_t                     pcf;
    ngx_http_asyncapi_block_t     *outer;
    ngx_http_asyncapi_loc_conf_t  *alcf;

    alcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_asyncapi_module);

    pcf = *cf;
    outer = alcf->block;
    alcf->block = block;

    cf->cmd_type = ngx_http_asyncapi_form_next(cf);

    rv = ngx_conf_parse(cf, NULL);

    alcf->block = outer;
    cf->cmd_type = pcf.cmd_type;

    return rv;
}


char *
ngx_http_asyncapi_statement(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_asyncapi_loc_conf_t  *alcf = conf;

    char                            *rv;
    ngx_http_asyncapi_statement_pt   statement;

    if (cmd->offset == NGX_HTTP_ASYNCAPI_OUTERMOST && alcf->block->outer) {
        return alcf->block->owner ? "belongs outside of groups"
                                  : "belongs outside of \"background\"";
    }

    statement = *(ngx_http_asyncapi_statement_pt *) cmd->post;

    rv = statement(cf, alcf->block);

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    cf->cmd_type = ngx_http_asyncapi_form_next(cf);

    return NGX_CONF_OK;
}


/* as ngx_conf_include(), but the first statement is looked at before */

char *
ngx_http_asyncapi_include_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block)
{
    char        *rv;
    ngx_int_t    n;
    ngx_str_t   *value, file, name;
    ngx_glob_t   gl;

    value = cf->args->elts;
    file = value[1];

    if (ngx_conf_full_name(cf->cycle, &file, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (strpbrk((char *) file.data, "*?[") == NULL) {
        return ngx_http_asyncapi_include_file(cf, block->endpoint, &file);
    }

    ngx_memzero(&gl, sizeof(ngx_glob_t));

    gl.pattern = file.data;
    gl.log = cf->log;
    gl.test = 1;

    if (ngx_open_glob(&gl) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_glob_n " \"%s\" failed", file.data);
        return NGX_CONF_ERROR;
    }

    rv = NGX_CONF_OK;

    for ( ;; ) {
        n = ngx_read_glob(&gl, &name);

        if (n != NGX_OK) {
            break;
        }

        file.len = name.len++;
        file.data = ngx_pstrdup(cf->pool, &name);
        if (file.data == NULL) {
            rv = NGX_CONF_ERROR;
            break;
        }

        rv = ngx_http_asyncapi_include_file(cf, block->endpoint, &file);

        if (rv != NGX_CONF_OK) {
            break;
        }
    }

    ngx_close_glob(&gl);

    return rv;
}


static char *
ngx_http_asyncapi_include_file(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep, ngx_str_t *file)
{
    char  *rv;

    if (ep->includes == NGX_HTTP_ASYNCAPI_NESTING) {
        return "is nested too deeply: does the file include itself?";
    }

    cf->cmd_type = ngx_http_asyncapi_form_first(file);

    ep->includes++;
    rv = ngx_conf_parse(cf, file);
    ep->includes--;

    return rv;
}


ngx_uint_t
ngx_http_asyncapi_is_name(ngx_str_t *name)
{
    size_t  i;
    u_char  ch;

    for (i = 0; i < name->len; i++) {
        ch = name->data[i];

        if ((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_') {
            continue;
        }

        if (ch >= '0' && ch <= '9' && i) {
            continue;
        }

        return 0;
    }

    return name->len != 0;
}


void
ngx_http_asyncapi_conf_place(ngx_conf_t *cf, ngx_http_asyncapi_place_t *place)
{
    place->file = cf->conf_file->file.name.data;
    place->line = cf->conf_file->line;
}


char *
ngx_http_asyncapi_conf_error(ngx_conf_t *cf, ngx_http_asyncapi_place_t *place,
    const char *fmt, ...)
{
    u_char   buf[NGX_MAX_CONF_ERRSTR], *last;
    va_list  args;

    va_start(args, fmt);
    last = ngx_vslprintf(buf, buf + NGX_MAX_CONF_ERRSTR, fmt, args);
    va_end(args);

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "%*s in %s:%ui",
                  (size_t) (last - buf), buf, place->file, place->line);

    return NGX_CONF_ERROR;
}


char *
ngx_http_asyncapi_timeout_statement(ngx_conf_t *cf,
    ngx_http_asyncapi_block_t *block)
{
    ngx_int_t                        ms;
    ngx_str_t                       *value;
    ngx_http_asyncapi_background_t  *background;

    if (block->owner) {
        return "belongs outside of groups: write it as an option of the group";
    }

    background = block->background ? block->endpoint->background : NULL;

    if (background ? background->timeout_set
                   : block->endpoint->timeout != NGX_CONF_UNSET_MSEC)
    {
        return "is duplicate";
    }

    value = cf->args->elts;
    ms = ngx_parse_time(&value[1], 0);

    if (ms == NGX_ERROR || ms == 0) {
        return "needs a time: write for instance 800ms or 5s";
    }

    if (background) {
        background->timeout = ms;
        background->timeout_set = 1;

    } else {
        block->endpoint->timeout = ms;
    }

    return NGX_CONF_OK;
}

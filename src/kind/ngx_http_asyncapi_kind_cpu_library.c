
/*
 * Copyright (C) The asyncapi module authors
 *
 * asyncapi_library: shared objects with functions written against asyncapi.h.
 */


#include "ngx_asyncapi_job.h"
#include "ngx_http_asyncapi_kind_cpu.h"

#include <dlfcn.h>


#define NGX_HTTP_ASYNCAPI_LIBRARY_SYMBOL  "asyncapi_library"


static char *ngx_http_asyncapi_library_functions(ngx_conf_t *cf,
    ngx_str_t *file, const asyncapi_library_t *library);
static char *ngx_http_asyncapi_library_add(ngx_conf_t *cf, ngx_str_t *file,
    const asyncapi_function_t *function);
static void ngx_http_asyncapi_library_close(void *data);


char *
ngx_http_asyncapi_library(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    void                      *handle;
    ngx_str_t                 *value, file;
    ngx_pool_cleanup_t        *cln;
    const asyncapi_library_t  *library;

    value = cf->args->elts;
    file = value[1];

    if (ngx_conf_full_name(cf->cycle, &file, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    cln = ngx_pool_cleanup_add(cf->cycle->pool, 0);
    if (cln == NULL) {
        return NGX_CONF_ERROR;
    }

    handle = dlopen((char *) file.data, RTLD_NOW|RTLD_LOCAL);

    if (handle == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "asyncapi_library \"%V\" can't be loaded: %s",
                           &file, dlerror());
        return NGX_CONF_ERROR;
    }

    cln->handler = ngx_http_asyncapi_library_close;
    cln->data = handle;

    library = dlsym(handle, NGX_HTTP_ASYNCAPI_LIBRARY_SYMBOL);

    if (library == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "asyncapi_library \"%V\" has no symbol "
                           "\"" NGX_HTTP_ASYNCAPI_LIBRARY_SYMBOL "\": "
                           "define it as asyncapi.h says", &file);
        return NGX_CONF_ERROR;
    }

    if (library->abi != ASYNCAPI_ABI) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "asyncapi_library \"%V\" is of version %uD of "
                           "asyncapi.h, and not %d: compile it with the file "
                           "of this module", &file, library->abi, ASYNCAPI_ABI);
        return NGX_CONF_ERROR;
    }

    return ngx_http_asyncapi_library_functions(cf, &file, library);
}


static char *
ngx_http_asyncapi_library_functions(ngx_conf_t *cf, ngx_str_t *file,
    const asyncapi_library_t *library)
{
    char                       *rv;
    const asyncapi_function_t  *function;

    if (library->functions == NULL || library->functions->name == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "asyncapi_library \"%V\" has no functions", file);
        return NGX_CONF_ERROR;
    }

    for (function = library->functions; function->name; function++) {

        rv = ngx_http_asyncapi_library_add(cf, file, function);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_library_add(ngx_conf_t *cf, ngx_str_t *file,
    const asyncapi_function_t *function)
{
    void                        **conf;
    ngx_str_t                     name;
    ngx_array_t                  *functions;
    const asyncapi_function_t   **slot;

    name.data = (u_char *) function->name;
    name.len = ngx_strlen(name.data);

    if (!ngx_http_asyncapi_is_name(&name)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "asyncapi_library \"%V\": the name \"%V\" of a "
                           "function is not of letters, digits and \"_\"",
                           file, &name);
        return NGX_CONF_ERROR;
    }

    if (function->run == NULL || function->min_args > function->max_args) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "asyncapi_library \"%V\": \"%V\" has no function, "
                           "or takes at least more arguments than at most",
                           file, &name);
        return NGX_CONF_ERROR;
    }

    if (ngx_asyncapi_cpu_builtin(&name)
        || ngx_http_asyncapi_library_function(cf, &name))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "asyncapi_library \"%V\": there is a function "
                           "\"%V\" already: rename this one", file, &name);
        return NGX_CONF_ERROR;
    }

    conf = ngx_http_asyncapi_kind_conf(cf, &ngx_http_asyncapi_kind_cpu);

    if (*conf == NULL) {
        *conf = ngx_array_create(cf->pool, 4, sizeof(void *));
        if (*conf == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    functions = *conf;

    slot = ngx_array_push(functions);
    if (slot == NULL) {
        return NGX_CONF_ERROR;
    }

    *slot = function;

    return NGX_CONF_OK;
}


const asyncapi_function_t *
ngx_http_asyncapi_library_function(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_uint_t                    i;
    ngx_array_t                  *functions;
    const asyncapi_function_t   **function;

    functions = *ngx_http_asyncapi_kind_conf(cf, &ngx_http_asyncapi_kind_cpu);

    if (functions == NULL) {
        return NULL;
    }

    function = functions->elts;

    for (i = 0; i < functions->nelts; i++) {
        if (ngx_strlen(function[i]->name) == name->len
            && ngx_strncmp(function[i]->name, name->data, name->len) == 0)
        {
            return function[i];
        }
    }

    return NULL;
}


/*
 * The configuration is gone, and no request is left that was begun with it.  A
 * thread may still be in one of the functions, where nothing waits for it: the
 * library stays then.
 */

static void
ngx_http_asyncapi_library_close(void *data)
{
    if (ngx_asyncapi_job_count() == 0) {
        (void) dlclose(data);
    }
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * Regular expressions for values.
 */


#include "ngx_asyncapi_pattern.h"


#if (NGX_PCRE2)

#define PCRE2_CODE_UNIT_WIDTH  8
#include <pcre2.h>


/*
 * PCRE2 counts the steps anew at each place that the match may begin at.  One
 * that may begin everywhere gets the fewer, the longer the text is.
 */

#define NGX_ASYNCAPI_PATTERN_STEPS      100000
#define NGX_ASYNCAPI_PATTERN_ALL_STEPS  4000000

/* kilobytes */
#define NGX_ASYNCAPI_PATTERN_HEAP       1024


struct ngx_asyncapi_pattern_s {
    pcre2_code                 *code;
    pcre2_match_data           *data;
    pcre2_match_context        *context;
    unsigned                    anchored:1;
};


static ngx_int_t ngx_asyncapi_pattern_prepare(ngx_asyncapi_pattern_t *pattern);
static void ngx_asyncapi_pattern_cleanup(void *data);


ngx_asyncapi_pattern_t *
ngx_asyncapi_pattern_compile(ngx_pool_t *pool, ngx_str_t *source,
    ngx_str_t *err)
{
    int                      code;
    u_char                   message[256];
    PCRE2_SIZE               offset;
    ngx_pool_cleanup_t      *cln;
    ngx_asyncapi_pattern_t  *pattern;

    ngx_str_null(err);

    cln = ngx_pool_cleanup_add(pool, sizeof(ngx_asyncapi_pattern_t));
    if (cln == NULL) {
        return NULL;
    }

    pattern = cln->data;

    ngx_memzero(pattern, sizeof(ngx_asyncapi_pattern_t));

    cln->handler = ngx_asyncapi_pattern_cleanup;

    pattern->code = pcre2_compile(source->data, source->len,
                                  PCRE2_UTF|PCRE2_DOLLAR_ENDONLY
                                  |PCRE2_NEVER_BACKSLASH_C,
                                  &code, &offset, NULL);
    if (pattern->code == NULL) {
        (void) pcre2_get_error_message(code, message, sizeof(message));

        err->data = ngx_pnalloc(pool, sizeof(message) + NGX_SIZE_T_LEN
                                      + sizeof(" at byte "));
        if (err->data != NULL) {
            err->len = ngx_sprintf(err->data, "%s at byte %uz", message,
                                   (size_t) offset)
                       - err->data;
        }

        return NULL;
    }

    return (ngx_asyncapi_pattern_prepare(pattern) == NGX_OK) ? pattern : NULL;
}


static ngx_int_t
ngx_asyncapi_pattern_prepare(ngx_asyncapi_pattern_t *pattern)
{
    uint32_t  options;

    /* without the just-in-time compiler it is interpreted */

    (void) pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);

    if (pcre2_pattern_info(pattern->code, PCRE2_INFO_ALLOPTIONS, &options)
        != 0)
    {
        return NGX_ERROR;
    }

    pattern->anchored = (options & PCRE2_ANCHORED) ? 1 : 0;

    pattern->data = pcre2_match_data_create(1, NULL);
    pattern->context = pcre2_match_context_create(NULL);

    if (pattern->data == NULL || pattern->context == NULL) {
        return NGX_ERROR;
    }

    (void) pcre2_set_heap_limit(pattern->context, NGX_ASYNCAPI_PATTERN_HEAP);

    return NGX_OK;
}


ngx_int_t
ngx_asyncapi_pattern_find(ngx_asyncapi_pattern_t *pattern, ngx_str_t *text)
{
    int     rc;
    size_t  steps;

    steps = NGX_ASYNCAPI_PATTERN_STEPS;

    if (!pattern->anchored) {
        steps = ngx_min(NGX_ASYNCAPI_PATTERN_ALL_STEPS / (text->len + 1) + 1,
                        steps);
    }

    (void) pcre2_set_match_limit(pattern->context, (uint32_t) steps);

    rc = pcre2_match(pattern->code, text->data, text->len, 0,
                     PCRE2_NO_UTF_CHECK, pattern->data, pattern->context);

    if (rc >= 0) {
        return NGX_OK;
    }

    return (rc == PCRE2_ERROR_NOMATCH) ? NGX_DECLINED : NGX_ABORT;
}


static void
ngx_asyncapi_pattern_cleanup(void *data)
{
    ngx_asyncapi_pattern_t  *pattern = data;

    pcre2_match_context_free(pattern->context);
    pcre2_match_data_free(pattern->data);
    pcre2_code_free(pattern->code);
}


#else

ngx_asyncapi_pattern_t *
ngx_asyncapi_pattern_compile(ngx_pool_t *pool, ngx_str_t *source,
    ngx_str_t *err)
{
    ngx_str_set(err, "this nginx is built without PCRE2");

    return NULL;
}


ngx_int_t
ngx_asyncapi_pattern_find(ngx_asyncapi_pattern_t *pattern, ngx_str_t *text)
{
    return NGX_ABORT;
}

#endif

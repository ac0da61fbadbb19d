
/*
 * Copyright (C) The asyncapi module authors
 *
 * Patterns, and the bounds of matching them.
 *
 * PCRE2's own bounds are for one place in the text where a match may begin, and
 * do not see how long a repetition runs.  So there is a second form of each
 * pattern, which calls back before each of its parts.  It is for all but short
 * texts, and looks at the clock.
 */


#include "ngx_asyncapi_pattern.h"


#if (NGX_PCRE2)

#define PCRE2_CODE_UNIT_WIDTH  8
#include <pcre2.h>


/* texts of up to so many bytes are matched by the first form */

#define NGX_ASYNCAPI_PATTERN_SHORT   128

/* steps of a match that begins at one place: of a short text, of any */

#define NGX_ASYNCAPI_PATTERN_QUICK   2000
#define NGX_ASYNCAPI_PATTERN_STEPS   10000000

/* KB of memory, for matches that the compiled form has no stack for */

#define NGX_ASYNCAPI_PATTERN_HEAP    4096

/* of processor time, in all of a matching: milliseconds, and bytes for one */

#define NGX_ASYNCAPI_PATTERN_TIME    10
#define NGX_ASYNCAPI_PATTERN_BYTES   16384

#define NGX_ASYNCAPI_PATTERN_TURN    1024


struct ngx_asyncapi_pattern_s {
    ngx_str_t        source;
    pcre2_code      *quick;
    pcre2_code      *guarded;
};


static ngx_int_t ngx_asyncapi_pattern_translate(ngx_pool_t *pool,
    const ngx_str_t *source, ngx_str_t *text);
static u_char *ngx_asyncapi_pattern_category(u_char **dst, u_char *p,
    u_char *last);
static pcre2_code *ngx_asyncapi_pattern_code(ngx_pool_t *pool,
    const ngx_str_t *text, pcre2_compile_context *context, uint32_t options,
    ngx_str_t *err);
static void ngx_asyncapi_pattern_code_free(void *data);
static ngx_int_t ngx_asyncapi_match_start(ngx_asyncapi_match_t *match);
static int ngx_asyncapi_match_callout(pcre2_callout_block *block, void *data);
static ngx_uint_t ngx_asyncapi_match_late(ngx_asyncapi_match_t *match,
    ngx_uint_t charge);
static uint64_t ngx_asyncapi_match_clock(void);
static void *ngx_asyncapi_match_alloc(PCRE2_SIZE size, void *data);
static void ngx_asyncapi_match_free(void *p, void *data);


ngx_asyncapi_pattern_t *
ngx_asyncapi_pattern_compile(ngx_pool_t *pool, const ngx_str_t *source,
    ngx_str_t *err)
{
    ngx_str_t                text;
    pcre2_compile_context   *context;
    ngx_asyncapi_pattern_t  *pattern;

    ngx_str_null(err);

    pattern = ngx_palloc(pool, sizeof(ngx_asyncapi_pattern_t));
    if (pattern == NULL) {
        return NULL;
    }

    pattern->source = *source;

    if (ngx_asyncapi_pattern_translate(pool, source, &text) != NGX_OK) {
        return NULL;
    }

    context = pcre2_compile_context_create(NULL);
    if (context == NULL) {
        return NULL;
    }

    (void) pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
    (void) pcre2_set_compile_extra_options(context, PCRE2_EXTRA_ALT_BSUX);

    pattern->quick = ngx_asyncapi_pattern_code(pool, &text, context, 0, err);
    pattern->guarded = pattern->quick
                       ? ngx_asyncapi_pattern_code(pool, &text, context,
                                                   PCRE2_AUTO_CALLOUT, err)
                       : NULL;

    pcre2_compile_context_free(context);

    return pattern->guarded ? pattern : NULL;
}


/* what PCRE2 has other names for, or means a little less by */

static ngx_int_t
ngx_asyncapi_pattern_translate(ngx_pool_t *pool, const ngx_str_t *source,
    ngx_str_t *text)
{
    u_char       *p, *last, *dst;
    ngx_uint_t    in_class;
    static char   space[] = "\\t-\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028"
                            "\\u2029\\u202f\\u205f\\u3000\\ufeff";

    text->data = ngx_pnalloc(pool, source->len * sizeof(space) + 1);
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    dst = text->data;
    p = source->data;
    last = p + source->len;
    in_class = 0;

    while (p < last) {

        if (*p == '[') {

            /* "[[:alpha:]]" is nothing special */

            if (in_class) {
                *dst++ = '\\';
            }

            in_class = 1;

        } else if (*p == ']') {
            in_class = 0;

        } else if (*p == '\\' && last - p > 1) {

            if (p[1] == 's') {
                dst = ngx_sprintf(dst, in_class ? "%s" : "[%s]", space);

            } else if (p[1] == 'S' && !in_class) {
                dst = ngx_sprintf(dst, "[^%s]", space);

            } else if (p[1] == 'p' || p[1] == 'P') {
                p = ngx_asyncapi_pattern_category(&dst, p, last);
                continue;

            } else {
                *dst++ = *p;
                *dst++ = p[1];
            }

            p += 2;
            continue;
        }

        *dst++ = *p++;
    }

    text->len = dst - text->data;

    return NGX_OK;
}


/* "{Letter}" of "\\p{Letter}" is "{L}"; returns what comes after the name */

static u_char *
ngx_asyncapi_pattern_category(u_char **dst, u_char *p, u_char *last)
{
    ngx_uint_t  i;

    static struct {
        ngx_str_t    name;
        const char  *code;
    }  names[] = {
        { ngx_string("Letter}"), "L" },
        { ngx_string("Lowercase_Letter}"), "Ll" },
        { ngx_string("Uppercase_Letter}"), "Lu" },
        { ngx_string("Titlecase_Letter}"), "Lt" },
        { ngx_string("Modifier_Letter}"), "Lm" },
        { ngx_string("Other_Letter}"), "Lo" },
        { ngx_string("Mark}"), "M" },
        { ngx_string("Nonspacing_Mark}"), "Mn" },
        { ngx_string("Spacing_Mark}"), "Mc" },
        { ngx_string("Enclosing_Mark}"), "Me" },
        { ngx_string("Number}"), "N" },
        { ngx_string("Decimal_Number}"), "Nd" },
        { ngx_string("digit}"), "Nd" },
        { ngx_string("Letter_Number}"), "Nl" },
        { ngx_string("Other_Number}"), "No" },
        { ngx_string("Punctuation}"), "P" },
        { ngx_string("punct}"), "P" },
        { ngx_string("Connector_Punctuation}"), "Pc" },
        { ngx_string("Dash_Punctuation}"), "Pd" },
        { ngx_string("Open_Punctuation}"), "Ps" },
        { ngx_string("Close_Punctuation}"), "Pe" },
        { ngx_string("Initial_Punctuation}"), "Pi" },
        { ngx_string("Final_Punctuation}"), "Pf" },
        { ngx_string("Other_Punctuation}"), "Po" },
        { ngx_string("Symbol}"), "S" },
        { ngx_string("Math_Symbol}"), "Sm" },
        { ngx_string("Currency_Symbol}"), "Sc" },
        { ngx_string("Modifier_Symbol}"), "Sk" },
        { ngx_string("Other_Symbol}"), "So" },
        { ngx_string("Separator}"), "Z" },
        { ngx_string("Space_Separator}"), "Zs" },
        { ngx_string("Line_Separator}"), "Zl" },
        { ngx_string("Paragraph_Separator}"), "Zp" },
        { ngx_string("Other}"), "C" },
        { ngx_string("Control}"), "Cc" },
        { ngx_string("cntrl}"), "Cc" },
        { ngx_string("Format}"), "Cf" },
        { ngx_null_string, NULL }
    };

    *(*dst)++ = *p++;
    *(*dst)++ = *p++;

    if (p == last || *p != '{') {
        return p;
    }

    *(*dst)++ = *p++;

    for (i = 0; names[i].code; i++) {

        if ((size_t) (last - p) >= names[i].name.len
            && ngx_memcmp(p, names[i].name.data, names[i].name.len) == 0)
        {
            *dst = ngx_sprintf(*dst, "%s}", names[i].code);
            return p + names[i].name.len;
        }
    }

    return p;
}


static pcre2_code *
ngx_asyncapi_pattern_code(ngx_pool_t *pool, const ngx_str_t *text,
    pcre2_compile_context *context, uint32_t options, ngx_str_t *err)
{
    int                  code;
    u_char               message[256];
    PCRE2_SIZE           offset;
    pcre2_code          *pattern;
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    options |= PCRE2_UTF|PCRE2_DOLLAR_ENDONLY|PCRE2_ALT_BSUX
               |PCRE2_ALLOW_EMPTY_CLASS|PCRE2_MATCH_UNSET_BACKREF
               |PCRE2_NEVER_BACKSLASH_C;

    pattern = pcre2_compile(text->data, text->len, options, &code, &offset,
                            context);

    if (pattern == NULL) {
        (void) pcre2_get_error_message(code, message, sizeof(message));

        err->len = ngx_strlen(message);
        err->data = ngx_pnalloc(pool, err->len);

        if (err->data == NULL) {
            err->len = 0;
            return NULL;
        }

        ngx_memcpy(err->data, message, err->len);

        return NULL;
    }

    cln->handler = ngx_asyncapi_pattern_code_free;
    cln->data = pattern;

    /* without it matching is slower, and nothing else */

    (void) pcre2_jit_compile(pattern, PCRE2_JIT_COMPLETE);

    return pattern;
}


static void
ngx_asyncapi_pattern_code_free(void *data)
{
    pcre2_code_free(data);
}


ngx_int_t
ngx_asyncapi_pattern_find(const ngx_asyncapi_pattern_t *pattern,
    ngx_asyncapi_match_t *match, const ngx_str_t *text)
{
    int  rc;

    if (match->data == NULL && ngx_asyncapi_match_start(match) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = PCRE2_ERROR_MATCHLIMIT;

    if (text->len <= NGX_ASYNCAPI_PATTERN_SHORT
        && !ngx_asyncapi_match_late(match, NGX_ASYNCAPI_PATTERN_TURN / 64))
    {
        (void) pcre2_set_match_limit(match->context,
                                     NGX_ASYNCAPI_PATTERN_QUICK);

        rc = pcre2_match(pattern->quick, text->data, text->len, 0, 0,
                         match->data, match->context);
    }

    if (rc == PCRE2_ERROR_MATCHLIMIT) {
        (void) pcre2_set_match_limit(match->context,
                                     NGX_ASYNCAPI_PATTERN_STEPS);

        rc = pcre2_match(pattern->guarded, text->data, text->len, 0, 0,
                         match->data, match->context);
    }

    if (rc == PCRE2_ERROR_JIT_STACKLIMIT) {
        rc = pcre2_match(pattern->guarded, text->data, text->len, 0,
                         PCRE2_NO_JIT, match->data, match->context);
    }

    if (rc >= 0) {
        return NGX_OK;
    }

    switch (rc) {

    case PCRE2_ERROR_NOMEMORY:
        return NGX_ERROR;

    case PCRE2_ERROR_MATCHLIMIT:
    case PCRE2_ERROR_HEAPLIMIT:
    case PCRE2_ERROR_DEPTHLIMIT:
    case PCRE2_ERROR_CALLOUT:
        return NGX_ABORT;

    default:

        /* no match, or no UTF-8 */

        return NGX_DECLINED;
    }
}


static ngx_int_t
ngx_asyncapi_match_start(ngx_asyncapi_match_t *match)
{
    pcre2_general_context  *general;

    general = pcre2_general_context_create(ngx_asyncapi_match_alloc,
                                           ngx_asyncapi_match_free,
                                           match->pool);
    if (general == NULL) {
        return NGX_ERROR;
    }

    match->context = pcre2_match_context_create(general);
    if (match->context == NULL) {
        return NGX_ERROR;
    }

    (void) pcre2_set_heap_limit(match->context, NGX_ASYNCAPI_PATTERN_HEAP);
    (void) pcre2_set_callout(match->context, ngx_asyncapi_match_callout,
                             match);

    match->data = pcre2_match_data_create(1, general);
    if (match->data == NULL) {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* a repetition before it may have gone over all of the text */

static int
ngx_asyncapi_match_callout(pcre2_callout_block *block, void *data)
{
    return ngx_asyncapi_match_late(data, 1 + block->subject_length / 1024)
           ? PCRE2_ERROR_CALLOUT : 0;
}


static ngx_uint_t
ngx_asyncapi_match_late(ngx_asyncapi_match_t *match, ngx_uint_t charge)
{
    uint64_t  now;

    match->charge += charge;

    if (match->charge < NGX_ASYNCAPI_PATTERN_TURN) {
        return 0;
    }

    now = ngx_asyncapi_match_clock();

    if (match->deadline == 0) {
        match->deadline = now + NGX_ASYNCAPI_PATTERN_TIME
                          + match->size / NGX_ASYNCAPI_PATTERN_BYTES;
    }

    /* what is late stays so */

    if (now > match->deadline) {
        return 1;
    }

    match->charge = 0;

    return 0;
}


/* of this thread, in milliseconds: how busy the machine is does not count */

static uint64_t
ngx_asyncapi_match_clock(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);

    return (uint64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


static void *
ngx_asyncapi_match_alloc(PCRE2_SIZE size, void *data)
{
    return ngx_palloc(data, size);
}


static void
ngx_asyncapi_match_free(void *p, void *data)
{
    (void) ngx_pfree(data, p);
}


#else


struct ngx_asyncapi_pattern_s {
    ngx_str_t        source;
};


ngx_asyncapi_pattern_t *
ngx_asyncapi_pattern_compile(ngx_pool_t *pool, const ngx_str_t *source,
    ngx_str_t *err)
{
    ngx_str_set(err, "this nginx is built without PCRE2");

    return NULL;
}


ngx_int_t
ngx_asyncapi_pattern_find(const ngx_asyncapi_pattern_t *pattern,
    ngx_asyncapi_match_t *match, const ngx_str_t *text)
{
    return NGX_ABORT;
}


#endif


const ngx_str_t *
ngx_asyncapi_pattern_source(const ngx_asyncapi_pattern_t *pattern)
{
    return &pattern->source;
}


void
ngx_asyncapi_match_init(ngx_asyncapi_match_t *match, ngx_pool_t *pool,
    size_t size)
{
    ngx_memzero(match, sizeof(ngx_asyncapi_match_t));

    match->pool = pool;
    match->size = size;
}

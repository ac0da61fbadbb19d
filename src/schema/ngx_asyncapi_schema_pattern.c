
/*
 * Copyright (C) The asyncapi module authors
 *
 * Patterns, by the PCRE2 of nginx: close to what ECMAScript has them mean.
 *
 * Its own bounds are for one place in the text where a match may begin, and
 * do not see how long a repetition runs.  So there is a second form of each
 * pattern, which calls back before each of its parts.  It is for all but short
 * texts, and looks at the clock.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_schema_private.h"


#if (NGX_PCRE2)


/* texts of up to so many bytes are matched by the first form */

#define NGX_ASYNCAPI_SCHEMA_SHORT   128

/* steps of a match that begins at one place: of a short text, of any */

#define NGX_ASYNCAPI_SCHEMA_QUICK   2000
#define NGX_ASYNCAPI_SCHEMA_STEPS   10000000

/* KB of memory, for matches that the compiled form has no stack for */

#define NGX_ASYNCAPI_SCHEMA_HEAP    4096

/* of processor time, in all of a check: milliseconds and one for each 64 KB */

#define NGX_ASYNCAPI_SCHEMA_TIME    50

#define NGX_ASYNCAPI_SCHEMA_TURN    1024


struct ngx_asyncapi_schema_pattern_s {
    ngx_str_t        text;
    pcre2_code      *quick;
    pcre2_code      *guarded;
};


static ngx_int_t ngx_asyncapi_schema_translate(
    ngx_asyncapi_schema_compile_t *c, const ngx_asyncapi_schema_value_t *v,
    ngx_str_t *text);
static u_char *ngx_asyncapi_schema_category(u_char **dst, u_char *p,
    u_char *last);
static pcre2_code *ngx_asyncapi_schema_code(ngx_asyncapi_schema_compile_t *c,
    uint32_t at, const ngx_str_t *text, pcre2_compile_context *context,
    uint32_t options);
static void ngx_asyncapi_schema_code_free(void *data);
static ngx_int_t ngx_asyncapi_schema_match_init(
    ngx_asyncapi_schema_check_t *ctx);
static int ngx_asyncapi_schema_callout(pcre2_callout_block *block, void *data);
static ngx_uint_t ngx_asyncapi_schema_late(ngx_asyncapi_schema_check_t *ctx,
    ngx_uint_t charge);
static uint64_t ngx_asyncapi_schema_clock(void);
static void *ngx_asyncapi_schema_alloc(PCRE2_SIZE size, void *data);
static void ngx_asyncapi_schema_free(void *p, void *data);


ngx_asyncapi_schema_pattern_t *
ngx_asyncapi_schema_pattern(ngx_asyncapi_schema_compile_t *c, uint32_t at)
{
    ngx_str_t                       text;
    pcre2_compile_context          *context;
    ngx_asyncapi_schema_value_t    *v;
    ngx_asyncapi_schema_pattern_t  *pattern;

    v = &c->tape->values[at];

    pattern = ngx_palloc(c->pool, sizeof(ngx_asyncapi_schema_pattern_t));
    if (pattern == NULL) {
        return NULL;
    }

    pattern->text.data = v->data;
    pattern->text.len = v->len;

    if (ngx_asyncapi_schema_translate(c, v, &text) != NGX_OK) {
        return NULL;
    }

    context = pcre2_compile_context_create(NULL);
    if (context == NULL) {
        return NULL;
    }

    (void) pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
    (void) pcre2_set_compile_extra_options(context, PCRE2_EXTRA_ALT_BSUX);

    pattern->quick = ngx_asyncapi_schema_code(c, at, &text, context, 0);
    pattern->guarded = pattern->quick
                       ? ngx_asyncapi_schema_code(c, at, &text, context,
                                                  PCRE2_AUTO_CALLOUT)
                       : NULL;

    pcre2_compile_context_free(context);

    return pattern->guarded ? pattern : NULL;
}


/* what PCRE2 has other names for, or means a little less by */

static ngx_int_t
ngx_asyncapi_schema_translate(ngx_asyncapi_schema_compile_t *c,
    const ngx_asyncapi_schema_value_t *v, ngx_str_t *text)
{
    u_char       *p, *last, *dst;
    ngx_uint_t    in_class;
    static char   space[] = "\\t-\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028"
                            "\\u2029\\u202f\\u205f\\u3000\\ufeff";

    text->data = ngx_pnalloc(c->pool, v->len * sizeof(space) + 1);
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    dst = text->data;
    p = v->data;
    last = p + v->len;
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
                p = ngx_asyncapi_schema_category(&dst, p, last);
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
ngx_asyncapi_schema_category(u_char **dst, u_char *p, u_char *last)
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
ngx_asyncapi_schema_code(ngx_asyncapi_schema_compile_t *c, uint32_t at,
    const ngx_str_t *text, pcre2_compile_context *context, uint32_t options)
{
    int                  err;
    u_char               message[128];
    PCRE2_SIZE           offset;
    pcre2_code          *code;
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(c->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    options |= PCRE2_UTF|PCRE2_DOLLAR_ENDONLY|PCRE2_ALT_BSUX
               |PCRE2_ALLOW_EMPTY_CLASS|PCRE2_MATCH_UNSET_BACKREF
               |PCRE2_NEVER_BACKSLASH_C;

    code = pcre2_compile(text->data, text->len, options, &err, &offset,
                         context);

    if (code == NULL) {
        (void) pcre2_get_error_message(err, message, sizeof(message));
        (void) ngx_asyncapi_schema_refuse(c, at,
                   "the pattern is no regular expression: %s", message);
        return NULL;
    }

    cln->handler = ngx_asyncapi_schema_code_free;
    cln->data = code;

    /* without it matching is slower, and nothing else */

    (void) pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);

    return code;
}


static void
ngx_asyncapi_schema_code_free(void *data)
{
    pcre2_code_free(data);
}


const ngx_str_t *
ngx_asyncapi_schema_pattern_text(const ngx_asyncapi_schema_pattern_t *pattern)
{
    return &pattern->text;
}


ngx_uint_t
ngx_asyncapi_schema_match(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_pattern_t *pattern, uint32_t at)
{
    int                           rc;
    ngx_asyncapi_schema_value_t  *v;

    if (ctx->match == NULL && ngx_asyncapi_schema_match_init(ctx) != NGX_OK) {
        ctx->no_memory = 1;
        return ngx_asyncapi_schema_fail(ctx, at, "");
    }

    v = &ctx->tape.values[at];
    rc = PCRE2_ERROR_MATCHLIMIT;

    if (v->len <= NGX_ASYNCAPI_SCHEMA_SHORT
        && !ngx_asyncapi_schema_late(ctx, NGX_ASYNCAPI_SCHEMA_TURN / 64))
    {
        (void) pcre2_set_match_limit(ctx->context, NGX_ASYNCAPI_SCHEMA_QUICK);

        rc = pcre2_match(pattern->quick, v->data, v->len, 0, 0, ctx->match,
                         ctx->context);
    }

    if (rc == PCRE2_ERROR_MATCHLIMIT) {
        (void) pcre2_set_match_limit(ctx->context, NGX_ASYNCAPI_SCHEMA_STEPS);

        rc = pcre2_match(pattern->guarded, v->data, v->len, 0, 0, ctx->match,
                         ctx->context);
    }

    if (rc == PCRE2_ERROR_JIT_STACKLIMIT) {
        rc = pcre2_match(pattern->guarded, v->data, v->len, 0, PCRE2_NO_JIT,
                         ctx->match, ctx->context);
    }

    if (rc >= 0) {
        return 1;
    }

    if (rc == PCRE2_ERROR_NOMEMORY) {
        ctx->no_memory = 1;
        return ngx_asyncapi_schema_fail(ctx, at, "");
    }

    if (rc == PCRE2_ERROR_MATCHLIMIT || rc == PCRE2_ERROR_HEAPLIMIT
        || rc == PCRE2_ERROR_DEPTHLIMIT || rc == PCRE2_ERROR_CALLOUT)
    {
        return ngx_asyncapi_schema_fail(ctx, at,
                   "takes too long to be matched against a pattern");
    }

    /* no match, or no UTF-8 */

    return 0;
}


/* of the pool; once for a check */

static ngx_int_t
ngx_asyncapi_schema_match_init(ngx_asyncapi_schema_check_t *ctx)
{
    pcre2_general_context  *general;

    general = pcre2_general_context_create(ngx_asyncapi_schema_alloc,
                                           ngx_asyncapi_schema_free,
                                           ctx->pool);
    if (general == NULL) {
        return NGX_ERROR;
    }

    ctx->context = pcre2_match_context_create(general);
    if (ctx->context == NULL) {
        return NGX_ERROR;
    }

    (void) pcre2_set_heap_limit(ctx->context, NGX_ASYNCAPI_SCHEMA_HEAP);
    (void) pcre2_set_callout(ctx->context, ngx_asyncapi_schema_callout, ctx);

    ctx->match = pcre2_match_data_create(1, general);
    if (ctx->match == NULL) {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* a repetition before it may have gone over all of the text */

static int
ngx_asyncapi_schema_callout(pcre2_callout_block *block, void *data)
{
    ngx_asyncapi_schema_check_t  *ctx;

    ctx = data;

    return ngx_asyncapi_schema_late(ctx, 1 + block->subject_length / 1024)
           ? PCRE2_ERROR_CALLOUT : 0;
}


static ngx_uint_t
ngx_asyncapi_schema_late(ngx_asyncapi_schema_check_t *ctx, ngx_uint_t charge)
{
    uint64_t  now;

    ctx->charge += charge;

    if (ctx->charge < NGX_ASYNCAPI_SCHEMA_TURN) {
        return 0;
    }

    ctx->charge = 0;
    now = ngx_asyncapi_schema_clock();

    if (ctx->deadline == 0) {
        ctx->deadline = now + NGX_ASYNCAPI_SCHEMA_TIME
                        + ctx->tape.values[0].len / 65536;
    }

    return now > ctx->deadline;
}


/* of this thread, in milliseconds: how busy the machine is does not count */

static uint64_t
ngx_asyncapi_schema_clock(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);

    return (uint64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


static void *
ngx_asyncapi_schema_alloc(PCRE2_SIZE size, void *data)
{
    return ngx_palloc(data, size);
}


static void
ngx_asyncapi_schema_free(void *p, void *data)
{
    (void) ngx_pfree(data, p);
}


#else


ngx_asyncapi_schema_pattern_t *
ngx_asyncapi_schema_pattern(ngx_asyncapi_schema_compile_t *c, uint32_t at)
{
    (void) ngx_asyncapi_schema_refuse(c, at,
               "patterns need an nginx that is built with PCRE2");
    return NULL;
}


const ngx_str_t *
ngx_asyncapi_schema_pattern_text(const ngx_asyncapi_schema_pattern_t *pattern)
{
    return NULL;
}


ngx_uint_t
ngx_asyncapi_schema_match(ngx_asyncapi_schema_check_t *ctx,
    const ngx_asyncapi_schema_pattern_t *pattern, uint32_t at)
{
    return 0;
}


#endif

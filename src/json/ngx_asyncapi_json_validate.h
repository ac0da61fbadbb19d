
/*
 * Copyright (C) The asyncapi module authors
 *
 * The forms of the validator, which nobody needs but the choice among them
 * and the tests.  Each is for one kind of processor, and all give the same
 * verdict on every text.
 */


#ifndef _NGX_ASYNCAPI_JSON_VALIDATE_H_INCLUDED_
#define _NGX_ASYNCAPI_JSON_VALIDATE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json.h"


/*
 * The forms that are more than plain C are written with what gcc and clang
 * have alike.
 */

#if (__GNUC__ && __x86_64__)
#define NGX_ASYNCAPI_JSON_X86   1

#elif (__GNUC__ && __AARCH64EL__)
#define NGX_ASYNCAPI_JSON_NEON  1
#endif


/*
 * The text begins with a bracket and may have white space at its end.
 * NGX_OK: *text is trimmed to the value; NGX_ERROR: it is no value, and
 * *text is untouched.
 */

typedef ngx_int_t (*ngx_asyncapi_json_scan_pt)(ngx_str_t *text);

typedef struct {
    const char                 *name;
    ngx_asyncapi_json_scan_pt   scan;
    ngx_uint_t                (*supported)(void);
} ngx_asyncapi_json_form_t;


/* the best comes first, and the last is plain C; NULL ends the table */

extern const ngx_asyncapi_json_form_t  ngx_asyncapi_json_forms[];


/*
 * Shorter texts are plain C's: to begin and to end takes another form as long
 * as some blocks do, and of what is short the processor foresees more.
 */

#define NGX_ASYNCAPI_JSON_SCAN_MIN  512


/* any text, as ngx_asyncapi_json_validate(); it knows what is wrong too */

ngx_int_t ngx_asyncapi_json_validate_plain(ngx_str_t *text,
    ngx_asyncapi_json_error_t *err);

ngx_int_t ngx_asyncapi_json_scan_plain(ngx_str_t *text);

#if (NGX_ASYNCAPI_JSON_X86)

/* each byte 64 times, for vectors of it; no other object looks for it */

extern const u_char  ngx_asyncapi_json_bytes_of[256][64]
    __attribute__((visibility("hidden"), aligned(64)));

ngx_int_t ngx_asyncapi_json_scan_avx512(ngx_str_t *text);
ngx_int_t ngx_asyncapi_json_scan_avx2(ngx_str_t *text);
ngx_int_t ngx_asyncapi_json_scan_sse2(ngx_str_t *text);
#endif

#if (NGX_ASYNCAPI_JSON_NEON)
ngx_int_t ngx_asyncapi_json_scan_neon(ngx_str_t *text);
#endif


#endif /* _NGX_ASYNCAPI_JSON_VALIDATE_H_INCLUDED_ */

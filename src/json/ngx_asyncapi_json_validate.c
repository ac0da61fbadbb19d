
/*
 * Copyright (C) The asyncapi module authors
 *
 * The one place where a text becomes a value, and which form of the validator
 * looks at it: the best that the processor is able to.  What that one refuses
 * the plain form looks at again, for it knows what is wrong and where; so
 * does it see the texts that are not worth the other's start.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_json_scan.h"
#include "ngx_asyncapi_json_validate.h"


static ngx_asyncapi_json_scan_pt ngx_asyncapi_json_choose(void);
static ngx_uint_t ngx_asyncapi_json_always(void);


#if (NGX_ASYNCAPI_JSON_X86)

/* __builtin_cpu_supports() knows what the system saves of registers too */

static ngx_uint_t
ngx_asyncapi_json_has_avx512(void)
{
    return __builtin_cpu_supports("avx512bw")
           && __builtin_cpu_supports("avx512vbmi2")
           && __builtin_cpu_supports("pclmul")
           && __builtin_cpu_supports("bmi")
           && __builtin_cpu_supports("bmi2");
}


static ngx_uint_t
ngx_asyncapi_json_has_avx2(void)
{
    return __builtin_cpu_supports("avx2")
           && __builtin_cpu_supports("pclmul")
           && __builtin_cpu_supports("bmi")
           && __builtin_cpu_supports("bmi2");
}


#define row(n)      { [0 ... 63] = n }
#define four(n)     row(n), row((n) + 1), row((n) + 2), row((n) + 3)
#define sixteen(n)  four(n), four((n) + 4), four((n) + 8), four((n) + 12)

const u_char  ngx_asyncapi_json_bytes_of[256][64] = {
    sixteen(0x00), sixteen(0x10), sixteen(0x20), sixteen(0x30),
    sixteen(0x40), sixteen(0x50), sixteen(0x60), sixteen(0x70),
    sixteen(0x80), sixteen(0x90), sixteen(0xa0), sixteen(0xb0),
    sixteen(0xc0), sixteen(0xd0), sixteen(0xe0), sixteen(0xf0)
};

#endif


const ngx_asyncapi_json_form_t  ngx_asyncapi_json_forms[] = {

#if (NGX_ASYNCAPI_JSON_X86)
    { "avx512", ngx_asyncapi_json_scan_avx512, ngx_asyncapi_json_has_avx512 },
    { "avx2", ngx_asyncapi_json_scan_avx2, ngx_asyncapi_json_has_avx2 },
    { "sse2", ngx_asyncapi_json_scan_sse2, ngx_asyncapi_json_always },
#endif

#if (NGX_ASYNCAPI_JSON_NEON)
    { "neon", ngx_asyncapi_json_scan_neon, ngx_asyncapi_json_always },
#endif

    { "plain", ngx_asyncapi_json_scan_plain, ngx_asyncapi_json_always },
    { NULL, NULL, NULL }
};


ngx_int_t
ngx_asyncapi_json_validate(ngx_str_t *text, ngx_asyncapi_json_error_t *err)
{
    u_char                     *start, *last;
    ngx_str_t                   value;
    ngx_asyncapi_json_scan_pt   scan;

    /* threads that come here first together store the same */

    static ngx_asyncapi_json_scan_pt  chosen;

    if (text->len < NGX_ASYNCAPI_JSON_SCAN_MIN) {
        return ngx_asyncapi_json_validate_plain(text, err);
    }

    last = text->data + text->len;
    start = ngx_asyncapi_json_space(text->data, last);

    if (start == last || (*start != '{' && *start != '[')) {
        return ngx_asyncapi_json_validate_plain(text, err);
    }

    scan = __atomic_load_n(&chosen, __ATOMIC_RELAXED);

    if (scan == NULL) {
        scan = ngx_asyncapi_json_choose();
        __atomic_store_n(&chosen, scan, __ATOMIC_RELAXED);
    }

    value.data = start;
    value.len = last - start;

    if (scan(&value) == NGX_OK) {
        *text = value;
        return NGX_OK;
    }

    return ngx_asyncapi_json_validate_plain(text, err);
}


static ngx_asyncapi_json_scan_pt
ngx_asyncapi_json_choose(void)
{
    ngx_uint_t  i;

    i = 0;

    while (!ngx_asyncapi_json_forms[i].supported()) {
        i++;
    }

    return ngx_asyncapi_json_forms[i].scan;
}


static ngx_uint_t
ngx_asyncapi_json_always(void)
{
    return 1;
}

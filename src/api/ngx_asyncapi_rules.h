
/*
 * Copyright (C) The asyncapi module authors
 *
 * What a value has to be: its type, and the options that narrow it.
 *
 * Thread: the configuration's fills them in, the event loop reads.
 */


#ifndef _NGX_ASYNCAPI_RULES_H_INCLUDED_
#define _NGX_ASYNCAPI_RULES_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_pattern.h"
#include "ngx_asyncapi_scalar.h"


/* in the order in which they are looked at */

typedef enum {
    NGX_ASYNCAPI_RULE_NONE = 0,      /* it keeps all of them */
    NGX_ASYNCAPI_RULE_ENCODING,      /* not decodable: not looked at here */
    NGX_ASYNCAPI_RULE_REPEATED,      /* several of a scalar: likewise */
    NGX_ASYNCAPI_RULE_REQUIRED,      /* likewise */
    NGX_ASYNCAPI_RULE_TYPE,
    NGX_ASYNCAPI_RULE_MIN,
    NGX_ASYNCAPI_RULE_MAX,
    NGX_ASYNCAPI_RULE_MIN_LENGTH,
    NGX_ASYNCAPI_RULE_MAX_LENGTH,
    NGX_ASYNCAPI_RULE_ENUM,
    NGX_ASYNCAPI_RULE_PATTERN,
    NGX_ASYNCAPI_RULE_WORK,          /* the pattern takes too many steps */
    NGX_ASYNCAPI_RULE_N,
    NGX_ASYNCAPI_RULE_ERROR = NGX_ASYNCAPI_RULE_N    /* no memory */
} ngx_asyncapi_rule_e;


typedef struct {
    ngx_asyncapi_scalar_e      type;
    ngx_str_t                  min;          /* number; data NULL: none */
    ngx_str_t                  max;
    size_t                     min_length;   /* code points */
    size_t                     max_length;   /* NGX_MAX_SIZE_T_VALUE: none */
    ngx_array_t               *values;       /* enum: ngx_str_t, or NULL */
    ngx_asyncapi_pattern_t    *pattern;      /* or NULL */
    ngx_str_t                  source;       /* of the pattern */
} ngx_asyncapi_rules_t;


/*
 * The first rule that the text breaks; *text as ngx_asyncapi_scalar_is().
 * match: of all that is checked at a time.
 */
ngx_asyncapi_rule_e ngx_asyncapi_rules_check(const ngx_asyncapi_rules_t *rules,
    ngx_asyncapi_match_t *match, ngx_str_t *text);

/* whether the type is a JSON string */
#define ngx_asyncapi_scalar_is_text(type)                                    \
    ((type) != NGX_ASYNCAPI_SCALAR_INTEGER                                   \
     && (type) != NGX_ASYNCAPI_SCALAR_NUMBER                                 \
     && (type) != NGX_ASYNCAPI_SCALAR_BOOLEAN)

#define ngx_asyncapi_scalar_is_numeric(type)                                 \
    ((type) == NGX_ASYNCAPI_SCALAR_INTEGER                                   \
     || (type) == NGX_ASYNCAPI_SCALAR_NUMBER)


#endif /* _NGX_ASYNCAPI_RULES_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * The types that a parameter can have, and whether a text is one of them.
 *
 * Nothing here allocates or has state.  Thread: any.
 */


#ifndef _NGX_ASYNCAPI_SCALAR_H_INCLUDED_
#define _NGX_ASYNCAPI_SCALAR_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* identifier, name in the configuration, what is said of a text that is none */

#define NGX_ASYNCAPI_SCALARS(X)                                              \
    X(STRING,    "string",    "is not valid UTF-8")                          \
    X(INTEGER,   "integer",   "is not an integer of 64 bits")                \
    X(NUMBER,    "number",    "is not a number")                             \
    X(BOOLEAN,   "boolean",   "is neither true nor false")                   \
    X(UUID,      "uuid",      "is not a UUID")                               \
    X(DATE,      "date",      "is not a date, as 2024-02-29 is")             \
    X(DATE_TIME, "date-time",                                                \
      "is not a time of RFC 3339, as 2024-02-29T12:00:00Z is")

typedef enum {
#define X(id, name, message)  NGX_ASYNCAPI_SCALAR_##id,
    NGX_ASYNCAPI_SCALARS(X)
#undef X
    NGX_ASYNCAPI_SCALAR_N
} ngx_asyncapi_scalar_e;


extern const ngx_str_t   ngx_asyncapi_scalar_names[];
extern const char       *ngx_asyncapi_scalar_messages[];


/*
 * Whether the text is of the type.  INTEGER and NUMBER are those of JSON, so
 * there is no sign "+", no leading zero, no NaN; an integer has digits alone
 * and fits into 64 bits.  BOOLEAN is true, false, 1 or 0, and DATE_TIME may
 * have a leap second where UTC can.  What *text becomes is the JSON value's own
 * text: "true" for "1", "0" for "-0"; all else is left as it is.
 */
ngx_uint_t ngx_asyncapi_scalar_is(ngx_asyncapi_scalar_e type, ngx_str_t *text);

/* of two numbers of JSON, exactly: below, equal to, or above zero */
ngx_int_t ngx_asyncapi_number_compare(const ngx_str_t *a, const ngx_str_t *b);

/* code points of valid UTF-8 */
size_t ngx_asyncapi_text_length(const ngx_str_t *text);


#endif /* _NGX_ASYNCAPI_SCALAR_H_INCLUDED_ */

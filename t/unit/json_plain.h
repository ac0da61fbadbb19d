
/*
 * Copyright (C) The asyncapi module authors
 *
 * All of json/ once more, as a machine without SSE2 compiles it: plain_ and
 * what follows ngx_asyncapi_json_ in the name.  Of the forms of the validator
 * it is the plain one.
 */


#ifndef _JSON_PLAIN_H_INCLUDED_
#define _JSON_PLAIN_H_INCLUDED_


#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_json_validate.h"


#undef __SSE2__

#define ngx_asyncapi_json_validate_plain  plain_validate
#define ngx_asyncapi_json_scan_plain      plain_scan

#define ngx_asyncapi_json_trim        plain_trim
#define ngx_asyncapi_json_type        plain_type
#define ngx_asyncapi_json_truthy      plain_truthy
#define ngx_asyncapi_json_skip        plain_skip
#define ngx_asyncapi_json_iterate     plain_iterate
#define ngx_asyncapi_json_next        plain_next
#define ngx_asyncapi_json_count       plain_count
#define ngx_asyncapi_json_key_is      plain_key_is
#define ngx_asyncapi_json_key_equal   plain_key_equal
#define ngx_asyncapi_json_get         plain_get
#define ngx_asyncapi_json_pick        plain_pick
#define ngx_asyncapi_json_omit        plain_omit
#define ngx_asyncapi_json_utf8_valid  plain_utf8_valid
#define ngx_asyncapi_json_unescape    plain_unescape
#define ngx_asyncapi_json_escape_len  plain_escape_len
#define ngx_asyncapi_json_escape      plain_escape
#define ngx_asyncapi_json_quote       plain_quote
#define ngx_asyncapi_json_fit         plain_fit

/* what others call comes first: under the new names nothing is declared */

#include "../../src/json/ngx_asyncapi_json_skip.c"
#include "../../src/json/ngx_asyncapi_json_string.c"
#include "../../src/json/ngx_asyncapi_json.c"
#include "../../src/json/ngx_asyncapi_json_select.c"
#include "../../src/json/ngx_asyncapi_json_validate_plain.c"

#undef ngx_asyncapi_json_validate_plain
#undef ngx_asyncapi_json_scan_plain
#undef ngx_asyncapi_json_trim
#undef ngx_asyncapi_json_type
#undef ngx_asyncapi_json_truthy
#undef ngx_asyncapi_json_skip
#undef ngx_asyncapi_json_iterate
#undef ngx_asyncapi_json_next
#undef ngx_asyncapi_json_count
#undef ngx_asyncapi_json_key_is
#undef ngx_asyncapi_json_key_equal
#undef ngx_asyncapi_json_get
#undef ngx_asyncapi_json_pick
#undef ngx_asyncapi_json_omit
#undef ngx_asyncapi_json_utf8_valid
#undef ngx_asyncapi_json_unescape
#undef ngx_asyncapi_json_escape_len
#undef ngx_asyncapi_json_escape
#undef ngx_asyncapi_json_quote
#undef ngx_asyncapi_json_fit


#endif /* _JSON_PLAIN_H_INCLUDED_ */

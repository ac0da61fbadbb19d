
/*
 * Copyright (C) The asyncapi module authors
 *
 * What the tests of JSON share.  Texts are copied to the very end of a block
 * of their own: a byte read beyond them is one that AddressSanitizer sees.
 */


#ifndef _JSON_H_INCLUDED_
#define _JSON_H_INCLUDED_


#include "ngx_asyncapi_unit.h"
#include "ngx_asyncapi_json.h"


#define STEPS     16
#define JSON_MAX  1200                /* bytes of a text changed at random */


/* NGX_OK or NGX_ERROR, by the grammar letter by letter */

ngx_int_t json_grammar(const ngx_str_t *text);


/* a number from 0 to n - 1; a text of up to JSON_MAX, with room for 64 more */

void json_mutate_start(ngx_pool_t *pool, uint64_t seed);
ngx_uint_t json_chance(ngx_uint_t n);
size_t json_mutate(u_char *text);


/* as a line of TAP */

void json_show(const char *what, const ngx_str_t *text);


/* any bytes, in a block that free() takes */

static inline ngx_str_t
json_block(const void *data, size_t len)
{
    ngx_str_t  text;

    text.len = len;
    text.data = malloc(len ? len : 1);

    if (text.data == NULL) {
        abort();
    }

    if (len) {
        memcpy(text.data, data, len);

    } else {
        /* not even the first byte is to be read */
        free(text.data);
        text.data = NULL;
    }

    return text;
}


static inline ngx_str_t
json_text(const char *text)
{
    return json_block(text, strlen(text));
}


static inline ngx_uint_t
json_same(const ngx_str_t *a, const ngx_str_t *b)
{
    return a->len == b->len
           && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}


/* a.b[0][-1][*]: the steps, as many as there are; "." alone is the key "" */

static inline ngx_asyncapi_json_path_t
json_path(ngx_pool_t *pool, const char *p)
{
    size_t                     len;
    ngx_asyncapi_json_path_t   path;
    ngx_asyncapi_json_step_t  *step;

    path.nsteps = 0;
    path.steps = ngx_pcalloc(pool, STEPS * sizeof(ngx_asyncapi_json_step_t));

    while (*p && path.nsteps < STEPS) {
        step = &path.steps[path.nsteps++];

        if (*p == '[') {
            step->type = (p[1] == '*') ? NGX_ASYNCAPI_JSON_STEP_EACH
                                       : NGX_ASYNCAPI_JSON_STEP_INDEX;
            step->index = atol(p + 1);
            p += strcspn(p, "]") + 1;

        } else {
            len = strcspn(p, ".[");
            step->type = NGX_ASYNCAPI_JSON_STEP_KEY;
            step->key.data = (u_char *) p;
            step->key.len = len;
            p += len;
        }

        if (*p == '.') {
            p++;
        }
    }

    return path;
}


#endif /* _JSON_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * pick= and omit=: one walk that copies pieces of the value.  Nothing calls
 * itself, so the depth of a value costs no C stack.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_json_scan.h"


typedef struct {
    const ngx_asyncapi_json_path_t  *paths;
    ngx_uint_t                       npaths;

    /* a path leads on from here if level of its steps were matched */
    ngx_uint_t                      *matched;
    ngx_uint_t                       level;

    u_char                          *last;
    u_char                          *out;

    unsigned                         omit:1;
    unsigned                         changed:1;

    /* the closing brackets that are due; [0] stands for the value itself */
    u_char                          *close;
    u_char                           due[NGX_ASYNCAPI_JSON_MAX_DEPTH + 1];
} ngx_asyncapi_json_select_t;


typedef enum {
    NGX_ASYNCAPI_JSON_DROP = 0,
    NGX_ASYNCAPI_JSON_KEEP,
    NGX_ASYNCAPI_JSON_ENTER
} ngx_asyncapi_json_verdict_e;


static ngx_int_t ngx_asyncapi_json_select(ngx_pool_t *pool,
    const ngx_str_t *value, const ngx_asyncapi_json_path_t *paths,
    ngx_uint_t npaths, ngx_uint_t omit, ngx_str_t *out);
static ngx_int_t ngx_asyncapi_json_select_value(
    ngx_asyncapi_json_select_t *s, u_char *p);
static u_char *ngx_asyncapi_json_select_next(ngx_asyncapi_json_select_t *s,
    u_char *p);
static u_char *ngx_asyncapi_json_select_member(ngx_asyncapi_json_select_t *s,
    u_char *p, ngx_uint_t *enter);
static ngx_asyncapi_json_verdict_e ngx_asyncapi_json_select_match(
    ngx_asyncapi_json_select_t *s, const ngx_str_t *key);
static void ngx_asyncapi_json_select_leave(ngx_asyncapi_json_select_t *s);
static u_char *ngx_asyncapi_json_select_copy(ngx_asyncapi_json_select_t *s,
    u_char *p);
static u_char *ngx_asyncapi_json_select_comma(ngx_asyncapi_json_select_t *s,
    u_char *p);


ngx_int_t
ngx_asyncapi_json_pick(ngx_pool_t *pool, const ngx_str_t *value,
    const ngx_asyncapi_json_path_t *paths, ngx_uint_t npaths, ngx_str_t *out)
{
    return ngx_asyncapi_json_select(pool, value, paths, npaths, 0, out);
}


ngx_int_t
ngx_asyncapi_json_omit(ngx_pool_t *pool, const ngx_str_t *value,
    const ngx_asyncapi_json_path_t *paths, ngx_uint_t npaths, ngx_str_t *out)
{
    return ngx_asyncapi_json_select(pool, value, paths, npaths, 1, out);
}


static ngx_int_t
ngx_asyncapi_json_select(ngx_pool_t *pool, const ngx_str_t *value,
    const ngx_asyncapi_json_path_t *paths, ngx_uint_t npaths, ngx_uint_t omit,
    ngx_str_t *out)
{
    ngx_str_t                   cut;
    ngx_asyncapi_json_type_e    type;
    ngx_asyncapi_json_select_t  s;

    type = ngx_asyncapi_json_type(value);

    if (type != NGX_ASYNCAPI_JSON_OBJECT && type != NGX_ASYNCAPI_JSON_ARRAY) {
        *out = *value;
        return NGX_OK;
    }

    s.paths = paths;
    s.npaths = npaths;
    s.level = 0;
    s.last = value->data + value->len;
    s.omit = omit;
    s.changed = 0;
    s.close = s.due;
    s.due[0] = '\0';

    s.matched = ngx_pcalloc(pool, npaths * sizeof(ngx_uint_t));
    if (s.matched == NULL) {
        return NGX_ERROR;
    }

    cut.data = ngx_pnalloc(pool, value->len);
    if (cut.data == NULL) {
        return NGX_ERROR;
    }

    s.out = cut.data;

    if (ngx_asyncapi_json_select_value(&s, value->data) != NGX_OK
        || !s.changed)
    {
        (void) ngx_pfree(pool, cut.data);

        *out = *value;
        return NGX_OK;
    }

    cut.len = s.out - cut.data;

    ngx_asyncapi_json_fit(pool, &cut, value->len);

    *out = cut;

    return NGX_OK;
}


/*
 * Copies the object or array at p but for what is left out.  NGX_DECLINED:
 * it is no valid value and better left alone.
 */

static ngx_int_t
ngx_asyncapi_json_select_value(ngx_asyncapi_json_select_t *s, u_char *p)
{
    while (p != NULL) {

        if (*p == '{' || *p == '[') {

            if (s->close == s->due + NGX_ASYNCAPI_JSON_MAX_DEPTH) {
                return NGX_DECLINED;
            }

            *++s->close = *p + 2;      /* "{}" and "[]" are two apart */
            *s->out++ = *p++;

        } else {
            p = ngx_asyncapi_json_select_copy(s, p);
        }

        p = ngx_asyncapi_json_select_next(s, p);
    }

    return (s->close == s->due) ? NGX_OK : NGX_DECLINED;
}


/* on to the next value that paths lead to; NULL: there are no more */

static u_char *
ngx_asyncapi_json_select_next(ngx_asyncapi_json_select_t *s, u_char *p)
{
    ngx_uint_t  enter;

    enter = 0;

    while (!enter) {

        p = ngx_asyncapi_json_space(p, s->last);

        if (p == s->last) {
            return NULL;
        }

        if (*p == *s->close) {
            *s->out++ = *p++;
            s->close--;

            if (s->close == s->due) {
                return NULL;
            }

            if (*s->close == '}') {
                ngx_asyncapi_json_select_leave(s);
            }

            p = ngx_asyncapi_json_select_comma(s, p);

        } else if (*s->close == ']') {

            if (s->out[-1] != '[') {
                *s->out++ = ',';
            }

            enter = 1;

        } else {
            p = ngx_asyncapi_json_select_member(s, p, &enter);

            if (p == NULL) {
                return NULL;
            }
        }
    }

    return p;
}


/*
 * The member at p is left out, or copied, or only its name is and p moves on
 * to its value, for paths lead into that.
 */

static u_char *
ngx_asyncapi_json_select_member(ngx_asyncapi_json_select_t *s, u_char *p,
    ngx_uint_t *enter)
{
    u_char                       *name, *end;
    ngx_str_t                     key;
    ngx_asyncapi_json_verdict_e   verdict;

    if (*p != '"') {
        return NULL;
    }

    name = p;
    end = ngx_asyncapi_json_skip(name, s->last);

    p = ngx_asyncapi_json_space(end, s->last);

    if (p == s->last || *p != ':') {
        return NULL;
    }

    p = ngx_asyncapi_json_space(p + 1, s->last);

    if (p == s->last) {
        return NULL;
    }

    key.data = name + 1;
    key.len = end - key.data - 1;

    verdict = ngx_asyncapi_json_select_match(s, &key);

    if (verdict == NGX_ASYNCAPI_JSON_DROP) {
        s->changed = 1;

        p = ngx_asyncapi_json_skip(p, s->last);

        return ngx_asyncapi_json_select_comma(s, p);
    }

    if (s->out[-1] != '{') {
        *s->out++ = ',';
    }

    s->out = ngx_cpymem(s->out, name, end - name);
    *s->out++ = ':';

    if (verdict == NGX_ASYNCAPI_JSON_KEEP) {
        return ngx_asyncapi_json_select_copy(s, p);
    }

    if (*p != '{' && *p != '[') {
        ngx_asyncapi_json_select_leave(s);

        return ngx_asyncapi_json_select_copy(s, p);
    }

    *enter = 1;

    return p;
}


/* if paths lead into the member of that name, they are followed */

static ngx_asyncapi_json_verdict_e
ngx_asyncapi_json_select_match(ngx_asyncapi_json_select_t *s,
    const ngx_str_t *key)
{
    ngx_uint_t                       i, whole, part;
    const ngx_asyncapi_json_path_t  *path;

    whole = 0;
    part = 0;

    for (i = 0; i < s->npaths; i++) {
        path = &s->paths[i];

        if (s->matched[i] != s->level
            || path->nsteps <= s->level
            || path->steps[s->level].type != NGX_ASYNCAPI_JSON_STEP_KEY
            || !ngx_asyncapi_json_key_is(key, &path->steps[s->level].key))
        {
            continue;
        }

        if (path->nsteps == s->level + 1) {
            whole = 1;

        } else {
            s->matched[i]++;
            part = 1;
        }
    }

    s->level++;

    if (part && !whole) {
        return NGX_ASYNCAPI_JSON_ENTER;
    }

    ngx_asyncapi_json_select_leave(s);

    return (whole != s->omit) ? NGX_ASYNCAPI_JSON_KEEP
                              : NGX_ASYNCAPI_JSON_DROP;
}


static void
ngx_asyncapi_json_select_leave(ngx_asyncapi_json_select_t *s)
{
    ngx_uint_t  i;

    for (i = 0; i < s->npaths; i++) {

        if (s->matched[i] == s->level) {
            s->matched[i]--;
        }
    }

    s->level--;
}


/* the value at p, and the comma after it is passed */

static u_char *
ngx_asyncapi_json_select_copy(ngx_asyncapi_json_select_t *s, u_char *p)
{
    u_char  *end;

    end = ngx_asyncapi_json_skip(p, s->last);

    s->out = ngx_cpymem(s->out, p, end - p);

    return ngx_asyncapi_json_select_comma(s, end);
}


static u_char *
ngx_asyncapi_json_select_comma(ngx_asyncapi_json_select_t *s, u_char *p)
{
    p = ngx_asyncapi_json_space(p, s->last);

    if (p < s->last && *p == ',') {
        return p + 1;
    }

    /* in a valid value nothing but the closing bracket can follow */

    return (p < s->last && *p == *s->close) ? p : s->last;
}

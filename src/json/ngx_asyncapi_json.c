
/*
 * Copyright (C) The asyncapi module authors
 *
 * Walking a value where it lies.  The text was validated before, or is
 * trusted: then it may be anything, the results may be as odd as it is, but
 * nothing beyond its end is read and every walk comes to its end.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_json_scan.h"


/* a [*] of the path, while its array is walked */

typedef struct {
    ngx_asyncapi_json_iter_t         it;
    ngx_uint_t                       step;     /* the one after it */
    ngx_uint_t                       empty;
} ngx_asyncapi_json_each_t;


static ngx_int_t ngx_asyncapi_json_walk(ngx_str_t *value,
    const ngx_asyncapi_json_step_t *steps, ngx_uint_t i, ngx_uint_t nsteps);
static ngx_int_t ngx_asyncapi_json_member(ngx_str_t *value,
    const ngx_str_t *key);
static ngx_int_t ngx_asyncapi_json_element(ngx_str_t *value, ngx_int_t index);
static void ngx_asyncapi_json_each(ngx_asyncapi_json_each_t *each,
    const ngx_str_t *value, const ngx_asyncapi_json_step_t *steps,
    ngx_uint_t i, ngx_uint_t nsteps, ngx_str_t *array);
static u_char *ngx_asyncapi_json_each_enter(ngx_asyncapi_json_each_t *e,
    const ngx_str_t *array, ngx_uint_t step, u_char *out);


void
ngx_asyncapi_json_trim(ngx_str_t *text)
{
    u_char  *p, *last;

    last = text->data + text->len;
    p = ngx_asyncapi_json_space(text->data, last);

    while (last > p && ngx_asyncapi_json_is_space(last[-1])) {
        last--;
    }

    text->data = p;
    text->len = last - p;
}


ngx_asyncapi_json_type_e
ngx_asyncapi_json_type(const ngx_str_t *value)
{
    if (value->len == 0) {
        return NGX_ASYNCAPI_JSON_NULL;
    }

    switch (value->data[0]) {

    case '{':
        return NGX_ASYNCAPI_JSON_OBJECT;

    case '[':
        return NGX_ASYNCAPI_JSON_ARRAY;

    case '"':
        return NGX_ASYNCAPI_JSON_STRING;

    case 't':
        return NGX_ASYNCAPI_JSON_TRUE;

    case 'f':
        return NGX_ASYNCAPI_JSON_FALSE;

    case 'n':
        return NGX_ASYNCAPI_JSON_NULL;

    default:
        return NGX_ASYNCAPI_JSON_NUMBER;
    }
}


ngx_uint_t
ngx_asyncapi_json_truthy(const ngx_str_t *value)
{
    size_t  i;

    switch (ngx_asyncapi_json_type(value)) {

    case NGX_ASYNCAPI_JSON_NULL:
    case NGX_ASYNCAPI_JSON_FALSE:
        return 0;

    case NGX_ASYNCAPI_JSON_STRING:
        return value->len > 2;

    case NGX_ASYNCAPI_JSON_NUMBER:
        break;

    default:
        return 1;
    }

    /* a number is zero if its digits are, whatever the exponent */

    for (i = 0; i < value->len; i++) {

        if (value->data[i] >= '1' && value->data[i] <= '9') {
            return 1;
        }

        if (value->data[i] == 'e' || value->data[i] == 'E') {
            break;
        }
    }

    return 0;
}


void
ngx_asyncapi_json_iterate(ngx_asyncapi_json_iter_t *it, const ngx_str_t *value)
{
    ngx_asyncapi_json_type_e  type;

    type = ngx_asyncapi_json_type(value);

    ngx_str_null(&it->key);
    ngx_str_null(&it->value);

    it->index = (ngx_uint_t) -1;
    it->object = (type == NGX_ASYNCAPI_JSON_OBJECT);

    if (!it->object && type != NGX_ASYNCAPI_JSON_ARRAY) {
        it->pos = value->data;
        it->last = value->data;
        return;
    }

    it->pos = value->data + 1;
    it->last = value->data + value->len;
}


ngx_uint_t
ngx_asyncapi_json_next(ngx_asyncapi_json_iter_t *it)
{
    u_char  *p, *last, *end;

    last = it->last;

    p = ngx_asyncapi_json_space(it->pos, last);

    if (p == last || *p == '}' || *p == ']') {
        goto done;
    }

    if (it->object) {

        if (*p != '"') {
            goto done;
        }

        it->key.data = p + 1;

        end = ngx_asyncapi_json_skip_name(p + 1, last);

        p = ngx_asyncapi_json_space(end, last);

        if (p == last || *p != ':') {
            goto done;
        }

        it->key.len = end - it->key.data - 1;

        p = ngx_asyncapi_json_space(p + 1, last);
    }

    it->value.data = p;

    p = ngx_asyncapi_json_skip(p, last);

    it->value.len = p - it->value.data;
    it->index++;

    p = ngx_asyncapi_json_space(p, last);

    it->pos = (p < last && *p == ',') ? p + 1 : last;

    return 1;

done:

    it->pos = last;

    return 0;
}


ngx_uint_t
ngx_asyncapi_json_count(const ngx_str_t *value)
{
    ngx_uint_t                n;
    ngx_asyncapi_json_iter_t  it;

    n = 0;

    ngx_asyncapi_json_iterate(&it, value);

    while (ngx_asyncapi_json_next(&it)) {
        n++;
    }

    return n;
}


ngx_int_t
ngx_asyncapi_json_get(ngx_pool_t *pool, const ngx_str_t *value,
    const ngx_asyncapi_json_step_t *steps, ngx_uint_t nsteps, ngx_str_t *out)
{
    size_t                     size;
    ngx_int_t                  rc;
    ngx_str_t                  v, array;
    ngx_uint_t                 i, n, first;
    ngx_asyncapi_json_each_t  *each;

    v = *value;

    rc = ngx_asyncapi_json_walk(&v, steps, 0, nsteps);

    if (rc == NGX_DECLINED) {
        return NGX_DECLINED;
    }

    first = rc;

    if (first == nsteps) {
        *out = v;
        return NGX_OK;
    }

    if (ngx_asyncapi_json_type(&v) != NGX_ASYNCAPI_JSON_ARRAY) {
        return NGX_DECLINED;
    }

    n = 0;

    for (i = first; i < nsteps; i++) {
        n += (steps[i].type == NGX_ASYNCAPI_JSON_STEP_EACH);
    }

    each = ngx_palloc(pool, n * sizeof(ngx_asyncapi_json_each_t));
    if (each == NULL) {
        return NGX_ERROR;
    }

    /* no array becomes longer by leaving things out */

    array.len = ngx_max(v.len, 2);

    array.data = ngx_pnalloc(pool, array.len);
    if (array.data == NULL) {
        return NGX_ERROR;
    }

    size = array.len;

    ngx_asyncapi_json_each(each, &v, steps, first, nsteps, &array);

    ngx_asyncapi_json_fit(pool, &array, size);

    *out = array;

    return NGX_OK;
}


/* up to the end of the path or a [*]: the number of that step */

static ngx_int_t
ngx_asyncapi_json_walk(ngx_str_t *value, const ngx_asyncapi_json_step_t *steps,
    ngx_uint_t i, ngx_uint_t nsteps)
{
    ngx_int_t  rc;

    for ( /* void */ ; i < nsteps; i++) {

        if (steps[i].type == NGX_ASYNCAPI_JSON_STEP_EACH) {
            break;
        }

        if (steps[i].type == NGX_ASYNCAPI_JSON_STEP_KEY) {
            rc = ngx_asyncapi_json_member(value, &steps[i].key);

        } else {
            rc = ngx_asyncapi_json_element(value, steps[i].index);
        }

        if (rc != NGX_OK) {
            return NGX_DECLINED;
        }
    }

    return i;
}


static ngx_int_t
ngx_asyncapi_json_member(ngx_str_t *value, const ngx_str_t *key)
{
    ngx_int_t                 rc;
    ngx_asyncapi_json_iter_t  it;

    if (ngx_asyncapi_json_type(value) != NGX_ASYNCAPI_JSON_OBJECT) {
        return NGX_DECLINED;
    }

    rc = NGX_DECLINED;

    ngx_asyncapi_json_iterate(&it, value);

    /* the last one of a name counts, so all are looked at */

    while (ngx_asyncapi_json_next(&it)) {

        if (ngx_asyncapi_json_key_is(&it.key, key)) {
            *value = it.value;
            rc = NGX_OK;
        }
    }

    return rc;
}


static ngx_int_t
ngx_asyncapi_json_element(ngx_str_t *value, ngx_int_t index)
{
    ngx_asyncapi_json_iter_t  it;

    if (ngx_asyncapi_json_type(value) != NGX_ASYNCAPI_JSON_ARRAY) {
        return NGX_DECLINED;
    }

    if (index < 0) {
        index += ngx_asyncapi_json_count(value);

        if (index < 0) {
            return NGX_DECLINED;
        }
    }

    ngx_asyncapi_json_iterate(&it, value);

    while (ngx_asyncapi_json_next(&it)) {

        if (it.index == (ngx_uint_t) index) {
            *value = it.value;
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


/*
 * The array that steps[i], a [*], makes of the array in value; each has room
 * for all the [*] from there on, and array for as much as is in value.
 */

static void
ngx_asyncapi_json_each(ngx_asyncapi_json_each_t *each, const ngx_str_t *value,
    const ngx_asyncapi_json_step_t *steps, ngx_uint_t i, ngx_uint_t nsteps,
    ngx_str_t *array)
{
    size_t                     room;
    u_char                    *out;
    ngx_int_t                  rc;
    ngx_str_t                  v;
    ngx_asyncapi_json_each_t  *e;

    e = each;
    out = ngx_asyncapi_json_each_enter(e, value, i + 1, array->data);

    for ( ;; ) {

        if (!ngx_asyncapi_json_next(&e->it)) {
            *out++ = ']';

            if (e == each) {
                array->len = out - array->data;
                return;
            }

            e--;
            continue;
        }

        v = e->it.value;

        rc = ngx_asyncapi_json_walk(&v, steps, e->step, nsteps);

        if (rc == NGX_DECLINED) {
            continue;
        }

        i = rc;

        if (i < nsteps
            && ngx_asyncapi_json_type(&v) != NGX_ASYNCAPI_JSON_ARRAY)
        {
            continue;
        }

        /*
         * A text that was never validated may lack brackets: so there must be
         * room for those of the arrays that are open, perhaps a comma, and
         * the value or the brackets of one more array.
         */

        room = array->data + array->len - out;

        if (room < (size_t) (e - each) + 1 + !e->empty
                   + (i == nsteps ? v.len : 2))
        {
            e->it.pos = e->it.last;
            continue;
        }

        if (!e->empty) {
            *out++ = ',';
        }

        e->empty = 0;

        if (i == nsteps) {
            out = ngx_cpymem(out, v.data, v.len);

        } else {
            e++;
            out = ngx_asyncapi_json_each_enter(e, &v, i + 1, out);
        }
    }
}


static u_char *
ngx_asyncapi_json_each_enter(ngx_asyncapi_json_each_t *e,
    const ngx_str_t *array, ngx_uint_t step, u_char *out)
{
    ngx_asyncapi_json_iterate(&e->it, array);

    e->step = step;
    e->empty = 1;

    *out++ = '[';

    return out;
}


void
ngx_asyncapi_json_fit(ngx_pool_t *pool, ngx_str_t *out, size_t size)
{
    u_char  *p;

    if (size <= pool->max || out->len >= size / 2) {
        return;
    }

    p = ngx_pnalloc(pool, out->len);
    if (p == NULL) {
        return;
    }

    ngx_memcpy(p, out->data, out->len);

    (void) ngx_pfree(pool, out->data);

    out->data = p;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * A text as a flat array of its values.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json_scan.h"
#include "ngx_asyncapi_schema_tape.h"


#define NGX_ASYNCAPI_SCHEMA_NONE    ((uint32_t) -1)

/* up to so many members are looked through one by one */

#define NGX_ASYNCAPI_SCHEMA_SMALL   32

/* bytes of a pointer, the last character of which may be an escape of 3 */

#define NGX_ASYNCAPI_SCHEMA_POINTER 1024
#define NGX_ASYNCAPI_SCHEMA_ESCAPE  3


static u_char *ngx_asyncapi_schema_tape_name(ngx_asyncapi_schema_tape_t *tape,
    u_char *p, u_char *last);
static u_char *ngx_asyncapi_schema_tape_value(ngx_asyncapi_schema_tape_t *tape,
    u_char *p, u_char *last);
static ngx_int_t ngx_asyncapi_schema_tape_close(
    ngx_asyncapi_schema_tape_t *tape, uint32_t *parent, u_char *p);
static ngx_asyncapi_schema_value_t *ngx_asyncapi_schema_tape_push(
    ngx_asyncapi_schema_tape_t *tape);
static u_char *ngx_asyncapi_schema_tape_string(
    ngx_asyncapi_schema_tape_t *tape, ngx_asyncapi_schema_value_t *v,
    u_char *p, u_char *last);
static void ngx_asyncapi_schema_drop_few(ngx_asyncapi_schema_tape_t *tape,
    uint32_t object);
static ngx_int_t ngx_asyncapi_schema_drop_many(
    ngx_asyncapi_schema_tape_t *tape, uint32_t object);
static uint32_t ngx_asyncapi_schema_towards(
    const ngx_asyncapi_schema_tape_t *tape, uint32_t container, uint32_t at,
    uint32_t *index);
static u_char *ngx_asyncapi_schema_step(u_char *p, const u_char *last,
    const u_char *data, size_t len);


static ngx_inline ngx_uint_t
ngx_asyncapi_schema_same(const ngx_asyncapi_schema_value_t *a,
    const ngx_asyncapi_schema_value_t *b)
{
    return a->count == b->count && a->len == b->len
           && ngx_memcmp(a->data, b->data, a->len) == 0;
}


ngx_int_t
ngx_asyncapi_schema_tape(ngx_asyncapi_schema_tape_t *tape, ngx_pool_t *pool,
    const ngx_str_t *json, const uint64_t *secret)
{
    u_char      *p, *last;
    uint32_t     parent, at;
    ngx_uint_t   object;

    tape->pool = pool;
    tape->values = tape->first;
    tape->nvalues = 0;
    tape->nalloc = NGX_ASYNCAPI_SCHEMA_VALUES;
    tape->secret = secret;

    if (json->len >= NGX_MAX_UINT32_VALUE) {
        return NGX_DECLINED;
    }

    p = json->data;
    last = p + json->len;
    parent = NGX_ASYNCAPI_SCHEMA_NONE;
    object = 0;

    for ( ;; ) {

        if (object) {
            p = ngx_asyncapi_schema_tape_name(tape, p, last);
            if (p == NULL) {
                break;
            }
        }

        at = tape->nvalues;

        p = ngx_asyncapi_schema_tape_value(tape, p, last);
        if (p == NULL) {
            break;
        }

        if (tape->values[at].type >= NGX_ASYNCAPI_JSON_ARRAY) {
            tape->values[at].next = parent;
            parent = at;
            object = (tape->values[at].type == NGX_ASYNCAPI_JSON_OBJECT);

            p = ngx_asyncapi_json_space(p, last);

            if (p == last || *p != (object ? '}' : ']')) {
                continue;
            }

        } else if (parent != NGX_ASYNCAPI_SCHEMA_NONE) {
            tape->values[parent].count++;
        }

        /* what closes after it */

        for ( ;; ) {

            p = ngx_asyncapi_json_space(p, last);

            if (parent == NGX_ASYNCAPI_SCHEMA_NONE) {
                return (p == last) ? NGX_OK : NGX_DECLINED;
            }

            if (p == last || *p != (object ? '}' : ']')) {
                break;
            }

            if (ngx_asyncapi_schema_tape_close(tape, &parent, ++p) != NGX_OK) {
                return NGX_ERROR;
            }

            object = (parent != NGX_ASYNCAPI_SCHEMA_NONE
                      && tape->values[parent].type
                         == NGX_ASYNCAPI_JSON_OBJECT);
        }

        if (p == last || *p++ != ',') {
            return NGX_DECLINED;
        }
    }

    return tape->nalloc ? NGX_DECLINED : NGX_ERROR;
}


/* up to the value after it; NULL as below */

static u_char *
ngx_asyncapi_schema_tape_name(ngx_asyncapi_schema_tape_t *tape, u_char *p,
    u_char *last)
{
    ngx_asyncapi_schema_value_t  *v;

    p = ngx_asyncapi_json_space(p, last);

    if (p == last || *p != '"') {
        return NULL;
    }

    v = ngx_asyncapi_schema_tape_push(tape);
    if (v == NULL) {
        return NULL;
    }

    p = ngx_asyncapi_schema_tape_string(tape, v, p + 1, last);
    if (p == NULL) {
        return NULL;
    }

    v->name = 1;
    v->count = ngx_asyncapi_schema_name_hash(v->data, v->len);

    p = ngx_asyncapi_json_space(p, last);

    return (p < last && *p == ':') ? p + 1 : NULL;
}


/*
 * The byte after a scalar, or after the bracket that opens.  NULL: it is no
 * value, or, with no room left in the tape, no memory.
 */

static u_char *
ngx_asyncapi_schema_tape_value(ngx_asyncapi_schema_tape_t *tape, u_char *p,
    u_char *last)
{
    ngx_asyncapi_schema_value_t  *v;

    p = ngx_asyncapi_json_space(p, last);

    if (p == last) {
        return NULL;
    }

    v = ngx_asyncapi_schema_tape_push(tape);
    if (v == NULL) {
        return NULL;
    }

    v->data = p;

    switch (*p) {

    case '"':
        return ngx_asyncapi_schema_tape_string(tape, v, p + 1, last);

    case '{':
        v->type = NGX_ASYNCAPI_JSON_OBJECT;
        return p + 1;

    case '[':
        v->type = NGX_ASYNCAPI_JSON_ARRAY;
        return p + 1;

    case 't':
        v->type = NGX_ASYNCAPI_JSON_TRUE;
        break;

    case 'f':
        v->type = NGX_ASYNCAPI_JSON_FALSE;
        break;

    case 'n':
        v->type = NGX_ASYNCAPI_JSON_NULL;
        break;

    default:

        if (*p != '-' && !ngx_asyncapi_json_is_digit(*p)) {
            return NULL;
        }

        v->type = NGX_ASYNCAPI_JSON_NUMBER;
        break;
    }

    p = ngx_asyncapi_json_skip(p, last);
    v->len = p - v->data;

    return p;
}


static ngx_int_t
ngx_asyncapi_schema_tape_close(ngx_asyncapi_schema_tape_t *tape,
    uint32_t *parent, u_char *p)
{
    uint32_t                      at;
    ngx_asyncapi_schema_value_t  *v;

    at = *parent;
    v = &tape->values[at];

    *parent = v->next;

    v->next = tape->nvalues;
    v->len = p - v->data;

    if (*parent != NGX_ASYNCAPI_SCHEMA_NONE) {
        tape->values[*parent].count++;
    }

    if (v->type == NGX_ASYNCAPI_JSON_ARRAY || at + 3 >= tape->nvalues) {
        return NGX_OK;
    }

    if (v->count <= NGX_ASYNCAPI_SCHEMA_SMALL) {
        ngx_asyncapi_schema_drop_few(tape, at);
        return NGX_OK;
    }

    return ngx_asyncapi_schema_drop_many(tape, at);
}


static ngx_asyncapi_schema_value_t *
ngx_asyncapi_schema_tape_push(ngx_asyncapi_schema_tape_t *tape)
{
    size_t                        size;
    ngx_asyncapi_schema_value_t  *v;

    if (tape->nvalues == tape->nalloc) {
        size = tape->nalloc * sizeof(ngx_asyncapi_schema_value_t);

        v = ngx_palloc(tape->pool, size * 2);
        if (v == NULL) {
            tape->nalloc = 0;
            return NULL;
        }

        ngx_memcpy(v, tape->values, size);

        if (tape->values != tape->first) {
            (void) ngx_pfree(tape->pool, tape->values);
        }

        tape->values = v;
        tape->nalloc *= 2;
    }

    v = &tape->values[tape->nvalues++];

    v->next = tape->nvalues;
    v->count = 0;
    v->len = 0;
    v->type = NGX_ASYNCAPI_JSON_STRING;
    v->name = 0;
    v->dropped = 0;

    return v;
}


/* p stands after the opening quote */

static u_char *
ngx_asyncapi_schema_tape_string(ngx_asyncapi_schema_tape_t *tape,
    ngx_asyncapi_schema_value_t *v, u_char *p, u_char *last)
{
    u_char     *end, *text;
    ngx_str_t   inside;

    end = ngx_asyncapi_json_quoted(p, last);

    v->data = p;
    v->len = end - p;

    if (end < last && *end == '"') {
        return end + 1;
    }

    end = ngx_asyncapi_json_skip_string(end, last);

    if (end == p || end[-1] != '"') {
        return NULL;
    }

    inside.data = p;
    inside.len = end - 1 - p;

    text = ngx_pnalloc(tape->pool, inside.len + 1);
    if (text == NULL) {
        tape->nalloc = 0;
        return NULL;
    }

    v->data = text;
    v->len = ngx_asyncapi_json_unescape(text, &inside) - text;

    return end;
}


/* one of 256 bits for each name: seldom is there a second of the same */

static void
ngx_asyncapi_schema_drop_few(ngx_asyncapi_schema_tape_t *tape,
    uint32_t object)
{
    uint32_t                      m, k, last;
    uint64_t                      bit, seen[4];
    ngx_asyncapi_schema_value_t  *v;

    v = tape->values;
    last = v[object].next;

    ngx_memzero(seen, sizeof(seen));

    for (m = object + 1; m < last; m = v[m + 1].next) {

        bit = 1ull << (v[m].count & 63);

        if ((seen[v[m].count >> 6 & 3] & bit) == 0) {
            seen[v[m].count >> 6 & 3] |= bit;
            continue;
        }

        for (k = object + 1; k < m; k = v[k + 1].next) {

            if (!v[k].dropped && ngx_asyncapi_schema_same(&v[k], &v[m])) {
                v[k].dropped = 1;
                v[object].count--;
                break;
            }
        }
    }
}


static ngx_int_t
ngx_asyncapi_schema_drop_many(ngx_asyncapi_schema_tape_t *tape,
    uint32_t object)
{
    uint32_t                      m, k, last, mask, *slots;
    uint64_t                      hash;
    ngx_asyncapi_schema_value_t  *v;

    v = tape->values;
    last = v[object].next;

    for (mask = 127; mask < v[object].count * 2; mask = mask * 2 + 1) {
        /* void */
    }

    slots = ngx_pcalloc(tape->pool, (mask + 1) * sizeof(uint32_t));
    if (slots == NULL) {
        return NGX_ERROR;
    }

    for (m = object + 1; m < last; m = v[m + 1].next) {

        hash = ngx_asyncapi_json_siphash(tape->secret, v[m].data, v[m].len);

        for (k = hash & mask; slots[k]; k = (k + 1) & mask) {

            if (ngx_asyncapi_schema_same(&v[slots[k]], &v[m])) {
                v[slots[k]].dropped = 1;
                v[object].count--;
                break;
            }
        }

        slots[k] = m;
    }

    (void) ngx_pfree(tape->pool, slots);

    return NGX_OK;
}


uint32_t
ngx_asyncapi_schema_find(const ngx_asyncapi_schema_tape_t *tape,
    uint32_t object, const u_char *data, size_t len)
{
    uint32_t                            m;
    const ngx_asyncapi_schema_value_t  *v;

    v = tape->values;

    for (m = object + 1; m < v[object].next; m = v[m + 1].next) {

        if (!v[m].dropped && v[m].len == len
            && ngx_memcmp(v[m].data, data, len) == 0)
        {
            return m;
        }
    }

    return 0;
}


/* of the first and the last bytes, which mostly tell names apart */

uint32_t
ngx_asyncapi_schema_name_hash(const u_char *data, size_t len)
{
    uint32_t  w, x;
    uint64_t  a, b;

    if (len >= 8) {
        ngx_memcpy(&a, data, 8);
        ngx_memcpy(&b, data + len - 8, 8);

    } else if (len >= 4) {
        ngx_memcpy(&w, data, 4);
        ngx_memcpy(&x, data + len - 4, 4);

        a = w;
        b = x;

    } else if (len) {
        a = data[0];
        b = (data[len / 2] << 8) | data[len - 1];

    } else {
        a = 0;
        b = 0;
    }

    a = (a ^ len) * 0x9e3779b97f4a7c15ull;
    b = (b + (a >> 29)) * 0xbf58476d1ce4e5b9ull;

    return (uint32_t) ((a ^ b) >> 32);
}


ngx_str_t
ngx_asyncapi_schema_pointer(ngx_pool_t *pool,
    const ngx_asyncapi_schema_tape_t *tape, uint32_t at,
    const ngx_str_t *member)
{
    size_t      len;
    u_char     *p, *last, num[NGX_INT32_LEN];
    uint32_t    i, child, index;
    ngx_str_t   pointer;

    ngx_str_null(&pointer);

    len = 1 + (member ? member->len * 3 + 1 : 0);

    for (i = 0; i != at; i = child) {
        child = ngx_asyncapi_schema_towards(tape, i, at, &index);
        len += 1 + (tape->values[i + 1].name ? tape->values[index].len * 3
                                             : NGX_INT32_LEN);
    }

    len = ngx_min(len, NGX_ASYNCAPI_SCHEMA_POINTER);

    p = ngx_pnalloc(pool, len + NGX_ASYNCAPI_SCHEMA_ESCAPE);
    if (p == NULL) {
        return pointer;
    }

    last = p + len;

    pointer.data = p;
    *p++ = '#';

    for (i = 0; i != at && p < last; i = child) {
        child = ngx_asyncapi_schema_towards(tape, i, at, &index);

        if (tape->values[i + 1].name) {
            p = ngx_asyncapi_schema_step(p, last,
                                         tape->values[index].data,
                                         tape->values[index].len);

        } else {
            p = ngx_asyncapi_schema_step(p, last, num,
                                 ngx_sprintf(num, "%uD", index) - num);
        }
    }

    if (member && p < last) {
        p = ngx_asyncapi_schema_step(p, last, member->data, member->len);
    }

    pointer.len = p - pointer.data;

    return pointer;
}


/*
 * The child of a container that at is in, or is, and of an element its index,
 * of a member where its name stands.
 */

static uint32_t
ngx_asyncapi_schema_towards(const ngx_asyncapi_schema_tape_t *tape,
    uint32_t container, uint32_t at, uint32_t *index)
{
    uint32_t                            i;
    const ngx_asyncapi_schema_value_t  *v;

    v = tape->values;
    i = container + 1;

    if (v[i].name) {

        while (at >= v[i + 1].next) {
            i = v[i + 1].next;
        }

        *index = i;

        return (at == i) ? i : i + 1;
    }

    for (*index = 0; at >= v[i].next; (*index)++) {
        i = v[i].next;
    }

    return i;
}


static u_char *
ngx_asyncapi_schema_step(u_char *p, const u_char *last, const u_char *data,
    size_t len)
{
    size_t         i;
    u_char         ch;
    static u_char  hex[] = "0123456789ABCDEF";

    *p++ = '/';

    for (i = 0; i < len && p < last; i++) {
        ch = data[i];

        if (ch == '~' || ch == '/') {
            *p++ = '~';
            *p++ = (ch == '~') ? '0' : '1';

        } else if ((ch >= '0' && ch <= '9')
                   || ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z')
                   || (ch && ngx_strchr("-._!$&'()*+,;=:@?", ch)))
        {
            *p++ = ch;

        } else {
            *p++ = '%';
            *p++ = hex[ch >> 4];
            *p++ = hex[ch & 0xf];
        }
    }

    return p;
}

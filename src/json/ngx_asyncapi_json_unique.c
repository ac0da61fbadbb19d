
/*
 * Copyright (C) The asyncapi module authors
 *
 * Names that an object has twice.  One walk; the names of an object are looked
 * at when it ends, a few by comparing each with each, many by a table.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_hash.h"
#include "ngx_asyncapi_json.h"


/* so many names are compared with each other */
#define NGX_ASYNCAPI_UNIQUE_FEW    8

/* before memory is asked for */
#define NGX_ASYNCAPI_UNIQUE_NAMES  64


/* an object or array that is open */

typedef struct {
    ngx_str_t                    key;      /* the current member's */
    ngx_uint_t                   index;    /* the current element's */
    size_t                       names;    /* of an object: its first one */
    ngx_uint_t                   object;
} ngx_asyncapi_unique_level_t;


typedef struct {
    ngx_pool_t                  *pool;
    u_char                      *pos;
    u_char                      *last;

    ngx_str_t                   *names;    /* of all objects that are open */
    size_t                       nnames;
    size_t                       nalloc;

    uint32_t                    *table;
    size_t                       ntable;

    ngx_uint_t                   depth;
    ngx_asyncapi_unique_level_t  levels[NGX_ASYNCAPI_JSON_MAX_DEPTH];
    ngx_str_t                    few[NGX_ASYNCAPI_UNIQUE_NAMES];
} ngx_asyncapi_unique_t;


static ngx_int_t ngx_asyncapi_unique_walk(ngx_asyncapi_unique_t *unique);
static ngx_int_t ngx_asyncapi_unique_value(ngx_asyncapi_unique_t *unique);
static ngx_int_t ngx_asyncapi_unique_name(ngx_asyncapi_unique_t *unique);
static ngx_int_t ngx_asyncapi_unique_room(ngx_asyncapi_unique_t *unique);
static ngx_int_t ngx_asyncapi_unique_object(ngx_asyncapi_unique_t *unique);
static ngx_int_t ngx_asyncapi_unique_many(ngx_asyncapi_unique_t *unique,
    ngx_str_t *names, size_t n);
static void ngx_asyncapi_unique_string(ngx_asyncapi_unique_t *unique,
    ngx_str_t *inside);
static void ngx_asyncapi_unique_blanks(ngx_asyncapi_unique_t *unique);
static ngx_int_t ngx_asyncapi_unique_pointer(ngx_asyncapi_unique_t *unique,
    ngx_str_t *pointer);


ngx_int_t
ngx_asyncapi_json_unique(ngx_pool_t *pool, const ngx_str_t *value,
    ngx_str_t *pointer)
{
    ngx_int_t              rc;
    ngx_asyncapi_unique_t  unique;

    unique.pool = pool;
    unique.pos = value->data;
    unique.last = value->data + value->len;
    unique.names = unique.few;
    unique.nnames = 0;
    unique.nalloc = NGX_ASYNCAPI_UNIQUE_NAMES;
    unique.table = NULL;
    unique.ntable = 0;
    unique.depth = 0;

    rc = ngx_asyncapi_unique_walk(&unique);

    if (rc == NGX_DECLINED
        && ngx_asyncapi_unique_pointer(&unique, pointer) != NGX_OK)
    {
        rc = NGX_ERROR;
    }

    if (unique.names != unique.few) {
        ngx_free(unique.names);
    }

    if (unique.table) {
        ngx_free(unique.table);
    }

    return rc;
}


static ngx_int_t
ngx_asyncapi_unique_walk(ngx_asyncapi_unique_t *unique)
{
    u_char                        ch;
    ngx_int_t                     rc;
    ngx_asyncapi_unique_level_t  *level;

    for ( ;; ) {
        rc = ngx_asyncapi_unique_value(unique);

        if (rc == NGX_AGAIN) {
            continue;
        }

        /* a value has ended; with it may what it stands in */

        for ( ;; ) {

            if (rc != NGX_OK || unique->depth == 0
                || unique->pos == unique->last)
            {
                return rc;
            }

            ngx_asyncapi_unique_blanks(unique);

            level = &unique->levels[unique->depth - 1];
            ch = *unique->pos++;

            if (ch == ',') {

                if (!level->object) {
                    level->index++;
                    break;
                }

                ngx_asyncapi_unique_blanks(unique);
                rc = ngx_asyncapi_unique_name(unique);

                if (rc != NGX_OK) {
                    return rc;
                }

                break;
            }

            rc = level->object ? ngx_asyncapi_unique_object(unique) : NGX_OK;

            if (rc == NGX_OK) {
                unique->depth--;
            }
        }
    }
}


/* NGX_AGAIN: it has begun, and its first element or member comes next */

static ngx_int_t
ngx_asyncapi_unique_value(ngx_asyncapi_unique_t *unique)
{
    u_char                        ch;
    ngx_str_t                     inside;
    ngx_asyncapi_unique_level_t  *level;

    ngx_asyncapi_unique_blanks(unique);

    ch = *unique->pos;

    if (ch == '"') {
        ngx_asyncapi_unique_string(unique, &inside);
        return NGX_OK;
    }

    if (ch != '{' && ch != '[') {

        do {
            unique->pos++;
        } while (unique->pos < unique->last && *unique->pos != ','
                 && *unique->pos != '}' && *unique->pos != ']'
                 && *unique->pos > ' ');

        return NGX_OK;
    }

    unique->pos++;
    ngx_asyncapi_unique_blanks(unique);

    if (*unique->pos == '}' || *unique->pos == ']') {
        unique->pos++;
        return NGX_OK;
    }

    level = &unique->levels[unique->depth++];

    level->object = (ch == '{');
    level->names = unique->nnames;
    level->index = 0;

    if (level->object && ngx_asyncapi_unique_name(unique) != NGX_OK) {
        return NGX_ERROR;
    }

    return NGX_AGAIN;
}


/* "name": */

static ngx_int_t
ngx_asyncapi_unique_name(ngx_asyncapi_unique_t *unique)
{
    u_char     *p;
    ngx_str_t   name;

    if (unique->nnames == unique->nalloc
        && ngx_asyncapi_unique_room(unique) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_asyncapi_unique_string(unique, &name);

    if (memchr(name.data, '\\', name.len)) {

        p = ngx_pnalloc(unique->pool, name.len);
        if (p == NULL) {
            return NGX_ERROR;
        }

        name.len = ngx_asyncapi_json_unescape(p, &name) - p;
        name.data = p;
    }

    unique->names[unique->nnames++] = name;
    unique->levels[unique->depth - 1].key = name;

    ngx_asyncapi_unique_blanks(unique);

    /* the colon */

    unique->pos++;

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_unique_room(ngx_asyncapi_unique_t *unique)
{
    ngx_str_t  *names;

    names = ngx_alloc(2 * unique->nalloc * sizeof(ngx_str_t),
                      unique->pool->log);
    if (names == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(names, unique->names, unique->nnames * sizeof(ngx_str_t));

    if (unique->names != unique->few) {
        ngx_free(unique->names);
    }

    unique->names = names;
    unique->nalloc *= 2;

    return NGX_OK;
}


/* the innermost one ends: NGX_DECLINED, its key is the name it has twice */

static ngx_int_t
ngx_asyncapi_unique_object(ngx_asyncapi_unique_t *unique)
{
    size_t                        i, k, n;
    ngx_str_t                    *names;
    ngx_asyncapi_unique_level_t  *level;

    level = &unique->levels[unique->depth - 1];

    names = &unique->names[level->names];
    n = unique->nnames - level->names;

    unique->nnames = level->names;

    if (n > NGX_ASYNCAPI_UNIQUE_FEW) {
        return ngx_asyncapi_unique_many(unique, names, n);
    }

    for (i = 1; i < n; i++) {
        for (k = 0; k < i; k++) {

            if (names[i].len == names[k].len
                && ngx_memcmp(names[i].data, names[k].data, names[i].len) == 0)
            {
                level->key = names[i];
                return NGX_DECLINED;
            }
        }
    }

    return NGX_OK;
}


/* a table of at least twice as many places; 0 is a free one */

static ngx_int_t
ngx_asyncapi_unique_many(ngx_asyncapi_unique_t *unique, ngx_str_t *names,
    size_t n)
{
    size_t      i, size;
    uint64_t    place;
    ngx_str_t  *name;

    for (size = 32; size < 2 * n; size *= 2) { /* void */ }

    if (size > unique->ntable) {

        if (unique->table) {
            ngx_free(unique->table);
        }

        unique->table = ngx_alloc(size * sizeof(uint32_t), unique->pool->log);
        if (unique->table == NULL) {
            return NGX_ERROR;
        }

        unique->ntable = size;
    }

    ngx_memzero(unique->table, size * sizeof(uint32_t));

    for (i = 0; i < n; i++) {
        place = ngx_asyncapi_hash(names[i].data, names[i].len);

        for ( /* void */ ; unique->table[place & (size - 1)]; place++) {
            name = &names[unique->table[place & (size - 1)] - 1];

            if (name->len == names[i].len
                && ngx_memcmp(name->data, names[i].data, name->len) == 0)
            {
                unique->levels[unique->depth - 1].key = names[i];
                return NGX_DECLINED;
            }
        }

        unique->table[place & (size - 1)] = (uint32_t) (i + 1);
    }

    return NGX_OK;
}


/* from quote to quote */

static void
ngx_asyncapi_unique_string(ngx_asyncapi_unique_t *unique, ngx_str_t *inside)
{
    u_char  *p, *escape;

    p = unique->pos + 1;
    inside->data = p;

    for ( ;; ) {
        p = memchr(p, '"', unique->last - p);

        /* the quote is escaped by a backslash that is not */

        for (escape = p; escape > inside->data && escape[-1] == '\\'; escape--)
        {
            /* void */
        }

        if (((p - escape) & 1) == 0) {
            break;
        }

        p++;
    }

    inside->len = p - inside->data;
    unique->pos = p + 1;
}


static void
ngx_asyncapi_unique_blanks(ngx_asyncapi_unique_t *unique)
{
    while (unique->pos < unique->last && *unique->pos <= ' ') {
        unique->pos++;
    }
}


static ngx_int_t
ngx_asyncapi_unique_pointer(ngx_asyncapi_unique_t *unique, ngx_str_t *pointer)
{
    size_t                        len;
    u_char                       *p;
    ngx_uint_t                    i;
    ngx_asyncapi_unique_level_t  *level;

    len = sizeof("#") - 1;

    for (i = 0; i < unique->depth; i++) {
        level = &unique->levels[i];

        len += level->object ? ngx_asyncapi_json_pointer_len(&level->key)
                             : sizeof("/") - 1 + NGX_INT_T_LEN;
    }

    pointer->data = ngx_pnalloc(unique->pool, len);
    if (pointer->data == NULL) {
        return NGX_ERROR;
    }

    p = pointer->data;
    *p++ = '#';

    for (i = 0; i < unique->depth; i++) {
        level = &unique->levels[i];

        p = level->object ? ngx_asyncapi_json_pointer(p, &level->key)
                          : ngx_sprintf(p, "/%ui", level->index);
    }

    pointer->len = p - pointer->data;

    return NGX_OK;
}


size_t
ngx_asyncapi_json_pointer_len(const ngx_str_t *key)
{
    return sizeof("/") - 1 + 3 * key->len;
}


/*
 * In a URI's fragment (RFC 6901): "~" and "/" are "~0" and "~1", and what is no
 * letter, digit or one of "-._~" is percent-encoded.
 */

u_char *
ngx_asyncapi_json_pointer(u_char *p, const ngx_str_t *key)
{
    u_char         ch;
    size_t         i;
    static u_char  hex[] = "0123456789ABCDEF";

    *p++ = '/';

    for (i = 0; i < key->len; i++) {
        ch = key->data[i];

        if ((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z')
            || (ch >= '0' && ch <= '9') || ch == '-' || ch == '.' || ch == '_')
        {
            *p++ = ch;

        } else if (ch == '~' || ch == '/') {
            *p++ = '~';
            *p++ = (ch == '~') ? '0' : '1';

        } else {
            *p++ = '%';
            *p++ = hex[ch >> 4];
            *p++ = hex[ch & 0xf];
        }
    }

    return p;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * A body that is a form: its fields, and $body, an object of them.
 *
 * Thread: any.
 */


#include "ngx_http_asyncapi_contract.h"
#include "ngx_asyncapi_hash.h"
#include "ngx_asyncapi_multipart.h"
#include "ngx_asyncapi_pairs.h"


#define NGX_HTTP_ASYNCAPI_MAX_FIELDS   1000

/* a power of two, more than the fields */
#define NGX_HTTP_ASYNCAPI_FIELD_TABLE  2048


static ngx_int_t ngx_http_asyncapi_form_fields(
    ngx_http_asyncapi_body_look_t *look, ngx_pool_t *pool);
static ngx_int_t ngx_http_asyncapi_form_pairs(
    ngx_http_asyncapi_body_look_t *look, ngx_pool_t *pool);
static ngx_int_t ngx_http_asyncapi_form_parts(
    ngx_http_asyncapi_body_look_t *look, ngx_pool_t *pool);
static ngx_int_t ngx_http_asyncapi_form_add(
    ngx_http_asyncapi_body_look_t *look, ngx_str_t *name, ngx_str_t *value);
static ngx_int_t ngx_http_asyncapi_form_utf8(
    ngx_http_asyncapi_body_look_t *look, ngx_pool_t *pool);
static ngx_int_t ngx_http_asyncapi_form_object(
    ngx_http_asyncapi_body_look_t *look, ngx_pool_t *pool);
static ngx_int_t ngx_http_asyncapi_form_link(ngx_array_t *fields,
    ngx_pool_t *pool);
static u_char *ngx_http_asyncapi_form_string(u_char *p, ngx_str_t *text);


void
ngx_http_asyncapi_body_form(ngx_http_asyncapi_body_look_t *look,
    ngx_pool_t *pool)
{
    look->rc = ngx_http_asyncapi_form_fields(look, pool);

    if (look->rc != NGX_OK || !look->read) {
        return;
    }

    look->rc = ngx_http_asyncapi_form_utf8(look, pool);

    if (look->rc == NGX_OK && look->errors.nelts == 0) {
        look->rc = ngx_http_asyncapi_form_object(look, pool);
    }
}


static ngx_int_t
ngx_http_asyncapi_form_fields(ngx_http_asyncapi_body_look_t *look,
    ngx_pool_t *pool)
{
    if (ngx_array_init(&look->fields, pool, 8,
                       sizeof(ngx_http_asyncapi_field_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_asyncapi_body_is(&look->type, "multipart/form-data")
           ? ngx_http_asyncapi_form_parts(look, pool)
           : ngx_http_asyncapi_form_pairs(look, pool);
}


static ngx_int_t
ngx_http_asyncapi_form_pairs(ngx_http_asyncapi_body_look_t *look,
    ngx_pool_t *pool)
{
    u_char                *p, *last;
    ngx_int_t              rc;
    ngx_str_t             *text;
    ngx_uint_t             i;
    ngx_asyncapi_pairs_t   pairs;

    ngx_asyncapi_pairs_init(&pairs, &look->body);

    while (ngx_asyncapi_pairs_next(&pairs)) {

        for (i = 0; i < 2; i++) {
            text = i ? &pairs.value : &pairs.name;

            if (!ngx_asyncapi_pairs_encoded(text)) {
                continue;
            }

            p = ngx_pnalloc(pool, text->len);
            if (p == NULL) {
                return NGX_ERROR;
            }

            last = ngx_asyncapi_pairs_decode(p, text);

            if (last == NULL) {
                ngx_str_set(&look->detail,
                            "The form has a \"%\" without two hexadecimal "
                            "digits behind it.");
                return NGX_DECLINED;
            }

            text->data = p;
            text->len = last - p;
        }

        rc = ngx_http_asyncapi_form_add(look, &pairs.name, &pairs.value);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_form_parts(ngx_http_asyncapi_body_look_t *look,
    ngx_pool_t *pool)
{
    u_char                    *p;
    ngx_int_t                  rc;
    ngx_str_t                  name;
    ngx_asyncapi_multipart_t   m;

    if (ngx_asyncapi_multipart_init(&m, &look->type, &look->body) != NGX_OK) {
        ngx_str_set(&look->detail,
                    "The Content-Type has no boundary that is one.");
        return NGX_DECLINED;
    }

    for ( ;; ) {
        rc = ngx_asyncapi_multipart_next(&m);

        if (rc == NGX_DONE) {
            return NGX_OK;
        }

        if (rc == NGX_ERROR) {
            p = ngx_pnalloc(pool, sizeof("The form .") + ngx_strlen(m.error));
            if (p == NULL) {
                return NGX_ERROR;
            }

            look->detail.data = p;
            look->detail.len = ngx_sprintf(p, "The form %s.", m.error) - p;

            return NGX_DECLINED;
        }

        name = m.name;

        if (name.data == m.unquoted) {
            name.data = ngx_pstrdup(pool, &m.name);
            if (name.data == NULL) {
                return NGX_ERROR;
            }
        }

        rc = ngx_http_asyncapi_form_add(look, &name, &m.value);

        if (rc != NGX_OK) {
            return rc;
        }
    }
}


static ngx_int_t
ngx_http_asyncapi_form_add(ngx_http_asyncapi_body_look_t *look,
    ngx_str_t *name, ngx_str_t *value)
{
    ngx_http_asyncapi_field_t  *field;

    if (look->fields.nelts == NGX_HTTP_ASYNCAPI_MAX_FIELDS) {
        ngx_str_set(&look->detail, "The form has more than 1000 fields.");
        return NGX_DECLINED;
    }

    field = ngx_array_push(&look->fields);
    if (field == NULL) {
        return NGX_ERROR;
    }

    field->name = *name;
    field->value = *value;
    field->next = 0;
    field->last = 0;

    return NGX_OK;
}


/* what is none becomes an error */

static ngx_int_t
ngx_http_asyncapi_form_utf8(ngx_http_asyncapi_body_look_t *look,
    ngx_pool_t *pool)
{
    u_char                       *p;
    ngx_uint_t                    i;
    ngx_http_asyncapi_field_t    *field;
    ngx_asyncapi_schema_error_t  *error;

    if (ngx_array_init(&look->errors, pool, 1,
                       sizeof(ngx_asyncapi_schema_error_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    field = look->fields.elts;

    for (i = 0; i < look->fields.nelts; i++) {

        if (ngx_asyncapi_json_utf8_valid(field[i].name.data,
                                         field[i].name.len)
            && ngx_asyncapi_json_utf8_valid(field[i].value.data,
                                            field[i].value.len))
        {
            continue;
        }

        /* one of a form statement is told about with that */

        if (ngx_http_asyncapi_given_to(look->contract,
                                       NGX_HTTP_ASYNCAPI_IN_FORM,
                                       &field[i].name))
        {
            continue;
        }

        error = ngx_array_push(&look->errors);
        if (error == NULL) {
            return NGX_ERROR;
        }

        p = ngx_pnalloc(pool,
                        1 + ngx_asyncapi_json_pointer_len(&field[i].name));
        if (p == NULL) {
            return NGX_ERROR;
        }

        error->pointer.data = p;
        *p++ = '#';
        error->pointer.len = ngx_asyncapi_json_pointer(p, &field[i].name)
                             - error->pointer.data;

        ngx_str_set(&error->detail, "is not valid UTF-8");
    }

    return NGX_OK;
}


/* {"a":"1","b":["2","3"]} */

static ngx_int_t
ngx_http_asyncapi_form_object(ngx_http_asyncapi_body_look_t *look,
    ngx_pool_t *pool)
{
    size_t                      size;
    u_char                     *p, *start;
    ngx_uint_t                  i, n;
    ngx_http_asyncapi_field_t  *field;

    if (ngx_http_asyncapi_form_link(&look->fields, pool) != NGX_OK) {
        return NGX_ERROR;
    }

    field = look->fields.elts;
    size = sizeof("{}") - 1;

    for (i = 0; i < look->fields.nelts; i++) {
        size += sizeof(",\"\":[\"\"]") - 1
                + ngx_asyncapi_json_escape_len(field[i].name.data,
                                               field[i].name.len)
                + ngx_asyncapi_json_escape_len(field[i].value.data,
                                               field[i].value.len);
    }

    start = ngx_pnalloc(pool, size);
    if (start == NULL) {
        return NGX_ERROR;
    }

    p = start;
    *p++ = '{';

    for (i = 0; i < look->fields.nelts; i++) {

        if (field[i].last == 0) {
            continue;
        }

        if (p > start + 1) {
            *p++ = ',';
        }

        p = ngx_http_asyncapi_form_string(p, &field[i].name);
        *p++ = ':';

        if (field[i].next == 0) {
            p = ngx_http_asyncapi_form_string(p, &field[i].value);
            continue;
        }

        *p++ = '[';

        for (n = i + 1; n; n = field[n - 1].next) {

            if (n > i + 1) {
                *p++ = ',';
            }

            p = ngx_http_asyncapi_form_string(p, &field[n - 1].value);
        }

        *p++ = ']';
    }

    *p++ = '}';

    look->value.data = start;
    look->value.len = p - start;

    return NGX_OK;
}


/* finds the first field of each name, and links the others to it in order */

static ngx_int_t
ngx_http_asyncapi_form_link(ngx_array_t *fields, ngx_pool_t *pool)
{
    uint16_t                   *table, *place;
    uint64_t                    hash;
    ngx_uint_t                  i;
    ngx_http_asyncapi_field_t  *field, *first;

    table = ngx_pcalloc(pool,
                        NGX_HTTP_ASYNCAPI_FIELD_TABLE * sizeof(uint16_t));
    if (table == NULL) {
        return NGX_ERROR;
    }

    field = fields->elts;

    for (i = 0; i < fields->nelts; i++) {
        hash = ngx_asyncapi_hash(field[i].name.data, field[i].name.len);

        for ( ;; ) {
            place = &table[hash++ & (NGX_HTTP_ASYNCAPI_FIELD_TABLE - 1)];

            if (*place == 0) {
                *place = (uint16_t) (i + 1);
                field[i].last = (uint16_t) (i + 1);
                break;
            }

            first = &field[*place - 1];

            if (first->name.len == field[i].name.len
                && ngx_memcmp(first->name.data, field[i].name.data,
                              first->name.len)
                   == 0)
            {
                field[first->last - 1].next = (uint16_t) (i + 1);
                first->last = (uint16_t) (i + 1);
                break;
            }
        }
    }

    return NGX_OK;
}


static u_char *
ngx_http_asyncapi_form_string(u_char *p, ngx_str_t *text)
{
    *p++ = '"';
    p = ngx_asyncapi_json_escape(p, text->data, text->len);
    *p++ = '"';

    return p;
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * A body that is a form: its fields, and $body, an object of them.
 */


#include "ngx_http_asyncapi_contract.h"
#include "ngx_asyncapi_hash.h"
#include "ngx_asyncapi_multipart.h"
#include "ngx_asyncapi_pairs.h"


#define NGX_HTTP_ASYNCAPI_MAX_FIELDS   1000

/* a power of two, more than the fields */
#define NGX_HTTP_ASYNCAPI_FIELD_TABLE  2048


typedef struct {
    ngx_str_t                     name;
    ngx_str_t                     value;
    uint16_t                      next;    /* of the same name, from 1; or 0 */
    uint16_t                      last;    /* of the first: the last of them */
} ngx_http_asyncapi_field_t;


static ngx_int_t ngx_http_asyncapi_form_pairs(
    ngx_http_asyncapi_check_t *check, ngx_array_t *fields, ngx_str_t *detail);
static ngx_int_t ngx_http_asyncapi_form_parts(
    ngx_http_asyncapi_check_t *check, ngx_array_t *fields, ngx_str_t *detail);
static ngx_int_t ngx_http_asyncapi_form_add(ngx_array_t *fields,
    ngx_str_t *name, ngx_str_t *value, ngx_str_t *detail);
static ngx_int_t ngx_http_asyncapi_form_given(
    ngx_http_asyncapi_check_t *check, ngx_array_t *fields);
static ngx_int_t ngx_http_asyncapi_form_utf8(ngx_http_asyncapi_check_t *check,
    ngx_array_t *fields);
static ngx_int_t ngx_http_asyncapi_form_object(
    ngx_http_asyncapi_check_t *check, ngx_array_t *fields);
static ngx_int_t ngx_http_asyncapi_form_link(ngx_pool_t *pool,
    ngx_array_t *fields);
static u_char *ngx_http_asyncapi_form_string(u_char *p, ngx_str_t *text);


ngx_int_t
ngx_http_asyncapi_body_form(ngx_http_asyncapi_check_t *check,
    ngx_uint_t *status, ngx_str_t *detail)
{
    ngx_int_t                   rc;
    ngx_array_t                 fields;
    ngx_http_asyncapi_param_t  *param;

    if (ngx_array_init(&fields, check->request->pool, 8,
                       sizeof(ngx_http_asyncapi_field_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    *status = NGX_HTTP_BAD_REQUEST;

    rc = ngx_http_asyncapi_body_is(check->request, "multipart/form-data")
         ? ngx_http_asyncapi_form_parts(check, &fields, detail)
         : ngx_http_asyncapi_form_pairs(check, &fields, detail);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_http_asyncapi_form_given(check, &fields) != NGX_OK) {
        return NGX_ERROR;
    }

    param = check->endpoint->params.elts;

    if (!param[check->contract->body_slot].read) {
        return NGX_OK;
    }

    rc = ngx_http_asyncapi_form_utf8(check, &fields);

    if (rc == NGX_DECLINED) {
        return NGX_OK;
    }

    return (rc == NGX_OK) ? ngx_http_asyncapi_form_object(check, &fields) : rc;
}


static ngx_int_t
ngx_http_asyncapi_form_pairs(ngx_http_asyncapi_check_t *check,
    ngx_array_t *fields, ngx_str_t *detail)
{
    u_char                *p, *last;
    ngx_int_t              rc;
    ngx_str_t             *text;
    ngx_uint_t             i;
    ngx_asyncapi_pairs_t   pairs;

    ngx_asyncapi_pairs_init(&pairs, &check->body);

    while (ngx_asyncapi_pairs_next(&pairs)) {

        for (i = 0; i < 2; i++) {
            text = i ? &pairs.value : &pairs.name;

            if (!ngx_asyncapi_pairs_encoded(text)) {
                continue;
            }

            p = ngx_pnalloc(check->request->pool, text->len);
            if (p == NULL) {
                return NGX_ERROR;
            }

            last = ngx_asyncapi_pairs_decode(p, text);

            if (last == NULL) {
                ngx_str_set(detail, "The form has a \"%\" without two "
                                    "hexadecimal digits behind it.");
                return NGX_DECLINED;
            }

            text->data = p;
            text->len = last - p;
        }

        rc = ngx_http_asyncapi_form_add(fields, &pairs.name, &pairs.value,
                                        detail);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_form_parts(ngx_http_asyncapi_check_t *check,
    ngx_array_t *fields, ngx_str_t *detail)
{
    ngx_int_t                  rc;
    ngx_str_t                  name;
    ngx_asyncapi_multipart_t   m;

    if (ngx_asyncapi_multipart_init(&m,
                          &check->request->headers_in.content_type->value,
                          &check->body)
        != NGX_OK)
    {
        ngx_str_set(detail, "The Content-Type has no boundary that is one.");
        return NGX_DECLINED;
    }

    for ( ;; ) {
        rc = ngx_asyncapi_multipart_next(&m);

        if (rc == NGX_DONE) {
            return NGX_OK;
        }

        if (rc == NGX_ERROR) {
            detail->data = ngx_pnalloc(check->request->pool,
                                       sizeof("The form .")
                                       + ngx_strlen(m.error));
            if (detail->data == NULL) {
                return NGX_ERROR;
            }

            detail->len = ngx_sprintf(detail->data, "The form %s.", m.error)
                          - detail->data;

            return NGX_DECLINED;
        }

        name = m.name;

        if (name.data == m.unquoted) {
            name.data = ngx_pstrdup(check->request->pool, &m.name);
            if (name.data == NULL) {
                return NGX_ERROR;
            }
        }

        rc = ngx_http_asyncapi_form_add(fields, &name, &m.value, detail);

        if (rc != NGX_OK) {
            return rc;
        }
    }
}


static ngx_int_t
ngx_http_asyncapi_form_add(ngx_array_t *fields, ngx_str_t *name,
    ngx_str_t *value, ngx_str_t *detail)
{
    ngx_http_asyncapi_field_t  *field;

    if (fields->nelts == NGX_HTTP_ASYNCAPI_MAX_FIELDS) {
        ngx_str_set(detail, "The form has more than 1000 fields.");
        return NGX_DECLINED;
    }

    field = ngx_array_push(fields);
    if (field == NULL) {
        return NGX_ERROR;
    }

    field->name = *name;
    field->value = *value;
    field->next = 0;
    field->last = 0;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_form_given(ngx_http_asyncapi_check_t *check,
    ngx_array_t *fields)
{
    ngx_uint_t                      i;
    ngx_http_asyncapi_field_t      *field;
    ngx_http_asyncapi_parameter_t  *p;

    field = fields->elts;

    for (i = 0; i < fields->nelts; i++) {

        p = ngx_http_asyncapi_given_to(check, NGX_HTTP_ASYNCAPI_IN_FORM,
                                       &field[i].name);

        if (p && ngx_http_asyncapi_given_add(check, p, &field[i].value)
                 != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* NGX_DECLINED: some are none, and have become errors */

static ngx_int_t
ngx_http_asyncapi_form_utf8(ngx_http_asyncapi_check_t *check,
    ngx_array_t *fields)
{
    ngx_str_t                   pointer, detail;
    ngx_uint_t                  i, errors;
    ngx_http_asyncapi_field_t  *field;

    errors = check->nerrors;
    field = fields->elts;

    for (i = 0; i < fields->nelts; i++) {

        if (ngx_asyncapi_json_utf8_valid(field[i].name.data,
                                         field[i].name.len)
            && ngx_asyncapi_json_utf8_valid(field[i].value.data,
                                            field[i].value.len))
        {
            continue;
        }

        /* one of a form statement is told about with that */

        if (ngx_http_asyncapi_given_to(check, NGX_HTTP_ASYNCAPI_IN_FORM,
                                       &field[i].name))
        {
            continue;
        }

        pointer.data = ngx_pnalloc(check->request->pool,
                           1 + ngx_asyncapi_json_pointer_len(&field[i].name));
        if (pointer.data == NULL) {
            return NGX_ERROR;
        }

        pointer.data[0] = '#';
        pointer.len = ngx_asyncapi_json_pointer(pointer.data + 1,
                                                &field[i].name)
                      - pointer.data;

        ngx_str_set(&detail, "is not valid UTF-8");

        if (ngx_http_asyncapi_check_body_error(check, &pointer, &detail)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return (check->nerrors == errors) ? NGX_OK : NGX_DECLINED;
}


/* {"a":"1","b":["2","3"]} */

static ngx_int_t
ngx_http_asyncapi_form_object(ngx_http_asyncapi_check_t *check,
    ngx_array_t *fields)
{
    size_t                      size;
    u_char                     *p;
    ngx_uint_t                  i, n;
    ngx_asyncapi_value_t       *value;
    ngx_http_asyncapi_field_t  *field;

    if (ngx_http_asyncapi_form_link(check->request->pool, fields) != NGX_OK) {
        return NGX_ERROR;
    }

    field = fields->elts;
    size = sizeof("{}") - 1;

    for (i = 0; i < fields->nelts; i++) {
        size += sizeof(",\"\":[\"\"]") - 1
                + ngx_asyncapi_json_escape_len(field[i].name.data,
                                               field[i].name.len)
                + ngx_asyncapi_json_escape_len(field[i].value.data,
                                               field[i].value.len);
    }

    value = &check->params[check->contract->body_slot];

    value->type = NGX_ASYNCAPI_VALUE_JSON;
    value->data.data = ngx_pnalloc(check->request->pool, size);
    if (value->data.data == NULL) {
        return NGX_ERROR;
    }

    p = value->data.data;
    *p++ = '{';

    for (i = 0; i < fields->nelts; i++) {

        if (field[i].last == 0) {
            continue;
        }

        if (p > value->data.data + 1) {
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
    value->data.len = p - value->data.data;

    return NGX_OK;
}


/* finds the first field of each name, and links the others to it in order */

static ngx_int_t
ngx_http_asyncapi_form_link(ngx_pool_t *pool, ngx_array_t *fields)
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

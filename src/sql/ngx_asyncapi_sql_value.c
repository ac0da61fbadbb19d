
/*
 * Copyright (C) The asyncapi module authors
 *
 * What references stand for, as the values of parameters.
 */


#include "ngx_asyncapi_sql.h"


static ngx_int_t ngx_asyncapi_sql_value(const ngx_asyncapi_ref_t *ref,
    ngx_asyncapi_render_t *render, ngx_asyncapi_sql_value_t *value);
static ngx_asyncapi_sql_value_e ngx_asyncapi_sql_type(
    const ngx_asyncapi_value_t *value);


ngx_int_t
ngx_asyncapi_sql_values(const ngx_asyncapi_sql_t *sql,
    ngx_asyncapi_render_t *render, ngx_asyncapi_sql_value_t *values)
{
    ngx_int_t             rc;
    ngx_uint_t            i;
    ngx_asyncapi_ref_t  **ref;

    ref = sql->refs.elts;

    for (i = 0; i < sql->refs.nelts; i++) {
        rc = ngx_asyncapi_sql_value(ref[i], render, &values[i]);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_sql_value(const ngx_asyncapi_ref_t *ref,
    ngx_asyncapi_render_t *render, ngx_asyncapi_sql_value_t *sql)
{
    u_char                *p;
    ngx_str_t              text;
    ngx_asyncapi_value_t   value;

    if (ngx_asyncapi_ref_value(ref, render, &value) != NGX_OK) {
        return NGX_ERROR;
    }

    sql->type = ngx_asyncapi_sql_type(&value);

    if (sql->type == NGX_ASYNCAPI_SQL_NULL) {
        ngx_str_null(&sql->text);
        return NGX_OK;
    }

    text = value.data;

    p = ngx_pnalloc(render->pool, text.len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    sql->text.data = p;

    if (sql->type == NGX_ASYNCAPI_SQL_TEXT
        && value.type == NGX_ASYNCAPI_VALUE_JSON)
    {
        /* between the quotes; of a trusted upstream's one may be missing */

        text.data++;
        text.len = (text.len > 2) ? text.len - 2 : 0;

        p = ngx_asyncapi_json_unescape(p, &text);

    } else {
        p = ngx_cpymem(p, text.data, text.len);
    }

    *p = '\0';
    sql->text.len = p - sql->text.data;

    render->failed = ref;

    if (ngx_strlchr(sql->text.data, p, '\0')) {
        render->message = "has a zero byte, which is no text for a database";
        return NGX_DECLINED;
    }

    if (!ngx_asyncapi_json_utf8_valid(sql->text.data, sql->text.len)) {
        render->message = "is no UTF-8, which a database takes as text";
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static ngx_asyncapi_sql_value_e
ngx_asyncapi_sql_type(const ngx_asyncapi_value_t *value)
{
    if (value->type == NGX_ASYNCAPI_VALUE_NONE) {
        return NGX_ASYNCAPI_SQL_NULL;
    }

    if (value->type == NGX_ASYNCAPI_VALUE_TEXT) {
        return NGX_ASYNCAPI_SQL_TEXT;
    }

    switch (ngx_asyncapi_json_type(&value->data)) {

    case NGX_ASYNCAPI_JSON_NULL:
        return NGX_ASYNCAPI_SQL_NULL;

    case NGX_ASYNCAPI_JSON_FALSE:
    case NGX_ASYNCAPI_JSON_TRUE:
        return NGX_ASYNCAPI_SQL_BOOLEAN;

    case NGX_ASYNCAPI_JSON_NUMBER:
        return NGX_ASYNCAPI_SQL_NUMBER;

    case NGX_ASYNCAPI_JSON_STRING:
        return NGX_ASYNCAPI_SQL_TEXT;

    default: /* an array, an object */
        return NGX_ASYNCAPI_SQL_JSON;
    }
}

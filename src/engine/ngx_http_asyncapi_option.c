
/*
 * Copyright (C) The asyncapi module authors
 *
 * The options that tasks of every kind have.
 */


#include "ngx_http_asyncapi_option.h"


static char *ngx_http_asyncapi_option_timeout(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
static char *ngx_http_asyncapi_option_default(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
static char *ngx_http_asyncapi_option_if(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
static char *ngx_http_asyncapi_option_each(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
static char *ngx_http_asyncapi_option_max(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
static char *ngx_http_asyncapi_option_concurrency(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
static char *ngx_http_asyncapi_option_after(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
static char *ngx_http_asyncapi_option_pick(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
static char *ngx_http_asyncapi_option_omit(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
static char *ngx_http_asyncapi_option_as(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
static char *ngx_http_asyncapi_option_schema(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value);
static ngx_array_t *ngx_http_asyncapi_paths(ngx_conf_t *cf, ngx_str_t *value);


static ngx_http_asyncapi_option_t  ngx_http_asyncapi_options[] = {

    { ngx_string("timeout"), ngx_http_asyncapi_option_timeout },
    { ngx_string("retry"), ngx_http_asyncapi_option_retry },
    { ngx_string("hedge"), ngx_http_asyncapi_option_hedge },
    { ngx_string("limit"), ngx_http_asyncapi_option_limit },
    { ngx_string("default"), ngx_http_asyncapi_option_default },
    { ngx_string("if"), ngx_http_asyncapi_option_if },
    { ngx_string("each"), ngx_http_asyncapi_option_each },
    { ngx_string("max"), ngx_http_asyncapi_option_max },
    { ngx_string("concurrency"), ngx_http_asyncapi_option_concurrency },
    { ngx_string("after"), ngx_http_asyncapi_option_after },
    { ngx_string("pick"), ngx_http_asyncapi_option_pick },
    { ngx_string("omit"), ngx_http_asyncapi_option_omit },
    { ngx_string("as"), ngx_http_asyncapi_option_as },
    { ngx_string("schema"), ngx_http_asyncapi_option_schema },

    { ngx_null_string, NULL }
};


static ngx_conf_enum_t  ngx_http_asyncapi_as[] = {
    { ngx_string("json"), NGX_HTTP_ASYNCAPI_AS_JSON },
    { ngx_string("text"), NGX_HTTP_ASYNCAPI_AS_TEXT },
    { ngx_string("base64"), NGX_HTTP_ASYNCAPI_AS_BASE64 },
    { ngx_string("object"), NGX_HTTP_ASYNCAPI_AS_OBJECT },
    { ngx_string("rows"), NGX_HTTP_ASYNCAPI_AS_ROWS },
    { ngx_string("row"), NGX_HTTP_ASYNCAPI_AS_ROW },
    { ngx_string("value"), NGX_HTTP_ASYNCAPI_AS_ONE },
    { ngx_null_string, 0 }
};


char *
ngx_http_asyncapi_option(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *name, ngx_str_t *value)
{
    char                        *rv;
    ngx_uint_t                   bit;
    ngx_http_asyncapi_option_t  *option;

    for (option = ngx_http_asyncapi_options; option->name.len; option++) {

        if (option->name.len != name->len
            || ngx_strncmp(option->name.data, name->data, name->len) != 0)
        {
            continue;
        }

        bit = 1 << (option - ngx_http_asyncapi_options);

        if ((node->given & bit)
            && option->set != ngx_http_asyncapi_option_after)
        {
            rv = "is duplicate";

        } else {
            node->given |= bit;
            rv = option->set(cf, node, value);
        }

        if (rv == NGX_CONF_OK || rv == NGX_CONF_ERROR) {
            return rv;
        }

        return ngx_http_asyncapi_node_error(cf, node, "option \"%V=%V\": %s",
                                            name, value, rv);
    }

    return NGX_HTTP_ASYNCAPI_NO_OPTION;
}


char *
ngx_http_asyncapi_option_check(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node)
{
    if (node->pick && node->omit) {
        return ngx_http_asyncapi_node_error(cf, node,
                                 "\"pick=\" and \"omit=\" exclude each other");
    }

    if (node->trust
        && !(node->kind->as
             & NGX_HTTP_ASYNCAPI_AS_MASK(NGX_HTTP_ASYNCAPI_AS_JSON)))
    {
        return ngx_http_asyncapi_node_error(cf, node,
                                 "\"trust\" is for kinds whose result is read "
                                 "as JSON");
    }

    if (node->trust && node->schema) {
        return ngx_http_asyncapi_node_error(cf, node,
                                 "\"trust\" and \"schema=\" exclude each "
                                 "other: what is checked is not trusted");
    }

    if (node->each == NULL && (node->max_set || node->concurrency_set)) {
        return ngx_http_asyncapi_node_error(cf, node,
                              "\"max=\" and \"concurrency=\" need \"each=\"");
    }

    return ngx_http_asyncapi_option_check_times(cf, node);
}


static char *
ngx_http_asyncapi_option_timeout(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value)
{
    ngx_int_t  ms;

    ms = ngx_parse_time(value, 0);

    if (ms == NGX_ERROR || ms == 0) {
        return "is no time: write for instance 300ms or 2s";
    }

    node->timeout = ms;

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_option_default(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value)
{
    ngx_asyncapi_json_error_t  err;

    if (value->len == 0) {
        return "is empty: nginx ends a word at \"{\" and \";\", so put the "
               "whole word in quotes, as in 'default={}'";
    }

    node->fallback = *value;

    if (ngx_asyncapi_json_validate(&node->fallback, &err) != NGX_OK) {
        return ngx_http_asyncapi_node_error(cf, node,
                          "\"default=%V\" is not JSON: %s at byte %uz; "
                          "a string needs quotes of its own: 'default=\"x\"'",
                          value, err.message, err.offset);
    }

    return NGX_CONF_OK;
}


char *
ngx_http_asyncapi_condition(ngx_conf_t *cf, ngx_str_t *source,
    ngx_asyncapi_ref_t **ref, ngx_uint_t *negate)
{
    ngx_str_t                       text;
    ngx_asyncapi_template_error_t   err;

    text = *source;
    *negate = (text.len && text.data[0] == '!');

    if (*negate) {
        text.data++;
        text.len--;
    }

    *ref = ngx_pcalloc(cf->pool, sizeof(ngx_asyncapi_ref_t));
    if (*ref == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_asyncapi_ref_parse(cf->pool, &text, *ref, &err) != NGX_OK) {
        return err.message ? "is no reference: write $name, or $name.key"
                           : NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_option_if(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value)
{
    char        *rv;
    ngx_uint_t   negate;

    rv = ngx_http_asyncapi_condition(cf, value, &node->condition, &negate);

    node->negate = negate;

    return rv;
}


static char *
ngx_http_asyncapi_option_each(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value)
{
    char        *rv;
    ngx_uint_t   negate;

    rv = ngx_http_asyncapi_condition(cf, value, &node->each, &negate);

    if (rv == NGX_CONF_OK && negate) {
        return "is no array: take the \"!\" away";
    }

    return rv;
}


static char *
ngx_http_asyncapi_option_max(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value)
{
    ngx_int_t  n;

    n = ngx_atoi(value->data, value->len);

    if (n == NGX_ERROR || n == 0) {
        return "is no number of elements: write for instance 100";
    }

    node->max = n;
    node->max_set = 1;

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_option_concurrency(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value)
{
    ngx_int_t  n;

    n = ngx_atoi(value->data, value->len);

    if (n == NGX_ERROR || n == 0) {
        return "is no number of elements: write for instance 16";
    }

    node->concurrency = n;
    node->concurrency_set = 1;

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_option_after(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value)
{
    if (ngx_http_asyncapi_names(cf, value, &node->after) != NGX_OK) {
        return "is no list of tasks: write for instance after=user,orders";
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_asyncapi_names(ngx_conf_t *cf, ngx_str_t *value, ngx_array_t *names)
{
    ngx_str_t  rest, item, *name;

    rest = *value;

    do {
        (void) ngx_http_asyncapi_next_item(&rest, ',', &item);

        if (!ngx_http_asyncapi_is_name(&item)) {
            return NGX_ERROR;
        }

        name = ngx_array_push(names);
        if (name == NULL) {
            return NGX_ERROR;
        }

        *name = item;

    } while (rest.data);

    return NGX_OK;
}


ngx_uint_t
ngx_http_asyncapi_next_item(ngx_str_t *rest, u_char stop, ngx_str_t *item)
{
    u_char  *p, *last;

    if (rest->data == NULL) {
        return 0;
    }

    last = rest->data + rest->len;

    p = ngx_strlchr(rest->data, last, stop);

    item->data = rest->data;
    item->len = (p ? p : last) - rest->data;

    if (p) {
        rest->data = p + 1;
        rest->len = last - (p + 1);

    } else {
        ngx_str_null(rest);
    }

    return 1;
}


static char *
ngx_http_asyncapi_option_pick(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value)
{
    node->pick = ngx_http_asyncapi_paths(cf, value);

    return node->pick ? NGX_CONF_OK
                      : "is no list of members: write for instance a,b.c";
}


static char *
ngx_http_asyncapi_option_omit(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value)
{
    node->omit = ngx_http_asyncapi_paths(cf, value);

    return node->omit ? NGX_CONF_OK
                      : "is no list of members: write for instance a,b.c";
}


/* "a,b.c" into an array of ngx_asyncapi_json_path_t */

static ngx_array_t *
ngx_http_asyncapi_paths(ngx_conf_t *cf, ngx_str_t *value)
{
    ngx_str_t                  rest, item, key;
    ngx_array_t               *paths, *steps;
    ngx_asyncapi_json_path_t  *path;
    ngx_asyncapi_json_step_t  *step;

    paths = ngx_array_create(cf->pool, 4, sizeof(ngx_asyncapi_json_path_t));
    if (paths == NULL) {
        return NULL;
    }

    rest = *value;

    while (ngx_http_asyncapi_next_item(&rest, ',', &item)) {

        steps = ngx_array_create(cf->pool, 2,
                                 sizeof(ngx_asyncapi_json_step_t));
        if (steps == NULL) {
            return NULL;
        }

        while (ngx_http_asyncapi_next_item(&item, '.', &key)) {

            if (key.len == 0) {
                return NULL;
            }

            step = ngx_array_push(steps);
            if (step == NULL) {
                return NULL;
            }

            step->type = NGX_ASYNCAPI_JSON_STEP_KEY;
            step->key = key;
            step->index = 0;
        }

        path = ngx_array_push(paths);
        if (path == NULL) {
            return NULL;
        }

        path->steps = steps->elts;
        path->nsteps = steps->nelts;
    }

    return paths;
}


static char *
ngx_http_asyncapi_option_as(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    ngx_str_t *value)
{
    ngx_uint_t  i;

    for (i = 0; ngx_http_asyncapi_as[i].name.len; i++) {

        if (ngx_http_asyncapi_as[i].name.len != value->len
            || ngx_strncmp(ngx_http_asyncapi_as[i].name.data, value->data,
                           value->len)
               != 0)
        {
            continue;
        }

        if (!(node->kind->as
              & NGX_HTTP_ASYNCAPI_AS_MASK(ngx_http_asyncapi_as[i].value)))
        {
            break;
        }

        node->as = ngx_http_asyncapi_as[i].value;

        return NGX_CONF_OK;
    }

    return "is not a form that a result of this kind can take";
}


static char *
ngx_http_asyncapi_option_schema(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value)
{
    node->schema = ngx_http_asyncapi_schema(cf, value);

    return node->schema ? NGX_CONF_OK : NGX_CONF_ERROR;
}

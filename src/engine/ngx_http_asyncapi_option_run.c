
/*
 * Copyright (C) The asyncapi module authors
 *
 * Options that say how often a task runs, and when it may.
 */


#include "ngx_http_asyncapi_option.h"


/* more would not be a hiccup that is to be got over */
#define NGX_HTTP_ASYNCAPI_RETRIES  100


static void ngx_http_asyncapi_option_no_retry(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node);
static char *ngx_http_asyncapi_option_safe(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, const char *option);
static ngx_http_asyncapi_node_t *ngx_http_asyncapi_option_once(
    ngx_http_asyncapi_node_t *node, ngx_uint_t inner, ngx_str_t **what);
static ngx_http_asyncapi_node_t *ngx_http_asyncapi_option_inner(
    ngx_http_asyncapi_block_t *block, ngx_str_t *limit);


/* N[,timeout=TIME][,unsafe] */

char *
ngx_http_asyncapi_option_retry(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value)
{
    ngx_int_t  n;
    ngx_str_t  rest, item;

    rest = *value;

    (void) ngx_http_asyncapi_next_item(&rest, ',', &item);

    n = ngx_atoi(item.data, item.len);

    if (n == NGX_ERROR || n > NGX_HTTP_ASYNCAPI_RETRIES) {
        return "needs a number of further tries, 100 at most: write for "
               "instance 2";
    }

    node->retry = n;

    while (ngx_http_asyncapi_next_item(&rest, ',', &item)) {

        if (item.len == 6 && ngx_strncmp(item.data, "unsafe", 6) == 0) {
            node->retry_unsafe = 1;
            continue;
        }

        if (item.len <= 8 || ngx_strncmp(item.data, "timeout=", 8) != 0) {
            return "has something behind the number that is neither "
                   "\"timeout=TIME\" nor \"unsafe\"";
        }

        item.data += 8;
        item.len -= 8;

        n = ngx_parse_time(&item, 0);

        if (n == NGX_ERROR || n == 0) {
            return "gives a try no time: write for instance 2,timeout=300ms";
        }

        node->try_timeout = n;
    }

    if (node->retry == 0 && node->try_timeout) {
        return "has no further try: \"timeout=\" alone is the task's deadline";
    }

    return NGX_CONF_OK;
}


/* TIME[,unsafe] */

char *
ngx_http_asyncapi_option_hedge(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value)
{
    ngx_int_t  ms;
    ngx_str_t  rest, item;

    rest = *value;

    (void) ngx_http_asyncapi_next_item(&rest, ',', &item);

    ms = ngx_parse_time(&item, 0);

    if (ms == NGX_ERROR || ms == 0) {
        return "is no time: write for instance 100ms";
    }

    node->hedge = ms;

    if (!ngx_http_asyncapi_next_item(&rest, ',', &item)) {
        return NGX_CONF_OK;
    }

    if (rest.data || item.len != 6
        || ngx_strncmp(item.data, "unsafe", 6) != 0)
    {
        return "has something behind the time that is not \"unsafe\"";
    }

    node->hedge_unsafe = 1;

    return NGX_CONF_OK;
}


char *
ngx_http_asyncapi_option_limit(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node, ngx_str_t *value)
{
    ngx_http_asyncapi_node_t       **slot;
    ngx_http_asyncapi_main_conf_t   *amcf;

    if (!ngx_http_asyncapi_is_name(value)) {
        return "is no name of a limit: write letters, digits and \"_\"";
    }

    node->limit_name = *value;

    /* the limit may be declared further down */

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_asyncapi_module);

    slot = ngx_array_push(&amcf->limited);
    if (slot == NULL) {
        return NGX_CONF_ERROR;
    }

    *slot = node;

    return NGX_CONF_OK;
}


char *
ngx_http_asyncapi_option_check_times(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node)
{
    if (node->timeout && node->try_timeout >= node->timeout) {
        return ngx_http_asyncapi_node_error(cf, node,
                              "the \"timeout=\" of \"retry=\", for one try, "
                              "must be less than that of the whole task");
    }

    if (node->hedge
        && ((node->timeout && node->hedge >= node->timeout)
            || (node->try_timeout && node->hedge >= node->try_timeout)))
    {
        return ngx_http_asyncapi_node_error(cf, node,
                              "\"hedge=\" must be less than the timeout, or no "
                              "second try would ever start");
    }

    return NGX_CONF_OK;
}


char *
ngx_http_asyncapi_option_check_what(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node)
{
    ngx_http_asyncapi_node_t  *inner;

    if (node->kind->tells && !node->retry_unsafe) {
        node->retry_told = (node->kind->once(node, 0) != NULL);

    } else if (node->retry && !node->retry_unsafe) {

        if (node->kind->once && node->kind->once(node, 0)) {
            ngx_http_asyncapi_option_no_retry(cf, node);

        } else if (ngx_http_asyncapi_option_safe(cf, node, "retry")
                   != NGX_CONF_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    if (node->hedge && !node->hedge_unsafe
        && ngx_http_asyncapi_option_safe(cf, node, "hedge") != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (node->limit_name.len == 0 || node->members == NULL) {
        return NGX_CONF_OK;
    }

    inner = ngx_http_asyncapi_option_inner(node->members, &node->limit_name);

    if (inner) {
        return ngx_http_asyncapi_node_error(cf, inner,
                              "a slot of the limit \"%V\" is held by \"%V\" "
                              "around it, so tasks could wait for each other: "
                              "take one of the two \"limit=\" away",
                              &node->limit_name, &node->name);
    }

    return NGX_CONF_OK;
}


/* as nginx's proxy does not send a POST again, unless told to */

static void
ngx_http_asyncapi_option_no_retry(ngx_conf_t *cf,
    ngx_http_asyncapi_node_t *node)
{
    ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                       "\"retry=\" has no effect, as it might do the %V of "
                       "\"%V\" twice: where that does no harm, write "
                       "\",unsafe\" behind its value",
                       node->kind->once(node, 0), &node->name);

    node->retry = 0;

    if (node->try_timeout) {
        node->timeout = node->try_timeout;
    }
}


static char *
ngx_http_asyncapi_option_safe(ngx_conf_t *cf, ngx_http_asyncapi_node_t *node,
    const char *option)
{
    ngx_str_t                 *what;
    ngx_http_asyncapi_node_t  *once;

    once = ngx_http_asyncapi_option_once(node, 0, &what);

    if (once == NULL) {
        return NGX_CONF_OK;
    }

    return ngx_http_asyncapi_node_error(cf, node,
                              "\"%s=\" may do the %V of \"%V\" twice: where "
                              "that does no harm, write \",unsafe\" behind "
                              "the value of \"%s=\"",
                              option, what, &once->name, option);
}


/* the task, or the one in the group, that may not be done twice */

static ngx_http_asyncapi_node_t *
ngx_http_asyncapi_option_once(ngx_http_asyncapi_node_t *node, ngx_uint_t inner,
    ngx_str_t **what)
{
    ngx_uint_t                  i;
    ngx_http_asyncapi_node_t  **member, *once;

    if (node->kind->once) {
        *what = node->kind->once(node, inner);

        if (*what) {
            return node;
        }
    }

    if (node->members == NULL) {
        return NULL;
    }

    member = node->members->nodes.elts;

    for (i = 0; i < node->members->nodes.nelts; i++) {
        once = ngx_http_asyncapi_option_once(member[i], 1, what);

        if (once) {
            return once;
        }
    }

    return NULL;
}


/* a task in the block, or in a group in it, with that limit; or NULL */

static ngx_http_asyncapi_node_t *
ngx_http_asyncapi_option_inner(ngx_http_asyncapi_block_t *block,
    ngx_str_t *limit)
{
    ngx_uint_t                  i;
    ngx_http_asyncapi_node_t  **member, *inner;

    member = block->nodes.elts;

    for (i = 0; i < block->nodes.nelts; i++) {

        if (member[i]->limit_name.len == limit->len
            && ngx_strncmp(member[i]->limit_name.data, limit->data, limit->len)
               == 0)
        {
            return member[i];
        }

        if (member[i]->members) {
            inner = ngx_http_asyncapi_option_inner(member[i]->members, limit);

            if (inner) {
                return inner;
            }
        }
    }

    return NULL;
}

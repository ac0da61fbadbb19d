
/*
 * Copyright (C) The asyncapi module authors
 *
 * asyncapi_limit, asyncapi_zone, and what limit= means for a task.
 */


#include "ngx_http_asyncapi_run.h"


/* where asyncapi_limit and asyncapi_zone do not say */

#define NGX_HTTP_ASYNCAPI_LIMIT_QUEUE  1000
#define NGX_HTTP_ASYNCAPI_ZONE         (1024 * 1024)


static ngx_asyncapi_limit_t *ngx_http_asyncapi_limit_find(
    ngx_http_asyncapi_main_conf_t *amcf, ngx_str_t *name);
static char *ngx_http_asyncapi_limit_option(ngx_conf_t *cf,
    ngx_asyncapi_limit_t *limit, ngx_str_t *value);
static void ngx_http_asyncapi_task_slot(ngx_asyncapi_slot_t *slot,
    ngx_uint_t granted);
static ngx_int_t ngx_http_asyncapi_task_refused(
    ngx_http_asyncapi_task_t *task, const char *why);


char *
ngx_http_asyncapi_limit(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_asyncapi_main_conf_t  *amcf = conf;

    char                  *rv;
    ngx_int_t              n;
    ngx_str_t             *value;
    ngx_uint_t             i;
    ngx_asyncapi_limit_t  *limit, **slot;

    value = cf->args->elts;

    if (!ngx_http_asyncapi_is_name(&value[1])) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" can't be the name of a limit: write "
                           "letters, digits and \"_\", beginning with a letter",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_asyncapi_limit_find(amcf, &value[1])) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "there is a limit \"%V\" already", &value[1]);
        return NGX_CONF_ERROR;
    }

    n = ngx_atoi(value[2].data, value[2].len);

    if (n == NGX_ERROR || n == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is no number of slots: write for instance "
                           "\"asyncapi_limit %V 20;\"", &value[2], &value[1]);
        return NGX_CONF_ERROR;
    }

    limit = ngx_pcalloc(cf->pool, sizeof(ngx_asyncapi_limit_t));
    if (limit == NULL) {
        return NGX_CONF_ERROR;
    }

    limit->name = value[1];
    limit->size = n;
    limit->queue = NGX_HTTP_ASYNCAPI_LIMIT_QUEUE;

    for (i = 3; i < cf->args->nelts; i++) {
        rv = ngx_http_asyncapi_limit_option(cf, limit, &value[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    slot = ngx_array_push(&amcf->limits);
    if (slot == NULL) {
        return NGX_CONF_ERROR;
    }

    *slot = limit;

    return NGX_CONF_OK;
}


static char *
ngx_http_asyncapi_limit_option(ngx_conf_t *cf, ngx_asyncapi_limit_t *limit,
    ngx_str_t *value)
{
    ngx_int_t  n;
    ngx_str_t  time;

    if (ngx_strncmp(value->data, "queue=", 6) == 0) {

        n = ngx_atoi(value->data + 6, value->len - 6);

        if (n != NGX_ERROR) {
            limit->queue = n;
            return NGX_CONF_OK;
        }

    } else if (ngx_strncmp(value->data, "wait=", 5) == 0) {

        time.data = value->data + 5;
        time.len = value->len - 5;

        n = ngx_parse_time(&time, 0);

        if (n != NGX_ERROR && n != 0) {
            limit->wait = n;
            return NGX_CONF_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\": write queue=N, the number "
                       "of tasks that may wait, or wait=TIME, how long each "
                       "may", value);

    return NGX_CONF_ERROR;
}


static ngx_asyncapi_limit_t *
ngx_http_asyncapi_limit_find(ngx_http_asyncapi_main_conf_t *amcf,
    ngx_str_t *name)
{
    ngx_uint_t              i;
    ngx_asyncapi_limit_t  **limit;

    limit = amcf->limits.elts;

    for (i = 0; i < amcf->limits.nelts; i++) {
        if (limit[i]->name.len == name->len
            && ngx_strncmp(limit[i]->name.data, name->data, name->len) == 0)
        {
            return limit[i];
        }
    }

    return NULL;
}


char *
ngx_http_asyncapi_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_asyncapi_main_conf_t  *amcf = conf;

    ssize_t     size;
    ngx_str_t  *value;

    if (amcf->zone) {
        return "is duplicate";
    }

    value = cf->args->elts;
    size = ngx_parse_size(&value[1]);

    if (size < (ssize_t) (8 * ngx_pagesize)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is not the size of a zone, of at least "
                           "%uzk: write for instance \"asyncapi_zone 1m;\"",
                           &value[1], 8 * ngx_pagesize / 1024);
        return NGX_CONF_ERROR;
    }

    amcf->zone = size;

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_asyncapi_limits_complete(ngx_conf_t *cf)
{
    ngx_uint_t                       i;
    ngx_http_asyncapi_node_t       **node;
    ngx_http_asyncapi_main_conf_t   *amcf;

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_asyncapi_module);

    node = amcf->limited.elts;

    for (i = 0; i < amcf->limited.nelts; i++) {

        node[i]->limit = ngx_http_asyncapi_limit_find(amcf,
                                                      &node[i]->limit_name);

        if (node[i]->limit == NULL) {
            (void) ngx_http_asyncapi_node_error(cf, node[i],
                              "there is no limit \"%V\": declare it in http "
                              "with \"asyncapi_limit %V 20;\"",
                              &node[i]->limit_name, &node[i]->limit_name);
            return NGX_ERROR;
        }
    }

    if (amcf->limits.nelts == 0 && amcf->zone == 0) {
        return NGX_OK;
    }

    if (amcf->zone == 0) {
        amcf->zone = NGX_HTTP_ASYNCAPI_ZONE;
    }

    return ngx_asyncapi_limit_zone(cf, amcf->zone, &amcf->limits,
                                   &ngx_http_asyncapi_module)
           ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_http_asyncapi_task_take(ngx_http_asyncapi_task_t *task)
{
    ngx_int_t             rc;
    ngx_asyncapi_slot_t  *slot;

    slot = task->slot;

    if (slot == NULL) {
        slot = ngx_pcalloc(task->op.pool, sizeof(ngx_asyncapi_slot_t));
        if (slot == NULL) {
            return NGX_ERROR;
        }

        slot->limit = task->node->limit;
        slot->handler = ngx_http_asyncapi_task_slot;
        slot->data = task;

        task->slot = slot;
    }

    /* a second try would wait before others for what the first has got */

    rc = ngx_asyncapi_slot_take(slot, task->spare);

    switch (rc) {

    case NGX_OK:
    case NGX_AGAIN:
        return rc;

    case NGX_BUSY:
        return ngx_http_asyncapi_task_refused(task, task->spare
                         ? "no slot of the limit \"%V\" was free at once%Z"
                         : "the limit \"%V\" is full, and so is its queue%Z");

    default: /* NGX_ERROR */
        return ngx_http_asyncapi_task_refused(task,
                         "the limit \"%V\" has no room in asyncapi_zone%Z");
    }
}


static void
ngx_http_asyncapi_task_slot(ngx_asyncapi_slot_t *slot, ngx_uint_t granted)
{
    ngx_http_asyncapi_task_t  *task;

    task = slot->data;

    if (granted) {
        ngx_http_asyncapi_task_admit(task);
        return;
    }

    if (ngx_http_asyncapi_task_refused(task,
                         "it has waited for a slot of the limit \"%V\" as long "
                         "as one may%Z")
        == NGX_ERROR)
    {
        task->scope->run->error = 1;
        ngx_http_asyncapi_run_wake(task->scope->run);
    }
}


/* NGX_DECLINED: it has been ended; or NGX_ERROR */

static ngx_int_t
ngx_http_asyncapi_task_refused(ngx_http_asyncapi_task_t *task, const char *why)
{
    size_t   len;
    u_char  *detail;

    len = ngx_strlen(why) + task->node->limit_name.len;

    detail = ngx_pnalloc(task->op.pool, len);
    if (detail == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_snprintf(detail, len, why, &task->node->limit_name);

    ngx_http_asyncapi_task_failed(&task->op, NGX_HTTP_ASYNCAPI_LIMIT,
                                  (char *) detail);

    return NGX_DECLINED;
}

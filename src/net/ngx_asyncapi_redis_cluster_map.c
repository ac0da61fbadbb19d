
/*
 * Copyright (C) The asyncapi module authors
 *
 * Redis Cluster: its nodes, and which slots are whose.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_redis_cluster.h"


static const char *ngx_asyncapi_redis_cluster_range(
    ngx_asyncapi_redis_cluster_t *cl, redisReply *range,
    ngx_asyncapi_redis_node_t **slots);
static void ngx_asyncapi_redis_cluster_mark(ngx_asyncapi_redis_cluster_t *cl);
static ngx_uint_t ngx_asyncapi_redis_cluster_is(
    ngx_asyncapi_redis_node_t *node, ngx_str_t *name, in_port_t port);


const char *
ngx_asyncapi_redis_cluster_map(ngx_asyncapi_redis_cluster_t *cl,
    redisReply *reply)
{
    size_t                       i;
    const char                  *why;
    ngx_asyncapi_redis_node_t  **slots;

    if (reply->type == REDIS_REPLY_ERROR) {
        ngx_cpystrn((u_char *) cl->detail, (u_char *) reply->str,
                    sizeof(cl->detail));
        return cl->detail;
    }

    if (reply->type != REDIS_REPLY_ARRAY) {
        return "its answer is none";
    }

    if (reply->elements == 0) {
        return "it knows of none";
    }

    slots = ngx_calloc(NGX_ASYNCAPI_REDIS_SLOTS * sizeof(void *),
                       ngx_cycle->log);
    if (slots == NULL) {
        return "no memory";
    }

    for (i = 0; i < reply->elements; i++) {
        why = ngx_asyncapi_redis_cluster_range(cl, reply->element[i], slots);

        if (why) {
            ngx_free(slots);
            return why;
        }
    }

    if (cl->slots) {
        ngx_free(cl->slots);
    }

    cl->slots = slots;

    ngx_asyncapi_redis_cluster_mark(cl);

    return NULL;
}


/* [from, to, [host, port, ...], replicas ...]; NULL, or why not */

static const char *
ngx_asyncapi_redis_cluster_range(ngx_asyncapi_redis_cluster_t *cl,
    redisReply *range, ngx_asyncapi_redis_node_t **slots)
{
    ngx_str_t                    name;
    long long                    from, to;
    redisReply                 **r, **master;
    ngx_asyncapi_redis_node_t   *node;

    r = range->element;

    if (range->type != REDIS_REPLY_ARRAY
        || range->elements < 3
        || r[0]->type != REDIS_REPLY_INTEGER
        || r[1]->type != REDIS_REPLY_INTEGER
        || r[2]->type != REDIS_REPLY_ARRAY
        || r[2]->elements < 2
        || r[2]->element[1]->type != REDIS_REPLY_INTEGER)
    {
        return "its answer is none";
    }

    from = r[0]->integer;
    to = r[1]->integer;
    master = r[2]->element;

    if (from < 0 || to < from || to >= NGX_ASYNCAPI_REDIS_SLOTS
        || master[1]->integer < 1 || master[1]->integer > 65535)
    {
        return "its answer has no slots or no port";
    }

    /* one that does not know its own address, or by which name to tell it */

    name = cl->current->target->host.name;

    if (master[0]->type == REDIS_REPLY_STRING && master[0]->len) {
        name.data = (u_char *) master[0]->str;
        name.len = master[0]->len;

    } else if (master[0]->type != REDIS_REPLY_STRING
               && master[0]->type != REDIS_REPLY_NIL)
    {
        return "its answer has no host";
    }

    node = ngx_asyncapi_redis_cluster_node(cl, &name,
                                           (in_port_t) master[1]->integer);
    if (node == NULL) {
        return "its answer has no valid host, or too many nodes";
    }

    while (from <= to) {
        slots[from++] = node;
    }

    return NULL;
}


static void
ngx_asyncapi_redis_cluster_mark(ngx_asyncapi_redis_cluster_t *cl)
{
    ngx_uint_t                  i;
    ngx_queue_t                *q;
    ngx_asyncapi_redis_node_t  *node;

    for (q = ngx_queue_head(&cl->nodes);
         q != ngx_queue_sentinel(&cl->nodes);
         q = ngx_queue_next(q))
    {
        node = ngx_queue_data(q, ngx_asyncapi_redis_node_t, queue);
        node->master = 0;
    }

    for (i = 0; i < NGX_ASYNCAPI_REDIS_SLOTS; i++) {
        if (cl->slots[i]) {
            cl->slots[i]->master = 1;
        }
    }
}


/* nodes that have left, and replicas that were masters */

void
ngx_asyncapi_redis_cluster_sweep(ngx_asyncapi_redis_cluster_t *cl)
{
    ngx_queue_t                *q, *next;
    ngx_asyncapi_redis_node_t  *node;

    for (q = ngx_queue_head(&cl->nodes);
         q != ngx_queue_sentinel(&cl->nodes);
         q = next)
    {
        next = ngx_queue_next(q);
        node = ngx_queue_data(q, ngx_asyncapi_redis_node_t, queue);

        if (node->master
            || node == cl->current
            || node->target != &node->found
            || node->conn->npending
            || node->conn->nwaiting)
        {
            continue;
        }

        ngx_queue_remove(q);
        cl->nnodes--;

        ngx_asyncapi_redis_conn_free(node->conn);
        ngx_free(node);
    }
}


ngx_asyncapi_redis_node_t *
ngx_asyncapi_redis_cluster_node(ngx_asyncapi_redis_cluster_t *cl,
    ngx_str_t *name, in_port_t port)
{
    size_t                      i;
    ngx_queue_t                *q;
    ngx_asyncapi_redis_node_t  *node;

    for (q = ngx_queue_head(&cl->nodes);
         q != ngx_queue_sentinel(&cl->nodes);
         q = ngx_queue_next(q))
    {
        node = ngx_queue_data(q, ngx_asyncapi_redis_node_t, queue);

        if (ngx_asyncapi_redis_cluster_is(node, name, port)) {
            return node;
        }
    }

    if (cl->nnodes == NGX_ASYNCAPI_REDIS_MAX_NODES
        || name->len >= NGX_ASYNCAPI_REDIS_NODE_LEN)
    {
        return NULL;
    }

    for (i = 0; i < name->len; i++) {
        if (name->data[i] <= ' ' || name->data[i] >= 0x7f) {
            return NULL;
        }
    }

    return ngx_asyncapi_redis_cluster_add(cl, NULL, name, port);
}


/* one of the URL by its name there, or by its address if it has but one */

static ngx_uint_t
ngx_asyncapi_redis_cluster_is(ngx_asyncapi_redis_node_t *node,
    ngx_str_t *name, in_port_t port)
{
    ngx_uint_t                  n;
    ngx_asyncapi_redis_addr_t  *addr;
    ngx_asyncapi_redis_host_t  *host;

    host = &node->target->host;

    if (host->port != port) {
        return 0;
    }

    if (host->name.len == name->len
        && ngx_strncasecmp(host->name.data, name->data, name->len) == 0)
    {
        return 1;
    }

    n = node->conn->naddrs;
    addr = node->conn->addrs;

    if (n == 0) {
        n = node->target->naddrs;
        addr = node->target->addrs;
    }

    return n == 1
           && ngx_strlen(addr->text) == name->len
           && ngx_strncmp(addr->text, name->data, name->len) == 0;
}


ngx_asyncapi_redis_node_t *
ngx_asyncapi_redis_cluster_add(ngx_asyncapi_redis_cluster_t *cl,
    ngx_asyncapi_redis_target_t *target, ngx_str_t *name, in_port_t port)
{
    ngx_asyncapi_redis_node_t  *node;

    node = ngx_calloc(sizeof(ngx_asyncapi_redis_node_t), ngx_cycle->log);
    if (node == NULL) {
        return NULL;
    }

    if (target == NULL) {
        target = &node->found;

        ngx_memcpy(node->name, name->data, name->len);

        target->host.name.data = node->name;
        target->host.name.len = name->len;
        target->host.port = port;
    }

    node->target = target;
    node->conn = ngx_asyncapi_redis_conn_create(cl->server, target);

    if (node->conn == NULL) {
        ngx_free(node);
        return NULL;
    }

    node->conn->cluster = cl;
    node->conn->lost = ngx_asyncapi_redis_cluster_lost;

    ngx_queue_insert_tail(&cl->nodes, &node->queue);
    cl->nnodes++;

    return node;
}

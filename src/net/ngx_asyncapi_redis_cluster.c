
/*
 * Copyright (C) The asyncapi module authors
 *
 * Redis Cluster: which node a call goes to.
 *
 * Each node has a connection as any other.  Which slots are whose any node can
 * tell.  One is asked before the first call, and again when a node says that a
 * slot is another's, that the cluster is down, or is lost itself; but not more
 * often than every 200 ms: a change is asked for once, and not by each call.
 * Until the answer is there the old map is used, and a slot of which a node
 * says that it is another's is so at once.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_redis_cluster.h"


#define NGX_ASYNCAPI_REDIS_REDIRECTS  5
#define NGX_ASYNCAPI_REDIS_REFRESH    200

/* each slot a range of its own, with replicas */

#define NGX_ASYNCAPI_REDIS_MAX_MAP    (4 * NGX_ASYNCAPI_REDIS_MAX_REPLY)


static ngx_asyncapi_redis_cluster_t *ngx_asyncapi_redis_cluster_create(
    ngx_asyncapi_redis_server_t *server);
static void ngx_asyncapi_redis_cluster_free(ngx_asyncapi_redis_cluster_t *cl);
static void ngx_asyncapi_redis_cluster_wait(ngx_asyncapi_redis_cluster_t *cl,
    ngx_asyncapi_redis_call_t *call);
static void ngx_asyncapi_redis_cluster_route(ngx_asyncapi_redis_cluster_t *cl,
    ngx_asyncapi_redis_call_t *call);
static ngx_asyncapi_redis_node_t *ngx_asyncapi_redis_cluster_any(
    ngx_asyncapi_redis_cluster_t *cl);

static void ngx_asyncapi_redis_cluster_refresh(
    ngx_asyncapi_redis_cluster_t *cl);
static void ngx_asyncapi_redis_cluster_begin(ngx_event_t *ev);
static void ngx_asyncapi_redis_cluster_ask(ngx_asyncapi_redis_cluster_t *cl);
static void ngx_asyncapi_redis_cluster_handler(
    ngx_asyncapi_redis_call_t *call);
static void ngx_asyncapi_redis_cluster_answered(ngx_event_t *ev);
static void ngx_asyncapi_redis_cluster_failed(
    ngx_asyncapi_redis_cluster_t *cl);
static void ngx_asyncapi_redis_cluster_next_node(
    ngx_asyncapi_redis_cluster_t *cl);
static ngx_asyncapi_redis_call_t *ngx_asyncapi_redis_cluster_next(
    ngx_asyncapi_redis_cluster_t *cl);

static ngx_int_t ngx_asyncapi_redis_cluster_parse(redisReply *reply,
    size_t begin, ngx_uint_t *slot, ngx_str_t *name, in_port_t *port);


/* all of this worker */

static ngx_queue_t  ngx_asyncapi_redis_clusters;


void
ngx_asyncapi_redis_cluster_start(ngx_asyncapi_redis_call_t *call)
{
    ngx_int_t                      rc;
    ngx_asyncapi_redis_server_t   *server;
    ngx_asyncapi_redis_cluster_t  *cl;

    server = call->server;

    if (server->cluster == NULL) {
        server->cluster = ngx_asyncapi_redis_cluster_create(server);

        if (server->cluster == NULL) {
            ngx_asyncapi_redis_call_done(call, NGX_ASYNCAPI_REDIS_NO_MEMORY,
                                         "no memory");
            return;
        }
    }

    cl = server->cluster;

    rc = ngx_asyncapi_redis_keys_slot(call->keys, call->argv, call->argc,
                                      &call->slot);

    if (rc == NGX_ABORT) {
        ngx_asyncapi_redis_call_done(call, NGX_ASYNCAPI_REDIS_CROSSSLOT,
                                     "its keys are in different slots: give "
                                     "them a {part} that is the same");
        return;
    }

    if (rc == NGX_DECLINED) {
        call->slot = NGX_ASYNCAPI_REDIS_SLOTS;
    }

    if (cl->slots) {
        ngx_asyncapi_redis_cluster_route(cl, call);
        return;
    }

    ngx_asyncapi_redis_cluster_wait(cl, call);
}


static ngx_asyncapi_redis_cluster_t *
ngx_asyncapi_redis_cluster_create(ngx_asyncapi_redis_server_t *server)
{
    ngx_uint_t                     i;
    ngx_asyncapi_redis_cluster_t  *cl;

    cl = ngx_calloc(sizeof(ngx_asyncapi_redis_cluster_t), ngx_cycle->log);
    if (cl == NULL) {
        return NULL;
    }

    if (ngx_asyncapi_redis_clusters.next == NULL) {
        ngx_queue_init(&ngx_asyncapi_redis_clusters);
    }

    ngx_queue_insert_tail(&ngx_asyncapi_redis_clusters, &cl->queue);
    ngx_queue_init(&cl->nodes);
    ngx_queue_init(&cl->waiting);

    cl->server = server;

    cl->begin.handler = ngx_asyncapi_redis_cluster_begin;
    cl->begin.data = cl;
    cl->begin.log = ngx_cycle->log;

    cl->answered.handler = ngx_asyncapi_redis_cluster_answered;
    cl->answered.data = cl;
    cl->answered.log = ngx_cycle->log;

    for (i = 0; i < server->url.nhosts; i++) {

        if (ngx_asyncapi_redis_cluster_add(cl, &server->targets[i], NULL, 0)
            == NULL)
        {
            ngx_asyncapi_redis_cluster_free(cl);
            return NULL;
        }
    }

    cl->current = ngx_queue_data(ngx_queue_head(&cl->nodes),
                                 ngx_asyncapi_redis_node_t, queue);

    return cl;
}


static void
ngx_asyncapi_redis_cluster_free(ngx_asyncapi_redis_cluster_t *cl)
{
    ngx_queue_t                *q;
    ngx_asyncapi_redis_node_t  *node;

    ngx_queue_remove(&cl->queue);

    while (!ngx_queue_empty(&cl->nodes)) {
        q = ngx_queue_head(&cl->nodes);
        node = ngx_queue_data(q, ngx_asyncapi_redis_node_t, queue);

        ngx_queue_remove(q);

        node->conn->closing = 1;

        ngx_asyncapi_redis_conn_free(node->conn);
        ngx_free(node);
    }

    if (cl->slots) {
        ngx_free(cl->slots);
    }

    ngx_free(cl);
}


/* a node that could not tell is not asked again by each call */

static void
ngx_asyncapi_redis_cluster_wait(ngx_asyncapi_redis_cluster_t *cl,
    ngx_asyncapi_redis_call_t *call)
{
    if (cl->nwaiting >= NGX_ASYNCAPI_REDIS_MAX_CALLS) {
        ngx_asyncapi_redis_call_done(call, NGX_ASYNCAPI_REDIS_LIMIT,
                                     "too many commands have no reply yet");
        return;
    }

    if (!cl->refreshing
        && cl->why
        && ngx_current_msec - cl->refreshed < NGX_ASYNCAPI_REDIS_REFRESH)
    {
        ngx_asyncapi_redis_call_done(call, NGX_ASYNCAPI_REDIS_CONNECT,
                                     cl->detail);
        return;
    }

    ngx_queue_insert_tail(&cl->waiting, &call->queue);
    cl->nwaiting++;
    call->nwaiting = &cl->nwaiting;

    ngx_asyncapi_redis_cluster_refresh(cl);
}


static void
ngx_asyncapi_redis_cluster_route(ngx_asyncapi_redis_cluster_t *cl,
    ngx_asyncapi_redis_call_t *call)
{
    ngx_asyncapi_redis_node_t  *node;

    node = (call->slot < NGX_ASYNCAPI_REDIS_SLOTS) ? cl->slots[call->slot]
                                                   : NULL;

    /* of a slot that is nobody's it is Redis who says so */

    if (node == NULL) {
        node = ngx_asyncapi_redis_cluster_any(cl);
    }

    /* while it is down another one may take its place */

    if (node->conn->state == NGX_ASYNCAPI_REDIS_STATE_DOWN) {
        ngx_asyncapi_redis_cluster_refresh(cl);
    }

    ngx_asyncapi_redis_conn_call(node->conn, call);
}


/* the same one as long as it is there */

static ngx_asyncapi_redis_node_t *
ngx_asyncapi_redis_cluster_any(ngx_asyncapi_redis_cluster_t *cl)
{
    ngx_queue_t                *q;
    ngx_asyncapi_redis_node_t  *node;

    for (q = ngx_queue_head(&cl->nodes);
         q != ngx_queue_sentinel(&cl->nodes);
         q = ngx_queue_next(q))
    {
        node = ngx_queue_data(q, ngx_asyncapi_redis_node_t, queue);

        if (node->master
            && node->conn->state != NGX_ASYNCAPI_REDIS_STATE_DOWN)
        {
            return node;
        }
    }

    return cl->current;
}


/*
 * Where a call is redirected it is sent on at once, inside of hiredis, which
 * allows for it.
 */

ngx_int_t
ngx_asyncapi_redis_cluster_reply(ngx_asyncapi_redis_conn_t *conn,
    ngx_asyncapi_redis_call_t *call, redisReply *reply)
{
    in_port_t                      port;
    ngx_str_t                      name;
    ngx_uint_t                     slot, ask;
    ngx_asyncapi_redis_node_t     *node;
    ngx_asyncapi_redis_cluster_t  *cl;

    cl = conn->cluster;

    if (reply->type != REDIS_REPLY_ERROR) {
        return NGX_DECLINED;
    }

    if (ngx_asyncapi_redis_is_error(reply, "CLUSTERDOWN ")) {
        ngx_asyncapi_redis_cluster_refresh(cl);
        return NGX_DECLINED;
    }

    ask = ngx_asyncapi_redis_is_error(reply, "ASK ");

    if (!ask && !ngx_asyncapi_redis_is_error(reply, "MOVED ")) {
        return NGX_DECLINED;
    }

    if (ngx_asyncapi_redis_cluster_parse(reply, ask ? 4 : 6, &slot, &name,
                                         &port)
        != NGX_OK)
    {
        return NGX_DECLINED;
    }

    /* it is the host of whom says so */

    if (name.len == 0) {
        name = conn->target->host.name;
    }

    node = ngx_asyncapi_redis_cluster_node(cl, &name, port);

    if (node == NULL) {
        return NGX_DECLINED;
    }

    if (!ask && cl->slots) {
        cl->slots[slot] = node;
        node->master = 1;

        ngx_asyncapi_redis_cluster_refresh(cl);
    }

    if (call->redirects == NGX_ASYNCAPI_REDIS_REDIRECTS) {
        return NGX_DECLINED;
    }

    call->redirects++;
    call->asking = ask;

    ngx_asyncapi_redis_conn_call(node->conn, call);

    return NGX_OK;
}


void
ngx_asyncapi_redis_cluster_lost(ngx_asyncapi_redis_conn_t *conn)
{
    ngx_asyncapi_redis_cluster_t  *cl;

    cl = conn->cluster;

    if (conn->detail[0] == '\0') {
        return;
    }

    /* of one that is asked the answer has ended with it */

    if (!cl->refreshing && conn == cl->current->conn) {
        ngx_asyncapi_redis_cluster_next_node(cl);
    }

    ngx_asyncapi_redis_cluster_refresh(cl);
}


/* may be called inside of hiredis */

static void
ngx_asyncapi_redis_cluster_refresh(ngx_asyncapi_redis_cluster_t *cl)
{
    if (cl->refreshing) {
        return;
    }

    if (cl->slots
        && (ngx_exiting
            || ngx_current_msec - cl->refreshed < NGX_ASYNCAPI_REDIS_REFRESH))
    {
        return;
    }

    cl->refreshing = 1;
    cl->refreshed = ngx_current_msec;

    ngx_post_event(&cl->begin, &ngx_posted_events);
}


static void
ngx_asyncapi_redis_cluster_begin(ngx_event_t *ev)
{
    ngx_asyncapi_redis_cluster_t  *cl;

    cl = ev->data;

    cl->asked = 0;

    ngx_asyncapi_redis_cluster_ask(cl);
}


static void
ngx_asyncapi_redis_cluster_ask(ngx_asyncapi_redis_cluster_t *cl)
{
    static ngx_str_t  command =
                         ngx_string("*2\r\n$7\r\nCLUSTER\r\n$5\r\nSLOTS\r\n");

    cl->asked++;

    ngx_memzero(&cl->call, sizeof(ngx_asyncapi_redis_call_t));

    cl->call.server = cl->server;
    cl->call.command = command;
    cl->call.max_reply = NGX_ASYNCAPI_REDIS_MAX_MAP;
    cl->call.handler = ngx_asyncapi_redis_cluster_handler;
    cl->call.data = cl;

    ngx_asyncapi_redis_conn_call(cl->current->conn, &cl->call);
}


static void
ngx_asyncapi_redis_cluster_handler(ngx_asyncapi_redis_call_t *call)
{
    ngx_asyncapi_redis_cluster_t  *cl;

    cl = call->data;

    if (call->error == NGX_ASYNCAPI_REDIS_OK) {
        cl->why = ngx_asyncapi_redis_cluster_map(cl, call->reply);

    } else {
        ngx_cpystrn((u_char *) cl->detail, (u_char *) call->detail,
                    sizeof(cl->detail));
        cl->why = cl->detail;
    }

    ngx_post_event(&cl->answered, &ngx_posted_events);
}


static void
ngx_asyncapi_redis_cluster_answered(ngx_event_t *ev)
{
    ngx_asyncapi_redis_call_t     *call;
    ngx_asyncapi_redis_cluster_t  *cl;

    cl = ev->data;

    if (cl->why == NULL) {
        cl->refreshing = 0;

        ngx_asyncapi_redis_cluster_sweep(cl);

        while ((call = ngx_asyncapi_redis_cluster_next(cl)) != NULL) {
            ngx_asyncapi_redis_cluster_route(cl, call);
        }

        return;
    }

    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "asyncapi redis \"%V\": node %V:%d does not tell the slots: "
                  "%s", &cl->server->name,
                  &cl->current->target->host.name,
                  (int) cl->current->target->host.port, cl->why);

    ngx_asyncapi_redis_cluster_next_node(cl);

    if (cl->asked < cl->nnodes) {
        ngx_asyncapi_redis_cluster_ask(cl);
        return;
    }

    ngx_asyncapi_redis_cluster_failed(cl);
}


/* where there is an old map it is used on */

static void
ngx_asyncapi_redis_cluster_failed(ngx_asyncapi_redis_cluster_t *cl)
{
    char                        why[sizeof(cl->detail)];
    ngx_asyncapi_redis_call_t  *call;

    cl->refreshing = 0;

    ngx_cpystrn((u_char *) why, (u_char *) cl->why, sizeof(why));

    (void) ngx_snprintf((u_char *) cl->detail, sizeof(cl->detail) - 1,
                        "no node tells the slots: %s%Z", why);

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "asyncapi redis \"%V\": %s", &cl->server->name, cl->detail);

    while ((call = ngx_asyncapi_redis_cluster_next(cl)) != NULL) {
        ngx_asyncapi_redis_call_done(call, NGX_ASYNCAPI_REDIS_CONNECT,
                                     cl->detail);
    }
}


static void
ngx_asyncapi_redis_cluster_next_node(ngx_asyncapi_redis_cluster_t *cl)
{
    ngx_queue_t  *q;

    q = ngx_queue_next(&cl->current->queue);

    if (q == ngx_queue_sentinel(&cl->nodes)) {
        q = ngx_queue_head(&cl->nodes);
    }

    cl->current = ngx_queue_data(q, ngx_asyncapi_redis_node_t, queue);
}


/* of those that wait, or NULL */

static ngx_asyncapi_redis_call_t *
ngx_asyncapi_redis_cluster_next(ngx_asyncapi_redis_cluster_t *cl)
{
    ngx_queue_t                *q;
    ngx_asyncapi_redis_call_t  *call;

    if (ngx_queue_empty(&cl->waiting)) {
        return NULL;
    }

    q = ngx_queue_head(&cl->waiting);
    call = ngx_queue_data(q, ngx_asyncapi_redis_call_t, queue);

    ngx_queue_remove(q);
    cl->nwaiting--;
    call->nwaiting = NULL;

    return call;
}


/* "MOVED 3999 127.0.0.1:6381", from the slot on: NGX_OK, NGX_DECLINED */

static ngx_int_t
ngx_asyncapi_redis_cluster_parse(redisReply *reply, size_t begin,
    ngx_uint_t *slot, ngx_str_t *name, in_port_t *port)
{
    u_char     *p, *last, *blank, *colon;
    ngx_int_t   n;

    p = (u_char *) reply->str + begin;
    last = (u_char *) reply->str + reply->len;

    blank = ngx_strlchr(p, last, ' ');

    if (blank == NULL) {
        return NGX_DECLINED;
    }

    n = ngx_atoi(p, blank - p);

    if (n < 0 || n >= NGX_ASYNCAPI_REDIS_SLOTS) {
        return NGX_DECLINED;
    }

    *slot = n;

    for (colon = last - 1; *colon != ':'; colon--) {
        if (colon == blank) {
            return NGX_DECLINED;
        }
    }

    n = ngx_atoi(colon + 1, last - colon - 1);

    if (n < 1 || n > 65535) {
        return NGX_DECLINED;
    }

    *port = (in_port_t) n;

    name->data = blank + 1;
    name->len = colon - name->data;

    return NGX_OK;
}


void
ngx_asyncapi_redis_cluster_exit(void)
{
    ngx_queue_t                   *q;
    ngx_asyncapi_redis_cluster_t  *cl;

    if (ngx_asyncapi_redis_clusters.next == NULL) {
        return;
    }

    while (!ngx_queue_empty(&ngx_asyncapi_redis_clusters)) {
        q = ngx_queue_head(&ngx_asyncapi_redis_clusters);
        cl = ngx_queue_data(q, ngx_asyncapi_redis_cluster_t, queue);

        ngx_asyncapi_redis_cluster_free(cl);
    }
}

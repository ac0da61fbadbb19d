
/*
 * Copyright (C) The asyncapi module authors
 *
 * The nodes of a Redis Cluster, for the files of the client only.
 *
 * The cluster lasts as long as its worker, and so do the nodes of the URL.
 * Others are found, in the map or where a node sends a call to, and last until
 * a map has them no more.
 */


#ifndef _NGX_ASYNCAPI_REDIS_CLUSTER_H_INCLUDED_
#define _NGX_ASYNCAPI_REDIS_CLUSTER_H_INCLUDED_


#include "ngx_asyncapi_redis_conn.h"


#define NGX_ASYNCAPI_REDIS_NODE_LEN   256
#define NGX_ASYNCAPI_REDIS_MAX_NODES  4096


typedef struct {
    ngx_queue_t                     queue;     /* cl->nodes */
    ngx_asyncapi_redis_target_t    *target;    /* the server's, or found */
    ngx_asyncapi_redis_conn_t      *conn;

    ngx_asyncapi_redis_target_t     found;
    u_char                          name[NGX_ASYNCAPI_REDIS_NODE_LEN];

    unsigned                        master:1;  /* the map has it */
} ngx_asyncapi_redis_node_t;


struct ngx_asyncapi_redis_cluster_s {
    ngx_queue_t                     queue;     /* of the worker's */
    ngx_asyncapi_redis_server_t    *server;

    ngx_queue_t                     nodes;     /* those of the URL first */
    ngx_uint_t                      nnodes;
    ngx_asyncapi_redis_node_t      *current;   /* that tells the map */
    ngx_asyncapi_redis_node_t     **slots;     /* the map, NULL: none yet; of
                                                  a slot NULL: nobody's */

    ngx_queue_t                     waiting;   /* calls, for the first map */
    ngx_uint_t                      nwaiting;

    ngx_asyncapi_redis_call_t       call;      /* CLUSTER SLOTS */
    ngx_event_t                     begin;     /* posted: ask for the map */
    ngx_event_t                     answered;  /* posted: call has ended */
    ngx_uint_t                      asked;     /* nodes, this time */
    ngx_msec_t                      refreshed; /* when that began */
    const char                     *why;       /* there is no map */
    char                            detail[256];

    unsigned                        refreshing:1;
};


/* ---- cluster_map.c: nodes, and which slots are whose ---- */

/*
 * The map that an answer to CLUSTER SLOTS is: NULL, or why it is none, and the
 * old one stays; of constant memory or cl->detail.  May be called inside of
 * hiredis.
 */
const char *ngx_asyncapi_redis_cluster_map(ngx_asyncapi_redis_cluster_t *cl,
    redisReply *reply);

/*
 * Frees nodes that the map does not have, and which nothing waits for; not
 * inside of hiredis.
 */
void ngx_asyncapi_redis_cluster_sweep(ngx_asyncapi_redis_cluster_t *cl);

/*
 * The node at this address, which may be new.  NULL: it is none, there are too
 * many, or no memory.
 */
ngx_asyncapi_redis_node_t *ngx_asyncapi_redis_cluster_node(
    ngx_asyncapi_redis_cluster_t *cl, ngx_str_t *name, in_port_t port);

/* a new node: the target's, which must last, or else of name and port */
ngx_asyncapi_redis_node_t *ngx_asyncapi_redis_cluster_add(
    ngx_asyncapi_redis_cluster_t *cl, ngx_asyncapi_redis_target_t *target,
    ngx_str_t *name, in_port_t port);


#endif /* _NGX_ASYNCAPI_REDIS_CLUSTER_H_INCLUDED_ */

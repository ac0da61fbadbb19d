
/*
 * Copyright (C) The asyncapi module authors
 *
 * Requests that belong to no client.
 *
 * As nginx's own HTTP/2 does it, the connection is none of the cycle's: it
 * takes none from worker_connections, and no event of it is ever added.
 */


#include "ngx_http_asyncapi_detached.h"
#include "ngx_http_asyncapi_detached_headers.h"


typedef struct {
    ngx_http_request_t        request;
    ngx_http_request_body_t   body;        /* there is none to be read */
    ngx_buf_t                 header_in;   /* likewise */
    ngx_http_connection_t     http;

    ngx_connection_t          connection;
    ngx_event_t               read;
    ngx_event_t               write;
    ngx_log_t                 log;
    ngx_http_log_ctx_t        log_ctx;
    ngx_proxy_protocol_t      proxy_protocol;

#if (NGX_HTTP_SSL)
    ngx_ssl_connection_t      ssl;
#endif
} ngx_http_asyncapi_detached_t;


static ngx_int_t ngx_http_asyncapi_detached_connection(
    ngx_http_asyncapi_detached_t *d, ngx_connection_t *c);
static void ngx_http_asyncapi_detached_events(
    ngx_http_asyncapi_detached_t *d);
static ngx_int_t ngx_http_asyncapi_detached_addresses(ngx_connection_t *to,
    ngx_connection_t *from);
static ngx_int_t ngx_http_asyncapi_detached_proxy(
    ngx_http_asyncapi_detached_t *d, ngx_connection_t *c);
static ngx_int_t ngx_http_asyncapi_detached_ssl(
    ngx_http_asyncapi_detached_t *d, ngx_connection_t *c);
static ngx_int_t ngx_http_asyncapi_detached_request(
    ngx_http_asyncapi_detached_t *d, ngx_http_request_t *r);
static ngx_int_t ngx_http_asyncapi_detached_texts(ngx_http_request_t *to,
    ngx_http_request_t *from);
static ngx_int_t ngx_http_asyncapi_detached_variables(ngx_http_request_t *to,
    ngx_http_request_t *from);
static void ngx_http_asyncapi_detached_event(ngx_event_t *ev);


ngx_http_request_t *
ngx_http_asyncapi_detached_create(ngx_http_request_t *r)
{
    ngx_pool_t                    *pool;
    ngx_http_core_srv_conf_t      *cscf;
    ngx_http_asyncapi_detached_t  *d;

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    pool = ngx_create_pool(cscf->request_pool_size, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    d = ngx_pcalloc(pool, sizeof(ngx_http_asyncapi_detached_t));

    if (d) {
        d->connection.pool = pool;
        d->request.pool = pool;

        if (ngx_http_asyncapi_detached_connection(d, r->connection) == NGX_OK
            && ngx_http_asyncapi_detached_request(d, r) == NGX_OK)
        {
            return &d->request;
        }
    }

    ngx_destroy_pool(pool);

    return NULL;
}


static ngx_int_t
ngx_http_asyncapi_detached_connection(ngx_http_asyncapi_detached_t *d,
    ngx_connection_t *c)
{
    ngx_connection_t  *dc;

    dc = &d->connection;

    d->log = *c->log;
    d->log.data = &d->log_ctx;
    d->log.action = NULL;

    d->log_ctx.connection = dc;
    d->log_ctx.request = &d->request;
    d->log_ctx.current_request = &d->request;

    dc->data = &d->request;
    dc->log = &d->log;
    dc->fd = (ngx_socket_t) -1;

    /* not those of TLS: that is the client's still */

    dc->recv = ngx_recv;
    dc->send = ngx_send;
    dc->recv_chain = ngx_recv_chain;
    dc->send_chain = ngx_send_chain;

    dc->listening = c->listening;
    dc->type = c->type;
    dc->sent = c->sent;
    dc->number = c->number;
    dc->requests = c->requests;
    dc->start_time = c->start_time;
    dc->log_error = c->log_error;
    dc->sndlowat = 1;
    dc->tcp_nodelay = NGX_TCP_NODELAY_DISABLED;
    dc->tcp_nopush = NGX_TCP_NOPUSH_DISABLED;

    ngx_http_asyncapi_detached_events(d);

    if (ngx_http_asyncapi_detached_addresses(dc, c) != NGX_OK
        || ngx_http_asyncapi_detached_proxy(d, c) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_asyncapi_detached_ssl(d, c);
}


/* they are as if added, so that nginx adds and deletes none */

static void
ngx_http_asyncapi_detached_events(ngx_http_asyncapi_detached_t *d)
{
    d->connection.read = &d->read;
    d->connection.write = &d->write;

    d->read.data = &d->connection;
    d->read.handler = ngx_http_asyncapi_detached_event;
    d->read.log = &d->log;
    d->read.active = 1;

    d->write.data = &d->connection;
    d->write.handler = ngx_http_asyncapi_detached_event;
    d->write.log = &d->log;
    d->write.write = 1;
    d->write.ready = 1;
    d->write.active = (ngx_event_flags & NGX_USE_CLEAR_EVENT) ? 1 : 0;
}


static ngx_int_t
ngx_http_asyncapi_detached_addresses(ngx_connection_t *to,
    ngx_connection_t *from)
{
    /* nobody can ask the descriptor later; what fails is not there then */

    (void) ngx_connection_local_sockaddr(from, NULL, 0);

    to->socklen = from->socklen;
    to->sockaddr = ngx_palloc(to->pool, from->socklen);
    if (to->sockaddr == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(to->sockaddr, from->sockaddr, from->socklen);

    if (from->local_socklen) {
        to->local_socklen = from->local_socklen;
        to->local_sockaddr = ngx_palloc(to->pool, from->local_socklen);
        if (to->local_sockaddr == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(to->local_sockaddr, from->local_sockaddr,
                   from->local_socklen);
    }

    to->addr_text = from->addr_text;

    return ngx_http_asyncapi_detach(to->pool, &to->addr_text);
}


static ngx_int_t
ngx_http_asyncapi_detached_proxy(ngx_http_asyncapi_detached_t *d,
    ngx_connection_t *c)
{
    ngx_pool_t  *pool;

    if (c->proxy_protocol == NULL) {
        return NGX_OK;
    }

    pool = d->connection.pool;

    d->proxy_protocol = *c->proxy_protocol;
    d->connection.proxy_protocol = &d->proxy_protocol;

#if (nginx_version >= 1023002)

    if (ngx_http_asyncapi_detach(pool, &d->proxy_protocol.tlvs) != NGX_OK) {
        return NGX_ERROR;
    }

#endif

    if (ngx_http_asyncapi_detach(pool, &d->proxy_protocol.src_addr) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_asyncapi_detach(pool, &d->proxy_protocol.dst_addr);
}


#if (NGX_HTTP_SSL)

static void
ngx_http_asyncapi_detached_ssl_free(void *data)
{
    SSL_free(data);
}


/* for the variables that tell of it; nothing is read or written by it */

static ngx_int_t
ngx_http_asyncapi_detached_ssl(ngx_http_asyncapi_detached_t *d,
    ngx_connection_t *c)
{
    ngx_pool_cleanup_t  *cln;

    if (c->ssl == NULL) {
        return NGX_OK;
    }

    cln = ngx_pool_cleanup_add(d->connection.pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    if (SSL_up_ref(c->ssl->connection) == 0) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_asyncapi_detached_ssl_free;
    cln->data = c->ssl->connection;

    d->ssl.connection = c->ssl->connection;
    d->ssl.session_ctx = c->ssl->session_ctx;
    d->ssl.handshaked = 1;

    d->connection.ssl = &d->ssl;

    return NGX_OK;
}

#else

static ngx_int_t
ngx_http_asyncapi_detached_ssl(ngx_http_asyncapi_detached_t *d,
    ngx_connection_t *c)
{
    return NGX_OK;
}

#endif


static ngx_int_t
ngx_http_asyncapi_detached_request(ngx_http_asyncapi_detached_t *d,
    ngx_http_request_t *r)
{
    ngx_pool_t          *pool;
    ngx_http_request_t  *dr;

    dr = &d->request;
    pool = dr->pool;

    dr->signature = NGX_HTTP_MODULE;
    dr->connection = &d->connection;

    dr->main_conf = r->main_conf;
    dr->srv_conf = r->srv_conf;
    dr->loc_conf = r->loc_conf;

    dr->read_event_handler = ngx_http_request_empty_handler;
    dr->write_event_handler = ngx_http_request_empty_handler;
    dr->log_handler = r->log_handler;

    dr->http_connection = &d->http;
    d->http.addr_conf = r->main->http_connection->addr_conf;
    d->http.conf_ctx = r->main->http_connection->conf_ctx;

#if (NGX_HTTP_SSL)
    d->http.ssl = r->main->http_connection->ssl;
#endif

    dr->header_in = &d->header_in;
    dr->request_body = &d->body;

#if (nginx_version >= 1029003)
    dr->port = r->port;
#endif

    dr->start_sec = r->start_sec;
    dr->start_msec = r->start_msec;
    dr->method = r->method;
    dr->http_version = r->http_version;
    dr->http_major = r->http_major;
    dr->http_minor = r->http_minor;
    dr->request_length = r->main->request_length;
    dr->header_size = r->header_size;
    dr->headers_out.status = r->headers_out.status;
    dr->headers_out.content_length_n = -1;
    dr->headers_out.last_modified_time = -1;

    dr->http_state = NGX_HTTP_PROCESS_REQUEST_STATE;
    dr->header_sent = 1;
    dr->valid_location = 1;
    dr->uri_changes = NGX_HTTP_MAX_URI_CHANGES + 1;

    /* those who begin each other in a cycle come to an end */

    dr->subrequests = r->subrequests - 1;

    dr->main = dr;
    dr->count = 1;

    /* what is blocked nginx neither closes nor frees, whatever happens */

    dr->blocked = 1;

    dr->ctx = ngx_pcalloc(pool, sizeof(void *) * ngx_http_max_module);

    if (dr->ctx == NULL
        || ngx_list_init(&dr->headers_out.headers, pool, 1,
                         sizeof(ngx_table_elt_t))
           != NGX_OK
        || ngx_list_init(&dr->headers_out.trailers, pool, 1,
                         sizeof(ngx_table_elt_t))
           != NGX_OK
        || ngx_http_asyncapi_detached_texts(dr, r) != NGX_OK
        || ngx_http_asyncapi_detached_headers(dr, r) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_asyncapi_detached_variables(dr, r);
}


static ngx_int_t
ngx_http_asyncapi_detached_texts(ngx_http_request_t *to,
    ngx_http_request_t *from)
{
    to->request_line = from->main->request_line;
    to->uri = from->uri;
    to->args = from->args;
    to->unparsed_uri = from->unparsed_uri;
    to->method_name = from->method_name;
    to->http_protocol = from->http_protocol;
    to->schema = from->schema;

    if (ngx_http_asyncapi_detach(to->pool, &to->request_line) != NGX_OK
        || ngx_http_asyncapi_detach(to->pool, &to->uri) != NGX_OK
        || ngx_http_asyncapi_detach(to->pool, &to->args) != NGX_OK
        || ngx_http_asyncapi_detach(to->pool, &to->unparsed_uri) != NGX_OK
        || ngx_http_asyncapi_detach(to->pool, &to->method_name) != NGX_OK
        || ngx_http_asyncapi_detach(to->pool, &to->http_protocol) != NGX_OK
        || ngx_http_asyncapi_detach(to->pool, &to->schema) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_set_exten(to);

    return NGX_OK;
}


/* those that can't change any more, as nginx has cached them */

static ngx_int_t
ngx_http_asyncapi_detached_variables(ngx_http_request_t *to,
    ngx_http_request_t *from)
{
    u_char                     *p;
    ngx_uint_t                  i, n;
    ngx_http_variable_value_t  *v, *old;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_get_module_main_conf(from, ngx_http_core_module);

    n = cmcf->variables.nelts;
    old = from->variables;

    v = ngx_pcalloc(to->pool, n * sizeof(ngx_http_variable_value_t));
    if (v == NULL) {
        return NGX_ERROR;
    }

    to->variables = v;

    for (i = 0; i < n; i++) {

        if (old[i].no_cacheable || (!old[i].valid && !old[i].not_found)) {
            continue;
        }

        v[i] = old[i];

        if (!old[i].valid || old[i].len == 0) {
            v[i].data = (u_char *) "";
            continue;
        }

        p = ngx_pnalloc(to->pool, old[i].len);
        if (p == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(p, old[i].data, old[i].len);
        v[i].data = p;
    }

    return NGX_OK;
}


/* a timer that a module has set for the client's connection */

static void
ngx_http_asyncapi_detached_event(ngx_event_t *ev)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    c = ev->data;
    r = c->data;

    ngx_http_set_log_request(c->log, r);

    if (ev->delayed && ev->timedout) {
        ev->delayed = 0;
        ev->timedout = 0;
    }

    if (ev->write) {
        r->write_event_handler(r);

    } else {
        r->read_event_handler(r);
    }

    ngx_http_run_posted_requests(c);
}


ngx_int_t
ngx_http_asyncapi_detached_destroy(ngx_http_request_t *r)
{
    ngx_http_cleanup_t  *cln;

    if (r->count > 1 || r->blocked > 1) {
        return NGX_BUSY;
    }

    for (cln = r->cleanup; cln; cln = cln->next) {
        if (cln->handler) {
            cln->handler(cln->data);
        }
    }

    ngx_http_asyncapi_detached_free(r);

    return NGX_OK;
}


void
ngx_http_asyncapi_detached_free(ngx_http_request_t *r)
{
    ngx_uint_t         i;
    ngx_event_t       *ev[2];
    ngx_connection_t  *c;

    c = r->connection;

    ev[0] = c->read;
    ev[1] = c->write;

    for (i = 0; i < 2; i++) {

        if (ev[i]->timer_set) {
            ngx_del_timer(ev[i]);
        }

        if (ev[i]->posted) {
            ngx_delete_posted_event(ev[i]);
        }
    }

    ngx_destroy_pool(r->pool);
}


ngx_int_t
ngx_http_asyncapi_detach(ngx_pool_t *pool, ngx_str_t *text)
{
    u_char  *p;

    if (text->data == NULL) {
        return NGX_OK;
    }

    p = ngx_pnalloc(pool, text->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, text->data, text->len);
    p[text->len] = '\0';

    text->data = p;

    return NGX_OK;
}

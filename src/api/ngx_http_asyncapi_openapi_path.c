
/*
 * Copyright (C) The asyncapi module authors
 *
 * Which endpoints are in a document, their paths, and what operations are
 * called.
 */


#include "ngx_http_asyncapi_openapi.h"
#include "ngx_http_asyncapi_route.h"


static ngx_int_t ngx_http_asyncapi_openapi_path(ngx_conf_t *cf,
    ngx_http_asyncapi_openapi_entry_t *entry);
static ngx_uint_t ngx_http_asyncapi_openapi_is_path(
    ngx_http_core_loc_conf_t *clcf);
static ngx_int_t ngx_http_asyncapi_openapi_path_of(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep, ngx_uint_t names, ngx_str_t *path);
static ngx_int_t ngx_http_asyncapi_openapi_path_escape(ngx_conf_t *cf,
    ngx_str_t *text, ngx_str_t *path);
static ngx_int_t ngx_http_asyncapi_openapi_entry_cmp(const void *one,
    const void *two);
static ngx_int_t ngx_http_asyncapi_openapi_rank(
    ngx_http_core_loc_conf_t *clcf);
static ngx_http_asyncapi_openapi_id_t *ngx_http_asyncapi_openapi_id_find(
    ngx_http_asyncapi_openapi_t *doc, ngx_str_t *id);
static ngx_int_t ngx_http_asyncapi_openapi_id_add(
    ngx_http_asyncapi_openapi_t *doc, ngx_http_asyncapi_endpoint_t *ep,
    ngx_str_t *id);
static ngx_uint_t ngx_http_asyncapi_openapi_single(
    ngx_http_asyncapi_endpoint_t *ep);


ngx_array_t *
ngx_http_asyncapi_openapi_entries(ngx_conf_t *cf,
    ngx_http_asyncapi_srv_conf_t *ascf)
{
    ngx_int_t                           rc;
    ngx_uint_t                          i;
    ngx_array_t                        *entries;
    ngx_http_asyncapi_placed_t         *placed;
    ngx_http_asyncapi_openapi_entry_t   entry, *slot;

    entries = ngx_array_create(cf->temp_pool, ascf->endpoints.nelts + 1,
                               sizeof(ngx_http_asyncapi_openapi_entry_t));
    if (entries == NULL) {
        return NULL;
    }

    placed = ascf->endpoints.elts;

    for (i = 0; i < ascf->endpoints.nelts; i++) {

        entry.endpoint = placed[i].endpoint;
        entry.location = placed[i].location;

        rc = ngx_http_asyncapi_openapi_path(cf, &entry);

        if (rc == NGX_ERROR) {
            return NULL;
        }

        if (rc == NGX_DECLINED) {
            continue;
        }

        slot = ngx_array_push(entries);
        if (slot == NULL) {
            return NULL;
        }

        *slot = entry;
    }

    ngx_sort(entries->elts, entries->nelts,
             sizeof(ngx_http_asyncapi_openapi_entry_t),
             ngx_http_asyncapi_openapi_entry_cmp);

    return entries;
}


/*
 * NGX_DECLINED: no client can ask for it, or there is no saying under which
 * path.
 */

static ngx_int_t
ngx_http_asyncapi_openapi_path(ngx_conf_t *cf,
    ngx_http_asyncapi_openapi_entry_t *entry)
{
    ngx_http_core_loc_conf_t      *clcf;
    ngx_http_asyncapi_endpoint_t  *ep;

    ep = entry->endpoint;
    clcf = entry->location;

    if (clcf->internal) {
        return NGX_DECLINED;
    }

    if (ep->path.len) {
        return (ngx_http_asyncapi_openapi_path_of(cf, ep, 1, &entry->path)
                == NGX_OK)
               ? ngx_http_asyncapi_openapi_path_of(cf, ep, 0, &entry->shape)
               : NGX_ERROR;
    }

    if (!ngx_http_asyncapi_openapi_is_path(clcf)) {
        return NGX_DECLINED;
    }

    if (ngx_http_asyncapi_openapi_path_escape(cf, &clcf->name, &entry->path)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    entry->shape = entry->path;

    return NGX_OK;
}


/* whether its name is a path, which clients can ask for */

static ngx_uint_t
ngx_http_asyncapi_openapi_is_path(ngx_http_core_loc_conf_t *clcf)
{
    if (clcf->internal || clcf->named || clcf->name.len == 0
        || clcf->name.data[0] != '/')
    {
        return 0;
    }

#if (NGX_PCRE)
    return clcf->regex == NULL;
#else
    return 1;
#endif
}


ngx_int_t
ngx_http_asyncapi_openapi_where(ngx_conf_t *cf,
    ngx_http_asyncapi_srv_conf_t *ascf, ngx_str_t *path)
{
    ngx_uint_t                  i;
    ngx_http_core_loc_conf_t  **clcf;

    clcf = ascf->documented.elts;

    for (i = 0; i < ascf->documented.nelts; i++) {
        if (ngx_http_asyncapi_openapi_is_path(clcf[i])) {
            return ngx_http_asyncapi_openapi_path_escape(cf, &clcf[i]->name,
                                                         path);
        }
    }

    return NGX_DECLINED;
}


/* "/users/{id}", or without the names "/users/{}" */

static ngx_int_t
ngx_http_asyncapi_openapi_path_of(ngx_conf_t *cf,
    ngx_http_asyncapi_endpoint_t *ep, ngx_uint_t names, ngx_str_t *path)
{
    u_char                       *p;
    ngx_str_t                     text, *name;
    ngx_uint_t                    i;
    ngx_http_asyncapi_param_t    *param;
    ngx_http_asyncapi_segment_t  *segment;

    /* a byte that is escaped becomes three, a name gets two braces for ":" */

    p = ngx_pnalloc(cf->temp_pool, 3 * ep->path.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    path->data = p;
    param = ep->params.elts;
    segment = ep->segments.elts;

    for (i = 0; i < ep->segments.nelts; i++) {
        *p++ = '/';

        if (segment[i].type == NGX_HTTP_ASYNCAPI_SEGMENT_TEXT) {

            if (ngx_http_asyncapi_openapi_path_escape(cf, &segment[i].text,
                                                      &text)
                != NGX_OK)
            {
                return NGX_ERROR;
            }

            p = ngx_cpymem(p, text.data, text.len);
            continue;
        }

        *p++ = '{';

        if (names) {
            name = &param[segment[i].param].name;
            p = ngx_cpymem(p, name->data, name->len);
        }

        *p++ = '}';
    }

    path->len = p - path->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_asyncapi_openapi_path_escape(ngx_conf_t *cf, ngx_str_t *text,
    ngx_str_t *path)
{
    path->data = ngx_pnalloc(cf->temp_pool, 3 * text->len + 1);
    if (path->data == NULL) {
        return NGX_ERROR;
    }

    path->len = (u_char *) ngx_escape_uri(path->data, text->data, text->len,
                                          NGX_ESCAPE_URI)
                - path->data;

    return NGX_OK;
}


/* of two endpoints at one path that comes first which nginx would choose */

static ngx_int_t
ngx_http_asyncapi_openapi_entry_cmp(const void *one, const void *two)
{
    ngx_int_t                           rc;
    ngx_http_asyncapi_openapi_entry_t  *a, *b;

    a = (ngx_http_asyncapi_openapi_entry_t *) one;
    b = (ngx_http_asyncapi_openapi_entry_t *) two;

    rc = ngx_memn2cmp(a->shape.data, b->shape.data, a->shape.len,
                      b->shape.len);
    if (rc) {
        return rc;
    }

    return ngx_http_asyncapi_openapi_rank(b->location)
           - ngx_http_asyncapi_openapi_rank(a->location);
}


static ngx_int_t
ngx_http_asyncapi_openapi_rank(ngx_http_core_loc_conf_t *clcf)
{
    if (clcf->exact_match) {
        return NGX_MAX_INT_T_VALUE;
    }

#if (NGX_PCRE)
    if (clcf->regex) {
        return NGX_MAX_INT_T_VALUE - 1;
    }
#endif

    return clcf->named ? 0 : (ngx_int_t) clcf->name.len;
}


ngx_uint_t
ngx_http_asyncapi_openapi_methods(ngx_http_asyncapi_endpoint_t *ep)
{
    return (ep->methods & NGX_HTTP_GET) ? ep->methods & ~NGX_HTTP_HEAD
                                        : ep->methods;
}


ngx_int_t
ngx_http_asyncapi_openapi_ids(ngx_http_asyncapi_openapi_t *doc,
    ngx_array_t *entries)
{
    ngx_uint_t                          i;
    ngx_http_asyncapi_endpoint_t       *ep;
    ngx_http_asyncapi_openapi_id_t     *taken;
    ngx_http_asyncapi_openapi_entry_t  *entry;

    entry = entries->elts;

    for (i = 0; i < entries->nelts; i++) {
        ep = entry[i].endpoint;

        if (ep->operation_id.len == 0) {
            continue;
        }

        taken = ngx_http_asyncapi_openapi_id_find(doc, &ep->operation_id);

        if (taken) {
            (void) ngx_http_asyncapi_conf_error(doc->cf, &ep->place,
                       "the operation_id \"%V\" is taken by the endpoint in "
                       "%s:%ui: give this one another", &ep->operation_id,
                       taken->endpoint->place.file,
                       taken->endpoint->place.line);
            return NGX_ERROR;
        }

        if (ngx_http_asyncapi_openapi_id_add(doc, ep, &ep->operation_id)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/*
 * As given, where it is for one method; else "get_users_id", and where that is
 * taken "get_users_id_2".
 */

ngx_int_t
ngx_http_asyncapi_openapi_id(ngx_http_asyncapi_openapi_t *doc,
    ngx_http_asyncapi_openapi_entry_t *entry, ngx_str_t *method,
    ngx_str_t *id)
{
    u_char                        *p;
    size_t                         i, len;
    ngx_str_t                     *words;
    ngx_uint_t                     n;
    ngx_http_asyncapi_endpoint_t  *ep;

    ep = entry->endpoint;

    if (ep->operation_id.len && ngx_http_asyncapi_openapi_single(ep)) {
        *id = ep->operation_id;
        return NGX_OK;
    }

    words = ep->operation_id.len ? &ep->operation_id : &entry->path;

    id->data = ngx_pnalloc(doc->cf->temp_pool,
                           method->len + words->len + 2 + NGX_INT_T_LEN);
    if (id->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(id->data, method->data, method->len);

    for (i = 0; i < words->len; i++) {

        if (i == 0 && words->data[0] != '/') {
            *p++ = '_';
        }

        if ((words->data[i] >= '0' && words->data[i] <= '9')
            || (words->data[i] >= 'A' && words->data[i] <= 'Z')
            || (words->data[i] >= 'a' && words->data[i] <= 'z'))
        {
            *p++ = words->data[i];

        } else if (p[-1] != '_') {
            *p++ = '_';
        }
    }

    if (p[-1] == '_') {
        p--;
    }

    len = p - id->data;
    id->len = len;

    for (n = 2; ngx_http_asyncapi_openapi_id_find(doc, id); n++) {
        id->len = ngx_sprintf(id->data + len, "_%ui", n) - id->data;
    }

    return ngx_http_asyncapi_openapi_id_add(doc, ep, id);
}


static ngx_http_asyncapi_openapi_id_t *
ngx_http_asyncapi_openapi_id_find(ngx_http_asyncapi_openapi_t *doc,
    ngx_str_t *id)
{
    ngx_uint_t                       i;
    ngx_http_asyncapi_openapi_id_t  *taken;

    taken = doc->ids.elts;

    for (i = 0; i < doc->ids.nelts; i++) {
        if (taken[i].id.len == id->len
            && ngx_memcmp(taken[i].id.data, id->data, id->len) == 0)
        {
            return &taken[i];
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_asyncapi_openapi_id_add(ngx_http_asyncapi_openapi_t *doc,
    ngx_http_asyncapi_endpoint_t *ep, ngx_str_t *id)
{
    ngx_http_asyncapi_openapi_id_t  *taken;

    taken = ngx_array_push(&doc->ids);
    if (taken == NULL) {
        return NGX_ERROR;
    }

    taken->id = *id;
    taken->endpoint = ep;

    return NGX_OK;
}


static ngx_uint_t
ngx_http_asyncapi_openapi_single(ngx_http_asyncapi_endpoint_t *ep)
{
    ngx_uint_t  methods;

    methods = ngx_http_asyncapi_openapi_methods(ep);

    return (methods & (methods - 1)) == 0;
}

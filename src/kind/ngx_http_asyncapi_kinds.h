
/*
 * Copyright (C) The asyncapi module authors
 *
 * All kinds of tasks: the one place that names them.  Each is a row here and a
 * file of its own, which defines ngx_http_asyncapi_kind_<name>.
 */


#ifndef _NGX_HTTP_ASYNCAPI_KINDS_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_KINDS_H_INCLUDED_


#include "ngx_http_asyncapi_task.h"


#define NGX_HTTP_ASYNCAPI_KINDS(X)                                           \
    X(http)                                                                  \
    X(redis)                                                                 \
    X(sqlite)                                                                \
    X(sleep)                                                                 \
    X(cpu)                                                                   \
    X(postgres)                                                              \
    X(job)                                                                   \
    X(gather)                                                                \
    X(race)


#define X(name)  extern ngx_http_asyncapi_kind_t                             \
                     ngx_http_asyncapi_kind_##name;
NGX_HTTP_ASYNCAPI_KINDS(X)
#undef X


#endif /* _NGX_HTTP_ASYNCAPI_KINDS_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 */


#include "ngx_http_asyncapi_kinds.h"
#include "ngx_http_asyncapi_conf.h"


ngx_http_asyncapi_kind_t  *ngx_http_asyncapi_kinds[] = {
#define X(name)  &ngx_http_asyncapi_kind_##name,
    NGX_HTTP_ASYNCAPI_KINDS(X)
#undef X
    NULL
};


/*
 * Copyright (C) The asyncapi module authors
 *
 * The http kind's own options.
 */


#ifndef _NGX_HTTP_ASYNCAPI_KIND_HTTP_OPTION_H_INCLUDED_
#define _NGX_HTTP_ASYNCAPI_KIND_HTTP_OPTION_H_INCLUDED_


#include "ngx_http_asyncapi_task.h"


extern ngx_http_asyncapi_option_t  ngx_http_asyncapi_http_options[];


#endif /* _NGX_HTTP_ASYNCAPI_KIND_HTTP_OPTION_H_INCLUDED_ */


/*
 * Copyright (C) The asyncapi module authors
 *
 * multipart/form-data (RFC 7578), of a body that is there as a whole.
 *
 * Nothing here has state.  Thread: any.
 */


#ifndef _NGX_ASYNCAPI_MULTIPART_H_INCLUDED_
#define _NGX_ASYNCAPI_MULTIPART_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* bytes of all headers of a part */
#define NGX_ASYNCAPI_MULTIPART_HEADERS  4096

/* RFC 2046 */
#define NGX_ASYNCAPI_MULTIPART_BOUNDARY  70


typedef struct {
    ngx_str_t                  name;       /* in the body or in "unquoted" */
    ngx_str_t                  value;      /* in the body */
    const char                *error;      /* of NGX_ERROR: constant */

    /* private */
    u_char                    *pos;
    u_char                    *last;
    ngx_str_t                  delimiter;  /* CRLF "--" boundary */
    ngx_uint_t                 named;
    u_char                     unquoted[NGX_ASYNCAPI_MULTIPART_HEADERS];
    u_char                     text[NGX_ASYNCAPI_MULTIPART_BOUNDARY
                                    + sizeof(CRLF "--")];
} ngx_asyncapi_multipart_t;


/*
 * The boundary of a Content-Type: NGX_OK, or NGX_ERROR where it has none, or
 * one that RFC 2046 does not allow.
 */
ngx_int_t ngx_asyncapi_multipart_init(ngx_asyncapi_multipart_t *m,
    const ngx_str_t *content_type, const ngx_str_t *body);

/*
 * NGX_OK: the next part, whose name may lie in m until the next call; NGX_DONE:
 * there are no more; NGX_ERROR.  What is in front of the first boundary and
 * behind the last is passed over.
 */
ngx_int_t ngx_asyncapi_multipart_next(ngx_asyncapi_multipart_t *m);

/*
 * A parameter of a header's value, "; name=value" or "; name="value"": NGX_OK;
 * NGX_DECLINED: there is none.  What is quoted is left so: inside the quotes
 * "\" may escape a character.
 */
ngx_int_t ngx_asyncapi_header_parameter(const ngx_str_t *header,
    const char *name, ngx_str_t *value);


#endif /* _NGX_ASYNCAPI_MULTIPART_H_INCLUDED_ */

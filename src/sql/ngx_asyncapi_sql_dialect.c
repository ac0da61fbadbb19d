
/*
 * Copyright (C) The asyncapi module authors
 *
 * What the texts of databases do not have in common.
 */


#include "ngx_asyncapi_sql.h"


const ngx_asyncapi_sql_dialect_t  ngx_asyncapi_sql_postgres = {
    '$',                                   /* placeholder */
    1,                                     /* dollars */
    1,                                     /* escapes */
    1,                                     /* nested */
    0,                                     /* brackets */
    0,                                     /* parameters */
    0                                      /* triggers */
};

const ngx_asyncapi_sql_dialect_t  ngx_asyncapi_sql_sqlite = {
    '?',                                   /* placeholder */
    0,                                     /* dollars */
    0,                                     /* escapes */
    0,                                     /* nested */
    1,                                     /* brackets */
    1,                                     /* parameters */
    1                                      /* triggers */
};

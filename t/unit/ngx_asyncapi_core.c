
/*
 * Copyright (C) The asyncapi module authors
 *
 * What nginx's core refers to and a program without a server lacks: the
 * unit tests and the fuzzers are linked with this and the files of src/core
 * that the Makefile lists.
 */


#include <ngx_config.h>
#include <ngx_core.h>


volatile ngx_cycle_t  *ngx_cycle;


void
ngx_log_error_core(ngx_uint_t level, ngx_log_t *log, ngx_err_t err,
    const char *fmt, ...)
{
}


/*
 * Copyright (C) The asyncapi module authors
 *
 * The names of SQLite's codes, which it has as macros only.
 */


#include "ngx_http_asyncapi_kind_sqlite_conn.h"


typedef struct {
    int        code;
    ngx_str_t  name;                       /* in quotes */
} ngx_http_asyncapi_sqlite_name_t;


#define NGX_HTTP_ASYNCAPI_SQLITE_CODES(X)                                    \
    X(ERROR) X(INTERNAL) X(PERM) X(ABORT) X(BUSY) X(LOCKED) X(NOMEM)         \
    X(READONLY) X(INTERRUPT) X(IOERR) X(CORRUPT) X(NOTFOUND) X(FULL)         \
    X(CANTOPEN) X(PROTOCOL) X(EMPTY) X(SCHEMA) X(TOOBIG) X(CONSTRAINT)       \
    X(MISMATCH) X(MISUSE) X(NOLFS) X(AUTH) X(FORMAT) X(RANGE) X(NOTADB)      \
    X(ERROR_MISSING_COLLSEQ) X(ERROR_RETRY) X(ERROR_SNAPSHOT) X(IOERR_READ)  \
    X(IOERR_SHORT_READ) X(IOERR_WRITE) X(IOERR_FSYNC) X(IOERR_DIR_FSYNC)     \
    X(IOERR_TRUNCATE) X(IOERR_FSTAT) X(IOERR_UNLOCK) X(IOERR_RDLOCK)         \
    X(IOERR_DELETE) X(IOERR_BLOCKED) X(IOERR_NOMEM) X(IOERR_ACCESS)          \
    X(IOERR_CHECKRESERVEDLOCK) X(IOERR_LOCK) X(IOERR_CLOSE)                  \
    X(IOERR_DIR_CLOSE) X(IOERR_SHMOPEN) X(IOERR_SHMSIZE) X(IOERR_SHMLOCK)    \
    X(IOERR_SHMMAP) X(IOERR_SEEK) X(IOERR_DELETE_NOENT) X(IOERR_MMAP)        \
    X(IOERR_GETTEMPPATH) X(IOERR_CONVPATH) X(IOERR_VNODE) X(IOERR_AUTH)      \
    X(IOERR_BEGIN_ATOMIC) X(IOERR_COMMIT_ATOMIC) X(IOERR_ROLLBACK_ATOMIC)    \
    X(IOERR_DATA) X(IOERR_CORRUPTFS) X(LOCKED_SHAREDCACHE) X(LOCKED_VTAB)    \
    X(BUSY_RECOVERY) X(BUSY_SNAPSHOT) X(BUSY_TIMEOUT) X(CANTOPEN_NOTEMPDIR)  \
    X(CANTOPEN_ISDIR) X(CANTOPEN_FULLPATH) X(CANTOPEN_CONVPATH)              \
    X(CANTOPEN_DIRTYWAL) X(CANTOPEN_SYMLINK) X(CORRUPT_VTAB)                 \
    X(CORRUPT_SEQUENCE) X(CORRUPT_INDEX) X(READONLY_RECOVERY)                \
    X(READONLY_CANTLOCK) X(READONLY_ROLLBACK) X(READONLY_DBMOVED)            \
    X(READONLY_CANTINIT) X(READONLY_DIRECTORY) X(ABORT_ROLLBACK)             \
    X(CONSTRAINT_CHECK) X(CONSTRAINT_COMMITHOOK) X(CONSTRAINT_FOREIGNKEY)    \
    X(CONSTRAINT_FUNCTION) X(CONSTRAINT_NOTNULL) X(CONSTRAINT_PRIMARYKEY)    \
    X(CONSTRAINT_TRIGGER) X(CONSTRAINT_UNIQUE) X(CONSTRAINT_VTAB)            \
    X(CONSTRAINT_ROWID) X(CONSTRAINT_PINNED) X(CONSTRAINT_DATATYPE)          \
    X(AUTH_USER)


static ngx_http_asyncapi_sqlite_name_t  ngx_http_asyncapi_sqlite_codes[] = {
#define X(name)  { SQLITE_##name, ngx_string("\"SQLITE_" #name "\"") },
    NGX_HTTP_ASYNCAPI_SQLITE_CODES(X)
#undef X
    { 0, ngx_string("\"SQLITE_ERROR\"") }
};


/* of one that a later SQLite has: what it is a kind of */

const ngx_str_t *
ngx_http_asyncapi_sqlite_code(int rc)
{
    ngx_http_asyncapi_sqlite_name_t  *name, *primary;

    primary = NULL;

    for (name = ngx_http_asyncapi_sqlite_codes; name->code; name++) {

        if (name->code == rc) {
            return &name->name;
        }

        if (name->code == (rc & 0xff)) {
            primary = name;
        }
    }

    return primary ? &primary->name : &name->name;
}

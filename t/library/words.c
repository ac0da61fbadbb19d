
/*
 * A library that does all that one may do, and, compiled with one of these
 * macros, one of the things that "nginx -t" refuses.
 */


#include "asyncapi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* the arguments as hex, so that every byte and each end is seen */

static int
hex(asyncapi_call_t *call, const asyncapi_arg_t *args, unsigned nargs)
{
    char      digits[3];
    size_t    i;
    unsigned  n;

    call->json(call, "[", 1);

    for (n = 0; n < nargs; n++) {
        call->json(call, n ? ",\"" : "\"", n ? 2 : 1);

        for (i = 0; i <= args[n].len; i++) {
            snprintf(digits, 3, "%02x", args[n].data[i]);
            call->json(call, digits, 2);
        }

        call->json(call, "\"", 1);
    }

    return call->json(call, "]", 1);
}


static int
nothing(asyncapi_call_t *call, const asyncapi_arg_t *args, unsigned nargs)
{
    return ASYNCAPI_OK;
}


static int
empty(asyncapi_call_t *call, const asyncapi_arg_t *args, unsigned nargs)
{
    return call->text(call, NULL, 0);
}


/* text TEXT: in two pieces */

static int
text(asyncapi_call_t *call, const asyncapi_arg_t *args, unsigned nargs)
{
    call->text(call, args[0].data, args[0].len / 2);

    return call->text(call, args[0].data + args[0].len / 2,
                      args[0].len - args[0].len / 2);
}


/* json TEXT: whatever it is */

static int
json(asyncapi_call_t *call, const asyncapi_arg_t *args, unsigned nargs)
{
    return call->json(call, args[0].data, args[0].len);
}


static int
fail(asyncapi_call_t *call, const asyncapi_arg_t *args, unsigned nargs)
{
    call->text(call, "dropped", 7);

    return call->fail(call, (const char *) args[0].data);
}


/* an error is an error, whatever is returned */

static int
fail_ok(asyncapi_call_t *call, const asyncapi_arg_t *args, unsigned nargs)
{
    call->fail(call, "it is so");

    return call->text(call, "dropped", 7) == ASYNCAPI_ERROR ? ASYNCAPI_OK : 1;
}


static int
silent(asyncapi_call_t *call, const asyncapi_arg_t *args, unsigned nargs)
{
    return 17;
}


static int
both(asyncapi_call_t *call, const asyncapi_arg_t *args, unsigned nargs)
{
    call->json(call, "1", 1);
    call->text(call, "2", 1);

    return ASYNCAPI_OK;
}


/* large N: a string of N bytes, in pieces of 1000 */

static int
large(asyncapi_call_t *call, const asyncapi_arg_t *args, unsigned nargs)
{
    int   n;
    char  piece[1000];

    memset(piece, 'x', sizeof(piece));

    for (n = atoi((const char *) args[0].data); n > 0; n -= 1000) {

        if (call->text(call, piece, n < 1000 ? n : 1000) != ASYNCAPI_OK) {
            return ASYNCAPI_ERROR;
        }
    }

    return ASYNCAPI_OK;
}


#if defined(CLASH_BUILTIN)
#define NAME  "sha256"
#elif defined(CLASH_OWN)
#define NAME  "text"
#elif defined(BAD_NAME)
#define NAME  "two words"
#else
#define NAME  "hex"
#endif


static const asyncapi_function_t  functions[] = {
#ifdef NO_FUNCTIONS
    { NULL, 0, 0, NULL },
#endif
    { "text", 1, 1, text },
    { "nothing", 0, 0, nothing },
    { "empty", 0, 0, empty },
    { "json", 1, 1, json },
    { "fail", 1, 1, fail },
    { "fail_ok", 0, 0, fail_ok },
    { "silent", 0, 0, silent },
    { "both", 0, 0, both },
    { "large", 1, 1, large },
#ifdef NO_CODE
    { "none", 0, 4, NULL },
    { NAME, 0, 4, hex },
#elif defined(BAD_COUNTS)
    { NAME, 4, 0, hex },
#else
    { NAME, 0, 4, hex },
#endif
    { NULL, 0, 0, NULL }
};


#ifndef BAD_ABI
#define BAD_ABI  0
#endif


#ifdef NO_SYMBOL
#define asyncapi_library  another_symbol
#endif

ASYNCAPI_EXPORT const asyncapi_library_t  asyncapi_library = {
    ASYNCAPI_ABI + BAD_ABI, functions
};


/*
 * Copyright (C) The asyncapi module authors
 *
 * Functions of your own for "cpu" tasks of the asyncapi module of nginx.
 *
 * A library is a shared object that exports one symbol, "asyncapi_library": a
 * table of functions.  It is named in nginx.conf, in http {} and above the
 * endpoints that use it,
 *
 *     asyncapi_library libs/words.so;
 *
 * and its functions are then called as the built-in ones are:
 *
 *     cpu count words $text;
 *
 * This file is all that a library needs.  One with a single function:
 *
 *     #include <asyncapi.h>
 *     #include <stdio.h>
 *
 *     static int
 *     words(asyncapi_call_t *call, const asyncapi_arg_t *args, unsigned nargs)
 *     {
 *         char    json[24];
 *         size_t  i, n;
 *
 *         n = 0;
 *
 *         for (i = 0; i < args[0].len; i++) {
 *             n += (args[0].data[i] != ' '
 *                   && (i == 0 || args[0].data[i - 1] == ' '));
 *         }
 *
 *         return call->json(call, json, sprintf(json, "%zu", n));
 *     }
 *
 *     static const asyncapi_function_t  functions[] = {
 *         { "words", 1, 1, words },
 *         { NULL, 0, 0, NULL }
 *     };
 *
 *     ASYNCAPI_EXPORT const asyncapi_library_t  asyncapi_library = {
 *         ASYNCAPI_ABI, functions
 *     };
 *
 *     cc -O2 -fPIC -shared -I path/to/asyncapi/src -o words.so words.c
 *
 * conf/demo/rank.c is a larger one.
 *
 * When it is loaded.  nginx's master process loads a library when it reads the
 * configuration, and so does "nginx -t"; the workers are forked from it.
 * Constructors therefore run in the master, mostly as root, and what they start
 * (threads, connections) is not there in the workers: start such a thing at the
 * first call instead.  When the configuration is read again the library is
 * loaded again, and unloaded when its configuration is gone.  Replace the file
 * by moving a new one into its place, never by writing into it: it is mapped.
 *
 * Threads.  A function runs in a thread of nginx's thread pool, never in the
 * event loop: it may compute for long, and block.  It runs in several threads
 * of several processes at the same time, so it shares nothing that it does not
 * lock, and calls nothing that is not safe for threads (strtok(), setlocale(),
 * getenv() beside a setenv() ...).  It does not fork or call exit(), does not
 * change the signal mask or the locale, and lets no exception of C++ out.  The
 * stack is that of nginx's threads, 8 MB as a rule.
 */


#ifndef ASYNCAPI_H_INCLUDED
#define ASYNCAPI_H_INCLUDED


#include <stddef.h>
#include <stdint.h>


#ifdef __cplusplus
extern "C" {
#endif


/*
 * The version of all that is in this file.  The module loads libraries that
 * were compiled with its own version, and "nginx -t" refuses others.
 */

#define ASYNCAPI_ABI  1


/* what functions and callbacks return */

#define ASYNCAPI_OK      0
#define ASYNCAPI_ERROR  -1


/*
 * An argument: any bytes, len of them.  data is never NULL, and a zero byte
 * that len does not count stands behind the last one; there may be others
 * among them.  Read-only, and gone when the function returns.
 */

typedef struct {
    const unsigned char   *data;
    size_t                 len;
} asyncapi_arg_t;


typedef struct asyncapi_call_s  asyncapi_call_t;

/*
 * One call of a function.  It is valid until the function returns, and only in
 * the thread that the function was called in.
 */

struct asyncapi_call_s {

    /*
     * The result, in as many pieces as you like; len bytes are copied from
     * data.  All pieces are of the same form.
     *
     * json(): JSON text.  What has come together is checked when the function
     * has returned; if it is not one JSON value in UTF-8, the task fails with
     * reason "invalid".
     *
     * text(): text in UTF-8, which becomes a JSON string, quotes and escapes
     * being added; other bytes, where the task has as=base64.
     *
     * ASYNCAPI_ERROR: there is no memory, or the result is larger than
     * asyncapi_max_result, or the pieces are of both forms.  The task fails
     * then whatever the function does: let it return.
     */

    int                  (*json)(asyncapi_call_t *call, const void *data,
                               size_t len);
    int                  (*text)(asyncapi_call_t *call, const void *data,
                               size_t len);

    /*
     * The task fails with reason "function".  message, in UTF-8 and ended by a
     * zero byte, is copied, up to 255 bytes of it, and goes to the error log;
     * to the client only with "asyncapi_error_detail on".  What was written
     * before is dropped.  Returns ASYNCAPI_ERROR, so that a function may
     * "return call->fail(call, ...)".
     */

    int                  (*fail)(asyncapi_call_t *call, const char *message);

    /*
     * Not 0: nobody waits for the result any more (a deadline, a client that
     * has left, another task that failed, nginx that is stopped).  It costs
     * next to nothing.  A function that takes more than some milliseconds
     * should ask now and then, and return, with whatever: its thread is one of
     * few.  A worker that nginx wants to end waits for its threads, for
     * worker_shutdown_timeout where that is set.
     */

    int                  (*cancelled)(const asyncapi_call_t *call);
};


/*
 * args has nargs elements; nargs is from min_args to max_args.  ASYNCAPI_OK:
 * what was written is the result, null if nothing was; any other value: the
 * task fails, as by fail().
 */

typedef int (*asyncapi_function_pt)(asyncapi_call_t *call,
    const asyncapi_arg_t *args, unsigned nargs);


/* name is of letters, digits and "_", and that of no other function */

typedef struct {
    const char            *name;
    unsigned               min_args;
    unsigned               max_args;
    asyncapi_function_pt   run;
} asyncapi_function_t;


/*
 * What the symbol "asyncapi_library" is.  abi is ASYNCAPI_ABI; functions end
 * with one whose name is NULL.  All of it is constant as long as the library is
 * loaded.
 */

typedef struct {
    uint32_t                    abi;
    const asyncapi_function_t  *functions;
} asyncapi_library_t;


#if defined(__GNUC__)
#define ASYNCAPI_EXPORT  __attribute__((visibility("default")))
#else
#define ASYNCAPI_EXPORT
#endif

extern ASYNCAPI_EXPORT const asyncapi_library_t  asyncapi_library;


#ifdef __cplusplus
}
#endif


#endif /* ASYNCAPI_H_INCLUDED */

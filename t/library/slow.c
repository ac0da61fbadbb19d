
/*
 * Functions that take their time, for the tests of threads and cancellation.
 */


#include "asyncapi.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>


#define MS  1000000L


static void
pause_ms(long ms)
{
    struct timespec  ts;

    ts.tv_sec = ms / 1000;
    ts.tv_nsec = ms % 1000 * MS;

    nanosleep(&ts, NULL);
}


/* wait MS [FILE]: FILE is made if it is cancelled */

static int
wait_ms(asyncapi_call_t *call, const asyncapi_arg_t *args, unsigned nargs)
{
    int   fd;
    long  ms;

    for (ms = atol((char *) args[0].data); ms > 0; ms -= 5) {

        if (call->cancelled(call)) {

            if (nargs > 1) {
                fd = open((char *) args[1].data, O_CREAT|O_WRONLY, 0644);

                if (fd != -1) {
                    (void) write(fd, "true", 4);
                    close(fd);
                }
            }

            return call->fail(call, "cancelled");
        }

        pause_ms(5);
    }

    return call->json(call, "true", 4);
}


/* deaf MS [FILE]: it never asks, and FILE is made at its end */

static int
deaf(asyncapi_call_t *call, const asyncapi_arg_t *args, unsigned nargs)
{
    int  fd;

    pause_ms(atol((char *) args[0].data));

    if (nargs > 1) {
        fd = open((char *) args[1].data, O_CREAT|O_WRONLY, 0644);

        if (fd != -1) {
            (void) write(fd, "true", 4);
            close(fd);
        }
    }

    return call->text(call, "late", 4);
}


/* nginx is told to read its configuration again */

static int
reload(asyncapi_call_t *call, const asyncapi_arg_t *args, unsigned nargs)
{
    kill(getppid(), SIGHUP);

    return ASYNCAPI_OK;
}


/* tell MS: deaf, and the error log is told of its end */

static int
tell(asyncapi_call_t *call, const asyncapi_arg_t *args, unsigned nargs)
{
    static const char  end[] = "the function has ended\n";

    pause_ms(atol((char *) args[0].data));

    (void) !write(STDERR_FILENO, end, sizeof(end) - 1);

    return ASYNCAPI_OK;
}


/* the worker is told to end at once */

static int
stop(asyncapi_call_t *call, const asyncapi_arg_t *args, unsigned nargs)
{
    kill(getpid(), SIGTERM);

    return ASYNCAPI_OK;
}


static const asyncapi_function_t  functions[] = {
    { "wait", 1, 2, wait_ms },
    { "deaf", 1, 2, deaf },
    { "reload", 0, 0, reload },
    { "tell", 1, 1, tell },
    { "stop", 0, 0, stop },
    { NULL, 0, 0, NULL }
};


ASYNCAPI_EXPORT const asyncapi_library_t  asyncapi_library = {
    ASYNCAPI_ABI, functions
};

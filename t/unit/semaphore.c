
/*
 * Copyright (C) The asyncapi module authors
 *
 * The counts of a semaphore over several processes: by steps, and by a long
 * walk of random ones beside a model that knows who holds and who waits.
 */


#include "ngx_asyncapi_unit.h"
#include "ngx_asyncapi_semaphore.h"


#define PROCESSES  5
#define STEPS      200000


static ngx_asyncapi_semaphore_t  sem;
static ngx_asyncapi_share_t      share[PROCESSES];


static void
begin(ngx_uint_t size, ngx_uint_t processes)
{
    ngx_uint_t  i;

    ngx_asyncapi_semaphore_init(&sem);
    sem.size = size;

    for (i = 0; i < processes; i++) {
        ngx_asyncapi_semaphore_join(&sem, &share[i]);
    }
}


static ngx_int_t
take(ngx_uint_t i, ngx_uint_t queue)
{
    return ngx_asyncapi_semaphore_take(&sem, &share[i], queue);
}


/* which process is granted a slot; -1: none */

static ngx_int_t
grant(void)
{
    ngx_asyncapi_share_t  *who;

    who = ngx_asyncapi_semaphore_grant(&sem);

    return who ? who - share : -1;
}


static void
steps(void)
{
    begin(2, 2);

    is_int(take(0, 1), NGX_OK, "a slot is free");
    is_int(take(1, 0), NGX_OK, "the last one, also for who would not wait");
    is_int(take(1, 0), NGX_BUSY, "who does not wait has none");
    is_int(take(1, 1), NGX_AGAIN, "one may wait");
    is_int(take(0, 1), NGX_BUSY, "the queue is that of all processes");
    is_int(grant(), -1, "nothing is free to be granted");

    ngx_asyncapi_semaphore_give(&sem, &share[0]);

    is_int(take(0, 1), NGX_BUSY, "who comes later does not get what is free");
    is_int(grant(), 1, "it is granted to who waits");
    is_int(sem.held, 2, "and held from then on");
    is_int(grant(), -1, "once");
    is_int(ngx_asyncapi_semaphore_claim(&share[1]), 1, "it is claimed");
    is_int(ngx_asyncapi_semaphore_claim(&share[1]), 0, "once");
}


static void
turns(void)
{
    begin(1, 3);

    (void) take(0, 9);
    (void) take(1, 9);
    (void) take(1, 9);
    (void) take(1, 9);
    (void) take(2, 9);
    (void) take(2, 9);

    ngx_asyncapi_semaphore_give(&sem, &share[0]);
    is_int(grant(), 1, "process 1 waits first");
    ngx_asyncapi_semaphore_give(&sem, &share[1]);
    is_int(grant(), 2, "then it is the turn of process 2");
    ngx_asyncapi_semaphore_give(&sem, &share[2]);
    is_int(grant(), 1, "then of process 1");
    ngx_asyncapi_semaphore_give(&sem, &share[1]);
    is_int(grant(), 2, "and so on");
    ngx_asyncapi_semaphore_give(&sem, &share[2]);
    is_int(grant(), 1, "until nobody else waits");
    is_int(sem.waiting, 0, "all have been granted");
}


static void
leaving(void)
{
    begin(1, 2);

    (void) take(0, 9);
    (void) take(1, 9);
    (void) take(1, 9);

    ngx_asyncapi_semaphore_quit(&sem, &share[1]);
    is_int(sem.waiting, 1, "a waiter that leaves waits no more");

    ngx_asyncapi_semaphore_give(&sem, &share[0]);
    is_int(grant(), 1, "the other is granted the slot");

    ngx_asyncapi_semaphore_quit(&sem, &share[1]);
    is_int(sem.held, 0, "and gives it back if it leaves before it knows");
    is_int(ngx_asyncapi_semaphore_claim(&share[1]), 0,
           "nothing is left to claim");

    (void) take(0, 9);
    (void) take(1, 9);

    ngx_asyncapi_semaphore_part(&sem, &share[0]);
    is_int(sem.held, 0, "a process that parts holds nothing");
    is_int(grant(), 1, "what it held is granted");

    ngx_asyncapi_semaphore_part(&sem, &share[1]);
    is_int(sem.held + sem.waiting, 0, "with the last one all is gone");
    ok(ngx_queue_empty(&sem.shares), "there are no shares");
}


/* a process that was killed between two stores has left wrong sums */

static void
killed(void)
{
    begin(2, 3);

    (void) take(0, 9);
    (void) take(1, 9);
    (void) take(1, 9);
    (void) take(2, 9);

    sem.held = 3;
    sem.waiting = 0;

    ngx_asyncapi_semaphore_part(&sem, &share[0]);

    is_int(sem.held, 1, "what the others hold is counted anew");
    is_int(sem.waiting, 2, "and how many of them wait");
    is_int(grant(), 1, "what is free is granted");
    is_int(grant(), -1, "and no more");
}


/* who comes, or has not waited for long, has no more turns than the others */

static void
later(void)
{
    begin(1, 2);

    (void) take(0, 9);
    (void) take(0, 9);
    (void) take(0, 9);

    ngx_asyncapi_semaphore_give(&sem, &share[0]);
    is_int(grant(), 0, "one process alone waits");

    ngx_asyncapi_semaphore_join(&sem, &share[2]);

    (void) take(1, 9);
    (void) take(1, 9);
    (void) take(2, 9);

    ngx_asyncapi_semaphore_give(&sem, &share[0]);
    is_int(grant(), 1, "the other one has its turn");
    ngx_asyncapi_semaphore_give(&sem, &share[1]);
    is_int(grant(), 0, "once, then the first again");
    ngx_asyncapi_semaphore_give(&sem, &share[0]);
    is_int(grant(), 2, "a new one is not the last for ever");
    ngx_asyncapi_semaphore_give(&sem, &share[2]);
    is_int(grant(), 1, "nor is anybody else");
}


static void
sizes(void)
{
    begin(2, 1);

    (void) take(0, 9);
    (void) take(0, 9);
    (void) take(0, 9);

    sem.size = 1;

    ngx_asyncapi_semaphore_give(&sem, &share[0]);
    is_int(grant(), -1, "a slot less: one given back is not granted again");

    ngx_asyncapi_semaphore_give(&sem, &share[0]);
    is_int(grant(), 0, "the next one is");

    (void) take(0, 9);
    sem.size = 2;
    is_int(grant(), 0, "a slot more: it is granted");
}


/* the semaphore against a model: counts of each process, kept apart */

static void
walk(void)
{
    ngx_int_t   rc, who;
    ngx_uint_t  i, n, step, held, waiting, bad, has[PROCESSES],
                waits[PROCESSES], granted[PROCESSES];

    begin(3, PROCESSES);

    ngx_memzero(has, sizeof(has));
    ngx_memzero(waits, sizeof(waits));
    ngx_memzero(granted, sizeof(granted));

    srandom(1);
    bad = 0;

    for (step = 0; step < STEPS && !bad; step++) {

        i = random() % PROCESSES;

        switch (random() % 7) {

        case 0:
        case 1:
            rc = take(i, 6);
            has[i] += (rc == NGX_OK);
            waits[i] += (rc == NGX_AGAIN);
            break;

        case 2:
        case 3:
            if (has[i]) {
                ngx_asyncapi_semaphore_give(&sem, &share[i]);
                has[i]--;
            }
            break;

        case 4:
            if (waits[i] || granted[i]) {
                ngx_asyncapi_semaphore_quit(&sem, &share[i]);

                if (waits[i]) {
                    waits[i]--;

                } else {
                    granted[i]--;
                }
            }
            break;

        case 5:
            n = ngx_asyncapi_semaphore_claim(&share[i]);
            bad += (n != granted[i]);
            has[i] += n;
            granted[i] = 0;
            break;

        default:
            if (random() % 20 == 0) {
                sem.size = 1 + random() % 4;

            } else if (random() % 20 == 0) {
                ngx_asyncapi_semaphore_part(&sem, &share[i]);
                ngx_asyncapi_semaphore_join(&sem, &share[i]);
                has[i] = waits[i] = granted[i] = 0;
            }
        }

        while ((who = grant()) >= 0) {
            bad += (waits[who] == 0);
            waits[who]--;
            granted[who]++;
        }

        held = 0;
        waiting = 0;

        for (i = 0; i < PROCESSES; i++) {
            bad += (share[i].taken != has[i]);
            bad += (share[i].granted != granted[i]);
            bad += (share[i].waiters != waits[i] + granted[i]);
            held += ngx_asyncapi_share_held(&share[i]);
            waiting += ngx_asyncapi_share_waiting(&share[i]);
        }

        bad += (held != sem.held || waiting != sem.waiting);
        bad += (waiting && held < sem.size);
        bad += (waiting > 6);
    }

    is_int(bad, 0, "%d random steps agree with the model", STEPS);
}


int
main(void)
{
    (void) unit_start();

    steps();
    turns();
    leaving();
    killed();
    later();
    sizes();
    walk();

    return unit_done();
}

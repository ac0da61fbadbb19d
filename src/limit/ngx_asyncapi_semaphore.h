
/*
 * Copyright (C) The asyncapi module authors
 *
 * A counting semaphore over several processes: how many slots each of them
 * holds, and how many of its waiters want one.  Numbers and queues alone; it
 * knows of no process, event or lock.
 *
 * A slot that is given back is granted to a process that waits, and is held by
 * it from that moment on, also before it has heard of it: nobody who comes
 * later takes it away.  Processes that wait are granted slots in turn.
 *
 * All of it may be in shared memory; the caller has locked it.
 *
 * A process may be killed between any two stores, with the lock.  What it
 * leaves is wrong for the others only until it parts: part() makes the sums
 * anew, and in the share of another process grant() changes no more than one
 * count.
 */


#ifndef _NGX_ASYNCAPI_SEMAPHORE_H_INCLUDED_
#define _NGX_ASYNCAPI_SEMAPHORE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct {
    ngx_uint_t        size;      /* slots there are; held may be more, after it
                                    was made smaller */
    ngx_uint_t        held;      /* of all shares */
    ngx_uint_t        waiting;   /* likewise */
    uint64_t          turn;      /* of the last grant */
    ngx_queue_t       shares;
} ngx_asyncapi_semaphore_t;


/* what one process has of it */

typedef struct {
    ngx_queue_t       queue;     /* in semaphore->shares */
    ngx_uint_t        taken;     /* slots, those granted aside */
    ngx_uint_t        granted;   /* slots that no waiter has claimed yet */
    ngx_uint_t        waiters;   /* those that slots are granted for included */
    uint64_t          turn;      /* of its last grant: the lowest is next */
} ngx_asyncapi_share_t;


#define ngx_asyncapi_share_held(share)     ((share)->taken + (share)->granted)
#define ngx_asyncapi_share_waiting(share)  ((share)->waiters - (share)->granted)


void ngx_asyncapi_semaphore_init(ngx_asyncapi_semaphore_t *sem);

/* a process comes with nothing, and goes with all that it holds */
void ngx_asyncapi_semaphore_join(ngx_asyncapi_semaphore_t *sem,
    ngx_asyncapi_share_t *share);
void ngx_asyncapi_semaphore_part(ngx_asyncapi_semaphore_t *sem,
    ngx_asyncapi_share_t *share);

/*
 * NGX_OK: a slot is held; NGX_AGAIN: there is one waiter more; NGX_BUSY: that
 * would be more waiters of all processes than "queue".
 */
ngx_int_t ngx_asyncapi_semaphore_take(ngx_asyncapi_semaphore_t *sem,
    ngx_asyncapi_share_t *share, ngx_uint_t queue);

/* a slot that is held is free; there is one waiter less */
void ngx_asyncapi_semaphore_give(ngx_asyncapi_semaphore_t *sem,
    ngx_asyncapi_share_t *share);
void ngx_asyncapi_semaphore_quit(ngx_asyncapi_semaphore_t *sem,
    ngx_asyncapi_share_t *share);

/*
 * Grants a free slot to a waiter of the process whose turn it is, which is to
 * be told; NULL: none is free, or nobody waits.  To be called until it is NULL
 * after each change but take().
 */
ngx_asyncapi_share_t *ngx_asyncapi_semaphore_grant(
    ngx_asyncapi_semaphore_t *sem);

/* how many of the share's waiters have their slots now */
ngx_uint_t ngx_asyncapi_semaphore_claim(ngx_asyncapi_share_t *share);


#endif /* _NGX_ASYNCAPI_SEMAPHORE_H_INCLUDED_ */

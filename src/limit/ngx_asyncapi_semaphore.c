
/*
 * Copyright (C) The asyncapi module authors
 *
 * Counts of a semaphore over several processes.
 */


#include "ngx_asyncapi_semaphore.h"


void
ngx_asyncapi_semaphore_init(ngx_asyncapi_semaphore_t *sem)
{
    ngx_memzero(sem, sizeof(ngx_asyncapi_semaphore_t));
    ngx_queue_init(&sem->shares);
}


void
ngx_asyncapi_semaphore_join(ngx_asyncapi_semaphore_t *sem,
    ngx_asyncapi_share_t *share)
{
    ngx_memzero(share, sizeof(ngx_asyncapi_share_t));
    ngx_queue_insert_tail(&sem->shares, &share->queue);
}


void
ngx_asyncapi_semaphore_part(ngx_asyncapi_semaphore_t *sem,
    ngx_asyncapi_share_t *share)
{
    ngx_queue_t           *q;
    ngx_asyncapi_share_t  *other;

    ngx_queue_remove(&share->queue);

    /*
     * A process may have been killed between two of the lines below: the sums
     * are made anew from what the others have.
     */

    sem->held = 0;
    sem->waiting = 0;

    for (q = ngx_queue_head(&sem->shares);
         q != ngx_queue_sentinel(&sem->shares);
         q = ngx_queue_next(q))
    {
        other = ngx_queue_data(q, ngx_asyncapi_share_t, queue);

        sem->held += other->held;
        sem->waiting += other->waiting;
    }
}


ngx_int_t
ngx_asyncapi_semaphore_take(ngx_asyncapi_semaphore_t *sem,
    ngx_asyncapi_share_t *share, ngx_uint_t queue)
{
    if (sem->held < sem->size && sem->waiting == 0) {
        share->held++;
        sem->held++;
        return NGX_OK;
    }

    if (sem->waiting >= queue) {
        return NGX_BUSY;
    }

    share->waiting++;
    sem->waiting++;

    return NGX_AGAIN;
}


void
ngx_asyncapi_semaphore_give(ngx_asyncapi_semaphore_t *sem,
    ngx_asyncapi_share_t *share)
{
    share->held--;
    sem->held--;
}


void
ngx_asyncapi_semaphore_quit(ngx_asyncapi_semaphore_t *sem,
    ngx_asyncapi_share_t *share)
{
    if (share->waiting) {
        share->waiting--;
        sem->waiting--;
        return;
    }

    /* all that still wait have been granted slots: one of these is too many */

    share->granted--;

    ngx_asyncapi_semaphore_give(sem, share);
}


ngx_asyncapi_share_t *
ngx_asyncapi_semaphore_grant(ngx_asyncapi_semaphore_t *sem)
{
    ngx_queue_t           *q;
    ngx_asyncapi_share_t  *share;

    if (sem->held >= sem->size || sem->waiting == 0) {
        return NULL;
    }

    for (q = ngx_queue_head(&sem->shares);
         q != ngx_queue_sentinel(&sem->shares);
         q = ngx_queue_next(q))
    {
        share = ngx_queue_data(q, ngx_asyncapi_share_t, queue);

        if (share->waiting == 0) {
            continue;
        }

        share->waiting--;
        sem->waiting--;

        share->granted++;
        share->held++;
        sem->held++;

        ngx_queue_remove(q);
        ngx_queue_insert_tail(&sem->shares, q);

        return share;
    }

    return NULL;
}


ngx_uint_t
ngx_asyncapi_semaphore_claim(ngx_asyncapi_share_t *share)
{
    ngx_uint_t  n;

    n = share->granted;
    share->granted = 0;

    return n;
}

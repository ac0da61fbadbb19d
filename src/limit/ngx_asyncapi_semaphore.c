
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
    share->turn = sem->turn;

    ngx_queue_insert_tail(&sem->shares, &share->queue);
}


void
ngx_asyncapi_semaphore_part(ngx_asyncapi_semaphore_t *sem,
    ngx_asyncapi_share_t *share)
{
    ngx_queue_t           *q;
    ngx_asyncapi_share_t  *other;

    ngx_queue_remove(&share->queue);

    sem->held = 0;
    sem->waiting = 0;

    for (q = ngx_queue_head(&sem->shares);
         q != ngx_queue_sentinel(&sem->shares);
         q = ngx_queue_next(q))
    {
        other = ngx_queue_data(q, ngx_asyncapi_share_t, queue);

        sem->held += ngx_asyncapi_share_held(other);
        sem->waiting += ngx_asyncapi_share_waiting(other);
    }
}


ngx_int_t
ngx_asyncapi_semaphore_take(ngx_asyncapi_semaphore_t *sem,
    ngx_asyncapi_share_t *share, ngx_uint_t queue)
{
    if (sem->held < sem->size && sem->waiting == 0) {
        sem->held++;
        share->taken++;
        return NGX_OK;
    }

    if (sem->waiting >= queue) {
        return NGX_BUSY;
    }

    sem->waiting++;
    share->waiters++;

    return NGX_AGAIN;
}


void
ngx_asyncapi_semaphore_give(ngx_asyncapi_semaphore_t *sem,
    ngx_asyncapi_share_t *share)
{
    share->taken--;
    sem->held--;
}


void
ngx_asyncapi_semaphore_quit(ngx_asyncapi_semaphore_t *sem,
    ngx_asyncapi_share_t *share)
{
    if (ngx_asyncapi_share_waiting(share)) {
        share->waiters--;
        sem->waiting--;
        return;
    }

    /* all that still wait have been granted slots: one of these is too many */

    share->granted--;
    share->waiters--;
    sem->held--;
}


ngx_asyncapi_share_t *
ngx_asyncapi_semaphore_grant(ngx_asyncapi_semaphore_t *sem)
{
    ngx_queue_t           *q;
    ngx_asyncapi_share_t  *share, *next;

    if (sem->held >= sem->size || sem->waiting == 0) {
        return NULL;
    }

    next = NULL;

    for (q = ngx_queue_head(&sem->shares);
         q != ngx_queue_sentinel(&sem->shares);
         q = ngx_queue_next(q))
    {
        share = ngx_queue_data(q, ngx_asyncapi_share_t, queue);

        if (ngx_asyncapi_share_waiting(share)
            && (next == NULL || share->turn < next->turn))
        {
            next = share;
        }
    }

    if (next == NULL) {
        return NULL;
    }

    sem->held++;
    sem->waiting--;

    next->turn = ++sem->turn;
    next->granted++;

    return next;
}


ngx_uint_t
ngx_asyncapi_semaphore_claim(ngx_asyncapi_share_t *share)
{
    ngx_uint_t  n;

    n = share->granted;

    share->taken += n;
    share->waiters -= n;
    share->granted = 0;

    return n;
}


/*
 * A library for "cpu" tasks: how well the names of items fit what somebody has
 * typed.  "make" compiles it into build/demo-rank.so, and conf/demo.conf uses
 * it; asyncapi.h says all there is to say about such libraries.
 *
 *     rank ITEMS TEXT [LIMIT]
 *
 * ITEMS is a JSON array of objects with the members "sku" and "name".  The
 * result is an array of those that fit at all, [{"sku":"TE-118","score":0.83}],
 * the best one first, LIMIT of them at most (10 by default).  Two texts fit by
 * the pairs of letters that they have in common, so that a mistyped word finds
 * something as well (the Sorensen-Dice coefficient).
 */


#include <asyncapi.h>

#include <cjson/cJSON.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* pairs of the 26 letters and of what is none */
#define LETTERS  27
#define PAIRS    (LETTERS * LETTERS)


typedef struct {
    const char      *sku;      /* of the tree that was parsed */
    double           score;
} found_t;


static int rank(asyncapi_call_t *call, const asyncapi_arg_t *args,
    unsigned nargs);
static int rank_items(asyncapi_call_t *call, const cJSON *items,
    const asyncapi_arg_t *text, size_t limit);
static size_t score_items(asyncapi_call_t *call, const cJSON *items,
    const asyncapi_arg_t *text, found_t *found);
static double score(const unsigned char *name, const unsigned *wanted,
    unsigned total);
static unsigned count_pairs(const unsigned char *text, size_t len,
    unsigned *pairs);
static int compare(const void *one, const void *two);
static int write_found(asyncapi_call_t *call, const found_t *found, size_t n);


static const asyncapi_function_t  functions[] = {
    { "rank", 2, 3, rank },
    { NULL, 0, 0, NULL }
};


ASYNCAPI_EXPORT const asyncapi_library_t  asyncapi_library = {
    ASYNCAPI_ABI, functions
};


static int
rank(asyncapi_call_t *call, const asyncapi_arg_t *args, unsigned nargs)
{
    int     rc;
    long    limit;
    cJSON  *items;

    limit = (nargs > 2) ? strtol((const char *) args[2].data, NULL, 10) : 10;

    if (limit < 1) {
        return call->fail(call, "LIMIT is no number from 1 on");
    }

    items = cJSON_ParseWithLength((const char *) args[0].data, args[0].len);

    if (!cJSON_IsArray(items)) {
        cJSON_Delete(items);
        return call->fail(call, "ITEMS is no JSON array");
    }

    rc = rank_items(call, items, &args[1], limit);

    cJSON_Delete(items);

    return rc;
}


static int
rank_items(asyncapi_call_t *call, const cJSON *items,
    const asyncapi_arg_t *text, size_t limit)
{
    int       rc;
    size_t    n;
    found_t  *found;

    found = calloc(cJSON_GetArraySize(items) + 1, sizeof(found_t));
    if (found == NULL) {
        return call->fail(call, "there is no memory");
    }

    n = score_items(call, items, text, found);

    qsort(found, n, sizeof(found_t), compare);

    rc = write_found(call, found, n < limit ? n : limit);

    free(found);

    return rc;
}


/* the number of those that fit; a call that nobody waits for ends early */

static size_t
score_items(asyncapi_call_t *call, const cJSON *items,
    const asyncapi_arg_t *text, found_t *found)
{
    size_t        n;
    double        s;
    unsigned      wanted[PAIRS], total;
    const char   *sku, *name;
    const cJSON  *item;

    n = 0;
    total = count_pairs(text->data, text->len, wanted);

    cJSON_ArrayForEach(item, items) {

        if (call->cancelled(call)) {
            break;
        }

        sku = cJSON_GetStringValue(cJSON_GetObjectItem(item, "sku"));
        name = cJSON_GetStringValue(cJSON_GetObjectItem(item, "name"));

        if (sku == NULL || name == NULL) {
            continue;
        }

        s = score((const unsigned char *) name, wanted, total);

        if (s > 0) {
            found[n].sku = sku;
            found[n].score = s;
            n++;
        }
    }

    return n;
}


static double
score(const unsigned char *name, const unsigned *wanted, unsigned total)
{
    unsigned  pairs[PAIRS], common, i, n;

    n = count_pairs(name, strlen((const char *) name), pairs);
    common = 0;

    for (i = 0; i < PAIRS; i++) {
        common += (pairs[i] < wanted[i]) ? pairs[i] : wanted[i];
    }

    return (n + total) ? 2.0 * common / (n + total) : 0;
}


/* pairs of which one at least is a letter */

static unsigned
count_pairs(const unsigned char *text, size_t len, unsigned *pairs)
{
    size_t    i;
    unsigned  last, next, n;

    memset(pairs, 0, PAIRS * sizeof(unsigned));

    n = 0;
    last = 0;

    for (i = 0; i <= len; i++) {
        next = (i < len && text[i] < 0x80 && isalpha(text[i]))
               ? (text[i] | 0x20) - 'a' + 1 : 0;

        if (last || next) {
            pairs[last * LETTERS + next]++;
            n++;
        }

        last = next;
    }

    return n;
}


/* the higher score first, and of equal ones the lower name */

static int
compare(const void *one, const void *two)
{
    const found_t  *a = one;
    const found_t  *b = two;

    if (a->score != b->score) {
        return (a->score < b->score) ? 1 : -1;
    }

    return strcmp(a->sku, b->sku);
}


/* sku is printed by cJSON, which knows what is to be escaped */

static int
write_found(asyncapi_call_t *call, const found_t *found, size_t n)
{
    int     rc;
    char   *text;
    cJSON  *list, *item;
    char    number[16];
    size_t  i;

    list = cJSON_CreateArray();

    for (i = 0; i < n; i++) {
        snprintf(number, sizeof(number), "%.2f", found[i].score);

        item = cJSON_CreateObject();

        cJSON_AddStringToObject(item, "sku", found[i].sku);
        cJSON_AddRawToObject(item, "score", number);
        cJSON_AddItemToArray(list, item);
    }

    text = cJSON_PrintUnformatted(list);
    cJSON_Delete(list);

    if (text == NULL) {
        return call->fail(call, "there is no memory");
    }

    rc = call->json(call, text, strlen(text));
    free(text);

    return rc;
}

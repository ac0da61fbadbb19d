
/*
 * Copyright (C) The asyncapi module authors
 *
 * What it takes to check a 1 KB body against a schema of 20 properties: its
 * validation as JSON, and the schema, in microseconds of one core; the best
 * of many rounds, for whatever else the machine does only makes one slower.
 *
 *     schema [SECONDS]
 */


#include <time.h>

#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_asyncapi_json.h"
#include "ngx_asyncapi_schema.h"


#define ROUND  200


static const char  *schema_text =
"{\"type\":\"object\",\"additionalProperties\":false,"
"\"required\":[\"id\",\"email\",\"name\",\"items\",\"currency\"],"
"\"properties\":{"
"\"id\":{\"type\":\"integer\",\"minimum\":1},"
"\"email\":{\"type\":\"string\",\"format\":\"email\"},"
"\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":80},"
"\"age\":{\"type\":\"integer\",\"minimum\":18,\"maximum\":150},"
"\"active\":{\"type\":\"boolean\"},"
"\"currency\":{\"enum\":[\"EUR\",\"USD\",\"GBP\",\"CHF\",\"JPY\",\"CAD\"]},"
"\"total\":{\"type\":\"number\",\"multipleOf\":0.01},"
"\"created_at\":{\"type\":\"string\",\"format\":\"date-time\"},"
"\"birthday\":{\"type\":\"string\",\"format\":\"date\"},"
"\"uuid\":{\"type\":\"string\",\"format\":\"uuid\"},"
"\"phone\":{\"type\":\"string\",\"pattern\":\"^[+][0-9 ]{6,20}$\"},"
"\"note\":{\"type\":[\"string\",\"null\"],\"maxLength\":500},"
"\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},"
    "\"uniqueItems\":true,\"maxItems\":10},"
"\"address\":{\"$ref\":\"#/$defs/address\"},"
"\"shipping\":{\"$ref\":\"#/$defs/address\"},"
"\"items\":{\"type\":\"array\",\"minItems\":1,\"items\":{"
    "\"type\":\"object\",\"required\":[\"sku\",\"qty\"],\"properties\":{"
    "\"sku\":{\"type\":\"string\",\"maxLength\":20},"
    "\"qty\":{\"type\":\"integer\",\"minimum\":1},"
    "\"price\":{\"type\":\"number\",\"minimum\":0},"
    "\"title\":{\"type\":\"string\"}}}},"
"\"coupon\":{\"type\":[\"string\",\"null\"]},"
"\"language\":{\"type\":\"string\",\"minLength\":2,\"maxLength\":5},"
"\"newsletter\":{\"type\":\"boolean\"},"
"\"source\":{\"const\":\"web\"}},"
"\"$defs\":{\"address\":{\"type\":\"object\","
    "\"required\":[\"street\",\"city\"],\"properties\":{"
    "\"street\":{\"type\":\"string\"},\"city\":{\"type\":\"string\"},"
    "\"zip\":{\"type\":\"string\",\"maxLength\":10},"
    "\"country\":{\"type\":\"string\",\"minLength\":2,\"maxLength\":2}}}}}";

static const char  *body =
"{\"id\":184467,\"email\":\"ada.lovelace@example.com\","
"\"name\":\"Ada Lovelace\",\"age\":36,\"active\":true,\"currency\":\"GBP\","
"\"total\":1249.99,\"created_at\":\"2024-02-29T12:30:00Z\","
"\"birthday\":\"1988-12-10\","
"\"uuid\":\"123e4567-e89b-12d3-a456-426614174000\","
"\"phone\":\"+44 20 7946 0958\",\"note\":\"Please ring the bell twice, and "
"leave the parcel with the neighbours at number 12 if nobody is in.\","
"\"tags\":[\"engine\",\"analytical\",\"gift\"],"
"\"address\":{\"street\":\"12 St James Square\",\"city\":\"London\","
"\"zip\":\"SW1Y 4JH\",\"country\":\"GB\"},"
"\"shipping\":{\"street\":\"Ockham Park 1\",\"city\":\"Ockham\","
"\"zip\":\"GU23 6NQ\",\"country\":\"GB\"},"
"\"items\":[{\"sku\":\"A-10442\",\"qty\":2,\"price\":499.5,"
"\"title\":\"Brass gear wheel, 40 teeth\"},"
"{\"sku\":\"B-77\",\"qty\":1,\"price\":200.99,\"title\":\"Punched cards, "
"a box of 500\"},{\"sku\":\"C-9\",\"qty\":10,\"price\":5,"
"\"title\":\"Machine oil\"},"
"{\"sku\":\"D-310\",\"qty\":4,\"price\":12.75,"
"\"title\":\"Drawing paper, ten sheets\"},"
"{\"sku\":\"E-2\",\"qty\":1,\"price\":38.2,"
"\"title\":\"Lamp, with a shade of green glass\"}],"
"\"coupon\":null,\"language\":\"en-GB\","
"\"newsletter\":false,\"source\":\"web\"}";


volatile ngx_cycle_t  *ngx_cycle;


void
ngx_log_error_core(ngx_uint_t level, ngx_log_t *log, ngx_err_t err,
    const char *fmt, ...)
{
}


static double
now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return ts.tv_sec + ts.tv_nsec / 1e9;
}


static double
best(ngx_pool_t *pool, ngx_asyncapi_schema_t *schema, ngx_str_t *json,
    double seconds)
{
    double       end, t, least;
    ngx_int_t    rc;
    ngx_str_t    text;
    ngx_uint_t   i;
    ngx_array_t  errors;

    least = 1;
    end = now() + seconds;

    do {
        ngx_reset_pool(pool);
        t = now();

        for (i = 0; i < ROUND; i++) {

            if (schema) {
                ngx_memzero(&errors, sizeof(ngx_array_t));
                rc = ngx_asyncapi_schema_check(schema, pool, json, NULL, 0);

            } else {
                text = *json;
                rc = ngx_asyncapi_json_validate(&text, NULL);
            }

            if (rc != NGX_OK) {
                printf("the body is not valid\n");
                exit(1);
            }
        }

        t = now() - t;
        least = ngx_min(least, t);

    } while (now() < end);

    return least / ROUND * 1e6;
}


int
main(int argc, char **argv)
{
    double                          seconds;
    ngx_str_t                       text, json, error;
    ngx_log_t                       log;
    ngx_pool_t                     *pool, *scratch;
    ngx_asyncapi_schema_t          *schema;
    ngx_asyncapi_schema_options_t   options;

    seconds = (argc > 1) ? atof(argv[1]) : 0.5;

    ngx_pagesize = getpagesize();
    ngx_cacheline_size = NGX_CPU_CACHE_LINE;
    ngx_memzero(&log, sizeof(ngx_log_t));

    pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, &log);
    scratch = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, &log);

    text.data = (u_char *) schema_text;
    text.len = ngx_strlen(schema_text);
    json.data = (u_char *) body;
    json.len = ngx_strlen(body);
    options.formats = 1;

    schema = ngx_asyncapi_schema_compile(pool, &text, &options, &error);

    if (schema == NULL) {
        printf("%.*s\n", (int) error.len, error.data);
        return 1;
    }

    printf("%lu bytes: JSON %.2f us, schema %.2f us\n",
           (unsigned long) json.len,
           best(scratch, NULL, &json, seconds),
           best(scratch, schema, &json, seconds));

    return 0;
}

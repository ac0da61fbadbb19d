
/*
 * Copyright (C) The asyncapi module authors
 *
 * The text of a statement: where strings, quoted names and comments are, so
 * that what is left are the places where a value may stand.
 */


#include "ngx_asyncapi_sql.h"


typedef struct {
    ngx_pool_t                        *pool;
    const ngx_asyncapi_sql_dialect_t  *dialect;
    ngx_asyncapi_sql_t                *sql;
    ngx_asyncapi_template_error_t     *err;

    ngx_str_t                          source;   /* a copy that stays */
    u_char                            *pos;
    u_char                            *last;
    u_char                            *out;      /* in sql->text */
    ngx_uint_t                         words;    /* how many there were */
    ngx_str_t                          word;     /* the last one */
    unsigned                           trigger:1;  /* inside of one */
    unsigned                           begins:1;   /* a statement of it does */
} ngx_asyncapi_sql_parse_t;


/* functions with it return NGX_OK or NGX_ERROR */

static ngx_int_t ngx_asyncapi_sql_statement(ngx_asyncapi_sql_parse_t *p);
static ngx_int_t ngx_asyncapi_sql_token(ngx_asyncapi_sql_parse_t *p);
static ngx_int_t ngx_asyncapi_sql_word(ngx_asyncapi_sql_parse_t *p);
static void ngx_asyncapi_sql_trigger(ngx_asyncapi_sql_parse_t *p,
    const ngx_str_t *word);
static ngx_uint_t ngx_asyncapi_sql_changes(const ngx_str_t *word);
static ngx_int_t ngx_asyncapi_sql_string(ngx_asyncapi_sql_parse_t *p);
static ngx_int_t ngx_asyncapi_sql_name(ngx_asyncapi_sql_parse_t *p,
    u_char quote);
static ngx_int_t ngx_asyncapi_sql_line(ngx_asyncapi_sql_parse_t *p);
static ngx_int_t ngx_asyncapi_sql_comment(ngx_asyncapi_sql_parse_t *p);
static ngx_int_t ngx_asyncapi_sql_dollar(ngx_asyncapi_sql_parse_t *p);
static ngx_int_t ngx_asyncapi_sql_quote(ngx_asyncapi_sql_parse_t *p,
    size_t len);
static ngx_int_t ngx_asyncapi_sql_parameter(ngx_asyncapi_sql_parse_t *p);
static ngx_int_t ngx_asyncapi_sql_reference(ngx_asyncapi_sql_parse_t *p);
static ngx_int_t ngx_asyncapi_sql_inside(ngx_asyncapi_sql_parse_t *p,
    const char *message);
static ngx_int_t ngx_asyncapi_sql_end(ngx_asyncapi_sql_parse_t *p);
static size_t ngx_asyncapi_sql_tag(ngx_asyncapi_sql_parse_t *p);
static ngx_uint_t ngx_asyncapi_sql_in_word(ngx_asyncapi_sql_parse_t *p);
static ngx_int_t ngx_asyncapi_sql_error(ngx_asyncapi_sql_parse_t *p,
    u_char *at, const char *message);


#define NGX_ASYNCAPI_SQL_NEAR  24

#define NGX_ASYNCAPI_SQL_STRING                                              \
    "no reference can stand in a string: write it outside, as in "           \
    "'a' || $name || 'b' (and $$ for a dollar),"
#define NGX_ASYNCAPI_SQL_NAME                                                \
    "no reference can stand in a quoted name: it is a value and can't be "   \
    "the name of a table or column (write $$ for a dollar),"
#define NGX_ASYNCAPI_SQL_COMMENT                                             \
    "no reference can stand in a comment: take it out, or write $$ for a "   \
    "dollar,"
#define NGX_ASYNCAPI_SQL_IN_WORD                                             \
    "a reference is a value and can't be a part of a word: put a blank "     \
    "between,"
#define NGX_ASYNCAPI_SQL_TRIGGER                                             \
    "no reference can stand in a trigger, which is kept without values: "    \
    "write new.NAME or old.NAME for those of the row (and $$ for a dollar),"


#define ngx_asyncapi_sql_is_digit(ch)  ((u_char) ((ch) - '0') <= 9)

#define ngx_asyncapi_sql_is_alpha(ch)                                        \
    ((u_char) (((ch) | 0x20) - 'a') <= 'z' - 'a'                             \
     || (ch) == '_' || (ch) >= 0x80)

#define ngx_asyncapi_sql_is_word(ch)                                         \
    (ngx_asyncapi_sql_is_alpha(ch) || ngx_asyncapi_sql_is_digit(ch))

#define ngx_asyncapi_sql_is_space(ch)                                        \
    ((ch) == ' ' || ((ch) >= '\t' && (ch) <= CR))

/* the byte behind the next one, or 0 */
#define ngx_asyncapi_sql_next(p)                                             \
    ((p)->last - (p)->pos > 1 ? (p)->pos[1] : '\0')


ngx_int_t
ngx_asyncapi_sql_parse(ngx_pool_t *pool, const ngx_str_t *source,
    const ngx_asyncapi_sql_dialect_t *dialect, ngx_asyncapi_sql_t *sql,
    ngx_asyncapi_template_error_t *err)
{
    size_t                     i, len;
    ngx_asyncapi_sql_parse_t   p;

    ngx_memzero(err, sizeof(ngx_asyncapi_template_error_t));
    ngx_memzero(sql, sizeof(ngx_asyncapi_sql_t));
    ngx_memzero(&p, sizeof(ngx_asyncapi_sql_parse_t));

    if (ngx_array_init(&sql->refs, pool, 4, sizeof(void *)) != NGX_OK) {
        return NGX_ERROR;
    }

    p.pool = pool;
    p.dialect = dialect;
    p.sql = sql;
    p.err = err;

    /* a placeholder may be longer than the reference was */

    len = source->len + 1;

    for (i = 0; i < source->len; i++) {
        if (source->data[i] == '$') {
            len += NGX_INT_T_LEN;
        }
    }

    p.source.len = source->len;
    p.source.data = ngx_pnalloc(pool, source->len + 1);
    sql->text.data = ngx_pnalloc(pool, len);

    if (p.source.data == NULL || sql->text.data == NULL) {
        return NGX_ERROR;
    }

    if (source->len) {
        ngx_memcpy(p.source.data, source->data, source->len);
    }

    p.pos = p.source.data;
    p.last = p.source.data + source->len;
    p.out = sql->text.data;

    return ngx_asyncapi_sql_statement(&p);
}


static ngx_int_t
ngx_asyncapi_sql_statement(ngx_asyncapi_sql_parse_t *p)
{
    u_char  *zero;

    zero = ngx_strlchr(p->pos, p->last, '\0');

    if (zero) {
        return ngx_asyncapi_sql_error(p, zero, "there is a zero byte");
    }

    while (p->pos < p->last && (*p->pos != ';' || p->trigger)) {
        if (ngx_asyncapi_sql_token(p) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (p->words == 0) {
        return ngx_asyncapi_sql_error(p, p->last,
                    "there is no statement: write for instance "
                    "\"SELECT * FROM users WHERE id = $id\",");
    }

    /* the text ends here; a comment behind it is looked at and left out */

    p->sql->text.len = p->out - p->sql->text.data;

    if (ngx_asyncapi_sql_end(p) != NGX_OK) {
        return NGX_ERROR;
    }

    p->sql->text.data[p->sql->text.len] = '\0';

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_sql_token(ngx_asyncapi_sql_parse_t *p)
{
    u_char  ch;

    ch = *p->pos;

    if (ngx_asyncapi_sql_is_word(ch)) {
        return ngx_asyncapi_sql_word(p);
    }

    switch (ch) {

    case '\'':
        return ngx_asyncapi_sql_string(p);

    case '"':
        return ngx_asyncapi_sql_name(p, '"');

    case '`':
        if (p->dialect->brackets) {
            return ngx_asyncapi_sql_name(p, '`');
        }

        break;

    case '[':
        if (p->dialect->brackets) {
            return ngx_asyncapi_sql_name(p, ']');
        }

        break;

    case '-':
        if (ngx_asyncapi_sql_next(p) == '-') {
            return ngx_asyncapi_sql_line(p);
        }

        break;

    case '/':
        if (ngx_asyncapi_sql_next(p) == '*') {
            return ngx_asyncapi_sql_comment(p);
        }

        break;

    case '$':
        return ngx_asyncapi_sql_dollar(p);

    case '?':
    case ':':
    case '@':
        return ngx_asyncapi_sql_parameter(p);

    case ';':
        p->begins = 1;
        break;

    default:
        break;
    }

    *p->out++ = *p->pos++;

    return NGX_OK;
}


/* words, and numbers, of which only that they are none is of interest */

static ngx_int_t
ngx_asyncapi_sql_word(ngx_asyncapi_sql_parse_t *p)
{
    u_char     *start;
    ngx_str_t   word;

    start = p->pos;

    while (p->pos < p->last && ngx_asyncapi_sql_is_word(*p->pos)) {
        *p->out++ = *p->pos++;
    }

    word.data = start;
    word.len = p->pos - start;

    if (p->words < 2) {
        p->sql->words[p->words++] = word;
    }

    if (p->dialect->triggers) {
        ngx_asyncapi_sql_trigger(p, &word);
    }

    /* FOR UPDATE and FOR NO KEY UPDATE only lock */

    if (p->sql->change.len == 0 && ngx_asyncapi_sql_changes(&word)
        && !ngx_asyncapi_sql_is(&p->word, "FOR")
        && !ngx_asyncapi_sql_is(&p->word, "KEY"))
    {
        p->sql->change = word;
    }

    p->word = word;

    return NGX_OK;
}


/* CREATE TRIGGER ... BEGIN INSERT ...; END: no other END follows a ";" */

static void
ngx_asyncapi_sql_trigger(ngx_asyncapi_sql_parse_t *p, const ngx_str_t *word)
{
    if (p->trigger) {

        if (p->begins && ngx_asyncapi_sql_is(word, "END")) {
            p->trigger = 0;
        }

        p->begins = 0;
        return;
    }

    if (ngx_asyncapi_sql_is(word, "TRIGGER")
        && ngx_asyncapi_sql_is(&p->sql->words[0], "CREATE")
        && (ngx_asyncapi_sql_is(&p->word, "CREATE")
            || ngx_asyncapi_sql_is(&p->word, "TEMP")
            || ngx_asyncapi_sql_is(&p->word, "TEMPORARY")))
    {
        p->trigger = 1;
    }
}


static ngx_uint_t
ngx_asyncapi_sql_changes(const ngx_str_t *word)
{
    return ngx_asyncapi_sql_is(word, "INSERT")
           || ngx_asyncapi_sql_is(word, "UPDATE")
           || ngx_asyncapi_sql_is(word, "DELETE")
           || ngx_asyncapi_sql_is(word, "MERGE");
}


/* a quote in it is doubled, which is as good as two strings */

static ngx_int_t
ngx_asyncapi_sql_string(ngx_asyncapi_sql_parse_t *p)
{
    u_char      *start;
    ngx_uint_t   escapes;

    start = p->pos;
    escapes = p->dialect->escapes
              && start > p->source.data
              && (start[-1] | 0x20) == 'e'
              && !(start - p->source.data > 1
                   && (ngx_asyncapi_sql_is_word(start[-2])
                       || start[-2] == '$'));

    *p->out++ = *p->pos++;

    while (p->pos < p->last) {

        if (*p->pos == '\'') {
            *p->out++ = *p->pos++;
            return NGX_OK;
        }

        if (*p->pos == '\\' && escapes && p->last - p->pos > 1
            && p->pos[1] != '$')
        {
            *p->out++ = *p->pos++;
            *p->out++ = *p->pos++;
            continue;
        }

        if (ngx_asyncapi_sql_inside(p, NGX_ASYNCAPI_SQL_STRING) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return ngx_asyncapi_sql_error(p, start, "the string has no end,");
}


static ngx_int_t
ngx_asyncapi_sql_name(ngx_asyncapi_sql_parse_t *p, u_char quote)
{
    u_char  *start;

    start = p->pos;

    *p->out++ = *p->pos++;

    while (p->pos < p->last) {

        if (*p->pos == quote) {
            *p->out++ = *p->pos++;
            return NGX_OK;
        }

        if (ngx_asyncapi_sql_inside(p, NGX_ASYNCAPI_SQL_NAME) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return ngx_asyncapi_sql_error(p, start, "the quoted name has no end,");
}


static ngx_int_t
ngx_asyncapi_sql_line(ngx_asyncapi_sql_parse_t *p)
{
    while (p->pos < p->last && *p->pos != LF && *p->pos != CR) {

        if (ngx_asyncapi_sql_inside(p, NGX_ASYNCAPI_SQL_COMMENT) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_sql_comment(ngx_asyncapi_sql_parse_t *p)
{
    u_char      *start;
    ngx_uint_t   depth;

    start = p->pos;
    depth = 0;

    while (p->pos < p->last) {

        if (*p->pos == '/' && ngx_asyncapi_sql_next(p) == '*'
            && (depth == 0 || p->dialect->nested))
        {
            *p->out++ = *p->pos++;
            *p->out++ = *p->pos++;
            depth++;
            continue;
        }

        if (*p->pos == '*' && ngx_asyncapi_sql_next(p) == '/') {
            *p->out++ = *p->pos++;
            *p->out++ = *p->pos++;

            if (--depth == 0) {
                return NGX_OK;
            }

            continue;
        }

        if (ngx_asyncapi_sql_inside(p, NGX_ASYNCAPI_SQL_COMMENT) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return ngx_asyncapi_sql_error(p, start, "the comment has no end,");
}


/* outside of all that: of a name, the start of a string, or a reference */

static ngx_int_t
ngx_asyncapi_sql_dollar(ngx_asyncapi_sql_parse_t *p)
{
    size_t      len;
    ngx_uint_t  in_word;

    in_word = ngx_asyncapi_sql_in_word(p);

    if (ngx_asyncapi_sql_next(p) == '$' && in_word) {
        *p->out++ = '$';
        p->pos += 2;

        return NGX_OK;
    }

    if (in_word) {
        return ngx_asyncapi_sql_error(p, p->pos, NGX_ASYNCAPI_SQL_IN_WORD);
    }

    len = ngx_asyncapi_sql_tag(p);

    if (len) {
        return ngx_asyncapi_sql_quote(p, len);
    }

    if (ngx_asyncapi_sql_next(p) == '$') {
        return ngx_asyncapi_sql_error(p, p->pos,
                    "a dollar can stand in strings and names only,");
    }

    return ngx_asyncapi_sql_reference(p);
}


/* the length of "$tag$" or "$$" that begins a string, or 0 */

static size_t
ngx_asyncapi_sql_tag(ngx_asyncapi_sql_parse_t *p)
{
    u_char  *end;

    if (!p->dialect->dollars) {
        return 0;
    }

    end = p->pos + 1;

    if (end < p->last && ngx_asyncapi_sql_is_alpha(*end)) {
        while (end < p->last && ngx_asyncapi_sql_is_word(*end)) {
            end++;
        }
    }

    return (end < p->last && *end == '$') ? (size_t) (end + 1 - p->pos) : 0;
}


static ngx_int_t
ngx_asyncapi_sql_quote(ngx_asyncapi_sql_parse_t *p, size_t len)
{
    u_char  *tag;

    tag = p->pos;

    p->out = ngx_cpymem(p->out, tag, len);
    p->pos += len;

    while (p->pos < p->last) {

        if ((size_t) (p->last - p->pos) >= len
            && ngx_memcmp(p->pos, tag, len) == 0)
        {
            p->out = ngx_cpymem(p->out, tag, len);
            p->pos += len;

            return NGX_OK;
        }

        if (ngx_asyncapi_sql_inside(p, NGX_ASYNCAPI_SQL_STRING) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return ngx_asyncapi_sql_error(p, tag, "the string has no end,");
}


/* what the database would take for a parameter that nobody gives a value */

static ngx_int_t
ngx_asyncapi_sql_parameter(ngx_asyncapi_sql_parse_t *p)
{
    u_char  next;

    next = ngx_asyncapi_sql_next(p);

    if (p->dialect->parameters && *p->pos == ':' && next == ':') {
        return ngx_asyncapi_sql_error(p, p->pos,
                    "a cast is written CAST(a AS b),");
    }

    if (p->dialect->parameters
        && (*p->pos == '?' || ngx_asyncapi_sql_is_word(next)))
    {
        return ngx_asyncapi_sql_error(p, p->pos,
                    "a parameter is a reference: write $name,");
    }

    *p->out++ = *p->pos++;

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_sql_reference(ngx_asyncapi_sql_parse_t *p)
{
    ngx_asyncapi_ref_t  *ref, **slot;

    if (p->trigger) {
        return ngx_asyncapi_sql_error(p, p->pos, NGX_ASYNCAPI_SQL_TRIGGER);
    }

    ref = ngx_asyncapi_ref_parse_at(p->pool, &p->source, &p->pos, p->err);

    if (ref == NULL) {
        return p->err->message
               ? ngx_asyncapi_sql_error(p, p->source.data + p->err->offset,
                                        p->err->message)
               : NGX_ERROR;
    }

    if (p->pos < p->last && ngx_asyncapi_sql_is_word(*p->pos)) {
        return ngx_asyncapi_sql_error(p, p->source.data + ref->offset,
                                      NGX_ASYNCAPI_SQL_IN_WORD);
    }

    slot = ngx_array_push(&p->sql->refs);
    if (slot == NULL) {
        return NGX_ERROR;
    }

    *slot = ref;

    p->out = ngx_sprintf(p->out, "%c%ui", p->dialect->placeholder,
                         p->sql->refs.nelts);

    return NGX_OK;
}


/* one byte of what no reference may stand in; a dollar is written twice */

static ngx_int_t
ngx_asyncapi_sql_inside(ngx_asyncapi_sql_parse_t *p, const char *message)
{
    u_char  next;

    if (*p->pos == '$') {
        next = ngx_asyncapi_sql_next(p);

        if (next == '$') {
            p->pos++;

        } else if (next == '{'
                   || (next < 0x80 && ngx_asyncapi_sql_is_word(next)))
        {
            return ngx_asyncapi_sql_error(p, p->pos, message);
        }
    }

    *p->out++ = *p->pos++;

    return NGX_OK;
}


static ngx_int_t
ngx_asyncapi_sql_end(ngx_asyncapi_sql_parse_t *p)
{
    ngx_int_t  rc;

    while (p->pos < p->last) {

        if (*p->pos == ';' || ngx_asyncapi_sql_is_space(*p->pos)) {
            p->pos++;
            continue;
        }

        if (*p->pos == '-' && ngx_asyncapi_sql_next(p) == '-') {
            rc = ngx_asyncapi_sql_line(p);

        } else if (*p->pos == '/' && ngx_asyncapi_sql_next(p) == '*') {
            rc = ngx_asyncapi_sql_comment(p);

        } else {
            return ngx_asyncapi_sql_error(p, p->pos,
                        "one string is one statement: write another task, or "
                        "\"transaction\" and both in its block, for what "
                        "stands behind \";\"");
        }

        if (rc != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_asyncapi_sql_in_word(ngx_asyncapi_sql_parse_t *p)
{
    u_char  last;

    if (p->pos == p->source.data) {
        return 0;
    }

    /* of a reference before it is nothing said here: it ends with the "}" */

    last = p->out[-1];

    return p->pos[-1] != '}' && (ngx_asyncapi_sql_is_word(last) || last == '$');
}


static ngx_int_t
ngx_asyncapi_sql_error(ngx_asyncapi_sql_parse_t *p, u_char *at,
    const char *message)
{
    size_t  len;

    len = (at < p->last) ? (size_t) (p->last - at) : p->source.len;
    len = ngx_min(len, NGX_ASYNCAPI_SQL_NEAR);

    p->err->message = message;
    p->err->offset = at - p->source.data;
    p->err->near.data = (at < p->last) ? at : p->last - len;
    p->err->near.len = len;

    return NGX_ERROR;
}


ngx_uint_t
ngx_asyncapi_sql_is(const ngx_str_t *word, const char *capitals)
{
    return word->len == ngx_strlen(capitals)
           && ngx_strncasecmp(word->data, (u_char *) capitals, word->len) == 0;
}

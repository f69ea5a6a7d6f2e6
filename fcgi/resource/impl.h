/*
 * impl.h - what the files of this room share; nobody outside includes it.
 *
 * model.c makes of a table what its requests need: fields, texts of SQL, routes. value.c moves values
 * between JSON, SQL and CSV; query.c reads the query of a list, cursor.c its place, page.c is the text
 * of a page, list.c answers it and one row; total.c counts rows, names.c has the titles of what rows
 * refer to; write.c changes rows, rule.c has the rule of a change, change.c is what C's rules see of
 * it, etag.c compares versions; routes.c are the requests that change one, bulk.c and csv*.c those
 * that change many; history.c reads what happened; openapi.c, schema.c and types.c describe.
 */
#ifndef RESOURCE_IMPL_H
#define RESOURCE_IMPL_H

#include "auth/app.h"
#include "auth/ident.h"
#include "base/buf.h"
#include "db/db.h"
#include "resource/resource.h"

#define COLUMNS_MAX 48
#define ARGS_MAX 64
#define REPLY_MAX (64L * 1024 * 1024)

/* A member of a row as clients see it: a column, or the title of what a reference names. */
struct member {
	const char *name;
	const char *key; /* ",\"title\":" */
	size_t key_len;
	const struct column *column;
	enum field_type type;
	bool is_title;	 /* of what the member before it names */
	const char *sql; /* what to select */
};

/* A statement whose rows have the titles of what they refer to, and the same with NULL in their places, which
 * needs no joins (names.c). */
struct stmts {
	struct stmt named, plain;
};

struct model {
	const struct resource *res;
	int n; /* columns */
	const char *sql[COLUMNS_MAX];
	const struct column *key, *version, *archived;
	const struct model *parent;
	int n_members;
	struct member member[2 * COLUMNS_MAX];
	const char *select, *joins; /* all members, of `t` */
	const char *plain;	    /* the same without titles, without joins */
	bool shows;		    /* are there titles? */
	struct field *create_fields, *change_fields,
		*bulk_fields; /* bulk: both, nothing required */
	int n_insert, n_update;
	int insert_column[COLUMNS_MAX], update_column[COLUMNS_MAX]; /* of parameters */
	struct stmts get, insert, update;
	struct stmt lock, history_add, history_list;
	struct stmt emit;     /* an event with columns of the row as it is in the transaction */
	const char *counter;  /* of its numbers; NULL */
	const char *one_path; /* without the row's key */
	const char *event_created, *event_updated, *event_archived, *event_restored;
	const char *id_name; /* of the row in events: "ticketId" */
	struct route_table table;
};

/* model.c */
const struct model *model_of(const struct req *r);
const struct model *model_of_route(const struct route *rt);	/* NULL = of no resource */
int column_index(const struct resource *res, const char *name); /* -1 */
const char *column_sql(struct arena *p, const struct column *c);
/* The same of a model's column, which has it ready. */
static inline const char *sql_of(const struct model *m, const struct column *c)
{
	return m->sql[c - m->res->columns];
}
const struct column *key_of(const struct resource *res);
/* Text to call a person who requests a column that they may not have. */
bool may_read(const struct op *op, const struct column *c);
bool is_writable(const struct column *c);
bool is_shown(const struct resource *res); /* its titles, in rows that refer to it */

/* value.c */
/* "::uuid" and the like; how a parameter of that type is written in SQL: "$3::uuid". */
const char *value_cast(enum field_type type);
const char *value_param(struct arena *p, enum field_type type, int n);
/* A checked value of JSON as text for SQL; NULL = null. Equal values have equal texts. */
const char *value_of_json(struct arena *p, enum field_type type, const json_t *v);
/* Text from SQL, NULL = null, as JSON. */
void value_add_json(struct buf *b, enum field_type type, const char *text);
bool value_differs(enum field_type type, const char *a, const char *b);
/* Microseconds since 1970 of PostgreSQL's text of a timestamptz in UTC, and the text of that. */
int64_t value_micros(const char *text);
/* "{\"a\",\"b\"}": text of an array for a parameter. */
const char *value_array(struct arena *p, const char *const *list, int n);
/* A copy in lower case (ASCII): ids compare as text. */
const char *value_lower(struct arena *p, const char *s);
bool word_in(const char *words, const char *s); /* "low|normal" */

/* sql.c: text of a statement and its parameters */
struct sql {
	struct arena *arena;
	struct buf *text;
	const char *arg[ARGS_MAX];
	int n;
};
void sql_init(struct sql *s, struct arena *p);
void sql_add(struct sql *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Adds a parameter and answers how it is called: "$3". */
const char *sql_arg(struct sql *s, const char *value);
struct stmt sql_done(struct sql *s, const char *name); /* text in the arena */

/* names.c: titles in the rows of one reply */
struct names {
	int tenant;
	int64_t now;	  /* clock_ms() before the database was queried */
	bool in_rows;	  /* the statement has them; else they are in this worker's memory */
	bool uncommitted; /* the rows' transaction is not committed: they are not for others */
	bool missing;	  /* one was not in memory */
};
/* Which of two statements should be run: that with titles, or the one without. */
struct names names_begin(const struct op *op, const struct model *m);
struct names names_begin_named(const struct op *op);
/* When a title was missing: once more, with the statement that has them; else false. */
bool names_begin_again(struct names *n);
/* Are the titles of a row in memory? values: its columns. */
bool names_are_here(const struct names *n, const struct model *m, const char *const *values);
/* Adds the title of the row that `key` names, NULL = none; title: from a statement that has it. */
void names_add(
	struct names *n, struct buf *b, const struct column *c, const char *key, const char *title);
/* After the last row: whether the next statement is to have titles. */
void names_end(const struct names *n, const struct model *m);

/* query.c */
#define FILTERS_MAX 16
struct filter {
	const struct column *column;
	const struct column *of;  /* whose member `column` is; NULL = it is the table's own */
	const char *member;	  /* then its name there */
	const char *list;	  /* of values, as an array */
	const char *wanted;	  /* the same as SQL */
	const char *least, *most; /* of a range */
	bool is_range, has_none;  /* none: null is searched as well */
};
struct query {
	int n_filters;
	struct filter filter[FILTERS_MAX];
	const char *search, *like,
		*number;	      /* ?q=, as it is, as a pattern, and where it is a number */
	const char *found, *patterns; /* of the rows that match it (resource.h), as arrays */
	const char *found_total;      /* how many there are, where `found` has those of the page */
	const char *corrected;	      /* what was found in place of a word that no row has */
	const char *from;	      /* what the rows are read from */
	const char *archived;	      /* "true", "false", "any" */
	const struct column *sort;
	bool down;
	char letter;
	const char *value, *id; /* of the cursor */
	const char *parent;	/* the parent of the rows */
	long limit;
	const char *own;	      /* whose rows alone are listed: a parameter; NULL = all */
	const struct filter *indexed; /* an index has its values in the list's order; NULL */
	const char *sets; /* for WITH: rows of filters that few may have (page.c); NULL */
	bool exact;	  /* ?total=exact */
	bool is_page;	  /* one page is asked for, none behind it */
	enum {
		TOTAL_NONE,
		TOTAL_COUNT,
		TOTAL_FOUND, /* as many as found_total says */
		TOTAL_MORE,  /* than TOTAL_MAX, it is known */
	} total;
	const char *total_name; /* of what total_find() looked for */
	int64_t total_at;
};
/* Every fault of the query is reported at once. */
int query_read(struct req *r, const struct model *m, struct query *q);
const char *sort_name(const struct column *c);
const char *filter_name(const struct column *c);

/* page.c: the text of a page */
/* Rows that an index finds and that are sorted then; more are looked for in the list's order. */
#define FEW_MAX 5000
/* As many rows as are read: the planner knows how few, and there are few different statements. */
long page_rows(long limit);
/* Does the page depend on how many rows a filter has? */
bool page_needs_sets(const struct model *m, const struct query *q);
/* Its rows have the sort's value beside their columns. where: all conditions, rest: those beside that of
 * q->indexed. Sets q->sets, which the statement begins with. */
/* Of q->own: a SELECT of one row for each of them that has these conditions. */
const char *page_own_rows(
	struct arena *p, const struct model *m, const struct query *q, const char *where);
const char *page_text(
	struct sql *s, const struct model *m, struct query *q, const char *where, const char *rest);

/* total.c: how many rows a list has, up to a bound */
#define TOTAL_MAX 1000
/* Is it known that there are more? where, s: the conditions and their values, without the cursor's. */
void total_find(struct req *r, const struct model *m, struct query *q, const char *where,
	const struct sql *s);
/* The count as SQL; rest: the conditions beside that of q->indexed. */
const char *total_text(struct arena *p, const struct model *m, const struct query *q,
	const char *where, const char *rest);
/* counted: by the statement; NULL where none was necessary. */
long total_of(struct req *r, const struct query *q, const char *counted);

/* list.c */
int list_get(struct req *r); /* GET of the collection */
/* The row that the path names: a text that cannot name one is MT_ENOENT. */
int row_id(struct req *r, const struct model *m, const char **ret);
/* What a statement has of the row of the path, MT_ENOENT when nothing; n: of its arguments, which are the
 * row's key and the resource's name. */
int row_read(struct req *r, const struct model *m, const struct stmt *s, int n, struct rows *ret);
/* The rows of a query: members begin at column LIST_MEMBERS of the result. */
#define LIST_MEMBERS 3
/* The same page by page, in one transaction: begin, pages in memory of their own, commit. */
int list_begin(struct req *r, const struct model *m, struct query *q);
int list_page(
	struct req *r, struct arena *p, const struct model *m, struct query *q, struct rows *ret);
void list_follow(struct req *r, struct query *q, const struct rows *rows, int last);
/* Adds what to do when it was a search that took too long. */
int list_fault(struct req *r, const struct query *q, int rc);
void list_add_row(struct op *op, const struct model *m, struct buf *b, const struct rows *rows,
	int i, int first, struct names *names);
int reply_buf(struct req *r, int status, struct buf *b, const char *type); /* takes it */

/* change.c, write.c */
struct change {
	struct op *op;
	const struct model *m;
	const char *at; /* prefix of faults: "" or "/items/3" */
	const char *id;
	size_t number; /* of the item or line */
	bool creates;
	const json_t *body;
	const char *event; /* in place of the usual; NULL */
	const char *old[COLUMNS_MAX], *new[COLUMNS_MAX];
	bool given[COLUMNS_MAX];
	long version;
	const char *if_match;
	int (*prepare)(struct change *c); /* of the request, after the values are known; NULL */
	json_t *events;			  /* {type: [channel]} beside the company's; NULL = none */
	const char *parent_id;
	struct names names;
	const char *json; /* the row afterwards; NULL = nothing was written */
};
/* A transaction that changes rows; events wait for its end. */
struct writing {
	struct op *op;
	const struct model *m;
	int n, max;
	struct change **written; /* rows that were changed, for their events */
	struct change *last;	 /* whose row is read after COMMIT, */
	int last_index;		 /* as the result of this statement */
	bool renames;		 /* a title that other rows show: write_hold() */
};
int write_begin(struct writing *w, struct op *op, const struct model *m, int rows);
/* One row: reads, checks, writes. last: no other follows, so that its statements travel with the COMMIT.
 * */
int write_row(struct writing *w, struct change *c, bool last);
/* Events and COMMIT; then c->json of the last one is there. */
int write_end(struct writing *w);
/* After it: a request that changed a title is answered when no worker has the old one in memory. */
void write_hold(struct req *r, const struct writing *w);
/* Queues a history row of `changes`. */
int add_history(struct op *op, const struct model *m, const char *id, const char *changes);
/* Its name as a part of a message. */
const char *one_part(struct op *op, const struct resource *res);
int not_found(struct op *op, const struct resource *res);

const char *change_changes(struct change *c); /* {"state": ["new", "done"]} */
/* Queues an event about the row with its usual payload. */
int change_emit(struct change *c, const char *channel, const char *type);
/* The column refers to a row that is not there: a fault of it. */
int change_fault_refer(struct change *c, const char *column);

/* rule.c */
bool rule_applies(const struct change *c);
const char *rule_known(const struct change *c);	      /* its answer under a lease; NULL */
void rule_add(struct sql *s, const struct change *c); /* adds its call */
int rule_take(struct change *c, const char *text);    /* what follows; NULL = it refuses */
/* After that, a lease for it, where its answer is everybody's. read_at: from before the query. */
void rule_keep(const struct change *c, const char *text, int64_t read_at);

/* cursor.c */
const char *cursor_text(struct req *r, char letter, const char *value, const char *id);
int cursor_read(struct req *r, char letter, enum field_type type, bool id_is_uuid,
	const char **ret_value, const char **ret_id);

/* requests */
int route_create(struct req *r);
int route_change(struct req *r);
int route_archive(struct req *r);
int route_restore(struct req *r);
int route_history(struct req *r);
int route_bulk(struct req *r);
int route_csv_out(struct req *r);
int route_csv_in(struct req *r);
int archive_row(struct change *c); /* prepare of a request that archives */
/* Rows in a row; what: how their number is called in a problem, "item" or "line". */
int write_many(struct writing *w, struct change *const *list, int n, const char *what);

/* schema.c: JSON Schema 2020-12, as OpenAPI 3.1 has it; new references */
json_t *schema_of_field(const struct field *f);
json_t *schema_of_fields(const struct field *fields);
json_t *schema_of_answer(const struct field *fields);
json_t *schema_of_row(const struct model *m);
json_t *schema_of_filter(const struct column *c);

#endif

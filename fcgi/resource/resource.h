/*
 * resource.h - a resource is one const table: its columns with type, limits, references, permissions,
 * what can be filtered, sorted and searched. Everything that is the same for all resources comes from
 * it: routes, validation, SQL, ETags, history, events, bulk changes, CSV, OpenAPI, TypeScript types.
 * Code is written for what is special: README.md of this room shows a whole one.
 *
 *	static const struct column COLUMNS[] = {
 *		{"id", UUID, .flags = KEY},
 *		{"customerId", REF(&customer_resource), REQUIRED | FILTER, .shown = "customerName"},
 *		{"name", STRING(1, 200), REQUIRED | SEARCH | SORT},
 *		{"latitude", DECIMAL(-90, 90), NULLABLE},
 *		{"accessNotes", TEXT(0, 4000), NULLABLE, .read = "sites:notes"},
 *		{0},
 *	};
 *
 * The table in PostgreSQL is written by hand in sql/; t/api/resources.t.mjs compares the two.
 * Identifiers in SQL come from these tables alone, values are always parameters.
 */
#ifndef RESOURCE_H
#define RESOURCE_H

#include "http/req.h"
#include "http/route.h"

struct resource;
struct change;

/* The type of a column; the macros below write one. */
struct kind {
	enum field_type type;
	long min, max; /* characters, values or entries; both 0 = none but the type's own */
	const char
		*one_of; /* of an enum, in its order, or of an array's entries: "low|normal|high" */
	const struct resource *of; /* of a reference */
	const struct field *rows;  /* what a row of ROWS() has */
};

/* clang-format off */
#define STRING(min, max)    {FIELD_STRING, min, max, NULL, NULL}
#define TEXT(min, max)      {FIELD_TEXT, min, max, NULL, NULL}	/* as STRING, line breaks allowed */
#define INTEGER(min, max)   {FIELD_INT, min, max, NULL, NULL}
#define DECIMAL(min, max)   {FIELD_DECIMAL, min, max, NULL, NULL}
#define BOOLEAN             {FIELD_BOOL, 0, 0, NULL, NULL}
#define TIME                {FIELD_TIME, 0, 0, NULL, NULL}	/* a moment: RFC 3339 */
#define DATE                {FIELD_DATE, 0, 0, NULL, NULL}
#define UUID                {FIELD_UUID, 0, 0, NULL, NULL}
#define EMAIL               {FIELD_EMAIL, 3, 254, NULL, NULL}
#define ENUM(words)         {FIELD_ENUM, 0, 0, words, NULL}
#define REF(resource)       {FIELD_UUID, 0, 0, NULL, resource}	/* to one with a uuid as key */
#define REF_KEY(resource)   {FIELD_STRING, 1, 40, NULL, resource} /* to one with a word as key */
#define WORDS(max, words)   {FIELD_ARRAY, 0, max, words, NULL}	/* text[] */
#define OBJECT              {FIELD_OBJECT, 0, 0, NULL, NULL}	/* jsonb */
#define ROWS(fields)        {FIELD_ARRAY, 0, 0, NULL, NULL, fields} /* json of a view: never given */
/* clang-format on */

#define KEY 1u	      /* names a row: in paths and references */
#define REQUIRED 2u   /* must be given to create one */
#define NULLABLE 4u   /* null is a value; without a fallback also what is not given */
#define READONLY 8u   /* set by the database: shown, never given */
#define BY_CODE 16u   /* set by the rule or check(): shown, never given */
#define BY_AUTHOR 32u /* who creates it: shown, never given */
#define TOUCHED 64u   /* the time of the last change */
#define ONCE 128u     /* given when it is created, never changed */
#define FILTER 256u
#define SORT 512u	    /* smallest first; "-name" reverses it */
#define SORT_DOWN 1024u	    /* largest first; "-name" reverses it */
#define SEARCH 2048u	    /* ?q= searches it; a number is found whole */
#define IN_EVENT 4096u	    /* events about the row carry it */
#define PLUGIN_READ 8192u   /* plugins with the resource's read permission may select it */
#define PLUGIN_WRITE 16384u /* plugins with the write permission may update it */
/* Of a FILTER: an index has the tenant, this column and then the list's order; of an ENUM: the tenant and
 * the rank of its word, which a sort by it needs as well. */
#define BY_INDEX 32768u

struct column {
	const char *name; /* in JSON; ends with a column without one */
	struct kind kind;
	unsigned flags;
	const char *about;    /* for the documentation */
	const char *fallback; /* default for a new row, as text */
	const char *sql;      /* column of the table; NULL = the name in snake_case */
	const char *shown; /* of a reference: the title of what it names is shown under this name */
	const char *also;  /* of a reference: filters find this column of what it names as well */
	const char *counter;	  /* the next number of this counter of the tenant */
	const char *filter;	  /* name in the query, where it isn't the column's own */
	const char *sort;	  /* the same for ?sort= */
	const char *read, *write; /* permissions that are needed beside the resource's */
};

/* Operations of a resource beside its list. */
#define OFFERS_ONE 1u
#define OFFERS_CREATE 2u
#define OFFERS_CHANGE 4u
#define OFFERS_ARCHIVE 8u /* needs a column archivedAt */
#define OFFERS_HISTORY 16u
#define OFFERS_BULK 32u
#define OFFERS_CSV 64u
#define OFFERS_ALL 127u
#define COUNTED 256u /* lists have a total, up to 1,000 */
#define WITHOUT_LIST 512u
#define OFFERS_CSV_OUT 1024u /* of OFFERS_CSV what reads */

struct resource {
	const char *name; /* "tickets": of the table of routes, of files, in OpenAPI */
	const char *one;  /* "ticket": in messages */
	const char *type; /* "Ticket": in OpenAPI and TypeScript */
	const char
		*path; /* "/api/tickets"; of what belongs to another "/api/tickets/:id/comments" */
	const char *one_path; /* of one row, where it isn't below `path`: "/api/comments" */
	/* Routes of its own, which answer with the row unless they declare otherwise; ends with
	 * .path = NULL. */
	const struct route *more;
	const char *table;	  /* "mortise.tickets"; a view where nothing is written */
	const char *title;	  /* name of the column that people know a row by */
	const char *read, *write; /* permissions */
	/* A person without this permission has only rows that one of these columns names them in,
	 * "assigneeId|createdBy": policies in sql/ say so (db_as), and lists read them by these
	 * columns' indexes, which go on with the list's order. */
	const char *read_all, *own;
	const char *scope; /* of routes where `read` is NULL: struct route */
	const char *
		only; /* a condition on the table `t`: other rows are not of the resource, though they can be referred to */
	const char *read_history; /* NULL = as `read` */
	unsigned write_flags;	  /* ROUTE_CONFIRM, of the routes that create and change one */
	/* Of the list and its CSV: ROUTE_SYSTEM, parameters of the query beside those of the columns, and what runs
	 * before their statements: it may make the request another company's (r->op.who). */
	unsigned list_flags;
	const struct field *list_query;
	int (*whose)(struct req *r);
	const struct column *columns;
	unsigned offers;
	const char *order;   /* the default sort; NULL = by key */
	long page, page_max; /* rows of a page by default, and at most; 0 = 50, 200 */
	/* A search by an index: a function of (what was asked for, most, and of the page that is wanted
	 * sort, is it descending, the cursor's value and id, rows) that returns `patterns`, and
	 * `numbers` of the rows found in the column match_key, NULL when they are many. Those are
	 * found by match_text, which is LIKE ALL patterns. Where sort is NULL these are all rows, else
	 * those of the page at least, with their `total` (NULL = count them). `corrected` is what it
	 * found in place of words that no row has, else NULL. NULL = by ILIKE in each column that is
	 * searched. */
	const char *matches, *match_key, *match_text;
	/* A function in sql/ of a row: one where it is false can't be referred to anew. */
	const char *refer_if;
	const char *refer_fault; /* "Must be an active user of your company" */
	const char *
		events; /* "Ticket": raises TicketCreated, TicketUpdated, ... on the tenant's channel */
	const struct resource *parent; /* what the path's first :id names */
	const char *parent_column;
	const char *parent_event;	   /* raised for the parent when a row is new */
	const char *history, *history_row; /* table and its column; NULL = mortise.history */

	/* A function in sql/ that plugins' changes pass as well. Its arguments are the row as it was (NULL =
	 * a new one) and the request's columns, as JSON, with the one of what the row belongs to; it returns the
	 * implied columns, or NULL to refuse. Its member "events" names channels that get an event about the row,
	 * too: {type: [channel]}. */
	const char *rule;
	const char *rule_reads; /* "state|assigneeId": of the request; NULL = all, and no leases */
	const char *refused, *refusal; /* then the type of the problem, and its message */
	/* ?custom[floor]=3 of a FILTER of type OBJECT: the member as a column, whose kind says how it is
	 * compared; texts are found anywhere in it. MT_ENOENT: there is none of this name. */
	int (*member)(struct op *op, const char *name, struct column *ret);

	/* Rules beyond the table; change_fault() for a field, or another error. */
	int (*check)(struct change *c);
	/* Runs in the transaction, when one row was created or changed by a request of its own: neither bulk nor
	 * CSV. It may add members to the answer, beside the row's; changed_answer describes them. */
	int (*changed)(struct change *c, json_t *members);
	const struct field *changed_answer;
	/* What a change of one row may say beside its columns, for check() and changed(): change_also(). */
	const struct field *change_more;
};

/* Tables of routes of resources, with more behind them; both end with NULL. For the life of the process.
 * A table that contradicts itself ends the process at its start. */
const struct route_table *const *resource_tables(
	const struct resource *const *list, const struct route_table *const *more);

/* --- what check() works with: columns by name, values as SQL text, NULL = null ----------------------- */

struct op *change_op(const struct change *c);
const char *change_id(const struct change *c);
bool change_creates(const struct change *c);
/* A member of the body that is no column (change_more); NULL = not given. */
const json_t *change_also(const struct change *c, const char *name);
/* Before; NULL when it is created. */
const char *change_old(const struct change *c, const char *column);
/* As it is to be. */
const char *change_new(const struct change *c, const char *column);
bool change_differs(const struct change *c, const char *column);
/* Any difference in what people can change. */
bool change_is_any(const struct change *c);
void change_set(struct change *c, const char *column, const char *value);
/* The JSON pointer of a column in the request. */
const char *change_pointer(const struct change *c, const char *column);
int change_fault(struct change *c, const char *column, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* --- what routes of its own (`more`) work with ---------------------------------------------------------- */

/* Answers with the row that the path names. */
int resource_reply_one(struct req *r);
/* With 201, the row and its address, after this id was made. */
int resource_reply_new(struct req *r, const char *id);
/* If-Match against the version of the row that the path names, which is locked: MT_ECONFLICT. */
int resource_check_version(struct req *r, long version);
/* If-Match against the version of something that is no row of a resource, a "company": MT_ECONFLICT. */
int etag_check(struct op *op, const char *tags, const char *what, long version);
/* The body of a route with ROUTE_RAW_BODY as CSV: UTF-8 text without its byte order mark, at least a line. */
int resource_read_csv(struct req *r, char **ret);
/* Queues an entry of its history: {"name": [before, after]}. */
int resource_add_history(struct req *r, const char *id, const char *changes);

/* --- descriptions ------------------------------------------------------------------------------------
 * */

/* OpenAPI 3.1 of these tables, as text for the life of the process. */
struct resource_api {
	const char *pool;
	const struct route_table *const *tables;
};
/* The routes of GET /api/openapi.json; ends with tables NULL. Set once, at the start. */
void openapi_describe(const struct resource_api *all);
extern const struct route_table openapi_routes;
/* TypeScript types and a line of JSON for each resource of the tables: for the build and for tests. */
void resource_print_types(const struct route_table *const *tables);
/* What the routes accept, as constants by method and path: postTickets. For the checks of forms. */
void resource_print_rules(const struct route_table *const *tables);
void resource_print_tables(const struct route_table *const *tables);

#endif

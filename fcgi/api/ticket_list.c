/*
 * ticket_list.c - GET /api/tickets: filters, search, sorts, pages.
 *
 * Four const statements, one a sort; a filter that isn't given is NULL and folds away when PostgreSQL
 * plans. A page is limit + 1 rows: the extra one says that another page follows. Nothing counts all of a
 * company's tickets: "total" ends at TOTAL_MAX + 1, which means "more than".
 *
 * A search has a time of its own (search_timeout_ms). It first asks an index for the tickets that match;
 * when those are many, the list's own order finds a page of them soon.
 */
#include "api/ticket.h"

#include <string.h>

#include "base/id.h"

#define CSV_MAX 400
#define TOTAL_MAX "1000"
#define MATCHES_MAX "1000"

/* clang-format off */
#define FILTERS \
	"($1::text IS NULL OR t.state IN (SELECT k.key FROM mortise.ticket_states k" \
	"  WHERE k.key = ANY (string_to_array($1, ','))" \
	"  OR k.category = ANY (string_to_array($1, ','))))" \
	" AND ($2::text IS NULL OR t.priority = ANY (string_to_array($2, ',')))" \
	" AND ($3::uuid IS NULL OR t.assignee_id = $3::uuid)" \
	" AND ($4::text IS NULL OR t.assignee_id IS NULL)" \
	" AND ($5::text IS NULL OR t.title ILIKE $5 OR t.description ILIKE $5" \
	"  OR t.number = $6::int)" \
	" AND ($10::uuid[] IS NULL OR t.id = ANY ($10::uuid[]) OR t.number = $6::int)"

#define MICROS(col) "(extract(epoch FROM " col ") * 1000000)::bigint"
#define FROM_MICROS "(timestamptz 'epoch' + $7::bigint * interval '1 microsecond')"

/* key: what to sort by; value: the same as a bigint; bound: key's value from the cursor ($7). */
#define LIST(key, value, bound) \
	"WITH page AS (SELECT t.*, " value " AS sort_value, " key " AS sort_key" \
	"  FROM mortise.tickets t WHERE " FILTERS \
	"  AND ($7::bigint IS NULL OR (" key ", t.id) < (" bound ", $8::uuid))" \
	"  ORDER BY " key " DESC, t.id DESC LIMIT $9::int + 1)" \
	" SELECT n.total, t.sort_value, t.id, CASE WHEN t.id IS NOT NULL THEN" \
	"  " TICKET_JSON_OF("s.label", "a.name", "c.name") " END" \
	" FROM (SELECT count(*) AS total FROM (SELECT FROM mortise.tickets t WHERE " FILTERS \
	"  LIMIT " TOTAL_MAX " + 1) AS first) AS n" \
	" LEFT JOIN page t ON true" \
	" LEFT JOIN mortise.ticket_states s ON s.tenant_id = t.tenant_id AND s.key = t.state" \
	" LEFT JOIN mortise.users a ON a.tenant_id = t.tenant_id AND a.id = t.assignee_id" \
	" LEFT JOIN mortise.users c ON c.tenant_id = t.tenant_id AND c.id = t.created_by" \
	" ORDER BY t.sort_key DESC, t.id DESC"

#define RANK \
	"(CASE t.priority WHEN 'urgent' THEN 4 WHEN 'high' THEN 3 WHEN 'normal' THEN 2 ELSE 1 END)"
/* clang-format on */

static const struct stmt SEARCH_TIME = {
	"search_time", "SELECT set_config('statement_timeout', $1, true)"};
static const struct stmt MATCHES = {
	"ticket_matches", "SELECT mortise.ticket_matches($1, " MATCHES_MAX ")"};

static const struct {
	const char *name;
	char letter; /* in cursors */
	struct stmt list;
} SORTS[] = {
	{"updated", 'u',
		{"ticket_list_updated", LIST("t.updated_at", MICROS("t.updated_at"), FROM_MICROS)}},
	{"created", 'c',
		{"ticket_list_created", LIST("t.created_at", MICROS("t.created_at"), FROM_MICROS)}},
	{"number", 'n', {"ticket_list_number", LIST("t.number", "t.number", "$7::bigint")}},
	{"priority", 'p', {"ticket_list_priority", LIST(RANK, RANK, "$7::bigint")}},
};
#define N_SORTS (sizeof(SORTS) / sizeof(*SORTS))

struct filter {
	const char *states, *priorities, *assignee, *unassigned, *like, *number;
	const char *value, *id, *limit;
	const char *ids; /* of what matches `like`, as an array */
	long n;
	size_t sort;
};

/* ?name=a,b&name=c -> "a,b,c", or NULL when absent or empty. Entries are plain words. */
static int csv(struct req *r, const char *name, const char **ret)
{
	const char *all = NULL;

	*ret = NULL;
	for (int i = 0; i < r->n_query; i++) {
		const char *v = r->query[i].value;

		if (strcmp(r->query[i].name, name) || !v || !*v)
			continue;
		all = all ? arena_printf(r->op.arena, "%s,%s", all, v) : v;
		if (strlen(all) > CSV_MAX)
			return op_fault(&r->op, arena_printf(r->op.arena, "?%s", name),
				"must be at most %d characters long", CSV_MAX);
	}
	if (all && all[strspn(all, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_-,")])
		return op_fault(&r->op, arena_printf(r->op.arena, "?%s", name),
			"must be words separated by commas");
	*ret = all;
	return 0;
}

static int read_priorities(struct req *r, struct filter *f)
{
	static const char *const KNOWN[] = {"low", "normal", "high", "urgent"};
	int rc = csv(r, "priority", &f->priorities);

	for (const char *at = f->priorities; rc == 0 && at && *at;) {
		size_t n = strcspn(at, ",");
		bool known = false;

		for (size_t i = 0; i < sizeof(KNOWN) / sizeof(*KNOWN); i++)
			known = known || (strlen(KNOWN[i]) == n && !memcmp(at, KNOWN[i], n));
		if (!known)
			rc = op_fault(&r->op, "?priority", "must be of low, normal, high, urgent");
		at += n + (at[n] == ',');
	}
	return rc;
}

static int read_assignee(struct req *r, struct filter *f)
{
	const char *v = req_query(r, "assigneeId");

	if (!v || !*v)
		return 0;
	if (!strcmp(v, "none"))
		f->unassigned = "1";
	else if (!strcmp(v, "me"))
		f->assignee = r->op.who->user;
	else if (id_is_uuid(v))
		f->assignee = api_lower(r, v);
	else
		return op_fault(&r->op, "?assigneeId", "must be a user's id, me or none");
	return 0;
}

static int read_search(struct req *r, struct filter *f)
{
	const char *q = req_query(r, "q");
	int rc = api_query_like(r, "q", &f->like);

	if (q && *q == '#')
		q++;
	if (q && *q && strspn(q, "0123456789") == strlen(q) && strlen(q) < 10)
		f->number = q;
	return rc;
}

static int read_sort(struct req *r, struct filter *f)
{
	const char *v = req_query(r, "sort");

	if (!v || !*v)
		return 0;
	for (f->sort = 0; f->sort < N_SORTS; f->sort++)
		if (!strcmp(v, SORTS[f->sort].name))
			return 0;
	f->sort = 0;
	return op_fault(&r->op, "?sort", "must be updated, created, number or priority");
}

/* Every fault of the query in one answer. */
static int read_filter(struct req *r, struct filter *f)
{
	int rc[7];

	rc[0] = csv(r, "state", &f->states);
	rc[1] = read_priorities(r, f);
	rc[2] = read_assignee(r, f);
	rc[3] = read_search(r, f);
	rc[4] = read_sort(r, f); /* before the cursor, which is of one sort */
	rc[5] = api_cursor_read(r, SORTS[f->sort].letter, &f->value, &f->id);
	rc[6] = req_query_int(r, "limit", 1, 200, 50, &f->n);
	f->limit = arena_printf(r->op.arena, "%ld", f->n);
	for (size_t i = 0; i < sizeof(rc) / sizeof(*rc); i++)
		if (rc[i] < 0)
			return rc[i];
	return 0;
}

static const char *join_items(struct req *r, const struct rows *rows, int n)
{
	size_t len = 3, at = 0;
	char *all;

	for (int i = 0; i < n; i++)
		len += strlen(row_text(rows, i, 3)) + 1;
	all = arena_alloc(r->op.arena, len);
	all[at++] = '[';
	for (int i = 0; i < n; i++) {
		const char *item = row_text(rows, i, 3);
		size_t k = strlen(item);

		if (i)
			all[at++] = ',';
		memcpy(all + at, item, k);
		at += k;
	}
	all[at++] = ']';
	all[at] = '\0';
	return all;
}

#define LIST_ARGS(f)                                                                               \
	DB_ARGS((f)->states, (f)->priorities, (f)->assignee, (f)->unassigned, (f)->like,           \
		(f)->number, (f)->value, (f)->id, (f)->limit, (f)->ids)

static int run_search(struct req *r, struct filter *f, struct rows *rows)
{
	struct db *db = r->op.db;
	struct rows found;
	int rc;

	if ((rc = db_begin(db, r->op.arena, r->op.deadline, op_as(&r->op), &r->op.err)) < 0 ||
		(rc = op_queue(&r->op, &SEARCH_TIME,
			 DB_ARGS(arena_printf(
				 r->op.arena, "%d", r->op.app->conf.search_timeout_ms)))) < 0 ||
		(rc = op_query(&r->op, &MATCHES, DB_ARGS(f->like), &found)) < 0)
		return rc;
	f->ids = row_text(&found, 0, 0);
	if (f->ids)
		f->like = NULL;
	rc = op_query(&r->op, &SORTS[f->sort].list, LIST_ARGS(f), rows);
	return rc < 0 ? rc : op_commit(&r->op);
}

static int search(struct req *r, struct filter *f, struct rows *rows)
{
	int rc = run_search(r, f, rows);

	if (rc != MT_ETIMEOUT || strcmp(db_sqlstate(r->op.db), "57014"))
		return rc;
	op_clear(&r->op);
	r->op.err.retry_after = 2;
	return op_fail(&r->op, MT_EBUSY,
		"this search takes longer than search_timeout_ms (%d ms): search for a longer or"
		" rarer word, or choose a state or a person as well",
		r->op.app->conf.search_timeout_ms);
}

int ticket_list(struct req *r)
{
	struct filter f = {0};
	const char *cursor = NULL;
	struct rows rows;
	int n, rc = read_filter(r, &f);

	if (rc < 0)
		return rc;
	rc = f.like ? search(r, &f, &rows)
		    : op_read(&r->op, op_as(&r->op), &SORTS[f.sort].list, LIST_ARGS(&f), &rows);
	if (rc < 0)
		return rc;
	n = row_text(&rows, 0, 2) ? rows.n : 0;
	if (n > f.n) {
		n = (int)f.n;
		cursor = api_cursor(r, SORTS[f.sort].letter, row_text(&rows, n - 1, 1),
			row_text(&rows, n - 1, 2));
	}
	return api_reply_page(r, join_items(r, &rows, n), cursor, row_text(&rows, 0, 0));
}

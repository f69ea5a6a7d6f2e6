/*
 * ticket_change.c - PATCH /api/tickets/:id: lock the row, decide here, write row, history and events.
 *
 * Rules: If-Match that names another version is a conflict. A closed ticket can only be reopened, which
 * means a change to an open state (other fields may go along). A ticket that is `new` becomes
 * `assigned` when it gets an assignee and no state was asked for. What changes nothing writes nothing.
 */
#include "api/ticket.h"

#include <string.h>

#include "base/json.h"

/* clang-format off */
static const struct stmt LOCK = {"ticket_lock",
	"SELECT t.number, t.title, t.description, t.state, t.priority, t.assignee_id, t.version,"
	" (SELECT k.category FROM mortise.ticket_states k"
	"  WHERE k.tenant_id = t.tenant_id AND k.key = t.state),"
	" (SELECT k.category FROM mortise.ticket_states k"
	"  WHERE k.tenant_id = t.tenant_id AND k.key = $2),"
	" EXISTS (SELECT FROM mortise.users u"
	"  WHERE u.tenant_id = t.tenant_id AND u.id = $3::uuid AND u.active),"
	" EXISTS (SELECT FROM mortise.ticket_states k"
	"  WHERE k.tenant_id = t.tenant_id AND k.key = 'assigned')"
	" FROM mortise.tickets t WHERE t.id = $1::uuid FOR UPDATE OF t"};

static const struct stmt SHOW = {"ticket_show",
	"SELECT " TICKET_NAMED_JSON " FROM mortise.tickets_named t WHERE t.id = $1::uuid"};

static const struct stmt CHANGE = {"ticket_change",
	"WITH t AS (UPDATE mortise.tickets SET title = $2, description = $3, state = $4,"
	"  priority = $5, assignee_id = $6::uuid, version = version + 1,"
	"  updated_at = clock_timestamp(), closed_at ="
	"   CASE WHEN $7 = 'closed' THEN coalesce(closed_at, clock_timestamp()) END"
	"  WHERE id = $1::uuid RETURNING *),"
	" h AS (INSERT INTO mortise.ticket_history (tenant_id, ticket_id, user_id, at, changes)"
	"  SELECT t.tenant_id, t.id, $8::uuid, t.updated_at, $9::jsonb FROM t)"
	" SELECT " TICKET_JSON " FROM t" TICKET_JOINS};
/* clang-format on */

/* A ticket's columns before and after. */
enum { TITLE, DESCRIPTION, STATE, PRIORITY, ASSIGNEE, N_COLUMNS };

static const char *const FIELD[N_COLUMNS] = {
	"title", "description", "state", "priority", "assigneeId"};

struct change {
	const char *id;
	const char *old[N_COLUMNS], *new[N_COLUMNS];
	long number, version;
	const char *category; /* of the new state */
	bool was_closed;
	json_t *changes; /* {"state": ["new", "assigned"]} */
};

/* --- If-Match ------------------------------------------------------------------------------------- */

/* One entity tag at *at: "3", W/"3" or 3. Moves *at behind it; false when malformed. */
static bool one_tag(const char **at, const char *version, bool *match)
{
	const char *s = *at, *tag;
	size_t n;

	if (!strncmp(s, "W/\"", 3))
		s += 2;
	if (*s == '"') {
		tag = ++s;
		n = strcspn(s, "\"");
		if (s[n] != '"')
			return false;
		*at = s + n + 1;
	} else {
		tag = s;
		n = strspn(s, "0123456789");
		if (!n)
			return false;
		*at = s + n;
	}
	if (strlen(version) == n && !memcmp(tag, version, n))
		*match = true;
	return true;
}

static int check_version(struct req *r, long version)
{
	const char *at = req_header(r, "If-Match");
	const char *now = arena_printf(r->op.arena, "%ld", version);
	bool match = false;

	if (!at || !strcmp(at, "*"))
		return 0;
	for (;;) {
		at += strspn(at, " \t");
		if (!one_tag(&at, now, &match))
			goto bad;
		at += strspn(at, " \t");
		if (!*at)
			break;
		if (*at++ != ',')
			goto bad;
	}
	if (match)
		return 0;
	return api_fault(r, MT_ECONFLICT, "version-conflict",
		"the ticket was changed meanwhile: it is at version %ld now", version);
bad:
	return op_fail(&r->op, MT_EINVAL, "If-Match must be the ETag of a ticket, such as \"3\"");
}

/* --- what changes --------------------------------------------------------------------------------- */

/* What the body asks for, else what is there; an assignee of null is taken away. */
static const char *wanted(const struct req *r, const char *name, const char *old)
{
	const json_t *v = json_object_get(r->body, name);

	if (!v)
		return old;
	return json_is_string(v) ? json_string_value(v) : NULL;
}

static bool differs(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) != 0 : a != b;
}

static json_t *text_or_null(const char *s)
{
	return s ? json_string(s) : json_null();
}

static void list_changes(struct req *r, struct change *c)
{
	c->changes = api_json(r, json_object());
	for (int i = 0; i < N_COLUMNS; i++)
		if (differs(c->old[i], c->new[i]))
			json_object_set_new(c->changes, FIELD[i],
				json_pack(
					"[oo]", text_or_null(c->old[i]), text_or_null(c->new[i])));
}

static int lock(struct req *r, struct change *c)
{
	const char *state = api_body_str(r, "state", NULL);
	const char *assignee = api_lower(r, api_body_str(r, "assigneeId", NULL));
	struct rows rows;
	int rc = op_query(&r->op, &LOCK, DB_ARGS(c->id, state, assignee), &rows);

	if (rc < 0)
		return rc;
	if (!rows.n)
		return op_fail(&r->op, MT_ENOENT, "no such ticket");
	c->number = row_int(&rows, 0, 0);
	c->version = row_int(&rows, 0, 6);
	if ((rc = check_version(r, c->version)) < 0)
		return rc;
	for (int i = 0; i < N_COLUMNS; i++) {
		c->old[i] = row_text(&rows, 0, 1 + i);
		c->new[i] = wanted(r, FIELD[i], c->old[i]);
	}
	c->new[ASSIGNEE] = api_lower(r, c->new[ASSIGNEE]);
	c->category = row_text(&rows, 0, state ? 8 : 7);
	c->was_closed = !strcmp(row_text(&rows, 0, 7), "closed");
	if (state && !c->category)
		rc = ticket_fault_state(r);
	if (assignee && differs(assignee, c->old[ASSIGNEE]) && !row_bool(&rows, 0, 9))
		rc = ticket_fault_assignee(r);
	if (rc == 0 && !state && assignee && !strcmp(c->old[STATE], "new") &&
		row_bool(&rows, 0, 10))
		c->new[STATE] = "assigned";
	return rc;
}

static int show(struct req *r, const struct change *c, const char **ret_json)
{
	struct rows rows;
	int rc = op_query(&r->op, &SHOW, DB_ARGS(c->id), &rows);

	if (rc == 0)
		rc = op_commit(&r->op);
	if (rc == 0)
		*ret_json = row_text(&rows, 0, 0);
	return rc;
}

static int store(struct req *r, struct change *c, const char **ret_json)
{
	const char *const *n = c->new;
	struct ticket_ref t = {c->id, c->number, n[TITLE], n[STATE], ++c->version};
	bool assigned = differs(c->old[ASSIGNEE], n[ASSIGNEE]);
	struct rows rows;
	int rc = op_query(&r->op, &CHANGE,
		DB_ARGS(c->id, n[TITLE], n[DESCRIPTION], n[STATE], n[PRIORITY], n[ASSIGNEE],
			c->category, r->op.who->user, json_text(r->op.arena, c->changes, NULL)),
		&rows);

	if (rc == 0)
		rc = ticket_emit(r, "TicketUpdated", &t, assigned ? n[ASSIGNEE] : NULL);
	if (rc == 0)
		rc = op_commit(&r->op);
	if (rc == 0)
		*ret_json = row_text(&rows, 0, 0);
	return rc;
}

static int change(struct req *r, struct change *c, const char **ret_json)
{
	int rc = op_begin(&r->op, op_as(&r->op));

	if (rc < 0 || (rc = lock(r, c)) < 0)
		return rc;
	list_changes(r, c);
	if (!json_object_size(c->changes))
		return show(r, c, ret_json);
	if (c->was_closed && !strcmp(c->category, "closed"))
		return api_fault(r, MT_ECONFLICT, "state-conflict",
			"the ticket is closed: reopen it by setting an open state");
	return store(r, c, ret_json);
}

int ticket_patch(struct req *r)
{
	struct change c = {0};
	const char *json = NULL;
	int rc = api_uuid_param(r, "id", "ticket", &c.id);

	if (rc < 0)
		return rc;
	if ((rc = change(r, &c, &json)) < 0) {
		op_rollback(&r->op);
		return rc;
	}
	if (json_object_size(c.changes))
		app_wake_steward(r->op.app, WAKE_EVENTS);
	reply_header(r, "ETag", "\"%ld\"", c.version);
	return reply_text_json(r, 200, json);
}

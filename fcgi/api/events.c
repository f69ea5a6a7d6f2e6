/*
 * events.c - which channels a person may receive, and the events that were missed while
 * disconnected.
 *
 * GET /events decides and hands the connection to the events nginx (X-Accel-Redirect: @events); the
 * client names no channel. GET /api/events?since= returns what came after the numbers that the
 * client has, so nothing is lost whatever happens to the stream. Both renew the presence lease,
 * which expires on its own because a closing browser can't be relied on to report it.
 */
#include "api/api.h"

#include <string.h>
#include <strings.h>

#include "events/event.h"
#include "api/events.sql.h"

#define SINCE_MAX 64
#define SEQ_DIGITS 18

/* ?conn= names the page that listens; NULL = none. Who is at the system administration isn't in a company. */
static const char *conn_of(struct req *r)
{
	const char *conn =
		r->op.who && r->op.who->kind == SESSION_SYSTEM ? NULL : req_query(r, "conn");

	return conn && *conn ? api_lower(r, conn) : NULL;
}

static const char *streams_max(struct req *r)
{
	return arena_printf(r->op.arena, "%d", r->op.app->conf.events_streams_per_user);
}

/*
 * nginx counts open streams by person and by company (nginx/snippets/events.conf). The session is
 * read from the database: a stream that was opened on a lease could outlive the moment at which the
 * steward closes it.
 */
static int stream(struct req *r)
{
	const char *conn = conn_of(r), *tenant, *upgrade = req_header(r, "Upgrade");
	struct rows rows;
	int rc;

	/* A browser names none with a GET of its own page. */
	if (req_header(r, "Origin") && !ident_own_origin(r))
		return api_fault(r, MT_EPERM, "foreign-origin",
			"The request comes from a page of another site");
	if (upgrade && !strncasecmp(upgrade, "websocket", 9))
		return api_fault(r, MT_EINVAL, "event-source-only",
			"Events are served to an EventSource, not to a WebSocket: connect without Upgrade");
	if ((rc = ident_again(r)) < 0)
		return rc;
	if (!r->op.who)
		return op_fail(&r->op, MT_EAUTH, "Sign in first");
	tenant = arena_printf(r->op.arena, "%d", r->op.who->tenant);
	if (!conn) /* one lease for all streams of this session */
		conn = arena_printf(r->op.arena, "session-%.16s", r->op.who->session);
	if (r->op.who->kind != SESSION_SYSTEM &&
		(rc = op_write(&r->op, op_as(&r->op), &PRESENCE_RENEW,
			 DB_ARGS(tenant, r->op.who->user, conn, streams_max(r)), &rows)) < 0)
		return rc;
	reply_header(r, "X-Mt-Channels", "%s,%s", event_channels(&r->op), r->op.who->channel);
	reply_header(r, "X-Mt-Tenant", "%s", tenant);
	reply_header(r, "X-Mt-User", "%s", r->op.who->user);
	reply_header(r, "X-Accel-Redirect", "@events");
	return reply_data(r, 200, "text/plain", "", 0);
}

/* Is name[0..n) an entry of the comma separated list? */
static bool is_in(const char *list, const char *name, size_t n)
{
	while (*list) {
		size_t len = strcspn(list, ",");

		if (len == n && !memcmp(list, name, n))
			return true;
		list += len + (list[len] == ',');
	}
	return false;
}

/* "t.1:17,u.x:4" -> "t.1,u.x" and "17,4". Channels of others are dropped silently. */
static int read_since(struct req *r, const char *own, const char **ret_names, const char **ret_seqs)
{
	const char *at = req_query(r, "since");
	const char *names = "", *seqs = "";

	for (int i = 0; at && *at; i++) {
		size_t n = strcspn(at, ":,");
		const char *seq = at + n + 1;
		size_t digits = at[n] == ':' ? strspn(seq, "0123456789") : 0;

		if (!n || !digits || digits > SEQ_DIGITS || (seq[digits] && seq[digits] != ',') ||
			i >= SINCE_MAX)
			return op_fault(&r->op, "?since",
				"Must be channel:number, separated by commas, at most %d",
				SINCE_MAX);
		if (is_in(own, at, n) && !is_in(names, at, n)) {
			const char *comma = *names ? "," : "";

			names = arena_printf(r->op.arena, "%s%s%.*s", names, comma, (int)n, at);
			seqs = arena_printf(r->op.arena, "%s%s%.*s", seqs, comma, (int)digits, seq);
		}
		at = seq + digits + (seq[digits] == ',');
	}
	*ret_names = names;
	*ret_seqs = seqs;
	return 0;
}

static int catch_up(struct req *r)
{
	const char *own = event_channels(&r->op), *names = "", *seqs = "", *conn = conn_of(r);
	const char *tenant = arena_printf(r->op.arena, "%d", r->op.who->tenant);
	struct rows rows;
	int rc = read_since(r, own, &names, &seqs);

	if (rc < 0)
		return rc;
	const char *const args[] = {tenant, r->op.who->user, conn, streams_max(r), own, names, seqs,
		arena_printf(r->op.arena, "%ld", req_query_number(r, "limit", 500))};

	if (conn)
		rc = op_write(&r->op, op_as(&r->op), &EVENTS_SINCE_RENEW, args, 8, &rows);
	else
		rc = op_read(&r->op, op_as(&r->op), &EVENTS_SINCE, args, 8, &rows);
	return rc < 0 ? rc : reply_text_json(r, 200, row_text(&rows, 0, 0));
}

/* A page that is left says so: its lease would count as a connection until it expires. */
static int leave(struct req *r)
{
	const char *tenant = arena_printf(r->op.arena, "%d", r->op.who->tenant);
	struct rows rows;
	int rc = op_write(&r->op, op_as(&r->op), &PRESENCE_END,
		DB_ARGS(tenant, r->op.who->user, conn_of(r)), &rows);

	return rc < 0 ? rc : reply_empty(r);
}

static const struct field STREAM_QUERY[] = {{"conn", FIELD_UUID}, {.type = FIELD_END}};
static const struct field SINCE_QUERY[] = {
	{"since", FIELD_STRING},
	{"conn", FIELD_UUID},
	{"limit", FIELD_INT, 0, 1, 1000},
	{.type = FIELD_END},
};
static const struct field LEAVE_QUERY[] = {
	{"conn", FIELD_UUID, FIELD_REQUIRED}, {.type = FIELD_END}};
static const struct field EVENT[] = {
	{"channel", FIELD_TEXT, FIELD_REQUIRED},
	{"seq", FIELD_INT, FIELD_REQUIRED},
	{"type", FIELD_TEXT, FIELD_REQUIRED},
	{"at", FIELD_TIME, FIELD_REQUIRED},
	{"data", FIELD_OBJECT, FIELD_REQUIRED},
	{.type = FIELD_END},
};
static const struct field SINCE[] = {
	{"events", FIELD_ARRAY, FIELD_REQUIRED, .of = EVENT},
	{"heads", FIELD_OBJECT, FIELD_REQUIRED},
	{"more", FIELD_BOOL, FIELD_REQUIRED},
	{"lost", FIELD_ARRAY, FIELD_REQUIRED},
	{.type = FIELD_END},
};

static const struct route ROUTES[] = {
	{"GET", "/events", NULL, NULL, ROUTE_SYSTEM, 0, stream, STREAM_QUERY,
		.type = "text/event-stream", .scope = SCOPE_NOTIFICATIONS},
	{"GET", "/api/events", NULL, NULL, ROUTE_SYSTEM, 0, catch_up, SINCE_QUERY, SINCE,
		.scope = SCOPE_NOTIFICATIONS},
	{"POST", "/api/events/leave", NULL, NULL, ROUTE_SYSTEM, 0, leave, LEAVE_QUERY, answer_none,
		.scope = SCOPE_NOTIFICATIONS},
	{.path = NULL},
};

const struct route_table event_routes = {"events", ROUTES};

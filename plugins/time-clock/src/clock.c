/*
 * clock.c - clocking in and out. That a technician has one open entry at most is the database's
 * business (a unique index), so two requests at once need no lock: the second one fails.
 */
#include "time_clock.h"

#include <strings.h>

#define TODAY "date_trunc('day', now(), " ZONE ")"

static const char STATUS[] =
	"SELECT json_build_object('technicianId', u.id, 'technicianName', u.name,"
	" 'isClockedIn', e.id IS NOT NULL AND ($2::uuid IS NULL OR e.ticket_id = $2::uuid),"
	" 'activeEntry', CASE WHEN e.id IS NOT NULL THEN " ENTRY " END,"
	" 'ticketHours', CASE WHEN $2::uuid IS NOT NULL THEN"
	"   (SELECT coalesce(round(sum(" HOURS "), 2), 0) FROM x_time_clock.time_clock_entries e"
	"    WHERE e.technician_id = u.id AND e.ticket_id = $2::uuid) END,"
	" 'todayHours', (SELECT coalesce(round(sum(extract(epoch FROM coalesce(e.clock_out, now())"
	"    - greatest(e.clock_in, " TODAY ")) / 3600), 2), 0)"
	"   FROM x_time_clock.time_clock_entries e WHERE e.technician_id = u.id"
	"    AND coalesce(e.clock_out, now()) > " TODAY "))::text"
	" FROM mortise.users u LEFT JOIN x_time_clock.time_clock_entries e"
	"  ON e.technician_id = u.id AND e.clock_out IS NULL"
	" WHERE u.id = $1";

/* Checks in one round trip whether technician and ticket exist, and inserts when both do. */
static const char CLOCK_IN[] =
	"WITH u AS (SELECT id, name FROM mortise.users WHERE id = $1 AND active),"
	" t AS (SELECT id, number FROM mortise.tickets WHERE id = $2),"
	" e AS (INSERT INTO x_time_clock.time_clock_entries (id, technician_id, technician_name,"
	"   ticket_id, ticket_number, clock_in, clocked_in_by)"
	"  SELECT $3::uuid, u.id, u.name, t.id, t.number, now(), $4::uuid FROM u, t RETURNING *)"
	" SELECT (SELECT count(*) FROM u), (SELECT count(*) FROM t), (SELECT number FROM t),"
	"  (SELECT " ENTRY "::text FROM e)";

/* greatest(): a transaction that began before the clock-in must not end before it. $4: minutes that an
 * entry's length is a multiple of; 0 = as it is. */
static const char CLOCK_OUT[] =
	"UPDATE x_time_clock.time_clock_entries e"
	" SET clock_out = CASE WHEN $4::int = 0 THEN greatest(now(), e.clock_in)"
	"  ELSE e.clock_in + round(extract(epoch FROM"
	"   greatest(now(), e.clock_in) - e.clock_in) / ($4::int * 60))"
	"   * $4::int * interval '1 min' END, clocked_out_by = $2"
	" WHERE e.technician_id = $1 AND e.clock_out IS NULL"
	"  AND ($3::uuid IS NULL OR e.ticket_id = $3::uuid)"
	" RETURNING e.ticket_number, " ENTRY "::text";

static const char OPEN[] =
	"SELECT e.ticket_number, to_char(e.clock_in AT TIME ZONE " ZONE ", 'HH24:MI')"
	" FROM x_time_clock.time_clock_entries e"
	" WHERE e.technician_id = $1 AND e.clock_out IS NULL";

static const char CLOSE_ALL[] = "UPDATE x_time_clock.time_clock_entries"
				" SET clock_out = greatest(now(), clock_in), clocked_out_by = $1"
				" WHERE clock_out IS NULL";

static const char DELETE_ALL[] = "DELETE FROM x_time_clock.time_clock_entries";

bool acts_for_others(struct mt_req *req)
{
	return mt_may(req, "manage");
}

static bool is_caller(struct mt_req *req, const char *technician)
{
	return strcasecmp(technician, mt_user_id(req)) == 0;
}

/* Whom the body means; NULL after saying why not. */
static const char *technician_of(struct mt_req *req)
{
	const char *id = mt_body_text(req, "technicianId");

	if (!id)
		return mt_user_id(req);
	if (is_caller(req, id) || acts_for_others(req))
		return id;
	mt_fail(req, MT_EPERM,
		"you clock in and out only for yourself: others need time-clock:manage");
	return NULL;
}

int get_status(struct mt_req *req)
{
	const char *technician = mt_param(req, "technicianId");
	const char *ticket = mt_query_param(req, "ticketId");
	struct mt_rows rows;
	int rc;

	if (strcmp(technician, "me") == 0)
		technician = mt_user_id(req);
	if (!mt_is_uuid(technician))
		return mt_fail(req, MT_ENOENT, "there is no such technician");
	if (ticket && !mt_is_uuid(ticket))
		return mt_field_fault(req, "?ticketId", "is no ticket's id (a uuid)");
	if ((rc = mt_query(req, STATUS, MT_ARGS(technician, ticket), &rows)) < 0)
		return rc;
	if (rows.n == 0)
		return mt_fail(req, MT_ENOENT, "there is no such technician");
	return mt_reply_text(req, 200, mt_text(&rows, 0, 0));
}

/* The unique index refused: names the ticket on which the clock runs. */
static int already_in(struct mt_req *req, const char *technician)
{
	const char *who = is_caller(req, technician) ? "you are" : "the technician is";
	struct mt_rows rows;
	int rc;

	if ((rc = mt_query(req, OPEN, MT_ARGS(technician), &rows)) < 0)
		return rc;
	if (rows.n == 0)
		return mt_fail(
			req, MT_ECONFLICT, "%s clocking in elsewhere just now; try again", who);
	return mt_fail(req, MT_ECONFLICT,
		"%s already clocked in on ticket #%s since %s; clock out there first", who,
		mt_text(&rows, 0, 0), mt_text(&rows, 0, 1));
}

/* Notifies a technician who was clocked by somebody else, unless the company switched that off. */
static int tell(struct mt_req *req, const char *technician, const char *what, const char *number,
	const char *ticket)
{
	struct mt_notice notice = {
		.title = mt_printf(req, "Clocked %s", what),
		.message = mt_printf(
			req, "%s clocked you %s on ticket #%s", mt_user_name(req), what, number),
		.icon = "⏰",
		.url = ticket ? mt_printf(req, "/tickets/%s", ticket) : NULL,
	};
	int rc;

	if (is_caller(req, technician))
		return 0;
	if (!mt_settings(req))
		return MT_EBUSY;
	if (!mt_setting_bool(req, "notify"))
		return 0;
	rc = mt_notify_user(req, technician, &notice);
	return rc < 0 ? rc : 0;
}

static int clock_in(
	struct mt_req *req, const char *technician, const char *ticket, struct mt_rows *ret_rows)
{
	int rc = mt_query(req, CLOCK_IN, MT_ARGS(technician, ticket, mt_uuid(req), mt_user_id(req)),
		ret_rows);

	if (rc < 0)
		return rc;
	if (mt_int(ret_rows, 0, 0) == 0)
		return mt_fail(req, MT_ENOENT, "there is no such technician");
	if (mt_int(ret_rows, 0, 1) == 0)
		return mt_fail(req, MT_ENOENT, "there is no such ticket");
	return tell(req, technician, "in", mt_text(ret_rows, 0, 2), ticket);
}

int post_clock_in(struct mt_req *req)
{
	const char *technician = technician_of(req);
	struct mt_rows rows;
	int rc;

	if (!technician)
		return MT_EPERM;
	if ((rc = mt_begin(req)) < 0)
		return rc;
	rc = clock_in(req, technician, mt_body_text(req, "ticketId"), &rows);
	if (rc == 0)
		rc = mt_commit(req);
	if (rc < 0) {
		mt_rollback(req);
		if (strcmp(mt_sqlstate(req), "23505") == 0)
			return already_in(req, technician);
		return rc;
	}
	return mt_reply_text(req, 201, mt_text(&rows, 0, 3));
}

/* Nothing to close: is there no open entry, or is it another ticket's? */
static int not_in(struct mt_req *req, const char *technician)
{
	const char *who = is_caller(req, technician) ? "you are" : "the technician is";
	struct mt_rows rows;
	int rc;

	if ((rc = mt_query(req, OPEN, MT_ARGS(technician), &rows)) < 0)
		return rc;
	if (rows.n == 0)
		return mt_fail(req, MT_ECONFLICT, "%s not clocked in", who);
	return mt_fail(req, MT_ECONFLICT, "%s clocked in on ticket #%s, not on this one", who,
		mt_text(&rows, 0, 0));
}

int post_clock_out(struct mt_req *req)
{
	const char *technician = technician_of(req), *ticket = mt_body_text(req, "ticketId");
	const char *rounding;
	struct mt_rows rows;
	int rc;

	if (!technician)
		return MT_EPERM;
	if ((rc = mt_begin(req)) < 0)
		return rc;
	if (!mt_settings(req))
		return MT_EBUSY;
	rounding = mt_printf(req, "%d", (int)mt_setting_int(req, "rounding", 0));
	rc = mt_query(
		req, CLOCK_OUT, MT_ARGS(technician, mt_user_id(req), ticket, rounding), &rows);
	if (rc == 0 && rows.n > 0)
		rc = tell(req, technician, "out", mt_text(&rows, 0, 0), ticket);
	if (rc == 0)
		rc = mt_commit(req);
	if (rc < 0)
		return rc; /* the host undoes the transaction */
	if (rows.n == 0)
		return not_in(req, technician);
	return mt_reply_text(req, 200, mt_text(&rows, 0, 1));
}

/* While the plugin is off nobody can clock out: hours would grow until it is on again. */
int on_disable(struct mt_req *req)
{
	struct mt_rows rows;
	int rc = mt_query(req, CLOSE_ALL, MT_ARGS(mt_user_id(req)), &rows);

	if (rc == 0 && rows.changed > 0)
		mt_log(req, MT_INFO, "disabled: %ld open entries were closed", rows.changed);
	return rc;
}

int on_uninstall(struct mt_req *req)
{
	return mt_query(req, DELETE_ALL, MT_NOARGS, NULL);
}

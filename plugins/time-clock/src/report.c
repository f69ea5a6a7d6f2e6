/*
 * report.c - hours added up: of one ticket, and of everybody between two days.
 */
#include "time_clock.h"

#include <time.h>

#define DAYS_DEFAULT 30
#define DAYS_MAX 366
#define DAY_SECONDS 86400

static const char SUMMARY[] =
	"SELECT json_build_object('ticketId', t.id, 'ticketNumber', t.number,"
	" 'totalHours', (SELECT coalesce(round(sum(" HOURS "), 2), 0)"
	"   FROM x_time_clock.time_clock_entries e WHERE e.ticket_id = t.id),"
	" 'activeCount', (SELECT count(*) FROM x_time_clock.time_clock_entries e"
	"   WHERE e.ticket_id = t.id AND e.clock_out IS NULL),"
	" 'technicians', (SELECT coalesce(json_agg(x), '[]') FROM ("
	"   SELECT e.technician_id AS \"technicianId\", max(e.technician_name) AS \"technicianName\","
	"    round(sum(" HOURS "), 2) AS \"totalHours\", count(*) AS entries,"
	"    bool_or(e.clock_out IS NULL) AS \"isClockedIn\""
	"   FROM x_time_clock.time_clock_entries e WHERE e.ticket_id = t.id"
	"   GROUP BY e.technician_id ORDER BY 3 DESC, 2) x),"
	" 'entries', (SELECT coalesce(json_agg(x.entry), '[]') FROM ("
	"   SELECT " ENTRY " AS entry FROM x_time_clock.time_clock_entries e"
	"   WHERE e.ticket_id = t.id ORDER BY e.clock_in DESC, e.id DESC LIMIT 200) x))::text"
	" FROM mortise.tickets t WHERE t.id = $1";

/* An entry counts for the day of its clock-in. */
static const char REPORT[] =
	"WITH e AS MATERIALIZED (SELECT e.technician_id, e.technician_name, e.ticket_id,"
	"   e.ticket_number, e.clock_in, e.clock_out, " HOURS " AS h"
	"  FROM x_time_clock.time_clock_entries e"
	"  WHERE e.clock_in >= " BEGIN_OF("$1::date") " AND e.clock_in < " BEGIN_OF(
		"$2::date + 1") "   AND ($3::uuid IS NULL OR e.technician_id = $3::uuid)),"
				" technicians AS (SELECT max(technician_name) AS label, round(sum(h), 2) AS value FROM e"
				"  GROUP BY technician_id ORDER BY 2 DESC, 1 LIMIT 50),"
				" days AS (SELECT to_char(d, 'YYYY-MM-DD') AS label, coalesce(round(sum(h), 2), 0) AS value"
				"  FROM generate_series($1::date::timestamp, $2::date::timestamp, interval '1 day') d"
				"  LEFT JOIN e ON e.clock_in >= " BEGIN_OF("d") " AND e.clock_in < " BEGIN_OF(
					"d + interval '1 day'") "  GROUP BY d ORDER BY d),"
								" tickets AS (SELECT '#' || max(ticket_number) AS label, round(sum(h), 2) AS value FROM e"
								"  GROUP BY ticket_id ORDER BY 2 DESC, 1 LIMIT 10)"
								" SELECT json_build_object("
								" 'summary', (SELECT json_build_object('from', to_char($1::date, 'YYYY-MM-DD'),"
								"   'to', to_char($2::date, 'YYYY-MM-DD'), 'totalHours', coalesce(round(sum(h), 2), 0),"
								"   'totalEntries', count(*), 'activeEntries', count(*) FILTER (WHERE clock_out IS NULL),"
								"   'technicians', count(DISTINCT technician_id), 'tickets', count(DISTINCT ticket_id),"
								"   'averageHoursPerTicket',"
								"    coalesce(round(sum(h) / nullif(count(DISTINCT ticket_id), 0), 2), 0)) FROM e),"
								" 'charts', json_build_array("
								"  json_build_object('id', 'hours-by-technician', 'title', 'Hours by technician',"
								"   'type', 'bar', 'unit', 'h', 'data',"
								"   (SELECT coalesce(json_agg(technicians), '[]') FROM technicians)),"
								"  json_build_object('id', 'hours-by-day', 'title', 'Hours by day', 'type', 'line',"
								"   'unit', 'h', 'data', (SELECT coalesce(json_agg(days), '[]') FROM days)),"
								"  json_build_object('id', 'hours-by-ticket', 'title', 'Tickets with most hours',"
								"   'type', 'bar', 'unit', 'h', 'data',"
								"   (SELECT coalesce(json_agg(tickets), '[]') FROM tickets))))::text";

int get_ticket_summary(struct mt_req *req)
{
	const char *ticket = mt_param(req, "ticketId");
	struct mt_rows rows;
	int rc;

	if (!mt_is_uuid(ticket))
		return mt_fail(req, MT_ENOENT, "there is no such ticket");
	if ((rc = mt_query(req, SUMMARY, MT_ARGS(ticket), &rows)) < 0)
		return rc;
	if (rows.n == 0)
		return mt_fail(req, MT_ENOENT, "there is no such ticket");
	return mt_reply_text(req, 200, mt_text(&rows, 0, 0));
}

/* "2026-10-27" -> the day's first second. 2026-02-30 is March to timegm: compare what comes back. */
static bool parse_day(const char *s, time_t *ret)
{
	struct tm tm = {0}, back;
	int end = 0;

	if (strlen(s) != 10 || strspn(s, "0123456789-") != 10)
		return false;
	if (sscanf(s, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &end) != 3 ||
		end != 10)
		return false;
	if (tm.tm_year < 1970 || s[4] != '-' || s[7] != '-')
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	back = tm;
	*ret = timegm(&back);
	return back.tm_mon == tm.tm_mon && back.tm_mday == tm.tm_mday;
}

static const char *day_text(struct mt_req *req, time_t day)
{
	struct tm tm;
	char s[16];

	gmtime_r(&day, &tm);
	strftime(s, sizeof s, "%Y-%m-%d", &tm);
	return mt_printf(req, "%s", s);
}

static const char TODAY_THERE[] = "SELECT to_char(now() AT TIME ZONE " ZONE ", 'YYYY-MM-DD')";

static int read_today(struct mt_req *req, time_t *ret)
{
	struct mt_rows rows;
	int rc = mt_query(req, TODAY_THERE, MT_NOARGS, &rows);

	return rc < 0 || parse_day(mt_text(&rows, 0, 0), ret) ? rc : MT_EINTERNAL;
}

/* from and to as days; what is absent is the last 30 days up to `to`, or up to today. */
static int read_range(struct mt_req *req, const char **ret_from, const char **ret_to)
{
	const char *from = mt_query_param(req, "from"), *to = mt_query_param(req, "to");
	time_t first = 0, last = 0;
	int rc = to ? 0 : read_today(req, &last);

	if (rc < 0)
		return rc;
	if (to && !parse_day(to, &last))
		rc = mt_field_fault(req, "?to", "is no day like 2026-10-27");
	first = last - (DAYS_DEFAULT - 1) * DAY_SECONDS;
	if (from && !parse_day(from, &first))
		rc = mt_field_fault(req, "?from", "is no day like 2026-10-27");
	if (rc < 0)
		return rc;
	if (first > last)
		return mt_field_fault(req, "?from", "is after the last day");
	if (last - first >= (time_t)DAYS_MAX * DAY_SECONDS)
		return mt_field_fault(
			req, "?from", "is more than %d days before the last day", DAYS_MAX);
	*ret_from = day_text(req, first);
	*ret_to = day_text(req, last);
	return 0;
}

int get_report(struct mt_req *req)
{
	const char *from = NULL, *to = NULL;
	const char *technician = acts_for_others(req) ? NULL : mt_user_id(req);
	struct mt_rows rows;
	int rc;

	if ((rc = read_range(req, &from, &to)) < 0)
		return rc;
	if ((rc = mt_query(req, REPORT, MT_ARGS(from, to, technician), &rows)) < 0)
		return rc;
	return mt_reply_text(req, 200, mt_text(&rows, 0, 0));
}

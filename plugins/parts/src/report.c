/*
 * report.c - what was taken between two days of the company's calendar, for the page Reports.
 */
#include "parts.h"

static const char REPORT[] =
	"WITH d AS (SELECT coalesce($1::date, coalesce($2::date, x.today) - 29) AS first,"
	"   coalesce($2::date, x.today) AS last, x.zone"
	"  FROM (SELECT z.zone, (now() AT TIME ZONE z.zone)::date AS today"
	"   FROM (SELECT mortise.time_zone() AS zone) z) x),"
	" m AS MATERIALIZED (SELECT m.part_id, m.ticket_id, -m.change AS n,"
	"   (m.moved_at AT TIME ZONE d.zone)::date AS day FROM x_parts.moves m, d"
	"  WHERE m.kind = 'take' AND m.moved_at >= d.first::timestamp AT TIME ZONE d.zone"
	"   AND m.moved_at < (d.last + 1)::timestamp AT TIME ZONE d.zone),"
	" parts AS (SELECT p.name || ' (' || p.unit || ')' AS label, sum(m.n)::float8 AS value"
	"  FROM m JOIN x_parts.parts p ON p.id = m.part_id GROUP BY p.id, p.name, p.unit"
	"  ORDER BY 2 DESC, 1 LIMIT 15),"
	/* The manifest's custom field of tickets. */
	" machines AS (SELECT t.custom ->> 'parts:machine' AS machine, count(DISTINCT t.id) AS tickets,"
	"   count(*) AS times FROM m JOIN mortise.tickets t ON t.id = m.ticket_id"
	"  WHERE t.custom ? 'parts:machine' GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT 100),"
	" days AS (SELECT g::date AS label, count(m.part_id) AS value FROM d"
	"  CROSS JOIN generate_series(d.first::timestamp, d.last::timestamp, interval '1 day') g"
	"  LEFT JOIN m ON m.day = g::date GROUP BY g ORDER BY g)"
	" SELECT d.last - d.first, json_build_object('summary', (SELECT json_build_object("
	"   'from', d.first, 'to', d.last, 'parts', (SELECT count(*) FROM x_parts.parts),"
	"   'runningLow', (SELECT count(*) FROM x_parts.parts WHERE stock < least),"
	"   'timesTaken', (SELECT count(*) FROM m),"
	"   'tickets', (SELECT count(DISTINCT ticket_id) FROM m))),"
	"  'charts', json_build_array("
	"   json_build_object('title', 'Most taken', 'type', 'bar',"
	"    'data', (SELECT coalesce(json_agg(parts), '[]') FROM parts)),"
	"   json_build_object('title', 'Times taken by day', 'type', 'line',"
	"    'data', (SELECT coalesce(json_agg(days), '[]') FROM days))),"
	"  'tables', json_build_array("
	"   json_build_object('title', 'To be ordered', 'columns', '[{\"label\": \"Part\"},"
	"     {\"label\": \"No.\"}, {\"label\": \"Stock\"}, {\"label\": \"Missing\"},"
	"     {\"label\": \"Unit\"}]'::json,"
	"    'rows', (SELECT coalesce(json_agg(json_build_array(p.name, p.sku, p.stock, p.least - p.stock,"
	"      p.unit) ORDER BY lower(p.name), p.id), '[]')"
	"     FROM (SELECT * FROM x_parts.parts WHERE stock < least ORDER BY lower(name), id LIMIT 500) p)),"
	"   json_build_object('title', 'By machine', 'columns', '[{\"label\": \"Machine\"},"
	"     {\"label\": \"Tickets\"}, {\"label\": \"Times taken\"}]'::json,"
	"    'rows', (SELECT coalesce(json_agg(json_build_array(machine, tickets, times)), '[]')"
	"     FROM machines))"
	"  ))::text FROM d";

int get_report(struct mt_req *req)
{
	const char *from = mt_query_arg(req, "from"), *to = mt_query_arg(req, "to");
	struct mt_rows rows;
	int rc;

	/* Days as they are written here are in the order of time. */
	if (from && to && strcmp(from, to) > 0)
		return mt_field_fault(req, "?from", "Must not be after the last day");
	if ((rc = mt_query(req, REPORT, MT_ARGS(from, to), &rows)) < 0)
		return rc;
	if (mt_int(&rows, 0, 0) < 0 || mt_int(&rows, 0, 0) > 366)
		return mt_field_fault(req, "?from", "Must be at most 366 days before the last day");
	return mt_reply_text(req, 200, mt_text(&rows, 0, 1));
}

/*
 * time_clock.h - what the files of this plugin share: its handlers, and SQL that several of them use.
 */
#ifndef TIME_CLOCK_H
#define TIME_CLOCK_H

#include "mortise.h"

/* RFC 3339 UTC with milliseconds; NULL stays null. */
#define ISO(time) "to_char(" time " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"

/* The company's days: its time zone, and the moment at which a day begins there. */
#define ZONE "(SELECT mortise.time_zone())"
#define BEGIN_OF(day) "(" day ")::timestamp AT TIME ZONE " ZONE

/* Hours of entry e, up to now while it runs. */
#define HOURS "extract(epoch FROM coalesce(e.clock_out, now()) - e.clock_in) / 3600"

#define ENTRY                                                                                           \
	"json_build_object('id', e.id, 'technicianId', e.technician_id,"                                \
	" 'technicianName', e.technician_name, 'ticketId', e.ticket_id,"                                \
	" 'ticketNumber', e.ticket_number, 'clockInTime', " ISO("e.clock_in") ", 'clockOutTime', " ISO( \
		"e.clock_out") ", 'totalHours', round(" HOURS ", 2),"                                   \
			       " 'status', CASE WHEN e.clock_out IS NULL THEN 'active' ELSE 'completed' END)"

/* clock.c */
int get_status(struct mt_req *req);
int post_clock_in(struct mt_req *req);
int post_clock_out(struct mt_req *req);
int on_disable(struct mt_req *req);
int on_uninstall(struct mt_req *req);

/* report.c */
int get_ticket_summary(struct mt_req *req);
int get_report(struct mt_req *req);

/* Has the caller time-clock:manage? Dispatchers and administrators have it, unless the company
 * changed that. */
bool acts_for_others(struct mt_req *req);

#endif

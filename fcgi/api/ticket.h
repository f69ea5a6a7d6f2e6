/*
 * ticket.h - what the files about tickets share: one shape of a ticket, and the events about one.
 */
#ifndef API_TICKET_H
#define API_TICKET_H

#include "api/api.h"
#include "events/event.h"

/* clang-format off */
/* A ticket as clients see it, from `t` (mortise.tickets or rows like it) and its state `s`; where the
 * names of its people come from is the caller's. */
#define TICKET_JSON_OF(label, assignee, creator) \
	"json_build_object('id', t.id, 'number', t.number, 'title', t.title," \
	" 'description', t.description, 'state', t.state, 'stateLabel', " label "," \
	" 'priority', t.priority, 'assigneeId', t.assignee_id, 'assigneeName', " assignee "," \
	" 'createdBy', t.created_by, 'createdByName', " creator ", 'version', t.version," \
	" 'createdAt', " SQL_ISO("t.created_at") ", 'updatedAt', " SQL_ISO("t.updated_at") \
	", 'closedAt', " SQL_ISO("t.closed_at") ")"
/* One ticket that is there: "SELECT " TICKET_NAMED_JSON " FROM mortise.tickets_named t WHERE ...". */
#define TICKET_NAMED_JSON TICKET_JSON_OF("t.state_label", "t.assignee_name", "t.creator_name")
/* One ticket that this very statement writes, which a view can't show yet: both people by one look at
 * users, because every table that is named costs one more verification of the request's ticket. */
#define TICKET_JSON TICKET_JSON_OF("s.label", "p.assignee", "p.creator")
#define TICKET_JOINS \
	" JOIN mortise.ticket_states s ON s.tenant_id = t.tenant_id AND s.key = t.state" \
	" CROSS JOIN LATERAL (SELECT max(u.name) FILTER (WHERE u.id = t.assignee_id) AS assignee," \
	"  max(u.name) FILTER (WHERE u.id = t.created_by) AS creator FROM mortise.users u" \
	"  WHERE u.tenant_id = t.tenant_id AND u.id IN (t.assignee_id, t.created_by)) AS p "
/* clang-format on */

/* GET /api/tickets (ticket_list.c) and PATCH /api/tickets/:id (ticket_change.c). */
int ticket_list(struct req *r);
int ticket_patch(struct req *r);

struct ticket_ref {
	const char *id;
	long number;
	const char *title;
	const char *state;
	long version;
};

/* Queues `type` on the tenant's channel, and TicketAssigned to assignee unless that is NULL; the last
 * statements of a transaction. */
int ticket_emit(struct req *r, const char *type, const struct ticket_ref *t, const char *assignee);

/* Faults of the fields that SQL alone can judge. */
int ticket_fault_state(struct req *r);
int ticket_fault_assignee(struct req *r);

#endif

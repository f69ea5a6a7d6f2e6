/*
 * event.c - channels by name and the one statement that raises an event; see event.h.
 */
#include "events/event.h"

#include <stdlib.h>
#include <string.h>

#include "auth/app.h"
#include "auth/ident.h"
#include "base/json.h"
#include "db/db.h"
#include "events/event.sql.h"

#define CHANNELS_MAX 32

int event_emit_text(struct op *op, const char *channel, const char *type, const char *payload)
{
	return op_queue(op, &EVENT_EMIT, DB_ARGS(channel, type, payload));
}

int event_emit(struct op *op, const char *channel, const char *type, const json_t *payload)
{
	return event_emit_text(op, channel, type, json_text(op->arena, payload, NULL));
}

const char *event_tenant(struct op *op)
{
	return arena_printf(op->arena, "t.%d", op->who->tenant);
}

const char *event_user(struct op *op, const char *user)
{
	return arena_printf(op->arena, "u.%s", user);
}

const char *event_role(struct op *op, const char *role)
{
	return arena_printf(op->arena, "r.%d.%s", op->who->tenant, role);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *event_channels(struct op *op)
{
	const char *list[CHANNELS_MAX];
	const char *all = "";
	int n = 0;

	if (op->who->kind == SESSION_SYSTEM)
		return "admin,all"; /* it is of no company */
	if (op->who->is_system)
		list[n++] = "admin";
	list[n++] = "all";
	list[n++] = arena_printf(op->arena, "o.%d", op->who->organization);
	list[n++] = ident_may(op->who, "tickets:read")
			    ? event_tenant(op)
			    : arena_printf(op->arena, "%s.own", event_tenant(op));
	list[n++] = event_user(op, op->who->user);
	for (const char *at = op->who->roles; *at && n < CHANNELS_MAX;) {
		size_t len = strcspn(at, ",");

		if (len)
			list[n++] = event_role(op, arena_strndup(op->arena, at, len));
		at += len + (at[len] == ',');
	}
	qsort(list, (size_t)n, sizeof(*list), by_name);
	for (int i = 0; i < n; i++)
		all = arena_printf(op->arena, "%s%s%s", all, i ? "," : "", list[i]);
	return all;
}

/*
 * notify.c - notifies people of the tenant through mortise.notify in the database: a plugin can't
 * reach the event bus, and the function checks recipients and the right to send.
 *
 * The function holds events back until the COMMIT, so that a slow transaction of a plugin doesn't
 * lock a channel that others need. This file only wakes the steward.
 */
#include "host/call.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "base/json.h"
#include "base/utf8.h"
#include "base/valid.h"
#include "host/notify.sql.h"

static const char *const KINDS[] = {[MT_NOTIFY_USER] = "user",
	[MT_NOTIFY_ROLE] = "role",
	[MT_NOTIFY_COMPANY] = "company",
	[MT_NOTIFY_PERMISSION] = "permission"};

static void check_length(struct call *c, const char *pointer, const char *s, long least, long most)
{
	long n = s ? utf8_length(s, strlen(s)) : 0;

	if (n < 0)
		op_fault(&c->r->op, pointer, "Must be text in UTF-8");
	else if (n < least || n > most)
		op_fault(&c->r->op, pointer, "Has %ld characters, %ld to %ld are needed", n, least,
			most);
}

static int check_notice(struct call *c, struct message_notify *n)
{
	if (!n->icon || !*n->icon)
		n->icon = NOTICE_ICON;
	if (!n->priority)
		n->priority = "normal";
	op_clear(&c->r->op);
	check_length(c, "/title", n->title, 1, NOTICE_TITLE_MAX);
	check_length(c, "/message", n->message, 1, NOTICE_MESSAGE_MAX);
	check_length(c, "/icon", n->icon, 1, NOTICE_ICON_MAX);
	if (n->url && !valid_notice_url(n->url))
		op_fault(
			&c->r->op, "/url", "Must be a path or an address with http:// or https://");
	if (!valid_one_of(NOTICE_PRIORITIES, n->priority))
		op_fault(&c->r->op, "/priority", "Must be low, normal or high");
	return c->r->op.err.code;
}

static const char *payload(struct call *c, const struct message_notify *n)
{
	json_t *v = json_pack("{ss ss ss ss? ss}", "title", n->title, "message", n->message, "icon",
		n->icon, "url", n->url, "priority", n->priority);
	char *ret = v ? json_text(c->r->op.arena, v, NULL) : NULL;

	json_decref(v);
	return ret;
}

int notify_guest(struct call *c, const struct message_notify *from)
{
	struct message_notify n = *from;
	struct rows rows;
	const char *text;
	int rc;

	if (n.kind < 0 || n.kind > MT_NOTIFY_PERMISSION)
		return call_internal(c, "mt_notify needs a recipient and a notice");
	if ((rc = check_notice(c, &n)) < 0)
		return rc;
	if ((rc = rate_check(c, RATE_NOTIFICATIONS, 1)) < 0)
		return rc;
	if (!(text = payload(c, &n)))
		return call_internal(c, "the notice isn't UTF-8");
	rc = query_own(c, HOST_NOTIFY.sql, DB_ARGS(KINDS[n.kind], n.target, text), &rows);
	if (rc < 0)
		return rc;
	call_wake_on_commit(c);
	return (int)row_int(&rows, 0, 0);
}

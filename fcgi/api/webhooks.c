/*
 * webhooks.c - servers that a company's events are sent to (sql/048-webhooks.sql), and the log of
 * it. Sending is the steward's (relay/webhooks.c).
 *
 * A secret is in the answer that makes it, once; the database has it sealed. An address is https,
 * unless the operator named its host and port (webhook_allow): then it may be one of their
 * own network as well.
 */
#include "api/api.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "api/webhooks.sql.h"
#include "auth/ring.h"
#include "base/id.h"
#include "base/json.h"
#include "base/outbound.h"
#include "crypt/webhook.h"
#include "package/manifest_value.h"

#define MANAGE "webhooks:manage"
/* As API tokens: on a page where plugins run nobody sends a company's data elsewhere without the password. */
#define CONFIRM (ROUTE_CONFIRM | ROUTE_CONFIRM_NOW)
#define EVENTS_MAX 50
#define URL_MAX 1000
#define ALL_EVENTS "*"

static const struct column COLUMNS[] = {
	{"id", UUID, KEY},
	{"name", STRING(1, 60), REQUIRED | SEARCH | SORT},
	{"url", STRING(10, URL_MAX), REQUIRED | SEARCH, .about = "https://"},
	{"events", WORDS(EVENTS_MAX, FIELD_TEXTS), REQUIRED | FILTER, .filter = "event",
		.about = "TicketCreated, plugin-key.EventName; * = all"},
	{"active", BOOLEAN, FILTER, .fallback = "true"},
	{"stopped", ENUM("gone|failing"), NULLABLE | BY_CODE,
		.about = "why it was switched off by itself"},
	{"createdAt", TIME, READONLY | SORT},
	{"deliveredAt", TIME, NULLABLE | READONLY, .about = "the last success"},
	{"failingSince", TIME, NULLABLE | READONLY, .about = "the first failure behind it"},
	{"version", INTEGER(0, 0), READONLY},
	{0},
};

static int check_url(struct change *c)
{
	const char *url = change_new(c, "url"), *place = outbound_place(change_op(c)->arena, url);
	const char *colon = place ? strrchr(place, ':') : NULL;
	bool plain = strncmp(url, "http://", 7) == 0, exact;

	for (const char *s = url; *s; s++)
		if (!isgraph((unsigned char)*s))
			return change_fault(c, "url", "Must be an address without spaces");
	if (!colon || (!plain && strncmp(url, "https://", 8) != 0))
		return change_fault(c, "url", "Must be like https://example.com/hook");
	outbound_allows(change_op(c)->app->conf.webhook_allow,
		arena_strndup(change_op(c)->arena, place, (size_t)(colon - place)),
		(int)strtol(colon + 1, NULL, 10), &exact);
	if (plain && !exact)
		return change_fault(c, "url",
			"Must begin with https://, unless the operator named this server");
	return 0;
}

static int check_events(struct change *c)
{
	struct op *op = change_op(c);
	const char *text = change_new(c, "events"), *at = change_pointer(c, "events");
	json_t *list, *one;
	size_t i;
	int rc = json_parse(op->arena, text, strlen(text), &list, &op->err);

	if (rc < 0)
		return rc;
	if (json_array_size(list) == 0)
		return change_fault(c, "events", "Must have at least one event");
	json_array_foreach(list, i, one) {
		const char *s = json_string_value(one);

		if (strcmp(s, ALL_EVENTS) != 0 && !value_is_subscribed(s))
			rc = op_fault(op, arena_printf(op->arena, "%s/%zu", at, i),
				"Must be *, an event of the core such as TicketCreated, or of a plugin such as "
				"parts.Moved");
	}
	return rc;
}

static int check(struct change *c)
{
	const char *name = change_new(c, "name");

	if (!name[strspn(name, " ")])
		change_fault(c, "name", "Must have more than spaces");
	if (change_creates(c) || change_differs(c, "url"))
		check_url(c);
	check_events(c);
	if (*change_new(c, "active") == 't')
		change_set(c, "stopped", NULL);
	return change_op(c)->err.code;
}

/* In the transaction of op: a new secret, which *ret has this once. */
static int make_secret(struct op *op, const char *id, const char **ret)
{
	char *secret = arena_alloc(op->arena, WEBHOOK_SECRET_LEN + 1);
	const char *place = arena_printf(op->arena, "webhook:%s", id), *sealed;
	const struct seal_ring *ring;
	struct rows rows;
	int rc, key_id;

	if ((rc = op_query(op, &WEBHOOK_KEY, DB_ARGS(id), &rows)) < 0 ||
		(rc = ring_get(&op->app->conf, &ring, &op->err)) < 0)
		return rc;
	key_id = (int)row_int(&rows, 0, 0);
	webhook_secret(secret);
	sealed = seal_in_ring(op->arena, ring, &key_id, place, op->who->tenant,
		row_text(&rows, 0, 1), secret, WEBHOOK_SECRET_LEN);
	*ret = secret;
	return op_query(op, &WEBHOOK_SECRET_SET,
		DB_ARGS(id, sealed, arena_printf(op->arena, "%d", key_id)), &rows);
}

static int changed(struct change *c, json_t *members)
{
	const char *secret;
	int rc;

	if (!change_creates(c))
		return 0;
	rc = make_secret(change_op(c), change_id(c), &secret);
	if (rc == 0)
		json_object_set_new(members, "secret", json_string(secret));
	return rc;
}

static const struct field CHANGED[] = {
	{"secret", FIELD_STRING, 0}, /* of a new one, this once */
	{.type = FIELD_END},
};

static int no_webhook(struct req *r)
{
	return op_fail(&r->op, MT_ENOENT, "There is no such webhook");
}

/* The one before signs as well for a day. */
static int renew_secret(struct req *r)
{
	const char *id = api_lower(r, req_param(r, "id")), *secret;
	int rc;

	if (!id_is_uuid(id))
		return no_webhook(r);
	if ((rc = op_begin(&r->op, op_as(&r->op))) < 0 ||
		(rc = make_secret(&r->op, id, &secret)) < 0 || (rc = op_commit(&r->op)) < 0)
		return rc;
	return reply_json(r, 200, api_json(r, json_pack("{ss}", "secret", secret)));
}

static int delete (struct req *r)
{
	const char *id = req_param(r, "id");
	struct rows rows = {.n = 0};
	int rc = id_is_uuid(id)
			 ? op_write(&r->op, op_as(&r->op), &WEBHOOK_DELETE, DB_ARGS(id), &rows)
			 : 0;

	if (rc < 0)
		return rc;
	return rows.n ? reply_empty(r) : no_webhook(r);
}

static int test(struct req *r)
{
	const char *id = req_param(r, "id");
	struct rows rows;
	int rc;

	if (!id_is_uuid(id))
		return no_webhook(r);
	if ((rc = op_write(&r->op, op_as(&r->op), &WEBHOOK_TEST, DB_ARGS(id), &rows)) < 0)
		return rc;
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return reply_json(
		r, 202, api_json(r, json_pack("{ss}", "deliveryId", row_text(&rows, 0, 0))));
}

static int retry(struct req *r)
{
	const char *id = req_param(r, "id");
	struct rows rows;
	int rc;

	if (!id_is_uuid(id))
		return op_fail(&r->op, MT_ENOENT, "There is no such delivery");
	if ((rc = op_write(&r->op, op_as(&r->op), &WEBHOOK_RETRY, DB_ARGS(id), &rows)) < 0)
		return rc;
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return resource_reply_one(r);
}

static int events(struct req *r)
{
	json_t *items = json_array();
	struct rows rows;
	int rc = op_read(&r->op, op_as(&r->op), &WEBHOOK_PLUGIN_EVENTS, DB_NOARGS, &rows);

	api_json(r, items);
	if (rc < 0)
		return rc;
	for (int i = 0; value_core_events[i]; i++)
		json_array_append_new(items, json_pack("{ss ss ss}", "type", value_core_events[i],
						     "source", "core", "sourceName", "Mortise"));
	for (int i = 0; i < rows.n; i++)
		json_array_append_new(
			items, json_pack("{ss ss ss}", "type", row_text(&rows, i, 0), "source",
				       row_text(&rows, i, 1), "sourceName", row_text(&rows, i, 2)));
	return reply_json(r, 200, api_json(r, json_pack("{sO}", "items", items)));
}

static const struct field SECRET[] = {ANSWER("secret", TEXT), ANSWER_END};
static const struct field QUEUED[] = {ANSWER("deliveryId", UUID), ANSWER_END};
static const struct field EVENT[] = {
	ANSWER("type", TEXT), ANSWER("source", TEXT), ANSWER("sourceName", TEXT), ANSWER_END};

static const struct route ROUTES[] = {
	{"GET", "/api/webhook-events", MANAGE, .run = events, .answer = ANSWER_ITEMS(EVENT)},
	{"DELETE", "/api/webhooks/:id", MANAGE, .run = delete, .answer = answer_none},
	{"POST", "/api/webhooks/:id/secret", MANAGE, .flags = CONFIRM, .run = renew_secret,
		.answer = SECRET},
	{"POST", "/api/webhooks/:id/test", MANAGE, .run = test, .answer = QUEUED},
	{.path = NULL},
};

const struct resource webhook_resource = {
	.name = "webhooks",
	.one = P_("webhook"),
	.type = "Webhook",
	.path = "/api/webhooks",
	.table = "mortise.webhooks",
	.title = "name",
	.read = MANAGE,
	.write = MANAGE,
	.write_flags = CONFIRM,
	.columns = COLUMNS,
	.offers = OFFERS_ONE | OFFERS_CREATE | OFFERS_CHANGE,
	.order = "createdAt",
	.check = check,
	.changed = changed,
	.changed_answer = CHANGED,
	.more = ROUTES,
};

static const struct column DELIVERY[] = {
	{"id", UUID, KEY, .about = "webhook-id of the request"},
	{"webhookId", REF(&webhook_resource), BY_CODE},
	{"type", STRING(1, 130), READONLY | FILTER},
	{"body", TEXT(0, 0), READONLY, .about = "what is sent, to the byte"},
	{"at", TIME, READONLY | SORT_DOWN},
	{"state", ENUM("waiting|sending|paused|delivered|failed"), READONLY | FILTER},
	{"dueAt", TIME, READONLY, .about = "of the next try, while it waits"},
	{"attempts", INTEGER(0, 0), READONLY},
	{"triedAt", TIME, NULLABLE | READONLY},
	{"status", INTEGER(0, 0), NULLABLE | READONLY, .about = "of the last answer"},
	{"ms", INTEGER(0, 0), NULLABLE | READONLY},
	{"fault", STRING(0, 40), NULLABLE | READONLY, .about = "why the last try failed, a word"},
	{"detail", STRING(0, 400), NULLABLE | READONLY, .about = "the same in English"},
	{"answer", TEXT(0, 2000), NULLABLE | READONLY, .about = "the beginning of the last answer"},
	{"endedAt", TIME, NULLABLE | READONLY},
	{0},
};

static const struct route DELIVERY_ROUTES[] = {
	{"POST", "/api/webhook-deliveries/:id/retry", MANAGE, .run = retry},
	{.path = NULL},
};

const struct resource webhook_delivery_resource = {
	.name = "webhook-deliveries",
	.one = P_("delivery"),
	.type = "WebhookDelivery",
	.path = "/api/webhooks/:id/deliveries",
	.one_path = "/api/webhook-deliveries",
	.table = "mortise.webhook_deliveries",
	.title = "type",
	.read = MANAGE,
	.write = MANAGE,
	.columns = DELIVERY,
	.offers = OFFERS_ONE,
	.order = "at",
	.parent = &webhook_resource,
	.parent_column = "webhookId",
	.more = DELIVERY_ROUTES,
};

/*
 * mail.c - the server's mails, for the system administration: what waits and why, a test, another try.
 *
 * The mail server itself is named in mortise.conf (smtp_url), on the machine alone: a browser that could name
 * another would get the links with which people choose a password.
 */
#include "api/api.h"

#include "base/id.h"
#include "base/json.h"
#include "base/valid.h"
#include "api/mail.sql.h"

#define MANAGE "mail:manage"
#define MAIL_PATH "/api/mail"
#define PAGE 50
#define PAGE_MAX 200
#define STATES "waiting|sent|failed|unknown"

/* NULL = none. */
static json_t *server_json(const struct conf *c)
{
	return c->smtp_url[0]
		       ? json_pack("{ss ss ss* ss}", "url", c->smtp_url, "tls", c->smtp_tls, "user",
				 c->smtp_user[0] ? c->smtp_user : NULL, "from", c->smtp_from)
		       : json_null();
}

static int list(struct req *r)
{
	long size = req_query_number(r, "limit", PAGE), skip = req_query_number(r, "offset", 0);
	json_t *items;
	struct rows rows;
	int rc = op_read(&r->op, NULL, &MAIL_PAGE,
		DB_ARGS(req_query(r, "state"), req_query(r, "sort"),
			arena_printf(r->op.arena, "%ld", size),
			arena_printf(r->op.arena, "%ld", skip)),
		&rows);

	if (rc < 0 || (rc = row_json(&r->op, &rows, 0, 2, &items)) < 0)
		return rc;
	return reply_json(r, 200,
		api_json(r, json_pack("{so sI sI sO}", "server", server_json(&r->op.app->conf),
				    "total", (json_int_t)row_int(&rows, 0, 0), "waiting",
				    (json_int_t)row_int(&rows, 0, 1), "items", items)));
}

static int test(struct req *r)
{
	char id[ID_UUID_LEN + 1];
	struct rows rows;
	int rc;

	if (!r->op.app->conf.smtp_url[0])
		return api_fault(r, MT_ECONFLICT, "mail-off",
			"There is no mail server: name it in mortise.conf (smtp_url, smtp_from)");
	id_uuid7(id);
	if ((rc = op_write(&r->op, op_as(&r->op), &MAIL_TEST, DB_ARGS(id), &rows)) < 0)
		return rc;
	app_wake_steward(r->op.app, WAKE_MAIL);
	return reply_json(r, 202, api_json(r, json_pack("{ss}", "address", row_text(&rows, 0, 0))));
}

static int on_one(struct req *r, const struct stmt *s)
{
	const char *id = api_lower(r, req_param(r, "id"));
	struct rows rows = {0};
	int rc = id_is_uuid(id) ? op_write(&r->op, NULL, s, DB_ARGS(id), &rows) : 0;

	if (rc < 0)
		return rc;
	if (!rows.n || !row_text(&rows, 0, 0))
		return op_fail(&r->op, MT_ENOENT, "There is no such mail, or it is being sent");
	return 0;
}

static int again(struct req *r)
{
	int rc = on_one(r, &MAIL_AGAIN);

	if (rc < 0)
		return rc;
	app_wake_steward(r->op.app, WAKE_MAIL);
	return reply_empty(r);
}

static int drop(struct req *r)
{
	int rc = on_one(r, &MAIL_DROP);

	return rc < 0 ? rc : reply_empty(r);
}

static const struct field QUERY[] = {
	{"state", FIELD_ENUM, .one_of = STATES},
	{"sort", FIELD_ENUM,
		.one_of = "made|-made|to|-to|company|-company|state|-state|tries|-tries"},
	{"limit", FIELD_INT, 0, 1, PAGE_MAX},
	{"offset", FIELD_INT, 0, 0, 1000000},
	{.type = FIELD_END},
};

static const struct field NOTHING[] = {{.type = FIELD_END}};

static const struct field SERVER[] = {
	ANSWER("url", TEXT),
	ANSWER("tls", TEXT),
	{"user", FIELD_TEXT},
	ANSWER("from", TEXT),
	ANSWER_END,
};

static const struct field MAIL[] = {
	ANSWER("id", UUID),
	{"kind", FIELD_ENUM, FIELD_REQUIRED,
		.one_of = "invite|reset|test|refused|register|password|factor|digest|device"},
	ANSWER("address", TEXT),
	ANSWER("company", TEXT),
	ANSWER("companyCode", TEXT),
	{"state", FIELD_ENUM, FIELD_REQUIRED,
		.one_of = "waiting|sending|given|sent|failed|unknown"},
	ANSWER("tries", INT),
	ANSWER_NULL("fault", TEXT),
	ANSWER("madeAt", TIME),
	ANSWER_NULL("dueAt", TIME),
	ANSWER_NULL("endedAt", TIME),
	ANSWER_END,
};

static const struct field MAILS[] = {
	{"server", FIELD_OBJECT, FIELD_REQUIRED | FIELD_NULLABLE, .of = SERVER},
	ANSWER("total", INT),
	ANSWER("waiting", INT),
	ANSWER_OF("items", ARRAY, MAIL),
	ANSWER_END,
};

static const struct field TESTED[] = {
	ANSWER("address", TEXT),
	ANSWER_END,
};

static const struct route ROUTES[] = {
	{"GET", MAIL_PATH, MANAGE, NULL, 0, 0, list, .query = QUERY, .answer = MAILS},
	{"POST", MAIL_PATH "/test", MANAGE, NOTHING, 0, 16384, test, .answer = TESTED},
	{"POST", MAIL_PATH "/:id/again", MANAGE, NOTHING, 0, 16384, again, .answer = answer_none},
	{"DELETE", MAIL_PATH "/:id", MANAGE, NULL, 0, 0, drop, .answer = answer_none},
	{.path = NULL},
};

const struct route_table mail_routes = {"mail", ROUTES};

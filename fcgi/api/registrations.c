/*
 * registrations.c - companies that wait for approval, for the system administration: list, approve,
 * refuse, and one-time links to the form (registration.c). `mortise tenant` does the same.
 */
#include "api/api.h"

#include <string.h>

#include "auth/link.h"
#include "base/id.h"
#include "base/json.h"
#include "base/moment.h"
#include "base/valid.h"
#include "api/registrations.sql.h"

#define MANAGE "tenants:manage"
#define PATH "/api/registrations"
#define PAGE 50
#define PAGE_MAX 200
#define REASON_MAX 500

static int list(struct req *r)
{
	long size = req_query_number(r, "limit", PAGE), skip = req_query_number(r, "offset", 0);
	struct arena *p = r->op.arena;
	const char *state = req_query(r, "state");
	struct rows rows;
	int rc = op_read(&r->op, NULL, &REGISTRATIONS_PAGE,
		DB_ARGS(state ? state : "waiting", arena_printf(p, "%ld", size),
			arena_printf(p, "%ld", skip)),
		&rows);

	if (rc < 0)
		return rc;
	return reply_text_json(r, 200,
		arena_printf(p,
			"{\"registration\":\"%s\",\"mail\":%s,\"total\":%s,\"waiting\":%s,\"items\":%s}",
			r->op.app->conf.registration,
			r->op.app->conf.smtp_url[0] ? "true" : "false", row_text(&rows, 0, 0),
			row_text(&rows, 0, 1), row_text(&rows, 0, 2)));
}

/* NULL with an error where there can't be such a registration. */
static const char *id_of(struct req *r)
{
	const char *id = api_lower(r, req_param(r, "id"));

	if (id_is_uuid(id))
		return id;
	op_fail(&r->op, MT_ENOENT,
		"This registration doesn't wait any more: somebody approved or refused it");
	return NULL;
}

/* An id for a mail; NULL where none are sent. */
static const char *new_mail(struct op *op)
{
	char id[ID_UUID_LEN + 1];

	if (!op->app->conf.smtp_url[0])
		return NULL;
	id_uuid7(id);
	return arena_strdup(op->arena, id);
}

static int taken(struct req *r, const struct rows *rows)
{
	if (row_text(rows, 0, 0)[0] == 'c')
		return op_fault(&r->op, "/code", "A company has this code already");
	return op_fail(&r->op, MT_ECONFLICT,
		"Somebody signs in with %s already: an address belongs to one person of one company",
		row_text(rows, 0, 2));
}

static int approve(struct req *r)
{
	struct op *op = &r->op;
	const char *id = id_of(r), *mail = new_mail(op), *code = api_body_str(r, "code", NULL);
	struct link link = link_new(op, LINK_WELCOME);
	char person[ID_UUID_LEN + 1];
	struct rows rows;
	json_t *ret;
	int rc;

	if (!id)
		return op->err.code;
	if (code && !valid_tenant_code(code))
		return op_fault(op, "/code",
			"Must be 2 to 40 of the characters a-z, 0-9 and -, and begin with a letter");
	id_uuid7(person);
	for (int i = 0; i < 2; i++) {
		rc = op_write(op, NULL, &REGISTRATIONS_APPROVE,
			DB_ARGS(id, code, person, mail, link.hash, link_invite_s(op),
				api_body_str(r, "organization", NULL)),
			&rows);
		if (rc != MT_ECONFLICT || i)
			break;
		op_clear(op); /* code or address were taken at this moment: now it is seen which */
	}
	if (rc < 0)
		return rc;
	if (row_text(&rows, 0, 0))
		return taken(r, &rows);
	app_wake_steward(op->app, WAKE_EVENTS);
	if (mail)
		app_wake_steward(op->app, WAKE_MAIL);
	ret = api_json(r, json_pack("{ss ss}", "code", row_text(&rows, 0, 1), "address",
				  row_text(&rows, 0, 2)));
	if (!mail)
		json_object_set(ret, "link", link_json(op, &link, "invite", row_int(&rows, 0, 3)));
	return reply_json(r, 200, ret);
}

static int refuse(struct req *r)
{
	struct op *op = &r->op;
	const char *id = id_of(r), *mail = new_mail(op);
	struct rows rows;
	int rc;

	if (!id)
		return op->err.code;
	rc = op_write(op, NULL, &REGISTRATIONS_REFUSE,
		DB_ARGS(id, api_body_str(r, "reason", ""), mail, op->who->name), &rows);
	if (rc < 0)
		return rc;
	app_wake_steward(op->app, WAKE_EVENTS);
	if (mail)
		app_wake_steward(op->app, WAKE_MAIL);
	return reply_json(r, 200,
		api_json(r, json_pack("{ss sb}", "address", row_text(&rows, 0, 0), "mailed",
				    mail != NULL)));
}

/* With an address the mail alone has the link. */
static int invite(struct req *r)
{
	struct op *op = &r->op;
	const char *address = api_body_str(r, "email", NULL);
	struct link link = link_new(op, LINK_REGISTER);
	char id[ID_UUID_LEN + 1], until[MOMENT_LEN];
	struct rows rows;
	json_t *ret;
	int rc;

	if (!strcmp(op->app->conf.registration, "closed"))
		return api_fault(r, MT_ECONFLICT, "registration-closed",
			"Nobody can register: set registration in mortise.conf to invitation or open first");
	if (address && (rc = api_mail_is_on(r)) < 0)
		return rc;
	id_uuid7(id);
	rc = op_write(op, NULL, &REGISTRATIONS_INVITE,
		DB_ARGS(id, link.hash, link_invite_s(op), address,
			api_body_str(r, "language", NULL), op->who->name),
		&rows);
	if (rc < 0)
		return rc;
	if (address)
		app_wake_steward(op->app, WAKE_MAIL);
	moment_iso(until, row_int(&rows, 0, 0) * 1000000L);
	ret = api_json(r, json_pack("{ss}", "expiresAt", until));
	if (address)
		json_object_set_new(ret, "address", json_string(address));
	else
		json_object_set_new(ret, "url", json_string(link.url));
	return reply_json(r, 201, ret);
}

static const struct field QUERY[] = {
	{"state", FIELD_ENUM, .one_of = "waiting|refused"},
	{"limit", FIELD_INT, 0, 1, PAGE_MAX},
	{"offset", FIELD_INT, 0, 0, 1000000},
	{.type = FIELD_END},
};

static const struct field REGISTRATION[] = {
	ANSWER("id", UUID),
	{"state", FIELD_ENUM, FIELD_REQUIRED, .one_of = "waiting|refused"},
	ANSWER("companyName", TEXT),
	ANSWER("companyCode", TEXT),
	ANSWER_NULL("organization", TEXT),
	ANSWER("name", TEXT),
	ANSWER("email", EMAIL),
	ANSWER("timeZone", TEXT),
	ANSWER_NULL("language", TEXT),
	ANSWER("address", TEXT), /* of the network it came from */
	ANSWER("madeAt", TIME),
	ANSWER_NULL("reason", TEXT),
	ANSWER_NULL("decidedBy", TEXT),
	ANSWER_NULL("decidedAt", TIME),
	ANSWER("organizationTaken", BOOL), /* there is one with the name that was asked for */
	ANSWER("codeTaken", BOOL),
	ANSWER("emailTaken", BOOL),
	ANSWER_END,
};

static const struct field PAGED[] = {
	{"registration", FIELD_ENUM, FIELD_REQUIRED, .one_of = "closed|invitation|open"},
	ANSWER("mail", BOOL), /* are mails sent */
	ANSWER("total", INT),
	ANSWER("waiting", INT),
	ANSWER_OF("items", ARRAY, REGISTRATION),
	ANSWER_END,
};

static const struct field APPROVE[] = {
	{"code", FIELD_STRING, 0, 2, 40}, /* instead of the one that was asked for */
	{"organization", FIELD_STRING, FIELD_NULLABLE, 1,
		120}, /* its name, to join it; null = a new one */
	{.type = FIELD_END},
};

static const struct field APPROVED[] = {
	ANSWER("code", TEXT),
	ANSWER("address", TEXT),
	{"link", FIELD_OBJECT, .of = link_answer}, /* where no mails are sent */
	ANSWER_END,
};

static const struct field REFUSE[] = {
	{"reason", FIELD_STRING, FIELD_REQUIRED, 1, REASON_MAX},
	{.type = FIELD_END},
};

static const struct field REFUSED[] = {
	ANSWER("address", TEXT),
	ANSWER("mailed", BOOL),
	ANSWER_END,
};

static const struct field INVITE[] = {
	{"email", FIELD_EMAIL, 0, 3, 254},
	{"language", FIELD_ENUM, .one_of = ME_LANGUAGES},
	{.type = FIELD_END},
};

static const struct field INVITED[] = {
	ANSWER("expiresAt", TIME),
	{"url", FIELD_TEXT},
	{"address", FIELD_TEXT}, /* instead of it, where it goes to */
	ANSWER_END,
};

static const struct route ROUTES[] = {
	{"GET", PATH, MANAGE, NULL, 0, 0, list, .query = QUERY, .answer = PAGED},
	{"POST", PATH "/links", MANAGE, INVITE, ROUTE_CONFIRM, 4096, invite, .answer = INVITED},
	{"POST", PATH "/:id/approve", MANAGE, APPROVE, ROUTE_CONFIRM, 4096, approve,
		.answer = APPROVED},
	{"POST", PATH "/:id/refuse", MANAGE, REFUSE, ROUTE_CONFIRM, 16384, refuse,
		.answer = REFUSED},
	{.path = NULL},
};

const struct route_table registrations_routes = {"registrations", ROUTES};

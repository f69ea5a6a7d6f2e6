/*
 * first_run.c - the set-up page, whose link `mortise setup` prints while nobody administers the
 * system: the first system admin, the first company, and its administrator.
 */
#include "api/auth.h"

#include <string.h>
#include <strings.h>

#include "api/api.h"
#include "auth/link.h"
#include "auth/password.h"
#include "base/id.h"
#include "base/json.h"
#include "base/moment.h"
#include "base/valid.h"
#include "api/first_run.sql.h"

static int no_link(struct req *r)
{
	return api_fault(r, MT_ENOENT, "link-invalid",
		"This link doesn't work any more: it was used, a newer one replaced it, its time is over, "
		"or the system has an administrator; `mortise setup` prints another while there is none");
}

static int find(struct req *r, const char *hash, long *ret_expires)
{
	struct rows rows;
	int rc = auth_find_link(r, &FIRST_RUN_TRY, hash, no_link, &rows);

	if (rc < 0)
		return rc;
	*ret_expires = row_int(&rows, 0, 1);
	return 0;
}

static int setup_look(struct req *r)
{
	char hash[65], until[MOMENT_LEN];
	long expires;
	int rc;

	auth_link_hash(r, hash);
	if ((rc = find(r, hash, &expires)) < 0)
		return rc;
	moment_iso(until, expires * 1000000L);
	return reply_json(r, 200,
		api_json(r, json_pack("{ss si}", "expiresAt", until, "passwordMin", PASSWORD_MIN)));
}

/* Another administrator has a name and an address, and not the sender's. */
static int check(struct req *r)
{
	const char *name = api_body_str(r, "otherName", NULL);
	const char *email = api_body_str(r, "otherEmail", NULL);

	if (!valid_tenant_code(api_body_str(r, "companyCode", "")))
		op_fault(&r->op, "/companyCode",
			"Must be 2 to 40 of the characters a-z, 0-9 and -, and begin with a letter");
	if (name && !email)
		op_fault(&r->op, "/otherEmail", "Must be given with the name");
	if (email && !name)
		op_fault(&r->op, "/otherName", "Must be given with the address");
	if (email && !strcasecmp(email, api_body_str(r, "email", "")))
		op_fault(&r->op, "/otherEmail",
			"Must be another address: each belongs to one person");
	return r->op.err.code;
}

static json_t *new_id(void)
{
	char id[ID_UUID_LEN + 1];

	id_uuid7(id);
	return json_string(id);
}

/* What first_run_finish() of sql/ takes; other NULL = the system admin is the company's
 * administrator, too. */
static const char *form_of(struct req *r, const char *password_hash, const struct link *other)
{
	json_t *form =
		api_json(r, json_pack("{so ss ss ss ss ss}", "id", new_id(), "email",
				    api_body_str(r, "email", ""), "name",
				    api_body_str(r, "name", ""), "passwordHash", password_hash,
				    "companyCode", api_body_str(r, "companyCode", ""),
				    "companyName", api_body_str(r, "companyName", "")));

	if (other)
		json_object_set_new(form, "other",
			json_pack("{so ss ss ss}", "id", new_id(), "email",
				api_body_str(r, "otherEmail", ""), "name",
				api_body_str(r, "otherName", ""), "linkHash", other->hash));
	return json_text(r->op.arena, form, NULL);
}

static int not_made(struct req *r, const char *fault)
{
	if (!strcmp(fault, "token")) /* somebody else was faster */
		return no_link(r);
	if (!strcmp(fault, "companyCode"))
		return op_fault(&r->op, "/companyCode", "A company has this code already");
	return op_fault(&r->op, arena_printf(r->op.arena, "/%s", fault),
		"Must be an address that nobody signs in with");
}

static int setup_finish(struct req *r)
{
	const char *known[] = {api_body_str(r, "email", ""), api_body_str(r, "name", ""),
		api_body_str(r, "companyName", ""), NULL};
	const char *hours = arena_printf(r->op.arena, "%d", r->op.app->conf.session_hours);
	const char *mark = auth_mark(r);
	bool has_other = api_body_str(r, "otherEmail", NULL) != NULL;
	char hash[65], session[65], token[ID_TOKEN_LEN + 1], password[PASSWORD_HASH_MAX];
	struct link link = link_new(&r->op, LINK_WELCOME);
	struct rows rows;
	long expires;
	int rc;

	auth_link_hash(r, hash);
	if ((rc = find(r, hash, &expires)) < 0 || (rc = check(r)) < 0 ||
		(rc = auth_choose(r, "password", known, password)) < 0)
		return rc;
	id_token(token);
	id_sha256_hex(session, token, strlen(token));
	rc = op_write(&r->op, NULL, &FIRST_RUN_FINISH,
		DB_ARGS(hash, form_of(r, password, has_other ? &link : NULL), session, hours,
			link_invite_s(&r->op)),
		&rows);
	if (rc < 0)
		return rc;
	if (row_text(&rows, 0, 0))
		return not_made(r, row_text(&rows, 0, 0));
	return auth_begin(r, token, row_int(&rows, 0, 1), mark,
		has_other ? api_json(r, json_pack("{sO}", "link",
						link_json(&r->op, &link, "invite",
							row_int(&rows, 0, 2))))
			  : NULL);
}

static const struct field LOOK[] = {AUTH_TOKEN, {.type = FIELD_END}};

static const struct field LOOKED[] = {
	ANSWER("expiresAt", TIME),
	ANSWER("passwordMin", INT),
	ANSWER_END,
};

static const struct field FINISH[] = {
	AUTH_TOKEN,
	{"name", FIELD_STRING, FIELD_REQUIRED, 1, 120, NULL},
	{"email", FIELD_EMAIL, FIELD_REQUIRED, 3, 254, NULL},
	{"password", FIELD_TEXT, FIELD_REQUIRED, 1, PASSWORD_MAX, NULL},
	{"companyName", FIELD_STRING, FIELD_REQUIRED, 1, 120, NULL},
	{"companyCode", FIELD_STRING, FIELD_REQUIRED, 1, 40, NULL},
	{"otherName", FIELD_STRING, 0, 1, 120, NULL},
	{"otherEmail", FIELD_EMAIL, 0, 3, 254, NULL},
	{.type = FIELD_END},
};

static const struct field FINISHED[] = {
	{"user", FIELD_OBJECT, FIELD_REQUIRED, .of = me_answer},
	{"link", FIELD_OBJECT, .of = link_answer},
	{.type = FIELD_END},
};

/* Of the auth pool: they hash passwords. */
static const struct route ROUTES[] = {
	{"POST", "/api/auth/setup", NULL, LOOK, ROUTE_PUBLIC, 16384, setup_look, .answer = LOOKED},
	{"POST", "/api/auth/setup/finish", NULL, FINISH, ROUTE_PUBLIC, 16384, setup_finish,
		.answer = FINISHED},
	{.path = NULL},
};

const struct route_table first_run_routes = {"first-run", ROUTES};

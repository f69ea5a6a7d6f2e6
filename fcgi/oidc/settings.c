/*
 * settings.c - which providers a company signs in by, and as whom they know its people.
 *
 * A client secret comes in and never goes out: it is sealed as secrets of plugins are. Saving needs
 * all permissions of the company (sql/034-oidc.sql) and the password of now, as a provider decides
 * who is signed in as whom.
 */
#include "oidc/oidc.h"

#include <string.h>

#include "api/api.h"
#include "api/auth.h"
#include "auth/rights.h"
#include "auth/ring.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "oidc/provider.h"
#include "oidc/settings.sql.h"

#define MANAGE "company:manage"
#define SECRET_MAX 500
#define MAPPED_MAX 100

static int shown(struct req *r)
{
	const char *code = req_query(r, "company");

	return api_read_json(r, &SETTINGS_SHOWN, DB_ARGS(code ? code : ""));
}

static int list(struct req *r)
{
	return api_read_json(
		r, &SETTINGS_LIST, DB_ARGS(oidc_redirect_uri(&r->op), auth_signed_out_uri(r)));
}

/* --- what a form says --------------------------------------------------------------------------------- */

static int check_issuer(struct req *r, const char *issuer)
{
	bool plain = !strncmp(issuer, "http://", 7) && *r->op.app->conf.oidc_allow;

	if ((plain || !strncmp(issuer, "https://", 8)) && !strpbrk(issuer, " \"<>\\?#@"))
		return 0;
	return op_fault(&r->op, "/issuer",
		"Must be an address such as https://login.example.org, as the provider writes it");
}

static int check_scopes(struct req *r, const char *scopes)
{
	const char *at = scopes;

	for (; *at; at += strcspn(at, " "), at += strspn(at, " "))
		if (!strncmp(at, "openid", 6) && (!at[6] || at[6] == ' '))
			return 0;
	return op_fault(&r->op, "/scopes", "Must contain openid: openid email profile");
}

static int check_domains(struct req *r, const json_t *domains)
{
	size_t i;
	json_t *one;

	json_array_foreach((json_t *)domains, i, one) {
		const char *d = json_string_value(one);

		if (!*d || strlen(d) > 253 || !strchr(d, '.') || strpbrk(d, "@/ *\"'\\"))
			op_fault(&r->op, arena_printf(r->op.arena, "/domains/%d", (int)i),
				"Must be what is behind the @: example.org");
	}
	return r->op.err.code;
}

static int check_map(struct req *r, const json_t *map)
{
	size_t i;
	json_t *one;

	json_array_foreach((json_t *)map, i, one) {
		const char *value = json_str(one, "value", ""), *role = json_str(one, "role", "");

		if (!*value || strlen(value) > 200 || !*role || json_object_size(one) != 2)
			op_fault(&r->op, arena_printf(r->op.arena, "/roleMap/%d", (int)i),
				"Must be a value of the claim and the role that it gives");
	}
	return r->op.err.code;
}

static int check_form(struct req *r)
{
	const json_t *b = r->body, *domains = json_object_get(b, "domains");
	bool finds = json_is_true(json_object_get(b, "creates")) ||
		     json_is_true(json_object_get(b, "links"));

	check_issuer(r, json_str(b, "issuer", ""));
	check_scopes(r, json_str(b, "scopes", ""));
	check_domains(r, domains);
	check_map(r, json_object_get(b, "roleMap"));
	if (finds && json_array_size(domains) == 0)
		op_fault(&r->op, "/domains",
			"Must name the domains whose addresses find or make an account");
	return r->op.err.code;
}

/* --- saving ------------------------------------------------------------------------------------------- */

static int seal(struct req *r, const char *id, int key_id, const char *secret, const char **ret,
	const char **ret_key)
{
	struct op *op = &r->op;
	const struct seal_ring *ring;
	int rc;

	if ((rc = op_queue(op, &SETTINGS_RING, DB_NOARGS)) < 0 ||
		(rc = ring_get(&op->app->conf, &ring, &op->err)) < 0)
		return rc;
	*ret = provider_seal(op->arena, ring, key_id, id, op->who->tenant, secret, ret_key);
	return 0;
}

/* secret: a text is a new one, null takes it away, absent leaves what is there. */
static int save(struct req *r, const char *id, int key_id, int status)
{
	struct op *op = &r->op;
	const json_t *secret = json_object_get(r->body, "secret");
	const char *sealed = NULL, *key = NULL;
	json_t *what = api_json(r, json_copy(r->body)), *saved;
	struct rows rows;
	int rc;

	json_object_del(what, "secret");
	json_object_del(what, "version");
	if (json_is_string(secret) && *json_string_value(secret) &&
		(rc = seal(r, id, key_id, json_string_value(secret), &sealed, &key)) < 0)
		return rc;
	if ((rc = op_query(op, &SETTINGS_SAVE,
		     DB_ARGS(id, json_text(op->arena, what, NULL), sealed, key,
			     secret ? "false" : "true"),
		     &rows)) < 0) {
		if (!strcmp(db_sqlstate(op->db), "23505")) {
			op_clear(op);
			return op_fault(op, "/name", "Another provider has this name");
		}
		return rc;
	}
	if ((rc = row_json(op, &rows, 0, 0, &saved)) < 0 || (rc = op_commit(op)) < 0)
		return rc;
	if (json_is_true(json_object_get(saved, "required"))) /* other sessions have ended */
		op->ended_at = clock_ms();
	return reply_json(r, status, saved);
}

static int add(struct req *r)
{
	char id[ID_UUID_LEN + 1];
	int rc;

	if ((rc = check_form(r)) < 0 || (rc = op_begin(&r->op, op_as(&r->op))) < 0)
		return rc;
	id_uuid7(id);
	return save(r, arena_strdup(r->op.arena, id), 0, 201);
}

static int none(struct req *r)
{
	return op_fail(&r->op, MT_ENOENT, "There is no such provider: it was removed");
}

static int change(struct req *r)
{
	const char *id = req_param(r, "id");
	struct rows rows;
	int rc;

	if (!id_is_uuid(id))
		return none(r);
	if ((rc = check_form(r)) < 0 || (rc = op_begin(&r->op, op_as(&r->op))) < 0 ||
		(rc = op_query(&r->op, &SETTINGS_LOCK, DB_ARGS(id), &rows)) < 0)
		return rc;
	if (!rows.n)
		return none(r);
	if (json_integer_value(json_object_get(r->body, "version")) != row_int(&rows, 0, 0))
		return api_fault(r, MT_ECONFLICT, "version-conflict",
			"Somebody else changed this provider: reload it, then change it again");
	return save(r, id, (int)row_int(&rows, 0, 1), 200);
}

static int drop(struct req *r)
{
	const char *id = req_param(r, "id");
	struct rows rows;
	int rc = id_is_uuid(id) ? 0 : none(r);

	if (rc < 0 ||
		(rc = op_write(&r->op, op_as(&r->op), &SETTINGS_DROP, DB_ARGS(id), &rows)) < 0)
		return rc;
	return row_bool(&rows, 0, 0) ? reply_empty(r) : none(r);
}

/* --- somebody's account ------------------------------------------------------------------------------- */

static int no_person(struct req *r)
{
	return op_fail(&r->op, MT_ENOENT, "There is no such user");
}

static int person(struct req *r)
{
	const char *id = req_param(r, "id");
	struct rows rows;
	int rc;

	if (!id_is_uuid(id))
		return no_person(r);
	if ((rc = op_read(&r->op, op_as(&r->op), &SETTINGS_PERSON, DB_ARGS(id), &rows)) < 0)
		return rc;
	return row_text(&rows, 0, 0) ? reply_text_json(r, 200, row_text(&rows, 0, 0))
				     : no_person(r);
}

static int unlink_person(struct req *r)
{
	const char *id = req_param(r, "id"), *provider = req_param(r, "provider");
	struct rows rows;
	int rc;

	if (!id_is_uuid(id) || !id_is_uuid(provider))
		return none(r);
	if ((rc = op_write(&r->op, op_as(&r->op), &SETTINGS_UNLINK_PERSON, DB_ARGS(id, provider),
		     &rows)) < 0)
		return rc;
	if (!row_bool(&rows, 0, 0))
		return op_fail(&r->op, MT_ENOENT, "This person has no link to this provider");
	r->op.ended_at = clock_ms();
	return reply_empty(r);
}

/* --- one's own account -------------------------------------------------------------------------------- */

static int own(struct req *r)
{
	return api_read_json(r, &SETTINGS_OWN, DB_NOARGS);
}

static int unlink_own(struct req *r)
{
	const char *id = req_param(r, "id");
	struct rows rows;
	int rc = id_is_uuid(id) ? 0 : none(r);

	if (rc < 0 ||
		(rc = op_write(&r->op, op_as(&r->op), &SETTINGS_UNLINK, DB_ARGS(id), &rows)) < 0)
		return rc;
	if (!row_text(&rows, 0, 0))
		return none(r);
	if (!row_bool(&rows, 0, 0))
		return api_fault(r, MT_ECONFLICT, "password-missing",
			"Choose a password first: without one and without the provider nobody could sign in");
	return reply_empty(r);
}

static const struct field QUERY[] = {
	{"company", FIELD_STRING, 0, 0, 40},
	{.type = FIELD_END},
};

static const struct field SHOWN[] = {ANSWER("id", UUID), ANSWER("name", TEXT), ANSWER_END};

static const struct field OWN[] = {
	ANSWER("id", UUID),
	ANSWER("name", TEXT),
	ANSWER("linkedAt", TIME),
	ANSWER("usedAt", TIME),
	ANSWER_END,
};

static const struct field MAPPED[] = {ANSWER("value", TEXT), ANSWER("role", TEXT), ANSWER_END};

static const struct field PROVIDER[] = {
	ANSWER("id", UUID),
	ANSWER("name", TEXT),
	ANSWER("issuer", TEXT),
	ANSWER("clientId", TEXT),
	ANSWER("hasSecret", BOOL),
	ANSWER("scopes", TEXT),
	ANSWER_NULL("roleClaim", TEXT),
	ANSWER_OF("roleMap", ARRAY, MAPPED),
	{"defaultRoles", FIELD_ARRAY, FIELD_REQUIRED, .one_of = FIELD_TEXTS},
	ANSWER("creates", BOOL),
	ANSWER("links", BOOL),
	{"domains", FIELD_ARRAY, FIELD_REQUIRED, .one_of = FIELD_TEXTS},
	ANSWER("enabled", BOOL),
	ANSWER("required", BOOL),
	ANSWER("signsOut", BOOL),
	ANSWER("version", INT),
	ANSWER("people", INT),
	ANSWER_END,
};

static const struct field LIST[] = {ANSWER("redirectUri", TEXT), ANSWER("signedOutUri", TEXT),
	ANSWER_OF("items", ARRAY, PROVIDER), ANSWER_END};

/* clang-format off */
#define FORM_FIELDS \
	{"name", FIELD_STRING, FIELD_REQUIRED, 1, 60}, \
	{"issuer", FIELD_STRING, FIELD_REQUIRED, 8, 200}, \
	{"clientId", FIELD_STRING, FIELD_REQUIRED, 1, 255}, \
	{"secret", FIELD_STRING, FIELD_NULLABLE, 0, SECRET_MAX}, \
	{"scopes", FIELD_STRING, FIELD_REQUIRED, 6, 200}, \
	{"roleClaim", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE, 0, 100}, \
	{"roleMap", FIELD_ARRAY, FIELD_REQUIRED, 0, MAPPED_MAX}, \
	{"defaultRoles", FIELD_ARRAY, FIELD_REQUIRED, 0, 8, FIELD_TEXTS}, \
	{"creates", FIELD_BOOL, FIELD_REQUIRED}, \
	{"links", FIELD_BOOL, FIELD_REQUIRED}, \
	{"domains", FIELD_ARRAY, FIELD_REQUIRED, 0, 50, FIELD_TEXTS}, \
	{"enabled", FIELD_BOOL, FIELD_REQUIRED}, \
	{"required", FIELD_BOOL}, /* people sign in by this one only, but those who administer the company */ \
	{"signsOut", FIELD_BOOL}  /* signing out goes on at the provider */
/* clang-format on */

static const struct field NEW[] = {FORM_FIELDS, {.type = FIELD_END}};
static const struct field FORM[] = {
	FORM_FIELDS, {"version", FIELD_INT, FIELD_REQUIRED, 1, 1000000000}, {.type = FIELD_END}};

#define SAVING ROUTE_CONFIRM | ROUTE_CONFIRM_NOW

static const struct route ROUTES[] = {
	{"GET", "/api/sign-in/providers", NULL, NULL, ROUTE_PUBLIC, 0, shown, .query = QUERY,
		.answer = ANSWER_ITEMS(SHOWN)},
	{"GET", "/api/company/providers", MANAGE, NULL, 0, 0, list, .answer = LIST},
	{"POST", "/api/company/providers", MANAGE, NEW, SAVING, 65536, add, .answer = PROVIDER},
	{"PUT", "/api/company/providers/:id", MANAGE, FORM, SAVING, 65536, change,
		.answer = PROVIDER},
	{"DELETE", "/api/company/providers/:id", MANAGE, NULL, 0, 0, drop, .answer = answer_none},
	{"GET", "/api/users/:id/providers", "users:write", NULL, 0, 0, person,
		.answer = ANSWER_ITEMS(OWN)},
	{"DELETE", "/api/users/:id/providers/:provider", "users:write", NULL, SAVING, 0,
		unlink_person, .answer = answer_none},
	{"GET", "/api/me/providers", NULL, NULL, 0, 0, own, .answer = ANSWER_ITEMS(OWN)},
	{"DELETE", "/api/me/providers/:id", NULL, NULL, 0, 0, unlink_own, .answer = answer_none},
	{.path = NULL},
};

const struct route_table oidc_company_routes = {"providers", ROUTES};

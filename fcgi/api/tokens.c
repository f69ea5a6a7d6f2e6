/*
 * tokens.c - API tokens: one's own, and for administrators all of the company with those of services.
 *
 * A token is in the answer that makes it, once; the database has its hash (sql/027-tokens.sql). Making
 * one needs the password like everything that gives an account away, so a plugin's bundle on the page
 * can't. Revoking answers when nothing is left that the token has open, as signing out does
 * (auth/rights.h).
 */
#include "api/api.h"

#include <string.h>

#include "auth/rights.h"
#include "auth/token.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "api/tokens.sql.h"

#define NAME_MAX_LEN 60
#define SCOPES_MAX 100
#define DAYS_MAX 365
#define DAYS 90
#define MANAGE "tokens:manage"

/* clang-format off */
#define SHOWN \
	{"id", UUID, KEY}, \
	{"name", STRING(1, NAME_MAX_LEN), REQUIRED | SEARCH | SORT}, \
	{"scopes", WORDS(SCOPES_MAX, FIELD_TEXTS), REQUIRED | FILTER, .filter = "scope", \
		.about = "permissions by name, plugins:call, notifications:read"}, \
	{"preview", STRING(1, 20), READONLY | SEARCH, .about = "its beginning and its end"}, \
	{"createdAt", TIME, READONLY | SORT_DOWN}, \
	{"expiresAt", TIME, READONLY | FILTER | SORT}, \
	{"expired", BOOLEAN, READONLY | FILTER}, \
	{"lastUsedAt", TIME, NULLABLE | READONLY | FILTER | SORT_DOWN, .sql = "seen_at", \
		.about = "to a minute"}, \
	{"lastAddress", STRING(1, 64), NULLABLE | READONLY | SEARCH, .sql = "address"}
/* clang-format on */

static const struct column OWN[] = {SHOWN, {0}};

static const struct column ALL[] = {
	SHOWN,
	{"kind", ENUM("personal|service"), READONLY | FILTER},
	{"ownerId", UUID, NULLABLE | READONLY | FILTER, .about = "whose it is; null = a service's"},
	{"ownerName", STRING(1, 120), NULLABLE | READONLY | SEARCH},
	{"madeByName", STRING(1, 120), NULLABLE | READONLY, .about = "null = the operator made it"},
	{0},
};

/* A fault for each scope that can't be chosen, by its place. */
static int check_scopes(struct req *r, const char *places)
{
	json_t *list, *n;
	size_t i;
	int rc = json_parse(r->op.arena, places, strlen(places), &list, &r->op.err);

	if (rc < 0)
		return rc;
	json_array_foreach(list, i, n)
		op_fault(&r->op,
			arena_printf(r->op.arena, "/scopes/%d", (int)json_integer_value(n)),
			"Must be a permission that you have and a token can have");
	return r->op.err.code;
}

static int add(struct req *r, bool is_service)
{
	struct op *op = &r->op;
	const json_t *days = json_object_get(r->body, "days");
	const char *name = api_body_str(r, "name", "");
	char token[TOKEN_LEN + 1], preview[TOKEN_PREVIEW_LEN + 1], hash[65], id[ID_UUID_LEN + 1];
	struct rows rows;
	int rc;

	if (!name[strspn(name, " ")])
		return op_fault(op, "/name", "Must have more than spaces");
	token_make(token, is_service);
	token_preview(preview, token);
	id_sha256_hex(hash, token, TOKEN_LEN);
	id_uuid7(id);
	const char *const args[] = {is_service ? "service" : "personal", id, name,
		json_text(op->arena, json_object_get(r->body, "scopes"), NULL), hash, preview,
		arena_printf(op->arena, "%d", days ? (int)json_integer_value(days) : DAYS),
		op->who->is_system ? "true" : "false",
		arena_printf(op->arena, "%d", op->app->conf.tokens_per_person),
		arena_printf(op->arena, "%d", op->app->conf.tokens_per_company)};

	if ((rc = op_write(op, op_as(op), &TOKEN_ADD, args, sizeof(args) / sizeof(*args), &rows)) <
			0 ||
		(rc = check_scopes(r, row_text(&rows, 0, 0))) < 0)
		return rc;
	return reply_json(r, 201,
		api_json(r, json_pack("{ss ss ss}", "id", id, "preview", preview, "token", token)));
}

static int add_own(struct req *r)
{
	return add(r, false);
}

static int add_service(struct req *r)
{
	return add(r, true);
}

/* How many it ended; a token that runs this request waits for itself as a session does. */
static int drop(struct req *r, const struct stmt *s, const char *id, long *ret)
{
	struct rows rows;
	int rc = op_write(&r->op, op_as(&r->op), s, DB_ARGS(id), &rows);

	*ret = rc < 0 ? 0 : row_int(&rows, 0, 0);
	if (*ret > 0)
		rights_hold(r, clock_ms());
	return rc;
}

static int drop_one(struct req *r, const struct stmt *s)
{
	const char *id = req_param(r, "id");
	long n = 0;
	int rc = id_is_uuid(id) ? drop(r, s, id, &n) : 0;

	if (rc < 0)
		return rc;
	if (n == 0)
		return op_fail(&r->op, MT_ENOENT, "There is no such token: it was revoked");
	return reply_empty(r);
}

static int drop_own(struct req *r)
{
	return drop_one(r, &OWN_TOKENS_DROP);
}

static int drop_any(struct req *r)
{
	return drop_one(r, &COMPANY_TOKEN_DROP);
}

static int drop_all_own(struct req *r)
{
	long n;
	int rc = drop(r, &OWN_TOKENS_DROP, NULL, &n);

	return rc < 0 ? rc
		      : reply_json(r, 200, api_json(r, json_pack("{sI}", "ended", (json_int_t)n)));
}

static int scopes(struct req *r)
{
	return api_read_json(r, &TOKEN_SCOPES, DB_ARGS(r->op.who->is_system ? "true" : "false"));
}

static const struct field NEW[] = {
	{"name", FIELD_STRING, FIELD_REQUIRED, 1, NAME_MAX_LEN},
	{"scopes", FIELD_ARRAY, FIELD_REQUIRED, 1, SCOPES_MAX, FIELD_TEXTS},
	{"days", FIELD_INT, 0, 1, DAYS_MAX},
	{.type = FIELD_END},
};

static const struct field MADE[] = {
	ANSWER("id", UUID), ANSWER("preview", TEXT), ANSWER("token", TEXT), ANSWER_END};

static const struct field ENDED[] = {ANSWER("ended", INT), ANSWER_END};

static const struct field SCOPE[] = {
	ANSWER("name", TEXT),
	ANSWER("label", TEXT),
	ANSWER("source", TEXT),
	ANSWER("sourceName", TEXT),
	ANSWER("enabled", BOOL),
	ANSWER_END,
};

#define MAKING ROUTE_CONFIRM | ROUTE_CONFIRM_NOW

static const struct route OWN_ROUTES[] = {
	{"POST", "/api/tokens", NULL, NEW, MAKING, 16384, add_own, .answer = MADE},
	{"DELETE", "/api/tokens", NULL, NULL, 0, 0, drop_all_own, .answer = ENDED},
	{"GET", "/api/tokens/scopes", NULL, NULL, 0, 0, scopes, .answer = ANSWER_ITEMS(SCOPE)},
	{"DELETE", "/api/tokens/:id", NULL, NULL, 0, 0, drop_own, .answer = answer_none},
	{.path = NULL},
};

static const struct route ALL_ROUTES[] = {
	{"POST", "/api/company/tokens", MANAGE, NEW, MAKING, 16384, add_service, .answer = MADE},
	{"DELETE", "/api/company/tokens/:id", MANAGE, NULL, 0, 0, drop_any, .answer = answer_none},
	{.path = NULL},
};

const struct resource token_resource = {
	.name = "tokens",
	.one = P_("token"),
	.type = "Token",
	.path = "/api/tokens",
	.table = "mortise.own_tokens",
	.title = "name",
	.columns = OWN,
	.order = "createdAt",
	.more = OWN_ROUTES,
};

const struct resource company_token_resource = {
	.name = "company-tokens",
	.one = P_("token"),
	.type = "CompanyToken",
	.path = "/api/company/tokens",
	.table = "mortise.company_tokens",
	.title = "name",
	.read = MANAGE,
	.write = MANAGE,
	.columns = ALL,
	.order = "createdAt",
	.more = ALL_ROUTES,
};

/*
 * audit.c - the audit log (sql/024-audit.sql), read only: a company's by its administrators; the
 * server's, and that of any company, by system admins.
 */
#include "api/api.h"

#include <string.h>

#include "api/audit.sql.h"

static const struct column COLUMNS[] = {
	{"id", UUID, KEY},
	{"at", TIME, READONLY | FILTER | SORT_DOWN},
	{"action", STRING(1, 60), READONLY | FILTER | SEARCH, .about = "such as user.invited"},
	{"area", STRING(1, 40), READONLY | FILTER, .about = "of the action what is before the dot"},
	{"actorKind", ENUM("person|service|command|plugin|system|database|nobody"),
		READONLY | FILTER, .about = "who acted; nobody = somebody who was not signed in"},
	{"actorId", UUID, NULLABLE | READONLY | FILTER | BY_INDEX},
	{"actorName", STRING(1, 120), NULLABLE | READONLY | SEARCH, .about = "as it was then"},
	{"address", STRING(1, 64), NULLABLE | READONLY | SEARCH},
	{"agent", STRING(1, 400), NULLABLE | READONLY,
		.about = "the browser or program; of a command its name"},
	{"targetKind", STRING(1, 40), READONLY | FILTER},
	{"targetId", STRING(1, 200), NULLABLE | READONLY | FILTER},
	{"targetName", STRING(1, 200), NULLABLE | READONLY | SEARCH},
	{"before", OBJECT, NULLABLE | READONLY, .about = "of what changed"},
	{"after", OBJECT, NULLABLE | READONLY},
	{"requestId", STRING(1, 64), NULLABLE | READONLY | FILTER | SEARCH},
	{"seq", INTEGER(0, 0), NULLABLE | READONLY,
		.about = "place in the chain, a second after it was written"},
	{0},
};

static int is_system(struct req *r)
{
	static const char BEYOND[] = "tenants:manage";

	if (ident_may(r->op.who, BEYOND))
		return 0;
	return op_fail(&r->op, MT_EPERM, "This needs the permission %s", BEYOND);
}

/* Whose log is wanted: at system_url the server's unless a company is named. */
static int whose(struct req *r)
{
	const char *company = req_query(r, "company"), *chain = req_query(r, "chain");
	bool server = (chain && *chain) || ident_on_system(r);
	struct ident *as;
	struct rows rows;
	int rc;

	company = company && *company ? company : NULL;
	if (!company && !server)
		return 0;
	if ((rc = is_system(r)) < 0 || (rc = op_read(&r->op, op_as(&r->op), &AUDIT_CHAIN,
						DB_ARGS(company ? company : ""), &rows)) < 0)
		return rc;
	if (!row_text(&rows, 0, 0))
		return op_fail(
			&r->op, MT_ENOENT, "There is no company with the code %.60s", company);
	as = arena_alloc(r->op.arena, sizeof(*as));
	*as = *r->op.who;
	as->tenant = (int)row_int(&rows, 0, 0);
	r->op.who = as;
	return 0;
}

static const struct field QUERY[] = {
	{"company", FIELD_STRING, 0, 1, 40},
	{"chain", FIELD_ENUM, .one_of = "server"},
	{.type = FIELD_END},
};

const struct resource audit_resource = {
	.name = "audit",
	.one = P_("entry of the audit log"),
	.type = "AuditEntry",
	.path = "/api/audit",
	.table = "mortise.audit",
	.title = "action",
	.read = "audit:read",
	.write = "audit:read",
	.columns = COLUMNS,
	.offers = OFFERS_CSV_OUT,
	.order = "at",
	.list_flags = ROUTE_SYSTEM,
	.list_query = QUERY,
	.whose = whose,
};

/*
 * limits.c - what a company may have and what of it is in use, for its administrators. System admins
 * set it (tenants.c), the database keeps it (sql/030-tenancy.sql).
 */
#include "api/api.h"
#include "api/limits.sql.h"

static int limits_get(struct req *r)
{
	return api_read_json(r, &LIMITS_OWN, DB_NOARGS);
}

/* most: 0 = no limit; own: of this company alone, null = as for all. */
static const struct field LIMIT[] = {
	ANSWER_NULL("used", INT), /* null = not measured yet */
	ANSWER("most", INT),
	ANSWER_NULL("own", INT),
	ANSWER_END,
};

const struct field company_limits_answer[] = {
	ANSWER_OF("people", OBJECT, LIMIT),
	ANSWER_OF("storageMb", OBJECT, LIMIT),
	ANSWER_OF("plugins", OBJECT, LIMIT),
	ANSWER_END,
};

static const struct route ROUTES[] = {
	{"GET", "/api/company/limits", "company:manage", NULL, 0, 0, limits_get,
		.answer = company_limits_answer},
	{.path = NULL},
};

const struct route_table limit_routes = {"limits", ROUTES};

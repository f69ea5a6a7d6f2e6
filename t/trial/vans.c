/*
 * vans.c - a whole resource, to try what comes from a table: this and vans.sql are all that it needs.
 */
#include "trial.h"

#include <string.h>

static const struct column COLUMNS[] = {
	{"id", UUID, KEY},
	{"number", INTEGER(1, 2147483647), SEARCH | SORT_DOWN | IN_EVENT, .counter = "van"},
	{"name", STRING(1, 80), REQUIRED | SEARCH | SORT | FILTER | IN_EVENT, .sort = "title"},
	{"plate", STRING(2, 12), REQUIRED | SEARCH | ONCE},
	{"kind", ENUM("small|large|crane"), FILTER | SORT, .fallback = "small"},
	{"seats", INTEGER(1, 9), FILTER, .fallback = "2"},
	{"costPerDay", DECIMAL(0, 100000), NULLABLE | FILTER, .read = "users:write",
		.write = "users:write"},
	{"bought", DATE, NULLABLE | FILTER | SORT},
	{"inspection", TIME, NULLABLE | FILTER | SORT, .sort = "inspected"},
	{"driverId", REF(&user_resource), NULLABLE | FILTER, .shown = "driverName"},
	{"towedById", REF(&van_resource), NULLABLE, .shown = "towedByName"},
	{"tools", WORDS(3, "drill|ladder|pump"), FILTER, .fallback = "[]"},
	{"extra", OBJECT, .fallback = "{}"},
	{"winterTyres", BOOLEAN, FILTER, .fallback = "false"},
	{"notes", TEXT(0, 2000), SEARCH, .fallback = ""},
	{"version", INTEGER(0, 0), READONLY},
	{"createdAt", TIME, READONLY | SORT_DOWN},
	{"updatedAt", TIME, TOUCHED | SORT_DOWN},
	{"archivedAt", TIME, NULLABLE | BY_CODE},
	{0},
};

/* A rule beyond the table: a van with a crane has two seats. */
static int check(struct change *c)
{
	if (!strcmp(change_new(c, "kind"), "crane") && strcmp(change_new(c, "seats"), "2"))
		return change_fault(c, "seats", "must be 2 in a van with a crane");
	return 0;
}

const struct resource van_resource = {
	.name = "vans",
	.one = P_("van"),
	.type = "Van",
	.path = "/api/vans",
	.table = "mortise.vans",
	.title = "name",
	.read = "tickets:read",
	.write = "tickets:write",
	.columns = COLUMNS,
	.offers = OFFERS_ALL | COUNTED,
	.order = "number",
	.events = "Van",
	.check = check,
};

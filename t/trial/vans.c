/*
 * vans.c - a whole resource, to try what comes from a table: this and vans.sql are all that it needs. Trips
 * belong to a van, and a view has the vans of each kind as rows in a row.
 */
#include "trial.h"

#include <string.h>

#include "auth/app.h"
#include "base/id.h"
#include "db/db.h"

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
	{"handedOverAt", TIME, NULLABLE | BY_CODE},
	{"washedAt", TIME, NULLABLE | READONLY},
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

/* A route of its own. */
static int wash(struct req *r)
{
	static const struct stmt WASH = {
		"van_wash", "update mortise.vans set washed_at = now() where id = $1::uuid"};
	const char *id = req_param(r, "id");
	struct rows rows;
	int rc;

	if (!id_is_uuid(id))
		return resource_reply_one(r);
	if ((rc = op_begin(&r->op, op_as(&r->op))) < 0 ||
		(rc = op_query(&r->op, &WASH, DB_ARGS(id), &rows)) < 0 ||
		(rows.changed &&
			(rc = resource_add_history(r, id, "{\"washed\":[false,true]}")) < 0) ||
		(rc = op_commit(&r->op)) < 0)
		return rc;
	return resource_reply_one(r);
}

static const struct route MORE[] = {
	{"POST", "/api/vans/:id/wash", "tickets:write", .run = wash}, {.path = NULL}};

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
	.rule = "mortise.van_rule",
	.refused = "crane-stays",
	.refusal = N_("A crane stays on its van"),
	.check = check,
	.more = MORE,
};

static const struct column TRIP[] = {
	{"id", UUID, KEY},
	{"vanId", REF(&van_resource), BY_CODE},
	{"place", STRING(1, 80), REQUIRED | SEARCH},
	{"createdAt", TIME, READONLY | SORT},
	{0},
};

const struct resource trip_resource = {
	.name = "trips",
	.one = P_("trip"),
	.type = "Trip",
	.path = "/api/vans/:id/trips",
	.one_path = "/api/trips",
	.table = "mortise.van_trips",
	.title = "place",
	.read = "tickets:read",
	.write = "tickets:write",
	.columns = TRIP,
	.offers = OFFERS_ONE | OFFERS_CREATE,
	.order = "createdAt",
	.parent = &van_resource,
	.parent_column = "vanId",
	.parent_event = "VanTripAdded",
};

static const struct field OF_KIND[] = {ANSWER("plate", TEXT), ANSWER("driverId", UUID), ANSWER_END};
static const struct column KIND[] = {
	{"kind", ENUM("small|large|crane"), KEY | SORT},
	{"vans", ROWS(OF_KIND), READONLY},
	{0},
};

const struct resource van_kind_resource = {
	.name = "van-kinds",
	.one = P_("kind of van"),
	.type = "VanKind",
	.path = "/api/van-kinds",
	.table = "mortise.van_kinds",
	.title = "kind",
	.read = "tickets:read",
	.columns = KIND,
	.offers = OFFERS_ONE,
};

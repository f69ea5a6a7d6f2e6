/*
 * routes_guests.c - which processes with a plugin's code serve which companies, from the master's
 * state.
 *
 * The master's answer is about all companies. A company's admin gets the guests of that company,
 * and of a shared plugin the guests without their activity, which would reveal other companies'.
 */
#include <stdlib.h>
#include <string.h>
#include "auth/ident.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "install/install.h"
#include "install/lifecycle.h"
#include "install/routes.h"
#include "os/control.h"
#include "install/routes_guests.sql.h"

#define STATUS_MS 2000
#define HASH_DIGITS 12 /* of a pool's name */
#define EVERYBODY 0

/* Reads the state of one plugin's pools. */
struct view {
	struct req *r;
	const char *key;
	const char *own_pool; /* of a shared plugin only this one's guests; NULL = all */
	int tenant;	      /* the guests' tenant; EVERYBODY */
	const struct catalog_package *packages;
	int n_packages;
	struct rows names;
};

json_t *routes_pools(struct req *r)
{
	json_t *status = NULL;
	struct control c;
	struct err why;
	char *answer = NULL;

	if (control_open(&c, r->op.app->conf.run_dir) < 0)
		return NULL;
	err_init(&why, r->op.arena);
	if (control_ask(&c, clock_ms() + STATUS_MS, &answer, "status") == 0)
		json_parse(r->op.arena, answer, strlen(answer), &status, &why);
	control_close(&c);
	free(answer);
	return json_object_get(status, "pools");
}

static json_int_t number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static bool is_of(const json_t *pool, const char *key)
{
	const char *name = json_str(pool, "name", "");
	size_t n = strlen(key);

	return strncmp(name, key, n) == 0 && name[n] == '@';
}

static bool is_shared(const json_t *pool)
{
	return strcmp(json_str(pool, "isolation", ""), "shared") == 0;
}

static const char *version_of(const struct view *l, const json_t *pool)
{
	const char *hash = strchr(json_str(pool, "name", "@"), '@') + 1;

	for (int i = 0; i < l->n_packages; i++)
		if (strncmp(l->packages[i].sha256, hash, HASH_DIGITS) == 0)
			return l->packages[i].version;
	return NULL;
}

static json_t *company_of(const struct view *l, long tenant)
{
	for (int i = 0; i < l->names.n; i++)
		if (row_int(&l->names, i, 0) == tenant)
			return json_pack("{s:s, s:s}", "code", row_text(&l->names, i, 1), "name",
				row_text(&l->names, i, 2));
	return json_null();
}

static bool may_see(const struct view *l, const json_t *pool, const json_t *guest)
{
	if (l->tenant == EVERYBODY)
		return true;
	if (is_shared(pool))
		return strcmp(json_str(pool, "name", ""), l->own_pool) == 0;
	return number(guest, "tenant") == l->tenant;
}

static json_t *guest_json(
	const struct view *l, const json_t *pool, const json_t *worker, const json_t *guest)
{
	bool counts = l->tenant == EVERYBODY || !is_shared(pool);

	return json_pack("{s:I, s:I, s:s?, s:o, s:s, s:o, s:o, s:I, s:s}", "pid",
		number(guest, "pid"), "host", number(worker, "pid"), "version", version_of(l, pool),
		"company", company_of(l, (long)number(guest, "tenant")), "isolation",
		is_shared(pool) ? "shared" : "tenant", "requests",
		counts ? json_integer(number(guest, "requests")) : json_null(), "idleSeconds",
		counts ? json_integer(number(guest, "idleSeconds")) : json_null(), "rssKb",
		number(guest, "rssKb"), "sandbox", json_str(worker, "note", ""));
}

/* The names of the companies that have a guest now: there may be many more without. */
static int read_names(struct view *l, const json_t *pools)
{
	const json_t *pool, *worker, *guest;
	size_t i, j, k;
	struct buf ids;
	int rc;

	buf_init(&ids, 256 * 1024);
	buf_adds(&ids, "{0");
	json_array_foreach(pools, i, pool)
		json_array_foreach(json_object_get(pool, "workers"), j, worker)
			json_array_foreach(json_object_get(worker, "guests"), k, guest)
				if (is_of(pool, l->key) && may_see(l, pool, guest))
					buf_addf(&ids, ",%d", (int)number(guest, "tenant"));
	buf_adds(&ids, "}");
	rc = op_read(&l->r->op, op_as(&l->r->op), &GUESTS_NAMES,
		DB_ARGS(arena_printf(l->r->op.arena, "%s", ids.data)), &l->names);
	buf_release(&ids);
	return rc;
}

static json_t *items_json(const struct view *l, const json_t *pools)
{
	const json_t *pool, *worker, *guest;
	json_t *items = json_array();
	size_t i, j, k;

	json_array_foreach(pools, i, pool)
		json_array_foreach(json_object_get(pool, "workers"), j, worker)
			json_array_foreach(json_object_get(worker, "guests"), k, guest)
				if (is_of(pool, l->key) && may_see(l, pool, guest))
					json_array_append_new(
						items, guest_json(l, pool, worker, guest));
	return items;
}

static int reply_guests(struct view *l)
{
	const json_t *pools = routes_pools(l->r);

	if (!pools) {
		op_fail(&l->r->op, MT_EBUSY,
			"The process that starts plugins doesn't answer: try again");
		l->r->op.err.retry_after = 2;
		return MT_EBUSY;
	}
	if (read_names(l, pools) < 0)
		return l->r->op.err.code;
	return routes_reply_items(l->r, items_json(l, pools));
}

/* Those that serve the caller's company. */
static int guests_own(struct req *r)
{
	const char *id = routes_installation(r);
	struct catalog_installation i;
	struct view l = {.r = r, .tenant = r->op.who->tenant};

	if (!id || catalog_installation(&r->op, op_as(&r->op), id, NULL, &i) < 0)
		return r->op.err.code;
	l.key = i.key;
	l.own_pool = arena_printf(r->op.arena, "%s@%.*s", i.key, HASH_DIGITS, i.sha256);
	l.packages = &i.package;
	l.n_packages = 1;
	return reply_guests(&l);
}

/* Those of all companies. */
static int guests_all(struct req *r)
{
	struct view l = {.r = r, .tenant = EVERYBODY, .key = routes_key(r)};
	struct catalog_package *list;

	if (!l.key || catalog_packages(&r->op, op_as(&r->op), l.key, &list, &l.n_packages) < 0)
		return r->op.err.code;
	l.packages = list;
	if (l.n_packages == 0)
		return op_fail(
			&r->op, MT_ENOENT, "There is no package of a plugin \"%.60s\"", l.key);
	return reply_guests(&l);
}

static const struct route ROUTES[] = {
	{"GET", "/api/plugins/installations/:id/guests", MANAGE, NULL, 0, 0, guests_own,
		.answer = ANSWER_ITEMS(answer_guest)},
	{"GET", "/api/plugins/overview/:key/guests", UPLOAD, NULL, 0, 0, guests_all,
		.answer = ANSWER_ITEMS(answer_guest)},
	{NULL, NULL, NULL, NULL, 0, 0, NULL},
};

const struct route_table guests_routes = {"guests", ROUTES};

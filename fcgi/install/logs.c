/*
 * logs.c - GET /api/plugins/installations/:id/logs: the plugin's log lines of one company.
 *
 * The master puts the pool's name in front of each line of a plugin's process, so no plugin can
 * write in another's name (only the very beginning of a line counts). The tenant in it is set by
 * the host, in the plugin's own process. Lines without one (a crash, output of a library) belong to
 * the company of their request, found by the api pool's own line of that request; those without a
 * request are for system admins. The routes of `plugin dev` are here as well: they send messages to
 * the browsers of a demo, and take from these what failed in a plugin's bundle.
 */
#include "install/logs.h"

#include <string.h>
#include "auth/app.h"
#include "auth/ident.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/moment.h"
#include "db/db.h"
#include "events/event.h"
#include "install/logs_file.h"
#include "install/routes.h"
#include "registry/catalog.h"

#define LIMIT 50
#define LIMIT_MAX 500
#define PENDING_MAX 32
#define READ_MS 2000
#define HASH_LEN 12 /* of a pool's name: key@hash */
#define WORDS_MAX 200
#define IN_BROWSER "failed in a browser" /* the line of post_fault() */
#define LEVELS "debug|info|warn|error"	 /* in this order */

struct pending {
	char request[40];
	json_t *line; /* borrowed from items */
};

struct search {
	struct req *r;
	const char *key;
	char start[60], name[60]; /* {"pool":"key@ and "key@ */
	char tenant[16];
	bool sees_all; /* lines of nobody, too */
	size_t limit;
	const char *level; /* the least; NULL = all */
	const char *words; /* that a line has, in any case; NULL = all */
	int64_t since_us;  /* 0 = from the beginning */
	bool is_past;	   /* a line was older: nothing that is wanted comes before it */
	json_t *items;
	struct catalog_package *package;
	int n_packages;
	struct pending pending[PENDING_MAX];
	int n_pending;
};

static const char *version_of(const struct search *s, const char *pool)
{
	const char *hash = strchr(pool, '@');

	for (int i = 0; hash && i < s->n_packages; i++)
		if (strncmp(hash + 1, s->package[i].sha256, HASH_LEN) == 0)
			return s->package[i].version;
	return NULL;
}

/* The line as readers get it. */
static json_t *shown(const struct search *s, const json_t *line, const char *pool)
{
	static const char *const KEPT[] = {"time", "level", "requestId", "method", "path", "status",
		"ms", "user", "detail", "error", "how", "route", "trace", "stack", "reason",
		"lines", NULL};
	json_t *o = json_pack("{s:s, s:s?}", "message", json_str(line, "msg", ""), "version",
		version_of(s, pool));

	for (int i = 0; KEPT[i]; i++)
		if (json_is_string(json_object_get(line, KEPT[i])))
			json_object_set(o, KEPT[i], json_object_get(line, KEPT[i]));
	return o;
}

static bool has_words(const json_t *shown, const char *words)
{
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)shown, name, v)
		if (json_is_string(v) && strcasestr(json_string_value(v), words))
			return true;
	return false;
}

/* A level that isn't known here is as important as any. */
static bool is_wanted(const struct search *s, const json_t *shown)
{
	const char *least = s->level ? strstr(LEVELS, s->level) : NULL;
	const char *level = strstr(LEVELS, json_str(shown, "level", "error"));

	return !(least && level && level < least) && !(s->words && !has_words(shown, s->words));
}

static void forget(struct search *s, const json_t *line)
{
	size_t i;
	json_t *v;

	json_array_foreach(s->items, i, v) {
		if (v == line) {
			json_array_remove(s->items, i);
			return;
		}
	}
}

/* A line without a company waits for the api pool's line of its request, which comes before it in
 * the log. */
static void wait_for_owner(struct search *s, const char *request, json_t *o)
{
	if (*request && strlen(request) < 40 && s->n_pending < PENDING_MAX) {
		struct pending *p = &s->pending[s->n_pending++];

		snprintf(p->request, sizeof(p->request), "%s", request);
		p->line = o;
		json_array_append_new(s->items, o);
	} else if (s->sees_all) {
		json_array_append_new(s->items, o);
	} else {
		json_decref(o);
	}
}

static void take_own(struct search *s, const json_t *line, const char *pool)
{
	const char *tenant = json_str(line, "tenant", NULL);

	if (tenant && strcmp(tenant, s->tenant) != 0)
		return;
	json_t *o = shown(s, line, pool);
	if (!is_wanted(s, o))
		json_decref(o);
	else if (tenant)
		json_array_append_new(s->items, o);
	else
		wait_for_owner(s, json_str(line, "requestId", json_str(line, "request", "")), o);
}

/* A line of a trusted process: does it name the request's company? */
static void settle(struct search *s, const json_t *line)
{
	const char *tenant = json_str(line, "tenant", NULL);
	const char *request = json_str(line, "requestId", "");

	for (int i = 0; tenant && i < s->n_pending; i++) {
		struct pending *p = &s->pending[i];

		if (strcmp(p->request, request) != 0)
			continue;
		if (strcmp(tenant, s->tenant) != 0)
			forget(s, p->line);
		*p = s->pending[--s->n_pending];
		i--;
	}
}

static bool is_older(const struct search *s, const json_t *line)
{
	int64_t us;

	return s->since_us && moment_read(json_str(line, "time", ""), &us) && us < s->since_us;
}

static bool take_line(void *arg, char *text, size_t n)
{
	struct search *s = arg;
	bool foreign = strncmp(text, "{\"pool\":", 8) == 0;
	bool own = strncmp(text, s->start, strlen(s->start)) == 0;
	/* the master about one of our pools; a plugin's text in there is escaped */
	bool about = !foreign && memmem(text, n, s->name, strlen(s->name)) != NULL;
	const char *pool;
	json_t *line;

	if ((foreign && !own) || (!own && !about && s->n_pending == 0))
		return true;
	/* the first of equal names must count, and jansson keeps the last: a name that is there twice
	 * is a forgery, and refused */
	line = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	if (!line)
		return true;
	pool = json_str(line, "pool", "");
	about = about && strncmp(pool, s->name + 1, strlen(s->name) - 1) == 0 &&
		(strcmp(json_str(line, "process", ""), "mortised") == 0 ||
			strcmp(json_str(line, "msg", ""), IN_BROWSER) == 0);
	s->is_past = is_older(s, line);
	if (!s->is_past && (own || about))
		take_own(s, line, pool);
	else if (!foreign)
		settle(s, line);
	json_decref(line);
	return !s->is_past && json_array_size(s->items) < s->limit;
}

static int read_place(struct req *r, const char *name, struct logs_place *ret)
{
	const char *s = req_query(r, name);

	if (s && *s && !logs_place_parse(ret, s))
		return op_fault(&r->op, arena_printf(r->op.arena, "?%s", name),
			"Must be a place that an earlier answer named");
	return 0;
}

static int find_installation(struct req *r, struct catalog_installation *ret)
{
	return catalog_installation(&r->op, op_as(&r->op), req_param(r, "id"), NULL, ret);
}

static void place_into(json_t *o, const char *name, const struct logs_place *p)
{
	char text[LOGS_PLACE_MAX];

	logs_place_text(text, p);
	json_object_set_new(o, name, p->inode ? json_string(text) : json_null());
}

static int search(struct search *s, const struct logs_range *range, json_t **ret)
{
	struct logs_place end, from;
	struct req *r = s->r;
	int64_t deadline = clock_ms() + READ_MS;
	int rc = logs_read(r->op.app->conf.log_dir, range,
		deadline < r->op.deadline ? deadline : r->op.deadline, take_line, s, &end, &from,
		&r->op.err);

	if (rc < 0)
		return rc;
	/* the request's line is further back than we searched */
	for (int i = 0; i < s->n_pending && !s->sees_all; i++)
		forget(s, s->pending[i].line);
	*ret = json_pack("{s:O}", "items", s->items);
	json_own(r->op.arena, *ret);
	if (s->is_past)
		from.inode = 0;
	place_into(*ret, "before", &from);
	place_into(*ret, "after", &end);
	return 0;
}

static int get_logs(struct req *r)
{
	struct catalog_installation i;
	struct logs_range range = {0};
	struct search s = {.r = r, .sees_all = r->op.who->is_system};
	json_t *answer;
	int rc;

	if (read_place(r, "before", &range.before) < 0 || read_place(r, "after", &range.after) < 0)
		return MT_EFIELDS;
	s.level = req_query(r, "level");
	s.words = req_query(r, "q");
	if (req_query(r, "since"))
		moment_read(req_query(r, "since"), &s.since_us);
	if ((rc = find_installation(r, &i)) < 0 || (rc = catalog_packages(&r->op, op_as(&r->op),
							    i.key, &s.package, &s.n_packages)) < 0)
		return rc;
	s.key = i.key;
	s.limit = (size_t)req_query_number(r, "limit", LIMIT);
	s.items = json_array();
	json_own(r->op.arena, s.items);
	snprintf(s.start, sizeof(s.start), "{\"pool\":\"%s@", i.key);
	snprintf(s.name, sizeof(s.name), "\"%s@", i.key);
	snprintf(s.tenant, sizeof(s.tenant), "%d", r->op.who->tenant);
	rc = search(&s, &range, &answer);
	return rc < 0 ? rc : reply_json(r, 200, answer);
}

/* --- `plugin dev` ----------------------------------------------------------------------------------- */

static const struct field DEV_FIELDS[] = {
	{"state", FIELD_ENUM, FIELD_REQUIRED, 0, 0, "error|reloaded"},
	{"stage", FIELD_STRING, 0, 1, 40, NULL},
	{"text", FIELD_TEXT, 0, 0, 8000, NULL},
	{"ms", FIELD_INT, 0, 0, 600000, NULL},
	{NULL, FIELD_END, 0, 0, 0, NULL},
};

/* Only for a version that `plugin dev` has made: elsewhere nobody's work is to be disturbed. */
static int find_dev_version(struct req *r, struct catalog_installation *ret)
{
	int rc = find_installation(r, ret);

	if (rc < 0 || strstr(ret->package.version, "-dev."))
		return rc;
	return op_fail(&r->op, MT_ECONFLICT,
		"%s %s is not a development version: its users get no news of an author's work",
		ret->key, ret->package.version);
}

static int post_dev(struct req *r)
{
	bool failed = strcmp(json_str(r->body, "state", ""), "error") == 0;
	const json_t *ms = json_object_get(r->body, "ms");
	struct catalog_installation i;
	json_t *data;
	int rc = find_dev_version(r, &i);

	if (rc < 0)
		return rc;
	data = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "installationId", i.id, "pluginKey",
		i.key, "version", i.package.version, "stage", json_str(r->body, "stage", ""),
		"text", json_str(r->body, "text", ""), "ms", json_integer_value(ms));
	json_own(r->op.arena, data);
	if ((rc = op_begin(&r->op, op_as(&r->op))) < 0 ||
		(rc = event_emit(&r->op, event_tenant(&r->op),
			 failed ? "PluginDevError" : "PluginDevReloaded", data)) < 0 ||
		(rc = op_commit(&r->op)) < 0) {
		op_rollback(&r->op);
		return rc;
	}
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return reply_empty(r);
}

static const struct field FAULT_FIELDS[] = {
	{"message", FIELD_TEXT, FIELD_REQUIRED, 1, 500, NULL},
	{"stack", FIELD_TEXT, 0, 0, 900, NULL},
	{NULL, FIELD_END, 0, 0, 0, NULL},
};

/* An error in the bundle, in somebody's browser: a line of the plugin's log, which its author reads. */
static int post_fault(struct req *r)
{
	struct catalog_installation i;
	int rc = find_dev_version(r, &i);

	if (rc < 0)
		return rc;
	log_kv(LOG_LV_ERROR, IN_BROWSER, "pool",
		arena_printf(r->op.arena, "%s@%.*s", i.key, HASH_LEN, i.package.sha256), "tenant",
		arena_printf(r->op.arena, "%d", r->op.who->tenant), "user", r->op.who->user,
		"error", json_str(r->body, "message", ""), "stack",
		json_str(r->body, "stack", NULL), NULL);
	return reply_empty(r);
}

#define ONE "/api/plugins/installations/:id"

static const struct field LOGS_QUERY[] = {
	{"before", FIELD_STRING},
	{"after", FIELD_STRING},
	{"limit", FIELD_INT, 0, 1, LIMIT_MAX},
	{"level", FIELD_ENUM, .one_of = LEVELS},
	{"q", FIELD_STRING, 0, 1, WORDS_MAX},
	{"since", FIELD_TIME},
	{.type = FIELD_END},
};

static const struct route ROUTES[] = {
	{"GET", ONE "/logs", "plugins:manage", NULL, 0, 0, get_logs, .query = LOGS_QUERY,
		.answer = answer_logs},
	{"POST", ONE "/dev", "plugins:upload", DEV_FIELDS, 0, 16384, post_dev,
		.answer = answer_none},
	{"POST", ONE "/dev/faults", NULL, FAULT_FIELDS, 0, 8192, post_fault, .answer = answer_none},
	{NULL, NULL, NULL, NULL, 0, 0, NULL},
};

const struct route_table logs_routes = {"logs", ROUTES};

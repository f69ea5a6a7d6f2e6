/*
 * storage.c - what plugins keep by key (sql/039-plugin-storage.sql), for their components and for who manages
 * plugins. A namespace is open to pages by the permissions that its manifest names for it; who manages
 * plugins reaches all of it, and what they change is written to the audit log.
 */
#include "api/api.h"

#include <string.h>

#include "api/plugin_rights.h"
#include "api/storage.sql.h"
#include "base/id.h"
#include "base/json.h"

#define MANAGE "plugins:manage"
#define KEY_MAX 400
#define PAGE 50
#define PAGE_MAX 100
#define PREVIEW 300
#define VERSION_MAX 9007199254740991L
#define TTL_MAX 315360000L

struct place {
	const char *plugin, *space, *key;
	bool manages;
};

static int check_permission(struct req *r, const struct place *p, bool writes)
{
	struct plugin_rights d = {.key = p->plugin};
	const char *reads_by, *writes_by;
	struct rows rows;
	int rc;

	if ((rc = plugin_rights_find(r, &d)) < 0 ||
		(rc = op_read(&r->op, op_as(&r->op), &STORAGE_RIGHTS, DB_ARGS(p->plugin, p->space),
			 &rows)) < 0)
		return rc;
	reads_by = row_text(&rows, 0, 0);
	writes_by = row_text(&rows, 0, 1);
	if ((writes_by && plugin_rights_may(r, &d, writes_by)) ||
		(!writes && reads_by && plugin_rights_may(r, &d, reads_by)))
		return 0;
	return ident_refuse(r, writes || !reads_by ? (writes_by ? writes_by : MANAGE) : reads_by);
}

static int enter(struct req *r, bool writes, struct place *p)
{
	*p = (struct place){.plugin = req_param(r, "plugin"),
		.space = req_param(r, "space"),
		.key = req_query(r, "key"),
		.manages = ident_may(r->op.who, MANAGE)};
	if (!id_is_plugin_key(p->plugin))
		return op_fail(&r->op, MT_ENOENT, "There is no such plugin");
	return p->manages ? 0 : check_permission(r, p, writes);
}

/* The administrators hear of a write that found no room; the write itself was undone. */
static int tell_full(struct req *r, const struct place *p)
{
	struct op *op = &r->op;
	struct rows rows;
	struct err e;

	err_init(&e, op->arena);
	if (db_write(op->db, op->arena, op->deadline, op_as(op), &STORAGE_REFUSED,
		    DB_ARGS(p->plugin), &rows, &e) == 0)
		app_wake_steward(op->app, WAKE_EVENTS);
	return op->err.code;
}

static int undo(struct req *r, const struct place *p, int rc)
{
	op_rollback(&r->op);
	return rc == MT_EFULL ? tell_full(r, p) : rc;
}

/* As "storage-changed" of mt_storage_set(): nothing was stored. */
static int check_written(struct req *r, const struct rows *rows)
{
	const char *version = rows->n ? row_text(rows, rows->n - 1, 1) : "";

	if (strcmp(version, "0") != 0)
		return 0;
	return op_fail(&r->op, MT_ECONFLICT,
		"Somebody else has changed \"%.100s\": read it again, and try again",
		row_text(rows, rows->n - 1, 0));
}

/* One statement and what the audit log says of it. The caller commits. */
static int change(struct req *r, const struct place *p, const struct stmt *s,
	const char *const *args, int n, const char *action, struct rows *ret)
{
	struct op *op = &r->op;
	struct rows rows;
	int rc;

	if ((rc = op_begin(op, op_as(op))) < 0 || (rc = op_query(op, s, args, n, ret)) < 0)
		return undo(r, p, rc);
	if (p->manages &&
		(rc = op_query(op, &STORAGE_NOTED,
			 DB_ARGS(p->plugin, action, p->space, p->key, NULL, NULL), &rows)) < 0)
		return undo(r, p, rc);
	return 0;
}

static int spaces(struct req *r)
{
	return api_read_json(r, &STORAGE_SPACES, DB_ARGS(req_param(r, "plugin")));
}

static int list(struct req *r)
{
	const char *limit = arena_printf(r->op.arena, "%ld", req_query_number(r, "limit", PAGE));
	const char *whole = req_query(r, "values");
	struct place p;
	int rc = enter(r, false, &p);

	if (rc < 0)
		return rc;
	return api_read_json(r, &STORAGE_LIST,
		DB_ARGS(p.plugin, p.space, req_query(r, "pattern"), req_query(r, "q"),
			req_query(r, "cursor"),
			whole && strcmp(whole, "true") == 0 ? NULL : DB_NUMBER(PREVIEW), limit));
}

static int value(struct req *r)
{
	struct place p;
	struct rows rows;
	int rc = enter(r, false, &p);

	if (rc < 0 || (rc = op_read(&r->op, op_as(&r->op), &STORAGE_VALUE,
			       DB_ARGS(p.plugin, p.space, p.key), &rows)) < 0)
		return rc;
	if (rows.n == 0)
		return op_fail(&r->op, MT_ENOENT, "There is no value under this key");
	return reply_text_json(r, 200, row_text(&rows, 0, 0));
}

/* The body is the value. */
static int put(struct req *r)
{
	struct place p;
	struct rows rows;
	json_t *v;
	char *body;
	size_t len;
	int rc = enter(r, true, &p);

	if (rc < 0 || (rc = req_body(r, r->route->body_max, &body, &len)) < 0)
		return rc;
	if (memchr(body, '\0', len) ||
		!(v = json_loadb(body, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL)))
		return op_fail(&r->op, MT_EINVAL, "The body must be a value as JSON");
	json_decref(v);
	if ((rc = change(r, &p, &STORAGE_PUT,
		     DB_ARGS(p.plugin, p.space, p.key, body, req_query(r, "ttl"),
			     req_query(r, "version")),
		     "changed", &rows)) < 0)
		return rc;
	if ((rc = check_written(r, &rows)) < 0)
		return undo(r, &p, rc);
	v = json_pack("{ss sI}", "key", p.key, "version",
		(json_int_t)strtoll(row_text(&rows, 0, 1), NULL, 10));
	api_json(r, v);
	return (rc = op_commit(&r->op)) < 0 ? undo(r, &p, rc) : reply_json(r, 200, v);
}

/* All or nothing; what the management page imports, too. */
static int put_many(struct req *r)
{
	json_t *items = json_object_get(r->body, "items"), *made = json_array();
	const char *text;
	struct place p;
	struct rows rows;
	int rc = enter(r, true, &p);

	api_json(r, made);
	if (rc < 0)
		return rc;
	text = json_text(r->op.arena, items, NULL);
	p.key = arena_printf(r->op.arena, "(%zu)", json_array_size(items));
	if (!text)
		return op_fail(&r->op, MT_EINVAL, "The body must be a value as JSON");
	if ((rc = change(r, &p, &STORAGE_PUT_MANY, DB_ARGS(p.plugin, p.space, text), "changed",
		     &rows)) < 0)
		return rc;
	if ((rc = check_written(r, &rows)) < 0)
		return undo(r, &p, rc);
	for (int i = 0; i < rows.n; i++)
		json_array_append_new(
			made, json_pack("{ss sI}", "key", row_text(&rows, i, 0), "version",
				      (json_int_t)strtoll(row_text(&rows, i, 1), NULL, 10)));
	if ((rc = op_commit(&r->op)) < 0)
		return undo(r, &p, rc);
	return reply_json(r, 200, api_json(r, json_pack("{sO}", "items", made)));
}

static int increment(struct req *r)
{
	struct place p;
	struct rows rows;
	char by[32];
	int rc = enter(r, true, &p);

	p.key = api_body_str(r, "key", "");
	snprintf(by, sizeof(by), "%lld",
		(long long)json_integer_value(json_object_get(r->body, "by")));
	if (rc < 0 || (rc = change(r, &p, &STORAGE_INCREMENT,
			       DB_ARGS(p.plugin, p.space, p.key, by, NULL), "changed", &rows)) < 0)
		return rc;
	rc = op_commit(&r->op);
	return rc < 0 ? undo(r, &p, rc)
		      : reply_text_json(r, 200,
				arena_printf(
					r->op.arena, "{\"value\": %s}", row_text(&rows, 0, 0)));
}

static int delete (struct req *r)
{
	const char *version = req_query(r, "version");
	struct place p;
	struct rows rows;
	int rc = enter(r, true, &p);

	if (rc < 0 || (rc = change(r, &p, &STORAGE_DELETE,
			       DB_ARGS(p.plugin, p.space, p.key, version), "deleted", &rows)) < 0)
		return rc;
	if (row_int(&rows, 0, 0) == 0) {
		undo(r, &p, 0);
		return version ? op_fail(&r->op, MT_ECONFLICT,
					 "Somebody else has changed \"%.100s\": read it again, "
					 "and try again",
					 p.key)
			       : op_fail(&r->op, MT_ENOENT, "There is no value under this key");
	}
	return (rc = op_commit(&r->op)) < 0 ? undo(r, &p, rc) : reply_empty(r);
}

static int clear(struct req *r)
{
	struct place p;
	struct rows rows;
	int rc = enter(r, true, &p);

	p.key = "*";
	if (rc < 0 || (rc = change(r, &p, &STORAGE_CLEAR, DB_ARGS(p.plugin, p.space), "deleted",
			       &rows)) < 0)
		return rc;
	return (rc = op_commit(&r->op)) < 0 ? undo(r, &p, rc) : reply_empty(r);
}

static int versions(struct req *r)
{
	struct place p;
	int rc = enter(r, false, &p);

	return rc < 0 ? rc : api_read_json(r, &STORAGE_VERSIONS, DB_ARGS(p.plugin, p.space, p.key));
}

static int deleted(struct req *r)
{
	return api_read_json(
		r, &STORAGE_DELETED, DB_ARGS(req_param(r, "plugin"), req_param(r, "space")));
}

static int restore(struct req *r)
{
	struct place p;
	struct rows rows;
	int rc = enter(r, true, &p);

	if (rc < 0 || (rc = change(r, &p, &STORAGE_RESTORE,
			       DB_ARGS(p.plugin, p.space, p.key, req_query(r, "version")),
			       "restored", &rows)) < 0)
		return rc;
	rc = op_commit(&r->op);
	return rc < 0 ? undo(r, &p, rc)
		      : reply_text_json(r, 200,
				arena_printf(
					r->op.arena, "{\"version\": %s}", row_text(&rows, 0, 0)));
}

static const struct field FIND[] = {
	{"pattern", FIELD_STRING, 0, 1, KEY_MAX},
	{"q", FIELD_STRING, 0, 1, 200},
	{"cursor", FIELD_STRING, 0, 1, KEY_MAX},
	{"limit", FIELD_INT, 0, 1, PAGE_MAX},
	{"values", FIELD_BOOL},
	{.type = FIELD_END},
};
static const struct field OF_KEY[] = {
	{"key", FIELD_STRING, FIELD_REQUIRED, 1, KEY_MAX},
	{.type = FIELD_END},
};
static const struct field KEY_AND_VERSION[] = {
	{"key", FIELD_STRING, FIELD_REQUIRED, 1, KEY_MAX},
	{"version", FIELD_INT, 0, 0, VERSION_MAX},
	{.type = FIELD_END},
};
static const struct field WRITTEN_AS[] = {
	{"key", FIELD_STRING, FIELD_REQUIRED, 1, KEY_MAX},
	{"ttl", FIELD_INT, 0, 1, TTL_MAX},
	{"version", FIELD_INT, 0, 0, VERSION_MAX},
	{.type = FIELD_END},
};
static const struct field FORMER[] = {
	{"key", FIELD_STRING, FIELD_REQUIRED, 1, KEY_MAX},
	{"version", FIELD_INT, FIELD_REQUIRED, 1, VERSION_MAX},
	{.type = FIELD_END},
};
static const struct field ITEMS[] = {
	{"items", FIELD_ARRAY, FIELD_REQUIRED, 1, 100},
	{.type = FIELD_END},
};
static const struct field AMOUNT[] = {
	{"key", FIELD_STRING, FIELD_REQUIRED, 1, KEY_MAX},
	{"by", FIELD_INT, FIELD_REQUIRED, -VERSION_MAX, VERSION_MAX},
	{.type = FIELD_END},
};
static const struct field SPACE[] = {
	ANSWER("name", TEXT),
	ANSWER_NULL("description", TEXT),
	ANSWER("history", INT),
	ANSWER_NULL("ttl", INT),
	ANSWER_NULL("quotaMb", INT),
	ANSWER_NULL("read", TEXT),
	ANSWER_NULL("write", TEXT),
	ANSWER("declared", BOOL),
	ANSWER("keys", INT),
	ANSWER("bytes", INT),
	ANSWER_END,
};
static const struct field SPACES[] = {
	ANSWER_OF("items", ARRAY, SPACE),
	ANSWER("bytes", INT),
	ANSWER("quota", INT),
	ANSWER_END,
};
static const struct field ITEM[] = {
	ANSWER("key", TEXT),
	ANSWER_NULL("preview", TEXT),
	ANSWER_NULL("data", TEXT),
	ANSWER("bytes", BOOL),
	ANSWER("size", INT),
	ANSWER("version", INT),
	ANSWER("updatedAt", TIME),
	ANSWER_NULL("updatedBy", TEXT),
	ANSWER_NULL("expiresAt", TIME),
	ANSWER_END,
};
static const struct field PAGE_OF[] = {
	ANSWER_OF("items", ARRAY, ITEM),
	ANSWER_NULL("nextCursor", TEXT),
	ANSWER_END,
};
static const struct field VALUE[] = {
	ANSWER("key", TEXT),
	ANSWER_NULL("data", TEXT),
	ANSWER("bytes", BOOL),
	ANSWER("size", INT),
	ANSWER("version", INT),
	ANSWER("updatedAt", TIME),
	ANSWER_NULL("expiresAt", TIME),
	ANSWER_END,
};
static const struct field WRITTEN[] = {
	ANSWER("key", TEXT),
	ANSWER("version", INT),
	ANSWER_END,
};
static const struct field FORMER_ONE[] = {
	ANSWER("version", INT),
	ANSWER("bytes", BOOL),
	ANSWER("size", INT),
	ANSWER("updatedAt", TIME),
	ANSWER_NULL("updatedBy", TEXT),
	ANSWER_NULL("until", TIME),
	ANSWER_END,
};
static const struct field DELETED[] = {
	ANSWER("key", TEXT),
	ANSWER("version", INT),
	ANSWER("size", INT),
	ANSWER("deletedAt", TIME),
	ANSWER_END,
};
static const struct field VERSION[] = {ANSWER("version", INT), ANSWER_END};
static const struct field SUM[] = {ANSWER("value", INT), ANSWER_END};

#define SPACE_PATH "/api/storage/:plugin/:space"

static const struct route ROUTES[] = {
	{"GET", "/api/storage/:plugin", MANAGE, .run = spaces, .answer = SPACES},
	{"GET", SPACE_PATH, NULL, .run = list, .query = FIND, .answer = PAGE_OF,
		.scope = SCOPE_PLUGINS},
	{"DELETE", SPACE_PATH, MANAGE, .run = clear, .answer = answer_none},
	{"POST", SPACE_PATH, NULL, ITEMS, .run = put_many, .answer = ANSWER_ITEMS(WRITTEN),
		.scope = SCOPE_PLUGINS},
	{"GET", SPACE_PATH "/deleted", MANAGE, .run = deleted, .answer = ANSWER_ITEMS(DELETED)},
	{"GET", SPACE_PATH "/value", NULL, .run = value, .query = OF_KEY, .answer = VALUE,
		.scope = SCOPE_PLUGINS},
	{"PUT", SPACE_PATH "/value", NULL, NULL, ROUTE_RAW_BODY, 2 << 20, put, .query = WRITTEN_AS,
		.answer = WRITTEN, .scope = SCOPE_PLUGINS},
	{"DELETE", SPACE_PATH "/value", NULL, .run = delete, .query = KEY_AND_VERSION,
		.answer = answer_none, .scope = SCOPE_PLUGINS},
	{"POST", SPACE_PATH "/increment", NULL, AMOUNT, .run = increment, .answer = SUM,
		.scope = SCOPE_PLUGINS},
	{"GET", SPACE_PATH "/value/versions", NULL, .run = versions, .query = OF_KEY,
		.answer = ANSWER_ITEMS(FORMER_ONE), .scope = SCOPE_PLUGINS},
	{"POST", SPACE_PATH "/value/restore", NULL, .run = restore, .query = FORMER,
		.answer = VERSION, .scope = SCOPE_PLUGINS},
	{.path = NULL},
};

const struct route_table storage_routes = {"storage", ROUTES};

/*
 * mortise.h - everything that a plugin sees.
 *
 * A plugin is a shared object that exports one symbol, `mt_plugin`: a const struct with its key,
 * its version and const tables of routes and hooks. The host loads it into a process of its own,
 * which serves one request at a time for one tenant (or for several, where the operator shares the
 * plugin), with a database role of its own, without secrets, files, network or other processes.
 *
 *	static int hello(struct mt_req *req)
 *	{
 *		return mt_reply_json(req, 200, json_pack("{ss}", "hello", mt_user_name(req)));
 *	}
 *	static const struct mt_route ROUTES[] = {
 *		{.method = "GET", .path = "/hello/:name", .run = hello},
 *		{0},
 *	};
 *	const struct mt_plugin mt_plugin = {MT_PLUGIN, .key = MT_PLUGIN_KEY,
 *		.version = MT_PLUGIN_VERSION, .routes = ROUTES};
 *
 * MT_PLUGIN_KEY and MT_PLUGIN_VERSION are the manifest's; `mortise plugin` hands them to the
 * compiler.
 *
 * Rules for every call; below only exceptions are mentioned:
 *  - A fallible call returns 0 (or a count) or a negative code of mt_err.h, and has already set
 *    the reason: return its value, don't invent another.
 *  - What a handler returns decides: 0 sends the reply it made (204 when it made none), a negative
 *    code sends a problem (RFC 9457) with the message of the last failed call, and undoes the
 *    transaction that is open.
 *  - Memory that comes from a call belongs to the request: use it until the handler returns, never
 *    free it, never keep it. json_t * says itself who owns it. Texts that go in are copied.
 *  - Text is UTF-8 and ends with NUL. Times are milliseconds; moments are Unix time, UTC.
 *  - Nothing here may be called from another thread or after the handler has returned.
 *  - "Permission" names what the manifest must list; without it the database refuses: MT_EPERM. A
 *    call that names none needs none.
 *  - "Since 1" is the ABI number that introduced the call. The table of functions only grows, so a
 *    plugin built with an older header runs on a newer host.
 *
 * All calls are inline wrappers over `struct mt_host`, which the request carries: a unit test hands
 * in a table of its own (mt_fake.h is one). C and C++20.
 */
#ifndef MORTISE_H
#define MORTISE_H

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mt_err.h"

#define MT_ABI 3

#ifdef __cplusplus
#include <initializer_list>
extern "C" {
#endif

struct mt_host;
struct mt_rows;

/* A request or a hook call. The host has more behind it. */
struct mt_req {
	const struct mt_host *host;
};

/* ---- the contract: what a plugin exports ---- */

enum mt_type {
	MT_END,
	MT_STRING,  /* min..max = length in characters; no control characters */
	MT_TEXT,    /* the same, line breaks and tabs allowed */
	MT_INTEGER, /* min..max = value */
	MT_BOOLEAN,
	MT_UUID,
	MT_EMAIL,
	MT_ENUM, /* one_of = "low|normal|high" */
	MT_OBJECT,
	MT_ARRAY,   /* min..max = entries */
	MT_DECIMAL, /* a number; min..max = value; since 3 */
	MT_TIME,    /* a moment with its zone, "2026-11-21T08:15:00Z"; since 3 */
	MT_DATE,    /* "2026-11-21"; since 3 */
};

#define MT_REQUIRED 1u
#define MT_NULLABLE 2u /* null is a value of its own: "take it away" */

/* A field of a JSON body. Fields that aren't listed, that miss or are of another type or size are
 * collected into one 422 before `run`. Ends with {0}. Since 1. */
struct mt_field {
	const char *name;
	enum mt_type type;
	unsigned flags;
	long min, max; /* both 0 = no limit; of texts and arrays max 0 = no maximum */
	const char *one_of;
	/* Of an object its members, ending with {0}; of an array one field, which each entry is, its
	 * name unused. NULL, and below the fourth level: whatever is in it. Since 3. */
	const struct mt_field *of;
};

#define MT_ROUTE_RAW 1u /* any Content-Type; read the body with mt_body_raw or mt_body_read */

/*
 * A route of the plugin: /api/plugins/<key><path>. Since 1.
 *
 * path: "/", "/hello", "/items/:id/parts/:part"; letters, digits and "._~-" in a segment, no slash
 * at the end, at most 8 parameters. When two paths of a method can match the same request, one has
 * literals wherever the other has, and more, and comes first ("/items/all" before "/items/:id").
 *
 * permission: what the signed-in user must have ("tickets:read"); NULL = being a user of the
 * tenant. It is checked before the plugin is even started.
 *
 * fields: what the JSON body may hold. NULL = any JSON object or array, also none at all.
 *
 * query: what parameters of the query may hold, of any type but objects and arrays; faults are named
 * "?from". One that is empty counts as not given. Others are not checked. Ends with {0}. Since 3.
 */
struct mt_route {
	const char *method; /* "GET", "POST", "PUT", "PATCH", "DELETE" */
	const char *path;
	const char *permission;
	const struct mt_field *fields;
	int (*run)(struct mt_req *req);
	size_t body_max; /* bytes; 0 = 1 MiB */
	unsigned flags;
	const struct mt_field *query;
};

/*
 * Life of the plugin in a tenant. Each runs once per tenant, as the acting administrator and with
 * that person's permissions. Since 1; those marked (2) since 2. All are optional: tables come from
 * migrations/, rows move by .tenant.sql and are removed at uninstall, so most plugins need none.
 *
 *	install          after tables and settings are there, before the first request
 *	enable, disable  before the first request; after the last one
 *	upgrade (2)      in the new version, after the tenant's rows have moved; mt_hook_previous()
 *	                 names the old version
 *	rollback (2)     in the old version that returns; mt_hook_previous() names the one it leaves
 *	validate (2)     may these settings be stored? mt_settings() and the like return the new
 *	                 values; report faults with mt_setting_fault(), return MT_EFIELDS
 *	configure (2)    they are valid and about to be stored: apply them
 *	test-connection (2)  do they work? Answer with mt_hook_result()
 *	uninstall        the rows are still there
 *
 * A failure of install, enable, upgrade, validate and configure stops and undoes the step and its
 * message is shown; configure may run for settings that are not stored in the end, when the
 * database fails right after it. disable, uninstall and rollback continue when their hook fails.
 *
 * The tables of jobs and events are of the same form (3): a job of the manifest by its name
 * ("low-stock"), an event by its type ("TicketCreated"). They run without a person: mt_user_id() is
 * "", mt_body_json() has the job's arguments or the event, mt_hook_name() is "job:low-stock".
 */
struct mt_hook {
	const char *name;
	int (*run)(struct mt_req *req);
};

struct mt_plugin {
	size_t size; /* MT_PLUGIN fills the first five: they let tables grow */
	unsigned abi;
	unsigned route_size;
	unsigned hook_size;
	unsigned field_size;
	const char *key;	       /* as in manifest.json */
	const char *version;	       /* as in manifest.json */
	const struct mt_route *routes; /* ends with {0}; NULL = none */
	const struct mt_hook *hooks;   /* ends with {0}; NULL = none */
	const struct mt_hook *jobs;    /* the same; since 3 */
	const struct mt_hook *events;  /* the same; since 3 */
};

/* clang-format off */
#define MT_PLUGIN .size = sizeof(struct mt_plugin), .abi = MT_ABI, \
	.route_size = sizeof(struct mt_route), .hook_size = sizeof(struct mt_hook), \
	.field_size = sizeof(struct mt_field)
/* clang-format on */

/* The one symbol; everything else stays hidden (-fvisibility=hidden). */
extern const struct mt_plugin mt_plugin __attribute__((visibility("default")));

/* ---- the table behind the calls ---- */

enum mt_info {
	MT_INFO_METHOD,
	MT_INFO_PATH,
	MT_INFO_REQUEST_ID,
	MT_INFO_USER_ID,
	MT_INFO_USER_NAME,
	MT_INFO_ROLES,
	MT_INFO_TENANT_CODE,
	MT_INFO_HOOK,		  /* since 2 */
	MT_INFO_PREVIOUS_VERSION, /* since 2 */
};

enum mt_level { MT_DEBUG, MT_INFO, MT_WARN, MT_ERROR };

enum mt_notify_kind {
	MT_NOTIFY_USER,
	MT_NOTIFY_ROLE,
	MT_NOTIFY_COMPANY,
	MT_NOTIFY_PERMISSION, /* since 3 */
};

/* A notification for people. Since 1. */
struct mt_notice {
	const char *title;    /* 1..120 characters */
	const char *message;  /* 1..1000 characters */
	const char *icon;     /* up to 16 characters; NULL = a bell */
	const char *url;      /* "/tab/Name", "/path" or "https://..."; NULL = nowhere */
	const char *priority; /* "low", "normal", "high"; NULL = normal */
};

/* Rows of a statement. Fill it by mt_query, read it by the calls below. Since 1. */
struct mt_rows {
	int n; /* rows returned */
	int columns;
	long changed; /* rows that INSERT, UPDATE or DELETE touched */
	const struct mt_host *host;
	const void *impl;
};

/*
 * What the service behind a call is; the calls that need them are below. New ones get new numbers:
 * a host that doesn't know one refuses it (MT_EINTERNAL, with its number in the log). Since 3.
 */
enum mt_service {
	MT_SERVICE_NONE, /* 100 storage, 200 jobs, 300 events, 400 outbound HTTP, 500 core data */
	MT_SERVICE_STORAGE_GET = 100,
	MT_SERVICE_STORAGE_SET = 101,
	MT_SERVICE_STORAGE_INCREMENT = 102,
	MT_SERVICE_STORAGE_DELETE = 103,
	MT_SERVICE_STORAGE_LIST = 104,
	MT_SERVICE_STORAGE_SIZE = 105,
	MT_SERVICE_STORAGE_CLEAR = 106,
	MT_SERVICE_STORAGE_VERSIONS = 107,
	MT_SERVICE_STORAGE_RESTORE = 108,
	MT_SERVICE_JOB_START = 200,
	MT_SERVICE_PROGRESS = 201,
	MT_SERVICE_EMIT = 300,
	MT_SERVICE_FETCH = 400,
	MT_SERVICE_FETCH_MORE = 401,
	MT_SERVICE_FILE_LIST = 600,
	MT_SERVICE_FILE_DELETE = 601,
};

/* Only grows at the end; `size` is the size of this host's table. Use the calls, not this. */
struct mt_host {
	size_t size;
	unsigned abi;
	const char *(*info)(struct mt_req *req, int what);
	int (*tenant)(struct mt_req *req);
	const char *(*param)(struct mt_req *req, const char *name);
	const char *(*query_param)(struct mt_req *req, const char *name);
	const char *(*header)(struct mt_req *req, const char *name);
	long (*time_left)(struct mt_req *req);
	json_t *(*body_json)(struct mt_req *req);
	int (*body_raw)(struct mt_req *req, const void **ret_data, size_t *ret_len);
	long (*body_read)(struct mt_req *req, void *buf, size_t n);
	int (*reply_json)(struct mt_req *req, int status, json_t *value);
	int (*reply_data)(struct mt_req *req, int status, const char *type, const char *file_name,
		const void *data, size_t len);
	int (*reply_header)(struct mt_req *req, const char *name, const char *value);
	int (*refuse)(struct mt_req *req, int code, const char *text);
	int (*field_fault)(struct mt_req *req, const char *pointer, const char *text);
	int (*query)(struct mt_req *req, const char *sql, const char *const *args, int n_args,
		struct mt_rows *ret_rows);
	const char *(*sqlstate)(struct mt_req *req);
	int (*begin)(struct mt_req *req);
	int (*commit)(struct mt_req *req);
	void (*rollback)(struct mt_req *req);
	const char *(*text)(const struct mt_rows *rows, int row, int column);
	const char *(*column)(const struct mt_rows *rows, int column);
	json_t *(*rows_json)(const struct mt_rows *rows);
	int (*notify)(struct mt_req *req, int kind, const char *target,
		const struct mt_notice *notice, size_t notice_size);
	void (*log)(struct mt_req *req, int level, const char *text);
	void *(*alloc)(struct mt_req *req, size_t n);
	int64_t (*now)(struct mt_req *req);
	const char *(*uuid)(struct mt_req *req);
	/* since 2 */
	json_t *(*settings)(struct mt_req *req);
	bool (*may)(struct mt_req *req, const char *permission);
	/* since 3 */
	int (*service)(struct mt_req *req, int what, const char *const *args, int n_args,
		const void *data, size_t len, struct mt_rows *ret_rows);
	const void *(*bytes)(const struct mt_rows *rows, size_t *ret_len);
};

/* ---- the request and its sender ---- */

/* "GET", ... Since 1. */
static inline const char *mt_method(struct mt_req *req)
{
	return req->host->info(req, MT_INFO_METHOD);
}

/* Path below /api/plugins/<key>, decoded: "/items/7". Since 1. */
static inline const char *mt_path(struct mt_req *req)
{
	return req->host->info(req, MT_INFO_PATH);
}

/* The number that this request has in every log. Since 1. */
static inline const char *mt_request_id(struct mt_req *req)
{
	return req->host->info(req, MT_INFO_REQUEST_ID);
}

/* The signed-in user's uuid; the platform vouches for it. Since 1. */
static inline const char *mt_user_id(struct mt_req *req)
{
	return req->host->info(req, MT_INFO_USER_ID);
}

/* The user's display name. Since 1. */
static inline const char *mt_user_name(struct mt_req *req)
{
	return req->host->info(req, MT_INFO_USER_NAME);
}

/* The tenant's number, > 0. The database filters by it automatically. Since 1. */
static inline int mt_tenant(struct mt_req *req)
{
	return req->host->tenant(req);
}

/* The tenant's short name: "northwind". Since 1. */
static inline const char *mt_tenant_code(struct mt_req *req)
{
	return req->host->info(req, MT_INFO_TENANT_CODE);
}

/* Has the user the role "Technician", "Dispatcher", "Admin" or "SystemAdmin"? Since 1. */
static inline bool mt_has_role(struct mt_req *req, const char *role)
{
	const char *p = req->host->info(req, MT_INFO_ROLES);
	size_t n = strlen(role);

	while (*p) {
		size_t len = strcspn(p, ",");

		if (len == n && strncmp(p, role, n) == 0)
			return true;
		p += len + (p[len] == ',');
	}
	return false;
}

/* Has the user the permission that this plugin itself defines (`definesPermissions`)? By its short
 * name: "clock", not "time-clock:clock". A route's own `permission` needs no check here: it was
 * checked before the plugin was called. False for a name that the manifest doesn't define. Since 2. */
static inline bool mt_may(struct mt_req *req, const char *permission)
{
	return req->host->may(req, permission);
}

/* Parameter ":name" of the route's path, decoded; "" when it has none of that name. Since 1. */
static inline const char *mt_param(struct mt_req *req, const char *name)
{
	return req->host->param(req, name);
}

/* Query parameter, decoded; NULL when absent; the first when it is there twice. Since 1. */
static inline const char *mt_query_param(struct mt_req *req, const char *name)
{
	return req->host->query_param(req, name);
}

/* Request header, any case: "If-Match"; NULL when absent. Cookie and Authorization are never there:
 * the platform has used them up. Since 1. */
static inline const char *mt_header(struct mt_req *req, const char *name)
{
	return req->host->header(req, name);
}

/* Milliseconds until the platform ends this process; >= 0. Since 1. */
static inline long mt_time_left(struct mt_req *req)
{
	return req->host->time_left(req);
}

/* ---- memory and small helpers ---- */

/* n bytes, cleared, 16-byte aligned; never NULL (out of memory ends the process). Since 1. */
static inline void *mt_alloc(struct mt_req *req, size_t n)
{
	return req->host->alloc(req, n);
}

/* printf into the request's memory, e.g. a number as a query argument. Since 1. */
__attribute__((format(printf, 2, 3))) static inline const char *mt_printf(
	struct mt_req *req, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return "";
	s = (char *)mt_alloc(req, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}

/* Milliseconds since 1970, UTC. Since 1. */
static inline int64_t mt_now(struct mt_req *req)
{
	return req->host->now(req);
}

/* A new uuid (version 7, ordered by time), lower case. Since 1. */
static inline const char *mt_uuid(struct mt_req *req)
{
	return req->host->uuid(req);
}

/* Is it a uuid in the usual form? Check ids from a path before they go to a uuid column. Since 1.
 */
static inline bool mt_is_uuid(const char *s)
{
	if (!s)
		return false;
	for (int i = 0; i < 36; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (s[i] != '-')
				return false;
		} else if (!s[i] || !strchr("0123456789abcdefABCDEF", s[i])) {
			return false;
		}
	}
	return s[36] == '\0';
}

/* ---- moments ---- */

/* Do the first characters of s have this shape? A 9 stands for any digit. Since 3. */
static inline bool mt_has_shape(const char *s, const char *shape)
{
	for (; *shape; s++, shape++)
		if (*shape == '9' ? *s < '0' || *s > '9' : *s != *shape)
			return false;
	return true;
}

/* Of two digits. Since 3. */
static inline int mt_two_digits(const char *s)
{
	return (s[0] - '0') * 10 + s[1] - '0';
}

/* Days since 1970-01-01 of the Gregorian calendar; month 13 is the next January. Since 3. */
static inline int64_t mt_days(int year, int month, int day)
{
	int y = year - (month <= 2);
	int in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1; /* since March */

	return (int64_t)y * 365 + y / 4 - y / 100 + y / 400 + in_year - 719468;
}

/* "+01", "+01:00", "Z" or nothing as minutes east of UTC. Since 3. */
static inline bool mt_zone_read(const char *s, int *ret)
{
	*ret = 0;
	if (!*s || ((*s == 'Z' || *s == 'z') && !s[1]))
		return true;
	if ((*s != '+' && *s != '-') || !mt_has_shape(s + 1, "99"))
		return false;
	*ret = mt_two_digits(s + 1) * 60;
	if (s[3] && (!mt_has_shape(s + 3, ":99") || s[6]))
		return false;
	*ret = (*ret + (s[3] ? mt_two_digits(s + 4) : 0)) * (*s == '-' ? -1 : 1);
	return true;
}

/* A date ("2026-11-21", its midnight in UTC) or a moment as JSON and PostgreSQL have it
 * ("2026-11-21T08:15:30.5Z", "2026-11-21 09:15:30.5+01") in milliseconds. False, and *ret 0, for anything
 * else. Years 1 to 9999. Since 3. */
static inline bool mt_time_read(const char *s, int64_t *ret)
{
	int year, month, day, zone, ms = 0;

	*ret = 0;
	if (!s || !mt_has_shape(s, "9999-99-99"))
		return false;
	year = mt_two_digits(s) * 100 + mt_two_digits(s + 2);
	month = mt_two_digits(s + 5);
	day = mt_two_digits(s + 8);
	if (year < 1 || month < 1 || month > 12 || day < 1 ||
		mt_days(year, month, day) >= mt_days(year, month + 1, 1))
		return false;
	s += 10;
	if (*s) {
		if (!strchr("Tt ", *s) || !mt_has_shape(s + 1, "99:99:99") ||
			mt_two_digits(s + 1) > 23 || mt_two_digits(s + 4) > 59 ||
			mt_two_digits(s + 7) > 59)
			return false;
		ms = ((mt_two_digits(s + 1) * 60 + mt_two_digits(s + 4)) * 60 +
			     mt_two_digits(s + 7)) *
		     1000;
		s += 9;
		if (*s == '.' && mt_has_shape(s + 1, "9"))
			for (int unit = 100; *++s >= '0' && *s <= '9'; unit /= 10)
				ms += unit * (*s - '0');
	}
	if (!mt_zone_read(s, &zone))
		return false;
	*ret = mt_days(year, month, day) * 86400000 + ms - zone * 60000;
	return true;
}

/* Milliseconds as "2026-11-21T07:15:30.123Z", for JSON and as an argument. Since 3. */
static inline const char *mt_time_text(struct mt_req *req, int64_t ms)
{
	int64_t day = ms / 86400000 - (ms % 86400000 < 0);
	int in_day = (int)(ms - day * 86400000), year = (int)(day / 366) + 1970, month = 12;

	if (ms < -62135596800000 || ms > 253402300799999) /* years 1 to 9999 */
		return NULL;
	while (mt_days(year + 1, 1, 1) <= day)
		year++;
	while (mt_days(year, 1, 1) > day)
		year--;
	while (mt_days(year, month, 1) > day)
		month--;
	return mt_printf(req, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year, month,
		(int)(day - mt_days(year, month, 1)) + 1, in_day / 3600000, in_day / 60000 % 60,
		in_day / 1000 % 60, in_day % 1000);
}

/* ---- texts that grow ---- */

/* Begin with mt_str_new(); data is the text so far, NUL behind it, "" at first. Since 3. */
struct mt_str {
	struct mt_req *req;
	char *data;
	size_t len, size;
};

/* An empty one. Since 3. */
static inline struct mt_str mt_str_new(struct mt_req *req)
{
	struct mt_str s;

	s.req = req;
	s.len = 0;
	s.size = 64;
	s.data = (char *)mt_alloc(req, s.size);
	return s;
}

/* Adds n bytes. Since 3. */
static inline void mt_str_bytes(struct mt_str *s, const void *data, size_t n)
{
	if (n >= s->size - s->len) {
		char *more;

		s->size = 2 * s->size > s->len + n + 1 ? 2 * s->size : s->len + n + 1;
		more = (char *)mt_alloc(s->req, s->size);
		memcpy(more, s->data, s->len);
		s->data = more;
	}
	if (n)
		memcpy(s->data + s->len, data, n);
	s->len += n;
	s->data[s->len] = '\0';
}

/* Adds a text. Since 3. */
static inline void mt_str_add(struct mt_str *s, const char *text)
{
	mt_str_bytes(s, text, strlen(text));
}

/* Adds what printf would write. Since 3. */
__attribute__((format(printf, 2, 3))) static inline void mt_str_addf(
	struct mt_str *s, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n <= 0)
		return;
	text = (char *)mt_alloc(s->req, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	mt_str_bytes(s, text, (size_t)n);
}

/* ---- errors ---- */

/* Sets why the request fails and returns code: `return mt_fail(req, MT_ENOENT, "no such entry");`
 * The text is for the sender of the request: at most 500 bytes. Replaces what an earlier call set.
 * With MT_EINTERNAL only the operator sees the text, in the log. Since 1. */
__attribute__((format(printf, 3, 4))) static inline int mt_fail(
	struct mt_req *req, int code, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return req->host->refuse(req, code, text);
}

/* One wrong field, named by its JSON pointer ("/title") or its query parameter ("?from"); call it
 * for each, then return MT_EFIELDS, which it returns too. At most 64 are reported. Since 1. */
__attribute__((format(printf, 3, 4))) static inline int mt_field_fault(
	struct mt_req *req, const char *pointer, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return req->host->field_fault(req, pointer, text);
}

/* Query parameter as a number within least..most; absent = fallback. A bad one is a field fault and
 * returns MT_EFIELDS. Since 1. */
static inline int mt_query_int(
	struct mt_req *req, const char *name, long least, long most, long fallback, long *ret)
{
	const char *s = mt_query_param(req, name);
	char *end;

	*ret = fallback;
	if (!s)
		return 0;
	long v = strtol(s, &end, 10);
	if (!*s || *end || v < least || v > most)
		return mt_field_fault(req, mt_printf(req, "?%s", name),
			"found \"%.40s\", a whole number from %ld to %ld is needed", s, least,
			most);
	*ret = v;
	return 0;
}

/* A query parameter as an argument of a statement: NULL when absent or empty, which counts as not given for
 * the route's `query`, too. Since 3. */
static inline const char *mt_query_arg(struct mt_req *req, const char *name)
{
	const char *s = mt_query_param(req, name);

	return s && *s ? s : NULL;
}

/* A query parameter "true" or "false", which the route's `query` has checked; else fallback. Since 3. */
static inline bool mt_query_bool(struct mt_req *req, const char *name, bool fallback)
{
	const char *s = mt_query_arg(req, name);

	return s ? strcmp(s, "true") == 0 : fallback;
}

/* ---- settings: what the tenant's admin has set, by the manifest's `settings` ---- */

/*
 * All of them as an object of name -> value, borrowed: numbers, booleans, texts, arrays of texts
 * (multi-select), user ids and role names. Those that are not set have their default, or are
 * missing. In the hooks validate, configure and test-connection: the new values.
 *
 * Secrets are in it in plain text. They are in this process's memory for the length of the request
 * only: don't store them, reply with them or write them to tables. A log line or an error message
 * that holds one is masked.
 *
 * Read from the database at the first call of a request, free after that. NULL when that fails (the
 * database is down, or they are changing at this moment): `if (!mt_settings(req)) return
 * MT_EBUSY;`, and the sender gets the real reason whatever the code. The calls below then return
 * their fallback. Since 2.
 */
static inline json_t *mt_settings(struct mt_req *req)
{
	return req->host->settings(req);
}

/* A text, secret, url, email, select, user or role, borrowed; NULL when not set. Since 2. */
static inline const char *mt_setting_text(struct mt_req *req, const char *key)
{
	return json_string_value(json_object_get(mt_settings(req), key));
}

/* A number as a whole one, without its fraction; else fallback. Since 2. */
static inline int64_t mt_setting_int(struct mt_req *req, const char *key, int64_t fallback)
{
	json_t *v = json_object_get(mt_settings(req), key);

	if (json_is_integer(v))
		return (int64_t)json_integer_value(v);
	if (!json_is_real(v) || json_real_value(v) > 9e15 || json_real_value(v) < -9e15)
		return fallback;
	return (int64_t)json_real_value(v);
}

/* A number; else fallback. Since 2. */
static inline double mt_setting_number(struct mt_req *req, const char *key, double fallback)
{
	json_t *v = json_object_get(mt_settings(req), key);

	return json_is_number(v) ? json_number_value(v) : fallback;
}

/* A boolean; false when not set. Since 2. */
static inline bool mt_setting_bool(struct mt_req *req, const char *key)
{
	return json_is_true(json_object_get(mt_settings(req), key));
}

/* Is `value` among those of a multi-select? Since 2. */
static inline bool mt_setting_has(struct mt_req *req, const char *key, const char *value)
{
	json_t *list = json_object_get(mt_settings(req), key);

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));

		if (s && strcmp(s, value) == 0)
			return true;
	}
	return false;
}

/* One wrong setting, shown at its place in the form; call it for each in the hook validate, then
 * return MT_EFIELDS, which it returns too. Since 2. */
__attribute__((format(printf, 3, 4))) static inline int mt_setting_fault(
	struct mt_req *req, const char *key, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return req->host->field_fault(req, mt_printf(req, "/values/%s", key), text);
}

/* ---- hooks ---- */

/* Name of the hook that runs: "upgrade"; "" in a request. Since 2. */
static inline const char *mt_hook_name(struct mt_req *req)
{
	return req->host->info(req, MT_INFO_HOOK);
}

/* In upgrade and rollback: the version that the tenant leaves; else "". Since 2. */
static inline const char *mt_hook_previous(struct mt_req *req)
{
	return req->host->info(req, MT_INFO_PREVIOUS_VERSION);
}

/* Reply of test-connection: did it work, and a sentence for the administrator, at most 500 bytes.
 * `return mt_hook_result(req, false, "The server answers %ld", status);` Since 2. */
__attribute__((format(printf, 3, 4))) static inline int mt_hook_result(
	struct mt_req *req, bool success, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return req->host->reply_json(
		req, 200, json_pack("{s:b, s:s}", "success", (int)success, "message", text));
}

/* ---- body ---- */

/* The JSON body, borrowed; NULL when the request has none or the route is MT_ROUTE_RAW. It was read
 * and checked before `run`: broken JSON, duplicate keys, more than 32 levels, another Content-Type
 * and too many bytes never come here. Since 1. */
static inline json_t *mt_body_json(struct mt_req *req)
{
	return req->host->body_json(req);
}

/* A text of the JSON body, borrowed; NULL when absent, null or no text. Since 1. */
static inline const char *mt_body_text(struct mt_req *req, const char *name)
{
	return json_string_value(json_object_get(mt_body_json(req), name));
}

/* A whole number of the JSON body, else fallback. Since 1. */
static inline int64_t mt_body_int(struct mt_req *req, const char *name, int64_t fallback)
{
	json_t *v = json_object_get(mt_body_json(req), name);

	return json_is_integer(v) ? (int64_t)json_integer_value(v) : fallback;
}

/* A boolean of the JSON body, else fallback. Since 3. */
static inline bool mt_body_bool(struct mt_req *req, const char *name, bool fallback)
{
	json_t *v = json_object_get(mt_body_json(req), name);

	return json_is_boolean(v) ? json_is_true(v) : fallback;
}

/* A number of the JSON body, else fallback. Since 3. */
static inline double mt_body_double(struct mt_req *req, const char *name, double fallback)
{
	json_t *v = json_object_get(mt_body_json(req), name);

	return json_is_number(v) ? json_number_value(v) : fallback;
}

/* A number of the JSON body as text, as an argument for a column numeric: its digits as they were sent, up
 * to 15; NULL when absent, null or no number. Since 3. */
static inline const char *mt_body_decimal(struct mt_req *req, const char *name)
{
	json_t *v = json_object_get(mt_body_json(req), name);

	if (json_is_integer(v))
		return mt_printf(req, "%lld", (long long)json_integer_value(v));
	return json_is_real(v) ? mt_printf(req, "%.15g", json_real_value(v)) : NULL;
}

/* A date or moment of the JSON body in milliseconds; false when there is none. Since 3. */
static inline bool mt_body_time(struct mt_req *req, const char *name, int64_t *ret)
{
	return mt_time_read(mt_body_text(req, name), ret);
}

/* The whole body as bytes, at most the route's body_max (else MT_ETOOBIG); MT_EINVAL when the
 * sender broke off. For routes with MT_ROUTE_RAW. Since 1. */
static inline int mt_body_raw(struct mt_req *req, const void **ret_data, size_t *ret_len)
{
	return req->host->body_raw(req, ret_data, ret_len);
}

/* The next up to n bytes of the body: > 0 bytes, 0 the end, < 0 as above. For bodies that needn't
 * be in memory at once; body_max holds. For routes with MT_ROUTE_RAW. Since 1. */
static inline long mt_body_read(struct mt_req *req, void *buf, size_t n)
{
	return req->host->body_read(req, buf, n);
}

/* ---- replies: nothing is sent before the handler has returned 0; the last one counts ---- */

/* Replies with JSON and takes value over: `return mt_reply_json(req, 200, json_pack(...));`. NULL
 * (out of memory, a bad json_pack format) is MT_EINTERNAL. status 200..299. Since 1. */
static inline int mt_reply_json(struct mt_req *req, int status, json_t *value)
{
	return req->host->reply_json(req, status, value);
}

/* Replies with bytes, copied. file_name = what the browser saves it as; NULL = shown in place,
 * which only types that can't carry scripts are (others are saved). Since 1. */
static inline int mt_reply_data(struct mt_req *req, int status, const char *type,
	const char *file_name, const void *data, size_t len)
{
	return req->host->reply_data(req, status, type, file_name, data, len);
}

/* Replies with JSON that is text already, e.g. made by SQL's json_build_object. Since 1. */
static inline int mt_reply_text(struct mt_req *req, int status, const char *json)
{
	if (!json)
		return mt_fail(req, MT_EINTERNAL, "no JSON to reply with");
	return mt_reply_data(req, status, "application/json", NULL, json, strlen(json));
}

/* Adds a header, at most 16; also to a reply made before. Allowed are Cache-Control,
 * Content-Language, ETag, Expires, Last-Modified, Location (a path of this site), Retry-After, Vary
 * and X- names that aren't the platform's; others and control characters are MT_EINVAL. Since 1. */
static inline int mt_reply_header(struct mt_req *req, const char *name, const char *value)
{
	return req->host->reply_header(req, name, value);
}

/* ---- versions: nobody overwrites what they haven't seen ---- */

/* Names the version of what is replied: the header ETag, "7". Since 3. */
static inline int mt_etag(struct mt_req *req, int64_t version)
{
	return mt_reply_header(req, "ETag", mt_printf(req, "\"%lld\"", (long long)version));
}

/* One tag at *at, which moves behind it: "7", W/"7" or 7. False when it is none. Since 3. */
static inline bool mt_one_tag(const char **at, const char *version, bool *match)
{
	const char *s = *at + (strncmp(*at, "W/\"", 3) == 0 ? 2 : 0);
	bool quoted = *s == '"';
	size_t n = strcspn(s += quoted, quoted ? "\"" : ", \t");

	if (n == 0 || (quoted && !s[n]))
		return false;
	*match = *match || (n == strlen(version) && memcmp(s, version, n) == 0);
	s += n + quoted;
	*at = s + strspn(s, " \t");
	return true;
}

/* Has the sender seen this version? 0 without If-Match, or when it names this version; else MT_ECONFLICT, as
 * the core's own routes answer; MT_EINVAL for what is no list of versions. Read the row FOR UPDATE
 * before, or make the version a condition of the UPDATE. Since 3. */
static inline int mt_if_match(struct mt_req *req, int64_t version)
{
	const char *s = mt_header(req, "If-Match");
	const char *now = mt_printf(req, "%lld", (long long)version);
	bool match = false;

	if (!s || strcmp(s, "*") == 0)
		return 0;
	while (mt_one_tag(&s, now, &match)) {
		if (*s == ',') {
			s += 1 + strspn(s + 1, " \t");
			continue;
		}
		if (*s)
			break;
		if (match)
			return 0;
		return mt_fail(req, MT_ECONFLICT,
			"This was changed meanwhile: it is at version %s now", now);
	}
	return mt_fail(req, MT_EINVAL, "If-Match must be an ETag, such as \"%s\"", now);
}

/* ---- CSV ---- */

/* A table as CSV (RFC 4180): mt_csv_new(), cells, mt_csv_end() behind each line's last, and
 * mt_reply_csv(). Since 3. */
struct mt_csv {
	struct mt_str out;
	bool in_line;
};

/* An empty table. Since 3. */
static inline struct mt_csv mt_csv_new(struct mt_req *req)
{
	struct mt_csv ret;

	ret.out = mt_str_new(req);
	ret.in_line = false;
	return ret;
}

/* "12", "-0.5", "1e9": no formula, whatever it begins with. Since 3. */
static inline bool mt_is_number(const char *s)
{
	size_t n = strspn(s += *s == '-', "0123456789");

	if (n == 0)
		return false;
	s += n;
	if (*s == '.' && (n = strspn(s + 1, "0123456789")) > 0)
		s += n + 1;
	if (*s == 'e' || *s == 'E') {
		s += 1 + (s[1] == '-' || s[1] == '+');
		if ((n = strspn(s, "0123456789")) == 0)
			return false;
		s += n;
	}
	return *s == '\0';
}

/* The next cell; NULL is an empty one. What a spreadsheet would take for a formula gets a ' before it, as in
 * the core's own CSV. Since 3. */
static inline void mt_csv_cell(struct mt_csv *csv, const char *s)
{
	struct mt_str *out = &csv->out;
	bool formula;

	s = s ? s : "";
	formula = *s && strchr("=+-@\t\r'", *s) && !mt_is_number(s);
	if (csv->in_line)
		mt_str_bytes(out, ",", 1);
	csv->in_line = true;
	if (!formula && !strpbrk(s, ",;\"\r\n")) {
		mt_str_add(out, s);
		return;
	}
	mt_str_add(out, formula ? "\"'" : "\"");
	for (; *s; s++)
		mt_str_bytes(out, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
	mt_str_bytes(out, "\"", 1);
}

/* The line has ended. Since 3. */
static inline void mt_csv_end(struct mt_csv *csv)
{
	mt_str_bytes(&csv->out, "\r\n", 2);
	csv->in_line = false;
}

/* Replies with it, to be saved as file_name: "parts.csv". Since 3. */
static inline int mt_reply_csv(struct mt_req *req, const char *file_name, const struct mt_csv *csv)
{
	return mt_reply_data(
		req, 200, "text/csv; charset=utf-8", file_name, csv->out.data, csv->out.len);
}

/* ---- database ---- */

/* Arguments of a statement: `MT_ARGS(id, name, NULL)`, texts; NULL is SQL NULL. None: MT_NOARGS. */
/* clang-format off */
#ifndef __cplusplus
#define MT_ARGS(...) (const char *const[]){__VA_ARGS__}, \
	(int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))
#else
#define MT_ARGS(...) std::initializer_list<const char *>{__VA_ARGS__}.begin(), \
	(int)sizeof(mt_count_args(__VA_ARGS__))
#endif
#define MT_NOARGS (const char *const *)0, 0
/* clang-format on */

/*
 * Arguments that are no texts, for MT_ARGS: PostgreSQL takes the type from where the parameter stands.
 *
 *	MT_ARGS(id, mt_arg_int(req, 7), mt_arg_bool(done), mt_arg_time(req, mt_now(req)))
 *
 * A numeric goes as text: mt_body_decimal().
 */

/* A whole number. Since 3. */
static inline const char *mt_arg_int(struct mt_req *req, int64_t v)
{
	return mt_printf(req, "%lld", (long long)v);
}

/* For real and double precision. Since 3. */
static inline const char *mt_arg_double(struct mt_req *req, double v)
{
	return mt_printf(req, "%.17g", v);
}

/* For a boolean. Since 3. */
static inline const char *mt_arg_bool(bool v)
{
	return v ? "t" : "f";
}

/* For a timestamptz. Since 3. */
static inline const char *mt_arg_time(struct mt_req *req, int64_t ms)
{
	return mt_time_text(req, ms);
}

/* For json and jsonb, borrowed; NULL is SQL NULL. Since 3. */
static inline const char *mt_arg_json(struct mt_req *req, const json_t *v)
{
	char *text = v ? json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	const char *ret = text ? mt_printf(req, "%s", text) : NULL;

	free(text);
	return ret;
}

/*
 * One SQL statement with parameters $1, $2, ...; never paste values into sql. Since 1.
 *
 *	rc = mt_query(req, "SELECT name FROM x_hello.things WHERE id = $1", MT_ARGS(id), &rows);
 *	if (rc < 0)
 *		return rc;
 *
 * Sees only rows of the request's tenant; tenant_id fills itself on INSERT. Outside mt_begin and
 * mt_commit it is a transaction of its own. Statements are prepared once per connection (the first
 * 500 texts), so their texts should be constant. ret_rows may be NULL.
 *
 * Permission: own tables none; mortise.tickets tickets:read or tickets:write, mortise.users
 * users:read.
 *
 * Errors by SQLSTATE: unique violation MT_ECONFLICT, bad values MT_EFIELDS or MT_EINVAL, missing
 * right MT_EPERM, too slow MT_ETIMEOUT, rows of more than 16 MB together (plugin_rows_max_mb)
 * MT_ETOOBIG, database down MT_EBUSY, anything else MT_EINTERNAL. To report one of them in your own
 * words check mt_sqlstate() and call mt_fail(). A statement that uses up the request's time ends
 * the handler.
 */
static inline int mt_query(struct mt_req *req, const char *sql, const char *const *args, int n_args,
	struct mt_rows *ret_rows)
{
	return req->host->query(req, sql, args, n_args, ret_rows);
}

/* SQLSTATE of this request's last failed statement: "23505"; "" when none failed. Since 1. */
static inline const char *mt_sqlstate(struct mt_req *req)
{
	return req->host->sqlstate(req);
}

/* Begins a transaction for the statements that follow; one at a time (else MT_EINTERNAL). After a
 * failed statement only mt_rollback() helps. A handler that ends with one open has it undone, and
 * when it returned 0 the reply becomes MT_EINTERNAL. Since 1. */
static inline int mt_begin(struct mt_req *req)
{
	return req->host->begin(req);
}

/* Makes the transaction's changes last and its notifications go out. Since 1. */
static inline int mt_commit(struct mt_req *req)
{
	return req->host->commit(req);
}

/* Undoes the transaction; harmless without one. Since 1. */
static inline void mt_rollback(struct mt_req *req)
{
	req->host->rollback(req);
}

/* A value as text; NULL when SQL NULL or out of range. row and column count from 0. Since 1. */
static inline const char *mt_text(const struct mt_rows *rows, int row, int column)
{
	return rows->host->text(rows, row, column);
}

/* A value as a whole number; 0 when SQL NULL. Since 1. */
static inline int64_t mt_int(const struct mt_rows *rows, int row, int column)
{
	const char *s = mt_text(rows, row, column);

	return s ? (int64_t)strtoll(s, NULL, 10) : 0;
}

/* A boolean value; false when SQL NULL. Since 1. */
static inline bool mt_bool(const struct mt_rows *rows, int row, int column)
{
	const char *s = mt_text(rows, row, column);

	return s && s[0] == 't';
}

/* A value as a number; 0 when SQL NULL. A numeric's own digits are mt_text(). Since 3. */
static inline double mt_double(const struct mt_rows *rows, int row, int column)
{
	const char *s = mt_text(rows, row, column);

	return s ? strtod(s, NULL) : 0;
}

/* A date or timestamptz in milliseconds; 0 when SQL NULL. Since 3. */
static inline int64_t mt_time(const struct mt_rows *rows, int row, int column)
{
	int64_t ret;

	mt_time_read(mt_text(rows, row, column), &ret);
	return ret;
}

/* A json or jsonb value, a new reference; NULL when SQL NULL. Since 3. */
static inline json_t *mt_json(const struct mt_rows *rows, int row, int column)
{
	const char *s = mt_text(rows, row, column);

	return s ? json_loads(s, JSON_DECODE_ANY, NULL) : NULL;
}

/* Name of a column; NULL when out of range. Since 1. */
static inline const char *mt_column(const struct mt_rows *rows, int column)
{
	return rows->host->column(rows, column);
}

/* Number of the column of that name, for the calls above: mt_int(&rows, i, mt_column_of(&rows, "quantity")).
 * -1, of which they return nothing, when there is none. Since 3. */
static inline int mt_column_of(const struct mt_rows *rows, const char *name)
{
	for (int i = 0; i < rows->columns; i++)
		if (strcmp(mt_column(rows, i), name) == 0)
			return i;
	return -1;
}

/* All rows as an array of objects, a new reference: give it to mt_reply_json or json_decref it.
 * Whole numbers, floats, booleans, json and null keep their type, all else (numeric too) is text.
 * NULL when out of memory. Since 1. */
static inline json_t *mt_rows_json(const struct mt_rows *rows)
{
	return rows->host->rows_json(rows);
}

/* All rows as CSV, the columns' names before them. Since 3. */
static inline void mt_csv_rows(struct mt_csv *csv, const struct mt_rows *rows)
{
	for (int k = 0; k < rows->columns; k++)
		mt_csv_cell(csv, mt_column(rows, k));
	mt_csv_end(csv);
	for (int i = 0; i < rows->n; i++) {
		for (int k = 0; k < rows->columns; k++)
			mt_csv_cell(csv, mt_text(rows, i, k));
		mt_csv_end(csv);
	}
}

/* ---- pages of a list ---- */

#define MT_PAGE_KEYS 4

/*
 * A list of which each page begins behind the last row of the one before, so that nothing is shown twice or
 * missed while rows come and go. The request has ?limit= and ?cursor=, the reply {"items": [...],
 * "nextCursor": "..."}, null on the last page. Since 3.
 *
 *	if ((rc = mt_page(req, "created_at,id", 50, 200, &page)) < 0)
 *		return rc;
 *	rc = mt_query(req, "SELECT id, name, created_at FROM x_parts.parts"
 *		" WHERE $1::timestamptz IS NULL OR (created_at, id) < ($1::timestamptz, $2::uuid)"
 *		" ORDER BY created_at DESC, id DESC LIMIT $3",
 *		MT_ARGS(page.key[0], page.key[1], mt_arg_int(req, page.limit + 1)), &rows);
 *	return rc < 0 ? rc : mt_reply_page(req, &page, &rows);
 */
struct mt_page {
	long limit; /* read one row more, by which it is seen whether there is another page */
	const char
		*key[MT_PAGE_KEYS]; /* of the last row of the page before; NULL on the first page */
	const char *keys;
};

#define MT_BASE64 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/* The keys as a cursor: a JSON array as base64url. Since 3. */
static inline const char *mt_cursor_write(struct mt_req *req, json_t *keys)
{
	char *text = json_dumps(keys, JSON_COMPACT);
	struct mt_str ret = mt_str_new(req);
	unsigned bits = 0, n = 0;

	for (const char *s = text ? text : ""; *s; s++) {
		bits = bits << 8 | (unsigned char)*s;
		for (n += 8; n >= 6; n -= 6)
			mt_str_bytes(&ret, &MT_BASE64[bits >> (n - 6) & 63], 1);
	}
	if (n)
		mt_str_bytes(&ret, &MT_BASE64[bits << (6 - n) & 63], 1);
	free(text);
	return ret.data;
}

/* And back, a new reference; NULL when it is none. Since 3. */
static inline json_t *mt_cursor_read(struct mt_req *req, const char *cursor)
{
	struct mt_str text = mt_str_new(req);
	unsigned bits = 0, n = 0;

	for (; *cursor; cursor++) {
		const char *at = strchr(MT_BASE64, *cursor);

		if (!at)
			return NULL;
		bits = bits << 6 | (unsigned)(at - MT_BASE64);
		n += 6;
		if (n >= 8) {
			char c = (char)(bits >> (n -= 8) & 255);

			mt_str_bytes(&text, &c, 1);
		}
	}
	return json_loadb(text.data, text.len, 0, NULL);
}

/* Reads ?limit= and ?cursor=. keys: the columns that the list is sorted by, with commas, as the statement
 * names them; together they are different in each row. MT_EFIELDS for a limit above `most` and for a
 * cursor that isn't one of this list. Since 3. */
static inline int mt_page(
	struct mt_req *req, const char *keys, long fallback, long most, struct mt_page *ret)
{
	const char *cursor = mt_query_arg(req, "cursor");
	size_t n = 1;
	json_t *list;
	int rc;

	memset(ret, 0, sizeof(*ret));
	ret->keys = keys;
	if ((rc = mt_query_int(req, "limit", 1, most, fallback, &ret->limit)) < 0 || !cursor)
		return rc;
	for (const char *s = keys; *s; s++)
		n += *s == ',';
	list = mt_cursor_read(req, cursor);
	for (size_t i = 0; n <= MT_PAGE_KEYS && json_array_size(list) == n && i < n; i++) {
		const char *s = json_string_value(json_array_get(list, i));

		ret->key[i] = s ? mt_printf(req, "%s", s) : NULL;
	}
	json_decref(list);
	if (!ret->key[0] || !ret->key[n - 1])
		return mt_field_fault(
			req, "?cursor", "Must be the nextCursor of another page of this list");
	return 0;
}

/* Replies with a page: the rows without the one too many, and the cursor of the next. Since 3. */
static inline int mt_reply_page(
	struct mt_req *req, const struct mt_page *page, const struct mt_rows *rows)
{
	json_t *items = mt_rows_json(rows), *keys = json_array();
	bool more = rows->n > page->limit;
	const char *next = NULL;

	while (items && json_array_size(items) > (size_t)page->limit)
		json_array_remove(items, json_array_size(items) - 1);
	for (const char *s = page->keys; more && *s;) {
		size_t n = strcspn(s, ",");
		const char *value = mt_text(rows, (int)page->limit - 1,
			mt_column_of(rows, mt_printf(req, "%.*s", (int)n, s)));

		if (!value) {
			json_decref(items);
			json_decref(keys);
			return mt_fail(req, MT_EINTERNAL, "a page has no column %s or NULL in it",
				page->keys);
		}
		json_array_append_new(keys, json_string(value));
		s += n + (s[n] == ',');
	}
	if (more)
		next = mt_cursor_write(req, keys);
	json_decref(keys);
	return mt_reply_json(req, 200,
		items ? json_pack("{s:o, s:s?}", "items", items, "nextCursor", next) : NULL);
}

/* ---- days of the tenant: they begin at midnight by its own clock ---- */

/* The tenant's zone: "Europe/Berlin". One statement. Since 3. */
static inline int mt_zone(struct mt_req *req, const char **ret)
{
	struct mt_rows rows;
	int rc = mt_query(req, "SELECT mortise.time_zone()", MT_NOARGS, &rows);

	*ret = rc < 0 ? "" : mt_text(&rows, 0, 0);
	return rc;
}

/* The tenant's date at a moment, such as mt_now(req): "2026-11-21". Since 3. */
static inline int mt_date_at(struct mt_req *req, int64_t ms, const char **ret)
{
	const char *arg = mt_arg_time(req, ms);
	struct mt_rows rows;
	int rc = mt_query(req,
		"SELECT ($1::timestamptz AT TIME ZONE (SELECT mortise.time_zone()))::date", &arg, 1,
		&rows);

	*ret = rc < 0 ? "" : mt_text(&rows, 0, 0);
	return rc;
}

/* When the tenant's date begins, in milliseconds. In a statement of your own: $1::date::timestamp AT TIME
 * ZONE (SELECT mortise.time_zone()). Since 3. */
static inline int mt_day_start(struct mt_req *req, const char *date, int64_t *ret)
{
	struct mt_rows rows;
	int rc = mt_query(req,
		"SELECT $1::date::timestamp AT TIME ZONE (SELECT mortise.time_zone())", &date, 1,
		&rows);

	*ret = rc < 0 ? 0 : mt_time(&rows, 0, 0);
	return rc;
}

/* ---- services: the calls below are made of these ---- */

/* Calls a service of the host: its arguments as texts, NULL where there is none, and bytes; its answer
 * as rows, and bytes by mt_bytes(). Use the calls that name what they do. Since 3. */
static inline int mt_service(struct mt_req *req, enum mt_service what, const char *const *args,
	int n_args, const void *data, size_t len, struct mt_rows *ret_rows)
{
	return req->host->service(req, (int)what, args, n_args, data, len, ret_rows);
}

/* The bytes that came with a service's rows, borrowed; "" when there were none. A NUL follows them, which
 * *ret_len doesn't count. ret_len may be NULL. Since 3. */
static inline const void *mt_bytes(const struct mt_rows *rows, size_t *ret_len)
{
	size_t n;

	return rows->host->bytes(rows, ret_len ? ret_len : &n);
}

/* ---- storage: values by key, in the plugin's namespaces, of the tenant ---- */

/*
 * What the calls below share. A namespace is "default", or one that the manifest's `storage` declares. A
 * key has 1 to 400 bytes without control characters ("reports/2026/11"), a value at most 1 MB as JSON,
 * or as many bytes; at most 100 keys at once. All of it is part of the transaction that is open, with the
 * plugin's own rows, or else one of its own.
 *
 * A version is a number above 0 that each write changes and that never comes back. MT_EINVAL: a key,
 * value or number that can't be; MT_ENOENT: no such namespace; MT_ETOOBIG: a value above 1 MB; MT_EFULL:
 * plugin_storage_mb of the server, or the namespace's quota, is used up; after each of these only
 * mt_rollback helps. Permission: storage. Since 3.
 */
struct mt_storage_options {
	long ttl;	 /* seconds until it is gone; 0 = as the manifest says, or never */
	bool if_version; /* only if it has this version still, or isn't there (0): else
			    MT_ECONFLICT, and the transaction goes on without it */
	int64_t version;
};

/* A text of JSON, or NULL and the reason set; takes the value over. Not for plugins. Since 3. */
static inline char *mt_storage_json(struct mt_req *req, json_t *value)
{
	char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	json_decref(value);
	if (!text)
		mt_fail(req, MT_EINVAL, "A value must be JSON with texts in UTF-8");
	return text;
}

/* Not for plugins. Since 3. */
static inline int mt_storage_write(struct mt_req *req, const char *space, json_t *items, bool bytes,
	const void *data, size_t len, struct mt_rows *ret)
{
	char *text = mt_storage_json(req, items);
	const char *args[3];
	int rc;

	args[0] = space;
	args[1] = text;
	args[2] = bytes ? "t" : "f";
	rc = text ? mt_service(req, MT_SERVICE_STORAGE_SET, args, 3, data, len, ret) : MT_EINVAL;
	free(text);
	return rc;
}

/* Not for plugins: an item of what is written. Since 3. */
static inline json_t *mt_storage_item(
	const char *key, json_t *value, const struct mt_storage_options *options)
{
	json_t *item = json_pack("{ss}", "key", key);

	if (item && value)
		json_object_set_new(item, "value", value);
	else
		json_decref(value);
	if (item && options && options->ttl)
		json_object_set_new(item, "ttl", json_integer((json_int_t)options->ttl));
	if (item && options && options->if_version)
		json_object_set_new(item, "version", json_integer((json_int_t)options->version));
	return item;
}

/* Not for plugins: of rows with one version. Since 3. */
static inline void mt_storage_version(const struct mt_rows *rows, int column, int64_t *ret)
{
	if (ret)
		*ret = rows->n ? strtoll(rows->host->text(rows, 0, column), NULL, 10) : 0;
}

/* Stores a value, which is taken over. options and ret_version may be NULL. Since 3. */
static inline int mt_storage_set(struct mt_req *req, const char *space, const char *key,
	json_t *value, const struct mt_storage_options *options, int64_t *ret_version)
{
	json_t *item = value ? mt_storage_item(key, value, options) : NULL;
	struct mt_rows rows;
	int rc = mt_storage_write(
		req, space, item ? json_pack("[o]", item) : NULL, false, NULL, 0, &rows);

	if (rc >= 0)
		mt_storage_version(&rows, 1, ret_version);
	return rc < 0 ? rc : 0;
}

/* Stores bytes instead of JSON. Since 3. */
static inline int mt_storage_set_bytes(struct mt_req *req, const char *space, const char *key,
	const void *data, size_t len, const struct mt_storage_options *options,
	int64_t *ret_version)
{
	json_t *item = mt_storage_item(key, NULL, options);
	struct mt_rows rows;
	int rc = mt_storage_write(
		req, space, item ? json_pack("[o]", item) : NULL, true, data, len, &rows);

	if (rc >= 0)
		mt_storage_version(&rows, 1, ret_version);
	return rc < 0 ? rc : 0;
}

/* Stores several, all or none: [{"key": ..., "value": ..., "ttl": ..., "version": ...}, ...], the last two as
 * in mt_storage_options. The array is taken over. Since 3. */
static inline int mt_storage_set_many(struct mt_req *req, const char *space, json_t *items)
{
	int rc = mt_storage_write(req, space, items, false, NULL, 0, NULL);

	return rc < 0 ? rc : 0;
}

/* Not for plugins. Since 3. */
static inline int mt_storage_read(
	struct mt_req *req, const char *space, json_t *keys, bool without, struct mt_rows *ret)
{
	char *text = mt_storage_json(req, keys);
	const char *args[3];
	int rc;

	args[0] = space;
	args[1] = text;
	args[2] = without ? "t" : "f";
	rc = text ? mt_service(req, MT_SERVICE_STORAGE_GET, args, 3, NULL, 0, ret) : MT_EINVAL;
	free(text);
	return rc < 0 ? rc : 0;
}

/* Reads a value: a new reference, or NULL when there is none, or bytes. ret_version may be NULL; 0 = there
 * is none. Since 3. */
static inline int mt_storage_get(
	struct mt_req *req, const char *space, const char *key, json_t **ret, int64_t *ret_version)
{
	struct mt_rows rows;
	const char *text;
	int rc = mt_storage_read(req, space, json_pack("[s]", key), false, &rows);

	*ret = NULL;
	if (rc < 0)
		return rc;
	mt_storage_version(&rows, 3, ret_version);
	text = rows.n ? rows.host->text(&rows, 0, 1) : NULL;
	if (text && !(*ret = json_loads(text, JSON_DECODE_ANY, NULL)))
		return mt_fail(req, MT_EINTERNAL, "the value of %.100s can't be read", key);
	return 0;
}

/* Reads bytes, borrowed, a NUL behind them; NULL when there are none. Since 3. */
static inline int mt_storage_get_bytes(struct mt_req *req, const char *space, const char *key,
	const void **ret, size_t *ret_len, int64_t *ret_version)
{
	struct mt_rows rows;
	int rc = mt_storage_read(req, space, json_pack("[s]", key), false, &rows);

	*ret = NULL;
	*ret_len = 0;
	if (rc < 0)
		return rc;
	mt_storage_version(&rows, 3, ret_version);
	if (rows.n && !rows.host->text(&rows, 0, 1))
		*ret = mt_bytes(&rows, ret_len);
	return 0;
}

/* Is it there? Since 3. */
static inline int mt_storage_has(struct mt_req *req, const char *space, const char *key, bool *ret)
{
	struct mt_rows rows;
	int rc = mt_storage_read(req, space, json_pack("[s]", key), true, &rows);

	*ret = rc == 0 && rows.n > 0;
	return rc;
}

/* Reads several: an object with those that are there, without bytes; a new reference. The array of keys is
 * taken over. Since 3. */
static inline int mt_storage_get_many(
	struct mt_req *req, const char *space, json_t *keys, json_t **ret)
{
	struct mt_rows rows;
	int rc = mt_storage_read(req, space, keys, false, &rows);

	*ret = NULL;
	if (rc < 0)
		return rc;
	*ret = json_object();
	for (int i = 0; i < rows.n; i++) {
		const char *text = rows.host->text(&rows, i, 1);

		if (text)
			json_object_set_new(*ret, rows.host->text(&rows, i, 0),
				json_loads(text, JSON_DECODE_ANY, NULL));
	}
	return 0;
}

/* Not for plugins. Since 3. */
static inline int mt_storage_remove(
	struct mt_req *req, const char *space, json_t *keys, const char *version)
{
	char *text = mt_storage_json(req, keys);
	const char *args[3];
	struct mt_rows rows;
	int rc;

	args[0] = space;
	args[1] = text;
	args[2] = version;
	rc = text ? mt_service(req, MT_SERVICE_STORAGE_DELETE, args, 3, NULL, 0, &rows) : MT_EINVAL;
	free(text);
	return rc < 0 ? rc : (int)strtol(rows.host->text(&rows, 0, 0), NULL, 10);
}

/* Deletes it: 1, or 0 when it wasn't there. With options->if_version only that version. Since 3. */
static inline int mt_storage_delete(struct mt_req *req, const char *space, const char *key,
	const struct mt_storage_options *options)
{
	return mt_storage_remove(req, space, json_pack("[s]", key),
		options && options->if_version ? mt_printf(req, "%lld", (long long)options->version)
					       : NULL);
}

/* Deletes several: how many there were. The array of keys is taken over. Since 3. */
static inline int mt_storage_delete_many(struct mt_req *req, const char *space, json_t *keys)
{
	return mt_storage_remove(req, space, keys, NULL);
}

/* Adds to a whole number, which begins at 0; many may do so at once. Since 3. */
static inline int mt_storage_increment(
	struct mt_req *req, const char *space, const char *key, int64_t by, long ttl, int64_t *ret)
{
	const char *args[4];
	struct mt_rows rows;
	int rc;

	args[0] = space;
	args[1] = key;
	args[2] = mt_printf(req, "%lld", (long long)by);
	args[3] = ttl ? mt_printf(req, "%ld", ttl) : NULL;
	rc = mt_service(req, MT_SERVICE_STORAGE_INCREMENT, args, 4, NULL, 0, &rows);
	if (rc >= 0)
		mt_storage_version(&rows, 0, ret);
	return rc < 0 ? rc : 0;
}

/* Keys in their order: pattern is "parts/" and a star for those that begin so, a ? for any character, NULL
 * for all; text is in the key or the value, upper and lower case alike, NULL for any; after is the last
 * key of the page before, NULL on the first. Columns: key, value, size, version, updated_at, expires_at,
 * updated_by, bytes; value is NULL without values. At most 1000. Since 3. */
static inline int mt_storage_find(struct mt_req *req, const char *space, const char *pattern,
	const char *text, const char *after, int limit, bool values, struct mt_rows *ret)
{
	const char *args[6];
	int rc;

	args[0] = space;
	args[1] = pattern;
	args[2] = text;
	args[3] = after;
	args[4] = mt_printf(req, "%d", limit > 1000 ? 1000 : limit);
	args[5] = values ? NULL : "0";
	rc = mt_service(req, MT_SERVICE_STORAGE_LIST, args, 6, NULL, 0, ret);
	return rc < 0 ? rc : 0;
}

/* The same, keys alone. Since 3. */
static inline int mt_storage_keys(struct mt_req *req, const char *space, const char *pattern,
	const char *after, int limit, struct mt_rows *ret)
{
	return mt_storage_find(req, space, pattern, NULL, after, limit, false, ret);
}

/* How many keys a namespace has, its bytes, with former versions, and how many fit; space NULL = all
 * namespaces of the plugin. Each may be NULL. Since 3. */
static inline int mt_storage_size(struct mt_req *req, const char *space, int64_t *ret_keys,
	int64_t *ret_bytes, int64_t *ret_quota)
{
	struct mt_rows rows;
	int rc = mt_service(req, MT_SERVICE_STORAGE_SIZE, &space, 1, NULL, 0, &rows);

	if (rc < 0)
		return rc;
	mt_storage_version(&rows, 0, ret_keys);
	mt_storage_version(&rows, 1, ret_bytes);
	mt_storage_version(&rows, 2, ret_quota);
	return 0;
}

/* Deletes everything of a namespace, former versions too. Since 3. */
static inline int mt_storage_clear(struct mt_req *req, const char *space)
{
	int rc = mt_service(req, MT_SERVICE_STORAGE_CLEAR, &space, 1, NULL, 0, NULL);

	return rc < 0 ? rc : 0;
}

/* The present and the former versions of a key, the newest first, as many as the namespace's `history`
 * keeps, also of one that was deleted within 30 days. Columns: version, value, size, updated_at,
 * updated_by, until, bytes. Since 3. */
static inline int mt_storage_versions(
	struct mt_req *req, const char *space, const char *key, struct mt_rows *ret)
{
	const char *args[2];
	int rc;

	args[0] = space;
	args[1] = key;
	rc = mt_service(req, MT_SERVICE_STORAGE_VERSIONS, args, 2, NULL, 0, ret);
	return rc < 0 ? rc : 0;
}

/* Stores a former version's value again. MT_ENOENT: it isn't kept. Since 3. */
static inline int mt_storage_restore(struct mt_req *req, const char *space, const char *key,
	int64_t version, int64_t *ret_version)
{
	const char *args[3];
	struct mt_rows rows;
	int rc;

	args[0] = space;
	args[1] = key;
	args[2] = mt_printf(req, "%lld", (long long)version);
	rc = mt_service(req, MT_SERVICE_STORAGE_RESTORE, args, 3, NULL, 0, &rows);
	if (rc >= 0)
		mt_storage_version(&rows, 0, ret_version);
	return rc < 0 ? rc : 0;
}

/* ---- calls to other servers: by a process of the platform, as a plugin has no network ---- */

/* Its value, or with `secret` that of a setting, which the platform puts behind `prefix`: the plugin never
 * holds it, and with "use": "fetch" in the manifest mt_settings() doesn't have it either. */
struct mt_fetch_header {
	const char *name;
	const char *value;
	const char *prefix; /* "Bearer "; NULL = nothing */
	const char *secret; /* "api_key"; NULL = value */
};

/* What isn't set is NULL or 0. Since 3. */
struct mt_fetch_request {
	const char *
		method; /* "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"; NULL = GET */
	const char *url;		       /* "https://api.example.com/items?limit=5" */
	const struct mt_fetch_header *headers; /* ends with {0} */
	const void *body;
	size_t len;
	long max; /* bytes of the answer; 0 = plugin_fetch_mb of the server's mortise.conf */
	long ms;  /* 0 = what is left of the request, but for a quarter of a second */
};

struct mt_fetch_response {
	int status;
	const char *url;  /* after redirects */
	const char *body; /* its first megabyte at most; a NUL follows */
	size_t len;
	bool more; /* the rest by mt_fetch_more() */
	struct mt_rows rows;
};

/* Of the calls below, not for plugins. Since 3. */
static inline void mt_fetch_take(struct mt_fetch_response *ret)
{
	const struct mt_rows *rows = &ret->rows;

	ret->status = (int)strtol(rows->host->text(rows, 0, 1), NULL, 10);
	ret->url = rows->host->text(rows, 1, 1);
	ret->more = *rows->host->text(rows, 2, 1) == 't';
	ret->body = (const char *)mt_bytes(rows, &ret->len);
}

/*
 * Calls another server and waits for its answer. Any status is one: 404 and 500 return 0. Servers
 * that the manifest's permissions name can be called, and addresses that aren't public only if the
 * operator allows them; redirects are followed, at most five, to servers that are named, without
 * secrets to another one. Call it outside of a transaction: the rows that one holds would be locked
 * as long. At most 50 a request.
 *
 * MT_EPERM: a server or address that isn't allowed; MT_ETIMEOUT; MT_ETOOBIG: more than max, or a body above
 * 16 MB; MT_EBUSY: too many calls at once; MT_ECONFLICT: a secret isn't set; MT_EUPSTREAM: anything else that
 * is the other server's. Permission: network:<host>. Since 3.
 */
static inline int mt_fetch(
	struct mt_req *req, const struct mt_fetch_request *request, struct mt_fetch_response *ret)
{
	json_t *list = json_array();
	const char *args[5];
	char *text;
	int rc;

	memset(ret, 0, sizeof *ret);
	for (const struct mt_fetch_header *h = request->headers; h && h->name; h++)
		json_array_append_new(
			list, h->secret ? json_pack("{ss ss ss}", "name", h->name, "prefix",
						  h->prefix ? h->prefix : "", "secret", h->secret)
					: json_pack("{ss ss}", "name", h->name, "value",
						  h->value ? h->value : ""));
	text = json_dumps(list, JSON_COMPACT);
	json_decref(list);
	args[0] = request->method;
	args[1] = request->url;
	args[2] = text ? text : "[]";
	args[3] = mt_printf(req, "%ld", request->max);
	args[4] = mt_printf(req, "%ld", request->ms);
	rc = mt_service(req, MT_SERVICE_FETCH, args, 5, request->body, request->len, &ret->rows);
	free(text);
	if (rc >= 0)
		mt_fetch_take(ret);
	return rc;
}

/* The next piece of the answer, in body and len; the one before stays where it was. Since 3. */
static inline int mt_fetch_more(struct mt_req *req, struct mt_fetch_response *ret)
{
	int rc = mt_service(req, MT_SERVICE_FETCH_MORE, NULL, 0, NULL, 0, &ret->rows);

	if (rc >= 0)
		mt_fetch_take(ret);
	return rc;
}

/* A header of the answer; NULL = none. Upper and lower case are the same. Since 3. */
static inline const char *mt_fetch_header(
	const struct mt_fetch_response *response, const char *name)
{
	const struct mt_rows *rows = &response->rows;

	for (int i = 3; i < rows->n; i++) {
		const char *a = rows->host->text(rows, i, 0), *b = name;

		while (*a && (*a | 32) == (*b | 32))
			a++, b++;
		if (!*a && !*b)
			return rows->host->text(rows, i, 1);
	}
	return NULL;
}

/* The body as JSON, a new reference; NULL when it is none, or wasn't read to its end at once. Since 3. */
static inline json_t *mt_fetch_json(const struct mt_fetch_response *response)
{
	return response->more ? NULL : json_loadb(response->body, response->len, 0, NULL);
}

/* ---- jobs: what runs without a person waiting ---- */

/*
 * Queues a job that the manifest's `jobs` names and .jobs has a function for. It runs after_ms from now
 * at the earliest (0 = soon), with args (an object, taken over; NULL = {}) as its body. Inside a
 * transaction it is queued with its mt_commit, and not at all after mt_rollback. Jobs of one name run
 * one after the other; with a key (at most 100 characters), those of one name and key do. One that fails
 * is tried again, later each time, until its `attempts` are over: a job may run more than once.
 *
 * MT_EFIELDS or MT_EINVAL: no such job, more than 64 kB of arguments, more than a year ahead. MT_ERATE: 1,000
 * wait already. Since 3.
 */
static inline int mt_job_start(
	struct mt_req *req, const char *name, json_t *args, int64_t after_ms, const char *key)
{
	char *text = args ? json_dumps(args, JSON_COMPACT) : NULL;
	const char *const list[] = {name, key, text ? text : "{}",
		mt_printf(req, "%lld", (long long)(after_ms > 0 ? after_ms : 0))};
	int rc = mt_service(req, MT_SERVICE_JOB_START, list, 4, NULL, 0, NULL);

	free(text);
	json_decref(args);
	return rc;
}

/* In a job: how far it is, 0 to 100, and a few words (NULL = none) for the page of its history. At once,
 * or with mt_commit inside a transaction. Elsewhere without effect. Since 3. */
static inline int mt_progress(struct mt_req *req, int percent, const char *words)
{
	const char *const list[] = {mt_printf(req, "%d", percent), words};

	return mt_service(req, MT_SERVICE_PROGRESS, list, 2, NULL, 0, NULL);
}

/* ---- files: added by people in pages, kept by the platform ---- */

/* The plugin's files in this company, in the order in which they came, 100 at most, behind `after` (an
 * id; NULL = from the beginning): id, name, type, size, width, height, thumbnail, created_by,
 * created_at. Permission: files. Since 3. */
static inline int mt_file_list(struct mt_req *req, const char *after, struct mt_rows *ret)
{
	return mt_service(req, MT_SERVICE_FILE_LIST, &after, 1, NULL, 0, ret);
}

/* MT_ENOENT: there is none of this id. With the transaction that is open, or at once. Permission: files.
 * Since 3. */
static inline int mt_file_delete(struct mt_req *req, const char *id)
{
	return mt_service(req, MT_SERVICE_FILE_DELETE, &id, 1, NULL, 0, NULL);
}

/* ---- notifications: a toast in the browser of people of the tenant ---- */

/* To one user; returns how many active people that is (0 or 1). Sent at mt_commit inside a
 * transaction, otherwise at once. MT_ENOENT: no such user; MT_EFIELDS: too long; after either only
 * mt_rollback helps. Permission: notifications:send. Since 1. */
static inline int mt_notify_user(
	struct mt_req *req, const char *user_id, const struct mt_notice *notice)
{
	return req->host->notify(req, MT_NOTIFY_USER, user_id, notice, sizeof *notice);
}

/* To everyone with a role; MT_EINVAL for an unknown one. Otherwise as above. Since 1. */
static inline int mt_notify_role(
	struct mt_req *req, const char *role, const struct mt_notice *notice)
{
	return req->host->notify(req, MT_NOTIFY_ROLE, role, notice, sizeof *notice);
}

/* To everyone in the tenant. Otherwise as above. Since 1. */
static inline int mt_notify_company(struct mt_req *req, const struct mt_notice *notice)
{
	return req->host->notify(req, MT_NOTIFY_COMPANY, "", notice, sizeof *notice);
}

/* To everyone who has a permission, each once: one of the core ("tickets:write") or of this plugin
 * ("parts:manage"). MT_EINVAL for others, and for more than 1,000 people who aren't the whole
 * company. Otherwise as above. Since 3. */
static inline int mt_notify_permission(
	struct mt_req *req, const char *permission, const struct mt_notice *notice)
{
	return req->host->notify(req, MT_NOTIFY_PERMISSION, permission, notice, sizeof *notice);
}

/* ---- events: what the plugin's components in open pages hear at once ---- */

/* What the calls below share: kind is "company", "role" or "user". Since 3. */
static inline int mt_emit_to(struct mt_req *req, const char *kind, const char *target,
	const char *name, const char *entity, json_t *payload)
{
	char *text = payload ? json_dumps(payload, JSON_COMPACT) : NULL;
	const char *const args[] = {kind, target, name, entity, text ? text : "null"};
	int rc = mt_service(req, MT_SERVICE_EMIT, args, 5, NULL, 0, NULL);

	free(text);
	json_decref(payload);
	return rc;
}

/* Raises an event that the manifest declares in "emits": browsers hear it as "<key>.<name>", people of
 * the tenant who have the permission that it names there, or all. entity is what it is about (up to
 * 100 bytes, such as an id; NULL = nothing). payload is an object with the declared fields, at most
 * 4096 bytes as text, and is taken over. Sent at mt_commit inside a transaction, otherwise at once;
 * what is undone is not sent. Returns on how many channels: 0 = nobody may receive it. MT_EINVAL: not
 * as declared; MT_ERATE: too many; after either only mt_rollback helps. Permission: events:emit.
 * Since 3. */
static inline int mt_emit(struct mt_req *req, const char *name, const char *entity, json_t *payload)
{
	return mt_emit_to(req, "company", NULL, name, entity, payload);
}

/* The same to one person of the tenant. MT_ENOENT: there is no such person. Since 3. */
static inline int mt_emit_user(struct mt_req *req, const char *user_id, const char *name,
	const char *entity, json_t *payload)
{
	return mt_emit_to(req, "user", user_id, name, entity, payload);
}

/* The same to everyone with a role. Since 3. */
static inline int mt_emit_role(
	struct mt_req *req, const char *role, const char *name, const char *entity, json_t *payload)
{
	return mt_emit_to(req, "role", role, name, entity, payload);
}

/* ---- log ---- */

/* One line into the platform's log, with plugin and request id; at most 1000 bytes, and 50 lines a
 * request (one more tells that there were more). Values of secret settings in it are masked.
 * Since 1. */
__attribute__((format(printf, 3, 4))) static inline void mt_log(
	struct mt_req *req, enum mt_level level, const char *fmt, ...)
{
	char text[1001];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	req->host->log(req, level, text);
}

#ifdef __cplusplus
}
template <class... A> char (&mt_count_args(A &&...))[sizeof...(A)];
#endif
#endif

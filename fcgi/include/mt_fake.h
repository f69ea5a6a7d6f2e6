/*
 * mt_fake.h - a fake host: runs a plugin's handlers in a unit test, without a server or a database.
 * Include the plugin's source, fill a request, set the database's answers, call the handler, check
 * what it did.
 *
 *	struct mt_fake f;
 *	mt_fake_init(&f);
 *	mt_fake_set(&f, MT_FAKE_PARAM, "id", "7");
 *	mt_fake_rows(&f, "FROM x_hello.things", 1, 2, (const char *const[]){"7", "seven"});
 *	assert_int_equal(mt_fake_run(&f, get_thing), 0);
 *	assert_string_equal(json_string_value(json_object_get(f.json, "name")), "seven");
 *	mt_fake_release(&f);
 *
 * Settings, own permissions and hooks:
 *
 *	mt_fake_setting(&f, "rounding", json_integer(15));
 *	f.permissions = "clock,approve";
 *	assert_int_equal(mt_fake_hook(&f, "validate", on_validate), MT_EFIELDS);
 *	assert_string_equal(f.field, "/values/token");
 *
 * Answers are used in the order in which they were set; a statement that doesn't contain the
 * answer's text fails with MT_EINTERNAL, and `surprise` holds it. mt_fake_run() does what the host
 * does around a handler: it undoes an open transaction, and one left open with result 0 is
 * MT_EINTERNAL.
 */
#ifndef MT_FAKE_H
#define MT_FAKE_H

#include "mortise.h"

#define MT_FAKE_MAX 32

enum mt_fake_kind { MT_FAKE_PARAM, MT_FAKE_QUERY, MT_FAKE_HEADER };

struct mt_fake_pair {
	enum mt_fake_kind kind;
	const char *name, *value;
};

struct mt_fake_answer {
	const char *part; /* of the statement's text */
	int code;	  /* 0, or what mt_query returns */
	const char *sqlstate;
	int n, columns;
	long changed;
	const char *const *cells; /* n * columns texts; NULL = SQL NULL */
	const void *data;	  /* bytes of a service */
	size_t len;
};

struct mt_fake_asked {
	const char *sql;
	const char *args[16]; /* copies */
	int n_args;
	bool in_tx;
};

struct mt_fake_notice {
	int kind;
	const char *target;
	struct mt_notice notice;
};

struct mt_fake {
	struct mt_req req; /* first: what the handler gets */

	/* the request; mt_fake_init() fills in a technician of tenant 1 */
	const char *method, *path, *user_id, *user_name, *roles, *tenant_code;
	int tenant;
	int64_t now;
	long time_left;
	json_t *body;		 /* taken over */
	json_t *settings;	 /* taken over; NULL = none is set */
	int settings_code;	 /* what reading them fails with: MT_EBUSY */
	const char *permissions; /* short names of the plugin's own: "clock,approve" */
	const char *hook, *previous;
	const void *raw;
	size_t raw_len, raw_read;
	struct mt_fake_pair pair[MT_FAKE_MAX];
	int n_pairs;
	struct mt_fake_answer answer[MT_FAKE_MAX];
	int n_answers, n_answered;

	/* what the handler did */
	int status; /* 0 = no reply */
	const char *type, *file_name;
	const char *out;
	size_t out_len;
	json_t *json; /* the reply, when it is JSON */
	int code;     /* of the last failure */
	char message[512];
	char field[512]; /* "/title?from..." each faulty pointer behind the other */
	char surprise[256];
	char sqlstate[6];
	struct mt_fake_asked asked[MT_FAKE_MAX];
	int n_asked;
	struct mt_fake_notice told[MT_FAKE_MAX];
	int n_told;
	struct mt_fake_pair sent[MT_FAKE_MAX]; /* reply headers */
	int n_sent;
	bool in_tx;
	int begun, committed, undone, logged;
	void *memory; /* chain of what mt_alloc gave */
};

static inline struct mt_fake *mt_fake_of(struct mt_req *req)
{
	return (struct mt_fake *)req;
}

static inline void *mt_fake_alloc(struct mt_req *req, size_t n)
{
	struct mt_fake *f = mt_fake_of(req);
	char *block = (char *)calloc(1, n + 16);

	if (!block)
		abort();
	memcpy(block, &f->memory, sizeof(f->memory));
	f->memory = block;
	return block + 16;
}

static inline const char *mt_fake_copy(struct mt_req *req, const char *s)
{
	if (!s)
		return NULL;
	return (const char *)memcpy(mt_fake_alloc(req, strlen(s) + 1), s, strlen(s) + 1);
}

static inline int mt_fake_fail(struct mt_req *req, int code, const char *text)
{
	struct mt_fake *f = mt_fake_of(req);

	f->code = code;
	snprintf(f->message, sizeof(f->message), "%s", text);
	return code;
}

static inline const char *mt_fake_info(struct mt_req *req, int what)
{
	const struct mt_fake *f = mt_fake_of(req);
	const char *const all[] = {f->method, f->path, "0123456789abcdef0123456789abcdef",
		f->user_id, f->user_name, f->roles, f->tenant_code, f->hook, f->previous};

	return what >= 0 && what <= MT_INFO_PREVIOUS_VERSION ? all[what] : "";
}

static inline int mt_fake_tenant(struct mt_req *req)
{
	return mt_fake_of(req)->tenant;
}

static inline const char *mt_fake_find(struct mt_req *req, enum mt_fake_kind kind, const char *name)
{
	const struct mt_fake *f = mt_fake_of(req);

	for (int i = 0; i < f->n_pairs; i++)
		if (f->pair[i].kind == kind && strcmp(f->pair[i].name, name) == 0)
			return f->pair[i].value;
	return NULL;
}

static inline const char *mt_fake_param(struct mt_req *req, const char *name)
{
	const char *s = mt_fake_find(req, MT_FAKE_PARAM, name);

	return s ? s : "";
}

static inline const char *mt_fake_query_param(struct mt_req *req, const char *name)
{
	return mt_fake_find(req, MT_FAKE_QUERY, name);
}

static inline const char *mt_fake_header(struct mt_req *req, const char *name)
{
	return mt_fake_find(req, MT_FAKE_HEADER, name);
}

static inline long mt_fake_time_left(struct mt_req *req)
{
	return mt_fake_of(req)->time_left;
}

static inline json_t *mt_fake_body_json(struct mt_req *req)
{
	return mt_fake_of(req)->body;
}

static inline int mt_fake_body_raw(struct mt_req *req, const void **ret_data, size_t *ret_len)
{
	*ret_data = mt_fake_of(req)->raw ? mt_fake_of(req)->raw : "";
	*ret_len = mt_fake_of(req)->raw_len;
	return 0;
}

static inline long mt_fake_body_read(struct mt_req *req, void *buf, size_t n)
{
	struct mt_fake *f = mt_fake_of(req);
	size_t left = f->raw_len - f->raw_read;

	n = n < left ? n : left;
	if (n)
		memcpy(buf, (const char *)f->raw + f->raw_read, n);
	f->raw_read += n;
	return (long)n;
}

static inline int mt_fake_reply_data(struct mt_req *req, int status, const char *type,
	const char *file_name, const void *data, size_t len)
{
	struct mt_fake *f = mt_fake_of(req);
	char *copy = (char *)mt_fake_alloc(req, len + 1);

	if (len)
		memcpy(copy, data, len);
	json_decref(f->json);
	f->json = strcmp(type, "application/json") == 0 ? json_loads(copy, JSON_DECODE_ANY, NULL)
							: NULL;
	f->status = status;
	f->type = mt_fake_copy(req, type);
	f->file_name = mt_fake_copy(req, file_name);
	f->out = copy;
	f->out_len = len;
	return 0;
}

static inline int mt_fake_reply_json(struct mt_req *req, int status, json_t *value)
{
	char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	json_decref(value);
	if (!text)
		return mt_fake_fail(req, MT_EINTERNAL, "the reply is no JSON");
	mt_fake_reply_data(req, status, "application/json", NULL, text, strlen(text));
	free(text);
	return 0;
}

static inline int mt_fake_reply_header(struct mt_req *req, const char *name, const char *value)
{
	struct mt_fake *f = mt_fake_of(req);

	if (f->n_sent < MT_FAKE_MAX)
		f->sent[f->n_sent++] = (struct mt_fake_pair){
			MT_FAKE_HEADER, mt_fake_copy(req, name), mt_fake_copy(req, value)};
	return 0;
}

static inline int mt_fake_field_fault(struct mt_req *req, const char *pointer, const char *text)
{
	struct mt_fake *f = mt_fake_of(req);
	size_t n = strlen(f->field);

	snprintf(f->field + n, sizeof(f->field) - n, "%s", pointer);
	return mt_fake_fail(req, MT_EFIELDS, text);
}

static inline int mt_fake_query(struct mt_req *req, const char *sql, const char *const *args,
	int n_args, struct mt_rows *ret_rows)
{
	struct mt_fake *f = mt_fake_of(req);
	struct mt_fake_answer *a = &f->answer[f->n_answered];

	if (ret_rows)
		*ret_rows = (struct mt_rows){0, 0, 0, req->host, NULL};
	if (f->n_asked < MT_FAKE_MAX) {
		struct mt_fake_asked *q = &f->asked[f->n_asked++];

		q->sql = sql;
		q->in_tx = f->in_tx;
		q->n_args = n_args;
		for (int i = 0; i < n_args && i < 16; i++)
			q->args[i] = mt_fake_copy(req, args[i]);
	}
	if (f->n_answered == f->n_answers || !strstr(sql, a->part)) {
		snprintf(f->surprise, sizeof(f->surprise), "%s", sql);
		return mt_fake_fail(req, MT_EINTERNAL, "the test has no answer for this statement");
	}
	f->n_answered++;
	if (a->code < 0) {
		snprintf(f->sqlstate, sizeof(f->sqlstate), "%s", a->sqlstate ? a->sqlstate : "");
		return mt_fake_fail(req, a->code, "the statement failed");
	}
	if (ret_rows)
		*ret_rows = (struct mt_rows){a->n, a->columns, a->changed, req->host, a};
	return 0;
}

/* An answer's text for a service is "service 101". */
static inline int mt_fake_service(struct mt_req *req, int what, const char *const *args, int n_args,
	const void *data, size_t len, struct mt_rows *ret_rows)
{
	char name[32];
	struct mt_rows unread;

	(void)data;
	(void)len;
	snprintf(name, sizeof(name), "service %d", what);
	return mt_fake_query(
		req, mt_fake_copy(req, name), args, n_args, ret_rows ? ret_rows : &unread);
}

static inline const void *mt_fake_bytes(const struct mt_rows *rows, size_t *ret_len)
{
	const struct mt_fake_answer *a = (const struct mt_fake_answer *)rows->impl;

	*ret_len = a ? a->len : 0;
	return a && a->data ? a->data : "";
}

static inline const char *mt_fake_sqlstate(struct mt_req *req)
{
	return mt_fake_of(req)->sqlstate;
}

static inline int mt_fake_begin(struct mt_req *req)
{
	struct mt_fake *f = mt_fake_of(req);

	if (f->in_tx)
		return mt_fake_fail(req, MT_EINTERNAL, "mt_begin inside a transaction");
	f->in_tx = true;
	f->begun++;
	return 0;
}

static inline int mt_fake_commit(struct mt_req *req)
{
	struct mt_fake *f = mt_fake_of(req);

	if (!f->in_tx)
		return mt_fake_fail(req, MT_EINTERNAL, "mt_commit without mt_begin");
	f->in_tx = false;
	f->committed++;
	return 0;
}

static inline void mt_fake_rollback(struct mt_req *req)
{
	struct mt_fake *f = mt_fake_of(req);

	f->undone += f->in_tx;
	f->in_tx = false;
}

static inline const char *mt_fake_text(const struct mt_rows *rows, int row, int column)
{
	const struct mt_fake_answer *a = (const struct mt_fake_answer *)rows->impl;

	if (!a || row < 0 || row >= rows->n || column < 0 || column >= rows->columns)
		return NULL;
	return a->cells[row * rows->columns + column];
}

static inline const char *mt_fake_column(const struct mt_rows *rows, int column)
{
	static const char *const names[] = {"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"};

	return column >= 0 && column < rows->columns && column < 8 ? names[column] : NULL;
}

static inline json_t *mt_fake_rows_json(const struct mt_rows *rows)
{
	json_t *ret = json_array();

	for (int i = 0; i < rows->n; i++) {
		json_t *o = json_object();

		for (int k = 0; k < rows->columns && k < 8; k++) {
			const char *s = mt_fake_text(rows, i, k);

			json_object_set_new(
				o, mt_fake_column(rows, k), s ? json_string(s) : json_null());
		}
		json_array_append_new(ret, o);
	}
	return ret;
}

static inline int mt_fake_notify(struct mt_req *req, int kind, const char *target,
	const struct mt_notice *notice, size_t notice_size)
{
	struct mt_fake *f = mt_fake_of(req);

	(void)notice_size;
	if (f->n_told < MT_FAKE_MAX)
		f->told[f->n_told++] =
			(struct mt_fake_notice){kind, mt_fake_copy(req, target), *notice};
	return 1;
}

static inline void mt_fake_log(struct mt_req *req, int level, const char *text)
{
	(void)level;
	(void)text;
	mt_fake_of(req)->logged++;
}

static inline int64_t mt_fake_now(struct mt_req *req)
{
	return mt_fake_of(req)->now;
}

static inline const char *mt_fake_uuid(struct mt_req *req)
{
	(void)req;
	return "01920000-0000-7000-8000-00000000aaaa";
}

static inline json_t *mt_fake_settings(struct mt_req *req)
{
	struct mt_fake *f = mt_fake_of(req);

	if (f->settings_code) {
		mt_fake_fail(req, f->settings_code, "the settings can't be read");
		return NULL;
	}
	if (!f->settings)
		f->settings = json_object();
	return f->settings;
}

static inline bool mt_fake_may(struct mt_req *req, const char *permission)
{
	const char *p = mt_fake_of(req)->permissions;
	size_t n = strlen(permission);

	while (n > 0 && *p) {
		size_t len = strcspn(p, ",");

		if (len == n && strncmp(p, permission, n) == 0)
			return true;
		p += len + (p[len] == ',');
	}
	return false;
}

static const struct mt_host mt_fake_host = {
	.size = sizeof(struct mt_host),
	.abi = MT_ABI,
	.info = mt_fake_info,
	.tenant = mt_fake_tenant,
	.param = mt_fake_param,
	.query_param = mt_fake_query_param,
	.header = mt_fake_header,
	.time_left = mt_fake_time_left,
	.body_json = mt_fake_body_json,
	.body_raw = mt_fake_body_raw,
	.body_read = mt_fake_body_read,
	.reply_json = mt_fake_reply_json,
	.reply_data = mt_fake_reply_data,
	.reply_header = mt_fake_reply_header,
	.refuse = mt_fake_fail,
	.field_fault = mt_fake_field_fault,
	.query = mt_fake_query,
	.sqlstate = mt_fake_sqlstate,
	.begin = mt_fake_begin,
	.commit = mt_fake_commit,
	.rollback = mt_fake_rollback,
	.text = mt_fake_text,
	.column = mt_fake_column,
	.rows_json = mt_fake_rows_json,
	.notify = mt_fake_notify,
	.log = mt_fake_log,
	.alloc = mt_fake_alloc,
	.now = mt_fake_now,
	.uuid = mt_fake_uuid,
	.settings = mt_fake_settings,
	.may = mt_fake_may,
	.service = mt_fake_service,
	.bytes = mt_fake_bytes,
};

static inline void mt_fake_init(struct mt_fake *f)
{
	memset(f, 0, sizeof(*f));
	f->req.host = &mt_fake_host;
	f->method = "GET";
	f->path = "/";
	f->user_id = "00000000-0000-4000-8000-000000000001";
	f->user_name = "Terry Technician";
	f->roles = "Technician";
	f->tenant = 1;
	f->tenant_code = "northwind";
	f->now = 1793088000000; /* 2026-10-27T08:00:00Z */
	f->time_left = 10000;
	f->permissions = f->hook = f->previous = "";
}

static inline void mt_fake_release(struct mt_fake *f)
{
	json_decref(f->body);
	json_decref(f->settings);
	json_decref(f->json);
	while (f->memory) {
		void *next;

		memcpy(&next, f->memory, sizeof(next));
		free(f->memory);
		f->memory = next;
	}
}

/* A path parameter, a query parameter or a request header. Texts are referenced, not copied. */
static inline void mt_fake_set(
	struct mt_fake *f, enum mt_fake_kind kind, const char *name, const char *value)
{
	if (f->n_pairs < MT_FAKE_MAX)
		f->pair[f->n_pairs++] = (struct mt_fake_pair){kind, name, value};
}

/* One setting; value is taken over. */
static inline void mt_fake_setting(struct mt_fake *f, const char *key, json_t *value)
{
	json_object_set_new(mt_fake_settings(&f->req), key, value);
}

/* The next statement, whose text contains `part`, returns these rows (or touches n rows). */
static inline void mt_fake_rows(
	struct mt_fake *f, const char *part, int n, int columns, const char *const *cells)
{
	if (f->n_answers < MT_FAKE_MAX)
		f->answer[f->n_answers++] = (struct mt_fake_answer){
			part, 0, NULL, cells ? n : 0, columns, n, cells, NULL, 0};
}

/* The next service answers with these rows, and bytes, which it doesn't copy. */
static inline void mt_fake_service_rows(struct mt_fake *f, const char *part, int n, int columns,
	const char *const *cells, const void *data, size_t len)
{
	if (f->n_answers < MT_FAKE_MAX)
		f->answer[f->n_answers++] = (struct mt_fake_answer){
			part, 0, NULL, cells ? n : 0, columns, n, cells, data, len};
}

/* The next statement or service fails: "23505" and MT_ECONFLICT, for example. */
static inline void mt_fake_error(
	struct mt_fake *f, const char *part, int code, const char *sqlstate)
{
	if (f->n_answers < MT_FAKE_MAX)
		f->answer[f->n_answers++] =
			(struct mt_fake_answer){part, code, sqlstate, 0, 0, 0, NULL, NULL, 0};
}

/* Runs a handler or a hook as the host does; returns what the sender would get: 0 or a code. */
static inline int mt_fake_run(struct mt_fake *f, int (*run)(struct mt_req *))
{
	int rc = run(&f->req);

	if (f->in_tx) {
		mt_fake_rollback(&f->req);
		if (rc == 0)
			return mt_fake_fail(&f->req, MT_EINTERNAL, "a transaction was left open");
	}
	return rc;
}

/* Runs a hook under its name; f->previous is what mt_hook_previous() answers. */
static inline int mt_fake_hook(struct mt_fake *f, const char *name, int (*run)(struct mt_req *))
{
	int rc;

	f->hook = name;
	rc = mt_fake_run(f, run);
	f->hook = "";
	return rc;
}

#endif

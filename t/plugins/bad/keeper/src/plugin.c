/* plugin.c - does with its storage what its body says: {"op", "space", "key", ...} or a list of these, which
 * is one transaction. The answer has what each gave, a code and its message where one failed. */
#include "mortise.h"

static json_t *rows_of(const struct mt_rows *rows)
{
	return mt_rows_json(rows);
}

static int one(struct mt_req *req, json_t *q, json_t **ret)
{
	const char *op = json_string_value(json_object_get(q, "op"));
	const char *space = json_string_value(json_object_get(q, "space"));
	const char *key = json_string_value(json_object_get(q, "key"));
	const char *text = json_string_value(json_object_get(q, "text"));
	json_t *value = json_object_get(q, "value"), *keys = json_object_get(q, "keys");
	json_t *version = json_object_get(q, "version");
	struct mt_storage_options o = {.ttl = (long)json_integer_value(json_object_get(q, "ttl")),
		.if_version = version != NULL,
		.version = json_integer_value(version)};
	int64_t a = 0, b = 0, c = 0;
	const void *data;
	size_t len;
	struct mt_rows rows;
	bool has;
	int rc = MT_EINVAL;

	*ret = json_null();
	if (!op)
		return mt_fail(req, rc, "op is missing");
	if (!space)
		space = "default";
	if (!key)
		key = "";
	if (!strcmp(op, "get")) {
		json_t *v = NULL;

		if ((rc = mt_storage_get(req, space, key, &v, &a)) == 0)
			*ret = json_pack(
				"{so sI}", "value", v ? v : json_null(), "version", (json_int_t)a);
	} else if (!strcmp(op, "set")) {
		if ((rc = mt_storage_set(req, space, key, json_incref(value), &o, &a)) == 0)
			*ret = json_integer(a);
	} else if (!strcmp(op, "bytes")) {
		size_t n = (size_t)json_integer_value(json_object_get(q, "n"));
		char *s = (char *)mt_alloc(req, n + 1);

		for (size_t i = 0; i < n; i++)
			s[i] = (char)i;
		if ((rc = mt_storage_set_bytes(req, space, key, s, n, &o, NULL)) == 0 &&
			(rc = mt_storage_get_bytes(req, space, key, &data, &len, &a)) == 0)
			*ret = json_pack("{sI sb}", "length", (json_int_t)len, "same",
				data && len == n && memcmp(data, s, n) == 0);
	} else if (!strcmp(op, "has")) {
		if ((rc = mt_storage_has(req, space, key, &has)) == 0)
			*ret = json_boolean(has);
	} else if (!strcmp(op, "delete")) {
		if ((rc = mt_storage_delete(req, space, key, &o)) >= 0)
			*ret = json_integer(rc);
	} else if (!strcmp(op, "get_many")) {
		rc = mt_storage_get_many(req, space, json_incref(keys), ret);
	} else if (!strcmp(op, "set_many")) {
		rc = mt_storage_set_many(req, space, json_incref(value));
	} else if (!strcmp(op, "delete_many")) {
		if ((rc = mt_storage_delete_many(req, space, json_incref(keys))) >= 0)
			*ret = json_integer(rc);
	} else if (!strcmp(op, "increment")) {
		if ((rc = mt_storage_increment(req, space, key,
			     (int64_t)json_integer_value(json_object_get(q, "by")), o.ttl, &a)) ==
			0)
			*ret = json_integer(a);
	} else if (!strcmp(op, "find")) {
		if ((rc = mt_storage_find(req, space, *key ? key : NULL, text,
			     json_string_value(json_object_get(q, "after")),
			     (int)json_integer_value(json_object_get(q, "limit")), value != NULL,
			     &rows)) == 0)
			*ret = rows_of(&rows);
	} else if (!strcmp(op, "size")) {
		if ((rc = mt_storage_size(req, *space ? space : NULL, &a, &b, &c)) == 0)
			*ret = json_pack("{sI sI sI}", "keys", (json_int_t)a, "bytes",
				(json_int_t)b, "quota", (json_int_t)c);
	} else if (!strcmp(op, "clear")) {
		rc = mt_storage_clear(req, space);
	} else if (!strcmp(op, "versions")) {
		if ((rc = mt_storage_versions(req, space, key, &rows)) == 0)
			*ret = rows_of(&rows);
	} else if (!strcmp(op, "restore")) {
		rc = mt_storage_restore(req, space, key, o.version, &a);
	} else if (!strcmp(op, "long")) { /* a key of n bytes */
		size_t n = (size_t)json_integer_value(json_object_get(q, "n"));
		char *s = (char *)mt_alloc(req, n + 1);

		memset(s, 'k', n);
		rc = mt_storage_set(req, space, s, json_true(), NULL, NULL);
	} else if (!strcmp(op, "wide")) { /* a value of n bytes and two quotes */
		size_t n = (size_t)json_integer_value(json_object_get(q, "n"));
		char *s = (char *)mt_alloc(req, n + 1);

		memset(s, 'v', n);
		rc = mt_storage_set(req, space, key, json_stringn(s, n), NULL, NULL);
	} else if (!strcmp(op, "sql")) {
		if ((rc = mt_query(req, text, MT_NOARGS, &rows)) == 0)
			*ret = rows_of(&rows);
	} else {
		return mt_fail(req, MT_EINVAL, "op %s is none", op);
	}
	return rc < 0 ? rc : 0;
}

static int run(struct mt_req *req)
{
	json_t *body = mt_body_json(req), *q, *list, *ret;
	size_t i;
	int rc;

	if (!json_is_array(body)) {
		if ((rc = one(req, body, &ret)) < 0)
			return rc;
		return mt_reply_json(req, 200, json_pack("{so}", "got", ret));
	}
	if ((rc = mt_begin(req)) < 0)
		return rc;
	list = json_array();
	json_array_foreach(body, i, q) {
		rc = one(req, q, &ret);
		/* one that wasn't as expected leaves the transaction as it is */
		if (rc < 0 && rc != MT_ECONFLICT) {
			json_decref(list);
			return rc;
		}
		json_array_append_new(list, rc < 0 ? json_string("conflict") : ret);
	}
	if ((rc = mt_commit(req)) < 0) {
		json_decref(list);
		return rc;
	}
	return mt_reply_json(req, 200, json_pack("{so}", "got", list));
}

static const struct mt_route ROUTES[] = {
	{.method = "POST", .path = "/do", .run = run, .body_max = 4 << 20},
	{0},
};

const struct mt_plugin mt_plugin = {
	MT_PLUGIN, .key = MT_PLUGIN_KEY, .version = MT_PLUGIN_VERSION, .routes = ROUTES};

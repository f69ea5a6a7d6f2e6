/*
 * models.c - the models as the last synchronisation found them, and their versions as the server has
 * them now.
 */
#include "mlflow.h"

#define ISO(column) "to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
#define MODEL_COLUMNS                                                                              \
	"m.id, m.model_name AS name, m.description, m.version, m.stage, m.status,"                 \
	" m.run_id AS \"runId\", m.source, " ISO("m.created_at") " AS \"createdAt\", " ISO(        \
		"m.updated_at") " AS \"updatedAt\""
#define VERSIONS_MAX "200"

static const struct sort {
	const char *name;
	const char *expression;
	const char *type;
} SORTS[] = {
	{"name", "lower(m.model_name)", "text"},
	{"updatedAt", "coalesce(m.updated_at, '-infinity')", "timestamptz"},
};

static const char ONE[] =
	"SELECT " MODEL_COLUMNS " FROM x_mlflow.mlflow_model_records m WHERE m.id = $1";

int list_models(struct mt_req *req)
{
	const char *asked = mt_query_arg(req, "sort");
	bool down = asked && *asked == '-';
	const struct sort *by =
		asked && strcmp(asked + down, SORTS[1].name) == 0 ? &SORTS[1] : &SORTS[0];
	struct mt_page page;
	struct mt_rows rows;
	int rc = mt_page(req, "k,id", 50, 200, &page);

	if (rc < 0)
		return rc;
	rc = mt_query(req,
		mt_printf(req,
			"SELECT " MODEL_COLUMNS
			", (%s)::text AS k FROM x_mlflow.mlflow_model_records m"
			" WHERE ($1::text IS NULL OR strpos(lower(m.model_name), lower($1)) > 0)"
			" AND ($2::text IS NULL OR (%s, m.id) %s ($2::text::%s, $3::uuid))"
			" ORDER BY %s %s, m.id %s LIMIT $4",
			by->expression, by->expression, down ? "<" : ">", by->type, by->expression,
			down ? "DESC" : "ASC", down ? "DESC" : "ASC"),
		MT_ARGS(mt_query_arg(req, "q"), page.key[0], page.key[1],
			mt_arg_int(req, page.limit + 1)),
		&rows);
	return rc < 0 ? rc : mt_reply_page(req, &page, &rows);
}

static int read_model(struct mt_req *req, struct mt_rows *ret)
{
	const char *id = mt_param(req, "id");
	int rc = mt_is_uuid(id) ? mt_query(req, ONE, MT_ARGS(id), ret) : 0;

	if (rc < 0)
		return rc;
	return mt_is_uuid(id) && ret->n > 0 ? 0 : mt_fail(req, MT_ENOENT, "There is no such model");
}

int get_model(struct mt_req *req)
{
	struct mt_rows rows;
	int rc = read_model(req, &rows);
	json_t *all, *one;

	if (rc < 0)
		return rc;
	all = mt_rows_json(&rows);
	one = json_incref(json_array_get(all, 0));
	json_decref(all);
	return mt_reply_json(req, 200, one);
}

/* MLflow's filter has no escapes: a name stands in the quotes that it doesn't contain itself. */
static const char *name_filter(struct mt_req *req, const char *name)
{
	const char *quote = strchr(name, '\'') ? "\"" : "'";

	return mt_printf(req, "filter=%s&max_results=" VERSIONS_MAX,
		url_encoded(req, mt_printf(req, "name=%s%s%s", quote, name, quote)));
}

static void copy(json_t *to, const char *name, const json_t *from, const char *theirs)
{
	json_t *v = json_object_get(from, theirs);

	json_object_set_new(to, name,
		json_is_string(v) && *json_string_value(v) ? json_incref(v) : json_null());
}

/* Milliseconds since 1970, as a number, or as a text where a proxy writes 64 bits so. */
static json_t *moment(struct mt_req *req, const json_t *from, const char *name)
{
	const json_t *v = json_object_get(from, name);
	const char *text = json_string_value(v);
	int64_t ms = text ? strtoll(text, NULL, 10) : (int64_t)json_number_value(v);

	return ms > 0 ? json_string(mt_time_text(req, ms)) : json_null();
}

int list_versions(struct mt_req *req)
{
	json_t *answer, *items, *v;
	struct mt_rows rows;
	size_t i;
	int rc = read_model(req, &rows);

	if (rc < 0)
		return rc;
	rc = server_get(
		req, "model-versions/search", name_filter(req, mt_text(&rows, 0, 1)), &answer);
	if (rc < 0)
		return rc;
	items = json_array();
	json_array_foreach(json_object_get(answer, "model_versions"), i, v) {
		json_t *o = json_object();

		copy(o, "version", v, "version");
		copy(o, "stage", v, "current_stage");
		copy(o, "status", v, "status");
		copy(o, "runId", v, "run_id");
		copy(o, "source", v, "source");
		json_object_set_new(o, "createdAt", moment(req, v, "creation_timestamp"));
		json_array_append_new(items, o);
	}
	json_decref(answer);
	return mt_reply_json(req, 200, json_pack("{s:o}", "items", items));
}

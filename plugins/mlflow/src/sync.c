/*
 * sync.c - brings the registered models over: all of them are read first, outside of any transaction,
 * then written in one. What the server doesn't have any more is deleted, so a failure in between changes
 * nothing.
 */
#include "mlflow.h"

#define PAGE "200"
#define PAGES_MAX 40 /* mt_fetch() allows 50 calls a request */

/* The newest of a model's latest versions: MLflow lists one for each stage. */
static const char WRITE[] =
	"WITH given AS (SELECT DISTINCT ON (m.name) left(m.name, 500) AS name,"
	"   left(coalesce(m.description, ''), 5000) AS description, v.version,"
	"   left(v.stage, 60) AS stage, left(v.status, 60) AS status, left(v.run_id, 100) AS run_id,"
	"   left(v.source, 1000) AS source, m.created, m.updated"
	"  FROM (SELECT x ->> 'name' AS name, x ->> 'description' AS description,"
	"    to_timestamp((x ->> 'creation_timestamp')::float8 / 1000) AS created,"
	"    to_timestamp((x ->> 'last_updated_timestamp')::float8 / 1000) AS updated,"
	"    CASE jsonb_typeof(x -> 'latest_versions') WHEN 'array' THEN x -> 'latest_versions'"
	"     ELSE '[]' END AS versions"
	"   FROM jsonb_array_elements($1::jsonb) x WHERE x ->> 'name' <> '') m"
	"  LEFT JOIN LATERAL (SELECT y ->> 'version' AS version, y ->> 'current_stage' AS stage,"
	"    y ->> 'status' AS status, y ->> 'run_id' AS run_id, y ->> 'source' AS source"
	"   FROM jsonb_array_elements(m.versions) y"
	"   ORDER BY length(y ->> 'version') DESC, y ->> 'version' DESC LIMIT 1) v ON true"
	"  ORDER BY m.name),"
	" gone AS (DELETE FROM x_mlflow.mlflow_model_records r"
	"  WHERE NOT EXISTS (SELECT FROM given g WHERE g.name = r.model_name) RETURNING 1),"
	" kept AS (INSERT INTO x_mlflow.mlflow_model_records AS r (id, model_name, description,"
	"   version, stage, status, run_id, source, created_at, updated_at)"
	"  SELECT gen_random_uuid(), g.name, g.description, g.version, g.stage, g.status, g.run_id,"
	"   g.source, g.created, g.updated FROM given g"
	"  ON CONFLICT (tenant_id, model_name) DO UPDATE SET description = excluded.description,"
	"   version = excluded.version, stage = excluded.stage, status = excluded.status,"
	"   run_id = excluded.run_id, source = excluded.source, created_at = excluded.created_at,"
	"   updated_at = excluded.updated_at RETURNING 1)"
	" SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM gone)";

static const char NOTE[] = "INSERT INTO x_mlflow.syncs (id, models, removed, ms, fault)"
			   " VALUES ($1::uuid, $2::int, $3::int, $4::int, $5)";

static const char FORGET[] = "DELETE FROM x_mlflow.syncs WHERE id IN"
			     " (SELECT id FROM x_mlflow.syncs ORDER BY at DESC, id DESC OFFSET 50)";

static const char STATUS[] =
	"SELECT json_build_object('models', (SELECT count(*) FROM x_mlflow.mlflow_model_records),"
	" 'syncs', (SELECT coalesce(json_agg(s), '[]') FROM (SELECT id, at, models, removed, ms,"
	"  fault FROM x_mlflow.syncs ORDER BY at DESC, id DESC LIMIT 50) s))::text";

/* All models of the server, a new reference. */
static int read_all(struct mt_req *req, json_t **ret)
{
	const char *token = "";
	json_t *all = json_array();
	int rc = 0;

	for (int page = 0; rc == 0 && token; page++) {
		json_t *answer = NULL;

		if (page == PAGES_MAX)
			rc = mt_fail(req, MT_ETOOBIG, "The server has more than %d models",
				PAGES_MAX * 200);
		else
			rc = server_get(req, "registered-models/search",
				mt_printf(req, "max_results=" PAGE "%s%s",
					*token ? "&page_token=" : "", url_encoded(req, token)),
				&answer);
		json_array_extend(all, json_object_get(answer, "registered_models"));
		token = json_string_value(json_object_get(answer, "next_page_token"));
		token = token && *token ? mt_printf(req, "%s", token) : NULL;
		json_decref(answer);
		if (rc == 0)
			mt_progress(req, token ? 50 : 90,
				mt_printf(req, "%zu models read", json_array_size(all)));
	}
	if (rc < 0)
		json_decref(all);
	else
		*ret = all;
	return rc;
}

static int note(struct mt_req *req, int64_t began, const char *models, const char *removed,
	const char *fault)
{
	int rc = mt_query(req, NOTE,
		MT_ARGS(mt_uuid(req), models, removed, mt_arg_int(req, mt_now(req) - began), fault),
		NULL);

	if (rc == 0)
		rc = mt_query(req, FORGET, MT_NOARGS, NULL);
	if (rc == 0)
		rc = mt_emit(req, "Synced", NULL,
			fault ? json_pack("{s:s}", "fault", fault) : json_object());
	return rc < 0 ? rc : 0;
}

static int write_all(struct mt_req *req, json_t *all, int64_t began)
{
	struct mt_rows rows;
	int rc;

	if ((rc = mt_begin(req)) < 0)
		return rc;
	rc = mt_query(req, WRITE, MT_ARGS(mt_arg_json(req, all)), &rows);
	if (rc == 0)
		rc = note(req, began, mt_text(&rows, 0, 0), mt_text(&rows, 0, 1), NULL);
	return rc < 0 ? rc : mt_commit(req);
}

/* For people who don't see the job's history. */
static const char *words_of(int rc)
{
	switch (rc) {
	case MT_ETIMEOUT:
		return "The tracking server did not answer in time";
	case MT_EPERM:
		return "The tracking server's address isn't allowed";
	case MT_EUPSTREAM:
		return "The tracking server could not be read: it refuses, or isn't there";
	default:
		return "The models could not be stored";
	}
}

int run_sync(struct mt_req *req)
{
	int64_t began = mt_now(req);
	const char *server = mt_settings(req) ? mt_setting_text(req, "tracking_server_url") : NULL;
	json_t *all = NULL;
	int rc;

	if (!server || !*server) {
		mt_log(req, MT_INFO, "no tracking server is set yet");
		return 0;
	}
	rc = read_all(req, &all);
	if (rc == 0)
		rc = write_all(req, all, began);
	json_decref(all);
	if (rc < 0) {
		/* What failed said why: that stays the reason that the job's history shows. */
		mt_rollback(req);
		note(req, began, NULL, NULL, words_of(rc));
	}
	return rc;
}

int post_sync(struct mt_req *req)
{
	const char *server = mt_settings(req) ? mt_setting_text(req, "tracking_server_url") : NULL;
	int rc;

	if (!server || !*server)
		return mt_fail(req, MT_ECONFLICT, "No tracking server is set yet");
	rc = mt_job_start(req, "sync", NULL, 0, "sync");
	return rc < 0 ? rc : mt_reply_json(req, 202, json_pack("{s:b}", "queued", 1));
}

int get_status(struct mt_req *req)
{
	const char *server = mt_settings(req) ? mt_setting_text(req, "tracking_server_url") : NULL;
	struct mt_rows rows;
	json_t *all;
	int rc = mt_query(req, STATUS, MT_NOARGS, &rows);

	if (rc < 0)
		return rc;
	all = json_loads(mt_text(&rows, 0, 0), 0, NULL);
	json_object_set_new(all, "server", server && *server ? json_string(server) : json_null());
	return mt_reply_json(req, 200, all);
}

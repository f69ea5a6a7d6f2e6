/* migrate.c - a plugin's schema: see migrate.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "install/migrate.h"
#include "os/role.h"
#include "registry/fault.h"

static const struct stmt SCHEMA = {
	"migrate_schema", "SELECT to_regnamespace('x_' || replace($1, '-', '_')) IS NOT NULL"};
static const struct stmt APPLIED = {"migrate_applied",
	"SELECT name, sha256 FROM mortise.plugin_migrations WHERE plugin_key = $1"};
static const struct stmt GRANTED = {"migrate_granted",
	"SELECT DISTINCT jsonb_array_elements_text(coalesce(p.manifest -> 'permissions', '[]'))"
	" FROM mortise.installations i JOIN mortise.plugin_packages p ON p.sha256 = i.package_sha256"
	" WHERE i.plugin_key = $1"};
static const struct stmt PREPARE = {"migrate_prepare", "SELECT mortise.plugin_prepare($1, $2)"};
static const struct stmt NOTE = {"migrate_note",
	"INSERT INTO mortise.plugin_migrations (plugin_key, name, sha256) VALUES ($1, $2, $3)"};
static const struct stmt HANDOVER = {
	"migrate_handover", "SELECT mortise.plugin_handover($1, $2, $3::text[])"};

/* PostgreSQL's own words about the author's SQL, out of what the database room wrote for the log:
 * "exec: 42P01 relation ... does not exist, PL/pgSQL function ...". */
static const char *postgres_words(struct pool *p, const char *log)
{
	char *text = pool_strdup(p, log), *at = strstr(text, "exec: "), *where;

	at = at && strlen(at) > 12 ? at + 12 : text;
	where = strstr(at, ", PL/pgSQL function ");
	if (where)
		*where = '\0';
	for (char *c = at; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = ' ';
	return at;
}

static int statement_failed(struct step *s, const struct package_migration *m, int line, int rc,
	const struct err *why, struct err *e)
{
	err_log(e, "%s line %d: %s", m->path, line, why->log);
	if (rc == MT_EBUSY || rc == MT_EFULL)
		return err_set(e, rc, "%s", why->message);
	err_set(e, MT_EFIELDS, "a migration of the plugin failed; everything was undone");
	return fault_add(e, pool_printf(s->pool, "/%s", m->path), "line %d: %.200s", line,
		postgres_words(s->pool, why->log));
}

static int run_statements(struct step *s, struct db *db, const struct package *pkg, struct err *e)
{
	struct err *why = pool_alloc(s->pool, sizeof(*why));
	int rc;

	for (int i = 0; i < pkg->n_migrations; i++) {
		const struct package_migration *m = &pkg->migration[i];

		for (int j = 0; j < m->script.n; j++) {
			err_clear(why);
			rc = db_exec(db, s->pool, s->deadline, m->script.statement[j].sql, why);
			if (rc < 0)
				return statement_failed(
					s, m, m->script.statement[j].line, rc, why, e);
		}
	}
	return 0;
}

/* As o_<key>, all migrations in one transaction. */
static int run_as_owner(
	struct step *s, const struct package *pkg, const char *password, struct err *e)
{
	const struct conf *c = &s->app->conf;
	char role[ROLE_MAX];
	struct db_opts o = {.host = c->db_host,
		.port = c->db_port,
		.dbname = c->db_name,
		.user = role,
		.password = password,
		.process = "migration"};
	struct db *db;
	int rc;

	role_name(role, s->key);
	role[0] = 'o';
	db = db_new(&o);
	rc = db_begin(db, s->pool, s->deadline, NULL, e);
	if (rc == 0)
		rc = db_exec(
			db, s->pool, s->deadline, "SET LOCAL standard_conforming_strings = on", e);
	if (rc == 0)
		rc = db_exec(db, s->pool, s->deadline, "SET LOCAL lock_timeout = '5s'", e);
	if (rc == 0)
		rc = db_exec(db, s->pool, s->deadline, "SET LOCAL statement_timeout = '30s'", e);
	if (rc == 0)
		rc = run_statements(s, db, pkg, e);
	if (rc == 0)
		rc = db_commit(db, e);
	db_free(db);
	return rc;
}

static int read_role_key(const struct conf *c, unsigned char ret[32], struct err *e)
{
	char path[300];
	int fd;
	ssize_t n = -1;

	snprintf(path, sizeof(path), "%s/role.key", c->key_dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, ret, 32);
		close(fd);
	}
	if (n == 32)
		return 0;
	err_log(e, "%s: %s", path, n < 0 ? strerror(errno) : "too short");
	return err_set(e, MT_EINTERNAL, "the key for plugin roles can't be read");
}

/* What the hand-over found in the schema: a fault of the migrations as a whole, a line each. */
static int refused(struct step *s, int rc, const struct err *why, struct err *e)
{
	char *text = pool_strdup(s->pool, why->message), *save = NULL;

	err_log(e, "%s", why->log);
	if (strcmp(db_sqlstate(s->app->db), "P0001") != 0)
		return err_set(e, rc, "%s", why->message);
	err_set(e, MT_EFIELDS, "a migration of the plugin failed; everything was undone");
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		fault_add(e, "/migrations", "%s", line);
	return MT_EFIELDS;
}

/* The workers' role may log in, and recovery knows what ran. */
static int hand_over(struct step *s, const struct package *pkg, struct err *e)
{
	struct err *why = pool_alloc(s->pool, sizeof(*why));
	struct db *db = s->app->db;
	unsigned char key[32];
	char verifier[ROLE_VERIFIER_MAX];
	struct rows rows;
	int rc = read_role_key(&s->app->conf, key, e);

	if (rc < 0)
		return rc;
	role_verifier(verifier, key, s->key);
	explicit_bzero(key, sizeof(key));
	rc = step_transaction(s, e);
	for (int i = 0; rc == 0 && i < pkg->n_migrations; i++)
		rc = db_queue(db, &NOTE,
			DB_ARGS(s->key, pkg->migration[i].name, pkg->migration[i].sha256), e);
	err_clear(why);
	if (rc == 0 && (rc = db_query(db, &HANDOVER,
				DB_ARGS(s->key, verifier,
					manifest_permission_array(s->pool, &pkg->manifest)),
				&rows, why)) < 0)
		rc = refused(s, rc, why, e);
	if (rc == 0)
		rc = db_commit(db, e);
	return rc;
}

static int make_schema(struct step *s, const struct package *pkg, struct err *e)
{
	char password[ID_TOKEN_LEN + 1];
	struct rows rows;
	int rc;

	id_token(password);
	rc = step_transaction(s, e);
	if (rc == 0)
		rc = db_query(s->app->db, &PREPARE, DB_ARGS(s->key, password), &rows, e);
	if (rc == 0)
		rc = db_commit(s->app->db, e);
	if (rc == 0)
		rc = run_as_owner(s, pkg, password, e);
	explicit_bzero(password, sizeof(password));
	return rc == 0 ? hand_over(s, pkg, e) : rc;
}

static int other_version(struct step *s, const char *what, const char *name, struct err *e)
{
	return err_set(e, MT_ECONFLICT,
		"another version of %s is in use on this server, and this one has %s %.80s: versions "
		"with different tables or permissions can't run side by side; install the other "
		"version, or ask a system admin",
		s->key, what, name);
}

static bool has_migration(const struct rows *applied, const struct package_migration *m)
{
	for (int i = 0; i < applied->n; i++)
		if (!strcmp(row_text(applied, i, 0), m->name))
			return !strcmp(row_text(applied, i, 1), m->sha256);
	return false;
}

/* The schema is there, made by another tenant's installation: does this package fit it? */
static int check_fit(struct step *s, const struct package *pkg, struct err *e)
{
	struct db *db = s->app->db;
	struct rows applied, granted;
	size_t n;
	json_t *permission;
	int rc = db_read(db, s->pool, s->deadline, NULL, &APPLIED, DB_ARGS(s->key), &applied, e);

	if (rc == 0)
		rc = db_read(
			db, s->pool, s->deadline, NULL, &GRANTED, DB_ARGS(s->key), &granted, e);
	if (rc < 0)
		return rc;
	for (int i = 0; i < pkg->n_migrations; i++)
		if (!has_migration(&applied, &pkg->migration[i]))
			return other_version(s, "the migration", pkg->migration[i].name, e);
	json_array_foreach(json_object_get(pkg->manifest.json, "permissions"), n, permission) {
		bool found = false;

		for (int i = 0; i < granted.n && !found; i++)
			found = !strcmp(row_text(&granted, i, 0), json_string_value(permission));
		if (!found)
			return other_version(s, "the permission", json_string_value(permission), e);
	}
	return 0;
}

int migrate_plugin(struct step *s, const struct package *pkg, struct err *e)
{
	struct rows rows;
	int rc =
		db_read(s->app->db, s->pool, s->deadline, NULL, &SCHEMA, DB_ARGS(s->key), &rows, e);

	if (rc < 0)
		return rc;
	return row_bool(&rows, 0, 0) ? check_fit(s, pkg, e) : make_schema(s, pkg, e);
}

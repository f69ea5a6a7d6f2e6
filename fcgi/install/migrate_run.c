/* migrate_run.c - the statements of migrations, on connections of their own: see migrate_impl.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "base/json.h"
#include "install/migrate_impl.h"
#include "package/fault.h"

struct migrate_list migrate_list_new(struct step *s, const struct package *pkg)
{
	size_t n = (size_t)(pkg->n_migrations > 0 ? pkg->n_migrations : 1);

	return (struct migrate_list){.at = arena_alloc(s->arena, n * sizeof(void *))};
}

const char *migrate_list_json(struct step *s, const struct migrate_list *l)
{
	json_t *list = json_array();

	json_own(s->arena, list);
	for (int i = 0; i < l->n; i++)
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:s}", "name", l->at[i]->name, "sha256",
				l->at[i]->sha256, "phase", script_phase_name(l->at[i]->phase)));
	return json_text(s->arena, list, NULL);
}

int migrate_changed(struct step *s, const struct package_migration *m, struct err *e)
{
	e->type = MIGRATE_CHANGED;
	return fault_add(e, arena_printf(s->arena, "/%s", m->path),
		"ran before with other content (this is %.12s...): a migration that ran never "
		"changes; write what is new into one with the next number",
		m->sha256);
}

int migrate_role_key(const struct conf *c, unsigned char ret[32], struct err *e)
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

struct db *migrate_connection(struct step *s, const char *role, const char *password)
{
	const struct conf *c = &s->app->conf;
	struct db_opts o = {.host = c->db_host,
		.port = c->db_port,
		.dbname = c->db_name,
		.user = role,
		.password = password,
		.process = "migration",
		.set_local = true};

	return db_new(&o);
}

int migrate_worker(struct step *s, struct db **ret, char ret_role[ROLE_MAX], struct err *e)
{
	unsigned char key[32];
	char password[65];
	int rc = migrate_role_key(&s->app->conf, key, e);

	if (rc < 0)
		return rc;
	role_name(ret_role, s->key);
	role_password(password, key, ret_role);
	*ret = migrate_connection(s, ret_role, password);
	explicit_bzero(key, sizeof(key));
	explicit_bzero(password, sizeof(password));
	return 0;
}

/* PostgreSQL's own words about the author's SQL, out of what the database room wrote for the log:
 * "exec: 42P01 relation ... does not exist, PL/pgSQL function ...". Lines become clauses. */
static const char *postgres_words(struct arena *p, const char *log)
{
	const char *from = strstr(log, "exec: "), *where;
	char *ret, *to;

	from = from && strlen(from) > 12 ? from + 12 : log;
	where = strstr(from, ", PL/pgSQL function ");
	to = ret = arena_alloc(p, 2 * strlen(from) + 1);
	for (; *from && from != where; from++) {
		if (*from == '\n')
			*to++ = ';';
		*to++ = (char)((unsigned char)*from < 0x20 || *from == 0x7f ? ' ' : *from);
	}
	*to = '\0';
	return ret;
}

static int statement_failed(struct step *s, struct db *db, const struct package_migration *m,
	int line, bool quiet, int rc, const struct err *why, struct err *e)
{
	const char *pointer = arena_printf(s->arena, "/%s", m->path);
	const char *state = db_sqlstate(db);

	err_log(e, "%s line %d: %s", m->path, line, why->log);
	if (rc == MT_EBUSY || rc == MT_EFULL || rc == MT_ETIMEOUT)
		return err_set(e, rc, "%s line %d: %s", m->path, line, why->message);
	err_set(e, MT_EFIELDS, "a migration of the plugin failed; everything was undone");
	if (quiet && (!strncmp(state, "22", 2) || !strncmp(state, "23", 2)))
		return fault_add(e, pointer,
			"line %d: a row that is there doesn't allow it (SQLSTATE %s)", line, state);
	return fault_add(e, pointer, "line %d: %.200s", line, postgres_words(s->arena, why->log));
}

static int one_migration(
	struct step *s, struct db *db, const struct package_migration *m, bool quiet, struct err *e)
{
	struct err *why = err_new(s->arena);

	for (int i = 0; i < m->script.n; i++) {
		int rc;

		err_init(why, s->arena);
		rc = db_exec(db, s->arena, s->deadline, m->script.statement[i].sql, why);
		if (rc < 0)
			return statement_failed(
				s, db, m, m->script.statement[i].line, quiet, rc, why, e);
	}
	return 0;
}

int migrate_statements(struct step *s, struct db *db, const struct db_as *as,
	const char *lock_timeout, const struct migrate_list *l, bool quiet, struct err *e)
{
	const char *const settings[] = {"SET LOCAL standard_conforming_strings = on",
		arena_printf(s->arena, "SET LOCAL lock_timeout = '%s'", lock_timeout),
		"SET LOCAL statement_timeout = '30s'"};
	int rc = db_begin(db, s->arena, s->deadline, as, e);

	for (size_t i = 0; rc == 0 && i < sizeof(settings) / sizeof(*settings); i++)
		rc = db_exec(db, s->arena, s->deadline, settings[i], e);
	for (int i = 0; rc == 0 && i < l->n; i++)
		rc = one_migration(s, db, l->at[i], quiet, e);
	return rc;
}

int migrate_refused(struct step *s, struct db *db, int rc, const struct err *why, struct err *e)
{
	char *text = arena_strdup(s->arena, why->message), *save = NULL;

	err_log(e, "%s", why->log);
	if (strcmp(db_sqlstate(db), "P0001") != 0)
		return err_set(e, rc, "%s", why->message);
	err_set(e, MT_EFIELDS, "a migration of the plugin failed; everything was undone");
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		fault_add(e, "/migrations", "%s", line);
	return MT_EFIELDS;
}
